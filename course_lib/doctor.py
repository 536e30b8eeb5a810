"""Whether this machine can run the course: ``python -m course_lib doctor``.

Each line says what was looked at; where something is missing, the next one says what to do. The
exit status is 0 if the lessons can be run, whatever else is missing.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that the course is tried with
NEEDED = (
    "numpy",
    "scipy",
    "matplotlib",
    "scikit-learn",
    "joblib",
    "pooch",
    "tqdm",
    "threadpoolctl",
)
NOTEBOOKS = ("jupyterlab", "ipykernel", "nbclient")
BUILD = ("jupyter-book", "sphinx-book-theme", "pytest", "nbval", "ruff", "mypy")
SPACE = 2.0  # GB, for the environment, the book and what tests leave


@dataclass(frozen=True)
class Finding:
    """What was found in one place.

    Parameters
    ----------
    state : {"ok", "note", "missing"}
        A note is nothing that keeps the course from running.
    what : str
        What was looked at, with what was found.
    advice : str
        What to do; empty if nothing.
    """

    state: str
    what: str
    advice: str = ""

    def __str__(self) -> str:
        """Return it as it is printed."""
        line = f"  {self.state:8}{self.what}"
        return f"{line}\n          {self.advice}" if self.advice else line


def python() -> Iterable[Finding]:
    """Look at the Python that runs this."""
    version = sys.version_info[:2]
    name = f"Python {sys.version.split()[0]}"
    if version < OLDEST:
        yield Finding(
            "missing", f"{name} is older than 3.{OLDEST[1]}", "install a newer one, see the README"
        )
    elif version > NEWEST:
        yield Finding("note", f"{name} is newer than those that the course is tried with")
    else:
        yield Finding("ok", name)


def locked(root: Path = ROOT) -> dict[str, str]:
    """Return the versions of the lock, by package; none where there is no lock.

    Of a package with several versions, for different Pythons, there is none.
    """
    path = root / "requirements.txt"
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    several = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        pinned = re.match(r"([\w.-]+)==([^\s;]+)", line)
        if pinned:
            several |= {pinned[1]} & set(found)
            found[pinned[1]] = pinned[2]
    return {name: version for name, version in found.items() if name not in several}


def packages(names: Sequence[str], state: str, root: Path = ROOT) -> Iterable[Finding]:
    """Look for packages, and compare their versions with the lock."""
    lock, there, missing, others = locked(root), [], [], []
    for name in names:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        there.append(f"{name} {version}")
        if lock.get(name, version) != version:
            others.append(f"{name} {version} (the lock has {lock[name]})")
    if missing:
        yield Finding(
            state, f"not installed: {', '.join(missing)}",
            "make environment, or: python -m pip install -r requirements.txt",
        )  # fmt: skip
    if others:
        yield Finding("note", f"other versions than the lock: {', '.join(others)}")
    if there and not missing and not others:
        yield Finding("ok", ", ".join(there))


def arithmetic() -> Iterable[Finding]:
    """Multiply matrices, and look whether what comes out is right."""
    try:
        import numpy as np
        from threadpoolctl import threadpool_info  # type: ignore[import-untyped]
    except ImportError:
        return
    rng = np.random.default_rng(0)
    worst = 0.0
    for dtype, allowed in ((np.float64, 1e-13), (np.float32, 1e-5)):
        for rows, inner, columns in ((1, 2, 3), (10, 784, 30), (33, 65, 17)):
            A, B = rng.random((rows, inner), dtype), rng.random((inner, columns), dtype)
            for i, j in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 2)):
                right = math.fsum(float(a) * float(b) for a, b in zip(A[i], B[:, j], strict=True))
                worst = max(worst, abs(float((A @ B)[i, j]) - right) / right / allowed)
    kernels = sorted(
        {
            f"{info.get('internal_api', '?')} {info.get('architecture', '')}".strip()
            + f", {info['num_threads']} thread{'s' if info['num_threads'] > 1 else ''}"
            for info in threadpool_info()
            if info.get("user_api") == "blas"
        }
    )
    name = f"products of matrices ({'; '.join(kernels) or 'numpy itself'})"
    if worst > 1:
        yield Finding(
            "missing", f"{name} come out wrong",
            "set OPENBLAS_CORETYPE=Haswell (or Nehalem) and look again",
        )  # fmt: skip
    else:
        yield Finding("ok", name)


def places() -> Iterable[Finding]:
    """Look whether there is space, and whether files can be written."""
    for name, folder in (("this folder", Path.cwd()), ("the temporary folder", None)):
        try:
            with tempfile.NamedTemporaryFile(dir=folder) as file:
                at = Path(file.name).parent
        except OSError as problem:
            yield Finding(
                "missing", f"{name} cannot be written to: {problem.strerror or problem}",
                "copy the course to a folder of your own" if folder else "set TMPDIR to another",
            )  # fmt: skip
            continue
        free = shutil.disk_usage(at).free / 1e9
        if free < SPACE:
            yield Finding("note", f"{name} has {free:.1f} GB left", f"{SPACE:.0f} GB are enough")
        else:
            yield Finding("ok", f"{name} can be written to, {free:.0f} GB left")


def data() -> Iterable[Finding]:
    """Look for MNIST."""
    try:
        from course_lib.datasets import MnistError, mnist
    except ImportError:
        return
    try:
        mnist(download=False)
    except MnistError as problem:
        yield Finding("note", "MNIST, for lessons 8 and 9, is not here", f"{problem}")
    else:
        yield Finding("ok", "MNIST, for lessons 8 and 9")


def browser() -> Iterable[Finding]:
    """Look for the browser that the browser tests use."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            yield Finding("ok", f"{name}, for the browser tests")
            return
    yield Finding(
        "note", "no chromium, for the browser tests", "on Debian: apt-get install chromium"
    )


