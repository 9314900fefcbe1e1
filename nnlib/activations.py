"""Activations: layers without parameters, which find their derivatives from their output ``self.y``.

All but ``Softmax`` act on each element alone, so that their Jacobian is diagonal.
"""

from typing import Any

import numpy as np

from .layers import Layer
from .validate import checked, non_negative


class Identity(Layer):
    """y = x; dy/dx = 1."""

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        return x.copy()

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g.copy()


class Sigmoid(Layer):
    """y = 1/(1 + e⁻ˣ) = eˣ/(1 + eˣ); dy/dx = y(1 − y).

    The second form is precise as y goes to 0. From x = 40 on, y is 1 to the last digit: bounded, x cannot overflow.
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
    """y = max(x, 0); dy/dx = 1 for x > 0 and 0 for x <= 0. At the kink, of all slopes between 0 and 1, we take 0."""

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        return np.maximum(x, 0)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g * (self.y > 0)


class LeakyReLU(Layer):
    """y = x for x > 0 and αx for x <= 0; dy/dx = 1 and α, with α at the kink.

    ``alpha`` is finite and >= 0. Maas, Hannun and Ng 2013.
    """

    alpha: Any = checked(non_negative)

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = alpha

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        # Above 1, αx lies above x where x > 0.
        larger = np.maximum if self.alpha <= 1 else np.minimum
        return larger(x, self.alpha * x)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g * np.where(self.y > 0, 1, self.alpha).astype(g.dtype)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(alpha={self.alpha})"


class ELU(LeakyReLU):
    """y = x for x > 0 and α(eˣ − 1) for x <= 0; dy/dx = 1 and αeˣ = y + α, with α at the kink.

    ``alpha`` is as leaky ReLU's. expm1 keeps the digits that eˣ − 1 loses near 0. Clevert and others 2016.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__(alpha)

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        y = np.expm1(np.minimum(x, 0))
        y *= self.alpha
        y += np.maximum(x, 0)
        return y

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g * np.where(self.y > 0, 1, self.y + self.alpha).astype(g.dtype)


class Softmax(Layer):
    """y = eˣ/Σeˣ along each row; a row's Jacobian is diag(y) − yyᵀ, so that gJ = y ⊙ (g − g·y).

    The row's maximum is subtracted first, so that nothing overflows.
    """

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        y = np.exp(x - x.max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)
        return y

    def vjp(self, g: np.ndarray) -> np.ndarray:
        dx = g - (g * self.y).sum(axis=1, keepdims=True)
        dx *= self.y
        return dx
