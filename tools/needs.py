"""What a notebook needs and the project does not contain: `course.needs` in its metadata.

The chapters "at scale" train on MNIST, whose files are not ours to give away. Such a notebook says
so in its metadata,

    "course": {"needs": "mnist"}

and where the data are missing, its tests are skipped with the reason and a refresh leaves it as it
is. The book is built from the stored outputs all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from tools.freshness import read_notebook


@cache
def missing_mnist() -> str | None:
    """Return what keeps MNIST from being loaded on this computer, None if nothing does."""
    from course_lib.datasets import MnistError, mnist

    try:
        mnist(download=False)  # a test or a refresh downloads nothing by itself
    except MnistError as problem:
        return str(problem)
    return None


KNOWN: dict[str, Callable[[], str | None]] = {"mnist": missing_mnist}


def missing_need(path: Path) -> str | None:
    """Return which of a notebook's needs is not met, and what to do; None if it can run."""
    need = read_notebook(path).metadata.get("course", {}).get("needs")
    if need is None:
        return None
    if need not in KNOWN:
        raise ValueError(f"course.needs of {path} must be one of {', '.join(KNOWN)}, got {need!r}")
    problem = KNOWN[need]()
    return None if problem is None else f"needs {need.upper()}: {problem}"
