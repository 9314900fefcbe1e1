"""Explorer: a figure that answers a slider.

A function `run` turns arrays and one value per slider into what is drawn. In a page every position is run beforehand
and stored with the drawing code; in a live notebook the kernel runs any value. `explore.js` draws both from one format.
"""

from __future__ import annotations

import base64
import hashlib
import html
import inspect
import io
import itertools
import json
import math
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Protocol, TypeVar

import numpy as np

__all__ = [
    "Boundary",
    "Contours",
    "Control",
    "Curves",
    "Explorer",
    "View",
    "choice",
    "log_slider",
    "slider",
    "source_hash",
]

BUDGET = 200_000  # bytes of HTML one explorer may add to a page
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
HERE = Path(__file__).parent
INK, BLUE, VERMILLION = "#24292f", "#0072B2", "#D55E00"
SERIES = (
    ("#00795a", "-"),
    ("#a8478b", (0, (5, 3))),
    ("#8a6100", (0, (1.5, 2.5))),
    ("#3b6ea8", "-."),
)

Json = dict[str, Any]
Value = float | int | str | bool
T = TypeVar("T", bound=Callable[..., Any])


def readable(value: Value) -> str:
    """The label of a value: three significant digits at most, as `explore.js` writes it."""
    if isinstance(value, (str, bool)):
        return str(value)
    if isinstance(value, int):
        return str(value)
    rounded = float(f"{value:.3g}")
    if rounded == 0 or 1e-4 <= abs(rounded) < 1e5:
        return str(np.format_float_positional(rounded, trim="-"))
    return re.sub(r"e([+-])0*", lambda m: "e-" if m[1] == "-" else "e", f"{rounded:g}")


# ---------------------------------------------------------------------------------------------------------- controls


@dataclass(frozen=True)
class Control:
    """A slider: its precomputed `values` in order, `default` among them. Made by log_slider, slider or choice."""

    kind: str  # "log", "linear" or "choice"
    values: tuple[Value, ...]
    default: Value
    label: str = ""
    integer: bool = False

    def accept(self, name: str, value: Any) -> Value:
        """`value` as `run` shall get it; a ValueError if the slider cannot reach it."""
        if self.kind == "choice":
            if value not in self.values:
                raise ValueError(
                    f"{name} must be one of {list(self.values)}, got {value!r}"
                )
            return self.values[self.values.index(value)]
        number = _number(name, value)
        lo, hi = float(self.values[0]), float(self.values[-1])
        if not lo <= number <= hi:
            raise ValueError(f"{name} must lie in [{lo:g}, {hi:g}], got {number:g}")
        if self.integer and number != round(number):
            raise ValueError(f"{name} must be a whole number, got {number:g}")
        return round(number) if self.integer else number

    def encode(self, name: str) -> Json:
        return {
            "name": name,
            "label": self.label or name,
            "kind": self.kind,
            "integer": self.integer,
            "values": list(self.values),
            "labels": [readable(v) for v in self.values],
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
) -> Control:
    """A slider from `lo` to `hi` > `lo` > 0 with `steps` positions, evenly spaced in the logarithm.

    Both ends and `default` are positions; the others are rounded to three significant digits, so that a label says
    exactly what was run. `label` is shown instead of the argument's name; `integer=True` keeps to whole numbers.
    """
    if not 0 < _number("lo", lo):
        raise ValueError(f"log_slider: lo must be positive, got {lo!r}")
    return _slider("log", lo, hi, default, steps, label, integer)


def slider(
    lo: float,
    hi: float,
    *,
    default: float,
    steps: int = 21,
    label: str = "",
    integer: bool = False,
) -> Control:
    """A slider from `lo` to `hi` > `lo` with `steps` evenly spaced positions; else as `log_slider`."""
    return _slider("linear", lo, hi, default, steps, label, integer)


def choice(*options: Value, default: Value, label: str = "") -> Control:
    """A slider whose positions are the given strings, numbers or booleans, each shown with its name."""
    if len(options) < 2 or len(set(map(readable, options))) < len(options):
        raise ValueError(
            f"choice: at least two different options expected, got {list(options)}"
        )
    if default not in options:
        raise ValueError(
            f"choice: default must be one of {list(options)}, got {default!r}"
        )
    return Control("choice", tuple(options), options[options.index(default)], label)


