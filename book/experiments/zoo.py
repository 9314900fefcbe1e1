"""The broken-backprop zoo: seeded bugs, each a few lines, and the checks that hunt them.

A `Kit` is a recipe for a network and its training. `FAMILIES` holds healthy kits;
each of the `SPECIMENS` replaces one part of a healthy kit by a broken one. `CHECKS`
are functions of a kit: they return None for “fits”, a text that says what is wrong,
or `SKIPPED` where the check cannot be asked. Only NumPy and nnlib are used.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

import nnlib
from nnlib.network import labels_of

SKIPPED = "–"
# What a program raises where it meets what it was not written for: that is a complaint.
ERRORS = ValueError, TypeError, IndexError, AttributeError
Array = np.ndarray


def nesterov(lr: float) -> nnlib.Nesterov:
    """Return Nesterov's rule with the usual momentum."""
    return nnlib.Nesterov(lr, 0.9)


def probabilities(net: nnlib.Network, x: Array) -> Array:
    return net.predict_proba(x)


@dataclass(frozen=True)
class Kit:
    """The exchangeable parts of a network, its training and its use."""

    dense: type[nnlib.Dense] = nnlib.Dense
    middle: type[nnlib.Dense] | None = None  # the square layer, if it is another
    hidden: type[nnlib.Layer] = nnlib.Tanh
    norm: type[nnlib.BatchNorm] | None = None
    last: type[nnlib.Layer] | None = None
    loss: type[nnlib.Loss] = nnlib.SoftmaxCrossEntropy
    penalty: nnlib.Penalty | None = None
    network: type[nnlib.Network] = nnlib.Network
    optimizer: Callable[[float], nnlib.Optimizer] = nnlib.SGD
    rate: float = 0.3
    batches: Callable[..., Iterator[tuple[Array, Array]]] = nnlib.minibatches
    scores: Callable[[nnlib.Network, Array], Array] = probabilities
    outputs: int = 2

    def build(self, widths: list[int], seed: int = 0) -> nnlib.Network:
        """Return a network with these widths, weights and biases from the seed."""
        layers: list[nnlib.Layer] = []
        for i, (n_in, n_out) in enumerate(pairwise(widths)):
            inner = self.middle if self.middle and n_in == n_out else self.dense
            layers.append(inner(n_in, n_out))
            if i < len(widths) - 2:
                layers += [self.norm(n_out)] if self.norm else []
                layers.append(self.hidden())
        layers += [self.last()] if self.last else []
        for layer in layers:
            if isinstance(layer, EagerUpdate):
                layer.lr = self.rate
        return self.network(*layers, loss=self.loss(), penalty=self.penalty, rng=seed)

    def targets(self, labels: Array, k: int) -> Array:
        """Return the targets that the loss takes, for labels ``(N,)``."""
        if issubclass(self.loss, nnlib.SquaredError):
            return nnlib.one_hot(labels, k) if k > 1 else labels[:, None].astype(float)
        return labels


FAMILIES = {
    "plain": Kit(),
    "ReLU": Kit(hidden=nnlib.ReLU),
    "sigmoid": Kit(hidden=nnlib.Sigmoid, optimizer=nnlib.Adam, rate=0.15),
    # At 2.5, a gradient that is 20 times too long saturates at once, on every processor.
    # At 1.0 it jumps about, and the last digit decides on the accuracy.
    "squared": Kit(last=nnlib.Sigmoid, loss=nnlib.SquaredError, rate=2.5),
    "one output": Kit(last=nnlib.Sigmoid, loss=nnlib.SquaredError, rate=4.0, outputs=1),
    "two steps": Kit(last=nnlib.Softmax, loss=nnlib.CrossEntropy),
    "normed": Kit(norm=nnlib.BatchNorm),
    "decayed": Kit(penalty=nnlib.L2(1e-3)),
    "Adam": Kit(optimizer=nnlib.Adam, rate=0.01),
    "Nesterov": Kit(optimizer=nesterov, rate=0.05),
}


# --- broken dense layers ---------------------------------------------------------------


class WrongSign(nnlib.Dense):
    """The gradient handed back to the layer before has the wrong sign."""

    def vjp(self, g: Array) -> Array:
        return -super().vjp(g)


class ForgottenTranspose(nnlib.Dense):
    """The gradient is handed back through W in place of its transpose."""

    def vjp(self, g: Array) -> Array:
        return g @ self.W


class TransposedGradient(nnlib.Dense):
    """The gradient of the weights is the transpose of the right one."""

    def gradients(self, g: Array) -> None:
        super().gradients(g)
        self.dW = self.dW.T.copy()


class SummedBothAxes(nnlib.Dense):
    """The gradient of the bias is summed over samples and over units."""

    def gradients(self, g: Array) -> None:
        super().gradients(g)
        self.db = g.sum()


