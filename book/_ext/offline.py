"""Makes the built book self-contained: no page asks another host for anything.

MathJax is copied from the installed ``sphinx-mathjax-offline`` package (only the parts that the
book can use, 2.6 MB of 24), and the scripts of Thebe are left out, since they name an outside host.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

MATHJAX = "mathjax/tex-mml-chtml.js"
MATHJAX_PARTS = (
    "tex-mml-chtml.js",
    "input/tex/extensions",
    "output/chtml/fonts/woff-v2",
    "a11y/assistive-mml.js",
    "ui",
)
THEBE_SETTINGS = re.compile(
    r'\s*<script type="text/x-thebe-config">.*?</script>\s*<script>kernelName = .*?</script>',
    flags=re.DOTALL,
)


def point_to_local_mathjax(app: Sphinx, config: Config) -> None:
    """Let the pages load the copy of MathJax that is built into the book."""
    config.mathjax_path = MATHJAX


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Copy MathJax beside the built pages.

    It must not lie in ``html_static_path``: Jupyter Book adds every script that it finds there to
    every page.
    """
    if exception or app.builder.format != "html":
        return
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    if package is None or package.origin is None:
        message = "sphinx-mathjax-offline is not installed; install requirements.txt"
        raise RuntimeError(message)
    source = Path(package.origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    for part in MATHJAX_PARTS:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, dirs_exist_ok=True)
        else:
            shutil.copyfile(source / part, target / part)


def mentions_thebe(script: Any) -> bool:
    """Tell whether a page's script (a file or an inline body) belongs to Thebe."""
    attributes = getattr(script, "attributes", {})
    return "thebe" in f"{getattr(script, 'filename', '')} {attributes.get('body', '')}".lower()


def leave_out_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take Thebe's scripts and settings out of a page."""
    context["script_files"] = [s for s in context.get("script_files", []) if not mentions_thebe(s)]
    if context.get("body"):
        context["body"] = THEBE_SETTINGS.sub("", context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", point_to_local_mathjax)
    app.connect("html-page-context", leave_out_thebe, priority=900)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
