"""Explorer: a figure that answers a slider.

A function turns arrays and one value per slider into what is drawn. In a page every
position of the slider has been run beforehand; in a live notebook the kernel runs any
value. Both send the same JSON to the same `explore.js`.
"""

from __future__ import annotations

import base64
import dis
import hashlib
import html
import inspect
import itertools
import json
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from .controls import Control, Value, choice, log_slider, readable, slider
from .views import Boundary, Contours, Curves, Json, View, encode_views, what

__all__ = [
    "Boundary",
    "Contours",
    "Control",
    "Curves",
    "Explorer",
    "View",
    "choice",
    "log_slider",
    "slider",
    "source_hash",
]

BUDGET = 200_000  # bytes that one explorer may add to a page
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
HERE = Path(__file__).parent
RENDERER = HERE / "explorer.js"


class Explorer:
    """A figure with sliders: `Explorer(run, data={"x": x}, lr=log_slider(...))`.

    `run(lr, *, x)` is an ordinary function. It gets the arrays of `data`, which it may
    not write to, and one value for each control, all by name. It returns a `View`, or
    a single `Curves`, `Boundary` or `Contours`.

    Displayed in a page, the object is one element of at most 200 kB that needs nothing
    else: every position (with several controls: every combination) has been run when it
    is made, and a still picture stands where scripts do not run. In JupyterLab and
    VS Code it is a widget, and the kernel runs any value on demand. The environment
    variable NNLIB_EXPLORER, "static" or "kernel", decides for one of them.

    TypeError or ValueError when it is made: `run` is no function or does not take these
    names, `data` holds something else than arrays of numbers, a control is no slider,
    the result cannot be drawn, or the page would grow by more than 200 kB. What `run`
    raises is passed on; in a widget it is shown there as well.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        /,
        *,
        data: Mapping[str, Any],
        **controls: Control,
    ) -> None:
        _check_call(run, data, controls)
        self.run = run
        self.controls = dict(controls)
        self.data = {name: array.copy() for name, array in data.items()}
        for array in self.data.values():
            array.flags.writeable = False  # a run must not change the next one's data
        name = re.sub(r"[^a-z0-9]+", "-", "-".join(controls).lower()).strip("-")
        self.id = f"{name}-explorer"
        self._engine = _engine()
        self._widget: Any = None
        self._default = self.at()
        self._still = self._draw_still()
        self._page = "" if self._engine == "kernel" else self._build_page()

    @property
    def values(self) -> dict[str, tuple[Value, ...]]:
        """Each control's precomputed values."""
        return {name: control.values for name, control in self.controls.items()}

    @property
    def positions(self) -> list[dict[str, Value]]:
        """Every combination of precomputed values, the last control moving fastest."""
        combinations = itertools.product(*self.values.values())
        return [
            dict(zip(self.controls, values, strict=True)) for values in combinations
        ]

    @property
    def source_hash(self) -> str:
        """The `source_hash` of this explorer, which its page element carries."""
        return source_hash(self.run, self.data, self.controls)

    def at(self, **values: Any) -> View:
        """Run at these values, or at the default of a control that is left out.

        Any value between a slider's ends will do. TypeError: there is no such control,
        or `run` returns something else than a view. ValueError: out of reach.
        """
        unknown = ", ".join(sorted(set(values) - set(self.controls)))
        if unknown:
            names = ", ".join(self.controls)
            raise TypeError(f"no control named {unknown}; the controls are {names}")
        chosen = {
            name: control.accept(name, values.get(name, control.default))
            for name, control in self.controls.items()
        }
        result = self.run(**self.data, **chosen)
        if isinstance(result, (Curves, Boundary, Contours)):
            return View(result)
        if not isinstance(result, View):
            raise TypeError(
                f"{self.run.__name__} must return a View, Curves, Boundary or "
                f"Contours, got {what(result)}"
            )
        return result

    def reply(self, **values: Any) -> Json:
        """`at(**values)` as the JSON that `explore.js` draws."""
        return encode_views([self.at(**values)])

    def __repr__(self) -> str:
        ranges = [
            f"{name}: {readable(values[0])} … {readable(values[-1])}"
            for name, values in self.values.items()
        ]
        return f"Explorer({self.run.__name__}, {', '.join(ranges)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        bundle: Json = {"text/plain": repr(self)}
        if self._still:
            bundle["image/png"] = self._still
        if self._page:
            bundle["text/html"] = self._page
        if self._engine != "static":
            if self._widget is None:
                self._widget = _widget_class()(spec=self._spec([self._default]))
                self._widget.on_msg(self._answer)
            model = {"model_id": self._widget.model_id}
            bundle[WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, **model}
        return bundle

    def _answer(self, widget: Any, question: Json, buffers: Any) -> None:
        """Run what the widget asks for; an error is shown there, and raised here."""
        try:
            reply = self.reply(**question["values"])
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
            widget.send({"id": question["id"], "error": text})
            raise
        widget.send({"id": question["id"], **reply})

    def _spec(self, views: Sequence[View]) -> Json:
        controls = [control.encode(name) for name, control in self.controls.items()]
        return {"id": self.id, "controls": controls, **encode_views(views)}

    def _build_page(self) -> str:
        start = {name: control.default for name, control in self.controls.items()}
        views = [self._default if p == start else self.at(**p) for p in self.positions]
        spec = json.dumps(self._spec(views), ensure_ascii=False, separators=(",", ":"))
        spec = spec.replace("<", "\\u003c")  # no </script> inside the script element
        about = ". ".join(panel.describe() for panel in self._default.panels)
        alt = html.escape(f"{self._heading()}. {about}.")
        source = f"data:image/png;base64,{self._still}"
        still = f'<img alt="{alt}" src="{source}" style="max-width:100%">\n'
        page = (
            f'<div class="nnlib-explorer" id="{self.id}" '
            f'data-source-hash="{self.source_hash}">\n{still if self._still else ""}'
            f'<script type="application/json">{spec}</script>\n'
            f"<script>{_page_script()}</script>\n</div>"
        )
        size = len(page.encode())
        if size > BUDGET:
            counts = " × ".join(str(len(values)) for values in self.values.values())
            raise ValueError(
                f"Explorer: {counts} positions take {size / 1000:.0f} kB, more than "
                f"{BUDGET // 1000} kB; use fewer steps, a smaller grid or fewer points"
            )
        return page

    def _heading(self) -> str:
        words = [
            f"{control.label or name} {readable(control.default)}"
            for name, control in self.controls.items()
        ]
        text = self._default.text
        return ", ".join(words) + (f": {text}" if text else "")

    def _draw_still(self) -> str:
        """The default position as a PNG in base64; empty without matplotlib."""
        try:
            picture = self._default.picture(self._heading())
        except ImportError:
            warnings.warn(
                "matplotlib is not installed: no still picture for paper, "
                "and for readers without scripts",
                stacklevel=3,
            )
            return ""
        return base64.b64encode(picture).decode("ascii")


