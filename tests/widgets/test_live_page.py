"""Live mode in a real Chromium: start, any value, edit, errors, stop, cancel, damage, links."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import live_runs
import live_site
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from small_pages import violations

from tools import pyodide_assets

OFFERED, STARTED = "Run live", "Live: Python in this page runs any value."
SOURCE = """async () => {
    const { base, page } = nnlibWidgets.live.place();
    return (await (await fetch(`${base}${page}/power.json`)).json()).source.join("");
}"""
MINE = """from widgets import Curves, View


def descent(lr, *, x, labels):
    a, b = x.T
    return View(Curves({'a': a, 'b': b}), Curves({'y': a}), text=f'mine {lr}')
"""
SELECTED = (
    "(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(document.activeElement)"
)
# What of JavaScript reaches storage, other workers or a network, whatever way to its name a program takes.
REACHES = """
import js
from pyodide.code import run_js

NAMES = '''
    BroadcastChannel Cache CacheStorage EventSource FileSystemDirectoryHandle FileSystemHandle IDBDatabase IDBFactory
    ServiceWorkerRegistration SharedWorker StorageBucketManager StorageManager WebSocket WebSocketStream WebTransport
    Worker XMLHttpRequest caches close cookieStore importScripts indexedDB postMessage showDirectoryPicker
    webkitRequestFileSystem webkitRequestFileSystemSync webkitResolveLocalFileSystemURL
'''.split()
OF_NAVIGATOR = 'locks serviceWorker storage storageBuckets'.split()


def owners(thing):
    while thing is not None:
        yield thing
        thing = js.Object.getPrototypeOf(thing)


def reached():
    for thing, names in (js.globalThis, NAMES), (js.navigator, OF_NAVIGATOR):
        for name in names:
            if hasattr(thing, name) or any(js.Object.hasOwn(owner, name) for owner in owners(thing)):
                yield name
    for name in NAMES:
        if run_js(f'typeof {name} + typeof self.{name}') != 'undefinedundefined':
            yield f'{name}, by run_js'
    _, *prototypes = owners(js.globalThis)
    if any(js.Object.hasOwn(owner, 'fetch') for owner in prototypes):
        yield 'fetch, of a prototype'
    js.fetch('stolen.html').then(lambda reply: None, lambda error: None)


def left():
    return [name for owner in owners(js.globalThis) for name in js.Object.getOwnPropertyNames(owner)]


def answer():
    return {'reached': list(reached()), 'left': left()}
"""
BOMB = "() => nnlibWidgets.explorer.running.packed('x'.repeat(3e6))"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder and the address of a small site with live mode."""
    folder = tmp_path_factory.mktemp("live")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNLIB_EXPLORER", "static")
        try:
            live_site.build(folder)
        except pyodide_assets.MissingError as error:
            pytest.skip(str(error))
    with live_site.served(folder) as base:
        yield folder, base


@pytest.fixture
def visitor(browser: Browser, site: tuple[Path, str]) -> Iterator[live_site.Visitor]:
    """At its end no page has asked anybody else, and no script has failed."""
    visitor = live_site.Visitor(browser, site[1])
    yield visitor
    assert visitor.problems == []
    assert [url for url in visitor.requests if not url.startswith((site[1], "blob:", "data:"))] == []


def of_python(visitor: live_site.Visitor) -> list[str]:
    return [url for url in visitor.requests if "/_static/live/" in url]


def start(explorer: Locator) -> None:
    explorer.get_by_role("button", name=OFFERED).click()
    is_live(explorer)


def is_live(explorer: Locator) -> None:
    expect(explorer).to_have_attribute("data-engine", "live", timeout=120_000)
    rests(explorer)


def rests(explorer: Locator) -> None:
    expect(explorer).not_to_have_attribute("aria-busy", "true", timeout=60_000)


def put(explorer: Locator, name: str, *places: float) -> None:
    """Move a slider as a mouse does, to places that the keys do not reach, one soon after the other."""
    move = """async (input, places) => {
        for (const place of places) {
            input.value = place;
            input.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise((go) => setTimeout(go, 10));
        }
    }"""
    explorer.locator(f"#{explorer.get_attribute('id')}-{name}").evaluate(move, places)


