"""fit, minibatches, one_hot, accuracy: who sees what when, and what is recorded."""

import builtins
import gc
import io
import math
import tracemalloc

import numpy as np
import pytest
from helpers import same, state

from nnlib import (
    L2,
    MSE,
    SGD,
    Adam,
    BatchNorm,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    History,
    Identity,
    Network,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    accuracy,
    constant,
    fit,
    minibatches,
    one_hot,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 2))
LABELS = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)


def classifier(loss=SoftmaxCrossEntropy, norm=False, **options):
    hidden = (Dense(2, 5), BatchNorm(5), Tanh()) if norm else (Dense(2, 5), Tanh())
    return Network(*hidden, Dense(5, 2), loss=loss(), rng=1, **options)


class Spy(SGD):
    """An SGD that remembers θ before each of its updates, and each gradient."""

    def __init__(self, lr):
        super().__init__(lr)
        self.steps = []

    def update(self, theta, grad):
        self.steps.append((theta.copy(), grad.copy()))
        super().update(theta, grad)


class Tap(Identity):
    """A first layer that remembers each batch, and whether it is trained on."""

    def __init__(self):
        self.batches = []

    def f(self, x, training):
        self.batches.append((x.copy(), training))
        return super().f(x, training)


class Noted(SoftmaxCrossEntropy):
    """A loss that remembers targets and value of each batch."""

    def __init__(self):
        self.batches = []

    def f(self, y, t):
        value, g = super().f(y, t)
        self.batches.append((t.copy(), value))
        return value, g


def watched(norm=False, **options):
    """A network, and a function that gives the (x, t, loss) of each batch trained on, without penalty."""
    tap, loss = Tap(), Noted()
    hidden = (Dense(2, 5), BatchNorm(5), Tanh()) if norm else (Dense(2, 5), Tanh())
    net = Network(tap, *hidden, Dense(5, 2), loss=loss, rng=1, **options)

    def seen():
        pairs = zip(tap.batches, loss.batches, strict=True)
        return [(x, t, value) for (x, training), (t, value) in pairs if training]

    return net, seen


# one_hot


def test_one_hot():
    assert one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert one_hot([1, 1], 2).dtype == np.float64
    assert one_hot(np.array([0, 3], np.uint8), 4).shape == (2, 4)


# minibatches


@pytest.mark.parametrize(
    ("n", "size", "sizes"), [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (3, 7, [3]), (4, 1, [1] * 4), (5, 5, [5])]
)
def test_minibatches_give_each_row_once_with_its_target(n, size, sizes):
    x, t = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    batches = list(minibatches(x, t, size, np.random.default_rng(0)))
    assert [len(b) for b, _ in batches] == sizes
    together, targets = np.concatenate([b for b, _ in batches]), np.concatenate([b for _, b in batches])
    assert sorted(targets) == list(range(n))
    assert np.array_equal(together, x[targets])
    rows = list(minibatches(x, one_hot(t, n), size, np.random.default_rng(0)))
    assert np.array_equal(np.concatenate([b for _, b in rows]).argmax(axis=1), targets)


def test_minibatches_are_reshuffled_and_reproducible():
    t = np.arange(50)
    x = t[:, None].astype(float)

    def order(rng):
        return [int(v) for _, b in minibatches(x, t, 8, rng) for v in b]

    rng = np.random.default_rng(3)
    first, second = order(rng), order(rng)
    assert first != second and first != sorted(first)
    assert first == order(np.random.default_rng(3)) == order(3)
    assert np.array_equal(x[:, 0], t)  # shuffled copies, not the data


def test_minibatches_are_copies():
    x, t = np.zeros((4, 2)), np.zeros(4, int)
    for b, _ in minibatches(x, t, 4, 0):
        b += 1
    assert (x == 0).all()


# accuracy


def test_accuracy():
    net = Network(Dense(2, 2, init=lambda rng, shape: np.eye(2)), loss=SoftmaxCrossEntropy())
    x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0], [0.0, 3.0]])  # predicted 0, 1, 0, 1
    assert accuracy(net, x, np.array([0, 1, 0, 1])) == 1
    assert accuracy(net, x, np.array([0, 1, 1, 1])) == 0.75
    assert accuracy(net, x, [1, 0, 1, 0]) == 0 and type(accuracy(net, x, [1, 0, 1, 0])) is float


