"""Stored results, what many verdicts mean together, and the rule for undecided claims."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

from course_lib.evidence import (
    Claim,
    JudgedClaim,
    ResultsChangedError,
    bootstrap_interval,
    claims_table,
    judge_by_doubling,
    load_results,
    most_wrong_verdicts,
    publish,
    published,
    save_results,
    simultaneous_interval,
    simultaneous_verdict,
)
from course_lib.evidence.results import stored_folder
from course_lib.evidence.together import looks_in_all


def named(name: str = "a-b", **changes: object) -> Claim:
    """Return a claim with a name, where only what changes matters."""
    texts = {"sentence": f"{name} is better", "source": "ours", "measure": "accuracy"}
    given = texts | {"direction": "greater", "smallest_difference": 0.1, "name": name} | changes
    return Claim(**given)  # type: ignore[arg-type]


def judge(claim: Claim, mean: float = 0.3, n_pairs: int = 20, noise: float = 0.0) -> JudgedClaim:
    """Judge a claim by differences around a mean, with another machine's rounding."""
    rng = np.random.default_rng(0)
    a = mean + rng.normal(0, 0.1, n_pairs)
    a *= 1 + noise * rng.uniform(-1, 1, n_pairs)
    seeds = range(2000, 2000 + n_pairs)
    return claim.judge(a, np.zeros(n_pairs), np.random.default_rng(1), seeds=seeds)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a chapter's folder of an empty book; return the book's folder of results."""
    for folder in ("evidence", "training"):
        (tmp_path / "book" / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "book" / "training")
    monkeypatch.delenv("COURSE_RESULTS")
    return tmp_path / "book" / "evidence" / "results"


# ------------------------------------------------------------------------------------- claims


@pytest.mark.parametrize("name", ["Mom", "a b", "a_b", "-a", "a-", "a--b", "ä", 3])
def test_names_are_short_words(name: object) -> None:
    """A name stands in addresses and in a role, so that only letters, digits, hyphens do."""
    with pytest.raises(ValueError, match=r"name must be (lower case letters and digits|a text)"):
        named().__class__("A", "ours", "m", "greater", 0.1, name=name)  # type: ignore[arg-type]


def test_status_says_what_became_of_a_claim() -> None:
    """Judged once, judged again with what came out before, or withdrawn with the reason."""
    assert named().status == "normal"
    again = named(earlier="undecided: +0.1 [-0.1, +0.3]")
    assert (again.status, again.earlier_verdict) == ("redone", "undecided")
    assert named(withdrawn="it judged a definition").status == "withdrawn"
    with pytest.raises(ValueError, match=r"earlier must begin with the verdict.*got 'a bit'"):
        named(earlier="a bit")
    with pytest.raises(ValueError, match="judged again or withdrawn, not both"):
        named(earlier="holds", withdrawn="no")


def test_a_judged_claim_keeps_its_pairs_and_seeds() -> None:
    """The difference of every pair, in order, and the seeds as ranges or in words."""
    claim = named()
    judged = claim.judge(
        [5, 4, 3, 2, 1.5], [1] * 5, np.random.default_rng(0), seeds=[9, 2, 3, 4, 7]
    )
    assert judged.differences == (4, 3, 2, 1, 0.5)
    assert judged.seeds == "2 to 4, 7, 9"
    judged = claim.judge([5] * 5, [1] * 5, np.random.default_rng(0), seeds="the first 5 that met")
    assert judged.seeds == "the first 5 that met"


@pytest.mark.parametrize("seeds", [range(4), range(6), [1, 2, 3, 4, 4]])
def test_seeds_are_one_for_each_pair(seeds: object) -> None:
    """Too few, too many, and one that comes twice."""
    with pytest.raises(ValueError, match="seeds must be 5 different numbers"):
        named().judge([1] * 5, [0] * 5, np.random.default_rng(0), seeds=seeds)  # type: ignore[arg-type]


def test_rows_carry_names_and_what_became_of_the_claims() -> None:
    """The table's row can be linked to, and tells the earlier result or the reason."""
    table = claims_table([
        judge(named("one", earlier="fails: 0 [-1, 0]")),
        judge(named("two", withdrawn="a <definition>")),
        judge(replace(named("three"), name="")),
    ])  # fmt: skip
    page = table._repr_html_()
    assert re.findall(r"<tr([^>]*)><td", page) == [' id="claim-one"', ' id="claim-two"', ""]
    assert "judged again on new seeds; before: fails: 0 [-1, 0]" in page
    more = replace(judge(named("four", earlier="undecided: 0 [-1, 1]")), looks=2)
    assert "judged again with more pairs; before: undecided" in str(claims_table([more]))
    assert "withdrawn: a &lt;definition&gt;" in page
    assert "    withdrawn: a <definition>" in str(table)
    with pytest.raises(ValueError, match="name each claim differently"):
        claims_table([judge(named("x")), judge(named("x", sentence="other"))])


