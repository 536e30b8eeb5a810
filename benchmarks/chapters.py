"""How long each chapter runs, alone and from the top: `python -m benchmarks --chapters`.

A notebook runs in a fresh kernel and nothing of it is stored. The budgets are for two cores, one
thread of the linear algebra, and nothing else running; they are looked at, never tested.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from tools.freshness import all_notebooks
from tools.refresh import ONE_THREAD, RefusedError, executed

# Seconds for each chapter, by its number.
BUDGETS = {1: 60, 2: 60, 3: 60, 4: 60, 5: 150, 6: 150, 7: 150, 8: 240, 9: 240, 10: 150}


def chapters() -> dict[int, Path]:
    """Return the notebooks whose names start with the number of a chapter, in its order."""
    notebooks = [path for path in all_notebooks() if "exercises" not in path.parts]
    numbered = {path.name.partition("-")[0]: path for path in notebooks}
    return {number: numbered[f"{number:02}"] for number in BUDGETS if f"{number:02}" in numbered}


def verdict(name: str, seconds: float, budget: float) -> str:
    """Return a line: what it took, of what it may take.

    >>> verdict("01-gradient-descent", 61.2, 60)
    'OVER  01-gradient-descent: 61 s of 60 s'
    """
    return f"{'OVER' if seconds > budget else 'kept':5} {name}: {seconds:.0f} s of {budget:g} s"


def time_chapters() -> bool:
    """Run and time the chapters one after the other, print a line for each; tell if all ran."""
    os.environ.update(ONE_THREAD)  # the kernels inherit it
    fine = True
    for number, path in chapters().items():
        started = time.perf_counter()
        try:
            executed(path)
        except RefusedError as problem:
            fine = False
            print(f"FAILED {path.stem}: {problem}", flush=True)
        else:
            print(verdict(path.stem, time.perf_counter() - started, BUDGETS[number]), flush=True)
    return fine
