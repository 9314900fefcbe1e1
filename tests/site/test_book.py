"""Every page of the built book, as a reader gets it: whole, on this machine alone, on any screen, for everyone.

A page is visited once over http, and looked at in all its states: light and dark, 1280, 390 and 360 px wide, folds
closed and open, figures untouched and used. It is switched and resized where it stands, by its own button and the
window's size; that a page which is opened in the dark is dark is tested once. Opened again from the disk, it must be
as whole: at each change a page with each kind of widget, all others in `make test-long`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import Visit
from PIL import Image
from playwright.sync_api import Browser, Page

from tools import picture
from tools.notebooks import contents
from tools.serve import HTML
from tools.weigh import too_heavy

PAGES = [f"{name}.html" for name in contents()]
every_page = pytest.mark.parametrize("path", PAGES, ids=[Path(path).stem for path in PAGES])
# In which is each kind of widget that there is.
FROM_DISK = [f"book/{name}.html" for name in ("02-backpropagation", "11-digits", "clinic", "playground", "progress")]
from_disk = pytest.mark.parametrize(
    "path",
    [path if path in FROM_DISK else pytest.param(path, marks=pytest.mark.long) for path in PAGES],
    ids=[Path(path).stem for path in PAGES],
)
both_schemes = pytest.mark.parametrize("scheme", ["http", "file"])

THEMES = ("light", "dark")
WIDTHS = (1280, 390, 360)
# The rules of axe that ask for colors, and those that ask where something is.
COLORS = ("color-contrast", "link-in-text-block")
PLACES = ("target-size", "scrollable-region-focusable")
FIGURES = ".nnlib-explorer, .nnlib-stepper"
WIDGETS = f"{FIGURES}, .nnlib-pad, .nnlib-circuit, .nnlib-playground"
SHOWS = "control => look.shows(control)"


def use(seen: Visit) -> bool:
    """Bring each widget of a page into a state that its reader made. Are there any?"""
    seen.look("use")
    if board := seen.page.query_selector(".nnlib-pad [tabindex]"):
        board.scroll_into_view_if_needed()
        box = board.bounding_box()
        assert box is not None
        seen.page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.2 * box["height"])
        seen.page.mouse.down()
        seen.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
        seen.page.mouse.up()
        seen.page.mouse.move(0, 0)
    return seen.page.query_selector(WIDGETS) is not None


def wrong(seen: Visit) -> list[str]:
    """What is wrong with an open page in any of its states; it is left as axe wants it, thin."""
    found = [f"as loaded: {what}" for what in seen.look("whole")]
    seen.page.mouse.move(0, 0)  # nothing is hovered, nothing under what floats
    seen.look("toTop")
    light, dark = THEMES
    narrow_first = WIDTHS[::-1]  # there and back: a page is not arranged anew for a width that it has
    for folds, widths in (("closed", narrow_first), ("open", WIDTHS)):
        seen.look("unfold", folds == "open")
        for width in widths:
            seen.resize(width)
            found += [f"{light}, {width} px, folds {folds}: {what}" for what in seen.look("tooWide")]
            found += [f"{width} px, folds {folds}: {what}" for what in seen.look("cutOff")]
    seen.look("thin")  # no theme changes a formula, and without them all else is quick
    told: dict[int, list[str]] = {}  # of all that is there, as one number: what axe said
    stood: dict[int, list[int]] = {}  # at a width: what was there, and where
    for theme, folds, widths in ((dark, "closed", narrow_first), (dark, "open", WIDTHS), (light, "open", narrow_first)):
        seen.look("theme", theme)
        seen.look("unfold", folds == "open")
        for width in widths:
            seen.resize(width)
            if theme == dark:
                found += [f"{theme}, {width} px, folds {folds}: {what}" for what in seen.look("tooWide")]
            if folds == "open":
                # All rules, once; where nothing but places or colors is different, those that ask for them.
                there, _ = now = seen.look("stands")
                rules = () if there not in told else COLORS if stood.get(width) == now else COLORS + PLACES
                as_before = [what for what in told.get(there, ()) if what.partition(": ")[0] not in rules]
                told[there] = seen.barriers(*rules) + as_before
                stood[width] = now
                found += [f"{theme}, {width} px: {what}" for what in told[there]]
    seen.look("unfold", False)
    used = use(seen)
    if used or seen.page.query_selector("details, .toggle-button"):
        found += [f"folds closed, figures used: {what}" for what in seen.barriers()]
    if used:
        seen.look("theme", dark)
        found += [f"figures used, {dark}: {what}" for what in seen.barriers(within=WIDGETS)]
    return found


def stuck(page: Page) -> list[str]:
    """The moves of a figure's controls, by keyboard, that do not change its drawing and what it says, as they must."""
    found = []
    # Handles: a locator would look for its element anew before each of some hundred questions.
    for figure in page.query_selector_all(FIGURES):
        reset = next((button for button in figure.query_selector_all("button") if button.inner_text() == "Reset"), None)
        back = ["Reset"] if reset else []
        walks = []
        for slider in figure.query_selector_all("input[type=range]"):
            last = slider.get_attribute("max")
            aside = "ArrowLeft" if slider.input_value() == last else "ArrowRight"
            walks.append((slider, [aside, "Home", "End", *(back or ["Home"])], last))
        for group in figure.query_selector_all("fieldset:has(input[type=radio])"):
            once_around = ["ArrowRight"] * len(group.query_selector_all("input[type=radio]"))
            walks.append((group, [*once_around, "ArrowRight", *back], None))
        if figure.get_attribute("data-engine") != "stored" or not walks:
            found.append(f"{figure.get_attribute('id')}: no control that stored runs answer")
        for control, moves, last in walks:
            *shown, home = control.evaluate(SHOWS)
            at = home
            control.evaluate("control => (control.querySelector(':checked') ?? control).focus()")
            for move in moves:
                if move == "Reset":
                    reset.press("Enter")
                    control.evaluate("control => (control.querySelector(':checked') ?? control).focus()")
                else:
                    page.keyboard.press(move)
                before, was = shown, at
                *shown, at = control.evaluate(SHOWS)
                goal = {"Home": "0", "End": last, "Reset": home}.get(move)
                right = at == goal if goal else at != was
                if not right or any((old != new) != (at != was) for old, new in zip(before, shown, strict=True)):
                    found.append(f"{move} does nothing, or too much: {control.get_attribute('id')}")
    return found


