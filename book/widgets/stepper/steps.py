"""The steps of a walk, in words, symbols and numbers: what is computed, by which formula, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .symbols import d, factor, listed, long, name, plain
from .walk import Walk


@dataclass
class Step:
    """One step. ``key`` names the value that appears in it: "z1", "L", "W2" …; ``text`` is for screen readers."""

    key: str
    way: str
    title: str
    formula: str
    shapes: str
    lines: list[str]
    text: str
    local: list[str] = field(default_factory=list)

    def encode(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "key"}

    def plain(self) -> str:
        """All of it as one text, for a page without scripts."""
        parts = [f"{self.title}: {self.formula}", f"shapes: {self.shapes}", *self.lines, *self.local]
        return plain("; ".join(parts)) + "."


def all_steps(walk: Walk) -> list[Step]:
    layers = range(1, walk.depth + 1)
    steps = [start(walk)]
    for layer in layers:
        steps += [weighted_sums(walk, layer), sigmoid(walk, layer)]
    steps += [loss(walk), loss_back(walk)]
    for layer in reversed(layers):
        steps += [sigmoid_back(walk, layer), gradients(walk, layer)]
        if layer > 1:
            steps.append(weights_back(walk, layer))
    return [*steps, update(walk)]


def start(walk: Walk) -> Step:
    x, t = walk.a[0], walk.t
    return Step(
        key="start",
        way="start",
        title="One sample, its target, and the first weights",
        formula=f"*x* = ({', '.join(map(factor, x))}), *t* = ({', '.join(map(factor, t))})",
        shapes=f"*x* is 1 × {len(x)}, *t* is 1 × {len(t)}",
        lines=[f"{name('W', at, j, k)} = {factor(walk.W[at][j, k])}" for at, j, k in weights(walk)],
        text=f"input {listed(x)}, target {listed(t)}",
    )


def weighted_sums(walk: Walk, at: int) -> Step:
    n_in, n = walk.widths[at - 1 : at + 1]
    x, W, b, z = walk.a[at - 1], walk.W[at], walk.b[at], walk.z[at]
    lines = []
    for k in range(n):
        products = " + ".join(f"{factor(x[j])} · {factor(W[j, k])}" for j in range(n_in))
        lines.append(f"{name('z', at, k)} = {products} + {factor(b[k])} = **{long(z[k])}**")
    local = f"∂{name('z', at, 'k')}/∂{name('W', at, 'j', 'k')} is the input on that line: {', '.join(map(factor, x))}"
    return Step(
        key=f"z{at}",
        way="forward",
        title=f"Layer {at}: the weighted sums",
        formula=f"{name('z', at)} = {name('a', at - 1)} {name('W', at)} + {name('b', at)}",
        shapes=f"1 × {n} = (1 × {n_in}) ({n_in} × {n}) + 1 × {n}",
        lines=lines,
        local=[local],
        text=f"weighted sums {listed(z)}",
    )


def sigmoid(walk: Walk, at: int) -> Step:
    units = range(walk.widths[at])
    z, a, slope = walk.z[at], walk.a[at], walk.slope[at]
    return Step(
        key=f"a{at}",
        way="forward",
        title=f"Layer {at}: the sigmoid",
        formula=f"{name('a', at)} = σ({name('z', at)})",
        shapes=f"1 × {len(a)}, entry by entry",
        lines=[f"{name('a', at, k)} = σ({factor(z[k])}) = **{long(a[k])}**" for k in units],
        local=[
            f"σ′({name('z', at, k)}) = {name('a', at, k)} (1 − {name('a', at, k)}) = {long(slope[k])}" for k in units
        ],
        text=f"activations {listed(a)}",
    )


def loss(walk: Walk) -> Step:
    at, units = walk.depth, range(walk.widths[-1])
    y, t = walk.a[-1], walk.t
    squares = " + ".join(f"({factor(y[k])} − {factor(t[k])})²" for k in units)
    return Step(
        key="L",
        way="forward",
        title="The loss",
        formula=f"*L* = ½ ‖{name('a', at)} − *t*‖²",
        shapes=f"a number, from 1 × {len(y)}",
        lines=[f"*L* = ½ [{squares}] = **{long(walk.loss)}**"],
        local=[f"{d(name('a', at, k))} = {name('a', at, k)} − *t*_{{{k + 1}}}" for k in units],
        text=f"loss {long(walk.loss)}",
    )


def loss_back(walk: Walk) -> Step:
    at = walk.depth
    y, t, g = walk.a[-1], walk.t, walk.g[-1]
    return Step(
        key=f"g{at}",
        way="backward",
        title="The loss answers first",
        formula=f"{d(name('a', at))} = {name('a', at)} − *t*",
        shapes=f"1 × {len(y)}, as {name('a', at)}",
        lines=[f"{d(name('a', at, k))} = {factor(y[k])} − {factor(t[k])} = **{long(g[k])}**" for k in range(len(y))],
        text=f"derivatives {listed(g)}",
    )


def sigmoid_back(walk: Walk, at: int) -> Step:
    g, slope, delta = walk.g[at], walk.slope[at], walk.delta[at]
    return Step(
        key=f"δ{at}",
        way="backward",
        title=f"Layer {at}: back through the sigmoid",
        formula=f"{name('δ', at)} = {d(name('a', at))} ⊙ σ′({name('z', at)})",
        shapes=f"1 × {len(g)}, entry by entry",
        lines=[
            f"{name('δ', at, k)} = {factor(g[k])} · {factor(slope[k])} = **{long(delta[k])}**" for k in range(len(g))
        ],
        local=[f"the slope σ′({name('z', at)}), kept from the way forward"],
        text=f"deltas {listed(delta)}",
    )


def gradients(walk: Walk, at: int) -> Step:
    n_in, n = walk.widths[at - 1 : at + 1]
    x, delta, dW = walk.a[at - 1], walk.delta[at], walk.dW[at]
    return Step(
        key=f"W{at}",
        way="backward",
        title=f"Layer {at}: the gradients of its weights and biases",
        formula=(
            f"{d(name('W', at))} = {name('a', at - 1)}^{{⊤}} {name('δ', at)}, {d(name('b', at))} = {name('δ', at)}"
        ),
        shapes=f"{n_in} × {n} = ({n_in} × 1) (1 × {n})",
        lines=[
            f"{d(name('W', at, j, k))} = {factor(x[j])} · {factor(delta[k])} = **{long(dW[j, k])}**"
            for j in range(n_in)
            for k in range(n)
        ],
        local=[f"{name('a', at - 1)}, what came in on the way forward"],
        text=f"gradients of the weights {listed(dW.ravel())}",
    )


def weights_back(walk: Walk, at: int) -> Step:
    n_in, n = walk.widths[at - 1 : at + 1]
    delta, W, g = walk.delta[at], walk.W[at], walk.g[at - 1]
    lines = []
    for j in range(n_in):
        products = " + ".join(f"{factor(delta[k])} · {factor(W[j, k])}" for k in range(n))
        lines.append(f"{d(name('a', at - 1, j))} = {products} = **{long(g[j])}**")
    return Step(
        key=f"g{at - 1}",
        way="backward",
        title=f"Layer {at}: back through the weights",
        formula=f"{d(name('a', at - 1))} = {name('δ', at)} {name('W', at)}^{{⊤}}",
        shapes=f"1 × {n_in} = (1 × {n}) ({n} × {n_in})",
        lines=lines,
        local=[f"{name('W', at)}, the weights as they were on the way forward"],
        text=f"derivatives {listed(g)}",
    )


def update(walk: Walk) -> Step:
    kept = "" if walk.with_biases else "; the biases stay as they are"
    lines = []
    for at, j, k in weights(walk):
        change = f"{factor(walk.W[at][j, k])} − {factor(walk.lr)} · {factor(walk.dW[at][j, k])}"
        lines.append(f"{name('W', at, j, k)} = {change} = **{long(walk.new_W[at][j, k])}**")
    for at in range(1, walk.depth + 1) if walk.with_biases else ():
        for k in range(walk.widths[at]):
            change = f"{factor(walk.b[at][k])} − {factor(walk.lr)} · {factor(walk.delta[at][k])}"
            lines.append(f"{name('b', at, k)} = {change} = **{long(walk.new_b[at][k])}**")
    return Step(
        key="new",
        way="update",
        title=f"One step of gradient descent, η = {factor(walk.lr)}{kept}",
        formula=f"*W* ← *W* − η {d('*W*')}" + (f", *b* ← *b* − η {d('*b*')}" if walk.with_biases else ""),
        shapes=", ".join(
            f"{name('W', at)} is {walk.widths[at - 1]} × {walk.widths[at]}" for at in range(1, walk.depth + 1)
        ),
        lines=lines,
        local=[f"with these weights the loss of the sample is **{long(walk.new_loss)}**"],
        text=f"new weights; the loss would be {long(walk.new_loss)}",
    )


def weights(walk: Walk) -> list[tuple[int, int, int]]:
    """(layer, from unit, to unit) of every weight."""
    return [
        (at, j, k)
        for at in range(1, walk.depth + 1)
        for j in range(walk.widths[at - 1])
        for k in range(walk.widths[at])
    ]
