"""The compiled engine takes the steps of the numpy loop, to rounding."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from course_lib import compiled, training
from course_lib._kernels import forward
from course_lib.dropout import DropoutNetwork, ThinnedNetwork
from course_lib.evidence import generators
from course_lib.losses import LOSSES
from course_lib.momentum import HeavyBall, Momentum, Nesterov
from course_lib.network import ACTIVATIONS, Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import L1, L2, ElasticNet, ProximalL1
from course_lib.schedules import cosine_decay, exponential_decay, step_decay
from course_lib.training import DivergenceError, DivergenceWarning, History, TrainingInterrupted
from course_lib.weight_decay import Adam, WeightDecay
from tools.freshness import ROOT

pytest.importorskip("numba")

RULES: dict[str, list[Any]] = {
    "none": [],
    "L2": [L2(0.01)],
    "L1": [L1(0.003)],
    "ProximalL1": [ProximalL1(0.003)],
    "ElasticNet": [ElasticNet(0.003, 0.01)],
    "Momentum": [Momentum(0.9)],
    "HeavyBall": [HeavyBall(0.8)],
    "Nesterov": [Nesterov(0.8)],
    "WeightDecay": [WeightDecay(0.01)],
    "Adam": [Adam()],
    "L2, Momentum": [L2(0.01), Momentum(0.9)],
    "Momentum, WeightDecay": [Momentum(0.9), WeightDecay(0.01)],
    "L2, Adam": [L2(0.01), Adam(0.8, 0.99, 1e-6)],
    "Adam, WeightDecay": [Adam(), WeightDecay(0.01)],
    "L1, HeavyBall, ProximalL1": [L1(0.001), HeavyBall(0.5), ProximalL1(0.003)],
}
SIZES = {"2-3-4-1": [2, 3, 4, 1], "linear": [5, 1], "wide": [3, 40, 60, 2], "classes": [6, 9, 3]}
SCHEDULES: dict[str, Any] = {
    "constant": 0.05,
    "exponential": exponential_decay(0.05, 0.1),
    "step": step_decay(0.05, 0.5, 2),
    "cosine": cosine_decay(0.05, 10),
    "warm-up": lambda t: 0.05 * min(1.0, t / 3),
}
N = 40


def data(sizes: list[int], loss: str) -> tuple[Any, Any]:
    """Return points and labels that fit a network."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, sizes[0]))
    X[rng.random(X.shape) < 0.2] = 0.0
    if loss == "squared_error":
        return X, rng.normal(size=(N, sizes[-1]) if sizes[-1] > 1 else N)
    return X, rng.integers(0, max(2, sizes[-1]), size=N)


