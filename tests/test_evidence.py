"""The package `course_lib.evidence`: intervals, claims, the search, runs over seeds."""

import importlib
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib.externals.loky import get_reusable_executor
from joblib.parallel import LokyBackend, ParallelBackendBase
from threadpoolctl import (
    OpenBLASController,
    ThreadpoolController,
    threadpool_info,
    threadpool_limits,
)

from course_lib.arguments import FloatArray
from course_lib.estimator import NetworkClassifier
from course_lib.evidence import (
    Claim,
    JudgedClaim,
    bootstrap_interval,
    claims_table,
    generators,
    on_all_cores,
    run_over_seeds,
    search_learning_rate,
    verdicts,
)
from course_lib.evidence._cluster import packed
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.training import DivergenceError, DivergenceWarning, TrainingInterrupted, train

N_TRIALS = 1000
N_RESAMPLES = 1000
Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def claim(direction: str = "greater", smallest_difference: float = 0.0, **texts: str) -> Claim:
    """Return a claim where only the rule matters."""
    texts = {"sentence": "A is better", "source": "ours", "measure": "accuracy"} | texts
    return Claim(direction=direction, smallest_difference=smallest_difference, **texts)


# --------------------------------------------------------------------------------- generators


def test_both_sides_see_the_same_weights_and_batches() -> None:
    """Lists made anew from the same seeds draw the same numbers, to the last."""
    a, b = generators(3, first_seed=5), generators(3, first_seed=5)
    for _ in range(2):
        assert [rng.normal() for rng in a] == [rng.normal() for rng in b]


def test_generator_is_that_of_its_seed() -> None:
    """Run r of a stack repeats alone, from its seed."""
    draws = [rng.normal() for rng in generators(3, first_seed=5)]
    assert draws == [np.random.default_rng(seed).normal() for seed in (5, 6, 7)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0,), "n_runs .* at least 1, got 0"), ((2, -1), "first_seed .* at least 0, got -1")],
)
def test_generators_refuse(arguments: tuple[int, ...], message: str) -> None:
    """The error names the parameter, its range and its value."""
    with pytest.raises(ValueError, match=message):
        generators(*arguments)


# ---------------------------------------------------------------------------------- intervals


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Differences of accuracies, say."""
    return rng.normal(0.02, 0.03, shape) - 0.02


def heavy_tailed(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Student's t with 3 degrees of freedom."""
    return rng.standard_t(3, shape)


def skewed_sides(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Both sides exponential: costs with a long tail."""
    return rng.exponential(1.0, shape) - rng.exponential(1.0, shape)


def shares(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Success or not, on both sides: -1, 0 or 1, half of them 0."""
    return (rng.random(shape) < 0.4).astype(float) - (rng.random(shape) < 0.4)


@pytest.mark.parametrize("draw", [normal, heavy_tailed, skewed_sides, shares])
@pytest.mark.parametrize("n_pairs", [20, 50])
def test_interval_covers_the_truth(draw: Draw, n_pairs: int) -> None:
    """A 95 % interval holds a known mean in 93 to 97 % of 1000 trials."""
    rng = np.random.default_rng(3)
    covered = 0
    for differences in 0.5 + draw(rng, (N_TRIALS, n_pairs)):
        low, high = bootstrap_interval(differences, n_resamples=N_RESAMPLES, rng=rng)
        covered += low <= 0.5 <= high
    assert 0.93 * N_TRIALS <= covered <= 0.97 * N_TRIALS


@pytest.mark.parametrize(
    ("draw", "at_most"), [(normal, 0.97), (heavy_tailed, 0.98), (skewed_sides, 0.98), (shares, 1.0)]
)
def test_interval_covers_the_truth_with_five_pairs(draw: Draw, at_most: float) -> None:
    """Five pairs are few: then the interval may be too wide, but hardly too narrow."""
    rng = np.random.default_rng(4)
    covered = 0
    for differences in 0.5 + draw(rng, (N_TRIALS, 5)):
        low, high = bootstrap_interval(differences, n_resamples=N_RESAMPLES, rng=rng)
        covered += low <= 0.5 <= high
    assert 0.93 * N_TRIALS <= covered <= at_most * N_TRIALS


def test_interval_on_strongly_skewed_differences() -> None:
    """One-sided exponential differences are the known weak spot: the docstring says how weak."""
    rng = np.random.default_rng(5)
    covered = 0
    for differences in rng.exponential(1.0, (N_TRIALS, 20)):
        low, high = bootstrap_interval(differences, n_resamples=N_RESAMPLES, rng=rng)
        covered += low <= 1.0 <= high
    assert 0.89 * N_TRIALS <= covered <= 0.93 * N_TRIALS


@pytest.mark.parametrize("draw", [normal, heavy_tailed, skewed_sides, shares])
@pytest.mark.parametrize("n_pairs", [5, 20])
def test_no_effect_rarely_holds(draw: Draw, n_pairs: int) -> None:
    """Where there is no effect, a claim of one holds in at most 5 % of 1000 trials."""
    rng = np.random.default_rng(6)
    held = 0
    for differences in draw(rng, (N_TRIALS, n_pairs)):
        low, high = bootstrap_interval(differences, n_resamples=N_RESAMPLES, rng=rng)
        held += JudgedClaim(claim(), differences.mean(), low, high, n_pairs).verdict == "holds"
    assert held <= 0.05 * N_TRIALS


def test_interval_of_normal_differences_is_students() -> None:
    """On many resamples of normal data the interval is near Student's."""
    from scipy.stats import t

    differences = np.random.default_rng(0).normal(size=20)
    low, high = bootstrap_interval(
        differences, confidence=0.9, n_resamples=100_000, rng=np.random.default_rng(1)
    )
    expected = t.interval(0.9, 19, differences.mean(), differences.std(ddof=1) / math.sqrt(20))
    assert (low, high) == pytest.approx(expected, abs=0.03)


def test_interval_reaches_further_where_the_data_do() -> None:
    """On skewed differences the arm towards the long tail is the longer one."""
    differences = np.random.default_rng(0).exponential(size=20)
    low, high = bootstrap_interval(differences, rng=np.random.default_rng(1))
    assert high - differences.mean() > 1.1 * (differences.mean() - low)


def test_more_confidence_is_wider() -> None:
    """A 99 % interval encloses a 90 % one."""
    differences = np.random.default_rng(0).normal(size=20)
    wide, narrow = (
        bootstrap_interval(differences, confidence=confidence, rng=np.random.default_rng(1))
        for confidence in (0.99, 0.9)
    )
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize("value", [0.1, -3, 0])
def test_equal_differences_have_no_width(value: float) -> None:
    """Differences that are all equal give that value twice, not nan."""
    interval = bootstrap_interval([value] * 7, rng=np.random.default_rng(0))
    assert interval == (value, value)


def test_parts_make_no_difference_in_kind() -> None:
    """More draws than fit into one part still fill every resample."""
    differences = np.random.default_rng(0).normal(size=5000)
    low, high = bootstrap_interval(differences, n_resamples=1000, rng=np.random.default_rng(1))
    assert high - low == pytest.approx(2 * 1.96 * differences.std() / math.sqrt(5000), rel=0.1)


@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-100, 100))
def test_interval_moves_with_the_data(seed: int, scale: float, shift: float) -> None:
    """In other units, or from another zero, it is the same interval."""
    differences = np.random.default_rng(seed).normal(size=8)
    low, high = bootstrap_interval(differences, n_resamples=100, rng=np.random.default_rng(1))
    moved = bootstrap_interval(
        scale * differences + shift, n_resamples=100, rng=np.random.default_rng(1)
    )
    assert moved == pytest.approx((scale * low + shift, scale * high + shift), abs=1e-9)


