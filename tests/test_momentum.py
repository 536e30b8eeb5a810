"""Momentum by hand, by its closed form on a quadratic, by its conversions, and against others."""

import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_lib.datasets import hard_points
from course_lib.momentum import (
    HeavyBall,
    Momentum,
    Nesterov,
    averaged_momentum,
    heavy_ball,
    nesterov_direction,
)
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters, stacked
from course_lib.schedules import step_decay
from course_lib.training import train

RULES = [Momentum, HeavyBall, Nesterov]
SIZES = [2, 3, 4, 1]
GRADIENTS = np.array([[1.0, -2.0], [1.0, 2.0], [-4.0, 0.5]])
numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


def directions(rule, gradients, n_runs=None):
    """Return the directions that a rule makes of gradients of two numbers, one after the other."""
    parameters = Parameters([1, 1], n_runs)
    state, result = rule.start(parameters), []
    for gradient in gradients:
        direction = np.array(gradient, float)
        rule.edit(direction, parameters, state)
        result.append(direction)
    return np.array(result)


def descend(rule, curvature, rate, n_steps, start=(1.0, 1.0)):
    """Return the path over a quadratic with the curvatures of its two axes."""
    parameters = Parameters([1, 1])
    parameters.vector = start
    state, path = rule.start(parameters), [np.array(start)]
    for _ in range(n_steps):
        direction = curvature * parameters.vector
        rule.edit(direction, parameters, state)
        parameters.vector -= rate * direction
        path.append(parameters.vector.copy())
    return np.array(path)


def trained(rules, learning_rate=0.1, parameters=None, rng=0, epochs=6, size=32):
    """Return the parameters of a network after a few epochs on the two-class problem."""
    points = hard_points("standard deviation")
    if parameters is None:
        parameters = initial_parameters(SIZES, np.random.default_rng(7), "he")
    rngs = np.random.default_rng(rng) if parameters.n_runs is None else None
    if parameters.n_runs is not None:
        rngs = [np.random.default_rng(rng) for _ in range(parameters.n_runs)]
    train(
        Network(SIZES),
        parameters,
        points.X[:200],
        points.y[:200],
        epochs=epochs,
        batch_size=size,
        learning_rate=learning_rate,
        rng=rngs,
        rules=rules,
    )
    return parameters.vector


def test_averaged_momentum_by_hand():
    """From rest: a tenth of the first gradient, then 0.9 of that and a tenth of the second."""
    expected = [[0.1, -0.2], [0.09 + 0.1, -0.18 + 0.2], [0.171 - 0.4, 0.018 + 0.05]]
    np.testing.assert_allclose(directions(Momentum(0.9), GRADIENTS), expected, rtol=1e-12)


def test_the_heavy_ball_by_hand():
    """From rest: the first gradient whole, then 0.9 of it and the second whole."""
    expected = [[1.0, -2.0], [1.9, 0.2], [1.71 - 4.0, 0.18 + 0.5]]
    np.testing.assert_allclose(directions(HeavyBall(0.9), GRADIENTS), expected, rtol=1e-12)


def test_nesterov_by_hand():
    """The gradient, and 0.9 of the velocity that has it in already."""
    expected = [[1.9, -3.8], [1.0 + 1.71, 2.0 + 0.18], [-4.0 - 2.061, 0.5 + 0.612]]
    np.testing.assert_allclose(directions(Nesterov(0.9), GRADIENTS), expected, rtol=1e-12)


@settings(max_examples=50, deadline=None)
@given(
    arrays(float, (4, 2), elements=numbers),
    st.floats(0, 0.999),
)
def test_rules_are_their_formulas(gradients, beta):
    """Each rule, step by step, is what its plain function says."""
    averaged, ball = np.zeros(2), np.zeros(2)
    made = [directions(rule(beta), gradients) for rule in RULES]
    for step, gradient in enumerate(gradients):
        averaged = averaged_momentum(averaged, gradient, beta)
        ball = heavy_ball(ball, gradient, beta)
        expected = [averaged, ball, nesterov_direction(ball, gradient, beta)]
        for one, right in zip(made, expected, strict=True):
            np.testing.assert_allclose(one[step], right, rtol=1e-12, atol=1e-9)


