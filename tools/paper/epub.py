"""The book as an EPUB, for readers whose letters and width are their own: python -m tools.paper.epub [file]

Each chapter is a file of XHTML; formulas are the MathML of the pages; a figure with sliders is its
picture at one position, with the values there. The answers stand at the end.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import sys
import uuid
import zipfile
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image, ImageChops

from tools.paper.book import HERE, ROOT, assembled, chromium, config
from tools.serve import HTML

TARGET = ROOT / "_build" / "paper" / "neural-network-by-hand.epub"
NOTE = (
    "This is the book of the pages, for readers of electronic books. A figure that has sliders there shows one "
    "position here, and the values that it was drawn for. Answers and solutions stand at the end. What the pages fold "
    "away is left out: the code that imports, checks and draws; it is in the notebooks."
)
KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".xhtml": "application/xhtml+xml", ".css": "text/css"}
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="book/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en"
    prefix="schema: http://schema.org/">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="id">urn:uuid:{id}</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:creator>{author}</dc:creator>
    <dc:language>en</dc:language>
    <dc:date>{year}</dc:date>
    <dc:rights>Text and figures: CC BY 4.0. Code: BSD 3-Clause.</dc:rights>
    <meta property="dcterms:modified">{year}-01-01T00:00:00Z</meta>
    <meta property="schema:accessMode">textual</meta>
    <meta property="schema:accessMode">visual</meta>
    <meta property="schema:accessModeSufficient">textual</meta>
    <meta property="schema:accessibilityFeature">alternativeText</meta>
    <meta property="schema:accessibilityFeature">MathML</meta>
    <meta property="schema:accessibilityFeature">structuralNavigation</meta>
    <meta property="schema:accessibilityFeature">tableOfContents</meta>
    <meta property="schema:accessibilityHazard">none</meta>
    <meta property="schema:accessibilitySummary">Formulas are MathML; figures have alternative text.</meta>
  </metadata>
  <manifest>
{manifest}
  </manifest>
  <spine>
{spine}
  </spine>
</package>
"""
NAVIGATION = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>Contents</title><link rel="stylesheet" href="book.css"/></head>
<body><nav epub:type="toc" id="toc"><h1>Contents</h1>
{contents}
</nav></body>
</html>
"""
FAR = 10  # of 255: how far a channel may be from what it was, at the edge of a letter, say
LIGHT = 'html[data-theme="light"] '


def code_colours(root: Path = HTML) -> str:
    """The pages' colours of code, in the light."""
    rules = (root / "_static" / "pygments.css").read_text("utf-8").splitlines()
    return "\n".join(rule.removeprefix(LIGHT) for rule in rules if rule.startswith(LIGHT + ".highlight ."))


def few(image: Image.Image) -> Image.Image:
    """The picture in 256 colours, if it then looks the same."""
    whole = image.convert("RGB")
    if image.mode not in ("RGB", "RGBA") or (image.mode == "RGBA" and image.getextrema()[3][0] < 255):
        return image
    reduced = whole.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    far = max(high for _, high in ImageChops.difference(whole, reduced.convert("RGB")).getextrema())
    return reduced if far <= FAR else whole


def picture(address: str, root: Path = HTML) -> tuple[bytes, str]:
    """A picture of a page, by its address, and how its file's name ends: few readers know WebP, which becomes a PNG."""
    if address.startswith("data:"):
        kind, _, data = address.removeprefix("data:image/").partition(";base64,")
        content, suffix = base64.b64decode(data), f".{kind.partition('+')[0]}"
    else:
        path = root / unquote(urlsplit(address).path).lstrip("/")
        content, suffix = path.read_bytes(), path.suffix
    if suffix == ".svg":
        return content, suffix
    out = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        few(image).save(out, "PNG", optimize=True)
    return (out.getvalue(), ".png") if suffix != ".png" or out.tell() < len(content) else (content, suffix)


