"""Training: minibatches, the loop over epochs, and what it records."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import _validate
from .initializers import Rng
from .layers import BatchNorm
from .losses import BinaryCrossEntropy, CrossEntropy, SoftmaxCrossEntropy
from .network import Network, labels_of
from .optimizers import Optimizer

# At least so many rows are evaluated at once: small batches spend their time in calls.
EVALUATION_ROWS = 128


def _no_epochs() -> np.ndarray:
    return np.empty(0)


@dataclass
class History:
    """What ``fit`` records, one number an epoch.

    Attributes
    ----------
    loss : array
        Mean over the epoch's samples of the batches' training-mode losses, penalty
        included: each batch's loss is taken before the step that it causes.
    accuracy : array
        Share of the training samples classified rightly after the epoch; NaN for
        regression.
    val_loss, val_accuracy : array
        The same on the validation data after the epoch, the loss without penalty; empty
        without validation data.
    diverged : bool
        True where a loss that is not finite ended the training; the arrays hold the
        epochs finished before.
    """

    loss: np.ndarray = field(default_factory=_no_epochs)
    accuracy: np.ndarray = field(default_factory=_no_epochs)
    val_loss: np.ndarray = field(default_factory=_no_epochs)
    val_accuracy: np.ndarray = field(default_factory=_no_epochs)
    diverged: bool = False


def one_hot(labels: np.ndarray, k: int) -> np.ndarray:
    """Return rows, ``(N, k)``, that are 1 at each label, in 0..k−1, and 0 elsewhere."""
    k = _validate.count("one_hot: k", k)
    return np.eye(k)[_validate.labels("one_hot", labels, k)]


def minibatches(
    x: np.ndarray, t: np.ndarray, batch_size: int, rng: Rng, smallest: int = 1
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows of x and t once, in a random order, ``batch_size`` at a time.

    x and t have the same number of rows N. The last batch holds what is left; with
    fewer than ``smallest`` rows it joins the one before. ``rng`` is a generator, which
    moves on, or a seed.
    """
    x, t = np.asarray(x), np.asarray(t)
    n, batch_size = len(x), _validate.count("minibatches: batch_size", batch_size)
    if len(t) != n or n == 0:
        raise ValueError(
            f"minibatches: expected as many rows in t as in x, at least one, "
            f"got {len(t)} and {n}"
        )
    return _batches(x, t, batch_size, np.random.default_rng(rng), smallest)


