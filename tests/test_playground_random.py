"""The playground's random numbers are numpy's: the same seed, the same draws, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.playground_in_browser import in_browser, received
from tools.browser import chromium

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium on PATH")

MILLION = 1_000_000
LONGEST = 2000
# As text: JSON has no whole numbers beyond 2^53. Several numbers are one seed, too.
SEEDS: tuple[int | list[int], ...] = (
    0, 1, 7, 1234, 2**31, 2**32 - 1, 2**32, 2**53, 2**64 - 1, 2**64, 2**128 - 1, 2**128, 2**200 + 5,
    [0], [0, 0], [1234, 7], [7, 7], [7, 8], [2**32, 1], [1, 2, 3, 4], [1, 2, 3, 4, 5], [5] * 9,
    [2**64 - 1, 2**70, 3],
)  # fmt: skip
TO_SEED = "const seed = one => Array.isArray(one) ? one.map(BigInt) : BigInt(one);"


def as_text(seed: int | list[int]) -> str | list[str]:
    """Return a seed whose whole numbers survive JSON."""
    return [str(one) for one in seed] if isinstance(seed, list) else str(seed)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the browser has drawn."""
    tasks: dict[str, tuple[str, Any]] = {
        "uniform": (
            """const rng = Playground.default_rng(given.seed);
            return send(Float64Array.from({length: given.count}, () => rng.random()));""",
            {"seed": 7, "count": MILLION},
        ),
        "normal": (
            """const rng = Playground.default_rng(given.seed);
            return send(Float64Array.from({length: given.count}, () => rng.standard_normal()));""",
            {"seed": 8, "count": MILLION},
        ),
        "permutations": (
            """const rng = Playground.default_rng(9);
            const all = [];
            for (let n = 0; n <= given; n += 1) all.push(...rng.permutation(n));
            return send(Uint16Array.from(all));""",
            LONGEST,
        ),
        "permutation of a million": (
            "return send(Playground.default_rng(10).permutation(given));",
            MILLION,
        ),
        "seeds": (
            f"""{TO_SEED} return given.map(one => {{
                const rng = Playground.default_rng(seed(one));
                return Array.from({{length: 5}}, () => rng.random());
            }});""",
            [as_text(seed) for seed in SEEDS],
        ),
        "small seeds": (
            "return given.map(one => Playground.default_rng(one).random());",
            [0, 7, 2**32, 2**53 - 1, [1234, 7]],
        ),
        "children": (
            f"""{TO_SEED} return given.map(one => {{
                const rng = Playground.default_rng(seed(one));
                const first = rng.spawn(2), second = rng.spawn(1);
                const grandchild = first[1].spawn(1);
                return [...first, ...second, ...grandchild, rng].map(each => each.random());
            }});""",
            [as_text(seed) for seed in SEEDS],
        ),
        "mixed": (
            """const rng = Playground.default_rng(11);
            const all = [];
            for (let k = 0; k < given; k += 1) {
                all.push(...rng.permutation(k % 6), rng.random(), rng.standard_normal(),
                    rng.normal(2, 0.5));
            }
            return all;""",
            500,
        ),
        "wrong seeds": (
            """return given.map(one => {
                try { Playground.default_rng(one); } catch (problem) { return problem.message; }
                return 'taken';
            });""",
            [-1, 0.5, 2**53],
        ),
    }
    folder = tmp_path_factory.mktemp("random")
    return dict(zip(tasks, in_browser(folder, *tasks.values()), strict=True))


def tail(rng: np.random.Generator, count: int) -> int:
    """Return how many of the normal numbers lie beyond the ziggurat's lowest layer."""
    return int((abs(rng.standard_normal(count)) > 3.6541528853610088).sum())


