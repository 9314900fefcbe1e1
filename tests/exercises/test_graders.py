"""The graders of the book's exercises: what they say of right programs, of wrong ones, and of what is no program."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from exercises import jac_elu
from exercises.answers import check, exercises, find, judged
from exercises.grading import RIGHT, Case, Exercise, Outcome, form, is_group

EXERCISES = exercises()
each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.label)
SEEDS = range(3)


@each
def test_the_starter_fails_and_is_told_why(exercise: Exercise) -> None:
    said = exercise.examine(exercise.starter).message
    assert said in {exercise.keep, *exercise.mistakes}, said
    assert judged(exercise, exercise.starter_source).message == said  # as a text, and by what it may use alone


@each
def test_the_solution_passes(exercise: Exercise) -> None:
    for seed in SEEDS:
        assert exercise.examine(exercise.solution, seed).message == RIGHT
    assert judged(exercise, exercise.solution_source).passed


@each
def test_other_right_answers_pass(exercise: Exercise) -> None:
    for program in exercise.rights:
        for seed in SEEDS:
            assert exercise.examine(program, seed).message == RIGHT, program.__name__
    assert exercise.rights


@each
def test_a_list_will_do_where_the_solution_returns_a_tuple(exercise: Exercise) -> None:
    def listed(*arguments: Any) -> Any:
        result = exercise.solution(*arguments)
        return list(result) if isinstance(result, tuple) else result

    assert exercise.examine(listed).message == RIGHT


@each
def test_each_mistake_gets_its_own_message(exercise: Exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each runs anew as an answer; what answers are compared with, the same for all of a seed, runs once."""
    run, known = Exercise.outcome, {exercise.solution, *(program for _, program in exercise.wrong_programs())}
    for seed in SEEDS:
        cases = exercise.cases(np.random.default_rng(seed))
        outcomes: dict[Any, Outcome] = {}

        def outcome(self: Exercise, function: Any, case: Case, outcomes: dict[Any, Outcome] = outcomes) -> Outcome:
            if function not in known:
                return run(self, function, case)
            if (function, id(case)) not in outcomes:
                outcomes[function, id(case)] = run(self, function, case)
            return outcomes[function, id(case)]

        monkeypatch.setattr(Exercise, "outcome", outcome)
        of_seed = replace(exercise, cases=lambda rng, cases=cases: cases)
        for name, program in exercise.wrong_programs():
            assert of_seed.examine(partial(program)).message == name
    assert len(exercise.mistakes) >= 5


@each
def test_what_is_no_result_is_named(exercise: Exercise) -> None:
    """Nothing, a text, an array of another shape, one that is not finite, an error: each is said in words."""
    solution = exercise.solution

    def raising(*arguments: Any) -> Any:
        raise ZeroDivisionError("of all things")

    said = {
        "nothing": exercise.examine(lambda *arguments: None).message,
        "a text": exercise.examine(lambda *arguments: "abc").message,
        "an error": exercise.examine(raising).message,
        "too few arguments": exercise.examine(lambda: 0).message,
        "rows of unequal lengths": exercise.examine(lambda *arguments: [[1, 2], [3]]).message,
        "another shape": exercise.examine(lambda *arguments: np.zeros((2, 1, 3))).message,
        "not finite": exercise.examine(lambda *arguments: spoiled(solution(*arguments))).message,
    }
    if exercise.label == "ex-reg-decay":  # what it returns does not matter
        del said["not finite"]
    assert RIGHT not in said.values()
    assert "raises ZeroDivisionError: of all things" in said["an error"]
    assert "raises TypeError" in said["too few arguments"]
    if exercise.label != "ex-reg-decay":
        assert "returns None" in said["nothing"]
        assert "type str" in said["a text"]
        assert "(2, 1, 3)" in said["another shape"]
        assert "nan or inf" in said["not finite"] or exercise.label in ("ex-init-weights", "ex-gc-stale")
    assert all(len(text) < 300 and "\n" not in text for text in said.values()), said


