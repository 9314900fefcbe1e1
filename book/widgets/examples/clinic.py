"""The clinic, with three patients of plain data, as a page without Python shows it, and as a notebook does."""

from __future__ import annotations

import re
from typing import Any

from .. import clinic
from ..figure import Figure
from .page import Example
from .stepper import without_script

EPOCHS = 40
WRONG, RIGHT = "def backward(g):\n    return g\n", "def backward(g):\n    return g * y * (1 - y)\n"


def patient(loss: list[float], stopped: str = "", accuracy: float | None = None) -> dict[str, Any]:
    changes = [" def backward(g):", "-    return g", "+    return g * y * (1 - y)"]
    was = {"name": "no slope", "says": "The slope is left out on the way back.", "changes": changes}
    return {"code": [0, 1], "loss": loss, "stopped": stopped, "accuracy": accuracy, "was": was}


def ward(label: str) -> Figure:
    patients = [
        patient([0.7 * 0.97**k for k in range(EPOCHS)], accuracy=0.81),
        patient([0.7 * 1.4**k for k in range(9)], "the loss is not finite"),
        patient([0.69] * EPOCHS, accuracy=0.5),
        patient([], "the loss is not finite at once"),
    ]
    checks = [{"name": "shapes", "asks": "Has each gradient the shape of its parameters?"}]
    records = {"texts": ["rate = 0.3", WRONG], "patients": patients, "checks": checks, "epochs": EPOCHS}
    return clinic(records, label=label)


def examples() -> list[Example]:
    kept = {"clinic": {"clinic/2": {"healed": True}, "clinic/3": {"text": f"rate = 0.3\n\n\n{RIGHT}"}}}
    give_up = ["click", "select ~ button:last-of-type"]

    def shown(title: str, number: int, *do: list[str], **more: Any) -> Example:
        html = ward("clinic-" + re.sub(r"\W+", "-", title)).page
        return Example(f"Clinic: {title}", html, [["choose", "select", str(number)], *do], **more)

    notebook = ward("clinic-notebook")
    return [
        shown("the loss falls", 1),
        shown("the loss is cut short, healed before", 2, kept=kept),
        shown("a program that the reader has changed", 3),
        shown("no loss was a number", 4),
        shown("given up", 1, give_up),
        shown("on a phone, given up", 2, give_up, narrow=True),
        Example(
            "Clinic in a notebook",
            do=[["choose", "select", "1"]],
            kernel={**notebook.spec, "id": notebook.id},
            kind="clinic",
        ),
        Example("Clinic where no script runs", without_script(ward("clinic-still"))),
    ]
