"""A gradient check that sees what one call leaves behind for the next."""

from __future__ import annotations

import numpy as np

import nnlib

from .grading import Case, Exercise, UnfitError, form, numbers


def second_call(net, x, t, other, other_t):
    net.loss_and_grad(x, t)
    g_a, theta = net.grad.copy(), net.theta.copy()
    g_n = np.zeros_like(theta)
    for k in range(len(theta)):
        ends = []
        for sign in 1, -1:
            net.theta[k] = theta[k] + sign * 1e-6
            ends.append(net.loss_and_grad(x, t))
        net.theta[k] = theta[k]
        g_n[k] = (ends[0] - ends[1]) / 2e-6
    return abs(g_a - g_n).max() / abs(g_n).max()


def solution(net, x, t, other, other_t):
    net.loss_and_grad(other, other_t)  # what survives from this call spoils the next
    net.loss_and_grad(x, t)
    g_a, theta = net.grad.copy(), net.theta.copy()
    g_n = np.zeros_like(theta)
    for k in range(len(theta)):
        ends = []
        for sign in 1, -1:
            net.theta[k] = theta[k] + sign * 1e-6
            ends.append(net.loss_and_grad(x, t))
        net.theta[k] = theta[k]
        g_n[k] = (ends[0] - ends[1]) / 2e-6
    return abs(g_a - g_n).max() / abs(g_n).max()


def along_one_direction(net, x, t, other, other_t):
    net.loss_and_grad(other, other_t)
    net.loss_and_grad(x, t)
    e = np.random.default_rng(1).standard_normal(len(net.theta))
    analytic, theta, h = net.grad @ e, net.theta.copy(), 1e-5
    net.theta[...] = theta + h * e
    above = net.loss_and_grad(x, t)
    net.theta[...] = theta - h * e
    below = net.loss_and_grad(x, t)
    net.theta[...] = theta
    numeric = (above - below) / (2 * h)
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric))


def checked_twice(net, x, t, other, other_t):
    ordinary = second_call(net, other, other_t, x, t)
    return max(ordinary, second_call(net, x, t, other, other_t))


class StaleInput(nnlib.Dense):
    """Takes the first batch that it saw for every later one of its size."""

    first: np.ndarray | None = None

    def f(self, x: np.ndarray, training: bool) -> np.ndarray:
        if training and (self.first is None or len(self.first) != len(x)):
            self.first = x
        return super().f(x, training)

    def gradients(self, g: np.ndarray) -> None:
        if self.first is not None and len(self.first) == len(g):
            self.x = self.first
        super().gradients(g)


class Accumulated(nnlib.Dense):
    """Adds its gradients to those of all batches before."""

    def gradients(self, g: np.ndarray) -> None:
        dW, db = self.dW.copy(), self.db.copy()
        super().gradients(g)
        self.dW += dW
        self.db += db


class Small(nnlib.SoftmaxCrossEntropy):
    """So small a loss that only a relative error is large."""

    def f(self, y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        value, g = super().f(y, t)
        return value * 1e-5, g * 1e-5


KINDS = {
    "a right network": nnlib.Dense,
    "stale input": StaleInput,
    "accumulated": Accumulated,
}


def judged(function, arguments):
    """For each kind of network whether the check gives alarm, and whether theta has moved."""
    seed, (a, b, c), n, loss = arguments
    said = []
    for kind in KINDS.values():
        rng = np.random.default_rng(seed)
        layers = kind(a, b), nnlib.Tanh(), kind(b, c)
        net = nnlib.Network(*layers, loss=loss(), rng=seed)
        net.theta += rng.normal(0, 0.3, net.n_params)
        batches = [(rng.normal(size=(n, a)), rng.integers(0, c, n)) for _ in range(2)]
        theta = net.theta.copy()
        error = function(net, *batches[0], *batches[1])
        if error is None:
            return None
        if isinstance(error, bool | np.bool_):
            raise UnfitError("it returns a yes or no; expected the relative error")
        if np.ndim(error) or numbers(error) is None:
            raise UnfitError(f"it returns {form(error)}; expected one number")
        alarm = not error < 1e-4 if kind is nnlib.Dense else error > 1e-3
        said += [bool(alarm), not np.allclose(net.theta, theta, rtol=0, atol=1e-8)]
    return np.array(said)


def other_gradient(net, x, t, other, other_t):
    net.loss_and_grad(x, t)
    net.loss_and_grad(other, other_t)
    g_a = net.grad.copy()
    return relative(g_a, numeric(net, x, t))


def numeric(net, x, t, moved=0.0):
    """The gradient by differences, with theta as far from its place afterwards."""
    theta, g = net.theta.copy(), np.zeros(len(net.theta))
    for k in range(len(theta)):
        ends = []
        for sign in 1, -1:
            net.theta[...] = theta
            net.theta[k] += sign * 1e-6
            ends.append(net.loss_and_grad(x, t))
        g[k] = (ends[0] - ends[1]) / 2e-6
    net.theta[...] = theta + moved
    return g


def relative(one, other):
    return abs(one - other).max() / abs(other).max()


def same_batch_before(net, x, t, other, other_t):
    net.loss_and_grad(x, t)
    return second_call(net, x, t, other, other_t)


def set_back(net, x, t, other, other_t):
    net.loss_and_grad(other, other_t)
    net.grad[...] = 0
    return second_call(net, x, t, other, other_t)


def theta_left_elsewhere(net, x, t, other, other_t):
    net.loss_and_grad(other, other_t)
    net.loss_and_grad(x, t)
    g_a = net.grad.copy()
    return relative(g_a, numeric(net, x, t, moved=-1e-6))


def not_relative(net, x, t, other, other_t):
    net.loss_and_grad(other, other_t)
    net.loss_and_grad(x, t)
    g_a = net.grad.copy()
    return abs(g_a - numeric(net, x, t)).max()


def cases(rng):
    seeds = rng.integers(1, 1000, 2)
    return [
        Case(f"batches of {n}{about}", (int(seed), (2, 5, 3), n, loss))
        for n, seed, about, loss in zip(
            (6, 4),
            seeds,
            ("", " and a very small loss"),
            (nnlib.SoftmaxCrossEntropy, Small),
            strict=True,
        )
    ]


exercise = Exercise(
    label="ex-gc-stale",
    starter=second_call,
    solution=solution,
    rights=[along_one_direction, checked_twice],
    cases=cases,
    run=judged,
    hints=[
        "The starter's first line is the first call that this network ever sees. What "
        "can a bug remember there?",
        "Use the network once before, and not with the batch that you check.",
        "A first line `net.loss_and_grad(other, other_t)`; the rest may stay.",
    ],
    mistakes={
        "the bugs pass: what happened before the call that you check?": second_call,
        "a right network fails: are both gradients of x, the ends 2h apart, and is `theta` a copy?": (
            other_gradient
        ),
        "“stale input” passes: the first batch that the network ever sees must be another one": same_batch_before,
        "“accumulated” passes: net.grad is set back, which no training would do": (
            set_back
        ),
        "the error is not relative: with a small loss, small errors are large ones": (
            not_relative
        ),
        "theta is not restored": theta_left_elsewhere,
    },
)
