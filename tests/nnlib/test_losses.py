"""Every loss against its formula in longhand, its gradient against that value. A new loss is a new row of LOSSES."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, getcontext

import numpy as np
import pytest
from helpers import SMALLEST, close, differences
from hypothesis import given
from hypothesis import strategies as st

import nnlib
from nnlib import (
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    Network,
    Softmax,
    SoftmaxCrossEntropy,
    SquaredError,
    log_softmax,
)

# The kinds of outputs and of targets.


def reals(rng, n, k):
    return rng.normal(size=(n, k))


def rows_of_probabilities(rng, n, k):
    p = rng.uniform(0.1, 1, (n, k))
    return p / p.sum(axis=1, keepdims=True)


def probabilities(rng, n, k):
    return rng.uniform(0.05, 0.95, (n, k))


def labels(rng, n, k):
    return rng.integers(0, k, n)


def one_hot(t, k):
    """The rows that labels stand for; rows stay as they are."""
    return np.array([[float(j == label) for j in range(k)] for label in t]) if np.ndim(t) == 1 else t


# The losses in longhand: plain sums over plain numbers.


def squared_error(y, t):
    return sum(
        0.5 * (a - b) ** 2 for row, target in zip(y, t, strict=True) for a, b in zip(row, target, strict=True)
    ) / len(y)


def mean_squared_error(y, t):
    return (
        sum((a - b) ** 2 for row, target in zip(y, t, strict=True) for a, b in zip(row, target, strict=True)) / y.size
    )


def cross_entropy(y, t):
    t = one_hot(t, y.shape[1])
    return -sum(
        b * math.log(a) for row, target in zip(y, t, strict=True) for a, b in zip(row, target, strict=True)
    ) / len(y)


def binary_cross_entropy(y, t):
    pairs = [(a, b) for row, target in zip(y, t, strict=True) for a, b in zip(row, target, strict=True)]
    return -sum(b * math.log(a) + (1 - b) * math.log(1 - a) for a, b in pairs) / y.size


def softmax_cross_entropy(y, t):
    e = np.array([[math.exp(v) for v in row] for row in y])
    return cross_entropy(e / e.sum(axis=1, keepdims=True), t)


@dataclass
class Row:
    """One loss with one kind of target: how outputs and targets are drawn, and its formula."""

    name: str
    make: Callable
    outputs: Callable
    targets: Callable
    formula: Callable


LOSSES = [
    Row("SquaredError", SquaredError, reals, reals, squared_error),
    Row("MSE", MSE, reals, reals, mean_squared_error),
    Row("CrossEntropy labels", CrossEntropy, rows_of_probabilities, labels, cross_entropy),
    Row("CrossEntropy rows", CrossEntropy, rows_of_probabilities, rows_of_probabilities, cross_entropy),
    Row("BinaryCrossEntropy", BinaryCrossEntropy, probabilities, probabilities, binary_cross_entropy),
    Row("SoftmaxCrossEntropy labels", SoftmaxCrossEntropy, reals, labels, softmax_cross_entropy),
    Row("SoftmaxCrossEntropy rows", SoftmaxCrossEntropy, reals, rows_of_probabilities, softmax_cross_entropy),
]
every_loss = pytest.mark.parametrize("row", LOSSES, ids=lambda row: row.name)
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])


def test_the_table_names_every_loss():
    made = {
        name
        for name in vars(nnlib)
        if isinstance(getattr(nnlib, name), type) and hasattr(getattr(nnlib, name), "value_and_grad")
    }
    assert made - {"Loss"} == {row.name.split()[0] for row in LOSSES}


@every_loss
@pytest.mark.parametrize(("n", "k"), [(1, 2), (3, 4), (5, 3), (4, 2)])
def test_gradient_is_that_of_the_stated_value(row, n, k):
    rng = np.random.default_rng(n)
    y, t = row.outputs(rng, n, k), row.targets(rng, n, k)
    loss = row.make()
    value, grad = loss.value_and_grad(y, t)
    assert value == pytest.approx(row.formula(y, t), rel=1e-12)
    assert loss(y, t) == value and type(value) is float and type(loss(y, t)) is float
    assert grad.dtype == np.float64 and np.abs(grad).max() > 1e-3
    close(grad, differences(lambda: row.formula(y, t), y))
    close(grad, differences(lambda: loss(y, t), y))


@every_loss
@given(n=st.integers(1, 7), k=st.integers(2, 6), seed=st.integers(0, 1000))
def test_value_and_gradient_along_a_random_line(row, n, k, seed):
    rng = np.random.default_rng(seed)
    y, t = row.outputs(rng, n, k), row.targets(rng, n, k)
    value, grad = row.make().value_and_grad(y, t)
    assert value == pytest.approx(row.formula(y, t), rel=1e-10)
    v, h = rng.normal(size=y.shape), 1e-6
    slope = (row.formula(y + h * v, t) - row.formula(y - h * v, t)) / (2 * h)
    assert np.sum(grad * v) == pytest.approx(slope, rel=1e-5, abs=1e-6)


@every_loss
def test_arguments_are_left_alone_and_results_do_not_alias(row):
    rng = np.random.default_rng(0)
    y, t = row.outputs(rng, 4, 3), row.targets(rng, 4, 3)
    kept_y, kept_t = y.copy(), t.copy()
    loss = row.make()
    _, first = loss.value_and_grad(y, t)
    held = first.copy()
    _, second = loss.value_and_grad(y[::-1].copy(), t)
    assert not np.shares_memory(first, second) and not np.shares_memory(first, y)
    assert np.array_equal(first, held)
    assert np.array_equal(y, kept_y) and np.array_equal(t, kept_t)


@every_loss
def test_float32_stays_float32(row):
    rng = np.random.default_rng(1)
    y, t = row.outputs(rng, 4, 3), row.targets(rng, 4, 3)
    exact, exact_grad = row.make().value_and_grad(y, t)
    for target in (t, t.astype(np.float32) if t.ndim == 2 else t.astype(np.int32)):
        value, grad = row.make().value_and_grad(y.astype(np.float32), target)
        assert grad.dtype == np.float32 and type(value) is float
        assert value == pytest.approx(exact, rel=1e-5)
        close(grad, exact_grad, 1e-5)


@pytest.mark.parametrize("make", [SquaredError, MSE])
def test_one_output_is_a_regression(make):
    y, t = np.array([[1.0], [2.0], [5.0]]), np.array([[0.0], [2.0], [1.0]])  # errors 1, 0, 4: squares sum to 17
    value, grad = make().value_and_grad(y, t)
    assert value == pytest.approx(17 / 6 if make is SquaredError else 17 / 3, rel=1e-15)
    factor = 1 / 3 if make is SquaredError else 2 / 3
    assert grad == pytest.approx(factor * np.array([[1.0], [0.0], [4.0]]), rel=1e-15)


def test_labels_mean_their_one_hot_rows():
    rng = np.random.default_rng(2)
    t = np.array([2, 0, 1, 1])
    for make, y in ((CrossEntropy, rows_of_probabilities(rng, 4, 3)), (SoftmaxCrossEntropy, reals(rng, 4, 3))):
        by_label, by_row = make().value_and_grad(y, t), make().value_and_grad(y, one_hot(t, 3))
        assert by_label[0] == pytest.approx(by_row[0], rel=1e-15)
        assert by_label[1] == pytest.approx(by_row[1], rel=1e-15)
        assert make()(y, t.tolist()) == by_label[0]
        assert make()(y, t.astype(np.uint8)) == by_label[0]


def test_softmax_layer_with_cross_entropy_equals_the_fused_loss():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(6, 4))
    apart = Network(Dense(4, 3), Softmax(), loss=CrossEntropy(), rng=4)
    fused = Network(Dense(4, 3), loss=SoftmaxCrossEntropy(), rng=4)
    for t in (labels(rng, 6, 3), rows_of_probabilities(rng, 6, 3)):
        assert apart.loss_and_grad(x, t) == pytest.approx(fused.loss_and_grad(x, t), rel=1e-13)
        close(apart.grad, fused.grad, 1e-12)
        assert apart.predict_proba(x) == pytest.approx(fused.predict_proba(x), rel=1e-13)


def test_fused_gradient_is_p_minus_t_over_n():
    z, t = np.array([[0.0, math.log(3)], [math.log(4), 0.0]]), np.array([0, 0])  # p = (1/4, 3/4) and (4/5, 1/5)
    value, grad = SoftmaxCrossEntropy().value_and_grad(z, t)
    assert value == pytest.approx((math.log(4) + math.log(5 / 4)) / 2, rel=1e-15)
    assert grad == pytest.approx(np.array([[-3 / 8, 3 / 8], [-1 / 10, 1 / 10]]), rel=1e-14)


# The ends of the range.


@both_dtypes
@pytest.mark.parametrize(
    ("z", "label", "value", "grad"),
    [
        ([1e4, -1e4], 0, 0.0, [0, 0]),
        ([1e4, -1e4], 1, 2e4, [1, -1]),
        ([-1e4, -1e4], 1, math.log(2), [0.5, -0.5]),
        ([1e4, 1e4], 0, math.log(2), [-0.5, 0.5]),
        ([0.0, 0.0], 0, math.log(2), [-0.5, 0.5]),
        ([-1e4, 1e4, 1e4], 0, 2e4 + math.log(2), [-1, 0.5, 0.5]),
        ([1e4, 1e-16, 0.0], 1, 1e4, [1, -1, 0]),
    ],
)
def test_fused_loss_at_extreme_logits(z, label, value, grad, dtype):
    for t in (np.array([label]), one_hot([label], len(z))):
        got, got_grad = SoftmaxCrossEntropy().value_and_grad(np.array([z], dtype), t)
        tol = 1e-14 if dtype == np.float64 else 1e-6
        assert got == pytest.approx(value, rel=tol, abs=0)
        assert got_grad == pytest.approx(np.array([grad]), rel=tol, abs=0)


def test_rows_of_very_different_sizes():
    """Each row has a maximum of its own: with one for all, the small rows would underflow to log 0."""
    z, t = np.array([[1e4, 0.0], [-1e4, -1e4 - 1], [0.0, 3.0]]), np.array([0, 0, 1])
    rest = math.log1p(math.exp(-1)), math.log1p(math.exp(-3))
    for target in (t, one_hot(t, 2)):
        value, grad = SoftmaxCrossEntropy().value_and_grad(z, target)
        assert value == pytest.approx(sum(rest) / 3, rel=1e-12)
        slopes = [0.0, -1 / (1 + math.e) / 3, 1 / (1 + math.e**3) / 3]
        assert grad[:, 0] == pytest.approx(slopes, rel=1e-12) and grad[:, 1] == pytest.approx(-grad[:, 0], rel=1e-12)
    assert -log_softmax(z)[range(3), t] == pytest.approx([0.0, *rest], rel=1e-12)


def test_rows_whose_sum_is_rounded():
    """The gradient is the value's own: a common shift of a row's logits changes nothing, whatever the row's sum."""
    rng = np.random.default_rng(4)
    z, t = reals(rng, 5, 3), rows_of_probabilities(rng, 5, 3) * (1 + 9e-6)
    _, grad = SoftmaxCrossEntropy().value_and_grad(z, t)
    assert np.abs(grad.sum(axis=1)).max() < 1e-15
    close(grad, differences(lambda: SoftmaxCrossEntropy()(z, t), z), 1e-8)


