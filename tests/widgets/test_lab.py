"""The kernel's engine, for real: JupyterLab, a notebook, and a slider that makes the kernel train again.

Once, as a whole; its parts are tested in test_explorer_page.py, with a stand-in for the kernel.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_lab import lab_server
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
CELL = """\
import time
import numpy as np
import nnlib
from widgets import Boundary, Curves, Explorer, View, log_slider

def train(lr, *, x, labels):
    with open("runs.txt", "a") as log:
        log.write(f"{lr!r}\\n")
    if lr > 50:
        raise RuntimeError(f"no training at {lr}")
    net = nnlib.Network(nnlib.Dense(2, 4), nnlib.Tanh(), nnlib.Dense(4, 2), loss=nnlib.SoftmaxCrossEntropy())
    for _ in range(2):
        time.sleep(0.1)
        history = nnlib.fit(net, x, labels, nnlib.SGD(lr), epochs=4)
        yield View(
            Curves({"training": history.loss}),
            Boundary.of(net.predict_proba, x, labels, size=12),
            text=f"loss {history.loss[-1]:.6f}",
            diverged=history.diverged,
        )

rng = np.random.default_rng(0)
x = rng.standard_normal((60, 2))
slider = log_slider(0.01, 100, default=0.1, steps=5, label="learning rate")
explorer = Explorer(train, data={"x": x, "labels": (x[:, 0] > 0).astype(int)}, lr=slider)
explorer
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """JupyterLab on a directory of its own: the address that opens the notebook."""
    cell = {"cell_type": "code", "id": "slider", "metadata": {}, "source": CELL, "outputs": []}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": [cell | {"execution_count": None}], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "demo.ipynb").write_text(json.dumps(notebook))
    with lab_server(tmp_path, tmp_path, PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "book")])) as address:
        yield address("demo.ipynb")


def settled(page: Page) -> tuple[str, str]:
    """The text and the drawing, once the kernel has answered."""
    page.wait_for_function("!document.querySelector('.nnlib-explorer').hasAttribute('aria-busy')")
    drawing = page.evaluate("document.querySelector('.nnlib-explorer canvas').toDataURL()")
    return page.locator(".nnlib-explorer output").inner_text(), drawing


@pytest.mark.long
def test_the_kernel_answers_a_slider(browser: Browser, lab: str, tmp_path: Path) -> None:
    def runs() -> list[float]:
        return [float(line) for line in (tmp_path / "runs.txt").read_text().splitlines()]

    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.set_default_timeout(180_000)
    foreign: list[str] = []
    page.on("request", lambda r: re.match(r"https?://(?!127\.0\.0\.1)", r.url) and foreign.append(r.url))
    page.goto(lab)
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.wait_for_function("document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'")
    page.keyboard.press("Shift+Enter")
    page.locator(".nnlib-explorer canvas").wait_for()

    # One run shows the widget, alone: no picture, no stored page beside it.
    text, drawing = settled(page)
    assert text.startswith("learning rate 0.1: loss ")
    assert runs() == [0.1]
    explorer = page.locator(".nnlib-explorer")
    assert explorer.count() == 1 and explorer.get_attribute("data-engine") == "kernel"
    assert explorer.locator("output").evaluate("o => getComputedStyle(o).fontVariantNumeric") == "tabular-nums"

    # Any value is run, between the precomputed positions too.
    slide = explorer.locator("input[type=range]")
    slide.focus()
    page.keyboard.press("ArrowRight")
    after, drawn = settled(page)
    value = runs()[-1]
    assert 0.1 < value < 1
    assert after.startswith(f"learning rate {value:g}: loss ") and after != text and drawn != drawing

    # The latest request wins.
    before = len(runs())
    for step in range(16):
        page.keyboard.press("ArrowLeft" if step % 2 else "ArrowRight")
    page.keyboard.press("Home")
    text, drawing = settled(page)
    assert text.startswith("learning rate 0.01: loss ")
    assert runs()[-1] == 0.01
    assert len(runs()) - before <= 8  # of 17 requests: those made while the kernel was busy were dropped

    # An exception is shown, over the last good drawing, until the next result.
    page.keyboard.press("End")
    alert = explorer.locator("[role=alert]")
    alert.wait_for()
    assert alert.inner_text() == "learning rate 100: RuntimeError: no training at 100.0"
    assert settled(page)[1] == drawing
    page.keyboard.press("Home")
    settled(page)
    assert alert.is_hidden()

    context.close()
    assert not foreign
