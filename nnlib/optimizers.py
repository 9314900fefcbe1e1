"""Optimizers: each updates one flat vector θ in place from one gradient g.

``lr`` is the learning rate η. It may be changed between steps. What an optimizer
remembers (velocity, moments) it makes at its first step, and from then on it belongs to
that vector.
"""

from __future__ import annotations

import math

import numpy as np

from . import _validate


class Optimizer:
    """What steps θ against a gradient. A subclass writes ``_start`` and ``_update``.

    Attributes
    ----------
    lr : float
        Learning rate, finite and > 0.
    """

    _shape: tuple[int, ...] | None = None

    def __init__(self, lr: float) -> None:
        self.lr = lr

    @property
    def lr(self) -> float:
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = _validate.positive(f"{type(self).__name__}: lr", value)

    def step(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Update theta in place; grad, of the same shape, is only read.

        TypeError unless both are floating-point arrays; ValueError, with nothing
        changed, where grad's shape differs from theta's, or theta's from that of the
        steps before.
        """
        name = type(self).__name__
        for what, array in ("theta", theta), ("grad", grad):
            if not (isinstance(array, np.ndarray) and array.dtype.kind == "f"):
                got = (
                    array.dtype
                    if isinstance(array, np.ndarray)
                    else type(array).__name__
                )
                raise TypeError(
                    f"{name}: {what} must be a floating-point array, got {got}"
                )
        if not theta.flags.writeable:
            raise ValueError(f"{name}: theta must be writeable")
        if grad.shape != theta.shape:
            raise ValueError(
                f"{name}: expected grad of theta's shape {theta.shape}, "
                f"got {grad.shape}"
            )
        if self._shape is None:
            self._start(theta)
            self._scratch = np.empty_like(theta)
            self._shape = theta.shape
        elif self._shape != theta.shape:
            raise ValueError(
                f"{name}: expected theta of shape {self._shape}, as in earlier steps, "
                f"got {theta.shape}"
            )
        self._update(theta, grad, self._scratch)

    def _start(self, theta: np.ndarray) -> None:
        """Make what the optimizer remembers, all zeros."""

    def _update(self, theta: np.ndarray, grad: np.ndarray, scratch: np.ndarray) -> None:
        """Change theta; scratch, of the same shape, may hold anything."""
        raise NotImplementedError(f"{type(self).__name__} has no _update")


class SGD(Optimizer):
    """θ ← θ − ηg; with momentum μ, v ← μv + g and θ ← θ − ηv.

    The velocity v sums plain gradients, as in PyTorch; article D and Polyak 1964 keep
    ηg in it. The two are the same as long as η does not change. ``momentum`` lies in
    [0, 1). Robbins and Monro 1951.
    """

    def __init__(self, lr: float, momentum: float = 0) -> None:
        super().__init__(lr)
        self.momentum = _validate.decay(f"{type(self).__name__}: momentum", momentum)

    def _start(self, theta: np.ndarray) -> None:
        self._velocity = np.zeros_like(theta)

    def _update(self, theta: np.ndarray, grad: np.ndarray, scratch: np.ndarray) -> None:
        direction = grad
        if self.momentum:
            direction = self._velocity
            direction *= self.momentum
            direction += grad
        np.multiply(direction, self.lr, out=scratch)
        theta -= scratch


class Nesterov(SGD):
    """v ← μv + g; θ ← θ − η(g + μv).

    This is the rearranged form of Nesterov's method (Sutskever et al. 2013, Bengio et
    al. 2013): θ here is the look-ahead point, so that g is taken where the network
    stands. The look-ahead form, as article D has it, takes g at θ − ημv and keeps the
    point behind it. ``momentum`` lies in [0, 1).
    """

    def __init__(self, lr: float, momentum: float) -> None:
        super().__init__(lr, momentum)

    def _update(self, theta: np.ndarray, grad: np.ndarray, scratch: np.ndarray) -> None:
        self._velocity *= self.momentum
        self._velocity += grad
        np.multiply(self._velocity, self.momentum, out=scratch)
        scratch += grad
        scratch *= self.lr
        theta -= scratch


class AdaGrad(Optimizer):
    """r ← r + g²; θ ← θ − ηg/(√r + ε), with ε outside the root.

    Duchi, Hazan and Singer 2011.
    """

    def __init__(self, lr: float, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.eps = _validate.positive("AdaGrad: eps", eps)

    def _start(self, theta: np.ndarray) -> None:
        self._squares = np.zeros_like(theta)

    def _update(self, theta: np.ndarray, grad: np.ndarray, scratch: np.ndarray) -> None:
        np.multiply(grad, grad, out=scratch)
        self._squares += scratch
        np.sqrt(self._squares, out=scratch)
        scratch += self.eps
        np.divide(grad, scratch, out=scratch)
        scratch *= self.lr
        theta -= scratch


class RMSProp(Optimizer):
    """r ← ρr + (1 − ρ)g²; θ ← θ − ηg/(√r + ε).

    ``rho`` in [0, 1) weighs the old value. ε stands outside the root. Tieleman and
    Hinton 2012.
    """

    def __init__(self, lr: float, rho: float = 0.9, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.rho = _validate.decay("RMSProp: rho", rho)
        self.eps = _validate.positive("RMSProp: eps", eps)

    def _start(self, theta: np.ndarray) -> None:
        self._squares = np.zeros_like(theta)

    def _update(self, theta: np.ndarray, grad: np.ndarray, scratch: np.ndarray) -> None:
        np.multiply(grad, grad, out=scratch)
        scratch *= 1 - self.rho
        self._squares *= self.rho
        self._squares += scratch
        np.sqrt(self._squares, out=scratch)
        scratch += self.eps
        np.divide(grad, scratch, out=scratch)
        scratch *= self.lr
        theta -= scratch


class Adam(Optimizer):
    """m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − η m̂/(√v̂ + ε).

    At step s = 1, 2, …, the corrected moments are m̂ = m/(1 − β₁ˢ) and v̂ = v/(1 −
    β₂ˢ): they undo the pull of the zeros that m and v start from. ``beta1`` and
    ``beta2`` lie in [0, 1). ε stands outside the root. Kingma and Ba 2015, algorithm 1.
    """

    def __init__(
        self,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(lr)
        self.beta1 = _validate.decay("Adam: beta1", beta1)
        self.beta2 = _validate.decay("Adam: beta2", beta2)
        self.eps = _validate.positive("Adam: eps", eps)

    def _start(self, theta: np.ndarray) -> None:
        self._m = np.zeros_like(theta)
        self._v = np.zeros_like(theta)
        self._steps = 0

    def _update(self, theta: np.ndarray, grad: np.ndarray, scratch: np.ndarray) -> None:
        self._steps += 1
        np.multiply(grad, 1 - self.beta1, out=scratch)
        self._m *= self.beta1
        self._m += scratch
        np.multiply(grad, grad, out=scratch)
        scratch *= 1 - self.beta2
        self._v *= self.beta2
        self._v += scratch
        # With c = √(1 − β₂ˢ), m̂/(√v̂ + ε) is c/(1 − β₁ˢ) · m/(√v + cε): no m̂, v̂ needed.
        c = math.sqrt(1 - self.beta2**self._steps)
        np.sqrt(self._v, out=scratch)
        scratch += c * self.eps
        np.divide(self._m, scratch, out=scratch)
        scratch *= self.lr * c / (1 - self.beta1**self._steps)
        theta -= scratch
