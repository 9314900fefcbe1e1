"""The drawing pad of chapter 11: its folded network is the network, and it refuses what it cannot show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnlib
from book.digit_pad import digit_pad, fold


def network(*layers: nnlib.Layer, **how: Any) -> nnlib.Network:
    """A network whose running statistics, scales and shifts are not the first ones."""
    net = nnlib.Network(*layers, **{"loss": nnlib.SoftmaxCrossEntropy(), "rng": 0, **how})
    rng = np.random.default_rng(0)
    net.theta += rng.normal(0, 0.5, net.n_params)
    for _ in range(5):
        net.forward(rng.normal(1, 2, (20, net.n_in)), training=True)
    return net


def whole() -> nnlib.Network:
    return network(
        nnlib.Dense(64, 7),
        nnlib.BatchNorm(7),
        nnlib.Sigmoid(),
        nnlib.Dense(7, 5, bias=False),
        nnlib.BatchNorm(5),
        nnlib.ReLU(),
        nnlib.Dense(5, 10),
    )


def images(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    return rng.integers(0, 17, (n, 64)), rng.integers(0, 10, n)


def test_the_folded_network_is_the_network() -> None:
    net = whole()
    x = np.random.default_rng(1).random((30, 64))
    a = x
    layers = fold(net)
    assert [bend for _, _, bend in layers] == ["sigmoid", "relu", ""]
    for W, b, bend in layers:
        z = a @ W + b
        a = {"sigmoid": 1 / (1 + np.exp(-z)), "relu": np.maximum(z, 0), "": z}[bend]
    np.testing.assert_allclose(a, net.forward(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "layers",
    [
        [nnlib.BatchNorm(64), nnlib.Dense(64, 10)],
        [nnlib.Dense(64, 10), nnlib.Sigmoid(), nnlib.BatchNorm(10)],
        [nnlib.Dense(64, 10), nnlib.Tanh()],
        [nnlib.Dense(64, 10), nnlib.Sigmoid(), nnlib.ReLU()],
        [nnlib.Sigmoid(), nnlib.Dense(64, 10)],
    ],
    ids=lambda layers: " ".join(type(layer).__name__ for layer in layers),
)
def test_a_layer_that_it_cannot_fold_is_named(layers: list[nnlib.Layer]) -> None:
    net = nnlib.Network(*layers, loss=nnlib.SoftmaxCrossEntropy())
    with pytest.raises(ValueError, match="expected Dense, BatchNorm after it, Sigmoid or ReLU, got"):
        fold(net)


def test_the_page_is_small_and_the_same_each_time() -> None:
    net = whole()
    pages = [digit_pad(net, images(50), images(3), far=900, label="a-pad").data for _ in range(2)]
    assert pages[0] == pages[1] and len(pages[0]) < 50_000
    assert pages[0].count('role="gridcell"') == 64 and pages[0].count("<li ") == 10
    guess = net.predict(images(3)[0][:1] / 16)[0]
    assert f"The network says {guess}, with probability" in pages[0]


def test_bad_input_is_refused() -> None:
    net, good = whole(), images(3)
    for bad in (
        (good[0] / 16, good[1]),  # no whole numbers
        (good[0] + 1, good[1]),  # above 16, most of them somewhere
        (good[0][:, :63], good[1]),
        (good[0], good[1][:2]),
        (good[0], good[1] + 10),
        (good[0][:0], good[1][:0]),
    ):
        with pytest.raises(ValueError, match="training: expected images"):
            digit_pad(net, bad, good, far=900, label="a-pad")
        with pytest.raises(ValueError, match="examples: expected images"):
            digit_pad(net, good, bad, far=900, label="a-pad")
    other = network(nnlib.Dense(64, 3))
    with pytest.raises(ValueError, match="64 inputs, ten outputs"):
        digit_pad(other, good, good, far=900, label="a-pad")
    squares = nnlib.Network(nnlib.Dense(64, 10), loss=nnlib.SquaredError())
    with pytest.raises(ValueError, match="SoftmaxCrossEntropy"):
        digit_pad(squares, good, good, far=900, label="a-pad")
    with pytest.raises(ValueError, match="fewer training images"):
        digit_pad(net, images(4000), good, far=900, label="a-pad")