def test_fused_loss_keeps_a_tiny_value():
    """ln(1 + e^-30) and a probability of e^-40: digits that 1 - p and ln(p) of a rounded p would lose."""
    value, grad = SoftmaxCrossEntropy().value_and_grad(np.array([[40.0, 0.0]]), np.array([0]))
    assert grad[0, 1] == pytest.approx(math.exp(-40), rel=1e-12)
    assert value == pytest.approx(0, abs=1e-15)
    assert SoftmaxCrossEntropy()(np.array([[0.0, 700.0]]), np.array([0])) == 700


@both_dtypes
def test_cross_entropy_bounds_p_by_the_smallest_normal_number(dtype):
    tiny = SMALLEST[dtype]
    y = np.array([[0.0, 1.0], [1.0, 0.0]], dtype)
    for t in (np.array([0, 0]), np.array([[1.0, 0.0], [1.0, 0.0]])):
        value, grad = CrossEntropy().value_and_grad(y, t)
        assert value == pytest.approx(-math.log(tiny) / 2, rel=1e-6)
        assert grad == pytest.approx(np.array([[-0.5 / tiny, 0], [-0.5, 0]]), rel=1e-6)
        assert grad.dtype == dtype


@both_dtypes
def test_nothing_else_is_clipped(dtype):
    """p = 1e-30 is far below the usual 1e-15 and must count in full; so must the smallest normal number itself."""
    for p in (1e-30, 4 * SMALLEST[dtype]):
        value, grad = CrossEntropy().value_and_grad(np.array([[p, 1.0]], dtype), np.array([0]))
        assert value == pytest.approx(-math.log(p), rel=1e-6)
        assert grad[0, 0] == pytest.approx(-1 / p, rel=1e-6)
        value, grad = BinaryCrossEntropy().value_and_grad(np.array([[p]], dtype), np.array([[1.0]]))
        assert value == pytest.approx(-math.log(p), rel=1e-6)
        assert grad[0, 0] == pytest.approx(-1 / p, rel=1e-6)


