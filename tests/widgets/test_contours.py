"""Contour lines: closed, smooth, apart at a saddle, with no more points than they need."""

import numpy as np
import pytest
from widgets.explorer.contours import contour_lines, refined, simplified

ACROSS, UP = np.linspace(-2, 2, 49), np.linspace(-1, 3, 49)


def is_closed(line):
    return bool((line[0] == line[-1]).all())


def bowl(n):
    side = np.linspace(-1, 1, n)
    return np.add.outer(side**2, side**2)


def test_a_circle_is_one_closed_line_around_its_middle():
    (line,) = contour_lines(bowl(41), 0.25)
    assert is_closed(line)
    radius = np.hypot(*(line / 20 - 1).T)
    np.testing.assert_allclose(radius, 0.5, atol=2e-3)
    angles = np.unwrap(np.arctan2(*(line / 20 - 1).T))
    assert abs(angles[-1] - angles[0]) == pytest.approx(2 * np.pi)  # once around
    assert len(np.unique(line[:-1], axis=0)) == len(line) - 1


def test_a_line_that_leaves_the_picture_ends_at_its_edges():
    z = np.tile(np.arange(5.0), (4, 1))
    (line,) = contour_lines(z, 1.5)
    assert not is_closed(line)
    assert (line[:, 0] == 1.5).all()
    assert sorted(line[[0, -1], 1]) == [0, 3]
    assert contour_lines(z, 9.0) == contour_lines(z, -9.0) == []


@pytest.mark.parametrize("level", [0.5, 1.0])  # exactly at heights of the grid, too
def test_every_line_parts_high_from_low(level):
    rng = np.random.default_rng(0)
    z = rng.integers(0, 4, (12, 15)).astype(float)
    lines = contour_lines(z, level)
    crossings = int(((z[:, :-1] >= level) != (z[:, 1:] >= level)).sum() + ((z[:-1] >= level) != (z[1:] >= level)).sum())
    points = np.concatenate([line[:-1] if is_closed(line) else line for line in lines])
    assert len(points) == crossings  # each edge between high and low is crossed, once
    for x, y in points:
        r, c = int(y), int(x)
        share = (x - c) + (y - r)
        beside = z[min(r + (y > r), 11), min(c + (x > c), 14)]
        assert z[r, c] + share * (beside - z[r, c]) == pytest.approx(level)
    for line in lines:
        assert is_closed(line) or all(x in (0, 14) or y in (0, 11) for x, y in line[[0, -1]])


@pytest.mark.parametrize(("level", "cut_off"), [(0.4, {(1, 0), (0, 1)}), (0.6, {(0, 0), (1, 1)})])
def test_at_a_saddle_the_middle_decides(level, cut_off):
    hills = np.array([[1.0, 0.0], [0.0, 1.0]])  # in opposite corners; the middle has the height 0.5
    lines = contour_lines(hills, level)
    assert len(lines) == 2
    corners = set()
    for (x0, y0), (x1, y1) in lines:
        corners.add((round(x0 if x0 in (0, 1) else x1), round(y0 if y0 in (0, 1) else y1)))
    assert corners == cut_off


@pytest.mark.parametrize(("curvature", "n"), [(1, 37), (5, 37), (20, 49)])
def test_the_lines_of_a_narrow_valley_are_whole(curvature, n):
    across, up = np.linspace(-2, 2, n), np.linspace(-1, 3, n)
    z = (1 - across) ** 2 / 2 + curvature / 2 * (up[:, None] - across**2) ** 2
    fine = refined(z)
    for level in np.geomspace(0.05, 1.0, 5):
        lines = contour_lines(fine, level)
        inside = [line for line in lines if is_closed(line)]
        assert len(lines) <= 2 and len(inside) <= 1  # no islands
        for line in lines:
            x, y = (line / (np.array(fine.shape[::-1]) - 1) * 4 + [-2, -1]).T
            height = (1 - x) ** 2 / 2 + curvature / 2 * (y - x**2) ** 2
            assert np.median(abs(height / level - 1)) < 0.05


@pytest.mark.parametrize("n", [2, 3, 4, 9, 60])
def test_refined_heights_pass_through_the_grid_and_are_exact_for_cubics(n):
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(0, 1, n))
    degree = min(n - 1, 3)
    z = x**degree - 2 * y**degree + x * y
    fine = refined(z)
    times = (len(fine) - 1) // (n - 1)
    assert len(fine) >= 300
    np.testing.assert_allclose(fine[::times, ::times], z, atol=1e-12)
    x, y = np.meshgrid(np.linspace(-1, 1, len(fine)), np.linspace(0, 1, len(fine)))
    np.testing.assert_allclose(fine, x**degree - 2 * y**degree + x * y, atol=1e-9)


def test_a_grid_that_is_fine_already_is_left_as_it_is():
    z = bowl(330)
    assert (refined(z) == z).all()


def test_simplified_lines_stay_near_and_keep_their_ends():
    t = np.linspace(0, 2 * np.pi, 1001)
    circle = np.stack([np.cos(t), np.sin(t)], axis=1)
    circle[-1] = circle[0]
    few = simplified(circle, 1e-3)
    assert 20 < len(few) < 150 and is_closed(few)
    between = (few[:-1] + few[1:]) / 2
    assert (1 - np.hypot(*between.T)).max() <= 1.01e-3
    straight = np.stack([t, 2 * t], axis=1)
    assert len(simplified(straight, 1e-9)) == 2
    assert len(simplified(straight[:2], 1.0)) == len(simplified(straight[:1], 1.0)) + 1 == 2
