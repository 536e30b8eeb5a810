"""Two checks of arguments that every drawn data set needs."""

import operator

import numpy as np


def require_generator(rng: object) -> None:
    """Raise a `ValueError` unless `rng` is a `numpy.random.Generator`."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            "rng must be a numpy.random.Generator, such as numpy.random.default_rng(0), "
            f"got {rng!r}"
        )


def require_whole_number(name: str, value: object, lowest: int) -> int:
    """Return `value` as an `int`, or raise a `ValueError` if it is none or below `lowest`."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # what else it is, is the question
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < lowest:
        raise ValueError(f"{name} must be a whole number >= {lowest}, got {value!r}")
    return number
