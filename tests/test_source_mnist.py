"""Tests that source 000's program gives what a textbook's loop gives, quirk by quirk."""

import os
import re

import numpy as np
import pytest

from course_lib.datasets import mnist
from course_lib.datasets.mnist import FOLDER_VARIABLE
from course_lib.momentum import HeavyBall, Momentum
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import L2
from course_lib.sources.mnist import mnist_source_step, train_mnist_as_source
from course_lib.training import train

pytestmark = pytest.mark.stored

SIZES = [5, 7, 3]


def network(loss="softmax_cross_entropy"):
    """Return a small network of the source's kind."""
    return Network(SIZES, loss=loss)


def problem(n_samples=40, seed=0, dtype=float):
    """Return rows in three classes, which a network can tell apart."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 5))
    return X.astype(dtype), X[:, :3].argmax(axis=1)


def start(seed=0, dtype=float):
    """Return initial parameters with biases that are not zero."""
    return initial_parameters(SIZES, np.random.default_rng(seed), bias_scale=0.3, dtype=dtype)


def test_two_steps_by_hand():
    """One weight and two classes: v = 0.4 v + 0.1 g and w - v, worked out with pen and paper.

    With w = b = 0 both probabilities are 1/2, and the row x = 2 of class 0 has the gradient
    (p - y) x = (-1, 1) for the weights and (-1/2, 1/2) for the biases.
    """
    tiny = Network([1, 2], loss="softmax_cross_entropy")
    parameters, velocity = Parameters([1, 2]), Parameters([1, 2])
    X, targets = np.array([[2.0]]), np.array([[1.0, 0.0]])
    loss = mnist_source_step(tiny, parameters, velocity, X, targets)
    assert loss == pytest.approx(np.log(2))
    np.testing.assert_allclose(parameters.vector, [0.1, -0.1, 0.05, -0.05], rtol=1e-14)
    loss = mnist_source_step(tiny, parameters, velocity, X, targets)
    # z = ±0.25, so p = 1/(1 + e^-0.5) and the penalty is 1e-4 · 2 · 0.01
    wrong = 1 / (1 + np.exp(0.5))
    assert loss == pytest.approx(-np.log(1 - wrong) + 2e-6, rel=1e-13)
    v_W = 0.4 * -0.1 + 0.1 * (-2 * wrong + 2e-4 * 0.1)
    v_b = 0.4 * -0.05 + 0.1 * -wrong
    np.testing.assert_allclose(
        parameters.vector, [0.1 - v_W, v_W - 0.1, 0.05 - v_b, v_b - 0.05], rtol=1e-13
    )


@pytest.mark.parametrize("beta", [0.0, 0.4])
@pytest.mark.parametrize("penalty", [0.0, 0.01])
def test_it_is_the_loop_with_two_rules(beta, penalty):
    """Where no row is dropped, L2 of twice the penalty and the heavy ball take the same path."""
    X, y = problem()
    ours, theirs = start(), start()
    history = train_mnist_as_source(
        network(), theirs, X, y, (X, y), rng=np.random.default_rng(1), epochs=3, batch_size=8,
        learning_rate=0.3, beta=beta, penalty=penalty,
    )  # fmt: skip
    rules = [L2(2 * penalty), HeavyBall(beta)]
    loop = train(
        network(), ours, X, y, epochs=3, batch_size=8, learning_rate=0.3,
        rng=np.random.default_rng(1), rules=rules, held_out=(X, y),
    )  # fmt: skip
    np.testing.assert_allclose(theirs.vector, ours.vector, rtol=0, atol=1e-13)
    np.testing.assert_allclose(history.test_loss, loop.held_out_cost[1:], rtol=1e-12)
    np.testing.assert_array_equal(history.test_accuracy, loop.held_out_accuracy[1:])


def test_averaged_momentum_needs_a_longer_learning_rate():
    """The hidden momentum in this course's own convention: η / (1 - β)."""
    X, y = problem()
    ours, theirs = start(), start()
    train_mnist_as_source(
        network(), theirs, X, y, (X, y), rng=np.random.default_rng(1), epochs=3, batch_size=8
    )
    train(
        network(), ours, X, y, epochs=3, batch_size=8, learning_rate=0.1 / 0.6,
        rng=np.random.default_rng(1), rules=[L2(2e-4), Momentum(0.4)],
    )  # fmt: skip
    np.testing.assert_allclose(theirs.vector, ours.vector, rtol=0, atol=1e-13)


