"""Run all tests: `python -m tools.test [--noise SEED] [--part K/N]`.

The tests of the package and of the book's files come first and then every notebook, whatever the
first half found. The last line is over both. With `--noise`, the last bit of what numpy computes is
moved (`tools/noise`), and only what compares with stored figures is run: the notebooks, and the
code tests that are marked `stored`. With `--part 1/2` every second notebook is run, with
`--part 2/2` the others.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.freshness import ROOT, all_notebooks

NOISE = Path(__file__).resolve().parent / "noise"
CODE = ("tests", "course_lib", "--cov")
CODE_UNDER_NOISE = ("tests", "course_lib", "-m", "stored and not browser")
NOTEBOOKS = ("book",)
INTERRUPTED = 130  # what a shell gives for a program that Ctrl-C ended


@dataclass(frozen=True)
class Half:
    """How one half of the tests ended.

    Parameters
    ----------
    name : str
        What was tested.
    status : int
        pytest's exit status.
    counts : dict
        How many tests passed, failed and so on; empty if pytest did not come to its end.
    """

    name: str
    status: int
    counts: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Tell the half in a few words."""
        if not self.counts:
            return f"{self.name}: did not come to an end (exit status {self.status})"
        counts = dict(self.counts)
        failed = counts.pop("failed", 0) + counts.pop("error", 0) + counts.pop("xpassed", 0)
        parts = [f"{counts.pop('passed', 0)} passed", f"{failed} failed"]
        parts += [f"{number} {name}" for name, number in counts.items() if number]
        said = f"{self.name}: {', '.join(parts)}"
        if self.status and not failed:
            said += f", but exit status {self.status}: see above"
        return said


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait until pytest has ended after Ctrl-C, which a terminal sends to it as well."""
    for patience in (3.0, 30.0):  # seconds
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # it may not have come from a terminal
        else:
            return
    process.kill()
    process.wait()


def run_half(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Half:
    """Run pytest over one half of the tests."""
    print(f"== {name}: python -m pytest {' '.join(map(quoted, arguments))}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        command = [sys.executable, "-m", "pytest", *arguments, f"--counts={counts}"]
        process = subprocess.Popen(command, env=dict(environment))
        try:
            status = process.wait()
        except KeyboardInterrupt:
            end(process)
            raise
        found = json.loads(counts.read_text(encoding="utf-8")) if counts.exists() else {}
    return Half(name, status, found)


def quoted(argument: str) -> str:
    """Return an argument as one types it."""
    return f'"{argument}"' if " " in argument else argument


def under_noise(seed: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which every Python started moves last bits."""
    paths = [str(NOISE), environment.get("PYTHONPATH", "")]
    return {
        **environment,
        "COURSE_LIB_NOISE": str(seed),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }


def part_of(notebooks: Sequence[Path], part: str) -> list[Path]:
    """Return the part "K/N" of the notebooks: the K-th and every N-th after it.

    >>> [path.stem for path in part_of([Path("a"), Path("b"), Path("c")], "1/2")]
    ['a', 'c']
    """
    k, _, n = part.partition("/")
    if not (k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        raise argparse.ArgumentTypeError(f"part must be K/N, such as 1/2 or 2/2, got {part}")
    return list(notebooks[int(k) - 1 :: int(n)])


def arguments(args: Sequence[str] | None) -> Any:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.test", description=__doc__)
    parser.add_argument("--noise", type=int, metavar="SEED", help="move last bits, by this seed")
    parser.add_argument(
        "--part",
        metavar="K/N",
        type=lambda part: part_of(all_notebooks(), part),
        help="of the notebooks only every N-th, from the K-th on",
    )
    return parser.parse_args(args)


def main(args: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    options = arguments(args)
    environment: dict[str, str] = dict(os.environ)
    code: Sequence[str] = CODE
    if options.noise is not None:
        if not (NOISE / "sitecustomize.py").is_file():
            print(f"the noise is missing: {NOISE / 'sitecustomize.py'} is not there")
            return 2
        environment, code = under_noise(options.noise, environment), CODE_UNDER_NOISE
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # pytest is stopped then, too
    notebooks: Sequence[str] = NOTEBOOKS
    if options.part is not None:
        notebooks = [path.relative_to(ROOT).as_posix() for path in options.part]
    halves: list[Half] = []
    try:
        halves += [run_half("code tests", code, environment)]
        halves += [run_half("notebooks", notebooks, environment)]
    except KeyboardInterrupt:
        stopped = "notebooks" if halves else "code tests"
        print("; ".join([*map(str, halves), f"interrupted in the {stopped}"]), flush=True)
        return INTERRUPTED
    print("; ".join(map(str, halves)), flush=True)
    return int(any(half.status for half in halves))


if __name__ == "__main__":
    sys.exit(main())
