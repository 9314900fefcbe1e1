"""The central difference along one direction."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def slope_along(loss, theta, e, h):
    above = loss(theta + h * e)
    below = loss(theta)
    return (above - below) / (2 * h)


def solution(loss, theta, e, h):
    return (loss(theta + h * e) - loss(theta - h * e)) / (2 * h)


def restored(loss, theta, e, h):
    theta += h * e
    above = loss(theta)
    theta -= 2 * h * e
    below = loss(theta)
    theta += h * e
    return (above - below) / (2 * h)


def of_one_number(loss, theta, e, h):
    def along(s):
        return loss(theta + s * e)

    return along(h) / (2 * h) - along(-h) / (2 * h)


def difference(ahead=1.0, behind=1.0, over=2.0, unit=lambda e: e):
    def program(loss, theta, e, h):
        e = unit(e)
        rise = loss(theta + ahead * h * e) - loss(theta - behind * h * e)
        return rise / (over * h)

    return program


def entry_by_entry(loss, theta, e, h):
    rows = np.eye(len(theta))
    return np.array([solution(loss, theta, row, h) for row in rows])


def off_by(step, over):
    """Steps of `step` h ahead and behind, and the difference over `over` h."""
    return difference(ahead=step, behind=step, over=over)


def of_two(take):
    """What `take` makes of the losses ahead and behind, and of h."""
    return lambda loss, theta, e, h: take(loss(theta + h * e), loss(theta - h * e), h)


def full_step(over):
    """Ahead and behind by e itself, the difference over `over(h)`."""
    return lambda loss, theta, e, h: (loss(theta + e) - loss(theta - e)) / over(h)


def second_derivative(loss, theta, e, h):
    ends = loss(theta + h * e) + loss(theta - h * e)
    return (ends - 2 * loss(theta)) / h**2


def along_by_entries(loss, theta, e, h):
    return entry_by_entry(loss, theta, e, h) @ e


def cases(rng):
    found = []
    for n in 3, 6:
        weights, e = rng.uniform(0.5, 2, n), rng.standard_normal(n)
        theta = rng.uniform(0.3, 1, n) * rng.choice([-1, 1], n)
        about = f"theta of {n} entries and a direction of length {{}}"
        for size in 1.0, 0.5:

            def loss(v, weights=weights):
                return float(np.sin(v + 1) @ weights * v[0] + v @ v * v.sum())

            given = loss, theta.copy(), size * e / np.linalg.norm(e), 1e-2
            found.append(Case(about.format(size), given))
    return found


exercise = Exercise(
    label="ex-gc-code",
    starter=slope_along,
    solution=solution,
    rights=[restored, of_one_number],
    cases=cases,
    rtol=1e-8,
    keep="theta is not restored: it must be what it was before the call",
    hints=[
        "For a loss that is a straight line with slope 1, what does the starter return?",
        "How far apart are the two points at which the starter takes the loss, and by "
        "what does it divide?",
        "A central difference goes as far behind theta as ahead of it: "
        "`loss(theta - h * e)`.",
    ],
    mistakes={
        "divided by h, not by 2h": difference(over=1),
        "one side only: the error is of order h": difference(behind=0, over=1),
        "one side only, behind: the error is of order h": difference(ahead=0, over=1),
        "half of the one-sided difference": slope_along,
        "wrong sign: behind minus ahead": difference(over=-2),
        "multiplied by h: what is divided by needs brackets, `/ (2 * h)`": of_two(
            lambda above, below, h: (above - below) / 2 * h
        ),
        "only the loss behind is divided: the difference needs brackets": [
            of_two(lambda above, below, h: above - below / (2 * h)),
            of_two(lambda above, below, h: above - below / 2 * h),
        ],
        "the change of the loss, not divided at all": of_two(
            lambda above, below, h: above - below
        ),
        "divided by 2, not by 2h": of_two(lambda above, below, h: (above - below) / 2),
        "divided by 2h², not by 2h": of_two(
            lambda above, below, h: (above - below) / (2 * h**2)
        ),
        "the sum of the two losses, not their difference": of_two(
            lambda above, below, h: (above + below) / (2 * h)
        ),
        "zero: both losses are taken at the same place": of_two(
            lambda above, below, h: 0.0
        ),
        "the steps are e, not h times e": [
            full_step(lambda h: 2 * h),
            full_step(lambda h: 2),
            full_step(lambda h: h),
        ],
        "the steps are not h times e, but half of that or twice that": [
            off_by(0.5, over=1),
            off_by(0.5, over=2),
            off_by(2, over=2),
            off_by(2, over=4),
        ],
        "the given h is not used": lambda loss, theta, e, h: solution(
            loss, theta, e, 1e-5
        ),
        "the second derivative, not the slope": second_derivative,
        "from a slope for each entry: two losses along e are enough": along_by_entries,
        "the direction is lost: all entries move alike": difference(unit=np.ones_like),
        "only the signs of e are used": difference(unit=np.sign),
        "e was brought to length 1: it may have any": difference(
            unit=lambda e: e / np.linalg.norm(e)
        ),
        "multiplied or divided by the length of e: the slope along a longer e is larger": [
            lambda loss, theta, e, h: solution(loss, theta, e, h) / np.linalg.norm(e),
            lambda loss, theta, e, h: solution(loss, theta, e, h) * np.linalg.norm(e),
        ],
        "one number is wanted, the slope along e, not one for each entry": (
            entry_by_entry
        ),
    },
)
