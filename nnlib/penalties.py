"""Penalties, added to a network's loss to keep its weights small or few."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import validate
from .validate import checked


class Penalty:
    """A number for an array of weights: ``penalty(w) -> float``.

    ``lam`` (λ) is finite and >= 0. A network applies it to the weights of each layer, never to
    biases, γ or β. A subclass writes ``__call__(w)`` and ``gradient(w)``, which returns an array of
    w's shape.
    """

    lam: Any = checked(validate.non_negative)

    def __init__(self, lam: float) -> None:
        self.lam = lam

    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty of an array of any shape."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(w)")

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the penalty's gradient, of w's shape."""
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
    """Return how many entries of theta, of any shape, are not 0: the "L0 norm".

    It is constant almost everywhere, so it has no gradient to train by.
    """
    return int(np.count_nonzero(theta))
