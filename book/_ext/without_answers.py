"""The book without answers: ``make book-without-answers``.

Where the environment variable ``COURSE_WITHOUT_ANSWERS`` is set, solutions are taken out of every
page before it is read, and out of the notebooks that the pages offer; so are the outputs that
answer a question. (``hide_solutions`` of sphinx-exercise does not know solutions that span several
cells.)
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

VARIABLE = "COURSE_WITHOUT_ANSWERS"
BOX = re.compile(r"^(`{3,}|:{3,})\{solution\}.*?^\1[ \t]*$\n?", flags=re.DOTALL | re.MULTILINE)
START = re.compile(r"^(`{3,}|:{3,})\{solution-start\}.*?^\1[ \t]*$\n?", re.DOTALL | re.MULTILINE)
END = re.compile(r"^(`{3,}|:{3,})\{solution-end\}.*?^\1[ \t]*$\n?", re.DOTALL | re.MULTILINE)
WHOLE = re.compile(f"(?:{START.pattern}).*?(?:{END.pattern.replace(chr(92) + '1', chr(92) + '2')})",
                   flags=re.DOTALL | re.MULTILINE)  # fmt: skip


def without_boxes(text: str) -> str:
    """Return a Markdown text without the solutions that begin and end in it."""
    return BOX.sub("", WHOLE.sub("", text))


def without_answers(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a notebook's cells without solutions, and without outputs that answer a question."""
    kept, inside = [], False
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = without_boxes(source)
            ends, starts = END.search(source), START.search(source)
            if inside and ends:
                source, inside = source[ends.end() :], False
                starts = START.search(source)
            elif inside:
                continue
            if starts:
                source, inside = source[: starts.start()], True
            if not source.strip():
                continue
            cell = {**cell, "source": source}
        elif inside:
            continue
        elif "hide-output" in cell["metadata"].get("tags", []):
            tags = [tag for tag in cell["metadata"]["tags"] if tag != "hide-output"]
            cell = {**cell, "outputs": [], "metadata": {**cell["metadata"], "tags": tags}}
        kept.append(cell)
    return kept


def page_without_answers(text: str, notebook: bool) -> str:
    """Return the text of a page, a notebook's JSON or Markdown, without answers."""
    if not notebook:
        return without_boxes(text)
    page = json.loads(text)
    page["cells"] = without_answers(page["cells"])
    return json.dumps(page, indent=1, ensure_ascii=False) + "\n"


def on_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Take the answers out of a page that is about to be read."""
    source[0] = page_without_answers(source[0], str(app.env.doc2path(docname)).endswith(".ipynb"))


def on_finish(app: Sphinx, exception: Exception | None) -> None:
    """Take them out of the copies that readers can download."""
    if exception is None and app.builder.format == "html":
        for path in (Path(app.outdir) / "_sources").rglob("*.*"):
            if path.suffix in {".ipynb", ".md", ".txt"}:
                text = path.read_text(encoding="utf-8")
                path.write_text(
                    page_without_answers(text, path.suffix == ".ipynb"), encoding="utf-8"
                )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    if os.environ.get(VARIABLE):
        app.connect("source-read", on_read)
        app.connect("build-finished", on_finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
