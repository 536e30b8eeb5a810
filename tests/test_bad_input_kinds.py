"""Whole kinds of bad input at every door: masks, other stacks, schedules, shapes, folders."""

import math
import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from course_lib.arguments import per_run
from course_lib.batches import minibatches
from course_lib.datasets import hard_points, mnist, small_points
from course_lib.datasets.mnist import FOLDER_VARIABLE, MnistError
from course_lib.dropout import DropoutNetwork, ThinnedNetwork, dropout_mask
from course_lib.estimator import NetworkClassifier, NetworkRegressor
from course_lib.evidence import (
    Claim,
    bootstrap_interval,
    claims_table,
    run_over_seeds,
    search_learning_rate,
    verdicts,
)
from course_lib.gradient_check import direction_errors, numerical_gradient
from course_lib.losses import LOSSES
from course_lib.momentum import (
    HeavyBall,
    Momentum,
    Nesterov,
    averaged_momentum,
    heavy_ball,
    nesterov_direction,
)
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters, stacked, unstacked
from course_lib.penalties import L1, L2, ElasticNet, ProximalL1, soft_threshold
from course_lib.schedules import (
    exponential_decay,
    inverse_time_decay,
    side_by_side,
    step_decay,
    warm_up,
)
from course_lib.sources import source_initial_parameters, source_step, train_as_source
from course_lib.sources.mnist import mnist_source_step, train_mnist_as_source
from course_lib.sources.nielsen import nielsen_initial_parameters, train_as_nielsen
from course_lib.sources.numpy_network import source_cost, source_masks
from course_lib.training import train
from course_lib.weight_decay import Adam, WeightDecay, adam_direction, decayed

SIZES = [2, 3, 1]
X = np.random.default_rng(0).normal(size=(10, 2))
Y = np.arange(10) % 2
TARGETS = Y[:, np.newaxis].astype(float)
NETWORK = Network(SIZES)
CLASSES = Network([2, 3, 2], "sigmoid")


def rng(seed=0):
    """Return a generator."""
    return np.random.default_rng(seed)


def start(n_runs=None, network=NETWORK, dtype=np.float64):
    """Return initial parameters, always the same."""
    generators = rng() if n_runs is None else rng().spawn(n_runs)
    return initial_parameters(network.layer_sizes, generators, dtype=dtype)


def trained(n_runs=None, network=NETWORK, **changes):
    """Return the parameters after two epochs of two steps, with some arguments changed."""
    options = {"X": X, "y": Y, "epochs": 2, "batch_size": 5, "learning_rate": 0.1, "rng": None}
    options |= changes
    parameters = changes.pop("parameters", None) or start(n_runs, network)
    options.pop("parameters", None)
    train(network, parameters, options.pop("X"), options.pop("y"), **options)
    return parameters.vector


def classes_trained(how, **changes):
    """Call one of the loops of the sources on digits, with some arguments changed."""
    options = {"X": X, "y": Y, "test": (X, Y), "rng": rng(), "epochs": 1, "batch_size": 5} | changes
    given = [options.pop(name) for name in ("X", "y", "test")]
    return how(CLASSES, start(network=CLASSES), *given, **options)


def column(*values):
    """Return an array of shape (n_runs, 1)."""
    return np.array(values)[:, np.newaxis]


CLAIM = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0.01)


def searched(**changes):
    """Call the search for a learning rate with some arguments changed."""
    options = {"learning_rates": [0.1, 0.2], "n_runs": 1, "epochs": 1, "batch_size": 5} | changes
    make = options.pop("make_parameters", lambda rng: initial_parameters(SIZES, rng))
    return search_learning_rate(NETWORK, make, X, Y, (X, Y), **options)


# -------------------------------------------------------------------------------- masked arrays

MASKED_X = np.ma.masked_greater(X, 1.0)
MASKED_Y = np.ma.masked_array(Y, mask=Y == 1)
MASKED_TARGETS = np.ma.masked_array(TARGETS, mask=TARGETS == 1)
FIVE = np.ma.masked_equal([1.0, 2.0, 3.0, 4.0, 5.0], 5.0)
CLASSIFIER = NetworkClassifier((3,), epochs=1, random_state=0)

