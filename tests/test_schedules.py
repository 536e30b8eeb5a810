"""Tests of learning-rate decay: by hand, by the counter's name, against PyTorch, scikit-learn."""

import math
import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.momentum import HeavyBall, Momentum
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.schedules import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    side_by_side,
    step_decay,
    warm_up,
)
from course_lib.training import train

SIZES = [2, 4, 1]
NETWORK = Network(SIZES)
N_SAMPLES, BATCH_SIZE, STEPS = 23, 5, 5  # the last batch is short
X = np.random.default_rng(0).normal(size=(N_SAMPLES, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
TARGETS = Y[:, np.newaxis].astype(float)

SCHEDULES = {
    "exponential": exponential_decay(0.4, 0.3),
    "exponential, per step": exponential_decay(0.4, 0.3, every="step"),
    "step": step_decay(0.4, 0.1, every_epochs=2),
    "1/t": inverse_time_decay(0.4, half_time=1.5),
    "1/t, per step": inverse_time_decay(0.4, half_time=1.5, every="step"),
    "cosine": cosine_decay(0.4, epochs=4),
    "cosine, per epoch": cosine_decay(0.4, epochs=4, every="epoch"),
    "warm-up": warm_up(0.4, epochs=1.4),
    "warm-up, cosine": warm_up(cosine_decay(0.4, epochs=2.6), epochs=1.4),
}


class Recorder:
    """A rule that changes nothing and keeps the rate and the parameters of every step."""

    def __init__(self):
        self.rates, self.vectors = [], []

    def start(self, parameters):
        """Remember nothing."""

    def edit(self, direction, parameters, state):
        """Change nothing."""

    def after_step(self, parameters, learning_rate):
        """Note the rate of the step, and where it led."""
        self.rates.append(np.array(learning_rate))
        self.vectors.append(parameters.vector.copy())


def run(learning_rate, *, epochs=4, rules=(), n_runs=None):
    """Train from the same start; return the recorder, the parameters and the history."""
    seeds = np.random.default_rng(5) if n_runs is None else np.random.default_rng(5).spawn(n_runs)
    parameters, recorder = initial_parameters(SIZES, seeds, "he"), Recorder()
    history = train(
        NETWORK, parameters, X, Y, epochs=epochs, batch_size=BATCH_SIZE, rng=None,
        learning_rate=learning_rate, rules=[*rules, recorder],
    )  # fmt: skip
    return recorder, parameters, history


# ---- by hand ---------------------------------------------------------------------------------

BY_HAND = {
    "exponential": (
        exponential_decay(0.8, 0.25),
        {0: 0.8, 0.99: 0.8, 1: 0.6, 1.5: 0.6, 2: 0.45, 3: 0.3375},
    ),
    "exponential, per step": (
        exponential_decay(0.8, 0.75, every="step"),
        {0: 0.8, 0.5: 0.4, 1: 0.2, 1.5: 0.1, 2: 0.05},
    ),
    "step": (
        step_decay(0.8, 0.1, every_epochs=3),
        {0: 0.8, 2.9: 0.8, 3: 0.08, 5.9: 0.08, 6: 0.008},
    ),
    "1/t": (
        inverse_time_decay(0.8, half_time=4),
        {0: 0.8, 0.9: 0.8, 1: 0.64, 4: 0.4, 4.7: 0.4, 12: 0.2},
    ),
    "1/t, per step": (
        inverse_time_decay(0.8, half_time=2, every="step"),
        {0: 0.8, 0.5: 0.64, 2: 0.4, 6: 0.2},
    ),
    "cosine": (
        cosine_decay(0.8, epochs=6),
        {0: 0.8, 1.5: 0.4 + 0.4 * math.sqrt(0.5), 2: 0.6, 3: 0.4, 4: 0.2, 6: 0.0, 7: 0.0, 12: 0.0},
    ),
    "cosine, per epoch": (
        cosine_decay(0.8, epochs=6, every="epoch"),
        {0: 0.8, 0.9: 0.8, 2: 0.6, 2.5: 0.6, 3: 0.4, 6: 0.0},
    ),
    "warm-up": (warm_up(0.8, epochs=2), {0: 0.0, 0.5: 0.2, 1: 0.4, 1.5: 0.6, 2: 0.8, 9: 0.8}),
    "warm-up of a part": (warm_up(0.8, epochs=0.25), {0: 0.0, 0.125: 0.4, 0.25: 0.8}),
    "warm-up, exponential": (
        warm_up(exponential_decay(0.8, 0.5), epochs=2),
        {0: 0.0, 1: 0.4, 2: 0.8, 2.9: 0.8, 3: 0.4, 4: 0.2},
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_first_values_are_those_of_pen_and_paper(name):
    """Each schedule at a few times, numbers that one can work out."""
    schedule, values = BY_HAND[name]
    for t, expected in values.items():
        assert schedule(t) == pytest.approx(expected, rel=1e-12, abs=1e-15), t


def test_experiment_5_crosses_the_constant_rate_at_72_7():
    """From .03 with γ .015: 72.7 epochs to .01, the last rate .0031, by the formula's logarithm."""
    smooth = exponential_decay(0.03, 0.015, every="step")
    crossing = math.log(3) / -math.log(0.985)
    assert round(crossing, 1) == 72.7
    assert smooth(crossing) == pytest.approx(0.01, rel=1e-12)
    held = exponential_decay(0.03, 0.015)
    assert held(72.9) > 0.01 > held(73)
    assert round(held(150), 4) == 0.0031


def test_the_way_of_an_exponential_decay_is_finite():
    """All rates together make the first one over γ; those of 1/t grow without end."""
    exponential, inverse = exponential_decay(0.3, 0.05), inverse_time_decay(0.3, 5)
    assert sum(map(exponential, range(2000))) == pytest.approx(0.3 / 0.05, rel=1e-10)
    sums = np.cumsum([inverse(t) for t in range(4000)])
    assert sums[3999] - sums[1999] > 0.9 * 0.3 * 5 * math.log(2)


def test_1_over_t_is_the_best_schedule_for_a_noisy_parabola():
    """With T = 1/(aη₀) its rates are those that make the mean square smallest in each step."""
    curvature, sigma, m = 2.0, 0.5, 3.0
    first = curvature * m / (curvature**2 * m + sigma**2)
    schedule = inverse_time_decay(first, half_time=1 / (curvature * first))
    for t in range(50):
        greedy = curvature * m / (curvature**2 * m + sigma**2)
        assert schedule(t) == pytest.approx(greedy, rel=1e-10)
        after = (1 - schedule(t) * curvature) ** 2 * m + schedule(t) ** 2 * sigma**2
        for other in (0.9, 1.1):
            rate = other * schedule(t)
            assert (1 - rate * curvature) ** 2 * m + rate**2 * sigma**2 > after
        m = after


# ---- the counter is what its name says -------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda every: exponential_decay(0.4, 0.3, every=every),
        lambda every: inverse_time_decay(0.4, 3, every=every),
        lambda every: cosine_decay(0.4, 5, every=every),
    ],
    ids=["exponential", "1/t", "cosine"],
)
def test_per_epoch_is_held_within_an_epoch_and_per_step_is_not(make):
    """Of 4 epochs with 5 steps: 4 different rates or 20; the same where an epoch begins."""
    held = [float(rate) for rate in run(make("epoch"))[0].rates]
    sliding = [float(rate) for rate in run(make("step"))[0].rates]
    assert len(held) == len(sliding) == 4 * STEPS
    assert len(set(held)) == 4
    assert len(set(sliding)) == 4 * STEPS
    for epoch in range(4):
        inside = held[epoch * STEPS : (epoch + 1) * STEPS]
        assert set(inside) == {held[epoch * STEPS]}
        assert sliding[epoch * STEPS] == pytest.approx(held[epoch * STEPS], rel=1e-12)
    np.testing.assert_allclose(sliding, [make("step")(k / STEPS) for k in range(4 * STEPS)])


def test_the_first_epoch_has_the_first_rate_and_steps_are_cut_when_the_epochs_are_over():
    """No off-by-one: two epochs at the first rate, two at a tenth of it."""
    rates = [float(rate) for rate in run(step_decay(0.5, 0.1, every_epochs=2))[0].rates]
    np.testing.assert_allclose(rates, [0.5] * 2 * STEPS + [0.05] * 2 * STEPS)


def test_a_schedule_does_not_know_how_many_steps_an_epoch_has():
    """Batches of 1 or of 23: after each epoch the rate is the same."""
    for batch_size in (1, 7, N_SAMPLES):
        history = train(
            NETWORK, initial_parameters(SIZES, np.random.default_rng(0)), X, Y,
            epochs=3, batch_size=batch_size, learning_rate=exponential_decay(0.1, 0.5), rng=None,
        )  # fmt: skip
        np.testing.assert_allclose(history.learning_rate, [0.1, 0.05, 0.025, 0.0125], rtol=1e-14)


def test_the_history_and_the_update_have_the_rate_of_the_schedule():
    """What is reported is what is used: each step is the rate times the gradient."""
    schedule = SCHEDULES["warm-up, cosine"]
    recorder, _, history = run(schedule)
    np.testing.assert_array_equal(history.learning_rate, [schedule(float(t)) for t in range(5)])
    by_hand = initial_parameters(SIZES, np.random.default_rng(5), "he")
    k = 0
    for epoch in range(4):
        for start in range(0, N_SAMPLES, BATCH_SIZE):
            rows = slice(start, start + BATCH_SIZE)
            gradient = NETWORK.gradient(by_hand, X[rows], TARGETS[rows]).vector
            by_hand.vector -= schedule(epoch + start / BATCH_SIZE / STEPS) * gradient
            np.testing.assert_allclose(recorder.vectors[k], by_hand.vector, rtol=0, atol=1e-12)
            k += 1


def test_a_warm_up_of_a_part_of_an_epoch_moves_no_boundary():
    """4.1 - 0.1 is a little below 4, and counts as 4 whole epochs all the same."""
    schedule = warm_up(step_decay(1.0, 0.1, every_epochs=1), epochs=0.1)
    assert 4.1 - 0.1 < 4
    assert schedule(4.1) == pytest.approx(1e-4, rel=1e-12)
    assert schedule(4.09) == pytest.approx(1e-3, rel=1e-12)


# ---- one run, two runs, a stack --------------------------------------------------------------


@pytest.mark.parametrize("rules", [[], [Momentum(0.9)]], ids=["plain", "momentum"])
def test_decay_0_is_the_constant_rate_to_the_bit(rules):
    """No decay: not one bit of the trained parameters differs."""
    constant = run(0.3, rules=rules)[1].vector
    for schedule in (
        exponential_decay(0.3, 0.0),
        exponential_decay(0.3, 0.0, every="step"),
        side_by_side([0.3]),
    ):
        vector = run(lambda t, s=schedule: np.ravel(s(t))[0], rules=rules)[1].vector
        np.testing.assert_array_equal(vector, constant)
    assert np.abs(run(exponential_decay(0.3, 0.3), rules=rules)[1].vector - constant).max() > 1e-3


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_that_two_runs_share_keeps_nothing(name):
    """The second run equals the first, and asking in another order changes nothing."""
    schedule = SCHEDULES[name]
    first = run(schedule)[1].vector
    times = np.linspace(0, 6, 61)
    forwards = [schedule(t) for t in times]
    backwards = [schedule(t) for t in times[::-1]]
    assert forwards == backwards[::-1]
    np.testing.assert_array_equal(run(schedule)[1].vector, first)


def column(*values):
    """Return an array of shape (n_runs, 1)."""
    return np.array(values)[:, np.newaxis]


STACKS = {
    "exponential": (
        exponential_decay(column(0.1, 0.4), column(0.5, 0.2)),
        [exponential_decay(0.1, 0.5), exponential_decay(0.4, 0.2)],
    ),
    "exponential, one decay": (
        exponential_decay(column(0.1, 0.4), 0.2, every="step"),
        [exponential_decay(rate, 0.2, every="step") for rate in (0.1, 0.4)],
    ),
    "step": (
        step_decay(column(0.1, 0.4), column(0.5, 0.1), every_epochs=2),
        [step_decay(0.1, 0.5, 2), step_decay(0.4, 0.1, 2)],
    ),
    "1/t": (
        inverse_time_decay(0.4, column(1.0, 5.0)),
        [inverse_time_decay(0.4, 1.0), inverse_time_decay(0.4, 5.0)],
    ),
    "warm-up": (warm_up(column(0.1, 0.4), 1.5), [warm_up(0.1, 1.5), warm_up(0.4, 1.5)]),
    "warm-up, cosine": (
        warm_up(cosine_decay(column(0.1, 0.4), 2.5), 1.5),
        [warm_up(cosine_decay(rate, 2.5), 1.5) for rate in (0.1, 0.4)],
    ),
    "side by side": (
        side_by_side([0.1, cosine_decay(0.4, 4)]),
        [lambda _t: 0.1, cosine_decay(0.4, 4)],
    ),
}


@pytest.mark.parametrize("name", STACKS)
def test_an_array_of_rates_for_a_stack_is_each_run_s_own(name):
    """Run r of the stack has the rates, and ends where the single run ends."""
    schedule, singles = STACKS[name]
    recorder, stack, history = run(schedule, n_runs=2)
    assert np.shape(schedule(0.0)) == (2, 1)
    assert history.learning_rate.shape == (5, 2)
    for r, single in enumerate(singles):
        seeds = np.random.default_rng(5).spawn(2)
        parameters = initial_parameters(SIZES, seeds[r], "he")
        train(
            NETWORK, parameters, X, Y, epochs=4, batch_size=BATCH_SIZE, rng=None,
            learning_rate=single,
        )  # fmt: skip
        np.testing.assert_allclose(stack.vector[r], parameters.vector, rtol=1e-9, atol=1e-12)
        expected = [single(k / STEPS) for k in range(4 * STEPS)]
        np.testing.assert_allclose([rates[r, 0] for rates in recorder.rates], expected, rtol=1e-12)


def test_side_by_side_computes_a_schedule_once_however_often_it_comes():
    """Four runs, two schedules: two calls for a step."""
    calls = []

    def counting(t):
        calls.append(t)
        return 0.1 * (1 + t)

    schedule = side_by_side([counting, 0.5, counting, counting])
    calls.clear()
    assert schedule(1.0).tolist() == [[0.2], [0.5], [0.2], [0.2]]
    assert calls == [1.0]


# ---- properties ------------------------------------------------------------------------------

RATES = st.floats(1e-4, 10.0)
TIMES = st.floats(0.0, 300.0)
DECAYS = st.one_of(
    st.builds(
        exponential_decay, RATES, st.floats(0, 0.9), every=st.sampled_from(["epoch", "step"])
    ),
    st.builds(step_decay, RATES, st.floats(0, 0.9), st.integers(1, 50)),
    st.builds(
        inverse_time_decay, RATES, st.floats(0.1, 100), every=st.sampled_from(["epoch", "step"])
    ),
    st.builds(cosine_decay, RATES, st.floats(0.5, 200), every=st.sampled_from(["epoch", "step"])),
)


@given(DECAYS, TIMES, TIMES)
def test_a_decay_never_rises_and_stays_between_0_and_the_first_rate(schedule, s, t):
    """Later is never more, and nothing is negative."""
    early, late = schedule(min(s, t)), schedule(max(s, t))
    assert 0 <= late <= early <= schedule(0.0)


@given(DECAYS, st.floats(0.01, 20), st.floats(0, 1), TIMES)
def test_a_warm_up_rises_in_a_straight_line_and_then_follows_the_other(schedule, warm, part, t):
    """The share of the warm-up that is over is the share of the first rate; then the decay."""
    warmed = warm_up(schedule, warm)
    before = part * warm
    if before < warm:
        assert warmed(before) == pytest.approx(schedule(0.0) * before / warm, rel=1e-9, abs=1e-300)
    assert warmed(warm) == schedule(0.0)
    assert warmed(warm + t) == schedule(warm + t - warm)


# ---- other libraries -------------------------------------------------------------------------


def torch_trajectory(torch, make_scheduler, beta, *, per_step, epochs=4, initial=0.4):
    """Return rates and parameters after each step of PyTorch's SGD under its scheduler."""
    parameters = initial_parameters(SIZES, np.random.default_rng(5), "he")
    tensors = [
        torch.tensor(view.copy(), requires_grad=True)
        for view in (*parameters.weights, *parameters.biases)
    ]
    optimizer = torch.optim.SGD(tensors, lr=initial, momentum=beta)
    scheduler = make_scheduler(torch.optim.lr_scheduler, optimizer)
    rates, vectors = [], []
    for _ in range(epochs):
        for start in range(0, N_SAMPLES, BATCH_SIZE):
            rows = slice(start, start + BATCH_SIZE)
            h = torch.relu(torch.tensor(X[rows]) @ tensors[0] + tensors[2])
            z = h @ tensors[1] + tensors[3]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                z, torch.tensor(TARGETS[rows])
            )
            optimizer.zero_grad()
            loss.backward()
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            vectors.append(np.concatenate([t.detach().numpy().ravel() for t in tensors]))
            if per_step:
                scheduler.step()
        if not per_step:
            scheduler.step()
    return np.array(rates), np.array(vectors)


def warm_then(after):
    """Return a maker of PyTorch's linear warm-up over 7 steps, and then another scheduler."""

    def make(lr_scheduler, optimizer):
        first = lr_scheduler.LinearLR(optimizer, start_factor=1e-12, total_iters=7)
        then = after(lr_scheduler, optimizer)
        return lr_scheduler.SequentialLR(optimizer, [first, then], milestones=[7])

    return make


IN_TORCH = {
    "ExponentialLR": (
        exponential_decay(0.4, 0.3), False, lambda m, o: m.ExponentialLR(o, gamma=1 - 0.3),
    ),
    "ExponentialLR, per step": (
        exponential_decay(0.4, 0.3, every="step"), True,
        lambda m, o: m.ExponentialLR(o, gamma=(1 - 0.3) ** (1 / STEPS)),
    ),
    "StepLR": (
        step_decay(0.4, 0.1, every_epochs=2), False,
        lambda m, o: m.StepLR(o, step_size=2, gamma=0.1),
    ),
    "LambdaLR for 1/t": (
        inverse_time_decay(0.4, half_time=1.5), False,
        lambda m, o: m.LambdaLR(o, lambda epoch: 1 / (1 + epoch / 1.5)),
    ),
    "CosineAnnealingLR": (
        cosine_decay(0.4, epochs=4, every="epoch"), False,
        lambda m, o: m.CosineAnnealingLR(o, T_max=4),
    ),
    "CosineAnnealingLR, per step": (
        cosine_decay(0.4, epochs=4), True, lambda m, o: m.CosineAnnealingLR(o, T_max=4 * STEPS),
    ),
    "LinearLR and a constant": (
        warm_up(0.4, epochs=7 / STEPS), True,
        warm_then(lambda m, o: m.ConstantLR(o, factor=1.0)),
    ),
    "LinearLR and CosineAnnealingLR": (
        warm_up(cosine_decay(0.4, epochs=4 - 7 / STEPS), epochs=7 / STEPS), True,
        warm_then(lambda m, o: m.CosineAnnealingLR(o, T_max=4 * STEPS - 7)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("beta", [0.0, 0.9], ids=["plain", "momentum"])
@pytest.mark.parametrize("name", IN_TORCH)
def test_trajectories_are_those_of_pytorch(name, beta):
    """Rates and every step's parameters, under its scheduler and its SGD."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    schedule, per_step, make_scheduler = IN_TORCH[name]
    with warnings.catch_warnings():
        # SequentialLR of some versions warns of its own calls to the schedulers inside.
        warnings.simplefilter("ignore", UserWarning)
        rates, vectors = torch_trajectory(torch, make_scheduler, beta, per_step=per_step)
    recorder, _, _ = run(schedule, rules=[HeavyBall(beta)])
    np.testing.assert_allclose(recorder.rates, rates, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(recorder.vectors, vectors, rtol=0, atol=1e-9)
    assert np.abs(vectors[-1] - vectors[0]).max() > 0.01


def test_averaged_momentum_and_the_heavy_ball_stay_together_under_a_schedule():
    """η multiplies the whole velocity in both, so that (1-β)η converts under every schedule."""
    for schedule in SCHEDULES.values():
        averaged = run(schedule, rules=[Momentum(0.8)])[1].vector
        heavy = run(lambda t, s=schedule: (1 - 0.8) * s(t), rules=[HeavyBall(0.8)])[1].vector
        np.testing.assert_allclose(averaged, heavy, rtol=0, atol=1e-12)


def test_scikit_learn_s_invscaling_counts_samples():
    """The known trap: after k epochs its t is k·n, so the rate falls by √(n+1) in the first."""
    neural_network = pytest.importorskip("sklearn.neural_network")
    model = neural_network.MLPClassifier(
        (4,), solver="sgd", momentum=0, alpha=0, batch_size=BATCH_SIZE, max_iter=1,
        learning_rate="invscaling", learning_rate_init=0.1, power_t=0.5, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged, and says so
        model.fit(X, Y)
    now = model._optimizer.learning_rate
    assert now == pytest.approx(0.1 / math.sqrt(N_SAMPLES + 1), rel=1e-12)
    counted_in_epochs = 0.1 / math.sqrt(1 + 1)
    assert now < 0.5 * counted_in_epochs


# ---- bad input -------------------------------------------------------------------------------

INITIAL = ["initial", "(0, inf)", "(n_runs, 1)"]
BAD = {
    "initial zero": (lambda: exponential_decay(0, 0.1), [*INITIAL, "got 0"]),
    "initial negative": (lambda: step_decay(-0.1, 0.5, 3), [*INITIAL, "got -0.1"]),
    "initial infinite": (lambda: cosine_decay(np.inf, 3), [*INITIAL, "got inf"]),
    "initial nan": (lambda: inverse_time_decay(np.nan, 3), [*INITIAL, "got nan"]),
    "initial a text": (lambda: exponential_decay("0.1", 0.1), [*INITIAL, "got '0.1'"]),
    "initial a list": (lambda: exponential_decay([0.1], 0.1), [*INITIAL, "got [0.1]"]),
    "initial a bool": (lambda: exponential_decay(True, 0.1), [*INITIAL, "got True"]),
    "initial flat": (lambda: exponential_decay(np.array([0.1, 0.2]), 0.1), INITIAL),
    "initial partly zero": (lambda: exponential_decay(column(0.1, 0.0), 0.1), INITIAL),
    "decay 1": (lambda: exponential_decay(0.1, 1.0), ["decay", "[0, 1)", "got 1.0"]),
    "decay negative": (lambda: exponential_decay(0.1, -0.1), ["decay", "[0, 1)", "got -0.1"]),
    "every epochs": (
        lambda: exponential_decay(0.1, 0.1, every="batch"),
        ["every", "'epoch', 'step'", "got 'batch'"],
    ),
    "1/t, every": (lambda: inverse_time_decay(0.1, 3, every=1), ["every", "got 1"]),
    "cosine, every": (lambda: cosine_decay(0.1, 3, every="never"), ["every", "got 'never'"]),
    "factor 1": (lambda: step_decay(0.1, 1.0, 3), ["factor", "[0, 1)", "got 1.0"]),
    "every_epochs 0": (lambda: step_decay(0.1, 0.5, 0), ["every_epochs", "at least 1", "got 0"]),
    "every_epochs a part": (lambda: step_decay(0.1, 0.5, 1.5), ["every_epochs", "got 1.5"]),
    "half_time 0": (lambda: inverse_time_decay(0.1, 0), ["half_time", "(0, inf)", "got 0"]),
    "half_time flat": (lambda: inverse_time_decay(0.1, np.ones(2)), ["half_time", "(n_runs, 1)"]),
    "cosine's epochs 0": (lambda: cosine_decay(0.1, 0), ["epochs", "(0, inf)", "got 0"]),
    "cosine's epochs infinite": (lambda: cosine_decay(0.1, math.inf), ["epochs", "(0, inf)"]),
    "warm-up of 0": (lambda: warm_up(0.1, 0), ["epochs", "(0, inf)", "got 0"]),
    "warm-up to a negative rate": (lambda: warm_up(-0.1, 2), [*INITIAL, "got -0.1"]),
    "warm-up to a text": (lambda: warm_up("cosine", 2), [*INITIAL, "got 'cosine'"]),
    "side by side nothing": (lambda: side_by_side([]), ["schedules", "at least one", "got []"]),
    "side by side one": (lambda: side_by_side(0.1), ["schedules", "sequence", "got 0.1"]),
    "side by side a zero rate": (
        lambda: side_by_side([0.1, 0.0]), ["schedules[1]", "(0, inf)", "got 0.0"],
    ),
    "side by side a stack's": (
        lambda: side_by_side([0.1, exponential_decay(column(0.1, 0.2), 0.5)]), ["schedules[1]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named(name):
    """The message has the parameter, the range and the value."""
    call, words = BAD[name]
    with pytest.raises(ValueError, match=re.escape(words[0])) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_a_schedule_for_another_number_of_runs_is_refused_before_the_first_step():
    """Three rates for two runs: an error, and nothing is changed."""
    stack = Parameters(SIZES, n_runs=2)
    with pytest.raises(ValueError, match="learning_rate of the schedule at epoch 0"):
        train(
            NETWORK, stack, X, Y, epochs=1, batch_size=5, rng=None,
            learning_rate=exponential_decay(column(0.1, 0.2, 0.3), 0.5),
        )  # fmt: skip
    assert not stack.vector.any()
