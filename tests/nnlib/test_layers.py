"""Every layer against its formula in longhand, its closed-form Jacobian, and numerical differentiation.

A new layer is a new row of LAYERS.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from helpers import close, differences, off_kinks
from hypothesis import given
from hypothesis import strategies as st

import nnlib
from nnlib import (
    ELU,
    BatchNorm,
    Dense,
    Identity,
    LeakyReLU,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    SquaredError,
    Tanh,
    jacobian,
    numerical_jacobian,
)


def elementwise(f):
    """Rows of f of each entry, in plain Python."""
    return lambda layer, x: np.array([[f(layer, v) for v in row] for row in x.tolist()])


def diagonal(slope):
    """The Jacobian of a function of each entry alone: its slopes on the diagonal."""
    return lambda layer, x: np.diag([slope(layer, v) for v in x.ravel().tolist()])


def logistic(v):
    return 1 / (1 + math.exp(-v))


def softmax_value(layer, x):
    e = np.array([[math.exp(v) for v in row] for row in x.tolist()])
    return e / e.sum(axis=1, keepdims=True)


def softmax_jacobian(layer, x):
    n, k = x.shape
    full = np.zeros((n, k, n, k))
    for i, y in enumerate(softmax_value(layer, x)):
        full[i, :, i, :] = np.diag(y) - np.outer(y, y)
    return full.reshape(n * k, n * k)


def dense_value(layer, x):
    bias = 0.0 if layer.b is None else layer.b
    return (
        np.array([[sum(row[i] * layer.W[i, j] for i in range(layer.n_in)) for j in range(layer.n_out)] for row in x])
        + bias
    )


def dense_jacobian(layer, x):
    return np.kron(np.eye(len(x)), layer.W.T)


def norm_train_value(layer, x):
    n = len(x)
    mean = [sum(column) / n for column in x.T]
    var = [sum((v - m) ** 2 for v in column) / n for column, m in zip(x.T, mean, strict=True)]
    return np.array(
        [
            [
                layer.gamma[j] * (row[j] - mean[j]) / math.sqrt(var[j] + layer.eps) + layer.beta[j]
                for j in range(layer.n)
            ]
            for row in x
        ]
    )


def norm_train_jacobian(layer, x):
    """dy_aj / dx_bj = gamma_j / s_j (delta_ab - 1/N - xhat_aj xhat_bj / N), with s² = variance + eps."""
    n, d = x.shape
    full = np.zeros((n, d, n, d))
    for j in range(d):
        centred = x[:, j] - sum(x[:, j]) / n
        s = math.sqrt(sum(centred**2) / n + layer.eps)
        hat = centred / s
        full[:, j, :, j] = layer.gamma[j] / s * (np.eye(n) - 1 / n - np.outer(hat, hat) / n)
    return full.reshape(n * d, n * d)


def norm_eval_value(layer, x):
    return np.array(
        [
            [
                layer.gamma[j] * (row[j] - layer.running_mean[j]) / math.sqrt(layer.running_var[j] + layer.eps)
                + layer.beta[j]
                for j in range(layer.n)
            ]
            for row in x
        ]
    )


def norm_eval_jacobian(layer, x):
    return np.diag(np.tile(layer.gamma / np.sqrt(layer.running_var + layer.eps), len(x)))


@dataclass
class Row:
    """One layer: `make(width)`, its value and its Jacobian in closed form, the parameters it has."""

    name: str
    make: Callable
    value: Callable
    jacobian: Callable
    parameters: tuple = ()
    training: bool = False
    least_rows: int = 1


def plain(name, make, f, slope):
    return Row(name, make, elementwise(f), diagonal(slope))


LAYERS = [
    Row("Dense", lambda n: Dense(n, 3), dense_value, dense_jacobian, ("W", "b")),
    Row("Dense narrow", lambda n: Dense(n, 1), dense_value, dense_jacobian, ("W", "b")),
    Row("Dense without bias", lambda n: Dense(n, 4, bias=False), dense_value, dense_jacobian, ("W",)),
    Row(
        "BatchNorm training",
        lambda n: BatchNorm(n, eps=1e-2),
        norm_train_value,
        norm_train_jacobian,
        ("gamma", "beta"),
        training=True,
        least_rows=2,
    ),
    Row(
        "BatchNorm evaluation",
        lambda n: BatchNorm(n, eps=1e-2),
        norm_eval_value,
        norm_eval_jacobian,
        ("gamma", "beta"),
    ),
    plain("Identity", lambda n: Identity(), lambda c, v: v, lambda c, v: 1.0),
    plain("Sigmoid", lambda n: Sigmoid(), lambda c, v: logistic(v), lambda c, v: logistic(v) * logistic(-v)),
    plain("Tanh", lambda n: Tanh(), lambda c, v: math.tanh(v), lambda c, v: 1 / math.cosh(v) ** 2),
    plain("ReLU", lambda n: ReLU(), lambda c, v: max(v, 0.0), lambda c, v: float(v > 0)),
    plain(
        "LeakyReLU",
        lambda n: LeakyReLU(),
        lambda c, v: v if v > 0 else 0.01 * v,
        lambda c, v: 1.0 if v > 0 else 0.01,
    ),
    plain(
        "LeakyReLU steep",
        lambda n: LeakyReLU(alpha=0.4),
        lambda c, v: v if v > 0 else 0.4 * v,
        lambda c, v: 1.0 if v > 0 else 0.4,
    ),
    plain(
        "ELU",
        lambda n: ELU(),
        lambda c, v: v if v > 0 else math.expm1(v),
        lambda c, v: 1.0 if v > 0 else math.exp(v),
    ),
    plain(
        "ELU small",
        lambda n: ELU(alpha=0.3),
        lambda c, v: v if v > 0 else 0.3 * math.expm1(v),
        lambda c, v: 1.0 if v > 0 else 0.3 * math.exp(v),
    ),
    Row("Softmax", lambda n: Softmax(), softmax_value, softmax_jacobian),
]
every_layer = pytest.mark.parametrize("row", LAYERS, ids=lambda row: row.name)
PUBLIC = ["Dense", "BatchNorm", "Identity", "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "Softmax"]


def built(row, width, dtype=np.float64, seed=0):
    """The row's layer in a network of its own, nothing left at its initial value (zeros and ones hide mistakes)."""
    layer = row.make(width)
    Network(layer, loss=SquaredError(), rng=seed, dtype=dtype)
    rng = np.random.default_rng(seed)
    for name in row.parameters:
        getattr(layer, name)[...] = off_kinks(rng, getattr(layer, name).shape, 0.3)
    if hasattr(layer, "running_mean"):
        layer.running_mean[...] = rng.normal(size=width)
        layer.running_var[...] = rng.uniform(0.5, 2, size=width)
    return layer


