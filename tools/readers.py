"""A Sphinx extension: each page as a notebook for readers, packed with all that it imports, for download.

The notebooks that the book is built from speak MyST, and hold what only the page needs. Once the pages are written,
the same resolved text is written again as plain Markdown (reader_text), around the same code (reader_code), with the
outputs that are stored. Into the site's _downloads go

- a zip for each page that has code, its notebook alone with the modules and data that it needs: the page's button;
- one with all pages but those in WITHOUT, which link to each other: for the first page's button, and for `make lab`;
- of each that has solutions to exercises another without them, for a teacher to hand out.

A zip is laid out as the project is (book/, nnlib/), so that the modules find each other as they do there. Its bytes
depend on its content alone.
"""

from __future__ import annotations

import base64
import io
import json
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from tools import notebooks
from tools.errata import ARTICLES
from tools.page_head import base_url
from tools.reader_code import STATE, beside, in_words, needed, unpublished
from tools.reader_needs import Needs
from tools.reader_text import BIBLIOGRAPHY, Code, Site, Text, UnknownError

WHOLE = "a-neural-network-by-hand"  # the zip with all pages
WITHOUT = {
    "book/api",  # made of the code's docstrings
    BIBLIOGRAPHY,  # each notebook ends with the works it cites
    # In a notebook nothing is kept, no Python starts in the page, and no link sets a slider.
    *("book/progress", "book/playground", "book/teachers"),
}
UNSOLVED = "-without-solutions"  # at the end of a zip's name
SOLUTION = re.compile(r"\{solution-(start|end)\}")
ERRATA = "book/errata/{}"  # an article's page, by its letter
SETUP = Path(__file__).parent / "reader_setup.py"
CALL = 'find_the_book("BUNDLE", "PLACE", {})'  # in it
STYLE = "book/book.mplstyle"
DPI = re.compile(r"(?m)^(figure\.dpi: )(\d+)$")
SHARP = 2  # pixels of a figure to one of the page, as IPython's "retina" has it
DATA_OF_WIDGET = re.compile(r'<script type="application/json">.*?</script>\n?', re.DOTALL)
EXERCISE = '<div class="nnlib-exercise'  # says what is wrong with the starter, and has no picture
FOR_PAGES = re.compile("papermill|nnlib")  # kinds of data that only a page has a use for
SOURCES = ("download-source-button", "download-notebook-button")  # the theme's
log = logging.getLogger(__name__)

Notebook = dict[str, Any]
Cell = dict[str, Any]


@dataclass
class Page:
    """A page of the book: its name for Sphinx, its text, and its notebook, if it has code."""

    name: str
    doctree: nodes.document
    source: Path

    @cached_property
    def notebook(self) -> Notebook | None:
        return notebooks.read(self.source) if self.source.suffix == ".ipynb" else None

    @property
    def slug(self) -> str:
        """ "06-training-on-moons", "errata-a": the name of its zip."""
        return "-".join(PurePosixPath(self.name).parts[1:])

    @property
    def title(self) -> str:
        return self.doctree.next_node(nodes.title).astext()

    @cached_property
    def solved(self) -> bool:
        return any(type(node).__name__ == "solution_node" for node in self.doctree.findall(nodes.Element))


@dataclass(frozen=True)
class Around:
    """What a page in a zip has around it: the other pages, the book online, and the solutions to its exercises."""

    folder: str = "book"
    present: frozenset[str] | None = None  # None: all
    online: str = ""
    solutions: bool = True

    @property
    def errata(self) -> str:
        """Where an article's errata are: beside the page, or online, or nowhere."""
        if self.present is None or all(ERRATA.format(letter) in self.present for letter in ARTICLES):
            return posixpath.relpath(f"{ERRATA}.ipynb", self.folder)
        return f"{self.online}{ERRATA}.html" if self.online else ""

    def address(self, page: str) -> str:
        """The same of a page, by its name from here, or by the `{page}` of an f-string, which may be any."""
        name = posixpath.normpath(posixpath.join(self.folder, page))
        if self.present is None or name in self.present or ("{" in name and len(self.present) > 1):
            return beside(page)
        return f"{self.online}{name}.html" if self.online else ""


