r"""The numpy network of sources 002 and 004, as they train it (chapters 1 to 5 and 7).

Their quirks, each an option or a line that says so:

- ``order="source"``: a layer's weights are changed *before* they carry the error to the layer
  below; ``order="right"`` finishes all gradients first.
- ``epsilon``: added inside both logarithms of the cost and in both denominators of its derivative,

  $$ J = -\frac1n \sum_i y_i \ln(p_i + \varepsilon) + (1 - y_i) \ln(1 - p_i + \varepsilon). $$

- no shuffling: every epoch visits the rows in the same order.
- dropout: one mask per step for the whole batch; ``masked_delta=False``: neither mask nor scale in
  the way back, so that a dropped unit still sends error down; ``frozen=True``: the velocity and the
  weights of dropped units stand still.

Momentum is averaged, $v \leftarrow \beta v + (1-\beta) g$; the learning rate shrinks after each
epoch, $\alpha \leftarrow (1-\gamma)\alpha$; the L2 penalty adds $\lambda W$ to a weight's gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import (
    FloatArray,
    features,
    listed,
    one_of,
    per_run,
    plain_array,
    real_number,
    seeds_for_random_state,
    stack_generators,
    whole_number,
)
from course_lib.batches import minibatches
from course_lib.losses import fitting, sigmoid
from course_lib.network import Network
from course_lib.parameters import (
    Generators,
    Parameters,
    checked_layer_sizes,
    stacked,
)

EPSILON = 1e-8
ORDERS = ("source", "right")


class SourceHistory(NamedTuple):
    """What the source looks at, at each evaluation.

    Attributes
    ----------
    cost, accuracy : arrays of shape (n_evaluations, ...)
        On the training points, without a penalty.
    penalty : array of shape (n_evaluations, ...)
        Half of l2 times the sum of the squared weights; 0 without l2.
    learning_rate : array of shape (n_evaluations, ...)
        Of the epoch that ends with the evaluation.
    """

    cost: FloatArray
    accuracy: FloatArray
    penalty: FloatArray
    learning_rate: FloatArray


def source_initial_parameters(
    layer_sizes: Sequence[int], seed: int | Sequence[int] = 1234, scale: float = 0.5
) -> Parameters:
    """Draw the initial weights of sources 002 and 004: N(0, scale) from `RandomState(seed)`.

    Per layer the weights and then the biases are drawn. A sequence of seeds gives a stack.

    >>> source_initial_parameters([2, 3, 4, 1]).weights[0][0].round(4).tolist()
    [0.2357, -0.5955, 0.7164]
    """
    layer_sizes, seed = checked_layer_sizes(layer_sizes), seeds_for_random_state(seed)
    scale = real_number("scale", scale, low=0)
    if isinstance(seed, list):
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
    y = fitting(y, p)
    log_likelihood = y * np.log(p + epsilon) + (1.0 - y) * np.log(1.0 - p + epsilon)
    cost: FloatArray = -log_likelihood.mean(axis=(-2, -1))
    return cost


def source_masks(
    layer_sizes: Sequence[int], keep: Sequence[float], rng: Generators
) -> list[FloatArray]:
    """Return one mask per layer, inputs first: 0, or 1/share for the share of units that is kept.

    `keep` gives the share kept of each layer, each in (0, 1]. A mask is of shape (n_units,); with a
    sequence of generators, one for each run of a stack, of shape (n_runs, 1, n_units).

    >>> masks = source_masks([2, 5, 10, 1], [1, 0.5, 0.2, 1], np.random.default_rng(0))
    >>> [sorted(set(mask.tolist())) for mask in masks]
    [[1.0], [0.0, 2.0], [0.0, 5.0], [1.0]]
    """
    keep = _checked_keep(keep, len(layer_sizes))
    n_units = sum(layer_sizes)
    if isinstance(rng, np.random.Generator):
        draws = rng.random(n_units)
    else:
        draws = np.array([[one.random(n_units)] for one in stack_generators(rng)])
    parts = np.split(draws, np.cumsum(layer_sizes)[:-1], axis=-1)
    return [(part < share) / share for part, share in zip(parts, keep, strict=True)]


def _checked_keep(keep: Sequence[float], n_layers: int) -> list[float]:
    shares = listed("keep", keep, f"a sequence of {n_layers} shares, one for each layer")
    if len(shares) != n_layers:
        raise ValueError(f"keep must hold a share for each of the {n_layers} layers, got {keep!r}")
    for k, share in enumerate(shares):
        given: object = share
        if not isinstance(given, int | float | np.number) or not 0 < share <= 1:
            raise ValueError(f"keep[{k}] must be a number in (0, 1], got {share!r}")
    return shares


def source_step(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    y: FloatArray,
    learning_rate: float | FloatArray,
    *,
    order: str = "source",
    epsilon: float = EPSILON,
    beta: float = 0.0,
    velocity: Parameters | None = None,
    l2: float = 0.0,
    masks: Sequence[FloatArray] | None = None,
    frozen: bool = True,
    masked_delta: bool = False,
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
    beta, velocity : float in [0, 1), and Parameters
        Averaged momentum; the velocity is changed, too. Without it the step is plain descent.
    l2 : float
        Added to the gradient as l2 times the weight; biases are left alone.
    masks : arrays of shape (n_units,), or (n_runs, 1, n_units), optional
        Of each layer, inputs first, from `source_masks`: shared by the batch.
    frozen : bool
        Whether the velocity and the weights of dropped units stand still, as in the source.
    masked_delta : bool
        Whether the error passes back through the masks. In the source it does not.
    """
    one_of("order", order, ORDERS)
    learning_rate = per_run("learning_rate", learning_rate, parameters.n_runs, open_low=True)
    epsilon, l2 = per_run("epsilon", epsilon, None), per_run("l2", l2, None)
    beta = per_run("beta", beta, None, high=1)
    X = features("X", X, network.layer_sizes[0], parameters.n_runs)
    y = plain_array("y", y)
    n_samples = X.shape[-2]
    if network.loss_name != "sigmoid_cross_entropy" or network.layer_sizes[-1] != 1:
        raise ValueError(f"network must have one sigmoid_cross_entropy output, got {network!r}")
    if network.activation_name != "relu":
        raise ValueError(f"network must have the activation 'relu', got {network!r}")
    if y.shape[-2:] != (n_samples, 1):
        raise ValueError(f"y must have the shape ({n_samples}, 1), got {y.shape}")
    _step(
        network, parameters, X, y, learning_rate, order, epsilon, beta, velocity, l2, masks, frozen,
        masked_delta,
    )  # fmt: skip


