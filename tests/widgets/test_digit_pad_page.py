"""The digit pad in a browser: it computes what nnlib does, by mouse, touch and keyboard, on any screen."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page
from small_pages import HOSTS, Opener, violations
from widgets.examples.digit_pad import network, trained

both_schemes = pytest.mark.parametrize("scheme", ["http", "file"])
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


def pad(page: Page) -> Locator:
    return page.locator("#digit-pad")


def state(root: Locator) -> tuple[np.ndarray, np.ndarray]:
    """The 64 levels of ink, and the ten probabilities that the page computed."""
    ink, p = (np.array((root.get_attribute(f"data-{name}") or "").split(), float) for name in ("ink", "p"))
    return ink, p


def agrees(root: Locator) -> None:
    ink, p = state(root)
    assert abs(p - network().predict_proba(ink[None] / 16)[0]).max() < 1e-5
    shown = [float(text.split()[0]) for text in root.locator(".bars span").all_inner_texts()]
    assert np.allclose(shown, 100 * p, atol=0.051)


def centre(root: Locator, row: float, column: float) -> tuple[float, float]:
    box = root.locator(".board").bounding_box()
    assert box is not None
    return box["x"] + (column + 0.5) * box["width"] / 8, box["y"] + (row + 0.5) * box["height"] / 8


@both_schemes
def test_it_answers_as_nnlib_does(open_again: Opener, scheme: str) -> None:
    root = pad(open_again(trained(), scheme=scheme))
    agrees(root)
    buttons = root.locator("[data-load]").all()
    assert len(buttons) == 11
    for digit, button in enumerate(buttons):
        button.click()
        agrees(root)
        ink, p = state(root)
        assert ink.any() and np.all((ink >= 0) & (ink <= 16))
        if digit < 10:  # one of each that it gets right
            assert p.argmax() == digit == int(button.inner_text())
            said = root.get_by_role("status").inner_text()
            assert said.startswith(f"The network says {digit}, with probability ")
        else:
            assert p.argmax() != int(button.inner_text().removesuffix(" (misread)"))
            assert (button.get_attribute("aria-label") or "").endswith(" that the network gets wrong")
    buttons[0].click()
    assert root.locator(".near p").inner_text().startswith("The most similar of the 1000 training images is a 0.")


def test_the_mouse_draws_and_erases(open_again: Opener) -> None:
    page = open_again(trained())
    root, mouse = pad(page), page.mouse
    root.get_by_role("button", name="Clear").click()
    assert not state(root)[0].any()
    said = root.get_by_role("status")
    assert said.inner_text().startswith("The pad is blank.")
    mouse.move(*centre(root, 0.5, 3.5))
    mouse.down()
    mouse.move(*centre(root, 6.5, 3.5), steps=5)
    mouse.up()
    ink, p = state(root)
    agrees(root)
    drawn = ink.reshape(8, 8)
    assert drawn[1:7, 3:5].min() > 8 and not drawn[:, [0, 1, 6, 7]].any()
    assert p.argmax() == 1 and said.inner_text().startswith("The network says 1")
    root.get_by_role("button", name="Erase").click()
    mouse.move(*centre(root, 0, 3.5))
    mouse.down()
    mouse.move(*centre(root, 7, 3.5), steps=8)
    mouse.up()
    assert state(root)[0].sum() < 0.2 * ink.sum()


def test_a_finger_draws_and_the_page_stays(open_again: Opener) -> None:
    page = open_again(trained(), width=390, has_touch=True)
    root = pad(page)
    root.get_by_role("button", name="Clear").tap()
    before = page.evaluate("scrollY")
    page.touchscreen.tap(*centre(root, 3, 4))
    assert state(root)[0].reshape(8, 8)[3, 4] == 16
    assert root.locator(".board").evaluate("board => getComputedStyle(board).touchAction") == "none"
    assert page.evaluate("scrollY") == before
    agrees(root)


def test_the_keyboard_draws(open_again: Opener) -> None:
    page = open_again(trained())
    root, keys = pad(page), page.keyboard
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
    agrees(root)
    for _ in range(3):
        keys.press("ArrowRight")
    keys.press("Backspace")
    assert state(root)[0].reshape(8, 8)[7, 3] == 0
    label = root.locator("#digit-pad-7-3").get_attribute("aria-label") or ""
    assert label == "row 8, column 4: ink 0"


def test_a_drawing_moves_and_can_be_strange(open_again: Opener) -> None:
    root = pad(open_again(trained()))
    root.locator("[data-load]").nth(3).click()
    before = state(root)[0].reshape(8, 8)
    root.get_by_role("button", name="move the drawing right").click()
    after = state(root)[0].reshape(8, 8)
    assert np.array_equal(after[:, 1:], before[:, :-1]) and not after[:, 0].any()
    root.get_by_role("button", name="move the drawing up").click()
    assert np.array_equal(state(root)[0].reshape(8, 8)[:-1], after[1:])
    agrees(root)
    for _ in range(4):
        root.get_by_role("button", name="move the drawing right").click()
    assert "unlike anything it was trained on" in root.get_by_role("status").inner_text()


def stroke(page: Page, *places: tuple[float, float]) -> None:
    page.mouse.move(*centre(pad(page), *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*centre(pad(page), *place))  # at once: the line between is the script's
    page.mouse.up()


def test_a_first_stroke_starts_afresh(open_again: Opener) -> None:
    page = open_again(trained())
    found = state(pad(page))[0].reshape(8, 8)
    assert found[:, 5:].any()  # a 0 stands there
    stroke(page, (1, 1), (6, 1))
    first = state(pad(page))[0].reshape(8, 8)
    assert first[1:7, 1].min() > 8 and not first[:, 3:].any()
    stroke(page, (1, 6), (6, 6))
    second = state(pad(page))[0].reshape(8, 8)
    assert np.array_equal(second[:, :4], first[:, :4]) and second[1:7, 6].min() > 8  # the next one adds
    agrees(pad(page))


def test_by_keyboard_too(open_again: Opener) -> None:
    page = open_again(trained())
    page.get_by_role("grid").focus()
    page.keyboard.press("Space")
    assert state(pad(page))[0].reshape(8, 8)[3, 3] == 16
    assert state(pad(page))[0].sum() < 16 * 5
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert state(pad(page))[0].reshape(8, 8)[3, 3:5].tolist() == [16, 16]


@pytest.mark.parametrize("touched", ["load", "move", "wipe", "erase"])
def test_an_image_that_was_chosen_is_drawn_upon(open_again: Opener, touched: str) -> None:
    page = open_again(trained())
    root = pad(page)
    if touched == "load":
        root.locator("[data-load]").nth(3).click()
    elif touched == "move":
        root.get_by_role("button", name="move the drawing left").click()
    elif touched == "wipe":
        root.get_by_role("grid").focus()
        page.keyboard.press("Backspace")
    else:
        root.get_by_role("button", name="Erase").click()
    before = state(root)[0]
    stroke(page, (4, 7), (5, 7))
    after = state(root)[0]
    assert np.all(after <= before) if touched == "erase" else np.all(after >= before)
    assert before.any() and after.any()


def test_a_pointer_that_is_lost_ends_its_stroke(open_again: Opener) -> None:
    page = open_again(trained())
    page.mouse.move(*centre(pad(page), 2, 2))
    page.mouse.down()
    page.evaluate("document.querySelector('.board').dispatchEvent(new PointerEvent('pointercancel'))")
    before = state(pad(page))[0]
    page.mouse.move(*centre(pad(page), 6, 6))
    page.mouse.up()
    assert np.array_equal(state(pad(page))[0], before)


def test_other_buttons_do_not_draw(open_again: Opener) -> None:
    page = open_again(trained())
    before = state(pad(page))[0]
    page.mouse.move(*centre(pad(page), 1, 0))
    page.mouse.down(button="middle")
    page.mouse.move(*centre(pad(page), 6, 0))
    page.mouse.up(button="middle")
    assert np.array_equal(state(pad(page))[0], before)


def test_what_is_shown_is_what_is_kept(open_again: Opener) -> None:
    """Cells, bars and the small picture follow the levels and the probabilities."""
    page = open_again(trained())
    root = pad(page)
    root.locator("[data-load]").nth(8).click()
    ink, p = state(root)
    shades = root.locator("[role=gridcell]").evaluate_all(
        "all => all.map(e => +getComputedStyle(e, '::after').opacity)"
    )
    assert np.allclose(shades, ink / 16, atol=1e-3)
    widths = root.locator(".bars i").evaluate_all("all => all.map(e => parseFloat(getComputedStyle(e).backgroundSize))")
    assert np.allclose(widths, 100 * p, atol=0.1)
    assert root.locator(".bars li.top b").all_inner_texts() == ["8"]
    assert root.locator(".bars li.top b").evaluate("e => getComputedStyle(e).fontWeight") == "700"
    label = "the most similar training image, an 8"
    assert root.get_by_role("img").get_attribute("aria-label") == label
    read = "e => [...e.getContext('2d').getImageData(0, 0, 8, 8).data].filter((_, n) => n % 4 === 0)"
    reds = root.locator("canvas").evaluate(read)
    images = trained().spec["training"]
    known = np.array([ord(letter) - 65 for letter in images["pixels"]]).reshape(-1, 64)
    nearest = known[np.argmin(((known - ink) ** 2).sum(axis=1))]
    assert np.allclose(reds, 255 + (36 - 255) * nearest / 16, atol=2)  # from paper to ink
    root.get_by_role("button", name="Clear").click()
    assert not root.locator(".near").is_visible() and root.locator(".bars li.top").count() == 0


@both_themes
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_it_fits_and_serves_everyone(open_again: Opener, theme: str, width: int) -> None:
    page = open_again(trained(), theme=theme, width=width)
    root = pad(page)
    box = root.evaluate("e => [e.scrollWidth, e.clientWidth, e.getBoundingClientRect().right]")
    assert box[0] <= box[1] and box[2] <= width
    board = root.locator(".board").bounding_box()
    assert board is not None and abs(board["width"] - board["height"]) < 2 and board["width"] >= 220
    assert violations(page, "#digit-pad") == []


def greys(root: Locator) -> list[int]:
    """The sum of red, green and blue of the paper and of the ink."""
    colors = root.evaluate(
        "e => [getComputedStyle(e.querySelector('[role=gridcell]')).backgroundColor,"
        " getComputedStyle(e.querySelector('[role=gridcell]'), '::after').backgroundColor]"
    )
    return [sum(map(int, re.findall(r"\d+", color)[:3])) for color in colors]


@both_themes
@pytest.mark.parametrize("host", HOSTS)
def test_it_can_be_read_in_every_front_end(open_again: Opener, host: str, theme: str) -> None:
    # The system says the opposite: the front end is what counts.
    system: Any = "dark" if theme == "light" else "light"
    page = open_again(trained(), host=host, theme=theme, kernel=host != "page", color_scheme=system)
    paper, ink = greys(pad(page))
    assert paper > ink + 400 if theme == "light" else ink > paper + 400
    assert violations(page, "#digit-pad", only=["color-contrast"]) == []


def test_the_small_picture_follows_the_theme(open_again: Opener) -> None:
    page = open_again(trained())
    corner = "document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1).data[0]"
    assert page.evaluate(corner) == 255
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{corner} < 100")


def test_in_a_notebook_the_same_script_draws_it(open_again: Opener) -> None:
    page = open_again(trained(), trained(), host="lab", kernel=True)
    assert page.locator(".nnlib-pad").evaluate_all("all => all.map(e => e.id)") == ["digit-pad", "digit-pad-2"]
    ids = page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
    assert len(ids) == len(set(ids)) == 2 * (1 + 1 + 64)
    # rendered before it was shown, when no color was known: drawn once it is
    page.wait_for_function("document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1).data[3] === 255")
    page.evaluate("addEventListener('keydown', () => { window.heard = true; })")
    root = page.locator("#digit-pad-2")
    root.get_by_role("grid").focus()
    for key in ("ArrowDown", "Space", "Enter", "Backspace"):
        page.keyboard.press(key)
    assert page.evaluate("window.heard") is None  # no key reaches the notebook's own shortcuts
    page.keyboard.press("Escape")
    assert page.evaluate("window.heard") is True
    agrees(root)
    assert state(root)[0].sum() != state(pad(page))[0].sum()
    assert root.get_by_role("grid").get_attribute("aria-activedescendant") == "digit-pad-2-4-3"
    page.evaluate("remove()")


def test_shortcuts_of_the_browser_pass(open_again: Opener) -> None:
    page = open_again(trained())
    before = state(pad(page))[0]
    page.get_by_role("grid").focus()
    for key in ("Control+Enter", "Alt+Backspace", "a", "Tab"):
        page.keyboard.press(key)
    assert np.array_equal(state(pad(page))[0], before)
    assert page.evaluate("document.activeElement.textContent") == "Clear"  # Tab leaves the board: no trap


def test_without_scripts_it_is_a_picture_with_its_answer(open_again: Opener) -> None:
    page = open_again(trained(), java_script_enabled=False, width=390)
    root = pad(page)
    picture = root.locator("img")
    alt = picture.get_attribute("alt") or ""
    assert picture.is_visible() and "test image 0" in alt and "The network says 0, with probability" in alt
    box = picture.bounding_box()
    assert box and 300 < box["width"] <= 390 and box["height"] > 100
    assert root.locator("li").first.inner_text().startswith("The network says 0, with probability ")
    assert root.locator("button, [role=grid]").count() == 0  # no control that does nothing


def test_on_paper_there_are_no_buttons(open_again: Opener) -> None:
    page = open_again(trained(), theme="dark")
    page.emulate_media(media="print")
    root = pad(page)
    assert not root.get_by_role("button", name="Clear").is_visible()
    paper, ink = greys(root)
    assert paper > ink + 400
    exact = "e => getComputedStyle(e).printColorAdjust"
    assert root.locator(".board").evaluate(exact) == root.locator(".bars i").first.evaluate(exact) == "exact"
