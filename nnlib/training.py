"""Training: minibatches, the loop over epochs, and what it records."""

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

EVALUATION_ROWS = 128  # at once, at least: small batches spend their time in calls
Data = tuple[np.ndarray, np.ndarray]


@dataclass(eq=False)
class History:
    """What ``fit`` records: arrays with a number an epoch. Two are equal if all numbers are.

    ``loss`` is the mean over the epoch's samples of the batches' training-mode losses, penalty included, each taken
    before the step that it causes. ``accuracy`` is that of the training data after the epoch, as the function of that
    name has it. ``val_loss``, without penalty, and ``val_accuracy`` are those of the validation data after the epoch;
    empty without them. (Rows of 0 and 1 are classes where they are one-hot in both.) ``diverged`` is True where a
    number that is not finite (a loss, θ, what is measured after an epoch) ended the training; the arrays hold the
    epochs finished before.
    """

    loss: np.ndarray = field(default_factory=lambda: np.empty(0))
    accuracy: np.ndarray = field(default_factory=lambda: np.empty(0))
    val_loss: np.ndarray = field(default_factory=lambda: np.empty(0))
    val_accuracy: np.ndarray = field(default_factory=lambda: np.empty(0))
    diverged: bool = False

    def append(self, *numbers: float) -> None:
        """Add an epoch: loss and accuracy, and those of the validation data if there are any."""
        for name, number in zip(("loss", "accuracy", "val_loss", "val_accuracy"), numbers, strict=False):
            setattr(self, name, np.append(getattr(self, name), number))

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

    x and t have as many rows; the last batch holds what is left. ``rng`` is a generator, which moves on, or a seed.
    """
    x, t = validate.plain_array("minibatches", "x", x), validate.plain_array("minibatches", "t", t)
    batch_size = validate.count("minibatches: batch_size", batch_size)
    n_t, n_x = (len(a) if a.ndim else 0 for a in (t, x))
    validate.expect(n_t == n_x > 0, "minibatches", "as many rows in t as in x, at least one", f"{n_t} and {n_x}")
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


def right_answers(loss: Loss, *targets: np.ndarray) -> list[Any]:
    """Return what outputs are compared with: labels ``(N,)``, entries ``(N, K)``, or None.

    Whether rows of 0 and 1 are classes is decided for all of them together.
    """
    binary = [t.ndim == 2 and bool(((t == 0) | (t == 1)).all()) for t in targets]
    rows = [t for t, is_binary in zip(targets, binary, strict=True) if is_binary]
    classes = all(t.shape[1] > 1 and (t.sum(axis=1) == 1).all() for t in rows)

    def answers(t: np.ndarray, is_binary: bool) -> Any:
        if t.ndim == 1 or (is_binary and classes):
            return t if t.ndim == 1 else t.argmax(axis=1)
        return t == 1 if is_binary and isinstance(loss, BinaryCrossEntropy) else None

    return [answers(*pair) for pair in zip(targets, binary, strict=True)]


def count_right(y: np.ndarray, answers: np.ndarray | None) -> float:
    """Return how many rows of y are right, or have right entries: a share of each; NaN without answers."""
    if answers is None:
        return math.nan
    if answers.ndim == 1:
        return float(np.count_nonzero(labels_of(y) == answers))
    return float(np.mean((y > 0.5) == answers, axis=1).sum())


def accuracy(net: Network, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of right predictions for x, ``(N, n_in)``; ValueError where an output is not finite.

    For labels, ``(N,)``, or one-hot rows, ``(N, n_out)``, that is the share of rows whose class is predicted. For other
    rows of 0 and 1 under ``BinaryCrossEntropy``, it is the share of entries on the right side of 0.5; else NaN.
    """
    validate.instance(net, Network, "accuracy: net must be a Network")
    y = net.forward(x)
    validate.finite("accuracy", "outputs", y)
    t = validate.plain_array("accuracy", "labels", labels)
    if t.ndim == 2 and t.shape == y.shape:
        t = validate.real_array("accuracy", "labels", t, y.dtype)
    else:
        t = validate.labels("accuracy", t, max(y.shape[1], 2))
    validate.expect(len(t) == len(y), "accuracy", f"labels of shape ({len(y)},)", t.shape)
    return count_right(y, right_answers(net.loss, t)[0]) / len(y)


