"""A fully connected neural network written by hand, in NumPy alone: the book's code.

The names of ``plotting`` are here only where matplotlib is, and load it when first used; all else needs NumPy alone.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from .derivatives import check, check_gradient, jacobian, numerical_jacobian
from .initializers import constant, glorot, he, normal, uniform_fan_in, zeros
from .layers import BatchNorm, Dense, Layer
from .losses import MSE, BinaryCrossEntropy, CrossEntropy, Loss, SoftmaxCrossEntropy, SquaredError, log_softmax
from .network import Network
from .optimizers import SGD, AdaGrad, Adam, Nesterov, Optimizer, RMSProp
from .penalties import L1, L2, Penalty, l0
from .training import History, accuracy, fit, minibatches, one_hot

PLOTTING = ["plot_boundary", "plot_history", "plot_jacobian"]

# fmt: off
__all__ = [
    "ELU", "L1", "L2", "MSE", "SGD", "AdaGrad", "Adam", "BatchNorm", "BinaryCrossEntropy", "CrossEntropy", "Dense",
    "History", "Identity", "Layer", "LeakyReLU", "Loss", "Nesterov", "Network", "Optimizer", "Penalty", "RMSProp",
    "ReLU", "Sigmoid", "Softmax", "SoftmaxCrossEntropy", "SquaredError", "Tanh", "accuracy", "check",
    "check_gradient", "constant", "fit", "glorot", "he", "jacobian", "l0", "log_softmax", "minibatches", "normal",
    "numerical_jacobian", "one_hot", "uniform_fan_in", "zeros",
]
# fmt: on
if find_spec("matplotlib") is not None:
    __all__ += PLOTTING


def __getattr__(name: str) -> Any:
    if name in PLOTTING:
        try:
            return getattr(import_module(".plotting", __name__), name)
        except ImportError as error:
            raise AttributeError(f"nnlib.{name} needs matplotlib: {error}") from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
