"""The commands around a class: what each does, says, and leaves alone."""

import contextlib
import csv
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course_lib.__main__ import main as course
from course_lib.exercises.exercise import Verdict
from course_lib.grading import commands, gradebook
from course_lib.grading.classroom import read_class, read_table
from course_lib.grading.commands import main
from course_lib.grading.exporting import fill
from course_lib.grading.feedback import feedback_page, place_in_book
from course_lib.grading.marking import Graded, Mark, checks_of
from course_lib.grading.sandbox import why_no_sandbox
from course_lib.grading.sets import student_version
from course_lib.grading.standing import group_of, standings
from tools import rehearsal
from tools.freshness import ROOT

pytest.importorskip("nbgrader")
needs_bwrap = pytest.mark.skipif(bool(why_no_sandbox()), reason=why_no_sandbox())

SET = "03-momentum"
STUDENTS = """id,name,email,canvas,moodle,extra_days
ada,Ada Lovelace,ada@x.org,101,7001,0
bo,Bo Li,bo@x.org,102,7002,0
cem,Cem Kaya,cem@x.org,103,7003,3
dee,Dee Dee,dee@x.org,104,7004,0
"""
SETTINGS = """course = "c"
seed = "of the test"
[late]
per_day = 0.25
[sets.03-momentum]
deadline = 2027-01-10T12:00:00+00:00
"""
WORDS = "The second one overshoots. <script>alert(1)</script>"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a class whose set 3 is released."""
    folder = tmp_path_factory.mktemp("released")
    (folder / "class.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "students.csv").write_text(STUDENTS, encoding="utf-8")
    assert main(["new", str(folder)]) == 0
    assert main(["release", "3", "--variants", "--class", str(folder)]) == 0
    return folder


@pytest.fixture
def room(released: Path, tmp_path: Path) -> Path:
    """Return a copy of that class."""
    shutil.copytree(released, tmp_path / "class")
    return tmp_path / "class"


def do(room: Path, *words: str | Path, status: int = 0) -> None:
    """Run a step."""
    assert main([*map(str, words), "--class", str(room)]) == status


def submission(room: Path, words: str = WORDS, student: str = "ada") -> Any:
    """Return a notebook with an answer in words."""
    notebook = nbformat.read(room / "release" / SET / f"{SET}.ipynb", 4)
    for cell in notebook.cells:
        if "written" in cell.metadata.get("tags", []):
            cell.source = words
        if cell.source.startswith("STUDENT = "):
            cell.source = f"STUDENT = {student!r}"
    return notebook


def hand_in(room: Path, *students: str, words: str = WORDS) -> Path:
    """Write an export of Canvas in which these students have handed in."""
    known = {s.id: s for s in read_class(room).students}
    path = room.parent / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, student in enumerate(students or tuple(known)):
            first, last = known[student].name.split()
            name = (
                f"{last}{first}".lower() + f"_{known[student].canvas}_{5000 + number}_{SET}.ipynb"
            )
            entry = zipfile.ZipInfo(name, (2027, 1, 10 + number, 6, 0, 0))
            archive.writestr(entry, nbformat.writes(submission(room, words, student)))
    return path


@pytest.fixture
def marker(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """Let nothing be run: a student's verdicts are those that a test writes into the table."""
    kinds: dict[str, dict[str, str]] = {}

    def fake(problems: Any, files: Any, _store: Path, *, done: Any, **_options: Any) -> Any:
        found = {}
        for student, path in files.items():
            text = path.read_text(encoding="utf-8")
            words = WORDS if WORDS[:20] in text else "Another answer."
            marks = []
            for check in checks_of(problems):
                if check.kind == "written":
                    verdict = Verdict(check.grade_id, "by hand", text=words)
                    marks.append(Mark(check.grade_id, check.grade_id, None, check.points, verdict))
                    continue
                kind = kinds.get(student, {}).get(check.exercise, "right")
                mistake = "the factor 1 - beta is missing" if kind == "mistake" else ""
                place = "training/03-momentum, “One step”"
                verdict = Verdict(check.exercise, kind, mistake, f"{kind} it is", place)
                points = check.points if kind == "right" else 0.0
                marks.append(
                    Mark(check.grade_id, check.exercise, points, check.points, verdict, "", kind)
                )
            found[student] = Graded(student, "digest", (), tuple(marks))
            done(found[student], False)
        return found

    monkeypatch.setattr(commands, "grade_all", fake)
    monkeypatch.setattr(commands, "why_no_sandbox", str)
    return kinds


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    return [row for _, row in read_table(path.read_text(encoding="utf-8-sig"))[1]]


