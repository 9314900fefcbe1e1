"""Softmax's product with its Jacobian, without the Jacobian."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def softmax_backward(g, y):
    return y * (g - (g * y).sum(axis=0))


def solution(g, y):
    return y * (g - (g * y).sum(axis=1, keepdims=True))


def row_by_row(g, y):
    return np.array([v * u - v * (u @ v) for u, v in zip(g, y, strict=True)])


def by_matrices(g, y):
    J = np.einsum("ni,ij->nij", y, np.eye(y.shape[1])) - np.einsum("ni,nj->nij", y, y)
    return np.einsum("ni,nij->nj", g, J)


def summed(g, y):
    return (g * y).sum(axis=1, keepdims=True)


def exponentials_again(g, y):
    e = np.exp(y)
    return solution(g, e / e.sum(axis=1, keepdims=True))


def without(row):
    """All rows but one, which stays 0."""

    def program(g, y):
        result = solution(g, y)
        result[row] = 0
        return result

    return program


def cases(rng):
    found = []
    for n, k in (4, 4), (5, 3), (1, 6):
        y = rng.dirichlet(np.ones(k), n)
        given = rng.standard_normal((n, k)), y
        found.append(Case(f"{n} sample{'s' * (n > 1)} with {k} units", given))
    return found


exercise = Exercise(
    label="ex-jac-softmax",
    starter=softmax_backward,
    solution=solution,
    rights=[row_by_row, by_matrices],
    cases=cases,
    keep="g or y itself is changed: compute in a new array",
    hints=[
        "Give it a batch of two rows, and then only the first of them. Is the first row "
        "of both answers the same?",
        "The sum belongs to one sample: it runs along its row.",
        "`keepdims=True` keeps the sums a column `(N, 1)`, which is then spread along "
        "the rows.",
    ],
    mistakes={
        "summed over the samples: use axis=1": softmax_backward,
        "turned round: the sums need keepdims=True": lambda g, y: (
            y * (g - (g * y).sum(axis=1))
        ),
        "one sum for the whole batch": lambda g, y: y * (g - (g * y).sum()),
        "diagonal only: every output depends on every input": lambda g, y: (
            g * y * (1 - y)
        ),
        "the factor y is missing": lambda g, y: g - summed(g, y),
        "the sum is missing: this is the diagonal y alone": lambda g, y: y * g,
        "wrong sign": lambda g, y: -solution(g, y),
        "the incoming g was ignored": lambda g, y: y * (1 - y),
        "mean in place of sum": [
            lambda g, y: y * (g - (g * y).mean(axis=1, keepdims=True)),
            lambda g, y: y * (g - (g * y).mean(axis=1)),
            lambda g, y: y * (g - (g * y).mean(axis=0)),
            lambda g, y: y * (g - (g * y).mean()),
        ],
        "the sum is subtracted from g, not added": lambda g, y: y * (g + summed(g, y)),
        "g and y are exchanged": lambda g, y: g * (y - summed(g, y)),
        "the factor y belongs to the sum, too: mind the brackets": lambda g, y: (
            g * y - summed(g, y)
        ),
        "the sum is subtracted from g, not from 1": lambda g, y: y * (1 - summed(g, y)),
        "the sum of g times y, not of y alone": lambda g, y: (
            y * (g - y.sum(axis=1, keepdims=True))
        ),
        "y is in the sum twice: it is the sum of g times y": lambda g, y: (
            y * (g - summed(g * y, y))
        ),
        "g @ y.T multiplies every sample with every other: sum g * y along the rows": (
            lambda g, y: y * (g - g @ y.T)
        ),
        "y is softmax's output already, and softmax is taken again": exponentials_again,
        "divided by the number of samples: no mean is taken here": lambda g, y: (
            solution(g, y) / len(g)
        ),
        "a sample is left out: the loop must run over all rows": [
            without(-1),
            without(0),
        ],
        "one sample only: `return` stands inside the loop": lambda g, y: solution(g, y)[
            0
        ],
        "the sum of g, not of g times y": lambda g, y: (
            y * (g - g.sum(axis=1, keepdims=True))
        ),
    },
)
