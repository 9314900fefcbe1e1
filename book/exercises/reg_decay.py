"""Adam with weight decay."""

from __future__ import annotations

import numpy as np

import nnlib

from .grading import Case, Exercise


def step_with_decay(net, adam, omega):
    net.grad[...] += omega / adam.lr * net.theta
    adam.step(net.theta, net.grad)


def solution(net, adam, omega):
    for dense in net.layers[::2]:
        dense.W[...] *= 1 - omega
    adam.step(net.theta, net.grad)


def by_kind(net, adam, omega):
    for layer in net.layers:
        if isinstance(layer, nnlib.Dense):
            layer.W -= omega * layer.W
    adam.step(net.theta, net.grad)


def measured_before(net, adam, omega):
    before = [dense.W.copy() for dense in net.layers[::2]]
    adam.step(net.theta, net.grad)
    for dense, W in zip(net.layers[::2], before, strict=True):
        dense.W[...] -= omega * W


def decaying(
    lost=lambda dense, omega, lr: omega * dense.W,
    *,
    biases=False,
    of=slice(0, None, 2),
    gradient=False,
    after=False,
    step=True,
):
    """The weights of the layers `of` lose what `lost` says, or pay for it in the gradient."""

    def shrink(net, adam, omega):
        for dense in net.layers[of]:
            dense.W[...] -= lost(dense, omega, adam.lr)
            if biases:
                dense.b[...] -= omega * dense.b

    def program(net, adam, omega):
        if gradient:
            for dense in net.layers[of]:
                dense.dW[...] += lost(dense, omega, adam.lr)
        elif not after:
            shrink(net, adam, omega)
        if step:
            adam.step(net.theta, net.grad)
        if after:
            shrink(net, adam, omega)

    return program


def in_the_gradient(factor):
    """L2 of all parameters."""

    def program(net, adam, omega):
        net.grad[...] += factor(omega, adam.lr) * net.theta
        adam.step(net.theta, net.grad)

    return program


def biases_alone(net, adam, omega):
    for dense in net.layers[::2]:
        dense.b[...] *= 1 - omega
    adam.step(net.theta, net.grad)


def stepping_twice(net, adam, omega):
    for dense in net.layers[::2]:
        dense.W[...] *= 1 - omega
        adam.step(net.theta, net.grad)


def without_adam(net, adam, omega):
    for dense in net.layers[::2]:
        dense.W[...] *= 1 - omega
    net.theta[...] -= adam.lr * net.grad


def after_three(function, arguments):
    """The parameters after three steps on one batch; what the function returns does not matter."""
    seed, widths, lr, omega = arguments
    rng = np.random.default_rng(seed)
    layers = nnlib.Dense(2, widths), nnlib.Tanh(), nnlib.Dense(widths, 2)
    net = nnlib.Network(*layers, loss=nnlib.SoftmaxCrossEntropy(), rng=seed)
    for dense in net.layers[::2]:
        dense.b[...] = rng.choice([-0.5, 0.5], dense.b.shape)
    adam, x = nnlib.Adam(lr), rng.standard_normal((20, 2))
    labels = (x[:, 0] * x[:, 1] > 0).astype(int)
    for _ in range(3):
        net.loss_and_grad(x, labels)
        function(net, adam, omega)
    return net.theta.copy()


def cases(rng):
    return [
        Case(f"{width} hidden units, omega = {omega}", (int(seed), width, lr, omega))
        for seed, width, lr, omega in zip(
            rng.integers(1, 1000, 2), (4, 6), (0.01, 0.03), (0.02, 0.1), strict=True
        )
    ]


exercise = Exercise(
    label="ex-reg-decay",
    starter=step_with_decay,
    solution=solution,
    rights=[by_kind, measured_before],
    cases=cases,
    run=after_three,
    hints=[
        "What does Adam do with everything that stands in `net.grad`?",
        "The decay must not go through Adam: change the weights themselves. And who does "
        "not pay?",
        "`net.layers[::2]` are the dense layers. Multiply each `dense.W[...]` by "
        "`1 - omega` before the step.",
    ],
    mistakes={
        "L2 in the gradient: Adam divides it": [
            decaying(lambda dense, omega, lr: omega / lr * dense.W, gradient=True),
            decaying(lambda dense, omega, lr: omega * dense.W, gradient=True),
            decaying(lambda dense, omega, lr: 2 * omega * dense.W, gradient=True),
        ],
        "L2 in the gradient: Adam divides it; and biases pay": [
            step_with_decay,
            in_the_gradient(lambda omega, lr: omega),
            in_the_gradient(lambda omega, lr: 2 * omega),
        ],
        "biases go free, and yours decay": decaying(biases=True),
        "biases alone decay: weights must": biases_alone,
        "the step itself decays, too: decay first": decaying(after=True),
        "the step itself decays, too: decay first; and biases go free": decaying(
            after=True, biases=True
        ),
        "weights grow: the sign": [
            decaying(lambda dense, omega, lr: -omega * dense.W),
            decaying(lambda dense, omega, lr: -omega / lr * dense.W, gradient=True),
            in_the_gradient(lambda omega, lr: -omega / lr),
        ],
        "nothing decays": decaying(lambda dense, omega, lr: 0),
        "weights lose the share omega, whatever the learning rate is": [
            decaying(lambda dense, omega, lr: lr * omega * dense.W),
            decaying(lambda dense, omega, lr: omega / lr * dense.W),
        ],
        "twice as much: weights lose the share omega": decaying(
            lambda dense, omega, lr: 2 * omega * dense.W
        ),
        "only omega is left of the weights: they lose that share": decaying(
            lambda dense, omega, lr: (1 - omega) * dense.W
        ),
        "all weights lose the same: a share is in proportion to the weight": [
            decaying(lambda dense, omega, lr: omega),
            decaying(lambda dense, omega, lr: omega * np.sign(dense.W)),
            decaying(lambda dense, omega, lr: omega * lr * np.sign(dense.W)),
        ],
        "a share of the gradient is lost, not of the weight": decaying(
            lambda dense, omega, lr: omega * dense.dW
        ),
        "only the first layer decays: weights are in every dense layer": decaying(
            of=slice(0, 1)
        ),
        "only the last layer decays: weights are in every dense layer": decaying(
            of=slice(2, 3)
        ),
        "adam.step stands inside the loop: one step, after it": stepping_twice,
        "the decay alone: adam.step is missing, or its two arguments are exchanged": [
            decaying(step=False),
            decaying(step=False, biases=True),
        ],
        "the step is that of gradient descent: adam.step has to do it": without_adam,
        "theta is what it was: nothing decays, and nothing steps": (
            lambda net, adam, omega: None
        ),
    },
)
