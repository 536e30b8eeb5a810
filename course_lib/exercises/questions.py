"""A question on a student's own code, for each set: its answer comes from running that code.

Whoever has written the function can answer by calling it; an answer that was copied belongs to
other numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.exercises.running import Case, Function


@dataclass(frozen=True)
class Question:
    """A question on the function of one exercise.

    Parameters
    ----------
    exercise : str
        The exercise whose function is run.
    asks : str
        The question; it may name the arguments of the case in braces.
    case : callable
        Takes a generator and returns the numbers of the question.
    value : callable
        Takes the student's function and the case; returns the answer, a number.
    """

    exercise: str
    asks: str
    case: Callable[[np.random.Generator], Case]
    value: Callable[[Function, dict[str, Any]], float]


def _after_three_steps(step: Function, case: dict[str, Any]) -> float:
    w, v = np.zeros(1), np.zeros(1)
    for gradient in case["gradients"]:
        w, v = step(w, v, np.array([gradient]), case["learning_rate"], case["beta"])
    return float(v[0])


def _after_decay(step: Function, case: dict[str, Any]) -> float:
    w, v = np.array([case["w"]]), np.zeros(1)
    for gradient in case["gradients"]:
        rate, beta, decay = case["learning_rate"], case["beta"], case["decay"]
        w, v = step(w, v, np.array([gradient]), rate, beta, decay)
    return float(w[0])


def _cost_of_two(cost: Function, case: dict[str, Any]) -> float:
    return float(cost(np.array([case["z"], -case["z"]]), np.array([1.0, 1.0])))


def _first_gradient(gradients: Function, case: dict[str, Any]) -> float:
    X = np.array([[1.0], [2.0], [3.0]])
    found = gradients(X, np.array([1.0, 0.0, 1.0]), np.array([case["w"]]), case["batch_size"])
    return float(list(found)[-1][0])


def _last_rate(rates: Function, case: dict[str, Any]) -> float:
    return float(list(rates(case["initial"], case["decay"], case["epochs"], 2))[-1])


def _second_weight(step: Function, case: dict[str, Any]) -> float:
    w = np.array([2.0, case["w"]])
    for _ in range(2):
        w = step(w, np.zeros(2), case["learning_rate"], case["l1"])
    return float(w[1])


def _kept_value(mask: Function, case: dict[str, Any]) -> float:
    return float(np.max(mask((20, 20), case["rate"], np.random.default_rng(0))))


def _standard_error(pairs: Function, case: dict[str, Any]) -> float:
    return float(pairs(np.array(case["a"]), np.zeros(len(case["a"])))[1])


def _drawn(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 2)


QUESTIONS = [
    Question(
        "backprop.cost",
        "Two examples of class 1 have the logits {z} and -{z}. What do they cost, by your cost?",
        lambda rng: {"z": _drawn(rng, 1.0, 4.0)},
        _cost_of_two,
    ),
    Question(
        "batches.gradients",
        "X has the rows 1, 2, 3, y is 1, 0, 1, w is {w}. Which gradient does your last batch have, "
        "in batches of {batch_size}?",
        lambda rng: {"w": _drawn(rng, 0.1, 0.9), "batch_size": 2},
        _first_gradient,
    ),
    Question(
        "momentum.step",
        "Your velocity begins at 0, beta is {beta} and the gradients are {gradients}. What is it "
        "after step 3?",
        lambda rng: {
            "beta": _drawn(rng, 0.6, 0.95),
            "gradients": [float(g) for g in rng.integers(-5, 6, size=3)],
            "learning_rate": 0.1,
        },
        _after_three_steps,
    ),
    Question(
        "schedules.rates",
        "Your rates begin at {initial}, the decay is {decay}. Which rate do the steps of epoch "
        "{last} have?",
        lambda rng: _rate_case(
            _drawn(rng, 0.1, 0.9), _drawn(rng, 0.1, 0.9), int(rng.integers(3, 9))
        ),
        _last_rate,
    ),
    Question(
        "penalties.l1",
        "A weight of {w} takes two of your proximal steps without a gradient, with the rate "
        "{learning_rate} and l1 = {l1}. Where is it then?",
        lambda rng: {"w": _drawn(rng, 0.5, 0.9), "learning_rate": 0.1, "l1": _drawn(rng, 0.2, 2.0)},
        _second_weight,
    ),
    Question(
        "weight_decay.step",
        "A weight of {w} takes three of your steps, with gradients {gradients}, the rate "
        "{learning_rate}, beta = {beta} and the decay {decay}. Where is it then?",
        lambda rng: {
            "w": _drawn(rng, 1.0, 3.0),
            "gradients": [float(g) for g in rng.integers(-3, 4, size=3)],
            "learning_rate": 0.1,
            "beta": _drawn(rng, 0.5, 0.9),
            "decay": _drawn(rng, 0.1, 0.5),
        },
        _after_decay,
    ),
    Question(
        "dropout.mask",
        "Your mask drops the share {rate}. By which number does it multiply the units that are "
        "kept?",
        lambda rng: {"rate": _drawn(rng, 0.15, 0.45)},
        _kept_value,
    ),
    Question(
        "evaluation.pairs",
        "Five pairs differ by {a}. Which standard error does your function give?",
        lambda rng: {"a": [round(float(d), 3) for d in rng.normal(0.02, 0.01, size=5)]},
        _standard_error,
    ),
]


def _rate_case(initial: float, decay: float, epochs: int) -> Case:
    return {"initial": initial, "decay": decay, "epochs": epochs, "last": epochs - 1}
