"""Tests of weight decay and Adam: by hand, closed forms, scikit-learn, PyTorch, properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.datasets import weight_decay_regression
from course_lib.momentum import HeavyBall, Momentum
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import L2
from course_lib.schedules import exponential_decay
from course_lib.training import train
from course_lib.weight_decay import Adam, WeightDecay, adam_direction, decayed

SIZES = [4, 6, 3]
NETWORK = Network(SIZES, loss="softmax_cross_entropy")
X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.random.default_rng(1).integers(3, size=30)


class Recorder:
    """A rule that changes nothing and keeps the parameters after each step."""

    def __init__(self):
        self.steps = []

    def start(self, parameters):
        """Remember nothing."""

    def edit(self, direction, parameters, state):
        """Change nothing."""

    def after_step(self, parameters, _learning_rate):
        """Note where the step led."""
        self.steps.append(parameters.vector.copy())


def trajectory(rules, learning_rate=0.1, epochs=5, batch_size=8, seed=0):
    """Return the parameters after each step, of shape (n_steps, n_parameters)."""
    rng, recorder = np.random.default_rng(seed), Recorder()
    parameters = initial_parameters(SIZES, rng, "he", bias_scale=0.5)
    train(
        NETWORK, parameters, X, Y,
        epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, rng=rng,
        rules=[*rules, recorder],
    )  # fmt: skip
    return np.array(recorder.steps)


def without_data(rules, n_steps, rate=0.1, weight=1.0, bias=1.0):
    """Return weight and bias after each step, moved by the rules alone."""
    parameters = Parameters([1, 1])
    parameters.vector = [weight, bias]
    states, steps = [rule.start(parameters) for rule in rules], []
    for _ in range(n_steps):
        direction = np.zeros(2)
        for rule, state in zip(rules, states, strict=True):
            rule.edit(direction, parameters, state)
        parameters.vector -= rate * direction
        steps.append(parameters.vector.copy())
    return np.array(steps)


def directions(adam, gradients, layer_sizes=(1, 1), n_runs=None):
    """Return Adam's direction for each gradient of a sequence."""
    parameters = Parameters(layer_sizes, n_runs)
    state, given_out = adam.start(parameters), []
    for gradient in gradients:
        direction = np.array(gradient, dtype=float)
        adam.edit(direction, parameters, state)
        given_out.append(direction)
    return np.array(given_out)


# --------------------------------------------------------------------------- decay, by hand


def test_decayed_by_hand():
    """Learning rate 0.1 and decay 0.5 take 5 % of each weight, whatever its sign."""
    weights = np.array([1.0, -2.0, 0.0])
    np.testing.assert_allclose(decayed(weights, 0.1, 0.5), [0.95, -1.9, 0.0], rtol=1e-15)
    np.testing.assert_array_equal(weights, [1.0, -2.0, 0.0])
    stack = decayed(np.ones((2, 3)), 0.1, np.array([[0.5], [2.0]]))
    np.testing.assert_allclose(stack, [[0.95] * 3, [0.8] * 3], rtol=1e-15)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([WeightDecay(0.5)], [0.95, 0.9025]),
        ([L2(0.5)], [0.95, 0.9025]),
        ([Momentum(0.9), WeightDecay(0.5)], [0.95, 0.9025]),
        ([HeavyBall(0.9), WeightDecay(0.5)], [0.95, 0.9025]),
        ([Adam(), WeightDecay(0.5)], [0.95, 0.9025]),
        # v = 0.1 · 0.5 = 0.05; then 0.9 · 0.05 + 0.1 · 0.5 · 0.995 = 0.09475
        ([L2(0.5), Momentum(0.9)], [0.995, 0.985525]),
        ([WeightDecay(0.5), Momentum(0.9)], [0.995, 0.985525]),
        # v = 0.5; then 0.9 · 0.5 + 0.5 · 0.95 = 0.925
        ([L2(0.5), HeavyBall(0.9)], [0.95, 0.8575]),
    ],
    ids=repr,
)
def test_two_steps_without_data_by_hand(rules, expected):
    """Behind momentum or Adam the decay takes its share; through them it is another thing."""
    steps = without_data(rules, 2)
    np.testing.assert_allclose(steps[:, 0], expected, rtol=1e-14)
    np.testing.assert_array_equal(steps[:, 1], 1.0)  # the bias


