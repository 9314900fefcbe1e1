"""The drawing pad of chapter 11: it computes what nnlib does, by mouse, touch and keyboard, on any screen."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Visit
from playwright.sync_api import Locator

import nnlib

PAGE = "book/11-digits.html"
both_schemes = pytest.mark.parametrize("scheme", ["http", "file"])
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


@pytest.fixture(scope="module")
def network() -> nnlib.Network:
    """The chapter's network, with the weights that its experiment stored."""
    from book.experiments import digits_article, digits_well

    stored = np.load(digits_well.RESULTS)
    net = digits_article.article_network(0)
    digits_article.restore(net, stored["theta"], stored["statistics"])
    return net


def pad(seen: Visit) -> Locator:
    root = seen.page.locator("#digit-pad")
    root.scroll_into_view_if_needed()
    return root


def state(root: Locator) -> tuple[np.ndarray, np.ndarray]:
    """The 64 levels of ink, and the ten probabilities that the page computed."""
    ink, p = (np.array((root.get_attribute(f"data-{name}") or "").split(), float) for name in ("ink", "p"))
    return ink, p


def agrees(root: Locator, net: nnlib.Network) -> None:
    ink, p = state(root)
    assert abs(p - net.predict_proba(ink[None] / 16)[0]).max() < 1e-5
    shown = [float(text.split()[0]) for text in root.locator(".bars span").all_inner_texts()]
    assert np.allclose(shown, 100 * p, atol=0.051)


def centre(root: Locator, row: float, column: float) -> tuple[float, float]:
    box = root.locator(".board").bounding_box()
    assert box is not None
    return box["x"] + (column + 0.5) * box["width"] / 8, box["y"] + (row + 0.5) * box["height"] / 8


@both_schemes
def test_it_answers_as_nnlib_does(visit: Callable[..., Visit], scheme: str, network: nnlib.Network) -> None:
    root = pad(visit(PAGE, scheme))
    agrees(root, network)
    buttons = root.locator("[data-load]").all()
    assert len(buttons) >= 10
    for digit, button in enumerate(buttons):
        button.click()
        agrees(root, network)
        ink, p = state(root)
        assert ink.any() and np.all((ink >= 0) & (ink <= 16))
        if digit < 10:  # one of each that it gets right
            assert p.argmax() == digit == int(button.inner_text())
            said = root.get_by_role("status").inner_text()
            assert said.startswith(f"The network says {digit}, with probability ")
    assert root.locator(".near p").inner_text().startswith("The most similar of the 1077 training images is a")


def test_the_mouse_draws_and_erases(visit: Callable[..., Visit], network: nnlib.Network) -> None:
    seen = visit(PAGE)
    root, mouse = pad(seen), seen.page.mouse
    root.get_by_role("button", name="Clear").click()
    assert not state(root)[0].any()
    said = root.get_by_role("status")
    assert said.inner_text().startswith("The pad is blank.")
    mouse.move(*centre(root, 0.5, 3.5))
    mouse.down()
    mouse.move(*centre(root, 6.5, 3.5), steps=5)
    mouse.up()
    ink, p = state(root)
    agrees(root, network)
    drawn = ink.reshape(8, 8)
    assert drawn[1:7, 3:5].min() > 8 and not drawn[:, [0, 1, 6, 7]].any()
    assert p.argmax() == 1 and said.inner_text().startswith("The network says 1")
    root.get_by_role("button", name="Erase").click()
    mouse.move(*centre(root, 0, 3.5))
    mouse.down()
    mouse.move(*centre(root, 7, 3.5), steps=8)
    mouse.up()
    assert state(root)[0].sum() < 0.2 * ink.sum()


def test_a_finger_draws_and_the_page_stays(visit: Callable[..., Visit], network: nnlib.Network) -> None:
    seen = visit(PAGE, width=390, has_touch=True)
    root = pad(seen)
    root.get_by_role("button", name="Clear").tap()
    before = seen.page.evaluate("scrollY")
    seen.page.touchscreen.tap(*centre(root, 3, 4))
    assert state(root)[0].reshape(8, 8)[3, 4] == 16
    assert root.locator(".board").evaluate("board => getComputedStyle(board).touchAction") == "none"
    assert seen.page.evaluate("scrollY") == before
    agrees(root, network)


