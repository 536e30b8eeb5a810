"""Tests against PyTorch's autograd, an independent way to every gradient."""

import numpy as np
import pytest

from course_lib.datasets import hard_points
from course_lib.losses import LOSSES
from course_lib.network import ACTIVATIONS, Network
from course_lib.parameters import initial_parameters
from course_lib.sources import source_initial_parameters, source_step
from course_lib.training import train

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: the comparison with its autograd is left out"
)

ACTIVATION = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}


def torch_cost(loss, z, targets):
    """Return the mean cost with PyTorch's own losses: a sum over the outputs, a mean over rows."""
    functional, n_outputs = torch.nn.functional, z.shape[-1]
    if loss == "softmax_cross_entropy":
        return functional.cross_entropy(z, targets.argmax(dim=1))
    if loss == "sigmoid_cross_entropy":
        return n_outputs * functional.binary_cross_entropy_with_logits(z, targets)
    output = torch.sigmoid(z) if loss == "sigmoid_quadratic" else z
    return 0.5 * n_outputs * functional.mse_loss(output, targets)


def leaves(parameters):
    """Return weights and biases as float64 tensors that record gradients."""
    views = [*parameters.weights, *parameters.biases]
    return [torch.tensor(view.copy(), requires_grad=True) for view in views]


def torch_forward(tensors, X, activation):
    """Return the last weighted sums, not activated."""
    n_layers = len(tensors) // 2
    h = torch.tensor(X)
    for k in range(n_layers):
        z = h @ tensors[k] + tensors[n_layers + k]
        h = ACTIVATION[activation](z)
    return z


def flat(tensors):
    """Return tensors as one flat numpy vector."""
    return np.concatenate([tensor.detach().numpy().ravel() for tensor in tensors])


def test_every_loss_and_activation_is_compared():
    """No activation lacks its PyTorch counterpart."""
    assert ACTIVATION.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("hidden", [[], [5, 4]], ids=["linear", "two hidden layers"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_costs_and_gradients_agree(loss, activation, hidden):
    """Cost and every entry of the gradient, within 1e-13."""
    rng = np.random.default_rng(0)
    for n_outputs in (1, 3):
        if loss == "softmax_cross_entropy" and n_outputs == 1:
            continue
        sizes = [4, *hidden, n_outputs]
        network = Network(sizes, activation, loss)
        parameters = initial_parameters(sizes, rng, "he", bias_scale=0.5)
        X, y = rng.normal(size=(9, 4)), rng.integers(max(2, n_outputs), size=9)
        if loss == "squared_error":
            y = rng.normal(size=(9, n_outputs))
        targets = network.targets(y, 9)
        tensors = leaves(parameters)
        cost = torch_cost(loss, torch_forward(tensors, X, activation), torch.tensor(targets))
        cost.backward()
        gradient = network.gradient(parameters, X, targets)
        np.testing.assert_allclose(
            gradient.vector, flat([tensor.grad for tensor in tensors]), rtol=1e-11, atol=1e-13
        )
        ours = network.evaluate(parameters, X, targets)[0]
        np.testing.assert_allclose(ours, cost.item(), rtol=1e-13)


def autograd_steps(parameters, X, y, learning_rate):
    """Return the parameters after each step over the rows in their order, by autograd."""
    tensors, steps = leaves(parameters), []
    for row, label in zip(X, y, strict=True):
        z = torch_forward(tensors, row[np.newaxis], "relu")
        target = torch.full((1, 1), float(label), dtype=torch.float64)
        cost = torch_cost("sigmoid_cross_entropy", z, target)
        gradients = torch.autograd.grad(cost, tensors)
        with torch.no_grad():
            for tensor, gradient in zip(tensors, gradients, strict=True):
                tensor -= learning_rate * gradient
        steps.append(flat(tensors))
    return np.array(steps)


class Recorder:
    """A rule that changes nothing and keeps the parameters after each step."""

    def __init__(self):
        self.steps = []

    def start(self, parameters):
        """Remember nothing."""

    def edit(self, direction, parameters, state):
        """Change nothing."""

    def after_step(self, parameters, _learning_rate):
        """Note where the step led."""
        self.steps.append(parameters.vector.copy())


@pytest.mark.parametrize("learning_rate", [0.01, 0.1])
def test_the_first_hundred_steps_of_e1_agree(learning_rate):
    """Training, the sources' step in the right order, and autograd: each step within 1e-10."""
    points, sizes = hard_points(), [2, 3, 4, 1]
    X, y = points.X[:100], points.y[:100]
    expected = autograd_steps(source_initial_parameters(sizes), X, y, learning_rate)

    parameters, recorder = source_initial_parameters(sizes), Recorder()
    train(
        Network(sizes), parameters, X, y,
        epochs=1, batch_size=1, learning_rate=learning_rate, rng=None, rules=[recorder],
    )  # fmt: skip
    np.testing.assert_allclose(recorder.steps, expected, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(recorder.steps[-1], parameters.vector)

    network, parameters, steps = Network(sizes), source_initial_parameters(sizes), []
    for row, label in zip(X, y, strict=True):
        source_step(
            network, parameters, row[np.newaxis], np.array([[float(label)]]), learning_rate,
            order="right", epsilon=0,
        )  # fmt: skip
        steps.append(parameters.vector.copy())
    np.testing.assert_allclose(steps, expected, rtol=0, atol=1e-10)
    assert np.abs(expected[-1] - expected[0]).max() > 0.01  # there was something to agree about
