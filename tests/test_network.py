"""Tests of the network: forward, targets, predictions, evaluation, and stacks against singles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from course_lib.losses import LOSSES
from course_lib.network import ACTIVATIONS, Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.training import train


def data_for(loss, rng, *leading, n_samples=25, n_outputs=2):
    """Return X and y for a loss, with leading axes for a stack."""
    X = rng.normal(size=(*leading, n_samples, 3))
    if loss == "squared_error":
        return X, rng.normal(size=(*leading, n_samples, n_outputs))
    return X, rng.integers(max(2, n_outputs), size=(*leading, n_samples))


def test_forward_is_the_textbook_s():
    """Layer by layer for each unit of each row: f(h W + b), and the last sums not activated."""
    functions = {"relu": lambda z: max(z, 0.0), "tanh": np.tanh, "sigmoid": expit}
    assert functions.keys() == ACTIVATIONS.keys()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3, 2))
    for name, f in functions.items():
        parameters = initial_parameters([2, 4, 3, 2], rng, bias_scale=1.0)
        layers = Network([2, 4, 3, 2], name).forward(parameters, X)
        assert [layer.shape for layer in layers] == [(3, 2), (3, 4), (3, 3), (3, 2)]
        for row in range(3):
            h = X[row]
            for k, (W, b) in enumerate(zip(parameters.weights, parameters.biases, strict=True)):
                z = [sum(h[i] * W[i, j] for i in range(len(h))) + b[0, j] for j in range(len(b[0]))]
                h = z if k == 2 else [f(value) for value in z]
                np.testing.assert_allclose(layers[k + 1][row], h, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_are_written_with_the_output(name):
    """The derivative of f(z) by central differences; ReLU's at 0 is 0."""
    activation = ACTIVATIONS[name]
    z = np.array([-3.0, -1.1, -0.2, 0.3, 1.7, 2.5])
    slope = (activation.value(z + 1e-6) - activation.value(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(activation.derivative(activation.value(z)), slope, atol=1e-9)
    if name == "relu":
        assert not activation.derivative(activation.value(np.array([0.0])))[0]


def test_a_gradient_is_written_where_it_is_wanted_and_nothing_else_changes():
    """`out` gets the same numbers; the parameters, X and targets are only read."""
    rng = np.random.default_rng(1)
    network = Network([3, 5, 2], "tanh", "softmax_cross_entropy")
    parameters = initial_parameters([3, 5, 2], rng)
    X, y = data_for("softmax_cross_entropy", rng)
    targets = network.targets(y, 25)
    before = [array.copy() for array in (parameters.vector, X, targets)]
    fresh = network.gradient(parameters, X, targets)
    out = parameters.like()
    out.vector = np.nan
    assert network.gradient(parameters, X, targets, out=out) is out
    np.testing.assert_array_equal(out.vector, fresh.vector)
    assert not np.shares_memory(fresh.vector, parameters.vector)
    for array, old in zip((parameters.vector, X, targets), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_relu_s_slope_is_0_1_or_not_a_number():
    """Exactly h > 0 as a float, whatever the sign of a zero; a number that is gone stays gone."""
    slope = ACTIVATIONS["relu"].derivative(np.array([0.0, -0.0, 1e-300, 7.0, np.inf, np.nan]))
    np.testing.assert_array_equal(slope, [0.0, 0.0, 1.0, 1.0, 1.0, np.nan])
    assert slope.dtype == np.float64


@pytest.mark.parametrize("n_runs", [None, 3])
@pytest.mark.parametrize("mixed", ["parameters", "X", "targets"])
def test_a_gradient_of_mixed_types_has_the_parameters_type(mixed, n_runs):
    """Whichever of the three is float32, the numbers are those of float64, rounded."""
    rng = np.random.default_rng(6)
    network = Network([3, 5, 2], "tanh", "softmax_cross_entropy")
    parameters = initial_parameters([3, 5, 2], rng if n_runs is None else rng.spawn(n_runs))
    X, y = data_for("softmax_cross_entropy", rng)
    targets = network.targets(y, 25)
    expected = network.gradient(parameters, X, targets).vector
    types = {name: np.float32 if name == mixed else np.float64 for name in ("X", "targets")}
    if mixed == "parameters":
        double, parameters = parameters, Parameters([3, 5, 2], n_runs, np.float32)
        parameters.vector = double.vector
    data = X.astype(types["X"]), targets.astype(types["targets"])
    gradient = network.gradient(parameters, *data)
    assert gradient.dtype == parameters.dtype
    np.testing.assert_allclose(gradient.vector, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n_runs", [None, 3])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_is_the_mean_of_the_rows_gradients(loss, n_runs):
    """Each row's gradient alone, averaged; repeating all rows changes nothing."""
    rng = np.random.default_rng(2)
    network = Network([3, 4, 2], "tanh", loss)
    parameters = initial_parameters([3, 4, 2], rng if n_runs is None else rng.spawn(n_runs))
    X, y = data_for(loss, rng, n_samples=6)
    targets = network.targets(y, 6)
    whole = network.gradient(parameters, X, targets).vector
    rows = [network.gradient(parameters, X[i : i + 1], targets[i : i + 1]) for i in range(6)]
    np.testing.assert_allclose(whole, np.mean([row.vector for row in rows], axis=0), atol=1e-15)
    twice = network.gradient(parameters, np.tile(X, (2, 1)), np.tile(targets, (2, 1)))
    np.testing.assert_allclose(twice.vector, whole, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("run_data", [False, True], ids=["X shared", "X per run"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_stack_s_run_equals_the_single_run_with_its_seed(loss, activation, run_data):
    """Over 105 steps, shuffled by its own generator: parameters and history, to rounding."""
    n_runs, sizes = 3, [3, 5, 4, 2]
    network = Network(sizes, activation, loss)
    leading = (n_runs,) if run_data else ()
    X, y = data_for(loss, np.random.default_rng(9), *leading)
    held_X, held_y = data_for(loss, np.random.default_rng(10), *leading, n_samples=8)
    options = {"epochs": 15, "batch_size": 4, "learning_rate": 0.1, "evaluate_every": 5}

    rng = [np.random.default_rng(r) for r in range(n_runs)]
    stack = initial_parameters(sizes, rng)
    together = train(network, stack, X, y, rng=rng, held_out=(held_X, held_y), **options)
    for r in range(n_runs):
        rng_r = np.random.default_rng(r)
        single = initial_parameters(sizes, rng_r)
        mine = (X[r], y[r], held_X[r], held_y[r]) if run_data else (X, y, held_X, held_y)
        history = train(network, single, *mine[:2], rng=rng_r, held_out=mine[2:], **options)
        np.testing.assert_allclose(stack.vector[r], single.vector, rtol=1e-9, atol=1e-12)
        for name in ("train_cost", "held_out_cost"):
            np.testing.assert_allclose(
                getattr(together, name)[:, r], getattr(history, name), rtol=1e-9
            )
        for name in ("train_accuracy", "held_out_accuracy"):
            accuracy = getattr(history, name)
            if loss == "squared_error":
                assert accuracy is getattr(together, name) is None
            else:
                np.testing.assert_array_equal(getattr(together, name)[:, r], accuracy)


def test_labels_may_differ_from_run_to_run_while_x_is_shared():
    """Labels of shape (n_runs, n_samples) go with one X for all."""
    X, y = np.random.default_rng(0).normal(size=(12, 3)), np.arange(24).reshape(2, 12) % 2
    network, stack = Network([3, 1]), Parameters([3, 1], n_runs=2)
    options = {"epochs": 3, "batch_size": 5, "learning_rate": 0.3, "rng": None}
    history = train(network, stack, X, y, **options)
    for r in range(2):
        single = Parameters([3, 1])
        expected = train(network, single, X, y[r], **options)
        np.testing.assert_allclose(stack.vector[r], single.vector, rtol=1e-12)
        np.testing.assert_allclose(history.train_cost[:, r], expected.train_cost, rtol=1e-12)


def test_targets_of_labels():
    """Labels become columns or one-hot rows, whatever type of number they have."""
    binary, classes = Network([2, 1]), Network([2, 3], loss="softmax_cross_entropy")
    for dtype in (int, float, np.uint8, np.float32):
        assert binary.targets(np.array([0, 1, 1], dtype), 3).tolist() == [[0], [1], [1]]
        hot = classes.targets(np.array([2, 0], dtype), 2)
        assert hot.tolist() == [[0, 0, 1], [1, 0, 0]]
        assert hot.dtype == np.float64
    assert binary.targets(np.array([True, False]), 2).tolist() == [[1], [0]]
    assert classes.targets(np.eye(3)[[2, 0]], 2).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert binary.targets(np.array([[1], [0]]), 2).tolist() == [[1], [0]]
    questions = Network([2, 3], loss="sigmoid_cross_entropy")
    assert questions.targets(np.array([[1, 1, 0]]), 1).tolist() == [[1, 1, 0]]  # two times yes
    assert questions.targets(np.array([1]), 1).tolist() == [[0, 1, 0]]


def test_targets_of_numbers():
    """Regression takes numbers of one or several outputs, whole ones too."""
    one, two = (Network([2, n], loss="squared_error") for n in (1, 2))
    assert one.targets(np.array([1.5, -2.0]), 2).tolist() == [[1.5], [-2.0]]
    assert one.targets(np.array([3, 4]), 2).dtype == np.float64
    assert two.targets(np.array([[1.5, -2.0]]), 1).tolist() == [[1.5, -2.0]]
    assert one.targets(np.array([1.5, -2.0]), 2, n_runs=2).shape == (2, 1)
    assert one.targets(np.ones((3, 2)), 2, n_runs=3).shape == (3, 2, 1)
    assert two.targets(np.ones((3, 4, 2)), 4, n_runs=3).shape == (3, 4, 2)


def test_targets_of_a_stack():
    """A leading axis of n_runs is kept for labels and for one-hot rows."""
    network = Network([2, 3], loss="softmax_cross_entropy")
    labels = np.array([[0, 1], [2, 2], [1, 0], [0, 0]])
    hot = network.targets(labels, 2, n_runs=4)
    assert hot.shape == (4, 2, 3)
    np.testing.assert_array_equal(hot.argmax(axis=-1), labels)
    np.testing.assert_array_equal(network.targets(hot, 2, n_runs=4), hot)
    assert network.targets(labels[0], 2, n_runs=4).shape == (2, 3)
    assert network.targets(labels[:2], 2, n_runs=2).shape == (2, 2, 3)


@given(n_samples=st.integers(1, 12), n_classes=st.integers(2, 6), seed=st.integers(0, 50))
@settings(max_examples=50, deadline=None)
def test_one_hot_rows_and_labels_are_the_same_targets(n_samples, n_classes, seed):
    """Going from labels to rows and back is the identity."""
    network = Network([2, n_classes], loss="softmax_cross_entropy")
    labels = np.random.default_rng(seed).integers(n_classes, size=n_samples)
    rows = network.targets(labels, n_samples)
    np.testing.assert_array_equal(rows.argmax(axis=1), labels)
    np.testing.assert_array_equal(network.targets(rows, n_samples), rows)


def test_targets_are_new_arrays():
    """Nothing that training does to targets can reach the caller's y."""
    for loss in ("sigmoid_cross_entropy", "sigmoid_quadratic"):
        y = np.zeros((4, 1))
        assert not np.shares_memory(Network([2, 1], loss=loss).targets(y, 4), y)


@pytest.mark.parametrize("loss", LOSSES)
def test_predictions_are_the_loss_s_outputs(loss):
    """Probabilities or numbers of the last weighted sums, for single networks and stacks."""
    rng = np.random.default_rng(3)
    network = Network([3, 4, 2], "tanh", loss)
    X = rng.normal(size=(5, 3))
    stack = initial_parameters([3, 4, 2], rng.spawn(3))
    for X_stack in (X, np.stack([X, X + 1, X - 1])):
        p = network.predict(stack, X_stack)
        assert p.shape == (3, 5, 2)
        for r in range(3):
            X_r = X_stack if X_stack.ndim == 2 else X_stack[r]
            z = network.forward(stack.run(r), X_r)[-1]
            np.testing.assert_allclose(p[r], LOSSES[loss].prediction(z), rtol=1e-13)


def identity_network(n, loss):
    """Return a network whose weighted sums are its inputs, and its parameters."""
    parameters = Parameters([n, n])
    parameters.weights[0][...] = np.eye(n)
    return Network([n, n], loss=loss), parameters


def test_one_output_says_yes_above_zero():
    """Logits -3, -.2, .2, .7, 5 are 0, 0, 1, 1, 1; exactly 0 is a no."""
    network, parameters = identity_network(1, "sigmoid_cross_entropy")
    z = np.array([[-3.0], [-0.2], [0.2], [0.7], [5.0], [0.0]])
    labels = np.array([0, 0, 1, 1, 1, 0])
    cost, accuracy = network.evaluate(parameters, z, network.targets(labels, 6))
    assert accuracy == 1.0
    assert network.evaluate(parameters, z, network.targets(1 - labels, 6))[1] == 0.0
    half = network.evaluate(parameters, z, network.targets(np.array([1, 1, 1, 1, 1, 1]), 6))[1]
    assert half == 0.5
    np.testing.assert_allclose(cost, network.loss.cost(z, labels[:, np.newaxis]))


@pytest.mark.parametrize(
    "loss", ["softmax_cross_entropy", "sigmoid_cross_entropy", "sigmoid_quadratic"]
)
def test_several_outputs_say_the_largest_one(loss):
    """The share of rows whose largest output is the label."""
    network, parameters = identity_network(3, loss)
    z = np.array([[1.0, 2.0, 0.0], [-1.0, -3.0, -2.0], [0.0, 0.1, 5.0], [3.0, 2.0, 1.0]])
    targets = network.targets(np.array([1, 0, 2, 1]), 4)
    assert network.evaluate(parameters, z, targets)[1] == 0.75


def test_regression_has_no_accuracy():
    """Numbers are not right or wrong."""
    network, parameters = identity_network(2, "squared_error")
    cost, accuracy = network.evaluate(parameters, np.ones((3, 2)), np.zeros((3, 2)))
    assert cost == 1.0
    assert accuracy is None


@pytest.mark.parametrize("loss", LOSSES)
def test_a_stack_is_evaluated_run_by_run(loss):
    """Costs and accuracies of shape (n_runs,), equal to the single ones; all rows count alike."""
    rng = np.random.default_rng(4)
    for n_outputs in (1, 3):
        if n_outputs == 1 and loss == "softmax_cross_entropy":
            continue
        network = Network([3, 4, n_outputs], "tanh", loss)
        stack = initial_parameters([3, 4, n_outputs], rng.spawn(3), bias_scale=1.0)
        X, y = data_for(loss, rng, n_outputs=n_outputs)
        targets = network.targets(y, 25)
        costs, accuracies = network.evaluate(stack, X, targets)
        assert costs.shape == (3,)
        for r in range(3):
            cost, accuracy = network.evaluate(stack.run(r), X, targets)
            np.testing.assert_allclose(costs[r], cost, rtol=1e-13)
            assert (accuracies is accuracy is None) or accuracies[r] == accuracy


def test_network_describes_itself():
    """The text names sizes, activation and loss; a network holds no numbers that change."""
    network = Network((2, 3, 1), "tanh", "squared_error")
    assert repr(network) == "Network([2, 3, 1], activation='tanh', loss='squared_error')"
    assert network.layer_sizes == (2, 3, 1)
    assert not any(isinstance(value, np.ndarray) for value in vars(network).values())
