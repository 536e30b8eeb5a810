"""Lets a folded cell be called what it shows, "Show code cell source", by screen readers, too."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

LABEL = '<summary aria-label="Toggle hidden content">'


def leave_out_labels(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take the label away that says something else than the text below it."""
    if context.get("body"):
        context["body"] = context["body"].replace(LABEL, "<summary>")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", leave_out_labels, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
