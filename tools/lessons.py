"""Looks at lessons: `python -m tools.lessons [NOTEBOOK...] [--run] [--write]`.

A lesson is a chapter that has an evidence page. For each this prints its words, its visible lines
of code, the minutes that they take to read, its verdicts and its widest line, and what does not fit
the form of a lesson, which CONTRIBUTING.md describes. With `--run` each runs alone in a fresh
kernel, and the seconds stand beside its budget. With `--write` the line in its first cell,

    **Time:** 40 minutes to read, 10 seconds to run.

gets the minutes that were counted and, together with `--run`, the seconds that were measured. That
is Markdown: no lesson becomes stale by it.

Minutes are words / 200, and 15 seconds for each visible line of code. Folded code, and everything
from the heading of the exercises on, counts for nothing.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import os
import re
import struct
import sys
from base64 import b64decode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from benchmarks import chapters
from tools.comparisons import CLAIM, lessons
from tools.freshness import read_notebook
from tools.needs import missing_need
from tools.refresh import ONE_THREAD, RefusedError, replace

MOST_WORDS, MOST_LINES, MOST_MINUTES, MOST_HOURS = 2000, 130, 45, 7
CLAIMS = range(3, 7)
COLUMNS = 72
# A figure, in inches, and its letters, in points. A stored picture has some white around it.
WIDEST_FIGURE, WHITE, SMALLEST_LETTERS = 5.2, 0.12, 10
DPI = 110  # of `plots.use_course_style`
PHONE_PICTURE = 358  # px, on a phone that is 390 px wide
SECONDS = (5, 10, 20, 60)  # what a lesson may say that it takes
LEVELS = ("Recall", "Code", "Experiment", "Critique")
NOT_IN_LESSONS = {"partial", "on_all_cores", "Claim"}

EXERCISES = re.compile(r"^#+ .*[Ee]xercises?.*$", flags=re.MULTILINE)
NO_WORDS = re.compile(r"```.*?```|\$\$.*?\$\$|\{[a-z:]+\}`[^`]*`", flags=re.DOTALL)
WORD = re.compile(r"[A-Za-zÀ-ž]{2,}[\w'’-]*")
HEADING = re.compile(r"^## (.*)$", flags=re.MULTILINE)
BLOCK = re.compile(r"^`{3,}\{(exercise|solution)-(start|end)\}(.*)$", flags=re.MULTILINE)
BOX = re.compile(
    r"^(:{3,})\{admonition\} In this lesson\n:class: objectives\n(.*?)^\1[ \t]*$",
    flags=re.DOTALL | re.MULTILINE,
)
TIME = re.compile(r"\*\*Time:\*\* (\d+) minutes to read, (\d+) seconds to run\.")
NEEDS = re.compile(r"\*\*Needs:\*\* \S")
SMALL_LETTERS = re.compile(
    r"\b(?:fontsize|labelsize|title_fontsize|size)\s*=\s*(?:[\"'](?:xx?-)?small|[0-9](?:\.\d*)?\b(?!\.))"
)
# What an earlier edition said in images, that only readers at home in English understand.
NOT_PLAIN = {
    "they stand in heaps": "the results form separate groups",
    "Name your guess first": "Write down your prediction before you run it",
    "would have shouted": "would have sent back a large error",
    "have been waiting unopened": "we have not looked at these seeds yet",
    "must weigh each by its rows": "must weight each by its number of rows",
    "it freed about nobody": "almost no run escaped",
    "wobble is less obedient": "The wobble does not follow this rule",
    "more β is only more swinging": "a larger β only adds oscillation",
    "more $\\beta$ is only more swinging": "a larger β only adds oscillation",
    "went in the bin": "we discarded it",
    "every cut is lost way": "every reduction only slows the run",
    "has fetched eight of them home": "classifies eight of them correctly",
    "more than a coin would pay": "worse than always predicting 0.5",
    "Whoever earns less than": "A weight that lowers the cost by less than λ₁ per unit",
    "is not worth four times the points": "helps less than four times the data",
    "Who starts at zero never has it": "A run that starts at zero has no such component",
    "where the best possible rule itself has more": "below the cost of the best possible rule",
}


class Size(NamedTuple):
    """How long a lesson is."""

    words: int
    lines: int
    claims: int
    widest: int

    @property
    def minutes(self) -> float:
        """Return the minutes that it takes to read."""
        return self.words / 200 + self.lines / 4


class Cell(NamedTuple):
    """A cell, with the section and the block (exercise, solution or none) that it stands in."""

    number: int
    cell: nbformat.NotebookNode
    section: str
    block: str

    @property
    def tags(self) -> list[str]:
        """Return the tags of the cell."""
        return list(self.cell.metadata.get("tags", []))


def located(notebook: nbformat.NotebookNode) -> Iterator[Cell]:
    """Yield each cell with where it stands: a heading and a block begin with their own cell."""
    section = block = ""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            headings = HEADING.findall(cell.source)
            section = headings[-1].strip() if headings else section
            for kind, end, _ in BLOCK.findall(cell.source):
                block = kind if end == "start" else ""
        yield Cell(number, cell, section, block)


def size(notebook: nbformat.NotebookNode) -> Size:
    """Return how long a lesson is; what the exercises hold, and folded code, is left out.

    Only the widest line is that of all code.
    """
    words = lines = claims = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text, *exercises = EXERCISES.split(cell.source, maxsplit=1)
            claims += len(CLAIM.findall(text))
            words += len(WORD.findall(NO_WORDS.sub(" ", text)))
            if exercises:
                break
        elif not any("hide" in t or t == "remove-cell" for t in cell.metadata.get("tags", [])):
            lines += sum(bool(line.strip()) for line in cell.source.splitlines())
    return Size(words, lines, claims, max([0, *(len(line) for _, line in code_lines(notebook))]))


def code_lines(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield the number of a cell and each of its lines of code."""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield from ((number, line) for line in cell.source.splitlines())


