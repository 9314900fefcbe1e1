"""One Chromium for all tests of a process, the system's, driven by Playwright; and who measures nnlib's coverage."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


NNLIB = Path(__file__).parent / "nnlib"


@contextmanager
def untraced() -> Iterator[bool]:
    """Without coverage; says whether it is measured. (A worker's pytest-cov has started it twice, one in the other.)"""
    coverage = sys.modules.get("coverage")  # which is not needed where it is not asked for
    running = []
    while coverage and (one := coverage.Coverage.current()):
        one.stop()
        running.append(one)
    try:
        yield bool(running)
    finally:
        for one in reversed(running):
            one.start()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Of what the tests' modules import, nnlib alone is traced, not what it imports in its turn."""
    if session.config.getoption("numprocesses", None):
        return (yield)  # its workers collect
    with untraced() as measured:
        if measured:
            import_module("matplotlib.pyplot")
            import_module("sklearn.base")
    if measured:
        import_module("nnlib.plotting")
        import_module("nnlib.estimators")
    with untraced():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage is that of nnlib's own tests: what is traced takes half as long again, whichever code it runs."""
    if NNLIB in item.path.parents:
        return (yield)
    with untraced():
        return (yield)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.find() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{chromium.NONE} to run the browser tests")
    from playwright.sync_api import sync_playwright  # nnlib's tests do without

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()
