"""Between the page and Python: what a worker calls, with results and errors as plain data.

The page asks for a function by name, "module:function", and gives it plain data. If the
function is a generator, each value that it yields is shown, and between two of them the
worker listens: `yield` hands back what the page has sent, or None. `yield WAIT` shows
nothing and sleeps until the page sends something.

The reader's code is text. It runs in a fresh namespace, under the file name "<your code>",
so that an error can say its line.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import linecache
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

import numpy as np

from ..explorer.controls import Control
from ..explorer.explorer import views_of
from ..explorer.views import encode_views
from .arrays import decode

YOURS = "<your code>"
WAIT = object()

Json = dict[str, Any]


class Call:
    """One call of a function, to be asked for its values one after the other by `step`."""

    def __init__(self, name: str, kwargs: Mapping[str, Any]) -> None:
        self.name, self.kwargs = name, kwargs
        self.generator: Iterator[Any] | None = None

    def step(self, message: Any = None) -> Json:
        """Go on until the next value: {"value": …, "state": "yield", "wait", "done" or "error"}.

        An error comes as {"message", "line", "traceback"}: line and traceback are those of the reader's code alone.
        """
        try:
            if self.generator is None:
                result = _function(self.name)(**self.kwargs)
                if not isinstance(result, GeneratorType):
                    return {"state": "done", "value": plain(result)}
                self.generator = result
                message = None
            try:
                value = self.generator.send(message)  # type: ignore[attr-defined]
            except StopIteration as end:
                return {"state": "done", "value": plain(end.value)}
            return {"state": "wait"} if value is WAIT else {"state": "yield", "value": plain(value)}
        except BaseException as error:
            return {"state": "error", "value": explain(error)}
        finally:
            # What ends without a new line is said by this step, not by a later one. A reader may have put anything
            # in their place.
            for stream in sys.stdout, sys.stderr:
                with contextlib.suppress(Exception):
                    stream.flush()

    def close(self) -> None:
        """End a generator where it stands."""
        if self.generator is not None:
            # A reader's `finally` may raise, and nobody waits for it any more.
            with contextlib.suppress(BaseException):
                self.generator.close()  # type: ignore[attr-defined]


def _function(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


# --- the reader's code --------------------------------------------------------------------


def namespace(code: str, given: Mapping[str, Any] | None = None) -> Json:
    """Run the reader's code in a fresh namespace that holds copies of what is `given`, and return that."""
    # Where traceback and inspect look for the lines of a file.
    linecache.cache[YOURS] = len(code), None, code.splitlines(keepends=True), YOURS
    names: Json = {"__name__": "__main__", "__file__": YOURS, **copy.deepcopy(dict(given or {}))}
    exec(compile(code, YOURS, "exec"), names)
    return names


def run(code: str, name: str = "", **kwargs: Any) -> Any:
    """Run the reader's code and then, if it is named, its function `name` with these arguments."""
    names = namespace(code)
    return names[name](**kwargs) if name else None


def explain(error: BaseException) -> Json:
    """An error as plain data: {"message": "ValueError: …", "line": 3 or None, "traceback": text}."""
    message = "".join(traceback.format_exception_only(error)).strip()
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == YOURS]
    line = frames[-1].lineno if frames else None
    if isinstance(error, SyntaxError) and error.filename == YOURS:
        line = error.lineno
        message = f"{type(error).__name__}: {error.msg}"
    return {"message": message, "line": line, "traceback": "".join(traceback.format_list(frames))}


# --- explorers ------------------------------------------------------------------------------


@dataclass
class Explorer:
    """What an explorer's program needs, and the reader's code as it was run last."""

    run: str
    given: Json
    data: Json
    controls: dict[str, Control]
    source: str | None = None
    names: Json = field(default_factory=dict)


_explorers: dict[str, Explorer] = {}


def open_explorer(id: str, text: str) -> None:
    """Keep what a notebook has stored of an explorer, as JSON, until this worker ends."""
    stored = json.loads(text)  # here, because JavaScript does not tell 1.0 from 1
    given, data = ({name: decode(value) for name, value in stored[kind].items()} for kind in ("given", "data"))
    for array in data.values():
        array.flags.writeable = False  # a run must not change the next one's data
    controls = {name: Control(**{**c, "values": tuple(c["values"])}) for name, c in stored["controls"].items()}
    _explorers[id] = Explorer(stored["run"], given, data, controls)


def explore(id: str, source: str, values: Json) -> Iterator[Json]:
    """Run an explorer's program, as the reader has left it, at these values: each view, as the script draws it."""
    mine = _explorers[id]
    if mine.source != source:
        mine.source = None  # what raises is run again
        mine.names = namespace(source, mine.given)
        mine.source = source
    run = mine.names.get(mine.run)
    if not callable(run):
        raise NameError(f"the code no longer defines {mine.run}")
    chosen = {name: control.accept(name, values.get(name, control.default)) for name, control in mine.controls.items()}
    for view in views_of(run, mine.data, chosen):
        yield encode_views([view])


# --- plain data -----------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """`value` as the page can have it: None, booleans, numbers, text, lists, dicts, and arrays as flat ones.

    A NumPy array arrives as a typed array, in C's order and without its shape. TypeError: it is something else.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        return _flat(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    raise TypeError(f"a page cannot have a {type(value).__name__}: {value!r:.60}")


def _flat(array: np.ndarray) -> np.ndarray:
    kind = array.dtype.kind
    if kind not in "fiub":
        raise TypeError(f"a page cannot have an array of {array.dtype}")
    if kind == "b":
        array = array.astype(np.uint8)
    elif array.dtype.itemsize == 8 and kind in "iu":
        array = array.astype(np.float64)  # JavaScript's numbers; its 64-bit integers are of another kind
    elif array.dtype == np.float16:
        array = array.astype(np.float32)
    return np.ascontiguousarray(array).ravel()


def arrays(value: Any) -> Any:
    """What the page has sent, with its typed arrays, which come as memory, as NumPy's."""
    if isinstance(value, memoryview):
        return np.asarray(value)
    if isinstance(value, dict):
        return {key: arrays(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [arrays(entry) for entry in value]
    return value
