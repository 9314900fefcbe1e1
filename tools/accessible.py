"""A Sphinx extension: mend, in the pages as they are written, what keeps someone from reading them.

- docutils gives bibliographies the role of a list whose entries have a role that ARIA no longer counts as a list's
  item; without the list's, the entries are read as what they are, paragraphs.
- A table of the class `cards`, or that a cell with this tag prints, is on a phone a card for each row (book.css): each
  cell is told its column's name.
- The page's template (book/_templates/layout.html) is told to which figures a reader can skip.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

BY_DOCUTILS = '<div role="list" class="citation-list">'
MENDED = '<div class="citation-list">'

TABLE = re.compile(r'<table class="[^"]*\bcards\b[^"]*">.*?</table>', re.DOTALL)
NAME = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
SHORT = 30  # letters of a cell and its column's name, that stand in one line of a card
FIGURE = re.compile(r'<div class="nnlib-([a-z]+)[^"]*" id="([^"]*)"')
# What a page's first figure of each kind is called.
SKIP_TO = {
    "explorer": "first slider",
    "stepper": "stepper",
    "pad": "digit pad",
    "circuit": "first circuit",
    "playground": "playground",
}


def labelled(table: str) -> str:
    """The table with, in each cell of its body, the name of its column. ValueError where cells span columns."""
    names = [TAG.sub("", name).strip() for name in NAME.findall(table)]

    def label(row: re.Match[str]) -> str:
        cells = row[0].split("<td")
        if len(cells) == 1:  # the names themselves
            return row[0]
        if len(cells) != len(names) + 1:
            raise ValueError(f"a row of {len(cells) - 1} cells under {len(names)} names: {TAG.sub('', row[0])[:60]}")
        labels = [
            f'data-label="{name}"' + " data-short" * (len(name + TAG.sub("", f"<td{cell}").strip()) < SHORT)
            for name, cell in zip(names, cells[1:], strict=True)
        ]
        return cells[0] + "".join(f"<td {label}{cell}" for label, cell in zip(labels, cells[1:], strict=True))

    return ROW.sub(label, table)


def mark_cards(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for cell in doctree.findall(nodes.container):
        if "tag_cards" in cell["classes"]:
            for table in cell.findall(nodes.table):
                table["classes"].append("cards")


def mend(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    body = context.get("body", "")
    first: dict[str, str] = {}
    for kind, id in FIGURE.findall(body):
        first.setdefault(kind, id)
    context["skip_to"] = [(id, SKIP_TO[kind]) for kind, id in first.items() if kind in SKIP_TO]
    if "body" in context:
        context["body"] = TABLE.sub(lambda table: labelled(table[0]), body)
    if doctree is None or doctree.next_node(nodes.citation) is None:
        return
    if BY_DOCUTILS not in context["body"]:
        raise ExtensionError(f"{pagename}: docutils no longer begins a bibliography with {BY_DOCUTILS}")
    context["body"] = context["body"].replace(BY_DOCUTILS, MENDED)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", mark_cards)
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