class UnsummedBias(nnlib.Dense):
    """The gradient of the bias is not summed over the batch at all."""

    def gradients(self, g: Array) -> None:
        super().gradients(g)
        self.db = g


class ForgottenBias(nnlib.Dense):
    """The gradient of the bias is never written."""

    def gradients(self, g: Array) -> None:
        super().gradients(g)
        self.db = 0


class AveragedBias(nnlib.Dense):
    """The gradient of the bias is divided by N a second time."""

    def gradients(self, g: Array) -> None:
        super().gradients(g)
        self.db = g.mean(axis=0)


class EagerUpdate(nnlib.Dense):
    """The gradient goes back through weights that have been updated already."""

    lr = 0.3

    def vjp(self, g: Array) -> Array:
        return g @ (self.W - self.lr * self.dW).T


class StaleInput(nnlib.Dense):
    """The input is remembered once, and then taken for every batch of its size."""

    first: Array | None = None

    def f(self, x: Array, training: bool) -> Array:
        if training and (self.first is None or len(self.first) != len(x)):
            self.first = x
        return super().f(x, training)

    def gradients(self, g: Array) -> None:
        if self.first is not None and len(self.first) == len(g):
            self.x = self.first
        super().gradients(g)


class Accumulated(nnlib.Dense):
    """Gradients are added to those of all batches before."""

    def gradients(self, g: Array) -> None:
        dW, db = self.dW.copy(), self.db.copy()
        super().gradients(g)
        self.dW += dW
        self.db += db


# --- broken activations -----------------------------------------------------------------


class SlopeOfZ(nnlib.Tanh):
    """1 − x² is handed z in place of tanh z."""

    def f(self, x: Array, training: bool) -> Array:
        self.z = x
        return super().f(x, training)

    def vjp(self, g: Array) -> Array:
        return g * (1 - self.z**2)


class NoSlope(nnlib.Tanh):
    """The slope of the activation is left out on the way back."""

    def vjp(self, g: Array) -> Array:
        return g


class SigmoidTwice(nnlib.Sigmoid):
    """The slope is σ'(a), a sigmoid taken of the activation, in place of σ'(z)."""

    def vjp(self, g: Array) -> Array:
        again = nnlib.Sigmoid()
        again.forward(self.y)
        return again.backward(g)


class MaskFromGradient(nnlib.ReLU):
    """The gradient passes where it is itself positive, not where z is."""

    def vjp(self, g: Array) -> Array:
        return g * (g > 0)


class RightSlopeAtZero(nnlib.ReLU):
    """The slope at exactly 0 is 1, though the text says 0."""

    def f(self, x: Array, training: bool) -> Array:
        self.z = x
        return super().f(x, training)

    def vjp(self, g: Array) -> Array:
        return g * (self.z >= 0)


class MaxOfTheColumn(nnlib.ReLU):
    """ReLU takes one maximum per column, over the batch, in place of one an entry."""

    def f(self, x: Array, training: bool) -> Array:
        return np.max(x, 0)  # the second argument is an axis


class TanhByExponentials(nnlib.Tanh):
    """tanh is computed as 2/(1 + e^(−2z)) − 1."""

    def f(self, x: Array, training: bool) -> Array:
        return 2 / (1 + np.exp(-2 * x)) - 1


# --- broken losses and outputs ------------------------------------------------------------


class Upward(nnlib.SoftmaxCrossEntropy):
    """The gradient is target minus probability, not the other way round."""

    def f(self, y: Array, t: Array) -> tuple[float, Array]:
        value, g = super().f(y, t)
        return value, -g


class ForgottenMean(nnlib.SquaredError):
    """The value is divided by N, the gradient is not."""

    def f(self, y: Array, t: Array) -> tuple[float, Array]:
        value, g = super().f(y, t)
        return value, g * len(y)


class Broadcast(nnlib.SquaredError):
    """Outputs ``(N, 1)`` minus flat targets ``(N,)``: each row against each target."""

    def f(self, y: Array, t: Array) -> tuple[float, Array]:
        difference = y - t.ravel()  # (N, N)
        value = float(np.mean(difference**2)) / 2
        return value, difference.mean(axis=1, keepdims=True) / len(y)


class DiagonalSoftmax(nnlib.Softmax):
    """Softmax's Jacobian is taken for its diagonal, p(1 − p)."""

    def vjp(self, g: Array) -> Array:
        return g * self.y * (1 - self.y)


class SkippedSoftmax(nnlib.Softmax):
    """Softmax hands the gradient back as it came."""

    def vjp(self, g: Array) -> Array:
        return g


