"""Other people's trouble with plots, tried on nnlib, as in test_reports.py; these tests need matplotlib."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers import row
from matplotlib.colors import to_rgba

from nnlib import (
    SGD,
    Dense,
    History,
    Network,
    SoftmaxCrossEntropy,
    Tanh,
    fit,
    plot_boundary,
    plot_history,
    plot_jacobian,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
T = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)


def net2():
    return Network(Dense(2, 8), Tanh(), Dense(8, 2), loss=SoftmaxCrossEntropy())


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    plt.close("all")


def shown(ax):
    """The color of the plane at each of its points, and their positions."""
    mesh = ax.collections[0]
    return mesh.cmap(mesh.norm(np.asarray(mesh.get_array()).ravel()))


@row(9, "rasbt/mlxtend#97")
@pytest.mark.parametrize("k", [2, 3, 7, 11, 15, 25])
def test_each_class_s_region_has_its_samples_color(k):
    """Constant predictions: the whole plane is one class's."""
    marks = set()
    for c in range(k):
        net = Network(Dense(2, k), loss=SoftmaxCrossEntropy())
        net.theta[...] = 0
        net.layers[0].b[c] = 1e3
        ax = plot_boundary(net, X, np.full(60, c), resolution=3)
        samples = ax.collections[-1]
        assert shown(ax) == pytest.approx(np.tile(samples.get_facecolor()[0], (9, 1)))
        marks.add((tuple(samples.get_facecolor()[0]), samples.get_paths()[0].vertices.tobytes()))
        plt.close("all")
    assert len(marks) == k  # color and mark together tell the classes apart


@row(15, "octoenergy/timeserio#33")
def test_one_epoch_is_a_point():
    history = fit(net2(), X, T, SGD(0.1), epochs=1, validation=(X, T))
    assert [line.get_marker() for line in plot_history(history).get_lines()] == ["o", "o"]
    history = fit(net2(), X, T, SGD(0.1), epochs=2, validation=(X, T))
    assert {line.get_marker() for line in plot_history(history).get_lines()} <= {"", "None", None}


@row(17, "messages that name nobody")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plot_boundary(net2(), X[:0], T[:0]),
            "plot_boundary: expected at least one row in x, got shape (0, 2)",
        ),
        (lambda: plot_boundary(net2(), X * np.nan, T), "plot_boundary: x must be finite, got nan at index (0, 0)"),
        (
            lambda: plot_boundary(net2(), np.ma.masked_array(X), T),
            "plot_boundary: x is a masked array; fill it or drop the masked rows",
        ),
        (lambda: plot_boundary(net2(), [["a", "b"]], T), "plot_boundary: x must hold real numbers, got dtype <U1"),
        (lambda: plot_boundary(net2(), X, T + 1), "plot_boundary: expected labels in 0..1, got values from 1 to 2"),
        (lambda: plot_boundary(net2(), X, T, resolution=0), "plot_boundary: resolution must be at least 1, got 0"),
        (lambda: plot_boundary("net", X, T), "plot_boundary: net must have predict_proba, got 'net'"),
        (lambda: plot_boundary(net2(), X, T, ax=3), "plot_boundary: ax must be matplotlib's Axes or None, got 3"),
        (lambda: plot_history([1]), "plot_history: history must be a History, got [1]"),
        (lambda: plot_history(History(), ax=3), "plot_history: ax must be matplotlib's Axes or None, got 3"),
        (lambda: plot_jacobian([[1]], ax=3), "plot_jacobian: ax must be matplotlib's Axes or None, got 3"),
        (lambda: plot_jacobian([[1, np.nan]]), "plot_jacobian: J must be finite, got nan at index (0, 1)"),
    ],
    ids=lambda v: v[:45] if isinstance(v, str) else "",
)
def test_a_plot_names_itself_before_it_makes_a_figure(call, message):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert str(caught.value) == message and plt.get_fignums() == []


@row(37, "mlxtend, a network of NaN")
@pytest.mark.parametrize("k", [2, 3])
def test_a_network_of_nan_is_not_painted(k):
    net = Network(Dense(2, k), loss=SoftmaxCrossEntropy())
    net.theta[0] = np.nan
    with pytest.raises(ValueError, match=r"^plot_boundary: outputs must be finite, got nan at index \(0, "):
        plot_boundary(net, X, T)
    assert plt.get_fignums() == []


@row(37, "mlxtend, a constant feature")
@pytest.mark.parametrize(
    "x",
    [X * [1, 0], X * 0, X[:1], 1e6 + X * [0, 1], 1e20 + 0 * X, X * [1e-12, 0] + [1, -3], np.float32(X * [1, 0])],
    ids=["one", "both", "one sample", "far", "very far", "nearly", "float32"],
)
def test_a_constant_feature_has_a_margin(x):
    ax = plot_boundary(net2(), x, T[: len(x)], resolution=4)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < x[:, 0].min() <= x[:, 0].max() < right and bottom < x[:, 1].min() <= x[:, 1].max() < top
    assert len(np.unique(ax.collections[0].get_coordinates()[..., 0])) == 5
    ax.figure.canvas.draw()


@row(35, "wandb#158")
def test_zeros_are_shown_on_a_linear_axis():
    assert "unless a loss is 0" in plot_history.__doc__
    some, none = np.array([1.0, 0.5, 0.0]), np.zeros(3)
    positive = History(np.array([1.0, 0.5, 0.25]), none, none[:0], none[:0])
    assert plot_history(positive).get_yscale() == "log"
    for loss, val in ((some, none[:0]), (none, none[:0]), (some + 1, some)):
        ax = plot_history(History(loss, none, val, val))
        assert ax.get_yscale() == "linear"
        ax.figure.canvas.draw()
        plot_history(positive, ax=ax)  # a later run does not hide an earlier one
        assert ax.get_yscale() == "linear"


@row(36, "legend overflow")
def test_fifteen_runs_are_told_apart_and_named_within_the_axes():
    _, ax = plt.subplots()
    loss = np.array([1.0, 0.5])
    for run in range(15):
        plot_history(History(loss / (run + 1), loss, loss, loss), label=f"run {run}", ax=ax)
    looks = {(to_rgba(line.get_color()), line.get_linestyle()) for line in ax.get_lines()}
    assert len(looks) == len(ax.get_lines()) == 30
    ax.figure.canvas.draw()
    legend, box = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert legend.height < box.height and legend.width < box.width
    assert plot_history(History(loss, loss, loss, loss)).get_legend()._ncols == 1
