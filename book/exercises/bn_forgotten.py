"""Batch normalization's backward pass, with mean and variance taken for constants."""

from __future__ import annotations

import numpy as np

import nnlib

from .grading import Case, Exercise


def forgetful_vjp(layer, g):
    dx = g - layer.x_hat * (layer.dgamma / len(g))
    return dx * layer.gamma * layer.inverse_std


def solution(layer, g):
    return g * layer.gamma * layer.inverse_std


def by_the_statistics(layer, g):
    _, V = layer.batch_statistics
    return layer.gamma / np.sqrt(V + layer.eps) * g


def as_in_evaluation(layer, g):
    layer.batch_statistics = None
    return nnlib.BatchNorm.vjp(layer, g)


def paths(*, mean=0, variance=0, scale=lambda layer: layer.gamma * layer.inverse_std):
    def program(layer, g):
        taken = mean * layer.dbeta + variance * layer.x_hat * layer.dgamma
        return (g - taken / len(g)) * scale(layer)

    return program


def by_running_statistics(layer, g):
    return g * layer.gamma / np.sqrt(layer.running_var + layer.eps)


def run(function, arguments):
    """What the function returns for a layer that has seen x, and has its own gradients."""
    x, g, gamma, eps = arguments
    layer = nnlib.BatchNorm(x.shape[1], eps=eps)
    layer.initialize()
    layer.gamma = gamma
    layer.forward(x, training=True)
    layer.backward(g)
    return function(layer, g)


def cases(rng):
    found = []
    for n, d in (5, 3), (8, 2), (4, 4):
        x = rng.normal(1, rng.uniform(1.5, 3, d), (n, d))
        g, gamma = rng.standard_normal((n, d)), rng.uniform(0.5, 2, d)
        found.append(Case(f"{n} rows and {d} features", (x, g, gamma, 0.1)))
    return found


exercise = Exercise(
    label="ex-bn-forgotten",
    starter=forgetful_vjp,
    solution=solution,
    rights=[by_the_statistics, as_in_evaluation],
    cases=cases,
    run=run,
    hints=[
        "On three paths a gradient comes back. Which of them lead through the mean or "
        "through the variance, and which of those does the starter still take?",
        "What is left is the layer in evaluation mode: its statistics are numbers that "
        "no x can move.",
        "Of y = γ (x − mean) / √(V + ε) the derivative for constant mean and V is "
        "`gamma * inverse_std`.",
    ],
    mistakes={
        "the path through the variance is still there": forgetful_vjp,
        "the path through the mean is still there": paths(mean=1),
        "nothing is forgotten: this is the right gradient": paths(mean=1, variance=1),
        "ε is missing": lambda layer, g: (
            g * layer.gamma / np.sqrt(layer.batch_statistics[1])
        ),
        "γ and the division by the standard deviation are missing": lambda layer, g: g,
        "γ is missing": paths(scale=lambda layer: layer.inverse_std),
        "the division by the standard deviation is missing": paths(
            scale=lambda layer: layer.gamma
        ),
        "divided by the variance, not by its root": paths(
            scale=lambda layer: layer.gamma * layer.inverse_std**2
        ),
        "multiplied by the standard deviation": paths(
            scale=lambda layer: layer.gamma / layer.inverse_std
        ),
        "divided by the running deviation; the batch's was used forward": by_running_statistics,
        "the gradients of γ for each row: they go to γ, not back to x": (
            lambda layer, g: g * layer.x_hat
        ),
    },
)
