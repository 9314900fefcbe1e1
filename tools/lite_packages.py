"""What Python in the book's JupyterLite consists of, as files that lie side by side in the built book.

- Pyodide and the packages that come compiled for it, from tools/pyodide_assets.py;
- the kernel, IPython and what draws widgets, in pure Python: the releases and hashes of requirements.txt;
- what the kernel brings with itself, from the environment;
- the book's own modules and data.

One lock file in Pyodide's own form names them all, so that the kernel looks nowhere else for any of them. What a
notebook imports at its start lies beside its source, compiled: without that, as where there is no Node to do it
(tools/live_files.py), the imports take three times as long.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tools import cache, live_files, pyodide_assets
from tools.pyodide_assets import MissingError

HERE = Path(__file__).parent
ROOT = HERE.resolve().parent
REQUIREMENTS = ROOT / "requirements.txt"
# What a notebook of the book needs besides, or what the kernel asks for by name.
WANTED = ("ipython", "jedi", "comm", "anywidget", "ipywidgets", "tqdm")
# Their scripts are part of JupyterLite as it is built; the kernel brings something small in the place of the second.
BUILT_IN = {"jupyterlab-widgets", "widgetsnbextension"}
LOCK = "pyodide-lock.json"
LIBRARY = "python_stdlib.zip"
# Not python_full_version: a marker that asks for it would not be answered by two numbers.
BROWSER = {
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "os_name": "posix",
    "python_version": "3.14",
    "extra": "",
}
PINNED = re.compile(r"(?m)^([a-z0-9-]+)==(\S+)[^\n]*\\\n((?:    --hash=\S+(?: \\)?\n)+)")


# --- pure Python -----------------------------------------------------------------------------------------


def closure(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """These packages and what they need in a browser, but for those that are known to be there."""
    found: set[str] = set()
    todo, skipped = [*names], {*known, *BUILT_IN}
    while todo:
        name = canonicalize_name(todo.pop())
        if name in found or name in skipped:
            continue
        found.add(name)
        for line in importlib.metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(BROWSER):
                todo.append(requirement.name)
    return sorted(found)


def pins(names: Iterable[str], requirements: str) -> dict[str, str]:
    """The line of each package in requirements.txt, with its hashes."""
    found = {
        name: f"{name}=={version} {' '.join(hashes.split())}" for name, version, hashes in PINNED.findall(requirements)
    }
    return {name: found[name].replace("\\ ", "").removesuffix(" \\") for name in names}


def pure(names: Iterable[str]) -> dict[str, Path]:
    """The wheels of these packages, as pip finds them; kept in the cache, and checked whenever they are asked for."""
    lines = pins(names, REQUIREMENTS.read_text("utf-8"))
    text = "".join(f"{line}\n" for line in lines.values())
    folder = cache.home() / f"wheels-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if not sound(folder, lines):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with cache.room(folder.parent) as work:
            (work / "wanted.txt").write_text(text, "utf-8")
            options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"]
            options += ["--require-hashes", "--requirement", str(work / "wanted.txt"), "--dest", str(work / "wheels")]
            options += ["--platform=any", "--implementation=py", "--abi=none", "--python-version=3.14"]
            done = subprocess.run([sys.executable, "-m", "pip", "download", *options], capture_output=True, text=True)
            if done.returncode:
                raise MissingError(f"pip could not fetch the kernel's packages: {pyodide_assets.reason(done.stderr)}")
            folder.mkdir(exist_ok=True)
            for wheel in (work / "wheels").glob("*.whl"):
                wheel.replace(folder / wheel.name)
        if not sound(folder, lines):
            raise MissingError("the kernel's packages are not those of requirements.txt")
    return {wheel.name: wheel for wheel in sorted(folder.glob("*.whl"))}


def sound(folder: Path, lines: Mapping[str, str]) -> bool:
    """Whether the folder has a wheel of each package, and each is one that its line allows."""
    wheels = {parse_wheel_filename(path.name)[0]: path for path in folder.glob("*.whl")}
    return set(wheels) == set(lines) and all(
        f"--hash=sha256:{pyodide_assets.digest(path)}" in lines[name].split() for name, path in wheels.items()
    )


# --- the book --------------------------------------------------------------------------------------------


def book_wheel(version: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """The book's own files as a wheel, by name and content: "a-neural-network-by-hand/nnlib/layers.py" and so on."""
    name = "neural_network_by_hand"
    about = f"{name}-{version}.dist-info"
    packed = dict(files) | {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    packed[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in sorted([*packed, f"{about}/RECORD"])).encode()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(packed.items()):
            archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    return f"{name}-{version}-py3-none-any.whl", whole.getvalue()


# --- the lock --------------------------------------------------------------------------------------------


def entry(name: str, content: bytes) -> dict[str, Any]:
    """What Pyodide's lock says of a wheel in pure Python."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        (about,) = (path for path in names if path.endswith(".dist-info/METADATA"))
        header = archive.read(about).decode("utf-8").partition("\n\n")[0].splitlines()
    needs = [Requirement(line.partition(":")[2]) for line in header if line.startswith("Requires-Dist:")]
    package, version, _, _ = parse_wheel_filename(name)
    modules = {path.partition("/")[0].removesuffix(".py") for path in names if path.endswith(".py")}
    return {
        "name": package,
        "version": str(version),
        "file_name": name,
        "install_dir": "site",
        "sha256": hashlib.sha256(content).hexdigest(),
        "package_type": "package",
        "imports": sorted(module for module in modules if module.isidentifier()),
        "depends": [canonicalize_name(n.name) for n in needs if n.marker is None or n.marker.evaluate(BROWSER)],
        "unvendored_tests": False,
    }


def lock(theirs: Mapping[str, Any], binary: Mapping[str, bytes], others: Mapping[str, bytes]) -> dict[str, Any]:
    """Pyodide's lock with the packages that are here, with these bytes, and no others."""
    packages = {
        name: {**told, "sha256": hashlib.sha256(binary[told["file_name"]]).hexdigest()}
        for name, told in theirs["packages"].items()
        if told["file_name"] in binary
    }
    for told in (entry(name, content) for name, content in others.items()):
        packages[told["name"]] = told
    for told in packages.values():
        told["depends"] = [name for name in map(canonicalize_name, told["depends"]) if name in packages]
    return {**theirs, "packages": dict(sorted(packages.items()))}


def pyodide() -> dict[str, Path]:
    """Pyodide's own files."""
    return pyodide_assets.files("core", "numpy", "more")


def runtime(kernels: Iterable[Path], book: tuple[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Every file, by its name: the lock last.

    `kernels` are the wheels that the kernel brings with itself. MissingError: something cannot be had.
    """
    theirs = {name: path.read_bytes() for name, path in pyodide().items()}
    told = json.loads(theirs.pop(LOCK))
    there = {name for name, package in told["packages"].items() if package["file_name"] in theirs}
    others = {path.name: path.read_bytes() for path in pure(closure(WANTED, there)).values()}
    others |= {path.name: path.read_bytes() for path in kernels}
    files = quicker({**theirs, **others, LOCK: written(lock(told, theirs, others))})
    theirs, others = ({name: files[name] for name in names} for names in (theirs, others))
    others |= dict([book])
    yield from (theirs | others).items()
    yield LOCK, written(lock(told, theirs, others))


def written(lock: Mapping[str, Any]) -> bytes:
    return json.dumps(lock, sort_keys=True).encode()


# --- compiled beforehand ---------------------------------------------------------------------------------


def quicker(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with what a start imports compiled in them; where Node is missing, or fails, as they are."""
    steps = [HERE / "lite_compile.mjs", HERE / "lite_compile.py"]
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    how = b"".join(path.read_bytes() for path in [*steps, Path(__file__)])

    def make(_: bytes) -> bytes:
        with tempfile.TemporaryDirectory(prefix="lite-") as folder:
            for name, content in files.items():
                Path(folder, name).write_bytes(content)
            done = live_files.run_node(str(steps[0]), folder, str(steps[1]))
            if done is None or done.returncode:
                raise ChildProcessError
            return together(files, Path(folder, "compiled.zip").read_bytes())

    try:
        made = cache.kept("lite", json.dumps(sums, sort_keys=True).encode(), make, how)
    except ChildProcessError:
        return dict(files)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def together(files: Mapping[str, bytes], modules: bytes) -> bytes:
    """All files as one, each wheel, and the library, with the modules of `modules` whose sources it has."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(modules)) as compiled, zipfile.ZipFile(whole, "w") as archive:
        sources = {name: source_of(name) for name in compiled.namelist()}
        for name, content in files.items():
            kind = "site" if name.endswith(".whl") else "library" if name == LIBRARY else None
            grown = io.BytesIO(content)
            if kind is not None:
                with zipfile.ZipFile(grown, "a", zipfile.ZIP_DEFLATED) as wheel:
                    there = {f"{kind}/{path}" for path in wheel.namelist()}
                    for module, source in sources.items():
                        if source in there and module not in there:
                            place = zipfile.ZipInfo(module.partition("/")[2])
                            wheel.writestr(place, compiled.read(module), zipfile.ZIP_DEFLATED)
            archive.writestr(zipfile.ZipInfo(name), grown.getvalue())
    return whole.getvalue()


def source_of(module: str) -> str:
    """ "site/numpy/a.py" of "site/numpy/__pycache__/a.cpython-314.pyc", "library/re/a.py" of "library/re/a.pyc"."""
    folder, _, name = module.replace("__pycache__/", "").rpartition("/")
    return f"{folder}/{name.partition('.')[0]}.py"
