"""A Sphinx extension: what Python in the page needs, once a site, where it can be had.

Into the built book's _static/live/ go two folders, each named by a hash of its content, so that a page never meets
files of another build: Pyodide with NumPy (tools/pyodide_assets.py), and the book's own modules with the worker that
runs them. Each page says where they are, in a `meta` element. Without Pyodide's files the book is built all the same,
says why in one line, and its pages offer nothing that would need them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tools import cache, editor_bundle, live_files, pyodide_assets, weigh

PLACE = "_static/live"
SCRIPTS = "live.js", "editor.js"
LIVE = "application/vnd.nnlib.live+json"  # as widgets.explorer stores it
RUNS = re.compile(r'<div class="nnlib-(?:clinic|exercise|explorer)\b')  # what on a page runs Python there
ELEMENT = re.compile(r'<div class="nnlib-explorer[^"]*" id="([^"]*)"')
LICENCES = """Python in the pages of this book is made of

Pyodide 314.0.3, Mozilla Public License 2.0; its source: https://github.com/pyodide/pyodide
CPython 3.14, Python Software Foundation License 2; its text: https://docs.python.org/3/license.html
CodeMirror 6, MIT License; its text is in editor.js
NumPy 2.4.3, BSD 3-Clause; its text, with those of what is in it:
"""
EDITOR = "editor.js"
META = '\n    <meta name="nnlib-live" content="{}" data-page="{}"{}>'


def write(folder: Path, content: dict[str, bytes]) -> str:
    """Write these files into a folder inside `folder`; return its name, which their content decides."""
    digest = hashlib.sha256()
    for name, data in sorted(content.items()):
        digest.update(f"{name} {len(data)}\n".encode() + data)
    name = digest.hexdigest()[:12]
    for file, data in content.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return name


def compressed(data: bytes) -> bytes:
    how = f"gzip 9 {zlib.ZLIB_RUNTIME_VERSION}".encode()
    return cache.kept("packed", data, lambda data: gzip.compress(data, mtime=0), how)


def assemble(folder: Path, more: dict[str, bytes] | None = None, root: Path = live_files.ROOT) -> str:
    """Write both folders into `folder`, with the files `more` beside the worker; return the name of the worker's.

    MissingError: Pyodide's files cannot be had.
    """
    files = live_files.files(root)
    # Scripts are loaded by their names. All else is compressed here, since not every host does it.
    sent = {
        name if name.endswith(".mjs") else f"{name}.gz": data if name.endswith(".mjs") else compressed(data)
        for name, data in files.items()
    }
    own = {name: data for name, data in sent.items() if name.startswith("book.")}
    pyodide = write(folder, {name: data for name, data in sent.items() if name not in own})
    own |= {path.name: path.read_bytes() for path in (root / "book/widgets/live").glob("*.mjs")}
    listed = {}
    for name, data in files.items():
        file = name if name in sent else f"{name}.gz"
        listed[name] = {
            "path": file if file in own else f"../{pyodide}/{file}",
            "bytes": weigh.sent(file, sent[file]),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    own["LICENSES.txt"] = licences(pyodide_assets.files("numpy"))
    if script := editor_bundle.bundle():
        own[EDITOR] = script
    own["files.json"] = json.dumps(listed, indent=1).encode()
    return write(folder, own | (more or {}))


def licences(numpy: dict[str, Path]) -> bytes:
    """Of what is passed on here, and was not written for this book."""
    with zipfile.ZipFile(next(iter(numpy.values()))) as wheel:
        own = [wheel.read(name).decode() for name in wheel.namelist() if name.endswith("licenses/LICENSE.txt")]
    return "\n\n".join([LICENCES, *own]).encode()


def weight(folder: Path) -> int:
    """How many bytes the worker in this folder loads; its progress goes up to the same number."""
    return sum(file["bytes"] for file in json.loads((folder / "files.json").read_bytes()).values())


def meta(where: str, page: str, editor: bool, size: int = 0) -> str:
    """The element by which a page knows where the worker is, and how much it loads."""
    more = f' data-editor="{EDITOR}"' if editor else ""
    return META.format(where, page, more + (f' data-bytes="{size}"' if size else ""))


def place(app: Sphinx) -> str:
    """The worker's folder below _static/live/, made when a page first asks for it; empty without Pyodide's files."""
    if PLACE not in app.env.__dict__:
        more = explorers(app)
        for found in app.emit("live-files"):
            more |= found
        try:
            app.env.__dict__[PLACE] = assemble(Path(app.outdir, PLACE), more)
        except (pyodide_assets.MissingError, OSError) as error:
            app.env.__dict__[PLACE] = ""
            print(f"No live mode in this build: {error}", file=sys.stderr)
    return str(app.env.__dict__[PLACE])


def explorers(app: Sphinx) -> dict[str, bytes]:
    """The programs of all explorers, which the notebooks have stored beside them: "book/06-…/explorer-id.json"."""
    found = {}
    for page in sorted(app.env.found_docs):
        path = Path(app.env.doc2path(page))
        if path.suffix == ".ipynb":
            found |= {f"{page}/{id}.json": stored for id, stored in programs(json.loads(path.read_text("utf-8")))}
    return found


def programs(notebook: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The id of each explorer of a notebook that Python in the page can run, and what it needs for that."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    for data in (output.get("data", {}) for output in outputs):
        if LIVE in data:
            element = ELEMENT.search("".join(data["text/html"]))
            assert element is not None
            yield element[1], json.dumps(data[LIVE], ensure_ascii=False, separators=(",", ":")).encode()


def leave_out(app: Sphinx, page: str, source: list[str]) -> None:
    """Of a notebook the programs, of which MyST-NB would say that it does not know how to draw them."""
    if LIVE not in source[0]:
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(LIVE, None)
    source[0] = json.dumps(notebook)


def tell(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object | None) -> None:
    if app.builder.name != "html" or not (name := place(app)):
        return
    where = context["pathto"](f"{PLACE}/{name}/", 1)
    bundled = Path(app.outdir, PLACE, name, EDITOR).is_file()
    size = weight(Path(app.outdir, PLACE, name))
    context["metatags"] = context.get("metatags", "") + meta(where, pagename, bundled, size)
    if RUNS.search(context.get("body", "")):
        use(app)


def use(app: Sphinx) -> None:
    """The page that is being written loads what starts Python in it, before the scripts of its widgets."""
    for script in SCRIPTS:
        app.add_js_file(f"widgets/live/{script}", loading_method="defer", priority=400)
    app.add_css_file("widgets/live/live.css", priority=400)


def setup(app: Sphinx) -> dict[str, bool]:
    # Whoever has files for the worker's folder connects a function of the app that returns them: {"a/b.json": bytes}.
    app.add_event("live-files")
    app.connect("source-read", leave_out)
    # Before widget_assets, so that an explorer finds it there.
    app.connect("html-page-context", tell, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
