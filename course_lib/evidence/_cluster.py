"""Calls that joblib hands to a Dask cluster: no failure may be lost on the way.

joblib (as of 1.6) hears of results, and of errors of the function. Of a call or a result that
can't be sent or read, or of a call whose workers die, it hears nothing and waits for ever. So every
worker tries to read the function before the first call, arguments and results are packed where they
are made and opened where they are used, and what Dask gives up comes back as Dask's error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any


@contextmanager
def packed(
    backend: Any, function: Callable[[Any], Any]
) -> Iterator[tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]]:
    """Return what the backend is to call for the function, what packs an argument, what opens.

    Only for Dask's backend that is anything else than the function, and all things as they are.
    """
    if type(backend).__name__ != "DaskDistributedBackend":
        yield function, _as_it_is, _as_it_is
        return
    import cloudpickle

    call = partial(_packed_call, function)
    luggage = cloudpickle.dumps(call)

    def unpack() -> None:
        cloudpickle.loads(luggage)

    backend.client.run(unpack)  # a worker that can't read a call that it got would be lost
    submit = backend.submit

    def submit_and_answer(calls: Any, callback: Callable[[Any], None]) -> Future[Any]:
        def answer(finished: Future[Any]) -> None:
            error = finished.exception()
            if error is not None:
                callback(error)

        future: Future[Any] = submit(calls, callback)
        future.add_done_callback(answer)
        return future

    backend.submit = submit_and_answer
    try:
        yield call, cloudpickle.dumps, cloudpickle.loads
    finally:
        del backend.submit


def _packed_call(function: Callable[[Any], Any], argument: bytes) -> bytes:
    import cloudpickle

    result: bytes = cloudpickle.dumps(function(cloudpickle.loads(argument)))
    return result


def _as_it_is(anything: Any) -> Any:
    return anything
