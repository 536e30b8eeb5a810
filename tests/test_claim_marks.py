"""The role ``{claim}`` and the ledger, on a small book that is built for them."""

import json
import re
import shutil
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from course_lib.evidence import Claim, JudgedClaim, claims_table, publish
from tools.freshness import ROOT

EXTENSIONS = ROOT / "book" / "_ext"
PAGE = """# A lesson

Momentum is faster. {claim}`holds mom-fast` Decay is not. {claim}`fails decay-fast`
Who knows. {claim}`undecided
nobody-knows`
"""
LEDGER = """# All claims

```{ledger} summary
```

```{ledger} table
```
"""


def judged(name: str, mean: float, **changes: object) -> JudgedClaim:
    """Return a judged claim: twenty pairs around a mean, a margin of 0.1."""
    given = {"sentence": f"The <{name}> claim", "source": "002", "measure": "accuracy"} | changes
    claim = Claim(direction="greater", smallest_difference=0.1, name=name, **given)  # type: ignore[arg-type]
    differences = np.random.default_rng(0).normal(0, 0.1, 20)
    differences += mean - differences.mean()
    return claim.judge(differences, 0 * differences, np.random.default_rng(0), seeds=range(20))


CLAIMS = {
    "03-momentum": [judged("mom-fast", 0.4), judged("nobody-knows", 0.1)],
    "04-decay": [
        judged("decay-fast", 0.0, source="ours"),
        judged("gone", 0.4, withdrawn="it judged a definition"),
        judged("again", 0.145, earlier="undecided: +0.1 [0.0, +0.2]"),
    ],
}


class Book:
    """A small book with two evidence pages; `build` returns what Sphinx warned of."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "_build"
        book = folder / "book"
        (book / "evidence").mkdir(parents=True)
        (book / "training").mkdir()
        (book / "reference").mkdir()
        rows = "\n".join(claims_table(CLAIMS[page])._repr_html_() for page in CLAIMS)
        assert 'id="claim-mom-fast"' in rows
        for page, claims in CLAIMS.items():
            table = claims_table(claims)._repr_html_()
            text = f"# Evidence: the {page}\n\n```{{raw}} html\n{table}\n```\n"
            (book / "evidence" / f"{page}.md").write_text(text, encoding="utf-8")
        (book / "reference" / "ledger.md").write_text(LEDGER, encoding="utf-8")
        pages = [*(f"evidence/{page}" for page in CLAIMS), "training/a", "reference/ledger"]
        toc = "".join(f"book/{page}\n" for page in pages)
        index = f"# Book\n\n```{{toctree}}\n{toc}```\n"
        (folder / "index.md").write_text(index, encoding="utf-8")

    def write(self, text: str = PAGE) -> None:
        """Write the lesson."""
        (self.folder / "book" / "training" / "a.md").write_text(text, encoding="utf-8")

    def build(self) -> str:
        """Build what changed."""
        warnings = StringIO()
        settings = {"extensions": ["myst_parser", "claims"], "exclude_patterns": ["_build"]}
        with patch_docutils(self.folder), docutils_namespace():
            app = Sphinx(
                str(self.folder), None, str(self.out), str(self.out / ".doctrees"), "html",
                confoverrides=settings, status=None, warning=warnings,
            )  # fmt: skip
            app.build()
        return re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())

    def page(self, name: str) -> str:
        """Return a built page."""
        return (self.out / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Make the book, with its results."""
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    monkeypatch.delitem(sys.modules, "claims", raising=False)
    made = Book(tmp_path)
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path / "book" / "evidence" / "results"))
    for page, claims in CLAIMS.items():
        publish(page, claims_table(claims))
    return made


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_marks_lead_to_the_rows(book: Book) -> None:
    """Sign, word, sentence and address; the row that it leads to exists."""
    book.write()
    assert book.build() == ""
    marks = re.findall(r'<a class="claim claim-(\w+)" href="([^"]*)" title="([^"]*)">(.*?)</a>',
                       book.page("book/training/a"))  # fmt: skip
    assert [(word, address) for word, address, _, _ in marks] == [
        ("holds", "../evidence/03-momentum.html#claim-mom-fast"),
        ("fails", "../evidence/04-decay.html#claim-decay-fast"),
        ("undecided", "../evidence/03-momentum.html#claim-nobody-knows"),
    ]
    assert marks[0][2] == "holds: The &lt;mom-fast&gt; claim"
    assert [re.sub("<[^>]*>", " ", inside).split() for *_, inside in marks] == [
        ["✓", "tested:", "holds"], ["✗", "tested:", "fails"], ["?", "tested:", "undecided"],
    ]  # fmt: skip
    assert 'aria-hidden="true">✓' in marks[0][3]
    assert 'id="claim-mom-fast"' in book.page("book/evidence/03-momentum")


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("fails mom-fast", "claim 'fails mom-fast': the stored verdict is holds"),
        ("holds no-such", "claim 'holds no-such': no claim has that name"),
        ("wins mom-fast", r"write a verdict \(holds, fails, undecided\) and a claim's name"),
        ("holds", "write a verdict"),
        ("holds gone", "the claim is withdrawn: it judged a definition"),
    ],
)
def test_a_wrong_mark_warns(book: Book, mark: str, said: str) -> None:
    """Another word than the stored verdict, no such name, a withdrawn claim: with its place."""
    book.write(f"# A lesson\n\nSo it is. {{claim}}`{mark}`\n")
    assert re.search(rf"a\.md:3: WARNING: .*{said}", book.build())


