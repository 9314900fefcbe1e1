"""What the run of an Explorer hands back: panels of curves, boundaries or contours.

A panel knows three things: `encode`, how `explore.js` gets it, split into what all
positions of a slider share and what moves; `describe`, what a screen reader says; and
`draw`, the still picture for paper.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .controls import readable

Array = np.ndarray[Any, Any]
Extent = tuple[float, float, float, float]
Json = dict[str, Any]

INK, GREY, RED = "#24292f", "#8c959f", "#b3261e"
CLASSES = (("#0072B2", "o"), ("#D55E00", "^"))
SERIES: tuple[tuple[str, Any], ...] = (
    ("#00795a", "-"),
    ("#a8478b", "--"),
    ("#8a6100", ":"),
    ("#3b6ea8", "-."),
    ("#5b5f66", (0, (9, 3))),
    ("#6d4bc4", (0, (5, 2, 1, 2, 1, 2))),
)


class Panel(Protocol):
    """One drawing of a View."""

    def encode(self) -> tuple[Json, Json]: ...
    def describe(self) -> str: ...
    def draw(self, ax: Any, diverged: bool) -> None: ...


@dataclass(frozen=True)
class Curves:
    """Named curves, one value an epoch: `{"training": loss, "validation": val_loss}`.

    A curve ends before its first value that is not finite. Value i stands at
    `start + i·step`. `log_y` draws heights on a log scale. `y_range=(lo, hi)` fixes
    the axis, which else holds the curves of all runs.
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
        curves = _named("Curves: a non-empty dict of name → values", self.curves)
        kept = {
            name: _until_bad(_numbers(f"Curves: curve {name!r}", values, 1))
            for name, values in curves.items()
        }
        object.__setattr__(self, "curves", kept)

    def encode(self) -> tuple[Json, Json]:
        fixed = {
            "kind": "curves",
            "title": self.title,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "log": self.log_y,
            "start": self.start,
            "step": self.step,
            "yRange": self.y_range,
            "names": list(self.curves),
        }
        return fixed, {"y": [_digits(y) for y in self.curves.values()]}

    def describe(self) -> str:
        ends = [
            f"{name} from {readable(float(y[0]))} to {readable(float(y[-1]))}"
            for name, y in self.curves.items()
            if len(y)
        ]
        what = "; ".join(ends) or "no finished epoch"
        return f"{self.y_label} by {self.x_label}: {what}"

    def draw(self, ax: Any, diverged: bool) -> None:
        from matplotlib.ticker import LogLocator, NullFormatter

        styles = itertools.cycle(SERIES)
        for (name, y), (colour, dash) in zip(self.curves.items(), styles, strict=False):
            x = self.start + self.step * np.arange(len(y))
            ax.plot(x, y, color=colour, linestyle=dash, label=name)
            if diverged:
                ax.plot(x[-1:], y[-1:], "x", color=RED, markersize=9, markeredgewidth=2)
        ax.set(xlabel=self.x_label, ylabel=self.y_label, title=self.title)
        if self.log_y:
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter(lambda value, _: readable(float(value)))
            ax.yaxis.set_minor_formatter(NullFormatter())
        if self.y_range:
            ax.set_ylim(self.y_range)
        ax.legend(frameon=False)


