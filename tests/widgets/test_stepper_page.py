"""The stepper in a browser: every step reachable by keyboard, every number nnlib's and whole, on any screen."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page
from small_pages import HOSTS, Opener, violations
from widgets.examples.stepper import NETWORKS, T, X, figure, mazur, mazur_network

LAST = 12
both_schemes = pytest.mark.parametrize("scheme", ["http", "file"])
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


def results() -> list[list[float]]:
    """What each step computes, by nnlib, from Mazur's weights."""
    net = mazur_network()
    first, bend, second, out = net.layers
    arrays = [X]
    for layer in net.layers:
        arrays.append(layer.forward(arrays[-1]))
    loss, g = net.loss.value_and_grad(arrays[-1], T)
    arrays += [np.array(loss), g]
    arrays.append(out.backward(g))
    g = second.backward(arrays[-1])
    arrays += [second.dW, g, bend.backward(g)]
    first.backward(arrays[-1])
    arrays.append(first.dW)
    arrays.append(np.concatenate([(layer.W - 0.5 * layer.dW).ravel() for layer in (first, second)]))
    return [[float(value) for value in array.ravel()] for array in arrays[1:]]


def root(page: Page) -> Locator:
    return page.locator("#mazur-stepper")


def seen(page: Page, what: str) -> list[str]:
    """The texts of these elements, of those that are to be seen."""
    visible = "e => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible'"
    return page.locator(what).evaluate_all(f"all => all.filter({visible}).map(e => e.innerText ?? e.textContent)")


def shown(page: Page) -> str:
    """The text of the one step that is to be seen."""
    (text,) = seen(page, "#mazur-stepper li")
    return text


@both_schemes
def test_the_keyboard_walks_forward_and_back(open_again: Opener, scheme: str) -> None:
    page = open_again(mazur(), scheme=scheme)
    on, back = root(page).locator("button.next"), root(page).locator("button.previous")
    told = root(page).get_by_role("status")
    assert back.is_disabled() and on.is_enabled()
    texts, heard = [shown(page)], [told.text_content()]
    on.focus()
    for step in range(1, LAST + 1):
        page.keyboard.press("Enter")
        texts.append(shown(page))
        heard.append(told.text_content())
        assert root(page).locator(".place").inner_text() == f"step {step} of {LAST}"
        assert (heard[-1] or "").startswith(f"Step {step} of {LAST}, ")
    assert len(set(texts)) == len(set(heard)) == LAST + 1
    assert on.is_disabled()
    for step in range(LAST - 1, -1, -1):  # at the end the focus has gone over to the other button
        page.keyboard.press("Space")
        assert shown(page) == texts[step]
    assert back.is_disabled() and on.evaluate("button => button === document.activeElement")


def test_each_step_shows_formula_shapes_and_the_numbers_of_nnlib(open_again: Opener) -> None:
    page = open_again(mazur())
    wanted = results()
    for step in range(1, LAST + 1):
        root(page).locator("button.next").click()
        item = root(page).locator("li.on")
        assert item.locator(".formula").inner_text()
        assert re.search(r"\d × \d|a number", item.locator(".shapes").inner_text())
        got = [text.replace("−", "-") for text in item.locator(".values b").all_inner_texts()]
        assert got == [f"{value:.10f}" for value in wanted[step - 1]]
        assert not re.search(r"[*_^{}]", item.inner_text())  # no mark is left
    assert "0.2910277737" in item.locator(".local").inner_text()


