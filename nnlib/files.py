"""Named arrays in an .npz file: written whole or not at all, read without pickle."""

import os
import uuid
from pathlib import Path

import numpy as np

Arrays = dict[str, np.ndarray]
PathLike = str | os.PathLike[str]


def save(path: PathLike, arrays: Arrays) -> None:
    """Write arrays to an .npz file; one that stood there is replaced, its mode kept, when the new one is whole."""
    target = Path(os.path.realpath(path))
    if target.exists() and not (target.is_file() or target.is_dir()):  # a device, say, which a file would replace
        raise ValueError(f"Network: cannot save to {path}, which is no regular file")
    partial = target.with_name(f".{uuid.uuid4().hex}.partial")  # nobody else's
    try:
        with open(partial, "xb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        if target.exists():
            os.chmod(partial, target.stat().st_mode & 0o7777)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def load(path: PathLike, arrays: Arrays) -> None:
    """Fill arrays with what a file holds for their names; all of them or none."""
    try:
        # Opened here, for NumPy leaves a broken file open.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except Exception as error:  # of zipfile, zlib, struct, NumPy or the system
        raise ValueError(f"Network: cannot read {path} as .npz: {error}") from error
    wrong = f"Network: {path} does not fit:"
    if found.keys() != arrays.keys():
        less, more = arrays.keys() - found.keys(), found.keys() - arrays.keys()
        missing, extra = (", ".join(sorted(names)) or "none" for names in (less, more))
        raise ValueError(f"{wrong} missing {missing}; not expected {extra}")
    for name, array in arrays.items():
        new = found[name]
        if new.shape != array.shape or new.dtype.kind != "f":
            got = f"{new.dtype} of shape {new.shape}"
            raise ValueError(f"{wrong} expected {name} as floats of shape {array.shape}, got {got}")
        with np.errstate(over="ignore"):
            found[name] = new.astype(array.dtype)
        if np.isinf(found[name]).any() and not np.isinf(new).any():
            raise ValueError(f"{wrong} numbers too large for {array.dtype}")
    for name, array in arrays.items():
        array[...] = found[name]
