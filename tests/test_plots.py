"""The figures: what is drawn, into which axes, and what is refused."""

import io
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib import plots
from course_lib.arguments import FloatArray
from course_lib.datasets import hard_points
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.training import History, train

EXTENT = (-4.0, 4.0, -1.5, 1.5)


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    """Leave no figure open for the next test."""
    yield
    plt.close("all")


def a_history(n_runs: int | None = None, rate: float = 0.1) -> History:
    """Return the history of a short run, or of a stack."""
    points = hard_points()
    rng = np.random.default_rng(0)
    rngs = rng if n_runs is None else [np.random.default_rng(seed) for seed in range(n_runs)]
    parameters = initial_parameters([2, 3, 1], rngs)
    return train(
        Network([2, 3, 1]),
        parameters,
        points.X[:40],
        points.y[:40],
        epochs=4,
        batch_size=10,
        learning_rate=rate,
        rng=rngs,
    )


def test_learning_curves_draw_the_history() -> None:
    """A line holds the history's numbers, on a logarithmic axis for costs and not for accuracy."""
    history = a_history()
    ax = plots.learning_curves({"one": history})
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), history.epochs)
    np.testing.assert_array_equal(line.get_ydata(), history.train_cost)
    assert (ax.get_yscale(), line.get_label()) == ("log", "one")
    assert plots.learning_curves({"one": history}, "train_accuracy").get_yscale() == "linear"
    assert plots.learning_curves({"one": history}, log=False).get_yscale() == "linear"


def test_a_stack_is_a_median_in_a_band() -> None:
    """The line is the median of the runs, the band reaches from the 10th to the 90th percentile."""
    history = a_history(n_runs=5)
    ax = plots.learning_curves({"stack": history})
    np.testing.assert_allclose(
        ax.get_lines()[0].get_ydata(), np.median(history.train_cost, axis=1), rtol=1e-12
    )
    (band,) = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    low, high = np.percentile(history.train_cost, [10, 90], axis=1)
    assert heights.min() == pytest.approx(low.min())
    assert heights.max() == pytest.approx(high.max())


def test_lines_differ_in_colour_and_in_dashes() -> None:
    """Two histories can be told apart by colour-blind readers and in a grey print."""
    first, second = plots.learning_curves({"a": a_history(), "b": a_history(rate=0.2)}).get_lines()
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()


def test_functions_draw_into_the_axes_they_are_given() -> None:
    """Each function returns the very axes that it got."""
    points, network = hard_points(), Network([2, 3, 1])
    parameters = initial_parameters([2, 3, 1], np.random.default_rng(0))
    _, axes = plt.subplots(1, 4)
    assert plots.learning_curves({"a": a_history()}, ax=axes[0]) is axes[0]
    drawn = plots.decision_map(
        network, parameters, points.X, points.y, extent=EXTENT, resolution=20, ax=axes[1]
    )
    assert drawn is axes[1]
    assert plots.weight_histogram({"a": parameters}, ax=axes[2]) is axes[2]
    both = plots.decision_maps(
        network, {"a": parameters}, points.X, points.y, extent=EXTENT, resolution=20, axes=axes[3:]
    )
    assert list(both) == [axes[3]]


def test_a_decision_map_shows_the_network_and_its_boundary() -> None:
    """The image is the probability at each place, the contour runs where it is one half."""
    network, parameters = Network([2, 1]), Parameters([2, 1])
    parameters.weights[0][...] = [[0.0], [4.0]]  # says yes where feature 2 is positive
    X, y = np.array([[0.0, 1.0], [0.0, -1.0]]), np.array([1, 0])
    ax = plots.decision_map(network, parameters, X, y, extent=EXTENT, resolution=51)
    p = ax.images[0].get_array()
    assert p[0].max() < 0.01
    assert p[-1].min() > 0.99
    (contour,) = [c for c in ax.collections if hasattr(c, "levels")]
    assert list(contour.levels) == [0.5]
    np.testing.assert_allclose(contour.get_paths()[0].vertices[:, 1], 0.0, atol=1e-12)
    points = [c.get_offsets() for c in ax.collections if len(c.get_offsets()) == 1]
    np.testing.assert_array_equal(np.vstack(points[-2:]), [[0.0, -1.0], [0.0, 1.0]])


def test_a_map_without_a_boundary_draws_none() -> None:
    """Where the network says the same everywhere there is no contour, and no warning."""
    network, parameters = Network([2, 1]), Parameters([2, 1])
    ax = plots.decision_map(
        network, parameters, np.zeros((1, 2)), np.zeros(1), extent=EXTENT, resolution=5
    )
    assert not [c for c in ax.collections if hasattr(c, "levels")]


