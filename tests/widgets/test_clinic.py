"""The clinic in a page: who is admitted, what is checked, healed and given up, and what a page without Python says.

Python in the page is a stand-in here: the checks run in this process, and the editor is a bare text area. The built
book's own is asked in tests/site.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from experiments import clinic as ward
from experiments import zoo
from playwright.sync_api import Locator, Page, expect
from small_pages import Opener, violations
from test_exercise import STAND_IN
from widgets import clinic
from widgets.live.bridge import explain

from tools import notebooks

# A generator's values are shown one by one, as live.js does.
CALL = """async call(name, kwargs, { show, print }) {
            if (asked.hang === "call") await new Promise((_, reject) => rejects.push(reject));
            const said = JSON.parse(await globalThis.pythonCall(name, JSON.stringify(kwargs)));
            if (asked.prints) print(asked.prints);
            if (said.error) throw Object.assign(new Error(said.error.message), said.error);
            for (const value of said.values) {
                show(value);
                asked.corners.push(document.querySelector(".after").points.length);
            }
            return said.values.at(-1);
        },
    };
    const editor"""
HEAD, _, REST = STAND_IN.partition("async call(")
LIVE = HEAD.replace("started: 0,", "started: 0, corners: [],") + CALL + REST.partition("    const editor")[2]
ILL = 12  # no slope
BY_NAME = {specimen.name: number for number, specimen in enumerate(zoo.SPECIMENS, 1)}


@pytest.fixture(scope="module")
def records() -> dict[str, Any]:
    """What the page stores, from the notebook."""
    (html,) = [
        notebooks.text(output["data"]["text/html"])
        for cell in notebooks.code_cells(notebooks.read(notebooks.BOOK / "clinic.ipynb"))
        for output in cell["outputs"]
        if "text/html" in output.get("data", {})
    ]
    stored: dict[str, Any] = json.loads(html.partition('json">')[2].partition("</script>")[0])
    return stored


def answered(name: str, kwargs: str) -> str:
    module, _, function = name.partition(":")
    assert module == "experiments.clinic"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return json.dumps({"values": list(getattr(ward, function)(**json.loads(kwargs)))})
        except Exception as error:
            return json.dumps({"error": explain(error)})


@pytest.fixture
def admit(open_page: Opener, open_again: Opener, records: dict[str, Any]) -> Callable[..., Page]:
    """A page with a patient; with `live`, one whose Python answers."""

    def opened(number: int = 0, live: bool = True, **options: Any) -> Page:
        if live:
            options = {"stand_in": LIVE, "expose": {"pythonCall": answered}, "scheme": "http"} | options
        page = (open_again if live else open_page)(clinic(records, label="clinic"), **options)
        if number:
            page.evaluate("number => { location.hash = `clinic?patient=${number}`; }", number)
            expect(page.get_by_label("Patient", exact=True)).to_have_value(str(number))
        return page

    return opened


def begin(page: Page) -> Page:
    press(page, "Start Python")
    expect(page.locator("textarea")).to_be_visible()
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def status(page: Page) -> Locator:
    return page.locator(".status")


def state(page: Page) -> str | None:
    return page.locator(".nnlib-clinic").get_attribute("data-state")


# --- what it works out -----------------------------------------------------------------------------------------


def test_the_notebook_stores_the_present_programs(records: dict[str, Any], pure: Any) -> None:
    assert len(records["patients"]) == len(zoo.SPECIMENS)
    for number in (1, ILL, 42):
        assert pure("clinic", "program", records, number) == ward.program(number)


@pytest.mark.parametrize(
    ("hash", "number"),
    [
        ("#clinic?patient=7", 7),
        ("#clinic?patient=42&x=1", 42),
        ("#clinic?patient=43", 0),
        ("#clinic?patient=0", 0),
        ("#clinic?patient=-1", 0),
        ("#clinic?patient=1e1", 0),
        ("#clinic?patient=<img onerror=1>", 0),
        ("#clinic", 0),
        ("#other?patient=7", 0),
        ("", 0),
    ],
)
def test_an_address_names_a_patient_or_none(pure: Any, hash: str, number: int) -> None:
    assert pure("clinic", "patientOf", hash, "clinic", 42) == number


def test_who_is_not_healed_is_drawn_first(blank: Page, pure: Any) -> None:
    pure("clinic", "kindOf", "")  # has the script loaded
    draw = "([done, now, random]) => nnlibWidgets.clinic.pure.drawn(4, new Set(done), now, random)"
    assert [blank.evaluate(draw, [[1, 3], 2, r]) for r in (0, 0.5, 0.99)] == [4, 4, 4]
    assert [blank.evaluate(draw, [[1, 2, 3, 4], 2, r]) for r in (0, 0.4, 0.99)] == [1, 3, 4]
    assert [blank.evaluate(draw, [[], 0, r]) for r in (0, 0.99)] == [1, 4]


def test_only_a_changed_program_is_kept_and_the_last_one_begun_comes_first(pure: Any) -> None:
    assert pure("clinic", "record", "mine", "its own", False) == {"text": "mine"}
    assert pure("clinic", "record", "its own\n", "its own", True) == {"healed": True}
    assert pure("clinic", "record", "its own", "its own", False) is None
    kept = {"clinic/7": {"text": "a"}, "clinic/3": {"text": "b"}, "clinic/9": {"text": "c", "healed": True}}
    assert pure("clinic", "begun", kept | {"clinic/99": {"text": "d"}, "clinic/4": None}, 42) == 3
    assert pure("clinic", "begun", {"clinic/9": {"healed": True}}, 42) == 0


def test_a_curve_is_told_in_words(pure: Any) -> None:
    whole = {"loss": [0.7, 0.5, 0.31234], "stopped": "", "accuracy": 0.964}
    assert pure("clinic", "said", whole, 3) == (
        "loss 0.7 after the first epoch, 0.312 after 3 epochs; accuracy on fresh moons 96\u00a0%"
    )
    assert pure("clinic", "said", whole | {"stopped": "not finite"}, 40).endswith(
        "0.312 after epoch 3; stops: not finite"
    )
    one = whole | {"loss": [0.7], "stopped": "not finite"}
    assert pure("clinic", "said", one, 40) == "loss 0.7 after epoch 1; stops: not finite"
    assert pure("clinic", "said", one | {"loss": []}, 40) == "no loss was a number; stops: not finite"
    running = {"loss": [0.7, 0.5], "stopped": "", "accuracy": None}
    assert pure("clinic", "said", running, 40) == "loss 0.7 after the first epoch, 0.5 after epoch 2"
    assert (
        pure("clinic", "points", [2.0, 1.0, 9.0], 3, {"x": 0, "y": 0, "w": 10, "h": 17}) == "0.0,7.0 5.0,12.0 10.0,0.0"
    )


# --- without Python ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_without_python_has_curve_and_program_and_says_what_to_do(
    admit: Callable[..., Page], theme: str
) -> None:
    page = admit(ILL, live=False, width=390, theme=theme)
    assert state(page) == "closed" and "can be read without it" in status(page).inner_text()
    assert page.locator(".program pre").text_content() == ward.program(ILL)
    picture = page.get_by_role("img", name="The loss over that of the first epoch")
    assert "after 40 epochs; accuracy on fresh moons" in (picture.get_attribute("aria-label") or "")
    assert page.locator("polyline.before").get_attribute("points").count(",") == 40  # type: ignore[union-attr]
    shown = page.get_by_role("button").all_inner_texts()
    assert shown == ["Another, at random", "Give up"]
    assert violations(page, ".nnlib-clinic") == []
    press(page, "Give up")
    assert "number 12 of the zoo, “no slope”" in page.locator(".outcome").inner_text()
    assert page.evaluate("document.activeElement.className") == "outcome"
    assert violations(page, ".nnlib-clinic") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    press(page, "Another, at random")
    assert page.get_by_label("Patient", exact=True).input_value() != "12" and not page.locator(".outcome").is_visible()
    assert page.evaluate("location.hash") == f"#clinic?patient={page.get_by_label('Patient', exact=True).input_value()}"


def test_without_scripts_the_first_curve_stands_there(admit: Callable[..., Page]) -> None:
    page = admit(live=False, java_script_enabled=False)
    assert page.locator("img.nnlib-still").is_visible()
    assert "allow scripts" in page.locator("ol.nnlib-still").inner_text()


# --- with Python -------------------------------------------------------------------------------------------------


def test_a_patient_is_examined_and_healed(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL, width=390))
    area = page.locator("textarea")
    assert area.input_value() == ward.program(ILL)
    press(page, "Run the check: shapes")
    expect(page.locator("li", has_text="shapes").first).to_have_attribute("data-found", "fits")
    assert status(page).inner_text() == "0 of 1 checks complain; 14 are left."
    press(page, "Run all checks")
    expect(status(page)).to_contain_text("of 15 checks complain")
    gradient = page.locator("li", has=page.locator("strong", has_text="inner product"))
    assert gradient.get_attribute("data-found") == "seen" and "relative error" in gradient.inner_text()
    assert "Your program (dashed)" in page.locator(".legend").inner_text()
    assert violations(page, ".nnlib-clinic") == []
    area.fill(area.input_value().replace("return g\n", "return g * (1 - self.a * self.a)\n"))
    assert page.locator("[data-found]").count() == 0 and "Changed" in status(page).inner_text()
    press(page, "Run the check: shapes")
    expect(status(page)).to_have_text("0 of 1 checks complain; 14 are left.")  # those before were of another program
    area.press("Control+Enter")
    expect(page.locator(".outcome")).to_contain_text("Healed: every check fits.")
    assert "The slope of the activation is left out on the way back." in page.locator(".outcome").inner_text()
    assert page.locator(".outcome .right").inner_text().strip() == "+        return g * (1 - self.a**2)"
    cured = {"healed": True, "text": area.input_value()}
    assert page.evaluate("nnlibWidgets.progress.all()") == {"clinic": {"clinic/12": cured}}
    assert page.locator("option:checked").inner_text() == "12 (healed)"
    assert violations(page, ".nnlib-clinic") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_another_network_is_no_cure(admit: Callable[..., Page]) -> None:
    page = begin(admit(BY_NAME["accumulated"]))
    number = BY_NAME["accumulated"]
    page.locator("textarea").fill(ward.healthy_program(number).replace("rate=0.3", "rate=0.29"))
    press(page, "Run all checks")
    expect(status(page)).to_contain_text("another network than the patient: rate is another")
    assert not page.locator(".outcome").is_visible()
    assert page.evaluate("number => nnlibWidgets.progress.get('clinic', `clinic/${number}`)?.healed", number) is None


def test_the_curve_is_drawn_while_it_trains(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL))
    page.get_by_role("button", name="Train").press("Enter")
    expect(status(page)).to_have_text("Trained.")
    expect(page.get_by_role("button", name="Train")).to_be_focused()
    assert page.evaluate("asked.corners") == [*range(1, 41), 40]  # and once more with its accuracy
    assert "Your program (dashed): loss " in page.locator(".legend").inner_text()
    page.evaluate("asked.corners = []")
    press(page, "Run the check: loss falls")
    expect(status(page)).to_contain_text("14 are left")
    assert page.evaluate("asked.corners.slice(1, 41)") == [*range(1, 41)]


def test_a_program_is_kept_until_it_is_reset_or_all_is_cleared(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL, stand_in=f"{LIVE}\nMath.random = () => 0;"))  # would draw the first
    area, shown = page.locator("textarea"), page.locator(".program pre")
    mine = ward.program(ILL) + "# mine\n"
    area.fill(mine)
    page.goto(page.url.partition("#")[0])  # no patient in the address: the one that was begun
    assert shown.text_content() == mine and status(page).inner_text() == "Your program, as you left it."
    assert page.locator("option:checked").inner_text() == "12 (begun)"
    begin(page)
    assert area.input_value() == mine
    page.get_by_label("Patient", exact=True).select_option("3")
    assert area.input_value() == ward.program(3)
    page.get_by_label("Patient", exact=True).select_option(str(ILL))
    press(page, "Reset the program")
    assert area.input_value() == ward.program(ILL) and page.locator("option:checked").inner_text() == "12"
    assert page.evaluate("nnlibWidgets.progress.all()") == {"clinic": {}}
    press(page, "Undo the reset")
    assert area.input_value() == mine and page.locator("option:checked").inner_text() == "12 (begun)"
    page.evaluate("nnlibWidgets.progress.clear()")
    page.reload()
    assert shown.text_content() == ward.program(ILL) and page.locator("option:checked").inner_text() == "12"


def test_a_browser_that_keeps_nothing_still_heals(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL, refuse_storage=True))
    page.locator("textarea").fill(ward.healthy_program(ILL))
    press(page, "Run all checks")
    expect(page.locator(".outcome")).to_contain_text("Healed")
    page.get_by_label("Patient", exact=True).select_option("3")
    page.get_by_label("Patient", exact=True).select_option(str(ILL))
    assert page.locator("textarea").input_value() == ward.healthy_program(ILL)


def test_what_was_not_kept_by_the_clinic_is_no_program(admit: Callable[..., Page]) -> None:
    page = admit(live=False)
    for odd in (3, "text", None, {"text": 3}, {"text": None, "healed": "yes"}):
        page.evaluate("odd => nnlibWidgets.progress.set('clinic', 'clinic/12', odd)", odd)
        page.get_by_label("Patient", exact=True).select_option("3")
        page.get_by_label("Patient", exact=True).select_option(str(ILL))
        assert page.locator(".program pre").text_content() == ward.program(ILL)
        assert page.locator("option:checked").inner_text() == "12"


def test_an_error_is_shown_with_its_line(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL))
    area = page.locator("textarea")
    area.fill("x = 1\nif x\n")
    press(page, "Run all checks")
    expect(page.get_by_role("alert")).to_contain_text("SyntaxError")
    expect(area).to_have_attribute("data-line", "2")
    assert state(page) == "ready" and page.locator("[data-found]").count() == 0
    assert violations(page, ".nnlib-clinic") == []
    press(page, "Reset the program")
    assert area.input_value() == ward.program(ILL)
    press(page, "Train")
    expect(page.locator(".legend")).to_contain_text("Your program")
    assert not page.get_by_role("alert").is_visible()


def test_an_error_inside_a_check_is_a_complaint_and_marks_its_line(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL))
    code = ward.program(ILL).replace("return g\n", "return g * slope\n")
    page.locator("textarea").fill(code)
    press(page, "Run the check: inner product")
    expect(page.locator("[data-found=seen]")).to_contain_text("NameError: name 'slope' is not defined")
    line = code[: code.index("g * slope")].count("\n") + 1
    expect(page.locator("textarea")).to_have_attribute("data-line", str(line))


def test_what_a_program_prints_is_shown_until_the_next_run(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL))
    printed = page.get_by_role("region", name="what it prints")
    press(page, "Run the check: shapes")
    expect(status(page)).to_contain_text("14 are left")
    expect(printed).to_be_hidden()
    page.evaluate("asked.prints = 'x is (3, 2)\\n'")
    press(page, "Run the check: shapes")
    expect(printed).to_have_text("x is (3, 2)\n")
    assert violations(page, ".nnlib-clinic") == []
    page.evaluate("asked.prints = 'y\\n'.repeat(9000)")
    page.locator("textarea").fill("1 / 0\n")
    press(page, "Run the check: shapes")
    expect(page.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    assert printed.inner_text() == "…\n" + "y\n" * 2000
    page.get_by_label("Patient", exact=True).select_option("3")
    expect(printed).to_be_hidden()


def test_a_loop_without_end_is_stopped_and_loading_can_be_cancelled(admit: Callable[..., Page]) -> None:
    page = admit(ILL)
    page.evaluate("asked.hang = 'start'")
    press(page, "Start Python")
    expect(status(page)).to_contain_text("3.0 of 9.0 MB")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    press(page, "Cancel")
    expect(page.get_by_role("button", name="Start Python")).to_be_focused()
    page.evaluate("asked.hang = ''")
    begin(page)
    page.evaluate("asked.hang = 'call'")
    press(page, "Run all checks")
    assert state(page) == "busy" and violations(page, ".nnlib-clinic") == []
    press(page, "Stop")
    expect(status(page)).to_have_text("Stopped. Start Python again to go on.")
    expect(page.get_by_role("button", name="Start Python")).to_be_focused()
    assert page.evaluate("[asked.stopped, asked.cancelled]") == [1, 1]
    press(page, "Start Python")
    expect(page.get_by_role("button", name="Run all checks")).to_be_visible()
    assert page.locator("textarea").count() == 1


def test_python_that_does_not_start_is_told_of(admit: Callable[..., Page]) -> None:
    page = admit(ILL)
    page.evaluate("asked.breaks = 'start'")
    press(page, "Start Python")
    expect(page.get_by_role("alert")).to_contain_text("the file is cut short")
    expect(page.get_by_role("button", name="Start Python")).to_be_visible()


def test_another_patient_ends_what_runs(admit: Callable[..., Page]) -> None:
    page = begin(admit(ILL))
    page.evaluate("asked.hang = 'call'")
    press(page, "Run all checks")
    page.get_by_label("Patient", exact=True).select_option("3")
    assert page.evaluate("asked.stopped") == 1
    assert page.locator("textarea").input_value() == ward.program(3)
    press(page, "Give up")
    assert "“transposed gradient”" in page.locator(".outcome").inner_text()
