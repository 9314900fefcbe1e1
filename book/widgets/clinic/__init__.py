"""A clinic of broken networks: a curve, a program to edit, and checks that are run in the page.

The patients are the caller's, as plain data (`experiments.clinic.records`). Without Python in the page a reader sees
each curve and program; without scripts, the first curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..figure import Figure
from ..svg import PALETTE, Picture

__all__ = ["clinic"]

WIDE, HIGH, LEFT, FOOT = 480, 220, 30, 24
MOST = 1.7  # times the first loss, which is the top of the picture


def clinic(records: Mapping[str, Any], *, label: str) -> Figure:
    """Return the figure; ``label`` is its id in the page. ValueError: no patients."""
    if not records["patients"]:
        raise ValueError("clinic: no patients")
    loss = records["patients"][0]["loss"]
    alt = (
        f"The loss that the first patient prints, epoch by epoch, over that of its first: after {len(loss)} epochs it "
        f"is {loss[-1] / loss[0]:.2f}."
    )
    still = picture(loss, records["epochs"])
    return Figure("clinic", records, id=label, still=still, alt=alt, lines=["To examine the patients, allow scripts."])


def picture(loss: list[float], epochs: int) -> str:
    """The curve as an SVG."""
    drawn = Picture(WIDE, HIGH)
    wide, high = WIDE - LEFT - 8, HIGH - FOOT - 8
    for share in 0, 0.5, 1, 1.5:
        y = 8 + high * (1 - share / MOST)
        drawn.add("line", x1=LEFT, x2=LEFT + wide, y1=y, y2=y, stroke=PALETTE["line"])
        drawn.add("text", f"{share:g}", x=LEFT - 4, y=y + 4, font_size=11, text_anchor="end", fill=PALETTE["soft"])
    places = (
        f"{LEFT + wide * k / (epochs - 1):.1f},{8 + high * (1 - min(value / loss[0], MOST) / MOST):.1f}"
        for k, value in enumerate(loss)
    )
    drawn.add("polyline", points=" ".join(places), fill="none", stroke=PALETTE["accent"], stroke_width=2)
    drawn.add("text", "epoch", x=LEFT + wide / 2, y=HIGH - 6, font_size=11, text_anchor="middle", fill=PALETTE["soft"])
    return drawn.svg()
