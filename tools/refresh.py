"""Run notebooks and store what they print: `python -m tools.refresh [notebooks] [--all] [--check]`.

Each notebook runs from the top in a fresh kernel, in its own folder. Nothing is stored of a
notebook that fails or that writes to stderr, nor of the results that it publishes for other pages.
A notebook that loads such results runs after the one that publishes them. One that needs data which
are not on this computer (MNIST) is named and left as it is. Two runs on one machine give the same
file, byte for byte: no time stamps, no Python version.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from tools.freshness import (
    RESULTS,
    ROOT,
    all_notebooks,
    is_stale,
    read_notebook,
    results_read,
    results_written,
    stamp,
)
from tools.needs import missing_need

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
CELL_TIMEOUT = 600
# BLAS adds up in another order, and so to another last digit, when it splits a sum over threads.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class RefusedError(Exception):
    """A notebook whose outputs may not be stored; the message says where and why."""


def shown(path: Path) -> str:
    """Return a path as a reader of the messages knows it: relative to the project."""
    path = path.resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def refuse_bad_outputs(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Raise `RefusedError` if a cell failed or wrote to stderr."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                problem = f"{output.ename}: {output.evalue}"
            elif output.output_type == "stream" and output.name == "stderr":
                problem = f"wrote to stderr: {output.text.strip()}"
            else:
                continue
            message = f"{shown(path)}, cell {number}: {problem}"
            raise RefusedError(message)


def executed(path: Path, root: Path = ROOT, results: Path | None = None) -> nbformat.NotebookNode:
    """Run a notebook and return it with its outputs and its stamp.

    What it publishes goes into the folder `results`, or into the book's.
    """
    notebook = read_notebook(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("execution", None)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name=KERNEL["name"],
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute(env=os.environ | {"COURSE_RESULTS": str(results or root / RESULTS)})
    except CellExecutionError:
        refuse_bad_outputs(notebook, path)
        raise
    except (CellTimeoutError, DeadKernelError) as problem:
        message = f"{shown(path)}: {problem}"
        raise RefusedError(message) from problem
    refuse_bad_outputs(notebook, path)
    notebook.metadata["language_info"] = dict(LANGUAGE)
    notebook.metadata.setdefault("course", {})["stamp"] = stamp(notebook, root)
    return notebook


def refresh(path: Path, root: Path = ROOT) -> None:
    """Run a notebook and store its outputs; leave the file alone if it may not be stored."""
    with tempfile.TemporaryDirectory() as folder:
        text = nbformat.writes(executed(path, root, Path(folder))).rstrip("\n") + "\n"
        for result in sorted(Path(folder).iterdir()):
            replace(root / RESULTS / result.name, result.read_text(encoding="utf-8"))
    replace(path, text)


def replace(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def rounds(paths: Sequence[Path]) -> list[list[Path]]:
    """Return the notebooks in rounds: one that loads results comes after those that make them."""
    notebooks = {path: read_notebook(path) for path in paths}
    reads = {path: results_read(notebook) for path, notebook in notebooks.items()}
    writes = {path: results_written(notebook) for path, notebook in notebooks.items()}
    waiting, found = list(paths), []
    while waiting:
        ready = [p for p in waiting if not any(reads[p] & writes[q] for q in waiting if q != p)]
        if not ready:
            raise ValueError(f"these load each other's results: {', '.join(map(shown, waiting))}")
        found.append(ready)
        waiting = [path for path in waiting if path not in ready]
    return found


def attempt(path: Path, root: Path = ROOT) -> tuple[Path, float, str]:
    """Refresh one notebook; return it, the seconds that it took and what was wrong, if anything."""
    start = time.perf_counter()
    try:
        refresh(path, root)
    except RefusedError as problem:
        return path, time.perf_counter() - start, str(problem)
    return path, time.perf_counter() - start, ""


def refresh_all(paths: Sequence[Path], jobs: int = 1, root: Path = ROOT) -> bool:
    """Refresh several notebooks, `jobs` at a time; print a line for each, tell if all went well."""
    os.environ.update(ONE_THREAD)  # the kernels inherit it
    one = partial(attempt, root=root)
    fine = True
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        results = pool.map(one, paths) if jobs > 1 else map(one, paths)
        for path, seconds, problem in results:
            fine = fine and not problem
            print(f"{problem or shown(path)} ({seconds:.0f} s)", flush=True)
    return fine


def arguments(args: Sequence[str] | None) -> Any:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.refresh", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all that are stale")
    parser.add_argument("--all", action="store_true", help="run the fresh ones, too")
    parser.add_argument("--check", action="store_true", help="only name the stale ones")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="how many at a time")
    return parser.parse_args(args)


def main(args: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    options = arguments(args)
    paths = options.notebooks or all_notebooks()
    if options.check:
        stale = [path for path in paths if options.all or is_stale(path)]
        print("\n".join(f"stale: {shown(path)}" for path in stale) or "all notebooks are fresh")
        return int(bool(stale))
    fine, chosen = True, 0
    for together in rounds(paths):
        # Asked anew: the round before may have changed the results that a notebook loads.
        able = []
        for path in together:
            if not (options.all or is_stale(path)):
                continue
            chosen += 1
            missing = missing_need(path)
            if missing is None:
                able.append(path)
            else:
                print(f"{shown(path)} is left as it is, with its stored outputs: it {missing}")
        fine = (not able or refresh_all(able, options.jobs)) and fine
    if not chosen:
        print("all notebooks are fresh")
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
