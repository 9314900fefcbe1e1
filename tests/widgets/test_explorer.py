"""Explorer: what it runs and when, the page element, the widget."""

import json
import re
import subprocess
import sys
import types
import warnings

import numpy as np
import pytest
from widgets import Boundary, Curves, Explorer, View, choice, embed, log_slider, slider
from widgets.explorer import still

X = np.array([[0.0, 0.0], [1.0, 0.5], [0.5, 1.0], [0.25, 0.75]])
LABELS = np.array([0, 1, 1, 0])
SCALE = 2.0
PICTURE = still.picture  # as it is before the tests have one for all


def run(lr, *, x, labels):
    """A stand-in for a training: quick, and different at every learning rate."""
    loss = SCALE * lr / np.arange(1, 6)
    boundary = Boundary.of(lambda q: 1 / (1 + np.exp(-q @ [1.0, lr])), x, labels, size=6)
    return View(Curves({"training": loss, "test": 2 * loss}), boundary, text=f"loss {loss[-1]:.3f}")


PROGRAM = "application/vnd.nnlib.live+json"  # for Python in the page


def make(function=run, id="", **controls):
    controls = controls or {"lr": log_slider(0.01, 1, default=0.1, steps=5)}
    return Explorer(function, data={"x": X, "labels": LABELS}, id=id, **controls)


