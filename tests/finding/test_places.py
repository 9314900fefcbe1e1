"""What the extensions for finding make of a page, without building the book."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import page_head
import pytest
import search_index
import source_links
from docutils import nodes
from docutils.utils import new_document
from places import LETTERS, Place, places, question, readable
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace

import nnlib
from tools.notebooks import contents, read


def section(title: str, *children: nodes.Node, id: str = "") -> nodes.section:
    heading = nodes.title("", title)
    return nodes.section("", heading, *children, ids=[id or title.lower().replace(" ", "-")])


def paragraph(text: str, *more: nodes.Node) -> nodes.paragraph:
    return nodes.paragraph("", "", nodes.Text(text), *more)


def cell(*tags: str, code: str = "", output: str = "") -> nodes.container:
    box = nodes.container(classes=["cell", *(f"tag_{tag}" for tag in tags)], nb_element="cell_code")
    box += nodes.container("", nodes.literal_block(code, code), classes=["cell_input"])
    box += nodes.container("", nodes.raw("", output, format="html"), classes=["cell_output"])
    return box


@pytest.fixture
def document() -> nodes.document:
    return new_document("page")


EXPLORER = """<div class="nnlib-explorer wide" id="rate-explorer" data-engine="stored">
<img class="nnlib-still" alt="what &amp; how" src="data:image/png;base64,AAAA">
<script type="application/json">{"controls":[{"name":"lr","label":"learning rate"},{"name":"n"}]}</script>
</div>"""


def test_a_section_has_its_own_text_and_no_other(document: nodes.document) -> None:
    inner = section("Is it long?", paragraph("Inside."))
    document += section("A chapter", paragraph("One", nodes.math("", r"\partial L")), paragraph("two."), inner)
    first, second = places(document, "book/01-x")
    assert (first.kind, first.id, first.title, first.text) == ("section", "a-chapter", "A chapter", "One∂L two.")
    assert (second.title, second.text) == ("Is it long?", "Inside.")


def test_code_is_kept_where_it_is_seen_and_a_slider_is_named_by_its_question(document: nodes.document) -> None:
    hidden = cell("hide-input", code="plt.plot()", output=EXPLORER)
    document += section("How fast?", paragraph("Text."), cell(code="net = 1"), hidden, paragraph("After."))
    here, slider = places(document, "book/01-x")
    assert here.code == "net = 1"
    assert here.text == "Text. After."
    assert (slider.kind, slider.id, slider.title) == ("slider", "rate-explorer", "How fast?")
    assert slider.names == ["slider", "learning rate", "n"]


def test_a_slider_under_no_question_takes_the_first_of_the_text() -> None:
    around = Place("section", "x", "x", "In practice", chunks=["Look. Why is it slow, and where? Then what?"])
    assert question(around) == "Why is it slow, and where?"
    assert question(Place("section", "x", "x", "In practice", chunks=["No."])) == "In practice"
    assert question(None) == ""


def test_a_term_has_all_its_names_and_a_solution_no_place(document: nodes.document) -> None:
    class solution_node(nodes.Element):
        pass

    item = nodes.definition_list_item()
    item += nodes.term("", "loss", ids=["term-loss"])
    item += nodes.term("", "损失", ids=["term-7"])
    item += nodes.definition("", paragraph("What is made small."))
    hidden = solution_node("", paragraph("The answer."))
    document += section("Glossary", nodes.definition_list("", item), hidden)
    glossary, term = places(document, "book/glossary")
    assert (term.kind, term.id, term.names, term.text) == ("term", "term-loss", ["loss", "损失"], "What is made small.")
    assert glossary.text == ""


def test_formulas_are_read_in_plain_signs() -> None:
    assert readable(r"\partial L / \partial z") == "∂L / ∂z"
    assert readable(r"\frac{a}{b} \cdot \mathbf{W}^\top x_{ij}") == "a/b · Wᵀ x_ij"
    assert readable(r"\mu = 0.9 \le \alpha x") == "μ = 0.9 ≤ αx"
    assert readable(r"1 / (1 + e^{-z})") == "1 / (1 + e^-z)"
    assert all(len(sign) == 1 for sign in LETTERS.values())


# --- the index -------------------------------------------------------------------------------------------


def test_lines_that_share_a_name_are_one() -> None:
    lines = [["cross-entropy", "交叉熵"], ["log loss", "Cross entropy"], ["moons"]]
    (group,) = search_index.groups(lines)
    assert set(group) == {"cross entropy", "crossentropy", "交叉熵", "log loss", "logloss"}


@pytest.fixture
def book() -> list[Place]:
    def at(page: str, title: str, text: str = "", terms: tuple[str, ...] = ()) -> Place:
        return Place("section", page, title.lower(), title, chunks=[text], terms=list(terms))

    def term(*names: str) -> Place:
        return Place("term", "book/glossary", f"term-{names[0]}", names[0], names=list(names))

    return [
        at("book/intro", "Front", terms=("term-loss",)),
        at("book/01-a", "The loss of it", "gain gain"),
        at("book/01-a", "First", terms=("term-loss",)),
        at("book/02-b", "Adam", "gain"),
        term("loss", "损失"),
        term("Adam"),
        term("gain"),
        term("nowhere"),
    ]


def test_a_term_is_introduced_where_it_is_first_referred_to_or_in_the_chapter_of_its_name(book: list[Place]) -> None:
    assert search_index.introduced(book, {}) == {4: 2, 5: 3, 6: 1}
    assert search_index.introduced(book, {"Adam": "book/01-a#first"})[5] == 2
    for wrong in ({"Adam": "book/01-a#no"}, {"Eve": "book/01-a#first"}):
        with pytest.raises(ExtensionError, match="no such place or term"):
            search_index.introduced(book, wrong)


# --- what a page says of itself --------------------------------------------------------------------------


def test_a_description_is_the_first_question_and_paragraph(document: nodes.document) -> None:
    goals = section(page_head.GOALS, paragraph("What you need: a good deal of patience, and two weeks of time."))
    asked = section("Why so?", paragraph("Short."), paragraph("Because the slope of a sigmoid is at most a quarter."))
    document += section("A chapter", goals, asked)
    assert page_head.description(document) == "Why so? Because the slope of a sigmoid is at most a quarter."


def test_a_description_ends_with_a_sentence_or_a_word() -> None:
    assert page_head.cut("Short.") == "Short."
    assert page_head.cut(f"{'a' * 90}. {'b ' * 90}", 150) == f"{'a' * 90}."
    assert page_head.cut("word, " * 50, 40) == "word, word, word, word, word, word …"
    assert len(page_head.cut("word " * 100)) <= page_head.LONGEST


def test_address_and_picture_need_a_base() -> None:
    def names(base: str) -> set[str]:
        return {name for _, name, _ in page_head.tags("T", "S", "About it", base, "book/x", front=False)}

    assert names("") == {"og:title", "og:site_name", "og:type", "description", "og:description"}
    assert {"og:url", "og:image", "og:image:alt", "twitter:card"} <= names("https://example.org/b/")
    found = page_head.tags("T", "S", "", "https://example.org/b/", "book/x", front=True)
    assert ("property", "og:image", "https://example.org/b/_static/share.png") in found
    app = SimpleNamespace(config=SimpleNamespace(html_baseurl="https://example.org/b"))
    assert page_head.base_url(app) == "https://example.org/b/"  # type: ignore[arg-type]


def test_the_folder_of_the_book_is_its_address_without_the_host() -> None:
    addresses = ("", "https://example.org/", "https://example.org/b/", "https://example.org/b/c/")
    assert [page_head.folder(address) for address in addresses] == ["/", "/", "/b/", "/b/c/"]


@pytest.mark.parametrize("base", ["https://example.org/below/this", ""])
def test_the_address_in_the_environment_reaches_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setenv("BOOK_URL", base)
    monkeypatch.delenv("BOOK_REPOSITORY", raising=False)
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    (source / "index.rst").write_text("Front\n=====\n\n" + "What the book is about, in as many words as it takes. " * 2)
    configuration = {
        "extensions": ["page_head"],
        "html_theme": "basic",
        "html_title": "A neural network by hand",
        "templates_path": [str(search_index.FINDING.parent / "_templates")],
    }
    with docutils_namespace():
        app = Sphinx(source, None, out, out, "html", configuration, status=None, warning=None)
        # The book's root is a page; its index.html, which leads there, would be this one.
        app.events.listeners["html-collect-pages"] = []
        app.connect("html-collect-pages", lambda app: list(page_head.pages(app))[:1])
        app.build()
    front = (out / "index.html").read_text()
    lost = (out / "404.html").read_text()
    assert '<meta property="og:title"' in front
    assert "<style>" in lost
    folder = "/below/this/" if base else "/"
    names = ["index.html", "search.html", "book/lists.html", "book/glossary.html"]
    assert re.findall(r'(?:href|src)="([^"]+)"', lost) == [folder + name for name in names]
    if not base:
        assert not re.search("og:url|og:image|canonical", front)
        assert not (out / page_head.PICTURE).exists()
        return
    assert f'<meta property="og:image" content="{base}/_static/share.png">' in front
    assert f'<meta property="og:url" content="{base}/index.html">' in front
    assert f'<link rel="canonical" href="{base}/index.html"' in front
    data = (out / page_head.PICTURE).read_bytes()
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == page_head.SIZE
    assert len(data) < 300_000


@pytest.mark.parametrize("named", [None, "", "https://example.org/named"])
@pytest.mark.parametrize("configured", ["", "https://example.org/configured"])
def test_the_environment_goes_before_the_configuration_and_no_repository_has_no_button(
    monkeypatch: pytest.MonkeyPatch, named: str | None, configured: str
) -> None:
    for variable in ("BOOK_URL", "BOOK_REPOSITORY"):
        monkeypatch.delenv(variable, raising=False)
        if named is not None:
            monkeypatch.setenv(variable, named)
    config = SimpleNamespace(html_baseurl=configured, html_theme_options={"repository_url": configured})
    page_head.configure(None, config)  # type: ignore[arg-type]
    wanted = named or configured
    assert config.html_baseurl == wanted
    assert config.html_theme_options == {"repository_url": wanted, "use_repository_button": bool(wanted)}


@pytest.mark.parametrize("variable", ["BOOK_URL", "BOOK_REPOSITORY"])
@pytest.mark.parametrize("address", ["example.org/book", "/book/", "https://", "file:///book"])
def test_an_address_without_its_beginning_stops_the_build(
    monkeypatch: pytest.MonkeyPatch, variable: str, address: str
) -> None:
    monkeypatch.setenv(variable, address)
    with pytest.raises(ExtensionError, match=f"not a whole address.*{variable}"):
        page_head.whole(variable, "https://example.org/configured")


# --- from a printed piece to its source ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("print(inspect.getsource(nnlib.SGD.update))", ["nnlib.SGD.update"]),
        ("for p in nnlib.Tanh.f, nnlib.ReLU.f:\n    print(inspect.getsource(p))", ["nnlib.Tanh.f", "nnlib.ReLU.f"]),
        (
            "kinds = nnlib.L1, nnlib.L2\nfor kind in kinds:\n    print(inspect.getsource(kind.gradient))",
            ["nnlib.L1.gradient", "nnlib.L2.gradient"],
        ),
        ("for part in zoo.SPECIMENS:\n    print(inspect.getsource(part))", []),
        ("x = x\nprint(inspect.getsource(x))", []),
    ],
)
def test_the_source_of_a_cell_tells_what_it_prints(source: str, names: list[str]) -> None:
    assert source_links.printed(source) == names


def test_what_is_printed_has_a_module_and_a_name_in_it() -> None:
    assert source_links.home("nnlib.Dense.f") == ("nnlib.layers", "Dense.f")
    assert source_links.home("nnlib.glorot") == ("nnlib.initializers", "glorot")
    assert source_links.home("nnlib.Sigmoid.vjp")[0] == nnlib.Sigmoid.__module__


def test_most_chapters_print_pieces_of_nnlib() -> None:
    printing = 0
    for name in contents():
        path = search_index.FINDING.parent.parent / f"{name}.ipynb"
        if path.is_file():
            cells = [c for c in read(path)["cells"] if c["cell_type"] == "code"]
            sources = ["".join(c["source"]) for c in cells]
            printing += any(source_links.printed(s) for s in sources if "getsource(" in s)
    assert printing >= 8