def _slider(
    kind: str,
    lo: float,
    hi: float,
    default: float,
    steps: int,
    label: str,
    integer: bool,
) -> Control:
    who = "log_slider" if kind == "log" else "slider"
    lo, hi, default = _number("lo", lo), _number("hi", hi), _number("default", default)
    if not lo < hi:
        raise ValueError(f"{who}: lo must be less than hi, got lo={lo:g}, hi={hi:g}")
    if not lo <= default <= hi:
        raise ValueError(
            f"{who}: default must lie in [{lo:g}, {hi:g}], got {default:g}"
        )
    inside = lo < default < hi
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 2 + inside:
        raise ValueError(
            f"{who}: steps must be a whole number of at least {2 + inside}, got {steps!r}"
        )
    space = np.geomspace if kind == "log" else np.linspace
    scale: Callable[[float], float] = math.log if kind == "log" else float
    left = round((steps - 1) * (scale(default) - scale(lo)) / (scale(hi) - scale(lo)))
    if inside:
        left = min(max(left, 1), steps - 2)
    grid = (
        [*space(lo, default, left + 1)[:-1], *space(default, hi, steps - left)]
        if inside
        else list(space(lo, hi, steps))
    )
    ends = {0: lo, left: default, steps - 1: hi}
    values = [ends.get(i, float(f"{v:.3g}")) for i, v in enumerate(grid)]
    if integer:
        if any(v != round(v) for v in (lo, hi, default)):
            raise ValueError(
                f"{who}: integer=True needs whole lo, hi and default, got {lo:g}, {hi:g}, {default:g}"
            )
        values = [round(v) for v in values]
    if any(a >= b for a, b in itertools.pairwise(values)):
        raise ValueError(
            f"{who}: {steps} steps from {lo:g} to {hi:g} do not differ in three significant digits; use fewer"
        )
    return Control(kind, tuple(values), values[left], label, integer)


def _number(name: str, value: Any) -> float:
    if (
        isinstance(value, (bool, str))
        or not np.isscalar(value)
        or not math.isfinite(value)
    ):  # type: ignore[arg-type]
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return float(value)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- what a run hands back


class Panel(Protocol):
    """One drawing. `encode` splits it into what all positions share and what moves with the slider."""

    def encode(self) -> tuple[Json, Json]: ...
    def describe(self) -> str: ...
    def draw(self, ax: Any, diverged: bool) -> None: ...


@dataclass(frozen=True)
class Curves:
    """Named curves, one value an epoch: `{"training": loss, "validation": val_loss}`.

    A curve ends at its first value that is not finite. `log_y` draws the height on a log scale (values ≤ 0 are left
    out); point i stands at `start + i·step`; `y_range=(lo, hi)` fixes the axis, which else follows the runs.
    """

    curves: Mapping[str, Any]
    title: str = ""
    x_label: str = "epoch"
    y_label: str = "loss"
    log_y: bool = False
    start: float = 1
    step: float = 1
    y_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.curves, Mapping) or not self.curves:
            raise TypeError(
                f"Curves: a non-empty dict of name → values expected, got {_what(self.curves)}"
            )
        finite = {}
        for name, values in self.curves.items():
            y = _numeric(f"Curves: curve {name!r}", values, ndim=1)
            bad = np.flatnonzero(~np.isfinite(y))
            finite[str(name)] = y[: bad[0]] if bad.size else y
        object.__setattr__(self, "curves", finite)

    def encode(self) -> tuple[Json, Json]:
        fixed = {
            "kind": "curves",
            "title": self.title,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "log": self.log_y,
        }
        fixed |= {
            "start": self.start,
            "step": self.step,
            "yRange": self.y_range,
            "names": list(self.curves),
        }
        return fixed, {
            "y": [[float(f"{v:.4g}") for v in y] for y in self.curves.values()]
        }

    def describe(self) -> str:
        ends = [
            f"{name} from {readable(float(y[0]))} to {readable(float(y[-1]))}"
            for name, y in self.curves.items()
            if len(y)
        ]
        return f"{self.y_label} by {self.x_label}: {'; '.join(ends) or 'no finished epoch'}"

    def draw(self, ax: Any, diverged: bool) -> None:
        from matplotlib.ticker import LogLocator, NullFormatter

        for (name, y), (colour, dash) in zip(
            self.curves.items(), itertools.cycle(SERIES), strict=False
        ):
            x = self.start + self.step * np.arange(len(y))
            ax.plot(x, y, color=colour, linestyle=dash, label=name)
            if diverged and len(y):
                ax.plot(
                    x[-1:],
                    y[-1:],
                    "x",
                    color="#b3261e",
                    markersize=9,
                    markeredgewidth=2,
                )
        ax.set(
            xlabel=self.x_label,
            ylabel=self.y_label,
            title=self.title,
            yscale="log" if self.log_y else "linear",
        )
        if self.log_y:
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter(lambda value, _: readable(value))
            ax.yaxis.set_minor_formatter(NullFormatter())
        if self.y_range:
            ax.set_ylim(self.y_range)
        ax.legend(frameon=False)


