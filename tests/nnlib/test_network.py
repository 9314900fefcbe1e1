"""The network: flat views, gradients of whole chains, prediction, files, copies."""

import copy
import itertools
import pickle
import re
from decimal import Decimal, getcontext

import numpy as np
import pytest
from helpers import assert_views, close, differences, off_kinks, parameters, running_statistics, same, state

import nnlib
from nnlib import (
    ELU,
    L1,
    L2,
    MSE,
    SGD,
    Adam,
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
    check_gradient,
)


def classifier(rng=0, dtype=float, penalty=None):
    """3-4-2 with BatchNorm, its running statistics and every parameter away from where they start."""
    layers = Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2)
    net = Network(*layers, loss=SoftmaxCrossEntropy(), penalty=penalty, rng=rng, dtype=dtype)
    net.theta[...] += 0.1 * np.cos(np.arange(net.n_params))
    net.forward(np.random.default_rng(7).normal(1, 2, (8, 3)), training=True)
    return net


X = np.random.default_rng(1).normal(size=(6, 3))
T = np.array([0, 1, 1, 0, 1, 0])


# Flat vectors.


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_theta_and_grad_are_one_vector_each(dtype):
    net = classifier(dtype=dtype)
    assert net.theta.shape == net.grad.shape == (net.n_params,) == (3 * 4 + 4 + 4 + 4 + 4 * 2 + 2,)
    assert net.theta.dtype == net.grad.dtype == dtype
    assert_views(net)
    for layer, name, dname in parameters(net):
        assert np.shares_memory(getattr(layer, name), net.theta)
        assert np.shares_memory(getattr(layer, dname), net.grad)


def duplicates():
    yield "deepcopy", copy.deepcopy
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield f"pickle {protocol}", lambda net, p=protocol: pickle.loads(pickle.dumps(net, p))
    yield "deepcopy of a copy", lambda net: copy.deepcopy(copy.deepcopy(net))


@pytest.mark.parametrize(("name", "duplicate"), list(duplicates()), ids=lambda v: v if isinstance(v, str) else "")
def test_copies_keep_the_views_and_share_nothing(name, duplicate):
    net = classifier(penalty=L2(0.1))
    net.loss_and_grad(X, T)
    before = state(net)
    twin = duplicate(net)
    assert same(state(twin), before)
    assert np.array_equal(twin.forward(X), net.forward(X))
    assert_views(twin)
    for theirs, ours in zip(state_arrays(twin), state_arrays(net), strict=True):
        assert not np.shares_memory(theirs, ours)
    twin.loss_and_grad(2 * X, T)
    twin.theta[...] -= twin.grad
    assert same(state(net), before)
    assert twin.loss_and_grad(X, T) != net.loss_and_grad(X, T)


def state_arrays(net):
    """The arrays themselves."""
    return [net.theta, net.grad, net.layers[1].running_mean, net.layers[1].running_var]


def test_a_copy_trains_as_the_original_does():
    net = classifier()
    twin = copy.deepcopy(net)
    for one in (net, twin):
        optimizer = Adam(0.01)
        for _ in range(5):
            one.loss_and_grad(X, T)
            optimizer.step(one.theta, one.grad)
    assert same(state(net), state(twin))


def test_a_layer_of_a_copied_network_still_belongs_to_it():
    twin = copy.deepcopy(classifier())
    with pytest.raises(ValueError, match="Dense"):
        Network(twin.layers[0], loss=SquaredError())


def test_nothing_rebinds_theta_and_grad(tmp_path):
    net = classifier()
    theta, grad = net.theta, net.grad
    net.loss_and_grad(X, T)
    SGD(0.1, momentum=0.5).step(net.theta, net.grad)
    nnlib.fit(net, X, T, Adam(), epochs=2, batch_size=3)
    check_gradient(net, X, T)
    net.save(tmp_path / "net.npz")
    net.load(tmp_path / "net.npz")
    net.predict(X)
    assert net.theta is theta and net.grad is grad
    assert_views(net)


