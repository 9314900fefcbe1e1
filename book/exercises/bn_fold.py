"""A dense layer and the BatchNorm behind it as one dense layer."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def my_fold(W, b, gamma, beta, mean, V, eps):
    scale = gamma / np.sqrt(V + eps)  # (n_out,)
    return W * scale, b + scale * (0 - mean) + beta


def solution(W, b, gamma, beta, mean, V, eps):
    scale = gamma / np.sqrt(V + eps)  # (n_out,)
    return W * scale, scale * (b - mean) + beta


def by_a_matrix(W, b, gamma, beta, mean, V, eps):
    D = np.diag(gamma * (V + eps) ** -0.5)
    return W @ D, b @ D + beta - mean @ D


def by_probing(W, b, gamma, beta, mean, V, eps):
    def both(x):
        return gamma * (x @ W + b - mean) / np.sqrt(V + eps) + beta

    at_zero = both(np.zeros(len(W)))
    return both(np.eye(len(W))) - at_zero, at_zero


def given(**instead):
    """The right program for other arguments: `mean=lambda a: 0 * a["mean"]`, say."""

    def program(W, b, gamma, beta, mean, V, eps):
        all_of = {"W": W, "b": b, "gamma": gamma, "beta": beta}
        all_of |= {"mean": mean, "V": V, "eps": eps}
        return solution(**all_of | {name: f(all_of) for name, f in instead.items()})

    return program


def rows_scaled(W, b, gamma, beta, mean, V, eps):
    scale = gamma / np.sqrt(V + eps)
    return W * scale[:, None], scale * (b - mean) + beta


def beta_scaled(W, b, gamma, beta, mean, V, eps):
    scale = gamma / np.sqrt(V + eps)
    return W * scale, scale * (b - mean + beta)


def as_it_was(W, b, *_):
    return W, b


def halves(of_W, of_b):
    """W by one program, b by another."""
    return lambda *arguments: (of_W(*arguments)[0], of_b(*arguments)[1])


def scaled(how):
    """Another W, `how(W, scale)`, with the right b."""
    return halves(
        lambda W, b, gamma, beta, mean, V, eps: [how(W, gamma / np.sqrt(V + eps))],
        solution,
    )


def with_constants(*names):
    """W with what belongs to the bias alone, and the right b."""

    def program(W, b, gamma, beta, mean, V, eps):
        scale = gamma / np.sqrt(V + eps)
        taken = mean * scale if "mean" in names else 0
        added = beta if "beta" in names else 0
        return W * scale - taken + added, scale * (b - mean) + beta

    return program


def mean_not_scaled(W, b, gamma, beta, mean, V, eps):
    scale = gamma / np.sqrt(V + eps)
    return W * scale, scale * b - mean + beta


def only_W_scaled(W, b, gamma, beta, mean, V, eps):
    return W * (gamma / np.sqrt(V + eps)), b - mean + beta


NO_GAMMA = given(gamma=lambda a: 0 * a["gamma"] + 1)
NO_ROOT = given(V=lambda a: 0 * a["V"] + 1, eps=lambda a: 0)


def cases(rng):
    found = []
    # Square first: scaled rows run, too.
    for n_in, n_out in (3, 3), (4, 2), (2, 5):
        W, b = rng.standard_normal((n_in, n_out)), rng.standard_normal(n_out)
        gamma, beta, mean = rng.uniform(0.5, 2, (3, n_out))
        values = W, b, gamma, beta, mean, rng.uniform(0.1, 3, n_out), 0.01
        found.append(Case(f"{n_in} inputs and {n_out} units", values))
    return found


exercise = Exercise(
    label="ex-bn-fold",
    starter=my_fold,
    solution=solution,
    rights=[by_a_matrix, by_probing],
    cases=cases,
    hints=[
        "Feed in x = 0. What do the two layers give, one after the other?",
        "BatchNorm divides everything that comes out of the dense layer, its bias too.",
        "The new bias is `scale * (b - mean) + beta`.",
    ],
    mistakes={
        "b is not scaled": my_fold,
        "b is as it was: it is shifted and scaled, too": halves(solution, as_it_was),
        "the running mean is not scaled": mean_not_scaled,
        "neither b nor the running mean is scaled": only_W_scaled,
        "β is missing": given(beta=lambda a: 0 * a["beta"]),
        "β is scaled: it is added after the division": beta_scaled,
        "the running mean is missing": given(mean=lambda a: 0 * a["mean"]),
        "the sign of the running mean": given(mean=lambda a: -a["mean"]),
        "the sign of b − mean": given(b=lambda a: -a["b"], mean=lambda a: -a["mean"]),
        "γ is missing": NO_GAMMA,
        "γ is missing in W": halves(NO_GAMMA, solution),
        "γ is missing in b": halves(solution, NO_GAMMA),
        "γ and β are exchanged": given(
            gamma=lambda a: a["beta"], beta=lambda a: a["gamma"]
        ),
        "the division by the root is missing": NO_ROOT,
        "the division by the root is missing in W": halves(NO_ROOT, solution),
        "the division by the root is missing in b": halves(solution, NO_ROOT),
        "ε is missing": given(eps=lambda a: 0),
        "ε stands outside the root": given(
            V=lambda a: (np.sqrt(a["V"]) + a["eps"]) ** 2, eps=lambda a: 0
        ),
        "divided by the variance, not by its root": [
            given(V=lambda a: (a["V"] + a["eps"]) ** 2, eps=lambda a: 0),
            given(V=lambda a: a["V"] ** 2, eps=lambda a: 0),
        ],
        "V is squared: it is the variance already": given(V=lambda a: a["V"] ** 2),
        "multiplied by the root: BatchNorm divides": given(
            V=lambda a: 1 / (a["V"] + a["eps"]), eps=lambda a: 0
        ),
        "the rows of W are scaled, not the columns": rows_scaled,
        "a product with the scale sums: `*` scales": [
            scaled(lambda W, scale: W @ scale),
            scaled(lambda W, scale: scale @ W),
        ],
        "W is transposed": scaled(lambda W, scale: (W * scale).T),
        "W is not scaled": halves(as_it_was, solution),
        "the mean or β in W: they belong to b alone": [
            with_constants("mean"),
            with_constants("beta"),
            with_constants("mean", "beta"),
        ],
        "b first: W comes first": lambda *arguments: solution(*arguments)[::-1],
        "b is missing": given(b=lambda a: 0 * a["b"]),
    },
)
