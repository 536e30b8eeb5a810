"""Seeds and searches on a Dask cluster: the same numbers as here, and no failure is lost.

The cluster is a real one, of two worker processes on this machine.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import psutil
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_info

from course_lib.estimator import NetworkClassifier
from course_lib.evidence import SeedResults, on_all_cores, run_over_seeds
from course_lib.network import Network
from course_lib.parameters import initial_parameters
from course_lib.training import TrainingInterrupted, train

pytest.importorskip("distributed", reason="Dask is an extra: python -m pip install '.[dask]'")
import dask
from distributed import Client, LocalCluster
from distributed.scheduler import KilledWorker

N_WORKERS = 2
HERE = os.getpid()
# The workers start with two threads for linear algebra, so that it shows who keeps to one.
TWO_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "2")
# A seed that costs two workers their life is given up. The timeout is patience with a busy machine.
SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": 1,
    "distributed.comm.timeouts.connect": "120s",
}


def processes() -> set[psutil.Process]:
    """Return the processes that this one has started, without Python's own helper."""
    children = psutil.Process().children(recursive=True)
    return {p for p in children if "resource_tracker" not in " ".join(p.cmdline())}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Start a cluster, and see that nothing of it is left."""
    before = processes()
    with dask.config.set(SETTINGS), pytest.MonkeyPatch.context() as patch:
        for name, value in TWO_THREADS.items():
            patch.setenv(name, value)
        cluster = LocalCluster(
            n_workers=N_WORKERS,
            threads_per_worker=1,
            dashboard_address=":0",  # any free port
            silence_logs=logging.CRITICAL,  # these tests lose workers on purpose
        )
        patch.undo()
        with cluster, Client(cluster, timeout="120s") as connected:
            workers = processes() - before
            assert len(workers) >= N_WORKERS
            yield connected
            workers |= {psutil.Process(pid) for pid in connected.run(os.getpid).values()}
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive


def on_dask(
    client: Client, function: Callable[[int], Any], seeds: Any, **options: Any
) -> SeedResults[Any]:
    """Run on the cluster, as soon as all of its workers are there."""
    client.wait_for_workers(N_WORKERS, timeout=120)
    with joblib.parallel_config("dask"):
        return run_over_seeds(function, seeds, **options)


def test_results_are_the_same_to_the_last_bit_wherever_they_ran(client: Client) -> None:
    """Training in this process, in processes of this machine and on the cluster."""
    X = np.random.default_rng(1).normal(size=(200, 30))
    y = (X[:, 0] > X[:, 1]).astype(int)

    def trained(seed: int) -> tuple[np.ndarray, int]:
        rng, sizes = np.random.default_rng(seed), [30, 100, 1]
        parameters = initial_parameters(sizes, rng, "he")
        train(
            Network(sizes), parameters, X, y,
            epochs=3, batch_size=50, learning_rate=0.1, rng=rng,
        )  # fmt: skip
        return parameters.vector, os.getpid()

    seeds = [5, 3, 8, 1, 2]
    here, loky = (run_over_seeds(trained, seeds, n_jobs=n_jobs) for n_jobs in (1, 2))
    cluster = on_dask(client, trained, seeds)
    assert here.seeds == loky.seeds == cluster.seeds == tuple(seeds)
    for finished in (loky, cluster):
        for (expected, _), (found, _) in zip(here.results, finished.results, strict=True):
            assert np.array_equal(expected, found)
    assert {pid for _, pid in cluster.results} <= set(client.run(os.getpid).values())


def threads(_: int = 0) -> list[int]:
    """Return the number of threads of each library that has its own."""
    return [library["num_threads"] for library in threadpool_info()]


def test_linear_algebra_has_one_thread_in_each_worker(client: Client) -> None:
    """Whatever the workers were started with."""
    if (os.cpu_count() or 1) > 1:
        assert all(max(counts) == 2 for counts in client.run(threads).values())
    results = on_dask(client, threads, range(4)).results
    assert all(len(counts) > 0 and set(counts) == {1} for counts in results)


def test_one_job_stays_in_this_process(client: Client) -> None:
    """`n_jobs=1` says where, also to those who have a cluster."""
    assert on_dask(client, lambda _: os.getpid(), range(2), n_jobs=1).results == [HERE, HERE]
    for n_jobs in (None, -1, 2):
        assert HERE not in on_dask(client, lambda _: os.getpid(), range(2), n_jobs=n_jobs).results


def test_progress_bar_counts_seeds(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    """The bar is the same as without a cluster."""
    on_dask(client, abs, range(3), progress=True)
    assert "3/3" in capsys.readouterr().err


def test_an_error_names_what_happened_and_where(client: Client) -> None:
    """A seed that fails is no reason to go on without it; the function's line is shown."""

    def failing(seed: int) -> float:
        return 1 / (seed - 2)

    with pytest.raises(ZeroDivisionError) as caught:
        on_dask(client, failing, range(4))
    assert "return 1 / (seed - 2)" in str(caught.value.__cause__)


