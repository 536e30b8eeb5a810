"""What is timed: a network, its initial parameters and data, the same for every contender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import FloatArray
from course_lib.parameters import Parameters, initial_parameters


@dataclass(frozen=True)
class Case:
    """A network, the initial parameters, the batch size, and data that fill whole batches."""

    layer_sizes: tuple[int, ...]
    batch_size: int
    parameters: Parameters
    X: FloatArray
    y: NDArray[np.int64]
    learning_rate: float

    @property
    def name(self) -> str:
        """The sizes, a stroke and the batch size, such as 784-30-10/10."""
        return f"{'-'.join(map(str, self.layer_sizes))}/{self.batch_size}"

    @property
    def n_batches(self) -> int:
        """Steps per epoch."""
        return len(self.X) // self.batch_size


SHAPES = {(2, 3, 4, 1): 1, (2, 64, 128, 1): 16, (784, 30, 10): 10, (784, 100, 10): 64}

# Trains a case for some epochs, shuffling or not; returns seconds and (..., n_parameters).
Contender = Callable[[Case, int, bool], tuple[float, FloatArray]]


def random_case(
    layer_sizes: tuple[int, ...], batch_size: int, n_rows: int = 1000, learning_rate: float = 0.01
) -> Case:
    """Return a case with random features and each label equally often, in whole batches."""
    rng = np.random.default_rng(0)
    n_samples = n_rows // batch_size * batch_size
    X = rng.normal(size=(n_samples, layer_sizes[0])).astype(np.float32)
    y = np.arange(n_samples) % max(2, layer_sizes[-1])
    start = initial_parameters(layer_sizes, rng, "he", bias_scale=0.1, dtype=np.float32)
    return Case(layer_sizes, batch_size, start, X, y, learning_rate)


def flat(weights: list[Any], biases: list[Any]) -> FloatArray:
    """Return arrays of weights, then of biases, in the order of `Parameters.vector`."""
    return np.concatenate([np.ravel(array) for array in (*weights, *biases)])
