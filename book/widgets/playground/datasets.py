"""The playground's data: points in the plane, (n, 2), and their labels, (n,), drawn from a generator.

Each function stands in the program that the page shows, as it is written here; but there `projected` is that of
projection.py, which needs scikit-learn.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "digits.npy"


def projected():
    """What projection.py stored."""
    rows = np.load(FILE)
    return rows[:, :2] / 100, rows[:, 2].astype(int)


def moons(rng, n, noise):
    """Two half circles, each with an end inside the other."""
    labels = np.arange(n) % 2
    angle = np.pi * rng.random(n)
    x = np.column_stack([np.cos(angle), np.sin(angle)])
    x[labels == 1] = [1, 0.5] - x[labels == 1]
    return x + noise * rng.normal(size=(n, 2)), labels


def circles(rng, n, noise):
    """A circle of radius 2 around one of radius 1."""
    labels = np.arange(n) % 2
    angle = 2 * np.pi * rng.random(n)
    x = np.column_stack([np.cos(angle), np.sin(angle)])
    x[labels == 0] *= 2
    return x + noise * rng.normal(size=(n, 2)), labels


def xor(rng, n, noise):
    """A square in four quarters: those across from each other are of one class."""
    x = rng.uniform(-2, 2, size=(n, 2))
    labels = ((x[:, 0] > 0) != (x[:, 1] > 0)).astype(int)
    return x + noise * rng.normal(size=(n, 2)), labels


def spirals(rng, n, noise):
    """Two arms that wind around each other, one and a quarter turns."""
    labels = np.arange(n) % 2
    along = np.sqrt(rng.random(n))
    angle = 2.5 * np.pi * along + np.pi * labels
    x = 2.5 * along[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return x + noise * rng.normal(size=(n, 2)), labels


def digits(rng, n, noise):
    """Images of digits, each as its two coordinates that vary most."""
    x, labels = projected()
    rows = rng.permutation(len(x))[:n]
    return x[rows] + noise * rng.normal(size=(n, 2)), labels[rows]
