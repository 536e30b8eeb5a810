"""Makes the page that a student gets back: one file, which needs nothing beside it."""

from __future__ import annotations

import re
from importlib.resources import files

from course_lib.grading.sets import ProblemSet
from course_lib.grading.standing import Standing

HEADS = {
    "right": "right",
    "mistake": "not right yet",
    "wrong": "not right yet",
    "crash": "it stopped with an error",
    "unwritten": "nothing is written",
    "borrowed": "the package's own code",
    "by hand": "in words",
}


PAGE = re.compile(r"^(?:[\w-]+/)?(\d\d)-[\w-]+, ")


def place_in_book(read: str) -> str:
    """Return where the book explains something, as a reader would say it.

    >>> place_in_book("generalising/07-dropout, “Frozen masks”")
    'lesson 7, “Frozen masks”'
    """
    return PAGE.sub(lambda found: f"lesson {int(found[1])}, ", read)


def feedback_page(problems: ProblemSet, standing: Standing) -> str:
    """Return the page of one student as HTML.

    Everything that a student wrote is shown as text, whatever it holds.
    """
    from jinja2 import Environment, StrictUndefined

    source = files("course_lib.grading").joinpath("feedback.html.j2").read_text(encoding="utf-8")
    pages = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters["points"] = lambda number: f"{number:.2f}".rstrip("0").rstrip(".")
    pages.filters["place"] = place_in_book
    page = pages.from_string(source).render(problems=problems, standing=standing, heads=HEADS)
    return page.rstrip("\n") + "\n"
