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


def bent(z):
    """The negative side, which is 0 where z is positive."""
    return np.expm1(np.minimum(z, 0))


def subtracted(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


exercise = Exercise(
    label="ex-jac-elu",
    starter=elu,
    solution=solution,
    rights=[one_side_each, by_mask],
    cases=cases,
    run=strictly,
    keep="z itself is changed: work on a copy, y = z.copy()",
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
        "digits are lost near 0: use np.expm1": [
            subtracted,
            lambda z: np.maximum(z, np.exp(np.minimum(z, 0)) - 1),
        ],
        "that is ReLU": lambda z: np.maximum(z, 0),
        "the sides are exchanged": lambda z: np.where(z > 0, bent(z), z),
        "where z > 0, z itself is wanted, not its exponential": [
            np.expm1,
            lambda z: np.exp(z) - 1,
            lambda z: np.maximum(z, np.expm1(z)),
            lambda z: np.maximum(z, np.exp(z) - 1),
        ],
        "the smaller of the two is z everywhere: choose by the sign of z": lambda z: (
            np.minimum(z, np.expm1(z))
        ),
        "z is added on the negative side, too: there is no z": lambda z: z + bent(z),
        "np.expm1 subtracts 1 already: it is subtracted twice": lambda z: np.where(
            z > 0, z, bent(z) - 1
        ),
        "that is the derivative of ELU": lambda z: np.where(
            z > 0, 1, np.exp(np.minimum(z, 0))
        ),
        "the positive side is z, not 1": lambda z: np.where(z > 0, 1, bent(z)),
        "that is leaky ReLU: the negative side is an exponential": [
            lambda z: np.where(z > 0, z, 0.01 * z),
            lambda z: np.where(z > 0, z, 0.1 * z),
        ],
        "the sign of the positive side": lambda z: bent(z) - np.maximum(z, 0),
        "the −1 is missing": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0))),
        "the positive side is missing": bent,
        "the sign of the negative side": lambda z: np.where(z > 0, z, -bent(z)),
    },
)
