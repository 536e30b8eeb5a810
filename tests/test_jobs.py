"""Runs that differ in something else than the seed, over the cores of the machine."""

import os
import re
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from course_lib.evidence import on_all_cores


def test_results_keep_their_names_and_their_order() -> None:
    """Each function is called once, whatever its name and wherever it ran."""
    jobs = {name: partial(pow, 2, exponent) for name, exponent in (("c", 3), (("a", 1), 5), (7, 0))}
    expected = {"c": 8, ("a", 1): 32, 7: 1}
    for n_jobs in (1, 2, None):
        results = on_all_cores(jobs, n_jobs=n_jobs)
        assert results == expected
        assert list(results) == list(expected)


def test_jobs_run_in_other_processes() -> None:
    """With two jobs at a time nothing runs here; with one, everything does."""
    jobs = dict.fromkeys(range(4), os.getpid)
    assert os.getpid() not in on_all_cores(jobs, n_jobs=2).values()
    assert set(on_all_cores(jobs, n_jobs=1).values()) == {os.getpid()}


class Counted:
    """A function that leaves a file wherever it is read."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__ = state
        (self.folder / f"{self.name}-{time.time_ns()}").touch()

    def __call__(self) -> str:
        """Return the name."""
        return self.name


def test_each_function_travels_alone(tmp_path: Path) -> None:
    """With the data of all others it would take their memory, too."""
    names = ("first", "second", "third")
    assert list(on_all_cores({name: Counted(tmp_path, name) for name in names}, n_jobs=2)) == [
        *names
    ]
    assert sorted(path.name.split("-")[0] for path in tmp_path.iterdir()) == [*names]


def test_progress_bar_counts_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar is asked for."""
    jobs = {i: partial(abs, i) for i in range(3)}
    on_all_cores(jobs, n_jobs=1)
    assert capsys.readouterr().err == ""
    on_all_cores(jobs, n_jobs=1, progress=True)
    bar = capsys.readouterr().err
    assert "jobs: 100%" in bar
    assert "3/3" in bar


def test_interrupt_keeps_what_is_finished(capfd: pytest.CaptureFixture[str]) -> None:
    """The names of what did not finish are missing."""

    def interrupted() -> int:
        raise KeyboardInterrupt

    results = on_all_cores(
        {"first": partial(abs, -1), "second": interrupted, "third": partial(abs, 3)}, n_jobs=1
    )
    assert results == {"first": 1}
    assert capfd.readouterr() == ("", "")


def test_an_error_comes_back() -> None:
    """A job that fails is no reason to go on without it."""
    with pytest.raises(ZeroDivisionError):
        on_all_cores({"fine": partial(abs, 1), "not": partial(divmod, 1, 0)}, n_jobs=1)


@pytest.mark.parametrize("n_jobs", [0, -2, True, 2.0, "2"])
def test_refuses_a_number_of_jobs(n_jobs: object) -> None:
    """The error says which number below 1 there is."""
    message = f"n_jobs must be a whole number of at least 1, got {n_jobs!r}; -1 takes one per core"
    with pytest.raises(ValueError, match=re.escape(message)):
        on_all_cores({"a": partial(abs, 1)}, n_jobs=n_jobs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        ({}, "jobs must be a dict of functions, at least one, got {}"),
        ([abs], "jobs must be a dict of functions, at least one, got [<built-in function abs>]"),
        ({"a": np.mean, "b": 3}, "jobs['b'] must be a function without arguments, got 3"),
    ],
)
def test_refuses(jobs: dict[str, object], message: str) -> None:
    """The error names the parameter, its value and what it has to be."""
    with pytest.raises(ValueError, match=re.escape(message)):
        on_all_cores(jobs)  # type: ignore[arg-type, type-var]
