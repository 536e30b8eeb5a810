"""The notebooks to take away: an archive with all of them, the package and the results they load.

Each page offers the archive in its download menu. A notebook that is downloaded alone begins with a
cell that says what it needs. The notebooks of the archive have no outputs: the pages show them, and
whoever takes a notebook away runs it. Where the book is built without answers, so is the archive.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from without_answers import VARIABLE, page_without_answers

FOLDER = "_static/take-away"
NAME = "training-neural-networks"
ARCHIVE = f"{FOLDER}/{NAME}.zip"
LEFT_OUT = {"_build", ".ipynb_checkpoints"}
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of an archive: two builds make the same bytes
BUTTON = {
    "type": "link",
    "text": "All notebooks and the package (.zip)",
    "tooltip": "Download all notebooks and the package",
    "icon": "fas fa-box-archive",
    "label": "download-all-button",
}
CELL = "what-it-needs"
NEEDS = """**To run this notebook you need more than this file.** In the download menu of its page,
*All notebooks and the package* is an archive with all notebooks, the package `course_lib` and the
results that some notebooks load. Its README says how to begin. If you have the archive, you can
delete this cell."""
README = """Training neural networks, tested: the notebooks and their package
==================================================================

You need Python 3.11 or newer. In this folder, type

    python3 -m venv .venv
    . .venv/bin/activate              (Windows: .venv\\Scripts\\activate)
    python -m pip install jupyterlab jupyterlab-myst {wheel}
    python -m jupyterlab

and begin with before-you-start.ipynb. The first line makes a folder for what is installed, the
second goes into it; only the second and the last are needed the next time.

training, generalising, at-scale    the lessons
exercises                           the problem sets
evidence                            how we know what the lessons say; these notebooks take minutes
{wheel}    the package; `python -m course_lib doctor` says whether all is well

The notebooks have no outputs: run them. The book shows what they print.
Text and figures are under CC BY 4.0, the code is under the MIT licence.
"""


def build_wheel(root: Path, folder: Path) -> Path:
    """Build the wheel of the package with the backend that is installed, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"the wheel could not be built:\n{done.stderr}"
        raise RuntimeError(message)
    (wheel,) = folder.glob("*.whl")
    return wheel


def without_outputs(text: str) -> str:
    """Return a notebook's JSON without what its cells printed."""
    page = json.loads(text)
    for cell in page["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(page, indent=1, ensure_ascii=False) + "\n"


def notebooks(root: Path, with_answers: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the names and the contents of the notebooks, and of the results that they load."""
    book = root / "book"
    for path in sorted(book.rglob("*.ipynb")):
        if not LEFT_OUT & set(path.relative_to(book).parts):
            text = path.read_text(encoding="utf-8")
            if not with_answers:
                text = page_without_answers(text, notebook=True)
            yield path.relative_to(book).as_posix(), without_outputs(text).encode()
    for path in sorted((book / "evidence" / "results").glob("*.json")):
        yield path.relative_to(book).as_posix(), path.read_bytes()


def write_archive(root: Path, target: Path, with_answers: bool = True) -> None:
    """Write the archive of the project in `root`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w") as archive:
        wheel = build_wheel(root, Path(folder))
        readme = README.format(wheel=wheel.name).encode()
        files = [("README.txt", readme), (wheel.name, wheel.read_bytes())]
        for name, data in [*files, *notebooks(root, with_answers)]:
            entry = zipfile.ZipInfo(f"{NAME}/{name}", FIRST_DAY)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


def say_what_it_needs(text: str) -> str:
    """Return a notebook's JSON with a first cell that says what it needs besides its own file."""
    page = json.loads(text)
    if page["cells"] and page["cells"][0].get("id") == CELL:
        return text
    cell = {"cell_type": "markdown", "id": CELL, "metadata": {}, "source": NEEDS}
    page["cells"].insert(0, cell)
    return json.dumps(page, indent=1, ensure_ascii=False) + "\n"


def offer(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the archive into the download menu of a page."""
    for menu in context.get("header_buttons", []):
        if menu.get("label") == "download-buttons":
            menu["buttons"].insert(-1, {**BUTTON, "url": context["pathto"](ARCHIVE, 1)})


def on_finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the archive, and the first cells of the notebooks that pages offer."""
    if exception or app.builder.format != "html":
        return
    with_answers = not os.environ.get(VARIABLE)
    write_archive(Path(app.srcdir), Path(app.outdir, ARCHIVE), with_answers)
    for path in Path(app.outdir, "_sources").rglob("*.ipynb"):
        path.write_text(say_what_it_needs(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", offer, priority=900)
    app.connect("build-finished", on_finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
