"""Bad input: the exact message of each refusal, and that nothing has changed when it comes.

A row names the case, makes the call and gives the whole message. All calls meet the same world: networks with
BatchNorm, trained a little, their layers, an optimizer in mid-run, a generator; it is compared bit for bit.
"""

import pickle
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import same, state

from nnlib import (
    ELU,
    L1,
    L2,
    MSE,
    SGD,
    AdaGrad,
    Adam,
    BatchNorm,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    LeakyReLU,
    Nesterov,
    Network,
    ReLU,
    RMSProp,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    accuracy,
    check,
    check_gradient,
    constant,
    fit,
    jacobian,
    l0,
    log_softmax,
    minibatches,
    normal,
    numerical_jacobian,
    one_hot,
)

X = np.random.default_rng(0).normal(size=(6, 3))
T = np.array([0, 1, 1, 0, 1, 0])
ROWS = np.eye(2)[T]
Y = np.full((6, 2), 0.5)
NAN, INF = float("nan"), float("inf")


def network(loss=SoftmaxCrossEntropy, head=()):
    net = Network(Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2), *head, loss=loss(), rng=3)
    net.loss_and_grad(X, T if loss is SoftmaxCrossEntropy else ROWS)
    return net


def world():
    """All that a call may reach."""
    w = SimpleNamespace(net=network(), real=network(MSE), probs=network(BinaryCrossEntropy, (Sigmoid(),)))
    w.adam, w.rng = Adam(0.1), np.random.default_rng(1)
    for _ in range(2):
        w.net.loss_and_grad(X, T)
        w.adam.step(w.net.theta, w.net.grad)
    w.dense, w.norm = w.net.layers[:2]
    w.fit = lambda x=X, t=T, net=w.net, optimizer=w.adam, **more: fit(
        net, x, t, optimizer, **{"epochs": 2, "rng": w.rng} | more
    )
    return w


def fresh(layer):
    layer.initialize(np.random.default_rng(0))
    return layer


def passed(layer):
    layer.forward(X)
    return layer


