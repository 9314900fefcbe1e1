"""Training: minibatches, the loop over epochs, and what it records."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from . import validate
from .initializers import Rng
from .losses import BinaryCrossEntropy, Loss
from .network import Network, labels_of
from .optimizers import Optimizer

# At least so many rows are evaluated at once: small batches spend their time in calls.
EVALUATION_ROWS = 128


Data = tuple[np.ndarray, np.ndarray]


def no_epochs() -> np.ndarray:
    return np.empty(0)


@dataclass(eq=False)
class History:
    """What ``fit`` records, one number an epoch. Two are equal if all numbers are.

    Attributes
    ----------
    loss : array
        Mean over the epoch's samples of the batches' training-mode losses, penalty included: each
        batch's loss is taken before the step that it causes.
    accuracy : array
        Of the training data after the epoch, as the function ``accuracy`` has it.
    val_loss, val_accuracy : array
        The same on the validation data after the epoch, the loss without penalty; empty without
        validation data.
    diverged : bool
        True where a number that is not finite (a loss, θ, what is measured after an epoch) ended
        the training; the arrays hold the epochs finished before.
    """

    loss: np.ndarray = field(default_factory=no_epochs)
    accuracy: np.ndarray = field(default_factory=no_epochs)
    val_loss: np.ndarray = field(default_factory=no_epochs)
    val_accuracy: np.ndarray = field(default_factory=no_epochs)
    diverged: bool = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]


def one_hot(labels: np.ndarray, k: int) -> np.ndarray:
    """Return rows, ``(N, k)``, that are 1 at each label, in 0..k−1, and 0 elsewhere."""
    k = validate.count("one_hot: k", k)
    labels = validate.labels("one_hot", labels, k)
    rows = np.zeros((len(labels), k))
    rows[np.arange(len(labels)), labels] = 1
    return rows


def minibatches(x: np.ndarray, t: np.ndarray, batch_size: int, rng: Rng) -> Iterator[Data]:
    """Yield the rows of x and t once, in a random order, ``batch_size`` at a time.

    x and t have the same number of rows N. The last batch holds what is left. ``rng`` is a
    generator, which moves on, or a seed.
    """
    x = validate.plain_array("minibatches", "x", x)
    t = validate.plain_array("minibatches", "t", t)
    batch_size = validate.count("minibatches: batch_size", batch_size)
    expected = "as many rows in t as in x, at least one"
    rows = [len(a) if a.ndim else 0 for a in (t, x)]
    validate.expect(rows[0] == rows[1] > 0, "minibatches", expected, "{} and {}".format(*rows))
    return shuffled(x, t, batch_size, validate.generator("minibatches", rng))


def shuffled(
    x: np.ndarray, t: np.ndarray, batch_size: int, rng: np.random.Generator, min_rows: int = 1
) -> Iterator[Data]:
    """``minibatches``; a last batch of fewer than ``min_rows`` joins the one before."""
    n = len(x)
    order = rng.permutation(n)
    start = 0
    while start < n:
        stop = start + batch_size
        if n - stop < min_rows:
            stop = n
        rows = order[start:stop]
        yield x.take(rows, axis=0), t.take(rows, axis=0)
        start = stop


def right_answers(loss: Loss, t: np.ndarray) -> np.ndarray | None:
    """Return what outputs are compared with: labels ``(N,)``, or entries ``(N, K)``.

    t are targets as the loss takes them; None where they are neither.
    """
    if t.ndim == 1:
        return t
    if not ((t == 0) | (t == 1)).all():
        return None
    if t.shape[1] > 1 and (t.sum(axis=1) == 1).all():
        return t.argmax(axis=1)
    return t == 1 if isinstance(loss, BinaryCrossEntropy) else None


def count_right(y: np.ndarray, answers: np.ndarray) -> float:
    """Return how many rows of y are right, or have right entries: a share of each."""
    if answers.ndim == 1:
        return float(np.count_nonzero(labels_of(y) == answers))
    return float(np.mean((y > 0.5) == answers, axis=1).sum())


def accuracy(net: Network, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of right predictions for x, ``(N, n_in)``.

    For labels, ``(N,)``, or one-hot rows, ``(N, n_out)``, that is the share of rows whose class is
    predicted. For other rows of 0 and 1 under ``BinaryCrossEntropy``, it is the share of entries on
    the right side of 0.5; for any other targets NaN. ValueError where an output is not finite: a
    NaN is no answer.
    """
    validate.instance(net, Network, "accuracy: net must be a Network")
    y = net.forward(x)
    validate.finite("accuracy", "outputs", y)
    t = validate.plain_array("accuracy", "labels", labels)
    if t.ndim == 2 and t.shape == y.shape:
        t = validate.real_array("accuracy", "labels", t, y.dtype)
    else:
        t = validate.labels("accuracy", t, max(y.shape[1], 2))
    expected = f"labels of shape ({len(y)},)"
    validate.expect(len(t) == len(y), "accuracy", expected, t.shape)
    answers = right_answers(net.loss, t)
    return math.nan if answers is None else count_right(y, answers) / len(y)


