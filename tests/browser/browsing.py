"""What a test holds of a page: where the book is served, and the open page with a log of all that it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page


@dataclass
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
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait for MathJax, where the page has maths, for the fonts, and for two frames to be drawn."""
        self.page.evaluate(
            """async () => {
                if (document.querySelector(".math")) {
                    while (!window.MathJax?.startup?.promise) await new Promise(r => setTimeout(r, 20));
                    await MathJax.startup.promise;
                }
                await document.fonts.ready;
                await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
            }"""
        )

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
