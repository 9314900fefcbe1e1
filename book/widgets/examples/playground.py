"""The playground before it is started, with the example that the book stores and with others."""

from __future__ import annotations

from ..playground.page import figure
from ..playground.settings import Settings
from .page import Example
from .stepper import without_script


def examples() -> list[Example]:
    digits = Settings.of({"data": "digits", "layers": [25, 25], "noise": 0.0})
    deep = Settings.of({"data": "spirals", "layers": [32] * 4, "batchnorm": True, "activation": "Sigmoid"})
    return [
        Example("Playground", figure().page),
        Example("Playground, digits, on a phone", figure(digits, label="playground-digits").page, narrow=True),
        Example("Playground, as deep and wide as it can be", figure(deep, label="playground-deep").page),
        Example("Playground where no script runs", without_script(figure(label="playground-still"))),
    ]
