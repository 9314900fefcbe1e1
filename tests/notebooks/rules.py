"""The book's rules as functions: each takes a notebook (and what it refers to) and returns what breaks the rule."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from tools.notebooks import ROOT, code_cells, text

Cell = dict[str, Any]

# The chapter's sections, in order; others may stand between them.
SECTIONS = [
    r"will (do|learn)",
    r"\?$",
    r"\bmaths?\b",
    r"\bcode\b",
    r"\bexperiments?\b",
    r"\bpredict\b",
    r"^what the articles? says?",
    r"\bcommon errors\b",
    r"\bsummary\b",
    r"\bexercises\b",
    r"\bnext\b",
]
WORDS = (1500, 3000)
EXERCISES = 5
EXPLORER_BYTES = 200_000
DRAWS = r"plot_history|plot_boundary|plot_jacobian|Explorer"  # nnlib labels these itself

DERIVATIVE = re.compile(
    r"\\partial(?![a-zA-Z])|\\nabla(?![a-zA-Z])|\\d?frac\{\s*(\\mathrm\{d\}|d)[^{}]*\}\{\s*(\\mathrm\{d\}|d)[^{}]*\}"
    r"|[A-Za-z}]('|\^\{?\\prime\}?)\s*(\(|\\left|=|$|&)"
)


@dataclass(frozen=True)
class Equation:
    tex: str
    label: str | None
    inline: bool
    section: str


@dataclass(frozen=True)
class Chapter:
    """A notebook read for its rules."""

    notebook: dict[str, Any]

    @cached_property
    def cells(self) -> list[Cell]:
        cells: list[Cell] = self.notebook["cells"]
        return cells

    @cached_property
    def code(self) -> list[Cell]:
        return code_cells(self.notebook)

    @cached_property
    def markdown(self) -> list[str]:
        return [text(cell["source"]) for cell in self.cells if cell["cell_type"] == "markdown"]

    @cached_property
    def headings(self) -> list[str]:
        return [
            heading.content
            for source in self.markdown
            for opening, heading in itertools.pairwise(MYST.parse(source))
            if is_section(opening)
        ]

    @cached_property
    def equations(self) -> list[Equation]:
        found = []
        section = ""
        for source in self.markdown:
            blocks = MYST.parse(source)
            for before, block in itertools.pairwise([None, *blocks]):
                if before and is_section(before):
                    section = block.content
                found += [Equation(*formula, section) for formula in maths_in([block])]
        return found


# --- reading MyST ------------------------------------------------------------------------------------------------


CONFIGURATION = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
MYST = create_md_parser(
    MdParserConfig(enable_extensions=set(CONFIGURATION["parse"]["myst_enable_extensions"])), RendererHTML
)
OPTION = re.compile(r"^:(\w[\w-]*):[ \t]*(.*)\n?", re.MULTILINE)
# Directives whose bodies are no Markdown.
VERBATIM = re.compile(r"math|code|code-block|code-cell|bibliography|raw|eval-rst")


@dataclass(frozen=True)
class Directive:
    name: str
    argument: str
    options: dict[str, str]
    body: str

    @property
    def inside(self) -> list[Token]:
        return [] if VERBATIM.fullmatch(self.name) else MYST.parse(self.body)


def is_section(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h2"


def directive(token: Token) -> Directive | None:
    """What a fence says, if it is a directive."""
    head = re.match(r"\{([\w:-]+)\}\s*(.*)", token.info) if token.type in ("fence", "colon_fence") else None
    if head is None:
        return None
    body, options = token.content, {}
    while option := OPTION.match(body):
        options[option[1]] = option[2].strip()
        body = body[option.end() :]
    return Directive(head[1], head[2].strip(), options, body)


def leaves(tokens: Iterable[Token]) -> Iterator[Token]:
    """All tokens in their order, those inside lines of text and inside directives too, a directive before its own."""
    for token in tokens:
        if token.children is not None:
            yield from leaves(token.children)
        else:
            yield token
        if found := directive(token):
            yield from leaves(found.inside)


def directives(source: str) -> list[Directive]:
    """The directives of a Markdown text, those inside others too."""
    return [found for token in leaves(MYST.parse(source)) if (found := directive(token))]


def roles(source: str) -> list[tuple[str, str]]:
    """The roles of a Markdown text: name and target."""
    return [(t.meta["name"], t.content) for t in leaves(MYST.parse(source)) if t.type == "myst_role"]


Formula = tuple[str, str | None, bool]


def maths(source: str) -> list[Formula]:
    """Every formula of a Markdown text: its TeX, its label, and whether it stands in a line of text."""
    return maths_in(MYST.parse(source))


def maths_in(tokens: Iterable[Token]) -> list[Formula]:
    found: list[Formula] = []
    for token in leaves(tokens):
        tex = token.content.strip()
        if token.type in ("math_inline", "math_single"):
            found.append((tex, None, True))
        elif token.type in ("math_block", "math_block_label", "math_inline_double"):
            found.append((tex, token.info or None, False))
        elif token.type == "amsmath":
            label = re.search(r"\\label\{([\w-]+)\}", tex)
            found.append((tex, label and label[1], False))
        elif (block := directive(token)) and block.name == "math":
            found.append((block.body.strip(), block.options.get("label"), False))
    return found


def prose(source: str) -> str:
    """A Markdown text's words alone: no blocks of code or maths, targets of links, or names of directives."""
    kept = []
    for token in leaves(MYST.parse(source)):
        if token.type in ("text", "code_inline"):
            kept.append(token.content)
        elif token.type == "myst_role":
            kept.append(f" {token.content.partition('<')[0]} ")
        elif token.type == "math_inline":
            kept.append(" x ")
        elif token.type not in ("em_open", "em_close", "strong_open", "strong_close", "link_open", "link_close"):
            kept.append("\n")
    return "".join(kept)


