"""Tests of the data that is drawn or embedded: toy points, the regression, the digits."""

import hashlib
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import datasets
from course_lib.datasets import (
    digits,
    hard_points,
    small_points,
    weight_decay_regression,
)
from course_lib.datasets.spirals import flip_labels, spirals


def checksum(X, y):
    """Return a hash of the points to ten decimals, and of their labels, the same everywhere."""
    numbers = np.rint(X * 1e10).astype("<i8")  # whole numbers have no -0
    return hashlib.sha256(numbers.tobytes() + y.astype("<i8").tobytes()).hexdigest()


POINTS = {"hard": hard_points, "small": small_points}

FIRST = {  # first row, first ten labels, rows, checksum
    "hard": (
        [-0.3585415502, 0.0002963142],
        [0, 0, 1, 1, 1, 0, 0, 1, 0, 1],
        1000,
        "a278fcaa0273fd4cba5404b45e5536ffbcd72204e577c63be49d8601e047c70d",
    ),
    "small": (
        [-0.1955566268, 0.8885468510],
        [1, 0, 0, 0, 1, 1, 1, 1, 1, 0],
        100,
        "d4aebe85e7589e3dd0b4627fa6f6506d70a07687643fb09d2a5539e39d9b5fb9",
    ),
}


@pytest.mark.parametrize("name", POINTS)
def test_toy_points_are_the_sources_own(name):
    """The training points of E1 and E7 are the published ones, to ten decimals, in their order."""
    points = POINTS[name]()
    row, labels, n_rows, digest = FIRST[name]
    assert points.X.shape == (n_rows, 2)
    assert points.X.dtype == np.float64
    assert points.y.shape == (n_rows,)
    assert points.y.dtype == np.int64
    np.testing.assert_allclose(points.X[0], row, rtol=0, atol=5e-11)
    assert points.y[:10].tolist() == labels
    assert points.y.sum() == n_rows // 2
    assert checksum(points.X, points.y) == digest


@pytest.mark.parametrize("name", POINTS)
def test_a_second_call_gives_the_same_points_in_new_arrays(name):
    """A student who spoils one copy in place does not spoil the next."""
    first = POINTS[name]()
    first.X[:] = 0
    first.y[:] = 7
    assert checksum(POINTS[name]().X, POINTS[name]().y) == FIRST[name][3]


