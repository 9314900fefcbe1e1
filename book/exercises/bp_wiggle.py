"""The slope of the loss by a small change of one weight."""

from __future__ import annotations

import numpy as np

from .draw import params as drawn
from .draw import sizes
from .grading import Case, Exercise


def wiggle(x, t, params, layer, j, k, h):
    before = loss(x, t, params)
    params[layer][0][j, k] += h
    return (loss(x, t, params) - before) / h


def solution(x, t, params, layer, j, k, h):
    copies = [(W.copy(), b) for W, b in params]
    copies[layer][0][j, k] += h
    return (loss(x, t, copies) - loss(x, t, params)) / h


def put_back(x, t, params, layer, j, k, h):
    before = loss(x, t, params)
    kept = params[layer][0][j, k]
    params[layer][0][j, k] = kept + h
    after = loss(x, t, params)
    params[layer][0][j, k] = kept
    return (after - before) / h


def loss(x, t, params):
    """Mean over the samples of half the squared error, for sigmoid layers."""
    for W, b in params:
        x = 1 / (1 + np.exp(-(x @ W + b)))
    return ((x - t) ** 2).sum() / 2 / len(x)


def cases(rng):
    found = []
    for n, widths, place in (
        (5, (3, 3, 3), (1, 0, 2)),
        (4, (2, 4, 3), (0, 1, 3)),
        (6, (2, 3, 2), (1, 2, 1)),
    ):
        x = rng.standard_normal((n, widths[0]))
        t = rng.uniform(size=(n, widths[-1]))
        given = x, t, drawn(rng, widths), *place, 0.1
        layer, j, k = place
        where = f"entry ({j}, {k}) of layer {layer}"
        found.append(Case(f"{sizes(n, widths)}, {where},", given))
    return found


def moved(x, t, params, layer, j, k, h):
    copies = [(W.copy(), b) for W, b in params]
    copies[layer][0][j, k] += h
    return loss(x, t, copies) - loss(x, t, params)


def set_to_h(x, t, params, layer, j, k, h):
    return moved(x, t, params, layer, j, k, h - params[layer][0][j, k]) / h


exercise = Exercise(
    label="ex-bp-wiggle",
    starter=wiggle,
    solution=solution,
    rights=[put_back],
    cases=cases,
    names={"loss": loss},
    keep="params is not what it was: work on a copy, or put the entry back",
    hints=[
        "Print `params[layer][0][j, k]` at the beginning of your function and at its "
        "end. Which of the two does the caller keep?",
        "An array is changed for everyone who holds it, and `params` belongs to the "
        "caller.",
        "`copies = [(W.copy(), b) for W, b in params]`, and raise the entry there.",
    ],
    mistakes={
        "you forgot to divide by h": moved,
        "the sign: before minus after": lambda x, t, p, n, j, k, h: (
            -moved(x, t, p, n, j, k, h) / h
        ),
        "row and column are exchanged: entry jk leads from j to k": (
            lambda x, t, p, n, j, k, h: moved(x, t, p, n, k, j, h) / h
        ),
        "zero: both losses have the same weights (a copied list still holds the same arrays)": lambda *arguments: (
            0.0
        ),
        "only the loss before is divided by h: brackets are missing": (
            lambda x, t, p, n, j, k, h: (
                moved(x, t, p, n, j, k, h) + loss(x, t, p) * (1 - 1 / h)
            )
        ),
        "the entry is set to h, not raised by it": set_to_h,
        "the entry is lowered, not raised": lambda x, t, p, n, j, k, h: (
            moved(x, t, p, n, j, k, -h) / -h
        ),
        "a central difference: here the entry is raised only": (
            lambda x, t, p, n, j, k, h: (
                (moved(x, t, p, n, j, k, h) - moved(x, t, p, n, j, k, -h)) / (2 * h)
            )
        ),
        "more than one entry is raised": [
            lambda x, t, p, n, j, k, h: (
                moved(x, t, p, n, slice(None), slice(None), h) / h
            ),
            lambda x, t, p, n, j, k, h: moved(x, t, p, n, j, slice(None), h) / h,
            lambda x, t, p, n, j, k, h: moved(x, t, p, n, slice(None), k, h) / h,
        ],
        "the layer before: layers count from 0": (
            lambda x, t, p, n, j, k, h: moved(x, t, p, n - 1, j, k, h) / h
        ),
        "the sum over the samples, not their mean": lambda x, t, p, n, j, k, h: (
            moved(x, t, p, n, j, k, h) / h * len(x)
        ),
        "half: both ends are h apart, so divide by h, not by 2h": (
            lambda x, t, p, n, j, k, h: moved(x, t, p, n, j, k, h) / (2 * h)
        ),
        "the loss after the change, not the change of the loss": [
            lambda x, t, p, n, j, k, h: (
                (loss(x, t, p) + moved(x, t, p, n, j, k, h)) / h
            ),
            lambda x, t, p, n, j, k, h: loss(x, t, p) + moved(x, t, p, n, j, k, h),
        ],
        "multiplied by h, not divided": lambda x, t, p, n, j, k, h: (
            moved(x, t, p, n, j, k, h) * h
        ),
        "a bias is raised, not an entry of W": lambda x, t, p, n, j, k, h: (
            (loss(x, t, with_bias(p, n, k, h)) - loss(x, t, p)) / h
        ),
    },
)


def with_bias(params, layer, k, h):
    copies = [(W, b.copy()) for W, b in params]
    copies[layer][1][k] += h
    return copies
