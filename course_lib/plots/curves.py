"""Curves over the epochs, and how weights are distributed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from course_lib.arguments import one_of, whole_number
from course_lib.parameters import Parameters
from course_lib.plots.inputs import labelled, rising
from course_lib.plots.style import given_or_new, line_styles
from course_lib.training import History

QUANTITIES = {
    "train_cost": "cost on the training data",
    "train_accuracy": "accuracy on the training data",
    "held_out_cost": "cost on data not trained on",
    "held_out_accuracy": "accuracy on data not trained on",
    "learning_rate": "learning rate",
}


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
        Every history must have it.
    ax : Axes, optional
    log : bool, optional
        Draw a logarithmic axis; by default for costs.
    spread : pair of percentiles
        The edges of the band.

    Examples
    --------
    >>> from course_lib.network import Network
    >>> from course_lib.training import train
    >>> X, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    >>> history = train(Network([1, 1]), Parameters([1, 1]), X, y, epochs=3, batch_size=1,
    ...                 learning_rate=1.0, rng=None)
    >>> learning_curves({"descent": history}).get_xlabel()
    'epoch'
    >>> import matplotlib.pyplot as plt
    >>> plt.close("all")
    """
    one_of("quantity", quantity, QUANTITIES)
    for label, history in labelled("histories", histories, History).items():
        if getattr(history, quantity) is None:
            raise ValueError(f"quantity must be in every history, {label!r} has no {quantity!r}")
    if log is not None and not isinstance(log, bool):
        raise ValueError(f"log must be True, False or None, got {log!r}")
    _check_percentiles(spread)
    ax = given_or_new(ax)
    for (label, history), (colour, dashes, _) in zip(
        histories.items(), line_styles(), strict=False
    ):
        values = getattr(history, quantity)
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
        All weights finite.
    bins : int, at least 1
    limits : (low, high)
        Weights beyond are counted in the legend, not drawn.
    ax : Axes, optional
    """
    bins = whole_number("bins", bins, low=1)
    low, high = rising("limits", limits, ("low", "high"))
    for label, one in labelled("parameters", parameters, Parameters).items():
        bad = one.weight_vector[~np.isfinite(one.weight_vector)]
        if bad.size:
            raise ValueError(
                f"parameters must hold finite weights, got {bad[0]} for {label!r}: "
                f"{bad.size} of {one.weight_vector.size} are not"
            )
    ax = given_or_new(ax)
    for (label, one), (colour, dashes, _) in zip(parameters.items(), line_styles(), strict=False):
        weights = one.weight_vector.ravel()
        beyond = np.mean((weights < low) | (weights > high))
        note = f" ({beyond:.1%} beyond)" if beyond > 0 else ""
        ax.hist(
            weights,
            bins=bins,
            range=(low, high),
            histtype="step",
            color=colour,
            linestyle=dashes,
            linewidth=1.8,
            label=label + note,
        )
    ax.set(xlabel="weight", ylabel="number of weights", xlim=(low, high))
    ax.legend()
    return ax


def _check_percentiles(spread: object) -> None:
    """Look at the edges of a band."""
    try:
        low, high = rising("spread", spread, ("low", "high"))
    except ValueError:
        low, high = -1.0, -1.0
    if not 0 <= low < high <= 100:
        raise ValueError(
            "spread must be two percentiles (low, high) with 0 <= low < high <= 100, "
            f"got {spread!r}"
        )
