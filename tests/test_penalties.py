"""Tests of the penalties: closed forms, properties, scikit-learn, and what may never move."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet as SklearnElasticNet
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor

from course_lib.evidence import generators
from course_lib.momentum import HeavyBall, Momentum
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import (
    L1,
    L2,
    ElasticNet,
    ProximalL1,
    l1_penalty,
    l2_penalty,
    soft_threshold,
)
from course_lib.training import train

SIZES = [2, 3, 1]
RULES = {
    "L2": L2(0.3),
    "L1": L1(0.3),
    "ProximalL1": ProximalL1(0.3),
    "ElasticNet": ElasticNet(l1=0.3, l2=0.7),
}
NUMBERS = st.floats(-100, 100)
STRENGTHS = st.floats(0, 10)


def drawn(seed=0, n_runs=None):
    """Return parameters whose biases are drawn, too, none of them near zero."""
    rng = np.random.default_rng(seed)
    parameters = Parameters(SIZES, n_runs)
    shape = parameters.vector.shape
    parameters.vector = rng.choice([-1, 1], shape) * rng.uniform(0.2, 2, shape)
    return parameters


def edited(rule, parameters):
    """Return what a rule adds to a direction of zero."""
    direction = np.zeros_like(parameters.vector)
    rule.edit(direction, parameters, rule.start(parameters))
    return direction


def regression(n_samples=40, n_features=5, seed=0):
    """Return a linear regression with two features that say nothing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    w = np.array([2.0, -1.0, 0.5, 0.0, 0.0])[:n_features]
    return X, X @ w + 0.7 + 0.3 * rng.normal(size=n_samples)


def fitted(rules, X, y, epochs=3000, learning_rate=0.2):
    """Return weights and bias of our linear regression after full-batch descent."""
    network, parameters = (
        Network([X.shape[1], 1], loss="squared_error"),
        Parameters([X.shape[1], 1]),
    )
    train(
        network, parameters, X, y, epochs=epochs, batch_size=len(X), rng=None,
        learning_rate=learning_rate, rules=rules, evaluate_every=epochs,
    )  # fmt: skip
    return parameters.weights[0][:, 0], parameters.biases[0][0, 0]


# The functions


def test_penalties_by_hand():
    """W = [3, 4], [1, 2]: squares 30, absolute values 10; the largest is not the sum."""
    weights = np.array([3.0, -4.0, 1.0, 2.0])
    assert l2_penalty(weights, 0.2) == pytest.approx(0.1 * 30)
    assert l1_penalty(weights, 0.2) == pytest.approx(0.2 * 10)


def test_soft_threshold_by_hand():
    """Towards zero by t, exactly zero up to t, and no -0.0."""
    values = soft_threshold(np.array([0.3, 0.1, 0.05, -0.05, -0.1, -1.0, 0.0]), 0.1)
    np.testing.assert_allclose(values, [0.2, 0, 0, 0, 0, -0.9, 0], rtol=0, atol=1e-15)
    assert (values[1:5] == 0).all()
    assert not np.signbit(values[1:5]).any()


@given(w=NUMBERS, t=STRENGTHS)
def test_soft_threshold_is_the_minimiser(w, t):
    """No candidate u, on a fine grid around w and at 0, makes (u - w)²/2 + t|u| smaller."""
    best = soft_threshold(np.array([w]), t)[0]
    candidates = np.append(np.linspace(-abs(w) - 1, abs(w) + 1, 2001), 0.0)

    def price(u):
        return 0.5 * (u - w) ** 2 + t * np.abs(u)

    assert price(best) <= price(candidates).min() + 1e-9 * (1 + w * w)


@given(w=NUMBERS, v=NUMBERS, t=STRENGTHS)
def test_soft_threshold_never_overshoots_nor_spreads(w, v, t):
    """It keeps the sign, moves by at most t, and never takes two weights further apart."""
    new_w, new_v = soft_threshold(np.array([w, v]), t)
    assert new_w * w >= 0
    assert abs(new_w) <= abs(w)
    assert abs(new_w - w) <= t * (1 + 1e-12) + 1e-12
    assert abs(new_w - new_v) <= abs(w - v) + 1e-9


