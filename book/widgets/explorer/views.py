"""What the run of an Explorer hands back: panels of curves, boundaries or contours.

A panel knows two things: `encode`, how `explorer.js` gets it, split into what all
positions of a control share and what moves; and `describe`, what a screen reader says.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from . import checks
from .checks import Array, Extent, describe
from .contours import contour_lines, refined, simplified
from .controls import Json, readable

# How far a stored line may lie off the exact one, in shares of the picture.
TOLERANCE = 5e-4


class Panel(Protocol):
    """One drawing of a View."""

    def encode(self) -> tuple[Json, Json]: ...
    def describe(self) -> str: ...


@dataclass
class Curves:
    """Named curves, one value an epoch: `{"training": loss, "validation": val_loss}`.

    A curve ends before its first value that is not finite. Value i stands at
    `start + i·step`. `log_y` draws heights on a log scale. `y_range=(lo, hi)` fixes
    the axis, which else holds the curves of all runs; where a curve leaves it, the
    page marks the place.
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
        curves = checks.named("Curves: a non-empty dict of name → values", self.curves)
        self.curves = {
            name: _until_bad(checks.numbers(f"Curves: curve {name!r}", values, 1)) for name, values in curves.items()
        }
        if self.y_range is not None:
            lo, hi = (checks.finite("Curves: y_range", v) for v in self.y_range)
            if not lo < hi or (self.log_y and lo <= 0):
                rule = "0 < lo < hi" if self.log_y else "lo < hi"
                raise ValueError(f"Curves: y_range must be {rule}, got {lo:g}, {hi:g}")
            self.y_range = lo, hi

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
        curves = "; ".join(ends) or "no finished epoch"
        return f"{self.y_label} by {self.x_label}: {curves}"


@dataclass
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
        self.x = checks.numbers("Boundary: x", self.x, 2)
        labels = checks.numbers("Boundary: labels", self.labels, 1)
        if self.x.shape != (len(labels), 2) or not np.isin(labels, (0, 1)).all():
            raise ValueError(
                f"Boundary: x (N, 2) and N labels of 0 or 1 expected, got x {self.x.shape} and labels {labels.shape}"
            )
        self.labels = labels.astype(int)
        self.p = checks.grid("Boundary: p", self.p)
        self.extent = checks.extent("Boundary", self.extent)

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
        points = checks.numbers("Boundary: x", x, 2)
        (x0, y0), (x1, y1) = points.min(axis=0) - margin, points.max(axis=0) + margin
        axes = np.linspace(x0, x1, size), np.linspace(y0, y1, size)
        places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)  # (size², 2)
        out = np.asarray(predict(places), dtype=float).reshape(len(places), -1)
        if out.shape[1] > 2:
            raise ValueError(f"Boundary: predict must give one or two columns, got {out.shape}")
        p = out[:, 0] if out.shape[1] == 1 else 0.5 + (out[:, 1] - out[:, 0]) / 2
        return cls(p.reshape(size, size), (x0, x1, y0, y1), x, labels, **words)

    def lines(self) -> list[Array]:
        """Where p is ½, `(K, 2)` in shares of the picture; none if p is not finite."""
        if not np.isfinite(self.p).all():
            return []
        if not ((self.p >= 0) & (self.p <= 1)).all():
            return _shares(self.p, 0.5)
        # Log-odds run straighter through ½ than probabilities, which jump.
        p = self.p.clip(1e-9, 1 - 1e-9)
        return _shares(np.log(p / (1 - p)), 0.0)

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
        shade = np.where(np.isfinite(self.p), np.clip(self.p, 0, 1) * 254, 255)
        lines = [_base64(line * 65535, "<u2") for line in self.lines()]
        return fixed, {"p": _base64(shade, "u1"), "lines": lines}

    def describe(self) -> str:
        finite = self.p[np.isfinite(self.p)]
        if not finite.size:
            return f"{self.title}: no finite value"
        share = 100 * np.mean(finite > 0.5)
        return f"{self.title}: {self.class_names[1]} covers {share:.0f} % of the picture"


