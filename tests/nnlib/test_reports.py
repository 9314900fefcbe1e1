"""Other people's trouble, tried on nnlib: a public report each, and what is right here.

The numbers are those of the list of reports that nnlib was held against. Refusals and their messages are rows of
test_errors.py.
"""

import copy
import functools
import math
import os
import pickle
import stat
import sys
import threading
import tracemalloc
import unittest.mock
from pathlib import Path

import numpy as np
import pytest
from helpers import close, row, running_statistics, same, state

import nnlib
from nnlib import (
    ELU,
    L2,
    MSE,
    SGD,
    AdaGrad,
    Adam,
    BatchNorm,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    History,
    Identity,
    Network,
    ReLU,
    RMSProp,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    accuracy,
    check_gradient,
    fit,
    jacobian,
    minibatches,
    numerical_jacobian,
    one_hot,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
T = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)


def net2(norm=False, **options):
    hidden = (Dense(2, 8), BatchNorm(8), Tanh()) if norm else (Dense(2, 8), Tanh())
    return Network(*hidden, Dense(8, 2), loss=SoftmaxCrossEntropy(), **options)


# Files


@row(1, "numpy/numpy#5770")
def test_a_file_holds_the_network_s_arrays_and_no_other(tmp_path):
    net = net2(norm=True)
    net.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert set(file.files) == set(net.arrays()) and len(file.files) == 8
    net.load(tmp_path / "a.npz")


@row(1, "numpy/numpy#5770")
def test_a_layer_named_as_an_argument_of_savez_can_be_saved(tmp_path):
    class file(Dense):
        pass

    class allow_pickle(Dense):
        pass

    net, other = (Network(file(2, 3), allow_pickle(3, 2), loss=MSE(), rng=seed) for seed in (0, 1))
    net.save(tmp_path / "a.npz")
    other.load(tmp_path / "a.npz")
    assert np.array_equal(net.theta, other.theta)


@row(16, "a network without parameters")
def test_a_network_without_parameters_is_saved_checked_copied_and_trained(tmp_path):
    net = Network(Sigmoid(), loss=MSE())
    assert check_gradient(net, X, X) == 0.0
    net.save(tmp_path / "a.npz")
    net.load(tmp_path / "a.npz")
    assert np.array_equal(copy.deepcopy(net).forward(X), net.forward(X)) and "total" in net.summary()
    for optimizer in (SGD(0.1, 0.5), AdaGrad(0.1), RMSProp(0.1), Adam()):
        assert len(fit(net, X, X, optimizer, epochs=2).loss) == 2


@row(19, "labelme#2485")
def test_save_follows_links(tmp_path):
    """Chains and links to what is not there yet too."""
    (tmp_path / "deep").mkdir()
    target = tmp_path / "deep" / "target.npz"
    (tmp_path / "first").symlink_to(target)
    (tmp_path / "link").symlink_to(tmp_path / "first")
    for seed in (1, 2):
        net, other = net2(rng=seed), net2(rng=9)
        net.save(tmp_path / "link")
        assert (tmp_path / "link").is_symlink() and (tmp_path / "first").is_symlink() and not target.is_symlink()
        other.load(target)
        assert np.array_equal(other.theta, net.theta)
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["target.npz"]


@row(19, "python-atomicwrites#11")
@pytest.mark.skipif(sys.platform in ("win32", "emscripten"), reason="modes are of POSIX")
def test_save_keeps_a_file_s_mode_and_gives_a_new_one_the_usual(tmp_path):
    path = tmp_path / "a.npz"
    for mask, mode in ((0o022, 0o644), (0o077, 0o600)):
        old = os.umask(mask)
        try:
            net2().save(path)
            assert stat.S_IMODE(path.stat().st_mode) == mode
            path.unlink()
        finally:
            os.umask(old)
    net2().save(path)
    for mode in (0o600, 0o640, 0o444, 0o755):
        path.chmod(mode)
        net2(rng=1).save(path)
        assert stat.S_IMODE(path.stat().st_mode) == mode


