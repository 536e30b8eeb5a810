"""Problem set 2: mini-batches, the gradient of each, and the cost of an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.answers import Plain, shapes
from course_lib.exercises.exercise import Answers, Cases, Exercise, Rival, Symptom
from course_lib.exercises.running import Function

Array = Any
LESSON = "training/02-mini-batches"

MANY = 20  # rows from which on two equal orders are no chance


# batches.split


def _minibatches(
    X: Array, y: Array, batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[Array, Array]]:
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def _two_epochs(function: Function, case: dict[str, Any]) -> Any:
    """Drive minibatches over two epochs, with one generator."""
    rng = np.random.default_rng(case.pop("seed"))
    return [list(function(rng=rng, **case)) for _ in range(2)]


def _split_cases(rng: np.random.Generator) -> Cases:
    cases = []
    for n_rows, batch_size in ((50, 8), (24, 6), (3, 5)):
        rows = np.arange(float(n_rows))
        cases.append({
            "X": np.stack([rows, rows**2], axis=1), "y": 10.0 * rows, "batch_size": batch_size,
            "seed": int(rng.integers(2**31)),
        })  # fmt: skip
    return cases


def _rows(epoch: Plain) -> tuple[list[Array], list[Array]] | None:
    """Return the rows' numbers in each batch by X, and by y; None where these are no batches."""
    by_x, by_y = [], []
    for batch in epoch:
        if not isinstance(batch, tuple) or len(batch) != 2:
            return None
        x, y = batch
        if isinstance(x, tuple) or isinstance(y, tuple) or x.ndim != 2 or x.shape[1] != 2:
            return None
        if y.ndim != 1 or len(y) != len(x):
            return None
        by_x.append(x[:, 0])
        by_y.append(y / 10.0)
    return by_x, by_y


def _no_batches(cases: Cases, answers: Answers) -> str:
    for answer in answers:
        for epoch in answer:
            if not isinstance(epoch, tuple) or _rows(epoch) is None:
                return (
                    "minibatches should yield pairs (X_batch, y_batch), with as many labels as "
                    f"rows. One epoch of yours is {shapes(epoch)}."
                )
    return ""


def _epochs(cases: Cases, answers: Answers) -> Iterator[tuple[Any, Any, Array, Array, list[int]]]:
    """Yield for each epoch the case, its number, the rows by X, by y, and the batches' sizes."""
    for case, answer in zip(cases, answers, strict=True):
        for number, epoch in enumerate(answer, 1):
            found = _rows(epoch)
            if found is not None:
                by_x, by_y = found
                yield (
                    case, number, np.concatenate([*by_x, np.zeros(0)]),
                    np.concatenate([*by_y, np.zeros(0)]), [len(x) for x in by_x],
                )  # fmt: skip


def _dropped(cases: Cases, answers: Answers) -> str:
    for case, _, x, _, _ in _epochs(cases, answers):
        n_rows, size = len(case["X"]), case["batch_size"]
        if len(x) < n_rows and len(set(x.tolist())) == len(x) and len(x) == n_rows - n_rows % size:
            return (
                f"Of {n_rows} rows in batches of {size}, {n_rows - len(x)} were never trained on: "
                "the last, shorter batch is missing. Keep it."
            )
    return ""


def _drawn_again(cases: Cases, answers: Answers) -> str:
    for case, _, x, _, _ in _epochs(cases, answers):
        if len(set(x.tolist())) < len(x):
            return (
                f"In one epoch over {len(case['X'])} rows some came twice and "
                f"{len(case['X']) - len(set(x.tolist()))} never. Take one permutation of the rows "
                "and cut it into batches."
            )
    return ""


def _torn_apart(cases: Cases, answers: Answers) -> str:
    for _, _, x, y, _ in _epochs(cases, answers):
        wrong = np.flatnonzero(x != y)
        if wrong.size:
            row = int(x[wrong[0]])
            return (
                f"Row {row} came with the label of row {int(y[wrong[0]])}. Take one permutation, "
                "and use it for X and for y."
            )
    return ""