def test_the_training_loss_is_the_mean_while_the_weights_move():
    """Each batch's loss is taken before its step, with the penalty, and all count alike."""
    X, y = problem()
    targets = network().targets(y, len(y))
    parameters, by_hand = start(), start()
    history = train_mnist_as_source(
        network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), epochs=1,
        batch_size=10, penalty=0.02, beta=0.0,
    )  # fmt: skip
    order, losses = np.random.default_rng(1).permutation(40), []
    for rows in order.reshape(4, 10):
        cost, _ = network().evaluate(by_hand, X[rows], targets[rows])
        losses.append(cost + 0.02 * (by_hand.weight_vector**2).sum())
        gradient = network().gradient(by_hand, X[rows], targets[rows])
        gradient.weight_vector[...] += 0.04 * by_hand.weight_vector
        by_hand.vector -= 0.1 * gradient.vector
    assert history.train_loss.tolist() == pytest.approx([np.mean(losses)], rel=1e-13)
    np.testing.assert_allclose(parameters.vector, by_hand.vector, rtol=0, atol=1e-14)
    assert history.test_loss.tolist() == pytest.approx(
        [network().evaluate(parameters, X, targets)[0]], rel=1e-14
    )


def test_the_penalty_is_not_in_the_test_loss_and_not_on_the_biases():
    """With a gradient of zero, weights shrink by 1 - 2ηλ in the first step and biases stay."""
    parameters, velocity = start(), Parameters(SIZES)
    before = parameters.copy()
    X = np.zeros((4, 5))
    targets = network().predict(parameters, X)  # as the network says: no error at all
    loss = mnist_source_step(
        network(), parameters, velocity, X, targets, learning_rate=0.5, beta=0.9, penalty=0.1
    )
    np.testing.assert_allclose(parameters.weight_vector, 0.9 * before.weight_vector, rtol=1e-12)
    np.testing.assert_allclose(parameters.vector[-10:], before.vector[-10:], atol=1e-15)
    entropy, _ = network().evaluate(before, X, targets)
    assert loss == pytest.approx(entropy + 0.1 * (before.weight_vector**2).sum(), rel=1e-13)


def test_rows_that_fill_no_batch_are_dropped():
    """Of 43 rows, batches of 8 use 40: the three that are left move nothing; 64 has 24 left."""
    X, y = problem(43)
    order = np.random.default_rng(1).permutation(43)
    twin_X, twin_y = X.copy(), y.copy()
    twin_X[order[40:]] = 1e6
    twin_y[order[40:]] = 0
    ends = []
    for rows, labels in ((X, y), (twin_X, twin_y)):
        parameters = start()
        train_mnist_as_source(
            network(), parameters, rows, labels, (X, y), rng=np.random.default_rng(1), epochs=1,
            batch_size=8,
        )  # fmt: skip
        ends.append(parameters.vector)
    np.testing.assert_array_equal(*ends)
    assert 63_000 - 63_000 // 64 * 64 == 24


def test_single_precision_inputs_are_converted_batch_by_batch():
    """Float32 pixels with float64 weights give the run of float64 pixels."""
    X, y = problem(dtype=np.float32)
    ends = []
    for rows in (X, X.astype(float)):
        parameters = start()
        train_mnist_as_source(
            network(), parameters, rows, y, (rows, y), rng=np.random.default_rng(1), batch_size=8
        )
        ends.append(parameters.vector)
    np.testing.assert_array_equal(*ends)


def test_single_precision_stays_single():
    """Float32 weights are never made float64 on the way."""
    X, y = problem(dtype=np.float32)
    parameters = start(dtype=np.float32)
    history = train_mnist_as_source(
        network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), batch_size=8
    )
    assert parameters.vector.dtype == np.float32
    assert history.test_accuracy[-1] > 0.8


