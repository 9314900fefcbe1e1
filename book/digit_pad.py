"""A pad on which a reader draws an 8 × 8 digit, and a trained network answers in the page.

The network's weights, folded into one Dense layer for each pair of Dense and BatchNorm, are part of the figure, and a
few lines of script compute what nnlib would: the page needs no kernel and no network. Without scripts the figure
shows one image and what nnlib answers to it.
"""

from __future__ import annotations

import base64
import json
from html import escape
from itertools import pairwise

import numpy as np
from IPython.display import HTML

import nnlib

SIDE, LEVELS = 8, 16
BUDGET = 200_000  # bytes that a figure may add to a page
ACTIVATIONS = {nnlib.Sigmoid: "sigmoid", nnlib.ReLU: "relu"}


def fold(net: nnlib.Network) -> list[tuple[np.ndarray, np.ndarray, str]]:
    """Return weights, biases and activation of each dense layer, its BatchNorm folded in.

    In evaluation mode γ(xW + b − μ)/√(σ² + ε) + β is x(Ws) + (b − μ)s + β with
    s = γ/√(σ² + ε), one factor a column. W is ``(n_in, n_out)`` and b ``(n_out,)``; the
    activation is "sigmoid", "relu" or, where there is none, "". Dense, BatchNorm and one
    of these two are all the layers that are understood.
    """
    folded: list[tuple[np.ndarray, np.ndarray, str]] = []
    for before, layer in pairwise((None, *net.layers)):
        if isinstance(layer, nnlib.Dense):
            bias = layer.b if layer.bias else 0.0
            folded.append((layer.W.copy(), np.zeros(layer.n_out) + bias, ""))
        elif isinstance(layer, nnlib.BatchNorm) and isinstance(before, nnlib.Dense):
            W, b, _ = folded[-1]
            s = layer.gamma / np.sqrt(layer.running_var + layer.eps)
            folded[-1] = W * s, (b - layer.running_mean) * s + layer.beta, ""
        elif type(layer) in ACTIVATIONS and folded and not folded[-1][2]:
            folded[-1] = *folded[-1][:2], ACTIVATIONS[type(layer)]
        else:
            raise ValueError(
                f"fold: expected Dense, BatchNorm after it, Sigmoid or ReLU, got {layer}"
            )
    return folded


def digit_pad(
    net: nnlib.Network,
    training: tuple[np.ndarray, np.ndarray],
    examples: tuple[np.ndarray, np.ndarray],
    *,
    far: int,
    label: str,
) -> HTML:
    """Return the pad; ``net`` takes images ``(N, 64)`` between 0 and 1 and gives ten logits.

    ``training`` and ``examples`` are images of whole numbers from 0 to 16, ``(n, 64)``, with
    their labels ``(n,)``: what the network was trained on, and what the reader may load and change, the
    first of them to begin with. A drawing whose squared distance to each training image is above ``far``
    is called strange. ``label`` is the figure's id in the page.
    """
    layers = fold(net)
    good = layers[0][0].shape[0] == SIDE**2 and layers[-1][0].shape[1] == 10
    if not (good and isinstance(net.loss, nnlib.SoftmaxCrossEntropy)):
        raise ValueError(
            "digit_pad: expected 64 inputs, ten outputs, SoftmaxCrossEntropy"
        )
    data = {
        "layers": [
            {"shape": W.shape, "W": encoded(W), "b": encoded(b), "bend": bend}
            for W, b, bend in layers
        ],
        "training": written("training", *training),
        "examples": written("examples", *examples),
        "far": int(far),
    }
    first = np.asarray(examples[0])[0]
    p = net.predict_proba(first[None] / LEVELS)[0]
    right = net.predict(np.asarray(examples[0]) / LEVELS) == examples[1]
    loads = [
        (f"{k}", f"test image {n}, {article(k)} {k}")
        if good
        else (
            f"{k} (misread)",
            f"test image {n}, {article(k)} {k} that the network gets wrong",
        )
        for n, (k, good) in enumerate(zip(examples[1], right, strict=True), start=1)
    ]
    html = page(json.dumps(data, separators=(",", ":")), first, p, loads, label)
    if len(html.encode()) > BUDGET:
        raise ValueError(
            f"digit_pad: {len(html.encode())} bytes, more than {BUDGET}; give it fewer training images"
        )
    return HTML(html)


