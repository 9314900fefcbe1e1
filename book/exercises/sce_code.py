"""Softmax cross-entropy: its value and its gradient, for large logits too."""

from __future__ import annotations

import numpy as np

import nnlib

from .grading import Case, Exercise


def my_loss(z, labels):
    rows = np.arange(len(z))
    y = np.exp(z - z.max(axis=1, keepdims=True))
    y /= y.sum(axis=1, keepdims=True)
    loss = -np.log(y[rows, labels]).mean()
    y[rows, labels] -= 1
    return loss, y


def solution(z, labels):
    rows = np.arange(len(z))
    z = z - z.max(axis=1, keepdims=True)
    log_y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    gradient = np.exp(log_y)
    gradient[rows, labels] -= 1
    return -log_y[rows, labels].mean(), gradient / len(z)


def by_nnlib(z, labels):
    return nnlib.SoftmaxCrossEntropy().value_and_grad(z, labels)


def by_logaddexp(z, labels):
    t = np.eye(z.shape[1])[labels]
    log_sum = np.logaddexp.reduce(z, axis=1, keepdims=True)
    loss = ((log_sum[:, 0] - (z * t).sum(axis=1)) / len(z)).sum()
    return loss, (np.exp(z - log_sum) - t) / len(z)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cases(rng):
    found = []
    for n, k in (5, 3), (4, 6):
        labels = np.append(rng.permutation(min(n, k)), rng.integers(0, k, n))[:n]
        given = rng.standard_normal((n, k)), labels
        found.append(Case(f"{n} samples, {k} classes and small logits", given))
    z = 3000 * np.sign(rng.standard_normal((6, 3))) + rng.standard_normal((6, 3))
    z[0] = -3000, 3000, 0  # some right class is far behind
    labels = np.append(0, rng.integers(0, 3, 5))
    return [*found, Case("logits of several thousands", (z, labels))]


def changed(of_loss, of_gradient):
    """The right loss and gradient, each times something."""

    def program(z, labels):
        loss, gradient = solution(z, labels)
        return of_loss(z) * loss, of_gradient(z) * gradient

    return program


def one(z):
    return 1


def pushed(of):
    """The right loss with another gradient: `of(y, t)` over N."""

    def program(z, labels):
        t = np.eye(z.shape[1])[labels]
        return solution(z, labels)[0], of(softmax(z), t) / len(z)

    return program


def over_samples(z, labels):
    e = np.exp(z - z.max(axis=0))
    y, rows = e / e.sum(axis=0), np.arange(len(z))
    loss = -np.log(y[rows, labels]).mean()
    y[rows, labels] -= 1
    return loss, y / len(z)


def by_exponentials(z, labels):
    y, rows = np.exp(z), np.arange(len(z))
    y /= y.sum(axis=1, keepdims=True)
    loss = -np.log(y[rows, labels]).mean()
    y[rows, labels] -= 1
    return loss, y / len(z)


def log_zero(z, labels):
    loss, y = my_loss(z, labels)
    return loss, y / len(z)


def clipped(eps):
    def program(z, labels):
        right = softmax(z)[np.arange(len(z)), labels]
        return -np.log(np.maximum(right, eps)).mean(), solution(z, labels)[1]

    return program


def binary(z, labels):
    y, t = softmax(z), np.eye(z.shape[1])[labels]
    both = t * np.log(y) + (1 - t) * np.log(1 - y)
    return -both.sum() / len(z), solution(z, labels)[1]


exercise = Exercise(
    label="ex-sce-code",
    starter=my_loss,
    solution=solution,
    rights=[by_nnlib, by_logaddexp],
    cases=cases,
    hints=[
        "The loss is a mean over the samples. Is the gradient that of a mean?",
        "Where the right class is far behind, its probability is rounded to 0. Which "
        "line of the starter then takes the logarithm of 0?",
        "The logarithm of softmax is the logit minus the logarithm of the sum of "
        "exponentials; with the row's maximum subtracted first, nothing overflows.",
    ],
    mistakes={
        "sign: the gradient is y − t": changed(one, lambda z: -1),
        "missing 1/N in the gradient": changed(one, len),
        "missing 1/N in the gradient; and a probability rounded to 0": my_loss,
        "missing 1/N in the loss": changed(len, one),
        "missing 1/N": changed(len, len),
        "1/N twice in the gradient": changed(one, lambda z: 1 / len(z)),
        "mean over the classes, too": changed(
            lambda z: 1 / z.shape[1], lambda z: 1 / z.shape[1]
        ),
        "softmax twice": lambda z, labels: solution(softmax(z), labels),
        "softmax over the samples: use axis=1": over_samples,
        "the targets are not subtracted": pushed(lambda y, t: y),
        "diagonal only: the other classes are never pushed down": pushed(
            lambda y, t: -t * (1 - y)
        ),
        "gradient with respect to y, not z": pushed(lambda y, t: -t / y),
        "binary cross-entropy: softmax answers one question": binary,
        "overflow: right for small logits, inf or nan for large ones; subtract the "
        "maximum": by_exponentials,
        "log 0: a probability was rounded to 0; use log-sum-exp": log_zero,
        "a clip: right for small logits, capped for large ones; use log-sum-exp": (
            [clipped(10.0**-k) for k in range(4, 17)]
        ),
    },
)
