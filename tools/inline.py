"""A Sphinx extension: no page has a script in it, so that a policy which forbids such scripts can hold.

The theme and other extensions write small scripts into each page, and programs into the attributes of buttons. When the
pages are written, each such script becomes a file, named by its content and loaded where the script stood; and a button
says which of the acts of book/_static/press.js it does.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

FOLDER = "_static/inline"
PRESS = Path(__file__).resolve().parents[1] / "book" / "_static" / "press.js"
APART = ("lite",)  # another program's pages, with a policy of their own
SCRIPTS = re.compile(r"<script\b[^>]*>.*?</script>(?:\s*<script\b[^>]*>.*?</script>)*", re.DOTALL)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
DATA = re.compile(r'type="(?:application|text)/(?!javascript)')
# Asked by the theme's choice among versions, of which the book has none; alone of all it differs from page to page.
NEEDLESS = re.compile(r"^DOCUMENTATION_OPTIONS\.pagename = '[^']*';$")
HANDLER = re.compile(r'(<[a-zA-Z][^<>]*?)\son([a-z]+)="([^"]*)"')
ACT = re.compile(r'^\s*"([^"]+)": \(\) =>', re.MULTILINE)
log = logging.getLogger(__name__)


def text_of(attributes: str, body: str) -> str | None:
    """The program of a script that stands in a page; None for a file's, and for data."""
    return None if re.search(r"\bsrc=", attributes) or DATA.search(attributes) else body.strip()


def without(html: str, keep: Callable[[str], str]) -> str:
    """The page with its scripts in files; `keep` stores a program and returns its address."""

    def moved(run: re.Match[str]) -> str:
        kept: list[str | list[str]] = []  # a list: programs that stand one behind the other, and become one
        for script in SCRIPT.finditer(run[0]):
            program = text_of(*script.groups())
            if program is None:
                kept.append(script[0])
            elif not NEEDLESS.match(program):
                if kept and isinstance(kept[-1], list):
                    kept[-1].append(program)
                else:
                    kept.append([program])
        # dict: an extension may add its script twice
        return "\n    ".join(
            part if isinstance(part, str) else f'<script src="{keep(chr(10).join(dict.fromkeys(part)))}"></script>'
            for part in kept
        )

    return SCRIPTS.sub(moved, html)


def handlers(html: str) -> Iterator[tuple[str, str]]:
    for _, event, program in HANDLER.findall(SCRIPT.sub("", html)):
        yield event, program


def acting(html: str, acts: set[str]) -> str:
    """The page whose buttons name their acts."""

    def named(tag: re.Match[str]) -> str:
        start, event, program = tag.groups()
        return f'{start} data-press="{program}"' if event == "click" and program in acts else tag[0]

    return HANDLER.sub(named, html)


def pages(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*.html")):
        if path.relative_to(root).parts[0] not in (*APART, "_static"):
            yield path


def move(root: Path) -> list[str]:
    """Rewrite every page below `root`; return what is left that a policy would forbid."""
    acts = set(ACT.findall(PRESS.read_text(encoding="utf-8")))
    left = []
    for path in pages(root):
        name = path.relative_to(root).as_posix()

        def keep(program: str, name: str = name) -> str:
            file = f"{FOLDER}/{hashlib.sha256(program.encode()).hexdigest()[:12]}.js"
            target = root / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(program + "\n", encoding="utf-8")
            return posixpath.relpath(file, posixpath.dirname(name) or ".")

        old = path.read_text(encoding="utf-8")
        new = acting(without(old, keep), acts)
        if new != old:
            path.write_text(new, encoding="utf-8")
        left += [f'{name}: on{event}="{program}" is no act of press.js' for event, program in handlers(new)]
    return left


def finish(app: Sphinx, problem: Exception | None) -> None:
    if problem is None and app.builder.name == "html":
        for what in move(Path(app.outdir)):
            log.warning("%s", what)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", finish, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
