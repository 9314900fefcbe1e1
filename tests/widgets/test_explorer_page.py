"""Explorers in a real browser, on the page of examples: from the disk, with a stand-in where a kernel would answer."""

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
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from small_pages import Opener, Stored, violations
from widgets import Boundary, Curves, Explorer, View, choice, embed, slider
from widgets.examples import Example, write
from widgets.examples import explorer as examples
from widgets.explorer.controls import readable
from widgets.explorer.still import picture
from widgets.explorer.views import encode_views
from widgets.theme import dark_palette, light_palette

LIGHT, DARK = light_palette(), dark_palette()
# A number for its pixels: a picture of it would take ten times as long.
DRAWING = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (const word of new Int32Array(data.buffer)) sum = (Math.imul(sum, 31) + word) | 0;
    return `${canvas.width} × ${canvas.height}: ${sum}`;
}"""


def half(power: str, lr: float) -> View:
    """Three names, and four stops."""
    return View(Curves({power: [1.0, lr]}), text=f"{power} at {lr:g}")


def long(lr: float) -> View:
    """Its last tick, at the end of the axis, has a label wider than the margin."""
    return View(Curves({"loss": [1.0, lr]}, start=0, step=1_000_000))


@dataclass
class Demo:
    """A page of explorers, and what it is made of."""

    path: Path
    explorers: list[Explorer]
    figures: list[Stored]

    def stored(self, index: int) -> dict[str, Any]:
        page = self.explorers[index]._repr_mimebundle_()["text/html"]
        spec: dict[str, Any] = json.loads(re.findall(r'json">(.*?)</script>', page, re.DOTALL)[0])
        return spec


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    points = examples.points()
    few = {"power": choice("plain", "fancy", "other", default="fancy"), "lr": slider(0, 3, default=1, steps=4)}
    explorers = [
        examples.trained("lr-explorer"),
        examples.descended("lr-start-explorer"),
        Explorer(examples.lost, data=points, id="lr-explorer", lr=slider(0, 1, default=0.5, steps=5)),  # the same id
        Explorer(half, data={}, id="few", **few),
        examples.played("played"),
        Explorer(examples.leaves, data={}, id="leaves", lr=slider(0.1, 0.5, default=0.2, steps=5)),
        Explorer(examples.flat, data=points, id="flat", lr=slider(0, 1, default=0.5, steps=5)),
        Explorer(long, data={}, id="long", lr=slider(0, 1, default=0.5, steps=5)),
    ]
    folder = tmp_path_factory.mktemp("demo")
    path = write(folder, [Example(e.id, examples.html(e)) for e in explorers])
    return Demo(path, explorers, [Stored(e) for e in explorers])


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1000, "height": 900}, device_scale_factor=2)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, demo: Demo) -> Iterator[Page]:
    """All of them on the page of examples, from the disk; any error on it fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.goto(demo.path.as_uri())
    yield page
    assert not errors


@pytest.fixture
def show(open_again: Opener, demo: Demo) -> Callable[..., Page]:
    """`show(5, 1)`: a page of these alone, which is drawn sooner, on the same screen unless `more` says another."""

    def opened(*indices: int, **more: Any) -> Page:
        return open_again(*(demo.figures[k] for k in indices), **{"width": 1000, "device_scale_factor": 2} | more)

    return opened


def root(page: Page, index: int = 0) -> Locator:
    return page.locator(".nnlib-explorer").nth(index)


def drawing(explorer: Locator) -> str:
    data: str = explorer.locator("canvas").evaluate(DRAWING)
    return data


def text(explorer: Locator) -> str:
    return explorer.locator("output").inner_text()


