"""A real Chromium for the widgets' small pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from small_pages import Opener, copy_files
from widgets import View, embed
from widgets.explorer import still


@pytest.fixture(scope="package", autouse=True)
def every_position() -> Iterator[None]:
    """As when a notebook is executed to be stored; the tests' own setting runs the ends alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNLIB_EXPLORER", "static")
        yield


@pytest.fixture(scope="package", autouse=True)
def stills() -> Iterator[list[tuple[View, str]]]:
    """What explorers had a still picture drawn of. To draw it takes longer than most tests: one stands for all."""
    asked: list[tuple[View, str]] = []
    drawn = cache(still.picture)

    def picture(view: View, heading: str) -> bytes:
        asked.append((view, heading))
        return drawn(*asked[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(still, "picture", picture)
        yield asked


@pytest.fixture(scope="session")
def pages_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    copy_files(folder)
    return folder


@pytest.fixture
def open_page(browser: Browser, pages_folder: Path) -> Iterator[Opener]:
    """`open_page(figure, scheme="file", width=1280, host="page", theme="light", …)` -> Page; errors fail the test."""
    with Opener(browser, pages_folder).closing() as opener:
        yield opener


@pytest.fixture(scope="package")
def tabs() -> Iterator[dict[str, Page]]:
    tabs: dict[str, Page] = {}
    yield tabs
    for page in tabs.values():
        page.context.close()


@pytest.fixture
def open_again(browser: Browser, pages_folder: Path, tabs: dict[str, Page]) -> Iterator[Opener]:
    """`open_page` in a tab that another test may have used: over http, or for widgets that keep nothing."""
    with Opener(browser, pages_folder, tabs).closing() as opener:
        yield opener


@pytest.fixture(scope="session")
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def pure(blank: Page) -> Callable[..., Any]:
    """`pure("pad", "moved", ink, 0, 1)` calls a function of a widget's pure.js, with no page around it."""

    def call(kind: str, name: str, *arguments: Any) -> Any:
        script = (embed.HERE / embed.FOLDERS[kind] / "pure.js").read_text("utf-8")
        # As in an engine that knows no page: whoever asks for one gets an error. What is listed comes back as a list.
        run = f"""([name, given]) => {{
            const document = undefined, window = undefined;
            {script}
            const found = globalThis.nnlibWidgets.{kind}.pure[name](...given);
            return found instanceof Set || ArrayBuffer.isView(found) ? [...found] : found;
        }}"""
        return blank.evaluate(run, [name, list(arguments)])

    return call
