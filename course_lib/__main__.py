"""One command line for the course: ``python -m course_lib check | grade | doctor``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence


def check(args: Sequence[str]) -> int:
    """Check the functions in a file of one's own."""
    from course_lib.exercises.__main__ import main

    return main(args)


def grade(args: Sequence[str]) -> int:
    """Run a class: release, collect, grade, return."""
    from course_lib.grading.commands import main

    return main(args)


def doctor(args: Sequence[str]) -> int:
    """Tell whether this machine can run the course, and what to do if not."""
    from course_lib.doctor import main

    return main(args)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "check": check, "grade": grade, "doctor": doctor
}  # fmt: skip


def main(args: Sequence[str] | None = None) -> int:
    """Call a command with the rest of the line; return its exit status."""
    words = list(sys.argv[1:] if args is None else args)
    if not words or words[0] not in COMMANDS:
        print("python -m course_lib COMMAND ...; its commands:")
        for name, command in COMMANDS.items():
            print(f"  {name:8} {(command.__doc__ or '').strip()}")
        return 0 if words in (["-h"], ["--help"]) else 2
    try:
        return COMMANDS[words[0]](words[1:])
    except BrokenPipeError:  # whoever read the output has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
