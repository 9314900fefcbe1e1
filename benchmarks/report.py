"""What was measured, as tables, a JSON file and a figure."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from .timing import Contestant, quartiles
from .works import Work

FLOOR = "matmul floor"
COLORS = {"nnlib": "#0072B2", "PyTorch, fused Adam": "#D55E00", "JAX, tuned": "#009E73", FLOOR: "#000000"}


def summarise(
    work: Work, contestants: dict[str, Contestant], times: dict[str, np.ndarray], share: float
) -> dict[str, Any]:
    """Return the medians and ratios of one work; ratios are taken within rounds."""
    rows = {}
    for name, t in times.items():
        # How many times as fast as the peer nnlib is; for the floor, how many times as slow.
        ratio = times["nnlib"] / t if name == FLOOR else t / times["nnlib"]
        low, median, high = quartiles(ratio)
        row: dict[str, Any] = {"us_per_step": digits(1e6 * float(np.median(t)))}
        row["us_fastest"] = digits(1e6 * float(t.min()))
        row["ratio"] = {"median": digits(median), "quartiles": [digits(low), digits(high)]}
        if contestants[name].compile_s:
            row["compile_s"] = digits(contestants[name].compile_s)
        if name in work.targets:
            target = work.targets[name]
            row["target"] = target
            row["reached"] = median <= target if name == FLOOR else median >= target
        rows[name] = row
    return {"work": str(work), "processor_share": round(share, 2), "contestants": rows}


def digits(value: float) -> float:
    return float(f"{value:.4g}")


def table(summary: dict[str, Any]) -> str:
    """Return the lines of one work: ratios and verdicts first, then times."""
    lines = [
        f"{summary['work']} (the processor was ours {summary['processor_share']:.0%} of the time)",
        f"    {'':22}{'ratio':>7}  {'quartiles':15}{'target':>8}  {'':8}{'µs a step':>11}{'fastest':>11}",
    ]
    for name, row in summary["contestants"].items():
        median, (low, high) = row["ratio"]["median"], row["ratio"]["quartiles"]
        line = f"    {name:22}{median:7.2f}  {f'{low:.2f} to {high:.2f}':15}"
        if "target" in row:
            line += f"{target_of(name, row):>8}  {'reached' if row['reached'] else 'MISSED':8}"
        else:
            line += " " * 18
        line += f"{row['us_per_step']:11,.1f}{row['us_fastest']:11,.1f}"
        if "compile_s" in row:
            line += f"  + {row['compile_s']:.1f} s to compile"
        lines.append(line)
    return "\n".join(lines)


def target_of(name: str, row: dict[str, Any]) -> str:
    return f"{'≤' if name == FLOOR else '≥'} {row['target']:g}"


def verdict(works: dict[str, Any]) -> str:
    """Return how many of the targets are reached, and a line for each that is not."""
    held = [(key, *item) for key, work in works.items() for item in work["contestants"].items() if "target" in item[1]]
    missed = [
        f"    {key}, {name}: {row['ratio']['median']:.2f}, target {target_of(name, row)}"
        for key, name, row in held
        if not row["reached"]
    ]
    return "\n".join([f"{len(held) - len(missed)} of {len(held)} targets reached" + ":"[: len(missed)], *missed])


def growth_table(title: str, growth: dict[str, Any]) -> str:
    """Return the lines of one growing network."""
    lines = [f"{growth['network']}: µs a step", f"    {title:>6}" + "".join(f"{n:>22}" for n in growth["us_per_step"])]
    for size, *us in zip(growth["sizes"], *growth["us_per_step"].values(), strict=True):
        lines.append(f"    {size:6}" + "".join(f"{value:22,.1f}" for value in us))
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """What the numbers depend on besides the code; nothing that names a computer or its owner."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    versions = {"python": platform.python_version(), "blas": f"{blas['name']} {blas['version']}"}
    for package in ("numpy", "scikit-learn", "torch", "jax"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": 1,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": versions,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write_json(path: Path, results: dict[str, Any]) -> None:
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def draw(path: Path, results: dict[str, Any]) -> None:
    """Draw the ratios of each work as bars, and how the time of a step grows."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).parent.parent / "book" / "book.mplstyle")
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.2), width_ratios=[1.25, 1, 1])
    _bars(axes[0], results["works"])
    _curves(axes[1], results["growth"]["rows"], "rows a step, N")
    _curves(axes[2], results["growth"]["width"], "width w of the hidden layers")
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def _bars(ax: Any, works: dict[str, Any]) -> None:
    """Draw a group of bars for each peer, a bar for each work, and the targets as strokes."""
    first = next(iter(works.values()))
    peers = [name for name in first["contestants"] if name not in ("nnlib", FLOOR)]
    height = 0.8 / len(works)
    for j, (key, work) in enumerate(works.items()):
        for i, name in enumerate(peers):
            row = work["contestants"][name]
            y = i + (j - (len(works) - 1) / 2) * height
            median, quartiles = row["ratio"]["median"], row["ratio"]["quartiles"]
            ax.barh(y, median - 1, height * 0.9, left=1, color=f"C{j}", label=key if i == 0 else None)
            ax.plot(quartiles, [y, y], color="#777777", linewidth=1.2)
            if "target" in row:
                ax.plot([row["target"]] * 2, [y - height / 2, y + height / 2], color="black", linewidth=2.2)
    ax.set_yticks(range(len(peers)), peers)
    ax.invert_yaxis()
    ax.set_xscale("log")
    ax.set_xticks(ticks := [0.5, 1, 2, 5, 10, 20, 50], [f"{tick:g}×" for tick in ticks])
    ax.minorticks_off()
    ax.axvline(1, color="#444444", linewidth=0.8)
    ax.set(xlabel="time of a step ÷ nnlib's (grey: quartiles; black: target)", title="Beside nnlib")
    ax.legend(title="work", loc="upper right")


def _curves(ax: Any, growth: dict[str, Any], label: str) -> None:
    for name, us in growth["us_per_step"].items():
        ax.plot(growth["sizes"], us, marker="o", markersize=3, label=name, color=COLORS[name])
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set(xlabel=label, ylabel="time of a step (µs)", title=growth["network"])
    ax.legend(loc="upper left")
