"""Run the unit tests and the notebooks as other processors would: what they print and assert must not change.

    python tools/processors.py                           every kernel, five seeds of noise
    python tools/processors.py --only Haswell            one of them (may be repeated)
    python tools/processors.py --only noise3 09 12       chapters 9 and 12 under one seed of noise
    python tools/processors.py --seeds 20 05             chapter 5 with twenty seeds
    python tools/processors.py --size 1000 --only noise1 noise that no processor makes: how wide are the bounds?

A kernel is OpenBLAS's matrix product for one family of processors; NumPy's own code, and the C library's, is cut to
what that family has. Noise is a change in the last digit of each dense layer's output (`tools/noise.py`):
nearer to no processor, but quicker to find a value that hangs on that digit. Two processes run at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools import notebooks  # noqa: E402

NOISE = ROOT / "tools" / "noise.py"
UNITS = "units"

# What each family has, in the names that NumPy gives it; what comes later adds to what comes before.
_NEHALEM = {"SSE", "SSE2", "SSE3", "SSSE3", "SSE41", "POPCNT", "SSE42", "X86_V2"}
_SANDYBRIDGE = _NEHALEM | {"AVX"}
_HASWELL = _SANDYBRIDGE | {"F16C", "FMA3", "AVX2", "X86_V3"}
_SKYLAKEX = _HASWELL | {"AVX512F", "AVX512CD", "AVX512_SKX", "X86_V4"}
FAMILIES = {
    "SkylakeX": _SKYLAKEX,
    "Haswell": _HASWELL,
    "Zen": _HASWELL,
    "Sandybridge": _SANDYBRIDGE,
    "Nehalem": _NEHALEM,
}
# The same for the C library, by its own names. It takes no notice of what the processor lacks anyway.
C_LIBRARY = {"AVX512F": "AVX512F", "AVX2": "AVX2", "FMA3": "FMA", "AVX": "AVX"}

# Run in a process of its own, since all of this is decided when NumPy is imported. A warning is an error: NumPy
# warns of a feature that it is told to leave out and does not know.
PROBE = """
import json, warnings
warnings.simplefilter("error")
import numpy as np
from numpy._core import _multiarray_umath as core
from threadpoolctl import threadpool_info
for number in np.float64, np.float32:  # OpenBLAS takes the kernel's name without asking whether it can run here
    x = np.ones((64, 64), number)
    x @ x, x @ x[0]
features = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
cores = [lib.get("architecture") for lib in threadpool_info() if lib["internal_api"] == "openblas"]
print(json.dumps({"features": features, "cores": cores}))
"""


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    missing: str = ""  # why this machine cannot run it


@dataclass(frozen=True)
class Failure:
    column: str
    test: str
    message: str


@dataclass(frozen=True)
class Result:
    case: Case
    passed: dict[str, int]
    failures: list[Failure]
    seconds: float


# --- the cases -------------------------------------------------------------------------------------------


def probe(environment: dict[str, str]) -> tuple[set[str], set[str]]:
    """The features beyond its baseline that NumPy uses, and the kernels that OpenBLAS chose.

    CalledProcessError: it ends otherwise, by a signal where the processor lacks an instruction of that kernel.
    """
    command = [sys.executable, "-c", PROBE]
    found = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True)
    answer = json.loads(found.stdout)
    return set(answer["features"]), set(answer["cores"])


def kernel_case(name: str, machine: set[str]) -> Case:
    """A kernel, with those of the machine's features left out that its family lacks."""
    has = FAMILIES[name]
    environment = {"OPENBLAS_CORETYPE": name}
    cut = sorted(machine - has)
    if cut:
        environment["NPY_DISABLE_CPU_FEATURES"] = " ".join(cut)
    c_library = [f"-{c}" for numpy, c in C_LIBRARY.items() if numpy not in has]
    if c_library:
        environment["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=" + ",".join(c_library)
    try:
        features, cores = probe(environment)
    except subprocess.CalledProcessError as error:
        if error.returncode != -signal.SIGILL:
            raise
        return Case(name, environment, "this processor lacks one of its instructions")
    if cores != {name}:
        return Case(name, environment, f"OpenBLAS runs {' and '.join(sorted(cores)) or 'nothing'} instead")
    if not features <= has:
        return Case(name, environment, f"NumPy keeps {' '.join(sorted(features - has))}")
    return Case(name, environment)


def noise_case(seed: int, folder: Path) -> Case:
    """Noise with this seed; in `folder`, IPython and what a cell starts will find their start-up files."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    # IPython runs it in the notebook's own namespace, where it must leave no name.
    statement = f"exec(compile(open({str(NOISE)!r}, encoding='utf-8').read(), {str(NOISE)!r}, 'exec'), {{}})\n"
    for file in startup / "noise.py", folder / "sitecustomize.py":
        file.write_text(statement, encoding="utf-8")
    return Case(f"noise{seed}", {"IPYTHONDIR": str(folder), "NNLIB_NOISE": str(seed)})


# --- one run ---------------------------------------------------------------------------------------------


def column(path: str) -> str:
    """The table's column of a test file: a chapter's number, else the folder or the name of a notebook."""
    if not path.endswith(".ipynb"):
        return UNITS
    file = Path(path)
    chapter = re.match(r"\d\d(?=-)", file.name)
    if chapter:
        return chapter[0]
    return file.stem if file.parent.name == "book" else file.parent.name


def run(case: Case, paths: Iterable[Path], folder: Path) -> Result:
    """Run pytest on test files and notebooks as this case says; `folder` takes its report."""
    paths = list(paths)
    report = folder / f"{case.name}.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=short",
        "-o",
        "junit_family=xunit1",
    ]
    command += ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=300", f"--junitxml={report}"]
    command += [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", *map(str, paths)]
    if "NNLIB_NOISE" in case.environment and any(path.suffix != ".ipynb" for path in paths):
        command += ["-p", "tools.noise"]  # unit tests run in pytest's own process; its kernels have the start-up file
    environment = os.environ | case.environment
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    passed, failures = read_report(report) if report.exists() else ({}, [])
    if done.returncode not in (0, 1) or (done.returncode == 1) != bool(failures):
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        failures.append(Failure("pytest", f"exit code {done.returncode}", "".join(last)))
    for missing in sorted({column(str(path)) for path in paths} - set(passed) - {f.column for f in failures}):
        failures.append(Failure(missing, "nothing", "no test was run"))
    return Result(case, passed, failures, seconds)


def read_report(report: Path) -> tuple[dict[str, int], list[Failure]]:
    """How many tests passed, by column, and which did not."""
    passed: dict[str, int] = {}
    failures = []
    for test in ET.parse(report).iter("testcase"):
        where = column(test.get("file") or "")
        bad = test.find("failure")
        if bad is None:
            bad = test.find("error")
        if bad is not None:
            failures.append(Failure(where, name_of(test), plain(bad.text or bad.get("message") or "no message")))
        elif test.find("skipped") is None:
            passed[where] = passed.get(where, 0) + 1
    return passed, failures


def name_of(test: ET.Element) -> str:
    """The test's name; a cell's id with its number, which counts code cells from 0."""
    name, file = test.get("name") or "", test.get("file") or ""
    number = re.fullmatch(r"Cell (\d+)", name)
    if not number or not file.endswith(".ipynb"):
        return name
    return f"{name} ({notebooks.code_cells(notebooks.read(ROOT / file))[int(number[1])]['id']})"


def plain(text: str) -> str:
    """A message without its colors, as they are in the report."""
    return re.sub(r"(\x1b|#x1B)\[[0-9;]*m", "", text)


def gist(text: str) -> str:
    """The lines of a long message that say what went wrong: the statement that failed, and how."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    marked = [row for row in rows if row.startswith("-->") or re.match(r"\w*(Error|Exception)\b", row)]
    return " | ".join(marked[-2:] or rows[-1:])[:240]


# --- the table -------------------------------------------------------------------------------------------


def table(results: list[Result], columns: list[str]) -> str:
    """A row a case: `ok`, or how many tests of a column failed; `-` where it has none."""
    width = max(len(r.case.name) for r in results)
    lines = [" ".join([" " * width, *columns, "seconds"])]
    for result in results:
        row = [f"{result.case.name:<{width}}"]
        if result.case.missing:
            lines.append(f"{row[0]} not on this machine: {result.case.missing}")
            continue
        for name in columns:
            bad = sum(failure.column == name for failure in result.failures)
            word = str(bad) if bad else "ok" if result.passed.get(name) else "-"
            row.append(f"{word:>{len(name)}}")
        lines.append(" ".join([*row, f"{result.seconds:7.0f}"]))
    return "\n".join(lines)


def selected(names: list[str]) -> list[Path]:
    """The test folder and the notebooks that were asked for by name, by its beginning, or all."""
    units = ROOT / "tests" / "nnlib"
    if not names:
        return [units, *notebooks.all_notebooks()]
    chosen = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        fitting = [path for path in notebooks.all_notebooks() if path.stem.startswith(stem) or path.parent.name == stem]
        if stem == UNITS:
            fitting = [units]
        if not fitting:
            raise SystemExit(f"processors: no notebook's name begins with {name!r}")
        chosen += fitting
    return chosen


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tests", nargs="*", help=f"{UNITS!r}, chapters by number or name; default: all")
    parser.add_argument("--only", action="append", default=[], help="a kernel, or noise1, noise2, ...")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds of noise (default: 5)")
    parser.add_argument("--size", type=float, help="of the noise, in units of the last digit (default: 1.8)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("-v", "--verbose", action="store_true", help="whole messages")
    args = parser.parse_args(argv)
    paths = selected(args.tests)
    names = args.only or [*FAMILIES, *(f"noise{seed}" for seed in range(1, args.seeds + 1))]
    for name in names:
        if name not in FAMILIES and not re.fullmatch(r"noise\d+", name):
            parser.error(f"no kernel named {name!r}: {', '.join(FAMILIES)}, or noise1, noise2, ...")
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    if args.size:
        os.environ["NNLIB_NOISE_SIZE"] = str(args.size)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        machine, _ = probe({})

        def work(name: str) -> Result:
            if name in FAMILIES:
                case = kernel_case(name, machine)
            else:
                case = noise_case(int(name.removeprefix("noise")), folder / name)
            if case.missing:
                return Result(case, {}, [], 0.0)
            result = run(case, paths, folder)
            print(f"{name}: {sum(result.passed.values())} passed, {len(result.failures)} failed", flush=True)
            return result

        with ThreadPoolExecutor(args.jobs) as pool:
            results = list(pool.map(work, names))

    print("\n" + table(results, list(dict.fromkeys(column(str(path)) for path in paths))))
    bad, said = False, ""
    for result in results:
        for failure in result.failures:
            bad = True
            if failure.message == said:  # a kernel that does not start stops every cell alike
                message = " the same"
            else:
                message = "\n" + failure.message + "\n" if args.verbose else " " + gist(failure.message)
            said = failure.message
            print(f"{result.case.name}: {failure.column}: {failure.test}:{message}")
    if not any(result.passed for result in results):
        print("nothing was run")
        bad = True
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
