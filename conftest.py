"""Settings for every test, the notebooks' cells included: one thread, one drawing back end, no widgets stored."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest

# Before NumPy is imported, here and in the kernels, which inherit them. The number of threads decides the order of
# a sum, and so its last digit.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# A slider's runs are not compared, so that chapters under test run few: `make test-positions` says "static".
os.environ.setdefault("NNLIB_EXPLORER", "ends")
os.environ |= {"JUPYTER_PLATFORM_DIRS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
os.environ.pop("MPLBACKEND", None)  # the kernels draw inline, whatever is set outside

with warnings.catch_warnings():
    # NumPy comes with it, and warns of the CPU features which `make test-cpu` leaves out and this machine lacks.
    warnings.simplefilter("ignore", ImportWarning)
    import matplotlib

matplotlib.use("agg")  # no window, on a machine that has a screen


def pytest_configure(config: pytest.Config) -> None:
    config.option.nbval_sanitize_with = str(config.rootpath / "tests" / "notebooks" / "sanitize.cfg")
    # Coverage is the unit tests' own. nbval, if it saw this option, would trace the notebooks' kernels too: they
    # would take twice as long, and a line that only a chapter runs would count as tested.
    config.option.cov_source = None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under xdist, say what a worker runs in one piece: a file (a notebook's kernel, a module's fixtures), but of the
    book's pages each alone. What takes long starts first, so that no worker ends with it: the notebooks, then the
    other files, then the pages.
    """
    if not hasattr(config, "workerinput"):
        return
    pages = config.rootpath / "tests" / "site"

    def place(item: pytest.Item) -> int:
        return 0 if item.path.suffix == ".ipynb" else 2 if item.path.is_relative_to(pages) else 1

    items.sort(key=place)  # keeps the order inside a file
    for item in items:
        if place(item) < 2:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(config.rootpath).as_posix()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where CI=true, a browser test that was skipped has failed: nobody would look."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and "browser" in getattr(item, "fixturenames", ()):
        report.outcome = "failed"
        report.longrepr = f"skipped, where CI=true: {report.longrepr}"
    return report
