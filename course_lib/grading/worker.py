"""What runs in the sandbox: a student's cells, and then their functions on the checks' cases.

It gets a job on its standard input and answers with messages on its standard output: one when a
step begins, one when it is done. It judges nothing and knows nothing that a student must not see.
Who starts it (`course_lib.grading.sandbox`) takes all that it says for a student's claim, since
the student's code runs in the same process.

Each function is called in a process of its own, forked after the cells have run.
"""

from __future__ import annotations

import contextlib
import importlib
import linecache
import os
import resource
import signal
import site
import sys
import types
from dataclasses import asdict
from numbers import Real
from typing import Any

import numpy as np

from course_lib.exercises import running
from course_lib.grading import wire

MOST_TEXT = 2000
MOST_PIECES = 5_000

# Taken now, before any student's code has run.
_write, _fork, _exit, _wait, _kill = os.write, os.fork, os._exit, os.waitpid, os.kill
_pack, _getattr = wire.pack, getattr


def main() -> None:
    """Read the job, give up all rights, and go through the steps."""
    out = os.dup(1)
    job = wire.unpack(sys.stdin.buffer.read())
    printed = _silence()
    confine(job["limits"], job["user"])
    _say(out, {"what": "ready"})
    space = _namespace()
    for number, step in job["steps"]:
        _say(out, {"what": "begin", "step": number})
        if step["kind"] == "cell":
            found = run_cell(step["source"], step["name"], space)
            _say(out, {"what": "done", "step": number, **found, "printed": _cut(printed)})
        else:
            _in_a_process(out, number, step, space, printed, alone=job["alone"])
    _say(out, {"what": "end"})
    _exit(0)  # no exit handler of a student's


def confine(limits: dict[str, int], user: int | None) -> None:
    """Give up root's rights, and limit what this process and its children can take.

    Parameters
    ----------
    limits : dict
        Bytes of memory and of a file, numbers of processes and of open files, seconds of computing.
    user : int or None
        The user's number to run as; None: the one that it is.
    """
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    for name, value in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["disk"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_CORE, 0),
        *([(resource.RLIMIT_NPROC, limits["processes"])] if limits["processes"] else []),
    ):
        hard = resource.getrlimit(name)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (most, most))


def run_cell(source: str, name: str, space: dict[str, Any]) -> dict[str, Any]:
    r"""Run a cell as a notebook does; return its error, an empty text if there was none.

    Parameters
    ----------
    source : str
        Its lines.
    name : str
        What tracebacks call it.
    space : dict
        The names of the notebook.

    Examples
    --------
    >>> space = {}
    >>> run_cell("x = 2\ny = z", "cell 1", space)["error"], space["x"]
    ("NameError: name 'z' is not defined (line 2: y = z)", 2)
    """
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)
    try:
        exec(compile(source, name, "exec"), space)
    except SyntaxError as problem:
        where = f" (line {problem.lineno}: {(problem.text or '').strip()})" * bool(problem.lineno)
        return {"error": f"{type(problem).__name__}: {problem.msg}{where}"[:MOST_TEXT]}
    except BaseException as problem:
        return {"error": _in_words(problem, name)[:MOST_TEXT]}
    return {"error": ""}


def run_check(step: dict[str, Any], space: dict[str, Any]) -> dict[str, Any]:
    """Call a student's function on the cases of a check; return what came of it.

    Parameters
    ----------
    step : dict
        The kind of the check, the function's name, where its drive is, and the cases.
    space : dict
        The names of the notebook.

    Examples
    --------
    >>> step = {
    ...     "kind": "exercise", "function": "f", "drive": ["running", "call"], "cases": [{"x": 2.0}]
    ... }
    >>> run_check(step, {"f": lambda x: x + 1})["outcomes"][0]["answer"]
    array(3.)
    >>> run_check(step, {})
    {'missing': True}
    """
    function = space.get(step["function"])
    if function is None or function is ...:
        return {"missing": True}
    if not callable(function):
        return {"type": type(function).__name__}
    if running.is_ours(function):
        return {"ours": running.name_of(function)}
    module, name = step["drive"]
    drive = _getattr(importlib.import_module(f"course_lib.exercises.{module}"), name)
    found: dict[str, Any] = {"outcomes": []}
    if "answer" in step:
        found["answer"] = _number(space.get(step["answer"]))
    for case in step["cases"]:
        outcome = running.run(function, case, drive)
        if _pieces(outcome.answer) > MOST_PIECES:
            outcome = running.Outcome(odd=f"more than {MOST_PIECES} arrays")
        found["outcomes"].append({**asdict(outcome), "answer": outcome.answer})
        if outcome.crash is not None:
            break
    return found


