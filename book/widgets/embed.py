"""The one way into a page: a widget's element with its data, and the files that draw it."""

from __future__ import annotations

import base64
import html
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDERS = {
    "explorer": "explorer",
    "stepper": "stepper",
    "pad": "digit_pad",
    "circuit": "circuit",
    "clinic": "clinic",
    "guess": "guess",
    "tally": "tally",
    "exercise": "exercise",
    "playground": "playground",
}  # kind: its folder here
KEEPS = {"clinic", "exercise", "guess", "tally"}  # kinds that remember what the reader has done
# Scripts of other folders that a widget's own build on.
NEEDS = {"playground": ("explorer/pure.js", "live/live.js")}
_ids: Counter[str] = Counter()


def embed(
    kind: str,
    spec: Mapping[str, Any],
    *,
    id: str,
    still: bytes | str = b"",
    alt: str = "",
    lines: Sequence[str] = (),
    classes: str = "",
) -> str:
    """HTML of a widget: a `div.nnlib-KIND` that holds its data, for the page's script to mount.

    Where no script runs, the page shows the `still` picture (the bytes of a PNG, or the text of an SVG) with its
    `alt` text, and `lines` as a numbered list. Whatever is passed in is escaped. ValueError: the data hold NaN or
    an infinity, which JSON cannot.
    """
    data = json.dumps(spec, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    data = data.replace("<", "\\u003c")  # no </script> inside the script element
    classes = f"nnlib-{kind} {classes}".strip()
    parts = [f'<div class="{html.escape(classes)}" id="{html.escape(id)}" data-engine="stored">']
    if still:
        parts.append(f'<img class="nnlib-still" alt="{html.escape(alt)}" src="{_data_url(still)}">')
    if lines:
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        parts.append(f'<ol class="nnlib-still">{items}</ol>')
    parts.append(f'<script type="application/json">{data}</script>')
    return "\n".join([*parts, "</div>"])


def unique_id(id: str) -> str:
    """`id`, or `id-2`, `id-3` … when it was asked for before in this process."""
    _ids[id] += 1
    return id if _ids[id] == 1 else f"{id}-{_ids[id]}"


def scripts(kind: str) -> list[Path]:
    """The classic scripts that a page with this widget loads, in their order.

    Of the widget's folder: pure.js first, if there is one; last the script that has
    the folder's name, which mounts.
    """
    folder = HERE / FOLDERS[kind]
    order = {"pure": 0, folder.name: 2}
    own = sorted(folder.glob("*.js"), key=lambda path: (order.get(path.stem, 1), path))
    shared = ["theme.js", "mount.js", *(["progress.js"] if kind in KEEPS else []), *NEEDS.get(kind, ())]
    return [*(HERE / name for name in shared), *own]


def styles(kind: str) -> list[Path]:
    """The style sheets that a page with this widget loads, in their order."""
    return [HERE / "theme.css", *sorted((HERE / FOLDERS[kind]).glob("*.css"))]


def module(kind: str) -> str:
    """The same scripts as one module, which anywidget loads in JupyterLab and VS Code."""
    return _text(scripts(kind)) + f"export default {{ render: globalThis.nnlibWidgets.{kind}.render }};\n"


def style(kind: str) -> str:
    """The same style sheets as one, which anywidget adds to a notebook."""
    return _text(styles(kind))


def _text(paths: Sequence[Path]) -> str:
    return "".join(path.read_text("utf-8") for path in paths)


def _data_url(picture: bytes | str) -> str:
    if isinstance(picture, str):
        kind, picture = "svg+xml", picture.encode()
    else:
        kind = "png"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"
