"""The kernel's engine, for real: JupyterLab, a notebook, and a slider that makes the kernel train again."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

CELL = """\
import time
import numpy as np
import nnlib
from nnlib.explore import Boundary, Curves, Explorer, View, log_slider

def train(lr, *, x, labels):
    with open("runs.txt", "a") as log:
        log.write(f"{lr!r}\\n")
    if lr > 50:
        raise RuntimeError(f"no training at {lr}")
    time.sleep(0.2)
    net = nnlib.Network(nnlib.Dense(2, 4), nnlib.Tanh(), nnlib.Dense(4, 2), loss=nnlib.SoftmaxCrossEntropy())
    history = nnlib.fit(net, x, labels, nnlib.SGD(lr), epochs=8)
    return View(
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


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """JupyterLab on a directory of its own, without the reader's settings: (address, directory)."""
    home = tmp_path_factory.mktemp("lab")
    cell = {"cell_type": "code", "id": "slider", "metadata": {}, "source": CELL, "outputs": []}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": [cell | {"execution_count": None}], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (home / "demo.ipynb").write_text(json.dumps(notebook))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {f"JUPYTER_{what}_DIR": str(home / what.lower()) for what in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    own |= {"IPYTHONDIR": str(home / "ipython")}
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    environment = {k: v for k, v in os.environ.items() if k != "NNLIB_EXPLORER"} | own
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--IdentityProvider.token=", "--LabApp.extension_manager=readonly", f"--ServerApp.root_dir={home}"]
    with open(home / "lab.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=home)
        try:
            base = f"http://127.0.0.1:{port}"
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"{base}/api", timeout=5).close()
                    break
                except OSError:
                    assert server.poll() is None, (home / "lab.log").read_text()
                    time.sleep(0.25)
            yield base, home
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="module")
def page(browser: Browser, lab: tuple[str, Path]) -> Iterator[Page]:
    """The notebook, opened and run once for all tests, with its widget in view."""
    base, _ = lab
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.set_default_timeout(180_000)
    foreign: list[str] = []
    page.on("request", lambda r: re.match(r"https?://(?!127\.0\.0\.1)", r.url) and foreign.append(r.url))
    page.goto(f"{base}/lab/tree/demo.ipynb?reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.wait_for_function("document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'")
    page.keyboard.press("Shift+Enter")
    page.locator(".nnlib-explorer canvas").wait_for()
    yield page
    context.close()
    assert not foreign


def runs(home: Path) -> list[float]:
    return [float(line) for line in (home / "runs.txt").read_text().splitlines()]


def settled(page: Page) -> tuple[str, str]:
    """The text and the drawing, once the kernel has answered."""
    page.wait_for_function("!document.querySelector('.nnlib-explorer').hasAttribute('aria-busy')")
    drawing = page.evaluate("document.querySelector('.nnlib-explorer canvas').toDataURL()")
    return page.locator(".nnlib-explorer output").inner_text(), drawing


def test_one_run_shows_the_widget(page: Page, lab: tuple[str, Path]) -> None:
    assert settled(page)[0].startswith("learning rate 0.1: loss ")
    assert runs(lab[1]) == [0.1]
    assert page.locator(".nnlib-explorer").count() == 1  # the widget alone: no picture, no stored page beside it


def test_any_value_is_run_by_the_kernel(page: Page, lab: tuple[str, Path]) -> None:
    text, drawing = settled(page)
    page.locator(".nnlib-explorer input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    after, drawn = settled(page)
    value = runs(lab[1])[-1]
    assert value not in (0.01, 0.1, 1, 10, 100)  # between the precomputed positions
    assert 0.1 < value < 1
    assert after.startswith(f"learning rate {value:g}: loss ")
    assert after != text
    assert drawn != drawing


def test_the_latest_wish_wins(page: Page, lab: tuple[str, Path]) -> None:
    before = len(runs(lab[1]))
    page.locator(".nnlib-explorer input[type=range]").focus()
    for step in range(16):
        page.keyboard.press("ArrowLeft" if step % 2 else "ArrowRight")
    page.keyboard.press("Home")
    text, _ = settled(page)
    assert text.startswith("learning rate 0.01: loss ")
    assert runs(lab[1])[-1] == 0.01
    assert len(runs(lab[1])) - before <= 8  # of 17 wishes: those made while the kernel was busy were dropped


def test_an_exception_is_shown_and_the_next_run_clears_it(page: Page) -> None:
    _, drawing = settled(page)
    page.locator(".nnlib-explorer input[type=range]").focus()
    page.keyboard.press("End")
    alert = page.locator(".nnlib-explorer [role=alert]")
    alert.wait_for()
    assert alert.inner_text() == "learning rate 100: RuntimeError: no training at 100.0"
    assert settled(page)[1] == drawing  # the last good drawing stays
    page.keyboard.press("Home")
    settled(page)
    assert alert.is_hidden()
