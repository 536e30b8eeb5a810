"""A browser over the built book, for the tests and for the screenshots."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tools.freshness import ROOT

HTML = ROOT / "_build" / "html"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = {"desktop": 1280, "phone": 390}
HEIGHT = 900
THEMES = ("light", "dark")


def chromium() -> str | None:
    """Return the path of a Chromium on PATH, None if there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def built_pages(html: Path = HTML) -> list[str]:
    """Return the addresses, relative to `html`, of all pages that a reader can look at.

    The first page of all, which only leads on to the introduction, is none of them.
    """
    pages = {path.relative_to(html): path for path in html.rglob("*.html")}
    return sorted(
        page.as_posix()
        for page, path in pages.items()
        if page.parts[0] not in {"_static", "_sources"}
        and 'http-equiv="refresh"' not in path.read_text(encoding="utf-8").lower()
    )


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the parent's name)
        """Say nothing."""


@contextmanager
def served(html: Path = HTML) -> Iterator[str]:
    """Serve the built book on a free port of this machine; give its address, ending in a slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(html))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the Chromium that is installed on this machine."""
    path = chromium()
    if path is None:
        message = f"none of {', '.join(NAMES)} is on PATH"
        raise FileNotFoundError(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield running
        finally:
            running.close()


@contextmanager
def opened(running: Browser, width: int, theme: str) -> Iterator[Page]:
    """Open an empty page of the given width that shows the book in the given theme."""
    context = running.new_context(viewport={"width": width, "height": HEIGHT})
    context.add_init_script(
        f"try {{ localStorage.setItem('mode', '{theme}');"
        f" localStorage.setItem('theme', '{theme}'); }} catch (problem) {{}}"
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def wait_until_drawn(page: Page) -> None:
    """Wait until the formulas are set and the pictures are loaded."""
    page.wait_for_load_state("load")
    page.evaluate("async () => { if (window.MathJax) await window.MathJax.startup.promise; }")
    page.evaluate(
        """() => Promise.all([...document.images].map(image => {
            image.loading = 'eager';
            return image.complete || new Promise(done => { image.onload = image.onerror = done; });
        }))"""
    )
