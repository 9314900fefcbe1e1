"""The whole book as one document in Chromium, made from the built pages: what both pdf.py and epub.py start from."""

from __future__ import annotations

import mimetypes
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.metadata import files as installed
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import matplotlib
import yaml
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tools.chromium import launch
from tools.serve import HTML, server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WIDGETS = ("explorer", "stepper", "digit_pad", "circuit")  # their folders in book/widgets
NOT_ON_PAPER = {"book/progress"}  # it tells what was done in a browser, and nothing else
MINUTES = 10 * 60_000  # ms; all pages are one
FORMULAS = ROOT / "book" / "_static" / "formulas.js"


def config() -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    return settings


def parts() -> list[dict[str, Any]]:
    """`_toc.yml` as {"caption", "pages"}, but for NOT_ON_PAPER: the introduction, without a caption, then each part."""

    def listed(entries: list[dict[str, Any]]) -> list[str]:
        names = [name for entry in entries for name in [entry["file"], *listed(entry.get("sections", []))]]
        return [name for name in names if name not in NOT_ON_PAPER]

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    first = {"caption": None, "pages": [toc["root"]]}
    return [first, *({"caption": part["caption"], "pages": listed(part["chapters"])} for part in toc["parts"])]


def fonts() -> dict[str, Path]:
    """The same letters on every machine: matplotlib's, and for Chinese a package's."""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    found = {path.name: path for pattern in ("STIXGeneral*.ttf", "DejaVuSans*.ttf") for path in folder.glob(pattern)}
    # Not imported: it would change matplotlib's settings.
    (chinese,) = [file for file in installed("zhplot") or [] if file.name == "NotoSansSC-Regular.ttf"]
    return found | {chinese.name: Path(str(chinese.locate()))}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@contextmanager
def assembled(browser: Browser, note: str, *, widgets: Collection[str] = WIDGETS, root: Path = HTML) -> Iterator[Page]:
    """The assembled document, settled, with `note` below its title and these widgets drawn as they are on paper.

    RuntimeError: a page or picture is missing, a script failed, or something was asked of another machine.
    """
    if not (root / "index.html").is_file():
        sys.exit("the book is not built: make book")
    with server(0, root) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{http.server_port}"
        files = {"paper.css": HERE / "paper.css"} | fonts()
        page = browser.new_page(viewport={"width": 1000, "height": 1000}, device_scale_factor=2)
        page.set_default_timeout(MINUTES)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("response", lambda reply: reply.status >= 400 and problems.append(f"{reply.url}: {reply.status}"))
        document = "<!doctype html><title>paper</title>"

        def serve(route: Route) -> None:
            name = urlsplit(route.request.url).path.removeprefix("/paper/")
            if not route.request.url.startswith((base, "data:", "blob:")):
                problems.append(f"left this machine: {route.request.url}")
                route.abort()
            elif name == "":
                route.fulfill(body=document, content_type="text/html")
            elif name in files:
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                route.fulfill(body=files[name].read_bytes(), content_type=kind)
            else:
                route.continue_()

        page.route("**/*", serve)
        settings = config()
        page.goto(f"{base}/paper/")
        page.evaluate(FORMULAS.read_text("utf-8"))
        page.evaluate((HERE / "assemble.js").read_text("utf-8"))
        document = page.evaluate(
            "given => paper.assemble(given)",
            {
                "parts": parts(),
                "front": {"title": settings["title"], "author": settings["author"], "note": note},
                "widgets": list(widgets),
                "styles": ["paper.css"],
            },
        )
        page.goto(f"{base}/paper/", wait_until="load")
        page.evaluate((HERE / "assemble.js").read_text("utf-8"))
        page.evaluate("paper.settle()")
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        yield page
        page.close()
        http.shutdown()
    if problems:
        raise RuntimeError("\n".join(problems))
