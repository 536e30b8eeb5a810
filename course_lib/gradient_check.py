r"""Is the gradient right? Ask the cost itself (chapter 1).

Backpropagation is easy to get wrong and hard to see wrong: a network with a slightly false gradient
still learns. The check needs no calculus. Along any direction $d$ the cost's slope is

$$ \frac{C(\theta + h d) - C(\theta - h d)}{2h} \approx \nabla C(\theta) \cdot d , $$

with an error that shrinks like $h^2$ until rounding takes over. With $d$ along one axis it gives
one entry of the gradient; with random directions it tests all entries at once.
"""

from __future__ import annotations

import numpy as np

from course_lib.arguments import FloatArray, real_number, single_generator, whole_number
from course_lib.network import Network
from course_lib.parameters import Parameters, check_parameters

STEP = 1e-5  # near the cube root of float64's precision, where both errors are small


def numerical_gradient(
    network: Network, parameters: Parameters, X: FloatArray, targets: FloatArray, step: float = STEP
) -> Parameters:
    r"""Return the gradient by central differences, $(C(\theta_i + h) - C(\theta_i - h)) / 2h$.

    Two costs for every parameter: for checking, not for training. Keep away from the kinks of ReLU.

    Parameters
    ----------
    network : Network
    parameters : Parameters
        One network or a stack; float64.
    X : array of shape (..., n_samples, n_inputs)
    targets : array of shape (..., n_samples, n_outputs)
    step : float in (0, inf)

    Examples
    --------
    >>> network, parameters = Network([1, 1], loss="squared_error"), Parameters([1, 1])
    >>> X, targets = np.array([[2.0]]), np.array([[3.0]])
    >>> numerical_gradient(network, parameters, X, targets).vector.round(6).tolist()
    [-6.0, -3.0]
    """
    step = real_number("step", step, low=0, open_low=True)
    _check(network, parameters, X, targets)
    gradient, moved = parameters.like(), parameters.copy()
    for i in range(parameters.vector.shape[-1]):
        direction = np.zeros(parameters.vector.shape[-1])
        direction[i] = 1.0
        gradient.vector[..., i] = _slope(network, parameters, moved, X, targets, direction, step)
    return gradient


def direction_errors(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    targets: FloatArray,
    rng: np.random.Generator,
    *,
    gradient: Parameters | None = None,
    n_directions: int = 10,
    step: float = STEP,
) -> FloatArray:
    r"""Compare $\nabla C \cdot d$ with the cost's slope along random unit directions $d$.

    Parameters
    ----------
    gradient : Parameters, optional
        What is to be checked; without it, what `network.gradient` returns.
    rng : Generator
        Draws the directions.
    n_directions : int, at least 1
    network, parameters, X, targets, step
        As for `numerical_gradient`.

    Returns
    -------
    array of shape (n_directions, ...)
        Relative errors: the difference over the length of the gradient.
    """
    step = real_number("step", step, low=0, open_low=True)
    rng = single_generator(rng)
    _check(network, parameters, X, targets)
    if gradient is None:
        gradient = network.gradient(parameters, X, targets)
    check_parameters(gradient, network.layer_sizes)
    if gradient.n_runs != parameters.n_runs:
        raise ValueError(f"gradient must be of as many runs as {parameters!r}, got {gradient!r}")
    moved = parameters.copy()
    length = np.sqrt((gradient.vector**2).sum(axis=-1))
    errors = []
    for _ in range(whole_number("n_directions", n_directions, low=1)):
        direction: FloatArray = np.asarray(rng.normal(size=parameters.vector.shape))
        direction /= np.sqrt((direction**2).sum(axis=-1, keepdims=True))
        slope = _slope(network, parameters, moved, X, targets, direction, step)
        claimed = (gradient.vector * direction).sum(axis=-1)
        errors.append(np.abs(claimed - slope) / np.maximum(length, 1e-300))
    return np.array(errors)


def _check(network: Network, parameters: Parameters, X: FloatArray, targets: FloatArray) -> None:
    network.evaluate(parameters, X, targets)
    if parameters.dtype != np.float64:
        raise ValueError(f"parameters must be float64 for this check, got {parameters.dtype}")


def _slope(
    network: Network,
    parameters: Parameters,
    moved: Parameters,
    X: FloatArray,
    targets: FloatArray,
    direction: FloatArray,
    step: float,
) -> FloatArray:
    """Return the cost's slope along `direction`; `moved` is scratch space."""
    costs = []
    for sign in (1.0, -1.0):
        moved.vector = parameters.vector + sign * step * direction
        costs.append(network.loss.cost(network.forward(moved, X)[-1], targets))
    slope: FloatArray = (costs[0] - costs[1]) / (2.0 * step)
    return slope
