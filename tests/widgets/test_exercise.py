"""The exercise widget: what its script works out, and the page and the notebook in a browser.

Python in the page is a stand-in here: the graders run in this process, and the editor is a bare text area. The built
book's own is asked in tests/site.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from exercises import bp_code, fp_code, fp_hinge_code
from exercises.answers import check
from playwright.sync_api import Page, expect
from small_pages import HOSTS, Opener, violations
from widgets import attempt

# As live.js and editor.js are from outside. What `hang` names only ends if it is stopped; what `breaks` names fails.
STAND_IN = """(() => {
    const widgets = (globalThis.nnlibWidgets ??= {});
    const asked = { started: 0, stopped: 0, cancelled: 0, why: "", hang: "", breaks: "", prints: "", times: 1 };
    globalThis.asked = asked;
    let state = "off", rejects = [];
    const turn = (next) => { state = next; document.dispatchEvent(new CustomEvent("nnlib-live", { detail: next })); };
    const abort = () => {
        turn("off");
        for (const reject of rejects.splice(0)) reject(new DOMException("stopped", "AbortError"));
    };
    const live = {
        why: () => asked.why,
        get state() { return state; },
        async start({ progress }) {
            asked.started += 1;
            turn("loading");
            progress(3e6, 9e6);
            if (asked.hang === "start") await new Promise((_, reject) => rejects.push(reject));
            if (asked.breaks === "start") { turn("off"); throw new Error("the file is cut short"); }
            turn("ready");
        },
        cancel() { asked.cancelled += 1; abort(); },
        stop() { asked.stopped += 1; abort(); },
        async call(name, kwargs, { print }) {
            if (asked.hang === "call") await new Promise((_, reject) => rejects.push(reject));
            if (asked.breaks === "call") throw new Error("MemoryError: no room");
            for (let k = 0; asked.prints && k < asked.times; k += 1) print(asked.prints);
            const verdict = JSON.parse(await globalThis.pythonCheck(name, JSON.stringify(kwargs)));
            verdict.line ??= undefined; // what None becomes on its way
            return verdict;
        },
    };
    const editor = {
        open(parent, { text, label, onRun, onChange }) {
            const area = document.createElement("textarea");
            area.value = text;
            area.setAttribute("aria-label", label);
            parent.append(area);
            area.addEventListener("input", onChange);
            area.addEventListener("keydown", (event) => { if (event.ctrlKey && event.key === "Enter") onRun(); });
            return Promise.resolve({
                get text() { return area.value; },
                set text(value) { area.value = value; },
                markLine(n) {
                    if (n === undefined) throw new TypeError("no line, or null");
                    area.dataset.line = n ?? "";
                },
                focus: () => area.focus(),
                bundled: false,
            });
        },
    };
    for (const [name, value] of Object.entries({ live, editor })) {
        Object.defineProperty(widgets, name, { get: () => value, set() {} });
    }
})();"""


def figure(module: Any = fp_code, function: Any = None) -> Any:
    return attempt(module, function or module.exercise.starter)


@pytest.fixture
def open_live(open_again: Opener) -> Callable[..., Page]:
    """A page whose Python answers; `asked` on it says what it was asked."""

    def opened(module: Any = fp_code, **options: Any) -> Page:
        expose = {"pythonCheck": answered}
        return open_again(figure(module), scheme="http", stand_in=STAND_IN, expose=expose, **options)

    return opened


def answered(name: str, kwargs: str) -> str:
    assert name == "exercises.answers:check"
    return json.dumps(check(**json.loads(kwargs)))


def begin(page: Page) -> Page:
    page.get_by_role("button", name="Answer here").click()
    expect(page.locator(".nnlib-exercise")).to_have_attribute("aria-busy", "false")
    return page


def verdict(page: Page) -> Any:
    return page.locator(".verdict")


def write(page: Page, code: str) -> None:
    page.locator("textarea").fill(code)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


# --- Python --------------------------------------------------------------------------------------------------


def test_what_is_stored() -> None:
    shown = figure()
    assert repr(shown) == "ex-fp-code: f after the last layer, too"
    assert shown.spec["starter"].startswith("def my_forward(x, params, f):\n    for W, b in params:")
    assert shown.spec["passed"] is False and len(shown.spec["hints"]) == 3
    assert 'id="ex-fp-code-answer"' in shown.page and "Not yet: f after the last layer, too." in shown.page
    assert "solution" not in shown.page and len(shown.page) < 3000
    right = figure(function=fp_code.solution)
    assert repr(right) == "ex-fp-code: right" and "<li>Right.</li>" in right.page


def test_an_answer_that_raises_is_shown_as_well() -> None:
    shown = attempt(fp_code, lambda x, params, f: x.missing)
    assert "raises AttributeError" in repr(shown)
    assert "is no function" in repr(attempt(fp_code, np.zeros(3)))  # type: ignore[arg-type]


# --- pure ----------------------------------------------------------------------------------------------------


def test_code_stands_between_backticks(pure: Any) -> None:
    assert pure("exercise", "parts", "Take `x @ W`, not `W`.") == [
        [False, "Take "],
        [True, "x @ W"],
        [False, ", not "],
        [True, "W"],
        [False, "."],
    ]
    assert pure("exercise", "parts", "plain") == [[False, "plain"]]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/01-forward-pass.html", "01-forward-pass"),
        ("/a/book/06-x.html", "06-x"),
        ("/06-x", "06-x"),
        ("/book/", "index"),
    ],
)
def test_a_pages_name(pure: Any, path: str, name: str) -> None:
    assert pure("exercise", "pageName", path) == name


@pytest.mark.parametrize(
    ("passed", "message", "line", "said"),
    [
        (True, "right", None, "Right."),
        (False, "missing 1/N", None, "Not yet: missing 1/N."),
        (False, "it raises NameError: x", 3, "Not yet: line 3: it raises NameError: x."),
        (False, "returns None: is there a `return`?", None, "Not yet: returns None: is there a `return`?"),
    ],
)
def test_a_verdict_is_a_sentence(pure: Any, passed: bool, message: str, line: int | None, said: str) -> None:
    assert pure("exercise", "sentence", {"passed": passed, "message": message, "line": line}) == said


def test_of_what_was_printed_the_end_is_shown(pure: Any) -> None:
    assert pure("exercise", "tail", "a\nb\n") == "a\nb\n"
    lines = "".join(f"line {n}\n" for n in range(5000))
    shown = pure("exercise", "tail", lines)
    assert pure("exercise", "tail", pure("exercise", "tail", lines[:9000]) + lines[9000:]) == shown  # piece by piece
    assert shown.startswith("…\nline ") and shown.endswith("line 4999\n") and len(shown) < 4100


def test_only_what_differs_is_kept(pure: Any) -> None:
    assert pure("exercise", "record", "mine", "starter", False) == {"text": "mine"}
    assert pure("exercise", "record", "mine", "starter", True) == {"done": True, "text": "mine"}
    assert pure("exercise", "record", "starter\n", "starter", True) == {"done": True}
    assert pure("exercise", "record", "starter", "starter", False) is None


# --- the page ------------------------------------------------------------------------------------------------


def test_from_starter_to_right(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    area = page.locator("textarea")
    expect(area).to_be_focused()
    assert area.input_value() == fp_code.exercise.starter_source
    page.locator("button.check").press("Enter")
    expect(verdict(page)).to_have_text("Not yet: f after the last layer, too.")
    expect(page.locator("button.check")).to_be_focused()
    expect(page.locator(".solved")).to_be_hidden()
    write(page, fp_code.exercise.solution_source)
    area.press("Control+Enter")
    expect(verdict(page)).to_contain_text("Right.")
    expect(page.locator(".solved")).to_be_visible()
    assert page.evaluate("asked.started") == 1
    name = page.url.rpartition("/")[2].removesuffix(".html")
    kept = page.evaluate(f"nnlibWidgets.progress.get('exercise', '{name}/ex-fp-code')")
    assert kept == {"done": True, "text": fp_code.exercise.solution_source}


def test_an_answer_is_kept_in_the_browser(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    write(page, "x = 1  # mine")
    page.reload()
    expect(page.locator(".note")).to_have_text("It is kept in this browser.")
    press(page, "Go on with your answer")
    expect(page.locator("textarea")).to_have_value("x = 1  # mine")
    page.evaluate("nnlibWidgets.progress.clear()")
    expect(page.locator("textarea")).to_have_value("x = 1  # mine")
    page.reload()
    expect(page.get_by_role("button", name="Answer here")).to_be_visible()


def test_a_browser_that_keeps_nothing_still_checks(open_live: Callable[..., Page]) -> None:
    page = open_live(refuse_storage=True)
    begin(page)
    write(page, fp_code.exercise.solution_source)
    press(page, "Check")
    expect(verdict(page)).to_contain_text("Right.")


def test_an_error_marks_its_line(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    write(page, "def my_forward(x, params, f):\n    return missing")
    press(page, "Check")
    expect(verdict(page)).to_have_text(
        "Not yet: line 2: for 3 samples and widths 3-3-3 it raises NameError: name 'missing' is not defined."
    )
    expect(page.locator("textarea")).to_have_attribute("data-line", "2")
    write(page, "x = (")
    expect(page.locator("textarea")).to_have_attribute("data-line", "")
    press(page, "Check")
    expect(verdict(page)).to_have_text("Not yet: line 1: Python does not understand it: '(' was never closed.")


def test_hints_come_one_by_one(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    for n in range(3):
        page.locator("button.hint").click()
        expect(page.locator(".hints li")).to_have_count(n + 1)
    expect(page.locator("button.hint")).to_be_hidden()
    expect(page.locator(".hints li").last).to_be_focused()
    assert page.locator(".hints code").first.inner_text() == "f"


def test_reset_and_back(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    write(page, "mine = 1")
    press(page, "Reset")
    expect(page.locator("textarea")).to_have_value(fp_code.exercise.starter_source)
    press(page, "Undo the reset")
    expect(page.locator("textarea")).to_have_value("mine = 1")
    press(page, "Reset")
    write(page, "other = 2")
    expect(page.get_by_role("button", name="Reset", exact=True)).to_be_visible()


def test_an_endless_loop_is_stopped(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    page.evaluate("asked.hang = 'call'")
    press(page, "Check")
    expect(page.locator("button.check")).to_be_disabled()
    expect(page.locator(".nnlib-exercise")).to_have_attribute("aria-busy", "true")
    press(page, "Stop")
    expect(verdict(page)).to_have_text("Stopped. If it never ends: does your loop?")
    expect(page.locator("button.check")).to_be_focused()
    assert page.evaluate("asked.stopped") == 1
    page.evaluate("asked.hang = ''")
    press(page, "Check")
    expect(verdict(page)).to_have_text("Not yet: f after the last layer, too.")
    assert page.evaluate("asked.started") == 2


def test_loading_shows_its_progress_and_can_be_cancelled(open_live: Callable[..., Page]) -> None:
    page = open_live()
    page.evaluate("asked.hang = 'start'")
    press(page, "Answer here")
    expect(page.locator(".waiting span")).to_have_text("Python: 3.0 MB of 9.0 MB")
    press(page, "Cancel")
    expect(page.locator(".waiting")).to_be_hidden()
    assert page.evaluate("asked.cancelled") == 1
    page.evaluate("asked.hang = ''")
    press(page, "Check")
    expect(verdict(page)).to_have_text("Not yet: f after the last layer, too.")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("start", "That did not work: the file is cut short"),
        ("call", "That did not work: MemoryError: no room"),
    ],
)
def test_what_breaks_is_said(open_live: Callable[..., Page], where: str, said: str) -> None:
    page = begin(open_live())
    page.evaluate("nnlibWidgets.live.stop()")
    page.evaluate(f"asked.breaks = '{where}'")
    press(page, "Check")
    expect(verdict(page)).to_have_text(said)
    expect(page.locator("button.check")).to_be_enabled()


def test_what_is_printed_is_shown_and_goes(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    page.evaluate("asked.prints = '<b>(3, 3)</b>\\n'")
    press(page, "Check")
    expect(page.locator(".printed")).to_have_text("<b>(3, 3)</b>\n")
    page.evaluate("asked.prints = ''")
    press(page, "Check")
    expect(page.locator(".printed")).to_be_hidden()


def test_a_program_that_prints_and_prints_leaves_the_page_alone(open_live: Callable[..., Page]) -> None:
    page = begin(open_live())
    page.evaluate("""() => {
        Object.assign(asked, { prints: "a line that is one of many\\n".repeat(700), times: 2000 });
        globalThis.changes = 0;
        const count = (all) => { globalThis.changes += all.length; };
        new MutationObserver(count).observe(document.querySelector(".printed"), { childList: true });
    }""")
    press(page, "Check")
    printed = page.locator(".printed")
    expect(printed).to_contain_text("a line that is one of many")
    expect(verdict(page)).to_contain_text("Not yet")
    assert len(printed.text_content() or "") <= 4002
    assert page.evaluate("changes") < 20
    page.evaluate("asked.prints = ''")
    press(page, "Check")
    expect(printed).to_be_hidden()


def test_the_editor_takes_the_cells_place(open_live: Callable[..., Page]) -> None:
    page = open_live()
    page.evaluate("""() => {
        const root = document.querySelector(".nnlib-exercise");
        const cell = Object.assign(document.createElement("div"), { className: "cell" });
        cell.innerHTML = "<div class='cell_input'>def my_forward</div>";
        root.replaceWith(cell);
        cell.append(root);
    }""")
    expect(page.locator(".cell_input")).to_be_visible()
    begin(page)
    expect(page.locator(".cell_input")).to_be_hidden()
    press(page, "Close")
    expect(page.locator(".cell_input")).to_be_visible()
    expect(page.get_by_role("button", name="Answer here")).to_be_focused()


def test_where_python_cannot_run_it_says_how_to_check(open_again: Opener) -> None:
    page = open_again(figure())
    expect(page.locator(".note")).to_contain_text("run this cell in the page’s notebook")
    assert page.locator("button").count() == 0
    assert page.locator(".nnlib-still").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everyone_can_use_it(open_live: Callable[..., Page], theme: str, width: int) -> None:
    page = begin(open_live(bp_code, theme=theme, width=width))
    page.evaluate("asked.prints = 'a line\\n'.repeat(99)")
    page.locator("button.hint").click()
    press(page, "Check")
    expect(verdict(page)).to_have_text("Not yet: missing 1/N: this is the gradient of the sum.")
    assert violations(page, ".nnlib-exercise") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    write(page, bp_code.exercise.solution_source)
    press(page, "Check")
    expect(verdict(page)).to_contain_text("Right.")
    assert violations(page, ".nnlib-exercise") == []


# --- the notebook --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("host", [host for host in HOSTS if host != "page"])
def test_a_notebook_shows_the_verdict_and_hints(open_again: Opener, host: str, theme: str) -> None:
    page = open_again(figure(fp_hinge_code), kernel=True, host=host, theme=theme)
    expect(verdict(page)).to_have_text("Not yet: these are the slopes, not their changes.")
    assert page.locator("textarea").count() == 0
    page.locator("button.hint").click()
    expect(page.locator(".hints li")).to_have_count(1)
    assert violations(page, ".nnlib-exercise") == []
