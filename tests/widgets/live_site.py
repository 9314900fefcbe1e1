"""A small site with live mode: a page with two explorers, and what Python in the page needs, over http."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from live_runs import kept
from playwright.sync_api import Browser, Page
from small_pages import Stored, copy_files, document
from widgets.explorer.explorer import LIVE

from tools import live
from tools.serve import server

PAGE = "book/page"


def build(folder: Path, *, offered: bool = True) -> None:
    """Write the site into `folder`."""
    figures = kept()
    copy_files(folder / "book")
    html = document(*(Stored(figure) for figure in figures))
    if offered:
        more = {f"{PAGE}/{f.id}.json": json.dumps(f._repr_mimebundle_()[LIVE]).encode() for f in figures}
        name = live.assemble(folder / live.PLACE, more)
        bundled = (folder / live.PLACE / name / live.EDITOR).is_file()
        head = live.meta(f"../{live.PLACE}/{name}/", PAGE, bundled)
        head += '\n<link rel="stylesheet" href="live/live.css">\n<link rel="icon" href="data:,">'
        html = html.replace("</head>", f"{head}</head>")
        scripts = "".join(f'<script src="live/{script}"></script>\n' for script in live.SCRIPTS)
        html = html.replace("<script src=", f"{scripts}<script src=", 1)
    (folder / f"{PAGE}.html").write_text(html, "utf-8")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with server(0, folder) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


class Visitor:
    """Pages of the site, with all that they asked for and all that went wrong."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.requests: list[str] = []
        self.problems: list[str] = []

    @contextmanager
    def page(self, fragment: str = "", **context: Any) -> Iterator[Page]:
        new = self.browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **context})
        new.on("request", lambda request: self.requests.append(request.url))
        page = new.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.problems.append(said.text))
        page.goto(f"{self.base}/{PAGE}.html{fragment}")
        yield page
        new.close()
