"""Tests that the gradients are right, and that the check would tell if they were not."""

import numpy as np
import pytest

from course_lib.gradient_check import direction_errors, numerical_gradient
from course_lib.losses import LOSSES
from course_lib.network import ACTIVATIONS, Network
from course_lib.parameters import initial_parameters
from course_lib.sources import source_step

HIDDEN = [[], [4], [4, 5], [4, 3, 4]]
TOLERANCE = 1e-6


def problem(loss, activation="tanh", hidden=(4,), n_runs=None, n_outputs=2, seed=0):
    """Return network, parameters, X and targets, with no weighted sum near a kink of ReLU."""
    network = Network([3, *hidden, n_outputs], activation, loss)
    rng = np.random.default_rng(seed)
    generators = rng if n_runs is None else rng.spawn(n_runs)
    parameters = initial_parameters(network.layer_sizes, generators, "he", bias_scale=0.3)
    leading = () if n_runs is None else (n_runs,)
    candidates = rng.normal(size=(*leading, 400, 3))
    distance = np.full(candidates.shape[:-1], np.inf)
    layer = candidates
    for W, b in zip(parameters.weights[:-1], parameters.biases[:-1], strict=True):
        z = layer @ W + b
        distance = np.minimum(distance, np.abs(z).min(axis=-1))
        layer = network.activation.value(z)
    farthest = np.argsort(-distance, axis=-1)[..., :6]
    assert (np.take_along_axis(distance, farthest, axis=-1) > 1e-2).all()
    X = np.take_along_axis(candidates, farthest[..., np.newaxis], axis=-2)
    labels = rng.integers(max(2, n_outputs), size=(*leading, 6))
    if loss == "squared_error":
        return network, parameters, X, rng.normal(size=(*leading, 6, n_outputs))
    return network, parameters, X, network.targets(labels, 6, n_runs)


def relative_error(a, b):
    """Return the length of the difference over the length of b, per run."""
    return np.linalg.norm(a.vector - b.vector, axis=-1) / np.linalg.norm(b.vector, axis=-1)