@dataclass(frozen=True)
class Boundary:
    """A two-class decision boundary: `p` `(H, W)`, the probability of class 1 on a grid over `extent` = (x₀, x₁, y₀, y₁),
    row 0 at y₀, with the points `x` `(N, 2)` and their `labels` `(N,)` of 0 and 1. A few hundred points read best.
    """

    p: Any
    extent: tuple[float, float, float, float]
    x: Any
    labels: Any
    title: str = "Decision boundary"
    x_label: str = "x₁"
    y_label: str = "x₂"
    class_names: tuple[str, str] = ("class 0", "class 1")

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", _numeric("Boundary: p", self.p, ndim=2))
        object.__setattr__(self, "extent", _extent("Boundary", self.extent))
        x, labels = (
            _numeric("Boundary: x", self.x, ndim=2),
            _numeric("Boundary: labels", self.labels, ndim=1),
        )
        if x.shape != (len(labels), 2) or not np.isin(labels, (0, 1)).all():
            raise ValueError(
                f"Boundary: x (N, 2) and N labels of 0 or 1 expected, got {x.shape} and {labels.shape}"
            )
        if min(self.p.shape) < 2:
            raise ValueError(
                f"Boundary: p needs at least two rows and columns, got {self.p.shape}"
            )
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "labels", labels.astype(int))

    @classmethod
    def of(
        cls,
        predict: Callable[[Any], Any],
        x: Any,
        labels: Any,
        *,
        size: int = 40,
        margin: float = 0.3,
        **words: Any,
    ) -> Boundary:
        """Ask `predict` on a `size` × `size` grid around the points `x`, `margin` wider than they are.

        `predict` maps `(M, 2)` to probabilities of class 1, `(M,)` or `(M, 1)`, or to one column per class, `(M, 2)`;
        from two columns a, b comes ½ + (b − a)/2, which is b where they sum to one, and ½ where the argmax changes.
        """
        points = _numeric("Boundary: x", x, ndim=2)
        (x0, y0), (x1, y1) = points.min(axis=0) - margin, points.max(axis=0) + margin
        grid = np.stack(
            np.meshgrid(np.linspace(x0, x1, size), np.linspace(y0, y1, size)), axis=-1
        ).reshape(-1, 2)
        out = np.asarray(predict(grid), dtype=float).reshape(len(grid), -1)
        if out.shape[1] > 2:
            raise ValueError(
                f"Boundary: predict must give 1 or 2 columns, got {out.shape}"
            )
        p = out[:, 0] if out.shape[1] == 1 else 0.5 + (out[:, 1] - out[:, 0]) / 2
        return cls(p.reshape(size, size), (x0, x1, y0, y1), x, labels, **words)

    def encode(self) -> tuple[Json, Json]:
        x0, x1, y0, y1 = self.extent
        unit = (self.x - [x0, y0]) / [
            x1 - x0,
            y1 - y0,
        ]  # (N, 2) in 0..1 for the points that are in the picture
        seen = ((unit >= 0) & (unit <= 1)).all(axis=1)
        fixed = {
            "kind": "boundary",
            "title": self.title,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
        }
        fixed |= {
            "extent": _digits(self.extent),
            "shape": list(self.p.shape),
            "classes": list(self.class_names),
        }
        fixed |= {
            "points": _pack_units(unit[seen]),
            "labels": "".join(map(str, self.labels[seen])),
        }
        finite = np.isfinite(
            self.p
        )  # 0..254, and 255 where the network's answer is not a number
        levels = np.where(
            finite, np.round(np.clip(np.where(finite, self.p, 0), 0, 1) * 254), 255
        )
        return fixed, {"p": _base64(levels.astype(np.uint8))}

    def describe(self) -> str:
        finite = self.p[np.isfinite(self.p)]
        if not finite.size:
            return f"{self.title}: no finite value"
        return f"{self.title}: {self.class_names[1]} covers {np.mean(finite > 0.5):.0%} of the picture".replace(
            "%", " %"
        )

    def draw(self, ax: Any, diverged: bool) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        colours = LinearSegmentedColormap.from_list(
            "classes", ["#a6cde3", "#ffffff", "#f3c4a4"]
        )
        x0, x1, y0, y1 = self.extent
        ax.imshow(
            self.p,
            extent=self.extent,
            origin="lower",
            cmap=colours,
            vmin=0,
            vmax=1,
            interpolation="bilinear",
            aspect="auto",
        )
        if np.isfinite(self.p).all() and self.p.min() < 0.5 < self.p.max():
            ax.contour(
                np.linspace(x0, x1, self.p.shape[1]),
                np.linspace(y0, y1, self.p.shape[0]),
                self.p,
                [0.5],
                colors=INK,
            )
        for k, (colour, mark) in enumerate(((BLUE, "o"), (VERMILLION, "^"))):
            ax.plot(
                *self.x[self.labels == k].T,
                mark,
                color=colour,
                markersize=4,
                markeredgecolor="white",
                markeredgewidth=0.5,
                label=self.class_names[k],
            )
        if diverged:
            ax.add_patch(
                ax.patch.__class__(
                    (x0, y0),
                    x1 - x0,
                    y1 - y0,
                    fill=False,
                    hatch="//",
                    edgecolor="#b3261e55",
                    linewidth=0,
                )
            )
        ax.set(
            xlabel=self.x_label,
            ylabel=self.y_label,
            title=self.title,
            xlim=(x0, x1),
            ylim=(y0, y1),
        )
        ax.legend(loc="upper right", fontsize="small")


