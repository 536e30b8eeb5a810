"""A run of a stack is the run that it would be alone, to the end, where runs are not chaotic.

Experiment 7 (source 004): net 2-64-128-1 on the small points, batches of 16 in the order of the
rows, averaged momentum 0.9, a learning rate of 0.1 that shrinks by 0.0005 an epoch, 2000 epochs.
"""

import numpy as np
import pytest

from course_lib.datasets import small_points
from course_lib.momentum import Momentum
from course_lib.network import Network
from course_lib.parameters import Parameters
from course_lib.sources import source_initial_parameters
from course_lib.training import History, train

pytestmark = pytest.mark.stored

SIZES = [2, 64, 128, 1]
SEEDS = [1234, 0, 1]


def experiment_7(seed: int | list[int]) -> tuple[Parameters, History]:
    """Train one network, or a stack with a run for each seed."""
    points = small_points()
    parameters = source_initial_parameters(SIZES, seed)
    history = train(
        Network(SIZES),
        parameters,
        points.X,
        points.y,
        epochs=2000,
        batch_size=16,
        learning_rate=lambda epochs_done: 0.1 * (1 - 0.0005) ** int(epochs_done),
        rng=None,
        rules=[Momentum(0.9)],
        evaluate_every=2000,
    )
    return parameters, history


@pytest.fixture(scope="module")
def stack() -> tuple[Parameters, History]:
    """Train the three runs at once."""
    return experiment_7(SEEDS)


@pytest.mark.parametrize("run", range(len(SEEDS)))
def test_experiment_7_in_a_stack_is_the_single_run(
    stack: tuple[Parameters, History], run: int
) -> None:
    """After 14 000 steps the parameters and the cost are those of the run alone."""
    parameters, history = experiment_7(SEEDS[run])
    assert history.train_cost[-1] == pytest.approx(stack[1].train_cost[-1, run], rel=1e-6)
    np.testing.assert_allclose(parameters.vector, stack[0].vector[run], rtol=0, atol=1e-5)


def test_experiment_7_ends_where_the_right_order_ends(stack: tuple[Parameters, History]) -> None:
    """With gradients finished first the source's run ends at a cost of .0665 and at 97 %."""
    _, history = stack
    assert history.train_cost[-1, 0] == pytest.approx(0.0665, abs=5e-5)
    assert history.train_accuracy is not None
    assert history.train_accuracy[-1, 0] == pytest.approx(0.97)