def test_accuracy_is_taken_in_evaluation_mode():
    net = classifier(norm=True)
    before = state(net)
    alone = np.mean([accuracy(net, X[i : i + 1], LABELS[i : i + 1]) for i in range(len(X))])
    assert accuracy(net, X, LABELS) == pytest.approx(alone)
    assert same(state(net), before)


# fit: which rows, which steps


@pytest.mark.parametrize(
    ("norm", "size", "sizes"),
    [(False, 11, [11, 11, 1]), (True, 11, [11, 12]), (True, 7, [7, 7, 7, 2]), (True, 22, [23])],
)
def test_every_row_once_an_epoch_and_reshuffled(norm, size, sizes):
    net, noted = watched(norm)
    spy = Spy(0.1)
    fit(net, X, LABELS, spy, epochs=3, batch_size=size, rng=4)
    seen = noted()
    per_epoch = [seen[i : i + len(sizes)] for i in range(0, len(seen), len(sizes))]
    orders = [np.concatenate([x for x, _, _ in batches]) for batches in per_epoch]
    assert len(spy.steps) == len(seen) == 3 * len(sizes)
    assert all([len(x) for x, _, _ in batches] == sizes for batches in per_epoch)
    for order, batches in zip(orders, per_epoch, strict=True):
        rows = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in order]
        assert sorted(rows) == list(range(23))
        assert np.array_equal(np.concatenate([t for _, t, _ in batches]), LABELS[rows])
    assert not np.array_equal(orders[0], orders[1]) and not np.array_equal(orders[1], orders[2])


def test_fit_is_the_loop_it_says():
    """loss_and_grad and step, batch after batch, and nothing else, lead to the same θ bit for bit."""
    net, by_hand = classifier(penalty=L2(0.01)), classifier(penalty=L2(0.01))
    history = fit(net, X, LABELS, Adam(0.05), epochs=4, batch_size=5, rng=9)
    optimizer, rng = Adam(0.05), np.random.default_rng(9)
    for epoch in range(4):
        total = 0.0
        for x, t in minibatches(X, LABELS, 5, rng):
            total += by_hand.loss_and_grad(x, t) * len(x)
            optimizer.step(by_hand.theta, by_hand.grad)
        assert history.loss[epoch] == pytest.approx(total / 23, rel=1e-14)
        accuracy_after = history.accuracy[epoch]
    assert np.array_equal(net.theta, by_hand.theta)
    assert accuracy_after == accuracy(net, X, LABELS)


def test_the_loss_is_that_before_each_step_weighted_by_batch_size():
    net, seen = watched(norm=True, penalty=L2(0.1))
    spy = Spy(0.5)
    history = fit(net, X, LABELS, spy, epochs=2, batch_size=10, rng=2)
    # θ is W (2, 5), b, gamma, beta, W (5, 2), b
    penalties = [0.1 * (np.sum(theta[:10] ** 2) + np.sum(theta[25:35] ** 2)) for theta, _ in spy.steps]
    for epoch in range(2):
        batches = slice(3 * epoch, 3 * epoch + 3)
        rows = [len(x) for x, _, _ in seen()[batches]]
        losses = [loss for _, _, loss in seen()[batches]]
        assert rows == [10, 10, 3]
        expected = sum(n * (loss + extra) for n, loss, extra in zip(rows, losses, penalties[batches], strict=True)) / 23
        assert history.loss[epoch] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("n_val", [1, 300])
def test_accuracy_and_validation_are_taken_after_the_epoch_in_evaluation_mode_without_penalty(norm, n_val):
    rng = np.random.default_rng(5)
    val_x = rng.normal(size=(n_val, 2))
    val_t = rng.integers(0, 2, n_val)
    net = classifier(norm=norm, penalty=L2(10.0))
    recorded = []

    def on_epoch(epoch, net, history):
        loss = SoftmaxCrossEntropy()(net.forward(val_x), val_t)
        recorded.append((loss, accuracy(net, val_x, val_t), accuracy(net, X, LABELS)))

    history = fit(net, X, LABELS, SGD(0.01), epochs=3, batch_size=8, validation=(val_x, val_t), on_epoch=on_epoch)
    assert history.val_loss == pytest.approx([r[0] for r in recorded], rel=1e-12)
    assert history.val_accuracy == pytest.approx([r[1] for r in recorded], rel=1e-15)
    assert history.accuracy == pytest.approx([r[2] for r in recorded], rel=1e-15)


