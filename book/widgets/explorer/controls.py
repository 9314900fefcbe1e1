"""The controls of an Explorer: which values they stop at, and how those are written.

A label never says more or less than what is run: positions are rounded to the three
digits that are shown.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from .checks import finite

Value = float | int | str | bool
Json = dict[str, Any]
FEW = 4  # so many positions are buttons, not a slider


@dataclass(frozen=True)
class Control:
    """A slider, or a row of buttons: its `values` in order, `default` among them.

    Made by `log_slider`, `slider` or `choice`; `kind` is "log", "linear" or "choice".
    """

    kind: str
    values: tuple[Value, ...]
    default: Value
    label: str = ""
    integer: bool = False
    play: bool = False

    def accept(self, name: str, value: Any) -> Value:
        """`value` as a run shall get it; ValueError if this control cannot reach it."""
        if self.kind == "choice":
            if value not in self.values:
                raise ValueError(f"{name} must be one of {list(self.values)}, got {value!r}")
            return self.values[self.values.index(value)]
        number = finite(name, value)
        lo, hi = float(self.values[0]), float(self.values[-1])
        if not lo <= number <= hi:
            raise ValueError(f"{name} must lie in [{lo:g}, {hi:g}], got {number:g}")
        if self.integer and number != round(number):
            raise ValueError(f"{name} must be a whole number, got {number:g}")
        return round(number) if self.integer else number

    def encode(self, name: str) -> Json:
        """The control as `explorer.js` reads it.

        "buttons" says whether its positions are; "between", whether a value between
        two positions makes sense, so that a kernel may be asked for it.
        """
        choice = self.kind == "choice"
        named = any(isinstance(value, (str, bool)) for value in self.values)
        return {
            "name": name,
            "label": self.label or name,
            "kind": self.kind,
            "integer": self.integer,
            "play": self.play,
            "buttons": (named or len(self.values) <= FEW) and not self.play,
            "between": not choice,
            "values": list(self.values),
            "labels": [readable(value) for value in self.values],
            "default": self.values.index(self.default),
        }


def log_slider(
    lo: float,
    hi: float,
    *,
    default: float,
    steps: int = 25,
    label: str = "",
    integer: bool = False,
    play: bool = False,
) -> Control:
    """A slider with `steps` positions, evenly spaced in the logarithm; 0 < `lo` < `hi`.

    Both ends and `default` are positions; the others are rounded to three significant
    digits. `label` is shown in place of the argument's name; `integer=True` keeps to
    whole numbers, with all their digits where the even spacing meets one. `play=True`
    adds a button that shows one position after the other. With up to four steps, a
    page shows buttons in place of the slider, unless it plays. ValueError: ends,
    default or steps that make no such slider.
    """
    if finite("lo", lo) <= 0:
        raise ValueError(f"log_slider: lo must be positive, got {lo!r}")
    return _slider("log", lo, hi, default, steps, label, integer, play)


def slider(
    lo: float,
    hi: float,
    *,
    default: float,
    steps: int = 21,
    label: str = "",
    integer: bool = False,
    play: bool = False,
) -> Control:
    """A slider with `steps` evenly spaced positions; else as `log_slider`."""
    return _slider("linear", lo, hi, default, steps, label, integer, play)


def choice(*options: Value, default: Value, label: str = "", play: bool = False) -> Control:
    """One of these strings, numbers or booleans: buttons, or a slider if they are many.

    More than four numbers, and what plays, are a slider.
    """
    plain = [o.item() if isinstance(o, np.generic) else o for o in options]
    if len(plain) < 2 or len({readable(option) for option in plain}) < len(plain):
        raise ValueError(f"choice: two or more different options expected, got {plain}")
    if default not in plain:
        raise ValueError(f"choice: default must be one of {plain}, got {default!r}")
    start = plain[plain.index(default)]
    return Control("choice", tuple(plain), start, label, play=play)


def _slider(
    kind: str,
    lo: float,
    hi: float,
    default: float,
    steps: int,
    label: str,
    integer: bool,
    play: bool,
) -> Control:
    maker = "log_slider" if kind == "log" else "slider"
    lo, hi, default = finite("lo", lo), finite("hi", hi), finite("default", default)
    if not lo < hi:
        raise ValueError(f"{maker}: lo must be less than hi, got {lo:g} and {hi:g}")
    if not lo <= default <= hi:
        raise ValueError(f"{maker}: default must lie in [{lo:g}, {hi:g}], got {default:g}")
    inside = lo < default < hi
    whole = isinstance(steps, Integral) and not isinstance(steps, bool)
    if not whole or steps < 2 + inside:
        raise ValueError(f"{maker}: steps must be a whole number of {2 + inside} or more, got {steps!r}")
    if integer and any(value != round(value) for value in (lo, hi, default)):
        raise ValueError(f"{maker}: integer=True needs whole lo, hi and default, got {lo:g}, {hi:g} and {default:g}")
    # Even steps on both sides of the default, shared out by the length of each side.
    scale: Callable[[float], float] = math.log if kind == "log" else float
    space = np.geomspace if kind == "log" else np.linspace
    share = (scale(default) - scale(lo)) / (scale(hi) - scale(lo))
    left = round((steps - 1) * share)
    if inside:
        left = min(max(left, 1), steps - 2)
    below, above = space(lo, default, left + 1), space(default, hi, steps - left)
    exact = {0: lo, left: default, steps - 1: hi}
    values: list[Value] = []
    for i, v in enumerate([*below[:-1], *above]):
        as_it_is = i in exact or (integer and math.isclose(v, round(v)))
        value = exact.get(i, float(v)) if as_it_is else float(f"{v:.3g}")
        values.append(round(value) if integer else value)
    if any(float(a) >= float(b) for a, b in itertools.pairwise(values)):
        unit = "whole numbers" if integer else "three significant digits"
        raise ValueError(f"{maker}: {steps} steps from {lo:g} to {hi:g} do not differ in {unit}; use fewer")
    return Control(kind, tuple(values), values[left], label, integer, play)


def readable(value: Value) -> str:
    """A value's label, three significant digits at most, as `pure.js` writes it."""
    if not isinstance(value, str) and value < 0:
        return f"−{readable(-value)}"
    if not isinstance(value, float):
        return str(value)
    rounded = float(f"{value:.3g}")
    if rounded == 0 or 1e-4 <= rounded < 1e5:
        return np.format_float_positional(rounded, trim="-")
    digits = np.format_float_scientific(rounded, trim="-", exp_digits=1)
    return digits.replace("+", "")