@pytest.mark.parametrize(
    "differences",
    [
        np.array([1.0e38, 2.0e38, 3.0e38, 3.3e38] * 3, np.float32),
        np.array([60_000, 60_001, 50_000, 40_000, 65_504] * 3, np.float16),
        np.array([100, 120, 127, 100] * 3, np.int8),
        np.array([0, 1, 255, 200] * 3, np.uint8),
    ],
    ids=lambda differences: str(differences.dtype),
)
def test_interval_of_small_numbers_is_that_of_floats(differences: np.ndarray) -> None:
    """Sums and squares that a small type has no room for are float64's."""
    small, large = (
        bootstrap_interval(values, rng=np.random.default_rng(1))
        for values in (differences, differences.astype(float))
    )
    assert small == large
    assert large[0] < differences.astype(float).mean() < large[1]
    assert all(type(bound) is float for bound in small)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"differences": [1.0]}, r"differences must have the shape .* got \(1,\)"),
        ({"differences": np.ones((3, 2))}, r"differences must have the shape .* got \(3, 2\)"),
        ({"differences": ["a", "b"]}, "differences must hold real numbers, got <U1"),
        ({"differences": [1j, 2j]}, "differences must hold real numbers, got complex"),
        ({"differences": [1.0, 2.0, np.nan]}, "differences must be finite, got nan at index 2"),
        ({"confidence": 1.0}, r"confidence must be a number in \(0, 1\), got 1.0"),
        ({"confidence": 0}, r"confidence must be a number in \(0, 1\), got 0"),
        ({"n_resamples": 99}, "n_resamples must be a whole number of at least 100, got 99"),
        ({"differences": np.array([1, 2], "m8[s]")}, "real numbers, got timedelta64"),
        ({"differences": [True, False]}, "differences must hold real numbers, got bool"),
        ({"differences": np.array([1, 2], object)}, "must hold real numbers, got object"),
        ({"confidence": 10**400}, r"confidence must be a number in \(0, 1\), got 1000"),
        ({"rng": None}, "rng must be a numpy Generator, .* got None"),
        ({"rng": 0}, "rng must be a numpy Generator, .* got 0"),
        ({"rng": np.random.RandomState(0)}, "rng must be a numpy Generator, .* RandomState"),
        ({"rng": None, "differences": [2.0, 2.0]}, "rng must be a numpy Generator, .* got None"),
    ],
)
def test_interval_refuses(changes: dict[str, object], message: str) -> None:
    """Each error names the parameter, its range and its value."""
    arguments = {"differences": [1.0, 2.0], "rng": np.random.default_rng(0)} | changes
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(**arguments)


# ------------------------------------------------------------------------------------- claims


@pytest.mark.parametrize(
    ("direction", "margin", "low", "high", "expected"),
    [
        ("greater", 0.1, 0.11, 0.3, "holds"),
        ("greater", 0.1, 0.1, 0.3, "undecided"),
        ("greater", 0.1, 0.05, 0.3, "undecided"),
        ("greater", 0.1, -0.3, 0.1, "fails"),
        ("greater", 0.1, 0.02, 0.05, "fails"),
        ("greater", 0.1, -0.3, -0.2, "fails"),
        ("greater", 0.0, 0.0, 0.0, "fails"),
        ("greater", 0.0, -0.1, 0.1, "undecided"),
        ("less", 0.1, -0.3, -0.11, "holds"),
        ("less", 0.1, -0.3, -0.1, "undecided"),
        ("less", 0.1, -0.3, -0.05, "undecided"),
        ("less", 0.1, -0.1, 0.3, "fails"),
        ("less", 0.1, 0.2, 0.3, "fails"),
        ("less", 0.0, 0.0, 0.0, "fails"),
        ("same", 0.1, -0.1, 0.1, "holds"),
        ("same", 0.1, -0.05, 0.02, "holds"),
        ("same", 0.1, 0.02, 0.05, "holds"),
        ("same", 0.1, 0.05, 0.11, "undecided"),
        ("same", 0.1, -0.11, 0.05, "undecided"),
        ("same", 0.1, -0.2, 0.2, "undecided"),
        ("same", 0.1, 0.1, 0.3, "undecided"),
        ("same", 0.1, 0.11, 0.3, "fails"),
        ("same", 0.1, -0.3, -0.11, "fails"),
        ("same", 0.0, 0.0, 0.0, "holds"),
    ],
)
def test_verdict(direction: str, margin: float, low: float, high: float, expected: str) -> None:
    """Each direction, with the interval on either side of what matters, across it and on it."""
    judged = JudgedClaim(claim(direction, margin), (low + high) / 2, low, high, 20)
    assert judged.verdict == expected


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0, 10))
def test_greater_and_less_mirror_each_other(x: float, y: float, margin: float) -> None:
    """A greater than B, and B less than A, are the same claim."""
    low, high = sorted((x, y))
    greater = JudgedClaim(claim("greater", margin), 0.0, low, high, 20)
    less = JudgedClaim(claim("less", margin), 0.0, -high, -low, 20)
    assert greater.verdict == less.verdict


def test_judge_measures_the_mean_of_a_minus_b() -> None:
    """The pairs' mean difference lies in its interval, and the sign is A − B."""
    rng = np.random.default_rng(0)
    b = rng.normal(0.8, 0.1, 20)
    a = b + rng.normal(0.05, 0.01, 20)
    judged = claim(smallest_difference=0.03).judge(a, b, rng)
    assert judged.mean_difference == pytest.approx((a - b).mean())
    assert judged.low < judged.mean_difference < judged.high
    assert (judged.verdict, judged.n_pairs) == ("holds", 20)
    assert claim(smallest_difference=0.03).judge(b, a, rng).verdict == "fails"


def test_pairs_count_and_not_the_spread_between_seeds() -> None:
    """A small difference in every pair shows, though the seeds differ much more."""
    b = np.linspace(0.1, 0.9, 10)
    assert claim().judge(b + 0.001, b, np.random.default_rng(0)).verdict == "holds"


def test_judging_repeats() -> None:
    """The same pairs and the same generator give the same interval."""
    a, b = np.random.default_rng(0).normal(size=(2, 20))
    first, second = (claim().judge(a, b, np.random.default_rng(1)) for _ in range(2))
    assert first == second


def test_shares_are_judged_as_pairs() -> None:
    """Success of each seed, as bools or as 0 and 1."""
    a = np.arange(20) < 18
    b = np.arange(20) < 6
    as_bools = claim(smallest_difference=0.2).judge(a, b, np.random.default_rng(0))
    as_numbers = claim(smallest_difference=0.2).judge(
        a.astype(int), b.astype(int), np.random.default_rng(0)
    )
    assert as_bools == as_numbers
    assert (as_bools.mean_difference, as_bools.verdict) == (0.6, "holds")


def test_all_pairs_alike() -> None:
    """Rounding noise in equal differences is no spread: 0.9 − 0.8 and 0.7 − 0.6 are both 0.1."""
    a, b = [0.9, 0.7, 0.3, 1.1, 0.4], [0.8, 0.6, 0.2, 1.0, 0.3]
    judged = claim(smallest_difference=0.1).judge(a, b, np.random.default_rng(0))
    assert (judged.low, judged.mean_difference, judged.high) == (0.1, 0.1, 0.1)
    assert judged.verdict == "fails"  # not *more* than 0.1
    assert claim("same", 0.1).judge(a, b, np.random.default_rng(0)).verdict == "holds"


