"""Put what was made of the book on paper beside its pages, and into the menu of the first: python -m tools.paper.offer

The pages are built before the PDF and the EPUB, which are made of them; so only now is there something to link to.
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

from tools import offline
from tools.paper import epub, pdf
from tools.paper.book import parts
from tools.readers import WHOLE
from tools.serve import HTML

FILES = {pdf.TARGET: "The book (.pdf)", epub.TARGET: "The book (.epub)"}
ITEM = re.compile(rf'<li><a href="([^"]*/){WHOLE}\.zip".*?</li>\s*', re.DOTALL)
TITLE = re.compile(r'title="[^"]*"')
TEXT = re.compile(r'(?<=btn__text-container">)[^<]*')


def offered(page: str, files: dict[str, str]) -> str:
    """The page with these files in its menu, by their names in _downloads, and no others that it had from here.

    ValueError: its menu does not offer the notebooks, before which they are to stand.
    """
    found = ITEM.search(page)
    if found is None:
        raise ValueError(f"no menu with {WHOLE}.zip")
    items = ""
    for name, text in files.items():
        item = found[0].replace(f"{WHOLE}.zip", name).replace("<li>", '<li class="paper-offer">')
        item = TITLE.sub(f'title="Download the whole book as one {Path(name).suffix[1:].upper()}"', item)
        items += TEXT.sub(html.escape(text), item)
    kept = re.sub(r'<li class="paper-offer">.*?</li>\s*', "", page, flags=re.DOTALL)
    start = ITEM.search(kept)
    assert start is not None
    return kept[: start.start()] + items + kept[start.start() :]


def offer(files: dict[Path, str], root: Path, first: str) -> list[str]:
    """Copy those of the files that there are into the built site; return their names."""
    there = {path.name: text for path, text in files.items() if path.is_file()}
    for path in files:
        if path.name in there:
            shutil.copyfile(path, root / "_downloads" / path.name)
    page = root / f"{first}.html"
    page.write_text(offered(page.read_text("utf-8"), there), "utf-8")
    offline.write(root, wanted=(root / offline.LIST).exists())
    return [*there]


if __name__ == "__main__":
    print(f"offered for download: {', '.join(offer(FILES, HTML, parts()[0]['pages'][0]))}")
