"""The book's rule for undecided claims: twice the pairs, and a stop (all chapters).

A claim that is undecided may have had too few pairs. Then the pairs are doubled, with seeds that
nobody has looked at yet, until the verdict falls or a number of pairs is reached that was said
before: 160, on MNIST 20. What is undecided there stays so.

Looking again has a price. Each look is another chance for luck, so that a verdict by this rule is
wrong more often than one by a single look: see `judge_by_doubling`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from course_lib.arguments import whole_number
from course_lib.evidence.claims import FEWEST_PAIRS, Claim, JudgedClaim

MOST_PAIRS = 160
MOST_PAIRS_ON_MNIST = 20


def judge_by_doubling(
    claim: Claim,
    measure: Callable[[range], tuple[ArrayLike, ArrayLike]],
    seeds: range,
    rng: np.random.Generator,
    *,
    most_pairs: int = MOST_PAIRS,
) -> JudgedClaim:
    """Judge a claim, and double its pairs while it is undecided.

    Parameters
    ----------
    claim : Claim
    measure : function
        Called with a range of seeds; returns A's and B's results, a number for each seed. Every
        call gets seeds that follow those of the last one, so that no run is made twice.
    seeds : range
        Of the first look, at least 5 in steps of 1: range(2000, 2020).
    rng : numpy Generator
        For the bootstrap.
    most_pairs : int
        Where to stop; the last doubling stays below it or reaches it.

    Returns
    -------
    JudgedClaim
        With all pairs, and the number of looks.

    Notes
    -----
    Differences from a normal distribution, 20 pairs at first: how often does "holds" come, in per
    cent, where the claim is not true? 4000 claims for each number.

    =========================================  ========  =================
    the true difference                        one look  doubled up to 160
    =========================================  ========  =================
    exactly the margin                              2.8                8.2
    0.25 standard deviations below the margin       0.2                0.1
    0.5 standard deviations below the margin        0.0                0.0
    =========================================  ========  =================

    So luck is three times as frequent where the difference lies on the margin, and rare all the
    same where it lies well below. The ledger counts every look.

    Examples
    --------
    >>> def measure(seeds):
    ...     rngs = [np.random.default_rng(seed) for seed in seeds]
    ...     return [0.03 + 0.1 * rng.normal() for rng in rngs], [0.0] * len(rngs)
    >>> claim = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0)
    >>> judged = judge_by_doubling(claim, measure, range(20), np.random.default_rng(0))
    >>> judged.verdict, judged.n_pairs, judged.looks
    ('holds', 160, 4)
    """
    given: object = seeds
    if not isinstance(given, range) or given.step != 1 or len(given) < FEWEST_PAIRS:
        raise ValueError(
            f"seeds must be a range of at least {FEWEST_PAIRS} in steps of 1, got {given!r}"
        )
    most_pairs = whole_number("most_pairs", most_pairs, low=len(seeds))
    a, b = (np.asarray(side) for side in measure(seeds))
    looks = 1
    while True:
        judged = claim.judge(a, b, rng, seeds=seeds)
        if judged.verdict != "undecided" or 2 * len(seeds) > most_pairs:
            return replace(judged, looks=looks)
        added = range(seeds.stop, seeds.stop + len(seeds))
        a, b = (np.append(old, new) for old, new in zip((a, b), measure(added), strict=True))
        seeds = range(seeds.start, added.stop)
        looks += 1
