r"""Source 003: chapter 3 of Nielsen's book, L2 and L1 on a thousand digits (chapter 9).

Its network is the book's second one. Its quirks, each a line or a function that says so:

- initial values: all biases are drawn first, from N(0, 1), and then all weights, from
  N(0, 1/√n_in);
- a penalty that is divided by the number n of *training* samples,

  $$ \frac{\lambda}{2n} \sum w^2 \quad\text{or}\quad \frac{\lambda}{n} \sum |w| , $$

  so that its $\lambda$ is n times this course's l2 or l1;
- the cost that it monitors contains the penalty, divided by the number of samples *that are
  looked at*: the same weights carry a tenth of the penalty on ten times as many test digits. So
  its two cost curves can't be compared, neither with each other nor with those of another penalty.

Biases are never penalised; L1 takes the subgradient, 0 at 0. Sigmoid units in both layers, a
one-hot row for each digit, cross-entropy summed over the ten outputs, or the quadratic cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import (
    FloatArray,
    features,
    in_type,
    one_of,
    real_number,
    seeds_for_random_state,
    single_generator,
    whole_number,
)
from course_lib.batches import minibatches
from course_lib.network import Network
from course_lib.parameters import Parameters, check_parameters, checked_layer_sizes, stacked
from course_lib.penalties import l1_penalty, l2_penalty

PENALTIES = ("l2", "l1")


class NielsenHistory(NamedTuple):
    """What source 003 monitors after each epoch, arrays of shape (n_epochs,).

    Attributes
    ----------
    train_cost, test_cost : with the penalty, divided by the number of samples of each set
    train_accuracy, test_accuracy : shares of right digits
    """

    train_cost: FloatArray
    train_accuracy: FloatArray
    test_cost: FloatArray
    test_accuracy: FloatArray


def nielsen_strength(lamda: float, n_samples: int) -> float:
    r"""Return this course's l2 or l1 for Nielsen's $\lambda$: $\lambda / n$.

    >>> nielsen_strength(0.2, n_samples=1000)
    0.0002
    """
    lamda = real_number("lamda", lamda, low=0)
    return lamda / whole_number("n_samples", n_samples, low=1)


def nielsen_initial_parameters(
    layer_sizes: Sequence[int], seed: int | Sequence[int] = 3
) -> Parameters:
    r"""Draw initial values from `RandomState(seed)`: biases N(0, 1), weights N(0, 1/√n_in).

    All biases are drawn before the first weight; a layer's weights unit by unit. A sequence of
    seeds gives a stack.

    Parameters
    ----------
    layer_sizes : sequence of int
    seed : int in [0, 2**32), or a sequence of them

    Examples
    --------
    >>> parameters = nielsen_initial_parameters([784, 30, 10])
    >>> parameters.biases[0][0, :3].round(4).tolist()
    [1.7886, 0.4365, 0.0965]
    >>> [float(W.std().round(3)) for W in parameters.weights]
    [0.036, 0.18]

    References
    ----------
    Nielsen (2015), chapter 3, "Weight initialization".
    """
    layer_sizes, seed = checked_layer_sizes(layer_sizes), seeds_for_random_state(seed)
    if isinstance(seed, list):
        return stacked([nielsen_initial_parameters(layer_sizes, one) for one in seed])
    random_state = np.random.RandomState(seed)
    parameters = Parameters(layer_sizes)
    for b in parameters.biases:
        b[...] = random_state.standard_normal(b.shape)
    for W in parameters.weights:
        n_in, n_out = W.shape
        W[...] = random_state.standard_normal((n_out, n_in)).T / np.sqrt(n_in)
    return parameters


def nielsen_total_cost(
    cost: FloatArray | float,
    parameters: Parameters,
    n_samples: int,
    lamda: float,
    penalty: str = "l2",
) -> FloatArray:
    r"""Return the cost that source 003 shows: $C + \frac{\lambda}{2n}\sum w^2$, or with L1.

    Parameters
    ----------
    cost : float or array of shape (...)
        The mean cost of the samples, without a penalty.
    parameters : Parameters
    n_samples : int, at least 1
        How many samples that cost is a mean of: *these* divide the penalty, be they training or
        test samples.
    lamda : float in [0, inf)
        Nielsen's $\lambda$.
    penalty : {"l2", "l1"}

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    The same weights and the same cost, on a thousand training and ten thousand test digits:

    >>> parameters = Parameters([2, 1])
    >>> parameters.vector = [3.0, -4.0, 1.0]
    >>> [float(nielsen_total_cost(1.0, parameters, n, lamda=100)) for n in (1000, 10_000)]
    [2.25, 1.125]
    """
    of_weights = l2_penalty if one_of("penalty", penalty, PENALTIES) == "l2" else l1_penalty
    return cost + of_weights(parameters.weight_vector, nielsen_strength(lamda, n_samples))


def nielsen_step(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    targets: FloatArray,
    *,
    learning_rate: float,
    lamda: float,
    n_training: int,
    penalty: str = "l2",
) -> None:
    r"""Take one step of source 003 in place.

    $$ w \leftarrow \left(1 - \frac{\eta\lambda}{n}\right) w - \eta \bar g \quad\text{or}\quad
       w \leftarrow w - \frac{\eta\lambda}{n} \operatorname{sign}(w) - \eta \bar g ,
       \qquad b \leftarrow b - \eta \bar g $$

    Parameters
    ----------
    network : Network
    parameters : Parameters
        Of a single network; they are changed.
    X, targets : arrays of shape (n_samples, n_inputs) and (n_samples, n_outputs)
        The mini-batch, whose mean gradient is $\bar g$.
    learning_rate : float in (0, inf)
    lamda : float in [0, inf)
        Nielsen's $\lambda$.
    n_training : int, at least 1
        How many training samples there are in all: n.
    penalty : {"l2", "l1"}

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.
    """
    learning_rate = real_number("learning_rate", learning_rate, low=0, open_low=True)
    pull = learning_rate * nielsen_strength(lamda, n_training)
    gradient = network.gradient(parameters, X, targets)
    weights = parameters.weight_vector
    if one_of("penalty", penalty, PENALTIES) == "l2":
        weights *= 1.0 - pull
    else:
        weights -= pull * np.sign(weights)
    parameters.vector -= learning_rate * gradient.vector


def train_as_nielsen(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    y: NDArray[Any],
    test: tuple[FloatArray, NDArray[Any]],
    *,
    rng: np.random.Generator,
    epochs: int = 400,
    batch_size: int = 10,
    learning_rate: float = 0.5,
    lamda: float = 0.0,
    penalty: str = "l2",
) -> NielsenHistory:
    r"""Train in place as source 003 does, and monitor what it monitors.

    Parameters
    ----------
    network : Network
        The source's is 784-30-10 with sigmoid units, and cross-entropy or the quadratic cost.
    parameters : Parameters
        Of a single network; they are changed.
    X : array of shape (n_samples, n_inputs)
    y : array of shape (n_samples,)
        Labels.
    test : pair (X, y)
        Never trained on.
    rng : Generator
        Draws a fresh order of the rows for each epoch.
    epochs : int, at least 0
    batch_size : int, from 1 to n_samples
        A last, short batch is averaged over its own rows.
    learning_rate : float in (0, inf)
    lamda : float in [0, inf)
        Nielsen's $\lambda$; 0 is no penalty.
    penalty : {"l2", "l1"}

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 2))
    >>> y = (X[:, 0] > X[:, 1]).astype(int)
    >>> history = train_as_nielsen(
    ...     Network([2, 3, 2], "sigmoid"), nielsen_initial_parameters([2, 3, 2]), X[:50], y[:50],
    ...     (X[50:], y[50:]), rng=rng, epochs=20, lamda=0.1,
    ... )
    >>> history.train_cost.shape, bool(history.test_accuracy[-1] > 0.9)
    ((20,), True)

    References
    ----------
    Nielsen (2015), chapter 3.
    """
    check_parameters(parameters, network.layer_sizes)
    if parameters.n_runs is not None:
        raise ValueError(f"parameters must be of a single network, got {parameters!r}")
    single_generator(rng)
    epochs = whole_number("epochs", epochs, low=0)
    batch_size = whole_number("batch_size", batch_size, low=1)
    learning_rate = real_number("learning_rate", learning_rate, low=0, open_low=True)
    lamda = real_number("lamda", lamda, low=0)
    one_of("penalty", penalty, PENALTIES)
    given: object = test
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ValueError(f"test must be a pair (X, y), got {test!r}")
    sets = []
    for name, (some_X, some_y) in (("", (X, y)), ("test ", test)):
        some_X = features(f"{name}X", some_X, network.layer_sizes[0])
        targets = network.targets(some_y, len(some_X), name=f"{name}y")
        some_X = in_type(f"{name}X", some_X, parameters.dtype)
        sets.append((some_X, in_type(f"{name}y", targets, parameters.dtype)))
    if batch_size > len(X):
        raise ValueError(f"batch_size must be a whole number in [1, {len(X)}], got {batch_size}")
    rows = []
    for _ in range(epochs):
        for X_batch, target_batch in minibatches(*sets[0], batch_size, rng):
            nielsen_step(
                network,
                parameters,
                X_batch,
                target_batch,
                learning_rate=learning_rate,
                lamda=lamda,
                n_training=len(X),
                penalty=penalty,
            )
        row = []
        for some_X, targets in sets:
            cost, accuracy = network.evaluate(parameters, some_X, targets)
            row += [nielsen_total_cost(cost, parameters, len(some_X), lamda, penalty), accuracy]
        rows.append(row)
    return NielsenHistory(*np.array(rows, dtype=float).reshape(-1, 4).T)
