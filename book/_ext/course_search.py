"""The search of the book: an index of its sections, and the scripts that rank and show them.

Sphinx's own search needs every word of a question on one page, lists each page twice and cannot
read pages that were opened as files. In its place, each section, exercise, term, symptom and
function becomes an entry with an address of its own. The entries are written into a script, which
a browser loads from a folder, too. MiniSearch (``search_files/minisearch.js``) weighs the words,
``engine.js`` orders the pages, ``view.js`` shows them. Solutions, outputs and code are no entries:
a search should neither give an answer away nor find a line of imports.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.search.en import SearchEnglish
from sphinx.util.nodes import clean_astext

FILES = Path(__file__).with_name("search_files")
COPIED = ("minisearch.js", "minisearch-licence.txt", "engine.js", "view.js", "search.css")
# What Sphinx has for its own search.
UNUSED = ("searchindex.js", "_static/searchtools.js", "_static/language_data.js")
# The table whose rows are entries: its first column has this heading.
SYMPTOMS = "you see"
# The name of a page or of its folder, and what a reader calls such a page; {} is its number.
KINDS = {
    "training": "Lesson {}",
    "generalising": "Lesson {}",
    "at-scale": "Lesson {}",
    "evidence": "Evidence {}",
    "exercises": "Problem set {}",
    "instructors": "For instructors",
    "reference": "Reference",
    "glossary": "Glossary",
    "api": "Functions",
}
# Nodes without words for a reader who searches; solutions and outputs tell answers.
LEFT_OUT = {
    "solution_node", "solution_start_node", "literal_block", "doctest_block", "math_block", "raw",
    "comment", "toctree", "index", "image", "claim_mark", "ledger", "lesson_map", "bibliography",
    "viewcode_anchor", "desc_signature", "thead", "substitution_definition", "target",
    "system_message",
}  # fmt: skip
# Nodes that stay within a line.
INLINE = (nodes.Inline, nodes.Text)
CODE_WORD = re.compile(r"[A-Za-z_]\w{3,}")
# What of TeX a line of plain text can show.
SIGNS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "φ", "omega": "ω", "nabla": "∇", "partial": "∂", "Delta": "Δ",
    "sum": "Σ", "cdot": "·", "times": "×", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "approx": "≈", "ne": "≠", "to": "→", "leftarrow": "←", "sqrt": "√", "infty": "∞", "pm": "±",
    "dots": "…", "ldots": "…", "in": "∈", "sim": "~", "propto": "∝", "mid": "|",
}  # fmt: skip
FRACTION = re.compile(r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}")
SHORT_FRACTION = re.compile(r"\\t?frac\s*(\w)\s*(\w)")
COMMAND = re.compile(r"\\([A-Za-z]+)|\\[^A-Za-z]|[{}$]")


@dataclass
class Entry:
    """A place that a search can lead to: a section, an exercise, a term, a symptom, a function."""

    anchor: str
    heading: str
    words: list[str] = field(default_factory=list)
    bold: list[str] = field(default_factory=list)
    code: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        """Its words in one line; a point in mid-height stands between what are no sentences."""
        ended = [text if text[-1] in ".?!:;," else f"{text} ·" for text in self.words]
        return re.sub(r"\s+([,.;:?!)])", r"\1", " ".join(ended)).removesuffix(" ·")


def formula(tex: str) -> str:
    r"""Return a short formula as plain text.

    >>> formula(r"\frac{\eta}{1-\beta} \le 2"), formula(r"\tfrac12 h w^2")
    ('η/(1-β) ≤ 2', '1/2 h w^2')
    """
    tex = SHORT_FRACTION.sub(r"\1/\2 ", tex)
    while True:
        shorter = FRACTION.sub(lambda found: f"{bracketed(found[1])}/{bracketed(found[2])}", tex)
        if shorter == tex:
            break
        tex = shorter
    text = COMMAND.sub(lambda found: SIGNS.get(found[1] or "", "") or "", tex)
    return " ".join(text.split())


def bracketed(part: str) -> str:
    """Return a part of a fraction, in brackets if it is a sum or a product."""
    return f"({part})" if re.search(r"[+\-\s]", part.strip()) else part.strip()


class Collector:
    """Goes through the page `docname` and gathers its entries in `entries`."""

    def __init__(self, env: BuildEnvironment, docname: str, known: frozenset[str]) -> None:
        self.env = env
        self.docname = docname
        self.known = known
        self.entries: list[Entry] = []

    def open(
        self, anchor: str, heading: str, parent: Entry | None, node: nodes.Node, after: int = 0
    ) -> None:
        """Make an entry of what is in `node`, or add to `parent` if it has no name."""
        if heading:
            parent = Entry(anchor, " ".join(heading.split()))
            self.entries.append(parent)
        self.inside(node, parent, after)

    def inside(self, node: nodes.Node, entry: Entry | None, after: int = 0) -> None:
        """Visit the children of a node, without those that come first."""
        for child in node.children[after:]:
            self.visit(child, entry)

    def visit(self, node: nodes.Node, entry: Entry | None) -> None:
        """Sort a node into a new entry or into the present one."""
        name = type(node).__name__
        if isinstance(node, nodes.section):
            title = next(iter(node.findall(nodes.title)), None)
            titled = title is not None and title.parent is node
            # The page itself needs no anchor.
            anchor = node["ids"][-1] if self.entries and node["ids"] else ""
            self.open(anchor, self.plain(title) if titled and title else "", entry, node)
        elif isinstance(node, nodes.title) or name.endswith(("_title", "_subtitle")):
            return
        elif name in {"exercise_node", "exercise_enumerable_node"}:
            subtitle = [
                child for child in node.findall() if type(child).__name__ == "exercise_subtitle"
            ]
            heading = self.plain(subtitle[0]) if subtitle else ""
            self.open(node["ids"][0], heading, entry, node)
        elif isinstance(node, nodes.definition_list_item) and in_glossary(node):
            terms = list(node.findall(nodes.term))
            heading = ", ".join(self.plain(term) for term in terms)
            self.open(terms[0]["ids"][0], heading, entry, node)
        elif isinstance(node, addnodes.desc):
            signature = next(iter(node.findall(addnodes.desc_signature)))
            named = signature["ids"][0] if signature["ids"] else ""
            self.open(named, named.removeprefix("course_lib."), entry, node)
        elif isinstance(node, nodes.row) and node["ids"]:
            self.open(node["ids"][0], self.plain(node[0]), entry, node, after=1)
        elif isinstance(node, nodes.container) and "cell_output" in node["classes"]:
            return
        elif isinstance(node, nodes.literal_block | nodes.doctest_block):
            if entry:
                entry.code |= self.known.intersection(CODE_WORD.findall(node.astext()))
        elif name in LEFT_OUT or isinstance(node, nodes.term):
            return
        elif isinstance(node, (nodes.TextElement, *INLINE)):
            words = self.plain(node)
            if entry and words and not words.startswith("Bases:"):
                entry.words.append(words)
                entry.bold += map(self.plain, node.findall(nodes.strong))
        else:
            self.inside(node, entry)

    def plain(self, node: nodes.Node) -> str:
        """Return the words of a node as a reader sees them."""
        return " ".join("".join(self.pieces(node)).split())

    def pieces(self, node: nodes.Node) -> Iterator[str]:
        """Yield the words of a node in pieces."""
        if isinstance(node, nodes.Text):
            yield node.astext()
        elif isinstance(node, nodes.math):
            yield formula(node.astext())
        elif isinstance(node, addnodes.pending_xref):
            yield self.link(node)
        elif type(node).__name__ not in LEFT_OUT:
            for child in node.children:
                yield from self.pieces(child)
                if not isinstance(child, INLINE):
                    yield " "

    def link(self, node: addnodes.pending_xref) -> str:
        """Return the words of a link that Sphinx has not filled in yet."""
        kind, target = node.get("reftype"), node["reftarget"]
        if node.get("refdomain") == "cite":
            author, year = re.fullmatch(r"(\D*)(.*)", target).groups()  # type: ignore[union-attr]
            return f"{author.capitalize()} ({year})" if kind == "t" else ""
        if kind in {"eq", "numref"}:
            return "this equation" if kind == "eq" else "this figure"
        labels = self.env.domaindata.get("std", {}).get("labels", {})
        if kind == "ref" and not node.get("refexplicit") and target in labels:
            return str(labels[target][2])
        if words := " ".join(node.astext().split()):
            return words
        near = posixpath.normpath(posixpath.join(posixpath.dirname(self.docname), target))
        for page in (near.removesuffix(".ipynb").removesuffix(".md"), target):
            if page in self.env.titles:
                return clean_astext(self.env.titles[page])
        return ""


def in_glossary(node: nodes.Node) -> bool:
    """Tell whether a definition is one of the glossary's."""
    while node is not None:
        if isinstance(node, addnodes.glossary):
            return True
        node = node.parent
    return False


