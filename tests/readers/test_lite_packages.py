"""What Python in JupyterLite consists of: packages, releases, and what becomes of those that are not right."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import lite, lite_packages, live_files, pyodide_assets
from tools.pyodide_assets import MissingError

LINES = """\
packaging==26.0 \\
    --hash=sha256:{0} \\
    --hash=sha256:{1}
    # via here
pexpect==4.9.0 ; sys_platform != 'win32' \\
    --hash=sha256:{1}
    # via ipython
"""


def wheel(name: str, version: str, *needs: str) -> tuple[str, bytes]:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        head = "".join(f"Requires-Dist: {need}\n" for need in needs)
        archive.writestr(
            f"{name}-{version}.dist-info/METADATA", f"Name: {name}\nVersion: {version}\n{head}\nRequires-Dist: no"
        )
        archive.writestr(f"{name}/__init__.py", "")
    return f"{name}-{version}-py3-none-any.whl", whole.getvalue()


def test_packages_are_followed_to_what_they_need_in_a_browser() -> None:
    found = lite_packages.closure(["ipython", "anywidget"], ["traitlets"])
    assert {"ipython", "anywidget", "ipywidgets", "psygnal", "jedi", "parso"} <= set(found)
    assert not {"traitlets", "pexpect", "jupyterlab-widgets", "widgetsnbextension", "colorama"} & set(found)


def test_a_package_s_release_and_hashes_are_those_of_the_lock() -> None:
    text = LINES.format("a" * 64, "b" * 64)
    assert lite_packages.pins(["pexpect", "packaging"], text) == {
        "pexpect": f"pexpect==4.9.0 --hash=sha256:{'b' * 64}",
        "packaging": f"packaging==26.0 --hash=sha256:{'a' * 64} --hash=sha256:{'b' * 64}",
    }
    with pytest.raises(KeyError):
        lite_packages.pins(["numpy"], text)
    for name, line in lite_packages.pins(lite_packages.closure(lite_packages.WANTED, []), REQUIREMENTS).items():
        assert line.startswith(f"{name}==") and "--hash=sha256:" in line


REQUIREMENTS = lite_packages.REQUIREMENTS.read_text("utf-8")


def test_a_wheel_that_the_lock_does_not_allow_is_noticed(tmp_path: Path) -> None:
    name, content = wheel("some_thing", "1.0")
    lines = {"some-thing": f"some-thing==1.0 --hash=sha256:{hashlib.sha256(content).hexdigest()}"}
    assert not lite_packages.sound(tmp_path, lines)
    (tmp_path / name).write_bytes(content)
    assert lite_packages.sound(tmp_path, lines)
    assert not lite_packages.sound(tmp_path, lines | {"other": "other==1.0 --hash=sha256:0"})
    (tmp_path / name).write_bytes(content + b" ")
    assert not lite_packages.sound(tmp_path, lines)


def test_the_lock_names_what_is_there_and_nothing_else() -> None:
    theirs = {
        "info": {"python": "3.14.0"},
        "packages": {
            "numpy": {"file_name": "numpy.whl", "depends": []},
            "matplotlib": {"file_name": "matplotlib.whl", "depends": ["numpy", "gone", "Some_Thing"]},
            "gone": {"file_name": "gone.whl", "depends": []},
        },
    }
    name, content = wheel("some_thing", "1.0", "numpy>=2", "gone", 'numpy; sys_platform == "win32"')
    binary = {"numpy.whl": b"n", "matplotlib.whl": b"m"}
    lock = lite_packages.lock(theirs, binary, {name: content})
    assert lock["info"] == theirs["info"]
    assert sorted(lock["packages"]) == ["matplotlib", "numpy", "some-thing"]
    assert lock["packages"]["matplotlib"]["depends"] == ["numpy", "some-thing"]
    assert lock["packages"]["matplotlib"]["sha256"] == hashlib.sha256(b"m").hexdigest()
    assert "sha256" not in theirs["packages"]["matplotlib"]
    new = lock["packages"]["some-thing"]
    assert (new["depends"], new["imports"], new["file_name"]) == (["numpy"], ["some_thing"], name)
    assert new["sha256"] == hashlib.sha256(content).hexdigest()


def zipped(**contents: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return whole.getvalue()


def test_a_compiled_module_goes_where_its_source_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name, content = wheel("some_thing", "1.0")
    files = {name: content, "python_stdlib.zip": zipped(**{"re/_parser.py": b"", "abc.py": b""}), "pyodide.mjs": b"js"}
    compiled = {
        "site/some_thing/__pycache__/__init__.cpython-314.pyc": b"1",
        "site/another/__pycache__/__init__.cpython-314.pyc": b"2",
        "library/re/_parser.pyc": b"3",
        "library/some_thing/__init__.pyc": b"4",
    }

    def run_node(script: str, folder: str, *_: str) -> SimpleNamespace:
        assert {path.name: path.read_bytes() for path in Path(folder).iterdir()} == files
        Path(folder, "compiled.zip").write_bytes(zipped(**compiled))
        return SimpleNamespace(returncode=0)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(live_files, "run_node", run_node)
    made = lite_packages.quicker(files)
    assert made["pyodide.mjs"] == b"js"
    news = {name: "some_thing/__pycache__/__init__.cpython-314.pyc", "python_stdlib.zip": "re/_parser.pyc"}
    for changed, new in news.items():
        with zipfile.ZipFile(io.BytesIO(files[changed])) as old, zipfile.ZipFile(io.BytesIO(made[changed])) as grown:
            assert set(grown.namelist()) == {*old.namelist(), new}
            assert grown.testzip() is None and grown.read(new) in (b"1", b"3")

    monkeypatch.setattr(live_files, "run_node", lambda *_: None)
    assert lite_packages.quicker(files) == made  # from the cache
    assert lite_packages.quicker({"pyodide.mjs": b"another"}) == {"pyodide.mjs": b"another"}
    monkeypatch.setattr(live_files, "run_node", lambda *_: SimpleNamespace(returncode=1))
    assert lite_packages.quicker({"pyodide.mjs": b"another"}) == {"pyodide.mjs": b"another"}


def test_the_book_s_wheel_depends_on_its_files_alone() -> None:
    files = {"a-book/nnlib/layers.py": b"1", "a-book/book/book.mplstyle": b"2"}
    name, content = lite_packages.book_wheel("0.2.0", files)
    assert (name, content) == lite_packages.book_wheel("0.2.0", dict(reversed(files.items())))
    assert lite_packages.entry(name, content)["imports"] == []  # "a-book" is a folder, no module
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("a-book/nnlib/layers.py") == b"1"
        record = archive.read("neural_network_by_hand-0.2.0.dist-info/RECORD").decode()
    assert [line.partition(",")[0] for line in record.splitlines()] == sorted(archive.namelist())


def test_without_the_packages_the_book_says_so_and_offers_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(pyodide_assets, "files", lambda *groups: {"pyodide-lock.json": tmp_path / "lock.json"})
    (tmp_path / "lock.json").write_text('{"packages": {}}')
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(MissingError, match="pip could not fetch"):
        lite.available()

    extension = lite.Lite()
    app = SimpleNamespace(
        builder=SimpleNamespace(name="html"), env=SimpleNamespace(doc2path=lambda name: f"{name}.ipynb")
    )
    extension.look(app)
    told = capsys.readouterr().err
    assert told.startswith("No JupyterLite in this build: pip could not fetch") and told.count("\n") == 1
    context: dict[str, object] = {"header_buttons": [], "pathto": lambda path, kind: f"../{path}"}
    extension.offer(app, "book/02-backpropagation", "page.html", context, object())
    assert context["header_buttons"] == []
    extension.write(app, None)

    extension.is_there = True
    extension.offer(app, "book/errata/a", "page.html", context, object())
    assert [button["url"] for button in context["header_buttons"]] == [
        "../lite/notebooks/index.html?path=errata/a.ipynb"
    ]
