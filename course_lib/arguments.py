"""What a user passes in, looked at once: every error names the parameter, the value and the range.

All other modules may import this one; it imports numpy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from numbers import Integral
from typing import Any, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

Item = TypeVar("Item")

ANY_RUNS = 0  # where a stack may have any number of runs; None is a single network
# `isinstance` takes bools for ints, and masked arrays for arrays.
_NOT_PLAIN = (bool, np.ma.MaskedArray)


def is_listed(value: object) -> TypeGuard[Iterable[Any]]:
    """Tell whether there is something to go through: not so in an array of no axis.

    >>> is_listed((1, 2)), is_listed(np.array(1))
    (True, False)
    """
    return isinstance(value, Iterable) and not (isinstance(value, np.ndarray) and value.ndim == 0)


def listed(name: str, values: Iterable[Item], what: str) -> list[Item]:
    """Return what can be gone through as a list, gone through once, or say what `name` takes.

    >>> listed("seeds", np.array(5), "a sequence such as range(5)")
    Traceback (most recent call last):
    ValueError: seeds must be a sequence such as range(5), got array(5)
    """
    if not is_listed(values):
        raise ValueError(f"{name} must be {what}, got {values!r}")
    return list(values)


def whole_number(name: str, value: object, low: int) -> int:
    """Return `value` as an int, or say which whole numbers `name` takes.

    >>> whole_number("epochs", 3, low=1)
    3
    >>> whole_number("epochs", 0, low=1)
    Traceback (most recent call last):
    ValueError: epochs must be a whole number of at least 1, got 0
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < low:
        raise ValueError(f"{name} must be a whole number of at least {low}, got {value!r}")
    return int(value)


def real_number(
    name: str, value: object, low: float, high: float = math.inf, *, open_low: bool = False
) -> float:
    """Return `value` as a float, or say which range `name` takes (`high` is never included).

    >>> real_number("scale", 0.5, low=0.0)
    0.5
    >>> real_number("scale", -0.0, low=0.0)  # numpy's generators refuse a negative zero
    0.0
    >>> real_number("rate", 1.0, low=0.0, high=1.0)
    Traceback (most recent call last):
    ValueError: rate must be a number in [0, 1), got 1.0
    """
    number = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        with suppress(OverflowError):  # an int that no float holds stays nan
            number = float(value)
    if not low <= number < high or (open_low and number == low):
        left = "(" if open_low else "["
        raise ValueError(f"{name} must be a number in {left}{low:g}, {high:g}), got {value!r}")
    return number + 0.0


def one_of(name: str, value: object, allowed: Iterable[str]) -> str:
    """Return `value`, or list the words that `name` takes.

    >>> one_of("activation", "rely", ["relu", "tanh"])
    Traceback (most recent call last):
    ValueError: activation must be one of 'relu', 'tanh', got 'rely'
    """
    allowed = list(allowed)
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value


def per_run(
    name: str,
    value: Any,
    n_runs: int | None = ANY_RUNS,
    *,
    low: float = 0.0,
    high: float = math.inf,
    open_low: bool = False,
) -> Any:
    """Return one number for all runs, or for a stack an array of shape (n_runs, 1).

    Whole numbers in an array become floats. `n_runs` is None for a single network; without it any
    number of runs is taken.

    >>> per_run("beta", 0.9, high=1)
    0.9
    >>> per_run("beta", 1.0, high=1)
    Traceback (most recent call last):
    ValueError: beta must be a number in [0, 1), or an array of them of shape (n_runs, 1), got 1.0
    >>> per_run("decay", np.ones((3, 1)), n_runs=4)
    Traceback (most recent call last):
    ValueError: decay must be a number in [0, inf), or an array of them of shape (4, 1), \
got an array of shape (3, 1)
    """
    if isinstance(value, float) and low <= value < high and (value > low or not open_low):
        return value  # quick, since some rules look in every step
    real = isinstance(value, int | float | np.number | np.ndarray)
    numbers = np.asarray(None if not real or isinstance(value, _NOT_PLAIN) else value)
    shape = numbers.shape[:1] if n_runs == ANY_RUNS else (n_runs,)
    if numbers.dtype.kind in "iuf" and numbers.size and numbers.shape in ((), (*shape, 1)):
        outside = ~((numbers > low if open_low else numbers >= low) & (numbers < high))
        if not outside.any():
            if numbers.ndim:
                return numbers if numbers.dtype.kind == "f" else numbers.astype(float)
            return value if isinstance(value, int | float | np.floating) else numbers.astype(float)
        got = f"{numbers[outside][0]} in run {outside.argmax()}" if numbers.ndim else repr(value)
    elif numbers.ndim:
        kind = "" if numbers.dtype.kind in "iuf" else f"of {numbers.dtype} "
        got = f"an array {kind}of shape {numbers.shape}"
    else:
        got = "a masked array" if isinstance(value, np.ma.MaskedArray) else repr(value)
    left = "(" if open_low else "["
    runs = "n_runs" if n_runs == ANY_RUNS else n_runs
    stack = "" if n_runs is None else f", or an array of them of shape ({runs}, 1)"
    raise ValueError(f"{name} must be a number in {left}{low:g}, {high:g}){stack}, got {got}")


def a_function(name: str, value: object) -> None:
    """Look whether `value` can be called.

    >>> a_function("make_parameters", 3)
    Traceback (most recent call last):
    ValueError: make_parameters must be a function, got 3
    """
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {value!r}")


