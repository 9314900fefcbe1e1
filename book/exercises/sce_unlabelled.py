"""The gradient where some samples have no label."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def gradient(z, t):
    return (softmax(z) - t) / len(z)


def solution(z, t):
    return (t.sum(axis=1, keepdims=True) * softmax(z) - t) / len(z)


def where_labelled(z, t):
    result = np.zeros_like(z)
    known = t.any(axis=1)
    result[known] = softmax(z[known]) - t[known]
    return result / len(z)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cases(rng):
    found = []
    for n, k, lost in (4, 3, 2), (7, 5, 3), (3, 4, 0):
        t = np.eye(k)[rng.integers(0, k, n)]
        t[rng.permutation(n)[:lost]] = 0
        about = f"{n} samples, {lost} of them without a label,"
        found.append(Case(about, (rng.standard_normal((n, k)), t)))
    return found


exercise = Exercise(
    label="ex-sce-unlabelled",
    starter=gradient,
    solution=solution,
    rights=[where_labelled],
    cases=cases,
    names={"softmax": softmax},
    hints=[
        "What is the loss of a row whose targets are all 0, and so its gradient?",
        "Look for the line of the derivation that does not yet use that the targets "
        "sum to 1.",
        "`t.sum(axis=1, keepdims=True)` is a column: 1 where there is a label, else 0. "
        "It multiplies `softmax(z)`.",
    ],
    mistakes={
        "y − t: a sample without a label still pushes": gradient,
        "missing 1/N": lambda z, t: t.sum(axis=1, keepdims=True) * softmax(z) - t,
        "divided by the number of labels, not of rows": lambda z, t: (
            (t.sum(axis=1, keepdims=True) * softmax(z) - t) / t.sum()
        ),
        "the sum must run along each row: axis=1": lambda z, t: (
            (softmax(z) * t.sum(axis=0) - t) / len(z)
        ),
        "one sum for the whole batch": lambda z, t: (softmax(z) * t.sum() - t) / len(z),
        "wrong sign": lambda z, t: -solution(z, t),
        "only the right class is pushed": lambda z, t: (t * softmax(z) - t) / len(z),
        "softmax twice": lambda z, t: solution(softmax(z), t),
    },
)