def test_the_functions_change_nothing():
    """The plain functions leave velocity and gradient as they were."""
    velocity, gradient = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for function in (averaged_momentum, heavy_ball, nesterov_direction):
        function(velocity, gradient, 0.9)
    np.testing.assert_array_equal([velocity, gradient], [[1.0, 2.0], [3.0, 4.0]])


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.99), st.integers(1, 60))
def test_the_weights_of_past_gradients(beta, age):
    """A gradient of tau steps ago counts (1 - beta) beta^tau; all together 1 - beta^t."""
    impulse = np.zeros((age + 1, 2))
    impulse[0] = 1.0
    weight = (1 - beta) * beta**age
    np.testing.assert_allclose(
        directions(Momentum(beta), impulse)[-1], weight, rtol=1e-10, atol=1e-300
    )
    constant = directions(Momentum(beta), np.ones((age, 2)))[-1]
    np.testing.assert_allclose(constant, 1 - beta**age, rtol=1e-10)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n_runs", [None, 3])
def test_beta_0_is_plain_descent_to_the_bit(rule, n_runs):
    """Without memory nothing is left of momentum, for one network and for a stack."""

    def start():
        rngs = np.random.default_rng(3)
        return initial_parameters(SIZES, rngs if n_runs is None else rngs.spawn(n_runs), "he")

    plain = trained([], parameters=start())
    np.testing.assert_array_equal(trained([rule(0.0)], parameters=start()), plain)
    assert np.abs(trained([rule(0.9)], parameters=start()) - plain).max() > 1e-3


@pytest.mark.parametrize("schedule", [0.1, step_decay(0.1, 0.3, every_epochs=2)])
@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
def test_averaged_is_the_heavy_ball_at_a_smaller_rate(beta, schedule):
    """Averaged momentum at eta walks as the heavy ball at (1 - beta) eta, with any schedule."""

    def smaller(epochs_done):
        return (1 - beta) * (schedule(epochs_done) if callable(schedule) else schedule)

    averaged, ball = trained([Momentum(beta)], schedule), trained([HeavyBall(beta)], smaller)
    np.testing.assert_allclose(ball, averaged, rtol=0, atol=1e-10)
    assert np.abs(trained([HeavyBall(beta)], schedule) - averaged).max() > 1e-2


def rate_inside(beta, rates):
    """Return a path over the parabola by v <- beta v - rate g, w <- w + v, as source 000 has it."""
    w, v, path = 1.0, 0.0, []
    for rate in rates:
        v = beta * v - rate * w
        w += v
        path.append(w)
    return np.array(path)


def rate_outside(beta, rates):
    """Return the heavy ball's path over the parabola, by the rule of the course."""
    parameters, rule, path = Parameters([1, 1]), HeavyBall(beta), []
    parameters.vector = 1.0
    state = rule.start(parameters)
    for rate in rates:
        direction = parameters.vector.copy()
        rule.edit(direction, parameters, state)
        parameters.vector -= rate * direction
        path.append(parameters.vector[0])
    return np.array(path)


def test_the_rate_inside_the_velocity_is_another_rule_once_it_changes():
    """Equal while the rate is constant, from the first step after a change on no longer."""
    constant = np.full(30, 0.1)
    np.testing.assert_allclose(
        rate_inside(0.9, constant), rate_outside(0.9, constant), rtol=0, atol=1e-12
    )
    dropped = np.repeat([0.1, 0.01], [10, 20])
    inside, outside = rate_inside(0.9, dropped), rate_outside(0.9, dropped)
    np.testing.assert_allclose(inside[:10], outside[:10], rtol=0, atol=1e-12)
    assert (np.abs(inside[10:] - outside[10:]) > 0.01).all()


def test_the_plain_looking_sgd_of_source_000():
    """Its v <- 0.4 v + 0.1 g, w <- w - v is averaged momentum 0.4 at a rate of 1/6."""
    w, v, path = np.array([1.0, 1.0]), np.zeros(2), []
    curvature = np.array([1.0, 8.0])
    for _ in range(25):
        v = 0.4 * v + 0.1 * curvature * w
        w = w - v
        path.append(w)
    ours = descend(Momentum(0.4), curvature, 0.1 / (1 - 0.4), 25)
    np.testing.assert_allclose(ours[1:], path, rtol=0, atol=1e-12)


