"""'Before you start' and the lessons agree about what a reader has to know.

Looked at is the code that a lesson shows: all of it down to its exercises, but for what is folded.
Every function of numpy and of Python that is called there, every method of an array, a generator or
a dictionary, and every construct beyond loops and plain functions occurs in the code of 'Before you
start' or in its table of functions. The page also says which lesson needs what first.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from tools.comparisons import lessons
from tools.freshness import ROOT, read_notebook
from tools.lessons import (
    EXERCISES,
    MOST_MINUTES,
    hidden_code,
    images_in_words,
    located,
    minutes_told,
    size,
    wide_lines,
    wrong_figures,
)

PAGE = ROOT / "book" / "before-you-start.ipynb"
LESSONS = sorted(lessons(), key=lambda path: path.stem)  # by their numbers
ARRAY = {name for name in dir(np.ndarray) if not name.startswith("_")} - {"data", "flat"}
METHODS = ARRAY | {"append", "format", "items", "join", "normal", "permutation", "pop"}
METHODS |= {"choice", "random", "uniform", "values"}
CALLS = {name for name in dir(builtins) if name.islower()} - {"len", "print", "range"}

# What the sections repeat, and words or code of a lesson that needs it.
NEEDS = {
    "before-python": r"zip\(|enumerate\(|lambda|yield|\*\*\w+\)",
    "before-shapes": r"\.shape\b|newaxis|axis=0",
    "before-random": r"default_rng|[Vv]ariance|[Ss]tandard deviation|[Mm]edian",
    "before-logarithms": r"\\ln|np\.log|logarithm|log axis",
    "before-parts": r"right angle|inner product",
    "before-gradient": r"\\nabla|\\partial",
    "before-chain-rule": r"chain rule",
    "before-sigmoid": r"sigmoid|ReLU|logit",
    "before-cross-entropy": r"cross-entropy",
    "before-classes": r"softmax|best possible rule",
}
# The page promises that no lesson needs these.
BEYOND = re.compile(
    r"(?i)eigen|complex (number|root)|hessian|gauss.newton|jacobian|lagrang|np\.linalg\.(?!norm)"
)
ROW = re.compile(r"^\| (\d+) \| (.*?) \|", flags=re.MULTILINE)
NEED = re.compile(
    r"^\| \{ref\}`([\w-]+)` \| \[lesson \d+\]\((.*?)\) \| (.*) \|$", flags=re.MULTILINE
)


def dotted(node: ast.expr) -> str:
    """Return a chain of names such as "np.linalg.norm", and "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name) if dotted(value):
            return f"{dotted(value)}.{name}"
    return ""


def names_in(code: str) -> set[str]:
    """Return the functions, methods and constructs of some code that a reader has to know.

    `np.mean(a)` and `a.mean()` have one name, and so have the lists that Python makes in one line.
    """
    found: set[str] = set()
    inner = set()  # np.linalg, when np.linalg.norm has been seen
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(code))):
        match node:
            case ast.Attribute(value=value, attr=name) if id(node) not in inner:
                chain = dotted(node)
                inner |= {id(value)} if chain.startswith("np.") else set()
                if chain.startswith("np.") and name not in ARRAY:
                    found.add(chain)
                elif name in METHODS:
                    found.add(f".{name}")
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                found.add(f"{name}()")
            case ast.keyword(arg=None):
                found.add("**")
            case ast.Subscript(slice=ast.Constant(value=value), ctx=ast.Store()):
                found |= {"[...] ="} if value is Ellipsis else set()
            case ast.ClassDef(bases=bases):
                found.add("class A(B)" if bases else "class")
            case ast.Lambda():
                found.add("lambda")
            case ast.Yield():
                found.add("yield")
            case ast.Starred():
                found.add("*")
            case ast.ListComp() | ast.GeneratorExp() | ast.DictComp() | ast.SetComp():
                found.add("comprehension")
            case ast.IfExp():
                found.add("a if b else c")
            case ast.Invert():
                found.add("~")
            case ast.BitAnd() | ast.BitOr() | ast.RShift() | ast.LShift():
                found.add({"BitAnd": "&", "BitOr": "|"}.get(type(node).__name__, ">>"))
            case ast.MatMult():
                found.add("@")
    return found


