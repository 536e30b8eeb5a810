"""What an exercise is, and how an answer to it is judged.

An exercise draws its cases (inputs) from a generator, so that every student can get cases of their
own. The right answers are never stored: the exercise's own solution is run on the same cases. So
are its *rivals*, wrong programs that people really write. An answer that agrees with a rival in
every case is that mistake, and the feedback can give its name, the number and the cause. An answer
that agrees with nothing is shown beside what was expected.

Where chance takes part, as in a mask, no two right programs return the same numbers. There the
mistakes are *symptoms*: what can be seen in the answer, whatever the order of the random draws.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from course_lib.exercises.answers import TOLERANCE, Plain, ratio, same, shapes, shown
from course_lib.exercises.running import Case, Drive, Function, Outcome, call, run

Cases = Sequence[Case]

WIDTH = 72  # columns of a verdict as it is printed
Answers = Sequence[Any]  # plain values; symptoms know their shapes


@dataclass(frozen=True)
class Rival:
    """A mistake that gives numbers of its own: a wrong program, run beside the right one.

    Parameters
    ----------
    name : str
        The mistake in a few words.
    wrong : callable
        A program that makes it, with the arguments of the exercise's function.
    says : str
        What is wrong and why, in a sentence or two. It may use ``{ratio}`` (the number that the
        answer is times the right one), ``{got}`` and ``{expected}``.
    read : str
        The section that explains it, ``page, “Section”``; empty: the exercise's own.
    """

    name: str
    wrong: Function
    says: str
    read: str = ""


@dataclass(frozen=True)
class Symptom:
    """A mistake that can be seen in the answers themselves, whatever chance has drawn.

    Parameters
    ----------
    name : str
        The mistake in a few words; empty for an answer that is wrong in a way without a name.
    seen : callable
        Takes the cases and the answers; returns a sentence with the number that gives it away, or
        an empty text.
    read : str
        The section that explains it, ``page, “Section”``; empty: the exercise's own.
    """

    name: str
    seen: Callable[[Cases, Answers], str]
    read: str = ""


@dataclass(frozen=True)
class Verdict:
    """How an answer was judged.

    Parameters
    ----------
    exercise : str
        The exercise's name.
    kind : {"right", "mistake", "wrong", "crash", "unwritten", "borrowed"}
        What came out: right; a mistake that has a name; wrong in a way without a name; an
        exception; nothing written yet; a function of the package handed in.
    mistake : str
        The name of the mistake; empty if there is none.
    text : str
        The feedback.
    read : str
        Where the book explains it.
    """

    exercise: str
    kind: str
    mistake: str = ""
    text: str = ""
    read: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.kind == "right"

    def __str__(self) -> str:
        """Return the verdict as it is printed."""
        heads = {
            "right": "right.",
            "mistake": f"not right yet: {self.mistake}.",
            "wrong": "not right yet.",
            "crash": "it stopped with an error.",
            "unwritten": "nothing is written yet.",
            "borrowed": "this is the package's own code.",
        }
        lines = [f"{self.exercise}: {heads[self.kind]}"]
        for line in self.text.splitlines():
            lines += textwrap.wrap(
                line, WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False
            )
        if self.read and not self.right:
            lines += textwrap.wrap(
                f"Read again: {self.read}", WIDTH, initial_indent="  ", subsequent_indent="  "
            )
        return "\n".join(lines)


@dataclass(frozen=True)
class Exercise:
    """A function to write, the cases that it is tried on, and the mistakes that have a name.

    Parameters
    ----------
    name : str
        As it is typed: ``topic.what``.
    task : str
        What is to be written, in a sentence.
    solution : callable
        A right answer; its arguments are those of the student's function.
    cases : callable
        Takes a generator and returns the cases, dicts of arguments; all of a student's own numbers
        are drawn in there.
    mistakes : sequence of Rival and Symptom
        In the order in which they are looked for.
    read : str
        The section of the book that it belongs to, ``page, “Section”``.
    drive : callable
        Takes a function and a case and returns an answer; by default it calls the function once.
    tolerance : float
        By how much of its largest number an array may differ.
    chance : bool
        Whether the answers are random: then only symptoms speak.
    may_change : tuple of str
        Arguments that the function is asked to change.
    """

    name: str
    task: str
    solution: Function
    cases: Callable[[np.random.Generator], Cases]
    mistakes: Sequence[Rival | Symptom]
    read: str
    drive: Drive = call
    tolerance: float = TOLERANCE
    chance: bool = False
    may_change: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        """The part of the name before the point."""
        return self.name.partition(".")[0]

    @property
    def function_name(self) -> str:
        """The name that the function has in a file of one's own."""
        return self.solution.__name__.lstrip("_")

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The names of the function's arguments."""
        return tuple(inspect.signature(self.solution).parameters)

    def outcomes(self, function: Function, cases: Cases) -> list[Outcome]:
        """Run a function on all cases, up to the first exception."""
        found = []
        for case in cases:
            found.append(run(function, case, self.drive))
            if found[-1].crash is not None:
                break
        return found

    def judge(self, cases: Cases, outcomes: Sequence[Outcome]) -> Verdict:
        """Return the verdict on what a function did with the cases.

        It needs no student's code: a grader calls it outside of the sandbox.
        """
        for outcome in outcomes:
            if outcome.borrowed:
                return self._says(
                    "borrowed", f"It calls {outcome.borrowed[0]}. Write the lines yourself."
                )
        last = outcomes[-1]
        if last.crash is not None:
            return self._crashed(last, cases[len(outcomes) - 1])
        for case, outcome in zip(cases, outcomes, strict=True):
            if outcome.odd:
                return self._odd(outcome.odd)
            changed = [name for name in outcome.changed if name not in self.may_change]
            if changed:
                return self._says(
                    "mistake",
                    f"Your function changed {changed[0]}, which belongs to its caller. Before: "
                    f"{shown(case[changed[0]])}.\nWork on a copy, or write x = x - step in place "
                    "of x -= step.",
                    "it changes what it was given",
                )
        answers = [outcome.answer for outcome in outcomes if outcome.answer is not None]
        verdict = self._compared(cases, answers)
        warned = [text for outcome in outcomes for text in outcome.warned][:1]
        if warned and not verdict.right:
            return Verdict(
                verdict.exercise, verdict.kind, verdict.mistake,
                f"{verdict.text}\nnumpy warned: {warned[0]}", verdict.read,
            )  # fmt: skip
        return verdict

    def answers(self, function: Function, cases: Cases) -> list[Plain]:
        """Return what a function of ours answers; an exception passes through."""
        found = []
        for case in cases:
            outcome = run(function, case, self.drive)
            if outcome.answer is None:
                raise RuntimeError(f"{self.name}: {function} has no answer: {outcome}")
            found.append(outcome.answer)
        return found

    def agree(self, answers: Answers, others: Answers) -> bool:
        """Tell whether two lists of answers are the same in every case."""
        pairs = zip(answers, others, strict=True)
        return all(same(a, b, self.tolerance) for a, b in pairs)

    def _compared(self, cases: Cases, answers: Answers) -> Verdict:
        """Return the verdict on answers that are plain values."""
        expected = [] if self.chance else self.answers(self.solution, cases)
        right = self._says("right", f"{len(cases)} cases, all as they should be.")
        if expected and self.agree(answers, expected):
            return right
        for mistake in self.mistakes:
            if isinstance(mistake, Symptom):
                said = mistake.seen(cases, answers)
                if said:
                    kind = "mistake" if mistake.name else "wrong"
                    return self._says(kind, said, mistake.name, mistake.read)
            elif self._is(mistake, cases, answers):
                return self._rival(mistake, cases, answers, expected)
        return self._nameless(cases, answers, expected) if expected else right

    def _rival(self, mistake: Rival, cases: Cases, answers: Answers, expected: Answers) -> Verdict:
        """Return the verdict on an answer that agrees with a wrong program."""
        first, beside = self._beside(cases, answers, expected)
        factor = ratio(answers[first], expected[first])
        said = mistake.says.format(
            ratio="other than" if factor is None else f"{factor:.3g} times",
            got=shown(answers[first]),
            expected=shown(expected[first]),
        )
        return self._says("mistake", f"{said}\n{beside}", mistake.name, mistake.read)

    def _nameless(self, cases: Cases, answers: Answers, expected: Answers) -> Verdict:
        """Return the verdict on an answer that agrees with nothing."""
        first, beside = self._beside(cases, answers, expected)
        got, wanted = answers[first], expected[first]
        factor, said = ratio(got, wanted), ""
        if shapes(got) != shapes(wanted):
            said = f"Your function returned {shapes(got)}; expected is {shapes(wanted)}.\n"
        elif factor is not None:
            said = f"Your answer is {factor:.4g} times the right one.\n"
        return self._says("wrong", said + beside)

    def _beside(self, cases: Cases, answers: Answers, expected: Answers) -> tuple[int, str]:
        """Return the first case that is wrong, and its answer beside the right one in words."""
        pairs = zip(answers, expected, strict=True)
        first = next(i for i, pair in enumerate(pairs) if not same(*pair, self.tolerance))
        return first, (
            f"With {_case_in_words(cases[first])}\n"
            f"yours is {shown(answers[first])},\nright is {shown(expected[first])}."
        )

    def _is(self, mistake: Rival, cases: Cases, answers: Answers) -> bool:
        """Tell whether a wrong program gives the same numbers in every case."""
        try:
            return self.agree(answers, self.answers(mistake.wrong, cases))
        except RuntimeError:  # it has no answer in some case, and the student's has
            return False

    def _crashed(self, outcome: Outcome, case: Case) -> Verdict:
        """Return the verdict on an exception."""
        crash = outcome.crash
        assert crash is not None
        if crash.error.startswith("NotImplementedError"):
            return self._says("unwritten", f"{self.task}")
        lines = [crash.error]
        lines += [f"in {crash.line}"] if crash.line else []
        lines += [f"There, {crash.shapes}."] if crash.shapes else []
        lines += [f"The case: {_case_in_words(case)}"]
        return self._says("crash", "\n".join(lines))

    def _odd(self, odd: str) -> Verdict:
        """Return the verdict on an answer that is no number."""
        if odd in ("None", "..."):
            return self._says("unwritten", f"It returned {odd}. {self.task}")
        return self._says(
            "wrong",
            f"Your function returned {odd}, which does not fit.\n{self.task}",
        )

    def _says(self, kind: str, text: str, mistake: str = "", read: str = "") -> Verdict:
        return Verdict(self.name, kind, mistake, text, read or self.read)


def _case_in_words(case: Case) -> str:
    """Return the arguments of a case as a short text."""
    return ", ".join(f"{name} = {shown(value, 120)}" for name, value in case.items())
