"""Explorer: its sliders, what a run may hand back, the page element, the widget, the hash."""

import base64
import io
import json
import re
import subprocess
import sys
import types
import warnings

import numpy as np
import pytest

from nnlib import explore
from nnlib.explore import Boundary, Contours, Curves, Explorer, View, choice, log_slider, slider, source_hash

X = np.array([[0.0, 0.0], [1.0, 0.5], [0.5, 1.0], [0.25, 0.75]])
LABELS = np.array([0, 1, 1, 0])
SCALE = 2.0


def helper(lr):
    return SCALE * lr


def run(lr, *, x, labels):
    """A stand-in for a training: quick, and different at every learning rate."""
    loss = helper(lr) / np.arange(1, 6)
    boundary = Boundary.of(lambda q: 1 / (1 + np.exp(-q @ [1.0, lr])), x, labels, size=6)
    return View(Curves({"training": loss, "test": 2 * loss}), boundary, text=f"loss {loss[-1]:.3f}")


def make(function=run, **controls):
    controls = controls or {"lr": log_slider(0.01, 1, default=0.1, steps=5)}
    return Explorer(function, data={"x": X, "labels": LABELS}, **controls)


def spec_of(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def numbers(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


# --- sliders ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lo", "hi", "default", "steps"),
    [(1e-3, 10, 0.1, 25), (1e-4, 1, 0.013, 9), (0.5, 2, 0.5, 4), (0.5, 2, 2, 4), (1, 2, 1.99, 3), (1, 100, 1.0001, 7)],
)
def test_log_slider_holds_ends_and_default_and_is_even(lo, hi, default, steps):
    control = log_slider(lo, hi, default=default, steps=steps)
    values = np.array(control.values)
    assert len(values) == steps
    assert (values[0], values[-1]) == (lo, hi)
    assert control.default == default and default in values
    at = control.values.index(default)
    for side in (np.log(values[: at + 1]), np.log(values[at:])):
        assert np.ptp(np.diff(side)) < 0.011 if len(side) > 1 else True  # three digits: even to about 1 %
    labels = control.encode("lr")["labels"]
    assert all(len(re.sub(r"^0\.0*|\.|e-?\d+|0+$", "", label)) <= 3 for label in labels)
    inner = [v for v in values[1:-1] if v != default]
    assert [float(explore.readable(v)) for v in inner] == inner  # a label says what is run


def test_the_default_divides_the_steps_by_its_place():
    control = log_slider(1e-3, 10, default=0.1, steps=25)
    assert control.values.index(0.1) == 12
    assert slider(0, 10, default=2.5, steps=5).values == (0, 2.5, 5, 7.5, 10)
    assert slider(-1, 1, default=0, steps=3).values == (-1, 0, 1)


def test_integer_and_choice_keep_their_types():
    width = slider(1, 64, default=8, steps=10, integer=True)
    assert all(type(v) is int for v in width.values) and width.default == 8
    assert width.accept("width", 9.0) == 9 and type(width.accept("width", 9.0)) is int
    assert log_slider(1, 1024, default=32, steps=11, integer=True).values == tuple(2**k for k in range(11))
    pick = choice("tanh", "ReLU", default="ReLU", label="activation")
    assert pick.encode("f")["label"] == "activation" and pick.encode("f")["default"] == 1
    assert pick.accept("f", "tanh") == "tanh"
    assert choice(False, True, default=True).encode("b")["labels"] == ["False", "True"]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        (0.00001234, "1.23e-5"),
        (31.6227, "31.6"),
        (1000.0, "1000"),
        (12345.0, "12300"),
        (99999.0, "1e5"),
        (1e10, "1e10"),
        (0.0, "0"),
        (-0.5, "-0.5"),
        (7, "7"),
        (123456, "123456"),
        ("tanh", "tanh"),
    ],
)
def test_readable(value, label):
    assert explore.readable(value) == label


