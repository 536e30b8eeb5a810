"""Makes the problem sets' notebooks: `python -m tools.exercises [--instructor FOLDER]`.

The students' notebooks are the public pages `book/exercises`; they are written without outputs,
and `make refresh` runs them. With `--instructor` those with solutions and rubrics are written to
a folder of yours, outside of the book.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat

from course_lib.grading.sets import ProblemSet, instructor_version, read_set, student_version
from tools.freshness import ROOT, read_notebook

SOURCES, PAGES = Path("exercises"), Path("book", "exercises")


def all_sets(root: Path = ROOT) -> list[ProblemSet]:
    """Return the problem sets in their order."""
    return [read_set(path) for path in sorted((root / SOURCES).glob("[0-9][0-9]-*.md"))]


def sources_of(notebook: nbformat.NotebookNode) -> list[tuple[str, str, object]]:
    """Return what a page is made of: the kind, the text and the tags of each cell."""
    return [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]


def stale_pages(root: Path = ROOT) -> list[Path]:
    """Return the public pages that are not there, or differ from what their source makes."""
    stale = []
    for problems in all_sets(root):
        page = root / PAGES / f"{problems.name}.ipynb"
        made = student_version(problems)
        if not page.exists() or sources_of(read_notebook(page)) != sources_of(made):
            stale.append(page)
    return stale


def main(args: Sequence[str] | None = None) -> int:
    """Write the notebooks; say which."""
    parser = argparse.ArgumentParser(prog="python -m tools.exercises", description=__doc__)
    parser.add_argument("--instructor", type=Path, metavar="FOLDER", help="outside of the book")
    options = parser.parse_args(args)
    sets = {problems.name: problems for problems in all_sets()}
    if options.instructor is not None:
        folder = options.instructor.resolve()
        if folder.is_relative_to(ROOT / "book"):
            print(f"{folder} is in the book: solutions would be published with it")
            return 2
        folder.mkdir(parents=True, exist_ok=True)
        for name, problems in sets.items():
            nbformat.write(instructor_version(problems), folder / f"{name}.ipynb")
        print(f"{len(sets)} sets with solutions are in {folder}")
        return 0
    for page in stale_pages():
        page.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(student_version(sets[page.stem]), page)
        print(f"written: {page.relative_to(ROOT)} (make refresh runs it)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