@dataclass(frozen=True)
class Contours:
    """Paths over the contours of a function: `z` `(H, W)` on a grid over `extent`, row 0 at y₀, and named `paths`, each
    `(K, 2)`. `levels` are the heights drawn (12 between the extremes, evenly spaced in rank, when left out).
    """

    z: Any
    extent: tuple[float, float, float, float]
    paths: Mapping[str, Any]
    title: str = ""
    x_label: str = "w₁"
    y_label: str = "w₂"
    levels: Sequence[float] | None = None

    def __post_init__(self) -> None:
        z = _numeric("Contours: z", self.z, ndim=2)
        if min(z.shape) < 2 or not np.isfinite(z).all():
            raise ValueError(
                f"Contours: z must be finite with at least two rows and columns, got {z.shape}"
            )
        if not isinstance(self.paths, Mapping) or not self.paths:
            raise TypeError(
                f"Contours: a non-empty dict of name → path (K, 2) expected, got {_what(self.paths)}"
            )
        paths = {}
        for name, path in self.paths.items():
            steps = _numeric(f"Contours: path {name!r}", path, ndim=2)
            if steps.shape[1] != 2:
                raise ValueError(
                    f"Contours: path {name!r} must be (K, 2), got {steps.shape}"
                )
            bad = np.flatnonzero(~np.isfinite(steps).all(axis=1))
            paths[str(name)] = steps[: bad[0]] if bad.size else steps
        levels = (
            np.quantile(z, np.linspace(0, 1, 14)[1:-1])
            if self.levels is None
            else self.levels
        )
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "extent", _extent("Contours", self.extent))
        object.__setattr__(self, "paths", paths)
        object.__setattr__(self, "levels", tuple(sorted({float(v) for v in levels})))

    def encode(self) -> tuple[Json, Json]:
        # A contour survives any increasing change of height, so heights are stored as places among the levels.
        knots = np.unique(
            [
                self.z.min(),
                *np.clip(self.levels, self.z.min(), self.z.max()),
                self.z.max(),
            ]
        )  # type: ignore[misc]
        place = np.interp(self.z, knots, np.linspace(0, 65535, len(knots)))
        heights = np.interp(self.levels, knots, np.linspace(0, 65535, len(knots)))  # type: ignore[arg-type]
        fixed = {
            "kind": "contours",
            "title": self.title,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
        }
        fixed |= {
            "extent": _digits(self.extent),
            "shape": list(self.z.shape),
            "z": _base64(np.round(place).astype("<u2")),
        }
        fixed |= {
            "levels": [round(float(h)) for h in heights],
            "names": list(self.paths),
        }
        return fixed, {
            "paths": [
                _digits(np.clip(path, -1e9, 1e9).ravel())
                for path in self.paths.values()
            ]
        }

    def describe(self) -> str:
        ends = [
            f"{name} ends at ({readable(float(p[-1, 0]))}, {readable(float(p[-1, 1]))})"
            for name, p in self.paths.items()
            if len(p)
        ]
        return f"{self.title or 'path'}: {'; '.join(ends) or 'no finite step'}"

    def draw(self, ax: Any, diverged: bool) -> None:
        x0, x1, y0, y1 = self.extent
        x, y = (
            np.linspace(x0, x1, self.z.shape[1]),
            np.linspace(y0, y1, self.z.shape[0]),
        )
        ax.contour(x, y, self.z, self.levels, colors="#8c959f", linewidths=0.8)
        for (name, path), (colour, _) in zip(
            self.paths.items(), itertools.cycle(SERIES), strict=False
        ):
            ax.plot(*path.T, marker="o", markersize=3, color=colour, label=name)
        ax.set(
            xlabel=self.x_label,
            ylabel=self.y_label,
            title=self.title,
            xlim=(x0, x1),
            ylim=(y0, y1),
        )
        ax.legend(loc="upper right", fontsize="small")


