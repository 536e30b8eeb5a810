"""A class's settings, its list of students, deadlines, and whose a file is."""

import io
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from course_lib.grading.classroom import (
    ClassError,
    Classroom,
    Late,
    Student,
    new_class,
    read_class,
    read_students,
    read_table,
    write_table,
)
from course_lib.grading.collecting import look_through, newest
from course_lib.grading.submission import LARGEST

LIST = "id,name\nada,Ada Lovelace\n"
SETTINGS = 'course = "c"\nseed = "s"\n'


def room_of(folder: Path, settings: str = SETTINGS, students: str = LIST) -> Path:
    """Write a class's two files."""
    (folder / "class.toml").write_text(settings, encoding="utf-8")
    (folder / "students.csv").write_text(students, encoding="utf-8")
    return folder


def test_a_new_class_can_be_filled_in_and_read(tmp_path: Path) -> None:
    """What `new` writes is understood, and a second time nothing is written over."""
    made = new_class(tmp_path / "c", "networks")
    assert [path.name for path in made] == ["class.toml", "students.csv", "nbgrader_config.py"]
    with pytest.raises(ClassError, match="has no student in it yet"):
        read_class(tmp_path / "c")
    with (tmp_path / "c" / "students.csv").open("a", encoding="utf-8") as file:
        file.write("ada,Ada Lovelace,ada@x.org,12,34,2.5\n")
    room = read_class(tmp_path / "c")
    assert (room.course, len(room.seed)) == ("networks", 16)
    assert room.students == (Student("ada", "Ada Lovelace", "ada@x.org", "12", "34", 2.5),)
    assert new_class(tmp_path / "c", "another") == []
    assert read_class(tmp_path / "c").seed == room.seed
    new_class(tmp_path / "d", "d")
    assert read_seed(tmp_path / "d") != room.seed


def read_seed(folder: Path) -> str:
    """Return the seed of a class without students."""
    (folder / "students.csv").write_text(LIST, encoding="utf-8")
    return read_class(folder).seed


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('course = "c"', r"seed must be a text between quotes, got None"),
        ('course = 3\nseed = "s"', r"course must be a text between quotes, got 3"),
        (SETTINGS + "dead = 1", r"dead is unknown; known here: course, late, seed, sets, sets_in"),
        (SETTINGS + "[late]\nper_day = 1.5", r"late.per_day must be a number from 0 to 1, got 1.5"),
        (SETTINGS + "[late]\nper_day = true", r"late.per_day must be .* got True"),
        (SETTINGS + "[late]\ndays = -1", r"late.days must be a whole number .* got -1"),
        (SETTINGS + "[late]\nday = 1", r"late.day is unknown; known here: days, per_day"),
        (SETTINGS + "late = 3", r"late must be a table, \[late\], got 3"),
        (SETTINGS + "[sets.99-x]\n", r"sets.99-x is no set; there are: 00-practice, 01-"),
        (SETTINGS + "[sets]\n03-momentum = 1", r"sets.03-momentum must be a table, got 1"),
        (SETTINGS + "[sets.03-momentum]\ndeadline = 2027-01-01", r"must be a date with a time"),
        (SETTINGS + "[sets.03-momentum]\ndue = 1", r"sets.03-momentum.due is unknown"),
        (SETTINGS + 'sets_in = "nowhere"', r"sets_in must be a folder"),
        ("course = ", r"class.toml cannot be read"),
    ],
)
def test_settings_that_are_not_understood(tmp_path: Path, settings: str, said: str) -> None:
    """The message names the key, the value and what is expected."""
    with pytest.raises(ClassError, match=said):
        read_class(room_of(tmp_path, settings))


