"""The Content-Security-Policy: every page keeps it, and what it is there to stop is stopped.

Each test of a page over http runs under it, because the server sends it; a violation is an error on the console.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import inline
import pytest
from browsing import Site, Visit
from test_book import PAGES

from tools.serve import LITE_POLICY, POLICY

ROOT = Path(__file__).resolve().parents[2]
LIGHT = "book/bibliography.html"
WATCH = """globalThis.broken = [];
document.addEventListener("securitypolicyviolation", (event) => broken.push(event.effectiveDirective));"""
# What a page that someone else's text got into would try: program, and the directive that it breaks.
ATTACKS = {
    "a script in the page": ("add('script', { textContent: 'globalThis.ran = true' })", "script-src-elem"),
    "a script of another host": ("add('script', { src: 'https://example.org/a.js' })", "script-src-elem"),
    "a script in an address": ("add('script', { src: 'data:text/javascript,globalThis.ran=true' })", "script-src-elem"),
    "an attribute": (
        "add('div', { innerHTML: '<img src=data:, onerror=\"globalThis.ran=true\">' })",
        "script-src-attr",
    ),
    "a link": ("add('a', { href: 'javascript:globalThis.ran=true' }).click()", "script-src-elem"),
    "text made a program": ("try { setTimeout('globalThis.ran = true') } catch {}", "script-src"),
    "a request": ("fetch('https://example.org/').catch(() => 0)", "connect-src"),
    "a picture of another host": ("add('img', { src: 'https://example.org/a.png' })", "img-src"),
    "a style sheet of another host": (
        "add('link', { rel: 'stylesheet', href: 'https://example.org/a.css' })",
        "style-src-elem",
    ),
    "a frame": ("add('iframe', { src: 'https://example.org/' })", "frame-src"),
    "a form": ("add('form', { action: 'https://example.org/', method: 'post' }).submit()", "form-action"),
    "another base": ("add('base', { href: 'https://example.org/' })", "base-uri"),
    "a worker from text": (
        "try { new Worker(URL.createObjectURL(new Blob(['0']))).onerror = () => 0 } catch {}",
        "worker-src",
    ),
}
WRITE = """() => {
    document.write("<script>globalThis.ran = true</" + "script>");
    document.close();
}"""
ADD = "const add = (tag, given) => document.body.appendChild(Object.assign(document.createElement(tag), given));"


def test_the_policy_forbids_scripts_in_pages_and_other_hosts() -> None:
    rules = {rule.split()[0]: rule.split()[1:] for rule in POLICY.split("; ")}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    allowed = {source for rule in (*POLICY.split("; "), *LITE_POLICY.split("; ")) for source in rule.split()[1:]}
    keywords = {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "'wasm-unsafe-eval'", "data:", "blob:"}
    assert allowed <= keywords  # no host, no scheme that leads to one


def test_the_readme_has_the_same_policy() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.sub(r"\s+", " ", POLICY) in re.sub(r"\s+", " ", readme)
    assert re.sub(r"\s+", " ", LITE_POLICY) in re.sub(r"\s+", " ", readme)


def test_no_page_has_a_script_or_a_handler_in_it(site: Site) -> None:
    found = {path: path.read_text(encoding="utf-8") for path in inline.pages(site.root)}
    assert len(found) > 40
    for path, html in found.items():
        programs = [inline.text_of(*script) for script in inline.SCRIPT.findall(html)]
        assert not [program for program in programs if program is not None], path
        assert not list(inline.handlers(html)), path
        assert "javascript:" not in html, path


@pytest.mark.parametrize("path", ["genindex.html", "search.html?q=momentum", "_modules/nnlib/layers.html"])
def test_a_page_breaks_nothing(visit: Callable[..., Visit], path: str) -> None:
    """Those that test_book.py does not open."""
    assert path not in PAGES
    visit(path)


def test_what_got_into_a_page_does_not_run(open_page: Callable[..., Visit]) -> None:
    seen = open_page(LIGHT)
    page = seen.page
    page.context.add_init_script(WATCH)
    for name, (program, directive) in ATTACKS.items():
        page.reload()
        page.evaluate(f"() => {{ {ADD} {program}; }}")
        page.wait_for_timeout(150)
        assert page.evaluate("broken").count(directive) == 1, (name, page.evaluate("broken"))
        assert page.evaluate("globalThis.ran") is None, name
        assert page.url.endswith(LIGHT)
    # Where no violation is expected, this is what fails the test.
    assert any("Content Security Policy" in error for error in seen.errors)


def test_a_script_that_was_written_into_a_page_does_not_run(open_page: Callable[..., Visit]) -> None:
    """As it comes from the host, under the header that serve.py sends."""
    found = {}
    for policy in (True, False):
        seen = open_page("404.html", bypass_csp=not policy)
        seen.page.evaluate(
            """() => { document.write("<script>globalThis.ran = true</" + "script>"); document.close() }"""
        )
        found[policy] = seen.page.evaluate("globalThis.ran ?? false")
    assert found == {True: False, False: True}


def test_the_theme_s_buttons_do_what_they_say(visit: Callable[..., Visit]) -> None:
    page = visit("book/notation.html").page
    page.evaluate("globalThis.print = () => { globalThis.printed = true }")
    page.locator(".dropdown-download-buttons > button").click()
    page.locator("[data-press='window.print()']").click()
    assert page.evaluate("globalThis.printed")
    page.locator("[data-press='toggleFullScreen()']").first.click()
    page.wait_for_function("() => document.fullscreenElement !== null")


def test_scripts_of_a_page_become_files_where_they_stood() -> None:
    stored: dict[str, str] = {}

    def keep(program: str) -> str:
        stored[f"{len(stored)}.js"] = program
        return f"{len(stored) - 1}.js"

    html = (
        '<script data-x="1">\n  let a = 1;\n</script> <script src="x.js"></script>\n'
        "<script>let b = 2;</script>\n<script>let b = 2;</script><script>let c = 3;</script>"
        "<script>DOCUMENTATION_OPTIONS.pagename = 'x';</script>"
        '<script type="application/json">{"d": 4}</script>'
    )
    new = inline.without(html, keep)
    assert re.findall(r"<script([^>]*)>", new) == [
        ' src="0.js"',
        ' src="x.js"',
        ' src="1.js"',
        ' type="application/json"',
    ]
    assert stored == {"0.js": "let a = 1;", "1.js": "let b = 2;\nlet c = 3;"}
    assert inline.without(new, keep).split() == new.split()


def test_an_unknown_handler_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<button onclick="window.print()">a</button><p title="x" onmouseover="b()">')
    assert inline.move(tmp_path) == ['a.html: onmouseover="b()" is no act of press.js']
    assert '<button data-press="window.print()">' in (tmp_path / "a.html").read_text()
