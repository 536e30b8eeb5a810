"""Problem set 4: learning rates that fall."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.exercise import Cases, Exercise, Rival
from course_lib.exercises.running import Function

Array = Any
LESSON = "training/04-learning-rate-decay"


# schedules.rates


def _learning_rates(initial: float, decay: float, epochs: int, steps_per_epoch: int) -> list[float]:
    return [
        initial / (1 + decay * epoch) for epoch in range(epochs) for _ in range(steps_per_epoch)
    ]


def _rates_by(
    initial: float, decay: float, epochs: int, steps_per_epoch: int, *,
    formula: Callable[[float, float, int, int], float],
) -> list[float]:  # fmt: skip
    """Return a rate for each step, from the formula of (initial, decay, epoch, step)."""
    steps = range(epochs * steps_per_epoch)
    return [formula(initial, decay, step // steps_per_epoch, step) for step in steps]


def _once_an_epoch(initial: float, decay: float, epochs: int, steps_per_epoch: int) -> list[float]:
    return [initial / (1 + decay * epoch) for epoch in range(epochs)]


def _divided_again(initial: float, decay: float, epochs: int, steps_per_epoch: int) -> list[float]:
    rates, rate = [], initial
    for epoch in range(epochs):
        rate /= 1 + decay * epoch
        rates += [rate] * steps_per_epoch
    return rates


def _repeated_whole(initial: float, decay: float, epochs: int, steps_per_epoch: int) -> list[float]:
    return _once_an_epoch(initial, decay, epochs, steps_per_epoch) * steps_per_epoch


def _not_rounded(initial: float, decay: float, epochs: int, steps_per_epoch: int) -> list[float]:
    steps = range(epochs * steps_per_epoch)
    return [initial / (1 + decay * step / steps_per_epoch) for step in steps]


def _remainder(initial: float, decay: float, epochs: int, steps_per_epoch: int) -> list[float]:
    steps = range(epochs * steps_per_epoch)
    return [initial / (1 + decay * (step % steps_per_epoch)) for step in steps]


def _rates_cases(rng: np.random.Generator) -> Cases:
    return [
        {"initial": 1.0, "decay": 1.0, "epochs": 3, "steps_per_epoch": 5},
        {
            "initial": round(float(rng.uniform(0.1, 0.9)), 2),
            "decay": round(float(rng.uniform(0.1, 0.7)), 2),
            "epochs": 4,
            "steps_per_epoch": int(rng.integers(2, 5)),
        },
    ]


RATES = Exercise(
    name="schedules.rates",
    task=(
        "Write learning_rates(initial, decay, epochs, steps_per_epoch): the list of the rate of "
        "each step. In epoch 0, 1, 2, ... it is initial / (1 + decay * epoch)."
    ),
    solution=_learning_rates,
    cases=_rates_cases,
    read=f"{LESSON}, “A few lines of code”",
    mistakes=[
        Rival(
            "the steps are counted, not the epochs",
            partial(_rates_by, formula=lambda start, k, epoch, step: start / (1 + k * step)),
            "Your rate falls in each step, within an epoch, too: you counted steps. This schedule "
            "counts epochs.",
        ),
        Rival(
            "the epochs are counted from 1",
            partial(_rates_by, formula=lambda start, k, epoch, step: start / (1 + k * (epoch + 1))),
            "Your first rate is {got}: your epochs begin at 1. Epoch 0 takes the initial rate.",
        ),
        Rival(
            "the rate is divided again and again",
            _divided_again,
            "You divided the rate of the epoch before. The formula divides the initial rate.",
        ),
        Rival(
            "an exponential schedule",
            partial(_rates_by, formula=lambda start, k, epoch, step: start / (1 + k) ** epoch),
            "Your rate is divided by 1 + decay after each epoch: that is exponential decay. Here "
            "the divisor is 1 + decay * epoch.",
        ),
        Rival(
            "an exponential schedule",
            partial(_rates_by, formula=lambda start, k, epoch, step: start * (1 - k) ** epoch),
            "Your rate is multiplied by 1 - decay after each epoch: that is exponential decay. "
            "Here it is initial / (1 + decay * epoch).",
        ),
        Rival(
            "the rate never changes",
            partial(_rates_by, formula=lambda start, k, epoch, step: start),
            "All your rates are the initial one.",
        ),
        Rival(
            "one rate for each epoch",
            _once_an_epoch,
            "Your list has a rate for each epoch. It should have one for each step.",
        ),
        Rival(
            "the list of the epochs is repeated",
            _repeated_whole,
            "Your rates fall over the epochs and begin again. All steps of epoch 0 come first: "
            "repeat each rate, as np.repeat does, not the list.",
        ),
        Rival(
            "the epoch is not rounded down",
            _not_rounded,
            "Your rate falls a little in each step: step / steps_per_epoch is a fraction. The "
            "epoch is step // steps_per_epoch.",
        ),
        Rival(
            "the remainder in place of the epoch",
            _remainder,
            "Your rate begins anew in each epoch: step % steps_per_epoch counts the steps in an "
            "epoch. The epoch is step // steps_per_epoch.",
        ),
    ],
)


# schedules.descend


def _decayed_descent(
    gradient: Function, w: Array, initial: float, decay: float, epochs: int, steps_per_epoch: int
) -> list[Array]:
    return _descent_by(
        gradient, w, initial, decay, epochs, steps_per_epoch, rates=_learning_rates
    )  # fmt: skip


def _descent_by(
    gradient: Function, w: Array, initial: float, decay: float, epochs: int, steps_per_epoch: int,
    *, rates: Callable[..., list[float]],
) -> list[Array]:  # fmt: skip
    """Return the weights after each step, with the rates of a function."""
    path = []
    for rate in rates(initial, decay, epochs, steps_per_epoch):
        w = w - rate * gradient(w)
        path.append(w)
    return path


def _one_gradient_an_epoch(
    gradient: Function, w: Array, initial: float, decay: float, epochs: int, steps_per_epoch: int
) -> list[Array]:
    path = []
    for rate in _once_an_epoch(initial, decay, epochs, steps_per_epoch):
        slope = gradient(w)
        for _ in range(steps_per_epoch):
            w = w - rate * slope
            path.append(w)
    return path


def _by_formula(formula: Callable[[float, float, int, int], float]) -> Function:
    return partial(_descent_by, rates=partial(_rates_by, formula=formula))


def _in_a_bowl(function: Function, case: dict[str, Any]) -> Any:
    """Drive decayed_descent: its gradient is that of the cost (curvature * w * w).sum() / 2."""
    curvature = case.pop("curvature")

    def gradient(w: Array) -> Array:
        return curvature * w

    return function(gradient, **case)


def _descent_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "curvature": np.array([1.0, round(float(rng.uniform(2, 6)), 1)]),
            "w": rng.normal(size=2).round(2) + 1.0,
            "initial": 0.25,
            "decay": decay,
            "epochs": 3,
            "steps_per_epoch": 2,
        }
        for decay in (1.0, round(float(rng.uniform(0.2, 0.8)), 2))
    ]


DESCEND = Exercise(
    name="schedules.descend",
    task=(
        "Write decayed_descent(gradient, w, initial, decay, epochs, steps_per_epoch): the list of "
        "the weights after each step, where all steps of an epoch take the rate "
        "initial / (1 + decay * epoch)."
    ),
    solution=_decayed_descent,
    cases=_descent_cases,
    drive=_in_a_bowl,
    read=f"{LESSON}, “Per epoch or per step”",
    mistakes=[
        Rival(
            "the schedule is computed and never used",
            _by_formula(lambda start, k, epoch, step: start),
            "All your steps take the initial rate. Use the rate of the schedule in the update.",
        ),
        Rival(
            "the steps are counted, not the epochs",
            _by_formula(lambda start, k, epoch, step: start / (1 + k * step)),
            "Your rate falls in each step. This schedule counts epochs.",
        ),
        Rival(
            "the epochs are counted from 1",
            _by_formula(lambda start, k, epoch, step: start / (1 + k * (epoch + 1))),
            "Your first steps are too short: your epochs begin at 1. Epoch 0 takes the initial "
            "rate.",
        ),
        Rival(
            "the rate is divided again and again",
            partial(_descent_by, rates=_divided_again),
            "You divided the rate of the epoch before. The formula divides the initial rate.",
        ),
        Rival(
            "one step for each epoch",
            partial(_descent_by, rates=_once_an_epoch),
            "You took one step in each epoch. An epoch has steps_per_epoch of them.",
        ),
        Rival(
            "one gradient for a whole epoch",
            _one_gradient_an_epoch,
            "All steps of an epoch go along the same gradient. Call gradient(w) again in each "
            "step: w has moved.",
        ),
        Rival(
            "the epoch is not rounded down",
            partial(_descent_by, rates=_not_rounded),
            "Your rate falls a little in each step: step / steps_per_epoch is a fraction. The "
            "epoch is step // steps_per_epoch.",
        ),
        Rival(
            "the remainder in place of the epoch",
            partial(_descent_by, rates=_remainder),
            "Your rate begins anew in each epoch: step % steps_per_epoch counts the steps in an "
            "epoch. The epoch is step // steps_per_epoch.",
        ),
    ],
)


# schedules.cosine


def _cosine_rate(initial: float, epoch: float, epochs: int) -> float:
    return initial * (1 + math.cos(math.pi * epoch / epochs)) / 2


def _cosine_cases(rng: np.random.Generator) -> Cases:
    epochs = int(rng.integers(8, 20))
    initial = round(float(rng.uniform(0.1, 0.9)), 2)
    return [{"initial": initial, "epoch": e, "epochs": epochs} for e in (0, 2, epochs // 2, epochs)]


COSINE = Exercise(
    name="schedules.cosine",
    task=(
        "Write cosine_rate(initial, epoch, epochs): half a wave of the cosine, from the initial "
        "rate at epoch 0 down to 0 at the end."
    ),
    solution=_cosine_rate,
    cases=_cosine_cases,
    read=f"{LESSON}, “A few lines of code”",
    mistakes=[
        Rival(
            "the half is missing",
            lambda initial, epoch, epochs: 2 * _cosine_rate(initial, epoch, epochs),
            "Your rate is {ratio} ours: 1 + cos goes from 2 to 0, so halve it.",
        ),
        Rival(
            "the cosine goes below 0",
            lambda initial, epoch, epochs: initial * math.cos(math.pi * epoch / epochs),
            "Your rate is negative in the second half, where steps would go uphill. Take "
            "(1 + cos) / 2.",
        ),
        Rival(
            "a quarter of the wave",
            lambda initial, epoch, epochs: initial * math.cos(math.pi * epoch / epochs / 2),
            "You took a quarter of the wave. Half a wave, (1 + cos(pi epoch / epochs)) / 2, is "
            "flat at both ends.",
        ),
        Rival(
            "a whole wave",
            lambda initial, epoch, epochs: (
                initial * (1 + math.cos(2 * math.pi * epoch / epochs)) / 2
            ),
            "Your rate is back at the start in the last epoch: you took a whole wave.",
        ),
        Rival(
            "degrees in place of radians",
            lambda initial, epoch, epochs: initial * (1 + math.cos(180 * epoch / epochs)) / 2,
            "You handed degrees to the cosine, which takes radians: half a wave is pi, not 180.",
        ),
        Rival(
            "pi is missing",
            lambda initial, epoch, epochs: initial * (1 + math.cos(epoch / epochs)) / 2,
            "Your last rate is 0.77 times the first: the cosine takes radians, and half a wave is "
            "pi.",
        ),
    ],
)

EXERCISES = [RATES, DESCEND, COSINE]