def test_maps_side_by_side_share_titles_and_one_colour_bar() -> None:
    """A map for each entry in its order, and one colour bar at the end."""
    points, network = hard_points(), Network([2, 1])
    maps = {"baseline": Parameters([2, 1]), "other": Parameters([2, 1])}
    axes = plots.decision_maps(network, maps, points.X, points.y, extent=EXTENT, resolution=5)
    assert [ax.get_title() for ax in axes] == ["baseline", "other"]
    assert len(axes[0].figure.axes) == 3


def test_the_histogram_counts_the_weights_and_not_the_biases() -> None:
    """All weights are counted; those beyond the limits are told in the legend."""
    parameters = Parameters([2, 3, 1])
    parameters.weight_vector[...] = [0, 0, 0, 0, 0.5, 0.5, 1, 1, 9]
    parameters.biases[0][...] = 1.5
    ax = plots.weight_histogram({"net": parameters}, bins=4)
    top = ax.patches[0].get_xy()[:, 1].max()
    assert top == 6  # from 0 to 1: four zeros and two halves
    assert ax.get_legend().get_texts()[0].get_text() == "net (11.1% beyond)"


@pytest.mark.parametrize("before", ["default", "dark_background", "grayscale", "ggplot", "fast"])
def test_the_course_style_is_the_same_whatever_was_before(before: str) -> None:
    """Dark letters on opaque white after any style; the backend and the interactive mode stay."""
    with plt.rc_context():
        plots.use_course_style()
        wanted = dict(plt.rcParams)
    with plt.rc_context():
        plt.style.use(before)
        plt.rcParams["text.color"] = "white"
        plt.rcParams["interactive"] = not wanted["interactive"]
        backend = plt.rcParams["backend"]
        plots.use_course_style()
        assert plt.rcParams["interactive"] != wanted["interactive"]
        assert plt.rcParams["backend"] == backend
        assert {k: v for k, v in plt.rcParams.items() if k not in {"interactive", "backend"}} == {
            k: v for k, v in wanted.items() if k not in {"interactive", "backend"}
        }
        assert (plt.rcParams["savefig.facecolor"], plt.rcParams["text.color"]) == ("white", "black")


