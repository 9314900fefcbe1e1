"""Explorers in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..explorer import (
    Boundary,
    Contours,
    Curves,
    Explorer,
    View,
    choice,
    log_slider,
    slider,
)
from ..explorer.views import encode_views
from .page import Example

Array = np.ndarray[Any, Any]
RULES = "SGD", "momentum 0.9", "Nesterov 0.9", "AdaGrad", "RMSProp", "Adam"


def points() -> dict[str, Array]:
    x = np.random.default_rng(0).standard_normal((80, 2))
    return {"x": x, "labels": (x @ [1.0, 2.0] > 0).astype(int)}


def train(lr: float, *, x: Array, labels: Array) -> View:
    """Logistic regression by gradient descent; above a rate of 3 it is said to diverge."""
    w, loss = np.zeros(2), []
    for _ in range(20):
        p = 1 / (1 + np.exp(-x @ w))
        loss.append(float(np.mean((p - labels) ** 2)))
        w = w - lr * x.T @ (p - labels) / len(x)
    boundary = Boundary.of(lambda q: 1 / (1 + np.exp(-q @ w)), x, labels, size=20)
    diverged = lr > 3
    kept = loss[: 3 if diverged else 20]
    curves = Curves({"training": kept, "twice": [2 * v for v in loss]}, title="Loss", log_y=True)
    return View(curves, boundary, text=f"loss {loss[-1]:.4f}", diverged=diverged)


def epochs(epoch: int, *, x: Array, labels: Array) -> Iterator[View]:
    """The same training, stopped after so many epochs; yields each."""
    w, loss = np.zeros(2), []

    def predict(q: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-q @ w)))

    for _ in range(epoch + 1):
        p = predict(x)
        loss.append(float(np.mean((p - labels) ** 2)))
        yield View(
            Curves({"training": loss}, title="Loss", start=0, y_range=(0, 0.3)),
            Boundary.of(predict, x, labels, size=20),
            text=f"loss {loss[-1]:.4f}",
        )
        w = w - 0.5 * x.T @ (p - labels) / len(x)


def descend(lr: float, start: str, *, z: Array) -> View:
    """SGD, with and without momentum, in a narrow valley."""
    paths = {}
    for name, momentum in ("SGD", 0.0), ("momentum", 0.8):
        w, v = np.array({"left": [-1.5, 1.0], "right": [1.2, -1.2]}[start]), np.zeros(2)
        path = [w]
        for _ in range(12):
            v = momentum * v + np.array([1.0, 4.0]) * w
            w = w - lr * v
            path.append(w)
        paths[name] = np.array(path)
    contours = Contours(z, (-2, 2, -1.5, 1.5), paths, title="Descent")
    far = max(abs(path).max() for path in paths.values()) > 4
    return View(contours, text=f"SGD at {paths['SGD'][-1, 0]:.3f}", diverged=bool(far))


def valley(curvature: int) -> View:
    """Narrow, bent contours on a coarse grid."""
    across, up = np.linspace(-2, 2, 49), np.linspace(-1, 3, 49)
    z = (1 - across) ** 2 / 2 + curvature / 2 * (up[:, None] - across**2) ** 2
    path = {"a walk": np.array([[-1.2, 1.8], [-1, 1.1], [0, 0.2], [1, 1.0]])}
    levels = np.geomspace(0.05, 40, 9).tolist()
    return View(Contours(z, (-2, 2, -1, 3), path, title="A valley", levels=levels))


def lost(lr: float, *, x: Array, labels: Array) -> View:
    """Diverges before its first epoch, with nothing finite to show."""
    boundary = Boundary(np.full((4, 4), np.nan), (-3, 3, -3, 3), x, labels)
    curves = Curves({"training": []}, log_y=True)
    return View(curves, boundary, text="no epoch", diverged=True)


def flat(lr: float, *, x: Array, labels: Array) -> View:
    """Diverges with finite outputs that are the same everywhere: no boundary."""
    boundary = Boundary(np.full((4, 4), 0.5), (-3, 3, -3, 3), x, labels)
    return View(boundary, text=f"constant at {lr}", diverged=True)


def leaves(lr: float) -> View:
    """Curves and paths that leave the picture, enter it or are never in it, and some that stay."""
    t = np.arange(30)
    losses = {"grows": 0.1 * np.exp(lr * t), "falls": 1 - lr * t / 4, "stays": 0 * t + 0.5}
    outside = {"above": 0 * t + 2, "one value": [-lr], "comes": 1.5 - t / 20}
    curves = Curves(losses | outside, title="Loss", y_range=(0, 1))
    z = np.add.outer(np.linspace(-1, 1, 9) ** 2, np.linspace(-1, 1, 9) ** 2)
    out = np.array([[0, 0], [0.5, 0.3 * lr], [1.5, 0.6]])
    paths = {"right": out, "up": out[:, ::-1], "stays": out / 3, "away": -out - [1.2, 0], "back": out[::-1] - [0, 0.8]}
    return View(curves, Contours(z, (-1, 1, -1, 1), paths, title="Paths"), text="out")


def six(lr: float) -> View:
    paths = {name: np.array([[0.0, 0.0], [1.0, k + lr]]) for k, name in enumerate(RULES)}
    curves = Curves(
        {name: [k + 1.0, lr] for k, name in enumerate(RULES)},
        title="Loss on the training set",
    )
    z = np.add.outer(np.linspace(0, 1, 9), np.linspace(0, 1, 9) ** 2)
    return View(curves, Contours(z, (0, 2, 0, 6), paths, title="Path"))


def neuron(w1: float, b: float, *, x: Array, labels: Array) -> View:
    picture = Boundary.of(
        lambda q: 1 / (1 + np.exp(-(w1 * q[:, 0] + q[:, 1] + b))),
        x,
        labels,
        size=13,
        margin=0.5,
        title="One neuron",
        class_names=("lamp off", "lamp on"),
    )
    return View(picture)


def trained(id: str = "") -> Explorer:
    rate = log_slider(1e-5, 10, default=0.1, steps=13, label="learning rate")
    return Explorer(train, data=points(), id=id, lr=rate)


def descended(id: str = "") -> Explorer:
    a, b = np.meshgrid(np.linspace(-2, 2, 30), np.linspace(-1.5, 1.5, 30))
    rate = log_slider(0.01, 1, default=0.1, steps=5)
    start = choice("left", "right", default="left", label="start")
    data = {"z": a**2 / 2 + 2 * b**2}
    return Explorer(descend, data=data, id=id, lr=rate, start=start)


def played(id: str = "") -> Explorer:
    epoch = slider(0, 24, default=0, steps=9, label="epoch", integer=True, play=True)
    return Explorer(epochs, data=points(), id=id, epoch=epoch)


def html(explorer: Explorer) -> str:
    return str(explorer._repr_mimebundle_()["text/html"])


def kernel(explorer: Explorer, **more: Any) -> dict[str, Any]:
    """What a notebook's widget gets, and what the stand-in answers from."""
    spec = explorer._spec([explorer.at()])
    views = [explorer.at(**place) for place in explorer.positions]
    return {**spec, "stored": encode_views(views), **more}


