"""The playground computes what `course_lib` computes: every trick, and every pair of tricks.

For each run the browser hands over what a reader would see, and the package, which is called here
by hand and not by the playground's own words, has to say the same after 200 steps to 1e-9. Sums are
added in another order there; where a run is chaotic that difference would grow to any size, so
the learning rates are such that it does not: 0.05 and less for all that steps far.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib import schedules
from course_lib.datasets import flip_labels, hard_points, small_points, spirals
from course_lib.dropout import DropoutNetwork
from course_lib.momentum import HeavyBall, Momentum, Nesterov
from course_lib.network import Network
from course_lib.parameters import Parameters, initial_parameters
from course_lib.penalties import L1, L2, ProximalL1
from course_lib.sources.numpy_network import source_initial_parameters
from course_lib.training import train
from course_lib.weight_decay import Adam, WeightDecay
from tests.playground_in_browser import in_browser, received
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
        "the whole set": {"batch_size": "all", "learning_rate": 0.5},
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
        "exponential": {"schedule": "exponential_decay", "decay": 0.1},
        "step": {"schedule": "step_decay", "factor": 0.4, "every_epochs": "few"},
        "1/t": {"schedule": "inverse_time_decay", "half_time": 1.5},
        "cosine": {"schedule": "cosine_decay", "epochs": 4},
    },
    "every": {"from step to step": {"every": "step"}},
    "warm-up": {"warm-up": {"warm_up": 1.3}},
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
    if settings.get("every_epochs") == "few":
        settings["every_epochs"] = 1 if problem == "hard points" else 3
    # What some knobs only show beside others.
    if "every" in settings and "schedule" not in settings:
        settings |= {"schedule": "exponential_decay", "decay": 0.1}
    if settings.get("one_mask_per") == "batch" and not settings.get("input_dropout"):
        settings.setdefault("dropout", 0.25)
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
        after = schedules.exponential_decay(rate, settings.get("decay", 0.015), **counter)
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
    worst, wrong = 0.0, {}
    for name in GROUPS[group]:
        far = differences(name, seen[name])
        worst = max(worst, *far.values())
        if not all(difference <= TOLERANCE for difference in far.values()):  # nan is wrong, too
            wrong[name] = far
    assert not wrong
    tried = len(GROUPS[group])
    pairs = f", {len(TRICKS)} tricks and {len(PAIRS)} pairs" if group in PROBLEMS else ""
    record_property(
        "counted",
        f"{tried} runs ({group}{pairs}) agree with course_lib after {STEPS} steps or more; "
        f"the largest difference is {worst:.1e}",
    )


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_trick_changes_the_run(problem: str, seen: dict[str, Any]) -> None:
    """A knob that both sides forget would agree, too."""
    plain = received(seen[problem]["vector"])
    for trick in TRICKS:
        changed = received(seen[f"{problem} + {trick}"]["vector"])
        assert changed.shape == plain.shape
        assert np.abs(changed - plain).max() > 1e-4, trick
