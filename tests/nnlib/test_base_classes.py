"""The base classes: a subclass that misses a method says which, and one written from the docstrings is a full member.

The subclasses here are a reader's: they use what the docstrings of Layer, Loss, Optimizer and Penalty promise, and
nothing else of nnlib. A new one is a new row of LAYERS, LOSSES, OPTIMIZERS or PENALTIES.
"""

import copy
import pickle

import numpy as np
import pytest
from helpers import close, differences, off_kinks

from nnlib import (
    L2,
    SGD,
    Adam,
    Dense,
    Layer,
    Loss,
    Network,
    Optimizer,
    Penalty,
    SoftmaxCrossEntropy,
    SquaredError,
    Tanh,
    check_gradient,
    fit,
    jacobian,
    minibatches,
    numerical_jacobian,
)

RNG = np.random.default_rng(0)
X, T = off_kinks(RNG, (12, 3)), RNG.normal(size=(12, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Layer().forward(X), "Layer has no f(x, training)"),
        (lambda: Layer().vjp(X), "Layer has no vjp(g)"),
        (lambda: Loss()(X, X), "Loss has no f(y, t)"),
        (lambda: Penalty(0.1)(X), "Penalty has no __call__(w)"),
        (lambda: Penalty(0.1).gradient(X), "Penalty has no gradient(w)"),
        (lambda: Optimizer(0.1).step(np.ones(3), np.ones(3)), "Optimizer has no update(theta, grad)"),
    ],
)
def test_a_missing_method_is_named(call, message):
    with pytest.raises(NotImplementedError) as caught:
        call()
    assert str(caught.value) == message


def test_missing_gradients_of_a_layer_with_parameters_are_named():
    class Half(Layer):
        parameters = {"a": (3,)}  # noqa: RUF012

        def f(self, x, training):
            return self.a * x

        def vjp(self, g):
            return self.a * g

    with pytest.raises(NotImplementedError, match=r"^Half has no gradients\(g\)$"):
        Network(Half(), Dense(3, 2), loss=SquaredError()).loss_and_grad(X, T)


# Layers


class Scale(Layer):
    """y = a x, with one a per feature. Its weights can be penalized."""

    n_in = n_out = 3
    parameters = {"a": (3,)}  # noqa: RUF012
    weights = ("a",)

    def reset(self, rng):
        self.a[...] = rng.uniform(1, 2, 3)

    def f(self, x, training):
        self.x = x
        return x * self.a

    def gradients(self, g):
        self.da[...] = (g * self.x).sum(axis=0)

    def vjp(self, g):
        return g * self.a


class Rotated(Layer):
    """y = x Vᵀ + c, which assigns its arrays whole, and keeps a place for x. V is ``(n_out, n_in)``."""

    weights = ("V",)

    def __init__(self, n_in, n_out):
        self.n_in, self.n_out = n_in, n_out
        self.parameters = {"V": (n_out, n_in), "c": (n_out,)}
        self.x = None

    def reset(self, rng):
        self.V = rng.normal(size=(self.n_out, self.n_in))

    def f(self, x, training):
        self.x = x
        return x @ self.V.T + self.c

    def gradients(self, g):
        self.dV = g.T @ self.x
        self.dc = g.sum(axis=0)

    def vjp(self, g):
        return g @ self.V


class Swish(Layer):
    """y = x σ(bx), of any width, with a single number b to learn."""

    parameters = {"b": ()}  # noqa: RUF012

    def reset(self, rng):
        self.b[...] = 1

    def f(self, x, training):
        self.x, self.s = x, 1 / (1 + np.exp(-self.b * x))
        return x * self.s

    def gradients(self, g):
        self.db[...] = (g * self.x * self.y * (1 - self.s)).sum()

    def vjp(self, g):
        return g * (self.s + self.b * self.y * (1 - self.s))


class Softsign(Layer):
    """y = x/(1 + |x|): neither parameters nor width."""

    def f(self, x, training):
        return x / (1 + abs(x))

    def vjp(self, g):
        return g * (1 - abs(self.y)) ** 2


