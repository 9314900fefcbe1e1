"""Train article D's network as the article does, and with the real Adam, for several seeds, and store what happened.

    python book/experiments/digits_article.py

One run is 5000 steps, each over all 1500 training images: about ten seconds. The 24 runs take some four minutes
on one core. The results go to digits_article.npz beside this file. The chapter 11-digits loads them, checks that
this code made them, and trains the first steps of a run again to compare.
"""

import copy
import hashlib
import inspect
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import nnlib

sys.path.insert(0, str(Path(__file__).parents[1]))
from article_adam import ArticleAdam

SEEDS = range(12)
STEPS, EVERY = 5000, 500
STRIDE = 20  # of the loss curve that is kept
RESULTS = Path(__file__).with_suffix(".npz")
OPTIMIZERS = {"article": ArticleAdam, "adam": nnlib.Adam}


def images():
    """Return the 1797 images as rows (1797, 64), between 0 and 1, and their labels (1797,)."""
    digits = load_digits()
    return digits.data / 16, digits.target


def article_network(seed):
    """Return article D's network, 64-32-16-10; its softmax is in the loss."""

    def block(n_in, n_out):
        dense = nnlib.Dense(n_in, n_out, init=nnlib.uniform_fan_in)
        return dense, nnlib.BatchNorm(n_out, momentum=0.99, eps=0.01)

    return nnlib.Network(
        *block(64, 32),
        nnlib.Sigmoid(),
        *block(32, 16),
        nnlib.ReLU(),
        *block(16, 10),
        loss=nnlib.SoftmaxCrossEntropy(),
        rng=seed,
    )


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


def run(seed, optimizer, steps=STEPS):
    """Train one network by full-batch steps on the first 1500 images.

    Returns the network, the printed sums (one in 500 steps), the mean training loss
    (one in 20 steps), and how many of the other 297 images are right before and after,
    (2, 2): with running statistics, and with those of the 297.
    """
    x, labels = images()
    train, test = slice(0, 1500), slice(1500, None)
    net = article_network(seed)
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


def statistics(net):
    """Return the running means and variances of the three BatchNorm layers, one after another."""
    return np.concatenate(
        [np.r_[n.running_mean, n.running_var] for n in net.layers[1::3]]
    )


def restore(net, theta, numbers):
    """Give a network the parameters and running statistics that were stored."""
    net.theta[...] = theta
    start = 0
    for norm in net.layers[1::3]:
        for array in norm.running_mean, norm.running_var:
            array[...] = numbers[start : start + norm.n]
            start += norm.n


def code_hash():
    """Return the sha256 of the functions that make a run: what the results come from."""
    parts = images, article_network, printed_sum, right, run, statistics, ArticleAdam
    return hashlib.sha256("".join(map(inspect.getsource, parts)).encode()).hexdigest()


def main():
    results = {}
    for name, optimizer in OPTIMIZERS.items():
        rows = []
        for seed in SEEDS:
            start = time.perf_counter()
            net, sums, losses, counts = run(seed, optimizer(1e-3))
            rows.append((sums, losses, counts))
            if seed == 0:
                results[f"{name}_theta"] = net.theta.astype(np.float32)
                results[f"{name}_statistics"] = statistics(net).astype(np.float32)
            seconds = time.perf_counter() - start
            print(
                f"{name}, seed {seed}: {np.round(sums)}, {counts.tolist()}, {seconds:.0f} s",
                flush=True,
            )
        sums, losses, counts = map(np.array, zip(*rows, strict=True))
        results[f"{name}_sums"] = sums.astype(np.float32)
        results[f"{name}_losses"] = losses.astype(np.float32)
        results[f"{name}_right"] = counts.astype(np.int16)
    np.savez_compressed(RESULTS, seeds=np.array(SEEDS), code=code_hash(), **results)


if __name__ == "__main__":
    main()
