"""Python for the browser: Pyodide's files, fetched once, checked, and kept outside the project.

    python -m tools.pyodide_assets

`pyodide.lock.json` names a package of PyPI that carries these files, and the SHA-256 of the package and of each file
that is used. pip downloads the package from wherever it is configured to; nothing of it is installed or run here. The
files stay in the user's cache, in a folder whose name follows from the lock, and are checked again whenever they are
asked for.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from tools import cache

LOCK = Path(__file__).with_name("pyodide.lock.json")


class MissingError(RuntimeError):
    """The files cannot be had, or are not those of the lock. The message is one line."""


def files(*groups: str, lock: Path = LOCK) -> dict[str, Path]:
    """The files of these groups ("core", "numpy", "more") of the lock, by name; of all, if none is named.

    What is not in the cache, or is there with other bytes, is fetched. MissingError: that did not help.
    """
    plan = json.loads(lock.read_text("utf-8"))
    sums = {name: sha for group in groups or plan["files"] for name, sha in plan["files"][group].items()}
    folder = cache.home() / f"pyodide-{digest(lock)[:12]}"
    if not all(is_sound(folder / name, sha) for name, sha in sums.items()):
        fetch(plan, folder)
    return {name: folder / name for name in sums}


def fetch(plan: dict[str, Any], folder: Path) -> None:
    """Put every file of the lock into `folder`."""
    source = plan["from"]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with cache.room(folder.parent) as work, zipfile.ZipFile(download(source, work)) as wheel:
        for name, sha in (pair for group in plan["files"].values() for pair in group.items()):
            try:
                content = wheel.read(f"{source['folder']}/{name}")
            except KeyError:
                raise MissingError(f"{source['package']} {source['version']} has no {name}") from None
            if hashlib.sha256(content).hexdigest() != sha:
                raise MissingError(f"{name} is not the file whose SHA-256 tools/{LOCK.name} has")
            # A file comes by one step, whole: another build may read it at the same time.
            part = work / "part"
            part.write_bytes(content)
            folder.mkdir(exist_ok=True)
            part.replace(folder / name)


def download(source: dict[str, str], work: Path) -> Path:
    """The package's wheel, as pip finds it."""
    wanted = f"{source['package']}=={source['version']}"
    (work / "wanted.txt").write_text(f"{wanted} --hash=sha256:{source['sha256']}\n", "utf-8")
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"]
    options += ["--require-hashes", "--requirement", str(work / "wanted.txt"), "--dest", str(work)]
    # Any Python will do, and any pip cache would only keep 106 MB twice.
    options += ["--no-cache-dir", "--ignore-requires-python"]
    done = subprocess.run([sys.executable, "-m", "pip", "download", *options], capture_output=True, text=True)
    found = sorted(work.glob("*.whl"))
    if done.returncode or not found:
        raise MissingError(f"pip could not fetch {wanted}: {reason(done.stderr)}")
    return found[0]


def reason(told: str) -> str:
    """The last error among pip's lines, or else its last line."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it did not say why"])[-1].removeprefix("ERROR: ")


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_sound(path: Path, sha: str) -> bool:
    return path.is_file() and digest(path) == sha


def main() -> int:
    try:
        found = files()
    except (MissingError, OSError) as error:
        print(f"No live mode in this build: {error}")
        return 0
    size = sum(path.stat().st_size for path in found.values())
    print(f"Pyodide: {len(found)} files, {size / 1e6:.0f} MB, in {cache.home()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
