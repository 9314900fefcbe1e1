"""The whole backward pass, for sigmoid layers and the squared error."""

from __future__ import annotations

import numpy as np

from .draw import params as drawn
from .draw import sizes
from .grading import Case, Exercise


def my_backward(activations, t, params):
    g = activations[-1] - t
    grads = []
    for layer in reversed(range(len(params))):
        W = params[layer][0]  # (n_in, n_out)
        below, here = activations[layer], activations[layer + 1]
        delta = g * here * (1 - here)
        grads.insert(0, (below.T @ delta, delta.sum(axis=0)))
        g = delta @ W.T
    return grads


def solution(activations, t, params):
    g = (activations[-1] - t) / len(t)
    grads = []
    for layer in reversed(range(len(params))):
        W = params[layer][0]  # (n_in, n_out)
        below, here = activations[layer], activations[layer + 1]
        delta = g * here * (1 - here)
        grads.insert(0, (below.T @ delta, delta.sum(axis=0)))
        g = delta @ W.T
    return grads


def divided_at_the_end(activations, t, params):
    y, n = activations[-1], len(t)
    delta = (y - t) * y * (1 - y)
    grads = []
    for layer in range(len(params) - 1, -1, -1):
        a = activations[layer]
        grads.append([np.einsum("ij,ik->jk", a, delta) / n, delta.mean(axis=0)])
        delta = np.einsum("ik,jk->ij", delta, params[layer][0]) * (a - a**2)
    return grads[::-1]


def sigma(z):
    return 1 / (1 + np.exp(-z))


def variant(
    activations,
    t,
    params,
    *,
    slope=lambda a: a * (1 - a),
    back=np.transpose,
    scale=lambda t: 1.0,
    mode="",
):
    g = (activations[-1] - t) / len(t) * scale(t)
    grads = []
    for layer in reversed(range(len(params))):
        below, here = activations[layer], activations[layer + 1]
        last = layer == len(params) - 1
        bare = (mode == "last" and last) or (mode == "hidden" and not last)
        delta = g if bare else g * slope(here)
        dW, db = below.T @ delta, delta.sum(axis=0)
        if mode == "transposed":
            dW = dW.T
        if mode == "one":
            db = np.full_like(db, db.sum())
        if mode == "mean":
            db = db / len(t)
        grads.insert(0, (dW, db))
        g = delta if mode == "skip" else delta @ back(params[layer][0])
    return grads[::-1] if mode == "order" else grads


def wrong(**options):
    return lambda activations, t, params: variant(activations, t, params, **options)


def cases(rng):
    found = []
    for n, widths in (4, (3, 3, 3)), (6, (2, 5, 4)), (5, (3, 2, 4, 1)):
        params = drawn(rng, widths)
        activations = [rng.standard_normal((n, widths[0]))]
        for W, b in params:
            activations.append(sigma(activations[-1] @ W + b))
        t = rng.uniform(size=(n, widths[-1]))
        found.append(Case(sizes(n, widths), (activations, t, params)))
    return found


exercise = Exercise(
    label="ex-bp-code",
    starter=my_backward,
    solution=solution,
    rights=[divided_at_the_end],
    cases=cases,
    hints=[
        "Give your function a batch, then the same batch twice over. Its mean loss is "
        "the same. Are your gradients?",
        "The loss is a mean over the samples: each sample's share of it is one Nth.",
        "Where the chain begins: `g = (activations[-1] - t) / len(t)`.",
    ],
    mistakes={
        "transposed: your ∂L/∂W is the transpose": wrong(mode="transposed"),
        "missing 1/N: this is the gradient of the sum": wrong(scale=len),
        "a factor 2: this is the gradient without the ½": wrong(scale=lambda t: 2.0),
        "the wrong sign: t − y": wrong(scale=lambda t: -1.0),
        "1/N twice": wrong(scale=lambda t: 1 / len(t)),
        "a mean over the outputs, too": wrong(scale=lambda t: 1 / t.shape[1]),
        "W where Wᵀ belongs on the way back": wrong(back=lambda W: W),
        "delta goes back without any W": wrong(mode="skip"),
        "the slope of the last layer is missing": wrong(mode="last"),
        "the slopes of the hidden layers are missing": wrong(mode="hidden"),
        "no slopes at all": wrong(slope=np.ones_like),
        "σ′ is taken of a, not of z": wrong(slope=lambda a: sigma(a) * (1 - sigma(a))),
        "the bias gradient is summed over both axes": wrong(mode="one"),
        "the bias gradient is a mean over samples on top of 1/N": wrong(mode="mean"),
        "last layer first: the pairs belong in the order of params": wrong(
            mode="order"
        ),
    },
)
