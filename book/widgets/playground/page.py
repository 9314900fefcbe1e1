"""The playground's element: its controls, a stored example, and the pieces of the program that does the same."""

from __future__ import annotations

import base64
import inspect
from dataclasses import asdict
from typing import Any

import numpy as np

from ..explorer import Boundary, Curves, View
from ..explorer.still import picture
from ..figure import Figure
from . import datasets, projection
from .engine import TRAINING, VALIDATION, Engine
from .settings import CONTROLS, OPTIMIZERS, PACE, Control, Settings, Whole, Widths

EPOCHS = 60  # of the example
SIDE = 60
ID = "playground"

Json = dict[str, Any]


def figure(example: Settings | None = None, *, label: str = ID) -> Figure:
    """The playground; before it is started it shows this example after 60 epochs. `label` is its id in the page."""
    example = example or Settings()
    engine = Engine(example)
    engine.advance(epochs=EPOCHS)
    seen = {**engine.about(), **engine.frame(SIDE)}
    loss, right, val_loss, val_right = engine.history[-1]
    said = (
        f"After {EPOCHS} epochs: training loss {loss:.3f}, {right:.0%} right; "
        f"validation loss {val_loss:.3f}, {val_right:.0%} right"
    )
    return Figure(
        "playground",
        {
            "controls": [described(name, control) for name, control in {**CONTROLS, "pace": PACE}.items()],
            "sources": sources(),
            "optimizers": {name: [called, written(more)] for name, (called, more) in OPTIMIZERS.items()},
            "points": [TRAINING, VALIDATION],
            "example": {"settings": asdict(example), "frame": encoded(seen)},
        },
        id=label,
        still=picture(drawn(engine, seen), said),
        alt=f"{CONTROLS['data'].values[example.data]}, and where a network with {len(example.layers)} hidden layers "
        f"decides between them; its losses. {said}.",
        lines=["The playground trains networks in your browser: it needs scripts."],
    )


def described(name: str, control: Control | Whole | Widths) -> Json:
    shown = {**vars(control), "name": name}
    if isinstance(control, Control):
        shown |= {"values": list(control.values), "labels": list(control.values.values())}
    return shown


def sources() -> Json:
    """Of each data set the program's imports and functions."""
    made = {name: inspect.getsource(getattr(datasets, name)) for name in CONTROLS["data"].values}
    made["digits"] = f"{inspect.getsource(projection.projected)}\n\n{made['digits']}"
    imports = dict.fromkeys(made, "") | {"digits": "from sklearn.datasets import load_digits\n"}
    return {name: {"imports": imports[name], "functions": text} for name, text in made.items()}


def written(arguments: dict[str, float]) -> str:
    return "".join(f", {name}={value!r}" for name, value in arguments.items())


def encoded(frame: Json) -> Json:
    """Arrays as [type, base64]; shares of 1 in 16 bits, which is more than a screen shows."""

    def plain(name: str, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        if name == "p":
            value = np.rint(value * 65535).astype(np.uint16)
        little = value.astype(value.dtype.newbyteorder("<"))
        return [f"{value.dtype.kind}{value.dtype.itemsize}", base64.b64encode(little.tobytes()).decode("ascii")]

    return {name: plain(name, value) for name, value in frame.items()}


def drawn(engine: Engine, seen: Json) -> View:
    """What stands where no script runs."""
    losses = np.array(engine.history)[:, [0, 2]].T
    curves = Curves(dict(zip(("training", "validation"), losses, strict=True)), title="Loss", log_y=True)
    if engine.settings.classes > 2:
        return View(curves)
    p = seen["p"].reshape(SIDE, SIDE)[::-1]
    return View(Boundary(p, engine.extent, engine.x[:TRAINING], engine.labels[:TRAINING]), curves)