@row(19, "what is no regular file")
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are of POSIX")
def test_save_replaces_no_pipe_and_no_device(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(ValueError, match=f"^Network: cannot save to {path}, which is no regular file$"):
            net2().save(path)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode) and [p.name for p in tmp_path.iterdir()] == ["pipe"]


@row(45, "concurrent checkpoints")
@pytest.mark.skipif(sys.platform == "emscripten", reason="Pyodide has no threads")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not replace a file that somebody reads")
def test_two_savers_of_one_path_never_disturb_each_other(tmp_path):
    """The file is one of theirs, whole; nothing else is left; the process's umask is nobody's business."""
    path, nets, failures = tmp_path / "a.npz", [net2(rng=seed) for seed in range(3)], []
    before = os.umask(0o027)
    os.umask(0o027)

    def save(net):
        try:
            for _ in range(15):
                net.save(path)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=save, args=(net,)) for net in nets]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            # Here alone: NumPy reads a header by ast.literal_eval, which two threads disturb (python/cpython#106905).
            if path.exists():
                net2().load(path)
    finally:
        sys.setswitchinterval(interval)
        after = os.umask(before)
    loaded = net2()
    loaded.load(path)
    assert not failures and after == 0o027
    assert any(np.array_equal(loaded.theta, net.theta) for net in nets)
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


@row(45, "a name of 250 bytes")
def test_a_long_name_can_be_saved(tmp_path):
    path = tmp_path / ("n" * 246 + ".npz")
    net2().save(path)
    net2().load(path)


@row(23, "Mask_RCNN#1726")
def test_a_pickle_of_network_and_optimizer_goes_on_exactly():
    net, optimizer, rng = net2(norm=True), Adam(0.01), np.random.default_rng(0)
    fit(net, X, T, optimizer, epochs=3, rng=rng)
    again, its_optimizer, its_rng = pickle.loads(pickle.dumps((net, optimizer, rng)))
    fit(net, X, T, optimizer, epochs=3, rng=rng)
    fit(again, X, T, its_optimizer, epochs=3, rng=its_rng)
    assert same(state(net), state(again))


# What is left is usable, or says that it is not


def diverging(start=20):
    """An optimizer that goes well for a while, then throws θ far away."""

    class Jump(SGD):
        def __init__(self):
            super().__init__(0.05)
            self.taken = 0

        def update(self, theta, grad):
            super().update(theta, grad)
            self.taken += 1
            if self.taken > start:
                theta *= -1e200

    return Jump()


@row(2, "pytorch/pytorch#1206")
def test_a_network_put_back_after_a_divergence_trains_as_a_fresh_one():
    fresh, net = net2(norm=True), net2(norm=True)
    before = net.theta.copy()
    assert fit(net, X, T, diverging(), epochs=60).diverged
    assert all(np.isfinite(array).all() for array in running_statistics(net))
    net.theta[...] = before
    histories = [fit(one, X, T, SGD(0.05), epochs=5, validation=(X, T)) for one in (net, fresh)]
    assert histories[0] == histories[1] and not histories[0].diverged


@row(2, "keras-team/keras#9646")
def test_running_statistics_are_those_before_the_call_that_diverged():
    net = net2(norm=True)
    fit(net, X, T, SGD(0.05), epochs=2)
    before = running_statistics(net)
    history = fit(net, X, T, diverging(7), epochs=60, batch_size=10)
    assert history.diverged and len(history.loss) == 1
    assert same(running_statistics(net), before)


@row(2, "pytorch/pytorch#10008")
@pytest.mark.filterwarnings("ignore:(invalid value|overflow) encountered:RuntimeWarning")
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200], ids=str)
@pytest.mark.parametrize(
    "door",
    [
        lambda net, x: net.loss_and_grad(x, T),
        lambda net, x: net.forward(x, training=True),
        lambda net, x: net.layers[1].forward(net.layers[0].forward(x), training=True),
        lambda net, x: jacobian(net.layers[1], net.layers[0].forward(x)[:4], training=True),
        lambda net, x: check_gradient(net, x, T),
    ],
    ids=["loss_and_grad", "Network.forward", "BatchNorm.forward", "jacobian", "check_gradient"],
)
def test_running_statistics_never_take_what_is_not_finite(door, bad):
    net = net2(norm=True)
    net.loss_and_grad(X, T)
    before = running_statistics(net)
    x = X.copy()
    x[3, 1] = bad
    door(net, x)
    assert same(running_statistics(net), before)


