"""The settings of the tests themselves: conftest.py at the root, its hooks called as pytest would."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import nbval.kernel
import pytest
from widgets.explorer import explorer

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def settings() -> ModuleType:
    spec = importlib.util.spec_from_file_location("settings", ROOT / "conftest.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Item:
    nodeid: str
    fixturenames: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return ROOT / self.nodeid.partition("::")[0]


ITEMS = [
    "tests/nnlib/test_b.py::one",
    "tests/nnlib/test_b.py::two",
    "tests/site/test_book.py::a_page",
    "tests/site/test_book.py::another",
    "tests/widgets/test_a.py::one",
    "book/01.ipynb::1",
    "book/01.ipynb::2",
    "book/02.ipynb::1",
]


def test_under_xdist_what_takes_long_comes_first_and_pages_last(settings: ModuleType) -> None:
    items = [Item(name) for name in ITEMS]
    settings.pytest_collection_modifyitems(SimpleNamespace(workerinput={}), items)
    assert [item.nodeid for item in items] == ITEMS[5:] + ITEMS[4:5] + ITEMS[:2] + ITEMS[2:4]


def test_a_file_that_the_order_names_is_there(settings: ModuleType) -> None:
    assert all((ROOT / settings.PAGES / name).is_file() for name in settings.FREE)
    assert all(len([*(ROOT / "tests").rglob(name)]) == 1 for name in settings.LONGEST)


def test_without_xdist_the_order_stays(settings: ModuleType) -> None:
    items = [Item(name) for name in ITEMS]
    settings.pytest_collection_modifyitems(SimpleNamespace(), items)
    assert [item.nodeid for item in items] == ITEMS


@pytest.mark.long
def test_under_xdist_a_file_stays_whole_and_each_page_is_free(tmp_path: Path) -> None:
    """In a real run: with two workers and many tests, a file's tests meet in one process, the pages' in both."""
    test = (
        "import os, pytest, time\n@pytest.mark.parametrize('n', range(COUNT))\ndef test_it(n):\n    time.sleep(0.1)\n"
    )
    note = (
        f"    open({str(tmp_path / 'log')!r}, 'a').write(__name__ + ' ' + os.environ['PYTEST_XDIST_WORKER'] + '\\n')\n"
    )
    for name in ("nnlib/test_a.py", "nnlib/test_b.py", "widgets/test_c.py", "site/test_book.py"):
        file = tmp_path / "tests" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        count = "24" if "site" in name else "4"
        file.write_text(test.replace("COUNT", count) + note, encoding="utf-8")
    shutil.copy(ROOT / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "-c", os.devnull, "tests"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    runs = [line.split() for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    workers = {name: {worker for file, worker in runs if file == name} for name, _ in runs}
    assert len(runs) == 3 * 4 + 24
    assert {name: len(found) for name, found in workers.items()} == {
        "test_a": 1,
        "test_b": 1,
        "test_c": 1,
        "test_book": 2,
    }


@pytest.mark.parametrize(
    ("ci", "fixtures", "skipped", "outcome"),
    [
        ("true", ("visit", "browser"), True, "failed"),
        ("true", ("browser",), False, "passed"),
        ("true", ("tmp_path",), True, "skipped"),
        ("", ("browser",), True, "skipped"),
    ],
)
def test_a_skipped_browser_test_fails_ci(
    settings: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    fixtures: tuple[str, ...],
    skipped: bool,
    outcome: str,
) -> None:
    monkeypatch.setenv("CI", ci)
    report: Any = SimpleNamespace(outcome="skipped" if skipped else "passed", skipped=skipped, longrepr="none here")
    hook = settings.pytest_runtest_makereport(Item("tests/site/a.py::b", fixtures))
    next(hook)
    with pytest.raises(StopIteration) as done:
        hook.send(report)
    assert done.value.value.outcome == outcome


def test_nbval_does_not_compare_what_an_explorer_takes_along(settings: ModuleType) -> None:
    class Notebook:
        skip_compare = ("image/png",)

    notebook = Notebook()
    items = [SimpleNamespace(parent=notebook), SimpleNamespace(parent=notebook), Item("tests/nnlib/test_b.py::one")]
    settings.pytest_collection_modifyitems(SimpleNamespace(), items)
    assert notebook.skip_compare == ("image/png", explorer.LIVE)


def test_nbvals_kernels_need_no_ports_and_leave_no_sockets(
    settings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nbval.kernel, "KernelManager", None)
    monkeypatch.setenv("IPYTHONDIR", os.devnull)  # one was made
    settings.pytest_configure(SimpleNamespace(option=SimpleNamespace(), rootpath=ROOT, getoption=lambda *_: True))
    manager, client = nbval.kernel.start_new_kernel(kernel_name=nbval.kernel.CURRENT_ENV_KERNEL_NAME)
    try:
        beginning = Path(client.ip)
        assert client.transport == "ipc" and nbval.kernel.KernelManager().ip != client.ip
        assert len([*beginning.parent.glob(f"{beginning.name}-*")]) == 5
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert not [*beginning.parent.glob(f"{beginning.name}-*")]


def test_no_test_but_nnlibs_is_traced() -> None:
    """As in `make test`, which measures coverage in several processes: traced, a test takes half as long again."""
    coverage = sys.modules.get("coverage")
    assert coverage is None or coverage.Coverage.current() is None
