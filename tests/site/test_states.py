"""Links to states of sliders, as the teachers' notes have them, open a page with every value in its place."""

from __future__ import annotations

from collections.abc import Callable

from browsing import Visit


def test_a_link_to_a_state_sets_each_control_and_brings_the_explorer_into_view(visit: Callable[..., Visit]) -> None:
    seen = visit("book/teachers.html")
    with seen.page.expect_navigation():
        seen.page.get_by_role("link", name="a good one").click()
    seen.look("settle")
    price = seen.page.locator("#price")
    assert price.get_by_role("slider").input_value() == "4"
    assert seen.page.evaluate("document.querySelector('#price').getBoundingClientRect().top < innerHeight")
    seen.page.go_back(wait_until="load")
    with seen.page.expect_navigation():
        seen.page.locator("a[href*='norm=with&'], a[href$='norm=with']").click()
    seen.look("settle")
    output = seen.page.locator("#lr-norm-explorer output")
    assert output.inner_text().startswith("learning rate 3.16, batch normalization with: ")