@dataclass(frozen=True)
class Boundary:
    """The decision boundary of a two-class network, and points.

    `p` `(H, W)` is the probability of class 1 on a grid over `extent`, which is
    (x0, x1, y0, y1); row 0 is at y0. `x` `(N, 2)` are the points, a few hundred of
    them, and `labels` `(N,)` their classes, 0 or 1.
    """

    p: Any
    extent: Extent
    x: Any
    labels: Any
    title: str = "Decision boundary"
    x_label: str = "x₁"
    y_label: str = "x₂"
    class_names: tuple[str, str] = ("class 0", "class 1")

    def __post_init__(self) -> None:
        x = _numbers("Boundary: x", self.x, 2)
        labels = _numbers("Boundary: labels", self.labels, 1)
        if x.shape != (len(labels), 2) or not np.isin(labels, (0, 1)).all():
            raise ValueError(
                "Boundary: x (N, 2) and N labels of 0 or 1 expected, "
                f"got x {x.shape} and labels {labels.shape}"
            )
        object.__setattr__(self, "p", _grid("Boundary: p", self.p))
        object.__setattr__(self, "extent", _extent("Boundary", self.extent))
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
        """Ask `predict` on `size` × `size` places, `margin` wider than the points `x`.

        `predict` takes `(M, 2)` and gives the probabilities of class 1, `(M,)` or
        `(M, 1)`, or a column for each class, `(M, 2)`. Two columns a and b become
        ½ + (b − a)/2: that is b where they sum to one, and ½ where the argmax changes.
        """
        points = _numbers("Boundary: x", x, 2)
        (x0, y0), (x1, y1) = points.min(axis=0) - margin, points.max(axis=0) + margin
        axes = np.linspace(x0, x1, size), np.linspace(y0, y1, size)
        places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)  # (size², 2)
        out = np.asarray(predict(places), dtype=float).reshape(len(places), -1)
        if out.shape[1] > 2:
            raise ValueError(
                f"Boundary: predict must give one or two columns, got {out.shape}"
            )
        p = out[:, 0] if out.shape[1] == 1 else 0.5 + (out[:, 1] - out[:, 0]) / 2
        return cls(p.reshape(size, size), (x0, x1, y0, y1), x, labels, **words)

    def encode(self) -> tuple[Json, Json]:
        x0, x1, y0, y1 = self.extent
        unit = (self.x - [x0, y0]) / [x1 - x0, y1 - y0]  # (N, 2), seen if in [0, 1]
        seen = ((unit >= 0) & (unit <= 1)).all(axis=1)
        fixed = {
            "kind": "boundary",
            "title": self.title,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "extent": _digits(self.extent, 6),
            "shape": list(self.p.shape),
            "classes": list(self.class_names),
            "points": _base64(unit[seen] * 65535, "<u2"),
            "labels": "".join(map(str, self.labels[seen])),
        }
        # 0 to 254, and 255 where the network's answer is not a number.
        finite = np.isfinite(self.p)
        shade = np.where(finite, np.clip(self.p, 0, 1) * 254, 255)
        return fixed, {"p": _base64(shade, "u1")}

    def describe(self) -> str:
        finite = self.p[np.isfinite(self.p)]
        if not finite.size:
            return f"{self.title}: no finite value"
        share = 100 * np.mean(finite > 0.5)
        return (
            f"{self.title}: {self.class_names[1]} covers {share:.0f} % of the picture"
        )

    def draw(self, ax: Any, diverged: bool) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        x0, x1, y0, y1 = self.extent
        soft = LinearSegmentedColormap.from_list(
            "soft", ["#a6cde3", "white", "#f3c4a4"]
        )
        kind = {"origin": "lower", "interpolation": "bilinear", "aspect": "auto"}
        ax.imshow(self.p, extent=self.extent, cmap=soft, vmin=0, vmax=1, **kind)
        if np.isfinite(self.p).all() and self.p.min() < 0.5 < self.p.max():
            axes = (
                np.linspace(x0, x1, self.p.shape[1]),
                np.linspace(y0, y1, len(self.p)),
            )
            ax.contour(*axes, self.p, [0.5], colors=INK)
        for k, (colour, mark) in enumerate(CLASSES):
            points = self.x[self.labels == k]
            edge = {"markeredgecolor": "white", "markeredgewidth": 0.5, "markersize": 4}
            name = self.class_names[k]
            ax.plot(*points.T, mark, color=colour, label=name, **edge)
        if diverged:
            ax.fill_between(
                [x0, x1], y0, y1, hatch="//", facecolor="none", edgecolor=RED
            )
        ax.set(xlabel=self.x_label, ylabel=self.y_label, title=self.title)
        ax.set(xlim=(x0, x1), ylim=(y0, y1))
        ax.legend(loc="upper right", fontsize="small")


@dataclass(frozen=True)
class Contours:
    """Paths over the contours of a function of two variables.

    `z` `(H, W)` are heights on a grid over `extent`, which is (x0, x1, y0, y1); row 0
    is at y0. `paths` are named, each `(K, 2)`. Left out, `levels` are twelve heights
    with equal areas between them.
    """

    z: Any
    extent: Extent
    paths: Mapping[str, Any]
    title: str = ""
    x_label: str = "w₁"
    y_label: str = "w₂"
    levels: Sequence[float] = ()

    def __post_init__(self) -> None:
        z = _grid("Contours: z", self.z)
        if not np.isfinite(z).all():
            raise ValueError("Contours: z must be finite")
        paths = {}
        for name, path in _named(
            "Contours: a non-empty dict of name → path (K, 2)", self.paths
        ).items():
            steps = _numbers(f"Contours: path {name!r}", path, 2)
            if steps.shape[1] != 2:
                raise ValueError(
                    f"Contours: path {name!r} must be (K, 2), got {steps.shape}"
                )
            paths[name] = _until_bad(steps)
        if len(self.levels) == 0:
            levels = np.unique(np.quantile(z, np.linspace(0, 1, 14)[1:-1]))
        else:
            levels = np.unique(_numbers("Contours: levels", self.levels, 1))
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "extent", _extent("Contours", self.extent))
        object.__setattr__(self, "paths", paths)
        object.__setattr__(self, "levels", tuple(levels.tolist()))

    def encode(self) -> tuple[Json, Json]:
        # Root heights are nearly straight around a minimum, so that few bits and short
        # lines draw it well; any increasing function keeps the contours.
        low, high = self.z.min(), self.z.max()

        def place(z: Any) -> Array:
            ratio = np.clip((np.asarray(z) - low) / ((high - low) or 1), 0, 1)
            return np.asarray(np.sqrt(ratio) * 65535)

        inside = [level for level in self.levels if low < level < high]
        fixed = {
            "kind": "contours",
            "title": self.title,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "extent": _digits(self.extent, 6),
            "shape": list(self.z.shape),
            "z": _base64(place(self.z), "<u2"),
            "levels": _digits(place(inside), 6),
            "names": list(self.paths),
        }
        # Far outside the picture a path only shows its direction.
        return fixed, {
            "paths": [_digits(p.clip(-1e6, 1e6)) for p in self.paths.values()]
        }

    def describe(self) -> str:
        ends = [
            f"{name} ends at {readable(float(p[-1, 0]))}, {readable(float(p[-1, 1]))}"
            for name, p in self.paths.items()
            if len(p)
        ]
        return f"{self.title or 'Path'}: {'; '.join(ends) or 'no finite step'}"

    def draw(self, ax: Any, diverged: bool) -> None:
        x0, x1, y0, y1 = self.extent
        axes = np.linspace(x0, x1, self.z.shape[1]), np.linspace(y0, y1, len(self.z))
        ax.contour(*axes, self.z, self.levels, colors=GREY, linewidths=0.8)
        styles = itertools.cycle(SERIES)
        for (name, path), (colour, dash) in zip(
            self.paths.items(), styles, strict=False
        ):
            mark = {"marker": "o", "markersize": 3}
            ax.plot(*path.T, color=colour, linestyle=dash, label=name, **mark)
        ax.set(xlabel=self.x_label, ylabel=self.y_label, title=self.title)
        ax.set(xlim=(x0, x1), ylim=(y0, y1))
        ax.legend(loc="upper right", fontsize="small")


