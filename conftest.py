"""Settings for every test, the notebooks' cells included: one thread, one drawing back end, no widgets stored."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

# A cell's picture is not compared: it is drawn once, and coarsely, without the first drawing that finds its bounds.
DRAWN_ONCE = 'c.InlineBackend.print_figure_kwargs = {"bbox_inches": None, "dpi": 72}\n'
# What an explorer's program takes along, which a long run may have made: its last digits follow the processor.
LIVE = "application/vnd.nnlib.live+json"
WIDGETS, PAGES = "tests/widgets/", "tests/site/"
# Of these no test waits for what another one has opened; the others keep it for all tests of their file.
FREE = ("test_book.py", "test_offline.py", "test_finding.py", "test_access.py")
LONGEST = (
    "test_lite.py",
    "test_readers_lab.py",
    "test_exercises.py",
    "test_book_clinic.py",
    "test_guesses.py",
    "test_firefox.py",
    "test_offline.py",
    "test_nnlib_in_pyodide.py",
    "test_graders.py",
    "test_patients.py",
    "test_notebooks.py",
    "test_sweep.py",
)


def pytest_configure(config: pytest.Config) -> None:
    config.option.nbval_sanitize_with = str(config.rootpath / "tests" / "notebooks" / "sanitize.cfg")
    # Coverage is the unit tests' own. nbval, if it saw this option, would trace the notebooks' kernels too: they
    # would take twice as long, and a line that only a chapter runs would count as tested.
    config.option.cov_source = None
    config.option.loadscopereorder = False  # xdist keeps the order below
    if config.getoption("nbval", False):
        import nbval.kernel

        from tools.kernels import SocketKernelManager

        nbval.kernel.KernelManager = SocketKernelManager  # it has no setting for that
    if config.getoption("nbval", False) and "IPYTHONDIR" not in os.environ:  # the workers have it from their parent
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        profile = Path(folder.name) / "profile_default"
        profile.mkdir()
        (profile / "ipython_kernel_config.py").write_text(DRAWN_ONCE, encoding="utf-8")
        os.environ["IPYTHONDIR"] = folder.name
        config.add_cleanup(folder.cleanup)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """nbval leaves out what depends on the processor, as for pictures.

    Under xdist, what takes long starts first, so that no worker ends with it: notebooks, widgets, others, pages.
    """
    for notebook in {item.parent for item in items if hasattr(getattr(item, "parent", None), "skip_compare")}:
        notebook.skip_compare += (LIVE,)

    def place(item: pytest.Item) -> int:
        if item.path.suffix == ".ipynb" or item.path.name in LONGEST:
            return 0
        return 1 if item.nodeid.startswith(WIDGETS) else 3 if item.nodeid.startswith(PAGES) else 2

    if hasattr(config, "workerinput"):
        items.sort(key=place)  # keeps the order inside a file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What a worker runs in one piece: a file (a notebook's kernel, a module's fixtures), but a page's tests alone.

    A scheduler of our own, because xdist 3.8 writes its groups where pytest 9.2 no longer reads them.
    """
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return nodeid if file.startswith(PAGES) and file.endswith(FREE) else file

    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where CI=true, a browser test that was skipped has failed: nobody would look."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and "browser" in getattr(item, "fixturenames", ()):
        report.outcome = "failed"
        report.longrepr = f"skipped, where CI=true: {report.longrepr}"
    return report