def test_the_keyboard_draws(visit: Callable[..., Visit], network: nnlib.Network) -> None:
    seen = visit(PAGE)
    root, keys = pad(seen), seen.page.keyboard
    clear = root.get_by_role("button", name="Clear")
    clear.focus()
    keys.press("Enter")
    board = root.get_by_role("grid")
    board.focus()
    for _ in range(8):
        keys.press("ArrowUp")
        keys.press("ArrowLeft")
    heard = set()
    for row in range(8):
        for column in range(4):
            if column == 3:
                keys.press("Space" if row % 2 else "Enter")
                heard.add(root.get_by_role("status").inner_text())
            keys.press("ArrowRight")
        for _ in range(4):
            keys.press("ArrowLeft")
        active = board.get_attribute("aria-activedescendant")
        assert active == f"digit-pad-{row}-0"
        keys.press("ArrowDown")
    drawn = state(root)[0].reshape(8, 8)
    assert np.all(drawn[:, 3] == 16) and np.all((drawn[:, 2] > 0) & (drawn[:, 2] < 16))
    assert len(heard) > 1
    agrees(root, network)
    for _ in range(3):
        keys.press("ArrowRight")
    keys.press("Backspace")
    assert state(root)[0].reshape(8, 8)[7, 3] == 0
    label = root.locator("#digit-pad-7-3").get_attribute("aria-label") or ""
    assert label == "row 8, column 4: ink 0"


def test_a_drawing_moves_and_can_be_strange(visit: Callable[..., Visit], network: nnlib.Network) -> None:
    root = pad(visit(PAGE))
    root.locator("[data-load]").nth(3).click()
    before = state(root)[0].reshape(8, 8)
    root.get_by_role("button", name="move the drawing right").click()
    after = state(root)[0].reshape(8, 8)
    assert np.array_equal(after[:, 1:], before[:, :-1]) and not after[:, 0].any()
    root.get_by_role("button", name="move the drawing up").click()
    assert np.array_equal(state(root)[0].reshape(8, 8)[:-1], after[1:])
    agrees(root, network)
    for _ in range(4):
        root.get_by_role("button", name="move the drawing right").click()
    assert "unlike anything it was trained on" in root.get_by_role("status").inner_text()


@both_themes
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_it_fits_and_serves_everyone(visit: Callable[..., Visit], theme: str, width: int) -> None:
    seen = visit(PAGE, theme=theme, width=width)
    root = pad(seen)
    box = root.evaluate("e => [e.scrollWidth, e.clientWidth, e.getBoundingClientRect().right]")
    assert box[0] <= box[1] and box[2] <= width
    board = root.locator(".board").bounding_box()
    assert board is not None and abs(board["width"] - board["height"]) < 2 and board["width"] >= 220
    found = Axe().run(seen.page, context="#digit-pad", options={"resultTypes": ["violations"], "preload": False})
    assert [v["id"] for v in found.response["violations"]] == []


def test_the_ink_follows_the_theme(visit: Callable[..., Visit]) -> None:
    def grey(theme: str) -> list[int]:
        root = pad(visit(PAGE, theme=theme))
        colours = root.evaluate(
            "e => [getComputedStyle(e.querySelector('[role=gridcell]')).backgroundColor,"
            " getComputedStyle(e.querySelector('[role=gridcell]'), '::after').backgroundColor]"
        )
        return [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours]

    paper, ink = grey("light")
    assert paper > ink + 400
    paper, ink = grey("dark")
    assert ink > paper + 400


def test_without_scripts_it_is_a_picture_with_its_answer(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGE)
    plain = seen.page.context.browser.new_context(java_script_enabled=False)
    try:
        page = plain.new_page()
        page.goto(seen.site.url(PAGE, "file"))
        root = page.locator("#digit-pad")
        assert root.locator("[role=gridcell]").count() == 64 and root.locator(".bars li").count() == 10
        assert root.get_by_role("status").inner_text().startswith("The network says 0, with probability ")
        assert not root.get_by_role("button", name="Clear").is_visible()  # no control that does nothing
    finally:
        plain.close()