@row(2, "a loss that is not finite, behind statistics that are")
def test_statistics_do_not_follow_a_batch_whose_loss_is_not_finite():
    net = Network(BatchNorm(2), Dense(2, 1), loss=MSE())
    before = running_statistics(net)
    net.layers[1].W[...] = 1e300
    with np.errstate(over="ignore", invalid="ignore"):
        assert net.loss_and_grad(X, X[:, :1]) == math.inf
    assert same(running_statistics(net), before)


@row(4, "scikit-learn#22150")
@pytest.mark.parametrize(("lr", "epochs", "dtype"), [(1e160, 1, float), (1e16, 1, np.float32), (1e30, 3, np.float32)])
def test_the_last_step_too_can_diverge(lr, epochs, dtype):
    """The loss was finite before it; what is measured after it is not, or θ is not."""
    net = Network(Dense(2, 16), ReLU(), Dense(16, 1), loss=MSE(), dtype=dtype)
    history = fit(net, X, X[:, :1], SGD(lr), epochs=epochs, batch_size=200, validation=(X, X[:, :1]))
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = net.forward(X)
        assert not (np.isfinite(outputs).all() and np.isfinite(np.square(outputs).sum()))
    assert history.diverged and all(np.isfinite(history.val_loss)) and len(history.val_loss) == len(history.loss)


@row(4, "scikit-learn#17925")
def test_a_theta_that_is_not_finite_is_a_divergence_even_where_outputs_hide_it():
    class Break(SGD):
        def update(self, theta, grad):
            theta[:2] = np.inf  # of a unit that ReLU keeps at 0

    net = Network(Dense(1, 2), ReLU(), Dense(2, 1), loss=MSE())
    net.theta[...] = 0
    history = fit(net, -np.ones((4, 1)), np.ones((4, 1)), Break(0.1), epochs=2)
    assert history.diverged and len(history.loss) == 0


@row(34, "keras#11786")
def test_validation_data_can_diverge_alone():
    net = Network(Dense(1, 1, init=nnlib.constant(1e200)), loss=MSE())
    net.layers[0].b = 0.0
    data = np.zeros((2, 1)), np.zeros((2, 1))
    history = fit(net, *data, SGD(0.1), epochs=3, validation=(np.full((2, 1), 1e10), data[1]))
    assert history.diverged and len(history.loss) == len(history.val_loss) == 0


@row(3, "garydoranjr/misvm#25")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_output_that_is_no_number_is_no_class(bad):
    net = net2()
    net.theta[-1] = bad
    for call in (lambda: net.predict(X), lambda: accuracy(net, X, T), lambda: accuracy(net, X, one_hot(T, 2))):
        with pytest.raises(ValueError, match="outputs must be finite"):
            call()


@row(11, "deeplearning4j#1021")
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_holds_no_data_of_the_last_batch(duplicate):
    """Whatever the layer, wherever it keeps it, trained, measured or predicted."""

    def kept(layer):
        return sorted(name for name, value in vars(duplicate(layer)).items() if value is not None)

    layers = [Dense(2, 8), BatchNorm(8), Tanh(), Dense(8, 4), ELU(), Sigmoid(), Identity(), Dense(4, 2, bias=False)]
    net = Network(*layers, loss=SoftmaxCrossEntropy(), penalty=L2(0.1))
    size, names = len(pickle.dumps(net)), [kept(layer) for layer in layers]
    many = np.random.default_rng(1).normal(size=(5000, 2))
    fit(net, X, T, Adam(), epochs=1)
    for use in (lambda: net.predict(many), lambda: net.loss_and_grad(many, np.zeros(5000, int))):
        use()
        assert abs(len(pickle.dumps(net)) - size) < 200
        twin = duplicate(net)
        assert [kept(layer) for layer in layers] == names
        assert not any(isinstance(v, np.ndarray) and len(v) == 5000 for a in twin.layers for v in vars(a).values())
        assert same(state(twin), state(net)) and np.array_equal(twin.forward(X), net.forward(X))
        with pytest.raises(ValueError, match="backward needs a forward before it"):
            duplicate(net).layers[0].backward(np.ones((2, 8)))


