"""Guesses: on a scale and of names, open, locked in, and told how far off they were."""

from __future__ import annotations

import re
from typing import Any

from ..embed import embed
from .page import Example

FACTORS = {
    "label": "the error falls by a factor of",
    "labels": ["1", "2", "4", "8", "16", "32"],
    "values": [1, 2, 4, 8, 16, 32],
    "log": True,
    "unit": "",
    "answer": {"text": "4.0", "place": 2, "value": 4.0},
}
STEPS = {
    "label": "it takes",
    "labels": [f"{steps} steps" for steps in range(0, 101, 10)],
    "values": list(range(0, 101, 10)),
    "log": False,
    "unit": "steps",
    "answer": {"text": "29 steps", "place": 3, "value": 29.0},
}
PROGRAMS = {"label": "the right program", "labels": ["A", "B", "C"], "answer": {"text": "C", "place": 2}}
ANSWER = '<div class="admonition dropdown"><p class="admonition-title">Answer</p><p>It is told here, too.</p></div>'


def asked(widget: str) -> str:
    return f'<div class="admonition tip"><p class="admonition-title">Predict</p>\n<p>What comes?</p>{widget}</div>'


def guess(title: str, spec: dict[str, Any], said: str = "", told: bool = False, **more: Any) -> Example:
    """One that stands open, or where the reader has `said` something; `told` then what it is."""
    name = re.sub(r"\W+", "-", title)
    html = asked(embed("guess", {"id": f"index/{name}", **spec}, id=f"guess-{name}")) + ANSWER
    right = {"right": said == spec["labels"][spec["answer"]["place"]]} if told else {}
    kept = {"guess": {f"index/{name}": {"said": said, "told": told, **right}}} if said else {}
    return Example(f"Guess: {title}", html, kept=kept, **more)


def examples() -> list[Example]:
    return [
        guess("a number", FACTORS),
        guess("a number, chosen", STEPS, do=[["set", "input", "7"]]),
        guess("a name", PROGRAMS),
        guess("a name, chosen", PROGRAMS, do=[["click", "input"]]),
        guess("locked in", FACTORS, "8"),
        guess("right", FACTORS, "4", told=True),
        guess("off by a factor", FACTORS, "32", told=True),
        guess("off by steps", STEPS, "0 steps", told=True),
        guess("another name", PROGRAMS, "A", told=True),
        guess("on a phone", STEPS, narrow=True),
        guess("on a phone, told", FACTORS, "1", told=True, narrow=True),
        Example("Guess where no script runs", asked("") + ANSWER),
    ]
