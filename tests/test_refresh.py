"""What makes a notebook stale, and what a refresh stores."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import needs as needs_module
from tools import refresh as refresh_module
from tools.freshness import (
    RESULTS,
    ROOT,
    is_stale,
    reached_modules,
    read_notebook,
    results_read,
    results_written,
    stamp,
)
from tools.needs import missing_need
from tools.refresh import RefusedError, main, refresh, rounds


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a package of five modules, one of which nobody needs."""
    files = {
        "course_lib/__init__.py": "",
        "course_lib/near.py": "from course_lib import far\n",
        "course_lib/far.py": "import numpy\n",
        "course_lib/data/__init__.py": "from .toys import draw\n",
        "course_lib/data/toys.py": "def draw(): return 1\n",
        "course_lib/apart.py": "import course_lib.near\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def notebook_of(*sources: str) -> nbformat.NotebookNode:
    """Return a notebook of the given code cells, under a title."""
    cells = [nbformat.v4.new_markdown_cell("# Title", id="title")]
    cells += [nbformat.v4.new_code_cell(s, id=f"cell-{n}") for n, s in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)


def stored(folder: Path, *sources: str) -> Path:
    """Write a notebook of the given code cells into a folder and return its path."""
    path = folder / "chapter.ipynb"
    nbformat.write(notebook_of(*sources), path)
    return path


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import course_lib.far", {"course_lib", "course_lib.far"}),
        ("from course_lib.far import x", {"course_lib", "course_lib.far"}),
        ("from course_lib import far", {"course_lib", "course_lib.far"}),
        ("from course_lib import near", {"course_lib", "course_lib.near", "course_lib.far"}),
        ("import course_lib.data", {"course_lib", "course_lib.data", "course_lib.data.toys"}),
        ("def f():\n    import course_lib.far as x", {"course_lib", "course_lib.far"}),
        ("import numpy, course_library", set()),
    ],
)
def test_imports_are_followed(project: Path, source: str, modules: set[str]) -> None:
    """Every way of importing reaches the module and all that it needs, and no more."""
    assert set(reached_modules([source], project)) == modules


@pytest.mark.parametrize(
    ("changed", "stale"), [("near", True), ("far", True), ("__init__", True), ("apart", False)]
)
def test_stamp_follows_reached_modules_only(project: Path, changed: str, stale: bool) -> None:
    """A change in a reached module changes the stamp; one in another module does not."""
    notebook = notebook_of("from course_lib import near")
    before = stamp(notebook, project)
    path = project / "course_lib" / f"{changed}.py"
    path.write_text(path.read_text(encoding="utf-8") + "x = 1\n", encoding="utf-8")
    assert (stamp(notebook, project) != before) == stale


@pytest.mark.parametrize(("name", "stale"), [("page.html", True), ("other.html", False)])
def test_stamp_follows_the_files_that_a_module_reads(project: Path, name: str, stale: bool) -> None:
    """A page that a reached module names and fills in is part of the code; its neighbour is not."""
    (project / "course_lib/far.py").write_text('NAME = "page.html"\n', encoding="utf-8")
    for file in ("page.html", "other.html"):
        (project / "course_lib" / file).write_text("<p>", encoding="utf-8")
    notebook = notebook_of("from course_lib import near")
    before = stamp(notebook, project)
    (project / "course_lib" / name).write_text("<p>new", encoding="utf-8")
    assert (stamp(notebook, project) != before) == stale


def test_the_animation_s_page_is_part_of_the_stamps() -> None:
    """A change of its script makes the chapter with the animation stale."""
    assert "course_lib.plots/animation.html" in reached_modules(["from course_lib import plots"])


def test_stamp_follows_code_not_prose(project: Path) -> None:
    """A word of the prose changes nothing; a character of the code does."""
    notebook = notebook_of("x = 1")
    before = stamp(notebook, project)
    notebook.cells[0].source = "# Another title"
    assert stamp(notebook, project) == before
    notebook.cells[1].source = "x = 2"
    assert stamp(notebook, project) != before


def test_stamp_knows_where_a_cell_ends(project: Path) -> None:
    """The same lines in other cells are another notebook."""
    assert stamp(notebook_of("x = 1\ny = 2"), project) != stamp(
        notebook_of("x = 1", "y = 2"), project
    )


def test_magics_are_no_obstacle(project: Path) -> None:
    """A cell with a magic command is parsed all the same."""
    source = "%matplotlib inline\nimport course_lib.far\nx = !ls"
    assert stamp(notebook_of(source), project)


def test_a_refresh_makes_a_notebook_fresh_and_an_edit_makes_it_stale(project: Path) -> None:
    """Staleness is seen before the first run, goes with it, and comes back with an edit."""
    path = stored(project, "print(1 + 1)")
    assert is_stale(path, project)
    refresh(path, project)
    assert not is_stale(path, project)
    notebook = read_notebook(path)
    assert notebook.cells[1].outputs[0].text == "2\n"
    assert notebook.cells[1].execution_count == 1
    notebook.cells[1].source = "print(1 + 2)"
    nbformat.write(notebook, path)
    assert is_stale(path, project)