class Centered(Layer):
    """x minus a running mean: statistics, and no parameters. The first batch's mean counts alone."""

    statistics = ("mean", "batches")
    min_rows = 3

    def __init__(self, n, momentum=0.5):
        self.n_in = self.n_out = n
        self.momentum = momentum

    def reset(self, rng):
        self.mean, self.batches = np.zeros(self.n_in), np.zeros(1)

    def f(self, x, training):
        self.now = x.mean(axis=0)
        return x - self.mean

    def vjp(self, g):
        return g.copy()

    def update_statistics(self):
        old = self.momentum if self.batches else 0
        self.mean = old * self.mean + (1 - old) * self.now
        self.batches += 1


class Dropout(Layer):
    """Inverted dropout, from a generator of its own."""

    def __init__(self, rate, seed):
        self.rate, self.rng = rate, np.random.default_rng(seed)

    def f(self, x, training):
        self.mask = np.ones_like(x)
        if training:
            self.mask *= (self.rng.random(x.shape) >= self.rate) / (1 - self.rate)
        return x * self.mask

    def vjp(self, g):
        return g * self.mask


LAYERS = [
    ("Scale", Scale, 3, ("a",)),
    ("Rotated", lambda: Rotated(3, 3), 3, ("V",)),
    ("Rotated narrow", lambda: Rotated(3, 2), 2, ("V",)),
    ("Swish", Swish, 3, ()),
    ("Softsign", Softsign, 3, ()),
    ("Centered", lambda: Centered(3), 3, ()),
    ("Dropout", lambda: Dropout(0.0, 7), 3, ()),
]
every_layer = pytest.mark.parametrize(("name", "make", "width", "weights"), LAYERS, ids=[row[0] for row in LAYERS])
PLACES = [
    lambda layer, width: (layer, Dense(width, 2)),
    lambda layer, width: (Dense(3, 3), Tanh(), layer, Dense(width, 2)),
]
every_place = pytest.mark.parametrize("place", PLACES, ids=["first", "inside"])


def network(make, width, place, **options):
    net = Network(*place(make(), width), **{"loss": SquaredError(), "rng": 1} | options)
    net.theta[...] = off_kinks(np.random.default_rng(2), net.n_params, 0.2) / 2
    return net


@every_layer
@every_place
def test_a_reader_s_layer_passes_the_checks_and_trains(name, make, width, weights, place):
    net = network(make, width, place)
    assert check_gradient(net, X, T) < 1e-6
    twin = copy.deepcopy(net)
    net.loss_and_grad(X, T)
    close(net.grad, differences(lambda: network_loss(twin), twin.theta))
    history = fit(net, X, T, Adam(0.02), epochs=60, batch_size=6, validation=(X, T))
    assert history.loss[-1] < 0.8 * history.loss[0] and not history.diverged
    assert history.val_loss[-1] == pytest.approx(SquaredError()(net.forward(X), T))


def network_loss(net):
    """The loss in evaluation: what the layers' f gives, one after another, in longhand for the loss."""
    return np.sum((net.forward(X) - T) ** 2) / 2 / len(X)


@every_layer
def test_a_reader_s_layer_has_a_jacobian(name, make, width, weights):
    layer = make()
    layer.initialize(np.random.default_rng(3))
    before = pickle.dumps(layer)
    J = jacobian(layer, X[:4])
    assert pickle.dumps(layer) == before
    close(J, numerical_jacobian(layer.forward, X[:4]), 1e-6)
    assert layer.forward(X).shape == (12, width)


@every_layer
@every_place
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_reader_s_layer_is_saved_and_loaded(name, make, width, weights, place, dtype, tmp_path):
    net, other = (Network(*place(make(), width), loss=SquaredError(), rng=rng, dtype=dtype) for rng in (1, 2))
    fit(net, X, T, Adam(0.05), epochs=3, batch_size=4)
    net.save(tmp_path / "net.npz")
    other.load(tmp_path / "net.npz")
    assert np.array_equal(net.theta, other.theta) and np.array_equal(net.forward(X), other.forward(X))
    assert net.theta.dtype == net.forward(X).dtype == other.forward(X).dtype == dtype
    made = [getattr(layer, n) for layer in net.layers for n in layer.statistics]
    assert all(array.dtype == dtype for array in made) and len(made) == (2 if name == "Centered" else 0)


