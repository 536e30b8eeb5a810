"""Tests of mini-batches: every row once, in a fresh order, with its own target."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import batches
from course_lib.batches import epoch_order, gather, minibatches
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.training import train


def tagged(n_samples, n_runs=None, run_data=False):
    """Return X and targets that tell which row, and which run's data, they came from."""
    rows = np.arange(float(n_samples))
    if run_data:
        rows = rows + 1000 * np.arange(n_runs)[:, np.newaxis]
    return np.stack([rows, -rows], axis=-1), 10 * rows[..., np.newaxis]


def generators(n_runs, seed=0):
    """Return one generator, or a list of them."""
    if n_runs is None:
        return np.random.default_rng(seed)
    return [np.random.default_rng([seed, r]) for r in range(n_runs)]


def rows_of(batch):
    """Return the row numbers that a batch's X holds."""
    return batch[0][..., 0]


@given(
    n_samples=st.integers(1, 40),
    batch_size=st.integers(1, 45),
    n_runs=st.none() | st.integers(1, 3),
    run_data=st.booleans(),
    shuffled=st.booleans(),
    numbers_per_gather=st.sampled_from([1, 7, 50, 2**20]),
)
@settings(max_examples=150, deadline=None)
def test_an_epoch_is_every_row_once(
    n_samples, batch_size, n_runs, run_data, shuffled, numbers_per_gather
):
    """For any sizes: ceil(n/B) batches, only the last short, every row once, paired with its y."""
    run_data = run_data and n_runs is not None
    X, targets = tagged(n_samples, n_runs, run_data)
    rng = generators(n_runs) if shuffled else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "NUMBERS_PER_GATHER", numbers_per_gather)
        epoch = list(minibatches(X, targets, batch_size, rng))
    assert len(epoch) == math.ceil(n_samples / batch_size)
    sizes = [batch[0].shape[-2] for batch in epoch]
    assert all(size == batch_size for size in sizes[:-1])
    assert sum(sizes) == n_samples
    for X_batch, target_batch in epoch:
        assert X_batch.shape[:-1] == target_batch.shape[:-1]
        np.testing.assert_array_equal(X_batch[..., 1], -X_batch[..., 0])
        np.testing.assert_array_equal(target_batch[..., 0], 10 * X_batch[..., 0])
    seen = np.concatenate([rows_of(batch) for batch in epoch], axis=-1)
    np.testing.assert_array_equal(np.sort(seen, axis=-1), np.broadcast_to(X[..., 0], seen.shape))
    if not shuffled:
        np.testing.assert_array_equal(seen, X[..., 0])


def test_without_a_generator_the_order_is_that_of_the_rows():
    """None keeps the order, the same in every epoch."""
    X, targets = tagged(10)
    for _ in range(2):
        epoch = list(minibatches(X, targets, 4, None))
        assert [rows_of(batch).tolist() for batch in epoch] == [
            [0, 1, 2, 3],
            [4, 5, 6, 7],
            [8, 9],
        ]


def test_a_last_short_batch_is_kept():
    """50 rows in batches of 8: seven batches, the last of 2."""
    epoch = list(minibatches(*tagged(50), 8, np.random.default_rng(0)))
    assert [len(X_batch) for X_batch, _ in epoch] == [8] * 6 + [2]


def test_a_short_batch_s_gradient_is_the_mean_over_its_own_rows():
    """The step of the short batch divides by its rows, not by batch_size."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(7, 3)), rng.normal(size=7)
    network = Network([3, 1], loss="squared_error")
    parameters = initial_parameters([3, 1], rng)
    W, b = parameters.weights[0].copy(), parameters.biases[0].copy()
    train(network, parameters, X, y, epochs=1, batch_size=5, learning_rate=0.1, rng=None)
    for rows in (slice(0, 5), slice(5, 7)):
        error = X[rows] @ W + b - y[rows, np.newaxis]
        W, b = W - 0.1 * X[rows].T @ error / len(error), b - 0.1 * error.mean()
    np.testing.assert_allclose(parameters.weights[0], W, rtol=1e-13)
    np.testing.assert_allclose(parameters.biases[0], b, rtol=1e-13)


@pytest.mark.parametrize("n_runs", [None, 3])
def test_each_epoch_has_a_fresh_order(n_runs):
    """One generator, three epochs: three orders."""
    X, targets = tagged(50)
    rng = generators(n_runs)
    orders = [
        np.concatenate([rows_of(batch) for batch in minibatches(X, targets, 8, rng)], axis=-1)
        for _ in range(3)
    ]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        different = (orders[first] != orders[second]).mean(axis=-1)
        assert (different > 0.5).all()
    assert (orders[0] != np.arange(50)).any()


def test_equal_seeds_give_equal_batches():
    """The generator alone decides about the order."""
    X, targets = tagged(30)
    first, second, other = (
        np.concatenate(
            [rows_of(b) for b in minibatches(X, targets, 4, np.random.default_rng(seed))]
        )
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize("run_data", [False, True])
def test_each_run_of_a_stack_has_the_order_of_its_own_generator(run_data):
    """Run r's batches are those of a single network with generator r."""
    X, targets = tagged(20, 3, run_data)
    stack = list(minibatches(X, targets, 6, generators(3)))
    assert (stack[0][0][0, :, 0] % 1000 != stack[0][0][1, :, 0] % 1000).any()
    for r in range(3):
        mine = (X[r], targets[r]) if run_data else (X, targets)
        single = minibatches(*mine, 6, generators(3)[r])
        for (X_stack, target_stack), (X_batch, target_batch) in zip(stack, single, strict=True):
            np.testing.assert_array_equal(X_stack[r], X_batch)
            np.testing.assert_array_equal(target_stack[r], target_batch)


