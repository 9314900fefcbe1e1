"""A step with L1: first the data, then the threshold."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def proximal_step(W, b, dW, db, lr, lam):
    W, b = W - lr * dW, b - lr * db
    W = np.sign(W) * np.maximum(abs(W) - lam, 0)
    b = np.sign(b) * np.maximum(abs(b) - lam, 0)
    return W, b


def solution(W, b, dW, db, lr, lam):
    W, b = W - lr * dW, b - lr * db
    return np.sign(W) * np.maximum(abs(W) - lr * lam, 0), b


def by_clipping(W, b, dW, db, lr, lam):
    half = W - lr * dW
    return half - np.clip(half, -lr * lam, lr * lam), b - lr * db


def by_cases(W, b, dW, db, lr, lam):
    W = W - lr * dW
    by = lr * lam
    above, below = np.where(by < W, W - by, 0), np.where(by < -W, W + by, 0)
    return above + below, b - lr * db


def soft(w, by):
    return np.sign(w) * np.maximum(abs(w) - by, 0)


def too_far(w, by):
    return w - by * np.sign(w)


def hard(w, by):
    return np.where(abs(w) > by, w, 0)


def stepping(
    *, by=lambda lr, lam: lr * lam, bias=False, first=False, shrink=soft, steps=(1, 1)
):
    """`steps` times lr * dW and lr * db; `bias` tells whether biases pay, `by` how far."""

    def program(W, b, dW, db, lr, lam):
        if first:
            W = shrink(W, by(lr, lam)) - steps[0] * lr * dW
        else:
            W = shrink(W - steps[0] * lr * dW, by(lr, lam))
        b = b - steps[1] * lr * db
        return W, (shrink(b, by(lr, lam)) if bias else b)

    return program


def of_the_old(*, sign, size):
    """The half step's sign and size, but where told those of the W before it."""

    def program(W, b, dW, db, lr, lam):
        half = W - lr * dW
        signs, sizes = np.sign(W if sign else half), abs(W if size else half)
        return signs * np.maximum(sizes - lr * lam, 0), b - lr * db

    return program


def along_the_slope(by, *, bias=False, then=0):
    """A step along λ's slope at the old W, as if it had no kink; `then` times lr * lam by the threshold."""

    def program(W, b, dW, db, lr, lam):
        half = W - lr * dW - by(lr, lam) * np.sign(W)
        b = b - lr * db - bias * by(lr, lam) * np.sign(b)
        return soft(half, then * lr * lam), b

    return program


def without_lr(W, b, dW, db, lr, lam):
    return soft(W - dW, lr * lam), b - db


def cases(rng):
    found = []
    for shape, lr, lam in ((6, 7), 0.5, 0.3), ((5, 8), 0.2, 1.5), ((4, 4), 1.5, 0.2):
        W, dW = rng.standard_normal((2, *shape)) * 0.5
        b, db = rng.standard_normal((2, shape[1])) * 0.5
        given = W, b, dW, db, lr, lam
        found.append(Case(f"W of shape {shape}, lr = {lr} and lam = {lam}", given))
    return found


exercise = Exercise(
    label="ex-reg-proximal",
    starter=proximal_step,
    solution=solution,
    rights=[by_clipping, by_cases],
    cases=cases,
    keep="W or b itself is changed: write W = W - ..., not W -= ...",
    hints=[
        "Set `lr = 0`: no step at all. What does the starter return, and what should it?",
        "How far the threshold moves a weight is in proportion to the length of the "
        "step; and a penalty is paid by weights alone.",
        "Move `W` by `lr * lam`, and return `b` right after its own half step.",
    ],
    mistakes={
        "you move by λ, not by ηλ": stepping(by=lambda lr, lam: lam),
        "biases go free, and yours pay": [
            stepping(bias=True),
            lambda W, b, dW, db, lr, lam: (
                solution(W, b, dW, db, lr, lam)[0],
                b - lr * (db + lam * np.sign(b)),
            ),
        ],
        "you move by λ, not by ηλ; and biases go free": proximal_step,
        "the threshold comes before the half step": stepping(first=True),
        "the threshold comes before the half step; and you move by λ, not by ηλ": (
            stepping(first=True, by=lambda lr, lam: lam)
        ),
        "you do not stop at 0": stepping(shrink=too_far),
        "the slope of λ|w| is no threshold: it steps across 0": [
            along_the_slope(lambda lr, lam: lr * lam),
            along_the_slope(lambda lr, lam: lam),
            along_the_slope(lambda lr, lam: lr * lam, bias=True),
        ],
        "the penalty is paid twice: in the gradient, and by the threshold": (
            along_the_slope(lambda lr, lam: lr * lam, then=1)
        ),
        "the sign is that of the half step, not of the old W": of_the_old(
            sign=True, size=False
        ),
        "the size is that of the half step, not of the old W": of_the_old(
            sign=False, size=True
        ),
        "the sign is lost: negative weights stay negative": stepping(
            shrink=lambda w, by: np.maximum(abs(w) - by, 0)
        ),
        "negative weights become 0: the threshold is for |w|": [
            stepping(shrink=lambda w, by: np.maximum(w - by, 0)),
            stepping(shrink=lambda w, by: np.sign(w) * np.maximum(w - by, 0)),
        ],
        "negative weights must move up: write the sign": stepping(
            shrink=lambda w, by: np.where(abs(w) > by, w - by, 0)
        ),
        "what is far from 0 becomes 0, not what is near: use np.maximum": stepping(
            shrink=lambda w, by: np.sign(w) * np.minimum(abs(w) - by, 0)
        ),
        "that is what is cut off: the half step minus that": stepping(
            shrink=lambda w, by: np.clip(w, -by, by)
        ),
        "times the sign, not times w: the size is there already": stepping(
            shrink=lambda w, by: w * np.maximum(abs(w) - by, 0)
        ),
        "that is L2: L1 takes the same from all, not a share": [
            stepping(shrink=lambda w, by: w * (1 - by)),
            stepping(shrink=lambda w, by: w / (1 + by)),
            stepping(shrink=lambda w, by: w * (1 - 2 * by)),
            stepping(shrink=lambda w, by: w / (1 + 2 * by)),
        ],
        "what is large stays as it is: everything must come nearer to 0": stepping(
            shrink=hard
        ),
        "away from 0: the sign": stepping(by=lambda lr, lam: -lr * lam),
        "without the penalty": stepping(by=lambda lr, lam: 0),
        "you move by η, not by ηλ": stepping(by=lambda lr, lam: lr),
        "you move by λ/η, not by ηλ": stepping(by=lambda lr, lam: lam / lr),
        "half as far: the slope of λ|w| is λ": stepping(
            by=lambda lr, lam: lr * lam / 2
        ),
        "twice as far: the slope of λ|w| is λ": stepping(
            by=lambda lr, lam: 2 * lr * lam
        ),
        "uphill: the sign of the data's step": stepping(steps=(-1, -1)),
        "the data's step has no lr": without_lr,
        "W makes no step on the data": stepping(steps=(0, 1)),
        "neither W nor b makes a step on the data": stepping(steps=(0, 0)),
        "b is not moved": stepping(steps=(1, 0)),
    },
)
