"""Checks of what a caller passes in.

Each returns the value in the form the library uses, or raises a clear error.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np


def number(name: str, value: Any) -> float:
    """Return ``value`` as a float; TypeError unless it is a real number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    return float(value)


def positive(name: str, value: Any) -> float:
    """Return ``value`` as a float; ValueError unless it is finite and > 0."""
    result = number(name, value)
    if not 0 < result < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return result


def non_negative(name: str, value: Any) -> float:
    """Return ``value`` as a float; ValueError unless it is finite and >= 0."""
    result = number(name, value)
    if not 0 <= result < math.inf:
        raise ValueError(f"{name} must be non-negative and finite, got {value!r}")
    return result


def decay(name: str, value: Any) -> float:
    """Return ``value`` as a float; ValueError unless it lies in [0, 1)."""
    result = number(name, value)
    if not 0 <= result < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value!r}")
    return result


def count(name: str, value: Any) -> int:
    """Return ``value`` as an int; ValueError unless it is >= 1."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")
    return int(value)


def real_array(
    owner: object, name: str, value: Any, dtype: np.dtype | None = None
) -> np.ndarray:
    """Return ``value`` as an array of ``dtype``: by default its own, or float64."""
    array = np.asarray(value)
    if array.dtype == dtype or (dtype is None and array.dtype.kind == "f"):
        return array
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"{owner}: {name} must hold real numbers, got dtype {array.dtype}"
        )
    if dtype is None:
        dtype = np.dtype(float)
    return array.astype(dtype, copy=False)


def labels(owner: object, value: Any, k: int) -> np.ndarray:
    """Return ``value`` as an ``(N,)`` array of integers in 0..k−1, with N >= 1."""
    array = np.asarray(value)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{owner}: expected labels of shape (N,), got {array.shape}")
    if array.dtype.kind not in "iu":
        raise TypeError(f"{owner}: expected integers as labels, got {array.dtype}")
    array = array.astype(np.int64, copy=False)
    # As unsigned numbers, negative labels are huge: one pass sees both ends.
    unsigned = array.view(np.uint64)
    if unsigned[unsigned.argmax()] >= k:
        raise ValueError(
            f"{owner}: expected labels in 0..{k - 1}, "
            f"got values from {array.min()} to {array.max()}"
        )
    return array


def batch(
    owner: object, x: Any, width: int | None, dtype: np.dtype | None = None
) -> np.ndarray:
    """Return ``x`` as an ``(N, width)`` array with N >= 1; ``owner`` is who asks."""
    array = real_array(owner, "x", x, dtype)
    if array.ndim != 2 or (width is not None and array.shape[1] != width):
        expected = f"(N, {'D' if width is None else width})"
        raise ValueError(f"{owner}: expected x of shape {expected}, got {array.shape}")
    if len(array) == 0:
        raise ValueError(
            f"{owner}: expected at least one row in x, got shape {array.shape}"
        )
    return array
