"""jacobian, numerical_jacobian, check and check_gradient: right, and honest about what is wrong."""

import numpy as np
import pytest
from helpers import close, same, state

import nnlib
from nnlib import (
    L2,
    BatchNorm,
    Dense,
    Network,
    ReLU,
    Sigmoid,
    SquaredError,
    Tanh,
    check,
    check_gradient,
    jacobian,
    numerical_jacobian,
)

RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 2))


def network(**options):
    return Network(Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2), loss=SquaredError(), **options)


# jacobian


@pytest.mark.parametrize("training", [False, True])
def test_jacobian_leaves_the_layer_as_it_was(training):
    net = network()
    net.loss_and_grad(X, T)
    before = state(net)
    norm = net.layers[1]
    hidden = net.layers[0].forward(X)
    jacobian(norm, hidden, training=training)
    jacobian(net.layers[0], X, training=training)
    assert same(state(net), before)
    assert norm.running_mean.base is None or not np.shares_memory(norm.running_mean, hidden)


def test_jacobian_s_training_flag_is_off_by_default():
    net = network()
    net.loss_and_grad(X, T)
    norm, hidden = net.layers[1], net.layers[0].forward(X)
    assert np.array_equal(jacobian(norm, hidden), jacobian(norm, hidden, training=False))
    assert not np.allclose(jacobian(norm, hidden), jacobian(norm, hidden, training=True))


def test_jacobian_has_outputs_as_rows():
    layer = Dense(3, 2)
    layer.initialize(np.random.default_rng(0))
    J = jacobian(layer, X[:1])
    assert J.shape == (2, 3) and np.array_equal(J, layer.W.T)
    assert jacobian(layer, X).shape == (8, 12)


def test_jacobian_goes_through_backward():
    """A layer whose backward is wrong has a wrong Jacobian: the two are one piece of code."""

    class Wrong(nnlib.Layer):
        def forward(self, x, training=False):
            return 2.0 * x

        def backward(self, g):
            return 3.0 * g

    assert np.array_equal(jacobian(Wrong(), X), 3 * np.eye(12))


# numerical_jacobian


def test_numerical_jacobian_gives_f_arrays_of_x_s_shape():
    seen = set()

    def f(x):
        seen.add((x.shape, x.dtype.kind))
        return np.array([[x[0, 1] ** 2, x.sum()]])

    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    J = numerical_jacobian(f, x)
    assert seen == {((2, 3), "f")}
    close(J, np.array([[0, 4, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]]), 1e-8)


def test_numerical_jacobian_leaves_x_and_takes_numbers_and_integers():
    x = np.array([1.0, -2.0])
    kept = x.copy()
    close(numerical_jacobian(lambda v: float(v @ v), x), np.array([[2.0, -4.0]]), 1e-8)
    assert np.array_equal(x, kept)
    close(numerical_jacobian(lambda v: v**3, np.array([2, 3])), np.diag([12.0, 27.0]), 1e-8)
    close(numerical_jacobian(lambda v: v**3, np.array([2, 3], np.float32)), np.diag([12.0, 27.0]), 1e-8)
    close(numerical_jacobian(lambda v: v**2, 3.0), np.array([[6.0]]), 1e-8)


def test_numerical_jacobian_is_central():
    """x³ at 0 with step h: a central difference gives h², one side alone too, but x² gives 0 only when central."""
    assert numerical_jacobian(lambda v: v**2, np.zeros(1), h=0.5) == pytest.approx(0, abs=1e-15)
    assert numerical_jacobian(lambda v: v**3, np.zeros(1), h=0.5) == pytest.approx(0.25, rel=1e-14)
    assert numerical_jacobian(lambda v: v**3, np.ones(1), h=0.5) == pytest.approx(3 + 0.25, rel=1e-14)


def test_numerical_jacobian_of_large_numbers():
    """x ± h is rounded: dividing by the step really taken keeps five digits more than dividing by 2h."""
    close(numerical_jacobian(lambda v: v, np.array([1e6, 12345.678])), np.eye(2), 1e-12)


def test_numerical_jacobian_of_a_function_that_reuses_its_result():
    """Such as a network's grad, for second derivatives: both sides of the difference are then one array."""
    result = np.zeros(2)

    def f(v):
        result[...] = v**2
        return result

    close(numerical_jacobian(f, np.array([1.0, 3.0])), np.diag([2.0, 6.0]), 1e-8)


# check

RIGHT = np.array([[1.0, -2.0], [3.0, 0.5]])