# Accuracy


THREE = (np.random.default_rng(2).normal(size=(80, 3)) > 0).astype(float)


def three_labels(**options):
    return Network(Dense(3, 3), Sigmoid(), loss=BinaryCrossEntropy(), **options)


def test_training_and_validation_are_measured_alike():
    """Rows kept for validation that happen to be one-hot are answers to three questions still."""
    x = np.random.default_rng(3).normal(size=(80, 3))
    one_hot_by_chance, mixed = np.eye(3)[np.arange(80) % 3], THREE
    for t, t_val in ((mixed, one_hot_by_chance), (one_hot_by_chance, mixed)):
        net = three_labels()
        history = fit(net, x, t, Adam(), epochs=1, validation=(x, t_val))
        entries = [np.mean((net.predict_proba(x) > 0.5) == (targets > 0.5)) for targets in (t, t_val)]
        assert [history.accuracy[0], history.val_accuracy[0]] == pytest.approx(entries)


def test_each_data_set_has_the_accuracy_that_it_has_alone():
    """Labels and soft rows side by side; rows of 0 and 1 alone are read in one way, as above."""
    x, labels, soft = THREE, np.arange(80) % 3, np.full((80, 3), 1 / 3)
    for t, t_val in ((labels, soft), (soft, labels), (np.eye(3)[labels], soft), (labels, np.eye(3)[labels])):
        net = Network(Dense(3, 3), loss=SoftmaxCrossEntropy())
        history = fit(net, x, t, Adam(), epochs=1, validation=(x, t_val))
        found = [history.accuracy[0], history.val_accuracy[0]]
        assert found == pytest.approx([accuracy(net, x, t), accuracy(net, x, t_val)], nan_ok=True)
        assert np.isnan(found).tolist() == [t is soft, t_val is soft]


@row(5, "Keras-Multi-Label-Image-Classification#1")
@pytest.mark.parametrize(
    "t",
    [THREE, 0 * THREE, 0 * THREE + 1, THREE[:, :1], 0 * THREE[:, :1] + 1],
    ids=["mixed", "none", "all", "one column", "one column, all"],
)
def test_independent_labels_count_entry_by_entry(t):
    net = Network(Dense(3, t.shape[1]), Sigmoid(), loss=BinaryCrossEntropy())
    x = 2 * THREE - 1 + 0.3 * np.random.default_rng(3).normal(size=(80, 3))
    history = fit(net, x, t, Adam(0.02), epochs=3, validation=(x[:30], t[:30]), batch_size=7)
    by_hand = ((net.forward(x) > 0.5) == (t == 1)).mean()
    assert history.accuracy[-1] == pytest.approx(by_hand) == accuracy(net, x, t)
    assert history.val_accuracy[-1] == pytest.approx(((net.forward(x[:30]) > 0.5) == (t[:30] == 1)).mean())
    assert 0 < by_hand < 1 or t.min() == t.max()


@row(5, "fdlm/chordrec#1")
def test_grey_targets_have_no_accuracy():
    grey = np.random.default_rng(3).uniform(size=(20, 3))
    net = three_labels()
    history = fit(net, grey, grey, Adam(), epochs=2, validation=(grey, grey))
    assert np.isnan(history.accuracy).all() and np.isnan(history.val_accuracy).all()
    assert math.isnan(accuracy(net, grey, grey))


