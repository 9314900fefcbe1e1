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
    *, biases=False, gradient=False, after=False, step=True, share=lambda w, lr: 1 - w
):
    def shrink(net, adam, omega):
        for dense in net.layers[::2]:
            dense.W[...] *= share(omega, adam.lr)
            if biases:
                dense.b[...] *= share(omega, adam.lr)

    def program(net, adam, omega):
        if gradient:
            for dense in net.layers[::2]:
                dense.dW[...] += omega / adam.lr * dense.W
        elif not after:
            shrink(net, adam, omega)
        if step:
            adam.step(net.theta, net.grad)
        if after:
            shrink(net, adam, omega)

    return program


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
        "L2 in the gradient: Adam divides it": decaying(gradient=True),
        "L2 in the gradient: Adam divides it; and biases pay": step_with_decay,
        "biases go free, and yours decay": decaying(biases=True),
        "the step itself decays, too: decay first": decaying(after=True),
        "weights grow: the sign": decaying(share=lambda w, lr: 1 + w),
        "nothing decays": decaying(share=lambda w, lr: 1),
        "weights lose the share omega, whatever the learning rate is": decaying(
            share=lambda w, lr: 1 - lr * w
        ),
        "only omega is left of the weights: they lose that share": decaying(
            share=lambda w, lr: w
        ),
        "the decay alone: adam.step is missing": decaying(step=False),
        "theta is what it was: nothing decays, and nothing steps": (
            lambda net, adam, omega: None
        ),
    },
)