# ------------------------------------------------------------------------------------ publish


def test_published_claims_come_back(book: Path) -> None:
    """Everything that was judged, with the verdict, in the order of the tables."""
    first = judge(named("one", chaotic=True, earlier="undecided: 0 [-1, 1]"))
    second = replace(judge(named("two", direction="less"), n_pairs=5), looks=3)
    text = publish("03-momentum", claims_table([first]), claims_table([second]))
    assert text == "2 claims: 1 holds, 1 fails, 0 undecided"
    back = published("03-momentum")
    assert [item.claim for item in back] == [first.claim, second.claim]
    for item, judged in zip(back, (first, second), strict=True):
        assert item.differences == pytest.approx(judged.differences, abs=1e-9)
        assert (item.low, item.high) == pytest.approx((judged.low, judged.high), abs=1e-9)
        assert (item.seeds, item.looks, item.measured) == (
            judged.seeds, judged.looks, judged.measured,
        )  # fmt: skip
    assert (book / "03-momentum.json").is_file()


def test_the_file_is_the_same_after_every_run(book: Path) -> None:
    """Byte for byte, another machine's last bits included; a claim's pairs are one line."""
    texts = []
    for noise in (0, 1e-14):
        publish("03-a", claims_table([judge(named("one"), noise=noise)]))
        texts.append((book / "03-a.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    lines = texts[0].splitlines()
    assert sum('"differences"' in line and line.count(",") == 19 for line in lines) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"noise": 1e-9}, None),
        ({"mean": 0.31}, r"a-b: \+0\.292 .*, stored \+0\.282 "),
        ({"mean": 0.05}, "a-b: verdict is .*, stored 'holds'"),
        ({"n_pairs": 21}, "a-b: seeds is '2000 to 2020', stored '2000 to 2019'"),
    ],
)
def test_a_run_is_compared_with_what_is_stored(
    book: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, float], said: str | None
) -> None:
    """Other digits than those shown may differ; nothing is written."""
    publish("03-a", claims_table([judge(named())]))
    stored = (book / "03-a.json").read_bytes()
    monkeypatch.setenv("COURSE_RESULTS", "compare")
    again = claims_table([judge(named(), **changes)])  # type: ignore[arg-type]
    if said is None:
        publish("03-a", again)
    else:
        with pytest.raises(ResultsChangedError, match=said):
            publish("03-a", again)
    assert (book / "03-a.json").read_bytes() == stored


