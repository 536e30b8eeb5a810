"""A class: who is in it, which sets it gets, and what is late.

A class is a folder of the instructor's own. Two files in it are written by hand: ``class.toml``,
the settings, and ``students.csv``, the list of students. Everything else in it is made by the
commands; its layout is nbgrader's::

    class.toml            settings: the course's name, deadlines, what lateness costs
    students.csv          one student a line
    nbgrader_config.py    for nbgrader's own tools
    gradebook.db          nbgrader's gradebook
    source/SET/           the instructor's notebook, with solutions
    release/SET/          the students' notebook
    submitted/ID/SET/     what was handed in, and what was taken of it
    autograded/ID/SET/    the same with the verdicts of the checks in it
    feedback/ID/SET/      the page that a student gets back
    results/SET/          a file for each marked submission
    hand-out/, hand-back/, marks/, reports/    what leaves the folder
"""

from __future__ import annotations

import csv
import io
import math
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from course_lib.grading.sets import ProblemSet, read_set

SETTINGS, STUDENTS = "class.toml", "students.csv"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
KEYS = {"course", "seed", "sets_in", "late", "sets"}
LATE_KEYS = {"per_day", "days"}
SET_KEYS = {"deadline"}
COLUMNS = ("id", "name", "email", "canvas", "moodle", "extra_days")


class ClassError(ValueError):
    """Something in a class's folder that is not as it should be, with what to do about it."""


@dataclass(frozen=True)
class Student:
    """A student of a class.

    Parameters
    ----------
    id : str
        What the student writes as ``STUDENT``; letters, digits and ``.``, ``_``, ``-``, ``@``.
    name : str
        First name and last name.
    email : str
        Where the platform needs it to find the student.
    canvas, moodle : str
        The student's number on the platform; where it is given, names of files need not be guessed.
    extra_days : float
        Days that this student has beyond every deadline.
    """

    id: str
    name: str
    email: str = ""
    canvas: str = ""
    moodle: str = ""
    extra_days: float = 0.0


@dataclass(frozen=True)
class Late:
    """What a late hand-in costs.

    Parameters
    ----------
    per_day : float
        The share of the points that each day that has begun takes away, from 0 to 1.
    days : int or None
        How many late days are taken at all; None: any number.
    """

    per_day: float = 0.0
    days: int | None = None

    def factor(self, days_late: int) -> float:
        """Return what is left of the points, as a share.

        >>> Late(per_day=0.1, days=3).factor(2)
        0.8
        >>> Late(per_day=0.1, days=3).factor(4)
        0.0
        """
        if days_late <= 0:
            return 1.0
        if self.days is not None and days_late > self.days:
            return 0.0
        return max(0.0, 1.0 - self.per_day * days_late)


@dataclass(frozen=True)
class Classroom:
    """A class's folder and its settings.

    Parameters
    ----------
    folder : Path
        Where it is.
    course : str
        A short name, which the gradebook has as well.
    seed : str
        Where the numbers of the marking are drawn from; a secret of the instructor's.
    sets_in : Path
        The folder with the sources of the problem sets.
    students : tuple of Student
        In the order of the list.
    late : Late
        What lateness costs.
    deadlines : dict
        By set, those that are given.
    """

    folder: Path
    course: str
    seed: str
    sets_in: Path
    students: tuple[Student, ...]
    late: Late = field(default_factory=Late)
    deadlines: Mapping[str, datetime] = field(default_factory=dict)

    def problem_set(self, name: str) -> ProblemSet:
        """Return a problem set by its name, or by its number as in "3" or "03".

        Raises
        ------
        ClassError
            If there is no such set.
        """
        paths = sorted(self.sets_in.glob("[0-9][0-9]-*.md"))
        wanted = name.zfill(2) if name.isdecimal() else name.removesuffix(".ipynb")
        found = [p for p in paths if p.stem == wanted or p.stem.split("-")[0] == wanted]
        if not found:
            listed = ", ".join(path.stem for path in paths) or "none"
            raise ClassError(f"There is no set {name!r} in {self.sets_in}; there are: {listed}.")
        return read_set(found[0])

    def student(self, student_id: str) -> Student:
        """Return the student of an id; ClassError if there is none."""
        for student in self.students:
            if student.id.casefold() == student_id.strip().casefold():
                return student
        raise ClassError(f"There is no student {student_id!r} in {self.folder / STUDENTS}.")

    def days_late(self, set_name: str, student: Student, handed_in: datetime) -> int:
        """Return how many days after the student's deadline have begun; 0: in time."""
        deadline = self.deadlines.get(set_name)
        if deadline is None:
            return 0
        over = handed_in - deadline - timedelta(days=student.extra_days)
        return max(0, math.ceil(over / timedelta(days=1)))


