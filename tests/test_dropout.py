"""Tests of dropout: masks that are exact, one and the same mask both ways, none at prediction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.datasets import small_points
from course_lib.dropout import (
    DropoutNetwork,
    ThinnedNetwork,
    dropout_mask,
    masked_forward,
    masked_gradient,
)
from course_lib.evidence import generators
from course_lib.gradient_check import direction_errors
from course_lib.losses import LOSSES
from course_lib.momentum import Momentum
from course_lib.network import ACTIVATIONS, Network
from course_lib.parameters import Parameters, initial_parameters, stacked
from course_lib.training import train

SIZES = [3, 8, 6, 2]


def rng(seed=0):
    """Return a generator."""
    return np.random.default_rng(seed)


def problem(sizes=SIZES, loss="sigmoid_cross_entropy", activation="tanh", n_samples=9, seed=0):
    """Return a network, parameters, X and targets, all drawn."""
    draws = rng(seed)
    network = Network(sizes, activation, loss)
    parameters = initial_parameters(sizes, draws, "he", bias_scale=0.5)
    X = draws.normal(size=(n_samples, sizes[0]))
    y = draws.integers(max(2, sizes[-1]), size=n_samples)
    if loss == "squared_error":
        y = draws.normal(size=(n_samples, sizes[-1]))
    return network, parameters, X, network.targets(y, n_samples)


# ---------------------------------------------------------------------------------------- masks


@given(rate=st.floats(0, 0.99), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_a_mask_is_exactly_zero_or_the_scale(rate, seed):
    """Every entry is 0 or 1/(1 - rate), to the bit."""
    mask = dropout_mask((20, 5), rate, rng(seed))
    assert set(mask.ravel().tolist()) <= {0.0, 1.0 / (1.0 - rate)}


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5, 0.8])
def test_the_rate_is_the_share_dropped_and_the_mean_is_kept(rate):
    """The share of zeros is the rate and the mean is 1, each within six standard errors."""
    n = 1_000_000
    mask = dropout_mask((n,), rate, rng(1))
    error = np.sqrt(rate * (1 - rate) / n)
    assert abs((mask == 0).mean() - rate) < 6 * error
    assert abs(mask.mean() - 1) < 6 * error / (1 - rate)
    assert mask.var() == pytest.approx(rate / (1 - rate), rel=0.02)


def test_a_mask_by_hand():
    """A unit is dropped where its draw is below the rate, and kept where it is equal."""

    class Draws(np.random.Generator):
        def __init__(self):
            super().__init__(np.random.PCG64(0))

        def random(self, *_args, **_kwargs):
            return np.array([[0.1, 0.2, 0.3, 0.2499, 0.25]])

    expected = [[0, 0, 4 / 3, 0, 4 / 3]]
    np.testing.assert_array_equal(dropout_mask((1, 5), 0.25, Draws()), expected)
    _, mask = DropoutNetwork([1, 5, 1], 0.25, Draws()).draw_masks(1)
    np.testing.assert_array_equal(mask, expected)


def test_nothing_is_dropped_at_rate_zero():
    """A draw of exactly 0 is no reason to drop a unit that nobody wants dropped."""

    class Zeros(np.random.Generator):
        def __init__(self):
            super().__init__(np.random.PCG64(0))

        def random(self, size=None, *_args, **_kwargs):
            return np.zeros(size)

    assert dropout_mask((3,), 0.0, Zeros()).tolist() == [1, 1, 1]


def test_hidden_units_of_the_network_are_zero_or_scaled():
    """Each hidden value is 0 or h/(1 - rate) of what the layer computes from its masked inputs."""
    _, parameters, X, _ = problem(activation="sigmoid")
    network = DropoutNetwork(SIZES, 0.3, rng(), activation="sigmoid")
    masks = network.draw_masks(len(X))
    plain, masked = masked_forward(network, parameters, X, masks)
    assert masks[0] is None
    np.testing.assert_array_equal(masked[0], X)
    for k in (1, 2):
        kept = masked[k] != 0
        np.testing.assert_array_equal(masked[k][kept], (plain[k] * (1.0 / (1.0 - 0.3)))[kept])
        assert 0 < kept.mean() < 1


def test_a_single_generator_draws_the_masks_of_all_layers():
    """The masks are those of one call for all units of a row, layer after layer."""
    _, first, second = DropoutNetwork([2, 4, 3, 1], [0, 0.5, 0.2], rng(3)).draw_masks(5)
    draws = rng(3).random((5, 7))
    np.testing.assert_array_equal(first, np.where(draws[:, :4] < 0.5, 0, 2.0))
    np.testing.assert_array_equal(second, np.where(draws[:, 4:] < 0.2, 0, 1.25))


def test_each_layer_has_a_rate_of_its_own():
    """Inputs too: 0.2 of them, half of the first layer, nothing of the second."""
    network = DropoutNetwork([50, 40, 30, 1], [0.2, 0.5, 0], rng())
    inputs, hidden, rest = network.draw_masks(200)
    assert inputs.shape == (200, 50)
    assert set(inputs.ravel().tolist()) == {0.0, 1.25}
    assert set(hidden.ravel().tolist()) == {0.0, 2.0}
    assert (inputs == 0).mean() == pytest.approx(0.2, abs=0.03)
    assert (hidden == 0).mean() == pytest.approx(0.5, abs=0.03)
    assert rest is None


def test_one_number_leaves_the_inputs_alone():
    """A single rate is that of the hidden layers."""
    assert DropoutNetwork([2, 4, 3, 1], 0.5, rng()).rates == [0, 0.5, 0.5]


def test_rows_lose_different_units_or_all_the_same():
    """By default each example has a mask of its own; one_mask_per="batch" has one row for all."""
    _, each = DropoutNetwork([2, 40, 1], 0.5, rng()).draw_masks(10)
    assert len({tuple(row) for row in each.tolist()}) == 10
    _, one = DropoutNetwork([2, 40, 1], 0.5, rng(), one_mask_per="batch").draw_masks(10)
    assert one.shape == (1, 40)


def test_every_step_draws_fresh_masks():
    """Two gradients of the same batch differ, and so do two draws."""
    _, parameters, X, targets = problem()
    network = DropoutNetwork(SIZES, 0.5, rng(), "tanh")
    gradients = [network.gradient(parameters, X, targets).vector for _ in range(5)]
    assert len({g.tobytes() for g in gradients}) == 5
    assert (network.draw_masks(9)[1] != network.draw_masks(9)[1]).any()


# ------------------------------------------------------------------------------------ prediction


def test_predictions_use_all_units():
    """Forward, predict and evaluate are those of the plain network, to the bit, and repeat."""
    network, parameters, X, targets = problem()
    dropout = DropoutNetwork(SIZES, 0.5, rng(), "tanh")
    expected = network.predict(parameters, X)
    for _ in range(2):
        np.testing.assert_array_equal(dropout.predict(parameters, X), expected)
        np.testing.assert_array_equal(dropout.forward(parameters, X)[-1],
                                      network.forward(parameters, X)[-1])  # fmt: skip
    for ours, plain in zip(
        dropout.evaluate(parameters, X, targets),
        network.evaluate(parameters, X, targets),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, plain)


def test_a_linear_layer_predicts_the_mean_over_all_masks():
    """That is what the scale is for: the mean logit over all masks is that without one."""
    network, parameters, X, _ = problem([3, 1])
    for rate in (0.2, 0.5):
        mean = 0
        for i in range(8):
            kept = np.array([[i >> j & 1 for j in range(3)]])
            chance = (1 - rate) ** kept.sum() * rate ** (3 - kept.sum())
            thinned = ThinnedNetwork(network, [kept / (1 - rate)])
            mean = mean + chance * thinned.forward(parameters, X)[-1]
        np.testing.assert_allclose(mean, network.forward(parameters, X)[-1], rtol=0, atol=1e-14)


def test_the_mean_cost_of_a_linear_model_is_an_l2_penalty():
    """Squared error, all 8 masks: the cost plus p/(1 - p)/2 times the mean of x² times w²."""
    network, parameters, X, targets = problem([3, 1], "squared_error")
    w, p = parameters.weights[0][:, 0], 0.3
    mean_cost, mean_gradient = 0.0, 0.0
    for i in range(8):
        kept = np.array([[i >> j & 1 for j in range(3)]])
        chance = (1 - p) ** kept.sum() * p ** (3 - kept.sum())
        thinned = ThinnedNetwork(network, [kept / (1 - p)])
        mean_cost += chance * thinned.evaluate(parameters, X, targets)[0]
        mean_gradient = mean_gradient + chance * thinned.gradient(parameters, X, targets).vector
    strength = p / (1 - p) * (X**2).mean(axis=0)
    plain = network.evaluate(parameters, X, targets)[0]
    assert mean_cost == pytest.approx(plain + 0.5 * (strength * w**2).sum(), rel=1e-13)
    expected = network.gradient(parameters, X, targets).vector
    expected[:3] += strength * w
    np.testing.assert_allclose(mean_gradient, expected, rtol=0, atol=1e-13)


# ------------------------------------------------------------------------------------ gradients


def test_a_gradient_by_hand():
    """One unit kept and doubled, one dropped: no error reaches what was dropped."""
    network = Network([1, 2, 1], loss="squared_error")
    parameters = Parameters([1, 2, 1])
    parameters.vector = [1.0, 10.0, 3.0, 4.0, 0.5, 0.0, 0.0]
    thinned = ThinnedNetwork(network, [None, np.array([[2.0, 0.0]])])
    X, targets = np.array([[1.0]]), np.array([[5.0]])
    # h = 1.5 and 10, masked 3 and 0; z = 9, delta 4; back: 4 · 3 · 2 = 24 and 0
    gradient = thinned.gradient(parameters, X, targets)
    assert gradient.vector.tolist() == [24.0, 0.0, 12.0, 0.0, 24.0, 0.0, 4.0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("rates", [(0, 0.5, 0.5), (0.3, 0.2, 0.6)], ids=["hidden", "inputs, too"])
def test_the_same_mask_backward(loss, activation, rates):
    """With the masks frozen every gradient passes the check in random directions."""
    network, parameters, X, targets = problem(loss=loss, activation=activation)
    masks = DropoutNetwork(SIZES, rates, rng(5)).draw_masks(len(X))
    thinned = ThinnedNetwork(network, masks)
    errors = direction_errors(thinned, parameters, X, targets, rng(1), step=1e-6)
    assert errors.max() < 1e-6

    dropout = DropoutNetwork(SIZES, rates, rng(5), activation, loss)
    np.testing.assert_array_equal(
        dropout.gradient(parameters, X, targets).vector,
        thinned.gradient(parameters, X, targets).vector,
    )


def test_a_gradient_check_with_fresh_masks_fails():
    """The right gradient, and a cost that will not stand still: the check must reject it."""
    network, parameters, X, targets = problem()
    dropout = DropoutNetwork(SIZES, 0.5, rng(5), "tanh")

    class FreshMasks(Network):
        def forward(self, parameters, X):
            return ThinnedNetwork(network, dropout.draw_masks(len(X))).forward(parameters, X)

    gradient = dropout.gradient(parameters, X, targets)
    errors = direction_errors(
        FreshMasks(SIZES, "tanh"), parameters, X, targets, rng(1), gradient=gradient
    )
    assert errors.min() > 10


def test_the_check_rejects_a_gradient_of_other_masks():
    """A way back through a fresh mask is no gradient."""
    network, parameters, X, targets = problem()
    dropout = DropoutNetwork(SIZES, 0.5, rng(5), "tanh")
    thinned = ThinnedNetwork(network, dropout.draw_masks(len(X)))
    other = dropout.gradient(parameters, X, targets)
    errors = direction_errors(thinned, parameters, X, targets, rng(1), gradient=other)
    assert errors.max() > 1e-2


@pytest.mark.parametrize("n_runs", [None, 3])
def test_rate_zero_is_the_plain_network_to_the_bit(n_runs):
    """Gradients and a whole training run, and no number is drawn."""
    sizes = [2, 8, 6, 1]
    points, results = small_points(), []
    for dropout in (False, True):
        seeds = rng(1) if n_runs is None else generators(n_runs)
        mask_rng = rng(2) if n_runs is None else generators(n_runs, 50)
        parameters = initial_parameters(sizes, seeds, "he")
        network = DropoutNetwork(sizes, 0, mask_rng) if dropout else Network(sizes)
        train(
            network, parameters, points.X, points.y, epochs=5, batch_size=16, learning_rate=0.3,
            rng=seeds, rules=[Momentum(0.9)],
        )  # fmt: skip
        results.append(parameters.vector)
        if dropout:
            first = mask_rng if n_runs is None else mask_rng[0]
            assert first.random() == rng(2 if n_runs is None else 50).random()
    np.testing.assert_array_equal(*results)


def test_rate_zero_takes_the_plain_networks_way(monkeypatch):
    """No masks are multiplied with, so that equality cannot depend on how a product is added up."""
    network, parameters, X, targets = problem()
    monkeypatch.delattr("course_lib.dropout.masked_gradient")
    dropout = DropoutNetwork(SIZES, [0, 0, 0], rng(), "tanh")
    np.testing.assert_array_equal(
        dropout.gradient(parameters, X, targets).vector,
        network.gradient(parameters, X, targets).vector,
    )


def test_masks_of_ones_are_the_plain_network():
    """Nothing dropped and nothing scaled: the gradient of chapter 1."""
    network, parameters, X, targets = problem()
    thinned = ThinnedNetwork(network, [None, np.ones((9, 8)), np.ones((9, 6))])
    np.testing.assert_allclose(
        thinned.gradient(parameters, X, targets).vector,
        network.gradient(parameters, X, targets).vector,
        rtol=0, atol=1e-15,
    )  # fmt: skip


def test_the_gradient_goes_where_it_is_told():
    """With `out` the same numbers, in that memory."""
    network, parameters, X, targets = problem()
    masks = DropoutNetwork(SIZES, 0.5, rng()).draw_masks(len(X))
    out = parameters.like()
    returned = masked_gradient(network, parameters, X, targets, masks, out)
    assert returned is out
    np.testing.assert_array_equal(
        out.vector, ThinnedNetwork(network, masks).gradient(parameters, X, targets).vector
    )


# ------------------------------------------------------------------------------------ the stack


@pytest.mark.parametrize("one_mask_per", ["example", "batch"])
def test_a_stack_is_its_single_runs(one_mask_per):
    """Run r with the generators of seed r, alone or in a stack, after 35 steps with momentum."""
    sizes, points = [2, 16, 8, 1], small_points()

    def trained(network_rng, run_rng):
        parameters = initial_parameters(sizes, run_rng, "he")
        network = DropoutNetwork(sizes, [0.1, 0.5, 0.2], network_rng, one_mask_per=one_mask_per)
        train(
            network, parameters, points.X, points.y, epochs=5, batch_size=16, learning_rate=0.3,
            rng=run_rng, rules=[Momentum(0.9)],
        )  # fmt: skip
        return parameters

    together = trained(generators(3, 100), generators(3))
    alone = stacked([trained(rng(100 + r), rng(r)) for r in range(3)])
    np.testing.assert_allclose(together.vector, alone.vector, rtol=0, atol=1e-12)
    assert np.abs(together.vector[0] - together.vector[1]).max() > 0.1


def test_the_runs_of_a_stack_have_masks_of_their_own():
    """Shape (n_runs, n_samples, n_units), and each run's are those of its generator."""
    stack = DropoutNetwork([2, 30, 1], 0.5, generators(3, 7)).draw_masks(4)[1]
    assert stack.shape == (3, 4, 30)
    for run in range(3):
        single = DropoutNetwork([2, 30, 1], 0.5, rng(7 + run)).draw_masks(4)[1]
        np.testing.assert_array_equal(stack[run], single)


