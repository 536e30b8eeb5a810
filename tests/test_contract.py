"""A figure's contract: what changes it, what must not, and that notebooks are held to it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.axes import Axes

from course_lib import plots
from course_lib.plots.rounding import hundredth, rounded
from tools.freshness import ROOT
from tools.refresh import executed

EPOCHS = np.arange(101)
COSTS = {"plain": np.exp(-EPOCHS / 30), "momentum": np.exp(-EPOCHS / 12)}


@pytest.fixture(autouse=True)
def own_figures() -> Iterator[None]:
    """Leave no figure open and no style for the next test."""
    with plt.rc_context():
        yield
    plt.close("all")


def drawn(
    order: tuple[str, ...] = ("plain", "momentum"),
    swapped: bool = False,
    change: Callable[[Axes], object] = lambda _: None,
    noise: float = 0.0,
    **figure: Any,
) -> str:
    """Draw two curves with a band, bars, an image and a text; return the contract."""
    fig, (ax, other) = plt.subplots(1, 2, **figure)
    rng = np.random.default_rng(0)
    for name in order:
        label = {"plain": "momentum", "momentum": "plain"}[name] if swapped else name
        costs = COSTS[name] * (1 + noise * rng.standard_normal(101))
        ax.plot(EPOCHS, costs, color=plots.COLOURS[name == "plain"], label=label)
        ax.fill_between(EPOCHS, 0.9 * costs, 1.1 * costs, alpha=0.2)
    ax.set(title="Two runs", xlabel="epoch", ylabel="cost", yscale="log")
    ax.text(50, 0.5, "here")
    ax.legend()
    table = np.outer(np.arange(4.0), np.ones(5)) / 3 * (1 + noise * rng.standard_normal((4, 5)))
    fig.colorbar(other.imshow(table), label="share")
    other.set_xticks([0, 2], ["first", "last"])
    change(ax)
    return plots.contract(fig)


def test_a_contract_tells_what_a_reader_sees() -> None:
    """Titles, labels, scales, limits, legend, colour bar, ticks and artists stand in it."""
    expected = """\
