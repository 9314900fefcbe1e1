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


def slopes(knots, heights):
    return np.diff(heights) / np.diff(knots)


def less_the_change_before(knots, heights):
    changes = slopes(knots, heights)
    for k in range(1, len(changes)):
        changes[k] -= changes[k - 1]
    return changes


def of_slopes(what):
    return lambda knots, heights: what(slopes(knots, heights))


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
        "the last change is missing": lambda k, v: by_diff(k, v)[:-1],
        "the first change is the first slope, not 0": of_slopes(
            lambda s: np.append(0, np.diff(s))
        ),
        "the slope before the first piece is 0, not the last piece's": of_slopes(
            lambda s: s - np.roll(s, 1)
        ),
        "the 0 stands before the first slope, not behind the last": [
            of_slopes(lambda s: s - np.append(s[:-1], 0)),
            of_slopes(lambda s: s - np.append(s[1:], 0)),
            of_slopes(lambda s: np.diff(s, append=0)),
            of_slopes(lambda s: np.append(np.diff(s), s[-1])),
        ],
        "the sum of two slopes, not their difference": of_slopes(
            lambda s: s + np.append(0, s[:-1])
        ),
        "the change before is subtracted, not the slope before": less_the_change_before,
        "whole numbers: is it `//`, or an array of integers?": [
            lambda k, v: np.trunc(by_diff(k, v)),
            lambda k, v: np.diff(np.diff(v) // np.diff(k), prepend=0),
        ],
        "a height over a distance: the rise is a difference of heights": (
            lambda k, v: np.diff(v[1:] / np.diff(k), prepend=0)
        ),
        "divided by the distance of the knots once too often": lambda k, v: (
            by_diff(k, v) / np.diff(k)
        ),
        "multiplied by the distance of the knots, not divided": lambda k, v: np.diff(
            np.diff(v) * np.diff(k), prepend=0
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