def test_symbols_are_set_as_symbols(open_again: Opener) -> None:
    page = open_again(mazur())
    root(page).get_by_role("slider").fill("8")
    item = root(page).locator("li.on")
    assert item.locator(".formula").evaluate("e => e.innerHTML") == (
        "∂<i>L</i>/∂<i>W</i><sup>(2)</sup> = <i>a</i><sup>(1)</sup><sup>⊤</sup> <i>δ</i><sup>(2)</sup>, "
        "∂<i>L</i>/∂<i>b</i><sup>(2)</sup> = <i>δ</i><sup>(2)</sup>"
    )
    line = item.locator(".values p").first.evaluate("e => e.innerHTML")
    assert line.startswith("∂<i>L</i>/∂<i>W</i><sub>11</sub><sup>(2)</sup> = 0.5932699921 · ")
    assert line.endswith(" = <b>0.0821670406</b>")
    label = page.locator("svg text").filter(has_text="W11 = 0.4").first
    tops = label.locator("tspan").evaluate_all("all => all.map(e => [e.textContent, e.getBoundingClientRect().bottom])")
    heights = dict(tops)
    assert heights["11"] > heights["W"] and abs(heights[" = 0.4"] - heights["W"]) < 0.5  # down, and up again


def test_the_drawing_fills_as_the_steps_go_and_empties_again(open_again: Opener) -> None:
    page = open_again(mazur())

    def drawn() -> int:
        return len(seen(page, "svg text"))

    counts = [drawn()]
    slider = root(page).get_by_role("slider", name="step", exact=True)
    slider.focus()
    for _ in range(LAST):
        page.keyboard.press("ArrowRight")
        counts.append(drawn())
        assert root(page).locator("svg .on").count() > 0
    assert counts[:-1] == sorted(set(counts[:-1]))  # each step but the update adds numbers; the update replaces
    assert counts[-1] == counts[-2]
    assert "Step 12" in (slider.get_attribute("aria-valuetext") or "")
    page.keyboard.press("Home")
    assert drawn() == counts[0]


def test_what_is_computed_now_is_marked(open_again: Opener) -> None:
    page = open_again(mazur())
    marked = {}
    for step in range(LAST + 1):
        root(page).get_by_role("slider").fill(str(step))
        marked[step] = page.locator("svg .now").all_text_contents()
        weights = page.locator("svg .now").evaluate_all("all => all.map(e => getComputedStyle(e).fontWeight)")
        assert set(weights) <= {"700"}
        color = page.locator("svg .on").first.evaluate("e => getComputedStyle(e).stroke")
        way = "backward" if 6 <= step <= 11 else "forward"
        assert color == {"forward": "rgb(0, 97, 160)", "backward": "rgb(163, 59, 0)"}[way]
    assert marked[0] == []  # nothing has been computed yet
    assert marked[1] == ["z 0.3775", "z 0.3925"] and marked[5] == ["L = 0.2984"]
    assert marked[8] == ["∂ = 0.08217", "∂ = −0.0226", "∂ = 0.08267", "∂ = −0.02274"]
    # what review 6 could not read: "W12=0.249", "W12=0.511"
    assert [text for text in marked[12] if "W12" in text] == ["W12 = 0.2498", "W12 = 0.5113"]


# Of each step: the texts that are to be seen, with their boxes, and how many have a later shape painted over them.
BOXES = """root => {
    const slider = root.querySelector("input");
    const look = (step) => {
        slider.value = step;
        slider.dispatchEvent(new Event("input"));
        return boxes();
    };
    const seen = (e) => getComputedStyle(e).visibility !== "hidden" && e.getClientRects().length > 0;
    const box = (e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
    const boxes = () => ({
        texts: [...root.querySelectorAll("svg text, p:not(.nnlib-spoken), button, .place")].filter(seen)
            .map((e) => [e.textContent, box(e)]),
        svg: box(root.querySelector("svg")),
        rects: [...root.querySelectorAll("svg rect.box")].map(box),
        over: [...root.querySelectorAll("svg text")].filter((text) => {
            for (let e = text.nextElementSibling; e; e = e.nextElementSibling) if (e.tagName !== "text") return true;
            return false;
        }).length,
        sizes: [...root.querySelectorAll("svg text")].filter(seen).map((e) => parseFloat(getComputedStyle(e).fontSize)),
    });
    return Array.from({ length: Number(slider.max) + 1 }, (_, step) => look(step));
}"""


