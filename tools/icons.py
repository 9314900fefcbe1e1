"""A Sphinx extension: the theme's icons as they are used, a dozen shapes in its style sheet.

The theme sends a script with all of Font Awesome (1.5 MB), which draws each <i class="fa-…"> of a page, and a font of
the same shapes for the icons that its style sheet sets. Both go. The shapes that pages use are taken out of that script
when the book is built, and the style sheet shows them as masks, in the colour of the text around them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pydata_sphinx_theme
from jinja2 import DictLoader
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

STATIC = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
SCRIPT = "scripts/fontawesome.js"
STYLE = "styles/pydata-sphinx-theme.css"
MACROS = "webpack-macros.html"

LOADS = re.compile(rf"<script[^>]*{re.escape(SCRIPT)}[^>]*></script>")
# "bars":[448,512,["navicon"],"f0c9","M0 96C…"]
SHAPE = re.compile(r'"?([a-z0-9-]+)"?:\[(\d+),(\d+),\[[^\]]*\],"([0-9a-f]+)","([^"]+)"\]')
FONT = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
MOVES = re.compile(r"@(?:-webkit-)?keyframes fa-[\w-]+\{(?:[^{}]*\{[^{}]*\})*\}")
RULE = re.compile(r"(?<=[{}/])((?:\.fa[\w-]*(?::before|:after)?,?)+)\{[^{}]*\}")
OF_FONT = re.compile(r"\.fa(?:[bsr]|-[\w-]+)?(?::before|:after)?")
GLYPH = re.compile(r'(--pst-[\w-]+):"(?:\\([0-9a-f]+)|([\ue000-\uf8ff]))"')
CONTENT = re.compile(r"content:(var\(--pst-(?:icon-[\w-]+|breadcrumb-divider)\))")
CLASSES = re.compile(r'class="([^"]*\bfa[sbr]?\b[^"]*)"')
# Sizes and kinds, not shapes; what the theme's pages use of them is in BASE.
NO_SHAPE = {"fa-solid", "fa-regular", "fa-brands", "fa-lg", "fa-sm", "fa-fw"}
BASE = """
:is(.fa, .fas, .fab, .far, .fa-solid, .fa-brands, .fa-regular) {
  display: inline-block; height: 1em; line-height: 1; vertical-align: -0.125em; forced-color-adjust: none;
}
.fa-lg { font-size: 1.25em; vertical-align: -0.15em; }
.fa-sm { font-size: 0.875em; }
.fa-fw { min-width: 1.25em; }
.bd-search .fa-solid.fa-magnifying-glass { position: static; }
:is(.admonition, div.admonition) > .admonition-title::after { top: 0.72rem; }
.bd-header-article .btn :is(.fas, .fab, .fa-solid) { width: 1.3rem; }
"""
# Where the theme means the drawings that its script put in the place of the <i>.
FOR_DRAWINGS = (
    ("ul.navbar-icon-links svg.fa-", "ul.navbar-icon-links i.fa-"),
    ("form.bd-search svg{", "form.bd-search i{"),
    (".search-button-field>:not(svg){", ".search-button-field>:not(i){"),
)
PLAIN = " =:/'"  # what need not be escaped in a URL that stands in quotes
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shape:
    """One icon: its size, its character in the font, its path."""

    name: str
    width: int
    height: int
    code: str
    path: str

    @property
    def url(self) -> str:
        box = f"viewBox='0 0 {self.width} {self.height}'"
        svg = f"<svg xmlns='http://www.w3.org/2000/svg' {box}><path d='{self.path}'/></svg>"
        return f'url("data:image/svg+xml,{quote(svg, safe=PLAIN)}")'


def shapes(script: str) -> dict[str, Shape]:
    """All icons of the theme's script, by name. Where two styles have one, the solid one, which stands last."""
    found = (Shape(name, int(w), int(h), code, path) for name, w, h, code, path in SHAPE.findall(script))
    return {shape.name: shape for shape in found}


def mask(value: str) -> str:
    return (
        f"background:currentColor;-webkit-mask:{value} center/contain no-repeat;mask:{value} center/contain no-repeat"
    )


def mended(style: str, known: Mapping[str, Shape], used: Iterable[str]) -> str:
    """The theme's style sheet without the font and its two thousand names, and with the shapes of the names `used`."""
    by_code = {shape.code: shape for shape in known.values()}

    def variable(found: re.Match[str]) -> str:
        return f"{found[1]}:{by_code[found[2] or f'{ord(found[3]):x}'].url}"

    style = MOVES.sub("", FONT.sub("", style))
    style = RULE.sub(lambda r: "" if all(map(OF_FONT.fullmatch, r[1].strip(",").split(","))) else r[0], style)
    style = GLYPH.sub(variable, style)
    style = CONTENT.sub(lambda c: f'content:"";display:inline-block;width:1em;height:1em;{mask(c[1])}', style)
    for theirs, ours in FOR_DRAWINGS:
        if theirs not in style:
            raise ExtensionError(f"the theme's {STYLE} no longer has {theirs}")
        style = style.replace(theirs, ours)
    own = "".join(
        f".fa-{name}{{width:{known[name].width / known[name].height:.4g}em;{mask(known[name].url)}}}\n"
        for name in sorted(used)
    )
    return f"{style}{BASE}{own}"


def leave_out_the_script(app: Sphinx) -> None:
    if app.builder.name != "html":
        return
    macros = (STATIC / MACROS).read_text(encoding="utf-8")
    without, count = LOADS.subn("", macros)
    if count != 1:
        raise ExtensionError(f"the theme no longer loads {SCRIPT} by its {MACROS}")
    app.builder.templates.loaders.insert(0, DictLoader({f"static/{MACROS}": without}))


def draw(app: Sphinx, problem: Exception | None) -> None:
    if problem is not None or app.builder.name != "html":
        return
    known = shapes((STATIC / SCRIPT).read_text(encoding="utf-8"))
    names: dict[str, Path] = {}
    for page in sorted(Path(app.outdir).rglob("*.html")):
        for classes in CLASSES.findall(page.read_text(encoding="utf-8")):
            names |= {name: page for name in classes.split() if name.startswith("fa-") and name not in NO_SHAPE}
    for name in names.keys() - {f"fa-{name}" for name in known}:
        log.warning("%s: the theme has no icon %s", names.pop(name).name, name)
    static = Path(app.outdir, "_static")
    style = mended((STATIC / STYLE).read_text(encoding="utf-8"), known, (name.removeprefix("fa-") for name in names))
    (static / STYLE).write_text(style, encoding="utf-8")
    for path in static.glob("scripts/fontawesome.*"):
        path.unlink()
    shutil.rmtree(static / "vendor" / "fontawesome", ignore_errors=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", leave_out_the_script)
    app.connect("build-finished", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
