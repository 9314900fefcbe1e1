"""Checks of what a caller passes in: each returns it in the form the library uses.

ValueError or TypeError, naming who asked, what was expected and what came.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np


def expect(holds: Any, owner: object, expected: str, got: object) -> None:
    """ValueError, "owner: expected …, got …", unless the condition holds."""
    if not holds:
        raise ValueError(f"{owner}: expected {expected}, got {got}")


def number(name: str, value: Any) -> float:
    """Return ``value`` as a float; TypeError unless it is a real number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    return float(value)


def rule(holds: Callable[[float], bool], must: str) -> Callable[[str, Any], float]:
    """Return a check of a number, ``check(name, value) -> float``."""

    def check(name: str, value: Any) -> float:
        if not holds(number(name, value)):
            raise ValueError(f"{name} must {must}, got {value!r}")
        return float(value)

    return check


finite_number = rule(math.isfinite, "be finite")
positive = rule(lambda v: 0 < v < math.inf, "be positive and finite")
non_negative = rule(lambda v: 0 <= v < math.inf, "be non-negative and finite")
tiny = rule(lambda v: 1e-30 <= v < math.inf, "be at least 1e-30 and finite")  # > 0 in float32
fraction = rule(lambda v: 0 <= v < 1, "lie in [0, 1)")


def count(name: str, value: Any) -> int:
    """Return ``value`` as an int >= 1."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")
    return int(value)


class checked:
    """An attribute that is checked whenever it is set; reading it costs nothing."""

    def __init__(self, check: Callable[[str, Any], Any]) -> None:
        self.check = check

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __set__(self, owner: object, value: Any) -> None:
        name = f"{type(owner).__name__}: {self.name}"
        vars(owner)[self.name] = self.check(name, value)


def instance(value: Any, kind: Any, expected: str) -> None:
    """TypeError, "… must be …, got …", unless ``value`` is of this kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{expected}, got {value!r}")


def not_overridden(thing: object, base: type, names: str, hooks: str) -> None:
    """TypeError where a class writes a method that its base class has for all."""
    for name in names.split():
        if getattr(type(thing), name) is not getattr(base, name):
            raise TypeError(
                f"Network: {type(thing).__name__} overrides {name}, which checks and "
                f"calls the maths; write {hooks}"
            )


def generator(owner: object, rng: Any) -> np.random.Generator:
    """Return a generator: ``rng`` itself, or a new one from a seed or None."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        wanted = "a numpy.random.Generator or a seed >= 0"
        raise type(error)(f"{owner}: rng must be {wanted}, got {rng!r}") from error


def float_type(owner: object, dtype: Any) -> np.dtype:
    """Return ``dtype`` as float64 or float32, the only types computed with."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float64, np.float32):
        raise ValueError(f"{owner}: dtype must be float64 or float32, got {found or dtype}")
    return found


def plain_array(owner: object, name: str, value: Any) -> np.ndarray:
    """Return ``value`` as an array; a masked one is refused, for all its entries would count."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{owner}: {name} is a masked array; fill it or drop the masked rows")
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{owner}: {name} is no array of numbers: {error}") from error


def real_array(owner: object, name: str, value: Any, dtype: np.dtype | None = None) -> np.ndarray:
    """Return real numbers as ``dtype``; without one, float32 stays and all else is float64."""
    if type(value) is np.ndarray and value.dtype == dtype:
        return value  # quickly, as in every step of a training
    array = plain_array(owner, name, value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{owner}: {name} must hold real numbers, got dtype {array.dtype}")
    if dtype is None:
        dtype = array.dtype if array.dtype == np.float32 else np.dtype(float)
    return array.astype(dtype, copy=False)


def labels(owner: object, value: Any, k: int) -> np.ndarray:
    """Return class labels, ``(N,)`` integers in 0..k−1 with N >= 1, as indices.

    Booleans are refused, as floats are: write ``.astype(int)``.
    """
    array = plain_array(owner, "labels", value)
    expect(array.ndim == 1 and array.size > 0, owner, "labels of shape (N,)", array.shape)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{owner}: expected integers as labels, got {array.dtype}")
    if array.dtype == np.intp:
        # As unsigned numbers, negative labels are huge: one pass sees both ends.
        unsigned = array.view(np.uintp)
        fits = unsigned[unsigned.argmax()] < k
    else:
        fits = array.min() >= 0 and array.max() < k
    if not fits:
        got = f"values from {array.min()} to {array.max()}"
        expect(fits, owner, f"labels in 0..{k - 1}", got)
    return array.astype(np.intp, copy=False)


def batch(owner: object, x: Any, width: int | None, dtype: np.dtype | None = None) -> np.ndarray:
    """Return ``x`` as an ``(N, width)`` array with N >= 1; ``owner`` is who asks."""
    array = real_array(owner, "x", x, dtype)
    if array.ndim != 2 or (width is not None and array.shape[1] != width):
        shape = f"(N, {'D' if width is None else width})"
        expect(False, owner, f"x of shape {shape}", array.shape)
    if array.size == 0:
        missing = "row" if len(array) == 0 else "column"
        expect(False, owner, f"at least one {missing} in x", f"shape {array.shape}")
    return array


def finite(owner: object, name: str, array: np.ndarray) -> None:
    """ValueError where a number is NaN or infinite, with its value and place."""
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(map(int, np.argwhere(bad)[0]))
        raise ValueError(f"{owner}: {name} must be finite, got {array[bad][0]} at index {place}")