class BinaryLoss(nnlib.CrossEntropy):
    """Binary cross-entropy of each output stands where the categorical one should."""

    def f(self, y: Array, t: Array) -> tuple[float, Array]:
        rows = nnlib.one_hot(t, y.shape[1])
        p, rest = np.maximum(y, 1e-300), np.maximum(1 - y, 1e-300)
        value = -float((rows * np.log(p) + (1 - rows) * np.log(rest)).sum()) / len(y)
        return value, ((1 - rows) / rest - rows / p) / len(y)


class Clipped(nnlib.CrossEntropy):
    """Probabilities are clipped to [1e-15, 1 − 1e-15], in value and gradient."""

    def f(self, y: Array, t: Array) -> tuple[float, Array]:
        return super().f(np.clip(y, 1e-15, 1 - 1e-15), t)


class ZeroLog(nnlib.CrossEntropy):
    """log 0 is set to 0: the worst prediction costs nothing."""

    def f(self, y: Array, t: Array) -> tuple[float, Array]:
        _, g = super().f(y, t)
        p = y[np.arange(len(y)), t]
        return -float(np.log(p, where=p > 0, out=np.zeros_like(p)).mean()), g


class ClippedExponents(nnlib.Softmax):
    """Exponents are clipped to ±88.7 where the row's maximum should be subtracted."""

    def f(self, x: Array, training: bool) -> Array:
        y = np.exp(np.clip(x, -88.7, 88.7))
        return y / y.sum(axis=1, keepdims=True)


class AgainSoftmax(nnlib.Layer):
    """Softmax before a loss that applies softmax itself."""

    def __init__(self) -> None:
        self.inner = nnlib.Softmax()

    def f(self, x: Array, training: bool) -> Array:
        return self.inner.forward(x)

    def vjp(self, g: Array) -> Array:
        return self.inner.backward(g)


class SoftmaxOverBatch(nnlib.Softmax):
    """Softmax runs down the columns, over the samples, forward and back."""

    def f(self, x: Array, training: bool) -> Array:
        self.down = nnlib.Softmax()
        return self.down.forward(x.T).T

    def vjp(self, g: Array) -> Array:
        return self.down.backward(g.T).T


class Trusting(nnlib.CrossEntropy):
    """Takes any rows for probabilities, as most libraries do; nnlib's refuses them."""

    def check_outputs(self, y: Array) -> None:
        pass


# --- broken BatchNorm ---------------------------------------------------------------------


class ConstantStatistics(nnlib.BatchNorm):
    """On the way back, mean and variance are taken for constants."""

    def vjp(self, g: Array) -> Array:
        return g * self.gamma * self.inverse_std


class ConstantVariance(nnlib.BatchNorm):
    """On the way back, the variance alone is taken for a constant."""

    def vjp(self, g: Array) -> Array:
        return (g - g.mean(axis=0)) * self.gamma * self.inverse_std


class UnbiasedForward(nnlib.BatchNorm):
    """Forward divides the squares by N − 1, the way back believes in N."""

    def f(self, x: Array, training: bool) -> Array:
        y = super().f(x, training)
        if not training:
            return y
        shrink = math.sqrt((len(x) - 1) / len(x))
        self.x_hat *= shrink
        self.inverse_std *= shrink
        return self.x_hat * self.gamma + self.beta


class FrozenStatistics(nnlib.BatchNorm):
    """The running mean and variance are never updated."""

    def update_statistics(self) -> None:
        pass


class AlwaysTraining(nnlib.BatchNorm):
    """Predictions use the statistics of whatever batch they arrive in."""

    def f(self, x: Array, training: bool) -> Array:
        if len(x) == 1:  # the variance of one row is 0
            return super().f(np.repeat(x, 2, axis=0), True)[:1]
        return super().f(x, True)


# --- broken penalties, optimizers, loops ----------------------------------------------------


class HalfDecay(nnlib.L2):
    """The penalty is λΣw², its gradient ½λw divided by a batch of 20."""

    def gradient(self, w: Array) -> Array:
        return self.lam * 0.5 * w / 20


class DecayedBiases(nnlib.Network):
    """The gradient of the penalty acts on the biases too; its value does not."""

    def loss_and_grad(self, x: Array, t: Array) -> float:
        value = super().loss_and_grad(x, t)
        assert self.penalty is not None
        for layer in self.layers:
            if isinstance(layer, nnlib.Dense):
                layer.db += self.penalty.gradient(layer.b)
        return value


class Countdown(nnlib.Network):
    """Gradients are summed sample by sample and divided by a counter, which can be 0."""

    def loss_and_grad(self, x: Array, t: Array) -> float:
        total, loss = np.zeros_like(self.grad), 0.0
        for i in range(len(x)):
            loss += super().loss_and_grad(x[i : i + 1], t[i : i + 1])
            total += self.grad
        with np.errstate(invalid="ignore"):
            self.grad[...] = total / np.float64(len(x))
        return loss / max(len(x), 1)


