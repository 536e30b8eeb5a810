"""Results that pages share: one small file for each page that measures (all chapters).

An evidence page ends with `publish`: it stores every claim with its verdict and the difference of
every pair in `book/evidence/results`. The chapter's table, the marks that lessons set behind a
sentence, the ledger and the tests all read that file. `save_results` stores what a lesson draws and
would take too long to measure there; the lesson reads it by `load_results`.

The environment variable COURSE_RESULTS says what writing means: with "compare", as the tests set
it, nothing is written, and a result that differs from the stored one is an error; another value is
the folder to write to.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib.arguments import FloatArray
from course_lib.evidence.claims import Claim, JudgedClaim
from course_lib.evidence.tables import ClaimsTable

FOLDER = Path("evidence", "results")
COMPARE = "compare"
PAGE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Of claims: of the largest difference. What a double has beyond them, machines disagree about.
CLAIM_DIGITS = 9
# Of what is drawn: of each number. A line on a page is not drawn more sharply.
DRAWN_DIGITS = 5
LARGEST_FILE = 200_000  # letters; a page that needs more should measure less, or draw less
OF_CLAIM = (
    "name", "sentence", "source", "measure", "direction", "smallest_difference", "chaotic",
    "earlier", "withdrawn",
)  # fmt: skip


class ResultsChangedError(Exception):
    """What was measured is not what is stored; the message says where they differ."""


def publish(page: str, *tables: ClaimsTable) -> str:
    """Store the claims of a page, and return how many hold, fail and are undecided.

    The differences are stored to 9 digits of the largest. They are compared by the digits that the
    page shows, those of chaotic runs by their verdict alone.

    Parameters
    ----------
    page : str
        The name of the notebook in `book/evidence`: "03-momentum".
    tables : ClaimsTable
        One or more, of claims that all have a name, and seeds.

    Raises
    ------
    ValueError
        Naming the claims that lack something.
    ResultsChangedError
        If results are compared, and differ.

    Examples
    --------
    >>> from course_lib.evidence import Claim, claims_table
    >>> claim = Claim("Momentum helps", "002", "accuracy", "greater", 0, name="mom-helps")
    >>> a, b = [0.95, 0.97, 0.96, 0.98, 0.97], [0.91, 0.92, 0.93, 0.91, 0.92]
    >>> judged = claim.judge(a, b, np.random.default_rng(0), seeds=range(5))
    >>> publish("example", claims_table([judged]))  # doctest: +SKIP
    '1 claim: 1 holds, 0 fail, 0 undecided'
    """
    judged = [item for table in tables for item in table.judged]
    names = [item.claim.name for item in judged]
    lacking = [
        item.claim.sentence
        for item in judged
        if not (item.claim.name and item.seeds and len(item.differences) == item.n_pairs)
    ]
    if lacking or not judged:
        raise ValueError(f"tables must hold claims with a name and with seeds; without: {lacking}")
    if len(set(names)) < len(names):
        raise ValueError(f"tables must name each claim differently, got {names}")
    _write(page, {"claims": [_as_record(item) for item in judged]}, _claims_that_differ)
    found = [item.verdict for item in judged]
    holds, fails, undecided = (found.count(v) for v in ("holds", "fails", "undecided"))
    return (
        f"{len(found)} claim{'s' * (len(found) != 1)}: {holds} hold{'s' * (holds == 1)}, "
        f"{fails} fail{'s' * (fails == 1)}, {undecided} undecided"
    )


def published(page: str, folder: Path | None = None) -> list[JudgedClaim]:
    """Return the claims that a page has stored.

    Parameters
    ----------
    page : str
        "03-momentum"
    folder : Path, optional
        Default: the book's, seen from the present folder.

    Raises
    ------
    FileNotFoundError
        If there are none.
    """
    return [_from_record(record) for record in _read(page, folder)["claims"]]


def save_results(name: str, results: Mapping[str, ArrayLike]) -> None:
    """Store a few arrays for another page, to 5 digits each.

    Parameters
    ----------
    name : str
        Such as "03-momentum-race": the page that measures, and what.
    results : dict of arrays
        Finite numbers, or truth values, of any shape.

    Raises
    ------
    ValueError
        On other values, and where they are too many for a small file.
    ResultsChangedError
        If results are compared, and differ by more than one in the fifth digit.
    """
    arrays = {key: np.asarray(values) for key, values in results.items()}
    for key, array in arrays.items():
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise ValueError(f"results[{key!r}] must hold finite numbers, got {array.dtype}")
    record = {key: _rounded(array, DRAWN_DIGITS).tolist() for key, array in arrays.items()}
    _write(name, {"arrays": record}, _arrays_that_differ)


def load_results(name: str, folder: Path | None = None) -> dict[str, FloatArray]:
    """Return the arrays that another page stored by `save_results`.

    Write the name as a plain text: the notebook counts as stale when that file changes.

    Raises
    ------
    FileNotFoundError
        If there are none.
    """
    arrays = _read(name, folder)["arrays"]
    return {key: np.asarray(values, dtype=float) for key, values in arrays.items()}


def stored_folder(start: Path | None = None) -> Path | None:
    """Return the book's folder of results, seen from a folder inside of the book or beside it.

    None where there is no book: a page that was taken out of it runs all the same.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        for book in (folder, folder / "book"):
            if (book / FOLDER.parts[0]).is_dir():
                return book / FOLDER
    return None


