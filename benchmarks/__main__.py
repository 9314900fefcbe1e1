"""Measure nnlib beside its peers, print the tables, keep them as results.json and results.png."""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import memory, peers, report
from .timing import interleave, one_thread
from .works import A, B, C, Work, growing_batch, growing_width

ROWS = [2**i for i in range(13)]
WIDTHS = [2**i for i in range(3, 12)]


# What is measured where it is installed: package and name.
OTHERS = {"torch": "PyTorch", "jax": "JAX"}


def main() -> None:
    options = read_options()
    if hasattr(os, "sched_setaffinity"):  # one core, so that a second thread of JAX's cannot work beside the first
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    others = [package for package in OTHERS if package not in options.without and importlib.util.find_spec(package)]
    if missing := [f"{name} ({package})" for package, name in OTHERS.items() if package not in others]:
        print(f"Rows are missing, not installed or left out: {', '.join(missing)}. `make bench` installs all.\n")
    start = time.perf_counter()
    results = measure(others, options.quick)
    print(report.verdict(results["works"]))
    print(f"{time.perf_counter() - start:.0f} s in all")
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        report.write_json(options.out / "results.json", results)
        report.draw(options.out / "results.png", results)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test: two rounds, small sizes, no files")
    parser.add_argument("--without", choices=OTHERS, nargs="+", default=[], help="leave these out")
    parser.add_argument("--out", type=Path, help="where to put the files (default: beside this program)")
    options = parser.parse_args()
    if options.out is None and not options.quick:
        options.out = Path(__file__).parent
    return options


def measure(others: Sequence[str], quick: bool) -> dict[str, Any]:
    works = {}
    for work in (A, B, C):
        contestants = peers.contestants(work, others)
        one_thread(contestants, block=0.001 if quick else 0.05)
        times, share = interleave(contestants, rounds=2 if quick else 60, block=0.001 if quick else 0.02)
        works[work.name] = report.summarise(work, contestants, times, share)
        print(report.table(works[work.name]), end="\n\n", flush=True)

    growth = {}
    for name, title, make, sizes in (
        ("rows", "2-25-50-25-2, Sigmoid, float32", growing_batch, ROWS),
        ("width", "64-w-w-10, ReLU, 32 rows, float32", growing_width, WIDTHS),
    ):
        growth[name] = measure_growth(title, make, sizes[:3] if quick else sizes, others, quick)
        print(report.growth_table(name, growth[name]), end="\n\n", flush=True)

    held = {work.name: memory.measure(work, (1, 3) if quick else memory.EPOCHS) for work in (A, B, C)}
    print(memory.table(held), end="\n\n", flush=True)
    return {"machine": report.machine(), "works": works, "growth": growth, "memory": held}


def measure_growth(
    title: str, make: Callable[[int], Work], sizes: Sequence[int], others: Sequence[str], quick: bool
) -> dict[str, Any]:
    """Return the median time of a step for each size; the peers at one size are measured in the same rounds."""
    curves: dict[str, list[float]] = {}
    for size in sizes:  # one after the other: a large network slows the small one that comes after it
        contestants = peers.fastest(make(size), others)
        times, _ = interleave(contestants, rounds=2 if quick else 25, block=0.001 if quick else 0.01)
        for name, t in times.items():
            curves.setdefault(name, []).append(report.digits(1e6 * float(np.median(t))))
    return {"network": title, "sizes": list(sizes), "us_per_step": curves}


if __name__ == "__main__":
    main()
