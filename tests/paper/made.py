"""The book on paper, as `make pdf` and `make epub` made it, and the pages that it was made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tools.paper import epub as epub_module
from tools.paper import pdf as pdf_module
from tools.paper.book import parts
from tools.serve import HTML


@dataclass(frozen=True)
class BuiltPage:
    """A page of the site, as its reader with paper knows it: what is folded there, but answers, left out."""

    name: str

    @cached_property
    def article(self) -> Tag:
        article = BeautifulSoup((HTML / f"{self.name}.html").read_text("utf-8"), "html.parser").select_one("article")
        assert article
        for fold in article.select("details.hide, a.headerlink, .viewcode-link"):
            fold.decompose()
        return article

    def texts(self, selector: str) -> list[str]:
        return [" ".join(e.get_text().split()) for e in self.article.select(selector)]

    @property
    def numbers(self) -> list[str]:
        """The numbers of its equations, figures and exercises, as (1.2), Fig. 1.2, Exercise 1.2."""
        return self.texts(".eqno, figcaption .caption-number, .exercise .caption-number")


@pytest.fixture(scope="session")
def pages() -> list[BuiltPage]:
    return [BuiltPage(name) for part in parts() for name in part["pages"]]


def whole(path: Path, command: str) -> Path:
    if not path.is_file():
        pytest.fail(f"{path.name} is not made: run `{command}` first (`make test-paper` does)", pytrace=False)
    return path


@pytest.fixture(scope="session")
def pdf() -> Path:
    return whole(pdf_module.TARGET, "make pdf")


@pytest.fixture(scope="session")
def epub() -> Path:
    return whole(epub_module.TARGET, "make epub")


def squeezed(text: str) -> str:
    """Without blanks, which paper and page set differently."""
    return re.sub(r"\s+", "", text)