def test_a_step_with_a_gradient_by_hand():
    """A weight of 2, g = 3, η = 0.1, λ = 0.5: 2 - 0.1 · 3 - 0.1 · 0.5 · 2 = 1.6."""
    parameters = Parameters([1, 1])
    parameters.vector = [2.0, 1.0]
    direction = np.array([3.0, 3.0])
    WeightDecay(0.5).edit(direction, parameters, None)
    np.testing.assert_allclose(parameters.vector - 0.1 * direction, [1.6, 0.7], rtol=1e-15)
    np.testing.assert_array_equal(parameters.vector, [2.0, 1.0])  # only the direction is edited


# --------------------------------------------------------------------------- decay and L2


@settings(max_examples=20, deadline=None)
@given(decay=st.floats(0, 5), seed=st.integers(0, 1000), batch_size=st.integers(1, 30))
def test_without_momentum_decay_is_l2_to_the_bit(decay, seed, batch_size):
    """The same trajectory, whatever strength, start and batches."""
    options = {"epochs": 2, "seed": seed, "batch_size": batch_size}
    ours = trajectory([WeightDecay(decay)], **options)
    np.testing.assert_array_equal(ours, trajectory([L2(decay)], **options))


@pytest.mark.parametrize("memory", [Momentum(0.9), HeavyBall(0.5), Adam()], ids=repr)
def test_with_a_memory_decay_is_not_l2(memory):
    """The order of the two rules changes the trajectory, and no decay makes them one again."""
    penalty = trajectory([L2(0.3), memory])
    decay = trajectory([memory, WeightDecay(0.3)])
    assert np.abs(penalty - decay).max() > 0.01
    none = [trajectory([rule(0.0), memory]) for rule in (L2, WeightDecay)]
    np.testing.assert_array_equal(*none)
    np.testing.assert_array_equal(none[1], trajectory([memory, WeightDecay(0.0)]))


@pytest.mark.parametrize("decay", [0.0, 0.3, 1.0])
def test_penalty_and_decay_end_at_the_ridge_solution(decay):
    """Through momentum or behind it, full batches end where scikit-learn's Ridge is."""
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    features, y = rng.normal(size=(40, 4)), rng.normal(size=40) + 3.0
    ridge = Ridge(alpha=40 * decay).fit(features, y)
    expected = [*ridge.coef_, ridge.intercept_]
    A = np.column_stack([features, np.ones(40)])
    D = np.diag([1.0, 1, 1, 1, 0])
    closed = np.linalg.solve(A.T @ A / 40 + decay * D, A.T @ y / 40)
    np.testing.assert_allclose(closed, expected, rtol=1e-10)
    for rules in (
        [WeightDecay(decay)],
        [Momentum(0.9), WeightDecay(decay)],
        [L2(decay), Momentum(0.9)],
    ):
        parameters = Parameters([4, 1])
        train(
            Network([4, 1], loss="squared_error"), parameters, features, y,
            epochs=1500, batch_size=40, learning_rate=0.2, rng=None, rules=rules,
            evaluate_every=1500,
        )  # fmt: skip
        np.testing.assert_allclose(parameters.vector, expected, rtol=0, atol=1e-9)


class DecayOfAll(WeightDecay):
    """Weight decay as some libraries have it: on the biases, too."""

    def edit(self, direction, parameters, _state):
        """Let the step take a share of everything."""
        direction += self.decay * parameters.vector


def test_the_bias_is_free_and_a_penalised_one_depends_on_the_origin():
    """Ours moves up with y; with the bias penalised it is a ridge on a column of ones."""
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    features, y = rng.normal(size=(40, 4)), rng.normal(size=40)
    ends = {}
    for shift in (0.0, 10.0):
        for rule in (WeightDecay(1.0), DecayOfAll(1.0)):
            parameters = Parameters([4, 1])
            train(
                Network([4, 1], loss="squared_error"), parameters, features, y + shift,
                epochs=800, batch_size=40, learning_rate=0.2, rng=None, rules=[rule],
                evaluate_every=800,
            )  # fmt: skip
            ends[type(rule), shift] = parameters.vector
    moved = ends[WeightDecay, 10.0] - ends[WeightDecay, 0.0]
    np.testing.assert_allclose(moved, [0, 0, 0, 0, 10], rtol=0, atol=1e-9)
    ones = np.column_stack([features, np.ones(40)])
    penalised = Ridge(alpha=40.0, fit_intercept=False).fit(ones, y + 10).coef_
    np.testing.assert_allclose(ends[DecayOfAll, 10.0], penalised, rtol=0, atol=1e-9)
    assert ends[DecayOfAll, 10.0][-1] < 6


