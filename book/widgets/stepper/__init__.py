"""A small network as a figure that is walked through, one step forward or back at a time.

Everything is computed by nnlib when the notebook runs: the page needs no kernel and no network. Without scripts it is a
drawing with all its values, and the steps as a list.
"""

from __future__ import annotations

import numpy as np

import nnlib

from ..figure import Figure
from .layout import draw, picture
from .steps import all_steps
from .walk import walk

__all__ = ["stepper"]


def stepper(net: nnlib.Network, x: np.ndarray, t: np.ndarray, *, lr: float, update: str = "Wb", label: str) -> Figure:
    """Return the figure for one sample: x is ``(1, n_in)``, t is ``(1, K)``.

    The network is ``Dense`` and ``Sigmoid`` in turn, one or two units a layer, with the loss ``SquaredError``. The last
    step is one of gradient descent with ``lr``, on the weights alone where ``update`` is "W". The network's parameters
    stay as they were. ``label`` is the figure's id in the page. ValueError: another network, more than one sample.
    """
    numbers = walk(net, x, t, lr, update)
    steps = all_steps(numbers)
    drawing = draw(numbers, [step.key for step in steps])
    return Figure(
        "stepper",
        {"title": "A network, step by step", "drawing": drawing.encode(), "steps": [step.encode() for step in steps]},
        id=label,
        still=picture(drawing, len(steps) - 2),  # before the update: the values that belong together
        alt=drawing.about,
        lines=[f"Step {k}. {step.plain()}" for k, step in enumerate(steps)],
    )
