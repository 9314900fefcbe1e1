"""A Sphinx extension: of MathJax what the book uses, in one file, on the pages that have formulas.

sphinx-mathjax-offline brings all of MathJax, and names a bundle of which half is a menu that opens at a right click,
and makes every formula a stop of the Tab key. Here the bundle is made of its own component files, without the menu;
a package that a formula asks for (\\boldsymbol, \\color …) is still loaded from beside it. The settings, those of
_config.yml and what MyST adds, stand at its head, not in a script inside each page: a page whose scripts are all files
needs no exception from a policy that forbids the others. How it begins stands there, too.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

BUNDLE = "mathjax/book.js"
# startup first: it would fetch what it is told to load, which is nothing, and begins only when the script has ended.
COMPONENTS = (
    "startup",
    "core",
    "input/tex",
    "output/chtml",
    "output/chtml/fonts/tex",
    "a11y/assistive-mml",
)
LOADED = "MathJax.loader.preLoad({});\n"
# Of letters and digits, by the names that MathJax gives them. Few formulas have any of the other fonts' signs.
FONTS = {"MJXZERO": "Zero", "MJXTEX": "Main-Regular", "MJXTEX-I": "Math-Italic"}
START = Path(__file__).with_name("mathjax_start.js")
LAST = 900  # Sphinx puts scripts in the order of this number; it is 500 where none is given
KEPT = ("book.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")


def installed() -> Path:
    from importlib.metadata import files

    for file in files("sphinx-mathjax-offline") or ():
        if file.match("static/mathjax/startup.js"):
            return Path(str(file.locate())).parent
    raise FileNotFoundError("sphinx-mathjax-offline has no MathJax")


def bundle(folder: Path) -> str:
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in COMPONENTS]
    names = ", ".join(f'"{name}"' for name in COMPONENTS)
    return ";\n".join([*parts, LOADED.format(names)])


def write(app: Sphinx) -> None:
    if app.builder.name != "html":
        return
    target = Path(app.outdir, "_static", BUNDLE)
    target.parent.mkdir(parents=True, exist_ok=True)
    settings = {**(app.config.mathjax3_config or {}), "bookFonts": FONTS}
    head = f"window.MathJax = {json.dumps(settings)};\n{START.read_text(encoding='utf-8')}"
    target.write_text(head + bundle(installed()), encoding="utf-8")
    app.config.mathjax_path = BUNDLE
    app.config.mathjax_options = {"defer": "defer"}
    app.config.mathjax3_config = None  # or Sphinx would write them into the page


def only_for_formulas(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object | None = None
) -> None:
    """Sphinx asks whether the page's source had a formula; here, whether the page has one.

    MathJax sets a page's formulas as soon as it is there, which takes longer than all else: what moves comes before.
    """
    if app.builder.name != "html":
        return
    has_formulas = 'class="math' in context.get("body", "")
    kept = []
    for script in context["script_files"]:
        of_mathjax = BUNDLE in str(script.filename)
        if of_mathjax and not has_formulas:
            continue
        kept.append(type(script)(script.filename, priority=LAST, **script.attributes) if of_mathjax else script)
    context["script_files"] = kept


def leave_out_the_rest(app: Sphinx, problem: Exception | None) -> None:
    folder = Path(app.outdir, "_static", "mathjax")
    if problem is not None or app.builder.name != "html" or not folder.is_dir():
        return
    kept = [folder / name for name in KEPT]
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and not any(path == keep or keep in path.parents for keep in kept):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            shutil.rmtree(path)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write, priority=900)  # after MyST has added to the settings
    app.connect("html-page-context", only_for_formulas, priority=900)
    app.connect("build-finished", leave_out_the_rest, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
