"""Results that take minutes to compute, kept in a file beside the code that makes them.

A stored run is a module of this package with a function `results()`, which returns named
arrays. In book/,

    python -m experiments.NAME    makes NAME.npz anew
    python -m experiments         makes every file anew that the present code did not make

and a chapter reads it by `load(NAME)`, which refuses a file that other code made. All
code counts: the module's functions and constants, what it imports, nnlib. The versions of
NumPy and scikit-learn do not, nor does the processor: they move the last digits, so a
chapter that shows a stored run makes a short part of it again and compares.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from experiments.made_from import imported_by, made_from_module

FOLDER = Path(__file__).parent


class StaleError(RuntimeError):
    """The present code did not make what is stored."""


def load(run: ModuleType) -> dict[str, np.ndarray]:
    """Return the arrays that the module `run` has stored, if the present code made them."""
    return read(Path(run.__file__ or ""))


def read(module: Path) -> dict[str, np.ndarray]:
    """Return the arrays stored beside a module's file, if the present code made them."""
    data = module.with_suffix(".npz")
    again = f"To make it anew: make experiments ONLY={data.stem}, or, in book/, python -m experiments.{data.stem}"
    if not data.exists():
        raise StaleError(f"{data.name} is missing. {again}")
    try:
        with data.open("rb") as file, np.load(file) as archive:
            arrays = dict(archive)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise StaleError(f"{data.name} cannot be read. {again}") from error
    if str(arrays.pop("made_from", "")) != made_from_module(module):
        raise StaleError(
            f"{data.name} was made by other code than the present. {again}"
        )
    return arrays


def store(module: Path, results: Callable[[], dict[str, Any]]) -> None:
    """Compute a module's results and store them beside its file."""
    code = made_from_module(module)  # as it is now, should it change while this runs
    np.savez_compressed(
        module.with_suffix(".npz"), made_from=np.array(code), **results()
    )


def all_runs(folder: Path = FOLDER) -> list[str]:
    """The names of the modules that have results.

    A module comes after those that it imports, which are fewer: what they have stored may
    be part of what its own results are made from.
    """
    runs = [
        path
        for path in folder.glob("*.py")
        if "\ndef results(" in path.read_text(encoding="utf-8")
    ]
    root = folder.parents[1]
    runs.sort(key=lambda path: (len(imported_by(path, root)), path.stem))
    return [path.stem for path in runs]
