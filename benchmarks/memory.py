"""How much memory ``nnlib.fit`` allocates: ``python -m benchmarks.memory``."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np

import nnlib
from nnlib.training import EVALUATION_ROWS

from .works import A, B, C, Work

EPOCHS = (1, 10, 100)
BATCHES = 8


def measure(work: Work, epochs: tuple[int, ...] = EPOCHS) -> dict[str, Any]:
    """Return the peak of ``fit``'s allocations for each number of epochs, and what it is held against.

    The bound, in bytes, is the data, four vectors like θ (Adam's two moments, and two that it computes with) and twice
    the activations of a batch: its rows of x, and every layer's output. A batch is here the larger of fit's and
    of the rows that it evaluates at once. What the network holds before ``fit`` is called does not count.
    """
    x, t = work.data(BATCHES)
    peaks = {}
    for n in epochs:
        warm, net = work.network(), work.network()
        nnlib.fit(warm, x, t, nnlib.Adam(), epochs=1, batch_size=work.rows)  # what is cached once for all
        tracemalloc.start()
        nnlib.fit(net, x, t, nnlib.Adam(), epochs=n, batch_size=work.rows)
        peaks[n] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    per_row = widths = work.widths[0]
    for layer in net.layers:
        widths = layer.n_out or widths
        per_row += widths
    batch = max(work.rows, EVALUATION_ROWS) * per_row * np.dtype(work.dtype).itemsize
    return {
        "peak_by_epochs": peaks,
        "bytes_an_epoch": (peaks[epochs[-1]] - peaks[epochs[0]]) / (epochs[-1] - epochs[0]),
        "bound": x.nbytes + t.nbytes + 4 * net.theta.nbytes + 2 * batch,
    }


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return the lines for all works."""
    epochs = list(next(iter(results.values()))["peak_by_epochs"])
    heads = [f"{n} epoch{'s' * (n > 1)}" for n in epochs]
    lines = [
        "Memory: the peak of what fit allocates, kB; the bound is data + 4 θ + the activations of 2 batches",
        f"    {'':4}{''.join(f'{head:>12}' for head in heads)}{'bound':>12}{'bytes an epoch':>18}",
    ]
    for name, result in results.items():
        peaks = "".join(f"{peak / 1000:12,.0f}" for peak in result["peak_by_epochs"].values())
        verdict = "within" if max(result["peak_by_epochs"].values()) <= result["bound"] else "ABOVE"
        lines.append(f"    {name:4}{peaks}{result['bound'] / 1000:12,.0f}{result['bytes_an_epoch']:18.1f}  {verdict}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table({work.name: measure(work) for work in (A, B, C)}))
