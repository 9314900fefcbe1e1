"""What a test holds of a page: where the book is served, and the open page with a log of all that it did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from quick_axe import SCRIPT, has

from tools.serve import HTML, server

CHOOSE = "for (const key of ['mode', 'theme']) localStorage.getItem(key) ?? localStorage.setItem(key, '%s')"
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")

# Every rule that axe has on of itself (but one that takes long, and whose findings are not counted as serious), and
# the one of WCAG 2.2 AA that it leaves off. Formulas are drawn by MathJax, with MathML for those who listen.
# preload: axe would fetch the style sheets again, and follow their imports from the wrong folder.
AXE = """async ([rules, within]) => {
    const options = { resultTypes: ["violations"], preload: false };
    if (rules) options.runOnly = rules;
    else options.rules = { "target-size": { enabled: true }, region: { enabled: false } };
    // From the top of the page: elsewhere its header lies over whatever a click has scrolled to.
    if (getComputedStyle(document.querySelector(within)).position !== "fixed") await look.toTop();
    const whole = look.boxed(); // instead of `exclude`, which goes through all formulas for each element
    const { violations } = await axe.run({ include: [within] }, options);
    whole();
    const law = (v) => v.impact === "moderate" && v.tags.some((tag) => tag.startsWith("wcag"));
    const bars = (v) => v.impact === "serious" || v.impact === "critical" || law(v);
    const told = (v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`);
    return violations.filter(bars).flatMap(told);
}"""


@dataclass(frozen=True)
class Site:
    """The built book: `url("book/intro.html")` over http, or with scheme "file" from the disk."""

    root: Path
    base: str

    def url(self, path: str, scheme: str = "http") -> str:
        base = self.base if scheme == "http" else self.root.as_uri()
        return f"{base}/{path}"


@dataclass
class Visit:
    """One open page and everything that it did."""

    page: Page
    site: Site
    requests: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def goto(self, path: str, scheme: str = "http") -> Page:
        """Open a page of the book and wait until its maths is set."""
        self.page.goto(self.site.url(path, scheme), wait_until="load")
        self.look("settle")
        return self.page

    def look(self, name: str, *arguments: object) -> Any:
        """Call a function of look.js on the page."""
        has(self.page, "look", LOOK)
        return self.page.evaluate(f"given => look.{name}(...given)", list(arguments))

    def resize(self, width: int, height: int = 900) -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        self.look("settle")

    def barriers(self, *rules: str, within: str = "html") -> list[str]:
        """What axe finds that keeps someone from reading: against WCAG 2.2 A or AA, or serious at least."""
        has(self.page, "look", LOOK)
        has(self.page, "axe", SCRIPT)
        found: list[str] = self.page.evaluate(AXE, [list(rules) or None, [within]])
        return found

    def foreign(self) -> list[str]:
        """Requests that left this machine."""
        own = urlsplit(self.site.base).netloc
        local = ("file", "data", "blob", "about")
        split = [(url, urlsplit(url)) for url in self.requests]
        return [url for url, parts in split if parts.scheme not in local and parts.netloc != own]

    def problems(self) -> list[str]:
        return (
            [f"left this machine: {url}" for url in self.foreign()]
            + [f"failed: {what}" for what in self.failed]
            + [f"console: {text}" for text in self.errors]
        )


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    if not (HTML / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first (`make test-site` does)", pytrace=False)
    with server(0) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield Site(HTML, f"http://127.0.0.1:{http.server_port}")
        http.shutdown()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """As `visit`, but leaves it to the test what to make of `Visit.problems()`."""
    contexts: list[BrowserContext] = []

    def open_(
        path: str,
        scheme: str = "http",
        *,
        width: int = 1280,
        height: int = 900,
        theme: str | None = "light",
        change: Callable[[str], str] | None = None,
        **context: Any,
    ) -> Visit:
        # test_offline.py has the service worker; Playwright could not change a page that it answers for.
        given = {"viewport": {"width": width, "height": height}, "service_workers": "block"} | context
        new = browser.new_context(**given)
        contexts.append(new)
        if theme is not None:
            # Once: a page that is switched and opened again stays as it was switched.
            new.add_init_script(CHOOSE % theme)
        page = new.new_page()
        page.set_default_timeout(60_000)
        seen = Visit(page, site)
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
        if change is not None:
            html = change((site.root / path).read_text(encoding="utf-8"))
            page.route(site.url(path, scheme), lambda route: route.fulfill(body=html, content_type="text/html"))
        seen.goto(path, scheme)
        return seen

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def visit(open_page: Callable[..., Visit]) -> Iterator[Callable[..., Visit]]:
    """`visit("book/intro.html", scheme="http", width=1280, height=900, theme="light", **context)` -> Visit.

    `theme` is stored as the theme's own switch would store it; None leaves the page as a first visitor finds
    it. `change` is a function of the page's HTML, for a page that shall be wrong. Further keywords go to
    Playwright's `new_context` (`has_touch=True`, `reduced_motion="reduce"` …). At the end of the test, whatever
    went wrong on any page (a request beyond this machine, a failed one, an error on the console) fails it.
    """
    visits: list[Visit] = []

    def open_(*args: Any, **keywords: Any) -> Visit:
        visits.append(open_page(*args, **keywords))
        return visits[-1]

    yield open_
    problems = [f"{seen.page.url}: {what}" for seen in visits for what in seen.problems()]
    assert not problems, "\n".join(problems)
