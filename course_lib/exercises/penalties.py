"""Problem set 5: L2 as l2 / 2 times the sum of squares, and L1 by its proximal step."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.exercise import Cases, Exercise, Rival

Array = Any
LESSON = "generalising/05-l2-and-l1"


# penalties.l2_cost


def _l2_cost(weights: list[Array], l2: float) -> Any:
    return l2 / 2 * sum((W**2).sum() for W in weights)


def _l2_cases(rng: np.random.Generator) -> Cases:
    return [
        {"weights": [np.array([[3.0, 4.0]]), np.array([[1.0], [2.0]])], "l2": 0.1},
        {
            "weights": [rng.normal(size=(3, 2)).round(2), rng.normal(size=(2, 1)).round(2)],
            "l2": round(float(rng.uniform(0.01, 0.5)), 3),
        },
    ]


L2_COST = Exercise(
    name="penalties.l2_cost",
    task=(
        "Write l2_cost(weights, l2): l2 / 2 times the sum of the squares of all weights of all "
        "layers."
    ),
    solution=_l2_cost,
    cases=_l2_cases,
    read=f"{LESSON}, “A price on size”",
    mistakes=[
        Rival(
            "the half is missing",
            lambda weights, l2: 2 * _l2_cost(weights, l2),
            "Your penalty is {ratio} ours. With the half, its gradient is l2 w.",
        ),
        Rival(
            "the norm is not squared",
            lambda weights, l2: l2 / 2 * sum(np.sqrt((W**2).sum()) for W in weights),
            "You added the lengths of the layers' weights. Doubled weights should cost four times "
            "as much; yours cost twice as much. Leave the square root out.",
        ),
        Rival(
            "the spectral norm",
            lambda weights, l2: l2 / 2 * sum(np.linalg.norm(W, 2) ** 2 for W in weights),
            "np.linalg.norm(W, 2) of a matrix is its largest singular value. The root of the sum "
            "of all squares is np.linalg.norm(W), without the 2.",
        ),
        Rival(
            "the sum is squared",
            lambda weights, l2: l2 / 2 * sum(W.sum() ** 2 for W in weights),
            "You squared the sum: a weight of 1 and one of -1 cost nothing. Square each weight, "
            "then add.",
        ),
        Rival(
            "absolute values in place of squares",
            lambda weights, l2: l2 / 2 * sum(np.abs(W).sum() for W in weights),
            "You added absolute values: that is L1. L2 adds squares.",
        ),
        Rival(
            "only the last layer",
            lambda weights, l2: _l2_cost(weights[-1:], l2),
            "Only the last layer's weights are in your penalty.",
        ),
        Rival(
            "only the first layer",
            lambda weights, l2: _l2_cost(weights[:1], l2),
            "Only the first layer is in your penalty. Is your return inside of the loop?",
        ),
        Rival(
            "the mean of the squares",
            lambda weights, l2: _l2_cost(weights, l2) / sum(W.size for W in weights),
            "You took the mean over the weights. The penalty is a sum.",
        ),
        Rival(
            "the mean of the squares",
            lambda weights, l2: l2 / 2 * sum((W**2).mean() for W in weights),
            "You took the mean over each layer's weights. The penalty is a sum.",
        ),
    ],
)


# penalties.l2_gradient


def _penalised(X: Array, y: Array, w: Array, b: Array, l2: float) -> tuple[Any, Array, Any]:
    return _any_penalised(X, y, w, b, l2)


def _any_penalised(
    X: Array, y: Array, w: Array, b: Array, l2: float, *,
    cost: float = 0.5, slope: float = 1.0, bias: bool = False, rows: float = 0.0,
    in_cost: bool = True, in_gradient: bool = True, summed: bool = False,
) -> tuple[Any, Array, Any]:  # fmt: skip
    """Return the cost and its gradients; make the mistakes that are asked for."""
    scale = l2 * float(len(X)) ** rows
    error = X @ w + b - y
    by = 1.0 if summed else len(X)
    total = (error**2).sum() / 2 / by
    dw, db = X.T @ error / by, error.sum() / by
    if in_cost:
        total = total + cost * scale * ((w**2).sum() + (b**2 if bias else 0.0))
    if in_gradient:
        dw = dw + slope * scale * w
        db = db + (slope * scale * b if bias else 0.0)
    return total, dw, db


def _penalised_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "X": rng.normal(size=(n_rows, 2)).round(2),
            "y": rng.normal(size=n_rows).round(2),
            "w": rng.normal(size=2).round(2),
            "b": round(float(rng.uniform(0.5, 2.0)), 2),
            "l2": round(float(rng.uniform(0.1, 0.9)), 2),
        }
        for n_rows in (5, 8)
    ]


L2_GRADIENT = Exercise(
    name="penalties.l2_gradient",
    task=(
        "Write penalised(X, y, w, b, l2): the cost mean((X w + b - y)**2) / 2 with the L2 penalty, "
        "and its gradients, as (cost, dw, db). The bias is not penalised, and nothing divides the "
        "penalty."
    ),
    solution=_penalised,
    cases=_penalised_cases,
    read=f"{LESSON}, “A price on size”",
    mistakes=[
        Rival(
            "the bias is penalised",
            partial(_any_penalised, bias=True),
            "Your db changes with l2. Only weights are penalised: a bias does not make the "
            "function steep.",
        ),
        Rival(
            "cost and gradient disagree",
            partial(_any_penalised, slope=2.0),
            "Your cost has l2 / 2, and your gradient 2 l2 w. The gradient of l2 / 2 w**2 is l2 w.",
        ),
        Rival(
            "cost and gradient disagree",
            partial(_any_penalised, cost=1.0),
            "Your gradient is right, and your cost lacks the half: the gradient of l2 w**2 would "
            "be 2 l2 w.",
        ),
        Rival(
            "cost and gradient disagree",
            partial(_any_penalised, slope=0.5),
            "Your cost is right, and your gradient has l2 w / 2. The gradient of l2 / 2 w**2 is "
            "l2 w.",
        ),
        Rival(
            "the half is missing",
            partial(_any_penalised, cost=1.0, slope=2.0),
            "Your penalty is l2 w**2, twice ours: cost and gradient fit each other. The course "
            "writes l2 / 2.",
        ),
        Rival(
            "the penalty is divided by the rows",
            partial(_any_penalised, rows=-1.0),
            "Your penalty shrinks as rows are added: you divided it by their number, as some "
            "courses do. In this course nothing divides it.",
        ),
        Rival(
            "the penalty grows with the rows",
            partial(_any_penalised, rows=1.0),
            "Your penalty is multiplied by the number of rows. Only the data's cost is a mean over "
            "rows, and nothing multiplies the penalty.",
        ),
        Rival(
            "the penalty is in the cost alone",
            partial(_any_penalised, in_gradient=False),
            "Your cost has the penalty, and your gradients have not: training would not notice it.",
        ),
        Rival(
            "the penalty is in the gradient alone",
            partial(_any_penalised, in_cost=False),
            "Your gradient has the penalty, and your cost has not: they disagree.",
        ),
        Rival(
            "the sum over the rows",
            partial(_any_penalised, summed=True),
            "The data's cost is a mean over the rows; yours is their sum.",
        ),
    ],
)


# penalties.l1


def _proximal_step(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    moved = w - learning_rate * gradient
    return np.sign(moved) * np.maximum(np.abs(moved) - learning_rate * l1, 0.0)


def _subgradient_step(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    return w - learning_rate * (gradient + l1 * np.sign(w))


def _unscaled_threshold(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    moved = w - learning_rate * gradient
    return np.sign(moved) * np.maximum(np.abs(moved) - l1, 0.0)


def _not_clipped(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    moved = w - learning_rate * gradient
    return np.sign(moved) * (np.abs(moved) - learning_rate * l1)


def _cut_only(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    moved = w - learning_rate * gradient
    return np.where(np.abs(moved) > learning_rate * l1, moved, 0.0)


def _threshold_twice(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    shrunk = _not_clipped(w, gradient, learning_rate, l1)
    return np.where(np.abs(shrunk) < learning_rate * l1, 0.0, shrunk)


def _one_side(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    moved, threshold = w - learning_rate * gradient, learning_rate * l1
    return np.where(moved > 0, np.maximum(moved - threshold, 0.0), moved + threshold)


def _threshold_first(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    shrunk = np.sign(w) * np.maximum(np.abs(w) - learning_rate * l1, 0.0)
    return shrunk - learning_rate * gradient


def _sign_lost(w: Array, gradient: Array, learning_rate: float, l1: float) -> Array:
    return np.abs(_proximal_step(w, gradient, learning_rate, l1))


def _l1_cases(rng: np.random.Generator) -> Cases:
    rate, l1 = 0.1, round(float(rng.uniform(0.3, 0.9)), 1)
    # Closer to 0 than the threshold, and a little farther off than that.
    near = rate * l1 * np.array([0.5, -0.5, 0.2, 1.4, -1.7])
    far = np.array([1.0, -1.0, 1.0]) * rng.uniform(0.5, 2.0, size=3).round(2)
    w = np.concatenate([near, far])
    gradient = rng.normal(0.0, 0.3, size=8).round(2)
    gradient[0] = 2 * w[0] / rate  # this step takes a weight over 0, to where it was as far
    given = {"w": w, "learning_rate": rate, "l1": l1}
    return [{**given, "gradient": np.zeros(8)}, {**given, "gradient": gradient}]


L1 = Exercise(
    name="penalties.l1",
    task=(
        "Write proximal_step(w, gradient, learning_rate, l1): a step along the gradient, and then "
        "each weight moved towards 0 by learning_rate * l1, and to exactly 0 if it is closer."
    ),
    solution=_proximal_step,
    cases=_l1_cases,
    read=f"{LESSON}, “Two ways to take the step”",
    mistakes=[
        Rival(
            "a step along the subgradient",
            _subgradient_step,
            "A weight that is closer to 0 than learning_rate * l1 jumps over it, and back in the "
            "next step; it is never exactly 0. Shrink after the step, and stop at 0.",
        ),
        Rival(
            "weights jump over 0",
            _not_clipped,
            "A weight that is closer to 0 than the threshold gets the other sign. Stop at 0, with "
            "np.maximum(..., 0).",
        ),
        Rival(
            "the threshold lacks the learning rate",
            _unscaled_threshold,
            "You shrink by l1 in each step. Shrink by learning_rate * l1: a step of half the "
            "length shrinks half as far.",
        ),
        Rival(
            "small weights are cut, large ones not shrunk",
            _cut_only,
            "You set small weights to 0 and leave the others as they are. L1 moves each weight "
            "towards 0, large ones as well.",
        ),
        Rival(
            "the threshold counts twice",
            _threshold_twice,
            "You shrank the weights, and then set to 0 what was closer than the threshold: a "
            "weight of 1.5 times the threshold is 0 in your answer, and should be 0.5 times it. "
            "Stop at 0 while you shrink, with np.maximum(..., 0).",
        ),
        Rival(
            "negative weights jump over 0",
            _one_side,
            "Your positive weights stop at 0, your negative ones jump over it. Shrink the size, "
            "np.abs, and multiply by the sign.",
        ),
        Rival(
            "the weights are shrunk before the step",
            _threshold_first,
            "You shrank first and took the step then, which leaves no weight at exactly 0.",
        ),
        Rival(
            "the sign is lost",
            _sign_lost,
            "Your weights are all positive: multiply by the sign again.",
        ),
    ],
)


# penalties.compare


def _comparable_cost(outputs: Array, y: Array, weights: list[Array], l2: float) -> Any:
    return np.mean((outputs - y) ** 2) / 2


def _compare_cases(rng: np.random.Generator) -> Cases:
    outputs, y = rng.normal(size=5).round(2), rng.normal(size=5).round(2)
    weights = [rng.normal(size=(2, 2)).round(2), rng.normal(size=(2, 1)).round(2)]
    return [{"outputs": outputs, "y": y, "weights": weights, "l2": l2} for l2 in (0.0, 0.1, 10.0)]


COMPARE = Exercise(
    name="penalties.compare",
    task=(
        "Write comparable_cost(outputs, y, weights, l2): the cost by which networks that were "
        "trained with different l2 are compared, built on mean((outputs - y)**2) / 2. You need not "
        "use all arguments."
    ),
    solution=_comparable_cost,
    cases=_compare_cases,
    read=f"{LESSON}, “Two costs that cannot be compared”",
    mistakes=[
        Rival(
            "the penalty is in the cost that is compared",
            lambda outputs, y, weights, l2: (
                _comparable_cost(outputs, y, weights, l2) + _l2_cost(weights, l2)
            ),
            "The same outputs cost more with a larger l2: you compare penalties. Compare the cost "
            "of the data alone.",
        ),
        Rival(
            "the penalty is subtracted",
            lambda outputs, y, weights, l2: (
                _comparable_cost(outputs, y, weights, l2) - _l2_cost(weights, l2)
            ),
            "You subtracted the penalty, from a cost that does not hold it: the larger l2, the "
            "better a network looks. Compare the cost of the data alone.",
        ),
        Rival(
            "the half is missing",
            lambda outputs, y, weights, l2: np.mean((outputs - y) ** 2),
            "Your cost is {ratio} the one that is asked for: the half is missing.",
        ),
        Rival(
            "the sum over the examples",
            lambda outputs, y, weights, l2: np.sum((outputs - y) ** 2) / 2,
            "You added over the examples. Take the mean: sets of different sizes are compared.",
        ),
    ],
)

EXERCISES = [L2_COST, L2_GRADIENT, L1, COMPARE]
