"""A Sphinx extension: a search that answers with places, from the disk as well, and costs a page nothing.

Sphinx's own index names pages, and the theme loads it, with its scripts, on each of them. Here the sections' plain
text is written to `_static/finding/index.js`, a classic script, since nothing can be fetched from file://. The search
page (book/_templates/search.html) loads it when someone searches, and book/finding/pure.js looks the words up. Any
other page loads words.js, which marks the words that led to it.

Other names of a thing come from book/finding/aliases.toml and from the glossary, which has the Chinese ones. Who
looks for a term gets its entry in the glossary, and then the section that introduces it.
"""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from places import Place, in_order, number, page_title, places
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

FINDING = Path(__file__).resolve().parents[1] / "book" / "finding"
OURS = "finding/words.js"
THEIRS = re.compile(r"_static/(sphinx_highlight|searchtools|language_data)\.js|searchindex\.js")
CHAPTER = re.compile(r"/\d\d-")


def key(name: str) -> str:
    """A name as it is compared; `fold` in words.js does the same."""
    return re.sub(r"[\s_‐‑‒–—-]+", " ", name.lower()).strip()


def groups(lines: Iterable[Sequence[str]]) -> list[list[str]]:
    """Lines that share a name are one; a name of several words is also found written as one."""
    found: list[dict[str, None]] = []
    for line in lines:
        keys = [key(name) for name in line]
        new = dict.fromkeys([*keys, *(name.replace(" ", "") for name in keys if name.isascii())])
        shared = [group for group in found if group.keys() & new.keys()]
        for group in shared:
            found.remove(group)
            new = group | new
        found.append(new)
    return [list(group) for group in found if len(group) > 1]


def introduced(found: Sequence[Place], chosen: Mapping[str, str]) -> dict[int, int]:
    """The place of a term → the place of the section that introduces it.

    That is a chapter named after it, or else the first section of a chapter that refers to its entry, or else the
    section that names it most often.
    """
    at = {f"{place.page}#{place.id}": n for n, place in enumerate(found)}
    unknown = [where for where in chosen.values() if where not in at]
    names = {name for place in found if place.kind == "term" for name in place.names}
    if unknown or chosen.keys() - names:
        raise ExtensionError(f"aliases.toml: no such place or term: {unknown or chosen.keys() - names}")
    chapters = [n for n, place in enumerate(found) if place.kind == "section" and CHAPTER.search(place.page)]
    opens: dict[str, int] = {}  # the title of a chapter → its place
    first: dict[str, int] = {}  # the anchor of a term → the place that refers to it first
    seen: set[str] = set()
    for n in chapters:
        if found[n].page not in seen:
            seen.add(found[n].page)
            opens[key(found[n].title)] = n
        for term in found[n].terms:
            first.setdefault(term, n)
    answer = {}
    for n, place in enumerate(found):
        if place.kind == "term":
            by_hand = next((at[chosen[name]] for name in place.names if name in chosen), None)
            named = next((opens[key(name)] for name in place.names if key(name) in opens), None)
            where = next((w for w in (by_hand, named, first.get(place.id)) if w is not None), None)
            if where is None:
                times = {n: key(found[n].text).count(key(place.title)) for n in chapters}
                most = max(times.values(), default=0)
                where = next((n for n in chapters if times[n] == most > 0), None)
            if where is not None:
                answer[n] = where
    return answer


def index(
    found: Sequence[Place], titles: Mapping[str, str], numbers: Sequence[str], aliases: Mapping[str, Any]
) -> dict[str, Any]:
    """What the search page reads: short rows in place of names that each would repeat."""
    pages = list(titles)
    where = introduced(found, aliases.get("introduced", {}))
    terms = [place.names for place in found if place.kind == "term"]
    return {
        "names": groups([*terms, *aliases["names"]]),
        "pages": [[f"{page}.html", titles[page]] for page in pages],
        "places": [
            [
                place.kind,
                pages.index(place.page),
                place.id,
                place.title,
                numbers[n],
                place.section,
                place.names,
                place.text,
                place.code,
                where.get(n, -1),
            ]
            for n, place in enumerate(found)
        ],
    }


def begin(app: Sphinx) -> None:
    app.builder.search = False  # type: ignore[attr-defined]  # no index of Sphinx's, and no page for it
    app.env.__dict__["book_found"] = {}
    if app.builder.format == "html":
        target = Path(app.outdir, "_static", "finding")
        target.mkdir(parents=True, exist_ok=True)
        for path in FINDING.glob("*.js"):
            shutil.copyfile(path, target / path.name)


def read(app: Sphinx, doctree: nodes.document, page: str) -> None:
    found = places(doctree, page)
    titles = {place.id: place.title for place in app.env.__dict__["book_places"].get(page, [])}
    for place in found:
        place.title = place.title or titles.get(place.id, "")  # an exercise's is set into its number by now
    app.env.__dict__["book_found"][page] = found


def scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    context["script_files"][:] = [  # the list itself: scripts are added to it
        script for script in context["script_files"] if not THEIRS.search(str(getattr(script, "filename", script)))
    ]
    app.add_js_file(OURS, loading_method="defer")
    if pagename == "search":
        for name in ("pure.js", "search.js"):
            app.add_js_file(f"finding/{name}", loading_method="defer")


def finish(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The index, when all pages are written, and the page that reads it."""
    env = app.env
    pages = in_order(env)
    for page in pages:
        if page not in env.__dict__["book_found"]:  # written by an earlier build
            env.get_and_resolve_doctree(page, app.builder)
    found = [place for page in pages for place in env.__dict__["book_found"][page]]
    titles = {page: page_title(env, page) for page in pages}
    aliases = tomllib.loads((FINDING / "aliases.toml").read_text("utf-8"))
    data = index(found, titles, [number(env, place) for place in found], aliases)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, "_static", "finding", "index.js").write_text(
        f"globalThis.bookSearch.index = {text};\n", encoding="utf-8"
    )
    yield "search", {"title": "Search"}, "search.html"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", begin)
    app.connect("doctree-resolved", read)
    app.connect("html-page-context", scripts)
    app.connect("html-collect-pages", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
