"""Numbers as a reader reads them off an axis, the same on every machine.

A number is rounded to about a hundredth of its axis. Where it lies beside an edge between two
roundings, its last bit decides, and that bit differs between processors. Round numbers and halves
would often lie there; so the edges are put at odd places, where no number lies by design.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EDGE = 0.5 + 0.0618034  # how far below a multiple of the step the numbers begin that become it
SPAN = 1.0123457  # so that no round span lies between two steps


def hundredth(span: float) -> float | None:
    """Return 1, 2 or 5 times a power of ten, at most a hundredth of `span`; None for no span.

    >>> [hundredth(span) for span in (1.1, 0.4, 300.0, 0.0)]
    [0.01, 0.002, 2.0, None]
    """
    if not (math.isfinite(span) and span > 0):
        return None
    most = span / 100 * SPAN
    power = 10.0 ** math.floor(math.log10(most))
    return next(m * power for m in (5.0, 2.0, 1.0) if m == 1.0 or m * power <= most)


def rounded(value: float, step: float | None) -> str:
    """Return a number to the nearest multiple of `step`, or without one to two digits.

    >>> rounded(0.12345, 0.02), rounded(0.12345, None), rounded(-0.001, 0.02)
    ('0.12', '0.12', '0')
    """
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if step is None:
        if value == 0:
            return "0"
        step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    return f"{math.floor(value / step + EDGE) * step:.12g}"


@dataclass(frozen=True)
class Ruler:
    """How the numbers along one axis are read: in steps, or on another scale to two digits."""

    step: float | None

    def read(self, value: float) -> str:
        """Return one number."""
        return rounded(float(value), self.step)

    def reach(self, values: NDArray[Any]) -> str:
        """Return the smallest and the largest number, and the mean."""
        finite = values[np.isfinite(values)]
        if not finite.size:
            return "nowhere"
        low, high, mean = map(self.read, (finite.min(), finite.max(), finite.mean()))
        missing = "" if finite.size == values.size else f", {values.size - finite.size} missing"
        return f"{low} to {high}, mean {mean}{missing}"
