r"""The scikit-learn face: the course's tricks behind `fit` and `predict` (chapter 10).

Nothing is computed here that the chapters did not: `fit` draws `initial_parameters`, makes a
`Network` (with dropout a `DropoutNetwork`) and hands both to the one loop, `train`, with the rules

``[L2(l2), Momentum(momentum), WeightDecay(weight_decay), ProximalL1(l1)]``

or those of them whose number is not 0. The order is the method. The L2 penalty is a part of the
cost, so its gradient goes into the velocity; decoupled decay comes after momentum and never enters
it; the proximal step comes when the step is done, so that its zeros stay zeros.

A sample's weight $u_i$ says how much its cost $C_i$ counts; the weights are scaled to mean 1, so
that only their ratios matter,

$$ C = \frac{1}{n} \sum_{i=1}^{n} u_i C_i , \qquad \sum_{i=1}^{n} u_i = n . $$
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, fields, replace
from functools import partial, partialmethod
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.model_selection import train_test_split
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted

from course_lib.arguments import FloatArray, one_of, real_number, refuse_mask, whole_number
from course_lib.dropout import DropoutNetwork
from course_lib.losses import Loss
from course_lib.momentum import Momentum
from course_lib.network import ACTIVATIONS, Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import L2, ProximalL1
from course_lib.schedules import exponential_decay
from course_lib.training import DivergenceError, History, Rule, TrainingInterrupted, train
from course_lib.weight_decay import WeightDecay

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # scikit-learn 1.5 has it as a method

    def validate_data(estimator: Any, /, *data: Any, **options: Any) -> Any:
        """Look at the arrays and their number of features, as scikit-learn 1.6 does."""
        return estimator._validate_data(*data, **options)


Seed = int | np.random.Generator | np.random.RandomState | None


def _check_sizes(name: str, value: Any) -> None:
    flat = np.ndim(value) == 1 if isinstance(value, np.ndarray) else isinstance(value, Sequence)
    if not flat or isinstance(value, str | bytes):  # a generator would be empty after one look
        raise ValueError(f"{name} must be a sequence such as (100,), got {value!r}")
    for k, size in enumerate(value):
        whole_number(f"{name}[{k}]", size, low=1)


def _check_switch(name: str, value: object) -> None:
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")


def _check_seed(name: str, value: object) -> None:
    if not (value is None or isinstance(value, np.random.Generator | np.random.RandomState)):
        whole_number(name, value, low=0)


AT_LEAST_1 = partial(whole_number, low=1)
SHARE = partial(real_number, low=0, high=1)
STRENGTH = partial(real_number, low=0)

# What each parameter takes. `fit` looks, not the constructor: scikit-learn sets them one by one.
LIMITS: dict[str, Callable[[str, Any], object]] = {
    "hidden_layer_sizes": _check_sizes,
    "activation": partial(one_of, allowed=ACTIVATIONS),
    "learning_rate": partial(real_number, low=0, open_low=True),
    "decay": SHARE,
    "batch_size": AT_LEAST_1,
    "epochs": AT_LEAST_1,
    "momentum": SHARE,
    "l2": STRENGTH,
    "l1": STRENGTH,
    "weight_decay": STRENGTH,
    "dropout_rate": SHARE,
    "early_stopping": _check_switch,
    "validation_fraction": partial(real_number, low=0, high=1, open_low=True),
    "patience": AT_LEAST_1,
    "random_state": _check_seed,
}


class _NetworkEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn tells no types
    """What the classifier and the regressor share."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        *,
        activation: str = "relu",
        learning_rate: float = 0.1,
        decay: float = 0.0,
        batch_size: int = 32,
        epochs: int = 50,
        momentum: float = 0.9,
        l2: float = 0.0,
        l1: float = 0.0,
        weight_decay: float = 0.0,
        dropout_rate: float = 0.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        random_state: Seed = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate = learning_rate
        self.decay = decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.momentum = momentum
        self.l2 = l2
        self.l1 = l1
        self.weight_decay = weight_decay
        self.dropout_rate = dropout_rate
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train from fresh initial parameters.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : array of shape (n_samples,)
            Labels of any kind, such as strings, of at least two classes. For a regressor numbers,
            also of shape (n_samples, n_outputs).
        sample_weight : array of shape (n_samples,), optional
            How much each sample counts, in [0, inf); without it all count alike.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Naming the parameter, its value and its range.
        DivergenceError
            When the cost is no longer finite, naming epoch, step and learning rate.
        TrainingInterrupted
            When the keyboard interrupts training. The estimator is fitted then, by the last whole
            step, or with early stopping by the best epoch that was done.
        """
        with self._all_or_nothing():
            X, y, weights = self._checked(X, y, sample_weight, first=True)
            self._start(y)
            self._train(X, y, weights, self.epochs, stop=self.early_stopping)
        return self

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Whatever error comes out of the block, leave the estimator as it was.

        An interrupt in the middle of training is none: what was learned is kept.
        """
        before = dict(self.__dict__)
        changed_in_place = ("parameters_", "_velocity")
        kept = {name: before[name].copy() for name in changed_in_place if name in before}
        sources = [before[name] for name in ("_rng", "_dropout_rng") if name in before]
        states = [source.bit_generator.state for source in sources]  # `random_state` may be one
        try:
            yield
        except TrainingInterrupted:
            raise
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before | kept)
            for source, state in zip(sources, states, strict=True):
                source.bit_generator.state = state
            raise

    def _checked(self, X: Any, y: Any, sample_weight: Any, *, first: bool) -> Any:
        """Return X, y and weights as arrays; a sample of weight 0 is as if it were not there."""
        for name, check in LIMITS.items():
            check(name, getattr(self, name))
        for name, given in (("X", X), ("y", y), ("sample_weight", sample_weight)):
            refuse_mask(name, given)  # scikit-learn drops the mask
        X, y = validate_data(self, X, y, dtype=np.float64, reset=first, **self._kind_of_y)
        if sample_weight is None:
            return X, y, None
        if np.isscalar(sample_weight):
            raise ValueError(
                f"sample_weight must have the shape ({len(X)},), got {sample_weight!r}"
            )
        weights = check_array(
            sample_weight, dtype=np.float64, ensure_2d=False, input_name="sample_weight"
        )
        if weights.shape != (len(X),):
            raise ValueError(f"sample_weight must have the shape ({len(X)},), got {weights.shape}")
        if (weights < 0).any() or not weights.any():
            raise ValueError(
                f"sample_weight must hold numbers in [0, inf), not only zeros, got {weights.min()}"
            )
        counted = weights > 0
        # By a power of two, which rounds nothing: the mean of the largest floats would be inf.
        weights = np.ldexp(weights, -np.frexp(weights.max())[1])
        return X[counted], y[counted], weights[counted]

    def _start(self, y: Any) -> None:
        """Make what a run begins with: initial parameters, a velocity at rest, generators."""
        n_outputs, source = self._outputs_for(y), self.random_state
        if isinstance(source, np.random.RandomState):
            source = source.randint(2**31 - 1)
        self._rng = np.random.default_rng(source)
        self._dropout_rng, self._split_rng = self._rng.spawn(2)  # leave the batches as they are
        sizes = [self.n_features_in_, *self.hidden_layer_sizes, n_outputs]
        scheme = "he" if self.activation == "relu" else "glorot"
        self.parameters_ = initial_parameters(sizes, self._rng, scheme)
        self._velocity = np.zeros_like(self.parameters_.vector)
        self.history_: History | None = None
        self.n_iter_ = 0
        self.best_epoch_: int | None = None

    def _train(self, X: FloatArray, y: Any, weights: Any, epochs: int, *, stop: bool) -> None:
        """Train on from where the parameters are, and `stop` early if asked to."""
        if not self._velocity.flags.writeable:  # joblib sends large arrays as read-only files
            self._velocity = np.array(self._velocity)
        y, labels, held_out = self._encoded(y), y if is_classifier(self) else None, None
        if weights is not None:
            y = np.column_stack([y, weights])
        if stop:
            seed, share = int(self._split_rng.integers(2**31)), self.validation_fraction
            try:
                X, X_held_out, y, y_held_out = train_test_split(
                    X, y, test_size=share, random_state=seed, stratify=labels
                )
            except ValueError as error:
                of_each = "" if labels is None else " of each class"
                raise ValueError(
                    f"validation_fraction must hold out samples{of_each} and leave some, "
                    f"got {share!r} of {len(X)} samples: {error}"
                ) from error
            held_out = X_held_out, y_held_out
        if weights is not None:
            y[:, -1] /= y[:, -1].mean()
        run = partial(
            train,
            self._training_network(weights is not None),
            self.parameters_,
            X,
            y,
            batch_size=min(self.batch_size, len(X)),
            rng=self._rng,
            rules=self._rules(),
            held_out=held_out,
        )
        if stop:
            self._stop_early(run, epochs)
        else:
            self._go_on(run, epochs)

    def _go_on(self, run: Callable[..., History], epochs: int) -> History:
        """Train some epochs more; the learning rate and the history know of those before."""
        schedule, epochs_before = exponential_decay(self.learning_rate, self.decay), self.n_iter_
        try:
            history = run(epochs=epochs, learning_rate=lambda t: schedule(epochs_before + t))
        except DivergenceError as error:  # the loop counts from its own epoch 1
            epoch = re.compile(r"(?<=in epoch )\d+")
            told = epoch.sub(lambda own: str(epochs_before + int(own[0])), str(error))
            raise DivergenceError(told) from None
        except TrainingInterrupted as interrupt:
            raise TrainingInterrupted(self._noted(interrupt.history)) from interrupt
        self._noted(history)
        return history

    def _noted(self, history: History) -> History:
        """Put a run behind those before, and return the history of all."""
        joined = _joined(self.history_, history)
        self.history_, self.n_iter_ = joined, int(joined.epochs[-1])
        return joined

    def _stop_early(self, run: Callable[..., History], epochs: int) -> None:
        """Train epoch by epoch until the held-out cost stops falling; go back to the best."""
        best_cost, best_epoch, best_vector = np.inf, 0, None
        try:
            for _ in range(epochs):
                held_out_cost: Any = self._go_on(run, epochs=1).held_out_cost
                if held_out_cost[-1] < best_cost:
                    vector = self.parameters_.vector.copy()  # or it would go on changing
                    # At once: an interrupt in between would find numbers of two epochs.
                    best_cost, best_epoch, best_vector = held_out_cost[-1], self.n_iter_, vector
                elif self.n_iter_ - best_epoch >= self.patience:
                    break
        except TrainingInterrupted:
            raise
        except KeyboardInterrupt as interrupt:  # between two epochs, where no run has begun
            if self.history_ is None:
                raise
            self.history_ = replace(self.history_, interrupted_in=self.n_iter_ + 1)
            raise TrainingInterrupted(self.history_) from interrupt
        finally:
            if best_vector is not None:
                self.parameters_.vector = best_vector
                self._velocity[...] = 0.0  # it was that of another place
                self.best_epoch_ = best_epoch

    def _rules(self) -> list[Rule]:
        """Return the rules in the order that makes the method."""
        rules: list[tuple[float, Rule]] = [
            (self.l2, L2(self.l2)),
            (self.momentum, _LastingMomentum(self.momentum, self._velocity)),
            (self.weight_decay, WeightDecay(self.weight_decay)),
            (self.l1, ProximalL1(self.l1)),
        ]
        return [rule for strength, rule in rules if strength > 0]

    def _network(self) -> Network:
        return Network(self.parameters_.layer_sizes, self.activation, self._loss())

    def _training_network(self, weighted: bool) -> Network:
        if not weighted and self.dropout_rate == 0:
            return self._network()
        kind = _WeightedNetwork if weighted else DropoutNetwork
        sizes, rng = self.parameters_.layer_sizes, self._dropout_rng
        return kind(sizes, self.dropout_rate, rng, self.activation, self._loss())

    def _logits(self, X: Any) -> FloatArray:
        check_is_fitted(self)
        refuse_mask("X", X)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self._network().forward(self.parameters_, X)[-1]