def test_one_order_may_serve_a_stack_with_data_of_its_own():
    """A single generator puts the rows of all runs in the same order."""
    X, targets = tagged(20, 3, run_data=True)
    for X_batch, target_batch in minibatches(X, targets, 6, np.random.default_rng(0)):
        np.testing.assert_array_equal(X_batch[1, :, 0], X_batch[0, :, 0] + 1000)
        np.testing.assert_array_equal(target_batch[..., 0], 10 * X_batch[..., 0])


@pytest.mark.parametrize("numbers_per_gather", [1, 30, 77, 10**9])
@pytest.mark.parametrize("n_runs", [None, 3])
def test_gathering_in_chunks_changes_no_batch(monkeypatch, n_runs, numbers_per_gather):
    """However many rows are gathered at a time, the batches are the same."""
    X, targets = tagged(37, n_runs, run_data=n_runs is not None)
    expected = list(minibatches(X, targets, 5, generators(n_runs)))
    monkeypatch.setattr(batches, "NUMBERS_PER_GATHER", numbers_per_gather)
    chunked = list(minibatches(X, targets, 5, generators(n_runs)))
    for (X_1, target_1), (X_2, target_2) in zip(expected, chunked, strict=True):
        np.testing.assert_array_equal(X_1, X_2)
        np.testing.assert_array_equal(target_1, target_2)


@pytest.mark.parametrize("layout", ["one piece", "columns of a wider array", "one for all runs"])
@pytest.mark.parametrize("array_ndim", [2, 3])
@pytest.mark.parametrize("rows_ndim", [1, 2])
def test_rows_are_gathered_from_any_layout_in_memory(layout, array_ndim, rows_ndim):
    """What is gathered is each run's rows, whether or not the array lies in one piece."""
    rng = np.random.default_rng(0)
    array = rng.normal(size=(4, 9, 3)[3 - array_ndim :])
    if layout == "columns of a wider array":
        array = np.concatenate([array, array], axis=-1)[..., :3]
    elif layout == "one for all runs":
        array = np.broadcast_to(array[:1] if array_ndim == 3 else array, array.shape)
    rows = epoch_order(9, rng if rows_ndim == 1 else rng.spawn(4))[..., :5]
    found = gather(array, rows)
    runs = [array] * 4 if array_ndim == 2 else array
    orders = [rows] * 4 if rows_ndim == 1 else rows
    expected = np.stack([run[order] for run, order in zip(runs, orders, strict=True)])
    if array_ndim == 2 and rows_ndim == 1:
        expected = expected[0]
    np.testing.assert_array_equal(found, expected)


def test_no_more_than_the_limit_is_gathered_at_a_time(monkeypatch):
    """The data set is never copied whole: each gather stays below the limit, in whole batches."""
    sizes = []

    def spying(array, rows):
        sizes.append((array.shape[-1], rows.shape[-1]))
        return gather(array, rows)

    monkeypatch.setattr(batches, "gather", spying)
    monkeypatch.setattr(batches, "NUMBERS_PER_GATHER", 60)
    list(minibatches(*tagged(100), 10, np.random.default_rng(0)))
    of_X = [n_rows for width, n_rows in sizes if width == 2]
    assert of_X == [30, 30, 30, 10]
    sizes.clear()
    list(minibatches(*tagged(100), 10, generators(3)))  # three runs: three times the numbers
    assert [n_rows for width, n_rows in sizes if width == 2] == [10] * 10


@pytest.mark.parametrize("n_runs", [None, 2])
def test_the_caller_s_arrays_are_unchanged(n_runs):
    """Shuffled batches are copies: writing into them, or training, leaves X and y alone."""
    X, targets = tagged(12)
    X_before, targets_before = X.copy(), targets.copy()
    for X_batch, target_batch in minibatches(X, targets, 5, generators(n_runs)):
        X_batch += 1.0
        target_batch += 1.0
    y = np.arange(12) % 2
    parameters = Parameters([2, 1], n_runs)
    for rng in (generators(n_runs), None):
        options = {"epochs": 2, "batch_size": 5, "learning_rate": 0.01, "rng": rng}
        train(Network([2, 1]), parameters, X, y, **options)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(targets, targets_before)
    np.testing.assert_array_equal(y, np.arange(12) % 2)


def test_orders_are_uniform():
    """Over 6000 epochs of 3 rows each of the six orders comes about 1000 times."""
    rng = np.random.default_rng(0)
    orders = [tuple(epoch_order(3, rng).tolist()) for _ in range(6000)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert max(abs(count - 1000) for count in counts) < 5 * math.sqrt(1000 * 5 / 6)


def test_the_order_of_a_stack_has_one_row_for_each_run():
    """Run r's order is drawn by generator r."""
    order = epoch_order(9, generators(4))
    assert order.shape == (4, 9)
    for r in range(4):
        np.testing.assert_array_equal(order[r], epoch_order(9, generators(4)[r]))
