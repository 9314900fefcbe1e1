"""Pictures of a training run, a decision boundary and a Jacobian, by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from . import validate
from .network import Network
from .training import History

CLASS_COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7F7F7F",
    "#8C6D31",
    "#5E3C99",
    "#000000",
)
CLASS_MARKERS = "o^sDvP*Xph"


def plot_history(
    history: History,
    *,
    label: str = "training",
    log: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss of each epoch, and the validation loss where there is one.

    A cross marks where a run diverged. ``log`` gives the loss a logarithmic axis.
    Returns ``ax``, or the new axes.
    """
    ax = _axes(ax)
    epochs = np.arange(1, len(history.loss) + 1)
    (line,) = ax.plot(epochs, history.loss, label=label)
    if len(history.val_loss):
        ax.plot(
            epochs,
            history.val_loss,
            "--",
            color=line.get_color(),
            label=f"{label}, validation",
        )
    if history.diverged:
        at = (epochs[-1], history.loss[-1]) if len(epochs) else (0, 1)
        ax.plot(
            *at,
            "x",
            color=line.get_color(),
            markersize=10,
            markeredgewidth=2.5,
            label=f"{label}: diverged",
        )
    if log:
        ax.set_yscale("log")
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend()
    return ax


def plot_boundary(
    net: Network,
    x: np.ndarray,
    labels: np.ndarray,
    *,
    resolution: int = 200,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a network predicts over the plane of its two inputs, and its samples.

    The samples are x, ``(N, 2)``, with labels, ``(N,)`` integers from 0. Two classes
    are shaded by the predicted probability of class 1, with a line at ½; more by the
    predicted class. ``resolution`` is how many points there are along each side.
    Returns ``ax``, or the new axes.
    """
    x, labels = np.asarray(x), np.asarray(labels)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"plot_boundary: expected x of shape (N, 2), got {x.shape}")
    if labels.shape != (len(x),) or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise ValueError(
            f"plot_boundary: expected labels as ({len(x)},) integers from 0, "
            f"got {labels.dtype} {labels.shape}"
        )
    resolution = validate.count("plot_boundary: resolution", resolution)
    ax = _axes(ax)
    margin = 0.1 * np.ptp(x, axis=0)
    (left, bottom), (right, top) = x.min(axis=0) - margin, x.max(axis=0) + margin
    across, up = np.meshgrid(
        np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    )
    p = net.predict_proba(np.column_stack([across.ravel(), up.ravel()]))
    if p.shape[1] <= 2:
        if p.shape[1] == 2:  # what predict compares; p of class 1 where the two sum to 1
            p = 0.5 + (p[:, 1:] - p[:, :1]) / 2
        of_class_1 = p.reshape(across.shape)
        _shade(ax, across, up, of_class_1, [CLASS_COLORS[0], "white", CLASS_COLORS[1]])
        if of_class_1.min() < 0.5 < of_class_1.max():
            ax.contour(across, up, of_class_1, levels=[0.5], colors="black")
    else:
        classes = p.argmax(axis=1).reshape(across.shape) / (p.shape[1] - 1)
        _shade(ax, across, up, classes, CLASS_COLORS[: p.shape[1]])
    for k in np.unique(labels):
        style = k % len(CLASS_COLORS)
        ax.scatter(
            x[labels == k, 0],
            x[labels == k, 1],
            s=14,
            color=CLASS_COLORS[style],
            marker=CLASS_MARKERS[style],
            edgecolors="white",
            linewidths=0.4,
            label=f"class {k}",
        )
    ax.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(left, right), ylim=(bottom, top))
    ax.legend(loc="upper right")
    return ax


def _shade(
    ax: Axes, across: np.ndarray, up: np.ndarray, values: np.ndarray, colors: Sequence
) -> None:
    """Colour the plane by values in [0, 1], from the first colour to the last."""
    shading = LinearSegmentedColormap.from_list("classes", list(colors))
    ax.pcolormesh(across, up, values, cmap=shading, vmin=0, vmax=1, alpha=0.5, rasterized=True)


def plot_jacobian(J: np.ndarray, *, ax: Axes | None = None) -> Axes:
    """Draw a Jacobian, ``(y.size, x.size)``, as a heat map.

    White is 0; red is above, blue below, on one scale. Returns ``ax``, or the new axes.
    """
    J = validate.real_array("plot_jacobian", "J", J)
    if J.ndim != 2 or J.size == 0:
        raise ValueError(f"plot_jacobian: expected J of shape (y.size, x.size), got {J.shape}")
    ax = _axes(ax)
    largest = float(abs(J).max()) or 1.0
    image = ax.imshow(J, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
    ax.set(xlabel="input, index j", ylabel="output, index i")
    ax.figure.colorbar(image, ax=ax, label=r"$\partial y_i / \partial x_j$", shrink=0.8)
    return ax


def _axes(ax: Any) -> Axes:
    return plt.subplots()[1] if ax is None else ax