def test_evaluation_leaves_the_running_statistics():
    """Validation data must not leak into them (article D, erratum D14)."""
    with_validation, without = classifier(norm=True), classifier(norm=True)
    fit(without, X, LABELS, SGD(0.1), epochs=2)
    fit(with_validation, X, LABELS, SGD(0.1), epochs=2, validation=(X + 100, LABELS))
    assert same(state(with_validation), state(without))


def test_history_holds_one_number_an_epoch():
    history = fit(classifier(), X, LABELS, Adam(), epochs=3, validation=(X[:4], LABELS[:4]))
    assert isinstance(history, History)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        values = getattr(history, name)
        assert isinstance(values, np.ndarray) and values.shape == (3,) and values.dtype == np.float64
        assert np.isfinite(values).all()
    assert history.diverged is False
    bare = fit(classifier(), X, LABELS, Adam(), epochs=2)
    assert bare.loss.shape == bare.accuracy.shape == (2,)
    assert bare.val_loss.shape == bare.val_accuracy.shape == (0,)


def test_training_again_goes_on():
    net = classifier()
    first = fit(net, X, LABELS, Adam(0.05), epochs=5)
    second = fit(net, X, LABELS, Adam(0.05), epochs=5)
    assert second.loss[0] < first.loss[0]


def test_a_network_learns():
    net = classifier()
    history = fit(net, X, LABELS, Adam(0.05), epochs=200)
    assert history.loss[-1] < 0.1 * history.loss[0] and history.accuracy[-1] == 1


# fit: kinds of targets


def regression(outputs=1):
    return Network(Dense(2, outputs), loss=MSE())


def test_accuracy_is_nan_for_regression():
    for outputs in (1, 2):
        t = np.random.default_rng(1).normal(size=(23, outputs))
        history = fit(regression(outputs), X, t, SGD(0.01), epochs=2, validation=(X, t))
        assert np.isnan(history.accuracy).all() and np.isnan(history.val_accuracy).all()
        assert np.isfinite(history.loss).all() and np.isfinite(history.val_loss).all()


@pytest.mark.parametrize(
    ("loss", "head", "targets"),
    [
        (SquaredError, (), one_hot(LABELS, 2)),
        (MSE, (), one_hot(LABELS, 2)),
        (SoftmaxCrossEntropy, (), one_hot(LABELS, 2)),
        (SoftmaxCrossEntropy, (), LABELS),
        (CrossEntropy, (Softmax,), LABELS),
        (CrossEntropy, (Softmax,), one_hot(LABELS, 2)),
        (BinaryCrossEntropy, (Sigmoid,), one_hot(LABELS, 2)),
    ],
)
def test_one_hot_targets_count_as_classes(loss, head, targets):
    net = Network(Dense(2, 2), *(layer() for layer in head), loss=loss())
    history = fit(net, X, targets, Adam(0.1), epochs=3, validation=(X[:5], targets[:5]))
    assert history.accuracy[-1] == accuracy(net, X, LABELS)
    assert history.val_accuracy[-1] == accuracy(net, X[:5], LABELS[:5])


def test_rows_that_are_not_one_hot_are_a_regression():
    t = one_hot(LABELS, 2)
    t[0] = [0.25, 0.75]
    assert np.isnan(fit(regression(2), X, t, SGD(0.01), epochs=1).accuracy).all()
    t[0] = [1, 1]
    assert np.isnan(fit(regression(2), X, t, SGD(0.01), epochs=1).accuracy).all()


def test_a_regression_stays_one_on_validation_data():
    """However its few validation targets look."""
    t = np.random.default_rng(1).normal(size=(23, 1))
    history = fit(regression(), X, t, SGD(0.01), epochs=2, validation=(X[:2], np.array([[0.0], [1.0]])))
    assert np.isnan(history.val_accuracy).all() and np.isfinite(history.val_loss).all()


@pytest.mark.parametrize(
    ("loss", "head", "targets"),
    [
        (SoftmaxCrossEntropy, (), 0.8 * one_hot(LABELS, 2) + 0.1),
        (CrossEntropy, (Softmax,), 0.8 * one_hot(LABELS, 2) + 0.1),
        (BinaryCrossEntropy, (Sigmoid,), 0.8 * one_hot(LABELS, 2) + 0.1),
        (SquaredError, (), 1 - np.eye(2)[LABELS] * [1, 0]),
    ],
)
def test_soft_targets_and_columns_that_are_no_classes_have_no_accuracy(loss, head, targets):
    net = Network(Dense(2, 2), *(layer() for layer in head), loss=loss())
    history = fit(net, X, targets, Adam(0.1), epochs=2, validation=(X[:5], targets[:5]))
    assert np.isnan(history.accuracy).all() and np.isnan(history.val_accuracy).all()
    assert np.isnan(accuracy(net, X, targets)) and np.isfinite(history.loss).all()


