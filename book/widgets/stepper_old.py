"""A small network as a figure that is walked through, one step forward or back at a time.

Everything is computed by nnlib when the notebook runs; the page that is stored needs no kernel and no network. Without
scripts it is a drawing with all its values, and the steps as a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
from IPython.display import HTML

import nnlib

BOX, GAP, LAYER, SMALL = 150, 96, 66, 38
COLUMNS = {1: [180], 2: [90, 270]}


@dataclass
class Step:
    """One step: what is computed, by which formula, and the entries one by one."""

    way: str
    title: str
    formula: str
    shapes: str
    lines: list[str]
    local: list[str]
    said: str


def long(value: float) -> str:
    return f"{value:.10f}".replace("-", "−")


def factor(value: float) -> str:
    """A number as it stands in a product: without the zeros at its end, in parentheses if it is negative."""
    text = long(value).rstrip("0").rstrip(".")
    return f"({text})" if value < 0 else text


def short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def name(letter: str, layer: int, *index: int) -> str:
    """A symbol in HTML: its letter, its layer above, its unit or units below; (0, …) is the input x."""
    if letter == "a" and layer == 0:
        letter, above = "x", ""
    else:
        above = f"<sup>({layer})</sup>"
    below = f"<sub>{''.join(str(i + 1) for i in index)}</sub>" if index else ""
    return f"<i>{letter}</i>{below}{above}"


def d(symbol: str) -> str:
    return f"∂<i>L</i>/∂{symbol}"


def listed(values: Iterable[float]) -> str:
    return ", ".join(short(value) for value in values)


def stepper(
    net: nnlib.Network,
    x: np.ndarray,
    t: np.ndarray,
    *,
    lr: float,
    update: str = "Wb",
    label: str,
) -> HTML:
    """Return the figure for one sample: x is ``(1, n_in)``, t is ``(1, K)``.

    The network is ``Dense`` and ``Sigmoid`` in turn, one or two units a layer, with the loss ``SquaredError``. The
    last step is one of gradient descent with ``lr``, on the weights alone where ``update`` is "W". The network's
    parameters stay as they were. ``label`` is the figure's id in the page.
    """
    dense, after = net.layers[::2], net.layers[1::2]
    good = all(isinstance(layer, nnlib.Dense) and layer.bias for layer in dense)
    good = (
        good
        and len(dense) == len(after)
        and all(isinstance(layer, nnlib.Sigmoid) for layer in after)
    )
    widths = [dense[0].n_in, *(layer.n_out for layer in dense)]
    if (
        not good
        or not isinstance(net.loss, nnlib.SquaredError)
        or max(widths) > 2
        or len(x) != 1
    ):
        raise ValueError(
            "stepper: expected one sample, Dense and Sigmoid in turn, at most 2 units, SquaredError"
        )

    depth = len(dense)
    z, a, slope = [np.empty(0)], [x], [np.empty(0)]
    for linear, bend in zip(dense, after, strict=True):
        z.append(linear.forward(a[-1]))
        a.append(bend.forward(z[-1]))
        slope.append(bend.backward(np.ones_like(a[-1])))
    loss, gradient = net.loss.value_and_grad(a[-1], t)
    g, delta, dW, db = {depth: gradient}, {}, {}, {}
    for layer in range(depth, 0, -1):
        delta[layer] = after[layer - 1].backward(g[layer])
        g[layer - 1] = dense[layer - 1].backward(delta[layer])
        dW[layer], db[layer] = dense[layer - 1].dW.copy(), dense[layer - 1].db.copy()
    W = {layer: dense[layer - 1].W for layer in range(1, depth + 1)}
    b = {layer: dense[layer - 1].b for layer in range(1, depth + 1)}
    stepped = a[0]
    for layer in range(1, depth + 1):
        bias = b[layer] - lr * db[layer] * ("b" in update)
        stepped = nnlib.Sigmoid().forward(stepped @ (W[layer] - lr * dW[layer]) + bias)
    new_loss = net.loss(stepped, t)

    n = [range(width) for width in widths]
    steps = [
        Step(
            "start",
            "One sample, its target, and the first weights",
            f"{name('x', 0).replace('<sup>(0)</sup>', '')} = ({', '.join(factor(v) for v in x[0])}), "
            f"<i>t</i> = ({', '.join(factor(v) for v in t[0])})",
            f"<i>x</i> is 1 × {widths[0]}, <i>t</i> is 1 × {widths[-1]}",
            [
                f"{name('W', at, j, k)} = {factor(W[at][j, k])}"
                for at in range(1, depth + 1)
                for j in n[at - 1]
                for k in n[at]
            ],
            [],
            f"input {listed(x[0])}, target {listed(t[0])}",
        )
    ]
    seen: dict[str, int] = {}  # at which step a value appears in the drawing
    for at in range(1, depth + 1):
        seen[f"z{at}"] = len(steps)
        lines = []
        for k in n[at]:
            products = " + ".join(
                f"{factor(a[at - 1][0, j])} · {factor(W[at][j, k])}" for j in n[at - 1]
            )
            lines.append(
                f"{name('z', at, k)} = {products} + {factor(b[at][k])} = <b>{long(z[at][0, k])}</b>"
            )
        steps.append(
            Step(
                "forward",
                f"Layer {at}: the weighted sums",
                f"{name('z', at)} = {name('a', at - 1)} {name('W', at)} + {name('b', at)}",
                f"1 × {widths[at]} = (1 × {widths[at - 1]}) ({widths[at - 1]} × {widths[at]}) + 1 × {widths[at]}",
                lines,
                [
                    f"∂{name('z', at, 0).replace('<sub>1</sub>', '<sub><i>k</i></sub>')}/∂<i>W</i><sub><i>jk</i></sub>"
                    f"<sup>({at})</sup> is the input on that line: {', '.join(factor(v) for v in a[at - 1][0])}"
                ],
                f"weighted sums {listed(z[at][0])}",
            )
        )
        seen[f"a{at}"] = len(steps)
        steps.append(
            Step(
                "forward",
                f"Layer {at}: the sigmoid",
                f"{name('a', at)} = σ({name('z', at)})",
                f"1 × {widths[at]}, entry by entry",
                [
                    f"{name('a', at, k)} = σ({factor(z[at][0, k])}) = <b>{long(a[at][0, k])}</b>"
                    for k in n[at]
                ],
                [
                    f"σ′({name('z', at, k)}) = {name('a', at, k)} (1 − {name('a', at, k)}) = {long(slope[at][0, k])}"
                    for k in n[at]
                ],
                f"activations {listed(a[at][0])}",
            )
        )
    seen["L"] = len(steps)
    squares = " + ".join(f"({factor(a[-1][0, k])} − {factor(t[0, k])})²" for k in n[-1])
    steps.append(
        Step(
            "forward",
            "The loss",
            f"<i>L</i> = ½ ‖{name('a', depth)} − <i>t</i>‖²",
            f"a number, from 1 × {widths[-1]}",
            [f"<i>L</i> = ½ [{squares}] = <b>{long(loss)}</b>"],
            [
                f"∂<i>L</i>/∂{name('a', depth, k)} = {name('a', depth, k)} − <i>t</i><sub>{k + 1}</sub>"
                for k in n[-1]
            ],
            f"loss {long(loss)}",
        )
    )
    seen[f"g{depth}"] = len(steps)
    steps.append(
        Step(
            "backward",
            "The loss answers first",
            f"{d(name('a', depth))} = {name('a', depth)} − <i>t</i>",
            f"1 × {widths[-1]}, as {name('a', depth)}",
            [
                f"{d(name('a', depth, k))} = {factor(a[-1][0, k])} − {factor(t[0, k])} = <b>{long(gradient[0, k])}</b>"
                for k in n[-1]
            ],
            [],
            f"derivatives {listed(gradient[0])}",
        )
    )
    for at in range(depth, 0, -1):
        seen[f"δ{at}"] = len(steps)
        steps.append(
            Step(
                "backward",
                f"Layer {at}: back through the sigmoid",
                f"{name('δ', at)} = {d(name('a', at))} ⊙ σ′({name('z', at)})",
                f"1 × {widths[at]}, entry by entry",
                [
                    f"{name('δ', at, k)} = {factor(g[at][0, k])} · {factor(slope[at][0, k])} = "
                    f"<b>{long(delta[at][0, k])}</b>"
                    for k in n[at]
                ],
                [f"the slope σ′({name('z', at)}), kept from the way forward"],
                f"deltas {listed(delta[at][0])}",
            )
        )
        seen[f"W{at}"] = len(steps)
        steps.append(
            Step(
                "backward",
                f"Layer {at}: the gradients of its weights and biases",
                f"{d(name('W', at))} = {name('a', at - 1)}<sup>⊤</sup> {name('δ', at)}, "
                f"{d(name('b', at))} = {name('δ', at)}",
                f"{widths[at - 1]} × {widths[at]} = ({widths[at - 1]} × 1) (1 × {widths[at]})",
                [
                    f"{d(name('W', at, j, k))} = {factor(a[at - 1][0, j])} · {factor(delta[at][0, k])} = "
                    f"<b>{long(dW[at][j, k])}</b>"
                    for j in n[at - 1]
                    for k in n[at]
                ],
                [f"{name('a', at - 1)}, what came in on the way forward"],
                f"gradients of the weights {listed(dW[at].ravel())}",
            )
        )
        if at > 1:
            seen[f"g{at - 1}"] = len(steps)
            lines = []
            for j in n[at - 1]:
                products = " + ".join(
                    f"{factor(delta[at][0, k])} · {factor(W[at][j, k])}" for k in n[at]
                )
                lines.append(
                    f"{d(name('a', at - 1, j))} = {products} = <b>{long(g[at - 1][0, j])}</b>"
                )
            steps.append(
                Step(
                    "backward",
                    f"Layer {at}: back through the weights",
                    f"{d(name('a', at - 1))} = {name('δ', at)} {name('W', at)}<sup>⊤</sup>",
                    f"1 × {widths[at - 1]} = (1 × {widths[at]}) ({widths[at]} × {widths[at - 1]})",
                    lines,
                    [f"{name('W', at)}, the weights as they were on the way forward"],
                    f"derivatives {listed(g[at - 1][0])}",
                )
            )
    seen["new"] = len(steps)
    which = "" if "b" in update else "; the biases stay as they are"
    steps.append(
        Step(
            "update",
            f"One step of gradient descent, η = {factor(lr)}{which}",
            f"<i>W</i> ← <i>W</i> − η {d('<i>W</i>')}",
            ", ".join(
                f"{name('W', at)} is {widths[at - 1]} × {widths[at]}"
                for at in range(1, depth + 1)
            ),
            [
                f"{name('W', at, j, k)} = {factor(W[at][j, k])} − {factor(lr)} · {factor(dW[at][j, k])} = "
                f"<b>{long(W[at][j, k] - lr * dW[at][j, k])}</b>"
                for at in range(1, depth + 1)
                for j in n[at - 1]
                for k in n[at]
            ],
            [f"with these weights the loss of the sample is <b>{long(new_loss)}</b>"],
            f"new weights; the loss would be {long(new_loss)}",
        )
    )
    drawing = draw(widths, x, t, W, b, z, a, loss, g, delta, dW, lr, seen)
    return HTML(page(steps, drawing, label, widths))


def draw(widths, x, t, W, b, z, a, loss, g, delta, dW, lr, seen) -> str:
    """The network as SVG, from the inputs down to the loss; data-at is the step at which a part appears."""
    depth = len(widths) - 1
    tops = [
        6 + (SMALL + GAP if i else 0) + (LAYER + GAP) * max(i - 1, 0)
        for i in range(depth + 1)
    ]
    bottoms = [top + (LAYER if i else SMALL) for i, top in enumerate(tops)]
    places = [COLUMNS[width] for width in widths]
    end = bottoms[-1] + 44
    parts: list[str] = []

    def write(
        px: float,
        py: float,
        text: str,
        at: int,
        kind: str = "",
        until: int | None = None,
    ) -> None:
        gone = f' data-until="{until}"' if until is not None else ""
        parts.append(
            f'<text x="{px:g}" y="{py:g}" class="{kind}" data-at="{at}"{gone}>{escape(text)}</text>'
        )

    def box(px: float, top: float, high: float, steps: list[int]) -> None:
        on = " ".join(map(str, steps))
        parts.append(
            f'<rect x="{px - BOX / 2:g}" y="{top:g}" width="{BOX}" height="{high}" rx="6" class="box" data-on="{on}"/>'
        )

    labels = []
    for layer, (left, right) in enumerate(pairwise(places), start=1):
        top, bottom = bottoms[layer - 1], tops[layer]
        steps = [
            seen[f"z{layer}"],
            seen[f"W{layer}"],
            seen["new"],
            *([seen[f"g{layer - 1}"]] if layer > 1 else []),
        ]
        for j, start in enumerate(left):
            for k, stop in enumerate(right):
                on = " ".join(map(str, steps))
                parts.append(
                    f'<path d="M{start} {top}L{stop} {bottom}" class="edge" data-on="{on}"/>'
                )
                share = 0.74 if start == stop else 0.3
                px, py = start + (stop - start) * share, top + (bottom - top) * share
                labels.append((px, py, layer, j, k))
    parts.append("<g class='halo'>")
    for px, py, layer, j, k in labels:
        old, slope = W[layer][j, k], dW[layer][j, k]
        write(px, py, f"W{j + 1}{k + 1}={short(old)}", 0, "mid", seen["new"])
        write(px, py, f"W{j + 1}{k + 1}={short(old - lr * slope)}", seen["new"], "mid")
        write(px, py + 12, f"∂={short(slope)}", seen[f"W{layer}"], "mid back")
    parts.append("</g>")
    for i, px in enumerate(places[0]):
        box(px, tops[0], SMALL, [0, seen["z1"]])
        write(px, tops[0] + 24, f"x{i + 1} = {short(x[0, i])}", 0, "mid")
    for layer in range(1, depth + 1):
        for i, px in enumerate(places[layer]):
            top, left, right = tops[layer], px - BOX / 2 + 7, px + 6
            box(px, top, LAYER, [seen[f"{letter}{layer}"] for letter in "zagδ"])
            write(
                px,
                top + 15,
                f"layer {layer}, unit {i + 1}: b = {short(b[layer][i])}",
                0,
                "mid soft",
            )
            write(left, top + 35, f"z {short(z[layer][0, i])}", seen[f"z{layer}"])
            write(left, top + 54, f"a {short(a[layer][0, i])}", seen[f"a{layer}"])
            write(
                right,
                top + 35,
                f"δ {short(delta[layer][0, i])}",
                seen[f"δ{layer}"],
                "back",
            )
            write(
                right,
                top + 54,
                f"∂a {short(g[layer][0, i])}",
                seen[f"g{layer}"],
                "back",
            )
    for i, px in enumerate(places[-1]):
        on = f"{seen['L']} {seen[f'g{depth}']}"
        parts.append(
            f'<path d="M{px} {bottoms[-1]}L180 {end}" class="edge" data-on="{on}"/>'
        )
        write(
            px + (30 if px > 180 else -30 if px < 180 else 40),
            end - 14,
            f"t{i + 1} = {short(t[0, i])}",
            0,
            "mid soft",
        )
    box(180, end, SMALL, [seen["L"]])
    write(180, end + 24, f"L = {short(loss)}", seen["L"], "mid")
    said = (
        f"The network {'-'.join(map(str, widths))}, from its inputs at the top to the loss at the bottom. "
        "Its values are in the steps."
    )
    return (
        f'<svg viewBox="0 0 360 {end + SMALL + 6}" role="img" aria-label="{said}">\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def page(steps: list[Step], drawing: str, label: str, widths: list[int]) -> str:
    items = []
    last = len(steps) - 1
    for number, step in enumerate(steps):
        way = {
            "start": "Start",
            "forward": "Forward ↓",
            "backward": "Back ↑",
            "update": "Update",
        }[step.way]
        local = "<br>".join(step.local)
        lead = "Then, " if step.way == "update" else "Local derivative: "
        items.append(
            f'<li data-said="Step {number} of {last}, {step.way}. {escape(step.title)}: {escape(step.said)}">\n'
            f'<p class="title"><span class="{step.way}">{way}</span> {step.title}</p>\n'
            f'<p class="formula">{step.formula}</p>\n<p class="shapes">Shapes: {step.shapes}</p>\n'
            f'<div class="values">{"".join(f"<p>{line}</p>" for line in step.lines)}</div>\n'
            + (f'<p class="local">{lead}{local}</p>\n' if local else "")
            + "</li>"
        )
    return f"""<div class="nn-stepper" id="{label}" role="group" aria-label="A network, step by step">
