"""A network: a chain of layers, a loss, and one flat vector θ of all parameters."""

import math
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
    """A chain of layers that is trained by a loss, to which the penalty of each layer's weights is added.

    Widths must chain, and a layer belongs to one network only. Its parameters are initialized anew, those of a trained
    layer's copy too, from ``rng``, a generator or a seed. Two networks with the same seed (0, if none is given) start
    alike. Parameters, and all that is computed, are of ``dtype``, float64 or float32. ``SoftmaxCrossEntropy`` takes
    logits, of two classes or more: after a last layer ``Softmax`` it is refused.

    ``theta`` and ``grad``, ``(n_params,)``, are all parameters and the gradient that ``loss_and_grad`` fills; every
    layer's arrays are views of them. They are never rebound: write ``net.theta[...] = v``. Running statistics are no
    part of them: to keep a network, ``copy.deepcopy`` it. ``n_in`` and ``n_out`` are the widths of a row before and
    after, None where all layers take any width; ``min_rows`` is the smallest batch that all can train on. NumPy's error
    state is left alone: where underflow is made to raise, it raises here, but not in ``fit``.
    """

    def __init__(
        self, *layers: Layer, loss: Loss, penalty: Penalty | None = None, rng: Rng = 0, dtype: Any = float
    ) -> None:
        check_parts(layers, loss, penalty)
        self.layers, self.loss, self.penalty = layers, loss, penalty
        self.n_in, self.n_out = check_chain(layers, loss)
        self.min_rows = max(layer.min_rows for layer in layers)
        self.dtype = validate.float_type("Network", dtype)
        rng = validate.generator("Network", rng)
        for layer in layers:
            layer.initialize(rng, self.dtype)
        start = [getattr(layer, name).ravel() for layer in layers for name in layer.parameters]
        self.theta = np.concatenate([np.empty(0, self.dtype), *start])
        self.grad = np.zeros_like(self.theta)
        self.attach()

    def attach(self) -> None:
        """Make every layer's arrays views of theta and grad."""
        start = 0
        for layer in self.layers:
            stretch = slice(start, start := start + layer.n_params)
            layer.attach(self.theta[stretch], self.grad[stretch])
            layer.in_network = True

    def cast(self, dtype: Any) -> None:
        """Give the network new arrays of another type: for a copy of one's own."""
        self.dtype = np.dtype(dtype)
        vars(self).update(theta=self.theta.astype(dtype), grad=self.grad.astype(dtype))
        self.attach()
        for layer in self.layers:
            vars(layer).update({name: getattr(layer, name).astype(dtype) for name in layer.statistics})

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
        t = self.loss.check_targets(t, (len(x), self.n_out or x.shape[1]), self.dtype)
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
        """Return the loss and fill ``grad``, for x and t that have been checked."""
        y = self.f(x, training=True)
        self.loss.check_outputs(y)
        value, g = self.loss.f(y, t)
        for layer in self.layers[:0:-1]:
            layer.gradients(g)
            g = layer.vjp(g)
        self.layers[0].gradients(g)  # nobody asks for dL/dx of the data
        if self.penalty is not None:
            value += self.penalize(self.penalty)
        if math.isfinite(value):  # else running statistics stay as they are
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

    def update_statistics(self) -> None:
        """Let running statistics follow the batch of the last forward in training."""
        for layer in self.layers:
            if layer.statistics:
                layer.update_statistics()

    def statistics(self) -> list[np.ndarray]:
        """The layers' running statistics, the arrays themselves."""
        return [getattr(layer, name) for layer in self.layers for name in layer.statistics]

    def restore(self, statistics: list[np.ndarray]) -> None:
        """Write copies of ``statistics()`` back."""
        for array, before in zip(self.statistics(), statistics, strict=True):
            array[...] = before

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the outputs, ``(N, n_out)``, for x, ``(N, n_in)``; layers keep what their backward needs of it."""
        x = validate.batch("Network", x, self.n_in, self.dtype)
        if training:
            self.require_rows(len(x))
        y = self.f(x, training)
        if training:
            self.update_statistics()
        return y

    def loss_and_grad(self, x: np.ndarray, t: np.ndarray) -> float:
        """Return the loss of x, ``(N, n_in)``, and its targets in training mode, with penalty; ``grad`` is filled."""
        return self.backpropagate(*self.check(x, t, training=True))

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs, ``(N, n_out)``; softmax of them if they are logits."""
        y = self.forward(x)
        return np.exp(log_softmax(y)) if isinstance(self.loss, SoftmaxCrossEntropy) else y

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return labels, ``(N,)``: the largest output's index; for one, if > 0.5; ValueError unless all are finite."""
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

    def save(self, path: files.PathLike) -> None:
        """Write the parameters and running statistics to an .npz file.

        Layers without arrays leave no trace, nor does an optimizer: to go on as before, pickle ``(net, optimizer)``.
        """
        files.save(path, self.arrays())

    def load(self, path: files.PathLike) -> None:
        """Fill this network with what ``save`` wrote for one of the same layers.

        A missing file is a FileNotFoundError. A file that cannot be read, or whose names, shapes or types do not fit,
        is a ValueError; the network is then as it was. Whether activations are the same, a file cannot tell.
        """
        files.load(path, self.arrays())

    def __repr__(self) -> str:
        penalty = "" if self.penalty is None else f", penalty={self.penalty}"
        return f"Network({', '.join(map(repr, self.layers))}, loss={self.loss}{penalty})"