@pytest.mark.parametrize("n_runs", [None, 3], ids=["single", "stack"])
@pytest.mark.parametrize("hidden", HIDDEN, ids=["depth0", "depth1", "depth2", "depth3"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_right(loss, activation, hidden, n_runs):
    """Every entry, and random directions: relative error below 1e-6."""
    network, parameters, X, targets = problem(loss, activation, hidden, n_runs)
    before = parameters.vector.copy()
    gradient = network.gradient(parameters, X, targets)
    numerical = numerical_gradient(network, parameters, X, targets)
    assert (relative_error(gradient, numerical) < TOLERANCE).all()
    errors = direction_errors(network, parameters, X, targets, np.random.default_rng(1))
    assert errors.shape == ((10,) if n_runs is None else (10, n_runs))
    assert (errors < TOLERANCE).all()
    np.testing.assert_array_equal(parameters.vector, before)


@pytest.mark.parametrize("loss", ["sigmoid_cross_entropy", "sigmoid_quadratic", "squared_error"])
def test_gradients_of_one_output_are_right(loss):
    """One output is the common case of the course."""
    network, parameters, X, targets = problem(loss, "relu", (4, 5), n_outputs=1)
    gradient = network.gradient(parameters, X, targets)
    numerical = numerical_gradient(network, parameters, X, targets)
    assert relative_error(gradient, numerical) < TOLERANCE


@pytest.mark.parametrize("loss", LOSSES)
def test_a_stack_may_share_its_data(loss):
    """With X of shape (n_samples, n_features) the gradients of all runs are right, too."""
    network, parameters, X, targets = problem(loss, "tanh", (4, 5), n_runs=3)
    errors = direction_errors(network, parameters, X[0], targets[0], np.random.default_rng(1))
    assert (errors < TOLERANCE).all()
    numerical = numerical_gradient(network, parameters, X[0], targets[0])
    gradient = network.gradient(parameters, X[0], targets[0])
    assert (relative_error(gradient, numerical) < TOLERANCE).all()


def sign_flipped(gradient, **_):
    """Point uphill."""
    gradient.vector *= -1.0


def doubled(gradient, **_):
    """Keep a factor of 2, as from a forgotten half."""
    gradient.vector *= 2.0


def one_layer_transposed(gradient, **_):
    """Transpose a square layer, whose shapes fit either way."""
    gradient.weights[1][...] = gradient.weights[1].mT.copy()


def bias_averaged_twice(gradient, X, **_):
    """Divide by the rows once in delta and once more."""
    for b in gradient.biases:
        b /= X.shape[-2]


def summed_over_the_batch(gradient, X, **_):
    """Take no mean at all."""
    gradient.vector *= X.shape[-2]


def relu_slope_always_one(gradient, network, parameters, X, targets):
    """Ask the output with >=, which is always true."""
    always = network.activation._replace(derivative=lambda h: h >= 0.0)
    network.activation, right = always, network.activation
    gradient.vector = network.gradient(parameters, X, targets).vector
    network.activation = right


def one_wrong_entry(gradient, **_):
    """Put a single entry one per cent off."""
    largest = np.abs(gradient.vector).argmax()
    gradient.vector[largest] *= 1.01


def one_layer_missing(gradient, **_):
    """Leave out one layer's biases."""
    gradient.biases[0][...] = 0.0


def all_zero(gradient, **_):
    """Compute nothing."""
    gradient.vector = 0.0


def weights_updated_too_early(gradient, network, parameters, X, targets):
    """Change a layer's weights before they carry the error down."""
    moved = parameters.copy()
    source_step(network, moved, X, targets, 1.0, order="source", epsilon=0.0)
    gradient.vector = parameters.vector - moved.vector


WRONG = [
    sign_flipped,
    doubled,
    one_layer_transposed,
    bias_averaged_twice,
    summed_over_the_batch,
    relu_slope_always_one,
    one_wrong_entry,
    one_layer_missing,
    all_zero,
    weights_updated_too_early,
]


@pytest.mark.parametrize("spoil", WRONG, ids=lambda spoil: spoil.__name__)
def test_a_wrong_gradient_is_rejected(spoil):
    """Both checks are far above the tolerance that right gradients keep."""
    network, parameters, X, targets = problem(
        "sigmoid_cross_entropy", "relu", (4, 4), n_outputs=1, seed=3
    )
    right = network.gradient(parameters, X, targets)
    wrong = right.copy()
    spoil(wrong, network=network, parameters=parameters, X=X, targets=targets)
    assert np.isfinite(wrong.vector).all()
    numerical = numerical_gradient(network, parameters, X, targets)
    assert relative_error(right, numerical) < TOLERANCE
    assert relative_error(wrong, numerical) > 1000 * TOLERANCE
    errors = direction_errors(
        network, parameters, X, targets, np.random.default_rng(0), gradient=wrong
    )
    assert errors.max() > 100 * TOLERANCE


def test_one_wrong_run_of_a_stack_is_pointed_out():
    """The errors come per run: only the spoilt run has large ones."""
    network, parameters, X, targets = problem("softmax_cross_entropy", n_runs=3)
    gradient = network.gradient(parameters, X, targets)
    gradient.vector[1] *= 1.1
    errors = direction_errors(
        network, parameters, X, targets, np.random.default_rng(0), gradient=gradient, n_directions=4
    )
    assert errors.shape == (4, 3)
    assert errors[:, 1].max() > 1e-3
    assert errors[:, [0, 2]].max() < TOLERANCE


def test_the_error_shrinks_like_the_step_squared():
    """A tenth of the step, a hundredth of the error: the differences are central ones."""
    network, parameters, X, targets = problem("sigmoid_cross_entropy", "tanh")
    gradient = network.gradient(parameters, X, targets)
    coarse, fine = (
        relative_error(numerical_gradient(network, parameters, X, targets, step=h), gradient)
        for h in (1e-1, 1e-2)
    )
    assert 80 < coarse / fine < 120


def test_directions_come_from_the_generator():
    """Equal seeds look along equal directions; the number of directions can be chosen."""
    arguments = problem("squared_error")
    errors = [
        direction_errors(*arguments, np.random.default_rng(seed), n_directions=3, step=1e-2)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(errors[0], errors[1])
    assert (errors[0] != errors[2]).all()
    assert errors[0].shape == (3,)


def test_a_cost_that_is_flat_has_no_error():
    """Dead ReLUs: gradient and slope are both exactly 0."""
    network, parameters, X, _ = problem("squared_error", "relu", (4,), n_outputs=1)
    parameters.vector = 0.0
    parameters.biases[0][...] = -1.0
    flat = np.zeros((6, 1))
    errors = direction_errors(network, parameters, X, flat, np.random.default_rng(0))
    assert not errors.any()
