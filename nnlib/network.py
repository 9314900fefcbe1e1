"""A network: a chain of layers, a loss, and one flat vector θ of all parameters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from . import _validate
from .activations import Softmax
from .initializers import Rng
from .layers import Layer
from .losses import Loss, SoftmaxCrossEntropy, log_softmax
from .penalties import Penalty


class Network:
    """A chain of layers that is trained by a loss.

    Parameters
    ----------
    *layers : Layer
        At least one; the widths must chain, and a layer belongs to one network only.
    loss : Loss
        What ``loss_and_grad`` measures. ``SoftmaxCrossEntropy`` takes logits: a last
        layer ``Softmax`` is refused.
    penalty : Penalty, optional
        Added to the loss; it acts on the weights of each layer.
    rng : numpy.random.Generator or int
        Where the initial weights come from.
    dtype : float64 or float32
        Type of the parameters, and of all that is computed.

    Attributes
    ----------
    layers : tuple of Layer
    theta, grad : array, ``(n_params,)``
        All parameters, and the gradient that ``loss_and_grad`` fills. Every layer's
        arrays are views of them. They are never rebound: write ``net.theta[...] = v``.
    n_params : int
    n_in, n_out : int or None
        Widths of a row before and after; None for a chain of layers that take any
        width.
    """

    def __init__(
        self,
        *layers: Layer,
        loss: Loss,
        penalty: Penalty | None = None,
        rng: Rng = 0,
        dtype: Any = float,
    ) -> None:
        if not layers:
            raise ValueError("Network: expected at least one layer, got none")
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"Network: expected layers, got {layer!r}")
            if layer._in_network or any(layer is other for other in layers[:i]):
                raise ValueError(
                    f"Network: layer {i}, {layer}, is in use already; "
                    "a layer belongs to one network"
                )
        if not isinstance(loss, Loss):
            raise TypeError(
                f"Network: loss must be a Loss such as SquaredError(), got {loss!r}"
            )
        if not (penalty is None or isinstance(penalty, Penalty)):
            raise TypeError(
                f"Network: penalty must be None or a Penalty such as L2(1e-4), "
                f"got {penalty!r}"
            )
        if isinstance(loss, SoftmaxCrossEntropy) and isinstance(layers[-1], Softmax):
            raise ValueError(
                "Network: SoftmaxCrossEntropy takes logits; after Softmax(), "
                "softmax would be applied twice"
            )
        self.dtype = _float_type(dtype)

        self.n_in: int | None = None
        self.n_out: int | None = None
        for i, layer in enumerate(layers):
            if layer.n_in is not None:
                if self.n_out is not None and layer.n_in != self.n_out:
                    raise ValueError(
                        f"Network: layer {i}, {layer}, takes rows of {layer.n_in} "
                        f"and gets rows of {self.n_out}"
                    )
                self.n_in = layer.n_in if self.n_out is None else self.n_in
                self.n_out = layer.n_out

        self.layers = layers
        self.loss = loss
        self.penalty = penalty
        n = sum(layer.n_params for layer in layers)
        self._theta = np.zeros(n, self.dtype)
        self._grad = np.zeros(n, self.dtype)
        rng = np.random.default_rng(rng)
        self._attach_layers()
        try:
            for layer in layers:
                layer.initialize(rng)
        except BaseException:
            for layer in layers:
                layer._in_network = False
            raise

    def _attach_layers(self) -> None:
        """Make every layer's arrays views of theta and grad."""
        start = 0
        for layer in self.layers:
            stop = start + layer.n_params
            layer._attach(self._theta[start:stop], self._grad[start:stop])
            layer._in_network = True
            start = stop

    def _cast(self, dtype: Any) -> None:
        """Give a copy arrays of another type: theta and grad are new ones."""
        self.dtype = _float_type(dtype)
        self._theta = self._theta.astype(self.dtype)
        self._grad = self._grad.astype(self.dtype)
        self._attach_layers()
        for layer in self.layers:
            for name in layer.statistics:
                setattr(layer, name, getattr(layer, name).astype(self.dtype))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._attach_layers()  # a copy of a view is an array of its own

    @property
    def theta(self) -> np.ndarray:
        return self._theta

    @theta.setter
    def theta(self, value: np.ndarray) -> None:
        self._keep("theta", value)

    @property
    def grad(self) -> np.ndarray:
        return self._grad

    @grad.setter
    def grad(self, value: np.ndarray) -> None:
        self._keep("grad", value)

    def _keep(self, name: str, value: np.ndarray) -> None:
        if value is not getattr(
            self, name
        ):  # net.theta -= … ends with an assignment of the same array
            raise AttributeError(
                f"Network: {name} is never rebound; write net.{name}[...] = value"
            )

    @property
    def n_params(self) -> int:
        return len(self._theta)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the outputs, ``(N, n_out)``, for a batch x, ``(N, n_in)``."""
        return self._forward(self._check_x(x), training)

    def _check_x(self, x: np.ndarray) -> np.ndarray:
        return _validate.batch("Network", x, self.n_in, self.dtype)

    def _check(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = self._check_x(x)
        width = x.shape[1] if self.n_out is None else self.n_out
        return x, self.loss.check_targets(t, (len(x), width), self.dtype)

    def _forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs, ``(N, n_out)``; softmax of them if they are logits."""
        y = self.forward(x)
        return (
            np.exp(log_softmax(y)) if isinstance(self.loss, SoftmaxCrossEntropy) else y
        )

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return labels, ``(N,)``: the largest output's index; for one, if > 0.5."""
        return labels_of(self.predict_proba(x))

    def loss_and_grad(self, x: np.ndarray, t: np.ndarray) -> float:
        """Return the loss, penalty included, and fill ``grad`` with its gradient.

        The forward is in training mode. x is ``(N, n_in)``; t is what the loss takes.
        Both are checked before anything changes.
        """
        x, t = self._check(x, t)
        value, g = self.loss._value_and_grad(self._forward(x, training=True), t)
        for layer in self.layers[:0:-1]:
            g = layer.backward(g)
        self.layers[0].parameter_gradients(g)  # nobody asks for dL/dx of the data
        if self.penalty is not None:
            for layer in self.layers:
                for name in layer.weights:
                    w = getattr(layer, name)
                    value += self.penalty(w)
                    gradient = getattr(layer, "d" + name)
                    gradient += self.penalty.gradient(w)
        return value

    def summary(self) -> str:
        """Return a table of the layers, the shapes of their arrays, and the counts."""
        width = self.n_in
        rows = [("layer", "output", "parameters", "count")]
        for layer in self.layers:
            width = layer.n_out or width
            shapes = ", ".join(
                f"{name} {shape}" for name, shape in layer.parameters.items()
            )
            rows.append(
                (str(layer), f"(N, {width or 'D'})", shapes, f"{layer.n_params:,}")
            )
        rows.append(("total", "", "", f"{self.n_params:,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{a:<{w}}  {b:<{x}}  {c:<{y}}  {d:>{z}}"
            for w, x, y, z in [widths]
            for a, b, c, d in rows
        ]
        rule = "-" * len(lines[0])
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def _named_arrays(self) -> dict[str, np.ndarray]:
        """Every array that a file keeps, by a name such as ``0.Dense.W``."""
        return {
            f"{i}.{type(layer).__name__}.{name}": getattr(layer, name)
            for i, layer in enumerate(self.layers)
            for name in (*layer.parameters, *layer.statistics)
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters and running statistics to an .npz file at this path.

        A file that stood there is replaced only when the new one is whole.
        """
        path = Path(path)
        partial = path.with_name(path.name + ".partial")
        try:
            with open(partial, "wb") as file:
                np.savez(file, allow_pickle=False, **self._named_arrays())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Fill this network with what ``save`` wrote for one of the same layers.

        A missing file is a FileNotFoundError. A file that cannot be read, or whose
        names, shapes or types do not fit, is a ValueError; the network is then as it
        was.
        """
        path = Path(path)
        try:
            # Opened here, for NumPy leaves a broken file open.
            with (
                open(path, "rb") as stream,
                np.load(stream, allow_pickle=False) as file,
            ):
                found = {name: file[name] for name in file.files}
        except FileNotFoundError:
            raise
        except Exception as error:  # of zipfile, zlib, struct, NumPy or the system
            raise ValueError(f"Network: cannot read {path} as .npz: {error}") from error
        expected = self._named_arrays()
        if found.keys() != expected.keys():
            missing = ", ".join(sorted(expected.keys() - found.keys())) or "none"
            extra = ", ".join(sorted(found.keys() - expected.keys())) or "none"
            raise ValueError(
                f"Network: {path} does not fit: missing {missing}; not expected {extra}"
            )
        for name, array in expected.items():
            got = found[name]
            if got.shape != array.shape or got.dtype.kind != "f":
                raise ValueError(
                    f"Network: {path} does not fit: expected {name} as floats of shape "
                    f"{array.shape}, got {got.dtype} of shape {got.shape}"
                )
        try:
            with np.errstate(over="raise"):
                fitting = {name: found[name].astype(self.dtype) for name in expected}
        except FloatingPointError as error:
            raise ValueError(
                f"Network: {path} does not fit: numbers too large for {self.dtype}"
            ) from error
        for name, array in expected.items():
            array[...] = fitting[name]

    def __repr__(self) -> str:
        parts = [*map(repr, self.layers), f"loss={self.loss}"]
        if self.penalty is not None:
            parts.append(f"penalty={self.penalty}")
        return f"Network({', '.join(parts)})"


def _float_type(dtype: Any) -> np.dtype:
    dtype = np.dtype(dtype)
    if dtype not in (np.float64, np.float32):
        raise ValueError(f"Network: dtype must be float64 or float32, got {dtype}")
    return dtype


def labels_of(p: np.ndarray) -> np.ndarray:
    """Return the classes, ``(N,)``, of rows ``(N, K)``: argmax; for K = 1, if > 0.5."""
    return (p[:, 0] > 0.5).astype(np.intp) if p.shape[1] == 1 else p.argmax(axis=1)