@pytest.mark.parametrize("name", ["theta", "grad"])
def test_assigning_theta_or_grad_is_refused_or_written_in_place(name):
    net = classifier()
    kept = getattr(net, name)
    with pytest.raises(AttributeError, match=name):
        setattr(net, name, np.zeros(net.n_params))
    assert getattr(net, name) is kept
    net.theta -= 0.5  # augmented assignment writes in place, so it may stay
    assert_views(net)


def test_assigning_a_parameter_keeps_the_view():
    net = classifier()
    net.layers[0].W = np.full((3, 4), 2.0)
    net.layers[0].b = 3.0
    assert_views(net)
    assert (net.theta == 2).sum() == 12 and (net.theta == 3).sum() == 4


# Gradients of whole networks.

ACTIVATIONS = [Identity, Sigmoid, Tanh, ReLU, LeakyReLU, lambda: LeakyReLU(0.3), ELU, lambda: ELU(0.5), Softmax]
LOSSES = [
    ("SquaredError", SquaredError, lambda: (), "real"),
    ("MSE", MSE, lambda: (), "real"),
    ("SoftmaxCrossEntropy labels", SoftmaxCrossEntropy, lambda: (), "label"),
    ("SoftmaxCrossEntropy rows", SoftmaxCrossEntropy, lambda: (), "row"),
    ("CrossEntropy labels", CrossEntropy, lambda: (Softmax(),), "label"),
    ("CrossEntropy rows", CrossEntropy, lambda: (Softmax(),), "row"),
    ("BinaryCrossEntropy", BinaryCrossEntropy, lambda: (Sigmoid(),), "row"),
]
PENALTIES = [lambda: None, lambda: L1(0.05), lambda: L2(0.05)]


