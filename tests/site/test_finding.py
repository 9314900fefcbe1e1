"""Finding, in the built book: the search and where it leads, lists, the modules' source, what a page says of itself."""

from __future__ import annotations

import gzip
import html
import re
import threading
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import urlopen

import page_head
import pytest
import source_links
from browsing import Site, Visit
from jinja2 import Template
from playwright.sync_api import Browser, Page
from test_book import PAGES

from tools.serve import HTML, server

# What a reader types, and where the answer stands: first, or among the first three.
FIRST = {
    "backpropagation": "book/glossary.html#term-back-propagation",
    "交叉熵": "book/glossary.html#term-cross-entropy",
    "vanishing gradient": "book/glossary.html#term-vanishing-gradient",
    "xavier": "book/glossary.html#term-Glorot-initialization",
    "logistic function": "book/glossary.html#term-sigmoid",
    "BN": "book/glossary.html#term-batch-normalization",
    "nnlib.Dense": "book/api.html#nnlib.layers.Dense",
    "loss_and_grad": "book/api.html#nnlib.network.Network.loss_and_grad",
    "learning rate schedule": "book/09-optimizers.html#ex-opt-schedule",
    "(3.4)": "book/03-activation-jacobians.html#equation-eq-jac-tanh",
    "adam optimizer": "book/09-optimizers.html#how-much-of-a-running-mean-is-real",
    "softmax derivative": "book/03-activation-jacobians.html#what-if-an-output-listens-to-every-input",
}
SOON = {
    "backprop": "book/02-backpropagation.html",
    "反向传播": "book/02-backpropagation.html",
    "交叉熵": "book/04-softmax-cross-entropy.html",
    "vanishing gradient": "book/03-activation-jacobians.html",
    "梯度消失": "book/03-activation-jacobians.html",
    "Xavier": "book/07-initialization.html",
    "batch norm": "book/10-batch-normalization.html",
    "动量": "book/09-optimizers.html",
    "moons": "book/06-training-on-moons.html",
    **dict.fromkeys(
        ["lasso", "L1 regularization", "L1 penalty", "L1 正则化"],
        "book/08-regularization.html#why-does-l1-make-zeros-and-l2-not",
    ),
    **dict.fromkeys(["Kaiming", "He initialization"], "book/07-initialization.html"),
    **dict.fromkeys(["批归一化", "批量归一化", "批标准化", "批量规范化"], "book/10-batch-normalization.html"),
    "神经网络": "book/01-forward-pass.html",
    "正向传播": "book/01-forward-pass.html",
    "数值微分": "book/05-gradient-checking.html",
    "学习速率": "book/02-backpropagation.html#from-a-gradient-to-a-step",
    "泛化": "book/08-regularization.html",
    "过拟合": "book/08-regularization.html",
    "優化演算法": "book/09-optimizers.html#optimizers",
    "优化算法": "book/09-optimizers.html#optimizers",
    "動量": "book/09-optimizers.html",
    "過擬合": "book/08-regularization.html",
    "bias correction": "book/09-optimizers.html",
    **dict.fromkeys(["dead unit", "dying ReLU"], "book/10-batch-normalization.html"),
    "Taylor series": "book/refreshers.html#taylor-a-curve-near-one-of-its-points",
    "learning rate too high": "book/06-training-on-moons.html#how-large-should-a-step-be",
    # mistyped
    "jacobain": "book/03-activation-jacobians.html",
    "momentun": "book/09-optimizers.html",
    "sigmiod": "book/01-forward-pass.html",
    "gradiant": "book/06-training-on-moons.html#what-does-one-step-promise",
    "vanishing gradiant": "book/03-activation-jacobians.html",
    "regularzation": "book/08-regularization.html#regularization",
    "intialization": "book/07-initialization.html#initialization",
    "nestrov": "book/09-optimizers.html",
    "overfiting": "book/08-regularization.html",
}
# The names whose search has no place that explains among its first three, and those that are not taken for one thing.
MISSED = """() => {
    const { find, things } = bookSearch.pure;
    const explains = ({ kind, page }) =>
        ["section", "exercise"].includes(kind) && /\\/\\d\\d-|refreshers/.test(shelf.pages[page].file);
    const { names } = bookSearch.index;
    return {
        found: names.map(([name]) => name).filter((name) => !find(name, shelf).found.slice(0, 3).some(explains)),
        taken: names.flat().filter((name) => things(name, shelf.groups).length !== 1),
        number: names.length,
    };
}"""
ASKED = "q => bookSearch.pure.find(q, shelf).found.map((p) => bookSearch.pure.address(p, shelf.pages, []))"
ANSWERED = "() => !/^$|Reading/.test(document.getElementById('search-status').textContent)"


