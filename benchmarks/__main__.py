"""Microseconds per training step: `python -m benchmarks [--quick] [--json FILE]`.

All contenders run interleaved in one process on one thread, so that a busy machine is busy for all
of them; the numbers are medians over the rounds. Ratios travel to other machines better than
microseconds do, and neither is ever a test.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.util
import json
import math
import os
import platform
from pathlib import Path
from typing import Any

for _library in ("OPENBLAS", "OMP", "MKL", "BLIS", "VECLIB_MAXIMUM"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # is read when numpy is imported

import numpy as np  # noqa: E402

from benchmarks.cases import SHAPES, Case, Contender, random_case  # noqa: E402
from benchmarks.contenders import STACK_NAME, contenders, smoke  # noqa: E402

# At most this share of the other's step, on each of the shapes in their order.
TARGETS = {
    "scikit-learn": (1 / 4, 1 / 3, 1 / 2, 1),
    "PyTorch": (1 / 8, 1 / 6, 1 / 5, 1),
}
STACK_TARGET = 1 / 8  # of a single run's step
Medians = dict[str, dict[str, float]]  # of shapes, then of contenders


def timed(run: Contender, case: Case, epochs: int) -> float:
    """Return microseconds per step, while nothing collects garbage."""
    gc.collect()
    gc.disable()
    try:
        seconds, _ = run(case, epochs, True)
    finally:
        gc.enable()
    return 1e6 * seconds / (epochs * case.n_batches)


def measure(rounds: int, seconds: float) -> dict[str, dict[str, list[float]]]:
    """Return every measurement; each takes about `seconds`, and at least one epoch."""
    entries: list[tuple[Case, str, Contender, int]] = []
    samples: dict[str, dict[str, list[float]]] = {}
    for layer_sizes, batch_size in SHAPES.items():
        case = random_case(layer_sizes, batch_size)
        samples[case.name] = {name: [] for name in contenders(case)}
        for name, run in contenders(case).items():
            epoch = 1e-6 * timed(run, case, 1) * case.n_batches  # warms up, too
            epochs = max(1, math.ceil(seconds / epoch))
            entries.append((case, name, run, epochs))
    rng = np.random.default_rng(0)
    for _ in range(rounds):
        for index in rng.permutation(len(entries)):
            case, name, run, epochs = entries[index]
            samples[case.name][name].append(timed(run, case, epochs))
    return samples


def table(medians: Medians) -> list[str]:
    """Return lines: a row for each contender, microseconds and ratio for each shape."""
    names = dict.fromkeys(name for row in medians.values() for name in row)
    lines = [f"{'µs per step (ratio)':24}" + "".join(f"{shape:>20}" for shape in medians)]
    for name in names:
        cells = [
            f"{row[name]:11.1f} ({row[name] / row['course_lib']:5.2f})" if name in row else "-"
            for row in medians.values()
        ]
        lines.append(f"{name:24}" + "".join(f"{cell:>20}" for cell in cells))
    return lines


def verdicts(medians: Medians) -> list[str]:
    """Return a line for each target: met, missed or not measured."""
    lines = []
    for name, shares in TARGETS.items():
        for (shape, row), share in zip(medians.items(), shares, strict=True):
            if name not in row:
                lines.append(f"not measured: {shape}, {name} is not installed")
                continue
            lines.append(_verdict(row["course_lib"] / row[name], share, f"{shape}, {name}'s step"))
    shape, row = next(iter(medians.items()))
    share_of_run = row[STACK_NAME] / row["course_lib"]
    return [*lines, _verdict(share_of_run, STACK_TARGET, f"{shape} in the stack, a single run's")]


def _verdict(share: float, target: float, what: str) -> str:
    met = share < target if target == 1 else share <= target
    return f"{'met' if met else 'MISSED':6} {what}: 1/{1 / share:.1f}, wanted 1/{1 / target:g}"


def versions() -> dict[str, str]:
    """Return what the numbers depend on, but the processor's name."""
    found = {"machine": platform.machine(), "python": platform.python_version()}
    for module in ("numpy", "sklearn", "torch"):
        there = importlib.util.find_spec(module)
        found[module] = str(importlib.import_module(module).__version__) if there else "absent"
    return found


def main() -> None:
    """Check that all contenders compute the same, time them, print, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time a step.")
    parser.add_argument("--quick", action="store_true", help="a few short rounds, for a look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there")
    arguments = parser.parse_args()
    if importlib.util.find_spec("torch"):
        torch: Any = importlib.import_module("torch")
        torch.set_num_threads(1)
    smoke()
    samples = measure(*((3, 0.02) if arguments.quick else (15, 0.1)))
    medians = {
        shape: {name: float(np.median(values)) for name, values in row.items()}
        for shape, row in samples.items()
    }
    print(", ".join(f"{name} {version}" for name, version in versions().items()), end="\n\n")
    print("\n".join([*table(medians), "", *verdicts(medians)]))
    if arguments.json:
        content = {"versions": versions(), "medians": medians, "samples": samples}
        arguments.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
