"""The notebooks for readers that the built pages offer: plain, whole, answers closed, numbers as on the page."""

from __future__ import annotations

import ast
import json
import re
import zipfile
from functools import cache
from typing import Any

import pytest
from browsing import Site
from test_links import Markup, split

from tools import notebooks
from tools.serve import HTML

WHOLE = "a-neural-network-by-hand"
UNSOLVED = "-without-solutions"
PAGES = notebooks.contents()
WITHOUT = {"book/api", "book/bibliography", "book/playground", "book/progress", "book/teachers"}
AS_NOTEBOOKS = [name for name in PAGES if name not in WITHOUT]
WITH_CODE = [name for name in PAGES if (notebooks.ROOT / f"{name}.ipynb").exists()]
SOLVED = [name for name in WITH_CODE if re.match(r"book/\d\d-", name)]  # the pages with exercises
every_notebook = pytest.mark.parametrize("name", WITH_CODE, ids=[name.partition("/")[2] for name in WITH_CODE])
RAW = re.compile(
    r"(?<!`)\{[\w:.-]+\}`|^[ >]*(?:`{3,}|~{3,}|:{3,})\{|^\([\w-]+\)=$|:::|\bglue\b|myst_nb|papermill", re.MULTILINE
)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)


def slug(name: str) -> str:
    return name.partition("/")[2].replace("/", "-")


