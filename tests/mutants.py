"""A test of the tests: break nnlib in many small ways, and see that the unit tests notice each.

    python tests/mutants.py                  all mutants, two at a time
    python tests/mutants.py Adam losses.     those whose name contains one of the words
    python tests/mutants.py --list           their names

Mutants are of two kinds. `changes` makes one small change to an expression or statement of nnlib, wherever one of its
rules applies: a sign, an operator, a factor, a transpose, a constant, a comparison, a condition, a statement left out.
And each specimen of the zoo, a bug of the articles or of folklore, takes the place of what it imitates.

The unit tests run once, to see how long each takes and which lines it executes. Every mutant then runs in a fork of
that process, with one function exchanged: first the tests that noticed a mutant of the same function, then those that
execute the line, the fastest first. Exit status 1 where fewer than 95 % are killed.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import pickle
import select
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the notebooks' and the browser's are of no use here
    "HYPOTHESIS_STORAGE_DIRECTORY": tempfile.mkdtemp(prefix="mutants-"),
}

import coverage
import pytest

import nnlib

ROOT = Path(__file__).resolve().parent.parent
NNLIB = Path(nnlib.__file__).parent
SOURCES = {  # as they are now, should somebody edit them meanwhile
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted(NNLIB.glob("*.py"))
    if path.stem not in ("__init__", "plotting", "estimators")
}
LEAST_KILLED = 0.95
PROCESSES = 2
SECONDS = 40  # of tests for one mutant, as they take without it; it may itself take this much longer:
PATIENCE = 4

# Survivors that no test need notice, by name, and why.
HARMLESS = {
    "activations.LeakyReLU.f: self.alpha <= 1 → self.alpha < 1": "at 1 both ways give x",
    "derivatives.numerical_jacobian: 1e-06 → 2e-06": "a step as good as the other",
    "derivatives.check: error <= tol → error < tol": "no error is tol to the last bit",
    "layers.ones: False → True": "a guard: nobody writes there",
    "layers.ones: row.flags.writeable = False → pass": "a guard: nobody writes there",
    "layers.Layer.forward: 0 → 1": "a layer without parameters takes arrays of any size",
    "layers.Layer.forward: 0 → 1 (2)": "a layer without parameters takes arrays of any size",
    "losses.ClassLoss.check_targets: 0.01 → 0.02": "a tolerance",
    "losses.ClassLoss.check_targets: 1e-05 → 2e-05": "a tolerance",
    "losses.ClassLoss.check_targets: abs(sums - 1).max() <= slack → abs(sums - 1).max() < slack": "a tolerance",
    "losses.CrossEntropy.check_outputs: 0.001 → 0.002": "a tolerance",
    "losses.CrossEntropy.check_outputs: abs(sums - 1).max() > 0.001 → abs(sums - 1).max() >= 0.001": "a tolerance",
    "training: 128 → 129": "rows at a time: speed alone",
    "training.History: 0 → 1": "has run when nnlib was loaded",
    "training.History: 0 → 1 (2)": "has run when nnlib was loaded",
    "training.History: 0 → 1 (3)": "has run when nnlib was loaded",
    "training.History: 0 → 1 (4)": "has run when nnlib was loaded",
    "validate.checked.__init__: self.check = check → pass": "has run when nnlib was loaded",
    "validate.checked.__set_name__: self.name = name → pass": "has run when nnlib was loaded",
    "validate.labels: False → True": "a copy more",
    "validate.real_array: False → True": "a copy more",
}


# --- changes to nnlib's source ---------------------------------------------------------------------------------

SWAPS: dict[type, Any] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "zeros_like": "ones_like",
         "ones_like": "zeros_like", "argmax": "argmin", "expm1": "exp", "sum": "max"}  # fmt: skip


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """The ways to break one node: what takes its place."""

    def but(**fields: Any) -> ast.AST:
        return type(node)(**{**vars(node), **fields})

    match node:
        case ast.BinOp(op=op, left=left) if type(op) in SWAPS:
            yield but(op=SWAPS[type(op)]())
            if isinstance(op, ast.Mult | ast.Div):
                yield left  # a factor left out
        case ast.AugAssign(op=op):
            if type(op) in SWAPS:
                yield but(op=SWAPS[type(op)]())
            yield ast.Pass()
        case ast.Compare(ops=ops):
            for i, one in enumerate(ops):
                yield but(ops=[*ops[:i], SWAPS[type(one)](), *ops[i + 1 :]])
        case ast.BoolOp(op=op):
            yield but(op=SWAPS[type(op)]())
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield but(value=not value)
        case ast.Constant(value=int(value)):
            yield but(value=value + 1)
        case ast.Constant(value=float(value)):
            yield but(value=2 * value or 1.0)
        case ast.Attribute(attr="T", value=value):
            yield value
        case ast.Attribute(attr=attr) if attr in NAMES:
            yield but(attr=NAMES[attr])
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield but(test=ast.UnaryOp(ast.Not(), test))
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Raise(exc=ast.AST()):
            yield ast.Pass()


def places(node: ast.AST, scope: tuple[str, ...] = ()) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """The nodes that decide what is computed, each with the names of the function or class around it."""
    yield node, scope
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        scope = (*scope, node.name)
    for name, value in ast.iter_fields(node):
        # no types, no messages
        if name in ("annotation", "returns", "decorator_list", "exc", "cause", "msg") or isinstance(
            value, ast.JoinedStr
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr | ast.ImportFrom | ast.Import):
                yield from places(child, scope)


class Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return ast.copy_location(self.new, node) if node is self.old else self.generic_visit(node)


@dataclass
class Mutant:
    name: str
    scope: str  # module.Class.function
    apply: Callable[[], None]
    lines: tuple[Path, range] | None = None  # where it is; None for a specimen
    killer: str = ""
    report: str = ""  # of the test that failed
    seconds: float = 0.0
    tests: list[str] = field(default_factory=list)


def source_mutants() -> Iterator[Mutant]:
    for module, source in SOURCES.items():
        path = NNLIB / f"{module}.py"
        nodes = list(places(ast.parse(source)))
        taken: Counter[str] = Counter()
        for place, (node, scope) in enumerate(nodes):
            for variant, new in enumerate(changes(node)):
                where = ".".join((module, *scope))
                old, now = (" ".join(ast.unparse(part).split()) for part in (node, new))
                name = f"{where}: {short(old)} → {short(now)}"
                taken[name] += 1
                if taken[name] > 1:
                    name += f" ({taken[name]})"
                yield Mutant(
                    name,
                    where,
                    partial(exchange, module, place, variant, scope),
                    (path, range(node.lineno, (node.end_lineno or node.lineno) + 1)),  # type: ignore[attr-defined]
                )


def control() -> Mutant:
    """No mutant: every function exchanged for its like. It must survive, or exchanging itself does harm."""

    def apply() -> None:
        for module, source in SOURCES.items():
            nodes = list(places(ast.parse(source)))
            for place, (node, scope) in enumerate(nodes):
                if isinstance(node, ast.arguments):
                    exchange(module, place, -1, scope)

    return Mutant("control: nothing changed", "", apply)


def short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def exchange(module: str, place: int, variant: int, scope: tuple[str, ...]) -> None:
    """Put the changed function into the loaded module, or the changed constant."""
    tree = ast.parse(SOURCES[module])
    node, _ = list(places(tree))[place]
    new = list(changes(copy.deepcopy(node)))[variant] if variant >= 0 else copy.deepcopy(node)
    tree = ast.fix_missing_locations(Replace(node, new).visit(tree))
    for part in ast.walk(tree):
        # A function keeps its cell for super(), whether it still uses it or not.
        if isinstance(part, ast.FunctionDef) and any(
            isinstance(n, ast.Name) and n.id == "super" for n in ast.walk(node)
        ):
            part.body.append(ast.fix_missing_locations(ast.copy_location(ast.parse("if 0: __class__").body[0], part)))
    old = sys.modules[f"nnlib.{module}"]
    changed = {"__name__": old.__name__, "__package__": "nnlib", "__file__": old.__file__}
    exec(compile(tree, str(old.__file__), "exec"), changed)
    put(vars(old), changed, scope, old)
    for name, value in changed.items():  # functions that a call at the top has made
        if isinstance(value, FunctionType) and value.__closure__ and value.__module__ == old.__name__:
            made = vars(old)[name]
            made.__code__ = value.__code__
            for cell, new_cell in zip(made.__closure__, value.__closure__, strict=True):
                cell.cell_contents = new_cell.cell_contents


def put(old: Any, new: Any, scope: tuple[str, ...], owner: Any) -> None:
    """Take over what stands in `scope` from the changed namespace; what stands in none, all constants."""
    if not scope:
        for name, value in new.items():
            if isinstance(value, bool | int | float | str | tuple | frozenset) and not name.startswith("__"):
                setattr(owner, name, value)
        return
    before, after = old[scope[0]], new[scope[0]]
    if isinstance(before, type):
        if len(scope) > 1:
            put(vars(before), vars(after), scope[1:], before)
            return
        for name, value in vars(after).items():
            if name in before.__annotations__ or isinstance(value, bool | int | float | str | tuple):
                setattr(before, name, value)
                if hasattr(value, "__set_name__"):
                    value.__set_name__(before, name)
        return
    for one, other in zip(functions(before), functions(after), strict=True):
        one.__code__ = other.__code__
        if one.__defaults__:  # those that are no numbers are whole, and tests may ask for them
            both = zip(one.__defaults__, other.__defaults__ or (), strict=True)
            one.__defaults__ = tuple(new if isinstance(new, bool | int | float) else old for old, new in both)
        if one.__kwdefaults__:
            numbers = {k: v for k, v in (other.__kwdefaults__ or {}).items() if isinstance(v, bool | int | float)}
            one.__kwdefaults__ = one.__kwdefaults__ | numbers


def functions(value: Any) -> list[FunctionType]:
    """A property's functions, or the one in a class method or a cached function."""
    if isinstance(value, property):
        return [part for part in (value.fget, value.fset, value.fdel) if isinstance(part, FunctionType)]
    for name in "__func__", "__wrapped__":
        value = getattr(value, name, value)
    assert isinstance(value, FunctionType)
    return [value]


