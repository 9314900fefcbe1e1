"""Sweeps: a grid in its order, on the backend that the caller names; two local workers of a Dask cluster, one lost."""

from __future__ import annotations

import logging
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from experiments.datasets import few_moons
from experiments.optimizer_sensitivity import loss_at
from experiments.sweep import sweep
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV

import nnlib

if TYPE_CHECKING:
    from distributed import Client

GRID = {"optimizer": ["SGD", "Adam"], "rate": [0.01, 0.1], "seed": range(4)}


@pytest.fixture(scope="module")
def alone() -> np.ndarray:
    return sweep(loss_at, **GRID)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    from distributed import Client, LocalCluster  # it takes long, and three processes read this file

    # Any free port for its own pages: None means 8787, which somebody's cluster on this machine may have.
    quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    folder = str(tmp_path_factory.mktemp("workers"))
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, local_directory=folder, **quiet)
    with cluster, Client(cluster) as client:
        yield client


def pair(letter: str, number: int) -> list[int]:
    return [ord(letter), number]


def test_the_axes_are_the_keywords_in_their_order_and_then_a_results() -> None:
    found = sweep(pair, letter="ab", number=iter([3, 4, 5]))
    assert found.tolist() == [[[97, 3], [97, 4], [97, 5]], [[98, 3], [98, 4], [98, 5]]]
    assert sweep(pair, number=[1], letter="a").shape == (1, 1, 2)
    assert sweep(pair, letter="ab", number=[]).shape == (2, 0)


def test_a_training_is_that_of_its_arguments(alone: np.ndarray) -> None:
    assert alone.shape == (2, 2, 4) and np.isfinite(alone).all()
    assert alone[1, 0, 2] == loss_at("Adam", 0.01, 2)


def test_progress_is_shown_if_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    sweep(pair, letter="ab", number=[1, 2])
    assert capsys.readouterr() == ("", "")
    sweep(pair, letter="ab", number=[1, 2], progress=True)
    out, shown = capsys.readouterr()
    assert out == "" and re.search(r"100%.*\b4/4\b.*run", shown)


def test_an_error_of_a_run_is_raised() -> None:
    with pytest.raises(TypeError, match="ord"):
        sweep(pair, letter=["a", 1], number=[1])


def slow_process(n: int) -> int:
    time.sleep(0.1)
    return os.getpid()


def test_the_workers_of_a_cluster_share_the_runs_and_find_the_same_to_the_bit(
    client: Client, alone: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    with parallel_config("dask"):
        assert set(sweep(slow_process, n=range(8)).tolist()) == set(client.run(os.getpid).values()) - {os.getpid()}
        together = sweep(loss_at, **GRID, progress=True)
    assert np.array_equal(together, alone)
    assert "16/16" in capsys.readouterr().err
    with parallel_config("dask"), pytest.raises(TypeError, match="ord"):
        sweep(pair, letter=["a", 1], number=[1])


def loss_or_death(optimizer: str, rate: float, seed: int, grave: Path) -> float:
    """`loss_at`; but the first process to come to seed 2 is killed, its number left behind."""
    if seed == 2:
        try:
            with grave.open("x") as stone:
                stone.write(str(os.getpid()))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return loss_at(optimizer, rate, seed)


def test_a_worker_that_is_lost_is_made_up_for(client: Client, alone: np.ndarray, tmp_path: Path) -> None:
    workers = set(client.run(os.getpid).values())
    with parallel_config("dask"):
        together = sweep(loss_or_death, **GRID, grave=[tmp_path / "grave"])
    assert int((tmp_path / "grave").read_text()) in workers
    assert np.array_equal(together[..., 0], alone)
    client.wait_for_workers(2, timeout=60)
    assert len(workers & set(client.run(os.getpid).values())) == 1


def test_a_search_of_scikit_learn_runs_there_too(client: Client) -> None:
    model = nnlib.NetworkClassifier(hidden=(8,), epochs=3, random_state=0)
    search = GridSearchCV(model, {"lr": [0.01, 0.1], "optimizer": [nnlib.Adam, nnlib.SGD]}, cv=2)
    scores = search.fit(*few_moons(0)).cv_results_["mean_test_score"]
    with parallel_config("dask"):
        assert np.array_equal(search.fit(*few_moons(0)).cv_results_["mean_test_score"], scores)
