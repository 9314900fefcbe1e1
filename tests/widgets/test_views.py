"""What a run may hand back: curves, boundaries, contours, and the pictures of them."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from widgets import Boundary, Contours, Curves, View
from widgets.explorer.still import DASHES, SERIES, picture
from widgets.explorer.views import encode_views

X = np.array([[0.0, 0.0], [1.0, 0.5], [0.5, 1.0], [0.25, 0.75]])
LABELS = np.array([0, 1, 1, 0])


def numbers(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a = ½ at x = -1.00, slope -.5", "a = ½ at x = −1.00, slope −.5"),
        ("-2 · 0.25 = -0.5 (-50%)", "−2 · 0.25 = −0.5 (−50%)"),
        ("from -3 to -inf", "from −3 to −inf"),
        ("2-8-8-2, h = 1e-07, seed-3, 5 - 3, already −4", "2-8-8-2, h = 1e-07, seed-3, 5 - 3, already −4"),
    ],
)
def test_a_number_below_0_in_a_views_text_has_a_minus_sign(written, shown):
    view = View(Curves({"a": [1.0]}), text=written)
    assert view.text == shown
    assert encode_views([view])["results"][0]["text"] == shown


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
    assert moving["lines"] == []  # not finite everywhere
    assert fixed["shape"] == [2, 3]
    assert fixed["labels"] == "011"  # the point outside is left out
    places = numbers(fixed["points"], "<u2").reshape(-1, 2) / 65535 * [4, 2]
    np.testing.assert_allclose(places, points[:3], atol=1e-4)


def test_boundary_says_what_is_seen():
    half = np.array([[0.0, 1.0], [0.2, 0.8]])
    assert Boundary(half, (0, 1, 0, 1), X, LABELS).describe() == "Decision boundary: class 1 covers 50 % of the picture"
    assert Boundary(half * np.nan, (0, 1, 0, 1), X, LABELS).describe() == "Decision boundary: no finite value"


@pytest.mark.parametrize("steepness", [1, 30])
def test_the_line_of_a_boundary_is_where_the_probability_is_a_half(steepness):
    boundary = Boundary.of(lambda q: 1 / (1 + np.exp(-steepness * (q @ [1, 2] - 1))), X, LABELS, size=15)
    (line,) = boundary.lines()
    x0, x1, y0, y1 = boundary.extent
    places = [x0, y0] + line * [x1 - x0, y1 - y0]
    np.testing.assert_allclose(places @ [1, 2], 1, atol=2e-3)
    stored = numbers(boundary.encode()[1]["lines"][0], "<u2").reshape(-1, 2) / 65535
    np.testing.assert_allclose(stored, line, atol=1e-5)
    wide = Boundary(5 * boundary.p - 2, boundary.extent, X, LABELS)  # no probabilities: outputs of a squared error
    assert len(wide.lines()) == 1
    assert Boundary(0 * boundary.p, boundary.extent, X, LABELS).lines() == []


def test_contours_are_stored_as_lines_at_their_levels():
    a, b = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-1, 1, 5))
    z = a**2 + 3 * b**2
    contours = Contours(z, (-2, 2, -1, 1), {"SGD": [[1, 1], [0.5, 0.25], [np.nan, 0]]}, levels=[4, 1, 99])
    fixed, moving = contours.encode()
    lines = [numbers(text, "<u2").reshape(-1, 2) / 65535 * [4, 2] - [2, 1] for text in fixed["lines"]]
    heights = [line[:, 0] ** 2 + 3 * line[:, 1] ** 2 for line in lines]
    assert [round(h[0]) for h in heights] == [
        1,
        4,
        4,
    ]  # an ellipse, and two sides of a larger one; 99 is above the picture
    for height in heights:
        np.testing.assert_allclose(height, round(height[0]), atol=0.01)
    assert (lines[0][0] == lines[0][-1]).all() and len(lines[0]) > 20  # closed, and no polygon
    assert moving == {"paths": [[1.0, 1.0, 0.5, 0.25]]}
    assert contours.describe() == "Path: SGD ends at 0.5, 0.25"
    assert len(Contours(z + 0.1 * a + 0.2 * b, (-2, 2, -1, 1), {"SGD": [[1, 1]]}).levels) == 12
    flat = Contours(0 * z, (-2, 2, -1, 1), {"lost": [[np.inf, 1]]}, title="Descent")
    assert flat.encode()[0]["lines"] == []
    assert flat.describe() == "Descent: no finite step"


def test_a_finer_grid_of_heights_costs_nothing():
    def size(n):
        side = np.linspace(-1, 1, n)
        z = np.add.outer(side**2, side**2)
        return len(json.dumps(Contours(z, (-1, 1, -1, 1), {"a": X}, levels=[0.1, 0.5]).encode()))

    assert abs(size(400) - size(25)) < 0.1 * size(25)


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
    (
        lambda: Curves({"a": [1]}, y_range=(1, 1)),
        ValueError,
        "Curves: y_range must be lo < hi, got 1, 1",
    ),
    (
        lambda: Curves({"a": [1]}, y_range=(0, 1), log_y=True),
        ValueError,
        "Curves: y_range must be 0 < lo < hi, got 0, 1",
    ),
    (lambda: Curves({"a": [1]}, y_range=(0, np.nan)), ValueError, "Curves: y_range must be a finite number, got nan"),
    (lambda: View(), TypeError, "View: panels must be Curves, Boundary or Contours, got nothing"),
    (lambda: View(3), TypeError, "View: panels must be Curves, Boundary or Contours, got int 3"),
    (lambda: View(Curves({"a": [1]}), text=3), TypeError, "View: text must be a string, got int 3"),
]


@pytest.mark.parametrize(("bad", "kind", "message"), BAD_PANELS, ids=[m[:40] for _, _, m in BAD_PANELS])
def test_bad_panels(bad, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        bad()


def test_a_still_picture_of_every_kind_of_panel():
    z = np.add.outer(np.linspace(-1, 1, 8) ** 2, np.linspace(-1, 1, 9) ** 2)
    views = [
        View(Curves({"a": [1.0, 0.1], "b": [2.0]}, log_y=True), diverged=True),
        View(Curves({"a": []}, log_y=True, y_range=(0.1, 1)), diverged=True),
        View(Boundary(np.full((4, 4), np.nan), (0, 1, 0, 1), X, LABELS), diverged=True),
        View(Boundary(np.eye(4), (0, 1, 0, 1), X, LABELS), Contours(z, (-1, 1, -1, 1), {"SGD": X})),
    ]
    for view in views:
        png = picture(view, "heading")
        assert png.startswith(b"\x89PNG") and len(png) < 40_000
        image = Image.open(io.BytesIO(png))
        assert len(image.getcolors(64)) > 5
        assert image.width == 462 * len(view.panels)
        assert not image.info  # no version, no date
    assert picture(views[-1], "heading") == png


def test_no_two_curves_differ_in_color_alone():
    """Nor do the seventh and the first, which share a color, look the same."""
    assert len(set(DASHES)) == len(DASHES) == 7 and len({color for color, _ in SERIES}) == 6
    assert len(set(SERIES)) == 42
    assert len({dash for _, dash in SERIES[:7]}) == 7
