"""One step of Adam."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise, returned


def adam_step(theta, g, m, r, s):
    m = 0.9 * m + 0.1 * g
    r = 0.999 * r + 0.001 * g**2
    m_hat, r_hat = m / (1 - 0.9), r / (1 - 0.999)
    return theta - 0.1 * m_hat / (np.sqrt(r_hat) + 1e-8), m, r


def solution(theta, g, m, r, s):
    m = 0.9 * m + 0.1 * g
    r = 0.999 * r + 0.001 * g**2
    m_hat, r_hat = m / (1 - 0.9**s), r / (1 - 0.999**s)
    return theta - 0.1 * m_hat / (np.sqrt(r_hat) + 1e-8), m, r


def corrected_rate(theta, g, m, r, s):
    m = m + 0.1 * (g - m)
    r = r + 0.001 * (g * g - r)
    root = np.sqrt(1 - 0.999**s)
    step = 0.1 * root / (1 - 0.9**s) * m / (np.sqrt(r) + 1e-8 * root)
    return theta - step, m, r


def adam(
    *,
    s_of=lambda s: s,
    root=np.sqrt,
    square=lambda g, m: g**2,
    sign=-1,
    real=True,
    inside=False,
    keep=False,
    betas=(0.9, 0.999),
):
    def program(theta, g, m, r, s):
        one, two = betas
        m, r = one * m + (1 - one) * g, two * r + (1 - two) * square(g, m)
        m_hat = m / (1 - one ** s_of(s)) if real else m
        r_hat = r / (1 - two ** s_of(s)) if real else r
        below = root(r_hat + 1e-8) if inside else root(r_hat) + 1e-8
        theta = theta + sign * 0.1 * m_hat / below
        return (theta, m_hat, r_hat) if keep else (theta, m, r)

    return program


def path(function, arguments):
    """Each step's theta, m and r, where each begins with what the last returned."""
    theta, gradients = arguments
    m, r, found = np.zeros_like(theta), np.zeros_like(theta), []
    for s, g in enumerate(gradients, start=1):
        result = function(theta.copy(), g.copy(), m.copy(), r.copy(), s)
        theta, m, r = returned(result, "theta, m and r", theta, m, r)
        found.append((theta, m, r))
    return found


def cases(rng):
    found = []
    for n in 2, 3:
        scale = np.array([2e-4, 1.0, 30.0])[:n]
        theta = rng.uniform(1, 2, n) * rng.choice([-1, 1], n)
        gradients = scale * rng.uniform(0.5, 3, (4, n)) * rng.choice([-1, 1], (4, n))
        gradients[1, 0] = 0
        found.append(Case(f"four steps of {n} parameters", (theta, gradients)))
    return found


exercise = Exercise(
    label="ex-opt-adam-code",
    starter=adam_step,
    solution=solution,
    rights=[corrected_rate],
    cases=cases,
    run=path,
    hints=[
        "What does the starter divide `m` by at the hundredth step, when the mean has "
        "long been full?",
        "The mean begins at 0, and that 0 has the weight 0.9 after one step. Which "
        "weight has it after s steps?",
        "Divide by `1 - 0.9**s` and by `1 - 0.999**s`.",
    ],
    mistakes={
        "the s is missing: you divide by 1 − β at every step": adam_step,
        "s is one too small": adam(s_of=lambda s: s - 1 if s > 1 else 1),
        "s counts from 1: it is one too large": adam(s_of=lambda s: s + 1),
        "the means are not corrected": adam(real=False),
        "the corrected means are returned: keep m and r as they are": adam(keep=True),
        "the root is missing": adam(root=lambda r: r),
        "ε stands inside the root": adam(inside=True),
        "you square the mean, not the gradient": adam(square=lambda g, m: m**2),
        "the gradient is not squared": adam(square=lambda g, m: abs(g)),
        "uphill: the sign of the step": adam(sign=1),
        "the two βs are exchanged": adam(betas=(0.999, 0.9)),
        "the shares are exchanged: the old mean keeps 0.9": adam(betas=(0.1, 0.001)),
    },
)