@pytest.mark.parametrize(
    ("students", "said"),
    [
        ("name\nAda\n", r"first line must have the columns id and name"),
        ("", r"first line must have the columns id and name"),
        ("id,name\n", r"has no student in it yet"),
        ("id,name\nada,A\nADA,B\n", r"line 3: id 'ADA' is there twice"),
        ("id,name\n../x,A\n", r"line 2: id must be 1 to 64 letters"),
        ("id,name\na..b,A\n", r"line 2: id must be"),
        (
            "id,name,extra_days\nada,A,two\n",
            r"extra_days must be a number from 0 to 366, got 'two'",
        ),
        ("id,name,extra_days\nada,A,-1\n", r"extra_days must be .* got '-1'"),
    ],
)
def test_lists_that_are_not_understood(tmp_path: Path, students: str, said: str) -> None:
    """The message names the line."""
    with pytest.raises(ClassError, match=said):
        read_students(room_of(tmp_path, students=students))


def test_files_that_are_missing_or_not_text(tmp_path: Path) -> None:
    """What to do is said."""
    with pytest.raises(ClassError, match=r"There is no class in .* grade new FOLDER"):
        read_class(tmp_path)
    (room_of(tmp_path) / "students.csv").write_bytes(b"id,name\nada,Ad\xe9\n")
    with pytest.raises(ClassError, match="not in UTF-8: save it as"):
        read_class(tmp_path)
    (tmp_path / "students.csv").unlink()
    with pytest.raises(ClassError, match=r"students\.csv is missing"):
        read_class(tmp_path)


def test_a_list_as_spreadsheets_write_it(tmp_path: Path) -> None:
    """Semicolons, a mark at the beginning, further columns and empty lines do no harm."""
    text = "\N{BYTE ORDER MARK}id;name;group\nada;Lovelace, Ada;3\n;;\nbo;Bo Li;4\n"
    room_of(tmp_path, students=text)
    assert [s.name for s in read_students(tmp_path)] == ["Lovelace, Ada", "Bo Li"]


def test_a_table_has_no_formulas_in_it(tmp_path: Path) -> None:
    """A student's text that begins with = is a text, numbers stay numbers."""
    write_table(tmp_path / "t.csv", ("a", "b"), [{"a": "=1+1", "b": -2}, {"a": "x\ny", "b": "-3"}])
    text = (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    assert [row for _, row in read_table(text)[1]] == [
        {"a": "'=1+1", "b": "-2"}, {"a": "x\ny", "b": "'-3"}
    ]  # fmt: skip


def test_sets_are_found_by_name_and_by_number(tmp_path: Path) -> None:
    """`3`, `03` and the whole name are one set."""
    room = read_class(room_of(tmp_path))
    for name in ("3", "03", "03-momentum", "03-momentum.ipynb"):
        assert room.problem_set(name).name == "03-momentum"
    with pytest.raises(ClassError, match="There is no set '12'"):
        room.problem_set("12")
    with pytest.raises(ClassError, match="no student 'zoe'"):
        room.student("zoe")
    assert room.student(" ADA ").id == "ada"


DUE = datetime(2027, 1, 11, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "extra", "days"),
    [
        (timedelta(0), 0, 0),
        (timedelta(seconds=1), 0, 1),
        (timedelta(days=1), 0, 1),
        (timedelta(days=1, seconds=1), 0, 2),
        (timedelta(days=1, seconds=1), 2, 0),
        (timedelta(days=3), 2.5, 1),
        (-timedelta(days=9), 0, 0),
    ],
)
def test_days_late_begin(tmp_path: Path, after: timedelta, extra: float, days: int) -> None:
    """A day that has begun counts; a student's extra days are taken off."""
    room = Classroom(tmp_path, "c", "s", tmp_path, (), Late(), {"03-momentum": DUE})
    student = Student("ada", "Ada", extra_days=extra)
    assert room.days_late("03-momentum", student, DUE + after) == days
    assert room.days_late("04-decay", student, DUE + after) == 0


def test_what_lateness_leaves() -> None:
    """A share for each day, never less than nothing, and nothing after the last day."""
    assert [Late(0.4).factor(d) for d in range(4)] == pytest.approx([1, 0.6, 0.2, 0])
    assert [Late(0.1, 2).factor(d) for d in range(4)] == pytest.approx([1, 0.9, 0.8, 0])
    assert Late(0.0, 0).factor(1) == 0.0


