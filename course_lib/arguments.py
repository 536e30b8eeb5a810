"""What a user passes in, looked at once: every error names the parameter, the value and the range.

All other modules may import this one; it imports numpy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


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
    return number


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


def check_rate(name: str, rate: object, n_runs: int | None, *, zero: bool = False) -> None:
    """Look at a learning rate above 0, or with `zero` from 0 on, as a warm-up's first one.

    >>> check_rate("learning_rate", -1, n_runs=None)
    Traceback (most recent call last):
    ValueError: learning_rate must be a number in (0, inf), got -1
    """
    rates = np.asarray(rate if isinstance(rate, int | float | np.number | np.ndarray) else None)
    shapes = [()] if n_runs is None else [(), (n_runs, 1)]
    good = rates.dtype.kind in "iuf" and rates.shape in shapes
    if not good or not (np.isfinite(rates) & ((rates > 0) | ((rates == 0) & zero))).all():
        stack = "" if n_runs is None else f", or an array of them of shape ({n_runs}, 1)"
        left = "[" if zero else "("
        raise ValueError(f"{name} must be a number in {left}0, inf){stack}, got {rate!r}")


def check_share(name: str, share: object, n_runs: int | None = None) -> None:
    """Look at a share in [0, 1), or for a stack an array of them of shape (n_runs, 1).

    Without `n_runs` any number of runs is taken.

    >>> check_share("beta", 1.0)
    Traceback (most recent call last):
    ValueError: beta must be a number in [0, 1), or an array of them of shape (n_runs, 1), got 1.0
    """
    shares = np.asarray(share if isinstance(share, int | float | np.number | np.ndarray) else None)
    fits = shares.ndim == 0 or (shares.ndim == 2 and shares.shape[1] == 1)
    if n_runs is not None and shares.ndim == 2:
        fits = shares.shape[0] == n_runs
    if not (fits and shares.dtype.kind in "iuf") or not ((shares >= 0) & (shares < 1)).all():
        runs = "n_runs" if n_runs is None else n_runs
        raise ValueError(
            f"{name} must be a number in [0, 1), or an array of them of shape ({runs}, 1), "
            f"got {share!r}"
        )


def check_strength(name: str, strength: Any) -> Any:
    """Return a strength in [0, inf), or for a stack an array of them of shape (n_runs, 1).

    >>> check_strength("l2", -0.1)
    Traceback (most recent call last):
    ValueError: l2 must be a number in [0, inf), or an array of them of shape (n_runs, 1), got -0.1
    """
    numbers = np.asarray(
        strength if isinstance(strength, int | float | np.number | np.ndarray) else None
    )
    fits = numbers.ndim == 0 or (numbers.ndim == 2 and numbers.shape[1] == 1)
    good = fits and numbers.dtype.kind in "iuf"
    if not good or not ((numbers >= 0) & (numbers < np.inf)).all():
        raise ValueError(
            f"{name} must be a number in [0, inf), or an array of them of shape (n_runs, 1), "
            f"got {strength!r}"
        )
    return strength


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
