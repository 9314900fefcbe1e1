"""theme.css's palette, for pictures that Python draws."""

from __future__ import annotations

import re
from pathlib import Path

THEME = Path(__file__).parent / "theme.css"
COLOR = re.compile(r"--nnlib-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


def light_palette() -> dict[str, str]:
    """Name → #rrggbb, as on paper: `light_palette()["ink"]`."""
    return {name: light for name, light, _ in COLOR.findall(_css())}


def dark_palette() -> dict[str, str]:
    """Name → #rrggbb, as in the dark."""
    return {name: dark for name, _, dark in COLOR.findall(_css())}


def _css() -> str:
    return THEME.read_text("utf-8")
