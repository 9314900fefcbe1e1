"""How much each page of the built book weighs, and how soon it is there: make weigh (RUNS=5 for surer times)

A browser with nothing stored opens each page and does not scroll. What it asks for until the page is whole is counted,
text as a host would compress it. The next visit costs what a reader still needs who comes from another chapter. Times
are medians, in seconds from the click; they say something only where nothing else runs.
"""

from __future__ import annotations

import gzip
import re
import statistics
import sys
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tools import chromium
from tools.notebooks import contents
from tools.serve import HTML, server

FIRST, NEXT = 1_200_000, 250_000  # bytes that a page may weigh
LIVE = 10_000_000  # and Python in it, once a reader asks for it
EXPLORER = "book/06-training-on-moons.html"
START = """async () => {
    const explorer = document.querySelector(".nnlib-explorer");
    const start = performance.now();
    explorer.querySelector("button.nnlib-live").click();
    while (explorer.dataset.engine !== "live" || explorer.ariaBusy === "true") {
        if (performance.now() - start > 120_000) return NaN;
        await new Promise(requestAnimationFrame);
    }
    return (performance.now() - start) / 1000;
}"""
TEXT = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".xml"}
FROM = "book/01-forward-pass.html"
LINKED = re.compile(r'(?:src|href)="(?:\.\./)*(_static/[^"?]+\.(?:js|css|svg))[^"]*"')
# What a page asks for that it does not name: each chapter needs these fonts, and the theme's search its index.
UNNAMED = {"searchindex.js"} | {
    f"_static/maths/MathJax_{name}.woff"
    for name in ("Main-Regular", "Math-Italic", "Size1-Regular", "Size2-Regular", "Size4-Regular", "Zero")
}
WATCH = """new MutationObserver((_, watch) => {
    if (!document.querySelector("[data-ready]")) return;
    globalThis.alive = performance.now();
    watch.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] })"""
TIMES = """async () => {
    await globalThis.formulas?.there;
    return [globalThis.alive ?? NaN, performance.getEntriesByType("navigation")[0].loadEventEnd, performance.now()];
}"""


def files(requests: Iterable[str], root: Path = HTML) -> list[str]:
    """The files of the site that these requests are for, each once."""
    paths = dict.fromkeys(unquote(urlsplit(url).path).lstrip("/") for url in requests if url.startswith("http"))
    return [path for path in paths if (root / path).is_file()]


def sent(name: str, data: bytes) -> int:
    """The bytes of a file on the way, from a host that compresses text, as most do."""
    return len(gzip.compress(data, 6)) if Path(name).suffix in TEXT else len(data)


@cache
def sizes(path: Path) -> tuple[int, int]:
    """Bytes on the disk, and on the way."""
    data = path.read_bytes()
    return len(data), sent(path.name, data)


@cache
def known(root: Path = HTML) -> frozenset[str]:
    """What a reader has who comes from another chapter."""
    return frozenset(LINKED.findall((root / FROM).read_text(encoding="utf-8"))) | UNNAMED


def weights(paths: Iterable[str], root: Path = HTML) -> tuple[int, int, int]:
    """Of the files of a visit: bytes on the disk; on the way; on the way to a reader from another chapter."""
    each = {path: sizes(root / path) for path in paths}
    new = each.keys() - known(root)
    return sum(raw for raw, _ in each.values()), sum(sent for _, sent in each.values()), sum(each[p][1] for p in new)


def too_heavy(requests: Iterable[str], root: Path = HTML) -> list[str]:
    _, first, later = weights(files(requests, root), root)
    limits = (("a first", first, FIRST), ("the next", later, NEXT))
    return [f"{what} visit weighs {weight:,} bytes of {limit:,}" for what, weight, limit in limits if weight > limit]


def visit(browser: Any, url: str) -> tuple[list[str], list[float]]:
    """What is asked for, and when a widget is alive, the page loaded, and its maths set."""
    # What the service worker keeps, the browser has; what it fetches besides, tests/site/test_offline.py weighs.
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.add_init_script(WATCH)
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(url, wait_until="load")
    times = page.evaluate(TIMES)
    page.wait_for_load_state("networkidle")
    context.close()
    return requests, [(time or float("nan")) / 1000 for time in times]


def live(browser: Any, url: str) -> tuple[list[str], list[float]]:
    """What Python in a page asks for; the seconds to its first result, on a first and on the next visit."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    requests: list[str] = []
    times = []
    for _ in range(2):
        page = context.new_page()
        page.goto(url)
        page.wait_for_load_state("networkidle")
        if not times:
            page.on("request", lambda request: requests.append(request.url))
        times.append(page.evaluate(START))
        page.close()
    context.close()
    return requests, times


def main(runs: int = 3) -> int:
    from playwright.sync_api import sync_playwright

    heavy = 0
    print(f"{'':32} requests   raw kB  first kB  next kB   alive s  loaded s   maths s")
    with server(0) as http, sync_playwright() as playwright:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        browser = chromium.launch(playwright, as_readers_have_it=True)
        for path in [*(f"{name}.html" for name in contents()), "search.html"]:
            visits = [visit(browser, f"http://127.0.0.1:{http.server_port}/{path}") for _ in range(runs)]
            asked = files(visits[0][0])
            raw, first, later = weights(asked)
            times = [statistics.median(each) for each in zip(*(times for _, times in visits), strict=True)]
            shown = "".join(f"{time:10.2f}" if time == time else f"{'–':>10}" for time in times)
            print(f"{path:32} {len(asked):8} {raw / 1e3:8.0f} {first / 1e3:9.0f} {later / 1e3:8.0f}{shown}", flush=True)
            heavy += len(too_heavy(visits[0][0]))
        if any((HTML / "_static" / "live").glob("*/files.json")):
            asked, times = live(browser, f"http://127.0.0.1:{http.server_port}/{EXPLORER}")
            sent = weights(files(asked))[1]
            print(f"Python in the page: {sent / 1e6:.1f} MB of {LIVE / 1e6:.0f}; first result after", end=" ")
            print(f"{times[0]:.1f} s, on the next visit {times[1]:.1f} s")
            heavy += sent > LIVE
        browser.close()
        http.shutdown()
    return heavy and 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
