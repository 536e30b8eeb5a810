"""The course's look: colours, dashes and markers, and what every figure of a notebook gets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes

from course_lib.plots.contract import show_contracts

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
MARKERS = ("o", "^", "s", "D", "v", "P", "X")


def use_course_style() -> None:
    """Give all figures the course's look: dark on opaque white, so that dark pages keep it.

    It starts from matplotlib's own defaults: what another style set before is gone. The backend
    and what else belongs to the machine stay. In a notebook every figure that is shown leaves a
    contract beside its picture, which readers don't see and the tests compare.
    """
    mpl.rcdefaults()
    plt.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=DASHES),
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": "medium",
            "axes.titleweight": "bold",
            "figure.constrained_layout.use": True,
            "figure.dpi": 110,
            "figure.figsize": (6.5, 3.8),
            "font.size": 10,
            "grid.alpha": 0.3,
            "legend.framealpha": 0.9,
            "lines.linewidth": 1.8,
            "savefig.facecolor": "white",
        }
    )
    show_contracts()


def line_styles() -> Iterator[tuple[Any, ...]]:
    """Yield colours, dashes and markers, one triple for each thing to draw, without an end.

    >>> next(line_styles())
    ('#0072B2', '-', 'o')
    """
    return zip(cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False)


def given_or_new(ax: object) -> Axes:
    """Return the Axes to draw into: those given, or for None new ones."""
    if ax is None:
        return plt.subplots()[1]
    if not isinstance(ax, Axes):
        raise ValueError(f"ax must be matplotlib's Axes, got {type(ax).__name__}")
    return ax
