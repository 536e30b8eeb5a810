"""Answers as plain values: what a student's function returned, and nothing that it could forge.

A plain value is a float array, or a tuple of plain values. Everything that a check compares is made
plain first, so that no class with a comparison of its own takes part in the judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from numbers import Real
from types import GeneratorType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Plain: TypeAlias = "NDArray[np.float64] | tuple[Plain, ...]"

MOST_ITEMS = 10_000  # of a generator that may never end
TOLERANCE = 1e-6  # of the largest number in an array

# Taken now, before any student's code has run: what it puts in their place is not used.
_array, _abs, _isnan, _max = np.array, np.abs, np.isnan, np.max


class NotPlainError(TypeError):
    """An answer that is no number, no array, and no list of them."""


def plain(value: object) -> Plain:
    """Return an answer as float arrays, in tuples where it was a list, a tuple or a generator.

    >>> plain([1, np.zeros(2)])
    (array(1.), array([0., 0.]))
    >>> plain(None)
    Traceback (most recent call last):
    course_lib.exercises.answers.NotPlainError: None
    """
    if isinstance(value, (Real, np.ndarray)) and type(value).__module__ in ("builtins", "numpy"):
        array = _array(value, dtype=None)
        if array.dtype.kind in "biuf":
            return _array(array, dtype=np.float64)
    if type(value) in (list, tuple):
        return tuple(plain(item) for item in value)  # type: ignore[attr-defined]
    if type(value) is GeneratorType:
        items = tuple(plain(item) for item in islice(value, MOST_ITEMS + 1))
        if len(items) > MOST_ITEMS:
            raise NotPlainError(f"a generator of more than {MOST_ITEMS} items")
        return items
    raise NotPlainError("None" if value is None else f"an object of type {type(value).__name__}")


def same(answer: Plain, expected: Plain, tolerance: float = TOLERANCE) -> bool:
    """Tell whether two plain values agree: the same shapes, and numbers that differ by rounding.

    A list of numbers is as good as an array of them.

    >>> same((np.array(1.0), np.array(2.0)), np.array([1.0, 2.0]))
    True
    >>> same(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]))
    True
    >>> same(np.array([1.0]), np.array(1.0)), same((), np.array(1.0))
    (False, False)
    """
    if isinstance(answer, tuple) or isinstance(expected, tuple):
        if not (isinstance(answer, tuple) and isinstance(expected, tuple)):
            answer, expected = _stacked(answer), _stacked(expected)
            alike = isinstance(answer, np.ndarray) and isinstance(expected, np.ndarray)
            return alike and same(answer, expected, tolerance)
        pairs = zip(answer, expected, strict=False)
        return len(answer) == len(expected) and all(same(a, b, tolerance) for a, b in pairs)
    if answer.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        far = ~(_abs(answer - expected) <= tolerance * _largest(expected))
        # Equal infinities have no difference, and two nan are the same answer here.
        far &= ~((answer == expected) | (_isnan(answer) & _isnan(expected)))
    return not far.any()


def arrays(value: Plain) -> Iterator[NDArray[np.float64]]:
    """Yield the arrays of a plain value, from the first to the last."""
    if isinstance(value, tuple):
        for item in value:
            yield from arrays(item)
    else:
        yield value


def shapes(value: Plain) -> str:
    """Return the shapes of a plain value in words.

    >>> shapes((np.zeros((2, 3)), np.array(1.0)))
    'a tuple of 2: an array of shape (2, 3), a number'
    """
    if isinstance(value, tuple):
        inside = ", ".join(shapes(item) for item in value[:4]) + (", ..." if len(value) > 4 else "")
        return f"a tuple of {len(value)}" + (f": {inside}" if value else "")
    return f"an array of shape {value.shape}" if value.ndim else "a number"


def ratio(answer: Plain, expected: Plain) -> float | None:
    """Return the number that the answer is times the expected one, None if there is none such.

    >>> ratio(np.array([2.0, 4.0]), np.array([1.0, 2.0]))
    2.0
    >>> ratio(np.array([2.0, 4.0]), np.array([1.0, 3.0])) is None
    True
    """
    ours, theirs = list(arrays(expected)), list(arrays(answer))
    if [a.shape for a in ours] != [a.shape for a in theirs] or not ours:
        return None
    all_ours = np.concatenate([a.ravel() for a in ours])
    all_theirs = np.concatenate([a.ravel() for a in theirs])
    if not all_ours.size or not _abs(all_ours).max() > 0 or not np.isfinite(all_theirs).all():
        return None
    largest = int(_abs(all_ours).argmax())
    factor = float(all_theirs[largest] / all_ours[largest])
    return factor if factor and same(all_theirs, factor * all_ours) else None


def shown(value: Any, width: int = 300) -> str:
    """Return a value as a short text.

    >>> shown((np.array([1.0, 0.5]), np.array(2.0)))
    '([1, 0.5], 2)'
    """
    if isinstance(value, tuple | list):
        parts = [shown(item, width) for item in value[:4]] + ["..."] * (len(value) > 4)
        text = f"({', '.join(parts)})" if isinstance(value, tuple) else f"[{', '.join(parts)}]"
    elif isinstance(value, np.ndarray):
        text = np.array2string(
            value, separator=", ", threshold=24, edgeitems=2, max_line_width=width,
            formatter={"float_kind": lambda number: f"{number:.4g}"},
        )  # fmt: skip
        text = " ".join(text.split())
    else:
        text = f"{value:.4g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= width else f"{text[: width - 4]} ..."


def _stacked(value: Plain) -> Plain:
    """Return a tuple of arrays of one shape as an array, everything else as it is."""
    if not isinstance(value, tuple) or not value:
        return value
    items = [_stacked(item) for item in value]
    shapes_of = {item.shape if isinstance(item, np.ndarray) else None for item in items}
    return value if None in shapes_of or len(shapes_of) > 1 else _array(items, dtype=np.float64)


def _largest(array: NDArray[np.float64]) -> Any:
    """Return the largest finite number of an array, in size; 1 at least where all are tiny."""
    sizes = _abs(array[np.isfinite(array)])
    return max(float(_max(sizes)), 1e-6) if sizes.size else 1.0
