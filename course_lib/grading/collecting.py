"""Takes what a class has handed in, as a learning platform exports it.

Platforms put the student and the number of the hand-in into the names of files: Canvas as in
``lovelaceada_LATE_101_5001_03-momentum-1.ipynb``, Moodle as in ``Ada
Lovelace_7001_assignsubmission_file_/03-momentum.ipynb``. Folders and files that have a student's
id as their name are understood as well. Whose a file is is never guessed: what fits no student, or
two, is listed.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from course_lib.grading.classroom import ClassError, Classroom, Student
from course_lib.grading.submission import LARGEST

CANVAS = re.compile(
    r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<student>\d+)_(?P<number>\d+)_(?P<file>[^/]+)",
    re.IGNORECASE,
)
MOODLE = re.compile(
    r"(?P<name>[^/]+?)_(?P<student>\d+)_assignsubmission_(?:file|onlinetext)_?/?(?P<file>.*)",
    re.IGNORECASE,
)
COPY = re.compile(r"(?:-(\d+)|\s*\((\d+)\))$")
AROUND = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini"}
IN_ARCHIVES = 2  # archives in archives that are opened
MOST_FILES = 10_000  # in one archive
LARGEST_ARCHIVE = 4 * 2**30  # bytes, unpacked


@dataclass(frozen=True)
class Found:
    """A file of what a platform exported.

    Parameters
    ----------
    place : str
        Where it lies, with the names of archives.
    content : bytes or None
        What is in it; None if it is too large, or not a notebook.
    student : Student or None
        Whose it is.
    handed_in : datetime or None
        When, as the archive or the file says.
    late : bool
        Whether the platform says in the name that it came late.
    order : tuple
        Which one of a student's files is the newest: the largest.
    problem : str
        Why it cannot be taken; empty if it can.
    """

    place: str
    content: bytes | None
    student: Student | None = None
    handed_in: datetime | None = None
    late: bool = False
    order: tuple[float, ...] = ()
    problem: str = ""


def look_through(
    room: Classroom, export: Path, whose: Mapping[str, str] | None = None
) -> list[Found]:
    """Return the files of an export, each with its student or with the reason why there is none.

    Parameters
    ----------
    room : Classroom
        The class.
    export : Path
        A folder, an archive or a file.
    whose : mapping of str to str, optional
        Students' ids by the place of a file, or its end: said by the instructor.

    Raises
    ------
    ClassError
        If there is no such folder or file, or a place of `whose` is none of the files.
    """
    if not export.exists():
        raise ClassError(f"There is no {export}: name the folder or the archive of the hand-ins.")
    people = _Names(room)
    said = {place: room.student(student) for place, student in (whose or {}).items()}
    found = []
    unused = set(said)
    for one in _files(export):
        places = [p for p in said if one.place == p or one.place.endswith("/" + p.lstrip("/"))]
        unused.difference_update(places)
        found.append(replace(one, student=said[places[0]]) if places else people.belongs(one))
    if unused:
        raise ClassError(f"No file of {export} ends with {', '.join(sorted(unused))}.")
    return found


def newest(found: list[Found]) -> tuple[dict[str, Found], list[tuple[Found, str]]]:
    """Return the file of each student, and the others, each with the reason why it is not taken."""
    taken: dict[str, Found] = {}
    others: list[tuple[Found, str]] = []
    for one in found:
        if one.problem or one.student is None:
            others.append((one, one.problem or "whose it is is not known"))
            continue
        before = taken.get(one.student.id)
        if before is None:
            taken[one.student.id] = one
        elif one.order >= before.order:
            taken[one.student.id] = one
            others.append((before, f"{one.place} is newer"))
        else:
            others.append((one, f"{before.place} is newer"))
    return taken, others


def _files(export: Path) -> Iterator[Found]:
    """Yield the files of a folder, an archive or one file, in the order of their names."""
    if export.is_file():
        stat = export.stat()
        when = datetime.fromtimestamp(stat.st_mtime).astimezone()
        if zipfile.is_zipfile(export):
            yield from _archive(export.name, export, when, 0, top=True)
        else:
            content = export.read_bytes() if stat.st_size <= LARGEST else None
            yield _file(export.name, content, stat.st_size, when)
        return
    for path in sorted(export.rglob("*")):
        if path.is_symlink() or not path.is_file() or _is_around(path.relative_to(export).parts):
            continue
        place = path.relative_to(export).as_posix()
        stat = path.stat()
        when = datetime.fromtimestamp(stat.st_mtime).astimezone()
        if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
            yield from _archive(place, path, when, 0)
        else:
            content = path.read_bytes() if stat.st_size <= LARGEST else None
            yield _file(place, content, stat.st_size, when)


def _archive(
    place: str, source: Path | io.BytesIO, when: datetime, depth: int, *, top: bool = False
) -> Iterator[Found]:
    """Yield the files of an archive; what it holds is read and never unpacked to the disk."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            if len(entries) > MOST_FILES or sum(e.file_size for e in entries) > LARGEST_ARCHIVE:
                yield Found(place, None, problem="the archive is too large to be opened")
                return
            for entry in sorted(entries, key=lambda e: e.filename):
                parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
                if _is_around(parts):
                    continue
                inside = "/".join(part for part in parts if part not in ("..", "/"))
                # The platform's archive is a folder; a student's own has a name that tells.
                inner = inside if top else f"{place}/{inside}"
                moment = _moment(entry, when)
                if entry.file_size > LARGEST:
                    yield _file(inner, None, entry.file_size, moment)
                elif entry.flag_bits & 1:
                    yield Found(inner, None, problem="it is behind a password")
                elif inner.lower().endswith(".zip") and depth < IN_ARCHIVES:
                    data = io.BytesIO(archive.read(entry))
                    yield from _archive(inner, data, moment, depth + 1)
                else:
                    content = archive.read(entry)
                    yield _file(inner, content, len(content), moment)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as problem:
        yield Found(place, None, problem=f"the archive cannot be opened: {problem}")


