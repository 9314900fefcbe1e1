"""The ends of the number range, with every warning an error: ±1e4, exactly 0, ±1e-16, the tails and the kinks."""

import math
from decimal import Decimal, getcontext

import numpy as np
import pytest
from helpers import SMALLEST

from nnlib import (
    ELU,
    MSE,
    BatchNorm,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    Identity,
    LeakyReLU,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    constant,
)

pytestmark = pytest.mark.filterwarnings("error")
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
EPS = {np.float64: 2.2e-16, np.float32: 1.2e-7}
E16 = 1e-16

EXTREMES = [
    # layer, then (x, y, dy/dx) for each entry
    (Identity(), [(-1e4, -1e4, 1), (0, 0, 1), (E16, E16, 1), (-E16, -E16, 1), (1e4, 1e4, 1)]),
    (Sigmoid(), [(-1e4, 0, 0), (0, 0.5, 0.25), (E16, 0.5, 0.25), (-E16, 0.5, 0.25), (1e4, 1, 0)]),
    (Tanh(), [(-1e4, -1, 0), (0, 0, 1), (E16, E16, 1), (-E16, -E16, 1), (1e4, 1, 0)]),
    (ReLU(), [(-1e4, 0, 0), (0, 0, 0), (E16, E16, 1), (-E16, 0, 0), (1e4, 1e4, 1)]),
    (LeakyReLU(0.1), [(-1e4, -1e3, 0.1), (0, 0, 0.1), (E16, E16, 1), (-E16, -0.1 * E16, 0.1), (1e4, 1e4, 1)]),
    (LeakyReLU(), [(-1e4, -1e2, 0.01), (0, 0, 0.01), (E16, E16, 1), (-E16, -0.01 * E16, 0.01), (1e4, 1e4, 1)]),
    (ELU(), [(-1e4, -1, 0), (0, 0, 1), (E16, E16, 1), (-E16, -E16, 1), (1e4, 1e4, 1)]),
    (ELU(0.5), [(-1e4, -0.5, 0), (0, 0, 0.5), (E16, E16, 1), (-E16, -0.5 * E16, 0.5), (1e4, 1e4, 1)]),
]


@both_dtypes
@pytest.mark.parametrize(("layer", "entries"), EXTREMES, ids=lambda v: str(v) if not isinstance(v, list) else "")
def test_values_and_slopes_at_the_extremes(layer, entries, dtype):
    x, y, slope = (np.array([column], dtype) for column in zip(*entries, strict=True))
    got = layer.forward(x)
    back = layer.backward(np.ones_like(x))
    assert got.dtype == back.dtype == dtype
    assert got == pytest.approx(y, rel=4 * EPS[dtype], abs=0)
    assert back == pytest.approx(slope, rel=4 * EPS[dtype], abs=0)


@both_dtypes
def test_negative_zero_is_zero(dtype):
    for layer, y, slope in ((ReLU(), 0, 0), (LeakyReLU(0.1), 0, 0.1), (ELU(0.5), 0, 0.5), (Sigmoid(), 0.5, 0.25)):
        assert layer.forward(np.array([[-0.0]], dtype)) == y
        assert layer.backward(np.ones((1, 1), dtype)) == dtype(slope)


@both_dtypes
def test_softmax_at_the_extremes(dtype):
    layer = Softmax()
    x = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, -1e4], [0, 0, 0], [E16, -E16, 0]], dtype)
    third = 1 / 3
    y = [[1, 0, 0], [third] * 3, [0.5, 0.5, 0], [third] * 3, [third] * 3]
    assert layer.forward(x) == pytest.approx(np.array(y), rel=4 * EPS[dtype], abs=0)
    back = layer.backward(np.tile(np.array([1, 0, 0], dtype), (5, 1)))
    slope = [[0, 0, 0], [2 / 9, -1 / 9, -1 / 9], [0.25, -0.25, 0], *[[2 / 9, -1 / 9, -1 / 9]] * 2]
    assert back == pytest.approx(np.array(slope), rel=8 * EPS[dtype], abs=0)


