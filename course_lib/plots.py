"""The figures of the course: learning curves, decision maps, histograms of weights (all chapters).

Every function draws into the `ax` that it is given, or makes one, and returns it, so that a chapter
can add to it. Colours are those of Okabe and Ito, which colour-blind readers can tell apart; lines
differ in their dashes, too, and classes in their markers, so that a grey print still reads.
matplotlib is imported in this module alone.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from course_lib.arguments import FloatArray, one_of, whole_number
from course_lib.network import Network
from course_lib.parameters import Parameters
from course_lib.training import History

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
SVG_DASHES = ("none", "7 4", "9 3 2 3", "2 3")
WIDTH, HEIGHT = 620, 300  # of an animation, in pixels
Surface = Callable[[FloatArray, FloatArray], FloatArray]
QUANTITIES = {
    "train_cost": "cost on the training data",
    "train_accuracy": "accuracy on the training data",
    "held_out_cost": "cost on data not trained on",
    "held_out_accuracy": "accuracy on data not trained on",
    "learning_rate": "learning rate",
}


def use_course_style() -> None:
    """Give all figures the course's look; opaque white, so that dark pages keep it."""
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


def learning_curves(
    histories: Mapping[str, History],
    quantity: str = "train_cost",
    *,
    ax: Axes | None = None,
    log: bool | None = None,
    spread: tuple[float, float] = (10, 90),
) -> Axes:
    """Draw one quantity against the epochs, a line for each history.

    A history of a stack is drawn as the median of its runs in a band between two percentiles.

    Parameters
    ----------
    histories : mapping from a label to a History
    quantity : {"train_cost", "train_accuracy", "held_out_cost", "held_out_accuracy", \
"learning_rate"}
    ax : Axes, optional
    log : bool, optional
        Draw a logarithmic axis; by default for costs.
    spread : pair of percentiles
        The edges of the band.

    Examples
    --------
    >>> from course_lib.training import train
    >>> X, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    >>> history = train(Network([1, 1]), Parameters([1, 1]), X, y, epochs=3, batch_size=1,
    ...                 learning_rate=1.0, rng=None)
    >>> learning_curves({"descent": history}).get_xlabel()
    'epoch'
    >>> plt.close("all")
    """
    one_of("quantity", quantity, QUANTITIES)
    ax = _axes(ax)
    styles = zip(cycle(COLOURS), cycle(DASHES), strict=False)
    for (label, history), (colour, dashes) in zip(histories.items(), styles, strict=False):
        values = getattr(history, quantity)
        if values is None:
            raise ValueError(f"quantity must be in every history, {label!r} has no {quantity!r}")
        if values.ndim == 2:
            low, values, high = np.nanpercentile(values, [spread[0], 50, spread[1]], axis=1)
            ax.fill_between(history.epochs, low, high, color=colour, alpha=0.2, linewidth=0)
        ax.plot(history.epochs, values, color=colour, linestyle=dashes, label=label)
    if quantity.endswith("cost") if log is None else log:
        ax.set_yscale("log")
    ax.set_xlabel("epoch")
    ax.set_ylabel(QUANTITIES[quantity])
    ax.legend()
    return ax


def decision_map(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    y: NDArray[Any],
    *,
    extent: tuple[float, float, float, float],
    resolution: int = 250,
    ax: Axes | None = None,
    title: str = "",
    colour_bar: bool = True,
) -> Axes:
    """Draw what a network of two inputs says everywhere: its probability, the 0.5 contour in red.

    Parameters
    ----------
    network, parameters
        One network with two inputs and one sigmoid output.
    X, y : arrays of shape (n_samples, 2) and (n_samples,)
        Points to draw on top: class 0 as circles, class 1 as triangles.
    extent : (left, right, bottom, top)
    resolution : int, at least 2
        Points of the map along each axis.
    ax : Axes, optional
    title : str
    colour_bar : bool
    """
    resolution = whole_number("resolution", resolution, low=2)
    if network.layer_sizes[0] != 2 or network.layer_sizes[-1] != 1:
        raise ValueError(
            f"network must have two inputs and one output, got {list(network.layer_sizes)}"
        )
    ax = _axes(ax)
    left, right, bottom, top = extent
    grid_x, grid_y = np.meshgrid(
        np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    )
    grid = np.column_stack([grid_x.ravel(), grid_y.ravel()])
    p = network.predict(parameters, grid).reshape(resolution, resolution)
    image = ax.imshow(
        p, extent=extent, origin="lower", cmap="cividis", vmin=0, vmax=1, aspect="auto", alpha=0.85
    )
    if p.min() < 0.5 < p.max():
        ax.contour(grid_x, grid_y, p, levels=[0.5], colors="red", linewidths=2)
    for label, marker, face in ((0, "o", "#9ecae1"), (1, "^", "#fff7bc")):
        rows = np.asarray(y).ravel() == label
        ax.scatter(
            X[rows, 0], X[rows, 1], s=12, marker=marker, c=face, edgecolors="black", linewidths=0.4
        )
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="feature 1", ylabel="feature 2")
    ax.set_title(title)
    ax.grid(visible=False)
    if colour_bar:
        ax.figure.colorbar(image, ax=ax, label="probability of class 1")
    return ax


