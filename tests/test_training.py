"""Tests of the one loop: what it reaches, records, keeps, and says when a run fails."""

import copy
import pickle
import signal
import warnings
from contextlib import suppress

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sklearn.linear_model import LogisticRegression

from course_lib import training
from course_lib.batches import minibatches
from course_lib.datasets import hard_points
from course_lib.losses import LOSSES
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import ProximalL1
from course_lib.sources import source_initial_parameters
from course_lib.training import (
    Divergence,
    DivergenceError,
    DivergenceWarning,
    History,
    TrainingInterrupted,
    train,
)


def points(n_samples=30, seed=0):
    """Return X and labels that two hidden units can tell apart, mostly."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 2))
    return X, (X[:, 0] * X[:, 1] + 0.3 * rng.normal(size=n_samples) > 0).astype(int)


class Rule:
    """A rule that changes nothing; the tests' rules override what they need."""

    def start(self, parameters):
        """Remember nothing."""

    def edit(self, direction, parameters, state):
        """Change nothing."""


class Averaging(Rule):
    """Averaged momentum: it remembers a velocity, in the state and nowhere else."""

    def start(self, parameters):
        """Start with no velocity."""
        return np.zeros_like(parameters.vector)

    def edit(self, direction, _parameters, state):
        """Follow the velocity."""
        state *= 0.9
        state += 0.1 * direction
        direction[...] = state


class Scale(Rule):
    """Multiply the direction."""

    def __init__(self, factor):
        self.factor = factor

    def edit(self, direction, _parameters, _state):
        """Multiply in place."""
        direction *= self.factor


class Shift(Rule):
    """Add to the direction."""

    def __init__(self, number):
        self.number = number

    def edit(self, direction, _parameters, _state):
        """Add in place."""
        direction += self.number


class RecordRates(Rule):
    """Note what `after_step` is told, and the parameters it sees."""

    def __init__(self):
        self.rates, self.steps = [], []

    def after_step(self, parameters, learning_rate):
        """Keep a copy."""
        self.rates.append(learning_rate)
        self.steps.append(parameters.vector.copy())


def test_linear_regression_reaches_least_squares():
    """Full-batch descent on the squared error ends at numpy's closed form, two outputs at once."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    Y = X @ rng.normal(size=(3, 2)) + 0.7 + 0.3 * rng.normal(size=(40, 2))
    parameters = Parameters([3, 2])
    history = train(
        Network([3, 2], loss="squared_error"), parameters, X, Y,
        epochs=1500, batch_size=40, learning_rate=0.5, rng=rng, evaluate_every=1500,
    )  # fmt: skip
    solution = np.linalg.lstsq(np.hstack([X, np.ones((40, 1))]), Y)[0]
    np.testing.assert_allclose(parameters.weights[0], solution[:3], rtol=0, atol=1e-10)
    np.testing.assert_allclose(parameters.biases[0][0], solution[3], rtol=0, atol=1e-10)
    residual = Y - np.hstack([X, np.ones((40, 1))]) @ solution
    np.testing.assert_allclose(history.train_cost[-1], 0.5 * (residual**2).sum() / 40)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression_reaches_scikit_learn_s(n_classes):
    """Without a penalty the probabilities agree with LogisticRegression's, two or three classes."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(150, 2))
    y = (X[:, 0] + rng.logistic(size=150) > 0).astype(int)
    if n_classes == 3:
        y += X[:, 1] + rng.logistic(size=150) > 0
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X, y)
    sizes, loss = ([2, 1], "sigmoid_cross_entropy")
    if n_classes == 3:
        sizes, loss = [2, 3], "softmax_cross_entropy"
    network, parameters = Network(sizes, loss=loss), Parameters(sizes)
    options = {"epochs": 3000, "batch_size": 150, "learning_rate": 1.0, "rng": None}
    history = train(network, parameters, X, y, evaluate_every=3000, **options)
    p = network.predict(parameters, X)
    expected = reference.predict_proba(X)
    np.testing.assert_allclose(p, expected if n_classes == 3 else expected[:, 1:], atol=1e-5)
    assert history.train_accuracy[-1] == reference.score(X, y)
    if n_classes == 2:
        np.testing.assert_allclose(parameters.weights[0][:, 0], reference.coef_[0], atol=1e-4)
        np.testing.assert_allclose(parameters.biases[0][0], reference.intercept_, atol=1e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_training_is_the_loop_that_it_says_it_is(loss):
    """Gradient, step, gradient, step: bit for bit what the loop written out gives."""
    X, y = points()
    sizes = [2, 4, 2]
    network = Network(sizes, "tanh", loss)
    if loss == "squared_error":
        y = np.stack([y, 1.5 - y], axis=1)
    parameters = initial_parameters(sizes, np.random.default_rng(0))
    by_hand = parameters.copy()
    options = {"epochs": 3, "batch_size": 8, "learning_rate": 0.3}
    train(network, parameters, X, y, rng=np.random.default_rng(1), **options)
    rng, targets = np.random.default_rng(1), network.targets(y, len(X))
    for _ in range(3):
        for X_batch, target_batch in minibatches(X, targets, 8, rng):
            gradient = network.gradient(by_hand, X_batch, target_batch)
            by_hand.vector -= 0.3 * gradient.vector
    np.testing.assert_array_equal(parameters.vector, by_hand.vector)


def test_a_step_goes_downhill():
    """One small full-batch step lowers the cost by the rate times the squared gradient."""
    X, y = points()
    network, parameters = (
        Network([2, 4, 1]),
        initial_parameters([2, 4, 1], np.random.default_rng(0)),
    )
    squared = (network.gradient(parameters, X, y[:, np.newaxis]).vector ** 2).sum()
    history = train(
        network, parameters, X, y, epochs=1, batch_size=30, learning_rate=1e-5, rng=None
    )
    fall = history.train_cost[0] - history.train_cost[1]
    np.testing.assert_allclose(fall, 1e-5 * squared, rtol=1e-3)


def test_parameters_are_changed_in_place_and_the_data_is_not():
    """The same vector, the same views; X and y as they were."""
    X, y = points()
    X_before, y_before = X.copy(), y.copy()
    parameters = initial_parameters([2, 4, 1], np.random.default_rng(0))
    vector, before = parameters.vector, parameters.vector.copy()
    rng = np.random.default_rng(0)
    train(Network([2, 4, 1]), parameters, X, y, epochs=1, batch_size=7, learning_rate=0.1, rng=rng)
    assert parameters.vector is vector
    assert np.shares_memory(vector, parameters.weights[0])
    assert (vector != before).any()
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)


