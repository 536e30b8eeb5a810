r"""Momentum: steps along an average of the gradients (chapter 3).

*Averaged* momentum, the one of this course, keeps a velocity in the units of a gradient,

$$ v \leftarrow \beta v + (1-\beta) g, \qquad w \leftarrow w - \eta v . $$

Where the gradient keeps its sign the velocity grows to it; where it changes sign from step to step
the velocity cancels. The gradient of $\tau$ steps ago has the weight $(1-\beta)\beta^\tau$; all
weights together make 1, and noise averages out as in a mean over $(1+\beta)/(1-\beta)$ steps.

The *heavy ball*, $v \leftarrow \beta v + g$, leaves the factor out: the same path for a learning
rate that is $1-\beta$ times as large. *Nesterov's* momentum looks at the gradient ahead; in the
common form that is computed here it steps along $g + \beta v$ with the new $v$ of the heavy ball.
"""

from __future__ import annotations

import numpy as np

from course_lib.arguments import FloatArray, per_run
from course_lib.parameters import Parameters


def averaged_momentum(
    velocity: FloatArray, gradient: FloatArray, beta: float | FloatArray
) -> FloatArray:
    r"""Return $\beta v + (1-\beta) g$: the new velocity, along which the step goes.

    >>> velocity = averaged_momentum(np.zeros(2), np.array([1.0, -2.0]), beta=0.9)
    >>> averaged_momentum(velocity, np.array([1.0, 2.0]), beta=0.9).round(3).tolist()
    [0.19, 0.02]
    """
    beta = per_run("beta", beta, high=1)
    return beta * velocity + (1.0 - beta) * gradient


def heavy_ball(velocity: FloatArray, gradient: FloatArray, beta: float | FloatArray) -> FloatArray:
    r"""Return $\beta v + g$: the new velocity, along which the step goes.

    >>> velocity = heavy_ball(np.zeros(2), np.array([1.0, -2.0]), beta=0.9)
    >>> heavy_ball(velocity, np.array([1.0, 2.0]), beta=0.9).round(3).tolist()
    [1.9, 0.2]
    """
    beta = per_run("beta", beta, high=1)
    return beta * velocity + gradient


def nesterov_direction(
    velocity: FloatArray, gradient: FloatArray, beta: float | FloatArray
) -> FloatArray:
    r"""Return $g + \beta v$, the direction of a Nesterov step.

    `velocity` is the *new* one, with this gradient already in it as `heavy_ball` does it.

    >>> velocity = heavy_ball(np.zeros(2), np.array([1.0, -2.0]), beta=0.9)
    >>> nesterov_direction(velocity, np.array([1.0, -2.0]), beta=0.9).round(3).tolist()
    [1.9, -3.8]
    """
    beta = per_run("beta", beta, high=1)
    return gradient + beta * velocity


class Momentum:
    r"""Averaged momentum: $v \leftarrow \beta v + (1-\beta) g$, and the step goes along $v$.

    Parameters
    ----------
    beta : float in [0, 1), or for a stack an array of shape (n_runs, 1)
        The share of the velocity that is kept in each *step*; 0 is plain descent.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> from course_lib.network import Network
    >>> from course_lib.training import train
    >>> X, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    >>> history = train(
    ...     Network([1, 1]), Parameters([1, 1]), X, y,
    ...     epochs=20, batch_size=2, learning_rate=1.0, rng=None, rules=[Momentum(0.9)],
    ... )
    >>> bool(history.train_cost[-1] < history.train_cost[0])
    True

    References
    ----------
    Polyak (1964) for the idea; Kingma and Ba (2015), section 2, for the averaged form.
    """

    def __init__(self, beta: float | FloatArray) -> None:
        self.beta = per_run("beta", beta, high=1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(beta={self.beta})"

    def start(self, parameters: Parameters) -> FloatArray:
        """Return a velocity at rest, of the shape of the parameters."""
        per_run("beta", self.beta, parameters.n_runs, high=1)
        return np.zeros_like(parameters.vector)

    def edit(self, direction: FloatArray, parameters: Parameters, state: FloatArray) -> None:
        """Average the gradient into the velocity; the step goes along it."""
        direction *= 1.0 - self.beta
        state *= self.beta
        state += direction
        direction[...] = state


class HeavyBall(Momentum):
    r"""The heavy ball: $v \leftarrow \beta v + g$, and the step goes along $v$.

    With the learning rate $(1-\beta)\eta$ it takes the path of averaged momentum with $\eta$,
    whether the rate is constant or follows a schedule: it stays outside the velocity.

    Parameters
    ----------
    beta : float in [0, 1), or for a stack an array of shape (n_runs, 1)
        The share of the velocity that is kept in each *step*; 0 is plain descent.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> rule, parameters = HeavyBall(0.9), Parameters([1, 1])
    >>> velocity = rule.start(parameters)
    >>> direction = np.array([1.0, -2.0])
    >>> rule.edit(direction, parameters, velocity)
    >>> direction = np.array([1.0, 2.0])
    >>> rule.edit(direction, parameters, velocity)
    >>> direction.round(3).tolist()
    [1.9, 0.2]

    References
    ----------
    Polyak (1964), equation 9.
    """

    def edit(self, direction: FloatArray, parameters: Parameters, state: FloatArray) -> None:
        """Add the gradient to what is left of the velocity; the step goes along it."""
        state *= self.beta
        state += direction
        direction[...] = state


class Nesterov(Momentum):
    r"""Nesterov's momentum: $v \leftarrow \beta v + g$, and the step goes along $g + \beta v$.

    Its learning rate is in the units of the heavy ball: $(1-\beta)\eta$ where averaged momentum
    has $\eta$.

    Parameters
    ----------
    beta : float in [0, 1), or for a stack an array of shape (n_runs, 1)
        The share of the velocity that is kept in each *step*; 0 is plain descent.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> rule, parameters = Nesterov(0.9), Parameters([1, 1])
    >>> direction = np.array([1.0, -2.0])
    >>> rule.edit(direction, parameters, rule.start(parameters))
    >>> direction.round(3).tolist()
    [1.9, -3.8]

    References
    ----------
    Nesterov (1983); Sutskever et al. (2013), section 2, for its use with networks.
    """

    def edit(self, direction: FloatArray, parameters: Parameters, state: FloatArray) -> None:
        """Update the velocity first, and look one more step of it ahead."""
        state *= self.beta
        state += direction
        direction += self.beta * state