axes 1 "Two runs"
  x "epoch": linear, from -5 to 105
  y "cost": log, from 0.00014 to 1.7
  legend: "plain" (#d55e00 -), "momentum" (#0072b2 -)
  line "plain": 101 points, #d55e00 -; (0, 1) (25, 0.44) (50, 0.19) (75, 0.082) (100, 0.036); \
x 0 to 100, mean 50; y 0.036 to 1, mean 0.29"""
    text = drawn()
    assert text.startswith(expected)
    assert '  text "here" at (50, 0.5)' in text
    assert 'image: 4 × 5, viridis colour bar "share"; over -0.5 4.5 3.5 -0.5; colours 0 to' in text
    assert "colours 0 to 1: 0 0 0 0.33 0.33 0.33 1 1 1; 0 to 1, mean 0.5" in text
    assert '  x ticks: 0 "first", 2 "last"' in text
    assert "axes 3" not in text  # a colour bar belongs to its image
    assert len(text) < 2_000


@pytest.mark.parametrize(
    "changes",
    [
        {"swapped": True},
        {"order": ("momentum", "plain")},
        {"order": ("plain",)},
        {"change": lambda ax: ax.set_xlabel("step")},
        {"change": lambda ax: ax.set_title("Three runs")},
        {"change": lambda ax: ax.set_yscale("linear")},
        {"change": lambda ax: ax.set_xlim(0, 50)},
        {"change": lambda ax: ax.legend(["momentum", "plain"])},
        {"change": lambda ax: ax.legend(ax.lines[::-1], ["plain", "momentum"])},
        {"change": lambda ax: ax.get_legend().remove()},
        {"change": lambda ax: ax.lines[0].set_color("black")},
        {"change": lambda ax: ax.lines[0].set_linestyle(":")},
        {"change": lambda ax: ax.lines[0].set_visible(False)},
        {"change": lambda ax: ax.lines[0].set_ydata(1.1 * COSTS["plain"])},
        {"change": lambda ax: ax.collections[1].remove()},
        {"change": lambda ax: ax.texts[0].set_text("there")},
        {"change": lambda ax: ax.texts[0].set_x(10)},
        {"change": lambda ax: ax.figure.suptitle("Both")},
        {"change": lambda ax: ax.figure.axes[1].images[0].set_data(np.eye(4, 5))},
        {"change": lambda ax: ax.figure.axes[1].images[0].set_cmap("cividis")},
        {"change": lambda ax: ax.figure.axes[1].set_xticks([0, 2], ["last", "first"])},
        {"change": lambda ax: ax.figure.axes[2].set_ylabel("rows")},
        {"change": lambda ax: ax.bar([1, 2], [0.1, 0.2])},
        {"change": lambda ax: ax.figure.axes[2].images or ax.axhline(0.1)},
    ],
)
def test_what_a_reader_would_see_changes_the_contract(changes: dict[str, Any]) -> None:
    """A swapped label, a lost curve, another axis, scale, order, colour or number is noticed."""
    assert drawn(**changes) != drawn()


@pytest.mark.parametrize("noise", [1e-16, 1e-12, 1e-9])
@pytest.mark.parametrize("figure", [{}, {"figsize": (3, 9)}, {"dpi": 37}])
def test_last_bits_size_and_resolution_do_not(noise: float, figure: dict[str, Any]) -> None:
    """Another processor, a larger figure and a finer one leave the contract as it is."""
    assert drawn(noise=noise, **figure) == drawn()


def test_a_contract_is_the_same_before_and_after_the_figure_is_drawn() -> None:
    """It hangs on no layout, and drawing hangs on no contract."""
    fig, ax = plt.subplots()
    ax.plot([1.0, 2.0, 4.0])
    before = plots.contract(fig)
    fig.canvas.draw()
    assert plots.contract(fig) == before


@pytest.mark.parametrize("low", [0.0, -1.0, 0.1])
@pytest.mark.parametrize("span", [1.0, 3.0, 10.0, 64.0, 1100.0])
def test_round_numbers_lie_far_from_every_edge(low: float, span: float) -> None:
    """Halves, thirds, per cents and seeds' shares keep their rounding when their last bits move."""
    step = hundredth(1.1 * span)
    for parts in (2, 3, 7, 8, 20, 64, 100, 1000):
        for value in low + span * np.arange(parts + 1) / parts:
            told = {rounded(value + k * 1e-12 * span, step) for k in (-1, 0, 1)}
            assert len(told) == 1, (value, told)
            two = {rounded(value * (1 + k * 1e-12), None) for k in (-1, 0, 1)}
            assert len(two) == 1 or abs(value) < 1e-9, (value, two)


@pytest.mark.parametrize(
    ("value", "step", "told"),
    [(0.4999, 0.02, "0.5"), (-0.0, 0.1, "0"), (9.96, None, "10"), (1234.0, None, "1200"),
     (1e-17, None, "1e-17"), (np.nan, 0.1, "nan"), (-np.inf, None, "-inf"), (0.0, None, "0")],
)  # fmt: skip
def test_numbers_are_told_in_steps_or_with_two_digits(
    value: float, step: float | None, told: str
) -> None:
    """A linear axis has steps; another scale, and what has no axis, two digits."""
    assert rounded(value, step) == told


def test_of_many_lines_alike_three_are_told_and_all_are_counted() -> None:
    """A line for each of fifty seeds makes no long contract, and a lost one is noticed."""
    fig, ax = plt.subplots()
    ax.set_ylim(0, 60)
    for seed in range(50):
        ax.plot([0, 1], [seed, seed + 1], color="grey")
    text = plots.contract(fig)
    assert text.count("  line:") == 3
    assert "50 times line: 2 points, #808080 -" in text
    ax.lines[7].remove()
    assert "49 times" in plots.contract(fig)


def of_chaos(seed: int, mark: Callable[[Axes], object]) -> str:
    """Draw two runs of which one is different each time, and mark something: the contract."""
    fig, ax = plt.subplots()
    ax.plot(EPOCHS, COSTS["plain"], label="calm")
    wild = np.random.default_rng(seed).standard_normal(101).cumsum() + 5
    ax.plot(EPOCHS, wild, label="wild")
    ax.fill_between(EPOCHS, wild - 1, wild + 1)
    ax.scatter(EPOCHS[:9], wild[:9], label="some")
    ax.bar(EPOCHS[:3], wild[:3], label="a few")
    ax.text(3, wild[3], "here")
    ax.set(xlabel="epoch", ylabel="cost", ylim=(-99, 99))
    ax.legend()
    mark(ax)
    return plots.contract(fig)


def mark_parts(ax: Axes) -> None:
    """Mark the wild run, in all ways that there are."""
    plots.chaotic(ax.lines[1], ax.collections, np.array(ax.texts), None)
    plots.chaotic(*ax.containers)


@pytest.mark.parametrize("mark", [mark_parts, plots.chaotic, lambda ax: plots.chaotic(ax.figure)])
def test_chaotic_artists_keep_kind_label_and_count(mark: Callable[[Axes], object]) -> None:
    """Another run leaves the contract as it is; unmarked it would not; its label still counts."""
    first = of_chaos(0, mark)
    assert of_chaos(1, mark) == first
    assert of_chaos(0, lambda _: None) != of_chaos(1, lambda _: None)
    assert '  line "wild": 101 points, #d55e00 --, chaotic' in first or "#ff7f0e" in first
    assert 'bars "a few": 3 bars' in first

    def mark_and_rename(ax: Axes) -> None:
        mark(ax)
        ax.lines[1].set_label("tame")

    assert of_chaos(0, mark_and_rename) != first


def test_what_lies_beside_chaos_keeps_its_numbers() -> None:
    """Limits that chaos chose are left out, and the calm curve is measured by itself."""

    def with_limits(seed: int) -> str:
        fig, (left, right) = plt.subplots(1, 2, sharey=True)
        left.plot(EPOCHS, COSTS["plain"])
        right.plot(EPOCHS, 10.0 ** np.random.default_rng(seed).integers(0, 9, 101), gid="chaotic")
        return plots.contract(fig)

    first = with_limits(0)
    assert with_limits(1) == first
    assert "(0, 1) (25, 0.435) (50, 0.19)" in first
    assert first.count("  y: linear\n") == 2


def test_only_artists_can_be_marked() -> None:
    """A label or a number is no artist."""
    with pytest.raises(ValueError, match="drawn must be matplotlib's artists, got 'wild'"):
        plots.chaotic("wild")


@pytest.mark.parametrize("projection", ["rectilinear", "polar", "3d"])
def test_every_kind_of_figure_has_a_contract(projection: str) -> None:
    """What a reader draws in a cell of theirs never fails for its contract."""
    fig = plt.figure()
    ax = fig.add_subplot(projection=projection)
    ax.plot([], [])
    ax.scatter([1.0], [2.0])
    fig.add_subplot().pie([1, 2], labels=["a", "b"])
    fig.add_subplot().hist([1, 2, 2], label="few")
    other = fig.add_subplot()
    other.errorbar([1, 2], [3, 4], yerr=0.1, label="with bars")
    other.boxplot([[1, 2, 3]])
    other.annotate("up", (1, 3), arrowprops={})
    other.annotate("corner", (0, 0), xycoords="axes fraction")
    other.inset_axes((0, 0, 1, 1)).imshow(np.full((2, 2, 3), 0.5))
    other.quiver([0], [0], [1], [1])
    other.barh(["x", "y"], [1, 2])
    other.contour(np.eye(3), levels=[0.5])
    other.table([["a"]])
    text = plots.contract(fig)
    for words in ('bars "few": 10 bars', 'line "with bars": 2 points', 'text "up" at (1, 3)',
                  "inset 1", "contours: 1 level", 'wedge "a"'):  # fmt: skip
        assert words in text


START = """\
from course_lib import plots
import matplotlib.pyplot as plt
plots.use_course_style()"""
CELL = """\
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [0.5, 0.2, 0.1], label="plain")
ax.plot([1, 2, 3], [0.5, 0.1, 0.04], label="momentum")
ax.set(xlabel="epoch", ylabel="cost", title="Two runs")
ax.legend()
plt.show()"""
# What is changed in the cell, and whether the notebook's test must notice it.
EDITS = {
    "swapped labels": (("plain", "P"), ("momentum", "plain"), ("P", "momentum"), True),
    "a lost curve": (('ax.plot([1, 2, 3], [0.5, 0.2, 0.1], label="plain")\n', ""), True),
    "another axis": (("epoch", "step"), True),
    "another scale": (("ax.legend()", "ax.set_yscale('log'); ax.legend()"), True),
    "another title": (("Two", "Three"), True),
    "another order": (("ax.legend()", "ax.legend(ax.lines[::-1], ['momentum', 'plain'])"), True),
    "another number": (("0.2", "0.22"), True),
    "the last bit": (("0.2", "0.20000000000000004"), False),
    "a finer picture": (("plt.show()", "plt.rcParams['figure.dpi'] = 110; plt.show()"), False),
}


def edited(*changes: Any) -> str:
    """Return the cell with some words replaced."""
    text = CELL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_notebook_is_held_to_its_contract(tmp_path: Path) -> None:
    """A refresh stores contracts; with a cell changed the notebook's test fails there, by name."""
    path = tmp_path / "chapter.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in (START, *[CELL] * len(EDITS))]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    notebook = executed(path)
    for cell, (*changes, _) in zip(notebook.cells[1:], EDITS.values(), strict=True):
        (output,) = cell.outputs
        assert set(output["data"]) == {"text/plain", "image/png", plots.MIME}
        cell.source = edited(*changes)
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull,
               "--nbval", "--nbval-current-env", "-rf", "--color=no", path.name]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    ).stdout
    failed = {int(number) for number in re.findall(r"FAILED .*::Cell (\d+)", found)}
    expected = {n for n, (*_, noticed) in enumerate(EDITS.values(), 1) if noticed}
    assert failed == expected, found
    # The summary repeats the messages whole where pytest finds itself in continuous integration.
    failures, _ = found.split("short test summary info")
    assert failures.count(f"mismatch '{plots.MIME}'") == len(expected)
