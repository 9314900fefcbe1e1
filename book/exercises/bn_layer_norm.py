"""Layer normalization's forward pass."""

from __future__ import annotations

import numpy as np

import nnlib

from .grading import Case, Exercise


def my_layer_norm(x, eps):
    mean = x.mean(axis=0)
    V = np.mean((x - mean) ** 2, axis=0)
    return (x - mean) / np.sqrt(V + eps)


def solution(x, eps):
    mean = x.mean(axis=1, keepdims=True)  # (N, 1)
    V = np.mean((x - mean) ** 2, axis=1, keepdims=True)  # (N, 1)
    return (x - mean) / np.sqrt(V + eps)


def turned(x, eps):
    norm = nnlib.BatchNorm(len(x), eps=eps)
    norm.initialize()
    return norm.forward(x.T, training=True).T


def row_by_row(x, eps):
    return np.array([(row - np.mean(row)) / (np.var(row) + eps) ** 0.5 for row in x])


def by_a_matrix(x, eps):
    centered = x @ (np.eye(x.shape[1]) - 1 / x.shape[1])
    return centered / np.sqrt((centered**2).mean(axis=1) + eps)[:, None]


def normal(*, mean=True, axis=1, keep=True, std=lambda V, eps: np.sqrt(V + eps)):
    def program(x, eps):
        how = {"axis": axis, "keepdims": keep}
        return (x - mean * x.mean(**how)) / std(x.var(**how), eps)

    return program


def centered(*, keep_mean=True, axis=1, keep_variance=True):
    """The variance by hand, of what the mean was subtracted from."""

    def program(x, eps):
        dx = x - x.mean(axis=1, keepdims=keep_mean)
        return dx / np.sqrt(np.mean(dx**2, axis=axis, keepdims=keep_variance) + eps)

    return program


def unbiased(x, eps):
    V = x.var(axis=1, ddof=1, keepdims=True)
    return (x - x.mean(axis=1, keepdims=True)) / np.sqrt(V + eps)


def not_centered(x, eps):
    square = np.mean(x**2, axis=1, keepdims=True)
    return (x - x.mean(axis=1, keepdims=True)) / np.sqrt(square + eps)


def cases(rng):
    found = []
    # Square first: without keepdims it runs, too.
    for n, d in (4, 4), (3, 6), (5, 2), (1, 3):
        x = rng.normal(1, rng.uniform(0.5, 3, (n, 1)), (n, d))
        rows = "sample" if n == 1 else "samples"
        found.append(Case(f"{n} {rows} of {d} features", (x, 0.1)))
    return found


exercise = Exercise(
    label="ex-bn-layer-norm",
    starter=my_layer_norm,
    solution=solution,
    rights=[turned, row_by_row, by_a_matrix],
    cases=cases,
    hints=[
        "How many means does the starter take for 3 samples of 6 features, and how "
        "many should there be?",
        "Along `axis=1` each sample has one mean, but the result has the shape (N,). "
        "Which shape must it have to be subtracted from (N, D)?",
        "`x.mean(axis=1, keepdims=True)` has the shape (N, 1). The variance needs the "
        "same.",
    ],
    mistakes={
        "this is batch normalization: its means run over the samples": my_layer_norm,
        "one mean and one variance for the whole batch": normal(axis=None),
        "a row's mean or variance meets a column: keepdims=True is missing": [
            normal(keep=False),
            centered(keep_mean=False, keep_variance=False),
            centered(keep_variance=False),
            centered(keep_mean=False),
        ],
        "the mean runs over a sample's features, the variance over the samples": centered(
            axis=0
        ),
        "the result is still turned: a .T is missing": lambda x, eps: (
            solution(x, eps).T
        ),
        "the mean is not subtracted": normal(mean=False),
        "the mean of the squares is not the variance: subtract the mean first": not_centered,
        "D − 1 in place of D: take the biased variance": unbiased,
        "the variance is not divided by": normal(std=lambda V, eps: 1),
        "ε is missing": normal(std=lambda V, eps: np.sqrt(V)),
        "ε stands outside the root": normal(std=lambda V, eps: np.sqrt(V) + eps),
        "divided by the variance, not by its root": normal(std=lambda V, eps: V + eps),
        "multiplied by the standard deviation": normal(
            std=lambda V, eps: 1 / np.sqrt(V + eps)
        ),
    },
)