@pytest.mark.parametrize("n_runs", [None, 3])
def test_float32_stays_float32(n_runs):
    """Gradients, weights and rules work in the parameters' type, near float64's result."""
    X, y = points()
    seen = set()

    class SeeTypes(Averaging):
        def edit(self, direction, parameters, state):
            seen.update([direction.dtype, parameters.vector.dtype, state.dtype])
            super().edit(direction, parameters, state)

    network = Network([2, 4, 1])
    rates = 0.1 if n_runs is None else np.full((n_runs, 1), 0.1)
    results = []
    for dtype in (np.float32, np.float64):
        rng = np.random.default_rng(0) if n_runs is None else np.random.default_rng(0).spawn(n_runs)
        parameters = initial_parameters([2, 4, 1], rng, dtype=dtype)
        options = {"epochs": 5, "batch_size": 7, "learning_rate": rates, "rng": rng}
        rule = SeeTypes() if dtype is np.float32 else Averaging()
        history = train(network, parameters, X, y, rules=[rule], held_out=(X, y), **options)
        assert all(view.dtype == dtype for view in parameters.weights + parameters.biases)
        assert history.train_cost.dtype == dtype
        results.append((parameters.vector, history.train_cost))
    assert seen == {np.dtype(np.float32)}
    for low, high in zip(*results, strict=True):
        np.testing.assert_allclose(low, high, rtol=1e-4, atol=1e-5)


def test_float32_computes_in_float32(monkeypatch):
    """X and targets reach the gradient as float32, whatever the caller's types are."""
    X, y = points()
    types = []
    right = Network.gradient

    def spying(self, parameters, X, targets, out=None):
        types.extend([X.dtype, targets.dtype])
        return right(self, parameters, X, targets, out)

    monkeypatch.setattr(Network, "gradient", spying)
    parameters = Parameters([2, 1], dtype=np.float32)
    train(Network([2, 1]), parameters, X, y, epochs=1, batch_size=7, learning_rate=0.1, rng=None)
    assert set(types) == {np.dtype(np.float32)}


# The history


@pytest.mark.parametrize("n_runs", [None, 3])
@pytest.mark.parametrize("loss", ["sigmoid_cross_entropy", "squared_error"])
def test_history_has_a_row_for_each_evaluation(n_runs, loss):
    """Epochs 0, 3, 6 and the last; shapes as documented; accuracy None for regression."""
    X, y = points()
    rng = np.random.default_rng(0) if n_runs is None else np.random.default_rng(0).spawn(n_runs)
    parameters = initial_parameters([2, 4, 1], rng)
    history = train(
        Network([2, 4, 1], loss=loss), parameters, X, y,
        epochs=7, batch_size=7, learning_rate=0.1, rng=rng, held_out=points(9, 1), evaluate_every=3,
    )  # fmt: skip
    shape = (4,) if n_runs is None else (4, n_runs)
    assert isinstance(history, History)
    assert history.epochs.tolist() == [0, 3, 6, 7]
    assert history.epochs.dtype == np.int64
    assert history.train_cost.shape == history.held_out_cost.shape == shape
    for accuracy in (history.train_accuracy, history.held_out_accuracy):
        assert (accuracy is None) if loss == "squared_error" else (accuracy.shape == shape)
    assert history.learning_rate.tolist() == [0.1] * 4
    assert history.seconds.shape == (4,)
    assert history.diverged == ()
    assert history.interrupted_in is None
    runs = "" if n_runs is None else " of 3 runs"
    assert repr(history) == f"History{runs} over 7 epochs, 4 evaluations"


