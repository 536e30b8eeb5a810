"""The notebooks to take away: an archive with the package, on each page, that works alone."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from tools.browser import HTML, built_pages
from tools.freshness import ROOT, all_notebooks

EXTENSIONS = ROOT / "book" / "_ext"
built = pytest.mark.skipif(not HTML.is_dir(), reason="the book is not built: run `make book` first")
LIMIT = 3_000_000  # bytes


@pytest.fixture
def take_away(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the extension as Sphinx does."""
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    for name in ("take_away", "without_answers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import take_away

    return take_away


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the archive is made of: the package, and a few of the book's files."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "course_lib", folder / "course_lib", ignore=ignored)
    for name in (
        "before-you-start.ipynb", "training/03-momentum.ipynb", "exercises/03-momentum.ipynb",
        "evidence/results/03-momentum-race.json",
    ):  # fmt: skip
        (folder / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "book" / name, folder / "book" / name)
    return folder


def test_the_archive_is_whole(take_away: ModuleType, project: Path, tmp_path: Path) -> None:
    """Notebooks where the book has them, without outputs; results, the package, a README."""
    take_away.write_archive(project, tmp_path / "deep" / "a.zip")
    with zipfile.ZipFile(tmp_path / "deep" / "a.zip") as archive:
        names = [name.removeprefix(f"{take_away.NAME}/") for name in archive.namelist()]
        archive.extractall(tmp_path)
        assert {entry.date_time for entry in archive.infolist()} == {take_away.FIRST_DAY}
    wheel = names[1]
    assert wheel.startswith("course_lib-")
    assert wheel.endswith("-py3-none-any.whl")
    assert names == [
        "README.txt", wheel, "before-you-start.ipynb", "exercises/03-momentum.ipynb",
        "training/03-momentum.ipynb", "evidence/results/03-momentum-race.json",
    ]  # fmt: skip
    folder = tmp_path / take_away.NAME
    assert f"jupyterlab-myst {wheel}" in (folder / "README.txt").read_text(encoding="utf-8")
    for name in (name for name in names if name.endswith(".ipynb")):
        here = nbformat.read(folder / name, as_version=4)
        there = nbformat.read(ROOT / "book" / name, as_version=4)
        nbformat.validate(here)
        assert [cell.source for cell in here.cells] == [cell.source for cell in there.cells]
        assert not any(cell.get("outputs") for cell in here.cells)


def test_two_archives_are_the_same(take_away: ModuleType, project: Path, tmp_path: Path) -> None:
    """Byte for byte, whatever the time."""
    for name in ("a.zip", "b.zip"):
        take_away.write_archive(project, tmp_path / name)
        os.utime(project / "course_lib" / "momentum.py", (2e9, 2e9))
        os.utime(project / "book" / "before-you-start.ipynb", (2e9, 2e9))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_wheel_that_cannot_be_built_stops_the_build(
    take_away: ModuleType, tmp_path: Path
) -> None:
    """No archive without the package."""
    pytest.importorskip("hatchling")
    with pytest.raises(RuntimeError, match="the wheel could not be built"):
        take_away.write_archive(tmp_path, tmp_path / "a.zip")


def test_the_archive_without_answers(take_away: ModuleType, project: Path, tmp_path: Path) -> None:
    """It has no solution; the other one has."""
    found = {}
    for with_answers in (True, False):
        take_away.write_archive(project, tmp_path / "a.zip", with_answers)
        with zipfile.ZipFile(tmp_path / "a.zip") as archive:
            text = archive.read(f"{take_away.NAME}/training/03-momentum.ipynb").decode()
        found[with_answers] = text.count("{solution")
    assert found[False] == 0
    assert found[True] >= 5


def test_what_was_taken_away_runs(take_away: ModuleType, project: Path, tmp_path: Path) -> None:
    """With the package of the archive alone, a lesson finds the results that it loads."""
    take_away.write_archive(project, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / take_away.NAME
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        package.extractall(tmp_path / "installed")
    code = (
        "import course_lib; from course_lib.evidence import load_results; "
        "print(course_lib.__file__, sorted(load_results('03-momentum-race')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder / "training", capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "installed"))
    assert "'batch 32'" in done.stdout.partition("[")[2]


def test_a_notebook_alone_says_what_it_needs(take_away: ModuleType) -> None:
    """In its first cell, once, and the rest of it stays as it was."""
    text = (ROOT / "book" / "training" / "03-momentum.ipynb").read_text(encoding="utf-8")
    once = take_away.say_what_it_needs(text)
    assert take_away.say_what_it_needs(once) == once
    first, *rest = json.loads(once)["cells"]
    nbformat.validate(nbformat.reads(once, as_version=4))
    assert "`course_lib`" in first["source"]
    assert take_away.BUTTON["text"].removesuffix(" (.zip)") in first["source"].replace("\n", " ")
    assert rest == json.loads(text)["cells"]


@built
def test_the_built_archive_has_all_notebooks(take_away: ModuleType) -> None:
    """Each of the book, and it is not heavy."""
    path = HTML / take_away.ARCHIVE
    assert path.stat().st_size <= LIMIT
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    book = {path.relative_to(ROOT / "book").as_posix() for path in all_notebooks()}
    assert {name for name in names if name.endswith(".ipynb")} == book
    assert {name for name in names if name.endswith(".json")} == {
        path.relative_to(ROOT / "book").as_posix()
        for path in (ROOT / "book" / "evidence" / "results").glob("*.json")
    }


@built
def test_each_page_offers_it(take_away: ModuleType) -> None:
    """By a link that arrives, in the download menu of every page of the book."""
    for name in built_pages():
        if name.startswith("book/"):
            text = (HTML / name).read_text(encoding="utf-8")
            up = "../" * name.count("/")
            assert f'href="{up}{take_away.ARCHIVE}"' in text, name


@built
def test_each_notebook_that_a_page_offers_says_what_it_needs(take_away: ModuleType) -> None:
    """The downloads of single notebooks begin with the cell."""
    offered = sorted((HTML / "_sources").rglob("*.ipynb"))
    assert len(offered) == len(all_notebooks())
    for path in offered:
        assert json.loads(path.read_text(encoding="utf-8"))["cells"][0]["id"] == take_away.CELL
