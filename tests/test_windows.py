"""A page that is lent again is as a new one: blank, with nothing stored, and asks for as much."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page
from windows import Windows

STATE = """() => ({
    stored: [localStorage.length, sessionStorage.length, document.cookie],
    media: ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)", "print"]
        .map((query) => matchMedia(query).matches),
    size: [innerWidth, innerHeight],
    hovered: document.querySelectorAll("main:hover").length,
    opener: opener === null && history.length < 1000,
})"""


@pytest.fixture
def address(tmp_path: Path) -> str:
    (tmp_path / "page.html").write_text(
        "<!doctype html><title>t</title><link rel=stylesheet href=style.css><script src=script.js></script>"
        "<main style='position: fixed; inset: 0'>words</main>"
    )
    (tmp_path / "style.css").write_text("main { color: red }")
    (tmp_path / "script.js").write_text("globalThis.began = true")
    return (tmp_path / "page.html").as_uri()


def looked_at(page: Page, address: str) -> dict[str, object]:
    page.goto(address)
    state: dict[str, object] = page.evaluate(STATE)
    return state


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_what_a_test_did_to_its_page_is_gone(windows: Windows, address: str, motion: str) -> None:
    told: list[str] = []
    asked: list[str] = []
    listeners = [
        ("console", lambda said: told.append(said.text)),
        ("request", lambda request: asked.append(request.url.rpartition("/")[2])),
    ]
    with windows.lend(*listeners, purpose="test", reduced_motion=motion) as first:
        before = looked_at(first, address)
        requests = asked.copy()
        first.set_viewport_size({"width": 360, "height": 300})
        first.emulate_media(media="print", color_scheme="dark", reduced_motion="reduce")
        first.evaluate("() => { localStorage.a = sessionStorage.a = document.cookie = 1; console.log('here'); }")
        first.mouse.move(50, 50)
        first.mouse.down()
        first.route("**/script.js", lambda route: route.abort())
        assert looked_at(first, address) != before
        first.context.new_page()
    assert told[0] == "here"
    told, asked = [], []
    with windows.lend(purpose="test", reduced_motion=motion) as second:
        assert second is first
        assert second.context.pages == [second]
        assert second.url == "about:blank"
        assert looked_at(second, address) == before
        assert second.evaluate("began")
        second.evaluate("console.log('there')")
    assert (told, asked) == ([], [])
    with windows.lend(*listeners, purpose="test", reduced_motion=motion) as third:
        looked_at(third, address)
    assert asked == requests == ["page.html", "style.css", "script.js"]


def test_pages_are_lent_again_for_the_same_use_alone(windows: Windows, address: str) -> None:
    with windows.lend(purpose="test") as one, windows.lend(purpose="test") as two:
        assert one is not two
    with (
        windows.lend(purpose="other") as other,
        windows.lend(purpose="test", begin="0") as begun,
        windows.lend(purpose="test", has_touch=True) as touched,
        windows.lend(purpose="test", alone=True) as alone,
    ):
        assert not {other, begun, touched, alone} & {one, two}
    assert alone.is_closed()


def test_a_page_that_hangs_or_has_gone_is_not_lent_again(windows: Windows, address: str) -> None:
    with windows.lend(purpose="lost") as gone:
        gone.close()
    with windows.lend(purpose="lost") as page:
        assert page is not gone
    with windows.lend(purpose="lost") as again:
        assert again is page
    with suppress(ZeroDivisionError), windows.lend(purpose="lost") as failed:
        assert failed is page
        raise ZeroDivisionError
    with windows.lend(purpose="lost") as fresh:
        assert fresh is not failed
