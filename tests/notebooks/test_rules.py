"""The tests' own tests: a chapter that keeps every rule, broken in one way at a time, must be caught by that rule."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rules
from rules import Chapter

from tools import notebooks

Notebook = dict[str, Any]
HEADINGS = [
    "What you will be able to do",
    "How far can it get?",
    "How steep is the loss?",
    "What does a step do?",
    "Common mistakes",
    "In practice",
    "Summary",
    "Exercises",
    "What comes next",
]
EQUATION = "```{math}\n:label: eq-slope\n\\frac{\\partial L}{\\partial z} = p - t\n```"
STORY = """```{admonition} A story: the sign
:class: dropdown
An article (B4) writes $\\partial L / \\partial z = t - p$, and its loss climbs. {ref}`More on it <erratum-b4>`.
```"""
EXPLORER = """<div class="nnlib-explorer" id="lr" data-engine="stored">
<img class="nnlib-still" alt="learning rate 0.1: the loss falls" src="data:image/png;base64,A">
<script type="application/json">{"results": [{"text": "0.5"}, {"text": "0.7"}]}</script>
</div>"""

PROGRAM = {rules.LIVE: {"run": "run", "source": ["def run(lr):\n"], "given": {}, "data": {}, "controls": {}}}


STARTER, SOLVED = "def f(x):\n    return x", "def f(x):\n    return 2 * x"
KNOWN = {f"ex-{n}": ("f", STARTER, SOLVED) for n in ("one", "two")}


def markdown(name: str, source: str) -> Notebook:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def code(name: str, source: str, *outputs: Notebook, **metadata: Any) -> Notebook:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": list(outputs),
        "source": source,
    }


GUESS = ":::{guess} how far\n:answer: far\n:choices: 3 | 4\n:::"


def stream(text: str, name: str = "stdout") -> Notebook:
    return {"name": name, "output_type": "stream", "text": text}


def display(data: dict[str, str], **metadata: Any) -> Notebook:
    return {"data": data, "metadata": metadata, "output_type": "display_data"}


def sound() -> Notebook:
    """A chapter that keeps every rule."""
    cells = [
        code(
            "imports",
            'import matplotlib.pyplot as plt\nplt.style.use("book.mplstyle")\nglue("best", "0.97", display=False)',
            display({"application/papermill.record/text/plain": "'0.97'"}, scrapbook={"name": "best"}),
            tags=["hide-cell"],
        ),
        markdown("title", "# A chapter\n\n" + "word " * 2100 + "and {glue:text}`best` too."),
    ]
    for heading in HEADINGS:
        cells.append(markdown(notebooks.new_id({"source": heading}, set()), f"## {heading}\n\nA sentence with $x$."))
        if heading == "How far can it get?":
            cells += [
                markdown("guess", f"```{{admonition}} Predict\n:class: tip\nHow far?\n\n{GUESS}\n```"),
                code(
                    "far",
                    'glue("far", 3, display=False)',
                    display({"application/papermill.record/text/plain": "3"}, scrapbook={"name": "far"}),
                    tags=["remove-cell"],
                ),
                code(
                    "slider", "Explorer(run, data={})", display({**PROGRAM, "text/html": EXPLORER}), tags=["hide-input"]
                ),
                markdown("so-far", "```{admonition} Answer\n:class: dropdown\nSo far.\n```"),
            ]
        if heading == "How steep is the loss?":
            cells += [
                markdown("slope", EQUATION),
                code("slope-check", 'check("eq-slope", a, n)', stream("eq-slope: agrees\n")),
                markdown("story", STORY),
            ]
        if heading == "What does a step do?":
            source = 'fig, ax = plt.subplots()\nax.set_xlabel("epoch")\nax.set_ylabel("loss")'
            alt = {"image": {"alt": "The loss falls over ten epochs and then stays level."}}
            cells += [code("curve", source, display({"image/png": "AAAA", "text/plain": "<Figure>"}), mystnb=alt)]
        if heading == "Exercises":
            for n in ("one", "two", "three", "four", "five"):
                tried, solved = f"{STARTER}\n\n\nattempt({n}, f)", f'{SOLVED}\n\n\nassert verdict({n}, f) == "right"'
                shown = display({"text/html": '<div class="nnlib-exercise"></div>'})
                checked = f"ex-{n}" in KNOWN
                cells += [
                    markdown(f"ask-{n}", f"```{{exercise}}\n:label: ex-{n}\nWhy?\n```"),
                    *([code(f"try-{n}", tried, shown)] if checked else []),
                    markdown(f"answer-{n}", f"````{{solution-start}} ex-{n}\n:class: dropdown\n````"),
                    code(f"show-{n}", "import math\n" * 15 + "assert 1 + 1 == 2"),
                    *([code(f"solved-{n}", solved)] if checked else []),
                    markdown(f"say-{n}", "word " * 1000),
                    markdown(f"end-{n}", "````{solution-end}\n````"),
                ]
    for count, cell in enumerate((c for c in cells if c["cell_type"] == "code"), start=1):
        cell["execution_count"] = count
    return notebooks.canonical({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def cell(notebook: Notebook, name: str) -> Notebook:
    found: Notebook = next(c for c in notebook["cells"] if c["id"] == name)
    return found


def replace(name: str, old: str, new: str) -> Callable[[Notebook], None]:
    """A change of one cell's source."""

    def change(notebook: Notebook) -> None:
        source = notebooks.text(cell(notebook, name)["source"])
        assert old in source
        cell(notebook, name)["source"] = source.replace(old, new)

    return change