def shown(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield the source of each cell down to the exercises; code that is folded is left out."""
    for cell in notebook.cells:
        source, *exercises = (
            EXERCISES.split(cell.source, maxsplit=1)
            if cell.cell_type == "markdown"
            else [cell.source]
        )
        if cell.cell_type == "markdown" or "hide-input" not in cell.metadata.get("tags", []):
            yield source
        if exercises:
            return


@cache
def code_names(path: Path) -> frozenset[str]:
    """Return what a reader has to know to read the code that a notebook shows."""
    notebook = read_notebook(path)
    code = {cell.source for cell in notebook.cells if cell.cell_type == "code"}
    return frozenset(
        name for source in shown(notebook) if source in code for name in names_in(source)
    )


@cache
def table() -> dict[str, int]:
    """Return the names in the page's table of functions, with the lesson that it says."""
    text = "\n".join(cell.source for cell in read_notebook(PAGE).cells)
    return {
        name: int(lesson)
        for lesson, functions in ROW.findall(text)
        for code in re.findall(r"`(.*?)`", functions)
        for name in names_in(code)
    }


def number(path: Path) -> int:
    """Return the number of a lesson."""
    return int(path.stem[:2])


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_the_code_of_a_lesson_uses_what_the_page_repeats(path: Path) -> None:
    """No function, method or construct of a lesson is missing on the page."""
    assert code_names(path) - code_names(PAGE) - set(table()) == set()


def test_the_table_of_functions_has_what_lessons_use_and_says_where_first() -> None:
    """A row that no lesson needs, that the page's code shows anyway, or with a wrong lesson."""
    used = {name: number(path) for path in reversed(LESSONS) for name in code_names(path)}
    assert len(table()) > 10
    assert table() == {name: used.get(name, "no lesson") for name in table()}
    assert set(table()) & set(code_names(PAGE)) == set()


def test_each_section_says_which_lesson_needs_it_first() -> None:
    """The table at the head names a lesson, and its text or code is the first with such words."""
    cells = read_notebook(PAGE).cells
    rows = NEED.findall(cells[0].source)
    assert [anchor for anchor, _, _ in rows] == list(NEEDS)
    text = "\n".join(cell.source for cell in cells)
    for anchor, link, exercises in rows:
        assert f"({anchor})=\n" in text
        found = (
            path
            for path in LESSONS
            if re.search(NEEDS[anchor], "\n".join(shown(read_notebook(path))))
        )
        assert link == next(found).relative_to(ROOT / "book").as_posix(), anchor
        for label in re.findall(r"\{ref\}`(.*?)`", exercises):
            assert f":label: {label}\n" in text
    named = {label for *_, exercises in rows for label in re.findall(r"\{ref\}`(.*?)`", exercises)}
    assert set(re.findall(r":label: (ex-.*)", text)) == named


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_a_lesson_needs_nothing_beyond_the_page(path: Path) -> None:
    """The page says that no lesson uses complex numbers or eigenvectors."""
    assert BEYOND.search("\n".join(shown(read_notebook(path)))) is None


def test_the_page_has_the_form_of_a_lesson_where_it_applies() -> None:
    """It says its minutes, and is no longer, wider or less open than a lesson may be."""
    notebook = read_notebook(PAGE)
    told = re.search(r"It takes about (\d+) minutes to read", notebook.cells[0].source)
    assert told is not None
    assert int(told[1]) == minutes_told(size(notebook)) <= MOST_MINUTES
    for check in (wide_lines, hidden_code, images_in_words, wrong_figures):
        assert list(check(notebook)) == []


def test_every_exercise_has_a_solution_that_runs() -> None:
    """Each exercise is followed by a folded solution with code in it."""
    solved = [
        bool(cell.cell.outputs)
        for cell in located(read_notebook(PAGE))
        if cell.block == "solution" and cell.cell.cell_type == "code"
    ]
    assert all(solved)
    assert len(solved) >= len(NEEDS)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a = np.log(x[~y]).mean()", {"np.log", "~", ".mean"}),
        (
            "np.random.default_rng(0).normal() @ np.round(b)",
            {"np.random.default_rng", ".normal", "@", ".round"},
        ),
        ("f = lambda **k: sorted(a, **k)", {"lambda", "sorted()", "**"}),
        (
            "class A(B):\n    def f(self):\n        self.x[...] = yield",
            {"class A(B)", "[...] =", "yield"},
        ),
        (
            "[*a, b >> 2 if c & d else {e for e in f}]",
            {"*", ">>", "a if b else c", "&", "comprehension"},
        ),
        ("parameters.weights, plots.draw(3), len(x), np.linalg.norm(y)", {"np.linalg.norm"}),
    ],
)
def test_names_are_found(code: str, names: set[str]) -> None:
    """Functions, methods and constructs; nothing of the course's own package."""
    assert names_in(code) == names


def test_what_is_folded_and_what_follows_the_exercises_does_not_count() -> None:
    """A reader need not read it."""
    cells = [
        nbformat.v4.new_code_cell("np.seen(1)"),
        nbformat.v4.new_code_cell("np.folded(1)", metadata={"tags": ["hide-input"]}),
        nbformat.v4.new_markdown_cell("before\n## Exercises\nafter"),
        nbformat.v4.new_code_cell("np.later(1)"),
    ]
    assert list(shown(nbformat.v4.new_notebook(cells=cells))) == ["np.seen(1)", "before\n"]
