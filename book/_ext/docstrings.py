"""Reads the docstrings of ``course_lib`` for the API page.

In the source they are written to be read: formulas between dollar signs and names between single
backticks, as in the chapters. Sphinx expects roles and directives; this turns one into the other.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

from sphinx.application import Sphinx

INLINE_FORMULA = re.compile(r"(?<![\\$])\$(?!\s)([^$]+?)(?<!\s)\$(?!\$)")
NAME = re.compile(r"(?<![`:\w])`([^`\n]+)`(?![`_])")
DISPLAYED_FORMULA = re.compile(r"^( *)\$\$(.+?)\$\$([.,;]?) *$", flags=re.DOTALL | re.MULTILINE)


def displayed(match: re.Match[str]) -> str:
    """Return a displayed formula as a directive, at the indentation of its docstring."""
    indent, formula, _ = match.groups()
    body = "\n".join(f"{indent}   {line.strip()}" for line in formula.strip().splitlines())
    return f"{indent}.. math::\n\n{body}\n"


def outside_examples(text: str) -> str:
    """Convert the names and the inline formulas of every line that is no doctest."""
    lines = []
    example = False
    for line in text.splitlines():
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            line = NAME.sub(r"``\1``", line)
        lines.append(line)
    return "\n".join(lines)


def converted(text: str) -> str:
    """Return a docstring with Sphinx's notation instead of the source's."""
    text = DISPLAYED_FORMULA.sub(displayed, outside_examples(text))
    return INLINE_FORMULA.sub(lambda m: f"\\ :math:`{' '.join(m[1].split())}`\\ ", text)


def convert(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Change a docstring in place, before it is read as a numpy docstring."""
    lines[:] = converted("\n".join(lines)).splitlines()


def keep_colons(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Undo the reading of numpy docstrings for a property: words before a colon are no type."""
    if what == "property":
        lines[:] = [*converted(inspect.getdoc(obj) or "").splitlines(), ""]


def leave_out_object(app: Sphinx, name: str, obj: Any, options: Any, bases: list[Any]) -> None:
    """Say nothing of the base that every class has."""
    bases[:] = [base for base in bases if base is not object]


def skip_tuple_fields(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out the fields of named tuples, which the class's own docstring describes."""
    doc = getattr(obj, "__doc__", None) or ""
    return True if doc.startswith("Alias for field number") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, ahead of the reader of numpy docstrings."""
    app.connect("autodoc-process-docstring", convert, priority=400)
    app.connect("autodoc-process-docstring", keep_colons, priority=600)
    app.connect("autodoc-process-bases", leave_out_object)
    app.connect("autodoc-skip-member", skip_tuple_fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
