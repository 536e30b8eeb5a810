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
    "training/02-mini-batches.ipynb": {
        "Mini-batches are noisier than the full batch [η = 0.1]": "fails",
        "Mini-batches are noisier than the full batch [η = 0.32]": "holds",
        "Mini-batches are much faster than the full batch [the same epochs]": "holds",
        "Mini-batches are much faster than the full batch [the same seconds]": "fails",
        "Without the trick training is unstable": "fails",
        "An average over samples affords a larger learning rate": "holds",
        "Mini-batches converge in about the same number of epochs": "fails",
        "Mini-batches make more progress in the same time": "holds",
        "Mini-batches end more sure of themselves": "holds",
        "Mini-batches end with better accuracy [where both get there]": "fails",
        "Mini-batches end with better accuracy [all starts]": "undecided",
        "A bigger batch is better after the same epochs [32 against 1]": "fails",
        "A bigger batch is better after the same epochs [1000 against 32]": "fails",
        "A bigger batch is better after the same steps [32 against 1]": "holds",
        "A bigger batch is better after the same steps [1000 against 32]": "undecided",
        "A bigger batch is better after the same seconds [32 against 1]": "holds",
        "A bigger batch is better after the same seconds [1000 against 32]": "undecided",
        "With η in proportion to the batch, 20 epochs end at the same cost": "holds",
        "With η in proportion to the batch, the cost wobbles alike": "undecided",
        (
            "With η in proportion to the batch, experiment 3 takes as many epochs as experiment 1"
        ): "undecided",
        "The largest learning rate grows in proportion to the batch": "fails",
        "Shuffling each epoch helps [rows mixed once]": "fails",
        "Shuffling each epoch helps [rows sorted by class]": "holds",
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