@pytest.mark.usefixtures("book")
def test_every_pair_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pairs that changed places leave the interval as it was, and are seen."""
    judged = judge(named())
    publish("03-a", claims_table([judged]))
    monkeypatch.setenv("COURSE_RESULTS", "compare")
    first, second, *others = judged.differences
    assert abs(first - second) > 0.01
    swapped = replace(judged, differences=(second, first, *others))
    with pytest.raises(ResultsChangedError, match="a pair's difference is off by 0"):
        publish("03-a", claims_table([swapped]))


@pytest.mark.usefixtures("book")
def test_chaotic_runs_are_compared_by_their_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their digits belong to a machine; the verdict does not."""
    publish("03-a", claims_table([judge(named(chaotic=True))]))
    monkeypatch.setenv("COURSE_RESULTS", "compare")
    publish("03-a", claims_table([judge(named(chaotic=True), mean=0.4)]))
    with pytest.raises(ResultsChangedError, match="verdict is 'fails', stored 'holds'"):
        publish("03-a", claims_table([judge(named(chaotic=True), mean=-0.4)]))


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    "changes", [{"sentence": "Another"}, {"smallest_difference": 0.05}, {"withdrawn": "no"}]
)
def test_what_is_claimed_is_compared(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    """A margin that moves is seen, though the verdict stays."""
    publish("03-a", claims_table([judge(named())]))
    monkeypatch.setenv("COURSE_RESULTS", "compare")
    with pytest.raises(ResultsChangedError, match=f"a-b: {next(iter(changes))} is"):
        publish("03-a", claims_table([judge(named(**changes))]))
    with pytest.raises(ResultsChangedError, match=r"the claims: .*stored"):
        publish("03-a", claims_table([judge(named("other"))]))


def test_publishing_refuses_what_nobody_could_look_up(book: Path) -> None:
    """Claims without a name or seeds, names that come twice, a page that is none."""
    nameless, seedless = (
        replace(judge(named()), claim=named(name="")),
        replace(judge(named()), seeds=""),
    )
    for item in (nameless, seedless, replace(judge(named()), differences=())):
        with pytest.raises(ValueError, match=r"claims with a name and with seeds; without: .'"):
            publish("03-a", claims_table([item]))
    with pytest.raises(ValueError, match="each claim differently"):
        publish("03-a", claims_table([judge(named())]), claims_table([judge(named())]))
    with pytest.raises(ValueError, match=r"name must be like '03-momentum', got '\.\./a'"):
        publish("../a", claims_table([judge(named())]))
    assert not book.exists()


@pytest.mark.usefixtures("book")
def test_an_interval_that_ends_on_its_margin_is_refused() -> None:
    """There the last bit of a machine would judge."""
    judged = JudgedClaim(named(), 0.2, 0.1 + 1e-15, 0.3, 5, (0.1, 0.2, 0.2, 0.2, 0.3), "0 to 4")
    assert judged.verdict == "holds"
    with pytest.raises(ValueError, match="an end of the interval lies on the margin"):
        publish("03-a", claims_table([judged]))


def test_a_file_whose_verdict_was_edited_is_refused(book: Path) -> None:
    """The interval says what the verdict is."""
    publish("03-a", claims_table([judge(named())]))
    path = book / "03-a.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"holds"', '"fails"'), encoding="utf-8"
    )
    with pytest.raises(ValueError, match="stored verdict is fails, the interval says holds"):
        published("03-a")


def test_a_page_without_a_book_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that somebody took home shows its table, and stores nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COURSE_RESULTS")
    if stored_folder() is not None:
        pytest.skip("there is a book above the folder of temporary files")
    assert publish("03-a", claims_table([judge(named())])).startswith("1 claim: 1 holds")
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError, match="no stored results '03-a'; run the page"):
        published("03-a")


def test_results_go_to_the_folder_that_is_named(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh lets them wait until the whole page has run."""
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path / "waiting"))
    publish("03-a", claims_table([judge(named())]))
    save_results("03-a-curves", {"x": [1.0]})
    assert not book.exists()
    assert {p.name for p in (tmp_path / "waiting").iterdir()} == {"03-a.json", "03-a-curves.json"}


# ------------------------------------------------------------------------------------- arrays


def test_arrays_come_back(book: Path) -> None:
    """To five digits each, in their shape; truth values as 0 and 1."""
    arrays = {"x": np.array([[1 / 3, 2e-7], [0, -12345.6]]), "met": np.array([True, False])}
    save_results("03-a-race", arrays)
    back = load_results("03-a-race")
    np.testing.assert_allclose(back["x"], arrays["x"], rtol=5e-5)
    np.testing.assert_array_equal(back["met"], [1, 0])
    assert len((book / "03-a-race.json").read_text(encoding="utf-8").splitlines()) < 12


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({"x": [1.0, 2.00001]}, None),
        ({"x": [1.0, 2.001]}, "03-a-x: x: off by 0.001"),
        ({"x": [1.0]}, r"shape \(1,\), stored \(2,\)"),
        ({"y": [1.0, 2.0]}, r"the arrays: \['y'\], stored \['x'\]"),
    ],
)
def test_arrays_are_compared(
    monkeypatch: pytest.MonkeyPatch, new: dict[str, list[float]], said: str | None
) -> None:
    """One in the fifth digit may differ."""
    save_results("03-a-x", {"x": [1.0, 2.0]})
    monkeypatch.setenv("COURSE_RESULTS", "compare")
    if said is None:
        save_results("03-a-x", new)
    else:
        with pytest.raises(ResultsChangedError, match=said):
            save_results("03-a-x", new)


@pytest.mark.usefixtures("book")
def test_arrays_refuse() -> None:
    """What no file can hold, and what makes it large."""
    with pytest.raises(ValueError, match=r"results\['x'\] must hold finite numbers"):
        save_results("a", {"x": [np.nan]})
    with pytest.raises(ValueError, match=r"results\['x'\] must hold finite numbers, got <U1"):
        save_results("a", {"x": ["b"]})
    with pytest.raises(ValueError, match="a small file, at most 200000 letters"):
        save_results("a", {"x": np.arange(60_000)})


# ----------------------------------------------------------------------------------- together


def test_one_interval_is_that_of_student() -> None:
    """With nothing else at once, the textbook's interval; scipy has the same."""
    values = np.random.default_rng(0).normal(size=12)
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    assert simultaneous_interval(values, 1) == pytest.approx(tuple(expected))
    expected = ttest_1samp(values, 0).confidence_interval(1 - 0.05 / 260)
    assert simultaneous_interval(values, 260) == pytest.approx(tuple(expected))


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=30), st.integers(1, 500))
def test_more_claims_make_wider_intervals(values: list[float], n_looks: int) -> None:
    """And every interval holds the mean of its own pairs."""
    low, high = simultaneous_interval(values, n_looks)
    wider = simultaneous_interval(values, n_looks + 1)
    assert wider[0] <= low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= high <= wider[1]


