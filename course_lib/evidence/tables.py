"""The table of claims that each chapter ends with (all chapters).

In a notebook it is an HTML table in the page's own colours, in a terminal plain ASCII. Both say
each verdict in a word and a mark, and give no digit that the interval does not support.
"""

from __future__ import annotations

import html
import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from course_lib.arguments import is_listed
from course_lib.evidence.claims import JudgedClaim

MARKS = {"holds": ("[+]", "✓"), "fails": ("[-]", "✗"), "undecided": ("[?]", "?")}
WIDTH = 80  # columns of a terminal


@dataclass(frozen=True)
class ClaimsTable:
    """The table of claims that a chapter ends with; see `claims_table`."""

    judged: tuple[JudgedClaim, ...]

    def __str__(self) -> str:
        """Return the table in plain ASCII, one block for each claim."""
        lines = []
        for item in self.judged:
            mark = MARKS[item.verdict][0]
            text = [
                f"{mark} {item.verdict}: {item.claim.sentence} ({item.claim.source})",
                f"    {item.claim.measure}",
                f"    A - B: {item.measured}; claimed: {item.claimed}; {item.n_pairs} pairs",
            ]
            if item.claim.status != "normal":
                text.append(f"    {_history(item)}")
            for line in text:
                lines += textwrap.wrap(_in_ascii(line), WIDTH, subsequent_indent="    ")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        # Three columns fit on a phone. The inline styles undo JupyterLab's; "dataframe" is a class
        # that themes know: they leave such a table in the colours of the page, light or dark.
        left = 'style="text-align: left; vertical-align: top; white-space: normal"'
        heads = ("Claim", "Measured: A − B", "Verdict")
        lines = ['<table class="dataframe table" style="table-layout: auto">', "<thead><tr>"]
        lines += [f'<th scope="col" {left}>{head}</th>' for head in heads]
        lines += ["</tr></thead>", "<tbody>"]
        for item in self.judged:
            mean, bracket, interval = item.measured.replace("-", "−").partition(" [")
            claimed = f"claimed: {item.claimed.replace('-', '−')}; {item.n_pairs} pairs"
            numbers = f"<strong>{_unbroken(mean)}</strong>"
            if bracket:
                numbers += f" {_unbroken(f'[{interval}')}"
            source = html.escape(item.claim.source)
            if item.claim.status != "normal":
                source += f"; {html.escape(_history(item))}"
            cells = (
                f"{html.escape(item.claim.sentence)}<br>({source})",
                f"{html.escape(item.claim.measure)}:<br>{numbers}<br>{claimed}",
                _unbroken(f"{MARKS[item.verdict][1]} {item.verdict}"),
            )
            row = "".join(f"<td {left}>{cell}</td>" for cell in cells)
            # Pages link to the row by the claim's name.
            anchor = f' id="{row_id(item.claim.name)}"' if item.claim.name else ""
            lines.append(f"<tr{anchor}>{row}</tr>")
        lines += ["</tbody>", "</table>"]
        return "\n".join(lines)


def claims_table(judged: Iterable[JudgedClaim]) -> ClaimsTable:
    """Return the claims as a table: HTML in a notebook, plain ASCII in a terminal.

    "Measured" is the mean of A − B with its 95 % interval, rounded to two digits of the half width.

    Parameters
    ----------
    judged : iterable of JudgedClaim
        At least one, with different sentences.

    Raises
    ------
    ValueError
        If there is none, or a sentence or a name comes twice.

    Examples
    --------
    >>> import numpy as np
    >>> from course_lib.evidence.claims import Claim
    >>> claim = Claim("Momentum helps", "002", "accuracy on 10 000 fresh points", "greater", 0.01)
    >>> a, b = [0.95, 0.97, 0.96, 0.98, 0.97], [0.91, 0.92, 0.93, 0.91, 0.92]
    >>> print(claims_table([claim.judge(a, b, np.random.default_rng(0))]))
    [+] holds: Momentum helps (002)
        accuracy on 10 000 fresh points
        A - B: +0.048 [+0.032, +0.067]; claimed: more than +0.01; 5 pairs
    """
    given: object = judged
    if not is_listed(given):
        raise ValueError(f"judged must be a list of JudgedClaim, got {type(judged).__name__}")
    items = tuple(judged)
    for i, item in enumerate(items):
        if not isinstance(item, JudgedClaim):
            raise ValueError(
                f"judged[{i}] must be a JudgedClaim, as Claim.judge returns it, "
                f"got {type(item).__name__}"
            )
    sentences = [item.claim.sentence for item in items]
    if not items or len(set(sentences)) < len(items):
        raise ValueError(f"judged must hold at least one claim, each only once, got {sentences}")
    names = [item.claim.name for item in items if item.claim.name]
    if len(set(names)) < len(names):
        raise ValueError(f"judged must name each claim differently, got {names}")
    return ClaimsTable(items)


def verdicts(table: ClaimsTable) -> dict[str, str]:
    """Return the verdict of each sentence, for a test that fails when one changes.

    >>> import numpy as np
    >>> from course_lib.evidence.claims import Claim
    >>> claim = Claim("Momentum helps", "002", "accuracy", "greater", smallest_difference=0)
    >>> judged = claim.judge([1, 1, 1, 1, 1], [0, 0, 0, 0, 0], np.random.default_rng(0))
    >>> verdicts(claims_table([judged]))
    {'Momentum helps': 'holds'}
    """
    if not isinstance(table, ClaimsTable):
        raise ValueError(f"table must be a ClaimsTable, as claims_table makes it, got {table!r}")
    return {item.claim.sentence: item.verdict for item in table.judged}


def row_id(name: str) -> str:
    """Return what a link to a claim's row in its table ends with, behind the #.

    >>> row_id("mom-tuned-whole-set")
    'claim-mom-tuned-whole-set'
    """
    return f"claim-{name}"


def _history(item: JudgedClaim) -> str:
    if item.claim.withdrawn:
        return f"withdrawn: {item.claim.withdrawn}"
    pairs = "with more pairs" if item.looks > 1 else "on new seeds"
    return f"judged again {pairs}; before: {item.claim.earlier}"


def _unbroken(text: str) -> str:
    return f'<span style="white-space: nowrap">{text}</span>'


# What Unicode says of a Greek letter before its own name.
FORMS = {"GREEK", "LETTER", "SYMBOL", "SMALL", "CAPITAL"}
FORMS |= {"FINAL", "LUNATE", "REVERSED", "DOTTED", "ARCHAIC"}


def _in_ascii(text: str) -> str:
    """Return the text with Greek letters spelled out and accents off; what is left becomes "?".

    >>> _in_ascii("η = ½, naïve – α")
    'eta = 1/2, naive - alpha'
    """
    parts = []
    for letter in unicodedata.normalize("NFC", text):
        name = unicodedata.name(letter, "")
        if letter.isascii():
            parts.append(letter)
        elif name.startswith("GREEK"):
            parts.append(next(word for word in name.split() if word not in FORMS).lower())
        elif unicodedata.category(letter) == "Pd" or name == "MINUS SIGN":
            parts.append("-")
        elif "QUOTATION MARK" in name:
            parts.append("'" if "SINGLE" in name else '"')
        elif unicodedata.category(letter) == "Zs":
            parts.append(" ")
        else:
            plain = unicodedata.normalize("NFKD", letter).replace("⁄", "/")
            parts.append(plain.encode("ascii", "ignore").decode() or "?")
    return "".join(parts)
