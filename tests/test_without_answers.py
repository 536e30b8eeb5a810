"""The book without answers: nothing of a solution is left, and all else is."""

import importlib.util
import json
from typing import Any

import pytest

from tools.freshness import ROOT, all_notebooks, read_notebook
from tools.solutions import solution_cells

PATH = ROOT / "book" / "_ext" / "without_answers.py"


@pytest.fixture(scope="module")
def extension() -> Any:
    """Import the extension by its path."""
    spec = importlib.util.spec_from_file_location("without_answers", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def markdown(source: str) -> dict[str, Any]:
    """Return a cell of text."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str, *tags: str) -> dict[str, Any]:
    """Return a cell of code that has printed something."""
    output = {"output_type": "stream", "name": "stdout", "text": "42"}
    return {
        "cell_type": "code", "metadata": {"tags": list(tags)}, "source": source,
        "outputs": [output],
    }  # fmt: skip


def test_a_box_goes(extension: Any) -> None:
    """One that begins and ends in a text; what stands around it stays."""
    text = "Before.\n\n```{solution} q\n:class: dropdown\n\nSecret.\n```\n\nAfter.\n"
    assert extension.without_boxes(text).split() == ["Before.", "After."]
    text = text.replace("```", "````")
    assert "Secret" not in extension.without_boxes(text)
    text = (
        "A.\n```{solution-start} q\n:class: dropdown\n```\nSecret.\n"
        "```python\nx = 1\n```\n```{solution-end}\n```\nB.\n"
    )
    assert extension.without_boxes(text).split() == ["A.", "B."]


def test_cells_of_a_solution_go(extension: Any) -> None:
    """All between start and end; a cell that ends one and begins the next is cut."""
    start, end = "```{solution-start} q\n:label: s\n```\n", "```{solution-end}\n```\n"
    cells = [
        markdown("Question."), markdown(start), markdown("Secret."), code("secret()"),
        markdown(f"{end}\nBetween.\n\n{start}"), code("secret()"), markdown(end), code("kept()"),
    ]  # fmt: skip
    kept = extension.without_answers(cells)
    assert [cell["source"].strip() for cell in kept] == ["Question.", "Between.", "kept()"]
    assert kept[-1]["outputs"]


def test_outputs_that_answer_a_question_go(extension: Any) -> None:
    """The code stays, so that a reader can run it."""
    (cell,) = extension.without_answers([code("ask()", "hide-output")])
    assert (cell["source"], cell["outputs"], cell["metadata"]["tags"]) == ("ask()", [], [])


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_solution_of_the_book_is_left(extension: Any, path: Any) -> None:
    """And the notebook loses nothing else but the outputs of its questions."""
    text = path.read_text(encoding="utf-8")
    left = json.loads(extension.page_without_answers(text, notebook=True))
    sources = ["".join(cell["source"]) for cell in left["cells"]]
    assert not [source for source in sources if "{solution" in source]
    inside = {cell.id for cell in solution_cells(read_notebook(path))}
    assert not inside & {cell["id"] for cell in left["cells"]}
    before = [
        cell.id
        for cell in read_notebook(path).cells
        if cell.id not in inside and "{solution" not in cell.source
    ]
    assert [cell["id"] for cell in left["cells"] if cell["id"] in before] == before