@row(5, "one-hot rows under BinaryCrossEntropy are classes")
def test_one_hot_rows_count_row_by_row():
    net = three_labels()
    labels = np.arange(80) % 3
    history = fit(net, THREE, one_hot(labels, 3), Adam(), epochs=1)
    assert history.accuracy[-1] == (net.forward(THREE).argmax(axis=1) == labels).mean()
    assert accuracy(net, THREE, one_hot(labels, 3)) == accuracy(net, THREE, labels) == history.accuracy[-1]
    assert accuracy(net, THREE, one_hot(labels, 3) == 1) == history.accuracy[-1]  # booleans are 0 and 1


# Reports about fit and History


@row(12, "python-attrs/attrs#435")
def test_histories_can_be_compared():
    one, same_again, other = (fit(net2(), X, T, SGD(lr), epochs=2) for lr in (0.1, 0.1, 0.2))
    assert one == same_again and one != other and same_again in [other, one] and one not in [other]
    assert History() == History() and History() != History(diverged=True) and one != 3
    regression = [fit(Network(Dense(2, 2), loss=MSE()), X, X, SGD(0.1), epochs=2) for _ in range(2)]
    assert np.isnan(regression[0].accuracy).all() and regression[0] == regression[1]
    assert one != History(one.loss[:1], one.accuracy[:1])
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


@row(20, "tensorflow#50494")
def test_one_hot_takes_the_memory_of_its_result():
    tracemalloc.start()
    rows = one_hot([0, 1, 2], 5000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows.nbytes == 120_000 and peak < 2 * rows.nbytes


@row(21, "UniRL#223")
@pytest.mark.parametrize("optimizer", [SGD(0.05, 0.5), nnlib.Nesterov(0.05, 0.5), AdaGrad(0.05), RMSProp(0.05), Adam()])
def test_a_schedule_may_end_at_0(optimizer):
    net, thetas = net2(), []

    def cosine(epoch, net, history):
        thetas.append(net.theta.copy())
        optimizer.lr = 0.05 * (1 + math.cos(math.pi * (epoch + 1) / 4)) if epoch < 4 else 0

    history = fit(net, X, T, optimizer, epochs=6, on_epoch=cosine)
    assert optimizer.lr == 0 and len(history.loss) == 6
    assert not np.array_equal(thetas[0], thetas[3]) and np.array_equal(thetas[4], thetas[5])


@row(24, "pytorch#5627")
def test_one_generator_continues_a_run():
    whole, parts = net2(norm=True), net2(norm=True)
    optimizers = Adam(0.01), Adam(0.01)
    history = fit(whole, X, T, optimizers[0], epochs=4, rng=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    halves = [fit(parts, X, T, optimizers[1], epochs=2, rng=rng) for _ in range(2)]
    assert same(state(whole), state(parts))
    assert np.array_equal(history.loss, np.concatenate([half.loss for half in halves]))


@row(25, "keras#2161")
@pytest.mark.parametrize("true", [True, np.True_], ids=["True", "NumPy's"])
def test_on_epoch_can_end_the_training(true):
    calls = []

    def stop(epoch, net, history):
        calls.append(epoch)
        return true if epoch == 2 else (None, False, np.False_, 1, "go on")[epoch % 5]

    history = fit(net2(), X, T, SGD(0.1), epochs=9, validation=(X, T), on_epoch=stop)
    assert calls == [0, 1, 2] and not history.diverged
    assert len(history.loss) == len(history.val_accuracy) == 3


@row(25, "tensorflow#35634")
def test_other_answers_of_on_epoch_go_on():
    """Truth that was not meant as such: a number, a text, an array."""
    answers = iter([1, "done", np.ones(3), [0], np.False_])
    assert len(fit(net2(), X, T, SGD(0.1), epochs=5, on_epoch=lambda *_: next(answers)).loss) == 5


@row(10, "keras#2161")
def test_on_epoch_is_checked_before_the_first_step():
    net, optimizer = net2(norm=True), Adam()
    before = state(net)
    with pytest.raises(TypeError, match="on_epoch must be a function"):
        fit(net, X, T, optimizer, epochs=2, on_epoch="plot")
    assert same(state(net), before) and not hasattr(optimizer, "m")


@pytest.mark.parametrize(
    "answer",
    [lambda *_: None, functools.partial(lambda *_: None, 1), unittest.mock.Mock(), slice],
    ids=["any number", "partial", "a class's call", "a built-in whose parameters nobody knows"],
)
def test_whatever_can_be_called_so_may_be_on_epoch(answer):
    assert len(fit(net2(), X, T, Adam(), epochs=2, on_epoch=answer).loss) == 2


@row(26, "keras#12511")
def test_a_deepcopy_keeps_the_best_network_and_theta_alone_does_not():
    best = []
    net = net2(norm=True)
    fit(net, X, T, Adam(0.05), epochs=5, on_epoch=lambda epoch, net, history: best.append(copy.deepcopy(net)))
    fit(net, 3 * X + 7, T, Adam(0.05), epochs=5)
    assert np.array_equal(best[-1].predict_proba(X), best[-1].predict_proba(X))
    assert not same(running_statistics(best[-1]), running_statistics(net))
    assert "deepcopy" in Network.__doc__


@row("22-29", "frictions that stay say so")
@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (nnlib.Optimizer, "belongs to the vector of its first step"),  # 22
        (Network.save, "nor does an optimizer"),  # 23
        (fit, "pass one generator to both"),  # 24
        (Network, "Running statistics are no part of them"),  # 26
        (Network.load, "Whether activations are the same, a file cannot tell"),  # 27
        (Network, "initialized anew, those of a trained layer's copy too"),  # 28
        (Network, "Two networks with the same seed (0, if none is given) start alike"),  # 29
        (numerical_jacobian, "an f that rounds to float32 inside spoils it"),  # 31
        (Network, "where underflow is made to raise, it raises here"),  # 33
        (History, "hold the epochs finished before"),  # 34
        (Network, "a layer belongs to one network only"),  # 48
    ],
    ids=lambda v: v[:20] if isinstance(v, str) else v.__qualname__,
)
def test_a_friction_that_stays_is_documented(thing, words):
    assert " ".join(words.split()) in " ".join(thing.__doc__.split())