def encoded(array: np.ndarray) -> str:
    return base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")


def written(what: str, images: np.ndarray, labels: np.ndarray) -> dict[str, str]:
    """Images as letters, A for 0 to Q for 16, and labels as digits."""
    images, labels = np.asarray(images), np.asarray(labels)
    whole = images.ndim == 2 and images.shape[1] == SIDE**2
    whole = whole and len(images) > 0 and np.isin(images, range(LEVELS + 1)).all()
    if (
        not whole
        or labels.shape != (len(images),)
        or not np.isin(labels, range(10)).all()
    ):
        raise ValueError(
            f"digit_pad: {what}: expected images (n, 64) of whole numbers from 0 to 16 and n labels from 0 "
            f"to 9, got {images.shape} and {labels.shape}"
        )
    letters = (images.astype(np.uint8) + ord("A")).tobytes().decode("ascii")
    return {"pixels": letters, "labels": "".join(map(str, labels.tolist()))}


def page(
    data: str,
    first: np.ndarray,
    p: np.ndarray,
    images: list[tuple[str, str]],
    label: str,
) -> str:
    rows = []
    for r in range(SIDE):
        cells = "".join(
            f'<div role="gridcell" id="{label}-{r}-{c}" style="--v:{first[SIDE * r + c] / LEVELS:g}" '
            f'aria-label="row {r + 1}, column {c + 1}: ink {first[SIDE * r + c]:.0f}"></div>'
            for c in range(SIDE)
        )
        rows.append(f'<div role="row">{cells}</div>')
    bars = "\n".join(
        f'<li style="--p:{v:.3f}"><b>{k}</b><i></i><span>{100 * v:.1f} %</span></li>'
        for k, v in enumerate(p)
    )
    loads = "".join(
        f'<button type="button" data-load="{n}" aria-label="load {about}">{text}</button>'
        for n, (text, about) in enumerate(images)
    )
    moves = "".join(
        f'<button type="button" data-move="{dr},{dc}" aria-label="move the drawing {name}">{sign}</button>'
        for dr, dc, name, sign in MOVES
    )
    guess = int(np.argmax(p))
    sure = "above 0.99" if p[guess] >= 0.995 else f"{p[guess]:.2f}"
    said = f"The network says {guess}, with probability {sure}."
    return f"""<div class="nn-pad" id="{label}" role="group" aria-label="Draw a digit, and the network answers">
<style>{CSS}</style>
<p class="help" id="{label}-help">{escape(STILL)}</p>
<div class="stage">
<div class="board" role="grid" aria-label="drawing, 8 by 8 cells" aria-describedby="{label}-help">
{chr(10).join(rows)}
</div>
<ol class="bars" aria-label="probability of each digit">
{bars}
</ol>
</div>
<p class="said" role="status">{said}</p>
<div class="near" hidden><canvas width="{SIDE}" height="{SIDE}" role="img" aria-label=""></canvas><p></p></div>
<div class="tools" hidden>
<div><button type="button" class="clear">Clear</button><button type="button" class="erase" aria-pressed="false">Erase</button></div>
<div role="group" aria-label="move the drawing"><span>move</span>{moves}</div>
<div role="group" aria-label="load a test image"><span>load a test image</span>{loads}</div>
</div>
<script type="application/json">{data}</script>
<script>{SCRIPT.replace("ID", label)}</script>
</div>"""


def article(k: int) -> str:
    return "an" if k == 8 else "a"


MOVES = [
    (0, -1, "left", "←"),
    (-1, 0, "up", "↑"),
    (1, 0, "down", "↓"),
    (0, 1, "right", "→"),
]
STILL = "A test image, and what the network answers. (To draw here yourself, allow scripts.)"

