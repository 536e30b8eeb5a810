"""Problem set 3: momentum, averaged as in the course, v = beta v + (1 - beta) gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.exercises.answers import arrays, shown
from course_lib.exercises.exercise import Answers, Cases, Exercise, Rival, Symptom
from course_lib.exercises.running import Function

Array = Any
LESSON = "training/03-momentum"


# momentum.step


def _momentum_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * v, v


def _heavy_ball_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    v = beta * v + gradient
    return w - learning_rate * v, v


def _swapped_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    v = (1 - beta) * v + beta * gradient
    return w - learning_rate * v, v


def _stale_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    return w - learning_rate * v, beta * v + (1 - beta) * gradient


def _unused_velocity_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    return w - learning_rate * gradient, beta * v + (1 - beta) * gradient


def _rate_inside_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    v = beta * v + (1 - beta) * learning_rate * gradient
    return w - v, v


def _tutorial_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    v = beta * v - learning_rate * gradient
    return w + v, v


def _uphill_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    v = beta * v + (1 - beta) * gradient
    return w + learning_rate * v, v


def _nesterov_step(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * (beta * v + (1 - beta) * gradient), v


def _old_velocity_returned(
    w: Array, v: Array, gradient: Array, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    return w - learning_rate * (beta * v + (1 - beta) * gradient), v


def _step_cases(rng: np.random.Generator) -> Cases:
    shapes = [(3,), (2, 3), (4,)]
    return [
        {
            "w": rng.normal(size=shape),
            "v": rng.normal(size=shape),
            "gradient": rng.normal(size=shape),
            "learning_rate": round(float(rng.uniform(0.05, 0.5)), 2),
            "beta": round(float(rng.uniform(0.6, 0.95)), 2),
        }
        for shape in shapes
    ]


STEP = Exercise(
    name="momentum.step",
    task="Write momentum_step: one step of averaged momentum. It returns the new w and the new v.",
    solution=_momentum_step,
    cases=_step_cases,
    read=f"{LESSON}, “Average the last gradients”",
    mistakes=[
        Rival(
            "the factor 1 - beta is missing",
            _heavy_ball_step,
            "Your velocity is v = beta v + gradient, the heavy ball. Under a constant gradient it "
            "grows to 1 / (1 - beta) times the gradient, and so do your steps. The average of the "
            "course is v = beta v + (1 - beta) gradient.",
        ),
        Rival(
            "beta and 1 - beta are swapped",
            _swapped_step,
            "Your velocity keeps the share 1 - beta of the old one and takes beta of the new "
            "gradient. It is the other way round: beta is the share that is kept.",
        ),
        Rival(
            "the step goes along the old velocity",
            _stale_step,
            "Your w moves along the velocity from before this gradient, one step late. Update v "
            "first, then w.",
        ),
        Rival(
            "the step ignores the velocity",
            _unused_velocity_step,
            "Your velocity is right, but w moves along the gradient: this is plain gradient "
            "descent. Move w along v.",
        ),
        Rival(
            "the learning rate is inside of the velocity",
            _rate_inside_step,
            "Your velocity holds the learning rate. Your w is right only as long as the rate stays "
            "as it is. Average the gradient, and multiply by the rate when w moves.",
        ),
        Rival(
            "another tutorial's velocity",
            _tutorial_step,
            "Your velocity is v = beta v - learning_rate gradient, which many tutorials use. Here "
            "v is an average of gradients: v = beta v + (1 - beta) gradient, and w = w - "
            "learning_rate v.",
        ),
        Rival(
            "the step goes uphill",
            _uphill_step,
            "Your w moves along +v. The gradient points to where the cost grows: subtract.",
        ),
        Rival(
            "Nesterov's step",
            _nesterov_step,
            "Your velocity is right, and w moves along beta v + (1 - beta) gradient, one average "
            "further: that is Nesterov's momentum. Here w moves along v itself.",
        ),
        Rival(
            "the old velocity is returned",
            _old_velocity_returned,
            "Your w is right, and the v that you return is the old one. The next step starts "
            "without what this one has learned. Return the new v.",
        ),
    ],
)


# momentum.descend


def _descend(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    return _walk(gradient, w, learning_rate, beta, steps, _momentum_step)


def _walk(
    gradient: Function,
    w: Array,
    learning_rate: float,
    beta: float,
    steps: int,
    step: Callable[..., tuple[Array, Array]],
    *,
    forget: bool = False,
    at_start: bool = False,
) -> list[Array]:
    """Return the weights after each step; make the mistakes that are asked for."""
    v, first, path = np.zeros_like(w), w, []
    for _ in range(steps):
        if forget:
            v = np.zeros_like(w)
        w, v = step(w, v, gradient(first if at_start else w), learning_rate, beta)
        path.append(w)
    return path


def _forgetful(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    return _walk(gradient, w, learning_rate, beta, steps, _momentum_step, forget=True)


def _same_gradient(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    return _walk(gradient, w, learning_rate, beta, steps, _momentum_step, at_start=True)


def _heavy_descent(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    return _walk(gradient, w, learning_rate, beta, steps, _heavy_ball_step)


def _stale_descent(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    return _walk(gradient, w, learning_rate, beta, steps, _stale_step)


def _plain_descent(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    return _walk(gradient, w, learning_rate, beta, steps, _unused_velocity_step)


def _from_the_gradient(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    v, path = gradient(w), []
    for _ in range(steps):
        w, v = _momentum_step(w, v, gradient(w), learning_rate, beta)
        path.append(w)
    return path


def _with_start(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> list[Array]:
    return [w, *_descend(gradient, w, learning_rate, beta, steps)]


def _only_the_end(
    gradient: Function, w: Array, learning_rate: float, beta: float, steps: int
) -> Array:
    return _descend(gradient, w, learning_rate, beta, steps)[-1]


def _descend_in_a_bowl(function: Function, case: dict[str, Any]) -> Any:
    """Drive descend: its gradient is that of the cost (curvature * w * w).sum() / 2."""
    curvature = case.pop("curvature")

    def gradient(w: Array) -> Array:
        return curvature * w

    return function(gradient, **case)


def _descend_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "curvature": np.array([1.0, round(float(rng.uniform(5, 20)), 1)]),
            "w": rng.normal(size=2).round(2),
            "learning_rate": 0.1,
            "beta": round(float(rng.uniform(0.7, 0.9)), 2),
            "steps": 4 + i,
        }
        for i in range(2)
    ]


DESCEND = Exercise(
    name="momentum.descend",
    task=(
        "Write descend(gradient, w, learning_rate, beta, steps): it starts with a velocity of "
        "zeros, takes the steps, and returns the list of the weights after each of them."
    ),
    solution=_descend,
    cases=_descend_cases,
    drive=_descend_in_a_bowl,
    read=f"{LESSON}, “Average the last gradients”",
    mistakes=[
        Rival(
            "the velocity is set back in each step",
            _forgetful,
            "Your second step has forgotten the first: every step starts with a velocity of zeros. "
            "Make v once, before the loop.",
        ),
        Rival(
            "the gradient is always that of the start",
            _same_gradient,
            "Your gradient is taken at the w of the start in every step. Call gradient(w) with the "
            "present w, inside of the loop.",
        ),
        Rival(
            "the factor 1 - beta is missing",
            _heavy_descent,
            "Your velocity is v = beta v + gradient, the heavy ball: its steps grow up to "
            "1 / (1 - beta) times too long.",
        ),
        Rival(
            "the step goes along the old velocity",
            _stale_descent,
            "Your first step does not move: w moves along the velocity from before the gradient. "
            "Update v first, then w.",
        ),
        Rival(
            "the step ignores the velocity",
            _plain_descent,
            "These are the steps of plain gradient descent: move w along v.",
        ),
        Rival(
            "the velocity begins at the first gradient",
            _from_the_gradient,
            "Your first step is one along the whole gradient: your velocity begins at the gradient "
            "of the start. Begin with zeros.",
        ),
        Rival(
            "the start is in the list",
            _with_start,
            "Your list begins with the w of the start. It should hold the weights after each step "
            "and nothing else.",
        ),
        Rival(
            "only the end is returned",
            _only_the_end,
            "You returned the last weights. Return a list with the weights after each step.",
        ),
    ],
)


# momentum.corrected


def _corrected_average(values: Array, beta: float) -> list[float]:
    average, answers = 0.0, []
    for t, value in enumerate(values, 1):
        average = beta * average + (1 - beta) * value
        answers.append(average / (1 - beta**t))
    return answers


def _uncorrected(values: Array, beta: float) -> list[float]:
    average, answers = 0.0, []
    for value in values:
        average = beta * average + (1 - beta) * value
        answers.append(average)
    return answers


def _fed_back(values: Array, beta: float) -> list[float]:
    average, answers = 0.0, []
    for t, value in enumerate(values, 1):
        average = (beta * average + (1 - beta) * value) / (1 - beta**t)
        answers.append(average)
    return answers


def _counted_from_zero(values: Array, beta: float) -> list[float]:
    average, answers = 0.0, []
    for t, value in enumerate(values):
        average = beta * average + (1 - beta) * value
        answers.append(average / (1 - beta**t) if t else np.inf * np.sign(average))
    return answers


def _counted_from_two(values: Array, beta: float) -> list[float]:
    average, answers = 0.0, []
    for t, value in enumerate(values, 2):
        average = beta * average + (1 - beta) * value
        answers.append(average / (1 - beta**t))
    return answers


def _always_the_first(values: Array, beta: float) -> list[float]:
    return [average / (1 - beta) for average in _uncorrected(values, beta)]


def _started_at_the_first(values: Array, beta: float) -> list[float]:
    average, answers = values[0], [values[0]]
    for value in values[1:]:
        average = beta * average + (1 - beta) * value
        answers.append(average)
    return answers


def _by_the_last(values: Array, beta: float) -> list[float]:
    return [average / (1 - beta ** len(values)) for average in _uncorrected(values, beta)]


def _whole_numbers(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        found = np.concatenate([array.ravel() for array in arrays(answer)] or [np.zeros(0)])
        right = np.array(_corrected_average(case["values"], case["beta"]))
        cut = found.shape == right.shape and np.abs(found - right).max() < 1
        if case["values"].dtype.kind == "i" and cut and (found == found.round()).all():
            return (
                f"The values are whole numbers, {shown(case['values'])}, and so are your averages, "
                f"{shown(found)}. An array that is made with zeros_like(values), or with "
                "dtype=int, cuts each number off: give it dtype=float, or use a list."
            )
    return ""


def _corrected_cases(rng: np.random.Generator) -> Cases:
    beta = round(float(rng.uniform(0.7, 0.95)), 2)
    return [
        {"values": np.full(4, 2.0), "beta": 0.9},
        {"values": rng.normal(1.0, 0.5, size=6).round(2), "beta": beta},
        {"values": rng.permutation([1, 2, 4, 7, 9]), "beta": beta},
    ]


CORRECTED = Exercise(
    name="momentum.corrected",
    task=(
        "Write corrected_average(values, beta): the list of the running averages, each divided by "
        "1 - beta**t, where t counts the values from 1."
    ),
    solution=_corrected_average,
    cases=_corrected_cases,
    read=f"{LESSON}, “What β = 0.9 means”",
    mistakes=[
        Rival(
            "the bias is not corrected",
            _uncorrected,
            "Your first average is (1 - beta) times the first value: the average still holds the "
            "zero that it began with. Divide by 1 - beta**t.",
        ),
        Rival(
            "the corrected value is fed back",
            _fed_back,
            "Your average is corrected, and the corrected value goes into the next average, where "
            "it is corrected again. Keep two numbers: the average, and what you return.",
        ),
        Rival(
            "t begins at 0",
            _counted_from_zero,
            "Your first answer is divided by 1 - beta**0 = 0. The first value has t = 1.",
        ),
        Rival("t begins at 2", _counted_from_two, "Your t is one too large: it begins at 1."),
        Rival(
            "the divisor stays 1 - beta",
            _always_the_first,
            "You divide by 1 - beta every time; after many values that is {ratio} the right one. "
            "The divisor 1 - beta**t grows to 1.",
        ),
        Rival(
            "one divisor for all",
            _by_the_last,
            "You divide every average by the correction of the last one. Each has its own t.",
        ),
        Symptom("the averages are cut off to whole numbers", _whole_numbers),
        Rival(
            "the average begins at the first value",
            _started_at_the_first,
            "Your average begins at the first value in place of 0: the first value keeps a weight "
            "of beta**(t - 1), however old it is. Begin at 0 and divide by 1 - beta**t.",
        ),
    ],
)

EXERCISES = [STEP, DESCEND, CORRECTED]
