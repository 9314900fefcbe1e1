"""Contour lines of heights on a grid: marching squares, on a spline through the heights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from .checks import Array

FINE = 320  # heights on fewer rows or columns are interpolated to this many or more


def contour_lines(z: Array, level: float) -> list[Array]:
    """The lines on which `z` `(H, W)` has the height `level`, each `(K, 2)`.

    In grid units: x runs along a row, from 0 to W − 1. A closed line ends where it
    begins. In a cell whose opposite corners lie on the same side, the height of its
    middle decides which of them the lines keep apart.
    """
    rows, columns = z.shape
    above = z >= level
    points: dict[int, tuple[float, float]] = {}  # by edge: where a line crosses it
    # The edge from (r, c) to the right has the number r·W + c, the one upwards H·W more.
    upward = rows * columns
    r, c = np.nonzero(above[:, :-1] != above[:, 1:])
    share = (level - z[r, c]) / (z[r, c + 1] - z[r, c])
    points |= zip(
        (r * columns + c).tolist(),
        zip((c + share).tolist(), r.astype(float).tolist(), strict=True),
        strict=True,
    )
    r, c = np.nonzero(above[:-1] != above[1:])
    share = (level - z[r, c]) / (z[r + 1, c] - z[r, c])
    points |= zip(
        (upward + r * columns + c).tolist(),
        zip(c.astype(float).tolist(), (r + share).tolist(), strict=True),
        strict=True,
    )
    beside: dict[int, list[int]] = {edge: [] for edge in points}
    for a, b in _pieces(z, level, above, upward):
        beside[a].append(b)
        beside[b].append(a)
    lines = []
    # Lines that end at the picture's edge first, then what is left: closed ones.
    starts = [edge for edge, others in beside.items() if len(others) == 1]
    for start in [*starts, *beside]:
        if start not in beside:
            continue
        line, edge = [start], start
        while others := [other for other in beside.pop(edge) if other in beside]:
            edge = others[0]
            line.append(edge)
        if start not in starts:
            line.append(start)
        lines.append(np.array([points[edge] for edge in line]))
    return lines


def _pieces(z: Array, level: float, above: Array, upward: int) -> Iterator[tuple[int, int]]:
    """Pairs of edges which a line joins inside a cell."""
    columns = z.shape[1]
    corners = above[:-1, :-1], above[:-1, 1:], above[1:, 1:], above[1:, :-1]
    count = np.sum(corners, axis=0)
    for r, c in zip(*map(np.ndarray.tolist, np.nonzero((count % 4) != 0)), strict=True):
        at = r * columns + c
        bottom, right, top, left = at, upward + at + 1, at + columns, upward + at
        a, b, d, e = (bool(corner[r, c]) for corner in corners)
        crossed = [
            edge
            for edge, cut in (
                (bottom, a != b),
                (right, b != d),
                (top, d != e),
                (left, e != a),
            )
            if cut
        ]
        if len(crossed) == 2:
            yield crossed[0], crossed[1]
        elif bool(z[r : r + 2, c : c + 2].mean() >= level) == a:
            yield bottom, right
            yield top, left
        else:
            yield left, bottom
            yield right, top


def refined(z: Array) -> Array:
    """`z` on a finer grid over the same extent, by cubic splines."""
    rows, columns = (_spline(n) for n in z.shape)
    return np.asarray(rows @ z @ columns.T)


def _spline(n: int) -> Array:
    """The matrix `(m, n)` that takes n heights to the spline's heights, m ≥ n."""
    times = -(-FINE // (n - 1)) if n < FINE else 1
    if times == 1:
        return np.eye(n)
    if n < 4:  # too few for a cubic: the polynomial through all of them
        powers = np.arange(n)
        fine = np.linspace(0, n - 1, times * (n - 1) + 1)
        through = np.linalg.inv(np.arange(float(n))[:, None] ** powers)
        return np.asarray(fine[:, None] ** powers @ through)
    # Second derivatives at the nodes: equal third ones beside the second and the
    # last but one (not a knot), so that cubics come out exactly.
    system, right = np.zeros((n, n)), np.zeros((n, n))
    for i in range(1, n - 1):
        system[i, i - 1 : i + 2] = 1, 4, 1
        right[i, i - 1 : i + 2] = 6, -12, 6
    system[0, :3] = system[-1, -3:] = 1, -2, 1
    curvature = np.linalg.solve(system, right)  # (n, n)
    place = np.arange(times * (n - 1) + 1) / times
    lower = np.minimum(place.astype(int), n - 2)
    t = (place - lower)[:, None]
    nodes = np.eye(n)
    return np.asarray(
        (1 - t) * nodes[lower]
        + t * nodes[lower + 1]
        + ((1 - t) ** 3 - (1 - t)) / 6 * curvature[lower]
        + (t**3 - t) / 6 * curvature[lower + 1]
    )


def simplified(line: Array, tolerance: float) -> Array:
    """The line without the points that lie this near to it (Douglas and Peucker)."""
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    if len(line) > 2 and (line[0] == line[-1]).all():
        # From a closed line's end to itself there is no direction: split it.
        keep[np.argmax(((line - line[0]) ** 2).sum(axis=1))] = True
    ends = np.flatnonzero(keep).tolist()
    todo = list(itertools.pairwise(ends))
    while todo:
        i, k = todo.pop()
        if k - i < 2:
            continue
        chord = line[k] - line[i]
        offset = line[i + 1 : k] - line[i]
        length = max(float(np.hypot(*chord)), 1e-12)
        along = np.clip(offset @ chord / length**2, 0, 1)
        far = np.hypot(*(offset - along[:, None] * chord).T)
        j = int(far.argmax())
        if far[j] > tolerance:
            keep[i + 1 + j] = True
            todo += [(i, i + 1 + j), (i + 1 + j, k)]
    return line[keep]
