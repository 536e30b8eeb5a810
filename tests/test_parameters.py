"""Tests of the parameters: one vector, its views, its copies, and what it starts from."""

import copy
import io
import itertools
import math
import pickle

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.parameters import (
    SCHEMES,
    Parameters,
    initial_parameters,
    stacked,
    unstacked,
)

SIZES = [2, 3, 4, 1]
N_WEIGHTS, N_PARAMETERS = 2 * 3 + 3 * 4 + 4 * 1, 22 + 3 + 4 + 1


def numbered(n_runs=None, dtype=np.float64):
    """Return parameters whose vector counts 0, 1, 2, ..."""
    parameters = Parameters(SIZES, n_runs, dtype)
    parameters.vector = np.arange(parameters.vector.size).reshape(parameters.vector.shape)
    return parameters


def assert_views(parameters):
    """Assert that the views share the vector's memory and cover it once, in order."""
    leading = parameters.vector.shape[:-1]
    views = [*parameters.weights, *parameters.biases]
    assert len(parameters.weights) == len(parameters.biases) == len(parameters.layer_sizes) - 1
    for view in views:
        assert np.shares_memory(view, parameters.vector)
        assert view.dtype == parameters.dtype == parameters.vector.dtype
    flat = np.concatenate([view.reshape(*leading, -1) for view in views], axis=-1)
    np.testing.assert_array_equal(flat, parameters.vector)
    before = parameters.vector.copy()
    for view in views:
        view += 1.0
    np.testing.assert_array_equal(parameters.vector, before + 1.0)
    parameters.vector -= 1.0
    np.testing.assert_array_equal(views[0].ravel()[0], before.ravel()[0])


def through_joblib(parameters):
    """Return what joblib writes to and reads from a file."""
    file = io.BytesIO()
    joblib.dump(parameters, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "copy": Parameters.copy,
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda parameters: pickle.loads(pickle.dumps(parameters)),
    "oldest pickle": lambda parameters: pickle.loads(pickle.dumps(parameters, protocol=0)),
    "joblib": through_joblib,
    "deepcopy inside a list": lambda parameters: copy.deepcopy([parameters])[0],
}


def test_weights_come_before_biases_layer_by_layer():
    """The vector holds W1, W2, W3 row by row, and then b1, b2, b3."""
    parameters = numbered()
    assert parameters.vector.shape == (N_PARAMETERS,)
    assert parameters.weights[0].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert parameters.weights[1].tolist() == np.arange(6, 18).reshape(3, 4).tolist()
    assert parameters.weights[2].tolist() == [[18], [19], [20], [21]]
    assert [b.tolist() for b in parameters.biases] == [[[22, 23, 24]], [[25, 26, 27, 28]], [[29]]]
    np.testing.assert_array_equal(parameters.weight_vector, np.arange(N_WEIGHTS))


def test_each_run_of_a_stack_is_laid_out_like_a_single_network():
    """Run r's views are the views of a single network over row r of the vector."""
    stack, single = numbered(n_runs=3), Parameters(SIZES)
    for r in range(3):
        single.vector = stack.vector[r]
        for mine, its in zip(stack.weights, single.weights, strict=True):
            np.testing.assert_array_equal(mine[r], its)
        for mine, its in zip(stack.biases, single.biases, strict=True):
            np.testing.assert_array_equal(mine[r], its)
        np.testing.assert_array_equal(stack.weight_vector[r], single.weight_vector)


@pytest.mark.parametrize("n_runs", [None, 1, 3])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_views_share_memory_after_every_way_of_writing(n_runs, dtype):
    """`+=`, `*=`, assignment of an array or a number, and numpy's out= never cut a view off."""
    parameters = numbered(n_runs, dtype)
    vector = parameters.vector
    assert_views(parameters)
    parameters.vector += 1.0
    parameters.vector *= 2.0
    parameters.vector = parameters.vector - 3.0
    assert_views(parameters)
    parameters.vector = np.ones_like(vector)
    np.subtract(parameters.vector, 0.5, out=parameters.vector)
    parameters.weights[1] -= 1.0
    parameters.biases[0][...] = 7.0
    before = parameters.weights[0].copy()
    parameters.weight_vector[...] *= 2.0
    np.testing.assert_array_equal(parameters.weights[0], 2.0 * before)
    assert before.any()
    assert np.shares_memory(parameters.weight_vector, vector)
    assert_views(parameters)
    parameters.vector = 0.0
    assert not parameters.weights[0].any()
    assert parameters.vector is vector
    assert parameters.vector.dtype == dtype


