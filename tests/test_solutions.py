"""Solutions are closed in JupyterLab, too."""

from pathlib import Path

import nbformat
import pytest

from tools.freshness import ROOT, all_notebooks, read_notebook, stamp
from tools.solutions import close, is_closed, main, solution_cells


def notebook() -> nbformat.NotebookNode:
    """Return a question with a solution of a text and a cell of code, and what stands around it."""
    v4 = nbformat.v4
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("```{exercise} Q\n:label: q\n```"),
            v4.new_markdown_cell("```{solution-start} q\n:class: dropdown\n```"),
            v4.new_markdown_cell("Since 2 and 2 are 4."),
            v4.new_code_cell("print(2 + 2)"),
            v4.new_markdown_cell("```{solution-end}\n```"),
            v4.new_code_cell("print('not of it')"),
        ]
    )


def test_what_belongs_to_a_solution() -> None:
    """The cells between its start and its end, and no others."""
    assert [cell.source for cell in solution_cells(notebook())] == [
        "Since 2 and 2 are 4.",
        "print(2 + 2)",
    ]


def test_a_closed_cell_hides_text_and_outputs() -> None:
    """Text alone is not enough for a cell of code."""
    text, code = solution_cells(notebook())
    assert not is_closed(text)
    close(text)
    assert is_closed(text)
    code.metadata["jupyter"] = {"source_hidden": True}
    assert not is_closed(code)
    close(code)
    assert is_closed(code)


def test_the_tool_closes_what_is_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names it first, and closes it when it is told to; the stamp stays."""
    path, before = tmp_path / "lesson.ipynb", notebook()
    nbformat.write(before, path)
    assert main([str(path)]) == 1
    assert "2 cells are open" in capsys.readouterr().out
    assert main([str(path), "--write"]) == 0
    assert main([str(path)]) == 0
    after = read_notebook(path)
    assert all(map(is_closed, solution_cells(after)))
    assert stamp(after) == stamp(before)


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_solution_of_the_book_is_open(path: Path) -> None:
    """`python -m tools.solutions --write` closes them."""
    assert all(map(is_closed, solution_cells(read_notebook(path))))
