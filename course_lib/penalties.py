r"""L2 and L1: a price on large weights (chapter 5).

A penalty is added to the cost. A weight then grows only where that lowers the rest of the cost by
more than the penalty rises,

$$ C + \tfrac{\lambda_2}{2} \sum_i w_i^2 + \lambda_1 \sum_i |w_i| . $$

Training sees only its derivative: L2 adds $\lambda_2 w$ to the gradient and pulls in proportion to
the weight, L1 adds $\lambda_1 \operatorname{sign}(w)$ and pulls all weights alike. A subgradient
step of L1 hops over zero; the *proximal* step stops there, so that weights become exactly zero.

The sums run over the weights of all layers and never over the biases. Nothing is divided by the
number of samples or by the batch size, so that one number means the same for every batch.
"""

from __future__ import annotations

import numpy as np

from course_lib.arguments import FloatArray, per_run
from course_lib.parameters import Parameters

Strength = float | FloatArray


def l2_penalty(weights: FloatArray, l2: Strength) -> FloatArray:
    r"""Return $\frac{\lambda_2}{2} \sum w^2$ over the last axis.

    >>> l2_penalty(np.array([3.0, -4.0]), l2=0.1).round(3)
    np.float64(1.25)
    """
    l2 = per_run("l2", l2)
    penalty: FloatArray = (0.5 * l2 * weights**2).sum(axis=-1)
    return penalty


def l1_penalty(weights: FloatArray, l1: Strength) -> FloatArray:
    r"""Return $\lambda_1 \sum |w|$ over the last axis.

    >>> l1_penalty(np.array([3.0, -4.0]), l1=0.1).round(3)
    np.float64(0.7)
    """
    l1 = per_run("l1", l1)
    penalty: FloatArray = (l1 * np.abs(weights)).sum(axis=-1)
    return penalty


def soft_threshold(weights: FloatArray, threshold: Strength) -> FloatArray:
    r"""Return $\operatorname{sign}(w) \max(|w| - t, 0)$: towards zero by t, and not beyond.

    It is the proximal step of L1: the minimum of $\frac12 (u - w)^2 + t |u|$ over u.

    >>> soft_threshold(np.array([0.3, -0.05, -1.0]), 0.1).round(3).tolist()
    [0.2, 0.0, -0.9]
    """
    threshold = per_run("threshold", threshold)
    return weights - np.clip(weights, -threshold, threshold)


class L2:
    r"""The L2 penalty as a rule: adds $\lambda_2 w$ to the gradient of every weight.

    Put it before momentum or Adam: the penalty is a part of the cost, and its gradient goes where
    the gradient goes.

    Parameters
    ----------
    l2 : float in [0, inf), or for a stack an array of shape (n_runs, 1)
        The strength $\lambda_2$ of $\frac{\lambda_2}{2} \sum w^2$.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> parameters = Parameters([1, 1])
    >>> parameters.vector = [2.0, 2.0]
    >>> direction = np.zeros(2)
    >>> L2(0.1).edit(direction, parameters, None)
    >>> direction.tolist()
    [0.2, 0.0]

    References
    ----------
    Hoerl and Kennard (1970); Krogh and Hertz (1992).
    """

    def __init__(self, l2: Strength) -> None:
        self.l2 = per_run("l2", l2)

    def __repr__(self) -> str:
        return f"L2({self.l2})"

    def start(self, parameters: Parameters) -> None:
        """Nothing to remember; look that an array of strengths fits the stack."""
        per_run("l2", self.l2, parameters.n_runs)

    def edit(self, direction: FloatArray, parameters: Parameters, state: None) -> None:
        """Add the penalty's gradient to that of the weights; the biases come after them."""
        direction[..., : parameters.n_weights] += self.l2 * parameters.weight_vector

    def cost(self, parameters: Parameters) -> FloatArray:
        r"""Return $\frac{\lambda_2}{2} \sum w^2$, what the cost grows by, of shape (...)."""
        return l2_penalty(parameters.weight_vector, self.l2)