def trained(
    engine: Callable[..., History], sizes: list[int], activation: str = "tanh",
    loss: str = "sigmoid_cross_entropy", runs: int | None = None, *, make: Any = Network,
    dtype: Any = np.float64, **settings: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the parameters after a hundred steps, and the history."""
    X, y = data(sizes, loss)
    rngs = np.random.default_rng(5) if runs is None else generators(runs, 5)
    start = np.random.default_rng(7) if runs is None else generators(runs, 7)
    parameters = initial_parameters(sizes, start, "glorot", bias_scale=0.3, dtype=dtype)
    given = {"epochs": 10, "batch_size": 4, "learning_rate": 0.05, "rng": rngs} | settings
    history = engine(make(sizes, activation=activation, loss=loss), parameters, X, y, **given)
    return parameters.vector, history


def agree(sizes: list[int], *arguments: Any, rtol: float = 1e-9, **settings: Any) -> Any:
    """Compare both engines: parameters and everything that a history holds but the seconds."""
    ours, history = trained(compiled.train, sizes, *arguments, **settings)
    theirs, expected = trained(training.train, sizes, *arguments, **settings)
    assert history.engine == "compiled"
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)
    for field in fields(History):
        if field.name != "seconds":
            one, other = (getattr(h, field.name) for h in (history, expected))
            if isinstance(other, np.ndarray):
                np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol, err_msg=field.name)
            else:
                assert one == other
    return ours


@pytest.mark.parametrize("runs", [None, 3])
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("sizes", ["2-3-4-1", "linear", "wide"])
def test_every_rule(sizes: str, rules: str, runs: int | None) -> None:
    """On a small, a linear and a wide network, alone and in a stack."""
    agree(SIZES[sizes], runs=runs, rules=RULES[rules])


@pytest.mark.parametrize("size", [4, 7, 40])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_and_activation(loss: str, activation: str, size: int) -> None:
    """With batches that divide the samples, that leave a short one, and with all samples."""
    sizes = SIZES["classes" if loss == "softmax_cross_entropy" else "wide"]
    agree(sizes, activation, loss, batch_size=size)


@pytest.mark.parametrize("runs", [None, 3])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule(schedule: str, runs: int | None) -> None:
    """The rate of each step is asked for as in the loop."""
    agree(SIZES["2-3-4-1"], runs=runs, learning_rate=SCHEDULES[schedule], rules=[Momentum(0.9)])


@pytest.mark.parametrize("runs", [None, 3])
@pytest.mark.parametrize("per", ["example", "batch"])
@pytest.mark.parametrize("rates", [0.5, [0.2, 0.0, 0.4], [0.0, 0.3, 0.0], 0.0])
def test_dropout(rates: Any, per: str, runs: int | None) -> None:
    """The masks are drawn by the same generators, also where one draws order and masks."""

    def make(sizes: list[int], **options: Any) -> DropoutNetwork:
        rng = np.random.default_rng(9) if runs is None else generators(runs, 9)
        return DropoutNetwork(sizes, rates, rng, **options, one_mask_per=per)

    agree(SIZES["wide"], "relu", make=make, runs=runs, batch_size=7, rules=[Momentum(0.9)])


def test_one_generator_for_order_and_masks() -> None:
    """The order of an epoch comes before its masks, as in the loop."""
    ends = []
    for engine in (compiled.train, training.train):
        rng = np.random.default_rng(1)
        network = DropoutNetwork([2, 8, 1], 0.5, rng)
        ends.append(trained(engine, [2, 8, 1], make=lambda *_, n=network, **__: n, rng=rng)[0])
    np.testing.assert_allclose(*ends, rtol=1e-9)


def test_runs_with_settings_of_their_own() -> None:
    """Rates and strengths, one for each run; data, one for each run."""
    column = np.array([[0.01], [0.05], [0.1]])
    rules = [L2(column), Momentum(column * 5), ProximalL1(column / 20)]
    agree(SIZES["2-3-4-1"], runs=3, rules=rules, learning_rate=column)
    agree(SIZES["2-3-4-1"], runs=3, rules=[Adam(column, 1 - column)])
    agree(SIZES["2-3-4-1"], runs=3, learning_rate=lambda t: column / (1 + t))
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3, N, 2)), rng.integers(0, 2, size=(3, N))
    ends = []
    for engine in (compiled.train, training.train):
        stack = initial_parameters([2, 5, 1], generators(3, 1))
        engine(
            Network([2, 5, 1]), stack, X, y, epochs=5, batch_size=6, learning_rate=0.1,
            rng=generators(3, 2), held_out=(X[:, :9], y[:, :9]),
        )  # fmt: skip
        ends.append(stack.vector)
    np.testing.assert_allclose(*ends, rtol=1e-9)


def test_float32_and_the_order_of_the_rows() -> None:
    """Half the digits agree to half the digits; without a generator the rows keep their order."""
    agree(SIZES["wide"], dtype=np.float32, rules=[Momentum(0.9)], rtol=2e-4)
    agree(SIZES["wide"], rng=None, evaluate_every=3, rules=[Adam()])
    agree(SIZES["2-3-4-1"], epochs=0)


def test_large_layers_and_inputs_that_are_mostly_zero() -> None:
    """Large layers go to the library of products."""
    rng = np.random.default_rng(0)
    for share in (0.05, 1.0):
        X = rng.random((60, 300)) * (rng.random((60, 300)) < share)
        y = rng.integers(0, 10, size=60)
        ends = []
        for engine in (compiled.train, training.train):
            parameters = initial_parameters([300, 30, 10], np.random.default_rng(1))
            engine(
                Network([300, 30, 10], "sigmoid"), parameters, X, y, epochs=3, batch_size=10,
                learning_rate=0.5, rng=np.random.default_rng(2), rules=[L1(1e-4)],
            )  # fmt: skip
            ends.append(parameters.vector)
        np.testing.assert_allclose(*ends, rtol=1e-9, atol=1e-12)


def test_what_has_no_kernel_trains_in_numpy() -> None:
    """A rule and a network of one's own give the same run, and the history says why."""

    class Mine(Momentum):
        """A rule that may do anything."""

    history = trained(compiled.train, [2, 3, 1], rules=[Mine(0.9)])[1]
    assert history.engine == "numpy: the rule Mine has no kernel"
    expected = trained(training.train, [2, 3, 1], rules=[Momentum(0.9)])
    np.testing.assert_array_equal(
        trained(compiled.train, [2, 3, 1], rules=[Mine(0.9)])[0], expected[0]
    )
    thin = ThinnedNetwork(Network([2, 3, 1]), [None, np.array([[2.0, 0.0, 2.0]])])
    reason = compiled.why_numpy(thin, Parameters([2, 3, 1]), [])
    assert reason == "the network ThinnedNetwork has no kernel"


def test_without_numba_it_says_so() -> None:
    """The module works where Numba is not installed."""
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import numpy as np\n"
        "from course_lib.compiled import train\n"
        "from course_lib.network import Network\n"
        "from course_lib.parameters import Parameters\n"
        "h = train(Network([1, 1]), Parameters([1, 1]), np.eye(1), np.array([1]), epochs=1,\n"
        "          batch_size=1, learning_rate=1.0, rng=None)\n"
        "print(h.engine)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert (done.stdout, done.stderr) == ("numpy: Numba is not installed\n", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": -1}, {"batch_size": 0}, {"batch_size": N + 1}, {"learning_rate": 0.0},
        {"learning_rate": "fast"}, {"rng": 3}, {"rules": [3]}, {"rules": Momentum},
        {"held_out": 3}, {"evaluate_every": 0}, {"learning_rate": lambda t: 0.5 - 0.2 * t},
        {"rules": [L2(np.full((3, 1), 0.1))]},
    ],
    ids=lambda wrong: next(iter(wrong)),  # a function's name has its address in it
)  # fmt: skip
def test_bad_input_is_told_in_the_same_words(wrong: dict[str, Any]) -> None:
    """Both engines raise the same error."""
    with pytest.raises(ValueError, match=r"\w") as expected:
        trained(training.train, [2, 3, 1], **wrong)
    with pytest.raises(ValueError, match=r"\w") as got:
        trained(compiled.train, [2, 3, 1], **wrong)
    assert str(got.value) == str(expected.value)


