r"""What the network is judged by: an output and its loss in one piece (chapter 1).

Apart, the two are fragile: a sigmoid rounds to exactly 0 or 1, and the logarithm of the loss meets
0. Fused, both are functions of the last weighted sums $z$ (the *logits*), and what training needs
is simple: for the matching pairs the derivative of the loss by $z$ is prediction minus target,

$$ \frac{\partial C}{\partial z} = p - y . $$

Every loss is a *sum over the outputs* and a *mean over the samples*.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from course_lib.arguments import FloatArray, plain_array


def sigmoid(z: FloatArray) -> FloatArray:
    r"""Return $\sigma(z) = 1/(1+e^{-z})$, as $\frac12(1+\tanh\frac z2)$, which never overflows.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    p: FloatArray = 0.5 + 0.5 * np.tanh(0.5 * z)
    return p


def softmax(z: FloatArray) -> FloatArray:
    r"""Return $e^{z_k} / \sum_j e^{z_j}$ over the last axis, shifted so that no exponent overflows.

    >>> softmax(np.array([[1000.0, 1000.0], [0.0, -1000.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    p: FloatArray = np.exp(z - np.maximum.reduce(z, axis=-1, keepdims=True))
    p /= np.add.reduce(p, axis=-1, keepdims=True)
    return p


class Loss(Protocol):
    """An output with its loss: all arrays are of shape (..., n_samples, n_outputs)."""

    def cost(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return the mean over the samples, of shape (...)."""

    def delta(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return each sample's derivative of the loss by z."""

    def prediction(self, z: FloatArray) -> FloatArray:
        """Return what the network says: probabilities, or numbers."""


class SigmoidCrossEntropy:
    r"""Sigmoid outputs, each a yes-or-no question of its own, with cross-entropy.

    $$ C = -\sum_k y_k \ln p_k + (1-y_k)\ln(1-p_k) = \sum_k \ln(1+e^{z_k}) - y_k z_k $$

    One output is binary classification; several are one question per class.

    >>> SigmoidCrossEntropy().cost(np.array([[40.0], [0.0]]), np.array([[0.0], [1.0]])).round(3)
    np.float64(20.347)
    """

    def cost(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return the cross-entropy in nats."""
        targets = fitting(targets, z)
        return _mean_of_sums(np.logaddexp(0.0, z) - targets * z)

    def delta(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return p - y."""
        targets = fitting(targets, z)
        return sigmoid(z) - targets

    def prediction(self, z: FloatArray) -> FloatArray:
        """Return the probabilities p of a yes."""
        return sigmoid(z)


class SoftmaxCrossEntropy:
    r"""Softmax outputs, one of several classes, with cross-entropy.

    $$ C = -\sum_k y_k \ln p_k = \ln \sum_k e^{z_k} - \sum_k y_k z_k $$

    >>> SoftmaxCrossEntropy().cost(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]])).round(4)
    np.float64(0.6931)
    """

    def cost(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return the cross-entropy in nats."""
        targets = fitting(targets, z)
        shifted = z - z.max(axis=-1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        return _mean_of_sums(-targets * log_p)

    def delta(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return p - y."""
        targets = fitting(targets, z)
        delta = softmax(z)
        delta -= targets
        return delta

    def prediction(self, z: FloatArray) -> FloatArray:
        """Return the probabilities of the classes."""
        return softmax(z)


class SigmoidQuadratic:
    r"""Sigmoid outputs with the quadratic cost; where p is near 0 or 1, learning stands still.

    $$ C = \tfrac12 \sum_k (p_k - y_k)^2, \qquad
       \frac{\partial C}{\partial z_k} = (p_k - y_k)\, p_k (1 - p_k) $$

    >>> SigmoidQuadratic().cost(np.array([[0.0]]), np.array([[1.0]]))
    np.float64(0.125)
    """

    def cost(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return half the squared distance to the target."""
        targets = fitting(targets, z)
        return _mean_of_sums(0.5 * (sigmoid(z) - targets) ** 2)

    def delta(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return (p - y) p (1 - p)."""
        targets = fitting(targets, z)
        p = sigmoid(z)
        return (p - targets) * p * (1.0 - p)

    def prediction(self, z: FloatArray) -> FloatArray:
        """Return the outputs p."""
        return sigmoid(z)


class SquaredError:
    r"""The weighted sums themselves as outputs, for regression.

    $$ C = \tfrac12 \sum_k (z_k - y_k)^2, \qquad \frac{\partial C}{\partial z} = z - y $$

    >>> SquaredError().cost(np.array([[3.0]]), np.array([[1.0]]))
    np.float64(2.0)
    """

    def cost(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return half the squared distance to the target."""
        targets = fitting(targets, z)
        return _mean_of_sums(0.5 * (z - targets) ** 2)

    def delta(self, z: FloatArray, targets: FloatArray) -> FloatArray:
        """Return z - y."""
        targets = fitting(targets, z)
        return z - targets

    def prediction(self, z: FloatArray) -> FloatArray:
        """Return z."""
        return z


def fitting(targets: FloatArray, z: FloatArray) -> FloatArray:
    """Return the targets if they are one for each output: z - y of (n, 1) and (n,) is (n, n).

    >>> fitting(np.zeros(5), np.zeros((5, 1)))
    Traceback (most recent call last):
    ValueError: targets must have the shape (5, 1), as Network.targets makes them from labels, \
got (5,)
    """
    if type(targets) is not np.ndarray:
        targets = plain_array("targets", targets)
    if targets.shape != z.shape and targets.shape[-2:] != z.shape[-2:]:
        raise ValueError(
            f"targets must have the shape {z.shape[-2:]}, as Network.targets makes them from "
            f"labels, got {targets.shape}"
        )
    return targets


def _mean_of_sums(loss: FloatArray) -> FloatArray:
    """Sum over the outputs, average over the samples: (..., n_samples, n_outputs) to (...)."""
    mean: FloatArray = loss.sum(axis=-1).mean(axis=-1)
    return mean


LOSSES: dict[str, Loss] = {
    "sigmoid_cross_entropy": SigmoidCrossEntropy(),
    "softmax_cross_entropy": SoftmaxCrossEntropy(),
    "sigmoid_quadratic": SigmoidQuadratic(),
    "squared_error": SquaredError(),
}
