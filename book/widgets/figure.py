"""A widget that is all data: its script needs no kernel, in a page as in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from .embed import embed, module, style
from .engine import engine

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
BUDGET = 200_000  # bytes that one figure may add to a page


class Figure:
    """What a notebook shows: HTML for a page, and in JupyterLab and VS Code an anywidget of the same script.

    `kind`, `spec`, `id`, `still`, `alt` and `lines` are those of `embed`. ValueError: it takes more than 200 kB; `advice` says what to do.
    """

    def __init__(
        self, kind: str, spec: Mapping[str, Any], *, id: str, still: str, alt: str, lines: Sequence[str], advice: str = "give it less to show"
    ) -> None:
        self.kind, self.spec, self.id = kind, dict(spec), id
        self.page = embed(kind, spec, id=id, still=still, alt=alt, lines=lines)
        self._widget: Any = None
        size = len(self.page.encode())
        if size > BUDGET:
            raise ValueError(f"{id}: it would take {size / 1000:.0f} kB, more than {BUDGET // 1000} kB; {advice}")

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self.page}
        if engine() != "static":
            if self._widget is None:
                self._widget = _widget_class(self.kind)(spec={**self.spec, "id": self.id})
            model = {"model_id": self._widget.model_id}
            bundle[WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, **model}
        return bundle


@cache
def _widget_class(kind: str) -> Any:
    import anywidget
    import traitlets

    class FigureWidget(anywidget.AnyWidget):
        _esm = module(kind)
        _css = style(kind)
        spec = traitlets.Dict().tag(sync=True)

    return FigureWidget
