"""A real Chromium on the built book: over http from this machine, or straight from the disk."""

from browsing import open_page, site, visit

__all__ = ["open_page", "site", "visit"]
