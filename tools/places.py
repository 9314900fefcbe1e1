"""A Sphinx extension: the places that a reader may look for, and lists of them that link to each.

A place is a section, exercise, equation, slider, term of the glossary, object of nnlib or cited work. `places` finds
them in a page; tools/search_index.py makes the search of them. On a page of its own, `{list-of} sliders`,
`{list-of} exercises` and `{list-of} equations` set all that the book has, chapter by chapter, so none is written by
hand and none forgotten.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

# A widget with its data, as book/widgets/embed.py writes it. A circuit has nothing to move.
WIDGET = re.compile(
    r'<div class="nnlib-(explorer|stepper|pad)\b[^"]*" id="([^"]*)"(?:.*?<img [^>]*alt="([^"]*)")?'
    r'.*?<script type="application/json">(.*?)</script>',
    re.DOTALL,
)
MOVES = {"explorer": "slider", "stepper": "stepper", "pad": "digit pad"}
SILENT = ("comment", "index", "raw", "substitution_definition", "target", "toctree")
SKIPPED = {"list-of", "source-links"}  # links alone
KINDS = {"sliders": "slider", "exercises": "exercise", "equations": "equation"}

# LaTeX that reads as well without: names of letters and signs; the commands that only set type are dropped.
LETTERS = dict(
    re.findall(
        r"(\w+) (\S+)",
        """
        alpha α  beta β  gamma γ  delta δ  epsilon ε  varepsilon ε  zeta ζ  eta η  theta θ  kappa κ  lambda λ  mu μ
        nu ν  xi ξ  pi π  rho ρ  sigma σ  tau τ  phi φ  varphi φ  chi χ  psi ψ  omega ω  Gamma Γ  Delta Δ  Theta Θ
        Lambda Λ  Sigma Σ  Phi Φ  Psi Ψ  Omega Ω  partial ∂  nabla ∇  cdot ·  times ×  odot ⊙  le ≤  ge ≥  ne ≠  leq ≤
        geq ≥  neq ≠  approx ≈  sim ∼  infty ∞  sum Σ  prod Π  sqrt √  in ∈  to →  top ᵀ  pm ±  mid |  dots …  ldots …
        cdots …  ell ℓ
        """,
    )
)


@dataclass
class Place:
    """`id` is its anchor on the page, `section` the heading that it stands under, `names` what else it is called."""

    kind: str
    page: str
    id: str
    title: str
    section: str = ""
    names: list[str] = field(default_factory=list)
    chunks: list[str] = field(default_factory=list)
    code_chunks: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)  # of the glossary, that it refers to: their anchors there
    topic: str = ""  # the bold words that opened its last paragraph of that kind

    @property
    def text(self) -> str:
        return squeezed("".join(self.chunks))

    @property
    def code(self) -> str:
        return "\n".join(self.code_chunks)


def squeezed(text: str) -> str:
    return re.sub(r"\s+([,.;:?!)])", r"\1", " ".join(text.split()))


def readable(tex: str) -> str:
    """A formula of a line in plain signs, as far as they go: `\\partial L / \\partial z` is ∂L / ∂z."""
    tex = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", tex)
    tex = re.sub(r"([\^_])\{([^{}]*)\}", r"\1\2", tex)
    tex = re.sub(r"\\([A-Za-z]+)(?: (?=\w))?", lambda name: LETTERS.get(name[1], ""), tex)
    tex = re.sub(r"\\.|[~&]", " ", re.sub(r"[{}]", "", tex)).replace("^ᵀ", "ᵀ ")
    tex = re.sub(r"([·×⊙≤≥≠≈∼∈→±])", r" \1 ", tex)
    return " ".join(tex.split())


def plain(node: nodes.Node) -> str:
    """The words of a title, formulas readable."""
    if isinstance(node, nodes.math):
        return readable(node.astext())
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(plain(child) for child in node.children if child.__class__.__name__ not in SILENT)


def places(doctree: nodes.document, page: str) -> list[Place]:
    """All places of a page in their order. What solutions say is in none of them: they are to be opened last."""
    found: list[Place] = []
    asked: list[tuple[Place, Place | None]] = []

    def start(kind: str, id: str, title: str, here: Place | None, names: list[str] | None = None) -> Place:
        section = here.section or here.title if here else ""
        found.append(Place(kind, page, id, squeezed(title), section, names or []))
        return found[-1]

    def inside(node: nodes.Element, here: Place | None) -> None:
        for child in node.children:
            walk(child, here)

    def walk(node: nodes.Node, here: Place | None) -> None:
        kind = node.__class__.__name__
        if kind in SILENT and not isinstance(node, nodes.raw):
            return
        if isinstance(node, nodes.Text):
            if here:
                here.chunks.append(node.astext())
        elif isinstance(node, nodes.math):
            if here:
                here.chunks.append(readable(node.astext()))
        elif isinstance(node, nodes.section) and node.children and isinstance(node[0], nodes.title):
            new = start("section", node["ids"][0], plain(node[0]), None)
            for child in node.children[1:]:
                walk(child, new)
        elif kind in ("exercise_enumerable_node", "exercise_node"):
            title = "".join(plain(part) for part in node.findall() if part.__class__.__name__ == "exercise_subtitle")
            new = start("exercise", node["ids"][0], title.strip(" ()"), here)
            for child in node.children:
                if child.__class__.__name__ not in ("exercise_title", "title"):
                    walk(child, new)
        elif kind == "solution_node":
            # Its words are not to be found, but what it numbers is.
            inside(node, Place("solution", page, "", here.title if here else "", here.section if here else ""))
        elif isinstance(node, nodes.definition_list_item) and any(t["ids"] for t in node.findall(nodes.term)):
            terms = list(node.findall(nodes.term))
            names = [plain(term) for term in terms]
            new = start("term", terms[0]["ids"][0], names[0], here, names)
            inside(node.children[-1], new)
        elif isinstance(node, addnodes.desc) and node["domain"] == "py":
            signature = node[0]
            name = signature["fullname"]
            new = start("object", signature["ids"][0], name, here, [name.rpartition(".")[2], spaced(name)])
            new.code_chunks.append(signature.astext().removesuffix("[source]"))
            inside(node.children[-1], new)
        elif isinstance(node, nodes.citation):
            new = start("citation", node["ids"][0], f"[{node[0].astext()}]", here)
            for child in node.children[1:]:
                walk(child, new)
        elif isinstance(node, nodes.math_block):
            if node.get("number"):
                start("equation", node["ids"][0], here.topic if here else "", here)
        elif isinstance(node, nodes.literal_block):
            if here:
                here.code_chunks.append(node.astext())
        elif "cell" in node_classes(node) and {"tag_hide-cell", "tag_hide-input"} & set(node["classes"]):
            for box in node.findall(nodes.container):  # its code draws and checks: nobody looks for it
                if "cell_output" in box["classes"]:
                    outputs(box, here)
        elif isinstance(node, nodes.Element) and SKIPPED & set(node.get("classes", [])):
            return
        elif "cell_output" in node_classes(node):
            outputs(node, here)
        elif isinstance(node, nodes.Element):
            if here and isinstance(node, nodes.image):
                here.chunks.append(f" {node.get('alt', '')} ")
            if here:
                here.terms += mentions(node)
                if isinstance(node, nodes.paragraph):
                    here.topic = opening(node) or here.topic
            block = not isinstance(node, nodes.Inline) or isinstance(node, nodes.image)
            if here and block:
                here.chunks.append(" ")
            if not isinstance(node, nodes.raw):
                inside(node, here)
            if here and block:
                here.chunks.append(" ")

    def outputs(cell: nodes.container, here: Place | None) -> None:
        for node in cell.findall():
            if isinstance(node, nodes.raw):
                for kind, id, alt, spec in WIDGET.findall(node.astext()):
                    new = start("slider", id, html.unescape(alt), here)
                    asked.append((new, here))
                    new.names = [MOVES[kind], *labels(json.loads(spec))]
                    new.chunks.append(", ".join(new.names[1:]))
            elif isinstance(node, nodes.caption | nodes.image) and here:
                here.chunks.append(f" {plain(node) or node.get('alt', '')} ")

    inside(doctree, None)
    for slider, around in asked:
        slider.title = question(around) or slider.title
    return found


def node_classes(node: nodes.Node) -> list[str]:
    return node.get("classes", []) if isinstance(node, nodes.container) else []


def spaced(name: str) -> str:
    """`SoftmaxCrossEntropy` as words, as one would type it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.rpartition(".")[2])