def points_in(room: Path) -> dict[str, float]:
    """Return the points as nbgrader's gradebook has them."""
    with contextlib.closing(sqlite3.connect(room / "gradebook.db")) as database:
        rows = database.execute(
            "select s.student_id, sum(coalesce(g.manual_score, g.auto_score, 0)) "
            "- coalesce(n.late_submission_penalty, 0) from submitted_assignment s "
            "join submitted_notebook n on n.assignment_id = s.id "
            "join grade g on g.notebook_id = n.id group by s.id"
        )
        return dict(rows.fetchall())


# Release


def test_release_gives_the_students_version_and_nothing_else(room: Path) -> None:
    """What is handed out is what `student_version` makes, with nbgrader's marks and no answer."""
    problems = read_class(room).problem_set(SET)
    made = nbformat.read(room / "release" / SET / f"{SET}.ipynb", 4)
    wanted = student_version(problems)
    assert [c.source for c in made.cells] == [c.source for c in wanted.cells]
    for cell, same in zip(made.cells, wanted.cells, strict=True):
        ours = same.metadata.get("nbgrader", {})
        assert {k: cell.metadata.get("nbgrader", {})[k] for k in ours} == ours
    with zipfile.ZipFile(room / "hand-out" / f"{SET}.zip") as archive:
        assert archive.namelist() == [f"{SET}.ipynb"]
        assert nbformat.reads(archive.read(f"{SET}.ipynb").decode(), 4) == made
    own = room / "hand-out" / f"{SET}-for-each"
    assert sorted(p.name for p in own.iterdir()) == ["ada.zip", "bo.zip", "cem.zip", "dee.zip"]
    with zipfile.ZipFile(own / "bo.zip") as archive:
        text = archive.read(f"{SET}.ipynb").decode()
    assert "STUDENT = 'bo'" in text
    assert "solution" not in text.replace('"solution":', "").casefold()