@given(factor=st.floats(0.1, 10), l2=STRENGTHS, seed=st.integers(0, 99))
def test_l2_is_quadratic_and_l1_absolute(factor, l2, seed):
    """Weights times c: the L2 penalty times c², the L1 penalty times c, whatever the sign."""
    weights = drawn(seed).weight_vector
    assert l2_penalty(-factor * weights, l2) == pytest.approx(factor**2 * l2_penalty(weights, l2))
    assert l1_penalty(-factor * weights, l2) == pytest.approx(factor * l1_penalty(weights, l2))


# The rules


@pytest.mark.parametrize("name", ["L2", "L1"])
@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_a_penalty_differentiates_to_what_it_adds(name, seed):
    """Central differences of the cost, in every weight and every bias, are what `edit` adds."""
    rule, parameters = RULES[name], drawn(seed)
    added, numerical = edited(rule, parameters), np.empty_like(parameters.vector)
    for i in range(parameters.vector.size):
        kept = parameters.vector[i]
        parameters.vector[i] = kept + 1e-5
        up = rule.cost(parameters)
        parameters.vector[i] = kept - 1e-5
        numerical[i] = (up - rule.cost(parameters)) / 2e-5
        parameters.vector[i] = kept
    np.testing.assert_allclose(added, numerical, rtol=1e-7, atol=1e-9)


def test_the_elastic_net_is_both():
    """Its cost is the sum, its gradient that of L2, its step after the step that of L1."""
    parameters, net = drawn(), RULES["ElasticNet"]
    assert net.cost(parameters) == pytest.approx(
        L2(0.7).cost(parameters) + L1(0.3).cost(parameters)
    )
    np.testing.assert_array_equal(edited(net, parameters), edited(L2(0.7), parameters))
    twin = parameters.copy()
    net.after_step(parameters, 0.5)
    ProximalL1(0.3).after_step(twin, 0.5)
    np.testing.assert_array_equal(parameters.vector, twin.vector)


def test_rules_by_hand():
    """Each rule on w = 2 and -0.5, bias 5: what it adds, and what it does after the step."""
    parameters = Parameters([2, 1])
    parameters.vector = [2.0, -0.5, 5.0]
    expected = {"L2": [0.6, -0.15, 0], "L1": [0.3, -0.3, 0], "ProximalL1": [0, 0, 0],
                "ElasticNet": [1.4, -0.35, 0]}  # fmt: skip
    for name, rule in RULES.items():
        np.testing.assert_allclose(edited(rule, parameters), expected[name], atol=1e-15)
    for name in ("ProximalL1", "ElasticNet"):
        copy = parameters.copy()
        RULES[name].after_step(copy, learning_rate=2.0)
        np.testing.assert_allclose(copy.vector, [1.4, 0.0, 5.0], rtol=0, atol=1e-15)
        assert copy.vector[1] == 0
    costs = {"L2": 0.15 * 4.25, "L1": 0.3 * 2.5, "ProximalL1": 0.3 * 2.5}
    costs["ElasticNet"] = 0.3 * 2.5 + 0.35 * 4.25
    for name, rule in RULES.items():
        assert rule.cost(parameters) == pytest.approx(costs[name]), name


def test_edits_add_to_what_is_there():
    """A penalty adds to the gradient; it does not take its place."""
    parameters = drawn()
    for rule in RULES.values():
        direction = np.ones_like(parameters.vector)
        rule.edit(direction, parameters, None)
        np.testing.assert_allclose(direction - 1, edited(rule, parameters), atol=1e-15)


@pytest.mark.parametrize("name", RULES)
@given(seed=st.integers(0, 10_000), rate=st.floats(0.001, 10))
def test_biases_never_move_by_a_penalty(name, seed, rate):
    """Neither in the direction nor after the step, nor do they count in the cost."""
    rule, parameters = RULES[name], drawn(seed)
    n_weights = parameters.n_weights
    assert not edited(rule, parameters)[n_weights:].any()
    before = parameters.vector[n_weights:].copy()
    if isinstance(rule, ProximalL1):
        rule.after_step(parameters, rate)
    np.testing.assert_array_equal(parameters.vector[n_weights:], before)
    cost = rule.cost(parameters)
    parameters.vector[n_weights:] *= 3
    assert rule.cost(parameters) == cost