def test_history_says_what_evaluate_says():
    """The first row is before any step, the last after all, on all rows of each data set."""
    X, y = points()
    held_X, held_y = points(11, 1)
    network = Network([2, 4, 1])
    parameters = initial_parameters([2, 4, 1], np.random.default_rng(0))
    before = parameters.copy()
    options = {"epochs": 4, "batch_size": 7, "learning_rate": 0.5, "rng": None}
    history = train(network, parameters, X, y, held_out=(held_X, held_y), **options)
    for row, then in ((0, before), (-1, parameters)):
        cost, accuracy = network.evaluate(then, X, y[:, np.newaxis])
        assert (history.train_cost[row], history.train_accuracy[row]) == (cost, accuracy)
        cost, accuracy = network.evaluate(then, held_X, held_y[:, np.newaxis])
        assert (history.held_out_cost[row], history.held_out_accuracy[row]) == (cost, accuracy)


def test_without_held_out_samples_their_columns_are_none():
    """Nothing is made up."""
    X, y = points()
    options = {"epochs": 1, "batch_size": 7, "learning_rate": 0.5, "rng": None}
    history = train(Network([2, 1]), Parameters([2, 1]), X, y, **options)
    assert history.held_out_cost is None
    assert history.held_out_accuracy is None


def test_held_out_samples_and_evaluations_do_not_change_the_training():
    """With or without them the parameters end bit for bit the same."""
    X, y = points()
    vectors = []
    for extra in ({}, {"held_out": points(9, 1)}, {"evaluate_every": 4}, {"progress": True}):
        rng = np.random.default_rng(0)
        parameters = initial_parameters([2, 4, 1], rng)
        options = {"epochs": 4, "batch_size": 7, "learning_rate": 0.5, "rng": rng}
        train(Network([2, 4, 1]), parameters, X, y, **options, **extra)
        vectors.append(parameters.vector)
    for vector in vectors[1:]:
        np.testing.assert_array_equal(vector, vectors[0])


def test_no_epochs_evaluate_once_and_change_nothing():
    """With epochs=0 the history has the row of epoch 0."""
    X, y = points()
    rng = np.random.default_rng(0)
    parameters = initial_parameters([2, 1], rng)
    before, state = parameters.vector.copy(), rng.bit_generator.state
    options = {"epochs": 0, "batch_size": 7, "learning_rate": 0.5, "rng": rng}
    history = train(Network([2, 1]), parameters, X, y, **options)
    assert history.epochs.tolist() == [0]
    np.testing.assert_array_equal(parameters.vector, before)
    assert rng.bit_generator.state == state


def test_seconds_count_steps_and_no_evaluations(monkeypatch):
    """With a clock that ticks once per look: one second an epoch, however many evaluations."""
    ticks = iter(range(1000))
    monkeypatch.setattr(training.time, "perf_counter", lambda: float(next(ticks)))
    X, y = points()
    options = {"epochs": 5, "batch_size": 7, "learning_rate": 0.5, "rng": None}
    history = train(Network([2, 1]), Parameters([2, 1]), X, y, evaluate_every=2, **options)
    assert history.seconds.tolist() == [0.0, 2.0, 4.0, 5.0]


def test_seconds_grow():
    """By the real clock they start at 0 and never fall."""
    X, y = points()
    options = {"epochs": 5, "batch_size": 7, "learning_rate": 0.5, "rng": None}
    history = train(Network([2, 1]), Parameters([2, 1]), X, y, **options)
    assert history.seconds[0] == 0.0
    assert (np.diff(history.seconds) > 0).all()


# Learning rates


def test_a_schedule_is_a_function_of_the_epochs_done():
    """It is called with floats that grow by one over the steps of an epoch, and it is obeyed."""
    X, y = points(10)
    asked, recorder = [], RecordRates()

    def schedule(epochs_done):
        asked.append(epochs_done)
        return 0.2 / (1 + epochs_done)

    parameters = Parameters([2, 1])
    by_hand, network = parameters.copy(), Network([2, 1])
    options = {"epochs": 3, "batch_size": 4, "learning_rate": schedule, "rng": None}
    history = train(network, parameters, X, y, rules=[recorder], **options)
    times = [epoch + step / 3 for epoch in range(3) for step in range(3)]
    assert all(isinstance(time, float) for time in asked)
    assert set(asked) == {*times, 3.0}
    assert recorder.rates == [0.2 / (1 + time) for time in times]
    np.testing.assert_array_equal(history.learning_rate, 0.2 / (1 + np.arange(4)))
    batches = 3 * list(minibatches(X, y[:, np.newaxis].astype(float), 4, None))
    for time, (X_batch, target_batch) in zip(times, batches, strict=True):
        gradient = network.gradient(by_hand, X_batch, target_batch)
        by_hand.vector -= 0.2 / (1 + time) * gradient.vector
    np.testing.assert_allclose(parameters.vector, by_hand.vector, rtol=1e-13)


def test_a_schedule_may_start_at_zero():
    """A warm-up's first step goes nowhere, and the others do."""
    X, y = points(10)
    recorder, parameters = RecordRates(), Parameters([2, 1])
    options = {"epochs": 1, "batch_size": 4, "learning_rate": lambda epochs: epochs, "rng": None}
    train(Network([2, 1]), parameters, X, y, rules=[recorder], **options)
    assert not recorder.steps[0].any()
    assert parameters.vector.any()


