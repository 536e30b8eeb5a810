"""Toy data: two small classification problems, drawn and never downloaded.

Chapters 1-5 and 7 train on two clouds of class 1 with a cloud of class 0 between them, in two
dimensions, so that a decision map shows everything that a network has learned.  `hard_points`
has 1000 of them; `small_points` has 100, few enough for a big network to learn by heart.
Both are the very points of the published experiments: the draws come from a fixed
`RandomState`, in the sources' order.

A mixture can be drawn from again, so honest test data is free: `ToyPoints.fresh` draws points
that no training run has seen, and scales them with the *training* points' figures.  Fresh
points scaled by their own minimum and maximum would land elsewhere, and a good network would
look bad.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_lib.arguments import one_of, real_numbers, single_generator, whole_number

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SCALES = ("variance", "standard deviation", "nothing")


@dataclass(frozen=True)
class Cloud:
    """One normal cloud of a mixture: N(mean, diag(standard_deviation²)), all of one class.

    `share` is the part of the mixture's points that lie in this cloud.
    """

    label: int
    share: float
    mean: tuple[float, float]
    standard_deviation: tuple[float, float]


HARD_CLOUDS = (
    Cloud(label=0, share=0.5, mean=(0, 0), standard_deviation=(2, 0.5)),
    Cloud(label=1, share=0.25, mean=(0, 4), standard_deviation=(0.5, 1)),
    Cloud(label=1, share=0.25, mean=(0, -4), standard_deviation=(0.5, 1)),
)
SMALL_CLOUDS = (
    Cloud(label=0, share=0.5, mean=(0, 0), standard_deviation=(2, 0.5)),
    Cloud(label=1, share=0.25, mean=(1, 2), standard_deviation=(0.5, 1)),
    Cloud(label=1, share=0.25, mean=(0, -2), standard_deviation=(0.5, 1)),
)


def draw_mixture(
    clouds: tuple[Cloud, ...], n_samples: int, rng: np.random.Generator | np.random.RandomState
) -> tuple[Floats, Labels]:
    """Draw the raw points of a mixture, cloud after cloud, with their labels."""
    counts = [round(cloud.share * n_samples) for cloud in clouds]
    points = [
        rng.normal(cloud.mean, cloud.standard_deviation, size=(count, 2))
        for cloud, count in zip(clouds, counts, strict=True)
    ]
    labels = np.repeat([cloud.label for cloud in clouds], counts)
    return np.concatenate(points), labels.astype(np.int64)


@dataclass(frozen=True, eq=False)
class ToyPoints:
    """Training points of two classes in the plane, and all that is needed to draw more.

    A raw point r became the row `x = (r - centre) / spread`.

    Attributes
    ----------
    X : ndarray of shape (n_samples, 2)
        The scaled training points, in random order.
    y : ndarray of shape (n_samples,)
        Their classes, 0 or 1.
    clouds : tuple of Cloud
        The mixture that the raw points were drawn from.
    centre, spread : ndarray of shape (2,)
        The figures of the raw *training* points that every point is scaled with.
    """

    X: Floats
    y: Labels
    clouds: tuple[Cloud, ...]
    centre: Floats
    spread: Floats

    def scale(self, raw: ArrayLike) -> Floats:
        """Scale raw points with the training points' figures: `(raw - centre) / spread`.

        Parameters
        ----------
        raw : array_like of shape (n_samples, 2)
            Points in the mixture's own units.

        Returns
        -------
        ndarray of shape (n_samples, 2)

        Raises
        ------
        ValueError
            If `raw` has no two columns.

        Examples
        --------
        >>> points = small_points()
        >>> bool(np.allclose(points.scale([points.centre]), 0))
        True
        """
        rows = real_numbers("raw", raw).astype(np.float64)
        if rows.ndim != 2 or rows.shape[1] != 2:
            raise ValueError(f"raw must have shape (n_samples, 2), got shape {rows.shape}")
        return (rows - self.centre) / self.spread

    def fresh(self, n_samples: int, rng: np.random.Generator) -> tuple[Floats, Labels]:
        """Draw new points of the same mixture, scaled as the training points were.

        Half of them are class 0; each of class 1's two clouds gets a quarter, as in training.

        Parameters
        ----------
        n_samples : int
            How many points; a positive multiple of 4.
        rng : numpy.random.Generator
            Where the draws come from.

        Returns
        -------
        X : ndarray of shape (n_samples, 2)
            The points, in random order.
        y : ndarray of shape (n_samples,)
            Their classes, 0 or 1.

        Raises
        ------
        ValueError
            If `n_samples` is no positive multiple of 4, or `rng` no `Generator`.

        Examples
        --------
        >>> X_test, y_test = hard_points().fresh(10_000, np.random.default_rng(0))
        >>> X_test.shape, float(y_test.mean())
        ((10000, 2), 0.5)
        """
        count = whole_number("n_samples", n_samples, low=4)
        if count % 4:
            raise ValueError(f"n_samples must be a positive multiple of 4, got {n_samples!r}")
        single_generator(rng)
        raw, labels = draw_mixture(self.clouds, count, rng)
        order = rng.permutation(count)
        return self.scale(raw[order]), labels[order]


def hard_points(scale_by: str = "variance") -> ToyPoints:
    """Return the 1000 points of the hard problem, which no straight line can part.

    500 × N((0, 0), (2, 0.5)) are class 0; 250 × N((0, 4), (0.5, 1)) and 250 × N((0, -4), (0.5, 1))
    are class 1; the second number of each normal is its standard deviation.  The points are
    centred on their mean and divided by `scale_by`.

    Parameters
    ----------
    scale_by : {"variance", "standard deviation", "nothing"}
        What each centred feature is divided by.  The source divides by the variance, which
        leaves the two features in different units; the usual choice is the standard deviation.

    Returns
    -------
    ToyPoints
        With `X` of shape (1000, 2) and `y` of shape (1000,).

    Raises
    ------
    ValueError
        If `scale_by` is none of the three.

    References
    ----------
    The bibliography's source 002: its data section, seed 1337.

    Examples
    --------
    >>> points = hard_points()
    >>> points.X[0].round(10).tolist(), points.y[:10].tolist()
    ([-0.3585415502, 0.0002963142], [0, 0, 1, 1, 1, 0, 0, 1, 0, 1])
    """
    one_of("scale_by", scale_by, SCALES)
    # Only the old generator repeats the source's draws.
    random_state = np.random.RandomState(1337)
    raw, labels = draw_mixture(HARD_CLOUDS, 1000, random_state)
    order = random_state.permutation(1000)
    divisors = {"variance": raw.var(axis=0), "standard deviation": raw.std(axis=0)}
    centre, spread = raw.mean(axis=0), divisors.get(scale_by, np.ones(2))
    return ToyPoints(((raw - centre) / spread)[order], labels[order], HARD_CLOUDS, centre, spread)


def small_points() -> ToyPoints:
    """Return the 100 points of the small problem, few enough to be learned by heart.

    50 × N((0, 0), (2, 0.5)) are class 0; 25 × N((1, 2), (0.5, 1)) and 25 × N((0, -2), (0.5, 1))
    are class 1; the second number of each normal is its standard deviation.  Each feature is
    scaled to [-1, 1] by its minimum and maximum.

    Returns
    -------
    ToyPoints
        With `X` of shape (100, 2) and `y` of shape (100,).

    References
    ----------
    The bibliography's source 004: its data section, seed 1234.

    Examples
    --------
    >>> points = small_points()
    >>> points.X[0].round(10).tolist(), points.y[:10].tolist()
    ([-0.1955566268, 0.888546851], [1, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    """
    # Only the old generator repeats the source's draws.
    random_state = np.random.RandomState(1234)
    raw, labels = draw_mixture(SMALL_CLOUDS, 100, random_state)
    order = random_state.permutation(100)
    lowest, highest = raw.min(axis=0), raw.max(axis=0)
    centre, spread = (highest + lowest) / 2, (highest - lowest) / 2
    return ToyPoints(((raw - centre) / spread)[order], labels[order], SMALL_CLOUDS, centre, spread)
