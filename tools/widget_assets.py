"""A Sphinx extension: the widgets' scripts and style sheets, once a site, and only on the pages that need them.

A page needs them if it holds the element of a widget, which book/widgets/embed.py wrote. They are copied as they are
and loaded as classic scripts, which work from file:// too. They do not lie in a static path of the configuration,
because Jupyter Book would put every script that it finds there on every page.
"""

from __future__ import annotations

import re
import runpy
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

WIDGETS = Path(__file__).resolve().parents[1] / "book" / "widgets"
EMBED = runpy.run_path(str(WIDGETS / "embed.py"))
ELEMENT = re.compile(r'<div class="nnlib-([a-z]+)[^"]*" id="([^"]*)"')
log = logging.getLogger(__name__)


def copy(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    for pattern in ("*.css", "*.js", "*/*.css", "*/*.js"):
        for path in WIDGETS.glob(pattern):
            if path.parent.name != "examples":
                target = Path(app.outdir, "_static", "widgets", path.relative_to(WIDGETS))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


def link(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    elements = ELEMENT.findall(context.get("body", ""))
    for id, count in Counter(id for _, id in elements).items():
        if count > 1:
            log.warning("%d widgets have the id %r: give each its own by id=", count, id, location=pagename)
    kinds = sorted({kind for kind, _ in elements} & set(EMBED["FOLDERS"]))
    for path in dict.fromkeys(path for kind in kinds for path in EMBED["styles"](kind)):
        app.add_css_file(f"widgets/{path.relative_to(WIDGETS).as_posix()}")
    for path in dict.fromkeys(path for kind in kinds for path in EMBED["scripts"](kind)):
        app.add_js_file(f"widgets/{path.relative_to(WIDGETS).as_posix()}", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", copy)
    app.connect("html-page-context", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
