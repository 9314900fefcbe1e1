"""A network: a chain of layers, a loss, and one flat vector θ of all parameters."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from . import files, validate
from .activations import Softmax
from .initializers import Rng
from .layers import Layer
from .losses import Loss, SoftmaxCrossEntropy, log_softmax
from .penalties import Penalty
from .summary import summary


class Network:
    """A chain of layers that is trained by a loss.

    Every layer's parameters are initialized anew, those of a trained layer's copy too. NumPy's
    error state is left alone: where underflow is made to raise, it raises here, but not in ``fit``.

    Parameters
    ----------
    *layers : Layer
        At least one; the widths must chain, and a layer belongs to one network only.
    loss : Loss
        What ``loss_and_grad`` measures. ``SoftmaxCrossEntropy`` takes logits, of two classes or
        more: a last layer ``Softmax`` is refused.
    penalty : Penalty, optional
        Added to the loss; it acts on the weights of each layer.
    rng : numpy.random.Generator or int
        Where the initial weights come from. Two networks with the same seed (0, if none is given)
        start alike.
    dtype : float64 or float32
        Type of the parameters, and of all that is computed.

    Attributes
    ----------
    layers : tuple of Layer
    theta, grad : array, ``(n_params,)``
        All parameters, and the gradient that ``loss_and_grad`` fills. Every layer's arrays are
        views of them. They are never rebound: write ``net.theta[...] = v``. Running statistics are
        no part of them: to keep a network, ``copy.deepcopy`` it.
    n_in, n_out : int or None
        Widths of a row before and after; None for a chain of layers that take any width.
    min_rows : int
        The smallest batch that every layer can train on.
    """

    def __init__(
        self,
        *layers: Layer,
        loss: Loss,
        penalty: Penalty | None = None,
        rng: Rng = 0,
        dtype: Any = float,
    ) -> None:
        check_parts(layers, loss, penalty)
        self.layers, self.loss, self.penalty = layers, loss, penalty
        self.n_in, self.n_out = check_chain(layers, loss)
        self.min_rows = max(layer.min_rows for layer in layers)
        self.dtype = validate.float_type("Network", dtype)
        rng = validate.generator("Network", rng)
        n = sum(layer.n_params for layer in layers)
        self.theta, self.grad = np.zeros(n, self.dtype), np.zeros(n, self.dtype)
        self.attach()
        try:
            for layer in layers:
                layer.initialize(rng, self.dtype)
        except BaseException:
            for layer in layers:
                layer.in_network = False
            raise

    def attach(self) -> None:
        """Make every layer's arrays views of theta and grad."""
        start = 0
        for layer in self.layers:
            stop = start + layer.n_params
            layer.attach(self.theta[start:stop], self.grad[start:stop])
            layer.in_network = True
            start = stop

    def cast(self, dtype: Any) -> None:
        """Give the network new arrays of another type: for a copy of one's own."""
        self.dtype = validate.float_type("Network", dtype)
        for name in "theta", "grad":
            vars(self)[name] = vars(self)[name].astype(self.dtype)
        self.attach()
        for layer in self.layers:
            for name in layer.statistics:
                setattr(layer, name, getattr(layer, name).astype(self.dtype))

    def __setattr__(self, name: str, value: Any) -> None:
        # net.theta -= … ends with an assignment of the same array.
        if name in ("theta", "grad") and vars(self).get(name, value) is not value:
            raise AttributeError(f"Network: {name} is never rebound; write net.{name}[...] = value")
        super().__setattr__(name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.attach()  # a copy of a view is an array of its own

    @property
    def n_params(self) -> int:
        """How many numbers the network learns."""
        return len(self.theta)

    def check(self, x: Any, t: Any, training: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return x, and t for the loss, as ``f`` and ``backpropagate`` take them."""
        x = validate.batch("Network", x, self.n_in, self.dtype)
        width = x.shape[1] if self.n_out is None else self.n_out
        t = self.loss.check_targets(t, (len(x), width), self.dtype)
        if training:
            self.require_rows(len(x))
        return x, t

    def require_rows(self, n: int) -> None:
        """ValueError where a layer cannot train on a batch of n rows."""
        if n < self.min_rows:
            for layer in self.layers:
                layer.require_rows(n)

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        """Return the outputs, ``(N, n_out)``, for a batch that has been checked."""
        for layer in self.layers:
            layer.y = x = layer.f(x, training)
        return x

    def backpropagate(self, x: np.ndarray, t: np.ndarray) -> float:
        """Return the loss and fill ``grad``, for x and t that have been checked.

        Running statistics follow the batch only where the loss is finite.
        """
        y = self.f(x, training=True)
        self.loss.check_outputs(y)
        value, g = self.loss.f(y, t)
        for layer in self.layers[:0:-1]:
            layer.gradients(g)
            g = layer.vjp(g)
        self.layers[0].gradients(g)  # nobody asks for dL/dx of the data
        if self.penalty is not None:
            value += self.penalize(self.penalty)
        if math.isfinite(value):
            self.update_statistics()
        return value

    def penalize(self, penalty: Penalty) -> float:
        """Return the penalty of all weights, and add its gradient to ``grad``."""
        value = 0.0
        for layer in self.layers:
            for name in layer.weights:
                w, gradient = getattr(layer, name), getattr(layer, "d" + name)
                value += penalty(w)
                gradient += penalty.gradient(w)
        return value

    def statistics(self) -> list[np.ndarray]:
        """The layers' running statistics, the arrays themselves."""
        return [getattr(a, name) for a in self.layers for name in a.statistics]

    def update_statistics(self) -> None:
        """Let running statistics follow the batch of the last forward in training."""
        for layer in self.layers:
            if layer.statistics:
                layer.update_statistics()

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the outputs, ``(N, n_out)``, for a batch x, ``(N, n_in)``.

        Layers keep what their backward needs until the next call, in evaluation too.
        """
        x = validate.batch("Network", x, self.n_in, self.dtype)
        if not training:
            return self.f(x, training)
        self.require_rows(len(x))
        y = self.f(x, training)
        self.update_statistics()
        return y

    def loss_and_grad(self, x: np.ndarray, t: np.ndarray) -> float:
        """Return the loss, penalty included, and fill ``grad`` with its gradient.

        The forward is in training mode. x is ``(N, n_in)``; t is what the loss takes. Both are
        checked before anything changes.
        """
        x, t = self.check(x, t, training=True)
        return self.backpropagate(x, t)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs, ``(N, n_out)``; softmax of them if they are logits."""
        y = self.forward(x)
        return np.exp(log_softmax(y)) if isinstance(self.loss, SoftmaxCrossEntropy) else y

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return labels, ``(N,)``: the largest output's index; for one, if > 0.5.

        ValueError where an output is not finite: a NaN is no class.
        """
        y = self.forward(x)  # the largest logit has the largest probability
        validate.finite("Network", "outputs", y)
        return labels_of(y)

    def summary(self) -> str:
        """Return a table of the layers, the shapes of their arrays, and the counts."""
        return summary(self.layers, self.n_in)

    def arrays(self) -> files.Arrays:
        """Every array that a file keeps, by a name such as ``0.Dense.W``."""
        return {
            f"{i}.{type(layer).__name__}.{name}": getattr(layer, name)
            for i, layer in enumerate(self.layers)
            for name in (*layer.parameters, *layer.statistics)
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters and running statistics to an .npz file at this path.

        Layers without arrays leave no trace in it, nor does an optimizer: to go on exactly as if
        nothing had happened, pickle ``(net, optimizer)``.
        """
        files.save(path, self.arrays())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Fill this network with what ``save`` wrote for one of the same layers.

        A missing file is a FileNotFoundError. A file that cannot be read, or whose names, shapes or
        types do not fit, is a ValueError; the network is then as it was. Whether activations are
        the same, a file cannot tell.
        """
        files.load(path, self.arrays())

    def __repr__(self) -> str:
        parts = [*map(repr, self.layers), f"loss={self.loss}"]
        if self.penalty is not None:
            parts.append(f"penalty={self.penalty}")
        return f"Network({', '.join(parts)})"


def check_parts(layers: Any, loss: Any, penalty: Any) -> None:
    """TypeError or ValueError unless these can make a network."""
    if not layers:
        raise ValueError("Network: expected at least one layer, got none")
    for i, layer in enumerate(layers):
        validate.instance(layer, Layer, "Network: expected layers")
        if layer.in_network or any(layer is other for other in layers[:i]):
            wrong = "is in use already; a layer belongs to one network"
            raise ValueError(f"Network: layer {i}, {layer}, {wrong}")
        validate.not_overridden(layer, Layer, "forward backward", "f and vjp")
    validate.instance(loss, Loss, "Network: loss must be a Loss such as SquaredError()")
    validate.not_overridden(loss, Loss, "value_and_grad", "f")
    wanted = "Network: penalty must be None or a Penalty such as L2(1e-4)"
    validate.instance(penalty, Penalty | None, wanted)


def check_chain(layers: tuple[Layer, ...], loss: Loss) -> tuple[int | None, int | None]:
    """Return n_in and n_out of a chain; ValueError where its parts do not fit."""
    n_in: int | None = None
    width: int | None = None
    for i, layer in enumerate(layers):
        if layer.n_in is not None:
            if width not in (None, layer.n_in):
                wrong = f"takes rows of {layer.n_in} and gets rows of {width}"
                raise ValueError(f"Network: layer {i}, {layer}, {wrong}")
            n_in = layer.n_in if width is None else n_in
            width = layer.n_out
    fused, last_is_softmax = isinstance(loss, SoftmaxCrossEntropy), isinstance(layers[-1], Softmax)
    why = ""
    if fused and last_is_softmax:
        why = "SoftmaxCrossEntropy takes logits; after Softmax(), softmax would be applied twice"
    elif last_is_softmax and width == 1:
        why = "Softmax() of a single output is always 1"
    elif fused and width == 1:
        why = "SoftmaxCrossEntropy needs two outputs or more; for one, use BinaryCrossEntropy"
    if why:
        raise ValueError(f"Network: {why}")
    return n_in, width


def labels_of(p: np.ndarray) -> np.ndarray:
    """Return the classes, ``(N,)``, of rows ``(N, K)``: argmax; for K = 1, if > 0.5."""
    return (p[:, 0] > 0.5).astype(np.intp) if p.shape[1] == 1 else p.argmax(axis=1)