def test_a_column_of_0_and_1_is_a_regression_under_squared_error():
    """As the AND gate is trained: one output, squared error. As labels, the same targets have an accuracy."""
    x, t = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [0.0], [0.0], [1.0]])
    net = Network(Dense(2, 1), Sigmoid(), loss=SquaredError())
    history = fit(net, x, t, Adam(0.1), epochs=100)
    assert np.isnan(history.accuracy).all() and np.isnan(accuracy(net, x, t))
    assert accuracy(net, x, t[:, 0].astype(int)) == 1


def test_one_output_under_binary_cross_entropy():
    net = Network(Dense(2, 4), Tanh(), Dense(4, 1), Sigmoid(), loss=BinaryCrossEntropy())
    history = fit(net, X, LABELS[:, None], Adam(0.05), epochs=100)
    assert history.accuracy[-1] == accuracy(net, X, LABELS) > 0.9


# fit: the end of a run


def test_a_loss_that_is_not_finite_ends_training_without_a_step():
    """Identity from x = 1 with MSE: θ ← θ(1 − 2 lr) overflows after a while."""
    net = Network(Dense(1, 1, init=constant(1.0), bias=False), loss=MSE())
    spy = Spy(1e60)
    before_step = []
    history = fit(
        net,
        np.ones((4, 1)),
        np.zeros((4, 1)),
        spy,
        epochs=50,
        batch_size=2,
        on_epoch=lambda *_: before_step.append(net.theta.copy()),
    )
    # θ: 1, −2e60, 4e120, −8e180; the loss of the third is 1.6e241, that of the fourth overflows
    assert history.diverged is True
    assert len(spy.steps) == 3
    assert np.isfinite(net.theta).all() and net.theta == pytest.approx([-8e180])
    assert history.loss.shape == history.accuracy.shape == (1,) and len(before_step) == 1
    assert history.loss == pytest.approx([(1 + 4e120) / 2])
    assert history.val_loss.shape == (0,)


def test_divergence_in_the_first_epoch_leaves_empty_arrays():
    net = Network(Dense(1, 1, init=constant(1e200), bias=False), loss=MSE())
    spy, calls = Spy(0.1), []
    val = (np.ones((2, 1)), np.zeros((2, 1)))
    history = fit(
        net, np.ones((2, 1)), np.zeros((2, 1)), spy, epochs=3, validation=val, on_epoch=lambda *a: calls.append(a)
    )
    assert history.diverged and not spy.steps and not calls and (net.theta == 1e200).all()
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert getattr(history, name).shape == (0,)


def test_divergence_with_every_layer_raises_no_warning():
    for loss, t in ((SoftmaxCrossEntropy, LABELS), (SquaredError, one_hot(LABELS, 2))):
        history = fit(classifier(loss, norm=True), X, t, SGD(1e200), epochs=60, batch_size=8)
        assert np.isfinite(history.loss).all()
        assert history.diverged == (len(history.loss) < 60)


@pytest.mark.filterwarnings("error")
def test_a_number_too_large_for_float32_is_refused_without_a_warning():
    net = classifier(dtype=np.float32)
    with pytest.raises(ValueError, match=r"^fit: x must be finite, got inf at index \(0, 0\)$"):
        fit(net, 1e300 * X, LABELS, SGD(0.1), epochs=1)


def test_on_epoch():
    net, calls = classifier(), []

    def on_epoch(epoch, given, history):
        assert given is net and isinstance(history, History)
        calls.append((epoch, history.loss.copy(), history.val_loss.copy(), net.theta.copy()))

    history = fit(net, X, LABELS, SGD(0.1), epochs=3, validation=(X, LABELS), on_epoch=on_epoch)
    assert [epoch for epoch, *_ in calls] == [0, 1, 2]
    for done, (_, loss, val_loss, _) in enumerate(calls, start=1):
        assert np.array_equal(loss, history.loss[:done]) and np.array_equal(val_loss, history.val_loss[:done])
    assert np.array_equal(calls[-1][-1], net.theta) and not np.array_equal(calls[0][-1], net.theta)


