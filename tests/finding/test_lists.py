"""What the lists say of an exercise, an equation and a slider, and that each exercise has a name to be listed by."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document
from places import Place, described, places

from tools.notebooks import all_notebooks, read, text

EXERCISE = re.compile(r"^ *(?:`{3,}|:{3,}) *\{exercise(?:-start)?\} *(.*)$", re.MULTILINE)


def test_each_exercise_has_a_title() -> None:
    titles = [
        (path.stem, title.strip())
        for path in all_notebooks()
        for cell in read(path)["cells"]
        if cell["cell_type"] == "markdown"
        for title in EXERCISE.findall(text(cell["source"]))
    ]
    assert len(titles) > 70
    assert [page for page, title in titles if not title] == []
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("source", "titles"),
    [
        ("```{exercise} How far?\n:label: a\n```", ["How far?"]),
        ("Text.\n\n````{exercise}\n:label: a\n````", [""]),
        (":::{exercise-start}\n:label: a\n:::\n```{exercise-end}\n```", [""]),
        ("```{solution-start} a\n```", []),
    ],
)
def test_an_exercise_without_a_title_is_seen(source: str, titles: list[str]) -> None:
    assert EXERCISE.findall(source) == titles


def test_an_equation_stands_below_the_bold_words_that_open_a_paragraph() -> None:
    def equation(id: str) -> nodes.math_block:
        return nodes.math_block("", "x = 1", ids=[id], number=1)

    def paragraph(*parts: nodes.Node) -> nodes.paragraph:
        return nodes.paragraph("", "", *parts)

    document = new_document("page")
    opened = paragraph(nodes.Text(""), nodes.strong("", "Several neurons."), nodes.Text(" Now"))
    plain = paragraph(nodes.Text("Not "), nodes.strong("", "this"))
    document += nodes.section("", nodes.title("", "One"), equation("a"), opened, plain, equation("b"), ids=["one"])
    document += nodes.section("", nodes.title("", "Two"), equation("c"), ids=["two"])
    found = [(place.id, place.section, place.title) for place in places(document, "x") if place.kind == "equation"]
    assert found == [("a", "One", ""), ("b", "One", "Several neurons"), ("c", "Two", "")]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (Place("equation", "x", "a", "", "Why?"), ("(1.2)", "Why?")),
        (Place("equation", "x", "a", "A batch", "How C writes it"), ("(1.2)", "How C writes it › A batch")),
        (Place("equation", "x", "a", ""), ("(1.2)", "")),
        (Place("exercise", "x", "a", "By hand", "Exercises"), ("Exercise 1.2", "By hand")),
        (Place("slider", "x", "a", "How far?", names=["slider", "rate", "steps"]), ("How far?", "rate, steps")),
        (Place("slider", "x", "a", "How far?", names=["stepper"]), ("How far?", "a stepper")),
    ],
)
def test_a_line_says_what_it_leads_to(place: Place, line: tuple[str, str]) -> None:
    numbers = {"x": {kind: {"a": (1, 2)} for kind in ("displaymath", "exercise")}}
    env: Any = SimpleNamespace(toc_fignumbers=numbers)
    assert described(env, place) == line