# --------------------------------------------------------------------------- what decay does


def test_no_bias_of_any_layer_decays():
    """Every weight matrix loses the same share, every bias none."""
    parameters = Parameters(SIZES)
    parameters.vector += 2.0
    direction = parameters.like()
    WeightDecay(0.25).edit(direction.vector, parameters, None)
    for W, b in zip(direction.weights, direction.biases, strict=True):
        np.testing.assert_array_equal(W, 0.5)
        np.testing.assert_array_equal(b, 0.0)


@pytest.mark.parametrize("batch_size", [1, 4, 7, 20])
def test_the_strength_does_not_depend_on_the_batch_size(batch_size):
    """Where the data say nothing, each step takes ηλ, a step on a short batch too."""
    nothing, parameters = np.zeros((20, 3)), Parameters([3, 1])
    parameters.weights[0][...] = [[1.0], [-2.0], [3.0]]
    train(
        Network([3, 1], loss="squared_error"), parameters, nothing, np.zeros(20),
        epochs=3, batch_size=batch_size, learning_rate=0.1, rng=None, rules=[WeightDecay(0.5)],
    )  # fmt: skip
    steps = 3 * math.ceil(20 / batch_size)
    left = 0.95**steps * np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(parameters.weights[0].ravel(), left, rtol=1e-12)


def test_a_falling_learning_rate_takes_the_decay_along():
    """The weights are left with the product of all 1 - ηλ, each with the η of its epoch."""
    parameters = Parameters([1, 1])
    parameters.vector = [1.0, 0.0]
    train(
        Network([1, 1], loss="squared_error"), parameters, np.zeros((2, 1)), np.zeros(2),
        epochs=3, batch_size=1, learning_rate=exponential_decay(0.4, 0.5), rng=None,
        rules=[Momentum(0.9), WeightDecay(0.5)],
    )  # fmt: skip
    np.testing.assert_allclose(parameters.vector[0], (0.8 * 0.9 * 0.95) ** 2, rtol=1e-14)


def test_what_the_rows_do_not_see_changes_by_decay_alone():
    """At right angles to all rows the start stays for ever, or fades as (1 - ηλ)^t."""
    problem = weight_decay_regression(np.random.default_rng(3), n_features=50)
    span = np.linalg.qr(problem.X_train.T)[0]
    for decay in (0.0, 5.0):
        rng = np.random.default_rng(4)
        parameters = initial_parameters([50, 1], rng, "normal")
        before = parameters.weight_vector - span @ (span.T @ parameters.weight_vector)
        train(
            Network([50, 1], loss="squared_error"), parameters, problem.X_train, problem.y_train,
            epochs=10, batch_size=1, learning_rate=0.003, rng=rng, rules=[WeightDecay(decay)],
        )  # fmt: skip
        after = parameters.weight_vector - span @ (span.T @ parameters.weight_vector)
        expected = (1 - 0.003 * decay) ** 200 * before
        np.testing.assert_allclose(after, expected, rtol=0, atol=1e-12)


def test_experiment_11_is_the_shrunken_start():
    """Source 001's printed weights, and its run: λ 5 ends near (1 - ηλ)^200 of what λ 0 ends at."""
    without = np.array([0.303, -0.081, 0.648, -1.516, 0.165, 0.421, 0.412, 0.832, -0.665, 3.563])
    with_5 = np.array([0.016, -0.003, 0.031, -0.074, 0.010, 0.024, 0.021, 0.042, -0.034, 0.171])
    left = (1 - 0.003 * 5) ** 200
    assert round(left, 4) == 0.0487
    np.testing.assert_allclose(with_5, left * without, rtol=0, atol=0.0041)

    ends = {}
    for decay in (0.0, 5.0):
        rng = np.random.default_rng(0)
        problem = weight_decay_regression(rng)
        parameters = initial_parameters([200, 1], rng, "normal")
        train(
            Network([200, 1], loss="squared_error"), parameters, problem.X_train, problem.y_train,
            epochs=10, batch_size=1, learning_rate=0.003, rng=rng, rules=[WeightDecay(decay)],
        )  # fmt: skip
        ends[decay] = parameters.weight_vector
        missed = ((parameters.weight_vector - problem.true_weights) ** 2).sum() / 2
        low, high = {0.0: (60, 130), 5.0: (0.1, 0.5)}[decay]
        assert low < missed < high  # half the squared distance from the truth
    np.testing.assert_allclose(ends[5.0], left * ends[0.0], rtol=0, atol=0.02)


