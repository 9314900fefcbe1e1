"""Links to states of sliders, as the teachers' notes have them, open a page with every value in its place."""

from __future__ import annotations

from collections.abc import Callable

from browsing import Visit


def test_a_link_to_a_state_sets_each_control_and_brings_the_explorer_into_view(visit: Callable[..., Visit]) -> None:
    seen = visit("book/teachers.html")
    with seen.page.expect_navigation():
        seen.page.locator("a[href$='lr=3.16&norm=with']").click()
    seen.look("settle")
    explorer = seen.page.locator("#lr-norm-explorer")
    assert explorer.evaluate("e => e.getBoundingClientRect().top >= 0 && e.getBoundingClientRect().top < innerHeight")
    output = explorer.locator("output")
    assert output.inner_text().startswith("learning rate 3.16, batch normalization with: ")
