"""A page's text as plain Markdown, from what Sphinx knows of the page after it has resolved everything.

JupyterLab, VS Code and Colab know no directive and no role. So numbers, labels and references stand here as on the
page: "(1.6)" beside the equation and where it is named, "[Ros58]", "Fig. 6.1", "Exercise 6.1 (How many samples?)".
What a page folds is a `<details>`, closed; any other box is a quotation with a bold title.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from docutils import nodes

BIBLIOGRAPHY = "book/bibliography"
# What Markdown would take for its own. An underscore inside a word is only that.
SPECIAL = re.compile(r"[\\*`<$~]|(?<!\w)_|_(?!\w)|(?<=\])\(|&(?=#?\w+;)")
FIRST = re.compile(r"^(\d*)(?=#{1,6}\s|[>+-](?:\s|$)|=+$|(?<=\d)[.)]\s)")
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL)
# What the site's own pages are made of, and a notebook does without.
ABSENT = {"comment", "compound", "guess", "index", "meta", "substitution_definition", "toctree"}


@dataclass(frozen=True)
class Code:
    """The place of a code cell: its number among the page's cells, and the solution it belongs to, if any."""

    index: int
    solution: str = ""
    caption: str = ""


Block = str | Code


class UnknownError(ValueError):
    """The text holds something that no notebook for readers has held before."""


@dataclass
class Site:
    """What a page asks about the whole book: numbers, what the labels of citations stand for, where it is read."""

    sections: Mapping[str, Mapping[str, tuple[int, ...]]]  # page: anchor: number
    figures: Mapping[str, Mapping[str, Mapping[str, tuple[int, ...]]]]  # page: kind: id: number
    formats: Mapping[str, str] = field(default_factory=dict)  # kind: "Fig. %s"
    citations: dict[str, tuple[str, nodes.citation]] = field(default_factory=dict)  # id: label and entry
    address: str = ""  # of the built pages, with a slash at its end; empty: not known

    def number(self, page: str, kind: str, ids: Iterable[str]) -> str:
        known = self.figures.get(page, {}).get(kind, {})
        return next((dotted(known[id]) for id in ids if id in known), "")


def dotted(number: Iterable[int]) -> str:
    return ".".join(map(str, number))