def test_float32_stays_float32():
    """Masks and gradient have the parameters' type, and the numbers are those of float64."""
    network, parameters, X, targets = problem()
    single = Parameters(SIZES, dtype=np.float32)
    single.vector = parameters.vector
    gradients = {}
    for precision, one in ((np.float64, parameters), (np.float32, single)):
        dropout = DropoutNetwork(SIZES, 0.3, rng(5), "tanh")
        masks = dropout.draw_masks(len(X), precision)
        assert masks[1].dtype == precision
        _, masked = masked_forward(network, one, X.astype(precision), masks)
        assert {layer.dtype for layer in masked} == {np.dtype(precision)}
        fresh = DropoutNetwork(SIZES, 0.3, rng(5), "tanh")
        gradients[precision] = fresh.gradient(one, X.astype(precision), targets.astype(precision))
        assert gradients[precision].dtype == precision
    np.testing.assert_allclose(
        gradients[np.float32].vector, gradients[np.float64].vector, rtol=1e-4, atol=1e-6
    )


def test_dropout_of_float32_parameters_multiplies_float32(monkeypatch):
    """No layer of a float32 network is computed in float64 on the way."""
    seen = []
    original = DropoutNetwork.draw_masks

    def watching(self, n_samples, dtype=np.float64):
        masks = original(self, n_samples, dtype)
        seen.extend(mask.dtype for mask in masks if mask is not None)
        return masks

    monkeypatch.setattr(DropoutNetwork, "draw_masks", watching)
    parameters = Parameters([2, 4, 1], dtype=np.float32)
    X = np.ones((3, 2), np.float32)
    DropoutNetwork([2, 4, 1], 0.5, rng()).gradient(parameters, X, np.ones((3, 1), np.float32))
    assert seen == [np.float32]


