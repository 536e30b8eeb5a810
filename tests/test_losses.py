"""Tests of the losses: closed values, saturation, references, and properties of cost and delta."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import expit, log_expit
from scipy.special import softmax as scipy_softmax
from sklearn.metrics import log_loss, mean_squared_error

from course_lib.losses import LOSSES, sigmoid, softmax

CROSS_ENTROPIES = ["sigmoid_cross_entropy", "softmax_cross_entropy"]


def one_hot_targets(rng, *shape):
    """Return random one-hot rows of the given shape."""
    return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]


def finite(low, high, shape):
    """Draw float64 arrays with entries in [low, high]."""
    return hnp.arrays(np.float64, shape, elements=st.floats(low, high))


SHAPES = hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=4)


def test_sigmoid_agrees_with_scipy_and_never_overflows():
    """Within rounding of 1, from -1000 to 1000, with the exact ends 0 and 1."""
    z = np.concatenate([np.linspace(-1000, 1000, 4001), [0.0]])
    np.testing.assert_allclose(sigmoid(z), expit(z), rtol=0, atol=4e-16)
    assert sigmoid(np.array([-800.0, 0.0, 800.0])).tolist() == [0.0, 0.5, 1.0]


def test_sigmoid_and_softmax_leave_their_input_alone():
    """Both return new arrays; the weighted sums are needed again."""
    z = np.array([[1.0, -2.0], [0.5, 3.0]])
    before = z.copy()
    sigmoid(z)
    softmax(z)
    for loss in LOSSES.values():
        targets = np.eye(2)
        for method in (loss.cost, loss.delta):
            method(z, targets)
            np.testing.assert_array_equal(targets, np.eye(2))
        assert loss.delta(z, targets) is not z
    np.testing.assert_array_equal(z, before)


@given(z=finite(-700, 700, SHAPES), shift=st.floats(-1000, 1000))
@settings(max_examples=100, deadline=None)
def test_softmax_sums_to_one_and_ignores_a_shift(z, shift):
    """Rows are probabilities; adding the same number to all logits changes nothing."""
    p = softmax(z)
    np.testing.assert_allclose(p.sum(axis=-1), 1.0, rtol=0, atol=1e-14)
    assert (p >= 0).all()
    np.testing.assert_allclose(softmax(z + shift), p, rtol=0, atol=1e-12)
    np.testing.assert_allclose(p, scipy_softmax(z, axis=-1), rtol=0, atol=1e-14)


@given(z=finite(-700, 700, (3, 4)), shift=st.floats(-1000, 1000))
@settings(max_examples=50, deadline=None)
def test_softmax_cost_ignores_a_shift(z, shift):
    """The cost is one of differences between logits."""
    loss, targets = LOSSES["softmax_cross_entropy"], np.eye(4)[:3]
    np.testing.assert_allclose(
        loss.cost(z + shift, targets), loss.cost(z, targets), rtol=1e-12, atol=1e-12
    )


@given(z=st.floats(-50, 50))
@settings(max_examples=100, deadline=None)
def test_two_softmax_outputs_are_one_sigmoid(z):
    """Logits (0, z) say of class 1 what one sigmoid output with logit z says."""
    p = softmax(np.array([[0.0, z]]))[0, 1]
    np.testing.assert_allclose(p, sigmoid(np.array([z]))[0], rtol=0, atol=1e-15)
    for label in (0.0, 1.0):
        two = LOSSES["softmax_cross_entropy"].cost(
            np.array([[0.0, z]]), np.array([[1.0 - label, label]])
        )
        one = LOSSES["sigmoid_cross_entropy"].cost(np.array([[z]]), np.array([[label]]))
        np.testing.assert_allclose(two, one, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", LOSSES)
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_cost_is_never_negative_and_always_finite(name, data):
    """Even for logits of size 800, for targets 0 and 1, delta is finite, too."""
    z = data.draw(finite(-800, 800, SHAPES))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    targets = one_hot_targets(rng, *z.shape)
    cost, delta = LOSSES[name].cost(z, targets), LOSSES[name].delta(z, targets)
    assert cost.shape == z.shape[:-2]
    assert delta.shape == z.shape
    assert np.isfinite(cost).all()
    assert np.isfinite(delta).all()
    assert (cost >= 0).all()


@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "softmax_cross_entropy"])
@pytest.mark.parametrize("z", [-800.0, 800.0])
def test_saturated_logits_have_exact_costs_and_deltas(name, z):
    """At z = ±800 the cost is 0 or 800, and delta 0, 1 or -1: no nan, no inf, no clipping."""
    loss = LOSSES[name]
    logits = np.array([[z]]) if name.startswith("sigmoid") else np.array([[0.0, z]])
    for label in (0, 1):
        targets = np.array([[float(label)]])
        if name.startswith("softmax"):
            targets = np.eye(2)[[label]]
        right = (z > 0) == (label == 1)
        assert float(loss.cost(logits, targets)) == (0.0 if right else 800.0)
        assert loss.delta(logits, targets)[0, -1] == (0.0 if right else np.sign(z))


def test_a_sure_and_wrong_answer_is_told_so():
    """At z = 40 and y = 0 the cost is 40 and the gradient 1; the quadratic cost has none left."""
    z, y = np.array([[40.0]]), np.array([[0.0]])
    assert float(LOSSES["sigmoid_cross_entropy"].cost(z, y)) == 40.0
    assert float(LOSSES["sigmoid_cross_entropy"].delta(z, y)[0, 0]) == 1.0
    assert float(LOSSES["sigmoid_quadratic"].cost(z, y)) == 0.5
    assert abs(LOSSES["sigmoid_quadratic"].delta(z, y)[0, 0]) < 1e-15
    assert float(LOSSES["sigmoid_cross_entropy"].cost(np.array([[20.0]]), y)) > 20.0


def test_closed_values():
    """Costs that can be worked out on paper."""
    zero, one = np.array([[0.0]]), np.array([[1.0]])
    assert math.isclose(LOSSES["sigmoid_cross_entropy"].cost(zero, one), math.log(2))
    assert math.isclose(LOSSES["sigmoid_cross_entropy"].cost(zero, zero), math.log(2))
    assert float(LOSSES["sigmoid_cross_entropy"].delta(zero, one)[0, 0]) == -0.5
    assert float(LOSSES["sigmoid_quadratic"].cost(zero, one)) == 0.125
    assert float(LOSSES["sigmoid_quadratic"].delta(zero, one)[0, 0]) == -0.125
    thirds = np.log([[1.0, 2.0, 3.0]])
    target = np.array([[0.0, 0.0, 1.0]])
    assert math.isclose(LOSSES["softmax_cross_entropy"].cost(thirds, target), math.log(2))
    np.testing.assert_allclose(
        LOSSES["softmax_cross_entropy"].delta(thirds, target), [[1 / 6, 1 / 3, -1 / 2]]
    )
    np.testing.assert_allclose(softmax(thirds), [[1 / 6, 1 / 3, 1 / 2]])
    assert float(LOSSES["squared_error"].cost(np.array([[3.0, 5.0]]), np.array([[1.0, 4.0]]))) == (
        0.5 * (4 + 1)
    )
    assert LOSSES["squared_error"].delta(np.array([[3.0]]), one).tolist() == [[2.0]]


def test_costs_agree_with_scikit_learn_and_scipy():
    """log_loss for the cross-entropies, half the summed mean squares for the quadratic ones."""
    rng = np.random.default_rng(0)
    z = 3 * rng.normal(size=(50, 4))
    hot = one_hot_targets(rng, 50, 4)
    labels = hot.argmax(axis=1)
    np.testing.assert_allclose(
        LOSSES["softmax_cross_entropy"].cost(z, hot), log_loss(labels, softmax(z)), rtol=1e-12
    )
    yes = (rng.random((50, 1)) < 0.5).astype(float)
    np.testing.assert_allclose(
        LOSSES["sigmoid_cross_entropy"].cost(z[:, :1], yes),
        log_loss(yes[:, 0], sigmoid(z[:, 0])),
        rtol=1e-12,
    )
    several = -(hot * log_expit(z) + (1 - hot) * log_expit(-z)).sum(axis=1).mean()
    np.testing.assert_allclose(LOSSES["sigmoid_cross_entropy"].cost(z, hot), several, rtol=1e-12)
    for name, output in (("sigmoid_quadratic", expit(z)), ("squared_error", z)):
        expected = 0.5 * 4 * mean_squared_error(hot, output)
        np.testing.assert_allclose(LOSSES[name].cost(z, hot), expected, rtol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_cost_is_a_sum_over_outputs_and_a_mean_over_samples(name):
    """Every row twice: the same cost. A mean of the rows' own costs: the same cost."""
    rng = np.random.default_rng(1)
    loss, z, targets = LOSSES[name], rng.normal(size=(6, 3)), one_hot_targets(rng, 6, 3)
    cost = loss.cost(z, targets)
    np.testing.assert_allclose(loss.cost(np.repeat(z, 2, 0), np.repeat(targets, 2, 0)), cost)
    rows = [loss.cost(z[i : i + 1], targets[i : i + 1]) for i in range(6)]
    np.testing.assert_allclose(np.mean(rows), cost)
    if name != "softmax_cross_entropy":
        columns = [loss.cost(z[:, k : k + 1], targets[:, k : k + 1]) for k in range(3)]
        np.testing.assert_allclose(np.sum(columns), cost)