def test_nesterov_is_the_gradient_at_the_point_ahead():
    """Nesterov's own form, seen from its look-ahead point, is the form that the rule computes."""
    curvature, rate, beta = np.array([0.1, 1.0]), 0.3, 0.8
    w, v, ahead = np.array([1.0, 1.0]), np.zeros(2), []
    for _ in range(40):
        v = beta * v + curvature * (w - rate * beta * v)
        w = w - rate * v
        ahead.append(w - rate * beta * v)
    np.testing.assert_allclose(
        descend(Nesterov(beta), curvature, rate, 40)[1:], ahead, rtol=0, atol=1e-12
    )


def largest_root(linear, constant):
    """Return the largest modulus of the roots of r^2 - linear r + constant."""
    return np.abs(np.roots([1.0, -linear, constant])).max()


def measured_rate(rule, rate, curvature):
    """Return the factor per step of position and position one step before, over 400 steps."""
    path = descend(rule, np.array([curvature, curvature]), rate, 600)[:, 0]
    size = np.hypot(path[1:], path[:-1])
    return (size[-1] / size[-401]) ** (1 / 400)


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("step", [0.02, 0.3, 1.1, 1.7])
def test_the_path_over_a_quadratic(beta, step):
    """Three positions in a row: w'' = (1 + beta - alpha h) w' - beta w, and v at rest before."""
    curvature = 4.0
    for rule, rate in ((HeavyBall, step / 4.0), (Momentum, step / 4.0 / (1 - beta))):
        w = descend(rule(beta), np.array([curvature, curvature]), rate, 60)[:, 0]
        assert w[1] == pytest.approx(1 - step)
        np.testing.assert_allclose(
            w[2:], (1 + beta - step) * w[1:-1] - beta * w[:-2], rtol=1e-9, atol=1e-12
        )
    w = descend(Nesterov(beta), np.array([curvature, curvature]), step / 4.0, 60)[:, 0]
    shrunk = 1 - step
    expected = (1 + beta) * shrunk * w[1:-1] - beta * shrunk * w[:-2]
    np.testing.assert_allclose(w[2:], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("beta", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("step", [0.02, 0.3, 1.1])
def test_rates_on_a_quadratic(beta, step):
    """A run shrinks as the roots of r^2 - (1 + beta - alpha h) r + beta say."""
    predicted = largest_root(1 + beta - step, beta)
    assert measured_rate(HeavyBall(beta), step / 4.0, 4.0) == pytest.approx(predicted, rel=0.01)
    averaged = measured_rate(Momentum(beta), step / 4.0 / (1 - beta), 4.0)
    assert averaged == pytest.approx(predicted, rel=0.01)
    if abs(1 + beta - step) < 2 * np.sqrt(beta):
        assert predicted == pytest.approx(np.sqrt(beta))  # whatever the curvature is


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        (Momentum, lambda beta: 2 * (1 + beta) / (1 - beta)),
        (HeavyBall, lambda beta: 2 * (1 + beta)),
        (Nesterov, lambda beta: 2 * (1 + beta) / (1 + 2 * beta)),
    ],
)
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_the_largest_stable_rate(rule, limit, beta):
    """Just below the limit a run comes down, just above it leaves."""
    curvature = np.array([2.0, 2.0])
    for factor, comes_down in ((0.99, True), (1.01, False)):
        path = descend(rule(beta), curvature, factor * limit(beta) / 2.0, 500)
        assert (np.abs(path[-1]) < 1e-3).all() == comes_down
        assert (np.abs(path[-1]) > 1e3).all() != comes_down


@pytest.mark.parametrize("kappa", [10.0, 100.0])
def test_the_best_beta_for_a_narrow_valley(kappa):
    """The closed form's rate is the square root of beta, and no pair on a grid does better."""
    root = np.sqrt(kappa)
    best = (root - 1) / (root + 1)
    alpha = 4 / (1 + 1 / root) ** 2

    def rate(alpha, beta):
        return max(largest_root(1 + beta - alpha * h, beta) for h in (1 / kappa, 1.0))

    assert rate(alpha, best**2) == pytest.approx(best, abs=1e-6)
    grid = [rate(a, b) for a in np.linspace(0.1, 4, 60) for b in np.linspace(0, 0.99, 60)]
    assert min(grid) >= best - 1e-9
    plain = min(rate(a, 0.0) for a in np.linspace(0.5, 2.5, 2001))
    assert plain == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-3)
    walked = descend(Momentum(best**2), np.array([1 / kappa, 1.0]), alpha / (1 - best**2), 300)
    sizes = np.linalg.norm(walked, axis=1)
    assert (sizes[300] / sizes[100]) ** (1 / 200) == pytest.approx(best, rel=0.01)


