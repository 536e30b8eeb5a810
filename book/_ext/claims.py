"""Ties sentences to their verdicts: the role ``{claim}`` and the directive ``{ledger}``.

Both read the files that the evidence pages store (``book/evidence/results``). A lesson writes

    Momentum reaches a lower cost after 100 steps. {claim}`holds mom-tuned-whole-set`

and shows a mark that leads to the claim's row. The build warns, and so fails, where the word is not
the stored verdict, where no claim has that name, and where the claim was withdrawn.
"""

from __future__ import annotations

import shutil
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from jinja2 import Environment, FileSystemLoader
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from course_lib.evidence import most_wrong_verdicts, published, simultaneous_verdict
from course_lib.evidence.claims import VERDICTS, JudgedClaim
from course_lib.evidence.tables import MARKS, row_id
from course_lib.evidence.together import looks_in_all

EVIDENCE = "book/evidence"
SCRIPT = "ledger.js"
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
TOLD = logging.getLogger(__name__)


class Stored(NamedTuple):
    """A claim, and the evidence page whose table has its row."""

    page: str
    judged: JudgedClaim

    def address(self, builder: Any) -> str:
        """Return the address of the row, seen from the page that is being written."""
        page = builder.get_relative_uri(builder.current_docname, f"{EVIDENCE}/{self.page}")
        return f"{page}#{row_id(self.judged.claim.name)}"


def results_folder(app: Sphinx) -> Path:
    """Return the folder of the stored claims."""
    return Path(app.srcdir) / EVIDENCE / "results"


def stored_claims(app: Sphinx) -> dict[str, Stored]:
    """Return all claims of the book by their names, page by page; a name that comes twice warns."""
    found: dict[str, Stored] = {}
    for path in sorted(results_folder(app).glob("*.json")):
        if '"claims"' not in path.read_text(encoding="utf-8")[:20]:
            continue  # what a lesson draws
        for judged in published(path.stem, path.parent):
            name = judged.claim.name
            if name in found:
                TOLD.warning("claim %s is on %s and on %s", name, found[name].page, path.stem)
            found[name] = Stored(path.stem, judged)
    return found


def read_claims(app: Sphinx) -> None:
    """Read the claims once, before the pages."""
    app.stored_claims = stored_claims(app)  # type: ignore[attr-defined]


class claim_mark(nodes.Inline, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """The mark behind a sentence."""


class ledger(nodes.General, nodes.Element):  # noqa: N801
    """A part of the ledger: "summary" or "table"."""


class ClaimRole(SphinxRole):
    """``{claim}`holds mom-tuned-whole-set` ``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the mark, or warn."""
        word, _, name = self.text.strip().partition(" ")
        stored = self.env.app.stored_claims.get(name.strip())
        problem = None
        if word not in VERDICTS or not name:
            problem = f"write a verdict ({', '.join(VERDICTS)}) and a claim's name"
        elif stored is None:
            problem = "no claim has that name"
        elif stored.judged.claim.withdrawn:
            problem = f"the claim is withdrawn: {stored.judged.claim.withdrawn}"
        elif stored.judged.verdict != word:
            problem = f"the stored verdict is {stored.judged.verdict}"
        if problem is not None or stored is None:
            TOLD.warning("claim %r: %s", self.text, problem, location=self.get_location())
            return [nodes.inline("", f"[{self.text}]")], []
        self.env.note_dependency(str(results_folder(self.env.app) / f"{stored.page}.json"))
        return [claim_mark("", claim=name.strip())], []


class LedgerDirective(SphinxDirective):
    """The ``ledger`` directive: its ``summary`` or its ``table``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a place that is filled when the page is written."""
        part = directives.choice(self.arguments[0], ("summary", "table"))
        self.env.note_reread()  # a file of results may come at any time
        return [ledger("", part=part)]


def write_mark(writer: Any, node: claim_mark) -> None:
    """Write the mark as a link, with a word for those who hear the page."""
    stored = writer.builder.app.stored_claims[node["claim"]]
    verdict = stored.judged.verdict
    title = escape(f"{verdict}: {stored.judged.claim.sentence}", quote=True)
    writer.body.append(
        f'<a class="claim claim-{verdict}" href="{escape(stored.address(writer.builder))}" '
        f'title="{title}"><span aria-hidden="true">{MARKS[verdict][1]}</span>'
        f'<span class="claim-word">tested: {verdict}</span></a>'
    )
    raise nodes.SkipNode


def write_mark_as_text(writer: Any, node: claim_mark) -> None:
    """Leave the mark out of what is no page, such as the entry of a heading in a menu."""
    raise nodes.SkipNode


def write_ledger(writer: Any, node: ledger) -> None:
    """Write a part of the ledger by its template."""
    claims = list(writer.builder.app.stored_claims.values())
    if claims:
        template = TEMPLATES.get_template(f"ledger-{node['part']}.html")
        writer.body.append(template.render(**figures(claims, writer.builder)))
    else:
        writer.body.append("<p>No page has stored its claims yet.</p>")
    raise nodes.SkipNode


def figures(claims: list[Stored], builder: Any) -> dict[str, Any]:
    """Return what the templates show: every claim, and the counts of verdicts.

    Withdrawn claims count for no verdict. Their intervals were looked at all the same.
    """
    looks = looks_in_all(stored.judged for stored in claims)
    rows = []
    for stored in claims:
        title = builder.env.titles.get(f"{EVIDENCE}/{stored.page}")
        name = title.astext().removeprefix("Evidence: ") if title else ""
        rows.append({
            "judged": stored.judged,
            "address": stored.address(builder),
            "chapter": f"{stored.page[:2]} {name[:1].upper()}{name[1:]}" if name else stored.page,
            "together": simultaneous_verdict(stored.judged, looks),
        })  # fmt: skip
    status = Counter(stored.judged.claim.status for stored in claims)
    valid = [row for row in rows if row["judged"].claim.status != "withdrawn"]
    alone = Counter(row["judged"].verdict for row in valid)
    survive = Counter(row["together"] for row in valid if row["together"] == row["judged"].verdict)
    return {
        "claims": rows,
        "n_pages": len({stored.page for stored in claims}),
        "n_redone": status["redone"],
        "n_withdrawn": status["withdrawn"],
        "looks": looks,
        "most_wrong": most_wrong_verdicts(looks),
        "alone": {verdict: alone[verdict] for verdict in VERDICTS},
        "survive": {verdict: survive[verdict] for verdict in VERDICTS},
        "marks": {verdict: MARKS[verdict][1] for verdict in VERDICTS},
    }


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the ledger's script on its page alone."""
    if doctree is not None and next(iter(doctree.findall(ledger)), None) is not None:
        app.add_js_file(SCRIPT, loading_method="defer")


def copy_script(app: Sphinx, exception: Exception | None) -> None:
    """Copy the script: from ``html_static_path`` Jupyter Book would add it to every page."""
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(exist_ok=True)
        shutil.copyfile(Path(__file__).with_name(SCRIPT), static / SCRIPT)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    skip = (write_mark_as_text, None)
    app.add_node(claim_mark, html=(write_mark, None), latex=skip, text=skip, man=skip, texinfo=skip)
    app.add_node(ledger, html=(write_ledger, None), latex=skip, text=skip, man=skip, texinfo=skip)
    app.add_role("claim", ClaimRole())
    app.add_directive("ledger", LedgerDirective)
    app.connect("builder-inited", read_claims)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", copy_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