class View:
    """What a run hands back: panels, drawn side by side, one line of `text`, and whether the run `diverged`."""

    def __init__(self, *panels: Panel, text: str = "", diverged: bool = False) -> None:
        if not panels or not all(
            isinstance(p, (Curves, Boundary, Contours)) for p in panels
        ):
            got = ", ".join(map(_what, panels)) or "nothing"
            raise TypeError(
                f"View: panels must be Curves, Boundary or Contours, got {got}"
            )
        if not isinstance(text, str):
            raise TypeError(f"View: text must be a string, got {_what(text)}")
        self.panels, self.text, self.diverged = panels, text, bool(diverged)

    def __repr__(self) -> str:
        return f"View({', '.join(type(p).__name__ for p in self.panels)}, text={self.text!r}, diverged={self.diverged})"


def _numeric(name: str, values: Any, *, ndim: int) -> np.ndarray[Any, Any]:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or array.ndim != ndim:
        raise TypeError(
            f"{name} must be a {ndim}-D array of numbers, got {array.dtype} of shape {array.shape}"
        )
    return array.astype(float)


def _extent(name: str, extent: Sequence[float]) -> tuple[float, float, float, float]:
    values = tuple(float(v) for v in extent)
    if (
        len(values) != 4
        or not all(map(math.isfinite, values))
        or values[0] >= values[1]
        or values[2] >= values[3]
    ):
        raise ValueError(
            f"{name}: extent must be (x0, x1, y0, y1) with x0 < x1 and y0 < y1, got {tuple(extent)}"
        )
    return values[0], values[1], values[2], values[3]


def _what(thing: Any) -> str:
    return f"{type(thing).__name__} {thing!r:.60}"


def _digits(values: Any) -> list[float]:
    return [float(f"{v:.4g}") for v in values]


