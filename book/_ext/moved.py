"""Lets an old link to a section arrive after the section went to the evidence page.

``old-anchors.json`` has what a link could lead to (sections, formulas, exercises) on each chapter
when it was one page with its evidence. A lesson gets a script that sends a reader on, where the
part of the address behind ``#`` is not on the lesson and is on the evidence page. The script asks
nobody: which anchors those are stands in its tag.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

EVIDENCE = "book/evidence"
SCRIPT = "moved.js"
OLD_ANCHORS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("old-anchors.json").read_text(encoding="utf-8")
)


def evidence_of(env: BuildEnvironment, page: str) -> str | None:
    """Return the evidence page of a lesson, None if the page has none."""
    if page.removeprefix("book/") not in OLD_ANCHORS:
        return None
    evidence = f"{EVIDENCE}/{Path(page).name}"
    return evidence if evidence in env.found_docs else None


def anchors(doctree: nodes.document) -> set[str]:
    """Return all that a link to a page can lead to."""
    return {name for node in doctree.findall(nodes.Element) for name in node.get("ids", [])}


def moved_anchors(page: str, lesson: nodes.document, evidence: nodes.document) -> list[str]:
    """Return the old anchors of a lesson that are on its evidence page and no longer on its own."""
    there = anchors(evidence) - anchors(lesson)
    return [anchor for anchor in OLD_ANCHORS[page.removeprefix("book/")] if anchor in there]


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let a lesson load the script, and tell it where to send which anchors."""
    evidence = None if doctree is None else evidence_of(app.env, page)
    if evidence is None:
        return
    moved = moved_anchors(page, doctree, app.env.get_doctree(evidence))
    if not moved:
        return
    address = app.builder.get_relative_uri(page, evidence)
    told = {"data-evidence": address, "data-moved": " ".join(moved)}
    app.add_js_file(SCRIPT, loading_method="defer", **told)  # type: ignore[arg-type]


def read_again(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return the lessons whose evidence changed: what it has is told on their pages."""
    touched = added | changed | removed
    lessons = [page for page in env.found_docs if page.removeprefix("book/") in OLD_ANCHORS]
    return [page for page in lessons if f"{EVIDENCE}/{Path(page).name}" in touched]


def copy_script(app: Sphinx, exception: Exception | None) -> None:
    """Copy the script: from ``html_static_path`` Jupyter Book would add it to every page."""
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(exist_ok=True)
        shutil.copyfile(Path(__file__).with_name(SCRIPT), static / SCRIPT)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("env-get-outdated", read_again)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", copy_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
