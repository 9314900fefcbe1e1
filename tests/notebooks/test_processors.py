"""The tool that runs the book as other processors would: it must stop what is fragile, and nothing else."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

import nnlib
from tools import noise, processors
from tools.processors import Case, Failure, Result

SOLID = """
import os, pathlib
import numpy as np
import nnlib

layer, x = nnlib.Dense(3, 2), np.random.default_rng(0).normal(size=(4, 3))
layer.initialize(0)
y = layer.forward(x)
assert np.array_equal(y, layer.forward(x))  # the same call, the same result
assert np.allclose(y, x @ layer.W + layer.b, rtol=1e-12)
layer.W[...], whole = 1, np.arange(12.0).reshape(4, 3)
assert np.array_equal(layer.forward(whole)[:, 0], whole.sum(axis=1))  # whole numbers: exact on every processor
pathlib.Path(os.environ["NOISY"]).write_text(repr(y.tolist()))
"""
# What a cell starts computes as the cell does.
SHARED = """
import subprocess, sys

code = (
    "import numpy as np, nnlib; layer = nnlib.Dense(3, 2); layer.initialize(0); "
    "print(layer.forward(np.random.default_rng(0).normal(size=(4, 3))).tolist())"
)
there = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
assert there.strip() == repr(y.tolist())
"""
FRAGILE = "layer.initialize(0)\nassert np.array_equal(layer.forward(x), x.dot(layer.W) + layer.b)"
# A start-up file runs in the notebook's namespace, where it must leave nothing.
UNSPOILED = "assert not {'noise', 'noisy', 'install', 'factors', 'SIZE'} & set(globals())"


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    sources = {"unspoiled": UNSPOILED, "solid": SOLID, "fragile": FRAGILE, "shared": SHARED}
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in sources.items()]
    path = tmp_path / "01-tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.long
def test_noise_stops_a_fragile_cell_and_no_other(notebook: Path, tmp_path: Path) -> None:
    case = processors.noise_case(3, tmp_path / "ipython")
    case.environment["NOISY"] = str(tmp_path / "noisy.txt")
    result = processors.run(case, [notebook], tmp_path)
    assert result.passed == {"01": 3}
    assert [(f.column, f.test) for f in result.failures] == [("01", "Cell 2 (fragile)")]
    assert "AssertionError" in result.failures[0].message
    # The same digits here as in the kernel: they follow from the seed and the shape alone.
    layer, x = nnlib.Dense(3, 2), np.random.default_rng(0).normal(size=(4, 3))
    layer.initialize(0)
    expected = layer.forward(x) * noise.factors((4, 2), np.dtype(float), 3)
    assert np.array_equal(ast.literal_eval((tmp_path / "noisy.txt").read_text()), expected)


@pytest.mark.long
@pytest.mark.parametrize("noisy", [True, False])
def test_noise_stops_a_fragile_unit_test_and_no_other(noisy: bool, tmp_path: Path) -> None:
    units = tmp_path / "test_tiny.py"
    units.write_text(
        "import os, subprocess, sys, numpy as np, nnlib\n"
        "layer, x = nnlib.Dense(3, 2), np.random.default_rng(0).normal(size=(4, 3))\n"
        f"def test_fragile():\n    {FRAGILE.replace(chr(10), chr(10) + '    ')}\n"
        "def test_solid():\n    layer.initialize(0)\n    assert np.allclose(layer.forward(x), x @ layer.W + layer.b)\n"
        "def test_alone():\n    code = 'import sys; sys.exit(\"nnlib\" in sys.modules)'\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)\n"
    )
    case = processors.noise_case(3, tmp_path / "ipython") if noisy else Case("plain")
    result = processors.run(case, [units], tmp_path)
    assert [(f.column, f.test) for f in result.failures] == [("units", "test_fragile")] * noisy
    assert result.passed == {"units": 3 - noisy}


@pytest.mark.long
def test_without_noise_the_fragile_cell_passes(notebook: Path, tmp_path: Path) -> None:
    result = processors.run(Case("plain", {"NOISY": str(tmp_path / "noisy.txt")}), [notebook], tmp_path)
    assert (result.passed, result.failures) == ({"01": 4}, [])


@pytest.mark.long
def test_a_run_without_noise_cannot_pass_for_one_with_it(notebook: Path, tmp_path: Path) -> None:
    case = processors.noise_case(3, tmp_path / "ipython")
    case.environment["NNLIB_NOISE"] = "three"
    result = processors.run(case, [notebook], tmp_path)
    assert result.passed == {}
    assert len(result.failures) == 4


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_factors_are_next_to_1_and_differ_by_seed_and_shape(dtype: type) -> None:
    one = noise.factors((200, 3), np.dtype(dtype), 1)
    assert one.dtype == dtype
    assert 0 < abs(one - 1).max() <= 2 * np.finfo(dtype).eps
    assert np.array_equal(one, noise.factors((200, 3), np.dtype(dtype), 1))
    assert not np.array_equal(one, noise.factors((200, 3), np.dtype(dtype), 2))
    assert not np.array_equal(one.ravel(), noise.factors((3, 200), np.dtype(dtype), 1).ravel())


@pytest.mark.parametrize(
    ("values", "exact"),
    [([0.0, -3.0, 1000.0], True), ([0.5, 2.25], True), ([0.1, 1.0], False), ([1 / 3], False), ([1e12], False)],
)
def test_exact_is_what_no_processor_rounds(values: list[float], exact: bool) -> None:
    assert noise.is_exact(np.array(values)) == exact


def test_it_hooks_the_layers_own_map_and_keeps_its_source() -> None:
    class Old:
        def forward(self, x):
            return x / 3

    class New(Old):
        def f(self, x, training):
            return x / 3

    x = np.ones((50, 2))
    for layer in Old, New:
        noise.install(layer, 1)
    assert not np.array_equal(Old().forward(x), x / 3)
    assert not np.array_equal(New().f(x, False), x / 3)
    assert "forward" not in vars(New)
    assert "x / 3" in inspect.getsource(New.f)


def test_each_family_loses_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = {"X86_V3", "X86_V4", "AVX512_ICL"}
    probed = []

    def probe(environment: dict[str, str]) -> tuple[set[str], set[str]]:
        probed.append(environment)
        cut = environment.get("NPY_DISABLE_CPU_FEATURES", "").split()
        return machine - set(cut), {environment["OPENBLAS_CORETYPE"]}

    monkeypatch.setattr(processors, "probe", probe)
    cases = [processors.kernel_case(name, machine) for name in processors.FAMILIES]
    assert not any(case.missing for case in cases)
    cut = {case.name: case.environment["NPY_DISABLE_CPU_FEATURES"] for case in cases}
    assert cut == {
        "SkylakeX": "AVX512_ICL",
        "Haswell": "AVX512_ICL X86_V4",
        "Zen": "AVX512_ICL X86_V4",
        "Sandybridge": "AVX512_ICL X86_V3 X86_V4",
        "Nehalem": "AVX512_ICL X86_V3 X86_V4",
    }
    assert processors.kernel_case("Zen", set()).environment.get("NPY_DISABLE_CPU_FEATURES") is None


def test_a_kernel_that_the_machine_cannot_run_is_named_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "probe", lambda environment: (set(), {"Haswell"}))
    case = processors.kernel_case("SkylakeX", set())
    assert case.missing == "OpenBLAS runs Haswell instead"
    text = processors.table([Result(case, {}, [], 0.0)], ["units", "01"])
    assert text.splitlines()[1] == "SkylakeX not on this machine: OpenBLAS runs Haswell instead"
    assert " ok" not in text


def test_a_kernel_that_lacks_an_instruction_is_named_so_another_end_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fatal = "import os, signal; os.kill(os.getpid(), signal.{})"
    monkeypatch.setattr(processors, "PROBE", fatal.format("SIGILL"))
    assert processors.kernel_case("SkylakeX", set()).missing == "this processor lacks one of its instructions"
    monkeypatch.setattr(processors, "PROBE", fatal.format("SIGTERM"))
    with pytest.raises(subprocess.CalledProcessError):
        processors.kernel_case("SkylakeX", set())


@pytest.mark.long
@pytest.mark.parametrize("name", processors.FAMILIES)
def test_a_kernel_that_is_offered_multiplies(name: str) -> None:
    case = processors.kernel_case(name, processors.probe({})[0])
    if case.missing:
        pytest.skip(case.missing)
    code = "import numpy as np; x = np.ones((200, 200)); assert (x @ x == 200).all()"
    subprocess.run([sys.executable, "-c", code], env=os.environ | case.environment, check=True)


def test_this_machine_runs_some_kernel_without_a_warning() -> None:
    machine, cores = processors.probe({})
    if not cores & set(processors.FAMILIES):
        pytest.skip(f"OpenBLAS's core here is {cores}")
    features, cores = processors.probe(processors.kernel_case("Nehalem", machine).environment)
    assert cores == {"Nehalem"}
    assert not features & {"AVX2", "X86_V3", "X86_V4"}


def test_the_table_counts_failures_and_the_exit_code_follows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = Failure("09", "Cell 30 (moons)", "-> 1 assert False\nAssertionError: \n")
    monkeypatch.setattr(
        processors, "run", lambda case, paths, folder: Result(case, {"09": 41}, [failure][: case.name == "noise2"], 7.0)
    )
    assert processors.main(["09", "--only", "noise1"]) == 0
    assert processors.main(["09", "--only", "noise1", "--only", "noise2"]) == 1
    rows = capsys.readouterr().out.splitlines()
    assert [re.split(r" +", row.strip()) for row in rows if row.startswith("noise") and ":" not in row][1:] == [
        ["noise1", "ok", "7"],
        ["noise2", "1", "7"],
    ]
    assert rows[-1] == "noise2: 09: Cell 30 (moons): AssertionError:"


@pytest.mark.long
def test_what_was_not_run_did_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "02-empty.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), empty)
    result = processors.run(Case("plain", dict(os.environ)), [empty], tmp_path)
    assert any(f.column == "02" for f in result.failures)
    with pytest.raises(SystemExit, match="begins with 'nothing'"):
        processors.main(["nothing"])
