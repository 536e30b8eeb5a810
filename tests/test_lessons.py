"""Every lesson has the form of a lesson, and what tells so finds a lesson that has not."""

import json
import struct
from base64 import b64encode
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pytest

from course_lib import plots
from tools import lessons as tool
from tools.comparisons import lessons
from tools.freshness import is_stale, read_notebook, stamp
from tools.lessons import Size, inches, minutes_told, problems, seconds_told, size, write_time

LESSONS = lessons()


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_a_lesson_has_its_form(path: Path) -> None:
    """Sizes, the box at its head, folded imports, questions, exercises, figures and words."""
    assert problems(read_notebook(path), path.stem) == []


def test_all_lessons_together_take_an_evening_each() -> None:
    """No more than seven hours of reading."""
    minutes = sum(size(read_notebook(path)).minutes for path in LESSONS)
    assert minutes <= 60 * tool.MOST_HOURS


# ------------------------------------------------------------------ these tests themselves

BOX = """# Momentum

:::{admonition} In this lesson
:class: objectives
After it you can

- derive the step,
- write it in numpy,
- choose its β.

**Time:** 5 minutes to read, 10 seconds to run. **Needs:** [](../before-you-start).
**Evidence:** [](../evidence/03-momentum.ipynb).
:::
"""


def png(pixels: int) -> str:
    """Return the head of a picture that has so many pixels in a row, as a notebook stores it."""
    head = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + struct.pack(">II", pixels, 300)
    return b64encode(head).decode()


def markdown(text: str) -> nbformat.NotebookNode:
    """Return a Markdown cell."""
    return nbformat.v4.new_markdown_cell(text)


def code(source: str, *tags: str, shows: Any = None, **metadata: Any) -> nbformat.NotebookNode:
    """Return a code cell with tags, other metadata and one output: a text, or a picture's data."""
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags), **metadata})
    if isinstance(shows, str):
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=shows)]
    elif shows is not None:
        cell.outputs = [nbformat.v4.new_output("display_data", data=shows)]
    return cell


def question(text: str) -> list[nbformat.NotebookNode]:
    """Return a question and the cell whose folded output answers it."""
    metadata = {
        "jupyter": {"outputs_hidden": True},
        "mystnb": {"code_prompt_show": "Show what it prints"},
    }
    return [markdown(text), code("print(1)", "hide-output", shows="1\n", **metadata)]


def exercise(title: str, source: str) -> list[nbformat.NotebookNode]:
    """Return an exercise with a cell, and its solution with another."""
    start = f"```{{exercise-start}} {title}\n:label: ex-{len(title)}\n```"
    solution = f"```{{solution-start}} ex-{len(title)}\n:class: dropdown\n```"
    return [
        markdown(start), markdown("Do it."), code(source), markdown("```{exercise-end}\n```"),
        markdown(solution), code("import math\nprint(math.pi)"), markdown("```{solution-end}\n```"),
    ]  # fmt: skip


def good() -> nbformat.NotebookNode:
    """Return a lesson with which nothing is wrong."""
    starter = "def step(w):\n    ..."
    return nbformat.v4.new_notebook(
        cells=[
            markdown(BOX),
            code("import numpy as np", "hide-input", mystnb={"code_prompt_show": "Imports"}),
            markdown("Three sentences." + " {claim}`holds a-b`" * 3),
            code("plt.plot([1])\nplt.show()", "hide-input", shows={"image/png": png(585)}),
            code("x = 1\nx", shows={"text/plain": "0.5"}),
            markdown("## Summary\n\nIt moves."),
            markdown("## Questions"),
            *question("Which?"), *question("How far?"), *question("Why?"),
            markdown("## Exercises"),
            *exercise("Recall: the rule", "print(1)"),
            *exercise("Code: write the step", starter),
            *exercise("Experiment: another rate", starter),
            *exercise("Critique: a figure", "print(1)"),
        ]
    )  # fmt: skip


def cell_with(notebook: nbformat.NotebookNode, text: str) -> nbformat.NotebookNode:
    """Return the first cell whose source holds a text."""
    return next(cell for cell in notebook.cells if text in cell.source)


def after(old: str, new: str) -> list[str]:
    """Return what is wrong with the good lesson when a text of its sources is another one."""
    notebook = good()
    cell = cell_with(notebook, old)
    cell.source = cell.source.replace(old, new, 1)
    return problems(notebook, "03-momentum")


