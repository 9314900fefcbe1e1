"""Who answers a widget: what the page stores, or the kernel."""

from __future__ import annotations

import os
import warnings


def engine() -> str:
    """ "static" (a page is made), "kernel" (a notebook that can show widgets), or "both" (not known).

    The environment variable NNLIB_EXPLORER decides it: "static", "ends" (static too, with fewer positions run) or
    "kernel".
    """
    wanted = os.environ.get("NNLIB_EXPLORER", "")
    if wanted not in ("", "static", "ends", "kernel"):
        raise ValueError(f"NNLIB_EXPLORER must be static, ends or kernel, got {wanted!r}")
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
        warnings.warn("anywidget is not installed: a notebook shows what a page would", stacklevel=3)
        return "static"
    # Front ends that can ask name the cell they run; nbconvert, which cannot, does not.
    asks = "cellId" in kernel.get_parent("shell").get("metadata", {})
    return "kernel" if asks or wanted == "kernel" else "both"
