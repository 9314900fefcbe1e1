"""Train a deep network on the moons with and without batch normalization, and store what happened.

    python -m experiments.batchnorm_training

Two questions, ten seeds each: which learning rates does the network bear, and which batch sizes? The 460 short
trainings take some two minutes on one core. The results go to batchnorm_training.npz beside this file. The
chapter 10-batch-normalization loads them, checks that this code made them, and trains some of the runs again.
"""

import time
from pathlib import Path

import numpy as np

import nnlib
from experiments.datasets import article_moons

SEEDS = range(10)
RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.001, 10, 17))
SIZES = (2, 3, 4, 8, 16, 32)
SIZES_RATE = 0.03
HIDDEN, WIDTH, SAMPLES, EPOCHS = 5, 16, 400, 20


def deep_network(norm, seed, hidden=HIDDEN, width=WIDTH):
    """Return a ReLU network from 2 inputs to 2 logits, its hidden layers normalised or not.

    The same seed gives the same weights in both. A layer before BatchNorm has no bias.
    """
    layers, n_in = [], 2
    for _ in range(hidden):
        layers.append(nnlib.Dense(n_in, width, bias=not norm))
        if norm:
            layers.append(nnlib.BatchNorm(width))
        layers.append(nnlib.ReLU())
        n_in = width
    layers.append(nnlib.Dense(n_in, 2))
    return nnlib.Network(*layers, loss=nnlib.SoftmaxCrossEntropy(), rng=seed)


def run_deep(norm, lr, batch_size, seed):
    """Train one network; return its training loss, its right answers on the 600 test samples, and its growth.

    Loss and answers are the finished network's, in evaluation mode; a run that diverged has an infinite loss. The
    growth is how many times longer W is than at first, in the median of the hidden layers.
    """
    x, x_test, labels, labels_test = article_moons(seed)
    x, labels = x[:SAMPLES], labels[:SAMPLES]
    net = deep_network(norm, seed)
    hidden = [layer for layer in net.layers[:-1] if isinstance(layer, nnlib.Dense)]
    before = [np.linalg.norm(layer.W) for layer in hidden]
    how = {"epochs": EPOCHS, "batch_size": batch_size, "rng": seed}
    history = nnlib.fit(net, x, labels, nnlib.SGD(lr), **how)
    with np.errstate(over="ignore", invalid="ignore"):
        loss = net.loss(net.forward(x), labels)
        outputs = net.forward(x_test)
        after = [np.linalg.norm(layer.W) for layer in hidden]
    # Of a row that is not finite nothing can be said: it goes to class 0.
    finite = np.isfinite(outputs).all(axis=1)
    right = int(np.sum(np.where(finite, outputs.argmax(axis=1), 0) == labels_test))
    if history.diverged or not np.isfinite(loss):
        loss = np.inf
    return loss, right, np.median(np.divide(after, before))


def results():
    """Return the arrays that are stored, by name."""
    arrays = {}
    for name, settings in {
        "rates": [(lr, 32) for lr in RATES],
        "sizes": [(SIZES_RATE, size) for size in SIZES],
    }.items():
        start = time.perf_counter()
        # (without or with, setting, seed, what run returns)
        runs = np.array(
            [
                [
                    [run_deep(norm, *setting, seed) for seed in SEEDS]
                    for setting in settings
                ]
                for norm in (False, True)
            ]
        )
        arrays[f"{name}_loss"] = runs[..., 0].astype(np.float32)
        arrays[f"{name}_right"] = runs[..., 1].astype(np.int16)
        with np.errstate(over="ignore"):  # of a run that diverged
            arrays[f"{name}_growth"] = runs[..., 2].astype(np.float32)
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
    about = {
        "seeds": np.array(SEEDS),
        "rates": np.array(RATES),
        "sizes": np.array(SIZES),
    }
    return about | arrays


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
