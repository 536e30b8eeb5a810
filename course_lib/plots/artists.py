"""What is drawn into Axes, in words: kind, count, style, and what a reader can read off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Transform

from course_lib.arguments import FloatArray
from course_lib.plots.rounding import Ruler, hundredth, rounded

CHAOTIC = "chaotic"  # the gid of what is drawn of a chaotic run
FEW = 8  # so many points are all told; of more, five, and how far they reach
KINDS = {
    "AxesImage": "image",
    "FillBetweenPolyCollection": "band",
    "Line2D": "line",
    "LineCollection": "lines",
    "PathCollection": "points",
    "PolyCollection": "band",
    "QuadContourSet": "contours",
}


def chaotic(*drawn: Artist | Iterable[Any] | None) -> None:
    """Mark what is drawn of a chaotic run: its contract has kind, label and count, no numbers.

    Parameters
    ----------
    *drawn : artists, Axes, figures, or what holds them, such as a list of lines or of Axes
        Marked Axes stand for all that is drawn into them, a marked figure for all its Axes. Limits
        that matplotlib chose are left out there, too. Labels, titles and ticks are still compared.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> chaotic(ax.plot([1, 2, 3], [0.1, 0.7, 0.2], label="one run"))
    >>> print(drawn_words(ax, ax.lines[0], "one run", everything=False))
    line "one run": 3 points, #1f77b4 -, chaotic
    >>> plt.close(fig)
    """
    for one in drawn:
        if isinstance(one, Artist):
            one.set_gid(CHAOTIC)
        elif isinstance(one, np.ndarray):
            chaotic(*one.flat)
        elif isinstance(one, Iterable) and not isinstance(one, str):
            chaotic(*one)
        elif one is not None:
            raise ValueError(f"drawn must be matplotlib's artists, got {one!r}")


def is_chaotic(artist: Artist) -> bool:
    """Tell whether an artist is marked."""
    return artist.get_gid() == CHAOTIC


def quoted(words: str) -> str:
    """Return words between quotation marks, on one line."""
    return '"' + words.replace("\n", " / ") + '"'


def named(label: object) -> str:
    """Return a label behind a blank; nothing where matplotlib made it up.

    >>> named("descent"), named("_child1")
    (' "descent"', '')
    """
    words = str(label or "")
    return "" if not words or words.startswith("_") else " " + quoted(words)


def counted(number: int, what: str = "point") -> str:
    """Return a number of things.

    >>> counted(1), counted(2, "bar")
    ('1 point', '2 bars')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def drawn_words(ax: Axes, artist: Artist, label: object, everything: bool) -> str:
    """Return a line, band, image, patch or set of points or contours in words."""
    kind = KINDS.get(type(artist).__name__, type(artist).__name__.lower())
    parts = [count_words(artist), style(artist)]
    if everything or is_chaotic(artist):
        parts.append("chaotic")
        numbers = ""
    else:
        numbers = _numbers(ax, artist)
    head = f"{kind}{named(label)}: {', '.join(part for part in parts if part)}"
    return f"{head}; {numbers}" if numbers else head


def count_words(artist: Artist) -> str:
    """Return how many points, levels or pixels an artist has."""
    if isinstance(artist, AxesImage):
        return " × ".join(map(str, np.asarray(artist.get_array()).shape))
    if isinstance(artist, ContourSet):
        return counted(len(list(artist.levels)), "level")
    points = _points(artist)
    return "" if points is None else counted(points.shape[1])


def _points(artist: Artist) -> FloatArray | None:
    """Return an artist's points, of shape (2, n_points), before any transform to the screen."""
    if isinstance(artist, Line2D):
        points: Any = np.ma.asarray(artist.get_data(orig=False), float)
    elif isinstance(artist, PathCollection):
        points = np.ma.asarray(artist.get_offsets(), float).T
    elif isinstance(artist, Collection):
        vertices = [np.asarray(path.vertices, float) for path in artist.get_paths()]
        points = np.concatenate([np.empty((0, 2)), *vertices]).T
    elif isinstance(artist, Patch) and not isinstance(artist, FancyArrowPatch):
        points = artist.get_patch_transform().transform(artist.get_path().vertices).T
    else:
        return None
    filled: FloatArray = np.ma.filled(points, np.nan)
    return filled


