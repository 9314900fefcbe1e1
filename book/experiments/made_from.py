"""What something was made from, as one hash: code and data, not docstrings or comments.

Notebooks and stored runs keep this hash beside what they show; where it is no longer that
of the present files, what they show is stale. It covers

- the code itself;
- of this project's modules that it imports, directly or not, whatever it may use: the
  functions, classes and constants whose names it mentions, and those that these mention;
- the stored data that this code reads: a file beside a module with the module's name, or
  one whose name stands in the code as a text.

Where names alone do not tell, more counts rather than less: two functions of one name both
do, and a class that inherits from outside the project counts as a whole. Only a name that
is put together while the code runs goes unseen. Scripts and styles of the page do not
count: a page loads them when it is read.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DATA = {".csv", ".json", ".mplstyle", ".npy", ".npz", ".txt"}
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef

Row = tuple[int, str]  # a logical line: the number of its first line, and its code
Position = tuple[int, int]


def made_from_module(path: Path, root: Path = ROOT) -> str:
    """The hash of what decides a module's results, but for the data beside it, which it makes."""
    package = ".".join(path.relative_to(root / "book").parts[:-1])
    return _hash(
        [code_of(_read(path))], _tree(_read(path)), package, root, results=path
    )


def imported_by(path: Path, root: Path = ROOT) -> set[Path]:
    """The project's modules that a module in book/ imports, and those that they import."""
    package = ".".join(path.relative_to(root / "book").parts[:-1])
    return Imports(root).of(_tree(_read(path)), package)


def made_from_cells(
    cells: Iterable[str], extra: Iterable[str] = (), root: Path = ROOT
) -> str:
    """The hash of what decides a notebook's outputs: its cells' code, and `extra`, hashed as it is."""
    cells = list(cells)
    code = [*(code_of(cell, cell=True) for cell in cells), *extra]
    return _hash(code, _tree("\n".join(cells)), "", root)


def _hash(
    code: list[str],
    tree: ast.Module,
    package: str,
    root: Path,
    results: Path | None = None,
) -> str:
    modules = Imports(root).of(tree, package)
    used, texts = uses(tree, modules)
    parts = [("", text.encode()) for text in code]
    parts += [
        (path.relative_to(root).as_posix(), text.encode())
        for path, text in used.items()
    ]
    beside = {path.with_suffix(suffix) for path in modules for suffix in DATA}
    for path in data_files(root):
        if (path in beside or path.name in texts) and (
            results is None or path.stem != results.stem
        ):
            parts.append((path.relative_to(root).as_posix(), path.read_bytes()))
    digest = hashlib.sha256()
    for name, content in parts:
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def data_files(root: Path) -> list[Path]:
    """The data files of the book and of the benchmarks, hidden ones apart."""
    files = (
        path
        for folder in ("book", "benchmarks")
        for path in sorted((root / folder).rglob("*"))
    )
    return [
        path
        for path in files
        if path.suffix in DATA
        and not any(part[0] in "._" for part in path.relative_to(root).parts)
    ]


# --- code, and only code ----------------------------------------------------------------


def code_of(source: str, cell: bool = False) -> str:
    """The code of `source`, a logical line a line, without docstrings, comments and blank lines.

    How it is wrapped does not count, and every Python finds the same. The first text of a
    notebook's cell is no docstring: if it stands alone, it is what the cell shows.
    """
    return "\n".join(text for _, text in _rows(source, cell))


def _rows(source: str, cell: bool = False) -> list[Row]:
    lines = io.StringIO(source).readlines()
    docstrings = list(_docstrings(_tree(source), lines, cell))
    found: list[Row] = []
    words: list[str] = []
    first = start = (0, 0)  # where this row began, and this f-string
    indent = depth = 0  # blocks and f-strings around the token
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if not words and not depth:
            first = token.start
        if kind == "FSTRING_START":  # since 3.12 an f-string comes in pieces
            start = start if depth else token.start
            depth += 1
        elif kind == "FSTRING_END":
            depth -= 1
            if not depth:
                words.append(_between(lines, start, token.end))
        elif depth or kind in ("COMMENT", "NL", "ENDMARKER"):
            pass
        elif kind in ("INDENT", "DEDENT"):
            indent += 1 if kind == "INDENT" else -1
        elif kind == "NEWLINE":
            if words:
                found.append((first[0], " " * indent + " ".join(words)))
            words = []
        elif not any(begin <= token.start < end for begin, end in docstrings):
            words.append(token.string)
    return found


