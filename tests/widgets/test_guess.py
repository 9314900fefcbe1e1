"""A guess: what its markup may say, and in a page how it is entered, locked in, kept, and told of."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from small_pages import Opener, violations
from widgets import Curves, Explorer, choice, embed

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))  # as _config.yml does for the extensions
import guesses

FACTOR = guesses.spec("the error falls by a factor of", "4.0", scale="1 to 32, log")
STEPS = guesses.spec("it takes", "29", scale="0 to 100 by 5", unit="steps")
SHARE = guesses.spec("in so many it falls", "69 %", scale="0 to 100 by 25", unit="%")
PROGRAM = guesses.spec("the right program", "C", choices="A | B | C")


# --- the markup --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"), [("2,702", 2702), ("91 %", 91), ("−0.5", -0.5), ("1e-04", 1e-4), ("14°", 14), (" 7 ", 7)]
)
def test_a_number_is_read_as_the_book_writes_it(text: str, value: float) -> None:
    assert guesses.number(text) == value


def test_a_scale_is_even_or_goes_up_by_a_quarter() -> None:
    even = guesses.Scale.read("0.1 to 0.5 by 0.1")
    assert not even.log and even.values == [0.1, 0.2, 0.3, 0.4, 0.5]
    ratio = guesses.Scale.read("1 to 480, log")
    assert ratio.log and ratio.values[:8] == [1, 2, 3, 4, 5, 6, 8, 10] and ratio.values[-1] == 480
    assert all(value == int(value) for value in ratio.values)
    fine = guesses.Scale.read("0.0001 to 0.25, log").values
    assert fine[0] == 0.0001 and fine[-1] == 0.25
    assert min(np.divide(fine[1:], fine[:-1])) > 1.15 and max(np.divide(fine[1:], fine[:-1])) < 1.35


def test_the_nearest_position_is_right() -> None:
    assert FACTOR["labels"][FACTOR["answer"]["place"]] == "4"
    assert STEPS["labels"][STEPS["answer"]["place"]] == "30 steps" and STEPS["answer"]["text"] == "29 steps"
    assert guesses.spec("x", "1.19", scale="0.25 to 16, log")["answer"]["place"] == 7  # between 1 and 1.3, by ratio
    assert guesses.spec("x", "40 %", scale="0 to 100 by 10", unit="%")["answer"]["text"] == "40 %"
    assert PROGRAM["answer"] == {"text": "C", "place": 2}


@pytest.mark.parametrize(
    ("answer", "options", "message"),
    [
        ("C", {}, "either choices or a scale"),
        ("C", {"choices": "A | C", "scale": "1 to 9 by 1"}, "either choices or a scale"),
        ("D", {"choices": "A | B | C"}, "'D' is not one of the choices"),
        ("A", {"choices": "A | B | B"}, "or one of them comes twice"),
        ("A", {"choices": "A"}, "or one of them comes twice"),
        ("none", {"scale": "1 to 9 by 1"}, "no number: 'none'"),
        ("12", {"scale": "1 to 9 by 1"}, "the answer, 12, is not on the scale"),
        ("3", {"scale": "1 to 9"}, "a scale is `1 to 9 by 1` or `1 to 100, log`"),
        ("3", {"scale": "1 to 9 by 3"}, "the steps do not lead from end to end"),
        ("3", {"scale": "9 to 1 by 1"}, "the steps do not lead from end to end"),
        ("3", {"scale": "1 to 9 by 0"}, "the steps do not lead from end to end"),
        ("3", {"scale": "0 to 9, log"}, "goes up from above 0"),
        ("3", {"scale": "1 to 9 by 0.01"}, "801 positions; from 3 to 101"),
    ],
)
def test_what_cannot_be_guessed_is_an_error(answer: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        guesses.spec("x", answer, **options)


# --- how far off -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "place", "told"),
    [
        (FACTOR, 3, {"right": True, "text": "Right: it is 4.0."}),
        (FACTOR, 0, {"right": False, "text": "It is 4.0; yours is too low by a factor of 4."}),
        (FACTOR, 12, {"right": False, "text": "It is 4.0; yours is too high by a factor of 8."}),
        (STEPS, 6, {"right": True, "text": "Right: it is 29 steps."}),
        (STEPS, 0, {"right": False, "text": "It is 29 steps; yours is 29 steps too low."}),
        (STEPS, 20, {"right": False, "text": "It is 29 steps; yours is 71 steps too high."}),
        (SHARE, 2, {"right": False, "text": "It is 69 %; yours is 19 points too low."}),
        (PROGRAM, 2, {"right": True, "text": "Right: it is C."}),
        (PROGRAM, 0, {"right": False, "text": "It is C."}),
    ],
)
def test_it_is_told_how_far_off(pure: Any, spec: dict[str, Any], place: int, told: dict[str, Any]) -> None:
    assert pure("guess", "verdict", spec, place) == told


# --- in a page ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """HTML of a page that needs a widget's files, as a figure has it."""

    kind: str
    page: str


