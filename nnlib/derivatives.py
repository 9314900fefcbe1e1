"""Jacobians, numerical derivatives, and the checks that hold one against the other."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from . import validate
from .layers import Layer
from .network import Network


def jacobian(layer: Layer, x: np.ndarray, training: bool = False) -> np.ndarray:
    """Return the layer's Jacobian at x, ``(y.size, x.size)``.

    Entry (k, j) is dyₖ/dxⱼ, with the rows of x and y laid one after another; row k is ``backward`` of basis vector k.
    The layer itself is left as it was: a copy does the work.
    """
    validate.instance(layer, Layer, "jacobian: layer must be a Layer")
    layer = copy.deepcopy(layer)
    y = layer.forward(x, training)
    basis = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
    return np.array([layer.backward(g).ravel() for g in basis])


def numerical_jacobian(f: Callable[[np.ndarray], Any], x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """Return the Jacobian of f at x by central differences, ``(f(x).size, x.size)``.

    f takes an array of x's shape and returns an array or a number. The step is ``h · max(1, |xⱼ|)`` with h > 0. The
    error is of order h² (the formula's) and 10⁻¹⁶/h (rounding's), in float64: an f that rounds to float32
    inside spoils it.
    """
    validate.instance(f, Callable, "numerical_jacobian: f must be a function")
    h = validate.positive("numerical_jacobian: h", h)
    x = validate.real_array("numerical_jacobian", "x", x).astype(float)
    validate.expect(x.size > 0, "numerical_jacobian", "x not empty", f"shape {x.shape}")
    columns = []
    for j in range(x.size):
        points = x.copy(), x.copy()
        step = h * max(1.0, abs(x.flat[j]))
        points[0].flat[j] += step
        points[1].flat[j] -= step
        # Copies, for f may fill one array again and again.
        above, below = (np.array(validate.real_array("numerical_jacobian", "f(x)", f(p)), float) for p in points)
        width = points[0].flat[j] - points[1].flat[j]  # 2 steps but for rounding
        columns.append((above - below).ravel() / width)
    return np.array(columns).T


def relative_error(analytic: np.ndarray, numeric: np.ndarray) -> float:
    """Return ``max|a − n| / max(|a|, |n|)``: 0 for only zeros, NaN unless finite."""
    largest = float(max(abs(analytic).max(), abs(numeric).max()))
    if not np.isfinite(largest):
        return np.nan
    return float(abs(analytic - numeric).max()) / largest if largest > 0 else 0.0


def check_gradient(net: Network, x: np.ndarray, t: np.ndarray) -> float:
    """Return the relative error of a network's gradient, ``max|a − n| / max(|a|, |n|)``; 0 without parameters.

    a is what ``loss_and_grad`` fills, n the central differences of its value over the whole of θ (h = 10⁻⁶), in float64
    even where the network is float32. The network is left as it was: copies do the work, and each starts from the same
    running statistics. A layer that draws random numbers must draw the same each time.
    """
    validate.instance(net, Network, "check_gradient: net must be a Network")
    net, exact = copy.deepcopy(net), copy.deepcopy(net)
    net.loss_and_grad(x, t)
    exact.cast(float)
    before = [array.copy() for array in exact.statistics()]

    def loss(theta: np.ndarray) -> float:
        exact.theta[...] = theta
        exact.restore(before)
        return exact.loss_and_grad(x, t)

    return relative_error(net.grad, numerical_jacobian(loss, exact.theta)[0]) if net.n_params else 0.0


def check(label: str, analytic: np.ndarray, numeric: np.ndarray, tol: float = 1e-6) -> float:
    """Hold a formula's values against numerical ones, print that they agree, and return the relative error.

    That is ``max|a − n| / max(|a|, |n|)``. Above ``tol``, or not a number, it is an AssertionError that names the error
    and ``label``, the equation; ValueError where the shapes differ. The line printed is the same on every machine.
    """
    tol = validate.positive("check: tol", tol)
    a, n = validate.real_array(label, "analytic", analytic), validate.real_array(label, "numeric", numeric)
    fits = a.shape == n.shape and a.size > 0
    validate.expect(fits, label, "two arrays of one shape, not empty", f"{a.shape} and {n.shape}")
    error = relative_error(a, n)
    if not error <= tol:
        raise AssertionError(f"{label}: relative error {error:.2e} is above {tol:g}")
    print(f"{label}: {a.size} number{'s agree' if a.size > 1 else ' agrees'}; relative error allowed: {tol:g}")
    return error