def put(name: str, key: str, value: Any) -> Callable[[Notebook], None]:
    return lambda notebook: cell(notebook, name).update({key: value})


def slider(old: str, new: str) -> Callable[[Notebook], None]:
    """The explorer's HTML with one text in place of another."""
    assert EXPLORER.count(old) == 1
    return put("slider", "outputs", [display({**PROGRAM, "text/html": EXPLORER.replace(old, new)})])


def append(source: str) -> Callable[[Notebook], None]:
    return lambda notebook: notebook["cells"].append(markdown("more", source))


def tag(name: str, *tags: str) -> Callable[[Notebook], None]:
    return lambda notebook: cell(notebook, name)["metadata"].update(tags=list(tags))


def after(name: str, *new: Notebook) -> Callable[[Notebook], None]:
    """New cells behind one that is there."""

    def change(notebook: Notebook) -> None:
        at = notebook["cells"].index(cell(notebook, name)) + 1
        notebook["cells"][at:at] = new

    return change


def drawn(*sources: str) -> Callable[[Notebook], None]:
    """Cells of code, and a figure of the `losses` that they bind."""

    def change(notebook: Notebook) -> None:
        replace("curve", "fig, ax", "LINE = losses\nfig, ax")(notebook)
        after("slope-check", *(code(f"bind-{n}", source) for n, source in enumerate(sources)))(notebook)

    return change


def long_only_in(box: str) -> Callable[[Notebook], None]:
    """Words that stand in a box of their own, where they do not count."""
    return replace("title", "word " * 200, f"```{box}\n" + "word " * 200 + "\n```\n")


def drop(name: str) -> Callable[[Notebook], None]:
    return lambda notebook: notebook["cells"].remove(cell(notebook, name))


ERRATUM = """(erratum-b4)=
### B4: a sign

**The article says:** $t - p$.

**What is right:** $p - t$.

Kind: **slip**. See [](../04-softmax-cross-entropy.ipynb)."""


def errata_page() -> Notebook:
    cells = [
        code("first", "import numpy"),
        markdown("entry-b4", "## Entries\n\n" + ERRATUM),
        code("proof-b4", "assert 1 + 1 == 2"),
        markdown("entry-b5", ERRATUM.replace("b4", "b5").replace("B4", "B5").replace("a sign", "a name (By reading.)")),
        markdown("end", "## Claims"),
    ]
    cells[0]["execution_count"], cells[2]["execution_count"] = 1, 2
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def test_errata_that_are_told_and_proved_are_no_problem() -> None:
    assert rules.poor_errata(Chapter(errata_page())) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda n: replace("entry-b4", "B4", "B5")(n),
        lambda n: replace("entry-b4", "**The article says:**", "It says")(n),
        lambda n: replace("entry-b5", "**What is right:**", "No:")(n),
        lambda n: replace("entry-b5", "**slip**", "**blunder**")(n),
        lambda n: replace("entry-b4", "[](../04-softmax-cross-entropy.ipynb)", "a chapter")(n),
        lambda n: replace("proof-b4", "assert", "print")(n),
        lambda n: put("proof-b4", "execution_count", None)(n),
        lambda n: drop("proof-b4")(n),
        lambda n: replace("entry-b5", "(By reading.)", "")(n),
    ],
)
def test_an_erratum_that_is_not_is_caught(change: Callable[[Notebook], Any]) -> None:
    notebook = errata_page()
    change(notebook)
    assert len(rules.poor_errata(Chapter(notebook))) == 1


def unknown_errata(chapter: Chapter) -> list[str]:
    return rules.unknown_errata(chapter, {"B4", "A1"})


def unknown_symbols(chapter: Chapter) -> list[str]:
    return rules.unknown_symbols(chapter, set("xLzpt"))


def poor_attempts(chapter: Chapter) -> list[str]:
    return rules.poor_attempts(chapter, KNOWN)


