"""A Sphinx extension: mend, in the pages as they are written, what keeps a screen reader from reading them.

docutils gives bibliographies the role of a list whose entries have a role that ARIA no longer counts as a list's
item; without the list's, the entries are read as what they are, paragraphs.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

BY_DOCUTILS = '<div role="list" class="citation-list">'
MENDED = '<div class="citation-list">'


def mend(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or doctree.next_node(nodes.citation) is None:
        return
    if BY_DOCUTILS not in context["body"]:
        raise ExtensionError(f"{pagename}: docutils no longer begins a bibliography with {BY_DOCUTILS}")
    context["body"] = context["body"].replace(BY_DOCUTILS, MENDED)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
