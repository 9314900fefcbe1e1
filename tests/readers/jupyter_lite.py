"""The book's JupyterLite for a test: a notebook as a reader has it, run whole, and read back."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

APP = "globalThis.jupyterapp?.shell.currentWidget?.content?.model"
ANSI = re.compile(r"\x1b\[[\d;]*m")
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel"
READY = f"() => {APP}?.cells.length > 1 && {KERNEL}?.status === 'idle'"
STATE = """() => {
    const panel = jupyterapp.shell.currentWidget;
    const cells = [...panel.content.model.cells].filter((cell) => cell.type === "code");
    const outputs = cells.flatMap((cell) => Array.from({ length: cell.outputs.length }, (_, n) => cell.outputs.get(n)));
    return {
        errors: outputs.filter((output) => output.type === "error").map((output) => output.toJSON()),
        left: cells.filter((cell) => cell.executionCount === null).length,
        status: panel.sessionContext.session.kernel.status,
    };
}"""


# The spinner that turns while Python comes is drawn sixty times a second, by the processor that Python waits for.
MOTIONLESS = """addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = "*, ::before, ::after { animation: none !important }";
    document.head.append(style);
})"""


def watched(page: Page) -> None:
    """Let this page's JupyterLite be looked into, with every cell in the document. Before it is opened."""

    def change(route: Route) -> None:
        told = route.fetch().json()
        config = told["jupyter-config-data"]
        config["exposeAppInBrowser"] = True
        config["settingsOverrides"]["@jupyterlab/notebook-extension:tracker"]["windowingMode"] = "none"
        route.fulfill(json=told)

    page.context.route("**/lite/jupyter-lite.json", change)
    page.context.add_init_script(MOTIONLESS)


def ready(page: Page, seconds: float = 240) -> None:
    """Wait until the notebook is there and its kernel answers."""
    page.wait_for_function(READY, timeout=1000 * seconds, polling=500)


def run(page: Page, seconds: float, told: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Run all cells by the menu; return the notebook. AssertionError: a cell fails, or it takes longer."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    until = time.monotonic() + seconds
    left = None
    while True:
        state = page.evaluate(STATE)
        assert not state["errors"], "\n".join(ANSI.sub("", "\n".join(e["traceback"]))[-1200:] for e in state["errors"])
        if state["left"] == 0 and state["status"] == "idle":
            break
        assert time.monotonic() < until, f"{state['left']} cells have not run after {seconds:.0f} s"
        if state["left"] != left:
            left = state["left"]
            told(f"{left} cells to go")
        page.wait_for_timeout(250)
    notebook: dict[str, Any] = json.loads(page.evaluate(f"JSON.stringify({APP}.toJSON())"))
    return notebook
