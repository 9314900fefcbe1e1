"""Put the notebooks for readers into a folder of the reader's own, which nothing else reads: python tools/lab.py

They come from the built book, in which tools/readers.py has packed them. What the reader has changed is left alone:
beside the notebooks lies a record of what each was when it came, and only what is still that is replaced by a newer
one, or goes away where the book has none any more. Opening a notebook, folding its cells or saving it as it is counts
as no change; running it does, for its outputs are then the reader's.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path

from tools import notebooks

ROOT = notebooks.ROOT
BUNDLE = ROOT / "_build" / "html" / "_downloads" / "a-neural-network-by-hand.zip"
FOLDER = ROOT / "notebooks"
RECORD = ".from-the-book.json"


def content(name: str, data: bytes) -> str:
    """The hash of what a file says: of a notebook its cells' text and outputs, in whatever form they were saved."""
    if name.endswith(".ipynb"):
        try:
            cells = json.loads(data)["cells"]
            kept = [[cell["cell_type"], notebooks.text(cell["source"]), outputs(cell)] for cell in cells]
            data = json.dumps(kept, sort_keys=True).encode()
        except (ValueError, KeyError, TypeError):
            pass  # no notebook any more
    return hashlib.sha256(data).hexdigest()


def outputs(cell: notebooks.Cell) -> list[dict[str, object]]:
    kept = notebooks.canonical_outputs(cell.get("outputs", []), None)
    return [{key: value for key, value in output.items() if key != "metadata"} for output in kept]


def refresh(bundle: Path = BUNDLE, folder: Path = FOLDER) -> list[str]:
    """Bring the folder up to date; return the names of those that have a newer version and were left alone."""
    record_at = folder / RECORD
    record: dict[str, str] = json.loads(record_at.read_text("utf-8")) if record_at.exists() else {}
    left = []
    came = set()
    with zipfile.ZipFile(bundle) as archive:
        for entry in sorted(archive.namelist()):
            name = entry.partition("/book/")[2]
            if not name.endswith((".ipynb", ".mplstyle")):
                continue  # modules: the project's own are found
            came.add(name)
            new = archive.read(entry)
            if replace(folder / name, content(name, new), new, record.get(name)):
                record[name] = content(name, new)
            elif record.get(name) != content(name, new):
                left.append(name)
    for name in record.keys() - came:
        path, known = folder / name, record.pop(name)
        if path.exists() and content(name, path.read_bytes()) == known:
            path.unlink()
    put(record_at, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())
    return left


def replace(path: Path, came: str, new: bytes, known: str | None) -> bool:
    """Write a file, unless the reader has changed it; say whether it is the new one now."""
    if path.exists():
        present = path.read_bytes()
        if (is_now := content(path.name, present)) == came:
            return True
        if is_now != known:
            return False
    put(path, new)
    return True


def put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    os.replace(beside, path)


def main() -> None:
    left = refresh()
    if left:
        print(
            f"Left alone in {FOLDER.name}/, for you have changed them: {', '.join(left)}. "
            "The book has newer ones: rename yours, and run make lab again to get them beside yours."
        )


if __name__ == "__main__":
    sys.exit(main())
