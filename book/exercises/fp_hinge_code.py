"""From points to the weights of hinges."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def hinge_weights(knots, heights):
    rise = heights[1:] - heights[:-1]
    run = knots[1:] - knots[:-1]
    return rise / run


def solution(knots, heights):
    slopes = (heights[1:] - heights[:-1]) / (knots[1:] - knots[:-1])  # (n,)
    before = np.append(0, slopes[:-1])  # (n,)
    return slopes - before


def by_diff(knots, heights):
    return np.diff(np.diff(heights) / np.diff(knots), prepend=0)


def by_loop(knots, heights):
    slope, changes = 0.0, []
    for k in range(len(knots) - 1):
        new = (heights[k + 1] - heights[k]) / (knots[k + 1] - knots[k])
        changes.append(new - slope)
        slope = new
    return changes


def cases(rng):
    found = [Case("the text's four points", (np.arange(4.0), np.array([0.0, 2, 1, 1])))]
    for n in 5, 8:
        knots = np.cumsum(rng.uniform(0.2, 2, n))
        about = f"{n} points at uneven distances"
        found.append(Case(about, (knots, rng.standard_normal(n))))
    return found


exercise = Exercise(
    label="ex-fp-hinge-code",
    starter=hinge_weights,
    solution=solution,
    rights=[by_diff, by_loop],
    cases=cases,
    hints=[
        "What does the starter return for the example, and what should it?",
        "At each knot the slope jumps from the piece before it to the piece after it. "
        "Before the first knot there is no piece: the slope is 0.",
        "Put a 0 in front of all slopes but the last, `np.append(0, slopes[:-1])`, and "
        "subtract that from the slopes.",
    ],
    mistakes={
        "these are the slopes, not their changes": hinge_weights,
        "the first slope is missing: there are n changes": lambda k, v: np.diff(
            np.diff(v) / np.diff(k)
        ),
        "the sign: slope before minus slope after": lambda k, v: -by_diff(k, v),
        "differences of heights, not divided by the distance of the knots": (
            lambda k, v: np.diff(np.diff(v), prepend=0)
        ),
        "upside down: a slope is rise over run": lambda k, v: np.diff(
            np.diff(k) / np.diff(v), prepend=0
        ),
        "one change too many: the last piece goes on, and never becomes level": (
            lambda k, v: np.diff(np.diff(v) / np.diff(k), prepend=0, append=0)
        ),
    },
)
