r"""A sentence that compares is a claim, and a claim is tested (all chapters).

A claim names its direction and the smallest difference $m$ that matters *before* anything is
measured. Then pairs of runs give an interval for the mean of A − B, and the claim that A is greater

$$ \text{holds if low} > m, \qquad \text{fails if high} \le m, $$

and is undecided where $m$ lies inside. "Less" is the mirror image; "the same" holds if the interval
lies within $[-m, m]$, and fails if it lies outside. Undecided is no shame: it says that the pairs
are too few for the difference that was asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from course_lib.arguments import FloatArray, one_of, real_number, real_numbers
from course_lib.evidence.intervals import bootstrap_interval

FEWEST_PAIRS = 5
# Differences are kept to this many decimal digits of the largest number that they came from: a
# double has 16, and the last few belong to the order in which a machine adds.
RELIABLE_DIGITS = 12
VERDICTS = ("holds", "fails", "undecided")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Claim:
    """A sentence that compares A with B, and what would bear it out.

    Parameters
    ----------
    sentence : str
    source : str
        Who says so: "002", "ours".
    measure : str
        What is compared, with its unit: "accuracy on 10 000 fresh points".
    direction : {"greater", "less", "same"}
        What is claimed of A, against B.
    smallest_difference : float in [0, inf)
        The smallest difference that matters; for "same" the largest that does not. Named before it
        is measured.
    chaotic : bool
        Whether rounding errors grow until a run on another machine is another run. The verdict is
        then all that is shown: the digits would be this machine's.
    name : str
        A short name of lower case letters, digits and hyphens, such as "mom-tuned-whole-set", only
        once in the whole book. Pages point to the claim by it; `publish` asks for it.
    earlier : str
        Of a claim that was judged again on seeds that nobody had seen: what came out before. It
        begins with that verdict: "undecided: +0.02 [-0.01, +0.05], seeds 2000 to 2029".
    withdrawn : str
        Of a claim that should not have been judged: the reason. It stays in the tables, but no page
        can rest on it.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> claim = Claim("B needs fewer epochs", source="ours", measure="epochs until 95 % accuracy",
    ...               direction="greater", smallest_difference=5)
    >>> claim.judge([31, 40, 35, 38, 44], [20, 22, 19, 25, 24], np.random.default_rng(0)).verdict
    'holds'
    """

    sentence: str
    source: str
    measure: str
    direction: str
    smallest_difference: float
    chaotic: bool = False
    name: str = field(default="", kw_only=True)
    earlier: str = field(default="", kw_only=True)
    withdrawn: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for name in ("sentence", "source", "measure"):
            text = getattr(self, name)
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{name} must be a text that is not empty, got {text!r}")
        one_of("direction", self.direction, ("greater", "less", "same"))
        real_number("smallest_difference", self.smallest_difference, low=0)
        if not isinstance(self.chaotic, bool | np.bool_):
            raise ValueError(f"chaotic must be True or False, got {self.chaotic!r}")
        for name in ("name", "earlier", "withdrawn"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be a text, got {getattr(self, name)!r}")
        if self.name and not NAME.fullmatch(self.name):
            raise ValueError(
                f"name must be lower case letters and digits, joined by hyphens, got {self.name!r}"
            )
        if self.earlier and self.earlier_verdict not in VERDICTS:
            raise ValueError(
                f"earlier must begin with the verdict that it was ({', '.join(VERDICTS)}), "
                f"got {self.earlier!r}"
            )
        if self.earlier and self.withdrawn:
            raise ValueError("a claim is judged again or withdrawn, not both")

    @property
    def earlier_verdict(self) -> str:
        """The verdict that `earlier` begins with."""
        return re.split(r"\W", self.earlier, maxsplit=1)[0]

    @property
    def status(self) -> str:
        """Whether the claim is "normal", judged again ("redone") or "withdrawn".

        >>> Claim("A is better", "ours", "accuracy", "greater", 0, withdrawn="a definition").status
        'withdrawn'
        """
        return "withdrawn" if self.withdrawn else "redone" if self.earlier else "normal"

    def verdict(self, low: float, high: float) -> str:
        """Return what an interval for the mean of A − B says: "holds", "fails" or "undecided".

        >>> claim = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0.01)
        >>> claim.verdict(0.02, 0.05), claim.verdict(-0.05, 0.01), claim.verdict(0.005, 0.05)
        ('holds', 'fails', 'undecided')
        """
        margin = self.smallest_difference
        if self.direction == "same":
            holds, fails = -margin <= low and high <= margin, low > margin or high < -margin
        else:
            if self.direction == "less":
                low, high = -high, -low
            holds, fails = low > margin, high <= margin
        return "holds" if holds else "fails" if fails else "undecided"

    def judge(
        self,
        a: ArrayLike,
        b: ArrayLike,
        rng: np.random.Generator,
        *,
        seeds: Iterable[int] | str = "",
    ) -> JudgedClaim:
        """Judge the claim by pairs of results, A's and B's with the same seed.

        Parameters
        ----------
        a, b : arrays of shape (n_pairs,)
            Finite numbers, at least 5 pairs; successes are 0 and 1, or False and True.
        rng : numpy Generator
            For the bootstrap.
        seeds : numbers, one for each pair, or text
            The seeds that the pairs were run with, to be told beside the verdict; in words where
            numbers don't say it: "the first 20 of 1000 to 1099 where both get there".

        Raises
        ------
        ValueError
            On fewer pairs, on different shapes, and on results that are not finite: it names these
            pairs. On seeds that are not as many as the pairs, or come twice.
        """
        differences = _paired_differences(a, b)
        told = seeds if isinstance(seeds, str) else _seeds_in_words(seeds, differences.size)
        low, high = bootstrap_interval(differences, rng=rng)
        mean = low if low == high else float(differences.mean())
        return JudgedClaim(
            self, mean, low, high, differences.size, tuple(differences.tolist()), told
        )


@dataclass(frozen=True)
class JudgedClaim:
    """A claim with what was measured, made by `Claim.judge`.

    Attributes
    ----------
    claim : Claim
    mean_difference : float
        The mean of A − B over the pairs.
    low, high : float
        Its 95 % bootstrap interval.
    n_pairs : int
    differences : tuple of float
        A − B of every pair.
    seeds : str
        The seeds of the pairs, in words.
    looks : int
        How often the claim was judged until its verdict was taken: more than once if pairs were
        added while it was undecided (`judge_by_doubling`).
    """

    claim: Claim
    mean_difference: float
    low: float
    high: float
    n_pairs: int
    differences: tuple[float, ...] = ()
    seeds: str = ""
    looks: int = 1

    @property
    def verdict(self) -> str:
        """Whether the claim "holds", "fails", or is "undecided" by the interval.

        >>> claim = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0.01)
        >>> JudgedClaim(claim, 0.03, 0.005, 0.055, n_pairs=20).verdict
        'undecided'
        """
        return self.claim.verdict(self.low, self.high)

    @property
    def measured(self) -> str:
        """The mean difference and its interval, with the digits that the interval supports.

        >>> claim = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0.01)
        >>> JudgedClaim(claim, 0.031234, 0.005678, 0.054321, n_pairs=20).measured
        '+0.031 [+0.006, +0.054]'

        Of chaotic runs only where the interval lies:

        >>> claim = Claim("A is better", "ours", "accuracy", "greater", 0.01, chaotic=True)
        >>> JudgedClaim(claim, 0.031234, 0.012345, 0.054321, n_pairs=20).measured
        'interval above +0.01'
        """
        if self.claim.chaotic:
            return f"interval {self._place}"
        numbers = (self.mean_difference, self.low, self.high)
        decimals = self.decimals
        if decimals is None or decimals < -14:  # a float has no more digits
            mean, low, high = (_signed(f"{number:+.6g}") for number in numbers)
        else:
            mean, low, high = (
                _signed(f"{round(number, decimals):+,.{max(decimals, 0)}f}") for number in numbers
            )
        return f"{mean} [{low}, {high}]"

    @property
    def decimals(self) -> int | None:
        """The decimals that the interval supports, two digits of its half width; None without one.

        >>> claim = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0.01)
        >>> JudgedClaim(claim, 0.031234, 0.005678, 0.054321, n_pairs=20).decimals
        3
        """
        half_width = self.high / 2 - self.low / 2  # the difference may be too large for a float
        if half_width == 0:
            return None
        # Its exponent is read after rounding: 0.0996 is 1.0e-01.
        return 1 - int(f"{half_width:.1e}".partition("e")[2])

    @property
    def _place(self) -> str:
        above, below = self._signed_margins
        if self.claim.direction == "same":
            where = {"holds": "within", "fails": "outside", "undecided": "across an end of"}
            return f"{where[self.verdict]} {below} to {above}"
        where = {"holds": "above", "fails": "below", "undecided": "around"}
        if self.claim.direction == "less":
            where = {"holds": "below", "fails": "above", "undecided": "around"}
        return f"{where[self.verdict]} {above if self.claim.direction == 'greater' else below}"

    @property
    def _signed_margins(self) -> tuple[str, str]:
        margin = self.claim.smallest_difference
        return _signed(f"{margin:+.6g}"), _signed(f"{-margin:+.6g}")

    @property
    def claimed(self) -> str:
        """What the claim says the difference is, in words.

        >>> claim = Claim("A is better", "ours", "accuracy", "greater", smallest_difference=0.01)
        >>> JudgedClaim(claim, 0.031, 0.005, 0.057, n_pairs=20).claimed
        'more than +0.01'
        """
        above, below = self._signed_margins
        return {
            "greater": f"more than {above}",
            "less": f"less than {below}",
            "same": f"from {below} to {above}",
        }[self.claim.direction]


def _paired_differences(a: ArrayLike, b: ArrayLike) -> FloatArray:
    pair: list[FloatArray] = []
    for name, given in (("a", a), ("b", b)):
        values = real_numbers(name, given)
        if values.ndim != 1:
            raise ValueError(
                f"{name} must hold one number per pair, of shape (n_pairs,), "
                f"got {values.dtype} of shape {values.shape}"
            )
        pair.append(values.astype(float))
    A, B = pair
    if A.size != B.size or A.size < FEWEST_PAIRS:
        raise ValueError(
            f"a and b must hold the same number of pairs, at least {FEWEST_PAIRS}, "
            f"got {A.size} and {B.size}"
        )
    bad = np.flatnonzero(~(np.isfinite(A) & np.isfinite(B)))
    if bad.size:
        raise ValueError(
            f"a and b must be finite, but are not in the pairs {', '.join(map(str, bad))} of "
            f"{A.size}. If runs diverged, say in the measure what such a run counts as, and fill "
            f"it in; or compare the shares of runs that got there."
        )
    largest = max(np.abs(A).max(), np.abs(B).max())
    if largest == 0:
        return A - B
    decimals = min(RELIABLE_DIGITS - math.ceil(math.log10(largest)), 300)
    differences: FloatArray = np.round(A - B, decimals)
    return differences


def _seeds_in_words(seeds: Iterable[int], n_pairs: int) -> str:
    """Return the seeds as the ranges that they form.

    >>> _seeds_in_words([7, *range(2000, 2004)], 5)
    '7, 2000 to 2003'
    """
    given = [int(seed) for seed in seeds]
    if len(given) != n_pairs or len(set(given)) < n_pairs:
        raise ValueError(
            f"seeds must be {n_pairs} different numbers, one for each pair, got {len(given)} with "
            f"{len(set(given))} different ones"
        )
    given.sort()
    starts = [given[0], *(b for a, b in pairwise(given) if b != a + 1)]
    ends = [*(a for a, b in pairwise(given) if b != a + 1), given[-1]]
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True))


def _signed(number: str) -> str:
    """Return the text of a number without a sign if it is zero, and with spaces for commas.

    >>> _signed("-0.00"), _signed("+12,300")
    ('0.00', '+12 300')
    """
    return (number if number.strip("+-0.") else number.lstrip("+-")).replace(",", " ")