def write(page: Page, explorer: Locator, code: str) -> None:
    """Write over all that the editor holds."""
    explorer.locator(".cm-content, textarea").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(code)


def test_a_visit_from_a_link_and_start_to_stop(visitor: live_site.Visitor) -> None:
    with visitor.page() as page:
        power, descent = page.locator("#power"), page.locator("#descent")
        output, told = power.locator("output"), power.get_by_role("status").last
        before = output.inner_text()
        here = live_runs.kept()[0].at(exponent=2.5, scale="twice").text
        letters = page.evaluate("(code) => nnlibWidgets.explorer.running.packed(code)", MINE)
        assert page.evaluate("(letters) => nnlibWidgets.explorer.running.unpacked(letters)", letters) == MINE

        # A link brings a value and code, and runs nothing.
        address = page.url
        page.goto("about:blank")
        page.goto(f"{address}#power?exponent=1.7;descent?lr=1.58&code={letters}")
        area = descent.get_by_role("textbox", name="Code of the figure")
        expect(area).to_have_value(MINE)
        expect(descent.locator(".nx-note")).to_have_text("This code came with the link. Read it before you run it.")
        expect(descent.locator("output")).to_contain_text("lr 1: epoch 40")
        assert output.inner_text() == before
        assert violations(page, "#descent") == []
        page.wait_for_timeout(500)
        assert of_python(visitor) == [] and descent.get_attribute("data-engine") == "stored"

        # The reader runs it, for which Python starts.
        page.evaluate("""() => {
            globalThis.told = [];
            const status = document.querySelector("#descent .nx-told");
            new MutationObserver(() => told.push(status.textContent)).observe(status, { childList: true });
        }""")
        area.focus()
        page.keyboard.press("Control+Enter")
        is_live(descent)
        said = page.evaluate("told")
        assert any(re.fullmatch(r"Loading Python: \d+\.\d of \d+\.\d MB", text) for text in said), said
        assert STARTED in said
        expect(descent.locator("output")).to_have_text("lr 1.58: mine 1.58")
        expect(descent.locator(".cm-editor")).to_be_visible()
        assert "code=" in page.url and "lr=1.58" in page.url
        descent.get_by_role("button", name="Reset code").click()
        expect(descent.locator("output")).to_contain_text("lr 1.58: epoch 40")
        put(descent, "lr", 2)
        expect(descent.locator("output")).to_contain_text("lr 1: epoch 40")

        # Another explorer has the same Python.
        start(power)
        expect(told).to_have_text(STARTED)
        expect(output).to_contain_text("exponent 1.7, scale once: sum")
        put(power, "exponent", 2)
        expect(output).to_have_text(before)

        # Any value, which the address keeps.
        put(power, "exponent", 2.5)
        expect(output).to_have_text("exponent 2.5, scale once: sum 8.452247")
        page.wait_for_url("**#descent?lr=1;power?exponent=2.5&scale=once")
        power.get_by_label("twice").check()
        expect(output).to_have_text(f"exponent 2.5, scale twice: {here}")

        # What yields is drawn as it goes.
        page.evaluate("""() => {
            globalThis.drawn = [];
            const keep = () => drawn.push(document.querySelector("#descent output").textContent);
            new MutationObserver(keep).observe(document.querySelector("#descent"), { childList: true, subtree: true });
        }""")
        put(descent, "lr", 3)
        expect(descent.locator("output")).to_contain_text("lr 3.16: epoch 40")
        assert len({text for text in page.evaluate("drawn") if "epoch" in text}) > 5
        # Of values that follow on one another the last wins, and none of those between is run to its end.
        page.evaluate("drawn.length = 0")
        put(descent, "lr", 0, 0.4, 1.3, 2.7, 3.6)
        expect(descent.locator("output")).to_contain_text("lr 6.31: epoch 40")
        finished = [text for text in page.evaluate("drawn") if "epoch 40" in text]
        assert {text.partition(":")[0] for text in finished} <= {"lr 3.16", "lr 6.31"}

        # The code, changed.
        power.get_by_role("button", name="Edit code").click()
        editor = power.get_by_role("textbox", name="Code of the figure")
        expect(editor).to_be_focused()
        expect(power.locator(".cm-editor")).to_be_visible()
        expect(power.locator(".nx-note")).to_have_text("From the chapter: x (7).")
        shown = power.locator(".cm-content").inner_text()
        assert "def power(exponent, scale, *, x):" in shown and "SCALES = " in shown
        assert violations(page, "#power") == []
        code = page.evaluate(SOURCE)
        write(page, power, code.replace("    y =", "    print('exponent', exponent)\n    y = 10 *"))
        page.keyboard.press("Control+Enter")
        expect(output).to_contain_text(f"exponent 2.5, scale twice: sum {10 * float(here.split()[1]):.3f}")
        expect(power.locator(".nx-printed")).to_have_text("exponent 2.5\n")
        assert "code=" in page.url or page.wait_for_url("**code=**") is None

        # An error says its line, and the picture stays.
        write(page, power, code.replace("    y =", "    y = nothing\n    y ="))
        power.get_by_role("button", name="Run code").click()
        alert = power.get_by_role("alert")
        expect(alert).to_contain_text("NameError: name 'nothing' is not defined (line 11)")
        expect(power.locator(".nx-marked")).to_have_text("    y = nothing")
        expect(power.locator(".nx-printed")).to_contain_text("line 11, in power")
        assert violations(page, "#power") == []
        power.get_by_role("button", name="Reset code").click()
        expect(alert).to_be_hidden()
        expect(output).to_have_text(f"exponent 2.5, scale twice: {here}")
        expect(power.locator(".nx-marked")).to_have_count(0)
        page.wait_for_function("() => !location.hash.includes('code=')")

        # What never ends is stopped, and the page is awake all the time.
        write(page, power, "def power(**values):\n    while True:\n        pass\n")
        page.keyboard.press("Control+Enter")
        expect(power).to_have_attribute("aria-busy", "true")
        page.wait_for_timeout(200)
        expect(power).to_have_attribute("aria-busy", "true")
        begun = time.monotonic()
        power.get_by_role("button", name="Stop").click()
        expect(power).to_have_attribute("data-engine", "stored")
        assert time.monotonic() - begun < 1
        expect(descent).to_have_attribute("data-engine", "stored")
        expect(told).to_have_text("Python was stopped. The figure is that of the chapter’s code, not of yours.")
        expect(descent.get_by_role("status").last).to_have_text("Python was stopped.")
        rests(power)
        put(power, "exponent", 3)
        expect(output).to_contain_text("exponent 3, scale twice")


