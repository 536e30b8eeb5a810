"""Exercises whose checks name the mistake: `check("momentum.step", my_step)`.

A check runs your function on small cases and compares it with the right answer and with the wrong
ones that people really write. It prints what it found: right; which mistake, with the number and
the cause; or what was expected beside what came out. A check is no mark.

>>> from course_lib.exercises import check
>>> def my_step(w, v, gradient, learning_rate, beta):
...     v = beta * v + gradient
...     return w - learning_rate * v, v
>>> check("momentum.step", my_step)  # doctest: +ELLIPSIS
momentum.step: not right yet: the factor 1 - beta is missing.
  Your velocity is v = beta v + gradient, the heavy ball. ...

On a file of your own: ``python -m course_lib.exercises my_network.py --lesson 3``.
"""

from course_lib.exercises.checking import answered, ask, check, exercises, judge, ready
from course_lib.exercises.exercise import Exercise, Rival, Symptom, Verdict

__all__ = [
    "Exercise",
    "Rival",
    "Symptom",
    "Verdict",
    "answered",
    "ask",
    "check",
    "exercises",
    "judge",
    "ready",
]
