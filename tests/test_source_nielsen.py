"""Tests that source 003's step and books are what Nielsen's chapter says, quirk by quirk."""

import re

import numpy as np
import pytest

from course_lib.network import Network
from course_lib.parameters import Parameters
from course_lib.penalties import L1, L2
from course_lib.sources.nielsen import (
    nielsen_initial_parameters,
    nielsen_step,
    nielsen_strength,
    nielsen_total_cost,
    train_as_nielsen,
)
from course_lib.training import train

pytestmark = pytest.mark.stored

SIZES = [5, 7, 3]


def network(activation="sigmoid", loss="sigmoid_cross_entropy"):
    """Return a small network of the source's kind."""
    return Network(SIZES, activation, loss)


def problem(n_samples=40, seed=0):
    """Return rows in three classes, which a network can tell apart."""
    X = np.random.default_rng(seed).normal(size=(n_samples, 5))
    return X, X[:, :3].argmax(axis=1)


def test_two_steps_by_hand():
    """One weight, one bias: an L2 step and then an L1 step, worked out with pen and paper.

    With w = 2, b = -2 and the row x = 1 of class 1, p is 1/2 and the gradient is -1/2 for both.
    """
    tiny = Network([1, 1])
    parameters = Parameters([1, 1])
    X, targets = np.array([[1.0]]), np.array([[1.0]])
    settings = {"learning_rate": 0.5, "lamda": 4.0, "n_training": 100}
    parameters.vector = [2.0, -2.0]
    nielsen_step(tiny, parameters, X, targets, **settings)
    np.testing.assert_allclose(parameters.vector, [0.98 * 2 + 0.25, -2 + 0.25], rtol=1e-14)
    parameters.vector = [2.0, -2.0]
    nielsen_step(tiny, parameters, X, targets, penalty="l1", **settings)
    np.testing.assert_allclose(parameters.vector, [2 - 0.02 + 0.25, -2 + 0.25], rtol=1e-14)


def test_l1_pushes_towards_zero_from_both_sides_and_not_at_zero():
    """With no error at all only the penalty moves: by ηλ/n against the sign, and 0 stays."""
    tiny = Network([1, 3])
    parameters = Parameters([1, 3])
    parameters.vector = [1.0, -1.0, 0.0, 0.3, 0.3, 0.3]
    X = np.array([[0.0]])
    targets = tiny.predict(parameters, X)
    nielsen_step(
        tiny, parameters, X, targets, learning_rate=0.5, lamda=0.2, n_training=10, penalty="l1"
    )
    np.testing.assert_allclose(parameters.vector, [0.99, -0.99, 0, 0.3, 0.3, 0.3], atol=1e-15)


@pytest.mark.parametrize("loss", ["sigmoid_cross_entropy", "sigmoid_quadratic"])
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
@pytest.mark.parametrize(("penalty", "rule"), [("l2", L2), ("l1", L1)])
def test_it_is_the_loop_with_one_rule(penalty, rule, activation, loss):
    """Lambda over n as this course's strength gives the same path, for every option."""
    X, y = problem()
    ours, theirs = nielsen_initial_parameters(SIZES), nielsen_initial_parameters(SIZES)
    history = train_as_nielsen(
        network(activation, loss), theirs, X, y, (X, y), rng=np.random.default_rng(1), epochs=3,
        batch_size=8, lamda=0.8, penalty=penalty,
    )  # fmt: skip
    loop = train(
        network(activation, loss), ours, X, y, epochs=3, batch_size=8, learning_rate=0.5,
        rng=np.random.default_rng(1), rules=[rule(0.02)],
    )  # fmt: skip
    np.testing.assert_allclose(theirs.vector, ours.vector, rtol=0, atol=1e-13)
    cost = loop.train_cost[-1] + rule(0.02).cost(ours)
    assert history.train_cost[-1] == pytest.approx(cost, rel=1e-12)
    np.testing.assert_array_equal(history.train_accuracy, loop.train_accuracy[1:])


