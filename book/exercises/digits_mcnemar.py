"""How uneven a split of disagreements is."""

from __future__ import annotations

from math import comb

import numpy as np

from .grading import Case, Exercise


def my_mcnemar(first, second):
    n_10 = np.sum(first & ~second)  # only the first is right
    n_01 = np.sum(second & ~first)
    n, fewer = int(n_10 + n_01), int(min(n_10, n_01))
    return min(1, sum(comb(n, k) for k in range(fewer)) * 2.0 ** (1 - n))


def solution(first, second):
    n_10 = np.sum(first & ~second)  # only the first is right
    n_01 = np.sum(second & ~first)
    n, fewer = int(n_10 + n_01), int(min(n_10, n_01))
    return min(1, sum(comb(n, k) for k in range(fewer + 1)) * 2.0 ** (1 - n))


def from_above(first, second):
    differ = first != second
    n, more = int(differ.sum()), int((first & differ).sum())
    more = max(more, n - more)
    return min(1.0, 2 * sum(comb(n, k) for k in range(more, n + 1)) / 2**n)


def by_products(first, second):
    alone, n = np.sum(first[first != second]), np.sum(first != second)
    term, total = 0.5**n, 0.0
    for k in range(min(alone, n - alone) + 1):
        total += term
        term *= (n - k) / (k + 1)
    return np.minimum(1, 2 * total)


def exact(alone, other, *, sides=2, below=0, first=0, bound=1.0):
    n, few = alone + other, min(alone, other)
    terms = range(first, few + 1 - below)
    return min(bound, sides * sum(comb(n, k) for k in terms) / 2.0**n)


def split(first, second):
    return int(np.sum(first & ~second)), int(np.sum(second & ~first))


def just_this_split(first, second, sides=2):
    a, b = split(first, second)
    return min(1.0, sides * comb(a + b, a) / 2.0 ** (a + b))


def up_to(first, second, last, n=None):
    """The sum up to k = last, of n that differ."""
    n = int(np.sum(first != second)) if n is None else n
    return min(1.0, sum(comb(n, k) for k in range(last + 1)) * 2.0 ** (1 - n))


def statistic(first, second, less=0):
    a, b = map(np.float64, split(first, second))
    return (abs(a - b) - less) ** 2 / (a + b)


def cases(rng):
    found = []
    base = int(rng.integers(8, 14))
    for alone, other, both in (
        (base, 3, 15),
        (2, base - 2, 9),
        (3, 3, 5),
        (0, 0, base),
        (5, 0, 4),
    ):
        first = np.repeat([True, False, True, False], [alone, other, both, 2])
        second = np.repeat([False, True, True, False], [alone, other, both, 2])
        order = rng.permutation(len(first))
        about = f"a split of {alone} to {other}"
        found.append(Case(about, (first[order], second[order])))
    return found


exercise = Exercise(
    label="ex-digits-mcnemar",
    starter=my_mcnemar,
    solution=solution,
    rights=[from_above, by_products],
    cases=cases,
    names={"comb": comb},
    hints=[
        "If the two never disagree, what does the starter return?",
        "How many terms has the sum for a split of 5 to 0, and how many has the "
        "starter's?",
        "k runs up to the smaller count, and includes it: `range(fewer + 1)`.",
    ],
    mistakes={
        "the split itself is left out: only more uneven ones count": my_mcnemar,
        "no disagreement at all: the probability is 1, not 0": lambda f, s: (
            exact(*split(f, s)) if np.any(f != s) else 0.0
        ),
        "one term too many: k runs up to the smaller count": lambda f, s: exact(
            *split(f, s), below=-1
        ),
        "k begins at 0: the most uneven split is missing": lambda f, s: exact(
            *split(f, s), first=1
        ),
        "the split itself is left out, and the factor 2 is missing": lambda f, s: exact(
            *split(f, s), below=1, sides=1
        ),
        "the factor 2 counts twice: it is in 2 to the 1 − n already": lambda f, s: (
            exact(*split(f, s), sides=4)
        ),
        "the factor 2 is missing: only one side counts": lambda f, s: exact(
            *split(f, s), sides=1
        ),
        "always 1: is it the smaller count, 2 to the power 1 − n, and `min`, not `max`?": (
            lambda f, s: 1.0
        ),
        "the count of one classifier: the smaller of the two is wanted": [
            lambda f, s: up_to(f, s, split(f, s)[0]),
            lambda f, s: up_to(f, s, split(f, s)[1]),
        ],
        "a statistic, not the probability: McNemar's χ²": [
            statistic,
            lambda f, s: statistic(f, s, less=1),
        ],
        "a probability above 1: an even split must not count twice": lambda f, s: exact(
            *split(f, s), bound=9
        ),
        "this very split alone: all that are more uneven count, too": [
            just_this_split,
            lambda f, s: just_this_split(f, s, sides=1),
            lambda f, s: 2 * just_this_split(f, s, sides=1),
        ],
        "all images count, not only those on which the two differ": [
            lambda f, s: exact(int(f.sum()), int(len(f) - f.sum())),
            lambda f, s: up_to(f, s, min(split(f, s)), n=len(f)),
        ],
        "the images count on which both are right or both wrong": lambda f, s: exact(
            int(np.sum(f & s)), int(np.sum(~f & ~s))
        ),
        "each one's right answers count, not those of one alone": lambda f, s: exact(
            int(f.sum()), int(s.sum())
        ),
        "1 minus what is wanted": lambda f, s: 1 - exact(*split(f, s)),
    },
)
