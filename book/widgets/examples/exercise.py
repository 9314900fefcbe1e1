"""Exercises: as a page without Python shows them, and as a notebook does."""

from __future__ import annotations

from typing import Any

from exercises import bp_code, fp_hinge_code

from .. import attempt
from .page import Example
from .stepper import without_script


def wrong() -> Any:
    return attempt(fp_hinge_code, fp_hinge_code.hinge_weights)


def right() -> Any:
    return attempt(bp_code, bp_code.solution)


def examples() -> list[Example]:
    return [
        Example("Exercise, in a page that cannot run Python", wrong().page),
        Example("Exercise where no script runs", without_script(wrong())),
    ]
