"""A Sphinx extension: what a page says of itself in its head, to search engines and to whoever is sent a link.

Title, description and Open Graph's tags. The description is the page's own first question and paragraph. With a
configured `html_baseurl` there is also the page's address and a picture, made here by the network that the book
builds: both must be absolute, so without an address they would lead nowhere. The same address tells 404.html, which a
server shows at any depth, in which folder the book is.

Where a build will lie is not the project's to say but its publisher's: BOOK_URL and BOOK_REPOSITORY in the environment
stand in for the configuration.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from tools.places import plain, squeezed

LONGEST = 200
SHORTEST = 50
GOALS = "What you will be able to do"  # each chapter opens with them; what it is about comes next
PICTURE = "_static/share.png"
SIZE = (1200, 630)  # what Open Graph's readers expect


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, if need be to the last sentence that fits, or else to the last word."""
    if len(text) <= longest:
        return text
    end = max(text.rfind(mark, 0, longest) for mark in (". ", "? ", "! "))
    if end >= longest // 3:
        return text[: end + 1]
    return text[: text.rindex(" ", 0, longest - 1)].rstrip(",;:") + " …"


def description(doctree: nodes.document) -> str:
    """What a page is about: its first paragraph, with the question that it stands under."""
    for paragraph in doctree.findall(nodes.paragraph):
        section = paragraph.parent
        if not isinstance(section, nodes.section) or not isinstance(section[0], nodes.title):
            continue
        title, text = plain(section[0]), squeezed(plain(paragraph))
        if title != GOALS and len(text) >= SHORTEST:
            return cut(f"{title} {text}" if title.endswith("?") else text)
    return ""


def tags(title: str, site: str, about: str, base: str, page: str, *, front: bool) -> list[tuple[str, str, str]]:
    """The meta elements: (attribute, name, content)."""
    found = [
        ("property", "og:title", title),
        ("property", "og:site_name", site),
        ("property", "og:type", "website" if front else "article"),
    ]
    if about:
        found += [("name", "description", about), ("property", "og:description", about)]
    if base:
        found += [
            ("property", "og:url", f"{base}{page}.html"),
            ("property", "og:image", base + PICTURE),
            ("property", "og:image:width", str(SIZE[0])),
            ("property", "og:image:height", str(SIZE[1])),
            ("property", "og:image:alt", ALT),
            ("name", "twitter:card", "summary_large_image"),
        ]
    return found


ALT = "Two half moons of points, and between them the curved boundary that a small network has found."


def base_url(app: Sphinx) -> str:
    base = str(app.config.html_baseurl or "")
    return base if not base or base.endswith("/") else f"{base}/"


def folder(base: str) -> str:
    """Where the book is on its site: its address without the host, so that a copy on another host works, too."""
    return urlsplit(base).path or "/"


def head(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    front = pagename in (app.config.root_doc, "index")
    context["is_front"] = front
    if pagename == NOT_FOUND:
        context["folder"] = folder(base_url(app))
        return
    title = html.unescape(nodes_free(context.get("title", "")))
    site = app.config.html_title
    about = description(doctree) if doctree is not None else context.get("about", "")
    if pagename == app.config.root_doc:
        app.env.__dict__["book_front"] = about
    found = tags(title, site, about, base_url(app), pagename, front=front)
    lines = [
        f'\n    <meta {attribute}="{name}" content="{html.escape(content)}">' for attribute, name, content in found
    ]
    context["metatags"] = context.get("metatags", "") + "".join(lines)


def nodes_free(text: str) -> str:
    """A title without the elements that set its formulas."""
    return "".join(part.rpartition(">")[2] for part in text.split("<"))


NOT_FOUND = "404"


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield NOT_FOUND, {"title": "Not found"}, "404.html"
    yield "index", {"title": app.config.html_title, "about": app.env.__dict__["book_front"]}, "index.html"


def picture(path: Path, title: str) -> None:
    """Draw what stands beside a shared link: the moons, and the probabilities of a network trained on them."""
    import numpy as np
    from matplotlib.figure import Figure
    from sklearn.datasets import make_moons

    import nnlib

    x, labels = make_moons(300, noise=0.15, random_state=0)
    net = nnlib.Network(nnlib.Dense(2, 16), nnlib.Tanh(), nnlib.Dense(16, 2), loss=nnlib.SoftmaxCrossEntropy(), rng=0)
    nnlib.fit(net, x, labels, nnlib.Adam(0.02), epochs=60)
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor="white")
    axes = figure.add_axes((0.42, 0, 0.58, 1))
    wide, high = np.meshgrid(np.linspace(-1.5, 2.5, 200), np.linspace(-1.3, 1.8, 180))
    p = net.predict_proba(np.column_stack([wide.ravel(), high.ravel()]))[:, 1].reshape(wide.shape)
    axes.contourf(wide, high, p, levels=np.linspace(0, 1, 9), cmap="RdBu_r", alpha=0.6)
    axes.contour(wide, high, p, levels=[0.5], colors="black", linewidths=2.5)
    for label, color, marker in ((0, "#12407a", "o"), (1, "#8f1d2c", "^")):
        axes.scatter(*x[labels == label].T, s=34, c=color, marker=marker, edgecolors="white", linewidths=0.7)
    axes.axis("off")
    words = title.split()
    half = (len(words) + 1) // 2
    lines = f"{' '.join(words[:half])}\n{' '.join(words[half:])}"
    figure.text(0.04, 0.62, lines, fontsize=31, weight="bold", va="center")
    figure.text(0.04, 0.36, "Each formula derived,\nprogrammed and checked", fontsize=21, va="center", color="#333333")
    figure.savefig(path, pil_kwargs={"optimize": True})


def draw(app: Sphinx) -> None:
    if app.builder.format == "html" and base_url(app):
        Path(app.outdir, "_static").mkdir(parents=True, exist_ok=True)
        picture(Path(app.outdir, PICTURE), app.config.html_title)


def configure(app: Sphinx, config: Any) -> None:
    """The two addresses, from the environment if it names them; and with a repository, a button that leads there."""
    options = config.html_theme_options
    config.html_baseurl = whole("BOOK_URL", config.html_baseurl)
    options["repository_url"] = whole("BOOK_REPOSITORY", options.get("repository_url"))
    options["use_repository_button"] = bool(options["repository_url"])


def whole(variable: str, configured: str | None) -> str:
    address = os.environ.get(variable) or configured or ""
    if address and not re.match(r"https?://[^/]", address):
        raise ExtensionError(f"{address!r} is not a whole address, from https:// on: see {variable} in README")
    return address


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", configure)
    app.connect("builder-inited", draw)
    app.connect("html-page-context", head)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
