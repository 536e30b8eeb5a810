"""The folder `work`: a student's copies survive every update, and a broken one comes back."""

import json
from pathlib import Path

import pytest

from tools import work

LESSON = Path("training", "03-momentum.ipynb")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a book of one lesson, one problem set and one stored result."""
    for name, text in (
        (LESSON, "lesson 1"),
        (Path("exercises", "03-momentum.ipynb"), "set 1"),
        (Path("evidence", "results", "03-race.json"), "{}"),
    ):
        path = tmp_path / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert work.update(tmp_path) == []
    return tmp_path


def text(project: Path, name: Path = LESSON) -> str:
    """Return a file of `work`."""
    return (project / "work" / name).read_text(encoding="utf-8")


def publish(project: Path, version: str) -> None:
    """Change the book's lesson."""
    (project / "book" / LESSON).write_text(version, encoding="utf-8")


def test_everything_is_copied(project: Path) -> None:
    """Notebooks, and the results that they load by a path beside them."""
    assert text(project) == "lesson 1"
    assert text(project, Path("exercises", "03-momentum.ipynb")) == "set 1"
    assert text(project, Path("evidence", "results", "03-race.json")) == "{}"


def test_an_unchanged_copy_follows_an_update(project: Path) -> None:
    """Without a word, and without a second file."""
    publish(project, "lesson 2")
    assert work.update(project) == []
    assert text(project) == "lesson 2"
    assert len(list((project / "work" / "training").iterdir())) == 1


def test_a_changed_copy_is_never_touched(project: Path) -> None:
    """The new version lies beside it; it is told once, and the next update brings the next one."""
    copy = project / "work" / LESSON
    copy.write_text("mine", encoding="utf-8")
    assert work.update(project) == []  # nothing new in the book
    publish(project, "lesson 2")
    (sentence,) = work.update(project)
    assert "has changes of yours; the new version: 03-momentum (new).ipynb" in sentence
    new = LESSON.with_stem("03-momentum (new)")
    assert (text(project), text(project, new)) == ("mine", "lesson 2")
    assert work.update(project) == []
    publish(project, "lesson 3")
    assert len(work.update(project)) == 1
    assert (text(project), text(project, new)) == ("mine", "lesson 3")


def test_a_broken_lesson_comes_back(project: Path) -> None:
    """Delete it, and it is as in the book."""
    (project / "work" / LESSON).unlink()
    (sentence,) = work.update(project)
    assert "is as in the book again" in sentence
    assert text(project) == "lesson 1"


def test_a_copy_with_the_new_text_counts_as_unchanged(project: Path) -> None:
    """As after a student has put the new version in the place of the old one."""
    (project / "work" / LESSON).write_text("lesson 2", encoding="utf-8")
    publish(project, "lesson 2")
    assert work.update(project) == []
    publish(project, "lesson 3")
    work.update(project)
    assert text(project) == "lesson 3"


def test_a_lost_record_loses_no_work(project: Path) -> None:
    """Without it every copy that differs counts as changed."""
    (project / "work" / work.COPIED).unlink()
    (project / "work" / LESSON).write_text("mine", encoding="utf-8")
    assert len(work.update(project)) == 1
    assert text(project) == "mine"
    assert LESSON.as_posix() in json.loads((project / "work" / work.COPIED).read_text("utf-8"))


def test_git_does_not_look_at_it() -> None:
    """Or an update could meet it."""
    ignored = (work.ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/work/" in ignored
