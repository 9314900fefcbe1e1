"""Stored runs: what is read was made by the present code, or the error says which command makes it anew."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from experiments import __main__ as command
from experiments import stored as storage
from experiments.made_from import ROOT
from experiments.stored import StaleError, all_runs, load, read, store

BOOK = ROOT / "book"
STORED = sorted(path.stem for path in (BOOK / "experiments").glob("*.npz"))
TEXT = "import numpy as np\n\nCOUNT = 2\n\n\ndef results():\n    return {'rows': np.arange(COUNT)}\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with results, in a project of its own."""
    path = tmp_path / "book" / "experiments" / "small_run.py"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT, encoding="utf-8")
    hashed = storage.made_from_module
    monkeypatch.setattr(storage, "made_from_module", lambda module: hashed(module, tmp_path))
    return path


def results() -> dict[str, np.ndarray]:
    return {"rows": np.arange(2), "names": np.array(["a", "b"])}


def test_what_was_stored_is_read_again(run: Path) -> None:
    store(run, results)
    arrays = load(SimpleNamespace(__file__=str(run)))  # type: ignore[arg-type]
    assert set(arrays) == {"rows", "names"}
    assert arrays["rows"].tolist() == [0, 1] and arrays["names"].tolist() == ["a", "b"]
    first = run.with_suffix(".npz").read_bytes()
    store(run, results)
    assert run.with_suffix(".npz").read_bytes() == first


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda run: run.write_text(TEXT.replace("= 2", "= 3"), encoding="utf-8"), "other code than the present"),
        (lambda run: np.savez(run.with_suffix(".npz"), rows=np.arange(2)), "other code than the present"),
        (lambda run: run.with_suffix(".npz").unlink(), "missing"),
        (lambda run: run.with_suffix(".npz").write_bytes(b"PK\x03\x04"), "cannot be read"),
        (lambda run: run.with_suffix(".npz").write_bytes(b""), "cannot be read"),
    ],
)
def test_what_other_code_made_is_refused_with_the_command(run: Path, spoil, what: str) -> None:
    store(run, results)
    spoil(run)
    with pytest.raises(StaleError, match=what) as error:
        read(run)
    assert "make experiments ONLY=small_run" in str(error.value)
    assert "python -m experiments.small_run" in str(error.value)


def test_the_code_as_it_was_when_the_run_began_is_what_counts(run: Path) -> None:
    def edited_meanwhile() -> dict[str, np.ndarray]:
        run.write_text(TEXT.replace("= 2", "= 3"), encoding="utf-8")
        return results()

    store(run, edited_meanwhile)
    with pytest.raises(StaleError):
        read(run)


def test_the_command_makes_what_is_stale_and_what_is_named(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = []

    def module(name: str) -> SimpleNamespace:
        made.append(name)
        return SimpleNamespace(results=results)

    monkeypatch.setattr(command, "FOLDER", run.parent)
    monkeypatch.setattr(command, "all_runs", lambda: all_runs(run.parent))
    monkeypatch.setattr(command, "import_module", module)
    command.main([])
    assert made == ["experiments.small_run"] and "small_run.npz is missing" in capsys.readouterr().out
    command.main([])
    assert len(made) == 1 and "small_run.npz was made by the present code" in capsys.readouterr().out
    run.write_text(TEXT.replace("= 2", "= 3"), encoding="utf-8")
    command.main([])
    assert len(made) == 2
    command.main(["small_run"])
    assert len(made) == 3
    with pytest.raises(SystemExit):
        command.main(["small_walk"])
    assert "small_walk" in capsys.readouterr().err and len(made) == 3


def test_one_command_makes_all_anew_where_a_run_is_made_from_another_one(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TEXT.replace("\n\nCOUNT = 2", "\n\nfrom experiments.small_run import COUNT")
    (run.parent / "a_later_run.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(command, "FOLDER", run.parent)
    monkeypatch.setattr(command, "all_runs", lambda: all_runs(run.parent))
    monkeypatch.setattr(command, "import_module", lambda name: SimpleNamespace(results=results))
    command.main([])
    assert capsys.readouterr().out.count("is missing") == 2
    command.main([])
    assert capsys.readouterr().out.count("was made by the present code") == 2


def test_every_run_is_known_and_says_its_command() -> None:
    assert sorted(all_runs()) == STORED
    for name in STORED:
        text = (BOOK / "experiments" / f"{name}.py").read_text(encoding="utf-8")
        assert f"python -m experiments.{name}\n" in (ast.get_docstring(ast.parse(text)) or "")


@pytest.mark.parametrize("name", STORED)
def test_the_present_code_made_what_is_stored(name: str) -> None:
    assert read(BOOK / "experiments" / f"{name}.py")


def test_a_chapter_imports_every_module_from_its_folder() -> None:
    """As its kernel does: book/ is the working folder."""
    names = sorted(path.stem for path in (BOOK / "experiments").glob("[!_]*.py"))
    code = "".join(f"import experiments.{name}; assert experiments.{name}.__doc__\n" for name in names)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # that is, of nnlib, which may be installed elsewhere
    done = subprocess.run([sys.executable, "-c", code], cwd=BOOK, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_two_modules_have_a_function_or_class_of_one_name() -> None:
    homes = defaultdict(list)
    for path in sorted((BOOK / "experiments").glob("*.py")):
        if path.name.startswith("__"):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(path.stem)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {"results": STORED}


def test_there_is_one_route_of_import() -> None:
    for path in sorted((BOOK / "experiments").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        assert "sys.path" not in source and not re.search(r"^\s*(from|import) book\b|^\s*from \.", source, re.MULTILINE)
