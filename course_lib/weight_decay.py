r"""Weight decay: weights that shrink by themselves (chapter 6).

*Decoupled* decay takes a share of each weight away in every step, beside whatever the optimiser
does,

$$ w \leftarrow w - \eta \cdot \text{direction} - \eta \lambda w . $$

Without momentum this is the L2 penalty. With it the two part: the penalty's gradient is averaged
into the velocity like any other, the decay never enters it. In code the difference is a place in a
list: ``[L2(λ), Momentum(β)]`` and ``[Momentum(β), WeightDecay(λ)]`` make the same addition on the
two sides of momentum. *Adam* is here only because the difference is largest with it: it divides
each entry of the gradient by its usual size, and a penalty in the gradient along with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_lib.arguments import FloatArray, check_share, check_strength, real_number
from course_lib.parameters import Parameters


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

    def __init__(self, decay: float | FloatArray) -> None:
        self.decay = check_strength("decay", decay)

    def __repr__(self) -> str:
        return f"WeightDecay({self.decay})"

    def start(self, parameters: Parameters) -> None:
        """Nothing to remember."""

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
    beta1, beta2 : float in [0, 1)
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

    def __init__(self, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> None:
        check_share("beta1", beta1)
        check_share("beta2", beta2)
        self.beta1, self.beta2 = beta1, beta2
        self.epsilon = real_number("epsilon", epsilon, low=0, open_low=True)

    def __repr__(self) -> str:
        return f"Adam(beta1={self.beta1}, beta2={self.beta2}, epsilon={self.epsilon})"

    def start(self, parameters: Parameters) -> AdamState:
        """Return averages of nothing, and no steps done."""
        return AdamState(np.zeros_like(parameters.vector), np.zeros_like(parameters.vector))

    def edit(self, direction: FloatArray, parameters: Parameters, state: AdamState) -> None:
        """Average the gradient and its square; the step goes along their quotient."""
        state.steps += 1
        state.mean += (1.0 - self.beta1) * (direction - state.mean)
        state.mean_square += (1.0 - self.beta2) * (direction**2 - state.mean_square)
        mean = state.mean / (1.0 - self.beta1**state.steps)
        mean_square = state.mean_square / (1.0 - self.beta2**state.steps)
        direction[...] = mean / (np.sqrt(mean_square) + self.epsilon)