class Book:
    """All pages as notebooks."""

    def __init__(self, root: Path, title: str, pages: Iterable[Page], site: Site, labels: Mapping[str, str]) -> None:
        self.root, self.title, self.site, self.labels = root, title, site, labels
        self.pages = {page.name: page for page in pages}
        self.needs = Needs(root)
        self.chapters: dict[tuple[str, Around], Chapter | None] = {}
        self.found: dict[tuple[str, bool], tuple[set[Path], set[str]]] = {}

    def bundles(self) -> dict[str, dict[str, bytes]]:
        """The files of each zip, by its name without the end."""
        names = [name for name in self.pages if name not in WITHOUT]
        zips = {self.pages[name].slug: [name] for name in names if self.pages[name].notebook is not None}
        found = {}
        for stem, inside in {WHOLE: names, **zips}.items():
            found[stem] = self.files(inside, stem)
            if any(self.pages[name].solved for name in inside):
                found[stem + UNSOLVED] = self.files(inside, stem + UNSOLVED, solutions=False)
        return found

    def files(self, names: Sequence[str], bundle: str, solutions: bool = True) -> dict[str, bytes]:
        texts = self.notebooks(names, bundle, solutions)
        files = {f"{name}.ipynb": written(notebook) for name, notebook in texts.items()}
        foreign: set[str] = set()
        for name in names:
            paths, modules = self.needs_of(name, solutions)
            foreign |= modules
            files |= {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}
        # IPython doubles it, and says how large the figure is to be.
        files[STYLE] = DPI.sub(lambda m: f"{m[1]}{int(m[2]) // SHARP}", (self.root / STYLE).read_text("utf-8")).encode()
        for name in "LICENSE", "LICENSE-TEXT":
            files[name] = (self.root / name).read_bytes()
        files["requirements.txt"] = "".join(f"{line}\n" for line in self.needs.requirements(foreign)).encode()
        first = f"{names[0]}.ipynb"
        files["README.txt"] = (
            f"Open {first} in JupyterLab, VS Code or Colab, with Python 3.11 or newer and the packages in\n"
            "requirements.txt; run its first cell first. The code is under LICENSE, the text under LICENSE-TEXT.\n"
        ).encode()
        return files

    def chapter(self, name: str, around: Around) -> Chapter | None:
        if (name, around) not in self.chapters:
            notebook = self.pages[name].notebook
            self.chapters[name, around] = None if notebook is None else Chapter(notebook, self.labels, around)
        return self.chapters[name, around]

    def needs_of(self, name: str, solutions: bool) -> tuple[set[Path], set[str]]:
        """The files and the packages' modules that a page needs."""
        if (name, solutions) not in self.found:
            chapter = self.chapter(name, Around(posixpath.dirname(name), solutions=solutions))
            self.found[name, solutions] = (set(), set()) if chapter is None else self.needs.of(chapter.sources)
        return self.found[name, solutions]

    def notebooks(self, names: Sequence[str], bundle: str, solutions: bool = True) -> dict[str, Notebook]:
        links: set[tuple[str, str]] = set()
        places: set[tuple[str, str]] = set()
        for name in names:  # first, only to learn which places a link leads to
            text = Text(name, self.site, names, solutions=solutions)
            text.blocks(self.pages[name].doctree)
            links |= text.links
            places |= text.places
        return {name: self.one(name, names, links & places, bundle, solutions) for name in names}

    def one(
        self, name: str, names: Sequence[str], anchors: set[tuple[str, str]], bundle: str, solutions: bool
    ) -> Notebook:
        page, text = self.pages[name], Text(name, self.site, names, anchors, solutions=solutions)
        around = Around(posixpath.dirname(name), frozenset(names), self.site.address, solutions)
        chapter = self.chapter(name, around)
        title, *blocks = text.blocks(page.doctree)
        assert isinstance(title, str)
        written: list[Cell] = []
        if chapter is None:
            blocks = [title, *blocks]
        else:
            needs = self.needs.packages(self.needs_of(name, solutions)[1])
            written.append(markdown(f"{title}\n\n{self.origin(page.solved and not solutions)}"))
            written.append(first_cell(bundle, PurePosixPath(name).parent.as_posix(), needs))
            text.cited |= {label: entry for label, entry in self.site.citations.values() if label in chapter.cited}
        paragraphs: list[str] = []
        last = -1

        def end_of_text() -> None:
            if paragraphs:
                written.append(markdown("\n\n".join(paragraphs)))
                paragraphs.clear()

        for block in blocks:
            if isinstance(block, Code):
                assert chapter is not None
                paragraphs += [f'<a id="{id}"></a>' for id in chapter.places.get(block.index, ())]
                end_of_text()
                written += chapter.between(last, block)
                last = block.index
                paragraphs += [block.caption] if block.caption and chapter.shows(block) else []
            else:
                if block.startswith(("# ", "## ")):
                    end_of_text()
                paragraphs.append(block)
        end_of_text()
        if text.cited:
            entries = [text.block(entry)[0] for _, entry in sorted(text.cited.items())]
            written.append(markdown("\n".join(["## The works cited\n", *map(str, entries)])))
        return numbered(written)

    def origin(self, unsolved: bool) -> str:
        folded = "Answers and helping code" if unsolved else "Answers, solutions and helping code"
        return (
            f"> A page of the book *{self.title}*, as a notebook: run it from its first cell, and change what you "
            f"like. A slider trains the network anew for the value that you set. {folded} "
            "are folded; open them by a click. The cell below finds what the page imports."
        )


