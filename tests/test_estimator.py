"""The scikit-learn face: its own checks, the same numbers as `train` by hand, and weights."""

import copy
import inspect
import re
import sys
import threading

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from course_lib.dropout import DropoutNetwork
from course_lib.estimator import (
    LIMITS,
    NetworkClassifier,
    NetworkRegressor,
    _WeightedNetwork,
)
from course_lib.gradient_check import numerical_gradient
from course_lib.momentum import Momentum
from course_lib.network import Network
from course_lib.parameters import initial_parameters
from course_lib.penalties import L2, ProximalL1
from course_lib.schedules import exponential_decay
from course_lib.training import DivergenceError, TrainingInterrupted, train
from course_lib.weight_decay import WeightDecay

BOTH = [NetworkClassifier, NetworkRegressor]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
TWO = np.where(X[:, 0] * X[:, 1] > 0, "same sign", "opposite")
THREE = np.array(["low", "middle", "top"])[np.digitize(X[:, 0], [-0.4, 0.4])]
NUMBERS = np.column_stack([X[:, 0] * X[:, 1], X[:, 0] - X[:, 1]])
WEIGHTS = RNG.integers(0, 4, size=60)
QUICK = {"hidden_layer_sizes": (6, 4), "epochs": 5, "batch_size": 8, "random_state": 3}
EVERY_RULE = {"momentum": 0.8, "l2": 0.01, "l1": 0.002, "weight_decay": 0.03, "decay": 0.1}
KINDS = {
    "two classes": (NetworkClassifier, TWO, "sigmoid_cross_entropy"),
    "three classes": (NetworkClassifier, THREE, "softmax_cross_entropy"),
    "one number": (NetworkRegressor, NUMBERS[:, 0], "squared_error"),
    "two numbers": (NetworkRegressor, NUMBERS, "squared_error"),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def made(kind, **changes):
    """Return a small estimator of a kind, and its targets."""
    estimator, y, _ = KINDS[kind]
    return estimator(**QUICK | changes), y


def network_of(kind):
    """Return a plain network of a kind, and its targets as the network takes them."""
    _, y, loss = KINDS[kind]
    if y.dtype.kind == "U":
        y = np.unique(y, return_inverse=True)[1]
    n_outputs = {"two classes": 1, "three classes": 3, "one number": 1, "two numbers": 2}[kind]
    return Network([2, 6, 4, n_outputs], loss=loss), y


def vector(estimator):
    """Return everything that a fitted estimator learned."""
    return estimator.parameters_.vector


@parametrize_with_checks(
    [estimator() for estimator in BOTH]
    + [estimator(activation="tanh", **EVERY_RULE) for estimator in BOTH]
)
def test_scikit_learns_own_checks(estimator, check):
    """Every check of `check_estimator` passes; none is expected to fail."""
    check(estimator)


def test_the_checks_look_at_weights():
    """Among the checks is the one that compares weights with repeated samples."""
    _, pairs = parametrize_with_checks([NetworkClassifier()]).args
    names = {getattr(check, "func", check).__name__ for _, check in pairs}
    new = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 7)
    assert ("check_sample_weight_equivalence_on_dense_data" in names) or not new
    assert "check_sample_weights_list" in names


@pytest.mark.parametrize("dropout_rate", [0.0, 0.4])
@every_kind
def test_the_same_numbers_as_train_by_hand(kind, dropout_rate):
    """`fit` is `initial_parameters` and `train` with the rules in their order, to the last bit."""
    estimator, y = made(kind, dropout_rate=dropout_rate, learning_rate=0.07, **EVERY_RULE)
    estimator.fit(X, y)
    network, targets = network_of(kind)
    rng = np.random.default_rng(3)
    dropout_rng = rng.spawn(1)[0]
    if dropout_rate > 0:
        sizes, loss = network.layer_sizes, network.loss_name
        network = DropoutNetwork(sizes, dropout_rate, dropout_rng, loss=loss)
    parameters = initial_parameters(network.layer_sizes, rng, "he")
    history = train(
        network, parameters, X, targets,
        epochs=5, batch_size=8, learning_rate=exponential_decay(0.07, 0.1), rng=rng,
        rules=[L2(0.01), Momentum(0.8), WeightDecay(0.03), ProximalL1(0.002)],
    )  # fmt: skip
    np.testing.assert_array_equal(vector(estimator), parameters.vector)
    np.testing.assert_array_equal(estimator.history_.train_cost, history.train_cost)
    np.testing.assert_array_equal(estimator.history_.learning_rate, history.learning_rate)
    assert estimator.n_iter_ == 5
    assert estimator.best_epoch_ is None


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_other_activations_start_with_glorot(activation):
    """The scheme of the initial weights goes with the activation."""
    rng = np.random.default_rng(3)
    expected = initial_parameters([2, 6, 4, 1], rng, "glorot")
    train(
        Network([2, 6, 4, 1], activation), expected, X, (TWO == "same sign").astype(int),
        epochs=5, batch_size=8, learning_rate=0.1, rng=rng, rules=[Momentum(0.9)],
    )  # fmt: skip
    estimator = NetworkClassifier(activation=activation, **QUICK).fit(X, TWO)
    np.testing.assert_array_equal(vector(estimator), expected.vector)


@every_kind
def test_partial_fit_goes_on(kind):
    """Five calls of `partial_fit` are `fit` with five epochs: velocity, masks and rate go on."""
    whole, y = made(kind, dropout_rate=0.3, **EVERY_RULE)
    pieces = clone(whole)
    whole.fit(X, y, sample_weight=WEIGHTS)
    classes = {"classes": np.unique(y)} if y.dtype.kind == "U" else {}
    for _ in range(5):
        pieces.partial_fit(X, y, sample_weight=WEIGHTS, **classes)
    np.testing.assert_array_equal(vector(pieces), vector(whole))
    assert pieces.n_iter_ == whole.n_iter_ == 5
    np.testing.assert_array_equal(pieces.history_.epochs, whole.history_.epochs)
    np.testing.assert_array_equal(pieces.history_.train_cost, whole.history_.train_cost)
    np.testing.assert_array_equal(pieces.history_.learning_rate, whole.history_.learning_rate)
    assert (np.diff(pieces.history_.seconds) > 0).all()


