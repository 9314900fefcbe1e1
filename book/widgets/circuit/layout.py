"""Where the gates, the edges and their labels stand.

A column is as wide as its widest sign, the gap after it as the widest label of an edge that crosses it. An edge bends
where it leaves its start and where it reaches its stop; in between it runs level, between its value and its gradient.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from ..stepper.symbols import plain
from ..svg import PALETTE, Picture

SIZE, LETTER = 13, 0.61  # of a text, in px; the width of a letter, in any usual font, over its size
SIGN = 15  # the size of a gate's sign
ROW, BEND, PAD = 60, 20, 10
GATE = 32  # a gate's height, and its least width
ABOVE, BELOW = -6, 17  # from an edge to the base lines of its value and of its gradient
MARKS = re.compile(r"\*(?P<i>.+?)\*|_\{(?P<sub>.+?)\}|\^\{(?P<sup>.+?)\}")


class Wire(NamedTuple):
    start: str
    stop: str
    value: float | str | None = None
    gradient: float | str | None = None
    symbol: str = ""
    row: float | None = None

    def texts(self) -> tuple[str, str]:
        """What stands above the edge, and below."""
        value, gradient = number(self.value), number(self.gradient)
        return (f"{self.symbol} = {value}" if self.symbol and value else self.symbol or value), gradient


@dataclass
class Box:
    """A gate, or (where it is no gate) the place of a sign."""

    name: str
    x: float
    y: float
    width: float
    gate: bool


@dataclass
class Text:
    """A text whose middle is at (x, y); ``kind`` is value, gradient, gate or end."""

    x: float
    y: float
    text: str
    kind: str

    def extent(self) -> tuple[float, float, float, float]:
        half = width(self.text) / 2
        return self.x - half, self.y - SIZE, self.x + half, self.y + 3


@dataclass
class Drawing:
    width: float
    height: float
    about: str
    legend: str
    lines: list[str]
    boxes: list[Box] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def encode(self) -> dict[str, Any]:
        return {
            "width": self.width,
            "height": self.height,
            "about": f"{self.about} {'; '.join(self.lines)}.",
            "legend": parts(self.legend),
            "boxes": [
                {"x": b.x - b.width / 2, "y": b.y - GATE / 2, "width": b.width, "height": GATE}
                for b in self.boxes
                if b.gate
            ],
            "paths": self.paths,
            "texts": [{"x": t.x, "y": t.y, "kind": t.kind, "parts": parts(t.text)} for t in self.texts],
        }


def number(value: float | str | None) -> str:
    """Four decimals, without the zeros at their end; of a small number two digits: 0.5933, −2, 0.00044, 1.2e−7."""
    if value is None or isinstance(value, str):
        return value or ""
    text = f"{value:.4f}" if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return re.sub(r"e-0*", "e-", text).replace("-", "−")


def parts(text: str) -> list[list[str]]:
    """``"*W*_{12} = 3"`` as [["i", "W"], ["sub", "12"], ["", " = 3"]]."""
    found, end = [], 0
    for match in MARKS.finditer(text):
        if match.start() > end:
            found.append(["", text[end : match.start()]])
        found.append([str(match.lastgroup), str(match[str(match.lastgroup)]).replace("*", "")])
        end = match.end()
    return [*found, ["", text[end:]]] if end < len(text) else found


def width(text: str, size: float = SIZE) -> float:
    return LETTER * size * len(re.sub(r"[*_^{}]", "", text))


def draw(
    nodes: Mapping[str, tuple[str, float, float]], edges: Sequence[tuple[Any, ...]], about: str, of: str
) -> Drawing:
    wires = [Wire(*edge) for edge in edges]
    for wire in wires:
        for name in wire[:2]:
            if name not in nodes:
                raise ValueError(f"the edge {wire.start} → {wire.stop}: there is no node {name!r}")
        if nodes[wire.start][1] >= nodes[wire.stop][1]:
            raise ValueError(f"the edge {wire.start} → {wire.stop} does not run from left to right")
    boxes = place(nodes, wires)
    top = min([box.y for box in boxes.values()] + [level(wire, nodes, wires) * ROW for wire in wires])
    low = max([box.y for box in boxes.values()] + [level(wire, nodes, wires) * ROW for wire in wires])
    down = PAD + GATE / 2 + 4 - top
    for box in boxes.values():
        box.y += down
    graded = any(wire.gradient is not None for wire in wires)
    legend = "Above each edge: its value." + (f" Below it: the derivative of {of} with respect to it." * graded)
    right = max(box.x + box.width / 2 for box in boxes.values()) + PAD
    drawing = Drawing(right, low + down + GATE / 2 + 4 + PAD, about, legend, [describe(wire, nodes) for wire in wires])
    drawing.boxes = list(boxes.values())
    for wire in wires:
        draw_wire(drawing, wire, boxes, nodes, wires, level(wire, nodes, wires) * ROW + down)
    for name, (sign, _, _) in nodes.items():
        box = boxes[name]
        drawing.texts.append(Text(box.x, box.y + 5, sign, "gate" if box.gate else "end"))
    refuse_overlaps(drawing)
    return drawing


def place(nodes: Mapping[str, tuple[str, float, float]], wires: Sequence[Wire]) -> dict[str, Box]:
    """A box for each node, the first row's middle at 0."""
    inner = {w.stop for w in wires} & {w.start for w in wires}
    widths = {
        name: max(GATE, width(sign, SIGN) + 16) if name in inner else width(sign) + 6
        for name, (sign, _, _) in nodes.items()
    }
    columns = sorted({column for _, column, _ in nodes.values()})
    x, sides = float(PAD), {}
    for k, column in enumerate(columns):
        widest = max(widths[name] for name, node in nodes.items() if node[1] == column)
        sides[column] = x, x + widest
        x += widest + gap([w for w in wires if nodes[w.start][1] == column], nodes, columns[k + 1 : k + 2])
    starts, boxes = {w.start for w in wires}, {}
    for name, (_, column, row) in nodes.items():
        (left, right), half = sides[column], widths[name] / 2
        # Gates stand in the middle of their column, an input or a result close to its edge.
        middle = (left + right) / 2 if name in inner else right - half if name in starts else left + half
        boxes[name] = Box(name, middle, row * ROW, widths[name], name in inner)
    return boxes