def test_noise_where_the_run_ends():
    """On a noisy parabola the variance is eta / (2 - eta (1 - beta) / (1 + beta))."""
    rng = np.random.default_rng(0)
    n_runs = 4000
    for eta, beta in ((0.2, 0.0), (0.2, 0.9), (1.5, 0.9), (8.0, 0.9)):
        parameters, rule = Parameters([1, 1], n_runs), Momentum(beta)
        state, squares = rule.start(parameters), []
        for step in range(300):
            direction = parameters.vector + rng.normal(size=parameters.vector.shape)
            rule.edit(direction, parameters, state)
            parameters.vector -= eta * direction
            if step >= 150:
                squares.append((parameters.vector**2).mean())
        predicted = eta / (2 - eta * (1 - beta) / (1 + beta))
        assert np.mean(squares) == pytest.approx(predicted, rel=0.05)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_used_by_two_runs_keeps_nothing(rule):
    """One after the other or taking turns, runs that share a rule are runs with rules of their own.

    (A well-known library kept the velocity in a default argument, shared by all models.)
    """
    shared, fresh = rule(0.9), trained([rule(0.9)])
    before = dict(vars(shared))
    np.testing.assert_array_equal(trained([shared]), fresh)
    np.testing.assert_array_equal(trained([shared]), fresh)
    assert vars(shared) == before
    parameters = Parameters([1, 1])
    states = [shared.start(parameters), shared.start(parameters)]
    assert not np.shares_memory(*states)
    one, other = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    shared.edit(one, parameters, states[0])
    shared.edit(other, parameters, states[1])
    np.testing.assert_array_equal(one, directions(shared, [[1.0, 2.0]])[0])
    np.testing.assert_array_equal(other, directions(shared, [[5.0, 6.0]])[0])


@pytest.mark.parametrize("rule", RULES)
def test_the_direction_is_no_window_into_the_velocity(rule):
    """The loop goes on to change the direction; the velocity must not notice."""
    parameters = Parameters([1, 1])
    used = rule(0.9)
    state, direction = used.start(parameters), np.array([1.0, 1.0])
    used.edit(direction, parameters, state)
    kept = state.copy()
    direction *= 100.0
    np.testing.assert_array_equal(state, kept)
    assert not np.shares_memory(direction, state)
    assert not parameters.vector.any()  # the rule edits the direction, never the parameters


@pytest.mark.parametrize("rule", RULES)
def test_a_stack_of_betas_is_the_runs_with_each_beta(rule):
    """A beta of shape (n_runs, 1) gives each run its own."""
    betas = [0.0, 0.5, 0.95]
    starts = [initial_parameters(SIZES, np.random.default_rng(5), "he") for _ in betas]
    together = trained([rule(np.array(betas)[:, np.newaxis])], 0.02, stacked(starts))
    for run, (beta, start) in enumerate(zip(betas, starts, strict=True)):
        np.testing.assert_allclose(
            together[run], trained([rule(beta)], 0.02, start), rtol=0, atol=1e-11
        )


@pytest.mark.parametrize("rule", RULES)
def test_rules_survive_copies(rule):
    """A rule goes to another process and comes back as it was; its repr says what it is."""
    twin = pickle.loads(pickle.dumps(rule(0.7)))
    np.testing.assert_array_equal(trained([twin]), trained([rule(0.7)]))
    assert repr(twin) == f"{rule.__name__}(beta=0.7)"


@pytest.mark.parametrize("rule", RULES)
def test_float32_stays_float32(rule):
    """The velocity has the type of the parameters."""
    parameters = Parameters([1, 1], dtype=np.float32)
    state = rule(0.9).start(parameters)
    assert state.dtype == np.float32
    assert not state.any()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "beta", [1.0, -0.1, 1.5, np.nan, "0.9", None, True, np.array([0.5, 0.9]), np.array([[1.0]])]
)
def test_a_wrong_beta_is_named(rule, beta):
    """The message says the parameter, the range and what it got."""
    with pytest.raises(ValueError, match=r"beta must be a number in \[0, 1\).* got"):
        rule(beta)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n_runs", [None, 2])
