"""The tests' own tests: a page of the book, broken in every way at once, is told apart from the sound one."""

from __future__ import annotations

SOUND = "book/bibliography.html"
# A block of code as the book has them, with a formula; the second word of code is the same as the first.
CODE = """<div class="highlight-python notranslate"><div class="highlight" {block}><pre>
<span class="kn">import</span><span class="w"> </span><span class="nn">first</span>
<span class="kn" {word}>import</span><span class="w"> </span><span class="nn">second</span>{plain}
</pre></div></div>"""
BREAKS = {
    # what is put into the page: what is reported, where, and how often
    "an image without a text": (
        '<img src="../_static/favicon.svg" alt="figure">',
        {"as loaded": "no alternative text"},
    ),
    "an image that is not there": (
        '<img src="../_static/none.svg" role="presentation" alt="">',
        {"as loaded": "no picture", "log": r"failed: \S+none.svg \(404\)", "log 2": "console: .*404"},
    ),
    "a text pale in the dark": (
        "<style>html[data-theme=dark] #pale { color: #444 }</style><p id=pale>A sentence.</p>",
        {f"dark, {width} px": "color-contrast: #pale" for width in (1280, 390, 360)},
    ),
    "a text pale on a narrow page": (
        "<style>@media (max-width: 370px) { #narrow { color: #999; background: #eee } }</style>"
        "<p id=narrow>A sentence.</p>",
        {f"{theme}, 360 px": "color-contrast: #narrow" for theme in ("light", "dark")},
    ),
    "too wide at 360 px": (
        '<div id="wide" style="width: 375px; margin-left: -1rem">&nbsp;</div>',
        {f"{t}, 360 px, folds {f}": "scrolls sideways.*wide" for t in ("light", "dark") for f in ("closed", "open")},
    ),
}
