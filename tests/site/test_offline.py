"""The service worker: what can be read without a network, what it costs, and that no page is ever an old one."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import firefox
import pytest
from browsing import CHOOSE, Site, Visit
from jupyter_lite import MOTIONLESS, ready
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tools import offline, serve, weigh
from tools.serve import HTML

# A page with formulas, pictures and sliders, and two that are light.
PAGE, OTHER, LIGHT = "book/04-softmax-cross-entropy.html", "book/progress.html", "book/bibliography.html"
LOST = "There is no network, and no copy of this page"
LINE = ".nnlib-offline"
WORKERS = "navigator.serviceWorker.getRegistrations().then((all) => all.map((one) => one.scope))"
COPIES = """async () => {
    const names = await caches.keys();
    const each = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys())));
    return each.flat().map(({ url }) => url);
}"""

# What a notebook's kernel prints when it runs some code.
RUN = """async (code) => {
    const said = [];
    const run = jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code });
    run.onIOPub = ({ content }) => { said.push(content.text ?? content.traceback?.join("\\n") ?? ""); };
    await run.done;
    return said.join("");
}"""


@dataclass
class Host:
    """A copy of the book on a server of its own, below `prefix`; it can be slow or gone, and let pages be kept."""

    top: Path
    prefix: str = ""
    asked: list[str] = field(default_factory=list)
    workers: list[str] = field(default_factory=list)  # asked for as a service worker: anew when it pleases a browser
    slow: tuple[str, float] = ("nothing", 0)
    gone: bool = False
    keep: str = "no-cache"
    port: int = 0

    @property
    def root(self) -> Path:
        return self.top / self.prefix

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{self.prefix}{path}"

    def change(self, path: str, old: str, new: str) -> None:
        """A new build, with another text in one page."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        (self.root / path).write_text(text.replace(old, new), encoding="utf-8")
        offline.write(self.root)

    def add(self, folder: str) -> None:
        """Python's files, too: those of pages, or JupyterLite's."""
        if not (HTML / folder).is_dir():
            pytest.skip(f"the book was built without {folder}")
        shutil.copytree(HTML / folder, self.root / folder)
        offline.write(self.root)

    def python(self) -> list[str]:
        """What has been asked for of Python's files."""
        return [name for name in self.asked if name.startswith((offline.LIVE, offline.LITE, offline.SUMS))]

    def leave_little(self) -> None:
        """A book that is soon kept as a whole."""
        for folder in "_images", "_modules":
            shutil.rmtree(self.root / folder)
        for page in self.root.glob("book/**/*.html"):
            if page.relative_to(self.root).as_posix() not in (OTHER, LIGHT):
                page.unlink()
        offline.write(self.root)


def serving(host: Host) -> Any:
    class Handler(serve.Handler):
        def do_GET(self) -> None:
            asked = host.workers if self.headers.get("Service-Worker") == "script" else host.asked
            asked.append(urlsplit(self.path).path.removeprefix(f"/{host.prefix}"))
            if host.gone:
                return
            part, seconds = host.slow
            if part in self.path:
                time.sleep(seconds)
            del self.headers["If-Modified-Since"]  # it tells seconds, and a test makes a new build within one
            super().do_GET()

        def send_header(self, name: str, value: str) -> None:
            super().send_header(name, host.keep if name == "Cache-Control" else value)

    return Handler