def _other_sizes(cases: Cases, answers: Answers) -> str:
    for case, _, x, _, sizes in _epochs(cases, answers):
        n_rows, size = len(case["X"]), case["batch_size"]
        right = [min(size, n_rows - start) for start in range(0, n_rows, size)]
        if len(x) != n_rows or sizes != right:
            return (
                f"{n_rows} rows in batches of {size} make batches of {right} rows; yours have "
                f"{sizes}."
            )
    return ""


def _evened_sizes(cases: Cases, answers: Answers) -> str:
    for case, _, x, _, sizes in _epochs(cases, answers):
        n_rows, size = len(case["X"]), case["batch_size"]
        even = [len(part) for part in np.array_split(np.arange(n_rows), len(sizes) or 1)]
        right = [min(size, n_rows - start) for start in range(0, n_rows, size)]
        if len(x) == n_rows and sizes == even != right:
            return (
                f"You cut {n_rows} rows into {len(sizes)} parts of nearly the same size, {sizes}, "
                f"as np.array_split does with a number. All batches but the last have {size} rows: "
                "cut at every batch_size."
            )
    return ""


def _never_mixed(cases: Cases, answers: Answers) -> str:
    for case, _, x, _, _ in _epochs(cases, answers):
        if len(x) >= MANY and np.array_equal(x, np.arange(len(case["X"]))):
            return "Your batches take the rows in the order in which they stand. Mix them."
    return ""


def _same_each_epoch(cases: Cases, answers: Answers) -> str:
    orders = [x for _, _, x, _, _ in _epochs(cases, answers) if len(x) >= MANY]
    for first, second in zip(orders[::2], orders[1::2], strict=False):
        if np.array_equal(first, second):
            return (
                "Epoch 2 has the same batches as epoch 1. Draw the order from the generator that "
                "is handed in, in each call, and make no generator of your own."
            )
    return ""


def _mixed_in_blocks(cases: Cases, answers: Answers) -> str:
    for _, _, x, _, sizes in _epochs(cases, answers):
        if len(x) < MANY or max(sizes) < 2:
            continue
        inside = np.split(x, np.cumsum(sizes)[:-1])
        if all((np.diff(rows) == 1).all() for rows in inside):
            return (
                "Your batches always hold the same neighbours, only their order is mixed. Mix the "
                "rows first, then cut."
            )
    return ""


SPLIT = Exercise(
    name="batches.split",
    task=(
        "Write minibatches(X, y, batch_size, rng): it yields the pairs (X_batch, y_batch) of one "
        "epoch, in an order drawn from rng."
    ),
    solution=_minibatches,
    cases=_split_cases,
    drive=_two_epochs,
    read=f"{LESSON}, “Three lines of code”",
    chance=True,
    mistakes=[
        Symptom("", _no_batches),
        Symptom("the last batch is dropped", _dropped),
        Symptom("rows are drawn with replacement", _drawn_again),
        Symptom("X and y are mixed apart", _torn_apart),
        Symptom("the rows are not mixed", _never_mixed),
        Symptom("the same order in each epoch", _same_each_epoch),
        Symptom("only the order of the batches is mixed", _mixed_in_blocks),
        Symptom("the sizes are evened out", _evened_sizes),
        Symptom("", _other_sizes),
    ],
)


# batches.gradients


def _batch_gradients(X: Array, y: Array, w: Array, batch_size: int) -> list[Array]:
    return _any_gradients(X, y, w, batch_size)


def _any_gradients(
    X: Array, y: Array, w: Array, batch_size: int, *,
    divisor: str = "rows", drop: bool = False, sign: float = 1.0, factor: float = 1.0,
) -> list[Array]:  # fmt: skip
    """Return the gradient of each batch; make the mistakes that are asked for."""
    gradients = []
    for start in range(0, len(X), batch_size):
        rows = slice(start, start + batch_size)
        error = X[rows] @ w - y[rows]
        if drop and len(error) < batch_size:
            continue
        by = {"rows": len(error), "nominal": batch_size, "none": 1, "all": len(X)}[divisor]
        gradients.append(sign * factor * X[rows].T @ error / by)
    return gradients


