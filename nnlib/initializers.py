"""How weights start: functions ``f(rng, shape) -> array`` of a generator or seed and ``(n_in, n_out)``, the fans."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from . import validate

Rng = np.random.Generator | int | None
Shape = tuple[int, ...]
Initializer = Callable[[np.random.Generator, Shape], np.ndarray]


def zeros(rng: Rng, shape: Shape) -> np.ndarray:
    """Every weight 0: the units of a layer then start equal, and stay equal."""
    return np.zeros(shape)


def constant(value: float) -> Initializer:
    """Return an initializer that makes every weight ``value`` (finite)."""
    # Partial, not a closure: a network that holds it can be pickled.
    return partial(full, value=validate.finite_number("constant: value", value))


def full(rng: Rng, shape: Shape, value: float) -> np.ndarray:
    return np.full(shape, value)


def normal(std: float) -> Initializer:
    """Return an initializer that draws from N(0, std²), with ``std`` >= 0."""
    return partial(gaussian, std=validate.non_negative("normal: std", std))


def gaussian(rng: Rng, shape: Shape, std: float) -> np.ndarray:
    return np.random.default_rng(rng).normal(0.0, std, shape)


def uniform_fan_in(rng: Rng, shape: Shape) -> np.ndarray:
    """Uniform on ±1/√n_in, which has variance 1/(3 n_in); article D's choice."""
    bound = 1 / math.sqrt(shape[0])
    return np.random.default_rng(rng).uniform(-bound, bound, shape)


def glorot(rng: Rng, shape: Shape) -> np.ndarray:
    """Uniform on ±√(6/(n_in + n_out)), of variance 2/(n_in + n_out). Glorot 2010."""
    bound = math.sqrt(6 / (shape[0] + shape[1]))
    return np.random.default_rng(rng).uniform(-bound, bound, shape)


def he(rng: Rng, shape: Shape) -> np.ndarray:
    """Normal of variance 2/n_in, which keeps the scale through ReLU. He et al. 2015."""
    return gaussian(rng, shape, math.sqrt(2 / shape[0]))
