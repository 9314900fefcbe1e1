"""Steps of one sample at a time, beside one step of all of them."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def step_gap(theta, gradient, n, eta):
    one_by_one = theta
    for i in range(n):
        one_by_one = one_by_one - eta * gradient(theta, [i])
    together = theta - n * eta * gradient(theta, range(n))
    apart = np.linalg.norm(one_by_one - together)
    return apart / np.linalg.norm(together - theta)


def solution(theta, gradient, n, eta):
    one_by_one = theta
    for i in range(n):
        one_by_one = one_by_one - eta * gradient(one_by_one, [i])
    together = theta - n * eta * gradient(theta, range(n))
    apart = np.linalg.norm(one_by_one - together)
    return apart / np.linalg.norm(together - theta)


def on_a_copy(theta, gradient, n, eta):
    moved, step = theta.copy(), n * eta * gradient(theta, np.arange(n))
    for i in range(n):
        moved -= eta * gradient(moved, np.array([i]))
    return np.sqrt(np.sum((moved - theta + step) ** 2) / np.sum(step**2))


def singles(theta, gradient, n, eta):
    for i in range(n):
        theta = theta - eta * gradient(theta, [i])
    return theta


def any_gap(theta, gradient, n, eta, *, share=None, size=np.linalg.norm):
    """`share` is the one step's rate, as a share of η."""
    batch = (n if share is None else share) * eta * gradient(theta, range(n))
    apart = singles(theta, gradient, n, eta) - (theta - batch)
    return size(apart) / size(batch)


def one_after_the_other(theta, gradient, n, eta):
    middle = singles(theta, gradient, n, eta)
    step = n * eta * gradient(middle, range(n))
    return np.linalg.norm(step) / np.linalg.norm(middle - step - theta)


def uphill(theta, gradient, n, eta):
    return any_gap(theta, lambda *given: -gradient(*given), n, eta)


def not_divided(theta, gradient, n, eta):
    step = n * eta * gradient(theta, range(n))
    return solution(theta, gradient, n, eta) * np.linalg.norm(step)


def over_the_small_steps(theta, gradient, n, eta):
    way = np.linalg.norm(singles(theta, gradient, n, eta) - theta)
    return not_divided(theta, gradient, n, eta) / way


def over_theta(theta, gradient, n, eta):
    return not_divided(theta, gradient, n, eta) / np.linalg.norm(theta)


def fast_singles(theta, gradient, n, eta):
    batch = n * eta * gradient(theta, range(n))
    apart = singles(theta, gradient, n, n * eta) - (theta - batch)
    return np.linalg.norm(apart) / np.linalg.norm(batch)


def all_at_each_step(theta, gradient, n, eta):
    return any_gap(theta, lambda p, rows: gradient(p, range(n)), n, eta)


def cases(rng):
    found = []
    for n, eta in (6, 0.02), (9, 0.01), (4, 0.05):
        data = rng.uniform(1, 3, (n, 3))

        def gradient(theta, rows, data=data):
            some = data[list(rows)]
            return (some * (some * theta - 1)).mean(axis=0) + theta**3 / 10

        theta = rng.uniform(1, 2, 3) * [1, -1, 1]
        found.append(Case(f"{n} samples at the rate {eta}", (theta, gradient, n, eta)))
    return found


exercise = Exercise(
    label="ex-moons-steps",
    starter=step_gap,
    solution=solution,
    rights=[on_a_copy],
    cases=cases,
    keep="the old theta is changed: write theta = theta - ..., not theta -= ...",
    hints=[
        "The starter says 0, whatever the rate: its small steps add up to the large one "
        "exactly. What do real steps do that these do not?",
        "At which point does each small step take its gradient?",
        "`gradient(one_by_one, [i])`: where the step before it ended.",
    ],
    mistakes={
        "each small step takes its gradient at the first theta, as the large one": (
            step_gap
        ),
        "each small step takes one sample, not all": all_at_each_step,
        "the one step has the rate n · eta: it is n times too short": (
            lambda *given: any_gap(*given, share=1)
        ),
        "both rates are n times too small": lambda theta, gradient, n, eta: solution(
            theta, gradient, n, eta / n
        ),
        "the small steps have the rate eta: they are n times too long": fast_singles,
        "the one step starts where the small ones ended: both start from theta": (
            one_after_the_other
        ),
        "uphill: the gradient is added": uphill,
        "not divided by the length of the one step": not_divided,
        "divided by the way of the small steps, not of the one": over_the_small_steps,
        "divided by the length of theta, not of the step": over_theta,
        "lengths are square roots: the root is missing": lambda *given: any_gap(
            *given, size=lambda v: v @ v
        ),
        "a length is the root of a sum of squares, not the largest entry": (
            lambda *given: any_gap(*given, size=lambda v: abs(v).max())
        ),
        "a length is the root of a sum of squares, not the sum of sizes": (
            lambda *given: any_gap(*given, size=lambda v: abs(v).sum())
        ),
    },
)