def test_check_prints_one_line_that_is_the_same_on_every_machine(capsys):
    lines = []
    for error in (0.0, 2.0**-50, 2.0**-30, 2.0**-20):
        returned = check("eq-softmax", RIGHT, RIGHT + error)
        assert returned == pytest.approx(error / 3, rel=1e-5) and type(returned) is float
        lines.append(capsys.readouterr().out)
    assert set(lines) == {f"eq-softmax: {RIGHT.size} numbers agree; relative error allowed: 1e-06\n"}
    check("eq-other", RIGHT[:1, :1], RIGHT[:1, :1], tol=1e-4)
    assert capsys.readouterr().out == "eq-other: 1 number agrees; relative error allowed: 0.0001\n"


@pytest.mark.parametrize(
    ("analytic", "numeric", "error"),
    [
        ([1.0, 2.0], [1.0, 4.0], 2 / 4),
        ([1.0, 4.0], [1.0, 2.0], 2 / 4),
        ([-1.0, -4.0], [1.0, -4.0], 2 / 4),
        ([0.0, 0.0], [0.0, 1e-9], 1.0),
        ([1e-9], [2e-9], 1 / 2),
        ([1.0, 1e-9], [1.0, 2e-9], 1e-9),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        (3.0, 4.0, 1 / 4),
        ([3, 4], [3, 5], 1 / 5),
    ],
)
def test_check_measures_the_largest_difference_over_the_largest_entry(analytic, numeric, error):
    assert check("eq-x", np.array(analytic), np.array(numeric), tol=2) == pytest.approx(error, rel=1e-12)


def test_check_is_strict_just_above_tol():
    check("eq-x", np.array([1.0]), np.array([1.0 - 0.99e-6]))
    with pytest.raises(AssertionError):
        check("eq-x", np.array([1.0]), np.array([1.0 - 1.01e-6]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["analytic", "numeric", "both"])
def test_check_fails_on_what_is_not_finite(bad, where, capsys):
    wrong = RIGHT.copy()
    wrong[0, 1] = bad
    pair = {"analytic": (wrong, RIGHT), "numeric": (RIGHT, wrong), "both": (wrong, wrong)}[where]
    with pytest.raises(AssertionError, match=r"^eq-nan: relative error nan "):
        check("eq-nan", *pair)
    assert capsys.readouterr().out == ""


def test_check_names_label_and_error(capsys):
    with pytest.raises(AssertionError) as caught:
        check("eq-sign", RIGHT, -RIGHT)
    assert str(caught.value) == "eq-sign: relative error 2.00e+00 is above 1e-06"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "numeric", [np.ones((2, 1)), np.ones(4), np.ones((1, 2, 2)), np.ones(())], ids=lambda a: str(a.shape)
)
def test_check_refuses_shapes_that_differ(numeric):
    """Broadcasting would let a (2, 1) stand in for a (2, 2)."""
    with pytest.raises(ValueError, match=r"^eq-shape: .*\(2, 2\)"):
        check("eq-shape", np.ones((2, 2)), numeric)


# check_gradient


@pytest.mark.parametrize("options", [{}, {"penalty": L2(0.1)}], ids=["plain", "penalty"])
def test_check_gradient_is_small_and_leaves_the_network(options):
    net = network(**options)
    net.loss_and_grad(X, T)
    before, theta, grad = state(net), net.theta, net.grad
    error = check_gradient(net, X, T)
    assert type(error) is float and 0 < error < 1e-7
    assert same(state(net), before) and net.theta is theta and net.grad is grad


@pytest.mark.parametrize("factor", [-1, 0, 0.5, 1.001, 2])
def test_check_gradient_sees_a_wrong_backward(factor):
    class Wrong(Sigmoid):
        def vjp(self, g):
            return factor * super().vjp(g)

    net = Network(Dense(3, 4), Wrong(), Dense(4, 2), loss=SquaredError())
    assert check_gradient(net, X, T) > 1e-5


def test_check_gradient_sees_a_single_wrong_entry():
    class Wrong(Dense):
        def gradients(self, g):
            super().gradients(g)
            self.db[0] = 0

    net = Network(Dense(3, 4), Tanh(), Wrong(4, 2), loss=SquaredError())
    assert check_gradient(net, X, T) > 1e-3


def test_check_gradient_of_a_kink_is_not_hidden():
    """A pre-activation of exactly 0 has no derivative: the check must say so, not pass."""
    net = Network(Dense(3, 2), ReLU(), Dense(2, 2), loss=SquaredError())
    net.layers[0].W[...] = 0
    assert check_gradient(net, X, T) > 1e-3


def test_check_gradient_of_a_float32_network():
    """Differences with h = 1e-6 mean nothing in float32: they are taken in float64, and float32's own error remains."""
    net = network(dtype=np.float32)
    before = state(net)
    assert 1e-9 < check_gradient(net, X, T) < 1e-5
    assert same(state(net), before) and net.theta.dtype == np.float32