RULES = [
    poor_attempts,
    rules.unclean_outputs,
    rules.unlabelled_derivatives,
    rules.unchecked_derivatives,
    rules.poor_alternatives,
    rules.unlabelled_axes,
    rules.mortal_figures,
    rules.missing_sections,
    rules.late_sliders,
    rules.poor_predictions,
    rules.poor_guesses,
    rules.long_cells,
    rules.wide_lines,
    rules.loose_imports,
    rules.poor_stories,
    rules.wrong_length,
    rules.poor_exercises,
    rules.loose_glue,
    rules.bad_explorers,
    rules.private_names,
    rules.retired_symbols,
    unknown_errata,
    unknown_symbols,
]
ALT = {"mystnb": {"image": {"alt": "loss_curve_of_the_first_network.png of the run"}}}
BROKEN: list[tuple[str, Callable[[Chapter], list[str]], Callable[[Notebook], Any]]] = [
    ("a warning stored", rules.unclean_outputs, put("slope-check", "outputs", [stream("eq-slope: !", "stderr")])),
    ("a path printed", rules.unclean_outputs, put("show-one", "outputs", [stream("saved in /home/me/x\n")])),
    ("an address printed", rules.unclean_outputs, put("show-one", "outputs", [stream("<a at 0x7f12abcd>\n")])),
    ("no label", rules.unlabelled_derivatives, replace("slope", ":label: eq-slope\n", "")),
    ("another kind of label", rules.unlabelled_derivatives, replace("slope", "eq-slope", "slope")),
    ("stated in a line", rules.unlabelled_derivatives, append("So $\\partial L / \\partial z = p - t$ here.")),
    ("stated with dollars", rules.unlabelled_derivatives, append("$$\n\\nabla_\\theta L = x\n$$")),
    (
        "stated after a role",
        rules.unlabelled_derivatives,
        append("By {eq}`eq-slope`\n\n$$\\nabla_\\theta L = x$$\n\nand `code`."),
    ),
    ("stated with a prime", rules.unlabelled_derivatives, append("$$f'(z) = 1 - z$$")),
    ("stated in amsmath", rules.unlabelled_derivatives, append("\\begin{align}\n\\frac{dL}{dz} &= p\n\\end{align}")),
    ("stated second", rules.unlabelled_derivatives, append("$$z = x, \\quad \\frac{\\partial z}{\\partial x} = 1$$")),
    (
        "stated in an exercise",
        rules.unlabelled_derivatives,
        append("```{exercise}\n:label: ex-six\n$$\\partial L/\\partial p = 1$$\n```"),
    ),
    ("not checked", rules.unchecked_derivatives, drop("slope-check")),
    ("checked, not executed", rules.unchecked_derivatives, put("slope-check", "execution_count", None)),
    ("checked, nothing printed", rules.unchecked_derivatives, put("slope-check", "outputs", [])),
    ("no literal", rules.unchecked_derivatives, replace("slope-check", '"eq-slope"', "label")),
    ("another label checked", rules.unchecked_derivatives, replace("slope-check", "eq-slope", "eq-slop")),
    ("no equation", rules.unchecked_derivatives, drop("slope")),
    ("no alternative", rules.poor_alternatives, put("curve", "metadata", {})),
    ("a file's name", rules.poor_alternatives, put("curve", "metadata", ALT)),
    ("an axis unnamed", rules.unlabelled_axes, replace("curve", 'ax.set_xlabel("epoch")', "")),
    ("a figure that asserts", rules.mortal_figures, replace("curve", "fig, ax", "assert ready\nfig, ax")),
    ("a slider that checks", rules.mortal_figures, replace("slider", "Explorer", 'check("eq-slope", a, n)\nExplorer')),
    ("drawn, and bound after an assertion", rules.mortal_figures, drawn("assert ready\nlosses = [1]")),
    ("after one of NumPy's", rules.mortal_figures, drawn("np.testing.assert_allclose(a, n)\nlosses = [1]")),
    ("after one in a loop", rules.mortal_figures, drawn("for a in 1, 2:\n    assert a\nlosses = [1]")),
    ("after a helper's", rules.mortal_figures, drawn("def fit():\n    assert ready", "fit()\nlosses = [1]")),
    ("by way of another cell", rules.mortal_figures, drawn("assert ready\nrate = 1", "losses = [rate]")),
    (
        "by way of a function",
        rules.mortal_figures,
        drawn("assert ready\nrate = 1", "def fit():\n    return [rate]", "losses = fit()"),
    ),
    ("a function after an assertion", rules.mortal_figures, drawn("assert ready\ndef losses():\n    return [1]")),
    ("bound anew after an assertion", rules.mortal_figures, drawn("losses = [0]", "assert ready\nlosses = [1]")),
    ("another start", rules.missing_sections, replace("what-you-will-be", "be able to do", "do")),
    ("no opening question", rules.missing_sections, replace("how-far-can-it", "it get?", "it get")),
    ("a section missing", rules.missing_sections, replace("common-mistakes", "Common mistakes", "Errors")),
    ("sections swapped", rules.missing_sections, replace("summary", "Summary", "Exercises")),
    ("nothing in practice", rules.missing_sections, drop("in-practice")),
    ("another end", rules.missing_sections, append("## Further reading")),
    (
        "a heading that asks nothing",
        rules.missing_sections,
        replace("how-steep-is-the", "How steep is the loss?", "The maths"),
    ),
    ("a ledger", rules.missing_sections, replace("what-does-a-step", "What does a step do?", "What the articles say")),
    ("no slider", rules.late_sliders, drop("slider")),
    ("a circuit that stands still", rules.late_sliders, slider("nnlib-explorer", "nnlib-circuit")),
    ("a late slider", rules.late_sliders, after("how-far-can-it", markdown("early", "## One\n\n## Two"))),
    ("a slider unasked", rules.late_sliders, drop("guess")),
    ("code before a slider", rules.poor_predictions, tag("far")),
    ("code of a slider", rules.poor_predictions, tag("slider")),
    ("a slider that is folded", rules.poor_predictions, tag("slider", "hide-cell")),
    ("a late answer", rules.poor_predictions, after("slider", markdown("next", "## Next"))),
    ("an open answer", rules.poor_predictions, replace("so-far", ":class: dropdown\n", "")),
    ("no guess", rules.poor_guesses, drop("guess")),
    ("a prediction without one", rules.poor_guesses, replace("guess", GUESS, "")),
    ("a guess apart", rules.poor_guesses, append(GUESS)),
    ("an answer that nothing guesses", rules.loose_glue, replace("guess", ":answer: far", ":answer: best")),
    ("a long cell", rules.long_cells, replace("slope-check", "check", "x = 1\n\n" * 14 + "check")),
    ("a wide line", rules.wide_lines, replace("slope-check", "check", "wide = " + "1 + " * 30 + "1\ncheck")),
    ("wide though folded", rules.wide_lines, replace("imports", "import", "# " + "so " * 30 + "\nimport")),
    ("a wide print", rules.wide_lines, put("show-one", "outputs", [stream("so " * 30)])),
    ("imports shown", rules.loose_imports, tag("imports")),
    ("imports not first", rules.loose_imports, replace("imports", 'plt.style.use("book.mplstyle")', "")),
    ("another first cell", rules.loose_imports, lambda notebook: notebook["cells"].pop(0)),
    ("an import further on", rules.loose_imports, replace("curve", "fig, ax", "import math\nfig, ax")),
    ("an open story", rules.poor_stories, replace("story", ":class: dropdown\n", "")),
    ("a long story", rules.poor_stories, replace("story", "An article", "word " * 80 + "An article")),
    ("a story of nothing", rules.poor_stories, replace("story", "erratum-b4", "eq-slope")),
    ("too short", rules.wrong_length, replace("title", "word " * 200, "")),
    ("too long", rules.wrong_length, replace("title", "word " * 200, "word " * 1200)),
    ("code is not prose", rules.wrong_length, replace("title", "word " * 200, "```\n" + "word " * 200 + "\n```\n")),
    ("a story is extra", rules.wrong_length, long_only_in("{admonition} A story: one\n:class: dropdown")),
    ("an exercise is extra", rules.wrong_length, long_only_in("{exercise}\n:label: ex-long")),
    ("a solution is extra", rules.wrong_length, long_only_in("{solution} ex-one")),
    ("four exercises", rules.poor_exercises, drop("ask-five")),
    ("no solution", rules.poor_exercises, drop("answer-two")),
    ("not folded", rules.poor_exercises, replace("answer-two", ":class: dropdown\n", "")),
    ("checks nothing", rules.poor_exercises, replace("show-three", "assert", "print")),
    ("solution not run", rules.poor_exercises, put("show-three", "execution_count", None)),
    ("one exercise in the page", poor_attempts, drop("try-two")),
    ("another starter", poor_attempts, replace("try-one", "return x", "return -x")),
    ("more than the starter", poor_attempts, replace("try-one", "attempt(", "print(1)\nattempt(")),
    ("a folded starter", poor_attempts, tag("try-one", "hide-input")),
    ("no such exercise", poor_attempts, replace("try-one", "attempt(one", "attempt(seven")),
    ("under another exercise", poor_attempts, replace("try-one", "attempt(one", "attempt(two")),
    ("an attempt not run", poor_attempts, put("try-one", "outputs", [])),
    ("another solution", poor_attempts, replace("solved-two", "2 * x", "x + x")),
    ("a solution that is not graded", poor_attempts, replace("solved-two", "assert verdict", "print")),
    ("an unknown key", rules.loose_glue, append("{glue:text}`worst`")),
    ("an unused key", rules.loose_glue, replace("title", "{glue:text}`best`", "0.97")),
    (
        "too big",
        rules.bad_explorers,
        put("slider", "outputs", [display({**PROGRAM, "text/html": EXPLORER + "x" * 200_000})]),
    ),
    ("a script stored", rules.bad_explorers, slider("<img", "<script>1</script><img")),
    ("a style stored", rules.bad_explorers, slider("<img", "<style>p {}</style><img")),
    ("a position not run", rules.bad_explorers, slider('{"text": "0.7"}', "null")),
    ("no picture", rules.bad_explorers, slider("<img class", "<img id")),
    ("no words", rules.bad_explorers, slider("learning rate 0.1: the loss falls", "")),
    (
        "a second picture",
        rules.bad_explorers,
        put("slider", "outputs", [display({**PROGRAM, "text/html": EXPLORER, "image/png": "A"})]),
    ),
    ("no program", rules.bad_explorers, put("slider", "outputs", [display({"text/html": EXPLORER})])),
    (
        "a program that is too big",
        rules.bad_explorers,
        put("slider", "outputs", [display({"text/html": EXPLORER, rules.LIVE: {"data": "x" * 800_000}})]),
    ),
    ("a private name printed", rules.private_names, put("show-one", "outputs", [stream("y = self._value(x)\n")])),
    ("a private name shown", rules.private_names, replace("show-two", "assert", "net._forward(x)\nassert")),
    ("no HTML", rules.bad_explorers, put("slider", "outputs", [display({"text/plain": "Explorer()"})])),
    ("an unknown erratum", unknown_errata, replace("story", "B4", "B44")),
    ("an unknown letter", unknown_symbols, append("Then $q$.")),
    ("an unknown Greek letter", unknown_symbols, append("Then $\\omega$.")),
    ("an unknown bold letter", unknown_symbols, append("Then $\\mathbf{x}$.")),
    *(
        (f"retired: {tex}", rules.retired_symbols, append(f"Then ${tex}$."))
        for tex in [
            "c_i",
            "\\frac{c_3}{6}",
            "\\sigma_j",
            "\\sigma^2",
            "\\mu_j",
            "\\bar\\mu_j",
            "\\varepsilon_\\text{m}",
            "\\omega_1",
            "\\theta_{t+1}",
            "v_t",
            "h_1",
            "h^{(1)}",
            "m(\\varphi)",
        ]
    ),
    ("an unknown mark", unknown_symbols, append("Then $\\hat x$.")),
    ("an unknown operator", unknown_symbols, append("Then $\\operatorname{tr}(x)$.")),
]


