"""The numbers that the playground is given: `python -m tools.playground.data` writes them.

Two kinds of numbers are not computed in the browser. The layers of numpy's ziggurat are read from
the library that numpy installs for extensions in C. The sources' points come from numpy's old
generator; the figures that they are scaled with are stored beside them.
"""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from course_lib.datasets import hard_points, small_points
from course_lib.datasets.toy import SCALES
from tools.freshness import ROOT

DATA = ROOT / "book" / "_static" / "playground" / "data.js"
N_LAYERS = 256
# How each table begins, and so where it lies in the library.
BEGINNINGS = {
    "widths": struct.pack("<2d", 8.68362706080130616677e-16, 4.77933017572773682428e-17),
    "inside": struct.pack("<2Q", 0xEF33D8025EF6A, 0),
    "heights": struct.pack("<2d", 1.0, 9.77101701267671596263e-01),
}


def ziggurat() -> dict[str, NDArray[np.float64]]:
    """Return the ziggurat's tables, one entry for each of its 256 layers.

    A layer's place is a whole number below 2^52; ``widths`` are what it is multiplied with, below
    ``inside`` it lies under the curve for sure, and ``heights`` are the curve's at the layer's end.
    """
    library = (Path(np.random.__file__).parent / "lib" / "libnpyrandom.a").read_bytes()
    tables = {}
    for name, beginning in BEGINNINGS.items():
        if library.count(beginning) != 1:
            raise ValueError(f"numpy {np.__version__} must have one table {name} of its ziggurat")
        start = library.index(beginning)
        kind = "<u8" if name == "inside" else "<f8"  # whole numbers below 2^52: floats hold them
        table = np.frombuffer(library, kind, N_LAYERS, start)
        tables[name] = table.astype(np.float64)
    return tables


def text_of(numbers: NDArray[np.float64]) -> str:
    """Return numbers as the scripts read them.

    >>> text_of(np.array([1.0]))
    'AAAAAAAA8D8='
    """
    return base64.b64encode(np.ascontiguousarray(numbers, "<f8").tobytes()).decode("ascii")


def data() -> dict[str, object]:
    """Return all that is stored, by name."""
    by_scale = {scale: hard_points(scale) for scale in SCALES}
    hard, small = by_scale["nothing"], small_points()
    return {
        "ziggurat": {name: text_of(table) for name, table in ziggurat().items()},
        "hard_points": {
            "X": text_of(hard.X),  # centred; each scale divides it by its own figures
            "y": "".join(map(str, hard.y)),
            "centre": hard.centre.tolist(),
            "spread": {scale: points.spread.tolist() for scale, points in by_scale.items()},
        },
        "small_points": {
            "X": text_of(small.X),
            "y": "".join(map(str, small.y)),
            "centre": small.centre.tolist(),
            "spread": small.spread.tolist(),
        },
    }


def script() -> str:
    """Return the whole file."""
    stored = json.dumps(data(), indent=2)
    return (
        '"use strict";\n\n'
        "// Written by `python -m tools.playground.data`, which says what it is.\n"
        "var Playground = Playground || {};\n"
        f"Playground.data = {stored};\n"
    )


if __name__ == "__main__":
    DATA.write_text(script(), encoding="utf-8")