<style>{CSS}</style>
<div class="controls" hidden>
<button type="button" class="previous">◀ step back</button>
<button type="button" class="next">step on ▶</button>
<label><span class="place">step 0 of {last}</span>
<input type="range" min="0" max="{last}" step="1" value="0" aria-label="step"></label>
</div>
<p class="said" role="status" aria-live="polite"></p>
<div class="stage">
{drawing}
<ol start="0">
{chr(10).join(items)}
</ol>
</div>
<script>{SCRIPT.replace("ID", label)}</script>
</div>"""


CSS = """
.nn-stepper { --ink: #24292f; --soft: #59636e; --line: #8a949e; --paper: #ffffff; --go: #0061a0;
  --back: #a33b00; --lit: #e3eef7; color: var(--ink); font-size: .95rem; line-height: 1.45; margin: .5rem 0;
  position: relative; }
html[data-theme=dark] .nn-stepper, body[data-jp-theme-light=false] .nn-stepper {
  --ink: #e6e8eb; --soft: #a8b0ba; --line: #6b7580;
  --paper: #16191d; --go: #7cc4f2; --back: #ff9f5e; --lit: #22303b; }
.nn-stepper [hidden] { display: none !important; }
.nn-stepper .controls { margin-bottom: .75rem; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; }
.nn-stepper button { font: inherit; min-height: 2.25rem; padding: .2rem .8rem; color: var(--ink); background: none;
  border: 1px solid var(--soft); border-radius: 4px; cursor: pointer; }
.nn-stepper button:disabled { color: var(--soft); border-style: dotted; cursor: default; }
.nn-stepper label { display: flex; flex: 1 1 12rem; align-items: center; gap: .6rem; margin: 0; }
.nn-stepper .place { white-space: nowrap; font-variant-numeric: tabular-nums; }
.nn-stepper input { flex: 1; min-width: 5rem; height: 1.75rem; accent-color: var(--go); }
.nn-stepper :is(button, input):focus-visible { outline: 2px solid var(--go); outline-offset: 1px; border-radius: 4px; }
.nn-stepper p { margin: 0 0 .3rem; }
.nn-stepper .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.nn-stepper .stage { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
.nn-stepper svg { flex: 1 1 18rem; min-width: 0; max-width: 26rem; width: 100%; height: auto; background: none; }
.nn-stepper svg text { font: 11.5px sans-serif; fill: var(--ink); }
.nn-stepper svg .mid { text-anchor: middle; }
.nn-stepper svg .soft { fill: var(--soft); }
.nn-stepper svg .back { fill: var(--back); }
.nn-stepper svg .halo text { font-size: 11px; stroke: var(--paper); stroke-width: 5px; paint-order: stroke;
  stroke-linejoin: round; }
.nn-stepper svg .now { font-weight: bold; }
.nn-stepper svg .box { fill: var(--paper); stroke: var(--line); }
.nn-stepper svg .edge { stroke: var(--line); stroke-width: 1.2; fill: none; }
.nn-stepper svg .box.on { stroke: var(--go); stroke-width: 2.5; fill: var(--lit); }
.nn-stepper svg .edge.on { stroke: var(--go); stroke-width: 2.5; }
.nn-stepper.backward svg .on { stroke: var(--back); }
.nn-stepper ol { flex: 1 1 18rem; min-width: 0; margin: 0; padding-left: 1.6rem; }
.nn-stepper.live ol { display: grid; list-style: none; padding: 0; }
.nn-stepper.live li { grid-area: 1 / 1; min-width: 0; }
@media screen { .nn-stepper.live li:not(.on) { visibility: hidden; } }
@media print { .nn-stepper.live ol { display: block; } }
.nn-stepper li { margin-bottom: .8rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.nn-stepper .title { font-weight: 600; }
.nn-stepper .title span { color: var(--go); }
.nn-stepper .title .backward { color: var(--back); }
.nn-stepper .formula { font: 1.15rem/1.6 Georgia, "DejaVu Serif", serif; }
.nn-stepper .shapes, .nn-stepper .local { color: var(--soft); }
.nn-stepper sup, .nn-stepper sub { font-size: .7em; line-height: 0; }
.cell_output .text_html:has(> .nn-stepper) { background: none !important; padding: 0 !important; overflow: visible; }
"""

SCRIPT = """
(() => {
  const root = document.getElementById("ID");
  if (!root || root.classList.contains("live")) return;
  const find = (what) => [...root.querySelectorAll(what)];
  const [items, texts, parts] = [find("li"), find("[data-at]"), find("[data-on]")];
  const [previous, next, slider] = ["button.previous", "button.next", "input"].map((what) => root.querySelector(what));
  let at = 0;
  function show(step) {
    at = Math.min(Math.max(step, 0), items.length - 1);
    items.forEach((item, i) => item.classList.toggle("on", i === at));
    for (const text of texts) {
      const [from, until] = [Number(text.dataset.at), Number(text.dataset.until ?? Infinity)];
      text.style.visibility = from <= at && at < until ? "visible" : "hidden";
      text.classList.toggle("now", from === at && at > 0);
    }
    for (const part of parts) part.classList.toggle("on", part.dataset.on.split(" ").includes(String(at)));
    const said = items[at].dataset.said;
    root.classList.toggle("backward", said.includes(", backward."));
    root.querySelector(".said").textContent = said;
    root.querySelector(".place").textContent = `step ${at} of ${items.length - 1}`;
    slider.value = at;
    slider.setAttribute("aria-valuetext", said);
    const held = document.activeElement;
    previous.disabled = at === 0;
    next.disabled = at === items.length - 1;
    if (held === previous && at === 0) next.focus();
    if (held === next && next.disabled) previous.focus();
  }
  previous.addEventListener("click", () => show(at - 1));
  next.addEventListener("click", () => show(at + 1));
  slider.addEventListener("input", () => show(Number(slider.value)));
  root.classList.add("live");
  root.querySelector(".controls").hidden = false;
  show(0);
})();
"""
