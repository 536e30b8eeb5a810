"""Marks a submission: the student's functions run in the sandbox, and are judged here.

What is tried are the set's own checks, with numbers that no student has seen. The verdict is that
of `course_lib.exercises`, as a student's own notebook gives it.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import math
import os
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.exercises.answers import Plain, arrays
from course_lib.exercises.checking import (
    exercises,
    judge_answer,
    no_function,
    our_function,
    question_of,
)
from course_lib.exercises.exercise import Cases, Exercise, Verdict
from course_lib.exercises.running import Crash, Outcome
from course_lib.grading.kit import PACKAGE
from course_lib.grading.sandbox import Limits, Step, run_steps
from course_lib.grading.sets import ProblemSet, SetError, student_version
from course_lib.grading.submission import Submission, read_submission

DECIDES = [
    f"grading/{name}.py" for name in ("kit", "marking", "sandbox", "submission", "wire", "worker")
]
LONGEST = 1000  # characters of a text that comes out of the sandbox
DIGITS = 5  # of a number, where answers are compared with each other

# Judging looks at the warnings of numpy, which all threads share.
_JUDGING = threading.RLock()


@dataclass(frozen=True)
class Mark:
    """What one check, or one answer in words, brought.

    Parameters
    ----------
    grade_id : str
        The cell, by nbgrader's name for it.
    exercise : str
        What it is about, such as "momentum.step" or "momentum.question".
    points : float or None
        None: to be marked by hand.
    out_of : float
        The points that can be had.
    verdict : Verdict
        As the student's own check would say it. Of an answer in words: its text.
    note : str
        What the student and the instructor should know beside it; empty if nothing.
    returned : str
        A short name for what the function returned: equal for two students whose functions
        returned the same numbers. Empty if it returned none.
    """

    grade_id: str
    exercise: str
    points: float | None
    out_of: float
    verdict: Verdict
    note: str = ""
    returned: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Mark:
        """Return the mark that `as_dict` has stored."""
        return cls(**{**stored, "verdict": Verdict(**stored["verdict"])})


@dataclass(frozen=True)
class _Check:
    """A check of a set: what it calls, with the names that it finds in the notebook."""

    grade_id: str
    points: float
    kind: str  # exercise, question or written
    name: str = ""
    function: str = ""
    answer: str = ""

    @property
    def exercise(self) -> str:
        """What its mark is about."""
        return f"{self.name}.question" if self.kind == "question" else self.name or self.grade_id


def grade(
    problems: ProblemSet,
    submission: Submission,
    student: str,
    *,
    seed: int | str,
    limits: Limits | None = None,
    sandbox: bool = True,
) -> tuple[Mark, ...]:
    """Mark one submission.

    Parameters
    ----------
    problems : ProblemSet
        The set.
    submission : Submission
        What `read_submission` has made of the file.
    student : str
        The student's id, as the class list has it.
    seed : int or str
        Where the checks' numbers are drawn from. The same seed draws the same for the whole class;
        keep it to yourself.
    limits : Limits, optional
        What the submission may take.
    sandbox : bool
        Without one a student's code can do all that you can do.

    Returns
    -------
    tuple of Mark
        One for each check and each answer in words, in the order of the set.

    Raises
    ------
    SandboxError
        If there is no sandbox, or it does not start.
    SetError
        If a check of the set is not of a known form.
    """
    checks = checks_of(problems)
    tried = [check for check in checks if check.kind != "written"]
    cells: list[Step] = [
        {"kind": "cell", "source": cell.source, "name": f"cell {cell.number}"}
        for cell in submission.code
    ]
    steps = cells + [_step(check, submission, seed) for check in tried]
    found = run_steps(steps, limits, sandbox=sandbox) if cells else {}
    failed = {
        cell.number: _text(found[i].get("stopped") or found[i].get("error") or "")
        for i, cell in enumerate(submission.code)
    }
    marks = []
    for check in checks:
        if check.kind == "written":
            marks.append(_by_hand(check, submission))
            continue
        step = len(cells) + tried.index(check)
        said = found.get(step, {"missing": True})
        with _JUDGING, warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            marks.append(_mark(check, steps[step], said, submission, failed, student))
    return tuple(marks)


def checks_of(problems: ProblemSet) -> tuple[_Check, ...]:
    """Return the checks and the answers in words of a set, in their order."""
    found = []
    for cell in student_version(problems).cells:
        tags = cell.metadata.get("tags", [])
        if not {"check", "written"} & set(tags):
            continue
        grade_id, points = cell.metadata.nbgrader.grade_id, float(cell.metadata.nbgrader.points)
        called = {"kind": "written"} if "written" in tags else _called(cell.source, grade_id)
        found.append(_Check(grade_id, points, **called))
    return tuple(found)


def _called(source: str, grade_id: str) -> dict[str, str]:
    """Return what a check's cell calls: its kind, and the names of its arguments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names = [a.id if isinstance(a, ast.Name) else "" for a in node.args]
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                if node.func.id == "check" and len(names) >= 2 and names[1]:
                    if first.value in exercises():
                        return {"kind": "exercise", "name": first.value, "function": names[1]}
                elif node.func.id == "answered" and len(names) == 4 and all(names[1:]):
                    return {
                        "kind": "question", "name": first.value, "function": names[1],
                        "answer": names[2],
                    }  # fmt: skip
    raise SetError(
        f"{grade_id}: a check is check('an exercise', its_function) or answered('a topic', "
        f"its_function, my_answer, STUDENT), got {source.strip()!r}"
    )


