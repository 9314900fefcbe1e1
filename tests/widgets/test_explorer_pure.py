"""What the explorer's script works out without a page: numbers, places, ticks, axes, edges, the address."""

import base64
import itertools
import math

import numpy as np
import pytest
from widgets import choice, log_slider, slider
from widgets.explorer.controls import readable

LOG = log_slider(1e-5, 10, default=0.1, steps=13).encode("lr")
LINEAR = slider(-1, 1, default=0, steps=5).encode("b")
WHOLE = slider(1, 64, default=8, steps=10, integer=True).encode("width")
NAMES = choice("tanh", "ReLU", default="tanh").encode("f")


@pytest.fixture
def call(pure):
    return lambda name, *arguments: pure("explorer", name, *arguments)


# --- numbers ---------------------------------------------------------------------------------------------


def test_both_languages_write_numbers_alike(call):
    rng = np.random.default_rng(0)
    values = [*rng.uniform(-1, 1, 20) * 10.0 ** rng.integers(-9, 9, 20), 0.0, 1e-4, 99949.0, 1e5, 0.00009996, -0.5]
    values = [float(f"{v:.3g}") for v in values]  # as controls hold them
    assert [call("readable", v) for v in values] == [readable(v) for v in values]
    assert [call("readable", v) for v in (True, False, "tanh", 7, 31.6227)] == ["True", "False", "tanh", "7", "31.6"]


@pytest.mark.parametrize("control", [LOG, LINEAR, WHOLE, NAMES], ids=lambda c: c["name"])
def test_stored_positions_have_their_values_places_and_labels(call, control):
    for place, value in enumerate(control["values"]):
        assert call("valueAt", control, place) == value
        assert call("placeOf", control, str(value)) == place
        assert call("labelOf", control, value) == control["labels"][place]


def test_between_positions_a_value_is_what_its_label_says(call):
    for control, place in itertools.product((LOG, LINEAR, WHOLE), (0.1, 0.5, 2.9)):
        value = call("valueAt", control, place)
        lower, upper = control["values"][int(place)], control["values"][int(place) + 1]
        assert lower <= value <= upper
        assert value == float(f"{value:.3g}")
    middle = call("valueAt", LOG, 0.5)
    assert middle == pytest.approx(math.sqrt(LOG["values"][0] * LOG["values"][1]), rel=0.01)
    assert call("valueAt", LINEAR, 0.5) == -0.75
    assert isinstance(call("valueAt", WHOLE, 2.9), int)


@pytest.mark.parametrize(
    ("control", "text", "fine", "place"),
    [
        (LOG, "0.09", False, 8),  # the nearest that is stored
        (LOG, "1e9", False, 12),
        (LOG, "-3", False, 0),
        (LOG, "", False, -1),
        (LOG, " ", False, -1),
        (LOG, "fast", False, -1),
        (LOG, "NaN", False, -1),
        (LINEAR, "0.3", False, 3),
        (LINEAR, "0.3", True, 2.6),
        (LINEAR, "-1e9", True, 0),
        (NAMES, "ReLU", True, 1),
        (NAMES, "relu", True, -1),
    ],
)
def test_a_value_of_an_address_finds_its_place(call, control, text, fine, place):
    assert call("placeOf", control, text, fine) == place


def test_the_last_control_moves_fastest(call):
    controls = [{"values": [0] * n} for n in (3, 4, 2)]
    places = itertools.product(range(3), range(4), range(2))
    assert [call("indexOf", controls, list(place)) for place in places] == list(range(24))


def test_stored_arrays_are_unpacked(call):
    def text(values, dtype):
        return base64.b64encode(np.array(values, dtype).tobytes()).decode()

    shared = [
        {"kind": "boundary", "points": text([0, 65535], "<u2")},
        {"kind": "contours", "lines": [text([1, 2], "<u2")]},
    ]
    moving = [[0, {"p": text([0, 254, 255], "u1"), "lines": [text([258, 3], "<u2")]}], [1, {"paths": [[0.5, 1]]}]]
    result = {"text": "a", "diverged": False, "panels": moving}
    unpacked, missing = call("unpack", {"shared": shared, "results": [result, None]})
    assert missing is None
    boundary, contours = unpacked["panels"]

    def plain(array):
        return list(array.values()) if isinstance(array, dict) else list(array)

    assert plain(boundary["p"]) == [0, 254, 255] and plain(boundary["points"]) == [0, 65535]
    assert plain(boundary["lines"][0]) == [258, 3] and plain(contours["lines"][0]) == [1, 2]
    assert contours["paths"] == [[0.5, 1]] and unpacked["text"] == "a"


