"""A real Chromium on the built book: over http from this machine, or straight from the disk.

`visit` opens a page and keeps a log of what went wrong; a test that uses it fails at its end if the page
asked for anything beyond this machine, if a request failed, or if the console reported an error.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from browsing import Site, Visit
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tools.serve import HTML, server

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = (
    "no Chromium on the PATH: `apt-get install chromium` (Debian, Ubuntu: also `chromium-browser`) "
    "or put a `chromium` or `google-chrome` there to run the browser tests"
)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    if not (HTML / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first (`make test` does)", pytrace=False)
    with server(0) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield Site(HTML, f"http://127.0.0.1:{http.server_port}")
        http.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(NO_BROWSER, pytrace=False)
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """`visit("book/intro.html", scheme="http", width=1280, height=900, theme="light", **context)` -> Visit.

    `theme` is stored as the theme's own switch would store it; None leaves the page as a first visitor finds
    it. Further keywords go to Playwright's `new_context` (`has_touch=True`, `reduced_motion="reduce"` …). At
    the end of the test, whatever went wrong on any page fails it.
    """
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_(
        path: str,
        scheme: str = "http",
        *,
        width: int = 1280,
        height: int = 900,
        theme: str | None = "light",
        **context: object,
    ) -> Visit:
        new = browser.new_context(viewport={"width": width, "height": height}, **context)
        contexts.append(new)
        if theme is not None:
            new.add_init_script(f"for (const key of ['mode', 'theme']) localStorage.setItem(key, '{theme}')")
        page = new.new_page()
        page.set_default_timeout(30_000)
        seen = Visit(page, site)
        visits.append(seen)
        new.on("request", lambda request: seen.requests.append(request.url))
        new.on(
            "requestfailed",
            # aborted: the test went on to another page before it came
            lambda request: (
                request.failure != "net::ERR_ABORTED" and seen.failed.append(f"{request.url} ({request.failure})")
            ),
        )
        new.on(
            "response",
            lambda reply: reply.status >= 400 and seen.failed.append(f"{reply.url} ({reply.status})"),
        )
        page.on("console", lambda said: said.type == "error" and seen.errors.append(said.text))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.goto(path, scheme)
        return seen

    yield open_
    for context in contexts:
        context.close()
    problems = [f"{seen.page.url}: {what}" for seen in visits for what in seen.problems()]
    assert not problems, "\n".join(problems)
