"""Reads what a student handed in; whatever it is, it becomes cells and sentences, no exception.

A cell belongs to an exercise by nbgrader's mark in its metadata. Where that was lost (the cell was
copied, split or made anew), the cell's id and the names that its lines define tell what it is.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from course_lib.grading.sets import PLACE, ProblemSet, student_version

LARGEST = 20 * 2**20  # bytes of a notebook; those of the course have less than one megabyte
LONGEST = 100_000  # characters of a cell
DEFINES = re.compile(
    r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
MAGIC = re.compile(r"^([ \t]*)[%!?].*$|^([ \t]*)[\w.]+\?{1,2}[ \t]*$", re.MULTILINE)
UNMARKED = (
    "The cells have lost the marks that tell which is which. The functions were found by their "
    "names; look whether all answers in words are there."
)
LOOKS_LIKE = {
    b"PK\x03\x04": "a zip archive", b"%PDF": "a PDF file", b"<!DOCTYPE": "a web page",
    b"<html": "a web page", b"\x89PNG": "a picture", b"import ": "a Python file",
    b"\x1f\x8b": "a gz archive",
}  # fmt: skip


@dataclass(frozen=True)
class Code:
    """A cell of code that is run.

    Parameters
    ----------
    number : int
        Its place in the notebook, from 1.
    source : str
        Its lines, without a notebook's own commands.
    grade_id : str
        The cell of the set that it is; empty for one that the student added.
    defines : frozenset of str
        The names that its lines give a value.
    """

    number: int
    source: str
    grade_id: str = ""
    defines: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Submission:
    """What a student handed in.

    Parameters
    ----------
    path : Path
        The file.
    digest : str
        Of its bytes; the same file has the same.
    code : tuple of Code
        The cells that are run, in their order. Checks are not among them.
    written : dict
        The answers in words, by their grade_id; those that nobody wrote are missing.
    student : str
        What the notebook says of whose it is: the value of ``STUDENT``.
    problems : tuple of str
        What is not as it should be, in sentences for the student and the instructor.
    """

    path: Path
    digest: str
    code: tuple[Code, ...] = ()
    written: dict[str, str] = field(default_factory=dict)
    student: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Expected:
    """A cell of the set: what a student's cell is compared with."""

    grade_id: str
    cell_id: str
    kind: str  # answer, reply, check or written
    source: str
    defines: frozenset[str]

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        names = ", ".join(sorted(self.defines))
        return f"the cell of {names}" if names else f"the cell {self.grade_id}"


def read_submission(path: Path, problems: ProblemSet) -> Submission:
    """Read a student's notebook.

    Parameters
    ----------
    path : Path
        The file that was handed in.
    problems : ProblemSet
        The set that it should be of.

    Returns
    -------
    Submission
        Without cells if the file cannot be read; its problems tell why.

    Raises
    ------
    OSError
        If there is no such file, or it may not be read: no mistake of a student's.
    """
    size = path.stat().st_size
    if size > LARGEST:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        said = (
            f"The file has {size / 2**20:.0f} MB, more than the {LARGEST / 2**20:.0f} that a "
            "notebook may have. Clear its outputs, save it and hand it in again."
        )
        return Submission(path, digest, problems=(said,))
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    told: list[str] = []
    cells = _cells(data, told)
    if cells is None:
        return Submission(path, digest, problems=tuple(told))
    expected = _expected(problems)
    owners = _owners(cells, expected)
    code, written = _sorted(cells, owners, expected)
    told += _what_is_wrong(cells, owners, code, expected, problems.name)
    return Submission(path, digest, tuple(code), written, _student(code), tuple(told))


