"""Checks of what a caller passes in: each returns it as nnlib uses it, or says what was expected and what came."""

import inspect
import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np


def expect(holds: Any, owner: object, expected: str, got: object) -> None:
    """ValueError, "owner: expected …, got …", unless the condition holds."""
    if not holds:
        raise ValueError(f"{owner}: expected {expected}, got {got}")


def instance(value: Any, kind: Any, expected: str) -> None:
    """TypeError, "… must be …, got …", unless ``value`` is of this kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{expected}, got {value!r}")


def called_with(value: Any, expected: str, *given: Any) -> None:
    """TypeError, "… must be …, got …", unless ``value`` can be called with what is given."""
    instance(value, Callable, expected)
    try:
        inspect.signature(value).bind(*given)
    except TypeError as error:
        raise TypeError(f"{expected}, got {value!r}: {error}") from error
    except ValueError:  # of some built-in functions, Python does not know the parameters
        pass


def rule(must: str, holds: Callable[[Any], bool], kind: Any = float) -> Callable[[str, Any], Any]:
    """Return a check of a number, ``check(name, value)``, which returns it as this kind."""
    wanted, article = (Integral, "an integer") if kind is int else (Real, "a real number")

    def check(name: str, value: Any) -> Any:
        if isinstance(value, bool | np.bool_) or not isinstance(value, wanted):
            raise TypeError(f"{name} must be {article}, got {value!r}")
        try:
            number = kind(value)
        except OverflowError:  # an integer that no float holds
            number = math.inf
        if not holds(number):
            raise ValueError(f"{name} must {must}, got {value!r:.60}")
        return number

    return check


count = rule("be at least 1", lambda v: v >= 1, int)
finite_number = rule("be finite", math.isfinite)
positive = rule("be positive and finite", lambda v: 0 < v < math.inf)
non_negative = rule("be non-negative and finite", lambda v: 0 <= v < math.inf)
tiny = rule("be at least 1e-30 and finite", lambda v: 1e-30 <= v < math.inf)  # > 0 in float32
fraction = rule("lie in [0, 1)", lambda v: 0 <= v < 1)


class checked:
    """An attribute that is checked whenever it is set; reading it costs nothing."""

    def __init__(self, check: Callable[[str, Any], Any]) -> None:
        self.check = check

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __set__(self, owner: object, value: Any) -> None:
        name = f"{type(owner).__name__}: {self.name}"
        vars(owner)[self.name] = self.check(name, value)


def generator(owner: object, rng: Any) -> np.random.Generator:
    """Return a generator: ``rng`` itself, or a new one from a seed or None."""
    expected = f"{owner}: rng must be a numpy.random.Generator or a seed >= 0"
    if isinstance(rng, bool | np.bool_):
        raise TypeError(f"{expected}, got {rng!r}")
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{expected}, got {rng!r}") from error


def float_type(owner: object, dtype: Any) -> np.dtype:
    """Return ``dtype`` as float64 or float32, the only types computed with."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float64, np.float32):
        raise ValueError(f"{owner}: dtype must be float64 or float32, got {found or dtype}")
    return found


def unmasked(owner: object, name: str, value: Any) -> None:
    """TypeError for a masked array, for all its entries would count."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{owner}: {name} is a masked array; fill it or drop the masked rows")


def plain_array(owner: object, name: str, value: Any) -> np.ndarray:
    """Return ``value`` as an array; a masked one is refused."""
    unmasked(owner, name, value)
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
    """Return class labels, ``(N,)`` integers in 0..k−1 with N >= 1, as indices; neither booleans nor floats."""
    array = plain_array(owner, "labels", value)
    expect(array.ndim == 1 and array.size > 0, owner, "labels of shape (N,)", array.shape)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{owner}: expected integers as labels, got {array.dtype}")
    # Of indices, negative ones are huge as unsigned numbers: one pass sees both ends.
    ends = array.view(np.uintp) if array.dtype == np.intp else array
    if not (ends[ends.argmax()] < k and (ends is not array or array.min() >= 0)):
        expect(False, owner, f"labels in 0..{k - 1}", f"values from {array.min()} to {array.max()}")
    return array.astype(np.intp, copy=False)


def batch(owner: object, x: Any, width: int | None, dtype: np.dtype | None = None) -> np.ndarray:
    """Return ``x`` as an ``(N, width)`` array with N >= 1; ``owner`` is who asks."""
    array = real_array(owner, "x", x, dtype)
    if array.ndim != 2 or array.shape[1] != (width or array.shape[1]):
        expect(False, owner, f"x of shape (N, {width or 'D'})", array.shape)
    if array.size == 0:
        expect(False, owner, f"at least one {'column' if len(array) else 'row'} in x", f"shape {array.shape}")
    return array


def within(owner: object, expected: str, array: np.ndarray, ends: Any, advice: str = "") -> None:
    """ValueError unless all entries lie between two numbers."""
    low, high = array.min(), array.max()
    if not (ends[0] <= low and high <= ends[1]):
        expect(False, owner, expected, f"values from {low} to {high}{advice}")


def finite(owner: object, name: str, array: np.ndarray) -> None:
    """ValueError where a number is NaN or infinite, with its value and place."""
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(map(int, np.argwhere(bad)[0]))
        raise ValueError(f"{owner}: {name} must be finite, got {array[bad][0]} at index {place}")
