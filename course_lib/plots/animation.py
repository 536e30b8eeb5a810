"""Animations for a notebook and for the book: plain HTML, SVG and a little JavaScript."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from matplotlib.figure import Figure

from course_lib.arguments import FloatArray, whole_number
from course_lib.plots.inputs import (
    Extent,
    Surface,
    checked_extent,
    checked_path,
    heights,
    labelled,
    words,
)
from course_lib.plots.maps import contour_lines
from course_lib.plots.style import COLOURS

SVG_DASHES = ("none", "7 4", "9 3 2 3", "2 3")
WIDTH, HEIGHT = 620, 300  # in pixels
# What is the same in every animation; each $PART is filled in.
PAGE = files("course_lib.plots").joinpath("animation.html").read_text(encoding="utf-8").rstrip()


@dataclass(frozen=True)
class Animation:
    """An animation for a notebook and for the book: plain HTML, SVG and a little JavaScript.

    It asks no other host for anything. `str` gives its alternative text, for where there is no
    browser.
    """

    markup: str
    alt: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return f"[animation: {self.alt}]"


def animation_html(
    surface: Surface,
    paths: Mapping[str, FloatArray],
    *,
    extent: tuple[float, float, float, float],
    name: str,
    alt: str,
    title: str = "",
    levels: Sequence[float] | None = None,
    milliseconds: int = 150,
) -> Animation:
    """Return an animation of points that walk along paths over contour lines, step by step.

    It stands still, at the end of all paths, until the reader presses "play" or moves the slider;
    both work from the keyboard. A reader who prefers reduced motion gets a button for the next step
    instead. Without JavaScript the whole paths are shown.

    Parameters
    ----------
    surface : callable
        As for `contour_path`; its heights along the paths are shown, too.
    paths : mapping from a label to an array of shape (n_points, 2)
        All of the same length, at least two points.
    extent : (left, right, bottom, top)
    name : str
        Letters, digits and hyphens: what the animation is called on its page, in `data-animation`.
        Two of one name, such as those of a copied cell, don't disturb each other.
    alt : str
        What is to be seen, for those who can't see it.
    title : str
    levels : sequence of float, optional
    milliseconds : int, at least 1
        Time from one step to the next.

    Examples
    --------
    >>> path = np.array([[1.0, 1.0], [0.5, -0.5], [0.2, 0.1]])
    >>> animation_html(
    ...     lambda x, y: x**2 + 4 * y**2, {"descent": path}, extent=(-2, 2, -1, 1),
    ...     name="example", alt="A point comes down.",
    ... )
    [animation: A point comes down.]
    """
    milliseconds = whole_number("milliseconds", milliseconds, low=1)
    if not words("name", name).replace("-", "").isalnum():
        raise ValueError(f"name must hold letters, digits and hyphens only, got {name!r}")
    if not words("alt", alt).strip():
        raise ValueError(f"alt must say what is to be seen, got {alt!r}")
    words("title", title)
    edges = checked_extent(extent)
    points = {
        label: checked_path(label, path)
        for label, path in labelled("paths", paths, object, empty=True).items()
    }
    lengths = {len(path) for path in points.values()}
    if len(lengths) != 1 or min(lengths) < 2:
        raise ValueError(
            f"paths must all have the same number of points, at least 2, got {sorted(lengths)}"
        )
    ax = Figure().subplots()  # never shown: only its contour lines are wanted
    contour_lines(surface, extent, levels)(ax)
    contours = [
        f'<polyline points="{_pixels(np.asarray(polygon), edges)}"/>'
        for collection in ax.collections
        for path in collection.get_paths()
        for polygon in path.to_polygons(closed_only=False)
    ]
    traces, legend, data = [], [], []
    for i, (label, path) in enumerate(points.items()):
        colour, dashes = COLOURS[i % len(COLOURS)], SVG_DASHES[i % len(SVG_DASHES)]
        told = [f"{height:.2g}" for height in heights(surface, path[:, 0], path[:, 1]).tolist()]
        pixels = _pixels(path, edges)
        end_x, end_y = pixels.rsplit(" ", 1)[-1].split(",")
        traces.append(
            f'<polyline data-part="line" points="{pixels}" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="{dashes}"/>'
            f'<circle data-part="ball" cx="{end_x}" cy="{end_y}" r="6" fill="{colour}" '
            f'stroke="#000"/>'
        )
        legend.append(
            f'<li><svg width="34" height="10" aria-hidden="true"><line x1="0" y1="5" x2="34" y2="5"'
            f' stroke="{colour}" stroke-width="3" stroke-dasharray="{dashes}"/></svg> '
            f'{html.escape(label)}: height <span data-part="height">{told[-1]}</span></li>'
        )
        data.append({"points": pixels.split(" "), "heights": told})
    parts = {
        "NAME": name,
        "LABEL": html.escape(title or alt),
        "ALT": html.escape(alt),
        "TITLE": html.escape(title),
        "WIDTH": str(WIDTH),
        "HEIGHT": str(HEIGHT),
        "CONTOURS": "".join(contours),
        "TRACES": "".join(traces),
        "LEGEND": "".join(legend),
        "DATA": html.escape(json.dumps(data)),
        "LAST": str(lengths.pop() - 1),
        "MILLISECONDS": str(milliseconds),
    }
    # Each $PART of the page is filled in by itself, so that a label with a $ stays what it is.
    markup = re.sub(r"\$([A-Z]+)", lambda match: parts[match[1]], PAGE)
    return Animation(markup, alt)


def _pixels(points: FloatArray, extent: Extent) -> str:
    """Return points as an SVG polyline has them."""
    left, right, bottom, top = extent
    x = (points[:, 0] - left) * (WIDTH / (right - left))
    y = (top - points[:, 1]) * (HEIGHT / (top - bottom))
    return " ".join(f"{one:.1f},{other:.1f}" for one, other in zip(x, y, strict=True))