HOSTILE = [
    "#power?code=%3Cimg%20src=x%20onerror=alert(1)%3E",
    "#power?code=AAAA",
    "#power?code=" + "A" * 200_000,
    "#power?exponent=1e999&scale=%3Cb%3E",
    "#power?exponent=2);import%20os#",
    "#power?__proto__=1&constructor=2&toString=3",
    "#power?exponent=NaN;descent?lr=-1;descent?lr=0",
    "#power?%E0%A4%A",
]


def test_no_link_does_harm(visitor: live_site.Visitor) -> None:
    with visitor.page() as page:
        address = page.url
        for fragment in HOSTILE:
            page.goto("about:blank")
            page.goto(f"{address}{fragment}")
            expect(page.locator("#power output")).to_contain_text("exponent ")
            page.wait_for_timeout(100)
            assert page.locator("#power").get_attribute("data-engine") == "stored"
            assert page.locator("#power b, #power img").count() == 0
            if "code=" in fragment:
                expect(page.locator("#power .nx-told").last).to_contain_text("cannot be read")
        page.goto("about:blank")
        page.goto(address)
        letters = page.evaluate(BOMB)  # much in little
        assert len(letters) < 10_000
        assert page.evaluate("(letters) => nnlibWidgets.explorer.running.unpacked(letters)", letters) is None
        markup = "<img src=x onerror='document.title=1'></script><script>document.title=1</script>"
        letters = page.evaluate("(code) => nnlibWidgets.explorer.running.packed(code)", markup)
        page.evaluate("(letters) => { location.hash = `power?code=${letters}`; }", letters)
        expect(page.get_by_role("textbox", name="Code of the figure")).to_have_value(markup)
        assert page.title() == "Widgets"
    assert of_python(visitor) == []


