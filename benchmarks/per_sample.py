"""The same network as a first attempt would have it: one row at a time, one array at a time.

Each layer loops over the rows of the batch (all of them, before the next layer: BatchNorm needs the batch's
mean), sums the rows' gradients, and Adam visits every array on its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import nnlib

Rows = list[np.ndarray]


class PerSample:
    """A copy of a nnlib network with ``Dense``, ``BatchNorm``, ``Sigmoid`` and ``ReLU`` layers."""

    def __init__(self, net: nnlib.Network, lr: float) -> None:
        self.layers: tuple[Any, ...] = net.layers
        self.lr = lr
        self.parameters = [{name: getattr(layer, name).copy() for name in layer.parameters} for layer in net.layers]
        self.gradients: list[dict[str, Any]] = [{} for _ in net.layers]
        self.moments = [{name: (0 * p, 0 * p) for name, p in arrays.items()} for arrays in self.parameters]
        self.running: list[dict[str, Any]] = [{"mean": 0.0, "var": 1.0} for _ in net.layers]
        self.t = 0

    def loss_and_grad(self, x: np.ndarray, t: np.ndarray) -> float:
        rows = list(x)
        inputs = []
        for i in range(len(self.layers)):
            inputs.append(rows)
            rows = self._forward(i, rows)
        loss, g = self._softmax_cross_entropy(rows, t)
        for i in reversed(range(len(self.layers))):
            g = self._backward(i, inputs[i], g)
        return loss

    def _forward(self, i: int, rows: Rows) -> Rows:
        layer, p = self.layers[i], self.parameters[i]
        if isinstance(layer, nnlib.Dense):
            return [row @ p["W"] + p["b"] for row in rows]
        if isinstance(layer, nnlib.Sigmoid):
            return [1 / (1 + np.exp(-row)) for row in rows]
        if isinstance(layer, nnlib.ReLU):
            return [np.maximum(row, 0) for row in rows]
        mean, std = self._mean_std(layer, rows)
        running = self.running[i]
        running["mean"] = layer.momentum * running["mean"] + (1 - layer.momentum) * mean
        running["var"] = layer.momentum * running["var"] + (1 - layer.momentum) * (std**2 - layer.eps)
        return [p["gamma"] * (row - mean) / std + p["beta"] for row in rows]

    @staticmethod
    def _mean_std(layer: nnlib.BatchNorm, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        mean: Any = sum(rows) / len(rows)
        var: Any = sum((row - mean) ** 2 for row in rows) / len(rows)
        return mean, np.sqrt(var + layer.eps)

    def _softmax_cross_entropy(self, rows: Rows, t: np.ndarray) -> tuple[float, Rows]:
        loss, g = 0.0, []
        for row, label in zip(rows, t, strict=True):
            e = np.exp(row - row.max())
            p = e / e.sum()
            loss -= math.log(p[label])
            p[label] -= 1
            g.append(p / len(rows))
        return loss / len(rows), g

    def _backward(self, i: int, rows: Rows, g: Rows) -> Rows:
        layer, p, gradient = self.layers[i], self.parameters[i], self.gradients[i]
        pairs = list(zip(rows, g, strict=True))
        if isinstance(layer, nnlib.Dense):
            gradient["W"] = sum(np.outer(row, gn) for row, gn in pairs)
            gradient["b"] = sum(g)
            return [p["W"] @ gn for gn in g] if i else g
        if isinstance(layer, nnlib.Sigmoid):
            outputs = self._forward(i, rows)
            return [gn * y * (1 - y) for gn, y in zip(g, outputs, strict=True)]
        if isinstance(layer, nnlib.ReLU):
            return [gn * (row > 0) for row, gn in pairs]
        mean, std = self._mean_std(layer, rows)
        hats = [(row - mean) / std for row in rows]
        gradient["gamma"] = sum(gn * hat for gn, hat in zip(g, hats, strict=True))
        gradient["beta"] = sum(g)
        n, scale = len(rows), p["gamma"] / std
        return [
            scale * (gn - gradient["beta"] / n - hat * gradient["gamma"] / n) for gn, hat in zip(g, hats, strict=True)
        ]

    def adam_step(self, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        self.t += 1
        for arrays, gradients, moments in zip(self.parameters, self.gradients, self.moments, strict=True):
            for name, p in arrays.items():
                m, v = moments[name]
                m = beta1 * m + (1 - beta1) * gradients[name]
                v = beta2 * v + (1 - beta2) * gradients[name] ** 2
                moments[name] = m, v
                m_hat, v_hat = m / (1 - beta1**self.t), v / (1 - beta2**self.t)
                p -= self.lr * m_hat / (np.sqrt(v_hat) + eps)

    def gradient(self) -> np.ndarray:
        """All gradients, in the order of ``net.grad``."""
        return np.concatenate([np.ravel(g) for arrays in self.gradients for g in arrays.values()])
