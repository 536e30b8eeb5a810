"""Lets the playground's page load its scripts, in their order, and no other page.

They lie in ``book/_static/playground``. Jupyter Book adds every script and every style sheet that
it finds below ``_static`` to every page, in no order that could be told: here each page but the
playground's loses them again, and the playground gets them one after the other. They are classic
scripts: a page that was opened as a file may load no modules.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
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


def own_name(file: Any) -> str | None:
    """Return the name of a script or a style sheet of the playground, None if it is another's."""
    path = PurePosixPath(str(getattr(file, "filename", None) or ""))
    return path.name if path.parent.name == FOLDER.name else None


def only_there(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take the playground's files from all other pages, and put them into order on its own."""
    for kind, order in (("script_files", SCRIPTS), ("css_files", ())):
        own = [file for file in context.get(kind, []) if own_name(file)]
        others = [file for file in context.get(kind, []) if not own_name(file)]
        if page == PAGE or page.startswith(f"{PAGE}/"):
            places = {name: place for place, name in enumerate(order)}
            own.sort(key=lambda file: places.get(own_name(file) or "", len(places)))
            others += own
        context[kind] = others


def check_list(app: Sphinx) -> None:
    """Warn of scripts that are in the folder and not in the list, or the other way round."""
    there = {path.name for path in FOLDER.glob("*.js")}
    for name in sorted(there ^ set(SCRIPTS)):
        where = "not in SCRIPTS" if name in there else f"not in {FOLDER.name}"
        logging.getLogger(__name__).warning("the playground's %s is %s", name, where)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", check_list)
    app.connect("html-page-context", only_there, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
