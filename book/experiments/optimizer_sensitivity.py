"""Train a small network on the moons with every optimizer at many learning rates, and article D's Adam beside Adam.

    python book/experiments/optimizer_sensitivity.py

Some 2000 short trainings for the first question and 60 longer ones for the second, a few minutes on one core. The
results go to optimizer_sensitivity.npz beside this file. The chapter 09-optimizers loads them, checks that this code
made them, and trains some of the networks again to compare.
"""

import hashlib
import inspect
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import make_moons

import nnlib

sys.path.append(str(Path(__file__).parents[1]))
from article_adam import ArticleAdam

SEEDS = range(20)
RATES = np.geomspace(1e-4, 10, 16)  # three in each factor of ten
EPOCHS, LONG = 20, 200
ADAM_RATES = 0.001, 0.003, 0.01
RESULTS = Path(__file__).with_suffix(".npz")


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


def few_moons(seed):
    """Return 400 points, (400, 2), and their labels, (400,)."""
    return make_moons(n_samples=400, noise=0.2, random_state=seed)


def small_network(seed):
    """Return a 2-20-20-2 network of tanh units that ends in logits."""
    return nnlib.Network(
        nnlib.Dense(2, 20),
        nnlib.Tanh(),
        nnlib.Dense(20, 20),
        nnlib.Tanh(),
        nnlib.Dense(20, 2),
        loss=nnlib.SoftmaxCrossEntropy(),
        rng=seed,
    )


def final_loss(optimizer, seed, epochs=EPOCHS):
    """Train in batches of 32; return the loss of all training samples at the end, infinite if it broke."""
    x, labels = few_moons(seed)
    net = small_network(seed)
    history = nnlib.fit(
        net, x, labels, optimizer, epochs=epochs, batch_size=32, rng=seed
    )
    return np.inf if history.diverged else net.loss(net.forward(x), labels)


def losses(optimizer, seed, epochs=LONG):
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


def code_hash():
    """Return the sha256 of the code that makes a run: what the results come from."""
    parts = (
        optimizers,
        few_moons,
        small_network,
        final_loss,
        losses,
        ArticleAdam._update,
    )
    return hashlib.sha256("".join(map(inspect.getsource, parts)).encode()).hexdigest()


def main():
    start = time.process_time()
    sensitivity = np.empty((len(optimizers()), len(RATES), len(SEEDS)), np.float32)
    for i, (name, make) in enumerate(optimizers().items()):
        for j, rate in enumerate(RATES):
            sensitivity[i, j] = [final_loss(make(rate), seed) for seed in SEEDS]
        print(f"{name}: {time.process_time() - start:.0f} s", flush=True)
    adam = np.empty((2, len(ADAM_RATES), len(SEEDS) // 2, LONG), np.float32)
    for i, kind in enumerate([nnlib.Adam, ArticleAdam]):
        for j, rate in enumerate(ADAM_RATES):
            adam[i, j] = [losses(kind(rate), seed) for seed in SEEDS[: len(adam[i, j])]]
        print(f"{kind.__name__}: {time.process_time() - start:.0f} s", flush=True)
    np.savez_compressed(
        RESULTS,
        code=code_hash(),
        names=list(optimizers()),
        rates=RATES,
        adam_rates=ADAM_RATES,
        sensitivity=sensitivity,
        adam=adam,
    )


if __name__ == "__main__":
    main()
