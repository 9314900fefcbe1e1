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


def cases(rng):
    # First all sizes are equal, so that most mistakes run.
    found = []
    for n, widths in (3, (3, 3, 3)), (6, (2, 5, 4)), (1, (4, 3, 3, 2)):
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
        "columns: you compute W @ x, and x has its samples in rows": columns,
        "f after the last layer, too": my_forward,
        "f is missing: this is one layer": lambda x, p, f: chain(x, p, lambda z: z),
        "the biases are missing": lambda x, p, f: chain(x, [(W, 0) for W, _ in p], f),
        "the layers are in the wrong order": lambda x, p, f: chain(x, p, f, order=-1),
        "only the first sample": lambda x, p, f: chain(x[:1], p, f),
        "f of x, not of xW + b": lambda x, p, f: chain(f(x), p, f),
        "the last layer is missing": lambda x, p, f: my_forward(x, p[:-1], f),
    },
)
