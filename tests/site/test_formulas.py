"""Formulas are set when the book is built: as TeX says, of the size of the text around, and for who listens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from browsing import Site, Visit
from test_book import PAGES

from tools import maths

INLINE = r'<span class="math notranslate nohighlight">\({}\)</span>'
NUMBERED = (
    '<div class="math notranslate nohighlight" id="equation-eq-one">\n'
    '<span class="eqno">(1.1)<a class="headerlink" href="#equation-eq-one">#</a></span>\\[\n{}\n\\]</div>'
)


@pytest.fixture
def built(tmp_path: Path) -> Callable[[str], str]:
    """A book of one page, whose formulas are set: its HTML."""

    def build(page: str) -> str:
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        maths.finish(SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(name="html")), None)
        return path.read_text(encoding="utf-8")

    return build


def test_a_page_has_its_formulas_behind_its_text_each_once(built: Callable[[str], str], tmp_path: Path) -> None:
    link = '<link rel="stylesheet" href="_static/maths/maths.css" />'
    one, two = INLINE.format("a &lt; b"), NUMBERED.format(r"x_1^2 \\[1ex] y")
    page = f"{link}<body><p>If {one}, as in</p>{two}<p>and {one}</p><pre>\\(c\\)</pre></body>"
    html = built(page)
    made = re.fullmatch(
        r'(.*)<script type="application/json" class="formulas">(.*)</script>\n</body>', html, flags=re.DOTALL
    )
    assert made
    text = re.sub(r"\?v=[0-9a-f]{8}", "", made[1])
    assert re.sub(r' data-formula="\d+"', "", text) + "</body>" == page
    assert re.findall(r'<\w+ class="math [^>]* data-formula="(\d+)"', text) == ["0", "1", "0"]
    first, second = json.loads(made[2])
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in first
    assert "<msubsup><mi>x</mi>" in second
    assert ('display="true"' in first, 'display="true"' in second) == (False, True)
    style = (tmp_path / "_static" / "maths" / "maths.css").read_text(encoding="utf-8")
    fonts = set(re.findall(r"[\w-]+\.woff", style))
    assert {path.name for path in (tmp_path / "_static" / "maths").glob("*.woff")} == fonts
    assert "MathJax_Math-Italic.woff" in fonts


@pytest.mark.parametrize(
    ("tex", "why"),
    [(r"\left( x", r"Extra \left or missing \right"), (r"\unknown", r"Undefined control sequence \unknown")],
)
def test_what_tex_rejects_is_told_with_its_page(
    built: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tex: str, why: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr(maths.log, "warning", lambda text, *what: said.append(text % what))
    built(f"<p>{INLINE.format('y')} and {INLINE.format(tex)}</p>")
    assert said == [f"page.html: {why}: {tex}"]


def test_without_node_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maths, "run_node", lambda *arguments, **options: None)
    with pytest.raises(OSError, match=r"Node did not set the formulas: it does not run on this machine"):
        maths.set_all([("x", False)])


def test_every_formula_of_a_page_comes_with_it_and_no_script_sets_it(site: Site) -> None:
    count = 0
    for path in PAGES:
        html = (site.root / path).read_text(encoding="utf-8")
        places = {int(k) for k in re.findall(r'class="math [^>]* data-formula="(\d+)"', html)}
        assert html.count('class="math ') == html.count(' data-formula="'), path
        data = re.findall(r'<script type="application/json" class="formulas">(.*)</script>', html)
        drawn = json.loads(data[0]) if data else []
        assert places == set(range(len(drawn))), path
        assert all(formula.endswith("</mjx-assistive-mml></mjx-container>") for formula in drawn), path
        count += len(drawn)
    assert count > 1000
    assert not [path for path in (site.root / "_static").rglob("*.js") if "mathjax" in path.as_posix().lower()]


def test_what_moves_and_the_fonts_of_letters_are_there_before_a_formula_is_put(visit: Callable[..., Visit]) -> None:
    """No slider waits for formulas; and each font that came later would have them all arranged anew."""
    seen = visit(PAGES[1])
    seen.page.add_init_script("""new MutationObserver((_, watch) => {
        if (!document.querySelector("mjx-container")) return;
        globalThis.alive = document.querySelectorAll(".nnlib-explorer:not([data-ready])").length === 0;
        globalThis.loaded = [...document.fonts].filter(({ status }) => status === "loaded").map(({ family }) => family);
        watch.disconnect();
    }).observe(document, { subtree: true, childList: true })""")
    seen.goto(PAGES[1])
    assert seen.page.evaluate("alive")
    assert {"MJXZERO", "MJXTEX", "MJXTEX-I"} <= set(seen.page.evaluate("loaded"))


def test_letters_of_formulas_are_as_high_as_those_around_whatever_their_font(visit: Callable[..., Visit]) -> None:
    page = visit(PAGES[1]).page
    heights = """font => {
        document.body.style.fontFamily = font;
        const one = (e) => { const box = e.appendChild(document.createElement("span"));
                             box.style.cssText = "display: inline-block; height: 1ex";
                             const high = box.getBoundingClientRect().height; box.remove(); return high; };
        const formula = document.querySelector("article p mjx-container");
        const size = parseFloat(getComputedStyle(formula).fontSize);
        return [one(formula.closest("p")), 0.442 * size];
    }"""
    seen = [page.evaluate(heights, font) for font in ("serif", "sans-serif", "monospace")]
    for around, formula in seen:
        assert formula == pytest.approx(around, rel=0.02)
