"""A Sphinx extension: the pictures of a page, as small as they can be sharp, and fetched when a reader comes near.

Notebooks keep their PNGs as the kernel wrote them; here, as pages are written, each is stored again as WebP, which is
a quarter as long: with 256 colors, if none of its pixels is then seen to be another, else with fewer levels a channel.
The pictures that stand for widgets where no script runs come out of the page, which they made twice as long, into files
of their own.

Each picture says how large it is, so that nothing moves when it comes, and is fetched only when it is near the screen,
but for those at the head of a page, which are seen at once.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import posixpath
import re
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, features
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

from tools import cache

HOW = f"{Path(__file__).read_text('utf-8')} {features.version('pil')} {features.version('webp')}".encode()
PICTURE = re.compile(r"<img\b[^>]*>")
SOURCE = re.compile(r'\bsrc="([^"]*)"')
EMBEDDED = re.compile(r"data:image/(png|svg\+xml);base64,(.*)", re.DOTALL)
FAR = 10  # of 255: how far a channel may be from what it was, at the edge of a letter, say
STEP = 4  # of 255: what two neighbouring levels of a channel differ by, where 256 colors are too few


def level(value: int) -> int:
    """The nearest level: 0, 4, 8 … 252, and 255."""
    return 255 if value > 253 else (value + STEP // 2) // STEP * STEP


def fewer_colors(pixels: Image.Image) -> Image.Image:
    if pixels.mode == "RGB":
        few = pixels.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).convert("RGB")
        if max(high for _, high in ImageChops.difference(pixels, few).getextrema()) <= FAR:
            return few
    return pixels.point(level)


def smaller(png: bytes) -> tuple[bytes, int, int]:
    """A PNG as WebP, its width and its height."""
    webp = cache.kept("pictures", png, as_webp, HOW)
    with Image.open(io.BytesIO(webp)) as picture:
        return webp, *picture.size


def as_webp(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        opaque = picture.convert("RGBA").getextrema()[3][0] == 255
        pixels = picture.convert("RGB" if opaque else "RGBA")
    out = io.BytesIO()
    # More effort (method, quality) takes several times as long, and gains a hundredth.
    fewer_colors(pixels).save(out, "WEBP", lossless=True, method=2, quality=60)
    return out.getvalue()


def drawn_in(app: Sphinx, src: str) -> tuple[str, bytes, str] | None:
    """Of a picture that is embedded in the page, or that a notebook drew: a name, its bytes and its kind; else None."""
    if embedded := EMBEDDED.fullmatch(src):
        data = base64.b64decode(embedded[2])
        return hashlib.sha256(data).hexdigest(), data, embedded[1]
    name = posixpath.basename(src)
    for path, given in list(app.builder.images.items()):
        if given == name and path.endswith(".png"):
            return Path(name).stem, Path(app.srcdir, path).read_bytes(), "png"
    return None


def mend(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object | None = None) -> None:
    body = context.get("body", "")
    if app.builder.name != "html" or "<img" not in body:
        return
    folder = Path(app.outdir, app.builder.imagedir)
    here = app.builder.get_target_uri(pagename)
    first_screen = body.find("<h2")

    def picture(tag: re.Match[str]) -> str:
        source = SOURCE.search(tag[0])
        found = source and drawn_in(app, html.unescape(source[1]))
        new = tag[0]
        given = ""
        if source and found:
            stem, data, kind = found
            suffix = ".svg"
            if kind == "png":
                data, width, height = smaller(data)
                suffix = ".webp"
                if " width=" not in new and " height=" not in new:
                    given = f' width="{width}" height="{height}"'
            folder.mkdir(exist_ok=True)
            (folder / (stem + suffix)).write_bytes(data)
            uri = relative_uri(here, posixpath.join(app.builder.imagedir, stem + suffix))
            new = new.replace(source[0], f'src="{html.escape(uri)}"')
            moved.append(stem + ".png")
        if "loading=" not in new and not tag.start() < first_screen:
            given += ' loading="lazy"'
        return f'<img decoding="async"{given}{new.removeprefix("<img")}'

    moved: list[str] = []
    context["body"] = PICTURE.sub(picture, body)
    # What is no longer linked need not be copied.
    for path in [path for path, name in app.builder.images.items() if name in moved]:
        del app.builder.images[path]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
