"""Chapter 6's problem: a regression with far more weights than rows, so that it must overfit.

    y = 0.05 + Σⱼ 0.01 xⱼ + ε,   xⱼ ~ N(0, 1),   ε ~ N(0, noise²)

Twenty rows cannot tell two hundred weights apart: very many weight vectors fit them exactly, and
all but one are wrong.  What a penalty does about that, and what it can't do, is the chapter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import real_number, single_generator, whole_number

Floats = NDArray[np.float64]

TRUE_WEIGHT = 0.01
TRUE_BIAS = 0.05


@dataclass(frozen=True, eq=False)
class Regression:
    """Training and test rows of one linear problem, and the truth that they were drawn from.

    Attributes
    ----------
    X_train, X_test : ndarray of shape (n_train, n_features) and (n_test, n_features)
        The features, N(0, 1).
    y_train, y_test : ndarray of shape (n_train,) and (n_test,)
        The noisy targets.
    true_weights : ndarray of shape (n_features,)
        All 0.01.
    true_bias : float
        0.05.
    """

    X_train: Floats
    y_train: Floats
    X_test: Floats
    y_test: Floats
    true_weights: Floats
    true_bias: float


def weight_decay_regression(
    rng: np.random.Generator,
    n_train: int = 20,
    n_test: int = 100,
    n_features: int = 200,
    noise: float = 0.01,
) -> Regression:
    """Draw the regression `y = 0.05 + Σⱼ 0.01 xⱼ + ε` with more features than training rows.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the draws come from.
    n_train, n_test, n_features : int
        Numbers of rows and of features, each at least 1.
    noise : float
        Standard deviation of ε, at least 0.  The source's code has 0.01, its text 0.1.

    Returns
    -------
    Regression

    Raises
    ------
    ValueError
        If a number is out of its range, or `rng` no `Generator`.

    References
    ----------
    The bibliography's source 001.

    Examples
    --------
    >>> problem = weight_decay_regression(np.random.default_rng(0))
    >>> problem.X_train.shape, problem.y_test.shape
    ((20, 200), (100,))
    >>> exact = problem.X_train @ problem.true_weights + problem.true_bias
    >>> bool(np.abs(problem.y_train - exact).max() < 0.05)
    True
    """
    single_generator(rng)
    n_train = whole_number("n_train", n_train, low=1)
    n_test = whole_number("n_test", n_test, low=1)
    n_features = whole_number("n_features", n_features, low=1)
    noise = real_number("noise", noise, low=0)
    weights = np.full(n_features, TRUE_WEIGHT)
    X = rng.normal(size=(n_train + n_test, n_features))
    y = X @ weights + TRUE_BIAS + noise * rng.normal(size=n_train + n_test)
    return Regression(X[:n_train], y[:n_train], X[n_train:], y[n_train:], weights, TRUE_BIAS)
