"""Finds the sentences of a lesson that compare and name no claim.

A lesson may say no more than its evidence: a sentence that compares two ways of training carries
the mark of its claim, ``{claim}`holds mom-tuned-whole-set` ``, inside of it or right behind it.
What compares without needing evidence says why, in a comment that no page shows:

    The new step is twice as long as the old one. <!-- no claim: arithmetic -->

This module tells a comparing sentence by its words. It knows no grammar: it finds some sentences
that compare nothing, and misses those that compare in words which it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tools.freshness import ROOT, all_notebooks, read_notebook

LESSONS = ("training", "generalising", "at-scale")
REASONS = {
    "arithmetic": "it follows from the numbers or the formula beside it",
    "definition": "it says what a word means",
    "one run": "it tells what this page's picture or output shows, and of that alone",
    "source": "it repeats what a source says, and the verdict comes later",
    "proved": "a cited theorem or a derivation on the page shows it",
}

# Words that end in -er and compare. A list, since "layer", "number" and "never" end so, too.
ADJECTIVES = """
    better worse faster slower lower higher larger smaller bigger greater longer shorter steeper
    shallower flatter smoother rougher steadier calmer noisier safer stronger weaker cheaper
    costlier narrower wider deeper easier harder earlier later sooner closer sharper simpler
    best worst fastest slowest lowest highest
"""
VERBS = """
    beat beats beating outperform outperforms win wins lose loses help helps helped hurt hurts harm
    harms improve improves improved worsen worsens speeds? reduces? lowers? raises? restricts?
    prevents? saves? suffers? gains? overfits? smooths?
"""
PHRASES = (
    r"(?:more|less|fewer)\b[^.;:]{0,60}? than",
    r"(?:more|less) (?:stable|unstable|accurate|often|likely|noisy|sure|easily|quickly|sharply)",
    r"(?:costs?|gains?|needs?|takes?|wobbles?|swings?|overfits?) (?:more|less|fewer)",
    r"as (?:good|well|fast|accurate|many|much|few|low|high|large|small|long|often|bad|steep) as",
    r"the same (?:\w+ ){0,3}(?:as|with|without)",
    r"(?:no|any|much|far|little|even|slightly|clearly) (?:better|worse|faster|slower|more|less)",
    r"(?:makes?|made) no difference",
    r"(?:costs?|buys?|changes?) nothing",
    r"(?:twice|half|\w+ times) (?:as|the)",
    r"(?:does|do|did) (?:not|n't) (?:help|matter|hurt)",
    r"doesn['’]t (?:help|matter|hurt)",
    r"compared (?:with|to)",
    r"instead of",
    r"affords?",
    r"superior|inferior",
    r"advantage|disadvantage",
    r"worth",
)
COMPARES = re.compile(
    r"\b(?:" + "|".join([*ADJECTIVES.split(), *VERBS.split(), *PHRASES]) + r")\b", re.IGNORECASE
)
NO_COMPARISON = re.compile(
    r"\b(?:no longer|any longer|any more|more or less|once more|less than half of the page|"
    r"at (?:least|most|best|worst)|sooner or later|see (?:more|later)|later (?:on|chapters?)|"
    r"help(?:s|ed)? (?:you|us|the reader)|larger picture|best possible rule|further|"
    r"more (?:about|on|in) |two or more|one or more|or (?:more|fewer|less))\b",
    re.IGNORECASE,
)  # fmt: skip
CLAIM = re.compile(r"\{claim\}`[^`]*`")
EXCUSE = re.compile(r"<!--\s*no claim:\s*(.*?)\s*-->", flags=re.DOTALL)
FENCE = re.compile(r"^(`{3,}|:{3,})([^\n]*)\n(.*?)^\1[`:]*[ \t]*$", flags=re.DOTALL | re.MULTILINE)
# What stands in these boxes is prose of the lesson like any other.
PROSE_BOXES = ("{note}", "{tip}", "{important}", "{warning}", "{seealso}", "{admonition}", "{prf:")
OBJECTIVES = re.compile(r"^:class:.*\bobjectives\b", flags=re.MULTILINE)
EXERCISES = re.compile(r"^#+ (?:Exercises|Questions)\b", flags=re.MULTILINE)
WHOLE_BLOCK = re.compile(
    r"^`{3,}\{(exercise|solution)-start\}.*?^`{3,}\{\1-end\}\n`{3,}", flags=re.DOTALL | re.MULTILINE
)
BLOCK_STARTS = re.compile(r"\{(?:exercise|solution)-(start|end)\}")


def comparing_sentences(text: str) -> list[str]:
    """Return the sentences of a Markdown text that compare, and have neither claim nor reason."""
    found = []
    for sentence in sentences(text):
        excuse = EXCUSE.search(sentence)
        if excuse and excuse[1] not in REASONS:
            known = ", ".join(REASONS)
            raise ValueError(f"the reason must be one of {known}, got {excuse[1]!r}")
        plain = EXCUSE.sub(" ", sentence).strip()
        if excuse or CLAIM.search(plain) or plain.rstrip("*_)”\"' ").endswith("?"):
            continue
        if COMPARES.search(NO_COMPARISON.sub(" ", plain)):
            found.append(plain)
    return found


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of the prose, each with the claims and reasons that stand behind it."""
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|\|)\s)", prose(text)):
        if re.match(r"\s*(?:#|\|)", block):
            continue  # a heading names, a table lists
        line = " ".join(block.split())
        # What stands behind the full stop belongs to the sentence before it.
        line = re.sub(r"([.!?:][*_)”\"']*)((?:\s*(?:\{claim\}`[^`]*`|<!--.*?-->))+)", r"\2\1", line)
        yield from (part for part in re.split(r"(?<=[.!?])[*_)”\"']*\s+(?=\S)", line) if part)