def words(chapter: Chapter) -> int:
    """Words of prose: runs of letters or digits, a formula in a line counting as one."""
    return sum(len(re.findall(r"\w[\w'’.,-]*", prose(source))) for source in chapter.markdown)


def states_a_derivative(tex: str) -> bool:
    """Whether a derivative stands left of an equals sign, outside braces; `… = 0` asks, and does not state."""
    tex = re.sub(r"\\begin\{[^}]*\}(\{[^}]*\})?|\\end\{[^}]*\}|\\label\{[^}]*\}|&|\\tag\{[^}]*\}", " ", tex)
    for part in split_outside_braces(tex, re.compile(r"\\\\(\[[^]]*\])?|\\q?quad\b|;")):
        sides = split_outside_braces(part, re.compile(r"(?<![\\:<>!])="))
        for left, right in itertools.pairwise(sides):
            if DERIVATIVE.search(left) and right.strip(" .,") != "0":
                return True
    return False


def split_outside_braces(tex: str, separator: re.Pattern[str]) -> list[str]:
    parts, depth, start, at = [], 0, 0, 0
    while at < len(tex):
        match = separator.match(tex, at) if depth == 0 else None
        if match:
            parts.append(tex[start:at])
            start = at = match.end()
            continue
        if tex[at] == "\\":
            at += 2
            continue
        depth += (tex[at] == "{") - (tex[at] == "}")
        at += 1
    return [*parts, tex[start:]]


def symbols(tex: str) -> set[str]:
    """The symbols of a formula: its letters, plain, Greek, bold, calligraphic, and the names of operators."""
    tex = re.sub(r"\\(text|textrm|textit|mbox|label|tag|begin|end)\*?\s*\{[^{}]*\}", " ", tex)
    found = {f"\\{kind}{{{name.strip()}}}" for kind, name in re.findall(rf"\\({FONTS})\s*\{{([^{{}}]*)\}}", tex)}
    tex = re.sub(rf"\\({FONTS})\s*\{{[^{{}}]*\}}", " ", tex)
    found |= {f"\\{name}" for name in re.findall(rf"\\({GREEK})(?![a-zA-Z])", tex)}
    tex = re.sub(r"\\[a-zA-Z]+", " ", tex)
    return found | set(re.findall(r"[A-Za-z]", tex))


FONTS = "operatorname|mathbf|boldsymbol|mathcal|mathbb|mathrm|mathsf|bm"
GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau"
    "|upsilon|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|ell|hbar|odot|otimes"
)


# --- the rules ---------------------------------------------------------------------------------------------------


def outputs_of(cell: Cell) -> list[dict[str, Any]]:
    outputs: list[dict[str, Any]] = cell.get("outputs", [])
    return outputs


def printed(cell: Cell) -> str:
    return "".join(text(output["text"]) for output in outputs_of(cell) if output["output_type"] == "stream")