@cache
def bundle(stem: str) -> dict[str, bytes]:
    """The files of a zip by their names, without the folder in which all of them lie."""
    with zipfile.ZipFile(HTML / "_downloads" / f"{stem}.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {name.partition("/")[0] for name in files} == {stem}
    return {name.partition("/")[2]: data for name, data in files.items()}


@cache
def cells(name: str, stem: str = WHOLE) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(bundle(stem)[f"{name}.ipynb"])["cells"]
    return found


def texts(name: str) -> str:
    return "\n\n".join("".join(cell["source"]) for cell in cells(name) if cell["cell_type"] == "markdown")


def codes(name: str) -> list[dict[str, Any]]:
    return [cell for cell in cells(name) if cell["cell_type"] == "code"]


def outputs(cell: dict[str, Any]) -> list[str]:
    """The words of a cell's outputs, pictures apart."""
    data = [{"": output["text"]} if "text" in output else output["data"] for output in cell["outputs"]]
    return ["".join(value) for kinds in data for kind, value in kinds.items() if not kind.startswith("image/")]


def page(name: str) -> str:
    return (HTML / f"{name}.html").read_text(encoding="utf-8")


def test_the_whole_has_every_page_but_those_that_live_in_the_page_alone() -> None:
    names = {name.removesuffix(".ipynb") for name in bundle(WHOLE) if name.endswith(".ipynb")}
    assert names == set(AS_NOTEBOOKS)


@pytest.mark.parametrize("name", AS_NOTEBOOKS)
def test_it_is_plain_markdown(name: str) -> None:
    found = [match[0] for match in RAW.finditer(texts(name))]
    for cell in codes(name):
        found += [match[0] for text in ["".join(cell["source"]), *outputs(cell)] for match in RAW.finditer(text)]
    assert found == []


@every_notebook
def test_it_says_where_it_comes_from_and_finds_what_it_needs_first(name: str) -> None:
    for stem in WHOLE, slug(name):
        first, setup = cells(name, stem)[:2]
        assert "*A neural network by hand*" in "".join(first["source"])
        assert f'find_the_book("{stem}", "{name.rpartition("/")[0]}", {{"' in "".join(setup["source"])


def test_a_raw_directive_would_be_seen() -> None:
    for text in "at {glue:text}`a`", "```{exercise} A", "> ```{tip}", ":::{note}", "a\n(eq-one)=\nb", "glue('a', 1)":
        assert RAW.search(text), text
    for text in "$a_{i}$`x`", "```python\n{1}\n```", "f'{a}'":
        assert not RAW.search(text), text


@every_notebook
def test_its_answers_are_closed(name: str) -> None:
    text = texts(name)
    assert "<details open" not in text
    folds = re.findall(r"<details><summary><strong>(.*?)</strong></summary>\n\n(?:.+?)\n\n</details>", text, re.DOTALL)
    assert len(folds) == text.count("<details>") == text.count("</details>")
    solutions = page(name).count('class="solution dropdown')
    heads = [fold for fold in folds if fold.startswith("Solution") and not fold.endswith("continued")]
    assert len(heads) + text.count("the folded cell below.") == solutions
    assert sum(fold == "Answer" for fold in folds) == page(name).count('<p class="admonition-title">Answer</p>')


@every_notebook
def test_solutions_and_what_the_page_folds_are_folded(name: str) -> None:
    book = {cell["id"]: cell for cell in notebooks.code_cells(notebooks.read(notebooks.ROOT / f"{name}.ipynb"))}
    for cell in codes(name):
        folds = cell["metadata"].get("jupyter", {})
        tags = book[cell["id"]]["metadata"].get("tags", []) if cell["id"] in book else ["hide-input"]
        if "".join(cell["source"]).startswith("# Solution to Exercise"):
            assert folds == {"source_hidden": True, "outputs_hidden": True}, cell["id"]
        else:
            assert bool(folds) == any(tag.startswith(("hide-", "remove-")) for tag in tags), cell["id"]


@every_notebook
def test_its_numbers_are_the_pages(name: str) -> None:
    html, text = page(name), texts(name)
    assert re.findall(r"\\tag\{([\d.]+)\}", text) == re.findall(r'<span class="eqno">\(([\d.]+)\)', html)
    exercises = re.findall(r'<p class="admonition-title"><span class="caption-number">Exercise ([\d.]+) </span>', html)
    assert re.findall(r"^#+ Exercise ([\d.]+)", text, re.MULTILINE) == exercises
    captions = re.findall(r"^\*(Fig\. [\d.]+): ", text, re.MULTILINE)
    assert captions == [found.strip() for found in re.findall(r'<span class="caption-number">(Fig[^<]+)</span>', html)]
    headings = [found.strip() for found in re.findall(r'<h\d><span class="section-number">([\d.]+ ?)</span>', html)]
    assert re.findall(r"^#+ (\d[\d.]*\.) ", text, re.MULTILINE) == headings


@every_notebook
def test_each_work_that_it_cites_is_named_at_its_end(name: str) -> None:
    cited = set(re.findall(r"\]\(#ref-([^)]+)\)", texts(name)))
    assert cited <= set(re.findall(r'<a id="ref-([^"]+)"></a>\[', texts(name)))
    assert bool(cited) == ("## The works cited" in texts(name)) or name == "book/zoo"


def test_every_link_leads_to_a_notebook_and_a_place_in_it() -> None:
    names = {name for name in bundle(WHOLE) if name.endswith(".ipynb")}
    found = []
    for name in names:
        shown = [text for cell in codes(name.removesuffix(".ipynb")) for text in outputs(cell)]
        text = "\n".join([FORMULA.sub("", texts(name.removesuffix(".ipynb"))), *shown])
        for link in re.findall(r"\]\(([^)\s]+)\)|<a href=\"([^\"]*)\"", text):
            link = "".join(link)
            target = split(name, link)
            if target is None:
                continue
            there, place = target
            if there not in names:
                found.append(f"{name}: {link}")
            elif place and f'<a id="{place}"></a>' not in texts(there.removesuffix(".ipynb")):
                found.append(f"{name}: {link}: no such place")
    assert found == []


@every_notebook
def test_its_zip_is_all_that_it_needs(name: str) -> None:
    files = bundle(slug(name))
    assert {"README.txt", "requirements.txt", "LICENSE", "LICENSE-TEXT", "nnlib/__init__.py"} < files.keys()
    assert files["README.txt"].count(b"\n") == 2
    assert [file for file in files if file.endswith(".ipynb")] == [f"{name}.ipynb"]
    assert b"96" in re.search(rb"figure\.dpi: (\d+)", files["book/book.mplstyle"])[1]
    wanted = files["requirements.txt"].decode().split("\n")
    assert any(line.startswith("numpy") for line in wanted)
    # alone, it links to no other notebook, nor to a page that is not beside it
    inside = cells(name, slug(name))
    alone = ["".join(cell["source"]) for cell in inside]
    alone += [text for cell in inside if cell["cell_type"] == "code" for text in outputs(cell)]
    links = [link for text in alone for link in re.findall(r"\]\(([^)\s]+)\)|href=\"([^\"]+)\"", text)]
    assert [link for link in map("".join, links) if re.match(r"(?!https?://|#).*\.(ipynb|html)\b", link)] == []
    modules = {file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in files}
    for cell in codes(name):
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ("experiments", "widgets"):
                assert f"book.{node.module}" in modules, node.module


@every_notebook
def test_what_has_not_run_can_be_seen(name: str) -> None:
    for cell in codes(name):
        for output in cell["outputs"]:
            html = "".join(output.get("data", {}).get("text/html", ""))
            assert "<script" not in html and not html.startswith("<svg")
            if "nnlib-exercise" in html:
                assert '<ol class="nnlib-still"><li>' in html  # what its check says
            elif "nnlib-" in html:
                assert '<img class="nnlib-still" alt="' in html and "run the cell" in html
            assert not [kind for kind in output.get("data", {}) if "nnlib" in kind]  # a page's own
            if "image/png" in output.get("data", {}):
                assert 200 < output["metadata"]["image/png"]["width"] < 1000


@pytest.mark.parametrize("name", SOLVED)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "alone"])
def test_without_solutions_it_has_the_exercises_and_nothing_of_a_solution(name: str, whole: bool) -> None:
    stem = (WHOLE if whole else slug(name)) + UNSOLVED
    found = cells(name, stem)
    written = "\n".join("".join(cell["source"]) for cell in found)
    shown = "\n".join(text for cell in found if cell["cell_type"] == "code" for text in outputs(cell))
    exercises = page(name).count('<div class="exercise admonition')
    assert exercises >= 5 and len(re.findall(r"^#+ Exercise ", written, re.MULTILINE)) == exercises
    assert written.count("\nattempt(") >= 2
    assert "Solution to" not in written + shown and "solutions" not in written.partition("find_the_book")[0]
    solved = [cell for cell in codes(name) if "".join(cell["source"]).startswith("# Solution to Exercise")]
    assert len(solved) >= 5 and not {cell["id"] for cell in solved} & {cell["id"] for cell in found}
    others = "\n".join("".join(cell["source"]) for cell in codes(name) if cell not in solved)
    lines = {line.strip() for cell in solved for line in cell["source"][1:] if line.strip() not in others}
    assert len(lines) > 20 and [line for line in lines if len(line) > 20 and line in written] == []
    said = re.findall(r"<strong>Solution to.*?</summary>\n\n(.*?)\n", texts(name))
    assert [words for words in said if words in written] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_button_of_a_page_offers_its_zip(site: Site, name: str) -> None:
    links = [link for link in Markup(page(name)).links if link.endswith((".zip", ".ipynb", ".md"))]
    links = [link for link in links if "lite/" not in link]  # test_lite.py
    wanted = [f"_downloads/{slug(name)}.zip"] if name in WITH_CODE else []
    wanted += [f"_downloads/{slug(name)}{UNSOLVED}.zip"] if name in SOLVED else []
    wanted += [f"_downloads/{WHOLE}.zip", f"_downloads/{WHOLE}{UNSOLVED}.zip"] if name == PAGES[0] else []
    assert [split(f"{name}.html", link)[0] for link in links] == wanted
    assert all((site.root / path).is_file() for path in wanted)
