"""Runs a student's code where it can do no harm, and brings back what it returned.

The sandbox is bubblewrap's (`bwrap`): no network; read-only, the system's libraries, Python, its
packages and the course's package without solutions; one folder to write to, of a fixed size and
gone at the end; an empty environment; a user of its own. A watcher outside ends it when it takes
too much time, memory or too many processes, and starts it again without the step that did it.

Everything that comes out is a student's claim: arrays and texts that are judged elsewhere.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.grading import wire
from course_lib.grading.kit import kit

Step = dict[str, Any]
MEGABYTE = 2**20
TICK = 0.05  # seconds between two looks of the watcher
STARTS_WITHIN = 120.0  # seconds, on a machine that is busy with other things
STARTED_BY = (
    "import sys; sys.path[:0] = {paths!r}; from course_lib.grading.worker import main; main()"
)
LIBRARIES = ("numpy", "scipy", "matplotlib", "sklearn")
ENVIRONMENT = {
    "HOME": "/tmp", "TMPDIR": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
    "USER": "student", "LOGNAME": "student",
    "MPLBACKEND": "Agg", "MPLCONFIGDIR": "/tmp/.matplotlib",
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
}  # fmt: skip


class SandboxError(RuntimeError):
    """There is no sandbox, or it does not start: nothing that a student has done."""


@dataclass(frozen=True)
class Limits:
    """What one submission may take.

    Parameters
    ----------
    seconds : float
        Of computing, for one cell or one check.
    patience : float
        Seconds by the clock for one cell or one check, for code that waits and does not compute.
    in_all : float
        Seconds by the clock for the whole submission.
    memory : int
        Megabytes, of all its processes together.
    disk : int
        Megabytes that can be written.
    processes : int
        Processes and threads at once.
    files : int
        Open files of one process.
    output : int
        Megabytes that one step may return.
    """

    seconds: float = 10.0
    patience: float = 40.0
    in_all: float = 300.0
    memory: int = 2000
    disk: int = 64
    processes: int = 48
    files: int = 128
    output: int = 8


def why_no_sandbox() -> str:
    """Return why there can be no sandbox on this machine; an empty text if there can."""
    if not sys.platform.startswith("linux"):
        return "bubblewrap is a program for Linux; on Windows use WSL, on a Mac a virtual machine"
    if shutil.which("bwrap") is None:
        return "there is no program bwrap; on Debian and Ubuntu: apt-get install bubblewrap"
    return ""


def run_steps(
    steps: Sequence[Step], limits: Limits | None = None, *, sandbox: bool = True
) -> dict[int, dict[str, Any]]:
    """Run cells and checks of one submission and return what came of each, by its number.

    Parameters
    ----------
    steps : sequence of dict
        Cells (``kind`` "cell", ``source``, ``name``) and checks (see `worker.run_check`).
    limits : Limits, optional
        What they may take.
    sandbox : bool
        Without one the code can do all that you can do.

    Returns
    -------
    dict
        For each step what the worker said of it; of a step that was ended by force, or that ended
        the process, ``{"stopped": <a sentence>}``.

    Raises
    ------
    SandboxError
        If there is no sandbox, or it does not start.
    """
    limits = limits or Limits()
    if sandbox and why_no_sandbox():
        raise SandboxError(f"There is no sandbox: {why_no_sandbox()}.")
    if not hasattr(os, "fork"):
        raise SandboxError("Submissions are run on Linux or a Mac only; on Windows use WSL.")
    found: dict[int, dict[str, Any]] = {}
    ends = time.monotonic() + limits.in_all
    while True:
        left = [
            (number, step)
            for number, step in enumerate(steps)
            # Cells are run again in each new process, but not one that was the end of it.
            if number not in found or (step["kind"] == "cell" and "stopped" not in found[number])
        ]
        if not any(number not in found for number, _ in left):
            return found
        culprit, reason = _Run(left, limits, ends, found, sandbox=sandbox).go()
        if not reason:
            return found
        late = time.monotonic() >= ends
        blamed = [culprit] if culprit is not None else []
        if culprit is None or late:
            blamed += [number for number, _ in left if number not in found]
        if late:
            reason = f"The submission did not end within {limits.in_all:g} seconds."
        for number in blamed:
            found[number] = {"stopped": reason}


class _Run:
    """One process in the sandbox, from its start to its end."""

    def __init__(
        self,
        steps: Sequence[tuple[int, Step]],
        limits: Limits,
        ends: float,
        found: dict[int, dict[str, Any]],
        *,
        sandbox: bool,
    ):
        self.steps, self.limits, self.ends, self.found = steps, limits, ends, found
        self.sandbox = sandbox
        self.ready = self.done = False
        self.current: int | None = None

    def go(self) -> tuple[int | None, str]:
        """Run the steps; return the one that was the end of it, and why, if it was no good end."""
        with _started(sandbox=self.sandbox, disk=self.limits.disk * MEGABYTE) as (process, user):
            inbox: queue.Queue[bytes] = queue.Queue(maxsize=64)
            errors: list[bytes] = []
            threads = [
                threading.Thread(target=_feed, args=(process, self._job(user)), daemon=True),
                threading.Thread(target=_listen, args=(process, inbox), daemon=True),
                threading.Thread(target=_note_errors, args=(process, errors), daemon=True),
            ]
            for thread in threads:
                thread.start()
            try:
                reason = self._watch(process, inbox)
            finally:
                _end(process, sandbox=self.sandbox)
                while threads[1].is_alive():  # it may wait for a place in the queue
                    with contextlib.suppress(queue.Empty):
                        inbox.get(timeout=TICK)
                for thread in threads:
                    thread.join()
        if not self.ready:
            said = b"".join(errors).decode("utf-8", "replace").strip()[-500:]
            raise SandboxError(f"The sandbox does not start: {said or reason}")
        return self.current, reason

    def _job(self, user: int | None) -> bytes:
        limits = {
            "memory": self.limits.memory * MEGABYTE,
            "disk": self.limits.disk * MEGABYTE,
            "files": self.limits.files,
            # Without a sandbox the limit would count all that this user runs.
            "processes": self.limits.processes if self.sandbox else 0,
            "seconds": int(self.limits.in_all) + 1,
        }
        steps = [list(step) for step in self.steps]
        return wire.pack({"limits": limits, "user": user, "alone": self.sandbox, "steps": steps})

    def _watch(self, process: subprocess.Popen[bytes], inbox: queue.Queue[bytes]) -> str:
        """Take messages and look after the limits; return why it has to end, if it has to."""
        limits, buffer = self.limits, b""
        watched: tuple[int | None, float, float] | None = None  # the step, the clock, computing
        started, looked = time.monotonic(), 0.0
        while True:
            with contextlib.suppress(queue.Empty):
                chunk = inbox.get(timeout=TICK)
                if not chunk:
                    return "" if self.done else "It ended the Python process."
                buffer += chunk
                while (message := _first_message(buffer)) is not None:
                    buffer = buffer[len(message) :]
                    self._take(message)
                if len(buffer) > limits.output * MEGABYTE:
                    return f"It returned more than {limits.output} MB."
                if self.done:
                    return ""
            now = time.monotonic()
            if now >= self.ends or (not self.ready and now - started > STARTS_WITHIN):
                return "it took too long"
            if now - looked < TICK or not self.ready:
                continue
            looked, taken = now, _taken(process.pid)
            if taken.threads > limits.processes + 4:  # those of the sandbox itself
                return f"It started more than {limits.processes} processes."
            if taken.memory > limits.memory * MEGABYTE:
                return f"It took more than {limits.memory} MB of memory."
            if watched is None or watched[0] != self.current:
                watched = (self.current, now, taken.seconds)
            elif taken.seconds - watched[2] > limits.seconds:
                return f"It did not end within {limits.seconds:g} seconds of computing."
            elif now - watched[1] > limits.patience:
                return f"It did not end within {limits.patience:g} seconds."

    def _take(self, message: bytes) -> None:
        """Note what a message says; what cannot be read or does not fit is passed over."""
        try:
            said = wire.unpack(message)
        except wire.WireError as problem:
            if self.current is not None and self.current not in self.found:
                self.found[self.current] = {"stopped": f"Its result cannot be read ({problem})."}
            return
        what, number = (said.get("what"), said.get("step")) if isinstance(said, dict) else ("", 0)
        if what == "ready":
            self.ready = True
        elif what == "end":
            self.done, self.current = True, None
        elif type(number) is not int or number not in dict(self.steps):
            return
        elif what == "begin":
            self.current = number
        elif what == "done":
            self.found[number] = said
        elif what == "ended" and number not in self.found:
            status = said.get("status")
            killed = isinstance(status, int) and os.WIFSIGNALED(status)
            by = f" (signal {os.WTERMSIG(status)})" if killed else ""
            self.found[number] = {"stopped": f"It ended the Python process{by}."}


@dataclass(frozen=True)
class _Taken:
    """What a process and all below it take: seconds of computing, bytes, processes and threads."""

    seconds: float = 0.0
    memory: int = 0
    threads: int = 0


def _taken(pid: int) -> _Taken:
    """Add up what a process and all below it take; nothing where the system does not tell."""
    seconds, memory, threads, pids = 0.0, 0, 0, [pid]
    per_second, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for one in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
            stat = Path(f"/proc/{one}/stat").read_bytes().rpartition(b")")[2].split()
            seconds += sum(map(int, stat[11:15])) / per_second
            threads += int(stat[17])
            memory += int(stat[21]) * page
            for task in Path(f"/proc/{one}/task").iterdir():
                pids += map(int, (task / "children").read_bytes().split())
    return _Taken(seconds, memory, threads)


@contextmanager
def _started(*, sandbox: bool, disk: int) -> Iterator[tuple[subprocess.Popen[bytes], int | None]]:
    """Start a worker; yield its process, and the number of the user that it is to become."""
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE
    }  # fmt: skip
    if sandbox:
        user = 2_000_000_000 + secrets.randbelow(2**24) if os.geteuid() == 0 else None
        with _memory_files() as keep:
            arguments = bubblewrap_arguments(keep, disk=disk, root=user is not None)
            # Not on the command line: the sandbox can read that of its first process.
            listed = keep(b"".join(os.fsencode(text) + b"\0" for text in arguments))
            command = [str(shutil.which("bwrap")), "--args", str(listed), *_python("/kit", "/site")]
            process = subprocess.Popen(
                command, env={}, cwd="/", pass_fds=keep.fds, start_new_session=True, **pipes
            )
        yield process, user
    else:
        with tempfile.TemporaryDirectory(prefix="grading-") as folder:
            for name, content in kit().items():
                path = Path(folder, "kit", "course_lib", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            command = _python(str(Path(folder, "kit")), *map(str, _sites()))
            home = Path(folder, "home")
            home.mkdir()
            places = {"HOME": home, "TMPDIR": home, "MPLCONFIGDIR": home / ".matplotlib"}
            environment = {**ENVIRONMENT, **{name: str(place) for name, place in places.items()}}
            process = subprocess.Popen(
                command, env=environment, cwd=home, start_new_session=True, **pipes
            )
            yield process, None


def bubblewrap_arguments(keep: _Keep, *, disk: int, root: bool) -> list[str]:
    """Return bubblewrap's options, with the files that `keep` has made for it.

    Parameters
    ----------
    keep : callable
        Takes bytes and returns the number of an open file that holds them.
    disk : int
        Bytes that can be written.
    root : bool
        Whether root calls it. Then the worker becomes another user; else it runs as yours, in a
        user namespace that knows no other.
    """
    arguments = [
        "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--hostname", "sandbox", "--die-with-parent", "--new-session", "--clearenv",
    ]  # fmt: skip
    if root:
        arguments += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        arguments += ["--unshare-user", "--uid", "65534", "--gid", "65534", "--disable-userns"]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    # First what is empty: Python may lie below it.
    arguments += ["--perms", "1777", "--size", str(disk), "--tmpfs", "/tmp"]
    python, prefix = Path(_interpreter()), Path(sys.base_prefix)
    for folder in ("/etc", "/usr/bin", "/kit/course_lib", "/site", str(prefix.parent)):
        for above in [*reversed(Path(folder).parents[:-1]), Path(folder)]:
            arguments += ["--perms", "0755", "--dir", str(above)]
    for place in ("/lib", "/lib64", "/usr/lib", "/usr/lib64"):
        path = Path(place)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), place]
        elif path.is_dir():
            arguments += ["--ro-bind", place, place]
    arguments += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    arguments += ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]
    if prefix == Path("/usr"):  # of that only Python and the libraries
        arguments += ["--ro-bind", str(python), str(python)]
    else:
        arguments += ["--ro-bind", str(prefix), str(prefix)]
    for number, site in enumerate(_sites()):
        arguments += ["--ro-bind", str(site), f"/site/{number}"]
    for name, content in kit().items():
        # Bytes, no bind: an own copy can be read whatever rights the file has.
        arguments += ["--perms", "0444", "--file", str(keep(content)), f"/kit/course_lib/{name}"]
    return [
        *arguments, "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--chdir", "/tmp",
        "--remount-ro", "/",
    ]  # fmt: skip


def _python(*paths: str) -> list[str]:
    """Return the command that starts a worker; it finds its modules below the paths alone."""
    if paths[1:] == ("/site",):
        paths = (paths[0], *(f"/site/{number}" for number in range(len(_sites()))))
    code = STARTED_BY.format(paths=list(paths))
    return [_interpreter(), "-S", "-E", "-s", "-B", "-c", code]


def _interpreter() -> str:
    """Return Python's own program, not a link to it from a virtual environment."""
    return os.path.realpath(sys.executable)


