"""What an exercise is, and how an answer to it is judged.

The answer runs on cases that the reader does not see, and so do the solution and wrong
programs whose faults have names. It is right if it does as the solution does; if it
does as one of the others, it has that one's fault.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import re
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

RIGHT = "right"
YOURS = "<your code>"  # the file's name under which a reader's text is compiled
Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """Arguments for an answer, and what they are, in words that follow "for"."""

    about: str
    arguments: tuple[Any, ...]


def call(function: Function, arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)


class UnfitError(Exception):
    """What a `run` raises where a result cannot be compared: its text is what is said."""


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer, and the line of its text where it stopped, if it did."""

    message: str
    line: int | None = None

    @property
    def passed(self) -> bool:
        return self.message == RIGHT


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A function to write. The starter's name is the name that the answer must have.

    `cases(rng)` gives the arguments, those first that most mistakes can be run on.
    `mistakes` are wrong programs, one or several, by what is said of them, `rights` are
    others than the solution that are right. `run(function, arguments)` returns what is compared, if
    that is not what the function returns. `names` is what an answer may use besides
    `np` and `nnlib`. With `keep`, an answer must leave its arrays as they were, or is
    told this. Results may differ by `rtol` of their size and by `atol`.
    """

    label: str
    starter: Function
    solution: Function
    cases: Callable[[np.random.Generator], Sequence[Case]]
    hints: Sequence[str]
    mistakes: Mapping[str, Function | Sequence[Function]]
    rights: Sequence[Function]
    run: Callable[[Function, tuple[Any, ...]], Any] = call
    names: Mapping[str, Any] = field(default_factory=dict)
    keep: str = ""
    rtol: float = 1e-6
    atol: float = 1e-9

    @property
    def name(self) -> str:
        return self.starter.__name__

    @property
    def starter_source(self) -> str:
        return source_of(self.starter)

    @property
    def solution_source(self) -> str:
        called = rf"\b{self.solution.__name__}\b"
        return re.sub(called, self.name, source_of(self.solution))

    def examine(self, function: Function, seed: int = 0) -> Verdict:
        """Judge an answer. What it prints is heard once; what it warns of, never."""
        if not callable(function):
            return Verdict(f"`{self.name}` is no function, but {form(function)}")
        cases = self.cases(np.random.default_rng(seed))
        wanted = [self.outcome(self.solution, case) for case in cases]
        if any(outcome.error for outcome in wanted):
            return Verdict(
                "the check itself fails: was np or nnlib changed? Start anew"
            )
        found = []
        for n, case in enumerate(cases):
            silent = contextlib.redirect_stdout(io.StringIO())
            with silent if n else contextlib.nullcontext():
                found.append(self.outcome(function, case))
        wrong = [n for n in range(len(cases)) if not self.same(found[n], wanted[n])]
        if not wrong:
            changed = self.keep and any(outcome.changed for outcome in found)
            return Verdict(self.keep if changed else RIGHT)
        if name := self.mistake(cases, found, wrong):
            return Verdict(name, found[wrong[0]].line)
        if self.keep and any(outcome.changed for outcome in found):
            return Verdict(self.keep)
        first = wrong[0]
        said = explained(found[first], wanted[first])
        known = f"right for {cases[0].about}; but " if first else ""
        return Verdict(f"{known}for {cases[first].about} {said}", found[first].line)

    def mistake(
        self, cases: Sequence[Case], found: Sequence[Outcome], wrong: Sequence[int]
    ) -> str:
        """What is said of the wrong program that does the same, everywhere or at least in the first wrong case."""
        here, some = wrong[0], ""
        if all(found[n].error and not found[n].quiet for n in wrong):
            return ""
        for name, program in self.wrong_programs():
            # There first, where most programs do something else.
            if not self.does(program, cases[here], found[here]):
                continue
            pairs = zip(cases, found, strict=True)
            if all(self.does(program, *pair) for pair in pairs):
                return name
            if found[here].error is None and not some:
                some = name
        return some

    def does(self, program: Function, case: Case, found: Outcome) -> bool:
        """Whether the same comes of running this program on a case."""
        return self.same(found, self.outcome(program, case))

    def wrong_programs(self) -> Iterator[tuple[str, Function]]:
        for name, programs in self.mistakes.items():
            for program in [programs] if callable(programs) else programs:
                yield name, program

    def outcome(self, function: Function, case: Case) -> Outcome:
        given = copy.deepcopy(case.arguments)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                value = self.run(function, given)
        except (Exception, SystemExit) as error:
            return Outcome(error=error, line=line_of(error))
        changed = bool(self.keep) and not unchanged(given, case.arguments)
        return Outcome(value, changed)

    def same(self, one: Outcome, other: Outcome) -> bool:
        if one.error or other.error:
            return type(one.error) is type(other.error)
        return agree(one.value, other.value, self.rtol, self.atol)


@dataclass(frozen=True)
class Outcome:
    """What came of running a program on a case."""

    value: Any = None
    changed: bool = False
    error: BaseException | None = None
    line: int | None = None

    @property
    def quiet(self) -> bool:
        """Whether it was stopped for its numbers alone, which only some programs are."""
        return isinstance(self.error, FloatingPointError)


def verdict(module: Any, function: Function) -> str:
    """What the exercise that a module defines says of an answer: "right", or its fault."""
    exercise: Exercise = module.exercise
    return exercise.examine(function).message


def source_of(function: Function) -> str:
    return textwrap.dedent(inspect.getsource(function)).strip()


def line_of(error: BaseException) -> int | None:
    """The last line of the reader's own text that an error came through."""
    if isinstance(error, SyntaxError) and error.filename == YOURS:
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if f.filename == YOURS), None)