def share_of(explorer: Locator, color: str) -> int:
    """How many pixels of the drawing have nearly this color, given as #rrggbb."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
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


def test_a_still_picture_can_be_drawn_of_each(demo: Demo) -> None:
    for explorer in demo.explorers:
        assert picture(explorer.at(), repr(explorer)).startswith(b"\x89PNG")


def test_every_position_shows_its_own_run(show: Callable[..., Page], demo: Demo) -> None:
    page = show(0)
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


def test_each_key_moves(show: Callable[..., Page]) -> None:
    page = show(0)
    explorer = root(page)
    explorer.locator("input").focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"):
        before = drawing(explorer), text(explorer)
        page.keyboard.press(key)
        assert drawing(explorer) != before[0], key
        assert text(explorer) != before[1], key


def test_several_controls_find_their_combination(show: Callable[..., Page], demo: Demo) -> None:
    page = show(1)
    spec, explorer = demo.stored(1), root(page)
    assert text(explorer).startswith("lr 0.1, start left: SGD at")
    first = drawing(explorer)
    explorer.locator("input[type=range]").focus()
    page.keyboard.press("End")
    explorer.get_by_role("radio", name="left").focus()
    page.keyboard.press("ArrowRight")
    assert text(explorer) == f"lr 1, start right: {spec['results'][4 * 2 + 1]['text']}"
    assert drawing(explorer) != first


def test_few_stops_and_names_are_buttons(show: Callable[..., Page], demo: Demo) -> None:
    page = show(3)
    spec, explorer = demo.stored(3), root(page)
    assert explorer.locator("input[type=range]").count() == 0
    for control in spec["controls"]:
        group = explorer.get_by_role("group", name=control["label"], exact=True)
        radios = group.get_by_role("radio")
        assert [radio.get_attribute("name") for radio in radios.all()] == [f"few-{control['name']}"] * radios.count()
        assert group.locator("label").all_inner_texts() == control["labels"]
        assert radios.nth(control["default"]).is_checked()
    shown = set()
    for power, lr in itertools.product(("plain", "fancy", "other"), "0123"):
        explorer.get_by_role("radio", name=power).check()
        explorer.get_by_role("radio", name=lr, exact=True).check()
        assert text(explorer) == f"power {power}, lr {lr}: {power} at {lr}"
        shown.add(drawing(explorer))
    assert len(shown) == 4  # a name alone does not change the curve, nor does it stand in the drawing
    explorer.get_by_role("radio", name="other").focus()
    page.keyboard.press("ArrowDown")  # from the last to the first
    assert text(explorer) == "power plain, lr 3: plain at 3"


def test_mouse_and_touch_move_it(show: Callable[..., Page]) -> None:
    page = show(0, width=390, device_scale_factor=1, has_touch=True, is_mobile=True)
    explorer, seen = root(page), set()
    box = explorer.locator("input").bounding_box()
    assert box and box["height"] >= 24  # a finger finds it
    seen.add((drawing(explorer), text(explorer)))
    explorer.locator("input").tap(position={"x": 0.25 * box["width"], "y": box["height"] / 2})
    seen.add((drawing(explorer), text(explorer)))
    explorer.locator("input").click(position={"x": 0.75 * box["width"], "y": box["height"] / 2})
    seen.add((drawing(explorer), text(explorer)))
    assert len({picture for picture, _ in seen}) == len({words for _, words in seen}) == 3


def test_a_diverged_run_is_drawn_as_such(show: Callable[..., Page]) -> None:
    page = show(0)
    explorer = root(page)
    assert share_of(explorer, LIGHT["bad"]) == 0
    fine = drawing(explorer)
    explorer.locator("input").focus()
    page.keyboard.press("End")
    assert share_of(explorer, LIGHT["bad"]) > 300  # cross and words
    assert drawing(explorer) != fine
    assert "diverged" in (explorer.locator("canvas").get_attribute("aria-label") or "")


def drawn_words(page: Page) -> list[str]:
    """What is written on canvases from now on: call it twice, before and after."""
    words: list[str] = page.evaluate(
        """() => {
            const proto = CanvasRenderingContext2D.prototype;
            if (!window.drawn) {
                const fillText = proto.fillText;
                proto.fillText = function (text, ...at) { drawn.push(text); fillText.call(this, text, ...at); };
            }
            const before = window.drawn ?? [];
            window.drawn = [];
            return before;
        }"""
    )
    return words


@pytest.mark.parametrize(
    ("index", "words"),
    [(0, "the last finite boundary"), (2, "no finite boundary"), (6, "no boundary in the picture")],
)
def test_a_diverged_run_says_which_boundary_is_drawn(show: Callable[..., Page], index: int, words: str) -> None:
    page = show(index)
    drawn_words(page)
    root(page).locator("input").focus()
    page.keyboard.press("End")
    drawn = drawn_words(page)
    assert words in drawn
    assert not {"the last finite boundary", "no finite boundary", "no boundary in the picture"} - {words} & set(drawn)


def test_a_run_that_ends_well_says_nothing_of_a_last_boundary(show: Callable[..., Page]) -> None:
    page = show(0)
    drawn_words(page)
    root(page).locator("input").focus()
    page.keyboard.press("Home")
    drawn = drawn_words(page)
    assert len(drawn) > 5 and not [words for words in drawn if "boundary" in words or "diverged" in words]
    assert share_of(root(page), LIGHT["bad"]) == 0


def test_nothing_finite_is_no_blank(show: Callable[..., Page]) -> None:
    page = show(2)
    explorer = root(page)
    assert share_of(explorer, LIGHT["bad"]) > 300
    assert share_of(explorer, LIGHT["class-0"]) > 50  # the points are there
    before = drawing(explorer)
    explorer.locator("input").focus()
    page.keyboard.press("End")
    assert drawing(explorer) != before  # "diverged at lr 1"


def test_the_address_keeps_the_state(page: Page, demo: Demo) -> None:
    history = page.evaluate("history.length")
    root(page).locator("input").focus()
    page.keyboard.press("Home")
    page.wait_for_url("**#lr-explorer?lr=1e-5")
    root(page, 1).get_by_role("radio", name="right").check()
    page.wait_for_url("**#lr-explorer?lr=1e-5;lr-start-explorer?lr=0.1&start=right")
    assert page.evaluate("history.length") == history
    page.reload()
    assert text(root(page)).startswith("learning rate 1e-5: ")
    assert text(root(page, 1)).startswith("lr 0.1, start right: ")
    page.get_by_role("link", name="top").click()
    assert page.url.endswith("#top")
    assert text(root(page, 1)).startswith("lr 0.1, start right: ")


def test_a_link_opens_a_state(show: Callable[..., Page]) -> None:
    page = show(0, 1, 2, 3, device_scale_factor=1)  # words and places are asked alone
    address = page.url
    opened = {
        "#lr-explorer?lr=10": (0, "learning rate 10: "),
        "#lr-explorer?lr=0.09": (0, "learning rate 0.1: "),  # the nearest that is stored
        "#lr-explorer?lr=1e9": (0, "learning rate 10: "),
        "#lr-explorer?lr=": (0, "learning rate 0.1: "),
        "#lr-explorer?other=3": (0, "learning rate 0.1: "),
        "#lr-explorer-2?lr=1": (2, "lr 1: "),  # the second with this id on the page
        "#lr-start-explorer?start=right": (1, "lr 0.1, start right: "),
        "#lr-start-explorer?start=none&lr=0.01": (1, "lr 0.01, start left: "),
        "#few?power=plain&lr=2": (3, "power plain, lr 2: "),
    }
    for fragment, (index, words) in opened.items():
        page.goto("about:blank")
        page.goto(address + fragment)
        assert text(root(page, index)).startswith(words), fragment
        page.wait_for_function(
            """index => { const r = document.querySelectorAll(".nnlib-explorer")[index].getBoundingClientRect();
                          return r.top < innerHeight && r.bottom > 0; }""",
            arg=index,
        )
    page.evaluate("location.hash = '#lr-start-explorer?lr=1&start=right'")  # a link on the page itself
    page.wait_for_function("document.querySelectorAll('output')[1].textContent.startsWith('lr 1, start right: ')")


LATE_MATHS = """
addEventListener("DOMContentLoaded", () => {
    document.documentElement.style.overflowAnchor = "none";
    window.formulas = { there: new Promise((done) => setTimeout(() => {
        const maths = document.createElement("div");
        maths.style.height = "3000px";
        document.querySelector("main").prepend(maths);
        done();
    }, 400)) };
});
"""


@pytest.mark.parametrize("reader_moves", [False, True])
def test_a_link_lands_on_the_explorer_after_the_maths_is_set(show: Callable[..., Page], reader_moves: bool) -> None:
    page = show(0, 1, stand_in=LATE_MATHS, fragment="#lr-start-explorer?lr=1")
    if reader_moves:
        page.mouse.wheel(0, -100)
    page.wait_for_function("document.querySelector('main').firstElementChild.offsetHeight === 3000")
    page.wait_for_timeout(300)
    box = root(page, 1).bounding_box()
    assert box
    assert (box["y"] >= 0 and box["y"] + 200 < 900) is not reader_moves  # who scrolls is left alone


def test_reset_and_double_click_lead_home(show: Callable[..., Page]) -> None:
    page = show(0)
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


def test_copy_link_copies_the_state(show: Callable[..., Page]) -> None:
    page = show(0, permissions=["clipboard-read", "clipboard-write"])
    explorer = root(page)
    explorer.locator("input").focus()
    page.keyboard.press("End")
    explorer.get_by_role("button", name="Copy link").click()
    explorer.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url.split("#")[0] + "#lr-explorer?lr=10"


def test_it_is_drawn_once_for_a_width_and_as_dense_as_the_screen_is(show: Callable[..., Page]) -> None:
    page = show(0)
    screen = page.context.new_cdp_session(page)
    page.evaluate("""() => {
        const { clearRect } = CanvasRenderingContext2D.prototype;
        globalThis.cleared = 0;
        CanvasRenderingContext2D.prototype.clearRect = function (...box) { cleared++; clearRect.apply(this, box); };
    }""")

    def drawn(width: int, density: int) -> list[float]:
        # of another height: else Chromium tells a page nothing of an emulated density
        metrics = {"width": width, "height": 900 + density, "deviceScaleFactor": density, "mobile": False}
        screen.send("Emulation.setDeviceMetricsOverride", metrics)
        return page.evaluate("""() => new Promise((done) => setTimeout(() => {
            const canvas = document.querySelector(".nnlib-explorer canvas");
            done([cleared, canvas.width / canvas.getBoundingClientRect().width]);
        }, 200))""")

    assert drawn(600, 2) == [1, 2]
    assert drawn(600, 4) == [2, 4]
    assert drawn(400, 4) == [3, 4]
    screen.detach()  # the next test's is as dense as it was


def test_it_follows_the_theme(show: Callable[..., Page]) -> None:
    page = show(0)
    explorer = root(page)
    light = drawing(explorer)
    assert share_of(explorer, LIGHT["class-0"]) > 50 and share_of(explorer, DARK["class-0"]) == 0
    page.emulate_media(color_scheme="light")
    for dark, undo in (
        ("document.documentElement.dataset.theme = 'dark'", "document.documentElement.dataset.theme = 'light'"),
        ("document.body.dataset.jpThemeLight = 'false'", "document.body.dataset.jpThemeLight = 'true'"),
        (
            "delete document.body.dataset.jpThemeLight; document.body.classList.add('vscode-dark')",
            "document.body.className = 'vscode-light'",
        ),
        ("document.body.className = 'vscode-high-contrast'", "document.body.className = 'vscode-high-contrast-light'"),
    ):
        page.evaluate(dark)
        page.wait_for_timeout(50)
        assert share_of(explorer, LIGHT["class-0"]) == 0 and share_of(explorer, DARK["class-0"]) > 50, dark
        page.evaluate(undo)
        page.wait_for_timeout(50)
        assert share_of(explorer, LIGHT["class-0"]) > 50 and share_of(explorer, DARK["class-0"]) == 0, undo
        page.evaluate("document.documentElement.removeAttribute('data-theme')")
    page.evaluate("document.body.className = ''")
    page.wait_for_timeout(50)
    assert drawing(explorer) == light


def test_it_follows_the_system_where_the_page_does_not_say(show: Callable[..., Page]) -> None:
    page = show(0)
    page.evaluate("delete document.documentElement.dataset.theme")
    for scheme, palette, other in (("dark", DARK, LIGHT), ("light", LIGHT, DARK)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(50)
        assert share_of(root(page), palette["class-0"]) > 50 and share_of(root(page), other["class-0"]) == 0


def test_paper_is_light(show: Callable[..., Page]) -> None:
    page = show(0)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(50)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert share_of(root(page), LIGHT["class-0"]) > 50 and share_of(root(page), DARK["class-0"]) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert share_of(root(page), LIGHT["class-0"]) == 0 and share_of(root(page), DARK["class-0"]) > 50
    page.emulate_media(media="print")
    assert root(page).locator("output").evaluate("o => getComputedStyle(o).color") == "rgb(36, 41, 47)"


def test_on_paper_it_is_drawn_for_paper_whatever_changes_meanwhile(show: Callable[..., Page]) -> None:
    page = show(0)
    shape = "c => [c.width, c.height, c.clientWidth]"
    canvas = root(page).locator("canvas")
    before = canvas.evaluate(shape)
    page.evaluate("dispatchEvent(new Event('beforeprint')); document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(50)
    wide, _, shown = canvas.evaluate(shape)
    assert shown <= 600 and wide == 3 * shown
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 500, "height": 800})  # a sheet that is narrower still
    squeezed = canvas.evaluate("c => c.clientWidth / c.clientHeight / (c.width / c.height)")
    assert squeezed == pytest.approx(1, abs=0.01)
    assert not root(page).locator(".nx-controls").is_visible() and root(page).locator("output").is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1000, "height": 800})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_timeout(50)
    assert canvas.evaluate(shape) == before


def test_in_vs_code_it_brings_its_own_ground(page: Page) -> None:
    page.evaluate("delete document.documentElement.dataset.theme; document.body.classList.add('vscode-dark')")
    assert root(page).evaluate("r => getComputedStyle(r).backgroundColor") == "rgb(22, 25, 29)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


@pytest.fixture(scope="module")
def six() -> Stored:
    return Stored(Explorer(examples.six, data={}, lr=slider(0, 1, default=0.5, steps=5)))


@pytest.mark.parametrize("width", [360, 390, 700, 1280])
def test_a_legend_of_six_names_takes_the_rows_it_needs(open_again: Opener, six: Stored, width: int) -> None:
    explorer = root(open_again(six, width=width))
    stage = explorer.locator(".nx-stage").bounding_box()
    assert stage
    boxes = []
    for head in explorer.locator(".nx-head").all():
        entries = [entry.bounding_box() for entry in head.locator(".nx-title, .nx-entry").all()]
        assert len(entries) == 7
        boxes += entries
    for box in boxes:
        assert box and box["x"] >= stage["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"] + 0.5
        assert box["y"] >= stage["y"] and box["height"] >= 20
    for one, other in itertools.combinations(boxes, 2):
        assert one and other
        beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        above = one["y"] + one["height"] <= other["y"] + 0.5 or other["y"] + other["height"] <= one["y"] + 0.5
        assert beside or above


@pytest.mark.parametrize("press", ["click", "Enter", " "])
def test_a_path_is_hidden_and_shown_by_its_legend(show: Callable[..., Page], press: str) -> None:
    page = show(1)
    explorer = root(page)
    entry = explorer.get_by_role("button", name="momentum")
    whole = drawing(explorer)
    color = LIGHT["series-1"]
    drawn = share_of(explorer, color)
    assert entry.get_attribute("aria-pressed") == "true" and drawn > 100

    def toggle() -> None:
        if press == "click":
            entry.click()
        else:
            entry.focus()
            page.keyboard.press(press)

    toggle()
    assert entry.get_attribute("aria-pressed") == "false"
    assert share_of(explorer, color) == 0 and share_of(explorer, LIGHT["series-0"]) > 100
    assert (explorer.locator("canvas").get_attribute("aria-label") or "").endswith("; hidden: momentum.")
    explorer.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert share_of(explorer, color) == 0  # at other positions, too
    page.keyboard.press("ArrowLeft")
    toggle()
    assert drawing(explorer) == whole
    toggle()
    explorer.get_by_role("button", name="Reset").click()
    assert drawing(explorer) == whole
    assert explorer.get_by_role("button", name="momentum").get_attribute("aria-pressed") == "true"


def test_a_curve_is_hidden_in_its_own_panel(show: Callable[..., Page]) -> None:
    page = show(5)
    explorer = root(page)  # "stays" is a curve and a path
    both = share_of(explorer, LIGHT["series-2"])
    group = explorer.get_by_role("group", name="shown in Loss")
    group.get_by_role("button", name="stays").click()
    assert 0 < share_of(explorer, LIGHT["series-2"]) < both


def test_a_lone_curve_and_classes_are_no_buttons(show: Callable[..., Page]) -> None:
    page = show(4)
    explorer = root(page)
    assert explorer.locator(".nx-entry").all_inner_texts() == ["training", "class 0", "class 1"]
    assert explorer.locator("button.nx-entry").count() == 0


def test_the_last_label_of_an_axis_is_not_cut(show: Callable[..., Page]) -> None:
    page = show(7)
    ink = """canvas => {
        const g = canvas.getContext("2d");
        const inked = (x) => g.getImageData(x, 0, 1, canvas.height).data.some((value, i) => i % 4 === 3 && value > 0);
        return [canvas.width - 1, canvas.width - 12].map(inked);
    }"""
    assert root(page).locator("canvas").evaluate(ink) == [False, True]


def test_what_leaves_the_picture_is_marked_and_told(show: Callable[..., Page]) -> None:
    page = show(5, 1)
    explorer = root(page)
    label = explorer.locator("canvas").get_attribute("aria-label") or ""
    for words in (
        "grows leaves the picture at the top",
        "falls leaves the picture at the bottom",
        "right leaves the picture at the right",
        "up leaves the picture at the top",
    ):
        assert words in label
    assert "stays leaves" not in label
    assert "leaves the picture" not in (root(page, 1).locator("canvas").get_attribute("aria-label") or "")
    # A triangle at the upper edge: much of the curve's color in a few rows of pixels.
    rows = explorer.locator("canvas").evaluate(
        """(canvas, [r, g, b]) => {
            const d = canvas.getContext("2d").getImageData(0, 0, canvas.width / 2, canvas.height).data;
            const rows = {};
            for (let i = 0; i < d.length; i += 4)
                if (Math.abs(d[i] - r) + Math.abs(d[i + 1] - g) + Math.abs(d[i + 2] - b) < 12) {
                    const y = Math.floor(i / 4 / (canvas.width / 2));
                    rows[y] = (rows[y] ?? 0) + 1;
                }
            return Object.values(rows);
        }""",
        [int(LIGHT["series-0"][i : i + 2], 16) for i in (1, 3, 5)],
    )
    assert max(rows[:24]) >= 14 > 2 * np.median(rows)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("above", "above is outside the picture at the top"),
        ("one value", "one value is outside the picture at the bottom"),
        ("comes", "comes enters the picture at the top"),
        ("away", "away is outside the picture at the left"),
        ("back", "back enters the picture at the right"),
    ],
)
def test_what_begins_outside_the_picture_is_marked_and_told(show: Callable[..., Page], name: str, told: str) -> None:
    explorer = root(show(5))
    canvas, entry = explorer.locator("canvas"), explorer.get_by_role("button", name=name, exact=True)
    assert (canvas.get_attribute("aria-label") or "").count(told) == 1
    marked = drawing(explorer)
    entry.click()
    assert drawing(explorer) != marked and told not in (canvas.get_attribute("aria-label") or "")


# --- play ---------------------------------------------------------------------------------------------------------


def timed(context: BrowserContext) -> None:
    """Let the test say what time it is."""
    context.clock.install()


def watched(page: Page) -> None:
    """Keep what the explorer's text says, and when."""
    page.evaluate(
        """() => {
            const output = document.querySelector(".nnlib-explorer output");
            window.told = [];
            new MutationObserver(() => told.push(output.textContent)).observe(output, { childList: true });
        }"""
    )


