"""The catalogue of breaks is of the present scripts: `make mutants` runs it, once a week."""

from __future__ import annotations

from tests.widgets.mutants import MUTANTS, ROOT


def test_each_mutants_text_stands_once_in_its_script() -> None:
    scripts = {m.file: (ROOT / "book" / "widgets" / m.file).read_text(encoding="utf-8") for m in MUTANTS}
    assert [m.name for m in MUTANTS if scripts[m.file].count(m.old) != 1] == []


def test_each_mutant_has_a_name_of_its_own() -> None:
    assert len({m.name for m in MUTANTS}) == len(MUTANTS)