def source_hash(
    run: Callable[..., Any],
    data: Mapping[str, Any],
    controls: Mapping[str, Control],
) -> str:
    """16 hex digits that change with anything an explorer's content comes from.

    That is: the source of `run`, and of the functions and constants of its own module
    that it uses; nnlib's own sources; the controls; and `data` to six digits, since the
    last ones depend on the processor.
    """
    digest = hashlib.sha256()
    for file in sorted([*HERE.glob("*.py"), RENDERER]):
        if file.name != "plotting.py":
            digest.update(f"{file.name}\n{file.read_text('utf-8')}\n".encode())
    used = dict(_used_by(run, set()))
    arrays = {name: _rounded(array) for name, array in data.items()}
    sliders = [control.encode(name) for name, control in controls.items()]
    digest.update(json.dumps([used, arrays, sliders], sort_keys=True).encode())
    return digest.hexdigest()[:16]


def _used_by(function: Any, seen: set[str]) -> Iterator[tuple[str, str]]:
    """(name, text) of a function, and of its own module's globals that it reads."""
    try:
        yield function.__qualname__, inspect.getsource(function)
    except OSError:  # typed at a bare prompt: there is no source
        yield function.__qualname__, function.__code__.co_code.hex()
    for name in sorted(_globals_read(function.__code__) - seen):
        seen.add(name)
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType):
            if value.__module__ == function.__module__:
                yield from _used_by(value, seen)
        elif isinstance(value, np.ndarray):
            yield name, _rounded(value)
        elif isinstance(value, float):
            yield name, f"{value:.6g}"
        elif isinstance(value, (bool, int, str, tuple)):
            yield name, repr(value)