def test_a_figure_is_black_on_white_after_a_dark_style() -> None:
    """Saved or shown inline: the ground is white and there is dark ink on it."""
    with plt.rc_context():
        plt.style.use("dark_background")
        plots.use_course_style()
        fig, ax = plt.subplots()
        ax.set_title("A title")
        for options in ({}, {"facecolor": fig.get_facecolor()}):  # the second as in a notebook
            file = io.BytesIO()
            fig.savefig(file, format="rgba", **options)
            pixels = np.frombuffer(file.getvalue(), np.uint8).reshape(-1, 4)
            assert (pixels[0] == 255).all()
            assert pixels[:, :3].min() < 60


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.learning_curves({"a": a_history()}, "cost"), "quantity must be one of"),
        (
            lambda: plots.learning_curves({"a": a_history()}, "held_out_cost"),
            "'a' has no 'held_out_cost'",
        ),
        (
            lambda: plots.decision_map(
                Network([3, 1]), Parameters([3, 1]), np.zeros((1, 3)), np.zeros(1), extent=EXTENT
            ),
            "two inputs and one output",
        ),
        (
            lambda: plots.decision_map(
                Network([2, 1]),
                Parameters([2, 1]),
                np.zeros((1, 2)),
                np.zeros(1),
                extent=EXTENT,
                resolution=1,
            ),
            "resolution must be a whole number of at least 2, got 1",
        ),
        (
            lambda: plots.decision_maps(
                Network([2, 1]),
                {"a": Parameters([2, 1])},
                np.zeros((1, 2)),
                np.zeros(1),
                extent=EXTENT,
                axes=[],
            ),
            "axes must be 1 Axes",
        ),
        (
            lambda: plots.weight_histogram({"a": Parameters([2, 1])}, bins=0),
            "bins must be a whole number of at least 1, got 0",
        ),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    """A wrong argument is named with what it may be."""
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def bowl(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the height of a narrow bowl."""
    return x**2 + 10.0 * y**2


PATH = np.array([[-1.5, 0.9], [-0.5, -0.4], [0.25, 0.125]])


def test_a_path_is_drawn_over_the_contour_lines() -> None:
    """The line holds the path, from its first point on; the levels are those asked for."""
    ax = plots.contour_path(
        bowl, {"walk": PATH}, extent=(-2, 2, -1, 1), levels=[0.5, 2.0], title="Down"
    )
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(np.column_stack(line.get_data()), PATH)
    (contours,) = [c for c in ax.collections if hasattr(c, "levels")]
    assert list(contours.levels) == [0.5, 2.0]
    for level, path in zip((0.5, 2.0), contours.get_paths(), strict=True):
        np.testing.assert_allclose(bowl(*path.vertices.T), level, atol=0.01)
    assert (ax.get_title(), ax.get_xlim(), ax.get_ylim()) == ("Down", (-2, 2), (-1, 1))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["walk"]


def test_two_paths_differ_in_colour_dashes_and_marker() -> None:
    """Paths can be told apart in a grey print; into given axes; without paths no legend."""
    _, axes = plt.subplots(1, 2)
    ax = plots.contour_path(bowl, {"a": PATH, "b": -PATH}, extent=(-2, 2, -1, 1), ax=axes[0])
    assert ax is axes[0]
    first, second = ax.get_lines()
    for get in ("get_color", "get_linestyle", "get_marker"):
        assert getattr(first, get)() != getattr(second, get)()
    assert plots.contour_path(bowl, {}, extent=(-2, 2, -1, 1), ax=axes[1]).get_legend() is None


def an_animation(**changes: Any) -> plots.Animation:
    """Return a small animation, with some arguments changed."""
    arguments: dict[str, Any] = {
        "paths": {"plain": PATH, "a < b & $ALT": PATH[::-1]},
        "extent": (-2, 2, -1, 1),
        "name": "two-ways",
        "alt": 'Two "balls" roll.',
        "title": "Down",
    }
    return plots.animation_html(bowl, **(arguments | changes))


class Tags(HTMLParser):
    """Collects the elements of a page, and whether each that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append((tag, dict(attrs)))
        if tag != "input":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last, which must be this one."""
        assert self.open.pop() == tag


def test_an_animation_is_whole_and_asks_no_other_host() -> None:
    """Every tag is closed, no id is there to be had twice, nothing is loaded, nothing left open."""
    markup, tags = an_animation()._repr_html_(), Tags()
    tags.feed(markup)
    assert tags.open == []
    assert not [attributes for _, attributes in tags.found if {"id", "for"} & set(attributes)]
    assert "http" not in markup
    assert "src=" not in markup
    assert not re.search(r"\$[A-Z]", markup.replace("a &lt; b &amp; $ALT", ""))
    assert "a &lt; b &amp; $ALT" in markup  # a label is text, whatever is in it
    assert len(markup) < 60_000


def test_an_animation_can_be_read_aloud_and_worked_by_keyboard() -> None:
    """The picture has its alternative text, the controls are a real button and a labelled range."""
    tags = Tags()
    tags.feed(an_animation().markup)
    (picture,) = [a for tag, a in tags.found if tag == "svg" and a.get("role") == "img"]
    assert picture["aria-label"] == 'Two "balls" roll.'
    (slider,) = [a for tag, a in tags.found if tag == "input"]
    assert (slider["type"], slider["min"], slider["max"], slider["value"]) == (
        "range", "0", "2", "2",
    )  # fmt: skip
    assert [a["type"] for tag, a in tags.found if tag == "button"] == ["button"]
    assert "label" in [tag for tag, _ in tags.found]
    assert "prefers-reduced-motion" in an_animation().markup
    assert repr(an_animation()) == '[animation: Two "balls" roll.]'


def test_an_animation_shows_the_paths_and_their_heights() -> None:
    """Pixels are places in the extent, heights those of the surface; the same each time."""
    markup = an_animation().markup
    tags = Tags()
    tags.feed(markup)
    (data,) = [a["data-paths"] for _, a in tags.found if a.get("data-animation") == "two-ways"]
    assert data is not None
    plain, other = json.loads(data)
    width, height = plots.WIDTH, plots.HEIGHT
    expected = [f"{(x + 2) / 4 * width:.1f},{(1 - y) / 2 * height:.1f}" for x, y in PATH]
    assert plain["points"] == expected
    assert other["points"] == expected[::-1]
    assert plain["heights"] == [f"{bowl(x, y):.2g}" for x, y in PATH]
    assert f'points="{" ".join(expected)}"' in markup  # the whole path, where no script runs
    assert an_animation().markup == markup
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "two ways"}, "name must hold letters, digits and hyphens only, got 'two ways'"),
        ({"alt": " "}, "alt must say what is to be seen"),
        ({"milliseconds": 0}, "milliseconds must be a whole number of at least 1, got 0"),
        ({"paths": {"a": PATH, "b": PATH[:2]}}, r"same number of points, at least 2, got \[2, 3\]"),
        ({"paths": {"a": PATH[:1]}}, r"same number of points, at least 2, got \[1\]"),
        ({"paths": {}}, r"same number of points, at least 2, got \[\]"),
        (
            {"paths": {"a": PATH.T}},
            r"paths\['a'\] must have the shape \(n_points, 2\), got \(2, 3\)",
        ),
    ],
)
def test_an_animation_s_bad_input_is_named(changes: dict[str, Any], message: str) -> None:
    """A wrong argument is named with what it may be."""
    with pytest.raises(ValueError, match=message):
        an_animation(**changes)


NETWORK, ZERO = Network([2, 1]), Parameters([2, 1])
POINTS, LABELS = np.array([[0.0, 0.0], [1.0, 0.5]]), np.array([0, 1])
MASKED = np.ma.masked_array(POINTS, [[0, 0], [0, 1]])
STACK = initial_parameters([2, 1], [np.random.default_rng(seed) for seed in range(3)])
LOST = ZERO.copy()
LOST.weight_vector[0] = np.nan


def draw_map(**changes: Any) -> object:
    """Draw a decision map, and the same in a row, with some arguments changed."""
    given: dict[str, Any] = {"network": NETWORK, "parameters": ZERO, "X": POINTS, "y": LABELS,
                             "extent": EXTENT, "resolution": 4}  # fmt: skip
    return plots.decision_map(**(given | changes))


def draw_row(**changes: Any) -> object:
    """Draw a row of decision maps, with some arguments changed."""
    given: dict[str, Any] = {"network": NETWORK, "parameters": {"a": ZERO}, "X": POINTS,
                             "y": LABELS, "extent": EXTENT, "resolution": 4}  # fmt: skip
    return plots.decision_maps(**(given | changes))


def draw_paths(**changes: Any) -> object:
    """Draw a path over contour lines, with some arguments changed."""
    given: dict[str, Any] = {"surface": bowl, "paths": {"a": PATH}, "extent": EXTENT}
    return plots.contour_path(**(given | changes))


@pytest.mark.parametrize("draw", [draw_map, draw_row])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": 2 * LABELS - 1}, "y must hold whole-number labels from 0 to 1, got -1"),
        ({"y": LABELS + 1}, "y must hold whole-number labels from 0 to 1, got 2"),
        ({"y": LABELS / 2}, "y must hold whole-number labels from 0 to 1, got 0.5"),
        ({"y": np.array(["no", "yes"])}, "y must hold whole numbers, bools or floats, got <U3"),
        ({"y": LABELS[:1]}, r"y must have the shape \(2,\) or \(2, 1\), got \(1,\)"),
        ({"y": np.eye(2)}, r"y must have the shape \(2,\) or \(2, 1\), got \(2, 2\)"),
        ({"y": np.array([0, np.nan])}, "y must be finite, got nan"),
        ({"y": np.ma.masked_array(LABELS, [0, 1])}, "y must not be a masked array"),
        ({"X": MASKED}, "X must not be a masked array: .* got 1 masked"),
        ({"X": np.zeros((2, 3))}, r"X must have the shape \(n_samples, 2\), got \(2, 3\)"),
        ({"X": POINTS.ravel()}, r"X must have the shape \(n_samples, 2\), got \(4,\)"),
        ({"X": np.zeros((0, 2)), "y": LABELS[:0]}, r"X must have the shape .*, got \(0, 2\)"),
        ({"X": POINTS * [1, np.nan]}, r"X must be finite numbers, got nan at index \(0, 1\)"),
        (
            {"extent": (1, -1, 0, 1)},
            "extent must be finite numbers .*left < right and bottom < top",
        ),
        ({"extent": (0, 1, 1, 1)}, r"extent must be finite .*, got \(0, 1, 1, 1\)"),
        ({"extent": (0, np.inf, 0, 1)}, r"extent must be finite .*, got \(0, inf, 0, 1\)"),
        ({"extent": (0, 1)}, r"extent must be finite .*, got \(0, 1\)"),
        ({"extent": None}, "extent must be finite .*, got None"),
        ({"network": Network([2, 1], loss="squared_error")}, "an output that is a probability"),
        ({"network": ZERO}, "network must be a Network, got Parameters"),
    ],
)
def test_maps_refuse_what_they_would_leave_out(
    draw: Callable[..., object], changes: dict[str, Any], message: str
) -> None:
    """Labels that aren't the network's, masked or missing numbers, reversed edges."""
    with pytest.raises(ValueError, match=message):
        draw(**changes)
    assert plt.get_fignums() == []


def test_maps_take_the_labels_that_a_network_takes() -> None:
    """Whole numbers, bools, floats and a column, and each label's points get its marker."""
    for y in (LABELS, LABELS == 1, LABELS.astype(float), LABELS[:, np.newaxis], [0, 1]):
        ax = plots.decision_map(NETWORK, ZERO, POINTS, y, extent=EXTENT, resolution=4)  # type: ignore[arg-type]
        drawn = [c.get_offsets() for c in ax.collections if len(c.get_offsets()) == 1]
        np.testing.assert_array_equal(np.vstack(drawn[-2:]), POINTS)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw_map(parameters=STACK), "parameters must be of one network, got a stack of 3"),
        (lambda: draw_map(parameters={"a": ZERO}), "parameters must be Parameters, got dict"),
        (lambda: draw_map(ax="here"), "ax must be matplotlib's Axes, got str"),
        (lambda: draw_row(parameters={}), "parameters must map at least one label to Parameters"),
        (lambda: draw_row(parameters=ZERO), "parameters must map .*, got Parameters"),
        (lambda: draw_row(parameters={1: ZERO}), "labels must be str, got 1"),
        (lambda: plots.learning_curves({}), "histories must map at least one label to History"),
        (lambda: plots.learning_curves(a_history()), "histories must map .*, got History"),  # type: ignore[arg-type]
        (lambda: plots.learning_curves({"a": ZERO}), "got Parameters for 'a'"),  # type: ignore[dict-item]
        (lambda: plots.learning_curves({"a": a_history()}, spread=(90, 10)), "spread must be two"),
        (lambda: plots.learning_curves({"a": a_history()}, spread=(0, 101)), "spread must be two"),
        (lambda: plots.learning_curves({"a": a_history()}, log="yes"), "log must be True, False"),  # type: ignore[arg-type]
        (lambda: plots.weight_histogram({}), "parameters must map at least one label"),
        (lambda: plots.weight_histogram({"a": LOST}), "finite weights, got nan for 'a': 1 of 2"),
        (lambda: plots.weight_histogram({"a": ZERO}, limits=(1, -1)), "limits must be finite"),
        (lambda: draw_paths(extent=(2, -2, -1, 1)), "extent must be finite numbers"),
        (lambda: draw_paths(levels=[2, 1]), r"levels must rise from one to the next, got \[2, 1\]"),
        (lambda: draw_paths(levels=[]), r"levels must have the shape \(n_levels,\), got \(0,\)"),
        (lambda: draw_paths(levels=[1, np.nan]), "levels must be finite numbers, got nan"),
        (lambda: draw_paths(paths={"a": MASKED}), r"paths\['a'\] must not be a masked array"),
        (lambda: draw_paths(paths={"a": PATH * np.inf}), r"paths\['a'\] must be finite numbers"),
        (lambda: draw_paths(paths=[PATH]), "paths must map labels to object, got list"),
        (lambda: draw_paths(paths={"a": [[1], [1, 2]]}), r"paths\['a'\] must be finite numbers"),
        (lambda: draw_paths(surface=lambda x, y: 1.0), "array of the shape of x"),  # noqa: ARG005
        (lambda: draw_paths(surface=lambda x, y: 0 * x), "surface must not be flat"),  # noqa: ARG005
        (lambda: draw_paths(surface=lambda x, y: np.log(x)), r"finite numbers, got .* at \(-4"),  # noqa: ARG005
        (lambda: draw_paths(surface=3), "surface must be a function of two arrays, got 3"),
        (lambda: draw_paths(surface=np.ma.masked_less), "got a masked array"),
        (lambda: an_animation(extent=(0, 0, 0, 1)), "extent must be finite numbers"),
        (lambda: an_animation(name=3), "name must be a str, got 3"),
        (lambda: an_animation(title=None), "title must be a str, got None"),
        (lambda: an_animation(paths={"a": PATH * np.nan}), "must be finite numbers, got nan"),
    ],
)
def test_other_figures_refuse_what_they_would_leave_out(
    call: Callable[[], object], message: str
) -> None:
    """One sentence names the parameter and the value; no half of a figure is left behind."""
    with pytest.raises(ValueError, match=message):
        call()
    assert plt.get_fignums() == []
