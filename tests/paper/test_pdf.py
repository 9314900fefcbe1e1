"""The book as a PDF: whole, numbered as on the pages, with bookmarks and links that lead where they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from made import BuiltPage, squeezed

from tools.paper.book import config, parts
from tools.paper.pdf import places

MM = 72 / 25.4
MARGIN = 18.5 * MM  # of 20 mm: a letter may lean out
ANSWERS = "Answers and solutions"


@pytest.fixture(scope="module")
def opened(pdf: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(pdf) as book:
        yield book


@pytest.fixture(scope="module")
def drawn(pdf: Path) -> Iterator[pypdfium2.PdfDocument]:
    book = pypdfium2.PdfDocument(pdf)
    yield book
    book.close()


@pytest.fixture(scope="module")
def texts(drawn: pypdfium2.PdfDocument) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in drawn]


@pytest.fixture(scope="module")
def outline(opened: pikepdf.Pdf) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Parts with their chapters with their sections; the introduction and what has no chapters stand alone."""

    def read(items: Any) -> list[Any]:
        return [(item.title, read(item.children)) for item in items]

    with opened.open_outline() as found:
        return read(found.root)


def test_the_bookmarks_are_the_parts_chapters_and_sections(outline: list[Any], pages: list[BuiltPage]) -> None:
    contents, introduction, *told, answers = outline
    assert contents == ("Contents", [])
    assert answers[0] == ANSWERS
    assert [part for part, _ in told] == [part["caption"] for part in parts() if part["caption"]]
    chapters = [introduction, *(chapter for _, inside in told for chapter in inside)]
    for (title, sections), page in zip(chapters, pages, strict=True):
        assert [squeezed(title)] == [squeezed(text) for text in page.texts("h1")]
        assert len(sections) == len(page.texts("h2")), title  # their names may hold formulas


def test_answers_stand_at_the_end_and_nowhere_else(
    opened: pikepdf.Pdf, outline: list[Any], pages: list[BuiltPage]
) -> None:
    stands = places(opened)
    asked = [name for page in pages if page.article.select(".exercise") for name in page.texts("h1")]
    assert {squeezed(name) for name in asked} <= {squeezed(name) for name, _ in outline[-1][1]}
    answers = [page for id, page in stands.items() if re.search(r"--answer-\d+$", id)]
    questions = [page for id, page in stands.items() if re.search(r"--answer-\d+-asked$|--ex-[\w-]+$", id)]
    assert len(answers) > 100
    assert max(questions) < stands["answers"] <= min(answers)


@pytest.mark.parametrize("kind", ["equations, figures, exercises", "headings"])
def test_all_that_has_a_number_has_it_here(texts: list[str], pages: list[BuiltPage], kind: str) -> None:
    whole = squeezed("".join(texts))
    for page in pages:
        wanted = page.numbers if kind.startswith("eq") else page.texts(".section-number")
        assert [number for number in wanted if squeezed(number) not in whole] == [], page.name
    assert sum(len(page.numbers) for page in pages) > 200


def test_each_page_but_the_first_says_its_number_and_chapter(drawn: pypdfium2.PdfDocument) -> None:
    for k, page in enumerate(drawn):
        width, height = page.get_size()
        text = page.get_textpage()
        # a large sign above may count as lower than it is drawn
        assert text.get_text_bounded(0, 0, width, 17 * MM).split()[:1] == ([str(k + 1)] if k else [])
        assert bool(text.get_text_bounded(0, height - 17 * MM, width, height).strip()) == (k > 0)


def test_the_contents_tell_the_pages(opened: pikepdf.Pdf, texts: list[str], pages: list[BuiltPage]) -> None:
    stands = places(opened)
    listed = squeezed("".join(texts[1 : stands["page-intro"] - 1]))
    for page in pages:
        (name,) = page.texts("h1")
        place = stands[f"page-{page.name.removeprefix('book/').replace('/', '-')}"]
        assert f"{squeezed(name)}{place}" in listed
        assert squeezed(name) in squeezed(texts[place - 1])