def predict(spec: dict[str, Any], name: str) -> Piece:
    asked = embed.embed("guess", {"id": f"06-page/{name}", **spec}, id=f"guess-{name}")
    return Piece("guess", f'<div class="tip admonition"><p class="admonition-title">Predict</p><p>?</p>{asked}</div>')


# What sphinx-togglebutton makes of a folded admonition.
ANSWER = Piece(
    "guess",
    '<div class="dropdown admonition toggle toggle-hidden"><p class="admonition-title">Answer'
    '<button class="toggle-button">open</button></p><p>So far.</p></div>',
)
TOGGLE = """for (const button of document.querySelectorAll('.toggle-button')) button.addEventListener("click", () =>
    button.closest(".admonition").classList.toggle("toggle-hidden"))"""


def line(k: int) -> Any:
    return Curves({"a": [0.0, float(k)]})


@cache
def slider(id: str) -> Piece:
    explorer = Explorer(line, data={}, id=id, k=choice(1, 2, 3, default=1))
    return Piece("explorer", explorer._repr_mimebundle_()["text/html"])


@pytest.fixture
def opened(open_page: Opener) -> Callable[..., Page]:
    def open_(**keywords: Any) -> Page:
        pieces = [predict(FACTOR, "one"), slider("first"), ANSWER, predict(PROGRAM, "two"), slider("second"), ANSWER]
        page = open_page(*pieces, **keywords)
        page.evaluate(TOGGLE)
        return page

    return open_


def move(page: Page, id: str) -> None:
    page.locator(f"#{id} input[type=radio]").nth(1).check()


def told(page: Page, name: str) -> str:
    return page.locator(f"#guess-{name} .told").inner_text()


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_number_is_locked_in_by_keys_and_told_when_the_slider_moves(opened: Any, scheme: str) -> None:
    page = opened(scheme=scheme)
    box = page.locator("#guess-one")
    scale, lock = box.get_by_role("slider"), box.get_by_role("button", name="Lock in")
    assert scale.get_attribute("aria-valuetext") == "no guess yet" and lock.is_disabled()
    scale.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert scale.get_attribute("aria-valuetext") == "2"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Change"
    assert not scale.is_visible() and told(page, "one").startswith("Your guess: 2. Now try it")
    move(page, "second")  # another question's
    assert box.get_attribute("data-state") == "locked"
    move(page, "first")
    assert (
        told(page, "one")
        == "Your guess, the error falls by a factor of: 2. It is 4.0; yours is too low by a factor of 2."
    )
    assert not box.get_by_role("button").is_visible()
    assert page.locator("#guess-two").get_attribute("data-state") == "open"
    assert page.evaluate("nnlibWidgets.progress.get('guess', '06-page/one')") == {
        "said": "2",
        "told": True,
        "right": False,
    }


def test_one_of_a_few_is_locked_in_and_told_when_the_answer_opens(opened: Any) -> None:
    page = opened()
    box = page.locator("#guess-two")
    assert box.get_by_role("group", name="the right program").is_visible()
    box.get_by_role("radio", name="C").check()
    page.locator("#guess-two button", has_text="Lock in").click()
    page.locator(".toggle-button").nth(0).click()  # the other question's answer
    assert box.get_attribute("data-state") == "locked"
    page.locator(".toggle-button").nth(1).click()
    page.wait_for_selector("#guess-two[data-state=told]")
    assert told(page, "two") == "Your guess, the right program: C. Right: it is C."
    answer = page.locator(".admonition.dropdown").nth(1).locator(".nnlib-guess-told")
    assert answer.inner_text() == told(page, "two")


def test_who_locks_nothing_in_is_told_nothing(opened: Any) -> None:
    page = opened()
    move(page, "first")
    page.locator(".toggle-button").nth(0).click()
    page.wait_for_timeout(100)
    assert page.locator("#guess-one").get_attribute("data-state") == "open"
    assert page.evaluate("Object.keys(nnlibWidgets.progress.all())") == []
    texts = page.locator(".admonition.dropdown p").all_text_contents()
    assert len(texts) == 4 and all(texts)