@pytest.mark.parametrize("scheduled", [False, True])
def test_each_run_of_a_stack_may_have_a_rate_of_its_own(scheduled):
    """An array of shape (n_runs, 1), constant or from a schedule, equals single runs."""
    X, y = points()
    network, rates = Network([2, 4, 1]), np.array([[0.1], [0.5], [2.0]])
    rng = [np.random.default_rng(r) for r in range(3)]
    stack = initial_parameters([2, 4, 1], rng)
    options = {"epochs": 4, "batch_size": 7}

    def decay(epochs_done):
        return 0.9**epochs_done

    together = train(
        network, stack, X, y, rng=rng, **options,
        learning_rate=(lambda epochs_done: rates * decay(epochs_done)) if scheduled else rates,
    )  # fmt: skip
    factor = decay(np.arange(5.0)) if scheduled else np.ones(5)
    np.testing.assert_allclose(together.learning_rate, rates[:, 0] * factor[:, np.newaxis])
    for r, rate in enumerate(rates[:, 0].tolist()):
        rng_r = np.random.default_rng(r)
        single = initial_parameters([2, 4, 1], rng_r)
        history = train(
            network, single, X, y, rng=rng_r, **options,
            learning_rate=(lambda t, rate=rate: rate * decay(t)) if scheduled else rate,
        )  # fmt: skip
        np.testing.assert_allclose(stack.vector[r], single.vector, rtol=1e-12)
        np.testing.assert_allclose(together.train_cost[:, r], history.train_cost, rtol=1e-12)


# The order of the samples


def test_equal_seeds_train_alike_and_different_seeds_do_not():
    """The generator decides the order, fresh in each epoch; None keeps the rows' order."""
    X, y = points()
    vectors = {}
    for name, rng in {
        "first": np.random.default_rng(0),
        "again": np.random.default_rng(0),
        "other": np.random.default_rng(1),
        "none": None,
    }.items():
        parameters = Parameters([2, 1])
        options = {"epochs": 2, "batch_size": 7, "learning_rate": 0.5, "rng": rng}
        train(Network([2, 1]), parameters, X, y, **options)
        vectors[name] = parameters.vector.tolist()
    assert vectors["first"] == vectors["again"]
    assert vectors["first"] != vectors["other"]
    assert vectors["first"] != vectors["none"]


@pytest.mark.parametrize("rng", [None, 0])
def test_two_halves_are_a_whole(rng):
    """Three epochs and four more with the same generator end where seven end, bit for bit."""
    X, y = points()
    vectors = []
    for stretches in ([7], [3, 4]):
        generator = None if rng is None else np.random.default_rng(rng)
        parameters = Parameters([2, 1])
        for epochs in stretches:
            options = {"epochs": epochs, "batch_size": 7, "learning_rate": 0.5, "rng": generator}
            train(Network([2, 1]), parameters, X, y, **options)
        vectors.append(parameters.vector)
    np.testing.assert_array_equal(*vectors)


# Rules


def test_rules_are_applied_in_their_order():
    """Double and then add 1 is not add 1 and then double."""
    X, y = points()
    network = Network([2, 1])
    options = {"epochs": 1, "batch_size": 30, "learning_rate": 0.1, "rng": None}
    gradient = network.gradient(Parameters([2, 1]), X, y[:, np.newaxis]).vector
    for rules, direction in (
        ([Scale(2.0), Shift(1.0)], 2.0 * gradient + 1.0),
        ((Shift(1.0), Scale(2.0)), 2.0 * (gradient + 1.0)),
        ([], gradient),
    ):
        parameters = Parameters([2, 1])
        train(network, parameters, X, y, rules=rules, **options)
        np.testing.assert_allclose(parameters.vector, -0.1 * direction, rtol=1e-13)


def test_after_step_sees_the_parameters_after_the_step():
    """All such rules act in order, once per step, in place; the last word is theirs."""

    class KeepBelow(Rule):
        def after_step(self, parameters, _learning_rate):
            np.minimum(parameters.vector, 0.01, out=parameters.vector)

    X, y = points()
    before, after = RecordRates(), RecordRates()
    parameters = Parameters([2, 1])
    options = {"epochs": 2, "batch_size": 10, "learning_rate": 1.0, "rng": None}
    train(Network([2, 1]), parameters, X, y, rules=[before, KeepBelow(), after], **options)
    assert before.rates == after.rates == [1.0] * 6
    np.testing.assert_array_equal(np.minimum(before.steps, 0.01), after.steps)
    assert np.max(before.steps) > 0.01
    np.testing.assert_array_equal(parameters.vector, after.steps[-1])


def test_a_rule_keeps_nothing_between_two_runs():
    """One rule object in two runs gives what two objects give; its state is made per run."""
    X, y = points()
    shared, vectors = Averaging(), []
    for rule in (shared, shared, Averaging()):
        parameters = Parameters([2, 1])
        options = {"epochs": 2, "batch_size": 7, "learning_rate": 1.0, "rng": None}
        train(Network([2, 1]), parameters, X, y, rules=[rule], **options)
        vectors.append(parameters.vector)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    np.testing.assert_array_equal(vectors[0], vectors[2])


