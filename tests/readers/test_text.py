"""Plain Markdown from the nodes of a page, one kind at a time."""

from __future__ import annotations

import pytest
from docutils import nodes
from sphinx_exercise.nodes import exercise_node, solution_node

from tools.guesses import tally
from tools.reader_text import Code, Site, Text, UnknownError

PAGE = "book/01-first"
SITE = Site(
    sections={PAGE: {"": (1,), "#where": (1, 2)}},
    figures={PAGE: {"displaymath": {"eq-one": (1, 6)}, "exercise": {"ex-one": (1, 4)}, "figure": {"fig-one": (1, 3)}}},
    formats={"figure": "Fig. %s"},
)


def made(node: nodes.Element, **keywords) -> list:
    return Text(PAGE, SITE, **keywords).block(node)


def paragraph(*parts) -> nodes.paragraph:
    return nodes.paragraph("", "", *[nodes.Text(part) if isinstance(part, str) else part for part in parts])


def section(title: str, *parts: nodes.Node, ids: list[str] | None = None) -> nodes.section:
    return nodes.section("", nodes.title("", title), *parts, ids=ids or [])


def code(index: int) -> nodes.container:
    return nodes.container(nb_element="cell_code", cell_index=index)


def test_headings_carry_the_pages_numbers() -> None:
    page = nodes.section("", nodes.title("", "First"), section("Where?", ids=["where"]), ids=["first"])
    assert made(page) == ["# 1. First", "## 1.2. Where?"]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("2 * 3 and `a`", r"2 \* 3 and \`a\`"),
        ("snake_case, _first", r"snake_case, \_first"),
        ("a < b, $5", r"a \< b, \$5"),
        ("# no heading", r"\# no heading"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("2 + 2", "2 + 2"),
        ("two\nlines", "two lines"),
        ("[A] is no link", "[A] is no link"),
    ],
)
def test_what_markdown_would_take_for_its_own_is_marked(text: str, markdown: str) -> None:
    assert made(paragraph(text)) == [markdown]


def test_an_equation_stands_on_one_line_with_its_number() -> None:
    equation = nodes.math_block("", "\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n", ids=["eq-one"])
    (text,) = made(equation, anchors={(PAGE, "eq-one")})
    assert text == '<a id="eq-one"></a>\n$$ \\begin{aligned} a &= b \\\\ c &= d \\end{aligned} \\tag{1.6} $$'
    assert made(nodes.math_block("", r"a \\ b")) == [r"$$ \begin{split}a \\ b\end{split} $$"]


def test_a_formula_in_a_table_does_not_end_its_cell() -> None:
    cells = [nodes.entry("", paragraph(nodes.math("", r"|x| + \|y\|"))), nodes.entry("", paragraph("a | b"))]
    group = nodes.tgroup("", nodes.thead("", nodes.row("", *cells)), nodes.tbody())
    assert made(nodes.table("", group)) == ["| $\\vert x\\vert  + \\Vert y\\Vert $ | a \\| b |\n| --- | --- |"]


@pytest.mark.parametrize(
    ("parts", "markdown"),
    [
        ([nodes.strong("", "so"), " it is"], "**so** it is"),
        ([nodes.strong("", "", nodes.math("", "x")), "s"], "<strong>$x$</strong>s"),
        ([nodes.emphasis("", "both"), "."], "*both*."),
        ([nodes.literal("", "a`b")], "``a`b``"),
        ([nodes.inline("", "0.2984", classes=["pasted-text"]), " it was"], "0.2984 it was"),
    ],
)
def test_marks_stand_where_markdown_sees_them(parts: list, markdown: str) -> None:
    assert made(paragraph(*parts)) == [markdown]


def test_boxes_are_quotations_and_folds_are_closed() -> None:
    tip = nodes.admonition("", nodes.title("", "Predict"), paragraph("What?"), paragraph("Why?"), classes=["tip"])
    assert made(tip) == ["> **Predict**\n>\n> What?\n>\n> Why?"]
    title = nodes.title("", "", nodes.Text("A & "), nodes.math("", "x < y"))
    fold = nodes.admonition("", title, paragraph("This."), classes=["dropdown"])
    assert made(fold) == ["<details><summary><strong>A &amp; $x < y$</strong></summary>\n\nThis.\n\n</details>"]