def test_a_sound_chapter_breaks_no_rule() -> None:
    assert {rule.__name__: rule(Chapter(sound(), 6)) for rule in RULES} == {rule.__name__: [] for rule in RULES}


@pytest.mark.parametrize(("rule", "change"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_chapter_is_caught(rule: Callable[[Chapter], list[str]], change: Callable[[Notebook], Any]) -> None:
    notebook = sound()
    change(notebook)
    assert rule(Chapter(notebook, 6)) != []


def test_only_chapters_with_something_to_do_close_in_practice() -> None:
    notebook = sound()
    drop("in-practice")(notebook)
    assert [n for n in range(1, 13) if rules.missing_sections(Chapter(notebook, n)) == []] == [1, 2, 3, 4, 5, 12]


def test_a_page_that_discusses_an_article_quotes_it_in_a_line_and_no_chapter_does() -> None:
    notebook = sound()
    append("It says that $\\partial L / \\partial z = t - p$.")(notebook)
    assert rules.unlabelled_derivatives(Chapter(notebook)) != []
    assert rules.unlabelled_derivatives(Chapter(notebook), quotes=True) == []
    append("$$\\partial L / \\partial z = t - p$$")(notebook)
    assert rules.unlabelled_derivatives(Chapter(notebook), quotes=True) != []


@pytest.mark.parametrize(
    "sources",
    [
        ["losses = [1]\nassert ready"],
        ["assert ready\nlosses = [0]", "losses = [1]"],
        ["def fit():\n    assert ready\nlosses = [1]"],
        ["def fit():\n    assert ready", "def fit():\n    return 1", "fit()\nlosses = [1]"],
        ["assert ready\nrate = 1", "def fit():\n    return rate\nlosses = [1]"],
        ["net.check(1)\nlosses = [1]"],
    ],
)
def test_a_figure_of_what_is_bound_before_an_assertion_lives(sources: list[str]) -> None:
    notebook = sound()
    drawn(*sources)(notebook)
    assert rules.mortal_figures(Chapter(notebook)) == []


def test_the_whole_network_may_be_long_and_import() -> None:
    notebook = sound()
    after("slope", code("whole-network", "import math\n" + "x = 1\n" * 60))(notebook)
    assert rules.long_cells(Chapter(notebook)) == rules.loose_imports(Chapter(notebook)) == []


def test_each_rule_is_broken_once_at_least() -> None:
    assert {rule for _, rule, _ in BROKEN} == set(RULES)


@pytest.mark.parametrize(
    ("tex", "states"),
    [
        (r"\frac{\partial L}{\partial W} = x^\top g", True),
        (r"\begin{aligned} \sigma'(z) &= y(1 - y) \end{aligned}", True),
        (r"z = xW \qquad \nabla_W L = x^\top g", True),
        (r"\frac{\mathrm{d}a}{\mathrm{d}z} = 1", True),
        (r"g = \frac{\partial L}{\partial y}", False),
        (r"\theta \leftarrow \theta - \eta \nabla L", False),
        (r"\theta_{t+1} = \theta_t - \eta \nabla L(\theta_t)", False),
        (r"\nabla L = 0", False),
        (r"\sum_{i=1}^{N} \frac{\partial L_i}{\partial W}", False),
        (r"\frac{\partial L}{\partial \theta} \approx \frac{L(\theta + h) - L(\theta - h)}{2h}", False),
    ],
)
def test_which_formulas_state_a_derivative(tex: str, states: bool) -> None:
    assert rules.states_a_derivative(tex) is states


NOTATION = """
```{{list-table}}
* - symbol
  - meaning
* - $x$, $x_i$
  - input, and row $i$ of it
* - $i$
  - counts
* - $k$
  - counts
* - $k_i$
  - the class of sample $i$
* - $\\hat x$
  - normalized, $x / V_j$
* - $V_\\ell$, $V_j$
  - a variance
* - $n_\\text{{in}}$
  - how many {0}
* - ${1}$
  - another
```

| in A | here |
|---|---|
| $q$ | $x$ |
"""


def test_the_notation_page_defines_each_symbol_once() -> None:
    assert rules.double_definitions(NOTATION.format("", "n_\\text{out}")) == []
    for again in ("x^{(\\ell)}", "V(x)", "\\hat x_i = 0", "k_i", "x_{ij}", "n_\\text{in}", "x'"):
        assert len(rules.double_definitions(NOTATION.format("", again))) == 1, again


def test_the_notation_page_explains_by_what_it_defines() -> None:
    notation = NOTATION.format("$x$", "n_\\text{out}")
    assert rules.known_symbols(notation) == {"x", "i", "j", "k", "n", "V", "\\hat x", "\\ell"}
    assert rules.undefined_symbols(notation) == []
    assert rules.undefined_symbols(NOTATION.format("$x + y$", "n_\\text{out}")) == ["y"]


# --- form and execution, on a copy of a small project ----------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder with one executed notebook, and what its outputs were made from."""
    (tmp_path / "book").mkdir()
    (tmp_path / "nnlib").mkdir()
    shutil.copy(notebooks.BOOK / "book.mplstyle", tmp_path / "book")
    shutil.copy(notebooks.ROOT / "requirements.txt", tmp_path)
    (tmp_path / "nnlib" / "__init__.py").write_text("from .one import accuracy\n", encoding="utf-8")
    (tmp_path / "nnlib" / "one.py").write_text('"""One."""\n\n# a remark\naccuracy = 1\n', encoding="utf-8")
    cells = [
        code("first", "from nnlib import accuracy\ntotal = 20 + 22\nprint(total)", stream("42\n")),
        markdown("words", "Some words."),
        code("second", "total + 1", {"data": {"text/plain": "43"}, "metadata": {}, "output_type": "execute_result"}),
    ]
    cells[0]["execution_count"], cells[2]["execution_count"] = 1, 2
    notebook: Notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebook["metadata"]["nnlib"] = {"made_from": notebooks.made_from(notebook, tmp_path)}
    (tmp_path / "book" / "a.ipynb").write_text(notebooks.canonical_text(notebook), encoding="utf-8")
    return tmp_path


def edit(path: Path, change: Callable[[Notebook], Any]) -> None:
    """Change a notebook as an editor would, and leave it canonical."""
    notebook = notebooks.read(path)
    change(notebook)
    path.write_text(notebooks.canonical_text(notebook), encoding="utf-8")


def test_an_executed_canonical_notebook_has_no_problem(project: Path) -> None:
    assert notebooks.problems(project / "book" / "a.ipynb", project) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda n: cell(n, "second").update(execution_count=None, outputs=[]), "not executed"),
        (lambda n: cell(n, "second").update(execution_count=7), "run as number 7"),
        (lambda n: n["cells"].reverse(), "run as number"),
        (lambda n: cell(n, "first").update(source="total = 42\nprint(total)"), "other code"),
        (lambda n: n["metadata"]["nnlib"].update(made_from="0" * 64), "other code"),
        (
            lambda n: cell(n, "first").update(
                outputs=[{"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}]
            ),
            "ValueError",
        ),
    ],
)
def test_what_check_reports(project: Path, change: Callable[[Notebook], Any], problem: str) -> None:
    path = project / "book" / "a.ipynb"
    edit(path, change)
    assert any(problem in found for found in notebooks.problems(path, project))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda n: json.dumps(n, indent=1, ensure_ascii=False) + "\n",  # keys in another order
        lambda n: json.dumps(n, indent=2, ensure_ascii=False, sort_keys=True) + "\n",
        lambda n: notebooks.canonical_text(n).rstrip("\n"),
        lambda n: notebooks.canonical_text(n).replace('"first"', '"4f2a9c10"'),
        lambda n: notebooks.canonical_text(n).replace('"metadata": {}', '"metadata": {"collapsed": true}', 1),
        lambda n: notebooks.canonical_text(n).replace('"name": "python"\n', '"name": "python",\n"version": "3.11.7"\n'),
        lambda n: notebooks.canonical_text(n).replace('"nbformat_minor": 5', '"nbformat_minor": 4'),
    ],
)
def test_any_other_form_is_not_canonical(project: Path, spoil: Callable[[Notebook], str]) -> None:
    path = project / "book" / "a.ipynb"
    notebook = notebooks.read(path)
    reordered = {key: notebook[key] for key in reversed(notebook)}
    path.write_text(spoil(reordered), encoding="utf-8")
    assert "not canonical" in notebooks.problems(path, project)
    path.write_text(notebooks.canonical_text(notebooks.read(path)), encoding="utf-8")
    assert "not canonical" not in notebooks.problems(path, project)