def test_divergence_is_told_with_its_place() -> None:
    """The same epoch, step and rate; in a stack the others go on."""
    told = []
    for engine in (compiled.train, training.train):
        with pytest.raises(DivergenceError) as error:
            trained(engine, [2, 1], loss="squared_error", learning_rate=1e6, epochs=60)
        told.append(str(error.value))
    assert told[0] == told[1]
    rates = np.array([[0.05], [1e6], [0.02], [1e5]])
    histories = []
    for engine in (compiled.train, training.train):
        with pytest.warns(DivergenceWarning):
            histories.append(
                trained(
                    engine, [2, 1], loss="squared_error", runs=4, learning_rate=rates, epochs=60
                )[1]
            )
    ours, theirs = histories
    assert ours.diverged == theirs.diverged
    assert len(ours.diverged) == 2
    np.testing.assert_allclose(ours.train_cost[:, [0, 2]], theirs.train_cost[:, [0, 2]], rtol=1e-9)
    assert np.isnan(ours.train_cost[-1, [1, 3]]).all()


@pytest.mark.parametrize("sizes", ["linear", "wide"])
def test_divergence_is_found_in_the_step_where_it_happens(sizes: str) -> None:
    """Nothing is evaluated in between: the parameters themselves tell."""
    told = []
    for engine in (compiled.train, training.train):
        with pytest.raises(DivergenceError) as error:
            trained(
                engine, SIZES[sizes], "relu", "squared_error", learning_rate=1e6, epochs=60,
                evaluate_every=60,
            )  # fmt: skip
        told.append(str(error.value))
    assert told[0] == told[1]
    assert "step 0," not in told[0]


def test_runs_that_diverge_in_one_epoch_have_steps_of_their_own() -> None:
    """In a stack each run is told with its own step, though all steps are taken in one call."""
    rates = np.array([[0.005], [1e6], [1e5]])
    found = []
    for engine in (compiled.train, training.train):
        with pytest.warns(DivergenceWarning):
            history = trained(
                engine, [2, 1], loss="squared_error", runs=3, learning_rate=rates, epochs=5,
                batch_size=1, evaluate_every=5,
            )[1]  # fmt: skip
        found.append(history.diverged)
    assert found[0] == found[1]
    (_, epoch, step, _), (_, other_epoch, other_step, _) = found[0]
    assert epoch == other_epoch
    assert 0 < step < other_step


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_stays_nan_through_the_hidden_layers(activation: str) -> None:
    """A weight that is nan shows in the output, as in numpy: no activation makes a 0 of it."""
    parameters = initial_parameters([2, 3, 1], np.random.default_rng(0))
    parameters.weights[0][0, 1] = np.nan
    sizes, places = np.array([2, 3, 1]), np.array([0, 2, 5, 6])
    plain = np.ones(6)
    forward(
        parameters.vector, plain, plain, np.empty(0), 1, sizes, places, parameters.n_weights,
        compiled.ACTIVATIONS[activation], np.array([False, False]),
    )  # fmt: skip
    assert np.isnan(plain[[3, 5]]).all()
    assert np.isfinite(plain[[2, 4]]).all()


def test_an_interrupt_keeps_what_was_evaluated() -> None:
    """Ctrl-C comes out as from the loop, with the history so far."""

    def schedule(t: float) -> float:
        if t > 2.5:
            raise KeyboardInterrupt
        return 0.05

    with pytest.raises(TrainingInterrupted) as stopped:
        trained(compiled.train, [2, 3, 1], learning_rate=schedule)
    assert stopped.value.history.epochs.tolist() == [0, 1, 2]
    assert stopped.value.history.interrupted_in == 3
