r"""The five tutorials' own steps, quirks included, written anew (all chapters).

Everything else in the package does what a textbook says. What the tutorials *do* lives here alone,
so that their figures can be computed and compared. The quirks of the numpy network of sources 002
and 004, each an option:

- ``order="source"``: a layer's weights are changed *before* they carry the error to the layer
  below; ``order="right"`` finishes all gradients first.
- ``epsilon``: added inside both logarithms of the cost and in both denominators of its derivative,

  $$ J = -\frac1n \sum_i y_i \ln(p_i + \varepsilon) + (1 - y_i) \ln(1 - p_i + \varepsilon). $$

- no shuffling: every epoch visits the rows in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import (
    FloatArray,
    check_rate,
    features,
    one_of,
    real_number,
    whole_number,
)
from course_lib.batches import minibatches
from course_lib.losses import sigmoid
from course_lib.network import Network
from course_lib.parameters import Parameters, stacked

EPSILON = 1e-8


class SourceHistory(NamedTuple):
    """Cost and accuracy on the training points, each of shape (n_evaluations, ...)."""

    cost: FloatArray
    accuracy: FloatArray


def source_initial_parameters(
    layer_sizes: Sequence[int], seed: int | Sequence[int] = 1234, scale: float = 0.5
) -> Parameters:
    """Draw the initial weights of sources 002 and 004: N(0, scale) from `RandomState(seed)`.

    Per layer the weights and then the biases are drawn. A sequence of seeds gives a stack.

    >>> source_initial_parameters([2, 3, 4, 1]).weights[0][0].round(4).tolist()
    [0.2357, -0.5955, 0.7164]
    """
    if not isinstance(seed, int | np.integer):
        return stacked([source_initial_parameters(layer_sizes, one, scale) for one in seed])
    random_state = np.random.RandomState(seed)
    parameters = Parameters(layer_sizes)
    for W, b in zip(parameters.weights, parameters.biases, strict=True):
        W[...] = random_state.normal(0.0, scale, W.shape)
        b[...] = random_state.normal(0.0, scale, b.shape)
    return parameters


def source_cost(p: FloatArray, y: FloatArray, epsilon: float = EPSILON) -> FloatArray:
    """Return the sources' cross-entropy J of p, of shape (..., n_samples, 1), with epsilon.

    >>> source_cost(np.array([[0.0]]), np.array([[1.0]])).round(3)
    np.float64(18.421)
    """
    log_likelihood = y * np.log(p + epsilon) + (1.0 - y) * np.log(1.0 - p + epsilon)
    cost: FloatArray = -log_likelihood.mean(axis=(-2, -1))
    return cost


def source_step(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    y: FloatArray,
    learning_rate: float | FloatArray,
    *,
    order: str = "source",
    epsilon: float = EPSILON,
) -> None:
    """Take one step of sources 002 and 004 in place.

    Parameters
    ----------
    network : Network
        With hidden ReLU layers and one sigmoid output.
    parameters : Parameters
        One network or a stack; they are changed.
    X : array of shape (n_samples, n_features)
    y : array of shape (n_samples, 1)
        Labels 0 or 1.
    learning_rate : float, or for a stack an array of shape (n_runs, 1)
    order : {"source", "right"}
        Whether a layer's weights change before or after they carry the error down.
    epsilon : float
        Added to both denominators of the cost's derivative; 0 gives the fused p - y.
    """
    one_of("order", order, ("source", "right"))
    n_samples = X.shape[-2]
    if network.loss_name != "sigmoid_cross_entropy" or network.layer_sizes[-1] != 1:
        raise ValueError(f"network must have one sigmoid_cross_entropy output, got {network!r}")
    if network.activation_name != "relu":
        raise ValueError(f"network must have the activation 'relu', got {network!r}")
    if y.shape[-2:] != (n_samples, 1):
        raise ValueError(f"y must have the shape ({n_samples}, 1), got {y.shape}")
    rate = np.asarray(learning_rate)[..., np.newaxis] / n_samples  # one for each run's matrices
    layers = network.forward(parameters, X)
    p = sigmoid(layers[-1])
    if epsilon == 0:
        delta = p - y  # what the line below is without epsilon, and then 0/0 where p rounds to 1
    else:
        delta = ((1.0 - y) / (1.0 - p + epsilon) - y / (p + epsilon)) * p * (1.0 - p)
    for k in reversed(range(len(parameters.weights))):
        W, b = parameters.weights[k], parameters.biases[k]
        change_of_W = layers[k].mT @ delta * rate
        change_of_b = delta.sum(axis=-2, keepdims=True) * rate
        if order == "right":
            delta = delta @ W.mT * (layers[k] > 0.0)
        W -= change_of_W
        b -= change_of_b
        if order == "source":
            delta = delta @ W.mT * (layers[k] > 0.0)


def train_as_source(
    parameters: Parameters,
    X: FloatArray,
    y: NDArray[Any],
    *,
    epochs: int,
    learning_rate: float | FloatArray,
    batch_size: int = 1,
    order: str = "source",
    epsilon: float = EPSILON,
    evaluate_every: int = 1,
) -> SourceHistory:
    """Train in place as sources 002 and 004 do, and evaluate after every `evaluate_every` epochs.

    `X` is of shape (n_samples, n_features), `y` of shape (n_samples,) with labels 0 and 1.

    >>> from course_lib.datasets import hard_points
    >>> points = hard_points()
    >>> parameters = source_initial_parameters([2, 3, 4, 1])
    >>> history = train_as_source(parameters, points.X, points.y, epochs=1, learning_rate=0.01)
    >>> history.cost.shape
    (1,)
    """
    network = Network(parameters.layer_sizes)
    X = features("X", X, parameters.layer_sizes[0], parameters.n_runs)
    targets = network.targets(y, X.shape[-2], parameters.n_runs)
    check_rate("learning_rate", learning_rate, parameters.n_runs)
    real_number("epsilon", epsilon, low=0)
    epochs = whole_number("epochs", epochs, low=0)
    evaluate_every = whole_number("evaluate_every", evaluate_every, low=1)
    cost, accuracy = [], []
    for epoch in range(1, epochs + 1):
        for X_batch, y_batch in minibatches(X, targets, batch_size, None):
            source_step(
                network, parameters, X_batch, y_batch, learning_rate, order=order, epsilon=epsilon
            )
        if epoch % evaluate_every and epoch < epochs:
            continue
        z = network.forward(parameters, X)[-1]
        p = sigmoid(z)
        exact = epsilon == 0
        cost.append(network.loss.cost(z, targets) if exact else source_cost(p, targets, epsilon))
        accuracy.append((np.round(p) == targets).mean(axis=(-2, -1)))
    return SourceHistory(np.array(cost), np.array(accuracy))
