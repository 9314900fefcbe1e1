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
    pair=lambda below, delta, g, here: (below.T @ delta, delta.sum(axis=0)),
    mode="",
):
    g = (activations[-1] - t) / len(t) * scale(t)
    grads = []
    for layer in reversed(range(len(params))):
        below, here = activations[layer], activations[layer + 1]
        last = layer == len(params) - 1
        bare = (mode == "last" and last) or (mode == "hidden" and not last)
        delta = g if bare else g * slope(below if mode == "below" else here)
        if mode == "each" and not last:
            delta = delta / len(t)
        grads.insert(0, pair(below, delta, g, here))
        g = g if mode == "g" else delta
        g = g if mode == "skip" else g @ back(params[layer][0])
    return grads


def wrong(of=lambda grads: grads, **options):
    """The variant with these options, and `of` what it returns."""
    return lambda activations, t, params: of(variant(activations, t, params, **options))


def from_the_front(activations, t, params):
    g = (activations[-1] - t) / len(t)
    grads = []
    for (W, _), below, here in zip(params, activations, activations[1:], strict=False):
        delta = g * here * (1 - here)
        grads.append((below.T @ delta, delta.sum(axis=0)))
        g = delta @ W.T
    return grads


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
        "transposed: your ∂L/∂W is the transpose": wrong(
            pair=lambda below, delta, g, here: (delta.T @ below, delta.sum(axis=0))
        ),
        "missing 1/N: this is the gradient of the sum": wrong(scale=len),
        "1/N is missing in ∂L/∂W": wrong(
            pair=lambda below, delta, g, here: (
                below.T @ delta * len(g),
                delta.sum(axis=0),
            )
        ),
        "1/N is missing in ∂L/∂b": wrong(
            pair=lambda below, delta, g, here: (
                below.T @ delta,
                delta.sum(axis=0) * len(g),
            )
        ),
        "1/N at every layer: it belongs where the chain begins, and only there": wrong(
            mode="each"
        ),
        "a factor 2, and 1/N is missing": wrong(scale=lambda t: 2 * len(t)),
        "half: the ½ of the loss goes with the 2 of the square": wrong(
            scale=lambda t: 0.5
        ),
        "the wrong sign, t − y, and 1/N is missing": wrong(scale=lambda t: -len(t)),
        "a factor 2: this is the gradient without the ½": wrong(scale=lambda t: 2.0),
        "the wrong sign: t − y": wrong(scale=lambda t: -1.0),
        "1/N twice": wrong(scale=lambda t: 1 / len(t)),
        "a mean over the outputs, too": wrong(scale=lambda t: 1 / t.shape[1]),
        "W where Wᵀ belongs on the way back": wrong(back=lambda W: W),
        "delta goes back without any W": wrong(mode="skip"),
        "the slope of the last layer is missing": wrong(mode="last"),
        "the slopes of the hidden layers are missing": wrong(mode="hidden"),
        "g goes back in place of delta: σ′ is missing on the way": wrong(mode="g"),
        "g in place of delta: σ′ is missing in ∂L/∂W or in ∂L/∂b": [
            wrong(pair=lambda below, delta, g, here: (below.T @ g, delta.sum(axis=0))),
            wrong(pair=lambda below, delta, g, here: (below.T @ delta, g.sum(axis=0))),
        ],
        "σ′ of the layer below, not of this one": wrong(mode="below"),
        "σ′ is a(1 − a): one of the factors is missing": [
            wrong(slope=lambda a: 1 - a),
            wrong(slope=lambda a: a),
        ],
        "1 − a² is the slope of tanh": wrong(slope=lambda a: 1 - a**2),
        "∂L/∂W takes the activations before the layer, not those after it": wrong(
            pair=lambda below, delta, g, here: (here.T @ delta, delta.sum(axis=0))
        ),
        "no slopes at all": wrong(slope=np.ones_like),
        "σ′ is taken of a, not of z": wrong(slope=lambda a: sigma(a) * (1 - sigma(a))),
        "the bias gradient is summed over both axes": [
            wrong(
                pair=lambda below, delta, g, here: (
                    below.T @ delta,
                    np.full(delta.shape[1], delta.sum()),
                )
            ),
            wrong(pair=lambda below, delta, g, here: (below.T @ delta, delta.sum())),
        ],
        "the bias gradient is summed over the units, not over the samples": wrong(
            pair=lambda below, delta, g, here: (below.T @ delta, delta.sum(axis=1))
        ),
        "the bias gradient is not summed over the samples": wrong(
            pair=lambda below, delta, g, here: (below.T @ delta, delta)
        ),
        "the bias gradient has shape (1, n_out): without keepdims it has (n_out,)": wrong(
            pair=lambda below, delta, g, here: (
                below.T @ delta,
                delta.sum(axis=0, keepdims=True),
            )
        ),
        "the bias gradient is a mean over samples on top of 1/N": wrong(
            pair=lambda below, delta, g, here: (below.T @ delta, delta.mean(axis=0))
        ),
        "last layer first: the pairs belong in the order of params": [
            wrong(lambda grads: grads[::-1]),
            wrong(lambda grads: grads[::-1], scale=len),
        ],
        "from the first layer on: the way back begins at the last": from_the_front,
        "∂L/∂b first: each pair begins with ∂L/∂W": wrong(
            lambda grads: [(db, dW) for dW, db in grads]
        ),
        "one flat list: each layer has a pair": [
            wrong(lambda grads: [part for pair in grads for part in pair]),
            wrong(lambda grads: [part for pair in grads[::-1] for part in pair]),
        ],
        "the first layer is missing": wrong(lambda grads: grads[1:]),
        "only the last layer: does `return` stand in the loop?": wrong(
            lambda grads: grads[-1:]
        ),
    },
)
