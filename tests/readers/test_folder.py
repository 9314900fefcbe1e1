"""The reader's own folder: new notebooks come in, and nothing that the reader has changed is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import lab
from tools.readers import packed


def notebook(text: str, output: str = "") -> bytes:
    outputs = [{"output_type": "stream", "name": "stdout", "text": [output]}] if output else []
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": [text],
        "outputs": outputs,
        "execution_count": None,
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


class Desk:
    """A built book with two notebooks, and the folder."""

    def __init__(self, root: Path) -> None:
        self.folder, self.bundle = root / "notebooks", root / "whole.zip"

    def come(self, text: str, without: str = "") -> list[str]:
        files = {"book/01-a.ipynb": notebook(text), "book/errata/a.ipynb": notebook(text), "nnlib/__init__.py": b""}
        files.pop(f"book/{without}", None)
        self.bundle.write_bytes(packed("whole", files | {"book/book.mplstyle": text.encode()}))
        return lab.refresh(self.bundle, self.folder)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    assert desk.come("first") == []
    return desk


def test_notebooks_come_and_modules_do_not(desk: Desk) -> None:
    names = {path.relative_to(desk.folder).as_posix() for path in desk.folder.rglob("*") if path.is_file()}
    assert names == {"01-a.ipynb", "errata/a.ipynb", "book.mplstyle", lab.RECORD}


def test_what_was_not_touched_is_replaced(desk: Desk) -> None:
    assert desk.come("second") == []
    assert "second" in desk.read("01-a.ipynb") and desk.read("book.mplstyle") == "second"


@pytest.mark.parametrize("mine", [notebook("mine"), notebook("first", "and its output"), b"no notebook", b""])
def test_what_was_changed_is_left_alone_and_named(desk: Desk, mine: bytes) -> None:
    (desk.folder / "01-a.ipynb").write_bytes(mine)
    assert desk.come("first") == []  # nothing newer
    for _ in range(2):  # and told each time
        assert desk.come("second") == ["01-a.ipynb"]
        assert (desk.folder / "01-a.ipynb").read_bytes() == mine
    assert "second" in desk.read("errata/a.ipynb")


def test_a_file_of_the_readers_own_is_not_taken_for_the_books(desk: Desk) -> None:
    (desk.folder / lab.RECORD).unlink()
    (desk.folder / "01-a.ipynb").write_bytes(notebook("mine"))
    assert desk.come("second") == ["01-a.ipynb", "book.mplstyle", "errata/a.ipynb"]


def test_saving_it_as_it_is_is_no_change(desk: Desk) -> None:
    saved = json.loads(desk.read("01-a.ipynb"))
    saved["cells"][0] |= {"source": "first", "metadata": {"collapsed": True}}  # as a string, folded
    saved["metadata"]["language_info"] = {"name": "python", "version": "3.13.1"}
    (desk.folder / "01-a.ipynb").write_text(json.dumps(saved))
    assert desk.come("second") == []
    assert "second" in desk.read("01-a.ipynb")


def test_what_was_renamed_comes_again_beside_it(desk: Desk) -> None:
    (desk.folder / "01-a.ipynb").rename(desk.folder / "mine.ipynb")
    assert desk.come("second") == []
    assert "first" in desk.read("mine.ipynb") and "second" in desk.read("01-a.ipynb")


def test_what_the_book_no_longer_has_goes_unless_it_was_changed(desk: Desk) -> None:
    (desk.folder / "mine.ipynb").write_bytes(notebook("first"))  # never the book's
    assert desk.come("first", without="errata/a.ipynb") == []
    assert not (desk.folder / "errata" / "a.ipynb").exists() and (desk.folder / "01-a.ipynb").exists()
    (desk.folder / "01-a.ipynb").write_bytes(notebook("first", "and its output"))
    for _ in range(2):
        assert desk.come("first", without="01-a.ipynb") == []
        assert "and its output" in desk.read("01-a.ipynb") and "first" in desk.read("mine.ipynb")
    assert desk.come("second") == ["01-a.ipynb"]  # should the book have it again, it is the reader's


def test_what_the_reader_has_deleted_and_the_book_too_is_no_fault(desk: Desk) -> None:
    (desk.folder / "errata" / "a.ipynb").unlink()
    assert desk.come("first", without="errata/a.ipynb") == []


def test_one_line_tells(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(lab, "refresh", lambda: ["01-a.ipynb", "02-b.ipynb"])
    lab.main()
    told = capsys.readouterr().out
    assert told.count("\n") == 1 and "01-a.ipynb, 02-b.ipynb" in told


def test_a_zip_is_the_same_bytes_each_time() -> None:
    assert packed("a", {"b": b"1", "c": b"2"}) == packed("a", {"c": b"2", "b": b"1"})
