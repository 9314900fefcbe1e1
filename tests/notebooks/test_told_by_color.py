"""No figure tells anything by color alone: what is found in one, and that none is stored of which something is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tools import notebooks
from tools.told_by_color import told_by_color

X = np.arange(5)


@pytest.fixture(autouse=True)
def books_style() -> Iterator[None]:
    with plt.style.context(notebooks.BOOK / "book.mplstyle"):
        yield
    plt.close("all")


def found(*draw: Callable[[Any], object]) -> list[str]:
    figure, ax = plt.subplots()
    for step in draw:
        step(ax)
    ax.legend()
    return list(told_by_color(figure))


def test_the_books_colors_have_a_dash_each() -> None:
    lines = [lambda ax, k=k: ax.plot(X, k * X, label=f"{k}") for k in range(7)]
    assert found(*lines) == []
    assert found(*lines, lambda ax: ax.plot(X, -X, label="again")) == ["0, again"]
    assert found(*(lambda ax, k=k: ax.plot(X, k * X, color=f"C{k}", label=f"{k}") for k in range(7))) == []


ALIKE: dict[str, tuple[Callable[[Any, str, int], object], Callable[[Any, str, int], object]]] = {
    "lines": (
        lambda ax, name, k: ax.plot(X, k + X, "-", label=name),
        lambda ax, name, k: ax.plot(X, k + X, ["-", "--"][k], label=name),
    ),
    "lines with dashes of their own": (
        lambda ax, name, k: ax.plot(X, k + X, ls=(0, (3, 1)), label=name),
        lambda ax, name, k: ax.plot(X, k + X, ls=(0, (3 + k, 1)), label=name),
    ),
    "lines with marks": (
        lambda ax, name, k: ax.plot(X, k + X, "o-", label=name),
        lambda ax, name, k: ax.plot(X, k + X, "os"[k] + "-", label=name),
    ),
    "marks, of which one is hollow": (
        lambda ax, name, k: ax.plot(X, k + X, "o", label=name),
        lambda ax, name, k: ax.plot(X, k + X, "o", mfc=["black", "none"][k], label=name),
    ),
    "lines with errors": (
        lambda ax, name, k: ax.errorbar(X, k + X, 1, fmt="o-", label=name),
        lambda ax, name, k: ax.errorbar(X, k + X, 1, fmt="os"[k] + "-", label=name),
    ),
    "bars": (
        lambda ax, name, k: ax.bar(X + 0.4 * k, X, 0.4, label=name),
        lambda ax, name, k: ax.bar(X + 0.4 * k, X, 0.4, hatch=["", "//"][k], label=name),
    ),
    "scattered marks": (
        lambda ax, name, k: ax.scatter(X, k + X, label=name),
        lambda ax, name, k: ax.scatter(X, k + X, marker="o^"[k], label=name),
    ),
    "bands": (
        lambda ax, name, k: ax.fill_between(X, k, k + 1, label=name),
        lambda ax, name, k: ax.fill_between(X, k, k + 1, hatch=["", "//"][k], label=name),
    ),
    "outlines": (
        lambda ax, name, k: ax.hist(k + X, histtype="step", ls="-", label=name),
        lambda ax, name, k: ax.hist(k + X, histtype="step", ls=["-", "--"][k], label=name),
    ),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_what_differs_in_color_alone_is_found(kind: str) -> None:
    alike, apart = ALIKE[kind]
    assert found(lambda ax: alike(ax, "one", 0), lambda ax: alike(ax, "two", 1)) == ["one, two"]
    assert found(lambda ax: apart(ax, "one", 0), lambda ax: apart(ax, "two", 1)) == []


def test_what_no_legend_names_is_not_told_by_color() -> None:
    figure, ax = plt.subplots()
    for k in range(2):
        ax.plot(X, k + X, "-", label=f"{k}")
    assert list(told_by_color(figure)) == []
    figure.legend()
    assert list(told_by_color(figure)) == ["0, 1"]
