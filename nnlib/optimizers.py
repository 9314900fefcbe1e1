"""Optimizers: each updates one flat vector θ in place from one gradient g.

``lr`` is the learning rate η, finite and > 0; between steps it may be changed, to 0 at the end of a schedule.
"""

import math
from typing import Any

import numpy as np

from . import validate
from .validate import checked


class Optimizer:
    """What steps θ against a gradient: ``step`` checks, and calls what a subclass writes without any check.

    - ``start(theta)`` makes what the optimizer remembers (velocity, moments), before the first step;
    - ``update(theta, grad)`` changes theta in place, and never grad.

    An optimizer belongs to the vector of its first step: given another of the same shape, it would go on with what it
    remembers of the first, and nothing would say so.
    """

    lr: Any = checked(validate.non_negative)
    shape: tuple[int, ...] | None = None  # of the vector that it belongs to

    def __init__(self, lr: float) -> None:
        self.lr = validate.positive(f"{type(self).__name__}: lr", lr)

    def start(self, theta: np.ndarray) -> None:
        pass

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no update(theta, grad)")

    def check(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """TypeError or ValueError where ``step`` cannot take these."""
        name = type(self).__name__
        for argument, array in ("theta", theta), ("grad", grad):
            if not (isinstance(array, np.ndarray) and array.dtype.kind == "f"):
                got = getattr(array, "dtype", type(array).__name__)
                raise TypeError(f"{name}: {argument} must be a floating-point array, got {got}")
            if array.itemsize < 4:  # in which eps may be 0
                raise TypeError(f"{name}: {argument} must have 32 bits or more, got {array.dtype}")
            validate.unmasked(name, argument, array)
        if not theta.flags.writeable:
            raise ValueError(f"{name}: theta must be writeable")
        if grad.shape != theta.shape:
            validate.expect(False, name, f"grad of theta's shape {theta.shape}", grad.shape)
        if self.shape not in (None, theta.shape):
            validate.expect(False, name, f"theta of shape {self.shape}, as in earlier steps", theta.shape)

    def step(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Update theta in place; grad, of the same shape, is only read.

        TypeError unless both are floating-point arrays, of 32 bits or more; ValueError, with nothing changed, where
        grad's shape differs from theta's, or theta's from that of the steps before.
        """
        self.check(theta, grad)
        if self.shape is None:
            self.start(theta)
            self.shape = theta.shape
        self.update(theta, grad)


class SGD(Optimizer):
    """θ ← θ − ηg; with ``momentum`` μ in [0, 1), v ← μv + g and θ ← θ − ηv. Robbins and Monro 1951.

    v sums plain gradients, as in PyTorch; article D and Polyak 1964 keep ηg in it, the same while η does not change.
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
    """v ← μv + g; θ ← θ − η(g + μv), with ``momentum`` μ in [0, 1).

    The rearranged form of the method (Sutskever et al. 2013, Bengio et al. 2013): θ is the look-ahead point, where g is
    taken. The look-ahead form, as article D has it, takes g at θ − ημv and keeps the point behind it.
    """

    def __init__(self, lr: float, momentum: float) -> None:
        super().__init__(lr, momentum)

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.velocity *= self.momentum
        self.velocity += grad
        theta -= self.lr * (grad + self.momentum * self.velocity)


class AdaGrad(Optimizer):
    """r ← r + g²; θ ← θ − ηg/(√r + ε), with r kept as ``squares``. Duchi, Hazan and Singer 2011."""

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
    """r ← ρr + (1 − ρ)g²; θ ← θ − ηg/(√r + ε), with ``rho`` in [0, 1). Tieleman and Hinton 2012."""

    rho: Any = checked(validate.fraction)

    def __init__(self, lr: float, rho: float = 0.9, eps: float = 1e-8) -> None:
        super().__init__(lr, eps)
        self.rho = rho

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.squares *= self.rho
        self.squares += (1 - self.rho) * (grad * grad)
        theta -= self.lr * grad / (np.sqrt(self.squares) + self.eps)


class Adam(Optimizer):
    """m ← β₁m + (1 − β₁)g; r ← β₂r + (1 − β₂)g²; θ ← θ − η m̂/(√r̂ + ε). Kingma and Ba 2015, algorithm 1.

    At step s = 1, 2, …, the corrected means are m̂ = m/(1 − β₁ˢ) and r̂ = r/(1 − β₂ˢ): they undo the pull of the zeros
    that m and r start from. ``beta1`` and ``beta2`` lie in [0, 1). r, the paper's v, is kept as ``squares``.
    """

    beta1: Any = checked(validate.fraction)
    beta2: Any = checked(validate.fraction)
    eps: Any = checked(validate.tiny)

    def __init__(self, lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def start(self, theta: np.ndarray) -> None:
        self.m, self.squares = np.zeros_like(theta), np.zeros_like(theta)
        self.steps = 0

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.steps += 1
        self.m *= self.beta1
        self.m += (1 - self.beta1) * grad
        new = grad * grad
        new *= 1 - self.beta2
        self.squares *= self.beta2
        self.squares += new
        # With share = √(1 − β₂ˢ), m̂/(√r̂ + ε) is
        # share/(1 − β₁ˢ) · m/(√r + share·ε): no m̂, r̂ needed.
        share = math.sqrt(1 - self.beta2**self.steps)
        root = np.sqrt(self.squares)
        root += share * self.eps
        step = self.m / root
        step *= self.lr * share / (1 - self.beta1**self.steps)
        theta -= step