def _step(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    y: FloatArray,
    learning_rate: float | FloatArray,
    order: str,
    epsilon: float,
    beta: float,
    velocity: Parameters | None,
    l2: float,
    masks: Sequence[FloatArray] | None,
    frozen: bool,
    masked_delta: bool,
) -> None:
    n_samples = X.shape[-2]
    rate = np.asarray(learning_rate)[..., np.newaxis]  # one for each run's matrices
    if masks is None:
        layers = weighted_sums = network.forward(parameters, X)
    else:
        layers, weighted_sums = _forward_with_masks(parameters, X, masks)
    p = sigmoid(layers[-1])
    if epsilon == 0:
        delta = p - y  # what the line below is without epsilon, and then 0/0 where p rounds to 1
    else:
        delta = ((1.0 - y) / (1.0 - p + epsilon) - y / (p + epsilon)) * p * (1.0 - p)
    for k in reversed(range(len(parameters.weights))):
        W, b = parameters.weights[k], parameters.biases[k]
        change_of_W: FloatArray = layers[k].mT @ delta
        change_of_W /= n_samples
        change_of_b = delta.sum(axis=-2, keepdims=True) / n_samples
        if l2:
            change_of_W += l2 * W
        if velocity is not None:
            kept = masks[k + 1] > 0 if masks is not None and frozen else None
            change_of_W = _step_of_velocity(velocity.weights[k], change_of_W, beta, kept)
            change_of_b = _step_of_velocity(velocity.biases[k], change_of_b, beta, kept)
        if order == "right" and k > 0:
            delta = delta @ W.mT * (weighted_sums[k] > 0.0)
        W -= rate * change_of_W
        b -= rate * change_of_b
        if order == "source" and k > 0:
            delta = delta @ W.mT * (weighted_sums[k] > 0.0)
        if masks is not None and masked_delta and k > 0:
            delta = delta * masks[k]


