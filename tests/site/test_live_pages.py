"""Python in the built pages: what it weighs, that nothing of it comes unasked, and what is said where it cannot run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import Site, Visit

from tools import weigh

CHAPTER = "book/06-training-on-moons.html"
LIVE = "_static/live/"
README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(autouse=True)
def built(site: Site) -> None:
    if not (site.root / LIVE).is_dir():
        pytest.skip("the book was built without Python for the browser")


def test_before_a_press_nothing_of_it_is_fetched_and_then_at_most_its_budget(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    explorer = seen.page.locator(".nnlib-explorer").first
    seen.page.wait_for_load_state("networkidle")
    button = explorer.locator("button.nnlib-live")
    (weight,) = re.findall(r'data-bytes="(\d+)"', (seen.site.root / CHAPTER).read_text())
    assert f"loads {int(weight) / 1e6:.1f} MB" in button.get_attribute("title")
    button.hover()
    assert [url for url in seen.requests if LIVE in url] == []
    before = len(seen.requests)
    button.click()
    seen.page.wait_for_function("element => element.dataset.engine === 'live'", arg=explorer.element_handle())
    _, sent, _ = weigh.weights(weigh.files(seen.requests[before:], seen.site.root))
    assert 5_000_000 < sent <= weigh.LIVE


def test_what_the_worker_is_told_to_fetch_is_what_it_weighs(site: Site) -> None:
    (listed,) = (site.root / LIVE).glob("*/files.json")
    files = json.loads(listed.read_text())
    assert {"pyodide.asm.wasm", "python_stdlib.zip"} <= files.keys()
    for name, of in files.items():
        assert weigh.sizes(listed.parent / of["path"])[1] == of["bytes"], name
    paths = [(listed.parent / of["path"]).resolve().relative_to(site.root).as_posix() for of in files.values()]
    weight = weigh.weights(paths, site.root)[1]
    assert weight == sum(of["bytes"] for of in files.values())  # to which the progress goes up
    assert f"loads Python into the page (about {weight / 1e6:.0f} MB" in " ".join(README.read_text("utf-8").split())
    assert weight <= weigh.LIVE
    assert f'data-bytes="{weight}"' in (site.root / "book/playground.html").read_text()  # as its button says


# Puts a script of its own in the place of each copy of the editor that the browser keeps for the service worker.
ATTACK = """
import js
from pyodide.ffi import to_js
from widgets import Curves, View

as_script = to_js({"headers": {"Content-Type": "text/javascript"}}, dict_converter=js.Object.fromEntries)


def opened(cache):
    def found(requests):
        for request in requests:
            if request.url.endswith("/editor.js"):
                cache.put(request.url, js.Response.new("document.title = 'attacked'", as_script))

    cache.keys().then(found)


def train(**values):
    js.caches.keys().then(lambda names: [js.caches.open(name).then(opened) for name in names])
    return View(Curves({"a": [1, 2]}))


train()
"""
COPIED = """async () => {
    const address = new URL("editor.js", nnlibWidgets.live.base());
    while (!(await caches.match(address))) await new Promise((later) => setTimeout(later, 50));
}"""
EDITOR = "fetch(new URL('editor.js', nnlibWidgets.live.base())).then((reply) => reply.text())"


def test_code_of_a_link_cannot_change_what_a_page_gets(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER, service_workers="allow").page
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    editor = page.evaluate(EDITOR)
    page.evaluate(COPIED)
    explorer = page.locator(".nnlib-explorer").first
    letters = page.evaluate("code => nnlibWidgets.explorer.running.packed(code)", ATTACK)
    page.evaluate("address => { location.hash = address; }", f"{explorer.get_attribute('id')}?code={letters}")
    explorer.get_by_role("button", name="Run code").click()
    page.wait_for_function("element => element.dataset.engine === 'live'", arg=explorer.element_handle())
    page.wait_for_timeout(1000)
    assert page.evaluate(EDITOR) == editor
    explorer.get_by_role("alert").get_by_text("caches").wait_for()


def test_from_the_disk_the_button_says_what_to_do(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER, "file").page
    page.locator(".nnlib-explorer button.nnlib-live").first.click()
    page.get_by_text("run `make serve`").or_(page.get_by_text("run make serve")).first.wait_for()


def test_without_webassembly_the_button_says_so(visit: Callable[..., Visit]) -> None:
    seen = visit("book/bibliography.html")
    seen.page.context.add_init_script("delete globalThis.WebAssembly")
    page = seen.goto(CHAPTER)
    page.locator(".nnlib-explorer button.nnlib-live").first.click()
    page.get_by_text("This browser cannot run Python").first.wait_for()
    assert not [url for url in seen.requests if LIVE in url]