# --------------------------------------------------------------------------- Adam, by hand


def test_three_steps_of_adam_by_hand():
    """Gradients 2, -1, 4 with β 0.9 and 0.99, written out in plain floats."""
    m = s = 0.0
    expected = []
    for t, g in enumerate((2.0, -1.0, 4.0), start=1):
        m = 0.9 * m + 0.1 * g
        s = 0.99 * s + 0.01 * g * g
        expected.append(m / (1 - 0.9**t) / (math.sqrt(s / (1 - 0.99**t)) + 1e-8))
    # The second: a mean of 0.18 - 0.1 and a mean square of 0.0396 + 0.01, each corrected.
    second = (0.08 / 0.19) / math.sqrt(0.0496 / 0.0199)
    np.testing.assert_allclose(expected[:2], [1.0, second], rtol=1e-7)
    ours = directions(Adam(0.9, 0.99), [[2.0, 0.0], [-1.0, 0.0], [4.0, 0.0]])
    np.testing.assert_allclose(ours[:, 0], expected, rtol=1e-12)
    np.testing.assert_array_equal(ours[:, 1], 0.0)  # no gradient, no step, no nan


def test_the_start_of_the_averages_is_corrected():
    """A constant gradient of 2 has the corrected averages 2 and 4 from the first step on."""
    mean = mean_square = 0.0
    for t in (1, 2, 3):
        mean += 0.1 * (2 - mean)
        mean_square += 0.001 * (4 - mean_square)
        assert mean == pytest.approx([0.2, 0.38, 0.542][t - 1])
        one = adam_direction(np.array([mean]), np.array([mean_square]), t)
        np.testing.assert_allclose(one, 1.0, rtol=1e-7)
    ours = directions(Adam(), [[2.0, -0.003]] * 50)
    np.testing.assert_allclose(ours, [[1.0, -1.0]] * 50, rtol=1e-5)
    closer = directions(Adam(epsilon=1e-15), [[2.0, -0.003]] * 50)
    np.testing.assert_allclose(closer, [[1.0, -1.0]] * 50, rtol=1e-11)


def test_the_averages_are_sums_with_fading_shares():
    """The mean is the sum of (1-β) β^age g, and its partner that of the squares."""
    gradients = np.random.default_rng(0).normal(size=(12, 2))
    ages = np.arange(12)[::-1, np.newaxis]
    mean = (0.2 * 0.8**ages * gradients).sum(axis=0) / (1 - 0.8**12)
    mean_square = (0.05 * 0.95**ages * gradients**2).sum(axis=0) / (1 - 0.95**12)
    ours = directions(Adam(0.8, 0.95, 1e-3), gradients)[-1]
    np.testing.assert_allclose(ours, mean / (np.sqrt(mean_square) + 1e-3), rtol=1e-12)


def test_epsilon_is_outside_the_root():
    """A gradient as small as epsilon takes half a step."""
    np.testing.assert_allclose(directions(Adam(epsilon=1e-3), [[1e-3, -1e-3]]), [[0.5, -0.5]])
    np.testing.assert_allclose(
        adam_direction(np.array(0.1), np.array(0.001), 1, epsilon=1.0), 0.5, rtol=1e-12
    )


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 100))
def test_adam_does_not_see_the_scale_of_the_gradients(scale, seed):
    """All gradients times a number give the same directions, but for epsilon."""
    gradients = np.random.default_rng(seed).normal(size=(10, 2))
    adam = Adam(epsilon=1e-300)
    np.testing.assert_allclose(
        directions(adam, scale * gradients), directions(adam, gradients), rtol=1e-9
    )


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 100), n_steps=st.integers(1, 40))
def test_adam_steps_along_the_gradient_when_it_keeps_its_sign(seed, n_steps):
    """With gradients of one sign each entry steps to that side."""
    gradients = np.random.default_rng(seed).uniform(0.01, 1, size=(n_steps, 2)) * [1, -1]
    assert (directions(Adam(), gradients) * [1, -1] > 0).all()


def test_a_weight_without_data_through_adam_ignores_the_strength():
    """Through Adam a penalty takes η a step for any strength; behind it the share ηλ."""
    for strength in (1e-4, 1e-2):
        through = without_data([L2(strength), Adam()], 10, rate=0.001)
        np.testing.assert_allclose(through[:, 0], 1 - 0.001 * np.arange(1, 11), rtol=1e-3)
        behind = without_data([Adam(), WeightDecay(strength)], 10, rate=0.001)
        expected = (1 - 0.001 * strength) ** np.arange(1, 11)
        np.testing.assert_allclose(behind[:, 0], expected, rtol=1e-13)