def marking() -> Iterable[Finding]:
    """Look whether hand-ins can be marked: nbgrader, and a sandbox that starts."""
    if importlib.util.find_spec("nbgrader") is None:
        yield Finding(
            "note", "nbgrader is not installed", "python -m pip install 'nbgrader>=0.9.6'"
        )
    else:
        yield Finding("ok", f"nbgrader {importlib.metadata.version('nbgrader')}")
    try:
        from course_lib.grading.sandbox import Limits, SandboxError, run_steps, why_no_sandbox
    except ImportError:
        return
    why = why_no_sandbox()
    if why:
        yield Finding("note", "no sandbox for hand-ins", why)
        return
    try:
        found = run_steps([{"kind": "cell", "source": "x = 1", "name": "cell 1"}], Limits())
    except SandboxError as problem:
        yield Finding("note", "the sandbox for hand-ins does not start", f"{problem}")
        return
    trouble = found[0].get("error") or found[0].get("stopped")
    if trouble:
        yield Finding("note", "the sandbox for hand-ins runs nothing", f"{trouble}")
    else:
        yield Finding("ok", "a sandbox for hand-ins starts")


def cores() -> Iterable[Finding]:
    """Look at the cores."""
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    word = "core" if free == 1 else "cores"
    yield Finding("ok", f"{free} {word}: runs over many seeds use all of them")


GROUPS: tuple[tuple[str, tuple[Callable[[], Iterable[Finding]], ...]], ...] = (
    (
        "To run the lessons",
        (
            python, lambda: packages(NEEDED, "missing"), lambda: packages(NOTEBOOKS, "missing"),
            arithmetic, cores, places, data,
        ),
    ),
    ("To build and test the book", (lambda: packages(BUILD, "note"), browser)),
    ("To mark a class", (marking,)),
)  # fmt: skip


def main(args: Sequence[str] | None = None) -> int:
    """Print what was found; return 1 if something is missing that the lessons need."""
    if args:
        print("python -m course_lib doctor takes nothing")
        return 2
    found: list[Finding] = []
    for title, looks in GROUPS:
        print(title)
        for look in looks:
            for finding in look():
                found.append(finding)
                print(finding, flush=True)
    missing = sum(finding.state == "missing" for finding in found)
    print(
        "The lessons can be run here."
        if not missing
        else f"{missing} thing{'s are' if missing > 1 else ' is'} missing: see above what to do."
    )
    return int(bool(missing))