@row(33, "HIPS/autograd#110")
def test_fit_tolerates_underflow_where_the_reader_made_it_an_error():
    big = 1e3 * X
    with np.errstate(all="raise"):
        for layers, loss, t in (
            ((Dense(2, 8), Sigmoid(), Dense(8, 2), Softmax()), CrossEntropy(), T),
            ((Dense(2, 8), ReLU(), Dense(8, 2)), SoftmaxCrossEntropy(), T),
            ((Dense(2, 8), BatchNorm(8), ELU(), Dense(8, 1), Sigmoid()), BinaryCrossEntropy(), T[:, None]),
        ):
            net = Network(*layers, loss=loss, penalty=L2(1e-3))
            assert len(fit(net, big, t, Adam(), epochs=2, validation=(big, t)).loss) == 2


# Numbers


@row(30, "scipy#6026")
@pytest.mark.parametrize("v", [1e-8, 1.0, 1e3, 1e8, 1e10, 1e11, -1e11, 1e100])
def test_the_step_of_a_numerical_derivative_grows_with_x(v):
    assert numerical_jacobian(np.square, np.array([v])) == pytest.approx(np.array([[2 * v]]), rel=1e-8, abs=1e-15)
    close(
        numerical_jacobian(np.square, np.array([v, 1.0])) / [[abs(v)], [1]],
        np.array([[2 * np.sign(v), 0], [0, 2]]),
        1e-7,
    )


@row(31, "pytorch#8659")
def test_a_numerical_derivative_steps_in_float64_whatever_x_is():
    x = np.array([0.3, -2.0], np.float32)
    seen = []
    J = numerical_jacobian(lambda v: seen.append(v.dtype) or v**3, x)
    assert set(seen) == {np.dtype(float)} and J.dtype == float
    close(J, np.diag(3 * x.astype(float) ** 2), 1e-8)