def test_canonical_form_is_a_fixed_point_and_drops_only_what_no_reader_sees() -> None:
    raw = sound()
    cell(raw, "imports")["metadata"] = {"execution": {"iopub": "2026-01-01T00:00:00Z"}, "scrolled": True, "tags": ["a"]}
    cell(raw, "slope-check")["outputs"] = [stream("eq-"), stream("slope: agrees\n")]
    cell(raw, "show-one")["outputs"] = [display({"text/plain": "x", notebooks.WIDGET_VIEW: "id"})]
    raw["cells"][1]["id"] = raw["cells"][0]["id"]
    raw["metadata"]["widgets"] = {"state": {}}
    once = notebooks.canonical(raw)
    assert notebooks.canonical(copy.deepcopy(once)) == once
    assert cell(once, "imports")["metadata"] == {"tags": ["a"]}
    assert notebooks.text(cell(once, "slope-check")["outputs"][0]["text"]) == "eq-slope: agrees\n"
    assert "widget" not in json.dumps(once)
    ids = [c["id"] for c in once["cells"]]
    assert len(ids) == len(set(ids)) and all(notebooks.is_readable(name) for name in ids)
    assert [notebooks.text(c["source"]) for c in once["cells"]] == [notebooks.text(c["source"]) for c in raw["cells"]]


