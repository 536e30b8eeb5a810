"""Lets the playground's page load its scripts, in their order, and no other page.

They lie in ``book/_static/playground`` and are copied with the rest of that folder. They are
classic scripts, each with what stands before it: a page that was opened as a file may load no
modules.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

PAGE = "book/playground"  # or the pages of a folder of this name
FOLDER = Path(__file__).parents[1] / "_static" / "playground"
# Each uses only what stands before it while it loads.
SCRIPTS = (
    "floats.js",
    "data.js",
    "random.js",
    "parameters.js",
    "losses.js",
    "network.js",
    "dropout.js",
    "batches.js",
    "momentum.js",
    "penalties.js",
    "weight_decay.js",
    "schedules.js",
    "training.js",
    "datasets.js",
    "sources.js",
    "experiment.js",
    "python.js",
)


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let the playground's page load its scripts and style sheets."""
    if page == PAGE or page.startswith(f"{PAGE}/"):
        for name in SCRIPTS:
            app.add_js_file(f"{FOLDER.name}/{name}")
        for sheet in sorted(FOLDER.glob("*.css")):
            app.add_css_file(f"{FOLDER.name}/{sheet.name}")


def check_list(app: Sphinx) -> None:
    """Warn of scripts that are in the folder and not in the list, or the other way round."""
    there = {path.name for path in FOLDER.glob("*.js")}
    for name in sorted(there ^ set(SCRIPTS)):
        where = "not in SCRIPTS" if name in there else f"not in {FOLDER.name}"
        logging.getLogger(__name__).warning("the playground's %s is %s", name, where)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", check_list)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