def test_two_refreshes_are_byte_identical(project: Path) -> None:
    """Nothing that differs from run to run or from Python to Python is stored."""
    path = stored(project, "print('a')\nprint('b')", "{'x': 1}")
    refresh(path, project)
    first = path.read_bytes()
    refresh(path, project)
    assert path.read_bytes() == first
    assert "version" not in read_notebook(path).metadata["language_info"]


def test_the_kernel_starts_in_the_notebooks_folder(project: Path) -> None:
    """Relative paths mean the same in a refresh, in JupyterLab and in the tests."""
    path = stored(project, "import os; print(os.path.exists('chapter.ipynb'))")
    refresh(path, project)
    assert read_notebook(path).cells[1].outputs[0].text == "True\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys; print('careful', file=sys.stderr)", "wrote to stderr: careful"),
        ("import warnings; warnings.warn('old')", "wrote to stderr"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_errors_and_stderr_are_refused(project: Path, source: str, said: str) -> None:
    """The message names the notebook and the cell, and the file stays as it was."""
    path = stored(project, "print('fine')", source)
    before = path.read_bytes()
    with pytest.raises(RefusedError, match=rf"chapter\.ipynb, cell 2: .*{said}"):
        refresh(path, project)
    assert path.read_bytes() == before
    assert [p.name for p in project.iterdir() if "ipynb" in p.name] == ["chapter.ipynb"]


def test_command_line_reports_and_refreshes_what_is_stale(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check only looks; a plain call refreshes; a second one finds nothing to do."""
    path = stored(project, "print(1)")
    assert main(["--check", str(path)]) == 1
    assert "stale" in capsys.readouterr().out
    assert main([str(path)]) == 0
    assert main(["--check", str(path)]) == 0
    assert main([str(path)]) == 0
    assert capsys.readouterr().out.endswith("all notebooks are fresh\n")


def test_a_refused_notebook_fails_the_command(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is not zero, and the other notebooks are still refreshed."""
    bad = stored(project, "1 / 0")
    (project / "b").mkdir()
    good = stored(project / "b", "print(1)")
    assert main(["-j", "2", str(bad), str(good)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert not is_stale(good)


def test_cell_that_never_ends_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that runs too long ends the refresh, and the message names the notebook."""
    monkeypatch.setattr(refresh_module, "CELL_TIMEOUT", 1)
    path = stored(project, "while True: pass")
    with pytest.raises(RefusedError, match=r"chapter\.ipynb"):
        refresh(path, project)


# ------------------------------------------------------------------- results of other pages

MEASURES = "from course_lib.evidence import save_results\nsave_results('03-a-race', {'x': [X]})"
DRAWS = "from course_lib.evidence import load_results\nprint(load_results('03-a-race')['x'])"


@pytest.fixture
def two_pages(project: Path) -> tuple[Path, Path]:
    """Return an evidence page that stores results, and a lesson that draws them."""
    folders = [project / "book" / name for name in ("evidence", "training")]
    for folder in folders:
        folder.mkdir(parents=True)
    return stored(folders[0], MEASURES.replace("X", "1.5")), stored(folders[1], DRAWS)


def test_a_lesson_is_stale_when_its_results_change(
    project: Path, two_pages: tuple[Path, Path]
) -> None:
    """When they come, when they change, and not when they are written again as they were."""
    evidence, lesson = two_pages
    refresh(evidence, project)
    refresh(lesson, project)
    assert read_notebook(lesson).cells[1].outputs[0].text == "[1.5]\n"
    refresh(evidence, project)
    assert not is_stale(lesson, project)
    stored(evidence.parent, MEASURES.replace("X", "2.5"))
    assert not is_stale(lesson, project)
    refresh(evidence, project)
    assert is_stale(lesson, project)
    refresh(lesson, project)
    assert read_notebook(lesson).cells[1].outputs[0].text == "[2.5]\n"
    (project / RESULTS / "03-a-race.json").unlink()
    assert is_stale(lesson, project)


def test_a_refused_notebook_stores_no_results(project: Path, two_pages: tuple[Path, Path]) -> None:
    """Results and page are of one run."""
    evidence = stored(two_pages[0].parent, MEASURES.replace("X", "1.5"), "1 / 0")
    with pytest.raises(RefusedError, match="ZeroDivisionError"):
        refresh(evidence, project)
    assert not (project / RESULTS).exists()


def test_what_stores_results_runs_before_what_loads_them(two_pages: tuple[Path, Path]) -> None:
    """In whatever order they are named, over more than two steps; a circle is told."""
    evidence, lesson = two_pages
    apart = stored(lesson.parent.parent, "1 + 1")
    assert rounds([lesson, apart, evidence]) == [[apart, evidence], [lesson]]
    last = lesson.with_name("last.ipynb")
    nbformat.write(notebook_of("published('04-b')"), last)
    nbformat.write(notebook_of(DRAWS, "publish('04-b', table)"), lesson)
    assert rounds([last, lesson, evidence]) == [[evidence], [lesson], [last]]
    nbformat.write(notebook_of(MEASURES, "published('04-b')"), evidence)
    with pytest.raises(ValueError, match=r"load each other's results: .*chapter\.ipynb"):
        rounds([evidence, lesson])


def test_names_of_results_are_read_from_the_code() -> None:
    """By functions and by attributes; a page's own results are none of another page."""
    notebook = notebook_of(
        "publish('a', table); evidence.save_results('b', {})",
        "%matplotlib inline\nx = load_results('c'), evidence.published('d'), load_results('b')",
    )
    assert results_written(notebook) == {"a", "b"}
    assert results_read(notebook) == {"c", "d"}
    with pytest.raises(ValueError, match="load_results takes its name as a plain text, line 2"):
        results_read(notebook_of("name = 'a'\nload_results(name)"))


def test_a_refresh_runs_a_lesson_after_its_evidence(
    project: Path, two_pages: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call is enough: the lesson is judged stale after the results have changed."""
    evidence, lesson = two_pages
    refresh(evidence, project)
    refresh(lesson, project)
    stored(evidence.parent, MEASURES.replace("X", "2.5"))
    ran: list[Path] = []

    def run(paths: list[Path], jobs: int) -> bool:
        ran.extend(paths)
        for path in paths:
            refresh(path, project)
        return jobs == 1

    monkeypatch.setattr(refresh_module, "refresh_all", run)
    monkeypatch.setattr(refresh_module, "is_stale", lambda path: is_stale(path, project))
    assert main([str(lesson), str(evidence)]) == 0
    assert ran == [evidence, lesson]
    assert main([str(lesson), str(evidence)]) == 0
    assert ran == [evidence, lesson]


@pytest.fixture
def no_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let MNIST be missing."""
    monkeypatch.setitem(needs_module.KNOWN, "mnist", lambda: "no file is there: fetch it.")


def needy(path: Path, need: str = "mnist") -> Path:
    """Write into a notebook's metadata what it needs."""
    notebook = read_notebook(path)
    notebook.metadata["course"] = {"needs": need}
    nbformat.write(notebook, path)
    return path


@pytest.mark.usefixtures("no_mnist")
def test_a_notebook_without_its_data_is_left_as_it_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named with the reason, that is no failure, and the others are refreshed."""
    needing = needy(stored(project, "1 / 0"))
    (project / "b").mkdir()
    good = stored(project / "b", "print(1)")
    before = needing.read_bytes()
    assert main([str(needing), str(good)]) == 0
    said = capsys.readouterr().out
    assert "chapter.ipynb is left as it is" in said
    assert "it needs MNIST: no file is there: fetch it." in said
    assert needing.read_bytes() == before
    assert not is_stale(good)
    assert main(["--check", str(needing)]) == 1  # and --check does not call it fresh


def test_a_refresh_keeps_what_a_notebook_says_that_it_needs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the data it runs like any other, and its metadata still say what it needs."""
    monkeypatch.setitem(needs_module.KNOWN, "mnist", lambda: None)
    path = needy(stored(project, "print(1)"))
    assert main([str(path)]) == 0
    assert not is_stale(path)
    assert read_notebook(path).metadata["course"]["needs"] == "mnist"


def test_an_unknown_need_is_told(project: Path) -> None:
    """The message names the notebook, what it says and what it may say."""
    path = needy(stored(project, "print(1)"), "mnits")
    with pytest.raises(ValueError, match=r"course\.needs of .*chapter\.ipynb .*mnist, got 'mnits'"):
        missing_need(path)


def test_mnist_is_missing_where_its_folder_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is the loader's own message, and nothing is downloaded to find out."""
    monkeypatch.setenv("COURSE_LIB_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    needs_module.missing_mnist.cache_clear()
    try:
        reason = needs_module.missing_mnist()
    finally:
        needs_module.missing_mnist.cache_clear()
    assert reason is not None
    assert "COURSE_LIB_DATA" in reason
    assert not list(tmp_path.iterdir())


NEEDY_PROJECT = """
import nbformat
for name, need in (("with", None), ("without", "mnist")):
    cells = [nbformat.v4.new_code_cell("1 + 1", id="a"), nbformat.v4.new_code_cell("2", id="b")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    if need:
        notebook.metadata["course"] = {"needs": need}
    nbformat.write(notebook, f"{name}.ipynb")
"""


def test_cells_of_a_notebook_without_its_data_are_skipped_by_name(tmp_path: Path) -> None:
    """No kernel is started for it, and the report gives the notebook and the reason."""
    subprocess.run([sys.executable, "-c", NEEDY_PROJECT], cwd=tmp_path, check=True)
    for name in ("conftest.py", "tools", "course_lib"):
        (tmp_path / name).symlink_to(ROOT / name)
    empty = {"COURSE_LIB_DATA": str(tmp_path / "no"), "XDG_CACHE_HOME": str(tmp_path / "no")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-rs", "-q",
         "-p", "no:cacheprovider", "without.ipynb"],
        cwd=tmp_path, env=os.environ | empty, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "2 skipped" in run.stdout, run.stdout
    assert "without.ipynb needs MNIST: train-images-idx3-ubyte is neither in" in run.stdout
