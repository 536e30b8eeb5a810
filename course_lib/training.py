r"""The one loop of the course (chapter 1).

For every mini-batch: take the gradient of the mean cost at the present parameters, let each *rule*
edit it, and step against it,

$$ \theta \leftarrow \theta - \eta \cdot \text{direction}. $$

Every trick of the course is a rule, a schedule for $\eta$, or a part of the network; this loop
never changes. The order of the rules is the method: each edits what the one before it left.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import FloatArray, features, in_type, per_run, whole_number
from course_lib.batches import minibatches
from course_lib.network import Network
from course_lib.parameters import Generators, Parameters, check_parameters

Schedule = Callable[[float], "float | FloatArray"]
FLOAT64 = np.dtype(np.float64)


class Rule(Protocol):
    """One trick that edits the direction of a step; it keeps nothing between runs."""

    def start(self, parameters: Parameters) -> Any:
        """Return what the rule remembers during one run, such as a velocity; None if nothing."""

    def edit(self, direction: FloatArray, parameters: Parameters, state: Any) -> None:
        """Change `direction`, of the shape of `parameters.vector`, in place."""


@runtime_checkable
class AfterStep(Protocol):
    """A rule that also acts on the parameters themselves after each step."""

    def after_step(self, parameters: Parameters, learning_rate: float | FloatArray) -> None:
        """Change the parameters in place, knowing the learning rate of the step."""


class Divergence(NamedTuple):
    """Where a run's cost stopped being finite: `run` of the stack (None for a single network).

    Epochs and steps count from 1; step 0 is the evaluation after that many epochs.
    """

    run: int | None
    epoch: int
    step: int
    learning_rate: float

    def __str__(self) -> str:
        name = "the cost" if self.run is None else f"run {self.run}: the cost"
        return (
            f"{name} is no longer finite in epoch {self.epoch}, step {self.step}, "
            f"at a learning rate of {self.learning_rate:g}"
        )


class DivergenceError(FloatingPointError):
    """The cost of every run is no longer finite."""


class DivergenceWarning(RuntimeWarning):
    """The cost of some runs of a stack is no longer finite; the others went on."""


@dataclass(frozen=True)
class History:
    """What a run looked like at each evaluation.

    Attributes
    ----------
    epochs : array of shape (n_evaluations,)
        Epochs done; the first entry is 0, before any step.
    train_cost, train_accuracy : array of shape (n_evaluations,) or (n_evaluations, n_runs)
        On all training samples, with no penalty in the cost. Accuracy is None for regression.
    held_out_cost, held_out_accuracy : the same on the held-out samples, or None without any
    learning_rate : array of shape (n_evaluations,) or (n_evaluations, n_runs)
        The rate of the step that comes next.
    seconds : array of shape (n_evaluations,)
        Time spent in steps so far, evaluations left out.
    diverged : tuple of Divergence
        The runs whose cost is no longer finite; their numbers are nan from there on.
    interrupted_in : int or None
        The epoch in which the keyboard interrupted the run, see `TrainingInterrupted`.
    """

    epochs: NDArray[np.int64]
    train_cost: FloatArray
    train_accuracy: FloatArray | None
    held_out_cost: FloatArray | None
    held_out_accuracy: FloatArray | None
    learning_rate: FloatArray
    seconds: FloatArray
    diverged: tuple[Divergence, ...] = ()
    interrupted_in: int | None = None

    def __repr__(self) -> str:
        runs = "" if self.train_cost.ndim == 1 else f" of {self.train_cost.shape[1]} runs"
        return f"History{runs} over {self.epochs[-1]} epochs, {len(self.epochs)} evaluations"


class TrainingInterrupted(KeyboardInterrupt):
    """The keyboard interrupted a run: Ctrl-C, or a notebook's *interrupt the kernel*.

    As a `KeyboardInterrupt` it stops all that the run is a part of, unless somebody catches it.

    Attributes
    ----------
    history : History
        What was evaluated before, with the epoch of the interrupt in `interrupted_in`.

    Examples
    --------
    Here a rule presses Ctrl-C in the third epoch, and the history is kept:

    >>> class Impatient:
    ...     def start(self, parameters): return iter(range(5))
    ...     def edit(self, direction, parameters, state):
    ...         if next(state, None) is None:
    ...             raise KeyboardInterrupt
    >>> X, y = np.eye(2), np.array([0, 1])
    >>> try:
    ...     history = train(
    ...         Network([2, 1]), Parameters([2, 1]), X, y,
    ...         epochs=20, batch_size=1, learning_rate=0.5, rng=None, rules=[Impatient()],
    ...     )
    ... except TrainingInterrupted as interrupt:
    ...     history = interrupt.history
    >>> history.interrupted_in, history.epochs.tolist()
    (3, [0, 1, 2])
    """

    def __init__(self, history: History) -> None:
        super().__init__(history)  # what is pickled, on the way from another process
        self.history = history

    def __str__(self) -> str:
        return f"in epoch {self.history.interrupted_in}; history holds what was evaluated before"


def train(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    y: NDArray[Any],
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float | FloatArray | Schedule,
    rng: Generators | None,
    rules: Sequence[Rule] = (),
    held_out: tuple[FloatArray, NDArray[Any]] | None = None,
    evaluate_every: int = 1,
    progress: bool = False,
) -> History:
    r"""Train the parameters in place: $\theta \leftarrow \theta - \eta \cdot$ direction.

    Parameters
    ----------
    network : Network
    parameters : Parameters
        One network or a stack; they are changed.
    X : float array of shape (n_samples, n_features)
        A stack also takes (n_runs, n_samples, n_features): each run its own data.
    y : array of shape (n_samples,)
        Labels or numbers, see `Network.targets`.
    epochs : int, at least 0
        Passes over the samples.
    batch_size : int, from 1 to n_samples
        Samples per step.
    learning_rate : float in (0, inf), array of shape (n_runs, 1), or a schedule
        A schedule is a function of the epochs done, a float that grows with every step; it may
        return 0, as in a warm-up.
    rng : Generator, a sequence of n_runs Generators for a stack, or None
        Draws the order of the samples in each epoch; None keeps the order of the rows.
    rules : sequence of Rule
        Applied to the direction in this order.
    held_out : pair (X, y), optional
        Samples that are evaluated and never trained on.
    evaluate_every : int, at least 1
        Epochs from one evaluation to the next; the start and the end are always evaluated.
    progress : bool
        Show a progress bar.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.
    DivergenceError
        When no run has a finite cost any more, naming epoch, step and learning rate. In a stack
        the others go on, and a `DivergenceWarning` at the end names the runs that diverged.
    TrainingInterrupted
        When the keyboard interrupts the run, with its history up to there. The parameters are then
        as the last whole step left them, rules that act after the step included: of a step
        that was under way nothing is left. Before the start is evaluated there is no history, and
        a plain `KeyboardInterrupt` comes out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2))
    >>> y = (X[:, 0] > X[:, 1]).astype(int)
    >>> history = train(
    ...     Network([2, 1]), Parameters([2, 1]), X, y,
    ...     epochs=20, batch_size=10, learning_rate=0.5, rng=rng,
    ... )
    >>> bool(history.train_cost[-1] < 0.2 * history.train_cost[0])
    True

    References
    ----------
    Robbins and Monro (1951) for the stochastic step.
    """
    check_parameters(parameters, network.layer_sizes)
    epochs = whole_number("epochs", epochs, low=0)
    evaluate_every = whole_number("evaluate_every", evaluate_every, low=1)
    X, targets = _checked_data(network, parameters, X, y)
    n_samples = X.shape[-2]
    batch_size = whole_number("batch_size", batch_size, low=1)
    if batch_size > n_samples:
        raise ValueError(f"batch_size must be a whole number in [1, {n_samples}], got {batch_size}")
    schedule = _checked_schedule(learning_rate, parameters.n_runs, epochs)
    _check_generators(rng, parameters.n_runs)
    data = {"train": (X, targets)}
    if held_out is not None:
        if not _is_pair(held_out):
            raise ValueError(f"held_out must be a pair (X, y), got {held_out!r}")
        data["held_out"] = _checked_data(network, parameters, *held_out, name="held_out ")
    _check_rules(rules)

    vector, gradient = parameters.vector, parameters.like()
    direction, output_bias = gradient.vector, gradient.biases[-1]
    ones = np.ones(output_bias.size, vector.dtype)  # a product with them is a quick sum
    edits = [(rule, rule.start(parameters)) for rule in rules]
    after_step = [rule for rule in rules if isinstance(rule, AfterStep)]
    n_steps = math.ceil(n_samples / batch_size)
    record = _Record(network, parameters, data, schedule)
    whole_step = vector.copy()  # what an interrupt goes back to, where a step has several parts
    epoch = 0
    # Overflow is looked for after each step and reported with its place.
    with np.errstate(over="ignore", invalid="ignore"):
        record.evaluate(0)
        try:
            for epoch in _counted(epochs, progress):
                started = time.perf_counter()
                batches = minibatches(X, targets, batch_size, rng)
                for step, (X_batch, target_batch) in enumerate(batches):
                    rate = schedule(epoch + step / n_steps)
                    network.gradient(parameters, X_batch, target_batch, out=gradient)
                    for rule, state in edits:
                        rule.edit(direction, parameters, state)
                    direction *= rate
                    vector -= direction
                    for late_rule in after_step:
                        late_rule.after_step(parameters, rate)
                    if after_step:
                        whole_step[...] = vector
                    # nan and inf anywhere above reach the output's bias, if a step later.
                    if not math.isfinite(output_bias.ravel().dot(ones)):
                        record.note_divergence(output_bias, epoch + 1, step + 1, rate)
                record.seconds_so_far += time.perf_counter() - started
                if (epoch + 1) % evaluate_every == 0 or epoch + 1 == epochs:
                    record.evaluate(epoch + 1)
            return record.history()
        except KeyboardInterrupt as interrupt:
            if after_step:
                vector[...] = whole_step
            raise TrainingInterrupted(record.history(interrupted_in=epoch + 1)) from interrupt


class _Record:
    """Collects the evaluations of a run, and the places where runs diverged."""

    def __init__(
        self,
        network: Network,
        parameters: Parameters,
        data: dict[str, tuple[FloatArray, FloatArray]],
        schedule: Schedule,
    ) -> None:
        self.network, self.parameters, self.data = network, parameters, data
        self.schedule = schedule
        self.n_runs = parameters.n_runs
        self.seconds_so_far = 0.0
        self.diverged: dict[int | None, Divergence] = {}
        self.columns: dict[str, list[Any]] = {"epochs": [], "learning_rate": [], "seconds": []}
        for name in data:
            self.columns[f"{name}_cost"] = []
            self.columns[f"{name}_accuracy"] = []

    def evaluate(self, epochs_done: int) -> None:
        results: dict[str, Any] = {}
        for name, (X, targets) in self.data.items():
            cost, accuracy = self.network.evaluate(self.parameters, X, targets)
            if name == "train" and not np.isfinite(cost).all():
                n_steps = 0  # found between two epochs: no step of its own
                self.note_divergence(cost, epochs_done, n_steps, self.schedule(float(epochs_done)))
            results[f"{name}_cost"], results[f"{name}_accuracy"] = cost, accuracy
        for run in self.diverged:
            for values in results.values():
                if values is not None:
                    values[run] = np.nan
        rate = np.asarray(self.schedule(float(epochs_done)))
        results["learning_rate"] = rate.reshape(rate.shape[:1])[()]
        results["epochs"], results["seconds"] = epochs_done, self.seconds_so_far
        for name, values in results.items():
            self.columns[name].append(values)

    def note_divergence(
        self, values: FloatArray, epoch: int, step: int, rate: float | FloatArray
    ) -> None:
        if self.n_runs is None:
            raise DivergenceError(_advice([Divergence(None, epoch, step, float(rate))]))
        finite = np.isfinite(values).reshape(self.n_runs, -1).all(axis=1)
        rates = np.broadcast_to(np.ravel(rate), self.n_runs)
        for run in np.flatnonzero(~finite).tolist():
            self.diverged.setdefault(run, Divergence(run, epoch, step, float(rates[run])))
        if len(self.diverged) == self.n_runs:
            raise DivergenceError(_advice(self.diverged.values()))

    def history(self, interrupted_in: int | None = None) -> History:
        if self.diverged and interrupted_in is None:  # as an error it would hide the interrupt
            warnings.warn(_advice(self.diverged.values()), DivergenceWarning, stacklevel=3)
        arrays: dict[str, Any] = {"held_out_cost": None, "held_out_accuracy": None}
        length = min(map(len, self.columns.values()))  # an interrupt may fall between two columns
        for name, values in self.columns.items():
            missing = bool(values) and values[0] is None
            arrays[name] = None if missing else np.array(values[:length])
        diverged = tuple(self.diverged.values())
        return History(**arrays, diverged=diverged, interrupted_in=interrupted_in)


def _advice(places: Iterable[Divergence]) -> str:
    return "; ".join(map(str, places)) + ". A smaller learning rate, or inputs of unit scale, help."


def _counted(epochs: int, progress: bool) -> Iterable[int]:
    if not progress:
        return range(epochs)
    from tqdm import tqdm

    bar: Iterable[int] = tqdm(range(epochs), desc="epochs", unit="epoch")
    return bar


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def _checked_data(
    network: Network, parameters: Parameters, X: FloatArray, y: NDArray[Any], name: str = ""
) -> tuple[FloatArray, FloatArray]:
    X = features(f"{name}X", X, network.layer_sizes[0], parameters.n_runs)
    targets = network.targets(y, X.shape[-2], parameters.n_runs, name=f"{name}y")
    return in_type(f"{name}X", X, parameters.dtype), in_type(f"{name}y", targets, parameters.dtype)


def _checked_schedule(
    learning_rate: float | FloatArray | Schedule, n_runs: int | None, epochs: int
) -> Schedule:
    """Return the rates as a schedule that refuses what is none, before a step is taken with it."""
    if not callable(learning_rate):
        checked = per_run("learning_rate", learning_rate, n_runs, open_low=True)
        constant = checked if np.ndim(checked) else float(checked)
        return lambda _epochs_done: constant
    given = learning_rate
    per_run("learning_rate of the schedule at epoch 0", given(0.0), n_runs)
    stack = (n_runs, 1)

    def schedule(epochs_done: float) -> float | FloatArray:
        rate = given(epochs_done)
        if isinstance(rate, float):
            if 0.0 <= rate < math.inf:
                return rate
        elif type(rate) is np.ndarray and rate.shape == stack and rate.dtype is FLOAT64:
            roots = np.sqrt(rate).ravel()  # that of a negative is nan
            if math.isfinite(roots.dot(roots)):
                return rate
        # No step is taken at the end: 0.3 - 0.1 t is -5.6e-17 there.
        low = 0.0 if epochs_done < epochs else -math.inf
        name = f"learning_rate of the schedule in epoch {int(epochs_done) + 1}"
        checked: float | FloatArray = per_run(name, rate, n_runs, low=low)
        return checked

    return schedule


def _check_rules(rules: object) -> None:
    if not isinstance(rules, Sequence):
        raise ValueError(f"rules must be a sequence of rules, such as a list, got {rules!r}")
    for k, rule in enumerate(rules):
        methods = [getattr(rule, name, None) for name in ("start", "edit")]
        if isinstance(rule, type) or not all(map(callable, methods)):
            raise ValueError(
                f"rules[{k}] must be an object with the methods start and edit, got {rule!r}"
            )


def _check_generators(rng: Generators | None, n_runs: int | None) -> None:
    expected = "a numpy Generator" if n_runs is None else f"a sequence of {n_runs} numpy Generators"
    if rng is None:
        return
    single = isinstance(rng, np.random.Generator)
    generators: list[Any] = [rng] if single else list(rng) if isinstance(rng, Sequence) else []
    good = single == (n_runs is None) and len(generators) == (n_runs or 1)
    if not good or not all(isinstance(g, np.random.Generator) for g in generators):
        raise ValueError(f"rng must be {expected}, or None to keep the order, got {rng!r}")