# --- comparing --------------------------------------------------------------------------


def numbers(value: Any) -> np.ndarray | None:
    """The value as an array of numbers, None if it is none."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        return None
    return array.astype(float) if array.dtype.kind in "biuf" else None


def is_group(value: Any) -> bool:
    """Whether a value is several results, and not one array written as a list."""
    if isinstance(value, list):
        return any(is_group(part) or isinstance(part, np.ndarray) for part in value)
    return isinstance(value, tuple)


def single(value: Any) -> Iterator[Any]:
    """The results in a group, those of groups inside it too."""
    if is_group(value):
        for part in value:
            yield from single(part)
    else:
        yield value


def agree(found: Any, wanted: Any, rtol: float, atol: float) -> bool:
    """Whether two results have one form and the same numbers, NaN where NaN is."""
    if is_group(wanted):
        if not isinstance(found, list | tuple) or len(found) != len(wanted):
            return False
        pairs = zip(found, wanted, strict=True)
        return all(agree(f, w, rtol, atol) for f, w in pairs)
    one, other = numbers(found), numbers(wanted)
    if one is None or other is None or one.shape != other.shape:
        return False
    return np.allclose(one, other, rtol=rtol, atol=atol, equal_nan=True)


def unchanged(now: Any, before: Any) -> bool:
    """Whether every array in a call's arguments is what it was, but for rounding."""
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(unchanged, now, before))
    if isinstance(before, np.ndarray):
        return now.shape == before.shape and np.allclose(now, before, rtol=1e-9)
    return True


def returned(result: Any, expected: str, *like: Any) -> tuple[Any, ...]:
    """One call's results, in a tuple or a list; UnfitError where they have not the forms that these have."""
    parts = tuple(result) if isinstance(result, list) else result
    if form(parts) != form(like):
        raise UnfitError(f"it returns {form(result)}; expected {expected}")
    return tuple(map(np.asarray, parts))


# --- saying what is wrong ---------------------------------------------------------------


def form(value: Any) -> str:
    """What a value is, for a person: "an array of shape (3, 2)"."""
    if value is None:
        return "None"
    if is_group(value):
        kind = "a tuple" if isinstance(value, tuple) else "a list"
        parts = [form(part) for part in value]
        if len(parts) > 4:
            return f"{kind} of {len(parts)}"
        return f"{kind} of {len(parts)} ({'; '.join(parts)})"
    array = numbers(value)
    if array is None:
        return f"a value of type {type(value).__name__}"
    return f"an array of shape {array.shape}" if array.ndim else "one number"


def explained(found: Outcome, wanted: Outcome) -> str:
    """What is wrong with a result, where no wrong program gives the same."""
    if isinstance(found.error, UnfitError):
        return str(found.error)
    if found.error is not None:
        return f"it raises {type(found.error).__name__}: {found.error}"
    if found.value is None:
        return "it returns None: is there a `return`?"
    if form(found.value) != form(wanted.value):
        return f"it returns {form(found.value)}; expected {form(wanted.value)}"
    one, other = map(joined, (found.value, wanted.value))
    if not np.isfinite(one).all():
        return "the result holds nan or inf"
    if (told := factor(one, other)) is not None:
        return f"every number is {told:.4g} times what is expected"
    off = one - other
    if np.ptp(off) < 1e-9 * abs(other).max():
        which = "every number" if len(off) > 1 else "it"
        return f"{which} is {abs(off[0]):.4g} too {'large' if off[0] > 0 else 'small'}"
    return (
        "the form is right, and the numbers are not: a mistake that is not known here"
    )


def joined(value: Any) -> np.ndarray:
    parts = map(numbers, single(value))
    return np.concatenate([part.ravel() for part in parts if part is not None])


def factor(found: np.ndarray, wanted: np.ndarray) -> float | None:
    """By what all of `found` is too large, if it is one factor."""
    if len(wanted) < 2 or not wanted.any():
        return None
    ratio = float(found @ wanted / (wanted @ wanted))
    fits = np.allclose(found, ratio * wanted, rtol=1e-6, atol=1e-9) and ratio != 0
    return ratio if fits else None
