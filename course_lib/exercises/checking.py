"""What a student calls: `check`, on one function."""

from __future__ import annotations

import zlib

import numpy as np

from course_lib.arguments import one_of, real_number
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
from course_lib.exercises.questions import QUESTIONS, Question
from course_lib.exercises.running import Case, Function, Outcome, is_ours, name_of, run

TOPICS = [  # one for each of the lessons 1 to 7, and the last for 8 to 10
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
        return no_function(exercise, type(function).__name__)
    if is_ours(function):
        return our_function(exercise, name_of(function))
    cases = cases_of(exercise, student)
    return exercise.judge(cases, exercise.outcomes(function, cases))


def no_function(exercise: Exercise, got: str) -> Verdict:
    """Return the verdict on something of the type `got` that cannot be called."""
    said = f"Hand in the function itself, check({exercise.name!r}, {exercise.function_name})"
    return Verdict(exercise.name, "wrong", text=f"{said}, got {got}.")


def our_function(exercise: Exercise, name: str) -> Verdict:
    """Return the verdict on a function of this package that was handed in."""
    said = f"It is course_lib's {name}. Write the lines yourself."
    return Verdict(exercise.name, "borrowed", text=said)


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


def ask(topic: str, student: str = "") -> str:
    """Return the question on your own code that a set ends with, with your numbers.

    Parameters
    ----------
    topic : str
        The set, such as "momentum".
    student : str
        A student's id.

    Raises
    ------
    ValueError
        If there is no such set.

    Examples
    --------
    >>> print(ask("dropout", student="ada"))
    Your mask drops the share 0.3. By which number does it multiply the units that are kept?
    """
    question, case = question_of(topic, student)
    return question.asks.format(**case)


def answered(topic: str, function: Function, answer: object, student: str = "") -> Verdict:
    """Return the verdict on an answer to `ask`: it is compared with what the function returns.

    Parameters
    ----------
    topic : str
        The set, such as "momentum".
    function : callable
        The student's function that the question is about.
    answer : float
        The student's answer; three digits are enough.
    student : str
        A student's id.

    Raises
    ------
    ValueError
        If there is no such set.

    Examples
    --------
    >>> def dropout_mask(shape, rate, rng):
    ...     return (rng.random(shape) >= rate) / (1 - rate)
    >>> print(answered("dropout", dropout_mask, 1.429, student="ada"))
    dropout.question: right.
      Your function gives 1.429.
    """
    question, case = question_of(topic, student)
    if answer in (None, ...):
        return judge_answer(topic, student, None)
    outcome = run(function, case, question.value)
    if outcome.crash is None:
        answer = real_number("answer", answer, low=-np.inf)
    return judge_answer(topic, student, answer, outcome)


def judge_answer(
    topic: str, student: str, answer: object, outcome: Outcome | None = None
) -> Verdict:
    """Return the verdict on an answer to a question, from what the student's function did.

    It needs no student's code: a grader calls it outside of the sandbox.
    """
    question, case = question_of(topic, student)
    name, asks = f"{topic}.question", question.asks.format(**case)
    if answer is None or outcome is None:
        return Verdict(name, "unwritten", text=asks)
    if outcome.crash is not None:
        return Verdict(name, "crash", text=outcome.crash.error)
    number = np.nan if outcome.answer is None else float(np.asarray(outcome.answer))
    given = real_number("answer", answer, low=-np.inf)
    if abs(given - number) <= 0.005 * abs(number) + 5e-4:
        return Verdict(name, "right", text=f"Your function gives {number:.4g}.")
    said = f"With these numbers your own function gives {number:.4g}, not {given:.4g}."
    return Verdict(name, "wrong", text=f"{asks}\n{said}")


def question_of(topic: str, student: str) -> tuple[Question, Case]:
    """Return a set's question, and the student's numbers for it."""
    found = {q.exercise.partition(".")[0]: q for q in QUESTIONS}
    question = found[one_of("topic", topic, found)]
    seeds = [zlib.crc32(text.encode()) for text in (question.exercise, "question", student)]
    return question, question.case(np.random.default_rng(seeds))


def ready(name: str, function: object) -> bool:
    """Tell whether a function passes its check; if not, print that it has to be written first.

    Parameters
    ----------
    name : str
        The exercise, such as "momentum.step".
    function : callable
        The student's function.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> ready("momentum.step", lambda **arguments: None)
    This needs your momentum_step: it does not pass the check "momentum.step" yet.
    False
    """
    fine = judge(name, function).right
    if not fine:
        wanted = exercise_named(name).function_name
        print(f'This needs your {wanted}: it does not pass the check "{name}" yet.')
    return fine