def one_batch_too_many(
    x: Array, t: Array, size: int, rng: Any
) -> Iterator[tuple[Array, Array]]:
    """An update follows the last batch though no sample, and no backward, came."""
    yield from nnlib.minibatches(x, t, size, rng)
    yield x[:0], t[:0]


def one_row_too_few(
    x: Array, t: Array, size: int, rng: Any
) -> Iterator[tuple[Array, Array]]:
    """Each batch ends one row early."""
    for bx, bt in nnlib.minibatches(x, t, size, rng):
        yield bx[:-1], bt[:-1]


def shuffled_apart(
    x: Array, t: Array, size: int, rng: Any
) -> Iterator[tuple[Array, Array]]:
    """The samples are shuffled, their targets are not."""
    rng, start = np.random.default_rng(rng), 0
    for bx, _ in nnlib.minibatches(x, t, size, rng):
        yield bx, t[start : start + len(bx)]
        start += len(bx)


class ConstantCorrection(nnlib.Adam):
    """Adam's bias correction divides by 1 − β in place of 1 − βᵗ, at every step."""

    def update(self, theta: Array, grad: Array) -> None:
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.squares = self.beta2 * self.squares + (1 - self.beta2) * grad**2
        m_hat, r_hat = self.m / (1 - self.beta1), self.squares / (1 - self.beta2)
        theta -= self.lr * m_hat / (np.sqrt(r_hat) + self.eps)


class CopiedWhenUsed(nnlib.Adam):
    """A copy of an optimizer that trained something else brings its moments along."""

    def start(self, theta: Array) -> None:
        used = nnlib.Adam(self.lr)
        for _ in range(20):
            used.step(np.zeros_like(theta), np.full_like(theta, 2.0))
        self.__dict__.update(copy.copy(used).__dict__)


class EmptyVelocity(nnlib.Nesterov):
    """The velocity starts as an empty array, which fits no parameter."""

    def __init__(self, lr: float) -> None:
        super().__init__(lr, 0.9)

    def update(self, theta: Array, grad: Array) -> None:
        velocity = np.array([])
        theta -= self.lr * (grad + self.momentum * velocity)


# --- the list --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Specimen:
    """One bug: its name, where it comes from, its family, and the parts it replaces."""

    name: str
    origin: str
    family: str
    parts: dict[str, Any]

    @property
    def kit(self) -> Kit:
        return replace(FAMILIES[self.family], **self.parts)

    @property
    def broken(self) -> Any:
        """The class or function that is broken; with two of them, the first."""
        part = next(iter(self.parts.values()))
        return type(part) if isinstance(part, nnlib.Penalty) else part

    @property
    def says(self) -> str:
        """What is wrong, in one line."""
        if len(self.parts) > 1 and self.name == "two that cancel":
            return "Both the binary loss and the diagonal softmax."
        return (self.broken.__doc__ or "").partition("\n")[0]


