"""RMSProp with a corrected start."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise, returned


def corrected_rmsprop(theta, g, r, s):
    r = (0.9 * r + 0.1 * g**2) / (1 - 0.9**s)
    return theta - 0.01 * g / np.sqrt(r), r


def solution(theta, g, r, s):
    r = 0.9 * r + 0.1 * g**2
    return theta - 0.01 * g / np.sqrt(r / (1 - 0.9**s)), r


def corrected_rate(theta, g, r, s):
    r = r + (g * g - r) / 10
    return theta - 0.01 * np.sqrt(1 - 0.9**s) * g / np.sqrt(r), r


def rmsprop(*, fill=lambda s: 1 - 0.9**s, root=np.sqrt, sign=-1, share=0.1):
    def program(theta, g, r, s):
        r = (1 - share) * r + share * g**2
        return theta + sign * 0.01 * g / root(r / fill(s)), r

    return program


def outside_the_root(theta, g, r, s):
    r = 0.9 * r + 0.1 * g**2
    return theta - 0.01 * g / (np.sqrt(r) / (1 - 0.9**s)), r


def path(function, arguments):
    """Each step's theta, where each begins with what the last returned; r is the answer's own."""
    theta, gradients = arguments
    r, found = np.zeros_like(theta), []
    for s, g in enumerate(gradients, start=1):
        result = function(theta.copy(), g.copy(), np.copy(r), s)
        theta, r = returned(result, "theta and r", theta, r)
        found.append(theta)
    return found


def cases(rng):
    constant = np.tile(rng.uniform(1, 5, 2), (5, 1))
    changing = rng.uniform(0.5, 3, (6, 3)) * rng.choice([-1, 1], (6, 3))
    return [
        Case("five steps at a constant gradient", (np.zeros(2), constant)),
        Case("six steps at changing gradients", (rng.standard_normal(3), changing)),
    ]


exercise = Exercise(
    label="ex-opt-rmsprop",
    starter=corrected_rmsprop,
    solution=solution,
    rights=[corrected_rate],
    cases=cases,
    run=path,
    hints=[
        "At a constant gradient, compute the first two values of `r` by hand: once as "
        "the starter does it, once without a correction.",
        "The starter returns a corrected `r`, and corrects it again at the next step.",
        "Keep `r` as it is, and divide by the root of `r / (1 - 0.9**s)`.",
    ],
    mistakes={
        "r itself was corrected, and is then corrected again": corrected_rmsprop,
        "the start is not corrected": rmsprop(fill=lambda s: 1),
        "the s is missing: the same correction at every step": rmsprop(
            fill=lambda s: 0.1
        ),
        "the wrong way: r is too small at the start, and must become larger": rmsprop(
            fill=lambda s: 1 / (1 - 0.9**s)
        ),
        "the correction belongs inside the root": outside_the_root,
        "the root is missing": rmsprop(root=lambda r: r),
        "uphill: the sign of the step": rmsprop(sign=1),
        "the shares are exchanged: the old mean keeps ρ": rmsprop(share=0.9),
        "s counts from 1: it is one too large": rmsprop(
            fill=lambda s: 1 - 0.9 ** (s + 1)
        ),
    },
)
