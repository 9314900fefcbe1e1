"""Pictures of a training run, a decision boundary and a Jacobian, by matplotlib.

Each is drawn on ``ax``, or on new axes, and returns them.
"""

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap

from . import validate
from .training import History

# fmt: off
CLASS_COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
                "#56B4E9", "#7F7F7F", "#8C6D31", "#5E3C99", "#000000"]
# fmt: on
CLASS_MARKERS = "o^sDvP*Xph"


def axes(owner: str, ax: Any) -> Axes:
    """Return ``ax``, or new axes for None."""
    validate.instance(ax, Axes | None, f"{owner}: ax must be matplotlib's Axes or None")
    return plt.subplots()[1] if ax is None else ax


def legend(ax: Axes, **options: Any) -> None:
    """Name what is drawn, in as many columns as the height of the axes asks for."""
    entries = len(ax.get_legend_handles_labels()[0])
    size = 10 if entries <= 10 else 7  # points, as the height
    height = ax.get_window_extent().height * 72 / ax.figure.dpi
    columns = math.ceil(entries / max(1, height // (1.6 * size) - 1))
    ax.legend(ncols=columns, fontsize=size, **options)


def plot_history(history: History, *, label: str = "training", log: bool = True, ax: Any = None) -> Axes:
    """Draw the loss of each epoch, and the validation loss where there is one; a cross where a run diverged.

    ``log`` gives the loss a logarithmic axis, unless a loss is 0, which has no place on one. From the eleventh run on
    the same axes, where colors repeat, lines are dotted.
    """
    validate.instance(history, History, "plot_history: history must be a History")
    ax = axes("plot_history", ax)
    earlier = {line.get_color() for line in ax.get_lines()}
    epochs = np.arange(1, len(history.loss) + 1)
    (line,) = ax.plot(epochs, history.loss, label=label)
    style: dict[str, Any] = {"color": line.get_color()}
    if len(epochs) == 1:  # a line of one point cannot be seen
        style["marker"] = "o"
    dots, dashes = (":", "-.") if line.get_color() in earlier else ("-", "--")
    line.set(linestyle=dots, **style)
    if len(history.val_loss):
        ax.plot(epochs, history.val_loss, dashes, label=f"{label}, validation", **style)
    if history.diverged:
        end = (epochs[-1], history.loss[-1]) if len(epochs) else (0, 1)
        style = {"color": line.get_color(), "markersize": 10, "markeredgewidth": 2.5}
        ax.plot(*end, "x", label=f"{label}: diverged", **style)
    if log:
        zeros = any(np.any(np.asarray(line.get_ydata()) <= 0) for line in ax.lines)
        ax.set_yscale("linear" if zeros else "log")
    ax.set(xlabel="epoch", ylabel="loss")
    legend(ax)
    return ax


def plot_boundary(net: Any, x: Any, labels: Any, *, resolution: int = 200, ax: Any = None) -> Axes:
    """Draw what ``net.predict_proba`` says of the plane of two inputs, and samples.

    The samples are x, ``(N, 2)``, with labels, ``(N,)`` integers from 0. Two classes are shaded by the probability of
    class 1, with a line at ½; more by the predicted class, in the color of its samples. From the eleventh class on,
    colors repeat, with other marks. ``resolution`` is how many points there are along each side.
    """
    if not callable(getattr(net, "predict_proba", None)):
        raise TypeError(f"plot_boundary: net must have predict_proba, got {net!r}")
    resolution = validate.count("plot_boundary: resolution", resolution)
    x = validate.batch("plot_boundary", x, 2)
    validate.finite("plot_boundary", "x", x)
    scale, span = abs(x).max(axis=0), np.ptp(x, axis=0)
    # A constant feature has a margin, too.
    margin = 0.1 * np.where(span > 1e-9 * scale, span, np.maximum(scale, 1))
    low, high = x.min(axis=0) - margin, x.max(axis=0) + margin
    across, up = np.meshgrid(*np.linspace(low, high, resolution).T)
    p = np.asarray(net.predict_proba(np.column_stack([across.ravel(), up.ravel()])))
    validate.finite("plot_boundary", "outputs", p)
    k = max(p.shape[1], 2)
    labels = validate.labels("plot_boundary", labels, k)
    validate.expect(len(labels) == len(x), "plot_boundary", f"labels of shape ({len(x)},)", labels.shape)
    ax = axes("plot_boundary", ax)
    colors = [CLASS_COLORS[i % 10] for i in range(k)]
    if k > 2:
        style: Any = {"cmap": ListedColormap(colors), "vmin": -0.5, "vmax": k - 0.5}
        p = p.argmax(axis=1)
    else:
        shades = LinearSegmentedColormap.from_list("", [colors[0], "white", colors[1]])
        style = {"cmap": shades, "vmin": 0, "vmax": 1}
        # Of two outputs, predict compares: p of class 1 where they sum to 1.
        p = p[:, 0] if p.shape[1] == 1 else 0.5 + (p[:, 1] - p[:, 0]) / 2
    p = p.reshape(across.shape)
    ax.pcolormesh(across, up, p, alpha=0.5, rasterized=True, **style)
    if k == 2 and p.min() < 0.5 < p.max():
        ax.contour(across, up, p, levels=[0.5], colors="black")
    for i in np.unique(labels):
        style = {"color": colors[i], "marker": CLASS_MARKERS[(i + i // 10) % 10]}
        ax.scatter(*x[labels == i].T, s=14, edgecolors="white", linewidths=0.4, label=f"class {i}", **style)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    legend(ax, loc="upper right", frameon=True)  # its marks are no samples
    return ax


def plot_jacobian(J: np.ndarray, *, ax: Any = None) -> Axes:
    """Draw a Jacobian, ``(y.size, x.size)``: white is 0, red above, blue below.

    Entries below 0 bear a minus sign as well, where there is room for it.
    """
    J = validate.real_array("plot_jacobian", "J", J)
    validate.expect(J.ndim == 2 and J.size > 0, "plot_jacobian", "J of shape (y.size, x.size)", J.shape)
    validate.finite("plot_jacobian", "J", J)
    ax = axes("plot_jacobian", ax)
    largest = float(abs(J).max()) or 1.0
    image = ax.imshow(J, cmap="RdBu_r", interpolation="nearest", vmin=-largest, vmax=largest)
    entry = ax.get_window_extent().height * 72 / ax.figure.dpi / len(J)  # its height in points
    if entry > 4:
        k, j = np.nonzero(J < 0)
        colors = np.where(J[k, j] < -0.6 * largest, "white", "black")
        ax.scatter(j, k, s=min(8, entry / 2) ** 2, marker="_", c=colors, linewidths=1)
    ax.set(xlabel="input, index j", ylabel="output, index k")
    ax.figure.colorbar(image, ax=ax, label=r"$\partial y_k / \partial x_j$", shrink=0.8)
    return ax
