"""Train article B's network as the article does, at full length, for several seeds, and store what happened.

    python -m experiments.moons_per_sample

One run is 1.2 million updates of one sample each, about a minute and a half; the sixteen runs take some 25
minutes on one core. The results go to moons_per_sample.npz beside this file. The chapter 06-training-on-moons
loads them, checks that this code made them, and trains the first epochs of a run again to compare.
"""

import time
from itertools import pairwise
from pathlib import Path

import numpy as np

import nnlib
from experiments.datasets import article_moons

SEEDS = range(8)
EPOCHS = 500
SNAPSHOT_SEED, SNAPSHOT_EPOCHS = 3, (0, 75, 150, 500)


def fan_out(rng, shape):
    """Standard normal over the root of the number of outputs: how the article starts its weights."""
    return rng.standard_normal(shape) / np.sqrt(shape[1])


def moons_network(seed):
    """Return the 2-25-50-25-2 sigmoid network with the article's initial weights and biases."""
    rng = np.random.default_rng(seed)
    widths = [2, 25, 50, 25, 2]
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nnlib.Dense(n_in, n_out, init=fan_out), nnlib.Sigmoid()]
    net = nnlib.Network(*layers, loss=nnlib.SquaredError(), rng=rng)
    for layer in layers[::2]:
        layer.b = 0.1 * rng.standard_normal(layer.b.shape)
    return net


def loss_and_counts(net, x, t, labels, x_test, labels_test):
    """Return the training loss, and how many training and test samples are classified right."""
    y = net.forward(x)
    right = np.sum(y.argmax(axis=1) == labels)
    return net.loss(y, t), right, np.sum(net.predict(x_test) == labels_test)


def train_per_sample(net, x, t, lr, epochs, order, on_epoch):
    """One update a sample; order() gives the order of an epoch's samples."""
    optimizer = nnlib.SGD(lr)
    on_epoch(0)
    for epoch in range(1, epochs + 1):
        for i in order():
            net.loss_and_grad(x[i : i + 1], t[i : i + 1])
            optimizer.step(net.theta, net.grad)
        on_epoch(epoch)


def run_per_sample(seed, epochs=EPOCHS, reshuffle=False):
    """Train one network; return what was recorded.

    loss, right_train and right_test are (epochs + 1,), the first entry before any update; then come θ's
    snapshots.
    """
    x, x_test, labels, labels_test = article_moons(seed)
    t = nnlib.one_hot(labels, 2)
    net = moons_network(seed)
    rows, snapshots = [], []

    def on_epoch(epoch):
        rows.append(loss_and_counts(net, x, t, labels, x_test, labels_test))
        if epoch in SNAPSHOT_EPOCHS:
            snapshots.append(net.theta.copy())

    rng = np.random.default_rng(seed)
    order = (lambda: rng.permutation(len(x))) if reshuffle else (lambda: range(len(x)))
    train_per_sample(net, x, t, 0.01, epochs, order, on_epoch)
    loss, right_train, right_test = np.array(rows).T
    return loss, right_train, right_test, np.array(snapshots)


def results():
    """Return the arrays that are stored, by name."""
    arrays = {}
    for name, reshuffle in ("as_given", False), ("reshuffled", True):
        losses, right_train, right_test = [], [], []
        for seed in SEEDS:
            start = time.perf_counter()
            loss, train, test, snapshots = run_per_sample(seed, reshuffle=reshuffle)
            losses.append(loss)
            right_train.append(train)
            right_test.append(test)
            if seed == SNAPSHOT_SEED and not reshuffle:
                arrays["snapshots"] = snapshots.astype(np.float32)
            seconds = time.perf_counter() - start
            print(
                f"{name}, seed {seed}: {int(test[-1])} of 600 right, {seconds:.0f} s",
                flush=True,
            )
        arrays[f"{name}_loss"] = np.array(losses, np.float32)
        arrays[f"{name}_right_train"] = np.array(right_train, np.int16)
        arrays[f"{name}_right_test"] = np.array(right_test, np.int16)
    about = {
        "seeds": np.array(SEEDS),
        "snapshot_epochs": np.array(SNAPSHOT_EPOCHS),
    }
    return about | arrays


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
