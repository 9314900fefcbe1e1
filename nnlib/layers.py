"""A layer: a function of a batch of rows that can also multiply a row of derivatives by its Jacobian.

``Dense`` and ``BatchNorm`` are the two that have parameters.
"""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from . import validate
from .initializers import Initializer, Rng, Shape, glorot
from .validate import checked

NONE: Mapping[str, Shape] = MappingProxyType({})
NO_ARRAYS = "has no arrays yet: put it in a Network or call initialize(rng)"


@lru_cache(maxsize=8)
def ones(n: int, dtype: np.dtype) -> np.ndarray:
    """Return a row of n ones that nobody may change, made once."""
    row = np.ones(n, dtype)
    row.flags.writeable = False
    return row


def array_names(parameters: Iterable[str]) -> tuple[str, ...]:
    """Each parameter, and its gradient behind it."""
    return tuple(prefix + name for name in parameters for prefix in ("", "d"))


def column_sums(a: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Sum over the rows, ``(N, D) -> (D,)``; a product is faster than ``a.sum``."""
    return ones(len(a), a.dtype).dot(a, out=out)


class array:
    """A parameter or gradient of a layer: assigning writes into the view of the flat vector."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __set__(self, layer: Any, value: Any) -> None:
        has = self.name in layer.arrays
        if has and value is not None:
            held = vars(layer)[self.name]
            numbers = validate.real_array(layer, self.name, value, held.dtype)
            try:
                held[...] = numbers
            except ValueError as error:
                raise ValueError(f"{layer}: cannot assign to {self.name}, of shape {held.shape}: {error}") from error
        elif has:
            raise ValueError(f"{layer}: expected values for {self.name}, got None")
        elif value is None:
            vars(layer)[self.name] = None
        elif layer.arrays:
            raise ValueError(f"{layer} has no array {self.name}: it has {', '.join(layer.arrays)}")
        else:
            raise ValueError(f"{layer} {NO_ARRAYS}")

    @classmethod
    def declare(cls, layer: type, names: Iterable[str]) -> None:
        """Give a class of layers the arrays that it does not have yet."""
        for name in names:
            if not isinstance(getattr(layer, name, None), cls):
                setattr(layer, name, cls(name))


class Layer:
    """A differentiable function from ``(N, n_in)`` to ``(N, n_out)``, one sample a row.

    ``forward`` and ``backward`` check, and call the maths, which a subclass writes unchecked:

    - ``f(x, training)`` returns y, of x's dtype, which is kept as ``self.y``. It may keep on ``self`` what the others
      need; do not write into that in between. A copy or a pickle of the layer holds nothing of a batch.
    - ``vjp(g)`` returns dL/dx = gJ, the vector-Jacobian product, for the row g = dL/dy; of g's dtype.
    - ``gradients(g)`` writes the parameters' gradients, ``self.dW[...] = …``, before ``vjp``.
    - ``reset(rng)`` writes initial values, ``self.W[...] = …``, into arrays of zeros.
    - ``update_statistics()`` lets the statistics follow the batch of ``f`` in training, if its loss was finite.

    ``n_in`` and ``n_out`` are the widths of a row before and after; None where any width will do (and stays as it is).
    ``parameters`` are the arrays to train, in their order in a network's ``theta``, with their shapes, such as ``{"W":
    (3, 2)}``: they become ``self.W`` and, for the gradient, ``self.dW``, and assigning writes into them. ``weights``
    names those that a penalty counts. ``statistics`` names arrays that training changes without a gradient; ``reset``
    makes them, and they are cast to the parameters' dtype. ``min_rows`` is the smallest batch to train on.
    """

    n_in: int | None = None
    n_out: int | None = None
    weights: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    min_rows = 1

    y: Any = None  # the output of the last forward
    dtype: Any = None  # of the parameters, once made
    arrays: tuple[str, ...] = ()  # the names of the parameters and gradients, once made
    lasting: tuple[str, ...] = ()  # the names of what copies keep, besides arrays: all but what f made of a batch
    in_network = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if isinstance(declared := vars(cls).get("parameters"), Mapping):
            array.declare(cls, array_names(declared))

    @property
    def parameters(self) -> Mapping[str, Shape]:
        declared: Mapping[str, Shape] = vars(self).get("parameters", NONE)
        return declared

    @parameters.setter
    def parameters(self, shapes: Mapping[str, Shape]) -> None:
        vars(self)["parameters"] = shapes
        array.declare(type(self), array_names(shapes))

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no f(x, training)")

    def vjp(self, g: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no vjp(g)")

    def gradients(self, g: np.ndarray) -> None:
        if self.parameters:
            raise NotImplementedError(f"{type(self).__name__} has no gradients(g)")

    def reset(self, rng: np.random.Generator) -> None:
        pass

    def update_statistics(self) -> None:
        pass

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return y, ``(N, n_out)``, for a batch x, ``(N, n_in)``, cast to the parameters' dtype."""
        if not self.arrays:
            if self.parameters:
                raise ValueError(f"{self} {NO_ARRAYS}")
            self.attach(np.empty(0), np.empty(0))
        x = validate.batch(self, x, self.n_in, self.dtype)
        if training:
            self.require_rows(len(x))
        self.y = self.f(x, training)
        if training:
            self.update_statistics()
        return self.y

    def backward(self, g: np.ndarray) -> np.ndarray:
        """Return dL/dx = gJ, ``(N, n_in)``, for g = dL/dy, ``(N, n_out)``, and write the parameters' gradients."""
        if self.y is None:
            raise ValueError(f"{self}: backward needs a forward before it")
        g, shape = validate.real_array(self, "g", g, self.y.dtype), self.y.shape
        validate.expect(g.shape == shape, self, f"g of shape {shape}", g.shape)
        self.gradients(g)
        return self.vjp(g)

    @property
    def n_params(self) -> int:
        """How many numbers the layer learns."""
        return sum(math.prod(shape) for shape in self.parameters.values())

    def initialize(self, rng: Rng = None, dtype: Any = float) -> None:
        """Make the layer's arrays, of ``dtype``, and give them initial values; in a network, fill the network's."""
        rng, dtype = validate.generator(self, rng), validate.float_type(self, dtype)
        if not self.in_network:
            self.attach(np.zeros(self.n_params, dtype), np.zeros(self.n_params, dtype))
        self.reset(rng)
        for name in self.statistics:
            vars(self)[name] = np.array(getattr(self, name), self.dtype or dtype)

    def attach(self, theta: np.ndarray, grad: np.ndarray) -> None:
        """Make the layer's arrays views of its stretch of the flat vectors."""
        names = array_names(self.parameters)
        if not self.arrays:
            early = [name for name in names if vars(self).get(name) is not None]
            validate.expect(not early, self, "first values from reset(rng), none before", ", ".join(early))
        if not self.lasting:
            made = (name for name, value in vars(self).items() if value is not None)
            self.lasting = (*made, "arrays", "dtype", "lasting")
        start = 0
        for name, shape in self.parameters.items():
            stretch = slice(start, start := start + math.prod(shape))
            vars(self)[name] = theta[stretch].reshape(shape)
            vars(self)["d" + name] = grad[stretch].reshape(shape)
        self.arrays, self.dtype = names, theta.dtype if names else None
        array.declare(type(self), names)

    def require_rows(self, n: int) -> None:
        """ValueError where the layer cannot train on a batch of n rows."""
        validate.expect(n >= self.min_rows, self, f"at least {self.min_rows} rows in training", n)

    def __getstate__(self) -> dict[str, Any]:
        lasting = {*(self.lasting or vars(self)), *self.arrays, *self.statistics}
        return {name: value if name in lasting else None for name, value in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        array.declare(type(self), array_names(self.parameters))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Dense(Layer):
    """The fully connected layer, y = xW + b. ``W`` is ``(n_in, n_out)``, ``b`` is ``(n_out,)``.

    With g = dL/dy, ``(N, n_out)``: dL/dW = xᵀg, dL/db = the column sums of g, dL/dx = gWᵀ (article A; Rumelhart, Hinton
    and Williams 1986). ``init``, a function (rng, shape) -> array, makes the first W; b starts at 0, and is None
    without ``bias``.
    """

    W: Any
    b: Any
    dW: Any
    db: Any
    weights = ("W",)

    def __init__(self, n_in: int, n_out: int, init: Initializer = glorot, bias: bool = True) -> None:
        self.n_in = validate.count("Dense: n_in", n_in)
        self.n_out = validate.count("Dense: n_out", n_out)
        if not callable(init):
            raise TypeError(f"Dense: init must be a function (rng, shape) -> array, got {init!r}")
        validate.instance(bias, bool | np.bool_, "Dense: bias must be True or False")
        self.init, self.bias = init, bool(bias)
        self.parameters = {"W": (self.n_in, self.n_out)} | ({"b": (self.n_out,)} if bias else {})
        vars(self).update(W=None, dW=None, b=None, db=None)

    def reset(self, rng: np.random.Generator) -> None:
        shape = self.W.shape
        W = validate.real_array(self, "W of init", self.init(rng, shape))
        validate.expect(W.shape == shape, self, f"init to return shape {shape}", W.shape)
        self.W[...] = W
        if self.bias:
            self.b[...] = 0

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        self.x = x  # (N, n_in)
        y = x.dot(self.W)  # (N, n_out)
        if self.bias:
            y += self.b
        return y

    def gradients(self, g: np.ndarray) -> None:
        self.x.T.dot(g, out=self.dW)  # (n_in, N) (N, n_out)
        if self.bias:
            column_sums(g, out=self.db)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        return g.dot(self.W.T)  # (N, n_out) (n_out, n_in)

    def __repr__(self) -> str:
        return f"Dense({self.n_in}, {self.n_out}{'' if self.bias else ', bias=False'})"


class BatchNorm(Layer):
    """Batch normalization of each of n features, y = γx̂ + β with x̂ = (x − μ)/√(σ² + ε).

    In training, μ and σ² are the batch's mean and biased variance, and the running statistics follow them where they
    are finite: running ← momentum · running + (1 − momentum) · batch. (A variance that overflows, of features of 10²⁰
    in float32, makes x̂ 0, and says nothing.) (PyTorch's momentum weighs the new value, and it
    keeps the unbiased variance.) In evaluation, they are the running statistics. ``gamma``, ``beta``, ``running_mean``
    and ``running_var``, all ``(n,)``, start at 1, 0, 0, 1; ``momentum`` lies in [0, 1), and ``eps`` > 0 is ε.

    After a forward in training, dL/dx = γ/√(σ² + ε) · (g − mean(g) − x̂ · mean(g x̂)), means over the rows; after one in
    evaluation, γ/√(σ² + ε) · g. One row to train on is a ValueError: its variance is 0. Ioffe and Szegedy 2015; article
    D derives the backward pass.
    """

    gamma: Any
    beta: Any
    dgamma: Any
    dbeta: Any
    statistics = ("running_mean", "running_var")
    min_rows = 2
    momentum: Any = checked(validate.fraction)
    eps: Any = checked(validate.tiny)
    batch_statistics: Any = None

    def __init__(self, n: int, momentum: float = 0.9, eps: float = 1e-5) -> None:
        self.n = self.n_in = self.n_out = validate.count("BatchNorm: n", n)
        self.momentum, self.eps = momentum, eps
        self.parameters = {"gamma": (n,), "beta": (n,)}
        vars(self).update(gamma=None, dgamma=None, beta=None, dbeta=None)

    def reset(self, rng: np.random.Generator) -> None:
        self.gamma[...], self.beta[...] = 1, 0
        self.running_mean, self.running_var = np.zeros(self.n), np.ones(self.n)

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        if training:
            mean = column_sums(x) / len(x)  # (n,)
            centered = x - mean
            var = column_sums(centered * centered) / len(x)
            self.batch_statistics = mean, var
        else:
            centered = x - self.running_mean
            var = self.running_var
            self.batch_statistics = None
        self.inverse_std = 1 / np.sqrt(var + self.eps)
        centered *= self.inverse_std
        self.x_hat = centered  # (N, n)
        y = self.x_hat * self.gamma
        y += self.beta
        return y

    def update_statistics(self) -> None:
        mean, var = self.batch_statistics
        if math.isfinite(ones(self.n, var.dtype).dot(var)):  # and then the mean is
            self.running_mean *= self.momentum
            self.running_mean += (1 - self.momentum) * mean
            self.running_var *= self.momentum
            self.running_var += (1 - self.momentum) * var

    def gradients(self, g: np.ndarray) -> None:
        column_sums(g * self.x_hat, out=self.dgamma)
        column_sums(g, out=self.dbeta)

    def vjp(self, g: np.ndarray) -> np.ndarray:
        scale = self.gamma * self.inverse_std
        if self.batch_statistics is None:
            return g * scale
        # mean(g) and mean(g x̂) are the gradients just written, over N.
        dx = self.x_hat * (self.dgamma / -len(g))
        dx += g
        dx -= self.dbeta / len(g)
        dx *= scale
        return dx

    def __repr__(self) -> str:
        return f"BatchNorm({self.n})"
