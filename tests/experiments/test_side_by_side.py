"""Networks that train side by side end where `nnlib.fit` leads each of them."""

from __future__ import annotations

import numpy as np
import pytest
from experiments.side_by_side import fit_side_by_side
from sklearn.datasets import make_moons

import nnlib

SEEDS = range(3)


def network(seed: int, hidden: type[nnlib.Layer], last: list[nnlib.Layer], loss: nnlib.Loss) -> nnlib.Network:
    layers = nnlib.Dense(2, 8), hidden(), nnlib.Dense(8, 6), hidden(), nnlib.Dense(6, 2)
    return nnlib.Network(*layers, *last, loss=loss, rng=seed)


@pytest.mark.parametrize(
    "hidden", [nnlib.Identity, nnlib.Sigmoid, nnlib.Tanh, nnlib.ReLU, nnlib.LeakyReLU, nnlib.ELU, nnlib.Softmax]
)
@pytest.mark.parametrize(
    ("last", "loss", "optimizer"),
    [
        (None, nnlib.SoftmaxCrossEntropy, lambda: nnlib.SGD(0.1)),
        (nnlib.Softmax, nnlib.CrossEntropy, lambda: nnlib.SGD(0.1, momentum=0.5)),
        (nnlib.Sigmoid, nnlib.SquaredError, lambda: nnlib.Adam(0.01)),
    ],
)
def test_each_network_ends_where_fit_leads_it(hidden, last, loss, optimizer) -> None:
    nets, alone = ([network(s, hidden, [last()] if last else [], loss()) for s in SEEDS] for _ in range(2))
    data = [make_moons(50, noise=0.2, random_state=seed) for seed in SEEDS]
    if loss is nnlib.SquaredError:
        data = [(x, nnlib.one_hot(labels, 2)) for x, labels in data]
    how = {"epochs": 3, "batch_size": 20}  # the last batch is smaller
    fit_side_by_side(nets, data, optimizer(), seeds=SEEDS, **how)
    for net, other, (x, t), seed in zip(nets, alone, data, SEEDS, strict=True):
        start = other.theta.copy()
        nnlib.fit(other, x, t, optimizer(), rng=seed, **how)
        assert abs(other.theta - start).max() > 1e-3
        np.testing.assert_allclose(net.theta, other.theta, rtol=1e-9, atol=1e-12)


def test_what_does_not_treat_each_row_alone_is_refused() -> None:
    net = nnlib.Network(nnlib.Dense(2, 3), nnlib.BatchNorm(3), loss=nnlib.SquaredError())
    data = [(np.ones((4, 2)), np.ones((4, 3)))]
    with pytest.raises(TypeError, match="BatchNorm"):
        fit_side_by_side([net], data, nnlib.SGD(0.1), epochs=1, batch_size=2, seeds=[0])


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_a_training_that_diverges_is_said() -> None:
    net = nnlib.Network(nnlib.Dense(2, 2), loss=nnlib.SquaredError())
    data = [(np.ones((4, 2)), np.zeros((4, 2)))]
    with pytest.raises(FloatingPointError, match="not finite"):
        fit_side_by_side([net], data, nnlib.SGD(1e9), epochs=50, batch_size=2, seeds=[0])
