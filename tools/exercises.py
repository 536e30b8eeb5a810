"""Makes the problem sets' notebooks: `python -m tools.exercises [--instructor FOLDER]`.

The students' notebooks are the public pages `book/exercises`; they are written without outputs,
and `make refresh` runs them. With `--students FILE.zip` they are put into an archive to hand out.
With `--instructor FOLDER` those with solutions and rubrics are written to a folder of yours,
outside of the book.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
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


def hand_out(sets: Sequence[ProblemSet], archive: Path) -> None:
    """Write the students' notebooks of some sets into an archive."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for problems in sets:
            text = nbformat.writes(student_version(problems)).rstrip("\n") + "\n"
            file.writestr(f"exercises/{problems.name}.ipynb", text)


def main(args: Sequence[str] | None = None) -> int:
    """Write the notebooks; say which."""
    parser = argparse.ArgumentParser(prog="python -m tools.exercises", description=__doc__)
    parser.add_argument("--instructor", type=Path, metavar="FOLDER", help="outside of the book")
    parser.add_argument("--students", type=Path, metavar="FILE.zip", help="the sets to hand out")
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
    if options.students is not None:
        hand_out(list(sets.values()), options.students)
        print(f"{len(sets)} sets without solutions are in {options.students}")
        return 0
    for page in stale_pages():
        page.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(student_version(sets[page.stem]), page)
        print(f"written: {page.relative_to(ROOT)} (make refresh runs it)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
