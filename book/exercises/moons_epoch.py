"""One epoch of mini-batch descent."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def epoch_of(theta, gradient, n, size, lr, rng):
    order = rng.permutation(n)
    for piece in range(n // size):
        rows = order[piece * size : (piece + 1) * size]
        theta = theta - lr * gradient(theta, rows)
    return theta


def solution(theta, gradient, n, size, lr, rng):
    order = rng.permutation(n)
    for start in range(0, n, size):
        rows = order[start : start + size]
        theta = theta - lr * gradient(theta, rows)
    return theta


def on_a_copy(theta, gradient, n, size, lr, rng):
    order, theta = rng.permutation(n), theta.copy()
    while len(order):
        rows, order = order[:size], order[size:]
        theta -= lr * gradient(theta, rows)
    return theta


def in_equal_parts(theta, gradient, n, size, lr, rng):
    for rows in np.split(rng.permutation(n), range(size, n, size)):
        theta = theta - lr * gradient(theta, rows)
    return theta


def any_epoch(theta, gradient, n, size, lr, rng, *, same=False, sign=-1, scale=None):
    order = np.arange(n) if same else rng.permutation(n)
    for start in range(0, n, size):
        rows = order[start : start + size]
        share = 1 if scale is None else scale(rows)
        theta = theta + sign * lr * share * gradient(theta, rows)
    return theta


def stale(theta, gradient, n, size, lr, rng):
    order = rng.permutation(n)
    pieces = [order[start : start + size] for start in range(0, n, size)]
    return theta - lr * sum(gradient(theta, rows) for rows in pieces)


def first_piece(theta, gradient, n, size, lr, rng):
    return theta - lr * gradient(theta, rng.permutation(n)[:size])


def one_batch(theta, gradient, n, size, lr, rng):
    return theta - lr * gradient(theta, rng.permutation(n))


def cases(rng):
    found = []
    for n, size in (10, 4), (9, 3), (5, 8):
        data = rng.standard_normal((n, 3))

        def gradient(theta, rows, data=data):
            return (theta - data[rows]).mean(axis=0) * (1 + theta**2)

        theta = rng.uniform(0.5, 2, 3) * [1, -1, 1]
        given = theta, gradient, n, size, 0.1, np.random.default_rng(int(n + 7))
        found.append(Case(f"{n} rows in pieces of {size}", given))
    return found


exercise = Exercise(
    label="ex-moons-epoch",
    starter=epoch_of,
    solution=solution,
    rights=[on_a_copy, in_equal_parts],
    cases=cases,
    keep="the old theta is changed: write theta = theta - ..., not theta -= ...",
    hints=[
        "For 10 rows in pieces of 4, print `rows` in each round. Which rows does the "
        "starter never see?",
        "`n // size` rounds down: it counts the full pieces alone.",
        "Let the start of each piece run over `range(0, n, size)`; a slice that reaches "
        "beyond the end is simply shorter.",
    ],
    mistakes={
        "the last, shorter piece is left out": epoch_of,
        "the rows are not shuffled": lambda *args: any_epoch(*args, same=True),
        "uphill: the gradient is added": lambda *args: any_epoch(*args, sign=1),
        "every gradient is taken at the first theta": stale,
        "divided by the batch size again: gradient() is a mean already": (
            lambda *args: any_epoch(*args, scale=lambda rows: 1 / args[3])
        ),
        "multiplied by the number of rows: gradient() is a mean already": (
            lambda *args: any_epoch(*args, scale=len)
        ),
        "only the first piece: `return` stands inside the loop": first_piece,
        "one step for all rows at once": one_batch,
    },
)
