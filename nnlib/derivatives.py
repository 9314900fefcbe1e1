"""Jacobians, numerical derivatives, and the checks that hold one against the other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from . import validate
from .layers import Layer
from .network import Network


def jacobian(layer: Layer, x: np.ndarray, training: bool = False) -> np.ndarray:
    """Return the layer's Jacobian at x, ``(y.size, x.size)``.

    Entry (i, j) is dyᵢ/dxⱼ, with the rows of x and y laid one after another; row i is ``backward``
    of the i-th basis vector. The layer itself is left as it was: a copy does the work.
    """
    validate.instance(layer, Layer, "jacobian: layer must be a Layer")
    layer = copy.deepcopy(layer)
    y = layer.forward(x, training)
    g = np.zeros_like(y)
    rows = []
    for i in range(y.size):
        g.flat[i] = 1
        rows.append(layer.backward(g).ravel())
        g.flat[i] = 0
    return np.array(rows)


def numerical_jacobian(
    f: Callable[[np.ndarray], Any], x: np.ndarray, h: float = 1e-6
) -> np.ndarray:
    """Return the Jacobian of f at x by central differences, ``(f(x).size, x.size)``.

    f takes an array of x's shape and returns an array or a number. The step is ``h · max(1, |xⱼ|)``
    with h > 0. The error is of order h² (the formula's) and 10⁻¹⁶/h (rounding's), in float64: an f
    that rounds to float32 inside spoils it.
    """
    h = validate.positive("numerical_jacobian: h", h)
    x = validate.real_array("numerical_jacobian", "x", x).astype(float)
    validate.expect(x.size > 0, "numerical_jacobian", "x not empty", f"shape {x.shape}")

    def value(point: np.ndarray) -> np.ndarray:
        y = validate.real_array("numerical_jacobian", "f(x)", f(point))
        return np.array(y, float)  # a copy, for f may fill one array again and again

    columns = []
    for j in range(x.size):
        above, below = x.copy(), x.copy()
        step = h * max(1.0, abs(x.flat[j]))
        above.flat[j] += step
        below.flat[j] -= step
        width = above.flat[j] - below.flat[j]  # 2 steps but for rounding
        columns.append((value(above) - value(below)).ravel() / width)
    return np.array(columns).T


def relative_error(analytic: np.ndarray, numeric: np.ndarray) -> float:
    """Return ``max|a − n| / max(|a|, |n|)``: 0 for only zeros, NaN unless finite."""
    largest = float(max(abs(analytic).max(), abs(numeric).max()))
    if not np.isfinite(largest):
        return np.nan
    return float(abs(analytic - numeric).max()) / largest if largest > 0 else 0.0


def check_gradient(net: Network, x: np.ndarray, t: np.ndarray) -> float:
    """Return the relative error of a network's gradient; 0 if it has no parameters.

    It is ``max|a − n| / max(|a|, |n|)``, where a is what ``loss_and_grad`` fills, n the central
    differences of its value over the whole of θ (h = 10⁻⁶), in float64 even where the network is
    float32. The network is left as it was: copies do the work, and each starts from the same
    running statistics. A layer that draws random numbers must draw the same each time.
    """
    validate.instance(net, Network, "check_gradient: net must be a Network")
    net, exact = copy.deepcopy(net), copy.deepcopy(net)
    net.loss_and_grad(x, t)
    exact.cast(float)
    statistics = [array.copy() for array in exact.statistics()]

    def loss(theta: np.ndarray) -> float:
        exact.theta[...] = theta
        for array, before in zip(exact.statistics(), statistics, strict=True):
            array[...] = before
        return exact.loss_and_grad(x, t)

    if net.n_params == 0:
        return 0.0
    return relative_error(net.grad, numerical_jacobian(loss, exact.theta)[0])


def check(label: str, analytic: np.ndarray, numeric: np.ndarray, tol: float = 1e-6) -> float:
    """Hold a formula's value against a numerical one, and print that they agree.

    Returns the relative error, ``max|a − n| / max(|a|, |n|)``. ``label`` names the equation.
    AssertionError, naming label and error, where the error is above ``tol`` or not a number;
    ValueError where the shapes differ. The line printed is the same on every machine.
    """
    tol = validate.positive("check: tol", tol)
    a = validate.real_array(label, "analytic", analytic)
    n = validate.real_array(label, "numeric", numeric)
    expected, got = "two arrays of one shape, not empty", f"{a.shape} and {n.shape}"
    validate.expect(a.shape == n.shape and a.size > 0, label, expected, got)
    error = relative_error(a, n)
    if not error <= tol:
        raise AssertionError(f"{label}: relative error {error:.2e} is above {tol:g}")
    print(f"{label}: agrees to a relative error of {tol:g}")
    return error