def test_loading_can_be_cancelled(visitor: live_site.Visitor) -> None:
    with visitor.page() as page:
        power = page.locator("#power")
        power.get_by_role("button", name=OFFERED).click()
        power.get_by_role("button", name="Cancel").click()
        expect(power.locator(".nx-told")).to_have_text("Cancelled.")
        expect(power.get_by_role("button", name=OFFERED)).to_be_visible()
        expect(power.get_by_role("progressbar")).to_be_hidden()
        assert power.get_attribute("data-engine") == "stored" and page.evaluate("nnlibWidgets.live.state") == "off"
        expect(power.locator("output")).to_contain_text("exponent 2, scale once")


def test_code_of_a_link_is_shown_even_where_the_editor_was_closed(visitor: live_site.Visitor) -> None:
    with visitor.page() as page:
        power = page.locator("#power")
        edit = power.get_by_role("button", name="Edit code")
        edit.click()
        area = power.get_by_role("textbox", name="Code of the figure")
        expect(area).to_be_visible()
        letters = page.evaluate("nnlibWidgets.explorer.running.packed('print(1)')")
        for _ in range(2):  # the second time its code is known already
            edit.click()
            expect(area).to_be_hidden()
            page.evaluate("letters => { location.hash = `power?code=${letters}`; }", letters)
            expect(area).to_have_text("print(1)")
            expect(power.locator(".nx-note")).to_contain_text("came with the link")
            expect(edit).to_have_attribute("aria-expanded", "true")
            page.evaluate("location.hash = ''")


COUNTED = """async ([code, most]) => {
    const said = (globalThis.said = []);
    const call = nnlibWidgets.live.call("widgets.live.bridge:run", { code }, { print: (text) => said.push(text) });
    const ended = call.then(() => "done", (error) => error.message);
    const end = await Promise.race([ended, new Promise((late) => setTimeout(late, most, "runs"))]);
    return [end, said];
}"""
FLOOD = """async () => {
    const { live } = nnlibWidgets;
    const { call } = live;
    let shown = 0;
    const output = document.querySelector("#power .nx-printed");
    new MutationObserver(() => { shown += 1; }).observe(output, { childList: true });
    live.call = async (name, kwargs, { print }) => {
        for (let k = 0; k < 3000; k += 1) {
            print(`line ${k}\n`);
            if (k % 1000 === 0) await new Promise(requestAnimationFrame);
        }
        throw new Error("broken");
    };
    [...document.querySelectorAll("#power button")].find((one) => one.textContent === "Run code").click();
    await new Promise((late) => setTimeout(late, 1000));
    live.call = call;
    return shown;
}"""


