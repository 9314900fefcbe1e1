"""Run in the test's Python and in the page's: what an explorer's program draws at its defaults."""

import json

import numpy as np
from widgets import Boundary, Curves
from widgets.explorer.controls import Control
from widgets.explorer.explorer import views_of
from widgets.explorer.views import encode_views
from widgets.live.arrays import decode
from widgets.live.bridge import namespace


def numbers_of(panel):
    if isinstance(panel, Curves):
        return [np.asarray(y, dtype=float) for y in panel.curves.values()]
    if isinstance(panel, Boundary):
        return [panel.p.ravel()]
    return [panel.z.ravel(), *(path.ravel() for path in panel.paths.values())]


def default(text):
    """{"stored": as a page has it, "numbers": the arrays that are drawn, before they are rounded}."""
    program = json.loads(text)
    names = namespace("".join(program["source"]), {name: decode(value) for name, value in program["given"].items()})
    data = {name: decode(value) for name, value in program["data"].items()}
    controls = {name: Control(**{**c, "values": tuple(c["values"])}) for name, c in program["controls"].items()}
    values = {name: control.accept(name, control.default) for name, control in controls.items()}
    *_, view = views_of(names[program["run"]], data, values)
    return {"stored": encode_views([view]), "numbers": [numbers_of(panel) for panel in view.panels]}
