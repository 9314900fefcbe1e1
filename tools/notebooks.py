"""Execute the book's notebooks, put them in their one canonical form, and check both.

    python tools/notebooks.py execute [notebook ...]     run in place, then canonical
    python tools/notebooks.py canonical [notebook ...]   rewrite only
    python tools/notebooks.py check [notebook ...]       report, change nothing
    python tools/notebooks.py add notebook draft.md [--before cell]

Without names, every notebook under book/. Canonical means that two people who run the same code commit the
same bytes: sorted keys, one indentation, source as lines, readable cell ids, no timestamps, no widget state.
PYTHONPATH must hold book/, where a notebook finds `experiments` and `widgets`, too; make sets it. `add` puts in cells
that were written as text (MyST-NB's `{code-cell}`), before the cell of that id or last, and makes a new notebook.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from experiments.made_from import made_from_cells

from tools import told_by_color

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = {"mystnb", "tags"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
READABLE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]+)?")  # what Jupyter gives a new cell
# What decides a figure's pixels besides the code: these libraries, as the lock has them.
DRAWING = re.compile(r"^(?:numpy|scipy|scikit-learn|matplotlib|matplotlib-inline)==\S+", re.MULTILINE)

Notebook = dict[str, Any]
Cell = dict[str, Any]


def all_notebooks(book: Path = BOOK) -> list[Path]:
    """Every notebook under `book`, in the order of their names."""
    return sorted(p for p in book.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def contents(root: Path = ROOT) -> list[str]:
    """The pages that _toc.yml names, in their order, those under others too, without the ends of their names."""

    def listed(entries: list[dict[str, Any]]) -> list[str]:
        return [name for entry in entries for name in [entry["file"], *listed(entry.get("sections", []))]]

    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(name for part in toc["parts"] for name in listed(part["chapters"]))]


def read(path: Path) -> Notebook:
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def text(source: str | list[str]) -> str:
    """A notebook's text, which may be stored as one string or as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def code_cells(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def stored_hash(notebook: Notebook) -> str | None:
    """The hash that was stored with the outputs."""
    stored: str | None = notebook.get("metadata", {}).get("nnlib", {}).get("made_from")
    return stored


# --- canonical form --------------------------------------------------------------------------------------


