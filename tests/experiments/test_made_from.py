"""What decides that a notebook or a stored run is stale: code and data, not docstrings, comments, other modules."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from experiments.made_from import Imports, code_of, made_from_cells, made_from_module

FILES = {
    "nnlib/__init__.py": """
from .layers import Dense, Wide
from .network import Network
from .optimizers import SGD, Adam

_LAZY = {"plot": "plotting"}
__all__ = ["SGD", "Adam", "Dense"]
if True:
    __all__ += _LAZY


def __getattr__(name):
    return getattr(__import__(_LAZY[name]), name)
""",
    "nnlib/layers.py": '''
"""Layers."""
from __future__ import annotations

from typing import TYPE_CHECKING

from . import validate

if TYPE_CHECKING:
    from .files import Path

START = 0.5


class Layer:
    """The base class."""

    def forward(self, x):
        return self.f(validate.batch(x))


class Dense(Layer):
    def f(self, x):
        # a product
        return x * START

    def to_picture(self):
        return "a picture"


class Wide(Layer):
    def f(self, x):
        return 2 * x
''',
    "nnlib/validate.py": """
def batch(x):
    return x


def labels(t):
    return t
""",
    "nnlib/network.py": """
from . import files as storage
from .layers import Layer


class Network:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def save(self, path):
        storage.write(path, self.layers)
""",
    "nnlib/files.py": "def write(path, layers):\n    return path\n",
    "nnlib/optimizers.py": "class SGD:\n    lr = 1\n\n\nclass Adam:\n    lr = 2\n",
    "nnlib/plotting.py": "import numpy as np\n\n\ndef plot(net):\n    return net\n",
    "book/experiments/__init__.py": "",
    "book/experiments/run.py": '''
"""A run."""
import nnlib
from experiments.data import points

EPOCHS, BATCHES = 3, 4
RATES = {}
RATES["high"] = 1
if BATCHES > 3:
    WIDTH = 5


def train(seed):
    """Train."""
    net = nnlib.Network(nnlib.Dense(), nnlib.Dense())
    return [net.forward(points(seed)) for _ in range(EPOCHS)]


def results():
    return {"all": train(0)}


if __name__ == "__main__":
    from experiments.keep import store

    store(results)
''',
    "book/experiments/data.py": """
SIZE = 4


def points(seed):
    return open("points.csv").read(SIZE)


def other_points(seed):
    return SIZE + 1
""",
    "book/experiments/keep.py": "def store(results):\n    return results()\n",
    "book/experiments/points.csv": "1,2\n",
    "book/experiments/other.csv": "1,2\n",
    "book/experiments/run.npz": "stored\n",
    "book/book.mplstyle": "figure.dpi: 96\n",
    "book/widgets/__init__.py": "from .slider import Slider\n",
    "book/widgets/slider.py": """
from anywidget import AnyWidget


class Slider(AnyWidget):
    script = open("slider.js").read()

    def called_by_the_library(self):
        return 1