def test_an_exercise_is_headed_and_its_solution_folded_around_its_code() -> None:
    exercise = exercise_node("", nodes.title("", "", nodes.Text(" ("), nodes.Text("Twice)")), paragraph("Do."))
    exercise["ids"] = ["ex-one"]
    assert made(exercise) == ["# Exercise 1.4 (Twice)", "Do."]
    title = nodes.title("", "Solution to Exercise 1.4")
    folded = "<details><summary><strong>Solution to Exercise 1.4{}</strong></summary>\n\n{}\n\n</details>"
    assert made(solution_node("", title, paragraph("So."), code(3), paragraph("And."), paragraph("Then."))) == [
        folded.format("", "So."),
        Code(3, "Solution to Exercise 1.4"),
        folded.format(", continued", "And.\n\nThen."),
    ]
    assert made(solution_node("", title, code(3)))[0] == "Solution to Exercise 1.4: the folded cell below."


def test_without_solutions_an_exercise_stands_alone() -> None:
    title = nodes.title("", "Solution to Exercise 1.4")
    assert made(solution_node("", title, paragraph("So."), code(3)), solutions=False) == []


def test_a_figure_of_a_cell_keeps_its_number_and_caption() -> None:
    figure = nodes.figure("", nodes.caption("", "Two moons."), ids=["fig-one"])
    assert made(nodes.container("", figure, nb_element="cell_code", cell_index=7)) == [
        Code(7, caption="*Fig. 1.3: Two moons.*")
    ]


def link(text: str, **where: str) -> nodes.paragraph:
    return paragraph(nodes.reference("", text, **where))


def test_links_lead_to_notebooks_that_are_there_and_are_words_otherwise() -> None:
    here = link("(1.6)", refid="eq-one")
    assert made(here) == ["(1.6)"]
    assert made(here, anchors={(PAGE, "eq-one")}) == ["[(1.6)](#eq-one)"]
    there = link("B5", refuri="errata/b.html#erratum-b5")
    assert made(there) == ["B5"]
    assert made(there, present={"book/errata/b"}) == ["[B5](errata/b.ipynb)"]
    place = {("book/errata/b", "erratum-b5")}
    assert made(there, present={"book/errata/b"}, anchors=place) == ["[B5](errata/b.ipynb#erratum-b5)"]
    assert made(link("site", refuri="https://example.org/")) == ["[site](https://example.org/)"]
    back = Text("book/errata/b", SITE, {PAGE}).block(link("1", refuri="../01-first.html"))
    assert back == ["[1](../01-first.ipynb)"]


def test_links_to_what_is_no_notebook_here_lead_to_the_page_online_where_its_address_is_known() -> None:
    site = Site({}, {}, address="https://example.org/below/")
    there = Text(PAGE, site, {"book/errata/a"})
    online = "https://example.org/below/book/errata/b.html"
    assert there.block(link("B5", refuri="errata/b.html#erratum-b5")) == [f"[B5]({online}#erratum-b5)"]
    assert there.block(link("B", refuri="errata/b.html")) == [f"[B]({online})"]
    assert there.block(link("A", refuri="errata/a.html")) == ["[A](errata/a.ipynb)"]
    assert there.block(link("(1.6)", refid="eq-one")) == ["(1.6)"]


def test_a_citation_leads_to_the_list_below() -> None:
    entry = nodes.citation("", nodes.label("", "Ros58"), paragraph("Rosenblatt, 1958."), ids=["id9"])
    site = Site({}, {}, citations={"id9": ("Ros58", entry)})
    text = Text(PAGE, site)
    cited = nodes.reference("", "Ros58", refuri="bibliography.html#id9")
    assert text.block(paragraph("He ", "[", cited, "].")) == ["He [[Ros58](#ref-Ros58)]."]
    assert text.cited == {"Ros58": entry}
    assert text.block(entry) == ['- <a id="ref-Ros58"></a>[Ros58] Rosenblatt, 1958.']


def test_a_list_keeps_its_paragraphs() -> None:
    items = [nodes.list_item("", paragraph("one"), paragraph("more")), nodes.list_item("", paragraph("two"))]
    assert made(nodes.bullet_list("", *items)) == ["- one\n\n  more\n\n- two"]
    assert made(nodes.enumerated_list("", nodes.list_item("", paragraph("one")))) == ["1. one"]


def test_what_is_new_is_no_silent_loss() -> None:
    with pytest.raises(UnknownError, match="line_block"):
        made(nodes.line_block())
    with pytest.raises(UnknownError, match="tally"):  # the panel of what is kept in a browser
        made(tally())
    with pytest.raises(UnknownError, match="code cell 3"):
        made(nodes.admonition("", nodes.title("", "Box"), code(3)))