def evaluate(net: Network, x: np.ndarray, t: np.ndarray, answers: Any, rows: int) -> list[float]:
    """Return loss (without penalty) and accuracy, in evaluation, ``rows`` at a time."""
    loss = right = 0.0
    for start in range(0, len(x), rows):
        batch = slice(start, start + rows)
        y = net.f(x[batch], training=False)
        if not np.isfinite(y).all():
            return [math.inf, math.nan]
        loss += net.loss.f(y, t[batch])[0] * len(y)
        right += count_right(y, answers if answers is None else answers[batch])
    return [loss / len(x), right / len(x)]


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

    x, ``(N, n_in)``, and t, targets as the loss takes them, are seen once an epoch, in a new random order,
    ``batch_size`` rows at a time, with a step of the optimizer on ``net.theta`` after each; the last batch holds what
    is left. (With BatchNorm, a last batch of one row joins the one before.) The order comes from ``rng``, a generator
    or a seed. A seed gives the same order at each call: to go on where a call ended, pass one generator to both.

    ``validation``, a pair (x, t), is measured after each epoch. ``progress`` shows a bar; it needs the package tqdm
    (ImportError without it). ``on_epoch(epoch, net, history)`` is called after each epoch, counted from 0; True as its
    answer ends the training.

    A loss that is not finite ends the training without a step; running statistics are then what they were before the
    call, so that a network whose θ is put back is as it was. Bad or non-finite data are a ValueError or TypeError
    before the first step.
    """
    epochs = validate.count("fit: epochs", epochs)
    batch_size = validate.count("fit: batch_size", batch_size)
    validate.instance(net, Network, "fit: net must be a Network")
    validate.instance(optimizer, Optimizer, "fit: optimizer must be an Optimizer such as Adam()")
    if on_epoch is not None:
        validate.called_with(on_epoch, "fit: on_epoch must be a function (epoch, net, history)", 0, net, None)
    validate.instance(progress, bool | np.bool_, "fit: progress must be True or False")
    data = [checked_data(net, x, t)]
    if validation is not None:
        if not (isinstance(validation, tuple | list) and len(validation) == 2):
            raise TypeError("fit: validation must be a pair (x, t)")
        data.append(checked_data(net, *validation, name="validation "))
    if min(batch_size, len(data[0][0])) < net.min_rows:
        name = next(type(a).__name__ for a in net.layers if a.min_rows == net.min_rows)
        got = f"batch_size {batch_size} and {len(data[0][0])} rows of x"
        raise ValueError(f"fit: {name} needs batches of at least {net.min_rows} rows, got {got}")
    optimizer.check(net.theta, net.grad)
    rng = validate.generator("fit", rng)
    numbers = progress_bar(epochs) if progress else range(epochs)
    answers = right_answers(net.loss, *(t for x, t in data))
    rows = max(batch_size, EVALUATION_ROWS)

    def batches() -> Iterator[Data]:
        return shuffled(*data[0], batch_size, rng, net.min_rows)

    def measure() -> list[float]:
        return [value for pair, right in zip(data, answers, strict=True) for value in evaluate(net, *pair, right, rows)]

    # A diverging run is reported by the history, not by warnings.
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return train(net, optimizer, batches, numbers, measure, on_epoch)


def train(
    net: Network,
    optimizer: Optimizer,
    batches: Callable[[], Iterable[Data]],
    epochs: Iterable[int],
    measure: Callable[[], list[float]],
    on_epoch: Callable[[int, Network, History], Any] | None,
) -> History:
    """``fit``, all checked: epochs on new ``batches()``; ``measure()`` gives loss and accuracy, of each data set."""
    history = History()
    before = [array.copy() for array in net.statistics()]
    for epoch in epochs:
        loss = train_epoch(net, optimizer, batches())
        measured = measure() if math.isfinite(loss) else [loss]
        if not (np.isfinite(measured[::2]).all() and np.isfinite(net.theta).all()):
            history.diverged = True
            net.restore(before)
            break
        history.append(loss, *measured[1:])
        stop = on_epoch is not None and on_epoch(epoch, net, history)
        if isinstance(stop, bool | np.bool_) and stop:
            break
    return history


def train_epoch(net: Network, optimizer: Optimizer, batches: Iterable[Data]) -> float:
    """Step on each batch and return the rows' mean loss before it; one that is not finite at once, without a step."""
    total, rows = 0.0, 0
    for x, t in batches:
        loss = net.backpropagate(x, t)
        if not math.isfinite(loss):
            return loss
        optimizer.step(net.theta, net.grad)
        total += loss * len(x)
        rows += len(x)
    return total / rows
