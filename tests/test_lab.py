"""A student's evening in a real JupyterLab: problem set 3 from the wrong answer to the right one.

The lab serves a copy of the book on this machine alone; its browser may ask for nothing else.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, expect

from tools.browser import browser, chromium
from tools.freshness import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no chromium on PATH"),
]
SET = Path("exercises", "03-momentum.ipynb")
LESSON = Path("training", "03-momentum.ipynb")
SETTINGS = {
    # All cells are there at once, not only those in the window.
    "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
PATIENCE = 120_000  # milliseconds, for a slow machine
WRONG = "    v = beta * v + gradient\n    return w - learning_rate * v, v"
RIGHT = "    v = beta * v + (1 - beta) * gradient\n    return w - learning_rate * v, v"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Start JupyterLab on a copy of two notebooks; give the address of its files."""
    for name in (SET, LESSON):
        (tmp_path / "work" / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / "book" / name, tmp_path / "work" / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, home = secrets.token_hex(16), tmp_path / "home"
    for name, settings in SETTINGS.items():
        path = home / "config" / "lab" / "user-settings" / "@jupyterlab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONPATH": str(ROOT),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={tmp_path / 'work'}",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}/"
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            assert server.poll() is None, (tmp_path / "lab.log").read_text(encoding="utf-8")
            try:
                urllib.request.urlopen(f"{address}api?token={token}", timeout=5)
                break
            except (URLError, OSError):
                time.sleep(0.2)
        yield f"{address}lab/tree/{{}}?token={token}"
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def page(lab: str) -> Iterator[Page]:
    """Open a page that asks no machine but this one."""
    asked = []
    with browser() as chrome:
        context = chrome.new_context(viewport={"width": 1280, "height": 900})
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE)
        opened.on("request", lambda request: asked.append(urlparse(request.url).hostname))
        yield opened
        context.close()
    assert lab
    assert set(asked) <= {"127.0.0.1", None, ""}, set(asked)


def open_notebook(page: Page, lab: str, name: Path) -> None:
    """Open a notebook and wait until its cells are there and its kernel is idle."""
    page.goto(lab.format(name.as_posix()))
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(
        timeout=PATIENCE
    )


def run_all(page: Page) -> None:
    """Run all cells; a kernel that says that it is idle may not hear the first time."""
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    for _ in range(20):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            expect(prompt).to_have_text(re.compile(r"\[(\d+|\*)\]"), timeout=5000)
            break
        except AssertionError:
            page.keyboard.press("Escape")  # a dialog, if there is one


def cell_with(words: str) -> str:
    """Return how to find the cell of code that has some words."""
    return f".jp-CodeCell:has(.jp-InputArea-editor:has-text({json.dumps(words)}))"


def answer(page: Page, name: str, body: str) -> None:
    """Replace the body of a function by another one."""
    cell = page.locator(cell_with(f"def {name}("))
    cell.scroll_into_view_if_needed()
    editor = cell.locator(".cm-content")
    lines = editor.inner_text().splitlines()
    head = [line for line in lines if line.startswith(("def ", '    """'))]
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("\n".join([*head, body]))


def run(page: Page, words: str) -> None:
    """Run the cell of code that has some words, and wait for its number."""
    cell = page.locator(cell_with(words))
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"), timeout=PATIENCE)


def output_of(page: Page, words: str) -> str:
    """Return what the cell with some words printed."""
    output = page.locator(f"{cell_with(words)} .jp-OutputArea-output").last
    expect(output).to_be_visible(timeout=PATIENCE)
    return output.inner_text()


def test_set_3_from_the_wrong_answer_to_the_right_one(page: Page, lab: str, tmp_path: Path) -> None:
    """Open, run, answer wrongly, read the feedback, answer rightly, save."""
    open_notebook(page, lab, SET)
    run_all(page)
    check = 'check("momentum.step"'
    assert "nothing is written yet" in output_of(page, check)

    answer(page, "momentum_step", WRONG)
    run(page, "def momentum_step(")
    run(page, check)
    feedback = output_of(page, check)
    assert "the factor 1 - beta is missing" in feedback
    assert "Read again" in feedback

    answer(page, "momentum_step", RIGHT)
    run(page, "def momentum_step(")
    run(page, check)
    assert "momentum.step: right." in output_of(page, check)

    page.keyboard.press("ControlOrMeta+s")
    stored = tmp_path / "work" / SET
    for _ in range(300):
        if "(1 - beta) * gradient" in stored.read_text(encoding="utf-8"):
            break
        time.sleep(0.1)
    cells = json.loads(stored.read_text(encoding="utf-8"))["cells"]
    assert any(RIGHT in "".join(cell["source"]) for cell in cells)
    printed = [
        "".join(output.get("text", ""))
        for cell in cells
        if check in "".join(cell["source"])
        for output in cell["outputs"]
    ]
    assert any("momentum.step: right." in text for text in printed)


def test_solutions_are_closed_until_they_are_opened(page: Page, lab: str) -> None:
    """What stands between the start and the end of a solution shows nothing; a click opens it."""
    open_notebook(page, lab, LESSON)
    words = "class OurMomentum(MyMomentum)"
    closed = page.locator(".jp-InputPlaceholder")
    expect(closed.last).to_be_visible(timeout=PATIENCE)
    before = closed.count()
    assert before > 5
    shown = "\n".join(page.locator(".jp-Notebook .cm-content:visible").all_inner_texts())
    assert "import numpy as np" in shown
    assert words not in shown
    closed.last.scroll_into_view_if_needed()
    closed.last.click()
    expect(closed).to_have_count(before - 1, timeout=PATIENCE)
