"""The playground computes what `course_lib` computes: every trick, and every pair of tricks.

For each run the browser hands over what a reader would see, and the package, which is called here
by hand and not by the playground's own words, has to say the same after 200 steps to 1e-9. Sums are
added in another order there; where a run is chaotic that difference would grow to any size, so
the learning rates are such that it does not: 0.05 for ten samples a step, and less for one sample
and for whatever steps farther.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib import schedules
from course_lib.datasets import hard_points, small_points
from course_lib.datasets.spirals import flip_labels, spirals
from course_lib.dropout import DropoutNetwork
from course_lib.momentum import HeavyBall, Momentum, Nesterov
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import L1, L2, ProximalL1
from course_lib.sources.numpy_network import source_initial_parameters
from course_lib.training import train
from course_lib.weight_decay import Adam, WeightDecay
from tests.playground_in_browser import FOLDER, in_browser, received
from tools.browser import chromium

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium on PATH")

STEPS = 200
TOLERANCE = 1e-9
BYTES = 200_000  # of all that the page loads of its own

PLAIN: dict[str, Any] = {
    "seed": 7, "hidden": [3, 4], "batch_size": 10, "learning_rate": 0.05, "n_fresh": 400,
}  # fmt: skip
PROBLEMS: dict[str, dict[str, Any]] = {
    "hard points": {"data": "hard_points"},
    "small points": {"data": "small_points"},
}
# Each knob with what it can be turned to; two of one knob exclude each other.
KNOBS: dict[str, dict[str, dict[str, Any]]] = {
    "batches": {
        "one sample a step": {"batch_size": 1, "learning_rate": 0.01},
        "a short last batch": {"batch_size": 30},
        "the whole set": {"batch_size": "all", "learning_rate": 0.2},
    },
    "order": {"no shuffling": {"shuffle": False}},
    "activation": {"sigmoid": {"activation": "sigmoid"}, "tanh": {"activation": "tanh"}},
    "loss": {
        "quadratic": {"loss": "sigmoid_quadratic"},
        "squared error": {"loss": "squared_error"},
    },
    "start": {
        "normal": {"start": "normal", "scale": 0.5},
        "one over root n": {"start": "one_over_root_n"},
        "glorot": {"start": "glorot"},
        "source": {"start": "source", "scale": 0.5, "seed": 1234},
    },
    "biases": {"drawn biases": {"bias_scale": 0.3}},
    "seed": {"another seed": {"seed": 4_000_000_000}},
    "momentum": {
        "averaged": {"momentum": "Momentum", "beta": 0.8},
        "heavy ball": {"momentum": "HeavyBall", "beta": 0.7},
        "Nesterov": {"momentum": "Nesterov", "beta": 0.6},
        "Adam": {"momentum": "Adam", "beta": 0.85, "beta2": 0.99},
    },
    "schedule": {
        "exponential": {"schedule": "exponential_decay"},
        "step": {"schedule": "step_decay", "factor": 0.4},
        "1/t": {"schedule": "inverse_time_decay"},
        "cosine": {"schedule": "cosine_decay"},
    },
    "every": {"from step to step": {"every": "step"}},
    "warm-up": {"warm-up": {"warm_up": "a part"}},
    "l2": {"L2": {"l2": 0.05}},
    "l1": {"L1": {"l1": 0.003}},
    "proximal": {"proximal L1": {"proximal_l1": 0.05}},
    "decay": {"weight decay": {"weight_decay": 0.2}},
    "dropout": {"dropout": {"dropout": 0.25}},
    "inputs": {"dropped inputs": {"input_dropout": 0.1}},
    "masks": {"a mask for the batch": {"one_mask_per": "batch"}},
    "labels": {"flipped labels": {"flipped": 0.15}},
}
SCALES = {"by deviation": {"scale_by": "standard deviation"}, "unscaled": {"scale_by": "nothing"}}
TRICKS = {name: (knob, change) for knob, ways in KNOBS.items() for name, change in ways.items()}


def steps_per_epoch(settings: dict[str, Any], n_samples: int) -> int:
    """Return how many batches an epoch has."""
    return math.ceil(n_samples / settings["batch_size"])


def epochs_of(settings: dict[str, Any], n_samples: int) -> int:
    """Return the whole epochs that have 200 steps or more."""
    return math.ceil(STEPS / steps_per_epoch(settings, n_samples))


N_SAMPLES = {"hard_points": 1000, "small_points": 100, "spirals": 150, "own": 20}


def n_steps(settings: dict[str, Any]) -> int:
    """Return how many steps a run takes."""
    n_samples = N_SAMPLES[settings["data"]]
    return epochs_of(settings, n_samples) * steps_per_epoch(settings, n_samples)


def combined(problem: str, *tricks: str) -> dict[str, Any]:
    """Return the settings of a run with some tricks."""
    settings = PLAIN | PROBLEMS[problem]
    chosen = [TRICKS[trick] for trick in tricks]
    rates = [change["learning_rate"] for _, change in chosen if "learning_rate" in change]
    for _, change in chosen:
        settings |= change
    if rates:
        settings["learning_rate"] = min(rates)
    if settings["batch_size"] == "all":
        settings["batch_size"] = 1000 if problem == "hard points" else 100
    # What some knobs only show beside others.
    if "every" in settings and "schedule" not in settings:
        settings["schedule"] = "exponential_decay"
    if settings.get("one_mask_per") == "batch" and not settings.get("input_dropout"):
        settings.setdefault("dropout", 0.25)
    # A schedule falls over the whole run, however many epochs that are. (At rates of nearly 0 a
    # run stands still, and a point that a ReLU unit has got to its kink stays there: its gradient
    # is one thing or another.)
    epochs = epochs_of(settings, N_SAMPLES[settings["data"]])
    of_kind: dict[Any, dict[str, float]] = {
        "exponential_decay": {"decay": round(1 - 0.2 ** (1 / epochs), 4)},
        "step_decay": {"every_epochs": max(1, epochs // 3)},
        "inverse_time_decay": {"half_time": 0.3 * epochs},
        "cosine_decay": {"epochs": 0.9 * epochs},
    }
    settings |= of_kind.get(settings.get("schedule"), {})
    if "warm_up" in settings:
        settings["warm_up"] = 0.35 * epochs
    # These step 1/(1-beta) times as far, and Adam's steps have the length of the rate.
    momentum = settings.get("momentum")
    if momentum in {"HeavyBall", "Nesterov"}:
        settings["learning_rate"] *= 1 - settings["beta"]
    if momentum == "Adam":
        settings["learning_rate"] = min(settings["learning_rate"], 0.01)
    return settings


PAIRS = [
    (one, other)
    for one, other in itertools.combinations(TRICKS, 2)
    if TRICKS[one][0] != TRICKS[other][0]
]


def runs() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the settings of all runs, by name, in groups."""
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for problem in PROBLEMS:
        tried = [(), *((trick,) for trick in TRICKS), *PAIRS]
        groups[problem] = {
            " + ".join((problem, *tricks)): combined(problem, *tricks) for tricks in tried
        }
    more = groups["other data and shapes"] = {}
    for scale, change in SCALES.items():
        for tricks in [(), *((trick,) for trick in TRICKS)]:
            settings = combined("hard points", *tricks) | change
            # Raw points lie up to 7 from the centre: shorter steps.
            settings["learning_rate"] *= 0.1 if scale == "unscaled" else 1
            more[" + ".join(("hard points", scale, *tricks))] = settings
    for problem in PROBLEMS:
        wide = combined(problem, "averaged", "dropout", "L2") | {"hidden": [64, 128]}
        more[f"{problem}, 64 and 128 units"] = wide | {"start": "source", "scale": 0.5}
        more[f"{problem}, no hidden layer"] = combined(problem, "averaged", "L2") | {"hidden": []}
        more[f"{problem}, four hidden layers"] = combined(problem, "tanh", "dropout") | {
            "hidden": [5, 4, 3, 2]
        }
    more["spirals"] = PLAIN | {
        "data": "spirals", "n_samples": 150, "turns": 0.8, "noise": 0.02, "flipped": 0.1
    }  # fmt: skip
    points = np.random.default_rng(3).normal(size=(20, 2)).round(3)
    more["own points"] = PLAIN | {
        "data": "own", "own": [[*row, k % 2] for k, row in enumerate(points.tolist())]
    }  # fmt: skip
    return groups


