"""A chapter's code cells as a reader wants them: without what only the page needs.

`glue` hands numbers to the page's text. In a notebook for readers they stand in the text already, so that what only
publishes them goes. A cell that the page removes goes too, unless a later one needs what it does.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

# In a text that code prints. Braces are doubled in an f-string's source.
CITATION = re.compile(r"\{{1,2}cite(?::\w+)?\}{1,2}`([\w-]+)`")
REFERENCE = re.compile(r"\{{1,2}(?:ref|doc|term|numref)\}{1,2}`([^`<]+?) ?<[^`]*>`")
ERRATUM = re.compile(r"\{{1,2}ref\}{1,2}`([^`<]+?) ?<erratum-(\w+|\{[^{}]+\})>`")
HREF = re.compile(r' ?href="([\w./{}-]+)\.html(#[^"]*)?"')
LINK = re.compile(r"\[([^\]\n]+)\]\(([\w./{}-]+)\.ipynb(#[^)\s]*)?\)")
STATE = re.compile(r'(?<=href="#)([\w-]+)\?[^"]*')  # of a widget in the same page
BLANKS = re.compile(r"\n{4,}")
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
BLOCK = ast.For | ast.While | ast.If | ast.With
# Methods that change what they are called on, and functions that change what they are given.
CHANGES = re.compile(
    r"(append|extend|update|pop|remove|insert|sort|shuffle|add|clear|step|fit|loss_and_grad|backward|initialize|load"
    r"|normal|standard_normal|uniform|integers|permutation|choice|binomial|random|train\w*|descend\w*|set\w*|seed)"
)


# --- publishing ------------------------------------------------------------------------------------------


class Publishing:
    """Which names publish numbers: `glue`, and what a chapter makes of it."""

    def __init__(self) -> None:
        self.names = {"glue"}

    def without(self, source: str) -> str:
        """The code of a cell, in its own lines, without the statements that publish and do nothing else.

        ValueError where such a statement cannot be told from one that does more.
        """
        tree = ast.parse(source)
        gone = [node for node in tree.body if self.only(node)]
        inner = [node for top in tree.body if top not in gone for node in self.inside(top)]
        lines: list[str | None] = [*source.split("\n")]
        for node in [*gone, *inner]:
            first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))]) - 1
            lines[first : node.end_lineno] = [None] * ((node.end_lineno or 0) - first)
        text = "\n".join(line for line in lines if line is not None)
        text = BLANKS.sub("\n\n\n", text).strip("\n")
        left = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)} & self.names
        if left:
            raise ValueError(f"{', '.join(sorted(left))} in {text[:80]!r}")
        return text

    def only(self, node: ast.stmt) -> bool:
        """Whether a statement publishes, and does nothing else; what it defines or imports publishes too."""
        if isinstance(node, ast.ImportFrom):
            return node.module == "myst_nb"
        if isinstance(node, ast.Expr):
            return self.publishes(node.value)
        if isinstance(node, ast.Assign) and any(
            isinstance(part, ast.Name) and part.id in self.names for part in ast.walk(node.value)
        ):
            self.names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            return True
        if isinstance(node, ast.FunctionDef):
            rest = [part for part in node.body if not self.only(part)]
            words = (ast.Assign, ast.Expr)  # a text that is put together before, a docstring
            quiet = all(isinstance(p, words) and not isinstance(getattr(p, "value", p), ast.Await) for p in rest)
            if len(rest) < len(node.body) and quiet:
                self.names.add(node.name)
                return True
            return False
        if isinstance(node, BLOCK):
            return all(map(self.only, [*node.body, *getattr(node, "orelse", [])]))
        return False

    def publishes(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in self.names

    def inside(self, node: ast.stmt) -> Iterator[ast.stmt]:
        """The statements inside a larger one that only publish."""
        for name in ("body", "orelse", "finalbody"):
            parts = getattr(node, name, [])
            gone = [part for part in parts if self.only(part)]
            if gone and len(gone) == len(parts):
                raise ValueError(f"nothing but publishing in a part of {ast.unparse(node)[:80]!r}")
            yield from gone
            for part in parts:
                if part not in gone:
                    yield from self.inside(part)


@cache  # the same page stands in several zips
def unpublished(sources: tuple[str, ...]) -> tuple[str, ...]:
    """A notebook's code cells, each without what only publishes."""
    publishing = Publishing()
    return tuple(map(publishing.without, sources))


def beside(page: str) -> str:
    return f"{page}.ipynb"


def in_words(text: str, label: Callable[[str], str], errata: str = "", address: Callable[[str], str] = beside) -> str:
    """Code or an output whose texts name a work or a place as the page does, and link to what is there.

    `errata` is the address of an article's errata, with `{}` for its letter; `address` gives that of a page,
    `04-softmax` or the `{page}` of an f-string. Where one is empty, there is nothing to lead to: words are left.
    """

    def erratum(found: re.Match[str]) -> str:
        name = found[2]
        letter = f"{name[:-1]}[0]}}" if name.startswith("{") else name[0]  # {name.lower()}: {name.lower()[0]}
        return f"[{found[1]}]({errata.replace('{}', letter)}#erratum-{name})"

    def href(found: re.Match[str]) -> str:
        to = address(found[1])
        return f' href="{to}{found[2] or ""}"' if to else ""

    def link(found: re.Match[str]) -> str:
        to = address(found[2])
        return f"[{found[1]}]({to}{found[3] or ''})" if to else found[1]

    text = LINK.sub(link, HREF.sub(href, STATE.sub(r"\1", text)))
    text = CITATION.sub(lambda found: f"[{label(found[1])}]", text)
    if errata:
        text = ERRATUM.sub(erratum, text)
    return REFERENCE.sub(r"\1", text)


