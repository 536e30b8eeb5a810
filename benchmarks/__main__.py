"""Microseconds per training step: `python -m benchmarks [--quick] [--json FILE] [--chapters]`.

All contenders run interleaved in one process on one thread, and the clock is that process's own
time on the processor, so that what else the machine does counts little and meets all of them; the
numbers are medians over the rounds. Ratios travel to other machines better than microseconds do,
and neither is ever a test. With `--chapters` the chapters are timed instead.
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
import re
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

for _library in ("OPENBLAS", "OMP", "MKL", "BLIS", "VECLIB_MAXIMUM"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # is read when numpy is imported

import numpy as np  # noqa: E402
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]  # noqa: E402

from benchmarks.cases import SHAPES, Case, Contender, random_case  # noqa: E402
from benchmarks.contenders import STACK_NAME, contenders, smoke  # noqa: E402

# At most this share of the other's step, on each of the shapes in their order.
TARGETS = {
    "scikit-learn": (1 / 4, 1 / 3, 1 / 2, 1),
    "PyTorch": (1 / 8, 1 / 6, 1 / 5, 1),
    "PyTorch, sliced by hand": (1 / 8, 1 / 6, 1 / 5, 1),
}
STACK_TARGET = 1 / 8  # of a single run's step
Samples = dict[str, dict[str, list[float]]]  # microseconds, of shapes, then of contenders
Medians = dict[str, dict[str, float]]


def timed(run: Contender, case: Case, epochs: int) -> float:
    """Return microseconds per step, while nothing collects garbage."""
    gc.collect()
    gc.disable()
    try:
        seconds, _ = run(case, epochs, True)
    finally:
        gc.enable()
    return 1e6 * seconds / (epochs * case.n_batches)


def measure(rounds: int, seconds: float) -> Samples:
    """Return every measurement; each takes about `seconds`, and at least one epoch."""
    entries: list[tuple[Case, str, Contender, int]] = []
    samples: Samples = {}
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
    lines = [f"{'µs per step (ratio)':26}" + "".join(f"{shape:>20}" for shape in medians)]
    for name in names:
        cells = [
            f"{row[name]:11.1f} ({row[name] / row['course_lib']:5.2f})" if name in row else "-"
            for row in medians.values()
        ]
        lines.append(f"{name:26}" + "".join(f"{cell:>20}" for cell in cells))
    return lines


def verdicts(medians: Medians) -> list[str]:
    """Return a line for each target: met, missed or not measured."""
    lines = []
    for name, shares in TARGETS.items():
        for (shape, row), share in zip(medians.items(), shares, strict=True):
            what = f"{shape}, the step of {name}"
            if name in row:
                lines.append(_verdict(row["course_lib"] / row[name], share, what))
            else:
                lines.append(f"not measured: {what}, not installed")
    shape, row = next(iter(medians.items()))
    share_of_run = row[STACK_NAME] / row["course_lib"]
    return [*lines, _verdict(share_of_run, STACK_TARGET, f"{shape} in the stack, a single run's")]


def _verdict(share: float, target: float, what: str) -> str:
    met = share < target if target == 1 else share <= target
    return f"{'met' if met else 'MISSED':6} {what}: 1/{1 / share:.1f}, wanted 1/{1 / target:g}"


def versions() -> dict[str, str]:
    """Return what the numbers depend on, but the processor."""
    found = {"python": platform.python_version()}
    for module in ("numpy", "sklearn", "torch"):
        there = importlib.util.find_spec(module)
        found[module] = str(importlib.import_module(module).__version__) if there else "absent"
    libraries = threadpool_info()
    kernels = {lib["architecture"] for lib in libraries if lib["internal_api"] == "openblas"}
    found["kernels of OpenBLAS"] = " and ".join(sorted(kernels)) or "none"
    return found


def file_content(samples: Samples) -> str:
    """Return measurements, targets and versions as JSON, each list on a line of its own."""
    rounded = {
        shape: {name: [round(value, 2) for value in values] for name, values in row.items()}
        for shape, row in samples.items()
    }
    content = {
        "versions": versions(),
        "targets": TARGETS,
        "stack_target": STACK_TARGET,
        "microseconds": rounded,
    }
    text = json.dumps(content, indent=1)
    return re.sub(r"\[[^][]*\]", lambda found: " ".join(found[0].split()), text) + "\n"


def main() -> int:
    """Check that all contenders compute the same, time them, print, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time a step.")
    parser.add_argument("--quick", action="store_true", help="a few short rounds, for a look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there")
    parser.add_argument("--chapters", action="store_true", help="time the book's chapters instead")
    arguments = parser.parse_args()
    if arguments.chapters:
        from benchmarks.chapters import time_chapters

        return int(not time_chapters())
    if importlib.util.find_spec("torch"):
        torch: Any = importlib.import_module("torch")
        torch.set_num_threads(1)
    smoke()
    with mock.patch("time.perf_counter", time.process_time):
        samples = measure(*((3, 0.02) if arguments.quick else (15, 0.1)))
    medians = {
        shape: {name: float(np.median(values)) for name, values in row.items()}
        for shape, row in samples.items()
    }
    print(", ".join(f"{name} {version}" for name, version in versions().items()), end="\n\n")
    print("\n".join([*table(medians), "", *verdicts(medians)]))
    if arguments.json:
        arguments.json.write_text(file_content(samples), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
