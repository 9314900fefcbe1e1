"""Run by Pyodide in Node (lite_compile.mjs): compile the modules that a notebook in JupyterLite imports at its start.

Into /compiled.zip goes each module's .pyc, by the place that Python looks for it, from the folder of the packages
("site/numpy/__pycache__/…") or from the library's zip ("library/re/…").
"""

import importlib._bootstrap_external as importing
import importlib.util
import io
import sys
import zipfile

SITE, LIBRARY = "/lib/python3.14/site-packages/", "/lib/python314.zip/"


def first_cells():
    """Import what a notebook does, by doing what its first cells do."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.run_cell("nothing;")
    shell.complete("no")

    import anywidget  # noqa: F401
    import ipywidgets  # noqa: F401
    import matplotlib_inline.backend_inline  # noqa: F401
    import tqdm  # noqa: F401
    from matplotlib import pyplot
    from sklearn.datasets import make_moons
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split  # noqa: F401

    LogisticRegression().fit(*make_moons(10, random_state=0))
    pyplot.switch_backend("agg")
    pyplot.plot([1, 2], label="a")
    pyplot.legend()
    pyplot.savefig(io.BytesIO(), bbox_inches="tight")


def compiled(source, path):
    """A .pyc that is never compared with its source: the wheel that both lie in was checked as a whole."""
    code = compile(source, path, "exec", dont_inherit=True)
    return importing._code_to_hash_pyc(code, importlib.util.source_hash(source), False)


first_cells()
library = zipfile.ZipFile(LIBRARY.rstrip("/"))
imported = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
with zipfile.ZipFile("/compiled.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(path for path in imported if path.endswith(".py")):
        if path.startswith(LIBRARY):
            name = path.removeprefix(LIBRARY)
            archive.writestr(f"library/{name}c", compiled(library.read(name), path))
        elif path.startswith(SITE):
            name = importlib.util.cache_from_source(path.removeprefix(SITE))
            with open(path, "rb") as stream:
                archive.writestr(f"site/{name}", compiled(stream.read(), path))
