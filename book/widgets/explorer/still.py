"""The still picture of a view, for paper and where no script runs. It needs matplotlib."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np

from ..theme import light_palette
from .controls import readable
from .views import Boundary, Contours, Curves, View

PALETTE = light_palette()
CLASSES = ((PALETTE["class-0"], "o"), (PALETTE["class-1"], "^"))
# One dash more than there are colors, as in draw.js: only the 43rd curve looks like the first.
DASHES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (9, 3)), (0, (5, 2, 1, 2, 1, 2)), (0, (1, 4)))
SERIES = tuple((PALETTE[f"series-{k % 6}"], DASHES[k % 7]) for k in range(42))


def picture(view: View, heading: str) -> bytes:
    """A PNG of at most 64 colors. ImportError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    count = len(view.panels)
    size = (4.2 * count, 3.7)
    figure = Figure(figsize=size, dpi=110, facecolor="white", layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots(1, count, squeeze=False)[0]
    for ax, panel in zip(axes, view.panels, strict=True):
        draw: Any = {Curves: _curves, Boundary: _boundary, Contours: _contours}[type(panel)]
        draw(ax, panel, view.diverged)
    figure.suptitle(heading, fontsize="medium")
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    out = io.BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _curves(ax: Any, panel: Curves, diverged: bool) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    styles = itertools.cycle(SERIES)
    for (name, y), (color, dash) in zip(panel.curves.items(), styles, strict=False):
        x = panel.start + panel.step * np.arange(len(y))
        ax.plot(x, y, color=color, linestyle=dash, label=name)
        if diverged:
            cross = {"color": PALETTE["bad"], "markersize": 9, "markeredgewidth": 2}
            ax.plot(x[-1:], y[-1:], "x", **cross)
    ax.set(xlabel=panel.x_label, ylabel=panel.y_label, title=panel.title)
    if panel.log_y:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(lambda value, _: readable(float(value)))
        ax.yaxis.set_minor_formatter(NullFormatter())
    if panel.y_range:
        ax.set_ylim(panel.y_range)
    ax.legend(frameon=False)


def _boundary(ax: Any, panel: Boundary, diverged: bool) -> None:
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    x0, x1, y0, y1 = panel.extent
    # As pale as the page paints them under the points.
    pale = [tuple(0.6 + 0.4 * np.array(to_rgb(color))) for color, _ in CLASSES]
    soft = LinearSegmentedColormap.from_list("soft", [pale[0], "white", pale[1]])
    kind = {"origin": "lower", "interpolation": "bilinear", "aspect": "auto"}
    ax.imshow(panel.p, extent=panel.extent, cmap=soft, vmin=0, vmax=1, **kind)
    # Dots all over the side of class 1, which without colors is told by them.
    y, x = np.mgrid[0.02:1:0.04, 0.02:1:0.04]
    x[::2] += 0.02
    rows, columns = (np.rint(at * (n - 1)).astype(int) for at, n in zip((y, x), panel.p.shape, strict=True))
    one = panel.p[rows, columns] > 0.5
    ax.plot(x0 + x[one] * (x1 - x0), y0 + y[one] * (y1 - y0), ".", color=CLASSES[1][0], markersize=1.5)
    for line in panel.lines():
        ax.plot(*_places(line, panel.extent).T, color=PALETTE["ink"], linewidth=1.5)
    for k, (color, mark) in enumerate(CLASSES):
        points = panel.x[panel.labels == k]
        edge = {"markeredgecolor": "white", "markeredgewidth": 0.5, "markersize": 4}
        name = panel.class_names[k]
        ax.plot(*points.T, mark, color=color, label=name, **edge)
    if diverged:
        hatch = {"hatch": "//", "facecolor": "none", "edgecolor": PALETTE["bad"]}
        ax.fill_between([x0, x1], y0, y1, **hatch)
    _finish(ax, panel)


def _contours(ax: Any, panel: Contours, diverged: bool) -> None:
    for line in panel.lines():
        places = _places(line, panel.extent)
        ax.plot(*places.T, color=PALETTE["soft"], linewidth=0.8)
    styles = itertools.cycle(SERIES)
    for (name, path), (color, dash) in zip(panel.paths.items(), styles, strict=False):
        mark = {"marker": "o", "markersize": 3}
        ax.plot(*path.T, color=color, linestyle=dash, label=name, **mark)
    _finish(ax, panel)


def _finish(ax: Any, panel: Boundary | Contours) -> None:
    x0, x1, y0, y1 = panel.extent
    ax.set(xlabel=panel.x_label, ylabel=panel.y_label, title=panel.title)
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    ax.legend(loc="upper right", fontsize="small")


def _places(line: Any, extent: Any) -> Any:
    x0, x1, y0, y1 = extent
    return [x0, y0] + line * [x1 - x0, y1 - y0]