# Layers between them keep any three of activation, loss, penalty and BatchNorm from meeting: every two do below.
COMBINATIONS = [
    (activation, loss, PENALTIES[(a + b) % 3], bool((a + b + b // 3) % 2))
    for a, activation in enumerate(ACTIVATIONS)
    for b, loss in enumerate(LOSSES)
]


def test_every_two_parts_of_a_network_meet():
    for i, j in itertools.combinations(range(4), 2):
        parts = [{id(combination[k]) for combination in COMBINATIONS} for k in (i, j)]
        met = {(id(combination[i]), id(combination[j])) for combination in COMBINATIONS}
        assert met == set(itertools.product(*parts))
    assert [len({id(c[k]) for c in COMBINATIONS}) for k in range(4)] == [9, 7, 3, 2]


@pytest.mark.parametrize(
    ("activation", "loss", "penalty", "norm"),
    COMBINATIONS,
    ids=[f"{a()}-{b[0]}-{c()}-{'BatchNorm' if d else 'plain'}" for a, b, c, d in COMBINATIONS],
)
def test_check_gradient_of_every_pair(activation, loss, penalty, norm):
    _, make_loss, head, kind = loss
    first = (Dense(3, 4), BatchNorm(4)) if norm else (Dense(3, 4),)
    net = Network(*first, activation(), Dense(4, 3), *head(), loss=make_loss(), penalty=penalty(), rng=3)
    rng = np.random.default_rng(5)
    net.theta[...] = off_kinks(rng, net.n_params, 0.2) / 2  # no zero biases, no weight at L1's kink
    x = rng.normal(size=(7, 3))
    rows = rng.dirichlet(np.ones(3), 7)
    t = {"real": rng.normal(size=(7, 3)), "label": rng.integers(0, 3, 7), "row": rows}[kind]
    before = state(net)
    error = check_gradient(net, x, t)
    assert same(state(net), before)
    assert 0 <= error <= 1e-6
    net.loss_and_grad(x, t)
    alive = net.grad if not norm else np.delete(net.grad, np.arange(12, 16))  # a bias before BatchNorm is dead
    assert np.abs(alive).max() > 1e-3
    assert norm or activation in (ReLU, Softmax) or (alive != 0).all()


def test_a_bias_before_batch_norm_is_dead():
    net = classifier()
    net.loss_and_grad(X, T)
    assert np.abs(net.layers[0].db).max() < 1e-15 < np.abs(net.layers[0].dW).max()


def test_loss_and_grad_by_the_tests_own_differences():
    net = classifier(penalty=L2(0.1))
    net.loss_and_grad(X, T)
    analytic = net.grad.copy()
    close(analytic, differences(lambda: net.loss_and_grad(X, T), net.theta))


def test_loss_and_grad_returns_the_training_loss_with_the_penalty():
    for penalty, formula in ((L1(0.5), lambda w: 0.5 * np.abs(w).sum()), (L2(0.25), lambda w: 0.25 * (w**2).sum())):
        net = classifier(penalty=penalty)
        bare = SoftmaxCrossEntropy()(net.forward(X, training=True), T)
        weights = sum(formula(net.layers[i].W) for i in (0, 3))
        value = net.loss_and_grad(X, T)
        assert value == pytest.approx(bare + weights, rel=1e-14) and type(value) is float


def test_loss_and_grad_does_not_accumulate():
    net = classifier(penalty=L1(0.1))
    net.loss_and_grad(X, T)
    first = net.grad.copy()
    net.loss_and_grad(X, T)
    assert np.array_equal(net.grad, first)


def test_loss_and_grad_trains_the_running_statistics_and_forward_does_not():
    net = classifier()
    before = running_statistics(net)
    net.forward(X)
    net.predict(X)
    net.predict_proba(X)
    assert same(running_statistics(net), before)
    net.loss_and_grad(X, T)
    assert not any(np.array_equal(a, b) for a, b in zip(running_statistics(net), before, strict=True))


def test_gradient_of_a_batch_is_the_mean_of_its_samples():
    net = Network(Dense(3, 4), Tanh(), Dense(4, 2), loss=SoftmaxCrossEntropy(), rng=1)
    mean = np.zeros(net.n_params)
    for i in range(6):
        net.loss_and_grad(X[i : i + 1], T[i : i + 1])
        mean += net.grad / 6
    net.loss_and_grad(X, T)
    close(net.grad, mean, 1e-13)


def test_mazur():
    """Matt Mazur's 2-2-2 example to ten digits, against his figures and against 40-digit decimals.

    https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/ keeps the biases as they are.
    """
    getcontext().prec = 40
    d = Decimal
    w = [d(s) for s in (".15", ".20", ".25", ".30", ".40", ".45", ".50", ".55")]
    b1, b2, x1, x2, t1, t2, rate = (d(s) for s in (".35", ".60", ".05", ".10", ".01", ".99", ".5"))

    def sigmoid(v):
        return 1 / (1 + (-v).exp())

    h1, h2 = sigmoid(w[0] * x1 + w[1] * x2 + b1), sigmoid(w[2] * x1 + w[3] * x2 + b1)
    o1, o2 = sigmoid(w[4] * h1 + w[5] * h2 + b2), sigmoid(w[6] * h1 + w[7] * h2 + b2)
    error = ((o1 - t1) ** 2 + (o2 - t2) ** 2) / 2
    d1, d2 = (o1 - t1) * o1 * (1 - o1), (o2 - t2) * o2 * (1 - o2)
    e1 = (d1 * w[4] + d2 * w[6]) * h1 * (1 - h1)
    e2 = (d1 * w[5] + d2 * w[7]) * h2 * (1 - h2)
    slopes = [e1 * x1, e1 * x2, e2 * x1, e2 * x2, d1 * h1, d1 * h2, d2 * h1, d2 * h2]
    updated = [float(a - rate * s) for a, s in zip(w, slopes, strict=True)]
    published = [0.149780716, 0.19956143, 0.24975114, 0.29950229, 0.35891648, 0.408666186, 0.511301270, 0.561370121]

    hidden, output = Dense(2, 2), Dense(2, 2)
    net = Network(hidden, Sigmoid(), output, Sigmoid(), loss=SquaredError())
    hidden.W[...], hidden.b[...] = [[0.15, 0.25], [0.20, 0.30]], 0.35
    output.W[...], output.b[...] = [[0.40, 0.50], [0.45, 0.55]], 0.60
    value = net.loss_and_grad(np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]]))
    hidden.db[...] = output.db[...] = 0  # as he does
    SGD(0.5).step(net.theta, net.grad)
    weights = [*hidden.W.T.ravel(), *output.W.T.ravel()]

    assert value == pytest.approx(float(error), rel=1e-14)
    assert f"{value:.9f}" == "0.298371109"
    assert weights == pytest.approx(updated, rel=1e-10, abs=0)
    assert weights == pytest.approx(published, abs=6e-9)
    assert (hidden.b == 0.35).all() and (output.b == 0.60).all()