def test_partial_fit_meets_a_class_late():
    """A call may hold one class only, as long as the first one names them all."""
    estimator = NetworkClassifier((30,), random_state=0)
    for _ in range(100):
        for name in ("same sign", "opposite"):
            estimator.partial_fit(X[name == TWO], TWO[name == TWO], classes=np.unique(TWO))
    assert estimator.score(X, TWO) > 0.8


@every_kind
def test_fit_begins_anew(kind):
    """A second `fit` is the first one again, whatever came between."""
    estimator, y = made(kind)
    first = vector(estimator.fit(X, y)).copy()
    estimator.partial_fit(X, y).set_params(early_stopping=True).fit(X, y)
    assert estimator.best_epoch_ is not None
    again = estimator.set_params(early_stopping=False).fit(X, y)
    np.testing.assert_array_equal(vector(again), first)
    assert again.best_epoch_ is None
    assert len(again.history_.epochs) == 6


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@every_kind
def test_early_stopping_restores_the_best_epoch(kind, weights):
    """The parameters are those of the lowest held-out cost, and training ends `patience` later."""
    strong = {"hidden_layer_sizes": (40,), "learning_rate": 0.3, "epochs": 300, "patience": 4}
    estimator, y = made(kind, early_stopping=True, validation_fraction=0.3, **strong)
    y = RNG.permutation(y)  # nothing to be learned: the held-out cost rises soon
    estimator.fit(X, y, sample_weight=weights)
    cost = estimator.history_.held_out_cost
    best = int(np.argmin(cost[1:])) + 1
    assert estimator.best_epoch_ == best
    assert estimator.n_iter_ == best + 4 < 300
    assert len(cost) == estimator.n_iter_ + 1
    assert not estimator._velocity.any()  # that of the last epoch would lead away from the best
    seed = int(np.random.default_rng(3).spawn(2)[1].integers(2**31))
    network, targets = network_of(kind)
    targets = np.unique(y, return_inverse=True)[1] if y.dtype.kind == "U" else y
    u = np.ones(60) if weights is None else weights
    seen = u > 0
    _, X_held_out, _, held_out, _, u = train_test_split(
        X[seen], targets[seen], u[seen], test_size=0.3, random_state=seed,
        stratify=targets[seen] if y.dtype.kind == "U" else None,
    )  # fmt: skip
    network = Network(estimator.parameters_.layer_sizes, loss=network.loss_name)
    repeated = X_held_out.repeat(u.astype(int), axis=0), held_out.repeat(u.astype(int), axis=0)
    restored, _ = network.evaluate(
        estimator.parameters_, repeated[0], network.targets(repeated[1], len(repeated[1]))
    )
    np.testing.assert_allclose(restored, cost[best], rtol=1e-12)


def test_pieces_of_an_epoch_are_one_run():
    """With early stopping that never stops, the history is that of one run of `train`."""
    rules = {"momentum": 0.8, "decay": 0.2, "dropout_rate": 0.3}
    estimator, y = made("two classes", early_stopping=True, patience=99, **rules)
    estimator.fit(X, y)
    rng = np.random.default_rng(3)
    dropout_rng, split_rng = rng.spawn(2)
    labels = (y == "same sign").astype(int)
    seed = int(split_rng.integers(2**31))
    X_train, X_held_out, y_train, y_held_out = train_test_split(
        X, labels, test_size=0.1, random_state=seed, stratify=labels
    )
    history = train(
        DropoutNetwork([2, 6, 4, 1], 0.3, dropout_rng), initial_parameters([2, 6, 4, 1], rng, "he"),
        X_train, y_train, epochs=5, batch_size=8, learning_rate=exponential_decay(0.1, 0.2),
        rng=rng, rules=[Momentum(0.8)], held_out=(X_held_out, y_held_out),
    )  # fmt: skip
    for name in ("epochs", "train_cost", "train_accuracy", "held_out_cost", "held_out_accuracy"):
        np.testing.assert_array_equal(getattr(estimator.history_, name), getattr(history, name))


@every_kind
def test_no_weight_is_no_sample(kind):
    """Samples of weight 0 change no bit, whatever is in them and however small the batches."""
    estimator, y = made(kind, dropout_rate=0.2)
    seen = WEIGHTS > 0
    X_strange = np.where(seen[:, np.newaxis], X, 1e6)
    weighted = vector(estimator.fit(X_strange, y, sample_weight=WEIGHTS)).copy()
    removed = estimator.fit(X[seen], y[seen], sample_weight=WEIGHTS[seen])
    np.testing.assert_array_equal(vector(removed), weighted)


@every_kind
def test_equal_weights_are_none(kind):
    """Weights that are all the same, and a factor on all weights, change nothing."""
    estimator, y = made(kind, activation="tanh")
    plain = vector(estimator.fit(X, y)).copy()
    np.testing.assert_allclose(vector(estimator.fit(X, y, np.full(60, 7))), plain, rtol=1e-9)
    weighted = vector(estimator.fit(X, y, WEIGHTS)).copy()
    assert np.abs(weighted - plain).max() > 1e-3
    np.testing.assert_allclose(vector(estimator.fit(X, y, WEIGHTS * 1e-9)), weighted, rtol=1e-9)


@pytest.mark.parametrize("factor", [5e-324, 2.0**-1000, 1e307, 2.0**1023])
@every_kind
def test_weights_of_any_size_are_weights_of_one(kind, factor):
    """Only ratios count, from the smallest float to where the sum of sixty is no float any more."""
    estimator, y = made(kind, early_stopping=True, validation_fraction=0.3)
    alike = vector(estimator.fit(X, y, np.ones(60))).copy()
    np.testing.assert_allclose(vector(estimator.fit(X, y, np.full(60, factor))), alike, rtol=1e-9)