BAD_SLIDERS = [
    (lambda: log_slider(0, 1, default=0.5), "log_slider: lo must be positive, got 0"),
    (lambda: log_slider(1, 1, default=1), "log_slider: lo must be less than hi, got 1 and 1"),
    (lambda: log_slider(0.1, 1, default=2), "log_slider: default must lie in [0.1, 1], got 2"),
    (lambda: slider(0, 1, default=-1), "slider: default must lie in [0, 1], got -1"),
    (lambda: slider(0, np.nan, default=0), "hi must be a finite number, got nan"),
    (lambda: slider(0, "1", default=0), "hi must be a finite number, got '1'"),
    (lambda: slider(0, 1, default=True), "default must be a finite number, got True"),
    (lambda: log_slider(1, 9, default=3, steps=2), "log_slider: steps must be a whole number of 3 or more, got 2"),
    (lambda: slider(1, 9, default=9, steps=1), "slider: steps must be a whole number of 2 or more, got 1"),
    (lambda: slider(1, 9, default=9, steps=3.0), "slider: steps must be a whole number of 2 or more, got 3.0"),
    (
        lambda: slider(1, 1.01, default=1, steps=9),
        "slider: 9 steps from 1 to 1.01 do not differ in three significant digits; use fewer",
    ),
    (
        lambda: slider(1, 4, default=2, steps=9, integer=True),
        "slider: 9 steps from 1 to 4 do not differ in whole numbers; use fewer",
    ),
    (
        lambda: slider(1, 4.5, default=2, integer=True),
        "slider: integer=True needs whole lo, hi and default, got 1, 4.5 and 2",
    ),
    (lambda: choice("a", default="a"), "choice: two or more different options expected, got ['a']"),
    (lambda: choice("a", "a", default="a"), "choice: two or more different options expected, got ['a', 'a']"),
    (lambda: choice("a", "b", default="c"), "choice: default must be one of ['a', 'b'], got 'c'"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_SLIDERS, ids=[m[:40] for _, m in BAD_SLIDERS])
def test_bad_sliders(bad, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        bad()


# --- what a run hands back -------------------------------------------------------------------------------


def test_curves_end_before_what_is_not_finite():
    curves = Curves({"a": [1.0, 2.0, np.inf, 3.0], "b": [np.nan], "c": np.array([1.23456, 0.5])})
    assert [list(y) for y in curves.curves.values()] == [[1, 2], [], [1.23456, 0.5]]
    fixed, moving = curves.encode()
    assert moving == {"y": [[1.0, 2.0], [], [1.235, 0.5]]}
    assert fixed["names"] == ["a", "b", "c"]
    assert curves.describe() == "loss by epoch: a from 1 to 2; c from 1.23 to 0.5"
    assert Curves({"a": []}).describe() == "loss by epoch: no finished epoch"


@pytest.mark.parametrize("columns", [0, 1, 2])
def test_boundary_of_asks_on_a_grid_around_the_points(columns):
    def predict(q):
        p = q[:, 0] + 0.01 * q[:, 1]
        return [p, p[:, None], np.stack([1 - p, p], axis=1)][columns]

    boundary = Boundary.of(predict, X, LABELS, size=11, margin=0.5)
    assert boundary.extent == (-0.5, 1.5, -0.5, 1.5)
    x = np.linspace(-0.5, 1.5, 11)
    np.testing.assert_allclose(boundary.p, x[None, :] + 0.01 * x[:, None], atol=1e-15)  # row 0 is y0


def test_two_columns_that_do_not_sum_to_one_cross_half_where_the_argmax_changes():
    boundary = Boundary.of(lambda q: np.stack([0.9 * q[:, 0], 0.3 + 0 * q[:, 0]], axis=1), X, LABELS, size=21)
    x = np.linspace(boundary.extent[0], boundary.extent[1], 21)
    assert ((boundary.p[0] > 0.5) == (0.9 * x < 0.3)).all()


def test_boundary_is_stored_in_bytes():
    p = np.array([[0.0, 0.25, 0.5], [1.0, 2.0, np.nan]])
    points = np.array([[0, 0], [4, 2], [1, 1], [9, 9]])
    fixed, moving = Boundary(p, (0, 4, 0, 2), points, np.array([0, 1, 1, 0])).encode()
    assert numbers(moving["p"], "u1").tolist() == [0, 64, 127, 254, 254, 255]
    assert fixed["shape"] == [2, 3]
    assert fixed["labels"] == "011"  # the point outside is left out
    places = numbers(fixed["points"], "<u2").reshape(-1, 2) / 65535 * [4, 2]
    np.testing.assert_allclose(places, points[:3], atol=1e-4)


def test_boundary_says_what_is_seen():
    half = np.array([[0.0, 1.0], [0.2, 0.8]])
    assert Boundary(half, (0, 1, 0, 1), X, LABELS).describe() == "Decision boundary: class 1 covers 50 % of the picture"
    assert Boundary(half * np.nan, (0, 1, 0, 1), X, LABELS).describe() == "Decision boundary: no finite value"


def test_contours_keep_order_and_place_of_the_levels():
    a, b = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-1, 1, 5))
    z = a**2 + 3 * b**2
    contours = Contours(z, (-2, 2, -1, 1), {"SGD": [[1, 1], [0.5, 0.25], [np.nan, 0]]}, levels=[4, 1, 99])
    fixed, moving = contours.encode()
    stored = numbers(fixed["z"], "<u2").reshape(5, 9)
    assert len(fixed["levels"]) == 2  # 99 is above the picture
    for level, height in zip((1, 4), fixed["levels"], strict=True):
        clear = abs(z - level) > 1e-3
        assert ((stored > height) == (z > level))[clear].all()
    assert moving == {"paths": [[1.0, 1.0, 0.5, 0.25]]}
    assert contours.describe() == "Path: SGD ends at 0.5, 0.25"
    assert len(Contours(z + 0.1 * a + 0.2 * b, (-2, 2, -1, 1), {"SGD": [[1, 1]]}).levels) == 12
    flat = Contours(0 * z, (-2, 2, -1, 1), {"lost": [[np.inf, 1]]}, title="Descent")
    assert flat.encode()[0]["levels"] == []
    assert flat.describe() == "Descent: no finite step"


