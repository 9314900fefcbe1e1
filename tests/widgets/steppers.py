"""The steppers that are tested: Mazur's network, and networks of every shape with numbers hard to place."""

from __future__ import annotations

from functools import cache

import numpy as np
from widgets import stepper
from widgets.figure import Figure

import nnlib

# widths, scale of the weights, of the inputs
NETWORKS = {
    "2-2-2": ([2, 2, 2], 1.0, 1.0),
    "1-1": ([1, 1], 1.0, 1.0),
    "1-2-1": ([1, 2, 1], 1.0, 1.0),
    "2-1-2": ([2, 1, 2], 1.0, 1.0),
    "2-2-2, tiny and huge": ([2, 2, 2], 1.2345e-5, -12345.678),
    "1-2-1, tiny and huge": ([1, 2, 1], 1.2345e-5, -12345.678),
    "2-1-2-2, tiny": ([2, 1, 2, 2], -1.2345e-7, -1.2345e-7),
}


def network(widths: list[int], scale: float = 1.0) -> nnlib.Network:
    layers: list[nnlib.Layer] = []
    for n_in, n_out in zip(widths, widths[1:], strict=False):
        layers += [nnlib.Dense(n_in, n_out), nnlib.Sigmoid()]
    net = nnlib.Network(*layers, loss=nnlib.SquaredError(), rng=0)
    net.theta[...] = scale * np.random.default_rng(1).uniform(-1, 1, net.n_params)
    return net


@cache
def figure(name: str, update: str = "Wb") -> Figure:
    widths, scale, size = NETWORKS[name]
    x = size * np.array([[0.7654321, -0.1234567]])[:, : widths[0]]
    t = np.array([[0.01, 0.99]])[:, : widths[-1]]
    return stepper(network(widths, scale), x, t, lr=0.5, update=update, label="stepper")


def mazur_network() -> nnlib.Network:
    net = network([2, 2, 2])
    net.theta[...] = [0.15, 0.25, 0.20, 0.30, 0.35, 0.35, 0.40, 0.50, 0.45, 0.55, 0.60, 0.60]
    return net


X, T = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])


@cache
def mazur() -> Figure:
    return stepper(mazur_network(), X, T, lr=0.5, update="W", label="mazur-stepper")


def results() -> list[list[float]]:
    """What each step computes, by nnlib, from Mazur's weights."""
    net = mazur_network()
    first, bend, second, out = net.layers
    arrays = [X]
    for layer in net.layers:
        arrays.append(layer.forward(arrays[-1]))
    loss, g = net.loss.value_and_grad(arrays[-1], T)
    arrays += [np.array(loss), g]
    arrays.append(out.backward(g))
    g = second.backward(arrays[-1])
    arrays += [second.dW, g, bend.backward(g)]
    first.backward(arrays[-1])
    arrays.append(first.dW)
    arrays.append(np.concatenate([(layer.W - 0.5 * layer.dW).ravel() for layer in (first, second)]))
    return [[float(value) for value in array.ravel()] for array in arrays[1:]]
