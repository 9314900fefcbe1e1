"""The built book's stepper and digit pad: chapter 2's numbers are Mazur's, chapter 11's network is the stored one.

What they do in detail is tested in tests/widgets, on small pages.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from browsing import Visit
from playwright.sync_api import Locator

import nnlib

ROOT = Path(__file__).resolve().parents[2]
# From the disk, that both pages are whole and move is seen at each change, in test_book.py.
both_schemes = pytest.mark.parametrize("scheme", ["http", pytest.param("file", marks=pytest.mark.long)])


def figure(seen: Visit, id: str) -> Locator:
    root = seen.page.locator(f"#{id}")
    root.scroll_into_view_if_needed()
    return root


@both_schemes
def test_chapter_2_walks_through_mazurs_network(visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit("book/02-backpropagation.html", scheme)
    root = figure(seen, "mazur-stepper")
    root.locator("button.next").focus()
    for step in range(1, 13):
        seen.page.keyboard.press("Enter")
        assert root.locator(".place").inner_text() == f"step {step} of 12"
    new = [float(text.replace("−", "-")) for text in root.locator("li.on .values b").all_inner_texts()]
    printed = [0.149780716, 0.24975114, 0.19956143, 0.29950229, 0.35891648, 0.511301270, 0.408666186, 0.561370121]
    assert np.allclose(new, printed, atol=1e-8)
    assert "0.2910277737" in root.locator("li.on .local").inner_text()
    labels = root.locator("svg text:not(.off)").all_text_contents()
    assert "W12 = 0.2498" in labels and "W12 = 0.5113" in labels


@pytest.fixture(scope="module")
def network() -> nnlib.Network:
    """The chapter's network, with the weights that its experiment stored."""
    from experiments.networks import digits_network, restore

    stored = np.load(ROOT / "book" / "experiments" / "digits_well.npz")
    net = digits_network(0)
    restore(net, stored["theta"], stored["statistics"])
    return net


@both_schemes
def test_chapter_11s_pad_answers_as_the_stored_network(
    visit: Callable[..., Visit], scheme: str, network: nnlib.Network
) -> None:
    root = figure(visit("book/11-digits.html", scheme), "digit-pad")
    buttons = root.locator("[data-load]").all()
    assert len(buttons) == 11
    for digit, button in enumerate(buttons):
        button.click()
        ink, p = (np.array((root.get_attribute(f"data-{name}") or "").split(), float) for name in ("ink", "p"))
        assert abs(p - network.predict_proba(ink[None] / 16)[0]).max() < 1e-5
        if digit < 10:  # one of each that it gets right
            assert p.argmax() == digit == int(button.inner_text())
        else:
            assert button.inner_text().endswith(" (misread)")
    assert root.locator(".near p").inner_text().startswith("The most similar of the 1077 training images is a")
