"""The clinic in the built book, with its own Python: checks, an error, an endless loop, a cure; and from the disk."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Site, Visit
from experiments import clinic
from playwright.sync_api import Page, expect

START = 90_000  # ms, on a machine that does much else
PAGE = "book/clinic.html"
ILL = 12  # no slope
CHECKS = ["shapes", "inner product", "census"]
WATCH = """() => {
    const curve = document.querySelector("polyline.after");
    globalThis.corners = [];
    new MutationObserver(() => corners.push(curve.points.length)).observe(curve, { attributes: true });
}"""


@pytest.fixture
def live(site: Site) -> None:
    if "nnlib-live" not in (site.root / PAGE).read_text("utf-8"):
        pytest.skip("this build has no Python for the browser: Pyodide's files could not be had")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def start(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"Start Python \(loads [0-9.]+ MB\)")).click()
    expect(page.get_by_role("button", name="Run all checks")).to_be_visible(timeout=START)


def write(page: Page, code: str) -> None:
    """As the reader does: everything away, and the new text at once."""
    field = page.locator(".program [contenteditable], .program textarea").first
    field.click()
    field.press("Control+a")
    field.press("Delete")
    page.keyboard.insert_text(code)


def test_a_patient_from_its_address_to_its_cure(live: None, visit: Callable[..., Visit]) -> None:
    seen = visit(f"{PAGE}#ward?patient={ILL}")
    page = seen.page
    assert page.get_by_label("Patient", exact=True).input_value() == str(ILL)
    fetched = [url for url in seen.requests if "_static/live" in url]
    assert fetched == [], "something was fetched before a button was pressed"
    assert page.locator("details.hide").count() == 0, "code folds that say nothing to a reader"
    expect(page.locator(".program pre")).to_have_attribute("tabindex", "0")  # it scrolls downwards
    start(page)
    page.evaluate(WATCH)
    press(page, "Train")
    expect(page.locator(".status")).to_have_text("Trained.", timeout=START)
    assert page.evaluate("corners") == [*range(1, 41), 40]
    for name in CHECKS:
        press(page, f"Run the check: {name}")
        expect(page.locator(".checks li", has=page.get_by_text(name, exact=True))).to_have_attribute(
            "data-found", "seen" if name == "inner product" else "fits", timeout=START
        )
    code = clinic.program(ILL)
    write(page, code.replace("return g\n", "return g * slope\n"))
    press(page, "Run the check: inner product")
    expect(page.locator("[data-found=seen]")).to_contain_text("NameError: name 'slope' is not defined", timeout=START)
    assert seen.barriers(within="#ward") == []
    seen.look("theme", "dark")
    write(page, "if kit\n")
    page.get_by_role("button", name="Run all checks").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("SyntaxError", timeout=START)
    expect(page.get_by_role("button", name="Run all checks")).to_be_focused()
    assert seen.barriers(within="#ward") == []
    write(page, "while True:\n    pass\n")
    press(page, "Run all checks")
    expect(page.locator(".nnlib-clinic")).to_have_attribute("data-state", "busy")
    page.wait_for_timeout(500)
    press(page, "Stop")
    expect(page.locator(".status")).to_contain_text("Stopped", timeout=1000)
    start(page)
    write(page, clinic.healthy_program(ILL))
    press(page, "Run all checks")
    expect(page.locator(".outcome")).to_contain_text("Healed: every check fits.", timeout=START)
    assert seen.barriers(within="#ward") == []
    cured = {"healed": True, "text": clinic.healthy_program(ILL)}
    assert page.evaluate("nnlibWidgets.progress.all().clinic") == {f"clinic/{ILL}": cured}
    page.reload()
    expect(page.locator("option:checked")).to_have_text(f"{ILL} (healed)")
    assert page.locator(".program pre").text_content() == clinic.healthy_program(ILL)


def test_from_the_disk_it_says_what_to_do_and_can_be_given_up(visit: Callable[..., Visit]) -> None:
    seen = visit(PAGE, "file", width=390)
    page = seen.page
    expect(page.locator(".status")).to_contain_text("can be read without it")
    assert page.get_by_role("button", name="Start Python").count() == 0
    press(page, "Give up")
    expect(page.locator(".outcome")).to_contain_text("of the zoo")
    # As far as a click may scroll it, so that the buttons of the page's header lie over it: no matter for axe.
    another = page.get_by_role("button", name="Another, at random")
    another.evaluate("button => scrollBy({ top: button.getBoundingClientRect().top + 4, behavior: 'instant' })")
    assert seen.barriers() == []
