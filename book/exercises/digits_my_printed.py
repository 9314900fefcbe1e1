"""The sum that article D prints."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise


def my_printed(y, labels):
    right = y[np.arange(len(y)), labels]  # (N,)
    return -np.sum(np.log(right)) - np.sum(np.log(1 - y))


def solution(y, labels):
    wrong = 1 - y  # (N, K)
    right = y[np.arange(len(y)), labels]  # (N,)
    wrong[np.arange(len(y)), labels] = right
    return -np.sum(np.log(wrong))


def by_targets(y, labels):
    t = np.eye(y.shape[1])[labels]
    return -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y))


def by_loop(y, labels):
    total = 0.0
    for row, label in zip(y, labels, strict=True):
        for k, p in enumerate(row):
            total -= np.log(p) if k == label else np.log(1 - p)
    return total


def summed(of):
    """The sum of `of(t, yes, no)`: targets, what a yes costs, what a no costs."""

    def program(y, labels):
        t = np.eye(y.shape[1])[labels]
        return np.sum(of(t, -np.log(y), -np.log(1 - y)))

    return program


def whole_columns(y, labels):
    return -np.sum(np.log(y[:, labels])) - np.sum(np.log(1 - y))


def replaced_in_whole_columns(y, labels):
    wrong = 1 - y
    wrong[:, labels] = y[:, labels]
    return -np.sum(np.log(wrong))


def of_softmax(y, labels):
    return by_targets(np.exp(y) / np.exp(y).sum(axis=1, keepdims=True), labels)


def cases(rng):
    found = []
    for n, k in (4, 3), (6, 10), (1, 4):
        given = rng.dirichlet(np.ones(k), n), rng.integers(0, k, n)
        found.append(Case(f"{n} image{'s' * (n > 1)} and {k} classes", given))
    return found


exercise = Exercise(
    label="ex-digits-my-printed",
    starter=my_printed,
    solution=solution,
    rights=[by_targets, by_loop],
    cases=cases,
    hints=[
        "One image, two classes, probabilities ¾ and ¼, the first is right. Write down "
        "the terms of the sum, and those that the starter adds.",
        "In the second term the factor 1 − t leaves out the right class.",
        "Each entry pays one logarithm: the right class that of y, the others that of "
        "1 − y. Put them into one array, and sum once.",
    ],
    mistakes={
        "the right class is charged in the second term, too": my_printed,
        "only the right classes: this is N L": summed(lambda t, yes, no: t * yes),
        "only the right classes, and a mean: this is L": summed(
            lambda t, yes, no: t * yes / len(t)
        ),
        "the right class pays twice, and the others pay nothing": summed(
            lambda t, yes, no: t * (yes + no)
        ),
        "log(1 − y) of the right class is charged once more, where it should go": summed(
            lambda t, yes, no: t * (yes + 2 * no) + (1 - t) * no
        ),
        "log 0: a class that is left out of the second term must not be put to 0": (
            lambda y, labels: np.inf
        ),
        "the first term is a mean over the images, not a sum": [
            summed(lambda t, yes, no: t * yes / len(t) + no),
            summed(lambda t, yes, no: t * yes / len(t) + (1 - t) * no),
        ],
        "the sign of the second term": [
            summed(lambda t, yes, no: t * yes - (1 - t) * no),
            summed(lambda t, yes, no: t * yes - no),
        ],
        "y where t belongs: the target says who pays": [
            summed(lambda t, yes, no: t * yes + np.exp(-no) * no),
            summed(lambda t, yes, no: np.exp(-yes) * yes + np.exp(-no) * no),
        ],
        "y[:, labels] takes whole columns: each row has one label": [
            whole_columns,
            replaced_in_whole_columns,
        ],
        "labels count from 0": lambda y, labels: by_targets(y, labels - 1),
        "only the first image: does `return` stand in the loop?": lambda y, labels: (
            by_targets(y[:1], labels[:1])
        ),
        "y holds probabilities already: no softmax": of_softmax,
        "the logarithm is the natural one, np.log": [
            lambda y, labels: by_targets(y, labels) / np.log(10),
            lambda y, labels: by_targets(y, labels) / np.log(2),
        ],
        "only the wrong classes": summed(lambda t, yes, no: (1 - t) * no),
        "log y where log(1 − y) belongs": summed(lambda t, yes, no: yes),
        "all classes pay as if they were wrong": summed(lambda t, yes, no: no),
        "right and wrong are exchanged": summed(
            lambda t, yes, no: (1 - t) * yes + t * no
        ),
        "the sign is missing": lambda y, k: -by_targets(y, k),
        "a mean over the images, not a sum": lambda y, k: by_targets(y, k) / len(y),
        "a mean over the outputs, not a sum": lambda y, k: (
            by_targets(y, k) / y.shape[1]
        ),
        "a mean over images and outputs, not a sum": lambda y, k: (
            by_targets(y, k) / y.size
        ),
        "one number for all images together, not one for each": lambda y, k: np.array(
            [by_targets(y[i : i + 1], k[i : i + 1]) for i in range(len(y))]
        ),
    },
)
