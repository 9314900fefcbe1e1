"""Train a network on sixty noisy moons under L1, L2 and weight decay, for many penalties and seeds, and store the ends.

    python book/experiments/regularization_runs.py

Some 700 trainings, five minutes on one core. The results go to regularization_runs.npz beside this file. The
chapter 08-regularization loads them, checks that this code made them, and trains some of them again to compare.
"""

import hashlib
import inspect
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import make_moons

import nnlib

SEEDS = range(10)
LAMBDAS = np.logspace(-5, -1, 17)
MAP_SEEDS = range(5)
MAP_LAMBDAS = np.logspace(-5, 0, 11)
MAP_RATES = np.logspace(-3, -1, 5)
RESULTS = Path(__file__).with_suffix(".npz")


def few_moons(seed, n=60):
    """Return x (n, 2) and labels (n,): moons with noise of standard deviation 0.3."""
    return make_moons(n_samples=n, noise=0.3, random_state=seed)


def held_out():
    """Return 10,000 samples from the same source: x (10000, 2) and labels (10000,)."""
    return few_moons(seed=1_000_000, n=10_000)


def network(seed, penalty=None):
    """Return a 2-20-20-2 network, tanh in the hidden layers, logits at the end."""
    layers = [nnlib.Dense(2, 20), nnlib.Tanh(), nnlib.Dense(20, 20), nnlib.Tanh()]
    loss = nnlib.SoftmaxCrossEntropy()
    last = nnlib.Dense(20, 2)
    return nnlib.Network(*layers, last, loss=loss, penalty=penalty, rng=seed)


def weight_mask(net):
    """Return (P,): 1 where theta holds a weight, 0 where it holds a bias."""
    theta = net.theta.copy()
    net.theta[...] = 0
    for layer in net.layers:
        for name in layer.weights:
            getattr(layer, name)[...] = 1
    mask = net.theta.copy()
    net.theta[...] = theta
    return mask


def soft(w, q):
    """Move w toward 0 by q, and stop there."""
    return np.sign(w) * np.maximum(abs(w) - q, 0)


def descend(net, x, labels, l1=0.0, lr=0.2, momentum=0.9, steps=1000, watch=None):
    """Nesterov's descent on all samples at once; l1 > 0 adds a soft threshold."""
    q = lr * l1 * weight_mask(net)
    here = net.theta.copy()
    for s in range(steps):
        if watch is not None:
            watch(s, net)
        net.loss_and_grad(x, labels)
        there = soft(net.theta - lr * net.grad, q)
        net.theta[...] = there + momentum * (there - here)
        here = there
    net.theta[...] = here


def run(kind, lam, seed):
    """Train by `descend`; return what `record` says. kind is "L1" or "L2"."""
    x, labels = few_moons(seed)
    net = network(seed, nnlib.L2(lam) if kind == "L2" else None)
    descend(net, x, labels, l1=lam if kind == "L1" else 0.0)
    return record(net, x, labels)


def record(net, x, labels):
    """Return losses without penalty and accuracies, training and held-out, and how many weights are not 0."""
    numbers = []
    for points, classes in (x, labels), held_out():
        numbers += [net.loss(net.forward(points), classes)]
        numbers += [nnlib.accuracy(net, points, classes)]
    return [*numbers, nnlib.l0(net.theta[weight_mask(net) == 1])]


def run_adam(kind, lam, rate, seed, steps=1200, batch_size=10):
    """Train by Adam in batches: kind "L2" adds the penalty, "decay" multiplies by 1 - 2·rate·lam at each step."""
    x, labels = few_moons(seed)
    net = network(seed, nnlib.L2(lam) if kind == "L2" else None)
    keep = 1 - 2 * rate * lam * weight_mask(net) if kind == "decay" else 1
    adam, rng = nnlib.Adam(rate), np.random.default_rng(seed)
    for _ in range(steps * batch_size // len(x)):
        for batch in nnlib.minibatches(x, labels, batch_size, rng):
            net.loss_and_grad(*batch)
            net.theta[...] *= keep
            adam.step(net.theta, net.grad)
    return record(net, x, labels)


def code_hash():
    """Return the sha256 of the functions that make a run: what the results come from."""
    parts = (
        few_moons,
        held_out,
        network,
        weight_mask,
        soft,
        descend,
        run,
        record,
        run_adam,
    )
    return hashlib.sha256("".join(map(inspect.getsource, parts)).encode()).hexdigest()


def main():
    results = {
        "code": code_hash(),
        "lambdas": LAMBDAS,
        "map_lambdas": MAP_LAMBDAS,
        "map_rates": MAP_RATES,
    }
    start = time.perf_counter()
    results["none"] = np.array([run("none", 0.0, seed) for seed in SEEDS], np.float32)
    for kind in "L1", "L2":
        ends = [[run(kind, lam, seed) for seed in SEEDS] for lam in LAMBDAS]
        results[kind] = np.array(ends, np.float32)
        print(f"{kind}: {time.perf_counter() - start:.0f} s", flush=True)
    for kind in "L2", "decay":
        ends = [
            [
                [run_adam(kind, lam, rate, seed) for seed in MAP_SEEDS]
                for rate in MAP_RATES
            ]
            for lam in MAP_LAMBDAS
        ]
        results[f"map_{kind}"] = np.array(ends, np.float32)
        print(f"{kind} under Adam: {time.perf_counter() - start:.0f} s", flush=True)
    np.savez_compressed(RESULTS, **results)


if __name__ == "__main__":
    main()
