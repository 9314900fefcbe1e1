"""What the search works out without a page: how words are found, what is meant, in which order, what is shown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import search_index
from playwright.sync_api import Browser

NAMES = [
    ["back propagation", "backpropagation", "反向传播"],
    ["cross entropy", "crossentropy", "交叉熵"],
    ["bn", "batch norm"],
    ["step size", "pace"],
    ["bayes’ rule", "贝叶斯公式"],
]
TEXT = "Cross-entropy and back-propagation: how gradients vanish. "


def place(kind: str, page: int, id: str, title: str, text: str = "", **more: Any) -> list[Any]:
    given = {"number": "", "section": "", "names": [], "code": "", "introduced": -1} | more
    row = [kind, page, id, title, given["number"], given["section"], given["names"], text, given["code"]]
    return [*row, given["introduced"]]


INDEX = {
    "names": NAMES,
    "pages": [["book/04-loss.html", "4. Losses"], ["book/glossary.html", "Glossary"], ["book/errata/a.html", "A"]],
    "places": [
        place("section", 0, "top", "Losses", "Batches of losses.", number="4"),
        place(
            "section", 0, "guess", "What is a good guess worth?", "That is the cross-entropy, in nats.", number="4.1"
        ),
        place("equation", 0, "eq-1", "", number="4.2", section="What is a good guess worth?"),
        place("section", 0, "long", "More", "cross-entropy " * 9, code="loss = CrossEntropy()\nnet.fit(x)"),
        place("term", 1, "term-ce", "cross-entropy", "A loss.", names=["cross-entropy", "交叉熵"], introduced=1),
        place("term", 1, "term-bce", "binary cross-entropy", "A loss.", names=["binary cross-entropy"], introduced=3),
        place("section", 2, "a1", "A1: guess", "A slip about the guess, the guess, the guess."),
        place("exercise", 0, "ex", "Turn it round", "Write it.", number="4.2", section="Exercises"),
        place("term", 1, "term-pace", "step size", "A length.", names=["step size"], introduced=0),
        place("slider", 0, "slide", "How far?", "thickness", names=["slider", "thickness"]),
        place("equation", 0, "eq-2", "A thickness", number="4.3", section="More"),
        place("section", 2, "a2", "A2: a yardstick of thickness", "The yardstick."),
        place("section", 0, "yard", "Apart", "A thickness, said of a yardstick."),
        place("section", 0, "phrase", "The yardstick thickness", "Other text."),
    ],
}


@pytest.fixture(scope="module")
def call(browser: Browser) -> Any:
    page = browser.new_page()
    for name in ("words.js", "pure.js"):
        page.evaluate(f"() => {{ {(search_index.FINDING / name).read_text('utf-8')} }}")
    page.evaluate("index => { globalThis.index = index; globalThis.open_ = bookSearch.pure.open(index); }", INDEX)
    yield lambda script, *given: page.evaluate(
        f"given => ((pure, words) => {script})(bookSearch.pure, bookSearch.words)", list(given)
    )
    page.close()


@pytest.fixture(scope="module")
def ids(call: Callable[..., Any]) -> Callable[[str], list[str]]:
    return lambda query: call("pure.find(given[0], open_).found.map((place) => place.id)", query)


def hits(call: Callable[..., Any], phrase: str, text: str) -> list[str]:
    script = "words.pieces(given[1], words.pattern([words.fold(given[0])])).filter((p) => p[1]).map((p) => p[0])"
    return call(script, phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("batch", "Batch, batches, mini-batch, abatch", ["Batch", "batches", "batch"]),
        ("vanishing", "it vanishes and Vanishing", ["vanishes", "Vanishing"]),
        ("training", "trains, trained, a train", ["trains", "trained", "train"]),
        ("cross entropy", "cross-entropy, cross\n entropy, cross", ["cross-entropy", "cross\n entropy"]),
        ("dense", "dense, densely, density", ["dense", "densely"]),
        ("he", "he, Hessian, the, hes", ["he", "hes"]),
        ("L2", "L2 and L21", ["L2"]),
        ("loss", "loss, losses, los", ["loss", "losses"]),
        ("熵", "交叉熵损失", ["熵"]),
        ("Müller", "Muller, MÜLLER", ["Muller", "MÜLLER"]),
        ("a+b", "aab", []),
    ],
)
def test_a_word_is_found_with_other_endings_and_within_no_other(
    call: Callable[..., Any], phrase: str, text: str, found: list[str]
) -> None:
    assert hits(call, phrase, text) == found


def test_what_a_phrase_is_found_in_has_its_kernel(call: Callable[..., Any]) -> None:
    kernels = call("given.map((phrase) => words.kernel(phrase))", "batches", "l2 penalty", "he", "交叉熵", "bp 算法")
    assert kernels == ["batch", "penalty", "he", "交叉熵", "bp"]


def test_both_languages_compare_names_alike(call: Callable[..., Any]) -> None:
    names = ["Cross-Entropy", "loss_and_grad", "S 型函数", "multiply–add", "Bayes' rule"]
    assert [search_index.key(name) for name in names] == call("given.map((name) => words.fold(name))", *names)


def test_folding_keeps_each_character_where_it_is(call: Callable[..., Any]) -> None:
    text = "Ångström – “ß” ﬁ 反向 İ 𝜂"
    assert call("words.fold(given[0]).length === given[0].length", text)


@pytest.mark.parametrize(
    ("query", "things"),
    [
        ("Backpropagation", ["backpropagation"]),
        ("the back-propagation of batches", ["back propagation", "batches"]),
        ("交叉熵损失", ["交叉熵", "损失"]),
        ("nnlib.Dense", ["dense"]),
        ("how", ["how"]),
        ("BN and cross entropy", ["bn", "cross entropy"]),
        ("反向傳播演算法", ["反向传播"]),
        ("過擬合", ["过拟合"]),
        ("Bayes' rule", ["bayes rule"]),
        ("Bayes’ rule", ["bayes rule"]),
        (" ?! ", []),
    ],
)
def test_a_query_is_taken_apart(call: Callable[..., Any], query: str, things: list[str]) -> None:
    assert call("pure.things(given[0], open_.groups).map((phrases) => phrases[0])", query) == things


def test_any_name_of_a_thing_stands_for_all(call: Callable[..., Any]) -> None:
    for name in NAMES[0]:
        assert set(call("pure.things(given[0], open_.groups)[0]", name)) == set(NAMES[0])


@pytest.mark.parametrize("query", ["cross-entropy", "Crossentropy", "交叉熵"])
def test_a_term_leads_to_its_entry_and_then_to_where_it_is_introduced(
    ids: Callable[[str], list[str]], query: str
) -> None:
    assert ids(query)[:2] == ["term-ce", "guess"]
    assert set(ids(query)) == {"term-ce", "guess", "long", "term-bce"}


def test_a_title_weighs_more_than_a_text_and_a_chapter_more_than_an_erratum(ids: Callable[[str], list[str]]) -> None:
    assert ids("guess") == ["guess", "a1"]


@pytest.mark.parametrize("query", ["pace", "step size"])
def test_a_section_that_introduces_a_thing_need_not_name_it(ids: Callable[[str], list[str]], query: str) -> None:
    assert ids(query) == ["term-pace", "top"]
    assert ids(f"{query} of batches")[0] == "top"


def test_all_of_a_query_in_a_heading_goes_first_and_a_slider_is_not_called_by_what_it_sets(
    ids: Callable[[str], list[str]],
) -> None:
    assert ids("yardstick thickness") == ["phrase", "a2", "yard"]
    assert ids("thickness") == ["phrase", "a2", "yard", "slide"]


def test_the_page_says_one_thing_where_a_place_says_the_other(ids: Callable[[str], list[str]]) -> None:
    assert ids("glossary length") == ["term-pace"]
    assert ids("glossary") == []  # alone, it would be all places of the page


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("jacobain", "jacobian", True),
        ("momentun", "momentum", True),
        ("regularzation", "regularization", True),
        ("momenttum", "momentum", True),
        ("same", "same", True),
        ("momnetmu", "momentum", False),
        ("moments", "momentum", False),
        ("abcd", "badc", False),
        ("xabc", "abcx", False),
    ],
)
def test_words_are_near_by_one_slip(call: Callable[..., Any], one: str, other: str, near: bool) -> None:
    assert call("[pure.isNear(given[0], given[1]), pure.isNear(given[1], given[0])]", one, other) == [near, near]


@pytest.mark.parametrize(
    ("query", "instead"),
    [
        ("yardstikc", "yardstick"),
        ("Lossse", "losses"),
        ("cross-entorpy", "cross entropy"),  # which is then known
        ("a yardstikc zebra", "a yardstick zebra"),
        ("yardstick", ""),
        ("yard", ""),  # still being typed
        ("tpace", ""),  # not the first letter
        ("pcae", ""),  # too short
        ("pacce", "pace"),
        ("交叉商", ""),
    ],
)
def test_a_word_that_stands_nowhere_is_taken_for_one_that_does(
    call: Callable[..., Any], ids: Callable[[str], list[str]], query: str, instead: str
) -> None:
    assert call("pure.find(given[0], open_).instead", query) == instead
    assert not instead or ids(query) == ids(instead) != []


def test_chinese_in_either_script_is_one(call: Callable[..., Any]) -> None:
    pairs = call("[...pure.SIMPLIFIED]")
    assert {len(letter) for pair in pairs for letter in pair} == {1}
    assert len(pairs) > 100
    aliases = tomllib.loads((search_index.FINDING / "aliases.toml").read_text("utf-8"))
    glossary = (search_index.FINDING.parent / "glossary.md").read_text("utf-8")
    names = [*(name for line in aliases["names"] for name in line), *re.findall(r"^\S.*$", glossary, re.MULTILINE)]
    letters = set("".join(names))
    # What the traditional character set lacks is a simplified letter.
    simplified = {letter for letter in letters if not letter.encode("big5", "ignore") and re.match("[一-鿿]", letter)}
    assert simplified - {written for _, written in pairs} == set()
    assert {written for _, written in pairs} - letters == set()


def test_a_number_is_an_equation_a_section_or_an_exercise(ids: Callable[[str], list[str]]) -> None:
    assert ids("4.2") == ["eq-1", "ex"]
    assert ids("(4.2)") == ids("equation 4.2") == ids("Eq. (4.2)") == ["eq-1"]
    assert ids("Exercise 4.2") == ["ex"]
    assert ids("4.1") == ["guess"]


def test_where_no_place_has_all_some_have_most(call: Callable[..., Any], ids: Callable[[str], list[str]]) -> None:
    assert ids("nats turn") == ["ex", "guess"]
    assert call("pure.find('nats turn', open_).partial")
    assert not call("pure.find('nats', open_).partial")
    assert ids("zebra") == []
    assert ids("") == []


def test_a_word_that_is_still_being_typed_is_found(ids: Callable[[str], list[str]]) -> None:
    assert ids("wor") == ["guess"]


def test_a_snippet_shows_the_words_where_they_are_most(call: Callable[..., Any]) -> None:
    text = "gradient " + "x " * 300 + "a gradient and a gradient. " + "y " * 300
    parts = call("pure.snippet(given[0], ['gradient'])", text)
    assert [text for text, mark in parts if mark] == ["gradient", "gradient"]
    assert parts[0][0].startswith("… ") and parts[-1][0] == " …"
    assert sum(len(text) for text, _ in parts) < 240
    assert call("pure.snippet('Nothing here.', ['gradient'])") == [["Nothing here.", False]]
    assert call("pure.snippet('', [])") == []


def test_what_only_the_code_has_is_shown_as_code(call: Callable[..., Any]) -> None:
    assert call("pure.shown(open_.places[3], ['fit'])") == {
        "code": True,
        "parts": [["net.", False], ["fit", True], ["(x)", False]],
    }
    assert not call("pure.shown(open_.places[3], ['cross entropy']).code")


def test_an_address_names_the_place_and_the_words_to_mark(call: Callable[..., Any]) -> None:
    assert call("pure.address(open_.places[1], open_.pages, ['back propagation', '熵'])") == (
        "book/04-loss.html?mark=back+propagation&mark=%E7%86%B5#guess"
    )
    assert call("pure.address(open_.places[1], open_.pages, [])") == "book/04-loss.html#guess"


def test_a_place_is_headed_by_what_and_where_it_is(call: Callable[..., Any]) -> None:
    heads = [call("pure.heading(open_.places[given[0]], open_.pages)", n) for n in (*range(8), 10)]
    assert [f"{head['title']} | {head['where']}" for head in heads] == [
        "4. Losses | ",
        "4.1 What is a good guess worth? | 4. Losses",
        "Equation (4.2) | 4. Losses › What is a good guess worth?",
        "More | 4. Losses",
        "cross-entropy · 交叉熵 | Glossary",
        "binary cross-entropy | Glossary",
        "A1: guess | A",
        "Exercise 4.2: Turn it round | 4. Losses › Exercises",
        "Equation (4.3) | 4. Losses › More › A thickness",
    ]


def test_what_was_found_is_told(call: Callable[..., Any]) -> None:
    assert call("pure.told(0, 0, 'x', false)") == "Nothing found for “x”."
    assert call("pure.told(1, 1, 'x', false)") == "1 place on 1 page for “x”."
    assert call("pure.told(3, 2, 'x', true)") == "No place has all of “x”. 3 places on 2 pages have some of it."
    assert call("pure.told(1, 1, 'x', false, 'y')") == "No place has “x”. 1 place on 1 page for “y”."
