r"""A network: weighted sums, an activation, and the way back (chapter 1).

Forward, with $h_0 = X$ and one row per sample,

$$ z_k = h_{k-1} W_k + b_k, \qquad h_k = f(z_k), $$

and backward, from the derivative of the loss by the last $z$,

$$ \frac{\partial C}{\partial W_k} = h_{k-1}^\top \delta_k, \qquad
   \frac{\partial C}{\partial b_k} = \sum_{\text{rows}} \delta_k, \qquad
   \delta_{k-1} = \delta_k W_k^\top \odot f'(z_{k-1}). $$

A `Network` holds no numbers that training changes: those are `Parameters`. So one network serves a
single run and a stack of runs, and no gradient is ever taken with half-updated weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from course_lib.arguments import FloatArray, features, one_of, plain_array
from course_lib.losses import LOSSES, sigmoid
from course_lib.parameters import Parameters, check_parameters, checked_layer_sizes


class Activation(NamedTuple):
    """A function f, and its derivative written with the output h = f(z)."""

    value: Callable[[FloatArray], FloatArray]
    derivative: Callable[[FloatArray], FloatArray]


ACTIVATIONS = {
    # h >= 0, so that its sign is the slope 0 or 1: as floats, where h > 0 gives bools to convert.
    "relu": Activation(lambda z: np.maximum(z, 0.0), np.sign),
    "sigmoid": Activation(sigmoid, lambda h: h * (1.0 - h)),
    "tanh": Activation(np.tanh, lambda h: 1.0 - h * h),
}

# For two matrices `A.dot(B)` is `A @ B` at a third of the cost of a call; a stack needs matmul.
_dot = np.ndarray.dot


class Network:
    """A fully connected network: what it computes, and the gradient of its cost.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units per layer, inputs first; two numbers give a linear model.
    activation : {"relu", "sigmoid", "tanh"}
        For the hidden layers.
    loss : {"sigmoid_cross_entropy", "softmax_cross_entropy", "sigmoid_quadratic", "squared_error"}
        The output with its loss.

    Examples
    --------
    >>> network = Network([2, 3, 1], activation="tanh")
    >>> parameters = Parameters([2, 3, 1])
    >>> network.predict(parameters, np.array([[1.0, 2.0]]))
    array([[0.5]])

    References
    ----------
    Rumelhart, Hinton and Williams (1986).
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        activation: str = "relu",
        loss: str = "sigmoid_cross_entropy",
    ) -> None:
        self.layer_sizes = checked_layer_sizes(layer_sizes)
        self.activation_name = one_of("activation", activation, ACTIVATIONS)
        self.loss_name = one_of("loss", loss, LOSSES)
        if loss == "softmax_cross_entropy" and self.layer_sizes[-1] == 1:
            raise ValueError(
                f"layer_sizes must end in at least 2 outputs for {loss!r}, got "
                f"{list(self.layer_sizes)}: one yes-or-no output is 'sigmoid_cross_entropy'"
            )
        self.activation = ACTIVATIONS[activation]
        self.loss = LOSSES[loss]

    def __repr__(self) -> str:
        return (
            f"Network({list(self.layer_sizes)}, activation={self.activation_name!r}, "
            f"loss={self.loss_name!r})"
        )

    def forward(self, parameters: Parameters, X: FloatArray) -> list[FloatArray]:
        """Return the layers' values [X, h_1, ..., z]: the last are weighted sums, not activated.

        `X` is of shape (n_samples, n_inputs), or (n_runs, n_samples, n_inputs) for a stack.
        """
        if X.__class__ is not np.ndarray:
            X = plain_array("X", X)
        weights, biases = parameters.weights, parameters.biases
        product = _dot if weights[0].ndim == 2 else np.matmul
        layers = [X]
        try:
            for k in range(len(weights)):
                z = product(layers[k], weights[k])
                z += biases[k]
                layers.append(self.activation.value(z) if k < len(weights) - 1 else z)
        except (TypeError, ValueError):
            self._inputs(X)  # if X is the reason, this says so
            raise
        return layers

    def _inputs(self, X: object) -> FloatArray:
        X = plain_array("X", X)
        if X.dtype.kind not in "biuf":
            raise ValueError(f"X must hold real numbers, got {X.dtype}")
        if X.shape[-1:] != self.layer_sizes[:1]:
            raise ValueError(
                f"X must have the shape (n_samples, {self.layer_sizes[0]}), got {X.shape}"
            )
        return X

    def gradient(
        self,
        parameters: Parameters,
        X: FloatArray,
        targets: FloatArray,
        out: Parameters | None = None,
    ) -> Parameters:
        """Return the gradient of the mean cost, in the shape of the parameters.

        Parameters
        ----------
        parameters : Parameters
            Only read: every gradient is finished before any weight changes.
        X : array of shape (..., n_samples, n_inputs)
        targets : array of shape (..., n_samples, n_outputs)
            As `targets` makes them from labels.
        out : Parameters, optional
            Where the gradient goes; made anew without it.
        """
        gradient = parameters.like() if out is None else out
        layers = self.forward(parameters, X)
        delta = self.loss.delta(layers[-1], targets)
        one_type = delta.dtype == gradient.dtype  # or `dot` refuses to write into the gradient
        if not one_type:
            self._inputs(X)
        delta *= 1.0 / X.shape[-2]
        product = _dot if delta.ndim == 2 and one_type else np.matmul
        for k in reversed(range(len(parameters.weights))):
            product(layers[k].mT, delta, gradient.weights[k])
            np.add.reduce(delta, axis=-2, keepdims=True, out=gradient.biases[k])
            if k > 0:
                delta = product(delta, parameters.weights[k].mT)
                delta *= self.activation.derivative(layers[k])
        return gradient

    def predict(self, parameters: Parameters, X: FloatArray) -> FloatArray:
        """Return probabilities, or numbers for regression, of shape (..., n_samples, n_outputs)."""
        check_parameters(parameters, self.layer_sizes)
        X = features("X", X, self.layer_sizes[0], parameters.n_runs)
        return self.loss.prediction(self.forward(parameters, X)[-1])

    def targets(
        self, y: object, n_samples: int, n_runs: int | None = None, name: str = "y"
    ) -> FloatArray:
        """Return labels (or numbers) as targets of shape (..., n_samples, n_outputs).

        Classifiers take whole-number labels of shape (n_samples,): 0 or 1 for one output, 0 to
        n_outputs - 1 otherwise, one-hot rows of shape (n_samples, n_outputs), too. Regression
        takes finite numbers. A stack also takes a leading axis of n_runs. `name` is what errors
        call the labels.

        >>> Network([2, 3], loss="softmax_cross_entropy").targets(np.array([2, 0]), 2)
        array([[0., 0., 1.],
               [1., 0., 0.]])
        """
        y = plain_array(name, y)
        if y.dtype.kind not in "biuf":
            raise ValueError(f"{name} must hold whole numbers, bools or floats, got {y.dtype}")
        n_outputs = self.layer_sizes[-1]
        leading = y.shape[:1] if n_runs is not None and y.shape[:1] == (n_runs,) else ()
        rows, table = (n_samples,), (n_samples, n_outputs)
        if y.shape not in (rows, table, (*leading, *rows), (*leading, *table)):
            stack = "" if n_runs is None else f", or one of them for each of the {n_runs} runs"
            raise ValueError(f"{name} must have the shape {rows} or {table}{stack}, got {y.shape}")
        flat = y.ndim == 1 or (y.ndim == 2 and bool(leading) and y.shape != table)
        if not np.isfinite(y).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(y))[0])
            raise ValueError(f"{name} must be finite, got {y[where]} at index {where}")
        if self.loss_name == "squared_error":
            if flat and n_outputs > 1:
                raise ValueError(f"{name} must have the shape {table}, got {y.shape}")
            return np.asarray(y[..., np.newaxis] if flat else y, float)
        n_classes = max(2, n_outputs) if flat else 2
        if ((y < 0) | (y >= n_classes) | (y != np.floor(y))).any():
            wrong = y[(y < 0) | (y >= n_classes) | (y != np.floor(y))].flat[0]
            raise ValueError(
                f"{name} must hold whole-number labels from 0 to {n_classes - 1}, got {wrong}"
            )
        if not flat:
            if self.loss_name == "softmax_cross_entropy" and (y.sum(axis=-1) != 1).any():
                wrong = y[y.sum(axis=-1) != 1][0].tolist()
                raise ValueError(f"{name} must have exactly one 1 in each one-hot row, got {wrong}")
            return y.astype(float)
        if n_outputs == 1:
            return y[..., np.newaxis].astype(float)
        one_hot: FloatArray = np.eye(n_outputs)[y.astype(int)]
        return one_hot

    def evaluate(
        self, parameters: Parameters, X: FloatArray, targets: FloatArray
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return the mean cost and the share of right answers, each of shape (...).

        Where every row of the targets has exactly one 1, the outputs are classes: an answer is the
        label of a sample, and the largest output says it. Otherwise, as with one output, each
        output is a question of its own that every sample answers: yes where z > 0, that is
        p > 1/2. Regression has neither: its accuracy is None.

        Two questions and three samples, five of the six answers right:

        >>> network, parameters = Network([2, 2]), Parameters([2, 2])
        >>> parameters.weights[0][...] = np.eye(2)
        >>> X = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
        >>> targets = network.targets(np.array([[1, 1], [1, 0], [0, 0]]), 3)
        >>> float(network.evaluate(parameters, X, targets)[1])  # 5 / 6
        0.8333333333333334
        """
        check_parameters(parameters, self.layer_sizes)
        z = self.forward(parameters, self._inputs(X))[-1]
        cost = self.loss.cost(z, targets)
        if self.loss_name == "squared_error":
            return cost, None
        of_classes = self.loss_name == "softmax_cross_entropy"
        if not of_classes and z.shape[-1] > 1:
            of_classes = bool(((targets > 0.5).sum(axis=-1) == 1).all())
        if of_classes:
            right = z.argmax(axis=-1) == targets.argmax(axis=-1)
            return cost, right.mean(axis=-1)
        right = (z > 0.0) == (targets > 0.5)
        return cost, right.mean(axis=(-2, -1))