def question(around: Place | None) -> str:
    """What a slider answers: the question that its section has for a title, or else the first in the text."""
    if around is None or around.title.endswith("?"):
        return around.title if around else ""
    asked = re.search(r"[^.?!:]*\?", around.text)
    return asked[0].strip() if asked else around.title


def labels(spec: dict[str, Any]) -> list[str]:
    """What the controls of a widget are called."""
    return [str(control.get("label", control.get("name", ""))) for control in spec.get("controls", [])]


def opening(paragraph: nodes.paragraph) -> str:
    """The bold words that a paragraph opens with, as a heading of its own."""
    first = next((child for child in paragraph.children if child.astext()), None)  # MyST sets an empty text before
    return plain(first).rstrip(".:") if isinstance(first, nodes.strong) else ""


def mentions(node: nodes.Element) -> list[str]:
    """The glossary's entry that a resolved reference leads to."""
    target = str(node.get("refuri", "")) if isinstance(node, nodes.reference) else ""
    return [target.partition("#")[2]] if "#term-" in target else []


def in_order(env: BuildEnvironment) -> list[str]:
    """The pages, in the order in which the table of contents has them."""

    def below(page: str) -> Iterator[str]:
        yield page
        for child in env.toctree_includes.get(page, []):
            yield from below(child)

    return list(dict.fromkeys(below(env.config.root_doc)))


