"""Named arrays in an .npz file: written whole or not at all, read without pickle."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import numpy as np

Arrays = dict[str, np.ndarray]


def save(path: str | os.PathLike[str], arrays: Arrays) -> None:
    """Write arrays to an .npz file at this path, following links.

    A file that stood there is replaced, its mode kept, when the new one is whole.
    """
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{uuid.uuid4().hex}.partial")  # nobody else's
    try:
        with open(partial, "xb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        if target.exists():
            os.chmod(partial, target.stat().st_mode & 0o7777)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def load(path: str | os.PathLike[str], arrays: Arrays) -> None:
    """Fill arrays with what a file holds for their names; all of them or none.

    A missing file is a FileNotFoundError. A file that cannot be read, or whose names, shapes or
    types do not fit, is a ValueError.
    """
    try:
        # Opened here, for NumPy leaves a broken file open.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except Exception as error:  # of zipfile, zlib, struct, NumPy or the system
        raise ValueError(f"Network: cannot read {path} as .npz: {error}") from error
    if found.keys() != arrays.keys():
        missing = ", ".join(sorted(arrays.keys() - found.keys())) or "none"
        extra = ", ".join(sorted(found.keys() - arrays.keys())) or "none"
        raise ValueError(f"Network: {path} does not fit: missing {missing}; not expected {extra}")
    for name, array in arrays.items():
        got = found[name]
        if got.shape != array.shape or got.dtype.kind != "f":
            raise ValueError(
                f"Network: {path} does not fit: expected {name} as floats of shape "
                f"{array.shape}, got {got.dtype} of shape {got.shape}"
            )
    try:
        with np.errstate(over="raise", under="ignore"):
            found = {name: found[name].astype(arrays[name].dtype) for name in arrays}
    except FloatingPointError as error:
        raise ValueError(
            f"Network: {path} does not fit: numbers too large for {array.dtype}"
        ) from error
    for name, array in arrays.items():
        array[...] = found[name]