def results(page: Page) -> list[str]:
    page.wait_for_function(ANSWERED)
    return page.locator("#search-found h2 a").evaluate_all("links => links.map((link) => link.href)")


@cache
def text(name: str) -> str:
    return (HTML / name).read_text(encoding="utf-8")


# --- the search ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_answers_with_places(visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit("search.html", scheme)
    page = seen.page
    assert not [url for url in seen.requests if "index.js" in url]  # nothing was asked yet
    page.keyboard.type("vanishing gradients")  # the field has the focus
    page.keyboard.press("Enter")
    found = results(page)
    status = page.locator("#search-status")
    assert re.fullmatch(r"\d+ places on \d+ pages for “vanishing gradients”\.", status.inner_text())
    assert status.get_attribute("role") == "status"
    assert all(seen.site.url("", scheme) in link and "#" in link for link in found)
    assert "vanishing gradient" in page.locator(".search-snippet mark").all_inner_texts()
    assert page.url.endswith("?q=vanishing+gradients")

    page.evaluate("globalThis.shelf = bookSearch.pure.open(bookSearch.index)")
    asked = {query: page.evaluate(ASKED, query) for query in FIRST.keys() | SOON.keys()}
    assert {query: asked[query][0] for query in FIRST} == FIRST
    assert {q: f"{asked[q][:3]}" for q, where in SOON.items() if not any(where in a for a in asked[q][:3])} == {}


def test_any_name_leads_to_a_chapter_or_a_refresher(visit: Callable[..., Visit]) -> None:
    page = visit("search.html?q=softmax").page
    results(page)
    page.evaluate("globalThis.shelf = bookSearch.pure.open(bookSearch.index)")
    missed = page.evaluate(MISSED)
    assert missed.pop("number") > 150
    assert missed == {"found": [], "taken": []}


def test_a_mistyped_word_is_told(visit: Callable[..., Visit]) -> None:
    page = visit("search.html?q=momentun").page
    found = results(page)
    told = page.locator("#search-status").inner_text()
    assert re.fullmatch(r"No place has “momentun”\. \d+ places on \d+ pages for “momentum”\.", told)
    assert "mark=momentum" in found[0]


def test_a_result_leads_to_its_section_with_the_words_marked(visit: Callable[..., Visit]) -> None:
    seen = visit("search.html?q=梯度消失")
    page = seen.page
    results(page)
    page.locator("#search-found h2 a", has_text="What reaches the layer before?").click()
    page.wait_for_url("**/03-activation-jacobians.html?mark=*#what-reaches-the-layer-before")
    seen.look("settle")
    marks = page.locator("article mark")
    assert marks.count() > 0
    assert {word.lower() for word in marks.all_inner_texts()} <= {"vanishing gradient", "gradient vanishes"}
    top = page.locator("#what-reaches-the-layer-before").evaluate("section => section.getBoundingClientRect().top")
    assert -5 <= top < 300

    bar = page.get_by_role("group", name="Marked words")
    assert bar.get_by_role("status").inner_text() == f"“梯度消失”: {marks.count()} marked"
    bar.get_by_role("button", name="Next").click()
    at = page.locator("mark.current").bounding_box()
    assert at and 0 < at["y"] < 900
    assert re.fullmatch(rf"\d+ of {marks.count()}", bar.get_by_role("status").inner_text())
    seen.look("thin")
    for theme in ("light", "dark"):
        seen.look("theme", theme)
        assert seen.barriers(within="#what-reaches-the-layer-before, .search-marks") == []
    page.keyboard.press("Escape")
    assert marks.count() == 0
    assert bar.count() == 0
    assert "mark=" not in page.url
    assert page.url.endswith("#what-reaches-the-layer-before")


def test_words_are_marked_in_text_and_code_and_nowhere_else(visit: Callable[..., Visit]) -> None:
    path = "book/zoo.html"
    plain = visit(path).page
    marked = visit(f"{path}?mark=gradient&mark=number&mark=def").page
    words = {word.lower() for word in marked.locator("mark").all_text_contents()}
    assert {"gradient", "number", "def"} <= words
    assert marked.locator(":is(script, button, .nnlib-explorer, mjx-container, svg) mark").count() == 0
    same = """() => {
        const article = document.querySelector("article").cloneNode(true);
        article.querySelector(".search-marks")?.remove();
        return article.textContent;
    }"""
    assert marked.evaluate(same) == plain.evaluate(same)
    # What is folded is opened on the way.
    assert not marked.evaluate("[...document.querySelectorAll('mark')].every((mark) => mark.checkVisibility())")
    hidden = marked.evaluate("""() => {
        const next = document.querySelector(".search-marks button");
        return [...document.querySelectorAll("mark")].filter(() => {
            next.click();
            return !document.querySelector("mark.current").checkVisibility();
        }).length;
    }""")
    assert hidden == 0