# ------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, "0.5", None, float("nan"), True])
def test_a_rate_is_a_share_below_one(rate):
    """The message names the parameter, its range, and the value."""
    with pytest.raises(ValueError, match=r"rate.* must be .*, got"):
        DropoutNetwork([2, 3, 1], rate, rng())
    with pytest.raises(ValueError, match=r"rate must be a number in \[0, 1\), got"):
        dropout_mask((2,), rate, rng())


def test_rates_are_one_for_each_layer_but_the_last():
    """Two layers that can lose units take two rates, and a bad one is named by its index."""
    with pytest.raises(ValueError, match=r"rate must be one number, or 2, one for each layer"):
        DropoutNetwork([2, 3, 1], [0, 0.5, 0], rng())
    with pytest.raises(ValueError, match=r"rate\[1\] must be a number in \[0, 1\), got 1"):
        DropoutNetwork([2, 3, 1], [0, 1], rng())


def test_the_rest_of_what_is_passed_in():
    """A seed is no generator, one_mask_per has two values, sizes and loss are the network's."""
    with pytest.raises(ValueError, match=r"rng must be a numpy Generator.* got 7"):
        DropoutNetwork([2, 3, 1], 0.5, 7)
    with pytest.raises(ValueError, match=r"one_mask_per must be one of 'example', 'batch'"):
        DropoutNetwork([2, 3, 1], 0.5, rng(), one_mask_per="epoch")
    with pytest.raises(ValueError, match="loss must be one of"):
        DropoutNetwork([2, 3, 1], 0.5, rng(), loss="hinge")


