"""Problem set 7: masks, the layer that uses them, its gradient, and how to check it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises.answers import shapes, shown
from course_lib.exercises.exercise import Answers, Cases, Exercise, Rival, Symptom
from course_lib.exercises.running import Function

Array = Any
LESSON = "generalising/07-dropout"

EXACT = (
    "You drew which ones are dropped of a fixed number. Each entry has a draw of its own: "
    "rng.random(shape) >= rate."
)
SIGMA = 6.0  # a kept share that is farther off than this is no chance


# dropout.mask


def _dropout_mask(shape: tuple[int, ...], rate: float, rng: np.random.Generator) -> Array:
    return (rng.random(shape) >= rate) / (1 - rate)


def _two_masks(function: Function, case: dict[str, Any]) -> Any:
    """Drive dropout_mask twice, with one generator."""
    rng = np.random.default_rng(case.pop("seed"))
    return [function(rng=rng, **case) for _ in range(2)]


def _mask_cases(rng: np.random.Generator) -> Cases:
    rate = float(rng.choice([0.1, 0.2, 0.25, 0.3]))
    return [
        {"shape": (60, 40), "rate": r, "seed": int(rng.integers(2**31))} for r in (rate, 0.5, 0.0)
    ]


def _no_mask(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        for mask in answer:
            if isinstance(mask, tuple) or mask.shape != case["shape"]:
                return f"A mask of shape {case['shape']} is asked for; yours is {shapes(mask)}."
            if not np.isfinite(mask).all():
                return "Your mask holds numbers that are not finite."
    return ""


def _kept(mask: Array) -> tuple[float, Array]:
    """Return the share of a mask that is not 0, and the values that are not."""
    return float((mask != 0).mean()), np.unique(mask[mask != 0].round(9))


def _other_values(cases: Cases, answers: Answers) -> str:
    for answer in answers:
        _, values = _kept(answer[0])
        if len(values) > 1:
            return (
                f"Your mask holds many values, {shown(values)}. Each entry is 0, or the one number "
                "that makes up for the dropped ones."
            )
    return ""


def _exact_numbers(cases: Cases, answers: Answers) -> str:
    both: list[bool] = []
    for case, answer in zip(cases, answers, strict=True):
        if not 0 < case["rate"] < 1:
            continue
        for mask in answer:
            dropped = mask == 0
            both.append(int(dropped.sum()) == round(case["rate"] * mask.size))
            for axis, what in ((1, "row"), (0, "column")):
                counts = dropped.sum(axis=axis)
                if 0 < counts[0] < dropped.shape[axis] and (counts == counts[0]).all():
                    return (
                        f"Each {what} of your mask lost exactly {int(counts[0])} entries, which no "
                        f"chance would do. {EXACT}"
                    )
    if both and all(both):  # by chance once in some millions
        return f"Each of your masks dropped exactly the share of its entries. {EXACT}"
    return ""


def _swapped(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        rate, (share, _) = case["rate"], _kept(np.stack(answer))
        sigma = np.sqrt(rate * (1 - rate) / answer[0].size)
        if 0 < rate < 0.5 and abs(share - rate) < SIGMA * sigma:
            return (
                f"You kept {share:.0%} of the units. The rate is the share that is dropped: with "
                f"{rate:g}, keep {1 - rate:.0%}."
            )
        if rate == 0 and share == 0:
            return "With a rate of 0 you dropped every unit. The rate is the share that is dropped."
    return ""


def _whole_rows(cases: Cases, answers: Answers) -> str:
    for answer in answers:
        zeros = answer[0] == 0
        if zeros.any() and not zeros.all() and (zeros == zeros[:1]).all():
            return (
                "All rows lost the same units: you drew one mask for the batch. Draw a number for "
                "each row and unit, rng.random(shape)."
            )
    return ""


def _whole_examples(cases: Cases, answers: Answers) -> str:
    for answer in answers:
        zeros = answer[0] == 0
        if zeros.any() and not zeros.all() and (zeros == zeros[:, :1]).all():
            return (
                "Each row lost all of its units or none: you drew one number for a row. Draw one "
                "for each row and unit, rng.random(shape)."
            )
    return ""


def _repeated(cases: Cases, answers: Answers) -> str:
    for case, (first, second) in zip(cases, answers, strict=True):
        if case["rate"] > 0 and np.array_equal(first == 0, second == 0):
            return (
                "Two calls gave the same mask: units that are always dropped never learn. Draw "
                "from the generator that is handed in, and make none of your own."
            )
    return ""


def _other_share(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        rate, (share, _) = case["rate"], _kept(np.stack(answer))
        sigma = np.sqrt(rate * (1 - rate) / (2 * answer[0].size))
        if abs(share - (1 - rate)) > SIGMA * sigma + 1e-12:
            return f"With a rate of {rate:g} you kept {share:.1%} of the units, not {1 - rate:.0%}."
    return ""


def _cut_off(cases: Cases, answers: Answers) -> str:
    """Return that 1 / (1 - rate) was cut off: right at a rate of 0.5, and 1 below it."""
    found = {case["rate"]: _kept(answer[0])[1] for case, answer in zip(cases, answers, strict=True)}
    low = [rate for rate in found if 0 < rate < 0.5]
    whole = all(len(v) == 1 and v[0] == np.floor(1 / (1 - rate)) for rate, v in found.items())
    if low and 0.5 in found and whole:
        return (
            f"Kept units are 2 with a rate of 0.5, as they should be, and 1 with {low[0]:g}: your "
            "mask holds whole numbers, so 1 / (1 - rate) is cut off. Make it an array of floats."
        )
    return ""


def _by_the_draw(cases: Cases, answers: Answers) -> str:
    """Return that a mask was scaled to a mean of exactly 1."""
    masks = [mask for answer in answers for mask in answer]
    if all(abs(float(mask.mean()) - 1) < 1e-9 for mask in masks):
        share, values = _kept(masks[0])
        return (
            f"Your mask kept {share:.2%} and its kept units are {shown(values)}: you divided by "
            "the share that this draw kept. Then a unit's scale depends on what happened to all "
            "others. Divide by 1 - rate."
        )
    return ""


def _scale(cases: Cases, answers: Answers, wrong: str) -> str:
    """Return what is wrong with the value of kept units, if it is the mistake that is asked for."""
    for case, answer in zip(cases, answers, strict=True):
        rate, (_, values) = case["rate"], _kept(answer[0])
        if rate in (0.0, 0.5) or len(values) != 1:
            continue
        keep, value = 1 - rate, float(values[0])
        known = {
            "none": (1.0, f"so the mean falls to {keep:g} of what it was. Divide by 1 - rate."),
            "times": (keep, "you multiplied by 1 - rate. Divide by it."),
            "dropped": (1 / rate, "you divided by the share that is dropped. Divide by 1 - rate."),
        }  # fmt: skip
        number, cause = known[wrong]
        if abs(value - number) < 1e-6:
            return f"Kept units are {value:.4g} in your mask; with a rate of {rate:g}, {cause}"
    return ""


def _any_scale(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        _, values = _kept(answer[0])
        if len(values) != 1 or abs(float(values[0]) - 1 / (1 - case["rate"])) > 1e-6:
            return (
                f"Kept units are {shown(values)} in your mask; with a rate of {case['rate']:g} "
                f"they are 1 / (1 - rate) = {1 / (1 - case['rate']):.4g}."
            )
    return ""


MASK = Exercise(
    name="dropout.mask",
    task=(
        "Write dropout_mask(shape, rate, rng): an array of this shape, a row for each example, "
        "that is 0 with the probability rate and 1 / (1 - rate) elsewhere."
    ),
    solution=_dropout_mask,
    cases=_mask_cases,
    drive=_two_masks,
    read=f"{LESSON}, “Half a network at a time”",
    chance=True,
    mistakes=[
        Symptom("", _no_mask),
        Symptom("", _other_values),
        Symptom("the same mask in each call", _repeated),
        Symptom("one mask for the whole batch", _whole_rows),
        Symptom("one number for a whole row", _whole_examples),
        Symptom("kept and dropped are swapped", _swapped),
        Symptom("", _other_share),
        Symptom("an exact number is dropped", _exact_numbers),
        Symptom("the scale is cut off to a whole number", _cut_off),
        Symptom("no scale", partial(_scale, wrong="none")),
        Symptom("multiplied by the share kept", partial(_scale, wrong="times")),
        Symptom("divided by the share dropped", partial(_scale, wrong="dropped")),
        Symptom("scaled by the share that was drawn", _by_the_draw),
        Symptom("", _any_scale),
    ],
)


# dropout.forward


def _dropout_forward(A: Array, rate: float, rng: np.random.Generator, training: bool) -> Array:
    return A * _dropout_mask(A.shape, rate, rng) if training else A


def _forward_thrice(function: Function, case: dict[str, Any]) -> Any:
    """Drive the layer twice in training and twice in prediction, with one generator."""
    rng = np.random.default_rng(case.pop("seed"))
    return [
        function(case["A"], case["rate"], rng, training) for training in (True, True, False, False)
    ]


def _forward_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "A": rng.uniform(0.5, 2.0, size=(60, 40)).round(2), "rate": rate,
            "seed": int(rng.integers(2**31)),
        }
        for rate in (float(rng.choice([0.1, 0.2, 0.3])), 0.5)
    ]  # fmt: skip


def _as_masks(cases: Cases, answers: Answers) -> tuple[list[Any], list[Any]]:
    """Return what the layer does in training as a task of masks."""
    masks = [(a[0] / c["A"], a[1] / c["A"]) for c, a in zip(cases, answers, strict=True)]
    return [{"shape": c["A"].shape, "rate": c["rate"]} for c in cases], masks


def _no_layer(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        for out in answer:
            if isinstance(out, tuple) or out.shape != case["A"].shape:
                return f"An array of shape {case['A'].shape} is expected; yours is {shapes(out)}."
    return ""


def _on_in_prediction(cases: Cases, answers: Answers) -> str:
    for answer in answers:
        zeros = float((answer[2] == 0).mean())
        if zeros > 0:
            return (
                f"In prediction you dropped {zeros:.0%} of the units, so that two predictions of "
                "the same input differ. With training=False the layer returns A as it is."
            )
    return ""


def _scaled_in_prediction(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        factor = float((answer[2] / case["A"]).mean())
        if not np.allclose(answer[2], case["A"]):
            return (
                f"In prediction your output is {factor:.3g} times A. Here kept units are scaled in "
                "training, by 1 / (1 - rate), and nothing is scaled in prediction."
            )
    return ""


def _off_in_training(cases: Cases, answers: Answers) -> str:
    for answer in answers:
        if not (answer[0] == 0).any():
            return "In training no unit was dropped: multiply A by a mask where training is True."
    return ""


def _in_training(cases: Cases, answers: Answers, seen: Any) -> str:
    masked, masks = _as_masks(cases, answers)
    return str(seen(masked, masks))


FORWARD = Exercise(
    name="dropout.forward",
    task=(
        "Write dropout_forward(A, rate, rng, training): in training the activations A with dropped "
        "units at 0 and kept ones divided by 1 - rate, in prediction A itself."
    ),
    solution=_dropout_forward,
    cases=_forward_cases,
    drive=_forward_thrice,
    read=f"{LESSON}, “Half a network at a time”",
    chance=True,
    mistakes=[
        Symptom("", _no_layer),
        Symptom("dropout is on in prediction", _on_in_prediction),
        Symptom("the prediction is scaled", _scaled_in_prediction),
        Symptom("dropout is off in training", _off_in_training),
        *(
            Symptom(mistake.name, partial(_in_training, seen=mistake.seen))
            for mistake in MASK.mistakes
            if isinstance(mistake, Symptom)
        ),
    ],
)


# dropout.backward


def _dropout_backward(dA: Array, mask: Array) -> Array:
    return dA * mask


def _backward_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "dA": rng.normal(size=(3, 4)).round(2),
            "mask": _dropout_mask((3, 4), rate, np.random.default_rng(seed)),
        }
        for rate, seed in ((0.2, 1), (0.4, 2))
    ]


BACKWARD = Exercise(
    name="dropout.backward",
    task=(
        "Write dropout_backward(dA, mask): the gradient before the layer, from the gradient dA "
        "behind it and the mask of the forward pass (0, or 1 / (1 - rate))."
    ),
    solution=_dropout_backward,
    cases=_backward_cases,
    read=f"{LESSON}, “The way back”",
    mistakes=[
        Rival(
            "the mask is missing",
            lambda dA, mask: dA,
            "A dropped unit got a gradient. It had no part in the output: multiply by the mask.",
        ),
        Rival(
            "the scale is missing",
            lambda dA, mask: dA * (mask > 0),
            "Kept units were multiplied on the way forward, so their gradient is, too: multiply by "
            "the mask itself.",
        ),
        Rival(
            "the scale is there twice",
            lambda dA, mask: dA * mask * mask.max(),
            "The mask already holds 1 / (1 - rate): multiply by it once.",
        ),
        Rival(
            "the scale is undone",
            lambda dA, mask: dA * (mask > 0) / mask.max(),
            "You divided by the scale. The derivative of mask * A is the mask.",
        ),
        Rival(
            "the mask is turned over",
            lambda dA, mask: dA * (mask == 0),
            "The dropped units got the gradient, and the kept ones none.",
        ),
    ],
)


# dropout.check


def _numerical_slope(cost: Function, w: float, h: float, seed: int) -> float:
    return _any_slope(cost, w, h, seed)


def _any_slope(
    cost: Callable[[float, np.random.Generator], float], w: float, h: float, seed: int, *,
    fresh: bool = False, forward: bool = False, halved: bool = True,
) -> float:  # fmt: skip
    """Return a difference quotient; make the mistakes that are asked for."""
    rng = np.random.default_rng(seed)
    above = cost(w + h, rng if fresh else np.random.default_rng(seed))
    if forward:
        return (above - cost(w, np.random.default_rng(seed))) / h
    below = cost(w - h, rng if fresh else np.random.default_rng(seed))
    return (above - below) / (2 * h if halved else h)


def _noisy_cost(function: Function, case: dict[str, Any]) -> Any:
    """Drive numerical_slope with a cost that drops units of a small network."""
    inputs = case.pop("inputs")

    def cost(w: float, rng: np.random.Generator) -> float:
        mask = _dropout_mask(inputs.shape, 0.5, rng)
        return float(np.mean((w * inputs * mask - 1.0) ** 2))

    return function(cost, **case)


def _check_cases(rng: np.random.Generator) -> Cases:
    return [
        {
            "inputs": rng.normal(size=12).round(2),
            "w": round(float(rng.uniform(0.5, 1.5)), 2),
            "h": 1e-3,
            "seed": int(rng.integers(1000)),
        }
        for _ in range(2)
    ]


def _noise(cases: Cases, answers: Answers) -> str:
    for case, answer in zip(cases, answers, strict=True):
        right = _noisy_cost(_numerical_slope, dict(case))
        if (
            not isinstance(answer, tuple)
            and answer.ndim == 0
            and abs(float(answer)) > 20 * (1 + abs(right))
        ):
            return (
                f"Your slope is {float(answer):.4g}, ours {right:.4g}: the two costs were computed "
                "with different masks. Hand each call a generator with the same seed, "
                "np.random.default_rng(seed)."
            )
    return ""


CHECK = Exercise(
    name="dropout.check",
    task=(
        "Write numerical_slope(cost, w, h, seed): (cost(w + h, rng) - cost(w - h, rng)) / (2 h), "
        "where cost draws its masks from rng. Both calls have to drop the same units: make their "
        "generators from seed."
    ),
    solution=_numerical_slope,
    cases=_check_cases,
    drive=_noisy_cost,
    read=f"{LESSON}, “Frozen masks”",
    tolerance=1e-5,
    mistakes=[
        Symptom("other masks in the second cost", _noise),
        Rival(
            "a one-sided difference",
            partial(_any_slope, forward=True),
            "You took (cost(w + h) - cost(w)) / h, whose error is of the order of h. The "
            "difference from both sides has an error of the order of h squared.",
        ),
        Rival(
            "divided by h in place of 2 h",
            partial(_any_slope, halved=False),
            "Your slope is {ratio} ours: the two points are 2 h apart.",
        ),
    ],
)

EXERCISES = [MASK, FORWARD, BACKWARD, CHECK]