def _docstrings(
    tree: ast.Module, lines: list[str], cell: bool
) -> Iterator[tuple[Position, Position]]:
    kinds = FUNCTION | ast.ClassDef if cell else FUNCTION | ast.ClassDef | ast.Module
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            text = node.body[0]
            last, end = text.end_lineno or 0, text.end_col_offset or 0
            yield (
                (text.lineno, _letters(lines[text.lineno - 1], text.col_offset)),
                (last, _letters(lines[last - 1], end)),
            )


def _letters(line: str, offset: int) -> int:
    """How many letters `offset` bytes are: ast counts these, tokenize those."""
    return len(line.encode()[:offset].decode())


def _between(lines: list[str], start: Position, end: Position) -> str:
    part = lines[start[0] - 1 : end[0]]
    part[-1] = part[-1][: end[1]]
    part[0] = part[0][start[1] :]
    return "".join(part)


@functools.lru_cache(maxsize=512)
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


# --- which modules code imports -----------------------------------------------------------


# Where statements stand in a statement, or in what a statement holds.
_BODIES = "body", "orelse", "handlers", "finalbody", "cases"


class Imports:
    """The files of a project that code imports: from book/, nnlib and benchmarks."""

    def __init__(self, root: Path) -> None:
        self.places = root / "book", root  # where a module is looked for, in this order

    def of(self, tree: ast.Module, package: str) -> set[Path]:
        """The modules that code in `package` imports, and those that they import."""
        found: set[Path] = set()
        todo = self.direct(tree, package)
        while todo:
            path = todo.pop()
            found.add(path)
            place = next(p for p in self.places if path.is_relative_to(p))
            package = ".".join(path.relative_to(place).parts[:-1])
            todo |= self.direct(_tree(_read(path)), package) - found
        return found

    def direct(self, tree: ast.Module, package: str) -> set[Path]:
        found: set[Path] = set()
        for node in _statements(tree):
            if isinstance(node, ast.Import):
                found = found.union(*(self.files(alias.name) for alias in node.names))
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")
                above = above[: len(above) - node.level + 1] if node.level else []
                parent = ".".join([*above, *([node.module] if node.module else [])])
                for alias in node.names:
                    # A module of the package, or a name. Which of its modules has that
                    # name is asked later: see `uses`.
                    one = self.files(f"{parent}.{alias.name}")
                    found |= one or self.files(parent)
        return found

    def files(self, name: str) -> set[Path]:
        """The file of a module, none of what is not the project's.

        Of a package that which is run when it is imported; this may import others of its
        modules, or name them in a text, to import them when they are first used.
        """
        for place in self.places:
            base = place.joinpath(*name.split("."))
            if base.with_name(f"{base.name}.py").is_file():
                return {base.with_name(f"{base.name}.py")}
            init = base / "__init__.py"
            if init.is_file():
                texts = _words(_tree(_read(init)))[1]
                return {init, *(p for p in base.glob("*.py") if p.stem in texts)}
        return set()


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements in a tree, those of `_walk`: an import is one, so that no expression need be looked through."""
    for body in _BODIES:
        for child in getattr(node, body, ()):
            if not _apart(child):
                if isinstance(child, ast.stmt):
                    yield child
                yield from _statements(child)


def _walk(node: ast.AST, without: Sequence[ast.AST] = ()) -> Iterator[ast.AST]:
    """The nodes of a tree, but not what only a type checker reads or only a command runs."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not _apart(child) and child not in without:
            yield from _walk(child, without)


def _apart(node: ast.AST) -> bool:
    asides = "TYPE_CHECKING", "__name__ == '__main__'"
    return isinstance(node, ast.If) and ast.unparse(node.test) in asides


# --- which of their code is used ----------------------------------------------------------


@dataclass
class Piece:
    """A statement at the top of a module, a public method, or a class without those."""

    code: str
    defines: set[str] | None  # None: it does more than define names, and always counts
    names: set[str]
    texts: set[str]
    owner: str = ""  # the class of a method
    bases: tuple[str, ...] = ()  # of a class, or of a method's
    imports: bool = False


