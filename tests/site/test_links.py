"""The built pages as files: every link inside the book leads somewhere, every page is linked, an id stands once."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from browsing import Site, Visit
from test_book import PAGES

# sphinx-exercise gives these to every exercise and every solution; nothing points to them.
REPEATED = {"exercise-content", "solution-content"}


class Markup(HTMLParser):
    """The ids of a page, its links, and the files that it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.files: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("img", "script", "source", "iframe") and "src" in given:
            self.files.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.files.append(given["href"])


def split(page: str, link: str) -> tuple[str, str] | None:
    """The file, from the site's root, and the fragment that a link of a page leads to; None: to another site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
    return path, unquote(parts.fragment.partition("?")[0])  # after a "?", the state of a slider


def dead(pages: Mapping[str, Markup], files: set[str]) -> list[str]:
    """Links and files of the pages that are not there, among these pages and files."""
    found = []
    for page, markup in pages.items():
        for link in markup.links:
            target = split(page, link)
            if target and target[0] not in files:
                found.append(f"{page} links to {link}: no such file")
            elif target and target[1] and target[0] in pages and not pages[target[0]].ids[target[1]]:
                found.append(f"{page} links to {link}: no such place")
        for name in markup.files:
            target = split(page, name)
            if target and target[0] not in files:
                found.append(f"{page} loads {name}: no such file")
    return found


def twice(pages: Mapping[str, Markup]) -> list[str]:
    return [
        f"{page}: {name} stands {count} times"
        for page, markup in pages.items()
        for name, count in markup.ids.items()
        if count > 1 and name not in REPEATED
    ]


@cache
def built(site: Site) -> tuple[dict[str, Markup], set[str]]:
    files = {path.relative_to(site.root).as_posix() for path in site.root.rglob("*") if path.is_file()}
    # what lies in _static are the theme's templates, in lite JupyterLite's; 404.html is served anywhere, so its links
    # are absolute
    names = [name for name in files if re.fullmatch(r"(?!_static/|lite/|404).*\.html", name)]
    pages = {name: Markup((site.root / name).read_text(encoding="utf-8")) for name in names}
    return pages, files


def test_every_link_inside_leads_somewhere(site: Site) -> None:
    assert dead(*built(site)) == []


def test_every_page_is_linked(site: Site) -> None:
    pages, _ = built(site)
    linked = {target[0] for name in PAGES for link in pages[name].links if (target := split(name, link))}
    assert set(PAGES) <= linked


def test_an_id_stands_once_on_a_page(site: Site) -> None:
    assert twice(built(site)[0]) == []


def test_a_broken_link_is_noticed() -> None:
    html = """<a href="../b.html#there"></a> <a href="#here" id="here"></a> <a href="../b.html#there?x=1"></a>
    <a href="https://example.org/c.html"></a> <a href="../%62.html"></a> <img src="d.png"> <a href="../b.html#{}">"""
    files = {"a/a.html", "b.html", "a/d.png"}

    def found(html: str) -> list[str]:
        pages = {"a/a.html": Markup(html), "b.html": Markup('<p id="there">')}
        return dead(pages, files) + twice(pages)

    assert found(html.format("there")) == []
    assert found(html.format("elsewhere")) == ["a/a.html links to ../b.html#elsewhere: no such place"]
    assert found('<a href="c.html">') == ["a/a.html links to c.html: no such file"]
    assert found('<a href="#here">') == ["a/a.html links to #here: no such place"]
    assert found('<img src="../d.png">') == ["a/a.html loads ../d.png: no such file"]
    assert found('<link rel="stylesheet" href="d.css">') == ["a/a.html loads d.css: no such file"]
    assert found('<p id="x"></p><p id="x"></p>') == ["a/a.html: x stands 2 times"]


def test_a_fragment_that_is_not_encoded_right_leads_nowhere_and_breaks_nothing(visit: Callable[..., Visit]) -> None:
    seen = visit("book/bibliography.html#%")
    seen.page.evaluate("location.hash = '#%E0%A4%A'")
    seen.page.wait_for_timeout(100)