SPECIMENS = [
    Specimen("wrong sign", "classic", "plain", {"dense": WrongSign}),
    Specimen("forgotten transpose", "classic", "plain", {"middle": ForgottenTranspose}),
    Specimen("transposed gradient", "classic", "plain", {"middle": TransposedGradient}),
    Specimen("bias over both axes", "E2", "squared", {"dense": SummedBothAxes}),
    Specimen("bias not summed", "B11", "plain", {"dense": UnsummedBias}),
    Specimen("bias forgotten", "classic", "plain", {"dense": ForgottenBias}),
    Specimen("bias averaged", "classic", "plain", {"dense": AveragedBias}),
    Specimen("updated too early", "E3", "squared", {"dense": EagerUpdate}),
    Specimen("stale input", "classic", "plain", {"dense": StaleInput}),
    Specimen("accumulated", "classic", "plain", {"dense": Accumulated}),
    Specimen("slope of z", "B2", "plain", {"hidden": SlopeOfZ}),
    Specimen("no slope", "classic", "plain", {"hidden": NoSlope}),
    Specimen("sigmoid of sigmoid", "classic", "sigmoid", {"hidden": SigmoidTwice}),
    Specimen("mask from gradient", "classic", "ReLU", {"hidden": MaskFromGradient}),
    Specimen("right slope at 0", "A7", "ReLU", {"hidden": RightSlopeAtZero}),
    Specimen("ReLU by reduction", "classic", "ReLU", {"hidden": MaxOfTheColumn}),
    Specimen("tanh by exponentials", "D21", "plain", {"hidden": TanhByExponentials}),
    Specimen("upward", "A1", "plain", {"loss": Upward}),
    Specimen("missing 1/N", "E1", "squared", {"loss": ForgottenMean}),
    Specimen("broadcast targets", "classic", "one output", {"loss": Broadcast}),
    Specimen("diagonal softmax", "D2", "two steps", {"last": DiagonalSoftmax}),
    Specimen("skipped softmax", "classic", "two steps", {"last": SkippedSoftmax}),
    Specimen("binary loss", "D1", "two steps", {"loss": BinaryLoss}),
    Specimen(
        "two that cancel",
        "D3",
        "two steps",
        {"loss": BinaryLoss, "last": DiagonalSoftmax},
    ),
    Specimen("clipped at 1e-15", "D4", "two steps", {"loss": Clipped}),
    Specimen("log 0 is 0", "A10", "two steps", {"loss": ZeroLog}),
    Specimen("clipped exponents", "A9", "two steps", {"last": ClippedExponents}),
    Specimen("softmax twice", "classic", "plain", {"last": AgainSoftmax}),
    Specimen(
        "wrong axis",
        "classic",
        "two steps",
        {"last": SoftmaxOverBatch, "loss": Trusting},
    ),
    Specimen("dropped both terms", "classic", "normed", {"norm": ConstantStatistics}),
    Specimen("dropped one term", "classic", "normed", {"norm": ConstantVariance}),
    Specimen("N and N − 1", "classic", "normed", {"norm": UnbiasedForward}),
    Specimen("frozen statistics", "classic", "normed", {"norm": FrozenStatistics}),
    Specimen("always training", "D14", "normed", {"norm": AlwaysTraining}),
    Specimen("half decay", "A12", "decayed", {"penalty": HalfDecay(1e-3)}),
    Specimen("decayed biases", "A12", "decayed", {"network": DecayedBiases}),
    Specimen(
        "empty last batch",
        "A14",
        "plain",
        {"batches": one_batch_too_many, "network": Countdown},
    ),
    Specimen("one row too few", "classic", "plain", {"batches": one_row_too_few}),
    Specimen("shuffled apart", "classic", "plain", {"batches": shuffled_apart}),
    Specimen("constant correction", "D7", "Adam", {"optimizer": ConstantCorrection}),
    Specimen("used copy", "D22", "Adam", {"optimizer": CopiedWhenUsed}),
    Specimen("empty velocity", "D8", "Nesterov", {"optimizer": EmptyVelocity}),
]


# --- training on moons -----------------------------------------------------------------------


def half_moons(seed: int, n: int = 200, noise: float = 0.2) -> tuple[Array, Array]:
    """Return n points of two half circles and their labels."""
    rng = np.random.default_rng([seed, 5])
    labels = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    x = np.where(labels[:, None] == 0, upper, [1, 0.5] - upper)
    return x + rng.normal(0, noise, (n, 2)), labels


@dataclass(frozen=True)
class Run:
    """A training: the loss of each epoch, the network, and why it stopped early."""

    loss: Array
    net: nnlib.Network
    stopped: str | None
    accuracy: float


WIDTH, EPOCHS, SIZE = 12, 40, 20


def train_kit(kit: Kit, seed: int = 0, epochs: int = EPOCHS) -> Run:
    """Train a kit's 2-12-12-K network on moons; report what its own code reports."""
    *_, run = training(kit, seed, epochs)
    return run


def training(kit: Kit, seed: int = 0, epochs: int = EPOCHS) -> Iterator[Run]:
    """The same, as it stands after each epoch; the last has the accuracy."""
    x, labels = half_moons(seed)
    t = kit.targets(labels, kit.outputs)
    net = kit.build([2, WIDTH, WIDTH, kit.outputs], seed)
    optimizer, rng = kit.optimizer(kit.rate), np.random.default_rng(seed)
    losses: list[float] = []
    stopped = None
    while len(losses) < epochs and not stopped:
        with quiet():
            try:
                values = []
                for bx, bt in kit.batches(x, t, SIZE, rng):
                    values.append(net.loss_and_grad(bx, bt))
                    optimizer.step(net.theta, net.grad)
                losses.append(float(np.mean(values)))
                if not (np.isfinite(losses[-1]) and np.isfinite(net.theta).all()):
                    stopped = "not finite"
            except ERRORS as error:
                stopped = f"{type(error).__name__}: {error}"
        yield Run(np.array(losses), net, stopped, np.nan)
    with quiet():
        accuracy = 0.0 if stopped else _accuracy(kit, net, seed)
    yield Run(np.array(losses), net, stopped, accuracy)


@contextmanager
def quiet() -> Iterator[None]:
    """What broken programs warn of goes unsaid."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _accuracy(kit: Kit, net: nnlib.Network, seed: int) -> float:
    x, labels = half_moons(seed + 1000, 1000)
    return float(np.mean(labels_of(kit.scores(net, x)) == labels))


# --- checks -------------------------------------------------------------------------------------

BAR = 0.91
SEEDS = range(3)
TOLERANCE = 1e-6


def runs(kit: Kit) -> list[Run]:
    """The kit's trainings from all seeds, made once."""
    return [list(watch(kit, seed))[-1] for seed in SEEDS]


