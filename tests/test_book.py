"""The book's files: notebooks fresh and whole, every page in the contents, no dead links."""

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml

from course_lib.plots import MIME
from tools.freshness import ROOT, all_notebooks, code_cells, read_notebook, stamp, stored_stamp

HTML = ROOT / "_build" / "html"
BOOK = ROOT / "book"
NOTEBOOKS = all_notebooks()
FOLDERS_OF_A_MACHINE = re.compile(r"(?:/(?:home|root|work|tmp|Users)/|[A-Z]:\\Users\\)[\w.-]+")
IMAGE_IN_MARKDOWN = re.compile(r"!\[(.*?)\]\(")
IMAGE_IN_HTML = re.compile(r"<img\b[^>]*>")
FILE_NAME = re.compile(r"^\S*\.(?:png|svg|jpe?g|gif)$")

every_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[p.relative_to(BOOK).as_posix() for p in NOTEBOOKS]
)
built = pytest.mark.skipif(not HTML.is_dir(), reason="the book is not built: run `make book` first")


def outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, nbformat.NotebookNode]]:
    """Yield each stored output with the number of its cell."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            yield number, output


def test_there_are_notebooks() -> None:
    """The tests below look at something."""
    assert NOTEBOOKS


@every_notebook
def test_outputs_belong_to_the_code(path: Path) -> None:
    """Neither the notebook's code nor that of the package changed since the outputs were stored."""
    notebook = read_notebook(path)
    assert stored_stamp(notebook) == stamp(notebook), "stale: run `make refresh`"


@every_notebook
def test_cells_were_run_in_order(path: Path) -> None:
    """Cells were run from the top in one go, and something was stored."""
    notebook = read_notebook(path)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not cells or any(cell.outputs for cell in cells)