@both_dtypes
def test_sigmoid_keeps_its_digits_in_the_negative_tail(dtype):
    """1/(1 + e^-x) to 40 digits: ½(1 + tanh x/2) would lose all of them below about -37 (-17 in float32)."""
    getcontext().prec = 40
    lowest = math.log(SMALLEST[dtype]) + 1
    x = np.concatenate([np.linspace(lowest, -1, 300), np.linspace(-1, 40, 100)]).astype(dtype)
    exact = np.array([float(1 / (1 + (-Decimal(float(v))).exp())) for v in x])
    y = Sigmoid().forward(x[None])[0]
    assert y.dtype == dtype
    assert np.abs(y / exact - 1).max() < 4 * EPS[dtype]


@both_dtypes
def test_sigmoid_s_slope_keeps_its_digits_in_the_negative_tail(dtype):
    getcontext().prec = 40
    x = np.linspace(math.log(SMALLEST[dtype]) + 1, 0, 200).astype(dtype)
    layer = Sigmoid()
    layer.forward(x[None])
    y = [1 / (1 + (-Decimal(float(v))).exp()) for v in x]
    exact = np.array([float(p * (1 - p)) for p in y])
    assert np.abs(layer.backward(np.ones((1, 200), dtype))[0] / exact - 1).max() < 8 * EPS[dtype]


@both_dtypes
def test_elu_keeps_its_digits_near_zero(dtype):
    """expm1: e^x - 1 would keep none of the digits of -1e-16."""
    x = -np.logspace(-30, 0, 200).astype(dtype)
    exact = np.array([math.expm1(float(v)) for v in x])
    assert np.abs(ELU().forward(x[None])[0] / exact - 1).max() < 4 * EPS[dtype]


@both_dtypes
def test_tanh_keeps_its_digits_near_zero(dtype):
    x = np.logspace(-30, 0, 200).astype(dtype)
    exact = np.array([math.tanh(float(v)) for v in x])
    assert np.abs(Tanh().forward(x[None])[0] / exact - 1).max() < 8 * EPS[dtype]


@both_dtypes
@pytest.mark.parametrize(
    ("layers", "loss", "t"),
    [
        ((), SoftmaxCrossEntropy, [0, 1, 1]),
        ((Softmax,), CrossEntropy, [0, 1, 1]),
        ((Sigmoid,), BinaryCrossEntropy, [[1, 0], [0, 1], [0, 1]]),
        ((Sigmoid,), SquaredError, [[1, 0], [0, 1], [0, 1]]),
        ((Tanh,), MSE, [[1, 0], [0, 1], [0, 1]]),
        ((ELU, Softmax), CrossEntropy, [[1, 0], [0, 1], [0.5, 0.5]]),
        ((BatchNorm,), SoftmaxCrossEntropy, [0, 1, 1]),
    ],
)
def test_whole_networks_at_extreme_pre_activations(layers, loss, t, dtype):
    """Weights of ±1e4 drive every layer to its end; loss and gradient stay finite, without a warning."""
    made = [layer(2) if layer is BatchNorm else layer() for layer in layers]
    for scale in (1e4, 0.0, E16):
        net = Network(Dense(2, 2, init=constant(0)), *made, loss=loss(), dtype=dtype)
        net.layers[0].W[...] = [[scale, -scale], [-scale, scale]]
        x = np.array([[1, 0], [0, 1], [-1, 0]])
        assert math.isfinite(net.loss_and_grad(x, np.array(t)))
        assert np.isfinite(net.grad).all()
        made = [type(layer)(2) if isinstance(layer, BatchNorm) else type(layer)() for layer in made]


def test_batch_norm_of_tiny_and_huge_columns():
    norm = BatchNorm(2)
    norm.initialize(np.random.default_rng(0))
    x = np.array([[1e4, 1e-16], [-1e4, -1e-16], [1e4, 1e-16], [-1e4, -1e-16]])
    y = norm.forward(x, training=True)
    assert np.abs(y[:, 0]) == pytest.approx(np.ones(4), rel=1e-12)  # eps is nothing beside 1e8
    assert np.abs(y[:, 1]) == pytest.approx(np.full(4, 1e-16 / math.sqrt(1e-5)), rel=1e-12)  # and all beside 1e-32
    assert np.isfinite(norm.backward(np.ones_like(y))).all()