def _forward_with_masks(
    parameters: Parameters, X: FloatArray, masks: Sequence[FloatArray]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return the layers with their masks on, the last one not activated, and the weighted sums."""
    layers: list[FloatArray] = [X * masks[0]]
    weighted_sums: list[FloatArray] = [X]
    for W, b, mask in zip(parameters.weights, parameters.biases, masks[1:], strict=True):
        weighted_sums.append(layers[-1] @ W + b)
        layers.append(np.maximum(weighted_sums[-1], 0.0) * mask)
    layers[-1] = weighted_sums[-1]
    return layers, weighted_sums


def _step_of_velocity(
    velocity: FloatArray, gradient: FloatArray, beta: float, kept: NDArray[np.bool_] | None
) -> FloatArray:
    """Average the gradient into the velocity, and return the step; dropped units have none.

    The gradient's memory is used for what is returned.
    """
    if kept is None:
        velocity *= beta
        velocity += (1.0 - beta) * gradient
        return velocity
    gradient -= velocity
    gradient *= (1.0 - beta) * kept
    velocity += gradient
    return np.multiply(velocity, kept, out=gradient)


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
    beta: float = 0.0,
    decay: float | FloatArray = 0.0,
    l2: float = 0.0,
    keep: Sequence[float] | None = None,
    rng: Generators | None = None,
    frozen: bool = True,
    masked_delta: bool = False,
    evaluate_every: int = 1,
) -> SourceHistory:
    """Train in place as sources 002 and 004 do, and evaluate after every `evaluate_every` epochs.

    Parameters
    ----------
    parameters : Parameters
        One network or a stack; they are changed.
    X : array of shape (n_samples, n_features)
    y : array of shape (n_samples,)
        Labels 0 and 1.
    epochs : int, at least 0
    learning_rate : float in (0, inf), or for a stack an array of shape (n_runs, 1)
        Of the first epoch.
    batch_size : int, at least 1
    order : {"source", "right"}
        Whether a layer's weights change before or after they carry the error down.
    epsilon : float in [0, inf)
        0 gives the fused cost and p - y.
    beta : float in [0, 1)
        Of averaged momentum; 0 is plain descent.
    decay : float in [0, 1), or for a stack an array of shape (n_runs, 1)
        The share of the learning rate that is lost after each *epoch*.
    l2 : float in [0, inf)
    keep : sequence of float in (0, 1], optional
        The share of units kept, for each layer, inputs first; without it there is no dropout.
    rng : Generator, or for a stack a sequence of one for each run, optional
        Draws the masks; needed with `keep`. From a single generator all runs get the same masks.
    frozen, masked_delta : bool
        The source's ways with dropped units, see `source_step`.
    evaluate_every : int, at least 1
        Epochs from one evaluation to the next; the end is always evaluated.

    Examples
    --------
    >>> from course_lib.datasets import hard_points
    >>> points = hard_points()
    >>> parameters = source_initial_parameters([2, 3, 4, 1])
    >>> history = train_as_source(parameters, points.X, points.y, epochs=1, learning_rate=0.01)
    >>> history.cost.shape
    (1,)
    """
    if not isinstance(parameters, Parameters):
        raise ValueError(f"parameters must be Parameters, got {type(parameters).__name__}")
    network = Network(parameters.layer_sizes)
    one_of("order", order, ORDERS)
    X = features("X", X, parameters.layer_sizes[0], parameters.n_runs)
    targets = network.targets(y, X.shape[-2], parameters.n_runs)
    learning_rate = per_run("learning_rate", learning_rate, parameters.n_runs, open_low=True)
    real_number("epsilon", epsilon, low=0)
    real_number("beta", beta, low=0, high=1)
    real_number("l2", l2, low=0)
    decay = per_run("decay", decay, parameters.n_runs, high=1)
    batch_size = whole_number("batch_size", batch_size, low=1)
    if keep is not None:
        keep = _checked_keep(keep, len(parameters.layer_sizes))
    epochs = whole_number("epochs", epochs, low=0)
    evaluate_every = whole_number("evaluate_every", evaluate_every, low=1)
    if keep is not None and not isinstance(rng, np.random.Generator):
        n_runs = len(rng) if isinstance(rng, Sequence) and parameters.n_runs is not None else 0
        if rng is None or n_runs != parameters.n_runs:
            stack = f", or one for each of the {parameters.n_runs} runs" * bool(parameters.n_runs)
            raise ValueError(
                f"rng must be a numpy Generator{stack}, where keep is given, got {rng!r}"
            )
    # One rate for each run as soon as the decay differs from run to run.
    learning_rate = learning_rate + np.zeros_like(decay)
    velocity = parameters.like() if beta else None
    rows = []
    for epoch in range(1, epochs + 1):
        for X_batch, y_batch in minibatches(X, targets, batch_size, None):
            masks = None
            if keep is not None and rng is not None:
                masks = source_masks(parameters.layer_sizes, keep, rng)
            _step(
                network, parameters, X_batch, y_batch, learning_rate, order, epsilon, beta,
                velocity, l2, masks, frozen, masked_delta,
            )  # fmt: skip
        if epoch % evaluate_every == 0 or epoch == epochs:
            rows.append((*_evaluate(network, parameters, X, targets, epsilon, l2), learning_rate))
        learning_rate = learning_rate * (1.0 - decay)
    shape = (0, *parameters.vector.shape[:-1])
    columns = zip(*rows, strict=True) if rows else [np.empty(shape)] * 4
    cost, accuracy, penalty, rates = map(np.array, columns)
    return SourceHistory(cost, accuracy, penalty, rates.reshape(-1, *rates.shape[1:2]))


def _evaluate(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    targets: FloatArray,
    epsilon: float,
    l2: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    z = network.forward(parameters, X)[-1]
    p = sigmoid(z)
    cost = network.loss.cost(z, targets) if epsilon == 0 else source_cost(p, targets, epsilon)
    accuracy = (np.round(p) == targets).mean(axis=(-2, -1))
    return cost, accuracy, 0.5 * l2 * (parameters.weight_vector**2).sum(axis=-1)