def canonical(notebook: Notebook) -> Notebook:
    """The notebook in canonical form, as a new dict; nothing that a reader sees is changed."""
    metadata: dict[str, Any] = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    if (stored := stored_hash(notebook)) is not None:
        metadata["nnlib"] = {"made_from": stored}
    taken = {cell.get("id", "") for cell in notebook["cells"] if is_readable(cell.get("id", ""))}
    cells = []
    seen: set[str] = set()
    for old in notebook["cells"]:
        name = old.get("id", "")
        if not is_readable(name) or name in seen:
            name = new_id(old, taken | seen)
        seen.add(name)
        cells.append(canonical_cell(old, name))
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def canonical_text(notebook: Notebook) -> str:
    """The bytes of a canonical notebook: those of `canonical(notebook)`, written the one way."""
    return json.dumps(canonical(notebook), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def is_readable(name: str) -> bool:
    return bool(READABLE_ID.fullmatch(name)) and not RANDOM_ID.fullmatch(name) and len(name) <= 64


def new_id(cell: Cell, taken: set[str]) -> str:
    """An id from the cell's first words, for a cell that has none that a person can read."""
    words = re.findall(r"[a-z][a-z0-9]*", text(cell["source"]).lower())[:4]
    stem = "-".join(words) or "cell"
    if RANDOM_ID.fullmatch(stem):
        stem = f"cell-{stem}"
    name, n = stem, 2
    while name in taken:
        name, n = f"{stem}-{n}", n + 1
    return name


def canonical_cell(old: Cell, name: str) -> Cell:
    metadata = {key: value for key, value in old.get("metadata", {}).items() if key in CELL_METADATA and value}
    cell: Cell = {
        "cell_type": old["cell_type"],
        "id": name,
        "metadata": metadata,
        "source": lines(text(old["source"]).strip("\n")),
    }
    if old.get("attachments"):
        cell["attachments"] = old["attachments"]
    if old["cell_type"] == "code":
        cell["execution_count"] = old.get("execution_count")
        cell["outputs"] = canonical_outputs(old.get("outputs", []), old.get("execution_count"))
    return cell


def canonical_outputs(old: list[dict[str, Any]], count: int | None) -> list[dict[str, Any]]:
    outputs: list[dict[str, Any]] = []
    for output in old:
        kind = output["output_type"]
        if kind == "stream":
            new = {"name": output["name"], "output_type": kind, "text": text(output["text"])}
            if outputs and outputs[-1].get("name") == new["name"]:  # one stream, which came in parts
                new["text"] = text(outputs.pop()["text"]) + new["text"]
            new["text"] = lines(new["text"])
        elif kind == "error":
            new = {key: output[key] for key in ("ename", "evalue", "output_type", "traceback")}
        else:
            new = {"data": canonical_data(output["data"]), "metadata": output.get("metadata", {}), "output_type": kind}
            if kind == "execute_result":
                new["execution_count"] = count
        outputs.append(new)
    return outputs


def canonical_data(old: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for mime, value in old.items():
        if mime == WIDGET_VIEW:  # its model's id is random, and the page draws from text/html
            continue
        if isinstance(value, dict):
            data[mime] = value
        elif mime.startswith("image/") and mime != "image/svg+xml":
            data[mime] = "".join(text(value).split())
        else:
            data[mime] = lines(text(value))
    return data


def lines(value: str) -> list[str]:
    """Lines with their ends, split at line feeds alone: other separators belong to the text."""
    return re.findall(r"[^\n]*\n|[^\n]+\Z", value)


# --- what the outputs were made from ---------------------------------------------------------------------


def made_from(notebook: Notebook, root: Path = ROOT) -> str:
    """The hash of all that decides the notebook's figures and payloads: see `experiments.made_from`."""
    cells = [text(cell["source"]).strip("\n") for cell in code_cells(notebook)]
    pins = DRAWING.findall((root / "requirements.txt").read_text(encoding="utf-8"))
    return made_from_cells(cells, pins, root)


# --- check -----------------------------------------------------------------------------------------------


def problems(path: Path, root: Path = ROOT) -> list[str]:
    """What keeps a notebook from being committed: form, execution, or outputs of other code."""
    raw = path.read_text(encoding="utf-8")
    notebook = json.loads(raw)
    found = []
    if raw != canonical_text(notebook):
        found.append("not canonical")
    for number, cell in enumerate(code_cells(notebook), start=1):
        name = cell.get("id", number)
        if cell.get("execution_count") is None:
            found.append(f"cell {name}: not executed")
        elif cell["execution_count"] != number:
            found.append(f"cell {name}: run as number {cell['execution_count']}, stands as number {number}")
        found += [
            f"cell {name}: {output['ename']}: {output['evalue']}"
            for output in cell.get("outputs", [])
            if output["output_type"] == "error"
        ]
    try:
        if stored_hash(notebook) != made_from(notebook, root):
            found.append("its outputs were made by other code than the present")
    except SyntaxError as error:
        found.append(f"not plain Python: {(error.text or '').strip()!r}")
    return found


# --- execute ---------------------------------------------------------------------------------------------


def execute(path: Path, root: Path = ROOT) -> float:
    """Run a notebook from its first cell in a new kernel and in its own folder, and write it back.

    Returns the seconds that it took. A cell that raises stops the run, and the file stays as it was; so it does,
    with a ValueError, where a figure tells something by color alone. Where nothing that decides the outputs has
    changed, no byte changes: a measured time keeps its stored value.
    """
    import nbformat
    from nbclient import NotebookClient

    from tools.kernels import SocketKernelManager

    # The kernel's own. The order of a sum, and so its last digit, follows the number of threads; every position of a
    # slider is stored, and no widget; figures go into the notebook.
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment["NNLIB_EXPLORER"] = "static"
    environment.pop("MPLBACKEND", None)
    start = time.perf_counter()
    stored = canonical(read(path))
    source = made_from(stored, root)  # of the code as it is now, should it change while this runs
    notebook = nbformat.reads(canonical_text(stored), as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        told_by_color.install(Path(folder))
        NotebookClient(
            notebook,
            kernel_name="python3",
            kernel_manager_class=SocketKernelManager,
            timeout=900,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(path.parent)}},
        ).execute(  # stderr: the kernel's own remarks; what a cell writes comes as output
            env=environment | {"IPYTHONDIR": folder}, stderr=subprocess.DEVNULL
        )
    if bad := complaints(notebook):
        raise ValueError(f"{path.name}: {'; '.join(bad)}")
    if stored_hash(stored) == source:
        keep_measurements(stored, notebook)
    notebook["metadata"]["nnlib"] = {"made_from": source}
    path.write_text(canonical_text(notebook), encoding="utf-8")
    return time.perf_counter() - start


def complaints(notebook: Notebook) -> list[str]:
    """What the kernel said of figures that tell something by color alone."""
    return [
        f"{cell['id']}: {line}"
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        for line in text(output.get("text", "")).splitlines()
        if output.get("name") == "stderr" and line.startswith(told_by_color.COMPLAINT)
    ]


def keep_measurements(stored: Notebook, notebook: Notebook) -> None:
    """Put back the outputs of the cells that differ from run to run, which are those that nbval ignores."""
    for old, new in zip(code_cells(stored), code_cells(notebook), strict=True):
        if "nbval-ignore-output" in old["metadata"].get("tags", []) and old["execution_count"] is not None:
            new["outputs"] = old["outputs"]


# --- cells that were written as text ---------------------------------------------------------------------


def cells_of(draft: str) -> list[Cell]:
    """The cells of a MyST-NB text; an `id` among a cell's options, or after `+++`, becomes its id."""
    from myst_nb.core.read import read_myst_markdown_notebook
    from myst_parser.config.main import MdParserConfig

    head = "---\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
    found: list[Cell] = read_myst_markdown_notebook(head + draft, MdParserConfig())["cells"]
    for cell in found:
        cell["id"] = cell["metadata"].pop("id", "")
    return found


def add(path: Path, draft: str, before: str | None = None) -> None:
    """Put a draft's cells into a notebook, in canonical form. ValueError: no cell of the id `before`."""
    notebook = read(path) if path.exists() else {"cells": []}
    ids = [cell["id"] for cell in notebook["cells"]]
    if before is not None and before not in ids:
        raise ValueError(f"{path.name}: no cell {before!r} among {ids}")
    at = len(ids) if before is None else ids.index(before)
    notebook["cells"][at:at] = cells_of(draft)
    path.write_text(canonical_text(notebook), encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=["execute", "canonical", "check", "add"])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every notebook under book/")
    parser.add_argument("--before", metavar="CELL", help="add: the id of the cell that shall come next")
    args = parser.parse_args(argv)
    if args.command == "add":
        if len(args.notebooks) != 2:
            parser.error("add: a notebook and a draft expected")
        path, draft = args.notebooks
        try:
            add(path, draft.read_text(encoding="utf-8"), args.before)
        except ValueError as problem:
            parser.error(str(problem))
        return 0
    failed = False
    for path in args.notebooks or all_notebooks():
        if args.command == "execute":
            print(f"{path.name}: {execute(path.resolve()):.1f} s", flush=True)
        elif args.command == "canonical":
            path.write_text(canonical_text(read(path)), encoding="utf-8")
        else:
            for problem in problems(path):
                failed = True
                print(f"{path.name}: {problem}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
