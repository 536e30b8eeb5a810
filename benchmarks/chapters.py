"""How long each lesson and each evidence page runs: `python -m benchmarks --chapters`.

A notebook runs alone, from the top, in a fresh kernel, and nothing of it is stored. The budgets are
for two cores, one thread of the linear algebra, and nothing else running; they are looked at, never
tested.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tools.comparisons import lessons
from tools.freshness import ROOT, all_notebooks
from tools.needs import missing_need
from tools.refresh import ONE_THREAD, RefusedError, executed

# Seconds by the number of a chapter: for its lesson, and for its evidence. A chapter that is one
# page still has the budget of its evidence.
LESSONS = {number: 60 if number in {8, 9} else 20 for number in range(1, 11)}
EVIDENCE = {1: 60, 2: 60, 3: 60, 4: 60, 5: 150, 6: 150, 7: 150, 8: 240, 9: 240, 10: 150}


def chapters(root: Path = ROOT) -> dict[str, tuple[Path, float]]:
    """Return the notebook and the budget of each lesson and each evidence page, by name, in order.

    A name is that of the notebook with its kind before it: "lesson 03-momentum",
    "evidence 03-momentum", or "chapter 03-momentum" where both are one page still.
    """
    cut = set(lessons(root))
    found = []
    for path in all_notebooks(root):
        digits, dash, _ = path.name.partition("-")
        if not (dash and digits.isdigit() and int(digits) in EVIDENCE) or "exercises" in path.parts:
            continue
        number = int(digits)
        if path.parent == root / "book" / "evidence":
            found.append((number, 1, "evidence", path, EVIDENCE[number]))
        elif path in cut:
            found.append((number, 0, "lesson", path, LESSONS[number]))
        else:
            found.append((number, 0, "chapter", path, EVIDENCE[number]))
    return {f"{kind} {path.stem}": (path, budget) for _, _, kind, path, budget in sorted(found)}


def verdict(name: str, seconds: float, budget: float) -> str:
    """Return a line: what it took, of what it may take.

    >>> verdict("lesson 01-gradient-descent", 21.2, 20)
    'OVER  lesson 01-gradient-descent: 21 s of 20 s'
    """
    return f"{'OVER' if seconds > budget else 'kept':5} {name}: {seconds:.0f} s of {budget:g} s"


def seconds_alone(path: Path) -> float:
    """Return the seconds that a notebook runs in a fresh kernel; store nothing of it."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        executed(path, results=Path(folder))
        return time.perf_counter() - started


def time_chapters() -> bool:
    """Run and time the pages one after the other, print a line for each; tell if all ran."""
    os.environ.update(ONE_THREAD)  # the kernels inherit it
    fine = True
    for name, (path, budget) in chapters().items():
        missing = missing_need(path)
        if missing is not None:
            print(f"not measured: {name} {missing}", flush=True)
            continue
        try:
            line = verdict(name, seconds_alone(path), budget)
        except RefusedError as problem:
            fine = False
            line = f"FAILED {name}: {problem}"
        print(line, flush=True)
    return fine
