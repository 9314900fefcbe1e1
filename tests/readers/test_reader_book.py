"""Which pages become notebooks for readers, and where their links lead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx_exercise.nodes import solution_node

from tools import notebooks
from tools.errata import ARTICLES
from tools.reader_needs import Needs
from tools.reader_text import Site
from tools.readers import UNSOLVED, WHOLE, WITHOUT, Around, Book, Chapter, Page, Readers, in_solutions

ERRATA = [f"book/errata/{letter}" for letter in ARTICLES]
ONLINE = "https://example.org/"


def page(name: str, *parts: nodes.Node) -> Page:
    """A page of the book: its title, these parts, and then its code, cell after cell."""
    found = Page(name, new_document(name), next(notebooks.ROOT.glob(f"{name}.[im]*")))
    cells = found.notebook["cells"] if found.notebook else []
    code = [
        nodes.container(nb_element="cell_code", cell_index=n)
        for n, cell in enumerate(cells)
        if cell["cell_type"] == "code"
    ]
    found.doctree += nodes.section("", nodes.title("", name), *parts, *code)
    return found


def paragraph(text: str, page: str) -> nodes.paragraph:
    return nodes.paragraph("", "", nodes.reference("", text, refuri=f"{page}.html"))


def bundles(pages: Iterable[Page], address: str = "") -> dict[str, dict[str, bytes]]:
    labels = dict.fromkeys(re.findall(r"@\w+\{([^,]+),", (notebooks.BOOK / "references.bib").read_text("utf-8")), "X")
    book = Book(notebooks.ROOT, "The book", pages, Site({}, {}, address=address), labels)
    book.needs = needs()
    return book.bundles()


@cache
def needs() -> Needs:
    """What modules need, which no page changes: found out once."""
    return Needs(notebooks.ROOT)


def cells(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files[f"{name}.ipynb"])["cells"]
    return found


def texts(found: list[dict[str, Any]]) -> str:
    return "\n".join("".join(cell["source"]) for cell in found if cell["cell_type"] == "markdown")


def test_what_lives_in_the_page_alone_is_no_notebook() -> None:
    assert set(notebooks.contents()) >= WITHOUT
    pages = [page("book/notation", paragraph("your progress", "progress")), page("book/progress")]
    files = bundles([*pages, page("book/playground"), page("book/teachers")])[WHOLE]
    assert [name for name in files if name.endswith(".ipynb")] == ["book/notation.ipynb"]
    assert texts(cells(files, "book/notation")) == "# book/notation\n\nyour progress"
    files = bundles(pages, ONLINE)[WHOLE]
    assert f"[your progress]({ONLINE}book/progress.html)" in texts(cells(files, "book/notation"))


def test_no_page_without_a_notebook_has_code_or_a_button_for_one() -> None:
    assert not [name for name in WITHOUT if Path(notebooks.ROOT, f"{name}.ipynb").exists()]


@cache
def zoo(address: str = "") -> dict[str, dict[str, bytes]]:
    return bundles([page("book/zoo"), page("book/04-softmax-cross-entropy"), *map(page, ERRATA)], address)


@pytest.mark.parametrize(
    ("stem", "address", "errata"),
    [
        (WHOLE, "", "errata/{}.ipynb"),
        (WHOLE, ONLINE, "errata/{}.ipynb"),
        ("zoo", ONLINE, ONLINE + "book/errata/{}.html"),
        ("zoo", "", ""),
    ],
)
def test_the_zoo_links_to_errata_that_are_at_hand(stem: str, address: str, errata: str) -> None:
    (table,) = (cell for cell in cells(zoo(address)[stem], "book/zoo") if cell["id"] == "specimens-table")
    shown = "".join(table["outputs"][0]["data"]["text/markdown"])
    wanted = f"([D2]({errata.format('d')}#erratum-d2))" if errata else "(D2)"
    assert wanted in shown and "{ref}" not in shown
    assert shown.count("#erratum-") == (len(re.findall(r" \(\[?[A-E]\d+\b", shown)) if errata else 0)
    link = re.search(r"""f"( \(.*origin.*\))\"""", "".join(table["source"]))
    assert link is not None and eval(f"f'{link[1]}'", {"origin": "D2"}) == f" {wanted}"


@pytest.mark.parametrize(
    ("stem", "address", "softmax"),
    [
        (WHOLE, "", "[chapter 4](04-softmax-cross-entropy.ipynb)"),
        ("zoo", ONLINE, f"[chapter 4]({ONLINE}book/04-softmax-cross-entropy.html)"),
        ("zoo", "", "chapter 4"),
    ],
)
def test_its_table_links_to_chapters_that_are_at_hand(stem: str, address: str, softmax: str) -> None:
    files = zoo(address)[stem]
    (table,) = (cell for cell in cells(files, "book/zoo") if cell["id"] == "specimens-table")
    assert f"**Losses and outputs ({softmax})**" in "".join(table["outputs"][0]["data"]["text/markdown"])
    assert f'"Losses and outputs ({softmax})"' in "".join(table["source"])


@pytest.mark.parametrize(
    ("stem", "address", "link"),
    [
        (WHOLE, "", '<a href="{page}.ipynb" class='),
        ("intro", ONLINE, f'<a href="{ONLINE}book/{{page}}.html" class='),
        ("intro", "", "<a class="),
    ],
)
def test_the_map_of_the_chapters_leads_to_what_is_at_hand(stem: str, address: str, link: str) -> None:
    files = bundles([page("book/intro"), page("book/notation")], address)[stem]
    (drawing,) = (cell for cell in cells(files, "book/intro") if cell["id"] == "map")
    assert link in "".join(drawing["source"])


