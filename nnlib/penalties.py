"""Penalties, added to a network's loss to keep its weights small or few."""

from typing import Any

import numpy as np

from .validate import checked, non_negative, plain_array


class Penalty:
    """A number for a floating-point array of weights: ``penalty(w) -> float``. It is maths alone, and checks no w.

    ``lam`` (λ) is finite and >= 0. A network applies it to the weights of each layer, never to biases, γ or β. A
    subclass writes ``__call__(w)`` and ``gradient(w)``, which returns an array of w's shape.
    """

    lam: Any = checked(non_negative)

    def __init__(self, lam: float) -> None:
        self.lam = lam

    def __call__(self, w: np.ndarray) -> float:
        raise NotImplementedError(f"{type(self).__name__} has no __call__(w)")

    def gradient(self, w: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no gradient(w)")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({vars(self).get('lam', '')})"


class L1(Penalty):
    """λ Σ|w|; its gradient is λ sign(w), which is 0 at the kink w = 0."""

    def __call__(self, w: np.ndarray) -> float:
        return self.lam * float(np.abs(w).sum())

    def gradient(self, w: np.ndarray) -> np.ndarray:
        return self.lam * np.sign(w)


class L2(Penalty):
    """λ Σw²; its gradient is 2λw."""

    def __call__(self, w: np.ndarray) -> float:
        return self.lam * float(np.vdot(w, w))

    def gradient(self, w: np.ndarray) -> np.ndarray:
        return (2 * self.lam) * np.asarray(w)


def l0(theta: np.ndarray) -> int:
    """Return how many entries of theta, of any shape, are not 0: the "L0 norm". It has no gradient to train by."""
    return int(np.count_nonzero(plain_array("l0", "theta", theta)))
