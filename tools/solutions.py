"""Solutions in the notebooks: `python -m tools.solutions [notebooks] [--write]`.

In the book a solution is folded. JupyterLab draws each cell by itself, so what stands between
`solution-start` and `solution-end` would lie open there, below the question. This tool finds those
cells, and with `--write` marks them so that JupyterLab shows them closed: a click opens them.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from tools.freshness import all_notebooks, read_notebook
from tools.refresh import replace, shown

START = re.compile(r"^(`{3,}|:{3,})\{solution-start\} ", flags=re.MULTILINE)
END = re.compile(r"^(`{3,}|:{3,})\{solution-end\}", flags=re.MULTILINE)


def solution_cells(notebook: nbformat.NotebookNode) -> list[Any]:
    """Return the cells between the start and the end of a solution."""
    found, inside = [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and END.search(cell.source):
            inside = False
        if inside:
            found.append(cell)
        if cell.cell_type == "markdown" and START.search(cell.source):
            inside = not END.search(cell.source, START.search(cell.source).end())  # type: ignore[union-attr]
    return found


def is_closed(cell: Any) -> bool:
    """Tell whether JupyterLab shows neither the cell's text nor its outputs."""
    jupyter = cell.metadata.get("jupyter", {})
    return bool(
        jupyter.get("source_hidden")
        and (cell.cell_type == "markdown" or jupyter.get("outputs_hidden"))
    )


def close(cell: Any) -> None:
    """Mark a cell as closed."""
    jupyter = cell.metadata.setdefault("jupyter", {})
    jupyter["source_hidden"] = True
    if cell.cell_type == "code":
        jupyter["outputs_hidden"] = True


def main(args: Sequence[str] | None = None) -> int:
    """Name the notebooks with open solutions, or close them; return 1 if any was open and stays."""
    parser = argparse.ArgumentParser(prog="python -m tools.solutions", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of the book")
    parser.add_argument("--write", action="store_true", help="close them")
    options = parser.parse_args(args)
    still_open = False
    for path in options.notebooks or all_notebooks():
        notebook = read_notebook(path)
        cells = [cell for cell in solution_cells(notebook) if not is_closed(cell)]
        if not cells:
            continue
        if options.write:
            for cell in cells:
                close(cell)
            replace(path, nbformat.writes(notebook).rstrip("\n") + "\n")
        still_open = still_open or not options.write
        print(f"{shown(path)}: {len(cells)} cells {'closed' if options.write else 'are open'}")
    return int(still_open)


if __name__ == "__main__":
    sys.exit(main())