def uses(tree: ast.Module, modules: Iterable[Path]) -> tuple[dict[Path, str], set[str]]:
    """Return the code of each module that `tree` may use, and the texts in both."""
    waiting = {
        (path, n): piece
        for path in modules
        for n, piece in enumerate(_pieces(_read(path)))
    }
    classes = {
        name
        for p in waiting.values()
        if not p.owner and p.bases
        for name in p.defines or ()
    }
    names, texts = _words(tree)
    used: dict[tuple[Path, int], Piece] = {}

    def counts(piece: Piece) -> bool:
        if piece.owner and piece.owner not in names:
            return False
        if piece.owner and not classes.issuperset(piece.bases):
            return True  # a library may call any method of its heirs
        return piece.defines is None or not names.isdisjoint(piece.defines)

    while now := {key: piece for key, piece in waiting.items() if counts(piece)}:
        for key, piece in now.items():
            names |= piece.names
            texts |= piece.texts
            used[key] = waiting.pop(key)
    # Where nothing else of a module counts, what it imports does not count either.
    full = {path for (path, _), piece in used.items() if not piece.imports}
    code: dict[Path, str] = {}
    for (path, _), piece in sorted(used.items(), key=lambda entry: entry[0]):
        if path in full or path.name == "__init__.py":
            code[path] = f"{code.get(path, '')}{piece.code}\n"
    return code, texts


@functools.lru_cache(maxsize=512)
def _pieces(source: str) -> list[Piece]:
    rows = _rows(source)
    found: list[Piece] = []
    for node in _tree(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += map(_one_import, repeat(node), node.names)
        elif isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
            about: dict[str, Any] = {"bases": tuple(bases or [node.name])}
            parts = [
                p for p in node.body if isinstance(p, FUNCTION) and p.name[0] != "_"
            ]
            found.append(_piece(rows, node, {node.name}, without=parts, **about))
            about["owner"] = node.name
            found += [_piece(rows, part, {part.name}, **about) for part in parts]
        elif not _apart(node):
            found.append(_piece(rows, node, _defined([node])))
    return found


def _defined(nodes: Iterable[ast.AST]) -> set[str] | None:
    """The names that statements define; None if they do something else besides."""
    names: set[str] = set()
    for node in nodes:
        more: set[str] | None = None
        if isinstance(node, ast.If | ast.Try | ast.ExceptHandler):
            kinds = ast.stmt | ast.ExceptHandler
            more = _defined(
                n for n in ast.iter_child_nodes(node) if isinstance(n, kinds)
            )
        elif isinstance(node, ast.Import | ast.ImportFrom):
            more = {_bound(alias) for alias in node.names}
        elif isinstance(node, FUNCTION | ast.ClassDef) and not node.decorator_list:
            more = {node.name}
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [n for t in targets for n in getattr(t, "elts", [t])]
            if all(isinstance(part, ast.Name) for part in parts):
                more = {part.id for part in parts}
        elif isinstance(node, ast.Pass) or _is_text(node):
            more = set()
        if more is None:
            return None
        names |= more
    return names


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _one_import(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> Piece:
    """One name of an import; what else the statement imports counts by itself."""
    code = ast.unparse(type(node)(**{**vars(node), "names": [alias]}))
    defines = None if alias.name == "*" else {_bound(alias)}
    return Piece(code, defines, set(alias.name.split(".")), set(), imports=True)


def _piece(
    rows: list[Row],
    node: ast.stmt,
    defines: set[str] | None,
    without: Sequence[ast.stmt] = (),
    **about: Any,
) -> Piece:
    lines = set(_lines(node)).difference(*map(_lines, without))
    code = "\n".join(text for first, text in rows if first in lines)
    return Piece(code, defines, *_words(node, without), **about)


def _lines(node: ast.stmt) -> range:
    decorators = [part.lineno for part in getattr(node, "decorator_list", [])]
    return range(min([node.lineno, *decorators]), (node.end_lineno or 0) + 1)


def _words(node: ast.AST, without: Sequence[ast.AST] = ()) -> tuple[set[str], set[str]]:
    """The names that code mentions, and the last parts of its texts: "b.csv" of "a/b.csv".

    A text can be a name, too: getattr(nnlib, "Adam").
    """
    names, texts = set(), set()
    for part in _walk(node, without):
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Attribute):
            names.add(part.attr)
        elif isinstance(part, ast.alias):
            names.update(part.name.split("."))
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            texts.add(part.value.rpartition("/")[2])
    return names | texts, texts


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