def test_every_link_leads_somewhere(opened: pikepdf.Pdf) -> None:
    known = set(places(opened))
    inside = outside = 0
    for page in opened.pages:
        for note in page.get("/Annots", []):
            if note.Subtype != "/Link":
                continue
            action = note.get("/A", {})
            target = note.get("/Dest", action.get("/D"))
            if target is not None:
                assert isinstance(target, pikepdf.Array) or str(target).removeprefix("/") in known
                inside += 1
            else:
                assert re.match(r"https?://(?!127\.|localhost)|mailto:", str(action.URI)), action.URI
                outside += 1
    assert inside > 1500 and outside > 20


LEADING = "h2, h3, h4, h5, .admonition-title, p:has(+ .pst-scrollable-table-container)"
FOOT = 20 / 25.4 * 72  # below it, in points, stands the number of the page


def last_line(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage()
    boxes = [text.get_rect(n) for n in range(text.count_rects())]
    _, bottom, _, top = min((box for box in boxes if box[1] > FOOT), key=lambda box: box[1], default=(0, 0, 0, 0))
    return squeezed(text.get_text_bounded(bottom=bottom, top=top))


def test_no_page_ends_with_a_heading_or_with_the_title_of_a_table(
    drawn: pypdfium2.PdfDocument, pages: list[BuiltPage]
) -> None:
    titles = {squeezed(title) for page in pages for title in page.texts(LEADING)}
    assert len(titles) > 300 and squeezed("Batch normalization (chapter 10)") in titles
    assert [(number, line) for number, line in enumerate(map(last_line, drawn), 1) if line in titles] == []


def test_nothing_is_cut_at_the_edge(drawn: pypdfium2.PdfDocument) -> None:
    inked = []
    for k, page in enumerate(drawn):
        image = page.render(scale=1, grayscale=True).to_pil()
        width, height = image.size
        sides = [(0, 0, int(MARGIN), height), (int(width - MARGIN), 0, width, height)]
        inked += [k + 1 for side in sides if image.crop(side).getextrema()[0] < 235]
    assert inked == []


def test_what_is_pressed_or_folded_is_not_on_paper(texts: list[str]) -> None:
    whole = "".join(texts)
    for words in ("Show code cell", "Hide code cell", "Click to show", "Link to this heading", "�"):
        assert words not in whole
    # The notes for teachers name this button; a button's words stand in a line of their own.
    assert not re.search(r"^\s*(Copy link|Reset)\s*$", whole, re.MULTILINE)


def test_formulas_are_set_and_chinese_is_readable(texts: list[str]) -> None:
    whole = "".join(texts)
    # code alone may speak TeX
    assert not re.search(r"\\\(|\\\[|\\begin\{|\\frac", whole)
    assert "准确率" in squeezed(whole)


def test_all_letters_come_along(opened: pikepdf.Pdf) -> None:
    fonts = [o for o in opened.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"]
    missing = []
    for font in fonts:
        font = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        described = font.get("/FontDescriptor", {})
        if font.Subtype != "/Type3" and not any(f"/FontFile{n}" in described for n in ("", 2, 3)):
            missing.append(str(font.get("/BaseFont")))
    assert fonts and missing == []


def test_it_says_what_it_is_and_not_when_it_was_made(opened: pikepdf.Pdf, pdf: Path) -> None:
    assert dict(opened.docinfo) == {"/Title": config()["title"], "/Author": config()["author"]}
    assert "/Metadata" not in opened.Root
    assert str(opened.Root.Lang) == "en" and opened.Root.MarkInfo.Marked and "/StructTreeRoot" in opened.Root
    assert {tuple(round(float(x)) for x in page.mediabox) for page in opened.pages} == {(0, 0, 595, 842)}
    assert pdf.stat().st_size < 25e6
