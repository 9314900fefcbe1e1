"""The stepper: its numbers are nnlib's, every text has its own place; its script, without a page."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from widgets import stepper
from widgets.examples.stepper import NETWORKS, T, X, figure, mazur, mazur_network, network
from widgets.stepper.layout import BOX, draw
from widgets.stepper.steps import all_steps
from widgets.stepper.symbols import factor, long, name, plain, short
from widgets.stepper.walk import Walk, walk

import nnlib

Pure = Callable[..., Any]


def walked(name: str, update: str = "Wb") -> tuple[nnlib.Network, Walk]:
    widths, scale, size = NETWORKS[name]
    net = network(widths, scale)
    x = size * np.array([[0.7654321, -0.1234567]])[:, : widths[0]]
    return net, walk(net, x, T[:, : widths[-1]], 0.5, update)


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("update", ["W", "Wb"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_walk_is_a_step_of_nnlib(name: str, update: str) -> None:
    net, went = walked(name, update)
    before = net.theta.copy()
    assert net.loss_and_grad(went.a[0][None], went.t[None]) == pytest.approx(went.loss, rel=1e-12)
    for layer, linear in enumerate(net.layers[::2], start=1):
        np.testing.assert_allclose(went.dW[layer], linear.dW, rtol=1e-12)
        np.testing.assert_allclose(went.delta[layer], linear.db, rtol=1e-12)
        np.testing.assert_allclose(went.new_W[layer], linear.W - 0.5 * linear.dW, rtol=1e-12)
        np.testing.assert_allclose(went.new_b[layer], linear.b - 0.5 * linear.db * (update == "Wb"), rtol=1e-12)
        linear.W, linear.b = went.new_W[layer], went.new_b[layer]
    assert net.loss(net.forward(went.a[0][None]), went.t[None]) == pytest.approx(went.new_loss, rel=1e-12)
    assert np.array_equal(walked(name, update)[0].theta, before)  # a walk leaves the parameters as they were


def test_the_derivatives_on_the_way_are_numerical_ones() -> None:
    net, went = walked("2-2-2")
    linear, activation = net.layers[2], net.layers[3]
    h = 1e-6
    for unit in range(2):
        step = h * np.eye(2)[unit]

        def loss(a1: np.ndarray[Any, Any]) -> float:
            return net.loss(activation.forward(linear.forward(a1[None])), went.t[None])

        numeric = (loss(went.a[1] + step) - loss(went.a[1] - step)) / (2 * h)
        assert went.g[1][unit] == pytest.approx(numeric, rel=1e-6)
        slope = went.a[2][unit] * (1 - went.a[2][unit])
        assert went.slope[2][unit] == pytest.approx(slope, rel=1e-12)
        assert went.g[2][unit] == pytest.approx(went.a[2][unit] - went.t[unit], rel=1e-12)


BAD: dict[str, Callable[[], object]] = {
    "no sigmoid": lambda: call(nnlib.Network(nnlib.Dense(2, 2), loss=nnlib.SquaredError())),
    "another activation": lambda: call(nnlib.Network(nnlib.Dense(2, 2), nnlib.Tanh(), loss=nnlib.SquaredError())),
    "another layer": lambda: call(nnlib.Network(nnlib.BatchNorm(2), nnlib.Sigmoid(), loss=nnlib.SquaredError())),
    "no bias": lambda: call(nnlib.Network(nnlib.Dense(2, 2, bias=False), nnlib.Sigmoid(), loss=nnlib.SquaredError())),
    "another loss": lambda: call(nnlib.Network(nnlib.Dense(2, 2), nnlib.Sigmoid(), loss=nnlib.MSE())),
    "three units": lambda: call(network([2, 3, 2])),
    "three inputs": lambda: call(network([3, 2, 2]), x=np.ones((1, 3))),
    "two samples": lambda: call(mazur_network(), x=np.ones((2, 2)), t=np.ones((2, 2))),
    "a target of another width": lambda: call(mazur_network(), t=np.ones((1, 1))),
}


def call(net: nnlib.Network, x: np.ndarray[Any, Any] = X, t: np.ndarray[Any, Any] = T) -> object:
    return stepper(net, x, t, lr=0.5, label="stepper")


@pytest.mark.parametrize("what", BAD)
def test_what_it_cannot_show_is_refused(what: str) -> None:
    with pytest.raises(ValueError, match=r"^stepper: expected one sample, Dense and Sigmoid in turn, at most 2 units"):
        BAD[what]()


def test_an_unknown_update_is_refused() -> None:
    with pytest.raises(ValueError, match=r"""^stepper: update must be "W" or "Wb", got 'b'$"""):
        stepper(mazur_network(), X, T, lr=0.5, update="b", label="stepper")


# --- words and symbols -------------------------------------------------------------------------------------------


def test_numbers_as_they_are_written() -> None:
    assert [long(v) for v in (0.1, -0.0226025405, -1e-12)] == ["0.1000000000", "−0.0226025405", "0.0000000000"]
    assert [factor(v) for v in (0.5, -0.5, 10.0, 0.0, -1e-12)] == ["0.5", "(−0.5)", "10", "0", "0"]
    assert [short(v) for v in (0.24975114, -2.0, 1.2345e-7, -12345.678, 0.0)] == [
        "0.2498",
        "−2",
        "1.235e−7",
        "−1.235e4",
        "0",
    ]


def test_symbols_as_they_are_written() -> None:
    assert name("W", 1, 0, 1) == "*W*_{12}^{(1)}" and name("a", 0) == "*x*" and name("a", 0, 1) == "*x*_{2}"
    assert name("z", 2, "k") == "*z*_{*k*}^{(2)}"
    assert plain("∂*L*/∂*W*_{*jk*}^{(1)} = *a*^{(1)}^{⊤} **0.5**") == "∂L/∂Wⱼₖ⁽¹⁾ = a⁽¹⁾ᵀ 0.5"


@pytest.mark.parametrize("name", NETWORKS)
def test_each_step_has_its_own_key_words_and_shapes(name: str) -> None:
    _, went = walked(name)
    steps = all_steps(went)
    depth = went.depth
    assert len({step.key for step in steps}) == len({step.title for step in steps}) == len(steps) == 5 * depth + 3
    ways = [step.way for step in steps]
    assert ways == ["start"] + ["forward"] * (2 * depth + 1) + ["backward"] * (3 * depth) + ["update"]
    for step in steps:
        assert step.formula and step.shapes and step.lines and step.text
        assert not re.search(r"[*_^{}]|nan|inf", step.plain())
    # every shape is that of the array: "1 × 2 = (1 × 1) (1 × 2) + 1 × 2" multiplies
    for step in steps:
        product = re.match(r"(\d) × (\d) = \((\d) × (\d)\) \((\d) × (\d)\)", step.shapes)
        if product:
            rows, columns, a, b, c, d = product.groups()
            assert (rows, b, columns) == (a, c, d)


@pytest.mark.parametrize("name", [name for name in NETWORKS if "tiny" not in name])
def test_every_product_that_is_written_is_its_result(name: str) -> None:
    """Each line's numbers, read back from the text and worked out, give the number after its last "="."""
    _, went = walked(name)
    worked = 0
    for step in all_steps(went):
        for line in step.lines:
            line = plain(line).replace("−", "-").replace("·", "*").replace("½", "0.5 *")
            _, *middle, result = line.split(" = ")
            if not middle:
                continue
            text = middle[-1].replace("[", "(").replace("]", ")").replace("²", "**2")
            if text.startswith("σ"):
                value = 1 / (1 + np.exp(-float(text[1:].strip("()"))))
            else:
                assert re.fullmatch(r"[-+*. ()\d]+", text)
                value = eval(text)
            assert value == pytest.approx(float(result), abs=3e-9)
            worked += 1
    assert worked >= 4 * went.depth + 2