def _transform(artist: Any) -> Transform:
    """Return the transform from an artist's points to the screen."""
    if isinstance(artist, PathCollection):
        return artist.get_offset_transform()
    transform: Transform = (
        artist.get_data_transform() if isinstance(artist, Patch) else artist.get_transform()
    )
    return transform


def _numbers(ax: Axes, artist: Artist) -> str:
    """Return what a reader can read off an artist."""
    if isinstance(artist, AxesImage):
        extent = " ".join(rounded(float(edge), None) for edge in artist.get_extent())
        return f"over {extent}; {_coloured(artist)}"
    points = _points(artist)
    if points is None or not points.size:
        return ""
    if isinstance(artist, ContourSet):
        # How many points make up a contour hangs on the last bit; where it lies does not.
        levels = " ".join(rounded(float(level), None) for level in artist.levels)
        rulers = _rulers(ax, _transform(artist), *points)
        x, y = (
            f"{r.read(v.min())} to {r.read(v.max())}" for r, v in zip(rulers, points, strict=True)
        )
        return f"at {levels}; x {x}; y {y}"
    numbers = series(ax, _transform(artist), *points)
    if isinstance(artist, Collection) and artist.get_array() is not None:
        numbers += f"; {_coloured(artist)}"
    return numbers


def series(ax: Axes, transform: Transform, x: FloatArray, y: FloatArray) -> str:
    """Return points as a reader reads them off the axes: all if they are few, five of many."""
    across, up = _rulers(ax, transform, x, y)
    n = len(x)
    places = range(n) if n <= FEW else [(n - 1) * k // 4 for k in range(5)]
    words = " ".join(f"({across.read(x[i])}, {up.read(y[i])})" for i in places)
    return words if n <= FEW else f"{words}; x {across.reach(x)}; y {up.reach(y)}"


def _rulers(ax: Axes, transform: Transform, x: FloatArray, y: FloatArray) -> list[Ruler]:
    """Return how the x and the y are read that `transform` takes to the screen."""
    rulers = []
    in_data = transform.contains_branch_seperately(ax.transData)
    for axis, numbers, data in zip((ax.xaxis, ax.yaxis), (x, y), in_data, strict=True):
        if not data:  # shares of the Axes' width or height, such as those of axhline
            rulers.append(Ruler(0.01))
        elif axis.get_scale() != "linear":
            rulers.append(Ruler(None))
        elif limits_are_stable(axis):
            low, high = axis.get_view_interval()
            rulers.append(Ruler(hundredth(abs(float(high - low)))))
        else:  # the limits follow chaotic runs, too, so that the artist is measured by itself
            finite = numbers[np.isfinite(numbers)]
            rulers.append(Ruler(hundredth(float(np.ptp(finite))) if finite.size else None))
    return rulers


def limits_are_stable(axis: Axis, everything: bool = False) -> bool:
    """Tell whether an axis' limits were chosen by somebody, or by what is the same everywhere."""
    ax = axis.axes
    across = axis is ax.xaxis
    if not (ax.get_autoscalex_on() if across else ax.get_autoscaley_on()):
        return True
    if ax.get_aspect() != "auto" and ax.get_adjustable() == "datalim":
        return False  # they follow from the figure's size
    family = (ax.get_shared_x_axes() if across else ax.get_shared_y_axes()).get_siblings(ax)
    return not everything and not any(
        is_chaotic(artist) for one in family for artist in (one, *one.get_children())
    )


def bar_words(ax: Axes, container: BarContainer, everything: bool) -> str:
    """Return bars: where their middles lie, and how far they reach."""
    patches = container.patches
    labels = [container.get_label(), *(patch.get_label() for patch in patches[:1])]
    label = next(filter(None, map(named, labels)), "")  # a histogram's is on its first bar
    head = f"bars{label}: {counted(len(patches), 'bar')}"
    if patches:
        head += f", {style(patches[0])}"
    if everything or any(map(is_chaotic, patches)):
        return f"{head}, chaotic"
    if not patches:
        return head
    boxes = np.array([[p.get_x(), p.get_y(), p.get_width(), p.get_height()] for p in patches])
    x, y, width, height = boxes.T
    lying = container.orientation == "horizontal"
    ends = (x + width, y + height / 2) if lying else (x + width / 2, y + height)
    return f"{head}; {series(ax, patches[0].get_data_transform(), *ends)}"


def text_words(ax: Axes, text: Text, everything: bool) -> str:
    """Return a text, and where it stands or what it points at."""
    words = f"text {quoted(text.get_text())}"
    if everything or is_chaotic(text):
        return f"{words}, chaotic"
    place: Any = text.get_position()
    transform = text.get_transform()
    if isinstance(text, Annotation):
        if text.xycoords != "data":
            return words
        place, transform = text.xy, ax.transData
    axes: Any = ax
    x, y = float(axes.convert_xunits(place[0])), float(axes.convert_yunits(place[1]))
    return f"{words} at {series(ax, transform, np.array([x]), np.array([y]))}"


def _coloured(artist: Any) -> str:
    """Return the numbers behind an artist's colours: nine of them, and how far they reach."""
    numbers: FloatArray = np.ma.filled(np.ma.asarray(artist.get_array(), float), np.nan)
    low, high = artist.norm.vmin, artist.norm.vmax
    ruler = Ruler(None if low is None or high is None else hundredth(float(high - low)))
    places = [np.unique([0, (n - 1) // 2, n - 1]) for n in numbers.shape[:2]]
    some = " ".join(map(ruler.read, numbers[np.ix_(*places)].ravel()))
    ends = "" if low is None or high is None else f"{ruler.read(low)} to {ruler.read(high)}: "
    return f"colours {ends}{some}; {ruler.reach(numbers.ravel())}"


def style(drawn: Artist) -> str:
    """Return an artist's colour, dashes and marker, or its colour map and colour bar."""
    artist: Any = drawn
    words: list[Any] = []
    if isinstance(artist, Line2D):
        words = [_hex(artist.get_color()), artist.get_linestyle(), artist.get_marker()]
    elif isinstance(artist, AxesImage) or _is_coloured_by_numbers(artist):
        words = [artist.get_cmap().name]
    elif isinstance(artist, Collection):
        faces, edges = (
            {_hex(colour) for colour in colours}
            for colours in (artist.get_facecolor(), artist.get_edgecolor())
        )
        words = [*faces] or [*edges]
        if len(words) > 1:
            words = [counted(len(words), "colour")]
    elif isinstance(artist, Patch):
        filled = artist.get_fill()
        colour = artist.get_facecolor() if filled else artist.get_edgecolor()
        words = [_hex(colour), artist.get_hatch(), None if filled else artist.get_linestyle()]
    bar = getattr(artist, "colorbar", None)
    if bar is not None:
        label = bar.ax.get_ylabel() or bar.ax.get_xlabel() or bar.ax.get_title()
        words.append(f"colour bar {quoted(label)}")
    return " ".join(str(word) for word in words if word not in (None, "", "None"))


def _hex(colour: Any) -> str:
    return to_hex(colour)


def _is_coloured_by_numbers(artist: Any) -> bool:
    return (
        isinstance(artist, Collection)
        and not isinstance(artist, ContourSet)
        and artist.get_array() is not None
    )


def colour_bars(ax: Axes) -> Iterator[Any]:
    """Yield the colour bars of what is drawn into Axes."""
    for artist in [*ax.images, *ax.collections]:
        bar = getattr(artist, "colorbar", None)
        if bar is not None:
            yield bar
