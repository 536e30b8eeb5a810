"""The capstone set: scaling, stopping early, choosing a network, and judging a difference."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.exercise import Cases, Exercise, Rival
from course_lib.exercises.running import Function

Array = Any
LESSON = "at-scale/10-all-together"


# evaluation.scale


def _standardise(train: Array, test: Array) -> tuple[Array, Array]:
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation


def _fitted_twice(train: Array, test: Array) -> tuple[Array, Array]:
    return _standardise(train, train)[0], _standardise(test, test)[0]


def _fitted_on_all(train: Array, test: Array) -> tuple[Array, Array]:
    both = np.concatenate([train, test])
    return tuple((X - both.mean(axis=0)) / both.std(axis=0) for X in (train, test))


def _scaled_by(
    train: Array, test: Array, *, centre: Callable[[Array], Any], spread: Callable[[Array], Any]
) -> tuple[Array, Array]:
    mean, deviation = centre(train), spread(train)
    return (train - mean) / deviation, (test - mean) / deviation


def _name_again(train: Array, test: Array) -> tuple[Array, Array]:
    train, _ = _standardise(train, train)
    return _standardise(train, test)


def _by_rows(train: Array, test: Array) -> tuple[Array, Array]:
    return tuple(_standardise(X.T, X.T)[0].T for X in (train, test))


def _scale_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "train": rng.normal([1.0, -2.0, 4.0], [0.5, 3.0, 1.0], size=(8, 3)).round(2),
            "test": rng.normal([1.5, -1.0, 4.0], [0.5, 3.0, 1.0], size=(4, 3)).round(2),
        }
        for _ in range(2)
    ]


SCALE = Exercise(
    name="evaluation.scale",
    task=(
        "Write standardise(train, test): both, with the mean and the standard deviation of the "
        "training part's columns, as (train, test)."
    ),
    solution=_standardise,
    cases=_scale_cases,
    read=f"{LESSON}, “The first cut”",
    mistakes=[
        Rival(
            "the test part is fitted to itself",
            _fitted_twice,
            "Your test part has a mean of exactly 0: it was scaled by its own mean and deviation. "
            "New data comes one by one, so use those of the training part.",
        ),
        Rival(
            "the test part helps to fit",
            _fitted_on_all,
            "Your mean is that of both parts together. The test part stands for data that nobody "
            "has seen yet: fit on the training part alone.",
        ),
        Rival(
            "the training part is scaled before the test part",
            _name_again,
            "Your test part is as it was: you had scaled train already, so its mean was 0 and its "
            "deviation 1. Compute both numbers first, once, and then scale both parts.",
        ),
        Rival(
            "each row is scaled by itself",
            _by_rows,
            "You took the mean of each row: axis=1. A row is an example; each column has its own "
            "mean and deviation, axis=0.",
        ),
        Rival(
            "one mean for all columns",
            partial(_scaled_by, centre=np.mean, spread=np.std),
            "You took one mean over all columns. Each column has its own: axis=0.",
        ),
        Rival(
            "divided by the variance",
            partial(_scaled_by, centre=lambda X: X.mean(axis=0), spread=lambda X: X.var(axis=0)),
            "You divided by the variance. Divide by the standard deviation, its square root.",
        ),
        Rival(
            "the mean is not subtracted",
            partial(_scaled_by, centre=lambda X: 0.0, spread=lambda X: X.std(axis=0)),
            "You divided and did not subtract the mean.",
        ),
    ],
)


# evaluation.stop


def _train_with_patience(step: Function, w: Array, patience: int, epochs: int) -> Array:
    return _any_patience(step, w, patience, epochs)


def _any_patience(
    step: Function, w: Array, patience: int, epochs: int, *, alias: bool = False,
    impatient: bool = False, highest: bool = False, total: bool = False,
    endless: bool = False, ties: bool = False, last: bool = False, previous: str = "",
) -> Array:  # fmt: skip
    """Train until no epoch is better for a while; make the mistakes that are asked for."""
    w = w.copy()
    best, best_w, bad, before = np.inf, w.copy(), 0, np.inf
    for _ in range(epochs):
        cost = step(w) * (-1.0 if highest else 1.0)
        bad = bad + 1
        if cost < best or (ties and cost == best) or (previous == "all" and cost < before):
            best, best_w = cost, w if alias else w.copy()
            bad = bad - 1 if total else 0
        if previous and cost < before:
            bad = 0
        before = cost
        if not endless and bad >= (1 if impatient else patience):
            return best_w
    return w if last else best_w


def _scripted_epochs(function: Function, case: dict[str, Any]) -> Any:
    """Drive training whose costs are written down; step changes w in place, as training does."""
    costs, epoch = case.pop("costs"), [0]

    def step(w: Array) -> float:
        epoch[0] += 1
        w += 1.0
        return float(costs[epoch[0] - 1])

    best = function(step, case.pop("w"), case["patience"], len(costs))
    return best, epoch[0]


def _stop_cases(rng: np.random.Generator) -> Cases:
    # A rise and a lower value after it; a patience that ends training; a better one that it misses.
    costs = np.array([0.9, 0.7, 0.8, 0.6, 0.65, 0.7, 0.72, 0.75, 0.1])
    start = rng.normal(size=2).round(2)
    return [
        {"costs": costs, "w": start, "patience": 3},
        {"costs": np.array([0.9, 0.5, 0.6, 0.7]), "w": start, "patience": 5},
        {"costs": np.array([0.9, 0.95, 0.7, 0.75, 0.6, 0.8, 0.5, 0.9]), "w": start, "patience": 2},
        # Better than the epoch before, and never better than the best.
        {"costs": np.array([0.9, 0.5, 0.8, 0.7, 0.6, 0.1]), "w": start, "patience": 3},
        # As good as the best.
        {"costs": np.array([0.9, 0.5, 0.5, 0.5, 0.1]), "w": start, "patience": 2},
    ]


STOP = Exercise(
    name="evaluation.stop",
    task=(
        "Write train_with_patience(step, w, patience, epochs): step(w) trains w for one epoch, in "
        "place, and returns the cost on the validation part. Stop after patience epochs in a row "
        "that are no better than the best, or after all epochs; return the weights of the best, "
        "and of the first one if several are as good."
    ),
    solution=_train_with_patience,
    cases=_stop_cases,
    drive=_scripted_epochs,
    read=f"{LESSON}, “The search”",
    may_change=("w",),
    mistakes=[
        Rival(
            "the best weights go on changing",
            partial(_any_patience, alias=True),
            "You returned the weights of the last epoch, not of the best. After best = w both "
            "names are the same array, which training goes on changing: keep w.copy().",
        ),
        Rival(
            "the first rise ends training",
            partial(_any_patience, impatient=True),
            "You stopped at the first epoch that was no better. Wait for patience of them.",
        ),
        Rival(
            "bad epochs are counted together",
            partial(_any_patience, total=True),
            "You counted all bad epochs. A better epoch sets the count back to 0.",
        ),
        Rival(
            "compared with the epoch before",
            partial(_any_patience, previous="count"),
            "Your count begins anew when an epoch is better than the one before it. Compare with "
            "the best: after 0.5, the costs 0.8, 0.7, 0.6 are three that were no better.",
        ),
        Rival(
            "compared with the epoch before",
            partial(_any_patience, previous="all"),
            "You keep the weights of any epoch that is better than the one before it. Compare with "
            "the best: after 0.5, the costs 0.8, 0.7, 0.6 are three that were no better.",
        ),
        Rival(
            "as good counts as better",
            partial(_any_patience, ties=True),
            "A cost that is as good as the best began the count anew: on a plateau, training would "
            "never stop. Take <, not <=.",
        ),
        Rival(
            "the last weights without a stop",
            partial(_any_patience, last=True),
            "Where training went through all epochs you returned the weights of the last one. "
            "Return those of the best, whether it stopped early or not.",
        ),
        Rival(
            "the highest cost is kept",
            partial(_any_patience, highest=True),
            "You kept the weights with the highest cost.",
        ),
        Rival(
            "training never stops early",
            partial(_any_patience, endless=True),
            "You trained through all epochs. Stop once patience epochs in a row are no better.",
        ),
    ],
)


# evaluation.choose


def _choose(train_accuracy: Array, validation_accuracy: Array) -> Any:
    return np.argmax(validation_accuracy)


def _choose_cases(rng: np.random.Generator) -> Cases:
    shift = round(float(rng.uniform(-0.02, 0.02)), 3)
    return [  # one of them knows its training part by heart
        {
            "train_accuracy": np.array([0.91, 1.0, 0.95, 0.88]),
            "validation_accuracy": np.array([0.86, 0.5, 0.89, 0.875]) + shift,
        },
        {
            "train_accuracy": np.array([0.84, 0.935, 1.0, 0.92, 0.7]),
            "validation_accuracy": np.array([0.83, 0.9, 0.88, 0.885, 0.71]) + shift,
        },
    ]


CHOOSE = Exercise(
    name="evaluation.choose",
    task=(
        "Write choose(train_accuracy, validation_accuracy): the number (from 0) of the network "
        "that you would take, where each network has an entry in both."
    ),
    solution=_choose,
    cases=_choose_cases,
    read=f"{LESSON}, “The search”",
    mistakes=[
        Rival(
            "chosen by the training accuracy",
            lambda train_accuracy, validation_accuracy: np.argmax(train_accuracy),
            "You took the network with the highest training accuracy, {got}: it knows its training "
            "part by heart and this number cannot see it. Choose by the validation part.",
        ),
        Rival(
            "chosen by the mean of both",
            lambda train_accuracy, validation_accuracy: np.argmax(
                train_accuracy + validation_accuracy
            ),
            "The mean of both still rewards learning by heart. Choose by the validation part.",
        ),
        Rival(
            "chosen by the smallest gap",
            lambda train_accuracy, validation_accuracy: np.argmin(
                np.abs(train_accuracy - validation_accuracy)
            ),
            "A small gap alone is no merit: a network that is wrong on both parts has one. Choose "
            "by the validation part.",
        ),
        Rival(
            "the gap is subtracted",
            lambda train_accuracy, validation_accuracy: np.argmax(
                validation_accuracy - np.abs(train_accuracy - validation_accuracy)
            ),
            "You took something off for the gap between the parts. Whatever the training accuracy "
            "is, new data looks like the validation part: choose by that alone.",
        ),
        Rival(
            "the lowest in place of the highest",
            lambda train_accuracy, validation_accuracy: np.argmin(validation_accuracy),
            "You took the lowest accuracy.",
        ),
        Rival(
            "the accuracy in place of its number",
            lambda train_accuracy, validation_accuracy: np.max(validation_accuracy),
            "You returned the accuracy; asked is the number of the network.",
        ),
    ],
)


# evaluation.pairs


def _paired_difference(a: Array, b: Array) -> tuple[Any, Any]:
    difference = a - b
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))


def _unpaired(a: Array, b: Array) -> tuple[Any, Any]:
    return (a - b).mean(), np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))


def _spread(a: Array, b: Array) -> tuple[Any, Any]:
    return (a - b).mean(), (a - b).std(ddof=1)


def _population(a: Array, b: Array) -> tuple[Any, Any]:
    return (a - b).mean(), (a - b).std() / np.sqrt(len(a))


def _half_width(a: Array, b: Array) -> tuple[Any, Any]:
    mean, error = _paired_difference(a, b)
    return mean, 1.96 * error


def _pairs_cases(rng: np.random.Generator) -> Cases:
    cases = []
    for n in (6, 10):
        seeds = rng.normal(0.9, 0.05, size=n)
        better = seeds + rng.normal(0.01, 0.004, size=n)
        cases.append({"a": better.round(3), "b": seeds.round(3)})
    return cases


PAIRS = Exercise(
    name="evaluation.pairs",
    task=(
        "Write paired_difference(a, b): the mean of a - b over the pairs of seeds and its standard "
        "error, the deviation of the differences (with n - 1) over the root of n."
    ),
    solution=_paired_difference,
    cases=_pairs_cases,
    read="how-to-read-a-verdict, “Why we compare pairs”",
    mistakes=[
        Rival(
            "the pairs are torn apart",
            _unpaired,
            "Your standard error is that of two groups of strangers. Both numbers of a pair have "
            "the same seed: take the differences first, and what the seed does to both cancels.",
        ),
        Rival(
            "the deviation in place of the standard error",
            _spread,
            "This is how far single differences lie apart. The error of their mean is that over "
            "the root of n.",
        ),
        Rival(
            "n in place of n - 1",
            _population,
            "Your deviation divides by n. Of so few pairs that is too small: std(ddof=1).",
        ),
        Rival(
            "the half width of an interval",
            _half_width,
            "Your second number is 1.96 standard errors, half of a 95 % interval. Asked is the "
            "standard error itself.",
        ),
        Rival(
            "n - 1 is there twice",
            lambda a, b: ((a - b).mean(), (a - b).std(ddof=1) / np.sqrt(len(a) - 1)),
            "You took n - 1 in the deviation and under the root. The root is that of n.",
        ),
        Rival(
            "b - a",
            lambda a, b: _paired_difference(b, a),
            "Your difference is b - a; asked is a - b.",
        ),
    ],
)


# evaluation.verdict


def _verdict(low: float, high: float, margin: float) -> int:
    return 1 if low > margin else -1 if high < margin else 0


def _verdict_cases(rng: np.random.Generator) -> Cases:
    d = round(float(rng.uniform(0.001, 0.004)), 4)
    return [
        {"low": 0.012 + d, "high": 0.03, "margin": 0.01},
        {"low": 0.002 + d, "high": 0.02, "margin": 0.01},
        {"low": 0.001 + d, "high": 0.008, "margin": 0.01},
        {"low": -0.02, "high": 0.02 + d, "margin": 0.01},
        {"low": -0.03 - d, "high": -0.01, "margin": 0.01},
    ]


VERDICT = Exercise(
    name="evaluation.verdict",
    task=(
        "Write verdict(low, high, margin) on the claim that a difference is more than the margin, "
        "from the interval for the difference: 1 if the claim holds, -1 if it fails, 0 if it is "
        "undecided."
    ),
    solution=_verdict,
    cases=_verdict_cases,
    read="how-to-read-a-verdict, “What is said before measuring”",
    mistakes=[
        Rival(
            "compared with 0 in place of the margin",
            lambda low, high, margin: 1 if low > 0 else -1 if high < 0 else 0,
            "You compared the interval with 0. The claim is a difference of more than the margin.",
        ),
        Rival(
            "it fails only below minus the margin",
            lambda low, high, margin: 1 if low > margin else -1 if high < -margin else 0,
            "Your claim fails where the difference is below minus the margin. It says that the "
            "difference is more than the margin: it fails if all of the interval is below that.",
        ),
        Rival(
            "only the middle is looked at",
            lambda low, high, margin: 1 if (low + high) / 2 > margin else -1,
            "You judged the middle of the interval. An interval around the margin decides nothing.",
        ),
        Rival(
            "undecided is told as failed",
            lambda low, high, margin: 1 if low > margin else -1,
            "An interval around the margin is undecided: it does not show that the claim fails.",
        ),
        Rival(
            "undecided is told as held",
            lambda low, high, margin: -1 if high < margin else 1,
            "An interval around the margin is undecided: it does not show that the claim holds.",
        ),
    ],
)

EXERCISES = [SCALE, STOP, CHOOSE, PAIRS, VERDICT]
