"""One sample's way through a small network: forward, back, and one step of gradient descent, as numbers by nnlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import nnlib

Array = np.ndarray[Any, Any]
WISH = "stepper: expected one sample, Dense and Sigmoid in turn, at most 2 units, SquaredError"


@dataclass
class Walk:
    """All that is computed on the way; a list's entry ``l`` is layer l's, and layer 0 is the input.

    ``z``, ``a``, ``slope`` = σ′(z), ``delta`` = dL/dz and ``g`` = dL/da are rows ``(n,)``; ``W`` and ``dW`` are
    ``(n_in, n)``; ``new_W`` and ``new_b`` are W and b after the step, and ``new_loss`` the sample's loss with them.
    """

    widths: list[int]
    t: Array
    z: list[Array]
    a: list[Array]
    slope: list[Array]
    W: list[Array]
    b: list[Array]
    loss: float
    g: list[Array]
    delta: list[Array]
    dW: list[Array]
    lr: float
    with_biases: bool
    new_W: list[Array]
    new_b: list[Array]
    new_loss: float

    @property
    def depth(self) -> int:
        return len(self.widths) - 1


def check(net: nnlib.Network, x: Array, t: Array, update: str) -> None:
    """ValueError: the figure cannot show this network or sample."""
    dense: tuple[Any, ...] = net.layers[::2]
    after = net.layers[1::2]
    in_turn = len(dense) == len(after) and all(isinstance(layer, nnlib.Sigmoid) for layer in after)
    in_turn = in_turn and all(isinstance(layer, nnlib.Dense) and layer.bias for layer in dense)
    if not in_turn or not isinstance(net.loss, nnlib.SquaredError) or np.ndim(x) != 2 or len(x) != 1:
        raise ValueError(WISH)
    if max(dense[0].n_in, *(layer.n_out for layer in dense)) > 2 or np.shape(t) != (1, dense[-1].n_out):
        raise ValueError(WISH)
    if update not in ("W", "Wb"):
        raise ValueError(f'stepper: update must be "W" or "Wb", got {update!r}')


def walk(net: nnlib.Network, x: Array, t: Array, lr: float, update: str) -> Walk:
    """Go forward and back once. x is ``(1, n_in)``, t is ``(1, K)``; the network's parameters stay as they were."""
    check(net, x, t, update)
    dense: tuple[Any, ...] = net.layers[::2]
    after = net.layers[1::2]
    none = np.empty(0)
    z, a, slope = [none], [x], [none]
    for linear, activation in zip(dense, after, strict=True):
        z.append(linear.forward(a[-1]))
        a.append(activation.forward(z[-1]))
        slope.append(activation.backward(np.ones_like(a[-1])))  # gJ with g = 1: the diagonal of J
    loss, gradient = net.loss.value_and_grad(a[-1], t)

    g, delta, dW = [gradient], [], []
    for linear, activation in zip(reversed(dense), reversed(after), strict=True):
        delta.append(activation.backward(g[-1]))
        g.append(linear.backward(delta[-1]))
        dW.append(linear.dW.copy())
    for backward in (g, delta, dW):
        backward.reverse()

    W, b = [layer.W.copy() for layer in dense], [layer.b.copy() for layer in dense]
    new_W = [w - lr * dw for w, dw in zip(W, dW, strict=True)]
    # for one sample dL/db is δ itself
    new_b = [c - lr * dc.ravel() for c, dc in zip(b, delta, strict=True)] if update == "Wb" else b
    y = x
    for w, c in zip(new_W, new_b, strict=True):
        y = nnlib.Sigmoid().forward(y @ w + c)

    def rows(arrays: list[Array]) -> list[Array]:
        return [array.ravel() for array in arrays]

    return Walk(
        widths=[dense[0].n_in, *(layer.n_out for layer in dense)],
        t=t.ravel(),
        z=rows(z),
        a=rows(a),
        slope=rows(slope),
        W=[none, *W],
        b=[none, *b],
        loss=loss,
        g=rows(g),
        delta=[none, *rows(delta)],
        dW=[none, *dW],
        lr=lr,
        with_biases=update == "Wb",
        new_W=[none, *new_W],
        new_b=[none, *new_b],
        new_loss=net.loss(y, t),
    )
