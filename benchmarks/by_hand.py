"""A step written by hand in numpy: one example at a time, and the matrix products alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.cases import Case, flat
from course_lib.arguments import FloatArray


def example_by_example(case: Case, epochs: int, shuffle: bool) -> tuple[float, FloatArray]:
    """Time numpy with one example at a time, as columns, and gradients summed over the batch."""
    rng = np.random.default_rng(1)
    weights = [W.T.copy() for W in case.parameters.weights]
    biases = [b.T.copy() for b in case.parameters.biases]
    n_outputs = case.layer_sizes[-1]
    y = np.eye(n_outputs)[case.y] if n_outputs > 1 else case.y[:, np.newaxis]
    columns = case.X[..., np.newaxis], y.astype(np.float32)[..., np.newaxis]
    pairs = list(zip(*columns, strict=True))
    rate = case.learning_rate / case.batch_size
    started = time.perf_counter()
    for _ in range(epochs):
        order = rng.permutation(len(pairs)) if shuffle else np.arange(len(pairs))
        for first in range(0, len(pairs), case.batch_size):
            W_sums = [np.zeros_like(W) for W in weights]
            b_sums = [np.zeros_like(b) for b in biases]
            for row in order[first : first + case.batch_size]:
                x, target = pairs[row]
                _add_gradient(weights, biases, x, target, W_sums, b_sums)
            weights = [W - rate * W_sum for W, W_sum in zip(weights, W_sums, strict=True)]
            biases = [b - rate * b_sum for b, b_sum in zip(biases, b_sums, strict=True)]
    return time.perf_counter() - started, flat([W.T for W in weights], biases)


def _add_gradient(
    weights: list[Any], biases: list[Any], x: Any, target: Any, W_sums: list[Any], b_sums: list[Any]
) -> None:
    """Add the gradient of one example's loss to the sums, by the textbook's four equations."""
    layers = [x]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        layers.append(np.maximum(W @ layers[-1] + b, 0.0))
    z = weights[-1] @ layers[-1] + biases[-1]
    if len(z) > 1:
        p = np.exp(z - z.max())
        p /= p.sum()
    else:
        p = 1.0 / (1.0 + np.exp(-z))
    delta = p - target
    for k in reversed(range(len(weights))):
        W_sums[k] += delta @ layers[k].T
        b_sums[k] += delta
        if k > 0:
            delta = (weights[k].T @ delta) * (layers[k] > 0.0)


def matrix_products(case: Case, epochs: int, shuffle: bool) -> tuple[float, FloatArray]:
    """Time the floor: a step's matrix products alone, into arrays made beforehand."""
    del shuffle
    weights = case.parameters.weights
    h = [np.empty((case.batch_size, size), np.float32) for size in case.layer_sizes]
    delta = [np.ones_like(values) for values in h]
    # All products but the first and the last, which take the batch.
    between = [(h[k], weights[k], h[k + 1]) for k in range(1, len(weights))]
    for k in reversed(range(1, len(weights))):
        between.append((h[k].T, delta[k + 1], np.empty_like(weights[k])))
        between.append((delta[k + 1], weights[k].T, delta[k]))
    first_gradient = np.empty_like(weights[0])
    batches = np.split(case.X, case.n_batches)
    started = time.perf_counter()
    for _ in range(epochs):
        for X in batches:
            np.matmul(X, weights[0], h[1])
            for left, right, product in between:
                np.matmul(left, right, product)
            np.matmul(X.T, delta[1], first_gradient)
    return time.perf_counter() - started, case.parameters.vector
