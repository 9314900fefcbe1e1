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
    *, by=lambda lr, lam: lr * lam, bias=False, first=False, shrink=soft, steps=1
):
    def program(W, b, dW, db, lr, lam):
        if first:
            W = shrink(W, by(lr, lam)) - lr * dW
        else:
            W = shrink(W - lr * dW, by(lr, lam))
        b = b - steps * lr * db
        return W, (shrink(b, by(lr, lam)) if bias else b)

    return program


def cases(rng):
    found = []
    for shape, lr, lam in ((6, 7), 0.5, 0.4), ((5, 8), 0.2, 1.5), ((4, 4), 1.5, 0.2):
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
    hints=[
        "Set `lr = 0`: no step at all. What does the starter return, and what should it?",
        "How far the threshold moves a weight is in proportion to the length of the "
        "step; and a penalty is paid by weights alone.",
        "Move `W` by `lr * lam`, and return `b` right after its own half step.",
    ],
    mistakes={
        "you move by λ, not by ηλ": stepping(by=lambda lr, lam: lam),
        "biases go free, and yours pay": stepping(bias=True),
        "you move by λ, not by ηλ; and biases go free": proximal_step,
        "the threshold comes before the half step": stepping(first=True),
        "you do not stop at 0": stepping(shrink=too_far),
        "what is large stays as it is: everything must come nearer to 0": stepping(
            shrink=hard
        ),
        "away from 0: the sign": stepping(by=lambda lr, lam: -lr * lam),
        "without the penalty": stepping(by=lambda lr, lam: 0),
        "half as far: the slope of λ|w| is λ": stepping(
            by=lambda lr, lam: lr * lam / 2
        ),
        "b is not moved": stepping(steps=0),
    },
)
