"""What `python -m tools.test` runs and says, from its first line to its last."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tools import test as runner
from tools.freshness import ROOT, all_notebooks
from tools.progress import PATIENCE, NotebookProgress
from tools.test import Half

SETTINGS = (
    "[pytest]\naddopts = --nbval --nbval-current-env -p no:cacheprovider --cov-report= "
    "--dist=loadscope --numprocesses={workers}\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one test that passes and a notebook of two cells."""
    for name in ("conftest.py", "tools", "course_lib"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "tests").mkdir()
    (tmp_path / "book").mkdir()
    (tmp_path / "pytest.ini").write_text(SETTINGS.format(workers=0), encoding="utf-8")
    (tmp_path / "tests" / "test_code.py").write_text("def test_it(): pass\n", encoding="utf-8")
    write_notebook(tmp_path, "1 + 1", "2 + 2")
    return tmp_path


def write_notebook(project: Path, *sources: str) -> None:
    """Write a notebook of these cells, without outputs."""
    cells = [nbformat.v4.new_code_cell(s, id=f"cell-{n}") for n, s in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), project / "book" / "chapter.ipynb")


def environment_of(project: Path) -> dict[str, str]:
    """Return an environment where the project's own `tools` are found."""
    return {**os.environ, "PYTHONPATH": str(project), "PYTHONUNBUFFERED": "1"}


def run_all(project: Path) -> subprocess.CompletedProcess[str]:
    """Run all tests of a project."""
    return subprocess.run(
        [sys.executable, "-m", "tools.test"], cwd=project, env=environment_of(project),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip


def stays_the_same(project: Path) -> None:
    """Store what the notebook prints."""
    subprocess.run(
        [sys.executable, "-m", "tools.refresh", "book/chapter.ipynb"], cwd=project,
        env=environment_of(project), check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize("workers", [0, 2])
def test_all_is_well(project: Path, workers: int) -> None:
    """Both halves are told while they run and in the last line, with and without workers."""
    (project / "pytest.ini").write_text(SETTINGS.format(workers=workers), encoding="utf-8")
    stays_the_same(project)
    run = run_all(project)
    assert run.returncode == 0, run.stdout
    lines = run.stdout.splitlines()
    assert "notebook 1 of 1 begins: book/chapter (2 cells)" in lines
    assert any(line.startswith("notebook 1 of 1 done: book/chapter, 2 cells in ") for line in lines)
    assert any("= 1 passed in" in line for line in lines)  # each half keeps pytest's closing line
    assert any("= 2 passed in" in line for line in lines)
    assert lines[-1] == "code tests: 1 passed, 0 failed; notebooks: 2 passed, 0 failed"


@pytest.mark.parametrize(("workers", "sandbox"), [(0, False), (2, False), (2, True)])
def test_code_that_needs_a_sandbox_is_asked_no_coverage_without_one(
    project: Path, workers: int, sandbox: bool
) -> None:
    """The floor is for what can be tested on a machine; the report says what was left out."""
    if sandbox and not sys.platform.startswith("linux"):
        pytest.skip("there is no sandbox on this system")
    (project / "pytest.ini").write_text(
        f"[pytest]\naddopts = -p no:cacheprovider --numprocesses={workers}\n", encoding="utf-8"
    )
    programs = project / "programs"
    programs.mkdir()
    if sandbox:
        (programs / "bwrap").write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / "bwrap").chmod(0o755)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "tests", "--cov=course_lib.grading"], cwd=project,
        env={**environment_of(project), "PATH": str(programs)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    assert "course_lib/grading/submission.py" in ended.stdout
    for name in ("marking", "sandbox", "worker"):
        assert (f"course_lib/grading/{name}.py  " in ended.stdout) is sandbox
    assert ("Left out of the coverage" in ended.stdout) is not sandbox


def test_notebooks_run_though_a_code_test_failed(project: Path) -> None:
    """The last line counts both, and the exit code is not zero."""
    stays_the_same(project)
    with (project / "tests" / "test_code.py").open("a", encoding="utf-8") as file:
        file.write("def test_not(): assert 0\n")
    run = run_all(project)
    assert run.returncode == 1
    assert run.stdout.splitlines()[-1] == (
        "code tests: 1 passed, 1 failed; notebooks: 2 passed, 0 failed"
    )


def test_notebooks_run_though_the_code_tests_cannot_be_read(project: Path) -> None:
    """An error while pytest collects counts as a failure, and ends its half alone."""
    stays_the_same(project)
    (project / "tests" / "test_code.py").write_text("import no_such_module\n", encoding="utf-8")
    run = run_all(project)
    assert run.returncode == 1
    last = run.stdout.splitlines()[-1]
    assert last == "code tests: 0 passed, 1 failed; notebooks: 2 passed, 0 failed"


def test_a_failed_cell_is_told_at_once(project: Path) -> None:
    """The line names the notebook and how far it is; the notebook's last line counts it."""
    stays_the_same(project)
    path = project / "book" / "chapter.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("1 + 1", "1 + 2").replace("2 + 2", "2 + 3"), encoding="utf-8")
    run = run_all(project)
    assert run.returncode == 1
    assert "notebook 1 of 1: book/chapter, cell 2 of 2 FAILED" in run.stdout.splitlines()
    assert " s, 2 failed\n" in run.stdout
    assert run.stdout.splitlines()[-1] == (
        "code tests: 1 passed, 0 failed; notebooks: 0 passed, 2 failed"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is pressed as POSIX does")
@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(lambda pid: os.killpg(pid, signal.SIGINT), id="Ctrl-C in a terminal"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGINT), id="SIGINT to it alone"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGTERM), id="SIGTERM to it alone"),
    ],
)
def test_an_interrupt_stops_everything(project: Path, stop: Callable[[int], None]) -> None:
    """A sentence says where it was; pytest has ended, and no notebook is begun."""
    (project / "tests" / "test_code.py").write_text(
        "import os, time\nfrom pathlib import Path\n\n\ndef test_it():\n"
        "    Path('pid').write_text(str(os.getpid()))\n    time.sleep(600)\n",
        encoding="utf-8",
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "tools.test"], cwd=project, env=environment_of(project),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    started = project / "pid"
    while not (started.exists() and started.read_text(encoding="utf-8")):
        assert running.poll() is None, running.communicate()[0]
        time.sleep(0.05)
    stop(running.pid)
    said = running.communicate()[0]
    assert running.returncode == 130, said
    assert said.splitlines()[-1] == "interrupted in the code tests"
    assert "pytest book" not in said
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text(encoding="utf-8")), 0)


