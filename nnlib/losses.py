"""Losses: how far a batch of outputs y is from its targets t, as a mean over the rows, and the gradient of that.

A loss's name says what it takes: probabilities, logits, or real numbers.
"""

import numpy as np

from . import validate
from .layers import column_sums


def log_softmax(z: np.ndarray) -> np.ndarray:
    """Return log softmax(z) = z − max z − log Σ exp(z − max z) along the last axis, of z's shape: no log 0."""
    z = validate.real_array("log_softmax", "z", z)
    validate.expect(z.size > 0 and z.ndim > 0, "log_softmax", "z of shape (…, K)", z.shape)
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


class Loss:
    """A number for a batch: ``loss(y, t) -> float``.

    A subclass writes ``f(y, t) -> (value, dL/dy)``, without any check: y is ``(N, K)``, t is what ``check_targets``
    returned, and dL/dy has y's shape and dtype. Where targets are not real numbers of y's shape it overrides
    ``check_targets``; where not all real numbers will do as outputs, ``check_outputs``.
    """

    def f(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        raise NotImplementedError(f"{type(self).__name__} has no f(y, t)")

    def check_targets(self, t: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Return the targets, for outputs of this shape, as ``f`` takes them."""
        t = validate.real_array(self, "t", t, dtype)
        if t.shape != shape:
            validate.expect(False, self, f"t of y's shape {shape}", t.shape)
        return t

    def check_outputs(self, y: np.ndarray) -> None:
        """ValueError for outputs that the loss is not made for; NaN is let through."""

    def __call__(self, y: np.ndarray, t: np.ndarray) -> float:
        """Return the loss of outputs y, ``(N, K)``, against targets t."""
        return self.value_and_grad(y, t)[0]

    def value_and_grad(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient dL/dy, of y's shape ``(N, K)``."""
        y = validate.real_array(self, "y", y)
        validate.expect(y.ndim == 2 and y.size, self, "y of shape (N, K) with N, K >= 1", y.shape)
        t = self.check_targets(t, y.shape, y.dtype)
        self.check_outputs(y)
        return self.f(y, t)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class SquaredError(Loss):
    """L = (1/N) Σₙ ½‖yₙ − tₙ‖²; dL/dy = (y − t)/N. Targets have y's shape."""

    def f(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        g = y - t
        value = float(np.vdot(g, g)) / (2 * len(y))
        g /= len(y)
        return value, g


class MSE(Loss):
    """L = (1/NK) Σ (y − t)², a mean over samples and outputs; dL/dy = 2(y − t)/(NK). Targets have y's shape."""

    def f(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        g = y - t
        value = float(np.vdot(g, g)) / y.size
        g *= 2 / y.size
        return value, g


def check_probabilities(loss: Loss, p: np.ndarray, layer: str) -> None:
    """ValueError for outputs outside [0, 1], with slack for a derivative's small step."""
    if not np.isnan(p.min()):  # which belongs to a training that diverges
        advice = f"; was {layer}() forgotten as the last layer?"
        validate.within(loss, "probabilities as outputs", p, (-1e-4, 1 + 1e-4), advice)


class BinaryCrossEntropy(Loss):
    """L = −(1/NK) Σ [t log p + (1 − t) log(1 − p)] for probabilities p; dL/dp = [(1 − t)/(1 − p) − t/p]/(NK).

    Targets have p's shape and lie in [0, 1]. p and 1 − p are bounded below by the dtype's smallest normal number.
    """

    def check_targets(self, t: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        t = super().check_targets(t, shape, dtype)
        validate.within(self, "t in [0, 1]", t, (0, 1))
        return t

    def check_outputs(self, y: np.ndarray) -> None:
        check_probabilities(self, y, "Sigmoid")

    def f(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        tiny = np.finfo(y.dtype).tiny
        p = np.maximum(y, tiny)
        q = np.maximum(1 - y, tiny)
        value = -float(np.vdot(t, np.log(p)) + np.vdot(1 - t, np.log(q))) / y.size
        return value, ((1 - t) / q - t / p) / y.size


class ClassLoss(Loss):
    """A loss for K classes. Targets are labels, ``(N,)`` integers in 0..K−1, or probabilities, ``(N, K)``."""

    def check_targets(self, t: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        n, k = shape
        t = validate.plain_array(self, "t", t)
        validate.expect(k > 1, self, "two outputs or more, a class each", "one")
        if t.shape == (n,):
            return validate.labels(self, t, k)
        validate.expect(t.shape == shape, self, f"t of shape ({n},) (labels) or {shape} (rows)", t.shape)
        slack = 1e-2 if t.dtype == np.float16 else 1e-5  # rows of half precision sum to 1 less exactly
        t = validate.real_array(self, "t", t, dtype)
        sums = t.sum(axis=1)
        if not (t.min() >= 0 and abs(sums - 1).max() <= slack):
            got = f"values from {t.min()} and sums from {sums.min()} to {sums.max()}"
            validate.expect(False, self, "rows of t to be probabilities that sum to 1", got)
        return t


class CrossEntropy(ClassLoss):
    """L = −(1/N) Σₙ Σₖ tₙₖ log pₙₖ for rows of probabilities p, bounded below; dL/dp = −t/(pN); 0 log 0 = 0."""

    def check_outputs(self, y: np.ndarray) -> None:
        check_probabilities(self, y, "Softmax")
        sums = y.sum(axis=1)
        if abs(sums - 1).max() > 1e-3:  # wide enough for rows of half precision, cast
            got = f"sums from {sums.min()} to {sums.max()}; was Softmax() forgotten as the last layer?"
            validate.expect(False, self, "rows of outputs that sum to 1", got)

    def f(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        n, k = y.shape
        p = np.maximum(y, np.finfo(y.dtype).tiny)
        if t.ndim == 1:
            at_label = np.arange(n) * k + t  # places in the flat array
            p_label = p.take(at_label)
            g = np.zeros_like(y)
            g.put(at_label, -1 / (n * p_label))
            return -float(np.log(p_label).sum()) / n, g
        return -float(np.vdot(t, np.log(p))) / n, t / (p * -n)


class SoftmaxCrossEntropy(ClassLoss):
    """L = −(1/N) Σₙ Σₖ tₙₖ log softmax(zₙ)ₖ for rows of logits z; dL/dz = (softmax(z) − t)/N.

    Softmax and cross-entropy in one, so that no probability is rounded to 0 before its logarithm is taken.
    """

    def f(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        # Transposed, (K, N): NumPy is fast along long rows, and a row of y is short.
        n = len(y)
        z = y.T.copy()
        z -= z.max(axis=0)
        g = np.exp(z)
        sums = column_sums(g)
        if t.ndim == 1:
            at_label = t * n + np.arange(n)  # places in the flat array
            value = column_sums(np.log(sums) - z.take(at_label))
            g /= sums * n
            g.put(at_label, g.take(at_label) - 1 / n)
        else:
            mass = t.sum(axis=1)  # 1 but for rounding, which the gradient must not drop
            value = np.dot(mass, np.log(sums)) - np.vdot(t, z.T)
            g *= mass / sums
            g -= t.T
            g /= n
        return float(value) / n, g.T
