"""Penalties: over weights only, their gradient that of their value. A new penalty is a new row."""

import numpy as np
import pytest
from helpers import close, differences, off_kinks

from nnlib import L1, L2, BatchNorm, Dense, Network, SquaredError, Tanh, l0

PENALTIES = [
    # name, class, Σ over the weights in longhand
    ("L1", L1, lambda w: sum(abs(v) for v in w.ravel().tolist())),
    ("L2", L2, lambda w: sum(v * v for v in w.ravel().tolist())),
]
every_penalty = pytest.mark.parametrize(("name", "make", "total"), PENALTIES, ids=[row[0] for row in PENALTIES])
X = np.random.default_rng(0).normal(size=(5, 3))
T = np.random.default_rng(1).normal(size=(5, 2))


def network(penalty):
    net = Network(Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2), loss=SquaredError(), penalty=penalty)
    net.theta[...] = off_kinks(np.random.default_rng(2), net.n_params)
    return net


@every_penalty
@pytest.mark.parametrize("lam", [0.25, 1.0, 3.0])
def test_value_and_gradient_over_weights_only(name, make, total, lam):
    plain, net = network(None), network(make(lam))
    difference = net.loss_and_grad(X, T) - plain.loss_and_grad(X, T)
    weights = [net.layers[0], net.layers[3]]
    assert difference == pytest.approx(lam * sum(total(layer.W) for layer in weights), rel=1e-12)
    net.grad[...] -= plain.grad
    for layer in weights:
        close(layer.dW, lam * differences(lambda layer=layer: total(layer.W), layer.W))
        assert np.abs(layer.db).max() < 1e-13
        layer.dW[...] = 0
    assert np.abs(net.grad).max() < 1e-13  # nothing for biases, γ and β


@every_penalty
def test_no_strength_is_no_penalty(name, make, total):
    plain, net = network(None), network(make(0))
    assert net.loss_and_grad(X, T) == plain.loss_and_grad(X, T)
    assert np.array_equal(net.grad, plain.grad)
    assert make(0.5).lam == 0.5


def test_slope_of_l1_at_its_kink_is_zero():
    plain, net = network(None), network(L1(0.5))
    for one in (plain, net):
        one.layers[0].W[0] = 0.0
        one.layers[0].W[1] = -0.0
        one.loss_and_grad(X, T)
    added = net.layers[0].dW - plain.layers[0].dW
    assert np.array_equal(added[:2], np.zeros((2, 4))) and np.abs(added[2]) == pytest.approx(0.5)


def test_l0_counts_what_is_not_zero():
    assert l0(np.array([0.0, -0.0, 1e-300, -2.0, 0.0])) == 2
    assert l0(np.zeros(3)) == 0
    assert l0(np.ones((2, 3))) == 6
    assert type(l0(np.ones(2))) is int