# --- the drawing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("update", ["W", "Wb"])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_slot_reaches_into_another(name: str, update: str) -> None:
    _, went = walked(name, update)
    keys = [step.key for step in all_steps(went)]
    drawing = draw(went, keys)
    for step in range(len(keys)):
        seen = [t for t in drawing.texts if t.since <= step and (t.until is None or step < t.until)]
        for one, other in combinations(seen, 2):
            left = [t.x - (t.slot / 2 if t.anchor == "middle" else 0) for t in (one, other)]
            apart = left[0] + one.slot <= left[1] or left[1] + other.slot <= left[0]
            assert apart or abs(one.y - other.y) >= 16, (one, other)
    # each value once: W, dW, b and b's place, z, a, delta, g, x, t, L
    last = [t for t in drawing.texts if t.until is None]
    weights = sum(w.size for w in went.W[1:])
    units = sum(went.widths[1:])
    assert len(last) == 2 * weights + 6 * units + went.widths[0] + went.widths[-1] + 1
    assert len(drawing.texts) == len(last) + weights + (units if update == "Wb" else 0)
    assert len(drawing.boxes) == sum(went.widths) + 1 and len(drawing.edges) == weights + went.widths[-1]
    assert all(b.width == BOX and b.x >= 0 and b.x + b.width <= 360 for b in drawing.boxes)


