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


def by_rows(z, t):
    return np.array(
        [sum(u) * softmax(v[None])[0] - u for v, u in zip(z, t, strict=True)]
    ) / len(z)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cases(rng):
    found = []
    for n, k, lost in (4, 4, 2), (7, 5, 3), (3, 4, 0):
        t = np.eye(k)[rng.integers(0, k, n)]
        t[rng.permutation(n)[:lost]] = 0
        about = f"{n} samples, {lost} of them without a label,"
        found.append(Case(about, (rng.standard_normal((n, k)), t)))
    return found


def weighed(weight):
    """Softmax times another weight of the rows or classes."""

    def program(z, t):
        return (weight(t) * softmax(z) - t) / len(z)

    return program


def labelled(t):
    return t.sum(axis=1, keepdims=True)


def with_targets(targets):
    """The starter, with something put in where no target is."""

    def program(z, t):
        return gradient(z, np.where(labelled(t), t, targets(z)))

    return program


def likeliest(z):
    return np.eye(z.shape[1])[z.argmax(axis=1)]


def first_class(z):
    return np.eye(z.shape[1])[:1]


exercise = Exercise(
    label="ex-sce-unlabelled",
    starter=gradient,
    solution=solution,
    rights=[where_labelled, by_rows],
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
        "y − t: a sample without a label still pushes; and missing 1/N": (
            lambda z, t: softmax(z) - t
        ),
        "y − t, divided by the number of labels: a sample without a label still pushes": (
            lambda z, t: (softmax(z) - t) / t.sum()
        ),
        "missing 1/N": lambda z, t: labelled(t) * softmax(z) - t,
        "brackets: 1/N belongs to the whole difference": [
            lambda z, t: labelled(t) * softmax(z) - t / len(z),
            lambda z, t: softmax(z) - t / len(z),
        ],
        "divided by the number of classes, not of rows": lambda z, t: (
            (labelled(t) * softmax(z) - t) / z.shape[1]
        ),
        "mean over the classes, too": lambda z, t: solution(z, t) / z.shape[1],
        "turned round: the sums need keepdims=True": weighed(lambda t: t.sum(axis=1)),
        "rows without a label are dropped: they stay, as rows of zeros": [
            lambda z, t: solution(z, t)[t.any(axis=1)],
            lambda z, t: solution(z[t.any(axis=1)], t[t.any(axis=1)]),
        ],
        "the mean of a row's targets: their sum is 1 where there is a label": weighed(
            lambda t: t.mean(axis=1, keepdims=True)
        ),
        "the wrong rows: those with a label push, the others do not": [
            weighed(lambda t: 1 - labelled(t)),
            lambda z, t: np.where(labelled(t), 0, softmax(z) - t) / len(z),
        ],
        "no row is pushed at all: t.any(axis=1) tells which has a label, t.all does not": lambda z, t: (
            np.zeros_like(z)
        ),
        "a row without a label is given one: it is to have no gradient": [
            with_targets(lambda z: 1 / z.shape[1]),
            with_targets(likeliest),
        ],
        "argmax of a row of zeros is class 0, but the row has no label": with_targets(
            first_class
        ),
        "the logits are made 0, not the gradient: softmax of zeros is 1/K": [
            lambda z, t: gradient(labelled(t) * z, t),
            lambda z, t: gradient(t * z, t),
        ],
        "the targets are not subtracted": lambda z, t: (
            labelled(t) * softmax(z) / len(z)
        ),
        "gradient with respect to y, not z": lambda z, t: -t / softmax(z) / len(z),
        "softmax is weighed by the right class's probability, not by the row's sum": (
            lambda z, t: (
                (softmax(z) * (t * softmax(z)).sum(1, keepdims=True) - t) / len(z)
            )
        ),
        "divided by the number of labels, not of rows": lambda z, t: (
            (labelled(t) * softmax(z) - t) / t.sum()
        ),
        "the sum must run along each row: axis=1": weighed(lambda t: t.sum(axis=0)),
        "one sum for the whole batch": weighed(np.sum),
        "wrong sign": lambda z, t: -solution(z, t),
        "only the right class is pushed": weighed(lambda t: t),
        "softmax twice": lambda z, t: solution(softmax(z), t),
    },
)
