"""Weights between two bounds, with a wanted standard deviation."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise, UnfitError, form, numbers


def even_weights(rng, n_in, n_out, gain):
    bound = gain / np.sqrt(n_in)
    return rng.uniform(-bound, bound, (n_in, n_out))


def solution(rng, n_in, n_out, gain):
    bound = gain * np.sqrt(3 / n_in)
    return rng.uniform(-bound, bound, (n_in, n_out))


def stretched(rng, n_in, n_out, gain):
    return gain * np.sqrt(12 / n_in) * (rng.uniform(size=(n_in, n_out)) - 0.5)


def row_by_row(rng, n_in, n_out, gain):
    bound = np.sqrt(3) * gain * n_in**-0.5
    return np.array([rng.uniform(-bound, bound, n_out) for _ in range(n_in)])


def drawn(bound, transposed=False, low=-1):
    def program(rng, n_in, n_out, gain):
        b = bound(n_in, n_out, gain)
        shape = (n_out, n_in) if transposed else (n_in, n_out)
        return rng.uniform(low * b, b, shape)

    return program


def normal(rng, n_in, n_out, gain):
    return rng.normal(0, gain / np.sqrt(n_in), (n_in, n_out))


def bounds(function, arguments):
    """Shape, ends and whether `rng` was used: any way to draw evenly is right, whatever numbers it draws."""
    draw = arguments[0].bit_generator
    before = draw.state
    W = numbers(value := function(*arguments))
    if W is None or W.ndim != 2:
        raise UnfitError(f"it returns {form(value)}; expected an array (n_in, n_out)")
    # Of so many even draws the extremes are the bounds, to a part in a thousand.
    quarters = np.histogram(W, bins=4)[0] / W.size
    even = bool((abs(quarters - 0.25) < 0.03).all())
    ends = [W.min(), W.max()] if even else [np.nan, np.nan]
    return np.array(W.shape), np.array(ends), draw.state != before


def cases(rng):
    found = []
    for n_in, n_out, gain in (60, 100, 2.5), (200, 80, 0.7):
        draw = np.random.default_rng(int(rng.integers(1000)))
        about = f"{n_in} inputs, {n_out} units and the gain {gain}"
        found.append(Case(about, (draw, n_in, n_out, gain)))
    return found


exercise = Exercise(
    label="ex-init-weights",
    starter=even_weights,
    solution=solution,
    rights=[stretched, row_by_row],
    cases=cases,
    run=bounds,
    rtol=5e-3,
    atol=1e-3,
    hints=[
        "Print `even_weights(np.random.default_rng(0), 100, 100, 1).std()`, and 1 over "
        "the root of 100.",
        "Evenly between −b and b the variance is b²/3: less than b², since most numbers "
        "are not at the ends.",
        "So the bound is the root of 3 times the standard deviation.",
    ],
    mistakes={
        "the bound is the standard deviation: a root of 3 is missing": even_weights,
        "divided by the root of n_out": [
            drawn(lambda n, m, g: g * np.sqrt(3 / m)),
            drawn(lambda n, m, g: g / np.sqrt(m)),
        ],
        "divided by the root of n_in + n_out": [
            drawn(lambda n, m, g: g * np.sqrt(3 / (n + m))),
            drawn(lambda n, m, g: g * np.sqrt(6 / (n + m))),
        ],
        "divided by n_in, without the root": [
            drawn(lambda n, m, g: g * np.sqrt(3) / n),
            drawn(lambda n, m, g: g / n),
            drawn(lambda n, m, g: g * 3 / n),
        ],
        "multiplied by the root of n_in": drawn(lambda n, m, g: g * np.sqrt(3 * n)),
        "divided by the root of 3, not multiplied": drawn(
            lambda n, m, g: g / np.sqrt(3 * n)
        ),
        "a root of 2 too much: the gain holds what a layer's f needs": drawn(
            lambda n, m, g: g * np.sqrt(6 / n)
        ),
        "a root of 2 in place of the root of 3": drawn(
            lambda n, m, g: g * np.sqrt(2 / n)
        ),
        "the whole width is root 12 of them: each bound is half of it": drawn(
            lambda n, m, g: g * np.sqrt(12 / n)
        ),
        "half as wide as they must be: from −b to b the width is 2b": drawn(
            lambda n, m, g: g * np.sqrt(3 / n) / 2
        ),
        "multiplied by 3, not by its root": drawn(lambda n, m, g: g * 3 / np.sqrt(n)),
        "transposed: x @ W needs shape (n_in, n_out)": drawn(
            lambda n, m, g: g * np.sqrt(3 / n), transposed=True
        ),
        "the gain is forgotten": [
            drawn(lambda n, m, g: np.sqrt(3 / n)),
            drawn(lambda n, m, g: 1 / np.sqrt(n)),
        ],
        "the gain counts twice": drawn(lambda n, m, g: g**2 * np.sqrt(3 / n)),
        "divided by the gain": drawn(lambda n, m, g: np.sqrt(3 / n) / g),
        "the numbers must come from `rng`": lambda rng, *sizes: solution(
            np.random.default_rng(0), *sizes
        ),
        "the gain belongs outside the root": drawn(lambda n, m, g: np.sqrt(3 * g / n)),
        "no weight is negative": [
            drawn(lambda n, m, g: g * np.sqrt(3 / n), low=0),
            drawn(lambda n, m, g: g * np.sqrt(12 / n), low=0),
        ],
        "not evenly between two bounds: is it rng.uniform?": normal,
    },
)