def evaluate(net: Network, x: np.ndarray, t: np.ndarray, rows: int) -> list[float]:
    """Return loss (without penalty) and accuracy, in evaluation, ``rows`` at a time."""
    loss = right = 0.0
    answers = right_answers(net.loss, t)
    for start in range(0, len(x), rows):
        batch = slice(start, start + rows)
        y = net.f(x[batch], training=False)
        if not np.isfinite(y).all():
            return [math.inf, math.nan]
        loss += net.loss.f(y, t[batch])[0] * len(y)
        if answers is not None:
            right += count_right(y, answers[batch])
    return [loss / len(x), math.nan if answers is None else right / len(x)]


def checked_data(net: Network, x: Any, t: Any, name: str = "") -> Data:
    """Return x and t as the network and loss take them; refuse what is not finite."""
    with np.errstate(over="ignore"):  # too large for float32 is inf, refused below
        x, t = net.check(x, t, training=False)
    validate.finite("fit", f"{name}x", x)
    validate.finite("fit", f"{name}t", t)
    return x, t


def progress_bar(epochs: int) -> Iterable[int]:
    """Return the epochs' numbers, to be counted by a bar of the package tqdm."""
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise ImportError("fit: progress=True needs the package tqdm (pip install tqdm)") from error
    return tqdm(range(epochs), desc="fit", unit="epoch")


