"""Settings for all tests, whichever part of the project is asked for."""

import os
import signal

import pytest

from tools.needs import missing_need
from tools.refresh import ONE_THREAD, shown

# Set before numpy is loaded; the notebooks' kernels inherit it, as they do in `make refresh`.
os.environ.update(ONE_THREAD)
# A shell lets what it starts in the background (`make test &`) ignore Ctrl-C, and tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
