"""A class at a glance: its marks, the mistakes and how often, answers that are alike."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat

from course_lib.grading.classroom import write_table, write_whole
from course_lib.grading.sets import ProblemSet
from course_lib.grading.standing import Line, Standing, group_of

MARKS_COLUMNS = ("id", "name", "points", "out_of", "days_late", "minutes")
ANSWER_COLUMNS = (
    "id", "cell", "title", "exercise", "kind", "mistake", "points", "out_of", "group", "text"
)  # fmt: skip
SHOWN = 3  # lines of a group's text


@dataclass(frozen=True)
class Group:
    """Answers to one exercise that are alike.

    Parameters
    ----------
    name : str
        A short name; a comment under it reaches all of them.
    line : Line
        One of them.
    students : tuple of str
        Whose they are.
    """

    name: str
    line: Line
    students: tuple[str, ...]


def groups_of(standings: Sequence[Standing]) -> list[Group]:
    """Return what is not right, in groups: those without a name first, larger ones first."""
    lines: dict[str, list[tuple[str, Line]]] = {}
    for one in standings:
        for line in one.lines:
            verdict = line.mark.verdict
            if not verdict.right and verdict.kind not in ("by hand", "unwritten"):
                lines.setdefault(group_of(line.mark), []).append((one.student.id, line))
    found = [
        Group(name, alike[0][1], tuple(student for student, _ in alike))
        for name, alike in lines.items()
    ]
    return sorted(found, key=lambda g: (bool(g.line.mark.verdict.mistake), -len(g.students)))


def report(problems: ProblemSet, standings: Sequence[Standing], n_students: int) -> str:
    """Return the report of a set as text."""
    points = sorted(one.points for one in standings)
    middle = _median(points)
    out = [
        f"{problems.title}: {len(standings)} of {n_students} students have handed in.",
    ]
    out.append(
        f"Points: lowest {points[0]:g}, median {middle:g}, highest {points[-1]:g} "
        f"of {standings[0].out_of:g}."
    )
    unmarked = sum(one.unmarked for one in standings)
    if unmarked:
        out.append(f"{unmarked} answers in words are still to be marked: they count as 0 so far.")
    late = [one.student.id for one in standings if one.days_late]
    if late:
        out.append(f"Late: {', '.join(late)}.")
    troubled = [one for one in standings if one.problems]
    out += [f"File of {one.student.id}: {problem}" for one in troubled for problem in one.problems]
    out += ["", "Exercise by exercise: right, not right, nothing written"]
    for number, line in enumerate(standings[0].lines):
        kinds = Counter(_short(one.lines[number]) for one in standings)
        counts = (
            f"to be read: {kinds['by hand']}, nothing written: {kinds['unwritten']}"
            if "by hand" in kinds or not _is_checked(standings, number)
            else f"{kinds['right']:3}  {kinds['not right']:3}  {kinds['unwritten']:3}"
        )
        out.append(f"  {line.title:46.46} {counts}")
    out += ["", "What went wrong, without a name first"]
    groups = groups_of(standings)
    for group in groups:
        verdict = group.line.mark.verdict
        name = verdict.mistake or {"crash": "an error", "borrowed": "the package's own code"}.get(
            verdict.kind, "no name"
        )
        out.append(f"  {group.line.mark.exercise}: {name} [{group.name}]")
        out.append(f"    {len(group.students)}: {', '.join(group.students)}")
        if not verdict.mistake:
            text = [part for part in verdict.text.splitlines() if part.strip()][:SHOWN]
            out += [f"    | {textwrap.shorten(part, 90, placeholder=' …')}" for part in text]
    if not groups:
        out.append("  nothing")
    return "\n".join(out) + "\n"


def _is_checked(standings: Sequence[Standing], number: int) -> bool:
    return standings[0].lines[number].mark.exercise != standings[0].lines[number].mark.grade_id


def _short(line: Line) -> str:
    kind = line.mark.verdict.kind
    return kind if kind in ("right", "unwritten", "by hand") else "not right"


def _median(values: Sequence[float]) -> float:
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def write_report(
    folder: Path,
    problems: ProblemSet,
    standings: Sequence[Standing],
    n_students: int,
    minutes: Mapping[str, float],
) -> list[Path]:
    """Write the report, its tables, and a notebook that plots them; return what was written.

    Parameters
    ----------
    folder : Path
        Where to.
    problems : ProblemSet
        The set.
    standings : sequence of Standing
        What the students have reached.
    n_students : int
        How many there are in the class.
    minutes : mapping of str to float
        By student, from release to hand-in, where it is known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [line.mark.grade_id for line in standings[0].lines]
    marks: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for one in standings:
        row: dict[str, Any] = {
            "id": one.student.id, "name": one.student.name, "points": one.points,
            "out_of": one.out_of, "days_late": one.days_late,
            "minutes": round(minutes[one.student.id]) if one.student.id in minutes else "",
        }  # fmt: skip
        for line in one.lines:
            verdict = line.mark.verdict
            row[line.mark.grade_id] = "" if line.points is None else line.points
            answers.append(
                {
                    "id": one.student.id, "cell": line.mark.grade_id,
                    "title": line.title,
                    "exercise": line.mark.exercise, "kind": verdict.kind,
                    "mistake": verdict.mistake, "points": row[line.mark.grade_id],
                    "out_of": line.mark.out_of, "group": group_of(line.mark),
                    "text": verdict.text,
                }
            )  # fmt: skip
        marks.append(row)
    write_table(folder / "marks.csv", [*MARKS_COLUMNS, *names], marks)
    write_table(folder / "answers.csv", ANSWER_COLUMNS, answers)
    write_whole(folder / "report.txt", report(problems, standings, n_students))
    write_whole(folder / "glance.ipynb", nbformat.writes(glance(problems)) + "\n")
    return [folder / name for name in ("report.txt", "marks.csv", "answers.csv", "glance.ipynb")]


def minutes_between(
    release: datetime | None, handed_in: Mapping[str, datetime]
) -> dict[str, float]:
    """Return the minutes from the release to each hand-in that came after it."""
    if release is None:
        return {}
    return {
        student: (when - release).total_seconds() / 60
        for student, when in handed_in.items()
        if when > release
    }


def glance(problems: ProblemSet) -> Any:
    """Return a notebook that plots the tables beside it."""
    from myst_nb.core.read import read_myst_markdown_notebook

    source = files("course_lib.grading").joinpath("glance.md").read_text(encoding="utf-8")
    notebook = read_myst_markdown_notebook(source.replace("{title}", problems.title))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"c{number}"
    return notebook
