"""Real data that needs no network: scikit-learn's 1797 handwritten digits of 8 × 8 pixels.

They come in three parts.  The *training* part is learned from, the *validation* part is for every
choice (a learning rate, a penalty, when to stop), and the *test* part is opened once, at the end.
A choice made on the test part makes the test part useless.  The split is stratified: each digit
has the same share in every part, up to rounding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import single_generator


@dataclass(frozen=True, eq=False)
class Split:
    """A data set in three parts.

    Attributes
    ----------
    X_train, X_validation, X_test : ndarray of shape (n_rows, n_features)
        One example a row, in random order.
    y_train, y_validation, y_test : ndarray of shape (n_rows,)
        The class of each row.
    """

    X_train: NDArray[np.float64]
    y_train: NDArray[np.int64]
    X_validation: NDArray[np.float64]
    y_validation: NDArray[np.int64]
    X_test: NDArray[np.float64]
    y_test: NDArray[np.int64]


def stratified_parts(
    labels: NDArray[np.int64], shares: list[float], rng: np.random.Generator
) -> list[NDArray[np.intp]]:
    """Return one array of row numbers for each share, and a last one with the rows left over.

    Of each class, `round(share * count)` rows go into a part.
    """
    parts: list[list[NDArray[np.intp]]] = [[] for _ in range(len(shares) + 1)]
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        cuts = np.cumsum([round(share * len(rows)) for share in shares])
        for part, piece in zip(parts, np.split(rows, cuts), strict=True):
            part.append(piece)
    # Shuffled once more: so far the rows stand class by class, and a batch would hold one class.
    return [rng.permutation(np.concatenate(pieces)) for pieces in parts]


def digits(rng: np.random.Generator, validation: float = 0.2, test: float = 0.2) -> Split:
    """Return scikit-learn's digits, scaled to 0-1, in a stratified three-way split.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the split's draws come from; the same state gives the same split.
    validation, test : float
        Shares of the rows, each from 0.01 to 0.98; together at most 0.99, so that training keeps
        some rows of every digit.

    Returns
    -------
    Split
        64 features, the pixels' grey values divided by 16; `X` is float64, `y` is int64.

    Raises
    ------
    ValueError
        If a share is out of its range, or `rng` no `Generator`.

    References
    ----------
    E. Alpaydin and C. Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, its test part, as `sklearn.datasets.load_digits` delivers it.

    Examples
    --------
    >>> split = digits(np.random.default_rng(0))
    >>> [len(part) for part in (split.y_train, split.y_validation, split.y_test)]
    [1079, 359, 359]
    """
    single_generator(rng)
    for name, share in (("validation", validation), ("test", test)):
        given: object = share
        if not isinstance(given, float | np.floating) or not 0.01 <= share <= 0.98:
            raise ValueError(f"{name} must be a share from 0.01 to 0.98, got {share!r}")
    if validation + test > 0.99:
        raise ValueError(f"validation + test must be at most 0.99, got {validation!r} + {test!r}")
    # Imported here, since scikit-learn takes a second to import and the toy data don't need it.
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X, y = X / 16, y.astype(np.int64)
    held_out, opened_once, learned_from = stratified_parts(y, [validation, test], rng)
    return Split(
        X[learned_from], y[learned_from], X[held_out], y[held_out], X[opened_once], y[opened_once]
    )
