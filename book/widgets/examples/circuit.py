"""Circuits: one weight's, one whose value is used twice, one without gradients, and numbers of every size."""

from __future__ import annotations

import math
from functools import cache

from .. import circuit
from ..figure import Figure
from .page import Example
from .stepper import without_script

ALT = "A circuit of the weight 0.40: product, sum, sigmoid and loss."


@cache
def one_weight(label: str = "circuit") -> Figure:
    """The weight 0.40 of the running example, from the hidden unit to its share of the loss."""
    a, w, rest, t = 0.5932699921, 0.40, 0.8685983, 0.01
    z = a * w + rest
    y = 1 / (1 + math.exp(-z))
    delta = (y - t) * y * (1 - y)
    nodes = {
        "a1": ("*a*_{1}", 0, 0),
        "w": ("*w*", 0, 1),
        "times": ("×", 1, 0.5),
        "rest": ("the rest of *z*", 1, 1.5),
        "plus": ("+", 2, 1),
        "sigma": ("σ", 3, 1),
        "half": ("½(*y* − *t*)²", 4, 1),
        "L": ("*L*", 5, 1),
    }
    edges = [
        ("a1", "times", a, w * delta),
        ("w", "times", w, a * delta),
        ("times", "plus", a * w, delta),
        ("rest", "plus", rest, delta),
        ("plus", "sigma", z, delta, "*z*"),
        ("sigma", "half", y, y - t, "*y*"),
        ("half", "L", (y - t) ** 2 / 2, 1.0),
    ]
    return circuit(nodes, edges, label=label, alt=ALT)


@cache
def used_twice(label: str = "circuit-twice") -> Figure:
    """A value that two products use: its gradients add."""
    nodes = {
        "a": ("*a*", 0, 1.5),
        "fork": ("•", 1, 1.5),
        "w1": ("*w*_{11}^{(2)}", 1, 0),
        "w2": ("*w*_{12}^{(2)}", 1, 3),
        "one": ("×", 2, 0.5),
        "two": ("×", 2, 2.5),
        "plus": ("+", 3, 1.5),
        "L": ("*L*", 4, 1.5),
    }
    edges = [
        ("a", "fork", 0.5, -2.0),
        ("fork", "one", 0.5, -3.0),
        ("fork", "two", 0.5, 1.0),
        ("w1", "one", -3.0, 0.5),
        ("w2", "two", 1.0, 0.5),
        ("one", "plus", -1.5, 1.0),
        ("two", "plus", 0.5, 1.0),
        ("plus", "L", -1.0, 1.0),
    ]
    return circuit(nodes, edges, label=label, alt="A value that is used twice.")


@cache
def forward(label: str = "circuit-forward") -> Figure:
    nodes = {"x": ("*x*", 0, 0), "f": ("tanh", 1, 0), "g": ("exp", 2, 0), "y": ("*y*", 3, 0)}
    edges = [("x", "f", 1.2345e-7), ("f", "g", "tiny"), ("g", "y", -12345.678901, None, "*y*")]
    return circuit(nodes, edges, label=label, alt="Two gates, forward.")


FIGURES = {"one weight": one_weight, "used twice": used_twice, "forward": forward}


def examples() -> list[Example]:
    return [
        Example("Circuit", one_weight().page),
        Example("Circuit, a value that is used twice", used_twice().page),
        Example("Circuit, values alone", forward().page),
        Example("Circuit on a phone", one_weight("circuit-phone").page, narrow=True),
        Example("Circuit where no script runs", without_script(one_weight("circuit-still"))),
    ]