class NetworkClassifier(ClassifierMixin, _NetworkEstimator):  # type: ignore[misc]
    """A network that tells classes apart, trained by the course's loop and rules.

    Two classes have one sigmoid output, more of them a softmax; several labels for one sample are
    not supported. Scale the features first, as in ``make_pipeline(StandardScaler(), ...)``.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, each at least 1
        Units per hidden layer; ``()`` is a linear model.
    activation : {"relu", "sigmoid", "tanh"}
        For the hidden layers. Weights start with the scheme ``"he"`` for relu, else ``"glorot"``.
    learning_rate : float in (0, inf)
        The rate in the first epoch.
    decay : float in [0, 1)
        The share of the learning rate that is lost after each *epoch*.
    batch_size : int, at least 1
        Samples per step; with fewer samples, all of them.
    epochs : int, at least 1
        Passes over the samples, at most this many with early stopping.
    momentum : float in [0, 1)
        The share of the averaged velocity that is kept in each *step*.
    l2, l1 : float in [0, inf)
        The strengths of the penalties l2/2 Σw² and l1 Σ|w|, the latter by its proximal step.
    weight_decay : float in [0, inf)
        Each *step* takes the share learning_rate · weight_decay of every weight away.
    dropout_rate : float in [0, 1)
        The share of each hidden layer's units that is *dropped* in training.
    early_stopping : bool
        Hold samples out, stop when their cost has stopped falling, go back to the best epoch.
    validation_fraction : float in (0, 1)
        The share of the samples that early stopping holds out, of each class alike.
    patience : int, at least 1
        *Epochs* without a lower cost after which early stopping stops.
    random_state : int of at least 0, Generator, RandomState or None
        Draws the initial parameters, batches, masks and held-out samples; None is always different.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    parameters_ : Parameters
    history_ : History
        The costs after each epoch, without penalties and weighted as in training.
    n_iter_ : int
        Epochs done.
    best_epoch_ : int or None
        The epoch whose parameters early stopping kept; None without it.
    n_features_in_ : int
    feature_names_in_ : array of shape (n_features_in_,), if X had names

    Notes
    -----
    A sample of weight 0 is as if it were not there, and only the ratios of weights matter. Where
    a batch holds all samples a weight of 2 is the same as having the sample twice. With smaller
    batches it is so on average: a step's gradient has the same expected value, but the copies would
    be in different batches, and more samples make more steps.

    A keyboard interrupt keeps what was learned: `TrainingInterrupted` comes out of `fit`, so that
    a search or a notebook stops, and the estimator is fitted, with early stopping by the best epoch
    that was done. An interrupt before the first step leaves it as it was, like any error.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> y = np.where(X[:, 0] * X[:, 1] > 0, "same sign", "opposite")
    >>> classifier = NetworkClassifier((20,), learning_rate=0.5, random_state=0).fit(X, y)
    >>> classifier.predict([[1.0, 1.0], [-1.0, 1.0]]).tolist()
    ['same sign', 'opposite']
    >>> classifier.predict_proba([[1.0, 1.0]]).round(1)
    array([[0., 1.]])
    """

    _kind_of_y: ClassVar[dict[str, bool]] = {}

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train one epoch on these samples, on from where training is.

        Velocity, generators and the count of epochs, and so the learning rate, go on from call to
        call, and from `fit`. The weights are scaled to mean 1 in each call. Early stopping is for
        `fit` only.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : array of shape (n_samples,)
        classes : array of shape (n_classes,)
            All labels that will ever come; needed in the first call only.
        sample_weight : array of shape (n_samples,), optional

        Returns
        -------
        self

        Raises
        ------
        ValueError, DivergenceError, TrainingInterrupted
            As `fit` does.
        """
        first = not hasattr(self, "parameters_")
        with self._all_or_nothing():
            X, y, weights = self._checked(X, y, sample_weight, first=first)
            if first:
                if classes is None:
                    raise ValueError("classes must list all labels in the first call, got None")
                refuse_mask("classes", classes)
                if np.ndim(classes) != 1 or len(np.unique(classes)) < 2:
                    raise ValueError(f"classes must list at least two labels, got {classes!r}")
                self._start(classes)
            elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
                raise ValueError(
                    f"classes must be those of the first call, {self.classes_.tolist()}, "
                    f"got {classes}"
                )
            self._train(X, y, weights, epochs=1, stop=False)
        return self

    def _outputs_for(self, labels: Any) -> int:
        """Note the classes, and return how many outputs tell them apart."""
        check_classification_targets(labels)
        classes = np.unique(labels)
        if len(classes) < 2:
            raise ValueError(f"y must hold at least two classes, got one class: {classes[0]!r}")
        self.classes_ = classes
        return 1 if len(classes) == 2 else len(classes)

    def _encoded(self, y: Any) -> Any:
        unknown = ~np.isin(y, self.classes_)
        if unknown.any():
            raise ValueError(
                f"y must hold labels of the classes {self.classes_.tolist()}, "
                f"got {y[unknown].tolist()[0]!r}"
            )
        return np.searchsorted(self.classes_, y)

    def _loss(self) -> str:
        return "sigmoid_cross_entropy" if len(self.classes_) == 2 else "softmax_cross_entropy"

    def decision_function(self, X: Any) -> FloatArray:
        """Return the logits, of shape (n_samples,) for two classes, else (n_samples, n_classes)."""
        z = self._logits(X)
        return z[:, 0] if len(self.classes_) == 2 else z

    def predict_proba(self, X: Any) -> FloatArray:
        """Return the probabilities of the classes, of shape (n_samples, n_classes)."""
        z = self._logits(X)
        p = self._network().loss.prediction(z)
        return np.hstack([1.0 - p, p]) if len(self.classes_) == 2 else p

    def predict(self, X: Any) -> Any:
        """Return the most probable labels, of shape (n_samples,)."""
        z = self._logits(X)
        best = (z[:, 0] > 0).astype(int) if len(self.classes_) == 2 else z.argmax(axis=1)
        return self.classes_[best]


class NetworkRegressor(RegressorMixin, _NetworkEstimator):  # type: ignore[misc]
    """A network that predicts numbers by squared error, trained by the course's loop and rules.

    Scale features *and* targets first: a step is as long as the targets are large. For the targets
    that is ``TransformedTargetRegressor(..., transformer=StandardScaler())``. The learning rate is
    0.01 by default, a tenth of the classifier's: the slope of squared error has no bound.

    Parameters
    ----------
    hidden_layer_sizes, activation, learning_rate, decay, batch_size, epochs, momentum, l2, l1, \
