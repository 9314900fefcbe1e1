"""Exercises done in the built book, with its own Python: right, wrong, an error, an endless loop, and on the disk."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Site, Visit
from exercises.answers import check as elsewhere
from exercises.answers import exercises, find
from playwright.sync_api import Locator, Page, expect

START = 90_000  # ms, on a machine that does much else
CHAPTER = "book/04-softmax-cross-entropy.html"
LABEL = "ex-sce-code"


ALL = """async (asked) => {
    const { live } = nnlibWidgets;
    await live.start();
    const said = [];
    for (const [label, code] of asked) said.push(await live.call("exercises.answers:check", { label, code }));
    return said;
}"""


@pytest.fixture
def live(site: Site) -> None:
    if "nnlib-live" not in (site.root / CHAPTER).read_text("utf-8"):
        pytest.skip("this build has no Python for the browser: Pyodide's files could not be had")


def opened(page: Page, label: str = LABEL) -> Locator:
    root = page.locator(f"#{label}-answer")
    root.get_by_role("button", name="Answer here").click()
    expect(root).to_have_attribute("aria-busy", "false", timeout=START)
    expect(root.locator(".editor")).to_be_visible()
    return root


def write(root: Locator, code: str) -> None:
    """As the reader does: everything away, and the new text at once."""
    field = root.locator(".editor [contenteditable], .editor textarea").first
    field.click()
    field.press("Control+a")
    field.press("Delete")
    root.page.keyboard.insert_text(code)


def check(root: Locator, said: str) -> None:
    root.get_by_role("button", name="Check").click()
    expect(root.locator(".verdict")).to_contain_text(said, timeout=START)


def test_every_exercise_is_on_a_page(site: Site) -> None:
    pages = [path.read_text("utf-8") for path in (site.root / "book").glob("[01]*.html")]
    for exercise in exercises():
        (page,) = [text for text in pages if f'id="{exercise.label}-answer"' in text]
        # The starter is to be read and copied where nothing runs.
        plain = re.sub("<[^>]+>", "", page)
        first = exercise.starter_source.splitlines()[0].replace(">", "&gt;")
        assert first in plain and 'id="' + exercise.label + '"' in page


def test_an_exercise_from_the_starter_to_the_end_and_every_grader(live: None, visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    page = seen.page
    cell = page.locator(f".cell:has(#{LABEL}-answer) > .cell_input")
    expect(cell).to_be_visible()
    before = [url for url in seen.requests if "_static/live" in url]
    assert not [url for url in before if not url.endswith(".js")], "something was fetched before a button was pressed"
    root = opened(page)
    expect(cell).to_be_hidden()
    check(root, "missing 1/N in the gradient; and a probability rounded to 0")
    write(root, "def my_loss(z, labels):\n    return missing\n")
    check(root, "line 2: for 5 samples, 3 classes and small logits it raises NameError")
    write(root, "def my_loss(z, labels):\n    while True:\n        pass\n")
    root.get_by_role("button", name="Check").click()
    stop = root.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    page.wait_for_timeout(500)
    expect(root).to_have_attribute("aria-busy", "true")
    stop.click()
    expect(root.locator(".verdict")).to_contain_text("Stopped.", timeout=2000)
    write(root, find(LABEL).solution_source)
    check(root, "Right.")
    assert seen.barriers(within=f"#{LABEL}-answer") == []
    expect(root.locator(".solved")).to_be_visible()
    # With this Python, every grader says in the page what it says elsewhere.
    asked = [(e.label, code) for e in exercises() for code in (e.starter_source, e.solution_source)]
    assert page.evaluate(ALL, asked) == [elsewhere(label, code) for label, code in asked]
    page.reload()
    expect(page.locator(f"#{LABEL}-answer .solved")).to_be_visible()
    page.get_by_role("button", name="Go on with your answer").click()
    expect(page.locator(f"#{LABEL}-answer .editor")).to_contain_text("log_y = z - np.log", timeout=START)
    expect(page.locator(f"#{LABEL}-answer")).to_have_attribute("data-engine", "live")  # Python starts again


def test_from_the_disk_it_says_what_to_do(site: Site, visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER, "file").page
    expect(page.locator(f"#{LABEL}-answer .note")).to_contain_text("run this cell in the page’s notebook")
    assert page.locator(f"#{LABEL}-answer button").count() == 0
