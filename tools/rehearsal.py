"""A class that is played through: `python -m tools.rehearsal [--students 60] [--keep FOLDER]`.

Set 7 is released; ten students hand in what students hand in: right answers, wrong ones, code that
never ends, code that attacks. Their files are named as Canvas names them. They are collected,
marked, returned and exported by the commands of `python -m course_lib grade`, and the marks are
compared with those that are expected. At the end nothing is changed in the course's folder, in the
home and the temporary folder that the commands had.
"""

from __future__ import annotations

import argparse
import base64
import csv
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from course_lib.exercises.checking import question_of
from course_lib.grading.classroom import read_table
from course_lib.grading.sets import SOLUTION, read_set
from tools.freshness import ROOT

SET = "07-dropout"
WORDS = "I expected the cost with masks to be higher: half of the units are gone."

NO_SCALE = """
def dropout_mask(shape, rate, rng):
    return (rng.random(shape) >= rate) * 1.0
"""
ENDLESS = """
def dropout_backward(dA, mask):
    while True:
        pass
"""
EXITS = """
import os, signal
def dropout_backward(dA, mask):
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(0)
"""
BOMB = """
import os
def numerical_slope(cost, w, h, seed):
    while True:
        os.fork()
"""
EQUALS_ALL = """
import numpy
class Yes(numpy.ndarray):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
numpy.allclose = numpy.array_equal = lambda *a, **k: True
def dropout_mask(shape, rate, rng):
    return numpy.zeros(shape).view(Yes)
"""
LOOKS_ROUND = """
import os, socket, glob, subprocess
from pathlib import Path
for place in ("gradebook.db", "class.toml", "results", "source"):
    assert not list(Path("/").glob(f"*/{place}")), place
assert not any("SECRET" in name for name in os.environ)
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    raise SystemExit("there is a network")
except OSError:
    pass
try:
    Path("/usr/left-behind").write_text("x")
    raise SystemExit("the system can be written to")
except OSError:
    pass
"""


@dataclass(frozen=True)
class Story:
    """A student of the rehearsal.

    Parameters
    ----------
    id, name : str
        As in the list of students.
    points : float
        What is expected in the end; the answer in words gets all its points.
    sources : dict
        The functions that are not the right ones.
    added : str
        A cell that is added at the top.
    raw : bytes or None
        What is handed in in place of a notebook.
    late : bool
        Whether Canvas marks it as late.
    """

    id: str
    name: str
    points: float
    sources: Mapping[str, str] = field(default_factory=dict)
    added: str = ""
    raw: bytes | None = None
    late: bool = False


STORIES = (
    Story("ada", "Ada Lovelace", 20),
    # Without its scale the mask is wrong, and so is the layer that uses it.
    Story("ben", "Ben Ali", 10, {"dropout_mask": NO_SCALE}),
    Story("cem", "Cem Özdemir", 17, {"dropout_backward": ENDLESS}),
    Story("dana", "Dana Scully", 17, {"dropout_backward": EXITS}),
    Story("eli", "Eli van Dahl", 17, {"numerical_slope": BOMB}),
    Story("fay", "Fay Wray", 10, {"dropout_mask": EQUALS_ALL}),
    Story("gus", "Gus Fring", 20, added=LOOKS_ROUND),
    Story(
        "hoa", "Hoa Nguyen", 16, {"dropout_forward": "def dropout_forward(A, rate, rng, training"}
    ),
    Story("ian", "Ian Malcolm", 0, raw=b"\xff\xfe{ this is no notebook"),
    Story("jo", "Jo March", 16, late=True),
)
LATE_SHARE = 0.2  # of the points for each day


def notebook_of(release: Any, story: Story) -> Any:
    """Return what a student hands in."""
    notebook = nbformat.from_dict(release)
    solutions = {}
    for cell in read_set(ROOT / "exercises" / f"{SET}.md").notebook.cells:
        if "answer" in cell.metadata.get("tags", []):
            name = cell.source.split("(")[0].removeprefix("def ")
            solutions[name] = cell.source
    assert all(SOLUTION.search(source) for source in solutions.values())
    names: dict[str, Any] = {}
    exec("import numpy as np\n" + "\n\n".join(solutions.values()), names)
    question, case = question_of("dropout", story.id)
    answer = question.value(names["dropout_mask"], dict(case))
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.source.startswith("STUDENT = "):
            cell.source = f"STUDENT = {story.id!r}"
        elif "answer" in tags:
            name = cell.source.split("(")[0].removeprefix("def ")
            cell.source = story.sources.get(name, solutions[name]).strip()
        elif "reply" in tags:
            cell.source = f"my_answer = {answer}"
        elif "written" in tags:
            cell.source = WORDS
    if story.added:
        notebook.cells.insert(2, nbformat.v4.new_code_cell(story.added.strip(), id="own"))
    return notebook