def _batches(
    x: np.ndarray,
    t: np.ndarray,
    batch_size: int,
    rng: np.random.Generator,
    smallest: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    n = len(x)
    order = rng.permutation(n)
    start = 0
    while start < n:
        stop = start + batch_size
        if n - stop < smallest:
            stop = n
        rows = order[start:stop]
        yield x.take(rows, axis=0), t.take(rows, axis=0)
        start = stop


def accuracy(net: Network, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of rows of x, ``(N, n_in)``, predicted as labels, ``(N,)``."""
    predicted = net.predict(x)
    labels = _validate.labels("accuracy", labels, max(net.n_out or np.shape(x)[1], 2))
    if labels.shape != predicted.shape:
        raise ValueError(
            f"accuracy: expected labels of shape {predicted.shape}, got {labels.shape}"
        )
    return float(np.mean(predicted == labels))


def _classes(net: Network, t: np.ndarray) -> np.ndarray | None:
    """Return the labels, ``(N,)``, that targets stand for; None for regression."""
    if t.ndim == 1:
        return t
    is_class_loss = isinstance(
        net.loss, CrossEntropy | SoftmaxCrossEntropy | BinaryCrossEntropy
    )
    zeros_and_ones = bool(((t == 0) | (t == 1)).all())
    if is_class_loss or (
        zeros_and_ones and (t.shape[1] == 1 or (t.sum(axis=1) == 1).all())
    ):
        return labels_of(t)
    return None


def _evaluate(
    net: Network,
    x: np.ndarray,
    classes: np.ndarray | None,
    rows: int,
    t: np.ndarray | None = None,
) -> tuple[float, float]:
    """Return loss (without penalty; of targets t, if given) and accuracy.

    In evaluation mode, ``rows`` rows at a time.
    """
    loss = right = 0.0
    for start in range(0, len(x), rows):
        batch = slice(start, start + rows)
        y = net._forward(x[batch], training=False)
        if t is not None:
            loss += net.loss._value_and_grad(y, t[batch])[0] * len(y)
        if classes is not None:  # the largest logit has the largest probability
            right += np.count_nonzero(labels_of(y) == classes[batch])
    return loss / len(x), right / len(x) if classes is not None else np.nan


def _checked(
    net: Network, x: np.ndarray, t: np.ndarray, what: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return x and t as the network and loss take them; refuse what is not finite."""
    with np.errstate(over="ignore"):  # too large for float32 is inf, refused below
        x, t = net._check(x, t)
    for name, array in ("x", x), ("t", t):
        bad = ~np.isfinite(array)
        if bad.any():
            raise ValueError(
                f"fit: {what}{name} must be finite, got {array[bad][0]} "
                f"at index {tuple(map(int, np.argwhere(bad)[0]))}"
            )
    return x, t


def fit(
    net: Network,
    x: np.ndarray,
    t: np.ndarray,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int = 32,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    rng: Rng = 0,
    progress: bool = False,
    on_epoch: Callable[[int, Network, History], Any] | None = None,
) -> History:
    """Train a network and return its ``History``.

    A loss that is not finite ends the training without a step. Bad data are a
    ValueError or TypeError before the first.

    Parameters
    ----------
    net : Network
    x, t : array
        Training data, ``(N, n_in)``, and targets as the network's loss takes them. All
        finite.
    optimizer : Optimizer
        Takes one step on ``net.theta`` a batch.
    epochs : int
        How many times every sample is seen, in a new random order each time.
    batch_size : int
        Rows a step; the last batch of an epoch holds what is left. With BatchNorm in
        the network, a last batch of one row joins the one before.
    validation : (x, t), optional
        Data to measure after each epoch.
    rng : numpy.random.Generator or int
        Where the order of the samples comes from.
    progress : bool
        Show a bar; needs the package tqdm (ImportError without it).
    on_epoch : function (epoch, net, history), optional
        Called after each epoch, counted from 0.
    """
    epochs = _validate.count("fit: epochs", epochs)
    batch_size = _validate.count("fit: batch_size", batch_size)
    if not isinstance(net, Network):
        raise TypeError(f"fit: net must be a Network, got {net!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"fit: optimizer must be an Optimizer such as Adam(), got {optimizer!r}"
        )
    x, t = _checked(net, x, t, "")
    classes = _classes(net, t)
    if validation is not None:
        if not (isinstance(validation, tuple | list) and len(validation) == 2):
            raise TypeError("fit: validation must be a pair (x, t)")
        val_x, val_t = _checked(net, *validation, "validation ")
        val_classes = None if classes is None else _classes(net, val_t)
    smallest = 2 if any(isinstance(layer, BatchNorm) for layer in net.layers) else 1
    if min(batch_size, len(x)) < smallest:
        raise ValueError(
            f"fit: BatchNorm needs batches of at least 2 rows, "
            f"got batch_size {batch_size} and {len(x)} rows of x"
        )
    rng = np.random.default_rng(rng)
    evaluation_rows = max(batch_size, EVALUATION_ROWS)

    records = np.full((4, epochs), np.nan)
    history = History()
    numbers: Any = range(epochs)
    if progress:
        numbers = _tqdm()(numbers, desc="fit", unit="epoch")
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # a diverging run is reported by the history, not by warnings
        for epoch in numbers:
            total = 0.0
            for batch_x, batch_t in _batches(x, t, batch_size, rng, smallest):
                loss = net.loss_and_grad(batch_x, batch_t)
                if not math.isfinite(loss):
                    history.diverged = True
                    return history
                optimizer.step(net.theta, net.grad)
                total += loss * len(batch_x)
            records[0, epoch] = total / len(x)
            if classes is not None:
                records[1, epoch] = _evaluate(net, x, classes, evaluation_rows)[1]
            if validation is not None:
                records[2:, epoch] = _evaluate(
                    net, val_x, val_classes, evaluation_rows, val_t
                )
                history.val_loss, history.val_accuracy = records[2:, : epoch + 1]
            history.loss, history.accuracy = records[:2, : epoch + 1]
            if on_epoch is not None:
                on_epoch(epoch, net, history)
    return history


def _tqdm() -> Any:
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise ImportError(
            "fit: progress=True needs the package tqdm (pip install tqdm)"
        ) from error
    return tqdm
