r"""The MNIST network of source 000, as its program trains it (chapter 8).

Its quirks, each a line or an option that says so:

- a momentum that nobody asked for: the optimiser that it calls ``Sgd(lr=0.1)`` has one of 0.4 by
  default, with the learning rate *inside* the velocity,

  $$ v \leftarrow \beta v + \eta g, \qquad w \leftarrow w - v . $$

  While $\eta$ is constant, this is the heavy ball of chapter 3;
- a penalty without the half: it adds $\lambda \sum w^2$ to each batch's loss, so that
  $2 \lambda w$ goes to the gradient: $\lambda_2 = 2 \lambda$ in this course's L2;
- the rows that fill no whole batch are dropped, other ones in each epoch;
- the training loss is the mean of the batches' losses *while the weights move*, with the penalty;
  the test loss is taken at the end of the epoch, without it. The two can't be compared.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import (
    FloatArray,
    features,
    in_type,
    plain_array,
    real_number,
    single_generator,
    whole_number,
)
from course_lib.batches import minibatches
from course_lib.network import Network
from course_lib.parameters import Parameters, check_parameters


class MnistHistory(NamedTuple):
    """What source 000 prints after each epoch.

    Attributes
    ----------
    train_loss : array of shape (n_epochs,)
        The mean of the batches' losses while the weights move, penalty included.
    test_loss, test_accuracy : arrays of shape (n_epochs,)
        At the end of the epoch, without the penalty.
    """

    train_loss: FloatArray
    test_loss: FloatArray
    test_accuracy: FloatArray


def mnist_source_step(
    network: Network,
    parameters: Parameters,
    velocity: Parameters,
    X: FloatArray,
    targets: FloatArray,
    *,
    learning_rate: float = 0.1,
    beta: float = 0.4,
    penalty: float = 1e-4,
) -> float:
    r"""Take one step of source 000 in place, and return the loss that it reports for the batch.

    Parameters
    ----------
    network : Network
    parameters, velocity : Parameters
        Both are changed.
    X, targets : arrays of shape (n_samples, n_inputs) and (n_samples, n_outputs)
    learning_rate : float in (0, inf)
    beta : float in [0, 1)
        The share of the velocity that is kept; 0 is plain descent.
    penalty : float in [0, inf)
        The $\lambda$ of $\lambda \sum w^2$; half of this course's l2.

    Returns
    -------
    float
        The mean loss of the batch before the step, plus $\lambda \sum w^2$.
    """
    learning_rate = real_number("learning_rate", learning_rate, low=0, open_low=True)
    beta = real_number("beta", beta, low=0, high=1)
    penalty = real_number("penalty", penalty, low=0)
    if velocity.layer_sizes != parameters.layer_sizes:
        raise ValueError(f"velocity must have the layers of {parameters!r}, got {velocity!r}")
    layers, targets = network.forward(parameters, X), plain_array("targets", targets)
    if targets.shape != layers[-1].shape:
        raise ValueError(f"targets must have the shape {layers[-1].shape}, got {targets.shape}")
    weights = parameters.weight_vector
    loss = float(network.loss.cost(layers[-1], targets)) + penalty * float(weights.dot(weights))
    velocity.vector *= beta
    delta = network.loss.delta(layers[-1], targets) * (learning_rate / len(X))
    for k in reversed(range(len(parameters.weights))):
        velocity.weights[k] += layers[k].T @ delta
        velocity.biases[k] += delta.sum(axis=0)
        if k > 0:
            slope = network.activation.derivative(layers[k])
            delta = delta @ parameters.weights[k].T * slope
    velocity.weight_vector[...] += (learning_rate * 2.0 * penalty) * weights
    parameters.vector -= velocity.vector
    return loss


def train_mnist_as_source(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    y: NDArray[Any],
    test: tuple[FloatArray, NDArray[Any]],
    *,
    rng: np.random.Generator,
    epochs: int = 10,
    batch_size: int = 64,
    learning_rate: float = 0.1,
    beta: float = 0.4,
    penalty: float = 1e-4,
) -> MnistHistory:
    r"""Train in place as source 000 does, and keep its books.

    The inputs may be of float32 where the parameters are of float64: each batch is converted by
    itself, so that no second copy of the data is needed.

    Parameters
    ----------
    network : Network
        The source's is 784-100-10, ReLU, softmax cross-entropy.
    parameters : Parameters
        A single network; changed.
    X : array of shape (n_samples, n_inputs)
    y : array of shape (n_samples,)
        Labels.
    test : pair (X, y)
        What the test loss is taken on; never trained on.
    rng : Generator
        Draws a fresh order of the rows for each epoch.
    epochs : int, at least 0
    batch_size : int, from 1 to n_samples
        Rows that fill no whole batch are dropped.
    learning_rate : float in (0, inf)
    beta : float in [0, 1)
        Of the momentum that the source does not mention; 0 is the plain descent that it names.
    penalty : float in [0, inf)
        The $\lambda$ of $\lambda \sum w^2$; half of this course's l2.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 2))
    >>> y = (X[:, 0] > X[:, 1]).astype(int)
    >>> network = Network([2, 2], loss="softmax_cross_entropy")
    >>> history = train_mnist_as_source(
    ...     network, Parameters([2, 2]), X[:80], y[:80], (X[80:], y[80:]), rng=rng, batch_size=8
    ... )
    >>> history.test_loss.shape, bool(history.test_accuracy[-1] > 0.9)
    ((10,), True)
    """
    check_parameters(parameters, network.layer_sizes)
    if parameters.n_runs is not None:
        raise ValueError(f"parameters must be of a single network, got {parameters!r}")
    single_generator(rng)
    epochs = whole_number("epochs", epochs, low=0)
    batch_size = whole_number("batch_size", batch_size, low=1)
    learning_rate = real_number("learning_rate", learning_rate, low=0, open_low=True)
    beta = real_number("beta", beta, low=0, high=1)
    penalty = real_number("penalty", penalty, low=0)
    given: object = test
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ValueError(f"test must be a pair (X, y), got {test!r}")
    X = features("X", X, network.layer_sizes[0])
    targets = network.targets(y, len(X)).astype(parameters.dtype)
    test_X = features("test X", test[0], network.layer_sizes[0])
    test_X = in_type("test X", test_X, parameters.dtype)
    test_targets = network.targets(test[1], len(test_X), name="test y")
    n_batches = len(X) // batch_size
    if n_batches == 0:
        raise ValueError(f"batch_size must be a whole number in [1, {len(X)}], got {batch_size}")
    velocity = parameters.like()
    rows = []
    for _ in range(epochs):
        losses = []
        for X_batch, target_batch in minibatches(X, targets, batch_size, rng):
            if len(X_batch) < batch_size:
                break
            losses.append(
                mnist_source_step(
                    network,
                    parameters,
                    velocity,
                    X_batch.astype(parameters.dtype, copy=False),
                    target_batch,
                    learning_rate=learning_rate,
                    beta=beta,
                    penalty=penalty,
                )
            )
        rows.append((np.mean(losses), *network.evaluate(parameters, test_X, test_targets)))
    return MnistHistory(*np.array(rows, dtype=float).reshape(-1, 3).T)