def test_a_good_lesson_passes() -> None:
    """Nothing is found where nothing is wrong."""
    assert problems(good(), "03-momentum") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{claim}`holds a-b`", "", "2 verdicts, not 3 to 6"),
        ("sentences.", "sentences." + " {claim}`holds a-b`" * 4, "7 verdicts, not 3 to 6"),
        ("x = 1", "x = 1" + " + 1" * 17, "cell 4: 73 columns, at most 72: x = 1 + 1"),
        ("import numpy as np", "from functools import partial", "cell 1: imports partial"),
        ("import numpy as np", "from course_lib.evidence import claims_table", None),
        ("import numpy as np", "from course_lib.evidence import Claim", "cell 1: imports Claim"),
        ("import numpy as np", "from a import on_all_cores as f", "cell 1: imports on_all_cores"),
        ("x = 1", "import sys", "they stand in cells 1, 4"),
        ("import numpy as np", "plt.show()", "they stand in cells none"),
        ("plt.show()", "plt", "cell 3: code is hidden (hide-input) that draws no figure"),
        ("plt.show()", 'plt.title("a", fontsize=9)\nplt.show()', "cell 3: letters below 10 points"),
        ("plt.show()", 'plt.legend(fontsize="small")', "cell 3: letters below 10 points"),
        ("plt.show()", 'plt.title("a", fontsize=10)\nplt.show()', None),
        ("plt.show()", "plt.plot(1, markersize=5)\nplt.show()", None),
        ("plt.show()", "train(batch_size=1)\nplt.show()", None),
        ("In this lesson", "After this lesson", "the first cell needs the box"),
        (":class: objectives", ":class: note", "the first cell needs the box"),
        ("- choose its β.", "", "the box has 2 objectives, not 3"),
        ("- choose its β.", "- choose\n- explain", "the box has 4 objectives, not 3"),
        ("**Time:**", "Time:", 'the box needs "**Time:** N minutes'),
        ("5 minutes to read", "10 minutes to read", "the box says 10 minutes, 5 are counted"),
        ("10 seconds", "13 seconds", "the box says 13 seconds, not one of 5, 10, 20, 60"),
        ("10 seconds", "60 seconds", "the box says 60 seconds, its budget is 20"),
        ("**Needs:** [](../before-you-start)", "", 'the box needs "**Needs:**"'),
        ("evidence/03-momentum.ipynb", "evidence/04-decay.ipynb", 'the box needs "**Evidence:**'),
        ("## Summary", "## The end", "['The end', 'Questions', 'Exercises']"),
        ("## Questions", "## More", "0 questions have a cell with the tag hide-output, not 3"),
        ("## Exercises", "## Tasks", "['Summary', 'Questions', 'Tasks']"),
        ("Recall: the rule", "The rule", "exercise 'The rule': begins with none of Recall, Code"),
        ("Recall: the rule", "Code: the rule", "no exercise of level Recall"),
        ("    ...", "    return w", "1 exercises with a starter cell"),
        ("It moves.", "They stand\nin *heaps*.", "cell 5: “they stand in heaps”; plain: “the"),
        ("It moves.", "They stand upon heaps.", None),
    ],
)  # fmt: skip
def test_a_bad_lesson_is_found(old: str, new: str, said: str | None) -> None:
    """Each change is told in one line, and what only looks like one in none."""
    found = after(old, new)
    assert any(said in line for line in found) if said else found == []


def test_lessons_that_are_too_long_are_found() -> None:
    """Words, visible lines and minutes, each with what may be at most."""
    assert "2001 words, at most 2000" in after(
        "It moves.", "word " * (2001 - words_but("It moves."))
    )
    long = after("x = 1", "x = 1\n" * 131)
    assert [line for line in long if "visible lines" in line] == [
        "132 visible lines of code, at most 130"
    ]
    assert "46 minutes, at most 45" in after("x = 1", "x = 1\n" * 182)


def words_but(text: str) -> int:
    """Return the words of the good lesson without those of a text."""
    notebook = good()
    cell_with(notebook, text).source = "## Summary"
    return size(notebook).words


def test_answers_have_to_be_folded_and_there() -> None:
    """On the page and in JupyterLab, with a name for the fold; an answer is what a cell prints."""

    def wrong(**changes: Any) -> list[str]:
        notebook = good()
        cell = cell_with(notebook, "print(1)")
        cell.metadata.update(changes.pop("metadata", {}))
        cell.update(changes)
        return problems(notebook, "03-momentum")

    assert wrong(metadata={"tags": []}) == [
        "2 questions have a cell with the tag hide-output, not 3",
        "cell 8: shows its output before the reader has predicted it",
    ]
    assert "set jupyter.outputs_hidden" in wrong(metadata={"jupyter": {}})[0]
    assert "set mystnb.code_prompt_show" in wrong(metadata={"mystnb": {}})[0]
    assert wrong(outputs=[]) == ["cell 8: prints no answer"]


def test_imports_are_folded_under_their_name() -> None:
    """Neither open, nor under another prompt."""
    for metadata in ({"tags": []}, {"mystnb": {}}, {"mystnb": {"code_prompt_show": "Code"}}):
        notebook = good()
        cell_with(notebook, "import numpy").metadata.update(metadata)
        assert problems(notebook, "03-momentum")[-1].startswith("cell 1: imports have the tag")


