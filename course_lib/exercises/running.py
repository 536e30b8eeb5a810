"""Runs a student's function on a case, and keeps what came of it: an answer, or how it crashed.

This is the only part that touches the student's code. What it returns is plain (arrays, texts), so
that a grader can run it in a sandbox and judge the outcomes outside.
"""

from __future__ import annotations

import ast
import copy
import linecache
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from course_lib.exercises.answers import NotPlainError, Plain, plain, shapes

PACKAGE = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent

Function = Callable[..., Any]
Case = Mapping[str, Any]
Drive = Callable[[Function, dict[str, Any]], Any]


@dataclass(frozen=True)
class Crash:
    """An exception in a student's function.

    Parameters
    ----------
    error : str
        Its type and its message.
    line : str
        The student's own line in which it came up, with its number; empty if none is known.
    shapes : str
        The names in that line that are arrays, with their shapes.
    """

    error: str
    line: str = ""
    shapes: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a function did with a case.

    Parameters
    ----------
    answer : array, tuple or None
        What it returned, as plain values; None if it came to no answer.
    crash : Crash, optional
        How it ended without an answer.
    odd : str
        What it returned instead of numbers; empty if it returned numbers.
    changed : tuple of str
        The arguments that it changed.
    warned : tuple of str
        What numpy or Python warned of, each once.
    borrowed : tuple of str
        The functions of this package that it called.
    """

    answer: Plain | None = None
    crash: Crash | None = None
    odd: str = ""
    changed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    borrowed: tuple[str, ...] = ()


def is_ours(function: Function) -> bool:
    """Tell whether a function, a method or an object with a call is this package's own.

    >>> from course_lib.momentum import Momentum, heavy_ball
    >>> is_ours(heavy_ball), is_ours(Momentum(0.9).edit), is_ours(lambda x: x)
    (True, True, False)
    """
    function = getattr(function, "func", function)  # of a partial
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is not None:
        return _is_below(code.co_filename, PACKAGE)
    return type(function).__module__.partition(".")[0] == PACKAGE.name


def name_of(function: object) -> str:
    """Return the name of a function, as it is told to a student."""
    function = getattr(function, "func", function)  # of a partial
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def call(function: Function, case: dict[str, Any]) -> Any:
    """Call the function with the case: the plainest way to drive it."""
    return function(**case)


def run(function: Function, case: Case, drive: Drive = call) -> Outcome:
    """Run a function on a copy of a case and return what came of it; Ctrl-C passes through.

    >>> run(lambda x: 2 * x, {"x": np.array([1.0, 2.0])}).answer
    array([2., 4.])
    >>> run(lambda x: x + y, {"x": 1.0}).crash.error
    "NameError: name 'y' is not defined"
    """
    given = {name: copy.deepcopy(value) for name, value in case.items()}
    borrowed: dict[str, None] = {}
    returned: list[Any] = []

    def student(*arguments: Any, **named: Any) -> Any:
        value = function(*arguments, **named)
        if value is None or value is ...:
            raise NotPlainError("None" if value is None else "...")
        returned[:] = [value]
        return value

    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        before = sys.getprofile()
        sys.setprofile(lambda frame, event, _: _note(frame, event, borrowed))
        try:
            answer = plain(drive(student, dict(given)))
            outcome = Outcome(answer)
        except NotPlainError as problem:
            outcome = Outcome(odd=str(problem))
        except RecursionError:
            outcome = Outcome(crash=Crash("RecursionError: the function calls itself for ever"))
        except Exception as problem:
            stopped = crash(problem, function)
            outcome = Outcome(crash=stopped)
            if returned and not stopped.line:  # what it returned could not be used
                outcome = Outcome(odd=_in_words(returned[0]))
        finally:
            sys.setprofile(before)
    said = dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)
    return Outcome(
        outcome.answer, outcome.crash, outcome.odd,
        tuple(name for name in case if _differs(case[name], given[name])),
        tuple(said), tuple(borrowed),
    )  # fmt: skip


def crash(problem: Exception, function: Function) -> Crash:
    """Return where in the student's code an exception came up, with the arrays of that line."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    found: TracebackType | None = None
    step = problem.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file == own or (own is None and not _is_below(file, PACKAGE)):
            found = step
        step = step.tb_next
    error = f"{type(problem).__name__}: {problem}".removesuffix(": ")
    if found is None:
        return Crash(error)
    text = linecache.getline(found.tb_frame.f_code.co_filename, found.tb_lineno).strip()
    line = f"line {found.tb_lineno}: {text}" if text else f"line {found.tb_lineno}"
    return Crash(error, line, _shapes_in(text, found.tb_frame))


def _in_words(value: object) -> str:
    """Return what kind of value a function returned."""
    try:
        return shapes(plain(value))
    except NotPlainError as problem:
        return str(problem)


def _shapes_in(line: str, frame: FrameType) -> str:
    """Return the arrays that a line of code names, with their shapes."""
    known = {**frame.f_globals, **frame.f_locals}
    names = dict.fromkeys(_names(line))
    arrays = [(n, known[n]) for n in names if isinstance(known.get(n), np.ndarray)]
    return ", ".join(f"{name} has the shape {array.shape}" for name, array in arrays)


def _names(line: str) -> list[str]:
    """Return the names in a line of code, in their order; none if it is only a part of a line."""
    for text in (line, line.rstrip(":") + ": pass", line.removeprefix("return ")):
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        return [node.id for node in sorted(found, key=lambda node: node.col_offset)]
    return []


def _note(frame: FrameType, event: str, borrowed: dict[str, None]) -> None:
    """Note a call from the student's code into this package."""
    if event != "call":
        return
    code, caller = frame.f_code, frame.f_back
    if caller is None or _is_below(caller.f_code.co_filename, PACKAGE):
        return
    # What a check hands in, such as a gradient, is a function inside of one of its functions.
    handed_in = _is_below(code.co_filename, HERE) and "<locals>" in code.co_qualname
    imported = code.co_name == "<module>"  # a module that is imported runs its lines
    if _is_below(code.co_filename, PACKAGE) and not handed_in and not imported:
        borrowed.setdefault(f"{frame.f_globals.get('__name__', '')}.{code.co_qualname}")


def _is_below(file: str, folder: Path) -> bool:
    """Tell whether a file's name is that of a file in a folder or below it."""
    return file.startswith((f"{folder}/", f"{folder}\\"))


def _differs(before: Any, after: Any) -> bool:
    """Tell whether an argument is another one than before: arrays and lists of arrays."""
    if isinstance(before, np.ndarray):
        same = type(after) is np.ndarray and before.shape == after.shape
        return not same or before.tobytes() != after.tobytes()
    if isinstance(before, list | tuple):
        return len(before) != len(after) or any(map(_differs, before, after))
    return False