def minutes_told(found: Size) -> int:
    """Return the minutes to read as the lesson says them: the next multiple of five."""
    return 5 * math.ceil(found.minutes / 5)


def seconds_told(measured: float, told: int | None = None) -> int:
    """Return the seconds to run as the lesson says them: at least what was measured.

    What it says already stays, as long as it is not far too much.

    >>> [seconds_told(s) for s in (0.4, 5, 5.1, 18, 33, 61)]
    [5, 5, 10, 20, 60, 120]
    >>> seconds_told(9.8, told=20), seconds_told(7.0, told=20), seconds_told(20.5, told=20)
    (20, 10, 60)
    """
    if told in SECONDS and 0.4 * told <= measured <= told:
        return told
    return next((s for s in SECONDS if measured <= s), 60 * math.ceil(measured / 60))


def budget(stem: str) -> float:
    """Return the seconds that a lesson may take, by the number in its name."""
    return chapters.LESSONS[int(stem[:2])]


# ------------------------------------------------------------------ what a lesson has to be


def problems(notebook: nbformat.NotebookNode, stem: str) -> list[str]:
    """Return what does not fit the form of a lesson, an empty list where nothing is wrong.

    Parameters
    ----------
    notebook : NotebookNode
        With its outputs.
    stem : str
        The name of its file, which is that of its evidence, too: "03-momentum".
    """
    checks = (
        too_long, wide_lines, wrong_imports, hidden_code, wrong_box, wrong_sections,
        wrong_questions, wrong_exercises, wrong_figures, bare_truths, images_in_words,
    )  # fmt: skip
    return [
        *(text for check in checks for text in check(notebook)),
        *wrong_evidence(notebook, stem),
    ]


