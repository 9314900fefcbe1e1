"""Exercises: as a page without Python shows them, and as a notebook does."""

from __future__ import annotations

from typing import Any

from exercises import bp_code, fp_code, fp_hinge_code

from .. import attempt
from .page import Example
from .stepper import without_script


def wrong() -> Any:
    return attempt(fp_hinge_code, fp_hinge_code.hinge_weights)


def right() -> Any:
    return attempt(bp_code, bp_code.solution)


def raising() -> Any:
    return attempt(fp_code, lambda x, params, f: x.missing)


def examples() -> list[Example]:
    done = {"exercise": {f"index/{bp_code.exercise.label}": {"done": True}}}

    def notebook(answer: Any) -> dict[str, Any]:
        return {"kernel": {**answer.spec, "id": answer.id}, "kind": "exercise"}

    return [
        Example("Exercise, in a page that cannot run Python", wrong().page),
        Example("Solved, in a page that cannot run Python", right().page, kept=done),
        Example("Exercise on a phone", wrong().page, narrow=True),
        Example("Exercise where no script runs", without_script(wrong())),
        Example("Exercise in a notebook, not yet right", **notebook(wrong())),
        Example("Exercise in a notebook, right", **notebook(right())),
        Example("Exercise in a notebook, the answer raises", **notebook(raising())),
        Example("Exercise in a notebook, after two hints", do=[["click", ".hint"]] * 2, **notebook(wrong())),
        Example(
            "Exercise in a notebook on a phone, after all hints",
            do=[["click", ".hint"]] * 3,
            narrow=True,
            **notebook(wrong()),
        ),
    ]
