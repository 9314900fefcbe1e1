"""What axe cannot see: by keyboard a reader gets everywhere, and sees where; formulas are whole; tables fit a phone."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from browsing import Site, Visit
from PIL import Image
from playwright.sync_api import CDPSession, Page

from tools.accessible import labelled
from tools.theme_script import without_stops

FIRST = "book/01-forward-pass.html"
ROOM = 8  # px around a stop, where its ring is
LISTED = "summary, [tabindex='0'], a[href], button, input"
# The stops of a page, one of each kind: what looks and lies alike by tag, classes and place.
KINDS = """([listed, seen]) => {
    const known = new Set(seen);
    const name = (e) => [e.tagName.toLowerCase(), ...e.classList].join(".").replace(/-?\\d+/g, "");
    const kind = (e) => {
        const near = e.closest(".highlight, details, nav, fieldset, .admonition, [class^=nn], article, footer, body");
        const inline = e.tagName === "A" && getComputedStyle(e).display === "inline" ? "" : name(e.parentElement);
        return `${name(near)} ${inline} ${name(e)}${e.type ?? ""}`;
    };
    return [...document.querySelectorAll(listed)].filter((e) => {
        if (e.tabIndex < 0 || e.disabled || !e.checkVisibility({ visibilityProperty: true })) return false;
        if (e.getClientRects().length !== 1 || known.has(kind(e))) return false;
        known.add(kind(e));
        e.dataset.kind = kind(e);
        return true;
    });
}"""

# Then a frame: the page's scripts may answer to the focus, or to being scrolled. Back comes where the ring is: what the
# theme draws it around, in place of the button in it, or the field.
FOCUS = """async (e) => {
    e.focus();
    for (let i = 0; i < 2; i++) {
        e.scrollIntoView({ block: "center", behavior: "instant" });
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
    for (const animation of document.getAnimations()) animation.finish(); // what is reached by Tab alone slides in
    const { x, y, width, height } = (e.closest(".admonition-title, .bd-search") ?? e).getBoundingClientRect();
    return [e.dataset.kind, { x, y, width, height }, [scrollX, scrollY]];
}"""
BLUR = """(e) => {
    e.blur();
    for (const animation of document.getAnimations()) animation.finish();
}"""


# Of each value that a color's channel may have, the linear one.
LINEAR = np.arange(256) / 255
LINEAR = np.where(LINEAR <= 0.04045, LINEAR / 12.92, ((LINEAR + 0.055) / 1.055) ** 2.4)


def shot(session: CDPSession, box: dict[str, float]) -> np.ndarray[Any, Any]:
    """The luminance (WCAG 2's) of each pixel in a box of the page."""
    # Playwright's own would prepare the page for each picture anew, and have all of it styled again.
    png = session.send("Page.captureScreenshot", {"clip": box | {"scale": 1}, "optimizeForSpeed": True})["data"]
    rgb = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))
    luminance: np.ndarray[Any, Any] = LINEAR[rgb] @ (0.2126, 0.7152, 0.0722)
    return luminance


def dim(page: Page, seen: set[str]) -> list[str]:
    """The kinds of stops, beyond those seen, of which it cannot be seen on each side that they have the focus."""
    stops = page.evaluate_handle(KINDS, [LISTED, sorted(seen)]).get_properties().values()
    assert page.viewport_size is not None
    wide, high = page.viewport_size.values()
    found = []
    session = page.context.new_cdp_session(page)
    page.add_style_tag(content="* { caret-color: transparent !important }")  # a caret is no ring
    page.keyboard.press("Tab")  # from now on, what has the focus shows it
    for stop in (handle.as_element() for handle in stops):
        assert stop is not None
        kind, rect, (across, down) = stop.evaluate(FOCUS)
        seen.add(kind)
        assert 0 <= rect["x"] < wide and 0 <= rect["y"] < high, f"{kind}: {rect}"
        left, top = max(rect["x"] - ROOM, 0), max(rect["y"] - ROOM, 0)
        right, bottom = rect["x"] + rect["width"] + ROOM, rect["y"] + rect["height"] + ROOM
        size = {"width": min(right, wide) - left, "height": min(bottom, high) - top}
        box = {"x": left + across, "y": top + down} | size
        with_focus = shot(session, box)
        stop.evaluate(BLUR)
        without = shot(session, box)
        bright, dark = np.maximum(with_focus, without), np.minimum(with_focus, without)
        changed = (bright + 0.05) / (dark + 0.05) >= 3
        edge = 2 * ROOM
        sides = {"top": changed[:edge].any(0), "bottom": changed[-edge:].any(0)}
        sides |= {"left": changed[:, :edge].any(1), "right": changed[:, -edge:].any(1)}
        x, y = round(rect["x"] - left), round(rect["y"] - top)
        hidden = [
            side
            for side, line in sides.items()
            for start, length in [(y, rect["height"]) if side in ("left", "right") else (x, rect["width"])]
            if not line[start : start + round(length)].mean() >= 0.6
        ]
        if hidden:
            found.append(f"{kind}: not seen at {', '.join(hidden)}")
    return found


