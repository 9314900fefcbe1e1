"""How much the samples differ, layer after layer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .draw import sizes
from .grading import Case, Exercise


def spreads(x, weights, f):
    numbers, a = [], x
    for W in weights:
        z = a @ W
        numbers.append(z.std())
        a = f(z)
    return numbers


def solution(x, weights, f):
    numbers, a = [], x
    for W in weights:
        z = a @ W
        numbers.append(z.std(axis=0).mean())
        a = f(z)
    return numbers


def by_hand(x, weights, f):
    numbers = np.zeros(len(weights))
    for layer, W in enumerate(weights):
        z = x @ W
        middle = z - z.sum(axis=0) / len(z)
        numbers[layer] = np.mean(np.sqrt((middle**2).sum(axis=0) / len(z)))
        x = f(z)
    return numbers


def measured(x, weights, f, measure):
    numbers, a = [], x
    for W in weights:
        z = a @ W
        a = f(z)
        numbers.append(measure(z, a))
    return np.array(numbers)


def measuring(measure):
    return lambda x, weights, f: measured(x, weights, f, measure)


def before_the_layer(x, weights, f):
    numbers = []
    for W in weights:
        numbers.append(x.std(axis=0).mean())
        x = f(x @ W)
    return np.array(numbers)


def cases(rng):
    found = []
    for n, widths in (7, (3, 5, 4, 2)), (5, (2, 6, 6)):
        weights = [rng.standard_normal(s) for s in pairwise(widths)]
        x = rng.standard_normal((n, widths[0])) + 1
        found.append(Case(sizes(n, widths), (x, weights, np.tanh)))
    return found


exercise = Exercise(
    label="ex-init-spreads",
    starter=spreads,
    solution=solution,
    rights=[by_hand],
    cases=cases,
    hints=[
        "Feed in a batch of equal rows. The samples do not differ at all; what does the "
        "starter say?",
        "Samples are rows: a standard deviation over the samples goes along axis 0.",
        "`z.std(axis=0)` has one number a unit; their mean is the layer's.",
    ],
    mistakes={
        "z.std() mixes samples and units: equal samples would seem to differ": spreads,
        "axis=1 compares the units of one sample": measuring(
            lambda z, a: z.std(axis=1).mean()
        ),
        "the spread of a = f(z), not of z": measuring(
            lambda z, a: a.std(axis=0).mean()
        ),
        "f is missing between the layers": lambda x, weights, f: measured(
            x, weights, lambda z: z, lambda z, a: z.std(axis=0).mean()
        ),
        "the variance: its root is missing": measuring(
            lambda z, a: z.var(axis=0).mean()
        ),
        "the spread of the means of the units: samples must be compared": measuring(
            lambda z, a: z.mean(axis=0).std()
        ),
        "the spread of what comes into the layer, not of z": before_the_layer,
        "the largest of the units, not their mean": measuring(
            lambda z, a: z.std(axis=0).max()
        ),
    },
)
