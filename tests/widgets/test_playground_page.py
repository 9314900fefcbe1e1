"""The playground in a browser, with the test's Python in place of the worker's: settings, training, drawing, words."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from playground_live import LIVE
from playwright.sync_api import Locator, Page
from settled import settled
from small_pages import Opener, violations
from widgets.figure import Figure
from widgets.playground.engine import Engine
from widgets.playground.page import figure
from widgets.playground.settings import CONTROLS, Settings


@pytest.fixture(scope="module")
def playground() -> Figure:
    return figure()


def opened(open_again: Opener, playground: Figure, **more: Any) -> tuple[Page, Locator]:
    page = open_again(playground, **LIVE, **more)
    return page, page.locator(".nnlib-playground")


def press(root: Locator, name: str) -> None:
    root.get_by_role("button", name=name, exact=True).click()


def start(page: Page, root: Locator) -> None:
    """Start it, and stop it again."""
    press(root, "Start (loads 9.3 MB)")
    wait(page, "data.engine === 'live' && data.epoch >= 1")
    page.wait_for_function("() => /^(Epoch|Step) /.test(document.querySelector('.pl-said').textContent)", timeout=1500)
    press(root, "Pause")
    settled(page)


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(
        f"() => {{ const data = document.querySelector('.nnlib-playground').dataset; return {condition}; }}"
    )


def numbers(root: Locator) -> tuple[int, int, float, float]:
    found = [root.get_attribute(f"data-{name}") or "nan" for name in ("epoch", "steps", "loss", "val-loss")]
    return int(found[0]), int(found[1]), float(found[2]), float(found[3])


def pixels(root: Locator, canvas: str) -> int:
    return root.locator(canvas).first.evaluate("""canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value) => (31 * sum + value) | 0, 0);
    }""")


def test_before_it_is_started_it_shows_the_example_and_asks_for_nothing(open_again: Opener, playground: Figure) -> None:
    page, root = opened(open_again, playground)
    said = root.get_by_role("status").inner_text()
    assert said.startswith("An example, trained when the book was made. Epoch 60: training loss ")
    assert root.get_attribute("data-engine") == "stored"
    engine = Engine(Settings())
    engine.advance(epochs=60)
    assert numbers(root)[2] == pytest.approx(engine.history[-1][0], rel=1e-9)
    before = pixels(root, ".pl-field canvas")
    root.get_by_role("button", name="unit 5 of layer 2").click()  # seen large, from what is stored
    assert pixels(root, ".pl-field canvas") != before
    root.get_by_role("button", name="unit 5 of layer 2").click()
    assert pixels(root, ".pl-field canvas") == before
    root.get_by_label("activation").select_option("ReLU")
    assert "press Start to train with these" in root.get_by_role("status").inner_text()
    assert root.locator(".pl-stage").get_attribute("class") == "pl-stage pl-stale"
    press(root, "Reset")
    assert root.get_by_role("status").inner_text() == said
    assert page.evaluate("asked") == 0


def test_it_trains_as_nnlib_does_is_stopped_and_started_and_mended(open_again: Opener, playground: Figure) -> None:
    page, root = opened(open_again, playground)
    start(page, root)

    # By steps, by epochs and by itself.
    press(root, "Begin anew")
    wait(page, "data.steps === '0'")
    assert root.get_by_role("status").inner_text() == "Not trained yet."
    for _ in range(3):
        press(root, "One step")
    wait(page, "data.steps === '3'")
    assert "Step 3 of the first epoch" in root.get_by_role("status").inner_text()
    press(root, "One epoch")
    wait(page, "data.steps === '10' && data.epoch === '1'")
    drawn = pixels(root, ".pl-field canvas"), pixels(root, ".pl-losses canvas"), pixels(root, ".pl-units canvas")
    press(root, "Play")
    wait(page, "data.epoch >= 3")
    press(root, "Pause")
    settled(page)
    epoch, steps, loss, val_loss = numbers(root)
    engine = Engine(Settings())
    engine.advance(epochs=epoch)
    assert (loss, val_loss) == pytest.approx((engine.history[-1][0], engine.history[-1][2]), rel=1e-9)
    assert steps == 10 * epoch
    now = pixels(root, ".pl-field canvas"), pixels(root, ".pl-losses canvas"), pixels(root, ".pl-units canvas")
    assert all(a != b for a, b in zip(drawn, now, strict=True))
    assert root.locator(".pl-gradient").first.inner_text() == f"gradient {shown(engine.frame(20)['gradients'][0])}"
    said = root.get_by_role("status").inner_text()
    assert said.startswith(f"Epoch {epoch}: training loss {shown(loss)}, ")
    told = [float(number) / 100 for number in re.findall(r"([\d.]+) %", said)]
    assert told == pytest.approx(engine.history[-1][1::2], abs=6e-4)
    assert said in (root.locator(".pl-field canvas").get_attribute("aria-label") or "")
    label = root.locator(".pl-losses canvas").get_attribute("aria-label") or ""
    assert label.startswith(
        f"Loss over {epoch} epochs: from {shown(engine.history[0][0])} to {shown(loss)} in training"
    )

    # Python that was stopped can be started again.
    before = numbers(root)
    page.evaluate("nnlibWidgets.live.stop()")
    root.get_by_role("button", name="Start (loads 9.3 MB)").wait_for()
    assert numbers(root) == before  # what was trained stays to be seen
    start(page, root)

    # What nnlib refuses is said, and can be mended.
    root.get_by_label("batch normalization").check()
    root.get_by_label("batch size").press("Home")
    root.get_by_role("alert").wait_for()
    assert root.get_by_role("alert").inner_text().startswith("Batch normalization needs batches of 2 points or more")
    assert root.get_by_role("button", name="Play").get_attribute("aria-disabled") == "true"
    root.get_by_label("batch size").press("End")
    wait(page, "data.steps === '0'")
    assert root.get_by_role("alert").count() == 0
    press(root, "One epoch")
    wait(page, "data.epoch === '1'")


def shown(value: float) -> str:
    text = f"{value:.3g}"
    return f"{value:.1e}".replace("e-0", "e−") if value < 1e-3 else text


def test_the_program_it_shows_is_that_of_its_settings_and_epochs(open_again: Opener, playground: Figure) -> None:
    page, root = opened(open_again, playground)
    root.locator("summary").click()
    text = root.locator("pre code")
    root.locator("pre code", has_text="def moons(rng").wait_for()  # it is written when the fold has opened
    assert "epochs=100," in text.inner_text()
    root.get_by_label("data", exact=True).select_option("digits")
    assert "load_digits" in text.inner_text() and "nnlib.Dense(8, 10)," in text.inner_text()
    start(page, root)
    press(root, "One epoch")
    settled(page)
    epoch, _, loss, val_loss = numbers(root)
    names: dict[str, Any] = {}
    exec(text.inner_text(), names)
    history = names["history"]
    assert len(history.loss) == epoch
    assert (loss, val_loss) == pytest.approx((history.loss[-1], history.val_loss[-1]), rel=1e-9)
    press(root, "Copy")  # this page is not secure: what cannot be copied is selected
    assert page.evaluate("getSelection().toString()").strip() == text.inner_text().strip()


def test_every_setting_stands_in_the_address_and_begins_anew(open_again: Opener, playground: Figure) -> None:
    page, root = opened(open_again, playground)
    start(page, root)
    root.get_by_label("data", exact=True).select_option("spirals")
    wait(page, "data.steps === '0'")
    root.get_by_label("noise").press("Home")
    root.get_by_role("button", name="add a layer").click()
    root.get_by_label("width of hidden layer 3").fill("5")
    root.get_by_label("width of hidden layer 1").fill("99")  # not taken
    root.get_by_label("width of hidden layer 1").blur()
    assert root.get_by_label("width of hidden layer 1").input_value() == "8"
    root.get_by_label("activation").select_option("ELU")
    root.get_by_label("batch normalization").check()
    root.get_by_label("loss", exact=True).select_option("SquaredError")
    root.get_by_label("optimizer").select_option("Nesterov")
    root.get_by_role("slider", name="learning rate").press("ArrowLeft")
    root.get_by_label("batch size").press("ArrowRight")
    assert root.get_by_label("its λ").is_disabled()
    root.get_by_label("penalty").select_option("L1")
    root.get_by_label("its λ").press("End")
    root.get_by_role("button", name="another seed").click()
    root.get_by_label("pace").select_option("step")
    page.wait_for_function("location.hash.endsWith('pace=step')")
    given = dict(pair.split("=") for pair in unquote(page.url.split("?")[1]).split("&"))
    expected = {"data": "spirals", "noise": "0", "layers": "8-8-5", "activation": "ELU", "batchnorm": "1",
                "loss": "SquaredError", "optimizer": "Nesterov", "lr": "0.003", "batch": "64", "penalty": "L1",
                "lam": "0.3", "seed": "1", "pace": "step"}  # fmt: skip
    assert given == expected and expected.keys() == {*CONTROLS, "pace"}
    press(root, "One epoch")
    wait(page, "data.epoch === '1'")
    engine = Engine(Settings.of({"data": "spirals", "noise": 0.0, "layers": [8, 8, 5], "activation": "ELU",
                                 "batchnorm": True, "loss": "SquaredError", "optimizer": "Nesterov", "lr": 0.003,
                                 "batch": 64, "penalty": "L1", "lam": 0.3, "seed": 1}))  # fmt: skip
    engine.advance(epochs=1)
    assert numbers(root)[2] == pytest.approx(engine.history[-1][0], rel=1e-9)
    # The same address gives the same state, and nothing runs.
    again = open_again(playground, **LIVE, fragment=f"#{page.url.split('#')[1]}")
    values = """() => [...document.querySelectorAll(".pl-controls :is(select, input)")].map(
        (input) => (input.type === "checkbox" ? input.checked : input.value))"""
    assert again.evaluate(values) == page.evaluate(values)
    assert "press Start to train with these" in again.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    ("label", "last", "range"), [("width of hidden layer 1", "8", "1 to 32"), ("seed", "0", "0 to 9999")]
)
def test_a_field_that_takes_whole_numbers_says_so_and_keeps_the_last(
    open_again: Opener, playground: Figure, label: str, last: str, range: str
) -> None:
    page, root = opened(open_again, playground, fragment="#playground?layers=8-5&seed=0")
    field = root.get_by_label(label, exact=True)
    for typed in "2.5", "e", "-3", "12345":
        field.fill("")
        assert root.get_by_role("alert").count() == 0  # which may be on the way to a number
        field.press_sequentially(typed)
        assert root.get_by_role("alert").inner_text() == f"A whole number from {range}, please. It stays {last}."
        assert field.get_attribute("aria-invalid") == "true" and field.evaluate("input => input.matches(':focus')")
        field.blur()
        assert field.input_value() == last and root.get_by_role("alert").count() == 1
        field.fill(last)
        assert root.get_by_role("alert").count() == 0 and field.get_attribute("aria-invalid") == "false"
    field.fill("7")
    page.wait_for_function(f"location.hash.includes('{'seed=7' if label == 'seed' else 'layers=7-5'}')")
    field.blur()
    field.fill("")
    field.press_sequentially("-")
    field.blur()
    assert field.input_value() == "7" and violations(page, ".nnlib-playground") == []
    root.get_by_role("button", name="remove a layer").click()
    root.get_by_role("button", name="remove a layer").click()
    assert root.get_by_role("alert").count() == (1 if label == "seed" else 0)


HOSTILE = (
    "#playground?data=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&layers=9999-1&__proto__=1&lr=import%20os&optimizer=Adam"
)


def test_a_hostile_address_is_refused_and_runs_nothing(open_again: Opener, playground: Figure) -> None:
    page = open_again(playground, **LIVE, fragment=HOSTILE)
    root = page.locator(".nnlib-playground")
    alert = root.get_by_role("alert").inner_text()
    assert alert.startswith("The address asks for what there is not: ")
    assert {"data", "layers", "lr", "__proto__"} <= set(re.split(r"[:,.] ?", alert))
    assert root.get_by_label("data", exact=True).input_value() == "moons"
    page.wait_for_timeout(300)
    assert page.evaluate("asked") == 0 and root.locator("img").count() == 0
    page.evaluate("location.hash = '#playground?data=xor&layers=none'")
    page.wait_for_function("document.querySelector('#playground-data').value === 'xor'")
    assert root.get_by_role("alert").count() == 0 and page.evaluate("asked") == 0
    start(page, root)
    page.evaluate("location.hash = '#playground?data=circles'")
    wait(page, "data.steps === '0'")
    page.wait_for_timeout(300)
    assert numbers(root)[1] == 0  # set, not run


def test_the_keyboard_is_enough(open_again: Opener, playground: Figure) -> None:
    page, root = opened(open_again, playground)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Start (loads 9.3 MB)"
    page.keyboard.press("Enter")
    wait(page, "data.engine === 'live' && data.epoch >= 1")
    assert page.evaluate("document.activeElement.textContent") == "Pause"
    page.keyboard.press("Space")
    settled(page)
    assert page.evaluate("document.activeElement.textContent") == "Play"
    root.get_by_role("button", name="unit 1 of layer 1").focus()
    name = "document.activeElement.getAttribute('aria-label')"
    walked = []
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp", "End", "Home", "ArrowLeft"):
        page.keyboard.press(key)
        walked.append(page.evaluate(name))
    assert walked == ["unit 2 of layer 1", "unit 2 of layer 2", "output 1", "unit 2 of layer 2", "output 1",
                      "unit 1 of layer 1", "unit 1 of layer 1"]  # fmt: skip
    assert root.locator(".pl-units [tabindex='0']").count() == 1
    frames = int(root.get_attribute("data-frames") or 0)
    page.keyboard.press("Enter")
    wait(page, f"data.frames > {frames + 1}")
    engine = Engine(Settings())
    engine.advance(epochs=numbers(root)[0])
    W = engine.dense[0].W
    words = root.locator(".pl-unit").inner_text()
    assert (
        words.startswith("unit 1 of layer 1: weights ") and f"from x₁, {W[1, 0]:.3g} from x₂".replace("-", "−") in words
    )
    assert root.locator(".pl-title").first.inner_text().lower() == "unit 1 of layer 1"
    page.keyboard.press("Escape")
    assert root.locator(".pl-unit").inner_text().startswith("In the small pictures")


def test_where_less_motion_is_asked_for_a_press_trains_ten_epochs_and_draws_once(
    open_again: Opener, playground: Figure
) -> None:
    page, root = opened(open_again, playground, reduced_motion="reduce")
    press(root, "Start (loads 9.3 MB)")
    wait(page, "data.steps === '0'")
    assert root.get_by_role("button", name="Pause").count() == 0
    page.wait_for_timeout(200)
    frames = int(root.get_attribute("data-frames") or 0)
    press(root, "10 epochs")
    wait(page, "data.epoch === '10'")
    settled(page)
    assert numbers(root)[:2] == (10, 100)
    assert int(root.get_attribute("data-frames") or 0) - frames <= 2


def test_a_training_that_diverges_stops_and_says_so(open_again: Opener, playground: Figure) -> None:
    given = "#playground?layers=none&optimizer=SGD&lr=10&penalty=L2&lam=0.3"
    page = open_again(playground, **LIVE, fragment=given)
    root = page.locator(".nnlib-playground")
    press(root, "Start (loads 9.3 MB)")
    root.get_by_text("The training diverged").wait_for()
    assert root.get_by_role("button", name="Play").get_attribute("aria-disabled") == "true"
    root.get_by_role("slider", name="learning rate").press("Home")
    wait(page, "data.steps === '0'")
    assert root.get_by_role("button", name="Play").get_attribute("aria-disabled") == "false"


def test_a_training_that_cannot_begin_leaves_nothing_to_press_in_its_layers(
    open_again: Opener, playground: Figure
) -> None:
    page, root = opened(open_again, playground)
    start(page, root)
    card = root.locator(".pl-units button").first
    page.evaluate("location.hash = 'playground?batchnorm=1&batch=1'")
    root.get_by_role("alert").get_by_text("Batch normalization needs batches of 2 points or more").wait_for()
    card.click(force=True)
    card.focus()
    assert card.get_attribute("aria-pressed") == "false"
    assert not card.evaluate("card => card === document.activeElement")
    root.get_by_label("batch size").press("ArrowRight")
    wait(page, "data.steps === '0'")
    card.click()
    assert card.get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_without_python_it_says_what_to_do_and_the_program_is_there(
    open_again: Opener, playground: Figure, scheme: str
) -> None:
    page = open_again(playground, scheme=scheme)
    root = page.locator(".nnlib-playground")
    assert root.get_by_role("button", name="Start").count() == 0
    assert root.locator(".pl-blocked").inner_text().startswith("This copy of the book was built without Python")
    root.get_by_label("data", exact=True).select_option("xor")
    root.locator("summary").click()
    root.locator("pre code", has_text="def xor(rng").wait_for()  # it is written when the fold has opened


def test_of_ten_digits_each_has_its_color(open_again: Opener, playground: Figure) -> None:
    page, root = opened(open_again, playground)
    root.get_by_label("data", exact=True).select_option("digits")
    root.get_by_role("slider", name="learning rate").press("ArrowRight")
    start(page, root)
    press(root, "One epoch")
    settled(page)
    assert root.locator(".pl-units").last.locator("button").count() == 10
    theme = page.evaluate("""() => {
        const { colors } = nnlibWidgets.theme, { tables } = nnlibWidgets.playground.draw;
        return tables(colors(document.querySelector(".nnlib-playground"))).digits;
    }""")
    assert len(set(theme)) == 10


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_it_fits_and_is_open_to_everyone(open_again: Opener, playground: Figure, theme: str, width: int) -> None:
    page, root = opened(open_again, playground, theme=theme, width=width)
    assert violations(page, ".nnlib-playground") == []
    start(page, root)
    root.get_by_label("width of hidden layer 2").fill("32")
    root.get_by_role("button", name="unit 3 of layer 2").click()
    root.locator("summary").click()
    settled(page)
    assert violations(page, ".nnlib-playground") == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    ground = page.evaluate("""() => {
        const canvas = document.querySelector(".pl-losses canvas");
        return [...canvas.getContext("2d").getImageData(2, 2, 1, 1).data];
    }""")
    assert np.mean(ground[:3]) > 200 if theme == "light" else np.mean(ground[:3]) < 60