def unclean_outputs(chapter: Chapter) -> list[str]:
    """Stored outputs hold no warning, no machine's path, no address in memory, no widget."""
    found = []
    for cell in chapter.code:
        for output in outputs_of(cell):
            if output["output_type"] == "stream" and output["name"] == "stderr":
                found.append(f"{cell['id']}: writes to stderr: {text(output['text'])[:80]}")
            data = output.get("data", {})
            texts = [text(output.get("text", "")), *(text(v) for k, v in data.items() if k == "text/plain")]
            for value in texts:
                match = re.search(r"/(?:home|root|tmp|work|Users)/\S*|\b0x[0-9a-f]{6,}\b", value)
                if match:
                    found.append(f"{cell['id']}: prints {match[0]}")
            if any("widget" in mime for mime in data):
                found.append(f"{cell['id']}: stores a widget")
    return found


def unlabelled_derivatives(chapter: Chapter) -> list[str]:
    """Every equation that states a derivative has a label eq-…; in a line of text none is stated.

    What an article prints may be quoted in the section that discusses it.
    """
    return [
        f"{equation.section}: {equation.tex}"
        for equation in chapter.equations
        if states_a_derivative(equation.tex)
        and not (equation.label or "").startswith("eq-")
        and not (equation.inline and re.search(SECTIONS[6], equation.section.lower()))
    ]


def checks(cell: Cell) -> list[str]:
    """The labels that a code cell passes to `check` as literals."""
    tree = ast.parse(re.sub(r"^[ \t]*[%!].*$", "", text(cell["source"]), flags=re.MULTILINE))
    return [
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) == "check"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]


def unchecked_derivatives(chapter: Chapter) -> list[str]:
    """Every labelled derivative is checked by an executed cell that says so, and every check has its equation."""
    wanted = {e.label for e in chapter.equations if e.label and states_a_derivative(e.tex)}
    labels = {e.label for e in chapter.equations if e.label}
    done = {
        label
        for cell in chapter.code
        if cell.get("execution_count") is not None
        for label in checks(cell)
        if re.search(rf"^{re.escape(label)}: ", printed(cell), re.MULTILINE)
    }
    called = {label for cell in chapter.code for label in checks(cell)}
    return [f"{label}: no executed check" for label in sorted(wanted - done)] + [
        f"{label}: checked, but no such equation" for label in sorted(called - labels)
    ]


def poor_alternatives(chapter: Chapter) -> list[str]:
    """Every picture has a text that says what it shows: its own, of 30 characters or more, no file's name."""
    found, seen = [], set()
    for cell in chapter.code:
        pictures = [o for o in outputs_of(cell) if any(m.startswith("image/") for m in o.get("data", {}))]
        # where a page shows the HTML, that says what it shows itself
        if not [o for o in pictures if "text/html" not in o["data"]]:
            continue
        alt = " ".join(cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "").split())
        if len(alt) < 30 or len(alt.split()) < 5:
            found.append(f"{cell['id']}: alternative text too short: {alt!r}")
        elif re.search(r"\.(png|svg|jpe?g)\b", alt, re.IGNORECASE) or alt in seen:
            found.append(f"{cell['id']}: alternative text is a file's name, or another figure's: {alt!r}")
        seen.add(alt)
    return found


def unlabelled_axes(chapter: Chapter) -> list[str]:
    """A cell that draws labels both axes, itself or by a function of the notebook or of nnlib."""
    functions: dict[str, str] = {}
    for cell in chapter.code:
        source = text(cell["source"])
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef):
                functions[node.name] = ast.get_source_segment(source, node) or ""
    found = []
    for cell in chapter.code:
        if not any(mime.startswith("image/") for o in outputs_of(cell) for mime in o.get("data", {})):
            continue
        source = text(cell["source"])
        source += "".join(body for name, body in functions.items() if re.search(rf"\b{name}\(", source))
        labelled = all(re.search(rf"\b(set_{axis}label|{axis}label)\b", source) for axis in "xy")
        if not labelled and not re.search(rf"{DRAWS}|axis\(\"off\"\)|set_axis_off|supxlabel", source):
            found.append(f"{cell['id']}: no axis labels")
    return found


def missing_sections(chapter: Chapter) -> list[str]:
    """The template's sections stand in order."""
    rest = iter(chapter.headings)
    return [
        f"no section like {pattern!r} in its place"
        for pattern in SECTIONS
        if not any(re.search(pattern, heading.lower()) for heading in rest)
    ][:1]


def wrong_length(chapter: Chapter) -> list[str]:
    count = words(chapter)
    return [] if WORDS[0] <= count <= WORDS[1] else [f"{count} words; expected {WORDS[0]} to {WORDS[1]}"]


