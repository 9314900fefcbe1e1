"""The page of examples: each widget is on it, and opens in the states that it names."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page
from small_pages import violations
from widgets import embed
from widgets.examples import write

MOUNTS = re.compile(r"\bdefine\(")  # the last line of a widget's script
FOLDERS = sorted({path.parent.name for path in embed.HERE.glob("*/*.js") if MOUNTS.search(path.read_text("utf-8"))})


def test_each_widgets_folder_has_examples() -> None:
    assert sorted(embed.FOLDERS.values()) == FOLDERS
    examples = embed.HERE / "examples"
    assert [name for name in FOLDERS if not (examples / f"{name}.py").is_file()] == []


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """The page of one module's examples, at a phone's width; any error on it fails the test."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))

    def opened(name: str) -> Page:
        examples = importlib.import_module(f"widgets.examples.{name}").examples()
        page.goto(write(tmp_path, examples).as_uri())
        return page

    yield opened
    page.close()
    assert not errors


def frame(page: Page, title: str) -> Locator:
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("section").filter(has=heading).locator(".frame")


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in FOLDERS if name != "explorer"])  # test_explorer_page.py has them
def test_a_widgets_examples_are_accessible_and_fit_a_phone(show: Callable[[str], Page], name: str) -> None:
    page = show(name)
    (kind,) = (kind for kind, folder in embed.FOLDERS.items() if folder == name)
    assert page.locator(f".nnlib-{kind}").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # One by one: several clinics of one page would have regions of one name.
    for k in range(page.locator("section").count()):
        assert violations(page, f"section:nth-of-type({k + 1})") == []


def test_what_the_examples_keep_is_kept_by_their_page_alone(show: Callable[[str], Page], tmp_path: Path) -> None:
    page = show("guess")
    assert "too high by a factor of 8" in frame(page, "Guess: off by a factor").locator(".told").inner_text()
    locked = frame(page, "Guess: locked in").locator(".nnlib-guess")
    assert locked.get_attribute("data-state") == "locked"
    locked.get_by_role("button", name="Change").click()
    assert locked.get_attribute("data-state") == "open"
    page.reload()
    assert locked.get_attribute("data-state") == "locked"
    other = tmp_path / "other.html"  # as the built book, read from the disk
    other.write_text("<title>Another page</title>", "utf-8")
    page.goto(other.as_uri())
    assert page.evaluate("localStorage.length") == 0


def test_the_examples_of_the_clinic_show_its_patients(show: Callable[[str], Page]) -> None:
    page = show("clinic")
    patients = {"healed before": "2 (healed)", "has changed": "3 (begun)", "was a number": "4"}
    for title, chosen in patients.items():
        shown = page.locator("section", has_text=title).locator(".frame")
        assert shown.locator("option:checked").inner_text() == chosen
    assert "Not healed" in frame(page, "Clinic: given up").inner_text()
    assert "run the program in a cell" in frame(page, "Clinic in a notebook").inner_text()
    assert page.evaluate("scrollY") == 0
