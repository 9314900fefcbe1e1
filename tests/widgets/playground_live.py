"""The playground's page with a Python that answers: the test's own, in place of the page's worker."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
from widgets.live.bridge import Call

CALLS: dict[str, Call] = {}


def plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        kind = f"{value.dtype.kind}{value.dtype.itemsize}"
        return {"kind": kind, "bytes": base64.b64encode(value.tobytes()).decode("ascii")}
    return value


def ask(id: str, name: str, kwargs: dict[str, Any], message: Any) -> dict[str, Any]:
    """Take a call's next step, the first if nobody has asked by this id."""
    if id not in CALLS:
        CALLS[id] = Call(name, kwargs)
    told = CALLS[id].step(message)
    if told["state"] == "yield":
        told["value"] = {key: plain(value) for key, value in told["value"].items()}
    return told


# How a page is opened that calls Python as `nnlibWidgets.live` would.
LIVE: dict[str, Any] = {
    "scheme": "http",
    "stand_in": (Path(__file__).parent / "fake_live.js").read_text("utf-8"),
    "expose": {"askPython": ask},
}