def test_a_text_appears_in_the_step_that_computes_it() -> None:
    steps = mazur().spec["steps"]
    for text in mazur().spec["drawing"]["texts"]:
        words = plain(text["text"])
        number = re.sub(r".* ", "", words)
        if text["since"] == 0 or (words.startswith("∂") and text["kind"] == "back"):
            continue
        computed = [re.findall(r"\*\*(−?[\d.]+)\*\*", line) for line in steps[text["since"]]["lines"]]
        rounded = {short(float(value.replace("−", "-"))) for values in computed for value in values}
        assert number in rounded, (words, rounded)


def test_parts_are_marked_in_the_steps_they_take_part_in() -> None:
    drawing, steps = mazur().spec["drawing"], mazur().spec["steps"]
    titles = [{steps[at]["title"].split(",")[0] for at in edge["on"]} for edge in drawing["edges"]]
    assert titles[0] == {
        "Layer 1: the weighted sums",
        "Layer 1: the gradients of its weights and biases",
        "One step of gradient descent",
    }
    assert titles[4] == {
        "Layer 2: the weighted sums",
        "Layer 2: the gradients of its weights and biases",
        "Layer 2: back through the weights",
        "One step of gradient descent",
    }
    assert titles[-1] == {"The loss", "The loss answers first"}
    assert {at for box in drawing["boxes"] for at in box["on"]} == set(range(12)) - {8, 11}  # weights alone


def test_biases_change_in_the_drawing_where_they_are_updated() -> None:
    texts = [text for text in figure("2-2-2").spec["drawing"]["texts"] if text["text"].startswith("*b* ")]
    assert len(texts) == 8 and {text["until"] for text in texts} == {12, None}
    assert "*b* ← *b* − η" in figure("2-2-2").spec["steps"][-1]["formula"]
    fixed = [text for text in mazur().spec["drawing"]["texts"] if text["text"].startswith("*b* ")]
    assert len(fixed) == 4 and "the biases stay as they are" in mazur().spec["steps"][-1]["title"]


# --- what is stored ----------------------------------------------------------------------------------------------


def test_the_page_is_small_and_the_same_each_time() -> None:
    pages = [stepper(mazur_network(), X, T, lr=0.5, update="W", label="a").page for _ in range(2)]
    assert pages[0] == pages[1] and len(pages[0]) < 30_000


