"""A Sphinx extension: `{state}` links to a page with a slider where it shall stand.

    {state}`four times as large <10-batch-normalization#lr-norm-explorer?lr=3.16&norm=with>`

The page is named without its ending, from this page's folder; behind it stand the explorer's id and a value for each of
its controls, as its *Copy link* writes them. (MyST's own links escape the `&` between two values twice.)
"""

from __future__ import annotations

import posixpath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import ReferenceRole


class State(ReferenceRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        page, _, fragment = self.target.partition("#")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(self.env.docname), page))
        if name not in self.env.found_docs or "?" not in fragment:
            problem = self.inliner.reporter.warning(f"state: no page, or no values: {self.target}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, problem)], [problem]
        return [nodes.reference(self.rawtext, self.title, refuri=f"{page}.html#{fragment}", internal=True)], []


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("state", State())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