def test_a_single_vector_may_start_every_run():
    """Assigning one network's vector to a stack starts all its runs from there."""
    stack = Parameters(SIZES, n_runs=3)
    stack.vector = numbered().vector
    np.testing.assert_array_equal(stack.vector, np.tile(np.arange(N_PARAMETERS), (3, 1)))


@pytest.mark.parametrize("n_runs", [None, 3])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_has_equal_numbers_and_views_of_its_own(way, n_runs, dtype):
    """Each way of copying keeps sizes, runs, type and numbers, and shares no memory."""
    original = numbered(n_runs, dtype)
    twin = COPIES[way](original)
    assert twin.layer_sizes == original.layer_sizes
    assert (twin.n_runs, twin.dtype) == (n_runs, dtype)
    np.testing.assert_array_equal(twin.vector, original.vector)
    for mine in [twin.vector, *twin.weights, *twin.biases]:
        for its in [original.vector, *original.weights, *original.biases]:
            assert not np.shares_memory(mine, its)
    assert_views(twin)
    before = original.vector.copy()
    twin.vector += 1.0
    np.testing.assert_array_equal(original.vector, before)
    assert_views(original)


def test_deepcopy_of_two_names_for_one_object_stays_one_object():
    """Two names for the same parameters are two names for the same copy."""
    parameters = numbered()
    first, second = copy.deepcopy([parameters, parameters])
    assert first is second


@pytest.mark.parametrize("n_runs", [None, 3])
def test_like_is_zero_and_of_the_same_shape(n_runs):
    """`like` takes over sizes, runs and type, and none of the numbers."""
    original = numbered(n_runs, np.float32)
    fresh = original.like()
    assert fresh.vector.shape == original.vector.shape
    assert fresh.dtype == np.float32
    assert not fresh.vector.any()
    assert not np.shares_memory(fresh.vector, original.vector)


def test_run_is_a_copy_of_one_network():
    """`run` gives a single network, counts from the end too, and shares no memory."""
    stack = numbered(n_runs=3, dtype=np.float32)
    for index in (0, 2, -1, np.int64(1)):
        single = stack.run(index)
        assert single.n_runs is None
        assert single.dtype == np.float32
        np.testing.assert_array_equal(single.vector, stack.vector[index])
        assert not np.shares_memory(single.vector, stack.vector)
        assert_views(single)


def test_stacked_and_unstacked_are_inverse():
    """Single networks and stacks join in their order, and part again."""
    parts = [numbered(2), numbered(2), numbered(2)]
    parts[1].vector += 100.0
    stack = stacked(parts)
    assert stack.n_runs == 6
    assert_views(stack)
    for part, again in zip(parts, unstacked(stack, 3), strict=True):
        np.testing.assert_array_equal(part.vector, again.vector)
        assert not np.shares_memory(stack.vector, again.vector)
        assert_views(again)
    assert stacked([numbered(), numbered(2)]).n_runs == 3
    assert stacked([numbered(dtype=np.float32)]).dtype == np.float32


def test_repr_says_what_it_is():
    """The text names sizes, runs and type."""
    assert repr(Parameters(SIZES)) == "Parameters([2, 3, 4, 1], dtype=float64)"
    assert repr(numbered(3, np.float32)) == "Parameters([2, 3, 4, 1], n_runs=3, dtype=float32)"


@given(
    layer_sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    n_runs=st.none() | st.integers(1, 4),
    dtype=st.sampled_from([np.float64, np.float32]),
)
@settings(max_examples=50, deadline=None)
def test_every_shape_of_network_is_covered_by_its_views(layer_sizes, n_runs, dtype):
    """For any sizes the views cover the vector once, in order."""
    parameters = Parameters(layer_sizes, n_runs, dtype)
    parameters.vector = np.arange(parameters.vector.size).reshape(parameters.vector.shape)
    assert_views(parameters)
    leading = () if n_runs is None else (n_runs,)
    assert [W.shape for W in parameters.weights] == [
        (*leading, n_in, n_out) for n_in, n_out in itertools.pairwise(layer_sizes)
    ]
    assert [b.shape for b in parameters.biases] == [(*leading, 1, n) for n in layer_sizes[1:]]