def test_successes_are_counted() -> None:
    """If one side never wins alone, the shares are Clopper and Pearson's, at half the error."""
    values = [1] * 15 + [0] * 10
    low, high = simultaneous_interval(values, 10)
    error = 0.05 / 10 / 2
    won = binomtest(15, 25).proportion_ci(1 - error, method="exact")
    lost = binomtest(0, 25).proportion_ci(1 - error, method="exact")
    assert (low, high) == pytest.approx((won.low - lost.high, won.high - lost.low))
    mirrored = simultaneous_interval([-value for value in values], 10)
    assert mirrored == pytest.approx((-high, -low))


def test_equal_differences_say_nothing_of_their_spread() -> None:
    """Twenty times the same 0.3 decides nothing for all claims at once; twenty successes may."""
    assert simultaneous_interval([0.3] * 20, 5) == (-math.inf, math.inf)
    low, high = simultaneous_interval([1] * 20, 260)
    assert 0.2 < low < 0.3
    assert high == 1


def draw_normal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw differences around 0."""
    return rng.normal(size=n)


def draw_successes(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw pairs where both sides succeed in 80 of 100 cases."""
    return (rng.random(n) < 0.8).astype(float) - (rng.random(n) < 0.8)


@pytest.mark.parametrize("draw", [draw_normal, draw_successes])
@pytest.mark.parametrize("n_pairs", [5, 20])
def test_all_intervals_hold_at_once(draw: object, n_pairs: int) -> None:
    """Of books of 40 claims, at least 95 % have no interval that misses (3 deviations allowed)."""
    rng = np.random.default_rng(0)
    n_books, n_claims = 200, 40
    whole = 0
    for _ in range(n_books):
        intervals = [
            simultaneous_interval(draw(rng, n_pairs), n_claims)  # type: ignore[operator]
            for _ in range(n_claims)
        ]
        whole += all(low <= 0 <= high for low, high in intervals)
    assert whole / n_books > 0.95 - 3 * math.sqrt(0.05 * 0.95 / n_books)


def test_the_worst_case_of_wrong_verdicts_is_reached_on_the_margin() -> None:
    """2.5 of 100 claims that lie on their margin hold: the expected number is no exaggeration."""
    rng = np.random.default_rng(0)
    claim, n_claims = named(smallest_difference=0), 1000
    held = 0
    for _ in range(n_claims):
        low, high = bootstrap_interval(rng.normal(size=20), n_resamples=1000, rng=rng)
        held += claim.verdict(low, high) == "holds"
    expected = most_wrong_verdicts(n_claims)
    assert expected == 25
    assert abs(held - expected) < 3 * math.sqrt(expected)


def test_looks_are_counted() -> None:
    """Once for each claim, again for pairs that were added and for an earlier judgement."""
    items = [judge(named()), judge(named(earlier="fails")), replace(judge(named()), looks=4)]
    assert looks_in_all(items) == 1 + 2 + 4