def _last_again(X: Array, y: Array, w: Array, batch_size: int) -> list[Array]:
    found = _batch_gradients(X, y, w, batch_size)
    return [found[-1]] * len(found)


def _gradient_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "X": rng.normal(size=(n_rows, 2)).round(2),
            "y": rng.normal(size=n_rows).round(2),
            "w": rng.normal(size=2).round(2),
            "batch_size": size,
        }
        for n_rows, size in ((9, 6), (8, 4), (7, 3))
    ]


GRADIENTS = Exercise(
    name="batches.gradients",
    task=(
        "Write batch_gradients(X, y, w, batch_size): for the rows in their order, the list of each "
        "batch's gradient of the cost mean((X w - y)**2) / 2."
    ),
    solution=_batch_gradients,
    cases=_gradient_cases,
    read=f"{LESSON}, “The mean and its noise”",
    mistakes=[
        Rival(
            "the sum over the rows",
            partial(_any_gradients, divisor="none"),
            "Your gradient is that of the sum: on a batch of 6 rows it is 6 times ours. Divide by "
            "the number of rows, or each batch size needs a learning rate of its own.",
        ),
        Rival(
            "divided by batch_size where the batch is shorter",
            partial(_any_gradients, divisor="nominal"),
            "Your last batch has fewer rows than batch_size, and you divided by batch_size: its "
            "gradient is too small. Divide by the rows that are in it.",
        ),
        Rival(
            "divided by all rows",
            partial(_any_gradients, divisor="all"),
            "You divided by the number of all rows. Divide by the rows of the batch.",
        ),
        Rival(
            "the last batch is dropped",
            partial(_any_gradients, drop=True),
            "The last, shorter batch is missing: its rows are never trained on.",
        ),
        Rival(
            "the last gradient again and again",
            _last_again,
            "All gradients in your list are that of the last batch. If you fill one array in each "
            "turn of the loop, the list holds that array many times: make a new one.",
        ),
        Rival(
            "the factor 2",
            partial(_any_gradients, factor=2.0),
            "Your gradient is twice ours: the cost has a 1/2 that cancels the 2 of the square.",
        ),
        Rival(
            "the sign",
            partial(_any_gradients, sign=-1.0),
            "Your gradient points downhill: the error is X w - y.",
        ),
    ],
)


# batches.cost


def _epoch_cost(costs: Array, sizes: Array) -> Any:
    return np.sum(costs * sizes) / np.sum(sizes)


def _epoch_cases(rng: np.random.Generator) -> Cases:
    return [
        {"costs": np.array([1.0, 1.0, 4.0]), "sizes": np.array([4, 4, 2])},
        {"costs": rng.uniform(0.2, 1.0, size=4).round(2), "sizes": np.array([8, 8, 8, 3])},
    ]


EPOCH_COST = Exercise(
    name="batches.cost",
    task=(
        "Write epoch_cost(costs, sizes): the mean cost over all rows of an epoch, from each "
        "batch's mean cost and its number of rows."
    ),
    solution=_epoch_cost,
    cases=_epoch_cases,
    read=f"{LESSON}, “The last short batch”",
    mistakes=[
        Rival(
            "the mean of the batches' means",
            lambda costs, sizes: np.mean(costs),
            "Your epoch costs {got}, ours {expected}: the short batch counts as much as a long "
            "one. Weight each batch by its number of rows.",
        ),
        Rival(
            "the sum over the rows",
            lambda costs, sizes: np.sum(costs * sizes),
            "You added over all rows. Divide by their number.",
        ),
        Rival(
            "divided by the number of batches",
            lambda costs, sizes: np.sum(costs * sizes) / len(sizes),
            "You weighted each batch by its rows, and divided by the number of batches. Divide by "
            "the number of rows.",
        ),
        Rival(
            "only the last batch",
            lambda costs, sizes: costs[-1],
            "This is the cost of the last batch alone.",
        ),
        Rival(
            "the sum of the batches' means",
            lambda costs, sizes: np.sum(costs),
            "You added the batches' means. Weight each by its rows, and divide by all rows.",
        ),
    ],
)

EXERCISES = [SPLIT, GRADIENTS, EPOCH_COST]
