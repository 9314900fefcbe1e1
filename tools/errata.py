"""A Sphinx extension: the tables of the errata, made from the entries on their pages.

book/errata/ holds a notebook for each article. An entry there is an anchor, a heading, and paragraphs in a fixed order:

    (erratum-a9)=
    ### A9: clipped exponents

    **The article says:** …

    **What is right:** …

    (more, if need be)

    Kind: **slip**. See [](../04-softmax-cross-entropy.ipynb).

On the page that lies beside the notebooks, `{errata-table} a` sets the entries of a.ipynb as a table, and
`{errata-counts}` counts the kinds in all of them. So nothing is written twice.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ARTICLES = "abcde"
KINDS = ("slip", "omission", "choice", "right after all")
ANCHOR = re.compile(r"^(?=\(erratum-)", re.MULTILINE)
ENTRY = re.compile(
    r"""\(erratum-(?P<anchor>\w+)\)=\n
    \#\#\#\ (?P<name>\w+):\ (?P<title>.+)\n\n
    \*\*The\ article\ says:\*\*\ (?P<says>.+)\n\n
    \*\*What\ is\ right:\*\*\ (?P<right>.+)\n\n
    (?:.+\n\n)*
    Kind:\ \*\*(?P<kind>.+)\*\*\.\ See\ (?P<see>.+)\.""",
    re.VERBOSE,
)
CHAPTER = re.compile(r"\[\]\((\.\./(\d\d)-[\w-]+\.ipynb)\)")
GLUE = re.compile(r"\{glue:text\}`([\w-]+)`")


@dataclass(frozen=True)
class Entry:
    """What an entry says, in MyST; chapters are (number, path) pairs."""

    name: str
    title: str
    says: str
    right: str
    kind: str
    chapters: tuple[tuple[int, str], ...]

    @property
    def anchor(self) -> str:
        return f"erratum-{self.name.lower()}"


def read(text: str) -> Entry:
    """One entry, from its anchor to its last line. ValueError where its form is another."""
    found = ENTRY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not in the form of an entry: {text[:60]!r}")
    chapters = tuple((int(number), path) for path, number in CHAPTER.findall(found["see"]))
    if found["name"] != found["anchor"].upper():
        raise ValueError(f"{found['name']}: its anchor is erratum-{found['anchor']}")
    if found["kind"] not in KINDS:
        raise ValueError(f"{found['name']}: no such kind: {found['kind']}")
    if not chapters:
        raise ValueError(f"{found['name']}: no chapter")
    return Entry(found["name"], found["title"], found["says"], found["right"], found["kind"], chapters)


def entries(notebook: Path) -> list[Entry]:
    """All entries of a page, in their order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [read(part) for text in texts for part in ANCHOR.split(text) if part.startswith("(erratum-")]


def all_entries(folder: Path) -> dict[str, list[Entry]]:
    """The entries of every article, by its letter."""
    return {letter: entries(folder / f"{letter}.ipynb") for letter in ARTICLES}


def table(letter: str, rows: Iterable[Entry]) -> str:
    """The entries of one article as a MyST table."""
    lines = [
        "```{list-table}",
        ":header-rows: 1",
        ":widths: 8 37 39 9 7",
        ":class: errata cards",
        "",
        *cells("name", "the article says", "what is right", "kind", "see"),
    ]
    for entry in rows:
        # a number that was glued on the article's page is pasted from there; without a format, the path would be one
        says, right = (
            GLUE.sub(rf"{{glue:text}}`{letter}.ipynb::\1:s`", text[0].upper() + text[1:])
            for text in (entry.says, entry.right)
        )
        see = ", ".join(f"[{number}]({path})" for number, path in entry.chapters)
        lines += cells(f"{{ref}}`{entry.name} <{entry.anchor}>`", says, right, entry.kind, see)
    return "\n".join([*lines, "```"])


def counts(pages: dict[str, list[Entry]]) -> str:
    """How many entries of each kind each article has."""
    lines = ["```{list-table}", ":header-rows: 1", ":class: errata-counts", "", *cells("article", *KINDS, "all")]
    whole: Counter[str] = Counter()
    for letter, rows in pages.items():
        here = Counter(entry.kind for entry in rows)
        whole += here
        name = f"{{ref}}`{letter.upper()} <errata-{letter}>`"
        lines += cells(name, *(str(here[kind]) for kind in KINDS), str(len(rows)))
    lines += cells("all", *(str(whole[kind]) for kind in KINDS), str(whole.total()))
    return "\n".join([*lines, "```"])


def cells(first: str, *others: str) -> list[str]:
    return [f"* - {first}", *(f"  - {text}" for text in others)]


class FromEntries(SphinxDirective):
    """What both directives do: read notebooks beside the page, and set what is made of them."""

    def set(self, letters: str) -> list[nodes.Node]:
        folder = Path(self.env.doc2path(self.env.docname)).parent
        for letter in letters:
            self.env.note_dependency(str(folder / f"{letter}.ipynb"))
        try:
            text = self.text(folder)
        except (ValueError, OSError) as problem:
            raise self.error(str(problem)) from problem
        box = nodes.Element()
        self.state.nested_parse(StringList(text.splitlines(), self.env.docname), self.content_offset, box)
        return box.children

    def text(self, folder: Path) -> str:
        raise NotImplementedError


class ErrataTable(FromEntries):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return self.set(self.arguments[0])

    def text(self, folder: Path) -> str:
        letter = self.arguments[0]
        return table(letter, entries(folder / f"{letter}.ipynb"))


class ErrataCounts(FromEntries):
    def run(self) -> list[nodes.Node]:
        return self.set(ARTICLES)

    def text(self, folder: Path) -> str:
        return counts(all_entries(folder))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("errata-table", ErrataTable)
    app.add_directive("errata-counts", ErrataCounts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
