"""The page "More than one machine": its code and its commands do what they say, in their order.

The commands start a real cluster on this machine, on free ports; the code runs against it.
"""

import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("distributed", reason="Dask is an extra: python -m pip install '.[dask]'")
import dask
from distributed.comm import CommClosedError

PAGE = Path(__file__).resolve().parent.parent / "book" / "reference" / "more-than-one-machine.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What differs from the page: here the machines are one, with two workers.
INVENTED = re.compile(r"(tcp|tls)://192\.168\.1\.10:8786")
SMALLER = {
    "--nworkers -1": "--nworkers 2",
    "wait_for_workers(8)": "wait_for_workers(2, timeout=120)",
}
FREE_PORTS = "--host 127.0.0.1 --port 0 --dashboard-address :0"


class Cluster:
    """The processes that the page's commands start."""

    def __init__(self) -> None:
        self.address = ""
        self.processes: set[psutil.Popen] = set()

    def run(self, command: str) -> None:
        """Do as a shell does with a line of the page."""
        words = shlex.split(command)
        if words[0] != "dask":
            subprocess.run(words, check=True, capture_output=True)
            return
        words = [sys.executable, "-m", *words]
        scheduler = words[3] == "scheduler"
        log = Path(f"{words[3]}.log")
        with log.open("w") as to:
            words += shlex.split(FREE_PORTS) if scheduler else []
            started = psutil.Popen(words, stdout=to, stderr=subprocess.STDOUT)
        self.processes.add(started)
        if scheduler:
            self.address = self._address(started, log)

    def _address(self, scheduler: psutil.Popen, log: Path) -> str:
        """Wait for the line in which a scheduler names its address, as a reader does."""
        for _ in range(1200):
            if found := re.search(r"Scheduler at:\s+(\S+)", log.read_text()):
                return found[1]
            assert scheduler.poll() is None, log.read_text()
            time.sleep(0.1)
        raise TimeoutError(log.read_text())

    def here(self, invented: re.Match[str]) -> str:
        """Return the scheduler's address in place of the page's, which has the same protocol."""
        assert self.address.startswith(f"{invented[1]}://"), invented[0]
        return self.address

    def end(self) -> None:
        """End what is still there."""
        running = [process for process in self.processes if process.poll() is None]
        for process in [c for p in running for c in p.children(recursive=True)] + running:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(running, timeout=30)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Run commands in an empty folder; nothing that they started outlives the test."""
    monkeypatch.chdir(tmp_path)
    started = Cluster()
    with dask.config.set({"distributed.comm.timeouts.connect": "120s"}):
        try:
            yield started
        finally:
            # Where the test fails, pytest shows what the processes had to say.
            for process in started.processes:
                print(shlex.join(process.args), "ended with", process.poll())
            for log in sorted(tmp_path.glob("*.log")):
                print(f"== {log.name}\n{log.read_text()}")
            started.end()


def test_the_page_does_what_it_says(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    """Every block of Python and every command, in order; the page's own assertions hold."""
    page: dict[str, Any] = {"__name__": "__main__"}  # as in a notebook or a script
    clusters_ended = 0
    for found in BLOCK.finditer(TEXT):
        language, block = found.groups()
        for there, here in SMALLER.items():
            block = block.replace(there, here)
        block = INVENTED.sub(cluster.here, block)
        if language == "python":
            lines_before = TEXT.count("\n", 0, found.start(2))  # so that an error names the line
            try:
                exec(compile("\n" * lines_before + block, str(PAGE), "exec"), page)
            except CommClosedError:
                with suppress(Exception):
                    page["client"].close(timeout=1)
                if "tls://" in block and ssl.OPENSSL_VERSION_INFO >= (3, 4):
                    pytest.skip("a fault of Python's ssl, which the page tells; all before passed")
                raise
        elif block.startswith("openssl") and shutil.which("openssl") is None:
            break  # no certificate, and no cluster that asks for it
        else:
            assert language == "sh"
            for command in block.replace("\\\n", " ").splitlines():
                cluster.run(command)
        if "client.shutdown()" in block:
            clusters_ended += 1
            _, alive = psutil.wait_procs(cluster.processes, timeout=60)
            assert not alive, "the page says that this ends scheduler and workers"
    else:
        assert clusters_ended == 2
    assert clusters_ended > 0
    assert page["here"].seeds == tuple(range(8))
    assert min(page["here"].results) > 0.5
    assert page["found"] == {name: trial() for name, trial in page["trials"].items()}
    assert capsys.readouterr().out.startswith("best rate ")
