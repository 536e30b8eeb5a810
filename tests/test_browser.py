"""Every built page in a real browser: it shows whole, quietly, and asks no other host.

All pages are visited first and judged afterwards: pytest cannot show an assertion that fails inside
of a running playwright session on Python 3.11.
"""

from typing import NamedTuple
from urllib.parse import quote

import pytest

from tools.browser import (
    HTML,
    THEMES,
    WIDTHS,
    Page,
    browser,
    built_pages,
    chromium,
    opened,
    served,
    wait_until_drawn,
)
from tools.comparisons import lessons
from tools.freshness import ROOT
from tools.lessons import DPI, SMALLEST_LETTERS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no chromium on PATH"),
    pytest.mark.skipif(not HTML.is_dir(), reason="the book is not built: run `make book` first"),
]

PAGES = built_pages() if HTML.is_dir() else []
# One page of each kind, which `make test-smoke` looks at: the first page with its map, a lesson
# with formulas and moving pictures, tables of claims, all claims, the package, the search.
SMOKE = (
    "book/intro.html",
    "book/training/03-momentum.html",
    "book/at-scale/10-all-together.html",
    "book/reference/ledger.html",
    "book/reference/api.html",
    "search.html",
)
EACH_PAGE = [
    pytest.param(name, marks=[pytest.mark.smoke] if name in SMOKE else []) for name in PAGES
]
LOOK = """() => {
    const images = [...document.images];
    const content = document.querySelector('#main-content') || document.body;
    return {
        too_wide: Math.max(0, document.documentElement.scrollWidth - window.innerWidth),
        broken_images: images.filter(image => !image.naturalWidth).map(image => image.src),
        images_without_alt: [...content.querySelectorAll('img')]
            .filter(image => !image.alt.trim()).map(image => image.src),
        formulas_not_drawn: [...content.querySelectorAll('.math')]
            .filter(formula => !formula.querySelector('mjx-container'))
            .map(formula => formula.textContent.slice(0, 80)),
        formulas_with_errors: [...content.querySelectorAll('mjx-merror, .mjx-error')]
            .map(formula => formula.textContent.slice(0, 80)),
        theme: document.documentElement.dataset.theme,
    };
}"""


LAPTOPS = (1366, 1440)
SMALL_LAPTOP = 1280  # on which the code of a lesson, 72 columns, has to fit as well
LESSON_PAGES = [f"{path.relative_to(ROOT).with_suffix('').as_posix()}.html" for path in lessons()]
CUT = """() => {
    document.querySelectorAll('details').forEach(folded => { folded.open = true; });
    return [...document.querySelectorAll('.cell_input pre')]
        .filter(code => code.scrollWidth > code.clientWidth + 1)
        .map(code => code.textContent.slice(0, 80));
}"""


# Pixels of the smallest letters of each figure that a cell drew, and what it shows.
LETTERS = f"""() => [...document.querySelectorAll('.cell_output img')].map(image => [
    image.getBoundingClientRect().width / image.naturalWidth * {SMALLEST_LETTERS * DPI / 72},
    image.alt])"""
# The contrast of each text of the boxes of objectives with what is behind it.
CONTRASTS = """() => {
    const light = colour => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
            .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    return [...document.querySelectorAll('div.admonition.objectives')].flatMap(box => {
        const behind = light(getComputedStyle(box).backgroundColor);
        return [...box.querySelectorAll('p, a')].map(text => {
            const front = light(getComputedStyle(text).color);
            return [(Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05),
                    text.textContent.slice(0, 40)];
        });
    });
}"""


class Visit(NamedTuple):
    """What was seen of one page, in one width and theme, reached in one way."""

    errors: list[str]
    outside: list[str]
    too_wide: float
    broken_images: list[str]
    images_without_alt: list[str]
    formulas_not_drawn: list[str]
    formulas_with_errors: list[str]
    theme: str


