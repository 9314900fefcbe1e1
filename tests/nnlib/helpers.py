"""What the unit tests share. The differentiation here is the tests' own, so that nnlib's is not its own judge."""

import numpy as np
import pytest

SMALLEST = {np.float64: 2.2250738585072014e-308, np.float32: 1.1754943508222875e-38}  # normal numbers


def off_kinks(rng, shape, gap=0.1):
    """Random numbers at least `gap` from 0, where ReLU, leaky ReLU, ELU and L1 bend."""
    return rng.choice([-1.0, 1.0], shape) * (gap + rng.uniform(0, 2, shape))


def differences(f, x, h=1e-6):
    """Central differences of f() in x, of shape f().shape + x.shape; x is changed in place and put back."""
    columns = []
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        up = np.array(f(), dtype=float)
        x[i] = old - h
        down = np.array(f(), dtype=float)
        x[i] = old
        columns.append((up - down) / (2 * h))
    return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)


def close(actual, expected, tol=1e-7):
    """The largest difference, over the largest entry, is below tol; comparing zeros is refused."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    scale = np.abs(expected).max()
    assert scale > 1e-3, "a test that compares zeros proves nothing"
    assert np.abs(actual - expected).max() <= tol * scale


def running_statistics(net):
    """Copies of the running means and variances of every BatchNorm."""
    return [
        np.copy(getattr(layer, name))
        for layer in net.layers
        for name in ("running_mean", "running_var")
        if hasattr(layer, name)
    ]


def state(net):
    """All that a refusal must leave alone: θ, its gradient, running statistics."""
    return [net.theta.copy(), net.grad.copy(), *running_statistics(net)]


def same(before, after):
    """Two states are equal bit for bit."""
    return len(before) == len(after) and all(
        a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in zip(before, after, strict=True)
    )


def parameters(net):
    """(layer, name of the array, name of its gradient) for each parameter of the network, by the contract's names."""
    pairs = (("W", "dW"), ("b", "db"), ("gamma", "dgamma"), ("beta", "dbeta"))
    return [
        (layer, name, dname) for layer in net.layers for name, dname in pairs if getattr(layer, name, None) is not None
    ]


def assert_views(net):
    """Every layer's arrays are views of theta and grad, cover them once, and follow a write into the flat vectors."""
    found = parameters(net)
    assert sum(getattr(layer, name).size for layer, name, _ in found) == net.theta.size == net.grad.size
    theta, grad = net.theta.copy(), net.grad.copy()
    net.theta[...] = np.arange(net.theta.size)
    net.grad[...] = -np.arange(net.grad.size)
    seen = np.concatenate([getattr(layer, name).ravel() for layer, name, _ in found])
    seen_grad = np.concatenate([getattr(layer, dname).ravel() for layer, _, dname in found])
    net.theta[...], net.grad[...] = theta, grad
    assert sorted(seen) == list(range(net.theta.size))
    assert np.array_equal(seen_grad, -seen)


def row(number, source):
    """Mark a test with the number and the public report of a row."""
    named = pytest.mark.parametrize("report", [None], ids=[f"{number} {source}"], indirect=True)
    return lambda test: pytest.mark.usefixtures("report")(named(test))