def test_release_refuses_what_is_not_the_students_version(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed configuration that leaves what is for instructors in the notebook is found out."""
    config = room / "nbgrader_config.py"
    text = config.read_text(encoding="utf-8")
    assert "enabled = True" in text
    config.write_text(text.replace("enabled = True", "enabled = False"), encoding="utf-8")
    do(room, "release", SET, status=2)
    assert "nothing is released" in capsys.readouterr().err
    assert not (room / "release" / SET / f"{SET}.ipynb").exists()


def test_a_class_is_not_made_in_the_course(capsys: pytest.CaptureFixture[str]) -> None:
    """Marks and solutions do not belong into a public folder."""
    assert main(["new", str(ROOT / "book" / "my-class")]) == 2
    assert "is in the course's own folder" in capsys.readouterr().err
    assert not (ROOT / "book" / "my-class").exists()


# Collect, run, written, return, export


def test_a_term_from_collecting_to_the_platform(
    room: Path, marker: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The marks reach the gradebook, the pages and the platform's table, late days taken off."""
    marker["bo"] = {"momentum.step": "mistake", "momentum.descend": "wrong"}
    do(room, "collect", SET, hand_in(room, "ada", "bo", "cem"))
    said = capsys.readouterr().out
    # Cem's two days are within his three extra ones.
    assert "late: bo, 1 day (by the file's time)" in said
    assert "late: cem" not in said
    assert "nothing of: dee" in said
    do(room, "run", SET)
    assert "6 answers in words are to be marked" in capsys.readouterr().out
    do(room, "export", SET, status=2)
    assert "6 answers in words are not marked yet" in capsys.readouterr().err
    do(room, "written", SET)
    sheet = room / "marks" / f"{SET}-written.csv"
    rows = table(sheet)
    text = sheet.read_text(encoding="utf-8")
    assert len(rows) == 6
    assert not any(name in text.casefold() for name in ("ada", "lovelace", "cem", "101"))
    assert [row["question"] for row in rows] == sorted(row["question"] for row in rows)
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(
            {**row, "points": "1,5", "comment": "Which number says so?"} for row in rows
        )
    do(room, "written", SET, "--read", sheet)
    assert points_in(room) == {"ada": 16.0, "bo": 6.0, "cem": 16.0}  # bo: (16 - 8) times 0.75
    do(room, "return", SET)
    page = (room / "feedback" / "bo" / SET / f"{SET}.html").read_text(encoding="utf-8")
    assert "6 of 20 points" in page
    assert "8 before lateness. The hand-in came 1 day late, which leaves 75 %." in " ".join(
        page.split()
    )
    assert "Not right yet: the factor 1 - beta is missing" in page
    assert "The book explains it in lesson 3, “One step”." in page
    assert "Which number says so?" in page
    assert "<script>" not in page
    with zipfile.ZipFile(room / "hand-back" / f"{SET}.zip") as archive:
        assert f"libo_102_5001_{SET}.html" in archive.namelist()
        assert archive.read(f"libo_102_5001_{SET}.html").decode() == page
    capsys.readouterr()
    canvas = room.parent / "canvas.csv"
    canvas.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,03-momentum (77),Other (78),Final Score\n"
        ",,,,,Manual Posting,,\n"
        "    Points Possible,,,,,25,10,\n"
        '"Lovelace, Ada",101,a,a,one,,3,\n"Li, Bo",102,,,one,1,3,\n"Dee, Dee",104,,,one,,3,\n',
        encoding="utf-8-sig",
    )
    do(room, "export", SET, "--table", canvas)
    said = capsys.readouterr().out
    assert "for Canvas: 2 marks" in said
    assert "Canvas has 25 points for it, the set has 20" in said
    assert "not in the table: cem" in said
    assert "no mark for: Dee, Dee" in said
    assert table(room / "marks" / f"{SET}-canvas.csv") == [
        {"Student": "    Points Possible", "ID": "", "SIS User ID": "", "SIS Login ID": "",
         "Section": "", "03-momentum (77)": "25"},
        {"Student": "Lovelace, Ada", "ID": "101", "SIS User ID": "a", "SIS Login ID": "a",
         "Section": "one", "03-momentum (77)": "16"},
        {"Student": "Li, Bo", "ID": "102", "SIS User ID": "", "SIS Login ID": "", "Section": "one",
         "03-momentum (77)": "6"},
    ]  # fmt: skip
    moodle = room.parent / "moodle.csv"
    moodle.write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
        "Last modified (grade),Feedback comments\n"
        "Participant 7001,Ada Lovelace,,Submitted,,100.00,Yes,-,\n"
        "Participant 9,Who Else,bo@x.org,Submitted,,100.00,Yes,-,\n"
        "Participant 8,Dee Dee,,No submission,,100.00,Yes,-,\n",
        encoding="utf-8",
    )
    do(room, "export", SET, "--table", moodle)
    said = capsys.readouterr().out
    assert "Moodle's grade goes up to 100.00, the set has 20 points" in said
    ada, bo, dee = table(room / "marks" / f"{SET}-moodle.csv")
    assert (ada["Grade"], ada["Grade can be changed"], dee["Grade"]) == ("80", "Yes", "")
    assert bo["Grade"] == ""  # the mail is bo's, but the number is another one's
    assert "One step: 4 of 4" in ada["Feedback comments"] or "of 4" in ada["Feedback comments"]
    assert [row["points"] for row in table(room / "marks" / f"{SET}.csv")] == [
        "16.0",
        "6.0",
        "16.0",
    ]