@pytest.mark.parametrize("twice", [False, True], ids=["two objects", "one object twice"])
def test_every_place_in_the_list_has_a_state_of_its_own(twice):
    """Averaging twice over is two velocities, even if one object stands in the list twice."""
    X, y = points()
    network, parameters, rule = Network([2, 1]), Parameters([2, 1]), Averaging()
    rules = [rule, rule if twice else Averaging()]
    options = {"epochs": 2, "batch_size": 10, "learning_rate": 1.0, "rng": None}
    train(network, parameters, X, y, rules=rules, **options)
    by_hand, first, second = Parameters([2, 1]), 0.0, 0.0
    for X_batch, target_batch in 2 * list(minibatches(X, y[:, np.newaxis] * 1.0, 10, None)):
        gradient = network.gradient(by_hand, X_batch, target_batch).vector
        first = 0.9 * first + 0.1 * gradient
        second = 0.9 * second + 0.1 * first
        by_hand.vector -= second
    np.testing.assert_allclose(parameters.vector, by_hand.vector, rtol=1e-13)


def test_the_state_lives_for_the_whole_run():
    """Averaged momentum over several epochs is what the loop written out gives."""
    X, y = points()
    network, parameters = Network([2, 1]), Parameters([2, 1])
    options = {"epochs": 3, "batch_size": 10, "learning_rate": 1.0, "rng": None}
    train(network, parameters, X, y, rules=[Averaging()], **options)
    by_hand, velocity = Parameters([2, 1]), 0.0
    for X_batch, target_batch in 3 * list(minibatches(X, y[:, np.newaxis] * 1.0, 10, None)):
        gradient = network.gradient(by_hand, X_batch, target_batch).vector
        velocity = 0.9 * velocity + 0.1 * gradient
        by_hand.vector -= velocity
    np.testing.assert_allclose(parameters.vector, by_hand.vector, rtol=1e-13)


# Interrupts


def press_ctrl_c():
    """Raise what Ctrl-C raises, by the signal itself."""
    signal.raise_signal(signal.SIGINT)


class InterruptingRule(Rule):
    """Presses Ctrl-C in the given step, counted from 1, before the step or after it."""

    def __init__(self, step, method="edit"):
        self.step, self.method, self.steps = step, method, 0

    def edit(self, *_):
        """Count, and press."""
        self.steps += 1
        if self.steps == self.step and self.method == "edit":
            press_ctrl_c()

    def after_step(self, *_):
        """Press."""
        if self.steps == self.step and self.method == "after_step":
            press_ctrl_c()


@pytest.mark.parametrize("where", ["schedule", "edit", "after_step"])
def test_an_interrupt_keeps_what_was_learned(where, capfd):
    """In epoch 3: the history ends at epoch 2, the parameters are those of step 13."""
    X, y = points()

    def schedule(epochs_done):
        if epochs_done > 2.5 and where == "schedule":
            press_ctrl_c()
        return 0.5

    rules = [] if where == "schedule" else [InterruptingRule(14, where)]
    network, parameters = Network([2, 1]), Parameters([2, 1])
    options = {"epochs": 5, "batch_size": 6, "learning_rate": schedule, "rng": None}
    with pytest.raises(TrainingInterrupted, match=r"^in epoch 3; history holds what was") as caught:
        train(network, parameters, X, y, rules=rules, **options)
    history = caught.value.history
    assert history.epochs.tolist() == [0, 1, 2]
    assert history.train_cost.shape == history.seconds.shape == history.learning_rate.shape == (3,)
    assert history.interrupted_in == 3
    assert capfd.readouterr() == ("", "")
    by_hand = Parameters([2, 1])
    batches = 3 * list(minibatches(X, y[:, np.newaxis] * 1.0, 6, None))
    for X_batch, target_batch in batches[:13]:  # two epochs of five steps, and three steps
        by_hand.vector -= 0.5 * network.gradient(by_hand, X_batch, target_batch).vector
    np.testing.assert_array_equal(parameters.vector, by_hand.vector)


def test_an_interrupt_stops_what_knows_keyboard_interrupts_only():
    """Ctrl-C ends a loop over runs; a handler of errors doesn't take it for one."""
    X, y = points()
    options = {"epochs": 5, "batch_size": 6, "learning_rate": 0.5, "rng": None}
    begun = []

    def runs():
        for run in range(3):
            begun.append(run)
            rules = [InterruptingRule(8)] if run == 1 else []
            with suppress(Exception):  # whoever writes this means errors
                train(Network([2, 1]), Parameters([2, 1]), X, y, rules=rules, **options)

    with pytest.raises(KeyboardInterrupt):
        runs()
    assert begun == [0, 1]


def test_an_interrupt_of_a_run_within_a_run_ends_both():
    """A rule that trains a small network in each step hands the interrupt on."""
    X, y = points()
    options = {"epochs": 3, "batch_size": 30, "learning_rate": 0.5, "rng": None}
    started = []

    class TrainingRule(Rule):
        def edit(self, *_):
            started.append(Parameters([2, 1]))
            rules = [InterruptingRule(3)] if len(started) == 2 else []
            train(Network([2, 1]), started[-1], X, y, rules=rules, **options)

    parameters = Parameters([2, 1])
    with pytest.raises(TrainingInterrupted) as caught:
        train(Network([2, 1]), parameters, X, y, rules=[TrainingRule()], **options)
    assert len(started) == 2
    assert caught.value.history.interrupted_in == 2
    assert caught.value.history.epochs.tolist() == [0, 1]
    one_step = Parameters([2, 1])
    train(Network([2, 1]), one_step, X, y, **options | {"epochs": 1})
    np.testing.assert_array_equal(parameters.vector, one_step.vector)