def gap(wires: Sequence[Wire], nodes: Mapping[str, tuple[str, float, float]], following: Sequence[float]) -> float:
    """What stays free after a column, for the edges that lead to the following one."""
    texts = [text for w in wires if nodes[w.stop][1] in following for text in w.texts()]
    return 2 * BEND + max([width(text) for text in texts] + [0])


def level(wire: Wire, nodes: Mapping[str, tuple[str, float, float]], wires: Sequence[Wire]) -> float:
    """The row in which an edge runs level."""
    start, stop = nodes[wire.start][2], nodes[wire.stop][2]
    if wire.row is not None:
        return wire.row
    if sum(w.start == wire.start for w in wires) == 1:
        return start
    return stop if sum(w.stop == wire.stop for w in wires) == 1 else (start + stop) / 2


def draw_wire(
    drawing: Drawing,
    wire: Wire,
    boxes: Mapping[str, Box],
    nodes: Mapping[str, tuple[str, float, float]],
    wires: Sequence[Wire],
    y: float,
) -> None:
    a, b = boxes[wire.start], boxes[wire.stop]
    # Edges that meet at a gate, or part at one, do so a little apart, in the order of their rows.
    y1 = a.y + spread(wire, [w for w in wires if w.start == wire.start], nodes, wires)
    y2 = b.y + spread(wire, [w for w in wires if w.stop == wire.stop], nodes, wires)
    x1, x2 = a.x + edge(a, y1), b.x - edge(b, y2)
    left, right = a.x + a.width / 2 + BEND, b.x - b.width / 2 - BEND
    near, far = left - BEND / 2, right + BEND / 2
    drawing.paths.append(
        f"M{x1:g} {y1:g}C{near:g} {y1:g} {near:g} {y:g} {left:g} {y:g}H{right:g}"
        f"C{far:g} {y:g} {far:g} {y2:g} {x2:g} {y2:g}"
    )
    for text, kind, dy in zip(wire.texts(), ("value", "gradient"), (ABOVE, BELOW), strict=True):
        if text:
            drawing.texts.append(Text((left + right) / 2, y + dy, text, kind))


def spread(
    wire: Wire, beside: Sequence[Wire], nodes: Mapping[str, tuple[str, float, float]], wires: Sequence[Wire]
) -> float:
    order = sorted(beside, key=lambda w: level(w, nodes, wires))
    return (order.index(wire) - (len(order) - 1) / 2) * min(9, 20 / len(order))


def edge(box: Box, y: float) -> float:
    """How far a box's side is from its middle, at the height y: gates are round at their ends."""
    if not box.gate:
        return box.width / 2
    radius = GATE / 2
    return float(box.width / 2 - radius + (radius**2 - (y - box.y) ** 2) ** 0.5)


def describe(wire: Wire, nodes: Mapping[str, tuple[str, float, float]]) -> str:
    value, gradient = wire.texts()
    said = [f"value {plain(value)}" if value else "", f"gradient {plain(gradient)}" if gradient else ""]
    return f"{plain(nodes[wire.start][0])} to {plain(nodes[wire.stop][0])}: " + ", ".join(filter(None, said))


def refuse_overlaps(drawing: Drawing) -> None:
    labels = [text for text in drawing.texts if text.kind in ("value", "gradient")]
    places = [(plain(text.text), text.extent()) for text in labels]
    places += [
        (box.name, (box.x - box.width / 2, box.y - GATE / 2, box.x + box.width / 2, box.y + GATE / 2))
        for box in drawing.boxes
    ]
    for (one, a), (other, b) in combinations(places, 2):
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
            raise ValueError(f"{one!r} and {other!r} would cover each other: move a node, or give an edge another row")


def picture(drawing: Drawing) -> str:
    """The drawing as SVG."""
    picture, color = Picture(drawing.width, drawing.height), PALETTE
    for path in drawing.paths:
        picture.add("path", d=path, fill="none", stroke=color["soft"], stroke_width=1.4)
    for box in drawing.encode()["boxes"]:
        picture.add("rect", **box, rx=GATE / 2, fill=color["faint"], stroke=color["soft"])
    for text in drawing.texts:
        size = SIGN if text.kind == "gate" else SIZE
        ink = color["backward" if text.kind == "gradient" else "ink"]
        picture.add("text", plain(text.text), x=text.x, y=text.y, font_size=size, text_anchor="middle", fill=ink)
    return picture.svg()
