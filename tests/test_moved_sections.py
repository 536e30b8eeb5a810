"""Old links to sections arrive: on the lesson, or on the evidence page that it sends them to."""

import json
import re
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tools.browser import browser, chromium, opened, served
from tools.comparisons import lessons
from tools.freshness import ROOT

HTML = ROOT / "_build" / "html" / "book"
EXTENSIONS = ROOT / "book" / "_ext"
OLD: dict[str, list[str]] = json.loads(
    (EXTENSIONS / "old-anchors.json").read_text(encoding="utf-8")
)
CUT = [path.relative_to(ROOT / "book").with_suffix("").as_posix() for path in lessons()]
# What no link can lead to any more, and why: {("training/03-momentum", "ex-mom-x"): "a reason"}.
GONE: dict[tuple[str, str], str] = {}

built = pytest.mark.skipif(not HTML.is_dir(), reason="the book is not built: run `make book` first")


def ids(page: Path) -> set[str]:
    """Return what a link to a built page can lead to."""
    return set(re.findall(r'\bid="([^"]*)"', page.read_text(encoding="utf-8")))


def lost(name: str, html: Path = HTML) -> list[str]:
    """Return the old anchors of a chapter that are on neither of its pages."""
    stem = Path(name).name
    there = ids(html / f"{name}.html") | ids(html / "evidence" / f"{stem}.html")
    return [anchor for anchor in OLD[name] if anchor not in there]


def test_every_chapter_has_its_old_anchors() -> None:
    """Ten chapters, each with its title and its sections, and no anchor twice."""
    assert [Path(name).name[:2] for name in sorted(OLD, key=lambda n: Path(n).name)] == [
        f"{number:02}" for number in range(1, 11)
    ]
    assert all(len(set(anchors)) == len(anchors) > 15 for anchors in OLD.values())
    assert all("exercises" in anchors for anchors in OLD.values())
    assert all((ROOT / "book" / f"{name}.ipynb").is_file() for name in OLD)


@built
@pytest.mark.parametrize("name", CUT)
def test_no_old_anchor_is_lost(name: str) -> None:
    """Each is on the lesson or on its evidence page, unless it is known to be gone."""
    gone = [anchor for page, anchor in GONE if page == name]
    assert lost(name) == gone


def test_a_lost_anchor_is_found(tmp_path: Path) -> None:
    """One that is on neither page is told, in the order of the old page."""
    for folder in ("training", "evidence"):
        (tmp_path / folder).mkdir()
    title, first, second, *others = OLD["training/03-momentum"]
    lesson = "".join(f'<p id="{anchor}">' for anchor in [title, *others])
    (tmp_path / "training" / "03-momentum.html").write_text(lesson, encoding="utf-8")
    evidence = tmp_path / "evidence" / "03-momentum.html"
    evidence.write_text(f'<p id="{second}">', encoding="utf-8")
    assert lost("training/03-momentum", tmp_path) == [first]


# ------------------------------------------------------------------ on a small book

LESSON = """# Momentum

```{math}
:label: eq-momentum
v = 1
```

## Exercises
"""
PAGE = """# Evidence: momentum

## A fair race

```{math}
:label: eq-valley
w = 1
```

## Exercises

## New
"""


class Book:
    """A small book with a lesson and its evidence."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "_build"
        for name in ("training", "evidence"):
            (folder / "book" / name).mkdir(parents=True)

    def build(self, **pages: str) -> None:
        """Write pages and build what changed."""
        for name, text in pages.items():
            path = self.folder / "book" / name / "03-momentum.md"
            path.write_text(text, encoding="utf-8")
        pages_there = sorted((self.folder / "book").rglob("*.md"))
        toc = "".join(f"{p.relative_to(self.folder).with_suffix('')}\n" for p in pages_there)
        index = f"# Book\n\n```{{toctree}}\n{toc}```\n"
        (self.folder / "index.md").write_text(index, encoding="utf-8")
        settings = {"extensions": ["myst_parser", "moved"], "exclude_patterns": ["_build"]}
        with patch_docutils(self.folder), docutils_namespace():
            app = Sphinx(
                str(self.folder), None, str(self.out), str(self.out / ".doctrees"), "html",
                confoverrides=settings, status=None, warning=StringIO(),
            )  # fmt: skip
            app.build()

    def script(self, page: str = "book/training/03-momentum") -> dict[str, str] | None:
        """Return what a page tells the script, None if it does not load it."""
        text = (self.out / f"{page}.html").read_text(encoding="utf-8")
        tag = re.search(r"<script[^>]*moved\.js[^>]*>", text)
        return dict(re.findall(r'data-(\w+)="([^"]*)"', tag[0])) if tag else None


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Make the book."""
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    monkeypatch.delitem(sys.modules, "moved", raising=False)
    return Book(tmp_path)


ignored = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@ignored
def test_a_lesson_tells_what_moved(book: Book) -> None:
    """Old anchors that only its evidence has; nothing new, and nothing that is on both pages."""
    book.build(training=LESSON, evidence=PAGE)
    assert book.script() == {
        "evidence": "../evidence/03-momentum.html",
        "moved": "equation-eq-valley a-fair-race",
    }
    assert book.script("book/evidence/03-momentum") is None
    assert (book.out / "_static" / "moved.js").is_file()


@ignored
def test_a_chapter_that_is_one_page_sends_nobody_anywhere(book: Book) -> None:
    """There is no script before an evidence page has what the lesson lacks."""
    book.build(training=LESSON)
    assert book.script() is None
    book.build(evidence="# Evidence: momentum\n\n## Exercises\n")
    assert book.script() is None
    book.build(evidence=PAGE)
    assert book.script() is not None


@ignored
def test_the_lesson_follows_its_evidence(book: Book) -> None:
    """A section that the evidence loses is no longer told, though the lesson stayed as it was."""
    book.build(training=LESSON, evidence=PAGE)
    book.build(evidence=PAGE.replace("## A fair race", "## Another"))
    assert book.script() == {
        "evidence": "../evidence/03-momentum.html",
        "moved": "equation-eq-valley",
    }


@ignored
@pytest.mark.skipif(chromium() is None, reason="no chromium on PATH")
def test_an_old_link_arrives(book: Book) -> None:
    """From a file and from a server; a section of the lesson stays there, as does nonsense."""
    book.build(training=LESSON, evidence=PAGE)
    page_name = "book/training/03-momentum.html"
    arrived: dict[str, list[Any]] = {}
    with served(book.out) as address, browser() as running, opened(running, 390, "light") as page:
        for base in (address, f"{book.out.as_uri()}/"):
            for anchor in ("a-fair-race", "exercises", "nowhere", "%E0"):
                page.goto(f"{base}{page_name}#{anchor}")
                page.wait_for_timeout(300)
                arrived.setdefault(anchor, []).append(page.url.removeprefix(base))
            page.goto(f"{base}{page_name}")
            page.evaluate("location.hash = 'equation-eq-valley'")
            page.wait_for_timeout(300)
            arrived.setdefault("later", []).append(page.url.removeprefix(base))
    assert arrived == {
        "a-fair-race": ["book/evidence/03-momentum.html#a-fair-race"] * 2,
        "exercises": [f"{page_name}#exercises"] * 2,
        "nowhere": [f"{page_name}#nowhere"] * 2,
        "%E0": [f"{page_name}#%E0"] * 2,
        "later": ["book/evidence/03-momentum.html#equation-eq-valley"] * 2,
    }
