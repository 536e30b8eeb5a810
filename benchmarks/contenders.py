"""One training step, done by several hands: the same network, data, batches and learning rate.

A contender trains from the same initial weights and returns the seconds that its steps took, with
drawing and gathering the batches and without set-up, and the weights it ended with. `smoke` proves
that all of them compute the same thing. Everything is float32.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.by_hand import example_by_example, matrix_products
from benchmarks.cases import SHAPES, Case, Contender, flat, random_case
from course_lib.arguments import FloatArray
from course_lib.network import Network
from course_lib.parameters import stacked
from course_lib.training import train

STACK = 20  # runs in the stack


def _loss(case: Case) -> str:
    return "softmax_cross_entropy" if case.layer_sizes[-1] > 1 else "sigmoid_cross_entropy"


def course(case: Case, epochs: int, shuffle: bool, n_runs: int | None = None) -> Any:
    """Time `course_lib.train` itself, by the seconds of its history."""
    rng: Any = np.random.default_rng(1)
    parameters = case.parameters.copy()
    if n_runs is not None:
        rng = rng.spawn(n_runs)
        parameters = stacked([parameters] * n_runs)
    history = train(
        Network(case.layer_sizes, loss=_loss(case)),
        parameters,
        case.X,
        case.y,
        epochs=epochs,
        batch_size=case.batch_size,
        learning_rate=case.learning_rate,
        rng=rng if shuffle else None,
        evaluate_every=max(1, epochs),
    )
    return float(history.seconds[-1]), parameters.vector


def course_stack(case: Case, epochs: int, shuffle: bool) -> tuple[float, FloatArray]:
    """Time `course_lib.train` on a stack, in seconds for each of its runs."""
    seconds, vector = course(case, epochs, shuffle, n_runs=STACK)
    return seconds / STACK, vector


class _TimedClassifier(MLPClassifier):  # type: ignore[misc]
    """scikit-learn's classifier from given weights, timed without the checks around its loop."""

    def _initialize(self, *args: Any) -> None:
        super()._initialize(*args)
        self.coefs_ = [W.copy() for W in self.start.weights]
        self.intercepts_ = [b.ravel().copy() for b in self.start.biases]

    def _fit_stochastic(self, *args: Any) -> None:
        started = time.perf_counter()
        super()._fit_stochastic(*args)
        self.seconds = time.perf_counter() - started


def scikit_learn(case: Case, epochs: int, shuffle: bool) -> tuple[float, FloatArray]:
    """Time plain gradient descent in scikit-learn's `MLPClassifier.fit`."""
    model = _TimedClassifier(
        hidden_layer_sizes=case.layer_sizes[1:-1],
        solver="sgd",
        alpha=0.0,
        batch_size=case.batch_size,
        learning_rate_init=case.learning_rate,
        max_iter=epochs,
        shuffle=shuffle,
        random_state=1,
        tol=0.0,
        momentum=0.0,
        nesterovs_momentum=False,
        n_iter_no_change=10**9,
    )
    model.start = case.parameters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(case.X, case.y)
    return model.seconds, flat(model.coefs_, model.intercepts_)


def _torch_parts(case: Case) -> tuple[Any, Any, Any, Any]:
    """Return PyTorch's model with the case's parameters, its loss, X and the targets."""
    torch: Any = importlib.import_module("torch")
    layers: list[Any] = []
    for W, b in zip(case.parameters.weights, case.parameters.biases, strict=True):
        layers += [torch.nn.Linear(*W.shape), torch.nn.ReLU()]
        layers[-2].weight.data = torch.tensor(W.T.copy())
        layers[-2].bias.data = torch.tensor(b.ravel())
    several = case.layer_sizes[-1] > 1
    loss = torch.nn.CrossEntropyLoss() if several else torch.nn.BCEWithLogitsLoss()
    y = torch.tensor(case.y) if several else torch.tensor(case.y[:, None], dtype=torch.float32)
    return torch.nn.Sequential(*layers[:-1]), loss, torch.tensor(case.X), y


