"""The playground's scripts in a real browser, on a page that was opened as a file."""

import base64
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.browser import browser
from tools.freshness import ROOT

FOLDER = ROOT / "book" / "_static" / "playground"
# Typed arrays travel as text: a million numbers one by one would take most of a test's time.
SEND = """
const send = array => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let letters = '';
    for (let start = 0; start < bytes.length; start += 32768) {
        letters += String.fromCharCode(...bytes.subarray(start, start + 32768));
    }
    return btoa(letters);
};
"""


def extension() -> Any:
    """Return the module that lists the scripts for Sphinx."""
    path = ROOT / "book" / "_ext" / "playground_scripts.py"
    spec = importlib.util.spec_from_file_location("playground_scripts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_browser(tmp_path: Path, *tasks: tuple[str, Any]) -> list[Any]:
    """Return what each task gives: the body of a function in JavaScript, and its argument `given`.

    All tasks run on one page that has loaded the scripts; whatever goes wrong there is raised here,
    after the browser has closed.
    """
    names = extension().SCRIPTS
    tags = "".join(f'<script src="{(FOLDER / name).as_uri()}"></script>' for name in names)
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{tags}", encoding="utf-8")
    problems: list[str] = []
    with browser() as running:
        page = running.new_page()
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.on("console", lambda message: problems.append(message.text))
        page.goto(file.as_uri())
        results = [
            page.evaluate(f"given => {{ {SEND} {body} }}", json.loads(json.dumps(given)))
            for body, given in tasks
        ]
    assert not problems
    return results


def received(text: str, dtype: str = "<f8") -> NDArray[Any]:
    """Return the array that `send` has made a text of."""
    return np.frombuffer(base64.b64decode(text), dtype)
