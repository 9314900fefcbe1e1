"""Which wrong program's name an answer is told, when it does in part what several do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from exercises.grading import Case, Exercise

Rule = Callable[[float], float]
CASES = (1.0, 2.0, 3.0, 4.0)


def by_case(*results: float) -> Rule:
    """What gives these results; zero stands for an error."""

    def rule(x: float) -> float:
        result = dict(zip(CASES, results, strict=True))[x]
        if not result:
            raise ValueError("no result")
        return result

    return rule


DOUBLED = by_case(2, 4, 6, 8)


def told(answer: Rule, mistakes: Mapping[str, Rule]) -> str:
    exercise = Exercise(
        label="ex-doubled",
        starter=by_case(0, 0, 0, 0),
        solution=DOUBLED,
        cases=lambda rng: [Case(f"x = {x}", (x,)) for x in CASES],
        hints=(),
        mistakes=mistakes,
        rights=(),
    )
    return exercise.examine(answer).message


@pytest.mark.parametrize(
    ("answer", "mistakes", "said"),
    [
        # One that does the same everywhere goes before one that does so where the answer is first wrong.
        ((2, 5, 7, 8), {"in part": (2, 5, 6, 8), "everywhere": (2, 5, 7, 8)}, "everywhere"),
        # Of two in part it is the first.
        ((2, 5, 7, 8), {"one": (2, 5, 6, 8), "two": (2, 5, 1, 8)}, "one"),
        # The first wrong case counts, not the last.
        ((2, 5, 7, 8), {"at the last": (2, 4, 7, 8), "at the first": (2, 5, 6, 8)}, "at the first"),
        # An error is a fault that others share by chance: its own words are said.
        ((0, 0, 0, 0), {"always an error": (0, 0, 0, 0)}, "raises ValueError: no result"),
        ((2, 0, 7, 8), {"an error there too": (2, 0, 6, 8)}, "raises ValueError: no result"),
        # With a wrong number elsewhere, the whole is the same program.
        ((2, 0, 7, 8), {"the same": (2, 0, 7, 8)}, "the same"),
        # Where the answer is right, a wrong program must be so too.
        ((2, 5, 7, 8), {"wrong at once": (1, 1, 7, 8)}, "for x = 2.0 it"),
    ],
)
def test_an_answer_is_told_the_wrong_program_that_it_is(
    answer: tuple[float, ...], mistakes: Mapping[str, tuple[float, ...]], said: str
) -> None:
    message = told(by_case(*answer), {name: by_case(*results) for name, results in mistakes.items()})
    assert said in message
    assert message == said or not any(name in message for name in mistakes)