def poor_exercises(chapter: Chapter) -> list[str]:
    """Five exercises or more, each with a folded solution whose executed code checks itself."""
    labels = [
        found.options.get("label", "")
        for source in chapter.markdown
        for found in directives(source)
        if found.name in ("exercise", "exercise-start")
    ]
    found = [] if len(labels) >= EXERCISES else [f"{len(labels)} exercises; expected {EXERCISES} or more"]
    solutions: dict[str, tuple[bool, list[Cell]]] = {}
    inside = ""
    for cell in chapter.cells:
        if cell["cell_type"] == "code":
            if inside:
                solutions[inside][1].append(cell)
            continue
        for block in directives(text(cell["source"])):
            if block.name == "solution-start":
                inside = block.argument
                solutions[inside] = ("dropdown" in block.options.get("class", ""), [])
            elif block.name == "solution-end":
                inside = ""
    for label in labels:
        folded, code = solutions.get(label, (False, []))
        tests = [c for c in code if re.search(r"^\s*assert\b|\bcheck\(|np\.testing\.", text(c["source"]), re.MULTILINE)]
        if label not in solutions:
            found.append(f"exercise {label!r}: no solution")
        elif not folded:
            found.append(f"exercise {label!r}: its solution is not folded")
        elif not any(c.get("execution_count") is not None for c in tests):
            found.append(f"exercise {label!r}: no executed cell of its solution checks itself")
    return found


def loose_glue(chapter: Chapter) -> list[str]:
    """Every glued value is used in the text, and every key in the text was glued by a cell that ran."""
    glued = {
        output["metadata"]["scrapbook"]["name"]
        for cell in chapter.code
        for output in outputs_of(cell)
        if "scrapbook" in output.get("metadata", {})
    }
    used = set()
    for source in chapter.markdown:
        used |= {target.split(":")[0].strip() for name, target in roles(source) if name.startswith("glue")}
        used |= {block.argument for block in directives(source) if block.name.startswith("glue")}
    return [f"{key}: used, not glued" for key in sorted(used - glued)] + [
        f"{key}: glued, not used" for key in sorted(glued - used)
    ]


def bad_explorers(chapter: Chapter) -> list[str]:
    """A stored slider is data, every position run, and a picture; of at most 200 kB, and without style or script."""
    found = []
    for cell in chapter.code:
        displays = [o["data"] for o in outputs_of(cell) if "data" in o]
        explorers = [data for data in displays if "nnlib-explorer" in text(data.get("text/html", ""))]
        if re.search(r"\bExplorer\(", text(cell["source"])) and "def " not in text(cell["source"]) and not explorers:
            found.append(f"{cell['id']}: an Explorer without its page's HTML")
        for data in explorers:
            html = text(data["text/html"])
            if len(html.encode()) > EXPLORER_BYTES:
                found.append(f"{cell['id']}: {len(html.encode())} bytes; at most {EXPLORER_BYTES}")
            scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html, flags=re.DOTALL)
            if "<style" in html or [about for about, _ in scripts] != [' type="application/json"']:
                found.append(f"{cell['id']}: more than data is stored")
            elif not all(json.loads(scripts[0][1])["results"]):
                found.append(f"{cell['id']}: positions that were not run")
            if not re.search(r"<img class=\"nnlib-still\" alt=\"[^\"]{10,}\"", html):
                found.append(f"{cell['id']}: no picture for paper")
            if "image/png" in data:
                found.append(f"{cell['id']}: its picture is stored twice")
    return found


def private_names(chapter: Chapter) -> list[str]:
    """No name with a leading underscore is printed, or stands in a cell that a page shows."""
    found = []
    for cell in chapter.code:
        shown = [text(o["text"]) for o in outputs_of(cell) if o["output_type"] == "stream"]
        if "remove-cell" not in cell["metadata"].get("tags", []):
            shown.append(text(cell["source"]))
        for name in re.findall(r"(?<![\w\]}\"'(])_[a-z]\w*", "\n".join(shown)):
            found.append(f"{cell['id']}: {name}")
    return found


def unknown_errata(chapter: Chapter, known: set[str]) -> list[str]:
    """Every erratum that the text names (A1 … E99) is on the errata page."""
    named = {name for source in chapter.markdown for name in re.findall(r"\b[A-E][1-9]\d?\b", prose(source))}
    return sorted(named - known)


def unknown_symbols(chapter: Chapter, known: set[str]) -> list[str]:
    """Every symbol in the chapter's maths is on the notation page, but for the d of dx."""
    return sorted({s for equation in chapter.equations for s in symbols(equation.tex)} - known - {"d"})