def test_the_table_names_every_layer():
    bases = {
        name
        for name in vars(nnlib)
        if isinstance(getattr(nnlib, name), type) and issubclass(getattr(nnlib, name), nnlib.Layer)
    }
    assert bases - {"Layer"} == set(PUBLIC) == {row.name.split()[0] for row in LAYERS}


@every_layer
def test_value_is_the_formula(row):
    layer = built(row, 4)
    x = off_kinks(np.random.default_rng(1), (5, 4))
    expected = row.value(layer, x)
    close(layer.forward(x, training=row.training), expected, 1e-13)


@every_layer
@pytest.mark.parametrize("shape", [(3, 4), (2, 2), (7, 3)], ids=str)
def test_three_jacobians_agree(row, shape):
    layer = built(row, shape[1])
    x = off_kinks(np.random.default_rng(2), shape)
    expected = row.jacobian(layer, x)
    analytic = jacobian(layer, x, training=row.training)
    numeric = numerical_jacobian(lambda v: layer.forward(v, training=row.training), x)
    own = differences(lambda: layer.forward(x, training=row.training), x).reshape(expected.shape)
    if row.name == "BatchNorm training" and shape[0] == 2:  # nearly zero: two rows always normalise to about ±1
        expected, analytic, numeric, own = (1e3 * j for j in (expected, analytic, numeric, own))
    close(analytic, expected, 1e-10)
    close(numeric, expected, 1e-6)
    close(own, expected, 1e-6)


