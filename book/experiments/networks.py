"""Networks that more than one stored run trains."""

from __future__ import annotations

import numpy as np

import nnlib


def small_network(seed, penalty=None):
    """Return a 2-20-20-2 network of tanh units that ends in logits."""
    return nnlib.Network(
        nnlib.Dense(2, 20),
        nnlib.Tanh(),
        nnlib.Dense(20, 20),
        nnlib.Tanh(),
        nnlib.Dense(20, 2),
        loss=nnlib.SoftmaxCrossEntropy(),
        penalty=penalty,
        rng=seed,
    )


def digits_network(seed):
    """Return article D's network, 64-32-16-10; its softmax is in the loss.

    Its running statistics start at 0 and 1, article D's at those of the first batch: chapter 11 compares.
    """

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


def statistics(net):
    """Return the running means and variances of the three BatchNorm layers, one after another."""
    return np.concatenate(
        [np.r_[n.running_mean, n.running_var] for n in net.layers[1::3]]
    )


def restore(net, theta, numbers):
    """Give a digits' network the parameters and running statistics that were stored."""
    net.theta[...] = theta
    start = 0
    for norm in net.layers[1::3]:
        for array in norm.running_mean, norm.running_var:
            array[...] = numbers[start : start + norm.n]
            start += norm.n