def check_parts(layers: Any, loss: Any, penalty: Any) -> None:
    """TypeError or ValueError unless these can make a network."""
    if not layers:
        raise ValueError("Network: expected at least one layer, got none")
    for i, layer in enumerate(layers):
        validate.instance(layer, Layer, "Network: expected layers")
        if layer.in_network or any(layer is other for other in layers[:i]):
            raise ValueError(f"Network: layer {i}, {layer}, is in use already; a layer belongs to one network")
    validate.instance(loss, Loss, "Network: loss must be a Loss such as SquaredError()")
    validate.instance(penalty, Penalty | None, "Network: penalty must be None or a Penalty such as L2(1e-4)")
    finals = [(layer, Layer, name) for layer in layers for name in ("forward", "backward")]
    for part, base, name in [*finals, (loss, Loss, "value_and_grad")]:
        if getattr(type(part), name) is not getattr(base, name):
            kind, hooks = type(part).__name__, "f" if base is Loss else "f and vjp"
            raise TypeError(f"Network: {kind} overrides {name}, which checks and calls the maths; write {hooks}")


def check_chain(layers: tuple[Layer, ...], loss: Loss) -> tuple[int | None, int | None]:
    """Return n_in and n_out of a chain; ValueError where its parts do not fit."""
    n_in, width = None, None
    for i, layer in enumerate(layers):
        if layer.n_in is not None:
            if width not in (None, layer.n_in):
                raise ValueError(f"Network: layer {i}, {layer}, takes rows of {layer.n_in} and gets rows of {width}")
            n_in = layer.n_in if width is None else n_in
            width = layer.n_out
    fused, softmax_last = isinstance(loss, SoftmaxCrossEntropy), isinstance(layers[-1], Softmax)
    if fused and softmax_last:
        raise ValueError("Network: SoftmaxCrossEntropy takes logits; after Softmax(), softmax would be applied twice")
    if softmax_last and width == 1:
        raise ValueError("Network: Softmax() of a single output is always 1")
    if fused and width == 1:
        raise ValueError("Network: SoftmaxCrossEntropy needs two outputs or more; for one, use BinaryCrossEntropy")
    return n_in, width


def labels_of(p: np.ndarray) -> np.ndarray:
    """Return the classes, ``(N,)``, of rows ``(N, K)``: argmax; for K = 1, if > 0.5."""
    return (p[:, 0] > 0.5).astype(np.intp) if p.shape[1] == 1 else p.argmax(axis=1)