def spoiled(value: Any) -> Any:
    """The same, with a NaN in each of its arrays."""
    if is_group(value):
        return type(value)(map(spoiled, value))
    array = np.array(value, dtype=float)
    array.flat[0] = np.nan
    return array


@each
def test_one_case_known_by_heart_is_not_enough(exercise: Exercise) -> None:
    """What returns the right results of one case, whatever it is given, fails; and so does what is right only there."""
    if exercise.label in ("ex-reg-decay", "ex-gc-stale"):  # their results are made of many calls
        cases = exercise.cases(np.random.default_rng(0))
        assert len({str(case.arguments) for case in cases}) == len(cases) > 1
        return
    for case in exercise.cases(np.random.default_rng(0)):
        calls = 0

        known = exercise.outcome(exercise.solution, case).value

        def by_heart(*arguments: Any, known: Any = known) -> Any:
            return known

        assert exercise.examine(by_heart).message != RIGHT

        def sometimes(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            return exercise.solution(*arguments) if calls == 1 else exercise.starter(*arguments)

        assert exercise.examine(sometimes).message != RIGHT


@each
def test_cases_are_drawn_anew_and_the_same_for_one_seed(exercise: Exercise) -> None:
    def text(seed: int) -> str:
        cases = exercise.cases(np.random.default_rng(seed))
        parts = [part for case in cases for part in walked(case.arguments)]
        return repr([np.asarray(drawn(part)).tolist() for part in parts if not callable(part)])

    assert text(0) == text(0)
    assert text(0) != text(1)


def walked(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for part in value:
            yield from walked(part)
    else:
        yield value


def drawn(value: Any) -> Any:
    return value.random(2) if isinstance(value, np.random.Generator) else value


@each
def test_arguments_belong_to_one_call(exercise: Exercise) -> None:
    """A program that spoils what it is given does not spoil what the next one gets."""

    def spoiling(*arguments: Any) -> Any:
        result = exercise.solution(*arguments)
        for part in walked(arguments):
            if isinstance(part, np.ndarray) and part.dtype == float:
                part[...] = 17
        return result

    assert exercise.examine(spoiling).message in (RIGHT, exercise.keep)
    assert exercise.examine(exercise.solution).passed


@each
def test_what_a_page_says_of_it(exercise: Exercise) -> None:
    """Its names and texts: one label, hints that do not repeat each other, sources as a reader would write them."""
    assert find(exercise.label) is exercise
    assert len(set(exercise.hints)) == len(exercise.hints) >= 2
    for source in exercise.starter_source, exercise.solution_source:
        function = ast.parse(source).body[0]
        assert isinstance(function, ast.FunctionDef) and function.name == exercise.name
        assert max(map(len, source.splitlines())) <= 88
    signatures = [inspect.signature(f) for f in (exercise.starter, exercise.solution)]
    assert list(signatures[0].parameters) == list(signatures[1].parameters)
    for name in exercise.mistakes:
        assert len(name) <= 100 and not name.endswith(".")


def test_there_are_two_in_every_chapter() -> None:
    assert len(EXERCISES) >= 27
    assert len({exercise.label for exercise in EXERCISES}) == len(EXERCISES)


# --- an answer as a text ------------------------------------------------------------------------------------

FORWARD = find("ex-fp-code")


def said(code: str) -> tuple[str, int | None]:
    result = check("ex-fp-code", code)
    assert result["passed"] == (result["message"] == RIGHT)
    return result["message"], result["line"]


def test_a_text_is_run_and_judged() -> None:
    assert said(FORWARD.solution_source) == (RIGHT, None)
    assert said(f"import numpy\n\n\n{FORWARD.solution_source}\n\nprint(1)") == (RIGHT, None)
    assert said(FORWARD.starter_source) == ("f after the last layer, too", None)


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("def my_forward(x, params, f)\n    return x", "Python does not understand it: expected ':'", 1),
        ("x = 1\n y = 2", "Python does not understand it: unexpected indent", 2),
        ("x = [\n1, 2", "Python does not understand it: '[' was never closed", 1),
        ("x = 1\nprint(y)", "it raises NameError: name 'y' is not defined", 2),
        ("", "there is no function `my_forward` in it", None),
        ("def forward(x, params, f):\n    return x", "there is no function `my_forward` in it", None),
        ("my_forward = 3", "`my_forward` is no function, but one number", None),
        (
            "def my_forward(x, params, f):\n    W, b = params\n    return missing",
            "for 3 samples and widths 3-3-3 it raises NameError: name 'missing' is not defined",
            3,
        ),
        ("def my_forward(x, params, f):\n    pass", "for 3 samples and widths 3-3-3 it returns None: is there a", None),
        (
            "def my_forward(x, params, f):\n    return [x, f]",
            "for 3 samples and widths 3-3-3 it returns a list of 2",
            None,
        ),
        ("import sys\nsys.exit()", "it raises SystemExit", 2),
        ("def my_forward(x, params, f):\n    raise SystemExit", "for 3 samples and widths 3-3-3 it raises System", 2),
    ],
)
def test_what_is_wrong_with_a_text_is_said_with_its_line(code: str, message: str, line: int | None) -> None:
    found, where = said(code)
    assert found.startswith(message) and where == line