def test_what_changes_only_the_look_is_no_move(opened: Any) -> None:
    page = opened()
    page.locator("#guess-one").get_by_role("slider").click()
    page.locator("#guess-one button", has_text="Lock in").click()
    page.locator("#first").get_by_role("button", name="Reset").click()
    page.locator("#first canvas").click()
    assert page.locator("#guess-one").get_attribute("data-state") == "locked"


# An explorer that could run Python: its bar and its editor are there.
OFFERED = """
    globalThis.nnlibWidgets = {
        live: { offered: () => true, why: () => "", place: () => ({ base: location.href, page: "p" }), state: "off" },
        editor: {
            open(parent) {
                const box = nnlibWidgets.element(parent, "div", { class: "nnlib-editor" });
                const area = nnlibWidgets.element(box, "textarea", { "aria-label": "the code" });
                return { text: "", focus() { area.focus(); } };
            },
        },
    };
    globalThis.fetch = async () => Response.json({ source: ["x = 1"], data: {}, given: {} });
"""


def test_looking_at_a_figures_code_is_no_move(opened: Any) -> None:
    page = opened(stand_in=OFFERED)
    page.locator("#guess-one").get_by_role("slider").click()
    page.locator("#guess-one button", has_text="Lock in").click()
    edit = page.locator("#first").get_by_role("button", name="Edit code")
    edit.click()
    page.locator("#first textarea").fill("y = 2")
    edit.click()
    assert not page.locator("#first textarea").is_visible()
    assert page.locator("#guess-one").get_attribute("data-state") == "locked"


def test_a_guess_can_be_changed_until_it_is_told(opened: Any) -> None:
    page = opened()
    box = page.locator("#guess-two")
    box.get_by_role("radio", name="A").check()
    box.get_by_role("button", name="Lock in").click()
    box.get_by_role("button", name="Change").click()
    assert box.get_by_role("radio", name="A").is_checked()
    assert page.evaluate("document.activeElement.type") == "radio"
    box.get_by_role("radio", name="B").check()
    box.get_by_role("button", name="Lock in").click()
    move(page, "second")
    assert told(page, "two") == "Your guess, the right program: B. It is C."


def test_a_guess_is_there_when_the_reader_comes_back_and_gone_when_cleared(opened: Any) -> None:
    page = opened()
    page.locator("#guess-two").get_by_role("radio", name="A").check()
    page.locator("#guess-two").get_by_role("button", name="Lock in").click()
    page.reload()
    assert told(page, "two").startswith("Your guess: A.")
    move(page, "second")
    page.reload()
    assert told(page, "two") == "Your guess, the right program: A. It is C."
    page.evaluate("nnlibWidgets.progress.clear()")
    assert page.locator("#guess-two").get_attribute("data-state") == "open"
    assert page.locator("#guess-two input:checked").count() == 0


@pytest.mark.parametrize("kept", [{"said": "Z"}, {"told": True}, "C", 3, None])
def test_a_guess_of_another_version_of_the_page_is_none(opened: Any, kept: Any) -> None:
    stored = json.dumps(json.dumps({"guess": {"06-page/two": kept}}))
    page = opened(stand_in=f"localStorage.setItem('nnlib-progress', {stored})")
    assert page.locator("#guess-two").get_attribute("data-state") == "open"


def test_paper_and_a_page_without_scripts_have_the_question_alone(opened: Any) -> None:
    page = opened()
    page.locator("#guess-two").get_by_role("radio", name="A").check()
    page.locator("#guess-two").get_by_role("button", name="Lock in").click()
    page.emulate_media(media="print")
    assert page.locator(".nnlib-guess:visible").count() == 0
    still = opened(java_script_enabled=False)
    assert still.locator("#guess-one").inner_text() == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out_in_any_state_and_it_fits_a_phone(opened: Any, theme: str) -> None:
    page = opened(theme=theme, width=390)
    only = ".nnlib-guess"
    assert violations(page, only) == []
    for name, role in ("one", "slider"), ("two", "radio"):
        page.locator(f"#guess-{name}").get_by_role(role).first.click()
        page.locator(f"#guess-{name}").get_by_role("button", name="Lock in").click()
    assert violations(page, only) == []
    move(page, "first")
    move(page, "second")
    assert page.locator("#guess-one, #guess-two").evaluate_all("all => all.map(e => e.dataset.state)") == ["told"] * 2
    assert violations(page, only) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
