"""The errata's tables are made from their entries; what other pages paste and link is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from docutils import nodes
from sphinx.testing.util import SphinxTestApp

from tools import errata, notebooks
from tools.errata import Entry

FOLDER = notebooks.BOOK / "errata"
PAGES = errata.all_entries(FOLDER)
TEXT = """(erratum-a9)=
### A9: clipped exponents

**The article says:** the code clips at {glue:text}`bound`, $e^x$ too.

**What is right:** subtract the *maximum*.

More of it.

And more.

Kind: **slip**. See [](../04-softmax-cross-entropy.ipynb) and [](../12-speed.ipynb).
"""
ENTRY = Entry(
    "A9",
    "clipped exponents",
    "the code clips at {glue:text}`bound`, $e^x$ too.",
    "subtract the *maximum*.",
    "slip",
    ((4, "../04-softmax-cross-entropy.ipynb"), (12, "../12-speed.ipynb")),
)


def pasted(page: str) -> list[tuple[str, str]]:
    """What a page pastes from another: its path and the key."""
    return re.findall(r"\{glue:text\}`([\w./-]+)::([\w-]+):s`", page)


def glued(notebook: Path) -> set[str]:
    cells = notebooks.code_cells(notebooks.read(notebook))
    about = [output.get("metadata", {}).get("scrapbook") for cell in cells for output in cell.get("outputs", [])]
    return {entry["name"] for entry in about if entry}


# --- the book's ----------------------------------------------------------------------------------


def test_each_article_has_entries_numbered_from_1_by_its_letter() -> None:
    for letter, entries in PAGES.items():
        assert [entry.name for entry in entries] == [f"{letter.upper()}{n}" for n in range(1, len(entries) + 1)]
        assert len(entries) >= 8


def test_the_index_has_the_table_of_each_article_and_the_counts() -> None:
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert index.startswith("(errata)=\n")
    assert re.findall(r"^```\{errata-table\} (\w)$", index, re.MULTILINE) == list(errata.ARTICLES)
    assert index.count("```{errata-counts}") == 1


@pytest.mark.parametrize("letter", errata.ARTICLES)
def test_an_entry_is_short_and_links_to_chapters_that_are_there(letter: str) -> None:
    for entry in PAGES[letter]:
        assert 4 < len(entry.says.split()) < 60 and 4 < len(entry.right.split()) < 80, entry.name
        assert "{eq}" not in entry.says + entry.right, f"{entry.name}: a number of a formula says little in the table"
        for number, path in entry.chapters:
            assert (FOLDER / path).resolve().exists(), entry.name
            assert 1 <= number <= 12


@pytest.mark.parametrize("path", sorted(notebooks.BOOK.rglob("*.md")), ids=lambda path: path.stem)
def test_what_a_page_pastes_from_another_was_glued_there(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert len(pasted(page)) == page.count(".ipynb::")
    for target, key in pasted(page):
        assert key in glued((path.parent / target).resolve()), (target, key)


def test_the_sources_have_each_article_link_each_erratum_and_paste_their_numbers() -> None:
    page = (notebooks.BOOK / "sources.md").read_text(encoding="utf-8")
    linked = re.findall(r"\{ref\}`([A-E]\d+) <erratum-([a-e]\d+)>`", page)
    assert all(name == anchor.upper() for name, anchor in linked)
    assert {name for name, _ in linked} == {entry.name for entries in PAGES.values() for entry in entries}
    assert {target[7] for target, _ in pasted(page)} >= set("abde")
    assert re.findall(r"^## Article ([A-E])$", page, re.MULTILINE) == list("ABCDE")


# --- the extension -------------------------------------------------------------------------------


def test_an_entry_is_read() -> None:
    assert errata.read(TEXT) == ENTRY
    assert ENTRY.anchor == "erratum-a9"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("**The article says:**", "The article says:", "not in the form"),
        ("**What is right:**", "**What holds:**", "not in the form"),
        ("Kind: **slip**. See", "See", "not in the form"),
        ("### A9: clipped exponents", "### Clipped exponents", "not in the form"),
        ("### A9", "### A8", "its anchor is erratum-a9"),
        ("**slip**", "**blunder**", "no such kind: blunder"),
        ("[](../04-softmax-cross-entropy.ipynb) and [](../12-speed.ipynb)", "chapter 4", "no chapter"),
    ],
)
def test_an_entry_in_another_form_is_refused(old: str, new: str, complaint: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(ValueError, match=complaint):
        errata.read(TEXT.replace(old, new))


def notebook(folder: Path, letter: str, *sources: str) -> None:
    cells = [{"cell_type": "markdown", "source": source.splitlines(keepends=True)} for source in sources]
    cells.insert(1, {"cell_type": "code", "source": ["(erratum-a1)=\n"]})
    (folder / f"{letter}.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")


def test_all_entries_of_a_page_are_found_in_their_order(tmp_path: Path) -> None:
    other = TEXT.replace("a9", "a10").replace("A9", "A10")
    notebook(tmp_path, "a", "## Section\n\n" + TEXT, "Between.", other + "\n" + TEXT)
    assert [entry.name for entry in errata.entries(tmp_path / "a.ipynb")] == ["A9", "A10", "A9"]


def test_a_table_pastes_what_its_page_has_glued() -> None:
    row = errata.table("a", [ENTRY]).partition("* - {ref}")[2]
    assert row.splitlines() == [
        "`A9 <erratum-a9>`",
        "  - The code clips at {glue:text}`a.ipynb::bound:s`, $e^x$ too.",
        "  - Subtract the *maximum*.",
        "  - slip",
        "  - [4](../04-softmax-cross-entropy.ipynb), [12](../12-speed.ipynb)",
        "```",
    ]


def test_the_kinds_are_counted() -> None:
    pages = {"a": [ENTRY, ENTRY], "b": [Entry("B1", "", "", "", "right after all", ())]}
    rows = [re.findall(r"(?<=- )\S.*", row) for row in errata.counts(pages).split("* - article")[1].split("* ")[1:]]
    assert rows == [
        ["{ref}`A <errata-a>`", "2", "0", "0", "0", "2"],
        ["{ref}`B <errata-b>`", "0", "0", "0", "1", "1"],
        ["all", "2", "0", "0", "1", "3"],
    ]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser", "tools.errata"]\nmyst_enable_extensions = []\n')
    for letter in errata.ARTICLES:
        name = f"{letter}9"
        entry = TEXT.replace("a9", name).replace("A9", name.upper()).replace("{glue:text}`bound`", "88.7")
        notebook(tmp_path, letter, entry)
    return tmp_path


def build(site: Path, page: str) -> tuple[nodes.document, str]:
    (site / "index.md").write_text(page, encoding="utf-8")
    app = SphinxTestApp("dummy", srcdir=site)
    try:
        app.build()
        return app.env.get_doctree("index"), app.warning.getvalue()
    finally:
        app.cleanup()


def test_a_page_shows_the_table_and_the_counts(site: Path) -> None:
    tree, _ = build(site, "# Errata\n\n```{errata-counts}\n```\n\n## B\n\n```{errata-table} b\n```\n")
    counts, table = tree.findall(nodes.table)
    cells = [entry.astext() for entry in table.findall(nodes.entry)]
    assert cells[:5] == ["name", "the article says", "what is right", "kind", "see"]
    assert cells[5] == "B9" and cells[6].startswith("The code clips at 88.7") and cells[8] == "slip"
    assert [entry.astext() for entry in counts.findall(nodes.entry)][-6:] == ["all", "5", "0", "0", "0", "5"]


def test_an_entry_in_another_form_is_reported_where_its_table_stands(site: Path) -> None:
    notebook(site, "b", TEXT)  # an entry that is not the article's would pass; one without a kind does not
    (site / "b.ipynb").write_text((site / "b.ipynb").read_text().replace("Kind: ", "Sort: "))
    _, warnings = build(site, "# Errata\n\n```{errata-table} b\n```\n")
    assert "not in the form of an entry" in warnings
