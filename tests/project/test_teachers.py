"""The teachers' notes link to states of sliders and name steps of chapters: all of them are there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from docutils import nodes
from markdown_it import MarkdownIt
from sphinx.testing.util import SphinxTestApp

from tools import notebooks

PAGE = (notebooks.BOOK / "teachers.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\{state\}`[^`<]+ <([\w-]+)#([^`>]+)>`", PAGE)


@cache
def controls(page: str) -> dict[str, dict[str, list]]:
    """The values that each control of each explorer of a page stops at, by the explorer's id and the control's name."""
    cells = notebooks.code_cells(notebooks.read(notebooks.BOOK / f"{page}.ipynb"))
    shown = [notebooks.text(out.get("data", {}).get("text/html", "")) for cell in cells for out in cell["outputs"]]
    explorer = re.compile(r'nnlib-explorer" id="([^"]+)".*?<script[^>]*>(.*?)</script>', re.DOTALL)
    found = [explorer.search(html) for html in shown]
    return {m[1]: {c["name"]: c["values"] for c in json.loads(m[2])["controls"]} for m in found if m}


def wrong(page: str, fragment: str) -> list[str]:
    """What keeps an address from opening a page with every control of an explorer at one of its stops."""
    name, _, state = fragment.partition("?")
    if name not in controls(page):
        return [f"{page} has no explorer {name}"]
    stops, given = controls(page)[name], dict(parse_qsl(state, keep_blank_values=True))
    found = [f"{name} has no control {control}" for control in given.keys() - stops.keys()]
    found += [f"{name}: {control} is left open" for control in stops.keys() - given.keys()]
    for control in given.keys() & stops.keys():
        values = stops[control]
        named = any(isinstance(value, str) for value in values)
        if (given[control] if named else float(given[control])) not in values:
            found.append(f"{name}: {control} stops at {values}, not at {given[control]}")
    return found


def test_every_chapter_has_links_to_states() -> None:
    chapters = {path.stem for path in notebooks.all_notebooks() if re.match(r"\d\d-", path.name)}
    assert {page for page, _ in LINKS} == chapters
    assert len(LINKS) == PAGE.count("{state}") > 60


@pytest.mark.parametrize("page", sorted({page for page, _ in LINKS}))
def test_a_link_to_a_state_leads_to_a_stop_of_each_control(page: str) -> None:
    assert [problem for name, fragment in LINKS if name == page for problem in wrong(page, fragment)] == []


def test_a_wrong_state_is_noticed() -> None:
    page = "06-training-on-moons"
    assert wrong(page, "lr-explorer?lr=0.1") == []
    assert wrong(page, "lr?lr=0.1") == [f"{page} has no explorer lr"]
    assert wrong(page, "lr-explorer?lr=0.15")[0].startswith("lr-explorer: lr stops at [0.003, ")
    assert wrong(page, "valley-explorer?eta=0.1") == ["valley-explorer: curvature is left open"]
    assert wrong(page, "lr-explorer?lr=0.1&eta=1") == ["lr-explorer has no control eta"]


def test_each_step_that_is_named_is_a_step_of_a_chapter() -> None:
    headings = {
        heading
        for path in notebooks.all_notebooks()
        for cell in notebooks.read(path)["cells"]
        if cell["cell_type"] == "markdown"
        for heading in re.findall(r"^## (.+)$", notebooks.text(cell["source"]), re.MULTILINE)
    }
    inline = [token for token in MarkdownIt().enable("table").parse(PAGE) if token.children]
    named = {
        inside.children[at + 1].content
        for inside in inline
        for at, token in enumerate(inside.children)
        if token.type == "em_open"
    }
    named -= {"In class", "Copy link", "Without solutions"}  # a column's head, and what stands on buttons
    assert len(named) > 20 and named <= headings


def test_a_state_becomes_a_link_that_keeps_all_values_and_a_lost_page_is_reported(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser", "tools.states"]\n')
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "one.md").write_text("# One\n")
    states = "{state}`one <one#id?a=1&b=x%20y>` {state}`two <two#id?a=1>` {state}`three <one#id>`"
    (tmp_path / "book" / "page.md").write_text(f"# Page\n\n{states}\n")
    (tmp_path / "index.md").write_text("# Index\n\n```{toctree}\nbook/one\nbook/page\n```\n")
    app = SphinxTestApp("html", srcdir=tmp_path)
    try:
        app.build()
        (link,) = app.env.get_doctree("book/page").findall(nodes.reference)
        assert (link.astext(), link["refuri"]) == ("one", "one.html#id?a=1&b=x%20y")
        assert 'href="one.html#id?a=1&amp;b=x%20y">one</a>' in (Path(app.outdir) / "book" / "page.html").read_text()
        warnings = app.warning.getvalue()
        assert "no page, or no values: two#id?a=1" in warnings and "no page, or no values: one#id" in warnings
    finally:
        app.cleanup()
