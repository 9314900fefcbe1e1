"""A Sphinx extension: predictions that a reader can lock in, and what of them and of the exercises was done.

In an admonition `Predict`, a guess is a number on a scale or one of a few names:

    :::{guess} largest error falls by a factor of
    :answer: fp-fourth
    :scale: 1 to 32, log
    :::

    :::{guess} cases that one neuron gets right
    :answer: fp-lamp
    :choices: 1 | 2 | 3 | 4
    :::

The answer is the key of a value that a cell of the page glues, so it is computed and never typed; on a scale the
position nearest to it is right. `:scale: 0 to 100 by 5` is even, `log` goes up by a quarter at a time; `:unit:` stands
behind each number. The page's script (book/widgets/guess) does the rest, and where none runs, on paper and in readers'
notebooks, the question stands as if there were no guess. `{progress}` sets the panel that counts them.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.variables import RetrievalError
from myst_nb.ext.glue.utils import retrieve_glue_data
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import clean_astext
from widget_assets import EMBED

SCALE = re.compile(r"(?P<first>\S+) to (?P<last>\S+?)(?: by (?P<step>\S+)|(?P<log>, log))")
PER_DECADE = 10
MOST = 101  # positions, that a handle can be set to on a phone
EXERCISE = re.compile(r'<div class="nnlib-exercise[^"]*" id="([^"]+)-answer"')
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


class guess(nodes.General, nodes.Element):
    """Has the `html` of its widget."""


class tally(nodes.General, nodes.Element):
    """The panel."""


def number(text: str) -> float:
    """The number that a text begins with: "2,702", "91 %", "−0.5". ValueError: there is none."""
    found = NUMBER.match(text.strip().replace(",", "").replace("−", "-"))
    if found is None:
        raise ValueError(f"no number: {text!r}")
    return float(found[0])


def readable(value: float) -> str:
    return f"{value:,.10g}".replace("-", "−")


@dataclass(frozen=True)
class Scale:
    """The numbers that can be guessed, evenly apart or each about a quarter larger than the one before."""

    values: list[float]
    log: bool

    @classmethod
    def read(cls, text: str) -> Scale:
        found = SCALE.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"a scale is `1 to 9 by 1` or `1 to 100, log`, got {text!r}")
        first, last = number(found["first"]), number(found["last"])
        if found["log"]:
            if not 0 < first < last:
                raise ValueError(f"a logarithmic scale goes up from above 0, got {text!r}")
            count = round(PER_DECADE * math.log10(last / first))
            steps = [first * (last / first) ** (k / count) for k in range(count + 1)]
            # of two digits, whole ones where it begins with one, and its ends as they are written
            digits = 0 if first == round(first) else None
            rounded = [float(f"{value:.2g}") for value in steps]
            whole = [round(value, digits) for value in rounded] if digits == 0 else rounded
            values = list(dict.fromkeys([first, *whole[1:-1], last]))
        else:
            step = number(found["step"])
            count = round((last - first) / step) if step > 0 else 0
            values = [round(first + k * step, 10) for k in range(count + 1)]
            if not first < last or abs(values[-1] - last) > 1e-9:
                raise ValueError(f"the steps do not lead from end to end: {text!r}")
        if not 3 <= len(values) <= MOST:
            raise ValueError(f"{len(values)} positions; from 3 to {MOST}: {text!r}")
        return cls(values, bool(found["log"]))

    def nearest(self, value: float) -> int:
        """The position that is nearest to a value between the ends. ValueError: it lies outside."""
        if not self.values[0] <= value <= self.values[-1]:
            raise ValueError(f"the answer, {value:g}, is not on the scale")
        far = [abs(math.log(v / value)) if self.log else abs(v - value) for v in self.values]
        return far.index(min(far))


def spec(label: str, answer: str, *, choices: str = "", scale: str = "", unit: str = "") -> dict[str, Any]:
    """What the page's script needs. ValueError: the answer is none that can be guessed."""
    if bool(choices) == bool(scale):
        raise ValueError("a guess has either choices or a scale")
    if choices:
        names = [name.strip() for name in choices.split("|")]
        if answer not in names or len(set(names)) < max(len(names), 2):
            raise ValueError(f"the answer {answer!r} is not one of the choices, or one of them comes twice: {choices}")
        return {"label": label, "labels": names, "answer": {"text": answer, "place": names.index(answer)}}
    read, value = Scale.read(scale), number(answer)
    behind = f" {unit}" if unit else ""
    text = answer if answer.endswith(behind) else answer + behind
    return {
        "label": label,
        "labels": [f"{readable(v)}{behind}" for v in read.values],
        "values": read.values,
        "log": read.log,
        "unit": unit,
        "answer": {"text": text, "place": read.nearest(value), "value": value},
    }


class Guess(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "answer": directives.unchanged_required,
        "choices": directives.unchanged_required,
        "scale": directives.unchanged_required,
        "unit": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        key = self.options.pop("answer", "")
        try:
            found = spec(self.arguments[0], self.glued(key), **self.options)
        except (RetrievalError, ValueError) as problem:
            raise self.error(f"guess: {problem}") from problem
        name = f"{self.env.docname.rpartition('/')[2]}/{key}"
        guesses(self.env).setdefault(self.env.docname, []).append(name)
        html = EMBED["embed"]("guess", {"id": name, **found}, id=f"guess-{key}")
        return [guess(html=html)]

    def glued(self, key: str) -> str:
        """The text of a value that a cell of this page glues; of a string, what stands between its quotes."""
        data = retrieve_glue_data(self.state.document, key).data
        text: str = next(data[kind] for kind in data if kind.endswith("text/plain"))
        try:
            return str(ast.literal_eval(text))
        except (SyntaxError, ValueError):
            return text


class Progress(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [tally()]


def guesses(env: BuildEnvironment) -> dict[str, list[str]]:
    """The names of the guesses of each page."""
    found: dict[str, list[str]] = env.__dict__.setdefault("book_guesses", {})
    return found


def exercises(env: BuildEnvironment) -> dict[str, list[str]]:
    """The names of the exercises of each page that can be answered there, as their widget keeps them."""
    found: dict[str, list[str]] = env.__dict__.setdefault("book_answers", {})
    return found


def find(app: Sphinx, doctree: nodes.document) -> None:
    page = app.env.docname
    labels = EXERCISE.findall("".join(node.astext() for node in doctree.findall(nodes.raw)))
    if labels:
        exercises(app.env)[page] = [f"{page.rpartition('/')[2]}/{label}" for label in labels]


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    guesses(env).pop(page, None)
    exercises(env).pop(page, None)


def resolve(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Once all pages are read, the panel knows their titles, guesses and exercises."""
    for panel in list(doctree.findall(tally)):
        if app.builder.format != "html":
            panel.parent.remove(panel)
            continue
        pages = [
            {
                "path": app.builder.get_relative_uri(page, name),
                "title": clean_astext(app.env.titles[name]),
                "guesses": guesses(app.env).get(name, []),
                "exercises": exercises(app.env).get(name, []),
            }
            for name in sorted({*guesses(app.env), *exercises(app.env)})
        ]
        if not pages:
            raise ExtensionError("no page has a guess: the panel would be empty")
        panel["html"] = EMBED["embed"]("tally", {"pages": pages}, id="tally")


def visit(translator: Any, node: nodes.Element) -> None:
    translator.body.append(node["html"])


def leave(translator: Any, node: nodes.Element) -> None:
    pass


def skip(translator: Any, node: nodes.Element) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (skip, None))
    for kind in guess, tally:
        app.add_node(kind, html=(visit, leave), **others)
    app.add_directive("guess", Guess)
    app.add_directive("progress", Progress)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-read", find)
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
