"""The settings of the tests themselves: conftest.py at the root, its hooks called as pytest would."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

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
    name: str
    fixturenames: tuple[str, ...] = ()
    groups: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return ROOT / self.name.partition("::")[0]

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        assert mark.name == "xdist_group"
        self.groups += mark.args


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


def test_under_xdist_files_stay_whole_and_pages_come_last_each_alone(settings: ModuleType) -> None:
    items = [Item(name) for name in ITEMS]
    settings.pytest_collection_modifyitems(SimpleNamespace(rootpath=ROOT, workerinput={}), items)
    assert [item.name for item in items] == ITEMS[5:] + ITEMS[:2] + ITEMS[4:5] + ITEMS[2:4]
    whole = [item for item in items if not item.name.startswith("tests/site")]
    assert [item.groups for item in whole] == [[item.name.partition("::")[0]] for item in whole]
    assert all(item.groups == [] for item in items if item not in whole)


def test_without_xdist_the_order_stays(settings: ModuleType) -> None:
    items = [Item(name) for name in ITEMS]
    settings.pytest_collection_modifyitems(SimpleNamespace(rootpath=ROOT), items)
    assert [item.name for item in items] == ITEMS and all(item.groups == [] for item in items)


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
