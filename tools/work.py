"""Copies of the book's notebooks to work in: `python -m tools.work`.

`make lab` opens the folder `work`, which git does not look at. The book's own notebooks stay as
they are, so that an update of the book meets no change of yours. A copy that you have not changed
follows an update; beside one that you have changed the new version is laid, as `NAME (new).ipynb`.
A copy that you delete comes back as it is in the book. Nothing that you wrote is ever overwritten.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.freshness import RESULTS, ROOT, all_notebooks

WORK = Path("work")
COPIED = ".copied.json"  # of each copy, the hash of what was copied
NEW = " (new)"


def digest(data: bytes) -> str:
    """Return the hash by which a copy is known to be unchanged."""
    return hashlib.sha256(data).hexdigest()


def sources(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield what is copied, and where it lies below `work`: notebooks, and results they load."""
    book = root / "book"
    for path in [*all_notebooks(root), *sorted((root / RESULTS).glob("*.json"))]:
        yield path, path.relative_to(book)


def update(root: Path = ROOT) -> list[str]:
    """Bring `work` up to date and return a sentence for each thing that a reader should know.

    Parameters
    ----------
    root : Path
        The project's folder.
    """
    work, said = root / WORK, []
    record = work / COPIED
    copied: dict[str, str] = json.loads(record.read_text("utf-8")) if record.is_file() else {}
    for source, place in sources(root):
        data, target, name = source.read_bytes(), work / place, place.as_posix()
        present = target.read_bytes() if target.is_file() else None
        if present is not None and present != data and digest(present) != copied.get(name):
            if copied.get(name) != digest(data):
                beside = target.with_stem(target.stem + NEW)
                said.append(f"{WORK / place} has changes of yours; the new version: {beside.name}")
                write(beside, data)
                copied[name] = digest(data)
            continue
        if present is None and name in copied:
            said.append(f"{WORK / place} was gone and is as in the book again")
        if present != data:
            write(target, data)
        copied[name] = digest(data)
    write(record, json.dumps(copied, indent=1).encode())
    return said


def write(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(data)
    beside.replace(path)


def main(args: Sequence[str] | None = None) -> int:
    """Bring `work` up to date, and say what a reader should know."""
    argparse.ArgumentParser(prog="python -m tools.work", description=__doc__).parse_args(args)
    for sentence in update():
        print(sentence)
    print(f"your copies are in {WORK}; the book's own notebooks stay as they are")
    return 0


if __name__ == "__main__":
    sys.exit(main())
