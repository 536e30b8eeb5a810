"""The verdicts of the book's claims: a change in any of them has to be noticed, and explained.

nbval runs the chapters again and compares their tables; here stands what we know the tables to say.
"""

import html
import json
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parent.parent / "book"

VERDICTS = {
    "training/01-gradient-descent.ipynb": {
        "A learning rate of 0.1 does not converge [in the source's order]": "holds",
        "A learning rate of 0.1 does not converge [in the right order]": "fails",
        "At 0.1, the right order beats the source's order": "holds",
        "At 0.01, the right order beats the source's order": "undecided",
        "Scaling by the standard deviation beats scaling by the variance": "holds",
        "Biases that start at 0 beat biases of N(0, 0.5)": "holds",
        "With both, He's spread of weights beats a fixed 0.5": "undecided",
        "All three together beat the source's setting": "holds",
    },
}


def stored_verdicts(path: Path) -> dict[str, str]:
    """Return sentence and verdict of every row in the tables of claims that a notebook stores."""
    found: dict[str, str] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            table = "".join(output.get("data", {}).get("text/html", ""))
            if ">Verdict</th>" not in table:
                continue
            for row in re.findall(r"<tr><td.*?</tr>", table, flags=re.DOTALL):
                sentence, verdict = re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.DOTALL)[::2]
                sentence = html.unescape(sentence.rsplit("<br>", 1)[0])
                found[sentence] = re.sub(r"<[^>]*>", "", verdict).split()[-1]
    return found


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts_are_those_we_know(name: str) -> None:
    """No claim of a chapter has changed its verdict, none has come or gone unnoticed."""
    assert stored_verdicts(BOOK / name) == VERDICTS[name]


def test_every_table_of_claims_is_held() -> None:
    """Every notebook that stores a table of claims is in the list above."""
    with_claims = {
        path.relative_to(BOOK).as_posix()
        for path in BOOK.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts and stored_verdicts(path)
    }
    assert with_claims == set(VERDICTS)