@pytest.fixture
def host(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    found = Host(tmp_path, getattr(request, "param", ""))
    # Without Pyodide: a test here makes files of its own in its place.
    leave_out = shutil.ignore_patterns("_downloads", "lite", "locales", "*.map")
    shutil.copytree(HTML, found.root, ignore=leave_out, dirs_exist_ok=True)
    shutil.rmtree(found.root / offline.LIVE, ignore_errors=True)
    offline.write(found.root)
    monkeypatch.setattr(serve, "Handler", serving(found))
    with serve.server(0, tmp_path) as http:
        found.port = http.server_port
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield found
        http.shutdown()


@pytest.fixture
def reader(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """One who saves data, so that on a slow machine no page becomes idle; or, with "idle", one who does not."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    if getattr(request, "param", "") != "idle":
        context.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    yield context
    context.close()


def opened(reader: BrowserContext, url: str) -> Page:
    """A page whose service worker has done what it does at once."""
    page = reader.new_page()
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.locator(LINE).wait_for()
    return page


def says(page: Page, text: str) -> None:
    page.locator(LINE, has_text=text).wait_for()


def until(page: Page, wanted: Callable[[], bool]) -> None:
    """Playwright's own wait takes a promise for an answer."""
    late = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < late
        page.wait_for_timeout(100)


def copies(page: Page) -> list[str]:
    """The addresses of all copies that the browser has."""
    found: list[str] = page.evaluate(COPIES)
    return found


def workers(page: Page) -> list[str]:
    """Of each service worker, what it answers for."""
    found: list[str] = page.evaluate(WORKERS)
    return found


def press(page: Page, name: str) -> None:
    page.locator(LINE).get_by_role("button", name=name).click()


def title(page: Page) -> str:
    return page.locator("h1").first.inner_text().rstrip("#")


def fetched_once(host: Host, page: Page) -> Counter[str]:
    """What a first visit has asked for: nothing twice, and nothing that is not there."""
    assert workers(page) == [host.url("")]
    asked = Counter(host.asked)
    assert {path for path in asked if not (host.root / path).is_file()} == set()
    assert "offline.html" in asked
    assert max(asked.values()) == 1
    assert set(host.workers) == {"sw.js"}
    return asked + Counter({"sw.js": 1})


def is_whole(page: Page) -> None:
    """PAGE has its formulas, and its first slider can be used."""
    page.wait_for_function("() => document.querySelectorAll('mjx-container').length > 100")
    assert title(page).endswith("Softmax and cross-entropy")
    slider = page.locator(".nnlib-explorer input[type=range]").first
    output = page.locator(".nnlib-explorer output").first
    before = output.inner_text()
    slider.press("End")
    page.wait_for_function("([output, before]) => output.innerText !== before", arg=[output.element_handle(), before])


@pytest.mark.parametrize(
    "host",
    # What finds its files below a folder finds them at the root; most tests here are of a site at the root.
    [pytest.param("", marks=pytest.mark.long), "some/where/"],
    indirect=True,
    ids=["root", "prefix"],
)
def test_a_page_that_was_opened_once_is_whole_without_a_network(host: Host, reader: BrowserContext) -> None:
    page = opened(reader, host.url(PAGE))
    # All that it had to fetch for that is itself and the page that it shows in a lost page's place.
    asked = fetched_once(host, page)
    assert PAGE in asked
    extra = weigh.weights(["sw.js", "offline.html", "_static/offline.js"], host.root)[1]
    assert extra < 15_000
    assert weigh.weights(asked, host.root)[1] <= weigh.FIRST

    reader.set_offline(True)
    page.reload()
    is_whole(page)
    page.goto(host.url(f"{PAGE}?from=elsewhere#exercises"))
    assert title(page).endswith("Softmax and cross-entropy")
    page.goto(host.url(OTHER))
    assert title(page) == LOST


@pytest.mark.long
def test_the_whole_book_is_kept_when_the_reader_asks(host: Host, reader: BrowserContext) -> None:
    page = opened(reader, host.url(LIGHT))
    assert LIGHT in fetched_once(host, page)
    press(page, "Keep the whole book")
    page.get_by_text("The whole book can be read offline").wait_for(timeout=120_000)
    kept = json.loads((host.root / offline.LIST).read_text())
    assert {urlsplit(url).path[1:] for url in copies(page)} >= kept.keys()
    assert len(kept) > 150
    assert weigh.weights(kept, host.root)[1] < 7_000_000
    reader.set_offline(True)
    page.goto(host.url(""))
    page.wait_for_url("**/intro.html")
    page.goto(host.url("search.html?q=momentum"))
    page.locator("#search-found li").first.wait_for()
    page.goto(host.url(f"{PAGE}?from=elsewhere#exercises"))
    is_whole(page)
    assert page.evaluate(
        """() => Promise.all([...document.images].map((image) => {
            image.loading = "eager";
            return image.decode().then(() => image.naturalWidth > 0, () => false);
        })).then((all) => all.length > 3 && all.every(Boolean))"""
    )


@pytest.mark.parametrize("reader", ["idle"], indirect=True)
def test_an_idle_page_fetches_the_rest_politely_and_only_what_has_changed(host: Host, reader: BrowserContext) -> None:
    host.leave_little()
    page = reader.new_page()
    page.clock.install()
    page.goto(host.url(LIGHT))
    page.wait_for_load_state("networkidle")
    says(page, "The pages that you have opened")
    page.clock.run_for(15_000)
    assert offline.LIST not in host.asked
    page.clock.run_for(10_000)
    page.get_by_text("The whole book can be read offline").wait_for(timeout=120_000)
    assert host.asked.count(OTHER) == 1

    host.change(OTHER, "Your progress", "Another title")
    host.asked.clear()
    page.reload()
    page.wait_for_load_state("networkidle")
    page.clock.run_for(25_000)
    until(page, lambda: OTHER in host.asked)
    start = host.asked.index(offline.LIST)
    page.wait_for_load_state("networkidle")
    assert host.asked[start + 1 :] == [OTHER]
    reader.set_offline(True)
    page.goto(host.url(OTHER))
    assert title(page).endswith("Another title")


def test_who_waits_for_python_waits_for_nothing_else(host: Host, reader: BrowserContext) -> None:
    host.leave_little()
    page = opened(reader, host.url(LIGHT))
    turn = "state => document.dispatchEvent(new CustomEvent('nnlib-live', { detail: state }))"
    page.evaluate(turn, "loading")
    press(page, "Keep the whole book")
    until(page, lambda: offline.LIST in host.asked)
    page.evaluate("async () => { await (await navigator.serviceWorker.ready).update() }")  # as browsers do
    page.wait_for_timeout(500)
    assert host.asked[host.asked.index(offline.LIST) + 1 :] == []
    page.evaluate(turn, "ready")
    says(page, "The whole book can be read offline")
    assert OTHER in host.asked


def test_who_saves_data_is_not_sent_what_was_not_asked_for(host: Host, reader: BrowserContext) -> None:
    page = reader.new_page()
    page.clock.install()
    page.goto(host.url(LIGHT))
    page.wait_for_load_state("networkidle")
    page.clock.run_for(60_000)
    page.wait_for_timeout(500)
    assert offline.LIST not in host.asked
    assert OTHER not in host.asked


@pytest.mark.parametrize("keep", ["no-cache", "max-age=600"])
def test_the_next_load_is_of_the_new_build(host: Host, reader: BrowserContext, keep: str) -> None:
    host.keep = keep
    page = opened(reader, host.url(LIGHT))
    page.reload()  # now the service worker answers
    assert title(page).endswith("Bibliography")
    host.change(LIGHT, "Bibliography", "Another title")
    page.goto(host.url(LIGHT))
    assert title(page).endswith("Another title")
    page.wait_for_load_state("networkidle")
    reader.set_offline(True)
    page.reload()
    assert title(page).endswith("Another title")
    page.goto(host.url(OTHER))
    assert title(page) == LOST


def test_where_the_network_hangs_the_copy_is_shown(host: Host, reader: BrowserContext) -> None:
    page = opened(reader, host.url(LIGHT))
    host.slow = (LIGHT, 15)
    start = time.monotonic()
    page.goto(host.url(LIGHT), wait_until="commit")
    assert title(page).endswith("Bibliography")
    assert 3 < time.monotonic() - start < 14


def test_live_files_are_kept_when_they_are_used_and_go_with_their_build(host: Host, reader: BrowserContext) -> None:
    def use(build: str) -> None:
        live, name = host.root / offline.LIVE, f"{offline.LIVE}{build}/numpy.whl"
        shutil.rmtree(live, ignore_errors=True)
        (live / build).mkdir(parents=True)
        (live / build / "numpy.whl").write_bytes(b"x" * 1000)
        offline.write(host.root)
        page = opened(reader, host.url(LIGHT))
        assert name not in host.asked
        size = "url => fetch(url).then((reply) => reply.arrayBuffer()).then((data) => data.byteLength)"
        until(page, lambda: page.evaluate(size, host.url(name)) == 1000 and host.url(name) in copies(page))
        host.asked.clear()
        assert page.evaluate(size, host.url(name)) == 1000
        assert host.asked == []
        until(page, lambda: [url for url in copies(page) if "/live/" in url] == [host.url(name)])

    use("1a")
    use("2b")


def live(page: Page) -> Locator:
    """The page's first explorer, in which Python has been started, after its run."""
    explorer = page.locator(".nnlib-explorer").first
    explorer.get_by_role("button", name="Run live").click()
    page.wait_for_function(
        "([root]) => root.dataset.engine === 'live' && !root.ariaBusy", arg=[explorer.element_handle()]
    )
    return explorer


@pytest.mark.long
@pytest.mark.parametrize("reader", ["idle"], indirect=True)
def test_python_that_was_started_once_starts_without_a_network_on_every_page(
    host: Host, reader: BrowserContext
) -> None:
    host.add(offline.LIVE)
    other = "book/06-training-on-moons.html"
    opened(reader, host.url(other)).close()
    page = opened(reader, host.url(PAGE))
    assert host.python() == []
    assert "Python" not in page.locator(LINE).inner_text()
    live(page)
    says(page, "Python starts offline, too.")
    reader.set_offline(True)
    host.asked.clear()
    for path in PAGE, other:
        page.goto(host.url(path))
        explorer = live(page)
        before = explorer.locator("output").inner_text()
        explorer.locator("input[type=range]").first.press("End")
        changed = "([output, before]) => output.innerText !== before"
        page.wait_for_function(changed, arg=[explorer.locator("output").element_handle(), before])
        explorer.get_by_role("button", name="Edit code").click()
        explorer.locator(".cm-editor").wait_for()
    assert host.python() == []


@pytest.mark.long
@pytest.mark.skipif(firefox.path() is None, reason=firefox.MISSING)
def test_firefox_starts_python_without_a_server_too(host: Host, tmp_path: Path) -> None:
    host.add(offline.LIVE)
    (tmp_path / "profile").mkdir()
    said = f"document.querySelector('{LINE}').innerText"
    with contextlib.closing(firefox.Firefox(tmp_path / "profile")) as reader:
        reader.goto(host.url(PAGE))
        for _ in range(2):
            reader.until(lambda: reader.evaluate(f"document.querySelector('{LINE}') !== null"))
            reader.evaluate("nnlibWidgets.live.start().then(() => 'there')")
            reader.until(lambda: "Python starts offline, too." in reader.evaluate(said))
            host.gone = True
            reader.goto(host.url(PAGE))
        assert reader.evaluate("document.querySelector('h1').innerText").startswith("Softmax")


@pytest.mark.long
def test_files_that_came_before_the_service_worker_are_kept_too(host: Host, reader: BrowserContext) -> None:
    host.add(offline.LIVE)
    host.slow = (offline.LOST, 8)  # with which it is installed
    page = reader.new_page()
    page.goto(host.url(PAGE))
    page.evaluate("nnlibWidgets.live.start()")
    says(page, "Python starts offline, too.")
    reader.set_offline(True)
    page.reload()
    page.evaluate("nnlibWidgets.live.start()")


def test_python_that_was_never_loaded_says_that_there_is_no_network(host: Host, reader: BrowserContext) -> None:
    host.add(offline.LIVE)
    page = opened(reader, host.url(PAGE))
    reader.set_offline(True)
    page.reload()
    explorer = page.locator(".nnlib-explorer").first
    explorer.get_by_role("button", name="Run live").click()
    explorer.get_by_text("there is no network now").wait_for()
    assert explorer.get_attribute("data-engine") == "stored"
    assert "no network now" in page.evaluate("nnlibWidgets.live.start().catch(({ message }) => message)")
    reader.set_offline(False)
    live(page)


def test_a_copy_that_somebody_has_changed_is_not_served(host: Host, reader: BrowserContext) -> None:
    name = f"{offline.LIVE}1a/worker.mjs"
    (host.root / name).parent.mkdir(parents=True)
    (host.root / name).write_text("right")
    offline.write(host.root)
    page = opened(reader, host.url(LIGHT))
    get = "url => fetch(url).then((reply) => reply.text(), () => 'none')"
    until(page, lambda: page.evaluate(get, host.url(name)) == "right" and host.url(name) in copies(page))
    change = """async ([url, text]) => {
        const [name] = await caches.keys();
        await (await caches.open(name)).put(url, new Response(text));
    }"""
    page.evaluate(change, [host.url(name), "wrong"])
    assert page.evaluate(get, host.url(name)) == "right"
    until(page, lambda: host.url(name) in copies(page))
    page.evaluate(change, [host.url(name), "wrong"])
    page.evaluate(change, [host.url(offline.SUMS), json.dumps({name: offline.digest(host.root / name)})])
    reader.set_offline(True)
    assert page.evaluate(get, host.url(name)) == "none"
    page.evaluate(change, [host.url(name), "right"])
    reader.set_offline(False)
    assert page.evaluate(get, host.url(name)) == "right"


@pytest.mark.long
def test_jupyterlite_that_was_opened_once_runs_without_a_network(host: Host, reader: BrowserContext) -> None:
    host.add(offline.LITE)
    settings = host.root / "lite" / "jupyter-lite.json"
    told = json.loads(settings.read_text("utf-8"))
    told["jupyter-config-data"]["exposeAppInBrowser"] = True
    settings.write_text(json.dumps(told), "utf-8")
    offline.write(host.root)
    reader.add_init_script(MOTIONLESS)
    reader.set_default_timeout(240_000)
    start = opened(reader, host.url("book/10-batch-normalization.html"))
    assert host.python() == []

    def runs(page: Page) -> None:
        ready(page)
        assert page.evaluate(RUN, "import nnlib, matplotlib, sklearn; print(6 * 7)") == "42\n"

    with reader.expect_page() as new:
        start.locator("a.btn-launch-button").click()
    page = new.value
    runs(page)
    page.close()
    host.asked.clear()
    reader.set_offline(True)
    with reader.expect_page() as new:
        start.locator("a.btn-launch-button").click()
    runs(new.value)
    assert host.python() == []


def test_the_reader_can_switch_it_off(host: Host, reader: BrowserContext) -> None:
    reader.add_init_script(CHOOSE % "dark")
    page = opened(reader, host.url(LIGHT))
    seen = Visit(page, Site(host.root, host.url("")))
    assert seen.barriers(within=LINE) == []
    press(page, "Keep the whole book")
    press(page, "Stop, and remove it")
    for _ in range(2):
        says(page, "keeps no copy")
        page.wait_for_load_state("networkidle")
        until(page, lambda: not workers(page) and not copies(page))
        page.goto(host.url(OTHER))
    press(page, "Keep one, to read offline")
    says(page, "Keeping the book")
    assert workers(page)


def test_a_build_without_it_takes_it_away(host: Host, reader: BrowserContext) -> None:
    page = opened(reader, host.url(LIGHT))
    offline.write(host.root, wanted=False)
    (host.root / "_static" / offline.PAGE_SIDE).unlink()
    page.goto(host.url(LIGHT))
    until(page, lambda: not workers(page) and not copies(page))
    answer = page.goto(host.url(LIGHT))
    assert answer is not None
    assert not answer.from_service_worker


def test_from_the_disk_there_is_none_and_nothing_goes_wrong(visit: Callable[..., Visit]) -> None:
    seen = visit(LIGHT, "file", service_workers="allow")
    seen.page.wait_for_load_state("networkidle")
    assert seen.page.locator(LINE).count() == 0


def test_what_is_kept_is_what_pages_ask_for(site: Site) -> None:
    kept = json.loads((site.root / offline.LIST).read_text())
    pages = {path.relative_to(site.root).as_posix() for path in site.root.glob("book/**/*.html")}
    assert pages <= kept.keys()
    assert not [path for path in kept if path.startswith(("_downloads", "_static/live", "lite"))]
    assert all((site.root / path).is_file() for path in kept)
    worker = (site.root / offline.WORKER).read_text()
    assert all(f'"{path}"' in worker for path in kept)