def test_a_figure_waits_and_what_is_printed_comes_in_few_pieces_and_whole(visitor: live_site.Visitor) -> None:
    with visitor.page() as page:
        power, descent = page.locator("#power"), page.locator("#descent")
        offer, told = descent.get_by_role("button", name=OFFERED), descent.locator(".nx-told")

        # That a program is not there is an error, which stays when Python has come.
        page.route("**/power.json", lambda route: route.fulfill(status=404))
        power.get_by_role("button", name=OFFERED).click()
        expect(power.locator(".nx-told")).to_contain_text("its program is not there (404)")
        page.wait_for_function("() => nnlibWidgets.live.state === 'ready'", timeout=120_000)
        expect(power.locator(".nx-told")).to_contain_text("its program is not there (404)")
        expect(power.get_by_role("progressbar")).to_be_hidden()
        page.unroute("**/power.json")
        start(power)
        assert [text for text in visitor.problems if "404" not in text] == []
        visitor.problems.clear()

        # One whose program is on its way says so, and can give up.
        page.route("**/descent.json", lambda route: None)
        offer.click()
        expect(told).to_have_text("Loading the figure’s program …")
        descent.get_by_role("button", name="Cancel").click()
        expect(told).to_have_text("Cancelled.")
        page.unroute("**/descent.json")

        def ran(code: str, most: int = 60_000) -> Any:
            return page.evaluate(COUNTED, [code, most])

        end, said = ran("import sys\nprint('é')\nprint('!', file=sys.stderr)\nprint('c', end='')")
        assert (end, "".join(said)) == ("done", "é\n!\nc")
        end, said = ran("print('first')\n1 / 0")
        assert (end, "".join(said)) == ("ZeroDivisionError: division by zero", "first\n")

        end, said = ran("for k in range(100_000): print(k)")
        assert end == "done" and said[-1].endswith("\n99998\n99999\n")
        left = [
            int(count.replace(",", "")) for count in re.findall(r"… ([\d,]+) letters are left out …\n", "".join(said))
        ]
        whole = re.sub(r"… [\d,]+ letters are left out …\n", "", "".join(said))
        assert sum(left) + len(whole) == sum(len(f"{k}\n") for k in range(100_000))

        # As it is drawn: what the last run said stays, and is not written over by a frame that was still to come.
        power.get_by_role("button", name="Edit code").click()
        expect(power.locator(".cm-editor")).to_be_visible()
        assert page.evaluate(FLOOD) < 12
        text = power.locator(".nx-printed").inner_text()
        assert text.startswith("…\n") and text.endswith("line 2999\nbroken\n") and len(text) < 20_100

        end, said = ran("while True: print('x' * 200)", 2000)
        assert end == "runs" and 3 <= len(said) <= 30
        assert max(map(len, said)) < 20_100 and "letters are left out" in said[-1]

        # Another figure waits for what runs, and to give up does that no harm.
        offer.click()
        expect(told).to_have_text("Waiting for Python: what runs elsewhere on this page comes first …")
        descent.get_by_role("button", name="Cancel").click()
        expect(told).to_have_text("Cancelled.")
        expect(offer).to_be_visible()
        pieces = page.evaluate("said.length")
        page.wait_for_function("pieces => said.length > pieces + 1", arg=pieces)
        assert page.evaluate("nnlibWidgets.live.state") == "ready"
        power.get_by_role("button", name="Stop").click()
        expect(power).to_have_attribute("data-engine", "stored")
        expect(told).to_have_text("Cancelled.")


