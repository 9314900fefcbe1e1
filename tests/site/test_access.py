"""What axe cannot see: by keyboard a reader gets everywhere, and sees where; formulas are whole; tables fit a phone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from browsing import Visit
from PIL import Image
from playwright.sync_api import Page

FIRST = "book/01-forward-pass.html"
ROOM = 8  # px around a stop, where its ring is
LISTED = "summary, [tabindex='0'], a[href], button, input"
# The stops of a page, one of each kind: what looks and lies alike by tag, classes and place.
KINDS = """([listed, seen]) => {
    const known = new Set(seen);
    const name = (e) => [e.tagName.toLowerCase(), ...e.classList].join(".").replace(/-?\\d+/g, "");
    const kind = (e) => {
        const near = e.closest(".highlight, details, nav, fieldset, .admonition, [class^=nnlib], article, footer, body");
        const inline = e.tagName === "A" && getComputedStyle(e).display === "inline" ? "" : name(e.parentElement);
        return `${name(near)} ${inline} ${name(e)}${e.type ?? ""}`;
    };
    return [...document.querySelectorAll(listed)].filter((e) => {
        if (e.tabIndex < 0 || e.disabled || !e.checkVisibility({ visibilityProperty: true })) return false;
        if (e.getClientRects().length !== 1 || known.has(kind(e))) return false;
        known.add(kind(e));
        e.dataset.kind = kind(e);
        return true;
    });
}"""


def shot(page: Page, box: dict[str, float]) -> np.ndarray[Any, Any]:
    """The luminance (WCAG 2's) of each pixel in a box of the window."""
    png = page.screenshot(clip=box, animations="disabled")  # type: ignore[arg-type]
    rgb = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")) / 255
    linear: np.ndarray[Any, Any] = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def dim(page: Page, seen: set[str]) -> list[str]:
    """The kinds of stops, beyond those seen, of which it cannot be seen on each side that they have the focus."""
    stops = page.evaluate_handle(KINDS, [LISTED, sorted(seen)]).get_properties().values()
    assert page.viewport_size is not None
    wide, high = page.viewport_size.values()
    found = []
    page.keyboard.press("Tab")  # from now on, what has the focus shows it
    for stop in (handle.as_element() for handle in stops):
        assert stop is not None
        seen.add(kind := stop.get_attribute("data-kind") or "")
        stop.evaluate("e => { e.focus(); e.scrollIntoView({ block: 'center', behavior: 'instant' }); }")
        # what the theme draws the ring around, in place of the button in it, or the field
        around = stop.evaluate_handle("e => e.closest('.admonition-title, .bd-search') ?? e").as_element()
        assert around is not None
        rect = around.bounding_box()
        assert rect is not None
        left, top = max(rect["x"] - ROOM, 0), max(rect["y"] - ROOM, 0)
        right, bottom = rect["x"] + rect["width"] + ROOM, rect["y"] + rect["height"] + ROOM
        box = {"x": left, "y": top, "width": min(right, wide) - left, "height": min(bottom, high) - top}
        with_focus = shot(page, box)
        stop.evaluate("e => e.blur()")
        without = shot(page, box)
        bright, dark = np.maximum(with_focus, without), np.minimum(with_focus, without)
        changed = (bright + 0.05) / (dark + 0.05) >= 3
        edge = 2 * ROOM
        sides = {"top": changed[:edge].any(0), "bottom": changed[-edge:].any(0)}
        sides |= {"left": changed[:, :edge].any(1), "right": changed[:, -edge:].any(1)}
        x, y = round(rect["x"] - left), round(rect["y"] - top)
        hidden = [
            side
            for side, line in sides.items()
            for start, length in [(y, rect["height"]) if side in ("left", "right") else (x, rect["width"])]
            if not line[start : start + round(length)].mean() >= 0.6
        ]
        if hidden:
            found.append(f"{kind}: not seen at {', '.join(hidden)}")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_seen_what_has_the_focus(visit: Callable[..., Visit], theme: str) -> None:
    seen = visit(FIRST, theme=theme, reduced_motion="reduce")
    kinds: set[str] = set()
    found = dim(seen.page, kinds)
    print(len(kinds), kinds)
    assert found == []
