"""The whole forward pass, for a batch of rows."""

from __future__ import annotations

import numpy as np

from .draw import params as drawn
from .draw import sizes
from .grading import Case, Exercise


def my_forward(x, params, f):
    for W, b in params:
        x = f(x @ W + b)
    return x


def solution(x, params, f):
    for W, b in params[:-1]:
        x = f(x @ W + b)
    W, b = params[-1]
    return x @ W + b


def by_number(x, params, f):
    for layer, (W, b) in enumerate(params):
        x = x @ W + b
        if layer < len(params) - 1:
            x = f(x)
    return x


def row_by_row(x, params, f):
    rows = []
    for row in x:
        for W, b in params[:-1]:
            row = f(W.T @ row + b)
        rows.append(params[-1][0].T @ row + params[-1][1])
    return np.array(rows)


def chain(x, params, f, *, use=lambda W: W, order=1):
    for i, (W, b) in enumerate(params[::order]):
        x = x @ use(W) + b
        x = f(x) if i < len(params) - 1 else x
    return x


def columns(x, params, f):
    (W, b), (V, c) = params
    return V @ f(W @ x + b) + c


def by_layer(x, params, f, layer):
    """Each layer's output by `layer(x, W, b, f)`, the last without f."""
    for i, (W, b) in enumerate(params):
        x = layer(x, W, b, f if i < len(params) - 1 else lambda z: z)
    return x


def x_into_each(x, params, f):
    for W, b in params[:-1]:
        a = f(x @ W + b)
    return a @ params[-1][0] + params[-1][1]


def not_after_the_first(x, params, f):
    W, b = params[0]
    return my_forward(x @ W + b, params[1:], f)


def only_after_the_last(x, params, f):
    return f(chain(x, params, lambda z: z))


def cases(rng):
    # First all sizes are equal, so that most mistakes run.
    found = []
    for n, widths in (3, (3, 3, 3)), (6, (2, 5, 4)), (1, (3, 3, 3, 2)):
        x = rng.standard_normal((n, widths[0]))
        found.append(Case(sizes(n, widths), (x, drawn(rng, widths), np.tanh)))
    return found


exercise = Exercise(
    label="ex-fp-code",
    starter=my_forward,
    solution=solution,
    rights=[by_number, row_by_row],
    cases=cases,
    hints=[
        "How often does `f` act in a network of two layers, as the text draws it?",
        "All layers but the last are `params[:-1]`; the last pair is `params[-1]`.",
        "After the loop: `W, b = params[-1]`, and return `x @ W + b`, without `f`.",
    ],
    mistakes={
        "transposed: you multiply by W.T": lambda x, p, f: chain(
            x, p, f, use=np.transpose
        ),
        "columns: you compute W @ x, and x has its samples in rows": [
            columns,
            lambda x, p, f: by_layer(x, p, f, lambda x, W, b, f: f(W.T @ x + b)),
        ],
        "the output is transposed: its samples must be in rows": lambda x, p, f: (
            solution(x, p, f).T
        ),
        "`*` multiplies entry by entry: a layer is `x @ W + b`": lambda x, p, f: (
            by_layer(x, p, f, lambda x, W, b, f: f(x * W + b))
        ),
        "b is added after f, not before it": [
            lambda x, p, f: by_layer(x, p, f, lambda x, W, b, f: f(x @ W) + b),
            lambda x, p, f: (
                by_layer(x, p, f, lambda x, W, b, f: f(x @ W) + b) - p[-1][1]
            ),
        ],
        "b is subtracted": lambda x, p, f: solution(x, [(W, -b) for W, b in p], f),
        "the last bias is missing": lambda x, p, f: solution(x, p, f) - p[-1][1],
        "the biases of the hidden layers are missing": lambda x, p, f: solution(
            x, [(W, 0) for W, _ in p[:-1]] + p[-1:], f
        ),
        "f is missing after the first layer, and acts after the last": [
            only_after_the_last,
            not_after_the_first,
        ],
        "f is missing after the last hidden layer": lambda x, p, f: chain(
            solution(x, p[:-1], f), p[-1:], f
        ),
        "the last layer acts twice": lambda x, p, f: solution(x, [*p, p[-1]], f),
        "each layer is given x, not what comes out of the layer before": x_into_each,
        "only two layers: params may hold more": [
            lambda x, p, f: solution(x, p[:2], f),
            lambda x, p, f: solution(x, [p[0], p[-1]], f),
        ],
        "another function stands in the place of f": [
            lambda x, p, f: solution(x, p, lambda z: np.maximum(z, 0)),
            lambda x, p, f: solution(x, p, lambda z: 1 / (1 + np.exp(-z))),
        ],
        "f after the last layer, too": my_forward,
        "f is missing: this is one layer": lambda x, p, f: chain(x, p, lambda z: z),
        "the biases are missing": lambda x, p, f: chain(x, [(W, 0) for W, _ in p], f),
        "the layers are in the wrong order": lambda x, p, f: chain(x, p, f, order=-1),
        "only the first sample": lambda x, p, f: chain(x[:1], p, f),
        "f of x, not of xW + b": lambda x, p, f: chain(f(x), p, f),
        "the last layer is missing": lambda x, p, f: my_forward(x, p[:-1], f),
    },
)