def visited(page: Page, base: str, name: str) -> Visit:
    """Open a page, let it finish, and look at it."""
    errors: list[str] = []
    outside: list[str] = []
    listeners = {
        "pageerror": lambda problem: errors.append(str(problem)),
        "console": lambda m: errors.append(m.text) if m.type == "error" else None,
        "request": lambda r: (
            None if r.url.startswith((base, "data:", "blob:")) else outside.append(r.url)
        ),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(base + name)
    wait_until_drawn(page)
    seen = page.evaluate(LOOK)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return Visit(errors=errors, outside=outside, **seen)


@pytest.fixture(scope="module")
def visits(request: pytest.FixtureRequest) -> dict[tuple[str, str, str, str], Visit]:
    """Visit the pages on a desktop and a phone, light and dark, served and opened as a file.

    They are those that the chosen tests are about: all, unless `-k` or `-m` left some out.
    """
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    names = {spec.params.get("name") for spec in asked if spec is not None}
    found = {}
    with served() as address, browser() as running:
        for device, width in WIDTHS.items():
            for theme in THEMES:
                with opened(running, width, theme) as page:
                    for name in (name for name in PAGES if name in names):
                        seen = visited(page, address, name)
                        found[name, device, theme, "http"] = seen
                        seen = visited(page, f"{HTML.as_uri()}/", name)
                        found[name, device, theme, "file"] = seen
    return found


@pytest.mark.parametrize("name", EACH_PAGE)
@pytest.mark.parametrize("field", [name for name in Visit._fields if name != "theme"])
def test_nothing_is_wrong(
    visits: dict[tuple[str, str, str, str], Visit], name: str, field: str
) -> None:
    """Formulas and pictures show, the page fits its window, no other host is asked."""
    wrong = {key[1:]: getattr(seen, field) for key, seen in visits.items() if key[0] == name}
    assert len(wrong) == len(WIDTHS) * len(THEMES) * 2
    assert not {key: value for key, value in wrong.items() if value}


@pytest.mark.smoke
def test_the_theme_is_the_one_asked_for(
    visits: dict[tuple[str, str, str, str], Visit],
) -> None:
    """The pages were looked at in the light and in the dark."""
    assert {theme for _, _, theme, _ in visits} == set(THEMES)
    assert all(seen.theme == theme for (_, _, theme, _), seen in visits.items())


@pytest.mark.smoke
def test_the_few_pages_are_there() -> None:
    """A page that got another name is not left out in silence."""
    assert set(SMOKE) <= set(PAGES)


@pytest.mark.parametrize("width", LAPTOPS)
def test_no_code_is_cut_on_a_laptop(width: int) -> None:
    """A cell's longest line fits, so that nobody has to scroll sideways to read it."""
    cut = {}
    with served() as address, browser() as running, opened(running, width, "light") as page:
        for name in PAGES:
            page.goto(address + name)
            wait_until_drawn(page)
            cut[name] = page.evaluate(CUT)
    assert not {name: cells for name, cells in cut.items() if cells}


@pytest.mark.smoke
@pytest.mark.skipif(not LESSON_PAGES, reason="no chapter is cut yet")
def test_no_code_of_a_lesson_is_cut_on_a_small_laptop() -> None:
    """Not even where the window is 1280 px wide."""
    cut = {}
    with served() as address, browser() as running, opened(running, SMALL_LAPTOP, "light") as page:
        for name in LESSON_PAGES:
            page.goto(address + name)
            wait_until_drawn(page)
            cut[name] = page.evaluate(CUT)
    assert not {name: cells for name, cells in cut.items() if cells}


@pytest.mark.smoke
@pytest.mark.skipif(not LESSON_PAGES, reason="no chapter is cut yet")
def test_the_figures_of_a_lesson_can_be_read_on_a_phone() -> None:
    """Their letters have nine pixels at least."""
    small = {}
    phone = WIDTHS["phone"]
    with served() as address, browser() as running, opened(running, phone, "light") as page:
        for name in LESSON_PAGES:
            page.goto(address + name)
            wait_until_drawn(page)
            small[name] = [alt for pixels, alt in page.evaluate(LETTERS) if pixels < 9]
    assert not {name: figures for name, figures in small.items() if figures}


@pytest.mark.smoke
@pytest.mark.skipif(not LESSON_PAGES, reason="no chapter is cut yet")
def test_the_box_of_a_lesson_can_be_read() -> None:
    """In the light and in the dark, each text of it has a contrast of 4.5 at least."""
    seen = []
    with served() as address, browser() as running:
        for theme in THEMES:
            with opened(running, SMALL_LAPTOP, theme) as page:
                page.goto(address + LESSON_PAGES[0])
                wait_until_drawn(page)
                seen.append(page.evaluate(CONTRASTS))
    assert all(len(texts) > 5 for texts in seen)
    assert not [text for texts in seen for text in texts if text[0] < 4.5]


@pytest.mark.smoke
def test_what_is_cut_small_or_pale_is_found() -> None:
    """The scripts of these tests see a long line, a wide picture and pale letters."""
    wide, fitting = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='9'></svg>"
        for width in (800, 580)
    )
    html = f"""<style>pre {{ width: 300px; overflow: auto; }} img {{ width: 358px; }}</style>
        <div class="cell_input"><pre>{"long " * 40}</pre></div>
        <div class="cell_input"><pre>short</pre></div>
        <div class="cell_output"><img alt="wide" src="data:image/svg+xml,{quote(wide)}"></div>
        <div class="cell_output"><img alt="fits" src="data:image/svg+xml,{quote(fitting)}"></div>
        <div class="admonition objectives" style="background: #fff">
        <p style="color: #999">pale</p><p style="color: #333">dark</p></div>"""
    with browser() as running, opened(running, WIDTHS["phone"], "light") as page:
        page.set_content(html)
        wait_until_drawn(page)
        cut, letters, contrasts = map(page.evaluate, (CUT, LETTERS, CONTRASTS))
    assert len(cut) == 1
    assert [alt for pixels, alt in letters if pixels < 9] == ["wide"]
    assert [text for contrast, text in contrasts if contrast < 4.5] == ["pale"]
    assert len(contrasts) == 2