@dataclass
class Contours:
    """Paths over the contours of a function of two variables.

    `z` `(H, W)` are heights on a grid over `extent`, which is (x0, x1, y0, y1); row 0
    is at y0. Only the lines are stored: a fine grid costs a page nothing. `paths` are
    named, each `(K, 2)`. Left out, `levels` are twelve heights with equal areas
    between them.
    """

    z: Any
    extent: Extent
    paths: Mapping[str, Any]
    title: str = ""
    x_label: str = "w₁"
    y_label: str = "w₂"
    levels: Sequence[float] = ()

    def __post_init__(self) -> None:
        self.z = checks.grid("Contours: z", self.z)
        if not np.isfinite(self.z).all():
            raise ValueError("Contours: z must be finite")
        self.extent = checks.extent("Contours", self.extent)
        paths = checks.named("Contours: a non-empty dict of name → path (K, 2)", self.paths)
        self.paths = {name: _path(name, path) for name, path in paths.items()}
        if len(self.levels) == 0:
            levels = np.unique(np.quantile(self.z, np.linspace(0, 1, 14)[1:-1]))
        else:
            levels = np.unique(checks.numbers("Contours: levels", self.levels, 1))
        self.levels = tuple(levels.tolist())

    def lines(self) -> list[Array]:
        """The contour lines of all levels, `(K, 2)` in shares of the picture."""
        return _contours(self.z.tobytes(), self.z.shape, tuple(self.levels))

    def encode(self) -> tuple[Json, Json]:
        fixed = {
            "kind": "contours",
            "title": self.title,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "extent": _digits(self.extent, 6),
            "lines": [_base64(line * 65535, "<u2") for line in self.lines()],
            "names": list(self.paths),
        }
        # Far outside the picture a path only shows its direction.
        return fixed, {"paths": [_digits(p.clip(-1e6, 1e6)) for p in self.paths.values()]}

    def describe(self) -> str:
        ends = [
            f"{name} ends at {readable(float(p[-1, 0]))}, {readable(float(p[-1, 1]))}"
            for name, p in self.paths.items()
            if len(p)
        ]
        return f"{self.title or 'Path'}: {'; '.join(ends) or 'no finite step'}"


class View:
    """What a run hands back: panels, drawn side by side, and a line of `text`.

    `diverged` says that the run did not end well: it is then drawn as such. In `text`,
    as Python writes it, a number below 0 begins with a hyphen: it gets a minus sign.
    """

    def __init__(self, *panels: Panel, text: str = "", diverged: bool = False) -> None:
        kinds = (Curves, Boundary, Contours)
        if not panels or not all(isinstance(panel, kinds) for panel in panels):
            got = ", ".join(map(describe, panels)) or "nothing"
            raise TypeError(f"View: panels must be Curves, Boundary or Contours, got {got}")
        if not isinstance(text, str):
            raise TypeError(f"View: text must be a string, got {describe(text)}")
        self.panels, self.text, self.diverged = panels, _with_minus_signs(text), bool(diverged)

    def __repr__(self) -> str:
        panels = ", ".join(type(panel).__name__ for panel in self.panels)
        return f"View({panels}, text={self.text!r}, diverged={self.diverged})"


def encode_views(views: Sequence[View | None]) -> Json:
    """Views as JSON, in which a panel is [its place in `shared`, what moves].

    None stands for a position that was not run.
    """
    shared: dict[str, int] = {}
    results: list[Json | None] = []
    for view in views:
        if view is None:
            results.append(None)
            continue
        panels = []
        for panel in view.panels:
            fixed, moving = panel.encode()
            key = json.dumps(fixed, ensure_ascii=False)
            moving["about"] = panel.describe()
            panels.append([shared.setdefault(key, len(shared)), moving])
        results.append({"text": view.text, "diverged": view.diverged, "panels": panels})
    return {"shared": [json.loads(key) for key in shared], "results": results}


@lru_cache(maxsize=16)
def _contours(heights: bytes, shape: tuple[int, int], levels: tuple[float, ...]) -> list[Array]:
    """Kept, since the positions of an explorer mostly share their contours."""
    z = refined(np.frombuffer(heights).reshape(shape))
    return [line for level in levels for line in _shares(z, level)]


def _shares(z: Array, level: float) -> list[Array]:
    """The lines at `level`, in shares of the picture, with no more points than seen."""
    size = np.array(z.shape[::-1]) - 1
    return [simplified(line / size, TOLERANCE) for line in contour_lines(z, level)]


def _path(name: str, path: Any) -> Array:
    steps = checks.numbers(f"Contours: path {name!r}", path, 2)
    if steps.shape[1] != 2:
        raise ValueError(f"Contours: path {name!r} must be (K, 2), got {steps.shape}")
    return _until_bad(steps)


def _with_minus_signs(text: str) -> str:
    """A minus sign for each hyphen that begins a number: not that of 2-8-2, 1e-7 or "layer-2"."""
    return re.sub(r"(?<![\w.)\]−-])-(?=\.?\d|inf\b)", "−", text)


def _until_bad(values: Array) -> Array:
    """The rows before the first that is not finite."""
    bad = ~np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
    return values[: bad.argmax()] if bad.any() else values


def _digits(values: Any, digits: int = 4) -> list[float]:
    return [float(f"{v:.{digits}g}") for v in np.ravel(values)]


def _base64(values: Array, dtype: str) -> str:
    return base64.b64encode(np.round(values).astype(dtype).tobytes()).decode("ascii")