def class_of(count: int) -> list[Story]:
    """Return as many students as are wanted: the ten, again and again."""
    found = []
    for number in range(count):
        story, again = STORIES[number % len(STORIES)], number // len(STORIES)
        if again:
            first, _, last = story.name.partition(" ")
            story = Story(
                f"{story.id}-{again}", f"{first} {'I' * again} {last}", story.points, story.sources,
                story.added, story.raw, story.late,
            )  # fmt: skip
        found.append(story)
    return found


def exported(stories: Sequence[Story], release: Any, archive: Path) -> None:
    """Write an archive as Canvas exports it: its own names, one student twice."""
    with zipfile.ZipFile(archive, "w") as file:
        for number, story in enumerate(stories):
            text = nbformat.writes(notebook_of(release, story)).encode()
            content = text if story.raw is None else story.raw
            first, _, last = story.name.rpartition(" ")
            name = f"{last}{first}".replace(" ", "").casefold()
            late = "LATE_" if story.late else ""
            if number % len(STORIES) == 0:  # an earlier try, without anything in it
                earlier = nbformat.writes(release).encode()
                file.writestr(f"{name}_{100 + number}_{5000 + number}_{SET}.ipynb", earlier)
                file.writestr(f"{name}_{100 + number}_{9000 + number}_{SET}-1.ipynb", content)
            else:
                file.writestr(f"{name}_{late}{100 + number}_{5000 + number}_{SET}.ipynb", content)
        file.writestr("strangeramy_999_7777_07-dropout.ipynb", nbformat.writes(release))


class Stage:
    """A folder for the class, and a home and a temporary folder that are watched."""

    def __init__(self, folder: Path) -> None:
        self.room, self.home, self.temporary = (folder / n for n in ("class", "home", "tmp"))
        self.home.mkdir()
        self.temporary.mkdir()
        (self.home / "diary.txt").write_text("nothing happened\n", encoding="utf-8")
        self.before = self.seen()
        self.environment = {
            **os.environ, "HOME": str(self.home), "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(ROOT), "A_SECRET": "of the instructor's", "COLUMNS": "100",
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        for name in [n for n in self.environment if n.startswith(("XDG_", "JUPYTER", "IPYTHON"))]:
            del self.environment[name]

    def seen(self) -> dict[str, tuple[int, int]]:
        """Return what lies in the folders that have to stay as they are, with sizes and times."""
        found = {}
        for folder in (ROOT, self.home, self.temporary):
            for at, folders, names in os.walk(folder):
                folders[:] = [
                    name
                    for name in folders
                    if not (name.startswith(".") and folder == ROOT)
                    and name not in ("__pycache__", "_build", "work")
                ]
                for name in [*names, *folders]:
                    stat = Path(at, name).lstat()
                    is_folder = name in folders
                    found[f"{at}/{name}"] = (stat.st_size, 0 if is_folder else stat.st_mtime_ns)
        return {k: v for k, v in found.items() if "/.coverage" not in k}

    def short(self, text: str) -> str:
        """Return a text in which the class's folder and the one around it have short names."""
        return text.replace(f"{self.room}", "my-class").replace(f"{self.room.parent}/", "")

    def grade(self, *words: str | Path) -> str:
        """Run one command of the class; print what it says and how long it took."""
        shown = " ".join(f"'{w}'" if " " in str(w) else str(w) for w in words)
        print(f"\n$ python -m course_lib grade {self.short(shown)}", flush=True)
        began = time.monotonic()
        command = [sys.executable, "-m", "course_lib", "grade", *map(str, words)]
        if words[0] != "new":
            command += ["--class", str(self.room)]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        print(self.short(done.stdout), end="")
        print(f"({time.monotonic() - began:.1f} s)", flush=True)
        if done.returncode:
            raise SystemExit(f"the command ended with {done.returncode}")
        return done.stdout


def play(folder: Path, stories: Sequence[Story]) -> list[str]:
    """Play the class through; return what is not as expected."""
    stage = Stage(folder)
    stage.grade("new", stage.room, "--course", "rehearsal")
    settings = stage.room / "class.toml"
    text = settings.read_text(encoding="utf-8").replace("per_day = 0.0", f"per_day = {LATE_SHARE}")
    text = re.sub('seed = ".*"', 'seed = "rehearsal"', text)  # the same numbers in each rehearsal
    settings.write_text(
        f"{text}\n[sets.{SET}]\ndeadline = 2099-01-01T00:00:00+00:00\n", encoding="utf-8"
    )
    with (stage.room / "students.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "canvas"])
        for number, story in enumerate(stories):
            known = "" if number % 3 else str(100 + number)  # the others by their names
            writer.writerow([story.id, story.name, known])
    stage.grade("release", SET)
    with zipfile.ZipFile(stage.room / "hand-out" / f"{SET}.zip") as archive:
        release = nbformat.reads(archive.read(f"{SET}.ipynb").decode(), 4)
    exported(stories, release, folder / "submissions.zip")
    stage.grade("collect", SET, folder / "submissions.zip")
    stage.grade("run", SET)
    stage.grade("written", SET)
    sheet = stage.room / "marks" / f"{SET}-written.csv"
    columns, rows = read_table(sheet.read_text(encoding="utf-8-sig"))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        by_column = csv.DictWriter(file, columns)
        by_column.writeheader()
        by_column.writerows({**row, "points": row["out_of"]} for _, row in rows)
    stage.grade("written", SET, "--read", sheet)
    said = stage.grade("report", SET)
    group = said.partition("dropout.mask: no scale [")[2][:6]
    stage.grade("comment", group, "Look at the first line of your function.")
    stage.grade("return", SET)
    table = folder / "canvas.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{SET} (4711)"]
        )
        writer.writerow(["    Points Possible", "", "", "", "", "20"])
        for number, story in enumerate(stories):
            first, _, last = story.name.rpartition(" ")
            writer.writerow([f"{last}, {first}", 100 + number, story.id, story.id, "one", ""])
    stage.grade("export", SET, "--table", table)

    problems = []
    filled = (stage.room / "marks" / f"{SET}-canvas.csv").read_text(encoding="utf-8")
    marks = {row["ID"]: row[f"{SET} (4711)"] for _, row in read_table(filled)[1]}
    print()
    for number, story in enumerate(stories):
        got = float(marks.get(str(100 + number), "nan"))
        fits = got == story.points
        sign = "" if fits else "  <--"
        print(f"  {story.id:8} {got:5.2f} of 20, expected {story.points:5.2f}{sign}")
        if not fits:
            problems.append(f"{story.id} has {got} points, expected {story.points}")
        page = stage.room / "feedback" / story.id / SET / f"{SET}.html"
        if story.name not in page.read_text(encoding="utf-8"):
            problems.append(f"{page} is not that of {story.name}")
    after = stage.seen()
    problems += [f"was changed: {name}" for name in after if after[name] != stage.before.get(name)]
    problems += [f"is gone: {name}" for name in stage.before if name not in after]
    return problems


