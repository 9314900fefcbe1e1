"""The built book carries nothing that a page does not use, and its pictures are small, sharp and legible in the dark.

That each page keeps within its budget is tested where it is visited anyway (test_book.py).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from browsing import Site, Visit
from PIL import Image
from test_book import PAGES

from tools import weigh
from tools.serve import HTML

BOOK = Path(__file__).resolve().parents[2] / "book"
LOADS = re.compile(r'<(?:script|link)[^>]*(?:src|href)="(?:\.\./)*(_static/[^"?]+)')
# A file that only some pages load, and what a page holds that loads it.
ONLY_WITH = {
    "maths/maths.css": 'class="math',
    "formulas.js": 'class="math',
    "design-tabs.js": "sd-tab-set",
    "sphinx-design.min.css": 'class="sd-',
    "copybutton.js": '<div class="highlight',
    "clipboard.min.js": '<div class="highlight',
    "togglebutton.js": "dropdown admonition",
    "exercise.css": "exercise admonition",
    "proof.css": 'class="proof',
    "widgets/explorer/explorer.js": 'class="nnlib-explorer',
    "widgets/stepper/stepper.js": 'class="nnlib-stepper',
    "widgets/exercise/exercise.js": 'class="nnlib-exercise',
}


@cache
def html(path: str) -> str:
    return (HTML / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", ONLY_WITH)
def test_a_page_loads_only_what_it_uses(file: str) -> None:
    loading = {path for path in PAGES if f"_static/{file}" in LOADS.findall(html(path))}
    # what is in the text of a cell or of a page is escaped
    assert loading == {path for path in PAGES if ONLY_WITH[file] in html(path).partition("<article")[2]}


def test_there_is_no_icon_font_and_no_script_for_icons() -> None:
    assert not [path for path in HTML.rglob("*") if re.search(r"fontawesome|webfonts", str(path))]
    assert not [path for path in PAGES if "fontawesome" in html(path)]
    styles = "".join(path.read_text(encoding="utf-8") for path in (HTML / "_static" / "styles").glob("*.css"))
    assert "@font-face" not in styles
    used = {name for path in PAGES for name in re.findall(r'<i class="fa\w*(?:-solid)? (fa-[\w-]+)', html(path))}
    assert used >= {"fa-download", "fa-list"}
    assert not [name for name in used if f".{name}{{width:" not in styles]


def test_icons_are_drawn_in_the_color_of_the_text(visit: Callable[..., Visit]) -> None:
    seen = visit("book/02-backpropagation.html", theme="dark")
    icons = seen.page.evaluate("""() => [...document.querySelectorAll("i[class*=fa-]")]
        .filter((icon) => icon.checkVisibility()).map((icon) => {
            const { maskImage, backgroundColor, color, width, height } = getComputedStyle(icon);
            const drawn = maskImage.startsWith('url("data:image/svg') && backgroundColor === color;
            return drawn && parseFloat(width) > 5 && parseFloat(height) > 5;
        })""")
    assert len(icons) >= 5
    assert all(icons)
    # No formula is a stop of the Tab key, and each is there for who listens.
    formulas = seen.page.locator("mjx-container")
    assert formulas.count() > 100
    assert seen.page.locator("mjx-container[tabindex]").count() == 0
    assert seen.page.locator("mjx-container > mjx-assistive-mml math").count() == formulas.count()


def drawn() -> dict[str, bytes]:
    """The PNGs of the chapters by the hash that names them."""
    found = {}
    for path in sorted(BOOK.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                if png := output.get("data", {}).get("image/png"):
                    data = base64.b64decode("".join(png))
                    found[hashlib.sha256(data).hexdigest()] = data
    return found


def test_figures_are_what_the_notebooks_drew_and_much_smaller() -> None:
    pictures = drawn()
    stored = {path.stem: path for path in (HTML / "_images").glob("*.webp")}
    shown = pictures.keys() & stored.keys()
    assert len(shown) > 50
    assert sum(stored[name].stat().st_size for name in shown) < 0.3 * sum(len(pictures[name]) for name in shown)
    for name in sorted(shown)[::20]:
        with Image.open(io.BytesIO(pictures[name])) as old, Image.open(stored[name]) as new:
            before, after = (np.asarray(picture.convert("RGB"), int) for picture in (old, new))
        assert before.shape == after.shape
        assert abs(before - after).max() <= 10
        assert (after[before.min(axis=2) == 255] == 255).all()
    assert not list((HTML / "_images").glob("*.png"))


def test_a_picture_says_its_size_and_comes_when_it_is_needed() -> None:
    tags = [tag for path in PAGES for tag in re.findall(r"<img[^>]*_images/[^>]*>", html(path))]
    assert len(tags) > 100
    for tag in tags:
        assert 'decoding="async"' in tag
        assert "data:" not in tag
        assert ".svg" in tag or re.search(r' width="\d+" height="\d+"', tag)
    lazy = [tag for tag in tags if 'loading="lazy"' in tag]
    assert len(lazy) > 0.9 * len(tags)
    assert not [path for path in PAGES if "data:image/png" in html(path)]


def test_in_the_dark_figures_have_no_white_ground_but_where_the_text_tells_of_it(visit: Callable[..., Visit]) -> None:
    page = visit("book/11-digits.html", theme="dark").page
    filters = "images => images.map(image => getComputedStyle(image).filter)"
    printed = page.locator("div.cell_output img.as-printed")
    assert printed.evaluate_all(filters) == ["brightness(0.8)"]
    others = page.locator("div.cell_output img:not(.as-printed)").evaluate_all(filters)
    assert len(others) >= 4
    assert all("invert" in filter for filter in others)
    ground = page.locator("div.cell_output img:not(.as-printed)").first
    ground.scroll_into_view_if_needed()
    ground.evaluate("image => image.decode()")
    corner = Image.open(io.BytesIO(ground.screenshot())).convert("RGB").getpixel((3, 3))
    assert max(corner) < 40


def test_too_heavy_a_page_is_reported(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / weigh.FROM).write_text('<script src="../_static/known.js"></script>')
    (tmp_path / "_static").mkdir()
    for name, size in (("known.js", 900_000), ("a.woff", 240_000), ("b.woff", 20_000), ("c.woff", 50_000)):
        # of hashes, which no host makes smaller
        noise = b"".join(hashlib.sha256(f"{name}{k}".encode()).digest() for k in range(size // 32))
        (tmp_path / "_static" / name).write_bytes(noise)
    base = "http://127.0.0.1:1"

    def found(*names: str) -> list[str]:
        return weigh.too_heavy([f"{base}/_static/{name}?v=1" for name in names], tmp_path)

    assert found("known.js", "a.woff", "a.woff") == []
    assert [what.split(" visit")[0] for what in found("a.woff", "b.woff")] == ["the next"]
    assert [what.split(" visit")[0] for what in found("known.js", "a.woff", "b.woff", "c.woff")] == [
        "a first",
        "the next",
    ]


def test_what_a_reader_has_from_chapter_1_is_what_chapter_1_asks_for(visit: Callable[..., Visit], site: Site) -> None:
    seen = visit(weigh.FROM)
    # A Chromium without windows has no place for the icon, and does not ask for it.
    icon = {"_static/favicon.svg"} if seen.page.locator("link[rel=icon][href$='favicon.svg']").count() else set()
    wanted = weigh.known(site.root) - {"searchindex.js"} - icon
    for _ in range(50):
        if not (missing := wanted - set(weigh.files(seen.requests, site.root))):
            break
        seen.page.wait_for_timeout(100)
    assert missing == set()
