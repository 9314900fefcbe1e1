"""Explorers in a real browser: on a page made for the purpose, and on every page of the built book."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import Site, Visit
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from nnlib import explore
from nnlib.explore import Boundary, Contours, Curves, Explorer, View, choice, log_slider, slider
from tools.serve import HTML

ROOT = Path(__file__).resolve().parents[2]
RENDERER = (ROOT / "nnlib" / "explore.js").read_text(encoding="utf-8")
DRAWING = "canvas => canvas.toDataURL()"
PAGE = """<!doctype html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Explorers</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>html[data-theme=dark] {{ background: #121212 }} body {{ margin: 1rem; font: 16px sans-serif }}</style></head>
<body><h1 id="top">Explorers</h1>{}<p><a href="#top">top</a></p></body></html>"""


def train(lr: float, *, x: np.ndarray, labels: np.ndarray) -> View:
    """Logistic regression by gradient descent; above a learning rate of 3 it is said to diverge."""
    w, loss = np.zeros(2), []
    for _ in range(20):
        p = 1 / (1 + np.exp(-x @ w))
        loss.append(float(np.mean((p - labels) ** 2)))
        w = w - lr * x.T @ (p - labels) / len(x)
    boundary = Boundary.of(lambda q: 1 / (1 + np.exp(-q @ w)), x, labels, size=20)
    bad = lr > 3
    curves = Curves({"training": loss[: 3 if bad else 20], "twice": [2 * v for v in loss]}, title="Loss", log_y=True)
    return View(curves, boundary, text=f"loss {loss[-1]:.4f}", diverged=bad)


def descend(lr: float, power: str, *, z: np.ndarray) -> View:
    w = np.array([-1.5, 1.0])
    path = [w]
    for _ in range(10):
        w = w - lr * np.array([1.0, 4.0]) * w
        path.append(w)
    contours = Contours(z, (-2, 2, -1.5, 1.5), {power: np.array(path)}, title="Descent")
    return View(contours, text=f"{power} at {w[0]:.3f}", diverged=bool(abs(w).max() > 2))


def lost(lr: float, *, x: np.ndarray, labels: np.ndarray) -> View:
    """Diverges before its first epoch, with nothing finite to show."""
    boundary = Boundary(np.full((4, 4), np.nan), (-3, 3, -3, 3), x, labels)
    return View(Curves({"training": []}, log_y=True), boundary, text="no epoch", diverged=True)


@dataclass
class Demo:
    """The page made for the purpose, and what it is made of."""

    path: Path
    explorers: list[Explorer]

    def stored(self, index: int) -> dict[str, Any]:
        page = self.explorers[index]._repr_mimebundle_()["text/html"]
        spec: dict[str, Any] = json.loads(re.findall(r'json">(.*?)</script>', page, re.DOTALL)[0])
        return spec


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((80, 2))
    data = {"x": x, "labels": (x @ [1.0, 2.0] > 0).astype(int)}
    a, b = np.meshgrid(np.linspace(-2, 2, 30), np.linspace(-1.5, 1.5, 30))
    rate = log_slider(1e-5, 10, default=0.1, steps=13, label="learning rate")
    step = log_slider(0.01, 1, default=0.1, steps=5)
    start = choice("plain", "fancy", "other", default="fancy")
    explorers = [
        Explorer(train, data=data, lr=rate),
        Explorer(descend, data={"z": a**2 / 2 + 2 * b**2}, lr=step, power=start),
        Explorer(lost, data=data, lr=slider(0, 1, default=0.5, steps=3)),
    ]
    path = tmp_path_factory.mktemp("demo") / "demo.html"
    elements = [explorer._repr_mimebundle_()["text/html"] for explorer in explorers]
    path.write_text(PAGE.format("<p>between</p>".join(elements)), encoding="utf-8")
    return Demo(path, explorers)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1000, "height": 900}, device_scale_factor=2)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, demo: Demo) -> Iterator[Page]:
    """The page made for the purpose, from the disk; any error on it fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.goto(demo.path.as_uri())
    yield page
    assert not errors


def root(page: Page, index: int = 0) -> Locator:
    return page.locator(".nnlib-explorer").nth(index)


def drawing(explorer: Locator) -> str:
    data: str = explorer.locator("canvas").evaluate(DRAWING)
    return data


def text(explorer: Locator) -> str:
    return explorer.locator("output").inner_text()


def share_of(explorer: Locator, colour: str) -> int:
    """How many pixels of the drawing have nearly this colour, given as #rrggbb."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    count: int = explorer.locator("canvas").evaluate(
        """(canvas, [r, g, b]) => {
            const d = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            let n = 0;
            for (let i = 0; i < d.length; i += 4)
                n += d[i + 3] > 200 && Math.abs(d[i] - r) + Math.abs(d[i + 1] - g) + Math.abs(d[i + 2] - b) < 12;
            return n;
        }""",
        wanted,
    )
    return count


def test_every_position_shows_its_own_run(page: Page, demo: Demo) -> None:
    spec, explorer = demo.stored(0), root(page)
    slide = explorer.locator("input[type=range]")
    assert explorer.locator("img").count() == 0  # the still picture made way
    assert page.get_by_label("learning rate", exact=True).count() == 1
    slide.focus()
    page.keyboard.press("Home")
    drawings = []
    for result, label in zip(spec["results"], spec["controls"][0]["labels"], strict=True):
        assert text(explorer) == f"learning rate {label}: {result['text']}"
        assert slide.get_attribute("aria-valuetext") == label  # the two languages write numbers alike
        assert explorer.locator(".nx-value").inner_text() == label
        about = explorer.locator("canvas").get_attribute("aria-label") or ""
        assert about.startswith(f"learning rate {label}. {result['panels'][0][1]['about']}. Decision boundary: class 1")
        assert about.endswith("diverged.") is result["diverged"]
        drawings.append(drawing(explorer))
        page.keyboard.press("ArrowRight")
    assert len(set(drawings)) == len(spec["results"])
    page.keyboard.press("End")
    assert drawing(explorer) == drawings[-1]


@pytest.mark.parametrize(
    "key", ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]
)
def test_each_key_moves(page: Page, key: str) -> None:
    explorer = root(page)
    before = drawing(explorer), text(explorer)
    explorer.locator("input").focus()
    page.keyboard.press(key)
    assert drawing(explorer) != before[0]
    assert text(explorer) != before[1]


def test_several_controls_find_their_combination(page: Page, demo: Demo) -> None:
    spec, explorer = demo.stored(1), root(page, 1)
    assert text(explorer).startswith("lr 0.1, power fancy: fancy at")
    first = drawing(explorer)
    explorer.locator("input").nth(0).focus()
    page.keyboard.press("End")
    explorer.locator("input").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    assert text(explorer) == f"lr 1, power plain: {spec['results'][4 * 3 + 0]['text']}"
    assert drawing(explorer) != first
    assert explorer.locator(".nx-ends").nth(1).inner_text().split() == ["plain", "fancy", "other"]


def test_mouse_and_touch_move_it(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(demo.path.as_uri())
    explorer, seen = root(page), set()
    box = explorer.locator("input").bounding_box()
    assert box and box["height"] >= 24  # a finger finds it
    seen.add((drawing(explorer), text(explorer)))
    explorer.locator("input").tap(position={"x": 0.25 * box["width"], "y": box["height"] / 2})
    seen.add((drawing(explorer), text(explorer)))
    explorer.locator("input").click(position={"x": 0.75 * box["width"], "y": box["height"] / 2})
    seen.add((drawing(explorer), text(explorer)))
    context.close()
    assert len({picture for picture, _ in seen}) == len({words for _, words in seen}) == 3


def test_a_diverged_run_is_drawn_as_such(page: Page) -> None:
    explorer = root(page)
    assert share_of(explorer, "#b3261e") == 0
    fine = drawing(explorer)
    explorer.locator("input").focus()
    page.keyboard.press("End")
    assert share_of(explorer, "#b3261e") > 300  # cross and words
    assert drawing(explorer) != fine
    assert "diverged" in (explorer.locator("canvas").get_attribute("aria-label") or "")


def test_nothing_finite_is_no_blank(page: Page) -> None:
    explorer = root(page, 2)
    assert share_of(explorer, "#b3261e") > 300
    assert share_of(explorer, "#0072b2") > 50  # the points are there
    before = drawing(explorer)
    explorer.locator("input").focus()
    page.keyboard.press("End")
    assert drawing(explorer) != before  # "diverged at lr 1"


def test_the_address_keeps_the_state(page: Page, demo: Demo) -> None:
    history = page.evaluate("history.length")
    root(page).locator("input").focus()
    page.keyboard.press("Home")
    page.wait_for_url("**#lr-explorer?lr=0.00001")
    root(page, 1).locator("input").nth(1).focus()
    page.keyboard.press("End")
    page.wait_for_url("**#lr-explorer?lr=0.00001;lr-power-explorer?lr=0.1&power=other")
    assert page.evaluate("history.length") == history
    page.reload()
    assert text(root(page)).startswith("learning rate 1e-5: ")
    assert text(root(page, 1)).startswith("lr 0.1, power other: ")
    page.get_by_role("link", name="top").click()
    assert page.url.endswith("#top")
    assert text(root(page, 1)).startswith("lr 0.1, power other: ")


def test_a_link_opens_a_state(page: Page, demo: Demo) -> None:
    opened = {
        "#lr-explorer?lr=10": (0, "learning rate 10: "),
        "#lr-explorer?lr=0.09": (0, "learning rate 0.1: "),  # the nearest that is stored
        "#lr-explorer?lr=1e9": (0, "learning rate 10: "),
        "#lr-explorer?lr=": (0, "learning rate 0.1: "),
        "#lr-explorer?other=3": (0, "learning rate 0.1: "),
        "#lr-explorer-2?lr=1": (2, "lr 1: "),  # the second with these controls on the page
        "#lr-power-explorer?power=plain": (1, "lr 0.1, power plain: "),
        "#lr-power-explorer?power=none&lr=0.01": (1, "lr 0.01, power fancy: "),
    }
    for fragment, (index, words) in opened.items():
        page.goto("about:blank")
        page.goto(demo.path.as_uri() + fragment)
        assert text(root(page, index)).startswith(words), fragment
        page.wait_for_function(
            """index => { const r = document.querySelectorAll(".nnlib-explorer")[index].getBoundingClientRect();
                          return r.top < innerHeight && r.bottom > 0; }""",
            arg=index,
        )
    page.evaluate("location.hash = '#lr-power-explorer?lr=1&power=other'")  # a link on the page itself
    page.wait_for_function("document.querySelectorAll('output')[1].textContent.startsWith('lr 1, power other: ')")


def test_reset_and_double_click_lead_home(page: Page) -> None:
    explorer = root(page)
    home = drawing(explorer), text(explorer)
    for back in (
        lambda: explorer.get_by_role("button", name="Reset").click(),
        lambda: explorer.locator("input").dblclick(position={"x": 30, "y": 10}),
    ):
        explorer.locator("input").focus()
        page.keyboard.press("End")
        assert text(explorer) != home[1]
        back()
        assert (drawing(explorer), text(explorer)) == home


def test_copy_link_copies_the_state(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    explorer = root(page)
    explorer.locator("input").focus()
    page.keyboard.press("End")
    explorer.get_by_role("button", name="Copy link").click()
    explorer.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url.split("#")[0] + "#lr-explorer?lr=10"


@pytest.mark.parametrize(
    "switch",
    [
        "document.documentElement.dataset.theme = 'dark'",
        "delete document.documentElement.dataset.theme; document.body.dataset.jpThemeLight = 'false'",
        "delete document.documentElement.dataset.theme; document.body.dataset.vscodeThemeKind = 'vscode-dark'",
    ],
)
def test_it_follows_the_theme(page: Page, switch: str) -> None:
    explorer = root(page)
    light = drawing(explorer)
    assert share_of(explorer, "#0072b2") > 50 and share_of(explorer, "#56b4e9") == 0
    page.evaluate(switch)
    page.wait_for_function("document.querySelector('.nnlib-explorer').hasAttribute('data-dark')")
    assert drawing(explorer) != light
    assert share_of(explorer, "#0072b2") == 0 and share_of(explorer, "#56b4e9") > 50


def test_it_follows_the_system_where_the_page_does_not_say(page: Page) -> None:
    page.evaluate("delete document.documentElement.dataset.theme")
    for scheme, dark in (("dark", True), ("light", False)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_function(
            "dark => document.querySelector('.nnlib-explorer').hasAttribute('data-dark') === dark", arg=dark
        )
        assert (share_of(root(page), "#56b4e9") > 50) is dark


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours, #rrggbb."""

    def luminance(colour: str) -> float:
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        return float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("name", "ground"), [("LIGHT", "#ffffff"), ("DARK", "#121212")])
def test_text_and_marks_stand_out(name: str, ground: str) -> None:
    block = re.findall(rf"const {name} = {{(.*?)}};", RENDERER, re.DOTALL)[0]
    colours = {key: re.findall("#[0-9a-f]{6}", value) for key, value in re.findall(r'(\w+): (\[.*?\]|"#\w+")', block)}
    for behind in (ground, *colours["paper"]):
        assert min(contrast(colours[key][0], behind) for key in ("ink", "soft", "bad")) >= 4.5
        assert min(contrast(c, behind) for c in colours["series"]) >= 4.5
        assert min(contrast(c, behind) for c in colours["classes"]) >= 3  # marks, not words


@pytest.mark.parametrize("width", [360, 390, 700, 1280])
def test_a_legend_of_six_names_takes_the_rows_it_needs(browser: Browser, tmp_path: Path, width: int) -> None:
    names = ["SGD", "momentum 0.9", "Nesterov 0.9", "AdaGrad", "RMSProp", "Adam"]

    def run(lr: float) -> View:
        paths = {name: np.array([[0.0, 0.0], [1.0, k]]) for k, name in enumerate(names)}
        curves = Curves({name: [k + 1.0, lr] for k, name in enumerate(names)}, title="Loss on the training set")
        return View(curves, Contours(np.eye(9), (0, 2, 0, 6), paths, title="Path"))

    explorer = Explorer(run, data={}, lr=slider(0, 1, default=0.5, steps=3))
    path = tmp_path / "six.html"
    path.write_text(PAGE.format(explorer._repr_mimebundle_()["text/html"]), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.add_init_script(
        """window.drawn = [];
        const fillText = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
            drawn.push([text, x, x + this.measureText(text).width, y]);
            fillText.call(this, text, x, y);
        };"""
    )
    page.goto(path.as_uri())
    page.wait_for_function("drawn.length > 12")
    drawn = {}
    for word, left, right, y in page.evaluate("drawn"):
        if word in names:
            drawn[word, round(left), round(y)] = right
    wide = page.locator("canvas").evaluate("canvas => canvas.clientWidth")
    page.close()
    assert len(drawn) == 2 * len(names) and max(drawn.values()) <= wide
    rows: dict[int, list[tuple[int, float]]] = {}
    for (_, left, y), right in drawn.items():
        rows.setdefault(y, []).append((left, right))
    for row in rows.values():
        row.sort()
        assert all(right + 22 < left for (_, right), (left, _) in itertools.pairwise(row))


@pytest.mark.parametrize("width", [360, 390, 700, 1280])
def test_it_fits_its_page_and_is_crisp(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    canvas = root(page).locator("canvas")
    page.wait_for_function(
        "[...document.querySelectorAll('canvas')].every(c => c.width === 2 * c.parentElement.clientWidth)"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = canvas.bounding_box()
    assert box
    assert (box["height"] > 0.9 * box["width"]) is (width < 590)  # one above the other on a phone, else side by side
    assert canvas.evaluate("c => c.height") == 2 * box["height"]


def test_moving_redraws_within_a_frame(page: Page) -> None:
    times = page.evaluate(
        """() => {
            const input = document.querySelector(".nnlib-explorer input");
            return Array.from({ length: 60 }, (_, k) => {
                const start = performance.now();
                input.value = k % 13;
                input.dispatchEvent(new Event("input"));
                return performance.now() - start;
            });
        }"""
    )
    assert np.median(times) < 16  # ms


def test_the_script_is_evaluated_once(page: Page) -> None:
    assert page.evaluate("Object.keys(window.nnlibExplorer).length") == 1
    assert page.locator("style#nnlib-explorer-style").count() == 1
    ids = page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
    assert len(ids) == len(set(ids))
    for label in page.locator(".nnlib-explorer label").all():
        assert page.locator(f"input[id='{label.get_attribute('for')}']").count() == 1


def test_without_scripts_a_picture_stands_there(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(demo.path.as_uri())
    picture = root(page).locator("img")
    assert picture.is_visible()
    assert "learning rate 0.1: loss" in (picture.get_attribute("alt") or "")
    box = picture.bounding_box()
    assert box and box["width"] <= 360 and box["height"] > 100
    context.close()


# --- the kernel's side of it, with a stand-in for the kernel (the real one: test_explorer_lab.py) ---------------

STAND_IN = """async ([module, spec]) => {
    const listeners = new Set();
    window.asked = [];
    window.answer = (message) => listeners.forEach((listen) => listen(structuredClone(message)));
    window.listening = () => listeners.size;
    const model = {
        get: () => spec,
        send: (message) => window.asked.push(message),
        on: (name, listen) => listeners.add(listen),
        off: (name, listen) => listeners.delete(listen),
    };
    const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
    const el = document.body.appendChild(document.createElement("div"));
    el.id = "widget";
    window.remove = (await import(url)).default.render({ model, el });
}"""


@pytest.fixture
def widget(page: Page, demo: Demo) -> Locator:
    explorer = demo.explorers[0]
    page.evaluate(STAND_IN, [RENDERER, explorer._spec([explorer.at()])])
    return page.locator("#widget .nnlib-explorer")


def test_the_kernel_is_asked_for_values_between(page: Page, demo: Demo, widget: Locator) -> None:
    assert text(widget) == text(root(page))  # the default came along
    assert page.evaluate("asked") == []
    before = drawing(widget)
    widget.locator("input").focus()
    page.keyboard.press("ArrowRight")
    (question,) = page.evaluate("asked")
    lr = question["values"]["lr"]
    assert 0.1 < lr < demo.explorers[0].values["lr"][9]
    assert lr == float(f"{lr:.3g}")  # what the label says is what is run
    assert widget.locator(".nx-value").inner_text() == explore.readable(lr)
    assert drawing(widget) == before  # the old drawing stays until there is a new one
    assert widget.get_attribute("aria-busy") == "true"
    page.evaluate("answer", {"id": question["id"], **demo.explorers[0].reply(lr=lr)})
    page.wait_for_function("!document.querySelector('#widget [aria-busy]')")
    assert drawing(widget) != before
    assert text(widget) == f"learning rate {explore.readable(lr)}: {demo.explorers[0].at(lr=lr).text}"
    assert "#" not in page.url  # a notebook's address is not ours


def test_only_the_latest_wish_is_sent(page: Page, demo: Demo, widget: Locator) -> None:
    explorer = demo.explorers[0]
    widget.locator("input").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    (question,) = page.evaluate("asked")
    page.evaluate("answer", {"id": "of another view", **explorer.reply()})
    assert widget.get_attribute("aria-busy") == "true"
    page.evaluate("answer", {"id": question["id"], **explorer.reply(**question["values"])})
    page.wait_for_function("asked.length === 2")
    question = page.evaluate("asked")[1]
    assert question["values"] == {"lr": 1e-5}
    assert widget.get_attribute("aria-busy") == "true"
    page.evaluate("answer", {"id": question["id"], **explorer.reply(lr=1e-5)})
    page.wait_for_function("!document.querySelector('#widget [aria-busy]')")
    assert text(widget).startswith("learning rate 1e-5: ")
    assert len(page.evaluate("asked")) == 2


def test_an_error_is_shown_until_the_next_result(page: Page, demo: Demo, widget: Locator) -> None:
    before = drawing(widget)
    alert = widget.locator("[role=alert]")
    assert alert.is_hidden()
    widget.locator("input").focus()
    page.keyboard.press("End")
    page.evaluate("answer", {"id": page.evaluate("asked")[0]["id"], "error": "ValueError: <b>no</b>"})
    alert.wait_for()
    assert alert.inner_text() == "learning rate 10: ValueError: <b>no</b>"
    assert drawing(widget) == before
    page.keyboard.press("Home")
    question = page.evaluate("asked")[1]
    page.evaluate("answer", {"id": question["id"], **demo.explorers[0].reply(**question["values"])})
    alert.wait_for(state="hidden")
    assert drawing(widget) != before


def test_a_removed_view_stops_listening(page: Page, widget: Locator) -> None:
    assert page.evaluate("listening()") == 1
    page.evaluate("remove()")
    assert page.evaluate("listening()") == 0


# --- the built book ----------------------------------------------------------------------------------------------


def pages_with_explorers() -> list[str]:
    found = [path for path in HTML.rglob("*.html") if 'class="nnlib-explorer"' in path.read_text(encoding="utf-8")]
    return sorted(str(path.relative_to(HTML)) for path in found)


def test_the_book_has_explorers(site: Site) -> None:
    assert pages_with_explorers()


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("path", pages_with_explorers())
def test_each_slider_of_the_book_changes_drawing_and_text(visit: Callable[..., Visit], path: str, scheme: str) -> None:
    page = visit(path, scheme).page
    for explorer in page.locator(".nnlib-explorer").all():
        assert explorer.locator("input[type=range]").count() > 0
        for slide in explorer.locator("input[type=range]").all():
            last = slide.get_attribute("max")
            home = slide.input_value()
            aside = "ArrowLeft" if home == last else "ArrowRight"
            moves = [("Home", "0"), ("End", last), ("Reset", home), (aside, None)]
            slide.focus()
            shown, at = (drawing(explorer), text(explorer)), home
            for move, goal in moves:
                if move == "Reset":
                    explorer.get_by_role("button", name="Reset").click()
                    slide.focus()
                else:
                    page.keyboard.press(move)
                before, shown = shown, (drawing(explorer), text(explorer))
                moved, at = at != slide.input_value(), slide.input_value()
                assert goal in (None, at)
                for old, new in zip(before, shown, strict=True):
                    assert (old != new) == moved, f"{move} of {slide.get_attribute('id')}"
            explorer.get_by_role("button", name="Reset").click()


@pytest.mark.parametrize("path", pages_with_explorers())
def test_an_explorer_of_the_book_adds_at_most_200_kb(path: str) -> None:
    markup = (HTML / path).read_text(encoding="utf-8")
    elements = re.findall(r'<div class="nnlib-explorer".*?</script>\s*<script>.*?</script>\s*</div>', markup, re.DOTALL)
    assert len(elements) == markup.count('<div class="nnlib-explorer"')
    assert all(10_000 < len(element.encode()) <= 200_000 for element in elements)