def decision_maps(
    network: Network,
    parameters: Mapping[str, Parameters],
    X: FloatArray,
    y: NDArray[Any],
    *,
    extent: tuple[float, float, float, float],
    resolution: int = 250,
    axes: Sequence[Axes] | None = None,
) -> Sequence[Axes]:
    """Draw one decision map beside another: a baseline's first, then those to compare with it.

    `parameters` maps titles to the parameters; the other arguments are those of `decision_map`.
    """
    if axes is None:
        size = (3.6 * len(parameters) + 0.8, 3.4)
        _, grid = plt.subplots(1, len(parameters), figsize=size, squeeze=False, sharey=True)
        axes = list(grid[0])
    if len(axes) != len(parameters):
        raise ValueError(f"axes must be {len(parameters)} Axes, one for each map, got {len(axes)}")
    last = len(axes) - 1
    for i, (ax, (title, one)) in enumerate(zip(axes, parameters.items(), strict=True)):
        decision_map(
            network,
            one,
            X,
            y,
            extent=extent,
            resolution=resolution,
            ax=ax,
            title=title,
            colour_bar=i == last,
        )
        if i > 0:
            ax.set_ylabel("")
    return axes


def weight_histogram(
    parameters: Mapping[str, Parameters],
    *,
    bins: int = 50,
    limits: tuple[float, float] = (-2.0, 2.0),
    ax: Axes | None = None,
) -> Axes:
    """Draw how the weights (not the biases) are distributed, a step line for each label.

    Parameters
    ----------
    parameters : mapping from a label to Parameters
    bins : int, at least 1
    limits : (low, high)
        Weights beyond are counted in the legend, not drawn.
    ax : Axes, optional
    """
    bins = whole_number("bins", bins, low=1)
    ax = _axes(ax)
    styles = zip(cycle(COLOURS), cycle(DASHES), strict=False)
    for (label, one), (colour, dashes) in zip(parameters.items(), styles, strict=False):
        weights = one.weight_vector.ravel()
        beyond = np.mean((weights < limits[0]) | (weights > limits[1]))
        note = f" ({beyond:.1%} beyond)" if beyond > 0 else ""
        ax.hist(
            weights,
            bins=bins,
            range=limits,
            histtype="step",
            color=colour,
            linestyle=dashes,
            linewidth=1.8,
            label=label + note,
        )
    ax.set(xlabel="weight", ylabel="number of weights", xlim=limits)
    ax.legend()
    return ax