class Text:
    """One page, with the solutions of its exercises or without.

    `present` are the pages that lie beside it as notebooks, to which links can lead.
    """

    def __init__(
        self,
        page: str,
        site: Site,
        present: Container[str] = (),
        anchors: Container[str] = (),
        *,
        solutions: bool = True,
    ) -> None:
        self.page, self.site, self.present, self.anchors, self.solutions = page, site, present, anchors, solutions
        self.cited: dict[str, nodes.citation] = {}  # by label, in the order of their use
        self.links: set[tuple[str, str]] = set()  # page and id that something here leads to
        self.places: set[tuple[str, str]] = set()  # page and id that a link can lead to
        self.level = 0

    # --- blocks ----------------------------------------------------------------------------------------------

    def blocks(self, node: nodes.Element) -> list[Block]:
        """What stands inside a node, as paragraphs of Markdown and places of code cells."""
        found: list[Block] = []
        for child in node.children:
            found += self.block(child)
        return found

    def block(self, node: nodes.Node) -> list[Block]:
        for kind in type(node).__mro__:
            method: Callable[[Any], list[Block]] | None = getattr(self, f"block_{kind.__name__}", None)
            if method is not None:
                return method(node)
        if type(node).__name__ in ABSENT:
            return []
        raise UnknownError(f"{self.page}: {type(node).__name__} {str(node)[:80]!r}")

    def block_section(self, node: nodes.section) -> list[Block]:
        titled = isinstance(node.next_node(descend=True), nodes.title)
        self.level += titled
        found = self.blocks(node)
        self.level -= titled
        return found

    def block_title(self, node: nodes.title) -> list[Block]:
        numbers = self.site.sections.get(self.page, {})
        ids = node.parent["ids"] if isinstance(node.parent, nodes.section) else []
        number = next((numbers[f"#{id}"] for id in ids if f"#{id}" in numbers), ())
        if self.level == 1:
            number = number or numbers.get("", ())
        return [
            f"{'#' * self.level} {dotted(number) + '. ' if number else ''}{self.inline(node)}{self.anchor(node.parent)}"
        ]

    def block_paragraph(self, node: nodes.paragraph) -> list[Block]:
        text = self.inline(node).strip()
        return [FIRST.sub(r"\1\\", text)] if text else []

    def block_target(self, node: nodes.target) -> list[Block]:
        return []  # its name is among the ids of what follows

    def block_container(self, node: nodes.container) -> list[Block]:
        if node.get("nb_element") != "cell_code":
            return self.blocks(node)
        captions = []
        for figure in node.findall(nodes.figure):
            number = self.site.number(self.page, "figure", figure["ids"])
            name = self.site.formats.get("figure", "%s") % number if number else ""
            captions += [
                f"*{name + ': ' if name else ''}{self.inline(caption).strip()}*{self.anchor(figure)}"
                for caption in figure.findall(nodes.caption)
            ]
        return [Code(node["cell_index"], caption="\n\n".join(captions))]

    def block_math_block(self, node: nodes.math_block) -> list[Block]:
        tex = node.astext().strip()
        if r"\\" in ENVIRONMENT.sub("", tex):  # as Sphinx does for the page
            tex = rf"\begin{{split}}{tex}\end{{split}}"
        if number := self.site.number(self.page, "displaymath", node["ids"]):
            tex += rf" \tag{{{number}}}"
        # On one line: a quotation's or a list's marks must not get between the dollars.
        tex = " ".join(line.strip() for line in tex.splitlines() if line.strip())
        return [f"{self.anchor(node).strip()}\n$$ {tex} $$".strip()]

    def block_bullet_list(self, node: nodes.bullet_list) -> list[Block]:
        return self.items(node, lambda n: "- ")

    def block_enumerated_list(self, node: nodes.enumerated_list) -> list[Block]:
        return self.items(node, lambda n: f"{n + node.get('start', 1)}. ")

    def items(self, node: nodes.Element, mark: Callable[[int], str]) -> list[Block]:
        parts = []
        for n, item in enumerate(node.children):
            inside = self.text(self.blocks(item))  # type: ignore[arg-type]
            parts.append(mark(n) + re.sub(r"\n(?!\n)", "\n" + " " * len(mark(n)), inside))
        loose = any("\n\n" in part for part in parts)
        return [("\n\n" if loose else "\n").join(parts)]

    def block_definition_list(self, node: nodes.definition_list) -> list[Block]:
        found: list[Block] = []
        for item in node.children:
            terms = [f"**{self.inline(part).strip()}**{self.anchor(part)}" for part in item.findall(nodes.term)]
            (definition,) = item.findall(nodes.definition)
            found.append(", ".join(terms) + ": " + self.text(self.blocks(definition)))
        return found

    def block_glossary(self, node: nodes.Element) -> list[Block]:
        return self.blocks(node)

    def block_literal_block(self, node: nodes.literal_block) -> list[Block]:
        fence = "`" * max(3, *(len(run) + 1 for run in [*re.findall("`+", node.astext()), ""]))
        language = node.get("language", "")
        return [f"{fence}{language if language.isalpha() else ''}\n{node.astext()}\n{fence}"]

    def block_doctest_block(self, node: nodes.doctest_block) -> list[Block]:
        return [f"```python\n{node.astext()}\n```"]

    def block_transition(self, node: nodes.transition) -> list[Block]:
        return ["---"]

    def block_block_quote(self, node: nodes.block_quote) -> list[Block]:
        return [quoted(self.text(self.blocks(node)))]

    def block_Admonition(self, node: nodes.Element) -> list[Block]:
        titled = isinstance(node.children[0], nodes.title)
        title = node.children[0] if titled else None
        inside: list[Block] = []
        for child in node.children[titled:]:
            inside += self.block(child)
        if "dropdown" in node["classes"] and title is not None:
            return [folded(self.plain(title), self.text(inside))]
        name = self.inline(title) if title is not None else type(node).__name__.capitalize()
        return [quoted(f"**{name}**{self.anchor(node)}\n\n{self.text(inside)}")]

    def block_exercise_node(self, node: nodes.Element) -> list[Block]:
        title, *rest = node.children
        number = self.site.number(self.page, "exercise", node["ids"])
        name = " ".join(f"Exercise {number} {self.inline(title).strip()}".split())
        self.level += 1
        found: list[Block] = [f"{'#' * self.level} {name}{self.anchor(node)}"]
        for part in rest:
            found += self.block(part)
        self.level -= 1
        return found

    block_exercise_enumerable_node = block_exercise_node

    def block_solution_node(self, node: nodes.Element) -> list[Block]:
        if not self.solutions:
            return []
        title, *rest = node.children
        name = " ".join(self.plain(title).split())
        inside: list[Block] = []
        for part in rest:
            inside += self.block(part)
        found: list[Block] = []
        for block in inside or [""]:
            if isinstance(block, Code):
                if not found:
                    found.append(f"{name}: the folded cell below.")
                found.append(Code(block.index, solution=re.sub("<[^>]*>", "", name), caption=block.caption))
            elif found and isinstance(found[-1], list):
                found[-1].append(block)
            else:
                found.append([block])  # type: ignore[arg-type]
        told = 0
        for n, block in enumerate(found):
            if isinstance(block, list):
                found[n] = folded(name + (", continued" if told else ""), self.text(block))
                told += 1
        return found

    def block_table(self, node: nodes.table) -> list[Block]:
        rows = [
            [self.cell(entry) for entry in row.children]  # type: ignore[arg-type]
            for row in node.findall(nodes.row)
        ]
        head = next(iter(node.findall(nodes.thead)), None)
        if head is None:
            rows.insert(0, [""] * len(rows[0]))
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, "|" + " --- |" * len(rows[0]))
        found: list[Block] = [f"*{self.inline(title)}*" for title in node.children if isinstance(title, nodes.title)]
        return [*found, "\n".join(lines)]

    def cell(self, entry: nodes.Element) -> str:
        text = self.text(self.blocks(entry)).replace("\n\n", "<br>").replace("\n- ", "<br>- ").replace("\n", " ")
        # A bar would end the cell, in mathematics too.
        parts = re.split(r"(\$[^$]+\$)", text)
        parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
        parts[1::2] = [tex.replace(r"\|", r"\Vert ").replace("|", r"\vert ") for tex in parts[1::2]]
        return "".join(parts)

    def block_raw(self, node: nodes.raw) -> list[Block]:
        return [node.astext()] if node.get("format") == "html" else []

    def block_citation(self, node: nodes.citation) -> list[Block]:
        label, *rest = node.children
        inside: list[Block] = []
        for part in rest:
            inside += self.block(part)
        name = label.astext()
        return [f'- <a id="ref-{name}"></a>[{name}] {self.text(inside)}']

    def text(self, blocks: Iterable[Block]) -> str:
        """Paragraphs as one text; a code cell cannot stand in it."""
        parts = []
        for block in blocks:
            if isinstance(block, Code):
                raise UnknownError(f"{self.page}: code cell {block.index} inside a box, a list or a table")
            parts.append(block)
        return "\n\n".join(parts)

    def anchor(self, node: nodes.Element) -> str:
        """What a link can lead to, if one does."""
        self.places |= {(self.page, id) for id in node["ids"]}
        wanted = [id for id in node["ids"] if (self.page, id) in self.anchors]
        return "".join(f' <a id="{html.escape(id)}"></a>' for id in wanted)

    # --- inside a paragraph ----------------------------------------------------------------------------------

    def inline(self, node: nodes.Element) -> str:
        parts = [(child, self.span(child)) for child in node.children]
        text = ""
        for n, (child, part) in enumerate(parts):
            mark = {nodes.strong: "**", nodes.emphasis: "*"}.get(type(child))
            if mark and part:
                after = parts[n + 1][1][:1] if n + 1 < len(parts) else ""
                part = emphasised(mark, part, text[-1:], after)
            text += part
        return text

    def span(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return SPECIAL.sub(r"\\\g<0>", " ".join(re.split(r"\s*\n\s*", node.astext())))
        if isinstance(node, nodes.math):
            return f"${' '.join(node.astext().split())}$"
        if isinstance(node, nodes.literal):
            return literal(node.astext())
        if isinstance(node, nodes.reference):
            return self.reference(node)
        if isinstance(node, nodes.image):
            return ""  # a page's picture that no cell draws lies in its static files
        if isinstance(node, nodes.raw):
            return node.astext() if node.get("format") == "html" else ""
        if isinstance(node, nodes.target) or type(node).__name__ in ABSENT:
            return ""
        if isinstance(node, nodes.strong | nodes.emphasis | nodes.inline | nodes.subscript | nodes.superscript) or type(
            node
        ).__name__ in ("number_reference", "download_reference"):
            assert isinstance(node, nodes.Element)
            inside = self.inline(node)
            tag = {nodes.subscript: "sub", nodes.superscript: "sup"}.get(type(node))
            return f"<{tag}>{inside}</{tag}>" if tag else inside
        raise UnknownError(f"{self.page}: {type(node).__name__} {str(node)[:80]!r}")

    def reference(self, node: nodes.reference) -> str:
        text = self.inline(node)
        if type(node).__name__ == "download_reference":  # what is downloaded from the site
            return text
        address = node.get("refuri", "")
        parts = urlsplit(address)
        if parts.scheme:
            return f"[{text}]({address})"
        if not address:
            return self.link(text, self.page, node.get("refid", ""))
        here = posixpath.dirname(self.page)
        page = posixpath.normpath(posixpath.join(here, unquote(parts.path))) if parts.path else self.page
        return self.link(text, page.removesuffix(".html"), unquote(parts.fragment))

    def link(self, text: str, page: str, id: str) -> str:
        if page == BIBLIOGRAPHY and id in self.site.citations:
            label, entry = self.site.citations[id]
            self.cited[label] = entry
            return f"[{text}](#ref-{label})"
        lead = len(text) - len(text.lstrip())
        text, space = text.strip(), " " * lead
        if page == self.page:
            self.links.add((page, id))
            # a widget's name, say, is no place in a notebook
            return f"{space}[{text}](#{id})" if (page, id) in self.anchors else space + text
        if page not in self.present:
            if not self.site.address:
                return space + text
            return f"{space}[{text}]({self.site.address}{page}.html{f'#{id}' if id else ''})"
        self.links.add((page, id))
        path = posixpath.relpath(f"{page}.ipynb", posixpath.dirname(self.page))
        return f"{space}[{text}]({path}{f'#{id}' if (page, id) in self.anchors else ''})"

    # --- inside HTML, where Markdown is not read -------------------------------------------------------------

    def plain(self, node: nodes.Element) -> str:
        """As `inline`, for a summary: tags in place of marks, and no links."""
        text = ""
        for child in node.children:
            if isinstance(child, nodes.Text):
                text += html.escape(child.astext(), quote=False)
            elif isinstance(child, nodes.math):
                text += f"${child.astext()}$"
            elif isinstance(child, nodes.literal):
                text += f"<code>{html.escape(child.astext(), quote=False)}</code>"
            elif isinstance(child, nodes.strong | nodes.emphasis):
                tag = "strong" if isinstance(child, nodes.strong) else "em"
                text += f"<{tag}>{self.plain(child)}</{tag}>"
            elif isinstance(child, nodes.Element):
                text += self.plain(child)
        return text


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def folded(title: str, text: str) -> str:
    return f"<details><summary><strong>{title}</strong></summary>\n\n{text}\n\n</details>"


def literal(text: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def emphasised(mark: str, text: str, before: str, after: str) -> str:
    """With marks where Markdown sees them, else with tags: **a $x$**s would keep its stars."""
    hidden = (re.match(r"\W", text) and re.match(r"\w", before)) or (re.search(r"\W$", text) and re.match(r"\w", after))
    if hidden or text != text.strip() or "*" in text[:1] + text[-1:]:
        tag = "strong" if mark == "**" else "em"
        return f"<{tag}>{text}</{tag}>"
    return f"{mark}{text}{mark}"
