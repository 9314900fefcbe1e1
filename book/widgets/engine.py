"""Who answers a widget: what the page stores, or the kernel."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

from .embed import module, style

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MODES = ("static", "ends", "kernel")


def mode() -> str:
    """NNLIB_EXPLORER: "static" or "kernel" decides who answers, "ends" is static too, with fewer positions run."""
    wanted = os.environ.get("NNLIB_EXPLORER", "")
    if wanted not in ("", *MODES):
        raise ValueError(f"NNLIB_EXPLORER must be static, ends or kernel, got {wanted!r}")
    return wanted


def engine() -> str:
    """ "static" (a page is made), "kernel" (a notebook that can show widgets), or "both" (not known)."""
    wanted = mode()
    try:
        from IPython import get_ipython

        kernel = getattr(get_ipython(), "kernel", None)
    except ImportError:
        kernel = None
    if wanted in ("static", "ends") or kernel is None:
        return "static"
    try:
        import anywidget  # noqa: F401
    except ImportError:
        warnings.warn("anywidget is not installed: a notebook shows a still picture", stacklevel=3)
        return "static"
    # Front ends that can ask name the cell they run; nbconvert, which cannot, does not.
    asks = "cellId" in kernel.get_parent().get("metadata", {})
    return "kernel" if asks or wanted == "kernel" else "both"


def make_widget(kind: str, spec: Mapping[str, Any]) -> Any:
    """An anywidget that draws `spec` with the scripts of this kind."""
    return _widget_class(kind)(spec=dict(spec))


def view_of(widget: Any) -> dict[str, Any]:
    """The entry of a cell's output that shows this widget, by its type."""
    return {WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}


@cache
def _widget_class(kind: str) -> Any:
    import anywidget
    import traitlets

    # A name for each kind: a front end knows a style sheet by its class's, and has room for one of each.
    members = {
        "__module__": __name__,
        "_esm": module(kind),
        "_css": style(kind),
        "spec": traitlets.Dict().tag(sync=True),
    }
    return type(f"{kind.capitalize()}Widget", (anywidget.AnyWidget,), members)