CLASS = """id,name,email,canvas,moodle
ada,Ada Lovelace,,101,7001
bo,Bo Li,,,
emilie,Émilie du Châtelet,,,
cem1,Cem Kaya,,201,
cem2,Cem Kaya,,202,
ann,Ann Lee,,,
lee,Lee Ann,,,
"""


@pytest.mark.parametrize(
    ("place", "student"),
    [
        ("lovelaceada_101_5001_03-momentum.ipynb", "ada"),
        ("lovelaceada_LATE_101_5001_03-momentum-1.ipynb", "ada"),
        ("liboo_101_5001_x.ipynb", "ada"),  # the number counts, not the name
        ("libo_555_5001_x.ipynb", "bo"),
        ("duchateletemilie_7_8_x.ipynb", "emilie"),
        ("kayacem_202_5001_x.ipynb", "cem2"),
        ("kayacem_999_5001_x.ipynb", None),  # their numbers are known, and others
        ("leeann_1_2_x.ipynb", None),  # two students
        ("lovelaceada_999_1_x.ipynb", None),  # her number is known, and another
        ("Ada Lovelace_7001_assignsubmission_file_/03-momentum.ipynb", "ada"),
        ("Bo Li_9_assignsubmission_file_/my file (2).ipynb", "bo"),
        ("Participant 7001_7001_assignsubmission_file_03-momentum.ipynb", "ada"),
        ("Émilie du Châtelet_3_assignsubmission_file_/x.ipynb", "emilie"),
        ("E\u0301milie du Cha\u0302telet_3_assignsubmission_file_/x.ipynb", "emilie"),
        ("bo/03-momentum/03-momentum.ipynb", "bo"),
        ("BO/03-momentum.ipynb", "bo"),
        ("bo.ipynb", "bo"),
        ("bo (1).ipynb", "bo"),
        ("bo_03-momentum.ipynb", "bo"),
        ("bob.ipynb", None),
        ("03-momentum.ipynb", None),
        ("strangeramy_1_2_03-momentum.ipynb", None),
    ],
)
def test_whose_a_file_is(tmp_path: Path, place: str, student: str | None) -> None:
    """Names as Canvas, Moodle and people make them; what is not sure is nobody's."""
    room = read_class(room_of(tmp_path, students=CLASS))
    path = tmp_path / "export" / place
    path.parent.mkdir(parents=True)
    path.write_text("{}", encoding="utf-8")
    (one,) = look_through(room, tmp_path / "export")
    assert (one.student.id if one.student else None) == student
    assert bool(one.problem) is (student is None)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr(place, "{}")
    (same,) = look_through(room, tmp_path / "export.zip")
    assert (same.student, same.place) == (one.student, one.place)


def test_the_instructor_says_whose_a_file_is(tmp_path: Path) -> None:
    """A name that tells nothing can be told; one that is not there is an error."""
    room = read_class(room_of(tmp_path, students=CLASS))
    (tmp_path / "export" / "a").mkdir(parents=True)
    (tmp_path / "export" / "a" / "Untitled.ipynb").write_text("{}", encoding="utf-8")
    (one,) = look_through(room, tmp_path / "export", {"Untitled.ipynb": "bo"})
    assert one.student is room.student("bo")
    assert not one.problem
    with pytest.raises(ClassError, match=r"No file of .* ends with Other.ipynb"):
        look_through(room, tmp_path / "export", {"Other.ipynb": "bo"})
    with pytest.raises(ClassError, match="no student 'zoe'"):
        look_through(room, tmp_path / "export", {"Untitled.ipynb": "zoe"})
    with pytest.raises(ClassError, match=r"There is no .*nowhere"):
        look_through(room, tmp_path / "nowhere")