def hidden_cases(exercise: Exercise, seed: int | str) -> Cases:
    """Return the cases of an exercise at marking: others than those of any notebook."""
    drawn = hashlib.sha256(f"marking\0{seed}\0{exercise.name}".encode()).digest()
    return exercise.cases(np.random.default_rng(list(drawn)))


def _step(check: _Check, submission: Submission, seed: int | str) -> Step:
    """Return a check as the sandbox takes it: inputs, and nothing of what is right."""
    step: Step = {"kind": check.kind, "function": check.function}
    if check.kind == "exercise":
        exercise = exercises()[check.name]
        step["cases"] = [dict(case) for case in hidden_cases(exercise, seed)]
        drive: Callable[..., Any] = exercise.drive
    else:
        question, case = question_of(check.name, submission.student)
        step |= {"cases": [dict(case)], "answer": check.answer}
        drive = question.value
    step["drive"] = [drive.__module__.rpartition(".")[2], drive.__name__]
    return step


def _mark(
    check: _Check,
    step: Step,
    said: Mapping[str, Any],
    submission: Submission,
    failed: Mapping[int, str],
    student: str,
) -> Mark:
    """Return the mark of a check, from what came out of the sandbox."""
    note, returned = "", ""
    try:
        if said.get("missing"):
            verdict, note = _missing(check, submission, failed)
        elif "stopped" in said or "error" in said:
            verdict = Verdict(
                check.exercise, "crash", text=_text(said.get("stopped") or said["error"])
            )
        elif "type" in said or "ours" in said:
            exercise = exercises().get(check.name)
            if exercise is None:
                verdict = Verdict(check.exercise, "wrong", text="Its function does not fit.")
            elif "ours" in said:
                verdict = our_function(exercise, _text(said["ours"]))
            else:
                verdict = no_function(exercise, _text(said["type"]))
        else:
            outcomes = [_outcome(one, case) for one, case in _pairs(said, step)]
            returned = _name_of([o.answer for o in outcomes if o.answer is not None])
            if check.kind == "exercise":
                verdict = exercises()[check.name].judge(step["cases"], outcomes)
            else:
                verdict = _answered(check, said.get("answer"), outcomes, submission)
                note = "" if verdict.kind == "unwritten" else _whose(submission.student, student)
    except Exception as problem:  # what came out fits no form: a student's function never does that
        verdict = Verdict(
            check.exercise, "wrong",
            text="What came back from your function could not be compared with anything.",
        )  # fmt: skip
        note = f"({type(problem).__name__} in the comparison)"
    points = check.points if verdict.right else 0.0
    return Mark(check.grade_id, check.exercise, points, check.points, verdict, note, returned)