def crossing(a: list[float], b: list[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def check_layout(page: Page) -> None:
    for step, found in enumerate(page.locator(".nnlib-stepper").evaluate(BOXES)):
        check_step(found, f"step {step}")


def check_step(found: dict[str, Any], where: str) -> None:
    for (one, a), (other, b) in itertools.combinations(found["texts"], 2):
        assert not crossing(a, b), f"{where}: {one!r} and {other!r} overlap"
    svg = found["svg"]
    for text, box in found["texts"]:
        if crossing(box, svg):
            assert svg[0] <= box[0] and box[2] <= svg[2] and box[1] >= svg[1] and box[3] <= svg[3], f"{where}: {text!r}"
            for frame in found["rects"]:  # wholly inside, or wholly outside
                inside = frame[0] < box[0] and box[2] < frame[2] and frame[1] < box[1] and box[3] < frame[3]
                assert inside or not crossing(box, frame), f"{where}: {text!r} leaves its box"
    assert found["over"] == 0, f"{where}: something is painted over a text"
    assert min(found["sizes"]) >= 6.5, f"{where}: too small to read"


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.long), 360])
@pytest.mark.parametrize("network", NETWORKS)
def test_no_text_covers_another_in_any_step(open_again: Opener, network: str, width: int) -> None:
    check_layout(open_again(figure(network), width=width))


WIDE = ".nnlib-stepper svg text { font-family: 'DejaVu Sans Mono', monospace !important }"


def test_a_wide_font_is_made_to_fit(open_again: Opener) -> None:
    page = open_again(figure("2-2-2, tiny and huge"), width=390)
    page.add_style_tag(content=WIDE)
    check_layout(page)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_number_in_the_drawing_is_whole(open_again: Opener, network: str) -> None:
    """What is drawn at the end is each number of the walk, to four digits, and nothing else."""
    made = figure(network)
    page = open_again(made)
    page.get_by_role("slider").fill("99")
    got = seen(page, "svg text")
    for text in got:
        if not text.startswith("layer"):
            assert re.fullmatch(r"[∂a-zA-Zδ]+\d* (= )?−?\d+(\.\d+)?(e−?\d+)?", text), text
    stored = [text for text in made.spec["drawing"]["texts"] if text["until"] is None]
    assert sorted(got) == sorted(re.sub(r"[*_{}]", "", text["text"]) for text in stored)


def test_a_hidden_figure_fits_once_it_is_shown(open_again: Opener) -> None:
    page = open_again(figure("2-2-2, tiny and huge"))
    page.evaluate("document.querySelector('main').style.display = 'none'")
    page.add_style_tag(content=WIDE)
    page.evaluate("document.querySelector('.nnlib-stepper input').value = 12")
    page.evaluate("document.querySelector('.nnlib-stepper input').dispatchEvent(new Event('input'))")
    page.evaluate("document.querySelector('main').style.display = ''")
    fits = """() => {
        const shown = (kind) => [...document.querySelectorAll(`svg ${kind}:not(.off)`)];
        const widths = shown(".ground").map((ground) => ground.width.baseVal.value);
        const small = shown("text").some((text) => parseFloat(text.style.fontSize) < 11);
        return small && widths.length === 16 && Math.min(...widths) > 40;
    }"""
    page.wait_for_function(fits)


@both_themes
@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_and_serves_everyone(open_again: Opener, theme: str, width: int) -> None:
    page = open_again(mazur(), theme=theme, width=width, has_touch=True)
    for step in range(0, LAST + 1, 4):
        root(page).get_by_role("slider").fill(str(step))
        box = root(page).evaluate("e => [e.scrollWidth, e.clientWidth, e.getBoundingClientRect().right]")
        assert box[0] <= box[1] and box[2] <= width
        outside = root(page).evaluate(
            "e => [...e.querySelectorAll('svg text, li.on p, button')]"
            ".filter(p => p.getBoundingClientRect().right > innerWidth).length"
        )
        assert outside == 0
    assert violations(page, "#mazur-stepper") == []


