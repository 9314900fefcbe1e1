"""Replay the step that article D's network makes before its training, train on, and store what the article prints.

    python -m experiments.digits_trial

The step follows a gradient of another network's losses, which the article prints. Three seeds of the network, 1501
steps over all 1500 training images each: some seven seconds on one core. The chapter 11-digits loads the sums, and
replays the first steps again to compare.
"""

import copy
from pathlib import Path

import numpy as np

import nnlib
from experiments.article_adam import ArticleAdam
from experiments.datasets import images
from experiments.digits_article import EVERY, printed_sum
from experiments.networks import digits_network

SEEDS = range(3)
STEPS = 1501
FIRST_LOSSES = """0.2 0.24 0.02 1.59 0.03 0.03 0.11 0.22 0.02 0.01
0.02 0.03 0.26 0.04 1.35 0.03 0.02 0.05 0.29 0.08
0.07 0.04 0.07 0.03 0.04 1.19 0.16 0.03 0.05 0.26"""  # as article D prints them
THIRTY = np.array(FIRST_LOSSES.split(), float).reshape(3, 10)


def with_trial_pass(seed, steps=STEPS):
    """Train the second network by `steps` steps, after a step along the first one's losses.

    Returns the share of parameters that this step moves by a whole 0.001, and the printed sums (one in 500 steps).
    """
    x, labels = images()
    three, t = x[13:16], nnlib.one_hot(labels[13:16], 10)
    y_first = np.where(t == 1, np.exp(-THIRTY), 1 - np.exp(-THIRTY))  # the first one's
    net, optimizer = digits_network(seed), ArticleAdam(0.001)
    start = net.theta.copy()
    y = np.exp(nnlib.log_softmax(net.forward(three, training=True)))
    g = y * (1 - y) * (-t / y_first + (1 - t) / (1 - y_first))
    for layer in net.layers[::-1]:
        g = layer.backward(g)
    optimizer.step(net.theta, net.grad)
    share, sums = np.mean(abs(net.theta - start) > 0.0009), []
    x, labels = x[:1500], labels[:1500]
    for i in range(steps):
        if i % EVERY == 0:
            logits = copy.deepcopy(net).forward(x, training=True)
            sums.append(printed_sum(logits, labels))
        net.loss_and_grad(x, labels)
        optimizer.step(net.theta, 1500 * net.grad)
    return share, np.array(sums)


def results():
    """Return the arrays that are stored, by name."""
    shares, sums = zip(*map(with_trial_pass, SEEDS), strict=True)
    return {"shares": np.array(shares), "sums": np.array(sums)}


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