def test_betas_of_another_stack_are_refused(rule, n_runs):
    """Three betas fit neither one network nor a stack of two."""
    stack = "" if n_runs is None else ", or an array of them of shape (2, 1)"
    message = f"beta must be a number in [0, 1){stack}, got an array of shape (3, 1)"
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        rule(np.full((3, 1), 0.9)).start(Parameters([1, 1], n_runs))


def gradient_of(vector):
    """Return the gradient over the first 50 points at parameters with these numbers."""
    points, network = hard_points("standard deviation"), Network(SIZES)
    parameters = Parameters(SIZES)
    parameters.vector = vector
    X, y = points.X[:50], points.y[:50]
    return network.gradient(parameters, X, network.targets(y, 50)).vector


def our_path(rule, rate, n_steps=60, velocity=None):
    """Return the parameters after each full-batch step with a rule of ours."""
    parameters = initial_parameters(SIZES, np.random.default_rng(1), "he")
    state, path = rule.start(parameters), []
    if velocity is not None:
        state[...] = velocity(parameters.vector)
    for _ in range(n_steps):
        direction = gradient_of(parameters.vector)
        rule.edit(direction, parameters, state)
        parameters.vector -= rate * direction
        path.append(parameters.vector.copy())
    return np.array(path)


def torch_path(rate, n_steps=60, **settings):
    """Return the parameters after each step of PyTorch's SGD along the same gradients."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    start = initial_parameters(SIZES, np.random.default_rng(1), "he").vector
    theta = torch.nn.Parameter(torch.tensor(start.copy()))
    optimizer, path = torch.optim.SGD([theta], lr=rate, **settings), []
    for _ in range(n_steps):
        theta.grad = torch.tensor(gradient_of(theta.detach().numpy().copy()))
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def test_the_heavy_ball_is_pytorch_s_momentum():
    """SGD(momentum=0.9): the same trajectory to ten digits, and averaged at ten times the rate."""
    theirs = torch_path(0.05, momentum=0.9)
    np.testing.assert_allclose(our_path(HeavyBall(0.9), 0.05), theirs, rtol=0, atol=1e-10)
    np.testing.assert_allclose(our_path(Momentum(0.9), 0.5), theirs, rtol=0, atol=1e-10)


def test_nesterov_is_pytorch_s():
    """SGD(momentum=0.9, nesterov=True): the same trajectory to ten digits."""
    theirs = torch_path(0.05, momentum=0.9, nesterov=True)
    np.testing.assert_allclose(our_path(Nesterov(0.9), 0.05), theirs, rtol=0, atol=1e-10)


def test_dampening_is_averaged_momentum_that_starts_at_the_first_gradient():
    """`dampening` is beta, not 1 - beta, and PyTorch does not dampen the first gradient."""
    for dampening, equal in ((0.9, True), (0.1, False)):
        theirs = torch_path(0.3, momentum=0.9, dampening=dampening)
        ours = our_path(Momentum(0.9), 0.3, velocity=gradient_of)
        assert np.allclose(ours, theirs, rtol=0, atol=1e-10) == equal
    from_rest = our_path(Momentum(0.9), 0.3)
    assert np.abs(from_rest - torch_path(0.3, momentum=0.9, dampening=0.9)).max() > 1e-2


@pytest.mark.parametrize(("rule", "nesterov"), [(HeavyBall, False), (Nesterov, True)])
def test_scikit_learn_s_optimizer_walks_the_same_path(rule, nesterov):
    """At a constant rate MLPClassifier's SGD is the heavy ball, by default Nesterov's."""
    optimizers = pytest.importorskip("sklearn.neural_network._stochastic_optimizers")
    theta = initial_parameters(SIZES, np.random.default_rng(1), "he").vector.copy()
    optimizer = optimizers.SGDOptimizer([theta], 0.05, momentum=0.9, nesterov=nesterov)
    path = []
    for _ in range(60):
        optimizer.update_params([theta], [gradient_of(theta)])
        path.append(theta.copy())
    np.testing.assert_allclose(our_path(rule(0.9), 0.05), path, rtol=0, atol=1e-10)