def test_a_control_plays_its_positions_and_stops_at_the_last(show: Callable[..., Page], demo: Demo) -> None:
    page = show(4, prepare=timed)
    explorer, spec = root(page), demo.stored(4)
    watched(page)
    page.clock.run_for(10_000)
    assert page.evaluate("told") == []  # not by itself
    play = explorer.locator(".nx-play")
    assert play.inner_text() == "Play" and play.get_attribute("aria-label") == "Play epoch"
    first = drawing(explorer)
    play.click()
    assert play.inner_text() == "Pause" and play.get_attribute("aria-label") == "Pause epoch"
    assert explorer.locator("output").get_attribute("aria-live") == "off"
    page.clock.run_for(20_000)
    labels = spec["controls"][0]["labels"]
    expected = [f"epoch {label}: {r['text']}" for label, r in zip(labels, spec["results"], strict=True)]
    assert page.evaluate("told") == expected[1:]
    assert play.inner_text() == "Play"
    assert explorer.locator("output").get_attribute("aria-live") == "polite"
    assert drawing(explorer) != first
    play.click()  # again from the start
    assert text(explorer) == expected[0]


def test_playing_can_be_paused_and_a_hand_on_the_slider_pauses(show: Callable[..., Page]) -> None:
    page = show(4, prepare=timed)
    explorer = root(page)
    play = explorer.locator(".nx-play")
    play.click()
    page.clock.run_for(1500)
    play.click()
    held = text(explorer)
    page.clock.run_for(5000)
    assert text(explorer) == held and play.inner_text() == "Play"
    assert not held.startswith(("epoch 0:", "epoch 24:"))
    play.click()
    explorer.locator("input").focus()
    page.keyboard.press("Home")
    page.clock.run_for(5000)
    assert text(explorer).startswith("epoch 0:") and play.inner_text() == "Play"


