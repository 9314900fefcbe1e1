"""The benchmark still runs, and each contestant still does what nnlib does; how fast is for `make bench` to say."""

import subprocess
import sys
from pathlib import Path


def test_a_quick_round_runs_and_names_every_work() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--no-torch"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    for work in ("A: ", "B: ", "C: "):
        assert f"\n{work}" in done.stdout