def fit(
    net: Network,
    x: np.ndarray,
    t: np.ndarray,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int = 32,
    validation: Data | None = None,
    rng: Rng = 0,
    progress: bool = False,
    on_epoch: Callable[[int, Network, History], Any] | None = None,
) -> History:
    """Train a network and return its ``History``.

    A loss that is not finite ends the training without a step; running statistics are then what
    they were before the call, so that a network whose θ is put back is as it was. Bad data are a
    ValueError or TypeError before the first step.

    Parameters
    ----------
    net : Network
    x, t : array
        Training data, ``(N, n_in)``, and targets as the network's loss takes them. All finite.
    optimizer : Optimizer
        Takes one step on ``net.theta`` a batch.
    epochs : int
        How many times every sample is seen, in a new random order each time.
    batch_size : int
        Rows a step; the last batch of an epoch holds what is left. With BatchNorm in the network, a
        last batch of one row joins the one before.
    validation : (x, t), optional
        Data to measure after each epoch.
    rng : numpy.random.Generator or int
        Where the order of the samples comes from. A seed gives the same order at each call: to go
        on where a call ended, pass one generator to both.
    progress : bool
        Show a bar; needs the package tqdm (ImportError without it).
    on_epoch : function (epoch, net, history), optional
        Called after each epoch, counted from 0; True as its answer ends the training.
    """
    epochs = validate.count("fit: epochs", epochs)
    batch_size = validate.count("fit: batch_size", batch_size)
    validate.instance(net, Network, "fit: net must be a Network")
    validate.instance(optimizer, Optimizer, "fit: optimizer must be an Optimizer such as Adam()")
    if not (on_epoch is None or callable(on_epoch)):
        raise TypeError(f"fit: on_epoch must be a function (epoch, net, history), got {on_epoch!r}")
    x, t = checked_data(net, x, t)
    if validation is not None:
        if not (isinstance(validation, tuple | list) and len(validation) == 2):
            raise TypeError("fit: validation must be a pair (x, t)")
        validation = checked_data(net, *validation, name="validation ")
    if min(batch_size, len(x)) < net.min_rows:
        names = (type(a).__name__ for a in net.layers if a.min_rows == net.min_rows)
        raise ValueError(
            f"fit: {next(names)} needs batches of at least {net.min_rows} rows, "
            f"got batch_size {batch_size} and {len(x)} rows of x"
        )
    rng = validate.generator("fit", rng)
    numbers = progress_bar(epochs) if progress else range(epochs)
    recorder = Recorder(net, (x, t), validation, epochs, batch_size)

    def batches() -> Iterator[Data]:
        return shuffled(x, t, batch_size, rng, net.min_rows)

    # A diverging run is reported by the history, not by warnings.
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return train(net, optimizer, batches, numbers, recorder, on_epoch)


def train(
    net: Network,
    optimizer: Optimizer,
    batches: Callable[[], Iterable[Data]],
    epochs: Iterable[int],
    recorder: Recorder,
    on_epoch: Callable[[int, Network, History], Any] | None,
) -> History:
    """Train for some epochs, each on new ``batches()``, and record each: ``fit``, all checked."""
    statistics = [array.copy() for array in net.statistics()]
    for epoch in epochs:
        loss = train_epoch(net, optimizer, batches())
        if not (math.isfinite(loss) and recorder.record(loss)):
            recorder.history.diverged = True
            for array, before in zip(net.statistics(), statistics, strict=True):
                array[...] = before
            break
        stop = on_epoch is not None and on_epoch(epoch, net, recorder.history)
        if isinstance(stop, bool | np.bool_) and stop:
            break
    return recorder.history


def train_epoch(net: Network, optimizer: Optimizer, batches: Iterable[Data]) -> float:
    """Take a step on each batch; return the rows' mean loss, before each batch's step.

    A loss that is not finite is returned at once, and no step is taken on it.
    """
    total, rows = 0.0, 0
    for x, t in batches:
        loss = net.backpropagate(x, t)
        if not math.isfinite(loss):
            return loss
        optimizer.step(net.theta, net.grad)
        total += loss * len(x)
        rows += len(x)
    return total / rows


class Recorder:
    """Measures a network after each epoch and keeps the numbers in a ``History``."""

    def __init__(
        self, net: Network, data: Data, validation: Data | None, epochs: int, rows: int
    ) -> None:
        self.net, self.data, self.validation = net, data, validation
        self.rows = max(rows, EVALUATION_ROWS)
        self.numbers = np.empty((4, epochs))
        self.history = History()

    def record(self, loss: float) -> bool:
        """Add an epoch; or add nothing, and return False, where it is not finite."""
        history, done = self.history, len(self.history.loss)
        measured = evaluate(self.net, *self.data, self.rows)
        if self.validation is not None:
            measured += evaluate(self.net, *self.validation, self.rows)
        finite = np.isfinite(measured[::2]).all() and np.isfinite(self.net.theta).all()
        if finite:
            self.numbers[: len(measured), done] = loss, *measured[1:]
            history.loss, history.accuracy = self.numbers[:2, : done + 1]
            if self.validation is not None:
                history.val_loss, history.val_accuracy = self.numbers[2:, : done + 1]
        return bool(finite)
