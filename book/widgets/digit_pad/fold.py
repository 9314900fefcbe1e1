"""A trained network as dense layers alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import nnlib

ACTIVATIONS: dict[type, str] = {nnlib.Sigmoid: "sigmoid", nnlib.ReLU: "relu"}


def fold(net: nnlib.Network) -> list[tuple[np.ndarray, np.ndarray, str]]:
    """Return weights, biases and activation of each dense layer, its BatchNorm folded in.

    In evaluation mode γ(xW + b − μ)/√(σ² + ε) + β is x(Ws) + (b − μ)s + β with s = γ/√(σ² + ε), one factor a column.
    W is ``(n_in, n_out)`` and b ``(n_out,)``; the activation is "sigmoid", "relu" or, where there is none, "". Dense,
    BatchNorm and one of these two are all the layers that are understood.
    """
    folded: list[tuple[np.ndarray, np.ndarray, str]] = []
    for before, layer in pairwise((None, *net.layers)):
        if isinstance(layer, nnlib.Dense):
            b = layer.b.copy() if layer.bias else np.zeros(layer.W.shape[1])
            folded.append((layer.W.copy(), b, ""))
        elif isinstance(layer, nnlib.BatchNorm) and isinstance(before, nnlib.Dense):
            W, b, _ = folded[-1]
            s = layer.gamma / np.sqrt(layer.running_var + layer.eps)
            folded[-1] = W * s, (b - layer.running_mean) * s + layer.beta, ""
        elif type(layer) in ACTIVATIONS and folded and not folded[-1][2]:
            folded[-1] = *folded[-1][:2], ACTIVATIONS[type(layer)]
        else:
            raise ValueError(f"fold: expected Dense, BatchNorm after it, Sigmoid or ReLU, got {layer}")
    return folded