@pytest.mark.parametrize("size", [0.0, 1e-320, 1e-30, 1e30, 1e300])
def test_any_size_of_numbers(size: float) -> None:
    """From nothing to the largest numbers, the interval is finite."""
    a = size * np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    judged = claim().judge(a, 0 * a, np.random.default_rng(0))
    assert np.isfinite([judged.low, judged.high]).all()
    assert judged.mean_difference == pytest.approx(3 * size, rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], "at least 5, got 4 and 4"),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6], "same number of pairs, at least 5, got 5 and 6"),
        (
            np.ones((5, 2)),
            np.ones(5),
            r"a must hold one number per pair.*got float64 of .*\(5, 2\)",
        ),
        (np.ones(5), 1.0, r"b must hold one number per pair.* got float64 of shape \(\)"),
        (np.ones(5), ["x"] * 5, r"b must hold real numbers, got <U1"),
        ([1, np.nan, 3, 4, 5, 6], [1, 2, 3, np.inf, 5, 6], "not in the pairs 1, 3 of 6.*diverged"),
    ],
)
def test_judge_refuses(a: object, b: object, message: str) -> None:
    """Too few pairs, shapes that don't match, and runs that diverged, by their numbers."""
    with pytest.raises(ValueError, match=message):
        claim().judge(a, b, np.random.default_rng(0))


@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0), [np.random.default_rng(0)]])
@pytest.mark.parametrize("a", [[1.0, 2.0, 3.0, 4.0, 5.0], [1.0] * 5], ids=["spread", "alike"])
def test_judge_wants_a_generator(a: list[float], rng: object) -> None:
    """Also where all differences are alike, and nothing is drawn."""
    with pytest.raises(ValueError, match=r"rng must be a numpy Generator, .*got "):
        claim().judge(a, [0.0] * 5, rng)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "more"}, "direction must be one of 'greater', 'less', 'same', got 'more'"),
        ({"smallest_difference": -0.1}, r"smallest_difference must be .*\[0, inf\), got -0.1"),
        ({"smallest_difference": math.nan}, "smallest_difference must be .* got nan"),
        ({"sentence": " "}, "sentence must be a text that is not empty, got ' '"),
        ({"source": 2}, "source must be a text that is not empty, got 2"),
        ({"measure": ""}, "measure must be a text that is not empty, got ''"),
        ({"smallest_difference": 10**400}, r"smallest_difference .*\[0, inf\), got 1000"),
        ({"chaotic": "no"}, "chaotic must be True or False, got 'no'"),
        ({"chaotic": 0}, "chaotic must be True or False, got 0"),
        ({"chaotic": None}, "chaotic must be True or False, got None"),
    ],
)
def test_claim_refuses(changes: dict[str, object], message: str) -> None:
    """Each error names the parameter, its range and its value."""
    good = {
        "sentence": "A is better",
        "source": "ours",
        "measure": "accuracy",
        "direction": "greater",
        "smallest_difference": 0.01,
    }
    with pytest.raises(ValueError, match=message):
        Claim(**(good | changes))


@pytest.mark.parametrize("chaotic", [False, True, np.False_, np.True_])
def test_chaotic_is_a_truth_value_of_any_kind(chaotic: bool) -> None:
    """NumPy's are fine: a comparison of arrays makes them."""
    judged = JudgedClaim(Claim("A", "ours", "m", "greater", 0.1, chaotic), 0.3, 0.2, 0.4, 20)
    assert judged.measured.startswith("interval") == chaotic


def test_claim_cannot_be_changed_after_looking() -> None:
    """The smallest difference stays as it was named."""
    with pytest.raises(AttributeError):
        claim().smallest_difference = 0.5  # type: ignore[misc]


# ------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("mean", "low", "high", "expected"),
    [
        (0.031234, 0.005678, 0.054321, "+0.031 [+0.006, +0.054]"),
        (0.5, 0.4004, 0.5996, "+0.50 [+0.40, +0.60]"),  # the half width rounds up to 0.10
        (-0.0004, -0.21, 0.21, "0.00 [-0.21, +0.21]"),
        (0.0004, -0.21, 0.21, "0.00 [-0.21, +0.21]"),
        (12345.6, 11845.0, 12845.0, "+12 350 [+11 840, +12 840]"),
        (12.34, 2.1, 22.4, "+12 [+2, +22]"),
        (123.4, 121.1, 125.9, "+123.4 [+121.1, +125.9]"),
        (0.1, 0.1, 0.1, "+0.1 [+0.1, +0.1]"),
        (0.0, 0.0, 0.0, "0 [0, 0]"),
        (-1e-7, -2e-7, -1e-8, "-0.000000100 [-0.000000200, -0.000000010]"),
        (
            5e16,
            4.1e16,
            5.9e16,
            "+50 000 000 000 000 000 [+41 000 000 000 000 000, +59 000 000 000 000 000]",
        ),
        (5e16, 4e16, 6e16, "+5e+16 [+4e+16, +6e+16]"),
        (1e23, 0.9e23, 1.1e23, "+1e+23 [+9e+22, +1.1e+23]"),
        (1e300, -1.7e308, 1.7e308, "+1e+300 [-1.7e+308, +1.7e+308]"),
        (0.0, -1.23456789e300, 1.23456789e300, "0 [-1.23457e+300, +1.23457e+300]"),
    ],
)
def test_measured_has_the_digits_that_the_interval_supports(
    mean: float, low: float, high: float, expected: str
) -> None:
    """Two digits of the half width, a sign except on zero, all alike."""
    assert JudgedClaim(claim(), mean, low, high, 20).measured == expected


@pytest.mark.parametrize(
    ("direction", "margin", "expected"),
    [
        ("greater", 0.01, "more than +0.01"),
        ("greater", 0, "more than 0"),
        ("less", 0.01, "less than -0.01"),
        ("less", 0.0, "less than 0"),
        ("same", 5, "from -5 to +5"),
    ],
)
def test_claimed_in_words(direction: str, margin: float, expected: str) -> None:
    """What was claimed stands beside what was measured."""
    assert JudgedClaim(claim(direction, margin), 0.0, 0.0, 0.0, 20).claimed == expected


@pytest.fixture
def judged() -> list[JudgedClaim]:
    """One claim of each verdict, with letters that HTML and ASCII must take care of."""
    return [
        JudgedClaim(
            claim("greater", 0.01, sentence="η of 0.1 is “better” – always", source="002"),
            0.05, 0.03, 0.07, 20,
        ),
        JudgedClaim(claim("less", 0.5, sentence="Cost <b>falls</b> & stays"), -0.2, -0.4, 0.1, 5),
        JudgedClaim(claim("same", 5.0, sentence="Same epochs"), 1.0, -9.0, 12.0, 20),
    ]  # fmt: skip


def test_plain_table(judged: list[JudgedClaim]) -> None:
    """The terminal's form, in ASCII only, with each verdict as a word and a mark."""
    assert str(claims_table(judged)) == "\n".join([
        '[+] holds: eta of 0.1 is "better" - always (002)',
        "    accuracy",
        "    A - B: +0.050 [+0.030, +0.070]; claimed: more than +0.01; 20 pairs",
        "[-] fails: Cost <b>falls</b> & stays (ours)",
        "    accuracy",
        "    A - B: -0.20 [-0.40, +0.10]; claimed: less than -0.5; 5 pairs",
        "[?] undecided: Same epochs (ours)",
        "    accuracy",
        "    A - B: +1 [-9, +12]; claimed: from -5 to +5; 20 pairs",
    ])  # fmt: skip