def _cells(data: bytes, told: list[str]) -> list[dict[str, Any]] | None:
    """Return the cells of a notebook, None if there are none to be had; tell what is wrong."""
    text = _text(data, told)
    if not text.strip():
        told.append("The file is empty.")
        return None
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        kinds = [kind for start, kind in LOOKS_LIKE.items() if data.lstrip().startswith(start)]
        merged = "<<<<<<<" in text and ">>>>>>>" in text
        told.append(
            "The file is no notebook"
            + (f"; it looks like {kinds[0]}" if kinds else "")
            + ("; it holds the lines of a merge conflict" if merged else "")
            + ". Save the notebook in JupyterLab and hand in the file that ends in .ipynb."
        )
        return None
    found = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(found, list):
        told.append("The file is no notebook of this format: it has no list of cells.")
        return None
    cells = [cell for cell in map(_plain, found) if cell is not None]
    if len(cells) < len(found):
        told.append(f"{len(found) - len(cells)} of {len(found)} cells cannot be read.")
    for number, cell in enumerate(cells, 1):
        if len(cell["source"]) > LONGEST:
            told.append(f"Cell {number} has more than {LONGEST} characters; it was left out.")
            cell["source"] = ""
    return cells


def _text(data: bytes, told: list[str]) -> str:
    """Return the text of a file, and tell if it is not in UTF-8."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                break
            if mark:
                told.append("The file is in UTF-16 in place of UTF-8; it was read as that.")
            return text
    told.append("The file holds bytes that are no UTF-8; in their place are question marks.")
    return data.decode("utf-8", "replace")


def _plain(cell: object) -> dict[str, Any] | None:
    """Return type, source, id and grade_id of a cell, None if it is no cell."""
    if not isinstance(cell, dict):
        return None
    source, metadata = cell.get("source", ""), cell.get("metadata", {})
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    marks = metadata.get("nbgrader", {}) if isinstance(metadata, dict) else {}
    grade_id = marks.get("grade_id", "") if isinstance(marks, dict) else ""
    return {
        "type": str(cell.get("cell_type", "")),
        "source": source.encode("utf-8", "replace").decode("utf-8"),  # half a character
        "id": str(cell.get("id", "")),
        "grade_id": grade_id if isinstance(grade_id, str) else "",
    }


def _expected(problems: ProblemSet) -> dict[str, _Expected]:
    """Return the cells of the students' version that take part in grading, by their grade_id."""
    found = {}
    for cell in student_version(problems).cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id:
            (kind,) = {"answer", "reply", "check", "written"} & set(cell.metadata.tags)
            defines = _defines(cell.source) if kind in ("answer", "reply") else frozenset()
            found[grade_id] = _Expected(grade_id, cell.id, kind, cell.source, defines)
    return found


def _owners(cells: list[dict[str, Any]], expected: dict[str, _Expected]) -> list[str]:
    """Return for each cell the grade_id of the set's cell that it is, empty if it is none."""
    owners = [cell["grade_id"] if cell["grade_id"] in expected else "" for cell in cells]
    if any(owners) or _has_functions(
        cells, expected
    ):  # an answer in words that has lost its mark may still have its id
        lost = {
            cell.cell_id: cell.grade_id
            for cell in expected.values()
            if cell.kind == "written" and cell.grade_id not in owners
        }
        for i, cell in enumerate(cells):
            if not cell["grade_id"] and cell["type"] == "markdown":
                owners[i] = lost.get(cell["id"], "")
    return owners


def _has_functions(cells: list[dict[str, Any]], expected: dict[str, _Expected]) -> bool:
    """Tell whether a function that the set asks for is anywhere in a notebook."""
    asked = frozenset[str]().union(*(c.defines for c in expected.values() if c.kind == "answer"))
    return any(asked & _defines(cell["source"]) for cell in cells if cell["type"] == "code")


def _sorted(
    cells: list[dict[str, Any]], owners: list[str], expected: dict[str, _Expected]
) -> tuple[list[Code], dict[str, str]]:
    """Return the cells to run, and the answers in words."""
    code: list[Code] = []
    texts: dict[str, list[str]] = {}
    for number, (cell, owner) in enumerate(zip(cells, owners, strict=True), 1):
        kind = expected[owner].kind if owner else ""
        if kind == "written":
            text = cell["source"].strip()
            if text and text != PLACE and text not in texts.setdefault(owner, []):
                texts[owner].append(text)
        elif cell["type"] == "code" and kind != "check":
            source = _python(cell["source"])
            code.append(Code(number, source, owner, _defines(source)))
    return code, {owner: "\n\n".join(found) for owner, found in texts.items() if found}