# --- need ------------------------------------------------------------------------------------------------


def needed(sources: Sequence[str], removable: Sequence[bool]) -> list[bool]:
    """Which cells a run from the first to the last needs: all but those that are removable and without effect later.

    A cell has an effect if it binds a name that a later one reads, or changes what such a name stands for. Which
    methods change what they are called on is known by their names alone, so `make test-readers` runs every notebook
    and compares what it prints with the book.
    """
    cells = [*map(names_in, sources)]
    keep = [not may_go for may_go in removable]
    functions: dict[str, set[str]] = {}
    for cell in cells:
        for name, names in cell.functions.items():
            functions[name] = functions.get(name, set()) | names
    alive: set[str] = set()
    for cell, n in reversed([*zip(cells, range(len(cells)), strict=True)]):
        if not keep[n] and (cell.binds | cell.changes) & alive:
            keep[n] = True
        if keep[n]:
            alive = (alive - cell.sure) | with_calls(cell.reads, functions)
    return keep


def with_calls(names: set[str], functions: Mapping[str, set[str]]) -> set[str]:
    """These names, and those that functions of these names read when they are called."""
    found: set[str] = set()
    todo = [*names]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += functions.get(name, ())
    return found


class Cell:
    """The names that a cell binds, changes and reads."""

    def __init__(self, source: str) -> None:
        self.binds: set[str] = set()  # maybe
        self.reads: set[str] = set()  # as they were before it
        self.changes: set[str] = set()  # what these stood for before it
        self.functions: dict[str, set[str]] = {}  # the names of others that each reads
        self.sure = self.follow(ast.parse(source).body, set())  # bound whenever the cell has run

    def follow(self, body: Iterable[ast.stmt], sure: set[str]) -> set[str]:
        """Go through statements before which the names `sure` were bound here; return those that are bound after."""
        for node in body:
            if isinstance(node, ast.For):
                self.one(node.iter, sure)
                targets = bound(node.target)
                self.binds |= targets
                self.follow([*node.body, *node.orelse], sure | targets)
            elif isinstance(node, ast.While | ast.If):
                self.one(node.test, sure)
                ways = [self.follow(part, sure) for part in (node.body, node.orelse)]
                sure = sure | (ways[0] & ways[1])
            elif isinstance(node, ast.With):
                for item in node.items:
                    self.one(item.context_expr, sure)
                sure = self.follow(node.body, sure.union(*map(bound, node.items)))
            elif isinstance(node, FUNCTION):  # reads when it is called: see with_calls
                self.functions.setdefault(node.name, set()).update(globals_of(node))
                self.binds.add(node.name)
                sure = sure | {node.name}
            else:
                self.one(node, sure)
                if isinstance(node, ast.ClassDef):
                    self.functions.setdefault(node.name, set()).update(globals_of(node))
                if not isinstance(node, ast.Try):
                    sure = sure | bound(node)
        return sure

    def one(self, node: ast.AST, sure: set[str]) -> None:
        self.reads |= globals_of(node) - sure
        self.changes |= changed(node) - sure
        self.binds |= bound(node)


@cache  # the same cell, too
def names_in(source: str) -> Cell:
    return Cell(source)


def globals_of(node: ast.AST) -> set[str]:
    """The names that a piece of code reads from outside it, those that its functions read when they are called too."""
    found: set[str] = set()
    todo = [symtable.symtable(ast.unparse(node), "cell", "exec")]
    while todo:
        table = todo.pop()
        todo += table.get_children()
        top = table.get_type() == "module"
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return found


def bound(node: ast.AST) -> set[str]:
    """The names that code binds, but for those inside functions, classes and comprehensions."""
    names: set[str] = set()
    todo: list[ast.AST] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            names.add(part.id)
        elif isinstance(part, ast.alias):
            names.add(part.asname or part.name.partition(".")[0])
        elif isinstance(part, FUNCTION | ast.ClassDef):
            names.add(part.name)
        elif not isinstance(part, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            todo += ast.iter_child_nodes(part)
    return names


def changed(node: ast.AST) -> set[str]:
    """The names whose objects code changes, as far as that can be seen."""
    names: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
            names.add(root(part))
        elif isinstance(part, ast.AugAssign):
            names.add(root(part.target))
        elif isinstance(part, ast.Call):
            called = part.func
            method = isinstance(called, ast.Attribute)
            if CHANGES.fullmatch(called.attr if isinstance(called, ast.Attribute) else root(called)):
                names |= {root(argument) for argument in [*part.args, *([called] if method else [])]}
    return names - {"", "np", "nnlib", "plt"}


def root(node: ast.AST) -> str:
    """`net` of net.layers[0].W"""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