def _base64(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _pack_units(unit: np.ndarray[Any, Any]) -> str:
    return _base64(np.round(unit * 65535).astype("<u2"))


# ------------------------------------------------------------------------------------------------------ the explorer


class Explorer:
    """A figure with a slider for each control: `Explorer(run, data={"x": x, "t": t}, lr=log_slider(1e-3, 10, default=0.1))`.

    `run(lr, *, x, t)` is an ordinary function. It gets the arrays of `data` (read-only) and one value per control, by
    name, and returns a `View`, or a single `Curves`, `Boundary` or `Contours`. With several controls every combination is a position.

    Displayed, the object is a self-contained page element in which every position has been run, at most 200 kB, with a
    still picture where scripts do not run; in a live notebook it is a widget (anywidget) whose kernel runs any value.
    The environment variable NNLIB_EXPLORER chooses: "static", "kernel", or, left out, whichever the front end can use.

    TypeError or ValueError, at construction: run does not take exactly these names, data that are no arrays of numbers, a
    control that is no slider, a result that cannot be drawn, more than 200 kB. Errors of `run` itself pass through.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        /,
        *,
        data: Mapping[str, Any],
        **controls: Control,
    ) -> None:
        _check_call(run, data, controls)
        self.run = run
        self.controls = dict(controls)
        self.data = {name: array.copy() for name, array in data.items()}
        for array in self.data.values():
            array.flags.writeable = (
                False  # a run that changed them would change the next position's run
            )
        self.id = (
            re.sub(r"[^a-z0-9]+", "-", "-".join(controls).lower()).strip("-")
            + "-explorer"
        )
        self._engine = _engine()
        self._widget: Any = None
        self._default = self.at()
        self._page = "" if self._engine == "kernel" else self._build_page()

    @property
    def values(self) -> dict[str, tuple[Value, ...]]:
        """Each control's precomputed values."""
        return {name: control.values for name, control in self.controls.items()}

    @property
    def positions(self) -> list[dict[str, Value]]:
        """Every precomputed combination of values, the last control moving fastest."""
        return [
            dict(zip(self.values, combination, strict=True))
            for combination in itertools.product(*self.values.values())
        ]

    @property
    def source_hash(self) -> str:
        """`source_hash` of this explorer; stored as `data-source-hash` in its page element."""
        return source_hash(self.run, self.data, self.controls)

    def at(self, **values: Any) -> View:
        """Run at these values (any value a slider can reach, not only the precomputed; a default where left out)."""
        unknown = set(values) - set(self.controls)
        if unknown:
            raise TypeError(
                f"no control named {', '.join(sorted(unknown))}; the controls are {', '.join(self.controls)}"
            )
        chosen = {
            name: control.accept(name, values.get(name, control.default))
            for name, control in self.controls.items()
        }
        result = self.run(**self.data, **chosen)
        if isinstance(result, (Curves, Boundary, Contours)):
            return View(result)
        if not isinstance(result, View):
            raise TypeError(
                f"{self.run.__name__} must return a View, Curves, Boundary or Contours, got {_what(result)}"
            )
        return result

    def __repr__(self) -> str:
        controls = ", ".join(
            f"{name}: {readable(c.values[0])} … {readable(c.values[-1])}"
            for name, c in self.controls.items()
        )
        return f"Explorer({self.run.__name__}, {controls})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        bundle: Json = {"text/plain": repr(self)}
        if self._page:
            bundle["text/html"] = self._page
        picture = self._picture()
        if picture:
            bundle["image/png"] = base64.b64encode(picture).decode("ascii")
        if self._engine != "static":
            self._widget = self._widget or _widget_class()(
                spec=self._spec([self._default])
            )
            self._widget.on_msg(self._answer)
            bundle[WIDGET_MIME] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self._widget.model_id,
            }
        return bundle

    def _answer(self, widget: Any, question: Json, buffers: Any) -> None:
        """Run what the widget asks for. The error is shown there, and raised for the notebook to report."""
        try:
            reply = _encode_views([self.at(**question["values"])])
        except BaseException as error:
            widget.send(
                {"id": question["id"], "error": f"{type(error).__name__}: {error}"}
            )
            raise
        widget.send({"id": question["id"], **reply})

    def _spec(self, views: Sequence[View]) -> Json:
        controls = [control.encode(name) for name, control in self.controls.items()]
        return {"id": self.id, "controls": controls, **_encode_views(views)}

    def _build_page(self) -> str:
        views = [
            self._default if self._is_default(p) else self.at(**p)
            for p in self.positions
        ]
        spec = json.dumps(
            self._spec(views), ensure_ascii=False, separators=(",", ":")
        ).replace("<", "\\u003c")
        picture = self._picture()
        still = base64.b64encode(picture).decode("ascii") if picture else ""
        image = (
            f'<img alt="{html.escape(self._describe())}" src="data:image/png;base64,{still}" style="max-width:100%">\n'
            if still
            else ""
        )
        page = (
            f'<div class="nnlib-explorer" id="{self.id}" data-source-hash="{self.source_hash}">\n{image}'
            f'<script type="application/json">{spec}</script>\n<script>{page_script()}</script>\n</div>'
        )
        size = len(page.encode())
        if size > BUDGET:
            shape = " × ".join(str(len(v)) for v in self.values.values())
            raise ValueError(
                f"Explorer: {shape} positions take {size / 1000:.0f} kB, more than {BUDGET // 1000} kB; "
                "use fewer steps, a smaller grid or fewer points"
            )
        return page

    def _is_default(self, position: Mapping[str, Value]) -> bool:
        return all(
            position[name] == control.default for name, control in self.controls.items()
        )

    def _heading(self) -> str:
        return ", ".join(
            f"{c.label or name} {readable(c.default)}"
            for name, c in self.controls.items()
        )

    def _describe(self) -> str:
        panels = ". ".join(p.describe() for p in self._default.panels)
        return f"{self._heading()}: {self._default.text or 'result'}. {panels}."

    def _picture(self) -> bytes:
        """The default position as a PNG of at most 64 colours; empty without matplotlib."""
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
            from PIL import Image
        except ImportError:
            warnings.warn(
                "matplotlib is not installed: no still picture for readers without scripts",
                stacklevel=2,
            )
            return b""
        panels = self._default.panels
        figure = Figure(
            figsize=(4.2 * len(panels), 3.7),
            dpi=110,
            facecolor="white",
            layout="constrained",
        )
        canvas = FigureCanvasAgg(figure)
        for ax, panel in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            panel.draw(ax, self._default.diverged)
        figure.suptitle(
            f"{self._heading()}: {self._default.text}"
            if self._default.text
            else self._heading(),
            fontsize="medium",
        )
        canvas.draw()
        width, height = canvas.get_width_height()
        rgba = Image.frombuffer(
            "RGBA", (width, height), canvas.buffer_rgba(), "raw", "RGBA", 0, 1
        )
        out = io.BytesIO()
        rgba.convert("RGB").quantize(
            64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        ).save(out, "PNG", optimize=True)
        return out.getvalue()