def kind_of(docname: str) -> str:
    """Return what a reader calls a page.

    >>> kind_of("book/training/03-momentum"), kind_of("book/exercises/index"), kind_of("book/intro")
    ('Lesson 3', 'Problem sets', 'Start here')
    """
    *_, folder, name = ("", *docname.split("/"))
    kind = KINDS.get(name) or KINDS.get(folder, "Start here")
    number = re.match(r"\d+", name)
    if "{}" in kind and not number:
        return f"{kind.removesuffix(' {}')}s"
    return kind.format(int(number[0]) if number else "")


def name_symptoms(app: Sphinx, doctree: nodes.document) -> None:
    """Give each row of a table of symptoms an address."""
    for table in doctree.findall(nodes.table):
        head, *rows = table.findall(nodes.row)
        if head[0].astext().strip() != SYMPTOMS:
            continue
        for row in rows:
            if not row["ids"]:
                row["ids"].append(nodes.make_id(f"symptom {row[0].astext()}")[:60].rstrip("-"))
                doctree.set_id(row)


def pages_in_order(env: BuildEnvironment) -> list[str]:
    """Return the names of all pages in the order of the table of contents."""
    found: dict[str, None] = {}

    def follow(docname: str) -> None:
        if docname not in found and docname in env.titles:
            found[docname] = None
            for child in env.toctree_includes.get(docname, []):
                follow(child)

    follow(env.config.root_doc)
    return list(found)