""",
    "book/widgets/slider.js": "draw()\n",
    "benchmarks/__init__.py": "",
    "benchmarks/timing.py": "ROUNDS = 1\n",
    "benchmarks/peers.py": "PEERS = 1\n",
    "benchmarks/results.json": "{}\n",
}
RUN = "book/experiments/run.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


Change = tuple[str, str, str]  # in this file, this becomes that


def apply(root: Path, change: Change) -> None:
    name, old, new = change
    source = (root / name).read_text(encoding="utf-8")
    assert source.count(old) == 1
    (root / name).write_text(source.replace(old, new), encoding="utf-8")


def of_run(root: Path) -> str:
    return made_from_module(root / RUN, root)


def of(*cells: str) -> Callable[[Path], str]:
    return lambda root: made_from_cells(cells, root=root)


MAKES_A_RUN_STALE = {
    "a constant": (RUN, "= 3, 4", "= 4, 4"),
    "a function": (RUN, "train(0)", "train(1)"),
    "a helper in another module": ("book/experiments/data.py", "read(SIZE)", "read(SIZE) * 2"),
    "a constant of a helper": ("book/experiments/data.py", "SIZE = 4", "SIZE = 5"),
    "a data file": ("book/experiments/points.csv", "1,2", "1,3"),
    "a layer": ("nnlib/layers.py", "x * START", "x + START"),
    "a constant of nnlib": ("nnlib/layers.py", "START = 0.5", "START = 0.6"),
    "a base class": ("nnlib/layers.py", "self.f(validate.batch(x))", "self.f(x)"),
    "what a layer calls": ("nnlib/validate.py", "    return x\n", "    return abs(x)\n"),
    "what a package hands on": ("nnlib/__init__.py", ".layers import Dense", ".network import Network as Dense"),
}
LEAVES_A_RUN = {
    "its docstring": (RUN, '"""Train."""', '"""Train\n\n    for long.\n    """'),
    "a comment": ("nnlib/layers.py", "# a product", "# a product of two"),
    "no docstring": ("nnlib/layers.py", '    """The base class."""\n', ""),
    "a blank line": (RUN, "= 3, 4\n", "= 3, 4  # times\n\n\n"),
    "another way to wrap": (RUN, "nnlib.Network(nnlib.Dense(), ", "nnlib.Network(\n        nnlib.Dense(),\n        "),
    "a function that it does not use": ("book/experiments/data.py", "SIZE + 1", "SIZE + 2"),
    "a layer that it does not use": ("nnlib/layers.py", "2 * x", "3 * x"),
    "a method that it does not use": ("nnlib/layers.py", '"a picture"', '"another"'),
    "a check that it does not use": ("nnlib/validate.py", "return t", "return t, t"),
    "how nnlib saves": ("nnlib/files.py", "return path", "return str(path)"),
    "how nnlib plots": ("nnlib/plotting.py", "return net", "return None"),
    "what plotting imports": ("nnlib/plotting.py", "import numpy as np", "import matplotlib.pyplot as np"),
    "an optimizer that it does not use": ("nnlib/optimizers.py", "lr = 2", "lr = 3"),
    "a name that it does not use": ("nnlib/__init__.py", "import Dense, Wide", "import Dense"),
    "what only a type checker reads": ("nnlib/layers.py", "import Path", "import Path, write"),
    "what stores it": ("book/experiments/keep.py", "return results()", "return dict(results())"),
    "what it stored": ("book/experiments/run.npz", "stored", "stored anew"),
    "a list of names": ("nnlib/__init__.py", '"Adam"', '"Adam", "Wide"'),
    "a list of names that grows": ("nnlib/__init__.py", "if True", "if 1 == 1"),
    "another data file": ("book/experiments/other.csv", "1,2", "1,3"),
    "a widget": ("book/widgets/slider.py", "return 1", "return 2"),
}


@pytest.mark.parametrize("change", MAKES_A_RUN_STALE.values(), ids=MAKES_A_RUN_STALE.keys())
def test_what_makes_a_run_stale(root: Path, change: Change) -> None:
    before = of_run(root)
    apply(root, change)
    assert of_run(root) != before


@pytest.mark.parametrize("change", LEAVES_A_RUN.values(), ids=LEAVES_A_RUN.keys())
def test_what_does_not(root: Path, change: Change) -> None:
    before = of_run(root)
    apply(root, change)
    assert of_run(root) == before


NNLIB = "import nnlib\n"
NOTEBOOK: list[tuple[str, Callable[[Path], str], Change, bool]] = [
    ("what it loads", of("from experiments import run"), ("book/experiments/run.npz", "stored", "anew"), True),
    ("what it does not load", of(NNLIB), ("book/experiments/run.npz", "stored", "anew"), False),
    ("its style", of('style.use("book.mplstyle")'), ("book/book.mplstyle", "96", "97"), True),
    ("no style", of("1 + 1"), ("book/book.mplstyle", "96", "97"), False),
    ("benchmarks", of('open("../benchmarks/results.json")'), ("benchmarks/results.json", "{}", "{1}"), True),
    ("benchmarks' words alone", of('print("results")'), ("benchmarks/results.json", "{}", "{1}"), False),
    ("a module", of("from benchmarks.timing import ROUNDS"), ("benchmarks/timing.py", "= 1", "= 2"), True),
    ("the one beside it", of("from benchmarks.timing import ROUNDS"), ("benchmarks/peers.py", "= 1", "= 2"), False),
    ("as an attribute", of("from benchmarks import peers", "peers.PEERS"), ("benchmarks/peers.py", "1", "2"), True),
    ("loaded when needed", of(NNLIB, "nnlib.plot(1)"), ("nnlib/plotting.py", "return net", "return 1"), True),
    ("not plotted", of(NNLIB, "nnlib.SGD(1)"), ("nnlib/plotting.py", "return net", "return 1"), False),
    ("saved", of(NNLIB, "net.save(1)"), ("nnlib/files.py", "return path", "return 1"), False),  # whose net?
    ("a network saved", of(NNLIB, "nnlib.Network().save(1)"), ("nnlib/files.py", "return path", "return 1"), True),
    ("by its name as a text", of(NNLIB, 'getattr(nnlib, "Adam")'), ("nnlib/optimizers.py", "= 2", "= 3"), True),
    ("under another name", of("from nnlib import Adam as A"), ("nnlib/optimizers.py", "= 2", "= 3"), True),
    ("all names", of("from nnlib.optimizers import *", "Adam"), ("nnlib/optimizers.py", "= 2", "= 3"), True),
    ("in a function", of("def f():\n    from nnlib import Adam"), ("nnlib/optimizers.py", "= 2", "= 3"), True),
    ("one of two constants", of("run.EPOCHS", "from experiments import run"), (RUN, "= 3, 4", "= 3, 5"), True),
    ("a constant by case", of("from experiments.run import WIDTH"), (RUN, "BATCHES > 3", "BATCHES > 2"), True),
    ("another constant", of("from experiments.run import WIDTH"), (RUN, "results():", "results(a=1):"), False),
    ("what loading does", of("from experiments.run import WIDTH"), (RUN, '"high"] = 1', '"high"] = 2'), True),
    ("a heir of a library's", of("from widgets import Slider"), ("book/widgets/slider.py", "return 1", "pass"), True),
    ("a script", of("from widgets import Slider"), ("book/widgets/slider.js", "draw()", "draw(1)"), False),
]


@pytest.mark.parametrize(("made_from", "change", "stale"), [row[1:] for row in NOTEBOOK], ids=[r[0] for r in NOTEBOOK])
def test_what_makes_a_notebook_stale(root: Path, made_from: Callable[[Path], str], change: Change, stale: bool) -> None:
    before = made_from(root)
    apply(root, change)
    assert (made_from(root) != before) is stale


def test_a_cell_is_code_and_extra_counts(root: Path) -> None:
    assert of("a = 1  # one\n\nb = 2")(root) == of("a = 1\nb = 2")(root)
    assert of("a = 1", "b = 2")(root) != of("a = 1\nb = 2")(root)
    assert of('"shown"')(root) != of('"shown too"')(root)
    assert made_from_cells(["1"], ["numpy==2.0"], root) != made_from_cells(["1"], ["numpy==2.1"], root)


@pytest.mark.parametrize("line", ["from .more import forward", 'LATER = {"more": ["forward"]}'])
def test_a_module_counts_once_its_package_imports_or_names_it(root: Path, line: str) -> None:
    before = of_run(root)
    (root / "nnlib" / "more.py").write_text("def forward(x):\n    return x\n", encoding="utf-8")
    assert of_run(root) == before
    init = root / "nnlib" / "__init__.py"
    init.write_text(f"{init.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    with_it = of_run(root)
    assert with_it != before
    (root / "nnlib" / "more.py").write_text("def forward(x):\n    return -x\n", encoding="utf-8")
    assert of_run(root) not in (before, with_it)


SOURCE = '''
"""The module's."""
import os  # why

