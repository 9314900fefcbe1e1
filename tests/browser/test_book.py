"""Every page of the built book, as a reader gets it: whole, on this machine alone, on any screen, for everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from browsing import Visit

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [TOC["root"]] + [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]
PAGES = [f"{name}.html" for name in CHAPTERS]
every_page = pytest.mark.parametrize("path", PAGES, ids=[Path(path).stem for path in PAGES])
both_schemes = pytest.mark.parametrize("scheme", ["http", "file"])
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])

# Text that a reader sees, outside code.
LOOSE_MATHS = r"""() => {
    const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.parentElement.closest("pre, code, script, style, mjx-container, .nnlib-explorer")) continue;
        if (/\\\(|\\\[|\$\$|\\frac|\\mathbf|\$[^$\n]+\$/.test(node.data)) found.push(node.data.trim());
    }
    return found;
}"""
UNSET_MATHS = """() => [...document.querySelectorAll(".math")]
    .filter(e => !e.querySelector("mjx-container mjx-assistive-mml") || e.querySelector("mjx-merror, [data-mjx-error]"))
    .map(e => e.textContent)"""
BAD_IMAGES = """async () => {
    const images = [...document.querySelectorAll("article img")];
    for (const image of images) image.loading = "eager";
    await Promise.allSettled(images.map(image => image.decode()));
    return images
        .filter(i => !(i.complete && i.naturalWidth > 0) || (i.alt.length < 30 && i.role !== "presentation"))
        .map(i => `${i.src} (alt: ${i.alt})`);
}"""
TOO_WIDE = """() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    const wide = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > limit + 1);
    return wide.slice(0, 8).map(e => e.outerHTML.slice(0, 120));
}"""


@every_page
@both_schemes
def test_a_page_is_whole_and_stays_on_this_machine(visit: Callable[..., Visit], path: str, scheme: str) -> None:
    page = visit(path, scheme).page  # the fixture fails on any foreign or failed request and on console errors
    assert page.locator("article h1").count() == 1
    assert page.evaluate(UNSET_MATHS) == []
    assert page.evaluate(LOOSE_MATHS) == []
    assert page.evaluate(BAD_IMAGES) == []


@every_page
@both_themes
def test_a_page_serves_everyone(visit: Callable[..., Visit], path: str, theme: str) -> None:
    seen = visit(path, theme=theme, reduced_motion="reduce")
    assert seen.page.locator("html").get_attribute("data-theme") == theme
    assert serious(seen, WHOLE, but=[["div.highlight"]]) == []


@both_themes
def test_code_stands_out(visit: Callable[..., Visit], theme: str) -> None:
    # On one page: each has thousands of words of code, in the same colours.
    seen = visit("book/06-training-on-moons.html", theme=theme, reduced_motion="reduce")
    assert seen.page.locator("div.highlight pre").count() > 20
    assert serious(seen, {"runOnly": ["color-contrast"]}) == []


@every_page
def test_a_page_fits_a_phone(visit: Callable[..., Visit], path: str) -> None:
    seen = visit(path, width=390, height=800, reduced_motion="reduce")
    assert seen.page.evaluate(TOO_WIDE) == []
    seen.page.set_viewport_size({"width": 360, "height": 800})
    seen.goto(path)
    assert seen.page.evaluate(TOO_WIDE) == []
    assert serious(seen, NARROW) == []


WHOLE: dict[str, Any] = {}
NARROW = {
    "runOnly": ["scrollable-region-focusable", "target-size", "button-name", "link-name", "label"]
}  # width counts


def serious(seen: Visit, rules: dict[str, Any], but: Sequence[list[str]] = ()) -> list[str]:
    """What axe finds that keeps someone from reading; formulas are MathJax's, with MathML for those who listen."""
    # preload: axe would fetch the style sheets again, and follow their imports from the wrong folder
    options = {"resultTypes": ["violations"], "preload": False, **rules}
    found = Axe().run(seen.page, context={"exclude": [["mjx-container"], *but]}, options=options).response["violations"]
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def test_a_first_visit_is_clean(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGES[0], theme=None)  # nothing stored yet: the theme decides by the system's setting
    assert seen.page.locator("html").get_attribute("data-mode") == "auto"
    assert seen.page.locator("html").get_attribute("data-theme") == "light"


def test_a_first_visit_in_the_dark_is_dark(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGES[0], theme=None, color_scheme="dark")
    assert seen.page.locator("html").get_attribute("data-theme") == "dark"


@both_schemes
def test_the_front_door_leads_to_the_introduction(visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit(PAGES[-1], scheme)
    seen.page.goto(seen.site.url("index.html", scheme))
    seen.page.wait_for_url("**/" + PAGES[0])
    seen.settle()


@both_schemes
def test_search_finds_a_chapter(visit: Callable[..., Visit], scheme: str) -> None:
    page = visit("search.html?q=moons", scheme).page
    page.wait_for_selector("#search-results li a")
    links = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.href)")
    assert any("06-training-on-moons.html" in link for link in links)


def test_there_is_one_search_bar(visit: Callable[..., Visit]) -> None:
    buttons = visit(PAGES[0]).page.locator("button.search-button-field, button.search-button, .search-button__button")
    assert sum(buttons.nth(i).is_visible() for i in range(buttons.count())) == 1


def test_every_page_is_linked_and_every_link_inside_leads_somewhere(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGES[0])
    linked = set()
    for path in PAGES:
        page = seen.goto(path)
        for link in page.locator("main a[href], nav a[href]").evaluate_all("links => links.map(link => link.href)"):
            address, _, fragment = link.partition("#")
            if not address.startswith(seen.site.base):
                continue
            name = address.removeprefix(seen.site.base + "/")
            linked.add(name)
            target = seen.site.root / name
            assert target.is_file(), f"{path} links to {link}"
            if fragment and target.suffix == ".html":  # after a "?", the state of a slider
                name = fragment.partition("?")[0]
                assert f'id="{name}"' in target.read_text(encoding="utf-8"), f"{path} links to {link}"
    assert set(PAGES) <= linked
