"""What a caller passes in: returned in the form that is used, or refused by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Extent = tuple[float, float, float, float]


def describe(thing: Any) -> str:
    """A thing's type and its beginning, for an error message."""
    return f"{type(thing).__name__} {thing!r:.60}"


def finite(name: str, value: Any) -> float:
    """`value` as a float; ValueError, naming it, if it is not a finite number."""
    if not isinstance(value, (int, float, np.integer, np.floating)) or (
        isinstance(value, bool) or not math.isfinite(value)
    ):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return float(value)


def named(expected: str, things: Any) -> dict[str, Any]:
    """A dict that is not empty, its keys as text."""
    if not isinstance(things, Mapping) or not things:
        raise TypeError(f"{expected} expected, got {describe(things)}")
    return {str(name): thing for name, thing in things.items()}


def numbers(name: str, values: Any, ndim: int) -> Array:
    """An array of floats with this many axes."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or array.ndim != ndim:
        raise TypeError(f"{name} must be a {ndim}-D array of numbers, got {array.dtype} of shape {array.shape}")
    return array.astype(float)


def grid(name: str, values: Any) -> Array:
    """Numbers on a grid of 2 × 2 or more."""
    array = numbers(name, values, 2)
    if min(array.shape) < 2:
        raise ValueError(f"{name} needs two rows and columns or more, got {array.shape}")
    return array


def extent(name: str, values: Any) -> Extent:
    """(x0, x1, y0, y1), the edges of a picture."""
    edges = [float(v) for v in values]
    ordered = len(edges) == 4 and edges[0] < edges[1] and edges[2] < edges[3]
    if not ordered or not all(map(math.isfinite, edges)):
        raise ValueError(f"{name}: extent must be (x0, x1, y0, y1), x0 < x1 and y0 < y1, got {edges}")
    return edges[0], edges[1], edges[2], edges[3]
