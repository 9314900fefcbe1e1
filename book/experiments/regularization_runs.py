"""Train a network on sixty noisy moons under L1, L2 and weight decay, for many penalties and seeds, and store the ends.

    python -m experiments.regularization_runs

Some 700 trainings, five minutes on one core. The results go to regularization_runs.npz beside this file. The
chapter 08-regularization loads them, checks that this code made them, and trains some of them again to compare.
"""

import time
from pathlib import Path

import numpy as np

import nnlib
from experiments.datasets import held_out, noisy_moons
from experiments.networks import small_network

SEEDS = range(10)
LAMBDAS = np.logspace(-5, -1, 17)
MAP_SEEDS = range(5)
MAP_LAMBDAS = np.logspace(-5, 0, 11)
MAP_RATES = np.logspace(-3, -1, 5)


def soft(w, by):
    """Move w toward 0 by an amount, and stop there."""
    return np.sign(w) * np.maximum(abs(w) - by, 0)


def descend(net, x, labels, l1=0.0, lr=0.5, steps=4000):
    """Gradient descent on all samples at once; l1 > 0 adds a soft threshold on the weights."""
    for _ in range(steps):
        net.loss_and_grad(x, labels)
        net.theta[...] -= lr * net.grad
        for dense in net.layers[::2]:
            dense.W[...] = soft(dense.W, lr * l1)


def run_descent(kind, lam, seed):
    """Train by `descend`; return what `measure` says. kind is "L1" or "L2"."""
    x, labels = noisy_moons(seed)
    net = small_network(seed, nnlib.L2(lam) if kind == "L2" else None)
    descend(net, x, labels, l1=lam if kind == "L1" else 0.0)
    return measure(net, x, labels)


def measure(net, x, labels):
    """Return losses without penalty and accuracies, training and held-out, and how many weights are not 0."""
    numbers = []
    for points, classes in (x, labels), held_out():
        numbers += [net.loss(net.forward(points), classes)]
        numbers += [nnlib.accuracy(net, points, classes)]
    return [*numbers, sum(nnlib.l0(dense.W) for dense in net.layers[::2])]


def run_adam(kind, lam, rate, seed, steps=1200, batch_size=10):
    """Train by Adam in batches: kind "L2" adds the penalty, "decay" multiplies by 1 - 2·rate·lam at each step."""
    x, labels = noisy_moons(seed)
    net = small_network(seed, nnlib.L2(lam) if kind == "L2" else None)
    omega = 2 * rate * lam if kind == "decay" else 0.0
    adam, rng = nnlib.Adam(rate), np.random.default_rng(seed)
    for _ in range(steps * batch_size // len(x)):
        for batch in nnlib.minibatches(x, labels, batch_size, rng):
            net.loss_and_grad(*batch)
            for dense in net.layers[::2]:
                dense.W[...] *= 1 - omega
            adam.step(net.theta, net.grad)
    return measure(net, x, labels)


def results():
    """Return the arrays that are stored, by name."""
    arrays = {
        "lambdas": LAMBDAS,
        "map_lambdas": MAP_LAMBDAS,
        "map_rates": MAP_RATES,
    }
    start = time.perf_counter()
    arrays["none"] = np.array(
        [run_descent("none", 0.0, seed) for seed in SEEDS], np.float32
    )
    for kind in "L1", "L2":
        ends = [[run_descent(kind, lam, seed) for seed in SEEDS] for lam in LAMBDAS]
        arrays[kind] = np.array(ends, np.float32)
        print(f"{kind}: {time.perf_counter() - start:.0f} s", flush=True)
    for kind in "L2", "decay":
        ends = [
            [
                [run_adam(kind, lam, rate, seed) for seed in MAP_SEEDS]
                for rate in MAP_RATES
            ]
            for lam in MAP_LAMBDAS
        ]
        arrays[f"map_{kind}"] = np.array(ends, np.float32)
        print(f"{kind} under Adam: {time.perf_counter() - start:.0f} s", flush=True)
    return arrays


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
