"""The numbers in the text are those that the cells print.

nbval compares what a cell prints, and knows nothing of the sentence below that repeats it. So every
number of a text that is worth looking up (decimals, and whole numbers of three digits or more) has
to stand in the code or in the stored outputs of its notebook, or in the list of those that come
from elsewhere, with the reason.
"""

import html
import json
import re
from functools import cache
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parent.parent / "book"
NOTEBOOKS = sorted(
    path.relative_to(BOOK).as_posix()
    for path in BOOK.rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
    # The points and minutes of a problem set are held by its own tests, its runs are the students'.
    and path.parent.name != "exercises"
)

# Numbers of a text that no cell of the notebook has, and why they may stand there.
FROM_ELSEWHERE = {
    "at-scale/10-all-together.ipynb": {
        "1797": "the size of the data set",
        "4096": "4 to the power of 6",
        "4810": "64 · 64 + 64 + 64 · 10 + 10",
    },
    "evidence/10-all-together.ipynb": {
        "4096": "4 to the power of 6",
        "4810": "64 · 64 + 64 + 64 · 10 + 10",
    },
    "at-scale/08-mnist-weight-decay.ipynb": {
        "1.67": "1 / (1 - 0.4), worked out in the text",
        "97.56": "printed by the source",
    },
    "evidence/08-mnist-weight-decay.ipynb": {
        "177": "a sentence for example",
        "3.0": "the number of a licence",
    },
    "at-scale/09-mnist-l2-and-l1.ipynb": {"23820": "784 · 30 + 30 · 10"},
    "reference/sixteen-experiments.ipynb": {"400": "epochs: 399 and the last one"},
    "evidence/01-gradient-descent.ipynb": {"160": "the most pairs that the rule gives a claim"},
    "evidence/05-l2-and-l1.ipynb": {
        "0.0015": "half of 0.003, in another library's convention",
        "0.048": "16 times 0.003, in another library's convention",
        "3.33": "1 / (100 · 0.003), in another library's convention",
        "1.6": "1.601 in the table, rounded",
        "0.013": "0.0134 in the table, rounded",
    },
    "generalising/05-l2-and-l1.ipynb": {
        "8641": "2 · 64 + 64 + 64 · 128 + 128 + 128 + 1",
        "8448": "2 · 64 + 64 · 128 + 128",
        "600": "2000 steps with 0.3",
    },
    "evidence/06-weight-decay.ipynb": {
        "370": "87.91 over 0.24, about",
        "87.9": "87.91, rounded",
        "1797": "the size of the data set",
        "0.00001": "1e-5 in the code",
    },
    "generalising/06-weight-decay.ipynb": {
        "180": "200 - 20",
    },
    "generalising/07-dropout.ipynb": {"192": "64 + 128 hidden units"},
    "evidence/07-dropout.ipynb": {"192": "64 + 128 hidden units"},
    "reference/conventions.ipynb": {"0.8": "an example, worked out in the text"},
    "evidence/03-momentum.ipynb": {
        "0.71": "(12 - 2) / (12 + 2), worked out in the text",
        "0.167": "0.1 / 0.6, worked out in the text",
        "0.6": "1 − 0.4, worked out in the text",
        "0.43": "(5 − 2) / (5 + 2), from the closed form",
    },
    "training/03-momentum.ipynb": {
        "0.0144": "source 002, run again",
        "0.0146": "source 002, run again",
    },
    "evidence/02-mini-batches.ipynb": {
        "100": "150 − 50 epochs",
        "128": "2.56 / 0.02, worked out in the text",
        "5.12": "the last of the ten rates, 0.01 · 2 to the power of 9",
        "8192": "a batch size of the work that is cited",
        "992": "31 times 32 rows, said in words by the cell",
    },
}
# Pages without cells: the notebooks whose numbers they repeat are those that an entry links to.
PAGES = ["reference/departures.md"]

SEEDS = re.compile(r"(\d+)(?:–|\s+to\s+)(\d+)")  # from the first seed to the last
YEARS = range(1900, 2100)


