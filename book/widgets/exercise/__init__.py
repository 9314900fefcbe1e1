"""An answer to a coding exercise, checked: in a notebook its verdict and hints, in a page an editor with the starter.

The exercise is a module of `exercises`; the cell that shows it holds the starter, which the reader edits there. The
page shows that cell too, and puts the editor in its place where it can run Python itself.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..figure import Figure

__all__ = ["attempt"]


class Attempt(Figure):
    """The figure of one answer; as a text, what is said of it."""

    def __repr__(self) -> str:
        return f"{self.spec['label']}: {self.spec['message']}"


def attempt(module: ModuleType, function: Callable[..., Any]) -> Attempt:
    """Check the answer `function` to the exercise that `module` defines, and show what is said of it."""
    exercise = module.exercise
    verdict = exercise.examine(function)
    spec = {
        "label": exercise.label,
        "name": exercise.name,
        "starter": exercise.starter_source,
        "uses": sorted(exercise.names),
        "hints": list(exercise.hints),
        "passed": verdict.passed,
        "message": verdict.message,
    }
    said = "Right." if verdict.passed else f"Not yet: {verdict.message}."
    return Attempt(
        "exercise",
        spec,
        id=f"{exercise.label}-answer",
        still="",
        alt="",
        lines=[said],
        advice="give it a shorter starter",
    )
