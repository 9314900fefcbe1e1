"""What the playground's script works out without a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from widgets.playground.page import described
from widgets.playground.settings import CONTROLS, PACE

ALL = [described(name, control) for name, control in {**CONTROLS, "pace": PACE}.items()]


@pytest.fixture
def call(pure: Callable[..., Any]) -> Callable[..., Any]:
    return partial(pure, "playground")


# --- settings and addresses ------------------------------------------------------------------------------------


def test_what_is_written_is_read_back(call: Callable[..., Any]) -> None:
    settings = call("defaults", ALL)
    assert call("restore", ALL, call("written", ALL, settings)) == {"settings": settings, "refused": []}
    for control in ALL:
        values = control.get("values") or {"whole": [0, 7, 9999], "widths": [[], [1], [32, 1, 8, 25]]}[control["kind"]]
        for value in (*values[:2], values[-1]):
            changed = settings | {control["name"]: value}
            texts = call("written", ALL, changed)
            assert all(isinstance(text, str) for text in texts.values())
            assert call("restore", ALL, texts) == {"settings": changed, "refused": []}
            assert call("same", ALL, settings, changed) is (changed == settings)


@pytest.mark.parametrize(
    "text",
    ["lr=0", "lr=0.011", "lr=x0.01", "lr=NaN", "noise=", "layers=", "layers=0", "layers=33", "layers=8-",
     "layers=1-1-1-1-1", "layers=8;8", "layers=1e1", "seed=-1", "seed=1.5", "seed=10000", "seed=1e3",
     "batchnorm=true", "batchnorm=constructor", "data=<img src=x onerror=alert(1)>", "data=__proto__",
     "activation=tanh", "optimizer=toString", "rows=3"],
)  # fmt: skip
def test_what_is_no_value_is_refused_by_name_and_the_default_stands(call: Callable[..., Any], text: str) -> None:
    name, _, value = text.partition("=")
    found = call("restore", ALL, {name: value, "penalty": "L1"})
    assert found == {"settings": call("defaults", ALL) | {"penalty": "L1"}, "refused": [name]}


def test_the_address_has_a_number_as_its_label_does_and_reads_its_other_forms(call: Callable[..., Any]) -> None:
    settings = call("defaults", ALL)
    for control in ALL:
        if control["kind"] == "numbers":
            texts = [call("written", ALL, settings | {control["name"]: v})[control["name"]] for v in control["values"]]
            assert texts == control["labels"]
    for text in "1e-5", "1e-05", "0.00001":
        assert call("restore", ALL, {"lam": text})["settings"]["lam"] == 1e-5


@pytest.mark.parametrize(
    ("text", "value"),
    [("8", 8), ("32", 32), ("1", 1), ("0", None), ("33", None), ("2.5", None), ("", None), (" ", None), ("-1", None),
     ("8a", None), ("1e1", 10)],
)  # fmt: skip
def test_a_field_takes_whole_numbers_in_its_range(call: Callable[..., Any], text: str, value: int | None) -> None:
    assert call("wholeOf", text, [1, 32]) == value


# --- pictures ----------------------------------------------------------------------------------------------------


def pieces(flat: list[float]) -> np.ndarray:
    return np.reshape(flat, (-1, 2, 2))


def test_the_contour_of_a_plane_is_its_line(call: Callable[..., Any]) -> None:
    side = 12
    x, y = np.meshgrid((np.arange(side) + 0.5) / side, (np.arange(side) + 0.5) / side)
    found = pieces(call("contour", (2 * x + y).ravel().tolist(), side, 1.2))
    assert len(found) > side
    np.testing.assert_allclose(2 * found[..., 0] + found[..., 1], 1.2, atol=1e-12)
    length = np.linalg.norm(found[:, 0] - found[:, 1], axis=1).sum()
    ends = np.array([[0.5 * (1.2 - y), y] for y in (0.5 / side, 1 - 0.5 / side)])
    assert length == pytest.approx(np.linalg.norm(ends[0] - ends[1]), rel=1e-9)


def test_the_contour_of_a_bowl_closes(call: Callable[..., Any]) -> None:
    side = 20
    x, y = np.meshgrid((np.arange(side) + 0.5) / side, (np.arange(side) + 0.5) / side)
    found = pieces(call("contour", np.hypot(x - 0.5, y - 0.45).ravel().tolist(), side, 0.3))
    ends, counts = np.unique(np.round(found.reshape(-1, 2), 9), axis=0, return_counts=True)
    assert (counts == 2).all() and len(ends) == len(found)
    np.testing.assert_allclose(np.hypot(ends[:, 0] - 0.5, ends[:, 1] - 0.45), 0.3, atol=0.01)
    assert call("contour", [0.0] * 16, 4, 0.5) == [] == call("contour", [1.0] * 16, 4, 0.5)


@pytest.mark.parametrize(
    ("high", "low", "cut_off"),
    [(1.0, 0.4, [(0.75, 0.25), (0.25, 0.75)]), (0.6, 0.0, [(0.25, 0.25), (0.75, 0.75)])],
    ids=["high ones", "low ones"],
)
def test_at_a_saddle_the_mean_says_what_belongs_together(
    call: Callable[..., Any], high: float, low: float, cut_off: list[tuple[float, float]]
) -> None:
    found = pieces(call("contour", [high, low, low, high], 2, 0.5))
    assert len(found) == 2
    for corner in cut_off:  # each by a piece of its own, close to it
        assert np.linalg.norm(found.mean(axis=1) - corner, axis=1).min() < 0.2


def test_borders_lie_between_classes(call: Callable[..., Any]) -> None:
    found = pieces(call("borders", [0, 0, 1, 0, 0, 1, 2, 2, 1], 3))
    third = 1 / 3
    lines = {tuple(np.round(piece, 6).ravel()) for piece in found}
    expected = [(2, 0, 2, 1), (2, 1, 2, 2), (2, 2, 2, 3), (0, 2, 1, 2), (1, 2, 2, 2)]
    assert lines == {tuple(np.round(np.array(line) * third, 6)) for line in expected}


def test_a_ramp_goes_from_color_to_color(call: Callable[..., Any]) -> None:
    ramp = call("ramp", "#000040", "#ffffff", "#800000", 1)
    as_hex = [f"#{v & 255:02x}{v >> 8 & 255:02x}{v >> 16 & 255:02x}" for v in ramp]
    assert (len(ramp), as_hex[1], as_hex[128], as_hex[255]) == (256, "#000040", "#ffffff", "#800000")
    assert all(v >> 24 == 255 for v in ramp)
    assert call("pixel", "#102030", "#302010", 0.5) == 0xFF202020


def test_a_long_curve_keeps_its_peaks(call: Callable[..., Any]) -> None:
    values = [1.0] * 5000
    values[3210] = 9.0
    found = call("thinned", values, 300)
    assert len(found) == 300 and [3210, 9.0] in found
    assert call("thinned", [3, 1, 2], 300) == [[0, 3], [1, 1], [2, 2]]


def test_the_axis_of_losses_holds_them(call: Callable[..., Any]) -> None:
    lo, hi = call("logRange", [1.0, 0.5], [0.02, 0])
    assert 0 < lo < 0.02 and hi > 1
    assert call("logRange", [], []) == [0.1, 1]
    lo, hi = call("logRange", [0.3], [])
    assert hi / lo >= 2


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.51234, "0.512"), (-1.5, "−1.5"), (0, "0"), (3e-5, "3.0e−5"), (12345.6, "1.2e4")],
)
def test_a_number_is_said_in_few_digits(call: Callable[..., Any], value: float, said: str) -> None:
    assert call("digits", value) == said


def test_what_a_training_came_to_is_a_sentence(call: Callable[..., Any]) -> None:
    seen = {"epoch": 12, "steps": 120, "diverged": False}
    assert call("told", seen, [0.5, 0.75, 0.25, 1]) == (
        "Epoch 12: training loss 0.5, 75.0 % right; validation loss 0.25, 100.0 % right."
    )
    assert call("told", {**seen, "epoch": 0, "steps": 0}, None) == "Not trained yet."
    assert call("told", {**seen, "epoch": 0, "steps": 3}, None) == "Step 3 of the first epoch."
    assert "diverged" in call("told", {**seen, "diverged": True}, [0.5, 0.75, 0.25, 1])


def test_units_are_called_by_their_layer(call: Callable[..., Any]) -> None:
    shapes = [[2, 3], [3, 8], [8, 2]]
    names = [call("unitName", shapes, k) for k in (0, 2, 3, 10, 11, 12)]
    layers = ["unit 1 of layer 1", "unit 3 of layer 1", "unit 1 of layer 2", "unit 8 of layer 2"]
    assert names == [*layers, "output 0", "output 1"]
    assert call("unitAt", shapes, 13) is None


def test_a_units_weights_are_its_column(call: Callable[..., Any]) -> None:
    W, b = np.arange(6).reshape(2, 3) / 10, [0.7, 0.8, -0.9]
    V, c = np.linspace(-1, 1, 27).reshape(9, 3), [0.0, 0.0, 0.5]
    theta = [*W.ravel(), *b, *([0.0] * 4), *V.ravel(), *c]
    about = {"shapes": [[2, 3], [9, 3]], "places": [0, 13], "theta": theta}
    assert call("unitWeights", about, 2) == "weights 0.2 from x₁, 0.5 from x₂; bias −0.9"
    said = call("unitWeights", about, 3 + 2)
    assert said.startswith("weights 1 from unit 9, ") and said.endswith(", 3 smaller ones; bias 0.5")
    assert "−0.846 from unit 1" in said