GRID = np.full((2, 2), 0.5)
BAD_PANELS = [
    (lambda: Curves({}), TypeError, "Curves: a non-empty dict of name → values expected, got dict {}"),
    (lambda: Curves([1, 2]), TypeError, "Curves: a non-empty dict of name → values expected, got list [1, 2]"),
    (
        lambda: Curves({"a": [[1.0]]}),
        TypeError,
        "Curves: curve 'a' must be a 1-D array of numbers, got float64 of shape (1, 1)",
    ),
    (
        lambda: Curves({"a": ["x"]}),
        TypeError,
        "Curves: curve 'a' must be a 1-D array of numbers, got <U1 of shape (1,)",
    ),
    (
        lambda: Boundary(GRID, (0, 1, 0, 1), X, LABELS[:3]),
        ValueError,
        "Boundary: x (N, 2) and N labels of 0 or 1 expected, got x (4, 2) and labels (3,)",
    ),
    (
        lambda: Boundary(GRID, (0, 1, 0, 1), X, LABELS + 1),
        ValueError,
        "Boundary: x (N, 2) and N labels of 0 or 1 expected, got x (4, 2) and labels (4,)",
    ),
    (
        lambda: Boundary(GRID[:1], (0, 1, 0, 1), X, LABELS),
        ValueError,
        "Boundary: p needs two rows and columns or more, got (1, 2)",
    ),
    (
        lambda: Boundary(GRID, (0, 0, 0, 1), X, LABELS),
        ValueError,
        "Boundary: extent must be (x0, x1, y0, y1), x0 < x1 and y0 < y1, got [0.0, 0.0, 0.0, 1.0]",
    ),
    (
        lambda: Boundary(GRID, (0, 1, 0, np.inf), X, LABELS),
        ValueError,
        "Boundary: extent must be (x0, x1, y0, y1), x0 < x1 and y0 < y1, got [0.0, 1.0, 0.0, inf]",
    ),
    (
        lambda: Boundary.of(lambda q: np.ones((len(q), 3)), X, LABELS, size=2),
        ValueError,
        "Boundary: predict must give one or two columns, got (4, 3)",
    ),
    (
        lambda: Contours(GRID, (0, 1, 0, 1), {"a": [[1, 2, 3]]}),
        ValueError,
        "Contours: path 'a' must be (K, 2), got (1, 3)",
    ),
    (
        lambda: Contours(GRID, (0, 1, 0, 1), {}),
        TypeError,
        "Contours: a non-empty dict of name → path (K, 2) expected, got dict {}",
    ),
    (lambda: Contours(GRID * np.inf, (0, 1, 0, 1), {"a": X}), ValueError, "Contours: z must be finite"),
    (lambda: View(), TypeError, "View: panels must be Curves, Boundary or Contours, got nothing"),
    (lambda: View(3), TypeError, "View: panels must be Curves, Boundary or Contours, got int 3"),
    (lambda: View(Curves({"a": [1]}), text=3), TypeError, "View: text must be a string, got int 3"),
]