def test_plain_table_in_a_narrow_terminal() -> None:
    """Long sentences wrap below themselves; nothing is wider than 80 columns or not ASCII."""
    sentence = "schöne\u00a0Schritte… → ½ 中 " + "and so on " * 30
    text = str(claims_table([JudgedClaim(claim(sentence=sentence), 1.0, 0.5, 1.5, 20)]))
    lines = text.splitlines()
    assert text.isascii()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("[+] holds: schone Schritte... ? 1/2 ? and")
    assert all(line.startswith("    ") for line in lines[1:])


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ϵ ϕ ϑ ϖ ϱ ϐ ϰ", "epsilon phi theta pi rho beta kappa"),
        ("ϴ ϙ Ϲ", "theta koppa sigma"),
        ("ς ϲ ϶", "sigma sigma epsilon"),
        ("Σ Ω ά ώ ΰ", "sigma omega alpha omega upsilon"),
        ("cafe\u0301 scho\u0308n α\u0301", "cafe schon alpha"),
    ],
)
def test_plain_table_spells_letters(written: str, plain: str) -> None:
    """Greek letters in all their forms by name, and accents off, however they are put on."""
    sentence = str(claims_table([JudgedClaim(claim(sentence=written), 1.0, 0.5, 1.5, 20)]))
    assert sentence.splitlines()[0] == f"[+] holds: {plain} (ours)"


class Cells(HTMLParser):
    """Reads the text of each cell, and sees that every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        """Note an opened tag."""
        if tag == "br":
            self.cells[-1] += " "
            return
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        """Close the last tag."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Add a cell's text."""
        if "td" in self.open or "th" in self.open:
            self.cells[-1] += data


def test_notebook_table(judged: list[JudgedClaim]) -> None:
    """The page's form says the same, escaped, with a word and a sign for each verdict."""
    page = Cells()
    text = claims_table(judged)._repr_html_()
    page.feed(text)
    assert page.open == []
    rows = [page.cells[i : i + 3] for i in range(0, len(page.cells), 3)]
    assert rows == [
        ["Claim", "Measured: A − B", "Verdict"],
        ["η of 0.1 is “better” – always (002)",
         "accuracy: +0.050 [+0.030, +0.070] claimed: more than +0.01; 20 pairs", "✓ holds"],
        ["Cost <b>falls</b> & stays (ours)",
         "accuracy: −0.20 [−0.40, +0.10] claimed: less than −0.5; 5 pairs", "✗ fails"],
        ["Same epochs (ours)",
         "accuracy: +1 [−9, +12] claimed: from −5 to +5; 20 pairs", "? undecided"],
    ]  # fmt: skip
    assert "color" not in text  # the page's own, in light and in dark


def test_repr_is_the_plain_table(judged: list[JudgedClaim]) -> None:
    """A notebook stores it beside the HTML, and compares it with every new run."""
    assert repr(claims_table(judged)) == str(claims_table(judged))


@pytest.mark.parametrize("seed", range(20))
def test_last_bits_do_not_show(seed: int) -> None:
    """Another machine's rounding, 1e-12 of each number, leaves every letter as it was."""
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.integers(-4, 4)
    a = scale * rng.normal(1.0, 0.1, 20)
    b = scale * rng.normal(0.9, 0.1, 20)
    noisy_a, noisy_b = (x * (1 + 1e-12 * rng.uniform(-1, 1, 20)) for x in (a, b))
    texts = [
        str(claims_table([claim().judge(x, y, np.random.default_rng(0))]))
        for x, y in ((a, b), (noisy_a, noisy_b))
    ]
    assert texts[0] == texts[1]


def test_last_bits_of_equal_pairs_do_not_show() -> None:
    """Both sides the same but for the last bit: no difference, and no width made of noise."""
    b = np.linspace(0.1, 0.9, 20)
    table = claims_table([claim().judge(np.nextafter(b, 1), b, np.random.default_rng(0))])
    assert "A - B: 0 [0, 0]" in str(table)


def test_verdicts_for_a_test(judged: list[JudgedClaim]) -> None:
    """A chapter's test compares this with what it expects."""
    assert list(verdicts(claims_table(judged)).values()) == ["holds", "fails", "undecided"]
    assert "Cost <b>falls</b> & stays" in verdicts(claims_table(judged))