def _missing(
    check: _Check, submission: Submission, failed: Mapping[int, str]
) -> tuple[Verdict, str]:
    """Return the verdict on a function that is not there, and what became of it."""
    cells = [cell for cell in submission.code if check.function in cell.defines]
    errors = [(cell.number, failed[cell.number]) for cell in cells if failed.get(cell.number)]
    if errors:
        number, error = errors[-1]
        return Verdict(check.exercise, "crash", text=f"{error}\nin cell {number}"), ""
    said = f"There is no function {check.function} in the notebook."
    if check.kind == "exercise":
        said += f" {exercises()[check.name].task}"
    return Verdict(check.exercise, "unwritten", text=said), " ".join(submission.problems[:1])


def _answered(
    check: _Check, answer: object, outcomes: Sequence[Outcome], submission: Submission
) -> Verdict:
    """Return the verdict on the answer to a question on the student's own function."""
    if isinstance(answer, str):
        text = f"A number is asked for, got {_text(answer)}."
        return Verdict(check.exercise, "wrong", text=text)
    if isinstance(answer, float) and not math.isfinite(answer):
        return Verdict(check.exercise, "wrong", text=f"A number is asked for, got {answer}.")
    return judge_answer(check.name, submission.student, answer, outcomes[0])


def _whose(typed: str, student: str) -> str:
    """Return a note if the notebook's id is not the student's."""
    if typed.casefold() == student.strip().casefold():
        return ""
    if not typed:
        return 'The notebook has no id, STUDENT = "": its question is the one without an id.'
    return (
        f"The notebook says that it is of {_text(typed)}, the class list says {student}: its "
        f"question is that of {_text(typed)}."
    )


def _by_hand(check: _Check, submission: Submission) -> Mark:
    """Return an answer in words, for somebody to read."""
    text = submission.written.get(check.grade_id, "")
    kind = "by hand" if text else "unwritten"
    verdict = Verdict(check.grade_id, kind, text=text or "Nothing is written here.")
    points = None if text else 0.0
    return Mark(check.grade_id, check.grade_id, points, check.points, verdict)


def _pairs(said: Mapping[str, Any], step: Step) -> list[tuple[Mapping[str, Any], Any]]:
    """Return what was said of each case beside the case; ValueError if the numbers do not fit."""
    outcomes, cases = said["outcomes"], step["cases"]
    whole = len(outcomes) == len(cases) or (outcomes and outcomes[-1]["crash"] is not None)
    if not whole or len(outcomes) > len(cases):
        raise ValueError("an outcome for each case")
    return list(zip(outcomes, cases[: len(outcomes)], strict=True))


def _outcome(said: Mapping[str, Any], case: Mapping[str, Any]) -> Outcome:
    """Return an outcome of plain values and short texts."""
    crash = said["crash"]
    return Outcome(
        None if said["answer"] is None else _plain(said["answer"]),
        None if crash is None else Crash(*(_text(crash[k]) for k in ("error", "line", "shapes"))),
        _text(said["odd"]),
        tuple(name for name in case if name in said["changed"]),
        tuple(_text(one) for one in said["warned"][:4]),
        tuple(_text(one) for one in said["borrowed"][:4]),
    )


def _plain(value: object) -> Plain:
    """Return a plain value, or raise TypeError."""
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, np.ndarray):
        return np.asarray(value, dtype=np.float64)
    raise TypeError(type(value).__name__)


def _name_of(answers: Sequence[Plain]) -> str:
    """Return a short name for answers, the same for numbers that differ by rounding."""
    digest = hashlib.sha256()
    for answer in answers:
        for array in arrays(answer):
            digest.update(str(array.shape).encode())
            for number in array.ravel()[:10_000].tolist():
                digest.update(f"{number + 0.0:.{DIGITS}g};".encode())
    return digest.hexdigest()[:12] if answers else ""


def _text(value: object) -> str:
    """Return a text from the sandbox, cut, and of characters that can be printed."""
    text = str(value)[:LONGEST]
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


