"""Losses: how far a batch of outputs y is from its targets t, and the gradient of that.

Every loss is a mean over the batch's rows, and its gradient is that of the stated
value, 1/N included. A loss's name says what it takes: probabilities, logits, or real
numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from . import _validate


@lru_cache(maxsize=8)
def _range(n: int) -> np.ndarray:
    numbers = np.arange(n)
    numbers.flags.writeable = False
    return numbers


def log_softmax(z: np.ndarray) -> np.ndarray:
    """Return log softmax(z) along the last axis, of z's shape, for any finite logits.

    log softmax(z) = z − max z − log Σ exp(z − max z): nothing overflows, and no
    logarithm of 0 is taken.
    """
    z = _validate.real_array("log_softmax", "z", z)
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


class Loss:
    """A number for a batch: ``loss(y, t) -> float``.

    A subclass writes ``check_targets`` and ``_value_and_grad``.
    """

    def __call__(self, y: np.ndarray, t: np.ndarray) -> float:
        """Return the loss of outputs y, ``(N, K)``, against targets t."""
        return self.value_and_grad(y, t)[0]

    def value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient dL/dy, of y's shape ``(N, K)``."""
        y = _validate.real_array(self, "y", y)
        if y.ndim != 2 or y.size == 0:
            raise ValueError(
                f"{self}: expected y of shape (N, K) with N, K >= 1, got {y.shape}"
            )
        return self._value_and_grad(y, self.check_targets(t, y.shape, y.dtype))

    def check_targets(
        self, t: np.ndarray, shape: tuple[int, ...], dtype: np.dtype
    ) -> np.ndarray:
        """Return the targets, for outputs of this shape, as the loss takes them."""
        t = _validate.real_array(self, "t", t, dtype)
        if t.shape != shape:
            raise ValueError(f"{self}: expected t of y's shape {shape}, got {t.shape}")
        return t

    def _value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        """``value_and_grad`` for targets that have been checked."""
        raise NotImplementedError(f"{type(self).__name__} has no _value_and_grad")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class SquaredError(Loss):
    """L = (1/N) Σₙ ½‖yₙ − tₙ‖²; dL/dy = (y − t)/N. Targets have y's shape."""

    def _value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        g = y - t
        value = float(np.vdot(g, g)) / (2 * len(y))
        g /= len(y)
        return value, g


class MSE(Loss):
    """L = (1/NK) Σ (y − t)²; dL/dy = 2(y − t)/(NK). Targets have y's shape.

    The mean is over samples and outputs.
    """

    def _value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        g = y - t
        value = float(np.vdot(g, g)) / y.size
        g *= 2 / y.size
        return value, g


class BinaryCrossEntropy(Loss):
    """L = −(1/NK) Σ [t log p + (1 − t) log(1 − p)] for probabilities p.

    dL/dp = [(1 − t)/(1 − p) − t/p]/(NK). Targets have p's shape and lie in [0, 1]. p
    and 1 − p are bounded below by the dtype's smallest normal number.
    """

    def check_targets(
        self, t: np.ndarray, shape: tuple[int, ...], dtype: np.dtype
    ) -> np.ndarray:
        t = super().check_targets(t, shape, dtype)
        if not (t.min() >= 0 and t.max() <= 1):
            raise ValueError(
                f"{self}: expected t in [0, 1], got values from {t.min()} to {t.max()}"
            )
        return t

    def _value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        tiny = np.finfo(y.dtype).tiny
        p = np.maximum(y, tiny)
        q = np.maximum(1 - y, tiny)
        value = -float(np.vdot(t, np.log(p)) + np.vdot(1 - t, np.log(q))) / y.size
        return value, ((1 - t) / q - t / p) / y.size


class _ClassLoss(Loss):
    """A loss for K classes.

    Targets are labels, ``(N,)`` integers in 0..K−1, or probabilities, ``(N, K)``.
    """

    def check_targets(
        self, t: np.ndarray, shape: tuple[int, ...], dtype: np.dtype
    ) -> np.ndarray:
        t = np.asarray(t)
        n, k = shape
        if t.shape == (n,):
            return _validate.labels(self, t, k)
        if t.shape != shape:
            raise ValueError(
                f"{self}: expected t of shape ({n},) (labels) or {shape} (rows), "
                f"got {t.shape}"
            )
        t = _validate.real_array(self, "t", t, dtype)
        sums = t.sum(axis=1)
        if not (t.min() >= 0 and abs(sums - 1).max() <= 1e-5):
            raise ValueError(
                f"{self}: expected rows of t to be probabilities that sum to 1, "
                f"got values from {t.min()} and sums from {sums.min()} to {sums.max()}"
            )
        return t


class CrossEntropy(_ClassLoss):
    """L = −(1/N) Σₙ Σₖ tₙₖ log pₙₖ for rows of probabilities p; dL/dp = −t/(pN).

    p is bounded below by the dtype's smallest normal number; 0 · log 0 = 0.
    """

    def _value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        p = np.maximum(y, np.finfo(y.dtype).tiny)
        if t.ndim == 1:
            at_label = _range(len(y)) * y.shape[1] + t
            p_label = p.take(at_label)
            g = np.zeros_like(y)
            g.put(at_label, -1 / (len(y) * p_label))
            return -float(np.log(p_label).sum()) / len(y), g
        return -float(np.vdot(t, np.log(p))) / len(y), t / (p * -len(y))


class SoftmaxCrossEntropy(_ClassLoss):
    """L = −(1/N) Σₙ Σₖ tₙₖ log softmax(zₙ)ₖ for rows of logits z.

    dL/dz = (softmax(z) − t)/N. Softmax and cross-entropy in one, so that no probability
    is ever rounded to 0 before its logarithm is taken.
    """

    def _value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        # Transposed, (K, N): NumPy is fast along long rows, and a row of y is short.
        z = y.T.copy()
        z -= z.max(axis=0)
        g = np.exp(z)
        sums = g.sum(axis=0)
        n = len(y)
        if t.ndim == 1:
            at_label = t * n + _range(n)
            value = (np.log(sums) - z.take(at_label)).sum()
            g /= sums * n
            g.put(at_label, g.take(at_label) - 1 / n)
        else:
            mass = t.sum(axis=1)  # 1 but for rounding, which the gradient must not drop
            value = np.dot(mass, np.log(sums)) - np.vdot(t, z.T)
            g *= mass / sums
            g -= t.T
            g /= n
        return float(value) / n, g.T
