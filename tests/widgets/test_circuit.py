"""The circuit: what stands where, what it says, and the page in a browser."""

from __future__ import annotations

import base64
import itertools
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Page
from small_pages import HOSTS, Opener, violations
from widgets import circuit
from widgets.circuit.layout import number, parts
from widgets.examples.circuit import FIGURES, one_weight, used_twice

NODES = {"x": ("*x*", 0, 0), "f": ("f", 1, 0), "y": ("*y*", 2, 0)}
EDGES = [("x", "f", 1.0, 2.0), ("f", "y", 3.0, 1.0)]
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5932699921, "0.5933"),
        (0.4, "0.4"),
        (-2.0, "−2"),
        (1, "1"),
        (0.0, "0"),
        (0.0088, "0.0088"),
        (0.000438, "0.00044"),
        (-1.2345e-7, "−1.2e−7"),
        (-12345.678901, "−12345.6789"),
        (np.float64(0.0381), "0.0381"),
        ("0.40", "0.40"),
        (None, ""),
    ],
)
def test_numbers(value: Any, text: str) -> None:
    assert number(value) == text


def test_marks_are_parted() -> None:
    assert parts("*W*_{11}^{(2)} = 3") == [["i", "W"], ["sub", "11"], ["sup", "(2)"], ["", " = 3"]]
    assert parts("½(*y* − *t*)²") == [["", "½("], ["i", "y"], ["", " − "], ["i", "t"], ["", ")²"]]
    assert parts("a_{*k*}") == [["", "a"], ["sub", "k"]] and parts("") == []


def test_what_is_said() -> None:
    spec = one_weight().spec
    assert spec["about"].startswith("A circuit of the weight 0.40")
    assert "a₁ to ×: value 0.5933, gradient 0.0554; w to ×: value 0.4, gradient 0.0822;" in spec["about"]
    assert "+ to σ: value z = 1.1059, gradient 0.1385" in spec["about"]
    page = one_weight().page
    assert page.count("<li>") == 7 and 'alt="A circuit of the weight 0.40' in page
    assert page.count("<script") == 1 and "style" not in page and len(page) < 10_000


def test_the_legend_says_what_is_there() -> None:
    def legend(figure: Any) -> str:
        return "".join(text for _, text in figure.spec["legend"])

    assert legend(one_weight()).endswith("Below it: the derivative of L with respect to it.")
    assert legend(FIGURES["forward"]()) == "Above each edge: its value."
    other = circuit(NODES, EDGES, label="of", alt="", of="*y*")
    assert "the derivative of y with" in legend(other)


def test_gates_are_what_has_edges_on_both_sides() -> None:
    spec = one_weight().spec
    kinds = {"".join(text for _, text in t["parts"]): t["kind"] for t in spec["texts"]}
    assert [sign for sign, kind in kinds.items() if kind == "gate"] == ["×", "+", "σ", "½(y − t)²"]
    assert [sign for sign, kind in kinds.items() if kind == "end"] == ["a1", "w", "the rest of z", "L"]
    assert len(spec["boxes"]) == 4 and len(spec["paths"]) == 7


def test_the_value_stands_above_its_edge_and_the_gradient_below() -> None:
    texts = one_weight().spec["texts"]
    values = [t for t in texts if t["kind"] == "value"]
    gradients = [t for t in texts if t["kind"] == "gradient"]
    for path, value, gradient in zip(one_weight().spec["paths"], values, gradients, strict=True):
        left, level, right = map(float, re.findall(r" (\S+) (\S+)H(\S+)C", path)[0])
        assert value["x"] == gradient["x"] == pytest.approx((left + right) / 2, abs=0.01)
        assert value["y"] < level < gradient["y"] - 10


def test_an_edge_takes_the_row_it_is_given() -> None:
    nodes = {**NODES, "b": ("b", 0, 2)}
    rows = []
    for more in ((), (1.25,)):
        spec = circuit(nodes, [*EDGES, ("b", "f", 1.0, 1.0, "", *more)], label="a", alt="").spec
        rows.append(float(re.findall(r" (\S+)H", spec["paths"][2])[0]))
    assert rows[0] - rows[1] == 0.75 * 60