# --- the zoo's specimens ----------------------------------------------------------------------------------------


def specimens() -> Iterator[Mutant]:
    from experiments import zoo

    vars(zoo)["nnlib"] = SimpleNamespace(**vars(nnlib))  # what they inherit from stays whole
    seen = set()
    for specimen in zoo.SPECIMENS:
        for part in specimen.parts.values():
            broken = type(part) if isinstance(part, nnlib.Penalty) else part
            if broken in seen:
                continue
            seen.add(broken)
            if not isinstance(broken, type):
                whole: Any = nnlib.minibatches
            else:
                whole = next(base for base in broken.__mro__[1:] if base.__module__.startswith("nnlib."))
            if whole is not nnlib.Layer:  # one layer too many takes nobody's place
                yield Mutant(
                    f"zoo: {specimen.name}, {broken.__name__}",
                    f"{whole.__module__.removeprefix('nnlib.')}.{whole.__name__}",
                    partial(impersonate, whole, broken),
                )


def impersonate(whole: Any, broken: Any) -> None:
    """Wherever nnlib or a test has the one, it has the other."""
    for name in "__name__", "__qualname__", "__module__":
        setattr(broken, name, getattr(whole, name))
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("nnlib", "test_", "helpers", "cases", "strategies")):
            for name, value in list(vars(module).items()):
                if value is whole:
                    setattr(module, name, broken)