def _in_a_process(
    out: int, number: int, step: dict[str, Any], space: dict[str, Any], printed: int, *, alone: bool
) -> None:
    """Run a check in a child, and tell it if that ends without a result."""
    child = _fork()
    if child == 0:
        try:
            found = run_check(step, space)
        except BaseException as problem:
            found = {"error": _in_words(problem, "")[:MOST_TEXT]}
        try:
            message = {"what": "done", "step": number, **found, "printed": _cut(printed)}
            _say(out, message)
        finally:
            _exit(0)
    status = _wait(child, 0)[1]
    if alone and os.getpid() == 2:  # all others in the sandbox are the student's code's doing
        with contextlib.suppress(OSError):
            _kill(-1, signal.SIGKILL)
    _say(out, {"what": "ended", "step": number, "status": status})


def _say(out: int, value: dict[str, Any]) -> None:
    message = memoryview(_pack(value))
    while message:
        message = message[_write(out, message) :]


def _silence() -> int:
    """Give the notebook an empty input, and a file for what it prints."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    printed = os.memfd_create("printed") if hasattr(os, "memfd_create") else nothing
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    # Of C's own class: a call of ours from a student's function would look borrowed.
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    return printed


def _cut(printed: int) -> str:
    """Return the first of what was printed, and forget it all."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
        os.lseek(printed, 0, os.SEEK_SET)
        text = os.read(printed, MOST_TEXT).decode("utf-8", "replace")
        os.ftruncate(printed, 0)
        os.lseek(printed, 0, os.SEEK_SET)
        return text
    return ""


def _namespace() -> dict[str, Any]:
    """Return the names that a notebook begins with."""
    main_module = types.ModuleType("__main__")
    sys.modules["__main__"] = main_module
    space = main_module.__dict__
    site.sethelper()
    site.setquit()
    space["display"], space["get_ipython"] = print, _Nothing()
    return space


class _Nothing:
    """Whatever is asked of it, it does nothing: a notebook's own commands."""

    def __getattr__(self, name: str) -> _Nothing:
        return self

    def __call__(self, *_: object, **__: object) -> _Nothing:
        return self


def _in_words(problem: BaseException, name: str) -> str:
    """Return an exception with the last line of a cell that it came by."""
    line, step = "", problem.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file == name or (file.startswith("cell ") and not line):
            line = f"line {step.tb_lineno}: {linecache.getline(file, step.tb_lineno).strip()}"
        step = step.tb_next
    try:
        said = f"{type(problem).__name__}: {problem}".removesuffix(": ")
    except BaseException:  # its text is a student's code, too
        said = type(problem).__name__
    return f"{said} ({line})" if line else said


def _number(value: object) -> float | str | None:
    """Return a number as a float, None if there is none yet, of all else the type."""
    if value is None or value is ...:
        return None
    if isinstance(value, Real | np.ndarray) and np.ndim(value) == 0:  # type: ignore[arg-type]
        with contextlib.suppress(Exception):
            return float(value)
    return type(value).__name__


def _pieces(answer: object) -> int:
    """Count the arrays of an answer."""
    return sum(map(_pieces, answer)) if isinstance(answer, tuple) else 1


if __name__ == "__main__":
    main()
