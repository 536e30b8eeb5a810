"""The search finds what students ask for, from a server and from a folder, and tells no answers."""

import gzip
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tools.browser import HTML, THEMES, Page, browser, chromium, opened, served
from tools.comparisons import lessons
from tools.freshness import ROOT

EXTENSIONS = ROOT / "book" / "_ext"
FILES = EXTENSIONS / "search_files"
SCRIPTS = ("minisearch.js", "stemmer.js", "index.js", "engine.js", "view.js", "search.css")
BUDGET = 500_000  # bytes, packed as a server packs them
FIRST = 3  # the right page is among so many
ANSWERED = 0.8  # of the questions that the search was not made for, at least
PHONE, LAPTOP = 390, 1366

built = pytest.mark.skipif(not HTML.is_dir(), reason="the book is not built: run `make book` first")
in_a_browser = [
    built,
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no chromium on PATH"),
]
with_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node on PATH")
quiet = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Question(NamedTuple):
    """What a student types, and the pages that answer it."""

    ask: str
    pages: tuple[str, ...]


def questions(kind: str) -> list[Question]:
    """Return the questions of a kind from their file."""
    text = (ROOT / "tests" / "search_questions.toml").read_text(encoding="utf-8")
    return [Question(one["ask"], tuple(one["pages"])) for one in tomllib.loads(text)[kind]]


QUESTIONS, FRESH = questions("question"), questions("fresh")


def name(address: str) -> str:
    """Return the name of a page as the questions have it."""
    return address.partition("#")[0].rpartition("book/")[2].removesuffix(".html")


def rank(question: Question, addresses: list[str]) -> int | None:
    """Return the place of the first page that answers, beginning with 1; None if none was found."""
    found = [place for place, one in enumerate(addresses, 1) if name(one) in question.pages]
    return found[0] if found else None


def missed(asked: list[Question], found: list[list[str]]) -> dict[str, tuple[Any, list[str]]]:
    """Return the questions whose page is not among the first, with its rank and what is there."""
    ranks = {
        one: (rank(one, addresses), addresses) for one, addresses in zip(asked, found, strict=True)
    }
    return {
        one.ask: (place, [name(address) for address in addresses[:FIRST]])
        for one, (place, addresses) in ranks.items()
        if place is None or place > FIRST
    }


def asked_of(html: Path, asked: list[str]) -> list[list[dict[str, Any]]]:
    """Return what the search of a built book finds for each question, by node."""
    answer = subprocess.run(
        ["node", str(ROOT / "tests" / "ask_search.mjs"), str(html)],
        input=json.dumps(asked), capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    found: list[list[dict[str, Any]]] = json.loads(answer.stdout)
    return found


def index() -> dict[str, Any]:
    """Return the index of the built book."""
    text = (HTML / "_static" / "search" / "index.js").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.removeprefix("courseSearchIndex = ").rstrip(";\n"))
    return found


# ------------------------------------------------------------------ the questions


def test_there_are_fifty_questions() -> None:
    """Each once, and each with pages that the book has."""
    assert len(QUESTIONS) == 50
    assert len({one.ask for one in QUESTIONS + FRESH}) == len(QUESTIONS) + len(FRESH) == 70
    pages = {page for one in QUESTIONS + FRESH for page in one.pages}
    sources = {
        path.relative_to(ROOT / "book").with_suffix("").as_posix()
        for path in (ROOT / "book").rglob("*.*")
        if path.suffix in {".md", ".ipynb"}
    }
    assert pages <= sources
    assert max(len(one.pages) for one in QUESTIONS + FRESH) <= 4


def test_a_page_that_comes_late_is_missed() -> None:
    """The fourth is too late, and so is none."""
    asked = [Question("a", ("x",)), Question("b", ("x",)), Question("c", ("x", "y"))]
    late = ["book/a.html", "book/b.html", "book/c.html#x", "book/x.html"]
    found = [late, late[:3], ["book/a.html", "book/y.html#x"]]
    assert missed(asked, found) == {"a": (4, ["a", "b", "c"]), "b": (None, ["a", "b", "c"])}


