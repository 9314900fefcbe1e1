"""The book's rules as functions: each takes a notebook (and what it refers to) and returns what breaks the rule."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import yaml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from tools import reader_code
from tools.notebooks import ROOT, code_cells, text

Cell = dict[str, Any]

# How a chapter begins and ends; between are its steps, under headings of their own.
OPENING = [r"^what you will be able to do$", r"\?$"]
CLOSING = [r"^common mistakes$", r"^in practice$", r"^summary$", r"^exercises$", r"^what comes next$"]
IN_PRACTICE = range(6, 12)  # the chapters that close with it
# Headings that are no question of a step; and what articles say stands on their errata pages.
NO_STEP = re.compile(r"^(the )?(maths?|code|experiments?)\b|^predict, then move|^what the articles? says?")
WORDS = (2000, 3000)
STORY_WORDS = 80
VISIBLE_LINES = 14
COLUMNS = 88
WHOLE_NETWORK = "whole-network"  # the one cell that is longer: what the reader takes along
EXERCISES = 5
ATTEMPTS = 2  # of them, that a page can check
EXPLORER_BYTES = 200_000
PROGRAM_BYTES = 800_000  # of what Python in the page fetches when it is asked to run an explorer
LIVE = "application/vnd.nnlib.live+json"
DRAWS = r"plot_history|plot_boundary|plot_jacobian|Explorer"  # nnlib labels these itself

# Functions that stop a cell where a claim does not hold; a notebook's own that assert count too.
CLAIMS = re.compile(r"check|np\.testing\.assert_\w+")

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
    quoted: bool  # told in a story, as an article has it


@dataclass(frozen=True)
class Chapter:
    """A notebook read for its rules."""

    notebook: dict[str, Any]
    number: int = 0

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
            for opening, heading in itertools.pairwise(parse(source))
            if is_section(opening)
        ]

    @cached_property
    def equations(self) -> list[Equation]:
        found = []
        section = ""
        for source in self.markdown:
            blocks = parse(source)
            for before, block in itertools.pairwise([None, *blocks]):
                if before and is_section(before):
                    section = block.content
                found += [Equation(*formula, section, is_story(directive(block))) for formula in maths_in([block])]
        return found

    @cached_property
    def events(self) -> list[tuple[str, Cell]]:
        """What a reader meets, in order: kinds are those of `event`, `code` and `slider`."""
        found = []
        for cell in self.cells:
            if cell["cell_type"] == "code":
                found.append(("slider" if moves(cell) else "code", cell))
            else:
                found += [(kind, cell) for block in parse(text(cell["source"])) if (kind := event(block))]
        return found

    @cached_property
    def folded_away(self) -> list[Cell]:
        """The cells of solutions, which a page folds."""
        found, inside = [], False
        for kind, cell in self.events:
            inside = kind == "solution" or (inside and kind != "end of solution")
            if inside and kind in ("code", "slider"):
                found.append(cell)
        return found


# --- reading MyST ------------------------------------------------------------------------------------------------


CONFIGURATION = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
MYST = create_md_parser(
    MdParserConfig(enable_extensions=set(CONFIGURATION["parse"]["myst_enable_extensions"])), RendererHTML
)


@cache
def parse(source: str) -> list[Token]:
    """A Markdown text's tokens: many rules ask for them, and none may change them."""
    return MYST.parse(source)


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
        return [] if VERBATIM.fullmatch(self.name) else parse(self.body)


