"""The map of the lessons says what the boxes of the lessons say."""

import re
import sys
from io import StringIO
from pathlib import Path

import nbformat
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tools.freshness import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
BOX = """
:::{{admonition}} In this lesson
:class: objectives
- write it

**Time:** {minutes} minutes to read, 10 seconds to run. **Needs:** [](../before-you-start){needs}.
**Evidence:** [](../evidence/01-first).
:::
See also [](09-last).
"""


def write(folder: Path, name: str, title: str, box: str = "") -> None:
    """Write a lesson with a title, and a page that has it in the small book."""
    path = folder / "book" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = nbformat.v4.new_markdown_cell(f"# {title}\n{box}")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    path.with_suffix(".md").write_text(f"# {title}\n", encoding="utf-8")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Build a small book of three lessons, of which one has no box, and return its first page."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    monkeypatch.delitem(sys.modules, "lesson_map", raising=False)
    write(tmp_path, "training/01-first", "First & <best>", BOX.format(minutes=35, needs=""))
    needs = " and [](../training/01-first), [two](../generalising/05-middle)"
    write(tmp_path, "at-scale/09-last", "Last", BOX.format(minutes=45, needs=needs))
    write(tmp_path, "generalising/05-middle", "Middle")
    write(tmp_path, "evidence/01-first", "Evidence", BOX.format(minutes=5, needs=""))
    pages = "".join(
        f"{path.relative_to(tmp_path).with_suffix('')}\n" for path in sorted(tmp_path.rglob("*.md"))
    )
    text = f"# Book\n\n```{{lesson-map}}\n```\n\n```{{toctree}}\n{pages}```\n"
    (tmp_path / "index.md").write_text(text, encoding="utf-8")
    warnings = StringIO()
    settings = {"extensions": ["myst_parser", "lesson_map"], "exclude_patterns": ["_build"]}
    with patch_docutils(tmp_path), docutils_namespace():
        Sphinx(
            str(tmp_path), None, str(tmp_path / "_build"), str(tmp_path / "_trees"), "html",
            confoverrides=settings, status=None, warning=warnings,
        ).build()  # fmt: skip
    assert warnings.getvalue() == ""
    return (tmp_path / "_build" / "index.html").read_text(encoding="utf-8")


def test_the_table_has_each_lesson_once(built: str) -> None:
    """Times and what a lesson builds on, by its box alone; a chapter without one has none."""
    rows = re.findall(r"<tr><td>(.*?)</tr>", built, flags=re.DOTALL)
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row)).strip() for row in rows]
    assert texts == [
        "1 First &amp; &lt;best&gt; 35&nbsp;min 10&nbsp;s –",
        "5 Middle – – –",
        "9 Last 45&nbsp;min 10&nbsp;s 1, 5",
    ]
    assert 'href="book/at-scale/09-last.html"' in rows[2]
    assert "take about 1.3 hours to read" in built


def test_the_picture_has_a_line_for_each_need(built: str) -> None:
    """From the row of the lesson that is needed to the row of the one that needs it."""
    lines = re.findall(r'<path d="M104 (\d+) C.* 104 (\d+)"/>', built)
    assert lines == [("20", "100"), ("60", "100")]
    assert built.count("<circle") == 3
