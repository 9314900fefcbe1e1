"""A page of the book on paper: light, whole, and nothing there that is pressed. All of them in one: tests/paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from browsing import Visit

A4 = 643  # px between margins of 2 cm
# On a page that is printed: what is wrong, as sentences.
FAULTS = r"""() => {
    const found = [];
    const article = document.querySelector("article");
    const all = (selector) => [...article.querySelectorAll(selector)];
    const tell = (fault, e) => found.push(`${fault}: ${e.tagName} ${e.id} ${e.textContent.trim().slice(0, 40)}`);
    const seen = (e) =>
        e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getClientRects().length > 0;

    const around = "nav, header, footer, .bd-sidebar-primary, .bd-sidebar-secondary";
    const pressed = `${around}, input, a.headerlink, button:not(.nx-entry)`;
    for (const e of document.querySelectorAll(pressed)) if (seen(e)) tell("is pressed", e);

    const right = article.getBoundingClientRect().right + 1.5;
    for (const e of all("*")) {
        if (e.closest("mjx-assistive-mml, .nnlib-spoken") || !seen(e)) continue;
        if (e.getBoundingClientRect().right > right) tell("beyond the edge", e);
    }
    for (const e of all("pre, mjx-container, .output, .pst-scrollable-table-container").filter(seen)) {
        if (getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1) tell("scrolls", e);
    }

    for (const e of all(".nnlib-explorer")) {
        const [canvas, output] = ["canvas", "output"].map((name) => e.querySelector(name));
        const { width, height } = canvas.getBoundingClientRect();
        if (Math.abs(width / height / (canvas.width / canvas.height) - 1) > 0.01) tell("squeezed", e);
        if (canvas.width < 2 * width) tell("drawn for a screen", e);
        if (getComputedStyle(e).breakInside !== "avoid") tell("may be torn", e);
        if (!seen(output) || !output.textContent) tell("tells no values", e);
    }

    for (const e of all(".admonition.dropdown > :not(.admonition-title)")) {
        if (!e.textContent.trim() && !e.children.length) continue; // where a guess will be answered
        if (!seen(e) || e.getBoundingClientRect().height < 5) tell("is closed", e);
    }
    const folds = all("details.hide:not([open]), details.hide > summary");
    for (const e of folds.filter(seen)) tell("says that it is folded", e);
    for (const e of all("a[href]")) {
        for (const side of ["::before", "::after"]) {
            if (getComputedStyle(e, side).content.includes(e.getAttribute("href"))) tell("tells its target", e);
        }
    }
    return found;
}"""
GROUND = "() => [document.body, document.querySelector('article p')].map((e) => getComputedStyle(e).color)"


def printed(seen: Visit) -> list[str]:
    """What is wrong with an open page on paper."""
    page = seen.page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    seen.resize(A4)
    found: list[str] = page.evaluate(FAULTS)
    return found


def unprinted(seen: Visit) -> None:
    seen.page.emulate_media(media="screen")
    seen.resize(1280)
    seen.page.evaluate("dispatchEvent(new Event('afterprint'))")


def look_of(seen: Visit) -> tuple[Any, ...]:
    page = seen.page
    theme = page.locator("html").get_attribute("data-theme")
    maxima = page.evaluate("[...document.querySelectorAll('.nnlib-explorer')].map((e) => e.style.maxWidth)")
    return theme, page.evaluate(GROUND), maxima


def test_a_chapter_is_whole_on_paper_and_light(visit: Callable[..., Visit]) -> None:
    # Explorers, circuits, a stepper, answers, solutions, long code.
    seen = visit("book/02-backpropagation.html", theme="dark")
    before = look_of(seen)
    assert printed(seen) == []
    theme, inks, _ = look_of(seen)
    assert theme == "light"
    assert all(max(map(int, ink[4:-1].split(","))) < 80 for ink in inks)  # dark letters
    unprinted(seen)
    assert look_of(seen) == before


def test_a_page_of_tables_is_whole_on_paper(visit: Callable[..., Visit]) -> None:
    assert printed(visit("book/notation.html")) == []


def test_what_is_wrong_on_paper_is_noticed(visit: Callable[..., Visit]) -> None:
    wrong = """<style>@media print {
        .nnlib-explorer { break-inside: auto !important; canvas { height: 50px !important } }
        .nnlib-explorer output, .admonition.dropdown > p { display: none !important }
        .bd-article pre { white-space: pre !important; overflow: auto !important }
        .bd-article a::after { content: attr(href) }
        .bd-article details.hide { display: block !important }
        #pst-back-to-top, .copybtn { display: block !important }
        .bd-article h1 { width: 60rem }
    }</style></head>"""
    seen = visit("book/01-forward-pass.html", change=lambda page: page.replace("</head>", wrong))
    kinds = {fault.partition(":")[0] for fault in printed(seen)}
    assert kinds == {
        "is pressed",
        "beyond the edge",
        "scrolls",
        "squeezed",
        "may be torn",
        "tells no values",
        "is closed",
        "says that it is folded",
        "tells its target",
    }
