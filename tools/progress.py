"""What the tests say while they run and hand on when they end: a pytest plugin of `conftest.py`.

A notebook takes minutes, and pytest's dots don't tell which one is at work. Here a line is printed
when a notebook begins and when it ends, one now and then in between, and in a terminal the last
line is kept up to date from cell to cell:

    notebook 5 of 13 begins: book/training/03-momentum (64 cells)
    notebook 5 of 13: book/training/03-momentum, cell 20 of 64
    notebook 5 of 13 done: book/training/03-momentum, 64 cells in 84 s
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 60.0  # seconds without a line, in a log that nobody can rewrite
OUTCOMES = ("passed", "skipped", "failed", "error", "xfailed", "xpassed")


def notebook_of(nodeid: str) -> str | None:
    """Return the notebook that a test belongs to, without its ending; None if it is no notebook's.

    Examples
    --------
    >>> notebook_of("book/training/03-momentum.ipynb::Cell 4")
    'book/training/03-momentum'
    >>> notebook_of("tests/test_book.py::test_pages") is None
    True
    """
    path = nodeid.partition("::")[0]
    return path.removesuffix(".ipynb") if path.endswith(".ipynb") else None


@dataclass
class Notebook:
    """A notebook whose cells are being run."""

    name: str
    number: int
    cells: int
    begun: float
    done: int = 0
    failed: int = 0
    skipped: int = 0


class NotebookProgress:
    """Says which notebook is being tested and how far it is.

    Parameters
    ----------
    reporter : pytest.TerminalReporter
        What pytest writes with.
    clock : callable
        Gives the time in seconds.
    """

    def __init__(
        self, reporter: pytest.TerminalReporter, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.reporter = reporter
        self.clock = clock
        self.cells: Counter[str] = Counter()
        self.begun: dict[str, Notebook] = {}
        self.rewrites = False  # whether the last line is kept up to date
        self.status_shown = False
        self.dots_shown = False
        self.last_line = clock()

    def plan(self, nodeids: Sequence[str]) -> None:
        """Learn which cells of which notebooks will be run."""
        names = [notebook_of(nodeid) for nodeid in nodeids]
        self.cells = Counter(name for name in names if name is not None)
        # The dots of other tests stay readable.
        self.rewrites = bool(self.reporter.isatty) and None not in names

    def line(self, text: str) -> None:
        """Print a line of its own."""
        self.clear()
        if self.dots_shown:
            self.reporter.line("")
            self.dots_shown = False
        self.reporter.write_line(text)
        self.last_line = self.clock()

    def clear(self) -> None:
        """Take the status away."""
        if self.status_shown:
            self.reporter.rewrite("", erase=True)
            self.reporter.rewrite("")
            self.status_shown = False

    def place(self, notebook: Notebook) -> str:
        """Return which of all notebooks this is."""
        return f"notebook {notebook.number} of {len(self.cells)}"

    def started(self, nodeid: str) -> None:
        """Take note that a test starts."""
        name = notebook_of(nodeid)
        if name is None or name in self.begun:
            return
        notebook = Notebook(name, len(self.begun) + 1, self.cells[name], self.clock())
        self.begun[name] = notebook
        self.line(f"{self.place(notebook)} begins: {name} ({notebook.cells} cells)")

    def finished(self, nodeid: str, outcome: str) -> None:
        """Take note that a test ended as `outcome`: passed, failed or skipped."""
        name = notebook_of(nodeid)
        if name is None:
            self.dots_shown = True
            return
        notebook = self.begun[name]
        notebook.done += 1
        now_at = f"{self.place(notebook)}: {name}, cell {notebook.done} of {notebook.cells}"
        if outcome == "failed":
            notebook.failed += 1
            self.line(f"{now_at} FAILED")
        notebook.skipped += outcome == "skipped"
        if notebook.done == notebook.cells:
            told = [f"{notebook.cells} cells in {self.clock() - notebook.begun:.0f} s"]
            told += [f"{notebook.failed} failed"] * bool(notebook.failed)
            told += [f"{notebook.skipped} skipped"] * bool(notebook.skipped)
            self.line(f"{self.place(notebook)} done: {name}, {', '.join(told)}")
        elif self.rewrites:
            running = [n for n in self.begun.values() if n.done < n.cells]
            status = "; ".join(f"{n.name} {n.done}/{n.cells}" for n in running)
            ended = len(self.begun) - len(running)
            room = max(20, getattr(self.reporter, "_screen_width", 80) - 1)
            self.reporter.rewrite(
                f"{ended} of {len(self.cells)} notebooks done; {status}"[:room], erase=True
            )
            self.status_shown = True
        elif self.clock() - self.last_line >= PATIENCE:
            self.line(now_at)

    # --- How pytest calls it ------------------------------------------------------------------

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn the plan where pytest runs the tests itself."""
        self.plan([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Learn the plan where its workers run them; each of them collects the same."""
        self.plan([str(nodeid) for nodeid in ids])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Begin a notebook with its first cell."""
        self.started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: when it was called, or where it did not come to that."""
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self.finished(report.nodeid, report.outcome)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport, config: pytest.Config
    ) -> Generator[None, Any, Any]:
        """Leave a cell's dot away: the lines say more."""
        status = yield
        if notebook_of(report.nodeid) is not None and config.get_verbosity() <= 0:
            status = (status[0], "", "")
        return status

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave no status in front of what pytest says at the end."""
        self.clear()


class Counts:
    """Writes how many tests passed, failed and so on into a file, as JSON."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the numbers of pytest's closing line."""
        numbers = {name: len(terminalreporter.stats.get(name, [])) for name in OUTCOMES}
        self.path.write_text(json.dumps(numbers), encoding="utf-8")


def install(config: pytest.Config) -> None:
    """Switch both on, where somebody reads along: not in a worker."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    config.pluginmanager.register(NotebookProgress(reporter), "course-progress")
    path = config.getoption("--counts")
    if path is not None:
        config.pluginmanager.register(Counts(path), "course-counts")