def _globals_read(code: CodeType) -> set[str]:
    inner = [_globals_read(c) for c in code.co_consts if isinstance(c, CodeType)]
    steps = dis.get_instructions(code)
    return {s.argval for s in steps if s.opname == "LOAD_GLOBAL"}.union(*inner)


def _rounded(array: Any) -> str:
    """A digest of an array's shape and of its numbers, to six digits of the largest."""
    scale = float(np.max(np.abs(array), initial=0.0)) or 1.0
    digits = np.round(array / scale * 1e6).astype("<i8").tobytes()
    number = hashlib.sha256(digits).hexdigest()
    return f"{array.dtype} {array.shape} {scale:.5e} {number}"


def _check_call(run: Any, data: Any, controls: Mapping[str, Any]) -> None:
    if not isinstance(run, FunctionType):
        raise TypeError(f"Explorer: run must be a function, got {what(run)}")
    if not isinstance(data, Mapping):
        raise TypeError(
            f"Explorer: data must be a dict of name → array, got {what(data)}"
        )
    for name, array in data.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
            raise TypeError(
                f"Explorer: data[{name!r}] must be an array of numbers, "
                f"got {what(array)}"
            )
    if not controls:
        raise ValueError(
            "Explorer: one control or more expected, such as "
            "lr=log_slider(1e-3, 1, default=0.1)"
        )
    for name, control in controls.items():
        if not isinstance(control, Control):
            raise TypeError(
                f"Explorer: {name} must be made by log_slider, slider or choice, "
                f"got {what(control)}"
            )
        if name in data:
            raise ValueError(f"Explorer: {name} is both a control and in data")
    signature = inspect.signature(run)
    try:
        signature.bind(**data, **controls)
    except TypeError as error:
        given = ", ".join([*controls, *data])
        raise TypeError(
            f"Explorer: {run.__name__}{signature} does not take exactly "
            f"({given}): {error}"
        ) from None


@cache
def _page_script() -> str:
    """`explore.js` as a classic script, evaluated once a page, however often stored."""
    module = RENDERER.read_text("utf-8").replace("export default", "return")
    lines = [line.strip() for line in module.splitlines()]
    source = "\n".join(line for line in lines if line and not line.startswith("//"))
    version = hashlib.sha256(source.encode()).hexdigest()[:8]
    once = f"((window.nnlibExplorer??={{}})['{version}']??="
    return f"{once}(()=>{{\n{source}\n}})()).mountPage();"


def _engine() -> str:
    """Who runs: "static" (all now), "kernel" (on demand) or "both" (not known)."""
    wanted = os.environ.get("NNLIB_EXPLORER", "")
    if wanted not in ("", "static", "kernel"):
        raise ValueError(f"NNLIB_EXPLORER must be static or kernel, got {wanted!r}")
    try:
        from IPython import get_ipython

        kernel = getattr(get_ipython(), "kernel", None)
    except ImportError:
        kernel = None
    if wanted == "static" or kernel is None:
        return "static"
    try:
        import anywidget  # noqa: F401
    except ImportError:
        warnings.warn(
            "anywidget is not installed: the slider stops at precomputed values only",
            stacklevel=3,
        )
        return "static"
    # Front ends that can ask name the cell they run; nbconvert, which cannot, does not.
    asks = "cellId" in kernel.get_parent("shell").get("metadata", {})
    return "kernel" if asks or wanted == "kernel" else "both"


@cache
def _widget_class() -> Any:
    import anywidget
    import traitlets

    class ExplorerWidget(anywidget.AnyWidget):
        _esm = RENDERER.read_text("utf-8")
        spec = traitlets.Dict().tag(sync=True)

    return ExplorerWidget
