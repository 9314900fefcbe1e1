"""The step-through figure of chapter 2: every step reachable by keyboard, every number nnlib's, on any screen."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Visit
from playwright.sync_api import Locator

import nnlib

PAGE = "book/02-backpropagation.html"
LAST = 12
both_schemes = pytest.mark.parametrize("scheme", ["http", "file"])
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


def figure(seen: Visit) -> Locator:
    root = seen.page.locator("#mazur-stepper")
    root.scroll_into_view_if_needed()
    return root


def shown(root: Locator) -> str:
    """The text of the one step that is to be seen."""
    visible = [item for item in root.locator("li").all() if item.is_visible()]
    assert len(visible) == 1
    return visible[0].inner_text()


def results() -> list[list[float]]:
    """What each step computes, by nnlib, from Mazur's weights."""
    net = nnlib.Network(
        nnlib.Dense(2, 2), nnlib.Sigmoid(), nnlib.Dense(2, 2), nnlib.Sigmoid(), loss=nnlib.SquaredError()
    )
    first, bend, second, out = net.layers
    net.theta[...] = [0.15, 0.25, 0.20, 0.30, 0.35, 0.35, 0.40, 0.50, 0.45, 0.55, 0.60, 0.60]
    arrays = [np.array([[0.05, 0.10]])]
    for layer in net.layers:
        arrays.append(layer.forward(arrays[-1]))
    loss, g = net.loss.value_and_grad(arrays[-1], np.array([[0.01, 0.99]]))
    arrays += [np.array(loss), g]
    arrays.append(out.backward(g))
    g = second.backward(arrays[-1])
    arrays += [second.dW, g, bend.backward(g)]
    first.backward(arrays[-1])
    arrays.append(first.dW)
    arrays.append(np.concatenate([(layer.W - 0.5 * layer.dW).ravel() for layer in (first, second)]))
    return [[float(value) for value in array.ravel()] for array in arrays[1:]]


@both_schemes
def test_the_keyboard_walks_forward_and_back(visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit(PAGE, scheme)
    root = figure(seen)
    on, back = root.locator("button.next"), root.locator("button.previous")
    told = root.get_by_role("status")
    assert back.is_disabled() and on.is_enabled()
    texts, heard = [shown(root)], [told.text_content()]
    on.focus()
    for step in range(1, LAST + 1):
        seen.page.keyboard.press("Enter")
        texts.append(shown(root))
        heard.append(told.text_content())
        assert root.locator(".place").inner_text() == f"step {step} of {LAST}"
        assert (heard[-1] or "").startswith(f"Step {step} of {LAST}, ")
    assert len(set(texts)) == len(set(heard)) == LAST + 1
    assert on.is_disabled()
    for step in range(LAST - 1, -1, -1):  # at the end the focus has gone over to the other button
        seen.page.keyboard.press("Space")
        assert shown(root) == texts[step]
    assert back.is_disabled() and on.evaluate("button => button === document.activeElement")


def test_each_step_shows_formula_shapes_and_the_numbers_of_nnlib(visit: Callable[..., Visit]) -> None:
    root = figure(visit(PAGE))
    wanted = results()
    for step in range(1, LAST + 1):
        root.locator("button.next").click()
        item = root.locator("li.on")
        assert item.locator(".formula").inner_text()
        assert re.search(r"\d × \d|a number", item.locator(".shapes").inner_text())
        got = [text.replace("−", "-") for text in item.locator(".values b").all_inner_texts()]
        assert got == [f"{value:.10f}" for value in wanted[step - 1]]
    assert "0.2910277737" in item.locator(".local").inner_text()


def test_the_drawing_fills_as_the_steps_go_and_empties_again(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGE)
    root = figure(seen)

    def drawn() -> int:
        return sum(text.is_visible() for text in root.locator("svg text").all())

    counts = [drawn()]
    slider = root.get_by_role("slider")
    slider.focus()
    for _ in range(LAST):
        seen.page.keyboard.press("ArrowRight")
        counts.append(drawn())
        assert root.locator("svg .on").count() > 0
    assert counts[:-1] == sorted(set(counts[:-1]))  # each step but the update adds numbers; the update replaces
    assert counts[-1] == counts[-2]
    assert "Step 12" in (slider.get_attribute("aria-valuetext") or "")
    seen.page.keyboard.press("Home")
    assert drawn() == counts[0]


@both_themes
@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_and_serves_everyone(visit: Callable[..., Visit], theme: str, width: int) -> None:
    seen = visit(PAGE, theme=theme, width=width, has_touch=True)
    root = figure(seen)
    for step in range(0, LAST + 1, 4):
        root.get_by_role("slider").fill(str(step))
        box = root.evaluate("e => [e.scrollWidth, e.clientWidth, e.getBoundingClientRect().right]")
        assert box[0] <= box[1] and box[2] <= width
        outside = root.evaluate(
            "e => [...e.querySelectorAll('svg text, li.on p, button')]"
            ".filter(p => p.getBoundingClientRect().right > innerWidth).length"
        )
        assert outside == 0
    found = Axe().run(seen.page, context="#mazur-stepper", options={"resultTypes": ["violations"], "preload": False})
    assert [v["id"] for v in found.response["violations"]] == []


def test_without_scripts_it_is_a_drawing_and_a_list(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGE)
    plain = seen.page.context.browser.new_context(java_script_enabled=False)
    try:
        page = plain.new_page()
        page.goto(seen.site.url(PAGE, "file"))
        root = page.locator("#mazur-stepper")
        assert root.locator("li").count() == LAST + 1
        assert all(item.is_visible() for item in root.locator("li").all())
        assert not root.locator("button.next").is_visible()  # no control that does nothing
    finally:
        plain.close()