@every_notebook
def test_outputs_show_no_error_and_no_warning(path: Path) -> None:
    """No output is an error, none was written to stderr."""
    bad = [
        (number, output.get("ename", "stderr"))
        for number, output in outputs(read_notebook(path))
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert not bad


@every_notebook
def test_figures_have_alt_text(path: Path) -> None:
    """A reader who sees no picture is told what it shows, in more words than its file's name."""
    for number, cell in enumerate(read_notebook(path).cells):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip()
            assert alt, f"cell {number}: a figure without metadata mystnb.image.alt"
            assert not FILE_NAME.match(alt), f"cell {number}: a file's name is no alt text"


@every_notebook
def test_one_figure_per_cell(path: Path) -> None:
    """An alt text describes one figure, so a cell draws at most one."""
    for number, cell in enumerate(read_notebook(path).cells):
        drawn = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        assert len(drawn) <= 1, f"cell {number}: {len(drawn)} figures share one alt text"


@every_notebook
def test_every_figure_has_its_contract(path: Path) -> None:
    """Beside each picture stands what it shows, which the notebook's tests compare; it is short."""
    for number, output in outputs(read_notebook(path)):
        data = output.get("data", {})
        assert ("image/png" in data) == (MIME in data), f"cell {number}: call use_course_style()"
        assert len(data.get(MIME, "")) <= 9_000, f"cell {number}: no summary any more"


@every_notebook
def test_outputs_are_of_types_that_the_page_shows(path: Path) -> None:
    """Nothing but contracts is left out: the book is built without a warning of other types."""
    known = {"text/plain", "text/html", "image/png", MIME}
    for number, output in outputs(read_notebook(path)):
        assert set(output.get("data", {})) <= known, f"cell {number}"


@pytest.mark.parametrize(
    "path",
    [p for p in sorted(BOOK.rglob("*")) if p.suffix in {".md", ".ipynb"}],
    ids=lambda p: p.relative_to(BOOK).as_posix(),
)
def test_prose_images_have_alt_text(path: Path) -> None:
    """Images in the prose have alt text, too."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = read_notebook(path).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert all(match[1].strip() for match in IMAGE_IN_MARKDOWN.finditer(text))
    assert all(re.search(r"\balt=", match[0]) for match in IMAGE_IN_HTML.finditer(text))


@every_notebook
def test_nothing_of_one_machine(path: Path) -> None:
    """Neither the cells nor their printed outputs name a folder of the machine they were run on."""
    notebook = read_notebook(path)
    texts = [cell.source for cell in notebook.cells]
    for _, output in outputs(notebook):
        data = {k: v for k, v in output.get("data", {}).items() if not k.startswith("image/")}
        texts.append(output.get("text", "") + json.dumps(data))
    assert not [match[0] for text in texts for match in FOLDERS_OF_A_MACHINE.finditer(text)]


@every_notebook
def test_no_cell_ends_with_a_semicolon(path: Path) -> None:
    """A semicolon hides an output in JupyterLab but not in the tests: end with `plt.show()`."""
    for number, cell in enumerate(read_notebook(path).cells):
        if cell.cell_type == "code":
            assert not cell.source.rstrip().endswith(";"), f"cell {number}"


@every_notebook
def test_every_output_is_compared(path: Path) -> None:
    """No cell is kept from the comparison with its stored output."""
    for number, cell in enumerate(read_notebook(path).cells):
        tags = set(cell.metadata.get("tags", []))
        assert not {"nbval-ignore-output", "nbval-skip"} & tags, f"cell {number}"
        if cell.cell_type == "code":
            assert not re.search(r"NBVAL_(?:IGNORE_OUTPUT|SKIP)", cell.source), f"cell {number}"


@every_notebook
def test_title_and_short_cells(path: Path) -> None:
    """A notebook starts with its title; a cell of code fits on a screen."""
    notebook = read_notebook(path)
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.lstrip("\n").startswith(("# ", "("))
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 40, f"cell {number}"


def pages_of_contents(node: Any) -> Iterator[str]:
    """Yield the pages that a part of the table of contents names."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("root", "file") if key in node)
        for child in node.values():
            yield from pages_of_contents(child)
    elif isinstance(node, list):
        for child in node:
            yield from pages_of_contents(child)


def test_contents_name_every_page_once() -> None:
    """Each page in book/ is in _toc.yml and the other way round."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    named = sorted(Path(page).with_suffix("").as_posix() for page in pages_of_contents(contents))
    markdown = [p for p in BOOK.rglob("*.md") if "_build" not in p.parts]
    files = [*NOTEBOOKS, *markdown]
    assert named == sorted(p.relative_to(ROOT).with_suffix("").as_posix() for p in files)


def evidence_problems(contents: Any, pages: list[str]) -> list[str]:
    """Return what is wrong with the part "Evidence" of a table of contents."""
    parts = contents["parts"]
    captions = [part["caption"] for part in parts]
    if "Evidence" not in captions:
        return ["no part Evidence"] if pages else []
    place = captions.index("Evidence")
    found = []
    if captions[place - 1] != "At scale":
        found.append(f"stands after {captions[place - 1]}, not after At scale")
    if parts[place].get("numbered"):
        found.append("is numbered, so that its pages look like chapters")
    named = list(pages_of_contents(parts[place]))
    if named != [f"book/evidence/{page}" for page in sorted(pages)]:
        found.append(f"has {named}")
    return found


def test_contents_have_every_evidence_page_in_a_part_of_its_own() -> None:
    """Behind the lessons, in their order, without numbers."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [path.stem for path in NOTEBOOKS if path.parent == BOOK / "evidence"]
    assert evidence_problems(contents, pages) == []


def test_a_wrong_part_evidence_is_found() -> None:
    """None, another place, numbers, a missing page, another order."""
    files = [{"file": f"book/evidence/{page}"} for page in ("01-a", "02-b")]
    evidence: dict[str, Any] = {"caption": "Evidence", "chapters": files}
    parts = [{"caption": "At scale"}, evidence, {"caption": "Reference"}]
    pages = ["02-b", "01-a"]
    assert evidence_problems({"parts": parts}, pages) == []
    assert evidence_problems({"parts": parts[::2]}, []) == []
    assert evidence_problems({"parts": parts[::2]}, pages) == ["no part Evidence"]
    assert "after Reference" in evidence_problems({"parts": [*parts[::2], evidence]}, pages)[0]
    assert (
        "numbered"
        in evidence_problems({"parts": [parts[0], evidence | {"numbered": True}]}, pages)[0]
    )
    assert len(evidence_problems({"parts": parts}, [*pages, "03-c"])) == 1
    files.reverse()
    assert len(evidence_problems({"parts": parts}, pages)) == 1


def test_the_api_page_has_every_module() -> None:
    """Each module of the package stands on the API page."""
    package = ROOT / "course_lib"
    # What a reader calls of the exercises is all in the package itself.
    inner = [package / name for name in ("exercises", "grading")]
    files = [p for p in package.rglob("[!_]*.py") if p.parent not in inner]
    files.remove(package / "doctor.py")  # a command
    modules = {p.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for p in files}
    modules |= {"course_lib.exercises"}
    page = (BOOK / "reference" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"automodule:: (\S+)", page)) == modules


