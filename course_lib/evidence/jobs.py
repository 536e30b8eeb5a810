"""Runs that are not a list of seeds: a rule here, a rate there, each on a core of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from course_lib.evidence._processes import spread

Name = TypeVar("Name")
Result = TypeVar("Result")


def on_all_cores(
    jobs: Mapping[Name, Callable[[], Result]],
    *,
    n_jobs: int | None = None,
    progress: bool = False,
) -> dict[Name, Result]:
    """Call every function of a dict, in a process per core, and return a dict of the results.

    What holds for `run_over_seeds` holds here: the results do not depend on `n_jobs`, and a
    keyboard interrupt keeps what is finished. The dict is shorter then, and no error comes out:
    names are missing at the end, from the first one on that wasn't finished. Each function travels
    to its process alone, with the data that it refers to.

    Parameters
    ----------
    jobs : dict of callables without arguments, at least one
        Such as ``{"plain": partial(trained, 0.0), "momentum": partial(trained, 0.9)}``.
    n_jobs : int, optional
        Processes, see `run_over_seeds`.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.
    Exception
        What one of the functions raised.

    Examples
    --------
    >>> from functools import partial
    >>> on_all_cores({"two": partial(max, 1, 2), "nine": partial(max, 9, 4)}, n_jobs=1)
    {'two': 2, 'nine': 9}
    """
    given: object = jobs
    if not isinstance(given, Mapping) or not given:
        raise ValueError(f"jobs must be a dict of functions, at least one, got {jobs!r}")
    for name, job in jobs.items():
        if not callable(job):
            raise ValueError(f"jobs[{name!r}] must be a function without arguments, got {job!r}")
    finished, _ = spread(
        _called, list(jobs.values()), n_jobs=n_jobs, progress=progress, what="jobs"
    )
    return dict(zip(jobs, finished, strict=False))  # shorter after an interrupt


def _called(function: Callable[[], Result]) -> Result:
    return function()
