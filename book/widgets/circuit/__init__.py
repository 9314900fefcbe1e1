"""A computation as a circuit of gates, left to right: above each edge its value, below it the gradient.

The numbers are the caller's. Without scripts it is a picture, and its edges a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..figure import Figure
from .layout import draw, picture

__all__ = ["circuit"]


def circuit(
    nodes: Mapping[str, tuple[str, float, float]],
    edges: Sequence[tuple[Any, ...]],
    *,
    label: str,
    alt: str,
    of: str = "*L*",
) -> Figure:
    """Return the figure. ``label`` is its id in the page, ``alt`` says what it shows.

    ``nodes``: name → (sign, column, row). Columns are whole numbers from the left, rows any numbers from the top. What
    has edges on both sides is drawn as a gate, anything else (an input, a result) as its sign alone.

    ``edges``: (start, stop, value, gradient, symbol, row), the last four of which may be left out. Value and gradient
    are numbers, which get four decimals, or texts, or None; the symbol stands before the value. An edge runs level in
    the row of its start, or of its stop if several edges leave the start, unless ``row`` says otherwise.

    In signs and symbols ``*italic*``, ``_{below}`` and ``^{above}``; ``of`` is what the gradients are gradients of.
    ValueError: an edge to nowhere, or backward; labels that would cover each other, or a gate.
    """
    drawing = draw(nodes, edges, alt, of)
    return Figure("circuit", drawing.encode(), id=label, still=picture(drawing), alt=alt, lines=drawing.lines)
