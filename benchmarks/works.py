"""What is measured: the works A, B and C, and two networks that grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

import nnlib

# Every contestant's learning rate. So small that a network stays what it was however many steps are timed:
# gradients that die out end in denormal numbers, which are slow everywhere.
LR = 1e-6


@dataclass(frozen=True)
class Work:
    """A network and a batch to train it on.

    ``targets``: how many times as fast as a peer nnlib is to be, by the peer's name; for the matmul floor, how
    many times as slow it may be.
    """

    name: str
    widths: tuple[int, ...]
    activation: str
    rows: int
    dtype: type
    batch_norm: bool = False
    targets: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        hidden = ("BatchNorm, " if self.batch_norm else "") + self.activation
        widths = "-".join(map(str, self.widths))
        return f"{self.name}: {widths}, {hidden}, {self.rows} rows a step, nnlib in {self.dtype.__name__}"

    def network(self) -> nnlib.Network:
        """The network; no parameter is at the 0 or 1 that it usually starts from."""
        layers: list[nnlib.Layer] = []
        for n_in, n_out in pairwise(self.widths):
            if layers:
                if self.batch_norm:
                    layers.append(nnlib.BatchNorm(n_in))
                layers.append(getattr(nnlib, self.activation)())
            layers.append(nnlib.Dense(n_in, n_out))
        net = nnlib.Network(*layers, loss=nnlib.SoftmaxCrossEntropy(), rng=0, dtype=self.dtype)
        net.theta += np.random.default_rng(1).normal(0, 0.1, net.n_params)
        return net

    def data(self, batches: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Normal numbers and random labels, enough for so many batches."""
        rng = np.random.default_rng(2)
        n = batches * self.rows
        x: np.ndarray = rng.normal(size=(n, self.widths[0])).astype(self.dtype)
        return x, rng.integers(self.widths[-1], size=n)


A = Work(
    "A", (2, 25, 50, 25, 2), "Sigmoid", rows=32, dtype=np.float64,
    targets={"PyTorch, eager": 6, "PyTorch, fused Adam": 4, "scikit-learn fit": 3.3, "JAX": 1.3, "matmul floor": 4.2},
)  # fmt: skip
B = Work(
    "B", (64, 32, 16, 10), "ReLU", rows=128, dtype=np.float64, batch_norm=True,
    targets={"PyTorch, eager": 4, "PyTorch, fused Adam": 2.7, "scikit-learn fit": 2.1, "JAX": 1.15},
)  # fmt: skip
C = Work(
    "C", (784, 128, 64, 10), "ReLU", rows=128, dtype=np.float32, batch_norm=True,
    targets={"PyTorch, eager": 1.7, "PyTorch, fused Adam": 1.3, "JAX": 0.97},
)  # fmt: skip


def growing_batch(rows: int) -> Work:
    """A's network in float32, as PyTorch has it, on a batch of any size."""
    return Work("rows", A.widths, A.activation, rows, np.float32)


def growing_width(width: int) -> Work:
    """Two hidden layers of any width."""
    return Work("width", (64, width, width, 10), "ReLU", 32, np.float32)
