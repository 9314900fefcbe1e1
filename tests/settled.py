"""Wait until a page's playground draws nothing new: pictures may be on their way when a training is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUIET = """async () => {
    const data = document.querySelector(".nnlib-playground").dataset;
    const end = performance.now() + 30_000;
    for (let seen = null, quiet = 0; quiet < 4; quiet = seen === data.frames ? quiet + 1 : 0) {
        if (performance.now() > end) throw new Error("after 30 seconds the playground still draws");
        seen = data.frames;
        await new Promise((done) => setTimeout(done, 100));
    }
}"""


def settled(page: Page) -> None:
    page.evaluate(QUIET)