@pytest.mark.parametrize(
    ("n_runs", "generator", "message"),
    [
        (None, generators(2), r"rng must be one Generator for .*, got a sequence of 2"),
        (3, rng(), r"rng must be a sequence of 3 Generators for .*, got one Generator"),
        (3, generators(2), r"rng must be a sequence of 3 Generators for .*, got a sequence of 2"),
    ],
)
def test_generators_are_one_for_each_run(n_runs, generator, message):
    """A stack needs as many generators as it has runs, a single network exactly one."""
    network = DropoutNetwork([2, 3, 1], 0.5, generator)
    with pytest.raises(ValueError, match=message):
        network.gradient(Parameters([2, 3, 1], n_runs), np.ones((4, 2)), np.ones((4, 1)))


def test_masks_of_a_thinned_network_fit_its_layers():
    """One for each layer but the last, as wide as the layer."""
    network = Network([2, 3, 1])
    with pytest.raises(ValueError, match="masks must be 2, one for each layer but the last, got 3"):
        ThinnedNetwork(network, [None, None, None])
    with pytest.raises(ValueError, match=r"masks\[1\] must have the shape \(\.\.\., 3\), got"):
        ThinnedNetwork(network, [None, np.ones((4, 2))])


def test_a_thinned_network_is_of_its_network():
    """Sizes, activation and loss are the same, and so is all that does not ask for a mask."""
    network, parameters, X, targets = problem(loss="sigmoid_quadratic")
    thinned = ThinnedNetwork(network, [None, None, None])
    assert repr(thinned) == repr(network)
    np.testing.assert_array_equal(thinned.predict(parameters, X), network.predict(parameters, X))
    assert (
        thinned.evaluate(parameters, X, targets)[0] == network.evaluate(parameters, X, targets)[0]
    )


