"""Settings for all tests, whichever part of the project is asked for."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tools import progress
from tools.needs import missing_need
from tools.refresh import ONE_THREAD, shown

# Set before numpy is loaded; the notebooks' kernels inherit it, as they do in `make refresh`.
os.environ.update(ONE_THREAD)
# A notebook that runs again compares what it publishes for other pages, and stores nothing.
os.environ["COURSE_RESULTS"] = "compare"
# A shell lets what it starts in the background (`make test &`) ignore Ctrl-C, and tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What runs submissions: without a sandbox its tests are skipped.
NEED_A_SANDBOX = tuple(f"course_lib/grading/{name}.py" for name in ("marking", "sandbox", "worker"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `python -m tools.test` ask for the numbers of the closing line."""
    parser.addoption("--counts", type=Path, metavar="FILE", help="write them into a file, as JSON")


@pytest.hookimpl(trylast=True)  # what pytest writes with must be there
def pytest_configure(config: pytest.Config) -> None:
    """Say which notebook is being tested and how far it is; ask no coverage that cannot be had."""
    progress.install(config)
    if no_sandbox():
        leave_out_of_coverage(config, NEED_A_SANDBOX)


def no_sandbox() -> str:
    """Return why submissions are not run on this machine; an empty text if they are."""
    from course_lib.grading.sandbox import why_no_sandbox  # not before numpy's threads are set

    return why_no_sandbox()


def leave_out_of_coverage(config: pytest.Config, files: Sequence[str]) -> None:
    """Take files, whose tests are skipped on this machine, out of the report and its floor."""
    measuring = getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    for name in ("cov", "combining_cov"):  # the second one where several processes test
        coverage = getattr(measuring, name, None)
        if coverage is not None:
            coverage.set_option("report:omit", list(files))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put notebooks first, later chapters ahead: they take longer, and no worker ends up alone.

    Notebooks whose data are missing are skipped, with their name and the reason.
    """
    notebooks = [item for item in items if item.path.suffix == ".ipynb"]
    paths = sorted({item.path for item in notebooks}, reverse=True)
    others = [item for item in items if item.path.suffix != ".ipynb"]
    items[:] = [i for path in paths for i in notebooks if i.path == path] + others
    for path in paths:
        reason = missing_need(path)
        if reason is not None:
            skip = pytest.mark.skip(reason=f"{shown(path)} {reason}")
            for item in notebooks:
                if item.path == path:
                    item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted, and what was left out of the coverage, with the reason.

    Each line that was counted is a property "counted" that a test recorded.
    """
    lines = [
        str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "counted"
    ]
    if lines:
        terminalreporter.section("counted")
    for line in lines:
        terminalreporter.write_line(line)
    if terminalreporter.config.pluginmanager.hasplugin("_cov") and no_sandbox():
        terminalreporter.write_line(
            f"Left out of the coverage, since {no_sandbox()}: {', '.join(NEED_A_SANDBOX)}."
        )


@pytest.fixture
def interrupted_at() -> Callable[[int, Callable[[], object]], KeyboardInterrupt | None]:
    """Return a function that calls another, and interrupts it at a line of the package.

    It takes the number of lines that may begin before, so that a test can go through them all, and
    returns the interrupt that came out, or None where no line was left to interrupt.
    """
    package = os.fspath(Path(__file__).parent / "course_lib")

    def interrupted(count: int, call: Callable[[], object]) -> KeyboardInterrupt | None:
        lines = iter(range(count))

        def on_line(_frame: FrameType, event: str, _argument: object) -> Any:
            if event == "line" and next(lines, None) is None:
                raise KeyboardInterrupt  # which also ends the tracing
            return on_line

        def on_call(frame: FrameType, _event: str, _argument: object) -> Any:
            return on_line if frame.f_code.co_filename.startswith(package) else None

        before = sys.gettrace()
        sys.settrace(on_call)
        try:
            call()
        except KeyboardInterrupt as interrupt:
            return interrupt
        finally:
            sys.settrace(before)
        return None

    return interrupted
