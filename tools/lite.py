"""A Sphinx extension: the book's notebooks in JupyterLite, where they run in the reader's browser.

Into the built book's lite/ go JupyterLite, as `jupyter lite build` makes it, with the notebooks for readers that
tools/readers.py has packed, and Python with all that they import (tools/lite_packages.py). Nothing in there comes from
another place, neither now nor when it is read. A button at the top of each page that has code opens its notebook.
Where the packages cannot be had, the book is built without lite/ and without the button, and says why in one line.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from tools import lite_packages, pyodide_assets
from tools.readers import WHOLE

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tools" / "jupyterlite"
PLACE = "lite"
IPYTHON = "ipython"  # the folder of its settings, beside the book's modules
APPS = ("notebooks", "tree", "lab", "edit", "consoles")
# Built in; others that this environment may have are not.
EXTENSIONS = ("@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager", "anywidget")
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# Of the wheels that the kernel brings along: two are for the same package, and for older widgets.
BROUGHT = re.compile(r"(ipykernel|piplite|pyodide_kernel)-|widgetsnbextension-4")
BUTTON = {
    "type": "link",
    "icon": "fas fa-rocket",
    "tooltip": "Run this page as a notebook in the browser (about 80 MB, once)",
    "label": "launch-button",
}
# The script of its own that each of its pages begins with.
FIRST = re.compile(r"<script>\s*\(async function \(\) \{.*?'(\.\.[^']*)'.*?</script>", re.DOTALL)
DAY = 315532800  # when files are said to have been changed, at the latest: a build depends on its sources alone


def extensions() -> list[Path]:
    return [Path(sys.prefix, "share", "jupyter", "labextensions", name) for name in EXTENSIONS]


def kernels() -> list[Path]:
    """The wheels that the kernel's extension brings along."""
    return sorted(path for path in extensions()[0].glob("static/pypi/*.whl") if BROUGHT.match(path.name))


def available() -> None:
    """MissingError: what the packages are made of cannot be had."""
    there = lite_packages.pyodide()
    told = json.loads(there[lite_packages.LOCK].read_bytes())["packages"]
    names = {name for name, package in told.items() if package["file_name"] in there}
    lite_packages.pure(lite_packages.closure(lite_packages.WANTED, names))


# --- the site --------------------------------------------------------------------------------------------


def settings(lock: Mapping[str, Any]) -> dict[str, Any]:
    """JupyterLite's settings: at its start the kernel loads all packages, and finds the book's modules."""
    found: dict[str, Any] = json.loads((OWN / "jupyter-lite.json").read_text("utf-8"))
    options = found["jupyter-config-data"]["litePluginSettings"][KERNEL]["loadPyodideOptions"]
    options["packages"] = sorted(lock["packages"])
    folder = f"/lib/python{lock['info']['python'].rpartition('.')[0]}/site-packages/{WHOLE}"
    options["env"] = {
        "HOME": "/home/pyodide",
        "IPYTHONDIR": f"{folder}/{IPYTHON}",
        "PYTHONPATH": f"{folder}:{folder}/book",
    }
    return found


def unpacked(bundle: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The notebooks of the zip with all pages, by their paths for a reader, and other files for Python,
    by those in the zip."""
    notebooks, others = {}, {}
    with zipfile.ZipFile(bundle) as archive:
        for entry in archive.namelist():
            inside = entry.partition("/")[2]
            if inside.endswith(".ipynb"):
                notebooks[inside.removeprefix("book/")] = archive.read(entry)
                others[f"{entry.rpartition('/')[0]}/.keep"] = b""  # the folder that it runs in
            elif "/" in inside:
                others[entry] = archive.read(entry)
    return notebooks, others


def build(target: Path, bundle: Path, version: str) -> None:
    """Write the whole of it into `target`."""
    notebooks, others = unpacked(bundle)
    others[f"{WHOLE}/{IPYTHON}/profile_default/startup/startup.py"] = (OWN / "startup.py").read_bytes()
    runtime = dict(lite_packages.runtime(kernels(), lite_packages.book_wheel(version, others)))
    with tempfile.TemporaryDirectory(prefix="lite-") as folder:
        work = Path(folder)
        write(work / "notebooks", notebooks)
        lock = json.loads(runtime[lite_packages.LOCK])
        write(work, {"jupyter-lite.json": json.dumps(settings(lock)).encode()})
        make(work)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(work / "site", target)
    write(target / "static" / "pyodide", runtime)
    tidy(target)


def make(work: Path) -> None:
    """Let JupyterLite build itself: what is in `work`, into its folder site."""
    config = {
        "apps": APPS,
        "cache_dir": str(work / "cache"),
        "contents": ["notebooks"],
        "federated_extensions": [str(path) for path in (*extensions(), OWN / "extension")],
        "ignore_sys_prefix": ["federated_extensions"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "output_dir": "site",
        "source_date_epoch": DAY,
    }
    write(work, {"jupyter_lite_config.json": json.dumps({"LiteBuildConfig": config}).encode()})
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTERLITE_")}
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ExtensionError(f"jupyter lite build failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def tidy(target: Path) -> None:
    """Take out what nothing reads, and let each page begin with a script of ours, in a file."""
    for pattern in ("service-worker.js", "rspack.config*.js"):
        for path in target.glob(pattern):
            path.unlink()
    shutil.copyfile(OWN / "start.js", target / "start.js")
    for app in APPS:
        path = target / app / "index.html"
        html, count = FIRST.subn(r'<script src="../start.js" data-next="\1" defer></script>', path.read_text("utf-8"))
        if count != 1:
            raise ExtensionError(f"JupyterLite's {app}/index.html no longer begins as it did")
        html = html.replace("<html>", '<html lang="en">', 1)
        path.write_text(html.replace("<title>", f"{ICON}\n    <title>", 1), "utf-8")


ICON = '<link rel="icon" href="../../_static/favicon.svg">'


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


# --- Sphinx ----------------------------------------------------------------------------------------------


class Lite:
    """What the extension keeps between the pages and the end."""

    def __init__(self) -> None:
        self.is_there = False

    def look(self, app: Sphinx) -> None:
        if app.builder.name != "html":
            return
        try:
            available()
            self.is_there = True
        except (pyodide_assets.MissingError, OSError) as error:
            print(f"No JupyterLite in this build: {error}", file=sys.stderr)

    def offer(
        self, app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object | None
    ) -> None:
        """A button on each page that has code."""
        if not self.is_there or doctree is None or not app.env.doc2path(pagename).endswith(".ipynb"):
            return
        notebook = PurePosixPath(pagename).relative_to("book").as_posix()
        url = f"{context['pathto'](f'{PLACE}/notebooks/index.html', 1)}?path={notebook}.ipynb"
        context["header_buttons"].insert(0, BUTTON | {"url": url})

    def write(self, app: Sphinx, exception: Exception | None) -> None:
        if exception is None and self.is_there:
            outdir = Path(app.outdir)
            build(outdir / PLACE, outdir / "_downloads" / f"{WHOLE}.zip", metadata.version("nnlib"))


def setup(app: Sphinx) -> dict[str, bool]:
    lite = Lite()
    app.connect("builder-inited", lite.look)
    app.connect("html-page-context", lite.offer, priority=950)
    # After all others: none of them has to do with these pages.
    app.connect("build-finished", lite.write, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