def make_index(app: Sphinx) -> dict[str, Any]:
    """Return the pages and their entries.

    A page is ``[address, title, kind, topics]``, an entry ``[number of its page, anchor, heading,
    text, bold words of it, names of the package in its code]``.
    """
    env = app.env
    objects = env.domaindata.get("py", {}).get("objects", {})
    known = frozenset(name.rpartition(".")[2] for name in objects)
    topics = tomllib.loads((FILES / "topics.toml").read_text(encoding="utf-8"))
    pages, entries = [], []
    for docname in pages_in_order(env):
        collector = Collector(env, docname, known)
        collector.inside(env.get_doctree(docname), None)
        title = clean_astext(env.titles[docname])
        address = app.builder.get_target_uri(docname)  # type: ignore[union-attr]
        for entry in collector.entries:
            code = " ".join(sorted(entry.code))
            bold = " ".join(entry.bold)
            entries.append([len(pages), entry.anchor, entry.heading, entry.text, bold, code])
        pages.append([address, title, kind_of(docname), " ".join(topics.get(docname, "").split())])
    return {"pages": pages, "entries": entries}


def replace_search(app: Sphinx) -> None:
    """Let Sphinx neither index nor write its search page."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page of the search, where Sphinx has its own."""
    yield "search", {}, "search.html"


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let every page load the small script that loads the rest when somebody searches."""
    app.add_js_file("search/view.js", loading_method="defer")
    app.add_css_file("search/search.css")


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the index and copy the scripts: from ``html_static_path`` all pages would load them."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    folder = static / "search"
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.copyfile(FILES / name, folder / name)
    for name in UNUSED:
        Path(app.outdir, name).unlink(missing_ok=True)
    stemmer = SearchEnglish({}).js_stemmer_code
    (folder / "stemmer.js").write_text(f"// Sphinx's, under its BSD licence.\n{stemmer}\n", "utf-8")
    index = json.dumps(make_index(app), ensure_ascii=False, separators=(",", ":"))
    (folder / "index.js").write_text(f"courseSearchIndex = {index};\n", "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", replace_search)
    app.connect("doctree-read", name_symptoms)
    app.connect("html-collect-pages", search_page)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