def test_the_address_of_the_book_ends_with_one_slash() -> None:
    domain = SimpleNamespace(citations=[])
    env = SimpleNamespace(toc_secnumbers={}, toc_fignumbers={}, get_domain=lambda name: domain)
    for configured, wanted in [("https://e.org/b", "https://e.org/b/"), ("https://e.org/", "https://e.org/"), ("", "")]:
        config = SimpleNamespace(numfig_format={}, html_baseurl=configured, html_title="T")
        app = SimpleNamespace(env=env, config=config, confdir=notebooks.ROOT)
        assert Readers().book(app).site.address == wanted  # type: ignore[arg-type]


# --- without solutions -----------------------------------------------------------------------------------


def solved_page(name: str) -> Page:
    """A page whose solutions stand in boxes of their own, as sphinx-exercise leaves them."""
    found = page(name)
    assert found.notebook is not None
    for n in in_solutions(found.notebook["cells"]):
        (code,) = (c for c in found.doctree.findall(nodes.container) if c["cell_index"] == n)
        words = nodes.paragraph("", "It is forty-two.")
        code.replace_self(solution_node("", nodes.title("", "Solution to Exercise 1"), words, code.deepcopy()))
    return found


def test_a_chapter_for_a_class_has_its_exercises_and_no_solution() -> None:
    name = "book/01-forward-pass"
    files = bundles([solved_page(name), page("book/notation"), page("book/intro")])
    assert {stem for stem in files if stem.endswith(UNSOLVED)} == {WHOLE + UNSOLVED, "01-forward-pass" + UNSOLVED}
    book = {cell["id"]: cell for cell in notebooks.code_cells(notebooks.read(notebooks.ROOT / f"{name}.ipynb"))}
    solved = {id for id in book if id.startswith("solution-")}
    for stem in WHOLE, "01-forward-pass":
        with_them, without = cells(files[stem], name), cells(files[stem + UNSOLVED], name)
        assert "forty-two" in texts(with_them) and "Answers, solutions and" in texts(with_them)
        for words in "forty-two", "Solution to", "solutions":
            assert words not in texts(without)
        ids = {cell["id"] for cell in with_them if cell["cell_type"] == "code"}
        assert solved < ids and {cell["id"] for cell in without if cell["cell_type"] == "code"} == ids - solved
        starters = [cell for cell in without if "\nattempt(" in "".join(cell["source"])]
        assert len(starters) >= 2 and all("Not yet" in json.dumps(cell["outputs"]) for cell in starters)
        assert f'find_the_book("{stem + UNSOLVED}", "book"' in "".join(without[1]["source"])
        assert {path for path in files[stem] if path.endswith(".py")} == {
            path for path in files[stem + UNSOLVED] if path.endswith(".py")
        }


def test_what_a_solution_alone_defines_is_missed_before_a_reader_misses_it() -> None:
    def cell(kind: str, source: str) -> dict[str, Any]:
        return {"cell_type": kind, "id": source[:1], "metadata": {}, "source": source, "outputs": []}

    start, end = "```{solution-start} ex-a\n```", "```{solution-end}\n```"
    parts = [("code", "a = 1"), ("markdown", start), ("code", "b = a"), ("markdown", end), ("code", "print(a)")]
    found = [cell(*part) for part in parts]
    assert in_solutions(found) == {2}
    assert [*Chapter({"cells": found}, {}, Around(solutions=False)).code.values()] == ["a = 1", "print(a)"]
    found[-1]["source"] = "print(b)"
    assert len(Chapter({"cells": found}, {}).code) == 3
    with pytest.raises(ValueError, match="a later cell needs would be missing: b"):
        Chapter({"cells": found}, {}, Around(solutions=False))


def test_a_name_in_the_zoo_leads_to_the_picture_above_it() -> None:
    found = cells(zoo()[WHOLE], "book/zoo")
    n = next(n for n, cell in enumerate(found) if cell["id"] == "specimen-explorer")
    assert "".join(found[n - 1]["source"]).endswith('<a id="specimen-explorer"></a>')
    assert texts(found).count('<a id="specimen-explorer">') == 1
    (panels,) = (cell for cell in found if cell["id"] == "panels")
    for text in "".join(panels["source"]), "".join(panels["outputs"][0]["data"]["text/html"]):
        assert set(re.findall(r'href="([^"]*)"', text)) == {"#specimen-explorer"}


def test_a_link_to_a_widget_that_no_cell_shows_is_no_silent_loss() -> None:
    output = {"output_type": "display_data", "data": {"text/html": '<a href="#gone?a=1">1</a>'}}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [output]}
    with pytest.raises(ValueError, match="leads to gone"):
        Chapter({"cells": [cell]}, {})


def test_what_the_clinic_tells_a_notebook_to_run_is_there() -> None:
    assert "call `experiments.zoo.examine(kit)`" in (notebooks.BOOK / "clinic.ipynb").read_text("utf-8")
    imports, *_ = Chapter(notebooks.read(notebooks.BOOK / "clinic.ipynb"), {}).sources
    space: dict[str, Any] = {}
    exec(imports, space)
    exec(space["experiments"].clinic.program(1), space)
    assert eval("experiments.zoo.examine(kit)", space).keys() == space["experiments"].zoo.CHECKS.keys()