def contour_path(
    surface: Surface,
    paths: Mapping[str, FloatArray],
    *,
    extent: tuple[float, float, float, float],
    levels: Sequence[float] | None = None,
    ax: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw paths over the contour lines of a function of two variables.

    Parameters
    ----------
    surface : callable
        From two arrays of coordinates to an array of heights, of the same shape.
    paths : mapping from a label to an array of shape (n_points, 2)
        Each begins at its first point.
    extent : (left, right, bottom, top)
    levels : sequence of float, optional
        Heights of the contour lines; without it ten, closer together towards the lowest point.
    ax : Axes, optional
    title : str

    Examples
    --------
    >>> path = np.array([[1.0, 1.0], [0.5, -0.5], [0.2, 0.1]])
    >>> ax = contour_path(lambda x, y: x**2 + 4 * y**2, {"descent": path}, extent=(-2, 2, -1, 1))
    >>> len(ax.get_lines())
    1
    >>> plt.close("all")
    """
    ax = _axes(ax)
    _draw_contours(surface, extent, levels, ax)
    styles = zip(cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False)
    for (label, path), (colour, dashes, marker) in zip(paths.items(), styles, strict=False):
        points = _checked_path(label, path)
        ax.plot(
            points[:, 0],
            points[:, 1],
            color=colour,
            linestyle=dashes,
            linewidth=1.3,
            marker=marker,
            markersize=3.5,
            label=label,
        )
    left, right, bottom, top = extent
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.set_title(title)
    ax.grid(visible=False)
    if paths:
        ax.legend()
    return ax


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
        Letters, digits and hyphens: where the page's ids begin, different for each animation.
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
    if not name.replace("-", "").isalnum():
        raise ValueError(f"name must hold letters, digits and hyphens only, got {name!r}")
    if not alt.strip():
        raise ValueError(f"alt must say what is to be seen, got {alt!r}")
    points = {label: _checked_path(label, path) for label, path in paths.items()}
    lengths = {len(path) for path in points.values()}
    if len(lengths) != 1 or min(lengths) < 2:
        raise ValueError(
            f"paths must all have the same number of points, at least 2, got {sorted(lengths)}"
        )
    ax = Figure().subplots()  # never shown: only its contour lines are wanted
    _draw_contours(surface, extent, levels, ax)
    contours = [
        f'<polyline points="{_pixels(np.asarray(polygon), extent)}"/>'
        for collection in ax.collections
        for path in collection.get_paths()
        for polygon in path.to_polygons(closed_only=False)
    ]
    traces, legend, data = [], [], []
    for i, (label, path) in enumerate(points.items()):
        colour, dashes = COLOURS[i % len(COLOURS)], SVG_DASHES[i % len(SVG_DASHES)]
        heights = [f"{height:.2g}" for height in surface(path[:, 0], path[:, 1]).tolist()]
        pixels = _pixels(path, extent)
        end_x, end_y = pixels.rsplit(" ", 1)[-1].split(",")
        traces.append(
            f'<polyline id="{name}-line-{i}" points="{pixels}" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="{dashes}"/>'
            f'<circle id="{name}-ball-{i}" cx="{end_x}" cy="{end_y}" r="6" fill="{colour}" '
            f'stroke="#000"/>'
        )
        legend.append(
            f'<li><svg width="34" height="10" aria-hidden="true"><line x1="0" y1="5" x2="34" y2="5"'
            f' stroke="{colour}" stroke-width="3" stroke-dasharray="{dashes}"/></svg> '
            f'{html.escape(label)}: height <span id="{name}-height-{i}">{heights[-1]}</span></li>'
        )
        data.append({"points": pixels.split(" "), "heights": heights})
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
        "DATA": json.dumps(data),
        "LAST": str(lengths.pop() - 1),
        "MILLISECONDS": str(milliseconds),
    }
    # Each $PART of the page is filled in by itself, so that a label with a $ stays what it is.
    markup = re.sub(r"\$([A-Z]+)", lambda match: parts[match[1]], ANIMATION_PAGE)
    return Animation(markup, alt)


ANIMATION_PAGE = """\
<div id="$NAME" role="group" aria-label="$LABEL" style="max-width: $WIDTHpx; padding: 0.5rem;
 background: #fff; color: #222; color-scheme: light; border: 1px solid #ccc; border-radius: 0.5rem">
<p style="margin: 0"><strong>$TITLE</strong></p>
<svg viewBox="0 0 $WIDTH $HEIGHT" role="img" aria-label="$ALT" fill="none"
 style="width: 100%; height: auto">
<g stroke="#bbb" stroke-width="1">$CONTOURS</g>
$TRACES
</svg>
<ul style="list-style: none; padding: 0; margin: 0.25rem 0">$LEGEND</ul>
<div><button type="button" id="$NAME-play">play</button>
<label>step <input type="range" id="$NAME-step" min="0" max="$LAST" value="$LAST" step="1"></label>
<output id="$NAME-count" for="$NAME-step">$LAST</output> of $LAST</div>
</div>
<script>
(function () {
  var paths = $DATA, last = $LAST, timer = null;
  var part = function (suffix) { return document.getElementById("$NAME-" + suffix); };
  var calm = window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  var play = part("play"), slider = part("step"), rest = calm ? "next step" : "play";
  function show(step) {
    slider.value = step;
    part("count").textContent = step;
    paths.forEach(function (path, i) {
      var point = path.points[step].split(",");
      part("line-" + i).setAttribute("points", path.points.slice(0, step + 1).join(" "));
      part("ball-" + i).setAttribute("cx", point[0]);
      part("ball-" + i).setAttribute("cy", point[1]);
      part("height-" + i).textContent = path.heights[step];
    });
  }
  function stop() { clearInterval(timer); timer = null; play.textContent = rest; }
  function next() { show(Number(slider.value) + 1); if (Number(slider.value) >= last) stop(); }
  play.textContent = rest;
  play.addEventListener("click", function () {
    if (timer !== null) { stop(); return; }
    var ended = Number(slider.value) >= last;
    if (ended) show(0);
    if (calm) { if (!ended) next(); return; }
    play.textContent = "pause";
    timer = setInterval(next, $MILLISECONDS);
  });
  slider.addEventListener("input", function () { stop(); show(Number(slider.value)); });
})();
</script>"""


def _pixels(points: FloatArray, extent: tuple[float, float, float, float]) -> str:
    """Return points as an SVG polyline has them."""
    left, right, bottom, top = extent
    x = (points[:, 0] - left) * (WIDTH / (right - left))
    y = (top - points[:, 1]) * (HEIGHT / (top - bottom))
    return " ".join(f"{one:.1f},{other:.1f}" for one, other in zip(x, y, strict=True))


def _draw_contours(
    surface: Surface,
    extent: tuple[float, float, float, float],
    levels: Sequence[float] | None,
    ax: Axes,
) -> None:
    left, right, bottom, top = extent
    grid_x, grid_y = np.meshgrid(np.linspace(left, right, 121), np.linspace(bottom, top, 121))
    heights = surface(grid_x, grid_y)
    if levels is None:
        low, high = heights.min(), heights.max()
        levels = (low + (high - low) * np.linspace(0.02, 0.95, 10) ** 2).tolist()
    ax.contour(grid_x, grid_y, heights, levels=levels, colors="#999999", linewidths=0.8)


def _checked_path(label: str, path: FloatArray) -> FloatArray:
    points = np.asarray(path, float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"paths[{label!r}] must have the shape (n_points, 2), got {points.shape}")
    return points


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax
