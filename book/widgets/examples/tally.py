"""The panel of what a reader has done: counts, and the question before all of it is forgotten."""

from __future__ import annotations

from typing import Any

from ..embed import embed
from .page import Example

PAGES = [
    {"title": "Training", "path": "#top", "guesses": ["06/a", "06/b"], "exercises": ["06/ex", "06/ex-2"]},
    {"title": "The initial values of weights and biases", "path": "#top", "guesses": ["07/a"], "exercises": []},
]
DONE: dict[str, dict[str, Any]] = {
    "guess": {"06/a": {"said": "1", "told": True, "right": True}, "07/a": {"said": "1", "told": False}},
    "exercise": {"06/ex": {"done": True}},
}


def panel(id: str) -> str:
    return embed("tally", {"pages": PAGES}, id=id)


def examples() -> list[Example]:
    nothing = [{**page, "guesses": ["08/a"], "exercises": ["08/ex"]} for page in PAGES]
    ask = ["click", ".foot > button"]
    return [
        Example("Tally, nothing done on these pages", embed("tally", {"pages": nothing}, id="tally-nothing")),
        Example("Tally", panel("tally-some"), kept=DONE),
        Example("Tally, asking whether to forget", panel("tally-asking"), [ask]),
        Example("Tally on a phone", panel("tally-phone"), narrow=True),
        Example("Tally on a phone, asking", panel("tally-phone-asking"), [ask], narrow=True),
    ]