def test_a_changed_verdict_is_noticed_by_the_next_build(book: Book) -> None:
    """The lesson is read again when the file of its claims changes."""
    book.write()
    assert book.build() == ""
    publish("03-momentum", claims_table([judged("mom-fast", -0.4), judged("nobody-knows", 0.1)]))
    assert "the stored verdict is fails" in book.build()


def test_a_name_on_two_pages_warns(book: Book) -> None:
    """Nobody could say which of them a mark means."""
    book.write()
    publish("05-other", claims_table([judged("mom-fast", 0.4)]))
    assert "claim mom-fast is on 03-momentum and on 05-other" in book.build()


def test_the_ledger_has_every_claim_and_counts_them(book: Book) -> None:
    """A row for each, with what filters it; withdrawn claims are listed and not counted."""
    book.write()
    book.build()
    page = book.page("book/reference/ledger")
    rows = re.findall(r"<tr (data-.*?)</tr>", page, flags=re.DOTALL)
    assert len(rows) == 5
    assert [re.findall(r'data-verdict="(\w+)"', row)[0] for row in rows] == [
        "holds", "undecided", "fails", "holds", "holds",
    ]  # fmt: skip
    assert rows[0].startswith('data-chapter="03 The 03-momentum"')
    assert 'href="../evidence/04-decay.html#claim-gone">The &lt;gone&gt; claim</a>' in rows[3]
    assert "Withdrawn: it judged a definition" in rows[3]
    assert "for all at once" not in rows[3]
    assert "before: undecided: +0.1 [0.0, +0.2]" in rows[4]
    assert 'data-together="undecided" data-status="redone"' in rows[4]
    assert "20 pairs, seeds 0 to 19" in rows[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    # Five claims, one of them judged twice: six looks.
    assert "The book has 5 claims from 2 chapters." in text
    assert "Judged again on new seeds: 1. Withdrawn, and not counted below: 1." in text
    assert "Intervals that were looked at: 6." in text
    assert re.search(r"at most 0\.[12] verdicts of the 3 decided ones", text)
    assert re.search(r"✓(?:&nbsp;|\xa0)holds\s+2 1 ", text)
    assert re.search(r"✗(?:&nbsp;|\xa0)fails\s+1 1 ", text)


def test_the_script_is_loaded_by_the_ledger_alone(book: Book) -> None:
    """And it is there."""
    book.write()
    book.build()
    assert "_static/ledger.js" in book.page("book/reference/ledger")
    assert "ledger.js" not in book.page("book/training/a")
    assert (book.out / "_static" / "ledger.js").is_file()


def test_a_book_without_results_is_built(book: Book) -> None:
    """The ledger says that there is nothing yet."""
    shutil.rmtree(book.folder / "book" / "evidence" / "results")
    book.write("# A lesson\n\nNothing.\n")
    assert book.build() == ""
    assert "No page has stored its claims yet." in book.page("book/reference/ledger")


def test_what_lessons_draw_is_no_claim(book: Book) -> None:
    """A file of arrays lies in the same folder."""
    path = book.folder / "book" / "evidence" / "results" / "03-momentum-race.json"
    path.write_text(json.dumps({"arrays": {"x": [1.0]}}), encoding="utf-8")
    book.write()
    assert book.build() == ""
