"""The benchmarks time the same computation, or they would say nothing."""

from typing import Any

import pytest

from benchmarks import contenders
from benchmarks.by_hand import example_by_example


def test_all_contenders_end_with_the_same_weights() -> None:
    """Three steps from the same start on the same batches lead everybody to the same place."""
    contenders.smoke()


def test_a_contender_that_computes_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody whose weights end a hundredth away is named."""

    def off(case: Any, epochs: int, shuffle: bool) -> tuple[float, Any]:
        seconds, weights = example_by_example(case, epochs, shuffle)
        return seconds, weights * 1.01

    monkeypatch.setitem(contenders.CONTENDERS, "off", off)
    with pytest.raises(ValueError, match=r"off ends .* away from course_lib"):
        contenders.smoke()