def spec_of(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def test_at_runs_any_value_and_defaults():
    explorer = make()
    assert explorer.at(lr=0.0317).text == f"loss {SCALE * 0.0317 / 5:.3f}"
    assert explorer.at().text == explorer.at(lr=0.1).text == "loss 0.040"
    assert repr(explorer.at()) == "View(Curves, Boundary, text='loss 0.040', diverged=False)"
    assert explorer.values == {"lr": (0.01, 0.0316, 0.1, 0.316, 1.0)}
    assert explorer.positions[1] == {"lr": 0.0316}
    assert repr(explorer) == "Explorer(run, lr: 0.01 … 1)"


@pytest.mark.parametrize(("engine", "again"), [("static", [0.2]), ("ends", [0.0316, 0.2])])
def test_what_the_page_shows_is_not_run_again(engine, again, monkeypatch):
    monkeypatch.setenv("NNLIB_EXPLORER", engine)
    ran = []

    def counted(lr):
        ran.append(lr)
        return Curves({"a": [lr]})

    explorer = Explorer(counted, data={}, lr=log_slider(0.01, 1, default=0.1, steps=5))
    ran.clear()
    asked = [0.01, 0.0316, 0.2, 1, 0.1]
    assert [explorer.at(lr=lr).panels[0].curves["a"][0] for lr in asked] == asked
    assert ran == again
    ran.clear()
    assert len([*explorer.views(lr=0.1)]) == 1 and ran == [0.1]  # as a kernel does, that shows each view as it comes


def test_a_single_panel_is_a_view():
    explorer = Explorer(lambda lr: Curves({"a": [lr]}), data={}, lr=slider(0, 1, default=0))
    assert isinstance(explorer.at(lr=0.5), View)


def test_every_position_is_stored_in_order():
    def two(a, b, *, x):
        return View(Curves({"a": [a], "b": [len(b)]}), text=f"{a} {b}")

    explorer = Explorer(two, data={"x": X}, a=slider(0, 2, default=1, steps=3), b=choice("q", "rr", default="q"))
    assert explorer.positions[:3] == [{"a": 0, "b": "q"}, {"a": 0, "b": "rr"}, {"a": 1, "b": "q"}]
    spec = spec_of(explorer._repr_mimebundle_()["text/html"])
    assert [r["text"] for r in spec["results"]] == [f"{float(p['a'])} {p['b']}" for p in explorer.positions]
    assert [c["default"] for c in spec["controls"]] == [1, 0]
    assert len(spec["shared"]) == 1  # title, labels and names are stored once
    assert spec["id"] == explorer.id == "a-b-explorer"


def test_points_are_stored_once():
    spec = spec_of(make()._repr_mimebundle_()["text/html"])
    assert len(spec["results"]) == 5
    assert [fixed["kind"] for fixed in spec["shared"]] == ["curves", "boundary"]
    assert len({result["panels"][1][1]["p"] for result in spec["results"]}) == 5


def test_the_page_element_is_whole():
    bundle = make(id="rate")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", PROGRAM}  # the still picture is stored once, inside
    page = bundle["text/html"]
    assert page.startswith('<div class="nnlib-explorer" id="rate" data-engine="stored">\n<img class="nnlib-still" alt=')
    assert len(page.encode()) <= 200_000
    assert not re.search(r'(src|href)=(?!"data:)|<style|https?:', page)
    assert re.findall("<script[^>]*>", page) == ['<script type="application/json">']  # data alone, nothing to execute
    assert page.count("<img") == page.count('src="data:image/png;base64,') == 1  # what stays without scripts
    alt = "lr 0.1: loss 0.040. loss by epoch: training from 0.2 to 0.04; test from 0.4 to 0.08. Decision boundary:"
    assert f' alt="{alt}' in page


def test_the_still_picture_is_of_the_default(stills):
    explorer = make()
    assert stills[-1] == (explorer.at(), "lr 0.1: loss 0.040")


def test_the_same_explorer_gives_the_same_bytes():
    assert make(id="same")._repr_mimebundle_() == make(id="same")._repr_mimebundle_()


def test_two_explorers_with_the_same_controls_have_two_ids():
    control = {"twin": slider(0, 1, default=0, steps=5)}
    ids = [Explorer(lambda twin: Curves({"a": [twin]}), data={}, **control).id for _ in range(3)]
    assert ids == ["twin-explorer", "twin-explorer-2", "twin-explorer-3"]
    named = [make(id="lr-of-chapter-6").id for _ in range(2)]  # an author's own is taken as it is
    assert named == ["lr-of-chapter-6"] * 2


def test_text_cannot_leave_its_script_element():
    words = "</script><b>&amp;"
    explorer = Explorer(lambda lr: View(Curves({words: [lr]}), text=words), data={}, lr=slider(0, 1, default=0))
    page = explorer._repr_mimebundle_()["text/html"]
    assert page.count("</script>") == 1
    assert "<b>" not in page
    assert spec_of(page)["results"][0]["text"] == words


def test_data_cannot_be_changed_by_a_run():
    def shuffle(lr, *, x):
        x *= 2
        return Curves({"a": [lr]})

    before = X.copy()
    with pytest.raises(ValueError, match="read-only"):
        Explorer(shuffle, data={"x": X}, lr=slider(0, 1, default=0))
    assert (before == X).all() and X.flags.writeable


def test_more_than_200_kb_is_refused_with_the_sizes():
    def big(lr, n):
        return Curves({"a": np.linspace(lr, n, 700)})

    message = r"Explorer: 25 × 5 positions take \d{3} kB, more than 200 kB; use fewer steps"
    with pytest.raises(ValueError, match=message):
        Explorer(big, data={}, lr=log_slider(0.1, 1, default=0.5), n=slider(0, 1, default=0, steps=5))


def returns_wrong(lr):
    return {"loss": [lr]}


def yields_nothing(lr):
    return
    yield


BAD_EXPLORERS = [
    (
        lambda: Explorer(3, data={}, lr=slider(0, 1, default=0)),
        TypeError,
        "Explorer: run must be a function, got int 3",
    ),
    (
        lambda: Explorer(run, data=[X], lr=slider(0, 1, default=0)),
        TypeError,
        "Explorer: data must be a dict of name → array, got list [array",
    ),
    (
        lambda: Explorer(run, data={"x": [1, 2]}, lr=slider(0, 1, default=0)),
        TypeError,
        "Explorer: data['x'] must be an array of numbers, got list [1, 2]",
    ),
    (
        lambda: Explorer(run, data={"x": np.array(["a"])}, lr=slider(0, 1, default=0)),
        TypeError,
        "Explorer: data['x'] must be an array of numbers, got ndarray array(['a']",
    ),
    (
        lambda: Explorer(run, data={"x": X, "labels": LABELS}),
        ValueError,
        "Explorer: one control or more expected, such as lr=log_slider(1e-3, 1, default=0.1)",
    ),
    (
        lambda: Explorer(run, data={"x": X, "labels": LABELS}, lr=0.1),
        TypeError,
        "Explorer: lr must be made by log_slider, slider or choice, got float 0.1",
    ),
    (
        lambda: Explorer(run, data={"x": X, "lr": X}, lr=slider(0, 1, default=0)),
        ValueError,
        "Explorer: lr is both a control and in data",
    ),
    (
        lambda: make(momentum=slider(0, 1, default=0)),
        TypeError,
        "Explorer: run(lr, *, x, labels) does not take exactly (momentum, x, labels): ",
    ),
    (
        lambda: Explorer(run, data={"x": X}, lr=slider(0, 1, default=0)),
        TypeError,
        "Explorer: run(lr, *, x, labels) does not take exactly (lr, x): missing a required argument: 'labels'",
    ),
    (
        lambda: Explorer(returns_wrong, data={}, lr=slider(0, 1, default=0)),
        TypeError,
        "returns_wrong must return a View, Curves, Boundary or Contours, got dict {'loss'",
    ),
    (lambda: Explorer(yields_nothing, data={}, lr=slider(0, 1, default=0)), TypeError, "yields_nothing yields no view"),
    (
        lambda: make(id="1 2"),
        ValueError,
        "Explorer: id must be a letter, then letters, digits, - and _, got '1 2'",
    ),
    (lambda: make().at(lr=3), ValueError, "lr must lie in [0.01, 1], got 3"),
    (lambda: make().at(lr="3"), ValueError, "lr must be a finite number, got '3'"),
    (lambda: make().at(rate=3), TypeError, "no control named rate; the controls are lr"),
    (
        lambda: slider(1, 9, default=1, steps=3, integer=True).accept("n", 1.5),
        ValueError,
        "n must be a whole number, got 1.5",
    ),
    (lambda: choice("a", "b", default="a").accept("f", "c"), ValueError, "f must be one of ['a', 'b'], got 'c'"),
]


@pytest.mark.parametrize(("bad", "kind", "message"), BAD_EXPLORERS, ids=[m[:60] for _, _, m in BAD_EXPLORERS])
def test_bad_explorers(bad, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}"):
        bad()


def test_an_error_in_run_is_the_callers():
    def fails(lr):
        if lr > 0.5:
            raise ZeroDivisionError("at the far end")
        return Curves({"a": [lr]})

    with pytest.raises(ZeroDivisionError, match="at the far end"):
        Explorer(fails, data={}, lr=slider(0, 1, default=0))


def test_of_a_run_that_yields_a_page_keeps_the_last_view():
    def train(lr):
        for epoch in range(3):
            yield View(Curves({"a": [lr] * (epoch + 1)}), text=f"epoch {epoch}")

    explorer = Explorer(train, data={}, lr=slider(0, 1, default=0, steps=5))
    assert explorer.at().text == "epoch 2"
    assert [view.text for view in explorer.views(lr=0.5)] == ["epoch 0", "epoch 1", "epoch 2"]
    assert {r["text"] for r in spec_of(explorer._repr_mimebundle_()["text/html"])["results"]} == {"epoch 2"}


def test_ends_run_the_default_and_each_controls_ends_alone(monkeypatch):
    monkeypatch.setenv("NNLIB_EXPLORER", "ends")
    seen = []

    def three(a, b, c):
        seen.append((a, b, c))
        return Curves({"a": [a]})

    controls = {"a": slider(0, 4, default=1, steps=5), "b": choice("x", "y", "z", default="x")}
    explorer = Explorer(three, data={}, **controls, c=log_slider(1, 100, default=10, steps=9))
    assert seen[0] == (1, "x", 10)
    assert sorted(seen) == sorted([(1, "x", 10), (0, "x", 10), (4, "x", 10), (1, "z", 10), (1, "x", 1), (1, "x", 100)])
    page = explorer._repr_mimebundle_()["text/html"]
    assert page.startswith(f'<div class="nnlib-explorer" id="{explorer.id}" data-engine="stored">')
    results = spec_of(page)["results"]
    assert len(results) == len(explorer.positions) == 135 and sum(r is not None for r in results) == 6
    first = next(place for place, r in zip(explorer.positions, results, strict=True) if r)
    assert first == {"a": 0, "b": "x", "c": 10}


def test_an_error_at_an_end_is_seen_with_ends_alone(monkeypatch):
    monkeypatch.setenv("NNLIB_EXPLORER", "ends")

    def fails(lr):
        return Curves({"a": [1 / (1 - lr)]})

    with pytest.raises(ZeroDivisionError):
        Explorer(fails, data={}, lr=slider(0, 1, default=0, steps=9))


# --- in a kernel -----------------------------------------------------------------------------------------


@pytest.fixture
def kernel(monkeypatch):
    """Pretend to be a kernel; the dict is the metadata of the request being run."""
    metadata = {}
    shell = types.SimpleNamespace(kernel=types.SimpleNamespace(get_parent=lambda: {"metadata": metadata}))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.delenv("NNLIB_EXPLORER", raising=False)
    return metadata


WIDGET = "application/vnd.jupyter.widget-view+json"


def counted():
    seen = []

    def train(lr, *, x):
        seen.append(lr)
        if lr > 0.9:
            raise ArithmeticError("too fast")
        return View(Curves({"a": [lr]}), text=f"at {lr}")

    return train, seen


def test_a_front_end_that_asks_gets_a_widget_and_one_run(kernel):
    kernel["cellId"] = "cell"
    train, seen = counted()
    explorer = Explorer(train, data={"x": X}, lr=slider(0, 1, default=0.5, steps=5))
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/png", WIDGET}
    assert seen == [0.5]
    assert explorer._repr_mimebundle_()[WIDGET] == bundle[WIDGET]
    spec = explorer._widget.spec
    assert [result["text"] for result in spec["results"]] == ["at 0.5"]
    assert explorer._widget._esm == embed.module("explorer")
    assert explorer._widget._css == embed.style("explorer")


def test_the_widget_is_answered_and_errors_are_raised_too(kernel):
    kernel["cellId"] = "cell"
    train, seen = counted()
    explorer = Explorer(train, data={"x": X}, lr=slider(0, 1, default=0.5, steps=5))
    sent = []
    widget = types.SimpleNamespace(send=sent.append)
    explorer._answer(widget, {"id": "v-1", "values": {"lr": 0.123}}, [])
    assert sent[0]["id"] == "v-1"
    assert sent[0]["results"][0]["text"] == "at 0.123"
    assert sent[0] == {"id": "v-1", "done": True, **explorer.reply(lr=0.123)}
    with pytest.raises(ArithmeticError, match="too fast"):
        explorer._answer(widget, {"id": "v-2", "values": {"lr": 0.95}}, [])
    assert sent[1:] == [{"id": "v-2", "error": "ArithmeticError: too fast"}]
    assert seen == [0.5, 0.123, 0.123, 0.95]


def test_views_are_sent_as_they_are_yielded(kernel):
    kernel["cellId"] = "cell"
    done = []

    def train(lr):
        for epoch in range(3):
            yield View(Curves({"a": [lr] * (epoch + 1)}), text=f"epoch {epoch}")
            done.append(epoch)

    explorer = Explorer(train, data={}, lr=slider(0, 1, default=0.5, steps=5))
    done.clear()
    sent = []
    widget = types.SimpleNamespace(send=lambda message: sent.append((message, len(done))))
    explorer._answer(widget, {"id": "v-1", "values": {"lr": 0.2}}, [])
    assert [(m["results"][0]["text"], m["done"]) for m, _ in sent] == [
        ("epoch 0", False),
        ("epoch 1", False),
        ("epoch 2", True),
    ]
    assert sent[0][1] < 3  # before the training ended


def test_an_unknown_front_end_gets_both(kernel):
    bundle = make()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", PROGRAM, WIDGET}


@pytest.mark.parametrize("metadata", [{}, {"cellId": "cell"}])
def test_the_environment_decides(kernel, metadata, monkeypatch):
    kernel.update(metadata)
    monkeypatch.setenv("NNLIB_EXPLORER", "static")
    assert set(make()._repr_mimebundle_()) == {"text/plain", "text/html", PROGRAM}
    monkeypatch.setenv("NNLIB_EXPLORER", "ends")
    assert set(make()._repr_mimebundle_()) == {"text/plain", "text/html", PROGRAM}
    monkeypatch.setenv("NNLIB_EXPLORER", "kernel")
    assert set(make()._repr_mimebundle_()) == {"text/plain", "image/png", WIDGET}
    monkeypatch.setenv("NNLIB_EXPLORER", "off")
    with pytest.raises(ValueError, match=r"^NNLIB_EXPLORER must be static, ends or kernel, got 'off'$"):
        make()


def test_without_anywidget_the_page_remains(kernel, monkeypatch):
    kernel["cellId"] = "cell"
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.warns(UserWarning, match=r"^anywidget is not installed: a notebook shows a still picture$"):
        assert "text/html" in make()._repr_mimebundle_()


def test_without_matplotlib_only_the_picture_is_lost(monkeypatch):
    monkeypatch.setattr(still, "picture", PICTURE)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.warns(UserWarning, match=r"^matplotlib is not installed: no still picture for paper"):
        bundle = make()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", PROGRAM}
    assert "<img" not in bundle["text/html"]


def test_without_ipython_the_page_is_made(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    assert "text/html" in make()._repr_mimebundle_()


def test_with_numpy_alone():
    code = """
import sys
for name in ("matplotlib", "PIL", "anywidget", "ipywidgets", "traitlets", "IPython"):
    sys.modules[name] = None
import warnings
from widgets import Curves, Explorer, log_slider
def run(lr):
    return Curves({"a": [lr]})
warnings.simplefilter("ignore")
explorer = Explorer(run, data={}, lr=log_slider(0.1, 1, default=0.5, steps=3))
print(sorted(explorer._repr_mimebundle_()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=embed.HERE.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['text/html', 'text/plain']\n"


def test_no_warning_where_everything_is_installed():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make()._repr_mimebundle_()