# --- axes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lo", "hi", "count", "expected"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-2.3, 2.1, 4, [-2, 0, 2]),  # the step is rounded up
        (0, 0.3, 6, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
        (990, 1010, 4, [990, 995, 1000, 1005, 1010]),
        (1e-9, 9e-9, 4, [2e-9, 4e-9, 6e-9, 8e-9]),
    ],
)
def test_ticks_are_round_numbers(call, lo, hi, count, expected):
    assert call("ticks", lo, hi, count) == expected


def test_ticks_stay_apart(call):
    assert call("ticks", 1, 3, 8, 1) == [1, 2, 3]  # no epoch 1.5
    for count in range(2, 9):
        found = call("ticks", -0.37, 11.2, count)
        steps = np.diff(found)
        np.testing.assert_allclose(steps, steps[0])
        assert f"{steps[0]:e}"[0] in "125" and len(found) <= count + 1


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [
        (0.01, 10, [0.01, 0.1, 1, 10]),
        (0.04, 0.6, [0.05, 0.1, 0.2, 0.5]),
        (1e-10, 10, [1e-9, 1e-6, 1e-3, 1]),
        (3, 4, [3, 3.5, 4]),  # no power of ten in sight
    ],
)
def test_log_ticks_are_powers_of_ten_or_their_parts(call, lo, hi, expected):
    found = call("logTicks", lo, hi)
    if lo == 3:
        assert len(found) >= 2 and all(lo <= v <= hi for v in found)
    else:
        assert found == expected


def run(*curves, diverged=False, **panel):
    return {"panel": {"y": list(curves), "start": 1, "step": 1, "log": False, **panel}, "diverged": diverged}


def test_axes_hold_every_run(call):
    axes = call("curveAxes", [run([3, 2]), run([1, 5, 4], [0.5])])
    assert axes["x"] == [1, 3]
    assert axes["y"] == [0, pytest.approx(5.3)]
    assert call("curveAxes", [run([-2, 1])])["y"][0] == -2


def test_of_a_diverged_run_the_first_values_count(call):
    assert call("curveAxes", [run([3, 2]), run([1, 4, 1e9], diverged=True)])["y"][1] == pytest.approx(4.24)


def test_axes_of_logs_leave_out_what_has_none(call):
    axes = call("curveAxes", [run([10, 0, -1, 0.1], log=True)])
    assert axes["y"] == [pytest.approx(0.08), pytest.approx(12.5)]


def test_a_fixed_range_stays(call):
    assert call("curveAxes", [run([10, 0], yRange=[0, 1])])["y"] == [0, 1]


@pytest.mark.parametrize("log", [False, True])
def test_without_a_value_there_are_axes_still(call, log):
    axes = call("curveAxes", [run([], log=log)])
    assert axes["x"] == [1, 2] and axes["y"] == ([0.1, 1] if log else [0, 1])
    assert call("curveAxes", [run([2])])["x"] == [1, 2]
    assert call("curveAxes", [run([0, 0])])["y"] == [0, 0.06]


# --- edges -----------------------------------------------------------------------------------------------

BOX = {"x": 10, "y": 20, "w": 100, "h": 50}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ([[20, 40], [30, 30], [110, 70]], []),  # on the corner is inside
        ([[60, 40], [60, 0]], [(60, 20, "leaves", "top")]),
        ([[60, 40], [60, 170]], [(60, 70, "leaves", "bottom")]),
        ([[60, 40], [160, 40]], [(110, 40, "leaves", "right")]),
        ([[60, 40], [-40, 40]], [(10, 40, "leaves", "left")]),
        ([[60, 40], [80, 0], [90, 40], [100, 0]], [(70, 20, "leaves", "top"), (95, 20, "leaves", "top")]),
        ([[60, 0], [60, 40]], [(60, 20, "enters", "top")]),
        ([[200, 40], [160, 40], [60, 40]], [(110, 40, "enters", "right")]),
        ([[60, 0], [60, 40], [-40, 40]], [(60, 20, "enters", "top"), (10, 40, "leaves", "left")]),
        ([[20, 0], [200, 0]], [(20, 20, "is outside", "top")]),
        ([[0, 90], [0, 0]], [(10, 70, "is outside", "left")]),  # the nearest place is a corner
        ([[60, 45], [260, 0]], [(110, 33.75, "leaves", "right")]),  # the side that it crosses first
        ([[60, 45]], []),
        ([[60, 100]], [(60, 70, "is outside", "bottom")]),
        ([[60, 19.6]], []),  # no farther out than its own width
        ([], []),
    ],
)
def test_where_a_line_goes_on_outside_the_picture(call, line, expected):
    found = call("exits", line, BOX)
    assert [(f["x"], f["y"], f["way"], f["side"]) for f in found] == expected


