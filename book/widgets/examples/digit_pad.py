"""The digit pad in every state."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import nnlib

from .. import digit_pad
from ..figure import Figure
from .page import Example
from .stepper import without_script

TRAINING = 1000  # images; the others are for testing


@cache
def digits() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Images of whole numbers from 0 to 16, ``(1797, 64)``, and their labels."""
    x, labels = load_digits(return_X_y=True)
    return x.astype(int), labels


@cache
def network() -> nnlib.Network:
    """64-30-10 with BatchNorm, trained for a second."""
    x, labels = digits()
    net = nnlib.Network(
        nnlib.Dense(64, 30),
        nnlib.BatchNorm(30),
        nnlib.Sigmoid(),
        nnlib.Dense(30, 10),
        loss=nnlib.SoftmaxCrossEntropy(),
        rng=0,
    )
    optimizer = nnlib.Adam(1e-2)
    nnlib.fit(net, x[:TRAINING] / 16, labels[:TRAINING], optimizer, epochs=20, batch_size=50, rng=0)
    return net


def chosen() -> list[int]:
    """A test image of each digit that the network gets right, and one that it does not."""
    x, labels = digits()
    right = network().predict(x / 16) == labels
    test = np.arange(len(x)) >= TRAINING
    first = [int(np.flatnonzero(test & right & (labels == k))[0]) for k in range(10)]
    return [*first, int(np.flatnonzero(test & ~right)[0])]


@cache
def trained(label: str = "digit-pad") -> Figure:
    x, labels = digits()
    known, some = slice(TRAINING), chosen()
    return digit_pad(network(), (x[known], labels[known]), (x[some], labels[some]), far=900, label=label)


def examples() -> list[Example]:
    right = ["click", "[data-move='0,1']"]
    return [
        Example("Digit pad, as it is found", trained("pad-0").page),
        Example("Another image", trained("pad-1").page, [["click", "[data-load='8']"]]),
        Example("Misread", trained("pad-2").page, [["click", "[data-load='10']"]]),
        Example("Blank", trained("pad-3").page, [["click", ".clear"]]),
        Example("Strange", trained("pad-4").page, [["click", "[data-load='3']"], right, right, right, right]),
        Example("Erasing", trained("pad-5").page, [["click", ".erase"]]),
        Example("On a phone", trained("pad-6").page, narrow=True),
        Example("Where no script runs", without_script(trained("pad-7"))),
    ]