def test_the_page_holds_a_picture_a_list_and_data_alone() -> None:
    page = mazur().page
    assert page.count("<script") == 1 and "<style" not in page and "style=" not in page
    assert re.search(r'<div class="nnlib-stepper" id="mazur-stepper"', page)
    assert page.count("<li>") == 13
    data = re.search(r"<script type=.application/json.>(.*?)</script>", page, re.DOTALL)
    assert data and json.loads(data[1]) == json.loads(json.dumps(mazur().spec))


def test_the_still_picture_shows_the_values_before_the_update() -> None:
    found = re.search(r"data:image/svg\+xml;base64,([^\"]+)", mazur().page)
    assert found
    tree = ElementTree.fromstring(base64.b64decode(found[1]))
    texts = {element.text for element in tree.findall("{*}text")}
    assert {"W₁₂ = 0.25", "∂ = −0.0226", "L = 0.2984", "z 0.3775", "t₂ = 0.99", "b 0.6"} <= texts
    assert "W₁₂ = 0.2498" not in texts
    places = [(e.get("x"), e.get("y")) for e in tree.findall("{*}text") if not e.get("stroke")]
    assert len(places) == len(set(places)) == sum(t["since"] < 12 for t in mazur().spec["drawing"]["texts"])


def test_whatever_is_passed_in_is_escaped() -> None:
    page = stepper(mazur_network(), X, T, lr=0.5, label='a"><script>alert(1)</script>').page
    assert page.count("<script") == 1 and 'id="a&quot;&gt;&lt;script&gt;' in page


# --- the script, without a page ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ["plain"]),
        ("", []),
        (
            "*W*_{12}^{(1)}",
            [{"tag": "i", "parts": ["W"]}, {"tag": "sub", "parts": ["12"]}, {"tag": "sup", "parts": ["(1)"]}],
        ),
        ("a **−0.5** b", ["a ", {"tag": "b", "parts": ["−0.5"]}, " b"]),
        ("_{*k*}", [{"tag": "sub", "parts": [{"tag": "i", "parts": ["k"]}]}]),
        ("*L* = <b>", [{"tag": "i", "parts": ["L"]}, " = <b>"]),
    ],
)
def test_marks_are_parsed(pure: Pure, text: str, parts: list[Any]) -> None:
    assert pure("stepper", "parse", text) == parts


@pytest.mark.parametrize("name", NETWORKS)
def test_no_mark_is_left_in_any_text(pure: Pure, name: str) -> None:
    def letters(parts: list[Any]) -> str:
        return "".join(part if isinstance(part, str) else letters(part["parts"]) for part in parts)

    spec = figure(name).spec
    texts = [text["text"] for text in spec["drawing"]["texts"]]
    for step in spec["steps"]:
        texts += [step["formula"], step["shapes"], *step["lines"], *step["local"]]
    for text in dict.fromkeys(texts):
        assert not re.search(r"[*_^{}]", letters(pure("stepper", "parse", text))), text


def test_which_step_and_what_is_seen_in_it(pure: Pure) -> None:
    steps = [{"way": "start", "title": "One", "text": "first"}, {"way": "forward", "title": "Two", "text": "then"}]
    assert [pure("stepper", "clamp", at, steps) for at in (-1, 0, 1, 2)] == [0, 0, 1, 1]
    assert pure("stepper", "spoken", steps, 1) == "Step 1 of 1, forward. Two: then"
    for since, until, seen in ((2, None, [False, False, True, True]), (0, 2, [True, True, False, False])):
        assert [pure("stepper", "isShown", {"since": since, "until": until}, at) for at in range(4)] == seen


def test_what_fits(pure: Pure) -> None:
    assert pure("stepper", "fitted", 12, 80, 100) == 12 and pure("stepper", "fitted", 12, 100, 100) == 12
    assert pure("stepper", "fitted", 12, 150, 100) == 8
    box = {"x": 10, "y": 20, "width": 30, "height": 40}
    assert pure("stepper", "padded", box, 2) == {"x": 8, "y": 20, "width": 34, "height": 40}