EXPECTED_DEVIATION = {
    "normal": 1.0,
    "one_over_root_n": 1 / math.sqrt(300),
    "he": math.sqrt(2 / 300),
    "glorot": math.sqrt(2 / (300 + 200)),
}


def test_every_scheme_is_looked_at():
    """No scheme lacks an expected deviation in these tests."""
    assert EXPECTED_DEVIATION.keys() == SCHEMES.keys()


@pytest.mark.parametrize("scale", [1.0, 0.3])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_initial_weights_have_the_scheme_s_deviation(scheme, scale):
    """60 000 normal draws: mean, deviation and tails are within five standard errors."""
    parameters = initial_parameters(
        [300, 200, 5], np.random.default_rng(1), scheme, scale=scale, bias_scale=0.5
    )
    draws = parameters.weights[0].ravel() / (scale * EXPECTED_DEVIATION[scheme])
    n = draws.size
    assert abs(draws.mean()) < 5 / math.sqrt(n)
    assert abs(draws.std() - 1) < 5 / math.sqrt(2 * n)
    beyond_two = 0.0455
    assert abs((np.abs(draws) > 2).mean() - beyond_two) < 5 * math.sqrt(beyond_two / n)
    biases = parameters.biases[0] / 0.5
    assert abs(biases.mean()) < 5 / math.sqrt(200)
    assert abs(biases.std() - 1) < 5 / math.sqrt(400)


def test_the_deviation_goes_by_the_layer_s_own_sizes():
    """A later layer's scale comes from its own inputs and outputs."""
    sizes = [1000, 50, 400]
    for scheme, deviation in SCHEMES.items():
        W = initial_parameters(sizes, np.random.default_rng(2), scheme).weights[1]
        assert abs(W.std() / deviation(50, 400) - 1) < 5 / math.sqrt(2 * W.size)


def test_biases_start_at_zero_and_scale_zero_is_allowed():
    """By default biases are 0; with scale 0 the weights are, too."""
    parameters = initial_parameters(SIZES, np.random.default_rng(0))
    assert not any(b.any() for b in parameters.biases)
    assert all(W.all() for W in parameters.weights)
    assert not initial_parameters(SIZES, np.random.default_rng(0), scale=0).vector.any()


@pytest.mark.parametrize("bias_scale", [0.0, 0.7])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_stack_s_draws_equal_those_of_single_networks(scheme, dtype, bias_scale):
    """Run r starts exactly where the single network with the same generator starts."""
    options = {"scheme": scheme, "dtype": dtype, "bias_scale": bias_scale}
    stack = initial_parameters(SIZES, [np.random.default_rng(r) for r in range(4)], **options)
    assert stack.n_runs == 4
    assert stack.dtype == dtype
    for r in range(4):
        single = initial_parameters(SIZES, np.random.default_rng(r), **options)
        np.testing.assert_array_equal(stack.vector[r], single.vector)


def test_equal_seeds_draw_equal_weights_and_the_global_state_is_untouched():
    """The draws come from the generator that is passed in and from nowhere else."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - that it stays as it is
    first = initial_parameters(SIZES, np.random.default_rng(5))
    second = initial_parameters(SIZES, np.random.default_rng(5))
    third = initial_parameters(SIZES, np.random.default_rng(6))
    np.testing.assert_array_equal(first.vector, second.vector)
    assert (first.weight_vector != third.weight_vector).all()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_float32_draws_are_the_rounded_float64_draws():
    """The type changes the precision, not the stream of random numbers."""
    double = initial_parameters(SIZES, np.random.default_rng(0))
    single = initial_parameters(SIZES, np.random.default_rng(0), dtype="float32")
    np.testing.assert_array_equal(single.vector, double.vector.astype(np.float32))
