"""Takes text fragments off the links in an output, such as those of scikit-learn's diagrams.

The theme's script, which marks the present section in the table of contents, reads the part of a
link behind ``#`` as a selector. ``#:~:text=...`` is none, and the script would stop.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

TEXT_FRAGMENT = re.compile(r'(href="[^"#]*)#:~:text=[^"]*"')


def leave_out_fragments(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let such a link point to the page as a whole."""
    if context.get("body"):
        context["body"] = TEXT_FRAGMENT.sub(r'\1"', context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", leave_out_fragments, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
