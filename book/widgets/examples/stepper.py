"""Steppers: networks of every shape, in every kind of step, and with numbers that are hard to place."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import numpy as np

import nnlib

from .. import stepper
from ..figure import Figure
from .page import Example

# widths, scale of the parameters, scale of the inputs
NETWORKS = {
    "2-2-2": ([2, 2, 2], 1.0, 1.0),
    "1-1": ([1, 1], 1.0, 1.0),
    "1-2-1": ([1, 2, 1], 1.0, 1.0),
    "2-1-2": ([2, 1, 2], 1.0, 1.0),
    "2-2-2, tiny and huge": ([2, 2, 2], 1.2345e-5, -12345.678),
    "1-2-1, tiny and huge": ([1, 2, 1], 1.2345e-5, -12345.678),
    "2-1-2-2, tiny": ([2, 1, 2, 2], -1.2345e-7, -1.2345e-7),
}
X, T = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])


def network(widths: list[int], scale: float = 1.0) -> nnlib.Network:
    layers: list[nnlib.Layer] = []
    for n_in, n_out in pairwise(widths):
        layers += [nnlib.Dense(n_in, n_out), nnlib.Sigmoid()]
    net = nnlib.Network(*layers, loss=nnlib.SquaredError(), rng=0)
    net.theta[...] = scale * np.random.default_rng(1).uniform(-1, 1, net.n_params)
    return net


def mazur_network() -> nnlib.Network:
    net = network([2, 2, 2])
    net.theta[...] = [0.15, 0.25, 0.20, 0.30, 0.35, 0.35, 0.40, 0.50, 0.45, 0.55, 0.60, 0.60]
    return net


@cache
def figure(name: str, label: str = "stepper") -> Figure:
    """One of NETWORKS, all of it updated."""
    widths, scale, size = NETWORKS[name]
    x = size * np.array([[0.7654321, -0.1234567]])[:, : widths[0]]
    return stepper(network(widths, scale), x, T[:, : widths[-1]], lr=0.5, label=label)


@cache
def mazur(label: str = "mazur-stepper") -> Figure:
    """As in chapter 2: the biases stay as they are."""
    return stepper(mazur_network(), X, T, lr=0.5, update="W", label=label)


def without_script(figure: Figure) -> str:
    return re.sub("<script.*?</script>", "", figure.page, flags=re.DOTALL)


def examples() -> list[Example]:
    states = {"at the start": 0, "forward": 3, "the loss": 5, "backward": 8, "the update": 12}
    return [
        *(
            Example(f"Stepper, {state}", mazur(f"stepper-{step}").page, [["set", "input", str(step)]])
            for state, step in states.items()
        ),
        Example("On a phone", mazur("stepper-phone").page, [["set", "input", "9"]], narrow=True),
        Example("Where no script runs", without_script(mazur("stepper-still"))),
        *(
            Example(
                f"Stepper, {name}", figure(name, f"stepper-network-{k}").page, [["set", "input", "99"]], narrow=True
            )
            for k, name in enumerate(NETWORKS)
        ),
    ]
