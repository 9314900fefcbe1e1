"""Which pages become notebooks for readers, and where their links lead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document

from tools import notebooks
from tools.errata import ARTICLES
from tools.reader_text import Site
from tools.readers import WHOLE, WITHOUT, Book, Chapter, Page

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
    return Book(notebooks.ROOT, "The book", pages, Site({}, {}, address=address), labels).bundles()


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
    return bundles([page("book/zoo"), *map(page, ERRATA)], address)


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
