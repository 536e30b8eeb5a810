"""What a student calls: `check`, on one function."""

from __future__ import annotations

import zlib

import numpy as np

from course_lib.exercises import (
    backprop,
    batches,
    dropout,
    evaluation,
    momentum,
    penalties,
    schedules,
    weight_decay,
)
from course_lib.exercises.exercise import Cases, Exercise, Verdict
from course_lib.exercises.running import is_ours

TOPICS = [
    backprop, batches, momentum, schedules, penalties, weight_decay, dropout, evaluation,
]  # fmt: skip
_BY_NAME: dict[str, Exercise] = {
    exercise.name: exercise for topic in TOPICS for exercise in topic.EXERCISES
}


def exercises() -> dict[str, Exercise]:
    """Return all exercises by their names, in the order of the lessons.

    >>> list(exercises())[0]
    'backprop.cost'
    """
    return dict(_BY_NAME)


def exercise_named(name: str) -> Exercise:
    """Return an exercise, or say which names there are."""
    if name not in _BY_NAME:
        raise ValueError(f"exercise must be one of {', '.join(_BY_NAME)}, got {name!r}")
    return _BY_NAME[name]


def cases_of(exercise: Exercise, student: str = "") -> Cases:
    """Return an exercise's cases: the public ones, or those that belong to a student's id.

    The same id gives the same cases on every machine.
    """
    seeds = [zlib.crc32(text.encode()) for text in (exercise.name, student) if text]
    return exercise.cases(np.random.default_rng(seeds))


def judge(name: str, function: object, student: str = "") -> Verdict:
    """Return the verdict on a function, without printing it.

    Parameters
    ----------
    name : str
        The exercise, such as "momentum.step".
    function : callable
        The student's function.
    student : str
        A student's id, for cases of their own.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> judge("momentum.step", lambda w, v, gradient, learning_rate, beta: ...).kind
    'unwritten'
    """
    exercise = exercise_named(name)
    if not callable(function):  # a result, say, in place of the function
        said = f"Hand in the function itself, check({name!r}, {exercise.function_name})"
        return Verdict(name, "wrong", text=f"{said}, got {type(function).__name__}.")
    if is_ours(function):
        said = f"It is course_lib's {getattr(function, '__qualname__', repr(function))}."
        return Verdict(name, "borrowed", text=f"{said} Write the lines yourself.")
    cases = cases_of(exercise, student)
    return exercise.judge(cases, exercise.outcomes(function, cases))


def check(name: str, function: object, student: str = "") -> None:
    """Print the verdict on a function: right, or which mistake, or what was expected.

    Parameters
    ----------
    name : str
        The exercise, such as "momentum.step".
    function : callable
        The student's function.
    student : str
        A student's id, for cases of their own.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> def momentum_step(w, v, gradient, learning_rate, beta):
    ...     v_new = beta * v + (1 - beta) * gradient
    ...     return w - learning_rate * v_new, v_new
    >>> check("momentum.step", momentum_step)
    momentum.step: right.
      3 cases, all as they should be.
    """
    print(judge(name, function, student))