@pytest.mark.parametrize("name", POINTS)
def test_toy_points_leave_the_global_random_state_alone(name):
    """The fixed seeds of the sources are nobody else's."""
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    POINTS[name]()
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("scale_by", "spread_of"),
    [
        ("variance", np.var),
        ("standard deviation", np.std),
        ("nothing", lambda raw, axis: np.ones_like(raw.sum(axis))),
    ],
)
def test_hard_points_are_divided_by_what_was_asked_for(scale_by, spread_of):
    """All three scales are of the same raw points, centred on their mean."""
    points = hard_points(scale_by)
    raw = points.X * points.spread + points.centre
    published = hard_points()
    np.testing.assert_allclose(raw, published.X * published.spread + published.centre, atol=1e-12)
    np.testing.assert_allclose(points.X.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(points.spread, spread_of(raw, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(points.y, published.y)


def test_small_points_fill_the_square():
    """Minimum and maximum of each feature are -1 and 1."""
    X = small_points().X
    np.testing.assert_allclose(X.min(axis=0), -1, rtol=1e-14)
    np.testing.assert_allclose(X.max(axis=0), 1, rtol=1e-14)


@pytest.mark.parametrize("name", POINTS)
def test_fresh_points_have_the_clouds_means_and_deviations(name):
    """In the mixture's own units, each class-1 cloud and class 0 has the figures it should."""
    points = POINTS[name]()
    n_samples = 40_000
    X, y = points.fresh(n_samples, np.random.default_rng(2))
    raw = X * points.spread + points.centre
    assert (y == 0).sum() == n_samples / 2
    upper_mean = {"hard": (0, 4), "small": (1, 2)}[name]
    lower_mean = {"hard": (0, -4), "small": (0, -2)}[name]
    np.testing.assert_allclose(raw[y == 0].mean(axis=0), (0, 0), atol=0.06)
    np.testing.assert_allclose(raw[y == 0].std(axis=0), (2, 0.5), rtol=0.03)
    # Both clouds in equal parts: the mean of class 1 lies half-way, its variance is that of one
    # cloud plus that of the two centres.
    both = np.array([upper_mean, lower_mean])
    np.testing.assert_allclose(raw[y == 1].mean(axis=0), both.mean(axis=0), atol=0.06)
    expected_variance = np.square([0.5, 1]) + both.var(axis=0)
    np.testing.assert_allclose(raw[y == 1].var(axis=0), expected_variance, rtol=0.04)
    # Far above and far below the middle there is only one cloud.
    far_up = raw[(y == 1) & (raw[:, 1] > upper_mean[1])]
    np.testing.assert_allclose(far_up[:, 0].mean(), upper_mean[0], atol=0.06)
    assert abs(len(far_up) - n_samples / 8) < 0.02 * n_samples


@pytest.mark.parametrize("name", POINTS)
def test_fresh_points_are_scaled_with_the_training_figures(name):
    """The same raw draws come out, whatever else was drawn with them: no figure is their own."""
    points = POINTS[name]()
    X, _ = points.fresh(8, np.random.default_rng(3))
    rng = np.random.default_rng(3)
    raw = np.concatenate(
        [
            rng.normal(cloud.mean, cloud.standard_deviation, (int(8 * cloud.share), 2))
            for cloud in points.clouds
        ]
    )[rng.permutation(8)]
    np.testing.assert_allclose(X, (raw - points.centre) / points.spread, rtol=1e-12)
    np.testing.assert_allclose(points.scale(raw), X, rtol=1e-12)


def test_fresh_points_may_leave_the_training_square():
    """Scaled by their own minimum and maximum, none of 10 000 points could."""
    X, _ = small_points().fresh(10_000, np.random.default_rng(0))
    assert np.abs(X).max() > 1.2


def test_fresh_points_come_from_the_generator_that_is_passed():
    """One seed, one draw; the generator moves on; another seed draws other points."""
    points = hard_points()
    rng = np.random.default_rng(11)
    first, second = points.fresh(40, rng)[0], points.fresh(40, rng)[0]
    np.testing.assert_array_equal(first, points.fresh(40, np.random.default_rng(11))[0])
    assert not np.allclose(first, second)
    assert not np.allclose(first, points.fresh(40, np.random.default_rng(12))[0])


@settings(max_examples=25, deadline=None)
@given(quarter=st.integers(1, 300), seed=st.integers(0, 2**32))
def test_fresh_points_are_balanced_for_every_number_of_points(quarter, seed):
    """Half of the points are class 0, and a quarter lies in each cloud of class 1."""
    hard = hard_points("nothing")
    # Clouds so narrow that each point shows which one it is from.
    narrow = tuple(replace(cloud, standard_deviation=(0.01, 0.01)) for cloud in hard.clouds)
    X, y = replace(hard, clouds=narrow).fresh(4 * quarter, np.random.default_rng(seed))
    assert X.shape == (4 * quarter, 2)
    assert (y == 0).sum() == (np.abs(X[:, 1]) < 1).sum() == 2 * quarter
    assert ((y == 1) & (X[:, 1] > 3)).sum() == quarter
    assert ((y == 1) & (X[:, 1] < -3)).sum() == quarter


def test_fresh_points_are_mixed():
    """A batch of fresh points holds both classes, as one of training points does."""
    _, y = hard_points().fresh(1000, np.random.default_rng(0))
    assert 60 < y[:200].sum() < 140


RNG = np.random.default_rng(0)

BAD_CALLS = [
    (lambda: hard_points("sd"), "scale_by .* 'variance'.* got 'sd'"),
    (lambda: hard_points().fresh(0, RNG), "n_samples .* got 0"),
    (lambda: hard_points().fresh(-4, RNG), "n_samples .* got -4"),
    (lambda: hard_points().fresh(6, RNG), "n_samples .* multiple of 4, got 6"),
    (lambda: hard_points().fresh(8.0, RNG), r"n_samples .* got 8\.0"),
    (lambda: hard_points().fresh(8, 0), "rng .*Generator, .* got 0$"),
    (lambda: hard_points().scale([1.0, 2.0]), r"raw .*\(n_samples, 2\), got shape \(2,\)"),
    (lambda: hard_points().scale([[1.0, 2.0, 3.0]]), r"raw .* got shape \(1, 3\)"),
    (lambda: weight_decay_regression(None), "rng .* got None"),
    (lambda: weight_decay_regression(RNG, n_train=0), "n_train .* at least 1, got 0"),
    (lambda: weight_decay_regression(RNG, n_test=2.5), r"n_test .* got 2\.5"),
    (lambda: weight_decay_regression(RNG, n_features=True), "n_features .* got True"),
    (
        lambda: weight_decay_regression(RNG, noise=-1),
        r"noise must be a number in \[0, inf\), got -1",
    ),
    (lambda: weight_decay_regression(RNG, noise=np.nan), "noise .* got nan"),
    (lambda: weight_decay_regression(RNG, noise="a"), "noise .* got 'a'"),
    (lambda: weight_decay_regression(RNG, noise=None), "noise .* got None"),
    (lambda: weight_decay_regression(RNG, noise=True), "noise .* got True"),
    (lambda: weight_decay_regression(RNG, noise=np.complex128(1)), "noise .* got "),
    (lambda: weight_decay_regression(RNG, noise=np.ones(2)), r"noise .* got array\("),
    (lambda: digits(7), "rng .* got 7"),
    (lambda: digits(RNG, validation=0), r"validation .* from 0\.01 to 0\.98, got 0"),
    (lambda: digits(RNG, test=1), "test .* got 1"),
    (lambda: digits(RNG, test=np.nan), "test .* got nan"),
    (lambda: digits(RNG, validation="0.2"), r"validation .* from 0\.01 to 0\.98, got '0\.2'"),
    (lambda: digits(RNG, validation=None), "validation .* got None"),
    (lambda: digits(RNG, test=np.array([0.1, 0.2])), r"test .* got array\("),
    (lambda: digits(RNG, validation=0.5, test=0.5), r"validation \+ test .* got 0\.5 \+ 0\.5"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_a_bad_argument_is_named_with_its_value_and_range(call, message):
    """A `ValueError` says the parameter, what it got and what it takes."""
    with pytest.raises(ValueError, match=message):
        call()


def test_the_regression_is_what_the_source_states():
    """Twenty and a hundred rows of 200 features N(0, 1); y is linear in them, plus noise."""
    problem = weight_decay_regression(np.random.default_rng(4))
    assert problem.X_train.shape == (20, 200)
    assert problem.X_test.shape == (100, 200)
    assert problem.y_train.shape == (20,)
    assert problem.y_test.shape == (100,)
    np.testing.assert_array_equal(problem.true_weights, np.full(200, 0.01))
    assert problem.true_bias == 0.05
    X = np.concatenate([problem.X_train, problem.X_test])
    y = np.concatenate([problem.y_train, problem.y_test])
    noise = y - X @ problem.true_weights - problem.true_bias
    assert abs(X.mean()) < 0.03
    assert abs(X.std() - 1) < 0.03
    assert abs(noise.std() - 0.01) < 0.003


def test_the_regression_without_noise_is_exact_and_sizes_are_honoured():
    """With `noise=0` the true weights explain every row."""
    problem = weight_decay_regression(np.random.default_rng(4), 3, 5, 7, noise=0)
    assert (problem.X_train.shape, problem.X_test.shape) == ((3, 7), (5, 7))
    exact = problem.X_test @ problem.true_weights + problem.true_bias
    np.testing.assert_allclose(problem.y_test, exact, rtol=1e-14)


@pytest.mark.parametrize("noise", [1, np.float32(1.0), np.int64(1)])
def test_the_noise_is_a_number_of_any_kind(noise):
    """Whole numbers, and NumPy's, draw what a float draws."""
    given, plain = (
        weight_decay_regression(np.random.default_rng(1), noise=n) for n in (noise, 1.0)
    )
    np.testing.assert_array_equal(given.y_train, plain.y_train)


def test_the_regression_repeats_with_its_seed():
    """The same seed draws the same problem, another seed another one."""
    first, again, other = (weight_decay_regression(np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.X_train, again.X_train)
    np.testing.assert_array_equal(first.y_test, again.y_test)
    assert not np.allclose(first.X_train, other.X_train)


def rows_of(split):
    """Return all rows of a split, each as bytes with its label, part by part."""
    parts = [
        (split.X_train, split.y_train),
        (split.X_validation, split.y_validation),
        (split.X_test, split.y_test),
    ]
    return [
        [(row.tobytes(), label) for row, label in zip(X, y.tolist(), strict=True)] for X, y in parts
    ]


def test_the_digits_are_all_there_once():
    """The three parts share no row and together are scikit-learn's digits divided by 16."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    whole = sorted((row.tobytes(), label) for row, label in zip(X / 16, y.tolist(), strict=True))
    train, validation, test = rows_of(digits(np.random.default_rng(0)))
    # The 1797 digits are all different, so that equal rows would be a row in two parts.
    assert len(set(whole)) == 1797
    assert sorted(train + validation + test) == whole


def test_the_digits_are_scaled_to_one():
    """Grey values 0-16 become 0-1; types are those of the toy data."""
    split = digits(np.random.default_rng(0))
    assert (split.X_train.min(), split.X_train.max()) == (0, 1)
    assert split.X_train.dtype == np.float64
    assert split.y_train.dtype == np.int64


@settings(max_examples=15, deadline=None)
@given(validation=st.floats(0.01, 0.49), test=st.floats(0.01, 0.49), seed=st.integers(0, 2**32))
def test_every_part_of_the_digits_is_stratified(validation, test, seed):
    """Each digit has its share in each part, to half a row of it, and is never absent."""
    split = digits(np.random.default_rng(seed), validation, test)
    counts = [
        np.bincount(y, minlength=10) for y in (split.y_train, split.y_validation, split.y_test)
    ]
    whole = np.sum(counts, axis=0)
    assert whole.sum() == 1797
    assert min(count.min() for count in counts) >= 1
    assert np.abs(counts[1] - validation * whole).max() < 0.5 + 1e-9
    assert np.abs(counts[2] - test * whole).max() < 0.5 + 1e-9


def test_the_digits_split_repeats_with_its_seed():
    """The same seed makes the same parts in the same order, another seed other ones."""
    first, again, other = (digits(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert rows_of(first) == rows_of(again)
    assert set(rows_of(first)[2]) != set(rows_of(other)[2])


def test_shares_of_the_digits_are_floats_of_any_kind():
    """NumPy's are fine: a loop over an array of shares brings them."""
    plain = digits(np.random.default_rng(1), 0.25, 0.5)
    given = digits(np.random.default_rng(1), np.float32(0.25), np.float64(0.5))
    assert rows_of(plain) == rows_of(given)


def test_the_digits_are_mixed():
    """No part stands class by class, or a mini-batch would hold one digit."""
    split = digits(np.random.default_rng(0))
    for y in (split.y_train, split.y_validation, split.y_test):
        assert len(np.unique(y[:50])) >= 8


def test_without_noise_the_spirals_are_their_formula():
    """The angle grows with the distance from the centre, and the arms are half a turn apart."""
    X, y = spirals(1000, np.random.default_rng(3), turns=1.5, noise=0)
    radius = np.hypot(*X.T)
    assert radius.max() < 1
    assert y.tolist() == [0, 1] * 500
    angle = 3 * np.pi * radius + np.pi * y
    np.testing.assert_allclose(X, radius[:, np.newaxis] * np.c_[np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(radius, np.random.default_rng(3).random(1000))


def test_the_noise_of_the_spirals_has_its_size():
    """It is added to the same points."""
    plain = spirals(10_000, np.random.default_rng(4), noise=0)[0]
    noise = spirals(10_000, np.random.default_rng(4), noise=0.2)[0] - plain
    np.testing.assert_allclose(noise.std(axis=0), 0.2, rtol=0.03)
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.01)


@pytest.mark.parametrize(
    ("share", "wrong"), [(0, 0), (0.1, 5), (0.05, 3), (0.04, 2), (0.999, 50), (1, 50)]
)
def test_so_many_labels_are_flipped(share, wrong):
    """A half is rounded upwards; the labels handed in stay as they are."""
    y = np.arange(50) % 2
    flipped = flip_labels(y, share, np.random.default_rng(5))
    assert (flipped != y).sum() == wrong
    assert set(flipped.tolist()) <= {0, 1}
    assert y.tolist() == [0, 1] * 25


def test_more_flips_hold_the_fewer():
    """One seed turns the same labels round first, so that runs with several shares compare."""
    y = np.zeros(100, dtype=int)
    few, many = (flip_labels(y, share, np.random.default_rng(6)) for share in (0.1, 0.3))
    assert (many >= few).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: spirals(1, rng), "n_samples must be a whole number of at least 2, got 1"),
        (lambda _rng: spirals(10, 7), "rng must be a numpy Generator"),
        (lambda rng: spirals(10, rng, turns=0), "turns must be a number in (0, inf), got 0"),
        (lambda rng: spirals(10, rng, noise=-1), "noise must be a number in [0, inf), got -1"),
        (lambda rng: flip_labels([0, 1], 0.5, rng), "y must be a numpy array, got list"),
        (lambda rng: flip_labels(np.array([0, 2]), 0.5, rng), "y must hold labels 0 and 1"),
        (lambda rng: flip_labels(np.eye(2), 0.5, rng), "y must hold labels 0 and 1"),
        (lambda rng: flip_labels(np.array([0, 1]), 1.5, rng), "share must be a number in [0, 1]"),
        (lambda rng: flip_labels(np.array([0, 1]), -1, rng), "share must be a number in [0, 1]"),
        (lambda _rng: flip_labels(np.array([0, 1]), 0.5, None), "rng must be a numpy Generator"),
    ],
)
def test_what_spirals_and_flips_refuse(call, message):
    """The message names the parameter, its range and its value."""
    with pytest.raises(ValueError, match=re.escape(message)):
        call(np.random.default_rng(0))


def test_importing_the_data_is_cheap():
    """scikit-learn, pooch and requests are only imported by those who need them."""
    code = (
        "import sys, course_lib.datasets;"
        "print([name for name in ('sklearn', 'pooch', 'requests') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_public_name_exists():
    """`__all__` promises nothing that is not there, and is sorted."""
    assert all(hasattr(datasets, name) for name in datasets.__all__)
    assert list(datasets.__all__) == sorted(datasets.__all__)