def test_where_less_motion_is_asked_for_it_steps(show: Callable[..., Page]) -> None:
    page = show(4, prepare=timed, reduced_motion="reduce")
    explorer = root(page)
    step = explorer.locator(".nx-play")
    assert step.inner_text() == "Step" and step.get_attribute("aria-label") == "Step epoch"
    told = []
    for _ in range(9):
        step.focus()
        page.keyboard.press("Enter")
        page.clock.run_for(5000)
        told.append(text(explorer).split(":")[0])
    assert told == [
        "epoch 3",
        "epoch 6",
        "epoch 9",
        "epoch 12",
        "epoch 15",
        "epoch 18",
        "epoch 21",
        "epoch 24",
        "epoch 0",
    ]


# --- the page -----------------------------------------------------------------------------------------------------


def test_it_fits_its_page_and_is_crisp(page: Page) -> None:
    canvas = root(page).locator("canvas")
    for width in (360, 390, 700, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            """[...document.querySelectorAll("canvas")]
                .every((canvas) => canvas.width === 2 * canvas.closest(".nnlib-explorer").clientWidth)"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = canvas.bounding_box()
        assert box
        # One above the other on a phone, else side by side.
        assert (box["height"] > 0.9 * box["width"]) is (width < 590), width
        assert canvas.evaluate("c => c.height") == 2 * box["height"]


def test_moving_redraws_within_a_frame(show: Callable[..., Page]) -> None:
    page = show(0)
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


def test_ids_are_unique_labels_find_their_inputs_and_nothing_is_executed_twice(page: Page) -> None:
    ids = page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
    assert len(ids) == len(set(ids)) and "lr-explorer-2" in ids
    for label in page.locator(".nnlib-explorer label[for]").all():
        assert page.locator(f"input[id='{label.get_attribute('for')}']").count() == 1
    for output in page.locator("output").all():
        for name in (output.get_attribute("for") or "").split():
            assert page.locator(f"[id='{name}']").count() == 1
    # The root says who answers.
    assert {r.get_attribute("data-engine") for r in page.locator(".nnlib-explorer").all()} == {"stored"}
    assert page.locator("script:not([src]):not([type='application/json'])").count() == 0
    canvases = page.locator("canvas").count()
    assert canvases == page.locator(".nnlib-explorer").count() == 8
    page.evaluate("nnlibWidgets.mountPage('explorer')")  # a script that is loaded again finds nothing to do
    assert page.locator("canvas").count() == canvases


def test_a_position_that_was_not_run_says_so(open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNLIB_EXPLORER", "ends")
    page = open_page(Stored(examples.trained()))
    explorer = root(page)
    explorer.locator("input").focus()
    page.keyboard.press("ArrowRight")
    assert explorer.get_by_role("alert").inner_text() == "learning rate 0.316: this position was not run"
    page.keyboard.press("End")
    assert explorer.get_by_role("alert").count() == 0
    assert text(explorer).startswith("learning rate 10: loss")


@pytest.mark.long
def test_the_page_of_examples_shows_every_state_and_is_accessible(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(write(tmp_path, examples.examples()).as_uri())
    page.locator(".nx-error:visible").wait_for()
    assert page.locator("[aria-busy=true]").count() == 1
    assert page.get_by_text("Pause", exact=True).count() == 1
    assert page.locator("[aria-pressed=false]").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page, "main") == []
    page.get_by_label("Shown as in").select_option("page dark")
    page.wait_for_timeout(50)
    assert violations(page, "main", only=["color-contrast"]) == []
    page.close()
    assert not errors


def test_without_scripts_a_picture_stands_there(show: Callable[..., Page]) -> None:
    picture = root(show(0, width=360, device_scale_factor=1, java_script_enabled=False)).locator("img")
    assert picture.is_visible()
    assert "learning rate 0.1: loss" in (picture.get_attribute("alt") or "")
    box = picture.bounding_box()
    assert box and box["width"] <= 360 and box["height"] > 100


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
def widget(show: Callable[..., Page], demo: Demo) -> Locator:
    """A notebook's, under the page's own."""
    page, explorer = show(0), demo.explorers[0]
    page.evaluate(STAND_IN, [embed.module("explorer"), explorer._spec([explorer.at()])])
    return page.locator("#widget .nnlib-explorer")


def test_the_kernel_is_asked_for_values_between(demo: Demo, widget: Locator) -> None:
    page = widget.page
    assert text(widget) == text(root(page))  # the default came along
    assert page.evaluate("asked") == []
    before = drawing(widget)
    widget.locator("input").focus()
    page.keyboard.press("ArrowRight")
    (question,) = page.evaluate("asked")
    lr = question["values"]["lr"]
    assert 0.1 < lr < demo.explorers[0].values["lr"][9]
    assert lr == float(f"{lr:.3g}")  # what the label says is what is run
    assert widget.locator(".nx-value").inner_text() == readable(lr)
    assert drawing(widget) == before  # the old drawing stays until there is a new one
    assert widget.get_attribute("aria-busy") == "true"
    page.evaluate("answer", {"id": question["id"], "done": True, **demo.explorers[0].reply(lr=lr)})
    page.wait_for_function("!document.querySelector('#widget [aria-busy]')")
    assert drawing(widget) != before
    assert text(widget) == f"learning rate {readable(lr)}: {demo.explorers[0].at(lr=lr).text}"
    assert "#" not in page.url  # a notebook's address is not ours


def test_views_are_drawn_while_the_kernel_trains(demo: Demo, widget: Locator) -> None:
    page = widget.page
    explorer = demo.explorers[0]
    widget.locator("input").focus()
    page.keyboard.press("Home")
    (question,) = page.evaluate("asked")
    before = drawing(widget)
    page.evaluate("answer", {"id": question["id"], "done": False, **explorer.reply(lr=0.01)})
    assert drawing(widget) != before and widget.get_attribute("aria-busy") == "true"
    assert text(widget) == f"learning rate 1e-5: {explorer.at(lr=0.01).text}"
    page.evaluate("answer", {"id": question["id"], "done": True, **explorer.reply(lr=1e-5)})
    page.wait_for_function("!document.querySelector('#widget [aria-busy]')")
    assert text(widget) == f"learning rate 1e-5: {explorer.at(lr=1e-5).text}"


def test_the_panels_may_change_from_one_run_to_the_next(demo: Demo, widget: Locator) -> None:
    """A reader's code may draw more, fewer or others; none takes another's axes, and nothing waits for ever."""
    page, explorer = widget.page, demo.explorers[0]
    loss, other = Curves({"loss": [3.0, 1.0]}, y_label="loss"), Curves({"size": [10.0, 500.0]}, y_label="size")
    boundary = next(panel for panel in explorer.at().panels if isinstance(panel, Boundary))
    widget.locator("input").focus()
    for panels in [(loss, other, boundary), (boundary, loss), (other,), (boundary,), explorer.at().panels]:
        page.keyboard.press("ArrowRight")
        question = page.evaluate("asked.at(-1)")
        view = View(*panels, text=f"{len(panels)} panels")
        page.evaluate("answer", {"id": question["id"], "done": True, **encode_views([view])})
        page.wait_for_function("!document.querySelector('#widget [aria-busy]')")
        assert text(widget).endswith(view.text) and widget.locator(".nx-error").is_hidden()
        assert widget.locator("canvas").get_attribute("aria-label").count(". ") == len(panels)


def test_a_long_noisy_run_is_drawn_by_what_can_be_seen_of_it(demo: Demo, widget: Locator) -> None:
    page, n = widget.page, 30_000
    noise = np.random.default_rng(0).uniform(1, 3, n)
    noise[n // 2] = 9.5
    page.evaluate("""() => {
        globalThis.lines = 0;
        const { lineTo } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.lineTo = function line(...at) {
            globalThis.lines += 1;
            return lineTo.apply(this, at);
        };
    }""")
    widget.locator("input").focus()
    page.keyboard.press("ArrowRight")
    question = page.evaluate("asked.at(-1)")
    view = View(Curves({"noise": noise, "more": noise + 1}, y_label="loss"), text="long")
    page.evaluate("answer", {"id": question["id"], "done": True, **encode_views([view])})
    page.wait_for_function("!document.querySelector('#widget [aria-busy]')")
    assert text(widget).endswith("long")
    width = widget.locator("canvas").evaluate("canvas => canvas.clientWidth")
    assert 1000 < page.evaluate("lines") < 2 * 4 * width + 500
    about = widget.locator("canvas").get_attribute("aria-label") or ""
    assert "leaves" not in about  # the axes hold the peak, as they hold all


def test_in_a_notebook_a_slider_of_few_stops_stays_a_slider(show: Callable[..., Page], demo: Demo) -> None:
    page = show(3)
    explorer = demo.explorers[3]  # three names and four numbers
    page.evaluate(STAND_IN, [embed.module("explorer"), explorer._spec([explorer.at()])])
    widget = page.locator("#widget .nnlib-explorer")
    assert widget.get_attribute("data-engine") == "kernel"
    assert widget.get_by_role("radio").count() == 3
    widget.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("asked")[0]["values"] == {"power": "fancy", "lr": 1.1}


def test_a_notebook_plays_as_fast_as_its_kernel_answers(show: Callable[..., Page], demo: Demo) -> None:
    page = show(4, prepare=timed)
    explorer = demo.explorers[4]
    page.evaluate(STAND_IN, [embed.module("explorer"), explorer._spec([explorer.at()])])
    widget = page.locator("#widget .nnlib-explorer")
    widget.locator(".nx-play").click()
    page.clock.run_for(5000)
    (question,) = page.evaluate("asked")  # waits for the answer
    page.evaluate("answer", {"id": question["id"], "done": True, **explorer.reply(**question["values"])})
    page.clock.run_for(5000)
    assert [q["values"]["epoch"] for q in page.evaluate("asked")] == [3, 6]
    page.evaluate("remove()")


def test_only_the_latest_request_is_sent(demo: Demo, widget: Locator) -> None:
    page = widget.page
    explorer = demo.explorers[0]
    widget.locator("input").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    (question,) = page.evaluate("asked")
    page.evaluate("answer", {"id": "of another view", "done": True, **explorer.reply()})
    assert widget.get_attribute("aria-busy") == "true"
    page.evaluate("answer", {"id": question["id"], "done": True, **explorer.reply(**question["values"])})
    page.wait_for_function("asked.length === 2")
    question = page.evaluate("asked")[1]
    assert question["values"] == {"lr": 1e-5}
    assert widget.get_attribute("aria-busy") == "true"
    page.evaluate("answer", {"id": question["id"], "done": True, **explorer.reply(lr=1e-5)})
    page.wait_for_function("!document.querySelector('#widget [aria-busy]')")
    assert text(widget).startswith("learning rate 1e-5: ")
    assert len(page.evaluate("asked")) == 2


def test_an_error_is_shown_until_the_next_result(demo: Demo, widget: Locator) -> None:
    page = widget.page
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
    page.evaluate("answer", {"id": question["id"], "done": True, **demo.explorers[0].reply(**question["values"])})
    alert.wait_for(state="hidden")
    assert drawing(widget) != before


def test_a_removed_view_stops_listening(widget: Locator) -> None:
    page = widget.page
    assert page.evaluate("listening()") == 1
    page.evaluate("remove()")
    assert page.evaluate("listening()") == 0
