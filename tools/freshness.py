"""A notebook's stamp: a hash of all code that its stored outputs come from.

The code is that of the notebook's cells and of every `course_lib` module that they reach, directly
or through other modules, with the files that such a module names and reads, and the stored results
that the cells load. A change there makes the notebook stale; a change in the prose, or in a module
that the notebook never imports, does not.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "course_lib"
RESULTS = Path("book", "evidence", "results")
WRITERS, READERS = {"publish", "save_results"}, {"published", "load_results"}
NO_NOTEBOOKS = {"_build", ".ipynb_checkpoints"}


def all_notebooks(root: Path = ROOT) -> list[Path]:
    """Return the book's notebooks, in order of their paths."""
    found = (root / "book").rglob("*.ipynb")
    return sorted(path for path in found if not NO_NOTEBOOKS & set(path.parts))


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the code cells that hold code."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def module_file(name: str, root: Path) -> Path | None:
    """Return the file of a module of the package, None if `name` is no module."""
    path = root.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def imported_names(source: str, package: str = "") -> Iterator[str]:
    """Yield every dotted name that `source` imports, and what it imports from it.

    Parameters
    ----------
    source : str
        Python code; imports inside functions count, too.
    package : str
        The package that the code lives in, for relative imports.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                start = parents[: len(parents) - node.level + 1]
                base = ".".join([*start, base] if base else start)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def reached_modules(sources: Iterable[str], root: Path = ROOT) -> dict[str, str]:
    """Return the name and the text of each module of the package that `sources` reach.

    A module that names a file beside it, such as a page to fill in, brings the file along.
    """
    waiting = [name for source in sources for name in imported_names(source)]
    reached: dict[str, str] = {}
    while waiting:
        parts = waiting.pop().split(".")
        if parts[0] != PACKAGE:
            continue
        # Importing a.b.c runs a and a.b first.
        for name in (".".join(parts[: n + 1]) for n in range(len(parts))):
            path = module_file(name, root)
            if path is None or name in reached:
                continue
            text = path.read_text(encoding="utf-8")
            reached[name] = text
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            for file, inside in named_files(text, path.parent).items():
                reached[f"{package}/{file}"] = inside
            waiting.extend(imported_names(text, package))
    return reached


def named_files(text: str, folder: Path) -> dict[str, str]:
    """Return the names and the texts of the files of `folder`, no modules, that `text` names."""
    beside = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".py")
    return {
        path.name: path.read_text(encoding="utf-8") for path in beside if f'"{path.name}"' in text
    }


def python_of(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the code cells as plain Python: what IPython adds (%magics, !commands) is turned."""
    return [TransformerManager().transform_cell(cell.source) for cell in code_cells(notebook)]


def results_named(sources: Iterable[str], functions: set[str]) -> set[str]:
    """Return the names of the stored results that code passes to one of `functions`.

    Such a name has to be a plain text, so that it can be read without running anything.
    """
    named = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", None))
            if called not in functions:
                continue
            first = node.args[0] if node.args else None
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                raise ValueError(f"{called} takes its name as a plain text, line {node.lineno}")
            named.add(first.value)
    return named


def results_read(notebook: nbformat.NotebookNode) -> set[str]:
    """Return the names of the stored results that a notebook loads, its own left out."""
    python = python_of(notebook)
    return results_named(python, READERS) - results_named(python, WRITERS)


def results_written(notebook: nbformat.NotebookNode) -> set[str]:
    """Return the names of the results that a notebook stores."""
    return results_named(python_of(notebook), WRITERS)


def stamp(notebook: nbformat.NotebookNode, root: Path = ROOT) -> str:
    """Return the hash of a notebook's code cells, the modules and the results that they reach."""
    sources = [cell.source for cell in code_cells(notebook)]
    python = python_of(notebook)
    files = {name: root / RESULTS / f"{name}.json" for name in results_read(notebook)}
    digest = hashlib.sha256()
    for name, text in [
        *((f"cell {number}", source) for number, source in enumerate(sources)),
        *sorted(reached_modules(python, root).items()),
        *(
            (f"results {name}", path.read_text(encoding="utf-8") if path.is_file() else "missing")
            for name, path in sorted(files.items())
        ),
    ]:
        digest.update(f"{name}\0{len(text)}\0{text}\0".encode())
    return digest.hexdigest()


def stored_stamp(notebook: nbformat.NotebookNode) -> str | None:
    """Return the stamp that the last refresh stored, None if there was none."""
    stored: str | None = notebook.metadata.get("course", {}).get("stamp")
    return stored


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook of the current format."""
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def is_stale(path: Path, root: Path = ROOT) -> bool:
    """Tell whether a notebook's code changed since its outputs were stored."""
    notebook = read_notebook(path)
    return stored_stamp(notebook) != stamp(notebook, root)
