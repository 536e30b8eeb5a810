"""The five tutorials' own steps, quirks included, written anew (all chapters).

Everything else in the package does what a textbook says. What the tutorials *do* lives here alone,
so that their figures can be computed and compared. One module for each program:

- `numpy_network`: sources 002 and 004, imported here, since most chapters need it;
- `mnist`: source 000;
- `nielsen`: source 003.
"""

from course_lib.sources.numpy_network import (
    SourceHistory,
    source_cost,
    source_initial_parameters,
    source_masks,
    source_step,
    train_as_source,
)

__all__ = [
    "SourceHistory",
    "source_cost",
    "source_initial_parameters",
    "source_masks",
    "source_step",
    "train_as_source",
]
