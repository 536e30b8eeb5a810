"""The data that the book trains on.

- `hard_points`, `small_points`: the toy problems of chapters 1-5 and 7, drawn exactly as in the
  published experiments, with fresh points for testing (`ToyPoints.fresh`).
- `spirals`: two spirals, drawn for trying things out; `flip_labels` makes a share of labels wrong.
- `weight_decay_regression`: chapter 6's regression with more weights than rows.
- `digits`: scikit-learn's 1797 digits in training, validation and test parts.
- `mnist`: the 70 000 digits of the chapters "at scale"; the only data that may need a network.

Whatever is random is drawn from a `numpy.random.Generator` that you pass in.

Examples
--------
>>> import numpy as np
>>> from course_lib.datasets import hard_points
>>> points = hard_points()
>>> X_test, y_test = points.fresh(10_000, np.random.default_rng(1))
>>> points.X.shape, X_test.shape
((1000, 2), (10000, 2))
"""

from course_lib.datasets.digits import Split, digits
from course_lib.datasets.mnist import Mnist, MnistError, mnist
from course_lib.datasets.regression import Regression, weight_decay_regression
from course_lib.datasets.spirals import flip_labels, spirals
from course_lib.datasets.toy import ToyPoints, hard_points, small_points

__all__ = [
    "Mnist",
    "MnistError",
    "Regression",
    "Split",
    "ToyPoints",
    "digits",
    "flip_labels",
    "hard_points",
    "mnist",
    "small_points",
    "spirals",
    "weight_decay_regression",
]
