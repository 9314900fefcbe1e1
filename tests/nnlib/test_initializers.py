"""Initializers: the moments and bounds that each promises, from the generator it is given. A new one is a new row."""

import math

import numpy as np
import pytest

from nnlib import constant, glorot, he, normal, uniform_fan_in, zeros

SHAPE = (40, 160)  # not square: fan-in and fan-out must not be confused
RANDOM = [
    # name, initializer, variance, bound (None: a normal distribution has none)
    ("normal", normal(0.3), 0.09, None),
    ("uniform_fan_in", uniform_fan_in, 1 / (3 * 40), 1 / math.sqrt(40)),
    ("glorot", glorot, 2 / (40 + 160), None),
    ("he", he, 2 / 40, None),
]


@pytest.mark.parametrize(("name", "init", "variance", "bound"), RANDOM, ids=[row[0] for row in RANDOM])
def test_moments(name, init, variance, bound):
    w = init(np.random.default_rng(0), SHAPE)
    n = w.size
    assert w.shape == SHAPE and w.dtype == np.float64
    assert abs(w.mean()) < 4 * math.sqrt(variance / n)
    assert w.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / n))
    if bound is not None:
        assert 0.99 * bound < np.abs(w).max() <= bound


@pytest.mark.parametrize(("name", "init", "variance", "bound"), RANDOM, ids=[row[0] for row in RANDOM])
def test_one_stream_of_random_numbers(name, init, variance, bound):
    first, second = (init(np.random.default_rng(seed), SHAPE) for seed in (1, 1))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, init(np.random.default_rng(2), SHAPE))
    rng = np.random.default_rng(1)
    init(rng, SHAPE)
    assert not np.array_equal(first, init(rng, SHAPE))


def test_fixed_values():
    rng = np.random.default_rng(0)
    untouched = np.random.default_rng(0)
    assert np.array_equal(zeros(rng, (2, 3)), np.zeros((2, 3)))
    assert np.array_equal(constant(-1.5)(rng, (2, 3)), np.full((2, 3), -1.5))
    assert np.array_equal(normal(0.0)(np.random.default_rng(0), (2, 3)), np.zeros((2, 3)))
    assert rng.random() == untouched.random()
