"""Problem set 6: decay that stays out of the velocity, and AdamW."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.exercise import Cases, Exercise, Rival
from course_lib.exercises.running import Function

Array = Any
LESSON = "generalising/06-weight-decay"


# weight_decay.step


def _decayed_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float, decay: float
) -> tuple[Array, Array]:
    return _any_step(w, v, gradient, learning_rate, beta, decay)


def _any_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float, decay: float, *,
    coupled: bool = False, rate_on_decay: bool = True, new_weights: bool = False,
    heavy: bool = False, share: float = 1.0,
) -> tuple[Array, Array]:  # fmt: skip
    """Take a step with momentum and decay; make the mistakes that are asked for."""
    if coupled:
        gradient = gradient + share * decay * w
    v = beta * v + (1.0 if heavy else 1 - beta) * gradient
    moved = w - learning_rate * v
    if coupled:
        return moved, v
    shrink = share * (learning_rate * decay if rate_on_decay else decay)
    return moved - shrink * (moved if new_weights else w), v


def _two_steps(function: Function, case: dict[str, Any]) -> Any:
    """Drive two steps: what enters the velocity shows in the second."""
    w, v, path = case.pop("w"), case.pop("v"), []
    for gradient in case.pop("gradients"):
        w, v = function(w=w, v=v, gradient=gradient, **case)
        path.append((w, v))
    return path


def _step_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "w": np.array([1.0]), "v": np.zeros(1), "gradients": [np.zeros(1), np.zeros(1)],
            "learning_rate": 0.1, "beta": 0.9, "decay": 0.5,
        },
        {
            "w": rng.normal(size=3).round(2), "v": rng.normal(size=3).round(2),
            "gradients": [rng.normal(size=3).round(2) for _ in range(2)],
            "learning_rate": round(float(rng.uniform(0.05, 0.3)), 2),
            "beta": round(float(rng.uniform(0.6, 0.9)), 2),
            "decay": round(float(rng.uniform(0.2, 0.8)), 2),
        },
    ]  # fmt: skip


STEP = Exercise(
    name="weight_decay.step",
    task=(
        "Write decayed_step(w, v, gradient, learning_rate, beta, decay): a step of averaged "
        "momentum with decoupled decay, w - learning_rate * v - learning_rate * decay * w. It "
        "returns the new w and v."
    ),
    solution=_decayed_step,
    cases=_step_cases,
    drive=_two_steps,
    read=f"{LESSON}, “The rule”",
    mistakes=[
        Rival(
            "the decay is in the velocity",
            partial(_any_step, coupled=True),
            "You added decay * w to the gradient, so that it goes through the velocity: that is an "
            "L2 penalty. Decoupled decay shrinks w beside the step.",
        ),
        Rival(
            "the decay lacks the learning rate",
            partial(_any_step, rate_on_decay=False),
            "Your weights lose the share decay in each step. They should lose "
            "learning_rate * decay.",
        ),
        Rival(
            "the moved weights are shrunk",
            partial(_any_step, new_weights=True),
            "You shrank the weights after the step. The rule shrinks by the old w, from before the "
            "step.",
        ),
        Rival(
            "the factor 1 - beta is missing",
            partial(_any_step, heavy=True),
            "Your velocity is the heavy ball's: v = beta v + gradient.",
        ),
        Rival(
            "the weights do not decay",
            partial(_any_step, share=0.0),
            "Without a gradient your weights stay as they are.",
        ),
        Rival(
            "the weights grow",
            partial(_any_step, share=-1.0),
            "Your weights grow without a gradient: subtract the decay.",
        ),
        Rival(
            "the decay is doubled",
            partial(_any_step, share=2.0),
            "Your weights lose 2 learning_rate * decay in each step.",
        ),
    ],
)


# weight_decay.adamw


def _adamw_step(
    w: Array, m: Array, s: Array, t: int, gradient: Array, learning_rate: float, decay: float
) -> tuple[Array, Array, Array]:
    return _any_adam(w, m, s, t, gradient, learning_rate, decay)


def _any_adam(
    w: Array, m: Array, s: Array, t: int, gradient: Array, learning_rate: float, decay: float, *,
    coupled: bool = False, corrected: bool = True, shift: int = 0, root: bool = True,
    rate_on_decay: bool = True, squared_mean: bool = False, inside: bool = False,
    share: float = 1.0, kept: bool = False, divided: bool = False, one_beta: bool = False,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Take a step of AdamW; make the mistakes that are asked for."""
    beta1, beta2, epsilon = 0.9, 0.999, 1e-8
    if coupled:
        gradient = gradient + decay * w
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * (m if squared_mean else gradient) ** 2
    t = t + shift
    m_hat = m / (1 - beta1**t) if corrected else m
    s_hat = s / (1 - (beta1 if one_beta else beta2) ** t) if corrected else s
    below = s_hat + epsilon
    if root:
        below = np.sqrt(s_hat + epsilon) if inside else np.sqrt(s_hat) + epsilon
    shrink = 0.0 if coupled else share * decay * (learning_rate if rate_on_decay else 1.0)
    moved = w - learning_rate * m_hat / below - shrink * w / (below if divided else 1.0)
    return (moved, m_hat, s_hat) if kept else (moved, m, s)