class Page(HTMLParser):
    """What a built page refers to."""

    LOADED = ("script", "img", "iframe", "source", "video", "audio", "embed", "input", "track")

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []  # where a reader may go
        self.loads: list[str] = []  # what a browser fetches by itself
        self.style = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names, links to and loads."""
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        self.style = tag == "style"
        self.loads += css_addresses(given.get("style", ""))
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "link":
            self.loads += [] if given.get("rel") == "canonical" else [given.get("href", "")]
        elif tag == "object":
            self.loads.append(given.get("data", ""))
        if tag in self.LOADED:
            self.loads.append(given.get("src", ""))
            self.loads += [part.split()[0] for part in given.get("srcset", "").split(",") if part]

    def handle_data(self, data: str) -> None:
        """Note what a style sheet inside of the page loads."""
        if self.style:
            self.loads += css_addresses(data)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a style sheet."""
        self.style = self.style and tag != "style"


def css_addresses(text: str) -> list[str]:
    """Return the addresses that a style sheet makes a browser fetch."""
    found = re.findall(r"""url\(\s*["']?(.+?)["']?\s*\)|@import\s+["'](.+?)["']""", text)
    return [address or imported for address, imported in found]


def is_outside(address: str) -> bool:
    """Tell whether an address belongs to another host."""
    return address.startswith("//") or urlsplit(address).scheme in {"http", "https", "ws", "wss"}


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    """Return all built pages."""
    own = [p for p in HTML.rglob("*.html") if "_static" not in p.relative_to(HTML).parts]
    return {path: Page(path) for path in own}


@built
def test_pages_load_nothing_from_another_host(pages: dict[Path, Page]) -> None:
    """The book can be read without a network, and nobody learns who reads it."""
    loads = [(p.name, address) for p, page in pages.items() for address in page.loads]
    for sheet in HTML.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        loads += [(sheet.name, address) for address in css_addresses(text)]
    assert not [(name, address) for name, address in loads if is_outside(address)]


@built
def test_links_lead_somewhere(pages: dict[Path, Page]) -> None:
    """Every link and file inside the book exists, and so does the place in the page."""
    dead = []
    for path, page in pages.items():
        for address in [*page.links, *page.loads]:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or not address.strip("#"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                dead.append((path.name, address))
            elif parts.fragment and target in pages:
                dead += [(path.name, address)] * (unquote(parts.fragment) not in pages[target].ids)
    assert not dead


@built
def test_readers_see_no_contract() -> None:
    """What the tests compare stands on no page."""
    contracts = {
        output["data"][MIME].splitlines()[-1]
        for path in NOTEBOOKS
        for _, output in outputs(read_notebook(path))
        if MIME in output.get("data", {})
    }
    for path in HTML.rglob("*.html"):
        if "_modules" in path.parts:
            continue  # the source of the package, which names the type
        text = html.unescape(path.read_text(encoding="utf-8"))
        assert MIME not in text, path.name
        assert not [line for line in contracts if line in text], path.name


@built
def test_the_ledger_has_every_stored_claim() -> None:
    """A row for each, once, which leads to the claim's own row on its evidence page."""
    page = (HTML / "book" / "reference" / "ledger.html").read_text(encoding="utf-8")
    listed = re.findall(r'href="\.\./evidence/([\w-]+)\.html#claim-([\w-]+)"', page)
    results = BOOK / "evidence" / "results"
    stored = [
        (path.stem, record["name"])
        for path in sorted(results.glob("*.json"))
        for record in json.loads(path.read_text(encoding="utf-8")).get("claims", [])
    ]
    assert listed == stored
    assert ("No page has stored its claims yet." in page) == (not stored)


@built
def test_every_page_of_the_contents_is_built() -> None:
    """The built book is the present one, as far as its pages go."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    named = [HTML / f"{Path(page).with_suffix('')}.html" for page in pages_of_contents(contents)]
    assert not [path.name for path in named if not path.is_file()]


PAGE_LINK = re.compile(r"\]\(((?:\.\.?/)*(?:[\w-]+/)*[\w.-]+?)(?:#[\w-]+)?\)")


def test_links_between_notebooks_can_be_opened() -> None:
    """JupyterLab opens a file by its whole name; the book would take it without an ending, too."""
    short = []
    for path in all_notebooks():
        for cell in read_notebook(path).cells:
            if cell.cell_type != "markdown":
                continue
            for target in PAGE_LINK.findall(cell.source):
                page = path.parent / target
                if not page.exists() and any(
                    page.with_name(page.name + ending).exists() for ending in (".ipynb", ".md")
                ):
                    short.append(f"{path.stem}: {target}")
    assert not short
    assert PAGE_LINK.findall("[a](../x/01-b.ipynb#c), [](d-e) and [f](https://g)") == [
        "../x/01-b.ipynb", "d-e"
    ]  # fmt: skip