def test_an_interrupt_before_the_first_step_is_passed_on():
    """Nothing was evaluated yet, so there is no history to keep."""

    def schedule(_epochs_done):
        raise KeyboardInterrupt

    X, y = points()
    parameters = Parameters([2, 1])
    options = {"epochs": 5, "batch_size": 6, "learning_rate": schedule, "rng": None}
    with pytest.raises(KeyboardInterrupt) as caught:
        train(Network([2, 1]), parameters, X, y, **options)
    assert caught.type is KeyboardInterrupt
    assert not parameters.vector.any()


@pytest.mark.parametrize("column", ["train_cost", "train_accuracy", "learning_rate", "seconds"])
def test_an_interrupt_inside_an_evaluation_leaves_no_half_row(column, monkeypatch):
    """Wherever the keyboard strikes, all columns of the history are of the same length."""

    class Interrupting(list):
        def append(self, value):
            if len(self) == 2:
                raise KeyboardInterrupt
            super().append(value)

    right = training._Record.__init__

    def init(self, *arguments):
        right(self, *arguments)
        self.columns[column] = Interrupting()

    monkeypatch.setattr(training._Record, "__init__", init)
    X, y = points()
    options = {"epochs": 5, "batch_size": 6, "learning_rate": 0.1, "rng": None}
    with pytest.raises(TrainingInterrupted) as caught:
        train(Network([2, 1]), Parameters([2, 1]), X, y, held_out=(X, y), **options)
    history = caught.value.history
    assert history.interrupted_in == 2
    columns = ("epochs", "train_cost", "train_accuracy", "held_out_cost", "held_out_accuracy")
    for name in (*columns, "learning_rate", "seconds"):
        assert len(getattr(history, name)) == 2


@pytest.mark.parametrize("rules", [[], [Averaging(), ProximalL1(0.05), ProximalL1(0.02)]])
def test_an_interrupt_at_any_line_leaves_whole_steps(rules, interrupted_at):
    """The parameters have been in every run without an interrupt, and the history is its start."""
    X, y = points(n_samples=12)
    network = Network([2, 1])
    seen = [np.zeros(3)]

    class Watching(Rule):
        def after_step(self, parameters, _learning_rate):
            seen.append(parameters.vector.copy())

    def run(parameters, *more_rules):
        return train(
            network, parameters, X, y, epochs=3, batch_size=6, rng=None, held_out=(X, y),
            learning_rate=lambda t: 0.5 / (1 + t), rules=[*rules, *more_rules],
        )  # fmt: skip

    whole = run(Parameters([2, 1]), Watching())
    assert len(seen) == 1 + 6
    kinds, ended_at = [], []
    for count in range(10_000):
        parameters = Parameters([2, 1])
        interrupt = interrupted_at(count, lambda parameters=parameters: run(parameters))
        places = [i for i, v in enumerate(seen) if np.array_equal(parameters.vector, v)]
        assert len(places) == 1
        if interrupt is None:
            break
        ended_at += places
        kinds.append(type(interrupt))
        if type(interrupt) is KeyboardInterrupt:  # before the start, or on the way out
            assert places == [0 if TrainingInterrupted not in kinds else 6]
            continue
        history = interrupt.history
        n = len(history.epochs)
        assert 1 <= n <= 4
        assert history.interrupted_in in (n, n - 1)  # the latter where an epoch has just ended
        for name in ("train_cost", "train_accuracy", "held_out_cost", "learning_rate", "epochs"):
            np.testing.assert_array_equal(getattr(history, name), getattr(whole, name)[:n])
        assert len(history.seconds) == len(history.held_out_accuracy) == n
    last = len(kinds) - kinds[::-1].index(TrainingInterrupted)
    first = kinds.index(TrainingInterrupted)
    assert set(kinds[first:last]) == {TrainingInterrupted}
    assert len(kinds) - last <= 2
    assert ended_at == sorted(ended_at)
    assert set(ended_at[first:last]) == {0, 1, 2, 3, 4, 5, 6}


def stack_of_points():
    """Return a regression, and a stack of two runs of which the second diverges at a rate of 1."""
    X, y = diverging_regression()
    options = {"batch_size": 4, "learning_rate": np.array([[1e-3], [1e3]]), "rng": None}
    return (Network([2, 1], loss="squared_error"), Parameters([2, 1], n_runs=2), X, y), options


def test_an_interrupt_is_not_hidden_by_a_warning():
    """Where warnings are errors, one of a diverged run would come out instead of the interrupt."""
    arguments, options = stack_of_points()
    rules = [InterruptingRule(3 * 300 + 1)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="ignore"), pytest.raises(TrainingInterrupted) as caught:
            train(*arguments, epochs=400, rules=rules, **options)
    history = caught.value.history
    assert [place.run for place in history.diverged] == [1]
    assert history.interrupted_in == 301
    assert history.train_cost.shape == (301, 2)