def test_wide_pictures_and_bare_truths_are_found() -> None:
    """A picture is measured by its stored pixels; True alone says nothing of what was measured."""
    assert inches(png(585)) < 5.2 < inches(png(586))
    notebook = good()
    cell_with(notebook, "plt.show()").outputs[0].data["image/png"] = png(587)
    cell_with(notebook, "x = 1").outputs[0].data["text/plain"] = "True"
    assert problems(notebook, "03-momentum") == [
        "cell 3: a figure 5.22 inches wide, at most 5.2",
        "cell 4: prints True, not what was measured",
    ]


def test_the_widest_figure_can_be_read_on_a_phone() -> None:
    """Its smallest letters have nine pixels, and with two inches more they would not."""
    assert tool.letters_on_a_phone(tool.WIDEST_FIGURE, tool.SMALLEST_LETTERS) >= 9
    assert tool.letters_on_a_phone(tool.WIDEST_FIGURE + 2, tool.SMALLEST_LETTERS) < 9
    with plt.rc_context():
        plots.use_course_style()
        assert plt.rcParams["figure.dpi"] == tool.DPI
        assert plt.rcParams["font.size"] == tool.SMALLEST_LETTERS


def test_the_measure_is_the_stated_one() -> None:
    """Words but those of code, formulas and roles; lines that show; nothing of the exercises."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            markdown("# Two words\n\n```python\nno = words\n```\n$$no$$ {numref}`none` a I"),
            code("one\n\ntwo  "), code("hidden", "hide-input"), code("hidden", "remove-cell"),
            markdown("{claim}`holds a` counts.\n\n## Exercises\n\nNo words. {claim}`holds b`"),
            code("a_very_wide_line_that_does_not_show"),
        ]
    )  # fmt: skip
    assert size(notebook) == Size(words=3, lines=2, claims=1, widest=35)
    assert Size(1000, 40, 3, 72).minutes == 15
    assert [minutes_told(Size(words, 0, 3, 72)) for words in (10, 1000, 1001)] == [5, 5, 10]


def test_seconds_are_never_less_than_measured() -> None:
    """They go up to the next step; what stands there stays while it is not far too much."""
    assert [seconds_told(s) for s in (0.4, 5, 5.1, 18, 33, 61)] == [5, 5, 10, 20, 60, 120]
    assert seconds_told(9, told=20) == 20
    assert seconds_told(7, told=20) == 10
    assert seconds_told(20.5, told=20) == 60
    assert all(seconds_told(s / 10, told) >= s / 10 for s in range(700) for told in (5, 10, 20, 60))


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """Write the good lesson, longer than its box says, with a stamp."""
    notebook = good()
    cell_with(notebook, "It moves.").source += " word" * 1500
    notebook.cells[-2].source = "print(1)"
    notebook.metadata["course"] = {"stamp": stamp(notebook, tmp_path)}
    path = tmp_path / "03-momentum.ipynb"
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return path


def test_the_tool_writes_the_times_and_nothing_else(lesson: Path) -> None:
    """Twice the same; the outputs keep their stamp and every other letter stays."""
    before = lesson.read_text(encoding="utf-8")
    assert write_time(lesson, 12.0)
    after_it = lesson.read_text(encoding="utf-8")
    assert "**Time:** 10 minutes to read, 20 seconds to run. **Needs:**" in after_it
    assert after_it.replace("10 minutes to read, 20 s", "5 minutes to read, 10 s") == before
    assert not is_stale(lesson, lesson.parent)
    assert not write_time(lesson, 12.0)
    assert not write_time(lesson)  # nothing measured: the seconds stay
    assert lesson.read_text(encoding="utf-8") == after_it


def test_the_command_prints_what_it_found(
    lesson: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sizes and seconds beside the budget; its code says whether all is well."""
    seconds = iter([3.0, 21.0])
    monkeypatch.setattr(tool.chapters, "seconds_alone", lambda _path: next(seconds))
    assert tool.main([str(lesson)]) == 1
    assert "the box says 5 minutes, 10 are counted" in capsys.readouterr().out
    assert tool.main([str(lesson), "--run", "--write"]) == 0
    out = capsys.readouterr().out
    assert "3 verdicts" in out
    assert "3 s of 20 s" in out
    assert "1 of 1 lessons fit, 0.1 h together, at most 7 h" in out
    assert (
        "10 minutes to read, 5 seconds" in json.loads(lesson.read_text())["cells"][0]["source"][-3]
    )
    assert tool.main([str(lesson), "--run"]) == 1
    assert "runs 21 s, its budget is 20 s" in capsys.readouterr().out
