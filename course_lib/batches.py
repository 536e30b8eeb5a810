r"""Mini-batches: which samples a step looks at (chapter 2).

An epoch visits every sample once. With `batch_size` $B$ it takes $\lceil n/B \rceil$ steps; the
last batch may be short, and its gradient is the mean over its own rows. Before each epoch the
samples are put in a fresh order, drawn from the generator that is passed in.

In a stack every run has a generator, and so an order, of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import FloatArray, plain_array, stack_generators, whole_number
from course_lib.parameters import Generators

# Samples are gathered a few batches at a time: few large copies, and never the whole data set.
NUMBERS_PER_GATHER = 2**20


def epoch_order(n_samples: int, rng: Generators) -> NDArray[np.intp]:
    """Return a random order of the samples, of shape (n_samples,) or (n_runs, n_samples).

    >>> epoch_order(5, np.random.default_rng(0)).tolist()
    [2, 4, 3, 0, 1]
    """
    n_samples = whole_number("n_samples", n_samples, low=0)
    if isinstance(rng, np.random.Generator):
        return rng.permutation(n_samples)
    return np.stack([generator.permutation(n_samples) for generator in stack_generators(rng)])


def minibatches(
    X: FloatArray, targets: FloatArray, batch_size: int, rng: Generators | None
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the batches of one epoch, each sample in exactly one of them.

    Parameters
    ----------
    X : array of shape (n_samples, n_features) or (n_runs, n_samples, n_features)
    targets : array of shape (n_samples, n_outputs) or (n_runs, n_samples, n_outputs)
    batch_size : int, at least 1
        Samples per step; a last, short batch is kept.
    rng : Generator, a sequence of them for a stack, or None for the order of the rows

    Examples
    --------
    >>> X = np.arange(5.0)[:, np.newaxis]
    >>> for X_batch, y_batch in minibatches(X, X**2, 2, None):
    ...     print(X_batch.ravel(), y_batch.ravel())
    [0. 1.] [0. 1.]
    [2. 3.] [4. 9.]
    [4.] [16.]
    """
    batch_size = whole_number("batch_size", batch_size, low=1)
    X, targets = plain_array("X", X), plain_array("targets", targets)
    n_samples = X.shape[-2] if X.ndim > 1 else 0
    if n_samples == 0 or targets.shape[-2:-1] != (n_samples,):
        raise ValueError(
            f"X and targets must have as many rows, at least one, got {X.shape} and {targets.shape}"
        )
    if rng is None:
        for start in range(0, n_samples, batch_size):
            window = slice(start, start + batch_size)
            yield X[..., window, :], targets[..., window, :]
        return
    order = epoch_order(n_samples, rng)
    for name, array in (("X", X), ("targets", targets)):
        if order.ndim > 1 and array.ndim > 2 and len(array) != len(order):
            raise ValueError(
                f"rng must be one Generator for each of the {len(array)} runs of {name}, "
                f"got {len(order)}"
            )
    numbers_per_batch = batch_size * X.shape[-1] * (order.size // n_samples)
    rows_per_gather = batch_size * max(1, NUMBERS_PER_GATHER // numbers_per_batch)
    for start in range(0, n_samples, rows_per_gather):
        rows = order[..., start : start + rows_per_gather]
        yield from minibatches(gather(X, rows), gather(targets, rows), batch_size, None)


def gather(array: FloatArray, rows: NDArray[np.intp]) -> FloatArray:
    """Return the rows of `array`, each run its own where `rows` has a leading axis."""
    shared = array.ndim == 2 or rows.ndim == 1
    runs = np.arange(len(array))[:, np.newaxis]
    # `take` is several times as fast, but copies an array first that is not in one piece.
    if not array.flags.c_contiguous:
        return array[..., rows, :] if shared else array[runs, rows]
    if shared:
        return array.take(rows, axis=-2)
    n_samples, n_columns = array.shape[1:]
    taken: FloatArray = array.reshape(-1, n_columns).take(runs * n_samples + rows, axis=0)
    return taken
