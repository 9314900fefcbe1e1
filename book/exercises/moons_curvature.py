"""The curvature of a loss along a direction."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def curvature(gradient, theta, e, h):
    change = gradient(theta + h * e) - gradient(theta - h * e)
    return e @ change / (2 * h)


def solution(gradient, theta, e, h):
    e = e / np.linalg.norm(e)
    change = gradient(theta + h * e) - gradient(theta - h * e)
    return e @ change / (2 * h)


def divided_at_the_end(gradient, theta, e, h):
    h = h / np.sqrt(e @ e)
    change = gradient(theta + h * e) - gradient(theta - h * e)
    return np.sum(change * e) / (2 * h) / (e @ e)


def unit(e):
    return e / np.linalg.norm(e)


def change(gradient, theta, e, h):
    return gradient(theta + h * unit(e)) - gradient(theta - h * unit(e))


def of_the_sum(gradient, theta, e, h):
    sums = gradient(theta + h * unit(e)) + gradient(theta - h * unit(e))
    return unit(e) @ sums / (2 * h)


def cases(rng):
    found = []
    for n, length in (3, 3.0), (5, 0.4), (4, 1.0):
        half = rng.standard_normal((n, n))
        H = half + half.T + np.diag(rng.uniform(1, 5, n))

        def gradient(theta, H=H):
            return H @ theta + theta**2

        e = length * unit(rng.standard_normal(n))
        about = f"{n} parameters and a direction of length {length:g}"
        given = gradient, rng.uniform(0.5, 1, n), e, 1e-3
        found.append(Case(about, given))
    return found


exercise = Exercise(
    label="ex-moons-curvature",
    starter=curvature,
    solution=solution,
    rights=[divided_at_the_end],
    cases=cases,
    hints=[
        "Call the starter with `e` and with `2 * e`. The direction is the same; is the "
        "curvature?",
        "A walk of length h needs a direction of length 1.",
        "`e = e / np.linalg.norm(e)` in the first line.",
    ],
    mistakes={
        "e was not brought to length 1": curvature,
        "divided by h, but the two points are 2h apart": lambda g, theta, e, h: (
            unit(e) @ change(g, theta, e, h) / h
        ),
        "the length of the change, not its part along e": lambda g, theta, e, h: (
            np.linalg.norm(change(g, theta, e, h)) / (2 * h)
        ),
        "a difference of gradients is needed, not their sum": of_the_sum,
        "one number is wanted: the part of the change along e": (
            lambda g, theta, e, h: change(g, theta, e, h) / (2 * h)
        ),
        "the change is not divided by 2h": lambda g, theta, e, h: (
            unit(e) @ change(g, theta, e, h)
        ),
        "divided by h squared: that is for differences of the loss": (
            lambda g, theta, e, h: unit(e) @ change(g, theta, e, h) / h**2
        ),
        "the sign: behind minus ahead": lambda g, theta, e, h: (
            -solution(g, theta, e, h)
        ),
        "only the signs of e are used": lambda g, theta, e, h: solution(
            g, theta, np.sign(e), h
        ),
    },
)