def test_strict_verdicts_use_the_claims_own_rule() -> None:
    """The same pairs, the same margin, a wider interval."""
    judged = judge(named(), mean=0.18, n_pairs=20)
    assert (judged.verdict, simultaneous_verdict(judged, 1)) == ("holds", "holds")
    assert simultaneous_verdict(judged, 260) == "undecided"
    with pytest.raises(ValueError, match="must hold the difference of every pair"):
        simultaneous_verdict(replace(judged, differences=()), 1)


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0]], [1.0, np.nan]])
def test_simultaneous_interval_refuses(values: object) -> None:
    """One number, a table, and what is no number."""
    with pytest.raises(ValueError, match="differences must be at least two finite numbers"):
        simultaneous_interval(values, 1)  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------- doubling


class Measured:
    """Differences of a given mean; keeps which seeds it was asked for."""

    def __init__(self, mean: float, spread: float = 0.1) -> None:
        self.mean, self.spread = mean, spread
        self.asked: list[range] = []

    def __call__(self, seeds: range) -> tuple[np.ndarray, np.ndarray]:
        """Return A's and B's results."""
        self.asked.append(seeds)
        noise = np.array([np.random.default_rng(seed).normal() for seed in seeds])
        return self.mean + self.spread * noise, np.zeros(len(seeds))


def test_a_decided_claim_gets_no_more_pairs() -> None:
    """One look is enough."""
    measure = Measured(0.5)
    judged = judge_by_doubling(named(), measure, range(20), np.random.default_rng(0))
    assert (judged.verdict, judged.looks, measure.asked) == ("holds", 1, [range(20)])


def test_an_undecided_claim_gets_twice_the_pairs_until_the_end() -> None:
    """With seeds that follow, each run once, and not one pair beyond the limit."""
    measure = Measured(0.1, spread=10.0)
    judged = judge_by_doubling(named(), measure, range(30, 50), np.random.default_rng(0))
    assert measure.asked == [range(30, 50), range(50, 70), range(70, 110), range(110, 190)]
    assert (judged.verdict, judged.looks, judged.n_pairs) == ("undecided", 4, 160)
    assert judged.seeds == "30 to 189"
    measure = Measured(0.1, spread=10.0)
    judged = judge_by_doubling(named(), measure, range(5), np.random.default_rng(0), most_pairs=39)
    assert (judged.looks, judged.n_pairs) == (3, 20)


def test_doubling_stops_when_the_verdict_falls() -> None:
    """What is added is judged together with what was there."""
    measure = Measured(0.14)
    judged = judge_by_doubling(named(), measure, range(20), np.random.default_rng(0))
    assert judged.verdict == "holds"
    assert judged.looks == len(measure.asked) > 1
    a, b = Measured(0.14)(range(judged.n_pairs))
    assert judged.differences == pytest.approx(tuple(a - b))


@pytest.mark.parametrize(
    ("seeds", "most", "message"),
    [
        (range(4), 160, "seeds must be a range of at least 5 in steps of 1, got range"),
        (range(0, 40, 2), 160, "seeds must be a range"),
        ([1, 2, 3, 4, 5], 160, "seeds must be a range"),
        (range(20), 19, "most_pairs must be a whole number of at least 20, got 19"),
    ],
)
def test_doubling_refuses(seeds: object, most: int, message: str) -> None:
    """Too few seeds, those with gaps, and a limit below the first look."""
    with pytest.raises(ValueError, match=message):
        judge_by_doubling(
            named(), Measured(0), seeds, np.random.default_rng(0), most_pairs=most  # type: ignore[arg-type]
        )  # fmt: skip


def test_the_price_of_looking_again_is_the_one_that_is_told() -> None:
    """On the margin "holds" comes in about 8 of 100 claims, as the docstring says; not in 2.5."""
    rng = np.random.default_rng(0)
    claim, n_claims, held = named(smallest_difference=0), 400, 0
    for _ in range(n_claims):
        values = rng.normal(size=20)
        while True:
            verdict = claim.verdict(*bootstrap_interval(values, n_resamples=500, rng=rng))
            if verdict != "undecided" or values.size == 160:
                break
            values = np.append(values, rng.normal(size=values.size))
        held += verdict == "holds"
    assert abs(held / n_claims - 0.08) < 3 * math.sqrt(0.08 * 0.92 / n_claims)


def test_stored_numbers_are_numbers(book: Path) -> None:
    """The file is plain JSON that other programs read."""
    publish("03-a", claims_table([judge(named())]))
    record = json.loads((book / "03-a.json").read_text(encoding="utf-8"))["claims"][0]
    assert record["name"] == "a-b"
    assert record["verdict"] == "holds"
    assert len(record["differences"]) == 20
