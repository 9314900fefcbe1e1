"""Chromium's windows: opened once, and used by one test after the other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Windows:
    """Pages that stay open, and are lent to one test after the other, blank, with nothing stored and nobody listening.

    In a new window a page of the book takes twice the processor's time: for the window and its processes, and to read
    the scripts, the styles and the fonts that the last page had, too.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.idle: dict[str, list[Page]] = defaultdict(list)

    @contextmanager
    def lend(
        self,
        *listeners: tuple[str, Callable[[Any], Any]],
        viewport: tuple[int, int] = (1280, 900),
        begin: str = "",
        purpose: str = "",
        alone: bool = False,
        **options: Any,
    ) -> Iterator[Page]:
        """`options` are those of Playwright's `new_context`, `begin` is a script that each document begins with.

        `purpose`: pages from the disk and from a server are no good to each other, having different processes.
        `alone`: in a new window, for a test that does what is not undone: a clock, permissions, scripts of its own.
        """
        idle = [] if alone else self.idle[json.dumps([begin, purpose, options], sort_keys=True)]
        page = idle.pop() if idle else self._open(begin, options)
        page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
        for event, listener in listeners:
            page.on(event, listener)  # type: ignore[call-overload]
        clean = False
        try:
            yield page
            for event, listener in listeners:
                page.remove_listener(event, listener)
            clean = not alone and self._clear(page, options)
        finally:
            if clean:
                idle.append(page)
            else:
                page.context.close()

    def _open(self, begin: str, options: dict[str, Any]) -> Page:
        context = self.browser.new_context(**options)
        if begin:
            context.add_init_script(begin)
        return context.new_page()

    @staticmethod
    def _clear(page: Page, options: dict[str, Any]) -> bool:
        """Whether the page is blank again: not one that hangs, or has gone."""
        from playwright.sync_api import Error

        try:
            page.set_default_timeout(10_000)
            page.unroute_all()
            page.context.unroute_all()
            if page.url != "about:blank":
                page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            page.context.clear_cookies()
            page.goto("about:blank")
            page.mouse.up()
            page.mouse.move(-1, -1)
            page.emulate_media(
                media="null",
                color_scheme=options.get("color_scheme", "light"),
                reduced_motion=options.get("reduced_motion", "no-preference"),
                forced_colors=options.get("forced_colors", "none"),
            )
        except Error:
            return False
        for other in page.context.pages:
            if other is not page:
                other.close()
        return True
