"""Settings for every test, the notebooks' cells included: one thread, one drawing back end, no widgets stored."""

from __future__ import annotations

import os
import warnings

import pytest

# Before NumPy is imported, here and in the kernels, which inherit them. The number of threads decides the order of
# a sum, and so its last digit.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
os.environ |= {"NNLIB_EXPLORER": "static", "JUPYTER_PLATFORM_DIRS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
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
