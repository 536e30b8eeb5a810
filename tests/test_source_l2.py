"""Tests that source 004's L2 experiments, E7, E8 and the costs of E10, come out as published."""

import numpy as np
import pytest

from course_lib.datasets import small_points
from course_lib.momentum import Momentum
from course_lib.network import Network
from course_lib.penalties import L2
from course_lib.schedules import exponential_decay
from course_lib.sources import source_cost, source_initial_parameters, train_as_source
from course_lib.training import train

SIZES = [2, 64, 128, 1]
# order, λ: cost without the penalty, accuracy on the training points, penalty, Σw²
pytestmark = pytest.mark.stored
FIGURES = {
    ("source", 0.0): (0.0685529113, 0.97, 0.0, 2256.074931),
    ("source", 0.003): (0.1499803498, 0.91, 0.1128736867, 75.24912445),
    ("right", 0.0): (0.0663440781, 0.97, 0.0, 2266.829033),
    ("right", 0.003): (0.1511499558, 0.91, 0.1130944331, 75.39628876),
    ("right", 0.01): (0.2206136355, 0.92, 0.1273494328, 25.46988655),
}


def run(order, l2, epochs=2000, parameters=None):
    """Return the parameters and the last evaluation of E7 (λ = 0) or E8."""
    points = small_points()
    if parameters is None:
        parameters = source_initial_parameters(SIZES, seed=1234)
    history = train_as_source(
        parameters, points.X, points.y, epochs=epochs, batch_size=16, learning_rate=0.1, beta=0.9,
        decay=0.0005, l2=l2, order=order, evaluate_every=epochs,
    )  # fmt: skip
    return parameters, history


@pytest.fixture(scope="module")
def e7():
    """E7 as the source runs it."""
    return run("source", 0.0)


@pytest.mark.parametrize(("order", "l2"), FIGURES)
def test_e7_and_e8(order, l2):
    """Cost, accuracy, penalty and the sum of squares, in both orders, for each λ."""
    cost, accuracy, penalty, squares = FIGURES[order, l2]
    parameters, history = run(order, l2)
    np.testing.assert_allclose(history.cost[-1], cost, rtol=1e-6)
    assert history.accuracy[-1] == accuracy
    np.testing.assert_allclose(history.penalty[-1], penalty, rtol=1e-6)
    np.testing.assert_allclose((parameters.weight_vector**2).sum(), squares, rtol=1e-6)
    np.testing.assert_allclose(history.penalty[-1], L2(l2).cost(parameters), rtol=1e-12)


# λ = .01 in the source's order after half of its epochs, where its runs are still together.
EARLY, EARLY_COST = 1000, 0.220356935216


def starts_a_last_bit_apart(n_runs):
    """Return a stack of E8's start, each run's numbers moved by some units in the last place."""
    parameters = source_initial_parameters(SIZES, seed=[1234] * n_runs)
    steps = np.random.default_rng(0).integers(-1, 2, size=parameters.vector.shape)
    parameters.vector *= 1 + steps * np.finfo(float).eps
    return parameters


def test_e8_with_the_largest_penalty_is_chaotic():
    """In the source's order λ = .01 ends at .221 with 92 % from each start, and no two agree more.

    Its early figure, before the runs part, is held to 1e-8. At the end they lie between .22055 and
    .22062, as the machines do that we know of, where the source has .2206.
    """
    _, early = run("source", 0.01, epochs=EARLY, parameters=starts_a_last_bit_apart(4))
    np.testing.assert_allclose(early.cost[-1], EARLY_COST, rtol=1e-8)
    parameters, history = run("source", 0.01, parameters=starts_a_last_bit_apart(4))
    assert history.cost[-1].round(3).tolist() == [0.221] * 4
    assert history.accuracy[-1].tolist() == [0.92] * 4
    assert history.penalty[-1].round(3).tolist() == [0.127] * 4
    assert np.ptp(history.cost[-1]) > 1e-6 * 0.2206
    squares = (parameters.weight_vector**2).sum(axis=-1)
    np.testing.assert_allclose(history.penalty[-1], 0.005 * squares, rtol=1e-12)


def test_the_published_digits():
    """What source 004 prints: .0686 with 97 % for λ = 0, and .1500 with 91 % for .003."""
    shown = [f"{FIGURES['source', l2][0]:.4f} {FIGURES['source', l2][1]:.0%}" for l2 in (0, 0.003)]
    assert shown == ["0.0686 97%", "0.1500 91%"]


def test_e10_costs(e7):
    """The table of J and J with the penalty of E7's weights, and why its first row is odd."""
    squares = (e7[0].weight_vector ** 2).sum()
    offset = 0.5 * 0.01 * squares
    assert (f"{squares:.2f}", f"{offset:.3f}") == ("2256.07", "11.280")
    predictions = np.array([0.0, 0.25, 0.5, 0.75, 1.0]).reshape(5, 1, 1)
    J = source_cost(predictions, np.ones((1, 1)))
    J_reg = source_cost(predictions, np.ones((1, 1)), epsilon=1e-6) + offset
    np.testing.assert_allclose(J, [18.421, 1.386, 0.693, 0.288, 0.0], rtol=0, atol=5e-4)
    np.testing.assert_allclose(J_reg, [25.096, 12.667, 11.974, 11.568, 11.280], rtol=0, atol=5e-4)
    np.testing.assert_allclose(J_reg[1:] - J[1:], offset, rtol=0, atol=1e-5)
    np.testing.assert_allclose(J_reg[0] - J[0], offset - np.log(100), rtol=0, atol=1e-6)


@pytest.mark.parametrize("l2", [0.0, 0.003])
def test_the_right_order_is_the_course_s_loop(l2):
    """`train` with [L2, Momentum] and the decay takes the source's steps in the right order."""
    points, sizes = small_points(), [2, 8, 8, 1]
    by_source, by_loop = (source_initial_parameters(sizes, seed=1234) for _ in range(2))
    train_as_source(
        by_source, points.X, points.y, epochs=100, batch_size=16, learning_rate=0.1, beta=0.9,
        decay=0.0005, l2=l2, order="right", epsilon=0,
    )  # fmt: skip
    train(
        Network(sizes), by_loop, points.X, points.y, epochs=100, batch_size=16, rng=None,
        learning_rate=exponential_decay(0.1, 0.0005), rules=[L2(l2), Momentum(0.9)],
    )  # fmt: skip
    np.testing.assert_allclose(by_loop.vector, by_source.vector, rtol=0, atol=1e-10)


def test_l2_takes_all_layers_and_no_biases():
    """One source step without any error: each weight by 1 - αλ, each bias by nothing."""
    sizes = [2, 3, 1]
    parameters = source_initial_parameters(sizes, seed=0)
    parameters.weights[-1][...] = 0.0
    parameters.biases[-1][...] = 0.0
    before = parameters.copy()
    X, y = np.zeros((2, 2)), np.array([0, 1])  # p = .5: the two errors cancel
    train_as_source(
        parameters,
        X,
        y,
        epochs=1,
        batch_size=2,
        learning_rate=0.1,
        l2=0.5,
        order="right",
        epsilon=0,
    )
    np.testing.assert_allclose(parameters.weights[0], 0.95 * before.weights[0], rtol=1e-14)
    np.testing.assert_allclose(
        parameters.vector[parameters.n_weights :], before.vector[before.n_weights :], atol=1e-15
    )
