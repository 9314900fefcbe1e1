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
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tools import live_files, pyodide_assets

PLACE = "_static/live"
META = '\n    <meta name="nnlib-live" content="{}" data-page="{}" data-bytes="{}">'


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


def assemble(folder: Path, more: dict[str, bytes] | None = None, root: Path = live_files.ROOT) -> str:
    """Write both folders into `folder`, with the files `more` beside the worker; return the name of the worker's.

    MissingError: Pyodide's files cannot be had.
    """
    files = live_files.files(root)
    # Scripts are loaded by their names. All else is compressed here, since not every host does it.
    sent = {
        name if name.endswith(".mjs") else f"{name}.gz": data if name.endswith(".mjs") else gzip.compress(data, mtime=0)
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
            "bytes": len(sent[file]),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    own["files.json"] = json.dumps(listed, indent=1).encode()
    return write(folder, own | (more or {}))


def weight(folder: Path) -> int:
    """How many bytes the worker in this folder loads."""
    return sum(file["bytes"] for file in json.loads((folder / "files.json").read_bytes()).values())


def place(app: Sphinx) -> str:
    """The worker's folder below _static/live/, made when a page first asks for it; empty without Pyodide's files."""
    if PLACE not in app.env.__dict__:
        more: dict[str, bytes] = {}
        for found in app.emit("live-files"):
            more |= found
        try:
            app.env.__dict__[PLACE] = assemble(Path(app.outdir, PLACE), more)
        except (pyodide_assets.MissingError, OSError) as error:
            app.env.__dict__[PLACE] = ""
            print(f"No live mode in this build: {error}", file=sys.stderr)
    return str(app.env.__dict__[PLACE])


def tell(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object | None) -> None:
    if app.builder.name == "html" and (name := place(app)):
        where = context["pathto"](f"{PLACE}/{name}/", 1)
        size = weight(Path(app.outdir, PLACE, name))
        context["metatags"] = context.get("metatags", "") + META.format(where, pagename, size)


def setup(app: Sphinx) -> dict[str, bool]:
    # Whoever has files for the worker's folder connects a function of the app that returns them: {"a/b.json": bytes}.
    app.add_event("live-files")
    app.connect("html-page-context", tell)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