def test_python_reaches_neither_storage_nor_workers_nor_a_network(
    visitor: live_site.Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.serve.POLICY", "")  # many hosts send none, and it forbids run_js
    with visitor.page() as page:
        start(page.locator("#power"))
        found = page.evaluate(
            "code => nnlibWidgets.live.call('widgets.live.bridge:run', { code, name: 'answer' })", REACHES
        )
        assert found["reached"] == []
        doubtful = re.compile(r"[Cc]ache|[Ss]torage|IDB|indexed|Worker|Socket|File|RTC|GPU|[Pp]icker|Request")
        assert {name for name in found["left"] if doubtful.search(name)} <= {"WorkerGlobalScope", "Request"}
        page.wait_for_timeout(200)
    assert not any("stolen" in url for url in visitor.requests)


def spoil(content: bytes) -> bytes:
    return content[:-100] + bytes(byte ^ 255 for byte in content[-100:-99]) + content[-99:]


@pytest.mark.parametrize("change", [spoil, lambda content: content[:1000], lambda content: b"<html>", None])
def test_a_file_that_is_damaged_or_missing_is_named(
    browser: Browser, site: tuple[Path, str], change: Callable[[bytes], bytes] | None
) -> None:
    folder, base = site
    [path] = folder.glob("_static/live/*/numpy.pack.gz")
    content = path.read_bytes()
    visitor = live_site.Visitor(browser, base)
    try:
        if change is None:
            path.unlink()
        else:
            path.write_bytes(change(content))
        with visitor.page() as page:
            power = page.locator("#power")
            power.get_by_role("button", name=OFFERED).click()
            what = "is not there" if change is None else "numpy.pack is damaged"
            expect(power.locator(".nx-told")).to_contain_text(what, timeout=60_000)
            assert "try again" in power.locator(".nx-told").inner_text()
            expect(power.get_by_role("button", name=OFFERED)).to_be_visible()
            assert power.get_attribute("data-engine") == "stored"
            assert page.evaluate("nnlibWidgets.live.state") == "off"
    finally:
        path.write_bytes(content)


def test_where_python_cannot_run_the_page_says_what_to_do(visitor: live_site.Visitor, site: tuple[Path, str]) -> None:
    with visitor.page() as page:
        page.evaluate("delete globalThis.WebAssembly")
        for name in OFFERED, "Edit code":
            page.locator("#power").get_by_role("button", name=name).click()
            expect(page.locator("#power .nx-told")).to_contain_text("WebAssembly is off. Allow it for this site")
        page.goto((site[0] / f"{live_site.PAGE}.html").as_uri())
        page.locator("#power").get_by_role("button", name=OFFERED).click()
        expect(page.locator("#power .nx-told")).to_contain_text("make serve")
        put(page.locator("#power"), "exponent", 4)
        expect(page.locator("#power output")).to_contain_text("exponent 4")
    visitor.requests = [url for url in visitor.requests if not url.startswith("file:")]


def test_without_pyodide_a_page_offers_nothing(browser: Browser, tmp_path: Path, every_position: None) -> None:
    live_site.build(tmp_path, offered=False)
    with live_site.served(tmp_path) as base:
        visitor = live_site.Visitor(browser, base)
        with visitor.page() as page:
            expect(page.locator("#power output")).to_contain_text("exponent 2")
            assert page.get_by_role("button", name=re.compile("live|code", re.IGNORECASE)).count() == 0


EDITOR = """(bundled) => {
    if (!bundled) delete document.querySelector("meta[name=nnlib-live]").dataset.editor;
    const parent = document.querySelector("main");
    globalThis.told = [];
    globalThis.editor = nnlibWidgets.editor.open(parent, {
        text: "a = 1\\nb = 2\\n", label: "Yours", onRun: () => told.push("run"), onChange: (text) => told.push(text),
    });
}"""


SCROLLED = "document.querySelector('.cm-scroller, .nx-area').scrollTop"


@pytest.mark.parametrize("bundled", [True, False])
def test_the_editor_is_the_same_with_and_without_codemirror(visitor: live_site.Visitor, bundled: bool) -> None:
    with visitor.page() as page:
        page.evaluate(EDITOR, bundled)
        if bundled:
            page.wait_for_function("() => editor.bundled")
        box = page.get_by_role("textbox", name="Yours")

        def has(text: str) -> Any:
            return page.wait_for_function("(text) => editor.text === text", arg=text)

        has("a = 1\nb = 2\n")
        box.focus()
        page.keyboard.press("Control+Home")
        page.keyboard.insert_text("# ")
        has("# a = 1\nb = 2\n")
        page.keyboard.press("Control+Enter")
        assert page.evaluate("told") == ["# a = 1\nb = 2\n", "run"]
        page.evaluate("editor.markLine(2)")
        if bundled:
            assert page.locator(".nx-marked").inner_text() == "b = 2"
        else:
            assert page.evaluate(SELECTED) == "b = 2"
        page.evaluate("editor.markLine(99); editor.markLine(null); editor.text = 'c'")
        has("c")
        assert page.evaluate("told.length") == 2  # the reader has not changed it
        page.evaluate("editor.text = 'a = 1\\n'.repeat(99)")
        page.keyboard.press("Control+End")
        page.wait_for_function(f"() => {SCROLLED} > 0")
        page.evaluate("editor.text = 'b = 2\\n'.repeat(98)")
        page.wait_for_function(f"() => {SCROLLED} === 0")  # another text is read from its beginning
        page.keyboard.press("Tab")
        expect(box).not_to_be_focused()
        assert page.evaluate("editor.bundled") is bundled