@pytest.mark.parametrize(
    ("line", "closed"),
    [
        ([[0, 0], [20, 0], [0, 20], [0.1, 0]], True),
        ([[0, 0], [20, 0], [0, 20]], False),
        ([[0, 0], [1, 1], [0, 0]], False),  # it never left its place
        ([[0, 0], [0, 0]], False),
        ([], False),
    ],
)
def test_a_line_that_comes_back_is_closed(call, line, closed):
    assert call("isClosed", line) is closed


def test_of_a_long_line_all_that_can_be_seen_is_drawn(call):
    n, wide = 30_000, 100
    rng = np.random.default_rng(0)
    x, y = np.linspace(10, 10 + wide, n), rng.uniform(0, 300, n)
    y[12_345], y[23_456] = -5, 999  # peaks of one point each
    line = np.column_stack([x, y]).tolist()
    drawn = call("thinned", line)
    assert len(drawn) <= 4 * (wide + 1)
    assert drawn[0] == line[0] and drawn[-1] == line[-1]
    places = [line.index(point) for point in drawn]
    assert places == sorted(set(places))
    for column in range(10, 10 + wide):
        here = [point for point in line if int(point[0]) == column]
        kept = [point for point in drawn if int(point[0]) == column]
        assert [here[0], here[-1]] == [kept[0], kept[-1]]
        for end in min, max:
            assert end(p[1] for p in kept) == end(p[1] for p in here)


@pytest.mark.parametrize("line", [[], [[1, 2]], [[0, 5], [10, 3], [20, 5], [30, 3]], [[0.5, 5], [0.6, 7], [7, 7]]])
def test_of_a_short_line_every_point_is_drawn(call, line):
    assert call("thinned", line) == line


def test_dots_tell_the_side_of_class_1_and_no_other(call):
    box = {"x": 100, "y": 50, "w": 96, "h": 48}
    upper = {"shape": [2, 4], "p": [0, 127, 90, 127, 254, 128, 200, 255]}  # rows from below; no number at the right
    dots = call("grain", upper, box)
    assert dots[0] == [106, 56] and [112, 68] in dots  # rows are staggered
    assert all(100 < x < 180 and 50 < y < 74 for x, y in dots)
    assert len(dots) == 7 + 6
    assert call("grain", {"shape": [1, 1], "p": [127]}, box) == []


# --- the address -----------------------------------------------------------------------------------------


def test_the_address_gives_back_what_was_written(call):
    values = {"lr": 0.1, "optimizer": "Adam, β₁ = μ; & more?"}
    fragment = call("writeAddress", "", "a-explorer", values)
    assert fragment.startswith("#a-explorer?lr=0.1&optimizer=Adam")
    assert call("readAddress", fragment, "a-explorer") == {"lr": "0.1", "optimizer": "Adam, β₁ = μ; & more?"}


def test_the_address_has_a_number_as_its_label_does_and_reads_its_other_forms(call):
    stops = choice(1e-5, 3e-4, 1, default=1).encode("lr")
    assert call("writeAddress", "", "a", {"lr": 1e-5, "b": -2.5e-7, "c": 0.0003}) == "#a?lr=1e-5&b=-2.5e-7&c=0.0003"
    for text in "1e-5", "1e-05", "0.00001":
        assert call("placeOf", stops, text) == call("placeOf", LOG, text) == 0
    assert call("placeOf", stops, "") == call("placeOf", stops, "2e-5") == -1


def test_explorers_share_the_address(call):
    fragment = call("writeAddress", "#section", "a", {"lr": 1})
    assert fragment == "#a?lr=1"
    fragment = call("writeAddress", fragment, "a-2", {"lr": 2})
    assert fragment == "#a?lr=1;a-2?lr=2"
    assert call("writeAddress", fragment, "a", {"lr": 3}) == "#a-2?lr=2;a?lr=3"
    assert call("readAddress", fragment, "a") == {"lr": "1"}
    assert call("readAddress", fragment, "a-2") == {"lr": "2"}
    for other in ("", "#a", "#section", "#b?lr=1"):
        assert call("readAddress", other, "a") is None
    assert call("readAddress", "#a?", "a") == {}