def _torch_vector(model: Any) -> FloatArray:
    linear = [layer for layer in model if hasattr(layer, "weight")]
    weights = [layer.weight.detach().numpy().T for layer in linear]
    return flat(weights, [layer.bias.detach().numpy() for layer in linear])


def pytorch(case: Case, epochs: int, shuffle: bool) -> tuple[float, FloatArray]:
    """Time PyTorch as its quickstart tutorial writes the loop, with a `DataLoader`."""
    torch: Any = importlib.import_module("torch")
    model, loss_of, X_all, y_all = _torch_parts(case)
    data = torch.utils.data.TensorDataset(X_all, y_all)
    loader = torch.utils.data.DataLoader(data, batch_size=case.batch_size, shuffle=shuffle)
    optimizer = torch.optim.SGD(model.parameters(), lr=case.learning_rate)
    started = time.perf_counter()
    for _ in range(epochs):
        for X, y in loader:
            loss = loss_of(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    return time.perf_counter() - started, _torch_vector(model)


def pytorch_sliced(case: Case, epochs: int, shuffle: bool) -> tuple[float, FloatArray]:
    """Time the same loop without a `DataLoader`: slices of tensors shuffled once an epoch."""
    torch: Any = importlib.import_module("torch")
    model, loss_of, X_all, y_all = _torch_parts(case)
    optimizer = torch.optim.SGD(model.parameters(), lr=case.learning_rate)
    started = time.perf_counter()
    for _ in range(epochs):
        order = torch.randperm(len(X_all)) if shuffle else torch.arange(len(X_all))
        X_epoch, y_epoch = X_all[order], y_all[order]
        for first in range(0, len(X_all), case.batch_size):
            window = slice(first, first + case.batch_size)
            loss = loss_of(model(X_epoch[window]), y_epoch[window])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    return time.perf_counter() - started, _torch_vector(model)


STACK_NAME = f"stack of {STACK}, per run"
FLOOR = "matrix products only"
CONTENDERS: dict[str, Contender] = {
    "course_lib": course,
    "scikit-learn": scikit_learn,
    "PyTorch": pytorch,
    "PyTorch, sliced by hand": pytorch_sliced,
    "one example at a time": example_by_example,
    FLOOR: matrix_products,
    STACK_NAME: course_stack,
}


def contenders(case: Case) -> dict[str, Contender]:
    """Return who takes part: PyTorch where it is installed, the stack on the smallest network."""
    torch_is_there = importlib.util.find_spec("torch") is not None
    absent = {name for name in CONTENDERS if name.startswith("PyTorch") and not torch_is_there}
    if case.layer_sizes != (2, 3, 4, 1):
        absent.add(STACK_NAME)
    return {name: run for name, run in CONTENDERS.items() if name not in absent}


def smoke(tolerance: float = 1e-4) -> None:
    """Run three steps of each contender on every shape, and compare where they end.

    Raises
    ------
    ValueError
        Naming the contender, the shape and the difference, if a weight differs by more than
        `tolerance` from course_lib's, or if course_lib's own steps are hardly larger than that.
    """
    for layer_sizes, batch_size in SHAPES.items():
        case = random_case(layer_sizes, batch_size, n_rows=3 * batch_size, learning_rate=0.1)
        _, expected = course(case, 1, False)
        moved = float(np.abs(expected - case.parameters.vector).max())
        if not moved > 100 * tolerance:
            raise ValueError(f"{case.name}: the weights moved by {moved:g} only, no test of a step")
        for name, run in contenders(case).items():
            difference = float(np.abs(run(case, 1, False)[1] - expected).max())
            if name != FLOOR and not difference <= tolerance:
                raise ValueError(f"{case.name}: {name} ends {difference:g} away from course_lib")