def test_table_refuses(judged: list[JudgedClaim]) -> None:
    """No claims, a sentence twice (one verdict would be lost), and claims that nobody judged."""
    with pytest.raises(ValueError, match=r"at least one claim, each only once, got \[\]"):
        claims_table([])
    with pytest.raises(ValueError, match=r"each only once, got .*Same epochs.*Same epochs"):
        claims_table([judged[2], judged[2]])
    with pytest.raises(ValueError, match="judged must be a list of JudgedClaim, got JudgedClaim"):
        claims_table(judged[0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="judged must be a list of JudgedClaim, got NoneType"):
        claims_table(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"judged\[1\] must be a JudgedClaim.* got Claim"):
        claims_table([judged[0], claim()])


# ------------------------------------------------------------------------------------- search


@pytest.fixture
def line() -> dict[str, object]:
    """Return a straight line; its points have unit variance: a step of η goes η of the way."""
    x = np.array([-1.0, 1.0, -1.0, 1.0])[:, np.newaxis]
    return {
        "network": Network([1, 1], loss="squared_error"),
        "make_parameters": lambda rng: initial_parameters([1, 1], rng, "normal"),
        "X": x,
        "y": 3.0 * x.ravel(),
        "held_out": (2 * x, 6.0 * x.ravel()),
        "n_runs": 4,
        "epochs": 3,
        "batch_size": 4,
    }


def test_search_finds_the_known_best(line: dict[str, object]) -> None:
    """On a parabola of curvature 1, a rate of 1 is there in one step."""
    search = search_learning_rate(**line, learning_rates=[0.25, 0.5, 1.0, 1.5])
    assert (search.best, search.best_at_edge, search.n_runs_spent) == (1.0, False, 16)
    assert search.mean_scores[2] == pytest.approx(0, abs=1e-20)
    assert search.mean_scores[1] == pytest.approx(search.mean_scores[3])  # as far on either side


@pytest.mark.parametrize("rates", [[0.25, 0.5], [1.0, 1.5]])
def test_search_tells_when_the_grid_is_too_short(
    line: dict[str, object], rates: list[float]
) -> None:
    """A best rate at either edge is reported, in the text, too."""
    search = search_learning_rate(**line, learning_rates=rates)
    assert search.best_at_edge
    assert "at the edge of the grid: widen it" in str(search)


def test_search_as_a_stack_is_the_loop_over_rates(line: dict[str, object]) -> None:
    """Rate by rate, with the same seeds, the scores are the same."""
    rates = [0.1, 0.3, 0.9]
    stack = search_learning_rate(**line, learning_rates=rates, first_seed=7)
    for i, (low, high) in enumerate(pairwise(rates)):
        looped = search_learning_rate(**line, learning_rates=[low, high], first_seed=7)
        np.testing.assert_allclose(looped.scores, stack.scores[i : i + 2], rtol=1e-12)


def test_search_gives_each_rate_the_same_seeds(line: dict[str, object]) -> None:
    """With hardly any step, each rate ends where its seeds began."""
    search = search_learning_rate(**line, learning_rates=[1e-300, 2e-300])
    np.testing.assert_array_equal(search.scores[0], search.scores[1])
    assert np.unique(search.scores[0]).size == 4


def test_search_counts_runs_that_diverge(line: dict[str, object]) -> None:
    """A rate beyond all bounds is the worst; no warning gets out (here they are errors)."""
    search = search_learning_rate(**(line | {"epochs": 500}), learning_rates=[0.001, 1.0, 50.0])
    assert search.diverged.tolist() == [0, 0, 4]
    assert search.mean_scores[2] == np.inf
    assert search.best == 1.0
    assert re.search(r"50 +inf +4$", str(search), re.MULTILINE)


def test_search_where_everything_diverges(line: dict[str, object]) -> None:
    """Then there is no best rate: the error of `train` comes out."""
    with pytest.raises(DivergenceError, match="smaller learning rate"):
        search_learning_rate(**(line | {"epochs": 500}), learning_rates=[50.0, 60.0])


def test_search_where_a_run_diverges_at_every_rate(line: dict[str, object]) -> None:
    """No mean cost is finite: the first rate would look like the best one."""

    def make(rng: list[np.random.Generator]) -> Parameters:
        parameters = initial_parameters([1, 1], rng, "normal")
        parameters.vector[::2] = 1e160
        return parameters

    said = r"at every one of the rates \[0\.5, 1\.5\] a run ended without a finite held_out_cost"
    with pytest.raises(DivergenceError, match=said):
        search_learning_rate(**(line | {"make_parameters": make}), learning_rates=[0.5, 1.5])


def test_search_where_one_rate_is_left(line: dict[str, object]) -> None:
    """It is the best one, whatever became of the others."""
    search = search_learning_rate(**(line | {"epochs": 500}), learning_rates=[1.0, 50.0, 60.0])
    assert (search.best, search.diverged.tolist()) == (1.0, [0, 4, 4])


def test_overlapping_searches_leave_the_warnings_as_they_were(line: dict[str, object]) -> None:
    """Of two searches in threads, the one that began first ends first."""
    filters = list(warnings.filters)
    first_in, second_in, first_is_done = threading.Event(), threading.Event(), threading.Event()
    quiet: list[bool] = []

    def search(schedule: Callable[[np.ndarray], Any]) -> None:
        search_learning_rate(**line, learning_rates=[0.1, 0.2], schedule=schedule)

    def is_quiet() -> bool:
        return warnings.filters[0][:3:2] == ("ignore", DivergenceWarning)

    def first(rates: np.ndarray) -> np.ndarray:
        first_in.set()
        second_in.wait(0.3)  # in vain: the second one has to wait
        quiet.append(is_quiet())
        return rates

    def second(rates: np.ndarray) -> np.ndarray:
        second_in.set()
        first_is_done.wait(10)
        quiet.append(is_quiet())
        return rates

    with ThreadPoolExecutor(2) as pool:
        searches = [pool.submit(search, first)]
        assert first_in.wait(10)
        searches.append(pool.submit(search, second))
        searches[0].result()
        first_is_done.set()
        searches[1].result()
    assert quiet == [True, True]
    assert warnings.filters == filters


def test_search_by_accuracy() -> None:
    """The largest mean accuracy wins, and of equal ones the smallest rate."""
    X = np.random.default_rng(0).normal(size=(200, 2))
    y = (X[:, 0] > 0).astype(int)
    search = search_learning_rate(
        Network([2, 1]),
        lambda rng: initial_parameters([2, 1], rng),
        X[:100],
        y[:100],
        (X[100:], y[100:]),
        learning_rates=[1e-6, 0.5, 0.500001],
        n_runs=5,
        epochs=5,
        batch_size=10,
        score="held_out_accuracy",
    )
    assert search.best == 0.5
    assert search.mean_scores[1] == search.mean_scores[2] > search.mean_scores[0]


def test_diverged_run_has_no_right_answers() -> None:
    """By accuracy a diverged run counts as 0, below any guess."""
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1e200, 1e200]])
    y = np.array([1, 0, 1])
    search = search_learning_rate(
        Network([2, 1], loss="sigmoid_cross_entropy"),
        lambda rng: initial_parameters([2, 1], rng),
        X,
        y,
        (X[:2], y[:2]),
        learning_rates=[1e-250, 1e200],
        n_runs=2,
        epochs=3,
        batch_size=1,
        score="held_out_accuracy",
    )
    assert search.diverged.tolist() == [0, 2]
    assert search.mean_scores[1] == 0.0
    assert search.best == 1e-250


def test_search_with_a_schedule(line: dict[str, object]) -> None:
    """Each rate starts its own schedule: halved from the first epoch on, 2 is the best."""
    search = search_learning_rate(
        **line,
        learning_rates=[0.5, 1.0, 2.0, 3.0],
        schedule=lambda rates: lambda _: rates / 2,
    )
    assert search.best == 2.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rates": [0.1]}, "learning_rates must be at least two rising .* got"),
        ({"learning_rates": [0.2, 0.1]}, "learning_rates must be at least two rising"),
        ({"learning_rates": [0.1, 0.1]}, "learning_rates must be at least two rising"),
        ({"learning_rates": [0.0, 0.1]}, r"in \(0, inf\), got \[0.0, 0.1\]"),
        ({"learning_rates": [0.1, np.inf]}, r"in \(0, inf\)"),
        ({"learning_rates": ["a", "b"]}, "learning_rates must hold real numbers, got"),
        ({"n_runs": 0}, "n_runs must be a whole number of at least 1, got 0"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"score": "train_cost"}, "score must be one of 'held_out_cost', 'held_out_accuracy'"),
        ({"score": "held_out_accuracy"}, "score must be 'held_out_cost' for regression"),
        (
            {"make_parameters": lambda rng: initial_parameters([1, 1], rng[:2])},
            "make_parameters must make a stack of 8 runs .* got Parameters.*n_runs=2",
        ),
        (
            {"make_parameters": lambda rng: np.zeros((len(rng), 2))},
            r"make_parameters must make a stack of 8 runs .* got array\(",
        ),
        ({"make_parameters": lambda _: None}, "make a stack of 8 runs .* got None"),
        ({"held_out": None}, r"held_out must be a pair \(X, y\), got None"),
        ({"held_out": 3}, r"held_out must be a pair \(X, y\), got 3"),
    ],
)
def test_search_refuses(line: dict[str, object], changes: dict[str, object], message: str) -> None:
    """Each error names the parameter, its range and its value."""
    with pytest.raises(ValueError, match=message):
        search_learning_rate(**(line | {"learning_rates": [0.1, 0.2]} | changes))


def test_interrupted_search_has_no_result(line: dict[str, object]) -> None:
    """Half a search names no best rate."""

    def schedule(rates: FloatArray) -> Callable[[float], FloatArray]:
        def rate(epochs_done: float) -> FloatArray:
            if epochs_done > 0:
                raise KeyboardInterrupt
            return rates

        return rate

    with pytest.raises(TrainingInterrupted) as caught:
        search_learning_rate(**line, learning_rates=[0.1, 0.2], schedule=schedule)
    assert caught.value.history.interrupted_in == 2


# --------------------------------------------------------------------------------- many seeds


def product(seed: int) -> tuple[float, int]:
    """Return a sum over a matrix product, whose last bits depend on threads, and the process."""
    A = np.random.default_rng(seed).normal(size=(300, 300))
    return float((A @ A).sum()), os.getpid()


def threads(_: int) -> list[int]:
    """Return the number of threads of each library that has its own."""
    return [library["num_threads"] for library in threadpool_info()]


