"""The first cell of a notebook for readers: it finds the book's modules, or says what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.readers import CALL, SETUP, first_cell, packed

NAME = "06-moons"
FILES = {"nnlib/__init__.py": b"", "book/book.mplstyle": b"", "book/errata/a.ipynb": b"", f"book/{NAME}.ipynb": b""}
Find = Callable[..., None]


@pytest.fixture
def find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Find:
    """The cell's function, and nothing of this project on the path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" in path])
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    space: dict[str, Find] = {}
    exec(SETUP.read_text("utf-8").replace(CALL, ""), space)
    return space["find_the_book"]


def lay(folder: Path) -> None:
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def found(folder: Path) -> bool:
    return sys.path[:2] == [str(folder), str(folder / "book")]


@pytest.mark.parametrize("place", ["book", "book/errata"])
def test_in_the_folder_that_it_came_in(find: Find, tmp_path: Path, place: str) -> None:
    lay(tmp_path)
    os.chdir(tmp_path / place)
    find(NAME, place, {})
    assert found(tmp_path) and Path.cwd() == tmp_path / place


def test_in_the_readers_folder_beside_the_book(find: Find, tmp_path: Path) -> None:
    lay(tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "book.mplstyle").touch()
    os.chdir(tmp_path / "notebooks")
    find(NAME, "book", {})
    assert found(tmp_path) and Path.cwd() == tmp_path / "notebooks"


@pytest.mark.parametrize("place", ["book", "book/errata"])
def test_with_its_zip_uploaded_beside_it(find: Find, tmp_path: Path, place: str) -> None:
    (tmp_path / f"{NAME}.zip").write_bytes(packed(NAME, FILES))
    find(NAME, place, {})
    assert found(tmp_path / NAME) and Path.cwd() == tmp_path / NAME / place


def test_alone_it_says_what_to_do(find: Find) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"put 06-moons\.zip beside it"):
        find(NAME, "book", {})


def test_it_names_what_is_not_installed(find: Find, tmp_path: Path) -> None:
    lay(tmp_path)
    with pytest.raises(ModuleNotFoundError, match=r"%pip install no-such-package$"):
        find(NAME, "book", {"numpy": "numpy", "no_such_module": "no-such-package"})


def test_the_cell_is_folded_and_calls_what_it_defines() -> None:
    cell = first_cell(NAME, "book", {"sklearn": "scikit-learn"})
    source = "".join(cell["source"])
    assert source.endswith(f'\nfind_the_book("{NAME}", "book", {{"sklearn": "scikit-learn"}})')
    assert source.startswith("# Run this first") and "noqa" not in source
    assert cell["metadata"]["jupyter"] == {"source_hidden": True}
