"""Every explorer of the built book: each control, moved by keyboard, changes drawing and text; none is too large.

What an explorer does in detail is tested in tests/widgets, on small pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Site, Visit
from playwright.sync_api import Locator, Page

from tools.serve import HTML


def pages_with_explorers() -> list[str]:
    found = [path for path in HTML.rglob("*.html") if 'class="nnlib-explorer"' in path.read_text(encoding="utf-8")]
    return sorted(str(path.relative_to(HTML)) for path in found)


def shown(explorer: Locator) -> tuple[str, str]:
    drawing: str = explorer.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    return drawing, explorer.locator("output").inner_text()


def reset(explorer: Locator) -> None:
    explorer.get_by_role("button", name="Reset").click()


def test_the_book_has_explorers(site: Site) -> None:
    assert pages_with_explorers()


def check_slider(page: Page, explorer: Locator, slide: Locator) -> None:
    last, home = slide.get_attribute("max"), slide.input_value()
    aside = "ArrowLeft" if home == last else "ArrowRight"
    moves = [("Home", "0"), ("End", last), ("Reset", home), (aside, None)]
    slide.focus()
    now, at = shown(explorer), home
    for move, goal in moves:
        if move == "Reset":
            reset(explorer)
            slide.focus()
        else:
            page.keyboard.press(move)
        before, now = now, shown(explorer)
        moved, at = at != slide.input_value(), slide.input_value()
        assert goal in (None, at)
        for old, new in zip(before, now, strict=True):
            assert (old != new) == moved, f"{move} of {slide.get_attribute('id')}"
    reset(explorer)


def check_buttons(page: Page, explorer: Locator, group: Locator) -> None:
    count = group.get_by_role("radio").count()
    home, now = shown(explorer), shown(explorer)
    group.locator("input:checked").focus()
    for _ in range(count):  # once around
        page.keyboard.press("ArrowRight")
        before, now = now, shown(explorer)
        assert before[0] != now[0] and before[1] != now[1], group.get_attribute("id")
    assert now == home
    page.keyboard.press("ArrowRight")
    reset(explorer)
    assert shown(explorer) == home


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("path", pages_with_explorers())
def test_each_control_of_the_book_changes_drawing_and_text(visit: Callable[..., Visit], path: str, scheme: str) -> None:
    page = visit(path, scheme).page
    for explorer in page.locator(".nnlib-explorer").all():
        assert explorer.get_attribute("data-engine") == "stored"
        sliders, groups = explorer.locator("input[type=range]"), explorer.locator("fieldset:has(input[type=radio])")
        assert sliders.count() + groups.count() > 0
        for slide in sliders.all():
            check_slider(page, explorer, slide)
        for group in groups.all():
            check_buttons(page, explorer, group)


@pytest.mark.parametrize("path", pages_with_explorers())
def test_an_explorer_of_the_book_adds_at_most_200_kb(path: str) -> None:
    markup = (HTML / path).read_text(encoding="utf-8")
    elements = re.findall(r'<div class="nnlib-explorer".*?</script>\s*</div>', markup, re.DOTALL)
    assert len(elements) == markup.count('<div class="nnlib-explorer"')
    assert all(5_000 < len(element.encode()) <= 200_000 for element in elements)