def plain_numbers(text: str) -> set[str]:
    """Return the numbers of a text: spaces and underscores between digits are left out."""
    text = re.sub(r"(?<=\d)[_ \u202f\u00a0](?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    return set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d)", text))


def prose_of(source: str) -> str:
    """Return a Markdown text without code, references, addresses and links' targets."""
    source = re.sub(r"```(?:python|json|bash|text)?\n.*?```", " ", source, flags=re.DOTALL)
    source = re.sub(r"\{[a-z:]+\}`[^`]*`|`[^`]*`|\]\([^)]*\)|^:\w+:.*$", " ", source, flags=re.M)
    return re.sub(r"\bsources? 00\d(?:(?:,| and|–) 00\d)*|\b00\d\b", " ", source)


@cache
def printed_numbers(name: str) -> frozenset[str]:
    """Return the numbers in a notebook's code and stored outputs."""
    found: set[str] = set()
    for cell in json.loads((BOOK / name).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        texts = ["".join(cell["source"])]
        for output in cell["outputs"]:
            data = output.get("data", {})
            texts.append("".join(output.get("text", "")))
            texts.append("".join(data.get("text/plain", "")))
            table = "".join(data.get("text/html", ""))
            texts.append(html.unescape(re.sub(r"<[^>]*>", " ", table)))
        for text in texts:
            found |= plain_numbers(text)
            found |= set(re.findall(r"\d+(?:\.\d+)?", text))
    return frozenset(found)


def worth_looking_up(number: str) -> bool:
    """Tell decimals and whole numbers of three digits or more, years left out."""
    return "." in number or (len(number) >= 3 and int(number) not in YEARS)


def unknown_numbers(prose: str, known: frozenset[str]) -> set[str]:
    """Return the numbers of a text that are nowhere printed, the ends of seeds' ranges left out."""
    last_seeds = {last for first, last in SEEDS.findall(prose) if first in known}
    wanted = {number for number in plain_numbers(prose) if worth_looking_up(number)}
    return wanted - known - last_seeds


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_text_of_a_notebook_repeats_what_its_cells_print(name: str) -> None:
    """Every number of the text is printed or set by a cell, or is listed with its reason."""
    cells = json.loads((BOOK / name).read_text(encoding="utf-8"))["cells"]
    elsewhere = FROM_ELSEWHERE.get(name, {})
    unknown = set()
    for cell in cells:
        text, heading, _ = "".join(cell["source"]).partition("\n## Exercises")
        if cell["cell_type"] == "markdown":
            unknown |= unknown_numbers(prose_of(text), printed_numbers(name))
        if heading or text.startswith("## Exercises"):
            break
    assert unknown - set(elsewhere) == set()
    assert set(elsewhere) - unknown == set(), "listed, and no longer needed"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_repeats_what_the_chapters_that_it_links_to_print(page: str) -> None:
    """Every number of an effect is printed by a chapter that its section links to."""
    text = (BOOK / page).read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    looked_up = 0
    for section in sections:
        effect = section.partition("**Effect**")[2]
        links = re.findall(
            r"\]\(\.\./((?:training|generalising|at-scale|evidence)/[\w-]+)\)", effect
        )
        known = frozenset().union(*(printed_numbers(f"{link}.ipynb") for link in links))
        numbers = {number for number in plain_numbers(prose_of(effect)) if len(number) > 1}
        title = section.splitlines()[0]
        last_seeds = {last for _, last in SEEDS.findall(effect)}
        assert numbers - known - last_seeds == set(), title
        looked_up += len(numbers)
    assert looked_up > 5


def test_a_number_that_no_cell_prints_is_found() -> None:
    """The search sees decimals, thousands with a space, and numbers beside a unit; not links."""
    known = frozenset({"0.5", "10000", "2000"})
    prose = prose_of(
        "On 10 000 points and the seeds 2000–2019 it is 0.5, or 7.6 %, and 12 345 in "
        "[chapter 0.9](a-3.3) by `9.99` of source 002 in 2015."
    )
    assert unknown_numbers(prose, known) == {"7.6", "12345", "0.9"}