class L1:
    r"""The L1 penalty by its subgradient: adds $\lambda_1 \operatorname{sign}(w)$, 0 at 0.

    Weights hop back and forth over zero by $\eta\lambda_1$ and hardly ever rest there; `ProximalL1`
    does.

    Parameters
    ----------
    l1 : float in [0, inf), or for a stack an array of shape (n_runs, 1)
        The strength $\lambda_1$ of $\lambda_1 \sum |w|$.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> parameters = Parameters([2, 1])
    >>> parameters.vector = [2.0, -0.001, 5.0]
    >>> direction = np.zeros(3)
    >>> L1(0.1).edit(direction, parameters, None)
    >>> direction.tolist()
    [0.1, -0.1, 0.0]

    References
    ----------
    Tibshirani (1996).
    """

    def __init__(self, l1: Strength) -> None:
        self.l1 = per_run("l1", l1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.l1})"

    def start(self, parameters: Parameters) -> None:
        """Nothing to remember; look that an array of strengths fits the stack."""
        per_run("l1", self.l1, parameters.n_runs)

    def edit(self, direction: FloatArray, parameters: Parameters, state: None) -> None:
        """Add the penalty's subgradient to the gradient of the weights."""
        direction[..., : parameters.n_weights] += self.l1 * np.sign(parameters.weight_vector)

    def cost(self, parameters: Parameters) -> FloatArray:
        r"""Return $\lambda_1 \sum |w|$, what the cost grows by, of shape (...)."""
        return l1_penalty(parameters.weight_vector, self.l1)


class ProximalL1(L1):
    r"""The L1 penalty by its proximal step: weights then move $\eta\lambda_1$ towards 0.

    It acts after each step. Whatever would cross zero stays at exactly zero. The direction is left
    alone, so the penalty never enters a velocity.

    Parameters
    ----------
    l1 : float in [0, inf), or for a stack an array of shape (n_runs, 1)
        The strength $\lambda_1$ of $\lambda_1 \sum |w|$.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> parameters = Parameters([2, 1])
    >>> parameters.vector = [2.0, -0.001, 5.0]
    >>> ProximalL1(0.1).after_step(parameters, learning_rate=0.5)
    >>> parameters.vector.tolist()
    [1.95, 0.0, 5.0]

    References
    ----------
    Beck and Teboulle (2009); Duchi and Singer (2009) for the stochastic step.
    """

    def edit(self, direction: FloatArray, parameters: Parameters, state: None) -> None:
        """Leave the direction as it is: the penalty acts after the step."""

    def after_step(self, parameters: Parameters, learning_rate: Strength) -> None:
        """Shrink the weights by the learning rate times the strength, at most to zero."""
        weights = parameters.weight_vector
        weights[...] = soft_threshold(weights, learning_rate * self.l1)


class ElasticNet(ProximalL1):
    r"""L1 and L2 together: $\lambda_1 \sum |w| + \frac{\lambda_2}{2} \sum w^2$.

    L2 by its gradient, L1 by its proximal step.

    Parameters
    ----------
    l1, l2 : float in [0, inf), or for a stack an array of shape (n_runs, 1)
        The strengths $\lambda_1$ and $\lambda_2$.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> parameters = Parameters([1, 1])
    >>> parameters.vector = [2.0, 5.0]
    >>> ElasticNet(l1=0.1, l2=0.2).cost(parameters).round(3)
    np.float64(0.6)

    References
    ----------
    Zou and Hastie (2005).
    """

    def __init__(self, l1: Strength, l2: Strength) -> None:
        super().__init__(l1)
        self.l2 = per_run("l2", l2)

    def __repr__(self) -> str:
        return f"ElasticNet(l1={self.l1}, l2={self.l2})"

    def start(self, parameters: Parameters) -> None:
        """Nothing to remember; look that arrays of strengths fit the stack."""
        super().start(parameters)
        per_run("l2", self.l2, parameters.n_runs)

    def edit(self, direction: FloatArray, parameters: Parameters, state: None) -> None:
        """Add the gradient of the L2 part; the L1 part acts after the step."""
        direction[..., : parameters.n_weights] += self.l2 * parameters.weight_vector

    def cost(self, parameters: Parameters) -> FloatArray:
        """Return both penalties, what the cost grows by, of shape (...)."""
        return super().cost(parameters) + l2_penalty(parameters.weight_vector, self.l2)