@pytest.mark.parametrize(
    ("half", "said"),
    [
        (
            Half("code tests", 0, {"passed": 2490, "skipped": 13, "failed": 0, "error": 0}),
            "code tests: 2490 passed, 0 failed, 13 skipped",
        ),
        (
            Half("code tests", 1, {"passed": 1, "failed": 1, "error": 2, "xpassed": 4}),
            "code tests: 1 passed, 7 failed",
        ),
        (
            Half("code tests", 1, {"passed": 3, "failed": 0}),  # too little of the code was run
            "code tests: 3 passed, 0 failed, but exit status 1: see above",
        ),
        (Half("notebooks", -9), "notebooks: did not come to an end (exit status -9)"),
    ],
)
def test_a_half_in_a_few_words(half: Half, said: str) -> None:
    """What was found is counted, and no bad end looks like a good one."""
    assert str(half) == said


def test_a_half_that_ends_badly_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Coverage below its limit is no failed test, and fails all the same."""
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    status = {"code tests": 1, "notebooks": 0}
    monkeypatch.setattr(runner, "run_half", lambda n, *_: Half(n, status[n], {"passed": 1}))
    assert runner.main([]) == 1
    assert "but exit status 1" in capsys.readouterr().out


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...], dict[str, str]]]:
    """Run nothing, and return what would have been run."""
    calls: list[tuple[str, tuple[str, ...], dict[str, str]]] = []

    def note(name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> Half:
        calls.append((name, arguments, environment))
        return Half(name, 0, {"passed": 1})

    monkeypatch.setattr(runner, "run_half", note)
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    return calls


def test_noise_reaches_every_python(
    asked: list[tuple[str, tuple[str, ...], dict[str, str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its folder comes first, what was on the path stays, and the stored figures are chosen."""
    (tmp_path / "sitecustomize.py").touch()
    monkeypatch.setattr(runner, "NOISE", tmp_path)
    monkeypatch.setenv("PYTHONPATH", "before")
    assert runner.main(["--noise", "3"]) == 0
    (code, code_arguments, environment), (notebooks, notebook_arguments, _) = asked
    assert (code, notebooks) == ("code tests", "notebooks")
    assert code_arguments == ("tests", "course_lib", "-m", "stored and not browser")
    assert notebook_arguments == ("book",)
    assert environment["COURSE_LIB_NOISE"] == "3"
    assert environment["PYTHONPATH"] == f"{tmp_path}{os.pathsep}before"
    assert "COURSE_LIB_NOISE" not in os.environ


