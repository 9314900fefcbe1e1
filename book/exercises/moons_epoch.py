"""One epoch of mini-batch descent."""

from __future__ import annotations

import copy

import numpy as np

from .grading import Case, Exercise, UnfitError, form


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


def cut(rows, size, *, start=0, more=0, end=0):
    """The pieces from `start` to `end` before the last row, each with `more` rows."""
    starts = range(start, len(rows) - end, size)
    return [rows[at : at + size + more] for at in starts]


def walked(pieces=cut, *, sign=-1, scale=lambda rows, n, size, lr: 1):
    """A step for each of `pieces(order, size)`, times the sign and the scale."""

    def program(theta, gradient, n, size, lr, rng):
        for rows in pieces(rng.permutation(n), size):
            step = lr * scale(rows, n, size, lr) * gradient(theta, rows)
            theta = theta + sign * step
        return theta

    return program


def shuffled_anew(theta, gradient, n, size, lr, rng):
    for start in range(0, n, size):
        rows = rng.permutation(n)[start : start + size]
        theta = theta - lr * gradient(theta, rows)
    return theta


def drawn_anew(theta, gradient, n, size, lr, rng):
    for start in range(0, n, size):
        rows = rng.permutation(n)[: min(size, n - start)]
        theta = theta - lr * gradient(theta, rows)
    return theta


def at_random(draw):
    def program(theta, gradient, n, size, lr, rng):
        for _ in range(0, n, size):
            theta = theta - lr * gradient(theta, draw(rng, n, size))
        return theta

    return program


def from_the_first(combine):
    """One step, by what becomes of the gradients of all pieces at the first theta."""

    def program(theta, gradient, n, size, lr, rng):
        pieces = cut(rng.permutation(n), size)
        return theta - lr * combine([gradient(theta, rows) for rows in pieces])

    return program


def with_its_rng(function, arguments):
    """What it returns, unless it shuffles with something else than its rng."""
    theta, *_, rng = arguments
    before = copy.deepcopy(rng.bit_generator.state)
    found = function(*arguments)
    if form(found) == form(theta) and rng.bit_generator.state == before:
        raise UnfitError("rng is not used: the rows are shuffled by rng.permutation(n)")
    return found


def cases(rng):
    found = []
    for n, size in (10, 4), (9, 3), (5, 8), (7, 3):
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
    run=with_its_rng,
    keep="the old theta is changed: write theta = theta - ..., not theta -= ...",
    hints=[
        "For 10 rows in pieces of 4, print `rows` in each round. Which rows does the "
        "starter never see?",
        "`n // size` rounds down: it counts the full pieces alone.",
        "Let the start of each piece run over `range(0, n, size)`; a slice that reaches "
        "beyond the end is simply shorter.",
    ],
    mistakes={
        "the last, shorter piece is left out": [
            epoch_of,
            walked(lambda rows, size: cut(rows, size, end=1)),
        ],
        "the rows are not shuffled: take them from the permutation": walked(
            lambda rows, size: cut(np.arange(len(rows)), size)
        ),
        "shuffled anew for every piece: draw one permutation, before the loop": [
            shuffled_anew,
            drawn_anew,
        ],
        "rows are drawn at random: in an epoch each comes once, in a permutation": [
            at_random(lambda rng, n, size: rng.choice(n, size)),
            at_random(lambda rng, n, size: rng.choice(n, min(size, n), replace=False)),
            at_random(lambda rng, n, size: rng.integers(0, n, size)),
        ],
        "uphill: the gradient is added": walked(sign=1),
        "every gradient is taken at the first theta": [
            from_the_first(sum),
            from_the_first(lambda gradients: np.mean(gradients, axis=0)),
        ],
        "every step begins at the first theta, and only the last one is kept": (
            from_the_first(lambda gradients: gradients[-1])
        ),
        "divided by the batch size again: gradient() is a mean already": [
            walked(scale=lambda rows, n, size, lr: 1 / size),
            walked(scale=lambda rows, n, size, lr: 1 / len(rows)),
        ],
        "multiplied by the number of rows: gradient() is a mean already": [
            walked(scale=lambda rows, n, size, lr: len(rows)),
            walked(scale=lambda rows, n, size, lr: size),
        ],
        "divided by n or by the number of pieces: every step has the rate lr": [
            walked(scale=lambda rows, n, size, lr: 1 / n),
            walked(scale=lambda rows, n, size, lr: 1 / len(range(0, n, size))),
        ],
        "weighed by the number of rows: every step has the rate lr, the last one too": [
            walked(scale=lambda rows, n, size, lr: len(rows) / n),
            walked(scale=lambda rows, n, size, lr: len(rows) / size),
        ],
        "lr is not used": walked(scale=lambda rows, n, size, lr: 1 / lr),
        "only the first piece: `return` stands inside the loop": walked(
            lambda rows, size: [rows[:size]]
        ),
        "one step for all rows at once": walked(lambda rows, size: [rows]),
        "every step takes all rows, not those of its piece": walked(
            lambda rows, size: [rows] * len(cut(rows, size))
        ),
        "one step for every row: a piece has `size` rows": [
            walked(lambda rows, size: [[row] for row in rows]),
            walked(lambda rows, size: rows),
        ],
        "an empty piece where size divides n: the mean over no rows is nan": walked(
            lambda rows, size: cut(rows, size, end=-1)
        ),
        "the first piece is left out": walked(
            lambda rows, size: cut(rows, size, start=size)
        ),
        "the rest is no part of the last full piece: it is a piece of its own": walked(
            lambda rows, size: np.split(rows, range(size, len(rows) - size + 1, size))
        ),
        "equal parts: every piece but the last has `size` rows": [
            walked(lambda rows, size: np.array_split(rows, -(-len(rows) // size))),
            walked(lambda rows, size: np.array_split(rows, len(rows) // size)),
        ],
        "a piece has one row too many": walked(
            lambda rows, size: cut(rows, size, more=1)
        ),
        "a piece has one row too few": walked(
            lambda rows, size: cut(rows, size, more=-1)
        ),
        "rows come twice: a piece is order[start : start + size]": [
            walked(
                lambda rows, size: [rows[: k + size] for k in range(0, len(rows), size)]
            ),
            walked(lambda rows, size: [rows[k:] for k in range(0, len(rows), size)]),
            walked(lambda rows, size: [rows[k : k + size] for k in range(len(rows))]),
        ],
        "the slice ends at size, not at start + size: its later pieces are empty": (
            walked(lambda rows, size: [rows[k:size] for k in range(0, len(rows), size)])
        ),
    },
)
