"""Run by Pyodide in Node (live_files.mjs): compile the modules that a start of Python in the page imports."""

import importlib._bootstrap_external as importing
import importlib.util
import io
import json
import sys
import zipfile

SITE, BOOK, LIBRARY = "/lib/python3.14/site-packages", "/book", "/lib/python314.zip"

sys.path.insert(0, BOOK)

import numpy as np  # noqa: E402
from widgets import Boundary, View  # noqa: E402
from widgets.live.bridge import encode_views  # noqa: E402

import nnlib  # noqa: E402


def first_run():
    """Import what a first run does, by doing one."""
    x, labels = np.random.default_rng(0).normal(size=(8, 2)), np.arange(8) % 2
    net = nnlib.Network(nnlib.Dense(2, 2), loss=nnlib.SoftmaxCrossEntropy())
    nnlib.fit(net, x, nnlib.one_hot(labels, 2), nnlib.Adam(), epochs=1)
    encode_views([View(Boundary.of(net.predict_proba, x, labels))])


first_run()

# What a page has no use for: processes, mail and networks, and the letters of other decades, but for those in which
# a zip, and so an .npz, has its names.
LEFT_OUT = {"ftplib.py", "imaplib.py", "mailbox.py", "multiprocessing", "poplib.py", "smtplib.py"}
LEFT_OUT |= {"socketserver.py", "wsgiref", "xmlrpc"}
LETTERS = ("cp437", "utf_", "ascii", "latin_1", "unicode_", "raw_unicode", "idna", "punycode", "aliases", "__init__")

IMPORTED = {getattr(module, "__file__", None) for module in list(sys.modules.values())}


def compiled(source, path, optimize=0):
    """A .pyc that is never compared with its source: the file was checked as a whole."""
    code = compile(source, path, "exec", dont_inherit=True, optimize=optimize)
    return importing._code_to_hash_pyc(code, importlib.util.source_hash(source), False)


def library(file):
    """The standard library, not compressed here: the whole file is, on its way to the page."""
    old, new = zipfile.ZipFile(file), io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_STORED) as archive:
        for name in old.namelist():
            content, path = old.read(name), f"{LIBRARY}/{name}"
            top, _, rest = name.partition("/")
            if path not in IMPORTED and (top in LEFT_OUT or (top == "encodings" and not rest.startswith(LETTERS))):
                continue
            if path in IMPORTED:
                name, content = f"{name}c", compiled(content, path, 2)  # without docstrings
            archive.writestr(zipfile.ZipInfo(name), content)
    return new.getvalue()


def pack(file, root, beside):
    """A pack's files, compiled; `beside`: in __pycache__, with the source in its place."""
    with open(file, "rb") as stream:
        files = {name: stream.read(size) for name, size in json.loads(stream.readline())}
    for name, content in list(files.items()):
        if f"{root}/{name}" not in IMPORTED or not name.endswith(".py"):
            continue
        folder, _, last = name.rpartition("/")
        if beside:
            files[f"{folder}/__pycache__/{last[:-3]}.cpython-314.pyc"] = compiled(content, f"{root}/{name}")
        else:
            files[f"{name}c"] = compiled(files.pop(name), f"{root}/{name}")
    index = json.dumps([[name, len(content)] for name, content in sorted(files.items())])
    return b"".join([index.encode(), b"\n", *(content for _, content in sorted(files.items()))])


for file, content in {
    "/python_stdlib.zip": library("/python_stdlib.zip"),
    "/numpy.pack": pack("/numpy.pack", SITE, beside=False),
    "/book.pack": pack("/book.pack", BOOK, beside=True),
}.items():
    with open(file, "wb") as stream:
        stream.write(content)
