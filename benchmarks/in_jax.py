"""A training step in JAX: forward, backward and Adam in one ``jit``, in float32."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import nnlib

from .works import Work

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


class State(NamedTuple):
    """All that a step changes. It is donated: a step writes the new one over the old."""

    theta: Any  # a tuple of arrays for each layer; or one vector
    m: Any  # of θ's form
    v: Any
    steps: jax.Array
    lr: jax.Array  # here, so that the very function that is timed can first be checked with larger steps
    statistics: Any  # a tuple of running statistics for each layer


class Training:
    """nnlib's network and batch for a work, and ``step(state, x, t) -> (loss, state)``.

    θ, m and v are a tree of arrays, as JAX's own examples have them, or ``flat``: one vector each, as in nnlib.
    """

    def __init__(self, work: Work, flat: bool = False) -> None:
        self.net, (x, t) = work.network(), work.data()
        self.x, self.t, self.flat = jnp.array(x, jnp.float32), jnp.array(t, jnp.int32), flat
        split = ravel_pytree(self.parameters())[1] if flat else lambda theta: theta
        self.step = jax.jit(step_of(self.net, split), donate_argnames="state")
        self.start(lr=0.0)
        begun = time.process_time()
        self.take(1)
        self.compile_s = time.process_time() - begun  # the first call compiles

    def parameters(self) -> Any:
        return tuple(arrays_of(layer, layer.parameters) for layer in self.net.layers)

    def start(self, lr: float) -> None:
        """Begin anew: nnlib's weights, no steps taken."""
        theta = ravel_pytree(self.parameters())[0] if self.flat else self.parameters()
        self.state = State(
            theta,
            *(jax.tree.map(jnp.zeros_like, theta) for _ in range(2)),
            *(jnp.array(number, jnp.float32) for number in (0, lr)),
            tuple(arrays_of(layer, layer.statistics) for layer in self.net.layers),
        )

    def take(self, k: int) -> None:
        """Take k steps. JAX returns before a step is done, so each is waited for.

        As its guide to benchmarks has it, for the whole result, array by array. One vector is for those who
        tune: they wait for the loss alone, which is ready when all else is.
        """
        x, t, step, state = self.x, self.t, self.step, self.state
        for _ in range(k):
            loss, state = step(state, x, t)
            if self.flat:
                loss.block_until_ready()
            else:
                jax.block_until_ready((loss, state))
        self.loss, self.state = float(loss), state

    def vectors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """m, v and the running statistics, each as one vector in nnlib's order."""
        return tuple(np.asarray(ravel_pytree(a)[0]) for a in (self.state.m, self.state.v, self.state.statistics))


def arrays_of(layer: nnlib.Layer, names: Any) -> tuple[jax.Array, ...]:
    return tuple(jnp.array(getattr(layer, name), jnp.float32) for name in names)


def step_of(net: nnlib.Network, split: Callable[[Any], Any]) -> Callable[[State, Any, Any], tuple[Any, State]]:
    """Return the step for a network's layers; ``split`` makes a tuple of arrays for each layer of θ."""

    def loss_of(theta: Any, statistics: Any, x: Any, t: Any) -> tuple[Any, Any]:
        followed = []
        for layer, parameters, running in zip(net.layers, split(theta), statistics, strict=True):
            if isinstance(layer, nnlib.Dense):
                W, b = parameters
                x = x @ W + b
            elif isinstance(layer, nnlib.BatchNorm):
                gamma, beta = parameters
                batch = x.mean(axis=0), x.var(axis=0)
                x = (x - batch[0]) / jnp.sqrt(batch[1] + layer.eps) * gamma + beta
                keep = layer.momentum
                running = tuple(keep * old + (1 - keep) * new for old, new in zip(running, batch, strict=True))
            else:
                x = {nnlib.Sigmoid: jax.nn.sigmoid, nnlib.ReLU: jax.nn.relu}[type(layer)](x)
            followed.append(running)
        log_p = jnp.take_along_axis(jax.nn.log_softmax(x), t[:, None], axis=1)
        return -log_p.mean(), tuple(followed)

    def step(state: State, x: Any, t: Any) -> tuple[Any, State]:
        differentiated = jax.value_and_grad(loss_of, has_aux=True)
        (loss, statistics), grad = differentiated(state.theta, state.statistics, x, t)
        steps = state.steps + 1
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, state.m, grad)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, state.v, grad)
        c1, c2 = 1 - BETA1**steps, 1 - BETA2**steps
        theta = jax.tree.map(lambda p, m, v: p - state.lr * (m / c1) / (jnp.sqrt(v / c2) + EPS), state.theta, m, v)
        return loss, State(theta, m, v, steps, state.lr, statistics)

    return step
