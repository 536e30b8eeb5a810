"""A student's feedback page in a real browser: everybody can read it, on any screen."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from course_lib.exercises.exercise import Verdict
from course_lib.grading.classroom import Student
from course_lib.grading.feedback import feedback_page
from course_lib.grading.marking import Mark
from course_lib.grading.sets import read_set
from course_lib.grading.standing import Line, Standing
from tools.browser import WIDTHS, browser, chromium
from tools.freshness import ROOT

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium on PATH")
ALL_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with everything on it that a page can have."""
    kinds = ("right", "mistake", "wrong", "crash", "unwritten", "borrowed", "by hand")
    lines = tuple(
        Line(
            f"{number}. Code: a part of the set with a long name",
            Mark(
                f"cell-{number}", "momentum.step", None if kind == "by hand" else 0.0, 4.0,
                Verdict(
                    "momentum.step", kind, "the factor 1 - beta is missing" * (kind == "mistake"),
                    "A text.\n" + "a_name_without_a_place_to_break_it" * 5,
                    "training/03-momentum, “One step”",
                ),
                "A note.",
            ),
            None if kind == "by hand" else 0.0, kind == "wrong", "A comment.\nIn two lines.",
        )
        for number, kind in enumerate(kinds, 1)
    )  # fmt: skip
    standing = Standing(Student("ada", "Ada Lovelace"), lines, 2, 0.6, ("The file is too large.",))
    problems = read_set(ROOT / "exercises" / "03-momentum.md")
    path = tmp_path_factory.mktemp("feedback") / "03-momentum.html"
    path.write_text(feedback_page(problems, standing), encoding="utf-8")
    return path


def test_the_page_keeps_nobody_out(page_file: Path) -> None:
    """No rule is broken on a desktop and a phone, light and dark, and nothing is asked for."""
    asked: list[str] = []
    with browser() as running:
        for width in (*WIDTHS.values(), 360):
            for theme in ("light", "dark"):
                page = running.new_page(
                    viewport={"width": width, "height": 800}, color_scheme=theme, bypass_csp=True
                )
                page.on("request", lambda request: asked.append(request.url))
                page.goto(page_file.as_uri())
                found = Axe().run(page, options=ALL_RULES)
                assert found.violations_count == 0, found.generate_report()
                assert len(found.response["passes"]) > 20
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width
                page.close()
    assert set(asked) == {page_file.as_uri()}


def test_a_page_that_keeps_people_out_is_found(page_file: Path) -> None:
    """The same look finds pale letters, a table without headings and a page without a language."""
    text = page_file.read_text(encoding="utf-8")
    spoiled = text.replace("--quiet: #555b63", "--quiet: #c0c0c0").replace(
        '<html lang="en">', "<html>"
    )
    assert spoiled.count("#c0c0c0") == 1
    path = page_file.with_name("spoiled.html")
    path.write_text(spoiled, encoding="utf-8")
    with browser() as running:
        page = running.new_page(color_scheme="light", bypass_csp=True)
        page.goto(path.as_uri())
        found = {one["id"] for one in Axe().run(page, options=ALL_RULES).response["violations"]}
    assert {"color-contrast", "html-has-lang"} <= found
