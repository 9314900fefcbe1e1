"""nnlib's unit tests, run where the pages run nnlib: in Pyodide, with its NumPy and indices of 32 bits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted(path.name for path in (ROOT / "tests" / "nnlib").glob("test_*.py"))
# What the pages leave out, and the tests of it with them.
NEED_MORE = {
    "test_plotting.py": "matplotlib",
    "test_plot_reports.py": "matplotlib",
    "test_estimators.py": "scikit-learn",
}
# Single tests of the other files.
SKIPPED = {
    "could not import 'matplotlib'": 4,
    "could not import 'sklearn'": 2,
    "could not import 'tqdm'": 1,
    "modes are of POSIX": 1,
    "pipes with a name are of POSIX": 1,
    "Pyodide has no processes": 8,
    "Pyodide has no threads": 1,
}


@pytest.fixture(scope="module")
def ran(in_pyodide: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    parts = ("nnlib/*.py", "tests/nnlib/*.py", "tests/fixtures/*.npz", "pyproject.toml")
    files = [path for part in parts for path in sorted(ROOT.glob(part))]
    return in_pyodide(files, "tests/nnlib", *(f"--ignore=tests/nnlib/{name}" for name in NEED_MORE))


def test_it_ran_in_pyodide_with_indices_of_32_bits(ran: dict[str, Any]) -> None:
    assert ran["facts"] == {"platform": "emscripten", "index bits": 32, "code": 0}


@pytest.mark.parametrize("file", [name for name in TESTS if name not in NEED_MORE])
def test_all_of_a_file_pass(ran: dict[str, Any], file: str) -> None:
    results = {test: of for test, of in ran["results"].items() if test.startswith(f"tests/nnlib/{file}")}
    failed = [f"{test}\n{why}" for test, (outcome, why) in results.items() if outcome == "failed"]
    assert not failed, "\n\n".join(failed)
    assert sum(outcome == "passed" for outcome, _ in results.values()) >= 3


def test_what_is_left_out_is_known(ran: dict[str, Any]) -> None:
    skipped = Counter(why.partition(":")[0] for outcome, why in ran["results"].values() if outcome == "skipped")
    assert skipped == SKIPPED
    assert set(NEED_MORE) < set(TESTS)
    assert len(ran["results"]) > 1350