def too_long(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield what goes beyond the size of a lesson, and too few or too many verdicts."""
    found = size(notebook)
    for value, most, unit in (
        (found.words, MOST_WORDS, "words"),
        (found.lines, MOST_LINES, "visible lines of code"),
        (found.minutes, MOST_MINUTES, "minutes"),
    ):
        if value > most:
            yield f"{value:.0f} {unit}, at most {most}"
    if found.claims not in CLAIMS:
        yield f"{found.claims} verdicts, not {CLAIMS[0]} to {CLAIMS[-1]}"


def wide_lines(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield the lines of code that are too wide for a page."""
    for number, line in code_lines(notebook):
        if len(line) > COLUMNS:
            yield f"cell {number}: {len(line)} columns, at most {COLUMNS}: {line.strip()[:50]}"


def imports_of(source: str) -> set[str]:
    """Return the last part of each name that code imports: "Claim" of "course_lib.evidence"."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    return {
        alias.name.rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def wrong_imports(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield imports of what a lesson has no use for, and those outside of one folded cell."""
    importing = [
        (cell, imports_of(cell.cell.source))
        for cell in located(notebook)
        if cell.cell.cell_type == "code"
    ]
    for cell, names in importing:
        for name in sorted(names & NOT_IN_LESSONS):
            yield f"cell {cell.number}: imports {name}, which belongs to the evidence"
    outside = [cell for cell, names in importing if names and not cell.block]
    if len(outside) != 1:
        numbers = ", ".join(str(cell.number) for cell in outside) or "none"
        yield f"imports belong into one cell; they stand in cells {numbers}"
    for cell in outside[:1]:
        told = cell.cell.metadata.get("mystnb", {}).get("code_prompt_show")
        if "hide-input" not in cell.tags or told != "Imports":
            yield f'cell {cell.number}: imports have the tag hide-input and the prompt "Imports"'


def hidden_code(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield folded code that neither imports nor draws; a lesson shows its code."""
    for cell in located(notebook):
        if cell.cell.cell_type != "code" or cell.block:
            continue
        hidden = [tag for tag in cell.tags if tag != "hide-output" and ("hide" in tag)]
        hidden += [tag for tag in cell.tags if tag.startswith("remove-")]
        source = cell.cell.source
        if hidden and not (imports_of(source) or "plt.show()" in source):
            yield f"cell {cell.number}: code is hidden ({', '.join(hidden)}) that draws no figure"


def wrong_box(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield what the box below the title lacks: three objectives, minutes, needs."""
    box = BOX.search(notebook.cells[0].source)
    if box is None:
        yield 'the first cell needs the box ":::{admonition} In this lesson" of class objectives'
        return
    items = re.findall(r"^[-*] +\S", box[2], flags=re.MULTILINE)
    if len(items) != 3:
        yield f"the box has {len(items)} objectives, not 3"
    time = TIME.search(box[2])
    if time is None:
        yield 'the box needs "**Time:** N minutes to read, S seconds to run."'
    else:
        told, counted = int(time[1]), minutes_told(size(notebook))
        if told != counted:
            yield f"the box says {told} minutes, {counted} are counted: --write mends it"
        if int(time[2]) not in SECONDS:
            yield f"the box says {time[2]} seconds, not one of {', '.join(map(str, SECONDS))}"
    if not NEEDS.search(box[2]):
        yield 'the box needs "**Needs:**" and pages'


def wrong_evidence(notebook: nbformat.NotebookNode, stem: str) -> Iterator[str]:
    """Yield what keeps the reader from the lesson's own evidence, and too many seconds."""
    box = BOX.search(notebook.cells[0].source)
    if box is None:
        return
    page = re.escape(f"(../evidence/{stem}.ipynb)")
    if not re.search(rf"\*\*Evidence:\*\*\s+\[[^\]]*\]{page}", box[2]):
        yield f'the box needs "**Evidence:** [](../evidence/{stem}.ipynb)"'
    time = TIME.search(box[2])
    if time is not None and int(time[2]) > budget(stem):
        yield f"the box says {time[2]} seconds, its budget is {budget(stem):g}"


def wrong_sections(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield what is missing of Summary, Questions and Exercises, in this order at the end."""
    headings = [
        heading.strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for heading in HEADING.findall(cell.source)
    ]
    if headings[-3:] != ["Summary", "Questions", "Exercises"]:
        yield f"ends with the sections {headings[-3:]}, not Summary, Questions, Exercises"


def wrong_questions(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield what is wrong with the three questions, each answered by a folded output."""
    code = [
        cell
        for cell in located(notebook)
        if cell.section == "Questions" and cell.cell.cell_type == "code"
    ]
    folded = [cell for cell in code if "hide-output" in cell.tags]
    if len(folded) != 3:
        yield f"{len(folded)} questions have a cell with the tag hide-output, not 3"
    for cell in code:
        given = cell.cell.metadata
        if cell not in folded:
            yield f"cell {cell.number}: shows its output before the reader has predicted it"
            continue
        if not given.get("jupyter", {}).get("outputs_hidden"):
            yield f"cell {cell.number}: JupyterLab shows the answer: set jupyter.outputs_hidden"
        if not given.get("mystnb", {}).get("code_prompt_show"):
            yield f"cell {cell.number}: the fold needs a name: set mystnb.code_prompt_show"
        if not cell.cell.get("outputs"):
            yield f"cell {cell.number}: prints no answer"


def wrong_exercises(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield titles without a level, levels without an exercise, and too few starter cells."""
    titles = [
        title.strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for kind, end, title in BLOCK.findall(cell.source)
        if (kind, end) == ("exercise", "start")
    ]
    levels = [title.partition(":")[0] for title in titles]
    yield from (
        f"exercise {title!r}: begins with none of {', '.join(LEVELS)}"
        for title, level in zip(titles, levels, strict=True)
        if level not in LEVELS
    )
    missing = [level for level in LEVELS if level not in levels]
    if missing:
        yield f"no exercise of level {', '.join(missing)}"
    starters = sum(
        is_starter(cell.cell.source)
        for cell in located(notebook)
        if cell.block == "exercise" and cell.cell.cell_type == "code"
    )
    if starters < 2:
        yield f"{starters} exercises with a starter cell (a function with `...`), at least 2"


def is_starter(source: str) -> bool:
    """Tell whether code has a function whose body the reader has to write: `...` stands in it."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    return any(
        isinstance(inside, ast.Constant) and inside.value is Ellipsis
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for inside in ast.walk(node)
    )


def wrong_figures(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield figures that a phone shows too small: too wide ones, and small letters."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/png")
            wide = 0.0 if picture is None else inches(picture)
            if wide > WIDEST_FIGURE:
                yield f"cell {number}: a figure {wide:.2f} inches wide, at most {WIDEST_FIGURE}"
        if cell.cell_type == "code" and SMALL_LETTERS.search(cell.source):
            yield f"cell {number}: letters below {SMALLEST_LETTERS} points"


def inches(picture: str) -> float:
    """Return how wide the figure of a stored picture (PNG, in base 64) is at least."""
    pixels: int = struct.unpack(">I", b64decode(picture)[16:20])[0]
    return pixels / DPI - WHITE


def letters_on_a_phone(width: float, points: float) -> float:
    """Return how many pixels letters of so many points have in a figure so many inches wide.

    >>> round(letters_on_a_phone(WIDEST_FIGURE, SMALLEST_LETTERS), 1)
    9.3
    """
    return points / 72 * PHONE_PICTURE / (width + WHITE)


def bare_truths(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield cells that print `True` or `False` where a reader wants what was measured."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            text = output.get("text", output.get("data", {}).get("text/plain", ""))
            if text.strip() in {"True", "False"}:
                yield f"cell {number}: prints {text.strip()}, not what was measured"


def images_in_words(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield wordings of the list that is not plain, with what to say instead."""
    for number, cell in enumerate(notebook.cells):
        text = " ".join(cell.source.replace("*", "").split()).lower()
        for wording, plain in NOT_PLAIN.items():
            if wording.lower() in text:
                yield f"cell {number}: “{wording}”; plain: “{plain}”"


# ------------------------------------------------------------------ the command


def write_time(path: Path, seconds: float | None = None) -> bool:
    """Set minutes, and seconds if they were measured, in a lesson's first cell; tell if it changed.

    The file stays as it is otherwise, letter by letter.
    """
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    minutes = minutes_told(size(read_notebook(path)))
    first = notebook["cells"][0]

    def line(match: re.Match[str]) -> str:
        told = int(match[2])
        told = told if seconds is None else seconds_told(seconds, told)
        return f"**Time:** {minutes} minutes to read, {told} seconds to run."

    source = TIME.sub(line, "".join(first["source"]))
    first["source"] = source.splitlines(keepends=True)
    new = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    if source == "".join(json.loads(text)["cells"][0]["source"]):
        return False
    replace(path, new)
    return True


def looked_at(path: Path, *, run: bool, write: bool) -> tuple[Size, list[str]]:
    """Print what there is to say of a lesson; return its size and what is wrong with it."""
    seconds, wrong = None, []
    missing = missing_need(path) if run else None
    if run and missing is None:
        try:
            seconds = chapters.seconds_alone(path)
        except RefusedError as problem:
            wrong.append(f"fails: {problem}")
    if write:
        write_time(path, seconds)
    notebook = read_notebook(path)
    found = size(notebook)
    wrong += problems(notebook, path.stem)
    line = (
        f"{path.stem:24} {found.words:5} words {found.lines:4} lines {found.minutes:4.0f} min "
        f"{found.claims} verdicts {found.widest:3} columns"
    )
    if seconds is not None:
        line += f" {seconds:4.0f} s of {budget(path.stem):g} s"
        if seconds > budget(path.stem):
            wrong.append(f"runs {seconds:.0f} s, its budget is {budget(path.stem):g} s")
    elif missing is not None:
        line += f"   not run: it {missing}"
    print(line, *(f"    {text}" for text in wrong), sep="\n", flush=True)
    return found, wrong


def main(args: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.lessons", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all lessons")
    parser.add_argument("--run", action="store_true", help="run each alone and time it")
    parser.add_argument("--write", action="store_true", help="set the times in the first cell")
    options = parser.parse_args(args)
    paths = options.notebooks or sorted(lessons(), key=lambda path: path.name)
    os.environ.update(ONE_THREAD)  # the kernels inherit it
    found = [looked_at(path, run=options.run, write=options.write) for path in paths]
    hours = sum(one.minutes for one, _ in found) / 60
    fit = sum(not wrong for _, wrong in found)
    print(f"{fit} of {len(found)} lessons fit, {hours:.1f} h together, at most {MOST_HOURS} h")
    return int(fit < len(found) or hours > MOST_HOURS)


if __name__ == "__main__":
    sys.exit(main())
