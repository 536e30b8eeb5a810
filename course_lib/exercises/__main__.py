"""The checks on a file of your own: ``python -m course_lib.exercises my_network.py --lesson 3``.

Each function of the file that has the name of an exercise's function is checked.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from course_lib.exercises.checking import TOPICS, exercises, judge
from course_lib.exercises.exercise import Exercise


def of_lesson(lesson: int) -> list[Exercise]:
    """Return the exercises of a lesson; the capstone belongs to lessons 8 to 10.

    >>> [exercise.name for exercise in of_lesson(3)]
    ['momentum.step', 'momentum.descend', 'momentum.corrected']
    """
    return list(TOPICS[min(lesson, len(TOPICS)) - 1].EXERCISES)


def functions_of(path: Path) -> dict[str, Any]:
    """Run a file and return the names in it; an error in it goes on to the caller."""
    source = path.read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    sys.path.insert(0, str(path.parent))  # modules beside it
    try:
        exec(compile(source, str(path), "exec"), names)
    finally:
        sys.path.remove(str(path.parent))
    return names


def report(names: Mapping[str, Any], wanted: Sequence[Exercise], student: str) -> tuple[int, int]:
    """Print a verdict for each exercise whose function is there; return how many are, and right."""
    found = right = 0
    for exercise in wanted:
        if exercise.function_name not in names:
            continue
        verdict = judge(exercise.name, names[exercise.function_name], student)
        print(verdict)
        found += 1
        right += verdict.right
    return found, right


def main(args: Sequence[str] | None = None) -> int:
    """Check a file; return 0 if all that is in it is right, 1 if not, 2 if nothing was checked."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib.exercises", description="Check the functions in a file."
    )
    parser.add_argument("file", type=Path, nargs="?", help="a Python file")
    parser.add_argument(
        "--lesson", type=int, choices=range(1, 11), help="check that lesson's exercises only"
    )
    parser.add_argument("--student", default="", help="an id, for numbers of one's own")
    options = parser.parse_args(args)
    wanted = list(exercises().values()) if options.lesson is None else of_lesson(options.lesson)
    listed = "\n".join(f"  {e.function_name}({', '.join(e.arguments)})  {e.name}" for e in wanted)
    if options.file is None:
        print(f"Functions that can be checked:\n{listed}")
        return 2
    try:
        names = functions_of(options.file)
    except OSError as problem:
        print(f"{options.file} cannot be read: {problem.strerror or problem}")
        return 2
    except Exception as problem:
        lines = [
            f
            for f in traceback.extract_tb(problem.__traceback__)
            if f.filename == str(options.file)
        ]
        where = f", line {lines[-1].lineno}: {lines[-1].line}" if lines else ""
        if isinstance(problem, SyntaxError):
            where = f", line {problem.lineno}: {(problem.text or '').strip()}"
        print(f"{options.file} does not run{where}\n  {type(problem).__name__}: {problem}")
        return 2
    found, right = report(names, wanted, options.student)
    if not found:
        print(f"{options.file} has none of these functions:\n{listed}")
        return 2
    print(
        f"{right} of {found} right"
        + (f"; {len(wanted) - found} not in the file" if found < len(wanted) else "")
    )
    return int(right < found)


if __name__ == "__main__":
    sys.exit(main())
