"""What a layer is, and the two that have parameters: ``Dense`` and ``BatchNorm``.

A layer is a function of a batch of rows that can also multiply a row of derivatives by
its Jacobian. Everything else in nnlib is built from these two methods, ``forward`` and
``backward``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np

from . import _validate
from .initializers import Initializer, Rng, glorot


@lru_cache(maxsize=8)
def _ones(n: int, dtype: np.dtype) -> np.ndarray:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def _column_sums(a: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Sum over the rows, ``(N, D) -> (D,)``; a product is faster than ``a.sum``."""
    return _ones(len(a), a.dtype).dot(a, out=out)


def _view(name: str) -> Any:
    """Make an attribute that is a view of a flat vector: assigning writes into it."""

    def write(layer: Layer, value: Any) -> None:
        layer._require_arrays()
        getattr(layer, "_" + name)[...] = value

    return property(attrgetter("_" + name), write, doc="A view of a flat vector.")


class Layer:
    """A differentiable function from ``(N, n_in)`` to ``(N, n_out)``, one sample a row.

    A subclass writes ``forward`` and ``backward``. What ``forward`` was given and
    returned is remembered for ``backward``: do not write into those arrays in between.

    Attributes
    ----------
    n_in, n_out : int or None
        Widths of a row before and after the layer; None where any width will do (and
        stays as it is).
    parameters : dict of str to shape
        The trainable arrays, in the order in which they lie in a network's ``theta``.
        The gradient of ``W`` is ``dW``.
    weights : tuple of str
        Those of the parameters that a penalty counts.
    statistics : tuple of str
        Arrays that training changes without a gradient.
    """

    n_in: int | None = None
    n_out: int | None = None
    weights: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    _in_network = False
    _has_arrays = False

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        return {}

    @property
    def n_params(self) -> int:
        """How many numbers the layer learns."""
        return sum(math.prod(shape) for shape in self.parameters.values())

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return y, ``(N, n_out)``, for a batch x, ``(N, n_in)``."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, g: np.ndarray) -> np.ndarray:
        """Return dL/dx, ``(N, n_in)``, for g = dL/dy, ``(N, n_out)``.

        This is the vector-Jacobian product gᵀJ at the x of the last forward. The
        parameters' gradients are written, not added to.
        """
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def parameter_gradients(self, g: np.ndarray) -> None:
        """Write the parameters' gradients only, as a network's first layer needs."""
        if self.parameters:
            self.backward(g)

    def initialize(self, rng: Rng = None, dtype: Any = float) -> None:
        """Make the layer's arrays and give them their initial values.

        In a network, the arrays that the network has made are filled anew. ``rng`` is a
        generator or a seed; ``dtype`` counts only where the layer belongs to no
        network.
        """
        if not self._in_network:
            self._attach(np.zeros(self.n_params, dtype), np.zeros(self.n_params, dtype))
        self._fill(np.random.default_rng(rng))

    def _fill(self, rng: np.random.Generator) -> None:
        """Write the initial values into the arrays."""

    def _attach(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Make the layer's arrays views of its stretch of the flat vectors."""
        start = 0
        for name, shape in self.parameters.items():
            stop = start + math.prod(shape)
            setattr(self, "_" + name, theta[start:stop].reshape(shape))
            setattr(self, "_d" + name, grad[start:stop].reshape(shape))
            start = stop
        self._has_arrays = True

    def _require_arrays(self) -> None:
        if not self._has_arrays:
            raise ValueError(
                f"{self} has no arrays yet: put it in a Network or call initialize(rng)"
            )

    def _incoming(
        self, g: np.ndarray, like: np.ndarray | None, width: int | None = None
    ) -> np.ndarray:
        """Return g checked against an array that the last forward has kept."""
        if like is None:
            raise ValueError(f"{self}: backward needs a forward before it")
        g = _validate.real_array(self, "g", g, like.dtype)
        shape = like.shape if width is None else (len(like), width)
        if g.shape != shape:
            raise ValueError(f"{self}: expected g of shape {shape}, got {g.shape}")
        return g

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("_in_network", None)  # a copy is free until a network takes it
        return state

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Dense(Layer):
    """The fully connected layer, y = xW + b.

    With g = dL/dy, ``(N, n_out)``: dL/dW = xᵀg, dL/db = the column sums of g, dL/dx =
    gWᵀ (article A; Rumelhart, Hinton and Williams 1986).

    Parameters
    ----------
    n_in, n_out : int
        Widths of a row before and after. ``W`` is ``(n_in, n_out)``, ``b`` is
        ``(n_out,)``.
    init : function (rng, shape) -> array
        How W starts; b starts at 0.
    bias : bool
        Without a bias, ``b`` and ``db`` are None.
    """

    W, dW = _view("W"), _view("dW")
    b, db = _view("b"), _view("db")
    weights = ("W",)
    _W: np.ndarray = None  # type: ignore[assignment]
    _dW = _b = _db = _x = _W

    def __init__(
        self, n_in: int, n_out: int, init: Initializer = glorot, bias: bool = True
    ) -> None:
        self.n_in: int = _validate.count("Dense: n_in", n_in)
        self.n_out: int = _validate.count("Dense: n_out", n_out)
        if not callable(init):
            raise TypeError(
                f"Dense: init must be a function (rng, shape) -> array, got {init!r}"
            )
        self.init = init
        self.bias = bool(bias)

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {"W": (self.n_in, self.n_out)}
        if self.bias:
            shapes["b"] = (self.n_out,)
        return shapes

    def _fill(self, rng: np.random.Generator) -> None:
        shape = (self.n_in, self.n_out)
        W = np.asarray(self.init(rng, shape))
        if W.shape != shape:
            raise ValueError(
                f"{self}: expected init to return shape {shape}, got {W.shape}"
            )
        self._W[...] = W
        if self.bias:
            self._b[...] = 0

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return xW + b, ``(N, n_out)``."""
        self._require_arrays()
        self._x = x = _validate.batch(self, x, self.n_in, self._W.dtype)
        y = x.dot(self._W)
        if self.bias:
            y += self._b
        return y

    def backward(self, g: np.ndarray) -> np.ndarray:
        """Write dW = xᵀg and db = the column sums of g; return dL/dx = gWᵀ."""
        g = self._incoming(g, self._x, self.n_out)
        self._write_gradients(g)
        return g.dot(self._W.T)

    def parameter_gradients(self, g: np.ndarray) -> None:
        """Write dW and db only."""
        self._write_gradients(self._incoming(g, self._x, self.n_out))

    def _write_gradients(self, g: np.ndarray) -> None:
        self._x.T.dot(g, out=self._dW)
        if self.bias:
            _column_sums(g, out=self._db)

    def __repr__(self) -> str:
        return f"Dense({self.n_in}, {self.n_out}{'' if self.bias else ', bias=False'})"


class BatchNorm(Layer):
    """Batch normalization of each feature, y = γx̂ + β with x̂ = (x − μ)/√(σ² + ε).

    In training, μ and σ² are the batch's mean and biased variance, and the running
    statistics follow them: running ← momentum · running + (1 − momentum) · batch. In
    evaluation, μ and σ² are the running statistics, so that a row's output does not
    depend on the rows beside it. (PyTorch's momentum weighs the new value, and it keeps
    the unbiased variance.)

    Training on a batch of one row is a ValueError: its variance is 0, and every output
    would be β. Ioffe and Szegedy 2015; article D derives the backward pass.

    Parameters
    ----------
    n : int
        Width of a row. ``gamma``, ``beta``, ``running_mean`` and ``running_var`` are
        ``(n,)``; they start at 1, 0, 0, 1.
    momentum : float in [0, 1)
        Weight of the old value in the running statistics.
    eps : float > 0
        Added to the variance.
    """

    gamma, dgamma = _view("gamma"), _view("dgamma")
    beta, dbeta = _view("beta"), _view("dbeta")
    statistics = ("running_mean", "running_var")
    _gamma: np.ndarray = None  # type: ignore[assignment]
    _dgamma = _beta = _dbeta = _x_hat = _gamma

    def __init__(self, n: int, momentum: float = 0.9, eps: float = 1e-5) -> None:
        self.n = self.n_in = self.n_out = _validate.count("BatchNorm: n", n)
        self.momentum = _validate.decay("BatchNorm: momentum", momentum)
        self.eps = _validate.positive("BatchNorm: eps", eps)

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        return {"gamma": (self.n,), "beta": (self.n,)}

    def _fill(self, rng: np.random.Generator) -> None:
        self._gamma[...] = 1
        self._beta[...] = 0
        self.running_mean = np.zeros(self.n, self._gamma.dtype)
        self.running_var = np.ones(self.n, self._gamma.dtype)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return γx̂ + β, ``(N, n)``; in training, update the running statistics."""
        self._require_arrays()
        x = _validate.batch(self, x, self.n, self._gamma.dtype)
        if training:
            if len(x) < 2:
                raise ValueError(
                    f"{self}: expected at least 2 rows in training, got {len(x)}"
                )
            mean = _column_sums(x)
            mean /= len(x)
            centered = x - mean
            var = _column_sums(centered * centered)
            var /= len(x)
            for running, batch in (self.running_mean, mean), (self.running_var, var):
                running *= self.momentum
                running += (1 - self.momentum) * batch
        else:
            centered = x - self.running_mean
            var = self.running_var
        self._batch_statistics = training
        self._inverse_std = 1 / np.sqrt(var + self.eps)
        centered *= self._inverse_std
        self._x_hat = centered
        y = self._x_hat * self._gamma
        y += self._beta
        return y

    def backward(self, g: np.ndarray) -> np.ndarray:
        """Write dgamma and dbeta; return dL/dx, ``(N, n)``.

        After a forward in training, μ and σ² depend on x, and dL/dx = γ/√(σ² + ε) · (g
        − mean(g) − x̂ · mean(g x̂)), means over the rows. After one in evaluation they
        are constants, and dL/dx = γ/√(σ² + ε) · g.
        """
        g = self._incoming(g, self._x_hat)
        _column_sums(g * self._x_hat, out=self._dgamma)
        _column_sums(g, out=self._dbeta)
        scale = self._gamma * self._inverse_std
        if not self._batch_statistics:
            return g * scale
        dx = self._x_hat * (
            self._dgamma / -len(g)
        )  # the two means are the gradients just written, over N
        dx += g
        dx -= self._dbeta / len(g)
        dx *= scale
        return dx

    def __repr__(self) -> str:
        return f"BatchNorm({self.n})"
