"""The data that the stored runs, and the chapters that show them, train on."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split


def article_moons(seed):
    """Return article B's moons: x_train (2400, 2), x_test (600, 2), and their labels (2400,), (600,)."""
    x, labels = make_moons(n_samples=3000, noise=0.2, random_state=seed)
    return train_test_split(x, labels, test_size=0.2, random_state=seed)


def few_moons(seed):
    """Return 400 points, (400, 2), and their labels, (400,)."""
    return make_moons(n_samples=400, noise=0.2, random_state=seed)


def noisy_moons(seed, n=60):
    """Return x (n, 2) and labels (n,): moons with noise of standard deviation 0.3."""
    return make_moons(n_samples=n, noise=0.3, random_state=seed)


def held_out():
    """Return 10,000 samples from the source of `noisy_moons`: x (10000, 2) and labels (10000,)."""
    return noisy_moons(seed=1_000_000, n=10_000)


def images():
    """Return the 1797 digits as rows (1797, 64), between 0 and 1, and their labels (1797,)."""
    digits = load_digits()
    return digits.data / 16, digits.target


def random_split(seed):
    """Return the rows of training, validation and test set: 1077, 360 and 360, all classes in proportion."""
    labels = images()[1]
    rest, test = train_test_split(
        np.arange(1797), test_size=360, stratify=labels, random_state=seed
    )
    training, validation = train_test_split(
        rest, test_size=360, stratify=labels[rest], random_state=seed
    )
    return training, validation, test


def split_in_order(seed):
    """Return the rows of training, validation and test set as they come; the test set is article D's."""
    return np.arange(1200), np.arange(1200, 1500), np.arange(1500, 1797)