CSS = """
.nn-pad { --ink: #24292f; --soft: #59636e; --line: #c4cad1; --paper: #ffffff; --go: #0061a0; --lit: #bcd9ee;
  color: var(--ink); font-size: .95rem; line-height: 1.45; margin: .5rem 0; }
html[data-theme=dark] .nn-pad, body[data-jp-theme-light=false] .nn-pad {
  --ink: #e6e8eb; --soft: #a8b0ba; --line: #434b54; --paper: #16191d; --go: #7cc4f2; --lit: #2c5878; }
.nn-pad [hidden] { display: none !important; }
.nn-pad p { margin: 0 0 .5rem; }
.nn-pad .stage { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: center; margin-bottom: .6rem; }
.nn-pad .board { flex: 0 0 min(17rem, 100%); aspect-ratio: 1; display: grid; grid-template-rows: repeat(8, 1fr);
  gap: 1px; padding: 1px; background: var(--line); touch-action: none; user-select: none; -webkit-user-select: none; }
.nn-pad.live .board { cursor: crosshair; }
.nn-pad .board:focus-visible { outline: 2px solid var(--go); outline-offset: 2px; }
.nn-pad [role=row] { display: grid; grid-template-columns: repeat(8, 1fr); gap: 1px; }
.nn-pad [role=gridcell] { background: var(--paper); position: relative; }
.nn-pad [role=gridcell]::after { content: ""; position: absolute; inset: 0; background: var(--ink); opacity: var(--v); }
.nn-pad .board:focus-visible .at { outline: 3px solid var(--go); outline-offset: -2px; z-index: 1; }
.nn-pad .bars { flex: 1 1 14rem; min-width: 0; margin: 0; padding: 0; list-style: none;
  font-variant-numeric: tabular-nums; }
.nn-pad .bars li { display: grid; grid-template-columns: 1rem 1fr 4.5rem; gap: .5rem; align-items: center; margin: 0; }
.nn-pad .bars b { font-weight: normal; }
.nn-pad .bars i { height: .8rem; background: linear-gradient(var(--lit), var(--lit)) no-repeat
  0 0 / calc(var(--p) * 100%) 100%; border-left: 1px solid var(--soft); }
.nn-pad .bars span { text-align: right; color: var(--soft); white-space: nowrap; }
.nn-pad .bars .top b, .nn-pad .bars .top span { font-weight: bold; color: var(--ink); }
.nn-pad .bars .top i { background-image: linear-gradient(var(--go), var(--go)); }
.nn-pad .said { min-height: 2.9em; }
.nn-pad .near { display: flex; gap: .75rem; align-items: center; margin-bottom: .6rem; min-height: 3.2rem; }
.nn-pad .near p { margin: 0; color: var(--soft); }
.nn-pad canvas { flex: none; width: 3rem; height: 3rem; image-rendering: pixelated; border: 1px solid var(--line); }
.nn-pad .tools { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; }
.nn-pad .tools > div { display: flex; flex-wrap: wrap; gap: .3rem; align-items: center; }
.nn-pad .tools span { color: var(--soft); margin-right: .2rem; }
.nn-pad button { font: inherit; min-height: 2rem; min-width: 2rem; padding: .1rem .55rem; color: var(--ink);
  background: none; border: 1px solid var(--soft); border-radius: 4px; cursor: pointer; }
.nn-pad button[aria-pressed=true] { background: var(--lit); }
.nn-pad button:focus-visible { outline: 2px solid var(--go); outline-offset: 1px; }
.cell_output .text_html:has(> .nn-pad) { background: none !important; padding: 0 !important; overflow: visible; }
@media print { .nn-pad .tools { display: none; } }
"""