def watch(kit: Kit, seed: int = 0) -> Iterator[Run]:
    """One of them: as it stands after each epoch while it is made, and at its end."""
    if (kit, seed) not in _made:
        for run in training(kit, seed):
            yield run
        _made[kit, seed] = run
    yield _made[kit, seed]


_made: dict[tuple[Kit, int], Run] = {}


def loss_falls(kit: Kit) -> str | None:
    """The loss printed last is below the one printed first, in each of three runs."""
    for run in runs(kit):
        if run.stopped:
            return run.stopped
        if not run.loss[-1] < run.loss[0]:
            return "the loss does not fall"
    return None


def accurate(kit: Kit) -> str | None:
    """The median of three runs' accuracies on fresh moons reaches the bar."""
    found = np.median([run.accuracy for run in runs(kit)])
    return None if found >= BAR else f"accuracy {found:.0%}"


def accurate_from_all_seeds(kit: Kit) -> str | None:
    """The worst of three runs reaches the bar."""
    found = min(run.accuracy for run in runs(kit))
    return None if found >= BAR else f"accuracy {found:.0%}"


def _widths(kit: Kit, square: bool = True) -> list[int]:
    return [2, 5, 5 if square else 4, 3 if kit.outputs > 1 else 1]


def sample(
    kit: Kit, widths: list[int], n: int, seed: int = 7
) -> tuple[nnlib.Network, Array, Array]:
    """A network with random weights and biases, and a batch for it."""
    rng = np.random.default_rng(seed)
    net = kit.build(widths, seed)
    net.theta += rng.normal(0, 0.3, net.n_params)
    x = rng.normal(size=(n, widths[0]))
    labels = rng.integers(0, max(widths[-1], 2), n)
    return net, x, kit.targets(labels, widths[-1])


def _gradient(kit: Kit, widths: list[int], n: int, zero: bool = False) -> str | None:
    if kit.norm and n == 1:
        return SKIPPED
    net, x, t = sample(kit, widths, n)
    if zero:
        net.theta[...] = 0
        for layer in net.layers:
            if isinstance(layer, nnlib.BatchNorm):
                layer.gamma = 1
    try:
        error = nnlib.check_gradient(net, x, t)
    except ERRORS as problem:
        return f"{type(problem).__name__}: {problem}"
    return None if error < TOLERANCE else f"relative error {error:.0e}"


def gradient_of_one_row(kit: Kit) -> str | None:
    """Central differences, random weights, a batch of one row."""
    return _gradient(kit, _widths(kit), 1)


def gradient_at_zero(kit: Kit) -> str | None:
    """Central differences, six rows, all weights and biases 0."""
    return _gradient(kit, _widths(kit), 6, zero=True)


def gradient_of_thin(kit: Kit) -> str | None:
    """Central differences, six rows, one unit in a layer (two at the end for softmax)."""
    single = issubclass(kit.loss, nnlib.SquaredError)
    return _gradient(kit, [2, 1, 1, 1 if single else 2], 6)


def gradient(kit: Kit) -> str | None:
    """Central differences, six rows, several units, random weights and biases."""
    return _gradient(kit, _widths(kit), 6)


def inner_product(kit: Kit) -> str | None:
    """One number: the slope along one random direction, against the gradient's."""
    net, x, t = sample(kit, _widths(kit), 6)
    direction = np.random.default_rng(11).standard_normal(net.n_params)
    start, h = net.theta.copy(), 1e-6
    try:
        net.loss_and_grad(x, t)
        analytic = float(net.grad @ direction)
        values = []
        for sign in 1, -1:
            net.theta[...] = start + sign * h * direction
            values.append(copy.deepcopy(net).loss_and_grad(x, t))
    except ERRORS as problem:
        return f"{type(problem).__name__}: {problem}"
    numeric = (values[0] - values[1]) / (2 * h)
    error = abs(analytic - numeric) / max(abs(analytic), abs(numeric))
    return None if error < 1e-5 else f"relative error {error:.0e}"


def shapes(kit: Kit) -> str | None:
    """Sizes that all differ: nothing raises, and every shape is as stated."""
    net, x, t = sample(kit, _widths(kit, square=False), 6)
    try:
        y = net.forward(x, training=True)
        value, g = net.loss.value_and_grad(y, t)
        for layer in net.layers[::-1]:
            g = layer.backward(g)
    except ERRORS as problem:
        return f"{type(problem).__name__}: {problem}"
    fits = y.shape == (6, net.n_out) and np.ndim(value) == 0 and g.shape == x.shape
    return None if fits else f"shapes {y.shape}, {g.shape}"


