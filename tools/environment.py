"""Install the locked environment into `.venv`: `python3 -m tools.environment [--only]`.

The Python that runs this is taken. If it is older than the course needs, another one on the PATH is
taken and named; with `--only` it is refused. If it is newer than the locked packages, that is said,
and the installation goes on.

A Python that is too old has to read this file, too, so nothing new is used in it.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(".venv")
CLASSIFIER = re.compile(r'"Programming Language :: Python :: (3\.\d+)"')
OWN_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def known_versions(pyproject: str) -> "list[str]":
    """Return the versions of Python that the course is tried with, oldest first."""
    return CLASSIFIER.findall(pyproject)


def number(version: str) -> "tuple[int, ...]":
    """Return a version as something that can be compared."""
    return tuple(int(part) for part in version.split("."))


def version_of(python: str) -> "str | None":
    """Return the version of an interpreter, None if it can't be run."""
    try:
        said = subprocess.check_output([python, "-c", OWN_VERSION], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    return said.decode().strip()


def another(versions: "list[str]") -> "str | None":
    """Return the newest interpreter on the PATH that the course is tried with, None without one."""
    for version in reversed(versions):
        name = "python" + version
        # A name alone is no proof: version managers leave names that start nothing.
        if shutil.which(name) is not None and version_of(name) == version:
            return name
    return None


def chosen(
    python: str, version: str, versions: "list[str]", only: bool
) -> "tuple[str | None, str]":
    """Choose an interpreter.

    Parameters
    ----------
    python : str
        The one that was asked for.
    version : str
        Its version.
    versions : list of str
        The versions that the course is tried with, oldest first.
    only : bool
        Whether no other one may be taken.

    Returns
    -------
    str or None
        The one to take, None where there is none.
    str
        What the user has to know, a sentence or nothing.
    """
    oldest, newest = versions[0], versions[-1]
    name = Path(python).name
    if number(version) > number(newest):
        return python, (
            f"Python {version} is newer than the locked packages, which are tried with Python "
            f"{oldest} to {newest}: if one of them does not install or fails, take an older "
            f"Python, for example with `make PYTHON=python{newest}`."
        )
    if number(version) >= number(oldest):
        return python, ""
    problem = f"The course needs Python {oldest} or newer, and {name} is Python {version}"
    other = None if only else another(versions)
    if other is not None:
        return other, f"{problem}: {other} from the PATH is taken."
    return None, (
        f"{problem}: install a newer one and name it, for example with "
        f"`make PYTHON=python{newest}`."
    )


def install(python: str) -> int:
    """Make a fresh environment and install the locked packages; return the exit code."""
    inside = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    commands = ([python, "-m", "venv", "--clear", str(VENV)], [*pip, "-r", "requirements.txt"])
    for command in commands:
        print(" ".join(command), flush=True)
        status = subprocess.call(command)
        if status:
            return status
    return 0


def main(args: "list[str]") -> int:
    """Do what the command line asks for and return the exit code."""
    if args not in ([], ["--only"]):
        print(__doc__)
        return 2
    versions = known_versions((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version = "{}.{}".format(*sys.version_info[:2])
    python, said = chosen(sys.executable, version, versions, only=bool(args))
    if said:
        print(said, flush=True)
    if python is None:
        return 1
    status = install(python)
    if status and said:
        print(said)  # once more, below a screen of messages
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("interrupted: the environment is not complete")
