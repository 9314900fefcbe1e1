"""A page's launch button: its notebook in JupyterLite, run in the browser from its first cell to its last."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Site, Visit
from jupyter_lite import APP, ready, run, watched
from playwright.sync_api import Page
from test_book import PAGES

from tools import lite
from tools.serve import HTML

LITE = HTML / "lite"
NAME = "10-batch-normalization"  # the one that computes least
BUTTON = "a.btn-launch-button"
MEGABYTES = int(re.findall(r"\d+", lite.BUTTON["tooltip"])[0])
KEPT = "a sentence of the reader's own"

pytestmark = [pytest.mark.usefixtures("built")]


@pytest.fixture(scope="session")
def built(site: Site) -> None:
    if not LITE.is_dir():
        reason = "the book was built without JupyterLite: build/book.log says why"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def opened(seen: Visit) -> Page:
    """What the page's button opens."""
    with seen.page.context.expect_page() as new:
        seen.page.locator(BUTTON).click()
    new.value.set_default_timeout(240_000)
    return new.value


def test_every_page_with_code_has_a_button_that_opens_its_notebook(site: Site) -> None:
    source = HTML.parents[1]
    for page in PAGES:
        links = re.findall(r'<a href="([^"]*)"[^>]*class="[^"]*btn-launch-button', (HTML / page).read_text("utf-8"))
        assert len(links) == (source / page).with_suffix(".ipynb").is_file(), page
        for link in links:
            (path,) = parse_qs(urlsplit(link).query)["path"]
            assert f"book/{path}" == str(Path(page).with_suffix(".ipynb"))
            target = (HTML / page).parent / urlsplit(link).path
            assert target.is_file()
            assert (target.parents[1] / "files" / path).is_file()


def test_python_is_here_with_all_that_it_loads() -> None:
    settings = json.loads((LITE / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    kernel = settings["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["disablePyPIFallback"] is True
    lock = json.loads((LITE / kernel["loadPyodideOptions"]["lockFileURL"]).read_text("utf-8"))
    assert set(kernel["loadPyodideOptions"]["packages"]) == set(lock["packages"])
    assert {"numpy", "matplotlib", "scikit-learn", "anywidget", "neural-network-by-hand"} <= set(lock["packages"])
    folder = (LITE / kernel["pyodideUrl"]).parent
    for name, package in lock["packages"].items():
        assert (folder / package["file_name"]).is_file(), name
        assert set(package["depends"]) <= set(lock["packages"]), name


def test_what_a_start_imports_is_compiled() -> None:
    places = {"numpy-*": "numpy/ma", "matplotlib-*": "matplotlib", "scikit_learn-*": "sklearn", "ipython-*": "IPython"}
    for pattern, folder in places.items():
        (path,) = (LITE / "static" / "pyodide").glob(f"{pattern}.whl")
        with zipfile.ZipFile(path) as wheel:
            assert wheel.testzip() is None
            there = set(wheel.namelist())
        assert {f"{folder}/__init__.py", f"{folder}/__pycache__/__init__.cpython-314.pyc"} <= there
    with zipfile.ZipFile(LITE / "static" / "pyodide" / "python_stdlib.zip") as library:
        assert {"re/__init__.py", "re/__init__.pyc"} <= set(library.namelist())


def test_a_chapter_runs_whole_and_keeps_what_the_reader_writes(visit: Callable[..., Visit]) -> None:
    seen = visit(f"book/{NAME}.html")
    watched(seen.page)
    sizes: list[int] = []
    seen.page.context.on("response", lambda reply: sizes.append(int(reply.headers.get("content-length", 0))))
    page = opened(seen)
    ready(page)
    notebook = run(page, 240)
    assert abs(sum(sizes) / 1e6 - MEGABYTES) < 5  # what the button says
    shown = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in shown) >= 2

    explorer = page.locator(".nnlib-explorer:has(input[type=range])").first
    assert explorer.get_attribute("data-engine") == "kernel"
    before = explorer.locator("output").first.inner_text()
    explorer.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    changed = "([root, before]) => root.querySelector('output').innerText !== before && !root.ariaBusy"
    page.wait_for_function(changed, arg=[explorer.element_handle(), before])
    assert explorer.locator("[role=alert]:visible").count() == 0

    # The reader's changes outlive the page; the button beside the tools takes them back.
    page.evaluate(f"text => {APP}.cells.get(0).sharedModel.setSource(text)", KEPT)
    page.locator("[data-jp-item-name=save]").click()
    page.wait_for_function(f"() => !{APP}.dirty")
    page.context.route("**/static/pyodide/*", lambda route: None)  # nothing is run from here on
    page.reload()
    page.wait_for_function(f"() => {APP}?.cells?.get(0)?.sharedModel.getSource() === {json.dumps(KEPT)}")
    page.get_by_role("button", name="Original", exact=True).click()
    page.get_by_role("button", name="Delete my changes").click()
    page.wait_for_function(f"() => {APP}.cells.get(0).sharedModel.getSource().startsWith('# 10')")

    with page.context.expect_page() as back:
        page.get_by_role("button", name="Page", exact=True).click()
    back.value.wait_for_url(f"**/book/{NAME}.html")


def test_from_the_disk_it_says_what_to_do(open_page: Callable[..., Visit]) -> None:
    seen = open_page(f"book/{NAME}.html", scheme="file")
    page = opened(seen)
    page.get_by_text("only over http").wait_for()
    assert "make serve" in page.locator("main").inner_text()
    page.get_by_role("link", name="To the book").click()
    page.wait_for_url("**/book/intro.html")  # index.html leads there at once
