"""Small pages made of one widget or more, opened in Chromium as the book, JupyterLab and VS Code would show them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route
from quick_axe import has
from widgets import Explorer, embed
from widgets.figure import Figure

HTTP = "http://{}.widgets.test/"  # an origin a page: none finds what another has kept in the browser
NUMBERS = itertools.count()
# Where a widget stands: what marks the theme on <html> and <body>, and the ground under it, light and dark.
HOSTS = {
    "page": ('data-theme="{theme}"', "", {"light": "#ffffff", "dark": "#14181e"}),
    "lab": ("", 'data-jp-theme-light="{is_light}"', {"light": "#ffffff", "dark": "#111111"}),
    "vscode": (
        "",
        'class="vscode-{theme}" data-vscode-theme-kind="vscode-{theme}"',
        {"light": "#ffffff", "dark": "#1f1f1f"},
    ),
}
REFUSED = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("no", "SecurityError"); },
});"""
RENDER = """async ([module, style, spec]) => {
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
    const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
    const el = document.createElement("div");
    window.remove = (await import(url)).default.render({ model: { get: () => spec }, el });
    document.body.append(el); // as JupyterLab does it: rendered first, and shown then
}"""


class Stored:
    """An explorer as `document` asks for a figure."""

    kind = "explorer"

    def __init__(self, explorer: Explorer) -> None:
        self.page: str = explorer._repr_mimebundle_()["text/html"]


def document(*figures: Figure | Stored, host: str = "page", theme: str = "light") -> str:
    """A page of the book in small: each style sheet and script once, and the figures' stored HTML."""
    files = {kind: (embed.styles(kind), embed.scripts(kind)) for kind in dict.fromkeys(f.kind for f in figures)}
    styles = dict.fromkeys(path for styles, _ in files.values() for path in styles)
    scripts = dict.fromkeys(path for _, scripts in files.values() for path in scripts)
    html, body, grounds = HOSTS[host]
    words = {"theme": theme, "is_light": str(theme == "light").lower()}
    return "\n".join(
        [
            f'<!doctype html><html lang="en" {html.format(**words)}><head><meta charset="utf-8"><title>Widgets</title>',
            '<meta name="viewport" content="width=device-width">',
            f"<style>body {{ margin: 1rem; font-family: sans-serif; background: {grounds[theme]} }}</style>",
            *(f'<link rel="stylesheet" href="{path.relative_to(embed.HERE)}">' for path in styles),
            f"</head><body {body.format(**words)}><main><h1>Widgets</h1>",
            *(figure.page for figure in figures),
            "</main>",
            *(f'<script src="{path.relative_to(embed.HERE)}"></script>' for path in scripts),
            "</body></html>",
        ]
    )


def copy_files(folder: Path) -> None:
    """Every style sheet and script of a widget, where `document` looks for them."""
    for path in embed.HERE.rglob("*.*s*"):
        if path.suffix in (".js", ".css"):
            copy = folder / path.relative_to(embed.HERE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


@dataclass
class Opener:
    """`open(figure, …)` opens a page; whatever goes wrong on it is kept in `problems`.

    `folder` holds the widgets' files, and the pages beside them. `tabs` are for pages over http, and for widgets that
    keep nothing in the browser: the next test that asks for the same context takes over what one has left. A new one
    would take a process.
    """

    browser: Browser
    folder: Path
    tabs: dict[str, Page] | None = None
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    taken: dict[str, Page] = field(default_factory=dict)

    def __call__(
        self,
        *figures: Figure,
        scheme: str = "file",
        width: int = 1280,
        host: str = "page",
        theme: str = "light",
        kernel: bool = False,
        stand_in: str = "",
        expose: Mapping[str, Any] | None = None,
        refuse_storage: bool = False,
        fragment: str = "",
        prepare: Callable[[BrowserContext], None] | None = None,
        **context: Any,
    ) -> Page:
        """`kernel`: as an anywidget, by the module that it would load, and not from stored HTML.

        `stand_in` is a script that runs first, `expose` functions of this process that the page can call. What is
        done to a context by `prepare` stays in it: no other test gets its tab.
        """
        name = f"page-{next(NUMBERS)}.html"
        stored = () if kernel else figures
        (self.folder / name).write_text(document(*stored, host=host, theme=theme), "utf-8")
        script = stand_in + (REFUSED if refuse_storage else "")
        key = repr([sorted(context.items()), script, expose])

        def new() -> Page:
            return self._new(context, script, expose or {})

        if self.tabs is None or key in self.taken or prepare:
            page = new()
            self.contexts.append(page.context)
        else:
            page = self.taken[key] = self.tabs[key] = self.tabs.get(key) or new()
            wanted = {"color_scheme": "light", "reduced_motion": "no-preference"} | context
            page.emulate_media(media="null", **{name: wanted[name] for name in ("color_scheme", "reduced_motion")})
            page.mouse.move(0, 0)
        if prepare:
            prepare(page.context)
        page.set_viewport_size({"width": width, "height": 900})
        for event, listener in self.listeners.items():
            page.on(event, listener)
        file = self.folder / name
        page.goto((file.as_uri() if scheme == "file" else f"{HTTP.format(file.stem)}{name}") + fragment)
        for figure in figures if kernel else ():
            what = [embed.module(figure.kind), embed.style(figure.kind), {**figure.spec, "id": figure.id}]
            page.evaluate(RENDER, what)
        return page

    def _new(self, context: dict[str, Any], script: str, expose: Mapping[str, Any]) -> Page:
        page = self.browser.new_context(**context).new_page()
        page.context.route(f"{HTTP.format('*')}**", self._serve)
        for name, function in expose.items():
            page.context.expose_function(name, function)
        if script:
            page.context.add_init_script(script)
        page.set_default_timeout(30_000)
        return page

    def _serve(self, route: Route) -> None:
        route.fulfill(path=self.folder / urlsplit(route.request.url).path.removeprefix("/"))

    @cached_property
    def listeners(self) -> dict[Any, Callable[[Any], None]]:
        def said(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.problems.append(message.text)

        return {
            "pageerror": lambda error: self.problems.append(str(error)),
            "console": said,
            "requestfailed": lambda request: self.problems.append(f"failed: {request.url}"),
        }

    @contextmanager
    def closing(self) -> Iterator[Opener]:
        yield self
        for context in self.contexts:
            context.close()
        for page in self.taken.values():
            for event, listener in self.listeners.items():
                page.remove_listener(event, listener)
        assert not self.problems, "\n".join(self.problems)


def violations(page: Page, context: str, only: list[str] | None = None) -> list[str]:
    """What axe finds wrong inside an element, by all of its rules or by some."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if only:
        options["runOnly"] = only
    has(page, "axe")
    asked = "async ([context, options]) => (await axe.run(context, options)).violations"
    found = page.evaluate(asked, [context, options])
    return [f"{v['id']}: {' '.join(node['target'])}" for v in found for node in v["nodes"]]
