"""The book as one PDF, printed by Chromium: python -m tools.paper.pdf [file]

It has bookmarks of parts, chapters and sections, a table of contents and running heads with page numbers, and the
answers at its end. Printing twice fills in the numbers of pages: the first print says where everything stands.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from playwright.sync_api import Page

from tools.paper.book import ROOT, assembled, chromium, config

TARGET = ROOT / "_build" / "paper" / "neural-network-by-hand.pdf"
NOTE = (
    "This is the book of the pages, on paper. A figure that has sliders there shows one position here, and the values "
    "that it was drawn for. Answers and solutions stand at the end. What the pages fold away is left out: the code "
    "that imports, checks and draws; it is in the notebooks."
)
# A chapter's name stands at the head of its pages, and of the part's name above it. All answers share theirs.
RUNNING = """
@page {id} {{ @top-left {{ content: "{name}"; font: 9pt "Paper Serif"; }} }}
:is(#{id}, .paper-part > h1:has(+ #{id})) {{ page: {id}; }}
"""


def running_heads(page: Page) -> str:
    """A style sheet with the name of each chapter at the head of its pages."""
    chapters: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll(".paper-contents, .paper-chapter:not(.paper-answers), #answers")]
            .map((chapter) => [chapter.id, chapter.querySelector("h1, h2").textContent.replace(/\\s+/g, " ").trim()])"""
    )
    return "".join(RUNNING.format(id=id, name=name.replace('"', "”")) for id, name in chapters)


def printed(page: Page) -> bytes:
    return page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def places(pdf: pikepdf.Pdf) -> dict[str, int]:
    """The page, counted from 1, on which each id stands that something links to."""
    numbers = {page.objgen: k for k, page in enumerate(pdf.pages, 1)}
    return {str(name).removeprefix("/"): numbers[place[0].objgen] for name, place in pdf.Root.Dests.items()}


def fill(page: Page, numbers: dict[str, int]) -> None:
    """Write the numbers of pages where the document asks for them. ValueError: one is not known."""
    missing = page.evaluate(
        """(numbers) => [...document.querySelectorAll(".paper-page")].filter((place) => {
            const number = numbers[place.dataset.of];
            place.textContent = place.closest(".paper-contents") ? number : ` (page ${number})`;
            return number === undefined;
        }).map((place) => place.dataset.of)""",
        numbers,
    )
    if missing:
        raise ValueError(f"no page is known of {', '.join(missing)}")


def bookmarks(items: Any) -> Iterator[pikepdf.OutlineItem]:
    """Each of an outline's, in the order of the pages."""
    for item in items:
        yield item
        yield from bookmarks(item.children)


def finish(pdf: pikepdf.Pdf, titles: list[str], settings: dict[str, Any], target: Path) -> None:
    """Store it under the book's title and author, with no trace of when it was made.

    In a bookmark, Chromium leaves out formulas, and the space where the heading's line broke: `titles` are the
    headings, whole. ValueError: the bookmarks are not these.
    """
    with pdf.open_outline() as outline:
        found = list(bookmarks(outline.root))
        for item, title in zip(found, titles, strict=True):
            letters = iter(title)
            if not all(letter in letters for letter in "".join(item.title.split())):
                raise ValueError(f"the bookmark {item.title!r} is not the heading {title!r}")
            item.title = title
    pdf.docinfo = pdf.make_indirect(pikepdf.Dictionary(Title=settings["title"], Author=settings["author"]))
    pdf.Root.PageMode = pikepdf.Name.UseOutlines
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    pdf.save(
        target,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
        recompress_flate=True,
    )


def make(target: Path = TARGET) -> None:
    with chromium() as browser, assembled(browser, NOTE) as page:
        page.add_style_tag(content=running_heads(page))
        titles: list[str] = page.evaluate(
            """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
                .map((heading) => heading.textContent.replace(/\\s+/g, " ").trim())"""
        )
        unknown = page.evaluate("() => [...document.querySelectorAll('.paper-page')].map((place) => place.dataset.of)")
        fill(page, dict.fromkeys(unknown, 999))  # as wide as what comes
        with pikepdf.open(io.BytesIO(printed(page))) as first:
            fill(page, places(first))
        pdf = printed(page)
    target.parent.mkdir(parents=True, exist_ok=True)
    with pikepdf.open(io.BytesIO(pdf)) as second:
        count = len(second.pages)
        finish(second, titles, config(), target)
    print(f"{target}: {count} pages, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
