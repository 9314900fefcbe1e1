"""The playground's page with a Python that answers: the test's own, in place of the page's worker."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import BrowserContext
from widgets.live.bridge import Call

FAKE = (Path(__file__).parent / "fake_live.js").read_text("utf-8")


def prepare(context: BrowserContext) -> None:
    """Let the pages of this context call Python, as `nnlibWidgets.live` would."""
    calls: dict[int, Call] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            kind = f"{value.dtype.kind}{value.dtype.itemsize}"
            return {"kind": kind, "bytes": base64.b64encode(value.tobytes()).decode("ascii")}
        return value

    def ask(id: int, name: str, kwargs: dict[str, Any], message: Any) -> dict[str, Any]:
        call = calls.setdefault(id, Call(name, kwargs))
        told = call.step(message)
        if told["state"] == "yield":
            told["value"] = {key: plain(value) for key, value in told["value"].items()}
        return told

    context.expose_function("askPython", ask)
    context.add_init_script(FAKE)