def test_an_interrupt_can_be_copied_and_pickled():
    """With its history, so that it comes back from another process."""
    X, y = points()
    options = {"epochs": 5, "batch_size": 6, "learning_rate": 0.5, "rng": None}
    with pytest.raises(TrainingInterrupted) as caught:
        train(Network([2, 1]), Parameters([2, 1]), X, y, rules=[InterruptingRule(14)], **options)
    here = caught.value
    twins = [pickle.loads(pickle.dumps(here, protocol)) for protocol in (2, 4, 5)]
    for twin in [copy.deepcopy(here), *twins]:
        assert type(twin) is TrainingInterrupted
        assert str(twin) == str(here)
        assert twin.history.interrupted_in == 3
        np.testing.assert_array_equal(twin.history.train_cost, here.history.train_cost)


def test_an_interrupt_closes_the_progress_bar(capfd):
    """The bar ends where it was, on a line of its own, and nothing else is written."""
    X, y = points()
    options = {"epochs": 5, "batch_size": 6, "learning_rate": 0.5, "rng": None, "progress": True}
    with pytest.raises(TrainingInterrupted):
        train(Network([2, 1]), Parameters([2, 1]), X, y, rules=[InterruptingRule(14)], **options)
    out, err = capfd.readouterr()
    assert out == ""
    assert "2/5" in err
    assert err.endswith("\n")


def test_an_interrupt_stops_a_notebook():
    """After *interrupt the kernel* the cells below are not run."""
    below = nbformat.v4.new_code_cell("print('below')")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "import signal\n"
                "import numpy as np\n"
                "from course_lib.network import Network\n"
                "from course_lib.parameters import Parameters\n"
                "from course_lib.training import train\n"
                "def schedule(epochs):\n"
                "    if epochs == 2.0:\n"
                "        signal.raise_signal(signal.SIGINT)\n"
                "    return 0.1\n"
                "train(Network([1, 1]), Parameters([1, 1]), np.ones((3, 1)), np.array([0, 1, 1]),\n"
                "      epochs=5, batch_size=3, learning_rate=schedule, rng=None)"
            ),
            below,
        ]
    )
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (shown,) = notebook.cells[0].outputs
    assert (shown.output_type, shown.ename) == ("error", "TrainingInterrupted")
    assert shown.evalue == "in epoch 2; history holds what was evaluated before"
    assert below.execution_count is None


# Divergence


