# Run this first: it finds what the notebook imports
# in the folder that it came in. Nothing is downloaded.
import os
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path


def find_the_book(bundle, place, needs):
    if sys.version_info < (3, 11):  # noqa: UP036
        raise RuntimeError("Python 3.11 or newer is needed")
    here = Path.cwd()
    packed = here / f"{bundle}.zip"  # uploaded beside the notebook, as to Colab
    if packed.exists() and not (here / bundle).exists():
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(here)
    for folder in (here, *here.parents, here / bundle, *map(Path, sys.path)):
        if (folder / "nnlib" / "__init__.py").exists() and (folder / "book" / "book.mplstyle").exists():
            break
    else:
        raise ModuleNotFoundError(
            f"nnlib/ and book/ are not found. Keep this notebook in the folder that came out of {packed.name}, "
            f"or put {packed.name} beside it (in Colab: upload it), and run this cell again."
        )
    if missing := [package for module, package in needs.items() if find_spec(module) is None]:
        raise ModuleNotFoundError(f"Not installed here. Run in a cell of its own: %pip install {' '.join(missing)}")
    sys.path[:0] = [str(folder), str(folder / "book")]
    style = here / ("book.mplstyle" if place == "book" else "../book.mplstyle")
    if not style.exists():
        os.chdir(folder / place)
    if "google.colab" in sys.modules:
        from google.colab import output

        output.enable_custom_widget_manager()
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        shell.config.InlineBackend.figure_formats = {"retina"}  # sharp, and no larger than on the page


find_the_book("BUNDLE", "PLACE", {})