def contents(chapters: list[dict[str, Any]]) -> str:
    """The nested lists of the navigation: parts, chapters, sections."""

    def item(target: str, title: str, inside: list[str]) -> str:
        rest = f"<ol>{''.join(inside)}</ol>" if inside else ""
        return f'<li><a href="{target}">{html.escape(title)}</a>{rest}</li>'

    def chapter(one: dict[str, Any]) -> str:
        name = f"{one['name']}.xhtml"
        return item(name, one["title"], [item(f"{name}#{id}", title, []) for id, title in one["sections"]])

    items = []
    for part, group in groupby(chapters, key=lambda one: one["part"]):
        inside = list(group)
        listed = [chapter(one) for one in inside]
        items += [item(f"{inside[0]['name']}.xhtml", part, listed)] if part else listed
    return f"<ol>{''.join(items)}</ol>"


def packed(chapters: list[dict[str, Any]], settings: dict[str, Any], root: Path = HTML) -> dict[str, bytes]:
    """The files of the book, by their paths, in their order."""
    files: dict[str, bytes] = {}
    properties: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for chapter in chapters:
        for address in chapter["images"]:
            if address not in names:
                content, suffix = picture(address, root)
                names[address] = f"{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
                files[names[address]] = content
    for chapter in chapters:
        text = re.sub(r'(?<=src=")image:(\d+)', lambda m: names[chapter["images"][int(m[1])]], chapter["xhtml"])  # noqa: B023
        name = f"{chapter['name']}.xhtml"
        files[name] = f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n{text}\n'.encode()
        properties[name] = [kind for kind in ("mathml", "svg") if chapter[kind]]
    files["contents.xhtml"] = NAVIGATION.format(contents=contents(chapters)).encode()
    properties["contents.xhtml"] = ["nav"]
    files["book.css"] = f"{(HERE / 'epub.css').read_text('utf-8')}\n{code_colours(root)}\n".encode()
    manifest = "\n".join(
        f'    <item id="f-{name.replace(".", "-")}" href="{name}" media-type="{KINDS[Path(name).suffix]}"'
        + (f' properties="{" ".join(properties[name])}"' if properties.get(name) else "")
        + "/>"
        for name in sorted(files)
    )
    order = [chapters[0]["name"], "contents", *(chapter["name"] for chapter in chapters[1:])]
    package = PACKAGE.format(
        id=uuid.uuid5(uuid.NAMESPACE_URL, settings["title"]),
        title=html.escape(settings["title"]),
        author=html.escape(settings["author"]),
        year=settings["copyright"],
        manifest=manifest,
        spine="\n".join(f'    <itemref idref="f-{name}-xhtml"/>' for name in order),
    )
    return {
        "META-INF/container.xml": CONTAINER.encode(),
        "book/book.opf": package.encode(),
        **{f"book/{name}": content for name, content in sorted(files.items())},
    }


def write(target: Path, files: dict[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        # First and not compressed: by its bytes a program knows what the file is. Each of 1980, to be the same again.
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            method = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, method)


def make(target: Path = TARGET) -> None:
    # The other widgets are drawings, for which their stills stand.
    with chromium() as browser, assembled(browser, NOTE, widgets=["explorer"]) as page:
        for chapter in page.query_selector_all(".paper-chapter:has(.nnlib-explorer)"):
            chapter.evaluate("paper.showOnly")  # on a page that is short, a picture is taken soon
            for explorer in chapter.query_selector_all(".nnlib-explorer"):
                png = base64.b64encode(explorer.query_selector(".nx-stage").screenshot()).decode()  # type: ignore[union-attr]
                explorer.evaluate("paper.toPicture", f"data:image/png;base64,{png}")
        chapters: list[dict[str, Any]] = page.evaluate("paper.split()")
    write(target, packed(chapters, config()))
    print(f"{target}: {len(chapters)} files of text, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
