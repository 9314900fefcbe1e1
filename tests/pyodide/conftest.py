"""Tests that run inside Pyodide, in a worker of the system's Chromium; pytest and what it needs go in with them."""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools import cache, pyodide_assets
from tools.serve import server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PURE = ("pytest", "pluggy", "iniconfig", "packaging", "pygments", "sortedcontainers")
# The last release but for a few that is Python alone; the environment's own is compiled for this machine.
HYPOTHESIS = {
    "package": "hypothesis",
    "version": "6.152.0",
    "sha256": "824037e8214559ad037362c6aaa51f6118f62e548e62b2ad215fbf52f2f45eb4",
}
MINUTES = 10
ASK = """([given, minutes]) => new Promise((answer, refuse) => {
    const worker = new Worker("worker.mjs", { type: "module" });
    setTimeout(() => { worker.terminate(); refuse(new Error(`no answer after ${minutes} minutes`)) }, minutes * 60_000);
    worker.onmessage = ({ data }) => { worker.terminate(); answer(data) };
    worker.onerror = (event) => refuse(new Error(event.message ?? "the worker did not start"));
    worker.postMessage(given);
})"""


def hypothesis() -> Path:
    """The wheel, from the cache or from PyPI."""
    folder = cache.home()
    kept = folder / f"hypothesis-{HYPOTHESIS['version']}-py3-none-any.whl"
    if not pyodide_assets.is_sound(kept, HYPOTHESIS["sha256"]):
        folder.mkdir(parents=True, exist_ok=True)
        with cache.room(folder) as work:
            pyodide_assets.download(HYPOTHESIS, work).replace(kept)
    return kept


def pack(archive: zipfile.ZipFile, project: list[Path], wheel: Path) -> None:
    """What inside.py expects: itself, the project's files, and the packages."""
    archive.write(HERE / "inside.py", "inside.py")
    for path in project:
        archive.write(path, f"project/{path.relative_to(ROOT)}")
    for package in PURE:
        for file in files(package) or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                archive.write(str(file.locate()), f"packages/{file}")
    with zipfile.ZipFile(wheel) as other:
        for name in other.namelist():
            archive.writestr(f"packages/{name}", other.read(name))


@pytest.fixture(scope="session")
def in_pyodide(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., dict[str, Any]]]:
    """`in_pyodide(paths, *arguments)`: pytest's results in Pyodide, of a project of these files."""
    try:
        runtime, wheel = pyodide_assets.files("core", "numpy"), hypothesis()
    except (pyodide_assets.MissingError, OSError) as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no Pyodide: {error}", pytrace=False)
    root = tmp_path_factory.mktemp("pyodide")
    for name, path in runtime.items():
        (root / name).symlink_to(path)
    (root / "worker.mjs").symlink_to(HERE / "worker.mjs")
    (root / "index.html").write_text("<!DOCTYPE html><title>Tests in Pyodide</title>")
    with server(0, root) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()

        def run(project: list[Path], *arguments: str) -> dict[str, Any]:
            with zipfile.ZipFile(root / "project.zip", "w") as archive:
                pack(archive, project, wheel)
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{http.server_port}/")
            answer = page.evaluate(ASK, [list(arguments), MINUTES])
            page.close()
            assert "error" not in answer, answer["error"]
            return answer

        yield run
        http.shutdown()