@pytest.mark.parametrize("name", RULES)
def test_strength_does_not_depend_on_the_batch_size(name):
    """Where the data say nothing, a step shrinks the weights alike for every batch size."""
    X, y = np.zeros((12, 2)), np.tile([0, 1], 6)  # with zero biases every weight's gradient is 0
    network, ends = Network([2, 1]), []
    for batch_size in (2, 4, 12):
        parameters = Parameters([2, 1])
        parameters.weights[0][...] = [[2.0], [-1.0]]
        steps = 12 // batch_size
        train(
            network, parameters, X, y, epochs=12 // steps, batch_size=batch_size,
            learning_rate=0.05, rng=None, rules=[RULES[name]],
        )  # fmt: skip
        ends.append(parameters.weight_vector.copy())
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-13)
    np.testing.assert_allclose(ends[2], ends[0], rtol=1e-13)
    assert (np.abs(ends[0]) < [2.0, 1.0]).all()


def test_the_strength_is_not_divided_by_the_number_of_samples():
    """The same rows twice over: the same path."""
    X, y = regression()
    once = fitted([L2(0.3)], X, y, epochs=50)
    twice = fitted([L2(0.3)], np.tile(X, (2, 1)), np.tile(y, 2), epochs=50)
    np.testing.assert_allclose(twice[0], once[0], rtol=1e-12)


def test_l2_shrinks_by_one_minus_rate_times_strength():
    """Without a gradient a weight is multiplied by 1 - ηλ in each step: (1 - .05·.4)^30."""
    parameters = Parameters([1, 1])
    parameters.vector = [3.0, 0.0]
    train(
        Network([1, 1]), parameters, np.zeros((2, 1)), np.array([0, 1]), epochs=30, batch_size=2,
        learning_rate=0.05, rng=None, rules=[L2(0.4)],
    )  # fmt: skip
    assert parameters.vector[0] == pytest.approx(3 * 0.98**30, rel=1e-12)


def test_l2_keeps_h_over_h_plus_lambda_in_each_direction():
    """The minimum along each axis of a parabola of curvature h is h/(h + λ) of that without λ."""
    X = np.vstack([np.diag([1.0, 2.0, 4.0]), -np.diag([1.0, 2.0, 4.0])])
    w_star = np.array([1.0, -2.0, 3.0])
    h = (X**2).mean(axis=0)
    for l2 in (0.1, 1.0):
        weights, bias = fitted([L2(l2)], X, X @ w_star, epochs=5000, learning_rate=0.15)
        np.testing.assert_allclose(weights, h / (h + l2) * w_star, rtol=1e-8)
        assert abs(bias) < 1e-8


def test_proximal_reaches_exact_zeros_and_the_subgradient_does_not():
    """On a regression with two idle features: zeros exactly there, and none by the subgradient."""
    X, y = regression()
    proximal, _ = fitted([ProximalL1(0.15)], X, y)
    hopping, _ = fitted([L1(0.15)], X, y)
    np.testing.assert_array_equal(proximal == 0, [False, False, False, True, True])
    assert (hopping != 0).all()
    assert np.abs(hopping[3:]).max() <= 0.2 * 0.15 + 1e-12  # within one pull of zero
    np.testing.assert_allclose(hopping, proximal, atol=2 * 0.2 * 0.15)


def test_the_hop_and_the_stop():
    """From .005 with ηλ = .01: ∓.005 for ever by the subgradient, 0 by the proximal step."""
    X, y = np.zeros((2, 1)), np.array([0, 1])
    for rule, expected in ((L1(0.1), [-0.005, 0.005, -0.005]), (ProximalL1(0.1), [0, 0, 0])):
        parameters, path = Parameters([1, 1]), []
        parameters.vector = [0.005, 0.0]
        for _ in range(3):
            train(
                Network([1, 1]), parameters, X, y, epochs=1, batch_size=2, learning_rate=0.1,
                rng=None, rules=[rule],
            )  # fmt: skip
            path.append(parameters.vector[0])
        np.testing.assert_allclose(path, expected, rtol=0, atol=1e-15)


