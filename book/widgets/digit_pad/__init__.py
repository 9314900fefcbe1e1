"""A pad on which a reader draws an 8 × 8 digit, and a trained network answers in the page.

The network's weights, folded into one Dense layer for each pair of Dense and BatchNorm, are part of the figure, and a
few lines of script compute what nnlib would: the page needs no kernel and no network. Without scripts the figure
shows one image and what nnlib answers to it.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

import nnlib

from ..figure import Figure
from ..svg import PALETTE, Picture
from .fold import fold

__all__ = ["digit_pad", "fold"]

SIDE, LEVELS = 8, 16


def digit_pad(
    net: nnlib.Network,
    training: tuple[np.ndarray, np.ndarray],
    examples: tuple[np.ndarray, np.ndarray],
    *,
    far: int,
    label: str,
) -> Figure:
    """Return the pad; ``net`` takes images ``(N, 64)`` between 0 and 1 and gives ten logits.

    ``training`` and ``examples`` are images of whole numbers from 0 to 16, ``(n, 64)``, with their labels ``(n,)``:
    what the network was trained on, and what the reader may load and change, the first of them to begin with. A
    drawing whose squared distance to each training image is above ``far`` is called strange. ``label`` is the figure's
    id in the page. ValueError: other images, another network, or more than 200 kB in all.
    """
    layers = fold(net)
    fits = layers[0][0].shape[0] == SIDE**2 and layers[-1][0].shape[1] == 10
    if not (fits and isinstance(net.loss, nnlib.SoftmaxCrossEntropy)):
        raise ValueError("digit_pad: expected 64 inputs, ten outputs, SoftmaxCrossEntropy")
    spec = {
        "title": "Draw a digit, and the network answers",
        "layers": [
            {"shape": W.shape, "W": encoded(W), "b": encoded(b), "activation": activation}
            for W, b, activation in layers
        ],
        "training": written("training", *training),
        "examples": written("examples", *examples),
        "far": int(far),
    }
    ink = np.asarray(examples[0])[0]
    p = net.predict_proba(ink[None] / LEVELS)[0]
    said = answer(p)
    return Figure(
        "pad",
        spec,
        id=label,
        still=picture(ink, p),
        alt=f"8 by 8 cells, test image {examples[1][0]}, and a bar for the probability of each digit. {said}",
        lines=[said, "To draw here yourself, allow scripts."],
        advice="give it fewer training images",
    )


def answer(p: np.ndarray) -> str:
    guess = int(np.argmax(p))
    sure = "above 0.99" if p[guess] >= 0.995 else f"{p[guess]:.2f}"
    return f"The network says {guess}, with probability {sure}."


def encoded(array: np.ndarray) -> str:
    """Float32, row by row, in base64."""
    return base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")


def written(what: str, images: Any, labels: Any) -> dict[str, str]:
    """Images as letters, A for 0 to Q for 16, and labels as digits."""
    images, labels = np.asarray(images), np.asarray(labels)
    whole = images.ndim == 2 and images.shape[1] == SIDE**2
    whole = whole and len(images) > 0 and np.isin(images, range(LEVELS + 1)).all()
    if not whole or labels.shape != (len(images),) or not np.isin(labels, range(10)).all():
        raise ValueError(
            f"digit_pad: {what}: expected images (n, 64) of whole numbers from 0 to 16 and n labels from 0 to 9, "
            f"got {images.shape} and {labels.shape}"
        )
    letters = (images.astype(np.uint8) + ord("A")).tobytes().decode("ascii")
    return {"pixels": letters, "labels": "".join(map(str, labels.tolist()))}


def picture(ink: np.ndarray, p: np.ndarray) -> str:
    """The drawing and a bar for each probability, as SVG."""
    cell, color = 26, PALETTE
    side = SIDE * cell
    picture = Picture(2 * side + 40, side + 2)
    picture.add("rect", x=1, y=1, width=side, height=side, fill=color["paper"], stroke=color["line"])
    for n, level in enumerate(ink):
        row, column = divmod(n, SIDE)
        place = {"x": 1 + cell * column, "y": 1 + cell * row}
        shade = {"fill": color["ink"], "fill_opacity": level / LEVELS, "stroke": color["line"]}
        picture.add("rect", **place, width=cell, height=cell, **shade)
    for k, share in enumerate(p):
        top, left = k * side / 10, side + 20
        words = {"y": top + 15, "font_size": 13.0, "fill": color["ink"]}
        picture.add("text", str(k), x=left, **words)
        bar = color["accent" if k == np.argmax(p) else "lit"]
        picture.add("rect", x=left + 14, y=top + 4, width=140 * share, height=14, fill=bar)
        picture.add("text", f"{100 * share:.1f} %", x=2 * side + 38, text_anchor="end", **words)
    return picture.svg()