MASKS = {
    "train X": ("X", lambda: trained(X=MASKED_X)),
    "train y": ("y", lambda: trained(y=MASKED_Y)),
    "train y, nothing hidden": ("y", lambda: trained(y=np.ma.masked_array(Y))),
    "train y of a stack": ("y", lambda: trained(3, y=MASKED_Y)),
    "train X of a stack": ("X", lambda: trained(3, X=np.ma.stack([MASKED_X] * 3))),
    "train numbers": (
        "y",
        lambda: trained(network=Network(SIZES, loss="squared_error"), y=MASKED_Y),
    ),
    "held_out X": ("held_out X", lambda: trained(held_out=(MASKED_X, Y))),
    "held_out y": ("held_out y", lambda: trained(held_out=(X, MASKED_Y))),
    "predict": ("X", lambda: NETWORK.predict(start(), MASKED_X)),
    "evaluate X": ("X", lambda: NETWORK.evaluate(start(), MASKED_X, TARGETS)),
    "evaluate targets": ("targets", lambda: NETWORK.evaluate(start(), X, MASKED_TARGETS)),
    "gradient X": ("X", lambda: NETWORK.gradient(start(), MASKED_X, TARGETS)),
    "gradient targets": ("targets", lambda: NETWORK.gradient(start(), X, MASKED_TARGETS)),
    "gradient of a stack": ("X", lambda: NETWORK.gradient(start(3), MASKED_X, TARGETS)),
    "dropout X": (
        "X",
        lambda: DropoutNetwork(SIZES, 0.5, rng()).gradient(start(), MASKED_X, TARGETS),
    ),
    "dropout targets": (
        "targets",
        lambda: DropoutNetwork(SIZES, 0.5, rng()).gradient(start(), X, MASKED_TARGETS),
    ),
    "thinned mask": (
        "masks[1]",
        lambda: ThinnedNetwork(NETWORK, [None, np.ma.masked_equal([2.0, 0.0, 2.0], 0.0)]),
    ),
    "thinned X": (
        "X",
        lambda: ThinnedNetwork(NETWORK, [None, None]).forward(start(), MASKED_X),
    ),
    "numerical gradient": ("X", lambda: numerical_gradient(NETWORK, start(), MASKED_X, TARGETS)),
    "directions": ("targets", lambda: direction_errors(NETWORK, start(), X, MASKED_TARGETS, rng())),
    "batches X": ("X", lambda: next(minibatches(MASKED_X, TARGETS, 2, None))),
    "batches targets": ("targets", lambda: next(minibatches(X, MASKED_TARGETS, 2, rng()))),
    "vector": ("vector", lambda: setattr(start(), "vector", np.ma.masked_array(np.ones(13)))),
    "judge a": ("a", lambda: CLAIM.judge(FIVE, np.zeros(5), rng())),
    "judge b": ("b", lambda: CLAIM.judge(np.zeros(5), FIVE, rng())),
    "bootstrap": ("differences", lambda: bootstrap_interval(FIVE, rng=rng())),
    "search": ("learning_rates", lambda: searched(learning_rates=FIVE)),
    "scale": ("raw", lambda: small_points().scale(MASKED_X)),
    "source X": ("X", lambda: train_as_source(start(), MASKED_X, Y, epochs=1, learning_rate=0.1)),
    "source y": ("y", lambda: train_as_source(start(), X, MASKED_Y, epochs=1, learning_rate=0.1)),
    "source step": ("y", lambda: source_step(NETWORK, start(), X, MASKED_TARGETS, 0.1)),
    "nielsen": ("X", lambda: classes_trained(train_as_nielsen, X=MASKED_X)),
    "nielsen's test": ("test y", lambda: classes_trained(train_as_nielsen, test=(X, MASKED_Y))),
    "mnist's test": ("test X", lambda: classes_trained(train_mnist_as_source, test=(MASKED_X, Y))),
    "classifier X": ("X", lambda: CLASSIFIER.fit(MASKED_X, Y)),
    "classifier y": ("y", lambda: CLASSIFIER.fit(X, MASKED_Y)),
    "classifier weights": (
        "sample_weight",
        lambda: CLASSIFIER.fit(X, Y, sample_weight=np.ma.masked_array(np.ones(10))),
    ),
    "classes": (
        "classes",
        lambda: NetworkClassifier((3,)).partial_fit(X, Y, classes=np.ma.masked_array([0, 1, 2])),
    ),
    "regressor": ("y", lambda: NetworkRegressor((3,)).fit(X, np.ma.masked_array(X[:, 0]))),
} | {
    f"{name} loss": (
        "targets",
        lambda loss=loss: loss.delta(np.zeros((10, 1)), MASKED_TARGETS),
    )
    for name, loss in LOSSES.items()
}


@pytest.mark.parametrize("door", MASKS)
def test_a_masked_array_is_refused_wherever_an_array_is_handed_in(door):
    """Numpy's functions take what the mask hides: a missing value would be trained on."""
    name, call = MASKS[door]
    with pytest.raises(ValueError, match=rf"^{re.escape(name)} must be an array without a mask"):
        call()


def test_a_classifier_that_is_fitted_predicts_for_no_masked_array():
    """The mask is refused by `predict`, too, and not dropped."""
    classifier = NetworkClassifier((3,), epochs=1, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="X must be an array without a mask"):
        classifier.predict(MASKED_X)


# ------------------------------------------------------- other arrays, that are as good as plain