def test_the_subgradient_at_zero_is_zero():
    """A weight at exactly 0 is not pushed to either side."""
    parameters = Parameters([2, 1])
    assert not edited(L1(0.5), parameters).any()


def test_the_proximal_step_uses_the_rate_of_the_step():
    """A schedule's rate and a stack's rates reach the threshold: η·λ each."""
    rates = np.array([[0.1], [0.2]])
    stack = Parameters([1, 1], n_runs=2)
    stack.vector[...] = [1.0, 0.0]
    train(
        Network([1, 1]), stack, np.zeros((2, 1)), np.array([0, 1]), epochs=2, batch_size=2,
        learning_rate=lambda epoch: rates / (1 + epoch), rng=None, rules=[ProximalL1(0.5)],
    )  # fmt: skip
    np.testing.assert_allclose(stack.weight_vector[:, 0], [1 - 0.075, 1 - 0.15], rtol=1e-14)


def test_the_reported_cost_excludes_the_penalty():
    """The history of a run holds the cost of the data alone, at any strength."""
    X, y = regression()
    network, parameters = Network([5, 1], loss="squared_error"), Parameters([5, 1])
    parameters.weights[0][...] = 1.0
    plain = 0.5 * np.mean((X.sum(axis=1) - y) ** 2)
    for rules in ([], [L2(10.0)], [L1(10.0)], [ProximalL1(10.0)], [ElasticNet(l1=9, l2=9)]):
        history = train(
            network, parameters.copy(), X, y, epochs=0, batch_size=40, learning_rate=0.1, rng=None,
            rules=rules,
        )  # fmt: skip
        assert history.train_cost[0] == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("momentum", [Momentum(0.9), HeavyBall(0.5)], ids=repr)
def test_l2_before_momentum_enters_the_velocity(momentum):
    """[L2, momentum] steps along momentum's average of g + λw."""
    parameters = drawn()
    direction = np.zeros_like(parameters.vector)
    velocity = momentum.start(parameters)
    for rule, state in ((L2(0.4), None), (momentum, velocity)):
        rule.edit(direction, parameters, state)
    share = 0.1 if type(momentum) is Momentum else 1.0
    n_weights = parameters.n_weights
    np.testing.assert_allclose(velocity[:n_weights], share * 0.4 * parameters.weight_vector)
    assert not velocity[n_weights:].any()


# Stacks