# --------------------------------------------------------------------------- stacks, runs, types


def test_a_stack_is_its_single_runs():
    """Strengths and betas of shape (n_runs, 1): each run is the run with its own numbers."""
    strengths, beta1s, beta2s = (
        np.array(values)[:, np.newaxis]
        for values in ((0.0, 0.1, 1.0), (0.0, 0.9, 0.5), (0.99, 0.999, 0.9))
    )
    rngs = [np.random.default_rng(r) for r in range(3)]
    stack = initial_parameters(SIZES, rngs, "he")
    train(
        NETWORK, stack, X, Y,
        epochs=4, batch_size=8, learning_rate=0.02, rng=rngs,
        rules=[Adam(beta1s, beta2s), WeightDecay(strengths)],
    )  # fmt: skip
    for run in range(3):
        rng = np.random.default_rng(run)
        single = initial_parameters(SIZES, rng, "he")
        rules = [
            Adam(float(beta1s[run, 0]), float(beta2s[run, 0])),
            WeightDecay(float(strengths[run, 0])),
        ]
        train(
            NETWORK, single, X, Y,
            epochs=4, batch_size=8, learning_rate=0.02, rng=rng, rules=rules,
        )  # fmt: skip
        np.testing.assert_allclose(stack.vector[run], single.vector, rtol=0, atol=1e-9)


def test_rules_keep_nothing_between_runs():
    """The same objects in a second run, and in two runs at once, start anew each time."""
    rules = [Adam(), WeightDecay(0.1)]
    before = [dict(vars(rule)) for rule in rules]
    np.testing.assert_array_equal(trajectory(rules), trajectory(rules))
    assert [vars(rule) for rule in rules] == before
    assert rules[1].start(Parameters([1, 1])) is None
    adam, parameters = rules[0], Parameters([1, 1])
    one, other = adam.start(parameters), adam.start(parameters)
    for _ in range(3):
        adam.edit(np.array([1.0, 1.0]), parameters, one)
    assert (one.steps, other.steps) == (3, 0)
    for name in ("mean", "mean_square"):
        np.testing.assert_array_equal(getattr(other, name), 0.0)
        assert not np.shares_memory(getattr(one, name), getattr(other, name))
    assert not np.shares_memory(one.mean, one.mean_square)


def test_the_averages_do_not_share_memory_with_the_direction():
    """The loop scales the direction in place; the averages must not notice."""
    adam, parameters = Adam(), Parameters([1, 1])
    state = adam.start(parameters)
    direction = np.array([2.0, -1.0])
    adam.edit(direction, parameters, state)
    direction *= 100
    np.testing.assert_allclose(state.mean, [0.2, -0.1], rtol=1e-14)
    np.testing.assert_allclose(state.mean_square, [0.004, 0.001], rtol=1e-12)


def test_single_precision_is_kept():
    """float32 parameters stay float32, and near the run in double precision."""
    ends = []
    for dtype in (np.float32, np.float64):
        rng = np.random.default_rng(0)
        parameters = initial_parameters(SIZES, rng, "he", dtype=dtype)
        state = Adam().start(parameters)
        assert state.mean.dtype == state.mean_square.dtype == dtype
        train(
            NETWORK, parameters, X, Y,
            epochs=3, batch_size=10, learning_rate=0.01, rng=rng,
            rules=[Adam(), WeightDecay(0.1)],
        )  # fmt: skip
        assert parameters.dtype == dtype
        ends.append(parameters.vector)
    np.testing.assert_allclose(*ends, rtol=0, atol=1e-3)


def test_repr_says_how_to_make_it_again():
    """Both rules show their settings."""
    for rule in (WeightDecay(0.1), Adam(), Adam(0.8, 0.9, 1e-6)):
        assert vars(eval(repr(rule))) == vars(rule)


# --------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "0.1", None, True, [0.1], np.ones(3)])
def test_a_bad_decay_is_named(bad):
    """The message has the parameter, its range and the value."""
    with pytest.raises(ValueError, match=r"^decay must be a number in \[0, inf\)") as caught:
        WeightDecay(bad)
    told = repr(bad) if np.ndim(bad) == 0 or isinstance(bad, list) else "an array of shape (3,)"
    assert f"got {told}" in str(caught.value)


