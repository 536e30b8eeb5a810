"""What a class has reached in a set: the checks' marks, what was given by hand, and lateness."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.grading import gradebook
from course_lib.grading.classroom import ClassError, Classroom, Student, read_table, write_whole
from course_lib.grading.marking import Graded, Mark
from course_lib.grading.sets import ProblemSet, student_version

MARKS = "marks.json"
COMMENTS = "comments.csv"
MINUTES = re.compile(r"\s*\(\d+ minutes\)$")


@dataclass(frozen=True)
class Marked:
    """The marks of a class in a set, as they stand now.

    Parameters
    ----------
    version : str
        Of the checks and the set that were marked with.
    graded : dict of str to Graded
        By student.
    late : dict of str to int
        By student, the days that the hand-in is late.
    """

    version: str
    graded: dict[str, Graded]
    late: dict[str, int]


@dataclass(frozen=True)
class Line:
    """One exercise of one student, with all that was said of it.

    Parameters
    ----------
    title : str
        The exercise's heading in the set.
    mark : Mark
        What the check found, or the answer in words.
    points : float or None
        None: still to be marked by hand.
    by_hand : bool
        Whether the points were given by hand.
    comment : str
        The instructor's.
    """

    title: str
    mark: Mark
    points: float | None
    by_hand: bool
    comment: str


@dataclass(frozen=True)
class Standing:
    """What one student has reached in a set.

    Parameters
    ----------
    student : Student
        Who.
    lines : tuple of Line
        In the order of the set.
    days_late : int
        0: in time.
    factor : float
        What lateness leaves of the points.
    problems : tuple of str
        What was wrong with the file.
    """

    student: Student
    lines: tuple[Line, ...]
    days_late: int
    factor: float
    problems: tuple[str, ...]

    @property
    def earned(self) -> float:
        """The points before lateness is counted."""
        return sum(line.points or 0.0 for line in self.lines)

    @property
    def points(self) -> float:
        """The points, with two decimals."""
        return round(self.earned * self.factor, 2)

    @property
    def out_of(self) -> float:
        """All points that can be had."""
        return sum(line.mark.out_of for line in self.lines)

    @property
    def unmarked(self) -> int:
        """How many answers are still to be marked by hand."""
        return sum(line.points is None for line in self.lines)


def marks_file(room: Classroom, problems: ProblemSet) -> Path:
    """Return where the marks of a set are."""
    return room.folder / "results" / problems.name / MARKS


def store_marks(room: Classroom, problems: ProblemSet, marked: Marked) -> None:
    """Store the marks of a class; the earlier ones stay beside them."""
    path = marks_file(room, problems)
    content = {
        "version": marked.version,
        "late": marked.late,
        "graded": [
            {
                "student": one.student, "digest": one.digest, "problems": list(one.problems),
                "marks": [mark.as_dict() for mark in one.marks],
            }
            for one in marked.graded.values()
        ],
    }  # fmt: skip
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        count = 1
        while (earlier := path.with_name(f"marks-before-{count}.json")).exists():
            count += 1
        write_whole(earlier, path.read_text(encoding="utf-8"))
    write_whole(path, text)


def stored_marks(room: Classroom, problems: ProblemSet) -> Marked | None:
    """Return the marks of a class in a set; None if nothing was marked yet."""
    path = marks_file(room, problems)
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        graded = {
            one["student"]: Graded(
                one["student"], one["digest"], tuple(one["problems"]),
                tuple(map(Mark.from_dict, one["marks"])),
            )
            for one in found["graded"]
        }  # fmt: skip
        return Marked(found["version"], graded, dict(found["late"]))
    except (ValueError, KeyError, TypeError) as problem:
        raise ClassError(
            f"{path} cannot be read ({problem}). Remove it and mark again: what is beside it "
            "makes that quick."
        ) from None


def titles(problems: ProblemSet) -> dict[str, str]:
    """Return the heading above each graded cell, by the cell."""
    found: dict[str, str] = {}
    heading = problems.title
    for cell in student_version(problems).cells:
        marked = cell.metadata.get("nbgrader")
        if cell.cell_type == "markdown" and not marked:
            headings = [x[3:].strip() for x in cell.source.splitlines() if x.startswith("## ")]
            heading = headings[-1] if headings else heading
        elif marked:
            found[marked.grade_id] = MINUTES.sub("", heading)
    return found


def group_of(mark: Mark) -> str:
    """Return a short name for what came out of a check; empty for an answer in words.

    Two students have the same one if their functions returned the same numbers or, where nothing
    was returned, if the same was said of them.
    """
    if mark.verdict.kind == "by hand":
        return ""
    key = mark.returned or f"{mark.verdict.kind}\0{mark.verdict.mistake}\0{mark.verdict.text}"
    digest = hashlib.sha256(f"{mark.grade_id}\0{mark.verdict.kind}\0{key}".encode())
    return digest.hexdigest()[:6]


def read_comments(room: Classroom) -> dict[str, str]:
    """Return the comments that serve a whole group of answers, by the group."""
    path = room.folder / COMMENTS
    if not path.exists():
        return {}
    columns, rows = read_table(path.read_text(encoding="utf-8-sig"))
    if not {"group", "comment"} <= set(columns):
        raise ClassError(f"{path}: the first line must have the columns group and comment.")
    return {
        row["group"].strip(): row["comment"].strip() for _, row in rows if row["comment"].strip()
    }


def standings(room: Classroom, problems: ProblemSet) -> list[Standing]:
    """Return what each student whose hand-in is marked has reached, in the order of the list.

    Raises
    ------
    ClassError
        If nothing of the set was marked yet.
    """
    marked = stored_marks(room, problems)
    if marked is None:
        raise ClassError(
            f"Nothing of {problems.name} is marked yet; first: grade run {problems.name}."
        )
    given = gradebook.by_hand(room, problems)
    return [
        _standing(room, student, marked, given, read_comments(room), titles(problems))
        for student in room.students
        if student.id in marked.graded
    ]


def _standing(
    room: Classroom,
    student: Student,
    marked: Marked,
    given: Mapping[tuple[str, str], gradebook.ByHand],
    comments: Mapping[str, str],
    headings: Mapping[str, str],
) -> Standing:
    graded = marked.graded[student.id]
    lines = []
    for mark in graded.marks:
        hand = given.get((student.id, mark.grade_id))
        points = mark.points if hand is None or hand.points is None else hand.points
        said: Sequence[str] = [comments.get(group_of(mark), ""), hand.comment if hand else ""]
        lines.append(
            Line(
                headings[mark.grade_id], mark, points, bool(hand and hand.points is not None),
                "\n".join(text for text in said if text),
            )
        )  # fmt: skip
    days = marked.late.get(student.id, 0)
    return Standing(student, tuple(lines), days, room.late.factor(days), graded.problems)