def _sites() -> list[Path]:
    """Return the folders in which the libraries lie that a notebook may import."""
    found = [Path(sysconfig.get_path("platlib"))]
    for name in LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            found.append(Path(spec.origin).parent.parent)
    return [path for path in dict.fromkeys(p.resolve() for p in found) if path.is_dir()]


class _Keep:
    """Makes files in memory that a child inherits."""

    def __init__(self) -> None:
        self.fds: list[int] = []

    def __call__(self, content: bytes) -> int:
        fd = os.memfd_create("kit")
        self.fds.append(fd)
        with open(fd, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd


@contextmanager
def _memory_files() -> Iterator[_Keep]:
    """Yield a maker of files in memory, and close them all."""
    keep = _Keep()
    try:
        yield keep
    finally:
        for fd in keep.fds:
            os.close(fd)


def _first_message(buffer: bytes) -> bytes | None:
    """Return the first whole message of what has come, None if it is not whole yet."""
    if len(buffer) < wire.HEAD.size or len(buffer) < wire.size_of(buffer):
        return None
    return buffer[: wire.size_of(buffer)]


def _feed(process: subprocess.Popen[bytes], job: bytes) -> None:
    """Give the job to the worker."""
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin:  # it may have ended
        process.stdin.write(job)


def _listen(process: subprocess.Popen[bytes], inbox: queue.Queue[bytes]) -> None:
    """Pass on what the worker says, and an empty text at its end."""
    assert process.stdout is not None
    with process.stdout:
        while chunk := os.read(process.stdout.fileno(), 65536):
            inbox.put(chunk)
    inbox.put(b"")


def _note_errors(process: subprocess.Popen[bytes], errors: list[bytes]) -> None:
    """Note the first that is written to stderr: why a sandbox did not start."""
    assert process.stderr is not None
    with process.stderr:
        while chunk := os.read(process.stderr.fileno(), 65536):
            if len(errors) < 4:
                errors.append(chunk)


def _end(process: subprocess.Popen[bytes], *, sandbox: bool) -> None:
    """End a process and all that it has started; a sandbox takes all of it along."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sandbox:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
