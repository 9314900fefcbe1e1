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


def usual(s):
    return 1 - 0.9**s


def rmsprop(
    *,
    fill=usual,
    root=np.sqrt,
    rate=0.01,
    rho=0.9,
    share=None,
    square=lambda g: g**2,
    results=lambda theta, step, new, old: (theta - step, new),
):
    """RMSProp with another correction, root, rate, mean or result; `share` is the gradient's in r."""
    if share is None:
        share = 1 - rho

    def program(theta, g, r, s):
        new = rho * r + share * square(g)
        step = rate * g / root(new / np.float64(fill(s)))
        return results(theta, step, new, r)

    return program


def updated_too_late(theta, g, r, s):
    step = 0.01 * g / np.sqrt(r / (1 - 0.9**s))
    return theta - step, 0.9 * r + 0.1 * g**2


def starting_at_the_square(theta, g, r, s):
    r = g**2 if s == 1 else 0.9 * r + 0.1 * g**2
    return theta - 0.01 * g / np.sqrt(r), r


def plain_mean(theta, g, r, s):
    r = r + (g**2 - r) / s
    return theta - 0.01 * g / np.sqrt(r), r


def half_corrected(old, new):
    """Only one part of r is corrected, by 1 or by s."""

    def program(theta, g, r, s):
        r = 0.9 * r / old(s) + 0.1 * g**2 / new(s)
        return theta - 0.01 * g / np.sqrt(r), r

    return program


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
        "a part of r is corrected, and is kept so: correct the new r, for the step only": [
            half_corrected(usual, lambda s: 1),
            half_corrected(lambda s: 1, usual),
        ],
        "the start is not corrected": rmsprop(fill=lambda s: 1),
        "the s is missing: the same correction at every step": rmsprop(
            fill=lambda s: 0.1
        ),
        "the wrong way: r is too small at the start, and must become larger": rmsprop(
            fill=lambda s: 1 / usual(s)
        ),
        "the correction belongs inside the root": rmsprop(fill=lambda s: usual(s) ** 2),
        "g is corrected, not r: the step is too long at the start already": rmsprop(
            fill=lambda s: usual(s) ** -2
        ),
        "two roots: r is divided by 1 − ρ**s, and then comes the root": rmsprop(
            fill=lambda s: np.sqrt(usual(s))
        ),
        "ρ to the power s, and then 1 minus that": [
            rmsprop(fill=lambda s: 1 - 0.9 * s),
            rmsprop(fill=lambda s: (1 - 0.9) ** s),
            rmsprop(fill=lambda s: 0.9**s),
            rmsprop(fill=lambda s: 1 + 0.9**s),
        ],
        "right at a constant gradient only: the sign alone steps": (
            lambda theta, g, r, s: (theta - 0.01 * np.sign(g), r)
        ),
        "right at a constant gradient only: the first square counts as much as ten": (
            starting_at_the_square
        ),
        "right at a constant gradient only: all squares count alike, the old fade in r": (
            plain_mean
        ),
        "ρ is 0.9": [
            rmsprop(rho=0.999, fill=lambda s: 1 - 0.999**s),
            rmsprop(rho=0.99, fill=lambda s: 1 - 0.99**s),
            rmsprop(fill=lambda s: 1 - 0.999**s),
        ],
        "η is 0.01": [rmsprop(rate=rate) for rate in (1, 0.1, 0.001)],
        "the root is missing": rmsprop(root=lambda r: r),
        "the gradient is not squared": [
            rmsprop(square=abs),
            rmsprop(square=lambda g: g),
        ],
        "every parameter has its own r: g**2, and no sum or mean over the parameters": [
            rmsprop(square=lambda g: g @ g),
            rmsprop(square=lambda g: (g**2).mean()),
        ],
        "uphill: the sign of the step": rmsprop(rate=-0.01),
        "the shares are exchanged: the old mean keeps ρ": rmsprop(rho=0.1),
        "the new square's share is missing: 1 − ρ": rmsprop(share=1),
        "the share 1 − ρ is squared, too: it multiplies g**2": rmsprop(share=0.01),
        "s counts from 1: it is one too large": rmsprop(fill=lambda s: usual(s + 1)),
        "s counts from 1: it is one too small": rmsprop(fill=lambda s: usual(s - 1)),
        "the old r is returned": rmsprop(
            results=lambda theta, step, new, old: (theta - step, old)
        ),
        "the old r makes the step: first the mean, then the step": updated_too_late,
        "the results are in another order: theta, r": rmsprop(
            results=lambda theta, step, new, old: (new, theta - step)
        ),
        "the step itself is returned: subtract it from theta": rmsprop(
            results=lambda theta, step, new, old: (step, new)
        ),
    },
)
