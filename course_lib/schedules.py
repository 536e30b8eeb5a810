r"""Learning-rate decay: large steps first, small ones at the end (chapter 4).

A schedule is a function from the epochs done, a float that grows with every step, to the learning
rate of the next step. Each function here makes one:

$$ \eta(t) = \eta_0 \, (1-\gamma)^{\lfloor t \rfloor} \;\text{(exponential)}, \qquad
   \eta(t) = \frac{\eta_0}{1 + t/T} \;\text{(1/t)}, \qquad
   \eta(t) = \frac{\eta_0}{2} \Big(1 + \cos \frac{\pi t}{T}\Big) \;\text{(cosine)} . $$

The counter is always the *epoch*, never the step. ``every="epoch"`` holds the rate within an epoch,
as $\lfloor t \rfloor$ does above; ``every="step"`` lets it shrink from step to step along the same
curve. The first epoch, or the first step, has $\eta_0$.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from course_lib.arguments import FloatArray, one_of, per_run, real_number, whole_number

Rate = float | FloatArray
Schedule = Callable[[float], Rate]
COUNTERS = ("epoch", "step")


def exponential_decay(
    initial: Rate, decay: float | FloatArray, *, every: str = "epoch"
) -> Schedule:
    r"""Return the schedule $\eta_0 (1-\gamma)^t$: each epoch takes the share $\gamma$ away.

    Parameters
    ----------
    initial : float in (0, inf), or for a stack an array of shape (n_runs, 1)
        The learning rate $\eta_0$ at the start.
    decay : float in [0, 1), or for a stack an array of shape (n_runs, 1)
        The share $\gamma$ of the rate that is lost in an *epoch*; 0 keeps it constant.
    every : {"epoch", "step"}
        Whether the rate falls after each epoch, or a little after each step.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> schedule = exponential_decay(0.1, 0.5)
    >>> [schedule(epochs_done) for epochs_done in (0, 0.75, 1, 2.5)]
    [0.1, 0.1, 0.05, 0.025]
    """
    keep = 1.0 - per_run("decay", decay, high=1)
    return _counted(every, _checked_initial(initial, decay=keep), lambda t: keep**t)


def step_decay(initial: Rate, factor: float | FloatArray, every_epochs: int) -> Schedule:
    r"""Return the schedule $\eta_0 f^{\lfloor t/k \rfloor}$: every k epochs the rate is cut.

    Parameters
    ----------
    initial : float in (0, inf), or for a stack an array of shape (n_runs, 1)
    factor : float in [0, 1), or for a stack an array of shape (n_runs, 1)
        What the rate is multiplied with at each cut.
    every_epochs : int, at least 1
        *Epochs* from one cut to the next.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> schedule = step_decay(1.0, 0.1, every_epochs=30)
    >>> [schedule(epochs_done) for epochs_done in (0, 29.9, 30)]
    [1.0, 1.0, 0.1]
    """
    cut = per_run("factor", factor, high=1)
    every_epochs = whole_number("every_epochs", every_epochs, low=1)
    initial = _checked_initial(initial, factor=cut)
    return _counted("epoch", initial, lambda t: cut ** (t // every_epochs))


def inverse_time_decay(
    initial: Rate, half_time: float | FloatArray, *, every: str = "epoch"
) -> Schedule:
    r"""Return the schedule $\eta_0 / (1 + t/T)$, which falls like 1/t.

    Parameters
    ----------
    initial : float in (0, inf), or for a stack an array of shape (n_runs, 1)
    half_time : float in (0, inf), or for a stack an array of shape (n_runs, 1)
        *Epochs* T until the rate is half of the initial one.
    every : {"epoch", "step"}

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> schedule = inverse_time_decay(1.0, half_time=10)
    >>> [schedule(epochs_done) for epochs_done in (0, 10, 30)]
    [1.0, 0.5, 0.25]

    References
    ----------
    Robbins and Monro (1951), for why the rates' sum has to diverge and that of their squares not.
    """
    half = per_run("half_time", half_time, open_low=True)
    initial = _checked_initial(initial, half_time=half)
    return _counted(every, initial, lambda t: 1.0 / (1.0 + t / half))


def cosine_decay(initial: Rate, epochs: float, *, every: str = "step") -> Schedule:
    r"""Return the schedule $\frac{\eta_0}{2}(1 + \cos \frac{\pi t}{T})$, which ends at 0.

    Parameters
    ----------
    initial : float in (0, inf), or for a stack an array of shape (n_runs, 1)
    epochs : float in (0, inf)
        *Epochs* T until the rate is 0; it stays there. Usually those of the run, less those of
        a warm-up.
    every : {"epoch", "step"}

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> schedule = cosine_decay(1.0, epochs=10)
    >>> [round(schedule(epochs_done), 3) for epochs_done in (0, 2.5, 5, 10, 11)]
    [1.0, 0.854, 0.5, 0.0, 0.0]

    References
    ----------
    Loshchilov and Hutter (2017), equation 5, without its restarts.
    """
    epochs = real_number("epochs", epochs, low=0, open_low=True)

    def share(t: float) -> float:
        return 0.5 * (1.0 + math.cos(math.pi * min(t / epochs, 1.0)))

    return _counted(every, _checked_initial(initial), share)


def warm_up(schedule: Rate | Schedule, epochs: float) -> Schedule:
    r"""Return a schedule that rises linearly from 0 to the first rate, and then follows the other.

    During the warm-up of W epochs the rate is $\eta(0) \, t/W$, growing from step to step; after it
    $\eta(t - W)$.

    Parameters
    ----------
    schedule : schedule, or the constant rate that follows
    epochs : float in (0, inf)
        *Epochs* W of the warm-up; a fraction is a part of an epoch.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> schedule = warm_up(exponential_decay(0.5, 0.5), epochs=2)
    >>> [schedule(epochs_done) for epochs_done in (0, 1, 2, 3)]
    [0.0, 0.25, 0.5, 0.25]

    References
    ----------
    Goyal et al. (2017), section 2.2.
    """
    epochs = real_number("epochs", epochs, low=0, open_low=True)
    if callable(schedule):
        after = schedule
        per_run("schedule at epoch 0", after(0.0))  # 0 is allowed: another warm-up
    else:
        after = _constant(_checked_initial(schedule))

    def rate(epochs_done: float) -> Rate:
        if epochs_done < epochs:
            return after(0.0) * (epochs_done / epochs)
        return after(epochs_done - epochs)

    return rate


def side_by_side(schedules: Sequence[Schedule | float]) -> Schedule:
    """Return one schedule for a stack, whose run r follows `schedules[r]`.

    Parameters
    ----------
    schedules : sequence of schedules, or of constant rates, each for a single run
        One that comes several times is computed once.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> schedule = side_by_side([0.1, exponential_decay(0.4, 0.5)])
    >>> schedule(2).tolist()
    [[0.1], [0.1]]
    """
    given: object = schedules
    if not isinstance(given, Sequence) or len(given) == 0:
        raise ValueError(f"schedules must be a sequence of at least one, got {schedules!r}")
    for r, one in enumerate(schedules):
        first = one(0.0) if callable(one) else one
        per_run(f"schedules[{r}] at epoch 0", first, None, open_low=not callable(one))
    keys = [id(one) if callable(one) else float(one) for one in schedules]
    different = dict(zip(keys, schedules, strict=True))
    of_run = np.array([list(different).index(key) for key in keys])

    def rates(epochs_done: float) -> FloatArray:
        now = [one(epochs_done) if callable(one) else one for one in different.values()]
        for key, rate in zip(different, now, strict=True):
            if not isinstance(rate, float):  # whether it is in the range, the loop looks
                name = f"schedules[{keys.index(key)}] after {epochs_done:g} epochs"
                per_run(name, rate, None, low=-math.inf)
        return np.array(now, dtype=float)[of_run, np.newaxis]

    return rates


def _constant(rate: Rate) -> Schedule:
    return lambda _epochs_done: rate


def _counted(every: str, initial: Rate, share: Callable[[float], Rate]) -> Schedule:
    """Return the schedule initial * share(t), t being the whole epochs done, or all of them."""
    if one_of("every", every, COUNTERS) == "epoch":
        return lambda epochs_done: initial * share(_whole_epochs(epochs_done))
    return lambda epochs_done: initial * share(epochs_done)


def _whole_epochs(epochs_done: float) -> int:
    # A warm-up of 0.1 epochs makes 3.9999999999999996 of the fourth: 4.1 - 0.1.
    return math.floor(epochs_done + 1e-9)


def _checked_initial(initial: Rate, **other: Rate) -> Rate:
    """Return the initial rate, if it is one and fits the array that goes with it."""
    rate: Rate = per_run("initial", initial, open_low=True)
    for name, value in other.items():
        if np.ndim(rate) and np.ndim(value) and np.shape(rate) != np.shape(value):
            raise ValueError(
                f"initial and {name} must be arrays of one shape (n_runs, 1), or numbers, "
                f"got the shapes {np.shape(rate)} and {np.shape(value)}"
            )
    return rate
