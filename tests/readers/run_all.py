"""Run every notebook for readers as a reader does: unpacked alone in an empty folder, from its first cell to its last.

    python tests/readers/run_all.py [06-training-on-moons ...]

It must not stop, must not load a module of this project from anywhere but its own folder, and must print what it
printed when the book was made: what was taken from it as plumbing was nothing else.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import notebooks
from tools.kernels import SocketKernelManager
from tools.readers import WHOLE

BUILT = notebooks.ROOT / "_build" / "html" / "_downloads"
# Run last: the project itself is on this environment's path.
FOREIGN = """
import sys
paths = [getattr(module, "__file__", None) or "" for module in [*sys.modules.values()]]
print([path for path in paths if path.startswith({root!r}) and "/.venv/" not in path])
"""


def printed(cell: notebooks.Cell) -> str:
    """What a cell says in words: what it prints, and its value, but for a widget's or an object's name."""
    told = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
    return "".join(text for text in map(notebooks.text, told) if not text.startswith("<"))


def measured(source: Path) -> set[str]:
    """The cells of the book's notebook that print something else each time."""
    cells = notebooks.code_cells(notebooks.read(source))
    return {cell["id"] for cell in cells if "nbval-ignore-output" in cell["metadata"].get("tags", [])}


def run(bundle: Path, folder: Path) -> list[str]:
    """What is wrong with the notebook of this zip."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    (path,) = folder.rglob("*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    stored = {cell["id"]: printed(cell) for cell in notebooks.code_cells(notebook)}
    notebook.cells.append(nbformat.v4.new_code_cell(FOREIGN.format(root=str(notebooks.ROOT) + os.sep), id="foreign"))
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MPLBACKEND")}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment["NNLIB_EXPLORER"] = "ends"
    client = NotebookClient(
        notebook,
        kernel_manager_class=SocketKernelManager,
        timeout=900,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute(env=environment)
    except CellExecutionError as problem:
        return [str(problem)[-1500:]]
    source = notebooks.ROOT / path.relative_to(folder / bundle.stem)
    found = []
    for cell in notebooks.code_cells(notebook):
        if cell["id"] == "foreign":
            if printed(cell).strip() != "[]":
                found.append(f"loads of the project: {printed(cell)}")
        elif cell["id"] not in measured(source) and printed(cell) != stored[cell["id"]]:
            found.append(f"{cell['id']} prints {printed(cell)[:300]!r}, not {stored[cell['id']][:300]!r}")
    return found


def main(names: list[str]) -> int:
    failed = False
    for bundle in sorted(BUILT.glob("*.zip")):
        if bundle.stem.startswith(WHOLE) or (names and bundle.stem not in names):
            continue
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            problems = run(bundle, Path(folder))
        failed |= bool(problems)
        print("\n  ".join([f"{bundle.stem}: {time.perf_counter() - start:.0f} s", *problems]), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
