"""Plots: drawn on the axes given, labelled, and showing the data they are given."""

import re

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba

from nnlib import (
    BinaryCrossEntropy,
    Dense,
    History,
    Network,
    Sigmoid,
    SoftmaxCrossEntropy,
    SquaredError,
    plot_boundary,
    plot_history,
    plot_jacobian,
)

X = np.random.default_rng(0).normal(size=(30, 2))


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def history(validation=True, **options):
    val = np.array([1.5, 1.25, 1.125]) if validation else np.empty(0)
    return History(np.array([1.0, 0.5, 0.25]), np.array([0.5, 0.75, 1.0]), val, val, **options)


def network(outputs, loss=SoftmaxCrossEntropy, head=()):
    return Network(Dense(2, outputs), *head, loss=loss())


DRAWINGS = [
    ("history", lambda ax: plot_history(history(), ax=ax)),
    ("history without validation", lambda ax: plot_history(history(False), ax=ax)),
    ("history, diverged", lambda ax: plot_history(history(diverged=True), ax=ax)),
    ("history, diverged at once", lambda ax: plot_history(History(diverged=True), ax=ax)),
    ("history, linear", lambda ax: plot_history(history(), log=False, ax=ax)),
    ("boundary", lambda ax: plot_boundary(network(2), X, (X[:, 0] > 0).astype(int), resolution=20, ax=ax)),
    ("boundary of three", lambda ax: plot_boundary(network(3), X, np.arange(30) % 3, resolution=20, ax=ax)),
    (
        "boundary of one output",
        lambda ax: plot_boundary(
            network(1, BinaryCrossEntropy, (Sigmoid(),)), X, (X[:, 0] > 0).astype(int), resolution=20, ax=ax
        ),
    ),
    ("jacobian", lambda ax: plot_jacobian(np.arange(6.0).reshape(2, 3) - 2, ax=ax)),
    ("jacobian of zeros", lambda ax: plot_jacobian(np.zeros((2, 2)), ax=ax)),
]
every_drawing = pytest.mark.parametrize(("name", "draw"), DRAWINGS, ids=[name for name, _ in DRAWINGS])


@every_drawing
def test_axes_given_are_drawn_on_and_returned(name, draw):
    _, (left, right) = plt.subplots(1, 2)
    assert draw(right) is right
    assert not left.has_data() and right.has_data()
    assert right.get_xlabel() and right.get_ylabel()
    right.figure.canvas.draw()


@every_drawing
def test_new_axes_are_made_when_none_are_given(name, draw):
    ax = draw(None)
    assert len(plt.get_fignums()) == 1 and ax.figure is plt.gcf()


def test_plot_history_shows_the_numbers():
    ax = plot_history(history())
    training, validation = ax.get_lines()
    assert training.get_xdata().tolist() == [1, 2, 3] and training.get_ydata().tolist() == [1.0, 0.5, 0.25]
    assert validation.get_ydata().tolist() == [1.5, 1.25, 1.125]
    assert training.get_color() == validation.get_color() and training.get_linestyle() != validation.get_linestyle()
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss", "log")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "training, validation"]
    assert plot_history(history(), log=False).get_yscale() == "linear"


def test_plot_history_marks_a_diverged_run():
    ax = plot_history(history(False, diverged=True), label="lr 3")
    mark = ax.get_lines()[-1]
    assert mark.get_marker() == "x" and mark.get_xydata().tolist() == [[3, 0.25]]
    assert mark.get_label() == "lr 3: diverged"
    assert len(plot_history(history(False)).get_lines()) == 1


def points(ax):
    """Color and positions of each class's samples."""
    return [(to_hex(c.get_facecolor()[0]).upper(), c.get_offsets()) for c in ax.collections if len(c.get_offsets()) > 1]


def test_plot_boundary_shades_by_the_probability_of_class_1():
    net = network(2)
    net.layers[0].W[...] = [[-1, 1], [0, 0]]
    labels = (X[:, 0] > 0).astype(int)
    ax = plot_boundary(net, X, labels, resolution=21)
    mesh = ax.collections[0]
    shading = np.asarray(mesh.get_array()).reshape(21, 21)
    across = np.linspace(X[:, 0].min() - 0.1 * np.ptp(X[:, 0]), X[:, 0].max() + 0.1 * np.ptp(X[:, 0]), 21)
    assert shading == pytest.approx(np.tile(1 / (1 + np.exp(-2 * across)), (21, 1)), rel=1e-9)
    assert ax.get_xlim() == pytest.approx((across[0], across[-1]))
    drawn = points(ax)
    assert [color for color, _ in drawn] == ["#0072B2", "#D55E00"]
    for k, (_, offsets) in enumerate(drawn):
        assert np.array_equal(np.asarray(offsets), X[labels == k])