def _moment(entry: zipfile.ZipInfo, otherwise: datetime) -> datetime:
    """Return when a file of an archive was written, in this machine's time."""
    try:
        return datetime(*entry.date_time).astimezone() if entry.date_time[0] > 1980 else otherwise
    except (ValueError, OverflowError):
        return otherwise


def _file(place: str, content: bytes | None, size: int, when: datetime) -> Found:
    """Return a file, with what its name tells about it."""
    path = PurePosixPath(place)
    problem = ""
    if path.suffix.lower() != ".ipynb":
        kind = f"a {path.suffix} file" if path.suffix else "a file without an ending"
        problem = f"it is {kind}, not a notebook"
    elif content is None:
        problem = f"it has {size / 2**20:.0f} MB; {LARGEST // 2**20} MB are taken at most"
    copy = COPY.search(path.stem)
    number = float(next(filter(None, copy.groups()))) if copy else 0.0
    canvas = next((m for m in map(CANVAS.fullmatch, path.parts) if m), None)
    late = bool(canvas and canvas["late"])
    handed = float(canvas["number"]) if canvas else 0.0
    order = (handed, when.timestamp() if not canvas else 0.0, number)
    return Found(place, content, None, when, late, order, problem)


def _is_around(parts: tuple[str, ...]) -> bool:
    """Return whether a file is what systems leave lying around."""
    return any(part in AROUND or part.startswith("._") for part in parts)


class _Names:
    """Finds the student whose id, number or name a file carries."""

    def __init__(self, room: Classroom) -> None:
        self.by_id = {s.id.casefold(): [s] for s in room.students}
        self.by_canvas = {s.canvas: [s] for s in room.students if s.canvas}
        self.by_moodle = {_digits(s.moodle): [s] for s in room.students if s.moodle}
        self.by_name: dict[str, list[Student]] = {}
        for student in room.students:
            for name in spellings(student.name):
                self.by_name.setdefault(name, []).append(student)

    def belongs(self, one: Found) -> Found:
        """Return the file with its student, or with the reason why there is none."""
        told = ""
        for part in PurePosixPath(one.place).parts:
            canvas, moodle = CANVAS.fullmatch(part), MOODLE.fullmatch(part)
            if canvas:
                told = canvas["name"]
                students = self.by_canvas.get(canvas["student"], []) or self._named(
                    told, "canvas", canvas["student"]
                )
            elif moodle:
                told = moodle["name"]
                students = self.by_moodle.get(moodle["student"], []) or self._named(
                    told, "moodle", moodle["student"]
                )
            else:
                stem = (
                    PurePosixPath(part).stem if part.lower().endswith((".ipynb", ".zip")) else part
                )
                students = self.by_id.get(COPY.sub("", stem).casefold(), []) or next(
                    (
                        self.by_id[head.casefold()]
                        for head in _heads(stem)
                        if head.casefold() in self.by_id
                    ),
                    [],
                )
            if len(students) == 1:
                return replace(one, student=students[0])
            if students:
                names = " and ".join(student.id for student in students)
                return replace(one, problem=one.problem or f"it may be of {names}")
        reason = (
            f"nobody in the class is called {told}" if told else "its name has no student in it"
        )
        return replace(one, problem=one.problem or reason)

    def _named(self, name: str, platform: str, number: str) -> list[Student]:
        """Return those of a name; not those whose number on the platform is another one."""
        found = self.by_name.get(letters(name), [])
        return [s for s in found if getattr(s, platform) in ("", number)]


def _heads(stem: str) -> Iterator[str]:
    """Yield what stands before each underscore, the longest first: ``ada_03-momentum``."""
    parts = stem.split("_")
    for count in range(len(parts) - 1, 0, -1):
        yield "_".join(parts[:count])


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def letters(text: str) -> str:
    """Return a name's letters and digits alone, in small letters without accents.

    >>> letters("Émilie du Châtelet")
    'emilieduchatelet'
    """
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain.casefold() if c.isalnum())


def spellings(name: str) -> set[str]:
    """Return how platforms write a name: as it is, and with each of its ends first."""
    words = name.replace(",", " ").split()
    turned = {"".join(words[i:] + words[:i]) for i in range(max(1, len(words)))}
    return {letters(one) for one in turned if letters(one)}
