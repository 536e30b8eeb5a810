"""The same seeds for both sides of a comparison, and runs over seeds on all cores (all chapters).

Two ways of training are compared seed by seed: with generators made anew from the same seeds, both
start from the same weights and see the same batches, and what is left between the two is what was
changed. Small networks run as a stack in one go; large ones one at a time, in a process per core,
of this machine or of a Dask cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from course_lib.arguments import a_function, listed, whole_number
from course_lib.evidence._processes import spread

Result = TypeVar("Result")


def generators(n_runs: int, first_seed: int = 0) -> list[np.random.Generator]:
    """Return a generator for each of the seeds first_seed, ..., first_seed + n_runs - 1.

    A generator moves on as it is drawn from, so make the list anew for each side: once, and used
    for the initial weights first and for the batches then.

    Parameters
    ----------
    n_runs : int, at least 1
    first_seed : int, at least 0

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> [rng.integers(100) for rng in generators(3)] == [rng.integers(100) for rng in generators(3)]
    True
    """
    n_runs = whole_number("n_runs", n_runs, low=1)
    first_seed = whole_number("first_seed", first_seed, low=0)
    return [np.random.default_rng(seed) for seed in range(first_seed, first_seed + n_runs)]


@dataclass(frozen=True)
class SeedResults(Generic[Result]):
    """What `run_over_seeds` finished.

    Attributes
    ----------
    seeds : tuple of int
        The finished seeds, in order.
    results : list
        What the function returned, one for each of these seeds.
    interrupted : bool
        Whether the keyboard stopped it: then seeds are missing at the end, from the first one on
        that wasn't finished.
    """

    seeds: tuple[int, ...]
    results: list[Result]
    interrupted: bool = False


def run_over_seeds(
    function: Callable[[int], Result],
    seeds: Iterable[int],
    *,
    n_jobs: int | None = None,
    progress: bool = False,
) -> SeedResults[Result]:
    """Call `function(seed)` for each seed, in a process per core.

    A keyboard interrupt, here or in a call, keeps what is finished, and nothing of any other seed:
    no error comes out, the result says it in `interrupted`.

    The results do not depend on `n_jobs`: each call makes its own generator from its seed, and the
    linear algebra runs in one thread everywhere, so that the processes don't fight over the cores.
    Under ``joblib.parallel_config("dask")`` a Dask cluster takes the calls, on all cores that its
    workers have.

    Parameters
    ----------
    function : callable
        Takes a seed, returns what is to be kept (it travels between processes: a few numbers are
        better than a network). Arrays that it refers to must only be read.
    seeds : iterable of int
        Different whole numbers of at least 0.
    n_jobs : int, optional
        Processes: 1 stays in this one, always; -1 takes one per core. Without it,
        `joblib.parallel_config` decides, and where that says nothing, one per core.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.
    Exception
        What `function` raised for a seed, or what kept a cluster from calling it.

    Examples
    --------
    >>> def first_draw(seed):
    ...     return int(np.random.default_rng(seed).integers(100))
    >>> run_over_seeds(first_draw, range(3), n_jobs=1)
    SeedResults(seeds=(0, 1, 2), results=[85, 47, 83], interrupted=False)
    """
    a_function("function", function)
    given = listed("seeds", seeds, "a sequence such as range(5)")
    checked = [whole_number(f"seeds[{i}]", seed, low=0) for i, seed in enumerate(given)]
    if not checked or len(set(checked)) < len(checked):
        raise ValueError(f"seeds must be at least one, and all different, got {checked}")
    results, interrupted = spread(function, checked, n_jobs=n_jobs, progress=progress, what="seeds")
    return SeedResults(tuple(checked[: len(results)]), results, interrupted)