def _check_call(run: Any, data: Any, controls: Mapping[str, Any]) -> None:
    if not isinstance(run, FunctionType):
        raise TypeError(f"Explorer: run must be a function, got {_what(run)}")
    if not isinstance(data, Mapping):
        raise TypeError(
            f"Explorer: data must be a dict of name → array, got {_what(data)}"
        )
    for name, array in data.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
            raise TypeError(
                f"Explorer: data[{name!r}] must be an array of numbers, got {_what(array)}"
            )
    if not controls:
        raise ValueError(
            "Explorer: at least one control expected, such as lr=log_slider(1e-3, 1, default=0.1)"
        )
    for name, control in controls.items():
        if not isinstance(control, Control):
            raise TypeError(
                f"Explorer: {name} must be made by log_slider, slider or choice, got {_what(control)}"
            )
        if name in data:
            raise ValueError(f"Explorer: {name} is both a control and in data")
    try:
        inspect.signature(run).bind(**data, **controls)
    except TypeError as error:
        given = ", ".join([*controls, *data])
        raise TypeError(
            f"Explorer: {run.__name__}{inspect.signature(run)} does not take exactly ({given}): {error}"
        ) from None


def _encode_views(views: Sequence[View]) -> Json:
    """Views as JSON: a panel is [index into `shared`, what moves], so that points and labels are stored once."""
    shared: dict[str, int] = {}
    results = []
    for view in views:
        panels = []
        for panel in view.panels:
            fixed, moving = panel.encode()
            key = json.dumps(fixed, ensure_ascii=False)
            panels.append(
                [
                    shared.setdefault(key, len(shared)),
                    {**moving, "about": panel.describe()},
                ]
            )
        results.append({"text": view.text, "diverged": view.diverged, "panels": panels})
    return {"shared": [json.loads(key) for key in shared], "results": results}


