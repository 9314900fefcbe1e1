"""Pyodide's files are fetched once, checked each time, and packed; where they cannot be had the book says so."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools import cache, editor_bundle, live, live_files, notebooks, pyodide_assets, weigh

CONTENT = {"core": {"a.wasm": b"a" * 1000}, "numpy": {"n.whl": b"n"}}


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of two small files, the package that has them, and an empty cache; pip is called by nobody."""
    sums = {group: {name: sha(data) for name, data in files.items()} for group, files in CONTENT.items()}
    source = {"package": "some-package", "version": "1", "sha256": "0" * 64, "folder": "some/pyodide"}
    path = tmp_path / "lock.json"
    path.write_text(json.dumps({"from": source, "files": sums}), "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    put(tmp_path, {name: data for files in CONTENT.values() for name, data in files.items()})
    fetched = []

    def download(source: dict[str, str], work: Path) -> Path:
        fetched.append(source["package"])
        return tmp_path / "package.whl"

    monkeypatch.setattr(pyodide_assets, "download", download)
    monkeypatch.setattr(pyodide_assets, "fetched", fetched, raising=False)
    return path


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(folder: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(folder / "package.whl", "w") as wheel:
        for name, data in files.items():
            wheel.writestr(f"some/pyodide/{name}", data)


def times_fetched() -> int:
    fetched: list[str] = vars(pyodide_assets)["fetched"]
    return len(fetched)


def test_files_are_fetched_once(lock: Path) -> None:
    found = pyodide_assets.files("core", lock=lock)
    assert {name: path.read_bytes() for name, path in found.items()} == CONTENT["core"]
    assert set(pyodide_assets.files(lock=lock)) == {"a.wasm", "n.whl"}
    assert times_fetched() == 1
    assert found["a.wasm"].is_relative_to(cache.home())
    assert not list(cache.home().glob("fetching-*"))


def test_a_damaged_file_is_fetched_again(lock: Path) -> None:
    path = pyodide_assets.files("core", lock=lock)["a.wasm"]
    for spoilt in b"b" * 1000, b"":
        path.write_bytes(spoilt)
        assert pyodide_assets.files("core", lock=lock)["a.wasm"].read_bytes() == CONTENT["core"]["a.wasm"]
    path.unlink()
    pyodide_assets.files("core", lock=lock)
    assert times_fetched() == 4


def test_another_lock_has_another_folder(lock: Path) -> None:
    one = pyodide_assets.files("core", lock=lock)["a.wasm"]
    lock.write_text(f"{lock.read_text('utf-8')}\n", "utf-8")
    assert pyodide_assets.files("core", lock=lock)["a.wasm"] != one


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.wasm": b"other", "n.whl": b"n"}, "a.wasm is not the file whose SHA-256"),
        ({"n.whl": b"n"}, "some-package 1 has no a.wasm"),
    ],
)
def test_a_package_with_other_files_is_refused(lock: Path, tmp_path: Path, files: dict[str, bytes], says: str) -> None:
    put(tmp_path, files)
    with pytest.raises(pyodide_assets.MissingError, match=says):
        pyodide_assets.files("core", lock=lock)
    assert not list(cache.home().rglob("a.wasm"))


def test_what_pip_says_comes_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"package": "nobody-has-this-package", "version": "0.0.1", "sha256": "0" * 64}
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(pyodide_assets.MissingError) as error:
        pyodide_assets.download(source, tmp_path)
    assert str(error.value).startswith("pip could not fetch nobody-has-this-package==0.0.1: ")
    assert "\n" not in str(error.value)


