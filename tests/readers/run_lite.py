"""Run every notebook in the JupyterLite of the built book, in a browser, from its first cell to its last.

    python tests/readers/run_lite.py [06-training-on-moons errata/a ...]

No cell may fail, each must print what it printed when the book was made, an explorer's slider must be answered by the
kernel, and no request may leave this machine.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator

from jupyter_lite import ready, run, watched
from playwright.sync_api import Browser, Page, sync_playwright
from run_all import measured, printed

from tools import chromium, notebooks
from tools.readers import WHOLE
from tools.serve import HTML, server

LONGEST = 1800  # seconds for one notebook, on a machine that has other things to do
ANSWERED = "([root, before]) => root.querySelector('output').innerText !== before && !root.ariaBusy"


def stored() -> Iterator[tuple[str, dict[str, str]]]:
    """What the cells of each notebook that has code printed when the book was made."""
    with zipfile.ZipFile(HTML / "_downloads" / f"{WHOLE}.zip") as archive:
        for entry in sorted(archive.namelist()):
            if entry.endswith(".ipynb"):
                cells = notebooks.code_cells(json.loads(archive.read(entry)))
                if cells:
                    yield entry.partition("/book/")[2], {cell["id"]: printed(cell) for cell in cells}


def differences(name: str, notebook: notebooks.Notebook, before: dict[str, str]) -> list[str]:
    """The cells that print something else than they did, where they should not."""
    ignored = measured(notebooks.ROOT / "book" / name)
    now = {cell["id"]: printed(cell) for cell in notebooks.code_cells(notebook)}
    wrong = [id for id, text in before.items() if id not in ignored and now[id] != text]
    return [f"{id} prints {now[id][:300]!r}, not {before[id][:300]!r}" for id in wrong]


def move(page: Page) -> list[str]:
    """Move the first slider of the notebook, if it has one."""
    explorer = page.locator(".nnlib-explorer:has(input[type=range]:enabled)").first
    if not explorer.count():
        return []
    slider, output = explorer.locator("input[type=range]").first, explorer.locator("output").first
    explorer.scroll_into_view_if_needed()
    engine = explorer.get_attribute("data-engine")
    before = output.inner_text()
    slider.focus()
    at_start = slider.evaluate("slider => slider.value === slider.min")
    page.keyboard.press("End" if at_start else "Home")
    page.wait_for_function(ANSWERED, arg=[explorer.element_handle(), before], timeout=300_000)
    alerts = explorer.locator("[role=alert]:visible").all_inner_texts()
    return ([] if engine == "kernel" else [f"the slider is answered by {engine}"]) + alerts


def check(browser: Browser, base: str, name: str, before: dict[str, str], say: Callable[[str], None]) -> list[str]:
    """What is wrong with this notebook."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(300_000)
    foreign: list[str] = []
    context.on("request", lambda r: re.match(r"(?!blob:|data:)", r.url) and base not in r.url and foreign.append(r.url))
    watched(page)
    try:
        page.goto(f"{base}/lite/notebooks/index.html?path={name}")
        ready(page)
        say("ready")
        found = differences(name, run(page, LONGEST, say), before)
        found += move(page)
    except Exception as problem:  # a cell that fails, a browser that gives up: the next notebook may be well
        found = [f"{type(problem).__name__}: {str(problem)[:1500]}"]
    context.close()
    return found + [f"asks for {url}" for url in foreign]


def main(names: list[str]) -> int:
    if not (HTML / "lite").is_dir():
        print("the book was built without JupyterLite: see build/book.log")
        return 1
    failed = False
    with server(0) as http, sync_playwright() as playwright:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        browser = chromium.launch(playwright)
        for name, before in stored():
            if names and name.removesuffix(".ipynb") not in names:
                continue
            start = time.perf_counter()

            def say(text: str, name: str = name, start: float = start) -> None:
                if sys.stdout.isatty():
                    print(f"\r{name}: {time.perf_counter() - start:.0f} s, {text}\x1b[K", end="\r", flush=True)

            problems = check(browser, f"http://127.0.0.1:{http.server_port}", name, before, say)
            failed |= bool(problems)
            print("\n  ".join([f"{name}: {time.perf_counter() - start:.0f} s", *problems]), flush=True)
        browser.close()
        http.shutdown()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
