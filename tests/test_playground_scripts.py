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


def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, static: Path) -> tuple[Path, str]:
    """Build three pages as Jupyter Book would, and return the folder and the warnings."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    monkeypatch.delitem(sys.modules, "playground_scripts", raising=False)
    source, out = tmp_path / "source", tmp_path / "out"
    for name in ("book/playground", "book/playground/about", "book/playgrounds"):
        page = source / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"# {name}\n", encoding="utf-8")
    # Jupyter Book adds whatever it finds, in the order in which it finds it.
    found = {
        kind: [path.relative_to(static).as_posix() for path in sorted(static.rglob(f"*.{kind}"))]
        for kind in ("js", "css")
    }
    warnings = StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            srcdir=source, confdir=None, outdir=out, doctreedir=tmp_path / "trees",
            buildername="html", status=None, warning=warnings,
            confoverrides={
                "extensions": ["myst_parser", "playground_scripts"],
                "html_static_path": [str(static)],
                "html_js_files": found["js"], "html_css_files": found["css"],
                "root_doc": "book/playground",
            },
        )  # fmt: skip
        app.build()
    return out, warnings.getvalue()


def test_only_the_playground_loads_its_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the list; its files are copied, and other scripts stay where they were."""
    static = tmp_path / "static"
    (static / "playground").mkdir(parents=True)
    names = extension().SCRIPTS
    for name in ("playground/look.css", "other.css", "other.js"):
        (static / name).write_text("/**/", encoding="utf-8")
    for name in names:
        (static / "playground" / name).write_text("/**/", encoding="utf-8")
    out, _ = built(tmp_path, monkeypatch, static)
    for page, there in (("playground", True), ("playground/about", True), ("playgrounds", False)):
        text = (out / "book" / f"{page}.html").read_text(encoding="utf-8")
        assert SCRIPT.findall(text) == (list(names) if there else []), page
        assert ("playground/look.css" in text) == there
        assert "other.css" in text
        assert "other.js" in text
    assert (out / "_static" / "playground" / names[0]).is_file()


def test_every_script_has_its_place() -> None:
    """The list has what lies in the folder, nothing twice."""
    names = extension().SCRIPTS
    assert sorted(names) == sorted(path.name for path in FOLDER.glob("*.js"))


def test_a_script_without_a_place_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build with warnings fails."""
    module = extension()
    assert "SCRIPTS" not in built(tmp_path / "whole", monkeypatch, STATIC)[1]
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
    """Jupyter Book would have added all of them to every page."""
    loading = {
        page.relative_to(HTML).as_posix()
        for page in HTML.rglob("*.html")
        if SCRIPT.search(page.read_text(encoding="utf-8"))
    }
    assert all(page.startswith("book/playground") for page in loading)