class Chapter:
    """The code cells of a notebook, one after the other, as a reader gets them."""

    def __init__(self, notebook: Notebook, labels: Mapping[str, str], around: Around | None = None) -> None:
        self.cells: list[Cell] = notebook["cells"]
        self.labels = labels  # of cited works, by their keys
        self.around = around or Around()
        self.cited: set[str] = set()
        self.indices = [n for n, cell in enumerate(self.cells) if cell["cell_type"] == "code"]
        whole = tuple(notebooks.text(self.cells[n]["source"]) for n in self.indices)
        sources = [*map(self.in_words, unpublished(whole))]
        left_out = set() if self.around.solutions else in_solutions(self.cells)
        removed = ["remove-cell" in tags(self.cells[n]) or n in left_out for n in self.indices]
        keep = needed(sources, removed)
        if kept := [
            self.cells[n]["id"] for n, keeps in zip(self.indices, keep, strict=True) if keeps and n in left_out
        ]:
            raise ValueError(f"without solutions, what a later cell needs would be missing: {', '.join(kept)}")
        self.code = {n: source for n, source, kept in zip(self.indices, sources, keep, strict=True) if kept and source}
        shown = {n: "".join(map(html_of, self.cells[n]["outputs"])) for n in self.code}
        linked = sorted({id for text in shown.values() for id in STATE.findall(text)})
        self.places = {n: [id for id in linked if f'id="{id}"' in text] for n, text in shown.items()}  # of widgets
        if lost := set(linked).difference(*self.places.values()):
            raise ValueError(f"a link in an output leads to {', '.join(sorted(lost))}, which no cell shows")

    def in_words(self, text: str) -> str:
        return in_words(text, self.label, self.around.errata, self.around.address)

    @property
    def sources(self) -> list[str]:
        return [*self.code.values()]

    def label(self, key: str) -> str:
        self.cited.add(self.labels[key])
        return self.labels[key]

    def between(self, last: int, block: Code) -> list[Cell]:
        """The cells after number `last`, up to that of this block: between them, those that the page has removed."""
        found = [index for index in self.code if last < index <= block.index]
        return [self.cell(index, block.solution if index == block.index else "") for index in found]

    def shows(self, block: Code) -> bool:
        return not (block.solution or hidden(self.cells[block.index])[1])

    def cell(self, index: int, solution: str) -> Cell:
        old = self.cells[index]
        source, outputs = hidden(old) if not solution else (True, True)
        folds = {key: True for key, folded in (("source_hidden", source), ("outputs_hidden", outputs)) if folded}
        metadata: dict[str, Any] = {"jupyter": folds} if folds else {}
        if source:
            metadata["cellView"] = "form"  # Colab's way
        code = self.code[index]
        return {
            "cell_type": "code",
            "id": old["id"],
            "metadata": metadata,
            "source": notebooks.lines(f"# {solution}\n{code}" if solution else code),
            "execution_count": None,
            "outputs": [new for output in old["outputs"] if (new := self.output(output)) is not None],
        }

    def output(self, old: dict[str, Any]) -> dict[str, Any] | None:
        """What is stored, as it can be seen before anything has run; None: for the page alone."""
        if old["output_type"] == "stream":
            return {**old, "text": notebooks.lines(notebooks.text(old["text"]))}
        data = {kind: value for kind, value in old["data"].items() if not FOR_PAGES.search(kind)}
        if not data or "papermill" in str(old.get("metadata", {})):
            return None
        new: dict[str, Any] = {"output_type": old["output_type"], "metadata": {}, "data": data}
        if old["output_type"] == "execute_result":
            new["execution_count"] = None
        for kind in "text/html", "text/markdown":
            if kind in data:
                text = self.in_words(notebooks.text(data[kind]))
                data[kind] = notebooks.lines(still(text) if kind == "text/html" else text)
        if "image/png" in data:
            width, height = struct.unpack(">II", base64.b64decode(data["image/png"][:44])[16:24])
            new["metadata"]["image/png"] = {"width": width / SHARP, "height": height / SHARP}
        return new