@every_layer
@every_place
@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"]
)
def test_a_reader_s_layer_is_copied_without_the_last_batch(name, make, width, weights, place, duplicate):
    net = network(make, width, place)
    size = len(pickle.dumps(net))
    fit(net, X, T, Adam(0.05), epochs=2)
    many = np.random.default_rng(4).normal(size=(3000, 3))
    net.loss_and_grad(many, np.ones((3000, 2)))
    assert abs(len(pickle.dumps(net)) - size) < 300
    twin = duplicate(net)
    kept = [v for layer in twin.layers for v in vars(layer).values() if isinstance(v, np.ndarray)]
    assert max(map(np.size, kept)) < 20
    assert np.array_equal(twin.forward(X), net.forward(X))
    histories = [fit(one, X, T, Adam(0.05), epochs=2) for one in (net, twin)]
    assert histories[0] == histories[1] and np.array_equal(net.theta, twin.theta)


@every_layer
@every_place
def test_a_reader_s_weights_are_penalized_and_nothing_else(name, make, width, weights, place):
    plain, net = network(make, width, place), network(make, width, place, penalty=L2(0.5))
    value = net.loss_and_grad(X, T) - plain.loss_and_grad(X, T)
    arrays = [layer.W for layer in net.layers if isinstance(layer, Dense)]
    own = next(layer for layer in net.layers if not isinstance(layer, Dense | Tanh))
    arrays += [getattr(own, weight) for weight in weights]
    assert value == pytest.approx(0.5 * sum((w**2).sum() for w in arrays))
    assert check_gradient(net, X, T) < 1e-6
    for parameter in own.parameters:
        added = getattr(own, "d" + parameter) - getattr(
            next(a for a in plain.layers if repr(a) == repr(own)), "d" + parameter
        )
        assert added == pytest.approx(getattr(own, parameter) if parameter in weights else 0 * added, abs=1e-12)


def test_a_reader_s_layer_is_refused_before_it_has_arrays_and_for_few_rows():
    with pytest.raises(ValueError, match=r"^Scale\(\) has no arrays yet: put it in a Network or call initialize"):
        Scale().forward(X)
    with pytest.raises(ValueError, match=r"^Scale\(\) has no arrays yet"):
        Scale().a = 3
    with pytest.raises(ValueError, match=r"^Centered\(\): expected at least 3 rows in training, got 2$"):
        Network(Centered(3), Dense(3, 2), loss=SquaredError()).loss_and_grad(X[:2], T[:2])
    with pytest.raises(ValueError, match=r"^Swish\(\): backward needs a forward before it$"):
        Swish().backward(X)


def in_the_class():
    class Declared(Layer):
        parameters = {"a": (3,)}  # noqa: RUF012

    return Declared


def by_init():
    class Declared(Layer):
        def __init__(self):
            self.parameters = {"a": (3,)}

    return Declared


def by_a_property():
    class Declared(Layer):
        @property
        def parameters(self):
            return {"a": (3,)}

    return Declared


# Each makes a class of which no layer has had arrays yet, as in a process that has just begun.
@pytest.mark.parametrize("new", [in_the_class, by_init])
def test_a_value_is_refused_before_the_first_layer_of_a_class_has_arrays(new):
    layer = new()()
    for name in "a", "da":
        with pytest.raises(ValueError, match=r"^Declared\(\) has no arrays yet"):
            setattr(layer, name, np.ones(3))
    layer.a = None
    assert layer.a is None
    layer.initialize(0)
    assert np.array_equal(layer.a, np.zeros(3))


@pytest.mark.parametrize("new", [in_the_class, by_init, by_a_property])
def test_a_value_is_written_into_the_first_layer_s_array(new):
    layer = new()()
    layer.initialize(0)
    own = layer.a
    layer.a = 3
    with pytest.raises(ValueError, match=r"^Declared\(\): expected values for a, got None$"):
        layer.a = None
    assert layer.a is own and (own == 3).all()


