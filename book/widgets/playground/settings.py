"""What can be set in the playground: the page builds its controls from it, and the engine checks by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nnlib

MOMENTUM = 0.9
DEEPEST, WIDEST = 4, 32
LAST_SEED = 9999


@dataclass(frozen=True)
class Control:
    """A choice among values. `kind` says how the page shows it: names in a list, or numbers on a slider."""

    label: str
    values: Mapping[Any, str]  # with their names for a reader
    default: Any
    kind: str = "names"

    def check(self, name: str, value: Any) -> Any:
        for known in self.values:
            if value == known and isinstance(value, bool) == isinstance(known, bool):
                return known
        raise ValueError(f"{name}: expected one of {', '.join(map(str, self.values))}, got {value!r}")


@dataclass(frozen=True)
class Whole:
    """A whole number from 0 to `last`."""

    label: str
    last: int
    default: int = 0
    kind: str = "whole"

    def check(self, name: str, value: Any) -> int:
        if type(value) is not int or not 0 <= value <= self.last:
            raise ValueError(f"{name}: expected a whole number from 0 to {self.last}, got {value!r}")
        return value


@dataclass(frozen=True)
class Widths:
    """The hidden layers' widths, none to `deepest` of them."""

    label: str
    deepest: int
    widest: int
    default: Sequence[int] = ()
    kind: str = "widths"

    def check(self, name: str, value: Any) -> tuple[int, ...]:
        fits = isinstance(value, list | tuple) and len(value) <= self.deepest
        if not fits or not all(type(width) is int and 1 <= width <= self.widest for width in value):
            raise ValueError(
                f"{name}: expected at most {self.deepest} widths from 1 to {self.widest}, got {value!r}",
            )
        return tuple(value)


def numbers(label: str, values: Sequence[float], default: float) -> Control:
    return Control(label, {value: f"{value:g}".replace("e-0", "e-") for value in values}, default, "numbers")


def names(label: str, default: str, **values: str) -> Control:
    return Control(label, values, default)


CONTROLS: dict[str, Any] = {  # of Control, Whole and Widths
    "data": names(
        "data",
        "moons",
        moons="two moons",
        circles="two circles",
        xor="exclusive or",
        spirals="two spirals",
        digits="digits in two dimensions",
    ),
    "noise": numbers("noise", [k / 20 for k in range(11)], 0.2),
    "seed": Whole("seed", LAST_SEED),
    "layers": Widths("hidden layers", DEEPEST, WIDEST, (8, 8)),
    "activation": names(
        "activation",
        "Tanh",
        Tanh="tanh",
        Sigmoid="sigmoid",
        ReLU="ReLU",
        LeakyReLU="leaky ReLU",
        ELU="ELU",
        Identity="identity",
    ),
    "batchnorm": Control("batch normalization", {False: "without", True: "with"}, False, "flag"),
    "loss": names(
        "loss",
        "SoftmaxCrossEntropy",
        SoftmaxCrossEntropy="softmax and cross-entropy",
        BinaryCrossEntropy="sigmoid and binary cross-entropy",
        SquaredError="sigmoid and squared error",
    ),
    "optimizer": names(
        "optimizer",
        "Adam",
        SGD="SGD",
        Momentum="SGD with momentum",
        Nesterov="Nesterov",
        AdaGrad="AdaGrad",
        RMSProp="RMSProp",
        Adam="Adam",
    ),
    "lr": numbers(
        "learning rate", [m * 10**e if e >= 0 else m / 10**-e for e in range(-4, 1) for m in (1, 3)] + [10], 0.01
    ),
    "batch": numbers("batch size", [1, 2, 4, 8, 16, 32, 64, 128, 320], 32),
    "penalty": names("penalty", "none", none="none", L1="L1", L2="L2"),
    "lam": numbers("its λ", [m / 10**e for e in range(5, 0, -1) for m in (1, 3)], 0.001),
}

# How much is trained between two pictures: no part of what is trained.
PACE = names(
    "pace",
    "steps",
    step="one step a picture",
    steps="ten steps a picture",
    fast="as many steps as fit",
)

# What the program calls, and the engine: nnlib's name, and arguments behind the learning rate.
OPTIMIZERS: dict[str, tuple[str, dict[str, float]]] = {
    "SGD": ("SGD", {}),
    "Momentum": ("SGD", {"momentum": MOMENTUM}),
    "Nesterov": ("Nesterov", {"momentum": MOMENTUM}),
    "AdaGrad": ("AdaGrad", {}),
    "RMSProp": ("RMSProp", {}),
    "Adam": ("Adam", {}),
}


@dataclass(frozen=True)
class Settings:
    data: str = CONTROLS["data"].default
    noise: float = CONTROLS["noise"].default
    layers: tuple[int, ...] = field(default=CONTROLS["layers"].default)
    activation: str = CONTROLS["activation"].default
    batchnorm: bool = CONTROLS["batchnorm"].default
    loss: str = CONTROLS["loss"].default
    optimizer: str = CONTROLS["optimizer"].default
    lr: float = CONTROLS["lr"].default
    batch: int = CONTROLS["batch"].default
    penalty: str = CONTROLS["penalty"].default
    lam: float = CONTROLS["lam"].default
    seed: int = CONTROLS["seed"].default

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """From JSON, checked; what is left out has its default. ValueError: no such setting, or no such value."""
        unknown = set(values) - set(CONTROLS)
        if unknown:
            raise ValueError(f"no setting is called {', '.join(sorted(unknown))}")
        return cls(**{name: CONTROLS[name].check(name, value) for name, value in values.items()})

    @property
    def classes(self) -> int:
        return 10 if self.data == "digits" else 2

    def network(self) -> nnlib.Network:
        layers: list[nnlib.Layer] = []
        width = 2
        for n in self.layers:
            layers.append(nnlib.Dense(width, n))
            if self.batchnorm:
                layers.append(nnlib.BatchNorm(n))
            layers.append(getattr(nnlib, self.activation)())
            width = n
        layers.append(nnlib.Dense(width, self.classes))
        if self.loss != "SoftmaxCrossEntropy":
            layers.append(nnlib.Sigmoid())
        penalty = None if self.penalty == "none" else getattr(nnlib, self.penalty)(self.lam)
        return nnlib.Network(*layers, loss=getattr(nnlib, self.loss)(), penalty=penalty, rng=self.seed)

    def make_optimizer(self) -> nnlib.Optimizer:
        name, more = OPTIMIZERS[self.optimizer]
        return getattr(nnlib, name)(self.lr, **more)
