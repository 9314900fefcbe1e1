"""Python in the page draws what the notebooks have stored: here one chapter's explorers; all: make test-live."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.in_page.in_node import PythonInNode
from tests.in_page.same_numbers import apart, check, different, explorers
from tools import pyodide_assets
from tools.notebooks import BOOK

CHAPTER = BOOK / "01-forward-pass.ipynb"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PythonInNode]:
    try:
        python = PythonInNode(tmp_path_factory.mktemp("python"))
    except pyodide_assets.MissingError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    yield python
    python.close()


def test_the_first_chapters_explorers_draw_what_is_stored(python: PythonInNode) -> None:
    assert len(explorers(CHAPTER)) == 4
    assert check(python, CHAPTER) == []


def test_other_numbers_would_be_noticed() -> None:
    _, spec = next(iter(explorers(CHAPTER).values()))
    place = 0
    for control in spec["controls"]:
        place = place * len(control["values"]) + control["default"]
    drawn = {"shared": spec["shared"], "results": [copy.deepcopy(spec["results"][place])]}
    assert different(drawn, spec) == []
    drawn["results"][0]["text"] += "."
    assert different(drawn, spec) == ["text"]
    assert apart([1, 1e-9], [1 + 1e-7, 2e-9]) < 1e-2
    assert apart([1.0], [1 + 1e-5]) > 1e-6
    assert apart([1, np.nan], [1, np.nan]) == 0
    assert apart([1], [np.nan]) == np.inf
    assert apart([1, 2], [1]) == np.inf


def test_what_python_prints_and_raises_comes_out_of_node(python: PythonInNode) -> None:
    answer = python.ask("widgets.live.bridge:run", {"code": "print('hello')\n1 / 0\n"})
    assert answer["printed"] == "hello\n"
    assert answer["error"]["message"] == "ZeroDivisionError: division by zero" and answer["error"]["line"] == 2


def test_python_there_is_complete(python: PythonInNode) -> None:
    code = (Path(__file__).parent / "complete.py").read_text("utf-8")
    assert python.run(code, "complete") is True