@every_page
def test_a_page_is_right_in_every_state(visit: Callable[..., Visit], path: str) -> None:
    # The fixture fails on any foreign or failed request, and on errors on the console.
    seen = visit(path, reduced_motion="reduce")
    assert too_heavy(seen.requests) == []
    assert stuck(seen.page) == []
    assert wrong(seen) == []


@from_disk
def test_a_page_is_right_from_the_disk(visit: Callable[..., Visit], path: str) -> None:
    seen = visit(path, "file")
    assert seen.look("whole") == []
    assert stuck(seen.page) == []


def test_each_kind_of_widget_is_opened_from_the_disk_at_each_change() -> None:
    kinds = {path: set(re.findall(r'class="(nnlib-[a-z]+)', (HTML / path).read_text("utf-8"))) for path in PAGES}
    assert set().union(*(kinds[path] for path in FROM_DISK)) == set().union(*kinds.values())


def test_the_book_has_figures_that_move() -> None:
    pages = [(HTML / path).read_text(encoding="utf-8") for path in PAGES]
    assert sum('class="nnlib-explorer"' in page for page in pages) >= 12
    assert sum('class="nnlib-stepper"' in page for page in pages) >= 1


def test_what_changes_in_a_figure_leaves_the_page_alone(visit: Callable[..., Visit], browser: Browser) -> None:
    # A selector like `section:has(> .x) > *` would have the style of all elements computed anew at each change of one.
    page = visit("book/09-optimizers.html").page
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.evaluate("""() => {
        const text = document.querySelector(".nnlib-explorer output").appendChild(document.createElement("span"));
        getComputedStyle(text).color;
        text.remove();
        getComputedStyle(document.body).color;
    }""")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    styled = [
        event["args"]["elementCount"]
        for event in events
        if event["name"] == "UpdateLayoutTree" and "elementCount" in event.get("args", ())
    ]
    assert 0 < max(styled) < page.locator("*").count() / 20


def test_a_first_visit_is_clean(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGES[0], theme=None)  # nothing stored yet: the theme decides by the system's setting
    assert seen.page.locator("html").get_attribute("data-mode") == "auto"
    assert seen.page.locator("html").get_attribute("data-theme") == "light"


def test_a_first_visit_in_the_dark_is_dark(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGES[0], theme=None, color_scheme="dark")
    assert seen.page.locator("html").get_attribute("data-theme") == "dark"


def test_what_was_chosen_stays_on_the_next_page(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGES[0])
    seen.look("theme", "dark")
    seen.goto(PAGES[1])
    assert seen.page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("theme", THEMES)
def test_the_button_that_leads_back_up_can_be_read(visit: Callable[..., Visit], theme: str) -> None:
    seen = visit("book/notation.html", theme=theme, width=390)  # on a wide screen it is never shown
    button = seen.page.locator("#pst-back-to-top")
    assert button.is_hidden()
    for y in (3000, 2500):
        seen.page.evaluate("y => scrollTo({ top: y, behavior: 'instant' })", y)
        seen.look("settle")
    button.wait_for()
    assert seen.barriers(within="#pst-back-to-top") == []


@both_schemes
def test_the_front_door_leads_to_the_introduction(visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit(PAGES[-1], scheme)
    seen.page.goto(seen.site.url("index.html", scheme))
    seen.page.wait_for_url("**/" + PAGES[0])
    seen.look("settle")


def test_readmes_picture_shows_this_page(visit: Callable[..., Visit]) -> None:
    """The same contents, question and buttons: else `make picture`."""
    with Image.open(picture.PICTURE) as taken:
        taken.load()
    page = visit(picture.PAGE, **picture.SIZE).page
    assert picture.what_is_seen(page) == taken.text["Seen"].splitlines()


def test_there_is_one_search_bar(visit: Callable[..., Visit]) -> None:
    buttons = visit(PAGES[0]).page.locator("button.search-button-field, button.search-button, .search-button__button")
    assert sum(buttons.nth(i).is_visible() for i in range(buttons.count())) == 1