def stack_generators(rng: object) -> list[np.random.Generator]:
    """Return a stack's generators, one for each run, as a list, or say what `rng` takes.

    >>> stack_generators(7)
    Traceback (most recent call last):
    ValueError: rng must be a numpy Generator, or for a stack a sequence of at least one, got 7
    """
    generators = list(rng) if isinstance(rng, Sequence) else []
    if not generators or not all(isinstance(one, np.random.Generator) for one in generators):
        raise ValueError(
            f"rng must be a numpy Generator, or for a stack a sequence of at least one, got {rng!r}"
        )
    return generators


def single_generator(rng: object) -> np.random.Generator:
    """Return `rng` if it is one Generator, or say how to make one.

    >>> single_generator(7)
    Traceback (most recent call last):
    ValueError: rng must be a numpy Generator, such as numpy.random.default_rng(0), got 7
    """
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"rng must be a numpy Generator, such as numpy.random.default_rng(0), got {rng!r}"
        )
    return rng


def refuse_mask(name: str, value: object) -> None:
    """Say what to do with a masked array: numpy's functions take its hidden values, too.

    >>> refuse_mask("X", np.ma.masked_invalid([1.0, np.nan]))
    Traceback (most recent call last):
    ValueError: X must be an array without a mask, got a masked array: its hidden values would be \
used; say what they count as, as in X.filled(0)
    """
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(
            f"{name} must be an array without a mask, got a masked array: its hidden values would "
            f"be used; say what they count as, as in {name.rsplit(maxsplit=1)[-1]}.filled(0)"
        )


def plain_array(name: str, value: object) -> NDArray[Any]:
    """Return a numpy array, or refuse what is none.

    A subclass of numpy's array comes back as a plain one that shares its memory: `*` is a matrix
    product for `numpy.matrix`, and would be elementwise here.

    >>> type(plain_array("X", np.ones(2).view(np.recarray)))
    <class 'numpy.ndarray'>
    """
    refuse_mask(name, value)
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{name} must be a numpy array, got {type(value).__name__}")
    return np.asarray(value)


def in_type(name: str, array: FloatArray, dtype: np.dtype[Any]) -> FloatArray:
    """Return finite numbers in the type of the parameters, if it holds them.

    >>> in_type("X", np.array([[1e300]]), np.dtype("float32"))
    Traceback (most recent call last):
    ValueError: X must hold numbers that float32 can hold, got 1e+300
    """
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        converted: FloatArray = array.astype(dtype)
    if array.dtype.itemsize > dtype.itemsize and not np.isfinite(converted).all():
        wrong = array[~np.isfinite(converted)][0]
        raise ValueError(f"{name} must hold numbers that {dtype} can hold, got {wrong}")
    return converted


def real_numbers(name: str, values: object) -> NDArray[Any]:
    """Return what numpy can make an array of, such as a list, if all of it is real numbers.

    >>> real_numbers("a", [1, 2.5])
    array([1. , 2.5])
    >>> real_numbers("a", [1, [2, 3]])
    Traceback (most recent call last):
    ValueError: a must be an array of numbers, got [1, [2, 3]]
    """
    refuse_mask(name, values)
    try:
        array = np.asarray(values)
    except (ValueError, TypeError):  # rows of different lengths
        raise ValueError(f"{name} must be an array of numbers, got {values!r}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got {array.dtype}")
    return array


def seeds_for_random_state(seed: object) -> int | list[int]:
    """Return a seed of numpy's old generator, or a list of several, or say which there are.

    >>> seeds_for_random_state(range(3))
    [0, 1, 2]
    >>> seeds_for_random_state(-1)
    Traceback (most recent call last):
    ValueError: seed must be a whole number in [0, 2**32), or several, got -1
    """
    wanted = "a whole number in [0, 2**32), or several"
    single = isinstance(seed, Integral | str | bytes)
    seeds: list[Any] = [seed] if single else listed("seed", seed, wanted)  # type: ignore[arg-type]
    if not seeds:
        raise ValueError(f"seed must be at least one number, got {seed!r}")
    for one in seeds:
        if isinstance(one, bool) or not isinstance(one, Integral) or not 0 <= int(one) < 2**32:
            raise ValueError(f"seed must be {wanted}, got {one!r}")
    return int(seeds[0]) if single else [int(one) for one in seeds]


def features(name: str, X: object, n_features: int, n_runs: int | None = None) -> FloatArray:
    """Return `X` if it is a finite float array of shape (n_samples, n_features).

    A stack of `n_runs` networks also takes (n_runs, n_samples, n_features).

    >>> features("X", np.zeros((5, 2)), n_features=3)
    Traceback (most recent call last):
    ValueError: X must have the shape (n_samples, 3) with at least one sample, got (5, 2)
    """
    shapes = f"(n_samples, {n_features})"
    allowed_ndim = [2]
    if n_runs is not None:
        shapes += f" or ({n_runs}, n_samples, {n_features})"
        allowed_ndim = [2, 3]
    if not isinstance(X, np.ndarray):
        raise ValueError(f"{name} must be a numpy array of shape {shapes}, got {type(X).__name__}")
    X = plain_array(name, X)
    fits = X.ndim in allowed_ndim and X.shape[-1] == n_features and X.shape[-2] > 0
    if not fits or (X.ndim == 3 and X.shape[0] != n_runs):
        raise ValueError(
            f"{name} must have the shape {shapes} with at least one sample, got {X.shape}"
        )
    if not np.issubdtype(X.dtype, np.floating):
        raise ValueError(
            f"{name} must hold floats, got {X.dtype}: convert it (and scale it) first, "
            f"as in {name}.astype(float)"
        )
    if not np.isfinite(X).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(X))[0])
        raise ValueError(f"{name} must be finite, got {X[where]} at index {where}")
    return X
