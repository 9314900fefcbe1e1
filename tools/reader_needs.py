"""What a notebook needs to run away from the project: the project's modules and data, and packages from elsewhere."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from experiments import made_from
from packaging.requirements import Requirement

# The packages whose names are not those of their modules.
PACKAGES = {"sklearn": "scikit-learn"}
# What a project's module may do without, or only a command of the project runs.
APART = {"test", "bench"}


@dataclass(frozen=True)
class Facts:
    """Of one module: the files of the project that it imports, the texts in it, the packages that it imports."""

    files: frozenset[Path]
    texts: frozenset[str]
    foreign: frozenset[str]


class Needs:
    """What some cells need; what a module needs is found out once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.imports = made_from.Imports(root)
        self.facts: dict[Path, Facts] = {}
        self.data = made_from.data_files(root)
        self.always = {path for path in (root / "nnlib").iterdir() if path.suffix in (".py", ".typed")}
        widgets = (root / "book" / "widgets").rglob("*")
        self.drawing = {path for path in widgets if path.suffix in (".js", ".css") and not self.is_example(path)}

    def is_example(self, path: Path) -> bool:
        return "examples" in path.parts

    def of(self, sources: Iterable[str]) -> tuple[set[Path], set[str]]:
        """The files, and the modules of packages, that a notebook with these cells needs."""
        cells = self.look("\n".join(sources), "")
        foreign, texts = set(cells.foreign), set(cells.texts)
        files: set[Path] = set()
        todo = {*cells.files, *(path for path in self.always if path.suffix == ".py")}
        while todo:
            path = todo.pop()
            if path in files or self.is_example(path):
                continue
            files.add(path)
            found = self.module(path)
            foreign |= found.foreign
            texts |= found.texts
            packages = {parent / "__init__.py" for parent in path.parents if parent != self.root}
            todo |= found.files | {file for file in packages if file.is_file()}
        beside = {path.with_suffix(kind) for path in files for kind in made_from.DATA}
        files |= self.always | {path for path in self.data if path in beside or path.name in texts}
        if any(path.parent.name == "widgets" for path in files):
            files |= self.drawing
            foreign.add("anywidget")  # imported only where a kernel asks; without it, a slider is a picture
        return files, foreign

    def module(self, path: Path) -> Facts:
        if path not in self.facts:
            place = next(p for p in self.imports.places if path.is_relative_to(p))
            self.facts[path] = self.look(path.read_text("utf-8"), ".".join(path.relative_to(place).parts[:-1]))
        return self.facts[path]

    def look(self, source: str, package: str) -> Facts:
        tree = ast.parse(source)
        constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        texts = {text.rpartition("/")[2] for text in constants if isinstance(text, str)}
        files = self.imports.direct(tree, package)
        return Facts(frozenset(files), frozenset(texts), frozenset(self.foreign(tree)))

    def foreign(self, tree: ast.Module) -> Iterable[str]:
        """What a module imports when it is imported itself, but for Python's own modules and the project's."""
        for node in tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                own = any((place / top).is_dir() for place in self.imports.places)
                if not own and top not in sys.stdlib_module_names:
                    yield top

    # --- packages --------------------------------------------------------------------------------------------

    @cached_property
    def known(self) -> dict[str, str]:
        """The lines of pyproject.toml, by the names of their packages."""
        project = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))["project"]
        extras = project["optional-dependencies"]
        lines = [*project["dependencies"], *(line for extra in extras if extra not in APART for line in extras[extra])]
        return {Requirement(line).name: line for line in reversed(lines)}

    def packages(self, modules: Iterable[str]) -> dict[str, str]:
        """Of these modules those whose packages must be installed, with the packages' names."""
        named = {module: PACKAGES.get(module, module) for module in sorted(modules)}
        return {module: package for module, package in named.items() if package in self.known}

    def requirements(self, modules: Iterable[str]) -> list[str]:
        return sorted(self.known[package] for package in self.packages(modules).values())
