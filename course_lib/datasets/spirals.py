r"""Two spirals, and labels that are wrong on purpose: drawn, for trying things out.

Two arms wind round each other, so that a network has to bend its boundary again and again. A point
at the share $r$ of its arm's length lies at the distance $r$ from the centre,

$$ \text{angle} = 2\pi \cdot \text{turns} \cdot r + \pi \cdot \text{label}, \qquad
   x = r\,(\cos \text{angle}, \sin \text{angle}) + \text{noise} \cdot N(0, 1)^2 . $$

`flip_labels` turns a share of the labels round. A network that learns those by heart is wrong
wherever they lie.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from course_lib.arguments import plain_array, real_number, single_generator, whole_number


def spirals(
    n_samples: int, rng: np.random.Generator, *, turns: float = 1.0, noise: float = 0.05
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw points of two spirals; call it again for fresh ones.

    Parameters
    ----------
    n_samples : int, at least 2
        How many points; the two arms take turns.
    rng : numpy.random.Generator
        Draws first all places on the arms, and then the noise.
    turns : float in (0, inf)
        How often each arm winds round the centre.
    noise : float in [0, inf)
        Standard deviation of what is added to both coordinates.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points, all but the noise in the unit circle.
    y : ndarray of shape (n_samples,)
        Their arms, 0 or 1.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> X, y = spirals(200, np.random.default_rng(0))
    >>> X.shape, y[:4].tolist()
    ((200, 2), [0, 1, 0, 1])
    """
    n_samples = whole_number("n_samples", n_samples, low=2)
    rng = single_generator(rng)
    turns = real_number("turns", turns, low=0, open_low=True)
    noise = real_number("noise", noise, low=0)
    labels = np.arange(n_samples) % 2
    radius = rng.random(n_samples)
    angle = 2 * math.pi * turns * radius + math.pi * labels
    on_arms = radius[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)])
    return on_arms + noise * rng.standard_normal((n_samples, 2)), labels.astype(np.int64)


def flip_labels(y: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a copy of the labels 0 and 1 in which a share of them is wrong.

    Parameters
    ----------
    y : array of shape (n_samples,)
        Labels 0 and 1.
    share : float in [0, 1]
        The share to turn round: rounded to whole labels, a half upwards.
    rng : numpy.random.Generator
        Draws an order of the samples, of which the first ones are turned round.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> flip_labels(np.zeros(10, dtype=int), 0.3, np.random.default_rng(0)).tolist()
    [0, 0, 1, 0, 1, 0, 1, 0, 0, 0]
    """
    labels = plain_array("y", y)
    if labels.ndim != 1 or not np.isin(labels, (0, 1)).all():
        raise ValueError(f"y must hold labels 0 and 1 in the shape (n_samples,), got {y!r}")
    given: object = share
    if not isinstance(given, int | float | np.number) or not 0 <= share <= 1:
        raise ValueError(f"share must be a number in [0, 1], got {share!r}")
    single_generator(rng)
    flipped = labels.astype(np.int64)
    wrong = rng.permutation(len(labels))[: math.floor(share * len(labels) + 0.5)]
    flipped[wrong] = 1 - flipped[wrong]
    return flipped
