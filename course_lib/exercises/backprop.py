"""Problem set 1: the cost, its gradient, and one step of descent, for the sigmoid cross-entropy."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.answers import arrays
from course_lib.exercises.exercise import Answers, Cases, Exercise, Rival, Symptom

Array = Any
LESSON = "training/01-gradient-descent"


def _sigmoid(z: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -z))


# backprop.cost


def _cost(z: Array, y: Array) -> Any:
    return np.mean(np.logaddexp(0.0, z) - y * z)


def _scaled_cost(z: Array, y: Array, factor: float) -> Any:
    return factor * _cost(z, y)


def _summed_cost(z: Array, y: Array) -> Any:
    return np.sum(np.logaddexp(0.0, z) - y * z)


def _half_a_cost(z: Array, y: Array) -> Any:
    return np.mean(y * np.logaddexp(0.0, -z))


def _cost_of_the_other_label(z: Array, y: Array) -> Any:
    return _cost(z, 1 - y)


def _cost_without_abs(z: Array, y: Array) -> Any:
    return np.mean(np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-z)))


def _cost_for_signs(z: Array, y: Array) -> Any:
    return np.mean(np.logaddexp(0.0, -y * z))


def _squared_cost(z: Array, y: Array) -> Any:
    return np.mean((_sigmoid(z) - y) ** 2)


def _log_of_zero(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        for number in arrays(answer):
            if number.ndim == 0 and not np.isfinite(number):
                z = float(np.abs(case["z"]).max())
                return (
                    f"Your cost is {float(number):g} where a logit is {z:g} in size. There a "
                    "sigmoid has rounded to 0 or 1, so that you take the logarithm of 0, or exp "
                    "itself is infinite. Write log(1 + exp(z)) - y z with np.logaddexp(0, z)."
                )
    return ""


def _clipped(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        right = float(_cost(**case))
        for number in arrays(answer):
            if number.ndim == 0 and right > 15 and 3 < number < right - 0.01:
                return (
                    f"An example that is wrong by a logit of {right:.4g} costs {right:.4g}; yours "
                    f"costs {float(number):.4g}. A small number inside of the logarithm or np.clip "
                    "hides the worst errors. Write the cost by the logit, with np.logaddexp(0, z)."
                )
    return ""


def _cost_cases(rng: np.random.Generator) -> Cases:
    m = int(rng.integers(5, 9))
    return [
        {"z": rng.normal(0.0, 2.0, size=m).round(2), "y": np.arange(m) % 2.0},
        {"z": np.array([20.0]), "y": np.array([0.0])},
        {"z": np.array([-800.0]), "y": np.array([1.0])},
        {"z": np.array([800.0, -800.0]), "y": np.array([1.0, 0.0])},
    ]


COST = Exercise(
    name="backprop.cost",
    task="Write cost(z, y): the mean cross-entropy of the logits z with the labels y, 0 or 1.",
    solution=_cost,
    cases=_cost_cases,
    read=f"{LESSON}, “The cost”",
    mistakes=[
        Rival(
            "the absolute value is missing",
            _cost_without_abs,
            "The formula with max(z, 0) ends in log(1 + exp(-|z|)); yours has exp(-z), which is "
            "wrong where z is negative. Take np.abs, or np.logaddexp(0, z) - y z.",
        ),
        Symptom("the cost is infinite", _log_of_zero),
        Symptom("the worst errors are cut off", _clipped),
        Rival(
            "the sign of the cost",
            partial(_scaled_cost, factor=-1.0),
            "Your cost is {got}. A probability has a logarithm below 0, so the cost is minus the "
            "logarithm.",
        ),
        Rival(
            "the sum over the examples",
            _summed_cost,
            "You added the costs of the examples. Take their mean: then the cost, and the learning "
            "rate that fits, do not depend on how many examples there are.",
        ),
        Rival(
            "only the examples with y = 1 count",
            _half_a_cost,
            "Examples with y = 0 cost nothing in your answer. Their cost is -log(1 - p).",
        ),
        Rival(
            "y and 1 - y are swapped",
            _cost_of_the_other_label,
            "Your cost is low where the label is wrong: y belongs to log p, and 1 - y to "
            "log(1 - p).",
        ),
        Rival(
            "the formula for labels -1 and 1",
            _cost_for_signs,
            "log(1 + exp(-y z)) is the cost for labels -1 and 1. Here labels are 0 and 1, and with "
            "y = 0 yours is log 2, whatever z is.",
        ),
        Rival(
            "the logarithm to the base 2",
            partial(_scaled_cost, factor=1 / np.log(2.0)),
            "Your cost is {ratio} the right one: you took np.log2. The course takes the natural "
            "logarithm, np.log.",
        ),
        Rival(
            "a squared error",
            _squared_cost,
            "This is the mean squared error of the probabilities. Here the cost is the "
            "cross-entropy.",
        ),
    ],
)


# backprop.delta


def _output_delta(z: Array, y: Array) -> Array:
    return (_sigmoid(z) - y) / len(z)


def _other_delta(
    z: Array, y: Array, *, slope: bool = False, summed: bool = False, sign: float = 1.0
) -> Array:
    p = _sigmoid(z)
    delta = sign * (p - y) * (p * (1 - p) if slope else 1.0)
    return delta if summed else delta / len(z)


def _delta_of_labels(z: Array, y: Array) -> Array:
    return ((z > 0) - y) / len(z)


def _delta_by_probability(z: Array, y: Array) -> Array:
    p = _sigmoid(z)
    return (p - y) / (p * (1 - p)) / len(z)


def _saturated(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        right = _output_delta(**case)
        if isinstance(answer, tuple) or answer.shape != right.shape:
            continue
        lost = (np.abs(case["z"]) > 35) & (np.abs(right) > 0) & ~(np.abs(answer) > 1e-9)
        if lost.any():
            i = int(lost.argmax())
            return (
                f"With a logit of {case['z'][i]:g} and the label {case['y'][i]:g} your gradient is "
                f"{answer[i]:g}; right is {right[i]:.4g}. You divide by p or 1 - p, which has "
                "rounded to 0, and multiply by it again. The two cancel: write p - y."
            )
    return ""


def _delta_cases(rng: np.random.Generator) -> Cases:
    m = int(rng.integers(5, 9))
    return [
        {"z": rng.normal(0.0, 2.0, size=m).round(2), "y": np.arange(m) % 2.0},
        {"z": np.array([40.0, -1.0, 0.5]), "y": np.array([0.0, 0.0, 1.0])},
    ]


DELTA = Exercise(
    name="backprop.delta",
    task=(
        "Write output_delta(z, y): the gradient of the mean cross-entropy with respect to each "
        "logit."
    ),
    solution=_output_delta,
    cases=_delta_cases,
    read=f"{LESSON}, “Backward: 30 slopes at the price of two passes”",
    mistakes=[
        Rival(
            "the slope of the sigmoid is in it",
            partial(_other_delta, slope=True),
            "Your gradient has p (1 - p) in it. In the cross-entropy that factor cancels: it is "
            "(p - y) / m. With it, an output that is surely wrong hardly learns.",
        ),
        Rival(
            "the slope of the sigmoid is in it",
            partial(_other_delta, slope=True, summed=True),
            "Your gradient has p (1 - p) in it, and it is not divided by the number of examples. "
            "In the cross-entropy the factor cancels: it is (p - y) / m.",
        ),
        Rival(
            "the gradient by the probability",
            _delta_by_probability,
            "This is the gradient with respect to the probability p. Asked is that with respect to "
            "the logit: multiply by the slope of the sigmoid, p (1 - p), which cancels.",
        ),
        Rival(
            "the predicted label in place of the probability",
            _delta_of_labels,
            "You rounded the probability to a label, so an example on the right side has no "
            "gradient at all. Take p - y, unrounded.",
        ),
        Symptom("the quotient saturates", _saturated),
        Rival(
            "the sum over the examples",
            partial(_other_delta, summed=True),
            "Your gradient is {ratio} the right one: that of the sum. The cost is a mean, so "
            "divide by the number of examples.",
        ),
        Rival(
            "the sign",
            partial(_other_delta, sign=-1.0),
            "Your gradient is y - p, and points downhill. The gradient is p - y; the minus sign "
            "belongs to the step.",
        ),
        Rival(
            "the sign",
            partial(_other_delta, sign=-1.0, summed=True),
            "Your gradient is y - p and points downhill, and it is not divided by the number of "
            "examples. The gradient is (p - y) / m.",
        ),
    ],
)


# backprop.predict


def _predict(z: Array) -> Array:
    return (z > 0).astype(float)


def _signs(z: Array) -> Array:
    return np.sign(z)


def _predict_cases(rng: np.random.Generator) -> Cases:
    drawn = rng.normal(0.0, 1.0, size=6).round(2)
    return [
        {"z": np.array([-3.0, -0.2, 0.2, 0.7, 5.0])},
        {"z": np.where(drawn == 0, 0.1, drawn)},
    ]


PREDICT = Exercise(
    name="backprop.predict",
    task="Write predict(z): for each logit the label that is more likely, 0 or 1.",
    solution=_predict,
    cases=_predict_cases,
    read=f"{LESSON}, “The network”",
    mistakes=[
        Rival(
            "logits cut at 0.5",
            lambda z: z > 0.5,
            "You cut the logits at 0.5. A logit of 0.2 is a probability of 0.55: label 1. Cut "
            "logits at 0, or probabilities at 0.5.",
        ),
        Rival(
            "probabilities in place of labels",
            _sigmoid,
            "You returned probabilities. A label is 0 or 1: 1 where the probability is above 0.5.",
        ),
        Rival(
            "the labels are swapped",
            lambda z: z < 0,
            "You return 1 where the logit is negative. A large logit speaks for label 1.",
        ),
        Rival(
            "every label is 0",
            lambda z: 0 * z,
            "You answered 0 for every logit. If you wrote int() or astype(int): it cuts a "
            "probability of 0.99 off to 0. Compare, z > 0.",
        ),
        Rival("the sign in place of the label", _signs, "You returned -1 for label 0."),
    ],
)


# backprop.step


def _train_step(
    X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array, learning_rate: float
) -> tuple[Array, Array, Array, Array]:
    return _any_step(X, y, W1, b1, W2, b2, learning_rate)


def _any_step(
    X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: Array, learning_rate: float, *,
    early: bool = False, slope: bool = False, divisor: float | None = None, relu: bool = True,
    sign: float = -1.0, deep: bool = True, biases: bool = True, bias_factor: float = 0.0,
    one_sum: bool = False, activation: bool = False,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """Take one step on the network n-h-1; make the mistakes that are asked for."""
    m = len(X)
    z1 = X @ W1 + b1
    A1 = np.maximum(z1, 0.0)
    p = _sigmoid(A1 @ W2 + b2)
    delta2 = (p - y) * (p * (1 - p) if slope else 1.0) / (m if divisor is None else divisor)
    rate = sign * learning_rate
    dW2, db2 = A1.T @ delta2, delta2.sum(axis=0)
    carried = W2 + rate * dW2 if early else W2
    delta1 = (delta2 @ carried.T) * (A1 if activation else (z1 > 0) if relu else 1.0)
    dW1, db1 = X.T @ delta1, delta1.sum(axis=0)
    if one_sum:
        db1 = db1.sum()
    db1, db2 = float(m) ** bias_factor * db1, float(m) ** bias_factor * db2
    if not deep:
        dW1, db1 = 0.0 * dW1, 0.0 * db1
    if not biases:
        db1, db2 = 0.0 * db1, 0.0 * db2
    return W1 + rate * dW1, b1 + rate * db1, W2 + rate * dW2, b2 + rate * db2


def _step_cases(rng: np.random.Generator) -> Cases:
    m = int(rng.integers(5, 8))
    return [
        {
            "X": rng.normal(size=(m, 2)).round(2),
            "y": (np.arange(m) % 2.0)[:, np.newaxis],
            "W1": rng.normal(size=(2, 3)).round(2),
            "b1": rng.normal(0.3, 0.3, size=3).round(2),
            "W2": rng.normal(size=(3, 1)).round(2),
            "b2": np.array([0.1]),
            "learning_rate": round(float(rng.uniform(0.3, 0.9)), 2),
        }
        for _ in range(2)
    ]


STEP = Exercise(
    name="backprop.step",
    task=(
        "Write train_step(X, y, W1, b1, W2, b2, learning_rate): one step of gradient descent on a "
        "network with a hidden ReLU layer, a sigmoid output and the mean cross-entropy. It returns "
        "the new W1, b1, W2, b2."
    ),
    solution=_train_step,
    cases=_step_cases,
    read=f"{LESSON}, “The loop”",
    mistakes=[
        Rival(
            "W2 is changed before the error passes through it",
            partial(_any_step, early=True),
            "Your W1 got an error that passed through the new W2. Compute all gradients with the "
            "old weights, then change all weights.",
        ),
        Rival(
            "the slope of the sigmoid is in it",
            partial(_any_step, slope=True),
            "Your output error is (p - y) p (1 - p). With the cross-entropy it is p - y: the slope "
            "of the sigmoid cancels.",
        ),
        Rival(
            "the sum over the examples",
            partial(_any_step, divisor=1.0),
            "Your step is that of the sum over the examples. The cost is a mean: divide by the "
            "number of rows.",
        ),
        Rival(
            "the biases' gradients are sums",
            partial(_any_step, bias_factor=1.0),
            "Your weights are right; your biases move by the sum over the examples, not the mean. "
            "Divide once, at the output error, and all gradients have it.",
        ),
        Rival(
            "the biases' gradients are divided twice",
            partial(_any_step, bias_factor=-1.0),
            "Your weights are right; your biases move too little. The output error is divided by m "
            "already, so add it over the rows, sum(axis=0), and take no mean.",
        ),
        Rival(
            "one sum for all hidden biases",
            partial(_any_step, one_sum=True),
            "All of your hidden biases move by the same number: you added over rows and units. "
            "Each unit has a gradient of its own: sum(axis=0).",
        ),
        Rival(
            "the activation in place of its slope",
            partial(_any_step, activation=True),
            "You multiplied the error by A1. Multiply by the slope of the ReLU: 1 where A1 is "
            "positive, 0 elsewhere.",
        ),
        Rival(
            "the slope of the ReLU is missing",
            partial(_any_step, relu=False),
            "Your error passes through units that are off. Multiply by the slope of the ReLU: 1 "
            "where its input is positive, 0 elsewhere.",
        ),
        Rival(
            "the step goes uphill",
            partial(_any_step, sign=1.0),
            "Your weights move along the gradient, to where the cost is higher: subtract.",
        ),
        Rival(
            "the first layer does not learn",
            partial(_any_step, deep=False),
            "Your W1 and b1 stay as they are. Pass the error back through W2, too.",
        ),
        Rival(
            "the biases do not learn",
            partial(_any_step, biases=False),
            "Your biases stay as they are. Their gradient is the error, added over the examples.",
        ),
    ],
)

EXERCISES = [COST, DELTA, PREDICT, STEP]