@built
@with_node
def test_the_right_page_is_among_the_first() -> None:
    """For all fifty; of those that the search was not made for, for four in five."""
    answers = asked_of(HTML, [one.ask for one in QUESTIONS + FRESH])
    found = [[page["address"] for page in pages] for pages in answers]
    assert missed(QUESTIONS, found[: len(QUESTIONS)]) == {}
    assert len(missed(FRESH, found[len(QUESTIONS) :])) <= (1 - ANSWERED) * len(FRESH)


# ------------------------------------------------------------------ the index


@built
def test_the_search_weighs_little() -> None:
    """All that it loads, packed."""
    folder = HTML / "_static" / "search"
    packed = [len(gzip.compress((folder / name).read_bytes(), mtime=0)) for name in SCRIPTS]
    assert sum(packed) <= BUDGET
    assert not (HTML / "searchindex.js").exists()


@built
def test_every_result_arrives() -> None:
    """Each page of the index is there, and has each place that the index names."""
    found = index()
    ids = [
        set(re.findall(r'\bid="([^"]*)"', (HTML / page[0]).read_text(encoding="utf-8")))
        for page in found["pages"]
    ]
    lost = [entry[:3] for entry in found["entries"] if entry[1] and entry[1] not in ids[entry[0]]]
    assert lost == []
    assert len(found["entries"]) > 900


@built
def test_excerpts_have_no_code() -> None:
    """No import line, no cell, no TeX: an excerpt is a piece of the text."""
    texts = [entry[3] for entry in index()["entries"]]
    code = re.compile(
        r"\bimport (numpy|\w+ as )|from course_lib|np\.\w+\(.*\) = |\\frac|\\begin|\\eta"
    )
    assert [text for text in texts if code.search(text)] == []
    assert sum(map(len, texts)) > 300_000


@built
def test_outputs_are_not_found() -> None:
    """No line that a cell of a lesson printed is in the index: some of them answer a question."""
    text = "\n".join(entry[3] for entry in index()["entries"])
    printed = {
        line.strip()
        for path in lessons()
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        for line in output.get("text", "").splitlines()
        if len(line.strip()) >= 40
    }
    assert len(printed) > 100
    assert [line for line in printed if line in text] == []


def test_topics_belong_to_pages() -> None:
    """A page that got another name keeps its topics."""
    topics = tomllib.loads((FILES / "topics.toml").read_text(encoding="utf-8"))
    assert topics
    for page in topics:
        assert any((ROOT / page).with_suffix(suffix).is_file() for suffix in (".md", ".ipynb")), (
            page
        )


def test_the_ranking_is_that_of_a_known_library() -> None:
    """MiniSearch as its authors publish it, with its licence."""
    text = (FILES / "minisearch.js").read_text(encoding="utf-8")
    assert "global.MiniSearch = factory()" in text
    assert "Luca Ongaro" in (FILES / "minisearch-licence.txt").read_text(encoding="utf-8")