def test_the_hash_follows_what_decides_the_outputs_and_nothing_else(project: Path) -> None:
    """What counts of the code that a notebook imports is the business of tests/experiments."""
    notebook = notebooks.read(project / "book" / "a.ipynb")
    cell(notebook, "second")["source"] = 'plt.style.use("book.mplstyle")  # drawn so'
    module, style, pins = project / "nnlib" / "one.py", project / "book" / "book.mplstyle", project / "requirements.txt"
    before = notebooks.made_from(notebook, project)

    module.write_text('"""Another\nword."""\naccuracy = 1\n', encoding="utf-8")  # no code changed
    pins.write_text(pins.read_text(encoding="utf-8") + "sphinx==1.0\n", encoding="utf-8")
    cell(notebook, "second")["source"] = 'plt.style.use("book.mplstyle")'
    cell(notebook, "words")["source"] = "Other words."
    cell(notebook, "first")["outputs"] = []
    assert notebooks.made_from(notebook, project) == before

    seen = {before}
    for path, content in [
        (module, "accuracy = 2\n"),
        (style, "figure.dpi: 96\n"),
        (pins, "matplotlib==3.9.0\n"),
        (pins, "matplotlib==3.9.0 \\\n    --hash=sha256:00\nnumpy==2.0.0\n"),
    ]:
        path.write_text(content, encoding="utf-8")
        seen.add(notebooks.made_from(notebook, project))
    cell(notebook, "first")["source"] = "from nnlib import accuracy\ntotal = 42"
    seen.add(notebooks.made_from(notebook, project))
    assert len(seen) == 6


def test_code_that_is_not_python_is_reported(project: Path) -> None:
    path = project / "book" / "a.ipynb"
    edit(path, lambda n: cell(n, "first").update(source="%matplotlib inline"))
    assert "not plain Python: '%matplotlib inline'" in notebooks.problems(path, project)


@pytest.mark.long
def test_executing_again_changes_no_byte_and_new_code_is_measured_anew(project: Path) -> None:
    path = project / "book" / "a.ipynb"
    clock = code("clock", "import time\ntime.time()", tags=["nbval-ignore-output"])
    edit(path, lambda n: n["cells"].append(clock))
    notebooks.execute(path, project)
    assert notebooks.problems(path, project) == []
    once = path.read_bytes()
    notebooks.execute(path, project)
    assert path.read_bytes() == once
    (project / "nnlib" / "one.py").write_text("accuracy = 2\n", encoding="utf-8")
    before = cell(notebooks.read(path), "clock")["outputs"]
    notebooks.execute(path, project)
    assert cell(notebooks.read(path), "clock")["outputs"] != before
    assert cell(notebooks.read(path), "first")["outputs"] == cell(json.loads(once), "first")["outputs"]


def test_executing_leaves_this_process_as_it_was_and_needs_no_port(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNLIB_EXPLORER", "ends")
    before = dict(os.environ)
    path = project / "book" / "a.ipynb"
    ask = "from ipykernel.connect import get_connection_info as ask\nprint(ask(unpack=True)['transport'])"
    edit(path, lambda n: cell(n, "second").update(source=ask))
    notebooks.execute(path, project)
    assert dict(os.environ) == before
    assert notebooks.text(cell(notebooks.read(path), "second")["outputs"][0]["text"]) == "ipc\n"


def test_a_cell_that_raises_leaves_the_file_as_it_was(project: Path) -> None:
    path = project / "book" / "a.ipynb"
    edit(path, lambda n: cell(n, "second").update(source="total + nothing"))
    before = path.read_bytes()
    with pytest.raises(Exception, match="NameError"):
        notebooks.execute(path, project)
    assert path.read_bytes() == before


def test_a_figure_that_tells_something_by_color_alone_is_not_stored(project: Path) -> None:
    path = project / "book" / "a.ipynb"
    draw = """import matplotlib.pyplot as plt
for name in "first", "second":
    plt.plot([1, 2], [1, len(name)], {style}, label=name)
_ = plt.legend()
assert not {{"runpy", "watch", "told_by_color"}} & set(dir())"""
    edit(path, lambda n: cell(n, "second").update(source=draw.format(style='"-"')))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"^a\.ipynb: second: told by color alone: first, second$"):
        notebooks.execute(path, project)
    assert path.read_bytes() == before
    edit(path, lambda n: cell(n, "second").update(source=draw.format(style='{"first": "-", "second": "--"}[name]')))
    notebooks.execute(path, project)
    (picture,) = cell(notebooks.read(path), "second")["outputs"]
    assert "image/png" in picture["data"]


def nbval(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a folder's notebooks under nbval as `make test` does; a line for each cell."""
    root = notebooks.ROOT
    config = ["-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider", "-p", "no:randomly"]
    options = ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={root / 'tests/notebooks/sanitize.cfg'}"]
    command = [sys.executable, "-m", "pytest", "-v", "--color=no", "--tb=short", *config, *options, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=240)


def slider_cell(name: str, result: str) -> str:
    html = EXPLORER.replace('id="lr"', f'id="{name}"').replace("0.7", result)
    return f"from IPython.display import HTML\nHTML({html!r})"


# Cells whose output differs from what is stored, or does not, and whether nbval shall notice.
STORED = slider_cell("lr", "0.7")
SHOWN = {"text/html": EXPLORER, "text/plain": "<IPython.core.display.HTML object>"}
RESULT = display(SHOWN) | {"output_type": "execute_result"}
CELLS: list[tuple[str, str, dict[str, Any] | None, bool]] = [
    ("as stored", "print(42)", stream("42\n"), False),
    ("a number changed", "print(42)", stream("41\n"), True),
    ("an output dropped", "print(42); 43", stream("42\n"), True),
    ("a result dropped", "43", None, True),
    ("an error", "print(42); raise ValueError", stream("42\n"), True),
    ("after the error", "print(42)", stream("42\n"), False),
    ("a warning", "import sys; print(42); print(0, file=sys.stderr)", stream("42\n"), True),
    ("a slider as stored", STORED, RESULT, False),
    ("a slider's digits", slider_cell("lr", "0.70001"), RESULT, False),
    ("another slider", slider_cell("momentum", "0.7"), RESULT, True),
]


@pytest.mark.long
def test_nbval_compares_every_output_but_a_sliders_digits(project: Path) -> None:
    def change(notebook: Notebook) -> None:
        notebook["cells"] = []
        for count, (name, source, output, _) in enumerate(CELLS, start=1):
            outputs = [output | {"execution_count": count}] if output and "data" in output else [output] * bool(output)
            cell_ = code(name.replace("'", "").replace(" ", "-"), source, *outputs)
            notebook["cells"].append(cell_ | {"execution_count": count})

    edit(project / "book" / "a.ipynb", change)
    done = nbval(project / "book")
    outcomes = re.findall(r"^a::.* (PASSED|FAILED|ERROR)", done.stdout, re.MULTILINE)
    expected = {name: "FAILED" if shall else "PASSED" for name, _, _, shall in CELLS}
    assert dict(zip(expected, outcomes, strict=True)) == expected, done.stdout + done.stderr