GROUPS = runs()
RUNS = {name: settings for group in GROUPS.values() for name, settings in group.items()}
IN_BROWSER = """
const seen = {};
for (const [name, [settings, steps]] of Object.entries(given)) {
    const run = new Playground.Experiment(settings);
    const lengths = [], rates = [];
    const looks = [run.look()];
    for (let k = 0; k < steps; k += 1) {
        rates.push(run.training.learning_rate);
        run.step();
        lengths.push(run.training.gradient_length);
    }
    looks.push(run.look());
    const {vector} = run.training.parameters;
    seen[name] = {
        looks, rates: send(Float64Array.from(rates)), lengths: send(Float64Array.from(lengths)),
        vector: send(vector), X: send(run.points.X), y: send(run.points.y),
    };
}
return seen;
"""


class Watching:
    """A rule that changes nothing and takes down the length of each gradient."""

    def __init__(self) -> None:
        self.lengths: list[float] = []

    def start(self, _parameters: Parameters) -> None:
        """Nothing to remember."""

    def edit(self, direction: np.ndarray, _parameters: Parameters, _state: None) -> None:
        """Take it down."""
        self.lengths.append(float(np.linalg.norm(direction)))


def data_of(settings: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return the training points, their labels, and fresh points."""
    rng = np.random.default_rng(1_000_000)
    n_fresh = settings["n_fresh"]
    if settings["data"] == "own":
        table = np.array(settings["own"])
        X, y, fresh = table[:, :2].copy(), table[:, 2].astype(int), None
    elif settings["data"] == "spirals":
        shape = {"turns": settings["turns"], "noise": settings["noise"]}
        X, y = spirals(settings["n_samples"], np.random.default_rng(0), **shape)
        fresh = spirals(n_fresh, rng, **shape)
    else:
        hard = settings["data"] == "hard_points"
        toy = hard_points(settings.get("scale_by", "variance")) if hard else small_points()
        X, y, fresh = toy.X, toy.y, toy.fresh(n_fresh, rng)
    if "flipped" in settings:
        flips = np.random.default_rng([settings["seed"], 8])
        y = flip_labels(y, settings["flipped"], flips)
    return X, y, fresh


def schedule_of(settings: dict[str, Any]) -> Any:
    """Return the learning rate, or its schedule."""
    rate = settings["learning_rate"]
    kind = settings.get("schedule")
    counter = {"every": settings["every"]} if "every" in settings else {}
    after = rate
    if kind == "exponential_decay":
        after = schedules.exponential_decay(rate, settings["decay"], **counter)
    elif kind == "step_decay":  # has no counter
        after = schedules.step_decay(rate, settings["factor"], settings["every_epochs"])
    elif kind == "inverse_time_decay":
        after = schedules.inverse_time_decay(rate, settings["half_time"], **counter)
    elif kind == "cosine_decay":  # the playground's counter is the epoch unless it is told
        counter = {"every": settings.get("every", "epoch")}
        after = schedules.cosine_decay(rate, settings["epochs"], **counter)
    return schedules.warm_up(after, settings["warm_up"]) if "warm_up" in settings else after


def rules_of(settings: dict[str, Any]) -> list[Any]:
    """Return the rules in the order of the book."""
    momentum = {
        "Momentum": lambda: Momentum(settings["beta"]),
        "HeavyBall": lambda: HeavyBall(settings["beta"]),
        "Nesterov": lambda: Nesterov(settings["beta"]),
        "Adam": lambda: Adam(settings["beta"], settings["beta2"]),
    }
    return [
        *([L2(settings["l2"])] if "l2" in settings else []),
        *([L1(settings["l1"])] if "l1" in settings else []),
        *([momentum[settings["momentum"]]()] if "momentum" in settings else []),
        *([ProximalL1(settings["proximal_l1"])] if "proximal_l1" in settings else []),
        *([WeightDecay(settings["weight_decay"])] if "weight_decay" in settings else []),
    ]


def by_course_lib(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the package says of a run after so many steps."""
    X, y, fresh = data_of(settings)
    sizes, seed = [2, *settings["hidden"], 1], settings["seed"]
    rng = np.random.default_rng(seed)
    start = settings.get("start", "he")
    if start == "source":
        parameters = source_initial_parameters(sizes, seed, settings["scale"])
    else:
        parameters = initial_parameters(
            sizes, rng, start,
            scale=settings.get("scale", 1.0), bias_scale=settings.get("bias_scale", 0.0),
        )  # fmt: skip
    form = {
        "activation": settings.get("activation", "relu"),
        "loss": settings.get("loss", "sigmoid_cross_entropy"),
    }
    network = Network(sizes, **form)
    if "dropout" in settings or "input_dropout" in settings:
        hidden = [settings.get("dropout", 0.0)] * len(settings["hidden"])
        network = DropoutNetwork(
            sizes, [settings.get("input_dropout", 0.0), *hidden],
            np.random.default_rng([seed, 7]),
            one_mask_per=settings.get("one_mask_per", "example"), **form,
        )  # fmt: skip
    rules, watching = rules_of(settings), Watching()
    history = train(
        network, parameters, X, y,
        epochs=epochs_of(settings, len(y)), batch_size=settings["batch_size"],
        learning_rate=schedule_of(settings), rng=rng if settings.get("shuffle", True) else None,
        rules=[watching, *rules], held_out=fresh, evaluate_every=10**6,
    )  # fmt: skip
    penalty = sum(rule.cost(parameters) for rule in rules if hasattr(rule, "cost"))
    return {
        "vector": parameters.vector, "history": history, "penalty": penalty,
        "lengths": watching.lengths, "X": X, "y": y,
    }  # fmt: skip


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the browser says of every run."""
    given = {name: [settings, n_steps(settings)] for name, settings in RUNS.items()}
    (result,) = in_browser(tmp_path_factory.mktemp("playground"), (IN_BROWSER, given))
    return result


def differences(name: str, run: dict[str, Any]) -> dict[str, float]:
    """Return by how much the browser's run differs from the package's, quantity by quantity."""
    settings = RUNS[name]
    ours = by_course_lib(settings)
    history, n_batches = ours["history"], steps_per_epoch(settings, len(ours["y"]))
    schedule = schedule_of(settings)
    first, last = run["looks"]
    expected: dict[str, tuple[Any, Any]] = {
        "points": (received(run["X"]), ours["X"].ravel()),
        "labels": (received(run["y"]), ours["y"]),
        "parameters": (received(run["vector"]), ours["vector"]),
        "gradients": (received(run["lengths"]), ours["lengths"]),
        "rates": (
            received(run["rates"]),
            [
                schedule(k // n_batches + (k % n_batches) / n_batches)
                if callable(schedule)
                else schedule
                for k in range(n_steps(settings))
            ],
        ),
        "next rate": (last["learning_rate"], history.learning_rate[-1]),
        "cost": ([first["train"]["cost"], last["train"]["cost"]], history.train_cost),
        "penalty": (last["penalty"], ours["penalty"]),
        "epochs": (last["epochs_done"], history.epochs[-1]),
    }
    if history.held_out_cost is not None:
        costs = [first["fresh"]["cost"], last["fresh"]["cost"]]
        expected["cost on fresh points"] = (costs, history.held_out_cost)
    if history.train_accuracy is not None:
        shares = [first["train"]["accuracy"], last["train"]["accuracy"]]
        expected["accuracy"] = (shares, history.train_accuracy)
        if history.held_out_accuracy is not None:
            shares = [first["fresh"]["accuracy"], last["fresh"]["accuracy"]]
            expected["accuracy on fresh points"] = (shares, history.held_out_accuracy)
    result = {}
    for what, (got, wanted) in expected.items():
        got, wanted = np.asarray(got, float), np.asarray(wanted, float)
        assert got.shape == wanted.shape, (name, what)
        assert np.isfinite(wanted).all(), (name, what)
        result[what] = float(np.max(np.abs(got - wanted), initial=0.0))
    return result


@pytest.mark.parametrize("group", GROUPS)
def test_every_trick_and_every_pair_agree_with_the_package(
    group: str, seen: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    """Points, parameters, gradients' lengths, rates, costs and accuracies, after 200 steps."""
    worst, worst_run, wrong = 0.0, "", {}
    for name in GROUPS[group]:
        far = differences(name, seen[name])
        if max(far.values()) > worst:
            worst, worst_run = max(far.values()), name
        if not all(difference <= TOLERANCE for difference in far.values()):  # nan is wrong, too
            wrong[name] = far
    assert not wrong
    tried = len(GROUPS[group])
    pairs = f", {len(TRICKS)} tricks and {len(PAIRS)} pairs" if group in PROBLEMS else ""
    record_property(
        "counted",
        f"{tried} runs ({group}{pairs}) agree with course_lib after {STEPS} steps or more; "
        f"the largest difference is {worst:.1e} ({worst_run})",
    )


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_trick_changes_the_run(problem: str, seen: dict[str, Any]) -> None:
    """A knob that both sides forget would agree, too."""
    plain = received(seen[problem]["vector"])
    for trick in TRICKS:
        changed = received(seen[f"{problem} + {trick}"]["vector"])
        assert changed.shape == plain.shape
        assert np.abs(changed - plain).max() > 1e-4, trick


ALONE = ["", *TRICKS]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the browser says of single things, by name."""
    own = {"data": "own", "own": [[0.5, -1, 0], [1, 2, 1], [-1, 0.25, 1]], "batch_size": 2}
    programs = {
        f"{problem} + {trick}": combined(problem, *([trick] if trick else []))
        for problem in PROBLEMS
        for trick in ALONE
    } | {name: RUNS[name] for name in ("spirals", "own points")}
    tasks: dict[str, tuple[str, Any]] = {
        "programs": (
            """return Object.fromEntries(Object.entries(given).map(([name, settings]) =>
                [name, Playground.python(settings, 2)]));""",
            programs,
        ),
        "after two epochs": (
            """return Object.fromEntries(Object.entries(given).map(([name, settings]) => {
                const run = new Playground.Experiment(settings);
                run.epoch();
                run.epoch();
                return [name, [...run.training.parameters.vector]];
            }));""",
            programs,
        ),
        "rewound": (
            """const run = new Playground.Experiment(given);
            const walk = () => {
                const seen = [];
                for (let k = 0; k < 30; k += 1) {
                    seen.push([...run.training.parameters.vector]);
                    run.step();
                }
                return seen;
            };
            const first = walk();
            run.rewind();
            const start = run.look();
            return [first, walk(), start];""",
            PLAIN | {"momentum": "Adam", "dropout": 0.3, "batch_size": 300, "start": "normal"},
        ),
        "map": (
            """const run = new Playground.Experiment(given);
            run.epoch();
            const map = new Playground.DecisionMap(5, 4, [-4, 4, -1.5, 1.5]);
            map.fill(run);
            return [[...map.X], [...map.values], [...run.training.parameters.vector]];""",
            PLAIN | {"activation": "tanh", "dropout": 0.4},
        ),
        "histogram": (
            """const run = new Playground.Experiment(given);
            run.training.parameters.weight_vector.set([-2, 2, 0.5, 3, -2.5, 0.49, 1.99]);
            return [[...run.histogram(8, -2, 2)], [...run.training.parameters.weight_vector]];""",
            PLAIN | {"start": "source", "scale": 0.5, "seed": 1234},
        ),
        "starts": (
            """return given.map(([sizes, seed, scale]) =>
                [...Playground.source_initial_parameters(sizes, seed, scale).vector]);""",
            STARTS,
        ),
        "refused": (
            """return given.map(settings => {
                try { new Playground.Experiment(settings); } catch (problem) {
                    return problem.name + ': ' + problem.message;
                }
                return 'taken';
            });""",
            [settings for settings, _ in REFUSED],
        ),
        "diverged": (
            """const run = new Playground.Experiment(given);
            for (let k = 0; k < 20; k += 1) run.epoch();
            const before = run.training.steps_done;
            run.step();
            run.epoch();
            return [run.training.diverged, before, run.training.steps_done];""",
            PLAIN | {"loss": "squared_error", "learning_rate": 1e6, "activation": "relu"},
        ),
        "own": ("return new Playground.Experiment(given).look();", own),
        "globals": ("return Object.keys(window).filter(name => /layground/.test(name));", None),
    }
    folder = tmp_path_factory.mktemp("single")
    return dict(zip(tasks, in_browser(folder, *tasks.values()), strict=True))


STARTS = [[[2, 3, 4, 1], 1234, 0.5], [[2, 64, 128, 1], 1234, 0.5], [[2, 5, 1], 2**32 - 1, 1.5]]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"beta": 1}, "beta must be a number in [0, 1), got 1"),
    ({"learning_rate": 0}, "learning_rate must be a number in (0, 1000000], got 0"),
    ({"learning_rate": "fast"}, "learning_rate must be a number in (0, 1000000], got fast"),
    ({"batch_size": 2.5}, "batch_size must be a whole number in [1, 10000], got 2.5"),
    ({"batch_size": 1001}, "batch_size must be a whole number in [1, 1000], got 1001"),
    ({"seed": -1}, "seed must be a whole number in [0, 4294967295], got -1"),
    ({"momentum": "Nestor"},
     "momentum must be one of none, Momentum, HeavyBall, Nesterov, Adam, got Nestor"),
    ({"l3": 1}, "l3 is no setting"),
    ({"hidden": [3, 0]}, "hidden must be whole numbers in [1, 1000], got 3,0"),
    ({"data": "own"}, "own must have at least one point"),
    ({"data": "own", "own": [[0, 1, 2]]}, "own must hold [x1, x2, label 0 or 1], got 0,1,2"),
    ({"data": "own", "own": [["a", 1, 1]]}, "own must hold [x1, x2, label 0 or 1], got a,1,1"),
    ({"n_fresh": 10}, "n_fresh must be a multiple of 4, got 10"),
    ({"shuffle": "yes"}, "shuffle must be true or false, got yes"),
    ({"flipped": 1.5}, "flipped must be a number in [0, 1], got 1.5"),
]  # fmt: skip


@pytest.mark.parametrize("problem", [*PROBLEMS, "spirals", "own points"])
def test_the_lines_of_python_make_the_same_run(problem: str, told: dict[str, Any]) -> None:
    """What the page hands out to be pasted runs, and ends at the same parameters."""
    names = [name for name in told["programs"] if name.startswith(problem)]
    assert len(names) == (len(ALONE) if problem in PROBLEMS else 1)
    for name in names:
        space: dict[str, Any] = {}
        exec(compile(told["programs"][name], name, "exec"), space)
        ended = told["after two epochs"][name]
        np.testing.assert_allclose(ended, space["parameters"].vector, rtol=0, atol=TOLERANCE)
        assert space["history"].epochs[-1] == 2


def test_rewinding_keeps_the_start(told: dict[str, Any]) -> None:
    """The second walk is the first one to the last bit: start, batches, masks and averages."""
    first, again, start = told["rewound"]
    assert first == again
    assert first[0] != first[1]
    assert (start["steps_done"], start["epochs_done"]) == (0, 0)


def test_the_map_shows_what_the_network_predicts(told: dict[str, Any]) -> None:
    """Of each point of the grid, rows from the top; all units take part, dropout or not."""
    X, values, vector = told["map"]
    x, y = np.meshgrid(np.linspace(-4, 4, 5), np.linspace(1.5, -1.5, 4))
    np.testing.assert_allclose(X, np.column_stack([x.ravel(), y.ravel()]).ravel(), atol=1e-15)
    parameters = Parameters([2, 3, 4, 1])
    parameters.vector = np.array(vector)
    network = Network([2, 3, 4, 1], "tanh")
    expected = network.predict(parameters, np.array(X).reshape(-1, 2))
    np.testing.assert_allclose(values, expected.ravel(), rtol=1e-12)


def test_the_histogram_counts_as_numpy_does(told: dict[str, Any]) -> None:
    """A bin has its lower end, the last one both; what lies outside is not counted."""
    counts, weights = told["histogram"]
    assert counts == np.histogram(weights, 8, (-2, 2))[0].tolist()


def test_the_starts_of_the_sources(told: dict[str, Any]) -> None:
    """The old generator's draws, for any shape and seed, to two units in the last place."""
    for (sizes, seed, scale), vector in zip(STARTS, told["starts"], strict=True):
        theirs = source_initial_parameters(sizes, seed, scale).vector
        np.testing.assert_array_max_ulp(np.array(vector), theirs, maxulp=2)


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_setting_that_is_none_is_named(number: int, told: dict[str, Any]) -> None:
    """With its range and what it got."""
    assert told["refused"][number] == f"RangeError: {REFUSED[number][1]}"


def test_a_run_that_diverges_stops(told: dict[str, Any]) -> None:
    """It says in which epoch and step, and goes no further."""
    where, before, after = told["diverged"]
    assert where["epoch"] >= 1
    assert where["step"] >= 1
    assert where["learning_rate"] == 1e6
    assert after == before == (where["epoch"] - 1) * 100 + where["step"]


def test_own_points_have_no_fresh_ones(told: dict[str, Any]) -> None:
    """A reader's points come from nowhere that more could be drawn from."""
    assert told["own"]["fresh"] is None
    assert 0 < told["own"]["train"]["cost"] < 10


def test_the_scripts_share_one_name(told: dict[str, Any]) -> None:
    """Nothing else of them is global."""
    assert told["globals"] == ["Playground"]


def test_the_playgrounds_files_are_small(record_property: Callable[[str, object], None]) -> None:
    """All that the page loads of its own, data included, is below 200 000 bytes."""
    files = [path for path in FOLDER.iterdir() if path.is_file()]
    total = sum(path.stat().st_size for path in files)
    record_property("counted", f"{len(files)} files of the playground: {total} of {BYTES} bytes")
    assert total < BYTES