# The second page has kinds of stops that the first has not: a pad, a figure that scrolls, a table.
@pytest.mark.parametrize(("theme", "path"), [("light", FIRST), ("dark", "book/11-digits.html")])
def test_it_is_seen_what_has_the_focus(visit: Callable[..., Visit], theme: str, path: str) -> None:
    seen = visit(path, theme=theme, reduced_motion="reduce")
    kinds: set[str] = set()
    assert dim(seen.page, kinds) == []
    assert len(kinds) > 15


def test_a_ring_that_is_cut_off_is_noticed(open_page: Callable[..., Visit]) -> None:
    body = """<style>
    body { padding: 1rem }
    #none:focus-visible { outline: none }
    #cut { overflow: hidden } #cut button { width: 100%; outline-offset: 0 }
    #pale:focus-visible { outline-color: #ddd }
    </style>
    <button id="none">none</button><p>text</p><div id="cut"><button>cut</button></div><p>text</p>
    <i><button id="pale">pale</button></i>
    <h2><button id="good">good</button></h2>"""

    def change(html: str) -> str:
        return re.sub(r"<body.*</body>", f"<body>{body}</body>", html, flags=re.DOTALL)

    seen = open_page("search.html", change=change)
    every = "not seen at top, bottom, left, right"
    assert dim(seen.page, set()) == [f"body {near} buttonsubmit: {every}" for near in ("body", "div", "i")]


def test_a_reader_skips_to_the_text_and_to_each_kind_of_figure_and_over_code(visit: Callable[..., Visit]) -> None:
    page = visit(FIRST).page
    # The theme does not ask what scrolls, at each move of a slider: it would have told each block of code, which is
    # no stop by itself, that it is none.
    assert page.locator("article pre").count() > 20
    assert page.locator("article pre[tabindex='-1']").count() == 0
    names = page.locator("#pst-skip-link a").all_text_contents()
    assert names == ["Skip to the text", "Skip to the first slider", "Skip to the first circuit"]
    for stops, target in enumerate(["article", ".nnlib-explorer", ".nnlib-circuit"], 1):
        page.evaluate("() => { getSelection().removeAllRanges(); document.activeElement.blur(); }")
        page.locator("#pst-skip-link a").nth(stops - 1).focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        # where nothing in a figure is a stop, Tab goes on behind it
        assert page.evaluate(
            """target => {
                const figure = document.querySelector(target), now = document.activeElement;
                const first = figure.querySelector("a, button, input, summary, [tabindex='0']");
                if (first) return now === first || figure.contains(now);
                return Boolean(figure.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING);
            }""",
            target,
        ), target


def test_a_formula_is_no_stop_but_is_read(visit: Callable[..., Visit]) -> None:
    page = visit(FIRST).page
    formulas = page.locator("mjx-container")
    assert formulas.count() > 100
    assert formulas.evaluate_all("all => all.filter(e => e.tabIndex >= 0).length") == 0
    # what a screen reader is told: the MathML, not the glyphs, which have no text
    said = formulas.evaluate_all("all => all.map(e => e.querySelector('mjx-assistive-mml > math')?.textContent ?? '')")
    assert all(said)
    assert formulas.evaluate_all("all => all.every(e => e.querySelector('mjx-math').ariaHidden === 'true')")
    assert "math" in page.locator('mjx-container[display="true"]').first.aria_snapshot()
    # all over the page, not near the window alone
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = sum(node.get("role", {}).get("value") == "MathMLMath" for node in tree)
    assert told > 0.8 * formulas.evaluate_all("all => all.filter(e => e.checkVisibility()).length")


