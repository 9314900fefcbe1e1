"""Activations: the layers without parameters.

All but ``Softmax`` act on each element alone, so that their Jacobian is diagonal.
"""

from __future__ import annotations

import numpy as np

from . import _validate
from .layers import Layer


class _Activation(Layer):
    """A layer that remembers y = f(x), and finds its derivative from y."""

    _y: np.ndarray | None = None

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return y, of x's shape ``(N, D)``."""
        self._y = y = self._value(_validate.batch(self, x, None))
        return y

    def backward(self, g: np.ndarray) -> np.ndarray:
        """Return dL/dx = gᵀJ, ``(N, D)``, for g = dL/dy, ``(N, D)``."""
        return self._product(self._incoming(g, self._y), self._y)  # type: ignore[arg-type]

    def _value(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Identity(_Activation):
    """y = x; dy/dx = 1."""

    def _value(self, x: np.ndarray) -> np.ndarray:
        return x.copy()

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        return g.copy()


class Sigmoid(_Activation):
    """y = 1/(1 + e⁻ˣ) = eˣ/(1 + eˣ); dy/dx = y(1 − y).

    The second form keeps its relative precision as y goes to 0. From x = 40 on, y is 1
    to the last digit, so that x is bounded there and nothing overflows.
    """

    def _value(self, x: np.ndarray) -> np.ndarray:
        y = np.exp(np.minimum(x, 40))
        y /= 1 + y
        return y

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        dx = 1 - y
        dx *= y
        dx *= g
        return dx


class Tanh(_Activation):
    """y = tanh x; dy/dx = 1 − y²."""

    def _value(self, x: np.ndarray) -> np.ndarray:
        return np.tanh(x)

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        dx = y * y
        np.subtract(1, dx, out=dx)
        dx *= g
        return dx


class ReLU(_Activation):
    """y = max(x, 0); dy/dx = 1 for x > 0 and 0 for x <= 0.

    At the kink, of all slopes between 0 and 1, we take 0.
    """

    def _value(self, x: np.ndarray) -> np.ndarray:
        return np.maximum(x, 0)

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        return g * (y > 0)


class LeakyReLU(_Activation):
    """y = x for x > 0 and αx for x <= 0; dy/dx = 1 and α, with α at the kink.

    ``alpha`` is finite and >= 0. Maas, Hannun and Ng 2013.
    """

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = _validate.non_negative("LeakyReLU: alpha", alpha)

    def _value(self, x: np.ndarray) -> np.ndarray:
        larger = (
            np.maximum if self.alpha <= 1 else np.minimum
        )  # above 1, αx lies above x where x > 0
        return larger(x, self.alpha * x)

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        return g * np.where(y > 0, 1, self.alpha).astype(y.dtype)

    def __repr__(self) -> str:
        return f"LeakyReLU(alpha={self.alpha})"


class ELU(_Activation):
    """y = x for x > 0 and α(eˣ − 1) for x <= 0; dy/dx = 1 and αeˣ = y + α.

    At the kink, the slope is α. ``alpha`` is finite and >= 0. expm1 keeps the digits
    that eˣ − 1 loses near 0. Clevert, Unterthiner and Hochreiter 2016.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = _validate.non_negative("ELU: alpha", alpha)

    def _value(self, x: np.ndarray) -> np.ndarray:
        y = np.expm1(np.minimum(x, 0))
        y *= self.alpha
        y += np.maximum(x, 0)
        return y

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        return g * np.where(y > 0, 1, y + self.alpha).astype(y.dtype)

    def __repr__(self) -> str:
        return f"ELU(alpha={self.alpha})"


class Softmax(_Activation):
    """y = eˣ/Σeˣ along each row; a row's Jacobian is diag(y) − yyᵀ.

    The row's maximum is subtracted first, so that nothing overflows.
    gᵀJ = y ⊙ (g − g·y): no Jacobian is formed.
    """

    def _value(self, x: np.ndarray) -> np.ndarray:
        y = np.exp(x - x.max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)
        return y

    def _product(self, g: np.ndarray, y: np.ndarray) -> np.ndarray:
        dx = g - (g * y).sum(axis=1, keepdims=True)
        dx *= y
        return dx
