r"""What many verdicts mean together (the ledger).

A verdict by a 95 % interval is wrong in at most 2.5 of 100 cases: the claim is either true or not,
so only one end of the interval can mislead. Among hundreds of verdicts some are therefore luck. To
be right with *all* $m$ of them at once with 95 %, each interval gets a confidence of
$1 - 0.05/m$ (Bonferroni):

$$ \bar d \pm t_{n-1,\,1-0.05/(2m)} \; \frac{s}{\sqrt n}, $$

with the mean $\bar d$ and the standard deviation $s$ of the $n$ differences. It is wider, and
fewer verdicts survive it. It needs no assumption on how the claims depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, stdtrit  # type: ignore[import-untyped]

from course_lib.arguments import FloatArray, real_number, whole_number
from course_lib.evidence.claims import JudgedClaim

CONFIDENCE = 0.95


def most_wrong_verdicts(n_looks: int, *, confidence: float = CONFIDENCE) -> float:
    r"""Return how many of $m$ verdicts are wrong on average, at most: $m\,(1-\text{confidence})/2$.

    As if every claim lay exactly on its margin, where luck is easiest; "undecided" is never wrong.

    Parameters
    ----------
    n_looks : int, at least 1
        How many intervals were looked at: one for each claim, more where pairs were added.
    confidence : float in (0, 1)
        Of one interval.

    Examples
    --------
    >>> most_wrong_verdicts(260)
    6.5
    """
    n_looks = whole_number("n_looks", n_looks, low=1)
    confidence = real_number("confidence", confidence, low=0, high=1, open_low=True)
    return round(n_looks * (1.0 - confidence) / 2.0, 10)


def looks_in_all(judged: Iterable[JudgedClaim]) -> int:
    """Return how many intervals were looked at, those of earlier judgements and the withdrawn too.

    >>> from course_lib.evidence.claims import Claim
    >>> claim = Claim("A is better", "ours", "accuracy", "greater", 0, earlier="fails: -1 [-2, 0]")
    >>> looks_in_all([JudgedClaim(claim, 1.0, 0.5, 1.5, n_pairs=40, looks=2)])
    3
    """
    return sum(item.looks + (item.claim.status == "redone") for item in judged)


def simultaneous_interval(
    differences: ArrayLike, n_looks: int, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    r"""Return an interval for the mean that holds together with `n_looks` - 1 others.

    Parameters
    ----------
    differences : array of shape (n_pairs,)
        Finite, at least two.
    n_looks : int, at least 1
        How many such intervals are to hold at once.
    confidence : float in (0, 1)
        Of all of them together.

    Returns
    -------
    low, high : float
        Infinite if all differences are equal and none of −1, 0 and 1: they don't say how others
        would spread.

    Notes
    -----
    Differences of −1, 0 and 1 (successes) are counted instead: the shares of 1 and of −1 each get
    an interval by Clopper and Pearson with half of the error, and their difference is taken. That
    is right for any number of pairs, if the pairs are independent.

    The other intervals assume that the mean of the pairs is close to normal, far out in the tails.
    How many of 10 000 intervals, each one of 260, miss the true mean? It should be 1.9 (measured on
    2 000 000 samples of each kind):

    =====================================  =======  ========  ========
    differences                            5 pairs  20 pairs  50 pairs
    =====================================  =======  ========  ========
    normal                                     1.9       2.0       1.8
    of two exponential costs                   0.7       0.7       1.0
    exponential, all to one side                41        59        28
    =====================================  =======  ========  ========

    So it is too careful where both sides have heavy tails, and far too sure where all differences
    are skewed to one side.

    References
    ----------
    Dunn (1961), "Multiple comparisons among means"; Clopper and Pearson (1934).

    Examples
    --------
    >>> differences = [0.01, 0.03, 0.02, 0.05, 0.04]
    >>> for n_looks in (1, 260):
    ...     low, high = simultaneous_interval(differences, n_looks)
    ...     print(f"{low:.3f} to {high:.3f}")
    0.010 to 0.050
    -0.063 to 0.123
    >>> low, high = simultaneous_interval([1] * 20, n_looks=260)
    >>> print(f"{low:.2f} to {high:.2f}")
    0.22 to 1.00
    """
    values = np.asarray(differences, dtype=float)
    if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
        raise ValueError(
            f"differences must be at least two finite numbers of shape (n_pairs,), got shape "
            f"{values.shape}"
        )
    n_looks = whole_number("n_looks", n_looks, low=1)
    confidence = real_number("confidence", confidence, low=0, high=1, open_low=True)
    error = (1.0 - confidence) / n_looks
    if np.isin(values, (-1.0, 0.0, 1.0)).all():
        return _of_successes(values, error)
    if (values == values[0]).all():
        return -math.inf, math.inf
    mean, spread = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)
    half_width = float(stdtrit(values.size - 1, 1.0 - error / 2.0)) * spread
    return mean - half_width, mean + half_width


def simultaneous_verdict(judged: JudgedClaim, n_looks: int) -> str:
    """Return the verdict by an interval that holds together with all others of the book.

    >>> from course_lib.evidence.claims import Claim
    >>> claim = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0)
    >>> a, b = [0.95, 0.97, 0.96, 0.98, 0.97], [0.93, 0.93, 0.91, 0.94, 0.94]
    >>> judged = claim.judge(a, b, np.random.default_rng(0))
    >>> judged.verdict, simultaneous_verdict(judged, n_looks=260)
    ('holds', 'undecided')
    """
    if len(judged.differences) != judged.n_pairs:
        raise ValueError("judged must hold the difference of every pair, as Claim.judge returns it")
    return judged.claim.verdict(*simultaneous_interval(judged.differences, n_looks))


def _of_successes(values: FloatArray, error: float) -> tuple[float, float]:
    n_pairs = values.size
    bounds = []
    for won in (1.0, -1.0):
        count = int((values == won).sum())
        tail = error / 4.0  # two shares, two ends
        low = float(betaincinv(count, n_pairs - count + 1, tail)) if count else 0.0
        high = float(betaincinv(count + 1, n_pairs - count, 1 - tail)) if count < n_pairs else 1.0
        bounds.append((low, high))
    (up_low, up_high), (down_low, down_high) = bounds
    return up_low - down_high, up_high - down_low
