"""Every notebook of the book, held against the rules; nbval runs their cells."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import rules
import yaml
from exercises.answers import exercises
from rules import Chapter

from tools import notebooks

ROOT = notebooks.ROOT
ALL = notebooks.all_notebooks()
CHAPTERS = [path for path in ALL if re.match(r"\d\d-", path.name)]
ATTEMPTS = {e.label: (e.name, e.starter_source, e.solution_source) for e in exercises()}
every_notebook = pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])


@cache
def chapter(path: Path) -> Chapter:
    number = re.match(r"\d\d(?=-)", path.name)
    return Chapter(notebooks.read(path), int(number[0]) if number else 0)


def page(name: str) -> str:
    return (notebooks.BOOK / name).read_text(encoding="utf-8")


def errata_pages() -> list[Path]:
    folder = notebooks.BOOK / "errata"
    return [*folder.glob("*.md"), *folder.glob("*.ipynb"), *notebooks.BOOK.glob("errata.*")]


@cache
def known_errata() -> set[str]:
    """The errata that have an anchor on their article's page."""
    texts = []
    for path in errata_pages():
        texts += chapter(path).markdown if path.suffix == ".ipynb" else [path.read_text("utf-8")]
    anchors = [re.findall(r"^[ *-]*\(erratum-([a-e]\d+)\)=", text, re.MULTILINE) for text in texts]
    return {name.upper() for found in anchors for name in found}


def test_the_table_of_contents_names_every_page_and_no_other() -> None:
    pages = [*ALL, *notebooks.BOOK.rglob("*.md")]
    assert sorted(notebooks.contents()) == sorted(p.relative_to(ROOT).with_suffix("").as_posix() for p in pages)
    assert CHAPTERS


def test_pages_under_others_are_in_the_contents_too(tmp_path: Path) -> None:
    under = [{"file": "a/one", "sections": [{"file": "a/b/two"}]}]
    toc = {"root": "start", "parts": [{"chapters": [{"file": "a", "sections": under}, {"file": "c"}]}]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    assert notebooks.contents(tmp_path) == ["start", "a", "a/one", "a/b/two", "c"]


@every_notebook
def test_it_is_canonical_executed_in_order_and_made_by_the_present_code(path: Path) -> None:
    assert notebooks.problems(path) == []


@every_notebook
def test_its_outputs_are_clean(path: Path) -> None:
    assert rules.unclean_outputs(chapter(path)) == []


@every_notebook
def test_where_it_draws_its_first_cell_sets_the_books_style(path: Path) -> None:
    code = chapter(path).code
    draws = any("image/png" in output.get("data", {}) for cell in code for output in rules.outputs_of(cell))
    assert rules.STYLE in notebooks.text(code[0]["source"]) or not draws


@every_chapter
def test_its_imports_stand_folded_at_its_beginning(path: Path) -> None:
    assert rules.loose_imports(chapter(path)) == []


@every_chapter
def test_its_sections_follow_the_template(path: Path) -> None:
    assert rules.missing_sections(chapter(path)) == [], chapter(path).headings


@every_chapter
def test_its_first_slider_comes_early_and_each_is_asked_and_answered(path: Path) -> None:
    assert rules.late_sliders(chapter(path)) == []
    assert rules.poor_predictions(chapter(path)) == []
    assert rules.poor_guesses(chapter(path)) == []


@every_chapter
def test_the_code_that_it_shows_is_short(path: Path) -> None:
    assert rules.long_cells(chapter(path)) == []


@every_notebook
def test_its_code_and_what_it_prints_fit_between_the_sidebars(path: Path) -> None:
    assert rules.wide_lines(chapter(path)) == []


@every_chapter
def test_its_stories_are_short_and_link_to_their_errata(path: Path) -> None:
    assert rules.poor_stories(chapter(path)) == []


@every_chapter
def test_its_length_is_a_chapters(path: Path) -> None:
    assert rules.wrong_length(chapter(path)) == []


@every_notebook
def test_every_derivative_has_a_label_and_a_check(path: Path) -> None:
    assert rules.unlabelled_derivatives(chapter(path), quotes=path in errata_pages()) == []
    assert rules.unchecked_derivatives(chapter(path)) == []


@every_notebook
def test_every_figure_has_alternative_text_and_labelled_axes(path: Path) -> None:
    assert rules.poor_alternatives(chapter(path)) == []
    assert rules.unlabelled_axes(chapter(path)) == []


@every_notebook
def test_no_figure_dies_with_an_assertion(path: Path) -> None:
    assert rules.mortal_figures(chapter(path)) == []


@every_chapter
def test_its_exercises_have_folded_solutions_that_check_themselves(path: Path) -> None:
    assert rules.poor_exercises(chapter(path)) == []


@every_chapter
def test_two_of_its_exercises_or_more_can_be_done_in_the_page(path: Path) -> None:
    assert rules.poor_attempts(chapter(path), ATTEMPTS) == []


def test_every_exercise_that_a_page_checks_stands_in_one_chapter() -> None:
    cells = [notebooks.text(cell["source"]) for path in CHAPTERS for cell in chapter(path).code]
    shown = [module for source in cells for module in re.findall(r"^attempt\((\w+),", source, re.MULTILINE)]
    assert sorted(f"ex-{module.replace('_', '-')}" for module in shown) == sorted(ATTEMPTS)


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
def test_every_erratum_it_names_is_on_an_errata_page(path: Path) -> None:
    assert rules.unknown_errata(chapter(path), known_errata()) == []


@pytest.mark.parametrize("path", [path for path in ALL if path in errata_pages()], ids=lambda path: path.stem)
def test_its_errata_are_told_and_proved(path: Path) -> None:
    assert rules.poor_errata(chapter(path)) == []


@every_notebook
def test_every_symbol_is_on_the_notation_page(path: Path) -> None:
    if path in errata_pages():
        pytest.skip("speaks in the articles' letters, and explains them")
    assert rules.retired_symbols(chapter(path)) == []
    assert rules.unknown_symbols(chapter(path), rules.known_symbols(page("notation.md"))) == []


def test_each_symbol_means_one_thing() -> None:
    notation = page("notation.md")
    assert len(rules.definitions(notation)) > 50
    assert rules.double_definitions(notation) == []
    assert rules.undefined_symbols(notation) == []
