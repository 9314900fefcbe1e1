"""nnlib's modules: one-way imports, NumPy alone at import, every public name at hand."""

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import nnlib

PACKAGE = Path(nnlib.__file__).parent

# DESIGN's table in its order, with the public names; a lower module imports upper ones only.
MODULES = {
    "_validate": [],
    "initializers": ["zeros", "constant", "normal", "uniform_fan_in", "glorot", "he"],
    "layers": ["Layer", "Dense", "BatchNorm"],
    "activations": ["Identity", "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "Softmax"],
    "losses": ["SquaredError", "MSE", "CrossEntropy", "BinaryCrossEntropy", "SoftmaxCrossEntropy", "log_softmax"],
    "penalties": ["L1", "L2", "l0"],
    "network": ["Network"],
    "optimizers": ["SGD", "Nesterov", "AdaGrad", "RMSProp", "Adam"],
    "training": ["one_hot", "minibatches", "accuracy", "fit", "History"],
    "derivatives": ["jacobian", "numerical_jacobian", "check_gradient", "check"],
    "plotting": ["plot_history", "plot_boundary", "plot_jacobian"],
    "_controls": [],
    "_views": [],
    "explore": ["Explorer", "log_slider"],
}
LAZY = {name for module in ("plotting", "explore") for name in MODULES[module]}
OUTSIDE = {
    "plotting": {"matplotlib"},
    "training": {"tqdm"},
    "_views": {"matplotlib", "PIL"},  # the still picture of an explorer
    "explore": {"anywidget", "traitlets", "IPython"},
}


def imports(module):
    """(nnlib modules, other packages) that a module imports anywhere."""
    ours, others = set(), set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            ours |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module.split(".")[0])
    return ours, others


def test_the_table_names_every_module():
    assert {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"} == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    ours, others = imports(module)
    order = list(MODULES)
    assert all(order.index(name) < order.index(module) for name in ours)
    assert "nnlib" not in others
    assert others - set(sys.stdlib_module_names) <= {"numpy"} | OUTSIDE.get(module, set())


def test_only_plotting_and_explore_s_picture_know_matplotlib():
    users = {module for module in MODULES if "matplotlib" in imports(module)[1]}
    assert "plotting" in users and users <= {"plotting", "_views"}


@pytest.mark.parametrize("name", [name for names in MODULES.values() for name in names])
def test_every_public_name_is_importable_and_documented(name):
    assert name in nnlib.__all__ and name in dir(nnlib)
    assert getattr(nnlib, name).__doc__.strip()


def test_nothing_else_is_public():
    assert sorted(nnlib.__all__) == sorted(name for names in MODULES.values() for name in names)
    assert len(set(nnlib.__all__)) == len(nnlib.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Dens'"):
        nnlib.Dens  # noqa: B018


def run(code):
    """Run code in a fresh interpreter whose imports, but for NumPy, nnlib and the standard library, are blocked."""
    hook = f"""
    import sys
    class Block:
        def find_spec(self, name, path=None, target=None):
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top not in ("numpy", "nnlib"):
                raise ImportError("blocked: " + name)
    sys.path.insert(0, {str(PACKAGE.parent)!r})
    sys.meta_path.insert(0, Block())
    """
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-W",
            "ignore::ImportWarning",
            "-c",
            textwrap.dedent(hook) + textwrap.dedent(code),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_needs_numpy_only():
    code = """
    import nnlib
    for name in nnlib.__all__:
        if name not in LAZY:
            getattr(nnlib, name)
    assert not any(f"nnlib.{m}" in sys.modules for m in ("plotting", "explore"))
    import numpy as np
    net = nnlib.Network(nnlib.Dense(2, 2), loss=nnlib.SoftmaxCrossEntropy())
    print(len(nnlib.fit(net, np.eye(2), np.array([0, 1]), nnlib.Adam(), epochs=2).loss))
    try:
        nnlib.plot_history
    except ImportError as error:
        print(error)
    """.replace("LAZY", repr(sorted(LAZY)))
    lines = run(code).splitlines()
    assert lines[0] == "2" and lines[1].startswith("blocked: matplotlib")


def test_import_does_not_touch_the_global_random_state_or_print():
    code = """
    import numpy as np
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    import nnlib
    assert (np.random.get_state()[1] == before).all()
    """
    assert run(code) == ""
