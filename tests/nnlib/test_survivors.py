"""What mutants of nnlib had survived: small promises that no other test held."""

import copy
import os

import numpy as np
import pytest
from helpers import running_statistics, same

from nnlib import (
    MSE,
    SGD,
    BatchNorm,
    BinaryCrossEntropy,
    Dense,
    History,
    Network,
    Sigmoid,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    accuracy,
    fit,
    log_softmax,
    minibatches,
)

X = np.random.default_rng(0).normal(size=(6, 3))
T = np.array([0, 1, 1, 0, 1, 0])


def normed(rng=0, dtype=float):
    return Network(Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2), loss=SoftmaxCrossEntropy(), rng=rng, dtype=dtype)


class Marker:
    """Unpickling it leaves a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_load_never_unpickles(tmp_path):
    net, trace = normed(), tmp_path / "trace"
    arrays = dict(net.arrays())
    arrays[next(iter(arrays))] = np.array([Marker(str(trace))], dtype=object)
    np.savez(tmp_path / "net.npz", **arrays)
    with pytest.raises(ValueError, match="cannot read"):
        net.load(tmp_path / "net.npz")
    assert not trace.exists()


@pytest.mark.parametrize(("change", "message"), [("pop", "not expected none"), ("add", "missing none")])
def test_load_says_none_where_nothing_is_missing_or_left_over(tmp_path, change, message):
    net = normed()
    arrays = dict(net.arrays())
    if change == "pop":
        arrays.pop(next(iter(arrays)))
    else:
        arrays["more"] = np.ones(2)
    np.savez(tmp_path / "net.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        net.load(tmp_path / "net.npz")


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3), (1,), (4, 1)])
def test_log_softmax_along_the_last_axis_of_any_shape(shape):
    z = np.random.default_rng(1).normal(size=shape)
    p = np.exp(log_softmax(z))
    assert p.shape == shape and np.allclose(p.sum(axis=-1), 1)
    assert np.allclose(log_softmax(z), z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))


def test_defaults_of_batch_norm():
    norm = BatchNorm(3)
    assert (norm.momentum, norm.eps) == (0.9, 1e-5)


def test_initialize_starts_everything_anew():
    dense = Dense(3, 2)
    dense.initialize(0)
    first = dense.W.copy()
    dense.W, dense.b, dense.db = 5.0, 7.0, 9.0
    dense.initialize(0)
    assert np.array_equal(dense.W, first) and (dense.b == 0).all()
    net = normed()
    net.layers[0].b = 3.0
    net.layers[0].initialize(1)
    assert (net.layers[0].b == 0).all() and np.shares_memory(net.layers[0].b, net.theta)


@pytest.mark.parametrize("rows", [2, 6])
def test_forward_in_training_moves_the_statistics_of_network_and_layer(rows):
    net, norm = normed(), BatchNorm(3)
    norm.initialize()
    net.forward(X[:rows], training=True)
    norm.forward(X[:rows], training=True)
    z = X[:rows] @ net.layers[0].W
    assert np.allclose(net.layers[1].running_mean, 0.1 * z.mean(axis=0))
    assert np.allclose(norm.running_var, 0.9 + 0.1 * X[:rows].var(axis=0))


def test_forward_in_training_refuses_a_row_alone():
    net, norm = normed(), BatchNorm(3)
    norm.initialize()
    before = running_statistics(net)
    for owner in net, norm:
        with pytest.raises(ValueError, match="at least 2 rows in training, got 1"):
            owner.forward(X[:1], training=True)
    assert same(running_statistics(net), before)
    assert net.forward(X[:1]).shape == (1, 2)


def test_a_copy_in_float64_has_statistics_in_float64():
    net = copy.deepcopy(normed(dtype=np.float32))
    net.forward(X, training=True)
    before = running_statistics(net)
    net.cast(float)
    after = running_statistics(net)
    assert all(array.dtype == np.float64 for array in after)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_minibatches_of_one_row_and_of_one_column():
    ((x, t),) = minibatches(X[:1], T[:1], 4, rng=0)
    assert x.shape == (1, 3) and t.shape == (1,)
    assert [len(x) for x, _ in minibatches(X, T, 1, rng=0)] == [1] * 6
    assert [len(x) for x, _ in minibatches(X, T, 4, rng=0)] == [4, 2]


def test_a_new_history_is_empty_and_has_not_diverged():
    history = History()
    assert history.diverged is False
    assert all(len(a) == 0 for a in (history.loss, history.accuracy, history.val_loss, history.val_accuracy))
    assert fit(normed(), X, T, SGD(0.1), epochs=1).diverged is False


def test_accuracy_of_one_output_is_by_entries_under_binary_cross_entropy_alone():
    columns = T[:, None].astype(float)
    net = Network(Dense(3, 1), Sigmoid(), loss=BinaryCrossEntropy(), rng=0)
    right = np.mean((net.forward(X) > 0.5) == columns)
    assert accuracy(net, X, columns) == right and fit(net, X, columns, SGD(1e-9), epochs=1).accuracy[0] == right
    for loss in SquaredError(), MSE():
        net = Network(Dense(3, 1), Sigmoid(), loss=loss, rng=0)
        assert np.isnan(fit(net, X, columns, SGD(0.1), epochs=1).accuracy).all()


def test_an_entry_at_one_half_counts_as_0():
    net = Network(Dense(1, 2), Sigmoid(), loss=BinaryCrossEntropy())
    net.theta[...] = 0  # every output is 0.5
    assert accuracy(net, np.zeros((2, 1)), np.array([[0.0, 0.0], [1.0, 1.0]])) == 0.5
    assert accuracy(net, np.zeros((2, 1)), np.array([[0.0, 0.0], [0.0, 0.0]])) == 1.0


def test_summary_to_the_letter():
    net = Network(Dense(3, 1200), Tanh(), Dense(1200, 2, bias=False), loss=MSE())
    assert net.summary() == (
        "layer                       output     parameters              count\n"
        "--------------------------------------------------------------------\n"
        "Dense(3, 1200)              (N, 1200)  W (3, 1200), b (1200,)  4,800\n"
        "Tanh()                      (N, 1200)                              0\n"
        "Dense(1200, 2, bias=False)  (N, 2)     W (1200, 2)             2,400\n"
        "--------------------------------------------------------------------\n"
        "total                                                          7,200"
    )