def test_a_million_uniform_numbers(
    drawn: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    """Every bit of every number is numpy's."""
    ours, theirs = received(drawn["uniform"]), np.random.default_rng(7).random(MILLION)
    record_property("counted", f"{MILLION} uniform numbers, all bits equal to numpy's")
    np.testing.assert_array_equal(ours.view(np.uint64), theirs.view(np.uint64))


def test_a_million_normal_numbers(
    drawn: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    """Each is numpy's to a unit in the last place; those that are not of the tail, to the bit."""
    ours, theirs = received(drawn["normal"]), np.random.default_rng(8).standard_normal(MILLION)
    beyond = abs(theirs) > 3.6541528853610088
    np.testing.assert_array_max_ulp(ours, theirs, maxulp=1)
    np.testing.assert_array_equal(ours[~beyond], theirs[~beyond])
    assert beyond.sum() == tail(np.random.default_rng(8), MILLION) > 200
    differ = int((ours != theirs).sum())
    record_property(
        "counted",
        f"{MILLION} normal numbers within 1 unit in the last place of numpy's "
        f"({beyond.sum()} of them from the tail; {differ} differ)",
    )


def test_permutations_of_every_size(
    drawn: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    """From 0 to 2000 items out of one generator, and a million items."""
    rng = np.random.default_rng(9)
    theirs = np.concatenate([rng.permutation(n) for n in range(LONGEST + 1)])
    np.testing.assert_array_equal(received(drawn["permutations"], "<u2"), theirs)
    np.testing.assert_array_equal(
        received(drawn["permutation of a million"], "<u4"),
        np.random.default_rng(10).permutation(MILLION),
    )
    record_property("counted", f"{LONGEST + 2} permutations ({theirs.size + MILLION} items), equal")


def test_seeds_of_every_kind(
    drawn: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    """Zero, more than 32, 64 and 128 bits, several numbers, with zeros at their ends."""
    theirs = [np.random.default_rng(seed).random(5).tolist() for seed in SEEDS]
    assert drawn["seeds"] == theirs
    small = [0, 7, 2**32, 2**53 - 1, [1234, 7]]
    assert drawn["small seeds"] == [np.random.default_rng(seed).random() for seed in small]
    record_property("counted", f"{len(SEEDS)} kinds of seeds, each with its children, equal")


def test_children(drawn: dict[str, Any]) -> None:
    """Children, later children and a grandchild draw what numpy's draw; so does the parent then."""
    expected = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        first, second = rng.spawn(2), rng.spawn(1)
        grandchild = first[1].spawn(1)
        expected.append([each.random() for each in (*first, *second, *grandchild, rng)])
    assert drawn["children"] == expected


def test_kinds_of_draws_in_turn(drawn: dict[str, Any]) -> None:
    """What one kind of draw leaves of its bits, the next one finds: an order keeps 32 of 64."""
    rng = np.random.default_rng(11)
    expected = []
    for k in range(500):
        expected += [*rng.permutation(k % 6), rng.random(), rng.standard_normal()]
        expected.append(rng.normal(2, 0.5))
    np.testing.assert_allclose(drawn["mixed"], expected, rtol=4e-16, atol=0)


def test_what_is_no_seed(drawn: dict[str, Any]) -> None:
    """The message names the value."""
    assert drawn["wrong seeds"] == [
        "seed must be at least 0, got -1",
        "seed must be a whole number below 2**53 or a bigint, got 0.5",
        "seed must be a whole number below 2**53 or a bigint, got 9007199254740992",
    ]


def test_the_data_are_fresh(tmp_path: Path) -> None:
    """The stored tables are numpy's to the last bit, the points and figures are the package's."""
    from course_lib.datasets import hard_points, small_points
    from tools.playground.data import ziggurat

    (stored,) = in_browser(
        tmp_path,
        (
            """const texts = {...Playground.data.ziggurat, hard: Playground.data.hard_points.X,
                small: Playground.data.small_points.X};
            const arrays = Object.entries(texts).map(([name, text]) =>
                [name, send(Playground.floats(text))]);
            return {arrays, hard: Playground.data.hard_points,
                small: Playground.data.small_points};""",
            None,
        ),
    )
    arrays = {name: received(text) for name, text in stored["arrays"]}
    for name, table in ziggurat().items():
        np.testing.assert_array_equal(arrays[name], table)
    # The figures are sums, and another processor adds in another order.
    close = {"rtol": 0, "atol": 1e-13}
    for scale, figures in stored["hard"]["spread"].items():
        hard = hard_points(scale)
        np.testing.assert_allclose(figures, hard.spread, **close)
        np.testing.assert_allclose(arrays["hard"].reshape(1000, 2) / figures, hard.X, **close)
        np.testing.assert_allclose(stored["hard"]["centre"], hard.centre, **close)
        assert stored["hard"]["y"] == "".join(map(str, hard.y))
    small = small_points()
    np.testing.assert_allclose(arrays["small"].reshape(100, 2), small.X, **close)
    np.testing.assert_allclose(stored["small"]["centre"], small.centre, **close)
    np.testing.assert_allclose(stored["small"]["spread"], small.spread, **close)
    assert stored["small"]["y"] == "".join(map(str, small.y))
