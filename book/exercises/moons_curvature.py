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


def measured(*, e=unit, along=unit, over=lambda h: 2 * h):
    """With other directions for the steps and for the product, and another divisor."""

    def program(gradient, theta, direction, h):
        step = h * e(direction)
        difference = gradient(theta + step) - gradient(theta - step)
        return along(direction) @ difference / over(h)

    return program


def itself(e):
    return e


def one_sided(ahead, behind, over):
    def program(gradient, theta, e, h):
        e = unit(e)
        difference = gradient(theta + ahead * h * e) - gradient(theta - behind * h * e)
        return e @ difference / (over * h)

    return program


def without_brackets(gradient, theta, e, h):
    e = unit(e)
    return e @ gradient(theta + h * e) - e @ gradient(theta - h * e) / (2 * h)


def second_difference(gradient, theta, e, h):
    e = unit(e)
    sums = gradient(theta + h * e) + gradient(theta - h * e)
    return e @ (sums - 2 * gradient(theta)) / h**2


def by_other_length(length):
    return measured(e=lambda e: e / length(e), along=lambda e: e / length(e))


def of_the_sum(gradient, theta, e, h):
    sums = gradient(theta + h * unit(e)) + gradient(theta - h * unit(e))
    return unit(e) @ sums / (2 * h)


def cases(rng):
    found = []
    for n, length, sign in (3, 3.0, 1), (5, 0.4, -1), (4, 1.0, 1):
        half = rng.uniform(-1, 1, (n, n))
        H = half + half.T + sign * np.diag(rng.uniform(15, 20, n))

        def gradient(theta, H=H):
            return H @ theta + theta**3

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
    keep="e itself is changed: write e = e / ..., not e /= ...",
    hints=[
        "Call the starter with `e` and with `2 * e`. The direction is the same; is the "
        "curvature?",
        "A walk of length h needs a direction of length 1.",
        "`e = e / np.linalg.norm(e)` in the first line.",
    ],
    mistakes={
        "e was not brought to length 1": curvature,
        "e was not brought to length 1; and the two points are 2h apart, not h": measured(
            e=itself, along=itself, over=lambda h: h
        ),
        "e must have length 1 in both places: in the steps and in the product": [
            measured(along=itself),
            measured(e=itself),
        ],
        "e is divided by the square of its length": by_other_length(lambda e: e @ e),
        "another length: it is the root of the sum of squares": [
            by_other_length(lambda e: abs(e).max()),
            by_other_length(lambda e: abs(e).sum()),
            by_other_length(np.sum),
        ],
        "divided by h, but the two points are 2h apart": measured(over=lambda h: h),
        "the steps have the length 1, not h": [
            measured(e=lambda e: 1000 * unit(e)),
            measured(e=lambda e: 1000 * unit(e), over=lambda h: 2),
        ],
        "a difference to one side: the gradient ahead minus the gradient behind": [
            one_sided(1, 0, 1),
            one_sided(0, 1, 1),
            one_sided(1, 0, 2),
            one_sided(0, 1, 2),
        ],
        "e is needed twice: the steps are h * e, and the change is multiplied by e": [
            measured(e=np.ones_like),
            measured(along=np.ones_like),
        ],
        "/ 2 * h multiplies by h: write / (2 * h)": measured(over=lambda h: 2 / h),
        "brackets: the whole difference is divided by 2h": without_brackets,
        "that is how fast the curvature changes: gradients need a first difference": (
            second_difference
        ),
        "that is the slope along e: the curvature is how the slope changes": (
            lambda g, theta, e, h: unit(e) @ g(theta)
        ),
        "the mean of the products: their sum is wanted": (
            lambda g, theta, e, h: (unit(e) * change(g, theta, e, h)).mean() / (2 * h)
        ),
        "the sign is lost: a curvature may be negative": (
            lambda g, theta, e, h: abs(solution(g, theta, e, h))
        ),
        "one number is wanted: add up the products with e": (
            lambda g, theta, e, h: unit(e) * change(g, theta, e, h) / (2 * h)
        ),
        "the length of the change, not its part along e": lambda g, theta, e, h: (
            np.linalg.norm(change(g, theta, e, h)) / (2 * h)
        ),
        "a difference of gradients is needed, not their sum": of_the_sum,
        "one number is wanted: the part of the change along e": (
            lambda g, theta, e, h: change(g, theta, e, h) / (2 * h)
        ),
        "the change is not divided by 2h": measured(over=lambda h: 1),
        "divided by h squared: that is for differences of the loss": [
            measured(over=lambda h: h**2),
            measured(over=lambda h: (2 * h) ** 2),
        ],
        "the sign: behind minus ahead": lambda g, theta, e, h: (
            -solution(g, theta, e, h)
        ),
        "only the signs of e are used": lambda g, theta, e, h: solution(
            g, theta, np.sign(e), h
        ),
    },
)
