"""Answers in words, marked by hand and without names: a table to fill in, and back.

Whose an answer is is told by a code, which is made from the class's secret: who marks sees the
answers to one question after another, in an order of chance, and no name.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from course_lib.grading import gradebook
from course_lib.grading.classroom import ClassError, Classroom, read_table, write_table
from course_lib.grading.gradebook import ByHand
from course_lib.grading.sets import ProblemSet
from course_lib.grading.standing import Standing

COLUMNS = ("code", "question", "answer", "out_of", "points", "comment")


def code_of(room: Classroom, problems: ProblemSet, student: str) -> str:
    """Return what stands for a student on the sheet of a set."""
    digest = hashlib.sha256(f"written\0{room.seed}\0{problems.name}\0{student}".encode())
    return digest.hexdigest()[:8]


def write_sheet(
    room: Classroom, problems: ProblemSet, standings: list[Standing], path: Path
) -> int:
    """Write all answers in words with what was given for them so far; return how many."""
    rows = []
    for one in standings:
        for line in one.lines:
            if line.mark.verdict.kind != "by hand":
                continue
            rows.append(
                {
                    "code": code_of(room, problems, one.student.id),
                    "question": line.mark.grade_id,
                    "answer": line.mark.verdict.text,
                    "out_of": f"{line.mark.out_of:g}",
                    "points": "" if line.points is None else f"{line.points:g}",
                    "comment": line.comment,
                }
            )
    order = {line.mark.grade_id: n for one in standings for n, line in enumerate(one.lines)}
    rows.sort(key=lambda row: (order[row["question"]], row["code"]))
    write_table(path, COLUMNS, rows)
    return len(rows)


@dataclass(frozen=True)
class Sheet:
    """What a filled sheet says.

    Parameters
    ----------
    given : dict
        What was given, by student and question.
    empty : int
        How many answers have no points yet.
    """

    given: dict[tuple[str, str], ByHand]
    empty: int


def read_sheet(
    room: Classroom, problems: ProblemSet, standings: list[Standing], path: Path
) -> Sheet:
    """Read a filled sheet.

    Raises
    ------
    ClassError
        If a line of it is of no student or question, or its points are not between 0 and all that
        can be had, with the number of the line. Nothing is entered then.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ClassError(f"There is no {path}.") from None
    except UnicodeDecodeError:
        raise ClassError(f"{path} is not in UTF-8: save it as “CSV UTF-8”.") from None
    columns, rows = read_table(text)
    missing = [name for name in ("code", "question", "points") if name not in columns]
    if missing:
        raise ClassError(f"{path}: the columns {', '.join(missing)} are missing.")
    known = {
        (code_of(room, problems, one.student.id), line.mark.grade_id): (one.student.id, line)
        for one in standings
        for line in one.lines
        if line.mark.verdict.kind == "by hand"
    }
    given, empty = {}, 0
    for number, row in rows:
        where = f"{path}, line {number}"
        key = (row["code"].strip(), row["question"].strip())
        if key not in known:
            raise ClassError(f"{where}: there is no answer {key[1]!r} of {key[0]!r} in the class.")
        student, line = known[key]
        said = re.sub(r"^'(?=[=+@-])", "", row.get("comment", "").strip())  # see `harmless`
        typed = row["points"].strip().replace(",", ".")
        if not typed:
            empty += 1
            if said:
                given[student, line.mark.grade_id] = ByHand(None, said)
            continue
        try:
            points = float(typed)
        except ValueError:
            points = float("nan")
        if not 0 <= points <= line.mark.out_of:
            raise ClassError(
                f"{where}: points must be a number from 0 to {line.mark.out_of:g}, got {typed!r}."
            )
        given[student, line.mark.grade_id] = ByHand(points, said)
    return Sheet(given, empty)


def enter_sheet(
    room: Classroom, problems: ProblemSet, standings: list[Standing], sheet: Sheet
) -> None:
    """Enter what a sheet says into the gradebook."""
    factors = {one.student.id: one.factor for one in standings}
    gradebook.give(room, problems, sheet.given, factors)