@every_layer
def test_parameter_gradients(row):
    layer = built(row, 4)
    rng = np.random.default_rng(3)
    x = off_kinks(rng, (5, 4))
    y = layer.forward(x, training=row.training)
    g = off_kinks(rng, y.shape)
    layer.backward(g)
    analytic = {name: np.array(getattr(layer, "d" + name)) for name in row.parameters}
    for name in row.parameters:
        numeric = differences(lambda: np.sum(g * layer.forward(x, training=row.training)), getattr(layer, name))
        close(analytic[name], numeric)
        assert (analytic[name] != 0).all()


@every_layer
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@given(data=st.data())
def test_backward_is_the_vector_jacobian_product(row, dtype, data):
    """<backward(g), v> = <g, J v> for drawn shapes, values and vectors; J from the closed form, in float64."""
    rows = data.draw(st.integers(row.least_rows, 6), "rows")
    width = data.draw(st.integers(1, 6), "width")
    number = st.integers(-3072, 3071).map(lambda n: (n if n < 0 else n + 1) / 1024)  # exact in float32; at 0 is a kink
    layer = built(row, width, dtype, seed=data.draw(st.integers(0, 99), "seed"))
    x = np.array(data.draw(st.lists(number, min_size=rows * width, max_size=rows * width), "x")).reshape(rows, width)
    y = layer.forward(x.astype(dtype), training=row.training)
    rng = np.random.default_rng(data.draw(st.integers(0, 99), "vectors"))
    g, v = rng.normal(size=y.shape), rng.normal(size=x.shape)
    back = layer.backward(g.astype(dtype))
    exact = row.jacobian(layer, x)
    scale = np.linalg.norm(g) * np.linalg.norm(v) * (1 + np.abs(exact).max())
    assert y.dtype == back.dtype == dtype and back.shape == x.shape
    assert abs(np.sum(back * v) - g.ravel() @ exact @ v.ravel()) <= (1e-11 if dtype == np.float64 else 1e-4) * scale


@every_layer
def test_backward_writes_and_does_not_accumulate(row):
    layer = built(row, 3)
    x, g = off_kinks(np.random.default_rng(4), (4, 3)), None
    y = layer.forward(x, training=row.training)
    g = off_kinks(np.random.default_rng(5), y.shape)
    first = layer.backward(g).copy()
    gradients = [np.array(getattr(layer, "d" + name)) for name in row.parameters]
    layer.forward(x, training=row.training)
    assert np.array_equal(layer.backward(g), first)
    for name, gradient in zip(row.parameters, gradients, strict=True):
        assert np.array_equal(getattr(layer, "d" + name), gradient)


@every_layer
def test_results_do_not_alias_and_arguments_are_left_alone(row):
    layer = built(row, 3)
    rng = np.random.default_rng(6)
    x1, x2 = off_kinks(rng, (4, 3)), off_kinks(rng, (4, 3))
    kept1, kept2 = x1.copy(), x2.copy()
    y1 = layer.forward(x1, training=row.training)
    held = y1.copy()
    y2 = layer.forward(x2, training=row.training)
    y3 = layer.forward(x2, training=row.training)
    assert not np.shares_memory(y1, y2) and not np.shares_memory(y2, y3)
    assert np.array_equal(y1, held)
    g1, g2 = off_kinks(rng, y1.shape), off_kinks(rng, y1.shape)
    kept_g1, kept_g2 = g1.copy(), g2.copy()
    d1 = layer.backward(g1)
    held = d1.copy()
    d2 = layer.backward(g2)
    assert not np.shares_memory(d1, d2) and np.array_equal(d1, held)
    for argument, kept in ((x1, kept1), (x2, kept2), (g1, kept_g1), (g2, kept_g2)):
        assert np.array_equal(argument, kept)


@every_layer
def test_backward_belongs_to_the_last_forward(row):
    layer = built(row, 3)
    rng = np.random.default_rng(7)
    x1, x2 = off_kinks(rng, (4, 3)), off_kinks(rng, (5, 3))
    layer.forward(x1, training=row.training)
    y = layer.forward(x2, training=row.training)
    g = off_kinks(rng, y.shape)
    exact = (g.ravel() @ row.jacobian(layer, x2)).reshape(x2.shape)
    close(layer.backward(g), exact, 1e-12)