SCRIPT = """
(() => {
  const root = document.getElementById("ID");
  if (!root || root.classList.contains("live")) return;
  const find = (what) => root.querySelector(what);
  const [board, said, near, erase] = [".board", ".said", ".near", ".erase"].map(find);
  const cells = [...root.querySelectorAll("[role=gridcell]")];
  const bars = [...root.querySelectorAll(".bars li")];
  const data = JSON.parse(find("script[type='application/json']").textContent);
  const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const layers = data.layers.map((one) => ({ ...one, W: floats(one.W), b: floats(one.b) }));
  const images = (kept) => [...kept.labels].map((k, n) =>
    ({ label: Number(k), ink: Array.from(kept.pixels.slice(64 * n, 64 * n + 64), (c) => c.charCodeAt(0) - 65) }));
  const [training, examples] = [images(data.training), images(data.examples)];
  let ink = [...examples[0].ink];
  let [row, column] = [3, 3];

  const bends = {
    sigmoid: (z) => 1 / (1 + Math.exp(-z)),
    relu: (z) => Math.max(z, 0),
    "": (z) => z,
  };
  // The forward pass: z = xW + b, W row by row; then softmax.
  function answer(levels) {
    let x = levels.map((v) => v / 16);
    for (const { shape: [n, m], W, b, bend } of layers) {
      const z = Array.from(b);
      for (let j = 0; j < n; j++) for (let k = 0; k < m; k++) z[k] += x[j] * W[j * m + k];
      x = z.map(bends[bend]);
    }
    const top = Math.max(...x);
    const e = x.map((z) => Math.exp(z - top));
    const sum = e.reduce((a, b) => a + b);
    return e.map((v) => v / sum);
  }
  function nearest(levels) {
    let [best, least] = [training[0], Infinity];
    for (const image of training) {
      let d = 0;
      for (let n = 0; n < 64 && d < least; n++) d += (image.ink[n] - levels[n]) ** 2;
      if (d < least) [best, least] = [image, d];
    }
    return [best, least];
  }
  const a = (k) => (k === 8 ? "an 8" : `a ${k}`);

  function show(speak) {
    const p = answer(ink);
    const guess = p.indexOf(Math.max(...p));
    root.dataset.p = p.map((v) => v.toPrecision(7)).join(" ");
    root.dataset.ink = ink.join(" ");
    cells.forEach((cell, n) => {
      cell.style.setProperty("--v", ink[n] / 16);
      cell.setAttribute("aria-label", `row ${(n >> 3) + 1}, column ${(n & 7) + 1}: ink ${ink[n]}`);
    });
    const blank = ink.every((v) => v === 0);
    bars.forEach((bar, k) => {
      bar.style.setProperty("--p", p[k].toFixed(3));
      bar.classList.toggle("top", k === guess && !blank);
      bar.querySelector("span").textContent = `${(100 * p[k]).toFixed(1)} %`;
    });
    const [image, distance] = nearest(ink);
    near.style.visibility = blank ? "hidden" : "visible";
    const pixels = near.querySelector("canvas").getContext("2d");
    const colours = getComputedStyle(root);
    pixels.fillStyle = colours.getPropertyValue("--paper");
    pixels.fillRect(0, 0, 8, 8);
    pixels.fillStyle = colours.getPropertyValue("--ink");
    image.ink.forEach((v, n) => { pixels.globalAlpha = v / 16; pixels.fillRect(n & 7, n >> 3, 1, 1); });
    pixels.globalAlpha = 1;
    near.querySelector("canvas").setAttribute("aria-label", `the most similar training image, ${a(image.label)}`);
    near.querySelector("p").textContent = `The most similar of the ${training.length} training images is ${a(image.label)}.`;
    const sure = `${guess}, with probability ${p[guess] >= 0.995 ? "above 0.99" : p[guess].toFixed(2)}`;
    const text = blank ? `The pad is blank. The network cannot say so: it would still answer ${sure}.`
      : `The network says ${sure}.` + (distance > data.far
        ? " But the drawing is unlike anything it was trained on." : "");
    if (speak && said.textContent !== text) said.textContent = text;
  }
  function cursor(r, c) {
    cells[8 * row + column].classList.remove("at");
    [row, column] = [Math.min(Math.max(r, 0), 7), Math.min(Math.max(c, 0), 7)];
    const cell = cells[8 * row + column];
    cell.classList.add("at");
    board.setAttribute("aria-activedescendant", cell.id);
  }

  // A cell counts the inked points of its 4 × 4, as the data's makers counted them.
  const RADIUS = 0.8;
  let stroke = new Set();
  const erasing = () => erase.getAttribute("aria-pressed") === "true";
  function dab(x, y) {
    for (let i = Math.max(0, Math.floor(4 * (y - 1))); i < Math.min(32, 4 * (y + 1)); i++) {
      for (let j = Math.max(0, Math.floor(4 * (x - 1))); j < Math.min(32, 4 * (x + 1)); j++) {
        if (Math.hypot((j + 0.5) / 4 - x, (i + 0.5) / 4 - y) <= RADIUS) stroke.add(32 * i + j);
      }
    }
  }
  function press(before, wipe) {
    const count = new Array(64).fill(0);
    for (const at of stroke) count[8 * (at >> 7) + ((at & 31) >> 2)] += 1;
    ink = before.map((v, n) => (wipe ? Math.max(0, v - count[n]) : Math.max(v, count[n])));
  }
  let [down, last, before] = [false, null, ink];
  const place = (event) => {
    const box = board.getBoundingClientRect();
    return [(8 * (event.clientX - box.left)) / box.width, (8 * (event.clientY - box.top)) / box.height];
  };
  function draw(event) {
    for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const [x, y] = place(one);
      const [x0, y0] = last ?? [x, y];
      const steps = Math.max(1, Math.ceil(Math.hypot(x - x0, y - y0) * 4));
      for (let n = 1; n <= steps; n++) dab(x0 + ((x - x0) * n) / steps, y0 + ((y - y0) * n) / steps);
      last = [x, y];
    }
    press(before, erasing());
    show(false);
  }
  board.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    board.setPointerCapture(event.pointerId);
    board.focus({ preventScroll: true });
    [down, last, before, stroke] = [true, null, ink, new Set()];
    draw(event);
    const [x, y] = place(event);
    cursor(Math.floor(y), Math.floor(x));
  });
  board.addEventListener("pointermove", (event) => { if (down) draw(event); });
  for (const end of ["pointerup", "pointercancel"]) {
    board.addEventListener(end, () => { if (down) { down = false; show(true); } });
  }
  board.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const at = 8 * row + column;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) cursor(row + moves[event.key][0], column + moves[event.key][1]);
    else if (event.key === " " || event.key === "Enter") {
      stroke = new Set();
      dab(column + 0.5, row + 0.5);
      press(ink, erasing());
      show(true);
    } else if (event.key === "Backspace" || event.key === "Delete") {
      ink = ink.map((v, n) => (n === at ? 0 : v));
      show(true);
    } else return;
    event.preventDefault();
  });
  find(".clear").addEventListener("click", () => { ink = new Array(64).fill(0); show(true); });
  erase.addEventListener("click", () => erase.setAttribute("aria-pressed", String(!erasing())));
  for (const button of root.querySelectorAll("[data-load]")) {
    button.addEventListener("click", () => { ink = [...examples[Number(button.dataset.load)].ink]; show(true); });
  }
  for (const button of root.querySelectorAll("[data-move]")) {
    const [dr, dc] = button.dataset.move.split(",").map(Number);
    button.addEventListener("click", () => {
      ink = ink.map((_, n) => {
        const [r, c] = [(n >> 3) - dr, (n & 7) - dc];
        return r < 0 || r > 7 || c < 0 || c > 7 ? 0 : ink[8 * r + c];
      });
      show(true);
    });
  }
  new MutationObserver(() => show(false)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  root.classList.add("live");
  board.tabIndex = 0;
  find(".help").textContent = "Clear the pad, and draw with the mouse or a finger. By keyboard: arrow keys move, space inks, backspace wipes a cell.";
  for (const part of [near, find(".tools")]) part.hidden = false;
  cursor(row, column);
  show(true);
})();
"""
