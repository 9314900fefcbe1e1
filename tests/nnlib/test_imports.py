"""nnlib's modules: one-way imports, NumPy alone at import, every public name at hand."""

import ast
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import nnlib

PACKAGE = Path(nnlib.__file__).parent

# DESIGN's table in its order, with the public names; a lower module imports upper ones only.
MODULES = {
    "validate": [],
    "initializers": ["zeros", "constant", "normal", "uniform_fan_in", "glorot", "he"],
    "layers": ["Layer", "Dense", "BatchNorm"],
    "activations": ["Identity", "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "Softmax"],
    "losses": [
        "Loss",
        "SquaredError",
        "MSE",
        "CrossEntropy",
        "BinaryCrossEntropy",
        "SoftmaxCrossEntropy",
        "log_softmax",
    ],
    "penalties": ["Penalty", "L1", "L2", "l0"],
    "files": [],
    "summary": [],
    "network": ["Network"],
    "optimizers": ["Optimizer", "SGD", "Nesterov", "AdaGrad", "RMSProp", "Adam"],
    "training": ["one_hot", "minibatches", "accuracy", "fit", "History"],
    "derivatives": ["jacobian", "numerical_jacobian", "check_gradient", "check"],
    "plotting": ["plot_history", "plot_boundary", "plot_jacobian"],
    "estimators": ["NetworkClassifier", "NetworkRegressor"],
}
OUTSIDE = {"plotting": {"matplotlib"}, "estimators": {"sklearn"}, "training": {"tqdm"}}
LATER = {"matplotlib": "plotting", "sklearn": "estimators"}  # what is loaded when it is first asked for, and by whom


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


@pytest.mark.parametrize("package", LATER)
def test_one_module_alone_knows_a_package(package):
    assert [module for module in MODULES if package in imports(module)[1]] == [LATER[package]]
    assert all(LATER[package] not in imports(module)[0] for module in MODULES)


def test_no_name_has_a_leading_underscore():
    """Pages print this code: what it names can be read, and overridden."""
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = {getattr(node, field, None) for field in ("name", "id", "attr", "arg", "asname")}
            assert not {n for n in names if isinstance(n, str) and n.startswith("_") and not n.endswith("__")}, path


def test_no_code_says_how_wide_an_index_is():
    """Labels, places and classes are np.intp: 32 bits wide in Pyodide, 64 on most machines."""
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert not re.fullmatch(r"u?int(8|16|32|64|c|_)?|u?(long|longlong)", node.attr), (path, node.lineno)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                assert not any(isinstance(a, ast.Name) and a.id == "int" for a in given), (path, node.lineno)


@pytest.mark.parametrize(("module", "name"), [(module, name) for module in MODULES for name in MODULES[module]])
def test_every_public_name_is_importable_and_documented(module, name):
    for package in (package for package in LATER if LATER[package] == module):
        pytest.importorskip(package)
    assert name in nnlib.__all__ and name in dir(nnlib)
    assert getattr(nnlib, name).__doc__.strip()


def test_nothing_else_is_public():
    for package in LATER:
        pytest.importorskip(package)
    assert sorted(nnlib.__all__) == sorted(name for names in MODULES.values() for name in names)
    assert len(set(nnlib.__all__)) == len(nnlib.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Dens'"):
        nnlib.Dens  # noqa: B018


def run(code, allowed=("numpy", "nnlib")):
    """Run code in a fresh interpreter that knows only the standard library and `allowed`; everything, if None."""
    if sys.platform == "emscripten":
        pytest.skip("Pyodide has no processes")
    hook = f"""
    import sys
    class Only:
        def __init__(self, finders):
            self.finders = finders
        def find_spec(self, name, path=None, target=None):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in {allowed!r} or top.startswith("_sysconfigdata"):
                found = (finder.find_spec(name, path, target) for finder in self.finders)
                return next(filter(None, found), None)
    sys.path.insert(0, {str(PACKAGE.parent)!r})
    if {allowed is not None}:
        sys.meta_path[:] = [Only([*sys.meta_path])]
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
    """Star import, help, dir, hasattr and getmembers too; what needs more is then not there, and says why."""
    code = """
    import inspect, pydoc
    import nnlib
    from nnlib import *
    members = dict(inspect.getmembers(nnlib))
    text = pydoc.plain(pydoc.render_doc(nnlib))
    for name in NAMES:
        assert name not in nnlib.__all__ and name not in dir(nnlib) and name not in members
        assert not hasattr(nnlib, name) and name not in text
    for module in "plotting", "estimators":
        assert module not in dir(nnlib) and not hasattr(nnlib, module)
    for name in nnlib.__all__:
        assert globals()[name] is members[name] is getattr(nnlib, name) and name in text and name in dir(nnlib)
    assert not any(module.split(".")[0] in ("matplotlib", "sklearn", "tqdm") for module in sys.modules)
    import numpy as np
    net = nnlib.Network(nnlib.Dense(2, 2), loss=nnlib.SoftmaxCrossEntropy())
    print(len(nnlib.fit(net, np.eye(2), np.array([0, 1]), nnlib.Adam(), epochs=2).loss))
    for name in "plot_history", "NetworkClassifier", "estimators":
        try:
            getattr(nnlib, name)
        except AttributeError as error:
            print(error)
    """.replace("NAMES", repr(MODULES["plotting"] + MODULES["estimators"]))
    assert run(code).splitlines() == [
        "2",
        "nnlib.plot_history needs matplotlib: No module named 'matplotlib'",
        "nnlib.NetworkClassifier needs scikit-learn 1.6 or newer: No module named 'sklearn'",
        "nnlib.estimators needs scikit-learn 1.6 or newer: No module named 'sklearn'",
    ]


@pytest.mark.parametrize(("version", "there"), [("1.5.2", False), ("0.24", False), ("1.6.0", True), ("2.0rc1", True)])
def test_a_scikit_learn_that_is_too_old_says_so_and_stops_no_star_import(tmp_path, version, there):
    package = tmp_path / "sklearn"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "base.py").write_text("raise ImportError('cannot import name')")
    metadata = tmp_path / f"scikit_learn-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: scikit-learn\nVersion: {version}\n")
    code = f"""
    sys.path.insert(0, {str(tmp_path)!r})
    import nnlib
    assert ("NetworkClassifier" in nnlib.__all__) == ("estimators" in dir(nnlib)) == {there}
    if not {there}:
        from nnlib import *
        assert Network is nnlib.Network
    try:
        nnlib.NetworkClassifier
    except AttributeError as error:
        print(error)
    """
    told = "nnlib.NetworkClassifier needs scikit-learn 1.6 or newer: cannot import name\n"
    assert run(code, allowed=None) == told


@pytest.mark.parametrize(("package", "asked"), [("matplotlib", "plot_history"), ("sklearn", "estimators")])
def test_a_package_is_loaded_only_when_what_needs_it_is_asked_for(package, asked):
    """By a name or by its module; the other package is not loaded with it."""
    module, (other,) = LATER[package], set(LATER) - {package}
    code = f"""
    import nnlib
    nnlib.fit, nnlib.__all__, dir(nnlib)
    assert not {set(LATER)!r} & set(sys.modules)
    assert {asked!r} in dir(nnlib) and hasattr(nnlib, {asked!r})
    assert {package!r} in sys.modules and {other!r} not in sys.modules
    assert all(getattr(nnlib.{module}, name) is getattr(nnlib, name) for name in {MODULES[module]!r})
    """
    assert run(code, allowed=None) == ""


def test_import_does_not_touch_the_global_random_state_or_print():
    code = """
    import numpy as np
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    import nnlib
    assert (np.random.get_state()[1] == before).all()
    """
    assert run(code) == ""
