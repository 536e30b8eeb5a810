r"""The loop of chapter 1, compiled: the same steps, many times as fast for small networks.

`train` here takes what `course_lib.training.train` takes, and returns the same history. The order
of the samples and the masks are drawn in numpy, by the generators that are passed in and in the
same order, so the two runs differ by rounding alone. What changes is who does the arithmetic of a
step: in numpy each line is a call, and with thirty parameters a call costs more than its numbers.
Numba turns the loops of `_kernels` into machine code.

Each rule has lines of its own in `_kernels.edit`, found by the table `KERNELS`. A rule that is not
in it, such as one that you wrote, trains in numpy; `CompiledHistory.engine` says so, and why.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib import training
from course_lib._kernels import (
    ADAM,
    AHEAD,
    AVERAGED,
    HEAVY,
    IS_COMPILED,
    NOTHING,
    PULL,
    SIGN,
    take_steps,
)
from course_lib.arguments import FloatArray, whole_number
from course_lib.batches import epoch_order
from course_lib.dropout import DropoutNetwork
from course_lib.momentum import HeavyBall, Momentum, Nesterov
from course_lib.network import Network
from course_lib.parameters import Generators, Parameters, check_parameters
from course_lib.penalties import L1, L2, ElasticNet, ProximalL1
from course_lib.training import History, Rule, Schedule, TrainingInterrupted
from course_lib.weight_decay import Adam, WeightDecay

ACTIVATIONS = {"relu": 0, "sigmoid": 1, "tanh": 2}
LOSSES = {
    "sigmoid_cross_entropy": 0, "softmax_cross_entropy": 1, "sigmoid_quadratic": 2,
    "squared_error": 3,
}  # fmt: skip
SMALL = 1_000  # multiplications: below, loops beat a call of the library of products
WORK_PER_CALL = 5e7  # multiplications; a keyboard's interrupt waits for one call


@dataclass(frozen=True)
class Compiled:
    """How a rule is compiled.

    Parameters
    ----------
    edit : int
        Which lines of `_kernels.edit`.
    numbers : function
        Takes the rule and returns its numbers, each one for all runs or one for each.
    threshold : function or None
        Takes the rule and returns the strength of a soft threshold after the step.
    vectors : int
        How many vectors of the size of the parameters the rule remembers.
    """

    edit: int
    numbers: Callable[[Any], tuple[Any, ...]]
    threshold: Callable[[Any], Any] | None = None
    vectors: int = 0


KERNELS: dict[type, Compiled] = {
    L2: Compiled(PULL, lambda rule: (rule.l2,)),
    WeightDecay: Compiled(PULL, lambda rule: (rule.decay,)),
    L1: Compiled(SIGN, lambda rule: (rule.l1,)),
    ProximalL1: Compiled(NOTHING, lambda _rule: (), lambda rule: rule.l1),
    ElasticNet: Compiled(PULL, lambda rule: (rule.l2,), lambda rule: rule.l1),
    Momentum: Compiled(AVERAGED, lambda rule: (rule.beta,), vectors=1),
    HeavyBall: Compiled(HEAVY, lambda rule: (rule.beta,), vectors=1),
    Nesterov: Compiled(AHEAD, lambda rule: (rule.beta,), vectors=1),
    Adam: Compiled(ADAM, lambda rule: (rule.beta1, rule.beta2, rule.epsilon), vectors=2),
}


@dataclass(frozen=True, repr=False)
class CompiledHistory(History):
    """A history that says who computed it.

    Attributes
    ----------
    engine : str
        "compiled", or "numpy: " and the reason.
    """

    engine: str = "compiled"


def why_numpy(network: Network, parameters: Parameters, rules: Sequence[Rule]) -> str:
    """Return why a run is not compiled; an empty text if it is."""
    if not IS_COMPILED:
        return "Numba is not installed"
    if type(network) not in (Network, DropoutNetwork):
        return f"the network {type(network).__name__} has no kernel"
    for rule in rules:
        if type(rule) not in KERNELS:
            return f"the rule {type(rule).__name__} has no kernel"
    if isinstance(network, DropoutNetwork):
        rng = network.rng
        if (None if isinstance(rng, np.random.Generator) else len(rng)) != parameters.n_runs:
            return "the masks' generators do not fit the stack"
    return ""


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
) -> CompiledHistory:
    """Train the parameters in place, as `course_lib.training.train` does, in compiled code.

    Parameters
    ----------
    network, parameters, X, y, epochs, batch_size, learning_rate, rng, rules, held_out, \