def test_what_scrolls_is_a_stop_as_long_as_it_does(visit: Callable[..., Visit]) -> None:
    seen = visit("book/10-batch-normalization.html", width=360)
    stops = "article :is(pre, .cell_output > .output, .pst-scrollable-table-container, .math, mjx-container)"
    wrong = f"""() => [...document.querySelectorAll("{stops}")].filter((e) =>
        getComputedStyle(e).overflowX === "auto" && e.checkVisibility({{ visibilityProperty: true }}) &&
        (e.scrollWidth > e.clientWidth + 1) !== (e.tabIndex === 0)).map((e) => e.outerHTML.slice(0, 90))"""
    scroll = f"""() => [...document.querySelectorAll("{stops}")].filter((e) =>
        e.tabIndex === 0 && e.checkVisibility({{ visibilityProperty: true }})).length"""
    seen.look("settle")
    assert seen.page.evaluate(wrong) == []
    few = seen.page.evaluate(scroll)
    seen.look("unfold")
    assert seen.page.evaluate(wrong) == []
    assert 0 < few < seen.page.evaluate(scroll)


def test_a_theme_that_asks_what_scrolls_in_another_way_is_noticed(site: Site) -> None:
    script = (site.root / "_static/scripts/pydata-sphinx-theme.js").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="does not ask what scrolls where"):
        without_stops(script)


def test_what_a_screen_reader_is_told_of_a_formula_makes_no_table_scroll(visit: Callable[..., Visit]) -> None:
    """MathML in a table's last column is wider than the formula that is seen, on the notation page by 11 pixels."""
    seen = visit("book/notation.html", width=1100)
    boxes = seen.page.locator("article .pst-scrollable-table-container")
    assert boxes.count() >= 10
    for width in 1100, 1280, 1366, 991:
        seen.resize(width)
        assert boxes.evaluate_all("all => all.map(e => e.scrollWidth - e.clientWidth).filter(Boolean)") == [], width


@pytest.mark.parametrize("path", ["book/errata/index.html", "book/sources.html", "book/zoo.html"])
def test_a_row_of_sentences_is_a_card_on_a_phone(visit: Callable[..., Visit], path: str) -> None:
    page = visit(path, width=390).page
    tables = page.locator("table.cards")
    assert tables.count() >= 5
    assert tables.evaluate_all("all => all.every(e => e.parentElement.scrollWidth <= e.parentElement.clientWidth)")
    cells = tables.first.locator("tbody tr:first-child td")
    names = tables.first.locator("th").all_text_contents()
    assert cells.evaluate_all("all => all.map(e => e.dataset.label)") == names
    # one below the other, and as wide as the page lets them
    boxes = [cell.bounding_box() for cell in cells.all()]
    assert all(box is not None and box["width"] > 300 for box in boxes)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert cells.evaluate_all("all => new Set(all.map(e => e.getBoundingClientRect().top)).size") == 1


def test_a_row_that_does_not_fit_its_columns_is_an_error() -> None:
    long = "more than what stands in one line"
    head = '<table class="cards table"><tr><th class="head"><p>a</p></th><th>b</th></tr>'
    row = f'<tr class="row-even"><td><p>{long}</p></td><td class="x"><p>2</p></td></tr>'
    cells = f'<td data-label="a"><p>{long}</p></td><td data-label="b" data-short class="x"><p>2</p></td>'
    assert labelled(head + row) == f'{head}<tr class="row-even">{cells}</tr>'
    with pytest.raises(ValueError, match="a row of 1 cells under 2 names: 1"):
        labelled(head + "<tr><td>1</td></tr>")


def test_a_heading_looks_no_lighter_than_those_below_it(visit: Callable[..., Visit]) -> None:
    page = visit("book/errata/a.html").page
    look = "e => { const s = getComputedStyle(e); return [parseFloat(s.fontSize), Number(s.fontWeight)]; }"
    sizes, weights = zip(*(page.locator(f"article {h}").first.evaluate(look) for h in ("h1", "h2", "h3")), strict=True)
    assert list(sizes) == sorted(set(sizes), reverse=True)
    assert list(weights) == sorted(weights, reverse=True)