def _as_record(item: JudgedClaim) -> dict[str, Any]:
    largest = max((abs(d) for d in item.differences), default=0.0)
    low, mean, high, *differences = _to_digits(
        [item.low, item.mean_difference, item.high, *item.differences], largest
    )
    if item.claim.verdict(low, high) != item.verdict:
        raise ValueError(
            f"{item.claim.name}: an end of the interval lies on the margin, so that the last digit "
            f"of this computer would judge"
        )
    return {
        **{key: getattr(item.claim, key) for key in OF_CLAIM},
        "seeds": item.seeds, "looks": item.looks, "verdict": item.verdict,
        "mean": mean, "low": low, "high": high, "differences": differences,
    }  # fmt: skip


def _from_record(record: Mapping[str, Any]) -> JudgedClaim:
    claim = Claim(**{key: record[key] for key in OF_CLAIM})
    differences = tuple(record["differences"])
    judged = JudgedClaim(
        claim, record["mean"], record["low"], record["high"], len(differences), differences,
        record["seeds"], record["looks"],
    )  # fmt: skip
    if judged.verdict != record["verdict"]:
        raise ValueError(
            f"{claim.name}: the stored verdict is {record['verdict']}, the interval says "
            f"{judged.verdict}"
        )
    return judged


def _to_digits(numbers: Iterable[float], largest: float) -> list[float]:
    if largest == 0:
        return [float(number) for number in numbers]
    decimals = min(CLAIM_DIGITS - math.ceil(math.log10(largest)), 300)
    return [round(float(number), decimals) + 0.0 for number in numbers]  # no -0.0


def _rounded(array: np.ndarray[Any, Any], digits: int) -> np.ndarray[Any, Any]:
    if array.dtype.kind != "f":
        return array
    rounded = np.array([float(f"{number:.{digits}g}") for number in array.ravel().tolist()])
    return rounded.reshape(array.shape)


def _claims_that_differ(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    old_claims = {record["name"]: record for record in old["claims"]}
    if [record["name"] for record in new["claims"]] != list(old_claims):
        return [f"the claims: {[r['name'] for r in new['claims']]}, stored {list(old_claims)}"]
    found = []
    for record in new["claims"]:
        name, stored = record["name"], old_claims[record["name"]]
        changed = [
            f"{name}: {key} is {record[key]!r}, stored {stored[key]!r}"
            for key in (*OF_CLAIM, "seeds", "looks", "verdict")
            if record[key] != stored[key]
        ]
        found += changed
        if record["chaotic"] or changed:
            continue
        judged = _from_record(stored)
        if _from_record(record).measured != judged.measured:
            found.append(f"{name}: {_from_record(record).measured}, stored {judged.measured}")
        elif len(record["differences"]) != judged.n_pairs:
            found.append(f"{name}: {len(record['differences'])} pairs, stored {judged.n_pairs}")
        else:
            shown = judged.decimals
            one = 10.0**-shown if shown is not None else 1e-6 * abs(judged.mean_difference)
            apart = np.abs(np.subtract(record["differences"], judged.differences)).max()
            if apart > one:
                found.append(f"{name}: a pair's difference is off by {apart:.2g}")
    return found


def _arrays_that_differ(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    if list(new["arrays"]) != list(old["arrays"]):
        return [f"the arrays: {list(new['arrays'])}, stored {list(old['arrays'])}"]
    found = []
    for key, values in new["arrays"].items():
        a, b = np.asarray(values, dtype=float), np.asarray(old["arrays"][key], dtype=float)
        if a.shape != b.shape:
            found.append(f"{key}: shape {a.shape}, stored {b.shape}")
            continue
        largest = np.abs(b).max(initial=0.0)
        one = 10.0 ** (1 - DRAWN_DIGITS) * np.abs(b) + 1e-10 * largest
        if (np.abs(a - b) > one).any():
            found.append(f"{key}: off by {np.abs(a - b).max():.2g}")
    return found


def _write(name: str, record: Mapping[str, Any], differ: Any) -> None:
    if not PAGE.fullmatch(name):
        raise ValueError(f"the name must be like '03-momentum', got {name!r}")
    text = _text(record)
    if len(text) > LARGEST_FILE:
        raise ValueError(f"results must be a small file, at most {LARGEST_FILE} letters, "
                         f"got {len(text)}")  # fmt: skip
    where = os.environ.get("COURSE_RESULTS")
    if where == COMPARE:
        found = differ(json.loads(text), _read(name, None))
        if found:
            raise ResultsChangedError(f"{name}: " + "; ".join(found))
        return
    folder = Path(where) if where else stored_folder()
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def _read(name: str, folder: Path | None) -> dict[str, Any]:
    folder = folder or stored_folder()
    path = None if folder is None else folder / f"{name}.json"
    if path is None or not path.is_file():
        raise FileNotFoundError(
            f"there are no stored results {name!r}; run the page in book/evidence that makes them"
        )
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _text(record: Mapping[str, Any]) -> str:
    """Return a record as JSON, a key to a line, each row of numbers on one line."""
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    numbers = re.compile(r"\[\s*([-+.\deE]+|true|false)((?:,\s*(?:[-+.\deE]+|true|false))*)\s*\]")
    return numbers.sub(lambda m: "[" + re.sub(r"\s+", " ", m[1] + m[2]) + "]", text) + "\n"
