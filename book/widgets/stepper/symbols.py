"""Numbers and symbols as the figure writes them: ``*italic*``, ``**bold**``, ``_{below}``, ``^{above}``.

`stepper.js` turns these marks into elements; `plain` turns them into text for whoever sees no script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BELOW = str.maketrans("0123456789jk", "₀₁₂₃₄₅₆₇₈₉ⱼₖ")
ABOVE = str.maketrans("0123456789()⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾ᵀ")


def long(value: float) -> str:
    """Ten digits after the point."""
    return f"{value:z.10f}".replace("-", "−")


def factor(value: float) -> str:
    """A number as it stands in a product: without the zeros at its end, in parentheses if it is negative."""
    text = long(value).rstrip("0").rstrip(".")
    return f"({text})" if text.startswith("−") else text


def short(value: float) -> str:
    """Four digits, for the drawing: 0.1498, −2, 1.2e−7."""
    return re.sub(r"e([+-])0*", r"e\1", f"{value:.4g}").replace("e+", "e").replace("-", "−")


def listed(values: Iterable[float]) -> str:
    return ", ".join(short(value) for value in values)


def name(letter: str, layer: int, *units: int | str) -> str:
    """A symbol: its letter, unit or units below, layer above. Units count from 0; a of layer 0 is the input x."""
    if letter == "a" and layer == 0:
        letter, above = "x", ""
    else:
        above = f"^{{({layer})}}"
    below = "".join(f"*{unit}*" if isinstance(unit, str) else str(unit + 1) for unit in units)
    return f"*{letter}*" + (f"_{{{below}}}" if units else "") + above


def d(symbol: str) -> str:
    return f"∂*L*/∂{symbol}"


def plain(text: str) -> str:
    """The same without marks: W₁₂⁽¹⁾."""
    text = text.replace("*", "")
    text = re.sub(r"_\{(.*?)\}", lambda below: below[1].translate(BELOW), text)
    return re.sub(r"\^\{(.*?)\}", lambda above: above[1].translate(ABOVE), text)