def test_the_lock_names_no_host_and_each_file_of_a_page() -> None:
    text = pyodide_assets.LOCK.read_text("utf-8")
    assert "://" not in text
    plan = json.loads(text)
    assert set(plan["files"]["core"]) >= {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"}
    sums = [sum for files in plan["files"].values() for sum in files.values()]
    assert all(re.fullmatch("[0-9a-f]{64}", sum) for sum in [*sums, plan["from"]["sha256"]])


# --- packs -------------------------------------------------------------------------------------------------


def test_a_pack_is_read_as_it_was_written(tmp_path: Path) -> None:
    files = {"b/c.bin": bytes(range(256)), "a.py": "é = '\n'\n".encode(), "b/empty": b""}
    (tmp_path / "all.pack").write_bytes(live_files.pack(files))
    script = (
        f"import {{ unpack }} from {json.dumps((live_files.LIVE / 'pack.mjs').as_uri())};"
        "import fs from 'node:fs';"
        "const folder = process.argv[1];"
        "const FS = { mkdirTree: (path) => fs.mkdirSync(path, { recursive: true }), writeFile: fs.writeFileSync };"
        "unpack(FS, fs.readFileSync(`${folder}/all.pack`), `${folder}/out`);"
    )
    done = live_files.run_node("--input-type=module", "--eval", script, str(tmp_path))
    assert done is not None and done.returncode == 0, done and done.stderr
    out = tmp_path / "out"
    assert {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()} == files


def test_what_was_made_is_kept_until_its_source_or_its_way_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = []

    def make(data: bytes) -> bytes:
        made.append(data)
        return data.upper()

    for data, how in [(b"a", b"1"), (b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"a", b"1")]:
        assert cache.kept("upper", data, make, how) == data.upper()
    assert made == [b"a", b"b", b"a"]
    folder = cache.home() / "upper"
    assert len(list(folder.iterdir())) == 3
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    cache.kept("upper", b"b", make, b"1")  # which is asked for again
    cache.kept("upper", b"c", make, b"1")
    assert {path.read_bytes() for path in folder.iterdir()} == {b"B", b"C"}
    shutil.rmtree(tmp_path / "neural-network-by-hand")
    (tmp_path / "neural-network-by-hand").write_text("no folder")
    assert cache.kept("upper", b"a", make, b"1") == b"A"


def test_what_a_page_can_import_is_there() -> None:
    names = {name for name, _ in live_files.modules()}
    assert {"nnlib/network.py", "widgets/live/bridge.py", "experiments/zoo.py", "widgets/theme.css"} <= names
    assert not names & live_files.WITHOUT
    assert not [name for name in names if not name.endswith(".py") and name not in live_files.ALSO]


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    try:
        return live_files.files()
    except pyodide_assets.MissingError as error:
        pytest.skip(str(error))


def test_live_mode_takes_ten_megabytes_at_most(made: dict[str, bytes]) -> None:
    assert sum(len(live.compressed(data)) for data in made.values()) < 10_000_000


def test_what_a_start_imports_is_compiled(made: dict[str, bytes]) -> None:
    def names(pack: bytes) -> set[str]:
        return {name for name, _ in json.loads(pack.partition(b"\n")[0])}

    assert {"numpy/ma/core.pyc", "numpy/random/__init__.pyc"} <= names(made["numpy.pack"])
    assert "numpy/ma/core.py" not in names(made["numpy.pack"])
    book = names(made["book.pack"])
    assert {"nnlib/__pycache__/network.cpython-314.pyc", "nnlib/network.py"} <= book


def test_without_node_sources_are_packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(live_files, "run_node", lambda *_, **__: None)
    assert live_files.compiled({"book.pack": b"[]\n"}) == {}
    failed = SimpleNamespace(returncode=1, stdout="", stderr="")
    monkeypatch.setattr(live_files, "run_node", lambda *_, **__: failed)
    assert live_files.compiled({"book.pack": b"[]\n"}) == {}
    assert editor_bundle.bundle() is None
    assert not list(tmp_path.rglob("fetching-*"))


# --- in the built book -------------------------------------------------------------------------------------


def test_each_file_that_is_listed_is_there_and_is_what_it_is_said_to_be(made: dict[str, bytes], tmp_path: Path) -> None:
    name = live.assemble(tmp_path, {"a/b.json": b"{}"})
    listed = json.loads((tmp_path / name / "files.json").read_text("utf-8"))
    assert set(listed) == set(made)
    for about in listed.values():
        data = (tmp_path / name / about["path"]).read_bytes()
        assert about["bytes"] == weigh.sent(about["path"], data) <= len(data)
        assert sha(gzip.decompress(data) if about["path"].endswith(".gz") else data) == about["sha256"]
    assert (tmp_path / name / "a/b.json").read_bytes() == b"{}"
    assert (tmp_path / name / live.EDITOR).stat().st_size > 100_000
    licences = (tmp_path / name / "LICENSES.txt").read_text("utf-8")
    assert "Mozilla Public License" in licences and "Redistributions of source code" in licences
    assert live.assemble(tmp_path, {"a/b.json": b"{}"}) == name
    assert live.assemble(tmp_path, {"a/b.json": b"[]"}) != name


class App:
    """Of Sphinx's application what the extension uses."""

    def __init__(self, root: Path) -> None:
        self.outdir, self.builder = str(root), SimpleNamespace(name="html")
        self.env = SimpleNamespace(found_docs=[], doc2path=str)
        self.scripts: list[str] = []

    def emit(self, name: str) -> list[dict[str, bytes]]:
        return [{"one.json": b"1"}]

    def add_js_file(self, path: str, **_: Any) -> None:
        self.scripts.append(path)

    def add_css_file(self, path: str, **_: Any) -> None:
        self.scripts.append(path)


EXPLORER = '<div class="nnlib-explorer" id="lr" data-engine="stored">'


def told(app: App, body: str) -> str:
    context = {"body": body, "pathto": lambda path, _: f"../{path}"}
    live.tell(app, "book/06", "page.html", context, None)  # type: ignore[arg-type]
    return str(context.get("metatags", ""))


def test_a_page_knows_where_python_is(made: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = App(tmp_path)
    meta = told(app, EXPLORER)
    found = re.search(r'<meta name="nnlib-live" content="../(_static/live/\w+/)" data-page="book/06" data-editor', meta)
    assert found and (tmp_path / found[1] / "worker.mjs").is_file() and (tmp_path / found[1] / "one.json").is_file()
    assert app.scripts == ["widgets/live/live.js", "widgets/live/editor.js", "widgets/live/live.css"]
    plain = App(tmp_path)
    assert told(plain, "<p>text</p>") == meta and plain.scripts == []


def test_without_the_files_a_page_says_nothing_and_the_build_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: Any) -> None:
        raise pyodide_assets.MissingError("no network")

    monkeypatch.setattr(pyodide_assets, "files", missing)
    app = App(tmp_path)
    assert [told(app, EXPLORER), told(app, EXPLORER)] == ["", ""]
    assert app.scripts == []
    assert capsys.readouterr().err == "No live mode in this build: no network\n"
    assert pyodide_assets.main() == 0
    assert capsys.readouterr().out == "No live mode in this build: no network\n"


def test_the_programs_of_a_notebook_are_found_by_their_elements_ids() -> None:
    page = {"text/html": [EXPLORER, "\n</div>"], live.LIVE: {"run": "f", "values": [1.0]}}
    cells = [
        {"outputs": [{"data": page}, {"data": {"text/html": ["<p>"]}}, {"text": "printed"}]},
        {"cell_type": "markdown"},
    ]
    assert dict(live.programs({"cells": cells})) == {"lr": b'{"run":"f","values":[1.0]}'}


def test_pages_are_made_without_programs() -> None:
    page = {"text/html": [EXPLORER], live.LIVE: {"run": "f"}}
    cells = [{"outputs": [{"data": page}, {"text": "printed"}]}, {"cell_type": "markdown"}]
    source = [json.dumps({"cells": cells})]
    live.leave_out(None, "book/06", source)  # type: ignore[arg-type]
    assert json.loads(source[0])["cells"][0]["outputs"] == [{"data": {"text/html": [EXPLORER]}}, {"text": "printed"}]
    text = ["no notebook"]
    live.leave_out(None, "book/notation", text)  # type: ignore[arg-type]
    assert text == ["no notebook"]


def test_each_explorer_of_the_book_has_its_program() -> None:
    for path in notebooks.all_notebooks():
        notebook = notebooks.read(path)
        html = [
            notebooks.text(o.get("data", {}).get("text/html", ""))
            for c in notebook["cells"]
            for o in c.get("outputs", [])
        ]
        ids = [id for text in html for id in live.ELEMENT.findall(text)]
        assert ids == [id for id, _ in live.programs(notebook)], path.name