@pytest.mark.parametrize(
    "view",
    [
        np.asmatrix,
        lambda array: array.view(np.memmap),
        np.asfortranarray,
        lambda array: np.repeat(array, 2, axis=0)[::2],
        lambda array: array.astype(">f8"),
        lambda array: np.require(array, requirements=["O"]).copy(),
    ],
    ids=["matrix", "memmap", "Fortran", "strided", "big-endian", "copy"],
)
@pytest.mark.parametrize("n_runs", [None, 3])
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # numpy.matrix is old
def test_another_kind_of_array_is_as_good_as_a_plain_one(view, n_runs):
    """`*` of `numpy.matrix` is a matrix product: in the network it is elementwise all the same."""
    expected = trained(n_runs)
    assert_array_equal(trained(n_runs, X=view(X), y=view(TARGETS)), expected)
    plain = NETWORK.gradient(start(n_runs), X, TARGETS).vector
    given = NETWORK.gradient(start(n_runs), view(X), view(TARGETS)).vector
    np.testing.assert_allclose(given, plain, rtol=1e-14)
    masks = [None, np.array([[2.0, 0.0, 2.0]])]
    thinned = ThinnedNetwork(NETWORK, masks)
    np.testing.assert_allclose(
        thinned.gradient(start(n_runs), view(X), view(TARGETS)).vector,
        thinned.gradient(start(n_runs), X, TARGETS).vector,
        rtol=1e-14,
    )


def test_read_only_arrays_are_only_read():
    """Nothing is written into X and y."""
    fixed = [array.copy() for array in (X, Y)]
    for array in fixed:
        array.setflags(write=False)
    assert_array_equal(trained(X=fixed[0], y=fixed[1], rng=rng()), trained(rng=rng()))


def test_numbers_that_float32_cannot_hold_are_named():
    """As float32 they would be infinite, after the check that all are finite."""
    small = start(dtype=np.float32)
    with pytest.raises(
        ValueError, match=r"^X must hold numbers that float32 can hold, got 1e\+300"
    ):
        trained(X=np.full_like(X, 1e300), parameters=small)
    regression = Network(SIZES, loss="squared_error")
    with pytest.raises(
        ValueError, match=r"^y must hold numbers that float32 can hold, got -1e\+30"
    ):
        trained(network=regression, y=np.full(10, -1e300), parameters=small)
    assert_array_equal(small.vector, start(dtype=np.float32).vector)


# --------------------------------------------------------------- one array of numbers, any stack

RULES = {
    "Momentum": ("beta", Momentum, 1),
    "HeavyBall": ("beta", HeavyBall, 1),
    "Nesterov": ("beta", Nesterov, 1),
    "L2": ("l2", L2, "inf"),
    "L1": ("l1", L1, "inf"),
    "ProximalL1": ("l1", ProximalL1, "inf"),
    "ElasticNet's l1": ("l1", lambda value: ElasticNet(value, 0.1), "inf"),
    "ElasticNet's l2": ("l2", lambda value: ElasticNet(0.1, value), "inf"),
    "WeightDecay": ("decay", WeightDecay, "inf"),
    "Adam's beta1": ("beta1", lambda value: Adam(beta1=value), 1),
    "Adam's beta2": ("beta2", lambda value: Adam(beta2=value), 1),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("n_runs", "stack"), [(None, ""), (4, ", or an array of them of shape (4, 1)")]
)
def test_an_array_for_another_stack_is_refused_by_every_rule(rule, n_runs, stack):
    """Three numbers for one network or four runs: the name, the shape wanted, the shape given."""
    name, make, high = RULES[rule]
    parameters = start(n_runs)
    message = f"{name} must be a number in [0, {high}){stack}, got an array of shape (3, 1)"
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        trained(n_runs, parameters=parameters, rules=[make(np.full((3, 1), 0.1))])
    assert_array_equal(parameters.vector, start(n_runs).vector)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("bad", "got"),
    [
        (np.full((1, 3), 0.1), "an array of shape (1, 3)"),
        (np.full((3, 1, 1), 0.1), "an array of shape (3, 1, 1)"),
        (np.empty((0, 1)), "an array of shape (0, 1)"),
        (np.full((3, 1), 0.1, object), "an array of object of shape (3, 1)"),
        (column(0.1, 0.1, -0.2), "-0.2 in run 2"),
        (column(0.1, np.nan, -0.2), "nan in run 1"),
        (np.ma.masked_equal(column(0.1, 0.2, 0.3), 0.3), "a masked array"),
        (0.1j, "0.1j"),
        (np.bool_(True), repr(np.bool_(True))),
        ([[0.1]] * 3, "[[0.1], [0.1], [0.1]]"),
    ],
    ids=["lying", "3-d", "empty", "objects", "negative", "nan", "mask", "complex", "bool", "list"],
)
def test_what_is_no_number_and_no_column_is_refused_by_every_rule(rule, bad, got):
    """Each rule says the same of the same thing, under its own name."""
    name, make, high = RULES[rule]
    stack = ", or an array of them of shape (n_runs, 1)"
    message = f"{name} must be a number in [0, {high}){stack}, got {got}"
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        make(bad)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # numpy.matrix is old
def test_whole_numbers_in_an_array_are_numbers(rule):
    """Unsigned zeros are zeros: nothing wraps round."""
    _, make, _ = RULES[rule]
    floats = trained(3, rules=[make(np.zeros((3, 1)))])
    assert_array_equal(trained(3, rules=[make(np.zeros((3, 1), np.uint8))]), floats)
    assert_array_equal(trained(3, rules=[make(np.asmatrix(np.zeros((3, 1))))]), floats)
    assert_array_equal(trained(3, rules=[make(np.uint8(0))]), floats)