@row(38, "pytorch#7455")
@pytest.mark.parametrize("k", [3, 10, 1000])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_soft_labels_of_any_precision_are_rows_of_probabilities(dtype, k):
    p = np.random.default_rng(0).dirichlet(np.ones(k), 20)
    z = np.random.default_rng(1).normal(size=(20, k))
    soft = p.astype(dtype)
    exact = SoftmaxCrossEntropy()(z, p)
    assert SoftmaxCrossEntropy()(z, soft) == pytest.approx(exact, rel=2e-3)
    assert SoftmaxCrossEntropy()(z.astype(np.float32), soft) == pytest.approx(exact, rel=2e-3)
    assert CrossEntropy()(soft, np.zeros(20, int)) == pytest.approx(CrossEntropy()(p, np.zeros(20, int)), rel=2e-3)


@row(39, "pytorch#68655")
def test_booleans_are_targets_wherever_numbers_are_but_no_labels():
    rows = np.eye(2, dtype=bool)[T]
    assert net2().loss_and_grad(X, rows) == pytest.approx(net2().loss_and_grad(X, T), rel=1e-12)
    p = np.full((60, 2), 0.3)
    assert BinaryCrossEntropy()(p, rows) == BinaryCrossEntropy()(p, rows * 1.0)
    for call in (
        lambda: net2().loss_and_grad(X, T == 1),
        lambda: one_hot(T == 1, 2),
        lambda: accuracy(net2(), X, T == 1),
    ):
        with pytest.raises(TypeError, match=r"expected integers as labels, got bool"):
            call()


@row(40, "half precision")
@pytest.mark.parametrize("make", [Identity, Sigmoid, Tanh, ReLU, ELU, Softmax, nnlib.LeakyReLU])
def test_half_precision_is_computed_in_double(make):
    x = np.array([[12, 30], [-12, 300]], np.float16)
    layer = make()
    y = layer.forward(x)
    assert y.dtype == float and np.array_equal(y, make().forward(x.astype(float)))
    assert layer.backward(np.ones((2, 2), np.float16)).dtype == float
    large = np.full((2, 2), 300, np.float16)
    assert MSE()(large, 0 * large) == 90_000 and SquaredError()(large, -large) == 360_000


@row(41, "numpy#27771")
def test_a_random_state_works_or_is_refused_by_name():
    """From NumPy 2.2 on it is taken."""
    old = np.random.RandomState(0)
    if np.lib.NumpyVersion(np.__version__) >= "2.2.0":
        assert np.abs(Network(Dense(2, 2), loss=MSE(), rng=old).theta).max() > 0
    else:
        with pytest.raises(TypeError, match=r"^Network: rng must be a numpy.random.Generator or a seed"):
            Network(Dense(2, 2), loss=MSE(), rng=old)


@row(42, "Adam's eps in low precision")
@pytest.mark.parametrize("make", [AdaGrad, RMSProp, Adam])
def test_the_smallest_eps_divides_zeros_by_more_than_zero(make):
    optimizer = make(lr=0.1, eps=1e-30)
    theta = np.ones(2, np.float32)
    if make is Adam:
        optimizer.beta2 = np.nextafter(1, 0)
    for _ in range(3):
        optimizer.step(theta, np.zeros(2, np.float32))
    assert (theta == 1).all()


@row(42, "BatchNorm's eps in low precision")
def test_the_smallest_eps_normalizes_a_constant_column():
    net = Network(BatchNorm(2, eps=1e-30), loss=MSE(), dtype=np.float32)
    assert net.loss_and_grad(np.ones((4, 2)), np.zeros((4, 2))) == 0
    assert np.isfinite(net.grad).all()


@row(47, "numbers of NumPy are numbers")
def test_numpy_s_scalars_are_taken_as_numbers():
    net = Network(
        Dense(np.int64(2), np.uint8(3)), BatchNorm(np.int32(3), np.float32(0.5)), loss=MSE(), penalty=L2(np.float32(0))
    )
    history = fit(net, X, np.ones((60, 3)), SGD(np.float64(0.1)), epochs=np.int16(2), batch_size=np.int64(20))
    assert len(history.loss) == 2 and one_hot([1], np.int64(2)).shape == (1, 2)