@every_layer
def test_arrays_come_from_initialize_or_from_a_network(row):
    alone = row.make(3)
    x = off_kinks(np.random.default_rng(8), (4, 3))
    if row.parameters:
        with pytest.raises((ValueError, RuntimeError), match="initialize"):
            alone.forward(x)
    alone.initialize(np.random.default_rng(9))
    assert np.isfinite(alone.forward(x)).all()
    again = row.make(3)
    again.initialize(np.random.default_rng(9))
    for name in row.parameters:
        assert np.array_equal(getattr(alone, name), getattr(again, name))
        assert getattr(alone, "d" + name).shape == getattr(alone, name).shape
    if "W" in row.parameters:
        assert (alone.W != 0).all()


@every_layer
def test_a_layer_belongs_to_one_network(row):
    """One without parameters too: it remembers one forward, and a second use would overwrite it."""
    layer = built(row, 3)
    before = [np.array(getattr(layer, name)) for name in row.parameters]
    with pytest.raises(ValueError, match=f"{type(layer).__name__}.* belongs to one network"):
        Network(layer, loss=SquaredError())
    with pytest.raises(ValueError, match=f"{type(layer).__name__}.* belongs to one network"):
        Network(Dense(3, 3), layer, loss=SquaredError())
    for name, old in zip(row.parameters, before, strict=True):
        assert np.array_equal(getattr(layer, name), old)
    free = row.make(3)
    with pytest.raises(ValueError, match=f"{type(layer).__name__}.* belongs to one network"):
        Network(free, free, loss=SquaredError())
    Network(free, loss=SquaredError())  # the refusal has not taken it


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Dense(2, 3), {"n_in": 2, "n_out": 3, "init": nnlib.glorot, "bias": True}),
        (Dense(4, 1, init=nnlib.he, bias=False), {"n_in": 4, "n_out": 1, "init": nnlib.he, "bias": False}),
        (BatchNorm(5), {"n": 5, "momentum": 0.9, "eps": 1e-5}),
        (BatchNorm(5, momentum=0.5, eps=1e-3), {"n": 5, "momentum": 0.5, "eps": 1e-3}),
        (LeakyReLU(), {"alpha": 0.01}),
        (LeakyReLU(alpha=0.2), {"alpha": 0.2}),
        (ELU(), {"alpha": 1.0}),
        (ELU(0.1), {"alpha": 0.1}),
    ],
    ids=lambda v: type(v).__name__ if not isinstance(v, dict) else "",
)
def test_constructor_arguments_are_attributes(layer, expected):
    assert {name: getattr(layer, name) for name in expected} == expected


def test_initial_values():
    dense, norm = Dense(2, 3), BatchNorm(3)
    Network(dense, norm, loss=SquaredError())
    assert dense.W.shape == (2, 3) and dense.b.shape == (3,)
    assert (dense.b == 0).all() and (norm.beta == 0).all() and (norm.gamma == 1).all()
    assert (norm.running_mean == 0).all() and (norm.running_var == 1).all()
    assert norm.gamma.shape == norm.beta.shape == norm.running_mean.shape == norm.running_var.shape == (3,)


def test_the_initializer_is_used_as_it_is():
    fixed = np.array([[0.25, -1.0, 3.0], [-0.5, 0.0, 2.0]])
    given, default = Dense(2, 3, init=lambda rng, shape: fixed), Dense(3, 40)
    Network(given, default, loss=SquaredError(), rng=5)
    assert np.array_equal(given.W, fixed) and (given.b == 0).all()
    assert np.array_equal(default.W, nnlib.glorot(np.random.default_rng(5), (3, 40)))


