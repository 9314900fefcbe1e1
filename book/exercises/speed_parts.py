"""The gradient of a batch that is taken in two parts."""

from __future__ import annotations

import numpy as np

import nnlib

from .grading import Case, Exercise, UnfitError


def accumulated(net, x, t, cut):
    total = np.zeros_like(net.grad)
    for part in slice(0, cut), slice(cut, len(x)):
        net.loss_and_grad(x[part], t[part])
        total += net.grad / 2
    return total


def solution(net, x, t, cut):
    total = np.zeros_like(net.grad)
    for part in slice(0, cut), slice(cut, len(x)):
        net.loss_and_grad(x[part], t[part])
        total += net.grad * len(x[part]) / len(x)
    return total


def first_and_second(net, x, t, cut):
    net.loss_and_grad(x[:cut], t[:cut])
    first = net.grad.copy()
    net.loss_and_grad(x[cut:], t[cut:])
    share = cut / len(x)
    return share * first + (1 - share) * net.grad


def by_sums(net, x, t, cut):
    total = 0
    for rows in np.split(np.arange(len(x)), [cut]):
        net.loss_and_grad(x[rows], t[rows])
        total = total + len(rows) * net.grad
    return total / len(x)


def halves(cut, n):
    return slice(0, cut), slice(cut, n)


def weighed(weight, parts=halves):
    def program(net, x, t, cut):
        total = np.zeros_like(net.grad)
        for part in parts(cut, len(x)):
            net.loss_and_grad(x[part], t[part])
            total += net.grad * weight(len(x[part]), len(x))
        return total

    return program


def combined(of, *, copied=True):
    """What `of` makes of both parts' gradients, the first and the last number of rows."""

    def program(net, x, t, cut):
        net.loss_and_grad(x[:cut], t[:cut])
        before = net.grad.copy() if copied else net.grad
        net.loss_and_grad(x[cut:], t[cut:])
        return of(before, net.grad, cut, len(x) - cut)

    return program


def by_shares(first, second, n1, n2):
    return (n1 * first + n2 * second) / (n1 + n2)


def by_losses(net, x, t, cut):
    total = np.zeros_like(net.grad)
    for part in slice(0, cut), slice(cut, len(x)):
        total += net.loss_and_grad(x[part], t[part]) * len(x[part]) / len(x)
    return total


def weighed_alike(share):
    return combined(lambda first, second, n1, n2: share(n1, n2) * (first + second))


def last_part(net, x, t, cut):
    net.loss_and_grad(x[cut:], t[cut:])
    return net.grad.copy()


def first_part(net, x, t, cut):
    net.loss_and_grad(x[:cut], t[:cut])
    return net.grad.copy()


def gradient(function, arguments):
    """What the answer returns for a network that is made for it."""
    seed, x, t, cut = arguments
    layers = nnlib.Dense(2, 4), nnlib.Tanh(), nnlib.Dense(4, 3)
    net = nnlib.Network(*layers, loss=nnlib.SoftmaxCrossEntropy(), rng=seed)
    calls = []
    whole = net.loss_and_grad

    def counted(x, t):
        calls.append(len(x))
        return whole(x, t)

    net.loss_and_grad = counted
    found = function(net, x, t, cut)
    if len(x) in calls:
        raise UnfitError("the whole batch is taken at once: take it in two parts")
    if isinstance(found, np.ndarray) and np.shares_memory(found, net.grad):
        raise UnfitError("it returns net.grad itself, which the next call overwrites")
    return found


def cases(rng):
    found = []
    for n, cut in (30, 12), (9, 2), (16, 8):
        x, t = rng.normal(1, 1, (n, 2)), rng.integers(0, 3, n)
        x[:cut] *= -2  # the parts differ
        about = f"{n} rows, cut before row {cut},"
        found.append(Case(about, (int(rng.integers(1000)), x, t, cut)))
    return found


exercise = Exercise(
    label="ex-speed-parts",
    starter=accumulated,
    solution=solution,
    rights=[first_and_second, by_sums],
    cases=cases,
    run=gradient,
    hints=[
        "Cut 9 rows before row 2. How many rows has each part, and how much does each "
        "count in the starter's sum?",
        "`net.grad` is a mean over the rows of its part. What is the sum over them?",
        "Weigh each part by its share of the rows: `len(x[part]) / len(x)`.",
    ],
    mistakes={
        "right for equal halves only: each part counts by its share of the rows": (
            accumulated
        ),
        "the sum of two means is no mean: weigh each part by its share of the rows": (
            weighed(lambda rows, n: 1)
        ),
        "the sum over all rows: divide by their number": weighed(lambda rows, n: rows),
        "the shares are exchanged": weighed(lambda rows, n: (n - rows) / n),
        "only the rows from cut on; net.grad is one array, which each call overwrites": [
            last_part,
            combined(by_shares, copied=False),
            combined(lambda first, second, n1, n2: first + second, copied=False),
        ],
        "only the rows from cut on: total is overwritten, not added to": combined(
            lambda first, second, n1, n2: n2 * second / (n1 + n2)
        ),
        "only the rows before cut: `return` stands inside the loop": combined(
            lambda first, second, n1, n2: n1 * first / (n1 + n2)
        ),
        "both parts have the share of one: each has its own": [
            weighed_alike(lambda n1, n2: n1 / (n1 + n2)),
            weighed_alike(lambda n1, n2: n2 / (n1 + n2)),
        ],
        "divided by the rows of its part: net.grad is a mean already, and shares weigh": [
            weighed(lambda rows, n: 1 / rows),
            weighed(lambda rows, n: n / rows),
        ],
        "shares by whole numbers: // makes them 0": weighed(lambda rows, n: 0),
        "shares add up to 1: no further factor is needed": [
            weighed(lambda rows, n: rows / n / 2),
            weighed(lambda rows, n: 2 * rows / n),
            combined(lambda first, second, n1, n2: first * n1 / n2 + second),
        ],
        "the row at cut is missing: the second part begins with it": weighed(
            lambda rows, n: rows / n, lambda cut, n: (slice(cut), slice(cut + 1, n))
        ),
        "the last row is missing": weighed(
            lambda rows, n: rows / n, lambda cut, n: (slice(cut), slice(cut, n - 1))
        ),
        "loss_and_grad returns the loss: the gradient is in net.grad": by_losses,
        "only the rows before cut": first_part,
        "divided by the number of rows twice: net.grad is a mean already": weighed(
            lambda rows, n: 1 / n
        ),
    },
)