def _what_is_wrong(
    cells: list[dict[str, Any]],
    owners: list[str],
    code: list[Code],
    expected: dict[str, _Expected],
    name: str,
) -> list[str]:
    """Return sentences on cells that are missing, there twice, changed, or another set's."""
    told = []
    if not any(cell["grade_id"] in expected for cell in cells):
        if _has_functions(cells, expected):
            return [UNMARKED]
        others = sorted({cell["grade_id"].rpartition("-")[0] for cell in cells} - {""})
        other = f" of {others[0]}" if others else ""
        said = f"None of the cells is of {name}: this seems to be another notebook{other}."
        return [f"{said} What it defines was tried all the same."]
    for cell in expected.values():
        places = [i for i, owner in enumerate(owners, 1) if owner == cell.grade_id]
        if len(places) > 1 and cell.kind != "check":
            where = f"is there {len(places)} times, as cells {', '.join(map(str, places))}."
            effect = (
                "All its texts are kept."
                if cell.kind == "written"
                else "They were run in their order; what stands last counts."
            )
            told.append(f"{_capital(cell.title)} {where} {effect}")
        told += _lost(cell, places, code)
    changed = [
        cell["source"].strip() != expected[owner].source.strip()
        for cell, owner in zip(cells, owners, strict=True)
        if owner and expected[owner].kind == "check"
    ]
    if any(changed):
        told.append("A check was changed. What counts are the course's own checks.")
    return told


def _lost(cell: _Expected, places: list[int], code: list[Code]) -> list[str]:
    """Return a sentence on a cell that is missing or does not hold what it should."""
    if cell.kind in ("answer", "reply"):
        own = frozenset[str]().union(*(c.defines for c in code if c.grade_id == cell.grade_id))
        elsewhere = {c.number for c in code if c.grade_id != cell.grade_id}
        for name in sorted(cell.defines - own):
            found = [c.number for c in code if c.number in elsewhere and name in c.defines]
            if found:
                return [f"{name} does not stand in its own cell; it was found in cell {found[-1]}."]
            if places:
                instead = sorted(own - cell.defines)
                renamed = f"; it defines {', '.join(instead)}" if instead else ""
                return [f"{_capital(cell.title)} does not define {name}{renamed}."]
    if not places and cell.kind != "check":
        return [f"{_capital(cell.title)} is missing."]
    return []


def _student(code: list[Code]) -> str:
    """Return the last text that a cell gives the name STUDENT."""
    found = ""
    for cell in code:
        for node in _statements(cell.source):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                if "STUDENT" in names and isinstance(node.value.value, str | int):
                    found = str(node.value.value).strip()[:200]
    return found


def _python(source: str) -> str:
    """Return a cell without a notebook's own commands, whose lines become empty ones."""
    if source.lstrip().startswith("%%"):
        first, _, rest = source.lstrip().partition("\n")
        kept = first.split()[0] in ("%%time", "%%timeit", "%%capture", "%%prun")
        return f"\n{_python(rest)}" if kept else ""
    if _statements(source) or not source.strip():
        return source
    return MAGIC.sub(lambda line: f"{line[1] or line[2] or ''}pass", source)


def _defines(source: str) -> frozenset[str]:
    """Return the names that a cell gives a value, also where its lines cannot be read."""
    names: set[str] = set()
    for node in _statements(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                names |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    if not names:
        names = {first or second for first, second in DEFINES.findall(source)}
    return frozenset(names)


@lru_cache(maxsize=256)
def _statements(source: str) -> tuple[ast.stmt, ...]:
    """Return the statements of a cell; none if its lines cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return ()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
