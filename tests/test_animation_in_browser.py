"""The animation in a real browser, where two of one name stand on a page."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import plots
from tools.browser import browser, chromium

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium on PATH")

READ = """() => [...document.querySelectorAll('[data-animation]')].map(one => ({
    step: one.querySelector('input').value,
    count: one.querySelector('output').textContent,
    at: one.querySelector('circle').getAttribute('cx'),
    points: one.querySelector('[data-part=line]').getAttribute('points').split(' ').length,
    height: one.querySelector('[data-part=height]').textContent,
    button: one.querySelector('button').textContent,
}))"""
MOVE = """([which, step]) => {
    const slider = document.querySelectorAll('[data-animation] input')[which];
    slider.value = step;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
}"""


def markup(shift: float) -> str:
    """Return an animation of one path; all have the same name."""
    path = np.array([[-1.5, 0.9], [-0.5, -0.4], [0.25, 0.125], [0.0, 0.0]])
    path[:, 0] += shift
    return plots.animation_html(
        lambda x, y: x**2 + 10 * y**2, {"walk": path}, extent=(-2, 2, -1, 1), name="valley",
        alt="A ball rolls.", milliseconds=20,
    ).markup  # fmt: skip


def test_two_animations_of_one_name_work_each_by_itself(tmp_path: Path) -> None:
    """Each slider and each button moves its own ball, along its own path, and nothing else."""
    page_file = tmp_path / "page.html"
    page_file.write_text(
        f"<!doctype html><meta charset=utf-8>{markup(0.0)}<p>{markup(0.5)}", encoding="utf-8"
    )
    problems: list[str] = []
    with browser() as running:
        page = running.new_page()
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.goto(page_file.as_uri())
        looks = [page.evaluate(READ)]
        for which, step in ((1, 1), (0, 0), (0, 3)):
            page.evaluate(MOVE, [which, step])
            looks.append(page.evaluate(READ))
        page.locator("button").nth(1).click()
        page.wait_for_function("document.querySelectorAll('output')[1].textContent === '3'")
        looks.append(page.evaluate(READ))
        # A front end that runs a cell again puts a third one there, with its script.
        page.evaluate(
            """html => {
                const place = document.createElement('div');
                place.innerHTML = html;
                document.body.append(place);
                const old = place.querySelector('script');
                const script = document.createElement('script');
                script.textContent = old.textContent;
                old.replaceWith(script);
            }""",
            markup(1.0),
        )
        page.evaluate(MOVE, [2, 0])
        page.evaluate(MOVE, [0, 1])
        looks.append(page.evaluate(READ))
    start, second, first, again, played, third = looks
    assert not problems
    assert [one["at"] for one in start] == ["310.0", "387.5"]
    assert (second[0], second[1]["at"], second[1]["points"]) == (start[0], "310.0", 2)
    assert (second[1]["count"], second[1]["step"], second[1]["height"]) == ("1", "1", "1.6")
    assert (first[1], first[0]["at"], first[0]["points"]) == (second[1], "77.5", 1)
    assert (again[0], again[1]) == (start[0], second[1])
    assert (played[0], played[1]) == (start[0], start[1])
    assert [one["step"] for one in third] == ["1", "3", "0"]
    assert [one["at"] for one in third] == ["232.5", "387.5", "232.5"]
    assert [one["button"] for one in third] == ["play"] * 3
