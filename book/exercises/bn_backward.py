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


def paths(
    *,
    mean=1,
    along=1,
    axis=0,
    of_n=lambda n: 1,
    scale=lambda gamma, std: gamma / std,
):
    def program(g, x_hat, gamma, std):
        how = {"axis": axis, "keepdims": True}
        taken = mean * g.mean(**how) + along * x_hat * np.mean(g * x_hat, **how)
        return scale(gamma, std) * (g - of_n(len(g)) * taken)

    return program


def taking(taken):
    """The right program but for what is subtracted: `taken(g, x_hat)`."""
    return lambda g, x_hat, gamma, std: gamma / std * (g - taken(g, x_hat))


def without_a_bracket(g, x_hat, gamma, std):
    return gamma / std * g - g.mean(axis=0) - x_hat * np.mean(g * x_hat, axis=0)


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
        "a sum in place of one of the two means: its 1/N is missing": [
            taking(lambda g, u: g.sum(axis=0) + u * np.mean(g * u, axis=0)),
            taking(lambda g, u: g.mean(axis=0) + u * np.sum(g * u, axis=0)),
        ],
        "divided by the number of features, not of samples": taking(
            lambda g, u: (
                g.sum(axis=0) / g.shape[1] + u * np.sum(g * u, axis=0) / g.shape[1]
            )
        ),
        "divided by N − 1: all means are over N": [
            taking(
                lambda g, u: g.mean(axis=0) + u * np.sum(g * u, axis=0) / (len(g) - 1)
            ),
            paths(of_n=lambda n: n / (n - 1)),
        ],
        "with 1/N in front, g itself needs a factor N": (
            lambda g, x_hat, gamma, std: my_backward(g, x_hat, gamma, std) / len(g)
        ),
        "1/N twice: the means hold it already": (
            lambda g, x_hat, gamma, std: solution(g, x_hat, gamma, std) / len(g)
        ),
        "N times too large: with N in front of g, all is divided by N": (
            lambda g, x_hat, gamma, std: solution(g, x_hat, gamma, std) * len(g)
        ),
        "only the direct path": paths(mean=0, along=0),
        "the path through the variance is missing": paths(along=0),
        "the path through the mean is missing": paths(mean=0),
        "the path through the variance counts twice": paths(along=2),
        "the sign of the path through the variance": paths(along=-1),
        "the sign of the path through the mean": paths(mean=-1),
        "the signs of both paths: mean and variance take away": paths(
            mean=-1, along=-1
        ),
        "in the path through the variance x̂ stands twice: in the mean, and before it": [
            taking(lambda g, u: g.mean(axis=0) + np.mean(g * u, axis=0)),
            taking(lambda g, u: g.mean(axis=0) + u * g.mean(axis=0)),
        ],
        "the means run over the features, not over the samples": [
            paths(axis=1),
            taking(lambda g, u: g.mean(axis=1) + u * np.mean(g * u, axis=1)),
        ],
        "one mean for the whole batch: each feature has its own": [
            paths(axis=None),
            taking(lambda g, u: g.mean() + u * np.mean(g * u, axis=0)),
            taking(lambda g, u: g.mean(axis=0) + u * np.mean(g * u)),
        ],
        "γ over the standard deviation multiplies all three: brackets are missing": (
            without_a_bracket
        ),
        "γ is missing": paths(scale=lambda gamma, std: 1 / std),
        "the division by the standard deviation is missing": paths(
            scale=lambda gamma, std: gamma
        ),
        "γ over the standard deviation is missing": paths(
            scale=lambda gamma, std: np.ones_like(std)
        ),
        "divided by the variance, not by its root": paths(
            scale=lambda gamma, std: gamma / std**2
        ),
        "divided by the root of std, which is a root already": paths(
            scale=lambda gamma, std: gamma / np.sqrt(std)
        ),
        "upside down: γ belongs above, the standard deviation below": paths(
            scale=lambda gamma, std: std / gamma
        ),
        "γ counts twice": paths(scale=lambda gamma, std: gamma**2 / std),
        "multiplied by the standard deviation": paths(
            scale=lambda gamma, std: gamma * std
        ),
    },
)
