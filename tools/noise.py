"""Noise in the last digit of every dense layer's output, as another processor might compute it.

`tools/processors.py` has IPython run this file when a kernel starts, before the first cell, in a namespace of its own:
the chapter's names stay the chapter's. pytest, which runs the unit tests, imports it. NNLIB_NOISE is the seed;
NNLIB_NOISE_SIZE the size, if not the usual one.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import numpy as np

# In units of the last digit (the distance from 1 to the next number): 4e-16 in float64, 2e-7 in float32.
SIZE = float(os.environ.get("NNLIB_NOISE_SIZE", "1.8"))


def factors(shape: tuple[int, ...], dtype: np.dtype[Any], seed: int) -> np.ndarray:
    """Numbers next to 1, always the same for a shape and a seed: the same call gives the same result."""
    u = np.random.default_rng([seed, *shape]).uniform(-1, 1, shape)
    return (1 + SIZE * np.finfo(dtype).eps * u).astype(dtype)


def is_exact(y: np.ndarray) -> bool:
    """Whether these are whole numbers, or halves, quarters, ... of some, small enough to be exact everywhere.

    No processor rounds a sum of such numbers, in whatever order it is taken.
    """
    scaled = y.astype(float) * 1024
    return bool(np.all(scaled == np.rint(scaled)) and np.all(np.abs(scaled) < 2**20))


def noisy(method: Callable[..., np.ndarray], seed: int) -> Callable[..., np.ndarray]:
    """The method, its result off by a digit or two in the last place."""

    @functools.wraps(method)  # a chapter that prints the method's source still prints the method's
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        y = method(self, *args, **kwargs)
        return y if is_exact(y) else y * factors(y.shape, y.dtype, seed)

    return wrapper


def install(layer: type, seed: int) -> None:
    """Make the layer's own map noisy: `f`, the one that is maths, if the class has it."""
    name = next(name for name in ("f", "forward") if name in vars(layer))
    setattr(layer, name, noisy(vars(layer)[name], seed))


if "NNLIB_NOISE" in os.environ:
    try:
        from experiments.side_by_side import DenseStack
        from IPython import get_ipython

        import nnlib

        for dense in nnlib.Dense, DenseStack:
            install(dense, int(os.environ["NNLIB_NOISE"]))
        if get_ipython():  # processes that a cell starts find sitecustomize.py there, and run this file, too
            os.environ["PYTHONPATH"] = os.pathsep.join([os.environ["IPYTHONDIR"], os.environ["PYTHONPATH"]])
    except BaseException:  # IPython would write a message and go on: without noise, all would pass
        import sys
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
