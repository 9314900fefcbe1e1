"""Train a small network on the moons with every optimizer at many learning rates, and article D's Adam beside Adam.

    python -m experiments.optimizer_sensitivity

Some 2000 short trainings for the first question and 60 longer ones for the second, two minutes on one core; on more, if
a backend is named around `results()`, as `experiments.sweep` tells. The results go to optimizer_sensitivity.npz beside
this file. The chapter 09-optimizers loads them, checks that this code made them, and trains some of the networks again
to compare.
"""

from pathlib import Path

import numpy as np

import nnlib
from experiments.article_adam import ArticleAdam
from experiments.datasets import few_moons
from experiments.networks import small_network
from experiments.sweep import sweep

SEEDS = range(20)
RATES = np.geomspace(1e-4, 10, 16)  # three in each factor of ten
EPOCHS, LONG = 20, 200
ADAM_RATES = 0.001, 0.003, 0.01


def optimizers():
    """Return each optimizer of the chapter as a function of its learning rate."""
    return {
        "SGD": nnlib.SGD,
        "momentum": lambda lr: nnlib.SGD(lr, momentum=0.9),
        "Nesterov": lambda lr: nnlib.Nesterov(lr, momentum=0.9),
        "AdaGrad": nnlib.AdaGrad,
        "RMSProp": nnlib.RMSProp,
        "Adam": nnlib.Adam,
    }


def final_loss(optimizer, seed, epochs=EPOCHS):
    """Train in batches of 32; return the loss of all training samples at the end, infinite if it broke."""
    x, labels = few_moons(seed)
    net = small_network(seed)
    history = nnlib.fit(
        net, x, labels, optimizer, epochs=epochs, batch_size=32, rng=seed
    )
    return np.inf if history.diverged else net.loss(net.forward(x), labels)


def loss_curve(optimizer, seed, epochs=LONG):
    """Train in batches of 32; return the training loss of each epoch, (epochs,)."""
    x, labels = few_moons(seed)
    return nnlib.fit(
        small_network(seed),
        x,
        labels,
        optimizer,
        epochs=epochs,
        batch_size=32,
        rng=seed,
    ).loss


def loss_at(optimizer, rate, seed):
    """Return the `final_loss` of an optimizer, by its name, at a learning rate."""
    return final_loss(optimizers()[optimizer](rate), seed)


def curve_at(kind, rate, seed):
    """Return the `loss_curve` of an optimizer, by its class, at a learning rate."""
    return loss_curve(kind(rate), seed)


def results():
    """Return the arrays that are stored, by name."""
    names = list(optimizers())
    sensitivity = sweep(loss_at, optimizer=names, rate=RATES, seed=SEEDS, progress=True)
    kinds, some = [nnlib.Adam, ArticleAdam], SEEDS[: len(SEEDS) // 2]
    adam = sweep(curve_at, kind=kinds, rate=ADAM_RATES, seed=some, progress=True)
    return {
        "names": np.array(names),
        "rates": RATES,
        "adam_rates": np.array(ADAM_RATES),
        "sensitivity": sensitivity.astype(np.float32),
        "adam": adam.astype(np.float32),
    }


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
