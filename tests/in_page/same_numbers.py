"""Do explorers draw in the page what the notebooks have stored? Each chapter's, at their defaults.

python -m tests.in_page.same_numbers [chapter ...]     all chapters, where none is named
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.in_page.default import default
from tests.in_page.in_node import PythonInNode
from tools import live, notebooks

CODE = Path(__file__).with_name("default.py").read_text("utf-8")
ALLOWED = 1e-6
DATA = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


def explorers(path: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """Of each explorer of a notebook, by its id: its program, and what its page has stored."""
    notebook = notebooks.read(path)
    outputs = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    pages = [notebooks.text(data["text/html"]) for data in outputs if live.LIVE in data]
    specs = [json.loads(found[1]) for page in pages if (found := DATA.search(page))]
    return {id: (text.decode(), spec) for (id, text), spec in zip(live.programs(notebook), specs, strict=True)}


def apart(here: Any, there: Any) -> float:
    """The largest difference of two lists of numbers, in shares of the larger one; of tiny ones, in absolute terms."""
    here, there = np.asarray(here, dtype=float), np.asarray(there, dtype=float)
    if here.shape != there.shape or not (np.isfinite(here) == np.isfinite(there)).all():
        return np.inf
    both = np.isfinite(here)
    size = np.maximum(np.maximum(np.abs(here), np.abs(there)), 1e-6)
    return float(np.max(np.abs(here - there)[both] / size[both], initial=0.0))


def different(drawn: dict[str, Any], spec: dict[str, Any]) -> list[str]:
    """Where a view, as a page would store it, is not what this page has stored at the default."""
    place = 0
    for control in spec["controls"]:
        place = place * len(control["values"]) + control["default"]
    [live_one], stored = drawn["results"], spec["results"][place]
    found = [key for key in ("text", "diverged") if live_one[key] != stored[key]]
    for (index, moving), (index_stored, moving_stored) in zip(live_one["panels"], stored["panels"], strict=True):
        if drawn["shared"][index].keys() != spec["shared"][index_stored].keys():
            found.append("a panel")
        for key in "y", "paths":
            for a, b in zip(moving.get(key, []), moving_stored.get(key, []), strict=True):
                # Four digits are stored: a last bit can change the fourth.
                if apart(a, b) > 1.001e-3:
                    found.append(f"{key}: {apart(a, b):.1e}")
    return found


def check(python: PythonInNode, path: Path) -> list[str]:
    """What is wrong with a notebook's explorers; one line is printed for each."""
    wrong = []
    for id, (text, spec) in explorers(path).items():
        start = time.perf_counter()
        there = python.run(CODE, "default", text=text)
        took = time.perf_counter() - start
        here = default(text)
        pairs = [
            pair for panels in zip(here["numbers"], there["numbers"], strict=True) for pair in zip(*panels, strict=True)
        ]
        worst = max(apart(*pair) for pair in pairs)
        print(f"{path.stem} {id}: {took:.1f} s, relative difference {worst:.0e}", flush=True)
        if not worst <= ALLOWED:
            wrong.append(f"{path.stem} {id}: {worst:.1e} apart from NumPy outside the page")
        wrong += [f"{path.stem} {id}: not what is stored: {what}" for what in different(there["stored"], spec)]
    return wrong


def main(names: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        python = PythonInNode(Path(folder))
        paths = [path for path in notebooks.all_notebooks() if not names or path.stem in names]
        wrong = [line for path in paths for line in check(python, path)]
        python.close()
    print(*wrong, sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