def test_results_do_not_depend_on_the_number_of_processes() -> None:
    """One process, two processes, a loop: the same numbers in the order of the seeds."""
    seeds = [3, 1, 2, 7]
    alone, both = (run_over_seeds(product, seeds, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert alone.seeds == both.seeds == (3, 1, 2, 7)
    with threadpool_limits(1):
        expected = [product(seed)[0] for seed in seeds]
    for finished in (alone, both):
        assert [value for value, _ in finished.results] == expected
    assert {pid for _, pid in alone.results} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid in both.results}
    assert not both.interrupted


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_linear_algebra_has_one_thread_in_each_process(n_jobs: int) -> None:
    """Processes that each take all cores would fight over them."""
    with threadpool_limits(2):
        results = run_over_seeds(threads, range(2), n_jobs=n_jobs).results
    assert all(len(counts) > 0 and set(counts) == {1} for counts in results)


def test_one_process_gives_the_threads_back() -> None:
    """What ran in this process leaves its threads as they were."""
    with threadpool_limits(2):
        before = threads(0)
        run_over_seeds(threads, [0], n_jobs=1)
        assert threads(0) == before


def blas_threads() -> set[int]:
    """Return the numbers of threads of the linear algebra in this process."""
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


def test_calls_in_threads_share_one_setting() -> None:
    """A call that ends gives no threads to those that go on, and the last one gives all back."""
    both_in = threading.Event()

    def counted(seed: int) -> list[set[int]]:
        if seed == 0:
            assert both_in.wait(10)
            return [blas_threads()]
        both_in.set()
        counts = [blas_threads()]
        for _ in range(30):  # long enough for the other call to end, and to be put away
            time.sleep(0.01)
            counts.append(blas_threads())
        return counts

    with threadpool_limits(2):
        with joblib.parallel_config("threading"):
            results = run_over_seeds(counted, [0, 1], n_jobs=2).results
        assert blas_threads() == {2}
    assert all(count == {1} for counts in results for count in counts)


def test_calls_in_threads_leave_linear_algebra_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its setting is the whole process's: only who spreads the calls may touch it."""
    if "openblas" not in {library["internal_api"] for library in threadpool_info()}:
        pytest.skip("needs OpenBLAS")
    plain, setters = OpenBLASController.set_num_threads, set()

    def noted(self: OpenBLASController, num_threads: int) -> None:
        setters.add(threading.current_thread())
        plain(self, num_threads)

    monkeypatch.setattr(OpenBLASController, "set_num_threads", noted)
    with joblib.parallel_config("threading"):
        names = {thread for _, thread in run_over_seeds(where, range(4), n_jobs=2).results}
    assert threading.current_thread().name not in names
    assert setters == {threading.current_thread()}


def test_openmp_has_one_thread_in_each_call_in_a_thread() -> None:
    """Of OpenMP, which scikit-learn brings, each thread has a setting of its own."""
    importlib.import_module("sklearn.utils._openmp_helpers")

    def widened(_: int) -> set[int]:
        openmp = ThreadpoolController().select(user_api="openmp")
        counts = {library["num_threads"] for library in openmp.info()}
        openmp.limit(limits=2)  # and never puts back
        return counts

    with joblib.parallel_config("threading"):
        results = run_over_seeds(widened, range(4), n_jobs=2).results
    assert results == [{1}] * 4


def test_an_interrupt_of_threads_gives_the_threads_back() -> None:
    """At once, and for good: a call that is still under way changes nothing when it ends."""
    both_in, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def counted(seed: int) -> int:
        if seed == 0:
            assert both_in.wait(10)
            signal.raise_signal(signal.SIGINT)
        else:
            both_in.set()
            go_on.wait(0.5)
            ended.set()
        return seed

    with threadpool_limits(2):
        with joblib.parallel_config("threading"):
            finished = run_over_seeds(counted, [0, 1], n_jobs=2)
        assert finished.interrupted
        assert blas_threads() == {2}
        go_on.set()
        assert ended.wait(10)
        time.sleep(0.05)
        assert blas_threads() == {2}


def test_processes_that_may_take_more_threads_take_one() -> None:
    """What joblib lets its processes have is more than a call is given."""
    with joblib.parallel_config("loky", inner_max_num_threads=2):
        results = run_over_seeds(threads, range(2), n_jobs=2).results
    assert all(len(counts) > 0 and set(counts) == {1} for counts in results)


def test_joblib_decides_where_the_user_does_not() -> None:
    """`joblib.parallel_config` takes over without a word to `run_over_seeds`."""
    with joblib.parallel_config("threading", n_jobs=2):
        in_threads = run_over_seeds(product, [0, 1])
    with joblib.parallel_config(n_jobs=1):
        alone = run_over_seeds(product, [0, 1])
    assert {pid for _, pid in in_threads.results + alone.results} == {os.getpid()}


def test_without_a_word_there_is_a_process_per_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default takes all cores that joblib counts."""
    asked: list[object] = []

    class Parallel(joblib.Parallel):
        def __init__(self, n_jobs: int, **options: object) -> None:
            asked.append(n_jobs)
            super().__init__(n_jobs=1, **options)

    monkeypatch.setattr(joblib, "Parallel", Parallel)
    run_over_seeds(product, [0])
    run_over_seeds(product, [0], n_jobs=-1)
    assert asked == [-1, -1]


def test_interrupt_keeps_what_is_finished(capfd: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C in the third of five seeds leaves two results, and the result says so."""

    def interrupted(seed: int) -> int:
        if seed == 12:
            signal.raise_signal(signal.SIGINT)
        return seed * seed

    finished = run_over_seeds(interrupted, range(10, 15), n_jobs=1)
    assert (finished.seeds, finished.results) == ((10, 11), [100, 121])
    assert finished.interrupted
    assert repr(finished) == "SeedResults(seeds=(10, 11), results=[100, 121], interrupted=True)"
    assert capfd.readouterr() == ("", "")


class CtrlC:
    """A rule that presses Ctrl-C in the fifth step."""

    def start(self, _: Parameters) -> Iterator[int]:
        """Count the steps."""
        return iter(range(4))

    def edit(self, _: FloatArray, __: Parameters, state: Iterator[int]) -> None:
        """Press, after four steps."""
        if next(state, None) is None:
            signal.raise_signal(signal.SIGINT)


def trained(seed: int, *, pressed: int = 1) -> int:
    """Train by hand, and return the epochs done; Ctrl-C comes while one seed trains."""
    X = np.random.default_rng(seed).normal(size=(20, 2))
    history = train(
        Network([2, 1]), Parameters([2, 1]), X, X[:, 0] > 0, epochs=4, batch_size=10,
        learning_rate=0.1, rng=None, rules=[CtrlC()] if seed == pressed else [],
    )  # fmt: skip
    return int(history.epochs[-1])


def fitted(seed: int) -> int:
    """Do the same through the estimator."""
    X = np.random.default_rng(seed).normal(size=(20, 2))
    classifier = NetworkClassifier((2,), epochs=4, batch_size=10, random_state=seed)
    rules = classifier._rules
    classifier._rules = lambda: [*rules(), CtrlC()] if seed == 1 else rules()
    return int(classifier.fit(X, X[:, 0] > 0).n_iter_)


def searched(seed: int) -> int:
    """Do the same in a search for a learning rate."""
    X = np.random.default_rng(seed).normal(size=(20, 2))
    y = (X[:, 0] > 0).astype(int)
    found = search_learning_rate(
        Network([2, 1]), lambda rng: Parameters([2, 1], n_runs=len(rng)), X, y, (X, y),
        learning_rates=[0.1, 0.2], n_runs=2, epochs=4, batch_size=10,
        rules=[CtrlC()] if seed == 1 else [],
    )  # fmt: skip
    return found.n_runs_spent


def one_by_one(function: Callable[[int], int], done: Path, seed: int) -> int:
    """Call the function, for seed 1 when the result of seed 0 has arrived."""
    while seed == 1 and not done.exists():
        time.sleep(0.01)
    time.sleep(0.5 * (seed == 1))
    result = function(seed)
    done.touch()
    return result


@pytest.mark.parametrize(
    ("function", "n_jobs"), [(trained, 1), (fitted, 1), (searched, 1), (trained, 2)]
)
def test_a_seed_that_was_training_is_not_kept(
    function: Callable[[int], int],
    n_jobs: int,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Ctrl-C while seed 1 trains, here or in a process of its own, leaves seed 0 alone."""
    one, other = tmp_path / "one", tmp_path / "other"
    finished = run_over_seeds(partial(one_by_one, function, one), range(4), n_jobs=n_jobs)
    assert (finished.seeds, finished.results) == ((0,), [4])
    assert finished.interrupted
    jobs = {seed: partial(one_by_one, function, other, seed) for seed in range(4)}
    assert on_all_cores(jobs, n_jobs=1) == {0: 4}
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_comes_out_of_a_process_with_its_history() -> None:
    """Whoever uses joblib by himself gets it, too."""
    calls = [joblib.delayed(trained)(seed, pressed=0) for seed in (0, 0)]
    with pytest.raises(TrainingInterrupted, match=r"^in epoch 3;") as caught:
        joblib.Parallel(2)(calls)
    assert caught.value.history.epochs.tolist() == [0, 1, 2]


def test_a_seed_that_was_training_in_a_thread_is_not_kept() -> None:
    """Ctrl-C comes to the main thread: what trains in others is not waited for, nor kept."""
    begun, ended = threading.Event(), threading.Event()

    class Waiting(CtrlC):
        def edit(self, *_: object) -> None:
            begun.set()
            ended.wait(20)

    def run(seed: int) -> int:
        X = np.random.default_rng(seed).normal(size=(20, 2))
        if seed == 2:  # the other thread has done seed 0 then, and seed 1 trains
            assert begun.wait(20)
            time.sleep(0.2)
            signal.raise_signal(signal.SIGINT)
        train(
            Network([2, 1]), Parameters([2, 1]), X, X[:, 0] > 0, epochs=4, batch_size=10,
            learning_rate=0.1, rng=None, rules=[Waiting()] if seed == 1 else [],
        )  # fmt: skip
        return seed

    with joblib.parallel_config("threading"):
        finished = run_over_seeds(run, range(4), n_jobs=2)
    ended.set()
    assert (finished.seeds, finished.results, finished.interrupted) == ((0,), [0], True)


PRESSED_IN_A_TERMINAL = """
import os, signal, sys, threading, time
from pathlib import Path
import numpy as np
from course_lib.evidence import run_over_seeds
from course_lib.network import Network
from course_lib.parameters import Parameters
from course_lib.training import train

folder = Path(sys.argv[1])

def accuracy(seed):
    (folder / f"begun-{seed}").touch()
    X = np.random.default_rng(seed).normal(size=(20, 2))
    history = train(
        Network([2, 1]), Parameters([2, 1]), X, X[:, 0] > 0, batch_size=10, learning_rate=0.1,
        rng=None, epochs=10 if seed == 0 else 10**9,
    )
    return int(history.epochs[-1])

def press():
    while not (folder / "begun-2").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    os.killpg(0, signal.SIGINT)

threading.Thread(target=press).start()
print(run_over_seeds(accuracy, range(4), n_jobs=2))
print(run_over_seeds(abs, range(4), n_jobs=2))
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no groups of processes")
def test_ctrl_c_in_a_terminal(tmp_path: Path) -> None:
    """All processes of a terminal get the signal: seed 0 is kept, and the next call works."""
    shown = subprocess.run(
        [sys.executable, "-c", PRESSED_IN_A_TERMINAL, tmp_path],
        capture_output=True, text=True, timeout=300, check=True, start_new_session=True,
    )  # fmt: skip
    assert shown.stdout == (
        "SeedResults(seeds=(0,), results=[10], interrupted=True)\n"
        "SeedResults(seeds=(0, 1, 2, 3), results=[0, 1, 2, 3], interrupted=False)\n"
    )
    assert shown.stderr == ""


def in_a_process_that_is_replaced(seed: int) -> tuple[int, int]:
    """Let joblib's process count as grown after every call."""
    watch = importlib.import_module("joblib.externals.loky.process_executor")
    watch._MEMORY_LEAK_CHECK_DELAY, watch._MAX_MEMORY_LEAK_SIZE = -1.0, -(10**12)
    time.sleep(0.05)
    return seed, os.getpid()


def test_a_process_that_is_replaced_costs_no_result_and_no_word() -> None:
    """Processes that have grown are ended, with a warning; a notebook would show it by chance."""
    with joblib.parallel_config("loky"), warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        finished = run_over_seeds(in_a_process_that_is_replaced, range(12), n_jobs=2)
        warned_before = list(raised)
        # The same without us: the warning that this is about.
        calls = (joblib.delayed(in_a_process_that_is_replaced)(seed) for seed in range(12))
        joblib.Parallel(2, batch_size=1)(calls)
        get_reusable_executor().shutdown(
            wait=True
        )  # the next test gets processes as they should be
    assert [seed for seed, _ in finished.results] == list(range(12))
    assert len({process for _, process in finished.results}) > 2
    assert not warned_before
    assert any("A worker stopped while some jobs" in str(one.message) for one in raised)


def test_other_warnings_come_through() -> None:
    """What the function itself warns of is heard."""

    def warning(seed: int) -> int:
        warnings.warn("look here", stacklevel=1)
        return seed

    with pytest.warns(UserWarning, match="look here"):
        run_over_seeds(warning, [0], n_jobs=1)


def test_an_error_comes_out() -> None:
    """A seed that fails is no reason to go on without it."""

    def failing(seed: int) -> float:
        return 1 / (seed - 1)

    with pytest.raises(ZeroDivisionError):
        run_over_seeds(failing, range(3), n_jobs=1)


def test_progress_bar_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar goes to stderr, and only when it is asked for."""
    run_over_seeds(product, range(2), n_jobs=1)
    assert capsys.readouterr().err == ""
    run_over_seeds(product, range(2), n_jobs=1, progress=True)
    assert "2/2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seeds", "n_jobs", "message"),
    [
        ([], 1, r"seeds must be at least one, and all different, got \[\]"),
        ([1, 2, 1], 1, r"all different, got \[1, 2, 1\]"),
        ([0, -1], 1, r"seeds\[1\] must be a whole number of at least 0, got -1"),
        ([0], 0, "n_jobs must be a whole number of at least 1, got 0; -1 takes one per core$"),
        ([0], -2, "n_jobs must be a whole number of at least 1, got -2; -1 takes one per core$"),
        ([0], True, "n_jobs must be a whole number of at least 1, got True; -1 takes"),
        ([0], 2.0, r"n_jobs must be a whole number of at least 1, got 2\.0; -1 takes"),
        (5, 1, r"seeds must be a sequence such as range\(5\), got 5$"),
        (None, 1, r"seeds must be a sequence such as range\(5\), got None$"),
    ],
)
def test_run_over_seeds_refuses(seeds: Any, n_jobs: Any, message: str) -> None:
    """Each error names the parameter, its range and its value."""
    with pytest.raises(ValueError, match=message):
        run_over_seeds(product, seeds, n_jobs=n_jobs)


@pytest.mark.parametrize(
    ("direction", "interval", "text"),
    [
        ("greater", (0.2, 0.3), "interval above +0.1"),
        ("greater", (0.0, 0.05), "interval below +0.1"),
        ("greater", (0.0, 0.3), "interval around +0.1"),
        ("less", (-0.3, -0.2), "interval below -0.1"),
        ("less", (0.0, 0.3), "interval above -0.1"),
        ("same", (-0.05, 0.05), "interval within -0.1 to +0.1"),
        ("same", (0.2, 0.3), "interval outside -0.1 to +0.1"),
        ("same", (0.0, 0.3), "interval across an end of -0.1 to +0.1"),
    ],
)
def test_chaotic_claims_show_no_digits(
    direction: str, interval: tuple[float, float], text: str
) -> None:
    """Of chaotic runs a table says where the interval lies and prints no measured number."""
    claim = Claim("A differs", "ours", "accuracy", direction, 0.1, chaotic=True)
    judged = JudgedClaim(claim, sum(interval) / 2, *interval, n_pairs=20)
    assert judged.measured == text
    table = claims_table([judged])
    assert text in str(table)
    assert f'<strong><span style="white-space: nowrap">{text.replace("-", "−")}' in (
        table._repr_html_()
    )


# ------------------------------------------------------------------- many seeds, on a cluster


class GivenUpError(Exception):
    """What Dask says of a call that it gives up: to its future, and joblib never hears of it."""


class DaskDistributedBackend(ParallelBackendBase):
    """As much of joblib's Dask backend as `run_over_seeds` sees; its workers are two threads.

    The real one is in test_dask.py; this one needs no Dask.
    """

    supports_retrieve_callback = True
    default_n_jobs = -1

    def __init__(self) -> None:
        super().__init__()
        self.client = SimpleNamespace(run=self.run)
        self.cloudpickle = importlib.import_module("cloudpickle")
        self.pool = ThreadPoolExecutor(2, thread_name_prefix="worker")
        self.done: list[str] = []
        self.answers: list[object] = []

    def run(self, function: Callable[[], None]) -> None:
        """Call the function on the workers, to whom it has to travel."""
        self.done.append("run")
        self.cloudpickle.loads(self.cloudpickle.dumps(function))()

    def effective_n_jobs(self, n_jobs: int) -> int:  # noqa: ARG002 (Dask decides by what it has)
        """Return the number of workers."""
        return 2

    def compute_batch_size(self) -> int:
        """Return how many quick calls joblib packs together, unless it is told otherwise."""
        return 3

    def submit(self, calls: Any, callback: Callable[[object], None]) -> Future[object]:
        """Send calls to a worker; of a call that is given up, only the future hears."""
        self.done.append(f"submit {len(calls.items)}")
        items = self.cloudpickle.dumps(calls.items)
        future: Future[object] = Future()

        def work() -> None:
            answer: object
            try:
                answer = [f(*args, **named) for f, args, named in self.cloudpickle.loads(items)]
            except GivenUpError as error:
                future.set_exception(error)
                return
            except Exception as error:
                answer = error
            self.answers.append(answer)
            future.set_result(answer)
            callback(answer)

        self.pool.submit(work)
        return future

    def retrieve_result_callback(self, out: object) -> object:
        """Return what a worker answered, or raise it."""
        if isinstance(out, BaseException):
            raise out
        return out


@pytest.fixture
def cluster() -> Iterator[DaskDistributedBackend]:
    """Let joblib send calls to a cluster that is none."""
    pytest.importorskip("joblib", minversion="1.6", reason="before, backends had no `submit`")
    backend = DaskDistributedBackend()
    with backend.pool, joblib.parallel_config(backend=backend):
        yield backend
    assert "submit" not in vars(backend), "the backend is left as it was"


def where(seed: int) -> tuple[int, str]:
    """Return the seed and the thread that it ran in."""
    return seed, threading.current_thread().name


def test_a_cluster_gets_one_seed_at_a_time(cluster: DaskDistributedBackend) -> None:
    """After a look whether the workers can read the function; results come back packed."""
    finished = run_over_seeds(where, [4, 2, 7, 1])
    assert [seed for seed, _ in finished.results] == [4, 2, 7, 1]
    assert all(thread.startswith("worker") for _, thread in finished.results)
    assert cluster.done == ["run"] + 4 * ["submit 1"]
    assert all(isinstance(packed, bytes) for [packed] in cluster.answers)


def test_a_cluster_gets_nothing_with_one_job(cluster: DaskDistributedBackend) -> None:
    """`n_jobs=1` stays in this process, whatever joblib was told."""
    here = threading.current_thread().name
    assert run_over_seeds(where, range(2), n_jobs=1).results == [(0, here), (1, here)]
    assert not cluster.done
    for n_jobs in (2, -1, None):
        assert here not in dict(run_over_seeds(where, range(2), n_jobs=n_jobs).results).values()


def test_a_cluster_of_one_core_is_not_worth_the_way(
    cluster: DaskDistributedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a single core joblib calls the function here; the results are the same."""
    monkeypatch.setattr(cluster, "effective_n_jobs", lambda _: 1)
    here = threading.current_thread().name
    assert run_over_seeds(where, [3, 1]).results == [(3, here), (1, here)]
    assert cluster.done == ["run"]


def test_one_job_stays_here_under_another_backend() -> None:
    """Threads that `joblib.parallel_config` asks for are not used for one job."""
    with joblib.parallel_config("threading", n_jobs=2):
        names = {thread for _, thread in run_over_seeds(where, range(3), n_jobs=1).results}
    assert names == {threading.current_thread().name}


def test_without_a_cluster_nothing_is_packed() -> None:
    """Other backends get the function itself, and give its results back."""
    for backend in ("sequential", None, LokyBackend()):
        with packed(backend, where) as (call, pack, unpack):
            assert call is where
            assert pack(where) is unpack(where) is where


def test_an_error_on_a_cluster_comes_out(cluster: DaskDistributedBackend) -> None:
    """The function's error is raised, and a later run is not disturbed."""

    def failing(seed: int) -> float:
        return 1 / (seed - 2)

    with pytest.raises(ZeroDivisionError):
        run_over_seeds(failing, range(5))
    assert "submit" not in vars(cluster)
    assert [seed for seed, _ in run_over_seeds(where, range(3)).results] == [0, 1, 2]


@pytest.mark.usefixtures("cluster")
def test_what_a_cluster_gives_up_is_an_error() -> None:
    """A failure that the backend tells nobody but the future ends the run."""

    def deadly(seed: int) -> int:
        if seed == 2:
            raise GivenUpError("its workers died")
        return seed

    with pytest.raises(GivenUpError, match="its workers died"):
        run_over_seeds(deadly, range(5))


def test_a_function_that_cannot_travel_is_not_sent(cluster: DaskDistributedBackend) -> None:
    """What can't be packed, or not be read by a worker, fails before the first seed."""
    lock = threading.Lock()
    with pytest.raises(TypeError, match="cannot pickle"):
        run_over_seeds(lambda _: lock.locked(), range(3))
    assert cluster.done == []
    with pytest.raises(ModuleNotFoundError, match="only_here"):
        run_over_seeds(Unreadable(), range(3))
    assert cluster.done == ["run"]


class Unreadable:
    """A function whose module is missing where it is read."""

    def __call__(self, seed: int) -> int:
        """Return the seed, where it can be read."""
        return seed

    def __reduce__(self) -> tuple[object, ...]:
        return importlib.import_module, ("only_here",)


def test_a_job_that_cannot_travel_is_an_error(cluster: DaskDistributedBackend) -> None:
    """Jobs are packed before the first is sent; one that a worker can't read fails as a call."""
    assert on_all_cores({"a": partial(where, 3), "b": partial(where, 5)})["b"][0] == 5
    assert cluster.done == ["run"] + 2 * ["submit 1"]
    cluster.done.clear()
    with pytest.raises(TypeError, match="cannot pickle"):
        on_all_cores({"fine": bool, "not": threading.Lock().locked})
    assert cluster.done == ["run"]
    with pytest.raises(ModuleNotFoundError, match="only_here"):
        on_all_cores({"fine": partial(where, 3), "not": partial(Unreadable(), 3)})


@pytest.mark.usefixtures("cluster")
def test_a_result_that_cannot_travel_is_an_error() -> None:
    """It is packed where it was made, so that the failure is one of the call."""
    with pytest.raises(TypeError, match="cannot pickle"):
        run_over_seeds(lambda _: threading.Lock(), range(3))
