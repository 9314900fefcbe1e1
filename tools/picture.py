"""Make README's picture anew from the built book: chapter 6 as a reader finds it, its slider in view.

    python -m tools.picture

The same build and the same browser give the same bytes. The file says of itself what is to be read in it, so that a
test notices when the book says something else.
"""

from __future__ import annotations

import io
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, PngImagePlugin

from tools import chromium
from tools.serve import HTML, server

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

PICTURE = Path(__file__).with_name("readme.png")
PAGE = "book/06-training-on-moons.html#lr-explorer?lr=0.422"
SIZE: ViewportSize = {"width": 1280, "height": 900}
COLORS = 256
# The question before the slider, as far up as the page's bar lets it.
QUESTION = """() => {
    const slider = document.querySelector("#lr-explorer");
    const before = (tip) => tip.compareDocumentPosition(slider) & Node.DOCUMENT_POSITION_FOLLOWING;
    [...document.querySelectorAll(".admonition.tip")].filter(before).at(-1).scrollIntoView();
}"""
# What a reader sees of the contents, the question before the slider, and what can be pressed.
SEEN = """() => [...document.querySelectorAll(
        ".bd-sidebar-primary .toctree-l1 > a, .admonition.tip p, main :is(a.btn, button)")]
    .filter((e) => {
        const box = e.getBoundingClientRect();
        return box.width && box.top >= 0 && box.bottom <= innerHeight;
    })
    .map((e) => (e.getAttribute("aria-label") ?? e.textContent).trim())"""


def what_is_seen(page: Page) -> list[str]:
    """What is to be read on the page, once all of it is there."""
    page.evaluate("Promise.all([document.fonts.ready, globalThis.formulas?.there])")
    page.wait_for_selector(".nnlib-explorer canvas")
    page.wait_for_timeout(1000)  # the explorer has been scrolled to, and its picture drawn
    page.evaluate(QUESTION)
    page.wait_for_timeout(500)
    page.evaluate("document.querySelector('.bd-sidebar-primary').scrollTo(0, 0)")
    seen: list[str] = page.evaluate(SEEN)
    return seen


def shot() -> tuple[bytes, list[str]]:
    """The page as a PNG, and what is to be read in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, server(0) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        browser = chromium.launch(playwright)
        context = browser.new_context(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{http.server_port}/{PAGE}", wait_until="load")
        seen = what_is_seen(page)
        taken = page.screenshot(animations="disabled"), seen
        browser.close()
        http.shutdown()
    return taken


def main() -> None:
    if not (HTML / "index.html").is_file():
        sys.exit("the book is not built: make picture builds it first")
    png, seen = shot()
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Seen", "\n".join(seen))
    # A page has few colors: a palette of them is a third as large, and looks the same.
    small = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    small.save(PICTURE, optimize=True, pnginfo=about)
    print(f"{PICTURE.relative_to(HTML.parents[1])}: {small.width} × {small.height}, {PICTURE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
