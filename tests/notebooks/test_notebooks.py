"""Every notebook of the book, held against the rules; nbval runs their cells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rules
import yaml
from rules import Chapter

from tools import notebooks

ROOT = notebooks.ROOT
ALL = notebooks.all_notebooks()
CHAPTERS = [path for path in ALL if re.match(r"\d\d-", path.name)]
every_notebook = pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])


def chapter(path: Path) -> Chapter:
    return Chapter(notebooks.read(path))


def page(name: str) -> str:
    return (notebooks.BOOK / name).read_text(encoding="utf-8")


def test_the_table_of_contents_names_every_page_and_no_other() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [toc["root"]] + [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    pages = [*ALL, *notebooks.BOOK.glob("*.md")]
    assert sorted(listed) == sorted(p.relative_to(ROOT).with_suffix("").as_posix() for p in pages)
    assert CHAPTERS


@every_notebook
def test_it_is_canonical_executed_in_order_and_made_by_the_present_code(path: Path) -> None:
    assert notebooks.problems(path) == []


@every_notebook
def test_its_outputs_are_clean(path: Path) -> None:
    assert rules.unclean_outputs(chapter(path)) == []


@every_notebook
def test_its_first_cell_sets_the_books_style(path: Path) -> None:
    first = notebooks.text(notebooks.code_cells(notebooks.read(path))[0]["source"])
    assert 'plt.style.use("book.mplstyle")' in first


@every_chapter
def test_its_sections_follow_the_template(path: Path) -> None:
    assert rules.missing_sections(chapter(path)) == [], chapter(path).headings


@every_chapter
def test_its_length_is_a_chapters(path: Path) -> None:
    assert rules.wrong_length(chapter(path)) == []


@every_notebook
def test_every_derivative_has_a_label_and_a_check(path: Path) -> None:
    assert rules.unlabelled_derivatives(chapter(path)) == []
    assert rules.unchecked_derivatives(chapter(path)) == []


@every_notebook
def test_every_figure_has_alternative_text_and_labelled_axes(path: Path) -> None:
    assert rules.poor_alternatives(chapter(path)) == []
    assert rules.unlabelled_axes(chapter(path)) == []


@every_chapter
def test_its_exercises_have_folded_solutions_that_check_themselves(path: Path) -> None:
    assert rules.poor_exercises(chapter(path)) == []


@every_notebook
def test_its_glued_numbers_and_its_text_agree(path: Path) -> None:
    assert rules.loose_glue(chapter(path)) == []


@every_notebook
def test_its_sliders_are_data_and_small(path: Path) -> None:
    assert rules.bad_explorers(chapter(path)) == []


@every_notebook
def test_it_shows_no_private_name(path: Path) -> None:
    assert rules.private_names(chapter(path)) == []


@every_notebook
def test_every_erratum_it_names_is_on_the_errata_page(path: Path) -> None:
    known = {name.upper() for name in re.findall(r"^[ *-]*\(erratum-([a-e]\d+)\)=", page("errata.md"), re.MULTILINE)}
    assert rules.unknown_errata(chapter(path), known) == []


@every_notebook
def test_every_symbol_is_on_the_notation_page(path: Path) -> None:
    known = {s for tex, _, _ in rules.maths(page("notation.md")) for s in rules.symbols(tex)}
    assert rules.unknown_symbols(chapter(path), known) == []
