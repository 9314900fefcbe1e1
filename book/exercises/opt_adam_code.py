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


def corrected_around_epsilon(theta, g, m, r, s):
    m = 0.9 * m + 0.1 * g
    r = 0.999 * r + 0.001 * g**2
    rate = 0.1 * np.sqrt(1 - 0.999**s) / (1 - 0.9**s)
    return theta - rate * m / (np.sqrt(r) + 1e-8), m, r


def usual(s):
    return 1 - 0.9**s, 1 - 0.999**s


def usual_step(m, r, g, m_hat, r_hat):
    return 0.1 * m_hat / (np.sqrt(r_hat) + 1e-8)


def adam(
    *,
    fill=usual,
    step=usual_step,
    square=lambda g, m: g**2,
    betas=(0.9, 0.999),
    shares=None,
    results=lambda theta, change, new, old, hats: (theta - change, *new),
):
    """Adam with another correction, step, square or result; `shares` are those of the gradient."""
    if shares is None:
        shares = 1 - betas[0], 1 - betas[1]

    def program(theta, g, m, r, s):
        old = m, r
        m = betas[0] * m + shares[0] * g
        r = betas[1] * r + shares[1] * square(g, m)
        hats = m / np.float64(fill(s)[0]), r / np.float64(fill(s)[1])
        return results(theta, step(m, r, g, *hats), (m, r), old, hats)

    return program


def updated_too_late(theta, g, m, r, s):
    hats = m / usual(s)[0], r / usual(s)[1]
    m, r = solution(theta, g, m, r, s)[1:]
    return theta - usual_step(m, r, g, *hats), m, r


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
        "the s is missing in one of the two corrections": [
            adam(fill=lambda s: (1 - 0.9**s, 0.001)),
            adam(fill=lambda s: (0.1, 1 - 0.999**s)),
        ],
        "s is one too small": [
            adam(fill=lambda s: usual(max(s - 1, 1))),
            adam(fill=lambda s: usual(s - 1)),
        ],
        "s counts from 1: it is one too large": adam(fill=lambda s: usual(s + 1)),
        "the means are not corrected": adam(fill=lambda s: (1, 1)),
        "one of the means is not corrected": [
            adam(fill=lambda s: (1 - 0.9**s, 1)),
            adam(fill=lambda s: (1, 1 - 0.999**s)),
        ],
        "each mean is corrected by its own β": [
            adam(fill=lambda s: (1 - 0.9**s, 1 - 0.9**s)),
            adam(fill=lambda s: (1 - 0.999**s, 1 - 0.999**s)),
            adam(fill=lambda s: usual(s)[::-1]),
        ],
        "β to the power s, and then 1 minus that": [
            adam(fill=lambda s: (1 - 0.9 * s, 1 - 0.999 * s)),
            adam(fill=lambda s: ((1 - 0.9) ** s, (1 - 0.999) ** s)),
            adam(fill=lambda s: (0.9**s, 0.999**s)),
            adam(fill=lambda s: (1 + 0.9**s, 1 + 0.999**s)),
        ],
        "the wrong way: the means are too small at the start, and must become larger": (
            adam(fill=lambda s: (1 / (1 - 0.9**s), 1 / (1 - 0.999**s)))
        ),
        "the correction of r belongs inside the root": adam(
            fill=lambda s: (1 - 0.9**s, (1 - 0.999**s) ** 2)
        ),
        "the corrected means are returned: keep m and r as they are": adam(
            results=lambda theta, change, new, old, hats: (theta - change, *hats)
        ),
        "the old m and r are returned": adam(
            results=lambda theta, change, new, old, hats: (theta - change, *old)
        ),
        "the old m and r make the step: first the means, then the step": updated_too_late,
        "the results are in another order: theta, m, r": [
            adam(results=lambda theta, change, new, old, hats: (*new, theta - change)),
            adam(
                results=lambda theta, change, new, old, hats: (
                    theta - change,
                    *new[::-1],
                )
            ),
        ],
        "the step itself is returned: subtract it from theta": adam(
            results=lambda theta, change, new, old, hats: (change, *new)
        ),
        "the gradient steps, not its mean": adam(
            step=lambda m, r, g, m_hat, r_hat: usual_step(m, r, g, g, r_hat)
        ),
        "the root is missing": adam(
            step=lambda m, r, g, m_hat, r_hat: 0.1 * m_hat / (r_hat + 1e-8)
        ),
        "ε stands inside the root": adam(
            step=lambda m, r, g, m_hat, r_hat: 0.1 * m_hat / np.sqrt(r_hat + 1e-8)
        ),
        "ε is missing: the root plus ε divides": adam(
            step=lambda m, r, g, m_hat, r_hat: 0.1 * m_hat / np.sqrt(r_hat)
        ),
        "ε is added to the root of r, not of the corrected r": corrected_around_epsilon,
        "η is 0.1": [
            adam(step=lambda *means, rate=rate: rate * 10 * usual_step(*means))
            for rate in (1, 0.01, 0.001)
        ],
        "you square the mean, not the gradient": adam(square=lambda g, m: m**2),
        "the gradient is not squared": adam(square=lambda g, m: abs(g)),
        "you square the distance from the mean, not the gradient": adam(
            square=lambda g, m: (g - m) ** 2
        ),
        "every parameter has its own r: g**2, and no sum or mean over the parameters": [
            adam(square=lambda g, m: g @ g),
            adam(square=lambda g, m: (g**2).mean()),
        ],
        "uphill: the sign of the step": adam(step=lambda *means: -usual_step(*means)),
        "the two βs are exchanged": [
            adam(betas=(0.999, 0.9), fill=lambda s: usual(s)[::-1]),
            adam(betas=(0.999, 0.9)),
        ],
        "β₂ is 0.999": [
            adam(betas=(0.9, two), fill=lambda s, two=two: (1 - 0.9**s, 1 - two**s))
            for two in (0.9, 0.99)
        ],
        "the shares are exchanged: the old mean keeps 0.9": [
            adam(betas=(0.1, 0.001)),
            adam(betas=(0.1, 0.001), fill=lambda s: (1 - 0.1**s, 1 - 0.001**s)),
        ],
        "the new gradient's share is missing: 1 − β": [
            adam(shares=(1, 1)),
            adam(shares=(1, 0.001)),
            adam(shares=(0.1, 1)),
        ],
    },
)