SMALL = {
    "index": """# Book

```{toctree}
book/training/03-momentum
book/reference/wrong
book/reference/glossary
```
""",
    "book/training/03-momentum": r"""# Momentum

Averages gradients with $\beta = 0.9$.
See [](../reference/wrong), [the words](../reference/glossary.md).

## A **narrow** valley

It zigzags.

```python
import numpy as np
secret_code = 1
```

$$
\frac{hidden}{formula}
$$

```{exercise} Recall: how far?
:label: ex-far
How far does it go?
```

```{solution} ex-far
:label: sol-far
Exactly seventeen.
```

### Deeper

With **Nesterov's** look ahead, a step is shorter than $\tfrac12$.
""",
    "book/reference/wrong": """# What goes wrong

| you see | look at | and then |
|---|---|---|
| the cost is `nan` | the rate | a smaller one |
| it swings | the valley | momentum |

| other | table |
|---|---|
| no | symptoms |
""",
    "book/reference/glossary": """# Glossary

```{glossary}
velocity
  The average of the gradients.
```
""",
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, Any]]:
    """Build a small book, and return its folder and its index."""
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    monkeypatch.delitem(sys.modules, "course_search", raising=False)
    for page, text in SMALL.items():
        path = tmp_path / f"{page}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "search.html").write_text("<p>the search</p>", encoding="utf-8")
    warnings = StringIO()
    settings = {
        "extensions": ["myst_parser", "sphinx_exercise", "course_search"],
        "myst_enable_extensions": ["dollarmath"],
        "templates_path": [str(templates)],
        "exclude_patterns": ["_build", "templates"],
    }
    with patch_docutils(tmp_path), docutils_namespace():
        Sphinx(
            str(tmp_path), None,
            str(tmp_path / "_build"), str(tmp_path / "_trees"), "html",
            confoverrides=settings,
            status=None, warning=warnings,
        ).build()  # fmt: skip
    assert warnings.getvalue() == ""
    html = tmp_path / "_build"
    text = (html / "_static" / "search" / "index.js").read_text(encoding="utf-8")
    return html, json.loads(text.removeprefix("courseSearchIndex = ").rstrip(";\n"))


@quiet
def test_sections_exercises_terms_and_symptoms_are_found(
    small: tuple[Path, dict[str, Any]],
) -> None:
    """Each with its address, in the order of the book; links and formulas as a reader sees them."""
    _, found = small
    pages = [page[:3] for page in found["pages"]]
    assert pages == [
        ["index.html", "Book", "Start here"],
        ["book/training/03-momentum.html", "Momentum", "Lesson 3"],
        ["book/reference/wrong.html", "What goes wrong", "Reference"],
        ["book/reference/glossary.html", "Glossary", "Glossary"],
    ]
    assert [entry[:4] for entry in found["entries"]] == [
        [0, "", "Book", ""],
        [1, "", "Momentum", "Averages gradients with β = 0.9. See What goes wrong, the words."],
        [1, "a-narrow-valley", "A narrow valley", "It zigzags."],
        [1, "ex-far", "Recall: how far?", "How far does it go?"],
        [1, "deeper", "Deeper", "With Nesterov’s look ahead, a step is shorter than 1/2."],
        [2, "", "What goes wrong", "no · symptoms"],
        [2, "symptom-the-cost-is-nan", "the cost is nan", "the rate · a smaller one"],
        [2, "symptom-it-swings", "it swings", "the valley · momentum"],
        [3, "", "Glossary", ""],
        [3, "term-velocity", "velocity", "The average of the gradients."],
    ]
    assert found["entries"][4][4] == "Nesterov’s"
    assert "heavy ball" in found["pages"][1][3]  # its topics


@quiet
def test_answers_and_code_are_not_found(small: tuple[Path, dict[str, Any]]) -> None:
    """Neither a solution nor a line of code is in the index."""
    text = json.dumps(small[1])
    for hidden in ("seventeen", "secret_code", "numpy", "hidden", "formula}"):
        assert hidden not in text


@quiet
def test_the_book_has_this_search_and_no_other(small: tuple[Path, dict[str, Any]]) -> None:
    """A row of symptoms has its address on the page, and Sphinx's own index is not written."""
    html, _ = small
    assert '<tr class="row-even" id="symptom-the-cost-is-nan">' in (
        html / "book" / "reference" / "wrong.html"
    ).read_text(encoding="utf-8")
    assert (html / "search.html").read_text(encoding="utf-8") == "<p>the search</p>"
    assert "search/view.js" in (html / "index.html").read_text(encoding="utf-8")
    for unused in ("searchindex.js", "_static/searchtools.js", "_static/language_data.js"):
        assert not (html / unused).exists()


# ------------------------------------------------------------------ the ranking