def read_class(folder: Path) -> Classroom:
    """Read a class's settings and its list of students.

    Raises
    ------
    ClassError
        If one of the files is missing or has something in it that is not understood; the text names
        the file, the place and what is expected there.
    """
    path = folder / SETTINGS
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ClassError(
            f"There is no class in {folder}: {SETTINGS} is missing. "
            "`python -m course_lib grade new FOLDER` makes one."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ClassError(f"{path} cannot be read: {problem}.") from None
    _only(settings, KEYS, path, "")
    course, seed = (_text(settings, key, path) for key in ("course", "seed"))
    sets_in = Path(_text(settings, "sets_in", path)) if "sets_in" in settings else sources()
    sets_in = (folder / sets_in).resolve()
    if not sets_in.is_dir():
        raise ClassError(f"{path}: sets_in must be a folder with the sets' sources, got {sets_in}.")
    deadlines = {}
    known = {p.stem for p in sets_in.glob("[0-9][0-9]-*.md")}
    for name, of_set in _table(settings, "sets", path).items():
        if name not in known:
            raise ClassError(
                f"{path}: sets.{name} is no set; there are: {', '.join(sorted(known))}."
            )
        if not isinstance(of_set, dict):
            raise ClassError(f"{path}: sets.{name} must be a table, got {of_set!r}.")
        _only(of_set, SET_KEYS, path, f"sets.{name}.")
        deadline = of_set.get("deadline")
        if deadline is not None:
            if not isinstance(deadline, datetime):
                raise ClassError(
                    f"{path}: sets.{name}.deadline must be a date with a time, such as "
                    f"2026-12-10T23:59:00+01:00, got {deadline!r}."
                )
            deadlines[name] = deadline.astimezone()
    late = _late(_table(settings, "late", path), path)
    return Classroom(folder, course, seed, sets_in, read_students(folder), late, deadlines)


def sources() -> Path:
    """Return the folder with the sources of the course's own sets."""
    return Path(__file__).resolve().parents[2] / "exercises"


def read_students(folder: Path) -> tuple[Student, ...]:
    """Read ``students.csv``; other columns than a student's are left alone."""
    path = folder / STUDENTS
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ClassError(f"{path} is missing: a table with the columns id and name.") from None
    except UnicodeDecodeError:
        raise ClassError(f"{path} is not in UTF-8: save it as “CSV UTF-8”.") from None
    columns, rows = read_table(text)
    if not {"id", "name"} <= set(columns):
        raise ClassError(f"{path}: the first line must have the columns id and name.")
    students: list[Student] = []
    for line, row in rows:
        where = f"{path}, line {line}"
        values = {key: (row.get(key) or "").strip() for key in COLUMNS}
        if not any(values.values()):
            continue
        if not ID.fullmatch(values["id"]) or ".." in values["id"]:
            raise ClassError(
                f"{where}: id must be 1 to 64 letters, digits, '.', '_', '-' or '@', "
                f"got {values['id']!r}."
            )
        if any(values["id"].casefold() == student.id.casefold() for student in students):
            raise ClassError(f"{where}: id {values['id']!r} is there twice.")
        extra = values.pop("extra_days") or "0"
        try:
            days = float(extra)
        except ValueError:
            days = math.nan
        if not 0 <= days <= 366:
            raise ClassError(f"{where}: extra_days must be a number from 0 to 366, got {extra!r}.")
        students.append(Student(**values, extra_days=days))
    if not students:
        raise ClassError(f"{path} has no student in it yet.")
    return tuple(students)


def read_table(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    r"""Return a table's columns, and its rows with the numbers of their lines.

    What stands between the columns (comma, semicolon or tab) is found out from the first line.

    >>> read_table("id;name\nada;Ada Lovelace\n")
    (['id', 'name'], [(2, {'id': 'ada', 'name': 'Ada Lovelace'})])
    """
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    columns = [name.strip() for name in reader.fieldnames or []]
    rows = []
    for row in reader:
        named = {k.strip(): v or "" for k, v in row.items() if isinstance(k, str)}
        rows.append((reader.line_num, named))
    return columns, rows


def new_class(folder: Path, course: str) -> list[Path]:
    """Make a class's folder with its settings, an example of a list, and nbgrader's settings.

    Returns
    -------
    list of Path
        What was written. What is there already stays as it is.
    """
    settings = f"""# A class. What is after a # is a remark.
course = "{course}"

# Where the numbers of the marking are drawn from. Keep it to yourself, and the same for the term.
seed = "{secrets.token_hex(8)}"

# What a late hand-in costs: the share of the points for each day that has begun, and after how many
# days nothing is taken any more (leave the line out to take any number).
[late]
per_day = 0.0
# days = 7

# Deadlines, with the time zone. Without one nothing is late.
[sets.01-gradient-descent]
# deadline = 2027-01-11T23:59:00+01:00
"""
    example = ",".join(COLUMNS) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in ((SETTINGS, settings), (STUDENTS, example), (CONFIG_NAME, CONFIG)):
        path = folder / name
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


CONFIG_NAME = "nbgrader_config.py"
CONFIG = '''"""Settings for nbgrader's own tools: start them in this folder."""

import tomllib
from pathlib import Path

here = Path(__file__).resolve().parent
c = get_config()  # noqa: F821
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = tomllib.loads(
    (here / "class.toml").read_text(encoding="utf-8-sig")
)["course"]
c.ClearSolutions.code_stub = {"python": "..."}
c.ClearSolutions.text_stub = "*Write your answer here.*"
# What is for instructors alone has the tag teacher. Lines to fill in stay as they are.
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"teacher"}
c.GenerateAssignment.preprocessors = [
    "nbconvert.preprocessors.TagRemovePreprocessor",
    "nbgrader.preprocessors.LockCells",
    "course_lib.grading.clearing.ClearAnswers",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
]
'''


def _only(table: Mapping[str, Any], known: set[str], path: Path, prefix: str) -> None:
    for key in table:
        if key not in known:
            raise ClassError(
                f"{path}: {prefix}{key} is unknown; known here: {', '.join(sorted(known))}."
            )


def _text(table: Mapping[str, Any], key: str, path: Path) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ClassError(f"{path}: {key} must be a text between quotes, got {value!r}.")
    return value


def _table(table: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ClassError(f"{path}: {key} must be a table, [{key}], got {value!r}.")
    return value


def _late(table: Mapping[str, Any], path: Path) -> Late:
    _only(table, LATE_KEYS, path, "late.")
    share, days = table.get("per_day", 0.0), table.get("days")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ClassError(f"{path}: late.per_day must be a number from 0 to 1, got {share!r}.")
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or days < 0):
        raise ClassError(f"{path}: late.days must be a whole number of at least 0, got {days!r}.")
    return Late(float(share), days)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write a table that a spreadsheet opens; it is there as a whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({k: harmless(v) for k, v in row.items()} for row in rows)
    write_whole(path, "\N{BYTE ORDER MARK}" + text.getvalue())


def harmless(value: object) -> object:
    """Return a text that a spreadsheet does not take for a formula.

    >>> harmless("=1+1")
    "'=1+1"
    """
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r"):
        return "'" + value
    return value


def write_whole(path: Path, text: str) -> None:
    """Write a file: as a whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="")
    part.replace(path)