@cache
def page_script() -> str:
    """`explore.js` as a classic script: evaluated once a page, however many explorers bring it along."""
    module = (HERE / "explore.js").read_text("utf-8")
    lines = (
        line.strip() for line in module.replace("export default", "return").splitlines()
    )
    source = "\n".join(line for line in lines if line and not line.startswith("//"))
    version = hashlib.sha256(source.encode()).hexdigest()[:8]
    return f"((window.nnlibExplorer??={{}})['{version}']??=(()=>{{\n{source}\n}})()).mountPage();"


def source_hash(
    run: Callable[..., Any], data: Mapping[str, Any], controls: Mapping[str, Control]
) -> str:
    """16 hex digits that change with anything an explorer's content comes from.

    That is: the source of `run`, of the functions and the plain constants it uses from its own module; nnlib's own
    sources; `data` to six digits (so that another processor's last bit does not matter); and the controls.
    """
    digest = hashlib.sha256()
    for file in sorted([*HERE.glob("*.py"), HERE / "explore.js"]):
        if file.name != "plotting.py":
            digest.update(f"{file.name}\n{file.read_text('utf-8')}\n".encode())
    for name, text in sorted(_sources(run)):
        digest.update(f"{name}\n{text}\n".encode())
    for name, array in sorted(data.items()):
        scale = float(np.max(np.abs(array), initial=0.0)) or 1.0
        digest.update(f"{name} {array.dtype} {array.shape} {scale:.5e}\n".encode())
        digest.update(np.round(array / scale * 1e6).astype("<i8").tobytes())
    for name, control in controls.items():
        digest.update(json.dumps(control.encode(name)).encode())
    return digest.hexdigest()[:16]


def _sources(function: Any, seen: set[str] | None = None) -> Iterator[tuple[str, str]]:
    """(name, text) of a function, and of its module's functions, classes and constants that it names, one by one."""
    seen = set() if seen is None else seen
    try:
        yield function.__qualname__, inspect.getsource(function)
    except OSError:  # no source: typed at a bare prompt
        yield function.__qualname__, repr(function.__code__.co_code)
    for name in sorted(_names(function.__code__) - seen):
        seen.add(name)
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType) and value.__module__ == function.__module__:
            yield from _sources(value, seen)
        elif isinstance(value, (bool, int, float, str, tuple)):
            yield name, repr(value)


def _names(code: CodeType) -> set[str]:
    return set(code.co_names).union(
        *(_names(c) for c in code.co_consts if isinstance(c, CodeType))
    )


def _engine() -> str:
    """ "static" (precompute), "kernel" (a widget) or "both", by what is listening."""
    wanted = os.environ.get("NNLIB_EXPLORER", "")
    if wanted not in ("", "static", "kernel"):
        raise ValueError(f"NNLIB_EXPLORER must be static or kernel, got {wanted!r}")
    try:
        shell = __import__("IPython").get_ipython()
        kernel = getattr(shell, "kernel", None)
    except ImportError:
        kernel = None
    if wanted == "static" or kernel is None:
        return "static"
    try:
        import anywidget  # noqa: F401
    except ImportError:
        warnings.warn(
            "anywidget is not installed: the slider moves between precomputed positions only",
            stacklevel=3,
        )
        return "static"
    # JupyterLab and VS Code name the cell they run; nbconvert, which cannot answer a widget, does not.
    names_cell = "cellId" in kernel.get_parent("shell").get("metadata", {})
    return "kernel" if names_cell or wanted == "kernel" else "both"


@cache
def _widget_class() -> Any:
    import anywidget
    import traitlets

    class ExplorerWidget(anywidget.AnyWidget):  # type: ignore[misc]
        _esm = (HERE / "explore.js").read_text("utf-8")
        spec = traitlets.Dict().tag(sync=True)

    return ExplorerWidget
