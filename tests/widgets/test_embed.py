"""The one way into a page: everything escaped, data that JSON can hold, files in their order."""

import html.parser
import json
import re

import pytest
from widgets import embed
from widgets.theme import dark_palette, light_palette

NASTY = '"><script>alert(1)</script><!-- & \u2028 é'


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.text = [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data.strip())


def test_whatever_is_embedded_is_escaped_and_comes_out_as_it_was():
    page = embed.embed(
        "stepper", {"a": NASTY, "n": [1.5]}, id=NASTY, still=b"\x89PNG", alt=NASTY, lines=[NASTY], classes=NASTY
    )
    reader = Reader()
    reader.feed(page)
    assert [tag for tag, _ in reader.seen] == ["div", "img", "ol", "li", "script"]
    (_, div), (_, img), _, _, (_, script) = reader.seen
    assert div == {"class": f"nnlib-stepper {NASTY}", "id": NASTY, "data-engine": "stored"}
    assert img == {"class": "nnlib-still", "alt": NASTY, "src": "data:image/png;base64,iVBORw=="[:22] + "iVBORw=="}
    assert script == {"type": "application/json"}
    texts = [text for text in reader.text if text]
    assert texts[0] == NASTY and json.loads(texts[1]) == {"a": NASTY, "n": [1.5]}


def test_an_svg_is_a_picture_as_well():
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in embed.embed("pad", {}, id="a", still="<svg/>")


def test_nothing_still_leaves_data_alone():
    assert embed.embed("explorer", {"a": 1}, id="a") == (
        '<div class="nnlib-explorer" id="a" data-engine="stored">\n'
        '<script type="application/json">{"a":1}</script>\n</div>'
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        embed.embed("explorer", {"a": number}, id="a")


def test_ids_are_counted():
    assert [embed.unique_id("never-asked-for") for _ in range(3)] == [
        "never-asked-for",
        "never-asked-for-2",
        "never-asked-for-3",
    ]


@pytest.mark.parametrize("kind", embed.FOLDERS)
def test_a_widgets_files(kind):
    scripts = [path.relative_to(embed.HERE).as_posix() for path in embed.scripts(kind)]
    folder = embed.FOLDERS[kind]
    assert scripts[:2] == ["theme.js", "mount.js"] and scripts[-1] == f"{folder}/{folder}.js"
    pure = f"{folder}/pure.js"
    kept = ["progress.js"] if kind in embed.KEEPS else []
    others = [*scripts[:2], *kept, *embed.NEEDS.get(kind, ())]
    assert scripts[: len(others)] == others and (scripts[len(others)] == pure or pure not in scripts)
    assert [path.name for path in embed.styles(kind)] == ["theme.css", f"{folder}.css"]
    module = embed.module(kind)
    assert re.findall(r"^export .*$", module, re.MULTILINE) == [
        f"export default {{ render: globalThis.nnlibWidgets.{kind}.render }};"
    ]
    for path in embed.scripts(kind):
        text = path.read_text("utf-8")
        assert text in module
        assert not re.search(
            r"^(import|export)\b|innerHTML|\beval\b|https?://(?!www\.w3\.org/2000/svg)", text, re.MULTILINE
        )
    assert embed.style(kind) == "".join(path.read_text("utf-8") for path in embed.styles(kind))


def test_no_script_or_style_stands_in_a_python_string():
    for path in embed.HERE.rglob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(r"=>|document\.|addEventListener|<style|--nnlib-\w+:", text), path.name


def contrast(one, other):
    """WCAG's ratio of two colors, #rrggbb."""

    def luminance(color):
        rgb = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("palette", "ground"), [(light_palette(), "#ffffff"), (dark_palette(), "#14181e")])
def test_text_and_marks_stand_out(palette, ground):
    assert len(palette) == 18
    series = [color for name, color in palette.items() if name.startswith("series")]
    words = [palette[name] for name in ("ink", "soft", "accent", "backward", "bad")]
    for behind in (ground, palette["paper"]):
        assert min(contrast(color, behind) for color in words + series) >= 4.5
        assert min(contrast(palette[f"class-{k}"], behind) for k in (0, 1)) >= 3  # marks, not words
    assert contrast(palette["ink"], palette["lit"]) >= 4.5


def test_the_palette_is_theme_css_alone():
    for path in [*embed.HERE.rglob("*.css"), *embed.HERE.rglob("*.js"), *embed.HERE.rglob("*.py")]:
        if path.name != "theme.css" and "examples" not in path.parts:
            assert not re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text("utf-8")), path.name