def test_an_exception_of_on_epoch_reaches_the_caller():
    def stop(epoch, net, history):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(classifier(), X, LABELS, SGD(0.1), epochs=3, on_epoch=stop)


# fit: randomness


def test_same_seed_same_run_bit_for_bit():
    def run(rng):
        net = classifier(norm=True)
        history = fit(net, X, LABELS, Adam(0.05), epochs=3, batch_size=4, rng=rng, validation=(X, LABELS))
        return [*state(net), history.loss, history.accuracy, history.val_loss, history.val_accuracy]

    assert same(run(7), run(7)) and same(run(7), run(np.random.default_rng(7)))
    assert not same(run(7), run(8))
    default = classifier(norm=True)
    fit(default, X, LABELS, Adam(0.05), epochs=3, batch_size=4)
    assert np.array_equal(default.theta, run(0)[0])


def test_a_generator_moves_on():
    rng = np.random.default_rng(0)
    first, second = classifier(), classifier()
    fit(first, X, LABELS, SGD(0.1), epochs=1, batch_size=4, rng=rng)
    fit(second, X, LABELS, SGD(0.1), epochs=1, batch_size=4, rng=rng)
    assert not np.array_equal(first.theta, second.theta)


def test_fit_leaves_its_arguments_alone():
    x, t = X.copy(), LABELS.copy()
    x.flags.writeable = t.flags.writeable = False
    fit(classifier(norm=True), x, t, Adam(), epochs=2, batch_size=4, validation=(x, t))


# fit: progress


def test_progress_shows_tqdm(monkeypatch):
    tqdm = pytest.importorskip("tqdm")
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    silent, shown = classifier(), classifier()
    fit(silent, X, LABELS, SGD(0.1), epochs=3)
    assert out.getvalue() == ""
    history = fit(shown, X, LABELS, SGD(0.1), epochs=3, progress=True)
    assert "3/3" in out.getvalue() and tqdm.__name__ == "tqdm"
    assert np.array_equal(silent.theta, shown.theta) and len(history.loss) == 3


def test_progress_without_tqdm_says_so_before_the_first_step(monkeypatch):
    real = builtins.__import__

    def without_tqdm(name, *args, **kwargs):
        if name.split(".")[0] == "tqdm":
            raise ModuleNotFoundError("No module named 'tqdm'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_tqdm)
    net = classifier(norm=True)
    before = state(net)
    with pytest.raises(ImportError, match=r"progress=True needs the package tqdm \(pip install tqdm\)"):
        fit(net, X, LABELS, SGD(0.1), epochs=2, progress=True)
    assert same(state(net), before)
    fit(net, X, LABELS, SGD(0.1), epochs=1)  # without a bar it is not needed


# fit: memory


def peak(epochs, n=2000, on_epoch=None):
    """Peak bytes that fit allocates, and what is still held after it."""
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(n, 20)), rng.integers(0, 5, n)
    net = Network(Dense(20, 30), BatchNorm(30), Tanh(), Dense(30, 5), loss=SoftmaxCrossEntropy())
    fit(net, x, t, Adam(), epochs=1, batch_size=100)
    optimizer = Adam()
    gc.collect()
    tracemalloc.start()
    fit(net, x, t, optimizer, epochs=epochs, batch_size=100, validation=(x, t), on_epoch=on_epoch)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most, net.n_params


def test_memory_does_not_grow_with_epochs():
    few, many = peak(2)[0], peak(40)[0]
    assert many <= few + 40 * 4 * 8 + 20_000  # the history itself, and small change


def test_peak_memory_is_the_data_and_a_few_copies():
    """At most the data once more, θ's few copies, and two batches' activations (of 128 rows) and gradients."""
    most, n_params = peak(3)
    data = 2000 * (20 + 1) * 8
    activations = 128 * (20 + 30 + 30 + 30 + 5) * 8
    assert most <= data + 6 * n_params * 8 + 2 * 2 * activations


def test_one_row_at_a_time():
    """Per-sample SGD, as articles A and B train."""
    net = classifier()
    spy = Spy(0.01)
    fit(net, X, LABELS, spy, epochs=1, batch_size=1)
    assert len(spy.steps) == 23
    assert math.isfinite(net.theta.sum())


def test_a_network_without_parameters_can_be_fitted():
    history = fit(Network(Identity(), loss=MSE()), X, X, SGD(0.1), epochs=2)
    assert history.loss.tolist() == [0, 0]
