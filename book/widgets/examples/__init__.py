"""Every widget in every state that it has without Python in the page, for whoever works on them: not part of the book.

`python -m widgets.examples` in book/ writes the page and says where. A widget's
examples are a module of this folder with a function `examples()`, which gives a list
of `Example`.
"""

from __future__ import annotations

from .page import Example, collect, write

__all__ = ["Example", "collect", "write"]