def is_section(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h2"


def event(token: Token) -> str:
    """What a block of Markdown is to the reader, if it is one of what the rules ask after."""
    if is_section(token):
        return "section"
    block = directive(token)
    if block is None:
        return ""
    if is_prediction(block):
        return "prediction"
    if block.name == "admonition" and re.match(r"answer\b", block.argument, re.IGNORECASE):
        return "answer" if is_folded(block) else ""
    return {"solution-start": "solution", "solution-end": "end of solution"}.get(block.name, "")


def is_prediction(block: Directive) -> bool:
    return block.name == "admonition" and re.match(r"(predict|guess)\b", block.argument, re.IGNORECASE) is not None


def is_folded(block: Directive) -> bool:
    return "dropdown" in block.options.get("class", "").split()


def is_story(block: Directive | None) -> bool:
    """Whether a directive tells an erratum that teaches."""
    return block is not None and block.name == "admonition" and block.argument.lower().startswith("a story")


def is_extra(block: Directive | None) -> bool:
    """Whether a directive is no part of the text that is read from end to end: an exercise, a solution, a story."""
    return is_story(block) or (block is not None and re.match("exercise|solution", block.name) is not None)


def tags(cell: Cell) -> list[str]:
    found: list[str] = cell["metadata"].get("tags", [])
    return found


def is_hidden(cell: Cell) -> bool:
    """Whether a page shows a code cell's source no sooner than it is asked."""
    return any(tag in ("hide-input", "hide-cell", "remove-input", "remove-cell") for tag in tags(cell))


def moves(cell: Cell) -> bool:
    """Whether a cell shows what a reader can move."""
    shown = [text(output.get("data", {}).get("text/html", "")) for output in outputs_of(cell)]
    return any(re.search(r'class="nnlib-(explorer|stepper|pad)\b', html) for html in shown)


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


def leaves(tokens: Iterable[Token], extras: bool = True) -> Iterator[Token]:
    """All tokens in their order, those inside lines of text and inside directives too, a directive before its own.

    Without `extras`, what stands inside exercises, solutions and stories is left out.
    """
    for token in tokens:
        if token.children is not None:
            yield from leaves(token.children, extras)
        else:
            yield token
        found = directive(token)
        if found and (extras or not is_extra(found)):
            yield from leaves(found.inside, extras)


def directives(source: str) -> list[Directive]:
    """The directives of a Markdown text, those inside others too."""
    return [found for token in leaves(parse(source)) if (found := directive(token))]


def roles(source: str) -> list[tuple[str, str]]:
    """The roles of a Markdown text: name and target."""
    return [(t.meta["name"], t.content) for t in leaves(parse(source)) if t.type == "myst_role"]


Formula = tuple[str, str | None, bool]


def maths(source: str) -> list[Formula]:
    """Every formula of a Markdown text: its TeX, its label, and whether it stands in a line of text."""
    return maths_in(parse(source))


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


def prose(source: str, extras: bool = True) -> str:
    """A Markdown text's words alone: no blocks of code or maths, targets of links, or names of directives."""
    kept = []
    for token in leaves(parse(source), extras):
        if token.type in ("text", "code_inline"):
            kept.append(token.content)
        elif token.type == "myst_role":
            kept.append(f" {token.content.partition('<')[0]} ")
        elif token.type == "math_inline":
            kept.append(" x ")
        elif token.type not in ("em_open", "em_close", "strong_open", "strong_close", "link_open", "link_close"):
            kept.append("\n")
    return "".join(kept)


def count_words(source: str) -> int:
    """Words of prose: runs of letters or digits, a formula in a line counting as one."""
    return len(re.findall(r"\w[\w'’.,-]*", source))


def words(chapter: Chapter) -> int:
    """Words of the text that is read from end to end: without exercises, solutions and stories."""
    count, inside = 0, ""
    for source in chapter.markdown:
        gates = [d.name for d in directives(source) if re.fullmatch("(exercise|solution)-(start|end)", d.name)]
        inside = inside or (gates[0] if gates and gates[0].endswith("start") else "")
        if not inside:
            count += count_words(prose(source, extras=False))
        if gates:
            inside = gates[-1] if gates[-1].endswith("start") else ""
    return count


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
    """The symbols of a formula: its letters, plain, Greek, bold, calligraphic, marked, and the names of operators."""
    tex = re.sub(r"\\(text|textrm|textit|mbox|label|tag|begin|end)\*?\s*\{[^{}]*\}", " ", tex)
    found = {f"\\{kind}{{{name.strip()}}}" for kind, name in re.findall(rf"\\({FONTS})\s*\{{([^{{}}]*)\}}", tex)}
    tex = re.sub(rf"\\({FONTS})\s*\{{[^{{}}]*\}}", " ", tex)
    found |= {
        f"\\{mark} {letter}" for mark, letter in re.findall(rf"\\({MARKS})(?![a-zA-Z])\s*\{{?\s*(\\?[a-zA-Z]+)", tex)
    }
    found |= {f"\\{name}" for name in re.findall(rf"\\({GREEK})(?![a-zA-Z])", tex)}
    tex = re.sub(r"\\[a-zA-Z]+", " ", tex)
    return found | set(re.findall(r"[A-Za-z]", tex))


# What the book once wrote, or other books write, in place of its own symbols; letters that it has in another meaning.
RETIRED = {
    r"(?<![A-Za-z\\])c_\{?(i|3)(?![A-Za-z])": "a label is k_i, the third derivative L'''; c is curvature",
    r"\\sigma\s*(_|\^\{?2)": "a variance is V; σ is the sigmoid",
    r"\\(bar\s*\{?\s*)?\\?mu\s*_": "a column's mean is \\bar x_j; μ is momentum",
    r"\\varepsilon\s*_": r"machine precision is \mathrm{eps}; ε keeps a denominator from 0",
    r"\\omega\s*_": r"an output weight is w_\text{out}; ω is weight decay",
    r"\\(theta|delta|eta)_\{?t\b|(?<![A-Za-z\\])[vmruw]_\{?t\b": "a step is s; t is a target",
    r"(?<![A-Za-z\\])h(_\{?\d|\^\{?\()": "a hidden activation is a; h is the step of a numerical derivative",
    r"(?<![A-Za-z\\])m\s*\(": r"a point on a moon is x(\varphi); m is Adam's",
}
# A definition is named by its letter with its marks; of these indices, none makes it another.
INDEX = re.compile(
    r"_(\{[ijks\\ell,\s]*\}|\\ell(?![a-z])|[ijks](?![a-zA-Z]))|\^(\{\(\\ell\)\}|\{'*\}|'+)|'+|\([^()]*\)"
)

MARKS = "hat|bar|tilde|widehat|overline|widetilde|dot"
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


def unlabelled_derivatives(chapter: Chapter, quotes: bool = False) -> list[str]:
    """Every equation that states a derivative has a label eq-…; in a line of text none is stated.

    What an article prints may be quoted in a line of a story, and of a page that discusses it (`quotes`).
    """
    return [
        f"{equation.section}: {equation.tex}"
        for equation in chapter.equations
        if states_a_derivative(equation.tex)
        and not (equation.label or "").startswith("eq-")
        and not (equation.inline and (quotes or equation.quoted))
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


def claims(node: ast.AST, functions: Iterable[str]) -> bool:
    """Whether code asserts something, itself or by a function, one of these among them."""
    calls = (ast.unparse(part.func) for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(isinstance(part, ast.Assert) for part in ast.walk(node)) or any(
        name in functions or CLAIMS.fullmatch(name) for name in calls
    )


def draws(cell: Cell) -> bool:
    """Whether a cell shows a picture, or what moves; what is said of an exercise is neither."""
    shown = [(mime, value) for output in outputs_of(cell) for mime, value in output.get("data", {}).items()]
    return any(
        mime.startswith("image/") or (mime == "text/html" and "nnlib-exercise" not in text(value))
        for mime, value in shown
    )


def mortal_figures(chapter: Chapter) -> list[str]:
    """No figure dies with an assertion: if all failed, each cell that draws would still have what it draws.

    So it asserts nothing, and each name that it needs is bound before the cell that binds it asserts anything.
    """
    found = []
    lost: dict[str, str] = {}  # the names that would not be bound, or not anew, with their cells
    functions: dict[str, set[str]] = {}  # the names that each reads when it is called
    asserting: set[str] = set()
    for cell in chapter.code:
        stopped = ""
        for node in ast.parse(text(cell["source"])).body:
            flow = reader_code.Cell(ast.unparse(node))
            functions |= flow.functions
            asserting -= flow.binds
            if gone := sorted(lost.keys() & reader_code.with_calls(flow.reads, functions)):
                stopped = stopped or f"needs {gone[0]}, which {lost[gone[0]]} binds after an assertion"
            if claims(node, asserting):
                if flow.functions:
                    asserting |= flow.functions.keys()
                else:
                    stopped = stopped or "asserts"
            lost = {name: of for name, of in lost.items() if name not in flow.binds}
            if stopped:
                lost |= dict.fromkeys(flow.binds, cell["id"])
        if stopped and draws(cell):
            found.append(f"{cell['id']}: draws, and {stopped}")
    return found


def missing_sections(chapter: Chapter) -> list[str]:
    """A chapter opens with what one will be able to do and a question, and closes as they all do; between are steps."""
    headings = [heading.lower() for heading in chapter.headings]
    closing = [p for p in CLOSING if p != r"^in practice$" or chapter.number in IN_PRACTICE]
    ends = [*enumerate(OPENING), *enumerate(closing, start=len(headings) - len(closing))]
    found = [f"{heading!r} is no step" for heading in headings if NO_STEP.search(heading)]
    found += [f"{h!r} stands in place of {p!r}" for at, p in ends for h in headings[at:][:1] if not re.search(p, h)]
    return found if len(headings) > len(ends) else [*found, f"{len(headings)} sections: too few"]


def late_sliders(chapter: Chapter) -> list[str]:
    """The first slider comes before the third section, and a question before it."""
    kinds = [kind for kind, _ in chapter.events]
    if "slider" not in kinds:
        return ["no slider"]
    before = kinds[: kinds.index("slider")]
    found = [] if before.count("section") < 3 else [f"the first slider comes in section {before.count('section')}"]
    return found if "prediction" in before else [*found, "no prediction before the first slider"]


def poor_predictions(chapter: Chapter) -> list[str]:
    """No code shows between a prediction and its slider, nor a slider's own; each prediction has a folded answer."""
    found = []
    for at, (kind, cell) in enumerate(chapter.events):
        if kind == "slider" and not {"hide-input", "remove-input"} & set(tags(cell)):
            found.append(f"{cell['id']}: a slider whose code is not hidden")
        if kind != "prediction":
            continue
        after = list(itertools.takewhile(lambda e: e[0] not in ("section", "prediction"), chapter.events[at + 1 :]))
        kinds = [name for name, _ in after]
        if "answer" not in kinds:
            found.append(f"{cell['id']}: a prediction without a folded answer")
        if "slider" in kinds:
            between = [c for name, c in after[: kinds.index("slider")] if name == "code"]
            found += [f"{c['id']}: code between a prediction and its slider" for c in between if not is_hidden(c)]
    return found


def poor_guesses(chapter: Chapter) -> list[str]:
    """Each prediction has a guess that can be locked in, and no guess stands elsewhere; a chapter has one at least."""
    blocks = [
        block for source in chapter.markdown for token in parse(source) if (block := directive(token)) is not None
    ]
    asked = [
        (block.argument, is_prediction(outer))
        for outer in blocks
        for block in [outer, *directives(outer.body)]
        if block.name == "guess"
    ]
    found = [f"{label}: a guess outside a prediction" for label, inside in asked if not inside]
    for outer in blocks:
        if is_prediction(outer) and "guess" not in [block.name for block in directives(outer.body)]:
            found.append(f"{outer.body[:40]!r}: a prediction without a guess")
    return found if asked else [*found, "no guess to lock in"]


def long_cells(chapter: Chapter) -> list[str]:
    """What a reader sees of code is short; the rest is folded."""
    found = []
    for cell in chapter.code:
        count = sum(bool(line.strip()) for line in text(cell["source"]).splitlines())
        seen = not is_hidden(cell) and cell not in chapter.folded_away and cell["id"] != WHOLE_NETWORK
        if seen and count > VISIBLE_LINES:
            found.append(f"{cell['id']}: {count} lines are visible; at most {VISIBLE_LINES}")
    return found


def wide_lines(chapter: Chapter) -> list[str]:
    """Code that is seen or can be unfolded, and what it prints, fit between the sidebars."""
    found = []
    for cell in chapter.code:
        shown = [] if "remove-input" in tags(cell) else text(cell["source"]).splitlines()
        shown += [] if "remove-output" in tags(cell) else printed(cell).splitlines()
        wide = max(map(len, shown), default=0)
        if wide > COLUMNS and "remove-cell" not in tags(cell):
            found.append(f"{cell['id']}: a line of {wide} characters; at most {COLUMNS}")
    return found


def loose_imports(chapter: Chapter) -> list[str]:
    """The first cell of code, folded, sets the book's style and holds every import but those of solutions."""
    first, *others = chapter.code
    found = []
    if first["id"] != "imports" or "hide-cell" not in tags(first) or STYLE not in text(first["source"]):
        found.append(f"{first['id']}: the first cell is not `imports`, tagged hide-cell, with {STYLE}")
    for cell in others:
        imports = [n for n in ast.walk(ast.parse(text(cell["source"]))) if isinstance(n, ast.Import | ast.ImportFrom)]
        if imports and cell not in chapter.folded_away and cell["id"] != WHOLE_NETWORK:
            found.append(f"{cell['id']}: imports")
    return found


STYLE = 'plt.style.use("book.mplstyle")'


def poor_stories(chapter: Chapter) -> list[str]:
    """A story is folded and short, and ends with a link to its erratum."""
    found = []
    for block in [block for source in chapter.markdown for block in directives(source) if is_story(block)]:
        count = count_words(prose(block.body))
        if not is_folded(block):
            found.append(f"{block.argument}: not folded")
        if count > STORY_WORDS:
            found.append(f"{block.argument}: {count} words; at most {STORY_WORDS}")
        if not any(name == "ref" and "erratum-" in target for name, target in roles(block.body)):
            found.append(f"{block.argument}: no link to an erratum")
    return found


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


def poor_attempts(chapter: Chapter, known: Mapping[str, tuple[str, str, str]]) -> list[str]:
    """Two exercises or more are done in the page: the cell behind each holds its starter, its solution's the solution.

    `known`: by an exercise's label the function's name, the starter and the solution, as its module has them.
    """
    found, asked, inside, count = [], "", "", 0
    for cell in chapter.cells:
        source = text(cell["source"])
        if cell["cell_type"] == "markdown":
            for block in directives(source):
                if block.name == "exercise":
                    asked = block.options.get("label", "")
                elif block.name == "solution-start":
                    inside = block.argument
                elif block.name == "solution-end":
                    inside = ""
            continue
        call = re.search(r"^attempt\((\w+), (\w+)\)$", source, re.MULTILINE)
        label = f"ex-{call[1].replace('_', '-')}" if call else ""
        if call and label not in known:
            found.append(f"{cell['id']}: {call[1]} is no exercise")
        elif call:
            name, starter, _ = known[label]
            count += 1
            if (inside, asked) != ("", label):
                found.append(f"{cell['id']}: stands under {inside or asked}, not under {label}")
            if source != f"{starter}\n\n\nattempt({call[1]}, {name})" or is_hidden(cell):
                found.append(f"{cell['id']}: not the starter of {label}, and below it the call, for all to see")
            if not any("nnlib-exercise" in text(o.get("data", {}).get("text/html", "")) for o in outputs_of(cell)):
                found.append(f"{cell['id']}: shows no exercise")
        elif inside in known and re.match(rf"def {known[inside][0]}\b", source):
            name, _, solution = known[inside]
            asserts = rf'^assert verdict\({inside[3:].replace("-", "_")}, {name}\) == "right"$'
            if not source.startswith(f"{solution}\n") or not re.search(asserts, source, re.MULTILINE):
                found.append(f"{cell['id']}: not the solution of {inside}, and its verdict asserted")
    return found if count >= ATTEMPTS else [*found, f"{count} exercises in the page; expected {ATTEMPTS} or more"]


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
        used |= {block.options.get("answer", "") for block in directives(source) if block.name == "guess"}
    return [f"{key}: used, not glued" for key in sorted(used - glued)] + [
        f"{key}: glued, not used" for key in sorted(glued - used)
    ]


def bad_explorers(chapter: Chapter) -> list[str]:
    """A stored slider is data, every position run, and a picture; of at most 200 kB, and without style or script.

    Beside it lies its program, which Python in the page can run.
    """
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
            if LIVE not in data:
                found.append(f"{cell['id']}: no program for Python in the page; widgets.live.source.program says why")
            elif len(json.dumps(data[LIVE])) > PROGRAM_BYTES:
                found.append(f"{cell['id']}: a program of {len(json.dumps(data[LIVE]))} bytes; at most {PROGRAM_BYTES}")
    return found


def private_names(chapter: Chapter) -> list[str]:
    """No name with a leading underscore is printed, or stands in a cell that a page shows."""
    found = []
    for cell in chapter.code:
        shown = [text(o["text"]) for o in outputs_of(cell) if o["output_type"] == "stream"]
        if "remove-cell" not in tags(cell):
            shown.append(text(cell["source"]))
        for name in re.findall(r"(?<![\w\]}\"'(])_[a-z]\w*", "\n".join(shown)):
            found.append(f"{cell['id']}: {name}")
    return found


def unknown_errata(chapter: Chapter, known: set[str]) -> list[str]:
    """Every erratum that the text names (A1 … E99) is on an errata page."""
    named = {name for source in chapter.markdown for name in re.findall(r"\b[A-E][1-9]\d?\b", prose(source))}
    return sorted(named - known)


def poor_errata(page: Chapter) -> list[str]:
    """Each erratum is named, says what the article says, what is right, of which kind it is, and where it is treated.

    An executed cell behind it asserts what is right, but for what can only be read.
    """
    found: list[str] = []
    name, by_reading, proved = "", True, True
    for cell in [*page.cells, {"cell_type": "markdown", "source": "(erratum-end)=", "id": "end"}]:
        source = text(cell["source"])
        if cell["cell_type"] == "code":
            executed = cell.get("execution_count") is not None
            proved |= executed and bool(re.search(r"^\s*assert\b|\bcheck\(", source, re.MULTILINE))
        for anchor, entry in re.findall(
            r"^\(erratum-(\w+)\)=\n?(.*?)(?=^\(erratum-|\Z)", source, re.DOTALL | re.MULTILINE
        ):
            if not (proved or by_reading):
                found.append(f"{name}: no executed cell asserts it")
            name, by_reading, proved = anchor.upper(), "By reading" in entry, False
            if anchor != "end":
                found += [
                    f"{name}: nothing like {part!r}" for part in ERRATUM if not re.search(part % {"name": name}, entry)
                ]
    return found


ERRATUM = [
    r"^#+ %(name)s: \S",
    r"\*\*The article says:\*\* \S",
    r"\*\*What is right:\*\* \S",
    r"Kind: \*\*(slip|omission|choice|right after all)\*\*",
    r"\]\(\.\./\d\d-[\w-]+\.ipynb\)",
]


def definitions(notation: str) -> list[list[str]]:
    """The formulas that stand in the first column of the notation page's tables of symbols, row by row."""
    rows = []
    for table in [d for d in directives(notation) if d.name == "list-table"]:
        cells = [
            re.split(r"^  - ", row, flags=re.MULTILINE) for row in re.split(r"^\* - ", table.body, flags=re.MULTILINE)
        ]
        rows += [[tex for tex, _, _ in maths(first)] for first, *_ in cells[2:]]
    return rows


def defined(tex: str) -> str:
    """What a definition defines: the left side of an equation, less arguments, and indices but those of an index."""
    name = tex.partition("=")[0].strip()
    return name if re.match(r"[ijks]\b|[ijks]_", name) else INDEX.sub("", name).strip()


def double_definitions(notation: str) -> list[str]:
    """No symbol is defined in two rows."""
    rows = [{defined(tex) for tex in row} for row in definitions(notation)]
    seen = Counter(name for row in rows for name in row)
    return [f"{name}: defined in {count} rows" for name, count in seen.items() if count > 1]


def known_symbols(notation: str) -> set[str]:
    return {s for row in definitions(notation) for tex in row for s in symbols(tex)}


def undefined_symbols(notation: str) -> list[str]:
    """What the tables use to explain a symbol is in them."""
    tables = [d.body for d in directives(notation) if d.name == "list-table"]
    used = {s for table in tables for tex, _, _ in maths(table) for s in symbols(tex)}
    return sorted(used - known_symbols(notation) - {"d", "\\pi"})


def retired_symbols(chapter: Chapter) -> list[str]:
    """No symbol stands in a meaning that the notation page does not give it."""
    return [
        f"{equation.tex}: {instead}"
        for equation in chapter.equations
        for old, instead in RETIRED.items()
        if re.search(old, equation.tex)
    ]


def unknown_symbols(chapter: Chapter, known: set[str]) -> list[str]:
    """Every symbol in the chapter's maths is on the notation page, but for π and the d of dx."""
    return sorted({s for equation in chapter.equations for s in symbols(equation.tex)} - known - {"d", "\\pi"})
