"""A function as a program of its own: its source, and that of all that it uses.

What a function of a chapter mentions, the chapter has imported, written or computed. Imports,
functions, classes and constants become text; arrays and other plain data, which may come from a
long run, go along as values.
"""

from __future__ import annotations

import ast
import inspect
import symtable
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .arrays import is_plain

# What Python in the page can import, besides its own library.
THERE = {"numpy", "nnlib", "widgets"}
# Some of their modules need more than that.
PARTS = {"experiments", "exercises"}


class CannotMoveError(ValueError):
    """The function uses something that is not there in a page."""


@dataclass(frozen=True)
class Program:
    """`source` defines the function `run`, once the names in `given` have their values."""

    run: str
    source: str
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Statement:
    """One statement at the top of a cell or a module; of an import, one name of it."""

    place: tuple[int, int]
    text: str
    kind: str  # "import", "definition", "literal" or "other"
    names: tuple[str, ...]
    module: str = ""  # of an import


class Home:
    """Where statements stand that belong together: a notebook, or a module."""

    def __init__(self, texts: list[str], names: Mapping[str, Any]) -> None:
        self.names = names
        self.known = {name: statement for statement in _statements(texts) for name in statement.names}
        self.chosen: dict[tuple[int, int], Statement] = {}

    @classmethod
    def of(cls, module: str) -> Home:
        """A module, by its name."""
        return cls([inspect.getsource(sys.modules[module])], vars(sys.modules[module]))


def program(run: Any) -> Program:
    """The program of `run`. CannotMoveError: it uses what a page does not have."""
    first = Home(_texts(run), run.__globals__)
    if getattr(first.known.get(run.__name__), "kind", "") != "definition":
        raise CannotMoveError(f"the source of {run.__name__} is not known")
    homes = {run.__module__: first}
    given: dict[str, Any] = {}
    owners: dict[str, Home] = {}
    todo = [(first, run.__name__)]
    while todo:
        home, name = todo.pop()
        if name not in home.names or owners.get(name) is home:
            continue
        value = home.names[name]
        if name in owners:
            if owners[name].names[name] is not value:
                raise CannotMoveError(f"two things of the name {name}")
            continue
        owners[name] = home
        statement = home.known.get(name)
        if statement is not None and statement.kind == "import" and not _is_there(statement.module, value):
            # Not the module, then, but what is taken from it.
            source = str(getattr(value, "__module__", None))
            if source.partition(".")[0] not in PARTS or getattr(value, "__name__", "") != name:
                raise CannotMoveError(f"{name} comes from {statement.module}, which a page does not have")
            home = homes.setdefault(source, Home.of(source))
            statement = home.known.get(name)
        if statement is None or statement.kind == "other":
            if is_plain(value):
                given[name] = value
                continue
            if statement is None or len(statement.names) > 1:
                raise CannotMoveError(f"{name}, a {type(value).__name__}, has no source of its own")
        home.chosen[statement.place] = statement
        owners |= dict.fromkeys(statement.names, home)
        if statement.kind != "import":
            todo += ((home, other) for other in sorted(_mentioned(statement.text) - {name}))
    # What was found last is what the others use.
    statements = [s for home in reversed(homes.values()) for s in sorted(home.chosen.values(), key=_order)]
    return Program(run.__name__, _joined(statements), given)


def _is_there(module: str, value: Any) -> bool:
    """Whether a page can import `value` from `module`."""
    if str(getattr(value, "__module__", "")).startswith("nnlib.plotting"):
        return False
    top = module.partition(".")[0]
    if top not in PARTS:
        return top in THERE or top in sys.stdlib_module_names
    # The module itself, or, where a package was named, the one that the value is.
    name = value.__name__ if isinstance(value, ModuleType) else module
    imports = (s for s in _statements([inspect.getsource(sys.modules[name])]) if s.kind == "import")
    return all(_is_there(s.module, vars(sys.modules[name]).get(s.names[0])) for s in imports)


def _order(statement: Statement) -> tuple[bool, tuple[int, int]]:
    return statement.kind != "import", statement.place


def _joined(statements: list[Statement]) -> str:
    """Statements as a file has them: what comes from one module in one line, two empty lines around definitions."""
    text = before = ""
    imports: dict[str, list[str]] = {}
    for statement in statements:
        if statement.kind == "import":
            head, _, name = statement.text.rpartition("import ")
            imports.setdefault(head, []).append(name)
            before = "import"
    for head, names in imports.items():
        text += f"{head}import {', '.join(names)}\n" if head else "".join(f"import {name}\n" for name in names)
    for statement in statements:
        if statement.kind == "import":
            continue
        if before:
            text += "\n" * (2 if "definition" in (before, statement.kind) else int(before == "import"))
        text += f"{statement.text}\n"
        before = statement.kind
    return text


# --- statements -----------------------------------------------------------------------------


def _texts(run: Any) -> list[str]:
    """All that was written where `run` was: the cells that a notebook has run, or the module."""
    if run.__module__ == "__main__" and (interactive := sys.modules.get("IPython")) is not None:
        shell = interactive.get_ipython()
        if shell is not None:
            return list(shell.history_manager.input_hist_parsed)
    try:
        return [inspect.getsource(sys.modules[run.__module__])]
    except (KeyError, OSError, TypeError) as error:
        raise CannotMoveError(f"the source of {run.__name__} is not known") from error


def _statements(texts: list[str]) -> Iterator[Statement]:
    for number, text in enumerate(texts):
        try:
            body = ast.parse(text).body
        except SyntaxError:  # a cell in a language of its own
            continue
        lines = text.split("\n")
        place = 0
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    place += 1
                    yield _import(node, alias, (number, place))
                continue
            place += 1
            names = tuple(_bound(node))
            first = min([node.lineno, *(part.lineno for part in getattr(node, "decorator_list", []))])
            yield Statement((number, place), "\n".join(lines[first - 1 : node.end_lineno]), _kind(node), names)


def _import(node: ast.Import | ast.ImportFrom, alias: ast.alias, place: tuple[int, int]) -> Statement:
    text = ast.unparse(type(node)(**{**vars(node), "names": [alias]}))
    module = alias.name if isinstance(node, ast.Import) else f"{node.module}"
    return Statement(place, text, "import", (alias.asname or alias.name.partition(".")[0],), module)


def _kind(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return "definition"
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        try:
            ast.literal_eval(node.value)
        except ValueError:
            return "other"
        return "literal"
    return "other"


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a statement gives a value to, at the top."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda):
        for part in ast.iter_child_nodes(node):
            yield from _bound(part)


def _mentioned(text: str) -> set[str]:
    """The names that code takes from outside of its functions."""

    def walk(table: symtable.SymbolTable, top: bool) -> Iterator[str]:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                yield symbol.get_name()
        for child in table.get_children():
            yield from walk(child, False)

    return set(walk(symtable.symtable(text, "<source>", "exec"), True))
