"""A Sphinx extension: mend, in the pages as they are written, what keeps a screen reader from reading them.

docutils gives bibliographies the role of a list whose entries have a role that ARIA no longer counts as a list's
item; without either, the entries are read as what they are, paragraphs.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx


def mend(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    if "body" in context:
        context["body"] = context["body"].replace(
            '<div role="list" class="citation-list">', '<div class="citation-list">'
        )


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
