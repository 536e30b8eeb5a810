"""Problem sets: one source, from which the students' and the instructor's notebooks are made.

A source is a MyST notebook, ``exercises/NN-name.md``. What differs between the two versions is
marked by a tag of the cell:

- ``answer``: a function to write. Students get it without what stands between the lines
  ``### BEGIN SOLUTION`` and ``### END SOLUTION``; there they find ``...``.
- ``reply``: a line to fill in, such as a number; it stays as it is.
- ``check``: the check of a function or of a reply, with its ``points``.
- ``written``: an answer in words, with its ``points``; its text is a good answer, which students
  do not get.
- ``teacher``: a rubric, common errors, minutes; students do not get it.

The notebooks carry nbgrader's metadata, so that its tools read them as their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SOLUTION = re.compile(
    rf"^([ \t]*){BEGIN}[ \t]*\n.*?^[ \t]*{END}[ \t]*$", flags=re.DOTALL | re.MULTILINE
)
PLACE = "*Write your answer here.*"
TAGS = {"answer", "check", "reply", "written", "teacher"}
CHECKED = re.compile(r"""\b(?:check|answered)\(\s*["']([^"']+)["']""")


class SetError(ValueError):
    """A source of a problem set that cannot be read, with the cell and the reason."""


@dataclass(frozen=True)
class ProblemSet:
    """A problem set.

    Parameters
    ----------
    name : str
        The name of its file, such as "03-momentum".
    notebook : nbformat.NotebookNode
        All cells, with solutions, answers and what is for instructors.
    """

    name: str
    notebook: Any

    @property
    def title(self) -> str:
        """The first heading."""
        first = self.notebook.cells[0].source.splitlines()[0]
        return str(first).removeprefix("# ")

    @property
    def points(self) -> float:
        """All points that can be had."""
        return sum(float(cell.metadata.get("points", 0)) for cell in self.notebook.cells)

    def checked(self) -> list[str]:
        """Return what its checks are about, in their order: exercises, and sets with a question."""
        return [name for cell in self._tagged("check") for name in CHECKED.findall(cell.source)]

    def _tagged(self, tag: str) -> Iterator[Any]:
        return (cell for cell in self.notebook.cells if tag in cell.metadata.get("tags", []))


def read_set(path: Path) -> ProblemSet:
    """Read a source of a problem set.

    Parameters
    ----------
    path : Path
        A MyST notebook.

    Raises
    ------
    SetError
        If a tag is unknown, a graded cell has no points, or an answer has no solution in it.
    """
    from myst_nb.core.read import read_myst_markdown_notebook

    notebook = read_myst_markdown_notebook(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(notebook.cells):
        tags = TAGS & set(cell.metadata.get("tags", []))
        where = f"{path.name}, cell {number} ({cell.source.strip().splitlines()[:1]})"
        if len(tags) > 1:
            raise SetError(f"{where}: tags {sorted(tags)} exclude each other")
        points = cell.metadata.get("points")
        if (tags & {"check", "written"}) and not (
            isinstance(points, int | float) and not isinstance(points, bool) and points >= 0
        ):
            raise SetError(f"{where}: points must be a number of at least 0, got {points!r}")
        if "answer" in tags and not SOLUTION.search(cell.source):
            raise SetError(f"{where}: an answer has lines {BEGIN} and {END} around its solution")
        if "answer" not in tags and BEGIN in cell.source:
            raise SetError(f"{where}: a solution stands in a cell without the tag answer")
    return ProblemSet(path.stem, notebook)


def student_version(problems: ProblemSet) -> Any:
    """Return the notebook that students get: no solution, no answer, nothing for instructors."""
    cells = []
    for cell in problems.notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "teacher" in tags:
            continue
        source = cell.source
        if "answer" in tags:
            source = SOLUTION.sub(r"\1...", source)
        elif "written" in tags:
            source = PLACE
        cells.append((cell, source))
    return _notebook(problems, cells)


def instructor_version(problems: ProblemSet) -> Any:
    """Return the notebook with solutions, good answers, rubrics, and the mistakes of each check."""
    cells = []
    for cell in problems.notebook.cells:
        cells.append((cell, cell.source))
        for name in (
            CHECKED.findall(cell.source) if "check" in cell.metadata.get("tags", []) else []
        ):
            found = mistakes_of(name)
            if found:
                lines = "\n".join(f"- {mistake}" for mistake in found)
                note = {"cell_type": "markdown", "metadata": {"tags": ["teacher"]}}
                cells.append((note, f"**Mistakes that this check names**\n\n{lines}"))
    return _notebook(problems, cells)


def mistakes_of(name: str) -> list[str]:
    """Return the names of the mistakes that a check knows; none for a question.

    >>> mistakes_of("momentum.step")[0]
    'the factor 1 - beta is missing'
    """
    from course_lib.exercises import exercises

    exercise = exercises().get(name)
    names = [mistake.name for mistake in exercise.mistakes] if exercise else []
    return [name for name in dict.fromkeys(names) if name]


def _notebook(problems: ProblemSet, cells: list[tuple[Any, str]]) -> Any:
    """Return a notebook of cells with their sources, with ids and nbgrader's metadata."""
    import nbformat

    makers: dict[str, Any] = {
        "markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell
    }  # fmt: skip
    made, answers = [], 0
    for number, (cell, source) in enumerate(cells):
        tags = cell["metadata"].get("tags", [])
        answers += bool((TAGS - {"teacher"}) & set(tags))
        metadata = {k: v for k, v in cell["metadata"].items() if k not in ("points", "tags")}
        if tags:
            metadata["tags"] = list(tags)
        marks = _nbgrader(cell, f"{problems.name}-{answers}")
        if marks:
            metadata["nbgrader"] = marks
        made.append(makers[cell["cell_type"]](source, id=f"c{number:03}", metadata=metadata))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel})


def _nbgrader(cell: Any, grade_id: str) -> dict[str, Any]:
    """Return nbgrader's metadata for a cell; none where it takes no part in grading."""
    tags, points = cell["metadata"].get("tags", []), cell["metadata"].get("points")
    common = {"schema_version": 3, "grade_id": grade_id, "task": False}
    if "answer" in tags or "reply" in tags:
        return {**common, "grade": False, "solution": True, "locked": False}
    if "check" in tags:
        return {**common, "grade": True, "solution": False, "locked": True, "points": points}
    if "written" in tags:
        return {**common, "grade": True, "solution": True, "locked": False, "points": points}
    return {}
