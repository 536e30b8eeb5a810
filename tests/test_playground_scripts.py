"""The playground's scripts are loaded by its own page alone, in their order."""

import re
import sys
from io import StringIO
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tests.playground_in_browser import FOLDER, extension
from tools.freshness import ROOT

HTML = ROOT / "_build" / "html"
STATIC = ROOT / "book" / "_static"
SCRIPT = re.compile(r'<script[^>]*src="[^"]*playground/([^"?]*)')

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


PAGES = {"playground": True, "playground/about": True, "playgrounds": False, "index": False}


def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build four pages with the book's scripts, and return the folder."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    monkeypatch.delitem(sys.modules, "playground_scripts", raising=False)
    source, out = tmp_path / "source", tmp_path / "out"
    for name in PAGES:
        page = source / "book" / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"# {name}\n", encoding="utf-8")
    toctree = "".join(f"{name}\n" for name in PAGES if name != "index")
    (source / "book" / "index.md").write_text(
        f"# Index\n\n```{{toctree}}\n{toctree}```\n", encoding="utf-8"
    )
    warnings = StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            srcdir=source, confdir=None, outdir=out, doctreedir=tmp_path / "trees",
            buildername="html", status=None, warning=warnings,
            confoverrides={
                "extensions": ["myst_parser", "playground_scripts"],
                "html_static_path": [str(STATIC)],
                "root_doc": "book/index",
            },
        )  # fmt: skip
        app.build()
    assert not warnings.getvalue()
    return out


def test_only_the_playground_loads_its_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the list; each is there, and other pages load none."""
    names = extension().SCRIPTS
    out = built(tmp_path, monkeypatch)
    for page, there in PAGES.items():
        text = (out / "book" / f"{page}.html").read_text(encoding="utf-8")
        assert SCRIPT.findall(text) == (list(names) if there else []), page
        sheets = [sheet.name for sheet in FOLDER.glob("*.css") if there]
        assert all(f"playground/{sheet}" in text for sheet in sheets)
    assert all((out / "_static" / "playground" / name).is_file() for name in names)


def test_every_script_has_its_place() -> None:
    """The list has what lies in the folder, nothing twice."""
    names = extension().SCRIPTS
    assert sorted(names) == sorted(path.name for path in FOLDER.glob("*.js"))


def test_a_script_without_a_place_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build with warnings fails."""
    module = extension()
    folder = tmp_path / "playground"
    folder.mkdir()
    for name in (*module.SCRIPTS[1:], "more.js"):
        (folder / name).write_text("/**/", encoding="utf-8")
    seen = []
    monkeypatch.setattr(module, "FOLDER", folder)
    monkeypatch.setattr(module.logging, "getLogger", lambda _name: type("", (), {
        "warning": staticmethod(lambda text, *parts: seen.append(text % parts))})())  # fmt: skip
    module.check_list(None)
    first = f"the playground's {module.SCRIPTS[0]} is not in playground"
    assert sorted(seen) == sorted([first, "the playground's more.js is not in SCRIPTS"])


@pytest.mark.skipif(not HTML.is_dir(), reason="the book is not built: run `make book` first")
def test_no_other_page_of_the_built_book_loads_them() -> None:
    """The whole book, as it was built last."""
    loading = {
        page.relative_to(HTML).as_posix()
        for page in HTML.rglob("*.html")
        if SCRIPT.search(page.read_text(encoding="utf-8"))
    }
    assert all(page.startswith("book/playground") for page in loading)
