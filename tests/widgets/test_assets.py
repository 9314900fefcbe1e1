"""The Sphinx extension: a widget's files once a site, on the pages that hold it, at work from file:// too."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sphinx.application import Sphinx
from widgets import embed
from widgets.examples import explorer as examples


def build(folder: Path, pages: dict[str, list[str]]) -> tuple[Path, str]:
    """A site of pages that hold these elements: its folder, and the warnings."""
    source, out = folder / "source", folder / "out"
    source.mkdir()
    for name, elements in pages.items():
        raw = [".. raw:: html\n\n" + "\n".join("   " + line for line in html.splitlines()) for html in elements]
        (source / f"{name}.rst").write_text("\n\n".join([f"{name}\n{'=' * len(name)}", *raw]) + "\n", "utf-8")
    warnings = io.StringIO()
    config = {"extensions": "tools.widget_assets", "html_theme": "basic", "root_doc": next(iter(pages))}
    app = Sphinx(source, None, out, folder / "doctrees", "html", confoverrides=config, status=None, warning=warnings)
    app.build()
    return out, warnings.getvalue()


@pytest.mark.filterwarnings("ignore")
def test_a_page_loads_what_it_needs_and_its_slider_moves(browser: Browser, tmp_path: Path) -> None:
    out, warnings = build(tmp_path, {"with": [examples.html(examples.trained("one"))], "without": []})
    assert [line for line in warnings.splitlines() if "toctree" not in line] == []
    page = (out / "with.html").read_text("utf-8")
    assert "widgets/" not in (out / "without.html").read_text("utf-8")
    loaded = re.findall(r'<script defer="defer" src="_static/widgets/([^"?]*)', page)
    assert loaded == [path.relative_to(embed.HERE).as_posix() for path in embed.scripts("explorer")]
    styled = re.findall(r'<link rel="stylesheet"[^>]*href="_static/widgets/([^"?]*)', page)
    assert styled == [path.relative_to(embed.HERE).as_posix() for path in embed.styles("explorer")]
    assert all((out / "_static" / "widgets" / name).is_file() for name in loaded + styled)
    assert not (out / "_static" / "widgets" / "examples").exists()
    tab = browser.new_page()
    tab.goto((out / "with.html").as_uri())
    output = tab.locator(".nnlib-explorer output")
    assert output.inner_text().startswith("learning rate 0.1:")
    tab.locator(".nnlib-explorer input").focus()
    tab.keyboard.press("End")
    assert output.inner_text().startswith("learning rate 10:")
    tab.close()


@pytest.mark.filterwarnings("ignore")
def test_an_id_that_is_used_twice_on_a_page_is_a_warning(tmp_path: Path) -> None:
    element = embed.embed("explorer", {}, id="twin")
    _, warnings = build(tmp_path, {"index": [element, embed.embed("pad", {}, id="other"), element]})
    assert "2 widgets have the id 'twin': give each its own by id=" in warnings
    assert "other" not in warnings
