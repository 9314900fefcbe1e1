"""A widget that is all data: its script needs no kernel, in a page as in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .embed import embed
from .engine import engine, make_widget, view_of

BUDGET = 200_000  # bytes that one figure may add to a page


class Figure:
    """What a notebook shows: HTML for a page, and in JupyterLab and VS Code an anywidget of the same script.

    `kind`, `spec`, `id`, `still`, `alt` and `lines` are those of `embed`. ValueError: it takes more than 200 kB;
    `advice` says what to do.
    """

    def __init__(
        self,
        kind: str,
        spec: Mapping[str, Any],
        *,
        id: str,
        still: bytes | str,
        alt: str,
        lines: Sequence[str],
        advice: str = "give it less to show",
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
                self._widget = make_widget(self.kind, {**self.spec, "id": self.id})
            bundle |= view_of(self._widget)
        return bundle
