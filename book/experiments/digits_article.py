"""Train article D's network as the article does, and with the real Adam, for several seeds, and store what happened.

    python -m experiments.digits_article

One run is 5000 steps, each over all 1500 training images: about ten seconds. The 24 runs take some four minutes
on one core. The results go to digits_article.npz beside this file. The chapter 11-digits loads them, checks that
this code made them, and trains the first steps of a run again to compare.
"""

import copy
import time
from pathlib import Path

import numpy as np

import nnlib
from experiments.article_adam import ArticleAdam
from experiments.datasets import images
from experiments.networks import digits_network, statistics

SEEDS = range(12)
STEPS, EVERY = 5000, 500
STRIDE = 20  # of the loss curve that is kept
OPTIMIZERS = {"article": ArticleAdam, "adam": nnlib.Adam}


def printed_sum(logits, labels):
    """Return what the article prints: the sum of all outputs' binary cross-entropies."""
    p = np.exp(nnlib.log_softmax(logits)).clip(1e-15, 1 - 1e-15)
    t = nnlib.one_hot(labels, 10)
    return -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p))


def right(net, x, labels):
    """Return how many are right with running statistics, and with those of x itself."""
    alone = net.predict(x) == labels
    together = copy.deepcopy(net).forward(x, training=True).argmax(axis=1) == labels
    return int(alone.sum()), int(together.sum())


def run_article(seed, optimizer, steps=STEPS):
    """Train one network by full-batch steps on the first 1500 images.

    Returns the network, the printed sums (one in 500 steps), the mean training loss
    (one in 20 steps), and how many of the other 297 images are right before and after,
    (2, 2): with running statistics, and with those of the 297.
    """
    x, labels = images()
    train, test = slice(0, 1500), slice(1500, None)
    net = digits_network(seed)
    counts = [right(net, x[test], labels[test])]
    sums, losses = [], []
    for i in range(steps):
        if i % EVERY == 0:
            logits = copy.deepcopy(net).forward(x[train], training=True)
            sums.append(printed_sum(logits, labels[train]))
        loss = net.loss_and_grad(x[train], labels[train])
        if i % STRIDE == 0:
            losses.append(loss)
        optimizer.step(net.theta, 1500 * net.grad)  # the article's gradients are sums
    counts.append(right(net, x[test], labels[test]))
    return net, np.array(sums), np.array(losses), np.array(counts)


def results():
    """Return the arrays that are stored, by name."""
    arrays = {"seeds": np.array(SEEDS)}
    for name, optimizer in OPTIMIZERS.items():
        rows = []
        for seed in SEEDS:
            start = time.perf_counter()
            net, sums, losses, counts = run_article(seed, optimizer(1e-3))
            rows.append((sums, losses, counts))
            if seed == 0:
                arrays[f"{name}_theta"] = net.theta.astype(np.float32)
                arrays[f"{name}_statistics"] = statistics(net).astype(np.float32)
            seconds = time.perf_counter() - start
            print(
                f"{name}, seed {seed}: {np.round(sums)}, {counts.tolist()}, {seconds:.0f} s",
                flush=True,
            )
        sums, losses, counts = map(np.array, zip(*rows, strict=True))
        arrays[f"{name}_sums"] = sums.astype(np.float32)
        arrays[f"{name}_losses"] = losses.astype(np.float32)
        arrays[f"{name}_right"] = counts.astype(np.int16)
    return arrays


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