def test_the_line_is_the_readers_own_where_the_error_is_deeper() -> None:
    code = "def helper(x):\n    return np.linalg.inv(x[0])\n\n\ndef my_forward(x, params, f):\n    return helper(x)"
    message, line = said(code)
    assert "LinAlgError" in message and line == 2


def test_each_check_begins_anew() -> None:
    assert said(f"left = 1\n{FORWARD.solution_source}")[0] == RIGHT
    assert said("print(left)")[0].startswith("it raises NameError")


def test_a_reader_who_breaks_numpy_is_not_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "tanh", np.tanh)  # puts it back
    assert said(f"{FORWARD.solution_source}\nnp.tanh = None")[0].startswith("the check itself fails")


def test_what_an_answer_prints_is_heard_once(capsys: pytest.CaptureFixture[str]) -> None:
    code = FORWARD.solution_source.replace("    return", "    print(x.shape)\n    return")
    assert said(code)[0] == RIGHT
    assert capsys.readouterr().out == "(3, 3)\n"


def test_a_constant_factor_is_said() -> None:
    def tripled(x: Any, params: Any, f: Any) -> Any:
        return 3 * FORWARD.solution(x, params, f)

    def raised(x: Any, params: Any, f: Any) -> Any:
        return FORWARD.solution(x, params, f) + 0.5

    assert FORWARD.examine(tripled).message.endswith("every number is 3 times what is expected")
    assert FORWARD.examine(raised).message.endswith("every number is 0.5 too large")
    count = find("ex-speed-order")
    assert count.examine(lambda *given: count.solution(*given) + 4711).message.endswith(" it is 4711 too large")


def test_an_elu_in_float32_is_told_that_it_loses_digits() -> None:
    def short(z: Any) -> Any:
        return jac_elu.solution(z.astype(np.float32))

    message = jac_elu.exercise.examine(short).message
    assert "float32" in message and "compute in float64" in message
    assert jac_elu.exercise.examine(lambda z: list(map(list, jac_elu.solution(z)))).message == RIGHT


def test_where_it_is_right_and_where_not() -> None:
    def small(x: Any, params: Any, f: Any) -> Any:
        return FORWARD.solution(x, params, f) * (1 if len(params) == 2 else x[0, 0])

    message = FORWARD.examine(small).message
    assert message.startswith("right for 3 samples and widths 3-3-3; but for 1 sample and widths 3-3-3-2 every")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (1, "one number"),
        (np.float32(1), "one number"),
        ([1, 2.5], "an array of shape (2,)"),
        (np.zeros((3, 2)), "an array of shape (3, 2)"),
        ((1.0, np.zeros(3)), "a tuple of 2 (one number; an array of shape (3,))"),
        ([(np.zeros(2), np.zeros(1))] * 2, "a list of 2"),
        ("x", "a value of type str"),
        ([[1], [1, 2]], "a value of type list"),
        ({}, "a value of type dict"),
    ],
)
def test_forms_in_words(value: Any, words: str) -> None:
    assert form(value).startswith(words)
