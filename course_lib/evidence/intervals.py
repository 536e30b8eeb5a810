r"""How far the mean of paired differences may be off (all chapters).

A run with seed $i$ on side A and one on side B give a difference $d_i = a_i - b_i$. The bootstrap
draws n of the n differences with replacement, again and again, and takes quantiles $q$ of their
means. With few pairs these lie too close together, so they are stretched away from the mean
$\bar d$:

$$ \bar d + (q_{\alpha/2} - \bar d)\, s, \qquad \bar d + (q_{1-\alpha/2} - \bar d)\, s, \qquad
   s = \sqrt{\frac{n}{n-1}} \; \frac{t_{n-1}}{z}, $$

with the quantiles $t_{n-1}$ of Student's distribution and $z$ of the normal one at $1-\alpha/2$.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit  # type: ignore[import-untyped]

from course_lib.arguments import (
    FloatArray,
    real_number,
    real_numbers,
    single_generator,
    whole_number,
)

# Resampled a part at a time, so that many pairs do not fill the memory.
DRAWS_PER_PART = 2**20


def bootstrap_interval(
    differences: ArrayLike,
    *,
    confidence: float = 0.95,
    n_resamples: int = 10_000,
    rng: np.random.Generator,
) -> tuple[float, float]:
    r"""Return a bootstrap interval for the mean of paired differences.

    The quantiles of the resampled means, stretched by $\sqrt{n/(n-1)}\; t_{n-1}/z$: 1.58 for 5
    pairs, 1.10 for 20, 1.03 for 50.

    Parameters
    ----------
    differences : array of shape (n_pairs,)
        Finite, at least two.
    confidence : float in (0, 1)
    n_resamples : int, at least 100
    rng : numpy Generator

    Returns
    -------
    low, high : float
        Both are the one value there is if all differences are equal: such data says nothing about
        how they spread.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Notes
    -----
    How often does a 95 % interval hold the true mean? In per cent, of 10 000 samples:

    ==============================  ====  =====  ===  ====  =====  ===  ====  =====  ===
    \                                  5 pairs           20 pairs          50 pairs
    ------------------------------  ----------------  ----------------  ----------------
    differences                     this  plain  BCa  this  plain  BCa  this  plain  BCa
    ==============================  ====  =====  ===  ====  =====  ===  ====  =====  ===
    normal                            94     84   84    95     93   93    95     94   94
    heavy tails (t, 3 degrees)        95     83   81    94     92   88    95     94   92
    of two exponential costs          96     82   80    94     92   90    95     94   93
    of successes (-1, 0 or 1)         98     91   91    95     95   95    95     95   95
    0 in 70 %, else normal           100     96   93    93     90   82    93     92   89
    exponential                       88     78   79    93     90   91    93     93   93
    ==============================  ====  =====  ===  ====  =====  ===  ====  =====  ===

    "Plain" are the quantiles as they are; BCa is the default of `scipy.stats.bootstrap`. The
    studentised bootstrap does better on exponential differences, but has no finite end where many
    differences are equal. Hesterberg's own stretch takes quantiles further out; with 5 pairs they
    stop at the smallest and the largest difference (92 % on normal ones). What remains: skewed
    differences, all to one side, with few pairs. Without an effect, two sides of the same
    distribution, differences are symmetric.

    References
    ----------
    Efron (1987), for BCa; Hesterberg (2015), "What teachers should know about the bootstrap",
    sections 3.2 and 5.3, for the stretch.

    Examples
    --------
    >>> differences = [0.01, 0.03, 0.02, 0.05, 0.04]
    >>> low, high = bootstrap_interval(differences, rng=np.random.default_rng(0))
    >>> print(f"{low:.3f} to {high:.3f}")
    0.011 to 0.049
    """
    values = real_numbers("differences", differences)
    if values.ndim != 1 or values.size < 2:
        raise ValueError(
            f"differences must have the shape (n_pairs,) with at least two, got {values.shape}"
        )
    if values.dtype.kind not in "fiu":
        raise ValueError(f"differences must hold real numbers, got {values.dtype}")
    if not np.isfinite(values).all():
        where = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ValueError(f"differences must be finite, got {values[where]} at index {where}")
    confidence = real_number("confidence", confidence, low=0, high=1, open_low=True)
    n_resamples = whole_number("n_resamples", n_resamples, low=100)
    single_generator(rng)
    values = values.astype(float)
    if (values == values[0]).all():
        return float(values[0]), float(values[0])
    tail = (1.0 - confidence) / 2.0
    n_pairs, mean = values.size, values.mean()
    stretch = math.sqrt(n_pairs / (n_pairs - 1)) * (
        float(stdtrit(n_pairs - 1, 1.0 - tail)) / NormalDist().inv_cdf(1.0 - tail)
    )
    means = _resampled_means(values, n_resamples, rng)
    low, high = mean + stretch * (np.quantile(means, [tail, 1.0 - tail]) - mean)
    return float(low), float(high)


def _resampled_means(values: FloatArray, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    n_pairs = values.size
    means = np.empty(n_resamples)
    resamples_per_part = max(1, DRAWS_PER_PART // n_pairs)
    for start in range(0, n_resamples, resamples_per_part):
        part = means[start : start + resamples_per_part]
        drawn = rng.integers(0, n_pairs, (part.size, n_pairs))
        np.mean(values[drawn], axis=1, out=part)
    return means