def test_plot_boundary_of_two_outputs_that_are_no_probabilities_agrees_with_predict():
    """Under squared error the outputs need not sum to 1: the larger one decides, not whether output 1 exceeds ½."""
    net = network(2, SquaredError)
    for outputs, shade in (((0.3, 0.4), 0.55), ((0.8, 0.6), 0.4)):
        net.theta[...] = [0, 0, 0, 0, *outputs]
        shading = np.asarray(plot_boundary(net, X, np.zeros(30, int), resolution=5).collections[0].get_array())
        assert shading == pytest.approx(shade)
        assert (net.predict(X) == (shade > 0.5)).all()


@pytest.mark.parametrize("k", [3, 5, 6, 10])
def test_plot_boundary_of_many_classes_shades_by_the_predicted_one(k):
    """The plane has the color of the samples of the class predicted there."""
    net = network(k)
    labels = np.arange(30) % k
    ax = plot_boundary(net, X, labels, resolution=15)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    across, up = np.meshgrid(np.linspace(left, right, 15), np.linspace(bottom, top, 15))
    predicted = net.predict(np.column_stack([across.ravel(), up.ravel()]))
    mesh = ax.collections[0]
    shades = mesh.cmap(mesh.norm(np.asarray(mesh.get_array()).ravel()))
    colors = np.array([to_rgba(color) for color, _ in points(ax)])
    assert len(np.unique(colors, axis=0)) == k and len(set(predicted)) > 2
    assert shades == pytest.approx(colors[predicted])


def test_plot_boundary_with_no_boundary_in_sight():
    net = network(2)
    net.theta[...] = [0, 0, 0, 0, 5, -5]
    ax = plot_boundary(net, X, np.zeros(30, int), resolution=10)
    assert len(ax.collections) == 2  # shading and one class; no line


def test_plot_jacobian_is_symmetric_about_zero():
    J = np.array([[1.0, -4.0, 0.0], [2.0, 0.5, 3.0]])
    ax = plot_jacobian(J)
    (image,) = ax.get_images()
    assert np.array_equal(np.asarray(image.get_array()), J)
    assert image.get_clim() == (-4.0, 4.0)
    assert len(ax.figure.axes) == 2  # the color bar says what the colors mean
    assert ax.figure.axes[1].get_ylabel()


def test_plot_jacobian_tells_signs_without_colors():
    """A minus sign on each entry below 0, white where the entry is dark; none where entries are too small for it."""
    J = np.array([[1.0, -4.0, 0.0], [-2.0, 0.5, 3.0]])
    ax = plot_jacobian(J)
    (marks,) = ax.collections
    assert marks.get_offsets().tolist() == [[1, 0], [0, 1]]
    assert [to_hex(color) for color in marks.get_edgecolor()] == ["#ffffff", "#000000"]
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 2.5), (1.5, -0.5))
    assert len(plot_jacobian(np.ones((2, 2))).collections[0].get_offsets()) == 0
    assert len(plot_jacobian(-np.ones((200, 200))).collections) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plot_boundary(network(2), X[:, :1], np.zeros(30, int)),
            "plot_boundary: expected x of shape (N, 2), got (30, 1)",
        ),
        (
            lambda: plot_boundary(network(2), X[0], np.zeros(1, int)),
            "plot_boundary: expected x of shape (N, 2), got (2,)",
        ),
        (lambda: plot_jacobian(np.zeros(3)), "plot_jacobian: expected J of shape (y.size, x.size), got (3,)"),
        (
            lambda: plot_boundary(network(2), X, np.zeros(29, int)),
            "plot_boundary: expected labels of shape (30,), got (29,)",
        ),
        (
            lambda: plot_boundary(network(2), X, np.zeros((30, 1), int)),
            "plot_boundary: expected labels of shape (N,), got (30, 1)",
        ),
        (
            lambda: plot_boundary(network(2), X, np.full(30, -1)),
            "plot_boundary: expected labels in 0..1, got values from -1 to -1",
        ),
        (lambda: plot_boundary(network(2), X, np.zeros(30)), "plot_boundary: expected integers as labels, got float64"),
    ],
)
def test_bad_input_is_refused_before_a_figure_is_made(call, message):
    with pytest.raises((ValueError, TypeError), match=f"^{re.escape(message)}$"):
        call()
    assert plt.get_fignums() == []
