"""What `python -m course_lib doctor` finds, and what it says to do."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from course_lib import doctor
from course_lib.doctor import Finding, main
from course_lib.grading import sandbox
from tools.freshness import ROOT


def test_here_the_lessons_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    """On a machine where the tests run nothing is missing, and each line has its state."""
    assert main() == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert lines[-1] == "The lessons can be run here."
    assert "missing" not in said
    for title in ("To run the lessons", "To build and test the book", "To mark a class"):
        assert title in lines
    assert f"  ok      Python {sys.version.split()[0]}" in lines
    assert f"numpy {np.__version__}" in said
    assert main(["now"]) == 2


def test_what_is_looked_for_is_what_the_course_needs() -> None:
    """The lists follow the project's own dependencies and Pythons."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = re.compile(r"[\w.-]+")
    assert {name.match(one)[0] for one in project["dependencies"]} == set(doctor.NEEDED)  # type: ignore[index]
    extras = project["optional-dependencies"]
    book, test = ({name.match(one)[0] for one in extras[k]} for k in ("book", "test"))  # type: ignore[index]
    assert set(doctor.NOTEBOOKS) <= book
    assert set(doctor.BUILD) <= book | test
    versions = re.findall(r"Python :: (3)\.(\d+)", "\n".join(project["classifiers"]))
    tried = [(int(a), int(b)) for a, b in versions]
    assert tried[0] == doctor.OLDEST
    assert tried[-1] == doctor.NEWEST
    assert doctor.locked()["nbgrader"] >= "0.9.6"


@pytest.mark.parametrize(
    ("version", "state", "said"),
    [
        ((3, 10), "missing", "is older than 3.11"),
        ((3, 11), "ok", "Python"),
        ((3, 14), "ok", "Python"),
        ((3, 15), "note", "is newer than those"),
    ],
)
def test_pythons(
    version: tuple[int, int], state: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too old is missing, too new is told."""
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    (found,) = doctor.python()
    assert found.state == state
    assert said in found.what


def test_packages_that_are_missing_or_others(tmp_path: Path) -> None:
    """Both are told, and a lock with several versions of one package accuses none."""
    (tmp_path / "requirements.txt").write_text(
        "numpy==0.1 ; python_version < '3.12'\nnumpy==0.2 ; python_version >= '3.12'\n"
        "pytest==0.3\n    # via nothing\n",
        encoding="utf-8",
    )
    found = list(doctor.packages(["numpy", "pytest", "no-such-thing"], "missing", tmp_path))
    assert [one.state for one in found] == ["missing", "note"]
    assert "not installed: no-such-thing" in found[0].what
    assert "requirements.txt" in found[0].advice
    assert re.search(
        r"other versions than the lock: pytest \S+ \(the lock has 0\.3\)", found[1].what
    )
    (tmp_path / "requirements.txt").unlink()
    (fine,) = doctor.packages(["numpy", "pytest"], "missing", tmp_path)
    assert fine.state == "ok"


def test_wrong_products_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that multiplies wrongly on this processor is no small thing."""
    (fine,) = doctor.arithmetic()
    assert fine.state == "ok"

    class Wrong(np.ndarray):
        def __matmul__(self, other: object) -> object:
            return np.asarray(self) @ np.asarray(other) * (1 + 1e-9)

    class Generator:
        def random(self, shape: tuple[int, int], dtype: type) -> object:
            return np.random.default_rng(1).random(shape, dtype).view(Wrong)

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Generator() if seed == 0 else RIGHT)
    (found,) = doctor.arithmetic()
    assert found.state == "missing"
    assert "OPENBLAS_CORETYPE" in found.advice


RIGHT = np.random.default_rng(1)


def test_folders_that_are_full_or_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little space is a note, a folder that cannot be written to keeps the course from running."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10**9))
    assert [one.state for one in doctor.places()] == ["note", "note"]

    def refuse(**_options: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "NamedTemporaryFile", refuse)
    found = list(doctor.places())
    assert [one.state for one in found] == ["missing", "missing"]
    assert "TMPDIR" in found[1].advice


def test_what_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No data, no browser, no sandbox: the lessons can be run all the same."""
    monkeypatch.setenv("COURSE_LIB_DATA", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert main() == 0
    said = capsys.readouterr().out
    assert "note    MNIST, for lessons 8 and 9, is not here" in said
    assert "note    no chromium" in said
    assert "note    no sandbox for hand-ins" in said
    monkeypatch.setattr(doctor, "GROUPS", (("All", (lambda: [Finding("missing", "x", "y")],)),))
    assert main() == 1
    assert "1 thing is missing" in capsys.readouterr().out


def test_a_sandbox_that_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not start and one in which nothing runs are told apart."""
    monkeypatch.setattr(sandbox, "why_no_sandbox", str)

    def no_start(*_arguments: object) -> object:
        raise sandbox.SandboxError("bwrap: no permission")

    monkeypatch.setattr(sandbox, "run_steps", no_start)
    assert "does not start" in list(doctor.marking())[-1].what
    monkeypatch.setattr(sandbox, "run_steps", lambda *_arguments: {0: {"error": "no numpy"}})
    assert list(doctor.marking())[-1].advice == "no numpy"
    monkeypatch.setattr(sandbox, "run_steps", lambda *_arguments: {0: {"done": True}})
    assert list(doctor.marking())[-1].state == "ok"


def test_it_runs_where_nothing_is_installed() -> None:
    """A Python without any package can run it: that is where it is needed."""
    code = (
        "import sys; sys.path[:0] = ['.']; from course_lib.__main__ import main; main(['doctor'])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, text=True, capture_output=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    assert "not installed: numpy, scipy" in done.stdout
    assert "things are missing: see above what to do." in done.stdout
