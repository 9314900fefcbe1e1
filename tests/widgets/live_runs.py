"""Explorers for the tests of live mode: quick ones, one that yields, and one that never ends."""

from functools import cache

import numpy as np
from widgets import Boundary, Curves, Explorer, View, choice, log_slider, slider

SCALES = {"once": 1.0, "twice": 2.0}


def scaled(x, scale):
    return SCALES[scale] * x


def power(exponent, scale, *, x):
    y = scaled(x, scale) ** exponent
    return View(Curves({"y": y}, title="Power", y_label="y"), text=f"sum {y.sum():.6f}")


def descent(lr, *, x, labels):
    w, losses = np.zeros(2), []
    for epoch in range(40):
        p = 1 / (1 + np.exp(-(x @ w)))
        losses.append(np.mean((p - labels) ** 2))
        w = w - lr * x.T @ (p - labels) / len(x)
        curves = Curves({"training": losses}, title="Loss", y_range=(0, 0.3))
        picture = Boundary.of(lambda q: 1 / (1 + np.exp(-(q @ w))), x, labels, size=12)  # noqa: B023
        yield View(curves, picture, text=f"epoch {epoch + 1}: {losses[-1]:.6f}")


def kinds(a, b, c):
    print(type(a).__name__, type(b).__name__, type(c).__name__)
    return Curves({"y": [a, b, c]})


def points():
    x = np.random.default_rng(0).standard_normal((30, 2))
    return {"x": x, "labels": (x[:, 0] > 0).astype(int)}


def explorers():
    return [
        Explorer(
            power,
            data={"x": np.linspace(0.5, 1.5, 7)},
            id="power",
            exponent=slider(0, 4, default=2, steps=5),
            scale=choice(*SCALES, default="once"),
        ),
        Explorer(descent, data=points(), id="descent", lr=log_slider(0.1, 10, default=1, steps=5)),
    ]


@cache
def kept():
    """These explorers, for whoever only looks at them: each draws still pictures when it is made."""
    return explorers()
