"""What a page asks of an exercise: to check an answer that comes as a text."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import numpy as np

import nnlib

from .grading import YOURS, Exercise, Verdict, line_of


def exercises() -> list[Exercise]:
    """Every exercise, by its module's name."""
    names = sorted(
        info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)])
    )
    modules = [importlib.import_module(f".{name}", __package__) for name in names]
    return [m.exercise for m in modules if hasattr(m, "exercise")]


def find(label: str) -> Exercise:
    name = label.removeprefix("ex-").replace("-", "_")
    found: Exercise = importlib.import_module(f".{name}", __package__).exercise
    return found


def check(label: str, code: str) -> dict[str, Any]:
    """Run a reader's text and judge the function in it: `passed`, `message` and `line`, where it stopped."""
    verdict = judged(find(label), code)
    return {
        "passed": verdict.passed,
        "message": verdict.message,
        "line": verdict.line,
    }


def judged(exercise: Exercise, code: str) -> Verdict:
    scope: dict[str, Any] = {"np": np, "nnlib": nnlib, **exercise.names}
    scope["__name__"] = "__main__"
    try:
        exec(compile(code, YOURS, "exec", dont_inherit=True), scope)
    except SyntaxError as error:
        return Verdict(f"Python does not understand it: {error.msg}", line_of(error))
    except (Exception, SystemExit) as error:
        said = f"it raises {type(error).__name__}: {error}"
        return Verdict(said, line_of(error))
    if exercise.name not in scope:
        return Verdict(f"there is no function `{exercise.name}` in it")
    return exercise.examine(scope[exercise.name])
