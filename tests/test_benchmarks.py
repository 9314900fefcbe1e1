"""The benchmark still runs, and each contestant still does what nnlib does; how fast is for `make bench` to say."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peers, report, timing, works


@pytest.mark.long
def test_a_quick_round_runs_and_names_every_work() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--without", "torch", "jax"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Rows are missing, not installed or left out: PyTorch (torch), JAX (jax)." in done.stdout
    for work in ("A: ", "B: ", "C: "):
        assert f"\n{work}" in done.stdout
    assert "of 3 targets reached" in done.stdout  # scikit-learn's on A and B, the floor's on A


def test_ratios_are_taken_within_rounds_and_held_against_the_targets() -> None:
    seconds = {
        "nnlib": np.array([1.0, 2.0, 4.0]),
        "scikit-learn fit": np.array([3.0, 6.0, 16.0]),  # 3, 3, 4 times nnlib's
        "JAX": np.array([1.3, 3.0, 6.0]),  # 1.3, 1.5, 1.5
        "matmul floor": np.array([0.25, 0.5, 1.0]),  # nnlib is 4 times as slow
    }
    everyone = {name: timing.Contestant(lambda k: None) for name in seconds}
    summary = report.summarise(works.A, everyone, seconds, 1.0)
    rows = summary["contestants"]
    assert {name: row["ratio"]["median"] for name, row in rows.items()} == {
        "nnlib": 1, "scikit-learn fit": 3, "JAX": 1.5, "matmul floor": 4,
    }  # fmt: skip
    assert {name: row["reached"] for name, row in rows.items() if "target" in row} == {
        "scikit-learn fit": False, "JAX": True, "matmul floor": True,
    }  # fmt: skip
    assert report.verdict({"A": summary}).splitlines() == [
        "2 of 3 targets reached:",
        "    A, scikit-learn fit: 3.00, target ≥ 3.3",
    ]


def test_who_does_other_work_is_not_timed() -> None:
    net = works.B.network()
    loss = net.loss_and_grad(*works.B.data())
    peers.same_work(works.B, "nnlib itself", loss, net.grad)
    with pytest.raises(AssertionError, match="half of it, gradient of B"):
        peers.same_work(works.B, "half of it", loss, net.grad / 2)
    with pytest.raises(AssertionError, match="a sum, loss of B"):
        peers.same_work(works.B, "a sum", loss * works.B.rows, net.grad)
    with pytest.raises(AssertionError, match="not a number"):
        peers.same_work(works.B, "not a number", float("nan"), net.grad)