@pytest.mark.parametrize("factor", [2.0**-900, 1.0, 2.0**1000])
@every_kind
def test_weights_are_rounded_once(kind, factor):
    """The weights of training are those given, divided by their mean, to the last bit."""
    weights = np.random.default_rng(2).exponential(size=60)
    estimator, y = made(kind, learning_rate=0.05)
    estimator.fit(X, y, weights * factor)
    plain, targets = network_of(kind)
    rng = np.random.default_rng(3)
    network = _WeightedNetwork(plain.layer_sizes, 0.0, rng.spawn(1)[0], "relu", plain.loss_name)
    parameters = initial_parameters(plain.layer_sizes, rng, "he")
    train(
        network, parameters, X, np.column_stack([targets, weights / weights.mean()]),
        epochs=5, batch_size=8, learning_rate=0.05, rng=rng, rules=[Momentum(0.9)],
    )  # fmt: skip
    np.testing.assert_array_equal(vector(estimator), parameters.vector)


@every_kind
def test_a_whole_weight_is_a_repetition(kind):
    """Where a batch holds all samples, a weight of 3 is the sample three times."""
    estimator, y = made(kind, batch_size=1000, epochs=40, **EVERY_RULE)
    weighted = vector(estimator.fit(X, y, sample_weight=WEIGHTS)).copy()
    cost = estimator.history_.train_cost
    repeated = estimator.fit(X.repeat(WEIGHTS, axis=0), y.repeat(WEIGHTS, axis=0))
    np.testing.assert_allclose(weighted, vector(repeated), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(cost, repeated.history_.train_cost, rtol=1e-9)
    if repeated.history_.train_accuracy is not None:
        order = WEIGHTS * (estimator.predict(X) == y)
        expected = order.sum() / WEIGHTS.sum()
        assert repeated.history_.train_accuracy[-1] == pytest.approx(expected)


@every_kind
def test_weighted_batches_are_right_on_average(kind):
    """The mean gradient of an epoch's batches is the samples' weighted one, by differences."""
    plain, y = network_of(kind)
    plain = Network(plain.layer_sizes, "tanh", plain.loss_name)
    network = _WeightedNetwork(plain.layer_sizes, 0.0, RNG, "tanh", plain.loss_name)
    parameters = initial_parameters(plain.layer_sizes, np.random.default_rng(1), "glorot")
    weights = np.random.default_rng(2).exponential(size=60)
    targets = network.targets(np.column_stack([y, weights / weights.mean()]), 60)
    batches = [
        network.gradient(parameters, X[k : k + 10], targets[k : k + 10]).vector
        for k in range(0, 60, 10)
    ]
    alone = [(parameters, X[[k]], plain.targets(y[[k]], 1)) for k in range(60)]
    slopes = [numerical_gradient(plain, *sample).vector for sample in alone]
    expected = np.average(slopes, axis=0, weights=weights)
    np.testing.assert_allclose(np.mean(batches, axis=0), expected, rtol=1e-6, atol=1e-9)
    costs, right = zip(*[plain.evaluate(*sample) for sample in alone], strict=True)
    cost, accuracy = network.evaluate(parameters, X, targets)
    np.testing.assert_allclose(cost, np.average(costs, weights=weights), rtol=1e-12)
    if accuracy is None:
        assert set(right) == {None}
    else:
        np.testing.assert_allclose(accuracy, np.average(right, weights=weights), rtol=1e-12)


def test_logistic_regression_is_the_same_model():
    """Without hidden layers the weighted, penalised classifier is scikit-learn's, converged."""
    linear = {"hidden_layer_sizes": (), "batch_size": 60, "learning_rate": 2.0, "epochs": 400}
    for y in (TWO, THREE):
        ours = NetworkClassifier(**linear, l2=0.1, random_state=0).fit(X, y, WEIGHTS)
        n_samples = (WEIGHTS > 0).sum()
        theirs = LogisticRegression(C=1 / (0.1 * n_samples), tol=1e-8)
        theirs.fit(X, y, WEIGHTS * n_samples / WEIGHTS.sum())
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
        assert ours.classes_.tolist() == theirs.classes_.tolist()


def test_ridge_regression_is_the_same_model():
    """Without hidden layers the weighted, penalised regressor is scikit-learn's, converged."""
    linear = {"hidden_layer_sizes": (), "batch_size": 60, "learning_rate": 0.5, "epochs": 400}
    ours = NetworkRegressor(**linear, l2=0.1, random_state=0).fit(X, NUMBERS, WEIGHTS)
    n_samples = (WEIGHTS > 0).sum()
    theirs = Ridge(alpha=0.1 * n_samples)
    theirs.fit(X, NUMBERS, WEIGHTS * n_samples / WEIGHTS.sum())
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-8)


def test_l1_makes_exact_zeros():
    """The proximal step is the last: a strong l1 leaves weights that are exactly zero."""
    estimator = NetworkClassifier((20,), l1=0.02, weight_decay=0.1, random_state=0).fit(X, TWO)
    assert (estimator.parameters_.weight_vector == 0).mean() > 0.3
    assert (estimator.parameters_.biases[0] != 0).all()