# Randomness.


def test_same_seed_same_theta_bit_for_bit():
    def theta(rng):
        return Network(Dense(3, 4), ReLU(), Dense(4, 2, init=nnlib.he), loss=MSE(), rng=rng).theta

    assert np.array_equal(theta(5), theta(5))
    assert np.array_equal(theta(5), theta(np.random.default_rng(5)))
    assert not np.array_equal(theta(5), theta(6))
    assert np.array_equal(Network(Dense(3, 4), loss=MSE()).theta, Network(Dense(3, 4), loss=MSE(), rng=0).theta)
    generator = np.random.default_rng(5)
    assert not np.array_equal(theta(generator), theta(generator))  # one stream goes on


def test_layers_do_not_start_alike():
    net = Network(Dense(3, 3), Dense(3, 3), loss=MSE(), rng=0)
    assert not np.array_equal(net.layers[0].W, net.layers[1].W)


def test_the_global_state_is_never_used():
    before = np.random.get_state()  # noqa: NPY002
    net = classifier()
    nnlib.fit(net, X, T, SGD(0.1), epochs=2, batch_size=2)
    after = np.random.get_state()  # noqa: NPY002
    assert np.array_equal(before[1], after[1]) and before[2:] == after[2:]


# Prediction.


def echo(loss):
    """A network whose outputs are its inputs."""
    return Network(Identity(), loss=loss)


def test_predict_is_the_index_of_the_largest_output():
    x = np.array([[1.0, 3.0, 2.0], [5.0, 4.0, -1.0], [0.0, 0.0, 0.1]])
    for loss in (SquaredError(), MSE(), SoftmaxCrossEntropy(), BinaryCrossEntropy(), CrossEntropy()):
        labels = echo(loss).predict(x)
        assert labels.tolist() == [1, 0, 2] and labels.shape == (3,) and labels.dtype.kind == "i"


@pytest.mark.parametrize("loss", [SquaredError(), MSE(), BinaryCrossEntropy()], ids=str)
def test_predict_of_one_output_is_whether_it_exceeds_one_half(loss):
    half = 0.5
    x = np.array([[0.0], [half], [np.nextafter(half, 1)], [np.nextafter(half, 0)], [1.0], [-3.0], [7.0]])
    labels = echo(loss).predict(x)
    assert labels.tolist() == [0, 0, 1, 0, 1, 0, 1] and labels.dtype.kind == "i"


def test_predict_proba():
    x = np.array([[0.0, np.log(3)], [1e4, -1e4]])
    assert echo(SoftmaxCrossEntropy()).predict_proba(x) == pytest.approx(np.array([[0.25, 0.75], [1, 0]]))
    for loss in (SquaredError(), MSE(), BinaryCrossEntropy(), CrossEntropy()):
        assert np.array_equal(echo(loss).predict_proba(x), x)


def test_prediction_uses_the_running_statistics_row_by_row():
    """A row's answer does not depend on the rows beside it, and one image alone has an answer."""
    net = classifier()
    together = net.predict_proba(X)
    alone = np.vstack([net.predict_proba(row[None]) for row in X])
    assert alone == pytest.approx(together, rel=1e-12)
    assert np.ptp(together[:, 0]) > 0.01
    far = 5 * np.random.default_rng(8).normal(size=(40, 3))
    labels = [int(net.predict(row[None])[0]) for row in far]
    assert labels == net.predict(far).tolist() == net.predict_proba(far).argmax(axis=1).tolist()
    assert set(labels) == {0, 1}


