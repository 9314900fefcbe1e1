"""A Sphinx extension: after one visit, the site can be read without a network.

It puts the service worker at the site's root, from where it may answer for every page, with the lists that it goes by;
offline.json, which names each file of the pages with a hash of its content: the order in which they are kept; and
offline-used.json, the same of what Python is made of, in the pages and in JupyterLite, which is kept once it is used.
With `book_offline: false` in the configuration the service worker of an earlier build takes itself and its copies away.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

SOURCE = Path(__file__).resolve().parents[1] / "book" / "offline"
WORKER, LIST, SUMS, LOST, PAGE_SIDE = "sw.js", "offline.json", "offline-used.json", "offline.html", "offline.js"
LIVE, LITE = "_static/live/", "lite/"
# What no page asks for; what is large and asked for by name; and what has to be fresh or is another program's.
LEFT_OUT = re.compile(
    rf"(_downloads|lite|_sources|_static/locales|_static/live)/|_static/share\.png$|.*\.(map|inv)$|_static/.*\.html$|\.|(404\.html|{WORKER}|{LIST}|{SUMS})$"
)
ORDER = ("_static/", "book/")  # what all pages share, the chapters and pages, the rest: pictures, indexes


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def kept(root: Path) -> dict[str, str]:
    """The files of the pages, in the order in which they are kept: path and hash."""
    names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    rank = [*ORDER, ""]
    wanted = [name for name in names if not LEFT_OUT.match(name)]
    wanted.sort(key=lambda name: (next(i for i, start in enumerate(rank) if name.startswith(start)), name))
    return {name: digest(root / name) for name in wanted}


def used(root: Path) -> dict[str, str]:
    """The files that are kept once they are used: path and hash."""
    paths = [path for folder in (LIVE, LITE) for path in sorted((root / folder).rglob("*")) if path.is_file()]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def worker(files: Iterable[str], fixed: Iterable[str], sums: bytes) -> str:
    given = {
        "KEPT": f"new Set({json.dumps(sorted(files))})",
        "FIXED": json.dumps(sorted(fixed)),
        "USED": json.dumps([LIVE, LITE]),
        "SUM": json.dumps(hashlib.sha256(sums).hexdigest()),
    }
    lists = "".join(f"const {name} = {value};\n" for name, value in given.items())
    return lists + (SOURCE / WORKER).read_text(encoding="utf-8")


def write(root: Path, *, wanted: bool = True) -> None:
    if not wanted:
        shutil.copyfile(SOURCE / "gone.js", root / WORKER)
        return
    files = kept(root)
    folders = [f"{LIVE}{path.name}/" for path in (root / LIVE).glob("*/")]
    sums = json.dumps(used(root), indent=0).encode()
    (root / SUMS).write_bytes(sums)
    (root / WORKER).write_text(worker(files, folders, sums), encoding="utf-8")
    (root / LIST).write_text(json.dumps(files, indent=0), encoding="utf-8")


def begin(app: Sphinx) -> None:
    if app.builder.name == "html" and app.config.book_offline:
        target = Path(app.outdir, "_static", PAGE_SIDE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SOURCE / PAGE_SIDE, target)
        app.add_js_file(PAGE_SIDE, loading_method="defer", priority=950)


def lost(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    wanted = app.builder.name == "html" and app.config.book_offline
    return [(LOST.removesuffix(".html"), {"title": "No network"}, LOST)] if wanted else []


def finish(app: Sphinx, problem: Exception | None) -> None:
    if problem is None and app.builder.name == "html":
        write(Path(app.outdir), wanted=app.config.book_offline)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("book_offline", True, "html", types=bool)
    app.connect("builder-inited", begin)
    app.connect("html-collect-pages", lost)
    app.connect("build-finished", finish, priority=990)  # after everything that writes or takes away
    return {"parallel_read_safe": True, "parallel_write_safe": True}
