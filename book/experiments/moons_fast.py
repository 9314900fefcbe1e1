"""Train article B's network as the article does, but at a hundred times its rate, and store how many samples are right.

    python -m experiments.moons_fast

Four seeds, forty epochs of 2400 updates each: half a minute on one core. How soon they leave the plateau, on which
the article's rate keeps them for more than a hundred epochs, is told by 06-training-on-moons and by article B's errata.
"""

from pathlib import Path

import numpy as np

import nnlib
from experiments.datasets import article_moons
from experiments.moons_per_sample import moons_network, train_per_sample

SEEDS = range(4)
LR = 1.0
EPOCHS = 40


def right_in_each_epoch(seed):
    """How many of the 2400 training samples are right, (EPOCHS + 1,), the first before any update."""
    x, _, labels, _ = article_moons(seed)
    net, right = moons_network(seed), []

    def count(epoch):
        right.append(np.sum(net.predict(x) == labels))

    train_per_sample(
        net, x, nnlib.one_hot(labels, 2), LR, EPOCHS, lambda: range(len(x)), count
    )
    return right


def results():
    """Return the array that is stored, by its name."""
    return {
        "right_train": np.array([right_in_each_epoch(seed) for seed in SEEDS], np.int16)
    }


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