def test_batch_norm_keeps_running_statistics():
    """Momentum weighs the old value; the variance is the biased one. Numbers small enough to follow by hand."""
    norm = BatchNorm(1, momentum=0.75)
    Network(norm, loss=SquaredError())
    x = np.array([[1.0], [3.0], [8.0]])  # mean 4, squared deviations 9 + 1 + 16 = 26
    norm.forward(x, training=True)
    assert norm.running_mean == pytest.approx([0.75 * 0 + 0.25 * 4], rel=1e-15)
    assert norm.running_var == pytest.approx([0.75 * 1 + 0.25 * 26 / 3], rel=1e-15)
    norm.forward(x + 1, training=True)
    assert norm.running_mean == pytest.approx([0.75 * 1 + 0.25 * 5], rel=1e-15)
    assert norm.running_var == pytest.approx([0.75 * (0.75 + 6.5 / 3) + 0.25 * 26 / 3], rel=1e-15)


def test_batch_norm_evaluation_changes_nothing():
    norm = built(LAYERS[3], 3)
    mean, var = norm.running_mean.copy(), norm.running_var.copy()
    x = off_kinks(np.random.default_rng(0), (1, 3))  # one row is enough when evaluating
    norm.backward(np.ones_like(norm.forward(x)))
    assert np.array_equal(norm.running_mean, mean) and np.array_equal(norm.running_var, var)


def test_batch_norm_backward_follows_the_last_forward_s_mode():
    norm = built(LAYERS[3], 3)
    rng = np.random.default_rng(1)
    x, g = off_kinks(rng, (4, 3)), off_kinks(rng, (4, 3))
    norm.forward(x, training=True)
    close(norm.backward(g).ravel(), g.ravel() @ norm_train_jacobian(norm, x), 1e-12)
    norm.forward(x)
    close(norm.backward(g).ravel(), g.ravel() @ norm_eval_jacobian(norm, x), 1e-12)
    norm.forward(x, training=True)
    close(norm.backward(g).ravel(), g.ravel() @ norm_train_jacobian(norm, x), 1e-12)


def test_batch_norm_of_a_constant_column():
    """No variance: eps alone stands under the root, the output is beta, nothing is divided by zero."""
    norm = built(LAYERS[3], 2)
    y = norm.forward(np.full((4, 2), 7.0), training=True)
    assert y == pytest.approx(np.tile(norm.beta, (4, 1)), abs=1e-12)


def test_batch_norm_far_from_the_origin():
    """The variance is of the centred column: mean of squares minus square of mean would lose every digit here."""
    norm = BatchNorm(1, eps=1e-12)
    Network(norm, loss=SquaredError())
    x = np.array([[1.0], [2.0], [3.0], [6.0]])
    near = norm.forward(x, training=True)
    far = norm.forward(x + 2.0**30, training=True)
    assert near == pytest.approx(far, rel=1e-6)


@pytest.mark.parametrize("make", [LeakyReLU, ELU])
@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 1.5, 3.0])
def test_any_alpha_is_right(make, alpha):
    """max(x, alpha x) is leaky ReLU only up to alpha = 1 (article A, erratum A8)."""
    layer = make(alpha)
    value = (lambda v: alpha * v) if make is LeakyReLU else (lambda v: alpha * math.expm1(v))
    slope = (lambda v: alpha) if make is LeakyReLU else (lambda v: alpha * math.exp(v))
    x = np.array([[-2.0, -0.5, 0.5, 2.0]])
    assert layer.forward(x) == pytest.approx(np.array([[value(-2.0), value(-0.5), 0.5, 2.0]]), rel=1e-14)
    assert layer.backward(np.ones((1, 4))) == pytest.approx(np.array([[slope(-2.0), slope(-0.5), 1, 1]]), rel=1e-14)


@given(
    rows=st.lists(st.lists(st.floats(-50, 50), min_size=3, max_size=3), min_size=1, max_size=4),
    shift=st.floats(-1000, 1000),
)
def test_softmax_rows_sum_to_one_and_ignore_a_shift(rows, shift):
    layer = Softmax()
    layer.initialize(np.random.default_rng(0))
    x = np.array(rows)
    y = layer.forward(x)
    assert y.sum(axis=1) == pytest.approx(np.ones(len(x)), rel=1e-14)
    assert layer.forward(x + shift) == pytest.approx(y, rel=1e-9, abs=1e-300)
