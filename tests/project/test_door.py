"""What a stranger meets first: README, its picture, how to cite, what changed. Each says what the project says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from PIL import Image

from tools import notebooks

ROOT = notebooks.ROOT
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
PICTURE = ROOT / "tools" / "readme.png"
WORKFLOW = ROOT / ".github" / "workflows" / "publish.yml"


def chapters() -> list[tuple[str, str]]:
    """Each chapter's file, from the root, and its title."""
    files = [f"{name}.ipynb" for name in notebooks.contents() if re.search(r"/\d\d-", name)]
    return [(file, title(ROOT / file)) for file in files]


def title(path: Path) -> str:
    cells = notebooks.read(path)["cells"]
    return re.search(r"^# (.+)$", notebooks.text(cells[0]["source"]), re.MULTILINE)[1]


def cited(field: str) -> str:
    (entry,) = re.findall(r"^```bibtex\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return re.search(rf"^ +{field} += \{{+([^}}]*)\}}", entry, re.MULTILINE)[1]


def test_the_readme_lists_each_chapter_in_its_order_and_by_its_title() -> None:
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((book/\S+)\): \S", README, re.MULTILINE)
    assert listed == [(str(n), name, file) for n, (file, name) in enumerate(chapters(), start=1)]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_a_page_links_to_files_that_are_there_and_has_no_table_without_a_head(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []
    heads = re.findall(r"^(\|.*\|)\n\|[-: |]+\|$", text, re.MULTILINE)
    assert [head for head in heads if not all(cell.strip() for cell in head.strip("|").split("|"))] == []


def test_the_readme_answers_a_strangers_questions() -> None:
    words = {"For whom", "git clone", "make serve", "WSL", "publish.yml", "Issues", "CITATION.cff", "CONTRIBUTING.md"}
    assert {word for word in words if word not in README} == set()
    assert not re.search(r"<[\w-]+>|example\.(com|org)|your-|USER|OWNER", README)  # nothing to be filled in


def test_the_readme_and_the_workflow_say_to_the_build_where_the_book_will_lie() -> None:
    read = set(re.findall(r'whole\("(\w+)"', (ROOT / "tools" / "page_head.py").read_text(encoding="utf-8")))
    assert read == {"BOOK_URL", "BOOK_REPOSITORY"}
    for section in ("Read it", "Host it"):
        said = README.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        assert {variable for variable in read if f"`{variable}`" not in said} == set(), section
    steps = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["build"]["steps"]
    (build,) = [step for step in steps if step.get("run") == "make book pdf epub"]
    assert build["env"] == {
        "BOOK_URL": "${{ steps.pages.outputs.base_url }}",
        "BOOK_REPOSITORY": "${{ github.server_url }}/${{ github.repository }}",
    }
    (pages,) = [step for step in steps if step.get("id") == "pages"]
    assert pages["uses"].startswith("actions/configure-pages@")
    assert steps.index(pages) < steps.index(build)


def test_title_version_and_author_are_the_same_everywhere() -> None:
    assert README.startswith(f"# {CONFIG['title']}\n")
    assert CITATION["title"] == cited("title") == CONFIG["title"]
    assert str(CITATION["version"]) == cited("version") == PROJECT["version"]
    names = {author["name"].lower() for author in [*CITATION["authors"], *PROJECT["authors"]]}
    assert names == {cited("author").lower()} == {CONFIG["author"].lower()}
    assert cited("year") == CONFIG["copyright"]
    assert PROJECT["license"] in CITATION["license"]


def test_the_changelog_begins_with_this_version_and_dates_it_as_the_citation_does() -> None:
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d|unreleased)$", CHANGELOG, re.MULTILINE)
    assert len(versions) == CHANGELOG.count("\n## ")
    assert versions[0] == (PROJECT["version"], str(CITATION.get("date-released", "unreleased")))
    dates = [date for _, date in versions]
    assert "unreleased" not in dates[1:] and dates[1:] == sorted(dates[1:], reverse=True)
    assert set(re.findall(r"^### (\w+)", CHANGELOG, re.MULTILINE)) <= {"Added", "Changed", "Fixed", "Removed"}


def test_the_picture_is_small_and_shows_todays_book() -> None:
    assert re.search(r"!\[.{60,}\]\(tools/readme\.png\)", README)
    with Image.open(PICTURE) as picture:
        picture.load()
        assert picture.width == 1280
        seen = picture.text["Seen"].splitlines()
    assert PICTURE.stat().st_size < 100_000
    assert [f"{n}. {name}" for n, (_, name) in enumerate(chapters(), start=1)] == [s for s in seen if s[0].isdigit()]
    cells = notebooks.read(ROOT / "book/06-training-on-moons.ipynb")["cells"]
    text = "\n".join(notebooks.text(cell["source"]) for cell in cells)
    said = [line for line in seen if line.endswith("?")]
    assert said and all(" ".join(line.split()) in " ".join(text.split()) for line in said)
