"""A fully connected neural network written by hand, in NumPy alone: the book's code.

The names of ``plotting`` are here only where matplotlib is, and those of ``estimators`` where scikit-learn is, 1.6 or
newer; each loads it when first used. All else needs NumPy alone.
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

# What needs more than NumPy: by the package that it needs, a module, and the names that load it when first used.
LATER = {
    "matplotlib": ("plotting", ["plot_boundary", "plot_history", "plot_jacobian"]),
    "sklearn": ("estimators", ["NetworkClassifier", "NetworkRegressor"]),
}
NEEDS = {"matplotlib": "matplotlib", "sklearn": "scikit-learn 1.6 or newer"}

# fmt: off
__all__ = [
    "ELU", "L1", "L2", "MSE", "SGD", "AdaGrad", "Adam", "BatchNorm", "BinaryCrossEntropy", "CrossEntropy", "Dense",
    "History", "Identity", "Layer", "LeakyReLU", "Loss", "Nesterov", "Network", "Optimizer", "Penalty", "RMSProp",
    "ReLU", "Sigmoid", "Softmax", "SoftmaxCrossEntropy", "SquaredError", "Tanh", "accuracy", "check",
    "check_gradient", "constant", "fit", "glorot", "he", "jacobian", "l0", "log_softmax", "minibatches", "normal",
    "numerical_jacobian", "one_hot", "uniform_fan_in", "zeros",
]
# fmt: on


def will_do(package: str) -> bool:
    """Whether a package is there, and new enough: a star import loads all names, and must not stop at an old one."""
    if find_spec(package) is None:
        return False
    if package != "sklearn":
        return True
    from importlib import metadata  # takes longer than all of nnlib

    try:
        numbers = metadata.version("scikit-learn").split(".")
        return (int(numbers[0]), int(numbers[1])) >= (1, 6)
    except (metadata.PackageNotFoundError, ValueError, IndexError):
        return True  # of a number that cannot be read


THERE = [LATER[package] for package in LATER if will_do(package)]
__all__ += [name for module, names in THERE for name in names]


def __getattr__(name: str) -> Any:
    for package, (module, names) in LATER.items():
        if name in (module, *names):
            try:
                loaded = import_module(f".{module}", __name__)
            except ImportError as error:
                raise AttributeError(f"nnlib.{name} needs {NEEDS[package]}: {error}") from error
            return loaded if name == module else getattr(loaded, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *(module for module, names in THERE)})