def section_number(env: BuildEnvironment, page: str, id: str = "") -> str:
    number = env.toc_secnumbers.get(page, {}).get(f"#{id}" if id else "", ())
    return ".".join(map(str, number))


def figure_number(env: BuildEnvironment, page: str, kind: str, id: str) -> str:
    return ".".join(map(str, env.toc_fignumbers.get(page, {}).get(kind, {}).get(id, ())))


def number(env: BuildEnvironment, place: Place) -> str:
    """The number that the page shows: 3.2 for the second equation of chapter 3."""
    kind = {"equation": "displaymath", "exercise": "exercise"}.get(place.kind)
    if kind:
        return figure_number(env, place.page, kind, place.id)
    return section_number(env, place.page, place.id) if place.kind == "section" else ""


def page_title(env: BuildEnvironment, page: str) -> str:
    chapter = section_number(env, page)
    return f"{chapter}. {plain(env.titles[page])}" if chapter else plain(env.titles[page])


def collect(app: Sphinx, doctree: nodes.document) -> None:
    kept = app.env.__dict__.setdefault("book_places", {})
    kept[app.env.docname] = [place for place in places(doctree, app.env.docname) if place.kind in KINDS.values()]


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    env.__dict__.setdefault("book_places", {}).pop(page, None)


class ListOf(nodes.General, nodes.Element):
    """Stands for the list until all pages have been read."""


class ListDirective(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in KINDS:
            raise self.error(f"a list of {', '.join(KINDS)}, not of {self.arguments[0]}")
        return [ListOf(kind=KINDS[self.arguments[0]])]


def described(env: BuildEnvironment, place: Place) -> tuple[str, str]:
    """A place's line in a list: what is linked, and what follows it."""
    if place.kind == "slider":
        moves, *controls = place.names
        return place.title, ", ".join(controls) or f"a {moves}"
    if place.kind == "exercise":
        return f"Exercise {number(env, place)}", place.title
    return f"({number(env, place)})", " › ".join(filter(None, [place.section, place.title]))


def fill(app: Sphinx, doctree: nodes.document, page: str) -> None:
    for gap in list(doctree.findall(ListOf)):
        box = nodes.container(classes=["list-of"])
        for other in in_order(app.env):
            here = [place for place in app.env.__dict__["book_places"].get(other, []) if place.kind == gap["kind"]]
            if not here:
                continue
            title = make_refnode(app.builder, page, other, "", nodes.Text(page_title(app.env, other)))
            items = nodes.bullet_list()
            for place in here:
                name, rest = described(app.env, place)
                link = make_refnode(app.builder, page, other, place.id, nodes.Text(name))
                items += nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f": {rest}" if rest else "")))
            box += [nodes.paragraph("", "", nodes.strong("", "", title)), items]
        gap.replace_self(box)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("list-of", ListDirective)
    app.add_node(ListOf)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-resolved", fill)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
