"""Optimizers: each updates one flat vector θ in place from one gradient g.

``lr`` is the learning rate η. It may be changed between steps, to 0 at the end of a schedule. What
an optimizer remembers (velocity, moments) it makes at its first step, and from then on it belongs
to that vector: for another network, make another.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import validate
from .validate import checked


class Optimizer:
    """What steps θ against a gradient.

    ``step`` checks, and calls what a subclass writes without any check:

    - ``start(theta)`` makes what the optimizer remembers, before the first step;
    - ``update(theta, grad)`` changes theta in place, and never grad.

    An optimizer belongs to the vector of its first step: given another of the same shape, it would
    go on with the first one's velocity or moments, and nothing would say so.

    Attributes
    ----------
    lr : float
        Learning rate, finite and > 0; set later, it may also be 0.
    """

    lr: Any = checked(validate.non_negative)
    shape: tuple[int, ...] | None = None  # of the vector that it belongs to

    def __init__(self, lr: float) -> None:
        self.lr = validate.positive(f"{type(self).__name__}: lr", lr)

    def start(self, theta: np.ndarray) -> None:
        pass

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no update(theta, grad)")

    def step(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Update theta in place; grad, of the same shape, is only read.

        TypeError unless both are floating-point arrays; ValueError, with nothing changed, where
        grad's shape differs from theta's, or theta's from that of the steps before.
        """
        self.check(theta, grad)
        self.update(theta, grad)

    def check(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Raise what ``step`` raises, and make ready for the first update."""
        name = type(self).__name__
        for argument, array in ("theta", theta), ("grad", grad):
            if not (isinstance(array, np.ndarray) and array.dtype.kind == "f"):
                got = getattr(array, "dtype", type(array).__name__)
                raise TypeError(f"{name}: {argument} must be a floating-point array, got {got}")
        if not theta.flags.writeable:
            raise ValueError(f"{name}: theta must be writeable")
        if grad.shape != theta.shape:
            expected = f"grad of theta's shape {theta.shape}"
            validate.expect(False, name, expected, grad.shape)
        if self.shape is None:
            self.start(theta)
            self.shape = theta.shape
        if self.shape != theta.shape:
            expected = f"theta of shape {self.shape}, as in earlier steps"
            validate.expect(False, name, expected, theta.shape)


class SGD(Optimizer):
    """θ ← θ − ηg; with momentum μ, v ← μv + g and θ ← θ − ηv.

    The velocity v sums plain gradients, as in PyTorch; article D and Polyak 1964 keep ηg in it. The
    two are the same as long as η does not change. ``momentum`` lies in [0, 1). Robbins and Monro
    1951.
    """

    momentum: Any = checked(validate.fraction)

    def __init__(self, lr: float, momentum: float = 0) -> None:
        super().__init__(lr)
        self.momentum = momentum

    def start(self, theta: np.ndarray) -> None:
        self.velocity = np.zeros_like(theta)

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        direction = grad
        if self.momentum:
            self.velocity *= self.momentum
            self.velocity += grad
            direction = self.velocity
        theta -= self.lr * direction


class Nesterov(SGD):
    """v ← μv + g; θ ← θ − η(g + μv).

    This is the rearranged form of Nesterov's method (Sutskever et al. 2013, Bengio et al. 2013): θ
    here is the look-ahead point, so that g is taken where the network stands. The look-ahead form,
    as article D has it, takes g at θ − ημv and keeps the point behind it. ``momentum`` lies in [0,
    1).
    """

    def __init__(self, lr: float, momentum: float) -> None:
        super().__init__(lr, momentum)

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.velocity *= self.momentum
        self.velocity += grad
        theta -= self.lr * (grad + self.momentum * self.velocity)


class AdaGrad(Optimizer):
    """r ← r + g²; θ ← θ − ηg/(√r + ε), with ε outside the root.

    r is kept as ``squares``. Duchi, Hazan and Singer 2011.
    """

    eps: Any = checked(validate.tiny)

    def __init__(self, lr: float, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.eps = eps

    def start(self, theta: np.ndarray) -> None:
        self.squares = np.zeros_like(theta)

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.squares += grad * grad
        theta -= self.lr * grad / (np.sqrt(self.squares) + self.eps)


class RMSProp(AdaGrad):
    """r ← ρr + (1 − ρ)g²; θ ← θ − ηg/(√r + ε), with ε outside the root.

    ``rho`` in [0, 1) weighs the old value; r is kept as ``squares``. Tieleman and Hinton 2012.
    """

    rho: Any = checked(validate.fraction)

    def __init__(self, lr: float, rho: float = 0.9, eps: float = 1e-8) -> None:
        super().__init__(lr, eps)
        self.rho = rho

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.squares *= self.rho
        self.squares += (1 - self.rho) * (grad * grad)
        theta -= self.lr * grad / (np.sqrt(self.squares) + self.eps)


class Adam(Optimizer):
    """m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − η m̂/(√v̂ + ε).

    At step s = 1, 2, …, the corrected moments are m̂ = m/(1 − β₁ˢ) and v̂ = v/(1 − β₂ˢ): they undo
    the pull of the zeros that m and v start from. ``beta1`` and ``beta2`` lie in [0, 1). ε stands
    outside the root. Kingma and Ba 2015, algorithm 1.
    """

    beta1: Any = checked(validate.fraction)
    beta2: Any = checked(validate.fraction)
    eps: Any = checked(validate.tiny)

    def __init__(
        self, lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def start(self, theta: np.ndarray) -> None:
        self.m, self.v = np.zeros_like(theta), np.zeros_like(theta)
        self.steps = 0

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.steps += 1
        self.m *= self.beta1
        self.m += (1 - self.beta1) * grad
        squares = grad * grad
        squares *= 1 - self.beta2
        self.v *= self.beta2
        self.v += squares
        # With c = √(1 − β₂ˢ), m̂/(√v̂ + ε) is c/(1 − β₁ˢ) · m/(√v + cε): no m̂, v̂ needed.
        c = math.sqrt(1 - self.beta2**self.steps)
        root = np.sqrt(self.v)
        root += c * self.eps
        step = self.m / root
        step *= self.lr * c / (1 - self.beta1**self.steps)
        theta -= step
