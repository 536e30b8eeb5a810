"""The page of the sixteen experiments: all are there, each with a lesson that does it.

That its numbers come out again is nbval's to say.
"""

import re
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).resolve().parent.parent / "book"
PAGE = BOOK / "reference" / "sixteen-experiments.ipynb"


def table() -> list[tuple[str, str, list[str]]]:
    """Return the stored table: each row's experiment, lesson and cells."""
    last = nbformat.read(PAGE, as_version=4).cells[-1]
    rows = []
    for row in re.findall(r"<tr>(<td.*?)</tr>", last.outputs[0].data["text/html"], re.DOTALL):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        name = re.search(r"<strong>(E\d+)</strong>", cells[0])
        lesson = re.search(r'href="\.\./([^"]+)\.html"', cells[0])
        assert name is not None, cells[0]
        assert lesson is not None, cells[0]
        rows.append((name[1], lesson[1], cells))
    return rows


def test_each_experiment_has_one_row() -> None:
    """E1 to E16 in their order, each with the source's figure, ours and the tolerance."""
    rows = table()
    assert [name for name, _, _ in rows] == [f"E{number}" for number in range(1, 17)]
    assert all(len(cells) == 4 and all(cells) for _, _, cells in rows)


@pytest.mark.parametrize(("name", "lesson"), [row[:2] for row in table()])
def test_the_lesson_does_the_experiment(name: str, lesson: str) -> None:
    """The page that a row links to, or its evidence, names the experiment by its number."""
    pages = [BOOK / f"{lesson}.ipynb", BOOK / "evidence" / f"{Path(lesson).name}.ipynb"]
    text = "\n".join(
        cell.source
        for page in pages
        if page.exists()
        for cell in nbformat.read(page, as_version=4).cells
    )
    named = rf"\b{name}\b|\b[Ee]xperiments?\b[^.]*?\b{name[1:]}\b"
    assert re.search(named, text), f"{lesson} does not name {name}"
