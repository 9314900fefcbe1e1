"""The controls of an explorer: their positions, their labels, what they refuse."""

import json
import re

import numpy as np
import pytest
from widgets import choice, log_slider, slider
from widgets.explorer.controls import readable


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
    assert [float(readable(v)) for v in inner] == inner  # a label says what is run


def test_the_default_divides_the_steps_by_its_place():
    control = log_slider(1e-3, 10, default=0.1, steps=25)
    assert control.values.index(0.1) == 12
    assert slider(0, 10, default=2.5, steps=5).values == (0, 2.5, 5, 7.5, 10)
    assert slider(-1, 1, default=0, steps=3).values == (-1, 0, 1)


def test_integer_and_choice_keep_their_types():
    width = slider(1, 64, default=8, steps=10, integer=True)
    assert all(type(v) is int for v in width.values) and width.default == 8
    assert width.accept("width", 9.0) == 9 and type(width.accept("width", 9.0)) is int
    assert log_slider(1, 4096, default=32, steps=13, integer=True).values == tuple(2**k for k in range(13))
    assert log_slider(1, 9000, default=1, steps=10, integer=True).values[-2:] == (3270, 9000)
    pick = choice("tanh", "ReLU", default="ReLU", label="activation")
    assert pick.encode("f")["label"] == "activation" and pick.encode("f")["default"] == 1
    assert pick.accept("f", "tanh") == "tanh"
    assert choice(False, True, default=True).encode("b")["labels"] == ["False", "True"]


def test_numpys_numbers_are_numbers():
    assert slider(0, 1, default=0, steps=np.int64(4)).values == slider(0, 1, default=0, steps=4).values
    pick = choice(*np.array([1, 2, 3]), default=np.int64(2))
    assert pick.values == (1, 2, 3) and {type(v) for v in pick.values} == {int}
    assert json.dumps(choice(*np.array([False, True]), default=True).encode("b")["values"]) == "[false, true]"


@pytest.mark.parametrize(
    ("control", "buttons", "between"),
    [
        (slider(0, 1, default=0, steps=4), True, True),
        (slider(0, 1, default=0, steps=5), False, True),
        (choice(1, 2, 3, 4, default=1), True, False),
        (choice(1, 2, 3, 4, 5, default=1), False, False),
        (choice("a", "b", "c", "d", "e", "f", default="a"), True, False),
        (choice(False, True, default=True), True, False),
        (slider(0, 1, default=0, steps=3, play=True), False, True),
        (log_slider(1, 8, default=1, steps=4, integer=True, play=True), False, True),
        (choice(0, 10, 100, default=0, play=True), False, False),
    ],
)
def test_few_stops_and_names_are_buttons_unless_they_play(control, buttons, between):
    encoded = control.encode("c")
    assert (encoded["buttons"], encoded["between"]) == (buttons, between)
    assert encoded["play"] is control.play is (not buttons and len(control.values) < 5)


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
        (-0.5, "−0.5"),
        (-0.00001234, "−1.23e-5"),
        (-3, "−3"),
        (7, "7"),
        (123456, "123456"),
        ("tanh", "tanh"),
    ],
)
def test_readable(value, label):
    assert readable(value) == label


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
    (lambda: slider(1, 9, default=9, steps=True), "slider: steps must be a whole number of 2 or more, got True"),
    (lambda: choice("a", default="a"), "choice: two or more different options expected, got ['a']"),
    (lambda: choice("a", "a", default="a"), "choice: two or more different options expected, got ['a', 'a']"),
    (lambda: choice("a", "b", default="c"), "choice: default must be one of ['a', 'b'], got 'c'"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_SLIDERS, ids=[m[:40] for _, m in BAD_SLIDERS])
def test_bad_sliders(bad, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        bad()