@pytest.mark.parametrize(
    ("nodes", "edges", "says"),
    [
        (NODES, [("x", "g")], "the edge x → g: there is no node 'g'"),
        (NODES, [("y", "x")], "the edge y → x does not run from left to right"),
        ({**NODES, "b": ("*b*", 0, 0.3)}, [*EDGES, ("b", "f", 1.0, 1.0)], "would cover each other: move a node"),
        ({**NODES, "z": ("*z*", 3, 0)}, [*EDGES, ("f", "z", 1.0), ("x", "z", 5.0, 1, "", 0)], "would cover each other"),
    ],
)
def test_what_cannot_be_drawn_is_refused(nodes: Any, edges: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        circuit(nodes, edges, label="a", alt="")


def test_whatever_is_passed_in_is_escaped() -> None:
    page = circuit(NODES, [("x", "f", "<b>"), ("f", "y")], label='a"><script>', alt='"><i>').page
    assert page.count("<script") == 1 and "<b>" not in page and "<i>" not in page


def test_the_still_picture_shows_every_number() -> None:
    found = re.search(r"data:image/svg\+xml;base64,([^\"]+)", one_weight().page)
    assert found
    tree = ElementTree.fromstring(base64.b64decode(found[1]))
    texts = [element.text for element in tree.findall("{*}text")]
    assert len(texts) == len(one_weight().spec["texts"])
    assert {"0.5933", "0.0554", "z = 1.1059", "½(y − t)²", "a₁"} <= set(texts)


BOXES = """root => [...root.querySelectorAll("text")].map((e) => {
    const b = e.getBoundingClientRect();
    return [e.textContent, b.left, b.top + 0.15 * b.height, b.right, b.bottom - 0.15 * b.height];
})"""


def check_layout(page: Page, label: str) -> None:
    root = page.locator(f"#{label}")
    svg = root.locator("svg").bounding_box()
    assert svg
    found = root.evaluate(BOXES)
    for (one, *a), (other, *b) in itertools.combinations(found, 2):
        assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]), f"{one!r} and {other!r} overlap"
    for text, left, top, right, bottom in found:
        assert svg["x"] <= left and right <= svg["x"] + svg["width"], text
        assert svg["y"] <= top and bottom <= svg["y"] + svg["height"], text
    sizes = root.locator("text").evaluate_all(
        "all => all.map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a)"
    )
    assert min(sizes) >= 11


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", FIGURES)
def test_every_number_is_whole_and_can_be_read(open_again: Opener, name: str, width: int) -> None:
    figure = FIGURES[name]()
    page = open_again(figure, width=width)
    check_layout(page, figure.id)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wide_font_fits(open_again: Opener) -> None:
    page = open_again(one_weight())
    page.add_style_tag(content=".nnlib-circuit svg text { font-family: 'DejaVu Sans Mono', monospace !important }")
    check_layout(page, "circuit")


def test_on_a_phone_it_scrolls_in_its_own_box_by_keyboard_too(open_again: Opener) -> None:
    page = open_again(one_weight(), width=390)
    stage = page.locator("#circuit .stage")
    assert stage.get_attribute("tabindex") == "0"
    stage.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#circuit .stage').scrollLeft > 0")
    assert open_again(one_weight()).locator("#circuit .stage").get_attribute("tabindex") is None


@both_themes
def test_its_colors_are_the_themes(open_again: Opener, theme: str) -> None:
    page = open_again(used_twice(), theme=theme)
    ink, back = {"light": ("36, 41, 47", "163, 59, 0"), "dark": ("230, 232, 235", "255, 159, 94")}[theme]

    def fill(kind: str) -> Any:
        return page.locator(f"text.{kind}").first.evaluate("e => getComputedStyle(e).fill")

    assert fill("value") == f"rgb({ink})" and fill("gradient") == f"rgb({back})"
    assert violations(page, ".nnlib-circuit") == []


@both_themes
@pytest.mark.parametrize("host", HOSTS)
def test_a_notebook_shows_the_same_drawing(open_again: Opener, host: str, theme: str) -> None:
    page = open_again(one_weight(), host=host, theme=theme, kernel=True)
    check_layout(page, "circuit")
    assert page.get_by_role("img", name="A circuit of the weight 0.40").count() == 1
    assert violations(page, ".nnlib-circuit") == []


def test_where_no_script_runs_there_are_a_picture_and_a_list(open_again: Opener) -> None:
    page = open_again(one_weight(), java_script_enabled=False)
    assert page.locator("#circuit img").is_visible() and page.locator("#circuit li").count() == 7