evaluate_every, progress
        As for `course_lib.training.train`, with the same errors.

    Returns
    -------
    CompiledHistory
        The history, with `engine`: "compiled", or "numpy: " and why.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2))
    >>> y = (X[:, 0] > X[:, 1]).astype(int)
    >>> settings = {"epochs": 20, "batch_size": 10, "learning_rate": 0.5, "rules": [Momentum(0.9)]}
    >>> ends = []
    >>> for engine in (train, training.train):
    ...     parameters = Parameters([2, 1])
    ...     history = engine(
    ...         Network([2, 1]), parameters, X, y, rng=np.random.default_rng(1), **settings
    ...     )
    ...     ends.append(parameters.vector)
    >>> bool(np.allclose(*ends, rtol=1e-10))
    True
    """
    arguments: dict[str, Any] = {
        "epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "rng": rng,
        "rules": rules, "held_out": held_out, "evaluate_every": evaluate_every,
        "progress": progress,
    }  # fmt: skip
    training._check_rules(rules)
    check_parameters(parameters, network.layer_sizes)
    reason = why_numpy(network, parameters, rules)
    if reason:
        history = training.train(network, parameters, X, y, **arguments)
        found = {field.name: getattr(history, field.name) for field in fields(History)}
        return CompiledHistory(**found, engine=f"numpy: {reason}")

    # The checks of `training.train`, in its order.
    epochs = whole_number("epochs", epochs, low=0)
    evaluate_every = whole_number("evaluate_every", evaluate_every, low=1)
    X, targets = training._checked_data(network, parameters, X, y)
    n_samples = X.shape[-2]
    batch_size = whole_number("batch_size", batch_size, low=1)
    if batch_size > n_samples:
        raise ValueError(f"batch_size must be a whole number in [1, {n_samples}], got {batch_size}")
    schedule = training._checked_schedule(learning_rate, parameters.n_runs, epochs)
    training._check_generators(rng, parameters.n_runs)
    data = {"train": (X, targets)}
    if held_out is not None:
        if not training._is_pair(held_out):
            raise ValueError(f"held_out must be a pair (X, y), got {held_out!r}")
        data["held_out"] = training._checked_data(network, parameters, *held_out, name="held_out ")
    for rule in rules:
        rule.start(parameters)  # what does not fit the stack is told

    record = training._Record(network, parameters, data, schedule)
    steps = _Steps(network, parameters, X, targets, rules, batch_size)
    n_steps = math.ceil(n_samples / batch_size)
    constant = None if callable(learning_rate) else schedule(0.0)
    epoch = 0
    with np.errstate(over="ignore", invalid="ignore"):
        record.evaluate(0)
        try:
            for epoch in training._counted(epochs, progress):
                started = time.perf_counter()
                order = np.arange(n_samples) if rng is None else epoch_order(n_samples, rng)
                for first in range(0, n_steps, steps.per_call):
                    last = min(first + steps.per_call, n_steps)
                    if constant is None:
                        rates = [schedule(epoch + step / n_steps) for step in range(first, last)]
                    else:
                        rates = [constant] * (last - first)
                    bad = steps.take(order, first, rates)
                    for step in np.unique(bad[bad >= 0]).tolist():
                        diverged = np.where((bad >= 0) & (bad <= step), np.nan, 0.0)
                        record.note_divergence(diverged, epoch + 1, first + step + 1, rates[step])
                record.seconds_so_far += time.perf_counter() - started
                if (epoch + 1) % evaluate_every == 0 or epoch + 1 == epochs:
                    record.evaluate(epoch + 1)
            history = record.history()
        except KeyboardInterrupt as interrupt:
            raise TrainingInterrupted(record.history(interrupted_in=epoch + 1)) from interrupt
    found = {field.name: getattr(history, field.name) for field in fields(History)}
    return CompiledHistory(**found)


class _Steps:
    """Takes steps of a run or a stack: everything as arrays of the shapes that the kernels have."""

    def __init__(
        self,
        network: Network,
        parameters: Parameters,
        X: FloatArray,
        targets: FloatArray,
        rules: Sequence[Rule],
        batch_size: int,
    ) -> None:
        vector = parameters.vector
        self.vectors = vector[np.newaxis] if vector.ndim == 1 else vector
        n_runs, n_parameters = self.vectors.shape
        self.X, self.targets = (
            np.ascontiguousarray(a[np.newaxis] if a.ndim == 2 else a) for a in (X, targets)
        )
        self.sizes = np.array(network.layer_sizes)
        self.n_weights, self.batch_size, self.n_steps_done = parameters.n_weights, batch_size, 0
        self.kinds = np.array([ACTIVATIONS[network.activation_name], LOSSES[network.loss_name]])
        known = [KERNELS[type(rule)] for rule in rules]
        self.edits = np.array([one.edit for one in known], np.int64)
        self.numbers = np.zeros((len(known), 3, n_runs), vector.dtype)
        self.thresholds = np.zeros((len(known), n_runs), vector.dtype)
        for k, (rule, one) in enumerate(zip(rules, known, strict=True)):
            for j, number in enumerate(one.numbers(rule)):
                self.numbers[k, j] = np.ravel(number)
            if one.threshold is not None:
                self.thresholds[k] = np.ravel(one.threshold(rule))
        self.slots = np.cumsum([0, *(one.vectors for one in known)])
        self.memory = np.zeros((max(1, self.slots[-1]), n_runs, n_parameters), vector.dtype)
        self.products = batch_size * self.sizes[:-1] * self.sizes[1:] > SMALL
        self.network = network
        self.rates = np.zeros(len(self.sizes) - 1)
        if isinstance(network, DropoutNetwork):
            self.rates[:] = network.rates
        work = n_runs * batch_size * n_parameters
        self.per_call = max(1, int(WORK_PER_CALL / work))

    def take(
        self, order: NDArray[np.intp], first: int, rates: Sequence[float | FloatArray]
    ) -> NDArray[np.int64]:
        """Take steps from the `first` of an epoch on; return where a run stopped being finite."""
        rows = order[..., first * self.batch_size : (first + len(rates)) * self.batch_size]
        n_runs = len(self.vectors)
        table = np.empty((len(rates), n_runs), self.vectors.dtype)
        table[...] = np.array(rates).reshape(len(rates), -1)
        bad = np.full(n_runs, -1)
        take_steps(  # type: ignore[no-untyped-call]
            self.vectors, self.X, self.targets, np.ascontiguousarray(np.atleast_2d(rows)), table,
            self.batch_size, self.sizes, self.n_weights, self.kinds, self.products, self.edits,
            self.numbers, self.thresholds, self.slots, self.memory, self.n_steps_done, self.rates,
            self._draws(rows.shape[-1]), bad,
        )  # fmt: skip
        self.n_steps_done += len(rates)
        return bad

    def _draws(self, n_rows: int) -> FloatArray:
        """Return the random numbers of the masks, (n_runs, n_rows or n_steps, n_units)."""
        network = self.network
        n_units = int(self.sizes[:-1][self.rates > 0].sum())
        if not isinstance(network, DropoutNetwork) or n_units == 0:
            return np.empty((1, 0, 0))
        if network.one_mask_per == "batch":
            n_rows = math.ceil(n_rows / self.batch_size)
        rngs = [network.rng] if isinstance(network.rng, np.random.Generator) else network.rng
        return np.stack([rng.random((n_rows, n_units)) for rng in rngs])
