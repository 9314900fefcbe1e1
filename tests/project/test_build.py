"""What make builds anew and what not, and what it offers of that: on a project of empty files."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import notebooks, offline
from tools.paper.offer import offer, offered
from tools.readers import WHOLE

BUILD = """#!/bin/sh
mkdir -p _build/html
echo "${BOOK_URL:-nowhere} ${BOOK_REPOSITORY:-nothing}" >>built
"""
MENU = f"""<ul>
<li><a href="../_downloads/intro.zip" title="This page"><span class="btn__text-container">Notebook</span></a>
</li>
  <li><a href="../_downloads/{WHOLE}.zip"
   title="Download the book as notebooks"><span class="btn__text-container">All notebooks (.zip)</span>
</a>
</li>
<li><button>Print</button></li></ul>
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(notebooks.ROOT / "Makefile", tmp_path)
    for folder in "book", "nnlib", "tools", ".venv/bin":
        (tmp_path / folder).mkdir(parents=True)
    for name in "_config.yml", "_toc.yml", "requirements.txt", "pyproject.toml", "tools/environment.sh", ".venv/.made":
        (tmp_path / name).touch()
    program = tmp_path / ".venv" / "bin" / "jupyter-book"
    program.write_text(BUILD, "utf-8")
    program.chmod(0o755)
    return tmp_path


def make(project: Path, *arguments: str, **where: str) -> list[str]:
    """What was built since the project was made, after this call too."""
    others = "BOOK_", "MAKE", "MFLAGS", "PYTHON"  # what the make that runs this test was told
    environment = {key: value for key, value in os.environ.items() if not key.startswith(others)}
    command = ["make", "-C", str(project), "-o", ".venv/.made", *arguments, "book"]
    subprocess.run(command, env=environment | where, check=True, capture_output=True)
    return (project / "built").read_text("utf-8").splitlines()


def test_a_book_for_another_address_is_built_anew_and_for_the_same_is_not(project: Path) -> None:
    assert make(project) == make(project) == make(project, BOOK_URL="") == ["nowhere nothing"]
    here = {"BOOK_URL": "https://e.org/b/", "BOOK_REPOSITORY": "https://e.org/it"}
    assert make(project, **here) == make(project, **here)
    assert make(project, *(f"{name}={value}" for name, value in here.items()))[1:] == [" ".join(here.values())]
    assert make(project, **here | {"BOOK_REPOSITORY": "https://e.org/that"})[2:] == [
        "https://e.org/b/ https://e.org/that"
    ]
    assert make(project)[3:] == ["nowhere nothing"]


def test_what_was_printed_is_offered_on_the_first_page_where_it_is_there(tmp_path: Path) -> None:
    files = {tmp_path / "b.pdf": "The book (.pdf)", tmp_path / "b.epub": "The book (.epub)"}
    root = tmp_path / "html"
    (root / "_downloads").mkdir(parents=True)
    (root / "intro.html").write_text(MENU, "utf-8")
    offline.write(root)
    assert offer(files, root, "intro") == [] and (root / "intro.html").read_text("utf-8") == MENU
    before = (root / offline.LIST).read_text("utf-8")
    for made, wanted in [("b.epub", ["b.epub"]), ("b.pdf", ["b.pdf", "b.epub"]), ("b.pdf", ["b.pdf", "b.epub"])]:
        (tmp_path / made).write_bytes(made.encode())
        assert offer(files, root, "intro") == wanted
        page = (root / "intro.html").read_text("utf-8")
        for name in "b.pdf", "b.epub":
            assert page.count(f'href="../_downloads/{name}"') == (name in wanted)
            assert (root / "_downloads" / name).is_file() == (name in wanted)
        assert page.count(".zip") == MENU.count(".zip") and page.count("<li") == page.count("</li>")
    assert 'title="Download the whole book as one PDF"><span class="btn__text-container">The book (.pdf)</span>' in page
    assert (root / offline.LIST).read_text("utf-8") != before  # which tells a browser that the page is a new one
    (tmp_path / "b.pdf").unlink()
    assert offer(files, root, "intro") == ["b.epub"] and "b.pdf" not in (root / "intro.html").read_text("utf-8")


def test_a_first_page_without_its_menu_is_no_silent_loss() -> None:
    with pytest.raises(ValueError, match=f"no menu with {WHOLE}"):
        offered("<p>Nothing.</p>", {})