weight_decay, dropout_rate, early_stopping, validation_fraction, patience, random_state
        As for `NetworkClassifier`; early stopping holds out any samples.

    Attributes
    ----------
    parameters_, history_, n_iter_, best_epoch_, n_features_in_, feature_names_in_
        As for `NetworkClassifier`.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(-1, 1, size=(200, 1))
    >>> regressor = NetworkRegressor((20,), random_state=0).fit(X, np.abs(X[:, 0]))
    >>> regressor.predict([[-0.5], [0.5]]).round(1)
    array([0.5, 0.5])
    """

    _kind_of_y: ClassVar[dict[str, bool]] = {"multi_output": True, "y_numeric": True}
    __init__ = partialmethod(_NetworkEstimator.__init__, learning_rate=0.01)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on these samples, on from where training is.

        See `NetworkClassifier.partial_fit`; shapes are as for `fit`.
        """
        first = not hasattr(self, "parameters_")
        with self._all_or_nothing():
            X, y, weights = self._checked(X, y, sample_weight, first=first)
            if first:
                self._start(y)
            self._train(X, y, weights, epochs=1, stop=False)
        return self

    def _outputs_for(self, y: Any) -> int:
        self._shape = y.shape[1:]
        return 1 if y.ndim == 1 else int(y.shape[1])

    def _encoded(self, y: Any) -> FloatArray:
        if y.shape[1:] != self._shape:
            shape = ("n_samples", *self._shape)
            raise ValueError(f"y must have the shape {shape}, as before, got {y.shape}")
        return np.array(y, float).reshape(len(y), -1)

    def _loss(self) -> str:
        return "squared_error"

    def predict(self, X: Any) -> FloatArray:
        """Return the predicted numbers, in the shape that the targets had."""
        z = self._logits(X)
        return z.reshape(len(z), *self._shape)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _more_tags(self) -> dict[str, bool]:  # scikit-learn 1.5
        return {"multioutput": True}