def pictures(room: Path, folder: Path) -> None:
    """Draw the pictures of the instructors' page: the class at a glance, and a student's page."""
    from nbclient import NotebookClient

    from tools.browser import browser

    folder.mkdir(parents=True, exist_ok=True)
    reports = room / "reports" / SET
    notebook = nbformat.read(reports / "glance.ipynb", 4)
    NotebookClient(notebook, resources={"metadata": {"path": str(reports)}}).execute()
    drawn = [
        output.data["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    (folder / "glance.png").write_bytes(base64.b64decode(drawn[1]))
    with browser() as running:
        page = running.new_page(viewport={"width": 760, "height": 900}, device_scale_factor=1.5)
        page.goto((room / "feedback" / "ben" / SET / f"{SET}.html").as_uri())
        page.screenshot(path=folder / "feedback.png")


def main(args: Sequence[str] | None = None) -> int:
    """Play a class through; return 0 if all is as expected."""
    parser = argparse.ArgumentParser(prog="python -m tools.rehearsal", description=__doc__)
    parser.add_argument("--students", type=int, default=len(STORIES), metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="an empty folder for the class")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw the page's pictures")
    options = parser.parse_args(args)
    if options.students < 1:
        parser.error(f"--students must be at least 1, got {options.students}")
    began = time.monotonic()
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as made:
        folder = Path(made) if options.keep is None else options.keep.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        problems = play(folder, class_of(options.students))
        if options.pictures is not None:
            pictures(folder / "class", options.pictures)
    if dict(os.environ) != before:
        problems.append("the environment was changed")
    for problem in problems:
        print(problem)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if problems:
        print(f"{len(problems)} things are not as expected")
    else:
        print(
            f"{options.students} hand-ins: all as expected, nothing else changed, "
            f"{time.monotonic() - began:.0f} s on {cores} cores"
        )
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