def test_single_precision_weights_make_everything_single():
    """With float32 weights, pixels and targets of float64 are rounded first, and not at the end."""
    X, y = problem(40)
    parameters, by_hand = start(dtype=np.float32), start(dtype=np.float32)
    history = train_mnist_as_source(
        network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), epochs=2, batch_size=8
    )
    rng, velocity = np.random.default_rng(1), by_hand.like()
    X32, targets = X.astype(np.float32), network().targets(y, 40).astype(np.float32)
    for rows in np.concatenate([rng.permutation(40).reshape(5, 8) for _ in range(2)]):
        mnist_source_step(network(), by_hand, velocity, X32[rows], targets[rows])
    np.testing.assert_array_equal(parameters.vector, by_hand.vector)
    cost, _ = network().evaluate(by_hand, X32, network().targets(y, 40))
    assert history.test_loss[-1] == cost


def test_the_whole_set_in_one_batch_goes_downhill():
    """With all rows in each batch, an epoch is a step, and its loss is that before the step."""
    X, y = problem()
    targets = network().targets(y, len(y))
    parameters, by_hand = start(), start()
    history = train_mnist_as_source(
        network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), epochs=8,
        batch_size=40, beta=0.0,
    )  # fmt: skip
    velocity = by_hand.like()
    losses = [
        mnist_source_step(network(), by_hand, velocity, X, targets, beta=0.0) for _ in range(8)
    ]
    np.testing.assert_allclose(history.train_loss, losses, rtol=1e-12)
    np.testing.assert_allclose(parameters.vector, by_hand.vector, rtol=0, atol=1e-13)
    assert (np.diff(losses) < 0).all()


def test_the_defaults_are_the_sources_settings():
    """Ten epochs, batches of 64, a learning rate of 0.1, momentum 0.4, penalty 1e-4."""
    X, y = problem(150)
    ends = []
    settings = {
        "epochs": 10, "batch_size": 64, "learning_rate": 0.1, "beta": 0.4, "penalty": 1e-4
    }  # fmt: skip
    for options in ({}, settings):
        parameters = start()
        rng = np.random.default_rng(1)
        train_mnist_as_source(network(), parameters, X, y, (X, y), rng=rng, **options)
        ends.append(parameters.vector)
    np.testing.assert_array_equal(*ends)


def test_no_epochs_change_nothing():
    """The history is empty, the parameters are the initial ones."""
    X, y = problem()
    parameters = start()
    history = train_mnist_as_source(
        network(), parameters, X, y, (X, y), rng=np.random.default_rng(1), epochs=0, batch_size=8
    )
    assert [values.shape for values in history] == [(0,), (0,), (0,)]
    np.testing.assert_array_equal(parameters.vector, start().vector)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 41}, "batch_size must be a whole number in [1, 40], got 41"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"epochs": -1}, "epochs must be a whole number of at least 0, got -1"),
        ({"learning_rate": 0}, "learning_rate must be a number in (0, inf), got 0"),
        ({"beta": 1}, "beta must be a number in [0, 1), got 1"),
        ({"penalty": -0.1}, "penalty must be a number in [0, inf), got -0.1"),
        ({"rng": 0}, "rng must be a numpy Generator, such as numpy.random.default_rng(0), got 0"),
        ({"parameters": Parameters(SIZES, n_runs=2)}, "parameters must be of a single network"),
        ({"parameters": Parameters([5, 3])}, "parameters must be of the network's layer_sizes"),
        ({"X": np.zeros((40, 4))}, "X must have the shape (n_samples, 5)"),
        ({"test": (np.zeros((2, 4)), np.zeros(2))}, "test X must have the shape (n_samples, 5)"),
        ({"test": (np.zeros((2, 5)), np.full(2, 3))}, "test y must hold whole-number labels from"),
        ({"test": None}, "test must be a pair (X, y), got None"),
        ({"test": (np.zeros((2, 5)),)}, "test must be a pair (X, y), got (array("),
        ({"test": (np.zeros((2, 5)), np.zeros(2), 0)}, "test must be a pair (X, y), got (array("),
        ({"test": np.zeros((2, 5))}, "test must be a pair (X, y), got array("),
    ],
)
def test_a_bad_argument_is_named_with_its_value_and_range(options, message):
    """A `ValueError` says the parameter, what it got and what it takes."""
    X, y = problem()
    given = {"parameters": start(), "X": X, "test": (X, y), "rng": np.random.default_rng(0)}
    given |= {"batch_size": 8} | options
    with pytest.raises(ValueError, match=re.escape(message)):
        train_mnist_as_source(network(), y=y, **given)