@pytest.mark.parametrize(
    "make",
    [L2, L1, ProximalL1, lambda s: ElasticNet(l1=s / 2, l2=s)],
    ids=["L2", "L1", "ProximalL1", "ElasticNet"],
)
def test_a_stack_of_strengths_equals_the_single_runs(make):
    """An array of shape (n_runs, 1) gives each run its own strength, in step and in cost."""
    strengths, sizes = np.array([[0.0], [0.01], [0.2]]), [2, 5, 1]
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 2)), np.tile([0, 1], 10)
    task = {"epochs": 15, "batch_size": 8, "learning_rate": 0.3}
    rngs = generators(3)
    stack = initial_parameters(sizes, rngs, "he", bias_scale=0.3)
    rule = make(strengths)
    train(Network(sizes), stack, X, y, rng=rngs, rules=[rule, Momentum(0.5)], **task)
    costs = rule.cost(stack)
    assert costs.shape == (3,)
    for r, (single_rng, strength) in enumerate(zip(generators(3), strengths[:, 0], strict=True)):
        single = initial_parameters(sizes, single_rng, "he", bias_scale=0.3)
        one = make(float(strength))
        train(Network(sizes), single, X, y, rng=single_rng, rules=[one, Momentum(0.5)], **task)
        np.testing.assert_allclose(stack.vector[r], single.vector, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(costs[r], one.cost(single), rtol=1e-9)


def test_a_strength_of_zero_changes_nothing():
    """Every rule with strength 0 leaves the run as it is, bit for bit."""
    X, y = regression()
    without = fitted([], X, y, epochs=20)
    for rule in (L2(0), L1(0), ProximalL1(0), ElasticNet(l1=0, l2=0)):
        weights, bias = fitted([rule], X, y, epochs=20)
        np.testing.assert_array_equal(weights, without[0])
        assert bias == without[1]


def test_float32_stays_float32():
    """No rule widens the parameters or the direction."""
    for rule in RULES.values():
        parameters = Parameters(SIZES, dtype=np.float32)
        parameters.vector = drawn().vector
        direction = np.zeros_like(parameters.vector)
        rule.edit(direction, parameters, None)
        assert direction.dtype == np.float32
        if isinstance(rule, ProximalL1):
            rule.after_step(parameters, 0.1)
        assert soft_threshold(parameters.weight_vector, 0.1).dtype == np.float32


def test_rules_keep_nothing_between_runs():
    """The same rule object twice: the same run twice, and no state of its own."""
    X, y = regression()
    for rule in RULES.values():
        before = dict(vars(rule))
        first = fitted([rule], X, y, epochs=20)
        again = fitted([rule], X, y, epochs=20)
        np.testing.assert_array_equal(first[0], again[0])
        assert vars(rule) == before
        assert rule.start(drawn()) is None


# Other libraries: the table of conversions at the end of chapter 5


def test_ridge():
    """Ridge: |y - Xw|² + α|w|², so α = n·l2."""
    X, y = regression()
    weights, bias = fitted([L2(0.3)], X, y)
    theirs = Ridge(alpha=len(X) * 0.3).fit(X, y)
    np.testing.assert_allclose(weights, theirs.coef_, rtol=1e-9)
    assert bias == pytest.approx(theirs.intercept_, rel=1e-9)


def test_lasso():
    """Lasso: |y - Xw|²/2n + α|w|, so α = l1, and the zeros are the same."""
    X, y = regression()
    weights, bias = fitted([ProximalL1(0.15)], X, y)
    theirs = Lasso(alpha=0.15, tol=1e-12, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(weights, theirs.coef_, rtol=1e-7, atol=1e-12)
    np.testing.assert_array_equal(weights == 0, theirs.coef_ == 0)
    assert bias == pytest.approx(theirs.intercept_, rel=1e-7)


def test_elastic_net():
    """ElasticNet: αρ|w| + α(1-ρ)/2·|w|², so α = l1 + l2 and ρ = l1/α."""
    X, y = regression()
    weights, bias = fitted([ElasticNet(l1=0.1, l2=0.2)], X, y)
    theirs = SklearnElasticNet(alpha=0.3, l1_ratio=1 / 3, tol=1e-12, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(weights, theirs.coef_, rtol=1e-7, atol=1e-12)
    np.testing.assert_array_equal(weights == 0, theirs.coef_ == 0)
    assert bias == pytest.approx(theirs.intercept_, rel=1e-7)


def test_logistic_regression():
    """LogisticRegression: C·Σ loss + |w|²/2, so C = 1/(n·l2)."""
    X, numbers = regression()
    y = (numbers > 0.7).astype(int)
    parameters = Parameters([5, 1])
    train(
        Network([5, 1]), parameters, X, y, epochs=5000, batch_size=40, learning_rate=1.0, rng=None,
        rules=[L2(0.05)], evaluate_every=5000,
    )  # fmt: skip
    theirs = LogisticRegression(C=1 / (40 * 0.05), tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(parameters.weights[0][:, 0], theirs.coef_[0], rtol=1e-5)
    np.testing.assert_allclose(parameters.biases[0][0], theirs.intercept_, rtol=1e-4)


def test_mlp_regressor():
    """MLPRegressor divides its alpha by the rows of the batch: alpha = B·l2; biases left alone."""
    X, y = regression()
    theirs = MLPRegressor(
        hidden_layer_sizes=(),
        solver="lbfgs",
        alpha=40 * 0.3,
        tol=1e-12,
        max_iter=10_000,
        random_state=0,
    ).fit(X, y)
    weights, bias = fitted([L2(0.3)], X, y)
    np.testing.assert_allclose(weights, theirs.coefs_[0][:, 0], rtol=1e-4)
    assert bias == pytest.approx(theirs.intercepts_[0][0], rel=1e-4)


@pytest.mark.parametrize("batch_size", [20, 7])
@pytest.mark.parametrize("beta", [0.0, 0.9], ids=["SGD", "with momentum"])
def test_l2_is_torch_s_weight_decay_without_the_biases(beta, batch_size):
    """Each epoch of SGD with weight_decay, biases in a group of their own, within 1e-11."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rng = np.random.default_rng(0)
    X, y, sizes = rng.normal(size=(20, 2)), np.tile([0, 1], 10), [2, 6, 1]
    parameters = initial_parameters(sizes, rng, "he", bias_scale=0.5)
    weights = [torch.tensor(W.copy(), requires_grad=True) for W in parameters.weights]
    biases = [torch.tensor(b.copy(), requires_grad=True) for b in parameters.biases]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": 0.05}, {"params": biases, "weight_decay": 0.0}],
        lr=0.1,
        momentum=beta,
    )
    inputs, labels = torch.tensor(X), torch.tensor(y[:, np.newaxis].astype(float))
    for _ in range(10):
        for start in range(0, 20, batch_size):
            rows = slice(start, start + batch_size)
            h = torch.relu(inputs[rows] @ weights[0] + biases[0])
            z = h @ weights[1] + biases[1]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    rules = [L2(0.05), HeavyBall(beta)] if beta else [L2(0.05)]
    train(
        Network(sizes), parameters, X, y, epochs=10, batch_size=batch_size, learning_rate=0.1,
        rng=None, rules=rules,
    )  # fmt: skip
    theirs = np.concatenate([t.detach().numpy().ravel() for t in (*weights, *biases)])
    np.testing.assert_allclose(parameters.vector, theirs, rtol=1e-11, atol=1e-11)


# Bad input

BAD = [-0.1, np.nan, np.inf, "0.1", None, True, [0.1], np.array([0.1, 0.2]), np.array([[-1.0]])]


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("l2", L2),
        ("l1", L1),
        ("l1", ProximalL1),
        ("l1", lambda bad: ElasticNet(l1=bad, l2=0.1)),
        ("l2", lambda bad: ElasticNet(l1=0.1, l2=bad)),
        ("l2", lambda bad: l2_penalty(np.ones(3), bad)),
        ("l1", lambda bad: l1_penalty(np.ones(3), bad)),
        ("threshold", lambda bad: soft_threshold(np.ones(3), bad)),
    ],
    ids=["L2", "L1", "ProximalL1", "l1 of net", "l2 of net", "l2_penalty", "l1_penalty", "soft"],
)
def test_bad_strengths_are_named(name, make, bad):
    """The message names the parameter, the value and the range."""
    with pytest.raises(ValueError, match=rf"^{name} must be .*\[0, inf\)") as error:
        make(bad)
    told = repr(bad)
    if isinstance(bad, np.ndarray):
        told = "an array of shape (2,)" if bad.ndim == 1 else "-1.0 in run 0"
    assert f"got {told}" in str(error.value)


@pytest.mark.parametrize("n_runs", [None, 3])
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("l2", L2(np.ones((2, 1)))),
        ("l1", L1(np.ones((2, 1)))),
        ("l1", ProximalL1(np.ones((2, 1)))),
        ("l1", ElasticNet(l1=np.ones((2, 1)), l2=1.0)),
        ("l2", ElasticNet(l1=1.0, l2=np.ones((2, 1)))),
    ],
    ids=["L2", "L1", "ProximalL1", "l1 of net", "l2 of net"],
)
def test_an_array_of_strengths_has_to_fit_the_stack(name, rule, n_runs):
    """Two strengths for one network, or for three runs: refused at the start, by name."""
    wanted = "[0, inf)" if n_runs is None else "[0, inf), or an array of them of shape (3, 1)"
    message = re.escape(f"{wanted}, got an array of shape (2, 1)")
    with pytest.raises(ValueError, match=rf"^{name} must be .*{message}$"):
        rule.start(Parameters(SIZES, n_runs))


def test_rules_show_their_strength():
    """A rule's repr is the call that made it."""
    assert [repr(rule) for rule in RULES.values()] == [
        "L2(0.3)",
        "L1(0.3)",
        "ProximalL1(0.3)",
        "ElasticNet(l1=0.3, l2=0.7)",
    ]