LONG = "Nineteen steps. " * 20 + "Then a velocity ends."
TINY = {
    "pages": [
        ["a.html", "Momentum", "Lesson 3", "oscillation"],
        ["b.html", "Evidence: momentum", "Evidence 3", ""],
        ["c.html", "What we left out", "Reference", ""],
        ["d.html", "API", "Functions", ""],
    ],
    "entries": [
        [0, "", "Momentum", "The rule averages the last gradients.", "", ""],
        [0, "beta", "What β = 0.9 means", LONG, "", ""],
        [1, "", "Momentum", "The rule averages the last gradients.", "", ""],
        [1, "cost", "The cost", "It falls in each of the runs.", "", "HeavyBall"],
        [2, "in", "Inside", "Batch normalisation rescales each unit.", "Batch normalisation", ""],
        [3, "x", "weight_decay.ProximalL1", "Shrinks them.", "", ""],
        [3, "y", "training.train", "A batch, and not its normalisation.", "", ""],
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, Any]]]:
    """Return a function that asks a search over a handful of sentences."""
    html = tmp_path_factory.mktemp("tiny")
    folder = html / "_static" / "search"
    folder.mkdir(parents=True)
    for script in ("minisearch.js", "engine.js"):
        shutil.copyfile(FILES / script, folder / script)
    (folder / "stemmer.js").write_text(SearchEnglish({}).js_stemmer_code, encoding="utf-8")
    (folder / "index.js").write_text(f"courseSearchIndex = {json.dumps(TINY)};", encoding="utf-8")

    def found(question: str) -> list[dict[str, Any]]:
        pages: list[dict[str, Any]] = asked_of(html, [question])[0]
        return pages

    return found


@with_node
@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("momentum", "a.html"),  # the lesson before its evidence
        ("averaging gradient", "a.html"),  # other endings
        ("beta", "a.html"),  # the name of a sign
        ("momen", "a.html"),  # not finished
        ("momemtum", "a.html"),  # mistyped
        ("oscillations", "a.html"),  # a topic
        ("why is my loss so?", "b.html"),  # a word of the same meaning, and words that say nothing
        ("HeavyBall", "b.html"),  # a name in its code
        ("batch normalization", "c.html"),  # spelled as in America, and side by side
        ("proximal", "d.html"),  # a part of a name
        ("weight_decay", "d.html"),  # a whole name
    ],
)
def test_words_are_found(
    tiny: Callable[[str], list[dict[str, Any]]], question: str, first: str
) -> None:
    """In another form, by another name, in part."""
    assert [page["address"] for page in tiny(question)][:1] == [first]


@with_node
def test_what_is_found_is_shown(tiny: Callable[[str], list[dict[str, Any]]]) -> None:
    """The place, and a piece of its text around the words, which are marked."""
    [page] = tiny("velocities end")
    assert (page["title"], page["kind"]) == ("Momentum", "Lesson 3")
    [place] = page["places"]
    assert place["anchor"] == "beta"
    assert place["excerpt"][-4:] == [["velocity", True], [" ", False], ["ends", True], [".", False]]
    assert len("".join(text for text, _ in place["excerpt"])) <= 170


@with_node
@pytest.mark.parametrize("question", ["", "?", "zzzzqqqq"])
def test_nothing_is_found_for_nothing(
    tiny: Callable[[str], list[dict[str, Any]]], question: str
) -> None:
    """An empty question is no error."""
    assert tiny(question) == []


# ------------------------------------------------------------------ in a browser


def ask(page: Page, question: str, inside: str) -> list[str]:
    """Type a question into a field, and return the addresses of the pages that are shown."""
    page.fill(f"{inside} input", question)
    page.wait_for_function(
        """([inside, question]) => {
            const status = document.querySelector(`${inside} .course-search-status`);
            return document.querySelector(`${inside} input`).value === question
                && status.dataset.asked === question;
        }""",
        arg=[inside, question],
    )
    links = page.query_selector_all(f"{inside} .course-search-title a")
    return [link.get_attribute("href") or "" for link in links]