def test_a_value_is_written_into_a_layer_from_a_pickle_where_no_other_of_its_class_was_made():
    kept = by_init()()
    kept.initialize(0)
    new = by_init()
    layer = new.__new__(new)
    layer.__setstate__(kept.__getstate__())
    own = layer.a
    layer.a = 3
    assert layer.a is own and (own == 3).all()


@pytest.mark.parametrize("new", [by_init, by_a_property])
def test_a_value_given_before_the_parameters_are_named_is_refused(new):
    class Early(new()):
        def __init__(self):
            self.a = np.ones(3)
            super().__init__()

    with pytest.raises(ValueError, match=r"^Early\(\): expected first values from reset\(rng\), none before, got a$"):
        Early().initialize(0)


def test_an_array_that_a_layer_does_not_have_is_refused():
    Dense(2, 3).initialize(0)
    layer = Dense(2, 3, bias=False)
    layer.initialize(0)
    with pytest.raises(ValueError, match=r"^Dense\(2, 3, bias=False\) has no array b: it has W, dW$"):
        layer.b = np.ones(3)


def test_a_layer_is_told_to_what_else_its_class_inherits_from():
    class Listed:
        found = ()

        def __init_subclass__(cls, *, title, **keywords):
            super().__init_subclass__(**keywords)
            Listed.found += (title,)

    class Named(Layer, Listed, title="named"):
        parameters = {"a": (3,)}  # noqa: RUF012

    assert Listed.found == ("named",) and Named().n_params == 3


def test_a_reader_s_statistics_follow_each_batch_trained_on_and_no_other():
    net = network(lambda: Centered(3), 3, PLACES[0])
    layer = net.layers[0]
    batches = list(minibatches(X, T, 4, 5))
    fit(net, X, T, SGD(0.1), epochs=1, batch_size=4, rng=5, validation=(5 + X, T))
    net.predict_proba(9 + X)
    mean = batches[0][0].mean(axis=0)
    for x, _ in batches[1:]:
        mean = 0.5 * mean + 0.5 * x.mean(axis=0)
    assert layer.mean == pytest.approx(mean) and layer.batches == 3
    layer.forward(X, training=True)
    assert layer.mean == pytest.approx(0.5 * mean + 0.5 * X.mean(axis=0)) and layer.batches == 4


def test_dropout_knows_whether_it_trains():
    net = Network(Dropout(0.5, 3), Dense(3, 2), loss=SquaredError())
    assert net.forward(X) == pytest.approx(X @ net.layers[1].W)
    net.loss_and_grad(X, T)
    assert set(np.unique(net.layers[0].mask)) == {0, 2}


@pytest.mark.parametrize(
    ("base", "name"), [(Softsign, "forward"), (Softsign, "backward"), (SquaredError, "value_and_grad")]
)
def test_a_subclass_that_overrides_a_checking_method_is_told_the_right_one(base, name):
    own = type("Own", (base,), {name: lambda self, *args: None})()
    parts = ((own,), SquaredError()) if isinstance(own, Layer) else ((Softsign(),), own)
    hooks = "f and vjp" if isinstance(own, Layer) else "f"
    said = f"^Network: Own overrides {name}, which checks and calls the maths; write {hooks}$"
    with pytest.raises(TypeError, match=said):
        Network(*parts[0], loss=parts[1])


# Losses


class Quartic(Loss):
    """(1/N) Σ (y − t)⁴."""

    def f(self, y, t):
        return float(((y - t) ** 4).sum()) / len(y), 4 * (y - t) ** 3 / len(y)


class Huber(Loss):
    """The mean over the rows of Σ h(y − t): square up to delta, straight beyond."""

    def __init__(self, delta):
        self.delta = delta

    def f(self, y, t):
        r = np.clip(y - t, -self.delta, self.delta)
        return (r * (y - t - r / 2)).sum() / len(y), r / len(y)


