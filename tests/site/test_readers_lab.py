"""A chapter's zip in JupyterLab, as a reader gets it: opened, run from its first cell to its last, a slider moved."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from jupyter_lab import lab_server
from playwright.sync_api import Browser, Page

from tools.serve import HTML

NAME = "10-batch-normalization"  # the one that computes least
RAW = re.compile(r"\{[\w:.-]+\}`|`{3,}\{|:{3,}|\\tag|\$\$|<details")
SET = """() => {
    const text = [...document.querySelectorAll(".jp-RenderedMarkdown")].map((cell) => cell.textContent).join("");
    return document.querySelectorAll(".jp-RenderedMarkdown mjx-container").length > 100 && !text.includes("$");
}"""
IDLE = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"
RAN = """() => {
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")];
    const told = prompts.map((prompt) => prompt.textContent.trim()).filter(Boolean);  // a folded cell has none
    return told.length > 5 && told.every((text) => /\\d/.test(text));
}"""


def answers(page: Page) -> list[bool]:
    return page.locator(".jp-RenderedMarkdown details").evaluate_all("folds => folds.map(fold => fold.open)")


def test_a_chapter_is_read_and_run(browser: Browser, tmp_path: Path) -> None:
    folder, own = tmp_path / "reader", tmp_path / "lab"
    with zipfile.ZipFile(HTML / "_downloads" / f"{NAME}.zip") as archive:
        archive.extractall(folder)
    settings = own / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # The whole notebook stands in the document, not what is on the screen alone.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    with lab_server(folder, own) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        page = context.new_page()
        page.set_default_timeout(240_000)
        foreign: list[str] = []
        page.on("request", lambda r: re.match(r"https?://(?!127\.0\.0\.1)", r.url) and foreign.append(r.url))
        page.goto(address(f"{NAME}/book/{NAME}.ipynb"))
        page.wait_for_function(IDLE, polling=500)
        page.get_by_role("heading", name="What comes next").wait_for()
        page.wait_for_function(SET, polling=500)

        # As it opens: text, no markup; formulas, no errors; answers closed; pictures where the sliders will be.
        shown = page.locator(".jp-RenderedMarkdown").evaluate_all("cells => cells.map(cell => cell.innerText)")
        assert [text for text in shown if RAW.search(text)] == []
        assert page.locator("mjx-merror, mjx-container [data-mjx-error]").count() == 0
        assert len(answers(page)) > 10 and not any(answers(page))
        assert page.locator(".jp-OutputArea-output img.nnlib-still").count() >= 2
        assert page.locator(".jp-OutputArea-output img.nnlib-still").first.bounding_box()["width"] > 300
        solution = page.locator(".jp-CodeCell", has_text="# Solution to Exercise 10.1").first
        assert solution.locator(".jp-InputArea-editor").is_hidden()
        assert solution.locator(".jp-OutputArea-output").count() == 0

        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(RAN, polling=500)
        assert (
            page.locator(
                ".jp-OutputArea-output [data-mime-type*=error], .jp-RenderedText[data-mime-type*=error]"
            ).count()
            == 0
        )

        explorer = page.locator(".nnlib-explorer:has(input[type=range])").first
        explorer.locator("canvas").first.wait_for()
        assert explorer.get_attribute("data-engine") == "kernel"
        before = explorer.locator("output").first.inner_text()
        explorer.locator("input[type=range]").first.focus()
        page.keyboard.press("End")
        changed = "([root, before]) => root.querySelector('output').innerText !== before && !root.ariaBusy"
        page.wait_for_function(changed, arg=[explorer.element_handle(), before])
        assert explorer.locator("[role=alert]:visible").count() == 0
        assert not any(answers(page))
        context.close()
    assert not foreign