def diverging_regression(n_samples=12):
    """Return a regression on which rates of about 1 and more diverge."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, 2)) * 3.0
    return X, X @ np.array([1.0, -2.0])


def test_divergence_names_epoch_step_and_learning_rate():
    """The step is the first whose gradient is not finite, by the loop written out."""
    X, y = diverging_regression()
    network, rate = Network([2, 1], loss="squared_error"), 1e30
    by_hand, place = Parameters([2, 1]), None
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(1, 10):
            for step, batch in enumerate(minibatches(X, y[:, np.newaxis], 5, None), 1):
                change = rate * network.gradient(by_hand, *batch).vector
                by_hand.vector -= change
                if place is None and not np.isfinite(change[-1]):
                    place = epoch, step
    assert place is not None
    assert place != (1, 1)
    parameters = Parameters([2, 1])
    with pytest.raises(DivergenceError) as error:
        train(
            network, parameters, X, y,
            epochs=9, batch_size=5, learning_rate=rate, rng=None, evaluate_every=9,
        )  # fmt: skip
    assert str(error.value) == (
        f"the cost is no longer finite in epoch {place[0]}, step {place[1]}, at a learning rate "
        "of 1e+30. A smaller learning rate, or inputs of unit scale, help."
    )


def test_divergence_names_the_rate_that_the_schedule_had_then():
    """The rate is that of the step, not the first one."""
    X, y = diverging_regression()
    options = {"epochs": 9, "batch_size": 12, "rng": None, "evaluate_every": 9}

    def schedule(epochs_done):
        return 0.01 if epochs_done < 3 else 1e200

    with pytest.raises(DivergenceError, match=r"epoch [45], step 1, at a learning rate of 1e\+200"):
        train(
            Network([2, 1], loss="squared_error"), Parameters([2, 1]), X, y,
            learning_rate=schedule, **options,
        )  # fmt: skip


def test_a_cost_that_overflows_between_two_epochs_is_divergence():
    """Finite gradients and an infinite cost: found by the evaluation, step 0."""
    X, y = np.full((4, 1), 1e160), np.zeros(4)
    parameters = Parameters([1, 1])
    parameters.weights[0][...] = 1.0
    with pytest.raises(DivergenceError, match="epoch 0, step 0"):
        train(
            Network([1, 1], loss="squared_error"), parameters, X, y,
            epochs=1, batch_size=4, learning_rate=1.0, rng=None,
        )  # fmt: skip


@pytest.mark.parametrize("hidden", [[], [3]])
def test_the_other_runs_go_on_as_without_the_diverged_one(hidden):
    """Bit for bit; a warning names the run and the place; its history is nan from there on."""
    X, y = diverging_regression()
    network = Network([2, *hidden, 1], "tanh", "squared_error")
    rates = np.array([[0.01], [1e30], [0.005], [1e10]])
    held = diverging_regression(5)

    def run(which):
        rng = [np.random.default_rng(r) for r in which]
        stack = initial_parameters(network.layer_sizes, rng)
        return stack, train(
            network, stack, X, y, rng=rng, held_out=held,
            epochs=30, batch_size=5, learning_rate=rates[which],
        )  # fmt: skip

    with pytest.warns(DivergenceWarning) as caught:
        stack, history = run([0, 1, 2, 3])
    alone, expected = run([0, 2])
    np.testing.assert_array_equal(stack.vector[[0, 2]], alone.vector)
    for name in ("train_cost", "held_out_cost"):
        np.testing.assert_array_equal(getattr(history, name)[:, [0, 2]], getattr(expected, name))
        for run_index in (1, 3):
            column = getattr(history, name)[:, run_index]
            assert np.isfinite(column[0])
            first = np.isnan(column).argmax()
            assert np.isnan(column[first:]).all()
            place = {d.run: d for d in history.diverged}[run_index]
            assert first == (place.epoch if name == "train_cost" else first)
    assert [(d.run, d.learning_rate) for d in history.diverged] == [(1, 1e30), (3, 1e10)]
    first, second = history.diverged
    assert 1 <= first.epoch <= second.epoch
    (warning,) = caught
    assert warning.filename == __file__
    assert str(warning.message) == (
        f"run 1: the cost is no longer finite in epoch {first.epoch}, step {first.step}, "
        f"at a learning rate of 1e+30; run 3: the cost is no longer finite in epoch "
        f"{second.epoch}, step {second.step}, at a learning rate of 1e+10. "
        "A smaller learning rate, or inputs of unit scale, help."
    )
    assert np.isfinite(history.train_cost[:, [0, 2]]).all()


def test_accuracy_of_a_diverged_run_is_nan():
    """A share of right labels says nothing once the numbers are gone."""

    class Explode(Rule):
        def edit(self, direction, _parameters, _state):
            direction[1] = np.inf

    X, y = points()
    stack = Parameters([2, 1], n_runs=2)
    options = {"epochs": 2, "batch_size": 10, "learning_rate": 0.1, "rng": None}
    with pytest.warns(DivergenceWarning, match="run 1: .* epoch 1, step 1"):
        history = train(Network([2, 1]), stack, X, y, rules=[Explode()], held_out=(X, y), **options)
    for accuracy in (history.train_accuracy, history.held_out_accuracy):
        assert np.isnan(accuracy[1:, 1]).all()
        assert np.isfinite(accuracy[:, 0]).all()
        assert np.isfinite(accuracy[0, 1])


def test_an_error_when_every_run_has_diverged():
    """It names every run, once, where it was lost."""
    X, y = diverging_regression()
    rates = np.array([[1e30], [1e10]])
    with pytest.raises(DivergenceError) as error:
        train(
            Network([2, 1], loss="squared_error"), Parameters([2, 1], n_runs=2), X, y,
            epochs=90, batch_size=5, learning_rate=rates, rng=None,
        )  # fmt: skip
    message = str(error.value)
    assert message.count("run 0: the cost is no longer finite in epoch") == 1
    assert message.count("run 1: the cost is no longer finite in epoch") == 1
    assert isinstance(error.value, FloatingPointError)


def test_divergence_says_where():
    """A single network has no run to name."""
    assert str(Divergence(None, 3, 7, 0.5)) == (
        "the cost is no longer finite in epoch 3, step 7, at a learning rate of 0.5"
    )
    assert str(Divergence(4, 3, 7, 0.5)).startswith("run 4: the cost")


def test_training_that_goes_well_warns_of_nothing():
    """Neither numpy nor the loop has anything to say, whatever numpy's settings are."""
    X, y = points()
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        options = {"epochs": 3, "batch_size": 7, "learning_rate": 0.5, "rng": None}
        train(Network([2, 4, 1]), Parameters([2, 4, 1]), X, y, **options)


# The progress bar


@pytest.mark.parametrize("progress", [False, True])
def test_the_progress_bar_goes_to_stderr_only_when_asked(progress, capsys):
    """Standard output stays empty, so that a notebook's numbers stay comparable."""
    X, y = points()
    options = {"epochs": 3, "batch_size": 7, "learning_rate": 0.5, "rng": None}
    train(Network([2, 1]), Parameters([2, 1]), X, y, progress=progress, **options)
    output = capsys.readouterr()
    assert output.out == ""
    assert (output.err == "") is not progress
    if progress:
        assert "epochs: 100%" in output.err
        assert "3/3" in output.err


# E1 to its end


def test_a_stack_of_e1_equals_single_runs_to_the_end():
    """150 epochs of one sample a step, three seeds: histories and parameters, to rounding."""
    hard, sizes, seeds = hard_points(), [2, 3, 4, 1], [1234, 1, 2]
    options = {
        "epochs": 150, "batch_size": 1, "learning_rate": 0.01, "rng": None, "evaluate_every": 10,
    }  # fmt: skip
    stack = source_initial_parameters(sizes, seeds)
    together = train(Network(sizes), stack, hard.X, hard.y, **options)
    for r in (0, 2):
        single = source_initial_parameters(sizes, seeds[r])
        history = train(Network(sizes), single, hard.X, hard.y, **options)
        np.testing.assert_allclose(stack.vector[r], single.vector, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(together.train_cost[:, r], history.train_cost, rtol=1e-7)
        np.testing.assert_array_equal(together.train_accuracy[:, r], history.train_accuracy)
    assert abs(together.train_cost[-1, 0] - 0.01344) < 5e-6
    assert together.train_accuracy[-1, 0] == 0.997
