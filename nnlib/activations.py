"""Activations: the layers without parameters.

All but ``Softmax`` act on each element alone, so that their Jacobian is diagonal. Each finds its
derivative from its output y, which is kept as ``self.y``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import validate
from .layers import Layer
from .validate import checked


class Identity(Layer):
    """y = x; dy/dx = 1."""

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        return x.copy()

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g.copy()


class Sigmoid(Layer):
    """y = 1/(1 + e⁻ˣ) = eˣ/(1 + eˣ); dy/dx = y(1 − y).

    The second form keeps its relative precision as y goes to 0. From x = 40 on, y is 1 to the last
    digit, so that x is bounded there and nothing overflows.
    """

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        y = np.exp(np.minimum(x, 40))
        y /= 1 + y
        return y

    def vjp(self, g: np.ndarray) -> np.ndarray:
        dx = 1 - self.y
        dx *= self.y
        dx *= g
        return dx


class Tanh(Layer):
    """y = tanh x; dy/dx = 1 − y²."""

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        return np.tanh(x)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        dx = 1 - self.y * self.y
        dx *= g
        return dx


class ReLU(Layer):
    """y = max(x, 0); dy/dx = 1 for x > 0 and 0 for x <= 0.

    At the kink, of all slopes between 0 and 1, we take 0.
    """

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        return np.maximum(x, 0)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g * (self.y > 0)


class LeakyReLU(Layer):
    """y = x for x > 0 and αx for x <= 0; dy/dx = 1 and α, with α at the kink.

    ``alpha`` is finite and >= 0. Maas, Hannun and Ng 2013.
    """

    alpha: Any = checked(validate.non_negative)

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = alpha

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        # Above 1, αx lies above x where x > 0.
        larger = np.maximum if self.alpha <= 1 else np.minimum
        return larger(x, self.alpha * x)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g * np.where(self.y > 0, 1, self.alpha).astype(g.dtype)

    def __repr__(self) -> str:
        return f"LeakyReLU(alpha={self.alpha})"


class ELU(Layer):
    """y = x for x > 0 and α(eˣ − 1) for x <= 0; dy/dx = 1 and αeˣ = y + α.

    At the kink, the slope is α. ``alpha`` is finite and >= 0. expm1 keeps the digits that eˣ − 1
    loses near 0. Clevert, Unterthiner and Hochreiter 2016.
    """

    alpha: Any = checked(validate.non_negative)

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        y = np.expm1(np.minimum(x, 0))
        y *= self.alpha
        y += np.maximum(x, 0)
        return y

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g * np.where(self.y > 0, 1, self.y + self.alpha).astype(g.dtype)

    def __repr__(self) -> str:
        return f"ELU(alpha={self.alpha})"


class Softmax(Layer):
    """y = eˣ/Σeˣ along each row; a row's Jacobian is diag(y) − yyᵀ.

    The row's maximum is subtracted first, so that nothing overflows. gᵀJ = y ⊙ (g − g·y): no
    Jacobian is formed.
    """

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        y = np.exp(x - x.max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)
        return y

    def vjp(self, g: np.ndarray) -> np.ndarray:
        dx = g - (g * self.y).sum(axis=1, keepdims=True)
        dx *= self.y
        return dx
