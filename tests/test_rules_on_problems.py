"""One table: every rule on every problem.

A new rule is one line in RULES: the rules of a run, and what the problem's learning rate is to be
multiplied with for them. Each is then walked over a parabola, over Rosenbrock's bent valley and on
a two-class problem, alone and in a stack, twice with the same rule objects.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pytest

from course_lib.arguments import FloatArray
from course_lib.datasets import hard_points
from course_lib.momentum import HeavyBall, Momentum, Nesterov
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.training import AfterStep, Rule, train


class Row(NamedTuple):
    """The rules of a run, and the factor on the learning rate that suits them."""

    rules: Callable[[], Sequence[Rule]]
    rate: float = 1.0


RULES = {
    "plain descent": Row(list),
    "averaged momentum": Row(lambda: [Momentum(0.9)]),
    "heavy ball": Row(lambda: [HeavyBall(0.9)], rate=0.1),
    "Nesterov": Row(lambda: [Nesterov(0.9)], rate=0.1),
    "momentum of momentum": Row(lambda: [Momentum(0.5), Momentum(0.5)]),
}


class Landscape(NamedTuple):
    """A function of two numbers with its gradient, a start, and a rate and steps for descent."""

    cost: Callable[[FloatArray], FloatArray]
    gradient: Callable[[FloatArray], FloatArray]
    start: tuple[float, float]
    rate: float
    n_steps: int


def rosenbrock_gradient(w: FloatArray) -> FloatArray:
    """Return the gradient of (1 - x)^2 + 100 (y - x^2)^2."""
    x, y = w[..., 0], w[..., 1]
    bend = 200.0 * (y - x**2)
    return np.stack([-2.0 * (1.0 - x) - 2.0 * x * bend, bend], axis=-1)


LANDSCAPES = {
    "parabola": Landscape(
        lambda w: 0.5 * (w[..., 0] ** 2 + 10.0 * w[..., 1] ** 2),
        lambda w: w * np.array([1.0, 10.0]),
        start=(3.0, -2.0),
        rate=0.1,
        n_steps=200,
    ),
    "Rosenbrock": Landscape(
        lambda w: (1.0 - w[..., 0]) ** 2 + 100.0 * (w[..., 1] - w[..., 0] ** 2) ** 2,
        rosenbrock_gradient,
        start=(-1.2, 1.0),
        rate=0.0008,
        n_steps=6000,
    ),
}


def walk(landscape: Landscape, rules: Sequence[Rule], rates: FloatArray) -> FloatArray:
    """Return where a stack of runs, one for each rate, ends: the loop, over a landscape."""
    parameters = Parameters([1, 1], n_runs=len(rates))
    parameters.vector = np.array(landscape.start)
    states = [rule.start(parameters) for rule in rules]
    column = rates[:, np.newaxis]
    for _ in range(landscape.n_steps):
        direction = landscape.gradient(parameters.vector)
        for rule, state in zip(rules, states, strict=True):
            rule.edit(direction, parameters, state)
        parameters.vector -= column * direction
        for rule in rules:
            if isinstance(rule, AfterStep):
                rule.after_step(parameters, column)
    return parameters.vector.copy()


@pytest.mark.parametrize("problem", LANDSCAPES)
@pytest.mark.parametrize("name", RULES)
def test_every_rule_comes_down_on_every_landscape(name: str, problem: str) -> None:
    """A run ends below a hundredth of the height that it began at, at two learning rates."""
    landscape, row = LANDSCAPES[problem], RULES[name]
    rates = landscape.rate * row.rate * np.array([1.0, 0.7])
    rules = row.rules()
    ends = walk(landscape, rules, rates)
    start = landscape.cost(np.array(landscape.start))
    assert (landscape.cost(ends) < 0.01 * start).all()
    again = walk(landscape, rules, rates)
    np.testing.assert_array_equal(again, ends, "the rules remember a run that is over")
    alone = walk(landscape, row.rules(), rates[1:])
    np.testing.assert_allclose(alone[0], ends[1], rtol=1e-9, atol=1e-9)


def end_of_training(rules: Sequence[Rule], rates: list[float], first: int = 0) -> Parameters:
    """Train a stack on the two-class problem, a run for each rate and seed."""
    points = hard_points("standard deviation")
    rngs = [np.random.default_rng(first + run) for run in range(len(rates))]
    parameters = initial_parameters([2, 3, 4, 1], rngs, "he")
    train(
        Network([2, 3, 4, 1]),
        parameters,
        points.X,
        points.y,
        epochs=20,
        batch_size=32,
        learning_rate=np.array(rates)[:, np.newaxis],
        rng=rngs,
        rules=rules,
    )
    return parameters


@pytest.mark.parametrize("name", RULES)
def test_every_rule_learns_two_classes(name: str) -> None:
    """At least 95 % of fresh points, from three starts, again with the same rules, and alone."""
    row, points = RULES[name], hard_points("standard deviation")
    X, y = points.fresh(2000, np.random.default_rng(99))
    rules, rates = row.rules(), [0.3 * row.rate, 0.2 * row.rate, 0.3 * row.rate]
    ends = end_of_training(rules, rates)
    network = Network([2, 3, 4, 1])
    _, accuracy = network.evaluate(ends, X, network.targets(y, len(y)))
    assert accuracy is not None
    assert (accuracy > 0.95).all()
    again = end_of_training(rules, rates)
    np.testing.assert_array_equal(again.vector, ends.vector)
    alone = end_of_training(row.rules(), rates[1:2], first=1)
    np.testing.assert_allclose(alone.vector[0], ends.vector[1], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", RULES)
def test_rules_edit_the_direction_and_nothing_else(name: str) -> None:
    """The parameters stay as they are until the step, and the state is a run's own."""
    rules, parameters = RULES[name].rules(), Parameters([2, 3, 1])
    parameters.vector = np.linspace(-1.0, 1.0, parameters.vector.size)
    before = parameters.vector.copy()
    for rule in rules:
        first, second = rule.start(parameters), rule.start(parameters)
        for state in (first, second):
            direction = np.ones_like(before)
            rule.edit(direction, parameters, state)
            assert direction.shape == before.shape
            assert np.isfinite(direction).all()
        np.testing.assert_array_equal(parameters.vector, before)
        if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
            assert not np.shares_memory(first, second)
            np.testing.assert_array_equal(first, second)