def test_a_link_into_a_fold_opens_it(visit: Callable[..., Visit]) -> None:
    seen = visit("book/lists.html")
    seen.page.locator("a[href='03-activation-jacobians.html#equation-eq-jac-silu']").click()
    seen.page.wait_for_url("**/03-activation-jacobians.html#equation-eq-jac-silu")
    seen.look("settle")
    assert seen.page.locator("#equation-eq-jac-silu").is_visible()


def test_search_by_keyboard_as_one_types(visit: Callable[..., Visit]) -> None:
    seen = visit("book/glossary.html")
    page = seen.page
    page.keyboard.press("Control+k")
    page.keyboard.type("softmax")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=softmax")
    seen.look("settle")
    before = len(results(page))
    status = page.locator("#search-status")
    total = int(status.inner_text().split()[0])
    assert before == 20 < total
    more = page.get_by_role("button", name=f"Show all {total}")
    more.press("Enter")
    assert len(results(page)) == total
    assert page.evaluate("document.activeElement === document.querySelectorAll('#search-found a')[20]")
    assert more.is_hidden()
    page.locator(".bd-search-container input").fill("zzzz")
    page.wait_for_function("() => /Nothing found/.test(document.getElementById('search-status').textContent)")
    assert page.locator("#search-found li").count() == 0
    page.locator(".bd-search-container input").fill("")
    page.wait_for_function("() => document.getElementById('search-status').textContent === ''")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_search_finds_can_be_read(visit: Callable[..., Visit], theme: str) -> None:
    seen = visit("search.html?q=softmax", theme=theme)
    results(seen.page)
    for width in (1280, 360):
        seen.resize(width)
        assert seen.look("tooWide") == []
        assert seen.barriers() == []


def test_without_scripts_the_search_page_says_so(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url("search.html"))
    said = page.locator(".bd-search-container").inner_text()
    assert "needs JavaScript" in said
    assert page.locator(".bd-search-container noscript a").count() == 2
    context.close()


def test_an_index_that_is_missing_is_told(open_page: Callable[..., Visit]) -> None:
    seen = open_page("search.html")
    seen.page.route("**/finding/index.js", lambda route: route.abort())
    seen.page.keyboard.type("softmax")
    seen.page.wait_for_function("() => /cannot be read/.test(document.getElementById('search-status').textContent)")


def test_no_page_loads_a_search_that_nobody_asked_for(site: Site) -> None:
    names = [*PAGES, "search.html", "genindex.html", "_modules/nnlib/layers.html"]
    for name in names:
        loaded = re.findall(r'<script[^>]* src="([^"]*)"', text(name))
        theirs = ("searchtools", "searchindex", "language_data", "sphinx_highlight", "finding/index.js")
        assert not [src for src in loaded if any(word in src for word in theirs)], name
        own = [src for src in loaded if "/finding/" in src]
        assert len(own) == (3 if name == "search.html" else 1), name
    assert not (site.root / "searchindex.js").exists()


def test_index_and_scripts_are_light(site: Site) -> None:
    folder = site.root / "_static" / "finding"
    packed = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in folder.glob("*.js")}
    assert packed.keys() == {"index.js", "pure.js", "search.js", "words.js"}
    assert packed["index.js"] < 250_000
    assert packed["words.js"] < 3_000  # on every page


# --- the lists -------------------------------------------------------------------------------------------


def test_the_lists_are_complete() -> None:
    listed = text("book/lists.html")
    links = Counter(re.findall(r'href="([\w/-]+\.html)#([^"]+)"', listed))
    for name in PAGES:
        page, here = text(name), name.removeprefix("book/")
        moves = re.findall(r'<div class="nnlib-(?:explorer|stepper|pad)\b[^"]*" id="([^"]+)"', page)
        exercises = re.findall(r'<div class="exercise admonition" id="([^"]+)"', page)
        equations = re.findall(r'<div class="math[^>]* id="(equation-[^"]+)"', page)
        assert {(here, id) for id in [*moves, *exercises, *equations]} - links.keys() == set(), name
    assert len(re.findall(r">\(\d+\.\d+\)<", listed)) > 100
    assert len(re.findall(r">Exercise \d+\.\d+</a>: \w", listed)) > 60
    assert not re.search(r": *</p>", listed)
    assert re.search(
        r"errata/c.html#equation-eq-article-c-bias[^>]*>\(\d+\)</a>: How C writes it › One neuron in each layer", listed
    )
    assert re.search(
        r"06-training-on-moons.html#lr-explorer[^>]*>How large should a step be\?</a>: learning rate", listed
    )