def html_of(output: dict[str, Any]) -> str:
    return notebooks.text(output.get("data", {}).get("text/html", ""))


def still(text: str) -> str:
    """HTML as JupyterLab shows it of a notebook that has not run: no script, and a drawing only as a picture."""
    if DATA_OF_WIDGET.search(text):
        moves = "" if EXERCISE in text else "\n<p>A still picture: run the cell, and it moves.</p>"
        return DATA_OF_WIDGET.sub("", text) + moves
    if text.startswith("<svg"):
        drawing = text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" color="#767676" ', 1)
        name = re.search(r'aria-label="([^"]*)"', text)
        packed = base64.b64encode(drawing.encode()).decode("ascii")
        return f'<img alt="{name[1] if name else ""}" src="data:image/svg+xml;base64,{packed}">'
    return text


def tags(cell: Cell) -> list[str]:
    found: list[str] = cell["metadata"].get("tags", [])
    return found


def in_solutions(cells: Sequence[Cell]) -> set[int]:
    """The numbers of the code cells that stand in the solution of an exercise, those that the page removes too."""
    found = set()
    inside = False
    for n, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            found |= {n} if inside else set()
        elif marks := SOLUTION.findall(notebooks.text(cell["source"])):
            inside = marks[-1] == "start"
    return found


def hidden(cell: Cell) -> tuple[bool, bool]:
    """Whether the page folds or removes the cell's code, and its output."""
    ends = {tag.partition("-")[2] for tag in tags(cell) if tag.startswith(("hide-", "remove-"))}
    return bool(ends & {"input", "cell"}), bool(ends & {"output", "cell"})


def markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": notebooks.lines(text)}