@row(44, "a coefficient may change between steps")
def test_hyper_parameters_may_change_within_their_range():
    adam = Adam()
    adam.beta1, adam.beta2, adam.eps, adam.lr = 0, 0.5, 1e-4, 0
    assert (adam.beta1, adam.beta2, adam.eps, adam.lr) == (0, 0.5, 1e-4, 0)
    adam.step(np.ones(2), np.ones(2))


# Indices, however wide


class Strict(np.ndarray):
    """An array that refuses indices which a system with another width of index would."""

    def take(self, indices, *args, **kwargs):
        assert np.asarray(indices).dtype == np.intp
        return super().take(indices, *args, **kwargs)

    def put(self, indices, *args, **kwargs):
        assert np.asarray(indices).dtype == np.intp
        return super().put(indices, *args, **kwargs)

    def __getitem__(self, key):
        for part in key if isinstance(key, tuple) else (key,):
            assert not isinstance(part, np.ndarray) or part.dtype in (np.intp, bool)
        return super().__getitem__(key)


INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64, ">i8", "<i8"]


@row("32 bits", "TypeError: cannot cast array data from int64 to int32")
@pytest.mark.parametrize("dtype", INTEGERS, ids=lambda d: str(np.dtype(d)))
def test_labels_of_any_width_become_indices(dtype):
    labels, y = T.astype(dtype), np.random.default_rng(0).dirichlet(np.ones(2), 60)
    for loss in (SoftmaxCrossEntropy(), CrossEntropy()):
        t = loss.check_targets(labels, (60, 2), np.dtype(float))
        assert t.dtype == np.intp and t.dtype.isnative
        value, gradient = loss.f(y.view(Strict), t)
        expected = loss.value_and_grad(y, one_hot(T, 2))
        assert value == pytest.approx(expected[0]) and np.asarray(gradient) == pytest.approx(expected[1])
    assert np.array_equal(one_hot(labels, 2), one_hot(T, 2))
    assert accuracy(net2(), X, labels) == accuracy(net2(), X, T)
    # Exactly K, far above it, and (unsigned: huge) −1.
    for wrong in (labels + np.array(1, dtype), labels + np.array(100, dtype), labels - np.array(1, dtype)):
        with pytest.raises(ValueError, match=r"labels in 0\.\.1"):
            SoftmaxCrossEntropy()(y, wrong)


@row("32 bits", "places of a batch, and classes, are indices")
def test_batches_and_classes_are_indices_too():
    from nnlib.training import shuffled

    batches = list(shuffled(X.view(Strict), T.view(Strict), 7, np.random.default_rng(0)))
    assert sum(len(x) for x, _ in batches) == 60
    assert net2().predict(X).dtype == three_labels().predict(THREE).dtype == np.intp
    one = Network(Dense(2, 1), Sigmoid(), loss=BinaryCrossEntropy())
    assert one.predict(X).dtype == np.intp


@row(53, "keras#2450")
@pytest.mark.parametrize("value", [2**63, 2**64 - 1])
def test_a_huge_label_is_named_as_it_is(value):
    with pytest.raises(ValueError, match=f"got values from 0 to {value}$"):
        one_hot(np.array([0, value], np.uint64), 3)


@row(55, "scikit-learn#25165")
def test_data_of_any_layout_give_the_same_loss_to_the_digit():
    expected = net2().loss_and_grad(X, T)
    frozen = X.copy()
    frozen.flags.writeable = False
    for x in (
        X.tolist(),
        np.asfortranarray(X),
        X[::-1][::-1],
        np.repeat(X, 2, axis=1)[:, ::2],
        frozen,
        X.astype(">f8"),
    ):
        assert net2().loss_and_grad(x, T) == expected
    batches = [minibatches(x, T, 60, 0) for x in (X, X.tolist(), frozen)]
    assert len({next(b)[0].tobytes() for b in batches}) == 1
