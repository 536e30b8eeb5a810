"""Take pictures of built pages: `python -m tools.screenshots PAGE... --out DIR`.

Each page is taken whole at the width of a desktop and of a phone, light and dark. Pages are named
as in the table of contents (`book/intro`); without any, all are taken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.browser import THEMES, WIDTHS, browser, built_pages, opened, served, wait_until_drawn

UNFOLD = """() => {
    document.querySelectorAll('details').forEach(fold => { fold.open = true; });
    document.querySelectorAll('.toggle-button').forEach(button => button.click());
}"""


def take(pages: Sequence[str], folder: Path, *, unfold: bool = False) -> list[Path]:
    """Store the pictures of `pages` in `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with served() as address, browser() as running:
        for device, width in WIDTHS.items():
            for theme in THEMES:
                with opened(running, width, theme) as page:
                    for name in pages:
                        page.goto(address + name.removesuffix(".html") + ".html")
                        wait_until_drawn(page)
                        if unfold:
                            page.evaluate(UNFOLD)
                            page.wait_for_timeout(300)
                        stem = name.removesuffix(".html").replace("/", "-")
                        path = folder / f"{stem}-{device}-{theme}.png"
                        page.screenshot(path=path, full_page=True)
                        taken.append(path)
    return taken


def main(args: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("pages", nargs="*", help="such as book/intro; default: all")
    parser.add_argument("--out", type=Path, required=True, help="where the pictures go")
    parser.add_argument("--unfold", action="store_true", help="open what is folded, first")
    options = parser.parse_args(args)
    for path in take(options.pages or built_pages(), options.out, unfold=options.unfold):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
