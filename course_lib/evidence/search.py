"""The search for a learning rate that every side of a comparison gets, with a stated budget.

A method looks better than another as soon as somebody has turned its learning rate longer. So each
side tries the same number of rates on the same seeds, and the rates are judged on data that nobody
trained on. All rates and seeds run as one stack. A best rate at the edge of the grid says that the
grid was too short: the result tells.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_lib.arguments import FloatArray, a_function, one_of, real_numbers, whole_number
from course_lib.evidence.seeds import generators
from course_lib.network import Network
from course_lib.parameters import Parameters
from course_lib.training import DivergenceError, DivergenceWarning, Schedule, train

# Two threads that come and go in any order would leave the warning switched off.
QUIET = threading.RLock()

# What a run that diverged counts as: the worst there is.
WORST = {"held_out_cost": np.inf, "held_out_accuracy": 0.0}


@dataclass(frozen=True)
class LearningRateSearch:
    """What `search_learning_rate` found.

    Attributes
    ----------
    score : {"held_out_cost", "held_out_accuracy"}
    learning_rates : array of shape (n_rates,)
        Rising.
    scores : array of shape (n_rates, n_runs)
        At the end of each run; a diverged run counts as a cost of infinity, or an accuracy of 0.
    diverged : array of int of shape (n_rates,)
        How many runs diverged at each rate.
    """

    score: str
    learning_rates: FloatArray
    scores: FloatArray
    diverged: NDArray[np.int64]

    @property
    def mean_scores(self) -> FloatArray:
        """The mean over the seeds, of shape (n_rates,)."""
        means: FloatArray = self.scores.mean(axis=1)
        return means

    @property
    def best(self) -> float:
        """The rate with the best mean score; of equal ones the smallest."""
        return float(self.learning_rates[self._best_index])

    @property
    def best_at_edge(self) -> bool:
        """Whether the best rate is the smallest or largest that was tried."""
        return self._best_index in (0, len(self.learning_rates) - 1)

    @property
    def n_runs_spent(self) -> int:
        """The budget: how many networks were trained."""
        return self.scores.size

    @property
    def _best_index(self) -> int:
        means = self.mean_scores
        return int(means.argmin() if self.score == "held_out_cost" else means.argmax())

    def __str__(self) -> str:
        lines = [f"learning rate   mean {self.score.replace('_', ' ')}   diverged"]
        for i, rate in enumerate(self.learning_rates):
            width = len("mean ") + len(self.score)
            line = f"{rate:13g}   {self.mean_scores[i]:{width}.3g}   {self.diverged[i]:8d}"
            lines.append(line + ("   <- best" if i == self._best_index else ""))
        edge = ", at the edge of the grid: widen it" if self.best_at_edge else ""
        lines.append(f"{self.n_runs_spent} runs; best {self.best:g}{edge}")
        return "\n".join(lines)

    __repr__ = __str__


def search_learning_rate(
    network: Network,
    make_parameters: Callable[[Sequence[np.random.Generator]], Parameters],
    X: FloatArray,
    y: NDArray[Any],
    held_out: tuple[FloatArray, NDArray[Any]],
    *,
    learning_rates: ArrayLike,
    n_runs: int,
    epochs: int,
    first_seed: int = 0,
    score: str = "held_out_cost",
    schedule: Callable[[FloatArray], Schedule] | None = None,
    **settings: Any,
) -> LearningRateSearch:
    """Train with every learning rate on the same seeds, as one stack, and compare the ends.

    Parameters
    ----------
    network : Network
    make_parameters : callable
        From a list of generators to a stack of initial parameters, one for each.
    X, y : the training data, as `train` takes it
    held_out : tuple of X and y
        What the rates are judged on: not the training data, nor what a claim is judged on.
    learning_rates : sequence of float in (0, inf)
        At least two, rising.
    n_runs : int, at least 1
        Seeds for each rate.
    epochs : int, at least 1
    first_seed : int, at least 0
    score : {"held_out_cost", "held_out_accuracy"}
        The smallest mean cost wins, or the largest mean accuracy.
    schedule : callable, optional
        From the rates, of shape (n_rates * n_runs, 1), to a schedule that starts from them; without
        it they stay constant.
    **settings
        All else goes to `train`: `batch_size`, `rules`.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.
    DivergenceError
        If a run diverged at every rate, judged by the cost, or every run, judged by accuracy.
    TrainingInterrupted
        When the keyboard interrupts it: half a search would name a best rate that nobody looked
        for.

    Examples
    --------
    >>> from course_lib.parameters import initial_parameters
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 2))
    >>> y = (X[:, 0] > X[:, 1]).astype(int)
    >>> search_learning_rate(
    ...     Network([2, 1]), lambda rng: initial_parameters([2, 1], rng),
    ...     X[:20], y[:20], (X[20:], y[20:]), learning_rates=[0.01, 0.1, 1.0],
    ...     n_runs=5, epochs=20, batch_size=10,
    ... )
    learning rate   mean held out cost   diverged
             0.01                0.595          0
              0.1                0.413          0
                1                0.123          0   <- best
    15 runs; best 1, at the edge of the grid: widen it
    """
    rates = _checked_rates(learning_rates)
    n_runs = whole_number("n_runs", n_runs, low=1)
    epochs = whole_number("epochs", epochs, low=1)
    one_of("score", score, WORST)
    a_function("make_parameters", make_parameters)
    if schedule is not None:
        a_function("schedule", schedule)
    rng = [generator for _ in rates for generator in generators(n_runs, first_seed)]
    rate_of_run = np.repeat(rates, n_runs)[:, np.newaxis]
    if held_out is None:
        raise ValueError("held_out must be a pair (X, y), got None")
    parameters = make_parameters(rng)
    made: object = parameters
    if not isinstance(made, Parameters) or made.n_runs != len(rng):
        raise ValueError(
            f"make_parameters must make a stack of {len(rng)} runs from as many generators, "
            f"got {parameters!r}"
        )
    with QUIET, warnings.catch_warnings():
        # Rates that are too large are part of the grid: they are counted instead.
        warnings.simplefilter("ignore", DivergenceWarning)
        history = train(
            network,
            parameters,
            X,
            y,
            epochs=epochs,
            learning_rate=rate_of_run if schedule is None else schedule(rate_of_run),
            rng=rng,
            held_out=held_out,
            evaluate_every=epochs,
            **settings,
        )
    values = getattr(history, score)
    if values is None:
        raise ValueError(f"score must be 'held_out_cost' for regression, got {score!r}")
    scores = np.where(np.isfinite(values[-1]), values[-1], WORST[score]).reshape(rates.size, n_runs)
    if not np.isfinite(scores.mean(axis=1)).any():
        raise DivergenceError(
            f"at every one of the rates {rates.tolist()} a run ended without a finite {score}: "
            f"no rate is the best"
        )
    places = [place.run // n_runs for place in history.diverged if place.run is not None]
    return LearningRateSearch(score, rates, scores, np.bincount(places, minlength=rates.size))


def _checked_rates(learning_rates: ArrayLike) -> FloatArray:
    rates = real_numbers("learning_rates", learning_rates)
    good = rates.ndim == 1 and rates.size > 1 and rates.dtype.kind in "fiu"
    if not good or not (np.isfinite(rates) & (rates > 0)).all() or (np.diff(rates) <= 0).any():
        raise ValueError(
            f"learning_rates must be at least two rising numbers in (0, inf), "
            f"got {learning_rates!r}"
        )
    return rates.astype(float)
