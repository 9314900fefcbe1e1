"""The zoo of chapter 5: its healthy networks pass every check, and no bug escapes all of them."""

from __future__ import annotations

from collections import Counter

import pytest
from experiments import zoo

# Every bug in code that the articles have, and that the zoo keeps. (B1 does not run at all; its like that does is
# "ReLU by reduction".)
ARTICLES = {"A1", "A7", "A9", "A10", "A12", "A14", "B2", "B11", "D1", "D2", "D3", "D4", "D7", "D8", "D14"}
ARTICLES |= {"D21", "D22", "E1", "E2", "E3"}


# That its notebook says the same of each of them, `make test` finds with nbval.
long = pytest.mark.long


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, str | None]]:
    return {specimen.name: zoo.examine(specimen.kit) for specimen in zoo.SPECIMENS}


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_a_healthy_network_passes_every_check(family: str) -> None:
    found = zoo.examine(zoo.FAMILIES[family])
    assert {name: verdict for name, verdict in found.items() if zoo.caught(verdict)} == {}


@long
@pytest.mark.parametrize("specimen", zoo.SPECIMENS, ids=lambda specimen: specimen.name)
def test_a_bug_is_caught(specimen: zoo.Specimen, verdicts: dict[str, dict[str, str | None]]) -> None:
    assert any(zoo.caught(verdict) for verdict in verdicts[specimen.name].values())


@long
def test_no_check_is_enough_and_each_finds_something(verdicts: dict[str, dict[str, str | None]]) -> None:
    counts = Counter(check for found in verdicts.values() for check, verdict in found.items() if zoo.caught(verdict))
    assert set(counts) == set(zoo.CHECKS) and not any("," in name for name in zoo.CHECKS)
    assert max(counts.values()) < len(zoo.SPECIMENS)


@long
def test_some_bugs_are_found_by_one_check_alone(verdicts: dict[str, dict[str, str | None]]) -> None:
    only = {
        name: [check for check, verdict in found.items() if zoo.caught(verdict)] for name, found in verdicts.items()
    }
    assert only["one row too few"] == ["census"]
    assert only["always training"] == ["alone"]
    assert only["tanh by exponentials"] == ["extremes"]
    assert only["constant correction"] == ["known run"]


def test_the_collection_is_large_named_and_has_the_bugs_of_the_articles() -> None:
    assert len(zoo.SPECIMENS) >= 24
    assert len({specimen.name for specimen in zoo.SPECIMENS}) == len(zoo.SPECIMENS)
    assert {specimen.origin for specimen in zoo.SPECIMENS} - {"classic"} == ARTICLES
    for specimen in zoo.SPECIMENS:
        assert specimen.says.endswith(".") and specimen.parts and specimen.kit != zoo.FAMILIES[specimen.family]


@long
def test_two_errors_cancel_in_training_but_not_in_a_gradient_check(
    verdicts: dict[str, dict[str, str | None]],
) -> None:
    found = verdicts["two that cancel"]
    assert found["known run"] is None and found["accuracy"] is None
    assert zoo.caught(found["gradient"]) and zoo.caught(verdicts["diagonal softmax"]["known run"])
