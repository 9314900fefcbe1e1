"""Training of many small networks at once: in one loop, what `nnlib.fit` would do to one after the other.

Small networks spend their time in calls, not in arithmetic: a step of nine takes three times as long as that of one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence

import numpy as np

import nnlib


def fit_side_by_side(
    nets: Sequence[nnlib.Network],
    data: Iterable[tuple[np.ndarray, np.ndarray]],
    optimizer: nnlib.Optimizer,
    *,
    epochs: int,
    batch_size: int,
    seeds: Iterable[int],
) -> None:
    """Train K networks in place: each as `nnlib.fit(net, x, t, optimizer, ..., rng=seed)` does, but for last digits.

    They differ in θ alone, and their data (x, t) in numbers alone. All layers but `Dense` must treat each row alone,
    without parameters. FloatingPointError where a loss is not finite.
    """
    pairs = zip(nets, data, strict=True)
    checked = [net.check(x, t, training=False) for net, (x, t) in pairs]
    x, t = map(
        np.array, zip(*checked, strict=True)
    )  # (K, N, n_in), (K, N) or (K, N, n_out)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    each = np.arange(len(nets))[:, None]  # (K, 1)
    theta = np.array([net.theta for net in nets])  # (K, P)
    grad = np.empty_like(theta)
    layers = stacked(nets[0].layers, theta, grad)
    for _ in range(epochs):
        order = np.array([rng.permutation(x.shape[1]) for rng in rngs])  # (K, N)
        for start in range(0, x.shape[1], batch_size):
            rows = order[:, start : start + batch_size]
            backpropagate(layers, nets[0].loss, x[each, rows], t[each, rows])
            optimizer.step(theta, grad)
    for net, trained in zip(nets, theta, strict=True):
        net.theta[...] = trained


class DenseStack:
    """The same dense layer of K networks: W (K, n_in, n_out) and b (K, 1, n_out), views of its columns of θ."""

    def __init__(self, layer: nnlib.Dense, theta: np.ndarray, grad: np.ndarray) -> None:
        n = layer.n_in * layer.n_out
        self.W, self.dW = (
            a[:, :n].reshape(-1, layer.n_in, layer.n_out) for a in (theta, grad)
        )
        self.b, self.db = (a[:, None, n:] for a in (theta, grad))

    def f(self, x: np.ndarray) -> np.ndarray:
        self.x = x  # (K, N, n_in)
        return x @ self.W + self.b

    def gradients(self, g: np.ndarray) -> None:
        np.matmul(self.x.mT, g, out=self.dW)
        np.sum(g, axis=1, keepdims=True, out=self.db)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g @ self.W.mT


class RowStack:
    """A layer that treats each row alone, for K batches: it takes them for one of all their rows."""

    def __init__(self, layer: nnlib.Layer) -> None:
        self.layer = copy.copy(layer)

    def f(self, x: np.ndarray) -> np.ndarray:
        self.layer.y = self.layer.f(x.reshape(-1, x.shape[-1]), True)
        return self.layer.y.reshape(x.shape)

    def gradients(self, g: np.ndarray) -> None:
        pass

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return self.layer.vjp(g.reshape(-1, g.shape[-1])).reshape(g.shape)


Stack = DenseStack | RowStack


def stacked(
    layers: Sequence[nnlib.Layer], theta: np.ndarray, grad: np.ndarray
) -> list[Stack]:
    """Return the layers of K networks, with θ and gradient (K, P)."""
    found: list[Stack] = []
    start = 0
    for layer in layers:
        columns = slice(start, start := start + layer.n_params)
        if type(layer) is nnlib.Dense and layer.bias:
            found.append(DenseStack(layer, theta[:, columns], grad[:, columns]))
        elif layer.parameters:
            raise TypeError(f"fit_side_by_side: Dense with bias expected, got {layer}")
        else:
            found.append(RowStack(layer))
    return found


def backpropagate(
    layers: Sequence[Stack], loss: nnlib.Loss, x: np.ndarray, t: np.ndarray
) -> None:
    """Fill the gradients for a batch of each network, x (K, N, n_in)."""
    k, n = x.shape[:2]
    for layer in layers:
        x = layer.f(x)
    value, g = loss.f(x.reshape(k * n, -1), t.reshape(k * n, *t.shape[2:]))
    if not np.isfinite(value):
        raise FloatingPointError("fit_side_by_side: a loss is not finite")
    g = k * g.reshape(x.shape)  # each network's loss is the mean over its own rows
    for layer in layers[:0:-1]:
        layer.gradients(g)
        g = layer.vjp(g)
    layers[0].gradients(g)
