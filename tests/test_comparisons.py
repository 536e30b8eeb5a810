"""Lessons compare nothing without evidence: `tools.comparisons` finds the sentences that do."""

import re
from pathlib import Path

import nbformat
import pytest

from tools.comparisons import (
    REASONS,
    comparing_sentences,
    in_lesson,
    lessons,
    prose,
    sentences,
)
from tools.freshness import ROOT, read_notebook

COMPARE = [
    "Momentum is better than plain descent.",
    "A cosine is worth nothing here.",
    "With dropout the network overfits less.",
    "Mini-batches are much faster.",
    "Weight decay helps with unbalanced classes.",
    "It beats stopping early.",
    "L1 does as well as L2.",
    "With 800 points L2 no longer helps.",
    "The mean of the last weights is as good as a schedule.",
    "Both end at the same cost as before.",
    "AdamW makes no difference.",
    "It is no better.",
    "Momentum affords a higher learning rate.",
    "Momentum doesn't help.",
    "This costs nothing.",
    "The steps become *steadier*.",
    "The cost is lower with $\\beta = 0.9$.",
    "Batches need fewer epochs than single samples.",
    "The network with 64 units has the lowest cost.",
    "It trains twice as fast.",
    "Training is more stable.",
    "Decay has an advantage [here](a-page).",
]
DO_NOT = [
    "The gradient points uphill.",
    "A layer has a number of units, and never a filter.",
    "Is momentum better than plain descent?",
    "**Does it help?**",
    "The loop no longer stops.",
    "At least three runs are shown.",
    "See the later chapters.",
    "This section helps you to read the figure.",
    "We add one more row.",
    "The best possible rule knows the two densities.",
    "Take `better = worse + 1` as code.",
    "The formula $a_{better} > b$ is given.",
]


@pytest.mark.parametrize("sentence", COMPARE)
def test_comparing_sentences_are_found(sentence: str) -> None:
    """Comparatives, verbs that judge, and phrases for "no difference", alone and among others."""
    assert len(comparing_sentences(sentence)) == 1
    assert len(comparing_sentences(f"Here is a figure. {sentence} It has two panels.")) == 1


@pytest.mark.parametrize("sentence", DO_NOT)
def test_other_sentences_are_left_alone(sentence: str) -> None:
    """Questions, code, formulas and words that only look like comparatives."""
    assert comparing_sentences(sentence) == []


@pytest.mark.parametrize("sentence", COMPARE)
@pytest.mark.parametrize(
    "mark", ["{claim}`holds a-b`", "{claim}`holds a-b` {claim}`fails c`", *[
        f"<!-- no claim: {reason} -->" for reason in REASONS
    ]],
)  # fmt: skip
def test_a_claim_or_a_reason_is_enough(sentence: str, mark: str) -> None:
    """Inside of the sentence, behind its full stop, or on the next line of its paragraph."""
    for text in (
        f"{sentence[:-1]} {mark}.",
        f"{sentence} {mark}",
        f"{sentence}\n{mark} And so on.",
    ):
        assert comparing_sentences(text) == []


def test_a_claim_covers_its_own_sentence_only() -> None:
    """Neither the sentence before it nor the one after it, nor another paragraph."""
    text = "It is faster. It is better. {claim}`holds a` It is safer.\n\n{claim}`holds b`"
    assert comparing_sentences(text) == ["It is faster.", "It is safer."]


def test_a_reason_has_to_be_known() -> None:
    """What would let every sentence pass is refused."""
    with pytest.raises(ValueError, match=r"one of arithmetic, definition.* got 'obvious'"):
        comparing_sentences("It is faster. <!-- no claim: obvious -->")


def test_boxes_lists_and_paragraphs() -> None:
    """Notes and lists are prose; code, tables, headings, objectives and exercises are not."""
    text = """# A better title

```{note}
A note that is better.
```

```{admonition} After this lesson
:class: objectives
- You know what is better.
```

- first: it is faster
- second: it is calm

| a | better |
|---|---|

```python
worse = better
```

```{exercise-start} Which is better
:label: ex-a
```
The second is better.
```{exercise-end}
```

It wraps and is
slower. (Done.)
"""
    assert comparing_sentences(text) == [
        "A note that is better.",
        "- first: it is faster",
        "It wraps and is slower.",
    ]


def test_sentences_end_where_they_end() -> None:
    """Bold type, quotes and brackets around a full stop; an abbreviation ends nothing."""
    text = "One (e.g. this). **Two.** “Three.” Four"
    assert [s.strip() for s in sentences(text)] == ["One ( this).", "**Two.", "“Three.", "Four"]


def test_claims_survive_where_other_roles_and_code_go() -> None:
    """Only the role that counts is kept."""
    assert prose("`a` {numref}`b` {claim}`holds c` [d](better)") == "x x {claim}`holds c` d"


def test_exercises_of_a_notebook_are_left_out() -> None:
    """Over cells that an exercise spans, and everything from the heading of the exercises on."""
    markdown = nbformat.v4.new_markdown_cell
    notebook = nbformat.v4.new_notebook(
        cells=[
            markdown("One is better."),
            nbformat.v4.new_code_cell("# worse"),
            markdown("```{exercise-start} A\n:label: ex-a\n```"),
            markdown("Two is better."),
            markdown("```{exercise-end}\n```"),
            markdown("Three is better.\n\n## Exercises\n\nFour is better."),
            markdown("Five is better."),
        ]
    )
    assert list(in_lesson(notebook)) == [(0, "One is better."), (5, "Three is better.")]


def test_a_lesson_is_a_chapter_with_an_evidence_page(tmp_path: Path) -> None:
    """A chapter that is not cut yet is none, nor is any other page."""
    for name in ("training/01-a", "training/02-b", "evidence/01-a", "reference/01-a", "01-a"):
        path = tmp_path / "book" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert lessons(tmp_path) == [tmp_path / "book" / "training" / "01-a.ipynb"]


def test_lessons_compare_nothing_without_a_claim() -> None:
    """Every sentence of a lesson that compares carries a claim, or says why it needs none."""
    found = {path.relative_to(ROOT): list(in_lesson(read_notebook(path))) for path in lessons()}
    assert not {path: lacking for path, lacking in found.items() if lacking}


# A line that begins with a comment is HTML to Markdown, with all that stands behind the comment.
COMMENT_BEFORE_WORDS = re.compile(r"^ {0,3}<!--.*?-->[ \t]*\S.*$", flags=re.MULTILINE)


def test_no_line_of_words_begins_with_a_comment() -> None:
    """Such a line is shown as it is written, and a claim's mark in it with it."""
    assert COMMENT_BEFORE_WORDS.search("One.\n<!-- no claim: definition --> Two.")
    assert not COMMENT_BEFORE_WORDS.search("One. <!-- no claim: definition --> Two.\n<!-- a -->\nB")
    found = [
        (path.name, match[0])
        for path in lessons()
        for cell in read_notebook(path).cells
        if cell.cell_type == "markdown"
        for match in COMMENT_BEFORE_WORDS.finditer(cell.source)
    ]
    assert not found
