"""Guesses in the built book: locked in, told, counted under "Your progress", cleared; and what is printed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from browsing import Site, Visit
from playwright.sync_api import expect

CHAPTER = "book/01-forward-pass.html"
TITLE = re.compile(r'<p class="admonition-title">(Predict|Answer)</p>')
GUESS = re.compile(r'<div class="nnlib-guess" id="([^"]*)".*?<script type="application/json">(.*?)</script>', re.DOTALL)


def test_each_chapter_has_a_guess_and_something_that_answers_it(site: Site) -> None:
    chapters = sorted((site.root / "book").glob("[01]*.html"))
    assert len(chapters) == 12
    for chapter in chapters:
        html = chapter.read_text("utf-8")
        found = GUESS.findall(html)
        assert found, chapter.name
        for id, text in found:
            spec = json.loads(text)
            assert spec["id"] == f"{chapter.stem}/{id.removeprefix('guess-')}"
            next_box = TITLE.search(html, html.index(f'id="{id}"'))
            assert next_box is not None and next_box[1] == "Answer"


AGAIN = """kept => {
    for (const [kind, values] of Object.entries(kept)) {
        for (const [id, value] of Object.entries(values)) nnlibWidgets.progress.set(kind, id, value);
    }
}"""


@pytest.mark.parametrize("scheme", ["http", pytest.param("file", marks=pytest.mark.long)])
def test_a_guess_is_told_counted_and_cleared(visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit(CHAPTER, scheme, width=390)
    page = seen.page
    other = page.locator("#guess-fp-fourth")
    other.get_by_role("slider").press("Home")
    other.get_by_role("button", name="Lock in").click()
    answer = page.locator(".admonition.dropdown", has_text="from 32 to 64 hinges")
    answer.locator(".toggle-button").click()
    expect(answer.locator(".nnlib-guess-told")).to_contain_text("It is 4.0; yours is too low by a factor of 4.")
    box = page.locator("#guess-fp-lamp")
    box.get_by_role("radio", name="4").check()
    box.get_by_role("button", name="Lock in").click()
    assert seen.barriers(within="#guess-fp-lamp, #guess-fp-fourth") == []  # the one is locked in, the other told
    assert page.locator(".admonition.dropdown p:empty").count() == 0
    # what a reader sees on paper is the question
    page.emulate_media(media="print")
    assert page.locator(".nnlib-guess:visible").count() == 0
    page.emulate_media(media="screen")
    lamp = page.locator(".nnlib-explorer").filter(has=page.locator("[aria-label^='w₁']"))
    lamp.get_by_role("slider").first.press("ArrowRight")
    expect(box.locator(".told")).to_have_text("Your guess, cases that one neuron gets right: 4. It is 3.")
    kept = page.evaluate("nnlibWidgets.progress.all()")
    if scheme == "http":
        page.reload()
        expect(box).to_have_attribute("data-state", "told", timeout=60_000)
    seen.goto("book/progress.html", scheme)
    if scheme == "file":  # under load, Chromium loads one by another process, which then has another storage
        page.evaluate(AGAIN, kept)
    row = page.locator(".nnlib-tally tbody tr").first
    assert row.locator("td").all_inner_texts() == ["2 of 4", "0", "0 of 2"]
    assert seen.barriers() == []
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Yes, clear").click()
    assert row.locator("td").all_inner_texts() == ["0 of 4", "0", "0 of 2"]
    row.get_by_role("link").click()
    page.wait_for_url("**/01-forward-pass.html")
    if scheme == "http":
        expect(page.locator("#guess-fp-lamp")).to_have_attribute("data-state", "open", timeout=60_000)
