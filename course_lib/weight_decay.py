r"""Weight decay: weights that shrink by themselves (chapter 6).

*Decoupled* decay takes a share of each weight away in every step, beside whatever the optimiser
does,

$$ w \leftarrow w - \eta \cdot \text{direction} - \eta \lambda w . $$

Without momentum this is the L2 penalty. With it the two part: the penalty's gradient is averaged
into the velocity like any other, the decay never enters it. In code the difference is a place in a
list: ``[L2(λ), Momentum(β)]`` and ``[Momentum(β), WeightDecay(λ)]`` make the same addition on the
two sides of momentum. *Adam* is here only because the difference is largest with it: it divides
each entry of the gradient by its usual size, and a penalty in the gradient along with it.

Only weights decay. A bias sets where the outputs lie, and nothing speaks for zero there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_lib.arguments import FloatArray, per_run, real_number, whole_number
from course_lib.parameters import Parameters

Rate = float | FloatArray


def decayed(weights: FloatArray, learning_rate: Rate, decay: Rate) -> FloatArray:
    r"""Return $(1 - \eta\lambda) w$: what the decay of one step leaves of the weights.

    >>> decayed(np.array([1.0, -2.0]), learning_rate=0.1, decay=0.5).round(3).tolist()
    [0.95, -1.9]
    """
    learning_rate, decay = per_run("learning_rate", learning_rate), per_run("decay", decay)
    return (1.0 - learning_rate * decay) * weights


def adam_direction(
    mean: FloatArray,
    mean_square: FloatArray,
    steps: int,
    beta1: Rate = 0.9,
    beta2: Rate = 0.999,
    epsilon: float = 1e-8,
) -> FloatArray:
    r"""Return Adam's direction from its two averages, their start at zero corrected.

    Both averages began at zero, so after t *steps* a constant gradient has only the share
    $1 - \beta^t$ of its weight in them; the direction divides by that share,

    $$ \frac{m / (1-\beta_1^t)}{\sqrt{s / (1-\beta_2^t)} + \varepsilon} . $$

    >>> gradient = np.array([2.0, -0.5])
    >>> adam_direction(0.1 * gradient, 0.001 * gradient**2, steps=1).round(6).tolist()
    [1.0, -1.0]
    """
    beta1, beta2 = per_run("beta1", beta1, high=1), per_run("beta2", beta2, high=1)
    epsilon = real_number("epsilon", epsilon, low=0)
    return _adam_direction(
        mean, mean_square, whole_number("steps", steps, low=1), beta1, beta2, epsilon
    )


def _adam_direction(
    mean: FloatArray,
    mean_square: FloatArray,
    steps: int,
    beta1: Rate,
    beta2: Rate,
    epsilon: float,
) -> FloatArray:
    unbiased_mean = mean / (1.0 - beta1**steps)
    unbiased_mean_square = mean_square / (1.0 - beta2**steps)
    direction: FloatArray = unbiased_mean / (np.sqrt(unbiased_mean_square) + epsilon)
    return direction


class WeightDecay:
    r"""Decoupled weight decay: $w \leftarrow w - \eta \lambda w_{old}$ beside the step. Comes last.

    Parameters
    ----------
    decay : float in [0, inf), or for a stack an array of shape (n_runs, 1)
        The rate $\lambda$: with a learning rate $\eta$ each *step* takes the share $\eta\lambda$ of
        every weight away; biases are left alone.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> parameters = Parameters([1, 1])
    >>> parameters.vector = [2.0, 5.0]
    >>> direction = np.zeros(2)
    >>> WeightDecay(0.1).edit(direction, parameters, None)
    >>> (parameters.vector - 0.5 * direction).tolist()
    [1.9, 5.0]

    References
    ----------
    Hanson and Pratt (1989); Loshchilov and Hutter (2019).
    """

    def __init__(self, decay: Rate) -> None:
        self.decay = per_run("decay", decay)

    def __repr__(self) -> str:
        return f"WeightDecay({self.decay})"

    def start(self, parameters: Parameters) -> None:
        """Nothing to remember; look that an array of rates fits the stack."""
        per_run("decay", self.decay, parameters.n_runs)

    def edit(self, direction: FloatArray, parameters: Parameters, state: None) -> None:
        """Let the step take a share of every weight; the biases come after them."""
        direction[..., : parameters.n_weights] += self.decay * parameters.weight_vector


@dataclass
class AdamState:
    """What Adam remembers in a run: two averages, and the *steps* done."""

    mean: FloatArray
    mean_square: FloatArray
    steps: int = 0


class Adam:
    r"""Adam: the averaged gradient over the root of the averaged square, start-up bias corrected.

    $$ m \leftarrow \beta_1 m + (1-\beta_1) g, \quad s \leftarrow \beta_2 s + (1-\beta_2) g^2, \quad
       \text{direction} = \frac{m / (1-\beta_1^t)}{\sqrt{s / (1-\beta_2^t)} + \varepsilon} $$

    The counter t is the number of *steps* done, this one included. ``[L2(λ), Adam()]`` is Adam with
    an L2 penalty, ``[Adam(), WeightDecay(λ)]`` is AdamW.

    Parameters
    ----------
    beta1, beta2 : float in [0, 1), or for a stack arrays of shape (n_runs, 1)
        Shares of the two averages that are kept in each *step*.
    epsilon : float in (0, inf)
        Keeps the quotient finite where the gradient has always been zero.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    The first step has the length of the learning rate in every entry, whatever the gradient:

    >>> adam, parameters = Adam(), Parameters([1, 1])
    >>> direction = np.array([1000.0, -0.001])
    >>> adam.edit(direction, parameters, adam.start(parameters))
    >>> direction.round(4).tolist()
    [1.0, -1.0]

    References
    ----------
    Kingma and Ba (2015), algorithm 1; Loshchilov and Hutter (2019) for AdamW.
    """

    def __init__(self, beta1: Rate = 0.9, beta2: Rate = 0.999, epsilon: float = 1e-8) -> None:
        self.beta1 = per_run("beta1", beta1, high=1)
        self.beta2 = per_run("beta2", beta2, high=1)
        self.epsilon = real_number("epsilon", epsilon, low=0, open_low=True)

    def __repr__(self) -> str:
        return f"Adam(beta1={self.beta1}, beta2={self.beta2}, epsilon={self.epsilon})"

    def start(self, parameters: Parameters) -> AdamState:
        """Return averages of nothing, and no steps done."""
        per_run("beta1", self.beta1, parameters.n_runs, high=1)
        per_run("beta2", self.beta2, parameters.n_runs, high=1)
        return AdamState(np.zeros_like(parameters.vector), np.zeros_like(parameters.vector))

    def edit(self, direction: FloatArray, parameters: Parameters, state: AdamState) -> None:
        """Average the gradient and its square; the step goes along their quotient."""
        state.steps += 1
        state.mean += (1.0 - self.beta1) * (direction - state.mean)
        state.mean_square += (1.0 - self.beta2) * (direction**2 - state.mean_square)
        direction[...] = _adam_direction(
            state.mean, state.mean_square, state.steps, self.beta1, self.beta2, self.epsilon
        )
