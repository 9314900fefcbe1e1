"""How soon Python in the page answers, on pages of the built book: python -m tests.in_page.budgets

In chapter 6 the first press in a browser with nothing stored, a press on the next visit, and a slider that is moved
then; in the playground a picture while nnlib trains with batches of 32. Times say something only where nothing else
runs.
"""

from __future__ import annotations

import sys
import threading

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tools import chromium
from tools.serve import HTML, server

PAGE = "book/06-training-on-moons.html"
EXPLORER = "#lr-explorer"
PLAYGROUND = "book/playground.html#playground?layers=25-25&data=spirals&noise=0.1&seed=3&batchnorm=0&pace=step"
# Milliseconds, as the issue that asked for live mode has them.
ALLOWED = {
    "first visit": 10_000,
    "next visit": 4_000,
    "a change drawn": 300,
    "a change, whole": 4_000,
    "a picture": 1000 / 30,
}
# From the press to the first result that Python has drawn.
PRESS = """(selector) => new Promise((done) => {
    const root = document.querySelector(selector);
    const begun = performance.now();
    new MutationObserver((_, watch) => {
        if (root.dataset.engine !== "live" || !root.hasAttribute("aria-busy")) return;
        watch.disconnect();
        const output = root.querySelector("output");
        new MutationObserver((_, drawn) => {
            drawn.disconnect();
            done(performance.now() - begun);
        }).observe(output, { childList: true });
    }).observe(root, { attributes: true });
    root.querySelector(".nnlib-live").click();
})"""
# From a move to a value between two positions to what is drawn first, and last.
MOVE = """(selector) => new Promise((done) => {
    const root = document.querySelector(selector);
    const input = root.querySelector("input");
    const output = root.querySelector("output");
    const begun = performance.now();
    let first = null;
    new MutationObserver(() => { first ??= performance.now() - begun; }).observe(output, { childList: true });
    new MutationObserver((_, watch) => {
        if (root.hasAttribute("aria-busy")) return;
        watch.disconnect();
        done([first, performance.now() - begun]);
    }).observe(root, { attributeFilter: ["aria-busy"] });
    input.value = Number(input.value) + 1.5;
    input.dispatchEvent(new Event("input", { bubbles: true }));
})"""
# Milliseconds for each of some pictures in a row, the fastest within some seconds. What else this machine does makes
# pictures late, never early.
PACE = """async ([inARow, seconds]) => {
    const data = document.querySelector(".nnlib-playground").dataset;
    const end = performance.now() + 1000 * seconds;
    const times = [];
    let best = Infinity;
    for (let seen = data.frames; performance.now() < end; ) {
        await new Promise((done) => requestAnimationFrame(done));
        if (data.frames === seen) continue;
        const drawn = Number(data.frames) - Number(seen);
        seen = data.frames;
        for (let k = 0; k < drawn; k += 1) times.push(performance.now());
        if (times.length > inARow) best = Math.min(best, (times.at(-1) - times.at(-1 - inARow)) / inARow);
    }
    return best;
}"""
RESTS = "(selector) => !document.querySelector(selector).hasAttribute('aria-busy')"


def opened(context: BrowserContext, base: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{base}/{PAGE}")
    page.wait_for_selector(f"{EXPLORER}[data-ready]")
    page.wait_for_timeout(3000)  # until its formulas are set
    return page


def main() -> int:
    found: dict[str, float] = {}
    with server(0, HTML) as http, sync_playwright() as playwright:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{http.server_port}"
        browser = chromium.launch(playwright, as_readers_have_it=True)
        context = browser.new_context()
        for visit in "first visit", "next visit":
            for before in context.pages:
                before.close()  # here no page is hidden, and one that is seen would go on keeping the book
            page = opened(context, base)
            found[visit] = page.evaluate(PRESS, EXPLORER)
            page.wait_for_function(RESTS, arg=EXPLORER)
        found["a change drawn"], found["a change, whole"] = page.evaluate(MOVE, EXPLORER)
        page.goto(f"{base}/{PLAYGROUND}")
        page.get_by_role("button", name="Start").click()
        page.wait_for_selector(".nnlib-playground[data-engine=live]")
        found["a picture"] = page.evaluate(PACE, [15, 10])
        browser.close()
        http.shutdown()
    for name, value in found.items():
        print(f"{name:16} {value:6.0f} ms, allowed {ALLOWED[name]:.0f}")
    return any(value > ALLOWED[name] for name, value in found.items())


if __name__ == "__main__":
    sys.exit(main())
