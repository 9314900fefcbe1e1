"""The pages around the chapters: the code they show runs, and their lists are complete."""

import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest
import rules
from rules import Chapter

import nnlib
from tools import notebooks

BOOK = Path(__file__).parents[2] / "book"
PAGES = sorted(BOOK.glob("*.md"))
CODE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
CJK = re.compile("[\u4e00-\u9fff]")


def text(name):
    return (BOOK / name).read_text(encoding="utf-8")


def blocks(page):
    return CODE.findall(page.read_text(encoding="utf-8"))


def glossary_entries():
    """Return each entry as its list of names; the text under them is indented."""
    (body,) = re.findall(r"^```\{glossary\}\n(.*?)^```", text("glossary.md"), re.DOTALL | re.MULTILINE)
    return [[line for line in entry.splitlines() if not line.startswith(" ")] for entry in body.strip().split("\n\n")]


def test_the_intro_opens_with_a_sentence_and_what_moves():
    title, front, *rest = Chapter(notebooks.read(BOOK / "intro.ipynb")).cells
    assert len(rules.prose(notebooks.text(title["source"])).split()) < 40
    assert rules.moves(front)
    assert {"remove-input", "front"} <= set(rules.tags(front))
    assert any(cell["cell_type"] == "code" and not rules.is_hidden(cell) for cell in rest)


@pytest.mark.parametrize("name", ["glossary.md", "api.md"])
def test_the_symbols_of_a_page_are_on_the_notation_page(name):
    used = {s for tex, _, _ in rules.maths(text(name)) for s in rules.symbols(tex)}
    assert used - rules.known_symbols(text("notation.md")) <= {"d", "\\pi"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_on_a_page_gives_what_the_page_says(page):
    source = "".join(blocks(page))
    test = doctest.DocTestParser().get_doctest(source, {}, page.name, str(page), 0)
    shown = [line for line in source.splitlines() if line.startswith(">>> ")]
    assert len(test.examples) == len(shown)
    report = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.attempted == len(shown) and result.failed == 0, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_code_is_a_session_that_runs(page):
    for block in blocks(page):
        assert block.startswith(">>> ")


def test_the_api_page_has_every_public_name():
    listed = {name for line in re.findall(r":members: (.*)", text("api.md")) for name in line.split(", ")}
    assert set(nnlib.__all__) - listed == set()


def documented():
    """Yield the name and docstring of all that the API page shows."""
    for module, names in re.findall(r"automodule:: (\S+)\n +:members: (.*)", text("api.md")):
        for name in names.split(", "):
            thing = getattr(import_module(module), name)
            members = inspect.getmembers(thing, inspect.isroutine) if inspect.isclass(thing) else []
            for member, value in [("", thing), *members]:
                ours = not member or str(getattr(value, "__module__", "")).startswith("nnlib.")
                if ours and not member.startswith("_"):
                    yield f"{module}.{name}.{member}".rstrip("."), inspect.getdoc(value) or ""


def test_prose_of_a_docstring_stands_before_its_lists():
    """A list of parameters runs to the next title: a paragraph behind it would be set as one more parameter."""
    misplaced = []
    for name, doc in documented():
        for section in re.split(r"^\w+\n-{3,}\n", doc, flags=re.MULTILINE)[1:]:
            entries = [line for line in section.splitlines() if line and not line.startswith(" ")]
            misplaced += [f"{name}: {line}" for line in entries if line.endswith(".")]
    assert misplaced == []


def test_every_glossary_entry_has_a_chinese_name():
    entries = glossary_entries()
    assert len(entries) > 20
    assert [names for names in entries if not any(CJK.search(name) for name in names)] == []


def test_the_glossary_is_in_alphabetical_order_and_names_nothing_twice():
    entries = glossary_entries()
    first = [names[0].lower() for names in entries]
    assert first == sorted(first)
    names = [name.lower() for entry in entries for name in entry]
    assert len(names) == len(set(names))
