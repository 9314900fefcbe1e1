"""A Sphinx extension: `{playground}` sets the playground, with its stored example, where it stands."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Playground(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        from widgets.playground.page import figure

        return [nodes.raw("", figure().page, format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("playground", Playground)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
