"""Calls in a process per core, one after the other where that is asked for, or on a cluster.

`run_over_seeds` and `on_all_cores` say to their callers what holds; this is what they share.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from course_lib.arguments import whole_number
from course_lib.evidence import _cluster

Argument = TypeVar("Argument")
Result = TypeVar("Result")

# joblib's processes (loky) end when they have grown by 300 MB, are replaced, and the call that was
# going to the old one goes to the new one: no result is missing, and nobody has to be told.
REPLACED = "A worker stopped while some jobs were given to the executor"


def spread(
    function: Callable[[Argument], Result],
    arguments: Sequence[Argument],
    *,
    n_jobs: int | None,
    progress: bool,
    what: str,
) -> tuple[list[Result], bool]:
    """Return the results that were finished, in order, and whether the keyboard stopped it.

    Parameters
    ----------
    function : callable
        Travels with each call.
    arguments : sequence
        One for each call; each travels with its own call alone.
    n_jobs : int or None
        See `run_over_seeds`.
    progress : bool
    what : str
        What there is one of in each call, in the plural.
    """
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    backend, configured = get_active_backend()
    if n_jobs is None:
        n_jobs = -1 if configured is None else configured
    elif n_jobs != -1:
        try:
            n_jobs = whole_number("n_jobs", n_jobs, low=1)
        except ValueError as error:
            raise ValueError(f"{error}; -1 takes one per core") from None
    here = "sequential" if n_jobs == 1 else None
    in_this_process = getattr(backend, "supports_sharedmem", False)
    one_thread = partial(_in_one_thread, function, in_this_process)
    results: list[Result] = []
    interrupted = False
    # Calls in threads of this process share BLAS's setting, and each would put back what another
    # had set: so it is set once, around them all. OpenMP has one for each thread.
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.filterwarnings("ignore", REPLACED, UserWarning)
        try:
            with _cluster.packed(here or backend, one_thread) as (call, pack, unpack):
                calls = [delayed(call)(pack(argument)) for argument in arguments]
                running = Parallel(n_jobs, backend=here, batch_size=1, return_as="generator")(calls)
                for result in _counted(running, len(calls), progress, what):
                    results.append(unpack(result))  # noqa: PERF401 (an interrupt keeps these)
        except KeyboardInterrupt:  # here, or in a call
            interrupted = True
    return results, interrupted


def _in_one_thread(
    function: Callable[[Argument], Result], blas_is_set: bool, argument: Argument
) -> Result:
    from threadpoolctl import ThreadpoolController

    libraries = ThreadpoolController()
    with (libraries.select(user_api="openmp") if blas_is_set else libraries).limit(limits=1):
        return function(argument)


def _counted(results: Iterable[Any], n_calls: int, progress: bool, what: str) -> Iterable[Any]:
    if not progress:
        return results
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(results, total=n_calls, desc=what, unit=what.removesuffix("s"))
    return bar