Σ = "é", """a # is no
    # comment"""; after = 1
def f(x, *,
      y={1:  2}):
    """One."""

    # alone
    if x:
        return f"{x!r:>{y[1]}} # {'a'} {{}}" f'{x}'   # behind
    return rf"""\\d
  {x
   + 1}"""
class C: "in one line"
class D:
    """Two
    lines."""
    "no docstring"
    def g(self): "é"; return "é"; "é"
'''
CODE = '''import os
Σ = "é" , """a # is no
    # comment""" ; after = 1
def f ( x , * , y = { 1 : 2 } ) :
 if x :
  return f"{x!r:>{y[1]}} # {'a'} {{}}" f'{x}'
 return rf"""\\d
  {x
   + 1}"""
class C :
class D :
 "no docstring"
 def g ( self ) : ; return "é" ; "é"'''


def test_the_code_of_a_source_is_the_same_under_every_python() -> None:
    assert code_of(SOURCE) == CODE
    assert code_of(SOURCE, cell=True) == f'"""The module\'s."""\n{CODE}'


PLACES = [
    "class A:\n    async def f(self):\n        {}",
    "if x:\n    pass\nelse:\n    {}",
    "for x in y:\n    pass\nelse:\n    {}",
    "try:\n    {}\nfinally:\n    pass",
    "try:\n    pass\nexcept E:\n    {}",
    "try:\n    pass\nfinally:\n    {}",
    "with x:\n    {}",
    "match x:\n    case 1:\n        {}",
]


@pytest.mark.parametrize("around", PLACES)
@pytest.mark.parametrize("line", ["import nnlib.layers", "from nnlib import layers", "from nnlib.layers import Dense"])
def test_an_import_counts_wherever_it_stands(root: Path, around: str, line: str) -> None:
    assert root / "nnlib" / "layers.py" in Imports(root).of(ast.parse(around.format(line)), "")