@both_dtypes
def test_binary_cross_entropy_at_both_ends(dtype):
    tiny = SMALLEST[dtype]
    y = np.array([[0.0, 1.0, 0.0, 1.0]], dtype)
    right, right_grad = BinaryCrossEntropy().value_and_grad(y, np.array([[0.0, 1.0, 0.0, 1.0]]))
    assert right == 0
    assert right_grad == pytest.approx(np.array([[0.25, -0.25, 0.25, -0.25]]), rel=1e-6)
    wrong, wrong_grad = BinaryCrossEntropy().value_and_grad(y, np.array([[1.0, 0.0, 1.0, 0.0]]))
    assert wrong == pytest.approx(-math.log(tiny), rel=1e-6)
    assert wrong_grad == pytest.approx(0.25 / tiny * np.array([[-1, 1, -1, 1]]), rel=1e-6)


def test_zero_times_log_zero_is_zero():
    assert CrossEntropy()(np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([[0.0, 1.0], [0.5, 0.5]])) == pytest.approx(
        math.log(2) / 2, rel=1e-15
    )
    value, grad = CrossEntropy().value_and_grad(np.array([[0.0, 1.0]]), np.array([1]))
    assert value == 0 and grad.tolist() == [[0, -1]]


def test_log_softmax():
    getcontext().prec = 40
    z = np.array([[1.0, 2.0, 4.0], [-3.0, 0.5, 0.25]])
    expected = [[float(Decimal(v) - sum(Decimal(u).exp() for u in row).ln()) for v in row] for row in z.tolist()]
    assert log_softmax(z) == pytest.approx(np.array(expected), rel=1e-14)
    assert log_softmax(np.array([[1e4, 0.0, -1e4]])).tolist() == [[0, -1e4, -2e4]]
    assert log_softmax(z.astype(np.float32)).dtype == np.float32


def test_log_softmax_of_a_certain_class_keeps_its_digits():
    """ln softmax of the winner is -ln(1 + e^-30) = -e^-30 + ...: log(1 + small), not log of a rounded sum, if asked."""
    got = log_softmax(np.array([[30.0, 0.0]]))
    assert got[0, 1] == pytest.approx(-30, rel=1e-15)
    assert got[0, 0] == pytest.approx(-math.exp(-30), abs=3e-16)


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=6))
def test_log_softmax_exponentials_sum_to_one(z):
    out = log_softmax(np.array([z]))
    assert (out <= 0).all()
    assert np.exp(out).sum() == pytest.approx(1, rel=1e-11)
