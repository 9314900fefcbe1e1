"""What a figure tells by color alone: two names in its legend that differ in nothing else.

`tools/notebooks.py execute` has IPython run `watch` when a kernel starts, and stores no figure of which this finds
anything. Not everyone sees colors, and not every printer prints them.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

COMPLAINT = "told by color alone: "


def looks(handle: Any) -> Hashable:
    """How what a legend names looks in black and white: a line's dash and mark, a bar's hatch."""
    from matplotlib.collections import PathCollection
    from matplotlib.container import BarContainer, ErrorbarContainer
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if isinstance(handle, ErrorbarContainer):
        return looks(handle[0])
    if isinstance(handle, BarContainer):
        return "bars", handle[0].get_hatch()
    if isinstance(handle, PathCollection):
        return "marks", handle.get_paths()[0].vertices.tobytes(), handle.get_hatch()
    if isinstance(handle, Line2D):
        marks = handle.get_marker(), handle.get_markerfacecolor() == "none"
        # get_linestyle() calls every dash of one's own "--".
        return "line", handle.get_linestyle() != "None" and handle._unscaled_dash_pattern, *marks
    if isinstance(handle, Patch) and not handle.get_fill():
        return "outline", handle.get_linestyle()
    return "area", handle.get_hatch()


def told_by_color(figure: Any) -> Iterator[str]:
    """Each two names that only a color tells apart."""
    for ax in figure.axes:
        if ax.get_legend() or figure.legends:
            entries = zip(*ax.get_legend_handles_labels(), strict=True)
            for (one, name), (other, second) in itertools.combinations(entries, 2):
                if looks(one) == looks(other):
                    yield f"{name}, {second}"


def watch(shell: Any) -> None:
    """Complain of each figure on stderr, when a cell has drawn it."""

    def look() -> None:
        pyplot: Any = sys.modules.get("matplotlib.pyplot")
        for number in pyplot.get_fignums() if pyplot else ():
            for names in told_by_color(pyplot.figure(number)):
                print(f"{COMPLAINT}{names}", file=sys.stderr)

    shell.events.register("post_execute", look)  # before the figures are shown and closed, which comes later


def install(folder: Path) -> None:
    """Write into `folder`, which IPYTHONDIR shall name, a start-up file that leaves the notebook no name."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    statement = f"__import__('runpy').run_path({__file__!r})['watch'](get_ipython())\n"
    (startup / "told_by_color.py").write_text(statement, encoding="utf-8")
