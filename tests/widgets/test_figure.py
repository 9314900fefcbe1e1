"""A figure that is all data: what a notebook stores and shows of it, page or widget."""

from __future__ import annotations

import types
from typing import Any

import pytest
from widgets import embed
from widgets.engine import WIDGET_VIEW
from widgets.examples.circuit import one_weight
from widgets.examples.digit_pad import trained
from widgets.examples.stepper import mazur
from widgets.figure import Figure

FIGURES = {"stepper": mazur, "pad": trained, "circuit": one_weight}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Pretend to be a kernel; the dict is the metadata of the request being run."""
    metadata: dict[str, Any] = {}
    shell = types.SimpleNamespace(kernel=types.SimpleNamespace(get_parent=lambda: {"metadata": metadata}))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.delenv("NNLIB_EXPLORER", raising=False)
    return metadata


def bundle(figure: Figure) -> dict[str, Any]:
    return figure._repr_mimebundle_()


@pytest.mark.parametrize("mode", ["static", "ends"])
@pytest.mark.parametrize("kind", FIGURES)
def test_a_page_gets_html_alone(kernel: dict[str, Any], monkeypatch: pytest.MonkeyPatch, kind: str, mode: str) -> None:
    kernel["cellId"] = "cell"
    monkeypatch.setenv("NNLIB_EXPLORER", mode)
    figure = FIGURES[kind]()
    assert bundle(figure) == {"text/plain": f"<{kind} {figure.id}>", "text/html": figure.page}


@pytest.mark.parametrize("mode", ["", "kernel"])
@pytest.mark.parametrize("kind", FIGURES)
def test_a_notebook_gets_a_widget_of_the_same_script_too(
    kernel: dict[str, Any], monkeypatch: pytest.MonkeyPatch, kind: str, mode: str
) -> None:
    kernel["cellId"] = "cell"
    monkeypatch.setenv("NNLIB_EXPLORER", mode)
    figure = FIGURES[kind](f"{kind}-in-a-notebook{mode}")
    found = bundle(figure)
    assert set(found) == {"text/plain", "text/html", WIDGET_VIEW}
    assert bundle(figure)[WIDGET_VIEW] == found[WIDGET_VIEW]  # one model, however often it is shown
    assert figure._widget.spec == {**figure.spec, "id": figure.id}
    script = (embed.HERE / embed.FOLDERS[kind] / f"{embed.FOLDERS[kind]}.js").read_text("utf-8")
    assert script in figure._widget._esm
    assert f"export default {{ render: globalThis.nnlibWidgets.{kind}.render }}" in figure._widget._esm
    style = (embed.HERE / embed.FOLDERS[kind] / f"{embed.FOLDERS[kind]}.css").read_text("utf-8")
    assert style in figure._widget._css and "--nnlib-ink" in figure._widget._css


def test_each_kind_of_widget_has_its_own_style_sheet(kernel: dict[str, Any]) -> None:
    """A front end keeps one style sheet for each class name: two kinds of one name would lose one."""
    kernel["cellId"] = "cell"
    widgets = []
    for kind, make in FIGURES.items():
        figure = make(f"{kind}-beside-another")
        bundle(figure)
        widgets.append(figure._widget)
    assert len({widget._anywidget_id for widget in widgets}) == len(widgets)


def test_too_much_is_refused_with_advice() -> None:
    Figure("stepper", {"x": "a" * 199_000}, id="much", still="", alt="", lines=[])
    with pytest.raises(ValueError, match=r"^much: it would take 202 kB, more than 200 kB; take less$"):
        Figure("stepper", {"x": "a" * 202_000}, id="much", still="", alt="", lines=[], advice="take less")


def test_data_cannot_end_their_element() -> None:
    page = Figure("stepper", {"x": "</script><b>"}, id="a", still="", alt="", lines=["<i>"]).page
    assert page.count("</script>") == 1 and "<b>" not in page and "<i>" not in page
