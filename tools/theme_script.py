"""A Sphinx extension: the theme's script without what the book does in another way.

When a page is loaded, and again 300 ms after it was resized or anything in its text has changed, the theme's script
asks each box whether it scrolls, and tells it at once whether it is a stop of the Tab key. Each answer makes the
browser arrange the page anew for the next question: a tenth of a second on a long page, after each move of a slider.
book/_static/reach.js asks only those that have changed, and all of them before it tells any.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

ASKED = re.compile(r'"complete"===document\.readyState\?(\w+)\(\):window\.addEventListener\("load",\1\)')
ASKS = r'function {}\(\)\{{const \w+=\(\)=>\{{document\.querySelectorAll\(\["pre",[^{{}}]+=>\{{\w+\.tabIndex='


def without_stops(script: str) -> str:
    """The theme's script, which never asks what scrolls. ValueError: it is another script."""
    shorter, count = ASKED.subn("0", script)
    if count != 1 or not re.search(ASKS.format(ASKED.search(script)[1]), script):  # type: ignore[index]
        raise ValueError("the theme's script does not ask what scrolls where tools/theme_script.py looks for it")
    return shorter


def change(app: Sphinx, problem: Exception | None) -> None:
    if problem is not None or app.builder.name != "html":
        return
    path = Path(app.outdir, "_static", "scripts", "pydata-sphinx-theme.js")
    path.write_text(without_stops(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", change)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
