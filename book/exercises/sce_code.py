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


def top(z):
    return z.max(axis=1, keepdims=True)


def log_sum(z):
    return np.log(np.exp(z).sum(axis=1, keepdims=True))


def by_logs(log_sum=log_sum, shift=top):
    """Log-sum-exp with another sum, or with something else subtracted first."""

    def program(z, labels):
        rows, z = np.arange(len(z)), z - shift(z)
        log_y = z - log_sum(z)
        gradient = np.exp(log_y)
        gradient[rows, labels] -= 1
        return -log_y[rows, labels].mean(), gradient / len(z)

    return program


def lossy(of):
    """The right gradient with another loss, of the logarithms and the targets."""

    def program(z, labels):
        t, log_y = np.eye(z.shape[1])[labels], z - np.logaddexp.reduce(z, 1)[:, None]
        return of(log_y, t), solution(z, labels)[1]

    return program


def by_columns(*, loss):
    def program(z, labels):
        log_y = z - top(z) - log_sum(z - top(z))
        gradient = np.exp(log_y)
        gradient[:, labels] -= 1
        of_loss = -log_y[:, labels].mean() if loss else solution(z, labels)[0]
        return of_loss, gradient / len(z)

    return program


def subtracted_too_early(z, labels):
    y, rows = softmax(z), np.arange(len(z))
    y[rows, labels] -= 1
    return -np.log(y[rows, labels]).mean(), y / len(z)


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
    keep="z itself is changed: write z = z - ..., not z -= ...",
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
        "sign: the loss is minus the mean of the logarithms": changed(
            lambda z: -1, one
        ),
        "missing 1/N in the loss": changed(len, one),
        "missing 1/N": changed(len, len),
        "1/N twice in the gradient": changed(one, lambda z: 1 / len(z)),
        "1/N twice in the loss": changed(lambda z: 1 / len(z), one),
        "1/N twice": changed(lambda z: 1 / len(z), lambda z: 1 / len(z)),
        "mean over the classes, too, in the loss": changed(
            lambda z: 1 / z.shape[1], one
        ),
        "mean over the classes, too, in the gradient": changed(
            one, lambda z: 1 / z.shape[1]
        ),
        "divided by the number of classes, not of samples": changed(
            one, lambda z: len(z) / z.shape[1]
        ),
        "mean over the classes, too": changed(
            lambda z: 1 / z.shape[1], lambda z: 1 / z.shape[1]
        ),
        "softmax twice": lambda z, labels: solution(softmax(z), labels),
        "softmax over the samples: use axis=1": [
            over_samples,
            by_logs(lambda z: np.log(np.exp(z).sum(axis=0))),
        ],
        "one sum for the whole batch: every sample has its own": by_logs(
            lambda z: np.log(np.exp(z).sum())
        ),
        "the logarithm of the sum, not the sum of the logarithms": by_logs(
            lambda z: np.log(np.exp(z)).sum(axis=1, keepdims=True)
        ),
        "the sign in log-sum-exp: the logit minus the logarithm of the sum": by_logs(
            lambda z: -log_sum(z)
        ),
        "the maximum is subtracted in the sum only: it belongs to the logit, too": (
            by_logs(lambda z: log_sum(z - top(z)), shift=lambda z: 0)
        ),
        "each row has its own maximum: subtract z.max(axis=1, keepdims=True)": [
            by_logs(shift=np.max),
            by_logs(shift=lambda z: z.max(axis=0)),
        ],
        "the loss is that of all classes: only the right one's probability counts": (
            lossy(lambda log_y, t: -log_y.mean())
        ),
        "the loss is the logit alone: the logarithm of the sum is missing": (
            lambda z, labels: (
                -(z - top(z))[np.arange(len(z)), labels].mean(),
                solution(z, labels)[1],
            )
        ),
        "the loss has another base: np.log, not np.log2 or np.log10": [
            changed(lambda z: 1 / np.log(2), one),
            changed(lambda z: 1 / np.log(10), one),
        ],
        "that is the mean squared error": [
            lossy(lambda log_y, t: ((np.exp(log_y) - t) ** 2).mean()),
            lossy(lambda log_y, t: ((np.exp(log_y) - t) ** 2).sum() / len(t)),
        ],
        "[:, labels] takes whole columns: one entry of each row is [rows, labels]": [
            by_columns(loss=True),
            by_columns(loss=False),
        ],
        "the 1 is subtracted before the loss is taken: the loss comes first": [
            subtracted_too_early,
            lossy(lambda log_y, t: 1 - (log_y * t).sum() / len(t)),
        ],
        "the gradient is y − t, not log y − t": pushed(lambda y, t: np.log(y) - t),
        "the numbers of the classes are subtracted: t is 1 for the right class, else 0": (
            lambda z, labels: (
                solution(z, labels)[0],
                (softmax(z) - labels[:, None]) / len(z),
            )
        ),
        "sign: the 1 is subtracted, not added": pushed(lambda y, t: y + t),
        "the targets are not subtracted": pushed(lambda y, t: y),
        "diagonal only: the other classes are never pushed down": pushed(
            lambda y, t: -t * (1 - y)
        ),
        "gradient with respect to y, not z": pushed(lambda y, t: -t / y),
        "binary cross-entropy: softmax answers one question": binary,
        "overflow: right for small logits, inf or nan for large ones; subtract the "
        "maximum": [by_exponentials, by_logs(shift=lambda z: 0)],
        "log 0: a probability was rounded to 0; use log-sum-exp": log_zero,
        "a clip: right for small logits, capped for large ones; use log-sum-exp": (
            [clipped(10.0**-k) for k in (*range(4, 17), 20, 30, 50, 100, 200, 300)]
            + [clipped(np.finfo(float).eps), clipped(np.finfo(float).tiny)]
        ),
    },
)