@pytest.mark.parametrize(("bad", "kind", "message"), BAD_PANELS, ids=[m[:40] for _, _, m in BAD_PANELS])
def test_bad_panels(bad, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        bad()


# --- the explorer ----------------------------------------------------------------------------------------


def test_at_runs_any_value_and_defaults():
    explorer = make()
    assert explorer.at(lr=0.0317).text == f"loss {SCALE * 0.0317 / 5:.3f}"
    assert explorer.at().text == explorer.at(lr=0.1).text == "loss 0.040"
    assert repr(explorer.at()) == "View(Curves, Boundary, text='loss 0.040', diverged=False)"
    assert explorer.values == {"lr": (0.01, 0.0316, 0.1, 0.316, 1.0)}
    assert explorer.positions[1] == {"lr": 0.0316}
    assert repr(explorer) == "Explorer(run, lr: 0.01 … 1)"


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
    assert spec["id"] == "a-b-explorer"


def test_points_are_stored_once():
    spec = spec_of(make()._repr_mimebundle_()["text/html"])
    assert len(spec["results"]) == 5
    assert [fixed["kind"] for fixed in spec["shared"]] == ["curves", "boundary"]
    assert len({result["panels"][1][1]["p"] for result in spec["results"]}) == 5


def test_the_page_element_is_whole():
    bundle = make()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/png"}
    page = bundle["text/html"]
    assert page.startswith(f'<div class="nnlib-explorer" id="lr-explorer" data-source-hash="{make().source_hash}">')
    assert len(page.encode()) <= 200_000
    assert not re.search(r'(src|href)=(?!"data:)|type="module|\bfetch\(|\bimport\b|https?:', page)
    assert page.count("<script") == page.count("</script>") == 2
    assert f'src="data:image/png;base64,{bundle["image/png"]}"' in page  # what stays without scripts
    alt = "lr 0.1: loss 0.040. loss by epoch: training from 0.2 to 0.04; test from 0.4 to 0.08. Decision boundary:"
    assert f'<img alt="{alt}' in page


def test_the_same_explorer_gives_the_same_bytes():
    assert make()._repr_mimebundle_() == make()._repr_mimebundle_()


def test_text_cannot_leave_its_script_element():
    words = "</script><b>&amp;"
    explorer = Explorer(lambda lr: View(Curves({words: [lr]}), text=words), data={}, lr=slider(0, 1, default=0))
    page = explorer._repr_mimebundle_()["text/html"]
    assert page.count("</script>") == 2
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


def test_a_still_picture_of_every_kind_of_panel():
    z = np.add.outer(np.linspace(-1, 1, 8) ** 2, np.linspace(-1, 1, 9) ** 2)
    views = [
        View(Curves({"a": [1.0, 0.1], "b": [2.0]}, log_y=True), diverged=True),
        View(Curves({"a": []}, log_y=True, y_range=(0.1, 1)), diverged=True),
        View(Boundary(np.full((4, 4), np.nan), (0, 1, 0, 1), X, LABELS), diverged=True),
        View(Boundary(np.eye(4), (0, 1, 0, 1), X, LABELS), Contours(z, (-1, 1, -1, 1), {"SGD": X})),
    ]
    from PIL import Image

    for view in views:
        picture = view.picture("heading")
        assert picture.startswith(b"\x89PNG") and len(picture) < 40_000
        image = Image.open(io.BytesIO(picture))
        assert len(image.getcolors(64)) > 5
        assert image.width == 462 * len(view.panels)
        assert not image.info  # no version, no date


def returns_wrong(lr):
    return {"loss": [lr]}


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


# --- the hash --------------------------------------------------------------------------------------------


def define(body="dumps(1); return Curves({'a': [lr * FACTOR + twice(lr)]})", factor="0.5", twice="return 2 * lr"):
    """`run` of a module of its own, with a constant and a function that it uses."""
    import linecache

    source = f"FACTOR = {factor}\nUNUSED = 1\ndef twice(lr):\n    {twice}\ndef run(lr, *, x):\n    {body}\n"
    name = f"<module {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    module = {"__name__": name, "Curves": Curves, "dumps": json.dumps}
    exec(compile(source, name, "exec"), module)
    return module["run"]


def test_the_hash_follows_code_data_and_controls():
    control = {"lr": log_slider(0.01, 1, default=0.1, steps=5)}
    data = {"x": X}
    hashes = [
        source_hash(define(), data, control),
        source_hash(define(body="return Curves({'b': [lr * FACTOR + twice(lr)]})"), data, control),
        source_hash(define(body="return Curves({'a': [(lambda: lr * FACTOR + twice(lr))()]})"), data, control),
        source_hash(define(factor="0.25"), data, control),
        source_hash(define(factor="Curves.__module__, 3"), data, control),
        source_hash(define(factor="__import__('numpy').ones(3)"), data, control),
        source_hash(define(twice="return 3 * lr"), data, control),
        source_hash(define(), {"x": X + 1e-4}, control),
        source_hash(define(), {"x": X.astype("f4")}, control),
        source_hash(define(), {"x": X.reshape(2, 4)}, control),
        source_hash(define(), {"y": X}, control),
        source_hash(define(), data, {"lr": log_slider(0.01, 1, default=0.1, steps=6)}),
        source_hash(define(), data, {"lr": log_slider(0.01, 1, default=0.1, steps=5, label="rate")}),
    ]
    assert len(set(hashes)) == len(hashes)
    assert all(re.fullmatch("[0-9a-f]{16}", digits) for digits in hashes)
    assert hashes[0] == source_hash(define(), data, control)
    nested = source_hash(define(body="return Curves({'a': [(lambda: lr * FACTOR)()]})"), data, control)
    other = source_hash(define(body="return Curves({'a': [(lambda: lr * FACTOR)()]})", factor="3"), data, control)
    assert nested != other


def test_the_hash_forgives_the_last_bits_of_the_data():
    control = {"lr": log_slider(0.01, 1, default=0.1, steps=5)}
    x = np.random.default_rng(0).standard_normal((50, 2))
    assert source_hash(run, {"x": x}, control) == source_hash(run, {"x": x * (1 + 1e-14)}, control)
    assert source_hash(run, {"x": 0 * x}, control) != source_hash(run, {"x": x}, control)


def test_the_hash_follows_nnlib_and_the_renderer(tmp_path, monkeypatch):
    control = {"lr": log_slider(0.01, 1, default=0.1, steps=5)}
    for name in ("layers.py", "explore.js", "plotting.py"):
        (tmp_path / name).write_text("one", encoding="utf-8")
    monkeypatch.setattr(explore, "HERE", tmp_path)
    monkeypatch.setattr(explore, "RENDERER", tmp_path / "explore.js")
    hashes = [source_hash(run, {}, control)]
    for name in ("layers.py", "explore.js"):
        (tmp_path / name).write_text("two", encoding="utf-8")
        hashes.append(source_hash(run, {}, control))
    assert len(set(hashes)) == 3
    (tmp_path / "plotting.py").write_text("two", encoding="utf-8")  # draws no explorer
    assert source_hash(run, {}, control) == hashes[-1]


def test_a_function_without_source_still_has_a_hash():
    module = {"Curves": Curves, "__name__": "bare"}
    exec("def run(lr): return Curves({'a': [lr]})\ndef other(lr): return Curves({'a': [lr + 1]})", module)
    control = {"lr": slider(0, 1, default=0)}
    assert source_hash(module["run"], {}, control) != source_hash(module["other"], {}, control)


# --- in a kernel -----------------------------------------------------------------------------------------


@pytest.fixture
def kernel(monkeypatch):
    """Pretend to be a kernel; the dict is the metadata of the request being run."""
    metadata = {}
    shell = types.SimpleNamespace(kernel=types.SimpleNamespace(get_parent=lambda channel: {"metadata": metadata}))
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
    assert "export default { render" in explorer._widget._esm


def test_the_widget_is_answered_and_errors_are_raised_too(kernel):
    kernel["cellId"] = "cell"
    train, seen = counted()
    explorer = Explorer(train, data={"x": X}, lr=slider(0, 1, default=0.5, steps=5))
    sent = []
    widget = types.SimpleNamespace(send=sent.append)
    explorer._answer(widget, {"id": "v-1", "values": {"lr": 0.123}}, [])
    assert sent[0]["id"] == "v-1"
    assert sent[0]["results"][0]["text"] == "at 0.123"
    assert sent[0] == {"id": "v-1", **explorer.reply(lr=0.123)}
    with pytest.raises(ArithmeticError, match="too fast"):
        explorer._answer(widget, {"id": "v-2", "values": {"lr": 0.95}}, [])
    assert sent[1:] == [{"id": "v-2", "error": "ArithmeticError: too fast"}]
    assert seen == [0.5, 0.123, 0.123, 0.95]


def test_an_unknown_front_end_gets_both(kernel):
    bundle = make()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/png", "text/html", WIDGET}


@pytest.mark.parametrize("metadata", [{}, {"cellId": "cell"}])
def test_the_environment_decides(kernel, metadata, monkeypatch):
    kernel.update(metadata)
    monkeypatch.setenv("NNLIB_EXPLORER", "static")
    assert set(make()._repr_mimebundle_()) == {"text/plain", "image/png", "text/html"}
    monkeypatch.setenv("NNLIB_EXPLORER", "kernel")
    assert set(make()._repr_mimebundle_()) == {"text/plain", "image/png", WIDGET}
    monkeypatch.setenv("NNLIB_EXPLORER", "off")
    with pytest.raises(ValueError, match=r"^NNLIB_EXPLORER must be static or kernel, got 'off'$"):
        make()


def test_without_anywidget_the_page_remains(kernel, monkeypatch):
    kernel["cellId"] = "cell"
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.warns(UserWarning, match=r"^anywidget is not installed: the slider stops at precomputed values only$"):
        assert "text/html" in make()._repr_mimebundle_()


def test_without_matplotlib_only_the_picture_is_lost(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.warns(UserWarning, match=r"^matplotlib is not installed: no still picture for paper"):
        bundle = make()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
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
from nnlib import Explorer, log_slider
from nnlib.explore import Curves
def run(lr):
    return Curves({"a": [lr]})
warnings.simplefilter("ignore")
explorer = Explorer(run, data={}, lr=log_slider(0.1, 1, default=0.5, steps=3))
print(sorted(explorer._repr_mimebundle_()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['text/html', 'text/plain']\n"


def test_no_warning_where_everything_is_installed():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make()._repr_mimebundle_()