class Poisson(Loss):
    """The mean of y − t log y, for outputs above 0 and counts: NumPy's float as the value."""

    def check_targets(self, t, shape, dtype):
        t = super().check_targets(t, shape, dtype)
        if (t < 0).any():
            raise ValueError("Poisson: counts are never negative")
        return t

    def check_outputs(self, y):
        if (y <= 0).any():
            raise ValueError("Poisson: outputs must be positive")

    def f(self, y, t):
        return np.mean(y - t * np.log(y)), (1 - t / y) / y.size


class Margin(SoftmaxCrossEntropy):
    """The multi-class hinge on labels, which the base class checks."""

    def f(self, y, t):
        rows = np.arange(len(y))
        over = np.maximum(y - y[rows, t][:, None] + 1, 0)
        over[rows, t] = 0
        g = (over > 0).astype(y.dtype) / len(y)
        g[rows, t] = -g.sum(axis=1)
        return over.sum() / len(y), g


class Exp(Layer):
    """y = eˣ."""

    def f(self, x, training):
        return np.exp(x)

    def vjp(self, g):
        return g * self.y


LOSSES = [
    ("Quartic", Quartic, (), T),
    ("Huber", lambda: Huber(0.7), (), T),
    ("Poisson", Poisson, (Exp,), np.random.default_rng(3).poisson(2, (12, 2))),
    ("Margin", Margin, (), np.arange(12) % 2),
]


@pytest.mark.parametrize(("name", "make", "head", "t"), LOSSES, ids=[row[0] for row in LOSSES])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_reader_s_loss(name, make, head, t, dtype):
    net = Network(Dense(3, 4), Tanh(), Dense(4, 2), *(h() for h in head), loss=make(), dtype=dtype, penalty=L2(0.01))
    assert check_gradient(net, X, t) < (1e-6 if dtype is np.float64 else 1e-4)
    y = net.forward(X)
    value, gradient = net.loss.value_and_grad(y, t)
    assert net.loss(y, t) == value and gradient.shape == y.shape
    history = fit(net, X, t, Adam(0.02), epochs=100, validation=(X, t))
    assert history.loss[-1] < 0.9 * history.loss[0] and np.isfinite(history.val_loss).all()
    twin = pickle.loads(pickle.dumps(net))
    assert twin.loss_and_grad(X, t) == net.loss_and_grad(X, t)
    assert repr(net.loss) == f"{name}()"


def test_a_reader_s_own_checks_are_asked_everywhere():
    bad, good = -np.ones((12, 2)), np.ones((12, 2))
    net = Network(Dense(3, 2), Exp(), loss=Poisson())
    raw = Network(Dense(3, 2), loss=Poisson())
    raw.theta[...] = -1
    for call in (
        lambda: Poisson()(good, bad),
        lambda: net.loss_and_grad(X, bad),
        lambda: fit(net, X, bad, SGD(0.1), epochs=1),
        lambda: fit(net, X, good, SGD(0.1), epochs=1, validation=(X, bad)),
    ):
        with pytest.raises(ValueError, match="counts are never negative"):
            call()
    for call in (lambda: Poisson()(bad, good), lambda: raw.loss_and_grad(X * 0, good)):
        with pytest.raises(ValueError, match="outputs must be positive"):
            call()
    with pytest.raises(ValueError, match=r"^Quartic\(\): expected t of y's shape \(12, 2\), got \(12,\)$"):
        Quartic()(good, np.ones(12))


# Optimizers


class Signs(Optimizer):
    """θ ← θ − lr sign(g): nothing to remember."""

    def update(self, theta, grad):
        theta -= self.lr * np.sign(grad)


class Lion(Optimizer):
    """The sign of an interpolation between momentum and gradient; momentum starts at 0."""

    def __init__(self, lr, beta1=0.9, beta2=0.99):
        super().__init__(lr)
        self.beta1, self.beta2 = beta1, beta2

    def start(self, theta):
        self.momentum = np.zeros_like(theta)

    def update(self, theta, grad):
        theta -= self.lr * np.sign(self.beta1 * self.momentum + (1 - self.beta1) * grad)
        self.momentum = self.beta2 * self.momentum + (1 - self.beta2) * grad


