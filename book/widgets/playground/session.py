"""The playground's training as the page's worker runs it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from ..live.bridge import WAIT
from .engine import Engine, Frame
from .settings import Settings


def train(settings: Mapping[str, Any], view: Mapping[str, Any]) -> Generator[Any, Mapping[str, Any] | None, None]:
    """Yield what does not change, with a picture of the network before its first step; then one for each order.

    An order says how much to train, what to draw, and whether to do it again until the next order comes:
    {"amount": {"steps": 10}, "view": {"side": 40}, "again": true}. ValueError: settings that there are not, or that
    nnlib cannot train with.
    """
    engine = Engine(Settings.of(settings))
    frame: Frame = {**engine.about(), **engine.frame(**view)}
    order: Mapping[str, Any] = {}
    while True:
        known = len(engine.history)
        new = yield frame
        while not (new or order.get("again")) or (engine.diverged and not new):
            new = yield WAIT
        order = new or order
        engine.advance(**order["amount"])
        frame = engine.frame(**order["view"], known=known)