def formula(kit: Kit, theta: Array, x: Array, t: Array, widths: list[int]) -> Any:
    """The loss written a second time, from the formulas, for complex numbers too.

    It knows what the kit's *family* should compute, and nothing of its classes.
    """
    right = next(f for f in FAMILIES.values() if _same_family(f, kit))
    activation: dict[type, Callable[[Array], Array]] = {
        nnlib.Tanh: np.tanh,
        nnlib.ReLU: lambda z: np.where(z.real > 0, z, 0),
        nnlib.Sigmoid: lambda z: 1 / (1 + np.exp(-z)),
    }
    a, start, squares = x, 0, 0.0
    for i, (n_in, n_out) in enumerate(pairwise(widths)):
        W = theta[start : start + n_in * n_out].reshape(n_in, n_out)
        a = a @ W + theta[start + W.size : start + W.size + n_out]
        start, squares = start + W.size + n_out, squares + (W**2).sum()
        if i == len(widths) - 2:
            break
        if right.norm:
            center = a - a.mean(axis=0)
            a = center / np.sqrt((center**2).mean(axis=0) + 1e-5)
            a = (
                a * theta[start : start + n_out]
                + theta[start + n_out : start + 2 * n_out]
            )
            start += 2 * n_out
        a = activation[right.hidden](a)
    lam = right.penalty.lam if right.penalty else 0.0
    if issubclass(right.loss, nnlib.SquaredError):
        return ((activation[nnlib.Sigmoid](a) - t) ** 2).sum() / (
            2 * len(x)
        ) + lam * squares
    p = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(x)), t]).mean() + lam * squares


def _same_family(healthy: Kit, kit: Kit) -> bool:
    return (
        issubclass(kit.hidden, healthy.hidden)
        and issubclass(kit.loss, healthy.loss)
        and (kit.norm is None) == (healthy.norm is None)
        and (kit.penalty is None) == (healthy.penalty is None)
    )


def complex_gradient(
    kit: Kit, theta: Array, x: Array, t: Array, widths: list[int]
) -> Array:
    """The gradient of `formula` by complex steps of 1e-30."""
    steps = theta + 1e-30j * np.eye(len(theta))
    return np.array([formula(kit, v, x, t, widths).imag / 1e-30 for v in steps])


def complex_step(kit: Kit) -> str | None:
    """Value and gradient against the formula's, by complex steps."""
    widths = _widths(kit)
    net, x, t = sample(kit, widths, 6)
    try:
        value = net.loss_and_grad(x, t)
    except ERRORS as problem:
        return f"{type(problem).__name__}: {problem}"
    if not math.isclose(value, formula(kit, net.theta, x, t, widths), rel_tol=1e-10):
        return "the loss has another value"
    exact = complex_gradient(kit, net.theta, x, t, widths)
    error = abs(net.grad - exact).max() / abs(exact).max()
    return None if error < 1e-10 else f"relative error {error:.0e}"


def known_run(kit: Kit) -> str | None:
    """Three steps on three batches, against the same by formula and textbook rule."""
    widths = _widths(kit)
    net = kit.build(widths, 7)
    theta = net.theta.copy()
    optimizer = kit.optimizer(kit.rate)
    m, r, v = np.zeros((3, len(theta)))
    for s in range(1, 4):
        _, x, t = sample(kit, widths, 6, seed=s)
        x[0] = 0  # a row of zeros sits on every kink while the biases are 0
        g = complex_gradient(kit, theta, x, t, widths)
        if isinstance(optimizer, nnlib.Adam):
            m, r = 0.9 * m + 0.1 * g, 0.999 * r + 0.001 * g**2
            m_hat, r_hat = m / (1 - 0.9**s), r / (1 - 0.999**s)
            theta -= optimizer.lr * m_hat / (np.sqrt(r_hat) + 1e-8)
        elif isinstance(optimizer, nnlib.Nesterov):
            v = 0.9 * v + g
            theta -= optimizer.lr * (g + 0.9 * v)
        else:
            theta -= optimizer.lr * g
        try:
            net.loss_and_grad(x, t)
            optimizer.step(net.theta, net.grad)
        except ERRORS as problem:
            return f"{type(problem).__name__}: {problem}"
        error = abs(net.theta - theta).max()
        if not error < 1e-7:
            return f"step {s} is off by {error:.0e}"
    return None


MAZUR_W = np.array(
    [0.15, 0.25, 0.20, 0.30, 0.40, 0.50, 0.45, 0.55]
)  # (n_in, n_out), by rows
MAZUR_AFTER = np.array(
    [
        0.149780716,
        0.24975114,
        0.19956143,
        0.29950229,
        0.35891648,
        0.511301270,
        0.408666186,
        0.561370121,
    ]
)