def first_cell(bundle: str, place: str, needs: Mapping[str, str]) -> Cell:
    """The cell that finds what the others import: `needs` are packages, by the names of their modules."""
    call = f"find_the_book({json.dumps(bundle)}, {json.dumps(place)}, {json.dumps(needs)})"
    source = (
        SETUP.read_text("utf-8").replace('find_the_book("BUNDLE", "PLACE", {})', call).replace("  # noqa: UP036", "")
    )
    folds = {"source_hidden": True}
    return {
        "cell_type": "code",
        "id": "setup",
        "metadata": {"jupyter": folds, "cellView": "form"},
        "source": notebooks.lines(source.strip()),
        "execution_count": None,
        "outputs": [],
    }


def numbered(cells: list[Cell]) -> Notebook:
    taken = {cell["id"] for cell in cells if "id" in cell}
    for n, cell in enumerate(cells):
        name = f"text-{n}"
        while "id" not in cell and name in taken:
            name += "-text"
        cell.setdefault("id", name)
    metadata = {"kernelspec": notebooks.KERNELSPEC, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def written(notebook: Notebook) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def packed(folder: str, files: dict[str, bytes]) -> bytes:
    """A zip whose bytes depend on the files alone."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, content)
    return whole.getvalue()


# --- Sphinx ----------------------------------------------------------------------------------------------


class Readers:
    """What the extension keeps between the pages and the end."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}

    def keep(self, app: Sphinx, doctree: nodes.document, name: str) -> None:
        self.pages[name] = Page(name, doctree, Path(app.env.doc2path(name)))

    def offer(
        self, app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
    ) -> None:
        """On a page's button, its zip in place of its source."""
        for group in context.get("header_buttons", []):
            if group.get("label") != "download-buttons":
                continue
            kept = [
                b for b in group["buttons"] if b["label"] not in ("download-source-button", "download-notebook-button")
            ]
            offers = []
            page = self.pages.get(pagename)
            if page is not None and page.notebook is not None:
                offers.append(
                    (page.slug, "Notebook (.zip)", "Download this page as a notebook, with all that it imports")
                )
                if page.solved:
                    offers.append(
                        (page.slug + UNSOLVED, "Without solutions (.zip)", "The same, to hand out to a class")
                    )
            if pagename == app.config.root_doc:
                offers.append((WHOLE, "All notebooks (.zip)", "Download the book as notebooks"))
                offers.append((WHOLE + UNSOLVED, "All without solutions (.zip)", "The same, to hand out to a class"))
            group["buttons"] = [
                {
                    "type": "link",
                    "url": context["pathto"](f"_downloads/{slug}.zip", 1),
                    "text": text,
                    "tooltip": tooltip,
                    "icon": "fas fa-file",
                    "label": "download-notebook-button",
                }
                for slug, text, tooltip in offers
            ] + kept

    def write(self, app: Sphinx, exception: Exception | None) -> None:
        if exception is not None or app.builder.name != "html":
            return
        book = self.book(app)
        folder = Path(app.outdir) / "_downloads"
        folder.mkdir(exist_ok=True)
        try:
            for name, files in book.bundles().items():
                (folder / f"{name}.zip").write_bytes(packed(name, files))
        except (UnknownError, ValueError) as problem:
            log.warning("no notebooks for readers: %s", problem)

    def book(self, app: Sphinx) -> Book:
        site = Site(app.env.toc_secnumbers, app.env.toc_fignumbers, app.config.numfig_format)
        site.address = base_url(app)
        bibliography = self.pages.get(BIBLIOGRAPHY)
        if bibliography is not None:
            for entry in bibliography.doctree.findall(nodes.citation):
                label = entry.children[0].astext()
                site.citations |= dict.fromkeys(entry["ids"], (label, entry))
        labels = {work.key: work.formatted_entry.label for work in app.env.get_domain("cite").citations}
        return Book(Path(app.confdir), app.config.html_title, self.pages.values(), site, labels)


def setup(app: Sphinx) -> dict[str, bool]:
    readers = Readers()
    app.connect("doctree-resolved", readers.keep, priority=900)
    app.connect("html-page-context", readers.offer, priority=900)
    app.connect("build-finished", readers.write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