# --- the source ------------------------------------------------------------------------------------------


def test_the_whole_of_nnlib_can_be_read_on_the_site(visit: Callable[..., Visit]) -> None:
    seen = visit("_modules/nnlib/layers.html#Dense.f", "file")
    assert "def vjp" in seen.page.locator("article").inner_text()
    assert seen.page.locator("[id='Dense.f'] .viewcode-back").get_attribute("href").endswith("#nnlib.layers.Dense.f")
    assert seen.look("tooWide") == []
    assert seen.barriers() == []
    seen.look("theme", "dark")
    assert seen.barriers("color-contrast") == []


def test_each_object_of_the_api_and_each_printed_piece_leads_to_its_source() -> None:
    api = text("book/api.html")
    objects = len(re.findall(r'<dt class="sig sig-object py"', api))
    assert len(re.findall(r'class="viewcode-link"', api)) == objects - 2 > 60  # but n_params, an attribute, twice
    pages = [name for name in PAGES if "source-links" in text(name)]
    assert len(pages) >= 9
    assert re.search(r'_modules/nnlib/layers\.html#Dense\.f"', text("book/01-forward-pass.html"))
    assert source_links.page_of("nnlib.layers") == "_modules/nnlib/layers"


# --- what a page says of itself --------------------------------------------------------------------------


def meta(name: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text(name))
    return {key: html.unescape(value) for key, value in found}


def test_each_page_has_a_title_and_a_description_of_its_own() -> None:
    titles = {name: re.findall(r"<title>(.*?)</title>", text(name)) for name in PAGES}
    assert all(len(found) == 1 for found in titles.values())
    assert titles["book/intro.html"] == ["A neural network by hand"]
    assert len({found[0] for found in titles.values()}) == len(PAGES)
    about = {name: meta(name).get("description", "") for name in PAGES}
    assert [name for name, said in about.items() if not 40 <= len(said) <= 202] == []
    assert [name for name, count in Counter(about.values()).items() if count > 1] == []
    for name in PAGES:
        assert meta(name)["og:description"] == about[name]
        assert meta(name)["og:title"]
    assert meta("index.html")["description"] == about["book/intro.html"]


def test_what_is_configured_is_in_the_pages_and_what_is_not_is_not(site: Site) -> None:
    # Neither the configuration nor, under test, the environment names an address or a repository.
    assert "og:image" not in meta("book/intro.html")
    assert "Source repository" not in text("book/intro.html")
    assert not (site.root / "_static" / "share.png").exists()


@pytest.mark.parametrize("path", ["nowhere.html", "book/no/where.html"])
def test_an_address_that_leads_nowhere_is_answered_with_the_way_back(
    open_page: Callable[..., Visit], path: str
) -> None:
    seen = open_page(path)
    page = seen.page
    assert [what for what in seen.failed if "favicon" not in what] == [f"{seen.site.url(path)} (404)"]
    assert page.get_by_role("heading", level=1).inner_text() == "There is no such page"
    assert page.locator("body").evaluate("body => getComputedStyle(body).maxWidth") == "544px"  # its style is there
    assert seen.barriers() == []
    for link in page.get_by_role("link").evaluate_all("links => links.map((link) => link.href)"):
        with urlopen(link) as reply:
            assert reply.status == 200 and reply.read()


def test_below_a_folder_the_way_back_leads_into_it_if_the_build_was_told_the_address(
    site: Site, tmp_path: Path
) -> None:
    folder = page_head.folder("https://example.org/below/this/")
    book = tmp_path / folder.strip("/")
    book.parent.mkdir()
    book.symlink_to(site.root)
    template = Template((HTML.parents[1] / "book" / "_templates" / "404.html").read_text(encoding="utf-8"))
    (tmp_path / "404.html").write_text(template.render(docstitle="The book", folder=folder), encoding="utf-8")
    with server(0, tmp_path) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        with pytest.raises(HTTPError, match="404") as lost:
            urlopen(f"http://127.0.0.1:{http.server_port}{folder}book/no/where.html")
        links = re.findall(r'href="([^"]+)"', lost.value.read().decode())
        assert len(links) == 4
        for link in links:
            with urlopen(urljoin(lost.value.url, link)) as reply:
                assert reply.status == 200 and reply.read()
        http.shutdown()