class View:
    """What a run hands back: panels, drawn side by side, and a line of `text`.

    `diverged` says that the run did not end well: it is then drawn as such.
    """

    def __init__(self, *panels: Panel, text: str = "", diverged: bool = False) -> None:
        kinds = (Curves, Boundary, Contours)
        if not panels or not all(isinstance(panel, kinds) for panel in panels):
            got = ", ".join(map(what, panels)) or "nothing"
            raise TypeError(
                f"View: panels must be Curves, Boundary or Contours, got {got}"
            )
        if not isinstance(text, str):
            raise TypeError(f"View: text must be a string, got {what(text)}")
        self.panels, self.text, self.diverged = panels, text, bool(diverged)

    def __repr__(self) -> str:
        panels = ", ".join(type(panel).__name__ for panel in self.panels)
        return f"View({panels}, text={self.text!r}, diverged={self.diverged})"

    def picture(self, heading: str) -> bytes:
        """A PNG of at most 64 colours. ImportError without matplotlib."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from PIL import Image

        count = len(self.panels)
        size = (4.2 * count, 3.7)
        figure = Figure(figsize=size, dpi=110, facecolor="white", layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.subplots(1, count, squeeze=False)[0]
        for ax, panel in zip(axes, self.panels, strict=True):
            panel.draw(ax, self.diverged)
        figure.suptitle(heading, fontsize="medium")
        canvas.draw()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        out = io.BytesIO()
        image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        return out.getvalue()


def encode_views(views: Sequence[View]) -> Json:
    """Views as JSON, in which a panel is [its place in `shared`, what moves]."""
    shared: dict[str, int] = {}
    results = []
    for view in views:
        panels = []
        for panel in view.panels:
            fixed, moving = panel.encode()
            key = json.dumps(fixed, ensure_ascii=False)
            moving["about"] = panel.describe()
            panels.append([shared.setdefault(key, len(shared)), moving])
        result = {"text": view.text, "diverged": view.diverged, "panels": panels}
        results.append(result)
    return {"shared": [json.loads(key) for key in shared], "results": results}


def what(thing: Any) -> str:
    """A thing's type and its beginning, for an error message."""
    return f"{type(thing).__name__} {thing!r:.60}"


def _named(expected: str, things: Any) -> dict[str, Any]:
    if not isinstance(things, Mapping) or not things:
        raise TypeError(f"{expected} expected, got {what(things)}")
    return {str(name): thing for name, thing in things.items()}


def _numbers(name: str, values: Any, ndim: int) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or array.ndim != ndim:
        raise TypeError(
            f"{name} must be a {ndim}-D array of numbers, "
            f"got {array.dtype} of shape {array.shape}"
        )
    return array.astype(float)


def _grid(name: str, values: Any) -> Array:
    grid = _numbers(name, values, 2)
    if min(grid.shape) < 2:
        raise ValueError(f"{name} needs two rows and columns or more, got {grid.shape}")
    return grid


def _extent(name: str, extent: Any) -> Extent:
    values = [float(v) for v in extent]
    ordered = len(values) == 4 and values[0] < values[1] and values[2] < values[3]
    if not ordered or not all(map(math.isfinite, values)):
        raise ValueError(
            f"{name}: extent must be (x0, x1, y0, y1), x0 < x1 and y0 < y1, "
            f"got {values}"
        )
    return values[0], values[1], values[2], values[3]


def _until_bad(values: Array) -> Array:
    """The rows before the first that is not finite."""
    bad = ~np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
    return values[: bad.argmax()] if bad.any() else values


def _digits(values: Any, digits: int = 4) -> list[float]:
    return [float(f"{v:.{digits}g}") for v in np.ravel(values)]


def _base64(values: Array, dtype: str) -> str:
    return base64.b64encode(np.round(values).astype(dtype).tobytes()).decode("ascii")
