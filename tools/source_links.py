"""A Sphinx extension: under each cell that prints nnlib's code, links to where that code stands in its module.

The pages of the modules are sphinx.ext.viewcode's. A cell prints code by `inspect.getsource`; which code, its source
says: `nnlib.Dense.f`, or a name that goes through a few such in a loop. What the API's page does not document has no
link back on the module's page; it gets one to the cell.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.nodes import make_refnode

PACKAGE = "nnlib"


def printed(source: str) -> list[str]:
    """The dotted names of nnlib whose source a cell asks for, in their order."""
    tree = ast.parse(source)
    known: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            name, value = node.targets[0], node.value
        elif isinstance(node, ast.For):
            name, value = node.target, node.iter
        else:
            continue
        if isinstance(name, ast.Name) and isinstance(value, ast.Tuple | ast.List | ast.Name):
            known[name.id] = [value] if isinstance(value, ast.Name) else value.elts

    def dotted(node: ast.expr, deep: int = 0) -> list[str]:
        if isinstance(node, ast.Attribute):
            return [f"{name}.{node.attr}" for name in dotted(node.value, deep)]
        if not isinstance(node, ast.Name) or deep > 9:
            return []
        if node.id in known:
            return [name for one in known[node.id] for name in dotted(one, deep + 1)]
        return [node.id]

    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    asked = [call for call in calls if ast.unparse(call.func).endswith("getsource")]
    names = [name for call in asked for name in dotted(call.args[0])]
    return list(dict.fromkeys(name for name in names if name.startswith(f"{PACKAGE}.")))


def home(name: str) -> tuple[str, str]:
    """The module of a name of nnlib, and its name there: `nnlib.Dense.f` is `Dense.f` in `nnlib.layers`."""
    import nnlib

    thing: Any = nnlib
    for part in name.split(".")[1:]:
        thing = inspect.getattr_static(thing, part) if inspect.isclass(thing) else getattr(thing, part)
    return thing.__module__, thing.__qualname__


def page_of(module: str) -> str:
    return f"_modules/{module.replace('.', '/')}"


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Set the links when a page is read, so that the modules' pages know what leads to them."""
    here = app.env.__dict__.setdefault("book_printed", {})[app.env.docname] = []
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code":
            continue
        inputs = [child for child in cell if isinstance(child, nodes.Element) and "cell_input" in child["classes"]]
        source = "\n".join(box.astext() for box in inputs)
        names = printed(source) if "getsource(" in source else []
        here += names
        if names:
            line = nodes.paragraph("", "Source: ", classes=["source-links"])
            for i, name in enumerate(names):
                line += [nodes.Text(", ")] if i else []
                line += SourceLink(name=name)
            cell.parent.insert(cell.parent.index(cell) + 1, line)


class SourceLink(nodes.Inline, nodes.TextElement):
    """Stands for a link until the pages of the modules are known."""


def targets(app: Sphinx, env: BuildEnvironment) -> None:
    """Have an anchor on the modules' pages for each piece that a cell prints, and a way back to the first that does."""
    for page, names in sorted(env.__dict__["book_printed"].items()):
        for dotted in names:
            module, name = home(dotted)
            entry = getattr(env, "_viewcode_modules", {}).get(module)
            if not entry or name not in entry[1]:
                raise ExtensionError(f"{page}: sphinx.ext.viewcode has no source of {dotted}")
            entry[2].setdefault(name, page)


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    env.__dict__.setdefault("book_printed", {}).pop(page, None)


def resolve(app: Sphinx, doctree: nodes.document, page: str) -> None:
    used: dict[str, dict[str, str]] = {m: entry[2] for m, entry in app.env._viewcode_modules.items() if entry}  # type: ignore[attr-defined]
    placed: set[str] = set()
    for link in list(doctree.findall(SourceLink)):
        module, name = home(link["name"])
        text = nodes.literal("", link["name"])
        new = make_refnode(app.builder, page, page_of(module), name, text)
        anchor = f"{module}.{name}"
        if used[module][name] == page and anchor not in placed:
            placed.add(anchor)
            new["ids"].append(anchor)
        link.replace_self(new)


def widen(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Tell the style sheet which pages are a module's: their lines are longer than the column."""
    if pagename.startswith("_modules/"):
        context["body"] = f'<div class="module-source">{context["body"]}</div>'


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(SourceLink)
    app.connect("doctree-read", mark)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", targets)
    app.connect("doctree-resolved", resolve)
    app.connect("html-page-context", widen)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
