"""The benchmarks time the same computation, or they would say nothing."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from benchmarks import chapters, contenders
from benchmarks.__main__ import TARGETS, file_content, verdicts
from benchmarks.by_hand import example_by_example
from benchmarks.cases import SHAPES, random_case
from tools.freshness import RESULTS, ROOT, all_notebooks
from tools.refresh import RefusedError


def test_all_contenders_end_with_the_same_weights() -> None:
    """Three steps from the same start on the same batches lead everybody to the same place."""
    contenders.smoke()


def test_a_contender_that_computes_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody whose weights end a hundredth away is named."""

    def off(case: Any, epochs: int, shuffle: bool) -> tuple[float, Any]:
        seconds, weights = example_by_example(case, epochs, shuffle)
        return seconds, weights * 1.01

    monkeypatch.setitem(contenders.CONTENDERS, "off", off)
    with pytest.raises(ValueError, match=r"off ends .* away from course_lib"):
        contenders.smoke()


def test_pytorch_takes_part_twice_or_not_at_all() -> None:
    """Where it is installed both loops run: that of its tutorial, and the quicker one."""
    present = contenders.contenders(random_case((2, 3, 4, 1), 1, n_rows=3))
    expected = 2 if importlib.util.find_spec("torch") else 0
    assert sum(name.startswith("PyTorch") for name in present) == expected


def test_the_file_of_measurements_is_whole() -> None:
    """It has every shape and contender that the page of the book compares, and the targets."""
    measured = json.loads((ROOT / "benchmarks" / "measured.json").read_text(encoding="utf-8"))
    names = list(contenders.CONTENDERS)
    shapes = [random_case(sizes, size, size).name for sizes, size in SHAPES.items()]
    assert list(measured["microseconds"]) == shapes
    for shape, row in measured["microseconds"].items():
        assert [*row, contenders.STACK_NAME][: len(names)] == names, shape
        assert {len(times) for times in row.values()} == {15}
    assert measured["targets"] == {name: list(shares) for name, shares in TARGETS.items()}


def test_what_is_written_can_be_read_again() -> None:
    """The file is JSON with each list on a line of its own, and two digits are enough."""
    text = file_content({"2-1/1": {"course_lib": [1.234, 5.0], "PyTorch": [9.0, 8.0]}})
    assert json.loads(text)["microseconds"] == {
        "2-1/1": {"course_lib": [1.23, 5.0], "PyTorch": [9.0, 8.0]}
    }
    assert '"course_lib": [ 1.23, 5.0 ],\n' in text


def test_a_target_is_met_missed_or_not_measured() -> None:
    """A share at the target is met, and one above it is missed; who is absent is named."""
    row = {"course_lib": 10.0, "scikit-learn": 40.0, "PyTorch": 79.0, contenders.STACK_NAME: 1.0}
    lines = verdicts(dict.fromkeys("abcd", row))
    assert lines[0] == "met    a, the step of scikit-learn: 1/4.0, wanted 1/4"
    assert lines[4] == "MISSED a, the step of PyTorch: 1/7.9, wanted 1/8"
    assert lines[8] == "not measured: a, the step of PyTorch, sliced by hand, not installed"
    assert lines[-1] == "met    a in the stack, a single run's: 1/10.0, wanted 1/8"


def test_every_chapter_has_a_budget() -> None:
    """Each notebook whose name starts with a chapter's number is timed against some budget."""
    numbered = {path for path in all_notebooks() if path.name[:2].isdigit()}
    timed = {path for path, _ in chapters.chapters().values()}
    assert timed == {path for path in numbered if "exercises" not in path.parts}
    assert chapters.verdict("x", 60.0, 60) == "kept  x: 60 s of 60 s"
    assert chapters.verdict("x", 60.6, 60) == "OVER  x: 61 s of 60 s"


def write(root: Path, *names: str) -> None:
    """Write empty notebooks into a book."""
    for name in names:
        path = root / "book" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(), path)


def test_lessons_and_their_evidence_have_a_budget_each(tmp_path: Path) -> None:
    """Both have the same file name; a chapter that is one page has the budget of its evidence."""
    write(tmp_path, "training/03-momentum", "training/04-decay", "at-scale/08-mnist")
    write(
        tmp_path,
        "evidence/03-momentum",
        "evidence/08-mnist",
        "reference/a",
        "exercises/03-momentum",
    )
    found = chapters.chapters(tmp_path)
    assert [(name, budget) for name, (_, budget) in found.items()] == [
        ("lesson 03-momentum", 20),
        ("evidence 03-momentum", 60),
        ("chapter 04-decay", 60),
        ("lesson 08-mnist", 60),
        ("evidence 08-mnist", 240),
    ]
    assert found["lesson 03-momentum"][0].parent.name == "training"
    assert found["evidence 03-momentum"][0].parent.name == "evidence"


def test_timing_names_each_page_and_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page in its budget, one over it, one that fails and one whose data are missing."""
    write(tmp_path, "training/03-a", "evidence/03-a", "training/04-b", "training/05-c")
    pages = chapters.chapters(tmp_path)
    folders = []

    def run(path: Path, results: Path) -> None:
        folders.append(results)
        if path.name == "04-b.ipynb":
            raise RefusedError("cell 3: it broke")

    ticks = iter([0.0, 19.0, 100.0, 161.0, 0.0])
    monkeypatch.setattr(chapters, "chapters", lambda: pages)
    monkeypatch.setattr(chapters, "executed", run)
    monkeypatch.setattr(chapters.time, "perf_counter", lambda: next(ticks))
    monkeypatch.setattr(
        chapters, "missing_need", lambda path: "needs MNIST" if path.name == "05-c.ipynb" else None
    )
    assert not chapters.time_chapters()
    assert capsys.readouterr().out.splitlines() == [
        "kept  lesson 03-a: 19 s of 20 s",
        "OVER  evidence 03-a: 61 s of 60 s",
        "FAILED chapter 04-b: cell 3: it broke",
        "not measured: chapter 05-c needs MNIST",
    ]
    assert not [folder for folder in folders if folder.exists()]  # they were of the run alone
    assert ROOT / RESULTS not in folders
