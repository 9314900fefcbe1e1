"""A Sphinx extension: what Python in the page needs, once a site, where it can be had.

Into the built book's _static/live/ go two folders, each named by a hash of its content, so that a page never meets files
of another build: Pyodide with NumPy (tools/pyodide_assets.py), and the book's own modules with the worker that runs them.
Each page says where they are, in a `meta` element. Without Pyodide's files the book is built all the same, says why in
one line, and its pages offer nothing that would need them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tools import pyodide_assets

ROOT = Path(__file__).resolve().parents[1]
PLACE = "_static/live"
META = '\n    <meta name="nnlib-live" content="{}">'
# Of nnlib what needs NumPy alone.
WITHOUT = {"nnlib/plotting.py", "nnlib/estimators.py"}
ALSO = {"widgets/theme.css"}  # read by widgets.theme
GROUPS = "core", "numpy"


def modules(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """The book's modules that the worker can import, by their paths in it."""
    for folder, place in (
        ("nnlib", root),
        ("widgets", root / "book"),
        ("experiments", root / "book"),
        ("exercises", root / "book"),
    ):
        for path in sorted((place / folder).rglob("*.*")):
            name = path.relative_to(place).as_posix()
            if (path.suffix == ".py" or name in ALSO) and name not in WITHOUT and "/examples/" not in name:
                yield name, path


def book_zip(root: Path = ROOT) -> bytes:
    """The same modules as a zip, whose bytes depend on them alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in modules(root):
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


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


def assemble(folder: Path, more: dict[str, bytes] | None = None, root: Path = ROOT) -> str:
    """Write both folders into `folder`, with the files `more` beside the worker; return the name of the worker's.

    MissingError: Pyodide's files cannot be had.
    """
    fetched = {name: path.read_bytes() for name, path in pyodide_assets.files(*GROUPS).items()}
    content = {name: data for name, data in fetched.items() if name.endswith(".mjs")}
    # Not every host compresses what it sends; what is a zip already is small as it is.
    content |= {
        f"{name}.gz": gzip.compress(data, 6, mtime=0)
        for name, data in fetched.items()
        if name.endswith((".wasm", ".json"))
    }
    content |= {name: data for name, data in fetched.items() if name.endswith((".zip", ".whl"))}
    pyodide = write(folder, content)
    book = {"book.zip": book_zip(root), "worker.mjs": (root / "book/widgets/live/worker.mjs").read_bytes()}
    listed = {name: (f"../{pyodide}/{name}{'' if name in content else '.gz'}", data) for name, data in fetched.items()}
    listed["book.zip"] = "book.zip", book["book.zip"]
    sizes = content | book
    files = {
        name: {"path": path, "bytes": len(sizes[path.rpartition("/")[2]]), "sha256": hashlib.sha256(data).hexdigest()}
        for name, (path, data) in listed.items()
    }
    book["files.json"] = json.dumps(files, indent=1).encode()
    return write(folder, book | (more or {}))


def place(app: Sphinx) -> str:
    """The folder of the worker, below _static/live/; empty without Pyodide's files. Made when a page first asks for it."""
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
        context["metatags"] = context.get("metatags", "") + META.format(where)


def setup(app: Sphinx) -> dict[str, bool]:
    # Whoever has files for the worker's folder connects a function of the app that returns them: {"a/b.json": bytes}.
    app.add_event("live-files")
    app.connect("html-page-context", tell)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
