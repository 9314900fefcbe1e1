"""Still pictures as SVG, for whoever sees no script: built as a tree."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from .theme import light_palette

PALETTE = light_palette()


class Picture:
    """`Picture(width, height)`, then `add("rect", x=0, y=0, ...)`; `svg()` is its text."""

    def __init__(self, width: float, height: float) -> None:
        size = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
        self.root = ElementTree.Element(
            "svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "font-family": "sans-serif"}
        )
        self.add("rect", width=width, height=height, fill=PALETTE["paper"])

    def add(self, tag: str, text: str = "", /, **attributes: Any) -> None:
        """Add a shape or a text; `stroke_width` is written stroke-width."""
        written = {
            name.replace("_", "-"): value if isinstance(value, str) else f"{value:g}"
            for name, value in attributes.items()
        }
        ElementTree.SubElement(self.root, tag, written).text = text or None

    def svg(self) -> str:
        return ElementTree.tostring(self.root, encoding="unicode")
