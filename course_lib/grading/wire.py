"""How the sandbox and the grader talk: plain values as JSON and raw bytes, read with suspicion.

A message is 8 bytes with two lengths, a JSON text, and the bytes of its arrays. There is nothing
in it that could run: no pickle, no class, no reference. What does not fit is a `WireError`.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np

HEAD = struct.Struct(">II")
DEEPEST = 32  # lists in lists
MOST_AXES = 16
DTYPES = {f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)} | {"b1", "f2", "f4", "f8"}

# Taken now, before any student's code has run: what it puts in their place is not used.
_dumps, _loads, _array, _frombuffer = json.dumps, json.loads, np.ascontiguousarray, np.frombuffer


class WireError(ValueError):
    """A message that cannot be read, with the reason."""


def pack(value: object) -> bytes:
    """Return a message.

    Parameters
    ----------
    value : object
        None, a truth value, a number, a text, an array of numbers, and lists, tuples and dicts of
        these.

    Raises
    ------
    WireError
        If it holds something else.

    Examples
    --------
    >>> unpack(pack({"w": np.zeros(2), "n": (1, float("inf"))}))
    {'w': array([0., 0.]), 'n': (1, inf)}
    """
    blobs: list[bytes] = []
    text = _dumps(_written(value, blobs, 0)).encode("ascii")
    blob = b"".join(blobs)
    return HEAD.pack(len(text), len(blob)) + text + blob


def unpack(message: bytes) -> Any:
    """Return the value of a message.

    Parameters
    ----------
    message : bytes
        What `pack` has made, or what somebody says that it has.

    Raises
    ------
    WireError
        If anything about it is not as `pack` makes it.

    Examples
    --------
    >>> unpack(b"no message")
    Traceback (most recent call last):
    course_lib.grading.wire.WireError: the lengths do not fit
    """
    if len(message) < HEAD.size or size_of(message) != len(message):
        raise WireError("the lengths do not fit")
    middle = HEAD.size + HEAD.unpack_from(message)[0]
    try:
        tree = _loads(message[HEAD.size : middle].decode("ascii"))
        return _read(tree, memoryview(message)[middle:], 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, MemoryError) as problem:
        raise WireError(f"{type(problem).__name__}: {problem}"[:200]) from None


def size_of(head: bytes) -> int:
    """Return how many bytes a message has, from its first 8."""
    text, blob = HEAD.unpack_from(head)
    return HEAD.size + int(text) + int(blob)


def _written(value: Any, blobs: list[bytes], depth: int) -> Any:
    """Return a value as JSON takes it; the bytes of arrays go to `blobs`."""
    if depth > DEEPEST:
        raise WireError(f"more than {DEEPEST} lists in each other")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.bool_ | np.integer | np.floating):
        return value.item()
    if type(value) in (list, tuple):
        mark = "list" if type(value) is list else "tuple"
        return [mark, *(_written(item, blobs, depth + 1) for item in value)]
    if type(value) is dict:
        return {str(key): _written(item, blobs, depth + 1) for key, item in value.items()}
    if type(value) is np.ndarray and value.dtype.str[1:] in DTYPES:
        dtype = value.dtype.newbyteorder("<")
        blobs.append(_array(value, dtype).tobytes())
        return ["array", dtype.str, list(value.shape)]
    raise WireError(f"a value of type {type(value).__name__}")


def _read(tree: Any, blob: memoryview, depth: int) -> Any:
    """Return the value that JSON and bytes stand for; every byte has to be used."""
    value, rest = _value(tree, blob, depth)
    if len(rest):
        raise WireError("bytes are left over")
    return value


def _value(tree: Any, blob: memoryview, depth: int) -> tuple[Any, memoryview]:
    if depth > DEEPEST:
        raise WireError(f"more than {DEEPEST} lists in each other")
    if isinstance(tree, dict):
        found = {}
        for key, item in tree.items():
            found[key], blob = _value(item, blob, depth + 1)
        return found, blob
    if not isinstance(tree, list):
        return tree, blob
    mark, *items = tree or [None]
    if mark == "array":
        return _an_array(items, blob)
    if mark not in ("list", "tuple"):
        raise WireError("a list without its kind")
    values = []
    for item in items:
        value, blob = _value(item, blob, depth + 1)
        values.append(value)
    return (values if mark == "list" else tuple(values)), blob


def _an_array(items: list[Any], blob: memoryview) -> tuple[Any, memoryview]:
    """Return an array of its own memory, and the bytes after it."""
    code, shape = items
    if not isinstance(code, str) or code[:1] not in "<|" or code[1:] not in DTYPES:
        raise WireError(f"an array of {str(code)[:20]!r}")
    if not isinstance(shape, list) or len(shape) > MOST_AXES:
        raise WireError("an array's shape")
    if not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise WireError("an array's shape")
    count, size = math.prod(shape), np.dtype(code).itemsize
    if count * size > len(blob):
        raise WireError("an array that is larger than its bytes")
    array = _frombuffer(blob[: count * size], dtype=code).reshape(shape)
    return array.astype(array.dtype.newbyteorder("=")), blob[count * size :]
