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


def sums(x, weights, f):
    """Each layer's z."""
    for W in weights:
        yield (z := x @ W)
        x = f(z)


def measured(x, weights, f, measure):
    return np.array([measure(z, f(z)) for z in sums(x, weights, f)])


def measuring(measure):
    return lambda x, weights, f: measured(x, weights, f, measure)


def before_the_layer(x, weights, f):
    numbers = []
    for W in weights:
        numbers.append(x.std(axis=0).mean())
        x = f(x @ W)
    return np.array(numbers)


def averaged(spread):
    """The mean over the units of `spread(z)`."""
    return measuring(lambda z, a: spread(z).mean())


def with_another_f(f):
    return lambda x, weights, _: solution(x, weights, f)


def x_into_each(x, weights, f):
    return np.array([(x @ W).std(axis=0).mean() for W in weights])


def transposed(x, weights, f):
    return solution(x, [W.T for W in weights], f)


def cases(rng):
    found = []
    for n, widths in (7, (3, 5, 4, 2)), (5, (4, 4, 4)):
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
        "the spread of all of a = f(z), not of each unit's z": measuring(
            lambda z, a: a.std()
        ),
        "one number for each unit: their mean is missing": lambda x, weights, f: [
            z.std(axis=0) for z in sums(x, weights, f)
        ],
        "one number too many: the input is no layer": lambda x, weights, f: np.append(
            x.std(axis=0).mean(), solution(x, weights, f)
        ),
        "each layer is given x, not what comes out of the layer before": x_into_each,
        "transposed: the product is `a @ W`": transposed,
        "f acts on x, too: the first layer takes x itself": lambda x, weights, f: (
            solution(f(x), weights, f)
        ),
        "another function stands in the place of f": [
            with_another_f(lambda z: np.maximum(z, 0)),
            with_another_f(lambda z: 1 / (1 + np.exp(-z))),
        ],
        "the sum over the units, not their mean": measuring(
            lambda z, a: z.std(axis=0).sum()
        ),
        "divided by the number of samples, not by that of the units": measuring(
            lambda z, a: z.std(axis=0).sum() / len(z)
        ),
        "N − 1 in place of N: z.std has no `ddof` here": averaged(
            lambda z: z.std(axis=0, ddof=1)
        ),
        "the root is taken last: the mean is one of deviations, not of variances": (
            measuring(lambda z, a: np.sqrt(z.var(axis=0).mean()))
        ),
        "the units are averaged first: each unit has its own deviation": measuring(
            lambda z, a: z.mean(axis=1).std()
        ),
        "the deviation of the deviations, not their mean": measuring(
            lambda z, a: z.std(axis=0).std()
        ),
        "the mean is not subtracted before squaring": [
            averaged(lambda z: np.sqrt((z**2).mean(axis=0))),
            measuring(lambda z, a: np.sqrt((z**2).mean())),
        ],
        "one mean for all units is subtracted: each unit has its own": averaged(
            lambda z: np.sqrt(((z - z.mean()) ** 2).mean(axis=0))
        ),
        "the weights' spread, not that of z": lambda x, weights, f: np.array(
            [W.std(axis=0).mean() for W in weights]
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
        "the largest, smallest or middle one of the units, not their mean": [
            measuring(lambda z, a: z.std(axis=0).max()),
            measuring(lambda z, a: z.std(axis=0).min()),
            measuring(lambda z, a: np.median(z.std(axis=0))),
        ],
    },
)