# --- running ----------------------------------------------------------------------------------------------------


class Mutation:
    """A plugin of pytest that runs the collected tests again and again, on one mutant after another."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.done = self.failed = False
        self.report = ""
        self.seconds: dict[str, float] = {}  # that each test takes
        self.broken: list[str] = []  # tests that fail on nnlib as it is
        self.tests_of: dict[str, dict[int, list[str]]] = {}  # that execute a line of a file
        self.killers: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed, self.report = True, report.longreprtext

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.plugins = session.config.pluginmanager
        self.items = {item.nodeid: item for item in session.items}
        self.measure()
        running: dict[int, tuple[Mutant, int, float]] = {}
        waiting = list(self.mutants)
        while waiting or running:
            while waiting and len(running) < PROCESSES:
                mutant = waiting.pop(0)
                mutant.tests = self.choose(mutant)
                reader, pid = self.start(mutant)
                running[reader] = mutant, pid, time.perf_counter()
            for reader in select.select(list(running), [], [])[0]:
                mutant, pid, start = running.pop(reader)
                answer = os.read(reader, 65536)
                os.close(reader)
                os.waitpid(pid, 0)
                mutant.seconds = time.perf_counter() - start
                mutant.killer, mutant.report = pickle.loads(answer) if answer else ("the time limit", "")
                self.killers[mutant.scope][mutant.killer] += 1
                fate = "killed   " if mutant.killer else "SURVIVED "
                by = f", by {mutant.killer}" if mutant.killer else ""
                say(f"{fate} {mutant.seconds:5.1f} s  {mutant.name}{by}")
        self.done = True
        return True

    def run(self, names: list[str]) -> str:
        """Run tests until one fails; return its name, or nothing."""
        for name, following in zip(names, [*names[1:], None], strict=True):
            self.failed = False
            item, then = self.items[name], self.items.get(following or "")
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=then)
            if self.failed:
                return name
        return ""

    def measure(self) -> None:
        """Run every test once, and keep its time and its lines.

        In a fork, too: some tests use up what was made when they were collected, and could not run a second time.
        """
        with tempfile.TemporaryFile() as found:
            if not (pid := os.fork()):
                pickle.dump(self.measured(), found)
                found.flush()
                os._exit(0)
            os.waitpid(pid, 0)
            found.seek(0)
            self.seconds, self.broken, self.tests_of = pickle.load(found)
        say(f"\n{len(self.items)} tests in {sum(self.seconds.values()):.0f} s; {len(self.mutants) - 1} mutants")

    def measured(self) -> tuple[dict[str, float], list[str], dict[str, dict[int, list[str]]]]:
        recorder = coverage.Coverage(data_file=None, config_file=False, include=[f"{NNLIB}/*"])
        seconds, broken = {}, []
        recorder.start()
        for name in self.items:
            recorder.switch_context(name)
            start = time.perf_counter()
            if self.run([name]):
                broken.append(name)
            seconds[name] = time.perf_counter() - start
        recorder.stop()
        data = recorder.get_data()
        return seconds, broken, {path: data.contexts_by_lineno(path) for path in data.measured_files()}

    def choose(self, mutant: Mutant) -> list[str]:
        """The tests for a mutant, most telling first, as many as the time allows."""
        if mutant.lines is None:
            found = set(self.items)
        else:
            path, lines = mutant.lines
            tests = self.tests_of.get(str(path), {})
            found = {name for line in lines for name in tests.get(line, [])}
            if not found & set(self.items):  # run when the module is loaded
                found = {name for names in tests.values() for name in names}
        killers, budget, chosen = self.killers[mutant.scope], float(SECONDS), []
        for name in sorted(found & set(self.items), key=lambda name: (-killers[name], self.seconds[name])):
            if name not in self.broken and self.seconds[name] <= budget:
                chosen.append(name)
                budget -= self.seconds[name]
        return chosen

    def start(self, mutant: Mutant) -> tuple[int, int]:
        """Fork, change nnlib there, run the tests; what comes back is the name of one that failed."""
        reader, writer = os.pipe()
        if pid := os.fork():
            os.close(writer)
            return reader, pid
        self.plugins.unregister(name="terminalreporter")
        signal.alarm(int(PATIENCE * sum(self.seconds[name] for name in mutant.tests)) + 10)
        try:
            mutant.apply()
            answer = self.run(mutant.tests)
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writer, pickle.dumps((answer, self.report[-4000:])))
        os._exit(0)


STDERR = os.fdopen(os.dup(2), "w")  # pytest captures the one that has this number


def say(text: str) -> None:
    print(text, file=STDERR, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", help="run the mutants whose name contains one of these")
    parser.add_argument("--list", action="store_true", help="print the mutants' names")
    parser.add_argument("--part", default="1/1", help="2/5: of five equal parts, the second")
    options = parser.parse_args()
    number, parts = map(int, options.part.split("/"))
    mutants = [*source_mutants(), *specimens()][number - 1 :: parts]
    mutants = [m for m in mutants if not options.words or any(word in m.name for word in options.words)]
    if options.list:
        print(*(mutant.name for mutant in mutants), sep="\n")
        return 0
    start = time.perf_counter()
    harmless = control()
    plugin = Mutation([harmless, *mutants])
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", f"--rootdir={ROOT}"]
    status = pytest.main([*arguments, str(ROOT / "tests" / "nnlib")], plugins=[plugin])
    if not plugin.done:
        return int(status) or 1
    survivors = [m for m in mutants if not m.killer]
    killed = 1 - len(survivors) / max(len(mutants), 1)
    print(f"{len(mutants)} mutants in {time.perf_counter() - start:.0f} s: {killed:.1%} killed; survivors:")
    for mutant in survivors:
        print(f"  {mutant.name}", f"   ({HARMLESS[mutant.name]})" if mutant.name in HARMLESS else "", sep="")
    for name in plugin.broken:
        print(f"fails without any mutant: {name}")
    if harmless.killer:
        print(f"the control did not survive: {harmless.killer}\n{harmless.report}")
    return int(killed < LEAST_KILLED or bool(plugin.broken) or bool(harmless.killer))


if __name__ == "__main__":
    sys.exit(main())