def examples() -> list[Example]:
    halves = slider(0, 1, default=0.5, steps=9, label="step")
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    lamp = {"x": corners, "labels": np.array([0, 1, 1, 0])}
    two = {
        "w1": slider(-2, 2, default=1, steps=5),
        "b": slider(-2, 2, default=0, steps=9),
    }
    bends = choice(1, 5, 20, default=20, label="curvature")
    rate = slider(0.1, 0.5, default=0.2, steps=5)
    slide, momentum = "input[type=range]", ".nx-entry:nth-child(2)"
    return [
        Example("Explorer, at its default", html(trained("trained"))),
        Example("At its first position", html(trained("first")), [["set", slide, "0"]]),
        Example("Diverged", html(trained("diverged")), [["set", slide, "12"]]),
        Example(
            "Nothing finite",
            html(Explorer(lost, data=points(), id="lost", lr=halves)),
        ),
        Example(
            "Diverged, and no boundary",
            html(Explorer(flat, data=points(), id="flat", lr=halves)),
        ),
        Example("Contours, and buttons for names", html(descended("descended"))),
        Example("A path hidden", html(descended("hidden")), [["click", momentum]]),
        Example(
            "Contours of a narrow valley, few stops",
            html(Explorer(valley, data={}, id="valley", curvature=bends)),
        ),
        Example(
            "What is outside the picture",
            html(Explorer(leaves, data={}, id="leaves", lr=rate)),
        ),
        Example("A control that plays", html(played("played"))),
        Example("Playing", html(played("playing")), [["click", ".nx-play"]]),
        Example(
            "Six names",
            html(Explorer(six, data={}, id="six", lr=halves)),
        ),
        Example(
            "Four points, two sliders",
            html(Explorer(neuron, data=lamp, id="neuron", **two)),
        ),
        Example("On a phone", html(trained("phone")), narrow=True),
        Example(
            "On a phone, six names",
            html(Explorer(six, data={}, id="phone-six", lr=halves)),
            narrow=True,
        ),
        Example("On a phone, playing", html(played("phone-played")), narrow=True),
        Example("In a notebook", kernel=kernel(trained("kernel"))),
        Example(
            "In a notebook, running",
            do=[["set", slide, "3"]],
            kernel=kernel(trained("busy"), silent=True),
        ),
        Example(
            "In a notebook, after an error",
            do=[["set", slide, "3"]],
            kernel=kernel(trained("error"), fails="ValueError: lr is too <large>"),
        ),
    ]
