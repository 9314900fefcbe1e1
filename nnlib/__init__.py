"""A fully connected neural network written by hand, in NumPy alone: the book's code.

``import nnlib`` needs NumPy only. The names of ``plotting`` (matplotlib) and
``explore`` are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from .derivatives import check, check_gradient, jacobian, numerical_jacobian
from .initializers import constant, glorot, he, normal, uniform_fan_in, zeros
from .layers import BatchNorm, Dense, Layer
from .losses import (
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    SoftmaxCrossEntropy,
    SquaredError,
    log_softmax,
)
from .network import Network
from .optimizers import SGD, AdaGrad, Adam, Nesterov, RMSProp
from .penalties import L1, L2, l0
from .training import History, accuracy, fit, minibatches, one_hot

if TYPE_CHECKING:
    from .explore import Explorer, log_slider
    from .plotting import plot_boundary, plot_history, plot_jacobian

_LAZY = {
    "plot_boundary": "plotting",
    "plot_history": "plotting",
    "plot_jacobian": "plotting",
    "Explorer": "explore",
    "log_slider": "explore",
}

__all__ = [
    "ELU",
    "L1",
    "L2",
    "MSE",
    "SGD",
    "AdaGrad",
    "Adam",
    "BatchNorm",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Dense",
    "Explorer",
    "History",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Nesterov",
    "Network",
    "RMSProp",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Tanh",
    "accuracy",
    "check",
    "check_gradient",
    "constant",
    "fit",
    "glorot",
    "he",
    "jacobian",
    "l0",
    "log_slider",
    "log_softmax",
    "minibatches",
    "normal",
    "numerical_jacobian",
    "one_hot",
    "plot_boundary",
    "plot_history",
    "plot_jacobian",
    "uniform_fan_in",
    "zeros",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