def test_an_unsigned_threshold_does_not_wrap_round():
    """-1 is 255 as an unsigned byte: the weights would jump."""
    assert soft_threshold(np.array([3.0, -0.5]), np.uint8(1)).tolist() == [2.0, 0.0]


FORMULAS = {
    "averaged": ("beta", lambda bad: averaged_momentum(np.ones(2), np.ones(2), bad)),
    "heavy ball": ("beta", lambda bad: heavy_ball(np.ones(2), np.ones(2), bad)),
    "nesterov": ("beta", lambda bad: nesterov_direction(np.ones(2), np.ones(2), bad)),
    "adam, beta1": ("beta1", lambda bad: adam_direction(np.ones(2), np.ones(2), 1, beta1=bad)),
    "adam, beta2": ("beta2", lambda bad: adam_direction(np.ones(2), np.ones(2), 1, beta2=bad)),
    "adam, epsilon": (
        "epsilon",
        lambda bad: adam_direction(np.ones(2), np.ones(2), 1, epsilon=bad),
    ),
    "decay": ("decay", lambda bad: decayed(np.ones(2), 0.1, bad)),
    "decay's rate": ("learning_rate", lambda bad: decayed(np.ones(2), bad, 0.1)),
    "threshold": ("threshold", lambda bad: soft_threshold(np.ones(2), bad)),
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("bad", [-0.5, math.nan, "0.5", None, np.ma.masked])
def test_the_formulas_look_at_their_numbers(formula, bad):
    """The functions that a chapter writes out take the same ranges as the rules."""
    name, call = FORMULAS[formula]
    with pytest.raises(ValueError, match=f"^{name} must be a number in"):
        call(bad)


def test_adam_counts_its_steps_from_one():
    """At step 0 it would divide nothing by nothing."""
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1, got 0"):
        adam_direction(np.zeros(2), np.zeros(2), 0)


# ----------------------------------------------------------------------- schedules that go wrong

BAD_RATES = {
    "negative": (-0.1, "-0.1"),
    "nan": (math.nan, "nan"),
    "inf": (math.inf, "inf"),
    "numpy's -inf": (np.float64(-math.inf), repr(np.float64(-math.inf))),
    "a text": ("0.1", "'0.1'"),
    "nothing": (None, "None"),
    "a bool": (True, "True"),
    "complex": (0.1j, "0.1j"),
    "a list": ([0.1], "[0.1]"),
    "masked": (np.ma.masked_array(0.1), "a masked array"),
    "an integer below 0": (-1, "-1"),
    "a column of two": (column(0.1, 0.2), "an array of shape (2, 1)"),
    "flat": (np.full(3, 0.1), "an array of shape (3,)"),
}
BAD_COLUMNS = {
    "one negative": (column(0.1, 0.1, -0.2), "-0.2 in run 2"),
    "one nan": (column(0.1, math.nan, 0.1), "nan in run 1"),
    "one inf": (column(math.inf, 0.1, 0.1), "inf in run 0"),
    "a masked column": (np.ma.masked_equal(column(0.1, 0.2, 0.3), 0.3), "a masked array"),
    "whole numbers below 0": (column(0, 1, -2), "-2 in run 2"),
    "of objects": (np.full((3, 1), 0.1, object), "an array of object of shape (3, 1)"),
}


@pytest.mark.parametrize(
    ("n_runs", "case"),
    [(n, c) for n in (None, 3) for c in BAD_RATES] + [(3, c) for c in BAD_COLUMNS],
)
def test_a_schedule_that_goes_wrong_is_stopped_before_the_step(n_runs, case):
    """The message has the epoch, the range and the value; the steps before it are kept."""
    bad, got = (BAD_RATES | BAD_COLUMNS)[case]
    parameters = start(n_runs)
    stack = "" if n_runs is None else f", or an array of them of shape ({n_runs}, 1)"
    message = (
        f"learning_rate of the schedule in epoch 3 must be a number in [0, inf){stack}, got {got}"
    )
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        trained(
            n_runs, parameters=parameters, epochs=4,
            learning_rate=lambda epochs_done: bad if epochs_done >= 2.5 else 0.1,
        )  # fmt: skip
    five_steps = start(n_runs)
    trained(n_runs, parameters=five_steps, epochs=2)
    train(
        NETWORK, five_steps, X[:5], Y[:5], epochs=1, batch_size=5, learning_rate=0.1, rng=None
    )  # fmt: skip
    np.testing.assert_allclose(parameters.vector, five_steps.vector, rtol=1e-13)


def test_a_falling_line_is_stopped_where_it_crosses_zero():
    """0.5 - 0.2 t with two steps an epoch is -0.1 after three epochs, in the fourth."""
    with pytest.raises(ValueError, match=r"schedule in epoch 3 must .*\[0, inf\), got -0\.0"):
        trained(epochs=4, batch_size=1, learning_rate=lambda t: 0.5 - 0.2 * t)
    with pytest.raises(ValueError, match=r"schedule in epoch 4 must .*\[0, inf\), got -0\.1"):
        trained(epochs=4, batch_size=10, learning_rate=lambda t: 0.5 - 0.2 * t)


def test_a_scale_of_minus_zero_is_zero():
    """Numpy's generators refuse -0.0 as a deviation, though it is equal to 0."""
    zeros = initial_parameters(NETWORK.layer_sizes, rng(), scale=-0.0, bias_scale=-0.0)
    assert not zeros.vector.any()


def test_a_rate_of_zero_and_one_that_no_step_takes_are_let_through():
    """0 leaves the parameters as they are; 0.3 - 0.1 t ends at -5.6e-17, where no step follows."""
    for zero in (0.0, 0, -0.0, np.float32(0.0), np.array(0.0)):
        assert_array_equal(trained(learning_rate=lambda _, zero=zero: zero), start().vector)
    zeros = np.zeros((3, 1))
    assert_array_equal(trained(3, learning_rate=lambda _: zeros), start(3).vector)
    falling = [0.3 - 0.1 * epoch for epoch in range(4)]
    assert falling[-1] < 0 < falling[-2]
    history = train(
        NETWORK, start(), X, Y, epochs=3, batch_size=10, rng=None,
        learning_rate=lambda t: 0.3 - 0.1 * t,
    )  # fmt: skip
    assert history.learning_rate.tolist() == falling


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # numpy.matrix is old
def test_good_rates_of_any_kind_train_alike():
    """A number of numpy's, an array without an axis and a column are rates as a float is."""
    expected = trained()
    for rate in (np.float64(0.1), np.array(0.1), np.longdouble(0.1)):
        assert_array_equal(trained(learning_rate=lambda _, rate=rate: rate), expected)
    for rate in (np.full((3, 1), 0.1), np.asmatrix(np.full((3, 1), 0.1)), 0.1):
        assert_array_equal(trained(3, learning_rate=lambda _, rate=rate: rate), trained(3))


SCHEDULES = {
    "side by side, a text": (
        lambda: side_by_side([0.1, lambda t: "0.1" if t else 0.1])(1.5),
        r"schedules\[1\] after 1.5 epochs must be a number in .*, got '0.1'",
    ),
    "side by side, a bool": (
        lambda: side_by_side([lambda t: True if t else 0.1])(2),
        r"schedules\[0\] after 2 epochs must be a number in .*, got True",
    ),
    "side by side, nothing": (
        lambda: side_by_side([0.1, 0.2, lambda t: None if t else 0.1])(1),
        r"schedules\[2\] after 1 epochs must be a number in .*, got None",
    ),
    "side by side, a huge number": (
        lambda: side_by_side([lambda t: 10**400 if t else 0.1])(1),
        r"schedules\[0\] after 1 epochs must be a number in .*, got 1000",
    ),
    "warm-up to nothing": (
        lambda: warm_up(lambda _: None, 2),
        r"schedule at epoch 0 must be a number in \[0, inf\).*, got None",
    ),
    "warm-up to less than nothing": (
        lambda: warm_up(lambda _: -0.1, 2),
        r"schedule at epoch 0 must be a number in \[0, inf\).*, got -0.1",
    ),
    "two stacks, exponential": (
        lambda: exponential_decay(np.full((3, 1), 0.1), np.full((4, 1), 0.5)),
        r"initial and decay must .*one shape \(n_runs, 1\).*\(3, 1\) and \(4, 1\)",
    ),
    "two stacks, 1/t": (
        lambda: inverse_time_decay(np.full((3, 1), 0.1), np.full((1, 1), 0.5)),
        r"initial and half_time must .*\(3, 1\) and \(1, 1\)",
    ),
    "two stacks, steps": (
        lambda: step_decay(np.full((2, 1), 0.1), np.full((3, 1), 0.5), 3),
        r"initial and factor must .*\(2, 1\) and \(3, 1\)",
    ),
}


@pytest.mark.parametrize("case", SCHEDULES)
def test_a_schedule_made_of_others_says_which_one_is_wrong(case):
    """Its place, the epochs done and the value, and not what numpy makes of them."""
    call, message = SCHEDULES[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_schedules_of_any_kind_go_side_by_side():
    """Neither an array without an axis nor an object with a method needs a hash."""

    class Falling:
        __hash__ = None

        def __call__(self, epochs_done):
            return 0.2 / (1 + epochs_done)

    falling = Falling()
    together = side_by_side([np.array(0.1), falling, falling, 0.1])
    assert together(1).tolist() == [[0.1], [0.1], [0.1], [0.1]]


# --------------------------------------------------------------- several answers for each sample


def test_each_of_several_outputs_is_a_question_of_its_own():
    """Multi-hot rows, every answer right: 1, where the largest output says .67 at most."""
    network, parameters = Network([3, 3]), Parameters([3, 3])
    parameters.weights[0][...] = np.eye(3)
    answers = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1]])
    noisy = (2.0 * answers - 1.0) * (1.0 + np.arange(15.0).reshape(5, 3))
    targets = network.targets(answers, 5)
    assert network.evaluate(parameters, noisy, targets)[1] == 1.0
    noisy[1, 0] *= -1.0
    assert network.evaluate(parameters, noisy, targets)[1] == pytest.approx(14 / 15)
    history = train(
        network, parameters, noisy, answers, epochs=1, batch_size=5, learning_rate=1e-9, rng=None
    )
    assert history.train_accuracy[0] == pytest.approx(14 / 15)


@pytest.mark.parametrize("loss", ["sigmoid_cross_entropy", "sigmoid_quadratic"])
def test_one_hot_rows_are_classes(loss):
    """The largest output is the label, though it says no, or though another says yes, too."""
    network, parameters = Network([3, 3], loss=loss), Parameters([3, 3])
    parameters.weights[0][...] = np.eye(3)
    labels = np.array([0, 1, 2])
    z = np.array([[-1.0, -2.0, -3.0], [1.0, 2.0, -1.0], [3.0, 0.0, 2.0]])
    for y in (labels, np.eye(3)[labels], 0.8 * np.eye(3)[labels] + 0.1):
        targets = network.targets(y, 3) if set(np.unique(y)) <= {0, 1, 2} else y
        assert network.evaluate(parameters, z, targets)[1] == pytest.approx(2 / 3)


def test_a_stack_answers_questions_run_by_run():
    """Each run has a share of its own; two outputs of two have one yes each, or not."""
    network, stack = Network([2, 2]), Parameters([2, 2], n_runs=2)
    stack.weights[0][0], stack.weights[0][1] = np.eye(2), -np.eye(2)
    x = np.array([[1.0, 1.0], [1.0, -1.0]])
    accuracy = network.evaluate(stack, x, np.array([[1.0, 1.0], [1.0, 0.0]]))[1]
    assert accuracy.tolist() == [1.0, 0.0]


def test_softmax_outputs_are_always_classes():
    """Soft targets without a yes are still judged by the largest."""
    network, parameters = Network([2, 2], loss="softmax_cross_entropy"), Parameters([2, 2])
    parameters.weights[0][...] = np.eye(2)
    x = np.array([[1.0, 0.5]])
    assert network.evaluate(parameters, x, np.array([[0.5, 0.4]]))[1] == 1.0


# -------------------------------------------------------------------- shapes that would broadcast


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("method", ["cost", "delta"])
@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 2), (3, 2), ()])
def test_a_loss_takes_a_target_for_each_output_and_nothing_else(loss, method, shape):
    """(4, 1) - (4,) is (4, 4): every sample against every other's label."""
    z = np.zeros((4, 2))
    z = z[:, :1] if shape == (4,) else z
    message = re.escape(f"targets must have the shape {z.shape}, as Network.targets makes")
    with pytest.raises(ValueError, match=message):
        getattr(LOSSES[loss], method)(z, np.zeros(shape))


def test_the_source_s_cost_takes_columns():
    """The same trap in the source's formula, and a list in its place."""
    with pytest.raises(ValueError, match=r"targets must have the shape \(4, 1\).*got \(4,\)"):
        source_cost(np.full((4, 1), 0.5), np.zeros(4))


# ------------------------------------------------------------------------------------ what is left

OTHERS = {
    "rate without hidden layers": (
        lambda: DropoutNetwork([2, 1], 7, rng()), r"rate must be a number in \[0, 1\), got 7",
    ),
    "rate an array of no axis": (
        lambda: DropoutNetwork(SIZES, np.array(0.5), rng()), r"rate must be a number in \[0, 1\)",
    ),
    "mask by a seed": (lambda: dropout_mask((2,), 0.5, 7), "rng must be a numpy Generator.*got 7"),
    "masks: one number": (lambda: ThinnedNetwork(NETWORK, 3), "masks must be a sequence.*got 3"),
    "mask of a list": (
        lambda: ThinnedNetwork(NETWORK, [None, [1, 1, 1]]), r"masks\[1\] must be a numpy array",
    ),
    "mask of other samples": (
        lambda: ThinnedNetwork(NETWORK, [None, np.ones((4, 3))]).forward(start(), X),
        r"masks\[1\] must have one row, or one for each of the 10 samples, got the shape \(4, 3\)",
    ),
    "forward of a wrong width": (
        lambda: NETWORK.forward(start(), np.ones((4, 3))), r"X must have the shape.*got \(4, 3\)",
    ),
    "forward of a list": (
        lambda: NETWORK.forward(start(), X.tolist()), "X must be a numpy array, got list",
    ),
    "evaluate of complex numbers": (
        lambda: NETWORK.evaluate(start(), X + 0j, TARGETS), "X must hold real numbers, got complex",
    ),
    "evaluate of texts": (
        lambda: NETWORK.evaluate(start(), X.astype(str), TARGETS), "X must hold real numbers, got",
    ),
    "gradient of complex numbers": (
        lambda: NETWORK.gradient(start(), X + 0j, TARGETS), "X must hold real numbers, got complex",
    ),
    "gradient with a list of targets": (
        lambda: NETWORK.gradient(start(), X, TARGETS.tolist()), "targets must be a numpy array",
    ),
    "vector complex": (
        lambda: setattr(start(), "vector", np.ones(13) * 1j), "vector must hold real numbers",
    ),
    "vector of texts": (
        lambda: setattr(start(), "vector", ["1"] * 13), "vector must hold real numbers, got <U1",
    ),
    "vector ragged": (
        lambda: setattr(start(), "vector", [1, [2, 3]]), "vector must be an array of numbers",
    ),
    "sizes without an axis": (lambda: Network(np.array(5)), r"layer_sizes must .*got array\(5\)"),
    "stacked nothing": (lambda: stacked([]), r"parts must be .*at least one Parameters, got \[\]"),
    "stacked numbers": (lambda: stacked([1, 2]), r"parts must be .*Parameters, got \[1, 2\]"),
    "unstacked an array": (lambda: unstacked(np.ones((2, 2)), 1), "stack must be Parameters, got"),
    "batches for other runs": (
        lambda: next(minibatches(np.ones((3, 10, 2)), TARGETS, 2, rng().spawn(2))),
        "rng must be one Generator for each of the 3 runs of X, got 2",
    ),
    "batches of a list": (
        lambda: next(minibatches(X.tolist(), TARGETS, 2, None)), "X must be a numpy array",
    ),
    "directions by a seed": (
        lambda: direction_errors(NETWORK, start(), X, TARGETS, 3), "rng must be a numpy Generator",
    ),
    "directions, a stack's gradient": (
        lambda: direction_errors(NETWORK, start(), X, TARGETS, rng(), gradient=start(3)),
        "gradient must be of as many runs as",
    ),
    "judge, ragged": (
        lambda: CLAIM.judge([1, [2], 3, 4, 5], [0] * 5, rng()), "a must be an array of numbers",
    ),
    "judge, complex": (
        lambda: CLAIM.judge([1j] * 5, [0] * 5, rng()), "a must hold real numbers, got complex128",
    ),
    "bootstrap, texts": (
        lambda: bootstrap_interval(["1", "2"], rng=rng()), "differences must hold real numbers",
    ),
    "search by parameters": (
        lambda: searched(make_parameters=start()), "make_parameters must be a function, got",
    ),
    "search with a rate for a schedule": (
        lambda: searched(schedule=0.1), "schedule must be a function, got 0.1",
    ),
    "seeds without an axis": (
        lambda: run_over_seeds(int, np.array(3)), r"seeds must be .*, got array\(3\)",
    ),
    "seeds for no function": (lambda: run_over_seeds(3, [1]), "function must be a function, got 3"),
    "verdicts of a list": (lambda: verdicts([1]), r"table must be a ClaimsTable.*got \[1\]"),
    "points of texts": (
        lambda: small_points().scale([["a", "b"]]), "raw must hold real numbers, got <U1",
    ),
    "points scaled by a list": (
        lambda: hard_points(["variance"]), r"scale_by must be one of .*, got \['variance'\]",
    ),
    "points scaled by an array": (
        lambda: hard_points(np.array(["variance"] * 2)), "scale_by must be one of .*, got array",
    ),
    "mnist in a number": (lambda: mnist(5), "folder must be a path, or None, got 5"),
    "mnist's cache in a list": (lambda: mnist(cache=[]), r"cache must be a path.* got \[\]"),
    "source's step, rate": (
        lambda: source_step(NETWORK, start(), X, TARGETS, -0.1), r"learning_rate must .*got -0\.1",
    ),
    "source's step, beta": (
        lambda: source_step(NETWORK, start(), X, TARGETS, 0.1, beta=1.0), r"beta must .*got 1\.0",
    ),
    "source's step, l2": (
        lambda: source_step(NETWORK, start(), X, TARGETS, 0.1, l2=None), "l2 must .*got None",
    ),
    "source's step, width": (
        lambda: source_step(NETWORK, start(), X[:, :1], TARGETS, 0.1),
        r"X must have the shape \(n_samples, 2\) .*got \(10, 1\)",
    ),
    "source's step, whole numbers": (
        lambda: source_step(NETWORK, start(), np.ones((10, 2), dtype=int), TARGETS, 0.1),
        "X must hold floats, got int64",
    ),
    "a table of an array of no axis": (
        lambda: claims_table(np.array(1)), "judged must be a list of JudgedClaim, got ndarray",
    ),
    "a table of a text": (lambda: claims_table("holds"), r"judged\[0\] must be a JudgedClaim.*str"),
    "source's parameters": (
        lambda: train_as_source(np.ones(13), X, Y, epochs=1, learning_rate=0.1),
        "parameters must be Parameters, got ndarray",
    ),
    "source's shares": (lambda: source_masks([2, 1], 0.5, rng()), "keep must be .*got 0.5"),
    "source's share a text": (
        lambda: source_masks([2, 1], ["1", 1], rng()), r"keep\[0\] must be a number in .*got '1'",
    ),
    "source's scale": (
        lambda: source_initial_parameters(SIZES, 3, scale=-1), "scale must .*got -1",
    ),
    "nielsen's penalty": (
        lambda: classes_trained(train_as_nielsen, penalty="l3", epochs=0), "penalty must be one of",
    ),
    "nielsen's rate": (
        lambda: classes_trained(train_as_nielsen, learning_rate=0, epochs=0), "learning_rate must",
    ),
    "mnist's step, penalty": (
        lambda: mnist_source_step(
            CLASSES, start(network=CLASSES), start(network=CLASSES), X, np.eye(2)[Y], penalty=-1
        ),
        "penalty must be a number in .*got -1",
    ),
    "mnist's step, velocity": (
        lambda: mnist_source_step(CLASSES, start(network=CLASSES), start(), X, np.eye(2)[Y]),
        "velocity must have the layers of",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_what_numpy_or_python_said_before_is_said_by_name(case):
    """One sentence with the parameter, instead of an error from within or a silent answer."""
    call, message = OTHERS[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


@pytest.mark.parametrize("draw", [nielsen_initial_parameters, source_initial_parameters])
@pytest.mark.parametrize(
    ("seed", "got"),
    [
        (np.array(5), "array(5)"),
        (-1, "-1"),
        (2**32, "4294967296"),
        (True, "True"),
        (1.0, "1.0"),
        ("3", "'3'"),
        ([3, -1], "-1"),
        (np.array([1.5]), "np.float64(1.5)"),
        (np.ma.masked_equal([1, 2], 2), "masked"),
        (None, "None"),
    ],
    ids=repr,
)
def test_a_seed_that_numpy_s_old_generator_does_not_take_is_named(draw, seed, got):
    """From 0 on and below 2**32, or several of them."""
    message = f"seed must be a whole number in [0, 2**32), or several, got {got}"
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        draw(SIZES, seed)


@pytest.mark.parametrize("draw", [nielsen_initial_parameters, source_initial_parameters])
def test_sizes_and_seeds_may_come_from_a_generator(draw):
    """Both are gone through once, whatever the number of runs."""
    expected = draw(SIZES, [3, 4]).vector
    given = draw((size for size in SIZES), (seed for seed in (3, np.uint8(4))))
    assert_array_equal(given.vector, expected)
    assert_array_equal(
        initial_parameters((size for size in SIZES), [rng(), rng(1)]).vector,
        initial_parameters(SIZES, [rng(), rng(1)]).vector,
    )


def test_one_number_for_all_runs_comes_back_as_it_is():
    """Numbers keep their type, columns of floats their memory."""
    assert per_run("l2", 1) == 1
    assert isinstance(per_run("l2", 1), int)
    floats = np.full((2, 1), 0.5, np.float32)
    assert np.shares_memory(per_run("l2", floats), floats)


# ------------------------------------------------------------------------- the folder of the data


@pytest.mark.parametrize(
    ("kind", "lack"),
    [
        ("nothing", "does not exist"),
        ("a file", "is a file"),
        ("an empty folder", "does not hold all of them"),
        ("a folder of other things", "does not hold all of them"),
    ],
)
def test_a_folder_of_the_variable_that_has_no_data_is_named(kind, lack, monkeypatch, tmp_path):
    """Who has set the variable is told what is wrong with the folder, and not to set it."""
    folder = tmp_path / "data"
    if kind == "a file":
        folder.write_text("no folder")
    elif kind != "nothing":
        folder.mkdir()
    if kind == "a folder of other things":
        (folder / "train-images.png").write_text("no digits")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    with pytest.raises(MnistError) as caught:
        mnist(download=False, cache=tmp_path / "cache")
    message = str(caught.value)
    assert f"neither in {folder} nor in {tmp_path / 'cache'}" in message
    assert f"the folder that {FOLDER_VARIABLE} names: {folder} {lack}." in message
    assert f"set {FOLDER_VARIABLE}" not in message


def test_a_broken_file_in_the_folder_of_the_variable_is_named(monkeypatch, tmp_path):
    """The file with its folder, and what is wrong with it; nothing is downloaded in its place."""
    broken = tmp_path / "train-images-idx3-ubyte"
    broken.write_bytes(b"<html>")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(MnistError, match="is not the MNIST file that it should be") as caught:
        mnist(mirrors=["http://127.0.0.1:9/"], cache=tmp_path / "cache")
    assert str(broken) in str(caught.value)
    assert f"set {FOLDER_VARIABLE}" not in str(caught.value)


def test_a_failed_download_names_the_folder_of_the_variable(monkeypatch, tmp_path):
    """The folder lacks the files and no mirror has them: both are said."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "no"))
    with pytest.raises(MnistError) as caught:
        mnist(mirrors=["http://127.0.0.1:9/"], retries=0, cache=tmp_path / "cache")
    assert f"{FOLDER_VARIABLE} names: {tmp_path / 'no'} does not exist." in str(caught.value)
    assert f"set {FOLDER_VARIABLE}" not in str(caught.value)


def test_without_the_variable_it_is_what_to_set(monkeypatch, tmp_path):
    """Only who has not set it hears of it."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    with pytest.raises(MnistError, match=f"set {FOLDER_VARIABLE} to their folder"):
        mnist(download=False, cache=tmp_path / "cache")