class Seen(NamedTuple):
    """What a browser showed."""

    found: list[list[str]]
    errors: list[str]
    outside: list[str]


def watched(page: Page, base: str) -> tuple[list[str], list[str]]:
    """Return two lists that fill: the errors of a page, and the requests to other hosts."""
    errors: list[str] = []
    outside: list[str] = []
    page.on("pageerror", lambda problem: errors.append(str(problem)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on(
        "request", lambda r: None if r.url.startswith((base, "data:")) else outside.append(r.url)
    )
    return errors, outside


@pytest.fixture(scope="module")
def from_a_folder() -> Seen:
    """Ask all questions on the page of the search, opened as a file."""
    base = f"{HTML.as_uri()}/"
    with browser() as running, opened(running, LAPTOP, "light") as page:
        errors, outside = watched(page, base)
        page.goto(f"{base}search.html")
        found = [ask(page, one.ask, "#course-search") for one in QUESTIONS]
    return Seen(found, errors, outside)


@pytest.mark.parametrize("kind", ["found", "errors", "outside"])
class TestFromAFolder:
    """The page of the search, opened as a file."""

    pytestmark = in_a_browser

    def test_the_right_page_is_among_the_first(self, from_a_folder: Seen, kind: str) -> None:
        """For all fifty questions, with no error, and no other host is asked."""
        if kind == "found":
            assert missed(QUESTIONS, from_a_folder.found) == {}
        else:
            assert getattr(from_a_folder, kind) == []


class Dialog(NamedTuple):
    """What the dialog behind Ctrl+K did, in one way of opening the book."""

    open_at_first: bool
    found: list[str]
    focused: list[str]
    arrived: str
    place_is_there: bool
    status: str
    nothing: str
    closed: bool
    closed_by_button: bool
    closed_by_link: bool
    errors: list[str]
    outside: list[str]


@pytest.fixture(scope="module")
def dialogs() -> dict[str, Dialog]:
    """Use the dialog by keyboard, on a page that is served and on one that was opened as a file."""
    inside = "#pst-search-dialog"
    seen = {}
    with served() as address, browser() as running:
        for way, base in (("http", address), ("file", f"{HTML.as_uri()}/")):
            with opened(running, LAPTOP, "light") as page:
                errors, outside = watched(page, base)
                page.goto(f"{base}book/training/01-gradient-descent.html")
                page.wait_for_load_state("load")
                page.keyboard.press("Control+k")
                is_open = page.is_visible(f"{inside} input")
                ask(page, "zzzzqqqq", inside)
                nothing = page.inner_text(f"{inside} .course-search-status")
                found = ask(page, "two predictions for the same input are different", inside)
                status = page.inner_text(f"{inside} .course-search-status")
                focused = []
                for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"):
                    page.keyboard.press(key)
                    focused.append(page.evaluate("document.activeElement.textContent || 'field'"))
                page.keyboard.press("Escape")
                closed = page.is_hidden(f"{inside} input")
                page.keyboard.press("Control+k")
                page.click(".course-search-close")
                by_button = page.is_hidden(f"{inside} input")
                page.keyboard.press("Control+k")
                ask(page, "never trust a gradient, check it", inside)
                page.click(f"{inside} a[href$='#never-trust-a-gradient-check-it']")
                by_link = page.is_hidden(f"{inside} input")
                page.keyboard.press("Control+k")
                ask(page, "predictions for the same input differ", inside)
                page.keyboard.press("ArrowDown")
                page.keyboard.press("ArrowDown")
                page.keyboard.press("Enter")
                page.wait_for_url("**/what-goes-wrong.html#*")
                arrived = page.url
                there = page.evaluate(
                    "document.querySelector('tr:target')?.textContent.includes('two predictions')"
                )
            seen[way] = Dialog(
                is_open, [name(one) for one in found], focused, arrived, bool(there), status,
                nothing, closed, by_button, by_link, errors, outside,
            )  # fmt: skip
    return seen


@pytest.mark.parametrize("way", ["http", "file"])
class TestDialog:
    """The dialog, from a server and from a folder."""

    pytestmark = in_a_browser

    def test_it_finds(self, dialogs: dict[str, Dialog], way: str) -> None:
        """Pages below the field, told to a screen reader; and it says if there are none."""
        seen = dialogs[way]
        assert seen.open_at_first
        assert seen.found[0] == "reference/what-goes-wrong"
        assert seen.status == "The best 8 pages, the best first."
        assert seen.nothing.startswith("Nothing found.")
        assert (seen.errors, seen.outside) == ([], [])

    def test_the_keyboard_is_enough(self, dialogs: dict[str, Dialog], way: str) -> None:
        """Arrows go through the links and back to the field; Enter follows one, Escape closes."""
        seen = dialogs[way]
        symptom = "two predictions for the same input differ"
        assert seen.focused == ["What goes wrong", symptom, "What goes wrong", "field", "field"]
        assert seen.closed
        assert seen.closed_by_button
        assert seen.closed_by_link
        assert seen.arrived.endswith("#symptom-two-predictions-for-the-same-input-differ")
        assert seen.place_is_there


class Narrow(NamedTuple):
    """The page of the search on a phone, in one theme."""

    too_wide: float
    kinds: list[str]
    title: str
    contrasts: list[float]


# The contrast of every text of a result with the page behind it.
CONTRASTS = """() => {
    const light = colour => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
            .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const behind = light(getComputedStyle(document.body).backgroundColor);
    return [...document.querySelectorAll('.course-search-list :is(a, p, mark, span)')].map(text => {
        const front = light(getComputedStyle(text).color);
        return (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05);
    });
}"""


@pytest.fixture(scope="module")
def narrow() -> dict[str, Narrow]:
    """Follow a link to an answered question on a phone, in both themes."""
    seen = {}
    with served() as address, browser() as running:
        for theme in THEMES:
            with opened(running, PHONE, theme) as page:
                page.goto(f"{address}search.html?q=weight%20decay")
                page.wait_for_selector(".course-search-list li")
                seen[theme] = Narrow(
                    page.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
                    page.eval_on_selector_all(
                        ".course-search-kind", "all => all.map(one => one.textContent)"
                    ),
                    page.title(),
                    page.evaluate(CONTRASTS),
                )
    return seen


@pytest.mark.parametrize("theme", THEMES)
class TestOnAPhone:
    """The page of the search, 390 pixels wide."""

    pytestmark = in_a_browser

    def test_it_fits_and_can_be_read(self, narrow: dict[str, Narrow], theme: str) -> None:
        """No sideways scrolling, and a contrast of 4.5 at least."""
        assert narrow[theme].too_wide <= 0
        assert len(narrow[theme].contrasts) > 50
        assert min(narrow[theme].contrasts) >= 4.5

    def test_lesson_and_evidence_are_told_apart(
        self, narrow: dict[str, Narrow], theme: str
    ) -> None:
        """Each page says what it is; the lesson comes before its evidence."""
        kinds = narrow[theme].kinds
        assert kinds.index("Lesson 6") < kinds.index("Evidence 6")
        assert narrow[theme].title.startswith("weight decay – Search")


@pytest.fixture(scope="module")
def without_scripts() -> tuple[str, bool]:
    """Open the page of the search in a browser that runs no scripts."""
    with browser() as running:
        context = running.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{HTML.as_uri()}/search.html")
        text = page.inner_text("#course-search")
        dead = [
            link
            for link in page.eval_on_selector_all(
                "#course-search a", "all => all.map(one => one.getAttribute('href'))"
            )
            if not (HTML / link).is_file()
        ]
        context.close()
    return text, not dead


class TestWithoutScripts:
    """A browser that runs no scripts."""

    pytestmark = in_a_browser

    def test_it_says_where_to_look(self, without_scripts: tuple[str, bool]) -> None:
        """A sentence, with links that lead somewhere."""
        text, alive = without_scripts
        assert "The search needs JavaScript." in text
        assert alive
