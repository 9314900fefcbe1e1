"""The panel of what a reader has done: its counts, its Clear, and a browser that keeps nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from small_pages import Opener, violations
from test_guess import Piece
from test_progress import REFUSE
from widgets import embed

PAGES = [
    {
        "title": "Training",
        "path": "06-moons.html",
        "guesses": ["06-moons/a", "06-moons/b"],
        "exercises": ["06-moons/ex", "06-moons/ex-2", "06-moons/ex-3"],
    },
    {"title": "Starts", "path": "07-start.html", "guesses": ["07-start/a"], "exercises": []},
]
DONE = {
    "guess": {
        "06-moons/a": {"said": "1", "told": True, "right": True},
        "06-moons/gone": {"said": "1", "told": True, "right": True},  # the page has it no longer
        "07-start/a": {"said": "1", "told": False},
        "07-starting/a": {"right": True},
    },
    "clinic": {"clinic/12": {"healed": True}, "clinic/3": {}},
    "exercise": {"06-moons/ex": {"done": True}, "06-moons/ex-2": {"text": "…"}, "06-moons/ex-gone": {"done": True}},
}


def test_each_page_has_its_own_counts(pure: Any) -> None:
    rows = pure("tally", "rows", PAGES, DONE)
    names = "title", "guesses", "asked", "right", "solved", "exercises"
    counts = [tuple(row[name] for name in names) for row in rows]
    assert counts == [("Training", 1, 2, 1, 1, 3), ("Starts", 1, 1, 0, 0, 0)]
    assert [row["guesses"] for row in pure("tally", "rows", PAGES, {})] == [0, 0]
    odd = {"guess": {"07-start/a": None}, "exercise": {"06-moons/ex": 3}}
    assert [row["solved"] for row in pure("tally", "rows", PAGES, odd)] == [0, 0]


@pytest.fixture
def page(open_page: Opener) -> Page:
    return open_page(Piece("tally", embed.embed("tally", {"pages": PAGES}, id="tally")), width=390)  # type: ignore[arg-type]


def numbers(page: Page) -> list[list[str]]:
    return page.locator("tbody tr").evaluate_all("rows => rows.map(r => [...r.cells].slice(1).map(c => c.textContent))")


def test_it_follows_what_is_done_and_forgets_it_when_asked_twice(page: Page) -> None:
    clear = page.get_by_role("button", name="Clear", exact=True)
    assert clear.is_disabled() and numbers(page) == [["0 of 2", "0", "0 of 3"], ["0 of 1", "0", "0 of 0"]]
    page.evaluate(
        "done => { for (const [kind, all] of Object.entries(done)) for (const [id, value] of Object.entries(all)) "
        "nnlibWidgets.progress.set(kind, id, value); }",
        DONE,
    )
    assert numbers(page) == [["1 of 2", "1", "1 of 3"], ["1 of 1", "0", "0 of 0"]]
    assert page.locator(".clinic").inner_text() == "Patients healed in the clinic: 1."
    assert violations(page, ".nnlib-tally") == []
    clear.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "No, keep"
    assert violations(page, ".nnlib-tally") == []
    page.keyboard.press("Enter")
    assert numbers(page)[0] == ["1 of 2", "1", "1 of 3"]
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert numbers(page) == [["0 of 2", "0", "0 of 3"], ["0 of 1", "0", "0 of 0"]]
    assert page.get_by_role("status").inner_text() == "Cleared." and clear.is_disabled()
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_browser_that_keeps_nothing_is_told_of(page: Page) -> None:
    page.evaluate(REFUSE)
    page.evaluate("nnlibWidgets.progress.set('guess', '07-start/a', { said: '1', told: true, right: true })")
    assert numbers(page)[1] == ["1 of 1", "1", "0 of 0"]
    assert "keeps nothing" in page.get_by_role("status").inner_text()