@both_themes
@pytest.mark.parametrize("host", HOSTS)
def test_it_can_be_read_in_every_front_end(open_again: Opener, host: str, theme: str) -> None:
    # The system says the opposite: the front end is what counts.
    system: Any = "dark" if theme == "light" else "light"
    page = open_again(mazur(), host=host, theme=theme, kernel=host != "page", color_scheme=system)
    root(page).get_by_role("slider").fill("8")
    ink, paper = (
        sum(map(int, re.findall(r"\d+", root(page).locator(what).first.evaluate(f"e => getComputedStyle(e).{how}"))))
        for what, how in (("svg text", "fill"), ("svg .ground", "fill"))
    )
    assert ink < 250 and paper > 700 if theme == "light" else ink > 600 and paper < 100
    assert violations(page, "#mazur-stepper", only=["color-contrast"]) == []


def test_in_a_notebook_the_same_script_draws_it(open_again: Opener) -> None:
    page = open_again(mazur(), mazur(), host="lab", kernel=True)
    ids = page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
    assert ids == ["mazur-stepper", "mazur-stepper-2"]  # two views of one figure
    page.evaluate("addEventListener('keydown', () => { window.heard = true; })")
    root(page).locator("button.next").focus()
    page.keyboard.press("Enter")
    assert shown(page).startswith("Forward ↓ Layer 1: the weighted sums")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("window.heard") is None  # no key reaches the notebook's own shortcuts
    page.keyboard.press("Escape")
    assert page.evaluate("window.heard") is True  # but those that are not the figure's
    page.evaluate("remove()")


def test_two_on_one_page_have_their_own_ids_and_steps(open_again: Opener) -> None:
    page = open_again(mazur(), mazur())
    ids = page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
    assert ids == ["mazur-stepper", "mazur-stepper-2"]
    page.locator("#mazur-stepper-2 button.next").click()
    assert page.locator(".place").all_inner_texts() == ["step 0 of 12", "step 1 of 12"]


def test_without_scripts_it_is_a_drawing_and_a_list(open_again: Opener) -> None:
    page = open_again(mazur(), java_script_enabled=False, width=390)
    picture = root(page).locator("img")
    assert picture.is_visible() and "The network 2-2-2" in (picture.get_attribute("alt") or "")
    box = picture.bounding_box()
    assert box and box["width"] > 300 and box["height"] > 400  # it is an image that can be shown
    items = root(page).locator("li").all()
    assert len(items) == LAST + 1 and all(item.is_visible() for item in items)
    for values, item in zip(results(), items[1:], strict=True):
        for value in values:
            assert f"{value:.10f}".replace("-", "−") in item.inner_text()
    assert root(page).locator("button, input").count() == 0  # no control that does nothing


def test_on_paper_every_step_is_there(open_again: Opener) -> None:
    page = open_again(mazur(), theme="dark")
    page.emulate_media(media="print")
    items = root(page).locator("li").all()
    boxes = [item.bounding_box() for item in items]
    assert all(item.is_visible() for item in items)
    # in two columns
    for a, b in itertools.combinations(boxes, 2):
        assert a and b and (a["y"] + a["height"] <= b["y"] or a["x"] + a["width"] <= b["x"])
    assert not root(page).locator("button.next").is_visible()
    texts = seen(page, "svg text")
    assert "W12 = 0.25" in texts and "W12 = 0.2498" not in texts and "L = 0.2984" in texts
    assert root(page).evaluate("e => getComputedStyle(e).color") == "rgb(36, 41, 47)"  # ink, not the dark theme's


def test_the_numbers_are_the_networks() -> None:
    """`results`, against which the pages are compared, is itself what Mazur's article prints."""
    wanted = results()
    assert np.allclose(wanted[0], [0.3775, 0.3925]) and abs(wanted[4][0] - 0.298371109) < 1e-9
    new = [0.149780716, 0.24975114, 0.19956143, 0.29950229, 0.35891648, 0.511301270, 0.408666186, 0.561370121]
    assert np.allclose(wanted[-1], new)
