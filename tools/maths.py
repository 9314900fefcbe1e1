"""A Sphinx extension: MathJax's settings as a file of the site, in place of a script inside each page.

A page whose scripts are all files needs no exception from a policy that forbids the others. The file says what
_config.yml has in `mathjax3_config`, with what MyST adds to it. As Sphinx does, a page gets it only if it has formulas.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

NAME = "mathjax-settings.js"


def write(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    path = Path(app.outdir, "_static", NAME)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"window.MathJax = {json.dumps(app.config.mathjax3_config)};\n", encoding="utf-8")
    # Now Sphinx writes no script into a page; deferred, both files run in their order.
    app.config.mathjax3_config = None
    app.config.mathjax_options = {"defer": "defer"}


def link(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    if app.env.get_domain("math").has_equations(pagename):  # type: ignore[attr-defined]
        app.add_js_file(NAME, loading_method="defer", priority=400)  # before MathJax


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write, priority=900)  # after MyST has added to the settings
    app.connect("html-page-context", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