def zipped(files: dict[str, bytes], **date: tuple[int, ...]) -> bytes:
    """Return an archive's bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            moment = date.get("moment", (2027, 1, 2, 3, 4, 6))
            archive.writestr(zipfile.ZipInfo(name, moment), content)  # type: ignore[arg-type]
    return data.getvalue()


def test_archives_in_archives_and_what_lies_around(tmp_path: Path) -> None:
    """A zipped notebook in the platform's zip is found; what systems leave is passed over."""
    room = read_class(room_of(tmp_path, students=CLASS))
    inner = zipped({"work/03-momentum.ipynb": b"{}", "__MACOSX/._x.ipynb": b"", "a.png": b"x"})
    deep = zipped({"b.zip": zipped({"c.zip": zipped({"d.zip": zipped({"x.ipynb": b"{}"})})})})
    (tmp_path / "all.zip").write_bytes(
        zipped(
            {
                "libo_1_2_mine.zip": inner, "lovelaceada_101_3_x.pdf": b"%PDF",
                "duchateletemilie_7_8_x.zip": b"PK no archive", "leeann_1_2_deep.zip": deep,
                ".ipynb_checkpoints/bo.ipynb": b"{}", "../../bo/out.ipynb": b"{}",
            }
        )
    )  # fmt: skip
    found = {one.place: one for one in look_through(room, tmp_path / "all.zip")}
    assert found["libo_1_2_mine.zip/work/03-momentum.ipynb"].content == b"{}"
    assert "not a notebook" in found["libo_1_2_mine.zip/a.png"].problem
    assert "a .pdf file" in found["lovelaceada_101_3_x.pdf"].problem
    assert "cannot be opened" in found["duchateletemilie_7_8_x.zip"].problem
    assert found["bo/out.ipynb"].student  # read, and nothing is unpacked to such a place
    assert not any("checkpoints" in place or "MACOSX" in place for place in found)
    taken, others = newest(list(found.values()))
    assert list(taken) == ["bo"]
    assert len(others) == len(found) - 1


def test_the_newest_file_of_a_student_is_taken(tmp_path: Path) -> None:
    """Canvas's number decides, on Moodle and in folders the time, then the number of the copy."""
    room = read_class(room_of(tmp_path, students=CLASS))

    def taken(files: dict[str, bytes]) -> tuple[str, int]:
        (tmp_path / "e.zip").write_bytes(zipped(files))
        found, others = newest(look_through(room, tmp_path / "e.zip"))
        return found["bo"].place, len(others)

    two = {"libo_1_9000_x-1.ipynb": b"2", "libo_1_5000_x.ipynb": b"1"}
    assert taken(two) == ("libo_1_9000_x-1.ipynb", 1)
    assert taken({"bo (2).ipynb": b"", "bo (10).ipynb": b"", "bo.ipynb": b""}) == (
        "bo (10).ipynb",
        2,
    )
    folder = tmp_path / "f"
    for name, age in (("bo.ipynb", 10), ("bo (1).ipynb", 5000)):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("{}", encoding="utf-8")
        os.utime(folder / name, (2e9 - age, 2e9 - age))
    assert newest(look_through(room, folder))[0]["bo"].place == "bo.ipynb"


def test_large_and_locked_files_are_told(tmp_path: Path) -> None:
    """A notebook that is too large is not read, a link is not followed."""
    room = read_class(room_of(tmp_path, students=CLASS))
    folder = tmp_path / "f"
    folder.mkdir()
    with (folder / "bo.ipynb").open("wb") as file:
        file.truncate(LARGEST + 1)
    (folder / "ada.ipynb").symlink_to(tmp_path / "class.toml")
    (one,) = look_through(room, folder)
    assert one.content is None
    assert "it has 20 MB; 20 MB are taken at most" in one.problem
    (alone,) = look_through(room, folder / "bo.ipynb")
    assert alone.problem == one.problem
    with zipfile.ZipFile(tmp_path / "large.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bo.ipynb", b"\0" * (LARGEST + 1))
    (packed,) = look_through(room, tmp_path / "large.zip")
    assert packed.content is None
    assert "20 MB" in packed.problem
