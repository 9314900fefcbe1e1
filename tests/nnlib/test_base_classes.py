"""The base classes: a subclass that misses a method says which, and one that has them all is a full member."""

import numpy as np
import pytest

from nnlib import Dense, Layer, Network, check_gradient, fit
from nnlib.losses import Loss
from nnlib.optimizers import Optimizer
from nnlib.penalties import Penalty

X = np.random.default_rng(0).normal(size=(5, 3))


@pytest.mark.parametrize(
    "call",
    [
        lambda: Layer().forward(X),
        lambda: Layer().vjp(X),
        lambda: Loss()(X, X),
        lambda: Penalty(0.1)(X),
        lambda: Penalty(0.1).gradient(X),
        lambda: Optimizer(0.1).step(np.ones(3), np.ones(3)),
    ],
)
def test_a_missing_method_is_named(call):
    with pytest.raises(NotImplementedError):
        call()


class Scale(Layer):
    """y = s x for one s per feature."""

    def __init__(self, n):
        self.n_in = self.n_out = n

    @property
    def parameters(self):
        return {"s": (self.n_in,)}

    def reset(self, rng):
        self.s[...] = rng.uniform(1, 2, self.n_in)

    def f(self, x, training):
        self.x = x
        return x * self.s

    def gradients(self, g):
        self.ds[...] = (g * self.x).sum(axis=0)

    def vjp(self, g):
        return g * self.s


class Quartic(Loss):
    """(1/N) Σ (y − t)⁴."""

    def f(self, y, t):
        return float(((y - t) ** 4).sum()) / len(y), 4 * (y - t) ** 3 / len(y)


class Signs(Optimizer):
    """θ ← θ − lr sign(g)."""

    def update(self, theta, grad):
        theta -= self.lr * np.sign(grad)


@pytest.mark.parametrize("layers", [lambda: (Scale(3), Dense(3, 2)), lambda: (Dense(3, 2), Scale(2))])
def test_a_reader_s_own_layer_loss_and_optimizer(layers):
    net = Network(*layers(), loss=Quartic())
    assert check_gradient(net, X, X[:, :2]) < 1e-6
    history = fit(net, X, X[:, :2], Signs(0.001), epochs=100)
    assert history.loss[-1] < 0.5 * history.loss[0]
