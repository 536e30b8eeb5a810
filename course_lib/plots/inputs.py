"""What a figure is drawn from, looked at before anything is drawn.

matplotlib leaves out what it can't draw, without a word: nan, a masked entry, a label that has no
marker. Here such an input is refused, by the name of the parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from course_lib.arguments import FloatArray

Extent = tuple[float, float, float, float]
Surface = Callable[[FloatArray, FloatArray], FloatArray]
T = TypeVar("T")


def finite_array(name: str, values: object, shape: tuple[int | str, ...]) -> FloatArray:
    """Return `values` as an array of finite floats; a word in `shape` is any length from 1 on.

    >>> finite_array("levels", [1, 2], ("n_levels",))
    array([1., 2.])
    >>> finite_array("levels", [1, np.nan], ("n_levels",))
    Traceback (most recent call last):
    ValueError: levels must be finite numbers, got nan at index (1,)
    """
    if np.ma.isMaskedArray(values):
        raise ValueError(
            f"{name} must not be a masked array: leave the masked entries out, or fill them with "
            f"{name}.filled(value); got {np.ma.getmaskarray(values).sum()} masked"
        )
    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be finite numbers, got {values!r}")
    fits = len(array.shape) == len(shape) and all(
        got == want if isinstance(want, int) else got > 0
        for got, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
        raise ValueError(f"{name} must have the shape ({wanted}), got {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite numbers, got {array[where]} at index {where}")
    return array.astype(float)


def rising(name: str, values: object, words: Sequence[str]) -> tuple[float, ...]:
    """Return two or four finite numbers, each pair of them rising.

    >>> rising("limits", (2, -2), ("low", "high"))
    Traceback (most recent call last):
    ValueError: limits must be finite numbers (low, high) with low < high, got (2, -2)
    """
    pairs = list(zip(words[::2], words[1::2], strict=True))
    rule = " and ".join(f"{low} < {high}" for low, high in pairs)
    try:
        numbers = finite_array(name, values, (len(words),)).tolist()
    except ValueError:
        numbers = []
    if not numbers or any(
        not low < high for low, high in zip(numbers[::2], numbers[1::2], strict=True)
    ):
        raise ValueError(
            f"{name} must be finite numbers ({', '.join(words)}) with {rule}, got {values!r}"
        )
    return tuple(numbers)


def checked_extent(extent: object) -> Extent:
    """Return the edges of a map.

    >>> checked_extent((-1, 1, 0, 2))
    (-1.0, 1.0, 0.0, 2.0)
    """
    left, right, bottom, top = rising("extent", extent, ("left", "right", "bottom", "top"))
    return left, right, bottom, top


def labelled(name: str, things: object, kind: type[T], *, empty: bool = False) -> Mapping[str, T]:
    """Return a mapping from labels to things of one kind, at least one of them.

    >>> labelled("parameters", {}, int)
    Traceback (most recent call last):
    ValueError: parameters must map at least one label to int, got {}
    """
    what = f"{name} must map {'labels' if empty else 'at least one label'} to {kind.__name__}"
    if not isinstance(things, Mapping):
        raise ValueError(f"{what}, got {type(things).__name__}")
    if not things and not empty:
        raise ValueError(f"{what}, got {{}}")
    for label, thing in things.items():
        if not isinstance(label, str):
            raise ValueError(f"{what}, and labels must be str, got {label!r}")
        if not isinstance(thing, kind):
            raise ValueError(f"{what}, got {type(thing).__name__} for {label!r}")
    return things


def checked_path(label: str, path: object) -> FloatArray:
    """Return a path's points, of shape (n_points, 2)."""
    return finite_array(f"paths[{label!r}]", path, ("n_points", 2))


def heights(surface: Surface, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return what a function of two variables says at places: finite, one number for each.

    >>> heights(lambda x, y: 1 / x, np.zeros(1), np.zeros(1))
    Traceback (most recent call last):
    ValueError: surface must return finite numbers, got inf at (0, 0)
    """
    if not callable(surface):
        raise ValueError(f"surface must be a function of two arrays, got {surface!r}")
    with np.errstate(all="ignore"):  # what comes of it is told below
        found = surface(x, y)
    if np.ma.isMaskedArray(found) or np.shape(found) != x.shape:
        got = "a masked array" if np.ma.isMaskedArray(found) else np.shape(found)
        raise ValueError(f"surface must return an array of the shape of x, {x.shape}, got {got}")
    numbers = np.asarray(found, float)
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise ValueError(
            f"surface must return finite numbers, got {numbers[bad][0]} "
            f"at ({x[bad][0]:g}, {y[bad][0]:g})"
        )
    return numbers


def contour_levels(levels: object, found: FloatArray) -> list[float]:
    """Return rising heights for contour lines; for None ten, closer together towards the lowest."""
    if levels is None:
        low, high = found.min(), found.max()
        if math.isclose(low, high):
            raise ValueError(f"surface must not be flat over the extent, got {low:g} everywhere")
        chosen: list[float] = (low + (high - low) * np.linspace(0.02, 0.95, 10) ** 2).tolist()
        return chosen
    numbers: list[float] = finite_array("levels", levels, ("n_levels",)).tolist()
    if any(not low < high for low, high in pairwise(numbers)):
        raise ValueError(f"levels must rise from one to the next, got {levels!r}")
    return numbers


def words(name: str, text: Any) -> str:
    """Return a text, or say that `name` takes one."""
    if not isinstance(text, str):
        raise ValueError(f"{name} must be a str, got {text!r}")
    return text