@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_a_step_is_pytorchs(penalty):
    """PyTorch's gradient of cost and penalty, divided by n, takes the same step."""
    torch = pytest.importorskip("torch")
    X, y = problem(10)
    parameters = nielsen_initial_parameters(SIZES, seed=5)
    targets = network().targets(y, 10)
    weights = [torch.tensor(W.copy(), requires_grad=True) for W in parameters.weights]
    biases = [torch.tensor(b.copy(), requires_grad=True) for b in parameters.biases]
    hidden = torch.sigmoid(torch.tensor(X) @ weights[0] + biases[0])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        hidden @ weights[1] + biases[1], torch.tensor(targets), reduction="none"
    ).sum(dim=1).mean()  # fmt: skip
    of_weight = (lambda W: (W**2).sum() / 2) if penalty == "l2" else (lambda W: W.abs().sum())
    (loss + 3.0 / 40 * sum(of_weight(W) for W in weights)).backward()
    nielsen_step(
        network(), parameters, X, targets, learning_rate=0.5, lamda=3.0, n_training=40,
        penalty=penalty,
    )  # fmt: skip
    for ours, theirs in ((parameters.weights, weights), (parameters.biases, biases)):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, (b - 0.5 * b.grad).detach().numpy(), atol=1e-14)


def test_the_monitored_cost_divides_by_the_samples_that_are_looked_at():
    """Training and test digits carry a penalty of different size for the same weights."""
    X, y = problem(40)
    test_X, test_y = problem(100, seed=1)
    for penalty, size in (("l2", lambda w: (w**2).sum() / 2), ("l1", lambda w: np.abs(w).sum())):
        parameters = nielsen_initial_parameters(SIZES)
        history = train_as_nielsen(
            network(), parameters, X, y, (test_X, test_y), rng=np.random.default_rng(1), epochs=2,
            batch_size=10, lamda=0.7, penalty=penalty,
        )  # fmt: skip
        for n, rows, labels, cost, accuracy in (
            (40, X, y, history.train_cost, history.train_accuracy),
            (100, test_X, test_y, history.test_cost, history.test_accuracy),
        ):
            plain, right = network().evaluate(parameters, rows, network().targets(labels, n))
            priced = plain + 0.7 / n * size(parameters.weight_vector)
            assert cost[-1] == pytest.approx(priced, rel=1e-13)
            assert accuracy[-1] == right


def test_the_total_cost_by_hand():
    """Two weights, 3 and -4, one bias that costs nothing: 12.5 or 7 times lambda over n."""
    parameters = Parameters([2, 1])
    parameters.vector = [3.0, -4.0, 9.0]
    assert nielsen_total_cost(0.5, parameters, 10, lamda=2.0) == pytest.approx(3.0)
    assert nielsen_total_cost(0.5, parameters, 10, lamda=2.0, penalty="l1") == pytest.approx(1.9)
    assert nielsen_total_cost(0.5, parameters, 10, lamda=0.0) == 0.5


def test_the_strength_of_the_source():
    """Lambda 0.2 over 1000 digits."""
    assert nielsen_strength(0.2, 1000) == pytest.approx(2e-4, rel=1e-15)


def test_initial_values_are_drawn_biases_first():
    """All biases from N(0, 1), then each layer's weights, a unit at a time, over sqrt(n_in)."""
    parameters = nielsen_initial_parameters(SIZES, seed=7)
    drawn = np.random.RandomState(7).standard_normal(7 + 3 + 35 + 21)
    np.testing.assert_array_equal(parameters.biases[0], [drawn[:7]])
    np.testing.assert_array_equal(parameters.biases[1], [drawn[7:10]])
    np.testing.assert_allclose(parameters.weights[0], drawn[10:45].reshape(7, 5).T / 5**0.5)
    np.testing.assert_allclose(parameters.weights[1], drawn[45:].reshape(3, 7).T / 7**0.5)


