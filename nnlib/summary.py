"""A network's layers as a table."""

from .layers import Layer


def summary(layers: tuple[Layer, ...], n_in: int | None) -> str:
    """Return a line a layer: its output, the shapes of its parameters, their count."""
    width = n_in
    rows = [("layer", "output", "parameters", "count")]
    for layer in layers:
        width = layer.n_out or width
        shapes = ", ".join(f"{name} {shape}" for name, shape in layer.parameters.items())
        rows.append((str(layer), f"(N, {width or 'D'})", shapes, f"{layer.n_params:,}"))
    rows.append(("total", "", "", f"{sum(layer.n_params for layer in layers):,}"))
    a, b, c, d = (max(map(len, column)) for column in zip(*rows, strict=True))
    lines = [f"{w:<{a}}  {x:<{b}}  {y:<{c}}  {z:>{d}}" for w, x, y, z in rows]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])
