"""Code cells without what only the page needs."""

from __future__ import annotations

import pytest

from tools.reader_code import Publishing, in_words, needed


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("from myst_nb import glue\nimport numpy as np", "import numpy as np"),
        ('a = 1\nglue("a", a, display=False)\nb = 2  # two', "a = 1\nb = 2  # two"),
        ('for k in (0, 1):\n    glue(f"a{k}", k)', ""),
        ('for k in (0, 1):\n    print(k)\n    glue(f"a{k}", k)', "for k in (0, 1):\n    print(k)"),
        ('with open("f") as f:\n    glue(\n        "a",\n        f.read(),\n    )\n# why', "# why"),
        ('print("glue")', 'print("glue")'),
    ],
)
def test_what_only_publishes_goes(source: str, left: str) -> None:
    assert Publishing().without(source) == left


def test_a_function_that_only_publishes_goes_and_so_do_its_calls() -> None:
    publishing = Publishing()
    show = 'def show(key, value):\n    text = f"{value:.2f}"\n    glue(f"bp-{key}", text)\n\n\nx = 1'
    assert publishing.without(show) == "x = 1"
    assert publishing.without('show("x", x)\nassert x == 1') == "assert x == 1"


@pytest.mark.parametrize("source", ["x = f(glue)\nprint(x, [glue])", "if x:\n    glue('a', 1)\nelse:\n    print(2)"])
def test_what_cannot_be_told_apart_is_said(source: str) -> None:
    with pytest.raises(ValueError, match=r"glue|x in|nothing but publishing"):
        Publishing().without(source)


def kept(*cells: str) -> list[bool]:
    """Whether each cell that begins with a `#` is needed; the others are seen."""
    return [
        keep for keep, cell in zip(needed(cells, [c[0] == "#" for c in cells]), cells, strict=True) if cell[0] == "#"
    ]


@pytest.mark.parametrize(
    ("cells", "keep"),
    [
        (["#\na = 1", "print(a)"], [True]),
        (["#\na = 1", "a = 2", "print(a)"], [False]),
        (["#\nassert b == 1", "print(a)"], [False]),
        (["#\nfor i in range(2):\n    j = i", "for i in range(3):\n    print(i)"], [False]),
        (["#\nnet.theta[...] = 0", "print(net.theta)"], [True]),
        (["#\nnnlib.fit(net, x, t)", "print(net.theta)"], [True]),
        (["#\nnet = new()\nnnlib.fit(net, x, t)", "net = new()\nprint(net)"], [False]),
        (["#\nrng.normal()", "print(rng.normal())"], [True]),
        (["#\nk = 2", "def f(x):\n    return k * x", "print(f(1))"], [True]),
        (["#\nk = 2", "def f(k):\n    return k", "print(f(1))"], [False]),
        (["#\nk = 2", "def f():\n    return k", "print(1)"], [False]),
        (["#\na = 1", "#\nb = a", "print(b)"], [True, True]),
        (["#\nimport numpy as np", "print(np.pi)"], [True]),
        (["#\na = 1", "if x:\n    a = 2", "print(a)"], [True]),
        (["#\nt = [a for a in y]", "print(a)"], [False]),
    ],
)
def test_a_removed_cell_stays_only_where_a_later_one_needs_it(cells: list[str], keep: list[bool]) -> None:
    assert kept(*cells) == keep


def test_printed_texts_name_works_and_places_in_words() -> None:
    labels = {"mazur2015": "Maz15"}
    source = "f'{{ref}}`{name} <erratum-{name.lower()}>` {cite:t}`mazur2015` <a href=\"{page}.html\">'"
    assert in_words(source, labels.__getitem__) == "f'{name} [Maz15] <a href=\"{page}.ipynb\">'"
    assert in_words("{ref}`E2 <erratum-e2>`", labels.__getitem__) == "E2"


@pytest.mark.parametrize(
    ("address", "html", "markdown"),
    [
        ("{}.ipynb", '<a href="{page}.ipynb#a" class="b">A</a>', "of ([chapter 4](04-softmax.ipynb#a))"),
        (
            "https://e.org/{}.html",
            '<a href="https://e.org/{page}.html#a" class="b">A</a>',
            "[chapter 4](https://e.org/",
        ),
        ("", '<a class="b">A</a>', "of (chapter 4)"),
    ],
)
def test_a_link_in_code_leads_to_what_is_there_and_is_words_otherwise(address: str, html: str, markdown: str) -> None:
    def words(text: str) -> str:
        return in_words(text, str, address=lambda page: address.replace("{}", page))

    assert words('<a href="{page}.html#a" class="b">A</a>') == html
    assert markdown in words("of ([chapter 4](04-softmax.ipynb#a))")
    for whole in '<a href="https://example.org/a.html">', "[a](https://example.org/b.ipynb)", "open('a.html')":
        assert words(whole) == whole


@pytest.mark.parametrize("errata", ["errata/{}.ipynb", "https://example.org/book/errata/{}.html"])
def test_an_erratum_in_a_printed_text_is_a_link_where_its_article_is_at_hand(errata: str) -> None:
    wanted = f"[B11]({errata.format('b')}#erratum-b11) and [A2]({errata.format('a')}#erratum-a2)"
    assert in_words("{ref}`B11 <erratum-b11>` and {ref}`A2 <erratum-a2>`", str, errata) == wanted
    code = in_words("f'{{ref}}`{name} <erratum-{name.lower()}>` and {{ref}}`A2 <erratum-a2>`'", str, errata)
    assert eval(code, {"name": "B11"}) == wanted
    assert in_words("{ref}`weights <glossary-weight>`", str, errata) == "weights"


def test_a_link_to_a_widget_leads_to_it_without_its_state() -> None:
    assert in_words('<a href="#one-explorer?number=1&amp;a=2">1</a>', str) == '<a href="#one-explorer">1</a>'
    assert in_words("""f'<a href="#one?n={n}">{n}</a>'""", str) == """f'<a href="#one">{n}</a>'"""
