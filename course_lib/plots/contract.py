"""What a figure shows, in words: a notebook stores them beside its picture, and the tests compare.

No test can compare two pictures: another version of matplotlib, another font, another processor,
and the pixels differ. So a figure that is shown leaves a second text, its *contract*: titles,
labels, scales, legends in their order, and for each line, band, bar, image or text its kind, its
label, how many points it has, its style, and what a reader can read off the axes. No front end
knows the contract's MIME type, so that readers see the picture alone.

Numbers are rounded to about a hundredth of their axis. A run that is chaotic (its last bit grows
until it can be seen) can't be held to its numbers: `chaotic` marks what is drawn of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

from course_lib.plots.artists import (
    FEW,
    bar_words,
    colour_bars,
    counted,
    drawn_words,
    is_chaotic,
    limits_are_stable,
    named,
    quoted,
    style,
    text_words,
)
from course_lib.plots.rounding import Ruler, hundredth

MIME = "text/vnd.course-lib.figure"


def contract(figure: Figure) -> str:
    """Return what a figure shows, a line for each part of it.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> _ = ax.plot([0, 1, 2], [4.0, 2.0, 1.0], label="descent")
    >>> _ = ax.set(xlabel="epoch", ylabel="cost", title="A run")
    >>> print(contract(fig))
    axes 1 "A run"
      x "epoch": linear, from -0.1 to 2.1
      y "cost": linear, from 0.86 to 4.16
      line "descent": 3 points, #1f77b4 -; (0, 4) (1, 2) (2, 1)
    >>> plt.close(fig)
    """
    bars = {id(bar.ax) for ax in figure.axes for bar in colour_bars(ax)}
    lines = [f"figure {quoted(text.get_text())}" for text in figure.texts if text.get_text()]
    for legend in figure.legends:
        lines += _legend(legend)
    shown = [ax for ax in figure.axes if id(ax) not in bars and ax.get_visible()]
    everything = is_chaotic(figure)
    for number, ax in enumerate(shown, 1):
        lines += _axes(ax, f"axes {number}", everything)
    return "\n".join(lines)


def show_contracts() -> None:
    """Let the notebook that runs, if one does, store each figure's contract beside its picture."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None:
        return
    from IPython.core.formatters import BaseFormatter, catch_format_error

    class ContractFormatter(BaseFormatter):
        """Gives figures their contract, and other objects none."""

        # Not `for_type(Figure, contract)`: the inline backend takes that away when it starts.
        @catch_format_error  # type: ignore[untyped-decorator]
        def __call__(self, shown: object) -> str | None:
            return contract(shown) if isinstance(shown, Figure) else None

    formatter = shell.display_formatter
    formatter.formatters[MIME] = ContractFormatter(parent=formatter, format_type=MIME)


def _axes(ax: Axes, name: str, everything: bool) -> Iterator[str]:
    """Yield what Axes show, and then their insets."""
    everything = everything or is_chaotic(ax)
    titles = [ax.get_title(where) for where in ("left", "center", "right")]
    yield " ".join([name, *(quoted(title) for title in titles if title)])
    for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
        yield from _axis(axis, everything)
    legend = ax.get_legend()
    if legend is not None:
        yield from _legend(legend)
    labels = {  # of lines with error bars: the bars have the label
        id(container[0]): container.get_label()
        for container in ax.containers
        if isinstance(container, ErrorbarContainer)
    }
    bars = [c for c in ax.containers if isinstance(c, BarContainer)]
    in_bars = {id(patch) for container in bars for patch in container.patches}
    for container in bars:
        yield "  " + bar_words(ax, container, everything)
    artists = [
        drawn_words(ax, artist, labels.get(id(artist), artist.get_label()), everything)
        for artist in [*ax.lines, *ax.collections, *ax.patches, *ax.images]
        if artist.get_visible() and id(artist) not in in_bars
    ]
    # Of many alike, such as a line for each seed, the first, one between and the last are told.
    for head, alike in groupby(artists, lambda words: words.partition(";")[0]):
        group = list(alike)
        if len(group) > FEW:
            yield f"  {len(group)} times {head}"
            group = [group[0], group[len(group) // 2], group[-1]]
        yield from ("  " + words for words in group)
    texts = [text for text in ax.texts if text.get_visible() and text.get_text()]
    if len(texts) > FEW:
        words = " ".join(quoted(text.get_text()) for text in texts)
        yield f"  {counted(len(texts), 'text')}: {words}"
    else:
        yield from ("  " + text_words(ax, text, everything) for text in texts)
    insets = [child for child in ax.child_axes if isinstance(child, Axes) and child.get_visible()]
    for number, inset in enumerate(insets, 1):
        yield from _axes(inset, f"{name}, inset {number}", everything)


def _axis(axis: Axis, everything: bool) -> Iterator[str]:
    """Yield an axis' label, its scale, its limits and the ticks that somebody chose."""
    name = "x" if axis is axis.axes.xaxis else "y"
    words = f"  {name}{named(axis.get_label_text())}: {axis.get_scale()}"
    if limits_are_stable(axis, everything):
        low, high = map(float, axis.get_view_interval())
        ruler = Ruler(hundredth(abs(high - low)) if axis.get_scale() == "linear" else None)
        words += f", from {ruler.read(low)} to {ruler.read(high)}"
    yield words
    formatter, places = axis.get_major_formatter(), axis.get_majorticklocs()
    said = [""] * len(places)
    if isinstance(formatter, FixedFormatter | FuncFormatter):
        said = formatter.format_ticks([*map(float, places)])
    if len(places) and (any(said) or isinstance(axis.get_major_locator(), FixedLocator)):
        ticks = [f"{place:.6g}{named(word)}" for place, word in zip(places, said, strict=True)]
        yield f"  {name} ticks: {', '.join(ticks)}"


def _legend(legend: Legend) -> Iterator[str]:
    """Yield a legend's title and its entries, each with the style that stands beside it."""
    yield (
        "  legend"
        + named(legend.get_title().get_text())
        + ": "
        + ", ".join(
            f"{quoted(text.get_text())} ({style(handle)})" if handle else quoted(text.get_text())
            for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
        )
    )
