"""Batch normalization's backward pass."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def my_backward(g, x_hat, gamma, std):
    mean_g = g.sum(axis=0)
    along = np.sum(g * x_hat, axis=0)
    return gamma / std * (g - mean_g - x_hat * along)


def solution(g, x_hat, gamma, std):
    mean_g = g.mean(axis=0)
    along = np.mean(g * x_hat, axis=0)
    return gamma / std * (g - mean_g - x_hat * along)


def by_sums(g, x_hat, gamma, std):
    n = len(g)
    dbeta, dgamma = g.sum(axis=0), np.sum(g * x_hat, axis=0)
    return gamma / (n * std) * (n * g - dbeta - x_hat * dgamma)


def column_by_column(g, x_hat, gamma, std):
    dx = np.empty_like(g)
    for k in range(g.shape[1]):
        n, u = len(g), x_hat[:, k]
        J = (np.eye(n) - 1 / n - np.outer(u, u) / n) * gamma[k] / std[k]
        dx[:, k] = g[:, k] @ J
    return dx


def paths(*, mean=1, along=1, axis=0, scale=lambda gamma, std: gamma / std):
    def program(g, x_hat, gamma, std):
        how = {"axis": axis, "keepdims": True}
        taken = mean * g.mean(**how) + along * x_hat * np.mean(g * x_hat, **how)
        return scale(gamma, std) * (g - taken)

    return program


def cases(rng):
    found = []
    for n, d in (5, 3), (8, 2), (4, 4):
        x = rng.normal(1, rng.uniform(0.5, 3, d), (n, d))
        std = np.sqrt(x.var(axis=0) + 1e-5)
        g, gamma = rng.standard_normal((n, d)), rng.uniform(0.5, 2, d)
        given = g, (x - x.mean(axis=0)) / std, gamma, std
        found.append(Case(f"{n} rows and {d} features", given))
    return found


exercise = Exercise(
    label="ex-bn-backward",
    starter=my_backward,
    solution=solution,
    rights=[by_sums, column_by_column],
    cases=cases,
    hints=[
        "Adding a constant to a column of x changes no output. So the gradients of a "
        "column must sum to 0. Do the starter's?",
        "Mean and variance are means over the N rows: each path through them brings a "
        "factor 1/N.",
        "`g.mean(axis=0)` and `np.mean(g * x_hat, axis=0)`.",
    ],
    mistakes={
        "sums in place of means: 1/N is missing": my_backward,
        "only the direct path": paths(mean=0, along=0),
        "the path through the variance is missing": paths(along=0),
        "the path through the mean is missing": paths(mean=0),
        "the path through the variance counts twice": paths(along=2),
        "the sign of the path through the variance": paths(along=-1),
        "the means run over the features, not over the samples": paths(axis=1),
        "one mean for the whole batch: each feature has its own": paths(axis=None),
        "γ is missing": paths(scale=lambda gamma, std: 1 / std),
        "the division by the standard deviation is missing": paths(
            scale=lambda gamma, std: gamma
        ),
        "divided by the variance, not by its root": paths(
            scale=lambda gamma, std: gamma / std**2
        ),
        "multiplied by the standard deviation": paths(
            scale=lambda gamma, std: gamma * std
        ),
    },
)