@pytest.mark.parametrize("name", ["beta1", "beta2"])
@pytest.mark.parametrize("bad", [1.0, -0.1, math.nan, "0.9", None, True, np.full(3, 0.5)])
def test_a_bad_beta_is_named(name, bad):
    """Each beta by its own name; 1 would never forget."""
    with pytest.raises(ValueError, match=rf"^{name} must be a number in \[0, 1\)") as caught:
        Adam(**{name: bad})
    told = repr(bad) if np.ndim(bad) == 0 or isinstance(bad, list) else "an array of shape (3,)"
    assert f"got {told}" in str(caught.value)


@pytest.mark.parametrize("bad", [0, 0.0, -1e-8, math.nan, math.inf, "1e-8", None, True])
def test_a_bad_epsilon_is_named(bad):
    """Zero, too: an entry that never had a gradient would be 0/0."""
    with pytest.raises(ValueError, match=r"^epsilon must be a number in \(0, inf\)") as caught:
        Adam(epsilon=bad)
    assert repr(bad) in str(caught.value)


def test_zero_is_allowed_where_it_makes_sense():
    """No decay, and an Adam without memory, which steps along the sign of each gradient."""
    np.testing.assert_array_equal(without_data([WeightDecay(0)], 3)[:, 0], 1.0)
    signs = directions(Adam(0, 0, 1e-300), [[3.0, -2.0], [-0.1, 5.0]])
    np.testing.assert_allclose(signs, [[1.0, -1.0], [-1.0, 1.0]], rtol=1e-12)


# --------------------------------------------------------------------------- PyTorch


def pytorch_steps(torch, make_optimiser, rates, weight_decay):
    """Return the parameters after each full-batch step, biases in a group without decay."""
    rng = np.random.default_rng(0)
    parameters = initial_parameters(SIZES, rng, "he", bias_scale=0.5)
    weights, biases = (
        [torch.tensor(view.copy(), requires_grad=True) for view in views]
        for views in (parameters.weights, parameters.biases)
    )
    groups = [
        {"params": weights, "weight_decay": weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    optimiser, steps = make_optimiser(groups), []
    for rate in rates:
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad()
        h = torch.relu(torch.tensor(X) @ weights[0] + biases[0])
        cost = torch.nn.functional.cross_entropy(h @ weights[1] + biases[1], torch.tensor(Y))
        cost.backward()
        optimiser.step()
        tensors = [tensor.detach().numpy().ravel() for tensor in (*weights, *biases)]
        steps.append(np.concatenate(tensors))
    return np.array(steps)


@pytest.mark.parametrize("falling", [False, True], ids=["constant rate", "falling rate"])
@pytest.mark.parametrize("name", ["SGD", "SGD with momentum", "Adam", "AdamW"])
def test_eighty_steps_agree_with_pytorch(name, falling):
    """In PyTorch `weight_decay` is L2 in SGD and Adam, decoupled in AdamW: within 1e-10."""
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: its optimisers are not compared"
    )
    betas, decay, rate = (0.8, 0.98), 0.2, 0.03
    optimisers = {
        "SGD": (lambda groups: torch.optim.SGD(groups, lr=rate), [L2(decay)]),
        "SGD with momentum": (
            lambda groups: torch.optim.SGD(groups, lr=rate, momentum=0.9),
            [L2(decay), HeavyBall(0.9)],
        ),
        "Adam": (
            lambda groups: torch.optim.Adam(groups, lr=rate, betas=betas, eps=1e-6),
            [L2(decay), Adam(*betas, 1e-6)],
        ),
        "AdamW": (
            lambda groups: torch.optim.AdamW(groups, lr=rate, betas=betas, eps=1e-6),
            [Adam(*betas, 1e-6), WeightDecay(decay)],
        ),
    }
    make_optimiser, rules = optimisers[name]
    schedule = exponential_decay(rate, 0.02) if falling else (lambda _epochs_done: rate)
    expected = pytorch_steps(torch, make_optimiser, [schedule(t) for t in range(80)], decay)

    parameters = initial_parameters(SIZES, np.random.default_rng(0), "he", bias_scale=0.5)
    recorder = Recorder()
    train(
        NETWORK, parameters, X, Y,
        epochs=80, batch_size=len(X), learning_rate=schedule, rng=None, rules=[*rules, recorder],
    )  # fmt: skip
    np.testing.assert_allclose(recorder.steps, expected, rtol=0, atol=1e-10)
    assert np.abs(expected[-1] - expected[0]).max() > 0.1  # there was something to agree about
