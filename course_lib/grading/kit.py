"""What lies in the sandbox: the package as students have it, without solutions and judgement.

The exercises' modules hold solutions, wrong programs, cases and drives in one file. Into the
sandbox goes of each only what drives a student's function, with what that needs.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from course_lib.exercises import questions
from course_lib.exercises.checking import TOPICS
from course_lib.exercises.exercise import Exercise, Rival
from course_lib.exercises.questions import QUESTIONS

PACKAGE = Path(__file__).resolve().parent.parent
RUNS = {"answers.py", "running.py"}  # of the exercises: these as they are
INSIDE = {"__init__.py", "wire.py", "worker.py"}  # of the grading
# A notebook calls them; in the sandbox they judge nothing.
STUBS = '''"""In the sandbox checks judge nothing: the grader does, outside."""


def check(*_, **__):
    """Print nothing."""


def answered(*_, **__):
    """Return an empty text."""
    return ""


def ask(*_, **__):
    """Return an empty text."""
    return ""


def ready(*_, **__):
    """Tell that an experiment need not run."""
    return False
'''


@cache
def kit() -> dict[str, bytes]:
    """Return the files of the sandbox's package, by their paths below it.

    >>> sorted(name for name in kit() if name.startswith("exercises/mom"))
    ['exercises/momentum.py']
    >>> b"_momentum_step" in kit()["exercises/momentum.py"]
    False
    """
    files = {}
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE).as_posix()
        folder, _, rest = name.partition("/")
        left_out = (folder == "exercises" and rest not in RUNS) or (
            folder == "grading" and rest not in INSIDE
        )
        if path.is_file() and path.suffix in (".py", ".html") and not left_out:
            files[name] = path.read_bytes()
    files["exercises/__init__.py"] = STUBS.encode()
    for topic in TOPICS:
        drives = {exercise.drive for exercise in topic.EXERCISES}
        roots = [drive.__name__ for drive in drives if drive.__module__ == topic.__name__]
        name = topic.__name__.rpartition(".")[2]
        files[f"exercises/{name}.py"] = cut_out(topic, roots).encode()
    values = [question.value.__name__ for question in QUESTIONS]
    files["exercises/questions.py"] = cut_out(questions, values).encode()
    return files


def cut_out(module: ModuleType, roots: Iterable[str]) -> str:
    """Return the source of some functions of a module, with what they need of it.

    Parameters
    ----------
    module : module
        A module of exercises.
    roots : iterable of str
        The names of the functions.

    Raises
    ------
    RuntimeError
        If that takes a solution or a wrong program along.
    """
    named: dict[str, list[ast.stmt]] = {}
    tree = ast.parse(inspect.getsource(module))
    for node in tree.body:
        for name in _names_of(node):
            named.setdefault(name, []).append(_WithoutTypes().visit(node))
    wanted, open_ends = set(roots), list(roots)
    while open_ends:
        for node in named.get(open_ends.pop(), []):
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and part.id in named and part.id not in wanted:
                    wanted.add(part.id)
                    open_ends.append(part.id)
    told = wanted & _programs(getattr(module, "EXERCISES", []))
    if told:
        raise RuntimeError(f"{module.__name__}: the sandbox would get {', '.join(sorted(told))}")
    lines = []
    for node in tree.body:
        if wanted & set(_names_of(node)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                node.names = [alias for alias in node.names if _called(alias) in wanted]
            lines.append(ast.unparse(node))
    return "\n\n\n".join(lines) + "\n"


class _WithoutTypes(ast.NodeTransformer):
    """Takes the annotations of functions away."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Take those of one function and of the functions in it away."""
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Take that of an argument away."""
        node.annotation = None
        return node


def _names_of(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module gives a value."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [_called(alias) for alias in node.names]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _called(alias: ast.alias) -> str:
    return (alias.asname or alias.name).partition(".")[0]


def _programs(exercises: Iterable[Exercise]) -> set[str]:
    """Return the names of all solutions and wrong programs."""
    found: list[Any] = []
    for exercise in exercises:
        found.append(exercise.solution)
        found += [mistake.wrong for mistake in exercise.mistakes if isinstance(mistake, Rival)]
    return {getattr(getattr(f, "func", f), "__name__", "") for f in found}