def prose(text: str) -> str:
    """Return a Markdown text without code, formulas, links' targets and boxes that are no prose."""

    def opened(match: re.Match[str]) -> str:
        box = match[2].strip()
        if not box.startswith(PROSE_BOXES) or OBJECTIVES.search(match[3]):
            return "\n\n"
        body = re.sub(r"^:[\w-]+:.*$", "", match[3], flags=re.MULTILINE)
        return f"\n\n{prose(body)}\n\n"

    text = FENCE.sub(opened, WHOLE_BLOCK.sub("\n\n", text))
    text = re.sub(r"\$\$.*?\$\$(?:\s*\([\w-]+\))?|(?<!\\)\$[^$]+\$", "x", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)|^\([\w-]+\)=$", "", text, flags=re.MULTILINE).replace("[", "")
    kept = re.sub(r"(\{claim\}`[^`]*`)|\{[a-z:]+\}`[^`]*`|`[^`]*`", lambda m: m[1] or "x", text)
    return re.sub(r"\b(?:e\.g|i\.e|vs|cf|Fig|Sec|al)\.", "", kept)


def in_lesson(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield the number of a cell and each of its sentences that lacks a claim.

    Exercises, their solutions and the questions at the end are left out.
    """
    inside = 0
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        before = inside
        for match in BLOCK_STARTS.finditer(cell.source):
            inside += 1 if match[1] == "start" else -1
        if before or inside:
            continue
        text, heading = cell.source, EXERCISES.search(cell.source)
        if heading:
            text = text[: heading.start()]
        yield from ((number, sentence) for sentence in comparing_sentences(text))
        if heading:
            return


def lessons(root: Path = ROOT) -> list[Path]:
    """Return the lessons that have an evidence page; a chapter without one is not cut yet."""
    book = root / "book"
    return [
        path
        for path in all_notebooks(root)
        if path.parent.parent == book
        and path.parent.name in LESSONS
        and (book / "evidence" / path.name).is_file()
    ]


def main() -> int:
    """Print every such sentence of the lessons, and of the notebooks that are named."""
    import sys

    paths = [Path(name) for name in sys.argv[1:]] or lessons()
    found = [
        (path, number, sentence)
        for path in paths
        for number, sentence in in_lesson(read_notebook(path))
    ]
    for path, number, sentence in found:
        print(f"{path}, cell {number}: {sentence}")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