def _three_steps(function: Function, case: dict[str, Any]) -> Any:
    """Drive three steps from rest, with t from 1."""
    w, path = case.pop("w"), []
    m, s = np.zeros_like(w), np.zeros_like(w)
    for t, gradient in enumerate(case.pop("gradients"), 1):
        w, m, s = function(w=w, m=m, s=s, t=t, gradient=gradient, **case)
        path.append(w)
    return path


def _adam_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "w": rng.normal(size=3).round(2) + 2.0,
            "gradients": [size * rng.normal(size=3).round(2) for _ in range(3)],
            "learning_rate": round(float(rng.uniform(0.05, 0.3)), 2),
            "decay": round(float(rng.uniform(0.2, 0.8)), 2),
        }
        for size in (1.0, 1e-3)
    ]


ADAMW = Exercise(
    name="weight_decay.adamw",
    task=(
        "Write adamw_step(w, m, s, t, gradient, learning_rate, decay): one step of AdamW with "
        "beta1 = 0.9, beta2 = 0.999 and epsilon = 1e-8; t counts the steps from 1. It returns the "
        "new w, m and s."
    ),
    solution=_adamw_step,
    cases=_adam_cases,
    drive=_three_steps,
    read=f"{LESSON}, “Adam”",
    mistakes=[
        Rival(
            "an L2 penalty in place of decay",
            partial(_any_adam, coupled=True),
            "You added decay * w to the gradient: this is Adam with an L2 penalty. Adam divides "
            "the penalty by its own size, so that it hardly matters. Shrink w beside the step.",
        ),
        Rival(
            "the decay lacks the learning rate",
            partial(_any_adam, rate_on_decay=False),
            "Your weights lose the share decay in each step. They should lose "
            "learning_rate * decay.",
        ),
        Rival(
            "the bias is not corrected",
            partial(_any_adam, corrected=False),
            "Your first step is too long: m and s begin at 0, and s grows more slowly. Divide m by "
            "1 - beta1**t and s by 1 - beta2**t.",
        ),
        Rival(
            "t is one too large",
            partial(_any_adam, shift=1),
            "Your correction is that of the next step: t already counts from 1.",
        ),
        Rival(
            "t is one too small",
            partial(_any_adam, shift=-1),
            "Your correction is that of the step before: t counts from 1.",
        ),
        Rival(
            "the corrected averages are kept",
            partial(_any_adam, kept=True),
            "Your first step is right and the second is not: you returned the corrected m and s, "
            "which are corrected again. Give the corrected ones names of their own.",
        ),
        Rival(
            "beta1 corrects both averages",
            partial(_any_adam, one_beta=True),
            "You divided s by 1 - beta1**t. Its own factor is beta2.",
        ),
        Rival(
            "the decay is divided by the root of s",
            partial(_any_adam, divided=True),
            "Your decay stands inside of the fraction, so that a weight with large gradients "
            "hardly decays. AdamW subtracts learning_rate * decay * w beside the fraction.",
        ),
        Rival(
            "the square root is missing",
            partial(_any_adam, root=False),
            "You divide by s. Divide by its square root: then a step has the same length in every "
            "unit of the gradient.",
        ),
        Rival(
            "the average is squared",
            partial(_any_adam, squared_mean=True),
            "Your s averages m squared. It averages the square of the gradient.",
        ),
        Rival(
            "epsilon is inside of the square root",
            partial(_any_adam, inside=True),
            "With small gradients your step is too short: epsilon stands inside of your square "
            "root. Add it after the root.",
        ),
        Rival(
            "the weights do not decay",
            partial(_any_adam, share=0.0),
            "This is Adam without decay: subtract learning_rate * decay * w as well.",
        ),
    ],
)


# weight_decay.remaining


def _remaining_share(learning_rate: float, decay: float, steps: int) -> float:
    return (1 - learning_rate * decay) ** steps


def _remaining_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "learning_rate": round(float(rng.uniform(0.05, 0.5)), 2),
            "decay": round(float(rng.uniform(0.1, 0.9)), 2),
            "steps": int(rng.integers(3, 12)),
        }
        for _ in range(2)
    ]


REMAINING = Exercise(
    name="weight_decay.remaining",
    task=(
        "Write remaining_share(learning_rate, decay, steps): the share of a weight that is left "
        "after so many steps of decoupled decay without a gradient."
    ),
    solution=_remaining_share,
    cases=_remaining_cases,
    read=f"{LESSON}, “The rule”",
    mistakes=[
        Rival(
            "the loss is added up",
            lambda learning_rate, decay, steps: 1 - learning_rate * decay * steps,
            "You took the same loss in each step. Each step takes its share of what is left: the "
            "share is raised to the number of steps.",
        ),
        Rival(
            "the decay lacks the learning rate",
            lambda learning_rate, decay, steps: (1 - decay) ** steps,
            "You took decay in each step; it is learning_rate * decay.",
        ),
        Rival(
            "an approximation",
            lambda learning_rate, decay, steps: np.exp(-learning_rate * decay * steps),
            "exp(-learning_rate * decay * steps) is what it comes near to for small rates. Give "
            "the share itself.",
        ),
        Rival(
            "the share that is lost",
            lambda learning_rate, decay, steps: 1 - (1 - learning_rate * decay) ** steps,
            "This is the share that is lost; asked is what is left.",
        ),
        Rival(
            "one step only",
            lambda learning_rate, decay, steps: 1 - learning_rate * decay,
            "This is what one step leaves.",
        ),
    ],
)

EXERCISES = [STEP, ADAMW, REMAINING]
