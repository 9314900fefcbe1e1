"""A Sphinx extension: a page loads the scripts and style sheets of others' extensions only if it has what they are for.

Sphinx extensions add theirs to every page.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

# What a page holds that has a use for these files; a script without a file belongs to those that it names.
USED_FOR = {
    "tabs": (r'class="[^"]*\bsd-tab-set\b', r"design-tabs\.js"),
    "cards, grids and tabs": (r'class="[^"]*\bsd-', r"sphinx-design\.min\.css"),
    "code to copy": (r'<div class="highlight', r"clipboard\.min\.js|copybutton\.(?:js|css)"),
    "folds": (r'class="[^"]*\b(?:toggle|dropdown)\b', r"togglebutton\.(?:js|css)|toggle(?:Hint|OpenOn|button)\w*"),
    "cells": (r'class="[^"]*\b(?:cell|highlight|pasted)', r"mystnb\.\w+\.css"),
    "formulas": (r'class="math', r"maths/maths\.css|formulas\.js"),
    "exercises": (r'class="[^"]*\b(?:exercise|solution)\b', r"exercise\.css"),
    "proofs": (r'class="[^"]*\bproof\b', r"proof\.css"),
}
RULES = [(re.compile(page), re.compile(files)) for page, files in USED_FOR.values()]


def names(file: Any) -> str:
    """The path of a script or style sheet, or the text of a script that stands in the page."""
    return str(file.filename or file.attributes.get("body", ""))


def leave_out(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object | None = None
) -> None:
    if app.builder.name != "html":
        return
    unused = [files for page, files in RULES if not page.search(context.get("body", ""))]
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if not any(files.search(names(file)) for files in unused)]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", leave_out, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