@dataclass(frozen=True)
class Graded:
    """A marked submission.

    Parameters
    ----------
    student : str
        The student's id.
    digest : str
        Of the file that was marked.
    problems : tuple of str
        What was wrong with the file, in sentences.
    marks : tuple of Mark
        In the order of the set.
    """

    student: str
    digest: str
    problems: tuple[str, ...]
    marks: tuple[Mark, ...]

    @property
    def points(self) -> float:
        """The points so far, without what is to be marked by hand."""
        return sum(mark.points or 0.0 for mark in self.marks)


def grade_all(
    problems: ProblemSet,
    files: Mapping[str, Path],
    store: Path,
    *,
    seed: int | str,
    limits: Limits | None = None,
    sandbox: bool = True,
    jobs: int | None = None,
    done: Callable[[Graded, bool], None] | None = None,
) -> dict[str, Graded]:
    """Mark a class's submissions, several at once, and store each as soon as it is marked.

    What is stored already, of the same file, seed, limits and checks, is not marked again: a
    run that was interrupted goes on where it stopped.

    Parameters
    ----------
    problems : ProblemSet
        The set.
    files : mapping of str to Path
        The students' ids, and their files.
    store : Path
        A folder for the results; it is made if it is not there.
    seed : int or str
        As for `grade`.
    limits : Limits, optional
        What one submission may take.
    sandbox : bool
        Without one a student's code can do all that you can do.
    jobs : int, optional
        How many at once; by default one for each core that is free to this process.
    done : callable, optional
        Called with each result, and whether it was stored before.

    Returns
    -------
    dict of str to Graded
        In the order of the students.
    """
    store.mkdir(parents=True, exist_ok=True)
    for part in store.glob("*.part"):  # of a run that was ended by force
        part.unlink(missing_ok=True)
    version = f"{checks_version(problems)} {limits or Limits()} {sandbox}"
    found: dict[str, Graded] = {}

    def one(student: str, path: Path) -> tuple[Graded, bool]:
        with _JUDGING:  # parsing looks at warnings, too
            submission = read_submission(path, problems)
        place = store / _file_name(problems, student, submission.digest, seed, version)
        stored = _stored(place)
        if stored is not None:
            return stored, True
        marks = grade(problems, submission, student, seed=seed, limits=limits, sandbox=sandbox)
        graded = Graded(student, submission.digest, submission.problems, marks)
        _store(place, graded)
        return graded, False

    with ThreadPoolExecutor(jobs or _cores()) as pool:
        waiting: dict[Future[tuple[Graded, bool]], str] = {
            pool.submit(one, student, path): student for student, path in files.items()
        }
        left = set(waiting)
        try:
            while left:
                ended, left = wait(left, return_when=FIRST_COMPLETED)
                for future in ended:
                    graded, before = future.result()
                    found[waiting[future]] = graded
                    if done is not None:
                        done(graded, before)
        except BaseException:
            for future in left:
                future.cancel()
            raise
    return {student: found[student] for student in files}


def checks_version(problems: ProblemSet) -> str:
    """Return a short name of all that decides on a mark: the exercises, their judge, the set."""
    digest = hashlib.sha256()
    for path in sorted([*(PACKAGE / "exercises").glob("*.py"), *map(PACKAGE.joinpath, DECIDES)]):
        digest.update(path.read_bytes())
    for check in checks_of(problems):
        digest.update(repr(check).encode())
    return digest.hexdigest()[:16]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _file_name(
    problems: ProblemSet, student: str, digest: str, seed: int | str, version: str
) -> str:
    """Return the name of the file of a result; a student's id is no part of a path."""
    key = "\0".join([problems.name, student, digest, str(seed), version])
    return f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _stored(place: Path) -> Graded | None:
    """Return a result that is stored, None if there is none that is whole."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        marks = tuple(map(Mark.from_dict, found["marks"]))
        return Graded(found["student"], found["digest"], tuple(found["problems"]), marks)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store(place: Path, graded: Graded) -> None:
    """Store a result: as a whole, or not at all."""
    content = {
        "student": graded.student, "digest": graded.digest, "problems": list(graded.problems),
        "marks": [mark.as_dict() for mark in graded.marks],
    }  # fmt: skip
    part = place.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
