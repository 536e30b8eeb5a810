"""Maps of a plane: what a network says everywhere, and paths over the contour lines of a cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from course_lib.arguments import FloatArray, features, whole_number
from course_lib.network import Network
from course_lib.parameters import Parameters, check_parameters
from course_lib.plots.inputs import (
    Surface,
    checked_extent,
    checked_path,
    contour_levels,
    finite_array,
    heights,
    labelled,
)
from course_lib.plots.style import given_or_new, line_styles


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
        Points to draw on top: class 0 as circles, class 1 as triangles. Labels are 0 and 1, as
        the network takes them.
    extent : (left, right, bottom, top)
        Finite, with left < right and bottom < top.
    resolution : int, at least 2
        Points of the map along each axis.
    ax : Axes, optional
    title : str
    colour_bar : bool
    """
    resolution = whole_number("resolution", resolution, low=2)
    X, is_one = _checked_points(network, [parameters], X, y)
    left, right, bottom, top = extent = checked_extent(extent)
    ax = given_or_new(ax)
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
    for rows, marker, face in ((~is_one, "o", "#9ecae1"), (is_one, "^", "#fff7bc")):
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
    labelled("parameters", parameters, Parameters)
    _checked_points(network, [*parameters.values()], X, y)  # before anything is drawn
    checked_extent(extent)
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
    checked = {
        label: checked_path(label, path)
        for label, path in labelled("paths", paths, object, empty=True).items()
    }
    left, right, bottom, top = checked_extent(extent)
    draw_contours = contour_lines(surface, extent, levels)
    ax = given_or_new(ax)
    draw_contours(ax)
    for (label, points), (colour, dashes, marker) in zip(
        checked.items(), line_styles(), strict=False
    ):
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
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.set_title(title)
    ax.grid(visible=False)
    if paths:
        ax.legend()
    return ax


def contour_lines(surface: Surface, extent: object, levels: object) -> Callable[[Axes], object]:
    """Look at a function of two variables; return what draws its contour lines into Axes."""
    left, right, bottom, top = checked_extent(extent)
    x, y = np.meshgrid(np.linspace(left, right, 121), np.linspace(bottom, top, 121))
    found = heights(surface, x, y)
    chosen = contour_levels(levels, found)
    return lambda ax: ax.contour(x, y, found, levels=chosen, colors="#999999", linewidths=0.8)


def _checked_points(
    network: object, maps: Sequence[object], X: object, y: object
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the points and which are of class 1, or say what doesn't fit the network."""
    if not isinstance(network, Network):
        raise ValueError(f"network must be a Network, got {type(network).__name__}")
    if network.layer_sizes[0] != 2 or network.layer_sizes[-1] != 1:
        raise ValueError(
            f"network must have two inputs and one output, got {list(network.layer_sizes)}"
        )
    if network.loss_name == "squared_error":
        raise ValueError(f"network must have an output that is a probability, got {network!r}")
    for one in maps:
        check_parameters(one, network.layer_sizes)
        if isinstance(one, Parameters) and one.n_runs is not None:
            raise ValueError(
                f"parameters must be of one network, got a stack of {one.n_runs}: "
                "take one of them, as in parameters.run(0)"
            )
    X = features("X", finite_array("X", X, ("n_samples", 2)), 2)
    if np.ma.isMaskedArray(y):
        raise ValueError("y must not be a masked array: leave the masked samples out of X and y")
    return X, network.targets(np.asarray(y), len(X)).ravel() == 1
