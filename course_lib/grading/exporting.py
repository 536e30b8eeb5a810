"""Fills a learning platform's own table with the marks of a set.

A platform takes back only the table that it gave out, as its numbers stand in it. Both of these are
known by their columns:

- Canvas, *Grades → Export*: ``Student, ID, SIS User ID, SIS Login ID, Section`` and a column for
  each assignment, with a line of the points possible.
- Moodle, *Download grading worksheet*: ``Identifier, Full name, Email address, …, Grade, Maximum
  Grade, …, Feedback comments``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course_lib.grading.classroom import ClassError, read_table
from course_lib.grading.collecting import letters, spellings
from course_lib.grading.sets import ProblemSet
from course_lib.grading.standing import Standing

CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POSSIBLE = "points possible"
NOTES = ("points possible", "manual posting", "student, test", "test student")


@dataclass(frozen=True)
class Filled:
    """A platform's table with the marks in it.

    Parameters
    ----------
    platform : {"Canvas", "Moodle"}
        Whose table it is.
    text : str
        The table to be imported.
    entered : list of str
        The students whose marks are in it.
    not_found : list of str
        Those who have marks and are not in the table.
    empty : list of str
        The names in the table for which there is no mark.
    said : list of str
        What else the instructor should know.
    """

    platform: str
    text: str
    entered: list[str]
    not_found: list[str]
    empty: list[str]
    said: list[str]


def fill(problems: ProblemSet, standings: Sequence[Standing], table: Path) -> Filled:
    """Return a platform's table with the marks of a set entered.

    Parameters
    ----------
    problems : ProblemSet
        The set.
    standings : sequence of Standing
        What the students have reached.
    table : Path
        The table that the platform gave out.

    Raises
    ------
    ClassError
        If the table is of neither form, or has no column for the set.
    """
    try:
        text = table.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ClassError(f"There is no {table}: download the platform's own table first.") from None
    except UnicodeDecodeError:
        raise ClassError(f"{table} is not in UTF-8: save it as “CSV UTF-8”.") from None
    columns, rows = read_table(text)
    if {"Student", "ID"} <= set(columns):
        return _canvas(problems, standings, columns, [row for _, row in rows], table)
    if {"Identifier", "Grade"} <= set(columns):
        return _moodle(standings, columns, [row for _, row in rows])
    raise ClassError(
        f"{table} is neither Canvas's table (columns Student, ID, ...) nor Moodle's (Identifier, "
        f"..., Grade, ...); its columns are: {', '.join(columns) or 'none'}."
    )


def _canvas(
    problems: ProblemSet,
    standings: Sequence[Standing],
    columns: list[str],
    rows: list[dict[str, str]],
    table: Path,
) -> Filled:
    fits = [c for c in columns if c not in CANVAS_COLUMNS and _is_of(c, problems)]
    if len(fits) != 1:
        found = "has no column" if not fits else f"has {len(fits)} columns ({', '.join(fits)})"
        raise ClassError(
            f"{table} {found} for {problems.name}: the assignment's name on Canvas must begin with "
            f"{problems.name!r} or be the set's title, {problems.title!r}."
        )
    column = fits[0]
    kept = [c for c in columns if c in CANVAS_COLUMNS]
    out, entered, empty, said = [], [], [], []
    left = {s.student.id: s for s in standings}
    for row in rows:
        name = row["Student"].strip()
        if name.casefold() in NOTES or not name:
            if name.casefold() == POSSIBLE:
                possible = row[column].strip()
                out.append({**{c: row[c] for c in kept}, column: possible})
                if possible and not _same(possible, standings):
                    said.append(
                        f"Canvas has {possible} points for it, the set has "
                        f"{_number(standings[0].out_of)}."
                    )
            continue
        one = _whose(left, "canvas", row["ID"], name, [row.get(c, "") for c in CANVAS_COLUMNS[2:4]])
        if one is None:
            empty.append(name)
            continue
        entered.append(left.pop(one.student.id).student.id)
        out.append({**{c: row[c] for c in kept}, column: _number(one.points)})
    return Filled("Canvas", _table([*kept, column], out), entered, list(left), empty, said)


def _moodle(
    standings: Sequence[Standing], columns: list[str], rows: list[dict[str, str]]
) -> Filled:
    entered, empty, said, scaled = [], [], [], set()
    left = {s.student.id: s for s in standings}
    for row in rows:
        name = (row.get("Full name") or row["Identifier"]).strip()
        number = re.sub(r"\D", "", row["Identifier"])
        one = _whose(left, "moodle", number, name, [row.get("Email address", "")])
        if one is None:
            empty.append(name)
            continue
        entered.append(left.pop(one.student.id).student.id)
        most = (row.get("Maximum Grade") or row.get("Maximum grade") or "").strip()
        points = one.points
        if most and float(most.replace(",", ".")) != one.out_of:
            points = round(one.points / one.out_of * float(most.replace(",", ".")), 2)
            scaled.add(most)
        row["Grade"] = _number(points)
        if "Feedback comments" in row:
            row["Feedback comments"] = _summary(one)
    said += [
        f"Moodle's grade goes up to {most}, the set has {_number(standings[0].out_of)} points: the "
        "marks are in proportion."
        for most in sorted(scaled)
    ]
    return Filled("Moodle", _table(columns, rows), entered, list(left), empty, said)


def _whose(
    left: dict[str, Standing], platform: str, number: str, name: str, others: Sequence[str]
) -> Standing | None:
    """Return the standing of a line of the table: by its number, else by ids, else by its name."""
    number = number.strip()
    for one in left.values():
        if number and re.sub(r"\D", "", getattr(one.student, platform)) == number:
            return one
    told = {text.strip().casefold() for text in others if text.strip()}
    possible = [one for one in left.values() if _may_be(one, platform, number)]
    by_id = [s for s in possible if told & {s.student.id.casefold(), s.student.email.casefold()}]
    by_name = [s for s in possible if letters(name) in spellings(s.student.name)]
    for found in (by_id, by_name):
        if len(found) == 1:
            return found[0]
    return None


def _may_be(one: Standing, platform: str, number: str) -> bool:
    """Return whether a student's number on the platform is this one, or not known."""
    known = re.sub(r"\D", "", getattr(one.student, platform))
    return not known or not number or known == number


def _is_of(column: str, problems: ProblemSet) -> bool:
    """Return whether a column of Canvas is that of a set."""
    name = re.sub(r"\s*\(\d+\)\s*$", "", column).strip().casefold()
    return name.startswith(problems.name.casefold()) or letters(name) == letters(problems.title)


def _same(possible: str, standings: Sequence[Standing]) -> bool:
    try:
        return float(possible.replace(",", ".")) == standings[0].out_of
    except ValueError:
        return False


def _summary(one: Standing) -> str:
    """Return a set's marks in a line."""
    parts = [
        f"{line.title}: {'to be marked' if line.points is None else _number(line.points)}"
        f" of {_number(line.mark.out_of)}"
        + (f" ({line.mark.verdict.mistake})" if line.mark.verdict.mistake else "")
        for line in one.lines
    ]
    return "; ".join(parts) + "."


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _table(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
