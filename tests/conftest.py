"""One Chromium for all tests of a process, the system's, driven by Playwright; and who measures nnlib's coverage."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


NNLIB = Path(__file__).parent / "nnlib"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage is that of nnlib's own tests: what is traced takes half as long again, whichever code it runs."""
    coverage = sys.modules.get("coverage")  # which is not needed where it is not asked for
    running = coverage.Coverage.current() if coverage else None
    if running is None or NNLIB in item.path.parents:
        return (yield)
    running.stop()
    try:
        return (yield)
    finally:
        running.start()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.find() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{chromium.NONE} to run the browser tests")
    from playwright.sync_api import sync_playwright  # nnlib's tests do without

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()