def test_initial_values_of_several_seeds_are_a_stack():
    """Run r of the stack starts where the single run with its seed does; 3 is the default."""
    stack = nielsen_initial_parameters(SIZES, seed=[3, 8])
    assert stack.n_runs == 2
    np.testing.assert_array_equal(stack.vector[0], nielsen_initial_parameters(SIZES).vector)
    np.testing.assert_array_equal(stack.vector[1], nielsen_initial_parameters(SIZES, 8).vector)


@pytest.mark.parametrize(
    "seeds",
    [(3, 8), np.array([3, 8]), range(3, 9, 5), (s for s in (3, 8))],
    ids=lambda s: type(s).__name__,
)
def test_seeds_by_any_sequence(seeds):
    """Tuples, arrays, ranges and what is read once say the same as a list."""
    stack = nielsen_initial_parameters(SIZES, seeds)
    np.testing.assert_array_equal(stack.vector, nielsen_initial_parameters(SIZES, [3, 8]).vector)
    single = nielsen_initial_parameters(SIZES, np.int64(8))
    np.testing.assert_array_equal(single.vector, stack.vector[1])


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ("3", "seed must be a whole number in [0, 2**32), or several, got '3'"),
        (b"3", "seed must be a whole number in [0, 2**32), or several, got b'3'"),
        (None, "seed must be a whole number in [0, 2**32), or several, got None"),
        (1.5, "seed must be a whole number in [0, 2**32), or several, got 1.5"),
        ([3, "8"], "seed must be a whole number in [0, 2**32), or several, got '8'"),
        ([], "seed must be at least one number, got []"),
        (np.array([], int), "seed must be at least one number, got array([], dtype=int64)"),
    ],
)
def test_a_bad_seed_is_named(seed, message):
    """A text is no sequence of seeds, and no seeds are no stack."""
    with pytest.raises(ValueError, match=re.escape(message)):
        nielsen_initial_parameters(SIZES, seed)


def test_the_test_digits_may_come_as_a_list():
    """A pair is a pair: a list of X and y is as good as a tuple."""
    X, y = problem()
    ends = [
        train_as_nielsen(
            network(), nielsen_initial_parameters(SIZES), X, y, test, epochs=1,
            rng=np.random.default_rng(1),
        ).test_cost
        for test in ((X, y), [X, y])
    ]  # fmt: skip
    np.testing.assert_array_equal(*ends)


def test_a_short_last_batch_is_averaged_over_its_own_rows():
    """Of 13 rows in batches of 10, the last three make a step of their own."""
    X, y = problem(13)
    targets = network().targets(y, 13)
    parameters, by_hand = nielsen_initial_parameters(SIZES), nielsen_initial_parameters(SIZES)
    train_as_nielsen(
        network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), epochs=1, lamda=0.1
    )
    order = np.random.default_rng(1).permutation(13)
    for rows in (order[:10], order[10:]):
        nielsen_step(
            network(), by_hand, X[rows], targets[rows], learning_rate=0.5, lamda=0.1, n_training=13
        )
    np.testing.assert_allclose(parameters.vector, by_hand.vector, rtol=0, atol=1e-14)


def test_the_defaults_are_the_sources_settings():
    """400 epochs, batches of 10, a learning rate of 0.5, no penalty, which would be L2."""
    X, y = problem(20)
    settings = {"epochs": 400, "batch_size": 10, "learning_rate": 0.5, "lamda": 0.0}
    ends = []
    for options in ({}, settings):
        parameters = nielsen_initial_parameters(SIZES)
        history = train_as_nielsen(
            network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), **options
        )
        assert history.train_cost.shape == (400,)
        ends.append(parameters.vector)
    np.testing.assert_array_equal(*ends)
    for options in ({}, {"penalty": "l2"}):
        parameters = nielsen_initial_parameters(SIZES)
        train_as_nielsen(
            network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), epochs=2, lamda=1.0,
            **options,
        )  # fmt: skip
        ends.append(parameters.vector)
    np.testing.assert_array_equal(ends[2], ends[3])


def test_single_precision_stays_single():
    """Float32 weights are never made float64 on the way."""
    X, y = problem()
    single = Parameters(SIZES, dtype=np.float32)
    single.vector = nielsen_initial_parameters(SIZES).vector
    train_as_nielsen(
        network(), single, X, y, (X, y), rng=np.random.default_rng(1), epochs=3, lamda=0.1
    )
    assert single.vector.dtype == np.float32