def mazur(kit: Kit) -> str | None:
    """Mazur's worked example: eight weights after one step on one sample."""
    sigmoid = kit.hidden if issubclass(kit.hidden, nnlib.Sigmoid) else nnlib.Sigmoid
    squared = (
        kit.loss if issubclass(kit.loss, nnlib.SquaredError) else nnlib.SquaredError
    )
    parts = Kit(
        rate=0.5,
        dense=kit.middle or kit.dense,
        hidden=sigmoid,
        last=sigmoid,
        loss=squared,
        network=kit.network,
    )
    if parts == Kit(
        rate=0.5, hidden=nnlib.Sigmoid, last=nnlib.Sigmoid, loss=nnlib.SquaredError
    ):
        return SKIPPED
    if kit.penalty is not None:
        return SKIPPED
    net = parts.build([2, 2, 2])
    where = np.r_[0:4, 6:10]
    net.theta[where] = MAZUR_W
    net.theta[4:6], net.theta[10:12] = 0.35, 0.60
    try:
        net.loss_and_grad(np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]]))
    except ERRORS as problem:
        return f"{type(problem).__name__}: {problem}"
    error = abs(net.theta[where] - 0.5 * net.grad[where] - MAZUR_AFTER).max()
    return None if error < 1e-8 else f"a weight is off by {error:.0e}"


class Watched(np.ndarray):
    """An array from which nothing infinite may come: a browser's processor, unlike others, reports no overflow."""

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = (), **options: Any
    ) -> Any:
        plain = [np.asarray(array) for array in inputs]
        if out:
            options["out"] = tuple(np.asarray(array) for array in out)
        result = getattr(ufunc, method)(*plain, **options)
        if not np.isfinite(result).all():
            raise FloatingPointError(f"overflow encountered in {ufunc.__name__}")
        return np.asarray(result).view(Watched)


def extremes(kit: Kit) -> str | None:
    """Huge inputs raise no warning; a confident mistake costs much, and teaches."""
    far = np.array([[-1e4, -400.0, 0.0, 400.0, 1e4]])
    try:
        with np.errstate(all="raise", under="ignore"):
            hidden = kit.hidden()
            if not np.isfinite(hidden.forward(far)).all():
                return "not finite"
            hidden.f(far.view(Watched), False)
            if issubclass(kit.loss, nnlib.SquaredError):
                return None
            loss, t = kit.loss(), np.array([1])
            for z, least, slope in ([2000.0, 1000.0], 30, 0), ([40.0, 0.0], 30, 0.1):
                last = kit.last() if kit.last else nnlib.Identity()
                value, g = loss.value_and_grad(last.forward(np.array([z])), t)
                if not value > least:
                    return f"a mistake at logits {z} costs {value:.1f}"
                if slope and not abs(last.backward(g)).max() > slope:
                    return f"a mistake at logits {z} has no gradient"
    except (FloatingPointError, *ERRORS) as problem:
        return f"{type(problem).__name__}: {problem}"
    return None


def census(kit: Kit) -> str | None:
    """An epoch sees each row once, with its own target."""
    rows = np.arange(47)
    seen = [
        b for b in kit.batches(rows[:, None].astype(float), rows, 10, 0) if len(b[0])
    ]
    x, t = (
        np.concatenate([b[0][:, 0] for b in seen]),
        np.concatenate([b[1] for b in seen]),
    )
    if not np.array_equal(x, t):
        return "rows without their own targets"
    return (
        None
        if np.array_equal(np.sort(x), rows)
        else f"{len(x)} of {len(rows)} rows seen"
    )


def alone(kit: Kit) -> str | None:
    """A row is scored alone as it is among others; what is learnt shows at evaluation."""
    run = runs(kit)[0]
    x, _ = half_moons(2000, 40)
    if run.stopped:
        return SKIPPED
    single = np.vstack([kit.scores(run.net, row[None]) for row in x])
    worst = abs(kit.scores(run.net, x) - single).max()
    return None if worst < 1e-9 else f"scores differ by {worst:.1f}"


CHECKS: dict[str, Callable[[Kit], str | None]] = {
    "loss falls": loss_falls,
    "accuracy": accurate,
    "three seeds": accurate_from_all_seeds,
    "shapes": shapes,
    "Mazur": mazur,
    "gradient of one row": gradient_of_one_row,
    "gradient at zero weights": gradient_at_zero,
    "gradient of thin layers": gradient_of_thin,
    "gradient": gradient,
    "inner product": inner_product,
    "complex step": complex_step,
    "known run": known_run,
    "extremes": extremes,
    "census": census,
    "alone": alone,
}


def examine(kit: Kit) -> dict[str, str | None]:
    """Return each check's verdict: None, a complaint, or `SKIPPED`."""
    with quiet():
        return {name: check(kit) for name, check in CHECKS.items()}


def caught(verdict: str | None) -> bool:
    """Whether a verdict is a complaint."""
    return verdict is not None and verdict != SKIPPED
