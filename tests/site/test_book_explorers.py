"""Every explorer of the built book is small enough. That each control moves it is seen where its page is visited
(test_book.py); what an explorer does in detail is tested in tests/widgets, on small pages.
"""

from __future__ import annotations

import re

import pytest
from browsing import Site

from tools.serve import HTML


def pages_with_explorers() -> list[str]:
    found = [path for path in HTML.rglob("*.html") if 'class="nnlib-explorer"' in path.read_text(encoding="utf-8")]
    return sorted(str(path.relative_to(HTML)) for path in found)


def test_the_book_has_explorers(site: Site) -> None:
    assert pages_with_explorers()


@pytest.mark.parametrize("path", pages_with_explorers())
def test_an_explorer_of_the_book_adds_at_most_200_kb(path: str) -> None:
    markup = (HTML / path).read_text(encoding="utf-8")
    elements = re.findall(r'<div class="nnlib-explorer".*?</script>\s*</div>', markup, re.DOTALL)
    assert len(elements) == markup.count('<div class="nnlib-explorer"')
    # its picture for readers without scripts is a file of its own
    assert all(1_000 < len(element.encode()) <= 200_000 for element in elements)