class Averaged(SGD):
    """SGD that keeps the mean of all θ it has made."""

    def start(self, theta):
        super().start(theta)
        self.mean, self.steps = np.zeros_like(theta), 0

    def update(self, theta, grad):
        super().update(theta, grad)
        self.steps += 1
        self.mean += (theta - self.mean) / self.steps


OPTIMIZERS = [
    ("Signs", lambda: Signs(0.004)),
    ("Lion", lambda: Lion(0.004)),
    ("Averaged", lambda: Averaged(0.05, momentum=0.5)),
]


@pytest.mark.parametrize(("name", "make"), OPTIMIZERS, ids=[row[0] for row in OPTIMIZERS])
def test_a_reader_s_optimizer(name, make):
    net, optimizer = Network(Dense(3, 4), Tanh(), Dense(4, 2), loss=SquaredError()), make()
    history = fit(net, X, T, optimizer, epochs=60, batch_size=6)
    assert history.loss[-1] < 0.8 * history.loss[0]
    again, twin = pickle.loads(pickle.dumps((net, optimizer)))
    for one, its in ((net, optimizer), (again, twin)):
        its.lr = 0.001
        fit(one, X, T, its, epochs=2)
    assert np.array_equal(net.theta, again.theta)
    with pytest.raises(
        ValueError, match=f"^{name}: expected theta of shape \\(26,\\), as in earlier steps, got \\(3,\\)"
    ):
        optimizer.step(np.ones(3), np.ones(3))
    for lr in (0, -1, np.nan):
        with pytest.raises(ValueError, match=rf"^{name}: lr must be positive and finite, got {lr}$"):
            type(optimizer)(lr)
    optimizer.lr = 0
    with pytest.raises(ValueError, match=rf"^{name}: lr must be non-negative and finite, got -1$"):
        optimizer.lr = -1


# Penalties


class SmoothL1(Penalty):
    """λ Σ √(w² + 0.01)."""

    def __call__(self, w):
        return self.lam * np.sqrt(w**2 + 0.01).sum()

    def gradient(self, w):
        return self.lam * w / np.sqrt(w**2 + 0.01)


class ElasticNet(Penalty):
    """a Σ|w| + b Σw², with names of its own for its strengths."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __call__(self, w):
        return float(self.a * abs(w).sum() + self.b * (w * w).sum())

    def gradient(self, w):
        return self.a * np.sign(w) + 2 * self.b * w


PENALTIES = [("SmoothL1(0.1)", lambda: SmoothL1(0.1)), ("ElasticNet()", lambda: ElasticNet(0.1, 0.2))]


@pytest.mark.parametrize(("name", "make"), PENALTIES, ids=[row[0] for row in PENALTIES])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_reader_s_penalty(name, make, dtype):
    net, plain = (
        Network(Dense(3, 4), Tanh(), Dense(4, 2), loss=SquaredError(), penalty=penalty, dtype=dtype)
        for penalty in (make(), None)
    )
    added = net.loss_and_grad(X, T) - plain.loss_and_grad(X, T)
    assert added == pytest.approx(sum(make()(net.layers[i].W) for i in (0, 2)), rel=1e-5)
    assert check_gradient(net, X, T) < (1e-6 if dtype is np.float64 else 1e-4)
    fit(net, X, T, Adam(0.05), epochs=200)
    fit(plain, X, T, Adam(0.05), epochs=200)
    assert np.abs(net.theta).sum() < 0.8 * np.abs(plain.theta).sum() and net.theta.dtype == dtype
    assert repr(net).endswith(f"penalty={name})")
    assert pickle.loads(pickle.dumps(net)).loss_and_grad(X, T) == net.loss_and_grad(X, T)


def test_a_reader_s_penalty_has_its_strength_checked():
    for lam in (-1, np.nan):
        with pytest.raises(ValueError, match=rf"^SmoothL1: lam must be non-negative and finite, got {lam}$"):
            SmoothL1(lam)