def test_forward_results_do_not_alias():
    for net in (classifier(), Network(Dense(3, 3), loss=SquaredError()), echo(MSE())):
        first = net.forward(X)
        held = first.copy()
        second = net.forward(X)
        net.forward(-X, training=True)
        assert not np.shares_memory(first, second) and not np.shares_memory(first, X)
        assert np.array_equal(first, held)


def test_float32_stays_float32_throughout():
    net = classifier(dtype=np.float32, penalty=L1(0.01))
    assert net.forward(X).dtype == net.predict_proba(X).dtype == np.float32
    nnlib.fit(net, X, T, Adam(), epochs=2, batch_size=4)
    for array in (net.theta, net.grad, *running_statistics(net), net.layers[0].W, net.layers[1].dgamma):
        assert array.dtype == np.float32
    for layer in net.layers:
        assert layer.forward(np.ones((4, getattr(layer, "n_in", None) or 4), np.float32)).dtype == np.float32
    for make in (Identity, Sigmoid, Tanh, ReLU, LeakyReLU, ELU, Softmax):
        small = Network(Dense(3, 2), make(), loss=MSE(), dtype=np.float32)
        assert small.forward(X).dtype == np.float32
        assert small.layers[1].backward(np.ones((6, 2), np.float32)).dtype == np.float32


def test_float32_gradients_agree_with_float64():
    for loss, head, t in (
        (SoftmaxCrossEntropy, (), T),
        (CrossEntropy, (Softmax,), T),
        (BinaryCrossEntropy, (Sigmoid,), np.eye(2)[T]),
        (MSE, (), np.eye(2)[T]),
    ):
        grads = []
        for dtype in (np.float64, np.float32):
            net = Network(
                Dense(3, 4),
                BatchNorm(4),
                ELU(),
                Dense(4, 2),
                *(h() for h in head),
                loss=loss(),
                penalty=L2(0.1),
                dtype=dtype,
            )
            net.loss_and_grad(X, t)
            grads.append(net.grad)
        assert grads[1].dtype == np.float32
        close(grads[1].astype(float), grads[0], 1e-5)


def test_x_of_any_real_type_is_cast():
    net = Network(Dense(2, 1, init=nnlib.constant(0.5)), loss=MSE())
    for x in ([[1, 2]], np.array([[1, 2]], np.int8), np.array([[1, 2]], np.float32), np.asfortranarray([[1.0, 2.0]])):
        assert net.forward(x).tolist() == [[1.5]]
    assert net.forward(np.array([[True, False]])).tolist() == [[0.5]]
    strided = np.arange(12.0).reshape(2, 6)[:, ::3]
    assert net.forward(strided).tolist() == [[1.5], [7.5]]


# The summary.


@pytest.mark.parametrize(
    "layers",
    [
        lambda: (Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2, bias=False), Softmax()),
        lambda: (
            Dense(64, 32),
            BatchNorm(32),
            ReLU(),
            Dense(32, 16),
            BatchNorm(16),
            ReLU(),
            Dense(16, 10),
            BatchNorm(10),
        ),
        lambda: (ReLU(),),
    ],
)
def test_summary_adds_up(layers):
    layers = layers()
    net = Network(*layers, loss=SquaredError())
    lines = [line for line in net.summary().splitlines() if line.strip(" -=─")]
    _, *rows, total = lines

    def count(line):
        return int(re.search(r"([\d,]+)\s*$", line)[1].replace(",", ""))

    assert len(rows) == len(layers)
    for row, layer in zip(rows, layers, strict=True):
        assert type(layer).__name__ in row
        assert count(row) == sum(getattr(one, name).size for one, name, _ in parameters(net) if one is layer)
    assert sum(map(count, rows)) == count(total) == net.n_params
    for shape in ("(3, 4)", "(4, 2)") if len(layers) == 5 else ():
        assert shape in net.summary()