def test_single_precision_weights_round_the_inputs_first():
    """With float32 weights it makes no difference whether the pixels come as float32."""
    X, y = problem()
    ends = []
    for rows in (X, X.astype(np.float32)):
        single = Parameters(SIZES, dtype=np.float32)
        single.vector = nielsen_initial_parameters(SIZES).vector
        train_as_nielsen(
            network(), single, rows, y, (X, y), rng=np.random.default_rng(1), epochs=3, lamda=0.1
        )
        ends.append(single.vector)
    np.testing.assert_array_equal(*ends)


def test_the_test_digits_move_nothing():
    """Other test digits, the same parameters; and they are those of the training digits alone."""
    X, y = problem()
    ends = []
    for test in ((X, y), problem(25, seed=1)):
        parameters = nielsen_initial_parameters(SIZES)
        train_as_nielsen(
            network(), parameters, X, y, test, rng=np.random.default_rng(1), epochs=3, lamda=0.1
        )
        ends.append(parameters.vector)
    np.testing.assert_array_equal(*ends)


def test_no_epochs_change_nothing():
    """The history is empty, the parameters are the initial ones."""
    X, y = problem()
    parameters = nielsen_initial_parameters(SIZES)
    history = train_as_nielsen(
        network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), epochs=0
    )
    assert [values.shape for values in history] == [(0,)] * 4
    np.testing.assert_array_equal(parameters.vector, nielsen_initial_parameters(SIZES).vector)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 41}, "batch_size must be a whole number in [1, 40], got 41"),
        ({"batch_size": 0, "epochs": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"epochs": -1}, "epochs must be a whole number of at least 0, got -1"),
        ({"learning_rate": 0}, "learning_rate must be a number in (0, inf), got 0"),
        ({"lamda": -0.1}, "lamda must be a number in [0, inf), got -0.1"),
        ({"penalty": "L3"}, "penalty must be one of"),
        ({"rng": 0}, "rng must be a numpy Generator, such as numpy.random.default_rng(0), got 0"),
        ({"parameters": Parameters(SIZES, n_runs=2)}, "parameters must be of a single network"),
        ({"parameters": Parameters([5, 3])}, "parameters must be of the network's layer_sizes"),
        ({"X": np.zeros((40, 4))}, "X must have the shape (n_samples, 5)"),
        ({"y": np.full(40, 3)}, "y must hold whole-number labels from 0 to 2, got 3"),
        ({"test": (np.zeros((2, 4)), np.zeros(2))}, "test X must have the shape (n_samples, 5)"),
        ({"test": (np.zeros((2, 5)), np.full(2, 3))}, "test y must hold whole-number labels from"),
        ({"test": None}, "test must be a pair (X, y), got None"),
        ({"test": (np.zeros((2, 5)),)}, "test must be a pair (X, y), got (array("),
        ({"test": (np.zeros((2, 5)), np.zeros(2), 0)}, "test must be a pair (X, y), got (array("),
        ({"test": np.zeros((2, 5))}, "test must be a pair (X, y), got array("),
    ],
)
def test_a_bad_argument_is_named_with_its_value_and_range(options, message):
    """A `ValueError` says the parameter, what it got and what it takes, before any step."""
    X, y = problem()
    given = {"parameters": nielsen_initial_parameters(SIZES), "X": X, "y": y, "test": (X, y)}
    given |= {"rng": np.random.default_rng(0), "epochs": 1} | options
    before = given["parameters"].vector.copy()
    with pytest.raises(ValueError, match=re.escape(message)):
        train_as_nielsen(network(), **given)
    np.testing.assert_array_equal(given["parameters"].vector, before)


def test_a_bad_number_of_samples_is_named():
    """The penalty can't be divided by no samples."""
    with pytest.raises(ValueError, match=re.escape("n_samples must be a whole number of at least")):
        nielsen_strength(0.2, 0)
