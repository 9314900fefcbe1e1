"""What a reader has done stays in the browser: kept, told, cleared, and no page fails where a browser keeps nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from small_pages import Opener
from widgets.examples.circuit import one_weight

REFUSE = """() => {
    for (const name of ["getItem", "setItem", "removeItem"]) {
        Storage.prototype[name] = () => { throw new Error(name); };
    }
}"""
HEARD = "globalThis.heard = 0; document.addEventListener('nnlib-progress', () => { heard += 1; })"


@pytest.fixture
def page(open_page: Opener) -> Page:
    opened = open_page(one_weight(), scheme="http")
    opened.add_script_tag(url="progress.js")
    opened.evaluate(HEARD)
    return opened


def call(page: Page, name: str, *arguments: Any) -> Any:
    return page.evaluate("([name, given]) => nnlibWidgets.progress[name](...given) ?? null", [name, list(arguments)])


def test_what_is_set_is_kept_over_a_reload_and_told(page: Page) -> None:
    call(page, "set", "guess", "06/level", {"said": "0.2"})
    call(page, "set", "exercise", "06/ex", {"done": True})
    call(page, "set", "guess", "06/other", 3)
    page.evaluate("nnlibWidgets.progress.set('guess', '06/other', undefined)")
    assert page.evaluate("heard") == 4
    page.reload()
    page.add_script_tag(url="progress.js")
    assert call(page, "get", "guess", "06/level") == {"said": "0.2"}
    assert call(page, "get", "guess", "06/other") is None and call(page, "get", "nothing", "x") is None
    assert call(page, "all") == {"guess": {"06/level": {"said": "0.2"}}, "exercise": {"06/ex": {"done": True}}}


def test_cleared_it_is_gone(page: Page) -> None:
    call(page, "set", "guess", "a/b", 1)
    call(page, "clear")
    assert call(page, "all") == {} and page.evaluate("[localStorage.length, heard]") == [0, 2]


@pytest.mark.parametrize("text", ["", "{", "null", "7", "[1]", '"a"', '{"guess": 3, "exercise": null}'])
def test_what_is_no_record_is_none(page: Page, text: str) -> None:
    page.evaluate("text => localStorage.setItem('nnlib-progress', text)", text)
    assert call(page, "all") == {} and call(page, "get", "guess", "x") is None
    call(page, "set", "guess", "a/b", 1)
    assert call(page, "all") == {"guess": {"a/b": 1}}


def test_a_name_that_every_object_has_is_a_name(page: Page) -> None:
    assert page.evaluate("nnlibWidgets.progress.get('guess', 'constructor') === undefined")
    assert page.evaluate("nnlibWidgets.progress.get('toString', 'name') === undefined")
    call(page, "set", "guess", "__proto__", {"said": "x"})
    assert call(page, "get", "guess", "__proto__") == {"said": "x"} and page.evaluate("({}).said === undefined")


def test_where_nothing_is_kept_it_lasts_as_long_as_the_page(page: Page) -> None:
    page.evaluate(REFUSE)
    assert call(page, "all") == {}
    call(page, "set", "guess", "a/b", 1)
    call(page, "set", "guess", "a/c", 2)
    assert call(page, "all") == {"guess": {"a/b": 1, "a/c": 2}} and call(page, "lasts") is False
    call(page, "clear")
    assert call(page, "all") == {} and page.evaluate("heard") == 3


def test_another_tab_tells_this_one(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    other.evaluate("localStorage.setItem('nnlib-progress', '{\"guess\": {\"a/b\": 5}}')")
    page.wait_for_function("heard === 1")
    assert call(page, "get", "guess", "a/b") == 5
    other.evaluate("localStorage.setItem('something-else', '1')")
    page.wait_for_timeout(200)
    assert page.evaluate("heard") == 1