def test_the_digits_network_has_2838_parameters():
    """Article D counts 2704: the two weight layers 64-32-16-10 without what its BatchNorm layers add."""
    widths = [64, 32, 16, 10]
    layers = [layer for a, b in itertools.pairwise(widths) for layer in (Dense(a, b), BatchNorm(b))]
    net = Network(*layers, loss=SoftmaxCrossEntropy())
    assert net.n_params == sum(a * b + b + 2 * b for a, b in itertools.pairwise(widths))


# Files.


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("as_text", [False, True])
def test_save_and_load(tmp_path, dtype, as_text):
    net, other = classifier(rng=1, dtype=dtype), classifier(rng=2, dtype=dtype)
    path = tmp_path / "net.npz"
    net.save(str(path) if as_text else path)
    theta = other.theta
    assert other.load(str(path) if as_text else path) is None
    assert np.array_equal(other.theta, net.theta) and other.theta is theta
    assert same(running_statistics(other), running_statistics(net))
    assert np.array_equal(other.forward(X), net.forward(X))
    assert_views(other)
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


def test_a_file_holds_named_arrays_and_no_pickle(tmp_path):
    net = classifier()
    net.save(tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    assert len(arrays) == 8  # W, b; gamma, beta, running_mean, running_var; W, b
    for ending, expected in (("W", net.layers[0].W), ("running_var", net.layers[1].running_var)):
        assert any(name.endswith(ending) and np.array_equal(a, expected) for name, a in arrays.items())


def test_saving_again_replaces_the_file(tmp_path):
    for seed in (1, 2):
        classifier(rng=seed).save(tmp_path / "net.npz")
    net = classifier(rng=3)
    net.load(tmp_path / "net.npz")
    assert np.array_equal(net.theta, classifier(rng=2).theta)


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.npz"
    classifier(rng=1).save(path)
    kept = path.read_bytes()

    def disk_full(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", disk_full)
    with pytest.raises(OSError, match="no space"):
        classifier(rng=2).save(path)
    assert path.read_bytes() == kept and list(tmp_path.iterdir()) == [path]


def test_load_of_a_missing_file(tmp_path):
    net = classifier()
    before = state(net)
    with pytest.raises(FileNotFoundError):
        net.load(tmp_path / "nowhere.npz")
    assert same(state(net), before)


def broken_files():
    """(name, what to write at the path), each of which must be refused."""

    def saved(*layers, loss=SquaredError, dtype=float):
        return lambda path: Network(*layers, loss=loss(), dtype=dtype).save(path)

    def cut(fraction):
        def write(path):
            classifier().save(path)
            whole = path.read_bytes()
            path.write_bytes(whole[: int(len(whole) * fraction)])

        return write

    def flipped(path):
        classifier().save(path)
        whole = bytearray(path.read_bytes())
        at = whole.index(b"\x93NUMPY") + 200  # inside the first array's numbers
        whole[at] ^= 0xFF
        path.write_bytes(whole)

    def changed(change):
        def write(path):
            classifier().save(path)
            with np.load(path) as file:
                arrays = dict(file)
            change(arrays)
            np.savez(path, **arrays)

        return write

    def one_array(path):
        with open(path, "wb") as file:
            np.save(file, np.ones(3))

    def first(arrays, suffix="W"):
        return next(name for name in arrays if name.endswith(suffix))

    yield "empty", lambda path: path.write_bytes(b"")
    yield "text", lambda path: path.write_text("not a network\n" * 100)
    yield "zip signature only", lambda path: path.write_bytes(b"PK\x03\x04")
    for fraction in (0.1, 0.5, 0.9, 0.999):
        yield f"cut at {fraction}", cut(fraction)
    yield "a flipped byte", flipped
    yield "a directory", lambda path: path.mkdir()
    yield "one .npy array", one_array
    yield "a pickle", lambda path: path.write_bytes(pickle.dumps({"theta": np.ones(3)}))
    yield "an object array", changed(lambda a: a.update({first(a): np.array([{}, []], dtype=object)}))
    yield "no arrays", lambda path: np.savez(path)
    yield "another width", saved(Dense(3, 5), BatchNorm(5), Tanh(), Dense(5, 2))
    yield "another order", saved(BatchNorm(3), Dense(3, 4), Tanh(), Dense(4, 2))
    yield "a layer fewer", saved(Dense(3, 4), BatchNorm(4), Tanh())
    yield "a layer more", saved(Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2), Dense(2, 2))
    yield "no bias", saved(Dense(3, 4, bias=False), BatchNorm(4), Tanh(), Dense(4, 2))
    yield "an array missing", changed(lambda a: a.pop(first(a, "running_var")))
    yield "an array too many", changed(lambda a: a.update(extra=np.ones(2)))
    yield "a transposed array", changed(lambda a: a.update({first(a): a[first(a)].T}))
    yield "one number for an array", changed(lambda a: a.update({first(a, "beta"): np.float64(1)}))
    yield "complex numbers", changed(lambda a: a.update({first(a): a[first(a)] + 1j}))
    yield "text for numbers", changed(lambda a: a.update({first(a): a[first(a)].astype(str)}))


@pytest.mark.parametrize(("name", "write"), list(broken_files()), ids=lambda v: v if isinstance(v, str) else "")
def test_an_unreadable_or_unfitting_file_changes_nothing(tmp_path, name, write):
    path = tmp_path / "net.npz"
    write(path)
    net = classifier()
    before = state(net)
    with pytest.raises(ValueError, match=re.escape(str(path))):
        net.load(path)
    assert same(state(net), before)


def test_numbers_too_large_for_float32_change_nothing(tmp_path):
    path = tmp_path / "net.npz"
    large = classifier()
    large.theta[-1] = 1e300
    large.save(path)
    net = classifier(dtype="float32")
    before = state(net)
    with pytest.raises(ValueError, match=r"does not fit: numbers too large for float32"):
        net.load(path)
    assert same(state(net), before)


def test_softmax_under_the_fused_loss_is_refused():
    with pytest.raises(ValueError, match="SoftmaxCrossEntropy"):
        Network(Dense(2, 2), Softmax(), loss=SoftmaxCrossEntropy())
    inner = Network(Dense(2, 2), Softmax(), Dense(2, 2), loss=SoftmaxCrossEntropy())  # inside the chain it may stand
    assert check_gradient(inner, X[:, :2], T) < 1e-6


def test_layers_is_what_was_given():
    layers = Dense(2, 3), ReLU(), Dense(3, 1)
    net = Network(*layers, loss=SquaredError(), penalty=None)
    assert all(a is b for a, b in zip(net.layers, layers, strict=True))
    assert isinstance(net.loss, SquaredError) and net.penalty is None


def test_repr_is_what_one_would_type():
    net = Network(Dense(3, 4), BatchNorm(4), LeakyReLU(0.2), Dense(4, 2, bias=False), loss=MSE(), penalty=L2(0.5))
    assert repr(net) == (
        "Network(Dense(3, 4), BatchNorm(4), LeakyReLU(alpha=0.2), Dense(4, 2, bias=False), loss=MSE(), penalty=L2(0.5))"
    )
    assert repr(Network(ELU(), Tanh(), loss=CrossEntropy())) == "Network(ELU(alpha=1.0), Tanh(), loss=CrossEntropy())"


def test_every_initializer_can_be_pickled_with_its_network():
    for init in (nnlib.zeros, nnlib.constant(0.5), nnlib.normal(0.1), nnlib.uniform_fan_in, nnlib.glorot, nnlib.he):
        net = Network(Dense(3, 2, init=init), loss=MSE())
        twin = pickle.loads(pickle.dumps(net))
        twin.layers[0].initialize(np.random.default_rng(0))
        assert np.array_equal(twin.theta, net.theta)