def test_what_cannot_travel_is_an_error(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function, a result, a module that only this machine has: each says so, and costs nothing.

    By itself joblib would wait for ever, and for lack of a module lose all workers.
    """
    lock = threading.Lock()
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
        on_dask(client, lambda _: lock.locked(), range(2))
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
        on_dask(client, lambda _: threading.Lock(), range(2))

    (tmp_path / "only_here.py").write_text("def double(seed):\n    return 2 * seed\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here  # type: ignore[import-not-found]

    with pytest.raises(ModuleNotFoundError, match="No module named 'only_here'"):
        on_dask(client, only_here.double, range(2))
    client.upload_file(str(tmp_path / "only_here.py"))
    assert on_dask(client, only_here.double, range(3)).results == [0, 2, 4]
    del sys.modules["only_here"]
    assert len(client.ncores()) == N_WORKERS
    assert on_dask(client, abs, range(5)).results == [0, 1, 2, 3, 4]


def test_jobs_run_on_the_cluster(client: Client) -> None:
    """A dict of functions goes there function by function, and one that can't travel says so."""
    client.wait_for_workers(N_WORKERS, timeout=120)
    with joblib.parallel_config("dask"):
        found = on_all_cores({name: partial(pow, 2, len(name)) for name in ("a", "bcd", "ef")})
        assert found == {"a": 2, "bcd": 8, "ef": 4}
        with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
            on_all_cores({"fine": bool, "not": threading.Lock().locked})
        pids = on_all_cores(dict.fromkeys("abcd", os.getpid))
    assert set(pids.values()) <= set(client.run(os.getpid).values())


def test_interrupt_keeps_what_is_finished(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while two of six seeds are done; the cluster is fit for the next run."""

    def waiting(seed: int) -> int:
        (tmp_path / f"begun-{seed}").touch()
        while seed >= 12 and not (tmp_path / "go on").exists():
            time.sleep(0.05)
        return seed * seed

    def press() -> None:
        # Both workers wait; in which two of the seeds is up to Dask.
        while sum((tmp_path / f"begun-{seed}").exists() for seed in range(12, 16)) < N_WORKERS:
            time.sleep(0.05)
        time.sleep(0.5)  # for the results of 10 and 11 to arrive
        os.kill(HERE, signal.SIGINT)

    fingers = threading.Thread(target=press)
    fingers.start()
    finished = on_dask(client, waiting, range(10, 16))
    fingers.join()
    (tmp_path / "go on").touch()
    assert (finished.seeds, finished.results) == ((10, 11), [100, 121])
    assert finished.interrupted
    assert capsys.readouterr().out == ""
    assert on_dask(client, abs, range(5)).results == [0, 1, 2, 3, 4]


def test_a_run_that_was_interrupted_on_a_worker_is_not_kept(client: Client) -> None:
    """It comes back as an interrupt, with its history, and the worker lives on."""
    workers = set(client.run(os.getpid).values())

    class Impatient:
        def start(self, _: object) -> Iterator[int]:
            return iter(range(4))

        def edit(self, _: object, __: object, state: Iterator[int]) -> None:
            if next(state, None) is None:
                raise KeyboardInterrupt

    def trained(seed: int) -> int:
        X = np.random.default_rng(seed).normal(size=(20, 2))
        history = train(
            Network([2, 1]), initial_parameters([2, 1], np.random.default_rng(seed), "he"),
            X, X[:, 0] > 0, epochs=4, batch_size=10, learning_rate=0.1, rng=None,
            rules=[Impatient()] if seed == 1 else [],
        )  # fmt: skip
        return int(history.epochs[-1])

    finished = on_dask(client, trained, range(4))
    assert finished.interrupted
    # Seed 0 trains beside seed 1: its result may be on its way when the interrupt arrives.
    assert (finished.seeds, finished.results) in [((), []), ((0,), [4])]
    with joblib.parallel_config("dask"), pytest.raises(TrainingInterrupted) as caught:
        joblib.Parallel()([joblib.delayed(trained)(1)])
    assert caught.value.history.epochs.tolist() == [0, 1, 2]
    assert caught.value.history.interrupted_in == 3
    assert set(client.run(os.getpid).values()) == workers


def test_grid_search_on_the_cluster(client: Client) -> None:
    """scikit-learn's search over the course's estimator finds the same scores there."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:300] / 16, y[:300]
    grid = {"learning_rate": [0.1, 0.5], "l2": [0.0, 0.01]}
    search = GridSearchCV(NetworkClassifier((10,), epochs=3, random_state=0), grid, cv=2)
    here = search.fit(X, y).cv_results_["mean_test_score"]
    client.wait_for_workers(N_WORKERS, timeout=120)
    with joblib.parallel_config("dask"):
        there = search.fit(X, y).cv_results_["mean_test_score"]
    assert np.array_equal(here, there)


def die(tests: int, where: Path, seed: int, *, again: bool) -> int:
    """End the process as an operating system out of memory would, once or again and again."""
    if seed == 2 and os.getpid() != tests and (again or not where.exists()):
        where.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return seed


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_seeds_of_a_lost_worker_run_again(client: Client, tmp_path: Path) -> None:
    """A machine that goes away costs time and no result."""
    finished = on_dask(client, partial(die, HERE, tmp_path / "died", again=False), range(6))
    assert finished.results == [0, 1, 2, 3, 4, 5]
    assert (tmp_path / "died").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_seed_that_kills_its_workers_is_an_error(client: Client, tmp_path: Path) -> None:
    """By itself joblib would wait for ever for what Dask has given up."""
    with pytest.raises(KilledWorker, match="on 2 different workers, but all those workers died"):
        on_dask(client, partial(die, HERE, tmp_path / "died", again=True), range(6))