def test_the_network_shows_its_rates():
    """In its repr: one for each layer but the last."""
    shown = repr(DropoutNetwork([2, 3, 1], 0.25, rng()))
    assert shown.startswith("DropoutNetwork([2, 3, 1], ")
    assert shown.endswith("rate=[0, 0.25])")


# ---------------------------------------------------------------------------------------- torch


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_autograd_with_the_same_masks_agrees(loss, activation):
    """Every entry of the gradient, inputs dropped as well, within 1e-13."""
    torch = pytest.importorskip("torch")
    _, parameters, X, targets = problem(loss=loss, activation=activation)
    rates = (0.2, 0.5, 0.3)
    masks = DropoutNetwork(SIZES, rates, rng(5)).draw_masks(len(X))
    dropout = DropoutNetwork(SIZES, rates, rng(5), activation, loss)

    bend = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}[activation]
    tensors = [
        torch.tensor(view.copy(), requires_grad=True)
        for view in (*parameters.weights, *parameters.biases)
    ]
    h = torch.tensor(X)
    for k in range(3):
        z = (h * torch.tensor(masks[k])) @ tensors[k] + tensors[3 + k]
        h = bend(z)
    aim, functional = torch.tensor(targets), torch.nn.functional
    if loss == "softmax_cross_entropy":
        cost = functional.cross_entropy(z, aim.argmax(dim=1))
    elif loss == "sigmoid_cross_entropy":
        cost = 2 * functional.binary_cross_entropy_with_logits(z, aim)
    else:
        cost = functional.mse_loss(torch.sigmoid(z) if loss == "sigmoid_quadratic" else z, aim)
    cost.backward()
    expected = np.concatenate([tensor.grad.numpy().ravel() for tensor in tensors])
    gradient = dropout.gradient(parameters, X, targets)
    np.testing.assert_allclose(gradient.vector, expected, rtol=1e-11, atol=1e-13)


def test_torch_means_the_same_by_its_p():
    """nn.Dropout(p): the share dropped, survivors times 1/(1 - p), nothing in eval mode."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layer, ones = torch.nn.Dropout(0.2), torch.ones(100_000, dtype=torch.float64)
    masked = layer(ones)
    assert sorted(set(masked.tolist())) == sorted(set(dropout_mask((100,), 0.2, rng()).tolist()))
    assert (masked == 0).double().mean().item() == pytest.approx(0.2, abs=0.01)
    layer.eval()
    assert torch.equal(layer(ones), ones)
