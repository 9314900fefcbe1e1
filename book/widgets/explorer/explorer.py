"""Explorer: a figure that answers a slider.

A function turns arrays and one value per control into what is drawn. In a page every
position has been run beforehand; in a live notebook the kernel runs any value. Both
send the same JSON to the same script.
"""

from __future__ import annotations

import inspect
import itertools
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType, GeneratorType
from typing import Any

import numpy as np

from ..embed import embed, unique_id
from ..engine import engine, make_widget, mode, view_of
from ..live.arrays import encode
from ..live.source import CannotMoveError, program
from .checks import describe
from .controls import Control, Json, Value, readable
from .views import Boundary, Contours, Curves, View, encode_views

BUDGET = 200_000  # bytes that one explorer may add to a page
LIVE = "application/vnd.nnlib.live+json"  # beside a page's element: what Python in the page runs


class Explorer:
    """A figure with controls: `Explorer(run, data={"x": x}, lr=log_slider(...))`.

    `run(lr, *, x)` is an ordinary function. It gets the arrays of `data`, which it may
    not write to, and one value for each control, all by name. It returns a `View`, or
    a single `Curves`, `Boundary` or `Contours`. It may also yield them, one after the
    other, while it trains: a kernel draws each as it comes, a page keeps the last.

    Displayed in a page, the object is one element of at most 200 kB: every position
    (with several controls: every combination) has been run when it is made, and a
    still picture stands where scripts do not run. In JupyterLab and VS Code it is a
    widget, and the kernel runs any value on demand. The environment variable
    NNLIB_EXPLORER decides for one of them: "static", or "kernel". With "ends", for
    tests, only the default is run and each control's ends. If `run` uses nothing but
    NumPy, nnlib and the book's modules, its program goes along, for Python in the page.

    `id` names the element: a link to `#ID?lr=0.1` opens the page with that value. Left
    out, it is made of the controls' names, and of a number from the second on.

    TypeError or ValueError when it is made: `run` is no function or does not take these
    names, `data` holds something else than arrays of numbers, a control is none, the
    result cannot be drawn, or the page would grow by more than 200 kB. What `run`
    raises is passed on; in a widget it is shown there as well.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        /,
        *,
        data: Mapping[str, Any],
        id: str = "",
        **controls: Control,
    ) -> None:
        _check_call(run, data, controls)
        self.run = run
        self.controls = dict(controls)
        self.data = {name: array.copy() for name, array in data.items()}
        for array in self.data.values():
            array.flags.writeable = False  # a run must not change the next one's data
        self.id = _check_id(id) if id else unique_id(_default_id(controls))
        self._engine = engine()
        self._widget: Any = None
        self._shown: dict[tuple[Value, ...], View] = {}  # what the page shows, by the controls' values
        self._default = self.at()
        self._still = self._draw_still()
        self._page = "" if self._engine == "kernel" else self._build_page()
        self._live = self._build_live() if self._page else None

    @property
    def values(self) -> dict[str, tuple[Value, ...]]:
        """Each control's precomputed values."""
        return {name: control.values for name, control in self.controls.items()}

    @property
    def positions(self) -> list[dict[str, Value]]:
        """Every combination of precomputed values, the last control moving fastest."""
        combinations = itertools.product(*self.values.values())
        return [dict(zip(self.controls, values, strict=True)) for values in combinations]

    @property
    def ends(self) -> list[dict[str, Value]]:
        """The default, and with it each control in turn at its first and last value."""
        start = self._start()
        moved = [{**start, name: control.values[end]} for name, control in self.controls.items() for end in (0, -1)]
        return [start, *(place for place in moved if place != start)]

    def at(self, **values: Any) -> View:
        """Run at these values, or at the default of a control that is left out.

        Any value between a slider's ends will do. A position that the page shows is not
        run a second time. Of a run that yields, the last view. TypeError: there is no
        such control, or `run` returns something else than a view. ValueError: out of
        reach.
        """
        chosen = self._accept(values)
        if kept := self._shown.get(tuple(chosen.values())):
            return kept
        for view in views_of(self.run, self.data, chosen):  # noqa: B007
            pass
        return view

    def views(self, **values: Any) -> Iterator[View]:
        """Run at values as `at` takes them: every view that `run` yields, or the one that it returns."""
        yield from views_of(self.run, self.data, self._accept(values))

    def reply(self, **values: Any) -> Json:
        """`at(**values)` as the JSON that the script draws."""
        return encode_views([self.at(**values)])

    def __repr__(self) -> str:
        ranges = [f"{name}: {readable(values[0])} … {readable(values[-1])}" for name, values in self.values.items()]
        return f"Explorer({self.run.__name__}, {', '.join(ranges)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        bundle: Json = {"text/plain": repr(self)}
        if self._page:
            bundle["text/html"] = self._page  # with the still picture
            if self._live:
                bundle[LIVE] = self._live
        elif self._still:
            bundle["image/png"] = self._still
        if self._engine != "static":
            if self._widget is None:
                self._widget = make_widget("explorer", self._spec([self._default]))
                self._widget.on_msg(self._answer)
            bundle |= view_of(self._widget)
        return bundle

    def _start(self) -> dict[str, Value]:
        return {name: control.default for name, control in self.controls.items()}

    def _accept(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """A value that is in reach for each control."""
        unknown = ", ".join(sorted(set(values) - set(self.controls)))
        if unknown:
            names = ", ".join(self.controls)
            raise TypeError(f"no control named {unknown}; the controls are {names}")
        given = {**self._start(), **values}
        return {name: control.accept(name, given[name]) for name, control in self.controls.items()}

    def _answer(self, widget: Any, question: Json, buffers: Any) -> None:
        """Run what the widget asks for, and send each view as it comes.

        The last message says "done". An error is shown in the widget, and raised here.
        """
        try:
            reply: Json = {}
            for view in self.views(**question["values"]):
                if reply:
                    widget.send({"id": question["id"], "done": False, **reply})
                reply = encode_views([view])
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
            widget.send({"id": question["id"], "error": text})
            raise
        widget.send({"id": question["id"], "done": True, **reply})

    def _spec(self, views: Sequence[View | None]) -> Json:
        controls = [control.encode(name) for name, control in self.controls.items()]
        return {"id": self.id, "controls": controls, **encode_views(views)}

    def _build_page(self) -> str:
        start = self._start()
        run = self.ends if mode() == "ends" else self.positions
        self._shown[tuple(start.values())] = self._default
        for place in run:
            self._shown[tuple(place.values())] = self.at(**place)
        views = [self._shown.get(tuple(place.values())) for place in self.positions]
        about = ". ".join(panel.describe() for panel in self._default.panels)
        page = embed(
            "explorer",
            self._spec(views),
            id=self.id,
            still=self._still,
            alt=f"{self._heading()}. {about}.",
        )
        size = len(page.encode())
        if size > BUDGET:
            counts = " × ".join(str(len(values)) for values in self.values.values())
            raise ValueError(
                f"Explorer: {counts} positions take {size / 1000:.0f} kB, more than "
                f"{BUDGET // 1000} kB; use fewer steps, a smaller grid or fewer points"
            )
        return page

    def _build_live(self) -> Json | None:
        """`run` as a program with its data, for Python in the page; none if it uses what is not there."""
        try:
            made = program(self.run)
        except CannotMoveError:
            return None
        # A line a line, as in a notebook's own cells.
        source = made.source.splitlines(keepends=True)
        given, data = ({name: encode(v) for name, v in values.items()} for values in (made.given, self.data))
        controls = {
            name: {"kind": c.kind, "values": list(c.values), "default": c.default, "integer": c.integer}
            for name, c in self.controls.items()
        }
        return {"run": made.run, "source": source, "given": given, "data": data, "controls": controls}

    def _heading(self) -> str:
        settings = [f"{control.label or name} {readable(control.default)}" for name, control in self.controls.items()]
        text = self._default.text
        return ", ".join(settings) + (f": {text}" if text else "")

    def _draw_still(self) -> bytes:
        """The default position as a PNG; empty without matplotlib."""
        try:
            from .still import picture

            return picture(self._default, self._heading())
        except ImportError:
            warnings.warn(
                "matplotlib is not installed: no still picture for paper, and for readers without scripts",
                stacklevel=3,
            )
            return b""


def views_of(run: Callable[..., Any], data: Mapping[str, Any], values: Mapping[str, Value]) -> Iterator[View]:
    """Every view that `run` yields, or the one that it returns. TypeError: it hands back something else."""
    result = run(**data, **values)
    if not isinstance(result, GeneratorType):
        yield _view(run, result)
        return
    count = 0
    for count, step in enumerate(result, 1):  # noqa: B007
        yield _view(run, step)
    if not count:
        raise TypeError(f"{run.__name__} yields no view")


def _view(run: Callable[..., Any], result: Any) -> View:
    if isinstance(result, (Curves, Boundary, Contours)):
        return View(result)
    if not isinstance(result, View):
        raise TypeError(f"{run.__name__} must return a View, Curves, Boundary or Contours, got {describe(result)}")
    return result


def _check_id(id: str) -> str:
    if not isinstance(id, str) or not re.fullmatch(r"[A-Za-z][\w-]*", id):
        raise ValueError(f"Explorer: id must be a letter, then letters, digits, - and _, got {id!r}")
    return id


def _default_id(controls: Mapping[str, Control]) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", "-".join(controls).lower()).strip("-")
    return f"{name}-explorer"


def _check_call(run: Any, data: Any, controls: Mapping[str, Any]) -> None:
    if not isinstance(run, FunctionType):
        raise TypeError(f"Explorer: run must be a function, got {describe(run)}")
    if not isinstance(data, Mapping):
        raise TypeError(f"Explorer: data must be a dict of name → array, got {describe(data)}")
    for name, array in data.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
            raise TypeError(f"Explorer: data[{name!r}] must be an array of numbers, got {describe(array)}")
    if not controls:
        raise ValueError("Explorer: one control or more expected, such as lr=log_slider(1e-3, 1, default=0.1)")
    for name, control in controls.items():
        if not isinstance(control, Control):
            raise TypeError(f"Explorer: {name} must be made by log_slider, slider or choice, got {describe(control)}")
        if name in data:
            raise ValueError(f"Explorer: {name} is both a control and in data")
    signature = inspect.signature(run)
    try:
        signature.bind(**data, **controls)
    except TypeError as error:
        given = ", ".join([*controls, *data])
        raise TypeError(f"Explorer: {run.__name__}{signature} does not take exactly ({given}): {error}") from None