@pytest.mark.parametrize(
    "labels",
    [["no", "yes"], [False, True], [-1, 1], [3.0, 7.0], ["a", "b", "c"], [10, 30, 20]],
    ids=str,
)
def test_labels_of_any_kind(labels):
    """Labels come back as they were given, and the three ways to predict agree."""
    classes = np.array(labels)
    y = classes[np.digitize(X[:, 0], [0.0] if len(labels) == 2 else [-0.4, 0.4])]
    estimator = NetworkClassifier((20,), epochs=60, random_state=0).fit(X, y)
    assert estimator.classes_.tolist() == sorted(labels)
    predicted, p, z = (
        getattr(estimator, way)(X) for way in ("predict", "predict_proba", "decision_function")
    )
    assert predicted.dtype == y.dtype
    assert (predicted == y).mean() > 0.9
    assert estimator.score(X, y) == (predicted == y).mean()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(estimator.classes_[p.argmax(axis=1)], predicted)
    if len(labels) == 2:
        np.testing.assert_allclose(z, np.log(p[:, 1] / p[:, 0]), rtol=1e-6)
    else:
        np.testing.assert_allclose(z - z[:, [0]], np.log(p / p[:, [0]]), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("columns", [None, 1, 2])
def test_predictions_have_the_shape_of_the_targets(columns):
    """One column stays a column, and two outputs are learned side by side."""
    y = NUMBERS[:, 0] if columns is None else NUMBERS[:, :columns]
    regressor = NetworkRegressor((30,), learning_rate=0.1, epochs=100, random_state=0).fit(X, y)
    assert regressor.predict(X).shape == y.shape
    assert regressor.score(X, y) > 0.9


def test_random_state():
    """A number repeats itself, a generator moves on from fit to fit, None is always new."""

    def fitted(random_state, times=1):
        estimator = NetworkClassifier(**QUICK | {"random_state": random_state})
        return [vector(estimator.fit(X, TWO)).tolist() for _ in range(times)]

    assert fitted(5, times=2) == fitted(np.int64(5), times=2)
    assert fitted(5) != fitted(6)
    for source in (np.random.default_rng, np.random.RandomState):
        first, second = fitted(source(5), times=2)
        assert first != second
        assert fitted(source(5), times=2) == [first, second]
    assert fitted(np.random.default_rng(5)) == fitted(5)
    first, second = fitted(None, times=2)
    assert first != second


@pytest.mark.parametrize("sizes", [[6, 4], np.array([6, 4]), range(6, 3, -2)], ids=str)
def test_hidden_layers_by_any_sequence(sizes):
    """Lists, flat arrays and ranges say the same as a tuple, and fit after fit."""
    expected = vector(NetworkClassifier(**QUICK).fit(X, TWO))
    estimator = NetworkClassifier(**QUICK | {"hidden_layer_sizes": sizes})
    for _ in range(2):
        np.testing.assert_array_equal(vector(estimator.fit(X, TWO)), expected)


def test_fewer_samples_than_a_batch():
    """The batch size is clipped to what there is, and is the user's again in the next fit."""
    small = NetworkClassifier(**QUICK | {"batch_size": 7}).fit(X[:7], TWO[:7])
    large = NetworkClassifier(**QUICK | {"batch_size": 99}).fit(X[:7], TWO[:7])
    np.testing.assert_array_equal(vector(small), vector(large))
    assert large.batch_size == 99


def test_works_in_a_pipeline_and_in_searches():
    """Pipelines, scores by cross-validation and a grid search, on digits."""
    digits, names = load_digits(return_X_y=True)
    pipeline = make_pipeline(MinMaxScaler(), NetworkClassifier((20,), epochs=20, random_state=0))
    scores = cross_val_score(pipeline, digits[:600], names[:600], cv=3)
    assert scores.min() > 0.8
    grid = {
        "networkclassifier__momentum": [0.0, 0.9],
        "networkclassifier__learning_rate": [0.001, 0.1],
    }
    search = GridSearchCV(pipeline, grid, cv=2).fit(digits[:300], names[:300])
    assert search.best_params_["networkclassifier__learning_rate"] == 0.1
    assert search.score(digits[300:600], names[300:600]) > 0.8


def test_targets_are_scaled_around_it():
    """Targets far from zero are learned with scikit-learn's own scaler around the regressor."""
    far = 1e4 + 1e3 * NUMBERS[:, 0]
    regressor = NetworkRegressor((30,), learning_rate=0.1, epochs=60, random_state=0)
    with pytest.raises(DivergenceError, match=r"learning rate of 0\.1"):
        clone(regressor).fit(X, far)
    scaled = TransformedTargetRegressor(regressor, transformer=StandardScaler())
    assert scaled.fit(X, far).score(X, far) > 0.8


@every_kind
def test_dumped_and_loaded(kind, tmp_path):
    """What joblib brings back predicts the same, and goes on training the same."""
    estimator, y = made(kind, dropout_rate=0.2)
    joblib.dump(estimator.fit(X, y), tmp_path / "estimator.joblib")
    twin = joblib.load(tmp_path / "estimator.joblib")
    np.testing.assert_array_equal(twin.predict(X), estimator.predict(X))
    np.testing.assert_array_equal(
        vector(twin.partial_fit(X, y)), vector(estimator.partial_fit(X, y))
    )
    assert np.shares_memory(twin.parameters_.vector, twin.parameters_.weights[0])


@every_kind
def test_read_from_a_file_it_may_not_write(kind, tmp_path):
    """Large arrays come to joblib's processes that way: training goes on, the file stays."""
    estimator, y = made(kind)
    file = tmp_path / "estimator.joblib"
    joblib.dump(estimator.fit(X, y), file)
    before = file.read_bytes()
    twin = joblib.load(file, mmap_mode="r")
    assert not twin._velocity.flags.writeable
    twin.partial_fit(X, y).partial_fit(X, y)
    estimator.partial_fit(X, y).partial_fit(X, y)
    np.testing.assert_array_equal(vector(twin), vector(estimator))
    np.testing.assert_array_equal(twin._velocity, estimator._velocity)
    assert file.read_bytes() == before


@pytest.mark.parametrize("estimator", BOTH)
def test_clone_and_the_default_parameters(estimator):
    """A clone has the parameters and nothing learned; the two differ in one default."""
    original = estimator((3,), **EVERY_RULE, epochs=1).fit(X, NUMBERS[:, 0] > 0)
    twin = clone(original)
    assert twin.get_params() == original.get_params()
    assert not hasattr(twin, "parameters_")
    parameters = inspect.signature(estimator).parameters
    assert set(parameters) == set(LIMITS) == set(estimator().get_params())
    rates = {NetworkClassifier: 0.1, NetworkRegressor: 0.01}
    assert estimator().learning_rate == parameters["learning_rate"].default == rates[estimator]


@pytest.mark.parametrize("estimator", BOTH)
def test_html_display(estimator):
    """A notebook shows the estimator and what was set, before and after it is fitted."""
    unfitted = estimator(l2=0.25)
    for shown in (unfitted, clone(unfitted).fit(X, NUMBERS[:, 0] > 0), make_pipeline(unfitted)):
        html = shown._repr_mimebundle_()["text/html"]
        assert estimator.__name__ in html
        assert "0.25" in html
    assert repr(unfitted) == f"{estimator.__name__}(l2=0.25)"


def interrupt_at(monkeypatch, step):
    """Let the keyboard interrupt the given gradient of all that are taken."""
    plain, count = Network.gradient, []

    def gradient(self, *arguments, **options):
        count.append(1)
        if len(count) == step:
            raise KeyboardInterrupt
        return plain(self, *arguments, **options)

    monkeypatch.setattr(Network, "gradient", gradient)


def interrupted(fit, *arguments):
    """Call it, and return what it raises, a run's interrupt."""
    with pytest.raises(TrainingInterrupted) as caught:
        fit(*arguments)
    return caught.value


def test_an_interrupt_keeps_what_was_learned(monkeypatch, capfd):
    """After an interrupt in the third epoch the estimator is fitted, with its last step."""
    interrupt_at(monkeypatch, step=2 * 8 + 4)
    estimator = NetworkClassifier(**QUICK)
    interrupt = interrupted(estimator.fit, X, TWO)
    assert interrupt.history is estimator.history_
    assert (estimator.n_iter_, estimator.history_.interrupted_in) == (2, 3)
    assert len(estimator.history_.train_cost) == 3
    assert estimator.predict(X).shape == (60,)
    two_epochs = NetworkClassifier(**QUICK | {"epochs": 2}).fit(X, TWO)
    assert (vector(estimator) != vector(two_epochs)).any()
    assert estimator.partial_fit(X, TWO).n_iter_ == 3
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_of_early_stopping_goes_back_to_the_best(monkeypatch, capfd):
    """The best epoch so far is kept, in the first epoch the last step."""
    options = QUICK | {"early_stopping": True, "validation_fraction": 0.2, "epochs": 50}
    interrupt_at(monkeypatch, step=2 * 6 + 4)
    estimator = NetworkClassifier(**options)
    interrupt = interrupted(estimator.fit, X, TWO)
    assert interrupt.history is estimator.history_
    best = int(np.argmin(estimator.history_.held_out_cost[1:])) + 1
    assert best == 2
    assert (estimator.n_iter_, estimator.history_.interrupted_in) == (2, 3)
    assert estimator.best_epoch_ == best
    assert not estimator._velocity.any()
    monkeypatch.undo()
    whole = NetworkClassifier(**options | {"epochs": best}).fit(X, TWO)
    np.testing.assert_array_equal(vector(estimator), vector(whole))
    interrupt_at(monkeypatch, step=2)
    estimator = NetworkClassifier(**options)
    assert interrupted(estimator.fit, X, TWO).history.interrupted_in == 1
    assert (estimator.n_iter_, estimator.best_epoch_) == (0, None)
    assert estimator.predict(X).shape == (60,)
    assert capfd.readouterr() == ("", "")


def interrupt_evaluation(monkeypatch, count):
    """Let the keyboard interrupt the given evaluation of all that are made."""
    plain, calls = Network.evaluate, []

    def evaluate(self, *arguments):
        calls.append(1)
        if len(calls) == count:
            raise KeyboardInterrupt
        return plain(self, *arguments)

    monkeypatch.setattr(Network, "evaluate", evaluate)


@pytest.mark.parametrize("evaluation", [9, 10])
def test_an_interrupt_between_epochs_goes_back_to_the_best(monkeypatch, evaluation):
    """Between two epochs of early stopping, two sets are evaluated twice: nothing is lost there."""
    options = QUICK | {"early_stopping": True, "validation_fraction": 0.2, "epochs": 50}
    interrupt_evaluation(monkeypatch, evaluation)
    estimator = NetworkClassifier(**options)
    assert interrupted(estimator.fit, X, TWO).history is estimator.history_
    best = int(np.argmin(estimator.history_.held_out_cost[1:])) + 1
    assert (estimator.n_iter_, estimator.history_.interrupted_in) == (2, 3)
    assert estimator.best_epoch_ == best
    assert not estimator._velocity.any()
    monkeypatch.undo()
    whole = NetworkClassifier(**options | {"epochs": best}).fit(X, TWO)
    np.testing.assert_array_equal(vector(estimator), vector(whole))


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_interrupt_before_the_first_step_changes_nothing(monkeypatch, early_stopping):
    """There is nothing to keep then: a plain interrupt comes out, and the estimator is unfitted."""
    interrupt_evaluation(monkeypatch, 1)
    estimator = NetworkClassifier(**QUICK, early_stopping=early_stopping)
    with pytest.raises(KeyboardInterrupt) as caught:
        estimator.fit(X, TWO)
    assert caught.type is KeyboardInterrupt
    with pytest.raises(NotFittedError):
        estimator.predict(X)


@every_kind
def test_an_interrupted_partial_fit_tells_its_own_epoch(monkeypatch, capfd, kind):
    """The epoch is counted from the first one of `fit`, in the message and in the history."""
    estimator, y = made(kind)
    at_rest = vector(estimator.fit(X, y)).copy()
    interrupt_at(monkeypatch, step=3)
    interrupt = interrupted(estimator.partial_fit, X, y)
    assert interrupt.history is estimator.history_
    assert str(interrupt).startswith("in epoch 6;")
    assert (estimator.n_iter_, estimator.history_.interrupted_in) == (5, 6)
    assert (vector(estimator) != at_rest).any()
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_stops_a_search(monkeypatch):
    """scikit-learn's search doesn't go on with a half-trained network among the others."""
    search = GridSearchCV(NetworkClassifier(**QUICK), {"l2": [0.0, 0.1]}, cv=2, error_score=0.0)
    interrupt_at(monkeypatch, step=30)
    interrupted(search.fit, X, TWO)
    assert not hasattr(search, "best_score_")


def test_an_interrupt_in_a_pipeline_leaves_it_fitted(monkeypatch):
    """What is around the network keeps what was learned, too."""
    pipeline = make_pipeline(StandardScaler(), NetworkClassifier(**QUICK))
    interrupt_at(monkeypatch, step=2 * 8 + 4)
    interrupted(pipeline.fit, X, TWO)
    assert pipeline.predict(X).shape == (60,)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_interrupt_at_any_line_leaves_a_whole_fit_or_none(early_stopping, interrupted_at):
    """Fitted, with history, count of epochs and parameters of one piece; or as it was before."""
    options = {"epochs": 3, "batch_size": 8, "l1": 0.01, "random_state": 0}
    options |= {"validation_fraction": 0.5, "patience": 1, "early_stopping": early_stopping}
    X_few, y_few = X[:16], TWO[:16]
    ends = {
        n: NetworkClassifier((3,), **options | {"epochs": n}).fit(X_few, y_few) for n in (1, 2, 3)
    }
    kinds = set()
    for count in range(0, 10_000, 3):  # every third line: it's long
        estimator = NetworkClassifier((3,), **options)
        interrupt = interrupted_at(count, lambda estimator=estimator: estimator.fit(X_few, y_few))
        if interrupt is None:
            break
        kinds.add(type(interrupt))
        if type(interrupt) is KeyboardInterrupt:
            unfitted = set(vars(estimator)) == set(LIMITS)
            assert unfitted or estimator.n_iter_ == ends[3].n_iter_  # the latter: on the way out
            continue
        history = estimator.history_
        assert interrupt.history is history
        assert estimator.n_iter_ == history.epochs[-1] == len(history.epochs) - 1
        assert history.interrupted_in in (estimator.n_iter_, estimator.n_iter_ + 1)
        assert estimator.predict(X).shape == (60,)
        if estimator.best_epoch_ is not None:
            best = ends[estimator.best_epoch_]
            np.testing.assert_array_equal(vector(estimator), vector(best))
    assert kinds == {KeyboardInterrupt, TrainingInterrupted}


def test_early_stopping_in_threads_leaves_the_output_alone(monkeypatch):
    """Of two fits that overlap, the one that began first ends first: stdout stays what it was."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # whatever happens, the next test has its own
    out, plain, seen, failed = sys.stdout, Network.gradient, [], []
    both_in, second_in, first_is_done = threading.Event(), threading.Event(), threading.Event()

    def gradient(self, *arguments, **options):
        if threading.current_thread() is first:
            both_in.set()
            second_in.wait(10)
        else:
            second_in.set()
            first_is_done.wait(10)
        seen.append(sys.stdout)
        return plain(self, *arguments, **options)

    def fit():
        try:
            NetworkClassifier(**QUICK | {"epochs": 1}, early_stopping=True).fit(X, TWO)
        except Exception as error:
            failed.append(error)

    monkeypatch.setattr(Network, "gradient", gradient)
    first, second = threading.Thread(target=fit), threading.Thread(target=fit)
    first.start()
    assert both_in.wait(10)
    second.start()
    first.join()
    first_is_done.set()
    second.join()
    assert failed == []
    assert sys.stdout is out
    assert len(seen) > 2
    assert set(seen) == {out}


def diverge_at(monkeypatch, step):
    """Let the given gradient of all that are taken have no number."""
    plain, count = Network.gradient, []

    def gradient(self, *arguments, **options):
        count.append(1)
        result = plain(self, *arguments, **options)
        if len(count) == step:
            result.vector[...] = np.nan
        return result

    monkeypatch.setattr(Network, "gradient", gradient)


@every_kind
def test_a_divergence_is_told_in_epochs_of_the_fit(monkeypatch, kind):
    """The epoch is counted from the first one, with early stopping and in `partial_fit`, too."""
    estimator, y = made(kind, early_stopping=True, validation_fraction=0.2, patience=99)
    diverge_at(monkeypatch, step=2 * 6 + 4)
    with pytest.raises(
        DivergenceError, match=r"in epoch 3, step 4, at a learning rate of 0\.\d+\. "
    ):
        estimator.fit(X, y)
    monkeypatch.undo()
    estimator.set_params(early_stopping=False).fit(X, y)
    diverge_at(monkeypatch, step=8 + 2)
    estimator.partial_fit(X, y)
    with pytest.raises(DivergenceError, match=r"in epoch 7, step 2, "):
        estimator.partial_fit(X, y)


@every_kind
def test_the_history_goes_on_after_early_stopping(kind):
    """`partial_fit` holds nothing out: its rows have no held-out numbers, those before stay."""
    estimator, y = made(kind, early_stopping=True, validation_fraction=0.3, patience=99)
    held_out = ["held_out_cost"] + (["held_out_accuracy"] if y.dtype.kind == "U" else [])
    before = estimator.fit(X, y).history_
    estimator.partial_fit(X, y).partial_fit(X, y)
    assert estimator.history_.epochs.tolist() == [*range(8)]
    assert np.isfinite(estimator.history_.train_cost).all()
    for name in held_out:
        np.testing.assert_array_equal(
            getattr(estimator.history_, name), [*getattr(before, name), np.nan, np.nan]
        )
    assert (estimator.history_.held_out_accuracy is None) == (len(held_out) == 1)
    plain = estimator.set_params(early_stopping=False).fit(X, y).partial_fit(X, y)
    assert plain.history_.held_out_cost is None


TWO_WIDE = np.column_stack([X, X])
FAILURES = {
    "of one class": (lambda e, y: e.fit(TWO_WIDE, y == "x"), "at least two classes", "two classes"),
    "of weights below zero": (
        lambda e, y: e.fit(TWO_WIDE, y, -np.ones(60)),
        "sample_weight",
        "two classes",
    ),
    "of other labels and weights": (
        lambda e, y: e.fit(X, np.where(y == "opposite", "a", "b"), np.ones(3)),
        "sample_weight",
        "two classes",
    ),
    "of three samples": (
        lambda e, y: e.set_params(early_stopping=True).fit(X[:3], y[:3]),
        "validation_fraction",
        "two classes",
    ),
    "of another width": (lambda e, y: e.fit(TWO_WIDE, y, "abc"), "sample_weight", "two numbers"),
    "of one sample": (
        lambda e, y: e.set_params(early_stopping=True).fit(X[:1], y[:1, 0]),
        "validation_fraction",
        "two numbers",
    ),
    "that diverged": (
        lambda e, y: e.set_params(learning_rate=1e60).fit(TWO_WIDE, y[:, 0]),
        "no longer finite",
        "two numbers",
    ),
    "that diverged in pieces": (
        lambda e, y: e.set_params(learning_rate=1e60, early_stopping=True).fit(X, y),
        "no longer finite",
        "two numbers",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_fit_changes_nothing(failure):
    """What was learned before is there to the last bit, and goes on; else nothing is learned."""
    call, message, kind = FAILURES[failure]
    estimator, y = made(kind)
    with pytest.raises((ValueError, DivergenceError), match=message):
        call(estimator, y)
    assert set(vars(estimator)) == set(LIMITS)
    with pytest.raises(NotFittedError):
        estimator.predict(X)
    settings = clone(made(kind)[0]).get_params()
    estimator.set_params(**settings).fit(X, y).partial_fit(X, y)
    twin = copy.deepcopy(estimator)
    with pytest.raises((ValueError, DivergenceError), match=message):
        call(estimator, y)
    assert_alike(estimator.set_params(**settings), twin)
    assert_alike(estimator.partial_fit(X, y), twin.partial_fit(X, y))


def assert_alike(estimator, twin):
    """Compare all that two estimators learned, to the last bit."""
    assert set(vars(estimator)) == set(vars(twin))
    for name in ("n_features_in_", "n_iter_", "best_epoch_", "_shape"):
        assert getattr(estimator, name, None) == getattr(twin, name, None)
    np.testing.assert_array_equal(
        getattr(estimator, "classes_", None), getattr(twin, "classes_", None)
    )
    np.testing.assert_array_equal(vector(estimator), vector(twin))
    np.testing.assert_array_equal(estimator._velocity, twin._velocity)
    np.testing.assert_array_equal(estimator.history_.train_cost, twin.history_.train_cost)
    np.testing.assert_array_equal(estimator.predict(X), twin.predict(X))


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        ("two classes", lambda e: e.partial_fit(X, THREE), "labels of the classes"),
        ("two classes", lambda e: e.partial_fit(X, TWO, ["a", "b"]), "those of the first call"),
        ("three classes", lambda e: e.partial_fit(X, THREE, sample_weight=1.0), "sample_weight"),
        ("one number", lambda e: e.partial_fit(X, NUMBERS), "as before"),
        ("two numbers", lambda e: e.partial_fit(TWO_WIDE, NUMBERS), "4 features"),
    ],
)
def test_a_failed_partial_fit_changes_nothing(kind, wrong, message):
    """The next call goes on as if the failed one had never been."""
    estimator, y = made(kind)
    twin = copy.deepcopy(estimator.fit(X, y))
    with pytest.raises(ValueError, match=message):
        wrong(estimator)
    assert_alike(estimator, twin)
    assert_alike(estimator.partial_fit(X, y), twin.partial_fit(X, y))


@every_kind
def test_a_partial_fit_that_fails_on_the_way_changes_nothing(monkeypatch, kind):
    """Steps that were taken before the failure, and their velocity, are taken back."""
    estimator, y = made(kind)
    twin = copy.deepcopy(estimator.fit(X, y))
    diverge_at(monkeypatch, step=3)
    with pytest.raises(DivergenceError, match="in epoch 6, step 3"):
        estimator.partial_fit(X, y)
    assert_alike(estimator, twin)
    assert np.shares_memory(estimator.parameters_.vector, estimator.parameters_.weights[0])
    monkeypatch.undo()
    assert_alike(estimator.partial_fit(X, y), twin.partial_fit(X, y))


@every_kind
def test_a_first_partial_fit_that_fails_leaves_nothing(monkeypatch, kind):
    """What it would have begun with is not there, and the next call is the first one."""
    estimator, y = made(kind)
    classes = {"classes": np.unique(y)} if y.dtype.kind == "U" else {}
    diverge_at(monkeypatch, step=3)
    with pytest.raises(DivergenceError, match="in epoch 1, step 3"):
        estimator.partial_fit(X, y, **classes)
    assert set(vars(estimator)) == set(LIMITS)
    monkeypatch.undo()
    fresh = clone(estimator).partial_fit(X, y, **classes)
    assert_alike(estimator.partial_fit(X, y, **classes), fresh)


def test_wrong_classes_in_the_first_partial_fit_can_be_corrected():
    """Labels that they lack are told before anything is learned."""
    estimator = NetworkClassifier(**QUICK)
    with pytest.raises(ValueError, match=r"the classes \['low', 'middle'\], got 'top'"):
        estimator.partial_fit(X, THREE, classes=["low", "middle"])
    fresh = clone(estimator).partial_fit(X, THREE, classes=np.unique(THREE))
    assert_alike(estimator.partial_fit(X, THREE, classes=np.unique(THREE)), fresh)


@pytest.mark.parametrize(
    "classes",
    ["abc", 3, [], ["low"], ["low", "low"], [["low", "middle", "top"]], {"low", "middle", "top"}],
    ids=["text", "number", "none", "one", "one twice", "table", "set"],
)
def test_classes_are_a_list_of_at_least_two_labels(classes):
    """The first `partial_fit` names them otherwise; labels that come twice count once."""
    estimator = NetworkClassifier(**QUICK)
    said = f"classes must list at least two labels, got {classes!r}"
    with pytest.raises(ValueError, match=re.escape(said)):
        estimator.partial_fit(X, THREE, classes=classes)
    assert not hasattr(estimator, "classes_")
    twice = ("top", "low", "middle", "low")
    estimator.partial_fit(X, THREE, classes=twice)
    assert estimator.classes_.tolist() == ["low", "middle", "top"]


@pytest.mark.parametrize(
    ("kind", "share", "n_samples", "of_each"),
    [
        ("two classes", 0.1, 3, " of each class"),
        ("two classes", 0.99, 60, " of each class"),
        ("two classes", 1e-6, 60, " of each class"),
        ("three classes", 0.02, 60, " of each class"),
        ("one number", 0.1, 1, ""),
        ("two numbers", 0.999, 60, ""),
    ],
)
def test_a_validation_set_that_cannot_be_is_told(kind, share, n_samples, of_each):
    """Scikit-learn speaks of its own parameters; ours is named with its value, and the samples."""
    estimator, y = made(kind, early_stopping=True, validation_fraction=share)
    said = (
        f"validation_fraction must hold out samples{of_each} and leave some, "
        f"got {share!r} of {n_samples} samples: "
    )
    with pytest.raises(ValueError, match=re.escape(said)):
        estimator.fit(X[:n_samples], y[:n_samples])


def test_a_class_of_one_sample_cannot_be_held_out():
    """One label that nobody else has is told in the same words."""
    y = np.where(np.arange(60) == 7, "alone", TWO)
    with pytest.raises(ValueError, match="validation_fraction must hold out samples of each class"):
        NetworkClassifier(**QUICK, early_stopping=True).fit(X, y)


WRONG_PARAMETERS = [
    ("hidden_layer_sizes", 5, "a sequence such as (100,), got 5"),
    ("hidden_layer_sizes", "5", "a sequence such as (100,), got '5'"),
    ("hidden_layer_sizes", b"56", "a sequence such as (100,), got b'56'"),
    ("hidden_layer_sizes", {5: 6}, "a sequence such as (100,), got {5: 6}"),
    ("hidden_layer_sizes", {5}, "a sequence such as (100,), got {5}"),
    ("hidden_layer_sizes", np.array(5), "a sequence such as (100,), got array(5)"),
    ("hidden_layer_sizes", np.array([[5]]), "a sequence such as (100,), got array([[5]])"),
    pytest.param(
        "hidden_layer_sizes", (5 for _ in "a"), "a sequence such as (100,), got <gen", id="gen"
    ),
    ("hidden_layer_sizes[1]", (5, 0), "a whole number of at least 1, got 0"),
    ("hidden_layer_sizes[0]", (2.5,), "a whole number of at least 1, got 2.5"),
    ("activation", "rely", "one of 'relu', 'sigmoid', 'tanh', got 'rely'"),
    ("learning_rate", 0, "a number in (0, inf), got 0"),
    ("learning_rate", np.nan, "a number in (0, inf), got nan"),
    ("learning_rate", "adaptive", "a number in (0, inf), got 'adaptive'"),
    pytest.param("learning_rate", 10**400, "a number in (0, inf), got 1000", id="huge rate"),
    pytest.param("l2", -(10**400), "a number in [0, inf), got -1000", id="huge l2"),
    ("decay", 1.0, "a number in [0, 1), got 1.0"),
    ("batch_size", 0, "a whole number of at least 1, got 0"),
    ("batch_size", "auto", "a whole number of at least 1, got 'auto'"),
    ("epochs", 0, "a whole number of at least 1, got 0"),
    ("epochs", 1.5, "a whole number of at least 1, got 1.5"),
    ("momentum", 1, "a number in [0, 1), got 1"),
    ("momentum", -0.1, "a number in [0, 1), got -0.1"),
    ("l2", -1, "a number in [0, inf), got -1"),
    ("l1", np.inf, "a number in [0, inf), got inf"),
    ("weight_decay", None, "a number in [0, inf), got None"),
    ("dropout_rate", 1.0, "a number in [0, 1), got 1.0"),
    ("early_stopping", "yes", "True or False, got 'yes'"),
    ("validation_fraction", 0, "a number in (0, 1), got 0"),
    ("validation_fraction", 1.0, "a number in (0, 1), got 1.0"),
    ("patience", 0, "a whole number of at least 1, got 0"),
    ("random_state", -1, "a whole number of at least 0, got -1"),
    ("random_state", "seed", "a whole number of at least 0, got 'seed'"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG_PARAMETERS, ids=str)
@pytest.mark.parametrize("estimator", BOTH)
def test_a_wrong_parameter_is_named(estimator, name, value, said):
    """`fit` and `partial_fit` name the parameter, its value and its range."""
    wrong = estimator(**{name.split("[")[0]: value})
    classes = {"classes": [0, 1]} if estimator is NetworkClassifier else {}
    with pytest.raises(ValueError, match=re.escape(f"{name} must be {said}")):
        wrong.fit(X, NUMBERS[:, 0] > 0)
    with pytest.raises(ValueError, match=re.escape(f"{name} must be {said}")):
        wrong.partial_fit(X, NUMBERS[:, 0] > 0, **classes)
    assert not hasattr(wrong, "parameters_")


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.ones(59), "sample_weight must have the shape (60,), got (59,)"),
        (np.ones((60, 1)), "sample_weight must have the shape (60,), got (60, 1)"),
        (np.zeros(60), "sample_weight must hold numbers in [0, inf), not only zeros, got 0.0"),
        (np.linspace(-2, 1, 60), "in [0, inf), not only zeros, got -2.0"),
        (np.full(60, np.nan), "Input sample_weight contains NaN"),
        (1.0, "sample_weight must have the shape (60,), got 1.0"),
        (2, "sample_weight must have the shape (60,), got 2"),
        ("balanced", "sample_weight must have the shape (60,), got 'balanced'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("estimator", BOTH)
def test_wrong_weights_are_named(estimator, weights, said):
    """Weights have the shape of the samples, none is negative, and some count."""
    with pytest.raises(ValueError, match=re.escape(said)):
        estimator(**QUICK).fit(X, NUMBERS[:, 0] > 0, sample_weight=weights)


def test_wrong_labels_are_named():
    """A classifier says what is wrong with the labels, at the first call and later."""
    estimator = NetworkClassifier(**QUICK)
    with pytest.raises(ValueError, match=r"at least two classes, got one class: .*'a'"):
        estimator.fit(X, ["a"] * 60)
    with pytest.raises(ValueError, match="at least two classes"):
        estimator.fit(X, TWO, sample_weight=TWO == "opposite")
    with pytest.raises(ValueError, match="classes must list all labels in the first call, got"):
        estimator.partial_fit(X, TWO)
    with pytest.raises(ValueError, match="Unknown label type"):
        estimator.fit(X, NUMBERS[:, 0])
    estimator.partial_fit(X, TWO, classes=["same sign", "opposite"])
    with pytest.raises(ValueError, match=r"the classes \['opposite', 'same sign'\], got 'low'"):
        estimator.partial_fit(X, np.where(TWO == "opposite", TWO, "low"))
    with pytest.raises(ValueError, match=r"classes must be those of the first call, \['opp.*'b'"):
        estimator.partial_fit(X, TWO, classes=["a", "b"])


def test_wrong_targets_are_named():
    """A regressor that goes on wants the shapes that it had."""
    regressor = NetworkRegressor(**QUICK).fit(X, NUMBERS)
    with pytest.raises(ValueError, match="3 features"):
        regressor.partial_fit(np.zeros((60, 3)), NUMBERS)
    with pytest.raises(ValueError, match=re.escape("shape ('n_samples', 2), as before, got (60,)")):
        regressor.partial_fit(X, NUMBERS[:, 0])
    with pytest.raises(ValueError, match="3 features"):
        regressor.predict(np.zeros((1, 3)))
