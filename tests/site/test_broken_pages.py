"""The tests' own tests: a page of the book, broken in many ways at once, and what is said of it. Nothing else is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from browsing import Visit
from quick_axe import SCRIPT
from test_book import COLORS, PLACES, THEMES, WIDTHS, stuck, wrong

SOUND = "book/bibliography.html"
CODE = """<div class="highlight-python notranslate"><div class="highlight"><pre>
<span class="kn">import</span> <span class="nn">first</span>
<span class="kn">import</span> <span class="nn">second</span>
<span class="kn {}">import</span> <span class="nn">third</span></pre></div></div>"""


def states(themes: Iterable[str] = THEMES, widths: Iterable[int] = WIDTHS, folds: str = "") -> list[str]:
    return [f"{theme}, {width} px{folds}" for theme, width in itertools.product(themes, widths)]


def both_folds(**only: Iterable[object]) -> list[str]:
    return states(**only, folds=", folds closed") + states(**only, folds=", folds open")


USED = "folds closed, figures used"
SEEN = [*states(), USED]  # where axe looks
# What is put into the page; where it must be reported, and as what.
BREAKS: dict[str, tuple[str, list[str], str]] = {
    "a picture without a text": (
        '<img src="../_static/favicon.svg" width="50" alt="figure">',
        ["as loaded"],
        r"no alternative text: \S+favicon.svg \(figure\)",
    ),
    "a picture that axe misses a text for": (
        '<img id="mute" src="../_static/favicon.svg" width="50">',
        ["as loaded", *SEEN],
        r"no alternative text: \S+favicon.svg \(\)|image-alt: #mute",
    ),
    "a picture that is no picture": (
        '<img role="presentation" alt="" src="../_static/book.css">',
        ["as loaded"],
        r"no picture: \S+book.css",
    ),
    "maths that TeX rejects": (
        '<p><span class="math notranslate nohighlight"><mjx-container><mjx-merror>Missing</mjx-merror>'
        "<mjx-assistive-mml></mjx-assistive-mml></mjx-container></span></p>",
        ["as loaded"],
        r"maths not set: ",
    ),
    "a formula that was not set": (
        r'<p><span class="math notranslate nohighlight">\(x\)</span></p>',
        ["as loaded"],
        r"(maths not set|TeX in the text): \\\(x",
    ),
    "maths that was forgotten": (r"<p>Then \frac{1}{2} of it.</p>", ["as loaded"], r"TeX in the text: Then \\frac"),
    "code that its column cuts": (
        f"<pre>{'long ' * 18}end</pre>",
        ["as loaded"],
        r"cut code: long long .* end",
    ),
    "a second title": ("<h1>Another title</h1>", ["as loaded"], "not one title"),
    "a text pale in the dark": (
        "<style>html[data-theme=dark] #pale { color: #444 }</style><p id=pale>A sentence.</p>",
        states(themes=["dark"]),
        r"color-contrast: #pale: .*",
    ),
    "a text pale on a narrow page": (
        "<style>@media (width < 370px) { #narrow { color: #999; background: #eee } }</style><p id=narrow>Text.</p>",
        states(widths=[360]),
        r"color-contrast: #narrow: ",
    ),
    "a word of code that is pale": (
        CODE.format("ghost") + "<style>.highlight .ghost { color: #888; background: #999 }</style>",
        SEEN,
        r"color-contrast: \.ghost: ",
    ),
    "a word of code that is pale in the dark": (
        CODE.format("shade") + "<style>html[data-theme=dark] .highlight .shade { color: #333 }</style>",
        states(themes=["dark"]),
        r"color-contrast: \.shade: ",
    ),
    "words of code, pale by what is around them, in an answer": (
        f'<details><summary>Answer</summary><div id="faint" style="opacity: 0.3">{CODE.format("")}</div></details>',
        states(),
        r"color-contrast: #faint > .* \.\w+: ",
    ),
    "a text that looks like all others, on a box that does not hold it": (
        "<div style='position: relative'><div style='position: absolute; inset: 0; background: #777'></div>"
        "<p id=veiled style='position: relative'>A sentence.</p></div>",
        SEEN,
        r"color-contrast: #veiled: ",
    ),
    "a box too wide at 360 px": (
        "<style>@media (width < 370px) { #wide { width: 400px } }</style><div id=wide>wide</div>",
        both_folds(widths=[360]),
        r'scrolls sideways: .*<div id="wide".*',
    ),
    "a box too wide in the dark": (
        "<style>html[data-theme=dark] #night { width: 1400px }</style><div id=night>wide</div>",
        both_folds(themes=["dark"]),
        r'scrolls sideways: .*<div id="night".*',
    ),
    "an answer too wide": (
        "<details><summary>Answer</summary><div id=deep style='width: 1500px'>wide</div></details>",
        states(folds=", folds open"),
        r'scrolls sideways: .*<div id="deep".*',
    ),
    "a formula without its top": (
        '<div style="overflow: hidden"><mjx-container style="display: block">'
        '<mjx-math style="display: block; height: 20px">x</mjx-math></mjx-container></div>',
        [f"{width} px, folds {folds}" for width in WIDTHS for folds in ("closed", "open")],
        r'cut off by <div style="overflow: hidden">.*: x',
    ),
    "a fold whose name is pale while it is closed": (
        "<style>#shut:not([open]) summary { color: #999; background: #eee }</style>"
        "<details id=shut><summary>Answer</summary>Yes.</details>",
        [USED],
        r"color-contrast: .*summary: ",
    ),
    "a figure that is pale once it is used": (
        "<style>#far.spent { color: #777; background: #888 }</style><div class=nnlib-explorer><svg></svg>"
        "<input type=range max=4 value=0 aria-label=a oninput=\"this.nextElementSibling.className = 'spent'\">"
        "<output id=far>far</output></div>",
        [USED, "figures used, dark"],
        r"color-contrast: #far: ",
    ),
    "a button that is named on a wide page only": (
        "<style>@media (width < 500px) { #anon b { display: none } }</style>"
        "<button id=anon style='width: 40px; height: 40px'><b>on</b></button>",
        states(widths=[390, 360]),
        r"button-name: #anon: ",
    ),
    "targets too small for a finger": (
        "<style>.dots button { width: 12px; height: 12px; padding: 0; border: 0 } </style>"
        "<div class=dots style='line-height: 1'><button aria-label=one></button><button aria-label=two></button></div>",
        SEEN,
        r"target-size: .*",
    ),
    "a box that scrolls, not by keyboard": (
        "<div id=scrolls style='overflow: auto; height: 40px; width: 100px'><p>" + "long " * 60 + "</p></div>",
        SEEN,
        r"scrollable-region-focusable: #scrolls: ",
    ),
}
# The same, of what the page did: what `Visit.problems()` reports.
DEEDS = {
    '<script>console.error("oh no")</script>': r"console: oh no",
    "<script>nothing.there()</script>": r"console: .*nothing is not defined",
    '<script src="../_static/none.js"></script>': r"failed: \S+none.js \(404\)",
    # what Chromium says of the last one itself
    "": r"console: Failed to load resource: the server responded with a status of 404.*",
    "<script>fetch('http://127.0.0.1:9/x').catch(() => 0)</script>": r"left this machine: http://127.0.0.1:9/x",
    " ": r"failed: http://127.0.0.1:9/x \(.*\)",
    "  ": r"console: .*(ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED|CORS).*",
}
# A figure that answers to its slider and its buttons with words only, one with a drawing only, and one that is alive.
FIGURE = """<div class="nnlib-explorer" id="{0}" data-engine="stored">
<svg width="10" height="10"><circle r="1"/></svg><output>2</output>
<input type="range" aria-label="{0}" id="{0}-x" min="0" max="4" value="2">
<fieldset id="{0}-y"><legend>{0}</legend>
<input type="radio" name="{0}" aria-label="one" value="1" checked>
<input type="radio" name="{0}" aria-label="two" value="2"></fieldset></div>
<script>document.getElementById("{0}").addEventListener("input", (event) => {{
    const figure = event.currentTarget;
    const values = [...figure.querySelectorAll("input[type=range], input:checked")].map((input) => +input.value);
    if ("{0}" !== "mute") figure.querySelector("output").textContent = values.join();
    if ("{0}" !== "frozen") figure.querySelector("circle").setAttribute("r", values[0] + 10 * values[1]);
}})</script>"""


def put(*inserted: str) -> Callable[[str], str]:
    def change(html: str) -> str:
        head, found, rest = html.rpartition("</article>")
        assert found
        return head + "\n".join(inserted) + found + rest

    return change


@pytest.mark.long
def test_every_break_is_reported_where_it_is_and_nothing_else(open_page: Callable[..., Visit]) -> None:
    seen = open_page(SOUND, change=put(*(html for html, _, _ in BREAKS.values())), reduced_motion="reduce")
    found = wrong(seen)
    unexplained = set(found)
    missed = []
    for name, (_, places, report) in BREAKS.items():
        for place in places:
            hits = {what for what in found if re.fullmatch(f"{place}: (?:{report}).*", what, re.DOTALL)}
            unexplained -= hits
            if not hits:
                missed.append(f"{name}: not reported in {place}")
    assert (missed, unexplained) == ([], set())


@pytest.mark.long
def test_axe_is_asked_for_all_rules_once_and_then_for_those_whose_answer_may_be_another(
    open_page: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    whole = Visit.barriers

    def barriers(seen: Visit, *rules: str, **keywords: str) -> list[str]:
        asked.append(rules)
        return whole(seen, *rules, **keywords)

    monkeypatch.setattr(Visit, "barriers", barriers)
    colors = [BREAKS[name][0] for name in ("a text pale in the dark", "a word of code that is pale in the dark")]
    small = BREAKS["targets too small for a finger"][0]
    seen = open_page(SOUND, change=put(small, *colors), reduced_motion="reduce")
    found = [what.split(": ")[:2] for what in wrong(seen)]
    # In the dark at 1280, 390 (without the side) and 360 px; then back in the light.
    assert asked[: len(states())] == [(), (), COLORS + PLACES, COLORS, COLORS, COLORS]
    assert sorted(place for place, rule in found if rule == "color-contrast") == sorted(2 * states(themes=["dark"]))
    assert {place for place, rule in found if rule == "target-size"} >= set(states())

    nameless = """<style>html[data-theme=dark] #anon b { display: none }</style>
    <button id=anon style='width: 40px; height: 40px'><b>on</b></button>"""
    asked.clear()
    seen = open_page(SOUND, change=put(small, nameless), reduced_motion="reduce")
    found = [what.split(": ")[:2] for what in wrong(seen)]
    assert asked[: len(states())] == [(), (), COLORS + PLACES, (), COLORS + PLACES, ()]
    assert [place for place, rule in found if rule == "button-name"] == states(themes=["dark"])
    assert {place for place, rule in found if rule == "target-size"} >= set(states())


def test_what_a_page_does_wrong_is_reported(open_page: Callable[..., Visit]) -> None:
    seen = open_page(SOUND, change=put(*DEEDS))
    seen.page.wait_for_load_state("networkidle")
    found = seen.problems()
    assert [what for what in found if not any(re.fullmatch(deed, what) for deed in DEEDS.values())] == []
    assert [deed for deed in DEEDS.values() if not any(re.fullmatch(deed, what) for what in found)] == []


def test_a_figure_that_does_not_move_is_reported(open_page: Callable[..., Visit]) -> None:
    names = ("mute", "frozen", "alive")
    empty = '<div class="nnlib-explorer" id="empty" data-engine="stored"><svg></svg></div>'
    asleep = FIGURE.format("asleep").replace("stored", "")
    seen = open_page(SOUND, change=put(*(FIGURE.format(name) for name in names), empty, asleep))
    moves = ["ArrowRight x", "Home x", "End x", "Home x", *["ArrowRight y"] * 3]
    reported = [move.split() for move in moves]
    expected = [f"{move} does nothing, or too much: {name}-{id}" for name in names[:2] for move, id in reported]
    nothing = "no control that stored runs answer"
    assert stuck(seen.page) == [*expected, f"empty: {nothing}", f"asleep: {nothing}"]


@pytest.mark.long
def test_axe_made_quicker_finds_what_axe_finds(open_page: Callable[..., Visit]) -> None:
    inserted = put(*(html for html, _, _ in BREAKS.values()))
    seen = open_page("book/01-forward-pass.html", change=inserted)
    page = seen.page
    # the last that the theme does, and axe quotes it
    page.wait_for_function("() => document.querySelector('.pst-async-banner-revealer').style.height === 'auto'")
    # What is wrong, in full; what cannot be told, and what is right: the elements of each rule.
    everything = """async () => {
        axe.configure({ noHtml: true });
        const { violations, incomplete, passes } = await axe.run();
        const told = (rules) => rules.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
        return [JSON.stringify(violations), told(incomplete), told(passes)];
    }"""
    found = []
    for script in (AXE_SCRIPT, SCRIPT):
        page.evaluate(script)
        found.append(page.evaluate(everything))
    (violations, untold, right), (quick_violations, quick_untold, quick_right) = found
    assert "color-contrast" in violations
    assert quick_violations == violations
    # Of a text that is scrolled out of sight axe cannot tell; where another one looks the same and is right, so is it.
    more = set(quick_right) - set(right)
    assert set(quick_right) >= set(right)
    assert set(quick_untold) == set(untold) - more
    assert all(what.startswith("color-contrast: ") for what in more)
