"""The directive ``{lesson-map}``: which lesson builds on which, and how long each takes.

It reads the box at the head of each lesson when the book is built, so that no table has to be kept
in step with the lessons. A chapter without such a box is listed without times.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PARTS = ("training", "generalising", "at-scale")
NAME = re.compile(r"(\d\d)-[\w-]+")
TIME = re.compile(r"\*\*Time:\*\* (\d+) minutes to read, (\d+) seconds to run")
NEEDS = re.compile(r"\*\*Needs:\*\*(.*?)(?:\*\*Evidence:\*\*|\n:::|$)", flags=re.DOTALL)
LINK = re.compile(r"\]\(([^)#]*)")
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


class Lesson(NamedTuple):
    """What the box at the head of a lesson says; `needs` has the numbers of other lessons."""

    number: int
    page: str
    minutes: int | None
    seconds: int | None
    needs: tuple[int, ...]


def read_lesson(path: Path, page: str) -> Lesson:
    """Read the first cell of a lesson."""
    cell = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    text = "".join(cell["source"])
    number = int(path.stem[:2])
    time, needs = TIME.search(text), NEEDS.search(text)
    stems = [Path(link).stem for link in LINK.findall(needs[1])] if needs else []
    others = {int(found[1]) for stem in stems if (found := NAME.fullmatch(stem))}
    return Lesson(
        number,
        page,
        int(time[1]) if time else None,
        int(time[2]) if time else None,
        tuple(sorted(others - {number})),
    )


def lessons(folder: Path) -> list[Lesson]:
    """Return the book's lessons in the order of their numbers."""
    found = [
        read_lesson(path, f"book/{part}/{path.stem}")
        for part in PARTS
        for path in (folder / "book" / part).glob("*.ipynb")
        if NAME.fullmatch(path.stem)
    ]
    return sorted(found)


class lesson_map(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """The map, to be written when all titles are known."""


class LessonMapDirective(SphinxDirective):
    """The ``lesson-map`` directive."""

    def run(self) -> list[nodes.Node]:
        """Leave a place that is filled when the page is written."""
        self.env.note_reread()  # a lesson's box may change at any time
        return [lesson_map("")]


def write_map(writer: Any, node: lesson_map) -> None:
    """Write the picture and the table by their template."""
    builder = writer.builder
    found = lessons(Path(builder.app.srcdir))
    row = {lesson.number: row for row, lesson in enumerate(found)}
    titles = builder.env.titles
    given = [
        {
            "lesson": lesson,
            "title": titles[lesson.page].astext() if lesson.page in titles else lesson.page,
            "address": builder.get_relative_uri(builder.current_docname, lesson.page),
            "needs": [number for number in lesson.needs if number in row],
        }
        for lesson in found
    ]
    minutes = [lesson.minutes for lesson in found if lesson.minutes]
    arcs = [(row[number], row[one["lesson"].number]) for one in given for number in one["needs"]]
    template = TEMPLATES.get_template("lesson-map.html")
    writer.body.append(template.render(lessons=given, arcs=arcs, row=row, minutes=sum(minutes)))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""

    def skip(writer: Any, node: lesson_map) -> None:
        raise nodes.SkipNode

    left_out = (skip, None)
    app.add_node(
        lesson_map,
        html=(write_map, None),
        latex=left_out,
        text=left_out,
        man=left_out,
        texinfo=left_out,
    )
    app.add_directive("lesson-map", LessonMapDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
