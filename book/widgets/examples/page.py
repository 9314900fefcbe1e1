"""The page of examples: HTML around the widgets, and their files beside it."""

from __future__ import annotations

import html
import importlib
import json
import pkgutil
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import embed

HERE = Path(__file__).parent
STATIC = "_static/widgets"


@dataclass
class Example:
    """A widget in a state, under a title.

    `html` is the widget's element. `do` is what `examples.js` does to it once it is
    there, to bring it into the state: `["click", selector]`, `["set", selector,
    value]`, `["choose", selector, value]`. In a `narrow` frame it has a phone's width.
    With `kernel`, a JSON spec in place of `html`, a widget of this `kind` is rendered
    as in a notebook; a stand-in answers. `kept` is what the reader has done, `{kind:
    {id: value}}`, as progress.js keeps it; the examples of a page share it.
    """

    title: str
    html: str = ""
    do: Sequence[Sequence[str]] = ()
    narrow: bool = False
    kernel: Any = None
    kind: str = "explorer"
    kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def collect() -> list[Example]:
    """The examples of every module of this folder that has some."""
    found = []
    for module in pkgutil.iter_modules([str(HERE)]):
        if module.name not in ("page", "__main__"):
            package = importlib.import_module(f".{module.name}", __package__)
            found += package.examples()
    return found


def write(folder: Path, examples: Sequence[Example], theme: str = "light") -> Path:
    """Write index.html and the widgets' files into `folder`; returns index.html."""
    links = [HERE / "kept.js"]
    for kind, name in embed.FOLDERS.items():
        if (embed.HERE / name / f"{name}.js").exists():
            links += [*embed.styles(kind), *embed.scripts(kind)]
    links += [HERE / "examples.css", HERE / "examples.js"]
    tags = []
    for path in dict.fromkeys(links):
        place = f"{STATIC}/{path.relative_to(embed.HERE).as_posix()}"
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        if path.suffix == ".css":
            tags.append(f'<link rel="stylesheet" href="{place}">')
        else:
            tags.append(f'<script defer src="{place}"></script>')
    body = "\n".join(_section(example) for example in examples)
    page = (HERE / "page.html").read_text("utf-8")
    for name, text in {"THEME": theme, "TAGS": "\n".join(tags), "BODY": body}.items():
        page = page.replace(f"<!--{name}-->", text).replace(f"@{name}@", text)
    target = folder / "index.html"
    target.write_text(page, "utf-8")
    return target


def _section(example: Example) -> str:
    frame = "frame narrow" if example.narrow else "frame"
    do, kept = (html.escape(json.dumps(value)) for value in (example.do, example.kept))
    content = example.html
    if example.kernel is not None:
        spec = json.dumps(example.kernel).replace("<", "\\u003c")
        content = f'<script type="application/json" class="kernel" data-kind="{example.kind}">{spec}</script>'
    return (
        f"<section><h2>{html.escape(example.title)}</h2>\n"
        f'<div class="{frame}" data-do="{do}" data-kept="{kept}">{content}</div></section>'
    )