class _WeightedNetwork(DropoutNetwork):
    """A network whose samples have weights: the last column of `y`, and of the targets."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.loss = self.weighted = _WeightedLoss(self.loss)

    def targets(
        self, y: Any, n_samples: int, n_runs: int | None = None, name: str = "y"
    ) -> FloatArray:
        labels = y[:, 0] if self.loss_name == "softmax_cross_entropy" else y[:, :-1]
        return np.column_stack([super().targets(labels, n_samples, n_runs, name), y[:, -1]])

    def gradient(
        self,
        parameters: Parameters,
        X: FloatArray,
        targets: FloatArray,
        out: Parameters | None = None,
    ) -> Parameters:
        self.weighted.weights = targets[:, -1:]
        return super().gradient(parameters, X, targets[:, :-1], out)

    def evaluate(
        self, parameters: Parameters, X: FloatArray, targets: FloatArray
    ) -> tuple[FloatArray, FloatArray | None]:
        z, weights, targets = self.forward(parameters, X)[-1], targets[:, -1], targets[:, :-1]
        # With an axis in between, each sample is a batch of its own, and its mean its own cost.
        costs = self.loss.cost(z[:, np.newaxis], targets[:, np.newaxis])
        cost = np.asarray(weights @ costs / weights.sum())
        if self.loss_name == "squared_error":
            return cost, None
        several = z.shape[1] > 1
        right = z.argmax(1) == targets.argmax(1) if several else (z[:, 0] > 0) == targets[:, 0]
        return cost, np.asarray(weights @ right / weights.sum())


class _WeightedLoss:
    """A loss whose derivative counts each sample as often as the weights of the batch say."""

    def __init__(self, loss: Loss) -> None:
        self.cost, self.prediction, self.plain_delta = loss.cost, loss.prediction, loss.delta
        self.weights: FloatArray = np.ones((1, 1))

    def delta(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        return self.weights * self.plain_delta(z, targets)


class _LastingMomentum(Momentum):
    """Momentum with a velocity that outlives a run: it belongs to the estimator."""

    def __init__(self, beta: float, velocity: FloatArray) -> None:
        super().__init__(beta)
        self.velocity = velocity

    def start(self, parameters: Parameters) -> FloatArray:  # noqa: ARG002  # the loop hands it over
        return self.velocity


def _joined(before: History | None, after: History) -> History:
    """Return one history of two runs, the second of which began where the first one stopped."""
    if before is None:
        return after
    columns: dict[str, Any] = {}
    for name in (field.name for field in fields(History) if field.default is MISSING):
        first, then = getattr(before, name), getattr(after, name)
        if name in ("epochs", "seconds"):
            then = first[-1] + then
        if first is not None and then is None:  # nothing was held out this time
            then = np.full(len(after.epochs), np.nan)
        columns[name] = None if first is None else np.concatenate([first, then[1:]])
    stopped = after.interrupted_in
    interrupted_in = None if stopped is None else int(before.epochs[-1]) + stopped
    return History(**columns, interrupted_in=interrupted_in)
