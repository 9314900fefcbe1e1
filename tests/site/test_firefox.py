"""One chapter in the system's Firefox, where there is one: formulas, a slider, Python in the page."""

from __future__ import annotations

from collections.abc import Iterator

import firefox
import pytest
from browsing import Site
from firefox import Firefox

CHAPTER = "book/04-softmax-cross-entropy.html"
RIGHT = "\ue014"
EXPLORER = "document.querySelector('.nnlib-explorer')"
OUTPUT = f"{EXPLORER}.querySelector('output').innerText"

ATTACK = """globalThis.broken = [];
addEventListener("securitypolicyviolation", (event) => broken.push(event.effectiveDirective));
document.body.append(Object.assign(document.createElement("script"), { textContent: "globalThis.ran = true" }))"""

pytestmark = pytest.mark.skipif(firefox.path() is None, reason=firefox.MISSING)


@pytest.fixture(scope="module")
def browser_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    found = Firefox(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def chapter(browser_: Firefox, site: Site) -> Firefox:
    """Opened once: each test goes on where the last one ended."""
    browser_.goto(site.url(CHAPTER))
    browser_.until(lambda: browser_.evaluate(f"'ready' in {EXPLORER}.dataset"))
    return browser_


def test_formulas_are_set_and_a_slider_moves(chapter: Firefox) -> None:
    unset = "[...document.querySelectorAll('.math')].filter((e) => !e.querySelector('mjx-container')).length"
    chapter.until(lambda: chapter.evaluate(unset) == 0)
    before = chapter.evaluate(OUTPUT)
    chapter.evaluate(f"{EXPLORER}.querySelector('input[type=range]').focus()")
    chapter.press(RIGHT)
    chapter.until(lambda: chapter.evaluate(OUTPUT) != before)
    assert chapter.errors == []


def test_python_runs_in_the_page(chapter: Firefox) -> None:
    live = f"{EXPLORER}.querySelector('button.nnlib-live')"
    if chapter.evaluate("document.querySelector('meta[name=nnlib-live]') === null"):
        pytest.skip("the book was built without Python for the browser")
    chapter.evaluate(f"{live}.click()")
    chapter.until(lambda: chapter.evaluate(f"{EXPLORER}.dataset.engine") == "live")
    chapter.until(lambda: chapter.evaluate(f"{EXPLORER}.getAttribute('aria-busy')") != "true")
    before = chapter.evaluate(OUTPUT)
    chapter.evaluate(f"{EXPLORER}.querySelector('input[type=range]').focus()")
    chapter.press(RIGHT)
    chapter.until(lambda: chapter.evaluate(OUTPUT) != before)
    assert chapter.errors == []


def test_the_policy_holds(chapter: Firefox) -> None:
    """The last one: what is stopped is an error on the console."""
    chapter.evaluate(ATTACK)
    chapter.until(lambda: chapter.evaluate("String(broken)") == "script-src-elem")
    assert chapter.evaluate("globalThis.ran === undefined")
