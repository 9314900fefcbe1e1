"""ELU that keeps its digits and never overflows."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise, UnfitError


def elu(z):
    return np.where(z > 0, z, np.exp(z) - 1)


def solution(z):
    return np.expm1(np.minimum(z, 0)) + np.maximum(z, 0)


def one_side_each(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def by_mask(z):
    y = z.astype(float).copy()
    y[z < 0] = np.expm1(z[z < 0])
    return y


def strictly(function, arguments):
    """What would be a warning is an error here, and what keeps too few digits is said."""
    with np.errstate(over="raise", invalid="raise"):
        y = function(*arguments)
    if isinstance(y, np.ndarray) and y.dtype in (np.float16, np.float32):
        raise UnfitError(
            f"it returns {y.dtype}, which keeps only the first {np.finfo(y.dtype).precision} digits: "
            "compute in float64, as z is"
        )
    return y


def cases(rng):
    near = rng.uniform(-1e-8, 1e-8, (2, 3))
    usual = rng.normal(0, 2, (3, 4))
    large = np.array([[-800.0, -1.0, 0.0], [2.0, 800.0, rng.uniform(710, 900)]])
    return [
        Case("numbers of the usual size", (usual,)),
        Case("numbers near 0", (near,)),
        Case("numbers up to 900", (large,)),
    ]


def subtracted(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


exercise = Exercise(
    label="ex-jac-elu",
    starter=elu,
    solution=solution,
    rights=[one_side_each, by_mask],
    cases=cases,
    run=strictly,
    rtol=1e-12,
    atol=0,
    hints=[
        "`np.where` computes both sides for every entry, and then throws one away.",
        "`np.minimum(z, 0)` is 0 where `z` is positive: the exponential of that is "
        "never large.",
        "`np.expm1(z)` is the exponential minus 1, computed so that no digit is lost "
        "near 0.",
    ],
    mistakes={
        "overflow: the exponential of 800 is computed and thrown away; and digits are "
        "lost near 0": elu,
        "overflow: the exponential of 800 is computed and thrown away": lambda z: (
            np.where(z > 0, z, np.expm1(z))
        ),
        "digits are lost near 0: use np.expm1": subtracted,
        "that is ReLU": lambda z: np.maximum(z, 0),
        "the sides are exchanged": lambda z: np.where(
            z > 0, np.expm1(np.minimum(z, 0)), z
        ),
        "the −1 is missing": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0))),
        "the positive side is missing": lambda z: np.expm1(np.minimum(z, 0)),
        "the sign of the negative side": lambda z: np.where(
            z > 0, z, -np.expm1(np.minimum(z, 0))
        ),
    },
)
