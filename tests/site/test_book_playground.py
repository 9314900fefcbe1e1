"""The playground of the built book: nothing is loaded before a press; then nnlib's numbers. Its pace is a budget's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from browsing import Visit
from playwright.sync_api import Page, expect
from settled import settled

PAGE = "book/playground.html"
DATA = "document.querySelector('.nnlib-playground').dataset"


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {{ const data = {DATA}; return {condition}; }}")


@pytest.fixture
def opened(visit: Callable[..., Visit]) -> Callable[[str], Visit]:
    def open_(settings: str) -> Visit:
        seen = visit(f"{PAGE}#playground?{settings}")
        if seen.page.locator("meta[name='nnlib-live']").count() == 0:
            pytest.skip("the book was built without Python for the browser")
        return seen

    return open_


def test_python_is_loaded_by_the_press_and_finds_the_programs_numbers(opened: Callable[[str], Visit]) -> None:
    seen = opened("layers=25-25&data=spirals&noise=0.1&seed=3&batchnorm=0&pace=step")
    page = seen.page
    assert not [url for url in seen.requests if "_static/live/" in url]
    start = page.get_by_role("button", name="Start (loads ")
    size = float(re.findall(r"[\d.]+", start.inner_text())[0])
    assert 5 < size < 11
    start.click()
    wait(page, "data.engine === 'live' && data.steps >= 1")
    wait(page, "data.frames >= 15")
    assert seen.barriers(within=".nnlib-playground") == []  # while it trains
    page.get_by_role("button", name="Pause").click()
    settled(page)
    for _ in range(2):
        epoch = int(page.evaluate(f"{DATA}.epoch"))
        page.get_by_role("button", name="One epoch").click()
        wait(page, f"data.epoch === '{epoch + 1}'")
    page.locator(".pl-code summary").click()
    page.wait_for_function(
        f"() => document.querySelector('.pl-code code').textContent.includes(`epochs=${{{DATA}.epoch}},`)"
    )
    epoch, loss, val_loss = (float(page.evaluate(f"{DATA}.{name}")) for name in ("epoch", "loss", "valLoss"))
    names: dict[str, Any] = {}
    exec(page.locator(".pl-code code").inner_text(), names)
    history = names["history"]
    assert len(history.loss) == epoch >= 2
    assert (loss, val_loss) == pytest.approx((history.loss[-1], history.val_loss[-1]), abs=1e-6)
    # Another state, by a link of the page: set, begun anew, not run.
    page.locator("a", has_text="with four units").click()
    wait(page, "data.steps === '0'")
    assert page.locator("#playground-data").input_value() == "xor"
    page.get_by_role("button", name="One step").click()
    wait(page, "data.steps === '1'")
    # The digits, which come as a file.
    page.get_by_role("combobox", name="data").select_option("digits")
    wait(page, "data.steps === '0'")
    page.get_by_role("button", name="One epoch").click()
    wait(page, "data.epoch === '1'")
    assert page.locator(".pl-units").last.locator("button").count() == 10


def test_from_the_disk_it_says_what_to_do(visit: Callable[..., Visit]) -> None:
    page = visit(PAGE, "file").page
    assert page.get_by_role("button", name="Start").count() == 0
    said = page.locator(".pl-blocked").inner_text()
    assert "make serve" in said or "built without Python" in said
    page.get_by_role("combobox", name="data").select_option("xor")
    page.locator(".pl-code summary").click()
    expect(page.locator(".pl-code code")).to_contain_text("def xor(rng")  # it is written after the fold has opened