def test_the_test_digits_may_come_as_a_list():
    """A pair is a pair: a list of X and y is as good as a tuple."""
    X, y = problem()
    ends = [
        train_mnist_as_source(
            network(), start(), X, y, test, rng=np.random.default_rng(1), epochs=1, batch_size=8
        ).test_loss
        for test in ((X, y), [X, y])
    ]
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("wrong", ["labels", "one row", "one column", "two networks"])
def test_a_step_wants_targets_of_the_outputs_shape(wrong):
    """Labels, or one row for all, would be spread over the outputs; nothing has changed then."""
    X, y = problem(10)
    targets = network().targets(y, 10)
    given = {
        "labels": y,
        "one row": targets[:1],
        "one column": targets[:, :1],
        "two networks": np.stack([targets, targets]),
    }[wrong]
    parameters, velocity = start(), start(1)
    said = f"targets must have the shape (10, 3), got {given.shape}"
    with pytest.raises(ValueError, match=re.escape(said)):
        mnist_source_step(network(), parameters, velocity, X, given)
    np.testing.assert_array_equal(parameters.vector, start().vector)
    np.testing.assert_array_equal(velocity.vector, start(1).vector)


def test_parameters_of_another_network_are_refused_before_anything_changes():
    """An error that comes after the training would have spoiled the weights."""
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = (X[:, 0] > 0).astype(int)
    parameters = initial_parameters([2, 3, 2], np.random.default_rng(1))
    before = parameters.vector.copy()
    network = Network([2, 2], loss="softmax_cross_entropy")
    with pytest.raises(ValueError, match=r"parameters"):
        train_mnist_as_source(
            network, parameters, X, y, (X, y), rng=np.random.default_rng(2), batch_size=8
        )
    np.testing.assert_array_equal(parameters.vector, before)


def test_it_is_torchs_sgd_with_its_own_momentum():
    """PyTorch's momentum, a heavy ball, with its weight decay of 2e-4 on the weights."""
    torch = pytest.importorskip("torch")
    X, y = problem(64)
    parameters, velocity = start(), Parameters(SIZES)
    tensors = [
        torch.tensor(view.copy(), requires_grad=True)
        for view in (*parameters.weights, *parameters.biases)
    ]
    W1, W2, b1, b2 = tensors
    optimiser = torch.optim.SGD(
        [{"params": [W1, W2], "weight_decay": 2e-4}, {"params": [b1, b2]}], lr=0.1, momentum=0.4
    )
    targets = network().targets(y, 64)
    for _ in range(20):
        hidden = torch.relu(torch.tensor(X) @ W1 + b1)
        loss = torch.nn.functional.cross_entropy(hidden @ W2 + b2, torch.tensor(y))
        penalty = 1e-4 * sum((W.detach() ** 2).sum().item() for W in (W1, W2))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        reported = mnist_source_step(network(), parameters, velocity, X, targets)
        assert reported == pytest.approx(loss.item() + penalty, rel=1e-12)
    views = (*parameters.weights, *parameters.biases)
    for tensor, view in zip(tensors, views, strict=True):
        np.testing.assert_allclose(tensor.detach().numpy(), view, rtol=0, atol=1e-13)


@pytest.mark.skipif(
    not os.environ.get(FOLDER_VARIABLE), reason=f"needs MNIST: set {FOLDER_VARIABLE}"
)
def test_the_first_epochs_on_the_real_digits():
    """Source 000 prints .3373 .1911 and .1896 .1486 for its first two epochs; other rows, weights.

    One seed of ours and one of its own differ by up to about 0.01 here.
    """
    data = mnist(download=False)
    X = np.concatenate([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    rng = np.random.default_rng(2000)
    order = rng.permutation(70_000)
    large = Network([784, 100, 10], loss="softmax_cross_entropy")
    parameters = initial_parameters([784, 100, 10], rng, "glorot")
    rows, held_out = order[7000:], order[:7000]
    history = train_mnist_as_source(
        large, parameters, X[rows], y[rows], (X[held_out], y[held_out]), rng=rng, epochs=2
    )
    np.testing.assert_allclose(history.train_loss, [0.3373, 0.1896], atol=0.015)
    np.testing.assert_allclose(history.test_loss, [0.1911, 0.1486], atol=0.03)
