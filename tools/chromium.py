"""Where this machine's Chromium is, and how it is started to be looked at by nobody."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

# The first has no windows: a page opens at a tenth of the cost, and all in it is as in the others.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NONE = (
    "no Chromium on the PATH: `apt-get install chromium` (Debian, Ubuntu: also `chromium-browser`) "
    "or put a `chromium` or `google-chrome` there"
)


def find(*, as_readers_have_it: bool = False) -> str | None:
    """The path of a Chromium, or None; on request, of one with windows if there is one, for what is measured in it."""
    first = 1 if as_readers_have_it else 0
    return next(filter(None, map(shutil.which, NAMES[first:] + NAMES[:first])), None)


def launch(playwright: Playwright, *, as_readers_have_it: bool = False) -> Browser:
    """Started without anything to be seen of it; SystemExit: there is none."""
    path = find(as_readers_have_it=as_readers_have_it)
    if path is None:
        sys.exit(NONE)
    return playwright.chromium.launch(executable_path=path, args=FLAGS)