@pytest.mark.parametrize("name", LOSSES)
def test_delta_is_each_sample_s_slope(name):
    """Central differences of a row's own cost, by each of its logits."""
    rng = np.random.default_rng(2)
    loss, z, targets = LOSSES[name], rng.normal(size=(4, 3)), one_hot_targets(rng, 4, 3)
    delta, h = loss.delta(z, targets), 1e-6
    for i, k in np.ndindex(4, 3):
        move = np.zeros((1, 3))
        move[0, k] = h
        row, target = z[i : i + 1], targets[i : i + 1]
        slope = (loss.cost(row + move, target) - loss.cost(row - move, target)) / (2 * h)
        np.testing.assert_allclose(delta[i, k], slope, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_stack_s_costs_are_those_of_its_runs_in_the_same_type(name, dtype):
    """A leading axis is only another loop; targets may be shared; float32 stays float32."""
    rng = np.random.default_rng(3)
    loss = LOSSES[name]
    z = rng.normal(size=(5, 6, 3)).astype(dtype)
    targets = one_hot_targets(rng, 6, 3).astype(dtype)
    cost, delta, prediction = loss.cost(z, targets), loss.delta(z, targets), loss.prediction(z)
    assert cost.dtype == delta.dtype == prediction.dtype == dtype
    for r in range(5):
        np.testing.assert_allclose(cost[r], loss.cost(z[r], targets), rtol=1e-6)
        np.testing.assert_array_equal(delta[r], loss.delta(z[r], targets))
        np.testing.assert_array_equal(prediction[r], loss.prediction(z[r]))


def test_predictions_are_probabilities_or_numbers():
    """Sigmoid, softmax, or the weighted sums themselves."""
    z = np.random.default_rng(4).normal(size=(5, 3))
    np.testing.assert_allclose(LOSSES["sigmoid_cross_entropy"].prediction(z), expit(z))
    np.testing.assert_allclose(LOSSES["sigmoid_quadratic"].prediction(z), expit(z))
    np.testing.assert_allclose(
        LOSSES["softmax_cross_entropy"].prediction(z), scipy_softmax(z, axis=1)
    )
    np.testing.assert_array_equal(LOSSES["squared_error"].prediction(z), z)


@pytest.mark.parametrize("name", CROSS_ENTROPIES)
def test_matching_pairs_have_the_delta_prediction_minus_target(name):
    """No derivative of the sigmoid is left over in delta."""
    rng = np.random.default_rng(5)
    z, targets = rng.normal(size=(5, 3)), one_hot_targets(rng, 5, 3)
    loss = LOSSES[name]
    np.testing.assert_array_equal(loss.delta(z, targets), loss.prediction(z) - targets)