def test_the_parts_of_the_notebooks_are_all_of_them(
    asked: list[tuple[str, tuple[str, ...], dict[str, str]]],
) -> None:
    """Each notebook is in exactly one of three parts, and no part is empty."""
    for k in (1, 2, 3):
        assert runner.main(["--part", f"{k}/3"]) == 0
    parts = [arguments for half, arguments, _ in asked if half == "notebooks"]
    assert len(parts) == 3
    assert all(parts)
    together = [ROOT / name for part in parts for name in part]
    assert sorted(together) == all_notebooks()


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "/", "1/2/3", "-1/2"])
def test_a_part_that_is_none_is_told(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong part must not pass for one without notebooks."""
    with pytest.raises(SystemExit):
        runner.main([f"--part={part}"])
    assert f"part must be K/N, such as 1/2 or 2/2, got {part}" in capsys.readouterr().err


def test_noise_that_is_not_there_is_no_silence(
    asked: list[tuple[str, tuple[str, ...], dict[str, str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without its module nothing would move, and all would pass."""
    monkeypatch.setattr(runner, "NOISE", tmp_path)
    assert runner.main(["--noise", "1"]) == 2
    assert not asked
    assert "the noise is missing" in capsys.readouterr().out


class Paper:
    """Takes down what would be printed: lines, and in a terminal what stands in the last one."""

    def __init__(self, isatty: bool = False) -> None:
        self.isatty = isatty
        self.lines: list[str] = []
        self.status = ""

    def write_line(self, text: str) -> None:
        """Print a line."""
        assert not self.status.strip(), "a line was written behind the status"
        self.lines.append(text)

    def line(self, text: str) -> None:
        """End the line of dots."""
        self.lines.append(text)

    def rewrite(self, text: str, *, erase: bool = False) -> None:
        """Replace the last line."""
        self.status = text if erase or len(text) >= len(self.status) else self.status


class Watch:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


CELLS = ["book/a.ipynb::Cell 0", "book/a.ipynb::Cell 1", "book/a.ipynb::Cell 2"]
OTHER = ["book/b.ipynb::Cell 0", "book/b.ipynb::Cell 1"]


def progress_on(paper: Paper, *nodeids: str) -> tuple[NotebookProgress, Watch]:
    """Return a plugin that knows these tests, and its clock."""
    watch = Watch()
    progress = NotebookProgress(paper, watch)  # type: ignore[arg-type]
    progress.plan(nodeids)
    return progress, watch


def test_a_log_gets_a_line_now_and_then() -> None:
    """Where no line came for a while, the next cell writes one; others write none."""
    paper = Paper()
    progress, watch = progress_on(paper, *CELLS, *OTHER)
    progress.started(CELLS[0])
    progress.finished(CELLS[0], "passed")
    assert paper.lines == ["notebook 1 of 2 begins: book/a (3 cells)"]
    watch.now = PATIENCE + 1
    progress.finished(CELLS[1], "passed")
    assert paper.lines[1:] == ["notebook 1 of 2: book/a, cell 2 of 3"]
    progress.finished(CELLS[2], "skipped")
    assert paper.lines[2:] == ["notebook 1 of 2 done: book/a, 3 cells in 61 s, 1 skipped"]
    assert paper.status == ""


def test_a_terminal_shows_where_all_of_them_are() -> None:
    """The last line follows each cell, and is gone when something else is printed."""
    paper = Paper(isatty=True)
    progress, _ = progress_on(paper, *CELLS, *OTHER)
    for nodeid in (CELLS[0], OTHER[0]):
        progress.started(nodeid)
    progress.finished(CELLS[0], "passed")
    progress.finished(OTHER[0], "passed")
    assert paper.status == "0 of 2 notebooks done; book/a 1/3; book/b 1/2"
    progress.finished(OTHER[1], "failed")
    assert paper.lines[-2:] == [
        "notebook 2 of 2: book/b, cell 2 of 2 FAILED",
        "notebook 2 of 2 done: book/b, 2 cells in 0 s, 1 failed",
    ]
    progress.finished(CELLS[1], "passed")
    assert paper.status == "1 of 2 notebooks done; book/a 2/3"
    progress.pytest_sessionfinish()
    assert paper.status == ""


def test_the_dots_of_other_tests_stay_readable() -> None:
    """Beside them a terminal gets lines as a log does, each on a line of its own."""
    paper = Paper(isatty=True)
    progress, _ = progress_on(paper, "tests/test_x.py::test_y", *CELLS)
    progress.started("tests/test_x.py::test_y")
    progress.finished("tests/test_x.py::test_y", "passed")
    progress.started(CELLS[0])
    progress.finished(CELLS[0], "passed")
    assert paper.lines == ["", "notebook 1 of 1 begins: book/a (3 cells)"]
    assert paper.status == ""
