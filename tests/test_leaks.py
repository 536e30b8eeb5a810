"""Nothing that students must not get is public: in the built book, in their archive, in the wheel.

The repository itself holds the solutions, in `exercises/`; what is looked at here is what an
instructor hands out or puts on a server. A secret is a whole solution, or a sentence of a good
answer or of a note for instructors. The package has functions that compute what is right, since the
checks need them; so the wheel is searched for sentences only.
"""

import html
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_lib.grading.sets import BEGIN, END
from tools.exercises import all_sets, main
from tools.freshness import ROOT

HTML = ROOT / "_build" / "html"
TEXTS = {".html", ".txt", ".js", ".json", ".ipynb", ".md", ".py", ".xml", ""}
LEAST = 40  # letters: what is shorter may stand anywhere


def squeezed(text: str) -> str:
    """Return the letters and digits of a text: neither markup nor line breaks hide a sentence."""
    return re.sub(r"[\W_]+", "", html.unescape(re.sub(r"<[^>]*>", "", text))).lower()


def secrets() -> dict[str, set[str]]:
    """Return what is secret, squeezed: whole solutions, and sentences."""
    found: dict[str, set[str]] = {"solutions": set(), "sentences": set()}
    for problems in all_sets(ROOT):
        for cell in problems.notebook.cells:
            tags = set(cell.metadata.get("tags", []))
            if "answer" in tags:
                parts = re.findall(rf"{BEGIN}\n(.*?)\n[ \t]*{END}", cell.source, flags=re.DOTALL)
                found["solutions"] |= set(map(squeezed, parts))
            elif tags & {"written", "teacher"}:
                parts = re.split(r"(?<=[.?!])\s", cell.source)
                found["sentences"] |= set(map(squeezed, parts))
    return {kind: {text for text in texts if len(text) >= LEAST} for kind, texts in found.items()}


SECRETS = secrets()
ALL = SECRETS["solutions"] | SECRETS["sentences"]


def readable(path: Path) -> str:
    """Return what a file says; of JSON also with its escapes undone."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix in {".ipynb", ".json"}:
        try:
            return json.dumps(json.loads(text), ensure_ascii=False).replace("\\n", "\n")
        except ValueError:
            return text
    return text


def leaks(folder: Path, wanted: set[str]) -> Iterator[str]:
    """Yield the files of a folder that hold a secret, and its beginning."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in TEXTS and "mathjax" not in path.parts:
            text = squeezed(readable(path))
            yield from (f"{path.relative_to(folder)}: {one[:60]}" for one in wanted if one in text)


def test_there_are_secrets() -> None:
    """Of each kind, from every set with marks."""
    assert len(SECRETS["solutions"]) >= 15
    assert len(SECRETS["sentences"]) >= 50


def test_a_leak_is_found(tmp_path: Path) -> None:
    """On a page, in a search index, in a notebook; markup between the words hides nothing."""
    solution, sentence = (
        "v = beta * v + (1 - beta) * gradient",
        "The velocity averages the last few.",
    )
    for name, text in (
        (
            "page.html",
            f"<pre><b>v</b> = beta * v + (1 - beta) <i>*</i> gradient</pre><p>{sentence}",
        ),
        ("searchindex.js", f'Search.setIndex({{"titles": ["{sentence}"]}})'),
        ("set.ipynb", json.dumps({"cells": [{"source": ["  " + solution + "\n"]}]})),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = list(leaks(tmp_path, {squeezed(solution), squeezed(sentence)}))
    assert [leak.partition(":")[0] for leak in found] == [
        "page.html", "page.html", "searchindex.js", "set.ipynb",
    ]  # fmt: skip


@pytest.mark.skipif(not HTML.exists(), reason="no built book: make book")
def test_nothing_is_in_the_built_book(tmp_path: Path) -> None:
    """Pages, their sources, the search index; and a leak that is planted in a copy is found."""
    assert not list(leaks(HTML, SECRETS["sentences"]))
    pages = tmp_path / "pages"
    for part in ("book", "_sources"):
        if (HTML / part).is_dir():
            shutil.copytree(HTML / part, pages / part)
    assert not list(leaks(pages, ALL))
    planted = pages / "book" / "exercises" / "planted.html"
    planted.write_text(f"<p>{max(SECRETS['solutions'])}</p>", encoding="utf-8")
    assert list(leaks(pages, ALL))


def test_nothing_is_in_the_students_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has all sets, and opens as notebooks."""
    archive = tmp_path / "sets.zip"
    assert main(["--students", str(archive)]) == 0
    assert "9 sets without solutions" in capsys.readouterr().out
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "out")
    notebooks = sorted((tmp_path / "out" / "exercises").glob("*.ipynb"))
    assert len(notebooks) == len(all_sets(ROOT))
    assert not list(leaks(tmp_path / "out", ALL))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, without a network, from a copy of what it is made of."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "course_lib", folder / "course_lib", ignore=ignored)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "out")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = (folder / "out").glob("*.whl")
    return made


def test_the_wheel_has_the_package_and_nothing_of_the_book(wheel: Path, tmp_path: Path) -> None:
    """Nor a sentence that is for instructors."""
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        file.extractall(tmp_path)
    assert "course_lib/exercises/momentum.py" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"course_lib"}
    pages = [name for name in names if name.endswith((".ipynb", ".md"))]
    assert pages == ["course_lib/grading/glance.md"]  # the plots of a class's tables
    assert not list(leaks(tmp_path, SECRETS["sentences"]))


def test_the_wheel_checks_a_file_of_ones_own(wheel: Path, tmp_path: Path) -> None:
    """Installed somewhere else, from a folder that is not the project's."""
    site, mine = tmp_path / "site", tmp_path / "mine"
    mine.mkdir()
    with zipfile.ZipFile(wheel) as file:
        file.extractall(site)
    (mine / "my_network.py").write_text(
        "def momentum_step(w, v, gradient, learning_rate, beta):\n"
        "    v = beta * v + (1 - beta) * gradient\n"
        "    return w - learning_rate * v, v\n",
        encoding="utf-8",
    )
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import course_lib; "
        f"assert course_lib.__file__.startswith({str(site)!r}), course_lib.__file__; "
        "from course_lib.exercises.__main__ import main; "
        "sys.exit(main(['my_network.py', '--lesson', '3']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=mine, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "momentum.step: right." in done.stdout
    assert "1 of 1 right; 2 not in the file" in done.stdout