def frozen(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def changed(array, index, value):
    array = np.array(array)
    array[index] = value
    return array


def both(w):
    return {"theta": w.net.theta, "grad": w.net.grad}


def snapshot(w):
    """θ, gradients, running statistics, the optimizer's state, the generator's."""
    parts = [a for net in (w.net, w.real, w.probs) for a in state(net)]
    moments = {name: np.array(value) for name, value in sorted(vars(w.adam).items())}
    return [*parts, *moments.values(), np.frombuffer(pickle.dumps(w.rng.bit_generator.state), np.uint8)]


CASES: list[tuple[str, Callable, type, str]] = []


def bad_value(name, call, message):
    """A row of the table: this call is a ValueError with this message."""
    CASES.append((name, call, ValueError, message))


def bad_type(name, call, message):
    CASES.append((name, call, TypeError, message))


# x: width, dimensions, emptiness, type
bad_value("forward, wrong width", lambda w: w.net.forward(X[:, :2]), "Network: expected x of shape (N, 3), got (6, 2)")
bad_value(
    "forward, one row without its axis", lambda w: w.net.forward(X[0]), "Network: expected x of shape (N, 3), got (3,)"
)
bad_value("forward, three axes", lambda w: w.net.forward(X[None]), "Network: expected x of shape (N, 3), got (1, 6, 3)")
bad_value("forward, a number", lambda w: w.net.forward(1.0), "Network: expected x of shape (N, 3), got ()")
bad_value("forward, empty", lambda w: w.net.forward(X[:0]), "Network: expected at least one row in x, got shape (0, 3)")
bad_type(
    "forward, text", lambda w: w.net.forward([["a", "b", "c"]]), "Network: x must hold real numbers, got dtype <U1"
)
bad_type("forward, complex", lambda w: w.net.forward(X + 1j), "Network: x must hold real numbers, got dtype complex128")
bad_value("predict, wrong width", lambda w: w.net.predict(X.T), "Network: expected x of shape (N, 3), got (3, 6)")
bad_value("predict, empty", lambda w: w.net.predict(X[:0]), "Network: expected at least one row in x, got shape (0, 3)")
bad_value(
    "predict_proba, wrong width", lambda w: w.net.predict_proba(X.T), "Network: expected x of shape (N, 3), got (3, 6)"
)
bad_value(
    "loss_and_grad, wrong width",
    lambda w: w.net.loss_and_grad(X[:, :2], T),
    "Network: expected x of shape (N, 3), got (6, 2)",
)
bad_value(
    "loss_and_grad, empty",
    lambda w: w.net.loss_and_grad(X[:0], T[:0]),
    "Network: expected at least one row in x, got shape (0, 3)",
)
bad_value("fit, wrong width", lambda w: w.fit(X[:, :2]), "Network: expected x of shape (N, 3), got (6, 2)")
bad_value("fit, empty", lambda w: w.fit(X[:0], T[:0]), "Network: expected at least one row in x, got shape (0, 3)")
bad_value(
    "Dense, wrong width", lambda w: w.dense.forward(X[:, :2]), "Dense(3, 4): expected x of shape (N, 3), got (6, 2)"
)
bad_value(
    "Dense, one row without its axis",
    lambda w: w.dense.forward(X[0]),
    "Dense(3, 4): expected x of shape (N, 3), got (3,)",
)
bad_value(
    "Dense, empty", lambda w: w.dense.forward(X[:0]), "Dense(3, 4): expected at least one row in x, got shape (0, 3)"
)
bad_value("BatchNorm, wrong width", lambda w: w.norm.forward(X), "BatchNorm(4): expected x of shape (N, 4), got (6, 3)")
bad_value(
    "BatchNorm training, wrong width",
    lambda w: w.norm.forward(X, training=True),
    "BatchNorm(4): expected x of shape (N, 4), got (6, 3)",
)
bad_value("ReLU, no rows and columns", lambda w: ReLU().forward(X[0]), "ReLU(): expected x of shape (N, D), got (3,)")
bad_value(
    "Softmax, empty", lambda w: Softmax().forward(X[:0]), "Softmax(): expected at least one row in x, got shape (0, 3)"
)
bad_value(
    "jacobian, wrong width", lambda w: jacobian(w.dense, X.T), "Dense(3, 4): expected x of shape (N, 3), got (3, 6)"
)
bad_value(
    "check_gradient, wrong width",
    lambda w: check_gradient(w.net, X.T, T),
    "Network: expected x of shape (N, 3), got (3, 6)",
)
bad_value(
    "accuracy, wrong width", lambda w: accuracy(w.net, X.T, T[:3]), "Network: expected x of shape (N, 3), got (3, 6)"
)

# backward: order and shape
bad_value("backward before forward", lambda w: ReLU().backward(X), "ReLU(): backward needs a forward before it")
bad_value(
    "backward of Dense before forward",
    lambda w: fresh(Dense(3, 4)).backward(X),
    "Dense(3, 4): backward needs a forward before it",
)
bad_value(
    "forward before initialize",
    lambda w: Dense(3, 4).forward(X),
    "Dense(3, 4) has no arrays yet: put it in a Network or call initialize(rng)",
)
bad_value(
    "BatchNorm before initialize",
    lambda w: BatchNorm(3).forward(X),
    "BatchNorm(3) has no arrays yet: put it in a Network or call initialize(rng)",
)
bad_value(
    "backward, wrong shape",
    lambda w: passed(w.dense).backward(np.ones((6, 3))),
    "Dense(3, 4): expected g of shape (6, 4), got (6, 3)",
)
bad_value(
    "backward, transposed",
    lambda w: passed(w.dense).backward(np.ones((4, 6))),
    "Dense(3, 4): expected g of shape (6, 4), got (4, 6)",
)
bad_value(
    "ELU backward, flattened",
    lambda w: passed(ELU()).backward(np.ones(18)),
    "ELU(alpha=1.0): expected g of shape (6, 3), got (18,)",
)
bad_value(
    "backward, a row for a batch",
    lambda w: passed(w.dense).backward(np.ones((1, 4))),
    "Dense(3, 4): expected g of shape (6, 4), got (1, 4)",
)
bad_value(
    "BatchNorm backward, (N, 1) for (N, D)",
    lambda w: passed(w.net).layers[1].backward(np.ones((6, 1))),
    "BatchNorm(4): expected g of shape (6, 4), got (6, 1)",
)
bad_value(
    "Tanh backward, wrong shape",
    lambda w: passed(w.net).layers[2].backward(np.ones(4)),
    "Tanh(): expected g of shape (6, 4), got (4,)",
)

# BatchNorm on one row
bad_value(
    "BatchNorm trained on one row",
    lambda w: w.norm.forward(np.ones((1, 4)), training=True),
    "BatchNorm(4): expected at least 2 rows in training, got 1",
)
bad_value(
    "loss_and_grad on one row",
    lambda w: w.net.loss_and_grad(X[:1], T[:1]),
    "BatchNorm(4): expected at least 2 rows in training, got 1",
)
bad_value(
    "fit, BatchNorm with batches of one",
    lambda w: w.fit(batch_size=1),
    "fit: BatchNorm needs batches of at least 2 rows, got batch_size 1 and 6 rows of x",
)
bad_value(
    "fit, BatchNorm with one row",
    lambda w: w.fit(X[:1], T[:1]),
    "fit: BatchNorm needs batches of at least 2 rows, got batch_size 32 and 1 rows of x",
)

# labels
LABELS = "SoftmaxCrossEntropy(): expected labels in 0..1, got values from {} to {}"
bad_value("labels, too large", lambda w: w.net.loss_and_grad(X, changed(T, 2, 2)), LABELS.format(0, 2))
bad_value("labels, −1", lambda w: w.net.loss_and_grad(X, changed(T, 2, -1)), LABELS.format(-1, 1))
bad_value("labels, 1..K", lambda w: w.net.loss_and_grad(X, T + 1), LABELS.format(1, 2))
bad_type(
    "labels, floats",
    lambda w: w.net.loss_and_grad(X, T.astype(float)),
    "SoftmaxCrossEntropy(): expected integers as labels, got float64",
)
bad_type(
    "labels, booleans",
    lambda w: w.net.loss_and_grad(X, T == 1),
    "SoftmaxCrossEntropy(): expected integers as labels, got bool",
)
bad_type(
    "labels, text",
    lambda w: w.net.loss_and_grad(X, T.astype("U21")),
    "SoftmaxCrossEntropy(): expected integers as labels, got <U21",
)
bad_value(
    "labels, a column",
    lambda w: w.net.loss_and_grad(X, T[:, None]),
    "SoftmaxCrossEntropy(): expected t of shape (6,) (labels) or (6, 2) (rows), got (6, 1)",
)
bad_value(
    "labels, too few",
    lambda w: w.net.loss_and_grad(X, T[:5]),
    "SoftmaxCrossEntropy(): expected t of shape (6,) (labels) or (6, 2) (rows), got (5,)",
)
bad_value(
    "labels, one for all",
    lambda w: w.net.loss_and_grad(X, 1),
    "SoftmaxCrossEntropy(): expected t of shape (6,) (labels) or (6, 2) (rows), got ()",
)
bad_value(
    "labels under CrossEntropy, too large",
    lambda w: CrossEntropy()(Y, T + 1),
    "CrossEntropy(): expected labels in 0..1, got values from 1 to 2",
)
bad_value(
    "labels under CrossEntropy, −1",
    lambda w: CrossEntropy()(Y, T - 1),
    "CrossEntropy(): expected labels in 0..1, got values from -1 to 0",
)
bad_value("fit, label −1", lambda w: w.fit(t=changed(T, 5, -1)), LABELS.format(-1, 1))
bad_type(
    "fit, float labels", lambda w: w.fit(t=T * 1.0), "SoftmaxCrossEntropy(): expected integers as labels, got float64"
)
bad_value("check_gradient, label 2", lambda w: check_gradient(w.net, X, T + 1), LABELS.format(1, 2))
bad_value("one_hot, too large", lambda w: one_hot(T, 1), "one_hot: expected labels in 0..0, got values from 0 to 1")
bad_value("one_hot, −1", lambda w: one_hot(T - 1, 2), "one_hot: expected labels in 0..1, got values from -1 to 0")
bad_type("one_hot, floats", lambda w: one_hot(T * 1.0, 2), "one_hot: expected integers as labels, got float64")
bad_value("one_hot, a column", lambda w: one_hot(T[:, None], 2), "one_hot: expected labels of shape (N,), got (6, 1)")
bad_value("one_hot, k = 0", lambda w: one_hot(T, 0), "one_hot: k must be at least 1, got 0")
bad_type("one_hot, k = 2.0", lambda w: one_hot(T, 2.0), "one_hot: k must be an integer, got 2.0")
bad_value(
    "accuracy, a column",
    lambda w: accuracy(w.net, X, T[:, None]),
    "accuracy: expected labels of shape (N,), got (6, 1)",
)
bad_value(
    "accuracy, one label for all",
    lambda w: accuracy(w.net, X, T[:1]),
    "accuracy: expected labels of shape (6,), got (1,)",
)
bad_value(
    "accuracy, label 2",
    lambda w: accuracy(w.net, X, changed(T, 1, 2)),
    "accuracy: expected labels in 0..1, got values from 0 to 2",
)
bad_type(
    "accuracy, floats", lambda w: accuracy(w.net, X, T * 1.0), "accuracy: expected integers as labels, got float64"
)

# rows of probabilities
SUMS = "expected rows of t to be probabilities that sum to 1, got values from {} and sums from {} to {}"
bad_value(
    "rows, sum 2", lambda w: w.net.loss_and_grad(X, 2 * ROWS), "SoftmaxCrossEntropy(): " + SUMS.format(0.0, 2.0, 2.0)
)
bad_value(
    "rows, sum 0", lambda w: w.net.loss_and_grad(X, 0 * ROWS), "SoftmaxCrossEntropy(): " + SUMS.format(0.0, 0.0, 0.0)
)
bad_value(
    "rows, one sum of ½",
    lambda w: w.net.loss_and_grad(X, changed(ROWS, (0, 0), 0.5)),
    "SoftmaxCrossEntropy(): " + SUMS.format(0.0, 0.5, 1.0),
)
bad_value(
    "rows, negative",
    lambda w: CrossEntropy()(Y, changed(ROWS, 0, [1.5, -0.5])),
    "CrossEntropy(): " + SUMS.format(-0.5, 1.0, 1.0),
)
bad_value(
    "rows, NaN",
    lambda w: CrossEntropy()(Y, changed(ROWS, (0, 0), NAN)),
    "CrossEntropy(): " + SUMS.format("nan", "nan", "nan"),
)
bad_value(
    "rows, wrong width",
    lambda w: w.net.loss_and_grad(X, np.eye(3)[T]),
    "SoftmaxCrossEntropy(): expected t of shape (6,) (labels) or (6, 2) (rows), got (6, 3)",
)
bad_value(
    "rows, transposed",
    lambda w: CrossEntropy()(Y, ROWS.T),
    "CrossEntropy(): expected t of shape (6,) (labels) or (6, 2) (rows), got (2, 6)",
)
bad_value(
    "fit, rows that do not sum to 1",
    lambda w: w.fit(t=2 * ROWS),
    "SoftmaxCrossEntropy(): " + SUMS.format(0.0, 2.0, 2.0),
)

# targets of y's shape
bad_value(
    "SquaredError, (N,) against (N, 1)",
    lambda w: SquaredError()(Y[:, :1], T * 1.0),
    "SquaredError(): expected t of y's shape (6, 1), got (6,)",
)
bad_value(
    "SquaredError, (N, 1) against (N, 2)",
    lambda w: SquaredError()(Y, Y[:, :1]),
    "SquaredError(): expected t of y's shape (6, 2), got (6, 1)",
)
bad_value(
    "MSE, (N,) against (N, 1)", lambda w: MSE()(Y[:, :1], T * 1.0), "MSE(): expected t of y's shape (6, 1), got (6,)"
)
bad_value(
    "MSE, one row for all",
    lambda w: w.real.loss_and_grad(X, ROWS[:1]),
    "MSE(): expected t of y's shape (6, 2), got (1, 2)",
)
bad_value("MSE, labels", lambda w: w.real.loss_and_grad(X, T), "MSE(): expected t of y's shape (6, 2), got (6,)")
bad_type(
    "MSE, text", lambda w: w.real.loss_and_grad(X, ROWS.astype(str)), "MSE(): t must hold real numbers, got dtype <U32"
)
bad_value(
    "BinaryCrossEntropy, (N,) against (N, 1)",
    lambda w: BinaryCrossEntropy()(Y[:, :1], T),
    "BinaryCrossEntropy(): expected t of y's shape (6, 1), got (6,)",
)
bad_value(
    "BinaryCrossEntropy, above 1",
    lambda w: w.probs.loss_and_grad(X, 2 * ROWS),
    "BinaryCrossEntropy(): expected t in [0, 1], got values from 0.0 to 2.0",
)
bad_value(
    "BinaryCrossEntropy, below 0",
    lambda w: w.probs.loss_and_grad(X, ROWS - 0.5),
    "BinaryCrossEntropy(): expected t in [0, 1], got values from -0.5 to 0.5",
)
bad_value(
    "BinaryCrossEntropy, NaN",
    lambda w: w.probs.loss_and_grad(X, changed(ROWS, (1, 1), NAN)),
    "BinaryCrossEntropy(): expected t in [0, 1], got values from nan to nan",
)
bad_value("fit, (N,) for two outputs", lambda w: w.fit(net=w.real), "MSE(): expected t of y's shape (6, 2), got (6,)")
bad_value(
    "a loss, y not 2-D", lambda w: MSE()(Y[0], Y[0]), "MSE(): expected y of shape (N, K) with N, K >= 1, got (2,)"
)
bad_value(
    "a loss, empty",
    lambda w: CrossEntropy()(Y[:0], T[:0]),
    "CrossEntropy(): expected y of shape (N, K) with N, K >= 1, got (0, 2)",
)
bad_type("log_softmax, text", lambda w: log_softmax(["a"]), "log_softmax: z must hold real numbers, got dtype <U1")

# fit: NaN and infinity, and everything checked before the first step
bad_value("fit, NaN in x", lambda w: w.fit(changed(X, (5, 1), NAN)), "fit: x must be finite, got nan at index (5, 1)")
bad_value("fit, inf in x", lambda w: w.fit(changed(X, (2, 0), INF)), "fit: x must be finite, got inf at index (2, 0)")
bad_value(
    "fit, −inf in x", lambda w: w.fit(changed(X, (2, 0), -INF)), "fit: x must be finite, got -inf at index (2, 0)"
)
bad_value(
    "fit, NaN in t",
    lambda w: w.fit(t=changed(ROWS, (4, 1), NAN), net=w.real),
    "fit: t must be finite, got nan at index (4, 1)",
)
bad_value(
    "fit, inf in t",
    lambda w: w.fit(t=changed(ROWS, (4, 1), INF), net=w.real),
    "fit: t must be finite, got inf at index (4, 1)",
)
bad_value(
    "fit, validation of another width",
    lambda w: w.fit(validation=(X.T, T[:3])),
    "Network: expected x of shape (N, 3), got (3, 6)",
)
bad_value(
    "fit, validation with NaN",
    lambda w: w.fit(validation=(changed(X, (0, 0), NAN), T)),
    "fit: validation x must be finite, got nan at index (0, 0)",
)
bad_value("fit, validation with label −1", lambda w: w.fit(validation=(X, T - 1)), LABELS.format(-1, 0))
bad_value(
    "fit, empty validation",
    lambda w: w.fit(validation=(X[:0], T[:0])),
    "Network: expected at least one row in x, got shape (0, 3)",
)
bad_type("fit, validation of three", lambda w: w.fit(validation=(X, T, T)), "fit: validation must be a pair (x, t)")
bad_type("fit, validation an array", lambda w: w.fit(validation=X), "fit: validation must be a pair (x, t)")

# fit: its settings
for word in ("epochs", "batch_size"):
    bad_value(f"fit, {word} 0", lambda w, word=word: w.fit(**{word: 0}), f"fit: {word} must be at least 1, got 0")
    bad_value(f"fit, {word} −3", lambda w, word=word: w.fit(**{word: -3}), f"fit: {word} must be at least 1, got -3")
    bad_type(f"fit, {word} 2.5", lambda w, word=word: w.fit(**{word: 2.5}), f"fit: {word} must be an integer, got 2.5")
    bad_type(
        f"fit, {word} True", lambda w, word=word: w.fit(**{word: True}), f"fit: {word} must be an integer, got True"
    )
    bad_type(
        f"fit, {word} None", lambda w, word=word: w.fit(**{word: None}), f"fit: {word} must be an integer, got None"
    )
bad_type("fit, no network", lambda w: w.fit(net=w.dense), "fit: net must be a Network, got Dense(3, 4)")
bad_type(
    "fit, no optimizer", lambda w: w.fit(optimizer=0.1), "fit: optimizer must be an Optimizer such as Adam(), got 0.1"
)
bad_value(
    "minibatches, batch_size 0",
    lambda w: minibatches(X, T, 0, w.rng),
    "minibatches: batch_size must be at least 1, got 0",
)
bad_value(
    "minibatches, rows that do not match",
    lambda w: minibatches(X, T[:5], 2, w.rng),
    "minibatches: expected as many rows in t as in x, at least one, got 5 and 6",
)
bad_value(
    "minibatches, empty",
    lambda w: minibatches(X[:0], T[:0], 2, w.rng),
    "minibatches: expected as many rows in t as in x, at least one, got 0 and 0",
)

# hyper-parameters
RATES = [
    ("SGD", SGD),
    ("Nesterov", lambda lr: Nesterov(lr, 0.9)),
    ("AdaGrad", AdaGrad),
    ("RMSProp", RMSProp),
    ("Adam", Adam),
]
for name, make in RATES:
    for lr in (0, -0.1, NAN, INF):
        bad_value(
            f"{name}, lr {lr}",
            lambda w, make=make, lr=lr: make(lr),
            f"{name}: lr must be positive and finite, got {lr}",
        )
    bad_type(f"{name}, lr text", lambda w, make=make: make("0.1"), f"{name}: lr must be a real number, got '0.1'")
    bad_type(
        f"{name}, lr an array",
        lambda w, make=make: make(np.ones(2)),
        f"{name}: lr must be a real number, got array([1., 1.])",
    )
for value in (-0.1, NAN, INF):
    bad_value(
        f"lr changed to {value}",
        lambda w, v=value: setattr(w.adam, "lr", v),
        f"Adam: lr must be non-negative and finite, got {value}",
    )
DECAYS = [
    ("SGD: momentum", lambda v: SGD(0.1, momentum=v)),
    ("Nesterov: momentum", lambda v: Nesterov(0.1, v)),
    ("RMSProp: rho", lambda v: RMSProp(0.1, rho=v)),
    ("Adam: beta1", lambda v: Adam(beta1=v)),
    ("Adam: beta2", lambda v: Adam(beta2=v)),
    ("BatchNorm: momentum", lambda v: BatchNorm(3, momentum=v)),
]
for name, make in DECAYS:
    for value in (1, 1.5, -0.1, NAN):
        bad_value(f"{name} {value}", lambda w, make=make, v=value: make(v), f"{name} must lie in [0, 1), got {value}")
EPS = [
    ("AdaGrad: eps", lambda v: AdaGrad(0.1, eps=v)),
    ("RMSProp: eps", lambda v: RMSProp(0.1, eps=v)),
    ("Adam: eps", lambda v: Adam(eps=v)),
    ("BatchNorm: eps", lambda v: BatchNorm(3, eps=v)),
]
for name, make in EPS:
    for value in (0, -1e-8, NAN, INF, 1e-46):
        bad_value(
            f"{name} {value}",
            lambda w, make=make, v=value: make(v),
            f"{name} must be at least 1e-30 and finite, got {value}",
        )
POSITIVE = [
    ("numerical_jacobian: h", lambda v: numerical_jacobian(np.sin, X, h=v)),
    ("check: tol", lambda v: check("eq-x", X, X, tol=v)),
]
for name, make in POSITIVE:
    for value in (0, -1e-8, NAN, INF):
        bad_value(
            f"{name} {value}", lambda w, make=make, v=value: make(v), f"{name} must be positive and finite, got {value}"
        )
NON_NEGATIVE = [
    ("L1: lam", L1),
    ("L2: lam", L2),
    ("LeakyReLU: alpha", LeakyReLU),
    ("ELU: alpha", ELU),
    ("normal: std", normal),
]
for name, make in NON_NEGATIVE:
    for value in (-0.1, NAN, INF):
        bad_value(
            f"{name} {value}",
            lambda w, make=make, v=value: make(v),
            f"{name} must be non-negative and finite, got {value}",
        )
    bad_type(f"{name} text", lambda w, make=make: make("1"), f"{name} must be a real number, got '1'")
bad_value("constant, NaN", lambda w: constant(NAN), "constant: value must be finite, got nan")
SIZES = [("Dense: n_in", lambda v: Dense(v, 2)), ("Dense: n_out", lambda v: Dense(2, v)), ("BatchNorm: n", BatchNorm)]
for name, make in SIZES:
    for value in (0, -1):
        bad_value(f"{name} {value}", lambda w, make=make, v=value: make(v), f"{name} must be at least 1, got {value}")
    for value in (2.0, "2", None, True):
        bad_type(
            f"{name} {value!r}", lambda w, make=make, v=value: make(v), f"{name} must be an integer, got {value!r}"
        )
bad_type(
    "Dense, init a number",
    lambda w: Dense(2, 2, init=0.1),
    "Dense: init must be a function (rng, shape) -> array, got 0.1",
)

bad_type(
    "Dense, bias an array",
    lambda w: Dense(2, 3, bias=np.zeros(3)),
    "Dense: bias must be True or False, got array([0., 0., 0.])",
)
bad_type(
    "init of text",
    lambda w: Network(Dense(2, 1, init=lambda rng, shape: [["a"], ["b"]]), loss=MSE()),
    "Dense(2, 1): W of init must hold real numbers, got dtype <U1",
)
bad_type(
    "init of complex numbers",
    lambda w: Network(Dense(2, 1, init=lambda rng, shape: np.full(shape, 1j)), loss=MSE()),
    "Dense(2, 1): W of init must hold real numbers, got dtype complex128",
)

# networks
bad_value("no layers", lambda w: Network(loss=MSE()), "Network: expected at least one layer, got none")
bad_type(
    "not a layer", lambda w: Network(Dense(2, 2), np.tanh, loss=MSE()), "Network: expected layers, got <ufunc 'tanh'>"
)
bad_type(
    "a class for a layer",
    lambda w: Network(Dense(2, 2), ReLU, loss=MSE()),
    "Network: expected layers, got <class 'nnlib.activations.ReLU'>",
)
bad_type(
    "a class for a loss",
    lambda w: Network(Dense(2, 2), loss=MSE),
    "Network: loss must be a Loss such as SquaredError(), got <class 'nnlib.losses.MSE'>",
)
bad_type(
    "a number for a penalty",
    lambda w: Network(Dense(2, 2), loss=MSE(), penalty=0.1),
    "Network: penalty must be None or a Penalty such as L2(1e-4), got 0.1",
)
bad_value(
    "widths that do not chain",
    lambda w: Network(Dense(2, 3), ReLU(), Dense(4, 1), loss=MSE()),
    "Network: layer 2, Dense(4, 1), takes rows of 4 and gets rows of 3",
)
bad_value(
    "BatchNorm of another width",
    lambda w: Network(Dense(2, 3), BatchNorm(2), loss=MSE()),
    "Network: layer 1, BatchNorm(2), takes rows of 2 and gets rows of 3",
)
bad_value(
    "a layer of another network",
    lambda w: Network(Dense(2, 3), w.dense, loss=MSE()),
    "Network: layer 1, Dense(3, 4), is in use already; a layer belongs to one network",
)
bad_value(
    "Softmax before the fused loss",
    lambda w: Network(Dense(2, 2), Softmax(), loss=SoftmaxCrossEntropy()),
    "Network: SoftmaxCrossEntropy takes logits; after Softmax(), softmax would be applied twice",
)
for dtype in (int, np.float16, complex):
    bad_value(
        f"dtype {dtype.__name__}",
        lambda w, dtype=dtype: Network(Dense(2, 2), loss=MSE(), dtype=dtype),
        f"Network: dtype must be float64 or float32, got {np.dtype(dtype)}",
    )
bad_value(
    "init of another shape",
    lambda w: Network(Dense(2, 3, init=lambda rng, shape: np.zeros(3)), loss=MSE()),
    "Dense(2, 3): expected init to return shape (2, 3), got (3,)",
)

# optimizers
for name in "theta", "grad":
    bad_type(
        f"step, {name} of half precision",
        lambda w, name=name: w.adam.step(*(a.astype("f2" if k == name else "f8") for k, a in both(w).items())),
        f"Adam: {name} must have 32 bits or more, got float16",
    )
bad_value(
    "step, another grad",
    lambda w: w.adam.step(w.net.theta, w.net.grad[:-1]),
    "Adam: expected grad of theta's shape (34,), got (33,)",
)
bad_value(
    "step, grad a column",
    lambda w: w.adam.step(w.net.theta, w.net.grad[:, None]),
    "Adam: expected grad of theta's shape (34,), got (34, 1)",
)
bad_value(
    "step, another θ",
    lambda w: w.adam.step(np.ones(3), np.ones(3)),
    "Adam: expected theta of shape (34,), as in earlier steps, got (3,)",
)
bad_value(
    "step, a read-only θ", lambda w: w.adam.step(frozen(w.net.theta), w.net.grad), "Adam: theta must be writeable"
)
bad_type(
    "step, a list", lambda w: w.adam.step([1.0], np.ones(1)), "Adam: theta must be a floating-point array, got list"
)
bad_type(
    "step, integers",
    lambda w: w.adam.step(np.ones(34, np.int64), w.net.grad),
    "Adam: theta must be a floating-point array, got int64",
)
bad_type(
    "step, grad of integers",
    lambda w: w.adam.step(w.net.theta, np.ones(34, np.int64)),
    "Adam: grad must be a floating-point array, got int64",
)

# checks
bad_value(
    "check, shapes",
    lambda w: check("eq-x", X, X[0]),
    "eq-x: expected two arrays of one shape, not empty, got (6, 3) and (3,)",
)
bad_value(
    "check, empty",
    lambda w: check("eq-x", X[:0], X[:0]),
    "eq-x: expected two arrays of one shape, not empty, got (0, 3) and (0, 3)",
)
bad_type("check, text", lambda w: check("eq-x", ["a"], ["a"]), "eq-x: analytic must hold real numbers, got dtype <U1")


# what named nobody
RAGGED = [[1.0, 2.0, 3.0], [4.0]]
for name, call in [
    ("Network: x", lambda w: w.net.forward(RAGGED)),
    ("MSE(): t", lambda w: w.real.loss_and_grad(X[:2], RAGGED)),
    ("SoftmaxCrossEntropy(): t", lambda w: w.net.loss_and_grad(X[:2], RAGGED)),
    ("Dense(3, 4): g", lambda w: passed(w.dense).backward(RAGGED)),
    ("one_hot: labels", lambda w: one_hot(RAGGED, 2)),
    ("accuracy: labels", lambda w: accuracy(w.net, X[:2], RAGGED)),
    ("minibatches: x", lambda w: minibatches(RAGGED, T[:2], 2, w.rng)),
    ("log_softmax: z", lambda w: log_softmax(RAGGED)),
    ("numerical_jacobian: x", lambda w: numerical_jacobian(np.sin, RAGGED)),
    ("numerical_jacobian: f(x)", lambda w: numerical_jacobian(lambda v: RAGGED, X)),
    ("eq-x: analytic", lambda w: check("eq-x", RAGGED, X)),
]:
    bad_value(
        f"{name}, ragged",
        call,
        f"{name} is no array of numbers: setting an array element with a sequence. The requested array has an "
        "inhomogeneous shape after 1 dimensions. The detected shape was (2,) + inhomogeneous part.",
    )
MASKED = np.ma.masked_array(X, X > 0)
for name, call in [
    ("Network: x", lambda w: w.net.forward(MASKED)),
    ("Network: x", lambda w: w.net.loss_and_grad(MASKED, T)),
    ("Network: x", lambda w: w.fit(MASKED)),
    ("Network: x", lambda w: w.fit(validation=(MASKED, T))),
    ("Dense(3, 4): x", lambda w: w.dense.forward(MASKED)),
    ("Dense(3, 4): g", lambda w: passed(w.dense).backward(np.ma.masked_array(np.ones((6, 4))))),
    ("MSE(): y", lambda w: MSE()(MASKED, X)),
    ("MSE(): t", lambda w: MSE()(X, MASKED)),
    ("MSE(): t", lambda w: w.real.loss_and_grad(X, MASKED[:, :2])),
    ("SoftmaxCrossEntropy(): t", lambda w: w.net.loss_and_grad(X, np.ma.masked_array(T))),
    ("CrossEntropy(): t", lambda w: CrossEntropy()(Y, np.ma.masked_array(ROWS))),
    ("one_hot: labels", lambda w: one_hot(np.ma.masked_array(T), 2)),
    ("accuracy: labels", lambda w: accuracy(w.net, X, np.ma.masked_array(T))),
    ("minibatches: x", lambda w: minibatches(MASKED, T, 2, w.rng)),
    ("minibatches: t", lambda w: minibatches(X, np.ma.masked_array(T), 2, w.rng)),
    ("log_softmax: z", lambda w: log_softmax(MASKED)),
    ("Dense(3, 4): x", lambda w: jacobian(w.dense, MASKED)),
    ("numerical_jacobian: x", lambda w: numerical_jacobian(np.sin, MASKED)),
    ("eq-x: numeric", lambda w: check("eq-x", X, MASKED)),
    ("Adam: theta", lambda w: w.adam.step(np.ma.masked_array(w.net.theta), w.net.grad)),
    ("Adam: grad", lambda w: w.adam.step(w.net.theta, np.ma.masked_array(w.net.grad))),
    ("l0: theta", lambda w: l0(MASKED)),
    ("Dense(3, 4): dW", lambda w: setattr(w.dense, "dW", np.ma.masked)),
]:
    bad_type(f"{name}, masked", call, f"{name} is a masked array; fill it or drop the masked rows")
for name, call in [
    ("Network", lambda w, rng: Network(Dense(2, 2), loss=MSE(), rng=rng)),
    ("fit", lambda w, rng: w.fit(rng=rng)),
    ("minibatches", lambda w, rng: minibatches(X, T, 2, rng)),
    ("Dense(2, 2)", lambda w, rng: Dense(2, 2).initialize(rng)),
]:
    wish = f"{name}: rng must be a numpy.random.Generator or a seed >= 0, got "
    bad_type(f"{name}, rng text", lambda w, call=call: call(w, "a"), wish + "'a'")
    bad_type(f"{name}, rng a boolean", lambda w, call=call: call(w, True), wish + "True")
    bad_value(f"{name}, rng −1", lambda w, call=call: call(w, -1), wish + "-1")
for dtype in (int, bool, complex, np.float16, "nonsense"):
    got = dtype if isinstance(dtype, str) else np.dtype(dtype)
    bad_value(
        f"initialize, dtype {got}",
        lambda w, dtype=dtype: Dense(2, 2).initialize(0, dtype),
        f"Dense(2, 2): dtype must be float64 or float32, got {got}",
    )
bad_value(
    "Network, an unknown dtype",
    lambda w: Network(Dense(2, 2), loss=MSE(), dtype="nonsense"),
    "Network: dtype must be float64 or float32, got nonsense",
)
bad_type("jacobian of a network", lambda w: jacobian(MSE(), X), "jacobian: layer must be a Layer, got MSE()")
bad_type(
    "check_gradient of a layer",
    lambda w: check_gradient(w.dense, X, T),
    "check_gradient: net must be a Network, got Dense(3, 4)",
)
bad_type("accuracy of a layer", lambda w: accuracy(w.dense, X, T), "accuracy: net must be a Network, got Dense(3, 4)")
bad_value("log_softmax, empty", lambda w: log_softmax([]), "log_softmax: expected z of shape (…, K), got (0,)")
bad_value("log_softmax, a number", lambda w: log_softmax(1.0), "log_softmax: expected z of shape (…, K), got ()")
bad_value(
    "jacobian, no columns",
    lambda w: jacobian(Softmax(), np.zeros((1, 0))),
    "Softmax(): expected at least one column in x, got shape (1, 0)",
)
bad_value(
    "numerical_jacobian, empty",
    lambda w: numerical_jacobian(np.sin, X[:0]),
    "numerical_jacobian: expected x not empty, got shape (0, 3)",
)
for name, value in (("None", None), ("a list of None", [None]), ("text", "a"), ("complex", 1j)):
    bad_type(
        f"numerical_jacobian, f returns {name}",
        lambda w, value=value: numerical_jacobian(lambda v: value, X),
        f"numerical_jacobian: f(x) must hold real numbers, got dtype {np.asarray(value).dtype}",
    )
for name, value, dtype in (
    ("text", [["a"] * 3] * 4, "<U1"),
    ("a dictionary", {}, "object"),
    ("complex", np.full((3, 4), 1j), "complex128"),
    ("a date", np.datetime64("2020"), "datetime64[Y]"),
):
    bad_type(
        f"a layer's array, {name}",
        lambda w, value=value: setattr(w.dense, "W", value),
        f"Dense(3, 4): W must hold real numbers, got dtype {dtype}",
    )
bad_value(
    "minibatches of numbers",
    lambda w: minibatches(5, 5, 2, w.rng),
    "minibatches: expected as many rows in t as in x, at least one, got 0 and 0",
)
bad_type(
    "on_epoch, text",
    lambda w: w.fit(on_epoch="plot"),
    "fit: on_epoch must be a function (epoch, net, history), got 'plot'",
)


def as_keras_has_it(epoch, logs):
    raise AssertionError("it was called")


bad_type(
    "on_epoch with two parameters",
    lambda w: w.fit(on_epoch=as_keras_has_it),
    f"fit: on_epoch must be a function (epoch, net, history), got {as_keras_has_it!r}: too many positional arguments",
)
bad_type("progress, text", lambda w: w.fit(progress="no"), "fit: progress must be True or False, got 'no'")
USED = Adam()
USED.step(np.ones(3), np.ones(3))
bad_value(
    "fit, an optimizer of another vector",
    lambda w: w.fit(optimizer=USED),
    "Adam: expected theta of shape (3,), as in earlier steps, got (34,)",
)
bad_type(
    "numerical_jacobian of a number",
    lambda w: numerical_jacobian(3, X),
    "numerical_jacobian: f must be a function, got 3",
)


class Sorted(Tanh):
    min_rows = 4


bad_value(
    "fit, a reader's layer that needs rows",
    lambda w: w.fit(net=Network(Dense(3, 2), Sorted(), loss=SoftmaxCrossEntropy()), batch_size=3),
    "fit: Sorted needs batches of at least 4 rows, got batch_size 3 and 6 rows of x",
)

# outputs: one alone, what is no probability, what is no number
ONE = "expected two outputs or more, a class each, got one"
for loss in (SoftmaxCrossEntropy, CrossEntropy):
    bad_value(f"{loss.__name__}, one output", lambda w, loss=loss: loss()(Y[:, :1], 0 * T), f"{loss.__name__}(): {ONE}")
    bad_value(
        f"{loss.__name__}, one output of a network of any width",
        lambda w, loss=loss: Network(Tanh(), loss=loss()).loss_and_grad(X[:, :1], 0 * T),
        f"{loss.__name__}(): {ONE}",
    )
bad_value(
    "SoftmaxCrossEntropy, one output of a network",
    lambda w: Network(Dense(3, 1), Tanh(), loss=SoftmaxCrossEntropy()),
    "Network: SoftmaxCrossEntropy needs two outputs or more; for one, use BinaryCrossEntropy",
)
bad_value(
    "Softmax of one output",
    lambda w: Network(Dense(3, 1), Softmax(), loss=BinaryCrossEntropy()),
    "Network: Softmax() of a single output is always 1",
)
SIGMOID, SOFTMAX = (f"was {name}() forgotten as the last layer?" for name in ("Sigmoid", "Softmax"))
bad_value(
    "BinaryCrossEntropy of 2",
    lambda w: BinaryCrossEntropy()([[2.0]], [[1.0]]),
    f"BinaryCrossEntropy(): expected probabilities as outputs, got values from 2.0 to 2.0; {SIGMOID}",
)
bad_value(
    "BinaryCrossEntropy of −1",
    lambda w: BinaryCrossEntropy()([[-1.0]], [[1.0]]),
    f"BinaryCrossEntropy(): expected probabilities as outputs, got values from -1.0 to -1.0; {SIGMOID}",
)
bad_value(
    "CrossEntropy of 5",
    lambda w: CrossEntropy()([[5.0, 1.0]], [0]),
    f"CrossEntropy(): expected probabilities as outputs, got values from 1.0 to 5.0; {SOFTMAX}",
)
bad_value(
    "CrossEntropy of rows that sum to 0.9",
    lambda w: CrossEntropy()([[0.5, 0.375], [0.5, 0.5]], [0, 1]),
    f"CrossEntropy(): expected rows of outputs that sum to 1, got sums from 0.875 to 1.0; {SOFTMAX}",
)


def shifted(loss, *last):
    """A network whose outputs are 2, whatever it is given."""
    net = Network(Dense(3, 2), *last, loss=loss)
    net.theta[...] = [0] * 6 + [2, 2]
    return net


for loss, advice in ((BinaryCrossEntropy, SIGMOID), (CrossEntropy, SOFTMAX)):
    message = f"{loss.__name__}(): expected probabilities as outputs, got values from 2.0 to 2.0; {advice}"
    for where, call in (
        ("fit", lambda w, loss=loss: w.fit(net=shifted(loss()), t=ROWS, optimizer=Adam(), rng=0)),
        ("check_gradient", lambda w, loss=loss: check_gradient(shifted(loss()), X, ROWS)),
        ("loss_and_grad", lambda w, loss=loss: shifted(loss()).loss_and_grad(X, ROWS)),
    ):
        bad_value(f"{loss.__name__} without its last layer, {where}", call, message)
for where, call in (("Network", lambda w, x: w.net.predict(x)), ("accuracy", lambda w, x: accuracy(w.net, x, T))):
    bad_value(
        f"{where}, NaN",
        lambda w, call=call: call(w, changed(X, (2, 0), NAN)),
        f"{where}: outputs must be finite, got nan at index (2, 0)",
    )

# hyper-parameters, set later
SET_LATER = [
    (SGD(0.1), "momentum"),
    (Nesterov(0.1, 0.5), "momentum"),
    (RMSProp(0.1), "rho"),
    (Adam(), "beta1"),
    (Adam(), "beta2"),
    (BatchNorm(2), "momentum"),
]
for thing, name in SET_LATER:
    kind = type(thing).__name__
    for value in (1.0, 2.0, -0.1, NAN):
        bad_value(
            f"{kind}.{name} = {value}",
            lambda w, thing=thing, name=name, v=value: setattr(thing, name, v),
            f"{kind}: {name} must lie in [0, 1), got {value}",
        )
for thing in (AdaGrad(0.1), RMSProp(0.1), Adam(), BatchNorm(2)):
    bad_value(
        f"{type(thing).__name__}.eps = 1e-46",
        lambda w, thing=thing: setattr(thing, "eps", 1e-46),
        f"{type(thing).__name__}: eps must be at least 1e-30 and finite, got 1e-46",
    )
for thing, name in ((LeakyReLU(), "alpha"), (ELU(), "alpha"), (L1(1), "lam"), (L2(1), "lam"), (Adam(), "lr")):
    bad_value(
        f"{type(thing).__name__}.{name} = −1",
        lambda w, thing=thing, name=name: setattr(thing, name, -1),
        f"{type(thing).__name__}: {name} must be non-negative and finite, got -1",
    )


for thing, name in ((L2(1), "lam"), (Adam(), "lr"), (ELU(), "alpha")):
    bad_value(
        f"{type(thing).__name__}.{name}, an integer that no float holds",
        lambda w, thing=thing, name=name: setattr(thing, name, 10**400),
        f"{type(thing).__name__}: {name} must be non-negative and finite, got {10**400!r:.60}",
    )


@pytest.fixture(scope="module")
def the_world():
    w = world()
    return w, snapshot(w)


@pytest.mark.parametrize(("call", "error", "message"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_the_message_is_exact_and_nothing_has_changed(the_world, call, error, message):
    w, before = the_world
    with pytest.raises((ValueError, TypeError)) as caught:
        call(w)
    assert (caught.type, str(caught.value)) == (error, message)
    assert same(snapshot(w), before)


def test_after_all_the_refusals_training_goes_on_as_if_they_never_came():
    refused, untouched = world(), world()
    for _, call, error, _ in CASES:
        with pytest.raises(error):
            call(refused)
    for w in (refused, untouched):
        w.fit(epochs=2, batch_size=3, validation=(X, T))
    assert same(snapshot(refused), snapshot(untouched))


def test_an_array_that_does_not_fit_a_layer_s_is_refused_by_name():
    """The rest of the message is NumPy's."""
    dense = fresh(Dense(2, 3))
    before = dense.W.copy()
    with pytest.raises(ValueError, match=r"^Dense\(2, 3\): cannot assign to W, of shape \(2, 3\): "):
        dense.W = np.ones((3, 3))
    assert np.array_equal(dense.W, before)


def test_a_refused_network_leaves_its_layers_free():
    """The same layers can be given to the right network afterwards."""
    layers = [Dense(2, 3), Dense(3, 2)]
    with pytest.raises(ValueError, match="takes rows"):
        Network(*layers, Dense(4, 1), loss=MSE())
    for bad in ({"loss": MSE}, {"loss": MSE(), "penalty": 1}, {"loss": MSE(), "dtype": int}):
        with pytest.raises((TypeError, ValueError)):
            Network(*layers, **bad)
    broken = Dense(2, 2, init=lambda rng, shape: np.zeros(1))
    with pytest.raises(ValueError, match="init"):
        Network(*layers, broken, loss=MSE())
    assert Network(*layers, loss=MSE()).n_params == 9 + 8
