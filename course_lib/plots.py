"""The figures of the course: learning curves, decision maps, histograms of weights (all chapters).

Every function draws into the `ax` that it is given, or makes one, and returns it, so that a chapter
can add to it. Colours are those of Okabe and Ito, which colour-blind readers can tell apart; lines
differ in their dashes, too, and classes in their markers, so that a grey print still reads.
matplotlib is imported in this module alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from numpy.typing import NDArray

from course_lib.arguments import FloatArray, one_of, whole_number
from course_lib.network import Network
from course_lib.parameters import Parameters
from course_lib.training import History

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
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


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax
