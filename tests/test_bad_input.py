"""Tests of bad input: the parameter, its value and the range are named, and nothing is lost."""

import re

import numpy as np
import pytest

from course_lib.arguments import features, one_of, real_number, whole_number
from course_lib.batches import epoch_order, minibatches
from course_lib.gradient_check import direction_errors, numerical_gradient
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters, stacked, unstacked
from course_lib.sources import source_initial_parameters, source_step, train_as_source
from course_lib.training import train

SIZES = [2, 3, 1]
ROWS = 10
X = np.random.default_rng(0).normal(size=(ROWS, 2))
Y = np.arange(ROWS) % 2
TARGETS = Y[:, np.newaxis].astype(float)
RNG = np.random.default_rng(0)
NUMBERS = X[:, 0]
BINARY, SOFTMAX = Network(SIZES), Network([2, 3, 3], loss="softmax_cross_entropy")
REGRESSION = Network(SIZES, loss="squared_error")
TWO_NUMBERS = Network([2, 3, 2], loss="squared_error")


def with_entry(array, value, index=0):
    """Return a float copy with one entry replaced."""
    changed = array.astype(type(value) if isinstance(value, complex) else float)
    changed.flat[index] = value
    return changed


def training(network=BINARY, n_runs=None, **changes):
    """Return a call of train with good arguments but for the changes."""
    options = {"X": X, "y": Y, "epochs": 2, "batch_size": 5, "learning_rate": 0.1, "rng": None}
    options |= changes
    X_given, y_given = options.pop("X"), options.pop("y")

    def call(parameters):
        given = options.get("parameters", parameters)
        rest = {name: value for name, value in options.items() if name != "parameters"}
        return train(network, given, X_given, y_given, **rest)

    call.parameters = initial_parameters(
        network.layer_sizes, RNG if n_runs is None else RNG.spawn(n_runs)
    )
    return call


def sourcing(**changes):
    """Return a call of train_as_source with good arguments but for the changes."""
    options = {"X": X, "y": Y, "epochs": 2, "learning_rate": 0.1} | changes
    X_given, y_given = options.pop("X"), options.pop("y")

    def call(parameters):
        return train_as_source(parameters, X_given, y_given, **options)

    call.parameters = initial_parameters(SIZES, RNG)
    return call


def stepping(network=BINARY, **changes):
    """Return a call of source_step with good arguments but for the changes."""
    options = {"X": X, "y": TARGETS, "learning_rate": 0.1} | changes

    def call(parameters):
        return source_step(network, parameters, **options)

    call.parameters = initial_parameters(network.layer_sizes, RNG)
    return call


def cut_off():
    """Return parameters with a weight matrix that is no view of the vector any more."""
    parameters = Parameters(SIZES)
    parameters.weights[1] = np.ones((3, 1))
    return parameters


class HalfARule:
    """It has no edit."""

    def start(self, parameters):
        """Remember nothing."""


def generators(n):
    """Return n generators."""
    return [np.random.default_rng(r) for r in range(n)]


STACK_RATE = ["learning_rate", "(0, inf)", "(3, 1)"]
BAD = {
    # X
    "X of a wrong width": (training(X=np.ones((ROWS, 3))), ["X", "(n_samples, 2)", "(10, 3)"]),
    "X flat": (training(X=X[0]), ["X", "(n_samples, 2)", "(2,)"]),
    "X a number": (training(X=np.array(1.0)), ["X", "(n_samples, 2)", "()"]),
    "X of three axes, one network": (training(X=X[np.newaxis]), ["X", "(n_samples, 2)"]),
    "X of the wrong runs": (
        training(X=np.ones((2, ROWS, 2)), n_runs=3),
        ["X", "(n_samples, 2) or (3, n_samples, 2)", "(2, 10, 2)"],
    ),
    "X empty": (training(X=X[:0], y=Y[:0]), ["X", "at least one sample", "(0, 2)"]),
    "X a list": (training(X=X.tolist()), ["X", "numpy array", "(n_samples, 2)", "list"]),
    "X None": (training(X=None), ["X", "numpy array", "NoneType"]),
    "X of integers": (training(X=X.astype(int)), ["X", "floats", "int64", "X.astype(float)"]),
    "X of bools": (training(X=X > 0), ["X", "floats", "bool"]),
    "X complex": (training(X=X.astype(complex)), ["X", "floats", "complex128"]),
    "X of objects": (training(X=X.astype(object)), ["X", "floats", "object"]),
    "X with nan": (training(X=with_entry(X, np.nan, 5)), ["X", "finite", "nan", "(2, 1)"]),
    "X with inf": (training(X=with_entry(X, -np.inf)), ["X", "finite", "-inf", "(0, 0)"]),
    # y
    "y too short": (training(y=Y[:-1]), ["y", "(10,) or (10, 1)", "(9,)"]),
    "y too long": (training(y=np.r_[Y, 0]), ["y", "(10,) or (10, 1)", "(11,)"]),
    "y lying down": (training(y=Y[np.newaxis]), ["y", "(10,) or (10, 1)", "(1, 10)"]),
    "y of too many columns": (training(y=np.ones((ROWS, 2))), ["y", "(10, 1)", "(10, 2)"]),
    "y of the wrong runs": (
        training(y=np.ones((2, ROWS)), n_runs=3),
        ["y", "(10,) or (10, 1)", "each of the 3 runs", "(2, 10)"],
    ),
    "y a list": (training(y=Y.tolist()), ["y", "numpy array", "list"]),
    "y of texts": (training(y=Y.astype(str)), ["y", "numbers", "<U21"]),
    "y of objects": (training(y=Y.astype(object)), ["y", "numbers", "object"]),
    "y complex": (training(y=Y.astype(complex)), ["y", "numbers", "complex128"]),
    "y of dates": (training(y=Y.astype("M8[s]")), ["y", "numbers", "datetime64[s]"]),
    "y with nan": (training(y=with_entry(Y, np.nan, 3)), ["y", "finite", "nan", "(3,)"]),
    "y numbers with nan": (
        training(REGRESSION, y=with_entry(NUMBERS, np.nan, 3)),
        ["y", "finite", "nan", "(3,)"],
    ),
    "y numbers with inf": (
        training(REGRESSION, y=with_entry(NUMBERS, np.inf)),
        ["y", "finite", "inf", "(0,)"],
    ),
    "label too large": (training(y=Y + 1), ["y", "labels from 0 to 1", "got 2"]),
    "label negative": (training(y=-Y), ["y", "labels from 0 to 1", "got -1"]),
    "label one too large": (training(SOFTMAX, y=Y + 2), ["y", "labels from 0 to 2", "got 3"]),
    "label a fraction": (training(y=Y / 2), ["y", "whole-number labels from 0 to 1", "got 0.5"]),
    "one-hot rows with two ones": (
        training(SOFTMAX, y=with_entry(np.eye(3)[Y], 1.0, 2)),
        ["y", "exactly one 1", "[1.0, 0.0, 1.0]"],
    ),
    "one-hot rows with none": (
        training(SOFTMAX, y=np.zeros((ROWS, 3))),
        ["y", "exactly one 1", "[0.0, 0.0, 0.0]"],
    ),
    "one-hot rows with a share": (
        training(SOFTMAX, y=np.full((ROWS, 3), 0.25)),
        ["y", "labels from 0 to 1", "0.25"],
    ),
    "numbers for one output of two": (
        training(TWO_NUMBERS, y=NUMBERS),
        ["y", "(10, 2)", "got (10,)"],
    ),
    # the numbers of the loop
    "batch size 0": (training(batch_size=0), ["batch_size", "at least 1", "got 0"]),
    "batch size negative": (training(batch_size=-5), ["batch_size", "at least 1", "got -5"]),
    "batch size too large": (training(batch_size=11), ["batch_size", "[1, 10]", "got 11"]),
    "batch size True": (training(batch_size=True), ["batch_size", "at least 1", "got True"]),
    "batch size a float": (training(batch_size=5.0), ["batch_size", "at least 1", "got 5.0"]),
    "batch size None": (training(batch_size=None), ["batch_size", "at least 1", "got None"]),
    "epochs negative": (training(epochs=-1), ["epochs", "at least 0", "got -1"]),
    "epochs a float": (training(epochs=1.5), ["epochs", "at least 0", "got 1.5"]),
    "evaluate_every 0": (training(evaluate_every=0), ["evaluate_every", "at least 1", "got 0"]),
    "evaluate_every a text": (training(evaluate_every="2"), ["evaluate_every", "got '2'"]),
    "rate 0": (training(learning_rate=0), ["learning_rate", "(0, inf)", "got 0"]),
    "rate negative": (training(learning_rate=-0.1), ["learning_rate", "(0, inf)", "got -0.1"]),
    "rate nan": (training(learning_rate=np.nan), ["learning_rate", "(0, inf)", "got nan"]),
    "rate inf": (training(learning_rate=np.inf), ["learning_rate", "(0, inf)", "got inf"]),
    "rate True": (training(learning_rate=True), ["learning_rate", "(0, inf)", "got True"]),
    "rate a text": (training(learning_rate="0.1"), ["learning_rate", "(0, inf)", "got '0.1'"]),
    "rate None": (training(learning_rate=None), ["learning_rate", "(0, inf)", "got None"]),
    "rate complex": (training(learning_rate=0.1j), ["learning_rate", "(0, inf)", "got 0.1j"]),
    "rates for one network": (
        training(learning_rate=np.full((3, 1), 0.1)),
        ["learning_rate", "(0, inf)", "got an array of shape (3, 1)"],
    ),
    "rates flat": (training(learning_rate=np.full(3, 0.1), n_runs=3), STACK_RATE),
    "rates too few": (training(learning_rate=np.full((2, 1), 0.1), n_runs=3), STACK_RATE),
    "rates a list": (training(learning_rate=[[0.1]] * 3, n_runs=3), STACK_RATE),
    "rates ragged": (training(learning_rate=[[0.1], [0.1, 0.2]], n_runs=3), STACK_RATE),
    "rates, one negative": (
        training(learning_rate=np.array([[0.1], [-0.2], [0.1]]), n_runs=3),
        [*STACK_RATE, "-0.2"],
    ),
    "schedule of a negative rate": (
        training(learning_rate=lambda _: -0.5),
        ["learning_rate", "epoch 0", "[0, inf)", "got -0.5"],
    ),
    "schedule of nothing": (
        training(learning_rate=lambda _: None),
        ["learning_rate", "epoch 0", "[0, inf)", "got None"],
    ),
    "schedule of rates for one network": (
        training(learning_rate=lambda _: np.array([0.5])),
        ["learning_rate", "epoch 0", "[0, inf)", "got an array of shape (1,)"],
    ),
    # rng
    "rng a seed": (training(rng=3), ["rng", "numpy Generator", "None", "got 3"]),
    "rng the old kind": (
        training(rng=np.random.RandomState(0)),
        ["rng", "numpy Generator", "RandomState"],
    ),
    "rng a list for one network": (training(rng=generators(1)), ["rng", "a numpy Generator"]),
    "rng one for a stack": (
        training(rng=np.random.default_rng(0), n_runs=3),
        ["rng", "sequence of 3 numpy Generators", "Generator(PCG64)"],
    ),
    "rng too few": (training(rng=generators(2), n_runs=3), ["rng", "sequence of 3"]),
    "rng seeds": (training(rng=[0, 1, 2], n_runs=3), ["rng", "sequence of 3", "[0, 1, 2]"]),
    "rng an iterator": (
        training(rng=iter(generators(3)), n_runs=3),
        ["rng", "sequence of 3", "iterator"],
    ),
    # held_out, rules, parameters
    "held_out X alone": (training(held_out=X), ["held_out", "pair (X, y)", "array"]),
    "held_out of three": (training(held_out=(X, Y, Y)), ["held_out", "pair (X, y)"]),
    "held_out X of a wrong width": (
        training(held_out=(np.ones((4, 3)), Y[:4])),
        ["held_out X", "(n_samples, 2)", "(4, 3)"],
    ),
    "held_out X with nan": (
        training(held_out=(with_entry(X, np.nan), Y)),
        ["held_out X", "finite", "nan"],
    ),
    "held_out y too short": (training(held_out=(X, Y[:4])), ["held_out y", "(10,)", "(4,)"]),
    "held_out label too large": (
        training(held_out=(X, Y + 1)),
        ["held_out y", "labels from 0 to 1", "got 2"],
    ),
    "rules not a list": (training(rules=HalfARule()), ["rules", "sequence", "HalfARule object"]),
    "rules with a class": (training(rules=[HalfARule]), ["rules[0]", "start and edit", "class"]),
    "rules with half a rule": (training(rules=[HalfARule()]), ["rules[0]", "start and edit"]),
    "parameters of another network": (
        training(parameters=Parameters([2, 4, 1])),
        ["parameters", "layer_sizes [2, 3, 1]", "got [2, 4, 1]"],
    ),
    "parameters a vector": (training(parameters=np.zeros(13)), ["parameters", "ndarray"]),
    "parameters cut off": (
        training(parameters=cut_off()),
        ["parameters.weights[1]", "view of parameters.vector", "another array"],
    ),
    # networks and parameters
    "sizes: one": (lambda _: Parameters([2]), ["layer_sizes", "inputs and outputs", "got [2]"]),
    "sizes: none": (lambda _: Network([]), ["layer_sizes", "inputs and outputs", "got []"]),
    "sizes: a zero": (lambda _: Network([2, 0, 1]), ["layer_sizes[1]", "at least 1", "got 0"]),
    "sizes: a float": (lambda _: Network([2, 3.0]), ["layer_sizes[1]", "at least 1", "got 3.0"]),
    "sizes: a bool": (lambda _: Network([True, 1]), ["layer_sizes[0]", "at least 1", "got True"]),
    "sizes: a text": (lambda _: Network("abc"), ["layer_sizes[0]", "at least 1", "got 'a'"]),
    "sizes: a number": (lambda _: Network(5), ["layer_sizes", "inputs and outputs", "got 5"]),
    "sizes: None": (lambda _: Parameters(None), ["layer_sizes", "got None"]),
    "activation": (
        lambda _: Network(SIZES, "rely"),
        ["activation", "'relu', 'sigmoid', 'tanh'", "got 'rely'"],
    ),
    "activation a function": (lambda _: Network(SIZES, np.tanh), ["activation", "'relu'", "ufunc"]),
    "loss": (
        lambda _: Network(SIZES, loss="hinge"),
        ["loss", "'sigmoid_cross_entropy', 'softmax_cross_entropy'", "got 'hinge'"],
    ),
    "softmax of one output": (
        lambda _: Network(SIZES, loss="softmax_cross_entropy"),
        ["layer_sizes", "at least 2 outputs", "[2, 3, 1]"],
    ),
    "dtype of integers": (lambda _: Parameters(SIZES, dtype=int), ["dtype", "float64 or float32"]),
    "dtype half": (lambda _: Parameters(SIZES, dtype="float16"), ["dtype", "float64", "float16"]),
    "dtype a word": (lambda _: Parameters(SIZES, dtype="abc"), ["dtype", "float64", "'abc'"]),
    "n_runs 0": (lambda _: Parameters(SIZES, 0), ["n_runs", "at least 1", "got 0"]),
    "n_runs a bool": (lambda _: Parameters(SIZES, True), ["n_runs", "at least 1", "got True"]),
    "vector too short": (
        lambda parameters: setattr(parameters, "vector", np.zeros(5)),
        ["vector", "(13,)", "got (5,)"],
    ),
    "run of a single network": (lambda parameters: parameters.run(0), ["index", "0 runs", "got 0"]),
    "run too far": (lambda _: Parameters(SIZES, 3).run(3), ["index", "3 runs", "got 3"]),
    "run too far back": (lambda _: Parameters(SIZES, 3).run(-4), ["index", "-3", "got -4"]),
    "run a float": (lambda _: Parameters(SIZES, 3).run(1.0), ["index", "got 1.0"]),
    "run a bool": (lambda _: Parameters(SIZES, 3).run(True), ["index", "got True"]),
    "stacked of two kinds": (
        lambda parameters: stacked([parameters, Parameters([3, 3, 1])]),
        ["parts", "[2, 3, 1]", "got [3, 3, 1]"],
    ),
    "unstacked unevenly": (
        lambda _: unstacked(Parameters(SIZES, 3), 2),
        ["n_parts", "3 runs", "got 2"],
    ),
    "unstacked of a single network": (
        lambda parameters: unstacked(parameters, 1),
        ["n_parts", "0 runs", "got 1"],
    ),
    # initial values
    "scheme": (
        lambda _: initial_parameters(SIZES, RNG, "xavier"),
        ["scheme", "'normal', 'one_over_root_n', 'he', 'glorot'", "got 'xavier'"],
    ),
    "scale negative": (
        lambda _: initial_parameters(SIZES, RNG, scale=-1),
        ["scale", "[0, inf)", "got -1"],
    ),
    "scale nan": (
        lambda _: initial_parameters(SIZES, RNG, scale=np.nan),
        ["scale", "[0, inf)", "got nan"],
    ),
    "bias_scale inf": (
        lambda _: initial_parameters(SIZES, RNG, bias_scale=np.inf),
        ["bias_scale", "[0, inf)", "got inf"],
    ),
    "initial rng a seed": (
        lambda _: initial_parameters(SIZES, 7),
        ["rng", "numpy Generator", "got 7"],
    ),
    "initial rng None": (
        lambda _: initial_parameters(SIZES, None),
        ["rng", "numpy Generator", "got None"],
    ),
    "initial rng no generator": (
        lambda _: initial_parameters(SIZES, []),
        ["rng", "at least one", "got []"],
    ),
    "initial rng seeds": (
        lambda _: initial_parameters(SIZES, [1, 2]),
        ["rng", "numpy Generator", "got [1, 2]"],
    ),
    # predictions, gradients, evaluation
    "predict of integers": (
        lambda parameters: BINARY.predict(parameters, X.astype(int)),
        ["X", "floats", "int64"],
    ),
    "predict of a wrong width": (
        lambda parameters: BINARY.predict(parameters, np.ones((4, 3))),
        ["X", "(n_samples, 2)", "(4, 3)"],
    ),
    "predict by another network's": (
        lambda _: BINARY.predict(Parameters([2, 4, 1]), X),
        ["parameters", "[2, 3, 1]", "got [2, 4, 1]"],
    ),
    "gradient with labels as targets": (
        lambda parameters: BINARY.gradient(parameters, X, Y),
        ["targets", "(10, 1)", "got (10,)"],
    ),
    "gradient with one row's targets": (
        lambda parameters: BINARY.gradient(parameters, X, TARGETS[:1]),
        ["targets", "(10, 1)", "got (1, 1)"],
    ),
    "evaluate with labels as targets": (
        lambda parameters: BINARY.evaluate(parameters, X, Y),
        ["targets", "(10, 1)", "got (10,)"],
    ),
    "evaluate by another network's": (
        lambda _: BINARY.evaluate(Parameters([2, 4, 1]), X, TARGETS),
        ["parameters", "[2, 3, 1]", "got [2, 4, 1]"],
    ),
    # batches
    "batches of 0": (
        lambda _: next(minibatches(X, TARGETS, 0, None)),
        ["batch_size", "at least 1", "got 0"],
    ),
    "batches of too few targets": (
        lambda _: next(minibatches(X, TARGETS[:4], 2, None)),
        ["X and targets", "as many rows", "(10, 2) and (4, 1)"],
    ),
    "batches of labels": (
        lambda _: next(minibatches(X, Y, 2, None)),
        ["X and targets", "as many rows", "(10, 2) and (10,)"],
    ),
    "batches of nothing": (
        lambda _: next(minibatches(X[:0], TARGETS[:0], 2, RNG)),
        ["X and targets", "at least one", "(0, 2)"],
    ),
    "batches by a seed": (
        lambda _: next(minibatches(X, TARGETS, 2, 5)),
        ["rng", "numpy Generator", "got 5"],
    ),
    "order by a seed": (lambda _: epoch_order(5, 3), ["rng", "numpy Generator", "got 3"]),
    # the check of gradients
    "check with labels": (
        lambda parameters: numerical_gradient(BINARY, parameters, X, Y),
        ["targets", "(10, 1)", "got (10,)"],
    ),
    "check with step 0": (
        lambda parameters: numerical_gradient(BINARY, parameters, X, TARGETS, step=0),
        ["step", "(0, inf)", "got 0"],
    ),
    "check in float32": (
        lambda _: numerical_gradient(BINARY, Parameters(SIZES, dtype="float32"), X, TARGETS),
        ["parameters", "float64", "got float32"],
    ),
    "directions with labels": (
        lambda parameters: direction_errors(BINARY, parameters, X, Y, RNG),
        ["targets", "(10, 1)", "got (10,)"],
    ),
    "directions with step -1": (
        lambda parameters: direction_errors(BINARY, parameters, X, TARGETS, RNG, step=-1),
        ["step", "(0, inf)", "got -1"],
    ),
    "directions, none": (
        lambda parameters: direction_errors(BINARY, parameters, X, TARGETS, RNG, n_directions=0),
        ["n_directions", "at least 1", "got 0"],
    ),
    "directions with another's gradient": (
        lambda parameters: direction_errors(
            BINARY, parameters, X, TARGETS, RNG, gradient=Parameters([2, 4, 1])
        ),
        ["layer_sizes [2, 3, 1]", "got [2, 4, 1]"],
    ),
    # the sources
    "source order": (sourcing(order="wrong"), ["order", "'source', 'right'", "got 'wrong'"]),
    "source X a list": (sourcing(X=X.tolist()), ["X", "numpy array", "list"]),
    "source label": (sourcing(y=Y + 1), ["y", "labels from 0 to 1", "got 2"]),
    "source y too short": (sourcing(y=Y[:4]), ["y", "(10,)", "(4,)"]),
    "source rate": (sourcing(learning_rate=0.0), ["learning_rate", "(0, inf)", "got 0.0"]),
    "source epsilon": (sourcing(epsilon=-1e-8), ["epsilon", "[0, inf)", "got -1e-08"]),
    "source epochs": (sourcing(epochs=2.0), ["epochs", "at least 0", "got 2.0"]),
    "source evaluate_every": (
        sourcing(evaluate_every=0),
        ["evaluate_every", "at least 1", "got 0"],
    ),
    "source batch size": (sourcing(batch_size=0), ["batch_size", "at least 1", "got 0"]),
    "step order": (stepping(order="left"), ["order", "'source', 'right'", "got 'left'"]),
    "step y flat": (stepping(y=Y), ["y", "(10, 1)", "got (10,)"]),
    "step by tanh": (stepping(Network(SIZES, "tanh")), ["network", "'relu'", "'tanh'"]),
    "step by two outputs": (
        stepping(Network([2, 3, 2])),
        ["network", "one sigmoid_cross_entropy output", "[2, 3, 2]"],
    ),
    "step by another loss": (
        stepping(REGRESSION),
        ["network", "one sigmoid_cross_entropy output", "squared_error"],
    ),
    "source sizes": (
        lambda _: source_initial_parameters([2]),
        ["layer_sizes", "inputs and outputs", "got [2]"],
    ),
    # the helpers themselves
    "whole number too small": (
        lambda _: whole_number("n", 1, low=2),
        ["n must", "at least 2", "got 1"],
    ),
    "real number at its open end": (
        lambda _: real_number("r", 0, low=0, open_low=True),
        ["r must", "(0, inf)", "got 0"],
    ),
    "real number at its high end": (
        lambda _: real_number("r", 1.0, low=0, high=1),
        ["r must", "[0, 1)", "got 1.0"],
    ),
    "real number a bool": (
        lambda _: real_number("r", True, low=0, high=2),
        ["r must", "[0, 2)", "got True"],
    ),
    "real number a text": (lambda _: real_number("r", "1", low=0), ["r must", "got '1'"]),
    "real number that no float holds": (
        lambda _: real_number("r", 10**400, low=0),
        ["r must", "[0, inf)", "got 1000"],
    ),
    "real number below all floats": (
        lambda _: real_number("r", -(10**400), low=0),
        ["r must", "[0, inf)", "got -1000"],
    ),
    "rate that no float holds": (
        training(learning_rate=10**400),
        ["learning_rate", "(0, inf)", "got 1000"],
    ),
    "a word that is none": (lambda _: one_of("w", None, ["a"]), ["w must", "'a'", "got None"]),
    "features of nothing": (
        lambda _: features("A", np.ones((0, 2)), 2),
        ["A must", "at least one sample", "(0, 2)"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named_and_nothing_is_lost(case):
    """The message holds the name, the value and the range; parameters and generators are as before.

    Warnings are errors here, so numpy has not complained on the way either.
    """
    call, fragments = BAD[case]
    parameters = getattr(call, "parameters", None) or initial_parameters(SIZES, RNG)
    before, state = parameters.vector.copy(), RNG.bit_generator.state
    with pytest.raises(ValueError, match=re.escape(fragments[0])) as error:
        call(parameters)
    message = str(error.value)
    for fragment in fragments:
        assert fragment in message
    assert message.startswith(fragments[0]) or case == "directions with another's gradient"
    np.testing.assert_array_equal(parameters.vector, before)
    assert RNG.bit_generator.state == state


def test_the_arguments_that_the_table_changes_are_good():
    """What every case starts from is accepted: each error comes from the one change."""
    for call in (
        training(),
        training(n_runs=3, rng=generators(3), learning_rate=np.full((3, 1), 0.1)),
        training(SOFTMAX),
        training(REGRESSION, y=NUMBERS, held_out=(X, NUMBERS)),
        training(TWO_NUMBERS, y=X),
        training(epochs=np.int64(1), batch_size=np.int32(10), learning_rate=np.float32(0.1)),
        training(learning_rate=np.array(0.1)),
        training(learning_rate=1),
        sourcing(),
        stepping(),
    ):
        before = call.parameters.vector.copy()
        call(call.parameters)
        assert (call.parameters.vector != before).any()


def test_the_ends_of_the_ranges_are_allowed():
    """Closed ends are inside, numpy's numbers are numbers."""
    assert whole_number("n", np.int64(2), low=2) == 2
    assert real_number("r", 0, low=0) == 0.0
    assert real_number("r", np.float32(0.5), low=0.5) == 0.5
    assert real_number("r", np.int64(3), low=0) == 3.0
    assert one_of("w", "a", ["a", "b"]) == "a"
    X_given = np.ones((1, 2), np.float32)
    assert features("X", X_given, 2) is X_given
