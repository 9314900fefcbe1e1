"""Images of digits, and the same images moved to either side."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def with_moved(images, labels):
    pixels = images.reshape(-1, 8, 8)  # (N, row, column)
    right, left = np.roll(pixels, 1, axis=2), np.roll(pixels, -1, axis=2)
    more = np.concatenate([pixels, right, left])  # (3N, 8, 8)
    return more.reshape(-1, 64), np.tile(labels, 3)


def solution(images, labels):
    pixels = images.reshape(-1, 8, 8)  # (N, row, column)
    right, left = np.zeros_like(pixels), np.zeros_like(pixels)
    right[:, :, 1:] = pixels[:, :, :-1]
    left[:, :, :-1] = pixels[:, :, 1:]
    more = np.concatenate([pixels, right, left])  # (3N, 8, 8)
    return more.reshape(-1, 64), np.tile(labels, 3)


def by_padding(images, labels):
    wide = np.pad(images.reshape(-1, 8, 8), ((0, 0), (0, 0), (1, 1)))
    views = [wide[:, :, k : k + 8].reshape(-1, 64) for k in (1, 0, 2)]
    return np.vstack(views), np.concatenate([labels, labels, labels])


def by_a_matrix(images, labels):
    to_the_right = np.kron(np.eye(8), np.eye(8, k=1))  # (64, 64)
    moved = images @ to_the_right, images @ to_the_right.T
    return np.vstack([images, *moved]), np.tile(labels, 3)


def rolled_and_cleared(images, labels):
    right, left = images.copy(), images.copy()
    right[:, 1:], left[:, :-1] = images[:, :-1], images[:, 1:]
    right[:, ::8], left[:, 7::8] = 0, 0
    return np.concatenate([images, right, left]), np.tile(labels, 3)


def rolled_and_cleared_on_the_left(images, labels):
    right, left = images.copy(), images.copy()
    right[:, 1:], left[:, :-1] = images[:, :-1], images[:, 1:]
    right[:, ::8], left[:, ::8] = 0, 0
    return np.concatenate([images, right, left]), np.tile(labels, 3)


def cleared_only_in(side):
    def program(images, labels):
        moved, _ = with_moved(images, labels)
        views = np.split(moved, 3)
        views[side] = np.split(solution(images, labels)[0], 3)[side]
        return np.concatenate(views), np.tile(labels, 3)

    return program


def rolled(shape, axis):
    def program(images, labels):
        grid = images.reshape(-1, *shape)
        views = [np.roll(grid, by, axis=axis).reshape(-1, 64) for by in (0, 1, -1)]
        return np.concatenate(views), np.tile(labels, 3)

    return program


def made(
    *,
    order=(0, 1, 2),
    axis=2,
    by=1,
    copies=np.tile,
    edge="constant",
    each=np.concatenate,
):
    """The right program, with other parts: padded by what stands at the edge, say."""

    def program(images, labels):
        widths = [(0, 0), (0, 0), (0, 0)]
        widths[axis] = by, by
        wide = np.pad(images.reshape(-1, 8, 8), widths, mode=edge)
        views = [
            np.take(wide, np.arange(8) + start, axis=axis).reshape(-1, 64)
            for start in (by, 0, 2 * by)
        ]
        return each([views[k] for k in order]), copies(labels, len(order))

    return program


def along_the_row_of_64(images, labels):
    right, left = np.zeros_like(images), np.zeros_like(images)
    right[:, 1:], left[:, :-1] = images[:, :-1], images[:, 1:]
    return np.concatenate([images, right, left]), np.tile(labels, 3)


def cases(rng):
    found = []
    for n in 4, 7, 1:
        images, labels = rng.uniform(0.1, 1, (n, 64)), rng.permutation(10)[:n]
        about = "1 image" if n == 1 else f"{n} images"
        found.append(Case(about, (images, labels)))
    return found


exercise = Exercise(
    label="ex-digits-move",
    starter=with_moved,
    solution=solution,
    rights=[by_padding, by_a_matrix, rolled_and_cleared],
    cases=cases,
    keep="the images that came in were changed: move copies of them",
    hints=[
        "Draw a vertical line into the last column of an image, and let the starter "
        "move it to the right. Where is the line then?",
        "A cell that nothing moves into stays white, and white is 0: begin with "
        "`np.zeros_like(pixels)`.",
        "To the right: `right[:, :, 1:] = pixels[:, :, :-1]`.",
    ],
    mistakes={
        "what leaves an image on one side comes in on the other": with_moved,
        "moved to the left, white comes in on the right: in column 7": (
            rolled_and_cleared_on_the_left
        ),
        "to the left, what leaves on one side still comes in on the other": cleared_only_in(
            1
        ),
        "to the right, what leaves on one side still comes in on the other": cleared_only_in(
            2
        ),
        "the column at the edge stays where it was, too: white comes in": made(
            edge="edge"
        ),
        "moved along the row of 64: the end of a row of pixels enters the next": [
            along_the_row_of_64,
            rolled((64,), 1),
        ],
        "moved up and down": [made(axis=1), rolled((8, 8), 1)],
        "moved by two cells": made(by=2),
        "right and left are exchanged": made(order=(0, 2, 1)),
        "the images as they are should come first": made(order=(1, 2, 0)),
        "the images as they are must stay among them": made(order=(1, 2)),
        "each label follows itself, but an image is not followed by its copies": made(
            copies=np.repeat
        ),
        "the labels are as many as before: each image needs one": made(
            copies=lambda labels, n: labels
        ),
        "each image is followed by its two copies: first come all as they are": made(
            each=lambda views: np.stack(views, axis=1).reshape(-1, 64), copies=np.repeat
        ),
        "the images are still 8 × 8: make each a row of 64": made(
            each=lambda views: np.concatenate(views).reshape(-1, 8, 8)
        ),
    },
)