def test_steps_out_of_order_say_what_comes_first(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each step that lacks something names the one that brings it."""
    for words, said in (
        (("run", SET), "grade collect" if not why_no_sandbox() else "There is no sandbox"),
        (("report", SET), "grade run"),
        (("return", SET), "grade run"),
        (("comment", "abc", "text"), "grade report lists them"),
        (("forget", "zoe"), "There is no student 'zoe'"),
        (("collect", SET, room / "nowhere"), "name the folder or the archive"),
        (("collect", SET, room, "--whose", "x"), "--whose must be FILE=ID, got 'x'"),
        (("release", "99"), "There is no set '99'"),
    ):
        do(room, *words, status=2)
        assert said in capsys.readouterr().err


@pytest.mark.usefixtures("marker")
def test_a_set_that_was_not_released_is_not_marked(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gradebook has to know the set; nothing is stored before."""
    do(room, "collect", "04", hand_in(room, "ada"))
    do(room, "run", "04", status=2)
    assert "is not in the gradebook: release it first" in capsys.readouterr().err
    assert not (room / "results" / "04-learning-rate-decay" / "marks.json").exists()


@pytest.mark.usefixtures("marker")
def test_steps_can_be_done_again_and_dry(room: Path) -> None:
    """A dry run changes nothing; a second run leaves what is there, to the byte."""

    def content() -> dict[str, bytes]:
        return {
            str(p): p.read_bytes() for p in room.rglob("*") if p.is_file() and p.suffix != ".db"
        }

    export = hand_in(room, "ada", "bo")
    steps: list[tuple[str | Path, ...]] = [
        ("collect", SET, export), ("run", SET), ("written", SET), ("report", SET), ("return", SET),
        ("export", SET, "--partial"),
    ]  # fmt: skip
    for step in steps:
        before = content()
        do(room, *step, "--dry-run")
        assert content() == before, step
        do(room, *step)
        assert content() != before, step
        after = content()
        do(room, *step)
        assert content() == after, step
    before = content()
    do(room, "forget", "ada", "--dry-run")
    do(room, "comment", group_in(room), "Look again.", "--dry-run")
    do(room, "release", SET, "--dry-run")
    assert content() == before


def group_in(room: Path) -> str:
    """Return a group of answers of the class."""
    problems = read_class(room).problem_set(SET)
    return group_of(standings(read_class(room), problems)[0].lines[0].mark)


@pytest.mark.usefixtures("marker")
def test_a_second_hand_in_and_what_was_marked_by_hand(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Points for words that are there no more are taken back, those for the same words stay."""
    do(room, "collect", SET, hand_in(room, "ada", "bo"))
    do(room, "run", SET)
    do(room, "written", SET)
    sheet = room / "marks" / f"{SET}-written.csv"
    rows = table(sheet)
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "points": row["out_of"]} for row in rows)
    do(room, "written", SET, "--read", sheet)
    assert points_in(room) == {"ada": 20.0, "bo": 15.0}
    do(room, "collect", SET, hand_in(room, "ada", words="Quite another answer."))
    capsys.readouterr()
    do(room, "run", SET)
    assert "ada: 2 answers in words are new: to be marked again" in capsys.readouterr().out
    assert points_in(room) == {"ada": 13.0, "bo": 15.0}
    assert (room / "results" / SET / "marks-before-1.json").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points": "9"}, "line 2: points must be a number from 0 to 4, got '9'"),
        ({"points": "much"}, "line 2: points must be a number from 0 to 4, got 'much'"),
        ({"code": "ffffffff"}, "line 2: there is no answer .* of 'ffffffff'"),
    ],
)
@pytest.mark.usefixtures("marker")
def test_a_sheet_with_a_wrong_line_enters_nothing(
    room: Path, change: dict[str, str], said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The line is named, and the good ones wait for it."""
    do(room, "collect", SET, hand_in(room, "ada"))
    do(room, "run", SET)
    do(room, "written", SET)
    sheet = room / "marks" / f"{SET}-written.csv"
    rows = [{**row, "points": "1"} for row in table(sheet)]
    rows[0].update(change)
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    capsys.readouterr()
    do(room, "written", SET, "--read", sheet, status=2)
    assert pytest.approx(13) == points_in(room)["ada"]
    assert re.search(said, capsys.readouterr().err)
    for text in ("code,question\n", ""):
        sheet.write_text(text, encoding="utf-8")
        do(room, "written", SET, "--read", sheet, status=2)
        assert "are missing" in capsys.readouterr().err


def test_regrading_tells_who_gains_and_who_loses(
    room: Path, marker: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Other checks are not used in silence; a dry run shows what they would change."""
    marker.update(ada={"momentum.step": "wrong"})
    do(room, "collect", SET, hand_in(room, "ada", "bo", "cem"))
    do(room, "run", SET)
    before = points_in(room)
    monkeypatch.setattr(commands, "checks_version", lambda _: "another")
    marker.update(ada={}, bo={"momentum.corrected": "mistake"})
    capsys.readouterr()
    do(room, "run", SET, status=2)
    assert "grade regrade" in capsys.readouterr().err
    for words in (("regrade", SET, "--dry-run"), ("regrade", SET)):
        assert points_in(room) == before
        do(room, *words)
        said = capsys.readouterr().out
        assert "ada gains 4: momentum.step 0 → 4" in said
        assert "bo loses 3: momentum.corrected 3 → 0" in said
        assert "1 keep what they had" in said
    assert points_in(room) == {**before, "ada": before["ada"] + 4, "bo": before["bo"] - 3 * 0.75}
    do(room, "run", SET)  # the same checks as before


@pytest.mark.usefixtures("marker")
def test_days_late_may_be_changed_by_hand(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands in the list counts; what is no number is refused with the student."""
    do(room, "collect", SET, hand_in(room, "ada", "bo"))
    listed = room / "submitted" / f"{SET}.csv"
    text = listed.read_text(encoding="utf-8")
    listed.write_text(text.replace(",1,", ",0,"), encoding="utf-8")
    do(room, "run", SET)
    assert points_in(room) == {"ada": 13.0, "bo": 13.0}
    listed.write_text(text.replace(",1,", ",one,"), encoding="utf-8")
    do(room, "run", SET, status=2)
    assert "days_late of bo must be a whole number" in capsys.readouterr().err


# Report, comments


def test_the_report_and_a_comment_for_a_group(
    room: Path, marker: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Answers without a name come first, those that are alike together, one comment for them."""
    marker.update(
        ada={"momentum.step": "mistake"}, bo={"momentum.descend": "wrong"},
        cem={"momentum.descend": "wrong"},
    )  # fmt: skip
    do(room, "collect", SET, hand_in(room, "ada", "bo", "cem"))
    do(room, "run", SET)
    capsys.readouterr()
    do(room, "report", SET)
    said = capsys.readouterr().out
    wrong = said[said.index("What went wrong") :]
    assert wrong.index("momentum.descend: no name") < wrong.index("momentum.step: the factor")
    assert "2: bo, cem" in wrong
    group = wrong[wrong.index("no name [") + 9 :][:6]
    do(room, "comment", group, "Look at the loop's last line.")
    do(room, "comment", group, "Look at the loop's first line.")
    assert "reaches bo, cem" in capsys.readouterr().out
    do(room, "return", SET)
    for student, there in (("ada", False), ("bo", True), ("cem", True)):
        page = (room / "feedback" / student / SET / f"{SET}.html").read_text(encoding="utf-8")
        assert ("Look at the loop&#39;s first line." in page) is there
        assert "last line" not in page
    folder = room / "reports" / SET
    marks = table(folder / "marks.csv")
    assert [row["points"] for row in marks] == ["9.0", "6.75", "9.0"]
    assert all(int(row["minutes"]) > 0 for row in marks)
    assert len(table(folder / "answers.csv")) == 18
    notebook = nbformat.read(folder / "glance.ipynb", 4)
    code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    done = subprocess.run(
        [sys.executable, "-c", "import matplotlib; matplotlib.use('agg')\n" + code], cwd=folder,
        text=True, capture_output=True, check=False, env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("3 students have handed in\n", "")


# Forgetting


def test_a_student_is_forgotten_everywhere(
    room: Path, marker: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """No file and no row of the database has the id, the name or the answer any more."""
    marker["bo"] = {"momentum.step": "wrong"}
    do(room, "collect", SET, hand_in(room, "ada", "bo"))
    for step in (("run", SET), ("written", SET), ("report", SET), ("return", SET)):
        do(room, *step)
    do(room, "export", SET, "--partial")
    do(room, "forget", "bo")
    assert "has the word" not in capsys.readouterr().out
    for path in room.rglob("*"):
        assert "bo" not in path.stem.split("-"), path
        if path.is_file():
            content = path.read_bytes()
            assert b"Bo Li" not in content, path
            assert b"bo@x.org" not in content, path
            assert b'"bo"' not in content, path
    assert points_in(room) == {"ada": 13.0}
    do(room, "return", SET)
    do(room, "forget", "dee")  # who has handed in nothing
    assert [s.id for s in read_class(room).students] == ["ada", "cem"]
    do(room, "forget", "bo", status=2)


# The feedback page


def test_the_page_needs_nothing_and_is_readable(
    room: Path, marker: dict[str, dict[str, str]]
) -> None:
    """No address of another place is in it, and each heading, table and link fits together."""
    marker["ada"] = {"momentum.step": "crash", "momentum.descend": "unwritten"}
    do(room, "collect", SET, hand_in(room, "ada"))
    do(room, "run", SET)
    read = read_class(room)
    problems = read.problem_set(SET)
    (one,) = standings(read, problems)
    page = feedback_page(problems, replace(one, problems=("The file holds & <b>bytes</b>.",)))
    assert "http:" not in page
    assert "https:" not in page
    assert "src=" not in page
    assert "The file holds &amp; &lt;b&gt;bytes&lt;/b&gt;." in page
    assert "so far: 2 answers are still to be marked." in " ".join(page.split())
    for number in range(1, 7):
        assert page.count(f'href="#exercise-{number}"') == 1
        assert page.count(f'id="exercise-{number}"') == 1
    assert place_in_book("training/03-momentum, “A”") == "lesson 3, “A”"
    assert place_in_book("how-to-read-a-verdict, “A”") == "how-to-read-a-verdict, “A”"


# Tables of other forms


@pytest.mark.usefixtures("marker")
def test_tables_that_are_not_a_platforms(
    room: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The message says what the columns are, or that the set has none."""
    do(room, "collect", SET, hand_in(room, "ada"))
    do(room, "run", SET)
    path = tmp_path / "table.csv"
    for text, said in (
        ("a,b\n1,2\n", "its columns are: a, b"),
        ("Student,ID,Section,Other (3)\nA,1,x,\n", "has no column for 03-momentum"),
        ("Student,ID,03-momentum (3),03-momentum (4)\nA,1,,\n", "has 2 columns"),
    ):
        path.write_text(text, encoding="utf-8")
        do(room, "export", SET, "--partial", "--table", path, status=2)
        assert said in capsys.readouterr().err
    path.write_bytes(b"Student,ID\n\xe9,1\n")
    do(room, "export", SET, "--partial", "--table", path, status=2)
    do(room, "export", SET, "--partial", "--table", tmp_path / "none.csv", status=2)
    read = read_class(room)
    path.write_text(
        "Student,ID,Section,Problem set 3: momentum (3)\nAda Lovelace,,x,\n", encoding="utf-8"
    )
    problems = read.problem_set(SET)
    assert fill(problems, standings(read, problems), path).entered == ["ada"]


# The command line


def test_the_course_has_one_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command, and with an unknown one, they are listed."""
    assert course([]) == 2
    assert course(["--help"]) == 0
    assert course(["guess"]) == 2
    said = capsys.readouterr().out
    assert said.count("  grade ") == said.count("  check ") == 3
    assert course(["check"]) == 2
    assert "momentum_step" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        course(["grade", "--help"])
    said = capsys.readouterr().out
    assert all(step in said for step in commands.STEPS)


def test_without_a_sandbox_nothing_is_run_in_silence(
    room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It refuses, or says what is not protected."""
    monkeypatch.setattr(commands, "why_no_sandbox", lambda: "there is no program bwrap")
    do(room, "collect", SET, hand_in(room, "ada"))
    do(room, "run", SET, status=2)
    assert "unless you say --without-sandbox" in capsys.readouterr().err
    monkeypatch.setattr(commands, "grade_all", lambda *_args, **_options: {})
    do(room, "run", SET, "--without-sandbox")
    assert "can read and delete your files" in capsys.readouterr().out


def test_nbgrader_that_is_missing_is_told(
    room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says how to install it."""
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    do(room, "release", SET, status=2)
    assert "python -m pip install" in capsys.readouterr().err
    assert gradebook.nbgrader_is_missing()


# The real thing


def printed(folder: Path) -> str:
    """Return what the rehearsal of a class prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.rehearsal", "--keep", str(folder)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


PAGE = ROOT / "book" / "instructors" / "a-class.md"


@needs_bwrap
def test_the_rehearsal_comes_out_as_expected(tmp_path: Path) -> None:
    """Ten hand-ins, right, wrong and hostile: their marks, and nothing else is changed.

    What the instructors' page shows is what is printed.
    """
    said = printed(tmp_path / "rehearsal")
    assert "10 hand-ins: all as expected, nothing else changed" in said
    commands_and_answers = re.findall(r"```text\n\$ (.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(commands_and_answers) == 10
    lines = {re.sub(r"^ +\d+ of", "N of", line) for line in said.splitlines()}
    for shown in commands_and_answers:
        command, *answer = shown.splitlines()
        assert f"$ {command}" in lines
        for line in answer:
            if not line.endswith("…"):  # where a time stands
                assert re.sub(r"^ +\d+ of", "N of", line) in lines, line


def test_the_rehearsal_sees_what_is_not_as_expected(tmp_path: Path) -> None:
    """A file left in the home, one that is changed and one that is gone are found."""
    stage = rehearsal.Stage(tmp_path)
    assert stage.seen() == stage.before
    (stage.home / ".cache").mkdir()
    (stage.temporary / "left").write_text("x", encoding="utf-8")
    assert len(stage.seen()) == len(stage.before) + 2
    (stage.home / "diary.txt").unlink()
    assert set(stage.before) - set(stage.seen()) == {f"{stage.home}/diary.txt"}
    assert [s.id for s in rehearsal.class_of(12)][-2:] == ["ada-1", "ben-1"]


@pytest.fixture
def right(room: Path) -> Path:
    """Return a class of four with hand-ins that have solutions in them."""
    solutions = nbformat.read(room / "source" / SET / f"{SET}.ipynb", 4)
    answers = {
        c.metadata.nbgrader.grade_id: c.source
        for c in solutions.cells
        if "answer" in c.metadata.get("tags", [])
    }
    folder = room.parent / "hand-ins"
    folder.mkdir()
    for student in ("ada", "bo", "cem", "dee"):
        notebook = submission(room, student=student)
        for cell in notebook.cells:
            marks = cell.metadata.get("nbgrader", {})
            if marks.get("grade_id") in answers and cell.cell_type == "code":
                cell.source = answers[marks["grade_id"]]
        nbformat.write(notebook, folder / f"{student}.ipynb")
    return folder


@needs_bwrap
def test_a_run_that_was_killed_goes_on(room: Path, right: Path) -> None:
    """After SIGKILL in the middle no mark is lost, none is there twice, none is made twice."""
    do(room, "collect", SET, right)
    command = [sys.executable, "-m", "course_lib", "grade", "run", SET, "--class", str(room)]
    settings: dict[str, Any] = {
        "cwd": ROOT, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT,
        "env": {**os.environ, "PYTHONPATH": str(ROOT)},
    }  # fmt: skip
    running = subprocess.Popen([*command, "--jobs", "1"], start_new_session=True, **settings)
    assert running.stdout is not None
    for line in running.stdout:
        if "1 of 4" in line:
            break
    else:
        pytest.fail("nothing was marked")
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
    assert not (room / "results" / SET / "marks.json").exists()
    time.sleep(0.2)
    done = subprocess.run(command, check=False, **settings)
    assert done.returncode == 0, done.stdout
    assert 1 <= done.stdout.count("marked before") < 4
    marked = json.loads((room / "results" / SET / "marks.json").read_text(encoding="utf-8"))
    assert [one["student"] for one in marked["graded"]] == ["ada", "bo", "cem", "dee"]
    assert set(points_in(room).values()) == {11.0}
    shown = nbformat.read(room / "autograded" / "bo" / SET / f"{SET}.ipynb", 4)
    said = "".join(o.text for c in shown.cells for o in c.get("outputs", []))
    assert "momentum.step: right." in said
    assert "4 of 4 points" in said
