"""Where everything stands in the drawing: the network from its inputs at the top down to the loss.

Every text has a slot: a width that no other text reaches into. The script shrinks a text that is wider than its slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..svg import PALETTE, Picture
from .symbols import name, plain, short
from .walk import Walk

WIDTH, MIDDLE = 360, 180
COLUMNS = {1: [MIDDLE], 2: [90, 270]}  # the middles of a layer's units
BOX, UNIT, SMALL = 168, 68, 38  # a box's width; the heights of a unit's and of an input's or the loss's
GAP, LAST_GAP = 98, 48  # between two layers; between the last one and the loss
NEAR, FAR, LINE = 24, 68, 17  # from a gap's top to its two rows of labels; from a label to the one below it
ASIDE, NARROW = 38, 98  # a slanted edge's label: how far from its column, and its slot
PAD = 6  # around the drawing, and around the texts in a box
INKS = {"soft": "soft", "back": "backward"}  # a kind of text: its color in the theme


@dataclass
class Box:
    """A unit, an input or the loss; ``on`` are the steps in which it is marked."""

    x: float
    y: float
    width: float
    height: float
    on: list[int]


@dataclass
class Edge:
    """A connection from (x1, y1) to (x2, y2)."""

    x1: float
    y1: float
    x2: float
    y2: float
    on: list[int]


@dataclass
class Text:
    """A text that begins, or whose middle is, at (x, y); it is seen from step ``since`` on, and before ``until``."""

    x: float
    y: float
    slot: float
    text: str
    since: int = 0
    until: int | None = None
    kind: str = ""
    anchor: str = "middle"


@dataclass
class Drawing:
    height: float
    about: str
    boxes: list[Box]
    edges: list[Edge]
    texts: list[Text]

    def encode(self) -> dict[str, Any]:
        parts = {key: [vars(part) for part in getattr(self, key)] for key in ("boxes", "edges", "texts")}
        return {"width": WIDTH, "height": self.height, "about": self.about, **parts}


def draw(walk: Walk, keys: list[str]) -> Drawing:
    """Lay a walk out; ``keys`` are those of its steps, in their order."""
    at = {key: step for step, key in enumerate(keys)}
    tops = [PAD, *(PAD + SMALL + GAP + layer * (UNIT + GAP) for layer in range(walk.depth))]
    bottoms = [PAD + SMALL, *(top + UNIT for top in tops[1:])]
    shape = "-".join(map(str, walk.widths))
    about = f"The network {shape}, from its inputs at the top to the loss at the bottom. Its values are in the steps."
    drawing = Drawing(bottoms[-1] + LAST_GAP + SMALL + PAD, about, [], [], [])
    draw_inputs(drawing, walk, at, tops[0])
    for layer in range(1, walk.depth + 1):
        draw_weights(drawing, walk, at, layer, bottoms[layer - 1])
        for unit in range(walk.widths[layer]):
            draw_unit(drawing, walk, at, layer, unit, tops[layer])
    draw_loss(drawing, walk, at, bottoms[-1])
    return drawing


def draw_inputs(drawing: Drawing, walk: Walk, at: dict[str, int], top: float) -> None:
    for i, x in enumerate(COLUMNS[walk.widths[0]]):
        drawing.boxes.append(Box(x - BOX / 2, top, BOX, SMALL, [0, at["z1"]]))
        drawing.texts.append(Text(x, top + 24, BOX - 2 * PAD, f"{name('a', 0, i)} = {short(walk.a[0][i])}"))


def draw_weights(drawing: Drawing, walk: Walk, at: dict[str, int], layer: int, top: float) -> None:
    """The edges into a layer. Labels of edges that cross stand near their beginnings, the others further down."""
    left, right = COLUMNS[walk.widths[layer - 1]], COLUMNS[walk.widths[layer]]
    on = [at[key] for key in (f"z{layer}", f"W{layer}", "new", f"g{layer - 1}") if key in at]
    for j, start in enumerate(left):
        for k, stop in enumerate(right):
            drawing.edges.append(Edge(start, top, stop, top + GAP, on))
            slanted, near = start != stop, start != stop and start != MIDDLE
            x, other = (start, stop) if near else (stop, start)
            x += ASIDE * slanted * (1 if other > x else -1)
            y, slot = top + (NEAR if near else FAR), NARROW if slanted else BOX
            symbol = f"*W*_{{{j + 1}{k + 1}}}"
            old, new = short(walk.W[layer][j, k]), short(walk.new_W[layer][j, k])
            drawing.texts += [
                Text(x, y, slot, f"{symbol} = {old}", until=at["new"], kind="label"),
                Text(x, y, slot, f"{symbol} = {new}", at["new"], kind="label"),
                Text(x, y + LINE, slot, f"∂ = {short(walk.dW[layer][j, k])}", at[f"W{layer}"], kind="label back"),
            ]


def draw_unit(drawing: Drawing, walk: Walk, at: dict[str, int], layer: int, unit: int, top: float) -> None:
    x, half = COLUMNS[walk.widths[layer]][unit], BOX / 2
    drawing.boxes.append(Box(x - half, top, BOX, UNIT, [at[f"{letter}{layer}"] for letter in "zagδ"]))

    def write(column: int, row: int, text: str, since: str, kind: str = "", until: int | None = None) -> None:
        begin = x - half + PAD if column == 0 else x + PAD / 2
        slot = half - 1.5 * PAD
        drawing.texts.append(Text(begin, top + (17, 38, 57)[row], slot, text, at[since], until, kind, "start"))

    write(0, 0, f"layer {layer}, unit {unit + 1}", "start", "soft")
    bias, new_bias = walk.b[layer][unit], walk.new_b[layer][unit]
    write(1, 0, f"*b* {short(bias)}", "start", until=at["new"] if walk.with_biases else None)
    if walk.with_biases:
        write(1, 0, f"*b* {short(new_bias)}", "new")
    write(0, 1, f"*z* {short(walk.z[layer][unit])}", f"z{layer}")
    write(0, 2, f"*a* {short(walk.a[layer][unit])}", f"a{layer}")
    write(1, 1, f"*δ* {short(walk.delta[layer][unit])}", f"δ{layer}", "back")
    write(1, 2, f"∂*a* {short(walk.g[layer][unit])}", f"g{layer}", "back")


def draw_loss(drawing: Drawing, walk: Walk, at: dict[str, int], top: float) -> None:
    end = top + LAST_GAP
    for i, x in enumerate(COLUMNS[walk.widths[-1]]):
        drawing.edges.append(Edge(x, top, MIDDLE, end, [at["L"], at[f"g{walk.depth}"]]))
        beside = x + (44 if x == MIDDLE else -30 if x < MIDDLE else 30)
        drawing.texts.append(Text(beside, end - 18, 76, f"*t*_{{{i + 1}}} = {short(walk.t[i])}", kind="soft"))
    drawing.boxes.append(Box(MIDDLE - BOX / 2, end, BOX, SMALL, [at["L"]]))
    drawing.texts.append(Text(MIDDLE, end + 24, BOX - 2 * PAD, f"*L* = {short(walk.loss)}", at["L"]))


def picture(drawing: Drawing, step: int) -> str:
    """The drawing as it is in one step, as SVG."""
    picture, color = Picture(WIDTH, drawing.height), PALETTE
    for edge in drawing.edges:
        picture.add("line", x1=edge.x1, y1=edge.y1, x2=edge.x2, y2=edge.y2, stroke=color["soft"])
    for box in drawing.boxes:
        size = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        picture.add("rect", **size, rx=6, fill=color["paper"], stroke=color["soft"])
    texts = [text for text in drawing.texts if text.since <= step and (text.until is None or step < text.until)]
    for text in texts:
        if "label" in text.kind:  # keeps the edges out of the labels
            add_text(picture, text, fill=color["paper"], stroke=color["paper"], stroke_width=5.0)
    for text in texts:
        inks = [color[INKS[kind]] for kind in text.kind.split() if kind in INKS]
        add_text(picture, text, fill=inks[0] if inks else color["ink"])
    return picture.svg()


def add_text(picture: Picture, text: Text, **how: Any) -> None:
    words = plain(text.text)
    size = min(11.5, text.slot / (0.62 * len(words)))  # fits in any usual font
    picture.add("text", words, x=text.x, y=text.y, font_size=size, text_anchor=text.anchor, **how)
