"""Back through SiLU."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def silu_backward(g, z):
    s = 1 / (1 + np.exp(-z))
    return g * z * s * (1 - s)


def solution(g, z):
    s = 1 / (1 + np.exp(-z))
    return g * (s + z * s * (1 - s))


def with_the_output(g, z):
    s = 1 / (1 + np.exp(-z))
    y = z * s
    return g * (y + s * (1 - y))


def by_tanh(g, z):
    s = (1 + np.tanh(z / 2)) / 2
    return g * s + g * s * z - g * z * s**2


def at(z):
    s = 1 / (1 + np.exp(-z))
    return s, s * (1 - s)


def of_the_output(g, z):
    return solution(g, z * at(z)[0])


def cases(rng):
    found = []
    for n, k in (4, 3), (1, 5), (3, 3):
        given = rng.standard_normal((n, k)), rng.normal(0, 2, (n, k))
        found.append(Case(f"{n} sample{'s' * (n > 1)} with {k} units", given))
    return found


exercise = Exercise(
    label="ex-jac-silu",
    starter=silu_backward,
    solution=solution,
    rights=[with_the_output, by_tanh],
    cases=cases,
    hints=[
        "What does the starter say of the slope at 0? And what does SiLU, which is "
        "nearly z/2 there?",
        "z stands in two places: as a factor, and inside the sigmoid. A product's slope "
        "has a term for each of its factors.",
        "One term is `s`, where the factor z moves alone; the other `z * s * (1 - s)`, "
        "where only the sigmoid does.",
    ],
    mistakes={
        "one term of the product rule is missing: there z, the factor, moves": (
            silu_backward
        ),
        "one term of the product rule is missing: there z moves in the sigmoid": (
            lambda g, z: g * at(z)[0]
        ),
        "that is the slope of the sigmoid alone": lambda g, z: g * at(z)[1],
        "the incoming g was ignored": lambda g, z: at(z)[0] + z * at(z)[1],
        "the terms of a product's slope are added, not subtracted": lambda g, z: (
            g * (at(z)[0] - z * at(z)[1])
        ),
        "the terms of a product's slope are added, not multiplied": lambda g, z: (
            g * at(z)[0] * z * at(z)[1]
        ),
        "SiLU itself, not its slope, multiplies g": lambda g, z: g * z * at(z)[0],
        "the slope at the output, not at z": of_the_output,
        "the sigmoid's slope is s (1 − s), not 1 − s": lambda g, z: (
            g * (at(z)[0] + z * (1 - at(z)[0]))
        ),
        "the sign of the exponent: the sigmoid falls": lambda g, z: solution(g, -z),
        "a bracket is missing: g multiplies both terms": lambda g, z: (
            g * at(z)[0] + z * at(z)[1]
        ),
        "y (1 − y) is the slope for a sigmoid's output; this one is z σ(z)": lambda g, z: (
            g * z * at(z)[0] * (1 - z * at(z)[0])
        ),
        "the second term lacks its factor z": lambda g, z: g * sum(at(z)),
    },
)
